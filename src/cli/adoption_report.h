/**
 * What `gaterun init` did, or would do, in text and JSON.
 */
#ifndef CLI_ADOPTION_REPORT_H
#define CLI_ADOPTION_REPORT_H

#include "cli/adoption.h"
#include "cli/cli.h"

struct adoption_report {
	const struct adoption *adoption;
	bool is_dry_run;
	int status; /**< exit status */
};

/** A cli_writer; the cookie is a struct adoption_report. */
void adoption_report_write(const char *format, const struct style *style, void *cookie,
			   struct str *out);

#endif
