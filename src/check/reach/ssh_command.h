/**
 * What a command on a machine means; pure, tested on captured facts.
 */
#ifndef CHECK_REACH_SSH_COMMAND_H
#define CHECK_REACH_SSH_COMMAND_H

#include "check/text/pattern.h"
#include "data/field.h"
#include "model/reason.h"
#include "model/verdict.h"
#include "net/ssh_command.h"

/** What stdout must be. */
struct wanted_output {
	const char *match; /**< a regular expression; NULL: whatever it says */
	const char *equals;
	bool empty;
	struct pattern *pattern; /**< of `match` */
};

/** Settings. */
struct command_gate {
	struct texts argv;
	struct texts exit_words; /**< none: 0 */
	int exits[256];          /**< what they say */
	size_t exit_count;
	struct wanted_output output;
	int64_t timeout_ms;
};

/** Bytes of a message of judge_command. */
#define COMMAND_MESSAGE_BYTES 200

/** Bytes shown of what a machine said. */
#define COMMAND_SAID_BYTES 200

/** Why judge_command came to its verdict. */
struct command_opinion {
	enum reason reason;
	char message[COMMAND_MESSAGE_BYTES]; /**< "" for a pass; nothing of it comes from a peer */
	const char *hint;                    /**< static; NULL: nothing to add */
	struct text said;                    /**< what the machine said that matters; raw */
};

/** Does the text ask a human for a password, a key press or a login? */
bool text_asks_human(struct text text);

/** Does it want somebody to approve in a browser, as Tailscale SSH does? */
bool text_asks_tailscale(struct text text);

/** Does the command say that what the gate demands is so? */
enum verdict judge_command(const struct command_gate *wanted, const struct ssh_command_facts *facts,
			   struct matcher *matcher, struct command_opinion *why);

#endif
