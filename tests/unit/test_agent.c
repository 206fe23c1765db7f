#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "fake_agent.h"
#include "net/agent.h"

/** Long enough for what should happen, however busy the machine is. */
#define AMPLE_MS 20000

/** Short enough for what should not happen. */
#define SHORT_MS 150

/* ---- the answers, read */

/** Does reading these bytes as a list of keys come to this? */
static void expect_list(const char *bytes, size_t len, enum agent_trouble trouble, bool is_there,
			size_t count)
{
	AUTO(auto_free) char *copy = malloc(len + 1); /* so that reading too far is seen */
	struct err err = {0};
	bool there = false;
	size_t keys = 99;

	memcpy(copy, bytes, len);
	copy = realloc(copy, len ? len : 1);
	assert_int_equal(
		agent_find_key((struct text){copy, len}, text_of("ab"), &there, &keys, &err),
		trouble);
	assert_int_equal(err.text[0] != '\0', trouble != AGENT_FINE);
	assert_int_equal(there, is_there);
	assert_int_equal(keys, trouble == AGENT_FINE ? count : 99);
}

static void a_list_of_keys_is_read_to_its_end(void **state)
{
	static const char two[] = "\x0c\0\0\0\2\0\0\0\2xy\0\0\0\0\0\0\0\2ab\0\0\0\1c";

	(void)state;
	expect_list("\x0c\0\0\0\0", 5, AGENT_FINE, false, 0);
	expect_list(two, sizeof(two) - 1, AGENT_FINE, true, 2);
	/* Every shorter one is broken. */
	for (size_t len = 0; len < sizeof(two) - 1; len++) {
		expect_list(two, len, AGENT_BROKEN, false, 0);
	}
	/* So is a longer one. */
	expect_list(two, sizeof(two), AGENT_BROKEN, false, 0);
}

static void a_key_is_ours_only_if_all_of_it_is(void **state)
{
	(void)state;
	expect_list("\x0c\0\0\0\1\0\0\0\2aB\0\0\0\0", 15, AGENT_FINE, false, 1);
	expect_list("\x0c\0\0\0\1\0\0\0\3abc\0\0\0\0", 16, AGENT_FINE, false, 1);
	expect_list("\x0c\0\0\0\1\0\0\0\1a\0\0\0\0", 14, AGENT_FINE, false, 1);
	/* A comment is no key. */
	expect_list("\x0c\0\0\0\1\0\0\0\1a\0\0\0\2ab", 16, AGENT_FINE, false, 1);
}

static void what_is_no_list_is_told_apart(void **state)
{
	(void)state;
	expect_list("\5", 1, AGENT_REFUSED, false, 0);
	expect_list("\6", 1, AGENT_BROKEN, false, 0);
	expect_list("\x0e\0\0\0\0", 5, AGENT_BROKEN, false, 0);
	expect_list("\x0c\0\0\0\x41", 5, AGENT_BROKEN, false, 0);
	expect_list("\x0c\xff\xff\xff\xff", 5, AGENT_BROKEN, false, 0);
}

/** Does reading these bytes as a signature by `algorithm` come to this? NULL: no signature. */
static void expect_signature(const char *bytes, size_t len, const char *algorithm,
			     enum agent_trouble trouble, const char *signature)
{
	struct err err = {0};
	struct text read = {0};

	assert_int_equal(
		agent_read_signature((struct text){bytes, len}, text_of(algorithm), &read, &err),
		trouble);
	assert_int_equal(err.text[0] != '\0', trouble != AGENT_FINE);
	assert_true(signature ? text_is(read, signature) : read.at == NULL);
}

static void a_signature_is_read_if_it_is_by_the_algorithm_asked_for(void **state)
{
	static const char signature[] = "\x0e\0\0\0\x0e\0\0\0\4algo\0\0\0\2SS";
	size_t len = sizeof(signature) - 1;

	(void)state;
	expect_signature(signature, len, "algo", AGENT_FINE, "SS");
	expect_signature(signature, len, "algo-cert-v01@openssh.com", AGENT_FINE, "SS");
	expect_signature(signature, len, "algo2", AGENT_BROKEN, NULL);
	expect_signature(signature, len, "alg", AGENT_BROKEN, NULL);
	expect_signature(signature, len, "", AGENT_BROKEN, NULL);
	expect_signature(signature, len + 1, "algo", AGENT_BROKEN, NULL);
	for (size_t cut = 0; cut < len; cut++) {
		expect_signature(signature, cut, "algo", AGENT_BROKEN, NULL);
	}
	expect_signature("\5", 1, "algo", AGENT_REFUSED, NULL);
	expect_signature("\x0c\0\0\0\0", 5, "algo", AGENT_BROKEN, NULL);
	/* An empty signature is none. */
	expect_signature("\x0e\0\0\0\x0c\0\0\0\4algo\0\0\0\0", 17, "algo", AGENT_BROKEN, NULL);
}

