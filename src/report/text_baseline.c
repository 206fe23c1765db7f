#include "report/text_baseline.h"

#include <string.h>

#include "base/cleanup.h"
#include "report/layout.h"
#include "run/baseline.h"

/** As wide as the label. */
#define LABEL_COLUMNS strlen("baseline ")

/** "commit 0123456789ab (HEAD^)", or the run key. */
static void add_name(struct str *line, const struct baseline *baseline)
{
	if (baseline->run_key) {
		str_add(line, baseline->run_key);
		return;
	}
	str_printf(line, "%.12s", baseline->commit);
	if (strncmp(baseline->commit, baseline->name, strlen(baseline->name)) != 0) {
		str_add(line, " (");
		str_add_printable(line, text_of(baseline->name));
		str_add_char(line, ')');
	}
}

static void add_counts(struct str *line, const struct states *states)
{
	str_printf(line, ": %zu introduced, %zu pre-existing, %zu fixed", states->introduced,
		   states->preexisting, states->fixed);
	if (states->undetermined > 0) {
		str_printf(line, ", %zu undetermined", states->undetermined);
	}
}

static void add_line(struct str *out, const struct style *style, const char *label,
		     const struct str *line)
{
	str_printf(out, "%-*s", (int)LABEL_COLUMNS, label);
	wrap_add(out, style, LABEL_COLUMNS, LABEL_COLUMNS, str_text(line));
	str_add_char(out, '\n');
}

static bool is_first_with(const struct run *run, size_t index)
{
	for (size_t i = 0; i < index; i++) {
		if (same_string(run->results[i].undetermined, run->results[index].undetermined)) {
			return false;
		}
	}
	return true;
}

/** "G010, G013 cannot be compared: why" */
static void add_undetermined(const struct run *run, const struct style *style, size_t first,
			     struct str *out)
{
	const char *why = run->results[first].undetermined;
	AUTO(auto_str) struct str line = {0};

	for (size_t i = first; i < run->result_count; i++) {
		if (same_string(run->results[i].undetermined, why)) {
			str_printf(&line, "%s%s", i > first ? ", " : "", run->results[i].gate->id);
		}
	}
	str_add(&line, " cannot be compared: ");
	str_add(&line, why);
	add_line(out, style, "", &line);
}

void text_baseline(const struct run *run, const struct style *style, struct str *out)
{
	const struct baseline *baseline = run->options->baseline;
	AUTO(auto_str) struct str line = {0};

	if (!baseline) {
		return;
	}
	add_name(&line, baseline);
	add_counts(&line, &run->states);
	add_line(out, style, "baseline", &line);
	for (size_t i = 0; i < run->result_count; i++) {
		if (run->results[i].undetermined && is_first_with(run, i)) {
			add_undetermined(run, style, i, out);
		}
	}
}
