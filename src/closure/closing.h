/**
 * The bytes of a loop's file once it is closed, or open again: two keys of the front matter, the
 * boxes of criteria that are proven, and lines at the end. Every other byte stays as it is.
 */
#ifndef CLOSURE_CLOSING_H
#define CLOSURE_CLOSING_H

#include "closure/coverage.h"

/** What a closing is made of. */
struct closing {
	const struct coverage *coverage; /**< proven */
	int64_t now_utc_ms;
	const char *summary; /**< path of the signed summary, relative to the root */
};

/**
 * The file as closed.
 *
 * @param out  appended to
 * @return     0; -1 with the place of what cannot be changed without writing it anew
 */
int closing_write(const struct closing *closing, struct str *out, struct err *err);

/** The file as open again, and why. */
int reopening_write(const struct scope *scope, int64_t now_utc_ms, const char *why, struct str *out,
		    struct err *err);

/** Append "verify fast: 9/9 PASS (run key RUN-…)", with what did not pass named. */
void closing_line(const struct proof *proof, struct str *out);

#endif
