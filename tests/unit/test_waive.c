/* Waivers on settled results, with a clock that does not move. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"
#include "run/waive.h"

#define DAY_MS ((int64_t)86400000)

/** 2026-11-20T12:34:56.789Z, and the first millisecond of that day. */
#define NOW ((int64_t)1795178096789)
#define TODAY (NOW - NOW % DAY_MS)

/** What the first findings of a sample are called. */
#define NAS "target:nas"
#define PVE "target:pve"

/** A run of two gates, G013 and G010, with waivers that are written by hand. */
struct sample {
	struct node nodes[4];
	struct waiver rows[4];
	struct waivers waivers;
	const char *aliases[1];
	struct gate gates[2];
	struct result results[2];
	struct run_options options;
	struct run run;
};

static void prepare(struct sample *sample)
{
	*sample = (struct sample){.aliases = {"D13"}};
	sample->gates[0] = (struct gate){.id = "G013",
					 .file = "gates/013.yaml",
					 .aliases = {sample->aliases, NULL, 1},
					 .enforce = true,
					 .targets = {.all = true}};
	sample->gates[1] = (struct gate){.id = "G010", .enforce = true, .targets = {.all = true}};
	for (size_t i = 0; i < 2; i++) {
		sample->results[i] = (struct result){.gate = &sample->gates[i], .checked = 3};
	}
	sample->run = (struct run){
		.options = &sample->options, .results = sample->results, .result_count = 2};
	sample->waivers.rows.at = sample->rows;
}

static void release(struct sample *sample)
{
	result_release(&sample->results[0]);
	result_release(&sample->results[1]);
	arena_release(&sample->run.arena);
}

/** A finding of gate `gate` (0 or 1). */
static void found(struct sample *sample, size_t gate, enum verdict verdict, const char *subject)
{
	struct finding *finding = VEC_ADD(&sample->results[gate].findings);

	finding->verdict = verdict;
	finding->reason = REASON_KEYS_UNPINNED;
	finding->subject = subject;
	finding->message = "something was found";
	finding->where = (struct place){"bindings/known_hosts", 1, 1};
}

/** A waiver that ends at `end_utc_ms`; the first stands in line 3, the next in line 4. */
static struct waiver *permit(struct sample *sample, const char *gate, const char *subject,
			     int64_t end_utc_ms)
{
	size_t i = sample->waivers.rows.len++;

	sample->nodes[i].where = (struct place){"bindings/waivers.yaml", (int)i + 3, 5};
	sample->rows[i] = (struct waiver){.node = &sample->nodes[i],
					  .gate = gate,
					  .subject = subject,
					  .reason = "in spring",
					  .owner = "ops",
					  .ticket = "T-1",
					  .expires_on_utc_ms = end_utc_ms};
	return &sample->rows[i];
}

/** Settle, apply, conclude. */
static void apply_at(struct sample *sample, int64_t now_utc_ms)
{
	for (size_t i = 0; i < 2; i++) {
		result_settle(&sample->results[i], &sample->run.arena);
	}
	run_apply_waivers(&sample->run, &sample->waivers, now_utc_ms);
	run_conclude(&sample->run);
}

static void apply(struct sample *sample)
{
	apply_at(sample, NOW);
}

static const struct finding *find(const struct sample *sample, size_t gate, enum reason reason,
				  const char *subject)
{
	const struct findings *findings = &sample->results[gate].findings;

	for (size_t i = 0; i < findings->len; i++) {
		if (findings->at[i].reason == reason &&
		    (!subject || same_string(findings->at[i].subject, subject))) {
			return &findings->at[i];
		}
	}
	return NULL;
}

static size_t count(const struct sample *sample, enum reason reason)
{
	size_t count = 0;

	for (size_t i = 0; i < 2; i++) {
		for (size_t k = 0; k < sample->results[i].findings.len; k++) {
			count += sample->results[i].findings.at[k].reason == reason;
		}
	}
	return count;
}

