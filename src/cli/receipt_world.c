/* What a receipt says of the world: the machine that ran, those it met, and what they said. */
#include <string.h>

#include "base/cleanup.h"
#include "cli/receipts.h"
#include "report/layout.h"

void receipt_fact(struct str *out, const struct style *style, const char *name, const char *value)
{
	if (value && *value) {
		str_printf(out, "%-*s", RECEIPT_NAME_COLUMNS, name);
		wrap_add(out, style, RECEIPT_NAME_COLUMNS, RECEIPT_NAME_COLUMNS, value);
		str_add_char(out, '\n');
	}
}

static void add_tool(struct str *out, const struct style *style, const struct statement *statement)
{
	const struct statement_tool *tool = &statement->tool;
	AUTO(auto_str) struct str line = {0};

	str_printf(&line, "gaterun %s (%s)", tool->version, tool->commit);
	receipt_fact(out, style, "tool", str_text(&line));
	receipt_fact(out, style, "program", tool->sha256);
	receipt_fact(out, style, "system", tool->os);
}

/** Of schema 1 there is none. */
static void add_runner(struct str *out, const struct style *style,
		       const struct statement *statement)
{
	const struct statement_runner *runner = &statement->runner;
	AUTO(auto_str) struct str line = {0};

	if (statement->identity.schema < 2) {
		return;
	}
	str_printf(&line, "%s (uid %lld)", runner->user ? runner->user : "a user without a name",
		   (long long)runner->uid);
	if (runner->host) {
		str_printf(&line, " on %s", runner->host);
	}
	receipt_fact(out, style, "runner", str_text(&line));
	str_clear(&line);
	if (runner->machine) {
		str_printf(&line, "%.12s%s%.12s", runner->machine, runner->boot ? ", boot " : "",
			   runner->boot ? runner->boot : "");
	}
	receipt_fact(out, style, "machine", str_text(&line));
	str_clear(&line);
	if (runner->clock) {
		str_printf(&line, "%s%s%s", runner->clock, runner->clock_source ? ", source " : "",
			   runner->clock_source ? runner->clock_source : "");
	}
	receipt_fact(out, style, "clock", str_text(&line));
}

void receipt_write_runner(const struct statement *statement, const struct style *style,
			  struct str *out)
{
	add_tool(out, style, statement);
	add_runner(out, style, statement);
}

static void add_target(struct str *out, const struct style *style,
		       const struct statement_target *target)
{
	AUTO(auto_str) struct str line = {0};

	str_printf(&line, "%s at %s port %lld, over %s%s", target->name, target->address,
		   (long long)target->port, target->path, target->via ? " through " : "");
	str_add(&line, target->via ? target->via : "");
	switch ((enum target_state)target->state) {
	case TARGET_UNREACHED:
		str_add(&line, ": not reached");
		break;
	case TARGET_REFUSED:
		str_printf(&line, ": refused, because its key %s %s is not one that is pinned",
			   target->key_type, target->fingerprint);
		break;
	case TARGET_PROVEN:
	case TARGET_LOGGED_IN:
		str_printf(&line, ": %s%s%s, with the key %s %s of %s",
			   target->state == TARGET_LOGGED_IN ? "logged in"
							     : "proven, not logged in",
			   target->user ? " as " : "", target->user ? target->user : "",
			   target->key_type, target->fingerprint, target->pinned_by);
		break;
	}
	receipt_fact(out, style, "target", str_text(&line));
}

void receipt_write_targets(const struct statement *statement, const struct style *style,
			   struct str *out)
{
	const struct statement_target *targets = statement->targets.at;
	AUTO(auto_str) struct str line = {0};

	for (size_t i = 0; i < statement->targets.len; i++) {
		add_target(out, style, &targets[i]);
	}
	if (statement->omitted_targets > 0) {
		str_printf(&line, "and %lld more, which did not fit",
			   (long long)statement->omitted_targets);
		receipt_fact(out, style, "target", str_text(&line));
	}
}

/* ---- outputs */

/** Bytes that nobody here wrote, a line of them on a line. */
static void add_bytes(struct str *out, struct text bytes)
{
	struct text line = {0};

	if (bytes.len > 0 && bytes.at[bytes.len - 1] == '\n') {
		bytes.len--;
	}
	while (text_split(&bytes, '\n', &line)) {
		str_add(out, "  | ");
		str_add_printable(out, line);
		str_add_char(out, '\n');
	}
}

static void add_output(struct str *out, const char *state, const struct statement_gate *gate,
		       const struct statement_output *output)
{
	AUTO(auto_str) struct str bytes = {0};

	str_printf(out, "\n%s %s %s: %s%lld byte%s, sha256 %s\n", gate->id, output->subject,
		   output->stream, output->is_truncated ? "the first " : "",
		   (long long)output->bytes, output->bytes == 1 ? "" : "s", output->sha256);
	switch (output_find(state, output, &bytes)) {
	case OUTPUT_KEPT:
		if (bytes.len > 0) {
			add_bytes(out, str_view(&bytes));
		}
		break;
	case OUTPUT_ABSENT:
		str_add(out, "  not kept on this machine, or not any more\n");
		break;
	case OUTPUT_CHANGED:
		str_printf(out, "  what is kept is something else: %s/outputs/%s\n", state,
			   output->sha256);
		break;
	}
}

void receipt_write_outputs(const struct statement *statement, const char *state, struct str *out)
{
	const struct statement_gate *gates = statement->results.at;
	size_t count = 0;

	for (size_t i = 0; i < statement->results.len; i++) {
		const struct statement_output *outputs = gates[i].outputs.at;

		for (size_t k = 0; k < gates[i].outputs.len; k++) {
			add_output(out, state, &gates[i], &outputs[k]);
			count++;
		}
	}
	if (count == 0) {
		str_add(out, "\nno gate of this run was told anything that is kept\n");
	}
}
