/**
 * From a run to its receipt: the run-start entry before the first gate, the receipt after the last.
 *
 *     record_start    the log has the start; the run has its key
 *     run_execute
 *     record_finish   the log has the receipt, the checkout has its copy, all of it is on disk
 *
 * Between the two the log is not locked: runs may overlap. A run that is killed leaves its start
 * behind, which is how it stays visible.
 */
#ifndef RECEIPT_RECORD_H
#define RECEIPT_RECORD_H

#include "git/git.h"
#include "receipt/log.h"
#include "run/run.h"

/** What a record is made of; borrowed until record_release. */
struct record_spec {
	const struct repo *repo;
	const struct run_options *options;
	const struct plan *plan;
	const struct signing_key *key;
	struct texts arguments;     /**< of the command line */
	struct statement_tool tool; /**< sha256 and os are filled in here */
};

/** One run being recorded. `{0}` is one that has not started. */
struct record {
	struct arena arena;
	const struct record_spec *spec;
	struct log *log;
	struct git_state git;
	struct git_question staged; /**< how the index differs; asked at the start */
	struct statement statement; /**< the start, and later the receipt */
	char fingerprint[FINGERPRINT_BYTES];
	const char *file;   /**< of the receipt, relative to the root; NULL until it is written */
	int64_t log_index;  /**< of the receipt's entry */
	const char *unkept; /**< why not all of what gates were told is kept; NULL: it is */
	/** Folder of the log that this work tree had under its local: name, set by the first run
	 * of another log; else NULL. */
	const char *earlier;
};

/**
 * The identity of the repo: what gaterun.yaml says, else its root commit, else
 * "local:<hash of the real path>", which is never loop evidence. In the arena.
 */
const char *record_repo_id(const struct repo *repo, const struct git_state *git,
			   struct arena *arena);

/** The origin of the log of this repo and key. -1 if git cannot be asked, or the id is no name. */
int record_origin(const struct repo *repo, const struct public_key *key, char out[ORIGIN_BYTES],
		  struct err *err);

/**
 * Append the run-start entry.
 *
 * @param run_key  RUN_KEY_BYTES; set on 0 only
 * @return         0; -1 with ERR_BUSY if the log's lock was not had, else another code
 */
int record_start(struct record *record, const struct record_spec *spec, char *run_key,
		 struct err *err);

/**
 * Append the receipt of a finished (or interrupted) run, write its copy into the checkout, and
 * bring everything to disk (that of a staged run
 * only now and then: whoever commits waits for it). After record_start returned 0; once.
 *
 * @return  0; -1 as record_start
 */
int record_finish(struct record *record, const struct run *run, struct err *err);

/**
 * Record what the receipts of shards come to (receipt/merge.h), as a run of its own: start,
 * receipt, copy in the checkout, all on disk. Instead of record_start and record_finish.
 *
 * @param spec    its options and plan are not used
 * @param merged  without identity, time and tool; borrowed like spec
 */
int record_merged(struct record *record, const struct record_spec *spec,
		  const struct statement *merged, struct err *err);

/** Let go of everything; harmless on `{0}`. */
void record_release(struct record *record);

#endif
