#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fleet.h"

/** The id of alder in ssh.targets, where a finding that it has no pin stands. */
static struct place alder(const struct fleet *fleet)
{
	return fleet_place(fleet, TARGETS, "id: alder", "alder");
}

/** A fleet with these lines in front of its pins; alder has none of its own. */
static struct fleet *without_alder(void)
{
	struct fleet *fleet = fleet_new();
	struct str *pins = &fleet->files[KNOWN_HOSTS];
	AUTO(auto_str) struct str rest = {0};

	str_add(&rest, strchr(str_text(pins), '\n') + 1);
	str_clear(pins);
	str_add(pins, str_text(&rest));
	return fleet;
}

static void targets_with_a_key_of_their_own_pass(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	(void)fleet_run(fleet, "host_keys_pinned");
	fleet_expect_pass(fleet, 8);
	assert_int_equal(fixture_result(fleet->fixture)->findings.len, 0);
	fleet_free(fleet);
}

static void a_target_without_a_key_fails(void **state)
{
	struct fleet *fleet = without_alder();

	(void)state;
	(void)fleet_run(fleet, "host_keys_pinned");
	fleet_expect(fleet, VERDICT_FAIL, REASON_KEYS_UNPINNED, "target:alder", alder(fleet));
	fleet_expect_counts(fleet, 1, 0, 0);
	assert_int_equal(fixture_result(fleet->fixture)->verdict, VERDICT_FAIL);
	assert_int_equal(fixture_result(fleet->fixture)->checked, 8);
	fleet_free(fleet);
}

static void a_pin_of_the_address_is_no_pin_of_the_target(void **state)
{
	struct fleet *fleet = without_alder();

	(void)state;
	fleet_pin(fleet, "10.7.0.11,100.70.1.11", 1);
	(void)fleet_run(fleet, "host_keys_pinned");
	fleet_expect(fleet, VERDICT_FAIL, REASON_KEYS_UNPINNED, "target:alder", alder(fleet));
	fleet_expect_counts(fleet, 1, 0, 0);
	fleet_free(fleet);
}

static void a_pin_for_another_port_is_no_pin(void **state)
{
	struct fleet *fleet = without_alder();

	(void)state;
	fleet_pin(fleet, "[alder]:2222", 1);
	(void)fleet_run(fleet, "host_keys_pinned");
	fleet_expect(fleet, VERDICT_FAIL, REASON_KEYS_UNPINNED, "target:alder", alder(fleet));
	fleet_free(fleet);
}

static void a_pin_for_the_port_of_the_target_is_one(void **state)
{
	struct fleet *fleet = without_alder();

	(void)state;
	fleet_edit(fleet, TARGETS, "id: alder", "host:", "port: 2222\n      host:");
	fleet_pin(fleet, "[alder]:2222", 1);
	(void)fleet_run(fleet, "host_keys_pinned");
	fleet_expect_pass(fleet, 8);
	fleet_free(fleet);
}

static void an_authority_is_no_pin(void **state)
{
	struct fleet *fleet = without_alder();
	const struct finding *finding = NULL;
	struct place line = {0};

	(void)state;
	fleet_append(fleet, KNOWN_HOSTS, "@cert-authority ");
	fleet_pin(fleet, "alder", 1);
	(void)fleet_run(fleet, "host_keys_pinned");
	finding = fleet_expect(fleet, VERDICT_FAIL, REASON_KEYS_UNPINNED, "target:alder",
			       alder(fleet));
	line = fleet_place(fleet, KNOWN_HOSTS, "@cert-authority", "@cert-authority");
	assert_int_equal(finding->related_count, 1);
	assert_true(is_same_place(finding->related[0], line));
	fleet_expect(fleet, VERDICT_PASS, REASON_KEYS_AUTHORITY, "file:bindings/known_hosts", line);
	fleet_expect_counts(fleet, 1, 0, 0);
	fleet_free(fleet);
}

static void an_authority_beside_pins_is_only_remarked_on(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fleet_append(fleet, KNOWN_HOSTS, "@cert-authority ");
	fleet_pin(fleet, "*.example", 77);
	(void)fleet_run(fleet, "host_keys_pinned");
	fleet_expect_pass(fleet, 8);
	assert_int_equal(fixture_result(fleet->fixture)->findings.len, 1);
	fleet_expect(fleet, VERDICT_PASS, REASON_KEYS_AUTHORITY, "file:bindings/known_hosts",
		     fleet_place(fleet, KNOWN_HOSTS, "@cert-authority", "@cert-authority"));
	fleet_free(fleet);
}

