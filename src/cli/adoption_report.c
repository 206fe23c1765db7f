#include "cli/adoption_report.h"

#include <string.h>

#include "base/cleanup.h"
#include "data/json.h"
#include "report/layout.h"
#include "report/report.h"

/** Columns before what is said about a gate. */
#define ABOUT_INDENT ((size_t)10)

static size_t count_fates(const struct adoption *adoption, enum fate fate)
{
	size_t count = 0;

	for (size_t i = 0; i < adoption->gates.len; i++) {
		count += adoption->gates.at[i].fate == fate;
	}
	return count;
}

static size_t count_native(const struct adoption *adoption, enum nativeness nativeness)
{
	size_t count = 0;

	for (size_t i = 0; i < adoption->gates.len; i++) {
		count += adoption->gates.at[i].fate == FATE_WRITE &&
			 adoption->gates.at[i].words.nativeness == nativeness;
	}
	return count;
}

/* ---- JSON */

static struct json *words_json(const char *const *words, size_t count)
{
	struct json *list = json_list();

	for (size_t i = 0; i < count; i++) {
		json_add_text(list, words[i]);
	}
	return list;
}

static void put_place(struct json *map, const struct place *where)
{
	json_put_text(map, "file", where->file);
	json_put_int(map, "line", where->line);
	json_put_int(map, "column", where->column);
}

static struct json *native_json(const struct script_words *words)
{
	struct json *map = json_map();

	json_put_text(map, "share", nativeness_word(words->nativeness));
	json_put(map, "kinds", words_json(words->kinds, words->kind_count));
	json_put(map, "rest", words_json(words->rest, words->rest_count));
	return map;
}

static struct json *gate_json(const struct adopted *adopted)
{
	struct json *map = json_map();
	struct json *where = json_map();

	json_put_text(map, "registry_id", adopted->row->id);
	json_put_text(map, "action", fate_word(adopted->fate));
	json_put_text(map, "why", adopted->why);
	put_place(where, &adopted->row->node->where);
	json_put(map, "where", where);
	json_put_text(map, "id", adopted->id);
	json_put_text(map, "file", adopted->file);
	if (adopted->fate == FATE_WRITE) {
		json_put(map, "argv", words_json(adopted->argv.at, adopted->argv.len));
		json_put(map, "packs", words_json(adopted->packs.at, adopted->packs.len));
		json_put_text(map, "severity", adopted->severity);
		json_put_bool(map, "enforced", adopted->decides && !adopted->shadow_of);
		json_put_text(map, "shadow_of", adopted->shadow_of);
		json_put_text(map, "network", adopted->words.network);
		json_put(map, "native", native_json(&adopted->words));
	}
	return map;
}

static struct json *problems_json(const struct problems *problems)
{
	struct json *list = json_list();

	for (size_t i = 0; i < problems->list.len; i++) {
		const struct problem *problem = &problems->list.at[i];
		struct json *map = json_map();

		put_place(map, &problem->where);
		json_put_text(map, "message", problem->message);
		json_put_text(map, "hint", problem->hint);
		json_add(list, map);
	}
	return list;
}

static struct json *keys_json(const struct registry *registry)
{
	struct json *list = json_list();

	for (size_t i = 0; i < registry->keys.len; i++) {
		const struct registry_key *key = &registry->keys.at[i];
		struct json *map = json_map();

		json_put_text(map, "key", key->key);
		json_put_text(map, "meant", key->meant);
		json_put_int(map, "count", (int64_t)key->count);
		put_place(map, &key->where);
		json_add(list, map);
	}
	return list;
}

static struct json *counts_json(const struct adoption *adoption)
{
	struct json *map = json_map();

	for (enum fate fate = FATE_WRITE; fate < FATE_COUNT; fate++) {
		json_put_int(map, fate_word(fate), (int64_t)count_fates(adoption, fate));
	}
	return map;
}

static void write_json(const struct adoption_report *report, struct str *out)
{
	const struct adoption *adoption = report->adoption;
	AUTO(auto_json) struct json *map = json_map();
	struct json *gates = json_list();

	for (size_t i = 0; i < adoption->gates.len; i++) {
		json_add(gates, gate_json(&adoption->gates.at[i]));
	}
	json_put_text(map, "schema", "gaterun/adoption/v1");
	json_put_text(map, "registry", adoption->registry->file);
	json_put_bool(map, "dry_run", report->is_dry_run);
	json_put_int(map, "exit", report->status);
	json_put(map, "counts", counts_json(adoption));
	json_put(map, "gates", gates);
	json_put(map, "unused_keys", keys_json(adoption->registry));
	json_put(map, "problems", problems_json(adoption->problems));
	json_write(map, JSON_INDENTED, out);
}

