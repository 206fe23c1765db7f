#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <cmocka.h>

#include "check/rows/cross_ref.h"
#include "data/yaml.h"
#include "fixture.h"

static const char machines[] = "vms:\n"
			       "  - {id: web, status: active, lan_ip: 192.0.2.10, uses: [db]}\n"
			       "  - {id: db, status: active, lan_ip: 192.0.2.11}\n"
			       "  - {id: old, status: gone, lan_ip: 192.0.2.12}\n";

static const char targets[] = "ssh:\n"
			      "  targets:\n"
			      "    - {id: web, host: 192.0.2.10, aliases: [www]}\n"
			      "    - {id: db, host: 192.0.2.11}\n"
			      "    - {id: nas, host: 192.0.2.20}\n";

/** What most gates here join. */
#define SIDES(left_more, right_more)                                  \
	"with:\n"                                                     \
	"  left: {file: vms.yaml, each: vms, key: id" left_more "}\n" \
	"  right: {file: targets.yaml, each: ssh.targets, key: id" right_more "}\n"

static struct fixture *run_gate(const char *with, const char *left, const char *right)
{
	struct fixture *f = fixture_new();

	fixture_file(f, "vms.yaml", left);
	if (right) {
		fixture_file(f, "targets.yaml", right);
	}
	fixture_gate(f, "T1", "cross_ref", with);
	fixture_run(f, "T1", MODE_STATIC);
	return f;
}

static void assert_passes(const char *with, const char *left, const char *right, size_t checked)
{
	struct fixture *f = run_gate(with, left, right);

	assert_int_equal(fixture_result(f)->findings.len, 0);
	assert_int_equal(fixture_result(f)->verdict, VERDICT_PASS);
	assert_int_equal(fixture_result(f)->checked, checked);
	fixture_free(f);
}

/** It has exactly one finding: this one. */
static void assert_fails(const char *with, const char *left, const char *right, enum reason reason,
			 const char *message)
{
	struct fixture *f = run_gate(with, left, right);
	const struct finding *finding = fixture_finding(f, reason);

	assert_non_null(finding);
	assert_int_equal(fixture_result(f)->findings.len, 1);
	assert_string_equal(finding->message, message);
	assert_int_equal(fixture_result(f)->verdict, VERDICT_FAIL);
	fixture_free(f);
}

static void keys_that_stand_on_the_right_pass(void **state)
{
	(void)state;
	assert_passes(SIDES(", where: {status: active}", ""), machines, targets, 2);
}

static void a_key_that_does_not_fails_at_its_place(void **state)
{
	struct fixture *f = run_gate(SIDES("", ""), machines, targets);
	const struct finding *finding = fixture_finding(f, REASON_REF_DANGLING);

	(void)state;
	assert_int_equal(fixture_count(f, REASON_REF_DANGLING), 1);
	assert_string_equal(finding->subject, "row:vms.yaml:vms[old]");
	assert_string_equal(finding->message, "'old' is no 'id' of targets.yaml, ssh.targets");
	assert_string_equal(finding->where.file, "vms.yaml");
	assert_int_equal(finding->where.line, 4);
	assert_int_equal(finding->where.column, 10);
	fixture_free(f);
}

static void a_near_key_is_suggested(void **state)
{
	struct fixture *f = run_gate(SIDES("", ""), "vms: [{id: webb}]\n", targets);

	(void)state;
	assert_string_equal(fixture_finding(f, REASON_REF_DANGLING)->hint, "did you mean 'web'?");
	fixture_free(f);
}

static void several_keys_of_one_member_are_each_judged(void **state)
{
	static const char with[] =
		"with:\n"
		"  left: {file: vms.yaml, each: vms, key: 'uses[*]', optional: true}\n"
		"  right: {file: vms.yaml, each: vms, key: id}\n";

	(void)state;
	assert_passes(with, machines, NULL, 1);
	assert_fails(with, "vms:\n- {id: a, uses: [b, c]}\n- {id: b}\n", NULL, REASON_REF_DANGLING,
		     "'c' is no 'id' of vms.yaml, vms");
}

