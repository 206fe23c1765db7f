#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "fake_http.h"
#include "fake_names.h"
#include "net/http_private.h"
#include "scratch.h"

/** Long enough for what should happen, however busy the machine is. */
#define AMPLE_MS 20000

/** For what ends only at its deadline. */
#define SHORT_MS 300

/** What the callback saw, copied. */
struct seen {
	struct http_facts facts;
	char redirect[300];
	char headers[2000];
	char body[10000];
	char error[400];
	unsigned times;
};

static void copy(char *to, size_t room, struct text from)
{
	(void)snprintf(to, room, "%.*s", (int)from.len, from.len ? from.at : "");
}

static void on_ended(const struct http_facts *facts, void *cookie)
{
	struct seen *seen = cookie;

	seen->facts = *facts;
	copy(seen->redirect, sizeof(seen->redirect),
	     text_of(facts->redirect ? facts->redirect : ""));
	copy(seen->headers, sizeof(seen->headers), facts->headers);
	copy(seen->body, sizeof(seen->body), facts->body);
	copy(seen->error, sizeof(seen->error), text_of(facts->error));
	seen->times++;
}

static struct seen seen;

/** Ask once, on a loop of its own. */
static void ask(const struct http_request *request)
{
	struct loop *loop = NULL;
	struct http *http = NULL;
	struct err err = {0};

	seen = (struct seen){0};
	assert_int_equal(loop_open(&loop, &err), 0);
	http = http_open(loop);
	(void)http_start(http, request, on_ended, &seen);
	assert_int_equal(seen.times, 0);
	loop_run(loop);
	assert_int_equal(seen.times, 1);
	http_free(http);
	loop_free(loop);
}

static const char *url_at(uint16_t port)
{
	static char url[100];

	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/path?query=1", (unsigned)port);
	return url;
}

/** Ask a server with that script. */
static void ask_server(const struct fake_http *script, struct http_request request)
{
	struct fake_server server = fake_http_start(script);

	request.url = request.url ? request.url : url_at(server.port);
	request.timeout_ms = request.timeout_ms ? request.timeout_ms : AMPLE_MS;
	ask(&request);
	fake_http_stop(&server);
}

#define TEXT(string)                         \
	{                                    \
		(string), sizeof(string) - 1 \
	}
#define SAYS(string) .answer = TEXT(string)

/* ---- answers */

static void an_answer_has_its_status_headers_and_body(void **state)
{
	static const struct fake_http script = {
		SAYS("HTTP/1.1 418 Teapot\r\nX-One: first\r\nx-one: second\r\n"
		     "Tailscale-Cap:  109 \r\nContent-Length: 5\r\n\r\nhello")};

	(void)state;
	ask_server(&script, (struct http_request){.body_max = 100});
	assert_int_equal(seen.facts.outcome, HTTP_OK);
	assert_int_equal(seen.facts.status, 418);
	assert_string_equal(seen.body, "hello");
	assert_string_equal(seen.error, "");
	assert_non_null(strstr(seen.headers, "HTTP/1.1 418 Teapot\r\nX-One: first"));
	assert_int_equal(seen.facts.phase, HTTP_AT_BODY);
	assert_true(seen.facts.connect_ms >= 0);
	assert_true(seen.facts.first_byte_ms >= seen.facts.connect_ms);
	assert_int_equal(seen.facts.tls_ms, -1);
}

static void a_header_is_found_whatever_its_case(void **state)
{
	const struct http_facts facts = {
		.headers = TEXT("HTTP/1.1 200 OK\r\nX-One: first\r\nx-one: second\r\n"
				"X-One-More: no\r\nEmpty:\r\n\r\n")};

	(void)state;
	assert_true(text_is(http_header(&facts, "x-ONE"), "first"));
	assert_true(text_is(http_header(&facts, "X-One-More"), "no"));
	assert_int_equal(http_header(&facts, "Empty").len, 0);
	assert_non_null(http_header(&facts, "Empty").at);
	assert_null(http_header(&facts, "X-On").at);
	assert_null(http_header(&(struct http_facts){0}, "X-One").at);
}

