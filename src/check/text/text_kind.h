/**
 * What the kinds that look into tracked files (text_match, address_literal) have in common: which
 * files they look at, and how what the scan says about files becomes findings.
 */
#ifndef CHECK_TEXT_TEXT_KIND_H
#define CHECK_TEXT_TEXT_KIND_H

#include "check/check.h"
#include "check/text/scan.h"
#include "crypto/digest.h"

/** Which files a gate looks at. */
struct text_scope {
	struct texts paths;  /**< globs; none: every tracked file */
	struct texts except; /**< globs of files that are not looked at */
};

/** Globs with mistakes are problems. */
void text_scope_check(struct decode *decode, const struct text_scope *scope);

/** A gate's search while it runs; the first member of the kind's state, in the run's arena. */
struct text_search {
	struct scan_rule rule;
	struct texts except; /**< what `except` and the kind itself leave out */
	bool is_total;       /**< all files together decide, so that --since cannot narrow it */
	const struct binding *inputs[2]; /**< what is in them decides what is allowed; NULL: none */
	unsigned char digest[SHA256_BYTES]; /**< for the rule's `digest` */
};

/**
 * Fill the rule's general part and hand it to the scan: call it at the end of `begin`, with the
 * rule's own functions set.
 *
 * @param allowed  further files that are not looked at (relative paths, not globs); NULL-ended
 */
void text_kind_begin(struct check *check, struct text_search *search,
		     const struct text_scope *scope, const char *const *allowed);

/** The kind's `is_ready`. */
bool text_kind_is_ready(const struct check *check);

/**
 * The kind's `judge`, but for the hits: findings about files that could not be read, remarks about
 * what was permitted and what was not looked at. Sets `checked` to the files that were read.
 *
 * @param hit     adds the finding of one hit
 * @param secret  the kind must not show what it found
 */
void text_kind_judge(struct check *check, struct text_search *search, bool secret,
		     void (*hit)(struct check *check, const struct scan_finding *found));

/** "file:bin/x.sh", living as long as the run. */
const char *text_kind_subject(struct check *check, const char *path);

/** The place of something found; its file lives as long as the run. */
struct place text_kind_place(struct check *check, const struct scan_finding *found);

#endif
