/**
 * What is signed: an in-toto Statement v1, for the start of a run and for its end.
 *
 * The receipt's predicate is in-toto's test-result, with everything gaterun knows in one extension
 * object; the start has a predicate of its own with the same groups, as far as they are known
 * before the first gate. The structs below are those groups. To add a member: the member here, a
 * row in statement_fields.c, and its check in statement_check.c; to add a group, also raise
 * STATEMENT_SCHEMA, so that older programs say "made by a newer one" instead of "wrong".
 *
 * Everything else in the document (subjects, configuration, the lists of tests, the result) follows
 * from the groups: it is computed when writing, and computed again and compared when reading.
 *
 * All texts are borrowed. Times are RFC 3339 in UTC with milliseconds, digests lower-case
 * hexadecimal; NULL means "not there" where a member is optional.
 */
#ifndef RECEIPT_STATEMENT_H
#define RECEIPT_STATEMENT_H

#include "base/err.h"
#include "crypto/digest.h"
#include "data/field.h"
#include "model/verdict.h"
#include "receipt/run_key.h"

#define STATEMENT_TYPE "https://in-toto.io/Statement/v1"
#define RECEIPT_TYPE "https://in-toto.io/attestation/test-result/v0.1"
#define START_TYPE "urn:gaterun:run-start:v1"
#define RECEIPT_EXTENSION "urn:gaterun:receipt:v1"

/**
 * Version of the groups. Of schema 1 there are no runner, no targets, no outputs and no os: such
 * statements are still read, and written again as they were.
 */
#define STATEMENT_SCHEMA 2

/** Ceiling of a statement: its base64 and the envelope stay below ENVELOPE_BYTES. */
#define STATEMENT_BYTES ((size_t)768 * 1024)

enum statement_kind {
	STATEMENT_START,
	STATEMENT_RECEIPT,
};

/** Who says it, and where it stands in which log. */
struct statement_identity {
	int64_t schema;         /**< STATEMENT_SCHEMA, or an older one that was read */
	const char *run_key;    /**< of the run; see statement_name */
	const char *log_origin; /**< gaterun/<repo>/<16 hex of SHA-256(public key)> */
	int64_t seq;            /**< index of this entry in the log */
	const char *prev;       /**< leaf hash of entry seq - 1; "" for entry 0 */
	int64_t start_seq;      /**< receipt: index of the run's start */
	const char *start_leaf; /**< receipt: leaf hash of that entry */
	const char *nonce;      /**< 32 hexadecimal digits, the same in start and receipt */
};

/** What was looked at. */
struct statement_source {
	const char *repo;             /**< identity of the repo */
	const char *commit;           /**< optional: none without git or on an unborn HEAD */
	const char *tree;             /**< with commit */
	const char *branch;           /**< optional, informational */
	const char *vcs;              /**< "git" or "none" */
	bool is_dirty;                /**< receipt: tracked content differs, or untracked files */
	const char *diff_sha256;      /**< receipt, optional: of the diff against the commit;
					 of a staged run see git_staged */
	const char *untracked_sha256; /**< receipt, optional: of the manifest of untracked files */
	int64_t untracked;            /**< receipt: how many */
};

/** A file that was read, with its path relative to the root. */
struct statement_file {
	const char *path; /**< "shipped:020-snapshot-parity.yaml" for a gate inside the program */
	const char *sha256;
};

/** What was asked for, so that a narrowed run cannot stand for a whole one. */
struct statement_selection {
	struct texts packs;   /**< either packs */
	struct texts gates;   /**< or gate ids */
	struct texts targets; /**< words of --target; empty: all */
	const char *shard;    /**< optional: "1/4" */
	const char *since;    /**< optional: the commit that --since named */
	bool is_staged;
	const char *baseline; /**< optional: what it is compared with, a commit or a run key */
	const char *fail_on;  /**< optional, with baseline: "introduced" */
};