static void what_is_sent_is_what_was_asked_and_nothing_of_the_environment(void **state)
{
	static const char *const headers[] = {"Accept: application/json", "X-Mine: yes", NULL};
	const struct fake_http script = {.echoes = true};

	(void)state;
	setenv("http_proxy", "http://127.0.0.1:1/", 1);
	setenv("all_proxy", "http://127.0.0.1:1/", 1);
	ask_server(&script, (struct http_request){.body_max = 5000, .headers = headers});
	unsetenv("http_proxy");
	unsetenv("all_proxy");
	assert_int_equal(seen.facts.outcome, HTTP_OK);
	assert_int_equal(strncmp(seen.body, "GET /path?query=1 HTTP/1.1\r\n", 28), 0);
	assert_non_null(strstr(seen.body, "\r\nAccept: application/json\r\n"));
	assert_non_null(strstr(seen.body, "\r\nX-Mine: yes\r\n"));
	assert_null(strstr(seen.body, "Authorization"));
	assert_null(strstr(seen.body, "Cookie"));
	assert_null(strstr(seen.body, "Referer"));
	assert_null(strstr(seen.body, "Origin"));
	assert_null(strstr(seen.body, "Accept-Encoding"));
}

static void a_name_is_asked_for_at_the_address(void **state)
{
	const struct fake_http script = {.echoes = true};
	struct fake_server server = fake_http_start(&script);
	struct http_request request = {.body_max = 5000, .timeout_ms = AMPLE_MS};
	char url[100] = "";
	char host[100] = "";

	(void)state;
	(void)snprintf(url, sizeof(url), "http://no-such-name.invalid:%u/", (unsigned)server.port);
	(void)snprintf(host, sizeof(host), "\r\nHost: no-such-name.invalid:%u\r\n",
		       (unsigned)server.port);
	request.url = url;
	assert_true(address_parse(text_of("127.0.0.1"), &request.address));
	ask(&request);
	fake_http_stop(&server);
	assert_int_equal(seen.facts.outcome, HTTP_OK);
	assert_non_null(strstr(seen.body, host));
	assert_true(address_equal(&seen.facts.address, &request.address));
}

static void a_name_without_an_address_is_looked_up(void **state)
{
	const struct fake_http script = {.echoes = true};
	struct fake_server server = fake_http_start(&script);
	char url[100] = "";

	(void)state;
	(void)snprintf(url, sizeof(url), "http://here.test:%u/", (unsigned)server.port);
	ask(&(struct http_request){.url = url, .body_max = 5000, .timeout_ms = AMPLE_MS});
	fake_http_stop(&server);
	assert_int_equal(seen.facts.outcome, HTTP_OK);
}

static void basic_authentication_and_a_form_are_sent_and_never_told(void **state)
{
	const struct fake_http script = {.echoes = true};

	(void)state;
	ask_server(&script, (struct http_request){.method = HTTP_POST,
						  .user = "",
						  .password = "token",
						  .form = TEXT("grant=client&secret=abc"),
						  .body_max = 5000});
	assert_int_equal(seen.facts.outcome, HTTP_OK);
	assert_int_equal(strncmp(seen.body, "POST /path", 10), 0);
	assert_non_null(strstr(seen.body, "\r\nAuthorization: Basic OnRva2Vu\r\n"));
	assert_non_null(
		strstr(seen.body, "\r\nContent-Type: application/x-www-form-urlencoded\r\n"));
	assert_non_null(strstr(seen.body, "\r\n\r\ngrant=client&secret=abc"));
	assert_null(strstr(seen.body, "Expect"));
	assert_null(strstr(seen.headers, "token"));
}

static void a_unix_socket_is_asked(void **state)
{
	const char *path = scratch_path("socket");
	struct fake_http script = {.echoes = true, .unix_socket = path};

	(void)state;
	ask_server(&script, (struct http_request){.url = "http://local-tailscaled.sock/x",
						  .unix_socket = path,
						  .body_max = 5000});
	assert_int_equal(seen.facts.outcome, HTTP_OK);
	assert_non_null(strstr(seen.body, "GET /x HTTP/1.1\r\nHost: local-tailscaled.sock\r\n"));
}

