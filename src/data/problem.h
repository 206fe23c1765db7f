/**
 * What the operator wrote wrongly: many problems, each with its place, collected while work goes
 * on.
 *
 * A problem says what was expected and, where there is one, what to do. Printing is the business of
 * report; problem_format gives the text form with the quoted line and a caret.
 */
#ifndef DATA_PROBLEM_H
#define DATA_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/vec.h"

/** A position in a file of the repo. `line` 0: the file as a whole. */
struct place {
	const char *file; /**< relative to the root */
	int line;         /**< from 1 */
	int column;       /**< from 1, in bytes */
};

/** What sort of mistake it is; model maps it to a reason where the problem becomes a finding. */
enum problem_kind {
	PROBLEM_SYNTAX,       /**< the bytes are not a tree */
	PROBLEM_REPEATED_KEY, /**< one map, one key, twice */
	PROBLEM_UNKNOWN_KEY,  /**< a key no table knows */
	PROBLEM_MISSING,      /**< a required key is not there */
	PROBLEM_TYPE,         /**< a list where a map should be, text where a number should be */
	PROBLEM_CHOICE,       /**< not one of the allowed words */
	PROBLEM_VALUE,        /**< out of range, malformed */
	PROBLEM_FILE,         /**< the file itself: absent, a directory, unreadable, too large */
};

struct problem {
	enum problem_kind kind;
	struct place where;
	const char *message; /**< printable; no trailing full stop */
	const char *hint;    /**< what to do; NULL where there is nothing to add */
	const char *quoted; /**< the source line, printable, at most 160 bytes; NULL if not known */
	int caret;          /**< byte column of the caret inside `quoted`, from 1; 0: none */
};

/**
 * How many problems are listed; behind them stands one that says that there are more. Nobody reads
 * more than that, and a hostile file could make a million.
 */
#define PROBLEMS_MAX 1000

/** Problems in the order they were found. `{0}` is empty. The texts live in its arena. */
struct problems {
	struct arena arena;
	struct VEC(struct problem) list;
	size_t added; /**< how often problems_add was called, listed or not */
};

/**
 * Add one; texts are copied and made printable.
 *
 * @param source  bytes of the file, to quote the line; {0} where there are none
 * @param hint    NULL or a sentence
 */
void problems_add(struct problems *problems, enum problem_kind kind, struct place where,
		  struct text source, const char *hint, const char *format, ...)
	__attribute__((format(printf, 6, 7)));

/** Order by file, line, column; equal ones once. */
void problems_sort(struct problems *problems);

void problems_release(struct problems *problems);

static inline void auto_problems(struct problems *problems)
{
	problems_release(problems);
}

/** `file:line:column: message`, the quoted line with a caret, and the hint; each line ends in '\n'.
 */
void problem_format(const struct problem *problem, struct str *out);

/**
 * The word of `words` (ended by NULL) nearest to `word`, for "did you mean"; NULL if none is within
 * two edits (one for words of up to three letters).
 */
const char *nearest_word(const char *word, const char *const *words);

#endif