/** The receipt of a shard that went into a merged receipt. */
struct statement_part {
	const char *run_key;
	const char *sha256; /**< of the receipt's bytes */
	const char *shard;  /**< "2/3" */
	const char *signer; /**< fingerprint of its key */
};

struct statement_inputs {
	struct statement_selection selection;
	struct rows merged;     /**< of struct statement_part; empty: it is not merged */
	struct rows gates;      /**< of struct statement_file */
	struct rows bindings;   /**< of struct statement_file */
	struct texts arguments; /**< of the command line */
};

struct statement_policy {
	const char *path;     /**< optional: there is no policy file */
	const char *sha256;   /**< with path */
	const char *context;  /**< "local" */
	const char *mode;     /**< "static", "passive", "active" */
	struct texts waivers; /**< receipt: those that were used, each in a sentence */
};

/**
 * The machine that ran it, as it calls itself. What a system does not tell is not there.
 *
 * The ids are no names: HMAC-SHA-256 of the log's origin, keyed with the id that the system keeps
 * (128 random bits, so nobody guesses it). One machine, or one boot, has the same in one log and
 * another in each other log; who has the id can show that it is the one.
 */
struct statement_runner {
	const char *host;         /**< optional: its host name */
	const char *machine;      /**< optional: of /etc/machine-id, as above */
	const char *boot;         /**< optional: of this boot, as above */
	const char *user;         /**< optional: whose run it was */
	int64_t uid;              /**< the same as a number */
	const char *clock_source; /**< optional: what the kernel counts time with: "tsc" */
	const char *clock;        /**< optional: "synchronised" or "free-running" */
};

/** How far a run got with a machine. */
enum target_state {
	TARGET_UNREACHED, /**< an address was dialled, and no host key came */
	TARGET_REFUSED,   /**< it showed a key that is not pinned for it, or is revoked */
	TARGET_PROVEN,    /**< it proved a pinned key */
	TARGET_LOGGED_IN, /**< that, and let the run in */
};

/**
 * A machine that the run sent packets to, as itself or as a jump host. Sorted by name; each that
 * proved its key is a subject of the statement: "host:<name>", with the SHA-256 of the key.
 */
struct statement_target {
	const char *name;        /**< id of the target */
	const char *policy;      /**< its access_policy: "lan_first" */
	int state;               /**< enum target_state */
	const char *key_type;    /**< unless unreached: "ssh-ed25519" */
	const char *fingerprint; /**< unless unreached: "SHA256:…", of the key it showed */
	const char *trust;       /**< unless unreached: "known_hosts", or "none" if refused */
	const char *pinned_by;   /**< with "known_hosts": file and line, "known_hosts:3" */
	const char *address;     /**< that decided; of a name, what it stands for */
	int64_t port;
	const char *path; /**< "lan", "tailnet", "jump", "loopback" */
	const char *via;  /**< with "jump": the target that connected to it */
	const char *user; /**< once it had proven its key: whom the run logged in as */
};

/** What a gate was told, byte for byte. The bytes are not in the receipt (receipt/outputs.h). */
struct statement_output {
	const char *subject; /**< whose: "target:nas" */
	const char *stream;  /**< "stdout", "stderr", or "body" of an answer by HTTP */
	const char *sha256;  /**< of the first `bytes` bytes */
	int64_t bytes;
	bool is_truncated; /**< there was more */
};

struct statement_finding {
	int verdict; /**< enum verdict */
	const char *reason;
	const char *subject; /**< optional */
	const char *message;
	const char *file; /**< optional */
	int64_t line;     /**< 0: none */
	int64_t column;   /**< 0: none */
	const char *fingerprint;
	const char *caused_by; /**< optional */
	const char *waived;    /**< optional: "fail" or "unknown", the verdict before a waiver made
				    it skip */
	const char *state;     /**< optional, with a baseline: "introduced", "pre-existing", or
				    "fixed" of one that is there no more, whose verdict is pass */
};

