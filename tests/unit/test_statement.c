#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "receipts.h"

/** Write, read, and say what reading gave. */
static enum statement_reading reread(const struct statement *statement, struct err *err)
{
	AUTO(auto_arena) struct arena arena = {0};
	AUTO(auto_str) struct str bytes = {0};
	struct statement read = {0};

	statement_write(statement, &bytes);
	*err = (struct err){0};
	return statement_read(&arena, str_view(&bytes), &read, err);
}

static enum statement_reading read_text(const char *text, struct err *err)
{
	AUTO(auto_arena) struct arena arena = {0};
	struct statement read = {0};

	*err = (struct err){0};
	return statement_read(&arena, text_of(text), &read, err);
}

/** A start and a receipt to spoil. */
struct sample {
	struct arena arena;
	struct key *key;
	struct statement start;
	struct statement receipt;
	struct statement_gate *gates;
};

static int make_sample(void **state)
{
	struct sample *sample = mem_alloc(sizeof(*sample));

	sample->key = sample_key(1);
	sample->start = sample_start(&sample->arena, sample->key, 0, "");
	sample->receipt = sample_receipt(&sample->arena, sample->key, &sample->start);
	sample->gates = sample->receipt.results.at;
	*state = sample;
	return 0;
}

static int free_sample(void **state)
{
	struct sample *sample = *state;

	arena_release(&sample->arena);
	key_free(sample->key);
	free(sample);
	return 0;
}

static void a_start_is_read_as_it_was_written(void **state)
{
	struct sample *sample = *state;
	AUTO(auto_arena) struct arena arena = {0};
	AUTO(auto_str) struct str bytes = {0};
	AUTO(auto_str) struct str again = {0};
	struct statement read = {0};
	struct err err = {0};

	statement_write(&sample->start, &bytes);
	assert_int_equal(statement_read(&arena, str_view(&bytes), &read, &err), STATEMENT_GOOD);
	assert_int_equal(read.kind, STATEMENT_START);
	assert_string_equal(read.identity.run_key, sample->start.identity.run_key);
	assert_int_equal(read.inputs.gates.len, 2);
	assert_string_equal(read.inputs.selection.packs.at[0], "fast");
	statement_write(&read, &again);
	assert_string_equal(bytes.at, again.at);
}

static void a_receipt_has_the_form_that_other_tools_read(void **state)
{
	static const char *const expected[] = {
		"{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicate\":{\"configuration\":[",
		"\"failedTests\":[\"G020\",\"G030\"]",
		"\"passedTests\":[\"G001\"]",
		"\"result\":\"FAILED\"",
		"\"warnedTests\":[\"G010\",\"G031\"]",
		"\"urn:gaterun:receipt:v1\":{\"identity\":{",
		"\"predicateType\":\"https://in-toto.io/attestation/test-result/v0.1\"",
		"{\"uri\":\"urn:gaterun:pack:fast\"}",
		"{\"digest\":{\"sha256\":\"" HASH_C "\"},\"name\":\"bindings/ssh.targets.yaml\"}",
		("{\"digest\":{\"gitCommit\":\"1111111111111111111111111111111111111111\","
		 "\"gitTree\":\"2222222222222222222222222222222222222222\"},\"name\":\"ops.example\"}"),
		"\"totals\":{\"exit\":1,\"fail\":2,\"pass\":1,\"planned\":5,\"skip\":1,\"unknown\":1}",
		"\"startedAt\":\"2026-03-01T21:48:13.123Z\"",
	};
	struct sample *sample = *state;
	AUTO(auto_arena) struct arena arena = {0};
	AUTO(auto_str) struct str bytes = {0};
	AUTO(auto_str) struct str again = {0};
	struct statement read = {0};
	struct err err = {0};

	statement_write(&sample->receipt, &bytes);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		assert_non_null(strstr(bytes.at, expected[i]));
	}
	assert_int_equal(statement_read(&arena, str_view(&bytes), &read, &err), STATEMENT_GOOD);
	assert_int_equal(read.results.len, 5);
	statement_write(&read, &again);
	assert_string_equal(bytes.at, again.at);
}

