#include "report/report.h"

#include <string.h>

const struct report_format report_formats[] = {
	{"text", "for people: what was checked, what failed and how to mend it", report_text, NULL},
	{"json", "the document gaterun/run/v1, stable", report_json, report_problems_json},
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
