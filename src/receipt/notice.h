/**
 * What stands in a log and is not about a run: how logs of one signer follow each other, and what a
 * witness saw. An in-toto Statement v1 in the same envelope as receipts, with a predicate of ours:
 *
 *     urn:gaterun:log-open:v1   entry 0 of a log that continues another one: the head of that log
 *     urn:gaterun:log-close:v1  the last entry of a log: the key of the log that continues it
 *     urn:gaterun:seen:v1       a witness's note: the head of another log that it saw
 *
 * Its predicate is canonical JSON, its members sorted:
 *
 *     {"head":{"origin":"gaterun/ops.example/0d31…","root":"61d6…","size":22},
 *      "identity":{"logOrigin":"gaterun/ops.example/77ab…","prev":"","schema":1,"seq":0},
 *      "time":{"notedAt":"2026-03-01T21:48:13.123Z"}}
 *
 * log-close has "next":{"vkey":"gaterun/ops.example/77ab…+1c2d3e4f+AY…"} instead of "head". The
 * subject is a file that others can hash: the text of the checkpoint of that head (its three lines,
 * which is what its signature is over), named by its origin; of a log-close the next log's
 * log.vkey.
 *
 * To add a kind: a word in the enum, a row in notice_kinds, its check in notice.c, a place in the
 * fuzz target.
 */
#ifndef RECEIPT_NOTICE_H
#define RECEIPT_NOTICE_H

#include "receipt/checkpoint.h"
#include "receipt/statement.h"

#define NOTICE_OPEN_TYPE "urn:gaterun:log-open:v1"
#define NOTICE_CLOSE_TYPE "urn:gaterun:log-close:v1"
#define NOTICE_SEEN_TYPE "urn:gaterun:seen:v1"

/** Version of the members. */
#define NOTICE_SCHEMA 1

/** Ceiling of a notice: two origins, a key, some digests. */
#define NOTICE_BYTES ((size_t)8 * 1024)

enum notice_kind {
	NOTICE_OPEN,
	NOTICE_CLOSE,
	NOTICE_SEEN,
};

/** Where it stands in which log. */
struct notice_identity {
	int64_t schema;         /**< NOTICE_SCHEMA */
	const char *log_origin; /**< of the log that it stands in */
	int64_t seq;            /**< its index there */
	const char *prev;       /**< leaf hash of entry seq - 1; "" for entry 0 */
};

/** A head of another log. */
struct notice_head {
	const char *origin;
	int64_t size;     /**< at least 1 */
	const char *root; /**< 64 hexadecimal digits */
};

/** All texts are borrowed. */
struct notice {
	enum notice_kind kind;
	struct notice_identity identity;
	const char *noted_at;    /**< RFC 3339 in UTC with milliseconds */
	struct notice_head head; /**< open: of the closed log, its log-close included; seen */
	const char *next_vkey;   /**< close: of the next log's key, whose name is its origin */
};

/** "log-open", "log-close", "seen". */
const char *notice_word(enum notice_kind kind);

/** The members of a head, with texts in the arena. */
struct notice_head notice_head_of(const struct checkpoint *head, struct arena *arena);

/** The head that a notice of kind open or seen names, from notice_read. */
void notice_checkpoint(const struct notice *notice, struct checkpoint *out);

/** Append the notice in canonical JSON. */
void notice_write(const struct notice *notice, struct str *out);

/** Could these bytes be a notice? For choosing a reader; it promises nothing. */
bool notice_is_likely(struct text bytes);

/**
 * Read and check a notice: forms of all values, that it stands where its kind may stand, that what
 * it names is not its own log and (open, close) a log of the same repo, and that it is written as
 * notice_write does, byte for byte.
 *
 * @param arena  owns the texts
 * @param out    set on STATEMENT_GOOD only; on anything else `err` says why
 */
enum statement_reading notice_read(struct arena *arena, struct text bytes, struct notice *out,
				   struct err *err);

#endif
