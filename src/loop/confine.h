/**
 * Commands that must not change anything: started through a launcher, this program itself, that
 * confines them to reading and ends whatever they leave behind.
 *
 * On Linux the launcher
 *   - lets the command write nothing but what is below its scratch folder (Landlock, Linux 5.13),
 *     nor change modes, owners and times of files (seccomp);
 *   - gives it no network unless that is wanted: no sockets at all (seccomp);
 *   - takes away new privileges (no_new_privs), signals to processes that are not its own
 *     (Landlock, Linux 6.12), other processes' memory, io_uring, mounts, the clock;
 *   - adopts what the command leaves behind (PR_SET_CHILD_SUBREAPER) and kills it, when the command
 *     ends, when it is asked to stop, and when this program dies.
 *
 * Elsewhere nothing of this is there, and confine_abilities says so.
 */
#ifndef LOOP_CONFINE_H
#define LOOP_CONFINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/vec.h"

/** First argument of the launcher. */
#define CONFINE_WORD "--confine"

/** Exit statuses of the launcher itself, when there was nothing to confine. */
#define CONFINE_NOT_FOUND 127   /**< as shells have it */
#define CONFINE_NOT_STARTED 126 /**< it is not executable, or it could not be confined */

/** What can be done on this system. */
struct confine_abilities {
	bool files;    /**< writing is confined */
	bool network;  /**< sockets can be refused */
	bool signals;  /**< other processes are out of reach */
	bool children; /**< nothing is left behind */
};

/** What this system can do; asked of the kernel. */
struct confine_abilities confine_abilities(void);

struct confine_words VEC(const char *);

/**
 * The words that run `argv` confined: those of the launcher, then `argv` itself. Texts are
 * borrowed.
 *
 * @param program  this program's file; NULL: where nothing can be confined, `argv` alone
 * @param scratch  a folder, the only one that may be written to
 */
void confine_argv(const char *program, const char *scratch, bool has_network,
		  const char *const *argv, struct confine_words *out);

/** This program's own file; NULL where it cannot be known. */
const char *confine_program(void);

/**
 * The launcher: what main does with CONFINE_WORD. The command's exit status becomes its own, and a
 * signal that ended the command ends it too.
 *
 * @param argv  CONFINE_WORD, "network" or "no-network", the scratch folder, the command…; NULL
 */
__attribute__((noreturn)) void confine_main(char **argv);

#endif
