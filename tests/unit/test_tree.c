#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "crypto/digest.h"
#include "git/tree.h"
#include "scratch.h"
#include "trees.h"

static struct tree *open_tree(const char *name)
{
	struct tree *tree = NULL;
	struct err err = {0};

	if (tree_open_worktree(scratch_path(name), &tree, &err)) {
		fail_msg("%s", err.text);
	}
	return tree;
}

/* ---- reading by path */

static void a_file_is_read_once(void **state)
{
	struct tree *tree = NULL;
	struct text first = {0};
	struct text second = {0};
	struct err err = {0};

	(void)state;
	scratch_write("repo/bindings/x.yaml", "version: 1\n");
	tree = open_tree("repo");
	assert_int_equal(tree_read(tree, "bindings/x.yaml", MIB, &first, &err), TREE_OK);
	scratch_write("repo/bindings/x.yaml", "changed\n");
	assert_int_equal(tree_read(tree, "bindings/x.yaml", MIB, &second, &err), TREE_OK);
	assert_ptr_equal(first.at, second.at);
	expect_text(tree, "bindings/x.yaml", "version: 1\n");
	tree_free(tree);
}

static void absence_is_remembered(void **state)
{
	struct tree *tree = NULL;

	(void)state;
	scratch_write("repo/other", "");
	tree = open_tree("repo");
	expect_answer(tree, "x", TREE_ABSENT, "'x' does not exist");
	scratch_write("repo/x", "now it does\n");
	expect_answer(tree, "x", TREE_ABSENT, "'x' does not exist");
	expect_answer(tree, "other/x", TREE_ABSENT, "'other/x' does not exist");
	tree_free(tree);
}

static void an_empty_file_reads_as_empty_text(void **state)
{
	struct tree *tree = NULL;
	struct text bytes = {0};
	struct err err = {0};

	(void)state;
	scratch_write("repo/empty", "");
	tree = open_tree("repo");
	assert_int_equal(tree_read(tree, "empty", MIB, &bytes, &err), TREE_OK);
	assert_int_equal(bytes.len, 0);
	assert_non_null(bytes.at);
	tree_free(tree);
}

static void what_is_no_file_is_refused_with_its_sort(void **state)
{
	struct tree *tree = NULL;

	(void)state;
	scratch_write("repo/bindings/x.yaml/inside", "");
	(void)mkfifo(scratch_path("repo/pipe"), 0644);
	tree = open_tree("repo");
	expect_answer(tree, "bindings/x.yaml", TREE_REFUSED,
		      "'bindings/x.yaml' is a directory, not a file");
	expect_answer(tree, "pipe", TREE_REFUSED, "'pipe' is a FIFO, not a file");
	expect_answer(tree, "", TREE_REFUSED, "'' is not a path");
	tree_free(tree);
}

static void a_file_over_the_ceiling_is_refused(void **state)
{
	struct tree *tree = NULL;
	struct text bytes = {0};
	struct err err = {0};
	char *content = calloc(1, MIB + 2);

	(void)state;
	scratch_write_bytes("repo/most", content, MIB);
	scratch_write_bytes("repo/over", content, MIB + 1);
	free(content);
	tree = open_tree("repo");
	assert_int_equal(tree_read(tree, "most", MIB, &bytes, &err), TREE_OK);
	assert_int_equal(bytes.len, MIB);
	bytes = (struct text){0};
	expect_answer(tree, "over", TREE_REFUSED, "'over' is larger than 1 MiB");
	expect_answer(tree, "over", TREE_REFUSED, "'over' is larger than 1 MiB");
	assert_int_equal(tree_read(tree, "over", 16 * MIB, &bytes, &err), TREE_OK);
	assert_int_equal(bytes.len, MIB + 1);
	bytes = (struct text){0};
	expect_answer(tree, "over", TREE_REFUSED, "'over' is larger than 1 MiB");
	assert_int_equal(tree_read(tree, "most", 1000, &bytes, &err), TREE_REFUSED);
	assert_string_equal(err.text, "'most' is larger than 1000 bytes");
	tree_free(tree);
}

static void links_inside_are_followed(void **state)
{
	struct tree *tree = NULL;

	(void)state;
	scratch_write("repo/real/x.yaml", "here\n");
	(void)symlink("real", scratch_path("repo/bindings"));
	(void)symlink("real/x.yaml", scratch_path("repo/link"));
	(void)symlink(scratch_path("repo/real/x.yaml"), scratch_path("repo/absolute"));
	tree = open_tree("repo");
	expect_text(tree, "bindings/x.yaml", "here\n");
	expect_text(tree, "link", "here\n");
	expect_text(tree, "absolute", "here\n");
	tree_free(tree);
}

