/* The JSON of a run and of problems, on hand-made ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "data/json.h"
#include "report_run.h"

/** The whole document of one failed run. */
static const char expected_document[] = "{\n"
					"  \"schema\": \"gaterun/run/v1\",\n"
					"  \"run_key\": \"RUN-1\",\n"
					"  \"root\": \".\",\n"
					"  \"packs\": [\n"
					"    \"fast\"\n"
					"  ],\n"
					"  \"selection\": {},\n"
					"  \"context\": \"local\",\n"
					"  \"mode\": \"passive\",\n"
					"  \"verdict\": \"fail\",\n"
					"  \"exit\": 1,\n"
					"  \"started_at\": \"2026-03-01T21:48:13.123Z\",\n"
					"  \"duration_ms\": 12,\n"
					"  \"counts\": {\n"
					"    \"planned\": 2,\n"
					"    \"pass\": 1,\n"
					"    \"fail\": 1,\n"
					"    \"unknown\": 0,\n"
					"    \"skip\": 0\n"
					"  },\n"
					"  \"gates\": [\n"
					"    {\n"
					"      \"id\": \"G001\",\n"
					"      \"title\": \"Bindings obey their rules\",\n"
					"      \"kind\": \"endpoint_parity\",\n"
					"      \"severity\": \"high\",\n"
					"      \"enforced\": true,\n"
					"      \"verdict\": \"pass\",\n"
					"      \"checked\": 111,\n"
					"      \"duration_ms\": 0,\n"
					"      \"findings\": []\n"
					"    },\n"
					"    {\n"
					"      \"id\": \"G002\",\n"
					"      \"title\": \"Endpoints name known targets\",\n"
					"      \"kind\": \"endpoint_parity\",\n"
					"      \"severity\": \"high\",\n"
					"      \"enforced\": true,\n"
					"      \"verdict\": \"fail\",\n"
					"      \"checked\": 62,\n"
					"      \"duration_ms\": 3,\n"
					"      \"findings\": [\n"
					"        {\n"
					"          \"verdict\": \"fail\",\n"
					"          \"reason\": \"endpoint.unknown_target\",\n"
					"          \"subject\": \"endpoint:x\",\n"
					"          \"message\": \"its host 'x' is no target\",\n"
					"          \"file\": \"bindings/services.health.yaml\",\n"
					"          \"line\": 355,\n"
					"          \"column\": 11,\n"
					"          \"related\": [\n"
					"            {\n"
					"              \"file\": \"bindings/ssh.targets.yaml\",\n"
					"              \"line\": 40,\n"
					"              \"column\": 19\n"
					"            }\n"
					"          ],\n"
					"          \"fingerprint\": \"f00d\",\n"
					"          \"hint\": \"name a target\",\n"
					"          \"state\": null,\n"
					"          \"caused_by\": null,\n"
					"          \"path\": \"lan\"\n"
					"        }\n"
					"      ]\n"
					"    }\n"
					"  ],\n"
					"  \"receipt\": {\n"
					"    \"file\": \"receipts/RUN-1.json\",\n"
					"    \"signer\": \"SHA256:abc\",\n"
					"    \"log_index\": 41\n"
					"  }\n"
					"}\n";

static void a_run_is_written_key_by_key_in_order(void **state)
{
	static const struct report_receipt receipt = {"receipts/RUN-1.json", "SHA256:abc", 41};
	struct made_run made;
	struct finding *finding = NULL;
	AUTO(auto_str) struct str out = {0};

	(void)state;
	make_run(&made);
	finding = add_finding(&made, VERDICT_FAIL, REASON_ENDPOINT_UNKNOWN_TARGET, "endpoint:x");
	finding->hint = "name a target";
	finding->path = PATH_LAN;
	finding->related[0] = (struct place){"bindings/ssh.targets.yaml", 40, 19};
	finding->related_count = 1;
	(void)snprintf(finding->fingerprint, sizeof(finding->fingerprint), "f00d");
	(void)snprintf(made.run.key, sizeof(made.run.key), "RUN-1");
	made.report.receipt = &receipt;
	conclude_run(&made);
	report_json(&made.report, &out);
	assert_string_equal(str_text(&out), expected_document);
	drop_run(&made);
}

