#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/codec.h"
#include "fake_ssh.h"
#include "net/ssh.h"
#include "net/ssh_banner.h"

/*
 * libssh2 1.10 and 1.11 lose some hundred bytes whenever a key exchange fails (libssh2 #1691,
 * #2080). Its frames are only seen when the stack is walked properly. Both are hooks of the
 * sanitizer.
 */
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

/** Short enough for what should not happen. */
#define SHORT_MS 150

/** What all tests share: the keys, and known_hosts files for them. */
struct fixture {
	struct login_key *user;
	struct key *host;
	struct key *stranger;
	struct arena arena;
	struct known_hosts pinned; /**< host is pinned for "box" */
	struct known_hosts revoked;
	struct known_hosts rsa; /**< an RSA key is pinned for "box" */
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
	AUTO(auto_str) struct str line = {0};
	AUTO(auto_str) struct str revoked = {0};
	AUTO(auto_str) struct str rsa = {0};
	AUTO(auto_str) struct str blob = {0};
	struct public_key public;
	struct loop *loop = NULL;
	struct err err = {0};

	/* The first loop opens descriptors that libuv keeps. */
	assert_int_equal(loop_open(&loop, &err), 0);
	loop_free(loop);
	fixture = (struct fixture){
		.user = fake_user(), .host = key_generate(), .stranger = key_generate()};
	key_public(fixture.host, &public);
	str_add(&line, "box ");
	public_key_write_ssh(&public, "comment", &line);
	str_add(&revoked, "@revoked * ");
	public_key_write_ssh(&public, "comment", &revoked);
	str_add_text(&revoked, str_view(&line));
	/* The type and any two numbers are the form of an RSA key. */
	wire_text(&blob, "ssh-rsa");
	wire_text(&blob, "\001");
	wire_text(&blob, "\001\001\001\001");
	str_add(&rsa, "box ssh-rsa ");
	base64_encode(&rsa, blob.at, blob.len);
	fixture.pinned = hosts_of(&fixture, str_text(&line));
	fixture.revoked = hosts_of(&fixture, str_text(&revoked));
	fixture.rsa = hosts_of(&fixture, str_text(&rsa));
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

/** A spec with time enough for everything. */
static struct ssh_spec spec_of(const struct fixture *fixture, uint16_t port)
{
	struct ssh_spec spec = {
		.name = "box",
		.port = port,
		.user = "ops",
		.hosts = &fixture->pinned,
		.key = fixture->user,
		.connect_ms = AMPLE_MS,
		.banner_ms = AMPLE_MS,
		.kex_ms = AMPLE_MS,
		.auth_ms = AMPLE_MS,
		.check_ms = AMPLE_MS,
		.deadline_ms = clock_monotonic_ms() + AMPLE_MS,
	};

	assert_true(address_parse(text_of("127.0.0.1"), &spec.address));
	return spec;
}

static void keep_facts(const struct ssh_facts *facts, void *cookie)
{
	*(struct ssh_facts *)cookie = *facts;
}

static size_t count_open_fds(void)
{
	AUTO(auto_closedir) DIR *dir = opendir("/dev/fd");
	size_t count = 0;

	assert_non_null(dir);
	while (readdir(dir)) {
		count++;
	}
	return count;
}

/** Log in on a loop of its own and give the facts; nothing may be left open. */
static struct ssh_facts log_in(const struct ssh_spec *spec)
{
	struct ssh_facts facts = {.outcome = SSH_INTERNAL, .elapsed_ms = -2};
	size_t before = count_open_fds();
	struct loop *loop = NULL;
	struct err err = {0};

	assert_int_equal(loop_open(&loop, &err), 0);
	assert_non_null(ssh_login_start(loop, spec, keep_facts, &facts));
	loop_run(loop);
	loop_free(loop);
	assert_int_equal(count_open_fds(), before);
	assert_true(facts.elapsed_ms >= 0);
	return facts;
}

/** Log in to a scripted server. `saw` gets what the server saw. */
static struct ssh_facts visit(const struct fixture *fixture, struct fake_ssh script,
			      struct ssh_spec *spec, int *saw)
{
	struct fake_running running = {0};
	struct ssh_facts facts;

	if (!script.host_key) {
		script.host_key = fixture->host;
	}
	running = fake_start(&script);
	spec->port = running.port;
	facts = log_in(spec);
	*saw = fake_finish(&running);
	return facts;
}

/** Visit with time enough. */
static struct ssh_facts visit_plain(const struct fixture *fixture, struct fake_ssh script)
{
	struct ssh_spec spec = spec_of(fixture, 0);
	int saw = 0;
	struct ssh_facts facts = visit(fixture, script, &spec, &saw);

