#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/cleanup.h"
#include "receipt/runner.h"
#include "receipts.h"

static void a_machine_has_another_name_in_each_log(void **state)
{
	AUTO(auto_arena) struct arena arena = {0};
	struct text id = text_of("0123456789abcdef0123456789abcdef\n");
	const char *name =
		runner_name("machine", id, "gaterun/ops.example/0123456789abcdef", &arena);

	(void)state;
	/* printf 'gaterun machine\n<origin>' | openssl dgst -sha256 -hmac <id> */
	assert_string_equal(name,
			    "0d3cd1dbaf1cff082c1d3574d42e8555c0994ff8d0819ccccc7b97e3ab30d1c2");
	assert_string_equal(name,
			    runner_name("machine", text_of("0123456789abcdef0123456789abcdef"),
					"gaterun/ops.example/0123456789abcdef", &arena));
	assert_string_not_equal(
		name, runner_name("boot", id, "gaterun/ops.example/0123456789abcdef", &arena));
	assert_string_not_equal(
		name, runner_name("machine", id, "gaterun/ops.example/fedcba9876543210", &arena));
	assert_null(runner_name("machine", text_of(" \n"), "gaterun/x/0", &arena));
}

static void a_user_is_found_by_the_third_field(void **state)
{
	static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
				     "\n"
				     "short:x\n"
				     "odd:x:12x:0::/:/bin/sh\n"
				     "ops:x:1000:0:,,,:/home/ops:/bin/sh\n"
				     "also:x:1000:0::/:/bin/sh";
	AUTO(auto_arena) struct arena arena = {0};

	(void)state;
	assert_string_equal(runner_user(text_of(passwd), 0, &arena), "root");
	assert_string_equal(runner_user(text_of(passwd), 1000, &arena), "ops");
	assert_null(runner_user(text_of(passwd), 12, &arena));
	assert_null(runner_user((struct text){0}, 0, &arena));
}

static void the_system_is_called_by_its_pretty_name(void **state)
{
	AUTO(auto_arena) struct arena arena = {0};

	(void)state;
	assert_string_equal(
		runner_pretty_name(text_of("NAME=\"Debian\"\nPRETTY_NAME=\"Debian 12\"\n"), &arena),
		"Debian 12");
	assert_string_equal(runner_pretty_name(text_of("PRETTY_NAME='Alpine'"), &arena), "Alpine");
	assert_string_equal(runner_pretty_name(text_of("PRETTY_NAME=Fedora\n"), &arena), "Fedora");
	assert_null(runner_pretty_name(text_of("X_PRETTY_NAME=no\n"), &arena));
	assert_null(runner_pretty_name(text_of("PRETTY_NAME=\"\"\n"), &arena));
	assert_null(runner_pretty_name((struct text){0}, &arena));
}

static void this_machine_can_be_described(void **state)
{
	AUTO(auto_arena) struct arena arena = {0};
	struct statement_runner runner = {0};

	(void)state;
	runner_read("gaterun/ops.example/0123456789abcdef", &arena, &runner);
	assert_non_null(runner.host);
	assert_non_null(runner_os(&arena));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_machine_has_another_name_in_each_log),
		cmocka_unit_test(a_user_is_found_by_the_third_field),
		cmocka_unit_test(the_system_is_called_by_its_pretty_name),
		cmocka_unit_test(this_machine_can_be_described),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
