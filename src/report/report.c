#include "report/report.h"

#include <string.h>

/* Code scanning and code quality close what a new report does not name. So a run that could not
 * begin writes none of these two. */
const struct report_format report_formats[] = {
	{.name = "text",
	 .doc = "for people: what was checked, what failed and how to mend it",
	 .write = report_text},
	{.name = "json",
	 .doc = "the document gaterun/run/v1, stable",
	 .write = report_json,
	 .write_problems = report_problems_json},
	{.name = "ndjson",
	 .doc = "one JSON object a line: run.start, gate.end, finding, and run.end as the last",
	 .write = report_ndjson,
	 .write_problems = report_problems_ndjson},
	{.name = "junit",
	 .doc = "JUnit XML for Jenkins and GitLab: a suite for each gate, a case for each finding",
	 .write = report_junit,
	 .write_problems = report_problems_junit},
	{.name = "tap",
	 .doc = "TAP 13; `prove` ends as gaterun does",
	 .write = report_tap,
	 .write_problems = report_problems_tap},
	{.name = "sarif",
	 .doc = "SARIF 2.1.0 for code scanning; waived findings are suppressed results",
	 .write = report_sarif},
	{.name = "prom",
	 .doc = "metrics for the textfile collector of node_exporter (a file that ends in .prom)",
	 .write = report_prom,
	 .write_problems = report_problems_prom,
	 .is_for_all = true},
	{.name = "github",
	 .doc = "GitHub Actions: annotations, ten of each level, and all findings in a group",
	 .write = report_github,
	 .write_problems = report_problems_github},
	{.name = "gitlab", .doc = "GitLab's code quality report", .write = report_gitlab},
	{.name = "markdown",
	 .doc = "for summaries of jobs (-o markdown:$GITHUB_STEP_SUMMARY) and merge requests",
	 .write = report_markdown,
	 .write_problems = report_problems_markdown},
	{0},
};

const struct report_format *report_format_find(const char *name)
{
	for (const struct report_format *row = report_formats; row->name; row++) {
		if (strcmp(row->name, name) == 0) {
			return row;
		}
	}
	return NULL;
}
