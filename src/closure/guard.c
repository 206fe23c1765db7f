#include "closure/guard.h"

#include <string.h>

#include "base/cleanup.h"

/* ---- words */

/** Does a shell end a word here, although no blank follows? In "2>&1" it does not. */
static bool is_end(const char *at, const struct str *word)
{
	if (*at == '>' || *at == '<') {
		return word->len > 0 && strspn(word->at, "0123456789<>&") < word->len;
	}
	return strchr(";|&()", *at) &&
	       (*at != '&' || word->len == 0 || !strchr("<>", word->at[word->len - 1]));
}

/** One word of a command, as a shell would split it; nothing is expanded. */
static bool next_word(const char **at, struct str *out)
{
	char quote = 0;
	bool is_word = false;

	while (**at == ' ' || **at == '\t') {
		(*at)++;
	}
	if (**at && is_end(*at, out)) {
		size_t len = strspn(*at, ";|&()");

		str_add_bytes(out, *at, len);
		*at += len;
		return true;
	}
	for (; **at && (quote || (**at != ' ' && **at != '\t' && !is_end(*at, out))); (*at)++) {
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
	return word[0] && strchr(";|&()#", word[0]);
}

/** How many words from there on say where output goes, as in "2> log"; 0: none. */
static size_t redirection(const struct texts *argv, size_t at)
{
	const char *word = argv->at[at];
	size_t digits = strspn(word, "0123456789");

	if (word[digits] != '>' && word[digits] != '<') {
		return 0;
	}
	return strchr("<>", word[strlen(word) - 1]) ? 2 : 1;
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

/** `gaterun verify PACK… --gate ID`, from the word behind verify on. The value is where it ends. */
static size_t read_ours(struct arena *arena, struct guard *guard, size_t at)
{
	for (; at < guard->argv.len && !is_operator(guard->argv.at[at]); at++) {
		const char *word = guard->argv.at[at];

		if (redirection(&guard->argv, at) > 0) {
			at += redirection(&guard->argv, at) - 1;
		} else if (strcmp(word, "--gate") == 0 && at + 1 < guard->argv.len) {
			add(arena, &guard->gates, guard->argv.at[++at]);
		} else if (strncmp(word, "--gate=", 7) == 0) {
			add(arena, &guard->gates, word + 7);
		} else if (takes_value(word)) {
			at++;
		} else if (word[0] != '-') {
			add(arena, &guard->packs, word);
		}
	}
	return at;
}

/** `verify.run -- [domain] PACK`. The value is where it ends. */
static size_t read_older(struct arena *arena, struct guard *guard, size_t at)
{
	for (; at < guard->argv.len && !is_operator(guard->argv.at[at]); at++) {
		const char *word = guard->argv.at[at];

		if (redirection(&guard->argv, at) > 0) {
			at += redirection(&guard->argv, at) - 1;
		} else if (word[0] != '-' && strcmp(word, "domain") != 0) {
			add(arena, &guard->packs, word);
		}
	}
	return at;
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

/** Behind which word the words of `gaterun -o json verify` begin; 0: it is another command. */
static size_t behind_verify(const struct texts *argv, size_t at)
{
	if (strcmp(base_name(argv->at[at]), "gaterun") != 0) {
		return 0;
	}
	for (at++; at < argv->len && argv->at[at][0] == '-'; at++) {
		at += takes_value(argv->at[at]);
	}
	return at < argv->len && strcmp(argv->at[at], "verify") == 0 ? at + 1 : 0;
}

/** All that a line of commands verifies: one that is overlooked would be asked for by nobody. */
static void read_meaning(struct arena *arena, struct guard *guard)
{
	const struct texts *argv = &guard->argv;

	for (size_t i = 0; i < argv->len; i++) {
		const char *pack = pack_inside(arena, argv->at[i]);
		size_t ours = behind_verify(argv, i);

		if (ours > 0) {
			i = read_ours(arena, guard, ours);
		} else if (strcmp(argv->at[i], "verify.run") == 0 ||
			   strcmp(argv->at[i], "verify.pack.run") == 0) {
			i = read_older(arena, guard, i + 1);
		} else if (pack) {
			add(arena, &guard->packs, pack);
		}
	}
	guard->is_verify = guard->packs.len > 0 || guard->gates.len > 0;
}

/** What another command says too: further ones of the item, or one inside of `sh -c '…'`. */
static void read_further(struct arena *arena, const char *command, struct guard *guard)
{
	struct guard further = {.packs = guard->packs, .gates = guard->gates};

	split_words(arena, command, &further.argv);
	read_meaning(arena, &further);
	guard->packs = further.packs;
	guard->gates = further.gates;
	guard->is_verify = further.is_verify;
}

static void read_inside(struct arena *arena, struct guard *guard)
{
	for (size_t i = 1; i < guard->argv.len; i++) {
		const char *option = guard->argv.at[i - 1];

		if (option[0] == '-' && option[1] != '-' && option[strlen(option) - 1] == 'c') {
			read_further(arena, guard->argv.at[i], guard);
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

/** What follows the code, and the marks that end it. */
static struct text behind(struct text item, struct text code)
{
	const char *end = item.at + item.len;
	const char *at = code.len > 0 ? code.at + code.len : end;

	while (at < end && *at != '`') {
		at++;
	}
	while (at < end && *at == '`') {
		at++;
	}
	return (struct text){at, (size_t)(end - at)};
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
	read_inside(arena, out);
	for (text = behind(text, command); !is_code && command.len > 0;
	     text = behind(text, command)) {
		command = text_trim(code_in(text));
		read_further(arena, arena_copy(arena, command.at, command.len), out);
	}
	return true;
}
