#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "logs.h"
#include "receipt/verify.h"

/** 2026-03-02T00:00:00Z: a few hours after the samples. */
#define NOW 1772409600000

/** A log with two runs by key number 1, its last receipt, and what it is verified against. */
struct world {
	struct history history;
	struct trust trust;
	struct str bytes; /**< of entry 3 */
	struct verify_options options;
};

/** A line of allowed_signers for a key; `options` end with a blank. */
static void add_signer(struct trust *trust, const struct key *key, const char *options)
{
	AUTO(auto_problems) struct problems problems = {0};
	AUTO(auto_str) struct str line = {0};

	str_printf(&line, "ops@example %s", options);
	public_key_write_ssh(&key->public, NULL, &line);
	assert_int_equal(trust_read_signers(trust, "receipts/trust/allowed_signers",
					    str_view(&line), &problems),
			 0);
}

#define FOR_RECEIPTS "namespaces=\"gaterun-receipt\" "

static int make_world(void **state)
{
	static int number;
	struct world *world = mem_alloc(sizeof(*world));
	AUTO(auto_log) struct log *log = NULL;
	char name[32];
	struct err err = {0};

	(void)snprintf(name, sizeof(name), "world-%d", number++);
	world->history = history_of(name, 1);
	history_runs(&world->history, 2);
	log = history_open(&world->history, LOG_READ);
	assert_int_equal(log_entry(log, 3, &world->bytes, &err), 0);
	world->options = (struct verify_options){
		.trust = &world->trust, .state = world->history.state, .now_utc_ms = NOW};
	*state = world;
	return 0;
}

static int free_world(void **state)
{
	struct world *world = *state;

	auto_history(&world->history);
	trust_release(&world->trust);
	str_release(&world->bytes);
	free(world);
	return 0;
}

/** Verify some bytes; the verdict, with the sentence in `why`. */
static enum receipt_verdict verdict_of(struct world *world, struct text bytes, char why[480])
{
	AUTO(auto_verification) struct verification found = {0};

	receipt_verify(bytes, &world->options, &found);
	assert_true(found.why[0] != '\0');
	assert_memory_equal(reason_code(found.reason), "receipt.", strlen("receipt."));
	memcpy(why, found.why, sizeof(found.why));
	return found.verdict;
}

#define assert_verdict(bytes, expected, word)                                                  \
	do {                                                                                   \
		char why_[480];                                                                \
                                                                                               \
		if (verdict_of(world, (bytes), why_) != (expected) || !strstr(why_, (word))) { \
			fail_msg("%s", why_);                                                  \
		}                                                                              \
	} while (0)

/* ---- who signed */

static void a_receipt_by_an_allowed_signer_is_trusted(void **state)
{
	struct world *world = *state;
	AUTO(auto_verification) struct verification found = {0};
	char fingerprint[FINGERPRINT_BYTES];

	add_signer(&world->trust, world->history.key, FOR_RECEIPTS);
	receipt_verify(str_view(&world->bytes), &world->options, &found);
	assert_int_equal(found.verdict, RECEIPT_TRUSTED);
	assert_int_equal(found.membership, MEMBER_PROVEN);
	assert_string_equal(found.membership_why, "");
	assert_string_equal(found.principals, "ops@example");
	public_key_fingerprint(&world->history.key->public, fingerprint);
	assert_string_equal(found.signer, fingerprint);
	assert_int_equal(found.statement.results.len, 5);
	assert_int_equal(found.statement.identity.seq, 3);
}

static void a_receipt_by_ones_own_key_is_valid_and_says_so(void **state)
{
	struct world *world = *state;

	world->options.own = &world->history.key->public;
	assert_verdict(str_view(&world->bytes), RECEIPT_OWN, "your own key");
	world->options.trust = NULL;
	assert_verdict(str_view(&world->bytes), RECEIPT_OWN, "your own key");
	add_signer(&world->trust, world->history.key, FOR_RECEIPTS);
	world->options.trust = &world->trust;
	assert_verdict(str_view(&world->bytes), RECEIPT_TRUSTED, "ops@example");
}

