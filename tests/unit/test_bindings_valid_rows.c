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

/* ---- what a row needs */

static void a_required_field_that_is_missing_fails_at_its_row(void **state)
{
	static const struct mistake mistakes[] = {
		{TARGETS, "id: holly", "      host: 10.7.0.17\n", "", REASON_BINDING_REQUIRED,
		 "target:holly", "id: holly"},
		{TARGETS, "- id: holly", "id: holly\n      ", "", REASON_BINDING_REQUIRED,
		 "row:ssh_targets[7]", "- host: 10.7.0.17"},
		{DEVICES, "id: phone", "    fqdn: phone.grove.ts.net\n", "",
		 REASON_BINDING_REQUIRED, "device:phone", "id: phone"},
		{DEVICES, "id: phone", "    access_policy: client\n", "", REASON_BINDING_REQUIRED,
		 "device:phone", "id: phone"},
		{ENDPOINTS, "id: web", "    host: alder\n", "", REASON_BINDING_REQUIRED,
		 "endpoint:web", "id: web"},
		{ENDPOINTS, "id: web", "    url: http://10.7.0.11:8080/health\n", "",
		 REASON_BINDING_REQUIRED, "endpoint:web", "id: web"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		struct fleet *fleet = judged(mistakes[i].file, mistakes[i].before, mistakes[i].old,
					     mistakes[i].new);

		assert_int_equal(fixture_count(fleet->fixture, REASON_BINDING_REQUIRED), 1);
		assert_string_equal(
			fixture_finding(fleet->fixture, REASON_BINDING_REQUIRED)->subject,
			mistakes[i].subject);
		fleet_expect_counts(fleet, 1, 0, 0);
		fleet_free(fleet);
	}
}

static void a_required_field_that_is_nothing_fails_where_it_stands(void **state)
{
	static const struct mistake mistakes[] = {
		{TARGETS, "probe_via: alder\n", "holly", "null", REASON_BINDING_TYPE,
		 "row:ssh_targets[7]", "null"},
		{TARGETS, "id: holly", "10.7.0.17", "null", REASON_BINDING_TYPE, "target:holly",
		 "null"},
		{TARGETS, "id: holly", "10.7.0.17", "~", REASON_BINDING_TYPE, "target:holly", "~"},
		{DEVICES, "id: phone", "phone.grove.ts.net", "~", REASON_BINDING_TYPE,
		 "device:phone", "~"},
		{DEVICES, "id: phone", "client", "NULL", REASON_BINDING_TYPE, "device:phone",
		 "NULL"},
		{ENDPOINTS, "id: web", "alder", "null", REASON_BINDING_TYPE, "endpoint:web",
		 "null"},
		{ENDPOINTS, "id: web", "http://10.7.0.11:8080/health", "null", REASON_BINDING_TYPE,
		 "endpoint:web", "null"},
	};

	(void)state;
	EXPECT_MISTAKES(mistakes);
}

static void a_word_that_is_none_of_the_allowed_fails_where_it_stands(void **state)
{
	static const struct mistake mistakes[] = {
		{TARGETS, "id: alder", "lan_first", "lan_frist", REASON_BINDING_ENUM,
		 "target:alder", "lan_frist"},
		{TARGETS, "id: alder", "lan_first", "LAN_FIRST", REASON_BINDING_ENUM,
		 "target:alder", "LAN_FIRST"},
		{TARGETS, "id: alder", "lan_first", "client", REASON_BINDING_ENUM, "target:alder",
		 "client"},
		{TARGETS, "id: alder", "lan_first", "\"\"", REASON_BINDING_ENUM, "target:alder",
		 "\"\""},
		{DEVICES, "id: phone", "client", "guest", REASON_BINDING_ENUM, "device:phone",
		 "guest"},
	};

	(void)state;
	EXPECT_MISTAKES(mistakes);
}

static void what_is_not_well_formed_fails_where_it_stands(void **state)
{
	static const struct mistake mistakes[] = {
		{TARGETS, "id: gum", "10.7.0.16", "10.7.0.300", REASON_BINDING_MALFORMED,
		 "target:gum", "10.7.0.300"},
		{TARGETS, "id: gum", "10.7.0.16", "10.7.0", REASON_BINDING_MALFORMED, "target:gum",
		 "10.7.0"},
		{TARGETS, "id: gum", "10.7.0.16", "10.7.0.016", REASON_BINDING_MALFORMED,
		 "target:gum", "10.7.0.016"},
		{TARGETS, "id: gum", "10.7.0.16", "10.7.0.16/24", REASON_BINDING_MALFORMED,
		 "target:gum", "10.7.0.16/24"},
		{TARGETS, "id: gum", "10.7.0.16", "10.7.0.16:22", REASON_BINDING_MALFORMED,
		 "target:gum", "10.7.0.16:22"},
		{TARGETS, "id: gum", "10.7.0.16", "gum.lan.5", REASON_BINDING_MALFORMED,
		 "target:gum", "gum.lan.5"},
		{TARGETS, "id: gum", "10.7.0.16", "\"\"", REASON_BINDING_MALFORMED, "target:gum",
		 "\"\""},
		{TARGETS, "id: gum", "10.7.0.16", "\"10.7.0.16 \"", REASON_BINDING_MALFORMED,
		 "target:gum", "\"10.7.0.16 \""},
		{TARGETS, "id: gum", "10.7.0.16", "\"[fd00:7::16]\"", REASON_BINDING_MALFORMED,
		 "target:gum", "\"[fd00:7::16]\""},
		{TARGETS, "id: gum", "10.7.0.16", "fe80::16%eth0", REASON_BINDING_MALFORMED,
		 "target:gum", "fe80::16%eth0"},
		{TARGETS, "id: alder", "100.70.1.11", "100.70.1", REASON_BINDING_MALFORMED,
		 "target:alder", "100.70.1"},
		{TARGETS, "id: alder", "100.70.1.11", "alder.grove.ts.net",
		 REASON_BINDING_MALFORMED, "target:alder", "alder.grove"},
		{DEVICES, "id: alder", "10.7.0.11", "alder.lan", REASON_BINDING_MALFORMED,
		 "device:alder", "alder.lan"},
		{DEVICES, "id: iris", "FD7A:115C:A1E0:0000::0018", "fd7a:115c::a1e0::18",
		 REASON_BINDING_MALFORMED, "device:iris", "fd7a:"},
		{DEVICES, "id: phone", "phone.grove.ts.net", "100.70.1.99",
		 REASON_BINDING_MALFORMED, "device:phone", "100.70.1.99\n    access"},
		{DEVICES, "id: phone", "phone.grove.ts.net", "\"phone grove\"",
		 REASON_BINDING_MALFORMED, "device:phone", "\"phone grove\""},
		{ENDPOINTS, "id: web", "http://10.7.0.11:8080/health", "10.7.0.11",
		 REASON_BINDING_MALFORMED, "endpoint:web", "10.7.0.11"},
		{ENDPOINTS, "id: web", "http://10.7.0.11:8080/health", "http://u:p@10.7.0.11/",
		 REASON_BINDING_MALFORMED, "endpoint:web", "http://u"},
		{ENDPOINTS, "id: web", "expect: 200", "expect: 99", REASON_BINDING_MALFORMED,
		 "endpoint:web", "99"},
		{ENDPOINTS, "id: web", "expect: 200", "expect: 600", REASON_BINDING_MALFORMED,
		 "endpoint:web", "600"},
		{ENDPOINTS, "id: web", "expect: 200", "expect: fine", REASON_BINDING_MALFORMED,
		 "endpoint:web", "fine"},
		{ENDPOINTS, "id: web", "expect: 200", "expect: \"200,\"", REASON_BINDING_MALFORMED,
		 "endpoint:web", "\"200,\""},
		{ENDPOINTS, "id: web", "expect: 200", "expect: [200, 2000]",
		 REASON_BINDING_MALFORMED, "endpoint:web", "2000"},
		{ENDPOINTS, "id: web", "expect: 200", "tls: {name: 10.7.0.11}",
		 REASON_BINDING_MALFORMED, "endpoint:web", "10.7.0.11}"},
		{ENDPOINTS, "id: web", "expect: 200", "tls: {name: photos}",
		 REASON_BINDING_MALFORMED, "endpoint:web", "photos}"},
		{ENDPOINTS, "id: web", "expect: 200", "tls: {name: \"a.example:443\"}",
		 REASON_BINDING_MALFORMED, "endpoint:web", "\"a.example"},
		{TARGETS, "id: gum", "probe_via: alder", "probe_via: alder\n      port: 0",
		 REASON_BINDING_MALFORMED, "target:gum", "0\n    - id: holly"},
		{TARGETS, "id: gum", "probe_via: alder", "probe_via: alder\n      port: 65536",
		 REASON_BINDING_MALFORMED, "target:gum", "65536"},
	};

	(void)state;
	EXPECT_MISTAKES(mistakes);
}

static void what_is_of_the_wrong_sort_fails_where_it_stands(void **state)
{
	static const struct mistake mistakes[] = {
		{TARGETS, "id: gum", "10.7.0.16", "[10.7.0.16]", REASON_BINDING_TYPE, "target:gum",
		 "[10.7.0.16]"},
		{TARGETS, "id: gum", "10.7.0.16", "{a: b}", REASON_BINDING_TYPE, "target:gum",
		 "{a: b}"},
		{TARGETS, "tailscale_required\n", "gum", "[gum]", REASON_BINDING_TYPE,
		 "row:ssh_targets[6]", "[gum]"},
		{TARGETS, "id: alder", "100.70.1.11", "[]", REASON_BINDING_TYPE, "target:alder",
		 "[]"},
		{TARGETS, "id: alder", "[rack, web]", "{rack: web}", REASON_BINDING_TYPE,
		 "target:alder", "{rack: web}"},
		{TARGETS, "id: alder", "[rack, web]", "[rack, [web]]", REASON_BINDING_TYPE,
		 "target:alder", "[web]"},
		{TARGETS, "id: gum", "probe_via: alder", "probe_via: alder\n      port: ssh",
		 REASON_BINDING_TYPE, "target:gum", "ssh\n"},
		{TARGETS, "id: gum", "probe_via: alder", "probe_via: alder\n      optional: maybe",
		 REASON_BINDING_TYPE, "target:gum", "maybe"},
		{DEVICES, "id: phone", "client", "[client]", REASON_BINDING_TYPE, "device:phone",
		 "[client]"},
		{ENDPOINTS, "id: web", "expect: 200", "expect: {ok: 200}", REASON_BINDING_TYPE,
		 "endpoint:web", "{ok: 200}"},
		{ENDPOINTS, "id: web", "expect: 200", "expect: [[200]]", REASON_BINDING_TYPE,
		 "endpoint:web", "[200]"},
		{ENDPOINTS, "id: old-web", "enabled: false", "enabled: [false]",
		 REASON_BINDING_TYPE, "endpoint:old-web", "[false]"},
		{ENDPOINTS, "id: web", "expect: 200", "tls: a.example", REASON_BINDING_TYPE,
		 "endpoint:web", "a.example"},
		{ENDPOINTS, "id: web", "expect: 200", "tls: {name: [a.example]}",
		 REASON_BINDING_TYPE, "endpoint:web", "[a.example]"},
	};

	(void)state;
	EXPECT_MISTAKES(mistakes);
}

static void status_codes_may_be_written_in_several_ways(void **state)
{
	static const char *const codes[] = {"404", "\"200\"", "[200, 302]", "[\"200,204\", 302]",
					    "~"};

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		struct fleet *fleet = judged(ENDPOINTS, "expect: ", "200", codes[i]);

		fleet_expect_pass(fleet, ROWS);
		fleet_free(fleet);
	}
}

