/**
 * What a command's end and output mean; pure, tested on captured output.
 *
 * Neither its exit status nor its words are believed alone: where they say different things,
 * nothing is known.
 */
#ifndef CHECK_COMMAND_COMMAND_ANSWER_H
#define CHECK_COMMAND_COMMAND_ANSWER_H

#include "base/str.h"
#include "base/vec.h"
#include "data/field.h"
#include "data/json.h"
#include "model/reason.h"
#include "model/verdict.h"

/** How a command tells its verdict. */
enum answer_form {
	/** Exit status 0 pass, 1 fail, 2 unknown; and lines that begin with PASS, FAIL, ERROR or
	 * SKIP (behind a gate's id and a colon, or in brackets) must not say otherwise. */
	ANSWER_WORDS,
	/** The exit status alone, as above. */
	ANSWER_STATUS,
	/** One JSON object on standard output, and the exit status that goes with it. */
	ANSWER_JSON,
};

extern const struct choice answer_forms[];

/** Most findings taken from one command. */
#define ANSWER_FINDINGS_MAX 1000

/** One thing that is to be said. Texts live in the arena and are printable. */
struct answer_finding {
	enum verdict verdict; /**< pass: a remark */
	enum reason reason;
	const char *subject; /**< NULL: the gate itself */
	const char *message;
	const char *said; /**< the command's own line; NULL: none */
	struct place where;
	const char *hint; /**< NULL: none */
};

struct command_answer {
	size_t checked;
	struct VEC(struct answer_finding) findings;
};

/** What the command did. */
struct command_end {
	int status; /**< exit status */
	struct text out;
	struct text err;
};

/** Judge a command that ended by itself. */
void command_answer_read(struct arena *arena, enum answer_form form, const struct command_end *end,
			 struct command_answer *answer);

void command_answer_release(struct command_answer *answer);

#endif
