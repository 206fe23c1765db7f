#include "base/glob.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * Every position of the pattern is a state. All states the path can be in are kept as a set of bits
 * and moved along byte by byte, so that no pattern makes matching slow: the work is the length of
 * the path times a few words.
 */

/** A pattern grows by a leading and a trailing component of two stars at most. */
#define STATES (GLOB_MAX_BYTES + 6)
#define WORDS ((STATES + 64) / 64)

enum token {
	TOKEN_BYTE,   /**< that byte */
	TOKEN_ONE,    /**< '?' */
	TOKEN_SET,    /**< '[…]' */
	TOKEN_STAR,   /**< any bytes of one component */
	TOKEN_DIRS,   /**< at the start of any number of whole components */
	TOKEN_IN_DIR, /**< inside one of those */
	TOKEN_ALL,    /**< everything that is left */
	TOKEN_END,
};

struct glob {
	char text[STATES + 1];
	unsigned char token[STATES + 1]; /**< enum token, of the token that starts here */
	unsigned short next[STATES + 1]; /**< where the token behind it starts */
};

struct states {
	uint64_t words[WORDS];
};

/** Where the set that starts at `at` ends, behind its ']'; NULL if it never does. */
static const char *set_end(const char *at)
{
	at++;
	if (*at == '!' || *at == '^') {
		at++;
	}
	if (*at == ']') {
		at++;
	}
	while (*at && *at != ']') {
		at += *at == '\\' && at[1] ? 2 : 1;
	}
	return *at ? at + 1 : NULL;
}

/** One member of a set; moves behind it. */
static unsigned char set_byte(const char **at)
{
	if (**at == '\\') {
		(*at)++;
	}
	return (unsigned char)*(*at)++;
}

static bool set_holds(const char *at, const char *end, unsigned char byte)
{
	bool is_negated = at[1] == '!' || at[1] == '^';
	bool holds = false;

	at += is_negated ? 2 : 1;
	while (at < end - 1) {
		unsigned char low = set_byte(&at);
		unsigned char high = low;

		if (*at == '-' && at + 1 < end - 1) {
			at++;
			high = set_byte(&at);
		}
		holds = holds || (byte >= low && byte <= high);
	}
	return holds != is_negated;
}

/** The token at `i`, and its length. */
static enum token token_at(const char *text, size_t i, size_t *len)
{
	const char *at = text + i;
	const char *end = NULL;

	*len = 1;
	if (at[0] == '*' && at[1] == '*' && (i == 0 || at[-1] == '/') &&
	    (at[2] == '/' || at[2] == '\0')) {
		*len = at[2] ? 3 : 2;
		return at[2] ? TOKEN_DIRS : TOKEN_ALL;
	}
	switch (at[0]) {
	case '*':
		return TOKEN_STAR;
	case '?':
		return TOKEN_ONE;
	case '\\':
		*len = 2;
		return TOKEN_BYTE;
	case '[':
		end = set_end(at);
		*len = (size_t)(end - at);
		return TOKEN_SET;
	default:
		return TOKEN_BYTE;
	}
}

/** Spell out what a leading and a trailing slash mean, and find the tokens. */
static void compile(struct glob *glob, const char *pattern)
{
	const char *slash = strchr(pattern, '/');
	bool is_below = pattern[strlen(pattern) - 1] == '/';
	size_t at = 0;
	size_t len = 0;

	if (is_below && slash[1] == '\0') {
		memcpy(glob->text, "**/", 3);
		at = 3;
	}
	pattern += *pattern == '/' ? 1 : 0;
	len = strlen(pattern);
	memcpy(glob->text + at, pattern, len);
	at += len;
	memcpy(glob->text + at, is_below ? "**" : "", is_below ? 3 : 1);
	for (size_t i = 0; glob->text[i]; i = glob->next[i]) {
		enum token token = token_at(glob->text, i, &len);

		glob->token[i] = (unsigned char)token;
		glob->next[i] = (unsigned short)(i + len);
		if (token == TOKEN_DIRS) {
			glob->token[i + 1] = TOKEN_IN_DIR;
			glob->next[i + 1] = (unsigned short)i;
		}
	}
	glob->token[strlen(glob->text)] = TOKEN_END;
}

