/**
 * What a receipt says of the machine that makes it. Nothing is asked but the kernel and files of
 * the system: no name service, which could hang. Nothing is changed.
 */
#ifndef RECEIPT_RUNNER_H
#define RECEIPT_RUNNER_H

#include "base/mem.h"
#include "receipt/statement.h"

/** What this system tells of itself, for the log of that origin. Texts are in the arena. */
void runner_read(const char *origin, struct arena *arena, struct statement_runner *out);

/** "Debian GNU/Linux 12 (bookworm), Linux 6.1.0-18-amd64 x86_64"; NULL if nobody tells. */
const char *runner_os(struct arena *arena);

/**
 * The name of a machine or a boot in one log: HMAC-SHA-256 of "gaterun " and `what`, a line feed,
 * and the origin, keyed with the id as the system writes it (its white space aside).
 *
 * @param what  "machine" or "boot"
 * @return      in the arena; NULL for an empty id
 */
const char *runner_name(const char *what, struct text id, const char *origin, struct arena *arena);

/** The name of a user in the form of passwd(5), in the arena; NULL if none has this number. */
const char *runner_user(struct text passwd, int64_t uid, struct arena *arena);

/** The value of PRETTY_NAME in the form of os-release(5), in the arena; NULL if there is none. */
const char *runner_pretty_name(struct text os_release, struct arena *arena);

#endif
