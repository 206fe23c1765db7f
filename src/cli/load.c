/* Finding and loading the repo, and telling what is wrong with it. */
#include <limits.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli/cli.h"
#include "cli/kinds.h"
#include "cli/output.h"
#include "cli/process.h"
#include "git/locate.h"
#include "git/revision.h"
#include "report/report.h"

const char *cli_relative(struct cli *cli, const char *path)
{
	char here[PATH_MAX];
	size_t len = strlen(path);
	AUTO(auto_str) struct str up = {0};

	if (cli->args.root) {
		return cli->args.root;
	}
	if (!getcwd(here, sizeof(here))) {
		return path;
	}
	if (strcmp(here, path) == 0) {
		return ".";
	}
	if (strncmp(here, path, len) != 0 || here[len] != '/') {
		return path;
	}
	for (const char *at = here + len; *at; at++) {
		str_add(&up, *at != '/' ? "" : up.len > 0 ? "/.." : "..");
	}
	return arena_text(&cli->arena, str_text(&up));
}

const char *cli_find_root(struct cli *cli)
{
	AUTO(auto_free) char *root = NULL;
	struct err err = {0};

	if (repo_find_root(cli->args.root, ".", &root, &err)) {
		problems_add(&cli->problems, PROBLEM_FILE, (struct place){0}, (struct text){0},
			     NULL, "%s", err.text);
		return NULL;
	}
	return arena_text(&cli->arena, root);
}

/** Is the index of `root` the one of the repository that we are in? An ops repo around it has
 * staged something else than what a hook is asked about. */
static int check_around(const char *root, struct err *err)
{
	AUTO(auto_git_place) struct git_place here = {0};
	AUTO(auto_git_place) struct git_place there = {0};

	if (git_place_find(".", &here, err) || git_place_find(root, &there, err)) {
		return -1;
	}
	if (same_string(here.top, there.top)) {
		return 0;
	}
	return err_set(err, ERR_INPUT,
		       "'%s' is a repository of its own, without a gaterun.yaml, in the ops repo "
		       "'%s'; name the one that is meant with --root DIR",
		       here.top ? here.top : ".", root);
}

static int open_index(struct cli *cli, const char *root, struct tree **out, struct err *err)
{
	return !cli->args.root && check_around(root, err) ? -1 : tree_open_index(root, out, err);
}

int cli_read_repo(struct cli *cli)
{
	const char *root = cli_find_root(cli);
	struct tree *tree = NULL;
	struct err err = {0};

	if (!root) {
		return EXIT_DATA;
	}
	cli->has_repo = true;
	if (cli->revision) {
		if (tree_open_revision(root, cli->revision, &tree, &err)) {
			problems_add(&cli->problems, PROBLEM_FILE, (struct place){root, 0, 0},
				     (struct text){0}, NULL, "--revision: %s", err.text);
			return EXIT_DATA;
		}
		return repo_load_tree(&cli->repo, tree, kinds_table, &cli->problems) ? EXIT_DATA
										     : 0;
	}
	if (!cli->args.staged) {
		return repo_load(&cli->repo, root, kinds_table, &cli->problems) ? EXIT_DATA : 0;
	}
	if (open_index(cli, root, &tree, &err)) {
		problems_add(&cli->problems, PROBLEM_FILE, (struct place){root, 0, 0},
			     (struct text){0}, NULL, "--staged: %s", err.text);
		return EXIT_DATA;
	}
	return repo_load_tree(&cli->repo, tree, kinds_table, &cli->problems) ? EXIT_DATA : 0;
}

/** Once, so that all that asks about it means the same commit. 0, or EXIT_USAGE. */
static int find_revision(struct cli *cli)
{
	const char *root = cli->args.revision ? cli_find_root(cli) : NULL;
	char commit[REVISION_BYTES];
	struct err err = {0};

	if (!root) {
		return 0;
	}
	if (revision_commit(root, cli->args.revision, commit, &err)) {
		return cli_usage(cli, "--revision: %s", err.text);
	}
	cli->revision = arena_text(&cli->arena, commit);
	return 0;
}

int cli_load_repo(struct cli *cli)
{
	if (find_revision(cli)) {
		return EXIT_USAGE;
	}
	return cli_read_repo(cli) ? cli_tell_problems(cli) : 0;
}

int cli_load_config(struct cli *cli)
{
	if (cli_read_repo(cli) == 0) {
		return 0;
	}
	for (size_t i = 0; i < cli->problems.list.len; i++) {
		const char *file = cli->problems.list.at[i].where.file;

		if (!cli->has_repo || !file || same_string(file, cli->repo.config.file)) {
			return cli_tell_problems(cli);
		}
	}
	problems_release(&cli->problems);
	return 0;
}

int cli_load_gates(struct cli *cli)
{
	if (cli->args.root || cli_find_root(cli)) {
		return cli_load_repo(cli);
	}
	problems_release(&cli->problems);
	cli->has_repo = true;
	return repo_load_shipped(&cli->repo, kinds_table, &cli->problems) ? cli_tell_problems(cli)
									  : 0;
}

static void write_problems(const char *format, const struct style *style, void *cookie,
			   struct str *out)
{
	const struct cli *cli = cookie;

	(void)style;
	report_format_find(format)->write_problems(&cli->problems, EXIT_DATA, out);
}

int cli_tell_problems(struct cli *cli)
{
	bool wants_text = false;

	problems_sort(&cli->problems);
	for (size_t i = 0; i < cli->outputs.len; i++) {
		const struct output *output = &cli->outputs.at[i];
		const struct report_format *row = report_format_find(output->format);

		if (row && row->write_problems) {
			output_write(cli, output, write_problems, cli);
		} else {
			wants_text = true;
		}
	}
	if (wants_text) {
		AUTO(auto_str) struct str text = {.max = OUT_BYTES};
		struct err ignored = {0};

		report_problems_text(&cli->problems, &text);
		(void)process_write(STDERR_FILENO, str_view(&text), &ignored);
	}
	return EXIT_DATA;
}

int cli_refuse(struct cli *cli, const char *format, ...)
{
	AUTO(auto_str) struct str line = {0};
	va_list args;

	va_start(args, format);
	str_vprintf(&line, format, args);
	va_end(args);
	problems_add(&cli->problems, PROBLEM_FILE, (struct place){0}, (struct text){0}, NULL, "%s",
		     str_text(&line));
	return cli_tell_problems(cli);
}
