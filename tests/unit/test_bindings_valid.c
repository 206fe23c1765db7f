#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fleet.h"

/** Rows of the fleet. */
#define ROWS 20

/** A fleet after one edit, judged. */
static struct fleet *judged(enum fleet_file file, const char *before, const char *old,
			    const char *new)
{
	struct fleet *fleet = fleet_new();

	fleet_edit(fleet, file, before, old, new);
	(void)fleet_run(fleet, "bindings_valid");
	return fleet;
}

/** An edit, and the one failure that it must cause. */
struct mistake {
	enum fleet_file file;
	const char *before;
	const char *old;
	const char *new;
	enum reason reason;
	const char *subject;
	const char *at; /**< what stands at the place of the finding, behind `before` */
};

static void expect_mistakes(const struct mistake *mistakes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct mistake *mistake = &mistakes[i];
		struct fleet *fleet =
			judged(mistake->file, mistake->before, mistake->old, mistake->new);

		fleet_expect(fleet, VERDICT_FAIL, mistake->reason, mistake->subject,
			     fleet_place(fleet, mistake->file, mistake->before, mistake->at));
		fleet_expect_counts(fleet, 1, 0, 0);
		assert_int_equal(fixture_result(fleet->fixture)->verdict, VERDICT_FAIL);
		fleet_free(fleet);
	}
}

#define EXPECT_MISTAKES(table) expect_mistakes((table), sizeof(table) / sizeof((table)[0]))

static void bindings_that_obey_their_rules_pass(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	(void)fleet_run(fleet, "bindings_valid");
	fleet_expect_pass(fleet, ROWS);
	assert_int_equal(fixture_result(fleet->fixture)->findings.len, 0);
	fleet_free(fleet);
}

static void unknown_keys_are_kept_and_ignored(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fleet_edit(fleet, TARGETS, "id: alder", "id: alder",
		   "id: alder\n      mac: 02:00:00:00:00:01\n      access_method: lan_only\n"
		   "      ssh_extra_opts: -o HostKeyAlgorithms=+ssh-rsa");
	fleet_append(fleet, DEVICES, "naming_drift: {count: 0, devices: []}\n");
	fleet_append(fleet, ENDPOINTS, "defaults: {connect_timeout_sec: 5}\n");
	(void)fleet_run(fleet, "bindings_valid");
	fleet_expect_pass(fleet, ROWS);
	fleet_free(fleet);
}

/* ---- what must be unique */

static void an_id_that_stands_twice_fails_at_the_later(void **state)
{
	struct fleet *fleet = judged(TARGETS, "- id: holly", "holly", "birch");
	const struct finding *finding = NULL;

	(void)state;
	finding = fleet_expect(fleet, VERDICT_FAIL, REASON_BINDING_DUPLICATE_ID, "target:birch",
			       fleet_place(fleet, TARGETS, "probe_via: alder\n", "birch"));
	assert_int_equal(finding->related_count, 1);
	assert_true(is_same_place(finding->related[0],
				  fleet_place(fleet, TARGETS, "id: birch", "birch")));
	fleet_expect_counts(fleet, 1, 0, 0);
	fleet_free(fleet);
}

static void an_id_that_stands_three_times_is_reported_twice(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fleet_edit(fleet, TARGETS, "- id: holly", "holly", "birch");
	fleet_edit(fleet, TARGETS, "- id: iris", "iris", "birch");
	(void)fleet_run(fleet, "bindings_valid");
	fleet_expect_counts(fleet, 2, 0, 0);
	fleet_free(fleet);
}

static void a_host_and_port_that_stand_twice_fail(void **state)
{
	static const struct mistake mistakes[] = {
		{TARGETS, "id: holly", "host: 10.7.0.17", "host: 10.7.0.16",
		 REASON_BINDING_DUPLICATE_ADDRESS, "target:holly", "10.7.0.16"},
		{TARGETS, "id: holly", "host: 10.7.0.17", "port: 22\n      host: 10.7.0.16",
		 REASON_BINDING_DUPLICATE_ADDRESS, "target:holly", "10.7.0.16"},
		{TARGETS, "id: holly", "host: 10.7.0.17", "host: \"::ffff:10.7.0.16\"",
		 REASON_BINDING_DUPLICATE_ADDRESS, "target:holly", "\"::ffff"},
	};

	(void)state;
	EXPECT_MISTAKES(mistakes);
}

