#include "loop/dialogue.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <uv.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/mem.h"
#include "loop/child_env.h"

#define BUFFER_BYTES ((size_t)64 * 1024)

struct dialogue {
	pid_t pid;
	int to;   /**< its standard input */
	int from; /**< its standard output */
	size_t at;
	size_t end; /**< what was read and not given out yet stands from `at` to `end` */
	char buffer[BUFFER_BYTES];
};

/* ---- start and end */

/** The file descriptors of the child, and nothing that a thread of ours has set up for itself. */
static int spawn(const char *const *argv, char *const *env, int in, int out, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	char **words = NULL;
	sigset_t none;
	sigset_t reset;
	int number = 0;

	(void)sigemptyset(&none);
	(void)sigemptyset(&reset);
	(void)sigaddset(&reset, SIGPIPE);
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	(void)posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	(void)posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	(void)posix_spawnattr_init(&attributes);
	(void)posix_spawnattr_setpgroup(&attributes, 0);
	(void)posix_spawnattr_setsigmask(&attributes, &none);
	(void)posix_spawnattr_setsigdefault(&attributes, &reset);
	(void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
							    POSIX_SPAWN_SETSIGDEF);
	memcpy(&words, &argv, sizeof(words)); /* it is only read */
	number = posix_spawnp(pid, argv[0], &actions, &attributes, words, env);
	(void)posix_spawnattr_destroy(&attributes);
	(void)posix_spawn_file_actions_destroy(&actions);
	return number;
}

/** Two pipes; what is left in it is closed when the structure goes. */
struct pipes {
	uv_file in[2];
	uv_file out[2];
};

static void close_pipes(struct pipes *pipes)
{
	auto_close(&pipes->in[0]);
	auto_close(&pipes->in[1]);
	auto_close(&pipes->out[0]);
	auto_close(&pipes->out[1]);
}

int dialogue_open(const char *const *argv, const char *const *env, struct dialogue **out,
		  struct err *err)
{
	AUTO(close_pipes) struct pipes pipes = {{-1, -1}, {-1, -1}};
	AUTO(environment_release) struct environment full = {0};
	struct dialogue *dialogue = NULL;
	pid_t pid = 0;
	int code = uv_pipe(pipes.in, 0, UV_NONBLOCK_PIPE);

	if (code == 0) {
		code = uv_pipe(pipes.out, UV_NONBLOCK_PIPE, 0);
	}
	if (code == 0) {
		environment_fill(&full, env);
		code = -spawn(argv, full.at, pipes.in[0], pipes.out[1], &pid);
	}
	if (code) {
		return err_set(err, code == UV_ENOENT ? ERR_ABSENT : ERR_SYSTEM, "start '%s': %s",
			       argv[0], uv_strerror(code));
	}
	dialogue = mem_alloc(sizeof(*dialogue));
	dialogue->pid = pid;
	dialogue->to = take_fd(&pipes.in[1]);
	dialogue->from = take_fd(&pipes.out[0]);
	*out = dialogue;
	return 0;
}

void dialogue_close(struct dialogue *dialogue)
{
	if (!dialogue) {
		return;
	}
	(void)kill(-dialogue->pid, SIGKILL);
	auto_close(&dialogue->to);
	auto_close(&dialogue->from);
	while (waitpid(dialogue->pid, NULL, 0) < 0 && errno == EINTR) {
	}
	free(dialogue);
}

/* ---- question and answer */

static int gone(struct err *err)
{
	return err_set(err, ERR_PEER, "it ended before it had answered");
}

/** Wait for the descriptor; 0 when something can be done with it. */
static int wait_for(int fd, short events, struct err *err)
{
	int64_t until_ms = clock_monotonic_ms() + DIALOGUE_SILENCE_MS;
	struct pollfd poller = {.fd = fd, .events = events};
	int64_t left_ms = DIALOGUE_SILENCE_MS;

	while (left_ms > 0) {
		int count = poll(&poller, 1, (int)left_ms);

		if (count > 0) {
			return 0;
		}
		if (count < 0 && errno != EINTR) {
			return err_errno(err, "poll");
		}
		left_ms = until_ms - clock_monotonic_ms();
	}
	return err_set(err, ERR_TIMEOUT, "no answer within %d s", DIALOGUE_SILENCE_MS / 1000);
}

int dialogue_write(struct dialogue *dialogue, struct text question, struct err *err)
{
	while (question.len > 0) {
		ssize_t put = write(dialogue->to, question.at, question.len);

		if (put < 0 && errno != EAGAIN && errno != EINTR) {
			return gone(err);
		}
		if (put < 0 && wait_for(dialogue->to, POLLOUT, err)) {
			return -1;
		}
		question.at += put > 0 ? put : 0;
		question.len -= put > 0 ? (size_t)put : 0;
	}
	return 0;
}

/** Fill the empty buffer with what there is. */
static int fill(struct dialogue *dialogue, struct err *err)
{
	for (;;) {
		ssize_t got = read(dialogue->from, dialogue->buffer, BUFFER_BYTES);

		if (got > 0) {
			dialogue->at = 0;
			dialogue->end = (size_t)got;
			return 0;
		}
		if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
			return gone(err);
		}
		if (wait_for(dialogue->from, POLLIN, err)) {
			return -1;
		}
	}
}

int dialogue_read(struct dialogue *dialogue, char *at, size_t room, size_t *got, struct err *err)
{
	size_t len = 0;

	if (dialogue->at == dialogue->end && fill(dialogue, err)) {
		return -1;
	}
	len = dialogue->end - dialogue->at;
	len = len < room ? len : room;
	memcpy(at, dialogue->buffer + dialogue->at, len);
	dialogue->at += len;
	*got = len;
	return 0;
}

int dialogue_read_line(struct dialogue *dialogue, size_t max, struct str *out, struct err *err)
{
	size_t start = out->len;
	char one = '\0';
	size_t got = 0;

	while (out->len - start <= max) {
		if (dialogue_read(dialogue, &one, 1, &got, err)) {
			return -1;
		}
		if (one == '\n') {
			return 0;
		}
		str_add_char(out, one);
	}
	return err_set(err, ERR_PEER, "a line of its answer is longer than %zu bytes", max);
}
