/**
 * Questions put to the git command line: read-only, no prompts, no hooks, no optional locks.
 */
#ifndef GIT_GIT_H
#define GIT_GIT_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "loop/child.h"

/**
 * Run git below `root` and collect its standard output.
 *
 * @param args  arguments behind the common ones; ends with NULL
 * @param max   ceiling of the output in bytes
 * @param out   appended to on 0 only
 * @return      0 if git exited with 0; -1 with the first line of its stderr
 */
int git_run(const char *root, const char *const *args, size_t max, struct str *out,
	    struct err *err);

/** As git_run, looking at another index than the repository's own; NULL: at that one. */
int git_run_on(const char *root, const char *index_file, const char *const *args, size_t max,
	       struct str *out, struct err *err);

/** A question that git is at while something else is done. `{0}` is none; it stays where it is. */
struct git_question {
	struct child_ahead child;
	const char *command; /**< the first of its arguments; NULL: nothing was asked */
	size_t max;
};

/** Begin what git_run_on does; what is wrong is said by git_answer. The arguments are copied, but
 * for the first. */
void git_ask(const char *root, const char *index_file, const char *const *args, size_t max,
	     struct git_question *out);

/** Wait for the answer, as git_run_on; once. */
int git_answer(struct git_question *question, struct str *out, struct err *err);

/** Have git stop, if it is at it. */
void git_question_release(struct git_question *question);

static inline void auto_git_question(struct git_question *question)
{
	git_question_release(question);
}

/** The words of a command, ended by NULL; borrowed texts. */
struct git_words VEC(const char *);

/** `git` below `root` with the common arguments and `args` (ended by NULL), as git_run starts it.
 */
void git_words(const char *root, const char *const *args, struct git_words *out);

/** What every git child gets: read-only for real, no index refresh written back, no missing object
 * fetched from a network. Ended by NULL. */
extern const char *const git_environment[];

/** What a receipt says about the source. Object ids are hexadecimal; "" where there is none. */
struct git_state {
	bool has_git;
	bool is_shallow;
	char commit[65];
	char tree[65];
	char branch[256];     /**< "" when detached */
	char root_commit[65]; /**< the smallest root commit; "" on an unborn HEAD or shallow clone
			       */
	bool is_dirty; /**< tracked content differs from the commit, there are untracked files, or
			  HEAD is another commit by now */
	/**
	 * Of `git diff --binary --full-index --no-renames HEAD -- .` run in the root; of a manifest
	 * of the changed files (as below) if that is larger than 64 MiB, if git cannot read one of
	 * them, or if it was told not to look at one (git/unwatched.h); "" when tracked content is
	 * clean. What submodules hold does not count, only the commit they are at.
	 */
	char diff_sha256[65];
	/** Of the manifest of untracked files (git/manifest.h), paths relative to the root; "" if
	 * none. */
	char untracked_sha256[65];
	size_t untracked; /**< how many */
};

/**
 * The root commit and HEAD, with two git calls at once.
 *
 * @return  0 also without a repository; -1 where there is one that git does not read: not
 * installed, owned by somebody else ("dubious ownership"), broken
 */
int git_identity(const char *root, struct git_state *out, struct err *err);

/** Whether the work tree differs from HEAD, and the digests of how. Needs git_identity first. */
int git_dirtiness(const char *root, struct git_state *state, struct err *err);

/**
 * As git_dirtiness, of what is about to be committed: whether the index differs from HEAD. The
 * digest is of `git diff-index --cached --raw -z --no-abbrev --no-renames
 * --ita-invisible-in-index HEAD -- .` run in the root, which names every changed blob; the work
 * tree and its untracked files do not matter.
 *
 * @param asked  what git_staged_ask began, so that git is done by now; NULL: nothing
 */
int git_staged(const char *root, struct git_state *state, struct git_question *asked,
	       struct err *err);

/** Begin what git_staged does, while something else is done. Whatever keeps that from being done
 * is found, and said, by git_staged. */
void git_staged_ask(const char *root, const struct git_state *state, struct git_question *out);

#endif