static void a_host_that_is_a_name_stands_twice_in_any_case(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fleet_edit(fleet, TARGETS, "id: gum", "10.7.0.16", "gum.lan");
	fleet_edit(fleet, TARGETS, "id: holly", "10.7.0.17", "GUM.lan");
	(void)fleet_run(fleet, "bindings_valid");
	fleet_expect(fleet, VERDICT_FAIL, REASON_BINDING_DUPLICATE_ADDRESS, "target:holly",
		     fleet_place(fleet, TARGETS, "id: holly", "GUM.lan"));
	fleet_expect_counts(fleet, 1, 0, 0);
	fleet_free(fleet);
}

static void one_host_with_two_ports_passes(void **state)
{
	struct fleet *fleet = judged(TARGETS, "id: holly", "host: 10.7.0.17",
				     "host: 10.7.0.16\n      port: 2222");

	(void)state;
	fleet_expect_pass(fleet, ROWS);
	fleet_free(fleet);
}

static void a_tailnet_address_that_stands_twice_fails(void **state)
{
	static const struct mistake mistakes[] = {
		{TARGETS, "id: holly", "tailscale_ip: null", "tailscale_ip: 100.70.1.11",
		 REASON_BINDING_DUPLICATE_ADDRESS, "target:holly", "100.70.1.11"},
		{TARGETS, "id: iris", "fd7a:115c:a1e0::18", "\"::ffff:100.70.1.11\"",
		 REASON_BINDING_DUPLICATE_ADDRESS, "target:iris", "\"::ffff"},
	};

	(void)state;
	EXPECT_MISTAKES(mistakes);
}

