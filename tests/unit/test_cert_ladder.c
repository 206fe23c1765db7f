/* The decision table: an evidence for each row that gives exactly it, and a neighbour that must
 * not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "check/ladder/cert_ladder.h"
#include "ladder_rows.h"

static const struct {
	int row;
	enum verdict verdict;
	enum reason reason;
	void (*gives)(struct scene *scene);
	void (*neighbour)(struct scene *scene);
} rows[] = {
	{1, VERDICT_UNKNOWN, REASON_DAEMON_ABSENT, daemon_absent, daemon_absent_but_served},
	{2, VERDICT_UNKNOWN, REASON_DAEMON_DENIED, daemon_refuses, daemon_refuses_but_served},
	{3, VERDICT_UNKNOWN, REASON_CERT_ACCESS_DENIED, access_denied, browser_denied},
	{4, VERDICT_FAIL, REASON_AUTH_BLOCKED_NEEDS_LOGIN, needs_login, login_url_while_running},
	{4, VERDICT_FAIL, REASON_CERT_KEY_EXPIRED, key_expired, key_not_expired},
	{5, VERDICT_FAIL, REASON_AUTH_BLOCKED_NEEDS_APPROVAL, needs_approval, starting},
	{6, VERDICT_FAIL, REASON_CERT_MAGIC_DNS_OFF, magic_dns_off, https_off},
	{7, VERDICT_FAIL, REASON_CERT_HTTPS_OFF, https_off, https_on_and_silent},
	{8, VERDICT_FAIL, REASON_CERT_UNSUPPORTED, not_supported, another_error},
	{9, VERDICT_FAIL, REASON_CERT_NAME_NOT_OURS, name_of_a_peer, name_of_nobody},
	{10, VERDICT_FAIL, REASON_CERT_NAME_UNKNOWN, name_of_nobody, name_of_a_peer},
	{11, VERDICT_FAIL, REASON_CERT_DNS_RECORD, record_not_made, another_error},
	{12, VERDICT_FAIL, REASON_CERT_ACME_UNREACHABLE, acme_not_trusted, acme_limits},
	{13, VERDICT_FAIL, REASON_CERT_RATE_LIMITED, acme_limits, acme_not_trusted},
	{13, VERDICT_FAIL, REASON_CERT_RATE_LIMITED, too_many_requests, reply_and_silence},
	{13, VERDICT_UNKNOWN, REASON_CERT_PENDING, no_reply, reply_and_silence},
	{13, VERDICT_UNKNOWN, REASON_CERT_PENDING, order_given_up, acme_not_trusted},
	{14, VERDICT_FAIL, REASON_SERVE_NO_LISTENER, refused, dropped},
	{15, VERDICT_FAIL, REASON_SERVE_BLOCKED, dropped, dropped_by_a_node_that_is_away},
	{16, VERDICT_FAIL, REASON_SERVE_CLOSED, closed_at_once, closed_later},
	{17, VERDICT_FAIL, REASON_CERT_NO_SNI, no_name_asked_for, alert_at_once},
	{18, VERDICT_FAIL, REASON_SERVE_NO_HANDLER, no_site, alert_at_once},
	{19, VERDICT_FAIL, REASON_CERT_NOT_FOR_NAME, other_domains, alert_at_once},
	{18, VERDICT_FAIL, REASON_SERVE_NO_HANDLER, peer_without_site, peer_as_it_should_be},
	{19, VERDICT_FAIL, REASON_CERT_NOT_FOR_NAME, peer_of_other_domains, peer_as_it_should_be},
	{20, VERDICT_FAIL, REASON_CERT_ORDER_FAILED, alert_after_seconds, alert_at_once},
	{21, VERDICT_UNKNOWN, REASON_CERT_PENDING, alert_after_a_minute, alert_after_seconds},
	{21, VERDICT_UNKNOWN, REASON_CERT_PENDING, alert_after_two_minutes, alert_after_seconds},
	{21, VERDICT_UNKNOWN, REASON_CERT_PENDING, https_on_and_silent, reply_and_silence},
	{22, VERDICT_FAIL, REASON_CERT_OWN_NODE, alert_of_a_peer, alert_at_once},
	{22, VERDICT_FAIL, REASON_CERT_OWN_NODE, alert_of_a_peer, peer_as_it_should_be},
	{23, VERDICT_FAIL, REASON_TLS_ALERT_UNRECOGNIZED_NAME, unrecognized_name,
	 unsupported_certificate},
	{24, VERDICT_FAIL, REASON_CERT_NO_COMMON_GROUND, no_cipher, unsupported_certificate},
	{24, VERDICT_FAIL, REASON_CERT_NO_COMMON_GROUND, old_version, unrecognized_name},
	{25, VERDICT_FAIL, REASON_TLS_PLAIN_HTTP, plain_http, something_else},
	{26, VERDICT_FAIL, REASON_CERT_STAGING, staging, private_root},
	{27, VERDICT_FAIL, REASON_CERT_NAME_MISMATCH, of_another, good},
	{28, VERDICT_FAIL, REASON_CERT_EXPIRED, expired, good},
	{28, VERDICT_FAIL, REASON_CERT_EXPIRED, an_authority_has_expired, good},
	{28, VERDICT_FAIL, REASON_CERT_RENEWAL_LATE, hardly_left, a_third_left_but_the_grace},
	{28, VERDICT_FAIL, REASON_CERT_RENEWAL_LATE, hardly_left, a_month_of_a_year_left},
	{28, VERDICT_PASS, REASON_CERT_RENEWAL_LATE, less_than_a_third_left,
	 a_third_left_but_the_grace},
};

/* ---- judging */