static void expect_waived(const struct sample *sample, const char *subject,
			  const struct waiver *waiver, enum verdict before)
{
	const struct finding *finding = find(sample, 0, REASON_KEYS_UNPINNED, subject);

	assert_non_null(finding);
	assert_int_equal(finding->verdict, VERDICT_SKIP);
	assert_ptr_equal(finding->waived_by, waiver);
	assert_int_equal(finding->waived_verdict, before);
}

static void expect_not_waived(const struct sample *sample, const char *subject,
			      enum verdict verdict)
{
	const struct finding *finding = find(sample, 0, REASON_KEYS_UNPINNED, subject);

	assert_non_null(finding);
	assert_int_equal(finding->verdict, verdict);
	assert_null(finding->waived_by);
}

static void expect_about_waiver(const struct finding *finding, enum verdict verdict, int line,
				const char *words)
{
	assert_non_null(finding);
	assert_int_equal(finding->verdict, verdict);
	assert_string_equal(finding->where.file, "bindings/waivers.yaml");
	assert_int_equal(finding->where.line, line);
	assert_non_null(strstr(finding->message, words));
	assert_int_equal(strlen(finding->fingerprint), 64);
}

/* ---- what a waiver does */

static void a_waived_failure_is_a_skip_that_names_its_waiver(void **state)
{
	struct sample sample;
	const struct waiver *waiver = NULL;

	(void)state;
	prepare(&sample);
	found(&sample, 0, VERDICT_FAIL, NAS);
	waiver = permit(&sample, "G013", NAS, TODAY + 100 * DAY_MS);
	apply(&sample);
	expect_waived(&sample, NAS, waiver, VERDICT_FAIL);
	assert_int_equal(sample.results[0].findings.len, 1);
	assert_int_equal(sample.results[0].verdict, VERDICT_SKIP);
	assert_int_equal(sample.run.exit, EXIT_PASS);
	assert_int_equal(sample.run.waived.len, 1);
	assert_string_equal(sample.run.waived.at[0],
			    "G013 target:nas until 2027-02-28, 1 finding, by ops (T-1): in spring");
	release(&sample);
}

static void without_waivers_nothing_changes(void **state)
{
	struct sample sample;

	(void)state;
	prepare(&sample);
	found(&sample, 0, VERDICT_FAIL, NAS);
	apply(&sample);
	expect_not_waived(&sample, NAS, VERDICT_FAIL);
	assert_int_equal(sample.run.exit, EXIT_FAIL);
	assert_int_equal(sample.run.waived.len, 0);
	release(&sample);
}

static void a_waiver_leaves_the_fingerprint_as_it_was(void **state)
{
	struct sample sample;
	char before[SHA256_HEX_BYTES];

	(void)state;
	prepare(&sample);
	found(&sample, 0, VERDICT_FAIL, NAS);
	result_settle(&sample.results[0], &sample.run.arena);
	memcpy(before, sample.results[0].findings.at[0].fingerprint, sizeof(before));
	(void)permit(&sample, "G013", NAS, TODAY + 5 * DAY_MS);
	apply(&sample);
	assert_string_equal(find(&sample, 0, REASON_KEYS_UNPINNED, NAS)->fingerprint, before);
	release(&sample);
}

static void a_waiver_by_fingerprint_waives_that_finding_alone(void **state)
{
	struct sample sample;
	char fingerprint[SHA256_HEX_BYTES];
	struct waiver *waiver = NULL;

	(void)state;
	prepare(&sample);
	found(&sample, 0, VERDICT_FAIL, NAS);
	found(&sample, 0, VERDICT_FAIL, PVE);
	result_settle(&sample.results[0], &sample.run.arena);
	memcpy(fingerprint, find(&sample, 0, REASON_KEYS_UNPINNED, PVE)->fingerprint,
	       sizeof(fingerprint));
	waiver = permit(&sample, "G013", NULL, TODAY + 100 * DAY_MS);
	waiver->fingerprint = fingerprint;
	apply(&sample);
	expect_waived(&sample, PVE, waiver, VERDICT_FAIL);
	expect_not_waived(&sample, NAS, VERDICT_FAIL);
	assert_int_equal(count(&sample, REASON_WAIVER_UNUSED), 0);
	release(&sample);
}

