#include <string.h>

#include "base/cleanup.h"
#include "check/check.h"
#include "cli/commands.h"
#include "cli/kinds.h"
#include "report/report.h"

/** What is to be written. */
struct lint {
	struct cli *cli;
	struct problems remarks; /**< what is no mistake, and surely not meant; no status */
	int status;
};

/** The bindings, for whoever goes over all of them; NULL-ended. */
struct bindings {
	const struct binding *at[6];
};

static struct bindings bindings_of(const struct repo *repo)
{
	return (struct bindings){{&repo->targets.binding, &repo->devices.binding,
				  &repo->endpoints.binding, &repo->known_hosts_file,
				  &repo->tailnet_policy.binding, NULL}};
}

/** Bytes of the binding at `path`, to quote its lines. */
static struct text source_of(const struct repo *repo, const char *path)
{
	struct bindings bindings = bindings_of(repo);

	for (size_t i = 0; bindings.at[i]; i++) {
		if (same_string(bindings.at[i]->path, path)) {
			return bindings.at[i]->bytes;
		}
	}
	return (struct text){0};
}

/** What the kind bindings_valid finds wrong, whatever gates the repo has; it sends nothing. */
static void judge_bindings(struct lint *lint)
{
	struct cli *cli = lint->cli;
	const struct kind *kind = kind_find(kinds_table, "bindings_valid");
	struct gate gate = {.id = "lint", .kind = kind, .targets = {.all = true}};
	struct context context = {
		.repo = &cli->repo, .arena = &cli->arena, .targets = {.all = true}};
	struct result result = {.gate = &gate};
	struct check check = {.gate = &gate, .kind = kind, .context = &context, .result = &result};

	kind->judge(&check);
	for (size_t i = 0; i < result.findings.len; i++) {
		const struct finding *finding = &result.findings.at[i];
		bool is_mistake = finding->verdict == VERDICT_FAIL;

		if (finding->verdict == VERDICT_SKIP) {
			continue;
		}
		problems_add(is_mistake ? &cli->problems : &lint->remarks, PROBLEM_VALUE,
			     finding->where, source_of(&cli->repo, finding->where.file),
			     finding->hint, "%s%s", is_mistake ? "" : "remark: ", finding->message);
	}
	result_release(&result);
}

/** What cannot be read in the files that are no business of that kind. */
static void collect_problems(struct cli *cli, const struct problems *problems)
{
	for (size_t i = 0; i < problems->list.len; i++) {
		/* the texts live as long as the repo */
		*VEC_ADD(&cli->problems.list) = problems->list.at[i];
	}
}

static void collect_repeats(struct cli *cli, const struct tailnet_policy *policy)
{
	for (size_t i = 0; i < policy->repeats.len; i++) {
		const struct repeated_key *repeat = &policy->repeats.at[i];

		problems_add(&cli->problems, PROBLEM_REPEATED_KEY, repeat->where,
			     policy->binding.bytes, "keep one of them",
			     "key '%s' stands twice; first on line %d", repeat->key,
			     repeat->first.line);
	}
}

static size_t count_bindings(const struct repo *repo)
{
	struct bindings bindings = bindings_of(repo);
	size_t count = 0;

	for (size_t i = 0; bindings.at[i]; i++) {
		count += bindings.at[i]->state == BINDING_LOADED;
	}
	return count;
}

static void write_lint(const char *format, const struct style *style, void *cookie, struct str *out)
{
	const struct lint *lint = cookie;
	const struct repo *repo = &lint->cli->repo;
	size_t count = lint->cli->problems.list.len;
	size_t remarks = lint->remarks.list.len;
	size_t bindings = count_bindings(repo);

	(void)style;
	if (strcmp(format, "json") == 0) {
		report_problems_json(&lint->cli->problems, lint->status, out);
		return;
	}
	report_problems_text(&lint->cli->problems, out);
	report_problems_text(&lint->remarks, out);
	if (count > 0) {
		str_printf(out, "%zu mistake%s; %s\n", count, count == 1 ? "" : "s",
			   lint->status == EXIT_DATA ? "nothing can run before that is mended"
						     : "what hangs on that is unknown");
		return;
	}
	str_printf(out, "ok: %zu binding%s, %zu gate%s", bindings, bindings == 1 ? "" : "s",
		   repo->gates.len, repo->gates.len == 1 ? "" : "s");
	if (remarks > 0) {
		str_printf(out, ", %zu remark%s", remarks, remarks == 1 ? "" : "s");
	}
	str_add_char(out, '\n');
}

int cmd_lint(struct cli *cli)
{
	struct lint lint = {.cli = cli, .status = cli_read_repo(cli)};

	if (!cli->has_repo) {
		return cli_tell_problems(cli);
	}
	judge_bindings(&lint);
	collect_problems(cli, &cli->repo.known_hosts_file.problems);
	collect_problems(cli, &cli->repo.tailnet_policy.binding.problems);
	collect_repeats(cli, &cli->repo.tailnet_policy);
	problems_sort(&cli->problems);
	problems_sort(&lint.remarks);
	if (lint.status == EXIT_PASS && cli->problems.list.len > 0) {
		lint.status = EXIT_FAIL;
	}
	cli_write(cli, write_lint, &lint);
	problems_release(&lint.remarks);
	return lint.status;
}