	assert_int_not_equal(saw, -1);
	return facts;
}

/* ---- before the identification */

static void a_closed_port_is_refused(void **state)
{
	uint16_t port = 0;
	int fd = fake_listen(1, &port);
	struct ssh_spec spec = spec_of(*state, port);
	struct ssh_facts facts;

	(void)close(fd);
	facts = log_in(&spec);
	assert_int_equal(facts.outcome, SSH_UNREACHABLE_REFUSED);
	assert_int_equal(facts.connect_ms, -1);
	assert_non_null(strstr(facts.detail, "Connection refused"));
}

static void no_route_is_told_apart(void **state)
{
	struct ssh_spec spec = spec_of(*state, 22);
	struct ssh_facts facts;

	assert_true(address_parse(text_of("255.255.255.255"), &spec.address));
	facts = log_in(&spec);
	assert_int_equal(facts.outcome, SSH_UNREACHABLE_ROUTE);
}

static void lost_packets_run_into_the_connect_deadline(void **state)
{
	uint16_t port = 0;
	int listener = fake_listen(0, &port); /* whose queue is full: the kernel drops what comes */
	struct ssh_spec spec = spec_of(*state, port);
	struct sockaddr_storage address;
	socklen_t len = address_to_socket(&spec.address, port, &address);
	int fillers[8];
	struct ssh_facts facts;

	for (size_t i = 0; i < 8; i++) {
		fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		(void)connect(fillers[i], (struct sockaddr *)&address, len);
	}
	spec.connect_ms = SHORT_MS;
	facts = log_in(&spec);
	assert_int_equal(facts.outcome, SSH_UNREACHABLE_TIMEOUT);
	assert_in_range(facts.elapsed_ms, SHORT_MS, 2000);
	for (size_t i = 0; i < 8; i++) {
		(void)close(fillers[i]);
	}
	(void)close(listener);
}

static void an_unpinned_host_gets_no_packet(void **state)
{
	uint16_t port = 0;
	int listener = fake_listen(1, &port);
	struct ssh_spec spec = spec_of(*state, port);
	struct ssh_facts facts;

	spec.name = "other";
	facts = log_in(&spec);
	assert_int_equal(facts.outcome, SSH_HOST_UNPINNED);
	assert_int_equal(fcntl(listener, F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(accept(listener, NULL, NULL), -1);
	(void)close(listener);
}

static void a_deadline_in_the_past_tries_nothing(void **state)
{
	struct ssh_spec spec = spec_of(*state, 22);

	spec.deadline_ms = 1;
	assert_int_equal(log_in(&spec).outcome, SSH_NOT_TRIED);
}

static void a_port_that_says_nothing_is_silent(void **state)
{
	struct ssh_spec spec = spec_of(*state, 0);
	int saw = 0;
	struct ssh_facts facts;

	spec.banner_ms = SHORT_MS;
	facts = visit(*state, (struct fake_ssh){.at = FAKE_ACCEPT, .deed = FAKE_STALL}, &spec,
		      &saw);
	assert_int_equal(facts.outcome, SSH_SILENT_PORT);
	assert_in_range(facts.elapsed_ms, SHORT_MS, 2000);
	assert_true(facts.connect_ms >= 0);
	assert_int_equal(facts.verified_ms, -1);
	assert_string_equal(facts.ident, "");
}

static void the_deadline_of_the_login_ends_a_phase_early(void **state)
{
	struct ssh_spec spec = spec_of(*state, 0);
	int saw = 0;
	struct ssh_facts facts;

	spec.deadline_ms = clock_monotonic_ms() + SHORT_MS;
	facts = visit(*state, (struct fake_ssh){.at = FAKE_ACCEPT, .deed = FAKE_STALL}, &spec,
		      &saw);
	assert_int_equal(facts.outcome, SSH_SILENT_PORT);
	assert_in_range(facts.elapsed_ms, 1, 2000);
}

static void a_port_that_closes_at_once_is_told_apart(void **state)
{
	struct fake_ssh script = {.at = FAKE_ACCEPT, .deed = FAKE_CLOSE};

	assert_int_equal(visit_plain(*state, script).outcome, SSH_CLOSED_BEFORE_BANNER);
	script.deed = FAKE_RESET;
	assert_int_equal(visit_plain(*state, script).outcome, SSH_CLOSED_BEFORE_BANNER);
}

static void a_server_that_takes_no_more_is_throttled(void **state)
{
	static const char *const words[] = {"Exceeded MaxStartups\r\n",
					    "Not allowed at this time\r\n",
					    "Not allowed at this time"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct fake_ssh script = {
			.hello = text_of(words[i]), .at = FAKE_IDENT, .deed = FAKE_CLOSE};
		struct ssh_facts facts = visit_plain(*state, script);

		assert_int_equal(facts.outcome, SSH_THROTTLED);
		assert_memory_equal(facts.ident, words[i], 18);
	}
}

static void other_protocols_are_not_ssh(void **state)
{
	static const struct {
		struct text hello;
		enum fake_deed deed;
		const char *ident;
	} rows[] = {
		{{"HTTP/1.1 400 Bad Request\r\n", 26}, FAKE_STALL, "HTTP/1.1 400 Bad Request"},
		{{"220 mail ESMTP\r\n", 16}, FAKE_STALL, "220 mail ESMTP"},
		{{"hello\r\n", 7}, FAKE_CLOSE, "hello"},
		{{"hello", 5}, FAKE_CLOSE, "hello"},
		{{"SSH-2.0-cut", 11}, FAKE_CLOSE, "SSH-2.0-cut"},
		{{"\x15\x03\x01\x00\x02\x02\x46", 7}, FAKE_STALL, "\\x15\\x03\\x01"},
		{{"\xff\xfd\x18\xff\xfd\x20", 6}, FAKE_STALL, ""},
		{{"a\033[2Jb\r\nc\n", 10}, FAKE_CLOSE, "a\\x1b[2Jb"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fake_ssh script = {
			.hello = rows[i].hello, .at = FAKE_IDENT, .deed = rows[i].deed};
		struct ssh_facts facts = visit_plain(*state, script);

		assert_int_equal(facts.outcome, SSH_NOT_SSH);
		assert_string_equal(facts.ident, rows[i].ident);
	}
}

static void an_identification_that_is_too_long_is_not_ssh(void **state)
{
	char ident[400] = "SSH-2.0-";
	struct fake_ssh script = {.ident = ident};

	memset(ident + 8, 'x', SSH_IDENT_BYTES - 8);
	assert_int_equal(visit_plain(*state, script).outcome, SSH_LOGGED_IN);
	ident[SSH_IDENT_BYTES] = 'x';
	assert_int_equal(visit_plain(*state, script).outcome, SSH_NOT_SSH);
	memset(ident + 8, 'x', sizeof(ident) - 9);
	assert_int_equal(visit_plain(*state, script).outcome, SSH_NOT_SSH);
}

static void a_flood_of_lines_is_a_tarpit_at_once(void **state)
{
	struct fake_ssh script = {.at = FAKE_ACCEPT, .deed = FAKE_FLOOD};
	struct ssh_facts facts = visit_plain(*state, script);

	assert_int_equal(facts.outcome, SSH_TARPIT);
	assert_string_equal(facts.ident, "just another line");
	assert_in_range(facts.elapsed_ms, 0, 2000);
}

static void a_dribble_is_a_tarpit_at_the_deadline(void **state)
{
	struct ssh_spec spec = spec_of(*state, 0);
	int saw = 0;
	struct ssh_facts facts;

	spec.banner_ms = SHORT_MS;
	facts = visit(*state, (struct fake_ssh){.at = FAKE_ACCEPT, .deed = FAKE_DRIBBLE}, &spec,
		      &saw);
	assert_int_equal(facts.outcome, SSH_TARPIT);
	assert_in_range(facts.elapsed_ms, SHORT_MS, 2000);
}

static void lines_before_the_identification_are_legal(void **state)
{
	struct fake_ssh script = {.hello = text_of("Property of Example Ltd.\r\nKeep out\n")};
	struct ssh_facts facts = visit_plain(*state, script);

	assert_int_equal(facts.outcome, SSH_LOGGED_IN);
	assert_string_equal(facts.ident, "SSH-2.0-Fake");
}

/* ---- key exchange */

static void a_server_of_ssh_1_is_unsupported(void **state)
{
	struct fake_ssh script = {.ident = "SSH-1.5-Old"};
	struct ssh_facts facts = visit_plain(*state, script);

	assert_int_equal(facts.outcome, SSH_UNSUPPORTED_ALGORITHMS);
	assert_string_equal(facts.ident, "SSH-1.5-Old");
	script.ident = "SSH-1.99-Both";
	assert_int_equal(visit_plain(*state, script).outcome, SSH_LOGGED_IN);
}

static void silence_in_the_key_exchange_runs_into_its_deadline(void **state)
{
	static const enum fake_point points[] = {FAKE_KEXINIT, FAKE_KEX_REPLY, FAKE_NEWKEYS,
						 FAKE_SERVICE};

	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		struct ssh_spec spec = spec_of(*state, 0);
		int saw = 0;
		struct ssh_facts facts;

		spec.kex_ms = SHORT_MS;
		facts = visit(*state, (struct fake_ssh){.at = points[i], .deed = FAKE_STALL}, &spec,
			      &saw);
		assert_int_equal(facts.outcome, SSH_KEX_TIMEOUT);
		assert_string_equal(facts.ident, "SSH-2.0-Fake");
		assert_int_equal(saw, FAKE_SAW_SSH);
	}
}

static void a_broken_key_exchange_has_failed(void **state)
{
	static const enum fake_point points[] = {FAKE_KEXINIT, FAKE_KEX_REPLY, FAKE_NEWKEYS,
						 FAKE_SERVICE};
	static const enum fake_deed deeds[] = {FAKE_CLOSE, FAKE_RESET, FAKE_GARBAGE,
					       FAKE_DISCONNECT, FAKE_IGNORE_FLOOD};

	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		for (size_t j = 0; j < sizeof(deeds) / sizeof(deeds[0]); j++) {
			struct fake_ssh script = {.at = points[i], .deed = deeds[j]};
			struct ssh_facts facts = visit_plain(*state, script);

			assert_int_equal(facts.outcome, SSH_KEX_FAILED);
			assert_int_equal(facts.verified_ms, -1);
		}
	}
}

static void a_bad_signature_of_the_host_has_failed(void **state)
{
	struct fake_ssh script = {.has_bad_signature = true};

	assert_int_equal(visit_plain(*state, script).outcome, SSH_KEX_FAILED);
}

static void a_host_without_a_key_of_the_pinned_type_is_unsupported(void **state)
{
	struct fake_ssh script = {.host_key_algorithms = "ecdsa-sha2-nistp256,rsa-sha2-512"};
	struct ssh_facts facts = visit_plain(*state, script);

	assert_int_equal(facts.outcome, SSH_UNSUPPORTED_ALGORITHMS);
}

static void only_pinned_types_are_asked_for(void **state)
{
	const struct fixture *fixture = *state;
	struct ssh_spec spec = spec_of(fixture, 0);
	int saw = 0;

	spec.hosts = &fixture->rsa;
	assert_int_equal(visit(fixture, (struct fake_ssh){0}, &spec, &saw).outcome,
			 SSH_UNSUPPORTED_ALGORITHMS);
}

/* ---- the host key */

static void a_changed_host_key_learns_nothing_about_the_user(void **state)
{
	const struct fixture *fixture = *state;
	struct ssh_spec spec = spec_of(fixture, 0);
	int saw = 0;
	struct ssh_facts facts =
		visit(fixture, (struct fake_ssh){.host_key = fixture->stranger}, &spec, &saw);

	assert_int_equal(facts.outcome, SSH_HOST_KEY_CHANGED);
	assert_int_equal(saw, FAKE_SAW_SSH);
	assert_string_equal(facts.host_key_type, "ssh-ed25519");
	assert_memory_equal(facts.host_key_fingerprint, "SHA256:", 7);
	assert_non_null(facts.pin);
	assert_string_not_equal(facts.host_key_fingerprint, facts.pin->fingerprint);
	assert_int_equal(facts.verified_ms, -1);
}

static void a_revoked_host_key_learns_nothing_about_the_user(void **state)
{
	const struct fixture *fixture = *state;
	struct ssh_spec spec = spec_of(fixture, 0);
	int saw = 0;
	struct ssh_facts facts;

	spec.hosts = &fixture->revoked;
	facts = visit(fixture, (struct fake_ssh){0}, &spec, &saw);
	assert_int_equal(facts.outcome, SSH_HOST_KEY_REVOKED);
	assert_int_equal(saw, FAKE_SAW_SSH);
}

/** Where the tests below keep the key that was shown; empty: none was. */
static struct str shown_key;

static void keep_key(struct text host_key, void *cookie)
{
	(void)cookie;
	str_clear(&shown_key);
	str_add_text(&shown_key, host_key);
}

/** Ask a scripted server for its key alone. */
static struct ssh_facts ask(const struct fixture *fixture, struct fake_ssh script,
			    const struct known_hosts *hosts)
{
	struct ssh_spec spec = spec_of(fixture, 0);
	struct ssh_facts facts;
	int saw = 0;

	spec.hosts = hosts;
	spec.user = NULL;
	spec.key = NULL;
	spec.shown = keep_key;
	str_release(&shown_key);
	facts = visit(fixture, script, &spec, &saw);
	assert_true(saw <= FAKE_SAW_SSH);
	return facts;
}

static void a_host_is_asked_for_its_key_and_told_no_name(void **state)
{
	const struct fixture *fixture = *state;
	struct ssh_facts facts = ask(fixture, (struct fake_ssh){0}, NULL);

	assert_int_equal(facts.outcome, SSH_HOST_UNPINNED);
	assert_string_equal(facts.host_key_type, "ssh-ed25519");
	assert_string_equal(facts.host_key_fingerprint, fixture->pinned.at[0].fingerprint);
	assert_true(text_equal(str_view(&shown_key), fixture->pinned.at[0].blob));
	/* Whatever is pinned, it is the key that is wanted. */
	facts = ask(fixture, (struct fake_ssh){.host_key = fixture->stranger}, &fixture->pinned);
	assert_int_equal(facts.outcome, SSH_HOST_UNPINNED);
	assert_string_not_equal(facts.host_key_fingerprint, fixture->pinned.at[0].fingerprint);
	assert_int_not_equal(shown_key.len, 0);
	str_release(&shown_key);
}

static void who_asks_for_a_key_of_a_pinned_type_gets_no_other(void **state)
{
	const struct fixture *fixture = *state;

	assert_int_equal(ask(fixture, (struct fake_ssh){0}, &fixture->rsa).outcome,
			 SSH_UNSUPPORTED_ALGORITHMS);
	assert_int_equal(shown_key.len, 0);
}

static void a_key_without_its_proof_is_not_shown(void **state)
{
	const struct fixture *fixture = *state;

	assert_int_equal(ask(fixture, (struct fake_ssh){.has_bad_signature = true}, NULL).outcome,
			 SSH_KEX_FAILED);
	assert_int_equal(shown_key.len, 0);
}

/* ---- authentication */

static void the_key_logs_in_and_all_facts_are_there(void **state)
{
	const struct fixture *fixture = *state;
	struct ssh_spec spec = spec_of(fixture, 0);
	int saw = 0;
	struct ssh_facts facts = visit(fixture, (struct fake_ssh){0}, &spec, &saw);

	assert_int_equal(facts.outcome, SSH_LOGGED_IN);
	assert_int_equal(saw, FAKE_SAW_SIGNATURE);
	assert_string_equal(facts.ident, "SSH-2.0-Fake");
	assert_string_equal(facts.methods, "publickey,password");
	assert_string_equal(facts.host_key_fingerprint, facts.pin->fingerprint);
	assert_true(facts.connect_ms >= 0 && facts.connect_ms <= facts.verified_ms);
	assert_true(facts.verified_ms <= facts.elapsed_ms);
}

static void a_server_that_asks_for_nothing_is_said_so(void **state)
{
	struct fake_ssh script = {.accepts_none = true};

	assert_int_equal(visit_plain(*state, script).outcome, SSH_LOGGED_IN_NONE);
}

static void a_refused_key_is_denied(void **state)
{
	struct fake_ssh script = {.refuses_key = true};
	struct ssh_facts facts = visit_plain(*state, script);

	assert_int_equal(facts.outcome, SSH_AUTH_DENIED);
	assert_true(facts.verified_ms >= 0);
	script = (struct fake_ssh){.refuses_signature = true};
	assert_int_equal(visit_plain(*state, script).outcome, SSH_AUTH_DENIED);
}

static void without_publickey_only_humans_get_in(void **state)
{
	static const char *const methods[] = {"password", "keyboard-interactive,password",
					      "hostbased", "publickey-hostbound@openssh.com"};

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		struct fake_ssh script = {.methods = methods[i]};
		struct ssh_facts facts = visit_plain(*state, script);

		assert_int_equal(facts.outcome, SSH_AUTH_INTERACTIVE_ONLY);
		assert_string_equal(facts.methods, methods[i]);
	}
}

static void a_second_factor_besides_the_key_needs_a_human(void **state)
{
	const struct fixture *fixture = *state;
	struct ssh_spec spec = spec_of(fixture, 0);
	int saw = 0;
	struct ssh_facts facts = visit(fixture, (struct fake_ssh){.wants_more = true}, &spec, &saw);

	assert_int_equal(facts.outcome, SSH_AUTH_INTERACTIVE_ONLY);
	assert_string_equal(facts.methods, "keyboard-interactive");
	assert_int_equal(saw, FAKE_SAW_SIGNATURE);
}

static void a_stalled_authentication_runs_into_its_deadline(void **state)
{
	static const enum fake_point points[] = {FAKE_NONE, FAKE_PROBE, FAKE_SIGNED};

	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		struct ssh_spec spec = spec_of(*state, 0);
		int saw = 0;
		struct ssh_facts facts;

		spec.auth_ms = SHORT_MS;
		facts = visit(*state, (struct fake_ssh){.at = points[i], .deed = FAKE_STALL}, &spec,
			      &saw);
		assert_int_equal(facts.outcome, SSH_AUTH_TIMEOUT);
		assert_true(facts.verified_ms >= 0);
	}
}