static void links_that_lead_out_are_refused(void **state)
{
	struct tree *tree = NULL;
	char sentence[2 * PATH_MAX];

	(void)state;
	scratch_write("outside/secret", "secret\n");
	scratch_write("repo2/file", "neighbour\n");
	scratch_write("repo/file", "");
	(void)symlink("../outside/secret", scratch_path("repo/out"));
	(void)symlink("../outside", scratch_path("repo/dir"));
	(void)symlink("../repo2/file", scratch_path("repo/neighbour"));
	(void)symlink("nowhere", scratch_path("repo/dangling"));
	(void)symlink("loop", scratch_path("repo/loop"));
	tree = open_tree("repo");
	(void)snprintf(sentence, sizeof(sentence), "'out' leads out of the repo, to '%s'",
		       scratch_path("outside/secret"));
	expect_answer(tree, "out", TREE_REFUSED, sentence);
	(void)snprintf(sentence, sizeof(sentence), "'dir/secret' leads out of the repo, to '%s'",
		       scratch_path("outside/secret"));
	expect_answer(tree, "dir/secret", TREE_REFUSED, sentence);
	(void)snprintf(sentence, sizeof(sentence), "'neighbour' leads out of the repo, to '%s'",
		       scratch_path("repo2/file"));
	expect_answer(tree, "neighbour", TREE_REFUSED, sentence);
	expect_answer(tree, "dangling", TREE_REFUSED,
		      "'dangling' is a symbolic link to 'nowhere', which does not exist");
	expect_answer(tree, "loop", TREE_REFUSED, "open 'loop': Too many levels of symbolic links");
	tree_free(tree);
}

static void paths_that_lead_out_by_themselves_are_refused(void **state)
{
	struct tree *tree = NULL;

	(void)state;
	scratch_write("repo/file", "");
	tree = open_tree("repo");
	expect_answer(tree, "/etc/passwd", TREE_REFUSED,
		      "'/etc/passwd' is an absolute path; paths are relative to the repo");
	expect_answer(tree, "../repo/file", TREE_REFUSED,
		      "'../repo/file' leads out of the repo with '..'");
	expect_answer(tree, "a/..", TREE_REFUSED, "'a/..' leads out of the repo with '..'");
	tree_free(tree);
}

static void an_unreadable_file_is_refused(void **state)
{
	struct tree *tree = NULL;

	(void)state;
	scratch_write("repo/secret", "secret\n");
	(void)chmod(scratch_path("repo/secret"), 0);
	(void)chmod(scratch_dir, 0755);
	tree = open_tree("repo");
	if (geteuid() == 0) {
		/* root may read anything: be nobody for a moment */
		assert_int_equal(seteuid(65534), 0);
	}
	expect_answer(tree, "secret", TREE_REFUSED, "open 'secret': Permission denied");
	if (getuid() == 0) {
		assert_int_equal(seteuid(0), 0);
	}
	tree_free(tree);
}

static void digest_is_that_of_the_bytes(void **state)
{
	struct tree *tree = NULL;
	char expected[65];
	char digest[65];

	(void)state;
	scratch_write("repo/file", "content\n");
	tree = open_tree("repo");
	sha256_hex("content\n", 8, expected);
	tree_digest(tree, "file", MIB, digest);
	assert_string_equal(digest, expected);
	tree_digest(tree, "absent", MIB, digest);
	assert_string_equal(digest, "");
	tree_free(tree);
}