static void an_alias_of_the_gate_names_it(void **state)
{
	struct sample sample;
	const struct waiver *waiver = NULL;

	(void)state;
	prepare(&sample);
	found(&sample, 0, VERDICT_FAIL, NAS);
	waiver = permit(&sample, "D13", NAS, TODAY + 100 * DAY_MS);
	apply(&sample);
	expect_waived(&sample, NAS, waiver, VERDICT_FAIL);
	release(&sample);
}

static void a_near_match_is_none(void **state)
{
	static const char *const subjects[] = {"target:na", "target:nas2", "device:nas", "nas",
					       "TARGET:NAS"};

	(void)state;
	for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++) {
		struct sample sample;

		prepare(&sample);
		found(&sample, 0, VERDICT_FAIL, NAS);
		(void)permit(&sample, "G013", subjects[i], TODAY + 100 * DAY_MS);
		apply(&sample);
		expect_not_waived(&sample, NAS, VERDICT_FAIL);
		assert_int_equal(count(&sample, REASON_WAIVER_UNUSED), 1);
		assert_int_equal(sample.run.waived.len, 0);
		release(&sample);
	}
}

static void a_waiver_of_another_gate_changes_nothing_here(void **state)
{
	struct sample sample;

	(void)state;
	prepare(&sample);
	found(&sample, 0, VERDICT_FAIL, NAS);
	(void)permit(&sample, "G010", NAS, TODAY + 100 * DAY_MS);
	apply(&sample);
	expect_not_waived(&sample, NAS, VERDICT_FAIL);
	/* And the gate it names has no such finding. */
	expect_about_waiver(find(&sample, 1, REASON_WAIVER_UNUSED, "waiver:target:nas"),
			    VERDICT_FAIL, 3, "G010");
	release(&sample);
}

static void one_failure_that_is_not_waived_still_fails_the_gate(void **state)
{
	struct sample sample;

	(void)state;
	prepare(&sample);
	found(&sample, 0, VERDICT_FAIL, NAS);
	found(&sample, 0, VERDICT_FAIL, PVE);
	(void)permit(&sample, "G013", NAS, TODAY + 100 * DAY_MS);
	apply(&sample);
	expect_not_waived(&sample, PVE, VERDICT_FAIL);
	assert_int_equal(sample.run.exit, EXIT_FAIL);
	release(&sample);
}

static void remarks_and_skips_are_not_waived(void **state)
{
	struct sample sample;

	(void)state;
	prepare(&sample);
	found(&sample, 0, VERDICT_PASS, NAS);
	found(&sample, 0, VERDICT_SKIP, PVE);
	(void)permit(&sample, "G013", NAS, TODAY + 100 * DAY_MS);
	(void)permit(&sample, "G013", PVE, TODAY + 100 * DAY_MS);
	apply(&sample);
	expect_not_waived(&sample, NAS, VERDICT_PASS);
	expect_not_waived(&sample, PVE, VERDICT_SKIP);
	/* A remark says that it was looked at; a skip does not. */
	assert_int_equal(count(&sample, REASON_WAIVER_UNUSED), 1);
	release(&sample);
}

/* ---- unknown */

