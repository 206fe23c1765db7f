#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "git/git.h"
#include "git/tree.h"
#include "scratch.h"
#include "trees.h"

static struct tree *open_index(const char *name)
{
	struct tree *tree = NULL;
	struct err err = {0};

	if (tree_open_index(scratch_path(name), &tree, &err)) {
		fail_msg("%s", err.text);
	}
	return tree;
}

/** What a scan would see, in pieces of three bytes, read twice. */
static void expect_scan(struct tree *tree, const char *path, const char *expected)
{
	const struct tree_entry *entry = tree_find(tree, path);
	struct str link = {0};
	struct tree_file file = {.link = &link};
	struct err err = {0};

	assert_non_null(entry);
	assert_int_equal(tree_open_entry(tree, entry, &file, &err), TREE_OK);
	for (int i = 0; i < 2 && !file.is_link; i++) {
		str_clear(&link);
		while (!file.at_end) {
			char piece[3];
			size_t got = 0;

			assert_int_equal(tree_file_read(&file, piece, sizeof(piece), &got, &err),
					 TREE_OK);
			str_add_bytes(&link, piece, got);
		}
		assert_int_equal(tree_file_size(&file), link.len);
		tree_file_rewind(&file);
	}
	tree_file_close(&file);
	assert_string_equal(str_text(&link), expected);
	str_release(&link);
}

static void make_link(const char *target, const char *name)
{
	(void)unlink(scratch_path(name));
	if (symlink(target, scratch_path(name)) < 0) {
		scratch_fail(name);
	}
}

/* ---- content */

static void the_staged_bytes_are_read_whatever_the_work_tree_holds(void **state)
{
	struct tree *tree = NULL;

	(void)state;
	scratch_repo();
	scratch_write("repo/same", "same\n");
	scratch_write("repo/changed", "staged\n");
	scratch_write("repo/gone", "staged too\n");
	scratch_write("repo/replaced", "a file\n");
	scratch_write("repo/empty", "");
	GIT("add", ".");
	scratch_write("repo/changed", "worked\n");
	scratch_write("repo/empty", "not any more\n");
	scratch_write("repo/untracked", "x\n");
	(void)unlink(scratch_path("repo/gone"));
	make_link("same", "repo/replaced");
	tree = open_index("repo");
	expect_text(tree, "same", "same\n");
	expect_text(tree, "changed", "staged\n");
	expect_text(tree, "gone", "staged too\n");
	expect_text(tree, "replaced", "a file\n");
	expect_text(tree, "empty", "");
	expect_scan(tree, "same", "same\n");
	expect_scan(tree, "changed", "staged\n");
	expect_scan(tree, "gone", "staged too\n");
	expect_scan(tree, "replaced", "a file\n");
	expect_scan(tree, "empty", "");
	expect_answer(tree, "untracked", TREE_ABSENT, "'untracked' is not in the git index");
	assert_null(tree_find(tree, "untracked"));
	tree_free(tree);
}

static void a_link_is_what_is_staged_of_it(void **state)
{
	struct tree *tree = NULL;

	(void)state;
	scratch_repo();
	make_link("elsewhere", "repo/moved");
	make_link("here", "repo/stays");
	GIT("add", ".");
	make_link("nowhere", "repo/moved");
	tree = open_index("repo");
	expect_scan(tree, "moved", "elsewhere");
	expect_scan(tree, "stays", "here");
	tree_free(tree);
}

static void bytes_without_a_proof_come_from_the_repository(void **state)
{
	struct tree *tree = NULL;

	(void)state;
	scratch_repo();
	scratch_write("repo/.gitattributes", "x eol=crlf\n");
	scratch_write("repo/x", "one\r\ntwo\r\n");
	GIT("add", ".");
	tree = open_index("repo");
	expect_text(tree, "x", "one\ntwo\n");
	expect_scan(tree, "x", "one\ntwo\n");
	tree_free(tree);
}

