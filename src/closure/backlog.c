#include "closure/backlog.h"

#include <string.h>

#include "closure/criteria.h"

static bool is_mark(const struct block *block, const char *words)
{
	return block->kind == BLOCK_COMMENT && strcmp(block->text, words) == 0;
}

bool backlog_is_task(const struct outline *outline)
{
	for (size_t i = 0; i < outline->blocks.len; i++) {
		if (is_mark(&outline->blocks.at[i], "AC:BEGIN")) {
			return true;
		}
	}
	return false;
}

/** Take "#1 " off the front of a text; NULL if there is none. */
static const char *take_number(struct arena *arena, const char **text)
{
	const char *at = *text;
	size_t digits = at[0] == '#' ? strspn(at + 1, "0123456789") : 0;

	if (digits == 0 || digits > 6 || (at[digits + 1] != ' ' && at[digits + 1] != '\0')) {
		return NULL;
	}
	*text = at + digits + 1 + strspn(at + digits + 1, " ");
	return arena_copy(arena, at + 1, digits);
}

static void add_row(struct scope *scope, const struct outline *outline, size_t at)
{
	const struct block *block = &outline->blocks.at[at];
	const char *text = block->text;
	const char *number = take_number(&scope->arena, &text);

	if (!number) {
		problems_add(&scope->problems, PROBLEM_VALUE, block->where, scope->bytes,
			     "Backlog.md writes '- [ ] #1 text'",
			     "an acceptance criterion without a number");
		return;
	}
	for (size_t i = 0; i < scope->criteria.len; i++) {
		if (strcmp(scope->criteria.at[i].name, number) == 0) {
			problems_add(&scope->problems, PROBLEM_VALUE, block->where, scope->bytes,
				     "number them once each", "a second acceptance criterion #%s",
				     number);
			return;
		}
	}
	criterion_add(scope, outline, at, &(struct criterion){.name = number, .text = text});
}

void backlog_read(const struct outline *outline, struct scope *scope)
{
	const struct block *open = NULL;

	for (size_t i = 0; i < outline->blocks.len; i++) {
		const struct block *block = &outline->blocks.at[i];

		if (is_mark(block, "AC:BEGIN")) {
			open = block;
		} else if (is_mark(block, "AC:END")) {
			open = NULL;
		} else if (open && block->kind == BLOCK_ITEM) {
			add_row(scope, outline, i);
		}
	}
	if (open) {
		problems_add(&scope->problems, PROBLEM_SYNTAX, open->where, scope->bytes,
			     "end it with a line '<!-- AC:END -->'",
			     "the acceptance criteria that start here are never ended");
	}
}
