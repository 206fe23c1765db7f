/**
 * The live tailnet of a check, as the API of the control plane tells it.
 *
 * Asking it is active: the question leaves this machine and its network. A server on loopback is no
 * further away than the daemon. The run's credential was looked for once, and what is wrong with it
 * is told by the gate that wants it.
 */
#ifndef CHECK_TAILNET_LIVE_FROM_API_H
#define CHECK_TAILNET_LIVE_FROM_API_H

#include "check/check.h"
#include "net/tailnet_api.h"

/** What findings about the API itself are about. */
#define API_SUBJECT "api:tailnet"

/** Ask, if the mode allows it and there is a credential; the check's state is used for it. */
void live_from_api_begin(struct check *check);

/** Is there an answer, or nothing to wait for? */
bool live_from_api_is_ready(const struct check *check);

/**
 * Take the answer, and let go of everything else.
 *
 * @param out  the caller's to release
 * @return     false if there is no list: the check has the one finding about that then
 */
bool live_from_api_take(struct check *check, struct live_devices *out);

#endif