static void a_large_file_is_refused_behind_what_is_held(void **state)
{
	const size_t size = TREE_HELD_MAX_BYTES + 10;
	char *bytes = calloc(1, size);
	struct tree *tree = NULL;
	struct tree_file file = {0};
	struct err err = {0};
	size_t got = 0;

	(void)state;
	scratch_repo();
	scratch_write_bytes("repo/large", bytes, size);
	GIT("-c", "core.compression=1", "add", ".");
	tree = open_index("repo");
	assert_int_equal(tree_open_entry(tree, tree_find(tree, "large"), &file, &err), TREE_OK);
	assert_int_equal(tree_file_size(&file), size);
	assert_int_equal(tree_file_read(&file, bytes, size, &got, &err), TREE_OK);
	assert_int_equal(got, TREE_HELD_MAX_BYTES);
	assert_false(file.at_end);
	assert_int_equal(tree_file_read(&file, bytes, size, &got, &err), TREE_REFUSED);
	assert_string_equal(err.text, "'large' is larger than 64 MiB");
	tree_file_close(&file);
	expect_answer(tree, "large", TREE_REFUSED, "'large' is larger than 1 MiB");
	tree_free(tree);
	free(bytes);
	(void)unlink(scratch_path("repo/large"));
}

/* ---- paths */

static void paths_are_followed_over_staged_links(void **state)
{
	struct tree *tree = NULL;

	(void)state;
	scratch_repo();
	scratch_write("repo/real/x.yaml", "x\n");
	make_link("real", "repo/dir");
	make_link("dir/x.yaml", "repo/file");
	make_link("../real/./x.yaml", "repo/real/up");
	make_link(scratch_path("repo/real"), "repo/absolute");
	make_link("../outside", "repo/out");
	make_link("/etc", "repo/etc");
	make_link("missing", "repo/dangling");
	make_link("../dir/missing", "repo/real/lost");
	make_link("loop", "repo/loop");
	GIT("add", ".");
	make_link("elsewhere", "repo/dir");
	tree = open_index("repo");
	expect_text(tree, "dir/x.yaml", "x\n");
	expect_text(tree, "file", "x\n");
	expect_text(tree, "real/up", "x\n");
	expect_text(tree, "./real//x.yaml", "x\n");
	expect_text(tree, "absolute/x.yaml", "x\n");
	expect_answer(tree, "out", TREE_REFUSED, "'out' leads out of the repo");
	expect_answer(tree, "etc/passwd", TREE_REFUSED, "'etc/passwd' leads out of the repo");
	expect_answer(tree, "dangling", TREE_REFUSED,
		      "'dangling' leads over a symbolic link to 'missing', which is not in the git "
		      "index");
	expect_answer(tree, "dir/missing", TREE_ABSENT, "'dir/missing' is not in the git index");
	expect_answer(
		tree, "real/lost", TREE_REFUSED,
		"'real/lost' leads over a symbolic link to 'real/missing', which is not in the "
		"git index");
	expect_answer(
		tree, "dir/lost", TREE_REFUSED,
		"'dir/lost' leads over a symbolic link to 'real/missing', which is not in the git "
		"index");
	expect_answer(tree, "loop", TREE_REFUSED, "'loop' is a symbolic link that leads nowhere");
	expect_answer(tree, "real", TREE_REFUSED, "'real' is a directory, not a file");
	expect_answer(tree, ".", TREE_REFUSED, "'.' is a directory, not a file");
	tree_free(tree);
}

static void expect_names(struct tree *tree, const char *path, const char *expected)
{
	struct tree_names names = {0};
	struct str all = {0};
	struct err err = {0};

	assert_int_equal(tree_directory(tree, path, &names, &err), TREE_OK);
	for (size_t i = 0; i < names.len; i++) {
		str_printf(&all, "%s ", names.at[i]);
	}
	assert_string_equal(str_text(&all), expected);
	str_release(&all);
	tree_names_release(&names);
}

static void a_directory_is_what_the_index_has_below_it(void **state)
{
	struct tree *tree = NULL;
	struct tree_names names = {0};
	struct err err = {0};

	(void)state;
	scratch_repo();
	scratch_write("repo/gates/b.yaml", "");
	scratch_write("repo/gates/a.yaml", "");
	scratch_write("repo/gates/deep/c.yaml", "");
	scratch_write("repo/gates/deep/d.yaml", "");
	scratch_write("repo/gates.yaml", "");
	scratch_write("repo/gates-old/x", "");
	make_link("gates", "repo/link");
	GIT("add", ".");
	GIT("rm", "-q", "--cached", "gates/b.yaml");
	scratch_write("repo/gates/untracked.yaml", "");
	tree = open_index("repo");
	expect_names(tree, "gates", "a.yaml deep ");
	expect_names(tree, "gates/deep/", "c.yaml d.yaml ");
	expect_names(tree, "link", "a.yaml deep ");
	expect_names(tree, ".", "gates gates-old gates.yaml link ");
	assert_int_equal(tree_directory(tree, "gates.yaml", &names, &err), TREE_REFUSED);
	assert_string_equal(err.text, "'gates.yaml' is not a directory");
	assert_int_equal(tree_directory(tree, "none", &names, &err), TREE_ABSENT);
	tree_free(tree);
}

