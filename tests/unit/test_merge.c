#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "base/clock.h"
#include "model/shard.h"
#include "receipt/merge.h"
#include "receipts.h"

/** An hour after the samples began: 2026-03-01T22:48:13.123Z. */
#define NOW ((int64_t)1772405293123)

/** Two shards of a run of three gates: G013 is about targets, G001 and G020 are not. */
struct world {
	struct arena arena;
	struct key *key;
	struct merge_part parts[2];
	struct statement_gate gates[2][3];
	struct statement_finding findings[2][3][2];
	struct statement merged;
};

static void put(struct world *world, size_t part, size_t gate, struct statement_finding finding)
{
	struct statement_gate *row = &world->gates[part][gate];

	finding.subject = finding.subject ? finding.subject : "gate:X";
	finding.message = "a sentence";
	finding.fingerprint = finding.fingerprint ? finding.fingerprint : HASH_B;
	world->findings[part][gate][row->findings.len++] = finding;
	row->verdict =
		(int)verdict_worse((enum verdict)row->verdict, (enum verdict)finding.verdict);
}

static void elsewhere(struct world *world, size_t part, size_t gate)
{
	struct statement_gate *row = &world->gates[part][gate];

	row->reason = "shard.elsewhere";
	row->checked = 0;
	put(world, part, gate,
	    (struct statement_finding){.verdict = VERDICT_SKIP, .reason = "shard.elsewhere"});
}

static void about_targets(struct world *world, size_t part)
{
	put(world, part, 0,
	    (struct statement_finding){
		    .verdict = VERDICT_PASS, .reason = "shard.part", .fingerprint = HASH_C});
}

static int make_world(void **state)
{
	static const char *const shards[] = {"1/2", "2/2"};
	static const char *const ids[] = {"G013", "G001", "G020"};
	struct world *world = mem_alloc(sizeof(*world));

	*world = (struct world){.key = sample_key(1)};
	for (size_t i = 0; i < 2; i++) {
		struct statement start =
			sample_start(&world->arena, world->key, 2 * (int64_t)i, "");

		world->parts[i] = (struct merge_part){
			.name = shards[i],
			.statement = sample_receipt(&world->arena, world->key, &start),
			.sha256 = HASH_A,
			.signer = "SHA256:x"};
		world->parts[i].statement.inputs.selection.shard = shards[i];
		for (size_t k = 0; k < 3; k++) {
			world->gates[i][k] = (struct statement_gate){
				.id = ids[k],
				.kind = "some_kind",
				.severity = "high",
				.is_enforced = true,
				.verdict = VERDICT_PASS,
				.checked = 3,
				.started_at = i == 0 ? "2026-03-01T21:48:13.125Z"
						     : "2026-03-01T21:48:13.124Z",
				.duration_ms = i == 0 ? 5 : 4,
				.findings = {world->findings[i][k], 0}};
		}
		about_targets(world, i);
		world->parts[i].statement.results = (struct rows){world->gates[i], 3};
	}
	elsewhere(world, shard_of("G001", 2) == 1 ? 1 : 0, 1);
	elsewhere(world, shard_of("G020", 2) == 1 ? 1 : 0, 2);
	*state = world;
	return 0;
}

static int free_world(void **state)
{
	struct world *world = *state;

	key_free(world->key);
	arena_release(&world->arena);
	free(world);
	return 0;
}

static const struct statement_gate *merge(struct world *world, size_t count)
{
	struct err err = {0};

	if (merge_receipts(&world->arena, world->parts, count, NOW, &world->merged, &err)) {
		fail_msg("%s", err.text);
	}
	return world->merged.results.at;
}

static void assert_refused(struct world *world, const char *word)
{
	struct err err = {0};

	assert_int_equal(merge_receipts(&world->arena, world->parts, 2, NOW, &world->merged, &err),
			 -1);
	if (!strstr(err.text, word)) {
		fail_msg("%s", err.text);
	}
}

static void shards_that_pass_make_a_pass(void **state)
{
	struct world *world = *state;
	const struct statement_gate *gates = merge(world, 2);
	const struct statement_part *parts = world->merged.inputs.merged.at;

	assert_int_equal(world->merged.totals.exit, 0);
	assert_int_equal(world->merged.totals.pass, 3);
	assert_int_equal(gates[0].checked, 6);
	assert_int_equal(gates[1].checked, 3);
	assert_int_equal(gates[0].findings.len, 0);
	assert_int_equal(gates[0].duration_ms, 5);
	assert_string_equal(gates[0].started_at, "2026-03-01T21:48:13.124Z");
	assert_null(gates[1].reason);
	assert_null(world->merged.inputs.selection.shard);
	assert_int_equal(world->merged.inputs.merged.len, 2);
	assert_string_equal(parts[1].shard, "2/2");
}

