/**
 * One invocation of the program: what was asked, what was loaded, what will be printed.
 *
 * Results are collected in `out` and written to standard output at the end, in one place, where a
 * failed write still changes the exit status. Everything else goes to standard error at once.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <sys/types.h>

#include "cli/options.h"
#include "model/repo.h"
#include "report/style.h"
#include "run/run.h"

struct command;

/** Where a result goes, and in which words. */
struct output {
	const char *format;
	const char *path; /**< NULL: standard output */
};

struct cli {
	const struct command *command;
	struct texts words;    /**< the command line, as it was given */
	struct arguments args; /**< its words are without those of the command */
	struct VEC(struct output) outputs;
	struct arena arena;       /**< texts that live as long as the invocation */
	struct str out;           /**< for standard output */
	struct style out_style;   /**< of standard output */
	struct style error_style; /**< of standard error */
	struct str api_secret; /**< of the tailnet's API, where a gate wants it; wiped at the end */
	mode_t umask;          /**< as the user has it; files for others are made with it */
	struct problems problems; /**< of the operator's files */
	struct repo repo;         /**< after cli_load_repo */
	const char *revision; /**< the commit that is judged; NULL: the work tree, or the index */
	bool has_repo;
	bool has_lost_output; /**< something that was asked for could not be written */
};

/** The whole program; returns its exit status. */
int cli_run(int argc, char *const *argv);

/** "gaterun: sentence" on standard error. */
void cli_say(const struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Say what is wrong with the command line and where help is. Returns EXIT_USAGE. */
int cli_usage(const struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** The ops repo's root (absolute, in the arena); NULL with a problem. */
const char *cli_find_root(struct cli *cli);

/** Find and load the ops repo. Returns 0, or EXIT_DATA with problems; has_repo says whether there
 * is one at all. */
int cli_read_repo(struct cli *cli);

/** As cli_read_repo, and tells the problems. */
int cli_load_repo(struct cli *cli);

/** As cli_load_repo, for commands that need no more than gaterun.yaml: what is wrong with other
 * files does not concern them. */
int cli_load_config(struct cli *cli);

/** The ops repo, or outside of one the shipped gates alone. Returns 0, or EXIT_DATA. */
int cli_load_gates(struct cli *cli);

/** Tell the problems in the format that was asked for. Returns EXIT_DATA. */
int cli_tell_problems(struct cli *cli);

/** One more problem, which stands in no file, and all of them told. Returns EXIT_DATA. */
int cli_refuse(struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** How the user could write an absolute path from here: ".", "../..", or as it is. */
const char *cli_relative(struct cli *cli, const char *path);

/** Writes a result in one format. */
typedef void cli_writer(const char *format, const struct style *style, void *cookie,
			struct str *out);

/** Write a result to every output; what cannot be written is said and sets has_lost_output. */
void cli_write(struct cli *cli, cli_writer *write, void *cookie);

#endif
