#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "git/ls_tree.h"
#include "git/tree.h"
#include "scratch.h"
#include "trees.h"

static struct tree *open_revision(const char *name, const char *revision)
{
	struct tree *tree = NULL;
	struct err err = {0};

	if (tree_open_revision(scratch_path(name), revision, &tree, &err)) {
		fail_msg("%s", err.text);
	}
	return tree;
}

static void two_commits(void)
{
	scratch_repo();
	scratch_write("repo/ops/x", "one\n");
	scratch_write("repo/ops/deep/y", "stays\n");
	scratch_write("repo/above", "above\n");
	GIT("add", ".");
	GIT("commit", "-q", "-m", "one");
	GIT("tag", "-a", "-m", "first", "first");
	scratch_write("repo/ops/x", "two\n");
	scratch_write("repo/ops/new", "new\n");
	GIT("add", ".");
	GIT("commit", "-q", "-m", "two");
	scratch_write("repo/ops/x", "three\n");
	GIT("add", ".");
	scratch_write("repo/ops/x", "four\n");
}

static void a_revision_is_what_it_was(void **state)
{
	struct tree *tree = NULL;

	(void)state;
	two_commits();
	tree = open_revision("repo", "first");
	expect_text(tree, "ops/x", "one\n");
	expect_text(tree, "ops/deep/y", "stays\n");
	expect_text(tree, "above", "above\n");
	expect_answer(tree, "ops/new", TREE_ABSENT, "'ops/new' is not in revision first");
	tree_free(tree);
	tree = open_revision("repo", "HEAD");
	expect_text(tree, "ops/x", "two\n");
	expect_text(tree, "ops/new", "new\n");
	tree_free(tree);
}

static void a_root_below_the_top_has_its_own_paths(void **state)
{
	struct tree *tree = NULL;
	struct tree_names names = {0};
	struct err err = {0};

	(void)state;
	two_commits();
	tree = open_revision("repo/ops", "HEAD^");
	expect_text(tree, "x", "one\n");
	expect_answer(tree, "above", TREE_ABSENT, "'above' is not in revision HEAD^");
	assert_int_equal(tree_directory(tree, ".", &names, &err), TREE_OK);
	assert_int_equal(names.len, 2);
	assert_string_equal(names.at[0], "deep");
	assert_string_equal(names.at[1], "x");
	tree_names_release(&names);
	tree_free(tree);
}

static void what_is_no_revision_is_refused(void **state)
{
	static const char *const revisions[] = {"none",  "",         "-h",
						"--all", "HEAD:ops", "HEAD..first"};

	(void)state;
	two_commits();
	for (size_t i = 0; i < sizeof(revisions) / sizeof(revisions[0]); i++) {
		struct tree *tree = NULL;
		struct err err = {0};

		assert_int_equal(
			tree_open_revision(scratch_path("repo"), revisions[i], &tree, &err), -1);
		assert_int_equal(err.code, ERR_ABSENT);
		assert_null(tree);
	}
}

static void sha256_repositories_have_revisions_too(void **state)
{
	struct tree *tree = NULL;

	(void)state;
	(void)mkdir(scratch_path("repo"), 0755);
	GIT("init", "-q", "-b", "main", "--object-format=sha256", ".");
	scratch_write("repo/x", "one\n");
	GIT("add", ".");
	GIT("commit", "-q", "-m", "one");
	scratch_write("repo/x", "two\n");
	tree = open_revision("repo", "HEAD");
	expect_text(tree, "x", "one\n");
	tree_free(tree);
}

static void an_answer_that_makes_no_sense_is_refused(void **state)
{
#define OID "0001020304050607080910111213141516171819"
	static const char *const answers[] = {
		"100644 blob " OID "\tx",    "100644 blob " OID " x", "100644 tree " OID "\tx",
		"160000 blob " OID "\tx",    "10064 blob " OID "\tx", "100644 blob 00" OID "\tx",
		"100644 blob " OID "\t../x", "100644 blob " OID "\t",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		/* Only the first is right, and only with its NUL. */
		const size_t len = strlen(answers[i]) + (i > 0 ? 1 : 0);
		struct tree_list list = {0};
		struct arena arena = {0};
		struct err err = {0};

		assert_int_equal(ls_tree_parse(&arena, (struct text){answers[i], len}, &list, &err),
				 -1);
		assert_int_equal(err.code, ERR_INPUT);
		arena_release(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_revision_is_what_it_was, scratch_make,
						scratch_remove),
		cmocka_unit_test_setup_teardown(a_root_below_the_top_has_its_own_paths,
						scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(what_is_no_revision_is_refused, scratch_make,
						scratch_remove),
		cmocka_unit_test_setup_teardown(sha256_repositories_have_revisions_too,
						scratch_make, scratch_remove),
		cmocka_unit_test(an_answer_that_makes_no_sense_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