static void an_unknown_signer_cannot_be_decided(void **state)
{
	struct world *world = *state;
	AUTO(auto_key) struct key *other = sample_key(2);

	assert_verdict(str_view(&world->bytes), RECEIPT_UNDECIDED, "not known here");
	add_signer(&world->trust, other, FOR_RECEIPTS);
	world->options.own = &other->public;
	assert_verdict(str_view(&world->bytes), RECEIPT_UNDECIDED, "not known here");
}

static void a_signer_for_other_things_is_not_trusted(void **state)
{
	struct world *world = *state;

	add_signer(&world->trust, world->history.key, "namespaces=\"git\" ");
	assert_verdict(str_view(&world->bytes), RECEIPT_INVALID, "namespaces");
	add_signer(&world->trust, world->history.key, "");
	assert_verdict(str_view(&world->bytes), RECEIPT_INVALID, "namespaces");
	add_signer(&world->trust, world->history.key, "cert-authority," FOR_RECEIPTS);
	assert_verdict(str_view(&world->bytes), RECEIPT_INVALID, "namespaces");
}

static void keys_sign_only_while_they_are_valid(void **state)
{
	struct world *world = *state;

	/* The run finished on 2026-03-01 at 21:48:13. */
	add_signer(&world->trust, world->history.key,
		   "valid-before=\"20260301214812Z\"," FOR_RECEIPTS);
	assert_verdict(str_view(&world->bytes), RECEIPT_INVALID, "expired");
	add_signer(&world->trust, world->history.key,
		   "valid-after=\"20260301214814Z\"," FOR_RECEIPTS);
	assert_verdict(str_view(&world->bytes), RECEIPT_INVALID, "not valid yet");
	add_signer(
		&world->trust, world->history.key,
		"valid-after=\"20260301214813Z\",valid-before=\"20260301214813Z\"," FOR_RECEIPTS);
	assert_verdict(str_view(&world->bytes), RECEIPT_TRUSTED, "valid");
}

static void the_keyid_chooses_nobody(void **state)
{
	struct world *world = *state;
	AUTO(auto_key) struct key *other = sample_key(2);
	AUTO(auto_str) struct str bytes = {0};
	char theirs[FINGERPRINT_BYTES];
	char ours[FINGERPRINT_BYTES];
	char *found = NULL;

	/* Signed by number 1, but the keyid is that of number 2, whoever of them is known. */
	public_key_fingerprint(&world->history.key->public, ours);
	public_key_fingerprint(&other->public, theirs);
	str_add(&bytes, world->bytes.at);
	found = strstr(bytes.at, ours);
	assert_non_null(found);
	memcpy(found, theirs, strlen(theirs));
	assert_verdict(str_view(&bytes), RECEIPT_UNDECIDED, "not known here");
	add_signer(&world->trust, other, FOR_RECEIPTS);
	assert_verdict(str_view(&bytes), RECEIPT_INVALID, "does not verify");
	add_signer(&world->trust, world->history.key, FOR_RECEIPTS);
	assert_verdict(str_view(&bytes), RECEIPT_INVALID, "keyid");
	trust_release(&world->trust);
	add_signer(&world->trust, world->history.key, FOR_RECEIPTS);
	assert_verdict(str_view(&bytes), RECEIPT_INVALID, "keyid");
}

/** One more line of revoked. */
static void add_revocation(struct world *world, int64_t size, const char *root)
{
	AUTO(auto_problems) struct problems problems = {0};
	AUTO(auto_str) struct str line = {0};
	char fingerprint[FINGERPRINT_BYTES];

	public_key_fingerprint(&world->history.key->public, fingerprint);
	str_printf(&line, "%s 2026-03-02 compromised %lld %s\n", fingerprint, (long long)size,
		   root);
	assert_int_equal(trust_read_revoked(&world->trust, "receipts/trust/revoked",
					    str_view(&line), &problems),
			 0);
}

/** The only line of revoked. */
static void revoke_key(struct world *world, int64_t size, const char *root)
{
	world->trust.revocations.len = 0;
	add_revocation(world, size, root);
}