static void a_revoked_line_is_no_pin(void **state)
{
	struct fleet *fleet = without_alder();

	(void)state;
	fleet_append(fleet, KNOWN_HOSTS, "@revoked ");
	fleet_pin(fleet, "alder", 1);
	(void)fleet_run(fleet, "host_keys_pinned");
	fleet_expect(fleet, VERDICT_FAIL, REASON_KEYS_UNPINNED, "target:alder", alder(fleet));
	fleet_free(fleet);
}

static void several_keys_of_one_target_pass(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fleet_pin(fleet, "alder", 77);
	(void)fleet_run(fleet, "host_keys_pinned");
	fleet_expect_pass(fleet, 8);
	fleet_free(fleet);
}

/* ---- shared keys */

static void a_key_of_two_targets_fails_at_both(void **state)
{
	struct fleet *fleet = without_alder();

	(void)state;
	fleet_pin(fleet, "alder", 2);
	(void)fleet_run(fleet, "host_keys_pinned");
	fleet_expect(fleet, VERDICT_FAIL, REASON_KEYS_SHARED, "target:birch",
		     fleet_place(fleet, KNOWN_HOSTS, "birch", "birch"));
	fleet_expect(fleet, VERDICT_FAIL, REASON_KEYS_SHARED, "target:alder",
		     fleet_place(fleet, KNOWN_HOSTS, "alder", "alder"));
	fleet_expect_counts(fleet, 2, 0, 0);
	fleet_free(fleet);
}

static void a_key_of_two_targets_in_one_line_fails(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fleet_edit(fleet, KNOWN_HOSTS, "", "birch ", "birch,alder ");
	(void)fleet_run(fleet, "host_keys_pinned");
	assert_int_equal(fixture_count(fleet->fixture, REASON_KEYS_SHARED), 2);
	fleet_expect_counts(fleet, 2, 0, 0);
	fleet_free(fleet);
}

static void a_pattern_that_names_everybody_fails(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fleet_replace(fleet, KNOWN_HOSTS, "");
	fleet_pin(fleet, "*", 1);
	(void)fleet_run(fleet, "host_keys_pinned");
	assert_int_equal(fixture_count(fleet->fixture, REASON_KEYS_SHARED), 8);
	fleet_free(fleet);
}

static void a_key_under_a_name_and_an_address_passes(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fleet_edit(fleet, KNOWN_HOSTS, "", "alder ", "alder,10.7.0.11 ");
	(void)fleet_run(fleet, "host_keys_pinned");
	fleet_expect_pass(fleet, 8);
	fleet_free(fleet);
}

/* ---- revoked keys */

static void a_pinned_key_that_is_revoked_fails_at_the_pin(void **state)
{
	struct fleet *fleet = fleet_new();
	const struct finding *finding = NULL;

	(void)state;
	fleet_append(fleet, KNOWN_HOSTS, "@revoked ");
	fleet_pin(fleet, "alder", 1);
	(void)fleet_run(fleet, "host_keys_pinned");
	finding = fleet_expect(fleet, VERDICT_FAIL, REASON_KEYS_REVOKED, "target:alder",
			       fleet_place(fleet, KNOWN_HOSTS, "alder", "alder"));
	assert_int_equal(finding->related_count, 1);
	assert_true(is_same_place(finding->related[0],
				  fleet_place(fleet, KNOWN_HOSTS, "@revoked", "@revoked")));
	fleet_expect_counts(fleet, 1, 0, 0);
	fleet_free(fleet);
}

static void a_key_that_is_revoked_for_everybody_fails(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fleet_append(fleet, KNOWN_HOSTS, "@revoked ");
	fleet_pin(fleet, "*", 3);
	(void)fleet_run(fleet, "host_keys_pinned");
	fleet_expect(fleet, VERDICT_FAIL, REASON_KEYS_REVOKED, "target:cedar",
		     fleet_place(fleet, KNOWN_HOSTS, "cedar", "cedar"));
	fleet_expect_counts(fleet, 1, 0, 0);
	fleet_free(fleet);
}