static void the_manifest_is_what_sha256sum_reads(void **state)
{
	struct sample *sample = *state;
	AUTO(auto_str) struct str manifest = {0};
	AUTO(auto_str) struct str bytes = {0};
	AUTO(auto_str) struct str subject = {0};
	char hex[SHA256_HEX_BYTES];
	static struct statement_file odd[] = {{"bindings/a\\b\nc.yaml", HASH_A},
					      {"bindings/ssh.targets.yaml", HASH_C}};

	sample->receipt.policy.path = "bindings/probe.policy.yaml";
	sample->receipt.policy.sha256 = HASH_B;
	statement_manifest(&sample->receipt, &manifest);
	assert_string_equal(str_text(&manifest), HASH_B "  bindings/probe.policy.yaml\n" HASH_C
							"  bindings/ssh.targets.yaml\n" HASH_B
							"  gates/001-bindings-valid.yaml\n" HASH_A
							"  gates/020-snapshot-parity.yaml\n");
	sha256_hex(manifest.at, manifest.len, hex);
	str_printf(&subject, "{\"digest\":{\"sha256\":\"%s\"},\"name\":\"inputs.sha256\"}", hex);
	statement_write(&sample->receipt, &bytes);
	assert_non_null(strstr(bytes.at, subject.at));
	str_clear(&manifest);
	sample->receipt.policy.path = NULL;
	sample->receipt.inputs.gates.len = 0;
	sample->receipt.inputs.bindings = (struct rows){odd, 2};
	statement_manifest(&sample->receipt, &manifest);
	assert_string_equal(str_text(&manifest),
			    "\\" HASH_A "  bindings/a\\\\b\\\\x0ac.yaml\n" HASH_C
			    "  bindings/ssh.targets.yaml\n");
}

static void the_result_follows_the_exit_status(void **state)
{
	struct sample *sample = *state;
	static const char *waivers[] = {"G020 target:x until 2027-01-01"};
	struct err err = {0};

	assert_string_equal(statement_result(&sample->receipt), "FAILED");
	sample_pass(&sample->receipt);
	assert_string_equal(statement_result(&sample->receipt), "PASSED");
	assert_int_equal(reread(&sample->receipt, &err), STATEMENT_GOOD);
	/* An enforced gate that was skipped, and one that is not enforced and failed, warn. */
	sample->gates[2].verdict = VERDICT_SKIP;
	sample->receipt.totals.pass--;
	sample->receipt.totals.skip++;
	assert_string_equal(statement_result(&sample->receipt), "WARNED");
	assert_int_equal(reread(&sample->receipt, &err), STATEMENT_GOOD);
	sample_pass(&sample->receipt);
	sample->gates[4].verdict = VERDICT_UNKNOWN;
	sample->receipt.totals.pass--;
	sample->receipt.totals.unknown++;
	assert_string_equal(statement_result(&sample->receipt), "WARNED");
	assert_int_equal(reread(&sample->receipt, &err), STATEMENT_GOOD);
	sample_pass(&sample->receipt);
	sample->receipt.policy.waivers = (struct texts){waivers, NULL, 1};
	assert_string_equal(statement_result(&sample->receipt), "WARNED");
	/* An enforced unknown is exit 2, so FAILED; and so is a run that a signal ended. */
	sample_pass(&sample->receipt);
	sample->gates[0].verdict = VERDICT_UNKNOWN;
	sample->receipt.totals =
		(struct statement_totals){.planned = 5, .pass = 4, .unknown = 1, .exit = 2};
	assert_string_equal(statement_result(&sample->receipt), "FAILED");
	assert_int_equal(reread(&sample->receipt, &err), STATEMENT_GOOD);
	sample->receipt.totals.exit = 130;
	assert_string_equal(statement_result(&sample->receipt), "FAILED");
	assert_int_equal(reread(&sample->receipt, &err), STATEMENT_GOOD);
}