static struct arena arena;

static struct ladder_opinion judged(struct scene *scene, void (*change)(struct scene *scene))
{
	struct ladder_opinion opinion = {0};

	scene_good(scene);
	change(scene);
	judge_ladder(&scene->evidence, &arena, &opinion);
	return opinion;
}

static void every_row_has_an_evidence_that_gives_exactly_it(void **state)
{
	bool is_there[29] = {false};
	struct scene scene;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ladder_opinion opinion = judged(&scene, rows[i].gives);

		if (opinion.row != rows[i].row || opinion.reason != rows[i].reason ||
		    opinion.verdict != rows[i].verdict) {
			fail_msg("rows[%zu]: expected row %d, %s %s; got row %d, %s %s", i,
				 rows[i].row, verdict_word(rows[i].verdict),
				 reason_code(rows[i].reason), opinion.row,
				 verdict_word(opinion.verdict), reason_code(opinion.reason));
		}
		assert_non_null(opinion.cause);
		assert_non_null(opinion.fix);
		assert_null(strchr(opinion.cause, '{'));
		assert_null(strchr(opinion.fix, '{'));
		is_there[rows[i].row] = true;
	}
	for (int row = 1; row <= 28; row++) {
		assert_true(is_there[row]);
	}
}

static void no_row_holds_for_its_neighbour(void **state)
{
	struct scene scene;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ladder_opinion opinion = judged(&scene, rows[i].neighbour);

		if (opinion.row == rows[i].row && opinion.reason == rows[i].reason) {
			fail_msg("rows[%zu]: its neighbour gives row %d, %s too", i, opinion.row,
				 reason_code(opinion.reason));
		}
	}
}

/* ---- what passes */

static void a_name_that_works_in_every_respect_passes(void **state)
{
	struct scene scene;
	struct ladder_opinion opinion = judged(&scene, good);

	(void)state;
	assert_int_equal(opinion.verdict, VERDICT_PASS);
	assert_int_equal(opinion.reason, REASON_NONE);
	assert_null(opinion.cause);
	for (size_t i = 0; i < RUNG_COUNT; i++) {
		assert_int_equal(opinion.rungs[i].verdict, VERDICT_PASS);
		assert_non_null(opinion.rungs[i].evidence);
	}
	assert_int_equal(opinion.not_checked_count, 0);
}

