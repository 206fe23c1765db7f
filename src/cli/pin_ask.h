/**
 * Asking a machine for its host key, over every address that may be dialled.
 */
#ifndef CLI_PIN_ASK_H
#define CLI_PIN_ASK_H

#include "check/reach/ssh_auth.h"
#include "model/route.h"

/** What one address showed. */
struct pin_view {
	struct str key;      /**< in wire form; empty: none */
	const char *trouble; /**< why there is no key; NULL with one */
	const char *detail;  /**< what the machine or the system said to that; may be "" */
	enum reason reason;  /**< of the trouble */
};

struct pin_views {
	struct routes routes;
	struct pin_view at[ROUTES_MAX]; /**< as the routes */
};

/** What is asked of whom; borrowed. */
struct pin_question {
	const struct target *target;
	struct vantage from;
	const struct known_hosts *hosts; /**< keys of the types pinned there; NULL: of any type */
	struct arena *arena;             /**< for texts */
};

/**
 * Ask. No user is named and nobody logs in; each address has the time that a login would have.
 *
 * @param out  zeroed; released with pin_views_release
 * @return     0, whatever was seen; -1 if nothing could be asked
 */
int pin_ask(const struct pin_question *question, struct pin_views *out, struct err *err);

void pin_views_release(struct pin_views *views);

#endif