static void unknown_is_waived_only_if_the_waiver_says_so(void **state)
{
	for (int allowed = 0; allowed < 2; allowed++) {
		struct sample sample;
		struct waiver *waiver = NULL;

		(void)state;
		prepare(&sample);
		found(&sample, 0, VERDICT_UNKNOWN, NAS);
		waiver = permit(&sample, "G013", NAS, TODAY + 100 * DAY_MS);
		waiver->allow_unknown = allowed;
		apply(&sample);
		if (allowed) {
			expect_waived(&sample, NAS, waiver, VERDICT_UNKNOWN);
			assert_int_equal(sample.run.exit, EXIT_PASS);
		} else {
			expect_not_waived(&sample, NAS, VERDICT_UNKNOWN);
			assert_int_equal(sample.run.exit, EXIT_UNKNOWN);
		}
		/* Nobody looked, so nobody can say that the waiver is good for nothing. */
		assert_int_equal(count(&sample, REASON_WAIVER_UNUSED), 0);
		release(&sample);
	}
}

static void a_gate_with_nothing_to_check_stays_unknown(void **state)
{
	struct sample sample;

	(void)state;
	prepare(&sample);
	sample.results[0].checked = 0;
	(void)permit(&sample, "G013", "gate:G013", TODAY + 100 * DAY_MS);
	apply(&sample);
	assert_int_equal(sample.results[0].verdict, VERDICT_UNKNOWN);
	assert_int_equal(count(&sample, REASON_NOTHING_TO_CHECK), 1);
	release(&sample);
}

/* ---- the end of a waiver */

static void a_waiver_holds_until_its_day_begins_in_utc(void **state)
{
	const int64_t end_utc_ms = TODAY + DAY_MS;

	(void)state;
	for (int64_t past_ms = -1; past_ms <= 0; past_ms++) {
		struct sample sample;
		const struct waiver *waiver = NULL;

		prepare(&sample);
		found(&sample, 0, VERDICT_FAIL, NAS);
		waiver = permit(&sample, "G013", NAS, end_utc_ms);
		apply_at(&sample, end_utc_ms + past_ms);
		if (past_ms < 0) {
			expect_waived(&sample, NAS, waiver, VERDICT_FAIL);
			assert_int_equal(count(&sample, REASON_WAIVER_EXPIRED), 0);
			expect_about_waiver(find(&sample, 0, REASON_WAIVER_EXPIRES_SOON, NULL),
					    VERDICT_PASS, 3, "today for the last time");
			assert_int_equal(sample.run.exit, EXIT_PASS);
		} else {
			expect_not_waived(&sample, NAS, VERDICT_FAIL);
			expect_about_waiver(find(&sample, 0, REASON_WAIVER_EXPIRED, NULL),
					    VERDICT_FAIL, 3, "expired on 2026-11-21");
			assert_int_equal(sample.run.exit, EXIT_FAIL);
		}
		release(&sample);
	}
}

static void a_waiver_that_expires_today_has_expired(void **state)
{
	struct sample sample;

	(void)state;
	prepare(&sample);
	(void)permit(&sample, "G013", NAS, TODAY);
	apply(&sample);
	expect_about_waiver(find(&sample, 0, REASON_WAIVER_EXPIRED, "waiver:target:nas"),
			    VERDICT_FAIL, 3, "expired on 2026-11-20");
	/* It is not unused as well: one mistake, one finding. */
	assert_int_equal(count(&sample, REASON_WAIVER_UNUSED), 0);
	assert_int_equal(sample.run.exit, EXIT_FAIL);
	assert_int_equal(sample.run.waived.len, 0);
	release(&sample);
}

static void an_expired_waiver_counts_although_its_gate_did_not_run(void **state)
{
	struct sample sample;

	(void)state;
	prepare(&sample);
	found(&sample, 0, VERDICT_SKIP, "gate:G013");
	sample.results[0].reason = REASON_MODE_STATIC;
	(void)permit(&sample, "G013", NAS, TODAY);
	apply(&sample);
	assert_int_equal(sample.results[0].verdict, VERDICT_FAIL);
	release(&sample);
}

