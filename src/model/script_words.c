#include "model/script_words.h"

#include <string.h>

/** A word of a script and what it means. To add one: a row, and a line in the unit test. */
struct habit {
	const char *word; /**< as it stands alone */
	const char *kind; /**< NULL: none can say it */
	bool has_network;
	bool is_anywhere; /**< as an argument, too */
};

/** The kinds are those which the predecessor's assertions fall into. */
static const struct habit habits[] = {
	/* The first: two files that it looks into are compared. */
	{"yq", "yaml_assert", false, false},
	{"jq", "yaml_assert", false, false},
	{"grep", "text_match", false, false},
	{"egrep", "text_match", false, false},
	{"rg", "text_match", false, false},
	{"[ -f", "file_state", false, false},
	{"[ ! -f", "file_state", false, false},
	{"[[ -f", "file_state", false, false},
	{"[[ ! -f", "file_state", false, false},
	{"test -f", "file_state", false, false},
	{"[ -e", "file_state", false, false},
	{"[ ! -e", "file_state", false, false},
	{"[[ -e", "file_state", false, false},
	{"[ -d", "file_state", false, false},
	{"[[ -d", "file_state", false, false},
	{"[ -x", "file_state", false, false},
	{"[ ! -x", "file_state", false, false},
	{"[[ -x", "file_state", false, false},
	{"test -x", "file_state", false, false},
	{"sha256sum", "file_state", false, false},
	{"shasum", "file_state", false, false},
	{"json.tool", "parses", false, true},
	{"yamllint", "parses", false, false},
	{"plutil", "parses", false, false},
	{"find", "freshness", false, false},
	{"date", "freshness", false, false},
	{"stat", "freshness", false, false},
	{"git", "git_state", false, false},
	{"ssh", "ssh_command", true, false},
	{"curl", "http_probe", true, false},
	{"wget", "http_probe", true, false},
	{"openssl s_client", "tls_endpoint", true, false},
	{"nc", "tcp_open", true, false},
	{"/dev/tcp", "tcp_open", true, true},
	{"python", NULL, false, false},
	{"python3", NULL, false, false},
	{"perl", NULL, false, false},
	{"ruby", NULL, false, false},
	{"node", NULL, false, false},
	{"awk", NULL, false, false},
	{"sqlite3", NULL, false, false},
	{"launchctl", NULL, false, false},
	{"systemctl", NULL, false, false},
	{"docker", NULL, true, false},
	{"dig", NULL, true, false},
	{"host", NULL, true, false},
	{"nslookup", NULL, true, false},
	{"ping", NULL, true, false},
	{"tailscale", NULL, true, false},
	{"scp", NULL, true, false},
	{"rsync", NULL, true, false},
	{"psql", NULL, true, false},
	{"mktemp", NULL, false, false},
	{"eval", NULL, false, false},
};

const char *nativeness_word(enum nativeness nativeness)
{
	switch (nativeness) {
	case NATIVE_NO:
		return "no";
	case NATIVE_PART:
		return "part";
	case NATIVE_WHOLE:
		return "whole";
	}
	return "no";
}

/** Could it be a part of the same word? */
static bool is_of_word(char one)
{
	return (one >= 'a' && one <= 'z') || (one >= 'A' && one <= 'Z') ||
	       (one >= '0' && one <= '9') || one == '_' || one == '-' || one == '.';
}

/** The word that ends at the end of the text. */
static struct text last_word(struct text text)
{
	size_t start = text.len;

	while (start > 0 && !strchr(" \t", text.at[start - 1])) {
		start--;
	}
	return (struct text){text.at + start, text.len - start};
}

