#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "check/reach/http_probe.h"
#include "fake_http.h"
#include "fake_names.h"
#include "fixture.h"

/* ---- what an answer means */

static struct texts codes_of(const char **words, size_t len)
{
	return (struct texts){.at = words, .len = len};
}

/** An answer with a status and a body. */
static struct http_facts answered(int status, const char *body)
{
	return (struct http_facts){.outcome = HTTP_OK,
				   .phase = HTTP_AT_BODY,
				   .status = status,
				   .body = text_of(body),
				   .error = ""};
}

/** Judged by these codes and this pattern; NULL: none. */
static enum verdict judge_by(const struct texts *expect, const char *body,
			     const struct http_facts *facts, struct http_opinion *why)
{
	AUTO(auto_matcher) struct matcher *matcher = matcher_new();
	struct http_wanted wanted = {.expect = expect};
	enum verdict verdict = VERDICT_UNKNOWN;
	struct err err = {0};
	size_t offset = 0;

	if (body) {
		wanted.body = pattern_compile(text_of(body), PATTERN_SEARCH, &offset, &err);
		assert_non_null(wanted.body);
	}
	verdict = judge_http(&wanted, facts, matcher, why);
	pattern_free(wanted.body);
	return verdict;
}

static void the_status_must_be_one_of_those_expected(void **state)
{
	static const char *words[] = {"401", "403"};
	const struct texts none = {0};
	const struct texts some = codes_of(words, 2);
	static const struct {
		int status;
		bool is_for_none;
		bool is_for_some;
	} rows[] = {
		{199, false, false}, {200, true, false},  {204, true, false},  {299, true, false},
		{300, false, false}, {400, false, false}, {401, false, true},  {403, false, true},
		{402, false, false}, {500, false, false}, {101, false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct http_facts facts = answered(rows[i].status, "");
		struct http_opinion why = {0};

		assert_int_equal(judge_by(&none, NULL, &facts, &why),
				 rows[i].is_for_none ? VERDICT_PASS : VERDICT_FAIL);
		assert_int_equal(judge_by(&some, NULL, &facts, &why),
				 rows[i].is_for_some ? VERDICT_PASS : VERDICT_FAIL);
	}
}

static void a_wrong_status_is_told_with_what_was_expected(void **state)
{
	static const char *words[] = {"401", "403"};
	const struct texts none = {0};
	const struct texts some = codes_of(words, 2);
	const struct http_facts facts = answered(502, "");
	struct http_opinion why = {0};

	(void)state;
	(void)judge_by(&some, NULL, &facts, &why);
	assert_int_equal(why.reason, REASON_HTTP_STATUS);
	assert_string_equal(why.message, "answers 502, expected 401, 403");
	assert_string_equal(why.detail, "502");
	(void)judge_by(&none, NULL, &facts, &why);
	assert_string_equal(why.message, "answers 502, expected 200 to 299");
}

static void a_redirect_is_told_without_what_may_be_secret(void **state)
{
	const struct texts none = {0};
	struct http_facts facts = answered(302, "");
	struct http_opinion why = {0};

	(void)state;
	facts.redirect = "https://u:pw@host.test/login\x1b[2J?token=abc#part";
	assert_int_equal(judge_by(&none, NULL, &facts, &why), VERDICT_FAIL);
	assert_int_equal(why.reason, REASON_HTTP_REDIRECT);
	assert_string_equal(why.message, "answers 302, expected 200 to 299; it points to "
					 "https://host.test/login\\x1b[2J…");
}

static void an_expected_redirect_passes(void **state)
{
	static const char *words[] = {"302"};
	const struct texts some = codes_of(words, 1);
	struct http_facts facts = answered(302, "");
	struct http_opinion why = {0};

	(void)state;
	facts.redirect = "https://host.test/login";
	assert_int_equal(judge_by(&some, NULL, &facts, &why), VERDICT_PASS);
}

static void the_body_must_match(void **state)
{
	const struct texts none = {0};
	struct http_facts facts = answered(200, "one\nstatus: ok\n");
	struct http_opinion why = {0};

	(void)state;
	assert_int_equal(judge_by(&none, "^status: ok$", &facts, &why), VERDICT_PASS);
	assert_int_equal(judge_by(&none, "^status: no$", &facts, &why), VERDICT_FAIL);
	assert_int_equal(why.reason, REASON_HTTP_BODY);
	facts.is_cut = true;
	assert_int_equal(judge_by(&none, "^status: ok$", &facts, &why), VERDICT_PASS);
	assert_int_equal(judge_by(&none, "^status: no$", &facts, &why), VERDICT_FAIL);
	assert_int_equal(why.reason, REASON_HTTP_TOO_LARGE);
	assert_int_equal(judge_by(&none, "(x+x+)+y|(o+)+$z", &facts, &why), VERDICT_FAIL);
	/* The status comes first. */
	facts.status = 500;
	(void)judge_by(&none, "^status: ok$", &facts, &why);
	assert_int_equal(why.reason, REASON_HTTP_STATUS);
}

static const struct {
	enum http_outcome outcome;
	enum http_phase phase;
	enum http_tls tls;
	int64_t first_byte_ms;
	const char *error;
	enum verdict verdict;
	enum reason reason;
} failures[] = {
	{HTTP_NOT_TRIED, HTTP_AT_START, 0, -1, "", VERDICT_UNKNOWN, REASON_RUN_TIMEOUT},
	{HTTP_NO_LIBRARY, 0, 0, -1, "", VERDICT_UNKNOWN, REASON_HTTP_LIBRARY},
	{HTTP_NO_NAME, 0, 0, -1, "", VERDICT_UNKNOWN, REASON_NET_NAME},
	{HTTP_REFUSED, HTTP_AT_CONNECT, 0, -1, "", VERDICT_FAIL, REASON_NET_REFUSED},
	{HTTP_ABSENT, 0, 0, -1, "", VERDICT_UNKNOWN, REASON_NET_ROUTE},
	{HTTP_DENIED, 0, 0, -1, "", VERDICT_UNKNOWN, REASON_NET_ROUTE},
	{HTTP_NO_ROUTE, 0, 0, -1, "", VERDICT_UNKNOWN, REASON_NET_ROUTE},
	{HTTP_BROKEN, 0, 0, -1, "", VERDICT_UNKNOWN, REASON_NET_ROUTE},
	{HTTP_TIMEOUT, HTTP_AT_TLS, 0, -1, "", VERDICT_FAIL, REASON_TLS_SILENT},
	{HTTP_TIMEOUT, HTTP_AT_ANSWER, 0, -1, "", VERDICT_FAIL, REASON_NET_SILENT},
	{HTTP_TIMEOUT, HTTP_AT_ANSWER, 0, 5, "", VERDICT_FAIL, REASON_HTTP_UNFINISHED},
	{HTTP_TIMEOUT, HTTP_AT_BODY, 0, 5, "", VERDICT_FAIL, REASON_HTTP_UNFINISHED},
	{HTTP_CLOSED, HTTP_AT_TLS, 0, -1, "", VERDICT_FAIL, REASON_TLS_CLOSED},
	{HTTP_CLOSED, HTTP_AT_ANSWER, 0, -1, "", VERDICT_FAIL, REASON_NET_CLOSED},
	{HTTP_CLOSED, HTTP_AT_BODY, 0, 5, "", VERDICT_FAIL, REASON_HTTP_UNFINISHED},
	{HTTP_MALFORMED, HTTP_AT_ANSWER, 0, 5, "", VERDICT_FAIL, REASON_HTTP_MALFORMED},
	{HTTP_TOO_LARGE, HTTP_AT_ANSWER, 0, 5, "", VERDICT_FAIL, REASON_HTTP_TOO_LARGE},
	{HTTP_TLS, HTTP_AT_TLS, HTTP_TLS_EXPIRED, -1, "", VERDICT_FAIL, REASON_CERT_EXPIRED},
	{HTTP_TLS, HTTP_AT_TLS, HTTP_TLS_NOT_YET, -1, "", VERDICT_FAIL, REASON_CERT_NOT_YET_VALID},
	{HTTP_TLS, HTTP_AT_TLS, HTTP_TLS_NAME, -1, "", VERDICT_FAIL, REASON_CERT_NAME_MISMATCH},
	{HTTP_TLS, HTTP_AT_TLS, HTTP_TLS_SELF_SIGNED, -1, "", VERDICT_FAIL,
	 REASON_CERT_SELF_SIGNED},
	{HTTP_TLS, HTTP_AT_TLS, HTTP_TLS_UNTRUSTED, -1, "", VERDICT_FAIL, REASON_CERT_UNTRUSTED},
	{HTTP_TLS, HTTP_AT_TLS, HTTP_TLS_HANDSHAKE, -1,
	 "error:0A000438:SSL routines::tlsv1 alert internal error", VERDICT_FAIL,
	 REASON_TLS_ALERT_INTERNAL_ERROR},
	{HTTP_TLS, HTTP_AT_TLS, HTTP_TLS_HANDSHAKE, -1,
	 "error:0A000410:SSL routines::sslv3 alert handshake failure", VERDICT_FAIL,
	 REASON_TLS_ALERT_HANDSHAKE_FAILURE},
	{HTTP_TLS, HTTP_AT_TLS, HTTP_TLS_HANDSHAKE, -1,
	 "error:0A00010B:SSL routines::wrong version number", VERDICT_FAIL, REASON_TLS_NOT_TLS},
	{HTTP_TLS, HTTP_AT_TLS, HTTP_TLS_HANDSHAKE, -1,
	 "error:0A000458:SSL routines::tlsv1 unrecognized name", VERDICT_FAIL,
	 REASON_TLS_ALERT_UNRECOGNIZED_NAME},
	{HTTP_TLS, HTTP_AT_TLS, HTTP_TLS_HANDSHAKE, -1, "something new", VERDICT_FAIL,
	 REASON_TLS_GARBAGE},
};

static void each_way_to_fail_has_its_reason(void **state)
{
	const struct texts none = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		const struct http_facts facts = {.outcome = failures[i].outcome,
						 .phase = failures[i].phase,
						 .tls = failures[i].tls,
						 .first_byte_ms = failures[i].first_byte_ms,
						 .error = failures[i].error};
		struct http_opinion why = {0};

		assert_int_equal(judge_by(&none, NULL, &facts, &why), failures[i].verdict);
		assert_string_equal(reason_code(why.reason), reason_code(failures[i].reason));
		assert_true(strlen(why.message) > 0);
	}
}