static void what_is_served_passes_whatever_the_daemon_here_is_like(void **state)
{
	struct scene scene;

	(void)state;
	assert_int_equal(judged(&scene, daemon_absent_but_served).verdict, VERDICT_PASS);
	assert_int_equal(judged(&scene, daemon_refuses_but_served).verdict, VERDICT_PASS);
}

static void a_certificate_of_a_peer_passes(struct scene *scene)
{
	scene_of_peer(scene);
}

static void the_daemon_of_the_main_host_is_not_blamed_for_a_name_of_another_node(void **state)
{
	struct scene scene;
	struct ladder_opinion opinion = judged(&scene, a_certificate_of_a_peer_passes);

	(void)state;
	assert_int_equal(opinion.verdict, VERDICT_PASS);
	opinion = judged(&scene, alert_of_a_peer);
	assert_int_equal(opinion.rungs[RUNG_DAEMON].verdict, VERDICT_PASS);
	assert_int_equal(opinion.rungs[RUNG_STATE].verdict, VERDICT_PASS);
	assert_int_equal(opinion.rungs[RUNG_DOMAINS].verdict, VERDICT_PASS);
	assert_non_null(strstr(opinion.fix, MAC));
}

/* ---- sentences */

static void the_time_until_the_alert_is_part_of_the_evidence(void **state)
{
	struct scene scene;
	struct ladder_opinion opinion = judged(&scene, alert_at_once);

	(void)state;
	assert_non_null(strstr(opinion.rungs[RUNG_TLS].evidence, "20 ms"));
	assert_non_null(strstr(opinion.rungs[RUNG_TLS].evidence, "internal_error"));
	opinion = judged(&scene, alert_after_a_minute);
	assert_non_null(strstr(opinion.rungs[RUNG_TLS].evidence, "60.0 s"));
}

static void an_order_that_hangs_says_how_long_and_where_its_log_is(void **state)
{
	struct scene scene;
	struct ladder_opinion opinion = judged(&scene, no_reply);

	(void)state;
	assert_non_null(strstr(opinion.cause, "pending or rate limited"));
	assert_non_null(strstr(opinion.rungs[RUNG_ISSUE].evidence, "75.0 s"));
	assert_non_null(strstr(opinion.fix, "log"));
	assert_int_equal(opinion.rung, RUNG_ISSUE);
}

static void a_name_that_is_not_the_nodes_is_explained_with_the_list(void **state)
{
	struct scene scene;
	struct ladder_opinion opinion = judged(&scene, name_of_a_peer);

	(void)state;
	assert_non_null(strstr(opinion.cause, STORAGE));
	assert_non_null(strstr(opinion.fix, MAC));
	opinion = judged(&scene, name_of_nobody);
	assert_non_null(strstr(opinion.fix, STORAGE));
}

static void https_off_names_the_page_where_it_is_turned_on(void **state)
{
	struct scene scene;
	struct ladder_opinion opinion = judged(&scene, https_off);

	(void)state;
	assert_non_null(strstr(opinion.cause, "HTTPS certificates are not enabled in the tailnet"));
	assert_non_null(strstr(opinion.fix, "https://login.tailscale.com/admin/dns"));
}

static void a_chain_that_does_not_verify_says_why(void **state)
{
	struct scene scene;
	struct ladder_opinion opinion = judged(&scene, signed_weakly);

	(void)state;
	assert_non_null(strstr(opinion.cause, "CA signature digest algorithm too weak"));
	assert_null(strstr(opinion.fix, "whole chain"));
}

static void https_off_here_says_nothing_of_a_node_from_another_tailnet(void **state)
{
	struct scene scene;
	struct ladder_opinion opinion = {0};

	(void)state;
	scene_good(&scene);
	scene_alert(&scene, 80, 20);
	scene_of_peer(&scene);
	scene.status.cert_domains.len = 0;
	scene.status.self.cap_keys.len = 0;
	judge_ladder(&scene.evidence, &arena, &opinion);
	assert_int_equal(opinion.reason, REASON_CERT_HTTPS_OFF);
	scene.peer.dns_name = "nas.tail1234.ts.net";
	scene.evidence.name = "nas.tail1234.ts.net";
	judge_ladder(&scene.evidence, &arena, &opinion);
	assert_int_equal(opinion.reason, REASON_CERT_OWN_NODE);
}

