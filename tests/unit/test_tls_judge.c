/* What TLS handshakes mean, from captured facts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "check/reach/tls_judge.h"

#define HOUR ((int64_t)3600 * 1000)
#define DAY(n) ((int64_t)(n)*24 * HOUR)

/** 2026-03-01. */
#define NOW (DAY(20513))

static struct arena arena;
static const char *names[] = {"immich.example", "a.example", "b.example", "c.example", "d.example"};
static struct tls_certificate own;
static struct tls_chain chain;
static struct tls_facts facts;
static struct tls_demands demands;
static struct tls_opinions opinions;

/** A server without fault: a certificate of 90 days, 30 of them gone. */
static int set_up(void **state)
{
	(void)state;
	own = (struct tls_certificate){.subject = "CN=immich.example",
				       .issuer = "CN=R11,O=Let's Encrypt",
				       .names = names,
				       .names_len = 1,
				       .not_before_utc_ms = NOW - DAY(30),
				       .not_after_utc_ms = NOW + DAY(60)};
	chain = (struct tls_chain){.at = &own,
				   .len = 1,
				   .trust = TLS_TRUSTED,
				   .error_text = "",
				   .path_from_utc_ms = NOW - DAY(900),
				   .path_until_utc_ms = NOW + DAY(900)};
	facts = (struct tls_facts){.outcome = TLS_DONE,
				   .phase = TLS_AT_END,
				   .alert = TLS_NONE,
				   .alert_ms = TLS_NONE,
				   .version = TLS_1_3,
				   .chain = &chain,
				   .name = TLS_NAME_MATCHES};
	demands = (struct tls_demands){.has_name = true, .min_version = TLS_1_2};
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

static void judge(void)
{
	judge_tls(&facts, &demands, NOW, &arena, &opinions);
}

/** Exactly one opinion. */
static void expect(enum verdict verdict, enum reason reason, const char *words)
{
	judge();
	assert_int_equal(opinions.len, 1);
	assert_int_equal(opinions.at[0].reason, reason);
	assert_int_equal(opinions.at[0].verdict, verdict);
	if (!strstr(opinions.at[0].message, words)) {
		fail_msg("'%s' is not in '%s'", words, opinions.at[0].message);
	}
}

static void expect_nothing(void)
{
	judge();
	assert_int_equal(opinions.len, 0);
}

static void a_server_without_fault_passes(void **state)
{
	(void)state;
	expect_nothing();
}

static void facts_that_are_zero_are_no_pass(void **state)
{
	(void)state;
	facts = (struct tls_facts){0};
	expect(VERDICT_UNKNOWN, REASON_RUN_TIMEOUT, "not tried");
}

static void a_handshake_without_certificate_is_no_pass(void **state)
{
	(void)state;
	facts.chain = NULL;
	expect(VERDICT_FAIL, REASON_CERT_UNTRUSTED, "no certificate");
}

static void every_way_to_fail_has_its_reason(void **state)
{
	static const struct {
		enum tls_outcome outcome;
		enum verdict verdict;
		enum reason reason;
	} rows[] = {
		{TLS_VERSION, VERDICT_FAIL, REASON_TLS_VERSION},
		{TLS_CLOSED, VERDICT_FAIL, REASON_TLS_CLOSED},
		{TLS_RESET, VERDICT_FAIL, REASON_TLS_CLOSED},
		{TLS_TIMEOUT, VERDICT_UNKNOWN, REASON_TLS_SILENT},
		{TLS_PLAIN_HTTP, VERDICT_FAIL, REASON_TLS_PLAIN_HTTP},
		{TLS_NOT_TLS, VERDICT_FAIL, REASON_TLS_NOT_TLS},
		{TLS_GARBAGE, VERDICT_FAIL, REASON_TLS_GARBAGE},
		{TLS_FLOOD, VERDICT_FAIL, REASON_TLS_GARBAGE},
		{TLS_BROKEN, VERDICT_UNKNOWN, REASON_TLS_BROKEN},
		{TLS_CLIENT_CERTIFICATE, VERDICT_UNKNOWN, REASON_TLS_CLIENT_CERTIFICATE},
	};

	(void)state;
	facts.chain = NULL;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (int phase = TLS_AT_CLIENT_HELLO; phase <= TLS_AT_END; phase++) {
			facts.outcome = rows[i].outcome;
			facts.phase = (enum tls_phase)phase;
			expect(rows[i].verdict, rows[i].reason, "");
		}
	}
}

