/* Connections from here; those through a jump host are in live/connect.sh and live/ssh_jump.sh. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "base/clock.h"
#include "check/reach/reach_connect.h"
#include "fake_names.h"
#include "fixture.h"

/** More than a connection on loopback takes, on any machine. */
#define AMPLE_MS 20000

/** Connections to a repo with one target, "box". */
struct meeting {
	struct fixture *fixture;
	struct arena arena;
	struct context context;
	struct connect_facts facts; /**< of the last one */
	struct stream *streams[CONNECTS_OPEN_MAX];
	size_t open;
	size_t ended;
	size_t wanted; /**< when so many have ended the loop stops */
	bool keeps;    /**< the streams are not closed at once */
};

/** A port of a loopback address: one that listens, or one that nobody has. */
static int take_port(unsigned host, int backlog, uint16_t *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(*port)};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + host);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	assert_true(backlog < 0 || listen(fd, backlog) == 0);
	*port = ntohs(address.sin_port);
	return fd;
}

/** How many descriptors there are. */
static int descriptors(void)
{
	int count = 0;

	for (int fd = 0; fd < 1024; fd++) {
		count += fcntl(fd, F_GETFD) >= 0;
	}
	return count;
}

static void on_ended(const struct connect_facts *facts, struct stream *stream, void *cookie)
{
	struct meeting *meeting = cookie;

	assert_true((stream != NULL) == (facts->outcome == CONNECT_OPEN));
	meeting->facts = *facts;
	meeting->ended++;
	if (stream && meeting->keeps) {
		meeting->streams[meeting->open++] = stream;
	} else {
		stream_close(stream);
	}
	if (meeting->ended == meeting->wanted) {
		loop_stop(meeting->context.loop);
	}
}

/** @param target  the rest of its row: "host: …, …" */
static void open_meeting(struct meeting *meeting, const char *target, enum mode mode)
{
	AUTO(auto_str) struct str targets = {0};
	struct err err = {0};

	*meeting = (struct meeting){.fixture = fixture_new(), .wanted = 1};
	str_printf(&targets, "ssh:\n  targets:\n    - {id: box, %s}\n", target);
	fixture_file(meeting->fixture, "bindings/ssh.targets.yaml", str_text(&targets));
	fixture_gate(meeting->fixture, "X001", "tcp_open", "");
	assert_int_equal(fixture_load(meeting->fixture), 0);
	assert_int_equal(loop_open(&meeting->context.loop, &err), 0);
	meeting->context.repo = &meeting->fixture->repo;
	meeting->context.arena = &meeting->arena;
	meeting->context.mode = mode;
	meeting->context.deadline_ms = clock_monotonic_ms() + AMPLE_MS;
	meeting->context.reach = reach_open(&meeting->context);
}

static void close_meeting(struct meeting *meeting)
{
	for (size_t i = 0; i < meeting->open; i++) {
		stream_close(meeting->streams[i]);
	}
	reach_free(meeting->context.reach);
	loop_free(meeting->context.loop);
	arena_release(&meeting->arena);
	fixture_free(meeting->fixture);
}

static const struct target *box(const struct meeting *meeting)
{
	return &meeting->fixture->repo.targets.at[0];
}

static struct connector *start(struct meeting *meeting, const struct connect_spec *spec)
{
	return connect_start(meeting->context.reach, spec, on_ended, meeting);
}

/** One connection to the port of the target. */
static const struct connect_facts *connect_to(struct meeting *meeting, uint16_t port)
{
	(void)start(meeting, &(struct connect_spec){.target = box(meeting), .port = port});
	loop_run(meeting->context.loop);
	assert_int_equal(meeting->ended, 1);
	return &meeting->facts;
}

static void a_port_that_accepts_gives_a_stream(void **state)
{
	uint16_t port = 0;
	AUTO(auto_close) int listener = take_port(1, 8, &port);
	AUTO(auto_close) int peer = -1;
	struct meeting meeting;
	char got[8] = "";

	(void)state;
	open_meeting(&meeting, "host: 127.0.0.1, access_policy: lan_only", MODE_PASSIVE);
	meeting.keeps = true;
	assert_int_equal(connect_to(&meeting, port)->outcome, CONNECT_OPEN);
	assert_int_equal(meeting.facts.path, PATH_LOOPBACK);
	assert_string_equal(meeting.facts.text, "127.0.0.1");
	assert_int_equal(meeting.facts.attempt_count, 1);
	peer = accept(listener, NULL, NULL);
	assert_int_equal(stream_write(meeting.streams[0], "ping", 4), 4);
	assert_int_equal(recv(peer, got, sizeof(got), 0), 4);
	assert_memory_equal(got, "ping", 4);
	close_meeting(&meeting);
	assert_int_equal(recv(peer, got, sizeof(got), 0), 0); /* and it is closed */
}

