/**
 * For tests of receipts: keys that are the same in each run, and a small run as statements.
 *
 * Include it after <cmocka.h>.
 */
#ifndef TESTS_UNIT_RECEIPTS_H
#define TESTS_UNIT_RECEIPTS_H

#include <string.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "crypto/key_private.h"
#include "receipt/checkpoint.h"
#include "receipt/envelope.h"
#include "receipt/statement.h"
#include "signing.h"

#define SAMPLE_REPO "ops.example"

/** 64 hexadecimal digits. */
#define HASH_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HASH_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define HASH_C "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"

/** Key number `first`. */
__attribute__((unused)) static struct key *sample_key(unsigned char first)
{
	unsigned char seed[ED25519_SEED_BYTES] = {first};

	return key_from_seed(seed);
}

__attribute__((unused)) static const char *sample_origin(struct arena *arena, const struct key *key)
{
	char origin[ORIGIN_BYTES];
	struct public_key public = {0};
	struct err err = {0};

	key_public(key, &public);
	assert_int_equal(origin_make(SAMPLE_REPO, &public, origin, &err), 0);
	return arena_text(arena, origin);
}

/** Rows of one element. */
#define SAMPLE_ROWS(...) \
	((struct rows){(__VA_ARGS__), sizeof(__VA_ARGS__) / sizeof((__VA_ARGS__)[0])})

/** The parts that start and receipt share. The static things below are never changed. */
__attribute__((unused)) static struct statement sample_common(struct arena *arena,
							      const struct key *key)
{
	static const char *packs[] = {"fast"};
	static const char *arguments[] = {"verify", "fast"};
	static struct statement_file gates[] = {
		{"gates/020-snapshot-parity.yaml", HASH_A},
		{"gates/001-bindings-valid.yaml", HASH_B},
	};
	static struct statement_file bindings[] = {{"bindings/ssh.targets.yaml", HASH_C}};
	static struct statement_library libraries[] = {{"openssl", "3.0.0"}, {"yaml", "0.2.5"}};

	return (struct statement){
		.identity = {.schema = STATEMENT_SCHEMA,
			     .log_origin = sample_origin(arena, key),
			     .prev = "",
			     .nonce = "0123456789abcdef0123456789abcdef"},
		.source = {.repo = SAMPLE_REPO,
			   .commit = "1111111111111111111111111111111111111111",
			   .tree = "2222222222222222222222222222222222222222",
			   .branch = "main",
			   .vcs = "git"},
		.inputs = {.selection = {.packs = {packs, NULL, 1}},
			   .gates = {gates, 2},
			   .bindings = {bindings, 1},
			   .arguments = {arguments, NULL, 2}},
		.policy = {.context = "local", .mode = "static"},
		.time = {.started_at = "2026-03-01T21:48:13.123Z"},
		.tool = {.version = "0.1.0", .commit = "abc", .libraries = {libraries, 2}},
	};
}

__attribute__((unused)) static struct statement sample_start(struct arena *arena,
							     const struct key *key, int64_t seq,
							     const char *prev)
{
	struct statement start = sample_common(arena, key);
	char run_key[RUN_KEY_BYTES];

	start.kind = STATEMENT_START;
	start.identity.seq = seq;
	start.identity.prev = prev;
	statement_name(&start, run_key);
	start.identity.run_key = arena_text(arena, run_key);
	return start;
}

/** A run in which all four verdicts occur; G020 fails. Its gates may be changed. */
__attribute__((unused)) static struct statement sample_receipt(struct arena *arena,
							       const struct key *key,
							       const struct statement *start)
{
	static const struct statement_finding finding = {
		.verdict = VERDICT_FAIL,
		.reason = "parity.tailscale_ip",
		.subject = "target:docker-host",
		.message = "the snapshot says something else",
		.file = "bindings/ssh.targets.yaml",
		.line = 41,
		.column = 20,
		.fingerprint = HASH_A,
	};
	static const char time[] = "2026-03-01T21:48:13.124Z";
	struct statement receipt = sample_common(arena, key);
	struct statement_gate *gates = arena_alloc(arena, 5 * sizeof(*gates));
	struct statement_finding *findings = arena_alloc(arena, sizeof(*findings));

	*findings = finding;
	gates[0] = (struct statement_gate){.id = "G001",
					   .kind = "bindings_valid",
					   .is_enforced = true,
					   .verdict = VERDICT_PASS,
					   .checked = 19};
	gates[1] = (struct statement_gate){.id = "G020",
					   .kind = "snapshot_parity",
					   .is_enforced = true,
					   .verdict = VERDICT_FAIL,
					   .checked = 19,
					   .findings = {findings, 1}};
	gates[2] = (struct statement_gate){.id = "G010",
					   .kind = "ssh_auth",
					   .is_enforced = true,
					   .verdict = VERDICT_SKIP,
					   .reason = "mode.static"};
	gates[3] = (struct statement_gate){.id = "G030",
					   .kind = "address_literal",
					   .is_enforced = true,
					   .verdict = VERDICT_UNKNOWN,
					   .reason = "vcs.none"};
	gates[4] = (struct statement_gate){
		.id = "G031", .kind = "text_match", .verdict = VERDICT_FAIL};
	for (size_t i = 0; i < 5; i++) {
		gates[i].severity = "high";
		gates[i].started_at = time;
	}
	receipt.kind = STATEMENT_RECEIPT;
	receipt.identity.run_key = start->identity.run_key;
	receipt.identity.seq = start->identity.seq + 1;
	receipt.identity.start_seq = start->identity.seq;
	receipt.identity.start_leaf = HASH_A;
	receipt.identity.prev = HASH_A;
	receipt.results = (struct rows){gates, 5};
	receipt.totals = (struct statement_totals){
		.planned = 5, .pass = 1, .fail = 2, .unknown = 1, .skip = 1, .exit = 1};
	receipt.time.finished_at = "2026-03-01T21:48:13.135Z";
	receipt.time.duration_ms = 12;
	return receipt;
}

/** The same run with nothing but passes. */
__attribute__((unused)) static void sample_pass(struct statement *receipt)
{
	struct statement_gate *gates = receipt->results.at;

	for (size_t i = 0; i < receipt->results.len; i++) {
		gates[i].verdict = VERDICT_PASS;
		gates[i].findings.len = 0;
		gates[i].reason = NULL;
	}
	receipt->totals = (struct statement_totals){.planned = 5, .pass = 5};
}

/** Append an envelope; a key in memory always signs. */
__attribute__((unused)) static void sample_envelope(struct text payload, const struct key *key,
						    struct str *out)
{
	struct err err = {0};

	assert_int_equal(envelope_write(payload, SIGNING(key), out, &err), 0);
}

/** Append a signed head. */
__attribute__((unused)) static void sample_head(const struct checkpoint *head,
						const struct key *key, struct str *out)
{
	struct err err = {0};

	assert_int_equal(checkpoint_write(head, SIGNING(key), out, &err), 0);
}

/** Append the signed entry. */
__attribute__((unused)) static void sample_sign(const struct statement *statement,
						const struct key *key, struct str *out)
{
	AUTO(auto_str) struct str payload = {0};

	statement_write(statement, &payload);
	sample_envelope(str_view(&payload), key, out);
}

/** A fresh arena for a test; released by its teardown or by hand. */
__attribute__((unused)) static void auto_arena(struct arena *arena)
{
	arena_release(arena);
}

#endif
