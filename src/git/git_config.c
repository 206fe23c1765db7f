#include "git/git_config.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/** One `key = value` with the section it stands in. */
struct setting {
	struct text section; /**< as written between the brackets */
	struct text key;
	struct text value; /**< "true" where there is no '=' */
};

static bool is_word(struct text text, const char *word)
{
	return text.len == strlen(word) && strncasecmp(text.at, word, text.len) == 0;
}

/** The value without quotes, escapes and a comment at the end. */
static const char *unquote(struct arena *arena, struct text raw)
{
	char *out = arena_alloc(arena, raw.len + 1);
	size_t len = 0;
	size_t solid = 0;
	bool in_quotes = false;

	for (size_t i = 0; i < raw.len; i++) {
		char one = raw.at[i];

		if (one == '"') {
			in_quotes = !in_quotes;
			solid = len;
			continue;
		}
		if (!in_quotes && (one == '#' || one == ';')) {
			break;
		}
		if (one == '\\' && i + 1 < raw.len) {
			one = raw.at[++i];
		}
		out[len++] = one;
		if (in_quotes || !isspace((unsigned char)one)) {
			solid = len;
		}
	}
	out[solid] = '\0';
	return out;
}

/** Anything but git's words for "no" counts as yes: then git itself is the one to ask. */
static bool is_yes(const char *value)
{
	static const char *const no[] = {"false", "no", "off", "0", ""};

	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
		if (strcasecmp(value, no[i]) == 0) {
			return false;
		}
	}
	return true;
}

static void take(struct arena *arena, const struct setting *setting, struct git_config *out)
{
	const char *value = NULL;

	if (is_word(setting->section, "core") && is_word(setting->key, "bare")) {
		value = unquote(arena, setting->value);
		out->is_bare = is_yes(value);
	} else if (is_word(setting->section, "core") && is_word(setting->key, "worktree")) {
		out->worktree = unquote(arena, setting->value);
	} else if (is_word(setting->section, "extensions") &&
		   is_word(setting->key, "objectformat")) {
		value = unquote(arena, setting->value);
		out->has_other_oids = strcasecmp(value, "sha1") != 0;
	}
}

/** The text behind `mark`, which points into `line`. */
static struct text behind(struct text line, const char *mark)
{
	return text_trim((struct text){mark + 1, line.len - (size_t)(mark + 1 - line.at)});
}

/** A section's header, if the line starts with one. @return what follows it */
static struct text take_header(struct text line, struct text *section)
{
	const char *end = line.len > 0 && line.at[0] == '[' ? memchr(line.at, ']', line.len) : NULL;

	if (!end) {
		return line;
	}
	*section = text_trim((struct text){line.at + 1, (size_t)(end - line.at) - 1});
	return behind(line, end);
}

void git_config_parse(struct arena *arena, struct text bytes, struct git_config *out)
{
	struct setting setting = {0};
	struct text line = {0};

	*out = (struct git_config){0};
	while (text_split(&bytes, '\n', &line)) {
		const char *equals = NULL;

		line = take_header(text_trim(line), &setting.section);
		if (line.len == 0 || strchr("[#;", line.at[0])) {
			continue;
		}
		equals = memchr(line.at, '=', line.len);
		setting.key = equals ? text_trim((struct text){line.at, (size_t)(equals - line.at)})
				     : line;
		setting.value = equals ? behind(line, equals) : text_of("true");
		take(arena, &setting, out);
	}
}