static void a_former_key_that_is_revoked_passes(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fleet_append(fleet, KNOWN_HOSTS, "@revoked ");
	fleet_pin(fleet, "alder", 99);
	(void)fleet_run(fleet, "host_keys_pinned");
	fleet_expect_pass(fleet, 8);
	fleet_free(fleet);
}

/* ---- lines and rows that are wrong */

static void a_line_that_cannot_be_read_fails(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fleet_append(fleet, KNOWN_HOSTS, "alder ssh-ed25519 not-base64\n");
	(void)fleet_run(fleet, "host_keys_pinned");
	assert_int_equal(fixture_count(fleet->fixture, REASON_KEYS_UNREADABLE), 1);
	assert_int_equal(fixture_finding(fleet->fixture, REASON_KEYS_UNREADABLE)->where.line, 9);
	fleet_expect_counts(fleet, 1, 0, 0);
	fleet_free(fleet);
}

static void a_broken_row_is_unknown(void **state)
{
	struct fleet *fleet = fleet_new();
	const struct finding *finding = NULL;

	(void)state;
	fleet_edit(fleet, TARGETS, "id: alder", "10.7.0.11", "10.7.0.1111");
	(void)fleet_run(fleet, "host_keys_pinned");
	finding = fleet_expect(fleet, VERDICT_UNKNOWN, REASON_BINDING_BROKEN, "target:alder",
			       fleet_place(fleet, TARGETS, "- id: alder", "id: alder"));
	assert_string_equal(finding->caused_by, "target:alder bindings/ssh.targets.yaml:7");
	fleet_expect_counts(fleet, 0, 1, 0);
	assert_int_equal(fixture_result(fleet->fixture)->checked, 7);
	fleet_free(fleet);
}

static void an_absent_file_is_unknown(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fleet_replace(fleet, KNOWN_HOSTS, "");
	(void)fleet_run(fleet, "host_keys_pinned");
	assert_int_equal(fixture_count(fleet->fixture, REASON_BINDING_ABSENT), 1);
	assert_int_equal(fixture_result(fleet->fixture)->verdict, VERDICT_UNKNOWN);
	fleet_free(fleet);
}

static void a_file_without_keys_pins_nobody(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fleet_replace(fleet, KNOWN_HOSTS, "# nobody yet\n");
	(void)fleet_run(fleet, "host_keys_pinned");
	assert_int_equal(fixture_count(fleet->fixture, REASON_KEYS_UNPINNED), 8);
	fleet_expect_counts(fleet, 8, 0, 0);
	fleet_free(fleet);
}

/* ---- which targets */

static void a_rule_of_the_policy_skips_a_target(void **state)
{
	struct fleet *fleet = without_alder();
	const struct finding *finding = NULL;

	(void)state;
	fixture_file(fleet->fixture, "bindings/probe.policy.yaml",
		     "version: 1\nnever:\n"
		     "  - {target: alder, kinds: [host_keys_pinned], reason: by hand}\n");
	(void)fleet_run(fleet, "host_keys_pinned");
	finding = fleet_expect(fleet, VERDICT_SKIP, REASON_POLICY_NEVER, "target:alder",
			       alder(fleet));
	assert_int_equal(finding->related_count, 1);
	assert_true(is_same_place(finding->related[0],
				  (struct place){"bindings/probe.policy.yaml", 3, 5}));
	fleet_expect_counts(fleet, 0, 0, 1);
	assert_int_equal(fixture_result(fleet->fixture)->verdict, VERDICT_SKIP);
	assert_int_equal(fixture_result(fleet->fixture)->checked, 7);
	fleet_free(fleet);
}

