/*
 * Log in to a server as a run would, and say how it went, for live tests:
 * ssh_login KNOWN_HOSTS KEY NAME ADDRESS PORT USER [COUNT]
 *
 * One line of "member=value" for each fact; with COUNT that many logins at once and one line
 * "OUTCOME NUMBER" for each outcome that occurred. With SSH_AUTH_SOCK the agent signs; the key may
 * then be a public one.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/codec.h"
#include "base/file.h"
#include "net/ssh.h"

static const char *const outcomes[] = {
	[SSH_NOT_TRIED] = "not_tried",
	[SSH_UNREACHABLE_REFUSED] = "unreachable_refused",
	[SSH_UNREACHABLE_ROUTE] = "unreachable_route",
	[SSH_UNREACHABLE_TIMEOUT] = "unreachable_timeout",
	[SSH_FORWARD_PROHIBITED] = "forward_prohibited",
	[SSH_FORWARD_UNREACHED] = "forward_unreached",
	[SSH_SILENT_PORT] = "silent_port",
	[SSH_CLOSED_BEFORE_BANNER] = "closed_before_banner",
	[SSH_THROTTLED] = "throttled",
	[SSH_NOT_SSH] = "not_ssh",
	[SSH_TARPIT] = "tarpit",
	[SSH_KEX_TIMEOUT] = "kex_timeout",
	[SSH_KEX_FAILED] = "kex_failed",
	[SSH_UNSUPPORTED_ALGORITHMS] = "unsupported_algorithms",
	[SSH_HOST_UNPINNED] = "host_unpinned",
	[SSH_HOST_KEY_CHANGED] = "host_key_changed",
	[SSH_HOST_KEY_REVOKED] = "host_key_revoked",
	[SSH_AUTH_INTERACTIVE_ONLY] = "auth_interactive_only",
	[SSH_NEEDS_HUMAN_CHECK] = "needs_human_check",
	[SSH_POLICY_REJECTED] = "policy_rejected",
	[SSH_AUTH_TIMEOUT] = "auth_timeout",
	[SSH_AUTH_DENIED] = "auth_denied",
	[SSH_AUTH_DENIED_RSA] = "auth_denied_rsa",
	[SSH_AGENT_ABSENT] = "agent_absent",
	[SSH_AGENT_SILENT] = "agent_silent",
	[SSH_AGENT_BROKEN] = "agent_broken",
	[SSH_AGENT_REFUSED] = "agent_refused",
	[SSH_CONNECTION_LOST] = "connection_lost",
	[SSH_LOGGED_IN] = "logged_in",
	[SSH_LOGGED_IN_NONE] = "logged_in_none",
	[SSH_INTERNAL] = "internal",
};

#define OUTCOMES (sizeof(outcomes) / sizeof(outcomes[0]))
#define LOGINS_MAX 1000
#define KNOWN_HOSTS_BYTES ((size_t)1024 * 1024)

/** What all logins of one call share. */
struct setting {
	struct arena arena;
	struct known_hosts hosts;
	struct login_key *key;
	const char *agent; /**< signs where the key cannot */
	int counts[OUTCOMES];
	struct ssh_facts last;
};

_Noreturn static void die(const char *text)
{
	(void)fprintf(stderr, "ssh_login: %s\n", text);
	exit(70);
}

static void count_outcome(const struct ssh_facts *facts, void *cookie)
{
	struct setting *setting = cookie;

	setting->counts[facts->outcome]++;
	setting->last = *facts;
}

static void print_facts(const struct ssh_facts *facts)
{
	(void)printf("outcome=%s\nident=%s\nmethods=%s\nbanner=%s\n", outcomes[facts->outcome],
		     facts->ident, facts->methods, facts->banner);
	(void)printf("host_key_type=%s\nhost_key_fingerprint=%s\ndetail=%s\npin=%d\n",
		     facts->host_key_type, facts->host_key_fingerprint, facts->detail,
		     facts->pin ? facts->pin->where.line : 0);
	(void)printf("connect_ms=%" PRId64 "\nverified_ms=%" PRId64 "\nelapsed_ms=%" PRId64
		     "\nlibrary=%s\n",
		     facts->connect_ms, facts->verified_ms, facts->elapsed_ms,
		     ssh_library_version());
}

static void load(struct setting *setting, const char *known_hosts, const char *key)
{
	AUTO(auto_str) struct str bytes = {0};
	AUTO(auto_problems) struct problems problems = {0};
	struct err err = {0};

	if (file_read(known_hosts, KNOWN_HOSTS_BYTES, &bytes, &err)) {
		die(err.text);
	}
	known_hosts_parse(&setting->arena, known_hosts, str_view(&bytes), &problems,
			  &setting->hosts);
	if (problems.list.len > 0) {
		die(problems.list.at[0].message);
	}
	if (login_key_load(key, &setting->key, &err) != KEY_USABLE) {
		setting->agent = getenv("SSH_AUTH_SOCK");
	}
	if (!setting->key) {
		die(err.text);
	}
}

static int64_t number(const char *text, int64_t max)
{
	struct err err = {0};
	int64_t value = 0;

	if (parse_int(text_of(text), 1, max, &value, &err)) {
		die(err.text);
	}
	return value;
}

static void log_in(struct setting *setting, struct ssh_spec *spec, int64_t count)
{
	struct loop *loop = NULL;
	struct err err = {0};

	if (loop_open(&loop, &err)) {
		die(err.text);
	}
	spec->hosts = &setting->hosts;
	spec->key = setting->key;
	spec->agent = setting->agent;
	spec->deadline_ms = clock_monotonic_ms() + 30000;
	while (count-- > 0) {
		(void)ssh_login_start(loop, spec, count_outcome, setting);
	}
	loop_run(loop);
	loop_free(loop);
}

int main(int argc, char **argv)
{
	struct setting setting = {0};
	struct ssh_spec spec = {0};

	if (argc != 7 && argc != 8) {
		die("usage: ssh_login KNOWN_HOSTS KEY NAME ADDRESS PORT USER [COUNT]");
	}
	load(&setting, argv[1], argv[2]);
	spec.name = argv[3];
	if (!address_parse(text_of(argv[4]), &spec.address)) {
		die("not an address");
	}
	spec.port = (uint16_t)number(argv[5], UINT16_MAX);
	spec.user = argv[6];
	log_in(&setting, &spec, argc == 8 ? number(argv[7], LOGINS_MAX) : 1);
	if (argc == 7) {
		print_facts(&setting.last);
	}
	for (size_t i = 0; i < OUTCOMES && argc == 8; i++) {
		if (setting.counts[i] > 0) {
			(void)printf("%s %d\n", outcomes[i], setting.counts[i]);
		}
	}
	login_key_free(setting.key);
	arena_release(&setting.arena);
	return 0;
}
