#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "git/git_config.h"
#include "git/locate.h"
#include "git/ls_files.h"
#include "scratch.h"

/* ---- the configuration */

static struct git_config parse(struct arena *arena, const char *text)
{
	struct git_config config = {0};

	git_config_parse(arena, text_of(text), &config);
	return config;
}

static void settings_are_found_in_their_sections(void **state)
{
	struct arena arena = {0};

	(void)state;
	assert_true(parse(&arena, "[core]\n\tbare = true\n").is_bare);
	assert_true(parse(&arena, "[CORE]\nBARE=yes").is_bare);
	assert_true(parse(&arena, "[core] bare\n").is_bare);
	assert_true(parse(&arena, "[core]\r\n bare = \"true\" ; why\r\n").is_bare);
	assert_false(parse(&arena, "[core]\n\tbare = false\n").is_bare);
	assert_false(parse(&arena, "[core]\nbare = true\nbare = off\n").is_bare);
	assert_false(parse(&arena, "[core]\n# bare = true\n").is_bare);
	assert_false(parse(&arena, "[core \"x\"]\nbare = true\n").is_bare);
	assert_false(parse(&arena, "bare = true\n[other]\nbare = true\n").is_bare);
	assert_true(parse(&arena, "[extensions]\nobjectFormat = sha256\n").has_other_oids);
	assert_true(parse(&arena, "[extensions]\nobjectformat = what\n").has_other_oids);
	assert_false(parse(&arena, "[extensions]\nobjectformat = SHA1\n").has_other_oids);
	arena_release(&arena);
}

static void values_lose_quotes_escapes_and_comments(void **state)
{
	struct arena arena = {0};

	(void)state;
	assert_string_equal(parse(&arena, "[core]\nworktree = ../a b # c\n").worktree, "../a b");
	assert_string_equal(parse(&arena, "[core]\nworktree = \" a#b \"  \n").worktree, " a#b ");
	assert_string_equal(parse(&arena, "[core]\nworktree = a\\\"b\\\\c\n").worktree, "a\"b\\c");
	assert_null(parse(&arena, "[core\nworktree = x\n").worktree);
	arena_release(&arena);
}

/* ---- the git directory */

static struct git_place locate(const char *name)
{
	struct git_place place = {0};

	git_locate(scratch_path(name), &place);
	return place;
}

static void expect_place(const char *name, const char *top, const char *prefix)
{
	struct git_place place = locate(name);

	if (top) {
		assert_string_equal(place.top, scratch_path(top));
	} else {
		assert_null(place.top);
		assert_null(place.git_dir);
	}
	if (prefix) {
		assert_string_equal(place.prefix, prefix);
	} else {
		assert_null(place.prefix);
	}
	git_place_release(&place);
	assert_null(place.git_dir);
}

static void the_nearest_dot_git_upwards_counts(void **state)
{
	(void)state;
	scratch_repo();
	scratch_write("repo/a/b/file", "");
	expect_place("repo", "repo", NULL);
	expect_place("repo/a/b", "repo", "a/b/");
	scratch_git("repo/a", NULL, (const char *const[]){"git", "init", "-q", ".", NULL});
	expect_place("repo/a/b", "repo/a", "b/");
	expect_place("repo", "repo", NULL);
}

static void a_git_file_that_leads_nowhere_ends_the_search(void **state)
{
	(void)state;
	scratch_repo();
	scratch_write("repo/a/.git", "gitdir: nowhere\n");
	expect_place("repo/a", NULL, NULL);
	scratch_write("repo/a/.git", "something else\n");
	expect_place("repo/a", NULL, NULL);
	scratch_write("repo/a/.git", "gitdir: ../.git\n");
	expect_place("repo/a", "repo/a", NULL);
}

static void a_worktree_elsewhere_is_not_this_one(void **state)
{
	(void)state;
	scratch_repo();
	scratch_write("repo/.git/config", "[core]\n\tworktree = ../../other\n");
	expect_place("repo", NULL, NULL);
	scratch_write("repo/.git/config", "[core]\n\tworktree = ..\n");
	expect_place("repo", "repo", NULL);
}