static void a_port_that_nobody_has_is_refused(void **state)
{
	uint16_t port = 0;
	AUTO(auto_close) int fd = take_port(1, -1, &port);
	struct meeting meeting;

	(void)state;
	open_meeting(&meeting, "host: 127.0.0.1, access_policy: lan_only", MODE_PASSIVE);
	assert_int_equal(connect_to(&meeting, port)->outcome, CONNECT_REFUSED);
	close_meeting(&meeting);
}

static void the_next_address_is_tried_where_the_first_refuses(void **state)
{
	uint16_t port = 0;
	AUTO(auto_close) int closed = take_port(1, -1, &port);
	AUTO(auto_close) int open = take_port(2, 8, &port);
	struct meeting meeting;

	(void)state;
	open_meeting(&meeting, "host: 127.0.0.1, tailscale_ip: 127.0.0.2", MODE_ACTIVE);
	assert_int_equal(connect_to(&meeting, port)->outcome, CONNECT_OPEN);
	assert_string_equal(meeting.facts.text, "127.0.0.2");
	assert_true(meeting.facts.is_fallback);
	assert_int_equal(meeting.facts.attempt_count, 2);
	assert_int_equal(meeting.facts.attempts[0].outcome, CONNECT_REFUSED);
	close_meeting(&meeting);
}

/** Callers of a listener that nobody accepts, until it hears no more. */
static void fill(int callers[4], uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (size_t i = 0; i < 4; i++) {
		callers[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		(void)connect(callers[i], (struct sockaddr *)&address, sizeof(address));
	}
}

static void a_mute_address_does_not_keep_the_next_one_waiting(void **state)
{
	uint16_t port = 0;
	AUTO(auto_close) int mute = take_port(1, 0, &port);
	AUTO(auto_close) int open = take_port(2, 8, &port);
	struct meeting meeting;
	int callers[4];

	(void)state;
	fill(callers, port);
	open_meeting(&meeting, "host: 127.0.0.1, tailscale_ip: 127.0.0.2, connect_timeout_sec: 15",
		     MODE_ACTIVE);
	assert_int_equal(connect_to(&meeting, port)->outcome, CONNECT_OPEN);
	assert_string_equal(meeting.facts.text, "127.0.0.2");
	assert_true(meeting.facts.elapsed_ms < 10000);
	assert_int_equal(meeting.facts.attempts[0].outcome, CONNECT_NOT_TRIED); /* dropped */
	close_meeting(&meeting);
	for (size_t i = 0; i < 4; i++) {
		(void)close(callers[i]);
	}
}

static void an_address_that_stays_mute_is_given_up(void **state)
{
	uint16_t port = 0;
	AUTO(auto_close) int mute = take_port(1, 0, &port);
	struct meeting meeting;
	int callers[4];

	(void)state;
	fill(callers, port);
	open_meeting(&meeting, "host: 127.0.0.1, access_policy: lan_only, connect_timeout_sec: 1",
		     MODE_PASSIVE);
	assert_int_equal(connect_to(&meeting, port)->outcome, CONNECT_TIMEOUT);
	assert_true(meeting.facts.elapsed_ms >= 900);
	close_meeting(&meeting);
	for (size_t i = 0; i < 4; i++) {
		(void)close(callers[i]);
	}
}

static void a_name_is_looked_up(void **state)
{
	uint16_t port = 0;
	AUTO(auto_close) int listener = take_port(1, 8, &port);
	struct meeting meeting;

	(void)state;
	open_meeting(&meeting, "host: here.test, access_policy: lan_only", MODE_PASSIVE);
	assert_int_equal(connect_to(&meeting, port)->outcome, CONNECT_OPEN);
	assert_string_equal(meeting.facts.text, "here.test (127.0.0.1)");
	close_meeting(&meeting);
}

static void a_passive_run_dials_no_tailnet_address(void **state)
{
	struct meeting meeting;

	(void)state;
	open_meeting(&meeting, "host: 100.70.1.11, access_policy: tailscale_required",
		     MODE_PASSIVE);
	assert_int_equal(connect_to(&meeting, 443)->outcome, CONNECT_BARRED);
	assert_int_equal(meeting.facts.reason, REASON_MODE_PASSIVE);
	assert_int_equal(meeting.facts.attempt_count, 0);
	close_meeting(&meeting);
}

static void a_given_address_is_dialled_instead(void **state)
{
	uint16_t port = 0;
	AUTO(auto_close) int listener = take_port(2, 8, &port);
	struct meeting meeting;

	(void)state;
	open_meeting(&meeting, "host: 127.0.0.1, access_policy: lan_only", MODE_PASSIVE);
	(void)start(&meeting, &(struct connect_spec){.host = "127.0.0.2", .port = port});
	loop_run(meeting.context.loop);
	assert_int_equal(meeting.facts.outcome, CONNECT_OPEN);
	assert_string_equal(meeting.facts.text, "127.0.0.2");
	close_meeting(&meeting);
}

static void a_given_address_keeps_the_rules(void **state)
{
	static const struct {
		const char *host;
		enum reason reason;
	} given[] = {
		{"100.70.1.11", REASON_MODE_PASSIVE},
		{"0.0.0.0", REASON_NET_NOT_PERMITTED},
		{"here.test", REASON_NET_NAME},
	};
	struct meeting meeting;

	(void)state;
	open_meeting(&meeting, "host: 127.0.0.1, access_policy: lan_only", MODE_PASSIVE);
	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++) {
		meeting.wanted = i + 1;
		(void)start(&meeting, &(struct connect_spec){.host = given[i].host, .port = 443});
		loop_run(meeting.context.loop);
		assert_int_equal(meeting.facts.outcome, CONNECT_BARRED);
		assert_string_equal(reason_code(meeting.facts.reason),
				    reason_code(given[i].reason));
		assert_non_null(meeting.facts.why);
	}
	close_meeting(&meeting);
}

