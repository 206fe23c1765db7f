#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "fake_ssh.h"
#include "net/race.h"

/* As in test_ssh_hostile.c: libssh2 loses some bytes whenever a key exchange fails. */
const char *__asan_default_options(void);      /* NOLINT(bugprone-reserved-identifier,cert-*) */
const char *__lsan_default_suppressions(void); /* NOLINT(bugprone-reserved-identifier,cert-*) */

const char *__asan_default_options(void) /* NOLINT(bugprone-reserved-identifier,cert-*) */
{
	return "fast_unwind_on_malloc=0";
}

const char *__lsan_default_suppressions(void) /* NOLINT(bugprone-reserved-identifier,cert-*) */
{
	return "leak:libssh2.so";
}

/** Long enough for what should happen, however busy the machine is. */
#define AMPLE_MS 20000

/** 127.0.0.1 is home, 127.0.0.2 stands for the tailnet; both with one port. */
#define PLACES 2

struct fixture {
	struct login_key *user;
	struct key *host;
	struct key *stranger;
	struct arena arena;
	struct known_hosts pinned;
	struct known_hosts revoked; /**< the stranger's key is */
};

static struct known_hosts hosts_of(struct fixture *fixture, const char *text)
{
	struct problems problems = {0};
	struct known_hosts hosts = {0};

	known_hosts_parse(&fixture->arena, "known_hosts", text_of(text), &problems, &hosts);
	assert_int_equal(problems.list.len, 0);
	return hosts;
}

static int set_up(void **state)
{
	static struct fixture fixture;
	AUTO(auto_str) struct str text = {0};
	struct public_key public;

	fixture = (struct fixture){
		.user = fake_user(), .host = key_generate(), .stranger = key_generate()};
	key_public(fixture.host, &public);
	str_add(&text, "box ");
	public_key_write_ssh(&public, "comment", &text);
	fixture.pinned = hosts_of(&fixture, str_text(&text));
	key_public(fixture.stranger, &public);
	str_add(&text, "@revoked * ");
	public_key_write_ssh(&public, "comment", &text);
	fixture.revoked = hosts_of(&fixture, str_text(&text));
	*state = &fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	login_key_free(fixture->user);
	key_free(fixture->host);
	key_free(fixture->stranger);
	arena_release(&fixture->arena);
	return 0;
}

/** A race between two servers, and how it went. */
struct meeting {
	struct fake_ssh scripts[PLACES];
	bool is_closed[PLACES];   /**< nothing listens there */
	bool is_unserved[PLACES]; /**< it listens, and nobody accepts */
	const struct known_hosts *hosts;
	enum fake_saw saw[PLACES]; /**< what each server saw */
	bool is_impatient;         /**< the tailnet starts soon, and home has little time */
	struct race_facts facts;
	int calls;
};

static void keep_facts(const struct race_facts *facts, void *cookie)
{
	struct meeting *meeting = cookie;

	meeting->facts = *facts;
	meeting->calls++;
}

/** Two listeners with one port, which other programs may take meanwhile. */
static void listen_at_both(int listeners[PLACES], uint16_t *port)
{
	int tries = 0;

	for (listeners[1] = -1; listeners[1] < 0; tries++) {
		listeners[0] = fake_listen(8, port);
		listeners[1] = fake_listen_at(2, 8, port);
		if (listeners[1] < 0) {
			(void)close(listeners[0]);
		}
		if (tries == 20) {
			skip(); /* a system whose only loopback address is 127.0.0.1 */
		}
	}
}

static struct race_spec spec_of(const struct fixture *fixture, uint16_t port)
{
	struct race_spec spec = {
		.ssh = {.name = "box",
			.port = port,
			.user = "ops",
			.hosts = &fixture->pinned,
			.key = fixture->user,
			.connect_ms = AMPLE_MS,
			.banner_ms = AMPLE_MS,
			.kex_ms = AMPLE_MS,
			.auth_ms = AMPLE_MS,
			.deadline_ms = clock_monotonic_ms() + AMPLE_MS},
		.len = PLACES,
	};

	assert_true(address_parse(text_of("127.0.0.1"), &spec.entries[0].address));
	assert_true(address_parse(text_of("127.0.0.2"), &spec.entries[1].address));
	spec.entries[1].is_fallback = true;
	return spec;
}