static void more_status_codes_than_there_is_room_for_fail(void **state)
{
	struct fleet *fleet = fleet_new();
	AUTO(auto_str) struct str codes = {0};

	(void)state;
	for (int i = 0; i < 33; i++) {
		str_printf(&codes, "%s%d", i ? "," : "\"", 200 + i);
	}
	str_add(&codes, "\"");
	fleet_edit(fleet, ENDPOINTS, "id: web", "200", codes.at);
	(void)fleet_run(fleet, "bindings_valid");
	assert_int_equal(fixture_count(fleet->fixture, REASON_BINDING_MALFORMED), 1);
	fleet_expect_counts(fleet, 1, 0, 0);
	fleet_free(fleet);
}

static void a_row_that_is_no_map_fails_where_it_stands(void **state)
{
	static const char *const rows[] = {"gum", "[gum, 10.7.0.16]", "\"\""};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fleet *fleet = fleet_new();

		fleet_append(fleet, TARGETS, "    - ");
		fleet_append(fleet, TARGETS, rows[i]);
		(void)fleet_run(fleet, "bindings_valid");
		fleet_expect(fleet, VERDICT_FAIL, REASON_BINDING_TYPE, "row:ssh_targets[9]",
			     fleet_place(fleet, TARGETS, "a1e0::18\n      access_policy: lan_first",
					 rows[i]));
		fleet_expect_counts(fleet, 1, 0, 0);
		fleet_free(fleet);
	}
}