static void what_is_there_is_looked_at_without_reading(void **state)
{
	struct tree *tree = NULL;
	struct tree_stat stat = {0};
	struct err err = {0};

	(void)state;
	scratch_write("repo/bin/run", "#!/bin/sh\n");
	(void)chmod(scratch_path("repo/bin/run"), 0750);
	(void)symlink("bin/run", scratch_path("repo/link"));
	(void)symlink("/etc/hostname", scratch_path("repo/out"));
	tree = open_tree("repo");
	assert_int_equal(tree_stat(tree, "bin/run", &stat, &err), TREE_OK);
	assert_true(stat.is_executable && stat.is_on_disk);
	assert_false(stat.is_link || stat.is_directory);
	assert_int_equal(stat.mode, 0750);
	assert_int_equal(stat.uid, getuid());
	assert_true(stat.mtime_utc_ms > 0);
	assert_int_equal(tree_stat(tree, "link", &stat, &err), TREE_OK);
	assert_true(stat.is_link && stat.is_executable);
	assert_int_equal(tree_stat(tree, "bin", &stat, &err), TREE_OK);
	assert_true(stat.is_directory);
	assert_int_equal(tree_stat(tree, "none", &stat, &err), TREE_ABSENT);
	assert_string_equal(err.text, "'none' does not exist");
	assert_int_equal(tree_stat(tree, "out", &stat, &err), TREE_REFUSED);
	assert_int_equal(tree_stat(tree, "../repo", &stat, &err), TREE_REFUSED);
	tree_free(tree);
}

static void a_directory_lists_everything_in_order(void **state)
{
	struct tree *tree = NULL;
	struct tree_names names = {0};
	struct err err = {0};

	(void)state;
	scratch_write("repo/gates/b.yaml", "");
	scratch_write("repo/gates/a.yaml", "");
	scratch_write("repo/gates/.hidden", "");
	scratch_write("repo/gates/sub/c.yaml", "");
	(void)symlink("a.yaml", scratch_path("repo/gates/link"));
	(void)mkfifo(scratch_path("repo/gates/pipe"), 0644);
	tree = open_tree("repo");
	assert_int_equal(tree_directory(tree, "gates", &names, &err), TREE_OK);
	assert_int_equal(names.len, 6);
	assert_string_equal(names.at[0], ".hidden");
	assert_string_equal(names.at[1], "a.yaml");
	assert_string_equal(names.at[2], "b.yaml");
	assert_string_equal(names.at[3], "link");
	assert_string_equal(names.at[4], "pipe");
	assert_string_equal(names.at[5], "sub");
	tree_names_release(&names);
	assert_int_equal(tree_directory(tree, "nothing", &names, &err), TREE_ABSENT);
	assert_string_equal(err.text, "'nothing' does not exist");
	assert_int_equal(tree_directory(tree, "gates/a.yaml", &names, &err), TREE_REFUSED);
	assert_string_equal(err.text, "'gates/a.yaml' is not a directory");
	assert_int_equal(tree_directory(tree, "..", &names, &err), TREE_REFUSED);
	tree_free(tree);
}

/* ---- the list */

/** "path path …" of the list. */
static void expect_paths(struct tree *tree, const char *expected)
{
	struct tree_list list = {0};
	struct str paths = {0};
	struct err err = {0};

	if (tree_list(tree, &list, &err)) {
		fail_msg("%s", err.text);
	}
	for (size_t i = 0; i < list.len; i++) {
		str_printf(&paths, i ? " %s" : "%s", list.at[i].path);
	}
	assert_string_equal(str_text(&paths), expected);
	str_release(&paths);
}

static void fill_repo(void)
{
	scratch_repo();
	scratch_write("repo/a", "a\n");
	scratch_write("repo/sub/b", "b\n");
	scratch_write("repo/sub/deep/c", "c\n");
	scratch_write("repo/sub.x", "x\n");
	GIT("add", "-A");
	scratch_write("repo/untracked", "u\n");
}

static void tracked_files_are_listed_and_others_are_not(void **state)
{
	struct tree *tree = NULL;

	(void)state;
	fill_repo();
	(void)unlink(scratch_path("repo/a"));
	tree = open_tree("repo");
	assert_true(tree_has_git(tree));
	assert_string_equal(tree_git_dir(tree), scratch_path("repo/.git"));
	expect_paths(tree, "a sub.x sub/b sub/deep/c");
	assert_non_null(tree_find(tree, "sub/b"));
	assert_int_equal(tree_find(tree, "sub/b")->mode, 0100644);
	assert_null(tree_find(tree, "sub"));
	assert_null(tree_find(tree, "untracked"));
	tree_free(tree);
}

static void a_root_below_the_top_lists_only_what_is_below(void **state)
{
	struct tree *tree = NULL;

	(void)state;
	fill_repo();
	tree = open_tree("repo/sub");
	expect_paths(tree, "b deep/c");
	assert_non_null(tree_find(tree, "deep/c"));
	expect_text(tree, "deep/c", "c\n");
	tree_free(tree);
	(void)symlink("repo/sub", scratch_path("via"));
	tree = open_tree("via");
	assert_string_equal(tree_root(tree), scratch_path("via"));
	expect_paths(tree, "b deep/c");
	tree_free(tree);
}