static void ids_of_devices_and_endpoints_that_stand_twice_fail(void **state)
{
	static const struct mistake mistakes[] = {
		{DEVICES, "- id: phone", "phone", "iris", REASON_BINDING_DUPLICATE_ID,
		 "device:iris", "iris"},
		{ENDPOINTS, "- id: files", "files", "web", REASON_BINDING_DUPLICATE_ID,
		 "endpoint:web", "web"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		struct fleet *fleet = judged(mistakes[i].file, mistakes[i].before, mistakes[i].old,
					     mistakes[i].new);

		assert_string_equal(
			fixture_finding(fleet->fixture, REASON_BINDING_DUPLICATE_ID)->subject,
			mistakes[i].subject);
		fleet_expect_counts(fleet, 1, 0, 0);
		fleet_free(fleet);
	}
}

/* ---- jump hosts */

static void a_jump_host_that_is_no_target_fails(void **state)
{
	static const struct mistake mistakes[] = {
		{TARGETS, "id: gum", "probe_via: alder", "probe_via: acorn",
		 REASON_BINDING_PROBE_VIA, "target:gum", "acorn"},
		{TARGETS, "id: gum", "probe_via: alder", "probe_via: elm-node",
		 REASON_BINDING_PROBE_VIA, "target:gum", "elm-node"},
		{TARGETS, "id: gum", "probe_via: alder", "probe_via: \"\"",
		 REASON_BINDING_PROBE_VIA, "target:gum", "\"\""},
	};

	(void)state;
	EXPECT_MISTAKES(mistakes);
}

static void a_target_that_is_its_own_jump_host_fails(void **state)
{
	static const struct mistake mistakes[] = {
		{TARGETS, "id: gum", "probe_via: alder", "probe_via: gum", REASON_BINDING_PROBE_VIA,
		 "target:gum", "gum\n    - id: holly"},
	};

	(void)state;
	EXPECT_MISTAKES(mistakes);
}

static void jump_hosts_in_a_circle_fail_each(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	/* gum -> alder -> birch -> cedar -> alder: three in the circle, and one that leads in. */
	fleet_edit(fleet, TARGETS, "id: alder", "host:", "probe_via: birch\n      host:");
	fleet_edit(fleet, TARGETS, "id: birch", "host:", "probe_via: cedar\n      host:");
	fleet_edit(fleet, TARGETS, "id: cedar", "host:", "probe_via: alder\n      host:");
	(void)fleet_run(fleet, "bindings_valid");
	fleet_expect(fleet, VERDICT_FAIL, REASON_BINDING_PROBE_VIA, "target:alder",
		     fleet_place(fleet, TARGETS, "probe_via: birch", "birch"));
	fleet_expect(fleet, VERDICT_FAIL, REASON_BINDING_PROBE_VIA, "target:birch",
		     fleet_place(fleet, TARGETS, "probe_via: cedar", "cedar"));
	fleet_expect(fleet, VERDICT_FAIL, REASON_BINDING_PROBE_VIA, "target:cedar",
		     fleet_place(fleet, TARGETS, "id: cedar", "alder"));
	fleet_expect(fleet, VERDICT_FAIL, REASON_BINDING_PROBE_VIA, "target:gum",
		     fleet_place(fleet, TARGETS, "id: gum", "alder"));
	fleet_expect_counts(fleet, 4, 0, 0);
	fleet_free(fleet);
}

static void a_chain_of_jump_hosts_that_ends_passes(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fleet_edit(fleet, TARGETS, "id: alder", "host:", "probe_via: birch\n      host:");
	fleet_edit(fleet, TARGETS, "id: birch", "host:", "probe_via: cedar\n      host:");
	(void)fleet_run(fleet, "bindings_valid");
	fleet_expect_pass(fleet, ROWS);
	fleet_free(fleet);
}

static void a_chain_of_jump_hosts_that_leads_nowhere_fails_where_it_breaks(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fleet_edit(fleet, TARGETS, "id: alder", "host:", "probe_via: birch\n      host:");
	fleet_edit(fleet, TARGETS, "id: birch", "host:", "probe_via: acorn\n      host:");
	(void)fleet_run(fleet, "bindings_valid");
	fleet_expect(fleet, VERDICT_FAIL, REASON_BINDING_PROBE_VIA, "target:birch",
		     fleet_place(fleet, TARGETS, "id: birch", "acorn"));
	fleet_expect_counts(fleet, 1, 0, 0);
	fleet_free(fleet);
}

/* ---- remarks */

static void a_tailnet_address_as_host_of_a_lan_first_target_is_a_remark(void **state)
{
	struct fleet *fleet = judged(TARGETS, "id: alder", "10.7.0.11", "100.70.1.11");

	(void)state;
	fleet_expect(fleet, VERDICT_PASS, REASON_BINDING_CGNAT_HOST, "target:alder",
		     fleet_place(fleet, TARGETS, "id: alder", "100.70.1.11"));
	fleet_expect_pass(fleet, ROWS);
	fleet_free(fleet);
}

static void a_loopback_address_may_stand_for_a_tailnet_address(void **state)
{
	struct fleet *fleet = judged(TARGETS, "id: alder", "100.70.1.11", "127.0.0.11");

	(void)state;
	fleet_expect_pass(fleet, ROWS);
	fleet_free(fleet);
}

static void asking_not_to_check_host_keys_is_a_remark(void **state)
{
	static const char *const settings[] = {
		"strict_host_key_checking: \"no\"\n",     "strict_host_key_checking: no\n",
		"strict_host_key_checking: No\n",         "strict_host_key_checking: off\n",
		"strict_host_key_checking: false\n",      "strict_host_key_checking: accept-new\n",
		"user_known_hosts_file: \"/dev/null\"\n", "user_known_hosts_file: /dev/null\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		struct fleet *fleet = fleet_new();

		fleet_edit(fleet, TARGETS, "defaults", "user: ops\n", settings[i]);
		(void)fleet_run(fleet, "bindings_valid");
		fleet_expect_pass(fleet, ROWS);
		assert_int_equal(fixture_count(fleet->fixture, REASON_BINDING_HOST_KEY_CHECKING),
				 1);
		assert_int_equal(fixture_result(fleet->fixture)->findings.at[0].where.line, 3);
		fleet_free(fleet);
	}
}

static void a_key_that_is_nearly_an_optional_one_is_a_remark(void **state)
{
	static const struct {
		enum fleet_file file;
		const char *row;
		const char *was;
		const char *is;
	} rows[] = {
		{TARGETS, "id: alder", "access_policy:", "acess_policy:"},
		{TARGETS, "id: alder", "access_policy:", "access-policy:"},
		{TARGETS, "id: alder", "tailscale_ip:", "tailscale_ips:"},
		{TARGETS, "id: alder", "tags:", "tag:"},
		{TARGETS, "id: elm", "aliases:", "alias:"},
		{TARGETS, "id: gum", "probe_via:", "probe_vai:"},
		{TARGETS, "defaults", "user:", "usr:"},
		{TARGETS, "defaults", "port:", "prot:"},
		{DEVICES, "tailnet", "device_count:", "devices_count:"},
		{DEVICES, "id: alder", "lan_ip:", "lanip:"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fleet *fleet = fleet_new();
		const struct finding *finding = NULL;

		fleet_edit(fleet, rows[i].file, rows[i].row, rows[i].was, rows[i].is);
		(void)fleet_run(fleet, "bindings_valid");
		fleet_expect_pass(fleet, ROWS);
		assert_int_equal(fixture_count(fleet->fixture, REASON_BINDING_SLIP), 1);
		finding = &fixture_result(fleet->fixture)->findings.at[0];
		assert_non_null(strstr(finding->hint, "meant?"));
		assert_int_equal(finding->where.line,
				 fleet_place(fleet, rows[i].file, rows[i].row, rows[i].is).line);
		fleet_free(fleet);
	}
}

static void a_key_of_somebody_else_is_no_remark(void **state)
{
	/* All that the files of the predecessor have beside ours. */
	static const char *const keys[] = {"access_method",
					   "mac",
					   "ssh_extra_opts",
					   "batch_mode",
					   "key_expiry_disabled",
					   "client_version",
					   "os",
					   "tailscale_required_reason",
					   "advertised_routes",
					   "enabled_routes",
					   "rename_applied",
					   "bootstrap_date",
					   "days",
					   "notes",
					   "role",
					   "site",
					   "password"};

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		AUTO(auto_str) struct str line = {0};
		struct fleet *fleet = fleet_new();

		/* gum has none of tailscale_ip, tags, aliases, port and user of its own. */
		str_printf(&line, "host: 10.7.0.16\n      %s: x", keys[i]);
		fleet_edit(fleet, TARGETS, "id: gum", "host: 10.7.0.16", str_text(&line));
		(void)fleet_run(fleet, "bindings_valid");
		fleet_expect_pass(fleet, ROWS);
		assert_int_equal(fixture_count(fleet->fixture, REASON_BINDING_SLIP), 0);
		fleet_free(fleet);
	}
}

static void checking_host_keys_is_no_remark(void **state)
{
	static const char *const words[] = {"yes", "\"yes\"", "true", "ask"};

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct fleet *fleet = fleet_new();

		fleet_edit(fleet, TARGETS, "defaults", "user: ops\n",
			   "strict_host_key_checking: WORD\n");
		fleet_edit(fleet, TARGETS, "", "WORD", words[i]);
		(void)fleet_run(fleet, "bindings_valid");
		fleet_expect_pass(fleet, ROWS);
		assert_int_equal(fixture_result(fleet->fixture)->findings.len, 0);
		fleet_free(fleet);
	}
}

