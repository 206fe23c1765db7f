/**
 * base/glob.h against a matcher that is obviously right and slow: "pattern\0path" in, one answer
 * out.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/glob.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Backtracking is exponential, so the comparison is for short inputs. */
#define SHORT_BYTES 14

static int matches(const char *start, const char *p, const char *s)
{
	const char *slash = strchr(s, '/');

	if (*p == '\0') {
		return *s == '\0';
	}
	if (strncmp(p, "**", 2) == 0 && (p == start || p[-1] == '/') && strchr("/", p[2])) {
		return p[2] == '\0' || matches(start, p + 3, s) ||
		       (slash && slash != s && matches(start, p, slash + 1));
	}
	if (*p == '*') {
		return matches(start, p + 1, s) || (*s && *s != '/' && matches(start, p, s + 1));
	}
	if (*p == '?') {
		return *s && *s != '/' && matches(start, p + 1, s + 1);
	}
	if (*p == '\\') {
		return *s == p[1] && matches(start, p + 2, s + 1);
	}
	return *s == *p && matches(start, p + 1, s + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char pattern[600];
	char path[600];
	size_t cut = strnlen((const char *)data, size);
	size_t len = cut < size ? strnlen((const char *)data + cut + 1, size - cut - 1) : 0;
	struct glob_prepared prepared = {0};
	int found = 0;

	if (cut >= sizeof(pattern) || len >= sizeof(path)) {
		return 0;
	}
	memcpy(pattern, data, cut);
	pattern[cut] = '\0';
	memcpy(path, data + (cut < size ? cut + 1 : cut), len);
	path[len] = '\0';
	found = glob_match(pattern, path);
	prepared = glob_prepare(pattern);
	if (path[0] != '/' && !strstr(path, "//") &&
	    glob_prepared_match(&prepared, text_of(path)) != found) {
		abort();
	}
	if (glob_mistake(pattern)) {
		if (found) {
			abort();
		}
		return 0;
	}
	/* The plain form: whole path, no set, no slash that means something by itself. */
	if (cut > SHORT_BYTES || len == 0 || len > SHORT_BYTES || strchr(pattern, '[') ||
	    !strchr(pattern, '/') || pattern[0] == '/' || pattern[cut - 1] == '/') {
		return 0;
	}
	if (found != matches(pattern, pattern, path)) {
		abort();
	}
	return 0;
}
