/**
 * Guard commands: what a loop's file says has to be run. Nothing here is ever run; the words of a
 * command say which packs or gates it would verify.
 *
 *     - **Verify**: `./bin/ops cap run verify.run -- fast`
 *     - **Verify**: `gaterun verify fast`
 *
 * A verification is `gaterun verify PACK…` or `--gate ID`, and in the predecessor's words
 * `verify.run -- PACK`, `verify.pack.run PACK` and `verify.PACK.run`.
 */
#ifndef CLOSURE_GUARD_H
#define CLOSURE_GUARD_H

#include "data/field.h"

struct guard {
	const char *label; /**< "Verify"; "" if there is none */
	const char *command;
	struct texts argv;  /**< the command's words; no shell is meant */
	bool is_verify;     /**< a verification */
	struct texts packs; /**< that it verifies */
	struct texts gates; /**< that it verifies */
	struct place where;
};

/** Most words of a command; the rest is left out. */
#define GUARD_WORDS 128

/**
 * Read an item of the section, "**Verify**: `command`", or a line of code.
 *
 * @param out  in the arena
 * @return     is there a command in it?
 */
bool guard_read(struct arena *arena, const char *item, bool is_code, struct place where,
		struct guard *out);

#endif
