/**
 * Reports: a finished run in the words of one format.
 *
 * To add a format: a file report/<format>.c with a function of type report_writer, a row in
 * report_formats (report.c), golden cases in tests/cases/formats, and a validator for it in
 * tests/live/formats.sh. What an item is worth and where it points is report/item.h's.
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "base/str.h"
#include "data/problem.h"
#include "report/style.h"
#include "run/run.h"

/** What is known about the receipt of a run. */
struct report_receipt {
	const char *file;   /**< relative to the root */
	const char *signer; /**< SHA256:… */
	int64_t log_index;  /**< of the receipt's entry */
};

/** What a writer may look at. */
struct run_report {
	const struct run *run;
	const char *root;                     /**< as the user could write it from here */
	const struct report_receipt *receipt; /**< NULL: there is none */
	const char *no_receipt;               /**< why there is none; NULL if there is one */
	const char *prefix;  /**< of the root below the top of its git repo: "ops/"; NULL: none */
	const char *version; /**< of the program; NULL: not known */
	int exit;            /**< status the program will end with; run->exit, or 73 or 75 */
	struct style style;  /**< of the stream that gets the report */
};

/** Appends the report in one format. */
typedef void report_writer(const struct run_report *report, struct str *out);

/** Appends what the operator's files have wrong. `exit`: the status the program will end with. */
typedef void problems_writer(const struct problems *problems, int exit, struct str *out);

/** One row; the table ends with {0}. */
struct report_format {
	const char *name;
	const char *doc;
	report_writer *write;
	bool is_for_all; /**< another user's program reads the file, whatever the umask says */
	/** What the operator's files have wrong, for formats that machines read; NULL: text on
	 * stderr. */
	problems_writer *write_problems;
};

extern const struct report_format report_formats[];

/** The format of that name; NULL if there is none. */
const struct report_format *report_format_find(const char *name);

/** Problems for people: each with its line and caret. */
void report_problems_text(const struct problems *problems, struct str *out);

/** The metrics that every run has, even one that could not begin. */
void prom_add_run(int64_t ended_utc_ms, int exit, struct str *out);

problems_writer report_problems_json; /* the document gaterun/problems/v1 */
problems_writer report_problems_ndjson;
problems_writer report_problems_junit;
problems_writer report_problems_tap;
problems_writer report_problems_prom;
problems_writer report_problems_github;
problems_writer report_problems_markdown;

report_writer report_text;
report_writer report_json;
report_writer report_ndjson;
report_writer report_junit;
report_writer report_tap;
report_writer report_sarif;
report_writer report_prom;
report_writer report_github;
report_writer report_gitlab;
report_writer report_markdown;

#endif