static void revoked_keys_are_believed_only_for_what_is_older(void **state)
{
	struct world *world = *state;
	AUTO(auto_log) struct log *log = history_open(&world->history, LOG_READ);
	AUTO(auto_str) struct str root = {0};
	struct merkle_hash hash = {0};
	struct err err = {0};

	assert_int_equal(log_load(log, &err), 0);
	merkle_root(&log->tree.range, &hash);
	hex_encode(&root, hash.bytes, sizeof(hash.bytes));
	add_signer(&world->trust, world->history.key, FOR_RECEIPTS);
	revoke_key(world, 4, root.at); /* entry 3 is the last good one */
	assert_verdict(str_view(&world->bytes), RECEIPT_TRUSTED, "valid");
	revoke_key(world, 3, root.at);
	assert_verdict(str_view(&world->bytes), RECEIPT_INVALID, "revokes");
	revoke_key(world, 0, "-");
	assert_verdict(str_view(&world->bytes), RECEIPT_INVALID, "revokes");
	revoke_key(world, 4, HASH_A); /* another history */
	assert_verdict(str_view(&world->bytes), RECEIPT_INVALID, "revoked");
	revoke_key(world, 5, root.at); /* more entries than there are */
	assert_verdict(str_view(&world->bytes), RECEIPT_INVALID, "revoked");
	revoke_key(world, 4, root.at);
	world->options.state = NULL; /* no log to show it */
	assert_verdict(str_view(&world->bytes), RECEIPT_UNDECIDED, "revoked");
	/* One's own key can be revoked too, and an unknown one. */
	revoke_key(world, 0, "-");
	world->options.own = &world->history.key->public;
	assert_verdict(str_view(&world->bytes), RECEIPT_INVALID, "revokes");
	world->options.own = NULL;
	world->trust.signers.len = 0;
	assert_verdict(str_view(&world->bytes), RECEIPT_INVALID, "revoked");
}

/** What is kept of the world's receipt; its head cosigned by witness 2 some seconds before NOW. */
static struct evidence keep_cosigned(struct world *world, int64_t age_s)
{
	AUTO(auto_log) struct log *log = history_open(&world->history, LOG_READ);
	AUTO(auto_key) struct key *witness = sample_key(2);
	AUTO(auto_str) struct str proof = {0};
	AUTO(auto_str) struct str body = {0};
	struct entry entry = {0};
	struct evidence kept = {0};
	struct checkpoint head = {0};
	struct err err = {0};

	assert_int_equal(log_load(log, &err), 0);
	assert_int_equal(log_check_entry(log, str_view(&world->bytes), 3, NULL,
					 &world->history.arena, &entry, &err),
			 0);
	assert_int_equal(evidence_make(log, str_view(&world->bytes), &entry.statement,
				       &world->history.key->public, &world->history.arena, &kept,
				       &err),
			 0);
	assert_int_equal(log_head_over(log, 3, &head, NULL, &err), 0);
	checkpoint_body(&head, &body);
	str_add_text(&proof, kept.proof);
	assert_int_equal(cosignature_write(str_view(&body), "w2.example", SIGNING(witness),
					   NOW / 1000 - age_s, &proof, &err),
			 0);
	kept.proof =
		(struct text){arena_copy(&world->history.arena, proof.at, proof.len), proof.len};
	return kept;
}

/** A policy that asks for witness 2. */
static void ask_for_a_witness(struct log_policy *policy)
{
	AUTO(auto_problems) struct problems problems = {0};
	AUTO(auto_key) struct key *key = sample_key(2);
	AUTO(auto_str) struct str file = {0};
	struct witness witness = {.name = "w2.example", .key = key->public};

	str_add(&file, "witness w2 ");
	witness_write_vkey(&witness, &file);
	str_add(&file, "\nquorum w2\n");
	assert_int_equal(
		log_policy_read(policy, "receipts/trust/policy", str_view(&file), &problems), 0);
}