static void a_member_without_a_key_fails_unless_that_is_optional(void **state)
{
	static const char without[] = "vms: [{id: web}, {name: x}]\n";

	(void)state;
	assert_fails(SIDES("", ""), without, targets, REASON_ASSERT_MISSING,
		     "'id' is not there, expected a key");
	assert_passes(SIDES(", optional: true", ""), without, targets, 1);
	assert_fails(SIDES(", optional: true", ""), "vms: [{id: web}, {id: [web]}]\n", targets,
		     REASON_ASSERT_VALUE, "'id' is a list, expected a key");
}

static void further_names_join_too(void **state)
{
	(void)state;
	assert_fails(SIDES("", ""), "vms: [{id: www}]\n", targets, REASON_REF_DANGLING,
		     "'www' is no 'id' of targets.yaml, ssh.targets");
	assert_passes(SIDES("", ", also: 'aliases[*]'"), "vms: [{id: www}]\n", targets, 1);
	assert_passes(SIDES(", also: was", ""), "vms: [{id: new, was: nas}]\n", targets, 1);
}

static void an_alias_map_joins_too(void **state)
{
	(void)state;
	assert_passes(SIDES("", "") "  aliases: {old: nas}\n", machines, targets, 3);
	assert_fails(SIDES("", "") "  aliases: {old: tape}\n", machines, targets,
		     REASON_REF_DANGLING, "'old' is no 'id' of targets.yaml, ssh.targets");
}

static void with_equal_the_right_must_be_matched_too(void **state)
{
	static const char both[] = "vms: [{id: web}, {id: db}]\n";

	(void)state;
	assert_passes(SIDES("", ""), both, targets, 2);
	assert_fails(SIDES("", "") "  mode: equal\n", both, targets, REASON_REF_UNMATCHED,
		     "no 'id' of vms.yaml, vms is 'nas'");
	assert_passes(SIDES("", ", unless: {id: nas}") "  mode: equal\n", both, targets, 2);
	/* A member that was met by a further name is met. */
	assert_passes(SIDES("", ", also: 'aliases[*]', where: {id: web}") "  mode: equal\n",
		      "vms: [{id: www}]\n", targets, 1);
}

static void joined_members_must_agree(void **state)
{
	static const char compare[] = SIDES(
		", where: {status: active}",
		"") "  compare: [{left: lan_ip, right: host, as: host, hint: correct the binding}]\n";
	static const char moved[] = "vms:\n- {id: db, status: active, lan_ip: 192.0.2.99}\n";
	struct fixture *f = run_gate(compare, moved, targets);
	const struct finding *finding = fixture_finding(f, REASON_REF_DIFFERS);

	(void)state;
	assert_passes(compare, machines, targets, 2);
	assert_string_equal(finding->message, "'lan_ip' is '192.0.2.99', and 'host' of "
					      "row:targets.yaml:ssh.targets[db] is '192.0.2.11'");
	assert_string_equal(finding->hint, "correct the binding");
	assert_int_equal(finding->where.line, 2);
	assert_string_equal(finding->related[0].file, "targets.yaml");
	assert_int_equal(finding->related[0].line, 4);
	fixture_free(f);
}

static void hosts_are_compared_as_addresses_and_names(void **state)
{
	static const char as_host[] =
		SIDES("", "") "  compare: [{left: url, right: host, as: host}]\n";
	static const char as_text[] = SIDES("", "") "  compare: [{left: url, right: host}]\n";
	static const char names[] = "ssh: {targets: [{id: a, host: nas.example}]}\n";
	static const char six[] = "ssh: {targets: [{id: a, host: '2001:db8::1'}]}\n";

	(void)state;
	assert_passes(as_host, "vms: [{id: a, url: 'https://NAS.example:8443/x'}]\n", names, 1);
	assert_passes(as_host, "vms: [{id: a, url: NAS.example.}]\n", names, 1);
	assert_passes(as_host, "vms: [{id: a, url: 'http://[2001:0db8:0::1]/'}]\n", six, 1);
	assert_fails(as_host, "vms: [{id: a, url: 'http://[2001:db8::2]/'}]\n", six,
		     REASON_REF_DIFFERS,
		     "'url' is 'http://[2001:db8::2]/', and 'host' of "
		     "row:targets.yaml:ssh.targets[a] is '2001:db8::1'");
	assert_fails(as_text, "vms: [{id: a, url: NAS.example}]\n", names, REASON_REF_DIFFERS,
		     "'url' is 'NAS.example', and 'host' of row:targets.yaml:ssh.targets[a] is "
		     "'nas.example'");
}