static void expect_part(struct made_run *made, const char *part)
{
	AUTO(auto_str) struct str out = {0};

	report_json(&made->report, &out);
	if (!strstr(str_text(&out), part)) {
		fail_msg("missing:\n%s\nin:\n%s", part, str_text(&out));
	}
}

static void without_a_receipt_key_and_receipt_are_null(void **state)
{
	struct made_run made;

	(void)state;
	make_run(&made);
	conclude_run(&made);
	expect_part(&made, "\"run_key\": null,");
	expect_part(&made, "\"receipt\": null\n}\n");
}

static void a_lost_receipt_is_seen_in_the_exit_status(void **state)
{
	struct made_run made;

	(void)state;
	make_run(&made);
	conclude_run(&made);
	made.report.exit = EXIT_BUSY;
	expect_part(&made, "\"verdict\": \"pass\",\n  \"exit\": 75,");
}

static void a_waived_finding_says_what_it_was_and_why_it_is_not(void **state)
{
	static const struct node node = {.where = {"bindings/waivers.yaml", 3, 5}};
	static const struct waiver waiver = {.node = &node,
					     .reason = "it moves",
					     .owner = "ops",
					     .ticket = "T-1",
					     .expires_on_utc_ms = 1803859200000};
	struct made_run made;
	struct finding *finding = NULL;

	(void)state;
	make_run(&made);
	finding = add_finding(&made, VERDICT_SKIP, REASON_ENDPOINT_UNKNOWN_TARGET, "endpoint:x");
	finding->waived_by = &waiver;
	finding->waived_verdict = VERDICT_UNKNOWN;
	conclude_run(&made);
	expect_part(&made, "          \"verdict\": \"skip\",\n"
			   "          \"reason\": \"endpoint.unknown_target\",\n");
	expect_part(&made, "          \"waived_verdict\": \"unknown\",\n"
			   "          \"waived_by\": {\n"
			   "            \"file\": \"bindings/waivers.yaml\",\n"
			   "            \"line\": 3,\n"
			   "            \"column\": 5,\n"
			   "            \"reason\": \"it moves\",\n"
			   "            \"owner\": \"ops\",\n"
			   "            \"expires_on\": \"2027-03-01\",\n"
			   "            \"ticket\": \"T-1\"\n"
			   "          }\n");
	drop_run(&made);
}

static void what_narrows_the_run_is_in_the_selection(void **state)
{
	static const char *gates[] = {"G020", "G002"};
	struct made_run made;

	(void)state;
	make_run(&made);
	made.options.packs.len = 0;
	made.options.gates.at = gates;
	made.options.gates.len = 2;
	made.options.target_words = "tag:shop,nas";
	expect_part(&made, "\"packs\": [],\n"
			   "  \"selection\": {\n"
			   "    \"gates\": [\n"
			   "      \"G020\",\n"
			   "      \"G002\"\n"
			   "    ],\n"
			   "    \"target\": \"tag:shop,nas\"\n"
			   "  },\n");
}

static void a_finding_without_a_place_has_null_for_it(void **state)
{
	struct made_run made;

	(void)state;
	make_run(&made);
	add_finding(&made, VERDICT_UNKNOWN, REASON_NET_TIMEOUT, "target:nas")->where =
		(struct place){0};
	expect_part(&made,
		    "\"file\": null,\n          \"line\": null,\n          \"column\": null,");
	drop_run(&made);
}

static void every_address_that_was_tried_is_listed(void **state)
{
	static const struct attempt attempts[] = {
		{"192.168.1.20", PATH_LAN, "net.refused", 0, 1},
		{"100.64.0.20", PATH_TAILNET, "verified", 2, 31},
	};
	struct finding *finding = NULL;
	struct made_run made;

	(void)state;
	make_run(&made);
	finding = add_finding(&made, VERDICT_FAIL, REASON_PATH_FALLBACK, "target:nas");
	finding->path = PATH_TAILNET;
	finding->attempts = attempts;
	finding->attempt_count = 2;
	expect_part(&made, "\"path\": \"tailnet\",\n"
			   "          \"attempts\": [\n"
			   "            {\n"
			   "              \"address\": \"192.168.1.20\",\n"
			   "              \"path\": \"lan\",\n"
			   "              \"outcome\": \"net.refused\",\n"
			   "              \"started_ms\": 0,\n"
			   "              \"took_ms\": 1\n"
			   "            },\n"
			   "            {\n"
			   "              \"address\": \"100.64.0.20\",\n");
	drop_run(&made);
}

