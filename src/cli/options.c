#include "cli/options.h"

#include <string.h>

#include "base/cleanup.h"
#include "data/problem.h"

const char *const color_words[] = {"auto", "always", "never", NULL};
const char *const mode_words[] = {"static", "passive", "active", NULL};

const struct option global_options[] = {
	{.name = "root",
	 .sort = OPTION_WORD,
	 .offset = offsetof(struct arguments, root),
	 .value = "DIR",
	 .doc = "the ops repo; without it the nearest directory upwards with gaterun.yaml, or with "
		"bindings/ and gates/"},
	{.name = "identity",
	 .sort = OPTION_WORD,
	 .offset = offsetof(struct arguments, identity),
	 .value = "FILE",
	 .doc = "the SSH key that gates log in with: a private key, or a public one that the SSH agent "
		"has the other half of; overrides config.yaml and gaterun.yaml"},
	{.name = "color",
	 .sort = OPTION_WORD,
	 .offset = offsetof(struct arguments, color),
	 .value = "WHEN",
	 .choices = color_words,
	 .doc = "colour the text; auto looks at NO_COLOR and friends and at the terminal"},
	{.name = "help",
	 .letter = 'h',
	 .sort = OPTION_FLAG,
	 .offset = offsetof(struct arguments, help),
	 .doc = "explain the command"},
	{.name = "version",
	 .sort = OPTION_FLAG,
	 .offset = offsetof(struct arguments, version),
	 .doc = "say which version this is"},
	{0},
};

static const struct option *row_of(const struct option *const *tables, const char *name, size_t len)
{
	for (size_t i = 0; tables[i]; i++) {
		for (const struct option *row = tables[i]; row->name; row++) {
			if (strncmp(row->name, name, len) == 0 && row->name[len] == '\0') {
				return row;
			}
		}
	}
	return NULL;
}

static const struct option *letter_row(const struct option *const *tables, char letter)
{
	for (size_t i = 0; tables[i]; i++) {
		for (const struct option *row = tables[i]; row->name; row++) {
			if (row->letter == letter) {
				return row;
			}
		}
	}
	return NULL;
}

/** Remember only the first mistake of a sort: it explains the later ones. */
static void note(const char **mistake, const char *word)
{
	if (!*mistake) {
		*mistake = word;
	}
}

/** Keep one option. `value` is what was glued to it; else the next word is taken if it needs one.
 */
static void take(struct split *split, const struct option *row, const char *value, int *at,
		 int argc, const char *const *argv)
{
	const char *word = argv[*at];

	if (row->sort == OPTION_FLAG && value) {
		note(&split->excess, word);
		return;
	}
	if (row->sort != OPTION_FLAG && !value && *at + 1 < argc) {
		*at += 1;
		value = argv[*at];
	}
	if (row->sort != OPTION_FLAG && (!value || !*value)) {
		note(&split->no_value, word);
		return;
	}
	split->wants_help = split->wants_help || strcmp(row->name, "help") == 0;
	*VEC_ADD(&split->options) = (struct given){row->name, value};
}

static void take_long(struct split *split, const struct option *const *tables, int *at, int argc,
		      const char *const *argv)
{
	const char *name = argv[*at] + 2;
	const char *equals = strchr(name, '=');
	size_t len = equals ? (size_t)(equals - name) : strlen(name);
	const struct option *row = row_of(tables, name, len);

	if (row) {
		take(split, row, equals ? equals + 1 : NULL, at, argc, argv);
	} else {
		note(&split->unknown, argv[*at]);
	}
}

static void take_short(struct split *split, const struct option *const *tables, int *at, int argc,
		       const char *const *argv)
{
	const char *word = argv[*at];
	const struct option *row = letter_row(tables, word[1]);

	if (row) {
		take(split, row, word[2] ? word + 2 : NULL, at, argc, argv);
	} else {
		note(&split->unknown, word);
	}
}

void options_split(const struct option *const *tables, int argc, const char *const *argv,
		   struct split *out)
{
	bool has_ended = false;

