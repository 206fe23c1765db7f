#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/codec.h"
#include "crypto/digest.h"
#include "git/git.h"
#include "scratch.h"

static struct git_state identity(const char *name)
{
	struct git_state state = {0};
	struct err err = {0};

	if (git_identity(scratch_path(name), &state, &err)) {
		fail_msg("%s", err.text);
	}
	return state;
}

static struct git_state dirtiness(const char *name)
{
	struct git_state state = identity(name);
	struct err err = {0};

	if (git_dirtiness(scratch_path(name), &state, &err)) {
		fail_msg("%s", err.text);
	}
	return state;
}

/** What a git command prints, without the newline; good until the next call. */
static const char *ask(const char *const *argv)
{
	static char answer[256];
	struct str out = {0};

	scratch_git("repo", &out, argv);
	(void)snprintf(answer, sizeof(answer), "%s", str_text(&out));
	answer[strcspn(answer, "\n")] = '\0';
	str_release(&out);
	return answer;
}

#define ASK(...) ask((const char *const[]){"git", __VA_ARGS__, NULL})

static void commit_file(const char *name, const char *text)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "repo/%s", name);
	scratch_write(path, text);
	GIT("add", "-A");
	GIT("commit", "-q", "-m", name);
}

/* ---- who we are */

static void a_clean_repository_says_who_it_is(void **state)
{
	struct git_state git;

	(void)state;
	scratch_repo();
	commit_file("a", "a\n");
	commit_file("b", "b\n");
	git = dirtiness("repo");
	assert_true(git.has_git);
	assert_false(git.is_shallow);
	assert_string_equal(git.commit, ASK("rev-parse", "HEAD"));
	assert_string_equal(git.tree, ASK("rev-parse", "HEAD^{tree}"));
	assert_string_equal(git.branch, "main");
	assert_string_equal(git.root_commit, ASK("rev-list", "--max-parents=0", "HEAD"));
	assert_false(git.is_dirty);
	assert_string_equal(git.diff_sha256, "");
	assert_string_equal(git.untracked_sha256, "");
	assert_int_equal(git.untracked, 0);
}

static void the_smallest_of_several_roots_counts(void **state)
{
	struct git_state git;
	char first[65];
	char second[65];

	(void)state;
	scratch_repo();
	commit_file("a", "a\n");
	(void)snprintf(first, sizeof(first), "%s", ASK("rev-parse", "HEAD"));
	GIT("checkout", "-q", "--orphan", "other");
	commit_file("b", "b\n");
	(void)snprintf(second, sizeof(second), "%s", ASK("rev-parse", "HEAD"));
	GIT("merge", "-q", "--allow-unrelated-histories", "-m", "both", "main");
	git = identity("repo");
	assert_string_equal(git.root_commit, strcmp(first, second) < 0 ? first : second);
	assert_string_equal(git.branch, "other");
}

static void without_a_repository_there_is_no_identity(void **state)
{
	struct git_state git = {.has_git = true};
	struct err err = {0};

	(void)state;
	scratch_write("plain/file", "");
	git = dirtiness("plain");
	assert_false(git.has_git);
	assert_false(git.is_dirty);
	assert_string_equal(git.commit, "");
	assert_int_equal(git_identity(scratch_path("nothing"), &git, &err), -1);
}

static void an_unborn_head_has_a_branch_and_no_commit(void **state)
{
	struct git_state git;

	(void)state;
	scratch_repo();
	git = dirtiness("repo");
	assert_true(git.has_git);
	assert_string_equal(git.commit, "");
	assert_string_equal(git.tree, "");
	assert_string_equal(git.root_commit, "");
	assert_string_equal(git.branch, "main");
	assert_false(git.is_dirty);
	scratch_write("repo/a", "a\n");
	git = dirtiness("repo");
	assert_true(git.is_dirty);
	assert_string_equal(git.diff_sha256, "");
	assert_int_equal(git.untracked, 1);
	GIT("add", "a");
	git = dirtiness("repo");
	assert_true(git.is_dirty);
	assert_int_equal(strlen(git.diff_sha256), 64);
	assert_int_equal(git.untracked, 0);
}

static void a_detached_head_has_no_branch(void **state)
{
	struct git_state git;

	(void)state;
	scratch_repo();
	commit_file("a", "a\n");
	GIT("checkout", "-q", "--detach");
	git = identity("repo");
	assert_string_equal(git.branch, "");
	assert_string_equal(git.commit, ASK("rev-parse", "HEAD"));
}