static void a_merged_receipt_is_one_that_can_be_read(void **state)
{
	struct world *world = *state;
	struct statement start = sample_start(&world->arena, world->key, 0, "");
	struct statement read = {0};
	AUTO(auto_str) struct str bytes = {0};
	struct err err = {0};

	(void)merge(world, 1);
	world->merged.identity = world->parts[0].statement.identity;
	world->merged.identity.run_key = start.identity.run_key;
	world->merged.time = world->parts[0].statement.time;
	world->merged.tool = world->parts[0].statement.tool;
	statement_write(&world->merged, &bytes);
	if (statement_read(&world->arena, str_view(&bytes), &read, &err) != STATEMENT_GOOD) {
		fail_msg("%s", err.text);
	}
	assert_int_equal(read.inputs.merged.len, 1);
	assert_int_equal(read.totals.exit, 2);
}

static void one_failing_shard_fails_the_gate(void **state)
{
	struct world *world = *state;
	const struct statement_gate *gates = NULL;

	put(world, 1, 0,
	    (struct statement_finding){.verdict = VERDICT_FAIL, .reason = "keys.unpinned"});
	gates = merge(world, 2);
	assert_int_equal(gates[0].verdict, VERDICT_FAIL);
	assert_int_equal(gates[0].findings.len, 1);
	assert_int_equal(world->merged.totals.exit, 1);
}

static void a_shard_without_targets_says_nothing(void **state)
{
	struct world *world = *state;
	const struct statement_gate *gates = NULL;

	world->gates[1][0].checked = 0;
	put(world, 1, 0,
	    (struct statement_finding){.verdict = VERDICT_SKIP, .reason = "shard.empty"});
	gates = merge(world, 2);
	assert_int_equal(gates[0].verdict, VERDICT_PASS);
	assert_int_equal(gates[0].checked, 3);
}

static void no_shard_with_a_target_proves_nothing(void **state)
{
	struct world *world = *state;
	const struct statement_gate *gates = NULL;
	const struct statement_finding *findings = NULL;

	for (size_t i = 0; i < 2; i++) {
		world->gates[i][0].checked = 0;
		put(world, i, 0,
		    (struct statement_finding){.verdict = VERDICT_SKIP, .reason = "shard.empty"});
	}
	gates = merge(world, 2);
	assert_int_equal(gates[0].verdict, VERDICT_UNKNOWN);
	findings = gates[0].findings.at;
	assert_string_equal(findings[0].reason, "nothing_to_check");
	assert_int_equal(world->merged.totals.exit, 2);
}

static void a_missing_shard_leaves_unknown_what_it_would_have_said(void **state)
{
	struct world *world = *state;
	const struct statement_gate *gates = merge(world, 1);

	assert_int_equal(gates[0].verdict, VERDICT_UNKNOWN);
	assert_int_equal(gates[1].verdict,
			 shard_of("G001", 2) == 1 ? VERDICT_PASS : VERDICT_UNKNOWN);
	assert_int_equal(gates[2].verdict,
			 shard_of("G020", 2) == 1 ? VERDICT_PASS : VERDICT_UNKNOWN);
	assert_int_equal(world->merged.totals.exit, 2);
}

static void a_failure_stays_one_beside_a_missing_shard(void **state)
{
	struct world *world = *state;

	put(world, 0, 0,
	    (struct statement_finding){.verdict = VERDICT_FAIL, .reason = "keys.unpinned"});
	(void)merge(world, 1);
	assert_int_equal(world->merged.totals.exit, 1);
	assert_int_equal(world->merged.totals.fail, 1);
}

static void what_two_shards_say_alike_is_said_once(void **state)
{
	struct world *world = *state;
	const struct statement_gate *gates = NULL;
	const struct statement_finding same = {.verdict = VERDICT_UNKNOWN, .reason = "net.name"};

	put(world, 0, 0, same);
	put(world, 1, 0, same);
	gates = merge(world, 2);
	assert_int_equal(gates[0].findings.len, 1);
	assert_int_equal(gates[0].verdict, VERDICT_UNKNOWN);
}

static void findings_that_were_left_out_still_count(void **state)
{
	struct world *world = *state;
	const struct statement_gate *gates = NULL;

	world->gates[0][0].verdict = VERDICT_FAIL;
	world->gates[0][0].omitted = 7;
	gates = merge(world, 2);
	assert_int_equal(gates[0].verdict, VERDICT_FAIL);
	assert_int_equal(gates[0].omitted, 7);
}