	*out = (struct split){0};
	for (int at = 0; at < argc; at++) {
		if (has_ended || argv[at][0] != '-' || argv[at][1] == '\0') {
			*VEC_ADD(&out->words) = argv[at];
		} else if (strcmp(argv[at], "--") == 0) {
			has_ended = true;
		} else if (argv[at][1] == '-') {
			take_long(out, tables, &at, argc, argv);
		} else {
			take_short(out, tables, &at, argc, argv);
		}
	}
}

void split_release(struct split *split)
{
	VEC_RELEASE(&split->words);
	VEC_RELEASE(&split->options);
}

const char *did_you_mean(struct str *scratch, const char *prefix, const char *word,
			 const char *const *words)
{
	const char *near = nearest_word(word, words);

	str_clear(scratch);
	if (near) {
		str_printf(scratch, "; did you mean '%s%s'?", prefix, near);
	}
	return str_text(scratch);
}

/** -1 with "unknown option", and the nearest one this command has. */
static int refuse_unknown(const char *word, const struct option *const *tables, const char *program,
			  struct err *err)
{
	struct words names = {0};
	AUTO(auto_str) struct str name = {0};
	AUTO(auto_str) struct str scratch = {0};
	size_t dashes = strspn(word, "-");

	str_add_bytes(&name, word + dashes, strcspn(word + dashes, "="));
	for (size_t i = 0; tables[i]; i++) {
		for (const struct option *row = tables[i]; row->name; row++) {
			*VEC_ADD(&names) = row->name;
		}
	}
	*VEC_ADD(&names) = NULL;
	err_fill(err, ERR_INPUT, "unknown option '%.*s%s' of %s%s", (int)dashes, word,
		 str_text(&name), program, did_you_mean(&scratch, "--", str_text(&name), names.at));
	VEC_RELEASE(&names);
	return -1;
}

static int check_choice(const struct option *row, const char *value, struct err *err)
{
	AUTO(auto_str) struct str scratch = {0};
	AUTO(auto_str) struct str all = {0};

	for (size_t i = 0; row->choices[i]; i++) {
		if (strcmp(row->choices[i], value) == 0) {
			return 0;
		}
		str_printf(&all, "%s%s", i ? ", " : "", row->choices[i]);
	}
	return err_set(err, ERR_INPUT, "--%s is one of %s, not '%s'%s", row->name, str_text(&all),
		       value, did_you_mean(&scratch, "", value, row->choices));
}

static int store(const struct option *row, const char *value, struct arguments *out,
		 struct err *err)
{
	void *member = (char *)out + row->offset;

	if (row->choices && check_choice(row, value, err)) {
		return -1;
	}
	switch (row->sort) {
	case OPTION_FLAG:
		*(bool *)member = true;
		break;
	case OPTION_WORD:
		*(const char **)member = value;
		break;
	case OPTION_WORDS:
		*VEC_ADD((struct words *)member) = value;
		break;
	}
	return 0;
}

int options_store(const struct split *split, const struct option *const *tables,
		  const char *program, struct arguments *out, struct err *err)
{
	if (split->unknown) {
		return refuse_unknown(split->unknown, tables, program, err);
	}
	for (size_t i = 0; i < split->options.len; i++) {
		const struct given *given = &split->options.at[i];
		const struct option *row = row_of(tables, given->name, strlen(given->name));
		AUTO(auto_str) struct str dashed = {0};

		if (!row) {
			str_printf(&dashed, "--%s", given->name);
			return refuse_unknown(str_text(&dashed), tables, program, err);
		}
		if (store(row, given->value, out, err)) {
			return -1;
		}
	}
	if (split->excess) {
		return err_set(err, ERR_INPUT, "option '%.*s' takes no value",
			       (int)strcspn(split->excess, "="), split->excess);
	}
	if (split->no_value) {
		return err_set(err, ERR_INPUT, "option '%.*s' needs a value",
			       (int)strcspn(split->no_value, "="), split->no_value);
	}
	for (size_t i = 0; i < split->words.len; i++) {
		*VEC_ADD(&out->words) = split->words.at[i];
	}
	return 0;
}

void arguments_release(struct arguments *arguments)
{
	VEC_RELEASE(&arguments->words);
	VEC_RELEASE(&arguments->gates);
	VEC_RELEASE(&arguments->outputs);
	VEC_RELEASE(&arguments->evidence);
}
