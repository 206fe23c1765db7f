/**
 * The history of one signer about one repo: an append-only, tamper-evident log outside the work
 * tree, shared by all clones.
 *
 *     <state>/logs/<name>/log.vkey               whose log it is
 *     <state>/logs/<name>/lock                   held while something is appended
 *     <state>/logs/<name>/entries/00000041.json  envelopes, index-named, never changed
 *     <state>/logs/<name>/checkpoints/00000042   signed heads, named by the size of the tree
 *     <state>/logs/<name>/edge                   a cache that makes appending cheap
 *     <state>/logs/<name>/torn/                  entries that a power failure left unusable
 *     <state>/seen/<name>                        the pin: the highest head ever seen
 *
 * <state> is $XDG_STATE_HOME/gaterun, and <name> 16 hexadecimal digits of SHA-256(origin).
 *
 * Appending writes a file and link(2)s it to its name, so an entry is there or not. A head is
 * signed only in log_sync, after the entries it covers are on disk: a crash can then lose entries,
 * but never leave a signed head of a tree that is gone. So a signed head without its entries is
 * never an accident, and stops everything: a smaller or different tree is not signed, ever.
 */
#ifndef RECEIPT_LOG_H
#define RECEIPT_LOG_H

#include "base/mem.h"
#include "base/vec.h"
#include "model/reason.h"
#include "receipt/entry.h"

/** Longest wait for the lock, in milliseconds; then ERR_BUSY. */
#define LOG_LOCK_WAIT_MS 10000

struct log;

enum log_access {
	LOG_READ,  /**< changes nothing; the log must exist */
	LOG_WRITE, /**< made if it does not exist */
};

/** What can be wrong with a log. To add one: a row in log_flaw_reason, and one in
 * model/reasons.def.
 */
enum log_flaw {
	LOG_SOUND,
	LOG_HISTORY_LOST,       /**< a signed head is larger than what is there */
	LOG_OTHER_TREE,         /**< entries do not hash to a signed head */
	LOG_ENTRY_MISSING,      /**< a gap */
	LOG_ENTRY_WRONG,        /**< an entry that is not what belongs there */
	LOG_FOREIGN,            /**< of another signer or repo */
	LOG_FORK,               /**< two signed heads of one size */
	LOG_CHECKPOINT_WRONG,   /**< a head that is not well formed or not by the signer */
	LOG_CHECKPOINT_MISSING, /**< the newest head, which the pin is a copy of, is not kept */
	LOG_STRAY_FILE,         /**< something that does not belong into the folder */
	LOG_RECEIPT_UNPAIRED,   /**< a receipt whose start is not the one it names */
	LOG_RECEIPT_TWICE,      /**< two receipts of one start */
	LOG_TIME_BACKWARDS,     /**< an entry is older than the one before it */
	LOG_AFTER_CLOSE,        /**< an entry behind the one that closed the log */
	LOG_CHAIN_BROKEN,       /**< it and a log before or after it do not agree (chain.h) */
	LOG_TWO_SUCCESSORS,     /**< two logs continue one */
};

/** REASON_LOG_HISTORY_LOST and so on; REASON_NONE for LOG_SOUND. */
enum reason log_flaw_reason(enum log_flaw flaw);

/** "log.history_lost" and so on; "" for LOG_SOUND. */
const char *log_flaw_word(enum log_flaw flaw);

/** Append where logs are: $XDG_STATE_HOME/gaterun, or ~/.local/state/gaterun. */
int log_state_folder(struct str *out, struct err *err);

/**
 * Open a log.
 *
 * @param state  the folder that log_state_folder gives
 * @param key    the signer's
 * @return       0; -1 with ERR_ABSENT (LOG_READ, and there is none), ERR_INPUT (it belongs to
 *               another origin or key) or ERR_SYSTEM
 */
int log_open(const char *state, const char *origin, const struct public_key *key,
	     enum log_access access, struct log **out, struct err *err);

