#include "receipt/tlog_proof.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/codec.h"

#define FIRST_LINE "c2sp.org/tlog-proof@v1"
#define INDEX_WORD "index "

void tlog_proof_write(const struct merkle_proof *proof, struct text note, struct str *out)
{
	str_printf(out, FIRST_LINE "\n" INDEX_WORD "%llu\n", (unsigned long long)proof->index);
	for (size_t i = 0; i < proof->count; i++) {
		base64_encode(out, proof->path[i].bytes, SHA256_BYTES);
		str_add_char(out, '\n');
	}
	str_add_char(out, '\n');
	str_add_text(out, note);
}

static int read_index(struct text line, uint64_t *index, struct err *err)
{
	struct text digits = line;
	int64_t number = 0;

	if (!text_starts(line, INDEX_WORD)) {
		return err_set(err, ERR_INPUT, "the proof names no index");
	}
	digits.at += strlen(INDEX_WORD);
	digits.len -= strlen(INDEX_WORD);
	if (parse_int(digits, 0, TREE_SIZE_MAX, &number, err)) {
		return err_wrap(err, "index of the proof");
	}
	*index = (uint64_t)number;
	return 0;
}

static int read_hash(struct text line, struct merkle_proof *proof, struct err *err)
{
	AUTO(auto_str) struct str bytes = {0};

	if (proof->count == MERKLE_LEVELS) {
		return err_set(err, ERR_LIMIT, "the proof has more than %d hashes", MERKLE_LEVELS);
	}
	if (base64_decode(line, &bytes, err)) {
		return err_wrap(err, "hash %zu of the proof", proof->count + 1);
	}
	if (bytes.len != SHA256_BYTES) {
		return err_set(err, ERR_INPUT, "hash %zu of the proof: expected 32 bytes",
			       proof->count + 1);
	}
	memcpy(proof->path[proof->count++].bytes, bytes.at, SHA256_BYTES);
	return 0;
}

int tlog_proof_read(struct text bytes, struct tlog_proof *out, struct err *err)
{
	struct tlog_proof read = {0};
	struct text rest = bytes;
	struct text line = {0};

	if (bytes.len > TLOG_PROOF_BYTES) {
		return err_set(err, ERR_LIMIT, "the proof is larger than %zu bytes",
			       TLOG_PROOF_BYTES);
	}
	if (!text_split(&rest, '\n', &line) || !text_is(line, FIRST_LINE)) {
		return err_set(err, ERR_INPUT, "not a proof: it does not start with '%s'",
			       FIRST_LINE);
	}
	line = (struct text){0};
	(void)text_split(&rest, '\n', &line);
	if (read_index(line, &read.path.index, err)) {
		return -1;
	}
	for (;;) {
		if (!text_split(&rest, '\n', &line) || !rest.at) {
			return err_set(err, ERR_INPUT, "the proof has no checkpoint");
		}
		if (line.len == 0) {
			break;
		}
		if (read_hash(line, &read.path, err)) {
			return -1;
		}
	}
	read.note = rest;
	*out = read;
	return 0;
}

int tlog_proof_check(struct text bytes, const struct tlog_claim *claim, struct checkpoint *head,
		     struct err *err)
{
	struct tlog_proof proof = {0};
	struct checkpoint found = {0};
	struct merkle_hash leaf = {0};

	if (tlog_proof_read(bytes, &proof, err) ||
	    checkpoint_read(proof.note, claim->origin, claim->key, &found, err)) {
		return -1;
	}
	if (proof.path.index != claim->index) {
		return err_set(err, ERR_INPUT, "the proof is about entry %llu, expected %llu",
			       (unsigned long long)proof.path.index,
			       (unsigned long long)claim->index);
	}
	proof.path.size = found.size;
	merkle_leaf(claim->entry, &leaf);
	if (!merkle_proves(&proof.path, &leaf, &found.root)) {
		return err_set(err, ERR_INPUT,
			       "the proof does not lead from entry %llu to the signed head of "
			       "size %llu",
			       (unsigned long long)claim->index, (unsigned long long)found.size);
	}
	*head = found;
	return 0;
}