static void a_stalled_tailscale_server_waits_for_a_human(void **state)
{
	struct ssh_spec spec = spec_of(*state, 0);
	struct fake_ssh script = {.ident = "SSH-2.0-Tailscale",
				  .auth_text = "# To authenticate, visit: https://login.example/a",
				  .at = FAKE_NONE,
				  .deed = FAKE_STALL};
	int saw = 0;
	struct ssh_facts facts;

	spec.check_ms = SHORT_MS;
	facts = visit(*state, script, &spec, &saw);
	assert_int_equal(facts.outcome, SSH_NEEDS_HUMAN_CHECK);
	assert_in_range(facts.elapsed_ms, 0, 2000);
	/* Who is let in, or stalls later, is asked for nothing. */
	script.auth_text = "welcome";
	script.at = FAKE_NEVER;
	facts = visit(*state, script, &spec, &saw);
	assert_int_equal(facts.outcome, SSH_LOGGED_IN);
	script.at = FAKE_PROBE;
	spec.auth_ms = SHORT_MS;
	facts = visit(*state, script, &spec, &saw);
	assert_int_equal(facts.outcome, SSH_AUTH_TIMEOUT);
}

static void the_page_that_tailscale_sends_somebody_to_is_told_at_once(void **state)
{
	struct ssh_spec spec = spec_of(*state, 0);
	struct fake_ssh script = {.ident = "SSH-2.0-Tailscale",
				  .auth_text = "# To authenticate, visit: https://login.example/a",
				  .at = FAKE_NONE,
				  .deed = FAKE_STALL};
	struct ssh_facts facts;
	int saw = 0;

	if (strncmp(ssh_library_version(), "libssh2 1.10", 12) == 0) {
		skip(); /* which has no function for it: the stall alone tells */
	}
	spec.check_ms = AMPLE_MS;
	facts = visit(*state, script, &spec, &saw);
	assert_int_equal(facts.outcome, SSH_NEEDS_HUMAN_CHECK);
	assert_string_equal(facts.banner, script.auth_text);
	assert_in_range(facts.elapsed_ms, 0, AMPLE_MS / 2);
	/* The page may come after other words. */
	script.auth_text_after = script.auth_text;
	script.auth_text = "# Tailscale SSH requires an additional check.";
	spec.check_ms = SHORT_MS;
	facts = visit(*state, script, &spec, &saw);
	assert_int_equal(facts.outcome, SSH_NEEDS_HUMAN_CHECK);
	assert_string_equal(facts.banner, script.auth_text_after);
	/* Any other server may say so and let the key in. */
	script = (struct fake_ssh){.auth_text = "see https://example.com/rules"};
	facts = visit(*state, script, &spec, &saw);
	assert_int_equal(facts.outcome, SSH_LOGGED_IN);
	assert_string_equal(facts.banner, script.auth_text);
}

