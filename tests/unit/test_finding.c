#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "check/finding.h"

static const struct gate gate = {.id = "G020", .file = "gates/020.yaml", .enforce = true};

/** A result that is filled by hand and settled. */
struct sample {
	struct arena arena;
	struct result result;
};

static struct sample sample_of(const struct gate *of, size_t checked)
{
	return (struct sample){.result = {.gate = of, .checked = checked}};
}

static struct finding *add(struct sample *sample, enum verdict verdict, enum reason reason,
			   const char *subject, const char *detail)
{
	struct finding *finding = VEC_ADD(&sample->result.findings);

	finding->verdict = verdict;
	finding->reason = reason;
	finding->subject = subject;
	finding->detail = detail;
	finding->message = "something was found";
	return finding;
}

static void settle(struct sample *sample)
{
	result_settle(&sample->result, &sample->arena);
}

static void release(struct sample *sample)
{
	result_release(&sample->result);
	arena_release(&sample->arena);
}

/** The fingerprint of one finding that stands alone. */
static const char *fingerprint_of(const struct gate *of, enum reason reason, const char *subject,
				  const char *detail)
{
	static char texts[16][SHA256_HEX_BYTES];
	static unsigned turn;
	char *text = texts[turn++ % 16];
	struct sample sample = sample_of(of, 1);

	(void)add(&sample, VERDICT_FAIL, reason, subject, detail);
	settle(&sample);
	(void)memcpy(text, sample.result.findings.at[0].fingerprint, SHA256_HEX_BYTES);
	release(&sample);
	return text;
}

/* ---- fingerprints */

static void a_fingerprint_is_64_lower_case_hexadecimal_digits(void **state)
{
	const char *text = fingerprint_of(&gate, REASON_PARITY_LAN_IP, "target:nas", "x");

	(void)state;
	assert_int_equal(strlen(text), 64);
	assert_int_equal(strspn(text, "0123456789abcdef"), 64);
}

static void a_fingerprint_survives_moved_lines_and_other_words(void **state)
{
	struct sample sample = sample_of(&gate, 1);
	struct finding *finding =
		add(&sample, VERDICT_FAIL, REASON_PARITY_LAN_IP, "target:nas", "x");

	(void)state;
	finding->where = (struct place){"bindings/other.yaml", 400, 7};
	finding->message = "said in another way";
	finding->hint = "do something";
	finding->path = PATH_TAILNET;
	finding->is_flaky = true;
	finding->related[0] = (struct place){"a", 1, 1};
	finding->related_count = 1;
	settle(&sample);
	assert_string_equal(sample.result.findings.at[0].fingerprint,
			    fingerprint_of(&gate, REASON_PARITY_LAN_IP, "target:nas", "x"));
	release(&sample);
}

static void a_fingerprint_differs_by_what_was_found(void **state)
{
	static const struct gate other = {.id = "G021"};
	const char *here = fingerprint_of(&gate, REASON_PARITY_LAN_IP, "target:nas", "x");

	(void)state;
	assert_string_not_equal(here,
				fingerprint_of(&other, REASON_PARITY_LAN_IP, "target:nas", "x"));
	assert_string_not_equal(here,
				fingerprint_of(&gate, REASON_PARITY_ALIAS, "target:nas", "x"));
	assert_string_not_equal(here,
				fingerprint_of(&gate, REASON_PARITY_LAN_IP, "target:nas2", "x"));
	assert_string_not_equal(here,
				fingerprint_of(&gate, REASON_PARITY_LAN_IP, "device:nas", "x"));
	assert_string_not_equal(here,
				fingerprint_of(&gate, REASON_PARITY_LAN_IP, "target:nas", "y"));
	assert_string_not_equal(here,
				fingerprint_of(&gate, REASON_PARITY_LAN_IP, "target:nas", NULL));
}

static void parts_of_a_fingerprint_do_not_run_into_each_other(void **state)
{
	static const struct gate left = {.id = "G0"};
	static const struct gate right = {.id = "G02"};

	(void)state;
	assert_string_not_equal(fingerprint_of(&left, REASON_PARITY_LAN_IP, "20target:a", NULL),
				fingerprint_of(&right, REASON_PARITY_LAN_IP, "0target:a", NULL));
}

static void equal_findings_are_told_apart_by_their_order(void **state)
{
	struct sample sample = sample_of(&gate, 1);
	const struct finding *at = NULL;

	(void)state;
	for (int line = 3; line > 0; line--) {
		add(&sample, VERDICT_FAIL, REASON_TEXT_ADDRESS, "file:a.sh", "100.70.0.1")->where =
			(struct place){"a.sh", line, 1};
	}
	settle(&sample);
	at = sample.result.findings.at;
	assert_string_not_equal(at[0].fingerprint, at[1].fingerprint);
	assert_string_not_equal(at[1].fingerprint, at[2].fingerprint);
	assert_string_not_equal(at[0].fingerprint, at[2].fingerprint);
	/* The first of them is the one that would stand there alone. */
	assert_string_equal(at[0].fingerprint,
			    fingerprint_of(&gate, REASON_TEXT_ADDRESS, "file:a.sh", "100.70.0.1"));
	release(&sample);
}