static void a_cause_that_names_share_says_whose_it_is(void **state)
{
	static const struct {
		void (*gives)(struct scene *scene);
		enum ladder_scope scope;
	} shared[] = {
		{daemon_absent, SCOPE_DAEMON}, {daemon_refuses, SCOPE_DAEMON},
		{needs_login, SCOPE_DAEMON},   {needs_approval, SCOPE_DAEMON},
		{starting, SCOPE_DAEMON},      {magic_dns_off, SCOPE_TAILNET},
		{https_off, SCOPE_TAILNET},    {not_supported, SCOPE_TAILNET},
		{key_expired, SCOPE_NAME},     {name_of_a_peer, SCOPE_NAME},
		{no_reply, SCOPE_NAME},        {alert_of_a_peer, SCOPE_NAME},
	};
	struct scene scene;

	(void)state;
	for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++) {
		assert_int_equal(judged(&scene, shared[i].gives).scope, shared[i].scope);
	}
}

static void what_a_daemon_says_is_printed_without_its_escapes(void **state)
{
	struct scene scene;
	struct ladder_opinion opinion = {0};

	(void)state;
	scene_good(&scene);
	scene_alert(&scene, 80, 20);
	scene_issue(&scene, 500, "bad \x1b[31m news");
	judge_ladder(&scene.evidence, &arena, &opinion);
	assert_null(strchr(opinion.rungs[RUNG_ISSUE].evidence, '\x1b'));
	assert_null(strchr(opinion.cause, '\x1b'));
}

/* ---- what was not asked */

static void bar(struct question *question)
{
	*question =
		(struct question){.why_not = "the run is passive", .barred = REASON_MODE_PASSIVE};
}

static void passive(struct scene *scene)
{
	scene_no_tls(scene);
	bar(&scene->evidence.port_open.question);
	bar(&scene->evidence.tls.question);
	bar(&scene->evidence.http.question);
	bar(&scene->evidence.backend.question);
	bar(&scene->evidence.backend.http.question);
	bar(&scene->evidence.issue.question);
}

static void static_run(struct scene *scene)
{
	passive(scene);
	bar(&scene->evidence.address.question);
	bar(&scene->evidence.daemon.question);
	bar(&scene->evidence.serve.question);
	scene->evidence.daemon.status = NULL;
	scene->evidence.serve.config = NULL;
	scene->evidence.tls.question.barred = REASON_MODE_STATIC;
	scene->evidence.port_open.question.barred = REASON_MODE_STATIC;
}

static void nothing(struct scene *scene)
{
	scene->evidence = (struct cert_evidence){.name = MAC, .port = 443, .has_tls = true};
}

static void passive_and_https_off(struct scene *scene)
{
	passive(scene);
	scene->status.cert_domains.len = 0;
	scene->status.self.cap_keys.len = 0;
}

static void what_is_only_configured_never_passes(void **state)
{
	struct scene scene;
	struct ladder_opinion opinion = judged(&scene, passive);

	(void)state;
	assert_int_equal(opinion.verdict, VERDICT_UNKNOWN);
	assert_int_equal(opinion.reason, REASON_MODE_PASSIVE);
	assert_int_equal(opinion.rungs[RUNG_TLS].verdict, VERDICT_UNKNOWN);
	assert_int_equal(opinion.not_checked_count, 7);
	assert_string_equal(opinion.not_checked[1], "TLS handshake: the run is passive");
}

static void in_a_static_run_nothing_is_known_but_the_name(void **state)
{
	struct scene scene;
	struct ladder_opinion opinion = judged(&scene, static_run);

	(void)state;
	assert_int_equal(opinion.verdict, VERDICT_UNKNOWN);
	assert_int_equal(opinion.reason, REASON_MODE_STATIC);
	assert_int_equal(opinion.rungs[RUNG_NAME].verdict, VERDICT_PASS);
	assert_int_equal(opinion.not_checked_count, RUNG_COUNT - 1);
}