/* ---- entries */

static void what_is_staged_is_looked_at_without_reading(void **state)
{
	struct tree *tree = NULL;
	struct tree_stat stat = {0};
	struct err err = {0};

	(void)state;
	scratch_repo();
	scratch_write("repo/bin/run", "#!/bin/sh\n");
	scratch_write("repo/plain", "");
	(void)chmod(scratch_path("repo/bin/run"), 0755);
	make_link("bin", "repo/link");
	GIT("add", ".");
	(void)chmod(scratch_path("repo/bin/run"), 0644);
	(void)chmod(scratch_path("repo/plain"), 0755);
	scratch_write("repo/untracked", "");
	tree = open_index("repo");
	assert_int_equal(tree_stat(tree, "link/run", &stat, &err), TREE_OK);
	assert_true(stat.is_executable);
	assert_false(stat.is_link || stat.is_directory || stat.is_on_disk);
	assert_int_equal(tree_stat(tree, "plain", &stat, &err), TREE_OK);
	assert_false(stat.is_executable);
	assert_int_equal(tree_stat(tree, "link", &stat, &err), TREE_OK);
	assert_true(stat.is_link && stat.is_directory);
	assert_int_equal(tree_stat(tree, "untracked", &stat, &err), TREE_ABSENT);
	tree_free(tree);
}

static void what_is_only_intended_is_not_there(void **state)
{
	struct tree *tree = NULL;

	(void)state;
	scratch_repo();
	scratch_write("repo/intended", "x\n");
	scratch_write("repo/empty", "");
	GIT("add", "empty");
	GIT("add", "-N", "intended");
	tree = open_index("repo");
	assert_null(tree_find(tree, "intended"));
	expect_text(tree, "empty", "");
	tree_free(tree);
	GIT("update-index", "--split-index");
	tree = open_index("repo");
	assert_null(tree_find(tree, "intended"));
	expect_text(tree, "empty", "");
	tree_free(tree);
}

static void a_conflict_has_no_content(void **state)
{
	static const char sentence[] = "'x' has a merge conflict: none of its versions is staged";
	struct tree *tree = NULL;
	struct tree_file file = {0};
	struct err err = {0};

	(void)state;
	scratch_repo();
	scratch_write("repo/x", "base\n");
	GIT("add", ".");
	GIT("commit", "-q", "-m", "base");
	GIT("checkout", "-q", "-b", "side");
	scratch_write("repo/x", "side\n");
	GIT("commit", "-q", "-a", "-m", "side");
	GIT("checkout", "-q", "main");
	scratch_write("repo/x", "main\n");
	GIT("commit", "-q", "-a", "-m", "main");
	scratch_git("repo", NULL,
		    (const char *const[]){"git", "-c", "alias.try=!git merge -q side || true",
					  "try", NULL});
	for (int i = 0; i < 2; i++) {
		tree = open_index("repo");
		expect_answer(tree, "x", TREE_CONFLICTED, sentence);
		assert_int_equal(tree_open_entry(tree, tree_find(tree, "x"), &file, &err),
				 TREE_CONFLICTED);
		assert_string_equal(err.text, sentence);
		tree_free(tree);
		GIT("update-index", "--split-index");
	}
}

static void a_submodule_is_no_file(void **state)
{
	struct tree *tree = NULL;

	(void)state;
	scratch_repo();
	GIT("update-index", "--add", "--cacheinfo",
	    "160000,1234567890123456789012345678901234567890,sub");
	tree = open_index("repo");
	expect_answer(tree, "sub", TREE_REFUSED, "'sub' is a submodule, not a file");
	tree_free(tree);
}

/* ---- which index */

