/*
 * parses: files can be read at all, and mean one thing: well-formed, and no key twice.
 */
#include "check/rows/documents.h"

struct parses {
	struct document_source source;
};

static const struct field fields[] = {
	DOCUMENT_SOURCE_FIELDS(parses, source),
	{0},
};

static void check_settings(struct decode *decode, const struct gate *gate, void *settings)
{
	const struct parses *self = settings;

	document_source_check(decode, &self->source, "a parses gate",
			      node_place(gate->node, "with"));
}

static void count(const char *file, void *cookie)
{
	struct check *check = cookie;

	(void)file;
	check->result->checked++;
}

static void judge(struct check *check)
{
	const struct parses *self = check->settings;
	const struct document_visit visit = {.file = count, .cookie = check};
	struct arena arena = {0};

	documents_visit(check, &self->source, check->gate->with, &arena, &visit);
	arena_release(&arena);
}

const struct kind kind_parses = {
	.name = "parses",
	.doc = "Reads files as YAML, JSON, HuJSON or front matter. Passes when each is well-formed and repeats "
	       "no key",
	.fields = fields,
	.settings_size = sizeof(struct parses),
	.mode = MODE_STATIC,
	.check_settings = check_settings,
	.judge = judge,
};
