/**
 * Lines of the text report that single findings and groups share.
 */
#ifndef REPORT_TEXT_PARTS_H
#define REPORT_TEXT_PARTS_H

#include "check/finding.h"
#include "report/style.h"

/** Columns before a finding, and before the sentences about it. */
#define FINDING_INDENT ((size_t)6)
#define SENTENCE_INDENT (FINDING_INDENT + 2)

/** Append "file:line:column", "file", or nothing. */
void text_place(const struct place *where, struct str *out);

/**
 * Append the cause without the finding's own subject, so that "G013 target:a keys.unpinned" of
 * target:a and the like of target:b are one cause; and without "gate:G013", which repeats the gate.
 *
 * @return  whether the subject stood in it
 */
bool text_cause(const struct finding *finding, struct str *out);

/** Append " (reason.code)", or " (reason.code, introduced)" in comparison with a baseline. */
void text_reason(struct str *out, const struct finding *finding);

/** Append "waived until 2027-01-01 by ops (T-1): reason" and the waiver's place; nothing where
 * nothing is waived. */
void text_waiver(struct str *out, const struct style *style, const struct finding *finding);

/** Append an indented, wrapped line; further lines hang by `hanging` columns more. */
void text_line(struct str *out, const struct style *style, size_t indent, size_t hanging,
	       const struct str *line);

/** Append a sentence about a finding, below its place. */
void text_sentence(struct str *out, const struct style *style, size_t hanging,
		   const struct str *sentence);

/** Append "file:line:column  subject". */
void text_head(struct str *out, const struct style *style, size_t indent,
	       const struct finding *finding);

#endif