static void another_index_is_obeyed(void **state)
{
	struct tree *tree = NULL;
	struct git_state staged = {0};
	struct err err = {0};

	(void)state;
	scratch_repo();
	scratch_write("repo/sub/x", "one\n");
	GIT("add", ".");
	GIT("commit", "-q", "-m", "one");
	scratch_write("repo/sub/x", "two\n");
	(void)setenv("GIT_INDEX_FILE", ".git/other", 1);
	GIT("add", ".");
	tree = open_index("repo/sub");
	expect_text(tree, "x", "two\n");
	tree_free(tree);
	assert_int_equal(git_identity(scratch_path("repo"), &staged, &err), 0);
	assert_int_equal(git_staged(scratch_path("repo"), &staged, NULL, &err), 0);
	assert_true(staged.is_dirty);
	assert_int_equal(strlen(staged.diff_sha256), 64);
	(void)unsetenv("GIT_INDEX_FILE");
	tree = open_index("repo/sub");
	expect_text(tree, "x", "one\n");
	tree_free(tree);
	staged = (struct git_state){0};
	assert_int_equal(git_identity(scratch_path("repo"), &staged, &err), 0);
	assert_int_equal(git_staged(scratch_path("repo"), &staged, NULL, &err), 0);
	assert_false(staged.is_dirty);
	assert_string_equal(staged.diff_sha256, "");
}

static void what_was_asked_early_is_what_was_so_then(void **state)
{
	struct git_question asked = {0};
	struct git_state now = {0};
	struct git_state early = {0};
	struct err err = {0};

	(void)state;
	scratch_repo();
	scratch_write("repo/x", "one\n");
	GIT("add", ".");
	GIT("commit", "-q", "-m", "one");
	scratch_write("repo/x", "two\n");
	GIT("add", ".");
	assert_int_equal(git_identity(scratch_path("repo"), &early, &err), 0);
	now = early;
	git_staged_ask(scratch_path("repo"), &early, &asked);
	assert_non_null(asked.command);
	assert_int_equal(git_staged(scratch_path("repo"), &now, NULL, &err), 0);
	assert_int_equal(git_staged(scratch_path("repo"), &early, &asked, &err), 0);
	assert_null(asked.command);
	assert_true(early.is_dirty);
	assert_string_equal(early.diff_sha256, now.diff_sha256);
	git_question_release(&asked);
}

static void an_early_question_without_an_answer_is_asked_again(void **state)
{
	static const char *const args[] = {"no-such-command", NULL};
	struct git_question asked = {0};
	struct git_state staged = {0};
	struct err err = {0};

	(void)state;
	scratch_repo();
	scratch_write("repo/x", "one\n");
	GIT("add", ".");
	assert_int_equal(git_identity(scratch_path("repo"), &staged, &err), 0);
	git_staged_ask(scratch_path("repo"), &staged, &asked);
	assert_null(asked.command); /* there is no commit to ask about */
	git_ask(scratch_path("repo"), NULL, args, 100, &asked);
	assert_int_equal(git_staged(scratch_path("repo"), &staged, &asked, &err), 0);
	assert_true(staged.is_dirty);
	git_question_release(&asked);
}

static void expect_no_tree(const char *name, const char *part)
{
	struct tree *tree = NULL;
	struct err err = {0};

	assert_int_equal(tree_open_index(scratch_path(name), &tree, &err), -1);
	assert_null(tree);
	if (!strstr(err.text, part)) {
		fail_msg("%s", err.text);
	}
}

static void the_index_of_another_repository_is_refused(void **state)
{
	(void)state;
	scratch_repo();
	(void)mkdir(scratch_path("second"), 0755);
	scratch_git("second", NULL, (const char *const[]){"git", "init", "-q", NULL});
	(void)setenv("GIT_INDEX_FILE", scratch_path("second/.git/index"), 1);
	expect_no_tree("repo", "belongs to another repository");
	(void)unsetenv("GIT_INDEX_FILE");
	(void)setenv("GIT_DIR", scratch_path("second/.git"), 1);
	expect_no_tree("repo", "GIT_DIR is '");
	(void)setenv("GIT_DIR", ".git", 1);
	tree_free(open_index("repo"));
	(void)unsetenv("GIT_DIR");
	(void)mkdir(scratch_path("plain"), 0755);
	expect_no_tree("plain", "there is no git work tree");
	scratch_write("repo/.git/index", "DIRC, but no index");
	expect_no_tree("repo", "index");
}

/* ---- a git that fails */

/** Put a `git` in front of the path that runs this shell script for cat-file. */
static void fake_git(const char *script)
{
	AUTO(auto_str) struct str path = {0};
	AUTO(auto_str) struct str text = {0};
	const char *old = getenv("PATH");

	str_printf(&text, "#!/bin/sh\n%s\n", script);
	scratch_write("bin/git", str_text(&text));
	(void)chmod(scratch_path("bin/git"), 0755);
	str_printf(&path, "%s:%s", scratch_path("bin"), old);
	(void)setenv("PATH", str_text(&path), 1);
}

