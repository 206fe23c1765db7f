/* The catalogues: gates, kinds, reasons. */
#include <string.h>

#include "base/cleanup.h"
#include "cli/commands.h"
#include "cli/fields.h"
#include "cli/kinds.h"
#include "data/json.h"
#include "report/layout.h"

/** Columns of ids, reasons and the like before the sentence. */
#define CODE_COLUMNS ((size_t)34)

static bool is_json(const char *format)
{
	return strcmp(format, "json") == 0;
}

static struct json *texts_json(const struct texts *texts)
{
	struct json *list = json_list();

	for (size_t i = 0; i < texts->len; i++) {
		json_add_text(list, texts->at[i]);
	}
	return list;
}

static struct json *gate_json(const struct gate *gate)
{
	struct json *map = json_map();

	json_put_text(map, "id", gate->id);
	json_put(map, "aliases", texts_json(&gate->aliases));
	json_put_text(map, "title", gate->title);
	json_put_text(map, "kind", gate->kind->name);
	json_put(map, "packs", texts_json(&gate->packs));
	json_put_text(map, "severity", severity_word((enum severity)gate->severity));
	json_put_bool(map, "enforced", gate->enforce);
	if (gate->shadow_of) {
		json_put_text(map, "shadow_of", gate->shadow_of);
	}
	json_put_text(map, "mode", mode_word(gate_mode(gate)));
	json_put(map, "requires", texts_json(&gate->requires));
	json_put_text(map, "owner", gate->owner);
	json_put_text(map, "file", gate->file);
	return map;
}

static void add_texts(struct str *out, const struct texts *texts, const char *separator)
{
	for (size_t i = 0; i < texts->len; i++) {
		str_add(out, i ? separator : "");
		str_add_printable(out, text_of(texts->at[i]));
	}
}

static void add_gate(struct str *out, const struct style *style, const struct gate *gate)
{
	AUTO(auto_str) struct str facts = {0};
	size_t len = strlen(gate->id);
	size_t gap = len < 4 ? 6 - len : 2;

	colour_add(out, style, COLOUR_BOLD, gate->id);
	add_spaces(out, gap);
	wrap_add(out, style, len + gap, 6, gate->title);
	str_add_char(out, '\n');
	str_printf(&facts, "%s, %s, %s; packs: ", gate->kind->name, mode_word(gate_mode(gate)),
		   severity_word((enum severity)gate->severity));
	add_texts(&facts, &gate->packs, " ");
	str_add(&facts, gate->enforce ? "" : "; reported only");
	if (gate->shadow_of) {
		str_printf(&facts, ", in the shadow of %s", gate->shadow_of);
	}
	if (gate->aliases.len > 0) {
		str_add(&facts, "; also ");
		add_texts(&facts, &gate->aliases, ", ");
	}
	add_spaces(out, 6);
	wrap_add(out, style, 6, 6, str_text(&facts));
	str_add_char(out, '\n');
}

static void write_gates(const char *format, const struct style *style, void *cookie,
			struct str *out)
{
	const struct gates *gates = cookie;

	if (is_json(format)) {
		AUTO(auto_json) struct json *map = json_map();
		struct json *list = json_list();

		for (size_t i = 0; i < gates->len; i++) {
			json_add(list, gate_json(&gates->at[i]));
		}
		json_put_text(map, "schema", "gaterun/gates/v1");
		json_put(map, "gates", list);
		json_write(map, JSON_INDENTED, out);
		return;
	}
	for (size_t i = 0; i < gates->len; i++) {
		add_gate(out, style, &gates->at[i]);
	}
}

int cmd_gates(struct cli *cli)
{
	int status = cli_load_gates(cli);

	if (status) {
		return status;
	}
	cli_write(cli, write_gates, &cli->repo.gates);
	return EXIT_PASS;
}

static struct json *kind_json(const struct kind *kind)
{
	struct json *map = json_map();

	json_put_text(map, "name", kind->name);
	json_put_text(map, "doc", kind->doc);
	json_put_text(map, "mode", mode_word(kind->mode));
	json_put_bool(map, "per_target", kind->is_per_target);
	json_put(map, "settings", fields_json(kind->fields));
	return map;
}

void kind_write(const struct kind *kind, const struct style *style, struct str *out)
{
	colour_add(out, style, COLOUR_BOLD, kind->name);
	str_printf(out, "  (%s%s)\n", mode_word(kind->mode),
		   kind->is_per_target ? ", per target" : "");
	sentence_add(out, style, 2, kind->doc);
	fields_write(kind->fields, style, 4, out);
}

static void write_kinds(const char *format, const struct style *style, void *cookie,
			struct str *out)
{
	(void)cookie;
	if (is_json(format)) {
		AUTO(auto_json) struct json *map = json_map();
		struct json *list = json_list();

		for (size_t i = 0; kinds_table[i]; i++) {
			json_add(list, kind_json(kinds_table[i]));
		}
		json_put_text(map, "schema", "gaterun/kinds/v1");
		json_put(map, "kinds", list);
		json_write(map, JSON_INDENTED, out);
		return;
	}
	for (size_t i = 0; kinds_table[i]; i++) {
		str_add(out, i ? "\n" : "");
		kind_write(kinds_table[i], style, out);
	}
}

int cmd_kinds(struct cli *cli)
{
	cli_write(cli, write_kinds, NULL);
	return EXIT_PASS;
}

static struct json *reason_json(enum reason reason)
{
	struct json *map = json_map();

	json_put_text(map, "code", reason_code(reason));
	json_put_text(map, "doc", reason_doc(reason));
	return map;
}

static void write_reasons(const char *format, const struct style *style, void *cookie,
			  struct str *out)
{
	(void)cookie;
	if (is_json(format)) {
		AUTO(auto_json) struct json *map = json_map();
		struct json *list = json_list();

		for (enum reason reason = REASON_NONE + 1; reason < REASON_COUNT; reason++) {
			json_add(list, reason_json(reason));
		}
		json_put_text(map, "schema", "gaterun/reasons/v1");
		json_put(map, "reasons", list);
		json_write(map, JSON_INDENTED, out);
		return;
	}
	for (enum reason reason = REASON_NONE + 1; reason < REASON_COUNT; reason++) {
		size_t columns = strlen(reason_code(reason));

		str_add(out, reason_code(reason));
		add_spaces(out, columns < CODE_COLUMNS ? CODE_COLUMNS - columns : 2);
		wrap_add(out, style, CODE_COLUMNS, CODE_COLUMNS, reason_doc(reason));
		str_add_char(out, '\n');
	}
}

int cmd_reasons(struct cli *cli)
{
	cli_write(cli, write_reasons, NULL);
	return EXIT_PASS;
}
