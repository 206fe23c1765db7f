/**
 * Judge signed heads and proofs in one process, a line of standard input each:
 *
 *     log_judge heads VKEY     a checkpoint in hexadecimal
 *     log_judge cosigned VKEY WITNESS-VKEY    the same; it has to be cosigned as well
 *     log_judge proofs         "inclusion INDEX SIZE LEAF ROOT HASH..." or
 *                              "consistency FROM TO EARLIER LATER HASH...", hashes in hexadecimal
 *     log_judge prove SIZE     print such proofs, all of the trees up to SIZE leaves
 *
 * On standard output each has a line: "1" and, of a checkpoint, what it says; or "0".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "base/mem.h"
#include "receipt/checkpoint.h"
#include "receipt/cosignature.h"
#include "receipt/merkle.h"

/** Largest tree whose proofs are printed. */
#define PROVE_MAX 64

/** 2026-03-02T00:00:00Z */
#define NOW_UTC_MS 1772409600000

/** Most hashes of a line: what it is about, and the longest path. */
#define HASHES_MAX (MERKLE_LEVELS + 3)

struct log_key {
	char name[ORIGIN_BYTES];
	struct public_key public;
	const struct witness *witness; /**< who has to have cosigned, or NULL */
};

static bool judge_head(struct text line, const struct log_key *key)
{
	unsigned char bytes[CHECKPOINT_BYTES];
	struct text note = {(const char *)bytes, line.len / 2};
	struct checkpoint head = {0};
	AUTO(auto_str) struct str root = {0};
	struct err err = {0};
	int64_t time_utc = 0;

	if (note.len > sizeof(bytes) || hex_decode(line, bytes, note.len, &err) ||
	    checkpoint_read(note, key->name, &key->public, &head, &err)) {
		return false;
	}
	if (key->witness &&
	    cosignature_find(note, key->witness, NOW_UTC_MS, &time_utc, &err) != COSIGNED_GOOD) {
		return false;
	}
	hex_encode(&root, head.root.bytes, sizeof(head.root.bytes));
	(void)printf("1\t%s\t%llu\t%s\t%lld\n", head.origin, (unsigned long long)head.size, root.at,
		     (long long)time_utc);
	return true;
}

struct claim {
	struct text kind;
	int64_t numbers[2];
	size_t count;
	struct merkle_hash hashes[HASHES_MAX];
};

static int read_claim(struct text line, struct claim *out)
{
	struct text word = {0};
	struct err err = {0};

	if (!text_split(&line, ' ', &out->kind)) {
		return -1;
	}
	for (size_t i = 0; i < 2; i++) {
		if (!text_split(&line, ' ', &word) ||
		    parse_int(word, 0, TREE_SIZE_MAX, &out->numbers[i], &err)) {
			return -1;
		}
	}
	while (text_split(&line, ' ', &word)) {
		if (out->count == HASHES_MAX ||
		    hex_decode(word, out->hashes[out->count].bytes, SHA256_BYTES, &err)) {
			return -1;
		}
		out->count++;
	}
	return out->count < 2 ? -1 : 0;
}

static bool judge_claim(struct text line)
{
	struct claim claim = {0};
	struct merkle_proof proof = {0};
	struct merkle_growth growth = {0};

	if (read_claim(line, &claim)) {
		return false;
	}
	if (text_is(claim.kind, "consistency")) {
		growth.from = (uint64_t)claim.numbers[0];
		growth.to = (uint64_t)claim.numbers[1];
		growth.count = claim.count - 2;
		memcpy(growth.path, claim.hashes + 2, growth.count * sizeof(claim.hashes[0]));
		return merkle_proves_growth(&growth, &claim.hashes[0], &claim.hashes[1]);
	}
	proof.index = (uint64_t)claim.numbers[0];
	proof.size = (uint64_t)claim.numbers[1];
	proof.count = claim.count - 2;
	if (proof.count > MERKLE_LEVELS) {
		return false;
	}
	memcpy(proof.path, claim.hashes + 2, proof.count * sizeof(claim.hashes[0]));
	return merkle_proves(&proof, &claim.hashes[0], &claim.hashes[1]);
}

