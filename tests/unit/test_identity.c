#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <dirent.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "fake_agent.h"
#include "net/identity.h"
#include "tool.h"

/** The folder of this test; made by setup, emptied by teardown. */
static char folder[] = "/tmp/test_identity.XXXXXX";

/** Keys that tests share: files NAME and NAME.pub, and both halves in memory. */
static struct login_key *ed25519;
static struct login_key *ecdsa;
static struct login_key *rsa;

static const char *path_of(const char *name)
{
	static char paths[8][128];
	static int next;
	char *path = paths[next++ % 8];

	(void)snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

static void make_key(const char *name, const char *type, const char *bits, struct login_key **key)
{
	struct err err = {0};

	assert_int_equal(TOOL_RUN(NULL, "ssh-keygen", "-q", "-t", type, "-b", bits, "-N", "", "-f",
				  path_of(name)),
			 0);
	assert_int_equal(login_key_load(path_of(name), key, &err), KEY_USABLE);
}

static int set_up(void **state)
{
	struct loop *loop = NULL;
	struct err err = {0};

	(void)state;
	if (!mkdtemp(folder) || loop_open(&loop, &err)) {
		return -1;
	}
	loop_free(loop); /* the first one opens descriptors that libuv keeps */
	if (!tool_exists("ssh-keygen")) {
		return 0;
	}

	make_key("ecdsa", "ecdsa", "256", &ecdsa);
	make_key("rsa", "rsa", "2048", &rsa);
	make_key("locked", "ed25519", "256", &ed25519);
	return TOOL_RUN(NULL, "ssh-keygen", "-q", "-p", "-P", "", "-N", "secret", "-f",
			path_of("locked"));
}

static int tear_down(void **state)
{
	(void)state;
	login_key_free(ed25519);
	login_key_free(ecdsa);
	login_key_free(rsa);
	return TOOL_RUN(NULL, "rm", "-rf", folder);
}

static void count_end(void *cookie)
{
	++*(int *)cookie;
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

/** What an identity comes to; `is_asked`: it takes the loop. */
static struct identity_facts decide(const char *path, const char *agent, bool is_asked)
{
	struct identity *identity = NULL;
	struct identity_facts facts = {0};
	size_t before = count_open_fds();
	struct loop *loop = NULL;
	struct err err = {0};
	int ends = 0;

	assert_int_equal(loop_open(&loop, &err), 0);
	identity = identity_open(loop, path, agent, count_end, &ends);
	assert_int_equal(identity_facts(identity)->state == IDENTITY_UNDECIDED, is_asked);
	assert_int_equal(ends, 0);
	loop_run(loop);
	assert_int_equal(ends, is_asked ? 1 : 0);
	facts = *identity_facts(identity);
	assert_int_equal(facts.why.text[0] != '\0', facts.state != IDENTITY_USABLE);
	assert_int_equal(facts.key != NULL, facts.state == IDENTITY_USABLE);
	if (facts.state == IDENTITY_USABLE) {
		assert_int_equal(facts.agent != NULL, is_asked);
	}
	facts.hint = NULL; /* these end with it */
	facts.key = NULL;
	identity_free(identity);
	loop_free(loop);
	assert_int_equal(count_open_fds(), before);
	return facts;
}

/** What a key file comes to with an agent that has `key` and does this. */
static void expect(const char *name, const struct login_key *key, enum fake_agent_deed deed,
		   enum identity_state state)
{
	struct fake_agent agent = fake_agent_start(deed, key);
	struct identity_facts facts = decide(path_of(name), agent.path, true);

	assert_int_equal(facts.state, state);
	if (state != IDENTITY_USABLE) {
		assert_non_null(strstr(facts.why.text, agent.path));
	}
	fake_agent_stop(&agent);
}

static void skip_without_keys(void)
{
	if (!rsa) {
		skip();
	}
}

/* ---- what needs no agent */

static void a_private_key_signs_itself_and_no_agent_is_asked(void **state)
{
	(void)state;
	skip_without_keys();
	assert_int_equal(decide(path_of("ecdsa"), NULL, false).state, IDENTITY_USABLE);
	assert_int_equal(decide(path_of("rsa"), "/nonexistent/agent", false).state,
			 IDENTITY_USABLE);
}

static void what_is_wrong_with_the_file_is_said_without_an_agent(void **state)
{
	struct err err = {0};

	(void)state;
	skip_without_keys();
	assert_int_equal(decide(path_of("absent"), NULL, false).state, IDENTITY_ABSENT);
	assert_int_equal(decide(folder, NULL, false).state, IDENTITY_UNREADABLE);
	assert_int_equal(file_replace(path_of("touch.pub"), text_of("sk-ssh-ed25519@openssh.com A"),
				      0600, FILE_SYNC_NO, &err),
			 0);
	assert_int_equal(decide(path_of("touch.pub"), "/nonexistent/agent", false).state,
			 IDENTITY_UNSUPPORTED);
	assert_int_equal(TOOL_RUN(NULL, "cp", path_of("ecdsa"), path_of("open")), 0);
	assert_int_equal(chmod(path_of("open"), 0644), 0);
	assert_int_equal(decide(path_of("open"), NULL, false).state, IDENTITY_EXPOSED);
}

static void without_an_agent_a_public_key_is_not_enough(void **state)
{
	(void)state;
	skip_without_keys();
	assert_int_equal(decide(path_of("rsa.pub"), NULL, false).state, IDENTITY_AGENT_ABSENT);
	assert_int_equal(decide(path_of("rsa.pub"), "", false).state, IDENTITY_AGENT_ABSENT);
	assert_int_equal(decide(path_of("rsa.pub"), "/nonexistent/agent", true).state,
			 IDENTITY_AGENT_ABSENT);
}

static void without_an_agent_a_locked_key_is_locked(void **state)
{
	struct identity_facts facts;

	(void)state;
	skip_without_keys();
	facts = decide(path_of("locked"), NULL, false);
	assert_int_equal(facts.state, IDENTITY_LOCKED);
	assert_non_null(strstr(facts.why.text, "passphrase"));
	assert_non_null(strstr(facts.why.text, "SSH_AUTH_SOCK"));
	facts = decide(path_of("locked"), "/nonexistent/agent", true);
	assert_int_equal(facts.state, IDENTITY_LOCKED);
	assert_non_null(strstr(facts.why.text, "/nonexistent/agent"));
}

/* ---- agents */

static void an_agent_that_has_the_key_signs(void **state)
{
	(void)state;
	skip_without_keys();
	expect("locked", ed25519, AGENT_DOES_WELL, IDENTITY_USABLE);
	expect("locked.pub", ed25519, AGENT_DOES_WELL, IDENTITY_USABLE);
	expect("ecdsa.pub", ecdsa, AGENT_DOES_WELL, IDENTITY_USABLE);
	expect("rsa.pub", rsa, AGENT_DOES_WELL, IDENTITY_USABLE);
}

static void an_agent_with_other_keys_is_no_help(void **state)
{
	(void)state;
	skip_without_keys();
	expect("ecdsa.pub", rsa, AGENT_DOES_WELL, IDENTITY_AGENT_LACKS_KEY);
	expect("rsa.pub", rsa, AGENT_HAS_OTHERS, IDENTITY_AGENT_LACKS_KEY);
	expect("locked", rsa, AGENT_DOES_WELL, IDENTITY_LOCKED);
}

static void what_is_no_agent_is_broken(void **state)
{
	(void)state;
	skip_without_keys();
	expect("rsa.pub", rsa, AGENT_CLOSES, IDENTITY_AGENT_BROKEN);
	expect("rsa.pub", rsa, AGENT_IS_HUGE, IDENTITY_AGENT_BROKEN);
	expect("rsa.pub", rsa, AGENT_IS_GARBLED, IDENTITY_AGENT_BROKEN);
	expect("rsa.pub", rsa, AGENT_FLOODS, IDENTITY_AGENT_BROKEN);
	expect("rsa.pub", rsa, AGENT_HAS_TOO_MANY, IDENTITY_AGENT_BROKEN);
	expect("locked", ed25519, AGENT_IS_CUT, IDENTITY_AGENT_BROKEN);
}

static void an_agent_that_does_not_sign_as_it_should_is_found_out_before_any_packet(void **state)
{
	(void)state;
	skip_without_keys();
	expect("rsa.pub", rsa, AGENT_REFUSES_AT_SIGN, IDENTITY_AGENT_REFUSED);
	expect("rsa.pub", rsa, AGENT_CLOSES_AT_SIGN, IDENTITY_AGENT_BROKEN);
	expect("rsa.pub", rsa, AGENT_LIES_AT_SIGN, IDENTITY_AGENT_BROKEN);
	expect("ecdsa.pub", ecdsa, AGENT_LIES_AT_SIGN, IDENTITY_AGENT_BROKEN);
	expect("locked", ed25519, AGENT_LIES_AT_SIGN, IDENTITY_AGENT_BROKEN);
	expect("rsa.pub", rsa, AGENT_IS_OLD_AT_SIGN, IDENTITY_AGENT_BROKEN);
}

/** Both at once, so that the test takes the longer of the two times. */
static void a_silent_agent_costs_its_deadline_and_may_be_waiting_for_somebody(void **state)
{
	struct fake_agent agents[2];
	struct identity *identities[2];
	struct loop *loop = NULL;
	struct err err = {0};
	int64_t begin_ms = clock_monotonic_ms();
	int ends = 0;

	(void)state;
	skip_without_keys();
	agents[0] = fake_agent_start(AGENT_STAYS_SILENT, rsa);
	agents[1] = fake_agent_start(AGENT_STALLS_AT_SIGN, rsa);
	assert_int_equal(loop_open(&loop, &err), 0);
	for (size_t i = 0; i < 2; i++) {
		identities[i] =
			identity_open(loop, path_of("rsa.pub"), agents[i].path, count_end, &ends);
	}
	loop_run(loop);
	assert_int_equal(ends, 2);
	assert_true(clock_monotonic_ms() - begin_ms >= AGENT_SIGN_MS);
	assert_true(clock_monotonic_ms() - begin_ms < 4 * AGENT_SIGN_MS);
	for (size_t i = 0; i < 2; i++) {
		const struct identity_facts *facts = identity_facts(identities[i]);

		assert_int_equal(facts->state, IDENTITY_AGENT_SILENT);
		assert_non_null(strstr(facts->hint, "confirmation"));
		identity_free(identities[i]);
		fake_agent_stop(&agents[i]);
	}
	loop_free(loop);
}

static void whoever_no_longer_wants_to_know_is_not_told(void **state)
{
	struct fake_agent agent;
	struct identity *identity = NULL;
	size_t before = 0;
	struct loop *loop = NULL;
	struct err err = {0};
	int ends = 0;

	(void)state;
	skip_without_keys();
	agent = fake_agent_start(AGENT_STAYS_SILENT, rsa);
	before = count_open_fds();
	assert_int_equal(loop_open(&loop, &err), 0);
	identity = identity_open(loop, path_of("rsa.pub"), agent.path, count_end, &ends);
	identity_free(identity);
	loop_run(loop);
	loop_free(loop);
	assert_int_equal(ends, 0);
	assert_int_equal(count_open_fds(), before);
	identity_free(NULL);
	fake_agent_stop(&agent);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_private_key_signs_itself_and_no_agent_is_asked),
		cmocka_unit_test(what_is_wrong_with_the_file_is_said_without_an_agent),
		cmocka_unit_test(without_an_agent_a_public_key_is_not_enough),
		cmocka_unit_test(without_an_agent_a_locked_key_is_locked),
		cmocka_unit_test(an_agent_that_has_the_key_signs),
		cmocka_unit_test(an_agent_with_other_keys_is_no_help),
		cmocka_unit_test(what_is_no_agent_is_broken),
		cmocka_unit_test(
			an_agent_that_does_not_sign_as_it_should_is_found_out_before_any_packet),
		cmocka_unit_test(a_silent_agent_costs_its_deadline_and_may_be_waiting_for_somebody),
		cmocka_unit_test(whoever_no_longer_wants_to_know_is_not_told),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