static void an_expired_waiver_of_a_gate_that_is_only_reported_decides_nothing(void **state)
{
	struct sample sample;

	(void)state;
	prepare(&sample);
	sample.gates[0].enforce = false;
	(void)permit(&sample, "G013", NAS, TODAY);
	apply(&sample);
	assert_int_equal(sample.results[0].verdict, VERDICT_FAIL);
	assert_int_equal(sample.run.exit, EXIT_PASS);
	release(&sample);
}

static void the_last_fourteen_days_are_remarked_on(void **state)
{
	(void)state;
	for (int64_t days = 14; days <= 15; days++) {
		struct sample sample;

		prepare(&sample);
		found(&sample, 0, VERDICT_FAIL, NAS);
		(void)permit(&sample, "G013", NAS, TODAY + days * DAY_MS);
		apply(&sample);
		if (days == 14) {
			expect_about_waiver(find(&sample, 0, REASON_WAIVER_EXPIRES_SOON, NULL),
					    VERDICT_PASS, 3, "in 14 days, on 2026-12-04");
		}
		assert_int_equal(count(&sample, REASON_WAIVER_EXPIRES_SOON), days == 14);
		assert_int_equal(sample.run.exit, EXIT_PASS);
		release(&sample);
	}
}

/* ---- waivers that waive nothing */

static void a_waiver_that_matches_nothing_fails(void **state)
{
	struct sample sample;

	(void)state;
	prepare(&sample);
	(void)permit(&sample, "G013", NAS, TODAY + 5 * DAY_MS);
	apply(&sample);
	expect_about_waiver(find(&sample, 0, REASON_WAIVER_UNUSED, "waiver:target:nas"),
			    VERDICT_FAIL, 3, "no finding of G013");
	assert_int_equal(count(&sample, REASON_WAIVER_EXPIRES_SOON), 0);
	assert_int_equal(sample.run.exit, EXIT_FAIL);
	release(&sample);
}

static void a_narrowed_run_says_nothing_about_unused_waivers(void **state)
{
	struct sample sample;

	(void)state;
	for (int narrowing = 0; narrowing < 3; narrowing++) {
		prepare(&sample);
		sample.options.target_words = narrowing == 0 ? "pve" : NULL;
		sample.gates[0].targets.all = narrowing != 1;
		sample.gates[0].targets.except.len = narrowing == 2;
		(void)permit(&sample, "G013", NAS, TODAY + 100 * DAY_MS);
		apply(&sample);
		assert_int_equal(count(&sample, REASON_WAIVER_UNUSED), 0);
		assert_int_equal(sample.run.exit, EXIT_PASS);
		release(&sample);
	}
}

static void a_gate_that_did_not_run_says_nothing_about_unused_waivers(void **state)
{
	struct sample sample;

	(void)state;
	prepare(&sample);
	found(&sample, 0, VERDICT_SKIP, "gate:G013");
	sample.results[0].reason = REASON_MODE_STATIC;
	(void)permit(&sample, "G013", NAS, TODAY + 100 * DAY_MS);
	apply(&sample);
	assert_int_equal(count(&sample, REASON_WAIVER_UNUSED), 0);
	assert_int_equal(sample.results[0].verdict, VERDICT_SKIP);
	release(&sample);
}

static void a_gate_that_is_not_in_the_run_says_nothing(void **state)
{
	struct sample sample;

	(void)state;
	prepare(&sample);
	(void)permit(&sample, "G040", NAS, TODAY);
	(void)permit(&sample, "G040", PVE, TODAY + 100 * DAY_MS);
	apply(&sample);
	assert_int_equal(sample.results[0].findings.len + sample.results[1].findings.len, 0);
	assert_int_equal(sample.run.exit, EXIT_PASS);
	release(&sample);
}

