#include "base/err.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"

static void the_makers_fill_and_return_minus_one(void **state)
{
	struct err err = {0};

	(void)state;
	assert_int_equal(err_set(&err, ERR_PEER, "said %d", 7), -1);
	assert_int_equal(err.code, ERR_PEER);
	assert_string_equal(err.text, "said 7");
}

static void system_errors_say_why(void **state)
{
	struct err err = {0};

	(void)state;
	errno = EACCES;
	assert_int_equal(err_errno(&err, "open '%s'", "x"), -1);
	assert_int_equal(err.code, ERR_SYSTEM);
	assert_string_equal(err.text, "open 'x': Permission denied");
	errno = ENOENT;
	assert_int_equal(err_errno(&err, "open"), -1);
	assert_int_equal(err.code, ERR_ABSENT);
	errno = ENOTDIR;
	assert_int_equal(err_errno(&err, "open"), -1);
	assert_int_equal(err.code, ERR_ABSENT);
}

static void context_goes_in_front_and_keeps_the_code(void **state)
{
	struct err err = {0};

	(void)state;
	(void)err_set(&err, ERR_TIMEOUT, "no answer");
	assert_int_equal(err_wrap(&err, "target '%s'", "nas"), -1);
	assert_int_equal(err.code, ERR_TIMEOUT);
	assert_string_equal(err.text, "target 'nas': no answer");
}

static void sentences_are_printable_and_cut_to_fit(void **state)
{
	char flood[2000];
	struct err err = {0};

	(void)state;
	(void)err_set(&err, ERR_PEER, "said '%s'", "\x1b[31m\n");
	assert_string_equal(err.text, "said '\\x1b[31m\\x0a'");
	memset(flood, 'x', sizeof(flood) - 1);
	flood[sizeof(flood) - 1] = '\0';
	(void)err_set(&err, ERR_PEER, "%s", flood);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	/* Two bytes a character: the cut leaves no half. */
	for (size_t i = 0; i + 2 < sizeof(flood); i += 2) {
		memcpy(flood + i, "\xc3\xa4", 3);
	}
	(void)err_set(&err, ERR_PEER, "%s", flood);
	assert_true(text_is_utf8(text_of(err.text)));
	assert_true(strlen(err.text) >= sizeof(err.text) - 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_makers_fill_and_return_minus_one),
		cmocka_unit_test(system_errors_say_why),
		cmocka_unit_test(context_goes_in_front_and_keeps_the_code),
		cmocka_unit_test(sentences_are_printable_and_cut_to_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
