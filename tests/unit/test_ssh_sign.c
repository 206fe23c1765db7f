#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "fake_agent.h"
#include "fake_ssh.h"
#include "net/ssh.h"
#include "tool.h"

/** Long enough for what should happen, however busy the machine is. */
#define AMPLE_MS 20000

/** Short enough for what should not happen. */
#define SHORT_MS 150

/** How long an agent may be at it where the server goes away meanwhile. */
#define STALL_MS 1500

/** Several times what the login costs; a loop that is kept busy takes all it can get. */
#define CPU_MS 150

/** What all tests share. */
static struct {
	struct key *host;
	struct login_key *ed25519;
	struct login_key *ecdsa; /**< NULL without ssh-keygen */
	struct login_key *rsa;
	struct arena arena;
	struct known_hosts hosts;
} shared;

static struct login_key *make_key(const char *folder, const char *type)
{
	struct login_key *key = NULL;
	struct err err = {0};
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, type);
	if (tool_exists("ssh-keygen") &&
	    TOOL_RUN(NULL, "ssh-keygen", "-q", "-t", type, "-N", "", "-f", path) == 0) {
		(void)login_key_load(path, &key, &err);
	}
	return key;
}

static int set_up(void **state)
{
	char folder[] = "/tmp/test_ssh_sign.XXXXXX";
	AUTO(auto_str) struct str line = {0};
	struct problems problems = {0};
	struct public_key public;
	struct loop *loop = NULL;
	struct err err = {0};

	(void)state;
	if (!mkdtemp(folder) || loop_open(&loop, &err)) {
		return -1;
	}
	loop_free(loop); /* the first one opens descriptors that libuv keeps */
	shared.host = key_generate();
	shared.ed25519 = fake_user();
	shared.ecdsa = make_key(folder, "ecdsa");
	shared.rsa = make_key(folder, "rsa");
	key_public(shared.host, &public);
	str_add(&line, "box ");
	public_key_write_ssh(&public, "comment", &line);
	known_hosts_parse(&shared.arena, "known_hosts", str_view(&line), &problems, &shared.hosts);
	return TOOL_RUN(NULL, "rm", "-rf", folder);
}

static int tear_down(void **state)
{
	(void)state;
	key_free(shared.host);
	login_key_free(shared.ed25519);
	login_key_free(shared.ecdsa);
	login_key_free(shared.rsa);
	arena_release(&shared.arena);
	return 0;
}

static struct ssh_spec spec_of(const struct login_key *key, const char *agent)
{
	struct ssh_spec spec = {
		.name = "box",
		.user = "ops",
		.hosts = &shared.hosts,
		.key = key,
		.agent = agent,
		.connect_ms = AMPLE_MS,
		.banner_ms = AMPLE_MS,
		.kex_ms = AMPLE_MS,
		.auth_ms = AMPLE_MS,
		.check_ms = AMPLE_MS,
		.sign_ms = AMPLE_MS,
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

	while (readdir(dir)) {
		count++;
	}
	return count;
}

/** Log in to a scripted server. `saw` gets what it saw. */
static struct ssh_facts visit(struct fake_ssh script, struct ssh_spec *spec, int *saw)
{
	struct ssh_facts facts = {.outcome = SSH_INTERNAL};
	struct fake_running running = {0};
	size_t before = count_open_fds();
	struct loop *loop = NULL;
	struct err err = {0};