/** The only line of revoked, with its time and reason. */
static void revoke_at(struct world *world, const char *time, const char *reason, const char *root)
{
	AUTO(auto_problems) struct problems problems = {0};
	AUTO(auto_str) struct str line = {0};
	char fingerprint[FINGERPRINT_BYTES];

	world->trust.revocations.len = 0;
	public_key_fingerprint(&world->history.key->public, fingerprint);
	str_printf(&line, "%s %s %s 4 %s\n", fingerprint, time, reason, root);
	assert_int_equal(trust_read_revoked(&world->trust, "receipts/trust/revoked",
					    str_view(&line), &problems),
			 0);
}

static void of_a_stolen_key_only_what_witnesses_saw_before_is_believed(void **state)
{
	struct world *world = *state;
	AUTO(auto_log_policy) struct log_policy policy = {0};
	struct evidence cosigned = keep_cosigned(world, 3600);
	AUTO(auto_str) struct str root = {0};
	struct tlog_proof proof = {0};
	struct checkpoint head = {0};
	struct err err = {0};

	assert_int_equal(tlog_proof_read(cosigned.proof, &proof, &err), 0);
	assert_int_equal(checkpoint_read(proof.note, world->history.origin,
					 &world->history.key->public, &head, &err),
			 0);
	hex_encode(&root, head.root.bytes, sizeof(head.root.bytes));
	add_signer(&world->trust, world->history.key, FOR_RECEIPTS);
	world->options.state = NULL;
	world->options.kept = &cosigned;
	/* Without a policy the tree decides, whatever the reason. */
	revoke_at(world, "2026-03-01", "compromised", root.at);
	assert_verdict(str_view(&world->bytes), RECEIPT_TRUSTED, "valid");
	/* With one, the witness must have been there before. */
	ask_for_a_witness(&policy);
	world->options.policy = &policy;
	assert_verdict(str_view(&world->bytes), RECEIPT_INVALID, "nobody saw this receipt before");
	revoke_at(world, "2026-03-02", "compromised", root.at);
	assert_verdict(str_view(&world->bytes), RECEIPT_TRUSTED, "valid");
	/* Cosignatures have seconds, and this one may be of the end of its second. */
	revoke_at(world, "2026-03-01T23:00:00.999Z", "compromised", root.at);
	assert_verdict(str_view(&world->bytes), RECEIPT_INVALID, "nobody saw this receipt before");
	revoke_at(world, "2026-03-01T23:00:01.000Z", "compromised", root.at);
	assert_verdict(str_view(&world->bytes), RECEIPT_TRUSTED, "valid");
	/* A retired key was in nobody else's hands. */
	revoke_at(world, "2026-03-01", "retired", root.at);
	assert_verdict(str_view(&world->bytes), RECEIPT_TRUSTED, "valid");
	/* The tree is asked for in any case. */
	revoke_at(world, "2026-03-02", "retired", HASH_A);
	assert_verdict(str_view(&world->bytes), RECEIPT_UNDECIDED, "revoked");
}

static void of_a_stolen_key_nothing_is_believed_that_no_witness_saw(void **state)
{
	struct world *world = *state;
	AUTO(auto_log) struct log *log = history_open(&world->history, LOG_READ);
	AUTO(auto_log_policy) struct log_policy policy = {0};
	AUTO(auto_str) struct str root = {0};
	struct merkle_hash hash = {0};
	struct err err = {0};

	assert_int_equal(log_load(log, &err), 0);
	merkle_root(&log->tree.range, &hash);
	hex_encode(&root, hash.bytes, sizeof(hash.bytes));
	add_signer(&world->trust, world->history.key, FOR_RECEIPTS);
	revoke_at(world, "2026-03-02", "compromised", root.at);
	assert_verdict(str_view(&world->bytes), RECEIPT_TRUSTED, "valid");
	ask_for_a_witness(&policy);
	world->options.policy = &policy;
	assert_verdict(str_view(&world->bytes), RECEIPT_UNDECIDED, "no witness");
	revoke_at(world, "2026-03-02", "retired", root.at);
	assert_verdict(str_view(&world->bytes), RECEIPT_TRUSTED, "valid");
}

