#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "tool.h"

/** A fleet of three: one on the LAN, one on the tailnet only, one device that is no target. */
static const char targets_yaml[] = "ssh:\n"
				   "  targets:\n"
				   "    - {id: nas, host: 192.168.7.2, tailscale_ip: 100.70.1.2}\n"
				   "    - id: far\n"
				   "      host: 100.70.1.3\n"
				   "      tailscale_ip: 100.70.1.3\n"
				   "      access_policy: tailscale_required\n";
static const char devices_yaml[] =
	"devices:\n"
	"  - {id: laptop, tailscale_ip: 100.70.1.9, fqdn: l.x.ts.net, access_policy: client}\n";

static struct fixture *new_fleet(void)
{
	struct fixture *f = fixture_new();

	fixture_file(f, "bindings/ssh.targets.yaml", targets_yaml);
	fixture_file(f, "bindings/tailscale.tailnet.snapshot.yaml", devices_yaml);
	return f;
}

static struct fixture *run_gate(struct fixture *f, const char *more)
{
	fixture_gate(f, "G030", "address_literal", more);
	assert_int_equal(TOOL_RUN(NULL, "git", "-C", f->root, "init", "-q"), 0);
	assert_int_equal(TOOL_RUN(NULL, "git", "-C", f->root, "add", "-A"), 0);
	fixture_run(f, "G030", MODE_STATIC);
	return f;
}

static void an_address_in_a_script_fails_at_its_place(void **state)
{
	struct fixture *f = new_fleet();
	const struct finding *finding = NULL;

	(void)state;
	fixture_file(f, "bin/x.sh", "#!/bin/sh\ncurl http://100.70.1.2:8080/\n");
	run_gate(f, "");
	finding = fixture_finding(f, REASON_TEXT_ADDRESS);
	assert_int_equal(fixture_result(f)->verdict, VERDICT_FAIL);
	assert_int_equal(fixture_count(f, REASON_TEXT_ADDRESS), 1);
	assert_string_equal(finding->subject, "file:bin/x.sh");
	assert_string_equal(finding->detail, "100.70.1.2");
	assert_string_equal(finding->message, "100.70.1.2 is the tailnet address of target nas");
	assert_int_equal(finding->where.line, 2);
	assert_int_equal(finding->where.column, 13);
	fixture_free(f);
}

static void the_files_about_addresses_are_allowed(void **state)
{
	struct fixture *f = new_fleet();

	(void)state;
	fixture_file(f, "bindings/tailscale.acl.policy.hujson", "// 100.70.1.2\n{}\n");
	fixture_file(f, "ok.txt", "the range 100.64.0.0/10 is no address\n");
	run_gate(f, "");
	assert_int_equal(fixture_result(f)->verdict, VERDICT_PASS);
	assert_int_equal(fixture_result(f)->findings.len, 0);
	assert_true(fixture_result(f)->checked > 0);
	fixture_free(f);
}

static void files_named_elsewhere_are_allowed_there_and_only_there(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	fixture_file(f, "gaterun.yaml", "version: 1\nbindings: {ssh_targets: 'ops/t[1].yaml'}\n");
	fixture_file(f, "ops/t[1].yaml", targets_yaml);
	fixture_file(f, "ops/t1.yaml", "# 100.70.1.2\n");
	run_gate(f, "");
	assert_int_equal(fixture_count(f, REASON_TEXT_ADDRESS), 1);
	assert_string_equal(fixture_finding(f, REASON_TEXT_ADDRESS)->subject, "file:ops/t1.yaml");
	fixture_free(f);
}

