#include <string.h>

#include "base/cleanup.h"
#include "cli/commands.h"
#include "cli/routes.h"
#include "cli/selection.h"
#include "data/json.h"

/** What is to be written. */
struct answer {
	const struct cli *cli;
	const char *context;
	struct vantage from;
	const struct target **targets;
	size_t count;
};

static void write_answer(const char *format, const struct style *style, void *cookie,
			 struct str *out)
{
	const struct answer *answer = cookie;
	const struct vantage *from = &answer->from;

	if (strcmp(format, "json") == 0) {
		AUTO(auto_json) struct json *map = json_map();
		struct json *list = json_list();

		for (size_t i = 0; i < answer->count; i++) {
			json_add(list, routes_json(answer->targets[i], from));
		}
		json_put_text(map, "schema", "gaterun/resolve/v1");
		json_put_text(map, "context", answer->context);
		json_put_text(map, "mode", mode_word(from->mode));
		json_put(map, "targets", list);
		json_write(map, JSON_INDENTED, out);
		return;
	}
	for (size_t i = 0; i < answer->count; i++) {
		routes_write(answer->targets[i], from, style, out);
	}
	str_printf(out, "context %s, mode %s; nothing was sent\n", answer->context,
		   mode_word(from->mode));
}

int cmd_resolve(struct cli *cli)
{
	const struct words *words = &cli->args.words;
	struct answer answer = {
		.cli = cli, .from = {.policy = &cli->repo.policy, .targets = &cli->repo.targets}};
	int status = choose_mode(cli, &answer.context, &answer.from.mode);
	struct lans lans = {0};

	answer.targets = arena_alloc(&cli->arena, words->len * sizeof(*answer.targets));
	for (size_t i = 0; status == 0 && i < words->len; i++) {
		answer.targets[i] = choose_target(cli, words->at[i]);
		answer.count = i + 1;
		status = answer.targets[i] ? 0 : EXIT_USAGE;
	}
	routes_look_around(&answer.from, &lans);
	if (status == 0) {
		cli_write(cli, write_answer, &answer);
	}
	lans_release(&lans);
	return status;
}