static void run_race(struct race_spec *spec, struct meeting *meeting)
{
	struct loop *loop = NULL;
	struct err err = {0};

	spec->handshakes = handshakes_new();
	assert_int_equal(loop_open(&loop, &err), 0);
	(void)race_start(loop, spec, keep_facts, meeting);
	loop_run(loop);
	loop_free(loop);
	handshakes_free(spec->handshakes);
	assert_int_equal(meeting->calls, 1);
}

/** End a server that nobody dialled: it waits in accept(). One that was dialled takes no more. */
static void poke(unsigned host, uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + host);
	(void)connect(fd, (struct sockaddr *)&address, sizeof(address));
	(void)close(fd);
}

static void meet(const struct fixture *fixture, struct meeting *meeting)
{
	struct fake_running running[PLACES] = {0};
	int listeners[PLACES];
	uint16_t port = 0;
	struct race_spec spec = {0};

	listen_at_both(listeners, &port);
	for (size_t i = 0; i < PLACES; i++) {
		if (meeting->is_closed[i]) {
			(void)close(listeners[i]);
		} else if (!meeting->is_unserved[i]) {
			struct fake_ssh *script = &meeting->scripts[i];

			script->host_key = script->host_key ? script->host_key : fixture->host;
			running[i] = fake_start_on(script, listeners[i]);
		}
	}
	spec = spec_of(fixture, port);
	spec.stagger_ms = meeting->is_impatient ? 100 : AMPLE_MS;
	spec.grace_ms = meeting->is_impatient ? 100 : AMPLE_MS;
	spec.ssh.hosts = meeting->hosts ? meeting->hosts : &fixture->pinned;
	run_race(&spec, meeting);
	for (size_t i = 0; i < PLACES; i++) {
		if (running[i].pid > 0) {
			poke((unsigned)i + 1, port);
			meeting->saw[i] = (enum fake_saw)fake_finish(&running[i]);
		} else if (meeting->is_unserved[i]) {
			(void)close(listeners[i]);
		}
	}
}

/* ---- the cases of ssh.md, section 7 */

static void home_wins_and_the_tailnet_is_never_dialled(void **state)
{
	struct meeting meeting = {0};

	meet(*state, &meeting);
	assert_true(meeting.facts.is_won);
	assert_int_equal(meeting.facts.decided, 0);
	assert_int_equal(meeting.facts.ssh.outcome, SSH_LOGGED_IN);
	assert_int_equal(meeting.facts.attempts[0].end, ATTEMPT_WON);
	assert_int_equal(meeting.facts.attempts[0].outcome, SSH_LOGGED_IN);
	assert_int_equal(meeting.facts.attempts[1].end, ATTEMPT_NONE);
	assert_int_equal(meeting.saw[0], FAKE_SAW_SIGNATURE);
	assert_int_equal(meeting.saw[1], FAKE_SAW_NOTHING);
}

static void a_closed_port_at_home_hands_over_at_once(void **state)
{
	struct meeting meeting = {.is_closed = {true, false}};

	meet(*state, &meeting);
	assert_int_equal(meeting.facts.decided, 1);
	assert_int_equal(meeting.facts.ssh.outcome, SSH_LOGGED_IN);
	assert_int_equal(meeting.facts.attempts[0].end, ATTEMPT_FAILED);
	assert_int_equal(meeting.facts.attempts[0].outcome, SSH_UNREACHABLE_REFUSED);
	assert_false(meeting.facts.attempts[0].is_connected);
	assert_true(meeting.facts.attempts[1].started_ms < AMPLE_MS / 2);
	assert_string_equal(meeting.facts.stranger, "");
}

static void silence_at_home_costs_the_stagger(void **state)
{
	struct meeting meeting = {.is_unserved = {true, false}, .is_impatient = true};

	meet(*state, &meeting);
	assert_int_equal(meeting.facts.decided, 1);
	assert_int_equal(meeting.facts.ssh.outcome, SSH_LOGGED_IN);
	assert_int_equal(meeting.facts.attempts[0].end, ATTEMPT_DROPPED);
	assert_true(meeting.facts.attempts[0].is_connected);
	assert_true(meeting.facts.attempts[1].started_ms >= 100);
	assert_true(meeting.facts.attempts[1].started_ms < AMPLE_MS / 2);
}

static void a_stranger_at_home_is_reported_and_learns_nothing(void **state)
{
	const struct fixture *fixture = *state;
	struct meeting meeting = {.scripts = {{.host_key = fixture->stranger}}};

	meet(fixture, &meeting);
	assert_int_equal(meeting.facts.decided, 1);
	assert_int_equal(meeting.facts.ssh.outcome, SSH_LOGGED_IN);
	assert_int_equal(meeting.facts.attempts[0].outcome, SSH_HOST_KEY_CHANGED);
	assert_memory_equal(meeting.facts.stranger, "SHA256:", 7);
	assert_int_equal(meeting.saw[0], FAKE_SAW_SSH);
	assert_int_equal(meeting.saw[1], FAKE_SAW_SIGNATURE);
}