static void run_keys_follow_from_starts(void **state)
{
	struct sample *sample = *state;
	static const char *gates[] = {"G020"};
	struct statement start = sample->start;
	char name[RUN_KEY_BYTES];
	char other[RUN_KEY_BYTES];
	struct err err = {0};

	statement_name(&start, name);
	assert_string_equal(name, start.identity.run_key);
	assert_memory_equal(name, "RUN-20260301T214813Z__verify.fast__R", 36);
	assert_int_equal(reread(&start, &err), STATEMENT_GOOD);
	/* Another nonce, commit, log, index, binding: another key, and this one no longer fits. */
	start.source.commit = "3333333333333333333333333333333333333333";
	statement_name(&start, other);
	assert_string_not_equal(name, other);
	assert_int_equal(reread(&start, &err), STATEMENT_BROKEN);
	assert_non_null(strstr(err.text, "runKey"));
	start = sample->start;
	start.identity.nonce = "0123456789abcdef0123456789abcde0";
	assert_int_equal(reread(&start, &err), STATEMENT_BROKEN);
	start = sample->start;
	start.inputs.selection = (struct statement_selection){.gates = {gates, NULL, 1}};
	statement_name(&start, other);
	assert_memory_equal(other, "RUN-20260301T214813Z__verify.g020__R", 36);
}

/** Change one member of a copy of the receipt; reading must fail with `word` in the sentence. */
#define assert_broken(member, value, word)                                   \
	do {                                                                 \
		struct statement spoilt_ = sample->receipt;                  \
		struct err err_ = {0};                                       \
                                                                             \
		spoilt_.member = value;                                      \
		assert_int_equal(reread(&spoilt_, &err_), STATEMENT_BROKEN); \
		assert_non_null(strstr(err_.text, word));                    \
	} while (0)

static void wrong_values_of_a_receipt_are_refused(void **state)
{
	struct sample *sample = *state;
	struct err err = {0};

	assert_int_equal(reread(&sample->receipt, &err), STATEMENT_GOOD);
	assert_broken(identity.run_key, "RUN-20260301T214813Z__../x__Rk7q2m9x4c8t1v5za0hd3",
		      "runKey");
	assert_broken(identity.run_key, "RUN-20260301T214814Z__verify.fast__Rk7q2m9x4c8t1v5za0hd3",
		      "runKey");
	assert_broken(identity.run_key, "RUN-20260301T214813Z__verify.core__Rk7q2m9x4c8t1v5za0hd3",
		      "runKey");
	assert_broken(identity.log_origin, "gaterun/other/0123456789abcdef", "logOrigin");
	assert_broken(identity.log_origin, "gaterun/ops.example/0123456789abcdeF", "logOrigin");
	assert_broken(identity.log_origin, "gaterun/ops.example", "logOrigin");
	assert_broken(identity.prev, "", "prev");
	assert_broken(identity.seq, 0, "prev");
	assert_broken(identity.seq, -1, "seq");
	assert_broken(identity.seq, (int64_t)1 << 53, "seq");
	assert_broken(identity.start_seq, 1, "startSeq");
	assert_broken(identity.start_leaf, "x", "startLeaf");
	assert_broken(identity.nonce, "0123", "nonce");
	assert_broken(identity.nonce, NULL, "nonce");
	assert_broken(identity.schema, 0, "schema");
	assert_broken(source.vcs, "hg", "vcs");
	assert_broken(source.commit, "123", "commit");
	assert_broken(source.tree, NULL, "tree");
	assert_broken(source.diff_sha256, HASH_A, "dirty");
	assert_broken(source.untracked, 1, "dirty");
	assert_broken(source.repo, "else", "logOrigin");
	assert_broken(inputs.selection.packs.len, 0, "packs or gates");
	assert_broken(policy.mode, "all", "mode");
	assert_broken(policy.path, "bindings/probe.policy.yaml", "policy");
	assert_broken(tool.sha256, "abc", "tool");
	assert_broken(time.started_at, "2026-03-01T21:48:13Z", "startedAt");
	assert_broken(time.finished_at, "2026-02-30T21:48:13.000Z", "finishedAt");
	assert_broken(time.finished_at, "2026-03-01T21:48:13.000Z", "before it started");
	assert_broken(time.duration_ms, -1, "durationMs");
}