static bool has_state(const struct states *states, size_t i)
{
	return states->words[i / 64] >> (i % 64) & 1;
}

static void put_state(struct states *states, size_t i)
{
	states->words[i / 64] |= (uint64_t)1 << (i % 64);
}

/** Add a state, and those that are reached from it without a byte. */
static void reach(const struct glob *glob, struct states *states, size_t i)
{
	put_state(states, i);
	while (glob->token[i] == TOKEN_STAR || glob->token[i] == TOKEN_DIRS ||
	       glob->token[i] == TOKEN_ALL) {
		i = glob->next[i];
		put_state(states, i);
	}
}

/** Move one state along one byte. */
static void move(const struct glob *glob, size_t i, unsigned char byte, struct states *to)
{
	const char *at = glob->text + i;

	switch ((enum token)glob->token[i]) {
	case TOKEN_BYTE:
		if (byte == (unsigned char)(*at == '\\' ? at[1] : *at)) {
			reach(glob, to, glob->next[i]);
		}
		break;
	case TOKEN_ONE:
		if (byte != '/') {
			reach(glob, to, glob->next[i]);
		}
		break;
	case TOKEN_SET:
		if (byte != '/' && set_holds(at, glob->text + glob->next[i], byte)) {
			reach(glob, to, glob->next[i]);
		}
		break;
	case TOKEN_STAR:
		if (byte != '/') {
			reach(glob, to, i);
		}
		break;
	case TOKEN_DIRS:
		if (byte != '/') {
			put_state(to, i + 1);
		}
		break;
	case TOKEN_IN_DIR:
		if (byte == '/') {
			reach(glob, to, glob->next[i]);
		} else {
			put_state(to, i);
		}
		break;
	case TOKEN_ALL:
		reach(glob, to, i);
		break;
	case TOKEN_END:
		break;
	}
}

static bool run(const struct glob *glob, const char *path)
{
	struct states now = {0};
	size_t end = strlen(glob->text);

	reach(glob, &now, 0);
	for (; *path; path++) {
		struct states then = {0};
		uint64_t any = 0;

		for (size_t i = 0; i <= end; i++) {
			if (has_state(&now, i)) {
				move(glob, i, (unsigned char)*path, &then);
			}
		}
		now = then;
		for (size_t i = 0; i < WORDS; i++) {
			any |= now.words[i];
		}
		if (!any) {
			return false;
		}
	}
	return has_state(&now, end);
}

/** Most patterns start with plain characters, and most paths with others: that settles them. */
static bool may_start(const char *pattern, const char *path)
{
	pattern += *pattern == '/' ? 1 : 0;
	while (*pattern && *pattern == *path && !strchr("*?[\\", *pattern)) {
		pattern++;
		path++;
	}
	return *pattern ? strchr("*?[\\", *pattern) != NULL : *path == '\0';
}

bool glob_match(const char *pattern, const char *path)
{
	const char *slash = strrchr(path, '/');
	struct glob glob;

	if (!strchr(pattern, '/') && slash) {
		path = slash + 1;
	}
	if (*pattern == '\0' || *path == '\0') {
		return false;
	}
	if (pattern[strlen(pattern) - 1] != '/' && !may_start(pattern, path)) {
		return false;
	}
	if (glob_mistake(pattern)) {
		return false;
	}
	compile(&glob, pattern);
	return run(&glob, path);
}

const char *glob_mistake(const char *pattern)
{
	size_t len = strlen(pattern);

	if (len == 0 || strcmp(pattern, "/") == 0) {
		return "it is empty";
	}
	if (len > GLOB_MAX_BYTES) {
		return "it is longer than 255 bytes";
	}
	if (pattern[0] == '!') {
		return "there is no negation with '!'; list what to leave out under 'except'";
	}
	for (const char *at = pattern; *at; at++) {
		if (*at == '\\' && at[1] == '\0') {
			return "it ends with a backslash";
		}
		if (*at == '[') {
			at = set_end(at);
			if (!at) {
				return "a '[' has no ']'";
			}
			at--;
		} else if (*at == '\\') {
			at++;
		}
	}
	return NULL;
}
