/**
 * The one way to repo content: list, read, object id. Gates cannot tell which tree they look at.
 *
 * There are the work tree, the git index and a revision; others are further rows of `struct
 * tree_ops`. Each file is read once per run: tree_read keeps the bytes. Scanning, which looks at
 * every file once, uses tree_open_entry and keeps nothing.
 */
#ifndef GIT_TREE_H
#define GIT_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "git/index.h"

struct tree;

/** A tracked file; `path` is relative to the root of the repo (which may lie below git's top). */
struct tree_entry {
	const char *path;
	const unsigned char *oid;
	uint32_t mode;      /**< as in the index */
	uint32_t size;      /**< low 32 bits, when git last looked; 0 where git does not say */
	bool is_absent;     /**< not expected there (skip-worktree); it may be there all the same */
	bool is_unwatched;  /**< git was told not to look at it: that, or assume-unchanged */
	bool is_conflicted; /**< a merge left it in several versions; `oid` is the first one's */
	bool is_intended;   /**< nothing is staged yet (`git add --intent-to-add`); not always known
			     */
};

struct tree_list {
	const struct tree_entry *at; /**< sorted by path (bytes), each path once */
	size_t len;
	size_t oid_bytes;
};

/** Which tracked files differ from a commit, in content or mode, and which are there no more. */
struct tree_changes {
	char commit[65]; /**< its id */
	const char **at; /**< paths as in tree_list, sorted by bytes */
	size_t len;
	struct str answer; /**< the paths point into it */
};

/** How a read ended. */
enum tree_answer {
	TREE_OK,
	TREE_ABSENT,  /**< no such file */
	TREE_REFUSED, /**< a directory, FIFO, device, unreadable, too large, or led out of the root
		       */
	TREE_CONFLICTED, /**< a merge left several versions of it in the index, and none is staged
			  */
};

/** The work tree below `root` (an absolute, existing directory). Opens nothing but the directory.
 */
int tree_open_worktree(const char *root, struct tree **out, struct err *err);

/**
 * What is about to be committed: the git index of the work tree that `root` is in. A hook's
 * GIT_INDEX_FILE is obeyed. Its list is read at once.
 *
 * Bytes come from the work tree only where their object id proves that they are the staged ones,
 * whatever filters, line endings or clocks did; else from the object store. Paths are followed over
 * the symbolic links that the index holds. What was only announced with `git add -N` is not there.
 *
 * @return  0; -1 with ERR_ABSENT if there is no git, or why the index cannot be read
 */
int tree_open_index(const char *root, struct tree **out, struct err *err);

/**
 * A revision of the repository that `root` is in, as git names revisions: what it has below the
 * same folder. Nothing is checked out. Its list is read at once; bytes come as for tree_open_index.
 *
 * @return  0; -1 with ERR_ABSENT if there is no git or no such revision
 */
int tree_open_revision(const char *root, const char *revision, struct tree **out, struct err *err);

void tree_free(struct tree *tree);

static inline void auto_tree(struct tree **tree)
{
	tree_free(*tree);
}

/** The absolute root, without a trailing slash. */
const char *tree_root(const struct tree *tree);

/** Is it the work tree: are its files where a program would find them? */
bool tree_is_on_disk(const struct tree *tree);

/** Is the root inside a git work tree? The nearest `.git` upwards decides; no git is run. */
bool tree_has_git(struct tree *tree);

/** Absolute path of the git directory of this work tree (in a linked worktree: its own); NULL if
 * none. */
const char *tree_git_dir(struct tree *tree);

/**
 * Absolute path of the git directory that all work trees of the repository share, where something
 * about blobs may be kept; NULL unless what an entry of this tree gives is always the blob that its
 * object id names. In the work tree it is not: files change, and filters change them.
 */
const char *tree_blob_folder(struct tree *tree);

/**
 * The tracked files, from git's index; read once. -1 with ERR_ABSENT if there is no git.
 * A form of the index that index.h does not read is asked for with `git ls-files`.
 */
int tree_list(struct tree *tree, struct tree_list *out, struct err *err);

/** One tracked file by path; NULL if it is not tracked or there is no list. */
const struct tree_entry *tree_find(struct tree *tree, const char *path);

/**
 * Ask git what differs from a revision; release it with tree_changes_release.
 *
 * @return  0; -1 with ERR_ABSENT if there is no git or no such commit (see revision_commit)
 */