static void strangers_everywhere_are_a_changed_key(void **state)
{
	const struct fixture *fixture = *state;
	struct meeting meeting = {
		.scripts = {{.host_key = fixture->stranger}, {.host_key = fixture->stranger}}};

	meet(fixture, &meeting);
	assert_false(meeting.facts.is_won);
	assert_int_equal(meeting.facts.decided, 0);
	assert_int_equal(meeting.facts.ssh.outcome, SSH_HOST_KEY_CHANGED);
	assert_int_equal(meeting.saw[0], FAKE_SAW_SSH);
	assert_int_equal(meeting.saw[1], FAKE_SAW_SSH);
}

static void a_stranger_on_the_tailnet_is_worse_news_than_a_dead_home(void **state)
{
	const struct fixture *fixture = *state;
	struct meeting meeting = {.scripts = {[1] = {.host_key = fixture->stranger}},
				  .is_closed = {true, false}};

	meet(fixture, &meeting);
	assert_false(meeting.facts.is_won);
	assert_int_equal(meeting.facts.decided, 1);
	assert_int_equal(meeting.facts.ssh.outcome, SSH_HOST_KEY_CHANGED);
	assert_string_equal(meeting.facts.stranger, "");
}

static void a_revoked_key_at_home_stops_the_race(void **state)
{
	const struct fixture *fixture = *state;
	struct meeting meeting = {.scripts = {{.host_key = fixture->stranger}},
				  .hosts = &fixture->revoked};

	meet(fixture, &meeting);
	assert_false(meeting.facts.is_won);
	assert_int_equal(meeting.facts.ssh.outcome, SSH_HOST_KEY_REVOKED);
	assert_int_equal(meeting.saw[0], FAKE_SAW_SSH);
	assert_int_equal(meeting.saw[1], FAKE_SAW_NOTHING);
}

static void nobody_there_is_told_with_homes_news(void **state)
{
	struct meeting meeting = {.is_closed = {true, true}};

	meet(*state, &meeting);
	assert_false(meeting.facts.is_won);
	assert_int_equal(meeting.facts.decided, 0);
	assert_int_equal(meeting.facts.ssh.outcome, SSH_UNREACHABLE_REFUSED);
	assert_int_equal(meeting.facts.attempts[1].end, ATTEMPT_FAILED);
}

static void what_authentication_says_is_final(void **state)
{
	struct meeting meeting = {.scripts = {{.refuses_key = true}}};

	meet(*state, &meeting);
	assert_true(meeting.facts.is_won);
	assert_int_equal(meeting.facts.decided, 0);
	assert_int_equal(meeting.facts.ssh.outcome, SSH_AUTH_DENIED);
	assert_int_equal(meeting.facts.attempts[0].outcome, SSH_AUTH_DENIED);
	assert_int_equal(meeting.saw[1], FAKE_SAW_NOTHING);
}

static void a_tarpit_at_home_costs_only_its_ceiling(void **state)
{
	struct meeting meeting = {.scripts = {{.at = FAKE_ACCEPT, .deed = FAKE_FLOOD}}};

	meet(*state, &meeting);
	assert_int_equal(meeting.facts.decided, 1);
	assert_int_equal(meeting.facts.ssh.outcome, SSH_LOGGED_IN);
	assert_int_equal(meeting.facts.attempts[0].outcome, SSH_TARPIT);
}

static void only_the_winner_learns_who_asks(void **state)
{
	/* Home says SSH, then stalls in the key exchange: the grace passes, the tailnet wins. */
	struct meeting meeting = {.scripts = {{.at = FAKE_KEXINIT, .deed = FAKE_STALL}},
				  .is_impatient = true};

	meet(*state, &meeting);
	assert_int_equal(meeting.facts.decided, 1);
	assert_int_equal(meeting.facts.attempts[0].end, ATTEMPT_DROPPED);
	assert_int_equal(meeting.saw[0], FAKE_SAW_SSH);
	assert_int_equal(meeting.saw[1], FAKE_SAW_SIGNATURE);
}

/* ---- the task */