/**
 * Open a log of whomever, where it lies, to be read: its folder says whose it is (log.vkey). It has
 * no pin here.
 *
 * @return 0; -1 with ERR_ABSENT (there is no log.vkey), ERR_INPUT (it is no log of this program) or
 *         ERR_SYSTEM
 */
int log_open_folder(const char *folder, struct log **out, struct err *err);

/** Whose log it is: its origin, and the key that signs its heads. */
const char *log_origin(const struct log *log, struct public_key *key);

void log_free(struct log *log);

static inline void auto_log(struct log **log)
{
	log_free(*log);
}

/** Where it is kept. */
const char *log_folder(const struct log *log);

/** What the last failure of a function below was about; LOG_SOUND if not about the history. */
enum log_flaw log_flaw(const struct log *log);

/** Where the next entry goes. */
struct log_position {
	int64_t seq;                 /**< its index */
	char prev[SHA256_HEX_BYTES]; /**< leaf hash of the entry before; "" for entry 0 */
	size_t set_aside;            /**< entries that a crash had left unusable: moved to torn/ */
};

/**
 * Take the lock and find the end. The caller then signs an entry for this position and appends it,
 * or gives up; log_end follows in any case, after a failure too.
 *
 * @return 0; -1 with ERR_BUSY (no lock within LOG_LOCK_WAIT_MS), ERR_INPUT (history lost, another
 *         tree, a wrong entry; see log_flaw) or ERR_SYSTEM
 */
int log_begin(struct log *log, struct log_position *out, struct err *err);

/**
 * Append an entry at the position that log_begin gave. It is there for all readers at once, and on
 * disk after log_sync.
 *
 * @param leaf  its leaf hash in hexadecimal; may be NULL
 * @return      0; -1 with ERR_INTERNAL (log_check_entry refuses it: it would make the history
 *              wrong for good), ERR_INPUT (it is older than what is there: the clock was set back;
 *              or the log is closed; see log_flaw) or ERR_SYSTEM
 */
int log_append(struct log *log, struct text entry, char leaf[SHA256_HEX_BYTES], struct err *err);

/** Release the lock. */
void log_end(struct log *log);

/**
 * Append a notice, under the lock, which it takes itself: log_begin to log_end. It is on disk and
 * under a head after log_sync.
 *
 * @param notice  its identity and time are not read: they follow from the log and the clock
 * @return        0; -1 as log_begin or log_append
 */
int log_note(struct log *log, const struct signing_key *key, const struct notice *notice,
	     struct err *err);

/**
 * Bring all entries that no head covers to disk, sign a head over everything, and move the pin.
 * Takes the lock itself; nothing to do is fine.
 */
int log_sync(struct log *log, const struct signing_key *key, struct err *err);

/** Most entries that runs without log_sync should leave uncovered; see log_wants_sync. To read and
 * check one costs 0.2 ms and more, to sync some 1 to 10 ms, once for all of them. */
#define LOG_UNCOVERED_MAX 16

/**
 * After log_append: have so many entries no head that even a run which does not care for crashes
 * should call log_sync? (Each of them is read and checked whenever the end is looked for.) Always
 * for a log that has no head yet: without one, nobody can say whether its end was taken away.
 */
bool log_wants_sync(const struct log *log);

/** Find the end without the lock, for readers. @return as log_begin, but never ERR_BUSY */
int log_load(struct log *log, struct err *err);

/** Entries that are there, after log_load or log_begin. */
int64_t log_size(const struct log *log);

/** Entries that the newest signed head covers, after log_load or log_begin. */
int64_t log_covered(const struct log *log);

/** Append the bytes of an entry; ERR_ABSENT if it is not there. */
int log_entry(const struct log *log, int64_t seq, struct str *out, struct err *err);

/**
 * Read and check the entry that should stand at `seq`: signature, form, and that it says so itself.
 *
 * @param prev  leaf hash of the entry before, in hexadecimal; NULL: not compared
 */
int log_check_entry(const struct log *log, struct text bytes, int64_t seq, const char *prev,
		    struct arena *arena, struct entry *out, struct err *err);