static void a_connection_lost_in_the_authentication_is_told(void **state)
{
	static const enum fake_point points[] = {FAKE_NONE, FAKE_PROBE, FAKE_SIGNED};
	static const enum fake_deed deeds[] = {FAKE_CLOSE, FAKE_RESET, FAKE_GARBAGE,
					       FAKE_DISCONNECT, FAKE_IGNORE_FLOOD};

	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		for (size_t j = 0; j < sizeof(deeds) / sizeof(deeds[0]); j++) {
			struct fake_ssh script = {.at = points[i], .deed = deeds[j]};
			struct ssh_facts facts = visit_plain(*state, script);

			assert_int_equal(facts.outcome, SSH_CONNECTION_LOST);
		}
	}
}

static void bytes_that_come_singly_make_a_login_all_the_same(void **state)
{
	struct fake_ssh script = {.is_slow = true};

	assert_int_equal(visit_plain(*state, script).outcome, SSH_LOGGED_IN);
}

/** How far a login can have come when the server's words end somewhere. */
static bool is_broken_off(enum ssh_outcome outcome)
{
	return outcome == SSH_NOT_SSH || outcome == SSH_KEX_FAILED ||
	       outcome == SSH_CONNECTION_LOST;
}

static void wherever_the_connection_is_cut_the_login_ends_without_success(void **state)
{
	enum ssh_outcome last = SSH_NOT_TRIED;
	size_t cut = 1;

	/* The outcome never falls back: a later cut gets at least as far. */
	while (last != SSH_LOGGED_IN) {
		struct fake_ssh script = {.cut_after = cut};
		enum ssh_outcome outcome = visit_plain(*state, script).outcome;

		assert_true(is_broken_off(outcome) || outcome == SSH_LOGGED_IN);
		assert_true(outcome >= last);
		last = outcome;
		cut += 13;
	}
	assert_in_range(cut, 600, 3000);
}

