#include "receipt/tlog_growth.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/codec.h"

#define OLD_WORD "old "

void tlog_growth_write(const struct merkle_growth *proof, struct text note, struct str *out)
{
	str_printf(out, OLD_WORD "%llu\n", (unsigned long long)proof->from);
	for (size_t i = 0; i < proof->count; i++) {
		base64_encode(out, proof->path[i].bytes, SHA256_BYTES);
		str_add_char(out, '\n');
	}
	str_add_char(out, '\n');
	str_add_text(out, note);
}

static int read_old(struct text line, uint64_t *from, struct err *err)
{
	struct text digits = line;
	int64_t number = 0;

	if (!text_starts(line, OLD_WORD)) {
		return err_set(err, ERR_INPUT, "not a proof of growth: it names no earlier size");
	}
	digits.at += strlen(OLD_WORD);
	digits.len -= strlen(OLD_WORD);
	if (parse_int(digits, 1, TREE_SIZE_MAX, &number, err)) {
		return err_wrap(err, "earlier size of the proof of growth");
	}
	*from = (uint64_t)number;
	return 0;
}

static int read_hash(struct text line, struct merkle_growth *proof, struct err *err)
{
	AUTO(auto_str) struct str bytes = {0};

	if (proof->count == sizeof(proof->path) / sizeof(proof->path[0])) {
		return err_set(err, ERR_LIMIT, "the proof of growth has more than %zu hashes",
			       proof->count);
	}
	if (base64_decode(line, &bytes, err)) {
		return err_wrap(err, "hash %zu of the proof of growth", proof->count + 1);
	}
	if (bytes.len != SHA256_BYTES) {
		return err_set(err, ERR_INPUT, "hash %zu of the proof of growth: expected 32 bytes",
			       proof->count + 1);
	}
	memcpy(proof->path[proof->count++].bytes, bytes.at, SHA256_BYTES);
	return 0;
}

int tlog_growth_read(struct text bytes, struct tlog_growth *out, struct err *err)
{
	struct tlog_growth read = {0};
	struct text rest = bytes;
	struct text line = {0};

	if (bytes.len > TLOG_GROWTH_BYTES) {
		return err_set(err, ERR_LIMIT, "the proof of growth is larger than %zu bytes",
			       TLOG_GROWTH_BYTES);
	}
	(void)text_split(&rest, '\n', &line);
	if (read_old(line, &read.path.from, err)) {
		return -1;
	}
	for (;;) {
		if (!text_split(&rest, '\n', &line) || !rest.at) {
			return err_set(err, ERR_INPUT, "the proof of growth has no checkpoint");
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

int tlog_growth_check(struct text bytes, const struct checkpoint *earlier,
		      const struct public_key *key, struct checkpoint *later, struct err *err)
{
	struct tlog_growth proof = {0};
	struct checkpoint found = {0};

	if (tlog_growth_read(bytes, &proof, err) ||
	    checkpoint_read(proof.note, earlier->origin, key, &found, err)) {
		return -1;
	}
	if (proof.path.from != earlier->size) {
		return err_set(
			err, ERR_INPUT, "the proof of growth starts at %llu entries, expected %llu",
			(unsigned long long)proof.path.from, (unsigned long long)earlier->size);
	}
	proof.path.to = found.size;
	if (found.size < earlier->size ||
	    !merkle_proves_growth(&proof.path, &earlier->root, &found.root)) {
		return err_set(err, ERR_INPUT,
			       "the proof does not show that the log of %llu entries grew to the "
			       "one of %llu",
			       (unsigned long long)earlier->size, (unsigned long long)found.size);
	}
	*later = found;
	return 0;
}