int tree_changed(struct tree *tree, const char *revision, struct tree_changes *out,
		 struct err *err);

void tree_changes_release(struct tree_changes *changes);

/** Does the path differ? */
bool tree_changes_hold(const struct tree_changes *changes, const char *path);

/** Does the file differ, or can nobody say: git was told not to look at it, a merge left several
 * versions, nothing is staged of it? */
bool tree_entry_differs(const struct tree_changes *changes, const struct tree_entry *entry);

/** Is the path a tracked regular file that is surely as it was? Not if it is no tracked file, or
 * a link, whose end may have changed. */
bool tree_is_unchanged(struct tree *tree, const struct tree_changes *changes, const char *path);

/** Is the path relative, without `..`, and not empty? Looks at nothing but the text. */
int tree_check_path(const char *path, struct err *err);

/**
 * The whole content of a regular file. Symbolic links inside the root are followed; one that leads
 * out of it is refused.
 *
 * @param path   relative to the root; absolute paths and `..` are refused
 * @param bytes  kept by the tree until tree_free
 * @param err    filled for everything but TREE_OK
 */
enum tree_answer tree_read(struct tree *tree, const char *path, size_t max, struct text *bytes,
			   struct err *err);

/** Names of everything directly in a directory, sorted; release it with tree_names_release. What is
 * no file is listed too: tree_read says so, where leaving it out would hide it. */
struct tree_names {
	char **at;
	size_t len;
};

/** List a directory. `path` and `err` are as for tree_read. */
enum tree_answer tree_directory(struct tree *tree, const char *path, struct tree_names *out,
				struct err *err);

void tree_names_release(struct tree_names *names);

/** What a path names in the end, links followed. */
struct tree_stat {
	bool is_directory;
	bool is_link; /**< the path itself names a symbolic link */
	bool is_executable;
	bool is_on_disk; /**< the members below are known: it is the work tree */
	uint32_t mode;   /**< permission bits, 07777 */
	uint32_t uid;
	int64_t mtime_utc_ms;
};

/** Look at a file or directory without reading it. `path`, links and `err` are as for tree_read. */
enum tree_answer tree_stat(struct tree *tree, const char *path, struct tree_stat *out,
			   struct err *err);

/** SHA-256 over the bytes tree_read gives, as 64 hexadecimal digits; "" if it cannot be read. */
void tree_digest(struct tree *tree, const char *path, size_t max, char out[65]);

/** Most bytes of one file that a tree without descriptors holds. */
#define TREE_HELD_MAX_BYTES ((size_t)64 * 1024 * 1024)

/** A tracked file opened for scanning. */
struct tree_file {
	const struct tree_entry *entry;
	int fd;           /**< -1 for a symbolic link, and for a file whose bytes are held */
	bool is_link;     /**< a symbolic link: nothing is left to read */
	struct str *link; /**< set by the caller: appended with the content of a symbolic link */
	size_t offset;    /**< how much was read */
	bool at_end;      /**< all was read */
	char *store;      /**< what `held` is in; NULL where `fd` is read */
	struct text held; /**< the content, or its first TREE_HELD_MAX_BYTES */
	size_t size;      /**< of the content of which `held` is the start */
};

/**
 * Open a tracked file for scanning; safe to call from several threads at once. What is there now
 * decides whether it is a file or a link, not what git recorded. No link is ever followed.
 *
 * @param file  close it with tree_file_close on TREE_OK
 * @param err   filled for everything but TREE_OK
 * @return      TREE_ABSENT also when a directory of its path is now a link or a file
 */
enum tree_answer tree_open_entry(const struct tree *tree, const struct tree_entry *entry,
				 struct tree_file *file, struct err *err);

/**
 * Read on: fill `room` bytes, or all that is left, and set `at_end` then.
 *
 * @return  TREE_ABSENT when it proves to be a directory; TREE_REFUSED when it is no regular file or
 *          cannot be read
 */
enum tree_answer tree_file_read(struct tree_file *file, char *at, size_t room, size_t *got,
				struct err *err);

/** How large it is now: a question to the system, for the few files where it matters. */
size_t tree_file_size(const struct tree_file *file);

/** Start again from the beginning. */
void tree_file_rewind(struct tree_file *file);

void tree_file_close(struct tree_file *file);

#endif