static void results_that_do_not_add_up_are_refused(void **state)
{
	struct sample *sample = *state;

	assert_broken(totals.planned, 6, "planned");
	assert_broken(totals.pass, 2, "totals");
	assert_broken(totals.fail, 1, "totals");
	assert_broken(totals.unknown, 0, "totals");
	assert_broken(totals.skip, 2, "totals");
	assert_broken(totals.exit, 0, "exit");
	assert_broken(totals.exit, 2, "exit");
	assert_broken(totals.exit, 3, "exit");
	assert_broken(totals.exit, 70, "exit");
	assert_broken(results.len, 4, "totals");
}

static void wrong_results_of_gates_are_refused(void **state)
{
	struct sample *sample = *state;
	const struct statement_gate good = sample->gates[1];
	struct statement_finding *finding = good.findings.at;
	struct err err = {0};
	struct {
		struct statement_gate gate;
		const char *word;
	} cases[8];

	for (size_t i = 0; i < 8; i++) {
		cases[i].gate = good;
	}
	cases[0].gate.id = "g020";
	cases[0].word = "gate";
	cases[1].gate.id = "G001";
	cases[1].word = "two results";
	cases[2].gate.kind = "Snapshot";
	cases[2].word = "kind";
	cases[3].gate.severity = "huge";
	cases[3].word = "severity";
	cases[4].gate.started_at = "yesterday";
	cases[4].word = "yesterday";
	cases[5].gate.checked = -1;
	cases[5].word = "checked";
	cases[6].gate.reason = "Not A Reason";
	cases[6].word = "reason";
	cases[7].gate.id = "G020\xd0\x90"; /* a Cyrillic letter that looks like A */
	cases[7].word = "gate";
	for (size_t i = 0; i < 8; i++) {
		sample->gates[1] = cases[i].gate;
		assert_int_equal(reread(&sample->receipt, &err), STATEMENT_BROKEN);
		assert_non_null(strstr(err.text, cases[i].word));
	}
	/* A pass that has a failing finding. */
	sample->gates[1] = good;
	sample->gates[1].verdict = VERDICT_PASS;
	sample->receipt.totals.pass++;
	sample->receipt.totals.fail--;
	sample->receipt.totals.exit = 2;
	assert_int_equal(reread(&sample->receipt, &err), STATEMENT_BROKEN);
	assert_non_null(strstr(err.text, "finding"));
	finding->verdict = VERDICT_PASS; /* a remark: fine */
	assert_int_equal(reread(&sample->receipt, &err), STATEMENT_GOOD);
	finding->fingerprint = "1";
	assert_int_equal(reread(&sample->receipt, &err), STATEMENT_BROKEN);
}

static void what_is_waived_is_a_skip_and_names_a_waiver(void **state)
{
	struct sample *sample = *state;
	static const char *waivers[] = {"G020 target:docker-host until 2027-01-01"};
	struct statement_finding *finding = sample->gates[1].findings.at;
	struct err err = {0};

	sample->receipt.policy.waivers = (struct texts){waivers, NULL, 1};
	finding->waived = "fail";
	assert_int_equal(reread(&sample->receipt, &err), STATEMENT_BROKEN);
	assert_non_null(strstr(err.text, "waived"));
	finding->verdict = VERDICT_SKIP;
	assert_int_equal(reread(&sample->receipt, &err), STATEMENT_GOOD);
	finding->waived = "unknown";
	assert_int_equal(reread(&sample->receipt, &err), STATEMENT_GOOD);
	finding->waived = "pass";
	assert_int_equal(reread(&sample->receipt, &err), STATEMENT_BROKEN);
	finding->waived = "fail";
	sample->receipt.policy.waivers.len = 0;
	assert_int_equal(reread(&sample->receipt, &err), STATEMENT_BROKEN);
	assert_non_null(strstr(err.text, "no waiver"));
}