static void what_is_cancelled_leaves_nothing(void **state)
{
	uint16_t port = 0;
	AUTO(auto_close) int listener = take_port(1, 8, &port);
	struct meeting meeting;
	struct connector *first = NULL;
	int before = 0;

	(void)state;
	open_meeting(&meeting, "host: 127.0.0.1, access_policy: lan_only", MODE_PASSIVE);
	before = descriptors();
	first = start(&meeting, &(struct connect_spec){.target = box(&meeting), .port = port});
	connect_cancel(first);
	(void)connect_to(&meeting, port);
	assert_int_equal(descriptors(), before);
	close_meeting(&meeting);
}

/** Start as many as may be under way at once, and one more, which has 400 ms. */
static void start_one_too_many(struct meeting *meeting, uint16_t port)
{
	meeting->keeps = true;
	meeting->wanted = CONNECTS_MAX + 1;
	for (size_t i = 0; i < CONNECTS_MAX; i++) {
		(void)start(meeting, &(struct connect_spec){.target = box(meeting), .port = port});
	}
	(void)start(meeting, &(struct connect_spec){.target = box(meeting),
						    .port = port,
						    .deadline_ms = clock_monotonic_ms() + 400});
}

static void who_uses_a_connection_keeps_its_place(void **state)
{
	uint16_t port = 0;
	AUTO(auto_close) int listener = take_port(1, 1024, &port);
	struct meeting meeting;

	(void)state;
	open_meeting(&meeting, "host: 127.0.0.1, access_policy: lan_only", MODE_PASSIVE);
	start_one_too_many(&meeting, port);
	loop_run(meeting.context.loop);
	assert_int_equal(meeting.open, CONNECTS_MAX);
	assert_int_equal(meeting.facts.outcome, CONNECT_NOT_TRIED);
	close_meeting(&meeting);
}

static void who_closes_one_makes_room(void **state)
{
	uint16_t port = 0;
	AUTO(auto_close) int listener = take_port(1, 1024, &port);
	struct meeting meeting;

	(void)state;
	open_meeting(&meeting, "host: 127.0.0.1, access_policy: lan_only", MODE_PASSIVE);
	start_one_too_many(&meeting, port);
	meeting.wanted = CONNECTS_MAX;
	loop_run(meeting.context.loop);
	assert_int_equal(meeting.open, CONNECTS_MAX);
	stream_close(meeting.streams[--meeting.open]);
	meeting.wanted = CONNECTS_MAX + 1;
	loop_run(meeting.context.loop);
	assert_int_equal(meeting.facts.outcome, CONNECT_OPEN);
	close_meeting(&meeting);
}

static void those_that_nobody_uses_keep_nobody_else_waiting_for_long(void **state)
{
	uint16_t port = 0;
	AUTO(auto_close) int listener = take_port(1, 1024, &port);
	struct meeting meeting;

	(void)state;
	open_meeting(&meeting, "host: 127.0.0.1, access_policy: lan_only", MODE_PASSIVE);
	meeting.keeps = true;
	meeting.wanted = 2 * (size_t)CONNECTS_MAX;
	for (size_t i = 0; i < meeting.wanted; i++) {
		(void)start(&meeting,
			    &(struct connect_spec){.target = box(&meeting), .port = port});
	}
	loop_run(meeting.context.loop);
	assert_int_equal(meeting.open, 2 * CONNECTS_MAX);
	close_meeting(&meeting);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_port_that_accepts_gives_a_stream),
		cmocka_unit_test(a_port_that_nobody_has_is_refused),
		cmocka_unit_test(the_next_address_is_tried_where_the_first_refuses),
		cmocka_unit_test(a_mute_address_does_not_keep_the_next_one_waiting),
		cmocka_unit_test(an_address_that_stays_mute_is_given_up),
		cmocka_unit_test(a_name_is_looked_up),
		cmocka_unit_test(a_passive_run_dials_no_tailnet_address),
		cmocka_unit_test(a_given_address_is_dialled_instead),
		cmocka_unit_test(a_given_address_keeps_the_rules),
		cmocka_unit_test(what_is_cancelled_leaves_nothing),
		cmocka_unit_test(who_uses_a_connection_keeps_its_place),
		cmocka_unit_test(who_closes_one_makes_room),
		cmocka_unit_test(those_that_nobody_uses_keep_nobody_else_waiting_for_long),
	};

	if (fake_names_open()) {
		return 1;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