static void alerts_have_their_code_their_time_and_their_reason(void **state)
{
	static const struct {
		int alert;
		enum reason reason;
		const char *words;
	} rows[] = {
		{40, REASON_TLS_ALERT_HANDSHAKE_FAILURE,
		 "alert 40 (handshake_failure), after 7 ms"},
		{80, REASON_TLS_ALERT_INTERNAL_ERROR, "alert 80 (internal_error), after 7 ms"},
		{112, REASON_TLS_ALERT_UNRECOGNIZED_NAME, "alert 112 (unrecognized_name)"},
		{120, REASON_TLS_ALERT_NO_APPLICATION_PROTOCOL, "alert 120"},
		{46, REASON_TLS_ALERT_OTHER, "alert 46 (certificate_unknown)"},
		{255, REASON_TLS_ALERT_OTHER, "alert 255 (unknown)"},
	};

	(void)state;
	facts = (struct tls_facts){
		.outcome = TLS_ALERT, .alert_ms = 7, .alert_at = TLS_AT_SERVER_HELLO};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		facts.alert = rows[i].alert;
		expect(VERDICT_FAIL, rows[i].reason, rows[i].words);
		assert_non_null(strstr(opinions.at[0].message, "before its ServerHello"));
	}
	facts.alert_at = TLS_AT_FINISHED;
	expect(VERDICT_FAIL, REASON_TLS_ALERT_OTHER, "after its ServerHello");
}

static void what_it_said_instead_is_told(void **state)
{
	(void)state;
	facts.outcome = TLS_PLAIN_HTTP;
	(void)snprintf(facts.said, sizeof(facts.said), "HTTP/1.1 400 Bad Request");
	facts.chain = NULL;
	expect(VERDICT_FAIL, REASON_TLS_PLAIN_HTTP, "'HTTP/1.1 400 Bad Request'");
}

/** Its certificate was seen, so the gate's question is answered. */
static void a_demanded_client_certificate_is_a_remark_where_the_chain_was_seen(void **state)
{
	(void)state;
	facts.outcome = TLS_CLIENT_CERTIFICATE;
	expect(VERDICT_PASS, REASON_TLS_CLIENT_CERTIFICATE, "demands a certificate");
	facts.name = TLS_NAME_DIFFERS;
	judge();
	assert_int_equal(opinions.len, 2);
	assert_int_equal(opinions.at[1].reason, REASON_CERT_NAME_MISMATCH);
}

static void old_versions_fail_at_the_limit(void **state)
{
	(void)state;
	facts.version = TLS_1_2;
	expect_nothing();
	facts.version = TLS_1_1;
	expect(VERDICT_FAIL, REASON_TLS_VERSION, "TLS 1.1 at best, and the gate demands TLS 1.2");
	demands.min_version = TLS_1_0;
	expect_nothing();
	demands.min_version = TLS_1_3;
	facts.version = TLS_1_2;
	expect(VERDICT_FAIL, REASON_TLS_VERSION, "demands TLS 1.3");
}

static void a_protocol_must_be_taken_only_if_one_was_offered(void **state)
{
	(void)state;
	demands.wants_alpn = true;
	expect(VERDICT_FAIL, REASON_TLS_ALPN, "none of the protocols");
	(void)snprintf(facts.alpn, sizeof(facts.alpn), "h2");
	expect_nothing();
}

static void a_wrong_name_tells_the_right_ones(void **state)
{
	(void)state;
	facts.name = TLS_NAME_DIFFERS;
	expect(VERDICT_FAIL, REASON_CERT_NAME_MISMATCH, "is for immich.example");
	own.names_len = 5;
	own.names_left_out = 10;
	expect(VERDICT_FAIL, REASON_CERT_NAME_MISMATCH,
	       "immich.example, a.example, b.example, c.example and 11 more");
	own.names_len = 0;
	own.names_left_out = 0;
	expect(VERDICT_FAIL, REASON_CERT_NAME_MISMATCH, "no name at all");
	facts.name = TLS_NAME_NOT_ASKED; /* an address: judged for the rest only */
	expect_nothing();
}

