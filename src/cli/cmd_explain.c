#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "check/ladder/cert_ladder.h"
#include "cli/commands.h"
#include "cli/explain_receipts.h"
#include "cli/fields.h"
#include "cli/kinds.h"
#include "model/file_form.h"
#include "report/layout.h"

/** What is neither a gate nor a kind, a reason or a file. */
#define RECEIPTS "receipts"

/** "owner    ops": a fact with its name in front. */
static void add_fact(struct str *out, const struct style *style, const char *name,
		     const char *value)
{
	if (!value || !*value) {
		return;
	}
	str_printf(out, "  %-10s", name);
	wrap_add(out, style, 12, 12, value);
	str_add_char(out, '\n');
}

static void add_list(struct str *out, const struct style *style, const char *name,
		     const struct texts *texts)
{
	AUTO(auto_str) struct str line = {0};

	for (size_t i = 0; i < texts->len; i++) {
		str_printf(&line, "%s%s", i ? ", " : "", texts->at[i]);
	}
	add_fact(out, style, name, str_text(&line));
}

static void add_section(struct str *out, const struct style *style, const char *heading,
			const char *text)
{
	if (!text) {
		return;
	}
	str_add_char(out, '\n');
	colour_add(out, style, COLOUR_BOLD, heading);
	str_add_char(out, '\n');
	sentence_add(out, style, 2, text);
}

static void explain_gate(const struct gate *gate, const struct style *style, struct str *out)
{
	char date[CLOCK_RFC3339_BYTES];

	colour_add(out, style, COLOUR_BOLD, gate->id);
	str_add(out, "  ");
	wrap_add(out, style, strlen(gate->id) + 2, strlen(gate->id) + 2, gate->title);
	str_add(out, "\n\n");
	add_fact(out, style, "kind", gate->kind->name);
	add_fact(out, style, "needs", mode_word(gate_mode(gate)));
	add_fact(out, style, "severity", severity_word((enum severity)gate->severity));
	add_fact(out, style, "enforced", gate->enforce ? "yes" : "no: reported only");
	add_list(out, style, "packs", &gate->packs);
	add_list(out, style, "requires", &gate->requires);
	add_list(out, style, "aliases", &gate->aliases);
	add_list(out, style, "except", &gate->except);
	add_fact(out, style, "owner", gate->owner);
	if (gate->review_by_utc_ms > 0) {
		clock_format_rfc3339(gate->review_by_utc_ms, date);
		date[strlen("2026-03-01")] = '\0';
		add_fact(out, style, "review by", date);
	}
	add_fact(out, style, "file", gate->file);
	add_section(out, style, "Holds when", gate->kind->doc);
	add_section(out, style, "Why", gate->explain);
	add_section(out, style, "When it does not pass", gate->triage);
}

static void explain_file(const struct file_form *form, const struct style *style, struct str *out)
{
	colour_add(out, style, COLOUR_BOLD, form->name);
	str_add_char(out, '\n');
	sentence_add(out, style, 2, form->doc);
	fields_write(form->fields, style, 4, out);
	fields_write(form->more, style, 4, out);
}

static bool find_reason(const char *code, enum reason *out)
{
	for (enum reason reason = REASON_NONE + 1; reason < REASON_COUNT; reason++) {
		if (strcmp(reason_code(reason), code) == 0) {
			*out = reason;
			return true;
		}
	}
	return false;
}

/** -1 with "nothing is called …", and what is near. */
static int refuse(struct cli *cli, const char *what)
{
	struct words names = {0};
	AUTO(auto_str) struct str scratch = {0};
	int status = EXIT_USAGE;

	for (size_t i = 0; i < cli->repo.gates.len; i++) {
		const struct gate *gate = &cli->repo.gates.at[i];

		*VEC_ADD(&names) = gate->id;
		for (size_t k = 0; k < gate->aliases.len; k++) {
			*VEC_ADD(&names) = gate->aliases.at[k];
		}
	}
	for (size_t i = 0; kinds_table[i]; i++) {
		*VEC_ADD(&names) = kinds_table[i]->name;
	}
	for (enum reason reason = REASON_NONE + 1; reason < REASON_COUNT; reason++) {
		*VEC_ADD(&names) = reason_code(reason);
	}
	for (const struct file_form *form = file_forms; form->name; form++) {
		*VEC_ADD(&names) = form->name;
	}
	*VEC_ADD(&names) = RECEIPTS;
	*VEC_ADD(&names) = NULL;
	status = cli_usage(cli,
			   "'%s' is no gate, kind, reason or file%s (`gaterun gates`, `gaterun "
			   "kinds` and `gaterun reasons` list what there is)",
			   what, did_you_mean(&scratch, "", what, names.at));
	VEC_RELEASE(&names);
	return status;
}

/** Is it of the certificate ladder alone? What it shares with other gates is explained in general.
 */
static bool is_of_ladder(enum reason reason)
{
	struct text code = text_of(reason_code(reason));

	return text_starts(code, "cert.") || text_starts(code, "serve.");
}

/** Of a cause of the certificate ladder: when it is said, and what to do. */
static void explain_cause(struct cli *cli, enum reason reason)
{
	const char *cause = NULL;
	const char *fix = NULL;

	if (!is_of_ladder(reason)) {
		return;
	}
	for (size_t i = 0; ladder_explain(reason, i, &cli->arena, &cause, &fix); i++) {
		str_add_char(&cli->out, '\n');
		sentence_add(&cli->out, &cli->out_style, 2,
			     arena_printf(&cli->arena, "`gaterun diagnose cert`: %s", cause));
		sentence_add(&cli->out, &cli->out_style, 2,
			     arena_printf(&cli->arena, "Fix: %s", fix));
	}
}

int cmd_explain(struct cli *cli)
{
	const char *what = cli->args.words.at[0];
	const struct kind *kind = kind_find(kinds_table, what);
	const struct file_form *form = file_form_find(what);
	const struct gate *gate = NULL;
	enum reason reason = REASON_NONE;
	int status = EXIT_PASS;

	if (strcmp(what, RECEIPTS) == 0) {
		explain_receipts(&cli->out_style, &cli->out);
		return EXIT_PASS;
	}
	if (kind) {
		kind_write(kind, &cli->out_style, &cli->out);
		return EXIT_PASS;
	}
	if (form) {
		explain_file(form, &cli->out_style, &cli->out);
		return EXIT_PASS;
	}
	if (find_reason(what, &reason)) {
		colour_add(&cli->out, &cli->out_style, COLOUR_BOLD, reason_code(reason));
		str_add_char(&cli->out, '\n');
		sentence_add(&cli->out, &cli->out_style, 2, reason_doc(reason));
		explain_cause(cli, reason);
		return EXIT_PASS;
	}
	status = cli_load_gates(cli);
	if (status) {
		return status;
	}
	gate = gates_find(&cli->repo.gates, what);
	if (!gate) {
		return refuse(cli, what);
	}
	explain_gate(gate, &cli->out_style, &cli->out);
	return EXIT_PASS;
}