static void a_farewell_is_shown_printable(void **state)
{
	struct fake_ssh script = {.at = FAKE_NONE, .deed = FAKE_DISCONNECT};

	assert_string_equal(visit_plain(*state, script).detail, "go away \\x1b[31m");
}

/* ---- the task */

static void never(const struct ssh_facts *facts, void *cookie)
{
	(void)facts;
	(*(int *)cookie)++;
}

static void a_cancelled_login_reports_nothing(void **state)
{
	uint16_t port = 0;
	int listener = fake_listen(1, &port);
	struct ssh_spec spec = spec_of(*state, port);
	struct ssh_login *login = NULL;
	struct loop *loop = NULL;
	struct err err = {0};
	int calls = 0;

	assert_int_equal(loop_open(&loop, &err), 0);
	login = ssh_login_start(loop, &spec, never, &calls);
	ssh_login_cancel(login);
	(void)ssh_login_start(loop, &spec, never, &calls);
	loop_free(loop);
	assert_int_equal(calls, 0);
	(void)close(listener);
}

/** A candidate, and what is done with it when it is verified. */
struct candidate {
	struct ssh_facts facts;
	struct ssh_login *login;
	bool is_wanted;
	int heard;
	int verified;
};

static void on_progress(enum ssh_progress progress, void *cookie)
{
	struct candidate *candidate = cookie;

	candidate->heard += progress == SSH_HEARD;
	if (progress == SSH_VERIFIED) {
		assert_int_equal(candidate->heard, 1);
		assert_true(ssh_login_facts(candidate->login)->verified_ms >= 0);
		candidate->verified++;
		if (candidate->is_wanted) {
			ssh_login_authenticate(candidate->login);
		}
	}
}