static void a_fresh_repository_lists_nothing(void **state)
{
	struct tree *tree = NULL;

	(void)state;
	scratch_repo();
	tree = open_tree("repo");
	expect_paths(tree, "");
	assert_null(tree_find(tree, "a"));
	tree_free(tree);
}

static void without_git_there_is_no_list(void **state)
{
	struct tree *tree = NULL;
	struct tree_list list = {0};
	struct err err = {0};

	(void)state;
	scratch_write("repo/a", "");
	tree = open_tree("repo");
	assert_false(tree_has_git(tree));
	assert_null(tree_git_dir(tree));
	assert_int_equal(tree_list(tree, &list, &err), -1);
	assert_int_equal(err.code, ERR_ABSENT);
	assert_null(tree_find(tree, "a"));
	tree_free(tree);
}

static void a_bare_repository_is_no_work_tree(void **state)
{
	struct tree *tree = NULL;

	(void)state;
	(void)mkdir(scratch_path("bare"), 0755);
	scratch_git("bare", NULL, (const char *const[]){"git", "init", "-q", "--bare", ".", NULL});
	tree = open_tree("bare");
	assert_false(tree_has_git(tree));
	tree_free(tree);
	fill_repo();
	GIT("config", "core.bare", "true");
	tree = open_tree("repo");
	assert_false(tree_has_git(tree));
	tree_free(tree);
}

static void an_empty_dot_git_is_passed_by(void **state)
{
	struct tree *tree = NULL;

	(void)state;
	fill_repo();
	(void)mkdir(scratch_path("repo/sub/.git"), 0755);
	tree = open_tree("repo/sub");
	expect_paths(tree, "b deep/c");
	tree_free(tree);
}

static void a_linked_worktree_has_its_own_list(void **state)
{
	struct tree *tree = NULL;

	(void)state;
	fill_repo();
	GIT("commit", "-q", "-m", "one");
	GIT("config", "core.bare", "true");
	GIT("worktree", "add", "-q", "../linked");
	scratch_write("linked/more", "");
	scratch_git("linked", NULL, (const char *const[]){"git", "add", "more", NULL});
	tree = open_tree("linked");
	expect_paths(tree, "a more sub.x sub/b sub/deep/c");
	assert_string_equal(tree_git_dir(tree), scratch_path("repo/.git/worktrees/linked"));
	tree_free(tree);
}

static void a_submodule_has_its_own_list(void **state)
{
	struct tree *tree = NULL;

	(void)state;
	fill_repo();
	GIT("commit", "-q", "-m", "one");
	(void)rename(scratch_path("repo"), scratch_path("origin"));
	scratch_repo();
	GIT("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../origin", "mod");
	tree = open_tree("repo");
	expect_paths(tree, ".gitmodules mod");
	assert_int_equal(tree_find(tree, "mod")->mode, GIT_MODE_COMMIT);
	tree_free(tree);
	tree = open_tree("repo/mod");
	expect_paths(tree, "a sub.x sub/b sub/deep/c");
	tree_free(tree);
}

static void an_unmerged_path_is_listed_once(void **state)
{
	struct tree *tree = NULL;

	(void)state;
	scratch_repo();
	scratch_write("repo/f", "base\n");
	GIT("add", "-A");
	GIT("commit", "-q", "-m", "base");
	GIT("checkout", "-q", "-b", "side");
	scratch_write("repo/f", "side\n");
	GIT("commit", "-q", "-a", "-m", "side");
	GIT("checkout", "-q", "main");
	scratch_write("repo/f", "main\n");
	GIT("commit", "-q", "-a", "-m", "main");
	GIT("read-tree", "-m", "HEAD~1", "HEAD", "side");
	tree = open_tree("repo");
	expect_paths(tree, "f");
	tree_free(tree);
	GIT("update-index", "--split-index");
	tree = open_tree("repo");
	expect_paths(tree, "f");
	tree_free(tree);
}

static void skipped_files_are_marked_absent(void **state)
{
	struct tree *tree = NULL;

	(void)state;
	fill_repo();
	GIT("update-index", "--skip-worktree", "sub/b");
	GIT("update-index", "--assume-unchanged", "sub/deep/c");
	tree = open_tree("repo");
	assert_true(tree_find(tree, "sub/b")->is_absent);
	assert_true(tree_find(tree, "sub/b")->is_unwatched);
	assert_false(tree_find(tree, "sub/deep/c")->is_absent);
	assert_true(tree_find(tree, "sub/deep/c")->is_unwatched);
	assert_false(tree_find(tree, "a")->is_absent);
	assert_false(tree_find(tree, "a")->is_unwatched);
	tree_free(tree);
}

