#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/dns_name.h"

static void one_name_has_no_case_and_perhaps_a_dot_at_its_end(void **state)
{
	(void)state;
	assert_true(dns_name_same("nas.tail1.ts.net", "NAS.tail1.ts.net."));
	assert_true(dns_name_same("nas.", "nas"));
	assert_false(dns_name_same("nas", "nas1"));
	assert_false(dns_name_same("nas1", "nas"));
	assert_false(dns_name_same("nas..", "nas"));
	assert_false(dns_name_same("nas", ""));
}

static void a_name_is_below_what_it_ends_with_at_a_dot(void **state)
{
	(void)state;
	assert_true(dns_name_is_below("nas.tail1.ts.net", "tail1.TS.net"));
	assert_true(dns_name_is_below("nas.tail1.ts.net.", "tail1.ts.net"));
	assert_true(dns_name_is_below("nas.tail1.ts.net", "ts.net."));
	assert_false(dns_name_is_below("tail1.ts.net", "tail1.ts.net"));
	assert_false(dns_name_is_below(".ts.net", "ts.net"));
	assert_false(dns_name_is_below("nasts.net", "ts.net"));
	assert_false(dns_name_is_below("nas.ts.com", "ts.net"));
	assert_false(dns_name_is_below("net", "ts.net"));
	assert_false(dns_name_is_below("nas.", ""));
	assert_false(dns_name_is_below("nas", NULL));
}

static void a_copy_has_no_dot_and_is_none_of_nothing(void **state)
{
	struct arena arena = {0};

	(void)state;
	assert_string_equal(dns_name_copy(&arena, "nas.ts.net."), "nas.ts.net");
	assert_string_equal(dns_name_copy(&arena, "nas"), "nas");
	assert_null(dns_name_copy(&arena, "."));
	assert_null(dns_name_copy(&arena, ""));
	assert_null(dns_name_copy(&arena, NULL));
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_name_has_no_case_and_perhaps_a_dot_at_its_end),
		cmocka_unit_test(a_name_is_below_what_it_ends_with_at_a_dot),
		cmocka_unit_test(a_copy_has_no_dot_and_is_none_of_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
