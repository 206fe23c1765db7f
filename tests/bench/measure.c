/*
 * Commands against each other: `measure ROUNDS NAME COMMAND… [-- NAME COMMAND…]…` runs them in
 *turn, round after round, each with its output into a pipe that is read (some programs stop at the
 *first match when they write to /dev/null), and prints one line for each:
 *
 *	NAME <tab> least wall ms <tab> median wall ms <tab> least CPU ms <tab> most KiB <tab> exit
 *status
 *
 * A round during which something else used the processors is run again, as far as that can be seen
 *and only so often; not with MEASURE_SHARED in the environment, for what talks to a server here.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COMMANDS_MAX 8
#define ROUNDS_MAX 200

/** A round with more foreign CPU time than this part of all is not counted. */
#define FOREIGN_MOST 0.08

/** What getrusage(2) counts resident memory in. */
#ifdef __APPLE__
#define RSS_UNITS_PER_KIB 1024
#else
#define RSS_UNITS_PER_KIB 1
#endif

extern char **environ;

struct command {
	const char *name;
	char **argv;
	double wall_ms[ROUNDS_MAX];
	double cpu_ms; /**< least */
	long most_kib;
	int status;
};

static struct command commands[COMMANDS_MAX];
static size_t command_count;

static double now_ms(void)
{
	struct timespec now = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/** CPU time that everything on the machine has used, in ms; 0 where nobody says. */
static double machine_ms(void)
{
	FILE *file = fopen("/proc/stat", "re");
	unsigned long user = 0;
	unsigned long nice = 0;
	unsigned long system = 0;
	int found = 0;

	if (!file) {
		return 0;
	}
	found = fscanf(file, "cpu %lu %lu %lu", &user, &nice, &system);
	(void)fclose(file);
	return found == 3 ? (double)(user + nice + system) * 1e3 / (double)sysconf(_SC_CLK_TCK) : 0;
}

static double time_ms(struct timeval time)
{
	return (double)time.tv_sec * 1e3 + (double)time.tv_usec / 1e3;
}

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

/** Run it once; returns the CPU time it used. */
static double run(struct command *command, size_t round)
{
	posix_spawn_file_actions_t actions;
	static char buffer[65536];
	struct rusage usage = {0};
	int ends[2] = {-1, -1};
	double start = 0;
	double cpu = 0;
	pid_t pid = 0;
	long kib = 0;
	int status = 0;

	if (pipe(ends) < 0) {
		fail("pipe");
	}
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	(void)posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
	(void)posix_spawn_file_actions_addclose(&actions, ends[0]);
	(void)posix_spawn_file_actions_addclose(&actions, ends[1]);
	start = now_ms();
	if (posix_spawnp(&pid, command->argv[0], &actions, NULL, command->argv, environ)) {
		fail(command->argv[0]);
	}
	(void)close(ends[1]);
	while (read(ends[0], buffer, sizeof(buffer)) > 0) {
	}
	if (wait4(pid, &status, 0, &usage) < 0) {
		fail("wait4");
	}
	command->wall_ms[round] = now_ms() - start;
	(void)close(ends[0]);
	(void)posix_spawn_file_actions_destroy(&actions);
	cpu = time_ms(usage.ru_utime) + time_ms(usage.ru_stime);
	command->cpu_ms = round == 0 || cpu < command->cpu_ms ? cpu : command->cpu_ms;
	kib = usage.ru_maxrss / RSS_UNITS_PER_KIB;
	command->most_kib = kib > command->most_kib ? kib : command->most_kib;
	command->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return cpu;
}

/** One round of all commands. @return was the machine ours? */
static int run_round(size_t round)
{
	double start = now_ms();
	double before = machine_ms();
	double used = 0;
	double all = 0;

	for (size_t i = 0; i < command_count; i++) {
		used += run(&commands[i], round);
	}
	all = (now_ms() - start) * (double)sysconf(_SC_NPROCESSORS_ONLN);
	/* The counters tick a hundred times a second: short rounds tell nothing. */
	return before == 0 || all < 500 || getenv("MEASURE_SHARED") ||
	       machine_ms() - before - used < FOREIGN_MOST * all;
}

static int compare(const void *left, const void *right)
{
	double one = *(const double *)left;
	double two = *(const double *)right;

	return (one > two) - (one < two);
}

static void read_commands(char **argv)
{
	while (*argv && command_count < COMMANDS_MAX) {
		struct command *command = &commands[command_count++];

		command->name = *argv++;
		command->argv = argv;
		while (*argv && strcmp(*argv, "--") != 0) {
			argv++;
		}
		if (*argv) {
			*argv++ = NULL;
		}
	}
}

int main(int argc, char **argv)
{
	size_t rounds = argc > 3 ? strtoul(argv[1], NULL, 10) : 0;
	size_t again = 2 * rounds;

	if (rounds == 0 || rounds > ROUNDS_MAX) {
		(void)fprintf(stderr,
			      "usage: measure ROUNDS NAME COMMAND... [-- NAME COMMAND...]...\n");
		return 64;
	}
	read_commands(argv + 2);
	for (size_t i = 0; i < command_count; i++) {
		(void)run(&commands[i], 0); /* warms the cache */
		commands[i].most_kib = 0;
	}
	for (size_t round = 0; round < rounds;) {
		if (run_round(round) || again-- == 0) {
			again += again == (size_t)-1 ? 1 : 0;
			round++;
		}
	}
	for (size_t i = 0; i < command_count; i++) {
		struct command *command = &commands[i];

		qsort(command->wall_ms, rounds, sizeof(command->wall_ms[0]), compare);
		(void)printf("%s\t%.2f\t%.2f\t%.2f\t%ld\t%d\n", command->name, command->wall_ms[0],
			     command->wall_ms[rounds / 2], command->cpu_ms, command->most_kib,
			     command->status);
	}
	return 0;
}
