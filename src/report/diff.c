#include "report/diff.h"

#include <string.h>

#include "base/vec.h"

/** Lines around a change. */
#define CONTEXT ((size_t)3)

/** How far ahead the next common line is looked for. */
#define WINDOW ((size_t)256)

struct lines VEC(struct text);

/** Lines with their ends, so that a last line without one differs from one with. */
static void split(struct text rest, struct lines *out)
{
	while (rest.len > 0) {
		const char *end = memchr(rest.at, '\n', rest.len);
		size_t len = end ? (size_t)(end - rest.at) + 1 : rest.len;

		*VEC_ADD(out) = (struct text){rest.at, len};
		rest.at += len;
		rest.len -= len;
	}
}

/** Lines that are replaced: `old_len` from `old` by `new_len` from `new`. */
struct change {
	size_t old;
	size_t old_len;
	size_t new;
	size_t new_len;
};

struct changes VEC(struct change);

static bool is_same(const struct lines *before, size_t i, const struct lines *after, size_t k)
{
	return i < before->len && k < after->len && text_equal(before->at[i], after->at[k]);
}

/** The nearest pair of lines from which on both go on alike; their ends, if there is none. */
static struct change next_common(const struct lines *before, size_t i, const struct lines *after,
				 size_t k)
{
	for (size_t sum = 1; sum <= 2 * WINDOW; sum++) {
		for (size_t taken = 0; taken <= sum; taken++) {
			if (is_same(before, i + taken, after, k + sum - taken)) {
				return (struct change){i, taken, k, sum - taken};
			}
		}
	}
	return (struct change){i, before->len - i, k, after->len - k};
}

static void find(const struct lines *before, const struct lines *after, struct changes *out)
{
	size_t i = 0;
	size_t k = 0;

	while (i < before->len || k < after->len) {
		if (is_same(before, i, after, k)) {
			i++;
			k++;
			continue;
		}
		*VEC_ADD(out) = next_common(before, i, after, k);
		i += out->at[out->len - 1].old_len;
		k += out->at[out->len - 1].new_len;
	}
}

static void add_line(char mark, struct text line, struct str *out)
{
	bool ends = line.len > 0 && line.at[line.len - 1] == '\n';

	line.len -= ends ? 1 : 0;
	if (line.len > 0 && line.at[line.len - 1] == '\r') {
		line.len--;
	}
	str_add_char(out, mark);
	str_add_printable(out, line);
	str_add(out, ends ? "\n" : "\n\\ No newline at end of file\n");
}

static void add_lines(char mark, const struct lines *lines, size_t from, size_t to, struct str *out)
{
	for (size_t i = from; lines->at && i < to; i++) {
		add_line(mark, lines->at[i], out);
	}
}

/** Changes that are near each other stand in one hunk: `first` to before `end`. */
static void add_hunk(const struct lines *before, const struct lines *after,
		     const struct change *first, const struct change *end, struct str *out)
{
	const struct change *last = end - 1;
	size_t lead = first->old < CONTEXT ? first->old : CONTEXT;
	size_t left = before->len - last->old - last->old_len;
	size_t trail = left < CONTEXT ? left : CONTEXT;
	size_t from = first->old - lead;
	size_t old_len = last->old + last->old_len + trail - from;
	size_t new_from = first->new - lead;
	size_t new_len = last->new + last->new_len + trail - new_from;

	str_printf(out, "@@ -%zu,%zu +%zu,%zu @@\n", from + 1, old_len, new_from + 1, new_len);
	for (const struct change *at = first; at < end; at++) {
		add_lines(' ', before, from, at->old, out);
		add_lines('-', before, at->old, at->old + at->old_len, out);
		add_lines('+', after, at->new, at->new + at->new_len, out);
		from = at->old + at->old_len;
	}
	add_lines(' ', before, from, from + trail, out);
}

void diff_write(const char *name, struct text before, struct text after, struct str *out)
{
	struct lines old = {0};
	struct lines new = {0};
	struct changes changes = {0};

	split(before, &old);
	split(after, &new);
	find(&old, &new, &changes);
	if (changes.len > 0) {
		str_printf(out, "--- a/%s\n+++ b/%s\n", name, name);
	}
	for (size_t i = 0; i < changes.len;) {
		size_t end = i + 1;

		while (end < changes.len &&
		       changes.at[end].old <= changes.at[end - 1].old +
						      changes.at[end - 1].old_len + 2 * CONTEXT) {
			end++;
		}
		add_hunk(&old, &new, &changes.at[i], &changes.at[end], out);
		i = end;
	}
	VEC_RELEASE(&old);
	VEC_RELEASE(&new);
	VEC_RELEASE(&changes);
}