static void a_shallow_clone_has_no_root_commit(void **state)
{
	struct git_state git;
	char url[PATH_MAX + 8];

	(void)state;
	scratch_repo();
	commit_file("a", "a\n");
	commit_file("b", "b\n");
	(void)snprintf(url, sizeof(url), "file://%s", scratch_path("repo"));
	GIT("clone", "-q", "--depth=1", url, "../shallow");
	git = identity("shallow");
	assert_true(git.is_shallow);
	assert_string_equal(git.root_commit, "");
	assert_string_equal(git.commit, ASK("rev-parse", "HEAD"));
}

static void a_sha256_repository_says_who_it_is(void **state)
{
	struct git_state git;

	(void)state;
	(void)mkdir(scratch_path("repo"), 0755);
	GIT("init", "-q", "-b", "main", "--object-format=sha256", ".");
	scratch_write("repo/a", "a\n");
	GIT("add", "a");
	git = dirtiness("repo");
	assert_int_equal(strlen(git.diff_sha256), 64);
	commit_file("a", "a\n");
	git = dirtiness("repo");
	assert_int_equal(strlen(git.commit), 64);
	assert_string_equal(git.commit, git.root_commit);
	assert_false(git.is_dirty);
}

static void a_replaced_commit_keeps_its_own_tree(void **state)
{
	struct git_state git;
	char tree[65];

	(void)state;
	scratch_repo();
	commit_file("a", "a\n");
	commit_file("b", "b\n");
	(void)snprintf(tree, sizeof(tree), "%s", ASK("rev-parse", "HEAD^{tree}"));
	GIT("replace", "HEAD", "HEAD~1");
	git = identity("repo");
	assert_string_equal(git.tree, tree);
}

static void git_that_is_not_installed_is_said(void **state)
{
	struct git_state git = {0};
	struct err err = {0};
	const char *now = getenv("PATH");
	char *path = strdup(now ? now : "");

	(void)state;
	scratch_repo();
	(void)setenv("PATH", scratch_dir, 1);
	assert_int_equal(git_identity(scratch_path("repo"), &git, &err), -1);
	assert_non_null(strstr(err.text, "git could not be started"));
	assert_false(git.has_git);
	(void)setenv("PATH", path, 1);
	free(path);
}

static int change_owner(const char *path, const struct stat *info, int type, struct FTW *walk)
{
	(void)info;
	(void)type;
	(void)walk;
	return lchown(path, 65534, 65534);
}

static void somebody_else_s_repository_is_said(void **state)
{
	struct git_state git = {0};
	struct err err = {0};

	(void)state;
	if (geteuid() != 0) {
		skip(); /* only root can give files away */
	}
	scratch_repo();
	commit_file("a", "a\n");
	assert_int_equal(nftw(scratch_path("repo"), change_owner, 16, FTW_PHYS), 0);
	assert_int_equal(git_identity(scratch_path("repo"), &git, &err), -1);
	assert_int_equal(err.code, ERR_PEER);
	assert_non_null(strstr(err.text, "dubious ownership"));
}

/* ---- what differs */

/** SHA-256 of what a command prints. */
static const char *digest_of(const char *folder, const char *const *argv)
{
	static char digest[65];
	struct str out = {0};

	scratch_git(folder, &out, argv);
	sha256_hex(str_text(&out), out.len, digest);
	str_release(&out);
	return digest;
}

static void a_change_is_told_by_the_digest_of_the_diff(void **state)
{
	static const char *const plain[] = {
		"git", "diff", "--binary", "--full-index", "--no-renames", "HEAD", "--", ".", NULL};
	struct git_state git;
	char before[65];

	(void)state;
	scratch_repo();
	commit_file("a", "a\n");
	commit_file("b", "b\n");
	scratch_write("repo/a", "changed\n");
	git = dirtiness("repo");
	assert_true(git.is_dirty);
	assert_string_equal(git.diff_sha256, digest_of("repo", plain));
	memcpy(before, git.diff_sha256, sizeof(before));
	GIT("add", "a");
	assert_string_equal(dirtiness("repo").diff_sha256, before);
	scratch_write("repo/a", "changed again\n");
	assert_string_not_equal(dirtiness("repo").diff_sha256, before);
}