/* Whoever learns that a retired key was stolen adds a line, and must be believed. */
static void a_further_revocation_takes_away_what_an_earlier_one_left(void **state)
{
	struct world *world = *state;
	AUTO(auto_log) struct log *log = history_open(&world->history, LOG_READ);
	AUTO(auto_str) struct str root = {0};
	struct merkle_hash hash = {0};
	struct err err = {0};

	assert_int_equal(log_load(log, &err), 0);
	merkle_root(&log->tree.range, &hash);
	hex_encode(&root, hash.bytes, sizeof(hash.bytes));
	add_signer(&world->trust, world->history.key, FOR_RECEIPTS);
	revoke_key(world, 4, root.at);
	add_revocation(world, 4, root.at);
	assert_verdict(str_view(&world->bytes), RECEIPT_TRUSTED, "valid");
	add_revocation(world, 0, "-");
	assert_verdict(str_view(&world->bytes), RECEIPT_INVALID, "revokes");
	revoke_key(world, 0, "-");
	add_revocation(world, 4, root.at);
	assert_verdict(str_view(&world->bytes), RECEIPT_INVALID, "revokes");
}

/* ---- what was signed */

static void every_flipped_byte_of_a_receipt_is_told(void **state)
{
	struct world *world = *state;

	world->options.state = NULL;
	add_signer(&world->trust, world->history.key, FOR_RECEIPTS);
	for (size_t i = 0; i < world->bytes.len; i++) {
		char flipped = (char)(world->bytes.at[i] ^ (1 << i % 8));
		char whole = world->bytes.at[i];
		char why[480];

		world->bytes.at[i] = flipped;
		assert_int_equal(verdict_of(world, str_view(&world->bytes), why), RECEIPT_INVALID);
		world->bytes.at[i] = whole;
	}
	assert_verdict(str_view(&world->bytes), RECEIPT_TRUSTED, "valid");
}

static void truncated_and_foreign_files_are_told_apart(void **state)
{
	struct world *world = *state;
	char why[480];

	add_signer(&world->trust, world->history.key, FOR_RECEIPTS);
	for (size_t len = 0; len + 1 < world->bytes.len; len += 7) {
		enum receipt_verdict verdict =
			verdict_of(world, (struct text){world->bytes.at, len}, why);

		assert_true(verdict == RECEIPT_INVALID || (len < 20 && verdict == RECEIPT_NONE));
	}
	assert_verdict(text_of(""), RECEIPT_NONE, "");
	assert_verdict(text_of("# Notes\n"), RECEIPT_NONE, "");
	assert_verdict(text_of("{\"name\":\"x\"}"), RECEIPT_NONE, "");
	assert_verdict(text_of("{\"payload\":\"\",\"payloadType\":\"x\",\"signatures\":[]}"),
		       RECEIPT_INVALID, "signature");
}

/** Sign what the sample says after a change, by the same key; verified without the log. */
static void resign(struct world *world, const struct statement *statement, struct str *out)
{
	world->options.state = NULL;
	str_clear(out);
	sample_sign(statement, world->history.key, out);
}

static struct statement original(struct world *world)
{
	AUTO(auto_log) struct log *log = history_open(&world->history, LOG_READ);
	struct entry entry = {0};
	struct err err = {0};

	assert_int_equal(log_check_entry(log, str_view(&world->bytes), 3, NULL,
					 &world->history.arena, &entry, &err),
			 0);
	return entry.statement;
}