static void a_row_that_is_nothing_fails(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fleet_append(fleet, TARGETS, "    -\n");
	(void)fleet_run(fleet, "bindings_valid");
	assert_int_equal(fixture_result(fleet->fixture)->verdict, VERDICT_FAIL);
	assert_string_equal(fixture_result(fleet->fixture)->findings.at[0].subject,
			    "row:ssh_targets[9]");
	fleet_free(fleet);
}

static void an_id_with_blanks_or_control_characters_fails(void **state)
{
	static const char *const ids[] = {
		"\"\"",          "\" \"",     "\"gum tree\"", "\"gum\\ttree\"", "\"gum\\n\"",
		"\"\\e[2Jgum\"", "\"\\x7f\"", "\"gum\\x85\"", "\"\\u202emug\"", "\"gum\\u200b\"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		struct fleet *fleet = judged(TARGETS, "- id: gum", "gum", ids[i]);

		fleet_expect(fleet, VERDICT_FAIL, REASON_BINDING_MALFORMED, "row:ssh_targets[6]",
			     fleet_place(fleet, TARGETS, "tailscale_required\n", ids[i]));
		fleet_expect_counts(fleet, 1, 0, 0);
		fleet_free(fleet);
	}
}

static void an_id_may_be_a_number_or_not_ascii(void **state)
{
	static const char *const ids[] = {"212", "0x1f", "b\xc3\xbcro", "true", "\"null\""};

	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		struct fleet *fleet = judged(TARGETS, "- id: gum", "gum", ids[i]);

		fleet_expect_pass(fleet, ROWS);
		fleet_free(fleet);
	}
}