#define COMMIT "1111111111111111111111111111111111111111"

static void a_state_needs_a_baseline(void **state)
{
	struct sample *sample = *state;
	struct statement_selection *selection = &sample->receipt.inputs.selection;
	struct statement_finding *finding = sample->gates[1].findings.at;
	struct err err = {0};

	finding->state = "introduced";
	assert_int_equal(reread(&sample->receipt, &err), STATEMENT_BROKEN);
	assert_non_null(strstr(err.text, "state"));
	selection->baseline = COMMIT;
	assert_int_equal(reread(&sample->receipt, &err), STATEMENT_GOOD);
	selection->baseline = sample->receipt.identity.run_key;
	assert_int_equal(reread(&sample->receipt, &err), STATEMENT_GOOD);
	finding->state = "pre-existing";
	assert_int_equal(reread(&sample->receipt, &err), STATEMENT_GOOD);
	finding->state = "old";
	assert_int_equal(reread(&sample->receipt, &err), STATEMENT_BROKEN);
	/* What is fixed is there no more, so it cannot fail. */
	finding->state = "fixed";
	assert_int_equal(reread(&sample->receipt, &err), STATEMENT_BROKEN);
	finding->verdict = VERDICT_PASS;
	assert_int_equal(reread(&sample->receipt, &err), STATEMENT_GOOD);
	selection->baseline = "HEAD^";
	assert_int_equal(reread(&sample->receipt, &err), STATEMENT_BROKEN);
	selection->baseline = COMMIT;
	selection->since = "HEAD^";
	assert_int_equal(reread(&sample->receipt, &err), STATEMENT_BROKEN);
	selection->since = COMMIT;
	assert_int_equal(reread(&sample->receipt, &err), STATEMENT_GOOD);
}

/** All gates pass but G020, which fails with one finding; only what is introduced counts. */
static struct statement_finding *tolerate(struct sample *sample, const char *counts_as,
					  int64_t exit)
{
	struct statement_finding *finding = NULL;

	sample_pass(&sample->receipt);
	sample->receipt.inputs.selection.baseline = COMMIT;
	sample->receipt.inputs.selection.fail_on = "introduced";
	for (size_t i = 0; i < sample->receipt.results.len; i++) {
		sample->gates[i].counts_as = "pass";
	}
	sample->gates[1].verdict = VERDICT_FAIL;
	sample->gates[1].counts_as = counts_as;
	sample->gates[1].findings.len = 1;
	sample->receipt.totals.pass--;
	sample->receipt.totals.fail++;
	sample->receipt.totals.exit = exit;
	finding = sample->gates[1].findings.at;
	finding->verdict = VERDICT_FAIL;
	finding->state = "pre-existing";
	return finding;
}

static void only_what_is_introduced_decides_with_fail_on(void **state)
{
	struct sample *sample = *state;
	struct statement_finding *finding = NULL;
	struct err err = {0};

	(void)tolerate(sample, "pass", 0);
	assert_int_equal(reread(&sample->receipt, &err), STATEMENT_GOOD);
	assert_string_equal(statement_result(&sample->receipt), "WARNED");
	/* The same results with another end. */
	sample->receipt.totals.exit = 1;
	assert_int_equal(reread(&sample->receipt, &err), STATEMENT_BROKEN);
	/* Introduced, or nobody knows: it counts. */
	finding = tolerate(sample, "pass", 0);
	finding->state = "introduced";
	assert_int_equal(reread(&sample->receipt, &err), STATEMENT_BROKEN);
	finding->state = NULL;
	assert_int_equal(reread(&sample->receipt, &err), STATEMENT_BROKEN);
	assert_non_null(strstr(err.text, "countsAs"));
	finding = tolerate(sample, "fail", 1);
	finding->state = NULL;
	assert_int_equal(reread(&sample->receipt, &err), STATEMENT_GOOD);
	assert_string_equal(statement_result(&sample->receipt), "FAILED");
	/* Worse than its findings is as wrong as better. */
	(void)tolerate(sample, "fail", 1);
	assert_int_equal(reread(&sample->receipt, &err), STATEMENT_BROKEN);
	/* What is left out may be worse, never better. */
	sample->gates[1].omitted = 1;
	assert_int_equal(reread(&sample->receipt, &err), STATEMENT_GOOD);
	sample->gates[1].omitted = 0;
	/* A failure that nothing shows is not tolerated. */
	(void)tolerate(sample, "pass", 0);
	sample->gates[1].findings.len = 0;
	assert_int_equal(reread(&sample->receipt, &err), STATEMENT_BROKEN);
}

