#include "net/known_hosts_index.h"

#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "net/known_hosts_form.h"
#include "net/known_hosts_hashed.h"

/** A name as a line spells it out, and that line's number. */
struct spelled {
	struct text name; /**< lower case; with a port, "[name]:port" */
	size_t line;
};

struct spelled_list VEC(struct spelled);
struct line_list VEC(size_t);

struct known_hosts_index {
	const struct spelled *names; /**< by name, then by line */
	size_t name_count;
	const size_t *others; /**< the lines with patterns, in order */
	size_t other_count;
	struct known_hosts_hashed *hashed; /**< those with a hashed name; NULL: there are none */
};

/* ---- making it */

static int compare_names(struct text a, struct text b)
{
	int order = memcmp(a.at, b.at, a.len < b.len ? a.len : b.len);

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_spelled(const void *left, const void *right)
{
	const struct spelled *a = left;
	const struct spelled *b = right;
	int order = compare_names(a->name, b->name);

	return order != 0 ? order : (a->line > b->line) - (a->line < b->line);
}

/** A negated name speaks about the others of its line too. */
static bool is_spelled_out(struct text names)
{
	for (size_t i = 0; i < names.len; i++) {
		if (strchr("*?!|", names.at[i])) {
			return false;
		}
	}
	return true;
}

static void add_names(struct arena *arena, struct text names, size_t line, struct spelled_list *out)
{
	struct text part = {0};
	char *copy = arena_copy(arena, names.at, names.len);
	struct text rest = {copy, names.len};

	for (size_t i = 0; i < names.len; i++) {
		copy[i] = known_host_lower(copy[i]);
	}
	while (text_split(&rest, ',', &part)) {
		*VEC_ADD(out) = (struct spelled){part, line};
	}
}

/** A copy of `len` bytes; NULL for none. */
static const void *keep(struct arena *arena, const void *at, size_t len)
{
	return len > 0 ? memcpy(arena_alloc(arena, len), at, len) : NULL;
}

const struct known_hosts_index *known_hosts_index(struct arena *arena,
						  const struct known_hosts *hosts)
{
	struct known_hosts_index *index = NULL;
	struct spelled_list names = {0};
	struct line_list others = {0};

	if (hosts->len == 0) {
		return NULL;
	}
	for (size_t i = 0; i < hosts->len; i++) {
		if (is_spelled_out(hosts->at[i].names)) {
			add_names(arena, hosts->at[i].names, i, &names);
		} else if (hosts->at[i].names.at[0] != '|') {
			*VEC_ADD(&others) = i;
		}
	}
	if (names.len > 1) {
		qsort(names.at, names.len, sizeof(*names.at), compare_spelled);
	}
	index = arena_alloc(arena, sizeof(*index));
	index->names = keep(arena, names.at, names.len * sizeof(*names.at));
	index->name_count = names.len;
	index->others = keep(arena, others.at, others.len * sizeof(*others.at));
	index->other_count = others.len;
	index->hashed = known_hosts_hashed(arena, hosts);
	VEC_RELEASE(&names);
	VEC_RELEASE(&others);
	return index;
}

/* ---- looking up */

/** The first line from `from` on that spells the name out; SIZE_MAX if none does. */
static size_t next_spelled(const struct known_hosts_index *index, struct text name, size_t from)
{
	const struct spelled wanted = {name, from};
	size_t low = 0;
	size_t high = index->name_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_spelled(&index->names[middle], &wanted) < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low < index->name_count && text_equal(index->names[low].name, name)
		       ? index->names[low].line
		       : SIZE_MAX;
}

/** The first of the others from `from` on; SIZE_MAX if there is none. */
static size_t next_other(const struct known_hosts_index *index, size_t from)
{
	size_t low = 0;
	size_t high = index->other_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (index->others[middle] < from) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low < index->other_count ? index->others[low] : SIZE_MAX;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/** The first line from `from` on that has this name, spelled out or hashed. */
static size_t next_named(const struct known_hosts_index *index, struct text name, size_t from)
{
	return least(next_spelled(index, name, from),
		     known_hosts_hashed_next(index->hashed, name, from));
}

size_t known_hosts_candidate(const struct known_hosts *hosts, const struct host_name *wanted,
			     size_t from)
{
	size_t line = hosts->len;

	if (!hosts->index) {
		return line;
	}
	line = least(line, next_other(hosts->index, from));
	line = least(line, next_named(hosts->index, str_view(&wanted->plain), from));
	return least(line, next_named(hosts->index, str_view(&wanted->with_port), from));
}

size_t known_hosts_work(const struct known_hosts *hosts)
{
	return hosts->index ? known_hosts_hashed_work(hosts->index->hashed) : 0;
}