/* ---- the calls, made */

/** A task that asks once. */
struct asker {
	struct task task;
	struct agent_call call;
	enum step step;
	struct err err;
};

static enum step asker_step(struct task *task, struct wait *wait)
{
	struct asker *asker = (struct asker *)task;

	asker->step = agent_step(&asker->call, wait, loop_now_ms(task->loop), &asker->err);
	return asker->step == STEP_WAIT ? STEP_WAIT : STEP_DONE;
}

static void asker_release(struct task *task)
{
	(void)task;
}

static const struct task_ops asker_ops = {"asker", asker_step, asker_release};

static size_t count_open_fds(void)
{
	AUTO(auto_closedir) DIR *dir = opendir("/dev/fd");
	size_t count = 0;

	while (readdir(dir)) {
		count++;
	}
	return count;
}

/** Ask, with so much time. */
static void ask(struct asker *asker, const char *path, int64_t limit_ms)
{
	struct loop *loop = NULL;
	struct err err = {0};
	int64_t until_ms = clock_monotonic_ms() + limit_ms;

	*asker = (struct asker){.call = {.fd = -1}};
	agent_ask_keys(&asker->call, path, until_ms);
	asker->task.ops = &asker_ops;
	assert_int_equal(loop_open(&loop, &err), 0);
	task_start(loop, &asker->task);
	loop_run(loop);
	loop_free(loop);
}

/** Ask an agent that does this, and expect trouble, however it is asked. */
static void expect_trouble(enum fake_agent_deed deed, enum agent_trouble trouble, int64_t limit_ms)
{
	AUTO(auto_key) struct key *made = key_generate();
	AUTO(auto_login_key) struct login_key *key = login_key_from_key(made);
	struct fake_agent agent = fake_agent_start(deed, key);
	size_t before = count_open_fds();
	int64_t begin_ms = clock_monotonic_ms();
	struct asker asker;

	ask(&asker, agent.path, limit_ms);
	assert_int_equal(asker.step, STEP_FAIL);
	assert_int_equal(asker.call.trouble, trouble);
	assert_non_null(strstr(asker.err.text, agent.path));
	assert_true(clock_monotonic_ms() - begin_ms < AMPLE_MS);
	agent_call_release(&asker.call);
	agent_call_release(&asker.call);
	assert_int_equal(count_open_fds(), before);
	fake_agent_stop(&agent);
}