/* ---- the defaults of the targets */

static void wrong_defaults_fail_where_they_stand(void **state)
{
	static const struct mistake mistakes[] = {
		{TARGETS, "defaults", "port: 22", "port: 99999", REASON_BINDING_MALFORMED,
		 "file:bindings/ssh.targets.yaml", "99999"},
		{TARGETS, "defaults", "port: 22", "port: ssh", REASON_BINDING_TYPE,
		 "file:bindings/ssh.targets.yaml", "ssh\n"},
		{TARGETS, "defaults", "user: ops", "user: [ops]", REASON_BINDING_TYPE,
		 "file:bindings/ssh.targets.yaml", "[ops]"},
	};

	(void)state;
	EXPECT_MISTAKES(mistakes);
}

static void what_hangs_on_wrong_defaults_is_unknown(void **state)
{
	struct fleet *fleet = fleet_new();
	const struct finding *finding = NULL;

	(void)state;
	/* Which port is meant nobody knows, so nobody may say that the key for 22 is the one. */
	fleet_edit(fleet, TARGETS, "defaults", "port: 22", "port: 22O2");
	(void)fleet_run(fleet, "host_keys_pinned");
	finding = fleet_expect(fleet, VERDICT_UNKNOWN, REASON_BINDING_BROKEN, "target:alder",
			       fleet_place(fleet, TARGETS, "- id: alder", "id: alder"));
	assert_string_equal(finding->caused_by,
			    "file:bindings/ssh.targets.yaml bindings/ssh.targets.yaml:4");
	fleet_expect_counts(fleet, 0, 8, 0);
	assert_int_equal(fixture_result(fleet->fixture)->verdict, VERDICT_UNKNOWN);
	fleet_free(fleet);
}

