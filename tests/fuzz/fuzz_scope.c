/**
 * A loop's file: whatever is in it, all that was found has a place in it, boxes are boxes, and what
 * was cited is a run key.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "closure/scope.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_place(struct place where, struct text bytes)
{
	size_t lines = 1;

	for (size_t i = 0; i < bytes.len; i++) {
		lines += bytes.at[i] == '\n';
	}
	assert(where.line >= 1 && (size_t)where.line <= lines);
	assert(where.column >= 1 && (size_t)where.column <= bytes.len + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text bytes = {(const char *)data, size};
	struct scope scope = {0};

	scope_read("fuzz.scope.md", bytes, &scope);
	assert(scope_is_one(&scope));
	for (size_t i = 0; i < scope.criteria.len; i++) {
		const struct criterion *criterion = &scope.criteria.at[i];

		check_place(criterion->where, bytes);
		assert(criterion->name && criterion->text && criterion->section);
		if (criterion->tick != TICK_NONE) {
			assert(criterion->box > 0 && criterion->box + 1 < bytes.len);
			assert(bytes.at[criterion->box - 1] == '[');
			assert(bytes.at[criterion->box + 1] == ']');
		}
	}
	for (size_t i = 0; i < scope.guards.len; i++) {
		check_place(scope.guards.at[i].where, bytes);
		assert(!scope.guards.at[i].is_verify ||
		       scope.guards.at[i].packs.len + scope.guards.at[i].gates.len > 0);
	}
	for (size_t i = 0; i < scope.citations.len; i++) {
		assert(run_key_form(text_of(scope.citations.at[i].run_key)) != RUN_KEY_NONE);
	}
	for (size_t i = 0; i < scope.problems.list.len; i++) {
		assert(scope.problems.list.at[i].message[0]);
	}
	scope_release(&scope);
	return 0;
}
