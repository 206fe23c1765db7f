/*
 * A seccomp filter: calls that change something, and that Landlock does not know, give EPERM.
 */
#include "loop/confine_private.h"

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "base/vec.h"

#ifdef __x86_64__
#define ARCHITECTURE AUDIT_ARCH_X86_64
/** Calls of the x32 interface have this bit, and numbers of their own. */
#define X32_BIT 0x40000000U
#else
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

/** Newer than the headers of Debian 12. */
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif
#ifndef SYS_setxattrat
#define SYS_setxattrat 463
#endif
#ifndef SYS_removexattrat
#define SYS_removexattrat 466
#endif

static const int refused[] = {
/* modes, owners, times, attributes of files */
#ifdef SYS_chmod
	SYS_chmod,
	SYS_chown,
	SYS_lchown,
	SYS_utime,
	SYS_utimes,
	SYS_futimesat,
#endif
	SYS_fchmod,
	SYS_fchmodat,
	SYS_fchmodat2,
	SYS_fchown,
	SYS_fchownat,
	SYS_utimensat,
	SYS_setxattr,
	SYS_lsetxattr,
	SYS_fsetxattr,
	SYS_setxattrat,
	SYS_removexattr,
	SYS_lremovexattr,
	SYS_fremovexattr,
	SYS_removexattrat,
	/* other processes */
	SYS_ptrace,
	SYS_process_vm_writev,
	SYS_pidfd_getfd,
	/* ways around: io_uring makes calls that no filter sees */
	SYS_io_uring_setup,
	SYS_io_uring_enter,
	SYS_io_uring_register,
	SYS_bpf,
	SYS_open_by_handle_at,
	SYS_userfaultfd,
	/* the machine */
	SYS_mount,
	SYS_umount2,
	SYS_pivot_root,
	SYS_chroot,
	SYS_setns,
	SYS_unshare,
	SYS_settimeofday,
	SYS_clock_settime,
	SYS_clock_adjtime,
	SYS_adjtimex,
	SYS_sethostname,
	SYS_setdomainname,
	SYS_reboot,
	SYS_kexec_load,
	SYS_init_module,
	SYS_finit_module,
	SYS_delete_module,
	SYS_swapon,
	SYS_swapoff,
	SYS_quotactl,
	SYS_acct,
	/* the user's keys */
	SYS_add_key,
	SYS_request_key,
	SYS_keyctl,
};

/** Families that a command with a network may have: of the internet, and to ask for names. */
static const int families[] = {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK};

struct program VEC(struct sock_filter);

static void add(struct program *program, unsigned code, unsigned value, unsigned is_true,
		unsigned is_false)
{
	*VEC_ADD(program) = (struct sock_filter)BPF_JUMP(
		(unsigned short)code, value, (unsigned char)is_true, (unsigned char)is_false);
}

static void load(struct program *program, size_t offset)
{
	add(program, BPF_LD | BPF_W | BPF_ABS, (unsigned)offset, 0, 0);
}

static void answer(struct program *program, unsigned with)
{
	add(program, BPF_RET | BPF_K, with, 0, 0);
}

/** Of socket(2): which families there are. Behind it the number of the call is loaded again. */
static void add_socket(struct program *program, bool has_network)
{
	size_t count = sizeof(families) / sizeof(families[0]);

	if (!has_network) {
		add(program, BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 1);
		answer(program, SECCOMP_RET_ERRNO | EPERM);
		return;
	}
	add(program, BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, (unsigned)count + 3);
	load(program, offsetof(struct seccomp_data, args[0])); /* its lower half */
	for (size_t i = 0; i < count; i++) {
		add(program, BPF_JMP | BPF_JEQ | BPF_K, (unsigned)families[i],
		    (unsigned)(count - i), 0);
	}
	answer(program, SECCOMP_RET_ERRNO | EPERM);
	answer(program, SECCOMP_RET_ALLOW);
}

static void build(struct program *program, bool has_network)
{
	load(program, offsetof(struct seccomp_data, arch));
	add(program, BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
	answer(program, SECCOMP_RET_KILL_PROCESS);
	load(program, offsetof(struct seccomp_data, nr));
#ifdef X32_BIT
	add(program, BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1);
	answer(program, SECCOMP_RET_ERRNO | ENOSYS);
#endif
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		add(program, BPF_JMP | BPF_JEQ | BPF_K, (unsigned)refused[i], 0, 1);
		answer(program, SECCOMP_RET_ERRNO | EPERM);
	}
	add_socket(program, has_network);
	answer(program, SECCOMP_RET_ALLOW);
}

bool confine_has_filter(void)
{
	/* The kernel's answer to a filter that is not there: EFAULT if it knows filters. */
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL) < 0 && errno == EFAULT;
}

int confine_calls(bool has_network)
{
	struct program program = {0};
	struct sock_fprog filter = {0};
	int result = 0;

	build(&program, has_network);
	filter.len = (unsigned short)program.len;
	filter.filter = program.at;
	result = prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
	VEC_RELEASE(&program);
	return result;
}

#else

bool confine_has_filter(void)
{
	return false;
}

int confine_calls(bool has_network)
{
	(void)has_network;
	return -1;
}

#endif