static void an_address_is_judged_by_dates_alone(void **state)
{
	(void)state;
	demands.has_name = false;
	facts.name = TLS_NAME_NOT_ASKED;
	chain.trust = TLS_SELF_SIGNED;
	expect(VERDICT_PASS, REASON_CERT_NO_NAME, "only the dates");
	own.not_after_utc_ms = NOW - 1;
	judge();
	assert_int_equal(opinions.len, 2);
	assert_int_equal(opinions.at[1].reason, REASON_CERT_EXPIRED);
	assert_int_equal(opinions.at[1].verdict, VERDICT_FAIL);
}

static void trust_is_judged_by_what_the_chain_rests_on(void **state)
{
	static const struct {
		enum tls_trust trust;
		enum verdict verdict;
		enum reason reason;
		bool may_be_allowed; /**< by allow_private_ca */
	} rows[] = {
		{TLS_TRUST_UNKNOWN, VERDICT_UNKNOWN, REASON_CERT_NO_ROOTS, false},
		{TLS_SELF_SIGNED, VERDICT_FAIL, REASON_CERT_SELF_SIGNED, true},
		{TLS_UNKNOWN_ROOT, VERDICT_FAIL, REASON_CERT_UNTRUSTED, true},
		{TLS_MISSING_INTERMEDIATE, VERDICT_FAIL, REASON_CERT_MISSING_INTERMEDIATE, false},
		{TLS_BAD_CHAIN, VERDICT_FAIL, REASON_CERT_UNTRUSTED, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		chain.trust = rows[i].trust;
		chain.issuer = TLS_ISSUER_PRIVATE;
		demands.allow_private_ca = false;
		expect(rows[i].verdict, rows[i].reason, "");
		demands.allow_private_ca = true;
		judge();
		assert_int_equal(opinions.len, rows[i].may_be_allowed ? 0 : 1);
	}
}

static void an_authority_for_tries_is_no_private_one(void **state)
{
	(void)state;
	chain.trust = TLS_UNKNOWN_ROOT;
	chain.issuer = TLS_ISSUER_STAGING;
	own.issuer = "CN=(STAGING) Counterfeit Cashew R10";
	demands.allow_private_ca = true;
	expect(VERDICT_FAIL, REASON_CERT_STAGING, "Counterfeit Cashew");
	chain.trust = TLS_TRUSTED; /* somebody gave it as `ca` */
	expect_nothing();
}

static void a_revoked_certificate_fails(void **state)
{
	(void)state;
	facts.staple = TLS_STAPLE_GOOD;
	expect_nothing();
	facts.staple = TLS_STAPLE_REVOKED;
	expect(VERDICT_FAIL, REASON_CERT_REVOKED, "revoked");
}

static void dates_are_judged_to_the_millisecond(void **state)
{
	(void)state;
	own.not_before_utc_ms = NOW;
	expect_nothing();
	own.not_before_utc_ms = NOW + 1;
	expect(VERDICT_FAIL, REASON_CERT_NOT_YET_VALID, "valid from 2026-03-01 00:00 UTC");
	own.not_before_utc_ms = NOW - DAY(90);
	own.not_after_utc_ms = NOW - 1;
	expect(VERDICT_FAIL, REASON_CERT_EXPIRED, "expired on 2026-02-28 23:59 UTC");
	own.not_after_utc_ms = NOW;
	expect(VERDICT_FAIL, REASON_CERT_EXPIRING, "0 minutes left of 90 days");
}

static void a_date_that_cannot_be_read_is_long_ago(void **state)
{
	(void)state;
	own.not_before_utc_ms = 0;
	own.not_after_utc_ms = 0;
	expect(VERDICT_FAIL, REASON_CERT_EXPIRED, "1970");
}

static void an_authority_of_the_chain_can_expire_too(void **state)
{
	(void)state;
	chain.path_until_utc_ms = NOW - 1;
	expect(VERDICT_FAIL, REASON_CERT_EXPIRED, "an authority of its chain");
	chain.path_until_utc_ms = 0; /* the certificate is itself the root */
	expect_nothing();
}

/** Life and what is left of it, in hours, around each threshold. */
static void thresholds_follow_the_life_of_the_certificate(void **state)
{
	static const struct {
		int life;
		int left;
		enum reason reason;
	} rows[] = {
		{90 * 24, 27 * 24 + 1, REASON_NONE},
		{90 * 24, 27 * 24, REASON_CERT_RENEWAL_LATE},
		{90 * 24, 7 * 24 + 1, REASON_CERT_RENEWAL_LATE},
		{90 * 24, 7 * 24, REASON_CERT_EXPIRING},
		{45 * 24, 324 + 1, REASON_NONE}, /* 13.5 days */
		{45 * 24, 324, REASON_CERT_RENEWAL_LATE},
		{45 * 24, 84, REASON_CERT_EXPIRING}, /* 3.5 days */
		{6 * 24, 44, REASON_NONE},           /* 43.2 hours */
		{6 * 24, 43, REASON_CERT_RENEWAL_LATE},
		{6 * 24, 12, REASON_CERT_RENEWAL_LATE},
		{6 * 24, 11, REASON_CERT_EXPIRING}, /* 11.2 hours */
		{3650 * 24, 28 * 24, REASON_NONE},  /* as one of 90 days */
		{3650 * 24, 27 * 24, REASON_CERT_RENEWAL_LATE},
		{3650 * 24, 7 * 24, REASON_CERT_EXPIRING},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		own.not_after_utc_ms = NOW + rows[i].left * HOUR;
		own.not_before_utc_ms = own.not_after_utc_ms - rows[i].life * HOUR;
		if (rows[i].reason == REASON_NONE) {
			expect_nothing();
		} else {
			expect(rows[i].reason == REASON_CERT_EXPIRING ? VERDICT_FAIL : VERDICT_PASS,
			       rows[i].reason, "left of");
		}
	}
}

static void days_that_the_gate_demands_win(void **state)
{
	(void)state;
	demands.min_days = 30;
	own.not_after_utc_ms = NOW + DAY(30);
	expect(VERDICT_FAIL, REASON_CERT_EXPIRING, "30 days left");
	own.not_after_utc_ms = NOW + DAY(30) + 1;
	expect_nothing();
	demands.min_days = 1;
	own.not_after_utc_ms = NOW + DAY(3);
	expect(VERDICT_PASS, REASON_CERT_RENEWAL_LATE, "3 days left");
}

static void several_things_are_told_together(void **state)
{
	(void)state;
	facts.version = TLS_1_0;
	facts.name = TLS_NAME_DIFFERS;
	facts.staple = TLS_STAPLE_REVOKED;
	demands.wants_alpn = true;
	chain.trust = TLS_SELF_SIGNED;
	own.not_after_utc_ms = NOW - 1;
	judge();
	assert_int_equal(opinions.len, 6);
	for (size_t i = 0; i < opinions.len; i++) {
		assert_int_equal(opinions.at[i].verdict, VERDICT_FAIL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
		TEST(a_server_without_fault_passes),
		TEST(facts_that_are_zero_are_no_pass),
		TEST(a_handshake_without_certificate_is_no_pass),
		TEST(every_way_to_fail_has_its_reason),
		TEST(alerts_have_their_code_their_time_and_their_reason),
		TEST(what_it_said_instead_is_told),
		TEST(a_demanded_client_certificate_is_a_remark_where_the_chain_was_seen),
		TEST(old_versions_fail_at_the_limit),
		TEST(a_protocol_must_be_taken_only_if_one_was_offered),
		TEST(a_wrong_name_tells_the_right_ones),
		TEST(an_address_is_judged_by_dates_alone),
		TEST(trust_is_judged_by_what_the_chain_rests_on),
		TEST(an_authority_for_tries_is_no_private_one),
		TEST(a_revoked_certificate_fails),
		TEST(dates_are_judged_to_the_millisecond),
		TEST(a_date_that_cannot_be_read_is_long_ago),
		TEST(an_authority_of_the_chain_can_expire_too),
		TEST(thresholds_follow_the_life_of_the_certificate),
		TEST(days_that_the_gate_demands_win),
		TEST(several_things_are_told_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
