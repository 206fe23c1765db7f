/* Moving in with an existing ops repo: gates from the registry of another tool. */
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "cli/adoption.h"
#include "cli/adoption_report.h"
#include "cli/commands.h"
#include "cli/kinds.h"

/** The repo, the program's gates, the registry, and what becomes of it. */
struct init {
	struct cli *cli;
	struct repo shipped;
	struct str bytes;
	struct registry registry;
	struct adoption adoption;
};

/** Mistakes in gaterun.yaml stop it: gates would be written where nobody looks. */
static int load_repo(struct cli *cli)
{
	const char *root = cli_find_root(cli);
	struct problems problems = {0};
	size_t before = cli->problems.list.len;

	if (!root) {
		return EXIT_DATA;
	}
	cli->has_repo = true;
	(void)repo_load(&cli->repo, root, kinds_table, &problems);
	for (size_t i = 0; i < problems.list.len; i++) {
		const struct problem *problem = &problems.list.at[i];

		if (same_string(problem->where.file, CONFIG_FILE)) {
			problems_add(&cli->problems, problem->kind, problem->where,
				     cli->repo.config.bytes, problem->hint, "%s", problem->message);
		}
	}
	problems_release(&problems);
	if (same_string(cli->repo.config.gates, "shipped")) {
		problems_add(&cli->problems, PROBLEM_VALUE,
			     node_place(cli->repo.config.node, "gates"), cli->repo.config.bytes,
			     "remove `gates: shipped`, and copy those shipped gates that you want "
			     "into gates/",
			     "the repo's gates are those of the program, so nobody would read what "
			     "is written to gates/");
	}
	return cli->problems.list.len > before ? EXIT_DATA : 0;
}

static int read_registry(struct init *init, const char *path)
{
	struct cli *cli = init->cli;
	struct err err = {0};
	AUTO(auto_problems) struct problems ignored = {0};

	if (file_read(path, REGISTRY_BYTES, &init->bytes, &err)) {
		problems_add(&cli->problems, PROBLEM_FILE, (struct place){path, 0, 0},
			     (struct text){0}, NULL, "%s", err.text);
		return EXIT_DATA;
	}
	if (registry_read(&cli->arena, path, str_view(&init->bytes), &cli->problems,
			  &init->registry)) {
		return EXIT_DATA;
	}
	return repo_load_shipped(&init->shipped, kinds_table, &ignored) ? EXIT_INTERNAL : 0;
}

/** Write what is to be written; what cannot be is refused. */
static void write_gate(struct init *init, struct adopted *adopted)
{
	struct cli *cli = init->cli;
	AUTO(auto_str) struct str path = {0};
	AUTO(auto_str) struct str text = {0};
	struct err err = {0};

	str_printf(&path, "%s/%s", cli->repo.root, adopted->file);
	adopted_gate_write(&init->adoption, adopted, &text);
	if (file_create(path.at, str_view(&text), 0666 & ~cli->umask, FILE_SYNC_NO, &err) == 0) {
		return;
	}
	adopted->why = arena_text(&cli->arena, err.text);
	adopted->fate = err.code == ERR_BUSY ? FATE_EXISTS : FATE_REFUSED;
	if (adopted->fate == FATE_REFUSED) {
		problems_add(&cli->problems, PROBLEM_FILE, adopted->row->node->where,
			     init->registry.bytes, NULL, "%s: %s", adopted->row->id, err.text);
	}
}

static int write_gates(struct init *init)
{
	struct cli *cli = init->cli;
	AUTO(auto_str) struct str folder = {0};
	struct err err = {0};

	str_printf(&folder, "%s/%s", cli->repo.root, cli->repo.config.gates);
	if (file_make_dirs(folder.at, 0777 & ~cli->umask, &err)) {
		problems_add(&cli->problems, PROBLEM_FILE,
			     (struct place){cli->repo.config.gates, 0, 0}, (struct text){0}, NULL,
			     "%s", err.text);
		return EXIT_DATA;
	}
	for (size_t i = 0; i < init->adoption.gates.len; i++) {
		if (init->adoption.gates.at[i].fate == FATE_WRITE) {
			write_gate(init, &init->adoption.gates.at[i]);
		}
	}
	return 0;
}

/** Does the repo load with what was written? What is wrong with it is told with the rest. */
static int load_again(struct init *init)
{
	struct repo repo = {0};
	int result = repo_load(&repo, init->cli->repo.root, kinds_table, &init->cli->problems);

	repo_release(&repo);
	return result ? EXIT_DATA : 0;
}

static int init_from_registry(struct init *init)
{
	struct cli *cli = init->cli;
	struct adoption_report report = {.adoption = &init->adoption,
					 .is_dry_run = cli->args.dry_run};
	int status = load_repo(cli);

	if (status == 0) {
		status = read_registry(init, cli->args.from_registry);
	}
	if (status) {
		return status == EXIT_DATA ? cli_tell_problems(cli) : status;
	}
	init->adoption = (struct adoption){.arena = &cli->arena,
					   .repo = &cli->repo,
					   .shipped = &init->shipped.gates,
					   .registry = &init->registry,
					   .problems = &cli->problems};
	adoption_decide(&init->adoption);
	if (!cli->args.dry_run) {
		status = write_gates(init);
		status = status ? status : load_again(init);
	}
	problems_sort(&cli->problems);
	if (status == 0 && cli->problems.list.len > 0) {
		status = EXIT_FAIL;
	}
	report.status = status;
	cli_write(cli, adoption_report_write, &report);
	return status;
}

int cmd_init(struct cli *cli)
{
	struct init init = {.cli = cli};
	int status = init_from_registry(&init);

	adoption_release(&init.adoption);
	registry_release(&init.registry);
	repo_release(&init.shipped);
	str_release(&init.bytes);
	return status;
}

int check_init(const struct arguments *args, struct err *err)
{
	return args->from_registry
		       ? 0
		       : err_set(err, ERR_INPUT, "say what to start from: --from-registry FILE");
}
