/**
 * The one pass over the tracked files that all text gates of a run share: each file is opened and
 * read once, on the threads of the pool, and shown to every rule it concerns.
 *
 * A kind fills a `struct scan_rule`, calls scan_add in `begin`, asks scan_is_done in `is_ready` and
 * takes what was found with scan_collect in `judge`. Rules that are added in one round of the loop
 * share one pass; one added later gets a pass of its own.
 */
#ifndef CHECK_TEXT_SCAN_H
#define CHECK_TEXT_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "data/field.h"
#include "git/tree.h"
#include "loop/loop.h"

/** Bytes of one read; a fast test sees this much, and SCAN_CARRY_BYTES of what came before. */
#define SCAN_CHUNK_BYTES ((size_t)256 * 1024)
#define SCAN_CARRY_BYTES ((size_t)32)

/** A file that must be looked at as a whole and is larger is SCAN_TOO_LARGE. */
#define SCAN_TEXT_MAX_BYTES ((size_t)64 * 1024 * 1024)

/** Hits kept of one file and of one rule; more are only counted. */
#define SCAN_FILE_HITS_MAX 1000
#define SCAN_RULE_HITS_MAX 100000

struct scan;
struct scan_sink;

/** The text of one file, as a rule's judge sees it. */
struct scan_text {
	const char *path;  /**< relative to the root */
	struct text bytes; /**< all of it; UTF-16 with a byte order mark as UTF-8 without one; for a
			      symbolic link the path it holds */
};

/** What a rule looks for. All of it is borrowed until scan_free. */
struct scan_rule {
	const char *gate;            /**< id, for `gaterun:allow` */
	const struct texts *aliases; /**< further ids that permit; NULL: none */
	const struct texts *paths;   /**< globs; a file must match one; NULL or empty: every file */
	bool wants_scripts; /**< the files that match one of `paths`, and texts that start with #!
			     */
	const struct texts *except[2]; /**< globs of files not to look at; NULL: none */
	const char *skip_folder;       /**< nothing below this folder is looked at; NULL: none */
	const char *skip_file;         /**< this one file is not looked at; NULL: none */
	const struct tree_changes *changed; /**< only files that differ; NULL: every file */
	/** Of everything it depends on that nothing is found in a text, but for the members above
	 * (scan_cache_digest); NULL where paths, or other files, have a say in that. */
	const unsigned char *digest;
	/** Should the whole text be judged? It may say yes too often, never no too often; it sees
	 * one chunk with the bytes before it, so what it looks for must fit into
	 * SCAN_CARRY_BYTES + 1. NULL: every text is judged. Runs on several threads. */
	bool (*may_hit)(const void *cookie, const char *bytes, size_t len);
	/** Report every hit with scan_hit. Runs on several threads. */
	void (*judge)(const void *cookie, void *state, const struct scan_text *text,
		      struct scan_sink *sink);
	/** What judge needs for itself on each thread, its `state`; NULL: nothing. */
	void *(*open_state)(const void *cookie);
	void (*close_state)(void *state);
	const void *cookie;
	struct task *waiter; /**< woken when the pass is over; NULL: nobody */
};

/** Report a hit: `len` bytes at `offset` of the text. In the order of offsets it is cheapest. */
void scan_hit(struct scan_sink *sink, size_t offset, size_t len, const char *detail);

/** Report something about the file as a whole: a demanded text that it lacks, say. */
void scan_hit_file(struct scan_sink *sink, const char *detail);

/** Report that the file could not be judged to its end; `why` is a sentence. */
void scan_give_up(struct scan_sink *sink, const char *why);

enum scan_sort {
	SCAN_HIT,
	SCAN_HIT_ALLOWED, /**< its line says `gaterun:allow <gate> reason` */
	SCAN_UNREADABLE,  /**< the tracked file is there and could not be read; `text` says why */
	SCAN_CONFLICTED,  /**< a merge left several versions; `text` says so */
	SCAN_TOO_LARGE,   /**< it must be seen whole and is larger than SCAN_TEXT_MAX_BYTES */
	SCAN_GAVE_UP,     /**< the judge said so; `text` is its sentence */
};

/** Something that was found. The texts live until scan_free. */
struct scan_finding {
	enum scan_sort sort;
	const char *path;
	int line;               /**< from 1; 0: the file as a whole. Lines end with '\n' */
	int column;             /**< from 1, in bytes (of the UTF-8 form) */
	const char *text;       /**< what matched, printable, shortened to 200 bytes */
	const char *detail;     /**< as the judge gave it; NULL: none */
	const char *permission; /**< the reason that allows it; NULL: not allowed */
	bool lacks_reason;      /**< not allowed, because `gaterun:allow <gate>` has no reason */
};

/** How many files were what, of those that concern the rule. */
struct scan_counts {
	size_t looked; /**< read as text to the end, now or earlier; symbolic links count */
	size_t binary; /**< a NUL in the first 8000 bytes: not looked at */
	size_t absent; /**< tracked, but no longer in the work tree */
	size_t sparse; /**< left out of the work tree (skip-worktree): what they hold is unknown */
	size_t submodules; /**< never looked into */
	size_t unreadable; /**< each is a finding too; conflicted ones count here */
	size_t too_large;  /**< each is a finding too */
	size_t unreached;  /**< the pass was stopped before them: whatever they hold is unknown */
};

/** What one rule's pass gave. */
struct scan_result {
	const struct scan_finding *at; /**< sorted by path, line, column */
	size_t len;
	size_t dropped; /**< hits beyond the ceilings */
	struct scan_counts counts;
	const struct err *failed; /**< why nothing was scanned (no list of files); NULL: it was */
};

/**
 * A scanner for a tree, on a loop. Nothing is read before a rule is added.
 *
 * tree_list should have been called before the loop runs: for some forms of the index it runs git.
 */
struct scan *scan_open(struct loop *loop, struct tree *tree);

/**
 * Believe what earlier scans found out about blobs, and keep what this one does (scan_cache.h).
 * Nothing comes of it where the tree's files are not proven to be blobs: in the work tree. Before
 * the first rule is added.
 */
void scan_use_cache(struct scan *scan);

/** Let go; the loop must have been freed before, so that no thread works on it any more. NULL is
 * fine. */
void scan_free(struct scan *scan);

/** Add a rule; its pass starts in the next round of the loop, or after the one that runs. */
void scan_add(struct scan *scan, const struct scan_rule *rule);

/** Is the rule's pass over? */
bool scan_is_done(const struct scan *scan, const struct scan_rule *rule);

/**
 * What was found; called once. Before scan_is_done (a gate that is judged at its deadline) it is
 * what was found so far, and the pass goes on without the rule.
 *
 * @param out  its array lives until scan_free
 */
void scan_collect(struct scan *scan, const struct scan_rule *rule, struct scan_result *out);

#endif