static void an_unenforced_failure_does_not_decide(void **state)
{
	struct world *world = *state;

	world->gates[0][0].is_enforced = false;
	world->gates[1][0].is_enforced = false;
	put(world, 0, 0,
	    (struct statement_finding){.verdict = VERDICT_FAIL, .reason = "keys.unpinned"});
	(void)merge(world, 2);
	assert_int_equal(world->merged.totals.exit, 0);
	assert_int_equal(world->merged.totals.fail, 1);
}

static void parts_of_different_runs_are_refused(void **state)
{
	struct world *world = *state;
	struct statement *other = &world->parts[1].statement;
	struct statement good = *other;

	other->source.commit = "3333333333333333333333333333333333333333";
	assert_refused(world, "another commit");
	*other = good;
	other->source.repo = "other.example";
	assert_refused(world, "another repo");
	*other = good;
	other->source.is_dirty = true;
	assert_refused(world, "other changes");
	*other = good;
	other->inputs.selection.packs.len = 0;
	assert_refused(world, "another selection");
	*other = good;
	other->inputs.gates.len = 1;
	assert_refused(world, "another plan");
	*other = good;
	other->results.len = 2;
	assert_refused(world, "another plan");
	*other = good;
	world->gates[1][0].is_enforced = false;
	assert_refused(world, "another plan");
	world->gates[1][0].is_enforced = true;
	other->inputs.bindings.len = 0;
	assert_refused(world, "other bindings");
	*other = good;
	other->policy.mode = "active";
	assert_refused(world, "another context, mode or policy");
	*other = good;
	other->tool.version = "0.2.0";
	assert_refused(world, "another version");
	*other = good;
	other->inputs.selection.shard = "2/3";
	assert_refused(world, "one of 3");
	other->inputs.selection.shard = "1/2";
	assert_refused(world, "both of shard 1/2");
	other->inputs.selection.shard = NULL;
	assert_refused(world, "no receipt of a shard");
	*other = good;
	other->inputs.selection.baseline = good.source.commit;
	assert_refused(world, "no receipt of a shard");
	*other = good;
	(void)merge(world, 2);
}

static void a_part_of_another_day_is_refused(void **state)
{
	struct world *world = *state;
	struct statement *other = &world->parts[1].statement;

	other->time.started_at = "2026-02-28T22:48:13.123Z";
	(void)merge(world, 2);
	other->time.started_at = "2026-02-28T22:48:13.122Z";
	assert_refused(world, "2/2 began at 2026-02-28T22:48:13.122Z, more than a day ago");
}

static void findings_stand_in_the_order_of_a_run(void **state)
{
	struct world *world = *state;
	const struct statement_finding *findings = NULL;
	const struct statement_gate *gates = NULL;
	struct statement_finding row = {.verdict = VERDICT_FAIL, .reason = "keys.unpinned"};

	row.file = "b";
	row.line = 10;
	row.fingerprint = HASH_A;
	put(world, 0, 0, row);
	row.line = 9;
	row.fingerprint = HASH_B;
	put(world, 1, 0, row);
	gates = merge(world, 2);
	findings = gates[0].findings.at;
	assert_int_equal(gates[0].findings.len, 2);
	assert_int_equal(findings[0].line, 9);
	assert_int_equal(findings[1].line, 10);
}

static void what_the_machines_said_is_put_together(void **state)
{
	struct world *world = *state;
	static struct statement_output first[] = {{"target:b", "stdout", HASH_A, 3, false}};
	static struct statement_output second[] = {{"target:a", "stdout", HASH_A, 3, false},
						   {"target:a", "stderr", HASH_B, 4, false},
						   {"target:b", "stdout", HASH_A, 3, false}};
	const struct statement_output *outputs = NULL;
	const struct statement_gate *gates = NULL;

	world->gates[0][0].outputs = (struct rows){first, 1};
	world->gates[1][0].outputs = (struct rows){second, 3};
	world->gates[1][0].omitted_outputs = 2;
	gates = merge(world, 2);
	outputs = gates[0].outputs.at;
	assert_int_equal(gates[0].outputs.len, 3);
	assert_string_equal(outputs[0].subject, "target:a");
	assert_string_equal(outputs[0].stream, "stdout");
	assert_string_equal(outputs[1].stream, "stderr");
	assert_string_equal(outputs[2].subject, "target:b");
	assert_int_equal(gates[0].omitted_outputs, 2);
}

