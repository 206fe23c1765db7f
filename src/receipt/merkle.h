/**
 * The Merkle tree of RFC 6962: what makes a history of entries tamper-evident.
 *
 * A tree of n leaves is kept as its compact range: one hash for each bit set in n, the roots of the
 * largest full subtrees from left to right. Adding a leaf and taking the root need nothing else.
 */
#ifndef RECEIPT_MERKLE_H
#define RECEIPT_MERKLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "crypto/digest.h"

struct merkle_hash {
	unsigned char bytes[SHA256_BYTES];
};

/** Levels of a tree whose size is an uint64_t: bound of ranges and proofs. */
#define MERKLE_LEVELS 64

/** SHA-256(0x00, entry). */
void merkle_leaf(struct text entry, struct merkle_hash *out);

/** SHA-256(0x01, left, right). */
void merkle_node(const struct merkle_hash *left, const struct merkle_hash *right,
		 struct merkle_hash *out);

/** Are they the same hash? */
bool merkle_equal(const struct merkle_hash *left, const struct merkle_hash *right);

/** The compact range of leaves [0, size). `{0}` is the empty tree. */
struct merkle_range {
	uint64_t size;
	size_t count;                           /**< bits set in size */
	struct merkle_hash edge[MERKLE_LEVELS]; /**< largest subtree first */
};

/** The hash of the next leaf. */
void merkle_add(struct merkle_range *range, const struct merkle_hash *leaf);

/** The root; of the empty tree SHA-256(""). */
void merkle_root(const struct merkle_range *range, struct merkle_hash *out);

/** Which leaf is where: the hashes beside the way from a leaf up to the root. */
struct merkle_proof {
	uint64_t index;
	uint64_t size; /**< of the tree */
	size_t count;
	struct merkle_hash path[MERKLE_LEVELS]; /**< from the leaf upwards */
};

/** Make the inclusion proof of leaf `index` (below `size`) from all leaves. */
void merkle_prove(const struct merkle_hash *leaves, uint64_t size, uint64_t index,
		  struct merkle_proof *out);

/** Does the proof lead from the leaf to the root (RFC 9162, section 2.1.3.2)? */
bool merkle_proves(const struct merkle_proof *proof, const struct merkle_hash *leaf,
		   const struct merkle_hash *root);

/** A tree only grew: the first `from` leaves of the tree of size `to` are those of an earlier one.
 */
struct merkle_growth {
	uint64_t from; /**< at least 1 */
	uint64_t to;
	size_t count;
	struct merkle_hash path[MERKLE_LEVELS + 1]; /**< as RFC 6962, section 2.1.2, orders them */
};

/** Make the consistency proof of two sizes (0 < from <= to) from all leaves. */
void merkle_prove_growth(const struct merkle_hash *leaves, uint64_t from, uint64_t to,
			 struct merkle_growth *out);

/** Does the proof lead from the earlier root to the later one (RFC 9162, section 2.1.4.2)? */
bool merkle_proves_growth(const struct merkle_growth *proof, const struct merkle_hash *earlier,
			  const struct merkle_hash *later);

#endif
