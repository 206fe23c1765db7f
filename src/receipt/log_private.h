/**
 * Private to the files of log, and to its tests.
 */
#ifndef RECEIPT_LOG_PRIVATE_H
#define RECEIPT_LOG_PRIVATE_H

#include "base/file.h"
#include "receipt/log.h"

/** Most entries: what eight digits can name. */
#define LOG_ENTRIES_MAX 100000000

/** What is known about the end of the tree. */
struct log_tree {
	struct merkle_range range;  /**< of all entries */
	struct merkle_range before; /**< without the last one; see edge */
	struct merkle_hash last;    /**< leaf of the last one */
	int64_t covered;            /**< size of the newest signed head */
};

struct log {
	char *state;
	char *folder;
	char *pin;
	char origin[ORIGIN_BYTES];
	struct public_key key;
	enum log_access access;
	int64_t lock_wait_ms; /**< LOG_LOCK_WAIT_MS; tests wait less */
	int lock;             /**< descriptor while it is held, else -1 */
	bool is_loaded;
	bool is_new; /**< made by this process: its folders are not on disk yet */
	size_t set_aside;
	int64_t closed_at; /**< the first log-close that was read for its leaf; -1: none so far */
	struct log_tree tree;
	enum log_flaw flaw;
};

/* ---- files (log.c) */

/** Path of a file in the log's folder: one of "%s", or a folder and a number. */
void log_path(const struct log *log, struct str *out, const char *name);
void log_entry_path(const struct log *log, struct str *out, int64_t seq);
void log_checkpoint_path(const struct log *log, struct str *out, int64_t size);

/** Read a regular file that is no symbolic link. */
int log_read(const char *path, size_t max, struct str *out, struct err *err);

/** Write a file whole or not at all, never over another: ERR_BUSY if it exists. Needs the lock.
 * With FILE_SYNC_YES its bytes are on disk before it has its name. */
int log_write(const struct log *log, const char *path, struct text bytes, enum file_sync sync,
	      struct err *err);

/** How much older than the entry before it an entry may be: what runs wait for the lock, and what
 * clocks are corrected by. */
#define LOG_BACKWARDS_MS 300000

/** Say what is wrong with the history; the value is -1. */
#define log_refuse(log, what, ...) ((log)->flaw = (what), err_set(err, ERR_INPUT, __VA_ARGS__))

/* ---- the lock (log_lock.c) */

/** Wait for the lock on a file, which is made, and take it; ERR_BUSY after `wait_ms`. */
int log_lock_file(const char *path, int64_t wait_ms, int *out, struct err *err);

/** Wait for the lock, and take it; ERR_BUSY after lock_wait_ms. */
int log_lock(struct log *log, struct err *err);

/** Release the lock, if it is held. */
void log_unlock(struct log *log);

/* ---- heads (log_head.c) */

/** The pin; ERR_ABSENT where there is none that can be read. */
int log_read_pin(const struct log *log, struct checkpoint *out, struct str *note, struct err *err);

/** The signed head of a size. */
int log_read_head(const struct log *log, int64_t size, struct checkpoint *out, struct str *note,
		  struct err *err);

/** Sizes of the heads that are there, sorted. */
struct log_sizes VEC(int64_t);

/** Files with other names are problems of the report, if there is one. */
int log_list(const struct log *log, const char *folder, const char *suffix, struct log_sizes *out,
	     struct log_report *report, struct err *err);

/** One more entry at the end. */
void log_add_leaf(struct log_tree *tree, const struct merkle_hash *leaf);

/* ---- the end of the tree (log_tree.c) */

/** Find the end of the tree: from the newest head, then entry by entry. */
int log_find_end(struct log *log, struct err *err);

/** Keep what makes the next log_find_end cheap. Failing is harmless. */
void log_write_edge(const struct log *log);

/** How an entry can be unusable. */
enum log_entry_state {
	LOG_ENTRY_GOOD,
	LOG_ENTRY_TORN, /**< not even an envelope: what a power failure leaves */
	LOG_ENTRY_BAD,
	LOG_ENTRY_FOREIGN, /**< of another signer or another log */
};

/** log_check_entry, telling torn from bad. */
enum log_entry_state log_judge_entry(const struct log *log, struct text bytes, int64_t seq,
				     const char *prev, struct arena *arena, struct entry *out,
				     struct err *err);

/**
 * Could this entry be a log-close, which most need not be taken apart for? False: it is none. It
 * looks for "log-close:v1", the end of its predicateType, in the three ways in which base64 spells
 * it; an escape might spell it in others.
 */
bool log_may_close(struct text entry);

/** A hash in hexadecimal. */
void log_hex(const struct merkle_hash *hash, char out[SHA256_HEX_BYTES]);

/* ---- reading all of it (log_look.c) */

/** An entry, as a check sees it before it is compared with the others. */
struct log_seen {
	int64_t seq;
	bool is_read;         /**< `leaf` is set */
	enum log_flaw flaw;   /**< what is wrong with it alone; LOG_SOUND: nothing */
	char *why;            /**< the sentence about it */
	bool is_checked;      /**< its signature and form were looked at; else only `leaf` */
	enum entry_kind kind; /**< with is_checked and without flaw, as all that follows */
	bool is_close;        /**< a log-close: nothing may follow it */
	bool has_receipt;     /**< of a start, set while comparing */
	struct merkle_hash leaf;
	int64_t utc_ms; /**< entry_time */
	char prev[SHA256_HEX_BYTES];
	unsigned char shared[SHA256_BYTES]; /**< statement_shared; of no notice, as what follows */
	char run_key[RUN_KEY_BYTES];
	int64_t start_seq;
	char start_leaf[SHA256_HEX_BYTES];
};

/** A signed head. */
struct log_seen_head {
	int64_t named; /**< the size that its name says */
	struct merkle_hash root;
	char *why; /**< what is wrong with it; NULL: nothing */
};

/** What is read, and what came of it. */
struct log_pass {
	const struct log *log;
	const struct log_look *look;
	int64_t checked_from; /**< entries from here on are checked, others hashed unless they
			       * may close the log */
	struct log_seen *entries;
	size_t entry_count;
	struct log_seen_head *heads;
	size_t head_count;
};

/** Read all of it; `seq` and `named` are set. -1 only if the machine cannot. */
int log_look_at(struct log_pass *pass, struct err *err);

void log_pass_release(struct log_pass *pass);

#endif