static void claims_of_a_signed_receipt_are_checked(void **state)
{
	struct world *world = *state;
	AUTO(auto_key) struct key *other = sample_key(2);
	AUTO(auto_str) struct str bytes = {0};
	struct statement spoilt = original(world);

	add_signer(&world->trust, world->history.key, FOR_RECEIPTS);
	resign(world, &spoilt, &bytes);
	assert_verdict(str_view(&bytes), RECEIPT_TRUSTED, "valid");
	/* Another signer's log. */
	spoilt.identity.log_origin = sample_origin(&world->history.arena, other);
	resign(world, &spoilt, &bytes);
	assert_verdict(str_view(&bytes), RECEIPT_INVALID, "log");
	/* Another repo, consistently. */
	world->options.repo = "other.example";
	assert_verdict(str_view(&world->bytes), RECEIPT_INVALID, "repo");
	world->options.repo = SAMPLE_REPO;
	assert_verdict(str_view(&world->bytes), RECEIPT_TRUSTED, "valid");
	/* Another run, under the name of this one. */
	world->options.run_key = "RUN-20260301T214813Z__verify.fast__R00000000000000000000";
	assert_verdict(str_view(&world->bytes), RECEIPT_INVALID, "not of RUN-");
	world->options.run_key = original(world).identity.run_key;
	assert_verdict(str_view(&world->bytes), RECEIPT_TRUSTED, "valid");
	world->options.run_key = NULL;
	/* The future, beyond what clocks may differ. */
	spoilt = original(world);
	spoilt.time.finished_at = "2026-03-02T00:05:00.000Z";
	resign(world, &spoilt, &bytes);
	assert_verdict(str_view(&bytes), RECEIPT_TRUSTED, "valid");
	spoilt.time.finished_at = "2026-03-02T00:05:00.001Z";
	resign(world, &spoilt, &bytes);
	assert_verdict(str_view(&bytes), RECEIPT_INVALID, "future");
	/* Totals that do not add up, although the signature is good. */
	spoilt = original(world);
	spoilt.totals.exit = 0;
	resign(world, &spoilt, &bytes);
	assert_verdict(str_view(&bytes), RECEIPT_INVALID, "exit status");
}

static void signed_documents_that_are_no_receipts_are_told(void **state)
{
	struct world *world = *state;
	AUTO(auto_log) struct log *log = history_open(&world->history, LOG_READ);
	AUTO(auto_str) struct str bytes = {0};
	AUTO(auto_str) struct str start = {0};
	struct err err = {0};

	add_signer(&world->trust, world->history.key, FOR_RECEIPTS);
	assert_int_equal(log_entry(log, 2, &start, &err), 0);
	assert_verdict(str_view(&start), RECEIPT_NONE, "start");
	sample_envelope(text_of("{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicateType\":"
				"\"https://slsa.dev/provenance/v1\",\"predicate\":{}}"),
			world->history.key, &bytes);
	assert_verdict(str_view(&bytes), RECEIPT_NONE, "not one of a gaterun run");
	str_clear(&bytes);
	sample_envelope(text_of("not JSON"), world->history.key, &bytes);
	assert_verdict(str_view(&bytes), RECEIPT_INVALID, "JSON");
}

/* ---- the log */

static void membership_is_reported_for_a_file_and_required_for_a_key(void **state)
{
	struct world *world = *state;
	AUTO(auto_str) struct str spaced = {0};
	AUTO(auto_verification) struct verification found = {0};

	add_signer(&world->trust, world->history.key, FOR_RECEIPTS);
	/* The same envelope in other bytes: a valid file, but not the entry. */
	str_add(&spaced, world->bytes.at);
	str_add(&spaced, "\n");
	receipt_verify(str_view(&spaced), &world->options, &found);
	assert_int_equal(found.verdict, RECEIPT_TRUSTED);
	assert_int_equal(found.membership, MEMBER_ABSENT);
	assert_non_null(strstr(found.membership_why, "another"));
	world->options.needs_log = true;
	assert_verdict(str_view(&spaced), RECEIPT_INVALID, "another");
	assert_verdict(str_view(&world->bytes), RECEIPT_TRUSTED, "valid");
	world->options.state = scratch_path("no-such-folder");
	assert_verdict(str_view(&world->bytes), RECEIPT_UNDECIDED, "no log");
	world->options.state = NULL;
	assert_verdict(str_view(&world->bytes), RECEIPT_UNDECIDED, "log");
}

static void spoil(struct world *world, const char *name)
{
	const char *path = history_path(&world->history, name);

	assert_int_equal(unlink(path), 0);
}