static void a_remark_is_listed(void **state)
{
	struct made_run made;

	(void)state;
	make_run(&made);
	add_finding(&made, VERDICT_PASS, REASON_BINDING_CGNAT_HOST, "target:nas");
	expect_part(&made, "\"verdict\": \"pass\",\n          \"reason\": \"binding.cgnat_host\"");
	drop_run(&made);
}

static void hostile_texts_stay_inside_their_strings(void **state)
{
	struct made_run made;
	struct finding *finding = NULL;
	struct arena arena = {0};
	struct problems problems = {0};
	struct node *root = NULL;
	AUTO(auto_str) struct str out = {0};

	(void)state;
	make_run(&made);
	finding = add_finding(&made, VERDICT_FAIL, REASON_TEXT_ADDRESS, "file:\"}],\n");
	finding->message = "quote \" backslash \\ newline \n escape \033 not utf-8 \xff\xc0\xaf";
	finding->hint = "\xed\xa0\x80 surrogate";
	made.gates[0].title = "\xf0\x28\x8c\x28";
	conclude_run(&made);
	report_json(&made.report, &out);
	assert_true(text_is_utf8(str_view(&out)));
	assert_int_equal(
		json_load(&arena, "run.json", str_view(&out), OWN_FILE, &problems, NULL, &root), 0);
	assert_string_equal(node_get(root, "verdict")->text.at, "fail");
	problems_release(&problems);
	arena_release(&arena);
	drop_run(&made);
}

static void problems_are_written_with_their_places(void **state)
{
	struct problems problems = {0};
	struct place where = {"gaterun.yaml", 3, 7};
	AUTO(auto_str) struct str out = {0};

	(void)state;
	problems_add(&problems, PROBLEM_UNKNOWN_KEY, where, (struct text){0},
		     "did you mean 'gates'?", "unknown key 'gats'");
	problems_add(&problems, PROBLEM_FILE, (struct place){0}, (struct text){0}, NULL,
		     "no ops repo here");
	report_problems_json(&problems, EXIT_DATA, &out);
	assert_string_equal(str_text(&out), "{\n"
					    "  \"schema\": \"gaterun/problems/v1\",\n"
					    "  \"exit\": 65,\n"
					    "  \"problems\": [\n"
					    "    {\n"
					    "      \"file\": \"gaterun.yaml\",\n"
					    "      \"line\": 3,\n"
					    "      \"column\": 7,\n"
					    "      \"message\": \"unknown key 'gats'\",\n"
					    "      \"hint\": \"did you mean 'gates'?\"\n"
					    "    },\n"
					    "    {\n"
					    "      \"file\": null,\n"
					    "      \"line\": null,\n"
					    "      \"column\": null,\n"
					    "      \"message\": \"no ops repo here\",\n"
					    "      \"hint\": null\n"
					    "    }\n"
					    "  ]\n"
					    "}\n");
	problems_release(&problems);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_is_written_key_by_key_in_order),
		cmocka_unit_test(without_a_receipt_key_and_receipt_are_null),
		cmocka_unit_test(a_lost_receipt_is_seen_in_the_exit_status),
		cmocka_unit_test(a_waived_finding_says_what_it_was_and_why_it_is_not),
		cmocka_unit_test(what_narrows_the_run_is_in_the_selection),
		cmocka_unit_test(a_finding_without_a_place_has_null_for_it),
		cmocka_unit_test(every_address_that_was_tried_is_listed),
		cmocka_unit_test(a_remark_is_listed),
		cmocka_unit_test(hostile_texts_stay_inside_their_strings),
		cmocka_unit_test(problems_are_written_with_their_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