static void the_user_s_diff_settings_change_no_digest(void **state)
{
	struct git_state git;
	char before[65];

	(void)state;
	scratch_repo();
	commit_file("a", "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\n");
	GIT("mv", "a", "c");
	scratch_write("repo/b", "new\n");
	GIT("add", "b");
	git = dirtiness("repo");
	memcpy(before, git.diff_sha256, sizeof(before));
	GIT("config", "diff.noprefix", "true");
	GIT("config", "diff.mnemonicPrefix", "true");
	GIT("config", "diff.algorithm", "patience");
	GIT("config", "diff.context", "0");
	GIT("config", "diff.interHunkContext", "9");
	GIT("config", "diff.renames", "copies");
	GIT("config", "diff.external", "false");
	GIT("config", "diff.relative", "true");
	GIT("config", "diff.indentHeuristic", "false");
	GIT("config", "color.ui", "always");
	GIT("config", "core.abbrev", "5");
	GIT("config", "core.pager", "false");
	GIT("config", "status.branch", "true");
	GIT("config", "status.showStash", "true");
	GIT("config", "status.renames", "copies");
	GIT("config", "status.relativePaths", "true");
	GIT("config", "status.showUntrackedFiles", "no");
	git = dirtiness("repo");
	assert_string_equal(git.diff_sha256, before);
	scratch_write("repo/untracked", "u\n");
	assert_int_equal(dirtiness("repo").untracked, 1);
}

static void untracked_files_are_told_by_a_manifest(void **state)
{
	struct git_state git;
	struct str manifest = {0};
	char hex[65];
	char digest[65];

	(void)state;
	scratch_repo();
	commit_file(".gitignore", "ignored\n");
	scratch_write("repo/z", "last\n");
	scratch_write("repo/dir/b", "first\n");
	scratch_write("repo/line\nbreak", "odd\n");
	scratch_write("repo/ignored", "not counted\n");
	(void)symlink("/etc/passwd", scratch_path("repo/link"));
	git = dirtiness("repo");
	assert_true(git.is_dirty);
	assert_string_equal(git.diff_sha256, "");
	assert_int_equal(git.untracked, 4);
	sha256_hex("first\n", 6, hex);
	str_printf(&manifest, "%s  dir/b\n", hex);
	sha256_hex("odd\n", 4, hex);
	str_printf(&manifest, "\\%s  line\\nbreak\n", hex);
	sha256_hex("/etc/passwd", 11, hex);
	str_printf(&manifest, "%s  link\n", hex);
	sha256_hex("last\n", 5, hex);
	str_printf(&manifest, "%s  z\n", hex);
	sha256_hex(manifest.at, manifest.len, digest);
	/* "line\nbreak" sorts before "link" by its bytes */
	assert_string_equal(git.untracked_sha256, digest);
	str_release(&manifest);
}

static void a_nested_repository_counts_with_zeros(void **state)
{
	struct git_state git;
	char digest[65];
	char line[128];

	(void)state;
	scratch_repo();
	commit_file("a", "a\n");
	(void)mkdir(scratch_path("repo/nested"), 0755);
	scratch_git("repo/nested", NULL, (const char *const[]){"git", "init", "-q", ".", NULL});
	scratch_write("repo/nested/x", "x\n");
	git = dirtiness("repo");
	assert_int_equal(git.untracked, 1);
	(void)snprintf(line, sizeof(line), "%064d  nested/\n", 0);
	sha256_hex(line, strlen(line), digest);
	assert_string_equal(git.untracked_sha256, digest);
}

static void only_what_is_below_the_root_counts(void **state)
{
	struct git_state git;
	char digest[65];
	char hex[65];
	char line[128];

	(void)state;
	scratch_repo();
	scratch_write("repo/sub/a", "a\n");
	commit_file("b", "b\n");
	scratch_write("repo/b", "changed\n");
	scratch_write("repo/u", "untracked\n");
	assert_false(dirtiness("repo/sub").is_dirty);
	assert_true(dirtiness("repo").is_dirty);
	scratch_write("repo/sub/u", "untracked\n");
	git = dirtiness("repo/sub");
	assert_true(git.is_dirty);
	assert_int_equal(git.untracked, 1);
	sha256_hex("untracked\n", 10, hex);
	(void)snprintf(line, sizeof(line), "%s  u\n", hex);
	sha256_hex(line, strlen(line), digest);
	assert_string_equal(git.untracked_sha256, digest);
}

