#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <dirent.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "crypto/key.h"
#include "crypto/login_key.h"
#include "fake_agent.h"
#include "net/agent_key.h"
#include "signing.h"
#include "tool.h"

#define MESSAGE text_of("DSSEv1 1 x 2 {}")

/** The folder of this test; made by setup, emptied by teardown. */
static char folder[] = "/tmp/test_agent_key.XXXXXX";

/** The key, both halves in memory; its public one is the file "own.pub". */
static struct key *own;
static struct login_key *own_login;

static const char *path_of(const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void write_public(const char *name, const struct key *key)
{
	AUTO(auto_str) struct str line = {0};
	AUTO(auto_fclose) FILE *file = fopen(path_of(name), "we");
	struct public_key public = {0};

	key_public(key, &public);
	public_key_write_ssh(&public, "", &line);
	assert_non_null(file);
	assert_true(fputs(str_text(&line), file) >= 0);
}

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(folder)) {
		return -1;
	}
	own = key_generate();
	own_login = login_key_from_key(own);
	write_public("own.pub", own);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	login_key_free(own_login);
	key_free(own);
	return TOOL_RUN(NULL, "rm", "-rf", folder);
}

/** Open the key with an agent that does this. 0 or -1 */
static int open_with(enum fake_agent_deed deed, struct fake_agent *agent, struct agent_key **key,
		     struct err *err)
{
	*agent = fake_agent_start(deed, own_login);
	return agent_key_open(path_of("own.pub"), agent->path, key, err);
}

static void what_an_agent_signs_verifies(void **state)
{
	AUTO(auto_agent_key) struct agent_key *key = NULL;
	struct fake_agent agent = {0};
	struct signing_key signing = {0};
	unsigned char signature[ED25519_SIGNATURE_BYTES] = {0};
	unsigned char in_memory[ED25519_SIGNATURE_BYTES] = {0};
	struct err err = {0};

	(void)state;
	assert_int_equal(open_with(AGENT_DOES_WELL, &agent, &key, &err), 0);
	signing = agent_key_signing(key);
	assert_int_equal(signing_key_sign(&signing, MESSAGE, signature, &err), 0);
	assert_true(public_key_verifies(&signing.public, MESSAGE, signature));
	/* Ed25519 is deterministic: whoever signs, it is the same signature. */
	assert_int_equal(signing_key_sign(SIGNING(own), MESSAGE, in_memory, &err), 0);
	assert_memory_equal(signature, in_memory, sizeof(signature));
	fake_agent_stop(&agent);
}