static void a_gate_looks_at_the_targets_it_chooses(void **state)
{
	static const struct {
		const char *targets;
		size_t checked;
	} cases[] = {
		{"targets: {ids: [birch, gum]}\n", 2},
		{"targets: {policy: lan_only}\n", 2},
		{"targets: {policy: [lan_only, tailscale_required]}\n", 3},
		{"targets: {tags: [web]}\n", 1},
		{"targets: {tags: [web], ids: [gum]}\n", 2},
		{"targets: {all: true, except: [gum]}\n", 7},
		{"targets: {except: [gum, holly]}\n", 6},
		{"targets: {}\n", 8},
		{"targets: {policy: lan_only, except: [gum]}\n", 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fleet *fleet = fleet_new();

		fleet_write(fleet);
		fixture_gate(fleet->fixture, "G001", "host_keys_pinned", cases[i].targets);
		fixture_run(fleet->fixture, "G001", MODE_STATIC);
		fleet_expect_pass(fleet, cases[i].checked);
		fleet_free(fleet);
	}
}

static void a_row_whose_policy_nobody_can_read_is_not_left_out(void **state)
{
	static const char *const choices[] = {"targets: {policy: lan_only}\n",
					      "targets: {tags: [rack]}\n"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct fleet *fleet = fleet_new();

		fleet_edit(fleet, TARGETS, "id: gum", "lan_only", "lan-only");
		fleet_write(fleet);
		fixture_gate(fleet->fixture, "G001", "host_keys_pinned", choices[i]);
		fixture_run(fleet->fixture, "G001", MODE_STATIC);
		fleet_expect(fleet, VERDICT_UNKNOWN, REASON_BINDING_BROKEN, "target:gum",
			     fleet_place(fleet, TARGETS, "- id: gum", "id: gum"));
		fleet_expect_counts(fleet, 0, 1, 0);
		fleet_free(fleet);
	}
}

static void a_run_narrows_what_a_gate_chooses(void **state)
{
	struct fleet *fleet = fleet_new();
	struct fixture *f = fleet->fixture;
	static const char *gate = "G001";
	static const char *ids[] = {"alder", "gum", "fir"};
	struct err err = {0};

	(void)state;
	fleet_write(fleet);
	fixture_gate(f, "G001", "host_keys_pinned", "targets: {policy: lan_only}\n");
	assert_int_equal(fixture_load(f), 0);
	f->options.gates = (struct texts){&gate, NULL, 1};
	f->options.targets.ids = (struct texts){ids, NULL, 3};
	assert_int_equal(plan_make(&f->repo, &f->options, &f->plan, &err), 0);
	f->has_run = true;
	run_execute(&f->repo, &f->options, &f->plan, NULL, &f->run);
	/* gum alone is lan_only and named. */
	fleet_expect_pass(fleet, 1);
	fleet_free(fleet);
}

static void choosing_nobody_is_nothing_to_check(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fleet_write(fleet);
	fixture_gate(fleet->fixture, "G001", "host_keys_pinned", "targets: {tags: [nowhere]}\n");
	fixture_run(fleet->fixture, "G001", MODE_STATIC);
	assert_int_equal(fixture_count(fleet->fixture, REASON_NOTHING_TO_CHECK), 1);
	assert_int_equal(fixture_result(fleet->fixture)->verdict, VERDICT_UNKNOWN);
	fleet_free(fleet);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(targets_with_a_key_of_their_own_pass),
		cmocka_unit_test(a_target_without_a_key_fails),
		cmocka_unit_test(a_pin_of_the_address_is_no_pin_of_the_target),
		cmocka_unit_test(a_pin_for_another_port_is_no_pin),
		cmocka_unit_test(a_pin_for_the_port_of_the_target_is_one),
		cmocka_unit_test(an_authority_is_no_pin),
		cmocka_unit_test(an_authority_beside_pins_is_only_remarked_on),
		cmocka_unit_test(a_revoked_line_is_no_pin),
		cmocka_unit_test(several_keys_of_one_target_pass),
		cmocka_unit_test(a_key_of_two_targets_fails_at_both),
		cmocka_unit_test(a_key_of_two_targets_in_one_line_fails),
		cmocka_unit_test(a_pattern_that_names_everybody_fails),
		cmocka_unit_test(a_key_under_a_name_and_an_address_passes),
		cmocka_unit_test(a_pinned_key_that_is_revoked_fails_at_the_pin),
		cmocka_unit_test(a_key_that_is_revoked_for_everybody_fails),
		cmocka_unit_test(a_former_key_that_is_revoked_passes),
		cmocka_unit_test(a_line_that_cannot_be_read_fails),
		cmocka_unit_test(a_broken_row_is_unknown),
		cmocka_unit_test(an_absent_file_is_unknown),
		cmocka_unit_test(a_file_without_keys_pins_nobody),
		cmocka_unit_test(a_rule_of_the_policy_skips_a_target),
		cmocka_unit_test(a_gate_looks_at_the_targets_it_chooses),
		cmocka_unit_test(a_row_whose_policy_nobody_can_read_is_not_left_out),
		cmocka_unit_test(a_run_narrows_what_a_gate_chooses),
		cmocka_unit_test(choosing_nobody_is_nothing_to_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
