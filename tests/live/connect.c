/*
 * Connect to a port as a kind would, and say how it went, for live tests:
 * connect ROOT KEY MODE PORT TARGET|- HOST|- VIA|- [COUNT]
 *
 * MODE is "passive" or "active". Each of COUNT connections (1) is made at once with the others,
 * gives one line "OUTCOME PATH TEXT: the first line that the peer says", and is closed then; one
 * whose number is a multiple of 3 is closed before it has read anything. The last line says how
 * many descriptors are left of them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/codec.h"
#include "check/reach/reach_connect.h"
#include "cli/kinds.h"

#define COUNT_MAX 1000
#define DEADLINE_MS 20000

static const char *const outcomes[] = {
	[CONNECT_NOT_TRIED] = "not_tried",
	[CONNECT_OPEN] = "open",
	[CONNECT_RESET] = "reset",
	[CONNECT_REFUSED] = "refused",
	[CONNECT_NO_ROUTE] = "no_route",
	[CONNECT_TIMEOUT] = "timeout",
	[CONNECT_BROKEN] = "broken",
	[CONNECT_BARRED] = "barred",
	[CONNECT_HOST_DOWN] = "host_down",
	[CONNECT_HOST_BARRED] = "host_barred",
	[CONNECT_PROHIBITED] = "prohibited",
	[CONNECT_UNREACHED] = "unreached",
	[CONNECT_LOST] = "lost",
};

/** What all connections share. */
struct setting {
	struct repo repo;
	struct problems problems;
	struct arena arena;
	struct context context;
	int64_t left;
};

/** One connection that reads its first line. */
struct listening {
	struct task task;
	struct setting *setting;
	struct stream *stream;
	const char *way;
	char line[256];
	size_t len;
	bool is_hasty; /**< it does not wait for anything to read */
};

_Noreturn static void die(const char *text)
{
	(void)fprintf(stderr, "connect: %s\n", text);
	exit(70);
}

static int descriptors(void)
{
	int count = 0;

	for (int fd = 0; fd < 1024; fd++) {
		count += fcntl(fd, F_GETFD) >= 0;
	}
	return count;
}

static void one_less(struct setting *setting)
{
	setting->left--;
	if (setting->left == 0) {
		loop_stop(setting->context.loop);
	}
}

static enum step listen_step(struct task *task, struct wait *wait)
{
	struct listening *listening = (struct listening *)task;
	ssize_t got = 1;

	while (got > 0 && !listening->is_hasty && listening->len < sizeof(listening->line) - 1 &&
	       !strchr(listening->line, '\n')) {
		got = stream_read(listening->stream, listening->line + listening->len, 1);
		listening->len += got > 0;
	}
	if (got == -EAGAIN) {
		stream_wait(listening->stream, task, wait, WAIT_READ);
		return STEP_WAIT;
	}
	listening->line[strcspn(listening->line, "\r\n")] = '\0';
	(void)printf("%s: %s\n", listening->way, listening->line);
	return STEP_DONE;
}

static void listen_release(struct task *task)
{
	stream_close(((struct listening *)task)->stream);
}

static void listen_ended(struct task *task, void *cookie)
{
	(void)cookie;
	one_less(((struct listening *)task)->setting);
	free(task);
}

static const struct task_ops listen_ops = {"listen", listen_step, listen_release};

static void on_ended(const struct connect_facts *facts, struct stream *stream, void *cookie)
{
	struct setting *setting = cookie;
	struct listening *listening = NULL;
	const char *path = path_word(facts->path);
	const char *way = arena_printf(&setting->arena, "%s %s %s", outcomes[facts->outcome],
				       path ? path : "-", facts->text ? facts->text : "-");

	if (!stream) {
		(void)printf("%s: %s%s\n", way, facts->why ? facts->why : "", facts->trouble);
		one_less(setting);
		return;
	}
	listening = mem_alloc(sizeof(*listening));
	listening->task.ops = &listen_ops;
	listening->task.ended = listen_ended;
	listening->setting = setting;
	listening->stream = stream;
	listening->way = way;
	listening->is_hasty = setting->left % 3 == 0;
	task_start(setting->context.loop, &listening->task);
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

static const struct target *find(const struct setting *setting, const char *id)
{
	const struct target *target = targets_find(&setting->repo.targets, id);

	if (!target && strcmp(id, "-") != 0) {
		die("no such target");
	}
	return target;
}

static void load(struct setting *setting, char **words)
{
	struct err err = {0};

	if (repo_load(&setting->repo, words[1], kinds_table, &setting->problems)) {
		die(setting->problems.list.at[0].message);
	}
	if (loop_open(&setting->context.loop, &err)) {
		die(err.text);
	}
	setting->context.repo = &setting->repo;
	setting->context.arena = &setting->arena;
	setting->context.identity = words[2];
	setting->context.mode = strcmp(words[3], "active") == 0 ? MODE_ACTIVE : MODE_PASSIVE;
	setting->context.deadline_ms = clock_monotonic_ms() + DEADLINE_MS;
	setting->context.reach = reach_open(&setting->context);
}

static void connect_all(struct setting *setting, char **words, int64_t count)
{
	const struct connect_spec spec = {
		.port = (uint16_t)number(words[4], UINT16_MAX),
		.target = find(setting, words[5]),
		.host = strcmp(words[6], "-") == 0 ? NULL : words[6],
		.via = find(setting, words[7]),
	};

	setting->left = count;
	while (count-- > 0) {
		(void)connect_start(setting->context.reach, &spec, on_ended, setting);
	}
	loop_run(setting->context.loop);
}

int main(int count, char **words)
{
	struct setting setting = {.context.targets.all = true};
	int before = 0;

	if (count < 8) {
		die("words are missing");
	}
	load(&setting, words);
	before = descriptors();
	connect_all(&setting, words, count > 8 ? number(words[8], COUNT_MAX) : 1);
	(void)printf("descriptors: %d\n", descriptors() - before);
	reach_free(setting.context.reach);
	loop_free(setting.context.loop);
	repo_release(&setting.repo);
	problems_release(&setting.problems);
	arena_release(&setting.arena);
	return 0;
}