static void a_machine_that_two_parts_met_is_there_once(void **state)
{
	struct world *world = *state;
	static struct statement_target first[] = {{.name = "b", .state = TARGET_UNREACHED},
						  {.name = "pve", .state = TARGET_UNREACHED}};
	static struct statement_target second[] = {
		{.name = "a", .state = TARGET_PROVEN, .path = "jump", .via = "pve"},
		{.name = "pve", .state = TARGET_LOGGED_IN}};
	const struct statement_target *targets = NULL;

	world->parts[0].statement.targets = (struct rows){first, 2};
	world->parts[1].statement.targets = (struct rows){second, 2};
	world->parts[1].statement.omitted_targets = 5;
	(void)merge(world, 2);
	targets = world->merged.targets.at;
	assert_int_equal(world->merged.targets.len, 3);
	assert_string_equal(targets[0].name, "a");
	assert_string_equal(targets[1].name, "b");
	assert_string_equal(targets[2].name, "pve");
	assert_int_equal(targets[2].state, TARGET_LOGGED_IN);
	assert_int_equal(world->merged.omitted_targets, 5);
}

/** A hundred findings, half of which every part has. */
static struct rows many_findings(struct arena *arena, size_t part)
{
	struct statement_finding *rows = arena_alloc(arena, 100 * sizeof(*rows));

	for (size_t i = 0; i < 100; i++) {
		size_t number = i < 50 ? i : 100 * (part + 1) + i;

		rows[i] = (struct statement_finding){
			.verdict = VERDICT_FAIL,
			.reason = "keys.unpinned",
			.subject = arena_printf(arena, "target:%zu", number),
			.message = "a sentence",
			.fingerprint = arena_printf(arena, "%064zu", number)};
	}
	return (struct rows){rows, 100};
}

static void a_thousand_parts_take_no_minute(void **state)
{
	struct world *world = *state;
	struct merge_part *parts = arena_alloc(&world->arena, SHARDS_MAX * sizeof(*parts));
	int64_t started_ms = clock_monotonic_ms();
	struct err err = {0};
	const struct statement_gate *merged = NULL;

	for (size_t i = 0; i < SHARDS_MAX; i++) {
		struct statement_gate *gates = arena_alloc(&world->arena, 3 * sizeof(*gates));

		memcpy(gates, world->gates[0], 3 * sizeof(*gates));
		gates[0].verdict = VERDICT_FAIL;
		gates[0].findings = many_findings(&world->arena, i);
		parts[i] = world->parts[0];
		parts[i].statement.results = (struct rows){gates, 3};
		parts[i].statement.inputs.selection.shard =
			arena_printf(&world->arena, "%zu/%d", SHARDS_MAX - i, SHARDS_MAX);
	}
	assert_int_equal(
		merge_receipts(&world->arena, parts, SHARDS_MAX, NOW, &world->merged, &err), 0);
	merged = world->merged.results.at;
	assert_int_equal(merged[0].findings.len, 50 + 50 * SHARDS_MAX);
	/* In pairs it would take 5,000,000,000 comparisons. */
	assert_in_range(clock_monotonic_ms() - started_ms, 0, 20000);
}

static void one_machine_with_two_keys_is_refused(void **state)
{
	struct world *world = *state;
	struct statement_target first[] = {{.name = "gate", .state = TARGET_LOGGED_IN}};
	struct statement_target second[] = {{.name = "gate", .state = TARGET_REFUSED}};

	world->parts[0].statement.targets = (struct rows){first, 1};
	world->parts[1].statement.targets = (struct rows){second, 1};
	first[0].fingerprint = "SHA256:a";
	second[0].fingerprint = "SHA256:b";
	assert_refused(world,
		       "target gate showed one shard the key SHA256:a, and another SHA256:b");
	/* Who did not get as far as a key contradicts nobody. */
	second[0].fingerprint = NULL;
	second[0].state = TARGET_UNREACHED;
	(void)merge(world, 2);
	second[0].fingerprint = "SHA256:a";
	(void)merge(world, 2);
	assert_int_equal(world->merged.targets.len, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_world, free_world)
		TEST(shards_that_pass_make_a_pass),
		TEST(a_merged_receipt_is_one_that_can_be_read),
		TEST(one_failing_shard_fails_the_gate),
		TEST(a_shard_without_targets_says_nothing),
		TEST(no_shard_with_a_target_proves_nothing),
		TEST(a_missing_shard_leaves_unknown_what_it_would_have_said),
		TEST(a_failure_stays_one_beside_a_missing_shard),
		TEST(what_two_shards_say_alike_is_said_once),
		TEST(findings_that_were_left_out_still_count),
		TEST(an_unenforced_failure_does_not_decide),
		TEST(parts_of_different_runs_are_refused),
		TEST(a_part_of_another_day_is_refused),
		TEST(findings_stand_in_the_order_of_a_run),
		TEST(what_the_machines_said_is_put_together),
		TEST(a_machine_that_two_parts_met_is_there_once),
		TEST(a_thousand_parts_take_no_minute),
		TEST(one_machine_with_two_keys_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
