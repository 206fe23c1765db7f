/* The loops of the repo, and how they stand. */
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "cli/commands.h"
#include "cli/loops.h"
#include "report/layout.h"

/* ---- list */

static void write_list_json(const struct loops *loops, struct str *out)
{
	AUTO(auto_json) struct json *map = json_map();
	struct json *list = json_list();

	for (size_t i = 0; i < loops->scopes.list.len; i++) {
		json_add(list, scope_json(&loops->scopes.list.at[i]));
	}
	json_put_text(map, "schema", "gaterun/loops/v1");
	json_put(map, "loops", list);
	json_put(map, "problems", loops_problems_json(&loops->scopes.problems));
	json_write(map, JSON_INDENTED, out);
}

/** How many criteria name gates, in the file. */
static size_t mapped(const struct scope *scope)
{
	size_t count = 0;

	for (size_t i = 0; i < scope->criteria.len; i++) {
		count += scope->criteria.at[i].gates.len > 0;
	}
	return count;
}

static void write_list(const char *format, const struct style *style, void *cookie, struct str *out)
{
	const struct loops *loops = cookie;

	if (strcmp(format, "json") == 0) {
		write_list_json(loops, out);
		return;
	}
	for (size_t i = 0; i < loops->scopes.list.len; i++) {
		const struct scope *scope = &loops->scopes.list.at[i];
		AUTO(auto_str) struct str line = {0};

		str_printf(&line, "%s, %zu criteria, %zu with gates; %s",
			   scope->status ? scope->status : "no status", scope->criteria.len,
			   mapped(scope), scope->file);
		str_printf(out, "%-8s %s\n", scope_state_word(scope->state),
			   scope->id ? scope->id : "-");
		add_spaces(out, 2);
		wrap_add(out, style, 2, 2, str_text(&line));
		str_add_char(out, '\n');
	}
	for (size_t i = 0; i < loops->scopes.list.len; i++) {
		const struct problems *problems = &loops->scopes.list.at[i].problems;

		for (size_t k = 0; k < problems->list.len; k++) {
			problem_format(&problems->list.at[k], out);
		}
	}
	for (size_t i = 0; i < loops->scopes.problems.list.len; i++) {
		problem_format(&loops->scopes.problems.list.at[i], out);
	}
	if (loops->scopes.list.len == 0) {
		str_add(out, "no loops\n");
	}
}

int cmd_loop_list(struct cli *cli)
{
	AUTO(auto_loops) struct loops loops = {0};
	int status = loops_open(cli, &loops);

	if (status == 0) {
		cli_write(cli, write_list, &loops);
	}
	return status;
}

/* ---- check */

/** Loops that were judged. */
struct checked {
	struct VEC(struct standing *) list;
	const struct loops *loops;
	bool is_all;
	int exit;
};

static void write_checked(const char *format, const struct style *style, void *cookie,
			  struct str *out)
{
	const struct checked *checked = cookie;
	AUTO(auto_json) struct json *map = json_map();
	struct json *list = NULL;

	if (strcmp(format, "json") == 0) {
		list = json_list();
		for (size_t i = 0; i < checked->list.len; i++) {
			json_add(list, standing_json(checked->list.at[i]));
		}
		json_put_text(map, "schema", "gaterun/loop-check/v1");
		json_put_int(map, "exit", checked->exit);
		json_put(map, "loops", list);
		json_put(map, "problems", loops_problems_json(&checked->loops->scopes.problems));
		json_write(map, JSON_INDENTED, out);
		return;
	}
	for (size_t i = 0; i < checked->list.len; i++) {
		standing_write(checked->list.at[i], style, out);
	}
	for (size_t i = 0; i < checked->loops->scopes.problems.list.len; i++) {
		problem_format(&checked->loops->scopes.problems.list.at[i], out);
	}
}

static void judge(struct loops *loops, const struct scope *scope, const struct texts *cited,
		  struct checked *checked)
{
	struct standing *standing = mem_alloc(sizeof(*standing));

	standing_judge(&loops->prover, scope, cited, standing);
	*VEC_ADD(&checked->list) = standing;
}

/** Of all loops only closed ones can be wrong; of a file that cannot be read nobody knows. */
static int conclude_all(const struct checked *checked)
{
	int exit = checked->loops->scopes.problems.list.len > 0 ? EXIT_UNKNOWN : EXIT_PASS;

	for (size_t i = 0; i < checked->list.len; i++) {
		const struct standing *standing = checked->list.at[i];

		if (standing->scope->state == SCOPE_CLOSED && standing->verdict == VERDICT_FAIL) {
			return EXIT_FAIL;
		}
		if (standing->scope->state != SCOPE_OPEN && standing->verdict == VERDICT_UNKNOWN) {
			exit = EXIT_UNKNOWN;
		}
	}
	return exit;
}

static int conclude_one(const struct standing *standing)
{
	switch (standing->verdict) {
	case VERDICT_PASS:
		return EXIT_PASS;
	case VERDICT_FAIL:
		return EXIT_FAIL;
	case VERDICT_SKIP:
	case VERDICT_UNKNOWN:
		break;
	}
	return EXIT_UNKNOWN;
}

static void release_checked(struct checked *checked)
{
	for (size_t i = 0; i < checked->list.len; i++) {
		standing_release(checked->list.at[i]);
		free(checked->list.at[i]);
	}
	VEC_RELEASE(&checked->list);
}

static int check_loops(struct cli *cli, struct loops *loops)
{
	struct checked checked = {.loops = loops, .is_all = cli->args.all};
	struct texts cited = {0};

	if (cli->args.all) {
		for (size_t i = 0; i < loops->scopes.list.len; i++) {
			judge(loops, &loops->scopes.list.at[i], NULL, &checked);
		}
		checked.exit = conclude_all(&checked);
	} else {
		const struct scope *scope = loops_named(cli, loops);

		if (!scope) {
			return EXIT_UNKNOWN;
		}
		cited = loops_evidence(cli);
		judge(loops, scope, cited.len > 0 ? &cited : NULL, &checked);
		checked.exit = conclude_one(checked.list.at[0]);
	}
	cli_write(cli, write_checked, &checked);
	release_checked(&checked);
	return checked.exit;
}

int check_loop_check(const struct arguments *args, struct err *err)
{
	if (args->all && (args->words.len > 0 || args->evidence.len > 0)) {
		return err_set(err, ERR_INPUT, "--all takes no loop and no evidence");
	}
	if (!args->all && args->words.len == 0) {
		return err_set(err, ERR_INPUT, "name a loop, or --all");
	}
	return 0;
}

int cmd_loop_check(struct cli *cli)
{
	AUTO(auto_loops) struct loops loops = {0};
	int status = loops_open(cli, &loops);

	status = status ? status : loops_open_prover(cli, &loops);
	return status ? status : check_loops(cli, &loops);
}