static void who_has_the_address_is_named(void **state)
{
	struct fixture *f = new_fleet();

	(void)state;
	fixture_file(f, "a", "100.70.1.9\n");
	fixture_file(f, "b", "100.70.1.77\n");
	fixture_file(f, "c", "[FD7A:115C:A1E0:0::1:2]\n");
	run_gate(f, "");
	assert_int_equal(fixture_count(f, REASON_TEXT_ADDRESS), 3);
	assert_string_equal(fixture_result(f)->findings.at[0].message,
			    "100.70.1.9 is the tailnet address of device laptop");
	assert_string_equal(fixture_result(f)->findings.at[1].message,
			    "100.70.1.77 is a tailnet address");
	assert_string_equal(fixture_result(f)->findings.at[2].detail, "fd7a:115c:a1e0::1:2");
	fixture_free(f);
}

/* An endpoint's URL is allowed to be the host of its tailscale_required target: there, not nearby.
 */
static void the_url_of_an_endpoint_on_the_tailnet_is_allowed_at_its_place(void **state)
{
	static const struct {
		const char *row;
		size_t hits;
	} rows[] = {
		{"{id: e, host: far, url: 'http://100.70.1.3:80/'}", 0},
		{"{id: e, host: far, url: http://100.70.1.3/x}", 0},
		{"{id: e, host: far, url: \"http://100.70.1.3\"}", 0},
		{"{id: e, host: far, url: http://100.70.1.3/100.70.1.3}", 1},
		{"{id: e, host: far, url: http://100.70.1.3, description: at 100.70.1.3}", 1},
		{"{id: e, host: far, url: http://100.70.1.3} # 100.70.1.3", 1},
		{"{id: e, host: far, url: http://100.70.1.4/}", 1},
		{"{id: e, host: nas, url: http://100.70.1.2/}", 1},
		{"{id: e, host: gone, url: http://100.70.1.3/}", 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture *f = new_fleet();
		struct str text = {0};

		str_printf(&text, "endpoints:\n  - %s\n", rows[i].row);
		fixture_file(f, "bindings/services.health.yaml", str_text(&text));
		run_gate(f, "");
		if (fixture_count(f, REASON_TEXT_ADDRESS) != rows[i].hits) {
			fail_msg("%s gave %zu hits", rows[i].row,
				 fixture_count(f, REASON_TEXT_ADDRESS));
		}
		str_release(&text);
		fixture_free(f);
	}
}

static void where_nothing_is_tracked_yet_the_way_out_is_told(void **state)
{
	struct fixture *f = new_fleet();
	const struct finding *finding = NULL;

	(void)state;
	fixture_gate(f, "G030", "address_literal", "");
	assert_int_equal(TOOL_RUN(NULL, "git", "-C", f->root, "init", "-q"), 0);
	fixture_run(f, "G030", MODE_STATIC);
	assert_int_equal(fixture_result(f)->verdict, VERDICT_UNKNOWN);
	assert_int_equal(fixture_result(f)->findings.len, 1);
	finding = fixture_finding(f, REASON_NOTHING_TO_CHECK);
	assert_non_null(strstr(finding->hint, "git add"));
	assert_string_equal(finding->subject, "gate:G030");
	fixture_free(f);
}

static void where_nothing_is_tracked_a_gate_may_say_that_this_is_fine(void **state)
{
	struct fixture *f = new_fleet();

	(void)state;
	fixture_gate(f, "G030", "address_literal", "allow_empty: true\n");
	assert_int_equal(TOOL_RUN(NULL, "git", "-C", f->root, "init", "-q"), 0);
	fixture_run(f, "G030", MODE_STATIC);
	assert_int_equal(fixture_result(f)->verdict, VERDICT_PASS);
	fixture_free(f);
}

static void a_permission_without_a_reason_is_said_to_permit_nothing(void **state)
{
	struct fixture *f = new_fleet();
	const struct findings *findings = NULL;

	(void)state;
	fixture_file(f, "a",
		     "100.70.1.2 # gaterun:allow G030\n100.70.1.2 # gaterun:allow G031 why\n");
	run_gate(f, "");
	findings = &fixture_result(f)->findings;
	assert_int_equal(findings->len, 2);
	assert_int_equal(findings->at[0].verdict, VERDICT_FAIL);
	assert_non_null(strstr(findings->at[0].hint, "without a reason"));
	assert_null(strstr(findings->at[1].hint, "without a reason"));
	fixture_free(f);
}

static void a_permission_on_the_line_is_a_remark(void **state)
{
	struct fixture *f = new_fleet();

	(void)state;
	fixture_file(f, "a", "100.70.1.2 # gaterun:allow G030 the old client cannot do names\n");
	fixture_file(f, "b", "100.70.1.2 # gaterun:allow D22 cited by its old name\n");
	run_gate(f, "aliases: [D22]\n");
	assert_int_equal(fixture_result(f)->verdict, VERDICT_PASS);
	assert_int_equal(fixture_count(f, REASON_TEXT_ALLOWED), 2);
	assert_string_equal(fixture_finding(f, REASON_TEXT_ALLOWED)->message,
			    "1 hit is permitted by gaterun:allow: the old client cannot do names");
	fixture_free(f);
}

static void excepted_files_and_chosen_paths_are_obeyed(void **state)
{
	struct fixture *f = new_fleet();

	(void)state;
	fixture_file(f, "gaterun.yaml", "version: 1\nexcept: {G030: ['tests/**']}\n");
	fixture_file(f, "tests/data", "100.70.1.2\n");
	fixture_file(f, "docs/x.md", "100.70.1.2\n");
	fixture_file(f, "docs/old.md", "100.70.1.2\n");
	fixture_file(f, "bin/x", "100.70.1.2\n");
	run_gate(f, "with: {paths: ['docs/**', 'tests/**'], except: [old.md]}\n");
	assert_int_equal(fixture_count(f, REASON_TEXT_ADDRESS), 1);
	assert_string_equal(fixture_finding(f, REASON_TEXT_ADDRESS)->subject, "file:docs/x.md");
	fixture_free(f);
}

static void what_git_does_not_track_is_not_looked_at(void **state)
{
	struct fixture *f = new_fleet();

	(void)state;
	fixture_file(f, ".gitignore", "secret\n");
	fixture_file(f, "secret", "100.70.1.2\n");
	run_gate(f, "");
	assert_int_equal(fixture_result(f)->verdict, VERDICT_PASS);
	fixture_free(f);
}

static void a_glob_with_a_mistake_is_a_problem(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	fixture_gate(f, "G030", "address_literal", "with: {except: ['a[']}\n");
	assert_int_equal(fixture_load(f), -1);
	assert_int_equal(f->problems.list.at[0].where.line, 9);
	assert_int_equal(f->problems.list.at[0].where.column, 17);
	fixture_free(f);
	f = fixture_new();
	fixture_file(f, "gaterun.yaml", "version: 1\nexcept: {G030: [ok, 'a[']}\n");
	fixture_gate(f, "G030", "address_literal", "");
	assert_int_equal(fixture_load(f), -1);
	assert_string_equal(f->problems.list.at[0].where.file, "gaterun.yaml");
	assert_int_equal(f->problems.list.at[0].where.column, 21);
	fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_in_a_script_fails_at_its_place),
		cmocka_unit_test(the_files_about_addresses_are_allowed),
		cmocka_unit_test(files_named_elsewhere_are_allowed_there_and_only_there),
		cmocka_unit_test(who_has_the_address_is_named),
		cmocka_unit_test(the_url_of_an_endpoint_on_the_tailnet_is_allowed_at_its_place),
		cmocka_unit_test(where_nothing_is_tracked_yet_the_way_out_is_told),
		cmocka_unit_test(where_nothing_is_tracked_a_gate_may_say_that_this_is_fine),
		cmocka_unit_test(a_permission_without_a_reason_is_said_to_permit_nothing),
		cmocka_unit_test(a_permission_on_the_line_is_a_remark),
		cmocka_unit_test(excepted_files_and_chosen_paths_are_obeyed),
		cmocka_unit_test(what_git_does_not_track_is_not_looked_at),
		cmocka_unit_test(a_glob_with_a_mistake_is_a_problem),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