static void unknown_elsewhere_hides_no_subject_but_any_fingerprint(void **state)
{
	static const char fingerprint[] =
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

	(void)state;
	for (int by_fingerprint = 0; by_fingerprint < 2; by_fingerprint++) {
		struct sample sample;
		struct waiver *waiver = NULL;

		prepare(&sample);
		found(&sample, 0, VERDICT_UNKNOWN, PVE);
		waiver = permit(&sample, "G013", by_fingerprint ? NULL : NAS, TODAY + 100 * DAY_MS);
		waiver->fingerprint = by_fingerprint ? fingerprint : NULL;
		apply(&sample);
		assert_int_equal(count(&sample, REASON_WAIVER_UNUSED), !by_fingerprint);
		release(&sample);
	}
}

static void a_waiver_cannot_waive_what_is_said_about_waivers(void **state)
{
	struct sample sample;

	(void)state;
	prepare(&sample);
	(void)permit(&sample, "G013", NAS, TODAY);
	(void)permit(&sample, "G013", "waiver:target:nas", TODAY + 100 * DAY_MS);
	apply(&sample);
	assert_int_equal(find(&sample, 0, REASON_WAIVER_EXPIRED, NULL)->verdict, VERDICT_FAIL);
	assert_int_equal(count(&sample, REASON_WAIVER_UNUSED), 1);
	release(&sample);
}

/* ---- two for one finding */

static void of_two_waivers_the_one_that_ends_later_is_named(void **state)
{
	(void)state;
	for (size_t later = 0; later < 2; later++) {
		struct sample sample;
		const struct finding *remark = NULL;

		prepare(&sample);
		found(&sample, 0, VERDICT_FAIL, NAS);
		(void)permit(&sample, "G013", NAS, TODAY + (later == 0 ? 200 : 100) * DAY_MS);
		(void)permit(&sample, "D13", NAS, TODAY + (later == 1 ? 200 : 100) * DAY_MS);
		apply(&sample);
		expect_waived(&sample, NAS, &sample.rows[later], VERDICT_FAIL);
		assert_int_equal(count(&sample, REASON_WAIVER_DOUBLE), 1);
		remark = find(&sample, 0, REASON_WAIVER_DOUBLE, NULL);
		expect_about_waiver(remark, VERDICT_PASS, later == 0 ? 4 : 3,
				    later == 0 ? "line 3" : "line 4");
		assert_int_equal(remark->related_count, 1);
		assert_int_equal(remark->related[0].line, later == 0 ? 3 : 4);
		/* Both are used. */
		assert_int_equal(count(&sample, REASON_WAIVER_UNUSED), 0);
		assert_int_equal(sample.run.waived.len, 2);
		assert_int_equal(sample.run.exit, EXIT_PASS);
		release(&sample);
	}
}

static void beside_an_expired_waiver_the_other_one_still_waives(void **state)
{
	struct sample sample;

	(void)state;
	prepare(&sample);
	found(&sample, 0, VERDICT_FAIL, NAS);
	(void)permit(&sample, "G013", NAS, TODAY);
	(void)permit(&sample, "G013", NAS, TODAY + 100 * DAY_MS);
	apply(&sample);
	expect_waived(&sample, NAS, &sample.rows[1], VERDICT_FAIL);
	assert_int_equal(count(&sample, REASON_WAIVER_DOUBLE), 0);
	assert_int_equal(count(&sample, REASON_WAIVER_EXPIRED), 1);
	assert_int_equal(sample.run.exit, EXIT_FAIL);
	release(&sample);
}

/* ---- what a waiver does not reach */

static void a_receipt_gets_a_limited_number_of_sentences(void **state)
{
	const size_t rows = WAIVED_TOLD_MAX + 3;
	struct sample sample;
	AUTO(auto_free) struct waiver *many = mem_alloc(rows * sizeof(*many));

	(void)state;
	prepare(&sample);
	found(&sample, 0, VERDICT_FAIL, NAS);
	many[0] = *permit(&sample, "G013", NAS, TODAY + 100 * DAY_MS);
	for (size_t i = 1; i < rows; i++) {
		many[i] = many[0];
	}
	sample.waivers.rows = (struct rows){many, rows};
	apply(&sample);
	assert_int_equal(sample.run.waived.len, WAIVED_TOLD_MAX + 1);
	assert_string_equal(sample.run.waived.at[WAIVED_TOLD_MAX], "and 3 more");
	release(&sample);
}