static void print_claim(const char *kind, size_t first, size_t second,
			const struct merkle_hash *hashes, size_t count)
{
	AUTO(auto_str) struct str line = {0};

	str_printf(&line, "%s %zu %zu", kind, first, second);
	for (size_t i = 0; i < count; i++) {
		str_add_char(&line, ' ');
		hex_encode(&line, hashes[i].bytes, SHA256_BYTES);
	}
	(void)puts(line.at);
}

/** Every proof of the tree of `size` leaves, whose roots at each size are known. */
static void prove_one(const struct merkle_hash *leaves, const struct merkle_hash *roots,
		      size_t size)
{
	for (size_t i = 0; i < size; i++) {
		struct merkle_hash hashes[HASHES_MAX] = {leaves[i], roots[size]};
		struct merkle_proof proof = {0};

		merkle_prove(leaves, size, i, &proof);
		memcpy(hashes + 2, proof.path, proof.count * sizeof(hashes[0]));
		print_claim("inclusion", i, size, hashes, proof.count + 2);
	}
	for (size_t from = 1; from <= size; from++) {
		struct merkle_hash hashes[HASHES_MAX] = {roots[from], roots[size]};
		struct merkle_growth growth = {0};

		merkle_prove_growth(leaves, from, size, &growth);
		memcpy(hashes + 2, growth.path, growth.count * sizeof(hashes[0]));
		print_claim("consistency", from, size, hashes, growth.count + 2);
	}
}

static void prove(size_t most)
{
	struct merkle_hash leaves[PROVE_MAX];
	struct merkle_hash roots[PROVE_MAX + 1];
	struct merkle_range range = {0};

	for (size_t i = 0; i < most; i++) {
		char entry = (char)i;

		merkle_leaf((struct text){&entry, 1}, &leaves[i]);
		merkle_add(&range, &leaves[i]);
		merkle_root(&range, &roots[i + 1]);
		prove_one(leaves, roots, i + 1);
	}
}

/** Judge each line; heads if there is a key, else proofs. */
static void judge_lines(const struct log_key *key)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t len = 0;

	while ((len = getline(&line, &room, stdin)) > 0) {
		struct text text = {line, (size_t)len};

		text.len -= text.at[len - 1] == '\n';
		if (key ? !judge_head(text, key) : !judge_claim(text)) {
			(void)puts("0");
		} else if (!key) {
			(void)puts("1");
		}
	}
	free(line);
}

int main(int argc, char **argv)
{
	struct log_key key = {0};
	struct witness witness = {0};
	struct err err = {0};
	int64_t most = 0;

	if (argc == 3 && strcmp(argv[1], "heads") == 0 &&
	    !vkey_read(text_of(argv[2]), key.name, &key.public, &err)) {
		judge_lines(&key);
	} else if (argc == 4 && strcmp(argv[1], "cosigned") == 0 &&
		   !vkey_read(text_of(argv[2]), key.name, &key.public, &err) &&
		   !witness_read_vkey(text_of(argv[3]), &witness, &err)) {
		key.witness = &witness;
		judge_lines(&key);
	} else if (argc == 2 && strcmp(argv[1], "proofs") == 0) {
		judge_lines(NULL);
	} else if (argc == 3 && strcmp(argv[1], "prove") == 0 &&
		   !parse_int(text_of(argv[2]), 1, PROVE_MAX, &most, &err)) {
		prove((size_t)most);
	} else {
		(void)fprintf(stderr, "usage: log_judge heads|cosigned|proofs|prove ... %s\n",
			      err.text);
		return 64;
	}
	return fflush(stdout) ? 1 : 0;
}