	script.host_key = shared.host;
	running = fake_start(&script);
	spec->port = running.port;
	assert_int_equal(loop_open(&loop, &err), 0);
	(void)ssh_login_start(loop, spec, keep_facts, &facts);
	loop_run(loop);
	loop_free(loop);
	*saw = fake_finish(&running);
	assert_int_equal(count_open_fds(), before);
	return facts;
}

/** Log in with an agent that does this; the server must see no good signature. */
static struct ssh_facts visit_with(enum fake_agent_deed deed, const struct login_key *key,
				   int64_t sign_ms)
{
	struct fake_agent agent = fake_agent_start(deed, key);
	struct ssh_spec spec = spec_of(key, agent.path);
	struct ssh_facts facts;
	int saw = 0;

	spec.sign_ms = sign_ms;
	facts = visit((struct fake_ssh){0}, &spec, &saw);
	assert_int_equal(saw, facts.outcome == SSH_LOGGED_IN ? FAKE_SAW_SIGNATURE : FAKE_SAW_USER);
	if (facts.outcome != SSH_LOGGED_IN) {
		assert_non_null(strstr(facts.detail, agent.path));
	}
	fake_agent_stop(&agent);
	return facts;
}

/* ---- keys that sign themselves */

static void an_ecdsa_key_logs_in(void **state)
{
	struct ssh_spec spec = spec_of(shared.ecdsa, NULL);
	int saw = 0;

	(void)state;
	if (!shared.ecdsa) {
		skip();
	}
	assert_int_equal(
		visit((struct fake_ssh){.user_algorithm = "ecdsa-sha2-nistp256"}, &spec, &saw)
			.outcome,
		SSH_LOGGED_IN);
	assert_int_equal(saw, FAKE_SAW_SIGNATURE);
}

/**
 * An OpenSSH that takes SHA-2 only, as all of today; and another server that knows no better. (An
 * old libssh2 goes by the name of the former, a newer one by what it says.)
 */
static void an_rsa_key_logs_in_by_the_algorithm_that_the_server_takes(void **state)
{
	struct ssh_spec spec = spec_of(shared.rsa, NULL);
	int saw = 0;

	(void)state;
	if (!shared.rsa) {
		skip();
	}
	assert_int_equal(visit((struct fake_ssh){.ident = "SSH-2.0-OpenSSH_9.2",
						 .user_algorithm = "rsa-sha2-256",
						 .names_user_algorithm = true},
			       &spec, &saw)
				 .outcome,
			 SSH_LOGGED_IN);
	assert_int_equal(saw, FAKE_SAW_SIGNATURE);
	assert_int_equal(visit((struct fake_ssh){.user_algorithm = "ssh-rsa"}, &spec, &saw).outcome,
			 SSH_LOGGED_IN);
	assert_int_equal(saw, FAKE_SAW_SIGNATURE);
}

static void a_denied_rsa_key_is_named_where_the_library_may_be_the_reason(void **state)
{
	struct ssh_spec spec = spec_of(shared.rsa, NULL);
	bool is_old = strncmp(ssh_library_version(), "libssh2 1.10", 12) == 0;
	struct ssh_facts facts;
	int saw = 0;

	(void)state;
	if (!shared.rsa) {
		skip();
	}
	facts = visit((struct fake_ssh){.refuses_key = true}, &spec, &saw);
	assert_int_equal(facts.outcome, is_old ? SSH_AUTH_DENIED_RSA : SSH_AUTH_DENIED);
	assert_true(!is_old || strstr(facts.detail, "libssh2 < 1.11") != NULL);
	spec = spec_of(shared.ed25519, NULL);
	facts = visit((struct fake_ssh){.refuses_key = true}, &spec, &saw);
	assert_int_equal(facts.outcome, SSH_AUTH_DENIED);
}

/* ---- agents */

static void an_agent_signs(void **state)
{
	(void)state;
	assert_int_equal(visit_with(AGENT_DOES_WELL, shared.ed25519, AMPLE_MS).outcome,
			 SSH_LOGGED_IN);
	if (shared.ecdsa) {
		assert_int_equal(visit_with(AGENT_DOES_WELL, shared.ecdsa, AMPLE_MS).outcome,
				 SSH_LOGGED_IN);
	}
}

static void an_agent_signs_with_an_rsa_key_for_openssh(void **state)
{
	struct fake_agent agent;
	struct ssh_spec spec;
	int saw = 0;

	(void)state;
	if (!shared.rsa) {
		skip();
	}
	agent = fake_agent_start(AGENT_DOES_WELL, shared.rsa);
	spec = spec_of(shared.rsa, agent.path);
	assert_int_equal(visit((struct fake_ssh){.ident = "SSH-2.0-OpenSSH_9.2",
						 .user_algorithm = "rsa-sha2-256",
						 .names_user_algorithm = true},
			       &spec, &saw)
				 .outcome,
			 SSH_LOGGED_IN);
	assert_int_equal(saw, FAKE_SAW_SIGNATURE);
	fake_agent_stop(&agent);
}

static void a_signature_that_is_none_is_never_sent(void **state)
{
	const struct login_key *key = shared.ed25519;

	(void)state;
	assert_int_equal(visit_with(AGENT_LIES_AT_SIGN, key, AMPLE_MS).outcome, SSH_AGENT_BROKEN);
	assert_int_equal(visit_with(AGENT_CLOSES_AT_SIGN, key, AMPLE_MS).outcome, SSH_AGENT_BROKEN);
	assert_int_equal(visit_with(AGENT_IS_HUGE, key, AMPLE_MS).outcome, SSH_AGENT_BROKEN);
	assert_int_equal(visit_with(AGENT_IS_GARBLED, key, AMPLE_MS).outcome, SSH_AGENT_BROKEN);
	assert_int_equal(visit_with(AGENT_FLOODS, key, AMPLE_MS).outcome, SSH_AGENT_BROKEN);
	assert_int_equal(visit_with(AGENT_REFUSES_AT_SIGN, key, AMPLE_MS).outcome,
			 SSH_AGENT_REFUSED);
	assert_int_equal(visit_with(AGENT_STALLS_AT_SIGN, key, SHORT_MS).outcome, SSH_AGENT_SILENT);
}

static void an_agent_that_has_gone_is_named(void **state)
{
	struct ssh_spec spec = spec_of(shared.ed25519, "/nonexistent/agent");
	int saw = 0;

	(void)state;
	assert_int_equal(visit((struct fake_ssh){0}, &spec, &saw).outcome, SSH_AGENT_ABSENT);
	assert_int_equal(saw, FAKE_SAW_USER);
}

static void an_agent_that_outlasts_the_login_is_what_was_slow(void **state)
{
	struct fake_agent agent = fake_agent_start(AGENT_STALLS_AT_SIGN, shared.ed25519);
	struct ssh_spec spec = spec_of(shared.ed25519, agent.path);
	int saw = 0;

	(void)state;
	spec.auth_ms = 2000; /* for what comes before, on a busy machine */
	assert_int_equal(visit((struct fake_ssh){0}, &spec, &saw).outcome, SSH_AGENT_SILENT);
	fake_agent_stop(&agent);
}

/** A task that ends the server after some time. */
struct assassin {
	struct task task;
	pid_t victim;
	int64_t at_ms;
};

static enum step assassin_step(struct task *task, struct wait *wait)
{
	struct assassin *assassin = (struct assassin *)task;