/** Words behind which a shell expects a command. */
static bool leads_to_command(struct text word)
{
	static const char *const words[] = {"if",    "then", "else", "elif",    "do",      "while",
					    "until", "exec", "sudo", "command", "timeout", "env",
					    "xargs", "time", "nice", NULL};

	for (size_t i = 0; words[i]; i++) {
		if (text_is(word, words[i])) {
			return true;
		}
	}
	/* `timeout 5 curl`, `LC_ALL=C grep` */
	return word.len > 0 && ((word.at[0] >= '0' && word.at[0] <= '9') ||
				(memchr(word.at, '=', word.len) && word.at[0] != '"'));
}

/** Does a shell run what stands behind this part of a line? Not what stands in quotes. */
static bool is_at_command(struct text before)
{
	size_t blanks = before.len;

	if (before.len > 0 && before.at[before.len - 1] == '/') {
		before.len -= last_word(before).len;
		blanks = before.len;
	}
	while (before.len > 0 && strchr(" \t", before.at[before.len - 1])) {
		before.len--;
	}
	if (before.len == 0 || strchr("(|&;`!{", before.at[before.len - 1])) {
		return true;
	}
	return before.len < blanks && leads_to_command(last_word(before));
}

/** Does the habit's word stand here, as a whole, and where it is run? */
static bool stands_at(struct text line, size_t at, const struct habit *habit)
{
	size_t len = strlen(habit->word);

	if (line.len - at < len || memcmp(line.at + at, habit->word, len) != 0 ||
	    (at > 0 && is_of_word(line.at[at - 1]))) {
		return false;
	}
	if (at + len < line.len && !strchr(" \t;|&)\"'`/", line.at[at + len])) {
		return false;
	}
	return habit->is_anywhere || is_at_command((struct text){line.at, at});
}

static bool holds(struct text line, const struct habit *habit)
{
	for (size_t at = 0; at + strlen(habit->word) <= line.len; at++) {
		if (stands_at(line, at, habit)) {
			return true;
		}
	}
	return false;
}

static void add_once(const char **list, size_t *count, const char *word)
{
	for (size_t i = 0; i < *count; i++) {
		if (strcmp(list[i], word) == 0) {
			return;
		}
	}
	if (*count < SCRIPT_WORDS_MAX) {
		list[(*count)++] = word;
	}
}

static bool is_used(struct text script, const struct habit *habit)
{
	struct text line = {0};

	while (text_split(&script, '\n', &line)) {
		line = text_trim(line);
		if (!text_starts(line, "#") && holds(line, habit)) {
			return true;
		}
	}
	return false;
}

/** Does it name two different YAML files? Then it compares them, in all likelihood. */
static bool names_two_files(struct text script)
{
	struct text first = {0};
	struct text line = {0};

	while (text_split(&script, '\n', &line)) {
		size_t end = 0;

		if (text_starts(text_trim(line), "#")) {
			continue;
		}
		for (; end + 5 <= line.len; end++) {
			size_t start = end;
			struct text name = {0};

			if (memcmp(line.at + end, ".yaml", 5) != 0) {
				continue;
			}
			while (start > 0 && (is_of_word(line.at[start - 1]))) {
				start--;
			}
			name = (struct text){line.at + start, end - start};
			if (first.len > 0 && !text_equal(first, name)) {
				return true;
			}
			first = name;
		}
	}
	return false;
}

void script_words_read(struct text script, struct script_words *out)
{
	*out = (struct script_words){0};
	for (size_t i = 0; i < sizeof(habits) / sizeof(habits[0]); i++) {
		const struct habit *habit = &habits[i];

		if (!is_used(script, habit)) {
			continue;
		}
		if (habit->kind) {
			add_once(out->kinds, &out->kind_count, habit->kind);
		} else {
			add_once(out->rest, &out->rest_count, habit->word);
		}
		if (habit->has_network && !out->network) {
			out->network = habit->word;
		}
	}
	if (is_used(script, &habits[0]) && names_two_files(script)) {
		add_once(out->kinds, &out->kind_count, "cross_ref");
	}
	if (out->kind_count > 0) {
		out->nativeness = out->rest_count > 0 ? NATIVE_PART : NATIVE_WHOLE;
	}
}