static void a_fingerprint_does_not_hang_on_unrelated_findings(void **state)
{
	struct sample sample = sample_of(&gate, 1);

	(void)state;
	for (int i = 0; i < 3000; i++) {
		const char *subject = arena_printf(&sample.arena, "file:%04d.sh", i);

		add(&sample, VERDICT_FAIL, REASON_TEXT_ADDRESS, subject, "x")->where =
			(struct place){"a.sh", i + 1, 1};
	}
	add(&sample, VERDICT_FAIL, REASON_TEXT_ADDRESS, "file:z.sh", "y")->where =
		(struct place){"z.sh", 1, 1};
	settle(&sample);
	assert_string_equal(sample.result.findings.at[3000].subject, "file:z.sh");
	assert_string_equal(sample.result.findings.at[3000].fingerprint,
			    fingerprint_of(&gate, REASON_TEXT_ADDRESS, "file:z.sh", "y"));
	release(&sample);
}

static void equal_findings_far_apart_are_told_apart(void **state)
{
	struct sample sample = sample_of(&gate, 1);
	const struct finding *at = NULL;

	(void)state;
	for (int i = 0; i < 3000; i++) {
		const char *subject =
			i % 1500 ? arena_printf(&sample.arena, "file:%04d.sh", i) : "file:same";

		add(&sample, VERDICT_FAIL, REASON_TEXT_ADDRESS, subject, "x")->where =
			(struct place){"a.sh", i + 1, 1};
	}
	settle(&sample);
	at = sample.result.findings.at;
	assert_string_equal(at[0].subject, at[1500].subject);
	assert_string_not_equal(at[0].fingerprint, at[1500].fingerprint);
	release(&sample);
}

/* ---- order */

static void findings_are_sorted_by_place_subject_and_reason(void **state)
{
	struct sample sample = sample_of(&gate, 1);
	const struct finding *at = NULL;

	(void)state;
	add(&sample, VERDICT_FAIL, REASON_PARITY_LAN_IP, "6", NULL)->where =
		(struct place){"b", 1, 1};
	add(&sample, VERDICT_FAIL, REASON_PARITY_LAN_IP, "5", NULL)->where =
		(struct place){"a", 10, 1};
	add(&sample, VERDICT_FAIL, REASON_PARITY_LAN_IP, "4", NULL)->where =
		(struct place){"a", 9, 2};
	add(&sample, VERDICT_FAIL, REASON_PARITY_LAN_IP, "3", NULL)->where =
		(struct place){"a", 9, 1};
	add(&sample, VERDICT_FAIL, REASON_PARITY_ALIAS, "3", NULL)->where =
		(struct place){"a", 9, 1};
	add(&sample, VERDICT_FAIL, REASON_PARITY_LAN_IP, "2", NULL)->where =
		(struct place){"a", 9, 1};
	(void)add(&sample, VERDICT_FAIL, REASON_PARITY_LAN_IP, "1", NULL);
	settle(&sample);
	at = sample.result.findings.at;
	assert_string_equal(at[0].subject, "1");
	assert_string_equal(at[1].subject, "2");
	assert_string_equal(at[2].subject, "3");
	assert_int_equal(at[2].reason, REASON_PARITY_ALIAS);
	assert_string_equal(at[3].subject, "3");
	assert_string_equal(at[4].subject, "4");
	assert_string_equal(at[5].subject, "5");
	assert_string_equal(at[6].subject, "6");
	release(&sample);
}

/* ---- verdicts */

static void the_zero_value_of_a_verdict_is_unknown(void **state)
{
	struct result result = {0};

	(void)state;
	assert_string_equal(verdict_word(result.verdict), "unknown");
}

static void the_worse_verdict_is_fail_then_unknown_then_skip_then_pass(void **state)
{
	static const enum verdict order[] = {VERDICT_PASS, VERDICT_SKIP, VERDICT_UNKNOWN,
					     VERDICT_FAIL};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		for (size_t k = 0; k < 4; k++) {
			assert_int_equal(verdict_worse(order[i], order[k]), order[i > k ? i : k]);
		}
	}
}