static void counting_otherwise_needs_to_be_asked_for(void **state)
{
	struct sample *sample = *state;
	struct err err = {0};

	(void)tolerate(sample, "pass", 0);
	sample->receipt.inputs.selection.fail_on = NULL;
	assert_int_equal(reread(&sample->receipt, &err), STATEMENT_BROKEN);
	(void)tolerate(sample, "pass", 0);
	sample->receipt.inputs.selection.baseline = NULL;
	assert_int_equal(reread(&sample->receipt, &err), STATEMENT_BROKEN);
	(void)tolerate(sample, "pass", 0);
	sample->receipt.inputs.selection.fail_on = "nothing";
	assert_int_equal(reread(&sample->receipt, &err), STATEMENT_BROKEN);
	(void)tolerate(sample, "pass", 0);
	sample->gates[0].counts_as = NULL;
	assert_int_equal(reread(&sample->receipt, &err), STATEMENT_BROKEN);
}

static void paths_never_leave_the_repo(void **state)
{
	static const char *const wrong[] = {"", "/etc/passwd", "../x", "a/../b", "a/..", ".."};
	static const char *const fine[] = {"./a", "a//b", "a/..b", "shipped:x.yaml", "\xc3\xa9 x"};
	struct sample *sample = *state;
	struct err err = {0};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct statement_file file = {wrong[i], HASH_A};
		struct statement spoilt = sample->receipt;

		spoilt.inputs.bindings = (struct rows){&file, 1};
		assert_int_equal(reread(&spoilt, &err), STATEMENT_BROKEN);
		assert_non_null(strstr(err.text, "inside the repo"));
	}
	for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
		struct statement_file file = {fine[i], HASH_A};
		struct statement other = sample->receipt;

		other.inputs.bindings = (struct rows){&file, 1};
		assert_int_equal(reread(&other, &err), STATEMENT_GOOD);
	}
}

/** Replace the first `old` in the document, which must be there. */
static void replace(struct str *bytes, const char *old, const char *new)
{
	AUTO(auto_str) struct str changed = {0};
	char *found = strstr(bytes->at, old);

	assert_non_null(found);
	str_add_bytes(&changed, bytes->at, (size_t)(found - bytes->at));
	str_add(&changed, new);
	str_add(&changed, found + strlen(old));
	str_clear(bytes);
	str_add(bytes, changed.at);
}

