/**
 * Whose receipts count: receipts/trust/allowed_signers and receipts/trust/revoked of the repo.
 *
 * allowed_signers is OpenSSH's format, so that `ssh-keygen -Y verify` reads the same file:
 *
 *     ops@example namespaces="gaterun-receipt",valid-before="20270101Z" ssh-ed25519 AAAA… comment
 *
 * A line counts here only if it says namespaces="gaterun-receipt" itself, its key is an ordinary
 * Ed25519 key, and it is no certificate authority: a key for signing git commits does not thereby
 * sign receipts. Lines that do not count are fine; lines that cannot be read are problems.
 *
 * revoked has a line for each key that is no longer to be believed:
 *
 *     SHA256:…  2026-03-01  compromised  42  <root of the log's tree of size 42>
 *
 * Entries below that size, in a tree with that root, stay good; "0 -" leaves none. Whoever
 * compromised a key may have had it before the time that is named: where the repo's policy asks for
 * witnesses, entries stay good only if those saw them before (receipt/proven_time.h). Without
 * witnesses, and for a key that was retired, the tree alone decides: nothing can be added to it
 * later. Of several lines about one key each takes away what it says, so adding one never makes
 * more good.
 *
 * runners is optional. Where it is, a receipt counts only if one of the programs that it lists made
 * it: each line is the SHA-256 of an executable and its name, as sha256sum writes them.
 */
#ifndef RECEIPT_TRUST_H
#define RECEIPT_TRUST_H

#include <stdint.h>

#include "crypto/key.h"
#include "data/problem.h"
#include "model/reason.h"
#include "receipt/merkle.h"

/** The namespace that receipts are signed for. */
#define RECEIPT_NAMESPACE "gaterun-receipt"

/** Ceiling of either file. */
#define TRUST_BYTES ((size_t)1024 * 1024)

/** One line of allowed_signers with an Ed25519 key. */
struct signer {
	const char *principals; /**< "ops@example,ci@example" */
	struct public_key key;
	bool counts;              /**< for receipts: see above */
	int64_t valid_after_utc;  /**< seconds; 0: no limit */
	int64_t valid_before_utc; /**< seconds, still valid then; 0: no limit */
	struct place where;
};

/** The namespace of signatures by which people sign closings off (closure/signoff.h). */
#define SIGNOFF_NAMESPACE "gaterun-loop"

/** One line of allowed_signers that lets its key, of any type, sign closings off. */
struct approver {
	const char *principals;
	struct text key;          /**< its wire form */
	int64_t valid_after_utc;  /**< seconds; 0: no limit */
	int64_t valid_before_utc; /**< seconds, still valid then; 0: no limit */
};

/** One line of revoked. */
struct revocation {
	char fingerprint[FINGERPRINT_BYTES];
	int64_t at_utc_ms;
	bool is_compromised; /**< else retired */
	int64_t last_good_size;
	struct merkle_hash root; /**< of the tree of that size; unused if it is 0 */
	struct place where;
};

/** One line of runners: a program whose receipts count. */
struct runner {
	char sha256[SHA256_HEX_BYTES];
	const char *name; /**< what the file calls it: "gaterun-0.3 (Debian package)" */
	struct place where;
};

/** Texts live in the arena. `{0}` trusts nobody. */
struct trust {
	struct arena arena;
	struct VEC(struct signer) signers;
	struct VEC(struct approver) approvers;
	struct VEC(struct revocation) revocations;
	struct VEC(struct runner) runners;
	bool has_runners; /**< there is such a file, so no other program counts */
};

/**
 * Read allowed_signers.
 *
 * @param file   for places; must outlive `trust`
 * @param bytes  not kept
 * @return       0; -1 when at least one problem was added
 */
int trust_read_signers(struct trust *trust, const char *file, struct text bytes,
		       struct problems *problems);

/** Read revoked; as above. */
int trust_read_revoked(struct trust *trust, const char *file, struct text bytes,
		       struct problems *problems);

/**
 * Read runners; as above. Lines are as sha256sum writes them, so that `sha256sum -c` reads them
 * too; empty lines and those with '#' in front do not count.
 */
int trust_read_runners(struct trust *trust, const char *file, struct text bytes,
		       struct problems *problems);

/** The line of this program; NULL if there is none. */
const struct runner *trust_runner(const struct trust *trust, const char *sha256);

void trust_release(struct trust *trust);

/** trust_release for AUTO. */
static inline void auto_trust(struct trust *trust)
{
	trust_release(trust);
}

/**
 * The line that lets this key sign receipts at a time; NULL if there is none, and then `err` says
 * why: not listed, for something else, not yet or no longer valid.
 *
 * @param reason  the same as a code, set with `err`
 */
const struct signer *trust_find(const struct trust *trust, const struct public_key *key,
				int64_t at_utc_ms, enum reason *reason, struct err *err);

/** The first revocation of a key, by its fingerprint; NULL if there is none. */
const struct revocation *trust_revoked(const struct trust *trust, const char *fingerprint);

#endif