/** Let a candidate meet a server. @return what the server saw */
static int meet(const struct fixture *fixture, struct candidate *candidate, int64_t most_ms)
{
	struct fake_ssh script = {.host_key = fixture->host};
	struct fake_running running = fake_start(&script);
	struct ssh_spec spec = spec_of(fixture, running.port);
	struct loop *loop = NULL;
	struct err err = {0};

	spec.progress = on_progress;
	spec.deadline_ms = clock_monotonic_ms() + most_ms;
	assert_int_equal(loop_open(&loop, &err), 0);
	candidate->login = ssh_login_start(loop, &spec, keep_facts, candidate);
	loop_run(loop);
	loop_free(loop);
	return fake_finish(&running);
}

static void a_candidate_names_nobody_until_it_is_chosen(void **state)
{
	struct candidate chosen = {.is_wanted = true};
	struct candidate left = {.is_wanted = false};

	assert_int_equal(meet(*state, &chosen, AMPLE_MS), FAKE_SAW_SIGNATURE);
	assert_int_equal(chosen.facts.outcome, SSH_LOGGED_IN);
	assert_int_equal(chosen.verified, 1);
	assert_int_equal(meet(*state, &left, 1000), FAKE_SAW_SSH);
	assert_int_equal(left.facts.outcome, SSH_NOT_TRIED);
	assert_int_equal(left.verified, 1);
}

