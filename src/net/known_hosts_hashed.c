#include "net/known_hosts_hashed.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/vec.h"
#include "crypto/digest.h"
#include "net/known_hosts_form.h"

/** Lists of names that were asked for; a power of two. */
#define BUCKETS ((size_t)256)

/** A name that was asked for, and the lines that are its. */
struct asked {
	struct asked *next;
	struct text name;
	const size_t *lines; /**< in order */
	size_t count;
};

struct known_hosts_hashed {
	struct arena *arena;
	struct salted_hash *hashes; /**< those whose name nobody has asked for yet */
	size_t *lines;              /**< the line of each, in order */
	size_t count;
	struct asked *asked[BUCKETS];
	size_t work;
};

struct line_list VEC(size_t);

struct known_hosts_hashed *known_hosts_hashed(struct arena *arena, const struct known_hosts *hosts)
{
	struct known_hosts_hashed *hashed = NULL;
	size_t count = 0;

	for (size_t i = 0; i < hosts->len; i++) {
		count += hosts->at[i].names.at[0] == '|';
	}
	if (count == 0) {
		return NULL;
	}
	hashed = arena_alloc(arena, sizeof(*hashed));
	hashed->arena = arena;
	hashed->hashes = arena_alloc(arena, count * sizeof(*hashed->hashes));
	hashed->lines = arena_alloc(arena, count * sizeof(*hashed->lines));
	for (size_t i = 0; i < hosts->len; i++) {
		AUTO(auto_str) struct str salt = {0};
		AUTO(auto_str) struct str hash = {0};

		if (hashed_name_split(hosts->at[i].names, &salt, &hash)) {
			memcpy(hashed->hashes[hashed->count].salt, salt.at, SHA1_BYTES);
			memcpy(hashed->hashes[hashed->count].hash, hash.at, SHA1_BYTES);
			hashed->lines[hashed->count++] = i;
		}
	}
	return hashed;
}

/** FNV-1a. */
static size_t bucket_of(struct text name)
{
	uint32_t sum = 2166136261U;

	for (size_t i = 0; i < name.len; i++) {
		sum = (sum ^ (unsigned char)name.at[i]) * 16777619U;
	}
	return sum & (BUCKETS - 1);
}

/** Take the name's lines out of those that nobody has asked for. */
static void take_lines(struct known_hosts_hashed *hashed, struct text name, struct line_list *out)
{
	size_t left = 0;
	size_t from = 0;

	while (from < hashed->count) {
		size_t found = salted_hash_find(hashed->hashes, hashed->count, from, name);
		size_t others = found - from;

		hashed->work += others + (found < hashed->count);
		memmove(hashed->hashes + left, hashed->hashes + from,
			others * sizeof(*hashed->hashes));
		memmove(hashed->lines + left, hashed->lines + from,
			others * sizeof(*hashed->lines));
		left += others;
		if (found < hashed->count) {
			*VEC_ADD(out) = hashed->lines[found];
		}
		from = found + 1;
	}
	hashed->count = left;
}

static const struct asked *ask(struct known_hosts_hashed *hashed, struct text name)
{
	struct asked **at = &hashed->asked[bucket_of(name)];
	struct line_list lines = {0};
	struct asked *asked = NULL;

	for (asked = *at; asked; asked = asked->next) {
		if (text_equal(asked->name, name)) {
			return asked;
		}
	}
	take_lines(hashed, name, &lines);
	asked = arena_alloc(hashed->arena, sizeof(*asked));
	asked->name = (struct text){arena_copy(hashed->arena, name.at, name.len), name.len};
	if (lines.len > 0) {
		size_t *copy = arena_alloc(hashed->arena, lines.len * sizeof(*copy));

		memcpy(copy, lines.at, lines.len * sizeof(*copy));
		asked->lines = copy;
		asked->count = lines.len;
	}
	asked->next = *at;
	*at = asked;
	VEC_RELEASE(&lines);
	return asked;
}

size_t known_hosts_hashed_next(struct known_hosts_hashed *hashed, struct text name, size_t from)
{
	const struct asked *asked = hashed ? ask(hashed, name) : NULL;

	for (size_t i = 0; asked && i < asked->count; i++) {
		if (asked->lines[i] >= from) {
			return asked->lines[i];
		}
	}
	return SIZE_MAX;
}

size_t known_hosts_hashed_work(const struct known_hosts_hashed *hashed)
{
	return hashed ? hashed->work : 0;
}