static void nothing_is_posted_to_a_unix_socket(void **state)
{
	const char *path = scratch_path("other");
	struct fake_http script = {.echoes = true, .unix_socket = path};

	(void)state;
	ask_server(&script, (struct http_request){.method = HTTP_POST,
						  .url = "http://local-tailscaled.sock/x",
						  .unix_socket = path,
						  .body_max = 5000});
	assert_int_equal(seen.facts.outcome, HTTP_BROKEN);
	assert_string_equal(seen.error, "nothing is posted to a local daemon");
}

static void a_stream_is_used_in_place_of_a_connection(void **state)
{
	const struct fake_http script = {.echoes = true};
	struct fake_server server = fake_http_start(&script);
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(server.port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	ask(&(struct http_request){.url = "http://photos.invalid/x",
				   .through = stream_of_socket(fd),
				   .body_max = 5000,
				   .timeout_ms = AMPLE_MS});
	fake_http_stop(&server);
	assert_int_equal(seen.facts.outcome, HTTP_OK);
	assert_non_null(strstr(seen.body, "\r\nHost: photos.invalid\r\n"));
	assert_int_equal(seen.facts.address.family, ADDRESS_NONE);
	/* It was closed. */
	assert_int_equal(fcntl(fd, F_GETFD), -1);
}

static void a_redirect_is_told_not_followed(void **state)
{
	static const struct fake_http script = {SAYS(
		"HTTP/1.1 302 Found\r\nLocation: ../login?next=1\r\nContent-Length: 0\r\n\r\n")};

	(void)state;
	for (int wants_beginning = 0; wants_beginning < 2; wants_beginning++) {
		ask_server(&script, (struct http_request){.wants_beginning = wants_beginning});
		assert_int_equal(seen.facts.outcome, HTTP_OK);
		assert_int_equal(seen.facts.status, 302);
		assert_non_null(strstr(seen.redirect, "/login?next=1"));
		assert_int_equal(strncmp(seen.redirect, "http://127.0.0.1:", 17), 0);
	}
}

static void an_interim_answer_is_not_the_answer(void **state)
{
	static const struct fake_http script = {
		SAYS("HTTP/1.1 103 Early Hints\r\nX: early\r\n\r\n"
		     "HTTP/1.1 200 OK\r\nX: late\r\nContent-Length: 2\r\n\r\nok")};

	(void)state;
	ask_server(&script, (struct http_request){.body_max = 10});
	assert_int_equal(seen.facts.outcome, HTTP_OK);
	assert_int_equal(seen.facts.status, 200);
	assert_null(strstr(seen.headers, "early"));
	assert_non_null(strstr(seen.headers, "X: late"));
}

/* ---- ceilings */

static void with_only_the_headers_wanted_no_body_is_waited_for(void **state)
{
	static const struct fake_http script = {
		SAYS("HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n"), .then = FAKE_STALL};

	(void)state;
	ask_server(&script, (struct http_request){.wants_beginning = true});
	assert_int_equal(seen.facts.outcome, HTTP_OK);
	assert_int_equal(seen.facts.status, 200);
	assert_string_equal(seen.body, "");
}

static void of_an_endless_body_the_beginning_is_kept(void **state)
{
	static const struct fake_http script = {SAYS("HTTP/1.1 200 OK\r\n\r\n"),
						.then = FAKE_REPEAT, .more = "abcd"};

	(void)state;
	ask_server(&script, (struct http_request){.body_max = 6, .wants_beginning = true});
	assert_int_equal(seen.facts.outcome, HTTP_OK);
	assert_true(seen.facts.is_cut);
	assert_string_equal(seen.body, "abcdab");
}

static void a_body_beyond_its_ceiling_is_too_large(void **state)
{
	static const struct fake_http endless = {SAYS("HTTP/1.1 200 OK\r\n\r\n"),
						 .then = FAKE_REPEAT, .more = "abcd"};
	static const struct fake_http chunked = {
		SAYS("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), .then = FAKE_REPEAT,
		.more = "4\r\nabcd\r\n"};
	static const struct fake_http exact = {
		SAYS("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd")};

	(void)state;
	ask_server(&endless, (struct http_request){.body_max = 1000});
	assert_int_equal(seen.facts.outcome, HTTP_TOO_LARGE);
	assert_int_equal(seen.facts.status, 200);
	assert_string_equal(seen.error, "the body is too large");
	ask_server(&chunked, (struct http_request){.body_max = 1000});
	assert_int_equal(seen.facts.outcome, HTTP_TOO_LARGE);
	ask_server(&exact, (struct http_request){.body_max = 4});
	assert_int_equal(seen.facts.outcome, HTTP_OK);
	ask_server(&exact, (struct http_request){.body_max = 3});
	assert_int_equal(seen.facts.outcome, HTTP_TOO_LARGE);
}

static void headers_without_end_are_too_large(void **state)
{
	static const struct fake_http lines = {SAYS("HTTP/1.1 200 OK\r\n"), .then = FAKE_REPEAT,
					       .more = "X-More: and more\r\n"};
	static const struct fake_http line = {SAYS("HTTP/1.1 200 OK\r\nX: "), .then = FAKE_REPEAT,
					      .more = "aaaaaaaaaaaaaaaa"};
	static const struct fake_http interim = {SAYS(""), .then = FAKE_REPEAT,
						 .more = "HTTP/1.1 102 Processing\r\n\r\n"};
	static const struct fake_http trailers = {
		SAYS("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"),
		.then = FAKE_REPEAT, .more = "X-More: and more\r\n"};
	static const struct fake_http *const all[] = {&lines, &line, &interim, &trailers};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		ask_server(all[i], (struct http_request){.body_max = 1000});
		assert_int_equal(seen.facts.outcome, HTTP_TOO_LARGE);
	}
}

static void nothing_is_unpacked(void **state)
{
	static const struct fake_http script = {
		SAYS("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n"
		     "\x1f\x8b-x")};

	(void)state;
	ask_server(&script, (struct http_request){.body_max = 10});
	assert_int_equal(seen.facts.outcome, HTTP_OK);
	assert_string_equal(seen.body, "\x1f\x8b-x");
}

/* ---- what goes wrong */

static void a_port_where_nothing_listens_refuses(void **state)
{
	(void)state;
	ask(&(struct http_request){.url = url_at(fake_closed_port()), .timeout_ms = AMPLE_MS});
	assert_int_equal(seen.facts.outcome, HTTP_REFUSED);
	assert_int_equal(seen.facts.phase, HTTP_AT_CONNECT);
	assert_int_equal(seen.facts.connect_ms, -1);
	assert_int_equal(seen.facts.status, 0);
}

static void a_unix_socket_that_is_not_there_is_absent(void **state)
{
	(void)state;
	ask(&(struct http_request){.url = "http://local-tailscaled.sock/x",
				   .unix_socket = scratch_path("nowhere"),
				   .timeout_ms = AMPLE_MS});
	assert_int_equal(seen.facts.outcome, HTTP_ABSENT);
	assert_non_null(strstr(seen.error, "connect to the socket: No such file"));
}

static void a_name_that_nobody_knows_has_no_address(void **state)
{
	(void)state;
	ask(&(struct http_request){.url = "http://nobody.test/", .timeout_ms = AMPLE_MS});
	assert_int_equal(seen.facts.outcome, HTTP_NO_NAME);
	assert_true(strlen(seen.error) > 0);
}

static void who_says_nothing_costs_the_deadline(void **state)
{
	static const struct fake_http silent = {SAYS(""), .then = FAKE_STALL};
	int64_t start_ms = clock_monotonic_ms();

	(void)state;
	ask_server(&silent, (struct http_request){.timeout_ms = SHORT_MS});
	assert_int_equal(seen.facts.outcome, HTTP_TIMEOUT);
	assert_int_equal(seen.facts.phase, HTTP_AT_ANSWER);
	assert_true(seen.facts.total_ms >= SHORT_MS);
	assert_true(clock_monotonic_ms() - start_ms < AMPLE_MS);
	ask_server(&silent, (struct http_request){.timeout_ms = AMPLE_MS,
						  .deadline_ms = clock_monotonic_ms() + SHORT_MS});
	assert_int_equal(seen.facts.outcome, HTTP_TIMEOUT);
}

static void who_drips_costs_the_deadline(void **state)
{
	static const struct fake_http headers = {SAYS("HTTP/1.1 200 OK\r\nX: "),
						 .then = FAKE_DRIBBLE, .more = "a"};
	static const struct fake_http body = {
		SAYS("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"), .then = FAKE_DRIBBLE,
		.more = "a"};

	(void)state;
	ask_server(&headers, (struct http_request){.timeout_ms = SHORT_MS, .body_max = 100000});
	assert_int_equal(seen.facts.outcome, HTTP_TIMEOUT);
	assert_int_equal(seen.facts.phase, HTTP_AT_ANSWER);
	assert_int_equal(seen.facts.status, 0);
	ask_server(&body, (struct http_request){.timeout_ms = SHORT_MS, .body_max = 100000});
	assert_int_equal(seen.facts.outcome, HTTP_TIMEOUT);
	assert_int_equal(seen.facts.phase, HTTP_AT_BODY);
	assert_int_equal(seen.facts.status, 200);
}

static void who_goes_away_closed(void **state)
{
	static const struct fake_http scripts[] = {
		{SAYS(""), .then = FAKE_CLOSE},
		{SAYS(""), .then = FAKE_RESET},
		{SAYS("HTTP/1.1 200 O"), .then = FAKE_RESET},
		{SAYS("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"), .then = FAKE_CLOSE},
		{SAYS("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"), .then = FAKE_RESET},
		{SAYS("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nab"),
		 .then = FAKE_CLOSE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		ask_server(&scripts[i], (struct http_request){.body_max = 100});
		assert_int_equal(seen.facts.outcome, HTTP_CLOSED);
	}
}

static void what_is_not_http_is_malformed(void **state)
{
	static const struct fake_http scripts[] = {
		{SAYS("SSH-2.0-OpenSSH_9.2p1\r\n"), .then = FAKE_CLOSE},
		{SAYS("220 mail ready\r\n"), .then = FAKE_STALL, .is_deaf = true},
		{SAYS("\x15\x03\x03\x00\x02\x02\x50"), .then = FAKE_CLOSE},
		{SAYS("HTTP/1.1 ninehundred\r\n\r\n"), .then = FAKE_CLOSE},
		{SAYS("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"),
		 .then = FAKE_CLOSE},
		{SAYS("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nabc"), .then = FAKE_CLOSE},
		{SAYS("HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\nabc"), .then = FAKE_CLOSE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		ask_server(&scripts[i], (struct http_request){.body_max = 100});
		assert_int_equal(seen.facts.outcome, HTTP_MALFORMED);
	}
}

static void what_cannot_be_asked_is_ours(void **state)
{
	static const char *const urls[] = {"ftp://127.0.0.1/", "http://user:hunter2@127.0.0.1/",
					   ""};

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		ask(&(struct http_request){.url = urls[i], .timeout_ms = AMPLE_MS});
		assert_int_equal(seen.facts.outcome, HTTP_BROKEN);
		assert_null(strstr(seen.error, "hunter2"));
	}
}

static void plain_http_is_not_tls(void **state)
{
	static const struct fake_http script = {SAYS("HTTP/1.1 400 Bad\r\n\r\n"),
						.then = FAKE_CLOSE, .is_deaf = true};
	struct fake_server server = fake_http_start(&script);
	char url[100] = "";

	(void)state;
	(void)snprintf(url, sizeof(url), "https://127.0.0.1:%u/", (unsigned)server.port);
	ask(&(struct http_request){.url = url, .timeout_ms = AMPLE_MS});
	fake_http_stop(&server);
	assert_int_equal(seen.facts.outcome, HTTP_TLS);
	assert_int_equal(seen.facts.tls, HTTP_TLS_HANDSHAKE);
	assert_int_equal(seen.facts.phase, HTTP_AT_TLS);
	assert_true(strlen(seen.error) > 0);
}

static void who_is_silent_in_the_handshake_is_waited_for_there(void **state)
{
	static const struct fake_http script = {SAYS(""), .then = FAKE_STALL};
	struct fake_server server = fake_http_start(&script);
	char url[100] = "";

	(void)state;
	(void)snprintf(url, sizeof(url), "https://127.0.0.1:%u/", (unsigned)server.port);
	ask(&(struct http_request){.url = url, .timeout_ms = SHORT_MS});
	fake_http_stop(&server);
	assert_int_equal(seen.facts.outcome, HTTP_TIMEOUT);
	assert_int_equal(seen.facts.phase, HTTP_AT_TLS);
}

static void what_is_wrong_with_a_certificate_is_told_apart(void **state)
{
	static const struct {
		CURLcode code;
		long verify;
		const char *text;
		enum http_tls tls;
	} rows[] = {
		{CURLE_SSL_CONNECT_ERROR, 0, "tlsv1 alert internal error", HTTP_TLS_HANDSHAKE},
		{CURLE_PEER_FAILED_VERIFICATION, 10, "certificate has expired", HTTP_TLS_EXPIRED},
		{CURLE_PEER_FAILED_VERIFICATION, 9, "not yet valid", HTTP_TLS_NOT_YET},
		{CURLE_PEER_FAILED_VERIFICATION, 18, "self-signed", HTTP_TLS_SELF_SIGNED},
		{CURLE_PEER_FAILED_VERIFICATION, 19, "self-signed", HTTP_TLS_SELF_SIGNED},
		{CURLE_PEER_FAILED_VERIFICATION, 20, "local issuer", HTTP_TLS_UNTRUSTED},
		{CURLE_PEER_FAILED_VERIFICATION, 1,
		 "no alternative certificate subject name matches target host name 'a'",
		 HTTP_TLS_NAME},
		{CURLE_PEER_FAILED_VERIFICATION, 1, "something else", HTTP_TLS_UNTRUSTED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(http_tls_of(rows[i].code, rows[i].verify, rows[i].text),
				 rows[i].tls);
	}
}

/* ---- many */

/** More than have their turn at once, so that the last ones wait. */
#define MANY (HTTP_CONCURRENCY + 100)

static void many_are_asked_at_once_and_the_rest_in_turn(void **state)
{
	static const struct fake_http script = {SAYS("HTTP/1.1 204 No\r\n\r\n")};
	static struct seen all[MANY];
	struct fake_server server = fake_http_start(&script);
	struct loop *loop = NULL;
	struct http *http = NULL;
	struct err err = {0};

	(void)state;
	assert_int_equal(loop_open(&loop, &err), 0);
	http = http_open(loop);
	for (size_t i = 0; i < MANY; i++) {
		(void)http_start(
			http,
			&(struct http_request){.url = url_at(server.port), .timeout_ms = AMPLE_MS},
			on_ended, &all[i]);
	}
	loop_run(loop);
	for (size_t i = 0; i < MANY; i++) {
		assert_int_equal(all[i].times, 1);
		assert_int_equal(all[i].facts.outcome, HTTP_OK);
		assert_int_equal(all[i].facts.status, 204);
	}
	assert_int_equal(http->under_way, 0);
	http_free(http);
	loop_free(loop);
	fake_http_stop(&server);
}

static void who_never_had_a_turn_was_not_tried(void **state)
{
	static const struct fake_http script = {SAYS(""), .then = FAKE_STALL};
	static struct seen all[HTTP_CONCURRENCY + 1];
	struct fake_server server = fake_http_start(&script);
	int64_t deadline_ms = clock_monotonic_ms() + (int64_t)3 * SHORT_MS;
	size_t timeouts = 0;
	size_t untried = 0;
	struct loop *loop = NULL;
	struct http *http = NULL;
	struct err err = {0};

	(void)state;
	assert_int_equal(loop_open(&loop, &err), 0);
	http = http_open(loop);
	for (size_t i = 0; i <= HTTP_CONCURRENCY; i++) {
		(void)http_start(http,
				 &(struct http_request){.url = url_at(server.port),
							.deadline_ms = deadline_ms},
				 on_ended, &all[i]);
	}
	loop_run(loop);
	for (size_t i = 0; i <= HTTP_CONCURRENCY; i++) {
		timeouts += all[i].facts.outcome == HTTP_TIMEOUT;
		untried += all[i].facts.outcome == HTTP_NOT_TRIED;
	}
	assert_int_equal(timeouts, HTTP_CONCURRENCY);
	assert_int_equal(untried, 1);
	http_free(http);
	loop_free(loop);
	fake_http_stop(&server);
}

/** A task that cancels what the test gives it, in its first step. */
struct canceller {
	struct task task;
	struct http_call *call;
	int64_t at_ms;
};

static enum step cancel_it(struct task *task, struct wait *wait)
{
	struct canceller *canceller = (struct canceller *)task;

	if (loop_now_ms(task->loop) < canceller->at_ms) {
		wait_until(wait, canceller->at_ms);
		return STEP_WAIT;
	}
	http_cancel(canceller->call);
	return STEP_DONE;
}

static void let_go(struct task *task)
{
	(void)task;
}

static void what_is_cancelled_says_nothing(void **state)
{
	static const struct task_ops ops = {"cancel", cancel_it, let_go};
	static const struct fake_http script = {SAYS("HTTP/1.1 200 OK\r\n\r\n"),
						.then = FAKE_DRIBBLE, .more = "a"};
	struct fake_server server = fake_http_start(&script);

	(void)state;
	for (int64_t after_ms = 0; after_ms < 100; after_ms += 20) {
		struct canceller canceller = {.task.ops = &ops,
					      .at_ms = clock_monotonic_ms() + after_ms};
		struct loop *loop = NULL;
		struct http *http = NULL;
		struct err err = {0};

		seen = (struct seen){0};
		assert_int_equal(loop_open(&loop, &err), 0);
		http = http_open(loop);
		canceller.call = http_start(http,
					    &(struct http_request){.url = url_at(server.port),
								   .timeout_ms = AMPLE_MS,
								   .body_max = 1000000},
					    on_ended, &seen);
		task_start(loop, &canceller.task);
		loop_run(loop);
		assert_int_equal(seen.times, 0);
		http_free(http);
		loop_free(loop);
	}
	fake_http_stop(&server);
}

static void a_client_that_goes_takes_its_requests_with_it(void **state)
{
	struct loop *loop = NULL;
	struct http *http = NULL;
	struct err err = {0};

	(void)state;
	seen = (struct seen){0};
	assert_int_equal(loop_open(&loop, &err), 0);
	http = http_open(loop);
	(void)http_start(
		http, &(struct http_request){.url = "http://127.0.0.1:1/", .timeout_ms = AMPLE_MS},
		on_ended, &seen);
	http_free(http);
	http_free(NULL);
	loop_run(loop);
	loop_free(loop);
	assert_int_equal(seen.times, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_has_its_status_headers_and_body),
		cmocka_unit_test(a_header_is_found_whatever_its_case),
		cmocka_unit_test(what_is_sent_is_what_was_asked_and_nothing_of_the_environment),
		cmocka_unit_test(a_name_is_asked_for_at_the_address),
		cmocka_unit_test(a_name_without_an_address_is_looked_up),
		cmocka_unit_test(basic_authentication_and_a_form_are_sent_and_never_told),
		cmocka_unit_test(a_unix_socket_is_asked),
		cmocka_unit_test(nothing_is_posted_to_a_unix_socket),
		cmocka_unit_test(a_stream_is_used_in_place_of_a_connection),
		cmocka_unit_test(a_redirect_is_told_not_followed),
		cmocka_unit_test(an_interim_answer_is_not_the_answer),
		cmocka_unit_test(with_only_the_headers_wanted_no_body_is_waited_for),
		cmocka_unit_test(of_an_endless_body_the_beginning_is_kept),
		cmocka_unit_test(a_body_beyond_its_ceiling_is_too_large),
		cmocka_unit_test(headers_without_end_are_too_large),
		cmocka_unit_test(nothing_is_unpacked),
		cmocka_unit_test(a_port_where_nothing_listens_refuses),
		cmocka_unit_test(a_unix_socket_that_is_not_there_is_absent),
		cmocka_unit_test(a_name_that_nobody_knows_has_no_address),
		cmocka_unit_test(who_says_nothing_costs_the_deadline),
		cmocka_unit_test(who_drips_costs_the_deadline),
		cmocka_unit_test(who_goes_away_closed),
		cmocka_unit_test(what_is_not_http_is_malformed),
		cmocka_unit_test(what_cannot_be_asked_is_ours),
		cmocka_unit_test(plain_http_is_not_tls),
		cmocka_unit_test(who_is_silent_in_the_handshake_is_waited_for_there),
		cmocka_unit_test(what_is_wrong_with_a_certificate_is_told_apart),
		cmocka_unit_test(many_are_asked_at_once_and_the_rest_in_turn),
		cmocka_unit_test(who_never_had_a_turn_was_not_tried),
		cmocka_unit_test(what_is_cancelled_says_nothing),
		cmocka_unit_test(a_client_that_goes_takes_its_requests_with_it),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