static void a_hostile_peer_does_not_hold_up_the_others(void **state)
{
	const struct fixture *fixture = *state;
	struct fake_ssh scripts[] = {
		{.at = FAKE_ACCEPT, .deed = FAKE_FLOOD},
		{.at = FAKE_KEXINIT, .deed = FAKE_IGNORE_FLOOD},
		{.at = FAKE_ACCEPT, .deed = FAKE_DRIBBLE},
		{.at = FAKE_KEXINIT, .deed = FAKE_STALL},
		{.ident = NULL},
	};
	static const enum ssh_outcome outcomes[] = {SSH_TARPIT, SSH_KEX_FAILED, SSH_TARPIT,
						    SSH_KEX_TIMEOUT, SSH_LOGGED_IN};
	struct fake_running running[5];
	struct ssh_facts facts[5];
	struct loop *loop = NULL;
	struct err err = {0};

	assert_int_equal(loop_open(&loop, &err), 0);
	for (size_t i = 0; i < 5; i++) {
		struct ssh_spec spec = spec_of(fixture, 0);

		scripts[i].host_key = fixture->host;
		running[i] = fake_start(&scripts[i]);
		spec.port = running[i].port;
		spec.banner_ms = i == 2 ? 1000 : AMPLE_MS;
		spec.kex_ms = i == 3 ? 1000 : AMPLE_MS;
		(void)ssh_login_start(loop, &spec, keep_facts, &facts[i]);
	}
	loop_run(loop);
	loop_free(loop);
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(facts[i].outcome, outcomes[i]);
		assert_int_not_equal(fake_finish(&running[i]), -1);
	}
	assert_true(facts[4].elapsed_ms < facts[2].elapsed_ms);
}