static void a_gates_verdict_is_the_worst_of_its_findings(void **state)
{
	static const enum verdict order[] = {VERDICT_PASS, VERDICT_SKIP, VERDICT_UNKNOWN,
					     VERDICT_FAIL};

	(void)state;
	/* Every set of findings: bit i says whether there is one with order[i]. */
	for (unsigned set = 0; set < 16; set++) {
		struct sample sample = sample_of(&gate, 5);
		enum verdict worst = VERDICT_PASS;

		for (size_t i = 0; i < 4; i++) {
			if (set & (1u << i)) {
				(void)add(&sample, order[i], REASON_PARITY_ALIAS, "target:a", NULL);
				worst = order[i];
			}
		}
		settle(&sample);
		assert_int_equal(sample.result.verdict, worst);
		assert_true(sample.result.is_done);
		release(&sample);
	}
}

static void nothing_checked_is_unknown(void **state)
{
	struct sample sample = sample_of(&gate, 0);

	(void)state;
	settle(&sample);
	assert_int_equal(sample.result.verdict, VERDICT_UNKNOWN);
	assert_int_equal(sample.result.findings.len, 1);
	assert_int_equal(sample.result.findings.at[0].reason, REASON_NOTHING_TO_CHECK);
	assert_string_equal(sample.result.findings.at[0].subject, "gate:G020");
	assert_int_equal(strlen(sample.result.findings.at[0].fingerprint), 64);
	release(&sample);
}

static void remarks_alone_are_nothing_checked(void **state)
{
	struct sample sample = sample_of(&gate, 0);

	(void)state;
	(void)add(&sample, VERDICT_PASS, REASON_TEXT_ALLOWED, "file:a", NULL);
	settle(&sample);
	assert_int_equal(sample.result.verdict, VERDICT_UNKNOWN);
	assert_int_equal(sample.result.findings.len, 2);
	release(&sample);
}

static void a_gate_that_allows_it_passes_with_nothing_checked(void **state)
{
	static const struct gate lenient = {.id = "G1", .allow_empty = true};
	struct sample sample = sample_of(&lenient, 0);

	(void)state;
	settle(&sample);
	assert_int_equal(sample.result.verdict, VERDICT_PASS);
	assert_int_equal(sample.result.findings.len, 0);
	release(&sample);
}

static void a_gate_that_allows_nothing_to_check_allows_no_more(void **state)
{
	static const struct gate lenient = {.id = "G1", .allow_empty = true};
	struct sample sample = sample_of(&lenient, 0);

	(void)state;
	(void)add(&sample, VERDICT_UNKNOWN, REASON_BINDING_BROKEN, "target:a", NULL);
	settle(&sample);
	assert_int_equal(sample.result.verdict, VERDICT_UNKNOWN);
	release(&sample);
}

static void skipped_subjects_alone_are_a_skip(void **state)
{
	struct sample sample = sample_of(&gate, 0);

	(void)state;
	(void)add(&sample, VERDICT_SKIP, REASON_POLICY_NEVER, "target:a", NULL);
	settle(&sample);
	assert_int_equal(sample.result.verdict, VERDICT_SKIP);
	assert_int_equal(sample.result.findings.len, 1);
	release(&sample);
}

/* ---- reasons */

static void every_reason_has_a_code_of_its_own_and_a_sentence(void **state)
{
	(void)state;
	assert_string_equal(reason_code(REASON_NONE), "");
	for (int i = 1; i < REASON_COUNT; i++) {
		const char *code = reason_code((enum reason)i);
		const char *doc = reason_doc((enum reason)i);

		assert_true(code[0] != '\0');
		assert_int_equal(strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789_."),
				 strlen(code));
		assert_true(doc[0] != '\0' && doc[strlen(doc) - 1] != '.');
		for (int k = 1; k < i; k++) {
			assert_string_not_equal(code, reason_code((enum reason)k));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fingerprint_is_64_lower_case_hexadecimal_digits),
		cmocka_unit_test(a_fingerprint_survives_moved_lines_and_other_words),
		cmocka_unit_test(a_fingerprint_differs_by_what_was_found),
		cmocka_unit_test(parts_of_a_fingerprint_do_not_run_into_each_other),
		cmocka_unit_test(equal_findings_are_told_apart_by_their_order),
		cmocka_unit_test(a_fingerprint_does_not_hang_on_unrelated_findings),
		cmocka_unit_test(equal_findings_far_apart_are_told_apart),
		cmocka_unit_test(findings_are_sorted_by_place_subject_and_reason),
		cmocka_unit_test(the_zero_value_of_a_verdict_is_unknown),
		cmocka_unit_test(the_worse_verdict_is_fail_then_unknown_then_skip_then_pass),
		cmocka_unit_test(a_gates_verdict_is_the_worst_of_its_findings),
		cmocka_unit_test(nothing_checked_is_unknown),
		cmocka_unit_test(remarks_alone_are_nothing_checked),
		cmocka_unit_test(a_gate_that_allows_it_passes_with_nothing_checked),
		cmocka_unit_test(a_gate_that_allows_nothing_to_check_allows_no_more),
		cmocka_unit_test(skipped_subjects_alone_are_a_skip),
		cmocka_unit_test(every_reason_has_a_code_of_its_own_and_a_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
