#include "closure/guard.h"

#include <string.h>

#include "base/cleanup.h"

/* ---- words */

/** One word of a command, as a shell would split it; nothing is expanded. */
static bool next_word(const char **at, struct str *out)
{
	char quote = 0;
	bool is_word = false;

	while (**at == ' ' || **at == '\t') {
		(*at)++;
	}
	for (; **at && (quote || (**at != ' ' && **at != '\t')); (*at)++) {
		is_word = true;
		if (quote && **at == quote) {
			quote = '\0';
		} else if (!quote && (**at == '"' || **at == '\'')) {
			quote = **at;
		} else if (**at == '\\' && quote != '\'' && (*at)[1]) {
			(*at)++;
			str_add_char(out, **at);
		} else {
			str_add_char(out, **at);
		}
	}
	return is_word;
}

static void split_words(struct arena *arena, const char *command, struct texts *out)
{
	AUTO(auto_str) struct str word = {0};
	const char *at = command;

	out->at = arena_alloc(arena, GUARD_WORDS * sizeof(*out->at));
	while (out->len < GUARD_WORDS && next_word(&at, &word)) {
		out->at[out->len++] = arena_text(arena, str_text(&word));
		str_clear(&word);
	}
}

/* ---- what it verifies */

/** Where the next command of a line begins. */
static bool is_operator(const char *word)
{
	static const char *const operators[] = {"&&", "||", ";", "|", "#", NULL};

	for (size_t i = 0; operators[i]; i++) {
		if (strcmp(word, operators[i]) == 0) {
			return true;
		}
	}
	return word[0] == '>' || word[0] == '<';
}

static void add(struct arena *arena, struct texts *list, const char *word)
{
	if (!list->at) {
		list->at = arena_alloc(arena, GUARD_WORDS * sizeof(*list->at));
	}
	if (list->len < GUARD_WORDS && !texts_hold(list, word)) {
		list->at[list->len++] = word;
	}
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/** Options of verify whose value is the next word. */
static bool takes_value(const char *option)
{
	static const char *const options[] = {"-o",         "--output",  "--target",   "--context",
					      "--mode",     "--since",   "--baseline", "--deadline",
					      "--jobs",     "--shard",   "--root",     "--identity",
					      "--revision", "--fail-on", "--color",    NULL};

	for (size_t i = 0; options[i]; i++) {
		if (strcmp(option, options[i]) == 0) {
			return true;
		}
	}
	return false;
}

/** `gaterun verify PACK… --gate ID`, from the word behind verify on. */
static void read_ours(struct arena *arena, struct guard *guard, size_t at)
{
	for (; at < guard->argv.len && !is_operator(guard->argv.at[at]); at++) {
		const char *word = guard->argv.at[at];

		if (strcmp(word, "--gate") == 0 && at + 1 < guard->argv.len) {
			add(arena, &guard->gates, guard->argv.at[++at]);
		} else if (strncmp(word, "--gate=", 7) == 0) {
			add(arena, &guard->gates, word + 7);
		} else if (takes_value(word)) {
			at++;
		} else if (word[0] != '-') {
			add(arena, &guard->packs, word);
		}
	}
	guard->is_verify = guard->packs.len > 0 || guard->gates.len > 0;
}

/** `verify.run -- [domain] PACK`. */
static void read_older(struct arena *arena, struct guard *guard, size_t at)
{
	for (; at < guard->argv.len && !is_operator(guard->argv.at[at]); at++) {
		const char *word = guard->argv.at[at];

		if (word[0] != '-' && strcmp(word, "domain") != 0) {
			add(arena, &guard->packs, word);
		}
	}
	guard->is_verify = guard->packs.len > 0;
}

/** The PACK of `verify.PACK.run`; NULL if the word is another one. */
static const char *pack_inside(struct arena *arena, const char *word)
{
	size_t len = strlen(word);
	const char *inside = word + strlen("verify.");

	if (len <= strlen("verify..run") || strncmp(word, "verify.", strlen("verify.")) != 0 ||
	    strcmp(word + len - 4, ".run") != 0) {
		return NULL;
	}
	return arena_copy(arena, inside, len - strlen("verify.") - strlen(".run"));
}

static void read_meaning(struct arena *arena, struct guard *guard)
{
	const struct texts *argv = &guard->argv;

	for (size_t i = 0; i < argv->len && !guard->is_verify; i++) {
		const char *pack = pack_inside(arena, argv->at[i]);

		if (strcmp(base_name(argv->at[i]), "gaterun") == 0 && i + 1 < argv->len &&
		    strcmp(argv->at[i + 1], "verify") == 0) {
			read_ours(arena, guard, i + 2);
		} else if (strcmp(argv->at[i], "verify.run") == 0 ||
			   strcmp(argv->at[i], "verify.pack.run") == 0) {
			read_older(arena, guard, i + 1);
		} else if (pack) {
			add(arena, &guard->packs, pack);
			guard->is_verify = true;
		}
	}
}

/* ---- the item */

/** What stands between the first pair of backticks; the whole, if there is none. */
static struct text code_in(struct text item)
{
	const char *start = memchr(item.at, '`', item.len);
	size_t marks = 0;

	if (!start) {
		return (struct text){0};
	}
	while (start + marks < item.at + item.len && start[marks] == '`') {
		marks++;
	}
	item.len -= (size_t)(start + marks - item.at);
	item.at = start + marks;
	start = memchr(item.at, '`', item.len);
	return start ? (struct text){item.at, (size_t)(start - item.at)} : (struct text){0};
}

/** "**Verify**:" in front of the command. */
static struct text label_in(struct text item)
{
	const char *end = memchr(item.at, '`', item.len);
	struct text label = {item.at, end ? (size_t)(end - item.at) : 0};

	label = text_trim(label);
	while (label.len > 0 && strchr(":*_ ", label.at[label.len - 1])) {
		label.len--;
	}
	while (label.len > 0 && strchr("*_ ", label.at[0])) {
		label.at++;
		label.len--;
	}
	return label;
}

bool guard_read(struct arena *arena, const char *item, bool is_code, struct place where,
		struct guard *out)
{
	struct text text = text_of(item);
	struct text command = text_trim(is_code ? text : code_in(text));
	struct text label = {0};

	if (command.len == 0 || command.at[0] == '#') {
		return false;
	}
	if (!is_code) {
		label = label_in(text);
	}
	if (is_code && text_starts(command, "$ ")) {
		command = text_trim((struct text){command.at + 2, command.len - 2});
	}
	*out = (struct guard){
		.label = label.len ? arena_copy(arena, label.at, label.len) : "",
		.command = arena_copy(arena, command.at, command.len),
		.where = where,
	};
	split_words(arena, out->command, &out->argv);
	read_meaning(arena, out);
	return true;
}
