#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "receipt/run_key.h"

/** 2026-03-01T21:48:13.123Z */
#define NOON 1772401693123

#define GOOD "RUN-20260301T214813Z__verify.fast__Rk7q2m9x4c8t1v5za0hd3"

static void the_shape_of_a_run_key_is_exact(void **state)
{
	static const char *const wrong[] = {
		"",
		"RUN-",
		"run-20260301T214813Z__verify.fast__Rk7q2m9x4c8t1v5za0hd3",
		"RUN-20260301T214813__verify.fast__Rk7q2m9x4c8t1v5za0hd3",
		"RUN-2026030AT214813Z__verify.fast__Rk7q2m9x4c8t1v5za0hd3",
		"RUN-20260301T214813Z__verify.Fast__Rk7q2m9x4c8t1v5za0hd3",
		"RUN-20260301T214813Z__.verify__Rk7q2m9x4c8t1v5za0hd3",
		"RUN-20260301T214813Z__-verify__Rk7q2m9x4c8t1v5za0hd3",
		"RUN-20260301T214813Z____Rk7q2m9x4c8t1v5za0hd3",
		"RUN-20260301T214813Z__verify_fast__Rk7q2m9x4c8t1v5za0hd3",
		"RUN-20260301T214813Z__verify/fast__Rk7q2m9x4c8t1v5za0hd3",
		"RUN-20260301T214813Z__../../etc__Rk7q2m9x4c8t1v5za0hd3",
		"RUN-20260301T214813Z__verify.fast__Rk7q2m9x4c8t1v5za0hd",
		"RUN-20260301T214813Z__verify.fast__Rk7q2m9x4c8t1v5za0hd33",
		"RUN-20260301T214813Z__verify.fast__Rk7q2m9x4c8t1v5za0hdi",
		"RUN-20260301T214813Z__verify.fast__Rk7q2m9x4c8t1v5za0hdU",
		"RUN-20260301T214813Z__verify.fast__k7q2m9x4c8t1v5za0hd3a",
		"RUN-20260301T214813Z__verify.fast__Rk7q2m9x4c8t1v5za0hd3\n",
		" RUN-20260301T214813Z__verify.fast__Rk7q2m9x4c8t1v5za0hd3",
		("RUN-20260301T214813Z__"
		 "a23456789012345678901234567890123456789012345678x__Rk7q2m9x4c8t1v5za0hd3"),
	};

	(void)state;
	assert_int_equal(run_key_form(text_of(GOOD)), RUN_KEY_OURS);
	assert_int_equal(run_key_form(text_of("RUN-20260301T214813Z__7__"
					      "R00000000000000000000")),
			 RUN_KEY_OURS);
	assert_int_equal(run_key_form(text_of("RUN-20260301T214813Z__"
					      "a23456789012345678901234567890123456789012345678__"
					      "Rk7q2m9x4c8t1v5za0hd3")),
			 RUN_KEY_OURS);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(run_key_form(text_of(wrong[i])), RUN_KEY_NONE);
	}
	assert_int_equal(run_key_form((struct text){"RUN-20260301T214813Z__ver\0fy.fast__"
						    "Rk7q2m9x4c8t1v5za0hd3",
						    sizeof(GOOD) - 1}),
			 RUN_KEY_NONE);
	assert_int_equal(run_key_form((struct text){0}), RUN_KEY_NONE);
}

static void keys_of_the_predecessor_are_recognised(void **state)
{
	(void)state;
	assert_int_equal(run_key_form(text_of("CAP-20261120-155908__verify__R0001")),
			 RUN_KEY_OLDER);
	assert_int_equal(run_key_form(text_of("CAP-20261120-155908__verify.x__y_z__RAb12")),
			 RUN_KEY_OLDER);
	assert_int_equal(run_key_form(text_of("S20261120-155908__session__R1")), RUN_KEY_OLDER);
	assert_int_equal(run_key_form(text_of("CAP-20261120-155908__verify__R")), RUN_KEY_NONE);
	assert_int_equal(run_key_form(text_of("CAP-20261120-155908____R0001")), RUN_KEY_NONE);
	assert_int_equal(run_key_form(text_of("CAP-20261120-155908__R0001")), RUN_KEY_NONE);
	assert_int_equal(run_key_form(text_of("CAP-20261120-155908__a/b__R0001")), RUN_KEY_NONE);
	assert_int_equal(run_key_form(text_of("CAP-20261120T155908__verify__R0001")), RUN_KEY_NONE);
	assert_int_equal(run_key_form(text_of("X20261120-155908__verify__R0001")), RUN_KEY_NONE);
}

static void labels_are_lower_case_joined_and_cut(void **state)
{
	static const char *const packs[] = {"fast", "core"};
	static const char *const gates[] = {"G020", "G030"};
	static const char *const odd[] = {"My_Pack/..", "\xc3\xa9"};
	static const char *const many[] = {"abcdefghijklmnopqrst", "abcdefghijklmnopqrst",
					   "abcdefghijklmnopqrst"};
	char label[RUN_KEY_LABEL_BYTES];

	(void)state;
	run_key_label(packs, 1, label);
	assert_string_equal(label, "verify.fast");
	run_key_label(packs, 2, label);
	assert_string_equal(label, "verify.fast-core");
	run_key_label(gates, 2, label);
	assert_string_equal(label, "verify.g020-g030");
	run_key_label(odd, 2, label);
	assert_string_equal(label, "verify.my-pack-..---");
	run_key_label(many, 3, label);
	assert_string_equal(label, "verify.abcdefghijklmnopqrst-abcdefghijklmnopqrst");
	assert_int_equal(strlen(label), 48);
}

static void a_key_depends_on_every_byte_of_its_start(void **state)
{
	char start[] = "{\"commit\":\"1\",\"nonce\":\"2\"}";
	char key[RUN_KEY_BYTES];
	char other[RUN_KEY_BYTES];
	char label[RUN_KEY_LABEL_BYTES];

	(void)state;
	run_key_make(text_of(start), NOON, "verify.fast", key);
	/* printf 'gaterun-run-key-v1\0{"commit":"1","nonce":"2"}' | sha256sum, 100 bits of it */
	assert_string_equal(key, "RUN-20260301T214813Z__verify.fast__Rc8092jvbkbqnh9ft4ygf");
	assert_int_equal(run_key_form(text_of(key)), RUN_KEY_OURS);
	run_key_copy_label(key, label);
	assert_string_equal(label, "verify.fast");
	for (size_t i = 0; i < sizeof(start) - 1; i++) {
		start[i] ^= 1;
		run_key_make(text_of(start), NOON, "verify.fast", other);
		assert_string_not_equal(key, other);
		start[i] ^= 1;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_shape_of_a_run_key_is_exact),
		cmocka_unit_test(keys_of_the_predecessor_are_recognised),
		cmocka_unit_test(labels_are_lower_case_joined_and_cut),
		cmocka_unit_test(a_key_depends_on_every_byte_of_its_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
