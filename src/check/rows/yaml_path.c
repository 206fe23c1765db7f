#include "check/rows/yaml_path.h"

#include <string.h>

#include "base/codec.h"
#include "base/mem.h"

/** A path while it is read. */
struct reader {
	struct arena *arena;
	struct text rest;
	struct yaml_step steps[YAML_PATH_STEPS];
	size_t len;
};

/** Largest position in a list that a path may name. */
#define INDEX_MAX 1000000

static bool is_next(const struct reader *reader, char wanted)
{
	return reader->rest.len > 0 && reader->rest.at[0] == wanted;
}

static struct text take(struct reader *reader, size_t len)
{
	struct text taken = {reader->rest.at, len};

	reader->rest.at += len;
	reader->rest.len -= len;
	return taken;
}

static struct yaml_step *add_step(struct reader *reader, struct err *err)
{
	if (reader->len == YAML_PATH_STEPS) {
		err_fill(err, ERR_LIMIT, "a path has at most %d steps", YAML_PATH_STEPS);
		return NULL;
	}
	return &reader->steps[reader->len++];
}

/** `[n]` or `[*]`; the reader stands at the bracket. */
static int read_member(struct reader *reader, struct err *err)
{
	const char *end = memchr(reader->rest.at, ']', reader->rest.len);
	struct yaml_step *step = add_step(reader, err);
	struct text inside = {0};
	struct err ignored = {0};
	int64_t index = 0;

	if (!step) {
		return -1;
	}
	if (!end) {
		return err_set(err, ERR_INPUT, "'[' without ']'");
	}
	inside = take(reader, (size_t)(end - reader->rest.at) + 1);
	inside = (struct text){inside.at + 1, inside.len - 2};
	if (text_is(inside, "*")) {
		step->kind = YAML_ALL;
		return 0;
	}
	if (parse_int(inside, 0, INDEX_MAX, &index, &ignored)) {
		return err_set(err, ERR_INPUT,
			       "expected a number or '*' between '[' and ']', found '%.*s'",
			       (int)inside.len, inside.at);
	}
	step->kind = YAML_INDEX;
	step->index = (size_t)index;
	return 0;
}

/** How many bytes of a bare key stand here. */
static size_t bare_length(struct text text)
{
	size_t len = 0;

	while (len < text.len && (unsigned char)text.at[len] > ' ' &&
	       !strchr(".[]\"'", text.at[len])) {
		len++;
	}
	return len;
}

/** A bare key, or one in quotes. */
static int read_key(struct reader *reader, struct err *err)
{
	bool is_quoted = is_next(reader, '"') || is_next(reader, '\'');
	struct yaml_step *step = add_step(reader, err);
	struct text key = {0};

	if (!step) {
		return -1;
	}
	if (is_quoted) {
		const char *end =
			memchr(reader->rest.at + 1, reader->rest.at[0], reader->rest.len - 1);

		if (!end) {
			return err_set(err, ERR_INPUT, "a quote without its end");
		}
		key = take(reader, (size_t)(end - reader->rest.at) + 1);
		key = (struct text){key.at + 1, key.len - 2};
	} else {
		key = take(reader, bare_length(reader->rest));
		if (key.len == 0) {
			return err_set(err, ERR_INPUT, "expected a key before '%.*s'",
				       (int)reader->rest.len, reader->rest.at);
		}
	}
	step->kind = YAML_KEY;
	step->key = arena_copy(reader->arena, key.at, key.len);
	return 0;
}

/** What follows a step: its brackets, then a dot and the next key, or the end. */
static int read_rest(struct reader *reader, struct err *err)
{
	while (reader->rest.len > 0) {
		if (is_next(reader, '[')) {
			if (read_member(reader, err)) {
				return -1;
			}
			continue;
		}
		if (!is_next(reader, '.')) {
			return err_set(err, ERR_INPUT, "expected '.', '[' or the end before '%.*s'",
				       (int)reader->rest.len, reader->rest.at);
		}
		(void)take(reader, 1);
		if (read_key(reader, err)) {
			return -1;
		}
	}
	return 0;
}

int yaml_path_parse(struct arena *arena, struct text text, struct yaml_path *out, struct err *err)
{
	struct reader reader = {.arena = arena, .rest = text};
	struct yaml_step *steps = NULL;

	if (text.len == 0 || text_is(text, ".")) {
		*out = (struct yaml_path){0};
		return 0;
	}
	if (memchr(text.at, '\0', text.len)) {
		return err_set(err, ERR_INPUT, "a path holds no NUL");
	}
	if (!is_next(&reader, '[') && !is_next(&reader, '.') && read_key(&reader, err)) {
		return -1;
	}
	if (read_rest(&reader, err)) {
		return -1;
	}
	steps = arena_alloc(arena, reader.len * sizeof(*steps));
	memcpy(steps, reader.steps, reader.len * sizeof(*steps));
	*out = (struct yaml_path){steps, reader.len};
	return 0;
}

static void add_found(struct yaml_founds *out, const struct node *node, struct place where)
{
	*VEC_ADD(out) = (struct yaml_found){node, node ? node->where : where};
}

static const struct node *member_at(const struct node *list, size_t index)
{
	const struct node *member = list->kind == NODE_LIST ? list->first : NULL;

	while (member && index-- > 0) {
		member = member->next;
	}
	return member;
}

/** Take one step from one value. */
static void step_from(const struct yaml_step *step, struct yaml_found from, struct yaml_founds *out)
{
	const struct node *node = from.node;

	if (!node) {
		add_found(out, NULL, from.where);
		return;
	}
	switch (step->kind) {
	case YAML_KEY:
		add_found(out, node_get(node, step->key), node->where);
		return;
	case YAML_INDEX:
		add_found(out, member_at(node, step->index), node->where);
		return;
	case YAML_ALL:
		if (node->kind == NODE_SCALAR) {
			add_found(out, NULL, node->where);
		}
		for (const struct node *member = node->first; member; member = member->next) {
			add_found(out, member, member->where);
		}
		return;
	}
}

void yaml_path_find(const struct yaml_path *path, const struct node *root, struct yaml_founds *out)
{
	struct yaml_founds now = {0};

	add_found(&now, root, root->where);
	for (size_t i = 0; i < path->len; i++) {
		struct yaml_founds next = {0};

		for (size_t k = 0; k < now.len; k++) {
			step_from(&path->steps[i], now.at[k], &next);
		}
		VEC_RELEASE(&now);
		now = next;
	}
	for (size_t k = 0; k < now.len; k++) {
		add_found(out, now.at[k].node, now.at[k].where);
	}
	VEC_RELEASE(&now);
}