/* ---- text */

static void add_line(const struct style *style, struct str *out, const char *text)
{
	add_spaces(out, ABOUT_INDENT);
	wrap_add(out, style, ABOUT_INDENT, ABOUT_INDENT + 2, text);
	str_add_char(out, '\n');
}

static void add_words(struct str *out, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		str_printf(out, "%s%s", i > 0 ? ", " : "", words[i]);
	}
}

static void add_facts(const struct adopted *adopted, struct str *out)
{
	add_words(out, adopted->packs.at, adopted->packs.len);
	str_printf(out, "; %s", adopted->severity);
	if (adopted->shadow_of) {
		str_printf(out, "; in the shadow of %s", adopted->shadow_of);
	} else if (!adopted->decides) {
		str_add(out, "; reported only");
	}
	if (adopted->words.network) {
		str_printf(out, "; mode active, for %s", adopted->words.network);
	}
}

/** The kinds that could say the same, by the words of the script. */
static void add_native(const struct script_words *words, struct str *out)
{
	if (words->nativeness == NATIVE_NO) {
		str_add(out, "no native kind was recognised");
	} else {
		str_add(out, words->nativeness == NATIVE_WHOLE ? "could become "
							       : "in part could become ");
		add_words(out, words->kinds, words->kind_count);
	}
	if (words->rest_count > 0) {
		str_add(out, "; look at ");
		add_words(out, words->rest, words->rest_count);
	}
}

static void add_gate(const struct adopted *adopted, const struct style *style, struct str *out)
{
	AUTO(auto_str) struct str facts = {0};
	AUTO(auto_str) struct str native = {0};

	str_printf(out, "%-9s ", fate_word(adopted->fate));
	colour_add(out, style, COLOUR_BOLD, adopted->row->id);
	if (adopted->fate == FATE_WRITE) {
		str_printf(out, "  %s", adopted->file);
	}
	str_add_char(out, '\n');
	if (adopted->why) {
		add_line(style, out, adopted->why);
	}
	if (adopted->fate == FATE_WRITE) {
		add_facts(adopted, &facts);
		add_line(style, out, str_text(&facts));
		add_native(&adopted->words, &native);
		add_line(style, out, str_text(&native));
	}
}

static void add_keys(const struct registry *registry, const struct style *style, struct str *out)
{
	for (size_t i = 0; i < registry->keys.len; i++) {
		const struct registry_key *key = &registry->keys.at[i];
		AUTO(auto_str) struct str line = {0};

		str_printf(&line, "%s:%d:%d: nothing is made of '%s' (in %zu gate%s)",
			   key->where.file, key->where.line, key->where.column, key->key,
			   key->count, key->count == 1 ? "" : "s");
		if (key->meant) {
			str_printf(&line, "; if it is '%s', call it so", key->meant);
		}
		wrap_add(out, style, 0, 2, str_text(&line));
		str_add_char(out, '\n');
	}
}

static void add_summary(const struct adoption_report *report, const struct style *style,
			struct str *out)
{
	const struct adoption *adoption = report->adoption;
	size_t written = count_fates(adoption, FATE_WRITE);
	AUTO(auto_str) struct str line = {0};

	str_printf(&line, "%zu row%s: %zu %s", adoption->gates.len,
		   adoption->gates.len == 1 ? "" : "s", written,
		   report->is_dry_run ? "would be written" : "written");
	for (enum fate fate = FATE_EXISTS; fate < FATE_COUNT; fate++) {
		size_t count = count_fates(adoption, fate);

		if (count > 0) {
			str_printf(&line, ", %zu %s", count, fate_word(fate));
		}
	}
	wrap_add(out, style, 0, 2, str_text(&line));
	str_add_char(out, '\n');
	str_clear(&line);
	if (written > 0) {
		str_printf(&line,
			   "by the words of their scripts %zu could be of native kinds, %zu in "
			   "part; nobody has looked at what they mean",
			   count_native(adoption, NATIVE_WHOLE),
			   count_native(adoption, NATIVE_PART));
		wrap_add(out, style, 0, 2, str_text(&line));
		str_add_char(out, '\n');
	}
}

void adoption_report_write(const char *format, const struct style *style, void *cookie,
			   struct str *out)
{
	const struct adoption_report *report = cookie;
	const struct adoption *adoption = report->adoption;

	if (strcmp(format, "json") == 0) {
		write_json(report, out);
		return;
	}
	for (size_t i = 0; i < adoption->gates.len; i++) {
		add_gate(&adoption->gates.at[i], style, out);
	}
	str_add(out, adoption->gates.len > 0 ? "\n" : "");
	report_problems_text(adoption->problems, out);
	add_keys(adoption->registry, style, out);
	add_summary(report, style, out);
}