static void lists_are_compared_as_sets(void **state)
{
	static const char with[] = SIDES("", "") "  compare: [{left: tags}]\n";
	static const char right[] = "ssh: {targets: [{id: a, tags: [x, y]}]}\n";

	(void)state;
	assert_passes(with, "vms: [{id: a, tags: [y, x, x]}]\n", right, 1);
	assert_fails(with, "vms: [{id: a, tags: [x]}]\n", right, REASON_REF_DIFFERS,
		     "'tags' is 'x', and 'tags' of row:targets.yaml:ssh.targets[a] is 'x', 'y'");
	assert_fails(with, "vms: [{id: a, tags: {x: y}}]\n",
		     "ssh: {targets: [{id: a, tags: {x: y}}]}\n", REASON_REF_DIFFERS,
		     "'tags' is a map, and 'tags' of row:targets.yaml:ssh.targets[a] is a map");
}

static void empty_values_are_excused_only_where_the_gate_says_so(void **state)
{
	static const char *const words[] = {"never", "left", "right", "either"};
	static const char no_left[] = "vms: [{id: db, lan_ip: ''}]\n";
	static const char no_right[] = "ssh: {targets: [{id: db}]}\n";
	static const char full[] = "vms: [{id: db, lan_ip: 192.0.2.11}]\n";

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		AUTO(auto_str) struct str with = {0};
		struct fixture *left = NULL;
		struct fixture *right = NULL;

		str_printf(&with,
			   SIDES("", "") "  compare: [{left: lan_ip, right: host, unless_empty: "
					 "%s}]\n",
			   words[i]);
		left = run_gate(str_text(&with), no_left, targets);
		right = run_gate(str_text(&with), full, no_right);
		assert_int_equal(fixture_count(left, REASON_REF_DIFFERS), i == 0 || i == 2);
		assert_int_equal(fixture_count(right, REASON_REF_DIFFERS), i == 0 || i == 1);
		fixture_free(left);
		fixture_free(right);
	}
}

static void nothing_equals_nothing(void **state)
{
	(void)state;
	assert_passes(SIDES("", "") "  compare: [{left: lan_ip, right: gone}]\n",
		      "vms: [{id: db}]\n", targets, 1);
}

static void two_members_of_one_key_are_ambiguous_when_compared(void **state)
{
	static const char twins[] = "ssh: {targets: [{id: db, host: a}, {id: db, host: b}]}\n";
	static const char left[] = "vms: [{id: db, host: a}]\n";

	(void)state;
	assert_passes(SIDES("", ""), left, twins, 1);
	assert_fails(SIDES("", "") "  compare: [{left: host}]\n", left, twins, REASON_REF_AMBIGUOUS,
		     "'db' is this, and row:targets.yaml:ssh.targets[db] too: which of them is "
		     "meant?");
}

static void what_cannot_be_read_leaves_the_rest_unknown(void **state)
{
	struct fixture *broken = run_gate(SIDES("", ""), machines, "ssh: [\n");
	struct fixture *absent = run_gate(SIDES("", ""), machines, NULL);

	(void)state;
	assert_int_equal(fixture_result(broken)->verdict, VERDICT_FAIL);
	assert_int_equal(fixture_count(broken, REASON_FILE_NOT_PARSED), 1);
	assert_int_equal(fixture_finding(broken, REASON_REF_DANGLING)->verdict, VERDICT_UNKNOWN);
	assert_int_equal(fixture_count(absent, REASON_FILE_ABSENT), 1);
	assert_int_equal(fixture_finding(absent, REASON_FILE_ABSENT)->where.line, 11);
	assert_int_equal(fixture_finding(absent, REASON_REF_DANGLING)->verdict, VERDICT_UNKNOWN);
	fixture_free(broken);
	fixture_free(absent);
}