static void an_agent_that_does_not_sign_is_told_from_others_before_anything_is_signed(void **state)
{
	static const struct {
		enum fake_agent_deed deed;
		const char *says;
	} rows[] = {
		{AGENT_HAS_OTHERS, "does not have it"},
		{AGENT_REFUSES_AT_SIGN, "or be bound to other hosts"},
		{AGENT_ASKS_AT_SIGN, "(ssh-add -c): use one that asks nobody"},
		{AGENT_IS_BOUND_AT_SIGN, "the key is bound to hosts (ssh-add -h)"},
		{AGENT_CLOSES_AT_SIGN, "closed the connection"},
		{AGENT_LIES_AT_SIGN, "not one of the key"},
		{AGENT_IS_GARBLED, "does SSH_AUTH_SOCK name an SSH agent?"},
		{AGENT_IS_HUGE, "does SSH_AUTH_SOCK name an SSH agent?"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(auto_agent_key) struct agent_key *key = NULL;
		struct fake_agent agent = {0};
		struct err err = {0};

		assert_int_equal(open_with(rows[i].deed, &agent, &key, &err), -1);
		assert_null(key);
		if (!strstr(err.text, rows[i].says)) {
			fail_msg("expected '%s' in '%s'", rows[i].says, err.text);
		}
		fake_agent_stop(&agent);
	}
}

static void without_an_agent_the_sentence_says_so(void **state)
{
	static const char *const sockets[] = {NULL, "", "/nowhere/socket"};

	(void)state;
	for (size_t i = 0; i < sizeof(sockets) / sizeof(sockets[0]); i++) {
		AUTO(auto_agent_key) struct agent_key *key = NULL;
		struct err err = {0};

		assert_int_equal(agent_key_open(path_of("own.pub"), sockets[i], &key, &err), -1);
		assert_non_null(strstr(err.text, "ssh-add"));
	}
}

static void an_agent_that_hangs_costs_its_deadline(void **state)
{
	AUTO(auto_agent_key) struct agent_key *key = NULL;
	struct fake_agent agent = {0};
	struct err err = {0};
	int64_t started_ms = clock_monotonic_ms();
	int64_t took_ms = 0;

	(void)state;
	assert_int_equal(open_with(AGENT_STALLS_AT_SIGN, &agent, &key, &err), -1);
	took_ms = clock_monotonic_ms() - started_ms;
	assert_non_null(strstr(err.text, "no answer in time"));
	assert_non_null(strstr(err.text, "asks nobody"));
	assert_true(took_ms >= 5000 && took_ms < 60000);
	fake_agent_stop(&agent);
}

static void an_agent_that_dies_after_it_was_tried_gives_no_signature(void **state)
{
	AUTO(auto_agent_key) struct agent_key *key = NULL;
	struct fake_agent agent = {0};
	struct signing_key signing = {0};
	unsigned char signature[ED25519_SIGNATURE_BYTES] = {7};
	struct err err = {0};

	(void)state;
	assert_int_equal(open_with(AGENT_DOES_WELL, &agent, &key, &err), 0);
	fake_agent_stop(&agent);
	signing = agent_key_signing(key);
	assert_int_equal(signing_key_sign(&signing, MESSAGE, signature, &err), -1);
	assert_non_null(strstr(err.text, agent.path));
	assert_int_equal(signature[0], 7);
}

/** A holder that signs something else, and says that all is well. */
static int lie(const void *holder, struct text message,
	       unsigned char signature[ED25519_SIGNATURE_BYTES], struct err *err)
{
	(void)message;
	(void)err;
	key_sign(holder, text_of("something else"), signature);
	return 0;
}

static void what_does_not_verify_is_not_handed_out(void **state)
{
	struct signing_key signing = {.sign = lie, .holder = own};
	unsigned char signature[ED25519_SIGNATURE_BYTES] = {7};
	struct err err = {0};

	(void)state;
	key_public(own, &signing.public);
	assert_int_equal(signing_key_sign(&signing, MESSAGE, signature, &err), -1);
	assert_int_equal(signature[0], 7);
	assert_int_equal(signing_key_sign(&signing, text_of("something else"), signature, &err), 0);
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

static void nothing_stays_open_between_signatures(void **state)
{
	AUTO(auto_agent_key) struct agent_key *key = NULL;
	struct fake_agent agent = {0};
	struct signing_key signing = {0};
	unsigned char signature[ED25519_SIGNATURE_BYTES];
	struct err err = {0};
	size_t before = 0;

	(void)state;
	assert_int_equal(open_with(AGENT_DOES_WELL, &agent, &key, &err), 0);
	before = count_open_fds();
	signing = agent_key_signing(key);
	for (size_t i = 0; i < 20; i++) {
		assert_int_equal(signing_key_sign(&signing, MESSAGE, signature, &err), 0);
	}
	assert_int_equal(count_open_fds(), before);
	fake_agent_stop(&agent);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_an_agent_signs_verifies),
		cmocka_unit_test(
			an_agent_that_does_not_sign_is_told_from_others_before_anything_is_signed),
		cmocka_unit_test(without_an_agent_the_sentence_says_so),
		cmocka_unit_test(an_agent_that_hangs_costs_its_deadline),
		cmocka_unit_test(an_agent_that_dies_after_it_was_tried_gives_no_signature),
		cmocka_unit_test(what_does_not_verify_is_not_handed_out),
		cmocka_unit_test(nothing_stays_open_between_signatures),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