/* ---- files */

static void a_binding_that_is_absent_is_unknown(void **state)
{
	static const enum fleet_file files[] = {TARGETS, DEVICES, ENDPOINTS};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct fleet *fleet = fleet_new();
		const struct finding *finding = NULL;

		fleet_replace(fleet, files[i], "");
		(void)fleet_run(fleet, "bindings_valid");
		finding = fixture_finding(fleet->fixture, REASON_BINDING_ABSENT);
		assert_non_null(finding);
		assert_string_equal(finding->where.file, fleet_paths[files[i]]);
		fleet_expect_counts(fleet, 0, 1, 0);
		assert_int_equal(fixture_result(fleet->fixture)->verdict, VERDICT_UNKNOWN);
		fleet_free(fleet);
	}
}

static void a_binding_that_is_declared_as_none_is_not_missed(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fixture_file(fleet->fixture, "gaterun.yaml",
		     "version: 1\nbindings: {services_health: none}\n");
	(void)fleet_run(fleet, "bindings_valid");
	fleet_expect_pass(fleet, ROWS - 4);
	fleet_free(fleet);
}

static void without_any_binding_by_declaration_the_gate_is_skipped(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fixture_file(
		fleet->fixture, "gaterun.yaml",
		"version: 1\n"
		"bindings: {ssh_targets: none, tailnet_snapshot: none, services_health: none}\n");
	(void)fleet_run(fleet, "bindings_valid");
	assert_int_equal(fixture_result(fleet->fixture)->verdict, VERDICT_SKIP);
	assert_int_equal(fixture_result(fleet->fixture)->checked, 0);
	assert_non_null(fixture_finding(fleet->fixture, REASON_BINDING_NONE));
	fleet_free(fleet);
}

