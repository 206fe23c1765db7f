#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "fake_names.h"
#include "loop/lookup.h"

/** Long enough for what should happen, however busy the machine is. */
#define AMPLE_MS 20000

struct asked {
	struct lookup_answer answer;
	int calls;
};

static void keep(const struct lookup_answer *answer, void *cookie)
{
	struct asked *asked = cookie;

	asked->answer = *answer;
	asked->calls++;
}

static struct loop *open_loop(void)
{
	struct loop *loop = NULL;
	struct err err = {0};

	assert_int_equal(loop_open(&loop, &err), 0);
	return loop;
}

static struct asked look_up(const char *name, int64_t most_ms)
{
	struct loop *loop = open_loop();
	struct asked asked = {0};

	(void)lookup_start(loop, name, clock_monotonic_ms() + most_ms, keep, &asked);
	assert_int_equal(asked.calls, 0);
	loop_run(loop);
	loop_free(loop);
	assert_int_equal(asked.calls, 1);
	return asked;
}

static void expect_address(const struct asked *asked, size_t index, const char *text)
{
	struct address address = {0};
	char found[ADDRESS_TEXT_BYTES];

	assert_true(index < asked->answer.len);
	assert_true(
		address_from_socket((const struct sockaddr *)&asked->answer.at[index], &address));
	address_format(&address, found);
	assert_string_equal(found, text);
}

static void a_name_has_its_addresses_each_once_in_order(void **state)
{
	struct asked asked = look_up("two.test", AMPLE_MS);

	(void)state;
	assert_int_equal(asked.answer.len, 2);
	expect_address(&asked, 0, "10.1.1.1");
	expect_address(&asked, 1, "fd00::1");
	assert_string_equal(asked.answer.failure, "");
}

static void of_many_addresses_the_first_four_are_told(void **state)
{
	struct asked asked = look_up("many.test", AMPLE_MS);

	(void)state;
	assert_int_equal(asked.answer.len, 4);
	expect_address(&asked, 3, "10.1.1.4");
}

static void a_name_that_does_not_exist_says_so(void **state)
{
	struct asked asked = look_up("nothing.test", AMPLE_MS);

	(void)state;
	assert_int_equal(asked.answer.len, 0);
	assert_string_equal(asked.answer.failure, gai_strerror(EAI_NONAME));
}

static void a_resolver_that_hangs_costs_the_deadline_and_nothing_else(void **state)
{
	int64_t before_ms = clock_monotonic_ms();
	struct asked asked = look_up("hangs.test", 50);

	(void)state;
	assert_int_equal(asked.answer.len, 0);
	assert_string_equal(asked.answer.failure, "no answer in time");
	assert_true(clock_monotonic_ms() - before_ms < AMPLE_MS);
	fake_names_release();
}

static void lookups_that_hang_do_not_hold_up_others(void **state)
{
	struct loop *loop = open_loop();
	struct asked hanging[16] = {0};
	struct asked asked = {0};

	(void)state;
	for (size_t i = 0; i < 16; i++) {
		(void)lookup_start(loop, "hangs.test", clock_monotonic_ms() + 300, keep,
				   &hanging[i]);
	}
	(void)lookup_start(loop, "two.test", clock_monotonic_ms() + AMPLE_MS, keep, &asked);
	loop_run(loop);
	loop_free(loop);
	assert_int_equal(asked.answer.len, 2);
	for (size_t i = 0; i < 16; i++) {
		assert_int_equal(hanging[i].calls, 1);
		fake_names_release();
	}
}

static void a_deadline_in_the_past_is_no_answer_in_time(void **state)
{
	struct asked asked = look_up("hangs.test", -1000);

	(void)state;
	assert_string_equal(asked.answer.failure, "no answer in time");
	fake_names_release();
}

static void a_cancelled_lookup_says_nothing(void **state)
{
	struct loop *loop = open_loop();
	struct asked asked = {0};

	(void)state;
	lookup_cancel(
		lookup_start(loop, "hangs.test", clock_monotonic_ms() + AMPLE_MS, keep, &asked));
	loop_run(loop);
	/* And one that is there when the loop ends. */
	(void)lookup_start(loop, "hangs.test", clock_monotonic_ms() + AMPLE_MS, keep, &asked);
	loop_free(loop);
	assert_int_equal(asked.calls, 0);
	fake_names_release();
	fake_names_release();
}

static int set_up(void **state)
{
	(void)state;
	return fake_names_open();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_has_its_addresses_each_once_in_order),
		cmocka_unit_test(of_many_addresses_the_first_four_are_told),
		cmocka_unit_test(a_name_that_does_not_exist_says_so),
		cmocka_unit_test(a_resolver_that_hangs_costs_the_deadline_and_nothing_else),
		cmocka_unit_test(lookups_that_hang_do_not_hold_up_others),
		cmocka_unit_test(a_deadline_in_the_past_is_no_answer_in_time),
		cmocka_unit_test(a_cancelled_lookup_says_nothing),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