static void other_forms_of_the_index_are_listed_by_git(void **state)
{
	struct tree *tree = NULL;

	(void)state;
	fill_repo();
	GIT("update-index", "--split-index");
	scratch_write("repo/z", "");
	GIT("add", "z");
	tree = open_tree("repo");
	expect_paths(tree, "a sub.x sub/b sub/deep/c z");
	tree_free(tree);
	tree = open_tree("repo/sub");
	expect_paths(tree, "b deep/c");
	tree_free(tree);
	GIT("update-index", "--assume-unchanged", "a");
	tree = open_tree("repo");
	assert_true(tree_find(tree, "a")->is_unwatched);
	assert_false(tree_find(tree, "a")->is_absent);
	assert_false(tree_find(tree, "z")->is_unwatched);
	tree_free(tree);
	GIT("update-index", "--no-assume-unchanged", "a");
	GIT("update-index", "--no-split-index");
	GIT("commit", "-q", "-m", "all");
	GIT("sparse-checkout", "init", "--cone", "--sparse-index");
	GIT("sparse-checkout", "set", "none");
	tree = open_tree("repo");
	expect_paths(tree, "a sub.x sub/b sub/deep/c z");
	assert_true(tree_find(tree, "sub/b")->is_absent);
	assert_false(tree_find(tree, "a")->is_absent);
	tree_free(tree);
}

static void a_sha256_repository_is_listed_by_git(void **state)
{
	struct tree *tree = NULL;
	struct tree_list list = {0};
	struct err err = {0};

	(void)state;
	(void)mkdir(scratch_path("repo"), 0755);
	GIT("init", "-q", "--object-format=sha256", ".");
	scratch_write("repo/a", "");
	scratch_write("repo/b", "");
	GIT("add", "-A");
	tree = open_tree("repo");
	expect_paths(tree, "a b");
	assert_int_equal(tree_list(tree, &list, &err), 0);
	assert_int_equal(list.oid_bytes, SHA256_BYTES);
	tree_free(tree);
}

