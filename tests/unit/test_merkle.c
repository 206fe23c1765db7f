#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/codec.h"
#include "receipt/merkle.h"

/** Entries of the reference tree of Certificate Transparency (RFC 6962's test vectors). */
static const struct text entries[] = {
	{"", 0},
	{"\x00", 1},
	{"\x10", 1},
	{"\x20\x21", 2},
	{"\x30\x31", 2},
	{"\x40\x41\x42\x43", 4},
	{"\x50\x51\x52\x53\x54\x55\x56\x57", 8},
	{"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16},
};

/** Roots of its first one, two, … eight leaves. */
static const char *const roots[] = {
	"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
	"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
	"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
	"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
	"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
	"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
	"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
	"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

static void unhex(const char *hex, struct merkle_hash *out)
{
	struct err err = {0};

	assert_int_equal(hex_decode(text_of(hex), out->bytes, sizeof(out->bytes), &err), 0);
}

static void assert_hash(const struct merkle_hash *hash, const char *expected)
{
	struct merkle_hash other = {0};

	unhex(expected, &other);
	assert_memory_equal(hash->bytes, other.bytes, sizeof(other.bytes));
}

static void the_empty_tree_has_the_hash_of_nothing(void **state)
{
	struct merkle_range range = {0};
	struct merkle_hash root = {0};

	(void)state;
	merkle_root(&range, &root);
	assert_hash(&root, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void roots_are_those_of_the_reference_tree(void **state)
{
	struct merkle_range range = {0};

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		struct merkle_hash leaf = {0};
		struct merkle_hash root = {0};

		merkle_leaf(entries[i], &leaf);
		merkle_add(&range, &leaf);
		merkle_root(&range, &root);
		assert_int_equal(range.size, i + 1);
		assert_hash(&root, roots[i]);
	}
	assert_int_equal(range.count, 1);
}

static void a_known_proof_is_made_and_accepted(void **state)
{
	/* Inclusion of leaf 0 in the tree of eight, from the same vectors. */
	static const char *const path[] = {
		"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
		"5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
		"6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
	};
	struct merkle_hash leaves[8];
	struct merkle_hash root = {0};
	struct merkle_proof proof = {0};

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		merkle_leaf(entries[i], &leaves[i]);
	}
	merkle_prove(leaves, 8, 0, &proof);
	assert_int_equal(proof.count, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_hash(&proof.path[i], path[i]);
	}
	unhex(roots[7], &root);
	assert_true(merkle_proves(&proof, &leaves[0], &root));
}

/** All proofs of trees up to this size are tried. */
#define TRIED 65

static void make_leaves(struct merkle_hash leaves[TRIED])
{
	for (size_t i = 0; i < TRIED; i++) {
		char entry = (char)i;

		merkle_leaf((struct text){&entry, 1}, &leaves[i]);
	}
}

static void root_at(const struct merkle_hash *leaves, size_t size, struct merkle_hash *root)
{
	struct merkle_range range = {0};

	for (size_t i = 0; i < size; i++) {
		merkle_add(&range, &leaves[i]);
	}
	merkle_root(&range, root);
}

static void every_leaf_of_every_small_tree_is_proven(void **state)
{
	struct merkle_hash leaves[TRIED];

	(void)state;
	make_leaves(leaves);
	for (size_t size = 1; size < TRIED; size++) {
		struct merkle_hash root = {0};

		root_at(leaves, size, &root);
		for (size_t index = 0; index < size; index++) {
			struct merkle_proof proof = {0};

			merkle_prove(leaves, size, index, &proof);
			assert_true(merkle_proves(&proof, &leaves[index], &root));
		}
	}
}

/** Neither another leaf, index, size, root nor path is accepted. */
static void assert_wrong_ones_fail(const struct merkle_hash *leaves, size_t size, size_t index)
{
	struct merkle_hash root = {0};
	struct merkle_hash other = {0};
	struct merkle_proof good = {0};
	struct merkle_proof bad = {0};

	root_at(leaves, size, &root);
	root_at(leaves, size + 1, &other);
	merkle_prove(leaves, size, index, &good);
	assert_false(merkle_proves(&good, &leaves[(index + 1) % TRIED], &root));
	assert_false(merkle_proves(&good, &leaves[index], &other));
	bad = good;
	bad.index = size;
	assert_false(merkle_proves(&bad, &leaves[index], &root));
	bad = good;
	bad.size = index;
	assert_false(merkle_proves(&bad, &leaves[index], &root));
	for (size_t i = 0; i < size; i++) {
		bad = good;
		bad.index = i;
		assert_int_equal(merkle_proves(&bad, &leaves[index], &root), i == index);
	}
	for (size_t i = 0; i < good.count; i++) {
		bad = good;
		bad.path[i].bytes[31] ^= 1;
		assert_false(merkle_proves(&bad, &leaves[index], &root));
	}
	bad = good;
	bad.path[bad.count++] = root;
	assert_false(merkle_proves(&bad, &leaves[index], &root));
	bad = good;
	bad.count = MERKLE_LEVELS + 1;
	assert_false(merkle_proves(&bad, &leaves[index], &root));
	if (good.count > 0) {
		bad = good;
		bad.count--;
		assert_false(merkle_proves(&bad, &leaves[index], &root));
	}
}

static void wrong_proofs_of_every_small_tree_are_refused(void **state)
{
	struct merkle_hash leaves[TRIED];

	(void)state;
	make_leaves(leaves);
	for (size_t size = 1; size < TRIED; size++) {
		for (size_t index = 0; index < size; index++) {
			assert_wrong_ones_fail(leaves, size, index);
		}
	}
}

/** Growth of trees up to this size is tried. */
#define GROWN 64

struct grown {
	struct merkle_hash leaves[GROWN + 1];
	struct merkle_hash roots[GROWN + 2]; /**< by size */
};

static void grow(struct grown *grown)
{
	struct merkle_range range = {0};

	for (size_t i = 0; i <= GROWN; i++) {
		char entry = (char)i;

		merkle_root(&range, &grown->roots[i]);
		merkle_leaf((struct text){&entry, 1}, &grown->leaves[i]);
		merkle_add(&range, &grown->leaves[i]);
	}
	merkle_root(&range, &grown->roots[GROWN + 1]);
}

static void a_known_growth_is_proven(void **state)
{
	/* From 6 to 8 leaves, in the vectors of Certificate Transparency. */
	static const char *const path[] = {
		"0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
		"ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
	};
	struct merkle_hash leaves[8];
	struct merkle_hash earlier = {0};
	struct merkle_hash later = {0};
	struct merkle_growth proof = {0};

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		merkle_leaf(entries[i], &leaves[i]);
	}
	merkle_prove_growth(leaves, 6, 8, &proof);
	assert_int_equal(proof.count, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_hash(&proof.path[i], path[i]);
	}
	unhex(roots[5], &earlier);
	unhex(roots[7], &later);
	assert_true(merkle_proves_growth(&proof, &earlier, &later));
}

static void every_growth_of_small_trees_is_proven(void **state)
{
	struct grown grown;

	(void)state;
	grow(&grown);
	for (size_t to = 1; to <= GROWN; to++) {
		for (size_t from = 1; from <= to; from++) {
			struct merkle_growth proof = {0};

			merkle_prove_growth(grown.leaves, from, to, &proof);
			assert_true(
				merkle_proves_growth(&proof, &grown.roots[from], &grown.roots[to]));
		}
	}
}

/** Neither other roots, sizes nor paths are accepted. */
static void assert_wrong_growth_fails(const struct grown *grown, size_t from, size_t to)
{
	const struct merkle_hash *earlier = &grown->roots[from];
	const struct merkle_hash *later = &grown->roots[to];
	struct merkle_growth good = {0};
	struct merkle_growth bad = {0};

	merkle_prove_growth(grown->leaves, from, to, &good);
	assert_false(merkle_proves_growth(&good, &grown->roots[from - 1], later));
	assert_false(merkle_proves_growth(&good, &grown->roots[from + 1], later));
	assert_false(merkle_proves_growth(&good, earlier, &grown->roots[to - 1]) && from < to);
	assert_false(merkle_proves_growth(&good, earlier, &grown->roots[to + 1]));
	bad = good;
	bad.from = 0;
	assert_false(merkle_proves_growth(&bad, earlier, later));
	bad = good;
	bad.from = to + 1;
	assert_false(merkle_proves_growth(&bad, earlier, later));
	for (size_t i = 0; i < good.count; i++) {
		bad = good;
		bad.path[i].bytes[0] ^= 0x80;
		assert_false(merkle_proves_growth(&bad, earlier, later));
	}
	bad = good;
	bad.path[bad.count++] = *earlier;
	assert_false(merkle_proves_growth(&bad, earlier, later));
	bad = good;
	bad.count = MERKLE_LEVELS + 2;
	assert_false(merkle_proves_growth(&bad, earlier, later));
	if (good.count > 0) {
		bad = good;
		bad.count--;
		assert_false(merkle_proves_growth(&bad, earlier, later));
		memmove(bad.path, good.path + 1, bad.count * sizeof(bad.path[0]));
		assert_false(merkle_proves_growth(&bad, earlier, later));
	}
}

static void wrong_growth_of_small_trees_is_refused(void **state)
{
	struct grown grown;

	(void)state;
	grow(&grown);
	for (size_t to = 1; to <= GROWN; to++) {
		for (size_t from = 1; from <= to; from++) {
			assert_wrong_growth_fails(&grown, from, to);
		}
	}
}

static void a_tree_with_another_past_did_not_grow(void **state)
{
	struct grown grown;
	struct merkle_growth proof = {0};
	struct merkle_hash other = {0};

	(void)state;
	grow(&grown);
	grown.leaves[3].bytes[0] ^= 1;
	for (size_t from = 4; from < GROWN; from++) {
		root_at(grown.leaves, GROWN, &other);
		merkle_prove_growth(grown.leaves, from, GROWN, &proof);
		assert_false(merkle_proves_growth(&proof, &grown.roots[from], &other));
	}
}

static void nothing_is_in_the_empty_tree(void **state)
{
	struct merkle_proof proof = {0};
	struct merkle_hash leaf = {0};

	(void)state;
	assert_false(merkle_proves(&proof, &leaf, &leaf));
}

static void a_leaf_is_never_an_inner_node(void **state)
{
	struct merkle_hash left = {{1}};
	struct merkle_hash right = {{2}};
	struct merkle_hash node = {0};
	struct merkle_hash leaf = {0};
	unsigned char both[2 * SHA256_BYTES];

	(void)state;
	memcpy(both, left.bytes, SHA256_BYTES);
	memcpy(both + SHA256_BYTES, right.bytes, SHA256_BYTES);
	merkle_node(&left, &right, &node);
	merkle_leaf((struct text){(const char *)both, sizeof(both)}, &leaf);
	assert_false(merkle_equal(&node, &leaf));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_empty_tree_has_the_hash_of_nothing),
		cmocka_unit_test(roots_are_those_of_the_reference_tree),
		cmocka_unit_test(a_known_proof_is_made_and_accepted),
		cmocka_unit_test(every_leaf_of_every_small_tree_is_proven),
		cmocka_unit_test(wrong_proofs_of_every_small_tree_are_refused),
		cmocka_unit_test(a_known_growth_is_proven),
		cmocka_unit_test(every_growth_of_small_trees_is_proven),
		cmocka_unit_test(wrong_growth_of_small_trees_is_refused),
		cmocka_unit_test(a_tree_with_another_past_did_not_grow),
		cmocka_unit_test(nothing_is_in_the_empty_tree),
		cmocka_unit_test(a_leaf_is_never_an_inner_node),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
