/*
 * A long log, quickly: `make_log STATE KEY START RECEIPT COUNT` takes the start and the receipt of
 * a real run apart, and writes COUNT runs like it, each with a run key, links and signatures of its
 * own and a signed head, as `gaterun verify` would have. Nothing is synced, and no pin is written:
 * the next real run does both.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "base/file.h"
#include "base/mem.h"
#include "crypto/signing_key.h"
#include "receipt/envelope.h"
#include "receipt/log_private.h"

/** What every run of the log is made from. */
struct making {
	struct key *key;
	struct signing_key signer; /**< the same */
	struct log *log;
	struct arena arena;
	struct statement start;
	struct statement receipt;
	struct str bytes; /**< used again and again */
	struct str payload;
	struct str path;
	struct log_tree tree;
};

static int read_template(struct making *making, const char *file, struct statement *out,
			 struct err *err)
{
	AUTO(auto_str) struct str bytes = {0};
	AUTO(auto_envelope) struct envelope envelope = {0};

	if (file_read(file, ENVELOPE_BYTES, &bytes, err) ||
	    envelope_read(str_view(&bytes), &envelope, err)) {
		return -1;
	}
	return statement_read(&making->arena, str_view(&envelope.payload), out, err) ==
			       STATEMENT_GOOD
		       ? 0
		       : -1;
}

static int add_file(struct making *making, struct text bytes, struct err *err)
{
	AUTO(auto_fclose) FILE *file = fopen(making->path.at, "wxe");

	if (!file || fwrite(bytes.at, 1, bytes.len, file) != bytes.len) {
		return err_errno(err, "write '%s'", making->path.at);
	}
	return 0;
}

/** Sign a statement and put it at the end. */
static int add_entry(struct making *making, const struct statement *statement,
		     struct merkle_hash *leaf, struct err *err)
{
	str_clear(&making->payload);
	str_clear(&making->bytes);
	statement_write(statement, &making->payload);
	if (envelope_write(str_view(&making->payload), &making->signer, &making->bytes, err)) {
		return -1;
	}
	merkle_leaf(str_view(&making->bytes), leaf);
	log_entry_path(making->log, &making->path, (int64_t)making->tree.range.size);
	log_add_leaf(&making->tree, leaf);
	return add_file(making, str_view(&making->bytes), err);
}

static int add_head(struct making *making, struct err *err)
{
	struct checkpoint head = {.size = making->tree.range.size};

	memcpy(head.origin, making->log->origin, sizeof(head.origin));
	merkle_root(&making->tree.range, &head.root);
	str_clear(&making->bytes);
	if (checkpoint_write(&head, &making->signer, &making->bytes, err)) {
		return -1;
	}
	log_checkpoint_path(making->log, &making->path, (int64_t)head.size);
	return add_file(making, str_view(&making->bytes), err);
}

/** One run: start, receipt, head. */
static int add_run(struct making *making, size_t number, struct err *err)
{
	struct statement *start = &making->start;
	struct statement *receipt = &making->receipt;
	struct merkle_hash leaf = {{0}};
	char run_key[RUN_KEY_BYTES];
	char prev[SHA256_HEX_BYTES] = "";
	char start_leaf[SHA256_HEX_BYTES];
	char nonce[33];

	if (making->tree.range.size > 0) {
		log_hex(&making->tree.last, prev);
	}
	(void)snprintf(nonce, sizeof(nonce), "%032zx", number);
	start->identity.seq = (int64_t)making->tree.range.size;
	start->identity.prev = prev;
	start->identity.nonce = nonce;
	statement_name(start, run_key);
	start->identity.run_key = run_key;
	if (add_entry(making, start, &leaf, err)) {
		return -1;
	}
	log_hex(&leaf, start_leaf);
	receipt->identity = start->identity;
	receipt->identity.seq = (int64_t)making->tree.range.size;
	receipt->identity.prev = start_leaf;
	receipt->identity.start_seq = start->identity.seq;
	receipt->identity.start_leaf = start_leaf;
	return add_entry(making, receipt, &leaf, err) || add_head(making, err) ? -1 : 0;
}

static int make(struct making *making, char **argv, struct err *err)
{
	size_t count = strtoul(argv[5], NULL, 10);

	if (key_load(argv[2], &making->key, err) != KEY_USABLE ||
	    read_template(making, argv[3], &making->start, err) ||
	    read_template(making, argv[4], &making->receipt, err)) {
		return -1;
	}
	making->signer = signing_key_of(making->key);
	if (log_open(argv[1], making->start.identity.log_origin, &making->signer.public, LOG_WRITE,
		     &making->log, err)) {
		return -1;
	}
	for (size_t i = 0; i < count; i++) {
		if (add_run(making, i, err)) {
			return -1;
		}
	}
	(void)printf("%s\n", log_folder(making->log));
	return 0;
}

int main(int argc, char **argv)
{
	struct making making = {0};
	struct err err = {0};
	int failed = 0;

	if (argc != 6) {
		(void)fprintf(stderr, "usage: make_log STATE KEY START RECEIPT COUNT\n");
		return 64;
	}
	failed = make(&making, argv, &err);
	if (failed) {
		(void)fprintf(stderr, "make_log: %s\n", err.text);
	}
	log_free(making.log);
	key_free(making.key);
	arena_release(&making.arena);
	str_release(&making.bytes);
	str_release(&making.payload);
	str_release(&making.path);
	return failed ? 1 : 0;
}
