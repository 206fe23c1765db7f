#include "receipt/merkle.h"

#include <string.h>

static void hash_parts(unsigned char prefix, const void *left, size_t left_len, const void *right,
		       size_t right_len, struct merkle_hash *out)
{
	struct sha256 *state = sha256_open();

	sha256_add(state, &prefix, 1);
	sha256_add(state, left, left_len);
	sha256_add(state, right, right_len);
	sha256_close(state, out->bytes);
}

void merkle_leaf(struct text entry, struct merkle_hash *out)
{
	hash_parts(0x00, entry.at, entry.len, NULL, 0, out);
}

void merkle_node(const struct merkle_hash *left, const struct merkle_hash *right,
		 struct merkle_hash *out)
{
	hash_parts(0x01, left->bytes, SHA256_BYTES, right->bytes, SHA256_BYTES, out);
}

bool merkle_equal(const struct merkle_hash *left, const struct merkle_hash *right)
{
	return memcmp(left->bytes, right->bytes, SHA256_BYTES) == 0;
}

void merkle_add(struct merkle_range *range, const struct merkle_hash *leaf)
{
	struct merkle_hash top = *leaf;

	/* As in binary addition: each trailing 1 of the size is a full subtree to join with. */
	for (uint64_t carry = range->size; carry & 1; carry >>= 1) {
		range->count--;
		merkle_node(&range->edge[range->count], &top, &top);
	}
	range->edge[range->count++] = top;
	range->size++;
}

void merkle_root(const struct merkle_range *range, struct merkle_hash *out)
{
	if (range->count == 0) {
		sha256("", 0, out->bytes);
		return;
	}
	*out = range->edge[range->count - 1];
	for (size_t i = range->count - 1; i-- > 0;) {
		merkle_node(&range->edge[i], out, out);
	}
}

/** Root of a non-empty slice of leaves. */
static void root_of(const struct merkle_hash *leaves, uint64_t count, struct merkle_hash *out)
{
	struct merkle_range range = {0};

	for (uint64_t i = 0; i < count; i++) {
		merkle_add(&range, &leaves[i]);
	}
	merkle_root(&range, out);
}

/** The largest power of two below `size`, which is at least 2. */
static uint64_t left_part(uint64_t size)
{
	uint64_t part = 1;

	while (part < size - part) {
		part *= 2;
	}
	return part;
}

static void turn(struct merkle_hash *path, size_t count)
{
	for (size_t i = 0; i < count / 2; i++) {
		struct merkle_hash swap = path[i];

		path[i] = path[count - 1 - i];
		path[count - 1 - i] = swap;
	}
}

void merkle_prove(const struct merkle_hash *leaves, uint64_t size, uint64_t index,
		  struct merkle_proof *out)
{
	uint64_t at = index;
	uint64_t rest = size;
	size_t depth = 0;

	*out = (struct merkle_proof){.index = index, .size = size};
	/* From the root down; what is written is the path upwards, so it is turned at the end. */
	while (rest > 1) {
		uint64_t left = left_part(rest);

		if (at < left) {
			root_of(leaves + left, rest - left, &out->path[depth++]);
			rest = left;
		} else {
			root_of(leaves, left, &out->path[depth++]);
			leaves += left;
			at -= left;
			rest -= left;
		}
	}
	out->count = depth;
	turn(out->path, depth);
}

/** On the right edge, levels where a node has no neighbour are passed without a hash. */
static void skip_levels(uint64_t *node, uint64_t *last)
{
	while (!(*node & 1) && *node != 0) {
		*node >>= 1;
		*last >>= 1;
	}
}

bool merkle_proves(const struct merkle_proof *proof, const struct merkle_hash *leaf,
		   const struct merkle_hash *root)
{
	uint64_t node = proof->index;
	uint64_t last = proof->size - 1;
	struct merkle_hash top = *leaf;

	if (proof->index >= proof->size || proof->count > MERKLE_LEVELS) {
		return false;
	}
	for (size_t i = 0; i < proof->count; i++) {
		if (last == 0) {
			return false;
		}
		if ((node & 1) || node == last) {
			merkle_node(&proof->path[i], &top, &top);
			skip_levels(&node, &last);
		} else {
			merkle_node(&top, &proof->path[i], &top);
		}
		node >>= 1;
		last >>= 1;
	}
	return last == 0 && merkle_equal(&top, root);
}

void merkle_prove_growth(const struct merkle_hash *leaves, uint64_t from, uint64_t to,
			 struct merkle_growth *out)
{
	bool is_known = true; /* Is what is left a tree that the earlier root was made of alone? */
	uint64_t at = from;
	uint64_t rest = to;
	size_t count = 0;

	*out = (struct merkle_growth){.from = from, .to = to};
	/* From the root down to the earlier tree's right edge, and turned at the end. */
	while (at < rest) {
		uint64_t left = left_part(rest);

		if (at <= left) {
			root_of(leaves + left, rest - left, &out->path[count++]);
			rest = left;
		} else {
			root_of(leaves, left, &out->path[count++]);
			leaves += left;
			at -= left;
			rest -= left;
			is_known = false;
		}
	}
	if (!is_known) {
		root_of(leaves, rest, &out->path[count++]);
	}
	out->count = count;
	turn(out->path, count);
}

/** Two roots that are computed along one path. */
struct climb {
	uint64_t node; /**< of the earlier tree's last leaf, at this level */
	uint64_t last; /**< of the later tree's */
	struct merkle_hash earlier;
	struct merkle_hash later;
};

/** One level up; false if there is none. */
static bool climb_by(struct climb *climb, const struct merkle_hash *beside)
{
	if (climb->last == 0) {
		return false;
	}
	if ((climb->node & 1) || climb->node == climb->last) {
		merkle_node(beside, &climb->earlier, &climb->earlier);
		merkle_node(beside, &climb->later, &climb->later);
		skip_levels(&climb->node, &climb->last);
	} else {
		merkle_node(&climb->later, beside, &climb->later);
	}
	climb->node >>= 1;
	climb->last >>= 1;
	return true;
}

bool merkle_proves_growth(const struct merkle_growth *proof, const struct merkle_hash *earlier,
			  const struct merkle_hash *later)
{
	bool is_whole = (proof->from & (proof->from - 1)) == 0;
	struct climb climb = {proof->from - 1, proof->to - 1, *earlier, *earlier};
	size_t i = 0;

	if (proof->from == 0 || proof->from > proof->to || proof->count > MERKLE_LEVELS + 1) {
		return false;
	}
	if (proof->from == proof->to) {
		return proof->count == 0 && merkle_equal(earlier, later);
	}
	while (climb.node & 1) {
		climb.node >>= 1;
		climb.last >>= 1;
	}
	/* A full tree is a node of the later one, so the path starts at its root, unsaid. */
	if (!is_whole) {
		if (proof->count == 0) {
			return false;
		}
		climb.earlier = proof->path[0];
		climb.later = proof->path[0];
		i = 1;
	}
	for (; i < proof->count; i++) {
		if (!climb_by(&climb, &proof->path[i])) {
			return false;
		}
	}
	return climb.last == 0 && merkle_equal(&climb.earlier, earlier) &&
	       merkle_equal(&climb.later, later);
}