static void a_log_that_lost_something_proves_nothing(void **state)
{
	struct world *world = *state;

	add_signer(&world->trust, world->history.key, FOR_RECEIPTS);
	world->options.needs_log = true;
	assert_verdict(str_view(&world->bytes), RECEIPT_TRUSTED, "valid");
	spoil(world, "entries/00000001.json"); /* neither the receipt nor its start */
	assert_verdict(str_view(&world->bytes), RECEIPT_INVALID, "entries/00000001.json");
	spoil(world, "entries/00000002.json"); /* its start */
	assert_verdict(str_view(&world->bytes), RECEIPT_INVALID, "entries/00000002.json");
	spoil(world, "entries/00000003.json");
	assert_verdict(str_view(&world->bytes), RECEIPT_INVALID, "entry 3");
}

static void an_entry_without_a_head_is_not_yet_proven(void **state)
{
	struct world *world = *state;
	AUTO(auto_log) struct log *log = history_open(&world->history, LOG_WRITE);
	AUTO(auto_str) struct str bytes = {0};
	char leaf[SHA256_HEX_BYTES];
	struct statement start = {0};
	struct err err = {0};

	add_signer(&world->trust, world->history.key, FOR_RECEIPTS);
	world->options.needs_log = true;
	assert_int_equal(
		history_start(log, world->history.key, &world->history.arena, &start, leaf, &err),
		0);
	assert_int_equal(
		history_receipt(log, world->history.key, &world->history.arena, &start, leaf, &err),
		0);
	assert_int_equal(log_entry(log, 5, &bytes, &err), 0);
	assert_verdict(str_view(&bytes), RECEIPT_UNDECIDED, "no signed head");
	world->options.needs_log = false;
	assert_verdict(str_view(&bytes), RECEIPT_TRUSTED, "valid");
	world->options.needs_log = true;
	assert_int_equal(log_sync(log, SIGNING(world->history.key), &err), 0);
	assert_verdict(str_view(&bytes), RECEIPT_TRUSTED, "valid");
}

static void a_receipt_moved_to_another_start_is_told(void **state)
{
	struct world *world = *state;
	AUTO(auto_log) struct log *log = history_open(&world->history, LOG_WRITE);
	AUTO(auto_str) struct str bytes = {0};
	struct statement moved = original(world);
	struct log_position position = {0};
	struct err err = {0};

	/* Signed and logged, but it names the start of another run. */
	add_signer(&world->trust, world->history.key, FOR_RECEIPTS);
	world->options.needs_log = true;
	assert_int_equal(log_begin(log, &position, &err), 0);
	moved.identity.seq = position.seq;
	moved.identity.prev = position.prev;
	moved.identity.start_seq = 0;
	sample_sign(&moved, world->history.key, &bytes);
	assert_int_equal(log_append(log, str_view(&bytes), NULL, &err), 0);
	log_end(log);
	assert_int_equal(log_sync(log, SIGNING(world->history.key), &err), 0);
	assert_verdict(str_view(&bytes), RECEIPT_INVALID, "not the start");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make_world, free_world)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_receipt_by_an_allowed_signer_is_trusted),
		TEST(a_receipt_by_ones_own_key_is_valid_and_says_so),
		TEST(an_unknown_signer_cannot_be_decided),
		TEST(a_signer_for_other_things_is_not_trusted),
		TEST(keys_sign_only_while_they_are_valid),
		TEST(the_keyid_chooses_nobody),
		TEST(revoked_keys_are_believed_only_for_what_is_older),
		TEST(of_a_stolen_key_only_what_witnesses_saw_before_is_believed),
		TEST(of_a_stolen_key_nothing_is_believed_that_no_witness_saw),
		TEST(a_further_revocation_takes_away_what_an_earlier_one_left),
		TEST(every_flipped_byte_of_a_receipt_is_told),
		TEST(truncated_and_foreign_files_are_told_apart),
		TEST(claims_of_a_signed_receipt_are_checked),
		TEST(signed_documents_that_are_no_receipts_are_told),
		TEST(membership_is_reported_for_a_file_and_required_for_a_key),
		TEST(a_log_that_lost_something_proves_nothing),
		TEST(an_entry_without_a_head_is_not_yet_proven),
		TEST(a_receipt_moved_to_another_start_is_told),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