static void documents_that_were_edited_are_refused(void **state)
{
	static const struct {
		const char *old;
		const char *new;
	} edits[] = {
		{"\"result\":\"FAILED\"", "\"result\":\"PASSED\""},
		{"\"failedTests\":[\"G020\",", "\"failedTests\":["},
		{"\"passedTests\":[\"G001\"]", "\"passedTests\":[\"G001\",\"G020\"]"},
		{"\"warnedTests\":[\"G010\",", "\"warnedTests\":["},
		{"\"configuration\":[{", "\"configuration\":[{\"name\":\"x\",\"uri\":\"y\"},{"},
		{"\"gitTree\":\"2", "\"gitTree\":\"3"},
		{"\"name\":\"inputs.sha256\"", "\"name\":\"else\""},
		{"\"predicate\":{", "\"predicate\":{\"url\":\"x\","},
		{"{\"_type\":", "{\"more\":1,\"_type\":"},
		{"\"identity\":{", "\"identity\":{\"more\":1,"},
		{"\"identity\":{", "\"runner\":{},\"identity\":{"},
		/* repeated keys, also in another spelling */
		{"\"result\":", "\"result\":\"PASSED\",\"result\":"},
		{"\"seq\":1", "\"s\\u0065q\":1,\"seq\":1"},
		/* numbers in another spelling, or no numbers */
		{"\"checked\":19", "\"checked\":19.0"},
		{"\"checked\":19", "\"checked\":1.9e1"},
		{"\"checked\":19", "\"checked\":\"19\""},
		{"\"checked\":19", "\"checked\":019"},
		{"\"checked\":0", "\"checked\":-0"},
		{"\"checked\":19", "\"checked\":9007199254740992"},
		{"\"checked\":19", "\"checked\":9223372036854775808"},
		{"\"checked\":19", "\"checked\":null"},
		/* other types that a friendly decoder would take */
		{"\"enforced\":true", "\"enforced\":\"true\""},
		{"\"enforced\":true", "\"enforced\":yes"},
		{"\"enforced\":true", "\"enforced\":1"},
		{"\"packs\":[\"fast\"]", "\"packs\":\"fast\""},
		{"\"packs\":[\"fast\"]", "\"packs\":[[\"fast\"]]"},
		{"\"version\":\"0.1.0\"", "\"version\":1"},
		{"\"line\":41", "\"line\":0"},
		/* text that hides or reorders */
		{"the snapshot", "the\\u202esnapshot"},
		{"the snapshot", "the\\u0007snapshot"},
		{"the snapshot", "the\\ud800snapshot"},
		{"the snapshot", "the\\u0000snapshot"},
	};
	struct sample *sample = *state;

	for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		AUTO(auto_str) struct str bytes = {0};
		struct err err = {0};

		statement_write(&sample->receipt, &bytes);
		replace(&bytes, edits[i].old, edits[i].new);
		assert_int_equal(read_text(bytes.at, &err), STATEMENT_BROKEN);
		assert_true(err.text[0] != '\0');
	}
}

static void spacing_and_escapes_of_a_document_are_free(void **state)
{
	struct sample *sample = *state;
	AUTO(auto_str) struct str bytes = {0};
	struct err err = {0};

	statement_write(&sample->receipt, &bytes);
	replace(&bytes, "{\"_type\"", " {\n\t\"_type\"");
	replace(&bytes, "the snapshot", "th\\u0065 snapshot");
	str_add(&bytes, "\n");
	assert_int_equal(read_text(bytes.at, &err), STATEMENT_GOOD);
	str_add(&bytes, "{}");
	assert_int_equal(read_text(bytes.at, &err), STATEMENT_BROKEN);
}

static void other_documents_are_told_apart(void **state)
{
	struct sample *sample = *state;
	AUTO(auto_str) struct str bytes = {0};
	struct err err = {0};

	assert_int_equal(read_text("", &err), STATEMENT_BROKEN);
	assert_int_equal(read_text("{}", &err), STATEMENT_FOREIGN);
	assert_int_equal(read_text("[]", &err), STATEMENT_FOREIGN);
	assert_int_equal(read_text("{\"_type\":\"https://in-toto.io/Statement/v1\"}", &err),
			 STATEMENT_FOREIGN);
	statement_write(&sample->receipt, &bytes);
	replace(&bytes, "Statement/v1", "Statement/v2");
	assert_int_equal(read_text(bytes.at, &err), STATEMENT_FOREIGN);
	str_clear(&bytes);
	statement_write(&sample->receipt, &bytes);
	replace(&bytes, "test-result/v0.1", "test-result/v0.2");
	assert_int_equal(read_text(bytes.at, &err), STATEMENT_FOREIGN);
	str_clear(&bytes);
	statement_write(&sample->receipt, &bytes);
	replace(&bytes, "\"predicateType\":\"" RECEIPT_TYPE, "\"predicateType\":\"" START_TYPE);
	assert_int_equal(read_text(bytes.at, &err), STATEMENT_BROKEN);
	str_clear(&bytes);
	statement_write(&sample->receipt, &bytes);
	replace(&bytes, "\"schema\":2", "\"newThing\":[1],\"schema\":3");
	assert_int_equal(read_text(bytes.at, &err), STATEMENT_NEWER);
	assert_non_null(strstr(err.text, "newer"));
}

