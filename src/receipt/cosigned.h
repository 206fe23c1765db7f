/**
 * Cosignatures as files beside the heads that they are about, one line each:
 *
 *     <log>/cosig/00000042.1b2c3d4e                      beside the log's checkpoints
 *     receipts/evidence/<log>/cosig/00000042.1b2c3d4e    beside heads that were kept
 *
 * named by the size of the head and the key id of the witness. They prove something together with
 * a head and a policy (log_policy.h) and are worth nothing by themselves.
 */
#ifndef RECEIPT_COSIGNED_H
#define RECEIPT_COSIGNED_H

#include "receipt/log.h"
#include "receipt/log_policy.h"

/** Ceiling of such a file. */
#define COSIGNATURE_BYTES ((size_t)1024)

/** Name of a file. */
void cosigned_name(int64_t size, const struct witness *witness, struct str *out);

/** Size of the head that a file of that name is about; false if it is no such name. */
bool cosigned_size(const char *name, int64_t *size);

/** Of one log: a size for which there are cosignatures, and what they prove. */
struct cosigned_head {
	int64_t size;
	struct witnessed witnessed; /**< log.history_lost: there is no head of that size here;
				       log.other_tree: it is not of the history that is here */
};

struct cosigned_heads VEC(struct cosigned_head);

/** Who judges the cosigned heads of a log, and by what. */
struct cosigned_judge {
	const struct log_policy *policy;
	int64_t now_utc_ms;
	/** What the entries hash to, from the first on. Whoever has the log's key can sign another
	 * history and leave the head that was cosigned where it is: what witnesses said is about
	 * an entry only if the head is that of the entries. */
	const struct merkle_hash *leaves;
	size_t leaf_count;
};

/** Judge all cosigned heads of a log; none is fine. -1 if they cannot be read. */
int log_cosigned(const struct log *log, const struct cosigned_judge *judge,
		 struct cosigned_heads *out, struct err *err);

/** What witnesses said about one head, each in its file. */
struct cosigned_file {
	char name[24];
	struct str line;
};

struct cosigned_files VEC(struct cosigned_file);

/** Read the files about the head of that size. Release what is there even after a failure. */
int log_cosigned_files(const struct log *log, int64_t size, struct cosigned_files *out,
		       struct err *err);

void cosigned_files_release(struct cosigned_files *files);

/**
 * What witnesses prove of entry `seq`: by the head over it that was cosigned first.
 *
 * @param size  NULL, or gets the size of that head; set if its reason is REASON_NONE
 */
void cosigned_find(const struct cosigned_heads *heads, int64_t seq, struct witnessed *out,
		   int64_t *size);

/** Is one proof better than another: good instead of not, or earlier? */
bool witnessed_is_better(const struct witnessed *left, const struct witnessed *right);

#endif
