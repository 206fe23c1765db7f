#include "data/front_matter.h"

#include <string.h>

/** UTF-8's byte order mark. */
static const char bom[] = "\xef\xbb\xbf";

/** The line that starts at `at`, without its end, and where the next one starts. */
static struct text line_at(struct text bytes, size_t at, size_t *next)
{
	const char *start = bytes.at + at;
	const char *end = memchr(start, '\n', bytes.len - at);
	size_t len = end ? (size_t)(end - start) : bytes.len - at;

	*next = at + len + (end ? 1 : 0);
	return (struct text){start, len};
}

/** Is the line this mark and nothing but blanks? */
static bool is_mark(struct text line, const char *mark)
{
	size_t len = strlen(mark);

	if (!text_starts(line, mark)) {
		return false;
	}
	for (size_t i = len; i < line.len; i++) {
		if (line.at[i] != ' ' && line.at[i] != '\t' && line.at[i] != '\r') {
			return false;
		}
	}
	return true;
}

int front_matter_find(const char *file, struct text bytes, struct problems *problems,
		      struct text *yaml, struct text *body)
{
	const struct place top = {file, 1, 1};
	size_t start = text_starts(bytes, bom) ? strlen(bom) : 0;
	size_t next = 0;

	if (!is_mark(line_at(bytes, start, &next), "---")) {
		problems_add(problems, PROBLEM_SYNTAX, top, bytes,
			     "the first line is '---', and another one ends the front matter",
			     "there is no front matter: the first line is not '---'");
		return -1;
	}
	for (size_t at = next; at < bytes.len; at = next) {
		struct text line = line_at(bytes, at, &next);

		if (is_mark(line, "---") || is_mark(line, "...")) {
			*yaml = (struct text){bytes.at, at};
			*body = (struct text){bytes.at + next, bytes.len - next};
			return 0;
		}
	}
	problems_add(problems, PROBLEM_SYNTAX, top, bytes, "end it with a line '---'",
		     "the front matter that starts here is never ended");
	return -1;
}

int front_matter_load(struct arena *arena, const char *file, struct text bytes,
		      enum strictness strictness, struct problems *problems,
		      struct repeated_keys *repeats, struct node **root)
{
	struct text yaml = {0};
	struct text body = {0};
	struct node *found = NULL;

	if (front_matter_find(file, bytes, problems, &yaml, &body) ||
	    yaml_load(arena, file, yaml, strictness, problems, repeats, &found)) {
		return -1;
	}
	if (found->kind != NODE_MAP || found->next) {
		problems_add(problems, PROBLEM_TYPE, found->where, bytes,
			     "front matter is a map: 'key: value' lines",
			     "the front matter is %s, expected a map",
			     found->next ? "several documents" : node_sort(found));
		return -1;
	}
	*root = found;
	return 0;
}
