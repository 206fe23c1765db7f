/**
 * What the formats for machines count: one item for each finding, one for each gate of which there
 * is nothing to tell, and one for the run if its exit status has another cause.
 *
 * The writers differ in words; what an item is worth and where it points is decided here, once.
 */
#ifndef REPORT_ITEM_H
#define REPORT_ITEM_H

#include "report/report.h"

enum standing {
	STANDING_PASS,    /**< the gate as a whole; there is no finding */
	STANDING_FAIL,    /**< a finding, or what is wrong with the run as a whole */
	STANDING_UNKNOWN, /**< never a pass */
	STANDING_SKIP,    /**< by a rule that somebody wrote */
	STANDING_WAIVED,
	STANDING_REMARK,
	STANDING_FIXED, /**< only the baseline has it */
};

struct item {
	const struct run_report *report;
	const struct result *result;   /**< NULL: it is about the run as a whole */
	size_t gate;                   /**< index of the result; 0 without one */
	const struct finding *finding; /**< NULL: about the gate, or the run, as a whole */
	enum standing standing;
	bool counts;         /**< it fails or is unknown, and that decides the exit status */
	const char *message; /**< one sentence, printable */
};

/** Called for each item, which does not outlive the call. */
typedef void item_visitor(const struct item *item, void *cookie);

/** Visit all items, gate by gate in the order of the run. */
void items_visit(const struct run_report *report, item_visitor *visit, void *cookie);

/** How many items there are of each standing. */
struct standings {
	size_t count[STANDING_FIXED + 1];
};

/** Count the items. */
void items_count(const struct run_report *report, struct standings *standings);

/** "pass", "fail", "unknown", "skip", "waived", "remark", "fixed". */
const char *standing_word(enum standing standing);

/**
 * Is it one of the things that consumers count as tests? Remarks and what is fixed are not: they
 * never change a verdict.
 */
bool item_is_case(const struct item *item);

/** Where to look: the finding's place; else a place beside it, the gate's file, gaterun.yaml. NULL
 * as file only if the repo has none of these. */
struct place item_place(const struct item *item);

/** The code of its reason; "" if there is none. */
const char *item_reason(const struct item *item);

/** "target:immich"; "gate:G020" or "run" for what is about the whole. */
void item_subject(const struct item *item, struct str *out);

/** Does its subject say no more than gate and place do: "gate:G010", or "file:bin/x.sh" beside a
 * place in that file? */
bool item_is_its_place(const struct item *item);

/** "target:immich: its host is no target (endpoint.unknown_target, introduced)"; printable, one
 * line. Without a subject that the place or the gate says already. */
void item_sentence(const struct item *item, struct str *out);

/** What stands behind the sentence, a line each: place, hint, cause, waiver, what the machine said
 * (named as untrusted). Printable. */
void item_details(const struct item *item, struct str *out);

/** "G020 The tailnet snapshot agrees"; "gaterun" for the run. Printable. */
void item_title(const struct item *item, struct str *out);

/** As its path: below the top of the git repo, as forges want it. */
void item_path(const struct run_report *report, const char *file, struct str *out);

/** "fast infra", or the gates that were asked for. Printable. */
void run_name(const struct run *run, struct str *out);

#endif