static void a_conflict_is_dirty(void **state)
{
	(void)state;
	scratch_repo();
	commit_file("f", "base\n");
	GIT("checkout", "-q", "-b", "side");
	commit_file("f", "side\n");
	GIT("checkout", "-q", "main");
	commit_file("f", "main\n");
	GIT("read-tree", "-m", "HEAD~1", "HEAD", "side");
	assert_true(dirtiness("repo").is_dirty);
	assert_int_equal(strlen(dirtiness("repo").diff_sha256), 64);
}

/* The usual trick to keep a local change for good: git status then says "clean". */
static void what_git_was_told_not_to_look_at_is_looked_at(void **state)
{
	static const char *const ways[][2] = {{"--skip-worktree", "--no-skip-worktree"},
					      {"--assume-unchanged", "--no-assume-unchanged"}};

	(void)state;
	scratch_repo();
	commit_file("kept", "kept\n");
	commit_file("a", "a\n");
	for (size_t i = 0; i < 2; i++) {
		char before[65];

		GIT("update-index", ways[i][0], "a");
		assert_false(dirtiness("repo").is_dirty);
		scratch_write("repo/a", "local\n");
		assert_string_equal(ASK("status", "--porcelain"), "");
		assert_true(dirtiness("repo").is_dirty);
		memcpy(before, dirtiness("repo").diff_sha256, sizeof(before));
		assert_int_equal(strlen(before), 64);
		scratch_write("repo/a", "local, another\n");
		assert_string_not_equal(dirtiness("repo").diff_sha256, before);
		assert_int_equal(unlink(scratch_path("repo/a")), 0);
		/* A sparse checkout has files that are not there: that is no change. */
		assert_int_equal(dirtiness("repo").is_dirty, i == 1);
		assert_int_equal(symlink("a\n", scratch_path("repo/a")), 0);
		assert_true(dirtiness("repo").is_dirty);
		assert_int_equal(unlink(scratch_path("repo/a")), 0);
		scratch_write("repo/a", "a\n");
		GIT("update-index", ways[i][1], "a");
		assert_false(dirtiness("repo").is_dirty);
	}
}

/* A commit while gates run: what they read is not the commit that the receipt names. */
static void a_head_that_moved_is_dirty(void **state)
{
	struct git_state before;
	struct git_state moved;
	struct err err = {0};

	(void)state;
	scratch_repo();
	commit_file("a", "a\n");
	before = identity("repo");
	scratch_write("repo/a", "changed\n");
	moved = before;
	assert_int_equal(git_dirtiness(scratch_path("repo"), &moved, &err), 0);
	GIT("commit", "-q", "-a", "-m", "meanwhile");
	assert_int_equal(git_dirtiness(scratch_path("repo"), &before, &err), 0);
	assert_true(before.is_dirty);
	assert_string_equal(before.diff_sha256, moved.diff_sha256);
	assert_false(dirtiness("repo").is_dirty);
}

static void a_difference_too_large_is_told_by_the_files(void **state)
{
	const size_t len = (size_t)70 * 1024 * 1024;
	struct git_state git;
	char *content = malloc(len);
	char line[128];
	char digest[65];
	char hex[65];
	uint32_t random = 1;

	(void)state;
	for (size_t i = 0; i < len; i++) {
		random = random * 1664525U + 1013904223U;
		content[i] = (char)(i % 64 == 63 ? '\n' : 'a' + (random >> 24) % 26);
	}
	scratch_repo();
	commit_file("big", "small\n");
	scratch_write_bytes("repo/big", content, len);
	git = dirtiness("repo");
	assert_true(git.is_dirty);
	sha256_hex(content, len, hex);
	(void)snprintf(line, sizeof(line), "%s  big\n", hex);
	sha256_hex(line, strlen(line), digest);
	assert_string_equal(git.diff_sha256, digest);
	free(content);
}

