/**
 * What this process owes the ones around it: sane descriptors, no core dumps, an honest end.
 */
#ifndef CLI_PROCESS_H
#define CLI_PROCESS_H

#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

/**
 * Prepare the process. Descriptors 0 to 2 that are closed are opened on /dev/null, the wrong way
 * round, so that no later file takes their number and a lost result is still noticed; SIGPIPE and
 * SIGXFSZ are ignored, so that writing fails instead; an abort ends with a sentence and
 * EXIT_INTERNAL; no core dump can hold a key; new files are private.
 *
 * @return  the umask that the user had
 */
mode_t process_prepare(void);

/** Write all of it. -1 with the reason. */
int process_write(int fd, struct text bytes, struct err *err);

/** End now: atexit handlers (OPENSSL_cleanup walks megabytes of tables) have nothing to do here.
 * Under AddressSanitizer it is exit(), for the leak check. */
_Noreturn void process_end(int status);

#endif