static void evidence_that_nobody_gathered_is_unknown(void **state)
{
	struct scene scene;
	struct ladder_opinion opinion = judged(&scene, nothing);

	(void)state;
	assert_int_equal(opinion.verdict, VERDICT_UNKNOWN);
	assert_int_not_equal(opinion.reason, REASON_NONE);
	for (size_t i = 0; i < RUNG_COUNT; i++) {
		assert_int_not_equal(opinion.rungs[i].verdict, VERDICT_PASS);
	}
}

static void a_cause_that_needs_no_packet_is_told_in_a_passive_run(void **state)
{
	struct scene scene;
	struct ladder_opinion opinion = judged(&scene, passive_and_https_off);

	(void)state;
	assert_int_equal(opinion.verdict, VERDICT_FAIL);
	assert_int_equal(opinion.row, 7);
	assert_int_equal(opinion.not_checked_count, 7);
}

static void all_silent(struct scene *scene)
{
	static const struct question silent = {.asked = NO_ANSWER, .took_ms = 10000};

	scene->evidence.address = (struct address_evidence){.question = silent};
	scene->evidence.port_open =
		(struct port_evidence){.question = silent, .outcome = KNOCK_TIMEOUT};
	scene->evidence.tls = (struct tls_evidence){.question = silent};
	scene->evidence.http = (struct http_evidence){.question = silent};
	scene->evidence.daemon = (struct daemon_evidence){.question = silent};
	scene->evidence.serve = (struct serve_evidence){.question = silent};
	scene->evidence.backend = (struct backend_evidence){
		.question = silent, .outcome = KNOCK_TIMEOUT, .http = {.question = silent}};
	scene->evidence.issue = (struct issue_evidence){.question = silent};
	scene->evidence.owner = (struct owner_evidence){.owner = OWNER_BINDING};
}

static void a_rung_without_an_answer_is_neither_good_nor_bad(void **state)
{
	struct scene scene;
	struct ladder_opinion opinion = judged(&scene, all_silent);

	(void)state;
	for (enum rung_id id = RUNG_ADDRESS; id < RUNG_COUNT; id++) {
		assert_int_equal(opinion.rungs[id].verdict, VERDICT_UNKNOWN);
	}
	assert_int_equal(opinion.verdict, VERDICT_UNKNOWN);
	assert_non_null(strstr(opinion.rungs[RUNG_ADDRESS].evidence, "10.0 s"));
	assert_non_null(strstr(opinion.rungs[RUNG_SERVE].evidence, "no answer"));
}

/* ---- what is behind serve, and other causes */

static void backend_refuses(struct scene *scene)
{
	scene->evidence.http.status = 502;
	scene->evidence.backend.outcome = KNOCK_REFUSED;
}

static void bad_gateway(struct scene *scene)
{
	scene->evidence.http.status = 502;
}

static void error_of_the_service(struct scene *scene)
{
	scene->evidence.http.status = 500;
}

static void asks_for_a_login(struct scene *scene)
{
	scene->evidence.http.status = 401;
}

static void node_absent(struct scene *scene)
{
	scene_shut(scene, KNOCK_TIMEOUT);
	scene_of_peer(scene);
	scene->evidence.owner.owner = OWNER_ABSENT;
	scene->evidence.owner.node = NULL;
}

static void stopped(struct scene *scene)
{
	scene_shut(scene, KNOCK_TIMEOUT);
	scene->status.state = BACKEND_STOPPED;
	scene->status.state_text = "Stopped";
}

static void no_address(struct scene *scene)
{
	scene_shut(scene, KNOCK_NOT_TRIED);
	scene->evidence.port_open.question = (struct question){.why_not = "there is no address"};
	scene->evidence.owner = (struct owner_evidence){.owner = OWNER_BINDING};
	scene->evidence.address =
		(struct address_evidence){.question = answered, .failure = "Name not known"};
}

static void plain_forward(struct scene *scene)
{
	scene->port = (struct serve_port){.port = 443, .forward = "127.0.0.1:18080"};
	scene->config.site_count = 0;
	scene->evidence.has_tls = false;
	scene->evidence.tls = (struct tls_evidence){0};
	scene->evidence.http = (struct http_evidence){0};
	scene->evidence.issue = (struct issue_evidence){0};
}