/**
 * Prove that entry `seq` is covered by the newest signed head, after log_load.
 *
 * @param head  NULL, or gets that head as a signed note
 * @return      0; -1 with ERR_ABSENT (no head covers it yet) or ERR_INPUT (see log_flaw)
 */
int log_prove(struct log *log, int64_t seq, struct merkle_proof *proof, struct str *head,
	      struct err *err);

/**
 * The earliest signed head that covers entry `seq`, after log_load: the same one whenever and
 * wherever it is asked for, as long as heads are kept.
 *
 * @param note  the signed note
 * @return      0; -1 with ERR_ABSENT (no head covers it yet) or ERR_INPUT (see log_flaw)
 */
int log_head_over(struct log *log, int64_t seq, struct checkpoint *out, struct str *note,
		  struct err *err);

/** Prove that each of `count` entries is covered by a signed head of this log. */
int log_prove_under(struct log *log, const struct checkpoint *head, const int64_t *seqs,
		    size_t count, struct merkle_proof *proofs, struct err *err);

/**
 * The leaf hashes of all entries that the newest signed head covers, which they hash to: what
 * proves each of them at once. After log_load.
 *
 * @param out  log_covered of them; the caller frees it
 * @return     0; -1 with ERR_ABSENT (there is no head yet) or ERR_INPUT (see log_flaw)
 */
int log_leaves(struct log *log, struct merkle_hash **out, struct err *err);

/**
 * The index of the log-close, after log_leaves: the first one under the newest head, so that
 * whatever follows it was signed by whoever had no right to go on; -1: there is none.
 */
int64_t log_closed_at(const struct log *log);

/** Is the last entry a log-close, under a signed head? After log_load. */
bool log_is_closed(const struct log *log);

/** Do the first `size` entries hash to this root? If not, `err` says so. */
int log_check_root(struct log *log, int64_t size, const struct merkle_hash *root, struct err *err);

/** The index of the receipt of a run, the newest first; ERR_ABSENT if there is none. */
int log_find(const struct log *log, const char *run_key, int64_t *seq, struct err *err);

/** One thing that is wrong. */
struct log_problem {
	enum log_flaw flaw;
	int64_t seq; /**< entry, or size of the head; -1: the log as a whole */
	const char *text;
};

/** What a check found. Texts live in the arena. */
struct log_report {
	struct arena arena;
	struct VEC(struct log_problem) problems; /**< none: the log is sound */
	bool is_full;                            /**< every signature was checked */
	int64_t size;
	int64_t covered;    /**< by the newest signed head */
	int64_t heads;      /**< checkpoints that were read, and are as they should be */
	int64_t runs;       /**< starts; only of a full check */
	int64_t unfinished; /**< starts without a receipt: killed, or still running; as above */
	bool has_pin;
	/** Of the entries, from the first to where one is missing. */
	struct VEC(struct merkle_hash) leaves;
};

/** Add a problem to a report. */
void log_problem(struct log_report *report, enum log_flaw flaw, int64_t seq, const char *format,
		 ...) __attribute__((format(printf, 4, 5)));

void log_report_release(struct log_report *report);

/** log_report_release for AUTO. */
static inline void auto_log_report(struct log_report *report)
{
	log_report_release(report);
}

/** How closely a log is looked at. */
struct log_look {
	/** Check every signature, form, index and link, every head, and that receipts and starts
	 * belong together. Else all entries are hashed and compared with the newest signed head and
	 * the pin, and only what no head covers is checked like that, unless something is wrong:
	 * then all is, so that it can be named. */
	bool is_full;
	/** Spread the work over the threads of the pool; not to be asked from one of them. */
	bool uses_pool;
	/** Told how many files are done; NULL: nobody is. Runs on the caller's thread. */
	void (*progress)(size_t done, size_t planned, void *cookie);
	void *cookie;
};

/**
 * Check a log.
 *
 * @return 0 whatever was found; -1 if the files could not be read
 */
int log_verify(struct log *log, const struct log_look *look, struct log_report *out,
	       struct err *err);

#endif