	if (loop_now_ms(task->loop) >= assassin->at_ms) {
		(void)kill(assassin->victim, SIGKILL);
		return STEP_DONE;
	}
	wait_until(wait, assassin->at_ms);
	return STEP_WAIT;
}

static void assassin_release(struct task *task)
{
	(void)task;
}

static const struct task_ops assassin_ops = {"assassin", assassin_step, assassin_release};

static int64_t cpu_ms(void)
{
	struct timespec used;

	assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used), 0);
	return used.tv_sec * 1000 + used.tv_nsec / 1000000;
}

/** Its socket is readable for ever then, and nobody reads it. */
static void a_server_that_goes_away_while_the_agent_thinks_costs_nothing(void **state)
{
	struct fake_agent agent = fake_agent_start(AGENT_STALLS_AT_SIGN, shared.ed25519);
	struct fake_ssh script = {.host_key = shared.host};
	struct fake_running running = fake_start(&script);
	struct ssh_spec spec = spec_of(shared.ed25519, agent.path);
	struct ssh_facts facts = {.outcome = SSH_INTERNAL};
	struct assassin assassin = {.task = {.ops = &assassin_ops}, .victim = running.pid};
	struct loop *loop = NULL;
	struct err err = {0};
	int64_t before_ms = 0;

	(void)state;
	spec.port = running.port;
	spec.sign_ms = STALL_MS;
	assassin.at_ms = clock_monotonic_ms() + STALL_MS / 5;
	assert_int_equal(loop_open(&loop, &err), 0);
	before_ms = cpu_ms();
	(void)ssh_login_start(loop, &spec, keep_facts, &facts);
	task_start(loop, &assassin.task);
	loop_run(loop);
	loop_free(loop);
	(void)fake_finish(&running);
	fake_agent_stop(&agent);
	/* On a machine that is too busy the server ends before it has been asked. */
	assert_true(facts.outcome == SSH_AGENT_SILENT || facts.verified_ms < 0 ||
		    facts.outcome == SSH_CONNECTION_LOST);
	assert_true(cpu_ms() - before_ms < CPU_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_ecdsa_key_logs_in),
		cmocka_unit_test(an_rsa_key_logs_in_by_the_algorithm_that_the_server_takes),
		cmocka_unit_test(a_denied_rsa_key_is_named_where_the_library_may_be_the_reason),
		cmocka_unit_test(an_agent_signs),
		cmocka_unit_test(an_agent_signs_with_an_rsa_key_for_openssh),
		cmocka_unit_test(a_signature_that_is_none_is_never_sent),
		cmocka_unit_test(an_agent_that_has_gone_is_named),
		cmocka_unit_test(an_agent_that_outlasts_the_login_is_what_was_slow),
		cmocka_unit_test(a_server_that_goes_away_while_the_agent_thinks_costs_nothing),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