static void not_yet_valid(struct scene *scene)
{
	scene->certificate.not_before_utc_ms = NOW_MS + DAY_MS;
}

static void no_roots(struct scene *scene)
{
	scene->chain.trust = TLS_TRUST_UNKNOWN;
}

static void an_authority_is_early(struct scene *scene)
{
	scene->chain.path_from_utc_ms = NOW_MS + DAY_MS;
	scene->chain.path_until_utc_ms = NOW_MS + 400 * DAY_MS;
}

static void revoked(struct scene *scene)
{
	scene->evidence.tls.facts.staple = TLS_STAPLE_REVOKED;
}

/** The port of a forward accepts whatever its backend is like. */
static void forward_to_silence(struct scene *scene)
{
	plain_forward(scene);
	scene->evidence.backend.outcome = KNOCK_TIMEOUT;
}

static void forward_to_what_cannot_be_asked(struct scene *scene)
{
	plain_forward(scene);
	scene->evidence.backend = (struct backend_evidence){0};
}

/** "localhost" may be ::1 to serve, which was not dialled. */
static void backend_refuses_but_is_served(struct scene *scene)
{
	scene->evidence.backend.outcome = KNOCK_REFUSED;
	scene->evidence.backend.http = (struct http_evidence){0};
}

static void backend_refuses_and_nothing_is_there(struct scene *scene)
{
	backend_refuses_but_is_served(scene);
	scene->evidence.http.status = 404;
}

static void demands_a_certificate_before_its_own(struct scene *scene)
{
	scene_no_tls(scene);
	scene->evidence.tls.facts.outcome = TLS_CLIENT_CERTIFICATE;
	scene->evidence.tls.facts.client_certificate = TLS_CLIENT_REQUIRED;
}

static const struct {
	enum verdict verdict;
	enum reason reason;
	void (*gives)(struct scene *scene);
} others[] = {
	{VERDICT_FAIL, REASON_SERVE_BACKEND_DOWN, backend_refuses},
	{VERDICT_FAIL, REASON_SERVE_BACKEND_DOWN, bad_gateway},
	{VERDICT_FAIL, REASON_SERVE_HTTP_STATUS, error_of_the_service},
	{VERDICT_PASS, REASON_NONE, asks_for_a_login},
	{VERDICT_FAIL, REASON_CERT_NODE_ABSENT, node_absent},
	{VERDICT_UNKNOWN, REASON_CERT_NODE_OFFLINE, dropped_by_a_node_that_is_away},
	{VERDICT_FAIL, REASON_CERT_STOPPED, stopped},
	{VERDICT_UNKNOWN, REASON_CERT_STARTING, starting},
	{VERDICT_UNKNOWN, REASON_NET_NAME, no_address},
	{VERDICT_PASS, REASON_NONE, plain_forward},
	{VERDICT_UNKNOWN, REASON_NET_TIMEOUT, forward_to_silence},
	{VERDICT_UNKNOWN, REASON_NET_TIMEOUT, forward_to_what_cannot_be_asked},
	{VERDICT_PASS, REASON_NONE, backend_refuses_but_is_served},
	{VERDICT_FAIL, REASON_SERVE_BACKEND_DOWN, backend_refuses_and_nothing_is_there},
	{VERDICT_UNKNOWN, REASON_TLS_CLIENT_CERTIFICATE, demands_a_certificate_before_its_own},
	{VERDICT_FAIL, REASON_CERT_NOT_YET_VALID, not_yet_valid},
	{VERDICT_FAIL, REASON_CERT_NOT_YET_VALID, an_authority_is_early},
	{VERDICT_FAIL, REASON_CERT_REVOKED, revoked},
	{VERDICT_FAIL, REASON_CERT_UNTRUSTED, private_root},
	{VERDICT_FAIL, REASON_CERT_UNTRUSTED, signed_weakly},
	{VERDICT_UNKNOWN, REASON_CERT_NO_ROOTS, no_roots},
	{VERDICT_FAIL, REASON_CERT_REFUSED, another_error},
	{VERDICT_FAIL, REASON_CERT_HANDSHAKE, alert_at_once},
	{VERDICT_FAIL, REASON_CERT_HANDSHAKE, something_else},
	{VERDICT_UNKNOWN, REASON_NET_SILENT, reply_and_silence},
};