static void a_run_without_git_has_one_subject(void **state)
{
	struct sample *sample = *state;
	AUTO(auto_str) struct str bytes = {0};
	struct err err = {0};

	sample->receipt.source.commit = NULL;
	sample->receipt.source.tree = NULL;
	sample->receipt.source.branch = NULL;
	sample->receipt.source.vcs = "none";
	sample->receipt.source.is_dirty = true;
	assert_int_equal(reread(&sample->receipt, &err), STATEMENT_GOOD);
	statement_write(&sample->receipt, &bytes);
	assert_null(strstr(bytes.at, "gitCommit"));
	assert_null(strstr(bytes.at, "\"commit\":\"1"));
}

static void wild_texts_are_made_fit_to_sign(void **state)
{
	struct sample *sample = *state;
	struct statement_finding *finding = sample->gates[1].findings.at;
	AUTO(auto_str) struct str message = {0};
	struct err err = {0};

	for (size_t i = 0; i < (size_t)5000; i++) {
		str_add(&message, "\xc3\xa9");
	}
	finding->message = message.at;
	assert_int_equal(reread(&sample->receipt, &err), STATEMENT_GOOD);
	finding->message = "x\xff\n\x1b[31m\xe2\x80\xae \"quoted\" \\ back";
	assert_int_equal(reread(&sample->receipt, &err), STATEMENT_GOOD);
	finding->message = "";
	assert_int_equal(reread(&sample->receipt, &err), STATEMENT_GOOD);
}

static void too_many_findings_are_counted_instead(void **state)
{
	struct sample *sample = *state;
	struct statement_finding *findings = arena_alloc(&sample->arena, 20000 * sizeof(*findings));
	AUTO(auto_str) struct str bytes = {0};
	struct err err = {0};

	for (size_t i = 0; i < 20000; i++) {
		findings[i] = *(struct statement_finding *)sample->gates[1].findings.at;
	}
	sample->gates[1].findings = (struct rows){findings, 20000};
	sample->gates[4].findings = (struct rows){findings, 3};
	statement_fit(&sample->receipt);
	statement_write(&sample->receipt, &bytes);
	assert_true(bytes.len <= STATEMENT_BYTES);
	assert_true(sample->gates[1].findings.len >= 100);
	assert_int_equal(sample->gates[1].omitted, 20000 - sample->gates[1].findings.len);
	assert_int_equal(sample->gates[4].findings.len, 3);
	assert_int_equal(sample->gates[4].omitted, 0);
	assert_int_equal(reread(&sample->receipt, &err), STATEMENT_GOOD);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make_sample, free_sample)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_start_is_read_as_it_was_written),
		TEST(a_receipt_has_the_form_that_other_tools_read),
		TEST(the_manifest_is_what_sha256sum_reads),
		TEST(the_result_follows_the_exit_status),
		TEST(run_keys_follow_from_starts),
		TEST(wrong_values_of_a_receipt_are_refused),
		TEST(results_that_do_not_add_up_are_refused),
		TEST(wrong_results_of_gates_are_refused),
		TEST(what_is_waived_is_a_skip_and_names_a_waiver),
		TEST(a_state_needs_a_baseline),
		TEST(only_what_is_introduced_decides_with_fail_on),
		TEST(counting_otherwise_needs_to_be_asked_for),
		TEST(paths_never_leave_the_repo),
		TEST(documents_that_were_edited_are_refused),
		TEST(spacing_and_escapes_of_a_document_are_free),
		TEST(other_documents_are_told_apart),
		TEST(a_run_without_git_has_one_subject),
		TEST(wild_texts_are_made_fit_to_sign),
		TEST(too_many_findings_are_counted_instead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
