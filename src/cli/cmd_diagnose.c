/* Why is a name not served over TLS? Every rung, then the one cause. */
#include <string.h>

#include "base/cleanup.h"
#include "cli/commands.h"
#include "cli/diagnosis.h"
#include "cli/selection.h"
#include "data/json.h"
#include "report/layout.h"

/** Columns of the names of the rungs, with the mark before them. */
#define TITLE_COLUMNS ((size_t)25)

/** What is to be written. */
struct answer {
	struct diagnosis diagnosis;
	const char *context;
	int exit;
};

static struct json *rungs_json(const struct ladder_opinion *opinion)
{
	struct json *list = json_list();

	for (enum rung_id id = 0; id < RUNG_COUNT; id++) {
		struct json *map = json_map();

		json_put_text(map, "name", rung_word(id));
		json_put_text(map, "verdict", verdict_word(opinion->rungs[id].verdict));
		json_put_text(map, "evidence", opinion->rungs[id].evidence);
		json_add(list, map);
	}
	return list;
}

static void write_json(const struct answer *answer, struct str *out)
{
	const struct diagnosis *diagnosis = &answer->diagnosis;
	const struct ladder_opinion *opinion = &diagnosis->opinion;
	AUTO(auto_json) struct json *map = json_map();
	struct json *not_checked = json_list();

	for (size_t i = 0; i < opinion->not_checked_count; i++) {
		json_add_text(not_checked, opinion->not_checked[i]);
	}
	json_put_text(map, "schema", "gaterun/diagnosis/v1");
	json_put_text(map, "name", diagnosis->spec.name);
	json_put_int(map, "port", diagnosis->spec.port);
	json_put_text(map, "context", answer->context);
	json_put_text(map, "mode", mode_word(diagnosis->mode));
	json_put_text(map, "verdict", verdict_word(opinion->verdict));
	json_put_int(map, "exit", answer->exit);
	json_put_text(map, "reason",
		      opinion->reason == REASON_NONE ? NULL : reason_code(opinion->reason));
	json_put_int(map, "row", opinion->row);
	json_put_text(map, "cause", opinion->cause);
	json_put_text(map, "fix", opinion->fix);
	json_put_text(map, "rung", rung_word(opinion->rung));
	json_put(map, "rungs", rungs_json(opinion));
	json_put(map, "not_checked", not_checked);
	json_put_int(map, "duration_ms", diagnosis->took_ms);
	json_write(map, JSON_INDENTED, out);
}

static void write_rung(const struct ladder_opinion *opinion, enum rung_id id,
		       const struct style *style, struct str *out)
{
	enum verdict verdict = opinion->rungs[id].verdict;
	size_t columns = text_columns(text_of(rung_title(id))) + 4;

	str_add(out, "  ");
	colour_add(out, style, verdict_colour(verdict), mark_text(style, verdict_mark(verdict)));
	str_printf(out, " %s", rung_title(id));
	add_spaces(out, TITLE_COLUMNS - columns);
	wrap_add(out, style, TITLE_COLUMNS, TITLE_COLUMNS, opinion->rungs[id].evidence);
	str_add_char(out, '\n');
}

/** "cause   sentence" */
static void write_line(const char *title, const char *text, const struct style *style,
		       struct str *out)
{
	size_t columns = text_columns(text_of(title));

	colour_add(out, style, COLOUR_BOLD, title);
	add_spaces(out, 9 - columns);
	wrap_add(out, style, 9, 9, text);
	str_add_char(out, '\n');
}

static void write_text(const struct answer *answer, const struct style *style, struct str *out)
{
	const struct ladder_opinion *opinion = &answer->diagnosis.opinion;
	AUTO(auto_str) struct str cause = {0};

	str_printf(out, "%s port %u: ", answer->diagnosis.spec.name,
		   (unsigned)answer->diagnosis.spec.port);
	colour_add(out, style, verdict_colour(opinion->verdict), verdict_word(opinion->verdict));
	str_add(out, "\n\n");
	for (enum rung_id id = 0; id < RUNG_COUNT; id++) {
		if (opinion->rungs[id].verdict != VERDICT_SKIP) {
			write_rung(opinion, id, style, out);
		}
	}
	str_add_char(out, '\n');
	if (opinion->cause) {
		str_printf(&cause, "%s (%s)", opinion->cause, reason_code(opinion->reason));
		write_line("cause", str_text(&cause), style, out);
		write_line("fix", opinion->fix, style, out);
	} else {
		str_add(out,
			answer->diagnosis.spec.has_tls
				? "a good certificate is served, end to end\n"
				: "it answers; TLS was not asked for, so nothing is known of a "
				  "certificate\n");
	}
	str_printf(out, "\ncontext %s, mode %s, %lld.%lld s\n", answer->context,
		   mode_word(answer->diagnosis.mode), (long long)answer->diagnosis.took_ms / 1000,
		   (long long)answer->diagnosis.took_ms % 1000 / 100);
}

static void write_answer(const char *format, const struct style *style, void *cookie,
			 struct str *out)
{
	const struct answer *answer = cookie;

	if (strcmp(format, "json") == 0) {
		write_json(answer, out);
	} else {
		write_text(answer, style, out);
	}
}

static int exit_of(enum verdict verdict)
{
	return verdict == VERDICT_PASS   ? EXIT_PASS
	       : verdict == VERDICT_FAIL ? EXIT_FAIL
					 : EXIT_UNKNOWN;
}

/** Outside of an ops repo a name can be asked for as well; nothing is known about it then. */
static int load(struct cli *cli, struct answer *answer)
{
	struct run_options options = {0};
	struct diagnosis *diagnosis = &answer->diagnosis;
	int status = cli_load_gates(cli);

	if (status == 0) {
		status = choose_options(cli, &options);
	}
	answer->context = options.context;
	diagnosis->repo = &cli->repo;
	diagnosis->mode = options.mode;
	diagnosis->identity = options.identity;
	diagnosis->agent = options.agent;
	diagnosis->deadline_ms = options.deadline_ms > 0 ? options.deadline_ms : DIAGNOSIS_MS;
	return status;
}

int cmd_diagnose_cert(struct cli *cli)
{
	struct answer answer = {0};
	struct diagnosis *diagnosis = &answer.diagnosis;
	struct err err = {0};
	int status = load(cli, &answer);

	if (status) {
		return status;
	}
	if (diagnosis_of(diagnosis, cli->args.words.at[0], &cli->arena, &err)) {
		return cli_usage(cli, "%s", err.text);
	}
	if (diagnosis_run(diagnosis, &cli->arena, &err)) {
		return cli_refuse(cli, "%s", err.text);
	}
	answer.exit = diagnosis->signal ? EXIT_SIGNAL + diagnosis->signal
					: exit_of(diagnosis->opinion.verdict);
	cli_write(cli, write_answer, &answer);
	return answer.exit;
}
