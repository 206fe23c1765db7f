#include "check/ladder/cert_ladder.h"

#include "check/ladder/ladder_private.h"

bool question_is_open(const struct question *question)
{
	return question && question->asked == NOT_ASKED && question->why_not && !question->is_moot;
}

/** What is not known because nobody could ask, or was allowed to. */
static void list_not_checked(const struct cert_evidence *evidence, struct arena *arena,
			     struct ladder_opinion *out)
{
	for (enum rung_id id = 0; id < RUNG_COUNT; id++) {
		const struct question *question = rung_question(evidence, id);

		if (question_is_open(question)) {
			out->not_checked[out->not_checked_count++] =
				arena_printf(arena, "%s: %s", rung_title(id), question->why_not);
		}
	}
}

/** The whole table. */
static const struct ladder_rule *const parts[] = {ladder_node, ladder_wire, ladder_rest};

#define PARTS (sizeof(parts) / sizeof(parts[0]))

/** The first row of the table that holds; NULL if none does. */
static const struct ladder_rule *find_cause(const struct cert_evidence *evidence)
{
	for (size_t i = 0; i < PARTS; i++) {
		for (const struct ladder_rule *rule = parts[i]; rule->holds; rule++) {
			if (rule->holds(evidence)) {
				return rule;
			}
		}
	}
	return NULL;
}

/** What the daemon says of itself, it says of every name; and so with the tailnet. */
static enum ladder_scope scope_of(const struct ladder_rule *rule)
{
	if (rule->rung == RUNG_DAEMON || rule->rung == RUNG_STATE) {
		return SCOPE_DAEMON;
	}
	return rule->reason == REASON_CERT_MAGIC_DNS_OFF || rule->reason == REASON_CERT_HTTPS_OFF ||
			       rule->reason == REASON_CERT_UNSUPPORTED
		       ? SCOPE_TAILNET
		       : SCOPE_NAME;
}

void judge_ladder(const struct cert_evidence *evidence, struct arena *arena,
		  struct ladder_opinion *out)
{
	const struct ladder_rule *rule = find_cause(evidence);

	*out = (struct ladder_opinion){.verdict = VERDICT_PASS, .rung = RUNG_COUNT};
	ladder_rungs(evidence, arena, out->rungs);
	list_not_checked(evidence, arena, out);
	if (rule) {
		out->verdict = rule->verdict;
		out->reason = rule->reason;
		out->row = rule->row;
		out->rung = rule->rung;
		out->scope = scope_of(rule);
		out->cause = ladder_fill(arena, rule->cause, evidence);
		out->fix = ladder_fill(arena, rule->fix, evidence);
	}
}

bool ladder_explain(enum reason reason, size_t nth, struct arena *arena, const char **cause,
		    const char **fix)
{
	for (size_t i = 0; i < PARTS; i++) {
		for (const struct ladder_rule *rule = parts[i]; rule->holds; rule++) {
			if (rule->reason != reason || nth-- > 0) {
				continue;
			}
			*cause = ladder_fill(arena, rule->cause, NULL);
			*fix = ladder_fill(arena, rule->fix, NULL);
			return true;
		}
	}
	return false;
}
