/**
 * What `targets pin` found out and did, for its report.
 */
#ifndef CLI_PIN_H
#define CLI_PIN_H

#include "cli/commands.h"
#include "cli/pin_ask.h"
#include "net/known_hosts_pin.h"

enum pin_state {
	PIN_NOT_SEEN, /**< the zero value: no key was shown */
	PIN_SEEN,     /**< nobody has said that the key is the right one */
	PIN_WRITTEN,
	PIN_THERE,   /**< it was pinned before */
	PIN_REFUSED, /**< it must not be pinned, or not without more */
};

struct pinning {
	struct cli *cli;
	const struct target *target;
	const char *file;       /**< the known_hosts file, to be opened */
	const char *shown_file; /**< and as people know it */
	struct str bytes;       /**< as it was read */
	struct known_hosts hosts;
	struct pin_views views; /**< empty if nothing was asked */
	struct str key;         /**< the one key that counts, in wire form; empty: none */
	struct text type;
	char fingerprint[FINGERPRINT_BYTES];
	enum pin_state state;
	const char *sentence;  /**< what that means */
	const char *next;      /**< a command that goes on; NULL: none */
	const char *next_when; /**< when it is to be used */
	int status;            /**< the exit status */
};

/** A cli_writer; `cookie` is a struct pinning. */
void pin_report(const char *format, const struct style *style, void *cookie, struct str *out);

#endif
