#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "check/reach/unconnected.h"

static const struct {
	enum connect_outcome outcome;
	enum verdict verdict;
	enum reason reason;
	enum verdict if_optional;
} expected[] = {
	{CONNECT_NOT_TRIED, VERDICT_UNKNOWN, REASON_RUN_TIMEOUT, VERDICT_UNKNOWN},
	{CONNECT_OPEN, VERDICT_PASS, REASON_NONE, VERDICT_PASS},
	{CONNECT_RESET, VERDICT_FAIL, REASON_NET_CLOSED, VERDICT_FAIL},
	{CONNECT_REFUSED, VERDICT_FAIL, REASON_NET_REFUSED, VERDICT_FAIL},
	{CONNECT_NO_ROUTE, VERDICT_UNKNOWN, REASON_NET_ROUTE, VERDICT_SKIP},
	{CONNECT_TIMEOUT, VERDICT_UNKNOWN, REASON_NET_TIMEOUT, VERDICT_SKIP},
	{CONNECT_BROKEN, VERDICT_UNKNOWN, REASON_NET_ROUTE, VERDICT_UNKNOWN},
	{CONNECT_BARRED, VERDICT_UNKNOWN, REASON_NET_NOT_PERMITTED, VERDICT_UNKNOWN},
	{CONNECT_HOST_DOWN, VERDICT_UNKNOWN, REASON_JUMP_DOWN, VERDICT_SKIP},
	{CONNECT_HOST_BARRED, VERDICT_UNKNOWN, REASON_JUMP_DOWN, VERDICT_UNKNOWN},
	{CONNECT_PROHIBITED, VERDICT_UNKNOWN, REASON_JUMP_PROHIBITED, VERDICT_UNKNOWN},
	{CONNECT_UNREACHED, VERDICT_UNKNOWN, REASON_JUMP_UNREACHED, VERDICT_SKIP},
	{CONNECT_LOST, VERDICT_UNKNOWN, REASON_SSH_LOST, VERDICT_UNKNOWN},
};

static void every_outcome_has_its_meaning(void **state)
{
	(void)state;
	assert_int_equal(sizeof(expected) / sizeof(expected[0]), CONNECT_LOST + 1);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		struct connect_facts facts = {.outcome = expected[i].outcome};
		struct connect_opinion why = {0};

		assert_int_equal(expected[i].outcome, i);
		assert_int_equal(judge_connect(&facts, true, &why), expected[i].if_optional);
		assert_int_equal(judge_connect(&facts, false, &why), expected[i].verdict);
		assert_int_equal(why.reason, expected[i].reason);
		assert_true((why.message == NULL) == (expected[i].verdict == VERDICT_PASS));
	}
}

static void facts_that_are_zero_are_no_pass(void **state)
{
	struct connect_facts facts = {0};
	struct connect_opinion why = {0};

	(void)state;
	assert_int_equal(judge_connect(&facts, false, &why), VERDICT_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_outcome_has_its_meaning),
		cmocka_unit_test(facts_that_are_zero_are_no_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
