#include "base/glob.h"

#include <string.h>

/** What has a meaning in a pattern, but for slashes. */
#define SPECIAL "*?[\\"

/** The longest run of plain bytes; empty where only glob_match knows what is plain. */
static struct text longest_run(const char *pattern)
{
	struct text longest = {pattern, 0};

	if (strpbrk(pattern, "[\\")) {
		return longest;
	}
	while (*pattern) {
		size_t len = 0;

		/* A slash at the start, and one behind two stars, need not stand in the path. */
		pattern += *pattern == '/' ? 1 : 0;
		len = strcspn(pattern, SPECIAL);
		if (len > longest.len) {
			longest = (struct text){pattern, len};
		}
		pattern += len;
		pattern += strspn(pattern, "*?");
	}
	return longest;
}

struct glob_prepared glob_prepare(const char *pattern)
{
	struct glob_prepared glob = {pattern, GLOB_OTHER, longest_run(pattern)};
	bool has_slash = strchr(pattern, '/') != NULL;
	bool is_deep = strncmp(pattern, "**/", 3) == 0;
	struct text rest = text_of(pattern + (is_deep ? 3 : 0));
	bool is_last = !strchr(rest.at, '/') && (is_deep || !has_slash);

	if (glob_mistake(pattern) || rest.len == 0 || rest.at[rest.len - 1] == '/') {
		return glob;
	}
	if (is_last && rest.len > 1 && *rest.at == '*' && !strpbrk(rest.at + 1, SPECIAL)) {
		glob.form = GLOB_END;
		glob.literal = text_of(rest.at + 1);
	} else if (is_last && !strpbrk(rest.at, SPECIAL)) {
		glob.form = GLOB_NAME;
		glob.literal = rest;
	} else if (has_slash && !strpbrk(pattern, SPECIAL)) {
		glob.form = GLOB_WHOLE;
		glob.literal = text_of(pattern + (*pattern == '/' ? 1 : 0));
	}
	return glob;
}

static bool ends_with(struct text path, struct text literal)
{
	return path.len >= literal.len &&
	       memcmp(path.at + path.len - literal.len, literal.at, literal.len) == 0;
}

bool glob_prepared_match(const struct glob_prepared *glob, struct text path)
{
	const struct text literal = glob->literal;

	switch (glob->form) {
	case GLOB_WHOLE:
		return text_equal(path, literal);
	case GLOB_END:
		return ends_with(path, literal);
	case GLOB_NAME:
		return ends_with(path, literal) &&
		       (path.len == literal.len || path.at[path.len - literal.len - 1] == '/');
	case GLOB_OTHER:
		return memmem(path.at, path.len, literal.at, literal.len) &&
		       glob_match(glob->pattern, path.at);
	}
	return false;
}