/** Not even root can read a pipe as a file; git gives the whole difference up. */
static void what_git_cannot_read_is_told_by_the_files(void **state)
{
	char zeros[65];
	char hex[65];
	char lines[256];
	char digest[65];

	(void)state;
	scratch_repo();
	commit_file("a", "a\n");
	commit_file("b", "b\n");
	scratch_write("repo/a", "changed\n");
	(void)unlink(scratch_path("repo/b"));
	assert_int_equal(mkfifo(scratch_path("repo/b"), 0644), 0);
	memset(zeros, '0', 64);
	zeros[64] = '\0';
	sha256_hex("changed\n", 8, hex);
	(void)snprintf(lines, sizeof(lines), "%s  a\n%s  b\n", hex, zeros);
	sha256_hex(lines, strlen(lines), digest);
	assert_string_equal(dirtiness("repo").diff_sha256, digest);
}

/* ---- nothing else happens */

static void no_hook_monitor_or_lock_is_used(void **state)
{
	struct git_state git;
	struct str before = {0};
	struct str after = {0};

	(void)state;
	scratch_repo();
	commit_file("a", "a\n");
	scratch_write("monitor", "#!/bin/sh\ntouch \"$HOME/touched\"\n");
	(void)chmod(scratch_path("monitor"), 0755);
	GIT("config", "core.fsmonitor", scratch_path("monitor"));
	scratch_write("repo/.git/hooks/post-index-change", "#!/bin/sh\ntouch \"$HOME/touched\"\n");
	(void)chmod(scratch_path("repo/.git/hooks/post-index-change"), 0755);
	scratch_write("repo/a", "a\n"); /* same content, other stat data */
	before = scratch_read("repo/.git/index");
	git = dirtiness("repo");
	after = scratch_read("repo/.git/index");
	assert_false(git.is_dirty);
	assert_int_equal(before.len, after.len);
	assert_memory_equal(before.at, after.at, before.len);
	assert_false(file_exists(scratch_path("touched")));
	str_release(&before);
	str_release(&after);
}

static void an_answer_over_the_ceiling_is_an_error(void **state)
{
	static const char *const args[] = {"cat-file", "-p", "HEAD", NULL};
	struct str out = {0};
	struct err err = {0};

	(void)state;
	scratch_repo();
	commit_file("a", "a\n");
	assert_int_equal(git_run(scratch_path("repo"), args, 20, &out, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	assert_int_equal(out.len, 0);
	assert_int_equal(git_run(scratch_path("repo"), args, 2000, &out, &err), 0);
	assert_true(out.len > 20);
	str_release(&out);
}

static void git_s_own_words_are_passed_on(void **state)
{
	static const char *const args[] = {"cat-file", "-p", "nothing", NULL};
	struct str out = {0};
	struct err err = {0};

	(void)state;
	scratch_repo();
	assert_int_equal(git_run(scratch_path("repo"), args, 2000, &out, &err), -1);
	assert_int_equal(err.code, ERR_PEER);
	assert_string_equal(err.text, "git cat-file: Not a valid object name nothing");
}

#define SCRATCHED(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCHED(a_clean_repository_says_who_it_is),
		SCRATCHED(the_smallest_of_several_roots_counts),
		SCRATCHED(without_a_repository_there_is_no_identity),
		SCRATCHED(an_unborn_head_has_a_branch_and_no_commit),
		SCRATCHED(a_detached_head_has_no_branch),
		SCRATCHED(a_shallow_clone_has_no_root_commit),
		SCRATCHED(a_sha256_repository_says_who_it_is),
		SCRATCHED(a_replaced_commit_keeps_its_own_tree),
		SCRATCHED(git_that_is_not_installed_is_said),
		SCRATCHED(somebody_else_s_repository_is_said),
		SCRATCHED(a_change_is_told_by_the_digest_of_the_diff),
		SCRATCHED(the_user_s_diff_settings_change_no_digest),
		SCRATCHED(untracked_files_are_told_by_a_manifest),
		SCRATCHED(a_nested_repository_counts_with_zeros),
		SCRATCHED(only_what_is_below_the_root_counts),
		SCRATCHED(a_conflict_is_dirty),
		SCRATCHED(what_git_was_told_not_to_look_at_is_looked_at),
		SCRATCHED(a_head_that_moved_is_dirty),
		SCRATCHED(a_difference_too_large_is_told_by_the_files),
		SCRATCHED(what_git_cannot_read_is_told_by_the_files),
		SCRATCHED(no_hook_monitor_or_lock_is_used),
		SCRATCHED(an_answer_over_the_ceiling_is_an_error),
		SCRATCHED(git_s_own_words_are_passed_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