static void what_is_no_file_in_the_git_directory_is_said(void **state)
{
	static const char *const names[] = {"HEAD", "index", "config", "packed-refs"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct git_place place = {0};
		struct err err = {0};
		char path[64];

		scratch_remove(state);
		scratch_make(state);
		scratch_repo();
		assert_int_equal(git_place_find(scratch_path("repo"), &place, &err), 0);
		git_place_release(&place);
		(void)snprintf(path, sizeof(path), "repo/.git/%s", names[i]);
		(void)unlink(scratch_path(path));
		assert_int_equal(mkfifo(scratch_path(path), 0644), 0);
		assert_int_equal(git_place_find(scratch_path("repo"), &place, &err), -1);
		assert_non_null(strstr(err.text, "is a FIFO, not a file"));
	}
}

static void other_object_ids_ask_git(void **state)
{
	struct git_place place = {0};

	(void)state;
	(void)mkdir(scratch_path("repo"), 0755);
	GIT("init", "-q", "--object-format=sha256", ".");
	place = locate("repo");
	assert_true(place.asks_git);
	git_place_release(&place);
	(void)mkdir(scratch_path("plain"), 0755);
	scratch_git("plain", NULL, (const char *const[]){"git", "init", "-q", ".", NULL});
	place = locate("plain");
	assert_false(place.asks_git);
	git_place_release(&place);
}

/* ---- git's own list */

#define OID "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
#define BYTES(answer)                      \
	{                                  \
		answer, sizeof(answer) - 1 \
	}
#define ANSWER(answer) ((struct text)BYTES(answer))

static int read_answer(struct text answer, struct arena *arena, struct tree_list *list)
{
	struct err err = {0};
	int failed = ls_files_parse(arena, answer, list, &err);

	assert_int_equal(failed == 0, err.code == ERR_NONE);
	return failed;
}

static void git_s_list_is_read(void **state)
{
	struct arena arena = {0};
	struct tree_list list = {0};

	(void)state;
	assert_int_equal(read_answer(ANSWER("H 100644 " OID " 0\ta b\tc\0"
					    "M 100755 " OID " 1\td\0M 100755 " OID " 2\td\0"
					    "S 120000 " OID " 0\te/f\0"),
				     &arena, &list),
			 0);
	assert_int_equal(list.len, 3);
	assert_int_equal(list.oid_bytes, 20);
	assert_string_equal(list.at[0].path, "a b\tc");
	assert_int_equal(list.at[0].oid[0], 0xe6);
	assert_string_equal(list.at[1].path, "d");
	assert_int_equal(list.at[1].mode, 0100755);
	assert_true(list.at[2].is_absent);
	assert_int_equal(read_answer(ANSWER(""), &arena, &list), 0);
	assert_int_equal(list.len, 0);
	arena_release(&arena);
}

static void a_list_that_makes_no_sense_is_refused(void **state)
{
	static const struct text answers[] = {
		BYTES("H 100644 " OID " 0\ta"),
		BYTES("H 100644 " OID " 0 a\0"),
		BYTES("100644 " OID " 0\ta\0"),
		BYTES("H 10064 " OID " 0\ta\0"),
		BYTES("H 100648 " OID " 0\ta\0"),
		BYTES("H 100644 e69d 0\ta\0"),
		BYTES("H 100644 E69DE29bb2d1d6434b8b29ae775ad8c2e48c5391 0\ta\0"),
		BYTES("H 100644 " OID " 0\t../a\0"),
		BYTES("H 100644 " OID " 0\t\0"),
		BYTES("H 100644 " OID " 0\tb\0H 100644 " OID " 0\ta\0"),
		BYTES("\0"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		struct arena arena = {0};
		struct tree_list list = {0};

		assert_int_equal(read_answer(answers[i], &arena, &list), -1);
		assert_int_equal(list.len, 0);
		arena_release(&arena);
	}
}

#define SCRATCHED(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_are_found_in_their_sections),
		cmocka_unit_test(values_lose_quotes_escapes_and_comments),
		SCRATCHED(the_nearest_dot_git_upwards_counts),
		SCRATCHED(a_git_file_that_leads_nowhere_ends_the_search),
		SCRATCHED(a_worktree_elsewhere_is_not_this_one),
		SCRATCHED(what_is_no_file_in_the_git_directory_is_said),
		SCRATCHED(other_object_ids_ask_git),
		cmocka_unit_test(git_s_list_is_read),
		cmocka_unit_test(a_list_that_makes_no_sense_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