static void an_agent_says_which_keys_it_has(void **state)
{
	AUTO(auto_key) struct key *made = key_generate();
	AUTO(auto_login_key) struct login_key *key = login_key_from_key(made);
	struct fake_agent agent = fake_agent_start(AGENT_DOES_WELL, key);
	size_t before = count_open_fds();
	struct asker asker;
	struct err err = {0};
	bool is_there = false;
	size_t count = 0;

	(void)state;
	ask(&asker, agent.path, AMPLE_MS);
	assert_int_equal(asker.step, STEP_DONE);
	assert_true(fcntl(asker.call.fd, F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(asker.call.fd, F_GETFL) & O_NONBLOCK);
	assert_int_equal(agent_find_key(agent_answer(&asker.call), login_key_blob(key), &is_there,
					&count, &err),
			 AGENT_FINE);
	assert_true(is_there);
	assert_int_equal(count, 3);
	agent_call_release(&asker.call);
	assert_int_equal(count_open_fds(), before);
	fake_agent_stop(&agent);
}

static void an_answer_of_the_largest_size_is_read(void **state)
{
	AUTO(auto_key) struct key *made = key_generate();
	AUTO(auto_login_key) struct login_key *key = login_key_from_key(made);
	struct fake_agent agent = fake_agent_start(AGENT_FLOODS, key);
	struct asker asker;

	(void)state;
	ask(&asker, agent.path, AMPLE_MS);
	assert_int_equal(asker.step, STEP_DONE);
	assert_int_equal(agent_answer(&asker.call).len, AGENT_ANSWER_BYTES);
	agent_call_release(&asker.call);
	fake_agent_stop(&agent);
}

static void an_agent_that_answers_wrongly_is_broken_at_once(void **state)
{
	(void)state;
	expect_trouble(AGENT_CLOSES, AGENT_BROKEN, AMPLE_MS);
	expect_trouble(AGENT_IS_HUGE, AGENT_BROKEN, AMPLE_MS);
	expect_trouble(AGENT_IS_EMPTY, AGENT_BROKEN, AMPLE_MS);
	expect_trouble(AGENT_IS_GARBLED, AGENT_BROKEN, AMPLE_MS);
	expect_trouble(AGENT_IS_CUT, AGENT_BROKEN, AMPLE_MS);
}

static void an_agent_that_does_not_answer_costs_its_deadline(void **state)
{
	(void)state;
	expect_trouble(AGENT_STAYS_SILENT, AGENT_SILENT, SHORT_MS);
	expect_trouble(AGENT_DRIBBLES, AGENT_SILENT, SHORT_MS);
}

static void an_agent_without_time_to_accept_is_silent(void **state)
{
	struct fake_agent agent = {0};
	int listener = fake_agent_listen(&agent, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int waiting[8];
	size_t count = 0;
	struct asker asker;

	(void)state;
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", agent.path);
	do { /* until the backlog is full */
		waiting[count] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	} while (connect(waiting[count++], (const struct sockaddr *)&address, sizeof(address)) ==
			 0 &&
		 count < 8);
	ask(&asker, agent.path, SHORT_MS);
	assert_int_equal(asker.step, STEP_FAIL);
	assert_int_equal(asker.call.trouble, AGENT_SILENT);
	agent_call_release(&asker.call);
	while (count > 0) {
		(void)close(waiting[--count]);
	}
	(void)close(listener);
	fake_agent_stop(&agent);
}

/** Ask at a path where no agent is. */
static void expect_absent(const char *path)
{
	size_t before = count_open_fds();
	struct asker asker;

	ask(&asker, path, AMPLE_MS);
	assert_int_equal(asker.step, STEP_FAIL);
	assert_int_equal(asker.call.trouble, AGENT_ABSENT);
	agent_call_release(&asker.call);
	assert_int_equal(count_open_fds(), before);
}

static void where_nobody_listens_no_agent_is(void **state)
{
	struct fake_agent agent = {0};
	int listener = fake_agent_listen(&agent, 1);
	char fifo[128];
	char longest[300];

	(void)state;
	(void)close(listener); /* the socket's name stays, as of an agent that died */
	expect_absent(agent.path);
	expect_absent("/nonexistent/agent");
	expect_absent("/tmp");
	expect_absent("/etc/passwd");
	expect_absent("");
	(void)snprintf(fifo, sizeof(fifo), "%s/fifo", agent.folder);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	expect_absent(fifo);
	(void)unlink(fifo);
	memset(longest, 'x', sizeof(longest));
	longest[0] = '/';
	longest[sizeof(longest) - 1] = '\0';
	expect_absent(longest);
	fake_agent_stop(&agent);
}

/** The first loop opens descriptors that libuv keeps. */
static int open_loop_once(void **state)
{
	struct loop *loop = NULL;
	struct err err = {0};

	(void)state;
	assert_int_equal(loop_open(&loop, &err), 0);
	loop_free(loop);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_of_keys_is_read_to_its_end),
		cmocka_unit_test(a_key_is_ours_only_if_all_of_it_is),
		cmocka_unit_test(what_is_no_list_is_told_apart),
		cmocka_unit_test(a_signature_is_read_if_it_is_by_the_algorithm_asked_for),
		cmocka_unit_test(an_agent_says_which_keys_it_has),
		cmocka_unit_test(an_answer_of_the_largest_size_is_read),
		cmocka_unit_test(an_agent_that_answers_wrongly_is_broken_at_once),
		cmocka_unit_test(an_agent_that_does_not_answer_costs_its_deadline),
		cmocka_unit_test(an_agent_without_time_to_accept_is_silent),
		cmocka_unit_test(where_nobody_listens_no_agent_is),
	};

	return cmocka_run_group_tests(tests, open_loop_once, NULL);
}
