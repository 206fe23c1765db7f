/**
 * Reports: a finished run in the words of one format.
 *
 * To add a format: a file report/<format>.c with a function of type report_writer, a row in
 * report_formats (report.c), a case in tests/unit/test_report_<format>.c.
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
	int exit;           /**< status the program will end with; run->exit, or 73 or 75 */
	struct style style; /**< of the stream that gets the report */
};

/** Appends the report in one format. */
typedef void report_writer(const struct run_report *report, struct str *out);

/** One row; the table ends with {0}. */
struct report_format {
	const char *name;
	const char *doc;
	report_writer *write;
	/** What the operator's files have wrong, for formats that machines read; NULL: text on
	 * stderr. `exit` is the status the program will end with. */
	void (*write_problems)(const struct problems *problems, int exit, struct str *out);
};

extern const struct report_format report_formats[];

/** The format of that name; NULL if there is none. */
const struct report_format *report_format_find(const char *name);

/** Problems for people: each with its line and caret. */
void report_problems_text(const struct problems *problems, struct str *out);

/** The document gaterun/problems/v1. */
void report_problems_json(const struct problems *problems, int exit, struct str *out);

report_writer report_text;
report_writer report_json;

#endif
