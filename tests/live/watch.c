/*
 * Run a command and write down what it does to the world, for live tests: watch REPORT COMMAND...
 *
 * Follows every process and thread with ptrace, so that nothing is missed that a library does by
 *itself. A line for each event, PID first:
 *
 *	PID exec PROGRAM WORDS...        and then a line "PID env NAME=VALUE" for each variable
 *	PID open PATH
 *	PID read0                        something is read from standard input
 *	PID connect ADDRESS PORT         or "connect unix PATH"
 *	PID left FD TARGET               still open when the command itself ends
 *	PID lives                        a process that the command leaves behind
 *
 * The exit status is that of COMMAND; 77 with a sentence on stderr where the system cannot do this.
 */
#include <stdio.h>
#include <stdlib.h>

#ifndef __linux__
int main(void)
{
	(void)fprintf(stderr, "watch: this needs ptrace as Linux has it\n");
	return 77;
}
#else

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/vec.h"

/** What PTRACE_GET_SYSCALL_INFO fills (ptrace(2); not every C library has it). */
#define GET_SYSCALL_INFO 0x420e
#define OP_ENTRY 1

struct syscall_info {
	uint8_t op;
	uint8_t padding[3];
	uint32_t arch;
	uint64_t instruction;
	uint64_t stack;
	uint64_t number;
	uint64_t args[6];
	uint64_t unused[2];
};

static FILE *report;
static pid_t leader;

/** Where the descriptors lead that the command was given. */
static struct VEC(char *) inherited;

/** Processes (not threads) that were seen and have not ended. */
static struct VEC(pid_t) processes;

_Noreturn static void die(const char *text)
{
	(void)fprintf(stderr, "watch: %s: %s\n", text, strerror(errno));
	exit(77);
}

/* ---- what a process has in its memory */

static size_t read_memory(pid_t pid, uint64_t at, void *to, size_t len)
{
	const struct iovec ours = {to, len};
	const struct iovec theirs = {(void *)(uintptr_t)at, len};
	ssize_t got = process_vm_readv(pid, &ours, 1, &theirs, 1, 0);

	return got < 0 ? 0 : (size_t)got;
}

/** A string; read in steps that do not cross a page, because the next may not be there. */
static void read_string(pid_t pid, uint64_t at, char *to, size_t size)
{
	size_t len = 0;

	memset(to, 0, size);
	while (len + 1 < size && strlen(to) == len) {
		size_t step = 256 - (at + len) % 256;

		step = step < size - 1 - len ? step : size - 1 - len;
		if (read_memory(pid, at + len, to + len, step) == 0) {
			return;
		}
		len += step;
	}
}

/** The file of /proc about a process, its NULs made `separator`. */
static void read_proc(pid_t pid, const char *name, char separator, char *to, size_t size)
{
	char path[64];
	size_t len = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	AUTO(auto_fclose) FILE *file = fopen(path, "re");
	len = file ? fread(to, 1, size - 1, file) : 0;
	to[len] = '\0';
	for (size_t i = 0; i < len; i++) {
		to[i] = to[i] ? to[i] : separator;
	}
}

/* ---- events */

static void note_exec(pid_t pid)
{
	static char words[4096];
	static char environment[65536];
	char path[64];
	char program[4096] = "";
	char *rest = environment;
	char *line = NULL;

	(void)snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	(void)readlink(path, program, sizeof(program) - 1);
	read_proc(pid, "cmdline", ' ', words, sizeof(words));
	read_proc(pid, "environ", '\n', environment, sizeof(environment));
	(void)fprintf(report, "%d exec %s %s\n", (int)pid, program, words);
	while ((line = strsep(&rest, "\n"))) {
		if (*line) {
			(void)fprintf(report, "%d env %s\n", (int)pid, line);
		}
	}
}

static void note_connect(pid_t pid, const struct syscall_info *info)
{
	union {
		struct sockaddr any;
		struct sockaddr_in four;
		struct sockaddr_in6 six;
		struct sockaddr_un local;
	} to = {0};
	char text[INET6_ADDRSTRLEN] = "";
	size_t len = info->args[2] < sizeof(to) ? info->args[2] : sizeof(to);

	(void)read_memory(pid, info->args[1], &to, len);
	if (to.any.sa_family == AF_UNIX) {
		(void)fprintf(report, "%d connect unix %.100s\n", (int)pid, to.local.sun_path);
	} else if (to.any.sa_family == AF_INET) {
		(void)inet_ntop(AF_INET, &to.four.sin_addr, text, sizeof(text));
		(void)fprintf(report, "%d connect %s %u\n", (int)pid, text,
			      ntohs(to.four.sin_port));
	} else if (to.any.sa_family == AF_INET6) {
		(void)inet_ntop(AF_INET6, &to.six.sin6_addr, text, sizeof(text));
		(void)fprintf(report, "%d connect %s %u\n", (int)pid, text,
			      ntohs(to.six.sin6_port));
	}
}

static void note_open(pid_t pid, uint64_t path)
{
	char text[4096];

	read_string(pid, path, text, sizeof(text));
	(void)fprintf(report, "%d open %s\n", (int)pid, text);
}