static void a_broken_index_is_an_error(void **state)
{
	struct tree *tree = NULL;
	struct tree_list list = {0};
	struct err err = {0};

	(void)state;
	fill_repo();
	scratch_write("repo/.git/index", "DIRC");
	tree = open_tree("repo");
	assert_int_equal(tree_list(tree, &list, &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	assert_non_null(strstr(err.text, ".git/index"));
	assert_int_equal(tree_list(tree, &list, &err), -1);
	tree_free(tree);
}

/* ---- opening tracked files for scanning */

/** Open an entry of the list; its text, or the link's, is appended to `text`. */
static enum tree_answer open_one(struct tree *tree, const char *path, struct str *text,
				 bool *is_link)
{
	struct tree_file file = {.link = text};
	struct err err = {0};
	enum tree_answer answer = tree_open_entry(tree, tree_find(tree, path), &file, &err);
	char bytes[64];
	size_t got = 0;

	*is_link = answer == TREE_OK && file.fd < 0;
	if (answer == TREE_OK && file.fd >= 0) {
		answer = tree_file_read(&file, bytes, sizeof(bytes), &got, &err);
		assert_true(answer != TREE_OK || file.at_end);
		str_add_bytes(text, bytes, got);
	}
	tree_file_close(&file);
	assert_int_equal(answer == TREE_OK, err.code == ERR_NONE);
	return answer;
}

static void expect_entry(struct tree *tree, const char *path, enum tree_answer answer,
			 const char *text, bool is_link)
{
	struct str found = {0};
	bool found_link = false;

	assert_int_equal(open_one(tree, path, &found, &found_link), answer);
	assert_string_equal(str_text(&found), text);
	assert_int_equal(found_link, is_link);
	str_release(&found);
}

static void entries_open_as_what_is_there_now(void **state)
{
	struct tree *tree = NULL;

	(void)state;
	scratch_repo();
	scratch_write("outside/secret", "secret\n");
	scratch_write("repo/file", "file\n");
	scratch_write("repo/was_file", "x\n");
	scratch_write("repo/gone", "x\n");
	scratch_write("repo/now_pipe", "x\n");
	scratch_write("repo/now_dir", "x\n");
	scratch_write("repo/dir/x", "x\n");
	scratch_write("repo/moved/secret", "x\n");
	scratch_write("repo/filed/x", "x\n");
	(void)symlink("file", scratch_path("repo/link"));
	(void)symlink("../link target", scratch_path("repo/dir/link"));
	GIT("add", "-A");
	(void)unlink(scratch_path("repo/was_file"));
	(void)symlink("/etc/passwd", scratch_path("repo/was_file"));
	(void)unlink(scratch_path("repo/gone"));
	(void)unlink(scratch_path("repo/now_pipe"));
	(void)mkfifo(scratch_path("repo/now_pipe"), 0644);
	(void)unlink(scratch_path("repo/now_dir"));
	(void)mkdir(scratch_path("repo/now_dir"), 0755);
	(void)unlink(scratch_path("repo/moved/secret"));
	(void)rmdir(scratch_path("repo/moved"));
	(void)symlink("../outside", scratch_path("repo/moved"));
	(void)unlink(scratch_path("repo/filed/x"));
	(void)rmdir(scratch_path("repo/filed"));
	scratch_write("repo/filed", "");
	tree = open_tree("repo");
	expect_entry(tree, "file", TREE_OK, "file\n", false);
	expect_entry(tree, "dir/x", TREE_OK, "x\n", false);
	expect_entry(tree, "link", TREE_OK, "file", true);
	expect_entry(tree, "dir/link", TREE_OK, "../link target", true);
	expect_entry(tree, "was_file", TREE_OK, "/etc/passwd", true);
	expect_entry(tree, "gone", TREE_ABSENT, "", false);
	expect_entry(tree, "now_pipe", TREE_REFUSED, "", false);
	expect_entry(tree, "now_dir", TREE_ABSENT, "", false);
	expect_entry(tree, "moved/secret", TREE_ABSENT, "", false);
	expect_entry(tree, "filed/x", TREE_ABSENT, "", false);
	tree_free(tree);
}

static void a_root_that_is_no_directory_does_not_open(void **state)
{
	struct tree *tree = NULL;
	struct err err = {0};

	(void)state;
	scratch_write("file", "");
	assert_int_equal(tree_open_worktree(scratch_path("file"), &tree, &err), -1);
	assert_int_equal(tree_open_worktree(scratch_path("nothing"), &tree, &err), -1);
	assert_int_equal(err.code, ERR_ABSENT);
	assert_int_equal(tree_open_worktree("relative", &tree, &err), -1);
	assert_null(tree);
	tree_free(NULL);
}

#define SCRATCHED(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCHED(a_file_is_read_once),
		SCRATCHED(absence_is_remembered),
		SCRATCHED(an_empty_file_reads_as_empty_text),
		SCRATCHED(what_is_no_file_is_refused_with_its_sort),
		SCRATCHED(a_file_over_the_ceiling_is_refused),
		SCRATCHED(links_inside_are_followed),
		SCRATCHED(links_that_lead_out_are_refused),
		SCRATCHED(paths_that_lead_out_by_themselves_are_refused),
		SCRATCHED(an_unreadable_file_is_refused),
		SCRATCHED(digest_is_that_of_the_bytes),
		SCRATCHED(what_is_there_is_looked_at_without_reading),
		SCRATCHED(a_directory_lists_everything_in_order),
		SCRATCHED(tracked_files_are_listed_and_others_are_not),
		SCRATCHED(a_root_below_the_top_lists_only_what_is_below),
		SCRATCHED(a_fresh_repository_lists_nothing),
		SCRATCHED(without_git_there_is_no_list),
		SCRATCHED(a_bare_repository_is_no_work_tree),
		SCRATCHED(an_empty_dot_git_is_passed_by),
		SCRATCHED(a_linked_worktree_has_its_own_list),
		SCRATCHED(a_submodule_has_its_own_list),
		SCRATCHED(an_unmerged_path_is_listed_once),
		SCRATCHED(skipped_files_are_marked_absent),
		SCRATCHED(other_forms_of_the_index_are_listed_by_git),
		SCRATCHED(a_sha256_repository_is_listed_by_git),
		SCRATCHED(a_broken_index_is_an_error),
		SCRATCHED(entries_open_as_what_is_there_now),
		SCRATCHED(a_root_that_is_no_directory_does_not_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
