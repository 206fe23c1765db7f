#include "base/mem.h"

#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/vec.h"

static void memory_is_zeroed_and_never_null(void **state)
{
	AUTO(auto_free) unsigned char *bytes = mem_alloc(1000);
	AUTO(auto_free) void *nothing = mem_alloc(0);

	(void)state;
	assert_non_null(nothing);
	for (size_t i = 0; i < 1000; i++) {
		assert_int_equal(bytes[i], 0);
	}
}

static void copies_end_with_a_nul(void **state)
{
	AUTO(auto_free) char *copy = mem_copy("abcdef", 3);
	AUTO(auto_free) char *empty = mem_copy(NULL, 0);

	(void)state;
	assert_string_equal(copy, "abc");
	assert_string_equal(empty, "");
}

static void an_arena_hands_out_zeroed_aligned_memory(void **state)
{
	struct arena arena = {0};

	(void)state;
	for (size_t size = 0; size < 3000; size += 7) {
		unsigned char *at = arena_alloc(&arena, size);

		assert_int_equal((uintptr_t)at % alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++) {
			assert_int_equal(at[i], 0);
		}
		/* Whoever comes next must not see this. */
		memset(at, 0xff, size);
	}
	arena_release(&arena);
}

static void what_an_arena_holds_stays_where_it_is(void **state)
{
	struct arena arena = {0};
	const char *first = arena_text(&arena, "first");
	const char *empty = arena_copy(&arena, "not copied", 0);
	char *block = arena_alloc(&arena, 300000);
	const char *printed = arena_printf(&arena, "%s-%d", "printed", 7);
	const char *last = arena_text(&arena, "last");

	(void)state;
	memset(block, 'y', 300000);
	assert_string_equal(first, "first");
	assert_string_equal(empty, "");
	assert_string_equal(printed, "printed-7");
	assert_string_equal(last, "last");
	arena_release(&arena);
}

static void a_released_arena_is_usable_again(void **state)
{
	struct arena arena = {0};

	(void)state;
	arena_release(&arena);
	(void)arena_text(&arena, "x");
	arena_release(&arena);
	assert_string_equal(arena_text(&arena, "again"), "again");
	arena_release(&arena);
	arena_release(&arena);
}

static void running_out_of_memory_ends_the_program_with_70(void **state)
{
	struct arena arena = {0};
	int status = 0;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		(void)close(STDERR_FILENO);
		(void)arena_alloc(&arena, SIZE_MAX - 100);
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 70);
}

struct numbers VEC(int);

static void an_array_grows_and_keeps_its_elements(void **state)
{
	struct numbers numbers = {0};

	(void)state;
	for (int i = 0; i < 1000; i++) {
		int *at = VEC_ADD(&numbers);

		assert_int_equal(*at, 0);
		*at = i;
	}
	assert_int_equal(numbers.len, 1000);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(numbers.at[i], i);
	}
	/* A place that was used before is zeroed too. */
	numbers.len = 10;
	assert_int_equal(*VEC_ADD(&numbers), 0);
	VEC_RELEASE(&numbers);
	assert_null(numbers.at);
	assert_int_equal(numbers.len + numbers.cap, 0);
	*VEC_ADD(&numbers) = 5;
	assert_int_equal(numbers.at[0], 5);
	VEC_RELEASE(&numbers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zeroed_and_never_null),
		cmocka_unit_test(copies_end_with_a_nul),
		cmocka_unit_test(an_arena_hands_out_zeroed_aligned_memory),
		cmocka_unit_test(what_an_arena_holds_stays_where_it_is),
		cmocka_unit_test(a_released_arena_is_usable_again),
		cmocka_unit_test(running_out_of_memory_ends_the_program_with_70),
		cmocka_unit_test(an_array_grows_and_keeps_its_elements),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