static void a_gate_that_requires_the_waived_one_still_hangs_on_it(void **state)
{
	struct fixture *f = fixture_new();
	const struct run *run = &f->run;

	(void)state;
	fixture_file(f, "gaterun.yaml",
		     "version: 1\nbindings: {services_health: none, tailnet_snapshot: none}\n");
	fixture_file(f, "bindings/ssh.targets.yaml",
		     "ssh:\n  targets:\n"
		     "    - {id: nas, host: 192.168.1.20, user: ops, access_policy: lan_onyl}\n");
	fixture_file(f, "bindings/waivers.yaml",
		     "version: 1\nwaivers:\n"
		     "  - {gate: G001, subject: \"target:nas\", reason: r, owner: o, ticket: t,\n"
		     "     expires_on: 2099-01-01}\n");
	fixture_gate(f, "G001", "bindings_valid", "");
	fixture_gate(f, "G002", "bindings_valid", "requires: [G001]\n");
	fixture_run(f, "G002", MODE_STATIC);
	assert_int_equal(run->results[0].verdict, VERDICT_SKIP);
	assert_int_equal(run->results[1].verdict, VERDICT_UNKNOWN);
	assert_int_equal(run->results[1].findings.at[0].reason, REASON_REQUIRES_FAILED);
	assert_int_equal(run->exit, EXIT_UNKNOWN);
	fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_waived_failure_is_a_skip_that_names_its_waiver),
		cmocka_unit_test(without_waivers_nothing_changes),
		cmocka_unit_test(a_waiver_leaves_the_fingerprint_as_it_was),
		cmocka_unit_test(a_waiver_by_fingerprint_waives_that_finding_alone),
		cmocka_unit_test(an_alias_of_the_gate_names_it),
		cmocka_unit_test(a_near_match_is_none),
		cmocka_unit_test(a_waiver_of_another_gate_changes_nothing_here),
		cmocka_unit_test(one_failure_that_is_not_waived_still_fails_the_gate),
		cmocka_unit_test(remarks_and_skips_are_not_waived),
		cmocka_unit_test(unknown_is_waived_only_if_the_waiver_says_so),
		cmocka_unit_test(a_gate_with_nothing_to_check_stays_unknown),
		cmocka_unit_test(a_waiver_holds_until_its_day_begins_in_utc),
		cmocka_unit_test(a_waiver_that_expires_today_has_expired),
		cmocka_unit_test(an_expired_waiver_counts_although_its_gate_did_not_run),
		cmocka_unit_test(an_expired_waiver_of_a_gate_that_is_only_reported_decides_nothing),
		cmocka_unit_test(the_last_fourteen_days_are_remarked_on),
		cmocka_unit_test(a_waiver_that_matches_nothing_fails),
		cmocka_unit_test(a_narrowed_run_says_nothing_about_unused_waivers),
		cmocka_unit_test(a_gate_that_did_not_run_says_nothing_about_unused_waivers),
		cmocka_unit_test(a_gate_that_is_not_in_the_run_says_nothing),
		cmocka_unit_test(unknown_elsewhere_hides_no_subject_but_any_fingerprint),
		cmocka_unit_test(a_waiver_cannot_waive_what_is_said_about_waivers),
		cmocka_unit_test(of_two_waivers_the_one_that_ends_later_is_named),
		cmocka_unit_test(beside_an_expired_waiver_the_other_one_still_waives),
		cmocka_unit_test(a_receipt_gets_a_limited_number_of_sentences),
		cmocka_unit_test(a_gate_that_requires_the_waived_one_still_hangs_on_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