static void a_binding_without_its_list_fails(void **state)
{
	static const struct {
		enum fleet_file file;
		const char *text;
		enum reason reason;
	} cases[] = {
		{TARGETS, "ssh: {}\n", REASON_BINDING_REQUIRED},
		{TARGETS, "ssh:\n  targets:\n", REASON_BINDING_REQUIRED},
		{TARGETS, "ssh:\n", REASON_BINDING_REQUIRED},
		{TARGETS, "ssh: {targets: {alder: 1}}\n", REASON_BINDING_TYPE},
		{DEVICES, "version: 1\n", REASON_BINDING_REQUIRED},
		{DEVICES, "devices: none\n", REASON_BINDING_TYPE},
		{ENDPOINTS, "endpoints: 5\n", REASON_BINDING_TYPE},
		{ENDPOINTS, "- id: web\n", REASON_BINDING_REQUIRED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fleet *fleet = fleet_new();

		fleet_replace(fleet, cases[i].file, cases[i].text);
		(void)fleet_run(fleet, "bindings_valid");
		assert_int_equal(fixture_count(fleet->fixture, cases[i].reason), 1);
		assert_int_equal(fixture_result(fleet->fixture)->verdict, VERDICT_FAIL);
		fleet_free(fleet);
	}
}

static void a_repeated_key_is_a_mistake_of_the_file(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fleet_edit(fleet, TARGETS, "id: birch", "host: 10.7.0.12",
		   "host: 10.7.0.12\n      host: 10.7.0.112");
	fleet_write(fleet);
	fixture_gate(fleet->fixture, "G001", "bindings_valid", "");
	assert_int_equal(fixture_load(fleet->fixture), -1);
	assert_int_equal(fleet->fixture->problems.list.len, 1);
	assert_int_equal(fleet->fixture->problems.list.at[0].kind, PROBLEM_REPEATED_KEY);
	assert_true(is_same_place(
		fleet->fixture->problems.list.at[0].where,
		fleet_place(fleet, TARGETS, "host: 10.7.0.12\n", "host: 10.7.0.112")));
	fleet_free(fleet);
}

static void thousands_of_jump_hosts_in_a_row_are_followed(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fleet_replace(fleet, TARGETS, "ssh:\n targets:\n");
	for (int i = 0; i < 10000; i++) {
		str_printf(&fleet->files[TARGETS], " - {id: t%d, host: h%d.x, probe_via: t%d}\n", i,
			   i, (i + 1) % 10000);
	}
	(void)fleet_run(fleet, "bindings_valid");
	assert_int_equal(fixture_count(fleet->fixture, REASON_BINDING_PROBE_VIA), 10000);
	fleet_expect_counts(fleet, 10000, 0, 0);
	fleet_free(fleet);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bindings_that_obey_their_rules_pass),
		cmocka_unit_test(unknown_keys_are_kept_and_ignored),
		cmocka_unit_test(an_id_that_stands_twice_fails_at_the_later),
		cmocka_unit_test(an_id_that_stands_three_times_is_reported_twice),
		cmocka_unit_test(a_host_and_port_that_stand_twice_fail),
		cmocka_unit_test(a_host_that_is_a_name_stands_twice_in_any_case),
		cmocka_unit_test(one_host_with_two_ports_passes),
		cmocka_unit_test(a_tailnet_address_that_stands_twice_fails),
		cmocka_unit_test(ids_of_devices_and_endpoints_that_stand_twice_fail),
		cmocka_unit_test(a_jump_host_that_is_no_target_fails),
		cmocka_unit_test(a_target_that_is_its_own_jump_host_fails),
		cmocka_unit_test(jump_hosts_in_a_circle_fail_each),
		cmocka_unit_test(a_chain_of_jump_hosts_that_ends_passes),
		cmocka_unit_test(a_chain_of_jump_hosts_that_leads_nowhere_fails_where_it_breaks),
		cmocka_unit_test(a_tailnet_address_as_host_of_a_lan_first_target_is_a_remark),
		cmocka_unit_test(a_loopback_address_may_stand_for_a_tailnet_address),
		cmocka_unit_test(asking_not_to_check_host_keys_is_a_remark),
		cmocka_unit_test(a_key_that_is_nearly_an_optional_one_is_a_remark),
		cmocka_unit_test(a_key_of_somebody_else_is_no_remark),
		cmocka_unit_test(checking_host_keys_is_no_remark),
		cmocka_unit_test(wrong_defaults_fail_where_they_stand),
		cmocka_unit_test(what_hangs_on_wrong_defaults_is_unknown),
		cmocka_unit_test(a_binding_that_is_absent_is_unknown),
		cmocka_unit_test(a_binding_that_is_declared_as_none_is_not_missed),
		cmocka_unit_test(without_any_binding_by_declaration_the_gate_is_skipped),
		cmocka_unit_test(a_binding_without_its_list_fails),
		cmocka_unit_test(a_repeated_key_is_a_mistake_of_the_file),
		cmocka_unit_test(thousands_of_jump_hosts_in_a_row_are_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