static void broken_files_are_all_said(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	fixture_file(f, "b.yaml", "a: [\n");
	fixture_file(f, "a.yaml", "a: 1\nb: 'x\n");
	fixture_gate(f, "T1", "cross_ref",
		     "with:\n  left: {file: b.yaml, key: a}\n  right: {file: a.yaml, key: a}\n");
	fixture_run(f, "T1", MODE_STATIC);
	assert_int_equal(fixture_count(f, REASON_FILE_NOT_PARSED), 2);
	assert_string_equal(fixture_result(f)->findings.at[0].where.file, "a.yaml");
	assert_string_equal(fixture_result(f)->findings.at[1].where.file, "b.yaml");
	fixture_free(f);
}

static void nothing_on_the_left_is_unknown(void **state)
{
	struct fixture *f = run_gate(SIDES(", where: {id: none}", ""), machines, targets);

	(void)state;
	assert_int_equal(fixture_result(f)->verdict, VERDICT_UNKNOWN);
	assert_non_null(fixture_finding(f, REASON_NOTHING_TO_CHECK));
	fixture_free(f);
}

static void mistakes_in_the_settings_are_problems_with_their_place(void **state)
{
	static const struct {
		const char *with;
		int line;
		const char *message;
	} rows[] = {
		{"with:\n  left: {file: a.yaml, key: id}\n", 10,
		 "a cross_ref gate needs 'right' (the members that are referred to)"},
		{"with:\n  left: {file: a.yaml, key: 'a['}\n  right: {file: a.yaml, key: id}\n", 10,
		 "'a[' is not a path: '[' without ']'"},
		{"with:\n  left: {key: id}\n  right: {file: a.yaml, key: id}\n", 10,
		 "'left' needs either 'file' or 'files'"},
		{SIDES("", "") "  aliases: {old: [a, b]}\n", 12,
		 "'old' stands for 2 keys, expected one"},
		{SIDES("", "") "  compare: [{left: a, right: 'b['}]\n", 12,
		 "'b[' is not a path: '[' without ']'"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture *f = fixture_new();

		fixture_gate(f, "T1", "cross_ref", rows[i].with);
		assert_int_equal(fixture_load(f), -1);
		assert_int_equal(f->problems.list.len, 1);
		assert_string_equal(f->problems.list.at[0].message, rows[i].message);
		assert_int_equal(f->problems.list.at[0].where.line, rows[i].line);
		fixture_free(f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_that_stand_on_the_right_pass),
		cmocka_unit_test(a_key_that_does_not_fails_at_its_place),
		cmocka_unit_test(a_near_key_is_suggested),
		cmocka_unit_test(several_keys_of_one_member_are_each_judged),
		cmocka_unit_test(a_member_without_a_key_fails_unless_that_is_optional),
		cmocka_unit_test(further_names_join_too),
		cmocka_unit_test(an_alias_map_joins_too),
		cmocka_unit_test(with_equal_the_right_must_be_matched_too),
		cmocka_unit_test(joined_members_must_agree),
		cmocka_unit_test(hosts_are_compared_as_addresses_and_names),
		cmocka_unit_test(lists_are_compared_as_sets),
		cmocka_unit_test(empty_values_are_excused_only_where_the_gate_says_so),
		cmocka_unit_test(nothing_equals_nothing),
		cmocka_unit_test(two_members_of_one_key_are_ambiguous_when_compared),
		cmocka_unit_test(what_cannot_be_read_leaves_the_rest_unknown),
		cmocka_unit_test(broken_files_are_all_said),
		cmocka_unit_test(nothing_on_the_left_is_unknown),
		cmocka_unit_test(mistakes_in_the_settings_are_problems_with_their_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