static void the_library_names_itself(void **state)
{
	(void)state;
	assert_memory_equal(ssh_library_version(), "libssh2 1.", 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_closed_port_is_refused),
		cmocka_unit_test(no_route_is_told_apart),
		cmocka_unit_test(lost_packets_run_into_the_connect_deadline),
		cmocka_unit_test(an_unpinned_host_gets_no_packet),
		cmocka_unit_test(a_deadline_in_the_past_tries_nothing),
		cmocka_unit_test(a_port_that_says_nothing_is_silent),
		cmocka_unit_test(the_deadline_of_the_login_ends_a_phase_early),
		cmocka_unit_test(a_port_that_closes_at_once_is_told_apart),
		cmocka_unit_test(a_server_that_takes_no_more_is_throttled),
		cmocka_unit_test(other_protocols_are_not_ssh),
		cmocka_unit_test(an_identification_that_is_too_long_is_not_ssh),
		cmocka_unit_test(a_flood_of_lines_is_a_tarpit_at_once),
		cmocka_unit_test(a_dribble_is_a_tarpit_at_the_deadline),
		cmocka_unit_test(lines_before_the_identification_are_legal),
		cmocka_unit_test(a_server_of_ssh_1_is_unsupported),
		cmocka_unit_test(silence_in_the_key_exchange_runs_into_its_deadline),
		cmocka_unit_test(a_broken_key_exchange_has_failed),
		cmocka_unit_test(a_bad_signature_of_the_host_has_failed),
		cmocka_unit_test(a_host_without_a_key_of_the_pinned_type_is_unsupported),
		cmocka_unit_test(only_pinned_types_are_asked_for),
		cmocka_unit_test(a_changed_host_key_learns_nothing_about_the_user),
		cmocka_unit_test(a_revoked_host_key_learns_nothing_about_the_user),
		cmocka_unit_test(a_host_is_asked_for_its_key_and_told_no_name),
		cmocka_unit_test(who_asks_for_a_key_of_a_pinned_type_gets_no_other),
		cmocka_unit_test(a_key_without_its_proof_is_not_shown),
		cmocka_unit_test(the_key_logs_in_and_all_facts_are_there),
		cmocka_unit_test(a_server_that_asks_for_nothing_is_said_so),
		cmocka_unit_test(a_refused_key_is_denied),
		cmocka_unit_test(without_publickey_only_humans_get_in),
		cmocka_unit_test(a_second_factor_besides_the_key_needs_a_human),
		cmocka_unit_test(a_stalled_authentication_runs_into_its_deadline),
		cmocka_unit_test(a_stalled_tailscale_server_waits_for_a_human),
		cmocka_unit_test(the_page_that_tailscale_sends_somebody_to_is_told_at_once),
		cmocka_unit_test(a_connection_lost_in_the_authentication_is_told),
		cmocka_unit_test(bytes_that_come_singly_make_a_login_all_the_same),
		cmocka_unit_test(wherever_the_connection_is_cut_the_login_ends_without_success),
		cmocka_unit_test(a_farewell_is_shown_printable),
		cmocka_unit_test(a_cancelled_login_reports_nothing),
		cmocka_unit_test(a_candidate_names_nobody_until_it_is_chosen),
		cmocka_unit_test(a_hostile_peer_does_not_hold_up_the_others),
		cmocka_unit_test(the_library_names_itself),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