static void a_deadline_in_the_past_tries_nothing(void **state)
{
	struct race_spec spec = spec_of(*state, 1);
	struct meeting meeting = {0};

	spec.ssh.deadline_ms = 1;
	run_race(&spec, &meeting);
	assert_int_equal(meeting.facts.ssh.outcome, SSH_NOT_TRIED);
	assert_int_equal(meeting.facts.attempts[0].end, ATTEMPT_NONE);
}

static void a_cancelled_race_reports_nothing_and_leaves_nothing(void **state)
{
	struct meeting meeting = {0};
	uint16_t port = 0;
	int listener = fake_listen(1, &port);
	struct race_spec spec = spec_of(*state, port);
	struct loop *loop = NULL;
	struct err err = {0};
	struct task waiter = {0};

	spec.handshakes = handshakes_new();
	assert_int_equal(loop_open(&loop, &err), 0);
	race_cancel(race_start(loop, &spec, keep_facts, &meeting));
	loop_run(loop);
	loop_free(loop);
	assert_int_equal(meeting.calls, 0);
	for (int i = 0; i < HANDSHAKES_MAX; i++) {
		assert_true(
			handshakes_take(spec.handshakes, &spec.entries[0].address, port, &waiter));
	}
	handshakes_free(spec.handshakes);
	(void)close(listener);
}

/* ---- places of a machine */

static void a_machine_takes_four_at_once_and_each_port_for_itself(void **state)
{
	struct handshakes *handshakes = handshakes_new();
	struct address address;
	struct task waiter = {0};

	(void)state;
	assert_true(address_parse(text_of("10.1.1.1"), &address));
	for (int i = 0; i < 4; i++) {
		assert_true(handshakes_take(handshakes, &address, 22, &waiter));
	}
	assert_false(handshakes_take(handshakes, &address, 22, &waiter));
	assert_true(handshakes_take(handshakes, &address, 23, &waiter));
	handshakes_give(handshakes, &address, 22);
	assert_true(handshakes_take(handshakes, &address, 22, &waiter));
	assert_false(handshakes_take(handshakes, &address, 22, &waiter));
	handshakes_free(handshakes);
}

static void more_races_than_places_all_come_to_an_end(void **state)
{
	struct meeting meetings[12] = {0};
	uint16_t port = 0;
	int listener = fake_listen(32, &port);
	struct race_spec spec = spec_of(*state, port);
	struct loop *loop = NULL;
	struct err err = {0};
	int64_t last_ms = 0;

	/* Nobody accepts, so each ends at its deadline for the identification, four at a time. */
	spec.len = 1;
	spec.ssh.banner_ms = 100;
	spec.handshakes = handshakes_new();
	assert_int_equal(loop_open(&loop, &err), 0);
	for (size_t i = 0; i < 12; i++) {
		(void)race_start(loop, &spec, keep_facts, &meetings[i]);
	}
	loop_run(loop);
	loop_free(loop);
	handshakes_free(spec.handshakes);
	for (size_t i = 0; i < 12; i++) {
		assert_int_equal(meetings[i].calls, 1);
		assert_int_equal(meetings[i].facts.ssh.outcome, SSH_SILENT_PORT);
		if (meetings[i].facts.attempts[0].started_ms > last_ms) {
			last_ms = meetings[i].facts.attempts[0].started_ms;
		}
	}
	assert_true(last_ms >= 200); /* three rounds: the last begins after two deadlines */
	(void)close(listener);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(home_wins_and_the_tailnet_is_never_dialled),
		cmocka_unit_test(a_closed_port_at_home_hands_over_at_once),
		cmocka_unit_test(silence_at_home_costs_the_stagger),
		cmocka_unit_test(a_stranger_at_home_is_reported_and_learns_nothing),
		cmocka_unit_test(strangers_everywhere_are_a_changed_key),
		cmocka_unit_test(a_stranger_on_the_tailnet_is_worse_news_than_a_dead_home),
		cmocka_unit_test(a_revoked_key_at_home_stops_the_race),
		cmocka_unit_test(nobody_there_is_told_with_homes_news),
		cmocka_unit_test(what_authentication_says_is_final),
		cmocka_unit_test(a_tarpit_at_home_costs_only_its_ceiling),
		cmocka_unit_test(only_the_winner_learns_who_asks),
		cmocka_unit_test(a_deadline_in_the_past_tries_nothing),
		cmocka_unit_test(a_cancelled_race_reports_nothing_and_leaves_nothing),
		cmocka_unit_test(a_machine_takes_four_at_once_and_each_port_for_itself),
		cmocka_unit_test(more_races_than_places_all_come_to_an_end),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
