/*
 * loops_proven (G061): every loop that was closed after `adopted` cites runs that still prove it.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "check/check.h"
#include "closure/scopes.h"
#include "closure/standing.h"

/** What is judged: one closed loop after the other. */
struct gathered {
	struct scopes scopes;
	struct prover prover;
	bool has_prover;
	struct err err; /**< why there is none */
};

static const char *subject_of(struct check *check, const struct scope *scope)
{
	return scope->id ? check_text(check, "loop:%s", scope->id)
			 : check_text(check, "file:%s", scope->file);
}

static struct place place_of(struct check *check, const struct scope *scope)
{
	const struct problems *problems = &scope->problems;
	struct place where = scope->status            ? scope->status_where
			     : problems->list.len > 0 ? problems->list.at[0].where
						      : (struct place){scope->file, 1, 1};

	where.file = check_text(check, "%s", scope->file);
	return where;
}

static void judge_standing(struct check *check, const struct standing *standing)
{
	const struct scope *scope = standing->scope;
	struct finding *finding = NULL;

	switch (standing->verdict) {
	case VERDICT_PASS:
		check->result->checked++;
		return;
	case VERDICT_SKIP:
		return;
	case VERDICT_FAIL:
		check->result->checked++;
		break;
	case VERDICT_UNKNOWN:
		break;
	}
	finding = check_add(check, standing->verdict, standing->reason, subject_of(check, scope),
			    place_of(check, scope), "%s", standing->why);
	finding->hint = scope->state == SCOPE_CLOSED
				? check_text(check,
					     "'gaterun loop check %s' says all; close it on "
					     "evidence, or reopen it",
					     scope->id)
				: NULL;
}

static void judge_scope(struct check *check, struct gathered *gathered, const struct scope *scope)
{
	struct standing standing = {0};

	if (scope->state == SCOPE_OPEN && scope->id) {
		return;
	}
	standing_judge(&gathered->prover, scope, NULL, &standing);
	judge_standing(check, &standing);
	standing_release(&standing);
}

/** Folders and files that could not be read. */
static void judge_unread(struct check *check, const struct problems *problems)
{
	for (size_t i = 0; i < problems->list.len; i++) {
		const struct problem *problem = &problems->list.at[i];
		const char *file = check_text(check, "%s", problem->where.file);

		(void)check_add(check, VERDICT_UNKNOWN, REASON_LOOP_UNREADABLE,
				check_text(check, "file:%s", file), (struct place){file, 0, 0},
				"%s", problem->message);
	}
}

static void begin(struct check *check)
{
	struct gathered *gathered = mem_alloc(sizeof(*gathered));
	const struct repo *repo = check->context->repo;

	scopes_read(repo, &gathered->scopes);
	gathered->has_prover =
		gathered->scopes.list.len > 0 &&
		prover_open(&gathered->prover, repo, clock_utc_ms(), &gathered->err) == 0;
	check->state = gathered;
}

static void judge(struct check *check)
{
	struct gathered *gathered = check->state;

	judge_unread(check, &gathered->scopes.problems);
	if (gathered->scopes.list.len > 0 && !gathered->has_prover) {
		(void)check_add(check, VERDICT_UNKNOWN, REASON_VCS_FAILED,
				check_text(check, "gate:%s", check->gate->id), (struct place){0},
				"%s", gathered->err.text);
	}
	for (size_t i = 0; gathered->has_prover && i < gathered->scopes.list.len; i++) {
		judge_scope(check, gathered, &gathered->scopes.list.at[i]);
	}
	if (gathered->has_prover) {
		prover_release(&gathered->prover);
	}
	scopes_release(&gathered->scopes);
	free(gathered);
	check->state = NULL;
}

const struct kind kind_loops_proven = {
	.name = "loops_proven",
	.doc = "Reads the folders of loops that gaterun.yaml names, and what closed loops cite. Passes "
	       "when each loop that was closed after 'adopted' is proven by runs that still count, as "
	       "'gaterun loop check' judges them",
	.fields = no_settings,
	.mode = MODE_STATIC,
	.begin = begin,
	.judge = judge,
};
