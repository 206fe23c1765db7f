#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "crypto/digest.h"
#include "git/beneath.h"
#include "git/git.h"
#include "git/index_file.h"
#include "git/locate.h"
#include "git/manifest.h"
#include "git/unwatched.h"

/** Ceilings: git's list of changed and untracked files, and the text of the difference. */
#define STATUS_MAX_BYTES ((size_t)256 * 1024 * 1024)
#define DIFF_MAX_BYTES ((size_t)64 * 1024 * 1024)

/** What `git status` found; the paths are relative to the root and point into its answer. */
struct changes {
	struct manifest tracked;
	struct manifest untracked;
	bool has_unwatched; /**< some of `tracked` git does not show in a difference */
	bool has_moved;     /**< HEAD is another commit than the state names */
};

/** How many space-separated fields stand before the path of a record (git-status(1), version 2). */
static int fields_before_path(char kind)
{
	switch (kind) {
	case '1':
		return 8;
	case 'u':
		return 10;
	case '?':
		return 1;
	default:
		return -1;
	}
}

/** A header; of interest is which commit HEAD is, "(initial)" where there is none. */
static void take_header(struct text record, const char *commit, struct changes *changes)
{
	static const char name[] = "# branch.oid ";
	struct text oid = {0};

	if (text_starts(record, name)) {
		oid = (struct text){record.at + sizeof(name) - 1, record.len - sizeof(name) + 1};
		changes->has_moved = !text_is(oid, commit[0] ? commit : "(initial)");
	}
}

/** One record; `prefix` is what the root adds to the paths, which are relative to git's top. */
static int take_record(struct text record, const char *prefix, struct changes *changes,
		       struct err *err)
{
	struct text rest = record;
	struct text field = {0};
	int skip = record.len > 0 ? fields_before_path(record.at[0]) : -1;

	for (int i = 0; i < skip; i++) {
		(void)text_split(&rest, ' ', &field);
	}
	if (skip < 0 || !rest.at || !text_starts(rest, prefix)) {
		return err_set(err, ERR_PEER, "git status: unexpected '%.*s'",
			       (int)(record.len < 200 ? record.len : 200), record.at);
	}
	*VEC_ADD(record.at[0] == '?' ? &changes->untracked : &changes->tracked) =
		rest.at + strlen(prefix);
	return 0;
}

/** Each record ends with a NUL, so that its path is a string. */
static int parse_status(struct text answer, const char *prefix, const char *commit,
			struct changes *changes, struct err *err)
{
	struct text record = {0};

	if (answer.len > 0 && answer.at[answer.len - 1] != '\0') {
		return err_set(err, ERR_PEER, "git status: the answer ends too early");
	}
	while (answer.len > 0) {
		(void)text_split(&answer, '\0', &record);
		if (record.len > 0 && record.at[0] == '#') {
			take_header(record, commit, changes);
		} else if (take_record(record, prefix, changes, err)) {
			return -1;
		}
	}
	return 0;
}

/** The id of the empty tree, which an unborn HEAD is compared with; it depends on the hash. */
static int empty_tree(const char *root, char out[65], struct err *err)
{
	static const char *const args[] = {"hash-object", "-t", "tree", "/dev/null", NULL};
	AUTO(auto_str) struct str answer = {.max = 65};

	if (git_run(root, args, 256, &answer, err)) {
		return -1;
	}
	memcpy(out, str_text(&answer), answer.len + 1 < 65 ? answer.len + 1 : 65);
	out[strcspn(out, "\n")] = '\0';
	return 0;
}

/**
 * The difference in one form whatever the user's diff settings are, run through nobody's driver.
 * One too large to hold, or that git cannot make because it cannot read a changed file, is told by
 * the content of the changed files instead.
 */
static int digest_difference(const char *root, const char *base, struct manifest *tracked,
			     const struct beneath *beneath, char out[SHA256_HEX_BYTES],
			     struct err *err)
{
	const char *const args[] = {
		"diff",
		"--binary",
		"--full-index",
		"--no-color",
		"--no-ext-diff",
		"--no-textconv",
		"--no-renames",
		"--no-relative",
		"--diff-algorithm=myers",
		"--indent-heuristic",
		"--unified=3",
		"--inter-hunk-context=0",
		"--src-prefix=a/",
		"--dst-prefix=b/",
		"--submodule=short",
		"--ignore-submodules=dirty",
		"-O/dev/null",
		base,
		"--",
		".",
		NULL,
	};
	AUTO(auto_str) struct str answer = {.max = DIFF_MAX_BYTES};

	if (git_run(root, args, DIFF_MAX_BYTES, &answer, err) == 0) {
		sha256_hex(str_text(&answer), answer.len, out);
		return 0;
	}
	if (tracked->len == 0 || (err->code != ERR_LIMIT && err->code != ERR_PEER)) {
		return -1;
	}
	*err = (struct err){0};
	manifest_digest(tracked, beneath, out);
	return 0;
}