static void expect_broken(const char *script, const char *part)
{
	const char *path = getenv("PATH");
	char *old = strdup(path ? path : "");
	struct tree *tree = NULL;
	struct text bytes = {0};

	scratch_repo();
	scratch_write("repo/x", "staged\n");
	scratch_write("repo/y", "staged too\n");
	GIT("add", ".");
	scratch_write("repo/x", "worked\n");
	scratch_write("repo/y", "worked\n");
	fake_git(script);
	tree = open_index("repo");
	for (int i = 0; i < 2; i++) {
		struct err err = {0};

		assert_int_equal(tree_read(tree, i ? "y" : "x", MIB, &bytes, &err), TREE_REFUSED);
		if (!strstr(err.text, part)) {
			fail_msg("%s", err.text);
		}
	}
	tree_free(tree);
	(void)setenv("PATH", old, 1);
	free(old);
}

static void a_git_that_dies_is_an_answer(void **state)
{
	(void)state;
	expect_broken("exit 1", "git cat-file: it ended before it had answered");
	expect_broken("read line; printf '%s blob 100\\nshort' \"$line\"",
		      "git cat-file: it ended before it had answered");
}

static void a_git_that_says_something_else_is_an_answer(void **state)
{
	(void)state;
	expect_broken("echo usage: git; cat", "git cat-file: unexpected 'usage: git'");
	expect_broken("read line; echo \"$line tree 3\"; cat", "is not a blob but a tree");
	expect_broken("read line; printf '%s blob 1\\nxy' \"$line\"; cat", "unexpected 'y'");
	expect_broken("read line; echo \"$line blob -1\"; cat", "unexpected '");
	expect_broken("while :; do printf xxxxxxxxxxxxxxxx; done", "longer than 256 bytes");
}

static void a_git_that_hangs_is_given_up_once(void **state)
{
	(void)state;
	/* One silence for both files; the test's own limit notices a second. */
	expect_broken("sleep 1000 & wait", "git cat-file: no answer within 10 s");
}

static int setup(void **state)
{
	(void)signal(SIGPIPE, SIG_IGN);
	return scratch_make(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			the_staged_bytes_are_read_whatever_the_work_tree_holds, setup,
			scratch_remove),
		cmocka_unit_test_setup_teardown(a_link_is_what_is_staged_of_it, setup,
						scratch_remove),
		cmocka_unit_test_setup_teardown(bytes_without_a_proof_come_from_the_repository,
						setup, scratch_remove),
		cmocka_unit_test_setup_teardown(a_large_file_is_refused_behind_what_is_held, setup,
						scratch_remove),
		cmocka_unit_test_setup_teardown(paths_are_followed_over_staged_links, setup,
						scratch_remove),
		cmocka_unit_test_setup_teardown(a_directory_is_what_the_index_has_below_it, setup,
						scratch_remove),
		cmocka_unit_test_setup_teardown(what_is_staged_is_looked_at_without_reading, setup,
						scratch_remove),
		cmocka_unit_test_setup_teardown(what_is_only_intended_is_not_there, setup,
						scratch_remove),
		cmocka_unit_test_setup_teardown(a_conflict_has_no_content, setup, scratch_remove),
		cmocka_unit_test_setup_teardown(a_submodule_is_no_file, setup, scratch_remove),
		cmocka_unit_test_setup_teardown(another_index_is_obeyed, setup, scratch_remove),
		cmocka_unit_test_setup_teardown(what_was_asked_early_is_what_was_so_then, setup,
						scratch_remove),
		cmocka_unit_test_setup_teardown(an_early_question_without_an_answer_is_asked_again,
						setup, scratch_remove),
		cmocka_unit_test_setup_teardown(the_index_of_another_repository_is_refused, setup,
						scratch_remove),
		cmocka_unit_test_setup_teardown(a_git_that_dies_is_an_answer, setup,
						scratch_remove),
		cmocka_unit_test_setup_teardown(a_git_that_says_something_else_is_an_answer, setup,
						scratch_remove),
		cmocka_unit_test_setup_teardown(a_git_that_hangs_is_given_up_once, setup,
						scratch_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
