#include "closure/criteria.h"

#include <string.h>

/** Most gates of one criterion. */
#define GATES_MAX 64

/** Sections of criteria, and what the names of theirs start with. */
static const struct {
	const char *heading;
	const char *prefix;
} sections[] = {
	{"Success Criteria", ""},   {"Acceptance Criteria", ""},
	{"Exit Criteria", "exit-"}, {"Definition Of Done", "done-"},
	{"DoD", "done-"},
};

#define SECTIONS (sizeof(sections) / sizeof(sections[0]))

/** The word that a mapping comment begins with. */
#define GATES_MARK "gates:"

static bool is_separator(char one)
{
	return one == ' ' || one == ',' || one == '\t';
}

/** Take the ids of "gates: G010, G011". */
static void take_gates(struct scope *scope, const struct block *comment, struct texts *out)
{
	const char *at = comment->text + strlen(GATES_MARK);

	if (!out->at) {
		out->at = arena_alloc(&scope->arena, GATES_MAX * sizeof(*out->at));
	}
	while (*at) {
		size_t len = 0;

		while (is_separator(*at)) {
			at++;
		}
		while (at[len] && !is_separator(at[len])) {
			len++;
		}
		if (len > 0 && out->len < GATES_MAX) {
			out->at[out->len++] = arena_copy(&scope->arena, at, len);
		}
		at += len;
	}
	if (out->len == 0) {
		problems_add(&scope->problems, PROBLEM_VALUE, comment->where, scope->bytes,
			     "write <!-- gates: G010, G011 -->", "no gate is named here");
	}
}

void criterion_add(struct scope *scope, const struct outline *outline, size_t at,
		   const struct criterion *named)
{
	const struct block *item = &outline->blocks.at[at];
	struct criterion added = *named;

	added.section = named->section ? named->section : "";
	added.where = item->where;
	added.tick = item->tick;
	added.box = item->box;
	for (size_t i = at + 1; i < outline->blocks.len; i++) {
		const struct block *block = &outline->blocks.at[i];

		if (block->kind != BLOCK_COMMENT || !block->is_in_item) {
			break;
		}
		if (strncmp(block->text, GATES_MARK, strlen(GATES_MARK)) == 0) {
			take_gates(scope, block, &added.gates);
		}
	}
	*VEC_ADD(&scope->criteria) = added;
}

/** How many criteria have names of this prefix and a number. */
static size_t count_of(const struct scope *scope, const char *prefix)
{
	size_t len = strlen(prefix);
	size_t count = 0;

	for (size_t i = 0; i < scope->criteria.len; i++) {
		const char *name = scope->criteria.at[i].name;

		count += strncmp(name, prefix, len) == 0 && name[len] >= '0' && name[len] <= '9';
	}
	return count;
}

/** The value is the last block of the section. */
static size_t read_section(const struct outline *outline, size_t from, const char *prefix,
			   struct scope *scope)
{
	const char *heading = outline->blocks.at[from].text;
	size_t end = section_end(outline, from);

	for (size_t i = from + 1; i < end; i++) {
		const struct block *block = &outline->blocks.at[i];

		if (block->kind == BLOCK_ITEM) {
			criterion_add(scope, outline, i,
				      &(struct criterion){
					      .name = arena_printf(&scope->arena, "%s%zu", prefix,
								   count_of(scope, prefix) + 1),
					      .text = block->text,
					      .section = heading,
				      });
		}
	}
	return end - 1;
}

/** The prefix of the names in a section with this heading; NULL if it is about something else. */
static const char *prefix_of(const struct block *block)
{
	for (size_t i = 0; i < SECTIONS; i++) {
		if (heading_is(block, sections[i].heading)) {
			return sections[i].prefix;
		}
	}
	return NULL;
}

void criteria_read(const struct outline *outline, struct scope *scope)
{
	for (size_t i = 0; i < outline->blocks.len; i++) {
		const char *prefix = prefix_of(&outline->blocks.at[i]);

		if (prefix) {
			i = read_section(outline, i, prefix, scope);
		}
	}
}
