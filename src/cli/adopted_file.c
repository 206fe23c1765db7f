/* The file of an adopted gate: plain YAML that a human goes on with. */
#include <string.h>

#include "base/cleanup.h"
#include "cli/adoption.h"
#include "data/yaml_edit.h"
#include "report/layout.h"

/** Longest title; longer first sentences are cut between words. */
#define TITLE_BYTES ((size_t)100)

/** Lines of the file are at most this wide. */
#define FILE_COLUMNS 100

/** A scalar on one line. */
static void add_scalar(struct str *out, struct text text)
{
	AUTO(auto_str) struct str shown = {0};

	if (yaml_is_plain(text)) {
		str_add_text(out, text);
		return;
	}
	str_add_printable(&shown, text);
	str_add_char(out, '"');
	for (size_t i = 0; i < shown.len; i++) {
		if (shown.at[i] == '"' || shown.at[i] == '\\') {
			str_add_char(out, '\\');
		}
		str_add_char(out, shown.at[i]);
	}
	str_add_char(out, '"');
}

static void add_key(struct str *out, const char *key, const char *value)
{
	str_printf(out, "%s: ", key);
	add_scalar(out, text_of(value));
	str_add_char(out, '\n');
}

static void add_list(struct str *out, const char *key, const struct texts *texts)
{
	str_printf(out, "%s: [", key);
	for (size_t i = 0; i < texts->len; i++) {
		str_add(out, i > 0 ? ", " : "");
		add_scalar(out, text_of(texts->at[i]));
	}
	str_add(out, "]\n");
}

/** Words as they are, with single blanks between. */
static void add_words(struct str *out, struct text text)
{
	for (size_t i = 0; i < text.len; i++) {
		bool is_blank = strchr(" \t\r\n", text.at[i]) != NULL && text.at[i];

		if (!is_blank) {
			str_add_char(out, text.at[i]);
		} else if (out->len > 0 && out->at[out->len - 1] != ' ') {
			str_add_char(out, ' ');
		}
	}
}

/** A line of a block. */
static void add_paragraph(struct str *out, struct text text)
{
	const struct style style = {.width = FILE_COLUMNS};
	AUTO(auto_str) struct str words = {0};

	add_words(&words, text);
	str_add(out, "  ");
	wrap_add(out, &style, 2, 2, str_text(&words));
	str_add_char(out, '\n');
}

static void add_block(struct str *out, const char *key, const char *text)
{
	str_printf(out, "%s: |\n", key);
	add_paragraph(out, text_of(text));
}

/** The first sentence of the description, else the name, else the id. */
static void add_title(struct str *out, const struct registry_gate *row)
{
	AUTO(auto_str) struct str title = {0};
	const char *end = NULL;

	add_words(&title, text_trim(text_of(row->description ? row->description : "")));
	if (title.len == 0) {
		add_words(&title, text_of(row->name && *row->name ? row->name : row->id));
	}
	end = strstr(str_text(&title), ". ");
	if (end) {
		str_cut(&title, (size_t)(end - str_text(&title)));
	}
	if (title.len > TITLE_BYTES) {
		size_t at = TITLE_BYTES;

		while (at > 0 && title.at[at] != ' ') {
			at--;
		}
		str_cut(&title, at > 0 ? at : TITLE_BYTES);
	}
	while (title.len > 1 && strchr(".,;: ", title.at[title.len - 1])) {
		str_cut(&title, title.len - 1);
	}
	add_key(out, "title", str_text(&title));
}

static void add_fact(struct str *out, const char *key, const char *value)
{
	if (value) {
		str_printf(out, ", %s %s", key, value);
	}
}

static void add_explanation(const struct adoption *adoption, const struct adopted *adopted,
			    struct str *out)
{
	const struct registry_gate *row = adopted->row;
	AUTO(auto_str) struct str origin = {0};
	AUTO(auto_str) struct str reads = {0};
	struct text description = text_trim(text_of(row->description ? row->description : ""));

	str_add(out, "explain: |\n");
	if (description.len > 0) {
		add_paragraph(out, description);
		str_add_char(out, '\n');
	}
	str_printf(&origin, "It was %s in %s%s%s", row->id, adoption->registry->file,
		   row->name ? ", " : "", row->name ? row->name : "");
	add_fact(&origin, "class", row->gate_class);
	add_fact(&origin, "category", row->category);
	add_fact(&origin, "ring", row->ring);
	str_add_char(&origin, '.');
	add_paragraph(out, str_view(&origin));
	str_printf(&reads,
		   "Runs %s, which passes with exit status 0 and fails with 1. A line SKIP is a "
		   "skip, never a pass; PASS with another status, or FAIL with 0, is unknown.",
		   adopted->script);
	add_paragraph(out, str_view(&reads));
}

/** `with` on lines of its own, for who changes it later. */
static void add_settings(const struct adopted *adopted, struct str *out)
{
	str_add(out, "kind: command\nwith:\n  ");
	add_list(out, "argv", &adopted->argv);
	if (adopted->words.network) {
		str_printf(out, "  network: true # for %s\n", adopted->words.network);
	}
}

void adopted_gate_write(const struct adoption *adoption, const struct adopted *adopted,
			struct str *out)
{
	const struct registry_gate *row = adopted->row;
	const char *hint = row->fix_hint && *row->fix_hint ? row->fix_hint : NULL;

	add_key(out, "id", adopted->id);
	add_title(out, row);
	add_settings(adopted, out);
	add_list(out, "packs", &adopted->packs);
	add_key(out, "severity", adopted->severity);
	if (adopted->shadow_of) {
		add_key(out, "shadow_of", adopted->shadow_of);
	} else if (!adopted->decides) {
		str_add(out, "enforce: false\n");
	}
	str_printf(out, "timeout: %s\n", adopted->timeout);
	add_key(out, "owner", row->owner && *row->owner ? row->owner : "ops");
	add_block(out, "triage", hint ? hint : "Read what the script says, and the script.");
	add_explanation(adoption, adopted, out);
}
