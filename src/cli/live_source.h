/**
 * Where `snapshot` learns of the live tailnet: a captured file, the daemon of this machine, or the
 * API of the control plane.
 */
#ifndef CLI_LIVE_SOURCE_H
#define CLI_LIVE_SOURCE_H

#include "cli/cli.h"
#include "net/live_device.h"

/**
 * Ask the source that the command line names. The mode of the context holds: the daemon wants
 * passive, the API active, as it is elsewhere.
 *
 * @param out  the caller's to release; texts in the invocation's arena
 * @return     0; EXIT_UNKNOWN with `err` if the source does not tell; another status after having
 *             said what is wrong with the question
 */
int live_source_read(struct cli *cli, struct live_devices *out, struct err *err);

#endif
