#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "model/repo.h"
#include "scratch.h"

static void make_dirs(const char *name)
{
	struct err err = {0};

	assert_int_equal(file_make_dirs(scratch_path(name), 0755, &err), 0);
}

/** Each test starts in a directory of its own, in which there is nothing. */
static int set_up(void **state)
{
	if (scratch_make(state)) {
		return -1;
	}
	make_dirs("home");
	return setenv("HOME", scratch_path("home"), 1);
}

static void expect_root(const char *given, const char *start, const char *root)
{
	AUTO(auto_free) char *found = NULL;
	struct err err = {0};

	assert_int_equal(repo_find_root(given, scratch_path(start), &found, &err), 0);
	assert_string_equal(found, scratch_path(root));
}

static void expect_none(const char *given, const char *start, const char *words)
{
	char *found = NULL;
	struct err err = {0};

	assert_int_equal(repo_find_root(given, start, &found, &err), -1);
	assert_null(found);
	assert_non_null(strstr(err.text, words));
}

static void the_nearest_directory_with_a_config_is_the_root(void **state)
{
	(void)state;
	scratch_write("ops/gaterun.yaml", "version: 1\n");
	scratch_write("ops/inner/gaterun.yaml", "version: 1\n");
	make_dirs("ops/inner/a/b");
	make_dirs("ops/other");
	expect_root(NULL, "ops/inner/a/b", "ops/inner");
	expect_root(NULL, "ops/inner", "ops/inner");
	expect_root(NULL, "ops/other", "ops");
}

static void else_the_nearest_with_bindings_and_gates_is(void **state)
{
	(void)state;
	make_dirs("ops/bindings");
	make_dirs("ops/gates/deep");
	make_dirs("ops/only/bindings");
	make_dirs("ops/only/sub");
	scratch_write("ops/files/bindings", "");
	scratch_write("ops/files/gates", "");
	expect_root(NULL, "ops", "ops");
	expect_root(NULL, "ops/gates/deep", "ops");
	expect_root(NULL, "ops/only/sub", "ops");
	expect_root(NULL, "ops/files", "ops");
}

static void a_config_further_up_comes_before_directories_nearby(void **state)
{
	(void)state;
	scratch_write("ops/gaterun.yaml", "version: 1\n");
	make_dirs("ops/sub/bindings");
	make_dirs("ops/sub/gates");
	expect_root(NULL, "ops/sub", "ops");
}

static void a_config_that_cannot_be_read_is_still_the_nearest(void **state)
{
	(void)state;
	/* What is wrong with it is said when it is loaded; a repo further up is another one. */
	scratch_write("ops/gaterun.yaml", "version: 1\n");
	make_dirs("ops/broken");
	make_dirs("ops/folder/gaterun.yaml");
	assert_int_equal(symlink("nowhere", scratch_path("ops/broken/gaterun.yaml")), 0);
	expect_root(NULL, "ops/broken", "ops/broken");
	expect_root(NULL, "ops/folder", "ops/folder");
}

static void the_home_directory_is_never_found(void **state)
{
	(void)state;
	scratch_write("home/gaterun.yaml", "version: 1\n");
	make_dirs("home/bindings");
	make_dirs("home/gates");
	make_dirs("home/work/deep");
	expect_none(NULL, scratch_path("home/work/deep"), "no ops repo");
	expect_none(NULL, scratch_path("home"), "no ops repo");
	(void)symlink("home", scratch_path("link"));
	(void)setenv("HOME", scratch_path("link/"), 1);
	expect_none(NULL, scratch_path("home/work/deep"), "no ops repo");
}

static void a_repo_below_the_home_directory_is_found(void **state)
{
	(void)state;
	scratch_write("home/gaterun.yaml", "version: 1\n");
	scratch_write("home/ops/gaterun.yaml", "version: 1\n");
	expect_root(NULL, "home/ops", "home/ops");
}

static void without_a_home_directory_roots_are_found_all_the_same(void **state)
{
	(void)state;
	scratch_write("ops/gaterun.yaml", "version: 1\n");
	(void)unsetenv("HOME");
	expect_root(NULL, "ops", "ops");
	(void)setenv("HOME", "/does/not/exist", 1);
	expect_root(NULL, "ops", "ops");
	(void)setenv("HOME", "", 1);
	expect_root(NULL, "ops", "ops");
}

static void a_directory_that_is_given_is_the_root(void **state)
{
	char given[PATH_MAX + 8];

	(void)state;
	make_dirs("plain/sub");
	scratch_write("ops/gaterun.yaml", "version: 1\n");
	(void)symlink("plain", scratch_path("link"));
	expect_root(scratch_path("plain"), "ops", "plain");
	expect_root(scratch_path("link"), "ops", "plain");
	(void)snprintf(given, sizeof(given), "%s/sub/../", scratch_path("plain"));
	expect_root(given, "ops", "plain");
}

static void what_is_given_must_be_a_directory(void **state)
{
	(void)state;
	scratch_write("file", "");
	expect_none(scratch_path("file"), scratch_path("home"), "is not a directory");
	expect_none(scratch_path("nowhere"), scratch_path("home"), "nowhere");
	expect_none("", scratch_path("home"), "''");
}

static void nothing_found_says_what_was_looked_for(void **state)
{
	(void)state;
	make_dirs("plain");
	expect_none(NULL, scratch_path("plain"), "gaterun.yaml");
	expect_none(NULL, scratch_path("plain"), "--root");
	expect_none(NULL, scratch_path("nowhere"), "nowhere");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_nearest_directory_with_a_config_is_the_root,
						set_up, scratch_remove),
		cmocka_unit_test_setup_teardown(else_the_nearest_with_bindings_and_gates_is, set_up,
						scratch_remove),
		cmocka_unit_test_setup_teardown(a_config_further_up_comes_before_directories_nearby,
						set_up, scratch_remove),
		cmocka_unit_test_setup_teardown(a_config_that_cannot_be_read_is_still_the_nearest,
						set_up, scratch_remove),
		cmocka_unit_test_setup_teardown(the_home_directory_is_never_found, set_up,
						scratch_remove),
		cmocka_unit_test_setup_teardown(a_repo_below_the_home_directory_is_found, set_up,
						scratch_remove),
		cmocka_unit_test_setup_teardown(
			without_a_home_directory_roots_are_found_all_the_same, set_up,
			scratch_remove),
		cmocka_unit_test_setup_teardown(a_directory_that_is_given_is_the_root, set_up,
						scratch_remove),
		cmocka_unit_test_setup_teardown(what_is_given_must_be_a_directory, set_up,
						scratch_remove),
		cmocka_unit_test_setup_teardown(nothing_found_says_what_was_looked_for, set_up,
						scratch_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