struct statement_gate {
	const char *id;
	const char *kind;
	const char *severity; /**< "critical", "high", "medium", "low" */
	bool is_enforced;
	int verdict; /**< enum verdict */
	int64_t checked;
	const char *reason;    /**< optional: of a gate that did not run */
	const char *counts_as; /**< with fail_on: the verdict that counts in the exit status */
	const char *started_at;
	int64_t duration_ms;
	struct rows findings;    /**< of struct statement_finding */
	int64_t omitted;         /**< findings that did not fit; see statement_fit */
	struct rows outputs;     /**< of struct statement_output */
	int64_t omitted_outputs; /**< outputs that did not fit */
};

struct statement_totals {
	int64_t planned; /**< pass + fail + unknown + skip */
	int64_t pass;
	int64_t fail;
	int64_t unknown;
	int64_t skip;
	int64_t exit; /**< exit status of the run */
};

struct statement_time {
	const char *started_at;
	const char *finished_at; /**< receipt; not before started_at: that plus the duration */
	int64_t duration_ms;     /**< receipt, monotonic */
};

struct statement_library {
	const char *name;
	const char *version;
};

/** The program that ran. */
struct statement_tool {
	const char *version;
	const char *commit;
	const char *sha256;    /**< optional: of its own executable */
	const char *os;        /**< optional: the system it ran on, and its kernel */
	struct rows libraries; /**< of struct statement_library */
};

struct statement {
	enum statement_kind kind;
	struct statement_identity identity;
	struct statement_source source;
	struct statement_inputs inputs;
	struct statement_policy policy;
	struct rows results; /**< receipt: of struct statement_gate, in order of the plan */
	struct statement_totals totals; /**< receipt */
	struct statement_time time;
	struct statement_tool tool;
	struct statement_runner runner;
	struct rows targets;     /**< receipt: of struct statement_target */
	int64_t omitted_targets; /**< receipt: those that did not fit */
};

/** Append the names of a receipt's groups: "identity, inputs, …". */
void statement_groups(struct str *out);

/** The label of the run's key, from its selection. */
void statement_label(const struct statement *statement, char out[RUN_KEY_LABEL_BYTES]);

/**
 * The run key that follows from a start: derived from everything in it but the key itself.
 */
void statement_name(const struct statement *start, char out[RUN_KEY_BYTES]);

/**
 * The digest of all that the start of a run and its receipt both say: what was looked at, by what,
 * under which policy, when. A receipt whose digest is another one is not of that start.
 */
void statement_shared(const struct statement *statement, unsigned char out[SHA256_BYTES]);

/**
 * Append the inputs manifest: "sha256  path\n" for gates, bindings and policy, sorted by path, each
 * path once, as sha256sum -c reads it. Its digest is a subject of every statement.
 */
void statement_manifest(const struct statement *statement, struct str *out);

/** "PASSED", "WARNED" or "FAILED" of a receipt. */
const char *statement_result(const struct statement *receipt);

/** Append the statement in canonical JSON. */
void statement_write(const struct statement *statement, struct str *out);

/**
 * Make a receipt fit STATEMENT_BYTES: as many findings and outputs of each gate, and as many
 * targets as there is room for are kept, and the others counted. Changes the rows of `results`.
 */
void statement_fit(struct statement *receipt);

enum statement_reading {
	STATEMENT_GOOD,
	STATEMENT_BROKEN,  /**< ours, and wrong */
	STATEMENT_NEWER,   /**< of a schema that this program does not know */
	STATEMENT_FOREIGN, /**< not ours: other types */
};

/**
 * Read and check a statement: forms of all values, sums, and that everything which follows from the
 * groups is what follows.
 *
 * @param arena  owns the texts
 * @param out    set on STATEMENT_GOOD only; on anything else `err` says why
 */
enum statement_reading statement_read(struct arena *arena, struct text bytes, struct statement *out,
				      struct err *err);

#endif
