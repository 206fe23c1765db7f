#include "cli/loops.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "closure/closing.h"
#include "report/layout.h"

/** Columns before what belongs to a claim. */
#define CLAIM_INDENT ((size_t)9)

/* ---- reading */

int loops_open(struct cli *cli, struct loops *loops)
{
	if (cli->repo.config.loops.folders.len == 0) {
		return cli_refuse(cli, "no folder of loops is known: name it in gaterun.yaml, like "
				       "'loops: {folders: [loops]}'");
	}
	scopes_read(&cli->repo, &loops->scopes);
	return 0;
}

int loops_open_prover(struct cli *cli, struct loops *loops)
{
	struct err err = {0};

	if (prover_open(&loops->prover, &cli->repo, clock_utc_ms(), &err)) {
		cli_say(cli, "%s", err.text);
		return EXIT_UNKNOWN;
	}
	loops->has_prover = true;
	return 0;
}

void loops_close(struct loops *loops)
{
	if (loops->has_prover) {
		prover_release(&loops->prover);
	}
	scopes_release(&loops->scopes);
}

const struct scope *loops_named(struct cli *cli, const struct loops *loops)
{
	const char *name = cli->args.words.at[0];
	const struct scope *scope = scopes_find(&loops->scopes, name);
	const char *near = scope ? NULL : scopes_nearest(&loops->scopes, name);

	if (!scope) {
		cli_say(cli, "there is no loop '%s'%s%s%s; 'gaterun loop list' lists them", name,
			near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
	}
	return scope;
}

struct texts loops_evidence(struct cli *cli)
{
	const struct words *given = &cli->args.evidence;
	const struct words *words = &cli->args.words;
	struct texts keys = {
		.at = arena_alloc(&cli->arena, (given->len + words->len + 1) * sizeof(*keys.at))};

	for (size_t i = 0; i < given->len + words->len; i++) {
		const char *key = i < given->len ? given->at[i] : words->at[i - given->len];

		/* The first word is the loop. */
		if (i != given->len && !texts_hold(&keys, key)) {
			keys.at[keys.len++] = key;
		}
	}
	return keys;
}

/* ---- JSON */

static struct json *texts_json(const struct texts *texts)
{
	struct json *list = json_list();

	for (size_t i = 0; i < texts->len; i++) {
		json_add_text(list, texts->at[i]);
	}
	return list;
}

static void put_place(struct json *map, struct place where)
{
	json_put_text(map, "file", where.file);
	json_put_int(map, "line", where.line);
	json_put_int(map, "column", where.column);
}

struct json *loops_problems_json(const struct problems *problems)
{
	struct json *list = json_list();

	for (size_t i = 0; i < problems->list.len; i++) {
		const struct problem *problem = &problems->list.at[i];
		struct json *row = json_map();

		put_place(row, problem->where);
		json_put_text(row, "message", problem->message);
		json_put_text(row, "hint", problem->hint);
		json_add(list, row);
	}
	return list;
}

static void put_time(struct json *map, const char *key, int64_t utc_ms)
{
	char text[CLOCK_RFC3339_BYTES];

	if (utc_ms > 0) {
		clock_format_rfc3339(utc_ms, text);
	}
	json_put_text(map, key, utc_ms > 0 ? text : NULL);
}

static struct json *guards_json(const struct scope *scope)
{
	struct json *list = json_list();

	for (size_t i = 0; i < scope->guards.len; i++) {
		const struct guard *guard = &scope->guards.at[i];
		struct json *row = json_map();

		json_put_text(row, "label", guard->label);
		json_put_text(row, "command", guard->command);
		json_put(row, "argv", texts_json(&guard->argv));
		json_put_bool(row, "verifies", guard->is_verify);
		json_put(row, "packs", texts_json(&guard->packs));
		json_put(row, "gates", texts_json(&guard->gates));
		json_put_int(row, "line", guard->where.line);
		json_put_int(row, "column", guard->where.column);
		json_add(list, row);
	}
	return list;
}

static struct json *criteria_json(const struct scope *scope)
{
	static const char *const ticks[] = {
		[TICK_NONE] = NULL, [TICK_OPEN] = "open", [TICK_DONE] = "done"};
	struct json *list = json_list();

	for (size_t i = 0; i < scope->criteria.len; i++) {
		const struct criterion *criterion = &scope->criteria.at[i];
		struct json *row = json_map();

		json_put_text(row, "name", criterion->name);
		json_put_text(row, "text", criterion->text);
		json_put_text(row, "section", criterion->section);
		json_put_text(row, "box", ticks[criterion->tick]);
		json_put(row, "gates", texts_json(&criterion->gates));
		json_put_int(row, "line", criterion->where.line);
		json_put_int(row, "column", criterion->where.column);
		json_add(list, row);
	}
	return list;
}

struct json *scope_json(const struct scope *scope)
{
	struct json *map = json_map();

	json_put_text(map, "id", scope->id);
	json_put_text(map, "file", scope->file);
	json_put_text(map, "form", scope->form == SCOPE_TASK ? "task" : "scope");
	json_put_text(map, "title", scope->title);
	json_put_text(map, "status", scope->status);
	json_put_text(map, "state", scope_state_word(scope->state));
	json_put_text(map, "owner", scope->owner);
	json_put_text(map, "priority", scope->priority);
	put_time(map, "opened_at", scope_opened_utc_ms(scope));
	put_time(map, "closed_at", scope->closed.utc_ms);
	put_time(map, "reopened_at", scope->reopened.utc_ms);
	json_put(map, "guards", guards_json(scope));
	json_put(map, "criteria", criteria_json(scope));
	json_put(map, "problems", loops_problems_json(&scope->problems));
	return map;
}

static const char *code_of(enum reason reason)
{
	return reason == REASON_NONE ? NULL : reason_code(reason);
}

static const char *text_or_null(const char *text)
{
	return text && *text ? text : NULL;
}

static struct json *claims_json(const struct coverage *coverage)
{
	struct json *list = json_list();

	for (size_t i = 0; i < coverage->claims.len; i++) {
		const struct claim *claim = &coverage->claims.at[i];
		struct json *row = json_map();

		json_put_text(row, "sort", claim_sort_word(claim->sort));
		json_put_text(row, "name", claim->name);
		json_put_text(row, "text", claim->text);
		json_put(row, "gates", texts_json(&claim->gates));
		json_put_bool(row, "proven", claim->proof != NULL);
		json_put_text(row, "run_key", claim->proof ? claim->proof->run_key : NULL);
		json_put_text(row, "reason", code_of(claim->reason));
		json_put_text(row, "why", claim->why);
		put_place(row, claim->where);
		json_add(list, row);
	}
	return list;
}

static struct json *evidence_json(const struct coverage *coverage)
{
	struct json *list = json_list();

	for (size_t i = 0; i < coverage->exhibits.len; i++) {
		const struct exhibit *exhibit = &coverage->exhibits.at[i];
		const struct proof *proof = exhibit->proof;
		struct json *row = json_map();

		json_put_text(row, "run_key", proof->run_key);
		json_put_bool(row, "counts", exhibit->reason == REASON_NONE);
		json_put_text(row, "reason", code_of(exhibit->reason));
		json_put_text(row, "why", text_or_null(exhibit->why));
		json_put_bool(row, "undecided", exhibit->is_undecided);
		json_put_text(row, "file", proof->file);
		json_put_text(row, "signed_by", proof->signed_by);
		json_put(row, "preexisting", texts_json(&proof->excused));
		json_add(list, row);
	}
	return list;
}

static struct json *summary_json(const struct summary *summary)
{
	struct json *map = json_map();

	json_put_text(map, "state", summary_state_word(summary->state));
	json_put_text(map, "file", summary->file);
	json_put_text(map, "signed_by", summary->signed_by);
	json_put_bool(map, "edited_since", summary->is_edited);
	json_put_text(map, "signoff_file", summary->signoff.file);
	json_put_text(map, "signed_off_by", summary->signoff.signed_by);
	json_put_text(map, "reason", code_of(summary->reason));
	json_put_text(map, "why", summary->why);
	return map;
}

struct json *standing_json(const struct standing *standing)
{
	struct json *map = scope_json(standing->scope);

	json_put_text(map, "verdict", verdict_word(standing->verdict));
	json_put_text(map, "reason", code_of(standing->reason));
	json_put_text(map, "why", text_or_null(standing->why));
	json_put(map, "claims", claims_json(&standing->coverage));
	json_put(map, "evidence", evidence_json(&standing->coverage));
	json_put(map, "summary", summary_json(&standing->summary));
	return map;
}

/* ---- for people */

static void add_line(struct str *out, const struct style *style, enum verdict verdict,
		     const struct str *line)
{
	const char *word = verdict_word(verdict);

	str_add(out, "  ");
	colour_add(out, style, verdict_colour(verdict), word);
	add_spaces(out, CLAIM_INDENT - 2 - strlen(word) + 1);
	wrap_add(out, style, CLAIM_INDENT + 1, CLAIM_INDENT + 1, str_text(line));
	str_add_char(out, '\n');
}

static void add_claim(const struct claim *claim, const struct style *style, struct str *out)
{
	AUTO(auto_str) struct str line = {0};
	enum verdict verdict = claim->proof ? VERDICT_PASS : VERDICT_UNKNOWN;

	if (claim->sort == CLAIM_HUMAN) {
		str_printf(&line, "criterion %s, stated by people: %s", claim->name, claim->text);
		add_line(out, style, VERDICT_SKIP, &line);
		return;
	}
	str_printf(&line, "%s %s", claim->sort == CLAIM_PACK ? "pack" : "criterion", claim->name);
	for (size_t i = 0; i < claim->gates.len; i++) {
		str_printf(&line, "%s%s", i ? ", " : " by ", claim->gates.at[i]);
	}
	if (claim->sort == CLAIM_CRITERION && claim->text) {
		str_printf(&line, ": %s", claim->text);
	}
	if (claim->why) {
		str_printf(&line, " (%s: %s)", reason_code(claim->reason), claim->why);
	}
	if (claim->reason == REASON_LOOP_GATE_NOT_PASS) {
		verdict = VERDICT_FAIL;
	}
	add_line(out, style, verdict, &line);
}

static void add_exhibit(const struct exhibit *exhibit, const struct style *style, struct str *out)
{
	AUTO(auto_str) struct str line = {0};

	if (exhibit->reason == REASON_NONE) {
		closing_line(exhibit->proof, &line);
		add_line(out, style, VERDICT_PASS, &line);
		return;
	}
	str_printf(&line, "%s: %s (%s)", exhibit->proof->run_key, exhibit->why,
		   reason_code(exhibit->reason));
	add_line(out, style, exhibit->is_undecided ? VERDICT_UNKNOWN : VERDICT_FAIL, &line);
}

static void add_head(const struct standing *standing, const struct style *style, struct str *out)
{
	static const char *const words[][4] = {
		[SCOPE_UNKNOWN] = {"UNREADABLE", "", "", ""},
		[SCOPE_OPEN] = {"NOT PROVEN", "COULD BE CLOSED", "REFUSED", ""},
		[SCOPE_CLOSED] = {"UNDECIDED", "PROVEN", "NOT PROVEN", "NOT JUDGED"},
	};
	const struct scope *scope = standing->scope;
	AUTO(auto_str) struct str line = {0};

	colour_add(out, style, verdict_colour(standing->verdict),
		   words[scope->state][standing->verdict]);
	str_printf(out, "  %s  (%s)\n", scope->id ? scope->id : "-",
		   scope_state_word(scope->state));
	str_printf(&line, "%s%s%s", scope->file, standing->reason ? ": " : "",
		   standing->reason ? standing->why : "");
	if (standing->reason) {
		str_printf(&line, " (%s)", reason_code(standing->reason));
	}
	str_add(out, "  ");
	wrap_add(out, style, 2, 2, str_text(&line));
	str_add_char(out, '\n');
}

static void add_summary(const struct summary *summary, const struct style *style, struct str *out)
{
	AUTO(auto_str) struct str line = {0};

	if (summary->state == SUMMARY_ABSENT) {
		return;
	}
	if (summary->state == SUMMARY_BAD) {
		str_printf(&line, "summary: %s", summary->why);
		add_line(out, style, VERDICT_FAIL, &line);
		return;
	}
	str_printf(&line, "summary %s, signed by %s%s", summary->file, summary->signed_by,
		   summary->is_edited ? "; the loop's file was edited since" : "");
	if (summary->signoff.signed_by) {
		str_printf(&line, "; signed off by %s", summary->signoff.signed_by);
	}
	add_line(out, style, VERDICT_PASS, &line);
}

void standing_write(const struct standing *standing, const struct style *style, struct str *out)
{
	const struct coverage *coverage = &standing->coverage;
	const struct problems *problems = &standing->scope->problems;

	add_head(standing, style, out);
	for (size_t i = 0; i < coverage->claims.len; i++) {
		add_claim(&coverage->claims.at[i], style, out);
	}
	for (size_t i = 0; i < coverage->exhibits.len; i++) {
		add_exhibit(&coverage->exhibits.at[i], style, out);
	}
	add_summary(&standing->summary, style, out);
	for (size_t i = 0; i < problems->list.len; i++) {
		problem_format(&problems->list.at[i], out);
	}
}