static void what_the_table_does_not_know_has_a_cause_too(void **state)
{
	struct scene scene;

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct ladder_opinion opinion = judged(&scene, others[i].gives);

		if (opinion.row != 0 || opinion.reason != others[i].reason ||
		    opinion.verdict != others[i].verdict) {
			fail_msg("others[%zu]: expected %s %s; got row %d, %s %s", i,
				 verdict_word(others[i].verdict), reason_code(others[i].reason),
				 opinion.row, verdict_word(opinion.verdict),
				 reason_code(opinion.reason));
		}
		assert_true(!opinion.cause || !strchr(opinion.cause, '{'));
	}
}

static void a_certificate_of_the_host_is_told_from_one_of_a_stranger(void **state)
{
	struct scene scene;
	struct ladder_opinion opinion = judged(&scene, of_another);

	(void)state;
	assert_non_null(strstr(opinion.rungs[RUNG_CERTIFICATE].evidence, STORAGE));
}

static void each_cause_can_be_explained_without_evidence(void **state)
{
	const char *cause = NULL;
	const char *fix = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(ladder_explain(rows[i].reason, 0, &arena, &cause, &fix));
		assert_null(strchr(cause, '{'));
		assert_null(strchr(fix, '{'));
	}
	assert_true(ladder_explain(REASON_CERT_NAME_NOT_OURS, 0, &arena, &cause, &fix));
	assert_non_null(strstr(cause, "NAME is another node's name"));
	assert_false(ladder_explain(REASON_CERT_NAME_NOT_OURS, 1, &arena, &cause, &fix));
	assert_true(ladder_explain(REASON_CERT_PENDING, 2, &arena, &cause, &fix));
	assert_false(ladder_explain(REASON_PARITY_ALIAS, 0, &arena, &cause, &fix));
}

static int forget(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_has_an_evidence_that_gives_exactly_it),
		cmocka_unit_test(no_row_holds_for_its_neighbour),
		cmocka_unit_test(a_name_that_works_in_every_respect_passes),
		cmocka_unit_test(what_is_served_passes_whatever_the_daemon_here_is_like),
		cmocka_unit_test(
			the_daemon_of_the_main_host_is_not_blamed_for_a_name_of_another_node),
		cmocka_unit_test(the_time_until_the_alert_is_part_of_the_evidence),
		cmocka_unit_test(an_order_that_hangs_says_how_long_and_where_its_log_is),
		cmocka_unit_test(a_name_that_is_not_the_nodes_is_explained_with_the_list),
		cmocka_unit_test(https_off_names_the_page_where_it_is_turned_on),
		cmocka_unit_test(a_chain_that_does_not_verify_says_why),
		cmocka_unit_test(https_off_here_says_nothing_of_a_node_from_another_tailnet),
		cmocka_unit_test(a_cause_that_names_share_says_whose_it_is),
		cmocka_unit_test(what_a_daemon_says_is_printed_without_its_escapes),
		cmocka_unit_test(what_is_only_configured_never_passes),
		cmocka_unit_test(in_a_static_run_nothing_is_known_but_the_name),
		cmocka_unit_test(evidence_that_nobody_gathered_is_unknown),
		cmocka_unit_test(a_cause_that_needs_no_packet_is_told_in_a_passive_run),
		cmocka_unit_test(a_rung_without_an_answer_is_neither_good_nor_bad),
		cmocka_unit_test(what_the_table_does_not_know_has_a_cause_too),
		cmocka_unit_test(a_certificate_of_the_host_is_told_from_one_of_a_stranger),
		cmocka_unit_test(each_cause_can_be_explained_without_evidence),
	};

	return cmocka_run_group_tests(tests, NULL, forget);
}