static void note_syscall(pid_t pid)
{
	struct syscall_info info = {0};

	if (ptrace(GET_SYSCALL_INFO, pid, sizeof(info), &info) <= 0 || info.op != OP_ENTRY) {
		return;
	}
	switch (info.number) {
#ifdef SYS_open
	case SYS_open:
		note_open(pid, info.args[0]);
		break;
#endif
	case SYS_openat:
#ifdef SYS_openat2
	case SYS_openat2:
#endif
		note_open(pid, info.args[1]);
		break;
	case SYS_read:
	case SYS_readv:
	case SYS_pread64:
	case SYS_recvfrom:
	case SYS_recvmsg:
		if (info.args[0] == 0) {
			(void)fprintf(report, "%d read0\n", (int)pid);
		}
		break;
	case SYS_connect:
		note_connect(pid, &info);
		break;
	default:
		break;
	}
}

/** Call `each` for every descriptor of the command beyond the standard three. */
static void each_descriptor(void (*each)(const char *fd, const char *target))
{
	char folder[64];
	struct dirent *entry = NULL;

	(void)snprintf(folder, sizeof(folder), "/proc/%d/fd", (int)leader);
	AUTO(auto_closedir) DIR *dir = opendir(folder);
	while (dir && (entry = readdir(dir))) {
		const char *fd = entry->d_name;
		char target[4096] = "";

		if (fd[0] != '.' && (fd[0] > '2' || fd[1] != '\0')) {
			(void)readlinkat(dirfd(dir), fd, target, sizeof(target) - 1);
			each(fd, target);
		}
	}
}

static void inherit(const char *fd, const char *target)
{
	(void)fd;
	*VEC_ADD(&inherited) = mem_copy(target, strlen(target));
}

static void note_left(const char *fd, const char *target)
{
	for (size_t i = 0; i < inherited.len; i++) {
		if (strcmp(inherited.at[i], target) == 0) {
			return;
		}
	}
	(void)fprintf(report, "%d left %s %s\n", (int)leader, fd, target);
}

/** The command ends: what has it not closed, and who lives on? */
static void note_end(void)
{
	each_descriptor(note_left);
	for (size_t i = 0; i < processes.len; i++) {
		if (processes.at[i] != leader) {
			(void)fprintf(report, "%d lives\n", (int)processes.at[i]);
		}
	}
}

/* ---- following */

static void add_process(pid_t pid)
{
	for (size_t i = 0; i < processes.len; i++) {
		if (processes.at[i] == pid) {
			return;
		}
	}
	*VEC_ADD(&processes) = pid;
}

static void remove_process(pid_t pid)
{
	for (size_t i = 0; i < processes.len; i++) {
		if (processes.at[i] == pid) {
			processes.at[i] = processes.at[--processes.len];
		}
	}
}

/** A tracee stopped. @return the signal to go on with */
static int on_stop(pid_t pid, int status)
{
	int signal = WSTOPSIG(status);
	unsigned long child = 0;

	switch (status >> 16) {
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
		(void)ptrace(PTRACE_GETEVENTMSG, pid, NULL, &child);
		add_process((pid_t)child);
		return 0;
	case PTRACE_EVENT_EXEC:
		note_exec(pid);
		return 0;
	case PTRACE_EVENT_EXIT:
		if (pid == leader) {
			note_end();
		}
		return 0;
	case 0:
		break;
	default:
		return 0;
	}
	if (signal == (SIGTRAP | 0x80)) {
		note_syscall(pid);
		return 0;
	}
	/* A new thread or process begins with a stop of its own. */
	return signal == SIGSTOP || signal == SIGTRAP ? 0 : signal;
}

static int follow(void)
{
	int result = 70;
	int status = 0;
	pid_t pid = 0;

	while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		if (pid > 0 && WIFSTOPPED(status)) {
			int signal = on_stop(pid, status);

			(void)ptrace(PTRACE_SYSCALL, pid, NULL, signal);
		} else if (pid > 0) {
			remove_process(pid);
			if (pid == leader) {
				result = WIFEXITED(status) ? WEXITSTATUS(status)
							   : 128 + WTERMSIG(status);
			}
		}
	}
	return result;
}

int main(int argc, char **argv)
{
	const int options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			    PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT |
			    PTRACE_O_EXITKILL;
	int status = 0;

	if (argc < 3) {
		(void)fprintf(stderr, "usage: watch REPORT COMMAND...\n");
		return 64;
	}
	report = fopen(argv[1], "we");
	leader = report ? fork() : -1;
	if (leader < 0) {
		die("cannot start");
	}
	if (leader == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0) {
			(void)raise(SIGSTOP);
			(void)execvp(argv[2], argv + 2);
		}
		die(argv[2]);
	}
	add_process(leader);
	each_descriptor(inherit);
	if (waitpid(leader, &status, 0) != leader || !WIFSTOPPED(status)) {
		die("cannot trace");
	}
	if (ptrace(PTRACE_SETOPTIONS, leader, NULL, options) ||
	    ptrace(PTRACE_SYSCALL, leader, NULL, 0)) {
		die("cannot trace");
	}
	status = follow();
	return fclose(report) ? 70 : status;
}
#endif