/** How tracked content differs from the commit that the state names. */
static int digest_tracked(const char *root, struct changes *changes, const struct beneath *beneath,
			  struct git_state *state, struct err *err)
{
	char base[65] = "";

	if (changes->has_unwatched) {
		manifest_digest(&changes->tracked, beneath, state->diff_sha256);
		return 0;
	}
	memcpy(base, state->commit, sizeof(base));
	if (base[0] == '\0' && empty_tree(root, base, err)) {
		return -1;
	}
	return digest_difference(root, base, &changes->tracked, beneath, state->diff_sha256, err);
}

/** Fill the state from what was found. */
static int digest_changes(const char *root, struct changes *changes, struct git_state *state,
			  struct err *err)
{
	struct beneath beneath = {.root_fd = -1};
	int failed = 0;

	state->is_dirty =
		changes->tracked.len > 0 || changes->untracked.len > 0 || changes->has_moved;
	state->untracked = changes->untracked.len;
	if (!state->is_dirty) {
		return 0;
	}
	if (beneath_open_root(&beneath, root)) {
		return err_errno(err, "open directory '%s'", root);
	}
	if (changes->untracked.len > 0) {
		manifest_digest(&changes->untracked, &beneath, state->untracked_sha256);
	}
	if (changes->tracked.len > 0 || changes->has_moved) {
		failed = digest_tracked(root, changes, &beneath, state, err);
	}
	beneath_close(&beneath);
	return failed;
}

int git_dirtiness(const char *root, struct git_state *state, struct err *err)
{
	static const char *const args[] = {
		"status",       "--porcelain=v2",
		"-z",           "--untracked-files=all",
		"--no-renames", "--ignore-submodules=dirty",
		"--branch",     "--no-ahead-behind",
		"--",           ".",
		NULL,
	};
	AUTO(auto_git_place) struct git_place place = {0};
	AUTO(auto_str) struct str answer = {.max = STATUS_MAX_BYTES};
	AUTO(auto_tree) struct tree *tree = NULL;
	struct git_state found = *state;
	struct changes changes = {0};
	size_t shown = 0;
	int failed = 0;

	if (!state->has_git) {
		return 0;
	}
	if (git_place_find(root, &place, err) ||
	    git_run(root, args, STATUS_MAX_BYTES, &answer, err)) {
		return -1;
	}
	failed = parse_status(str_view(&answer), place.prefix ? place.prefix : "", state->commit,
			      &changes, err) ||
		 tree_open_worktree(root, &tree, err);
	shown = changes.tracked.len;
	failed = failed || unwatched_changes(tree, &changes.tracked, err);
	changes.has_unwatched = changes.tracked.len > shown;
	failed = failed || digest_changes(root, &changes, &found, err);
	VEC_RELEASE(&changes.tracked);
	VEC_RELEASE(&changes.untracked);
	if (failed) {
		return -1;
	}
	*state = found;
	return 0;
}

/** Ask how the index differs from a commit or tree. */
static int ask_staged(const char *root, const char *base, struct git_question *out, struct err *err)
{
	const char *const args[] = {
		"diff-index",
		"--cached",
		"--raw",
		"-z",
		"--no-abbrev",
		"--no-renames",
		"--no-relative",
		"--ita-invisible-in-index",
		base,
		"--",
		".",
		NULL,
	};
	AUTO(auto_git_place) struct git_place place = {0};
	AUTO(auto_str) struct str index = {0};

	if (git_place_find(root, &place, err) || git_index_file(&place, &index, err)) {
		return -1;
	}
	git_ask(root, index.at, args, STATUS_MAX_BYTES, out);
	return 0;
}

void git_staged_ask(const char *root, const struct git_state *state, struct git_question *out)
{
	struct err ignored = {0};

	if (state->has_git && state->commit[0]) {
		(void)ask_staged(root, state->commit, out, &ignored);
	}
}

/** The early answer, or one to the question put now. */
static int staged_answer(const char *root, const struct git_state *state,
			 struct git_question *asked, struct str *answer, struct err *err)
{
	AUTO(auto_git_question) struct git_question question = {0};
	char base[sizeof(state->commit)] = "";
	struct err ignored = {0};

	if (asked && asked->command && git_answer(asked, answer, &ignored) == 0) {
		return 0;
	}
	memcpy(base, state->commit, sizeof(base));
	if ((base[0] == '\0' && empty_tree(root, base, err)) ||
	    ask_staged(root, base, &question, err)) {
		return -1;
	}
	return git_answer(&question, answer, err);
}

int git_staged(const char *root, struct git_state *state, struct git_question *asked,
	       struct err *err)
{
	AUTO(auto_str) struct str answer = {.max = STATUS_MAX_BYTES};

	if (!state->has_git) {
		return 0;
	}
	if (staged_answer(root, state, asked, &answer, err)) {
		return -1;
	}
	state->is_dirty = answer.len > 0;
	if (state->is_dirty) {
		sha256_hex(answer.at, answer.len, state->diff_sha256);
	}
	return 0;
}