static void all_mistakes_of_a_row_are_reported(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fleet_edit(fleet, TARGETS, "id: alder", "10.7.0.11", "10.7.0.311");
	fleet_edit(fleet, TARGETS, "id: alder", "100.70.1.11", "100.70.1.311");
	fleet_edit(fleet, TARGETS, "id: alder", "lan_first", "lan_last");
	(void)fleet_run(fleet, "bindings_valid");
	fleet_expect_counts(fleet, 3, 0, 0);
	assert_int_equal(fixture_count(fleet->fixture, REASON_BINDING_MALFORMED), 2);
	assert_int_equal(fixture_count(fleet->fixture, REASON_BINDING_ENUM), 1);
	fleet_free(fleet);
}

/* ---- more than anybody reads */

static void every_row_is_broken_however_many_mistakes_there_are(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fleet_replace(fleet, TARGETS, "ssh:\n  targets:\n");
	for (int i = 0; i < 1500; i++) {
		str_printf(&fleet->files[TARGETS],
			   "  - {id: t%d, host: 10.7.%d.%d, access_policy: wrong}\n", i, i / 200,
			   i % 200);
	}
	fleet_replace(fleet, ENDPOINTS,
		      "endpoints: [{id: web, host: t1499, url: 'http://10.7.7.99/'}]\n");
	(void)fleet_run(fleet, "endpoint_parity");
	assert_int_equal(fixture_count(fleet->fixture, REASON_BINDING_BROKEN), 1);
	assert_int_equal(fixture_result(fleet->fixture)->verdict, VERDICT_UNKNOWN);
	fleet_free(fleet);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_required_field_that_is_missing_fails_at_its_row),
		cmocka_unit_test(a_required_field_that_is_nothing_fails_where_it_stands),
		cmocka_unit_test(a_word_that_is_none_of_the_allowed_fails_where_it_stands),
		cmocka_unit_test(what_is_not_well_formed_fails_where_it_stands),
		cmocka_unit_test(what_is_of_the_wrong_sort_fails_where_it_stands),
		cmocka_unit_test(status_codes_may_be_written_in_several_ways),
		cmocka_unit_test(more_status_codes_than_there_is_room_for_fail),
		cmocka_unit_test(a_row_that_is_no_map_fails_where_it_stands),
		cmocka_unit_test(a_row_that_is_nothing_fails),
		cmocka_unit_test(an_id_with_blanks_or_control_characters_fails),
		cmocka_unit_test(an_id_may_be_a_number_or_not_ascii),
		cmocka_unit_test(all_mistakes_of_a_row_are_reported),
		cmocka_unit_test(every_row_is_broken_however_many_mistakes_there_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