static void a_redirect_is_followed_on_the_same_host_only(void **state)
{
	static const struct {
		const char *from;
		const char *to;
		bool may;
	} rows[] = {
		{"http://a.test/", "http://a.test/x", true},
		{"http://a.test/", "http://A.TEST:8080/x", true},
		{"http://a.test/", "https://a.test/x", true},
		{"https://a.test/", "http://a.test/x", false},
		{"http://a.test/", "http://b.test/x", false},
		{"http://a.test/", "http://a.test.evil/x", false},
		{"http://a.test/", "http://a.test@evil/x", false},
		{"http://a.test/", "ftp://a.test/x", false},
		{"http://10.0.0.1/", "http://10.0.0.2/", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct http_facts facts = {.outcome = HTTP_OK, .redirect = rows[i].to};
		struct url url = {0};
		struct url next = {0};

		assert_null(url_parse(text_of(rows[i].from), &url));
		assert_int_equal(http_may_follow(&url, &facts, &next), rows[i].may);
		assert_int_equal(next.host.len > 0, rows[i].may);
	}
	assert_false(http_may_follow(&(struct url){0}, &(struct http_facts){0}, &(struct url){0}));
}

/* ---- asking on loopback */

#define TEXT(string)                         \
	{                                    \
		(string), sizeof(string) - 1 \
	}
#define SAYS(string) .answer = TEXT(string)

static const struct fake_http fine = {
	SAYS("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nstatus: fine")};

/** A repo with a target "box" on 127.0.0.1 and an endpoint "site" at the port. */
static struct fixture *repo_with(uint16_t port, const char *more)
{
	struct fixture *f = fixture_new();
	AUTO(auto_str) struct str endpoints = {0};

	str_printf(&endpoints,
		   "endpoints:\n  - {id: site, host: box, url: 'http://site.test:%u/x'%s}\n",
		   (unsigned)port, more);
	fixture_file(f, "bindings/ssh.targets.yaml",
		     "ssh:\n  targets:\n    - {id: box, host: 127.0.0.1}\n");
	fixture_file(f, "bindings/services.health.yaml", str_text(&endpoints));
	return f;
}

/** Ask a server with that script, by a gate with these settings. */
static struct fixture *probe(const struct fake_http *script, const char *row, const char *with)
{
	struct fake_server server = fake_http_start(script);
	struct fixture *f = repo_with(server.port, row);

	fixture_gate(f, "X001", "http_probe", with);
	fixture_run(f, "X001", MODE_PASSIVE);
	fake_http_stop(&server);
	return f;
}

static void a_service_that_answers_passes(void **state)
{
	struct fixture *f = probe(&fine, "", "");

	(void)state;
	assert_int_equal(fixture_result(f)->verdict, VERDICT_PASS);
	assert_int_equal(fixture_result(f)->checked, 1);
	fixture_free(f);
}

static void a_service_that_answers_otherwise_fails(void **state)
{
	struct fixture *f = probe(&fine, ", expect: '401,403'", "");
	const struct finding *finding = fixture_finding(f, REASON_HTTP_STATUS);

	(void)state;
	assert_int_equal(fixture_result(f)->verdict, VERDICT_FAIL);
	assert_non_null(finding);
	assert_string_equal(finding->subject, "endpoint:site");
	assert_string_equal(finding->detail, "200");
	assert_int_equal(finding->path, PATH_LOOPBACK);
	assert_non_null(strstr(finding->message, "at 127.0.0.1: answers 200, expected 401, 403"));
	fixture_free(f);
}

static void a_body_is_read_when_the_gate_says_so(void **state)
{
	struct fixture *good = probe(&fine, "", "with: {body: 'status: (?:fine|ok)'}\n");
	struct fixture *bad = probe(&fine, "", "with: {body: 'status: bad'}\n");

	(void)state;
	assert_int_equal(fixture_result(good)->verdict, VERDICT_PASS);
	assert_int_equal(fixture_result(bad)->verdict, VERDICT_FAIL);
	assert_non_null(fixture_finding(bad, REASON_HTTP_BODY));
	fixture_free(good);
	fixture_free(bad);
}

static void redirects_are_followed_when_the_gate_says_so(void **state)
{
	static const struct fake_http loop = {
		SAYS("HTTP/1.1 302 Found\r\nLocation: /again?secret=1\r\nContent-Length: "
		     "0\r\n\r\n")};
	struct fixture *not_followed = probe(&loop, "", "");
	struct fixture *followed = probe(&loop, "", "with: {follow: 3}\n");
	const struct finding *finding = fixture_finding(followed, REASON_HTTP_REDIRECT);

	(void)state;
	assert_non_null(fixture_finding(not_followed, REASON_HTTP_REDIRECT));
	assert_non_null(finding);
	assert_non_null(strstr(finding->message, "/again… at 127.0.0.1: answers 302"));
	assert_null(strstr(finding->message, "secret"));
	fixture_free(not_followed);
	fixture_free(followed);
}

static void nobody_listening_is_a_failure(void **state)
{
	struct fixture *f = repo_with(fake_closed_port(), "");

	(void)state;
	fixture_gate(f, "X001", "http_probe", "");
	fixture_run(f, "X001", MODE_PASSIVE);
	assert_int_equal(fixture_result(f)->verdict, VERDICT_FAIL);
	assert_non_null(fixture_finding(f, REASON_NET_REFUSED));
	assert_int_equal(fixture_result(f)->checked, 1);
	fixture_free(f);
}

static void a_tailnet_address_is_skipped_in_passive_mode(void **state)
{
	struct fixture *f = repo_with(1, "");

	(void)state;
	fixture_file(f, "bindings/ssh.targets.yaml",
		     "ssh:\n  targets:\n    - {id: box, host: 100.70.1.2, "
		     "access_policy: tailscale_required}\n");
	fixture_gate(f, "X001", "http_probe", "");
	fixture_run(f, "X001", MODE_PASSIVE);
	assert_int_equal(fixture_result(f)->verdict, VERDICT_SKIP);
	assert_non_null(fixture_finding(f, REASON_MODE_PASSIVE));
	fixture_free(f);
}

static void a_wrong_pattern_and_a_wrong_vantage_are_told(void **state)
{
	struct fixture *pattern = repo_with(1, "");
	struct fixture *vantage = repo_with(1, "");

	(void)state;
	fixture_gate(pattern, "X001", "http_probe", "with: {body: '('}\n");
	fixture_load_badly(pattern, 1);
	fixture_gate(vantage, "X001", "http_probe", "with: {vantage: nobody}\n");
	fixture_run(vantage, "X001", MODE_PASSIVE);
	assert_int_equal(fixture_result(vantage)->verdict, VERDICT_UNKNOWN);
	assert_non_null(fixture_finding(vantage, REASON_VANTAGE_UNKNOWN));
	fixture_free(pattern);
	fixture_free(vantage);
}

/* ---- many, some of them hostile */

#define MANY 300

/** One endpoint in eight is not as it should be. */
static const struct fake_http hostile[] = {
	{SAYS(""), .then = FAKE_STALL},
	{SAYS("HTTP/1.1 200 OK\r\nX: "), .then = FAKE_DRIBBLE, .more = "a"},
	{SAYS("HTTP/1.1 200 OK\r\n"), .then = FAKE_REPEAT, .more = "X: y\r\n"},
	{SAYS(""), .then = FAKE_RESET},
	{SAYS("\xff\xfe\x01garbage\r\n\r\n"), .then = FAKE_CLOSE},
};
#define HOSTILE (sizeof(hostile) / sizeof(hostile[0]))

static void hostile_services_cost_their_own_deadline_and_nothing_else(void **state)
{
	struct fixture *f = fixture_new();
	struct fake_server good = fake_http_start(&fine);
	struct fake_server bad[HOSTILE];
	AUTO(auto_str) struct str endpoints = {0};
	int64_t start_ms = clock_monotonic_ms();
	size_t bad_count = 0;

	(void)state;
	for (size_t i = 0; i < HOSTILE; i++) {
		bad[i] = fake_http_start(&hostile[i]);
	}
	str_add(&endpoints, "endpoints:\n");
	for (size_t i = 0; i < MANY; i++) {
		bool is_bad = i % 8 == 0;

		str_printf(&endpoints, "  - {id: e%zu, host: box, url: 'http://e%zu.test:%u/'}\n",
			   i, i, (unsigned)(is_bad ? bad[i / 8 % HOSTILE].port : good.port));
		bad_count += is_bad;
	}
	fixture_file(f, "bindings/ssh.targets.yaml",
		     "ssh:\n  targets:\n    - {id: box, host: 127.0.0.1}\n");
	fixture_file(f, "bindings/services.health.yaml", str_text(&endpoints));
	fixture_gate(f, "X001", "http_probe", "timeout: 60s\nwith: {timeout: 2s}\n");
	fixture_run(f, "X001", MODE_PASSIVE);
	assert_int_equal(fixture_result(f)->checked, MANY);
	assert_int_equal(fixture_result(f)->findings.len, bad_count);
	assert_non_null(fixture_finding(f, REASON_NET_SILENT));
	assert_non_null(fixture_finding(f, REASON_HTTP_UNFINISHED));
	assert_non_null(fixture_finding(f, REASON_HTTP_TOO_LARGE));
	assert_non_null(fixture_finding(f, REASON_HTTP_MALFORMED));
	print_message("# %d endpoints in %lld ms\n", MANY,
		      (long long)(clock_monotonic_ms() - start_ms));
	assert_true(clock_monotonic_ms() - start_ms < 20000);
	fake_http_stop(&good);
	for (size_t i = 0; i < HOSTILE; i++) {
		fake_http_stop(&bad[i]);
	}
	fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_status_must_be_one_of_those_expected),
		cmocka_unit_test(a_wrong_status_is_told_with_what_was_expected),
		cmocka_unit_test(a_redirect_is_told_without_what_may_be_secret),
		cmocka_unit_test(an_expected_redirect_passes),
		cmocka_unit_test(the_body_must_match),
		cmocka_unit_test(each_way_to_fail_has_its_reason),
		cmocka_unit_test(a_redirect_is_followed_on_the_same_host_only),
		cmocka_unit_test(a_service_that_answers_passes),
		cmocka_unit_test(a_service_that_answers_otherwise_fails),
		cmocka_unit_test(a_body_is_read_when_the_gate_says_so),
		cmocka_unit_test(redirects_are_followed_when_the_gate_says_so),
		cmocka_unit_test(nobody_listening_is_a_failure),
		cmocka_unit_test(a_tailnet_address_is_skipped_in_passive_mode),
		cmocka_unit_test(a_wrong_pattern_and_a_wrong_vantage_are_told),
		cmocka_unit_test(hostile_services_cost_their_own_deadline_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
