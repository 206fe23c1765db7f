#include "check/ladder/ladder_kind.h"

#include "base/cleanup.h"
#include "check/ladder/ladder_private.h"
#include "check/tailnet/daemon.h"

/** So long before the gate is judged the climbs end, so that each says itself what it waited for.
 */
#define MARGIN_MS 100

struct ladder_subject *ladder_add(struct ladder_subjects *subjects)
{
	return VEC_ADD(&subjects->all);
}

static void on_ended(void *cookie)
{
	struct ladder_subjects *subjects = cookie;

	subjects->under_way--;
	if (subjects->under_way == 0) {
		task_wake(&subjects->check->task);
	}
}

void ladder_start(struct ladder_subjects *subjects)
{
	for (size_t i = 0; i < subjects->all.len; i++) {
		struct ladder_subject *one = &subjects->all.at[i];

		one->spec.deadline_ms = subjects->check->deadline_ms - MARGIN_MS;
		subjects->under_way++;
		one->climb = climb_start(subjects->check->context, &one->spec, on_ended, subjects);
	}
}

/** "a and b (why), c (why)": what was not asked, those with one cause together. */
static void add_not_checked(const struct cert_evidence *evidence, struct str *text)
{
	const char *before = NULL;

	for (enum rung_id id = 0; id < RUNG_COUNT; id++) {
		const struct question *question = rung_question(evidence, id);

		if (!question_is_open(question)) {
			continue;
		}
		if (before && !same_string(before, question->why_not)) {
			str_printf(text, " (%s)", before);
		}
		str_printf(text, "%s%s", before ? ", " : "; not checked: ", rung_title(id));
		before = question->why_not;
	}
	if (before) {
		str_printf(text, " (%s)", before);
	}
}

/** The sentence of a finding: cause, what shows it, and what was not asked. */
static const char *sentence(struct check *check, const struct cert_evidence *evidence,
			    const struct ladder_opinion *opinion)
{
	AUTO(auto_str) struct str text = {0};

	str_add(&text, opinion->cause);
	if (opinion->rung < RUNG_COUNT) {
		str_printf(&text, "; %s: %s", rung_title(opinion->rung),
			   opinion->rungs[opinion->rung].evidence);
	}
	add_not_checked(evidence, &text);
	return check_text(check, "%s", str_text(&text));
}

/** The cause that names share, as reports put them together by it; NULL: it is the name's own. */
static const char *shared_cause(struct check *check, const struct cert_evidence *evidence,
				const struct ladder_opinion *opinion)
{
	const struct tailnet_status *status = evidence->daemon.status;
	AUTO(auto_str) struct str tailnet = {0};

	switch (opinion->scope) {
	case SCOPE_NAME:
		break;
	case SCOPE_DAEMON:
		return check_text(check, DAEMON_SUBJECT " %s", reason_code(opinion->reason));
	case SCOPE_TAILNET:
		str_add_printable(&tailnet, text_of(status && status->magic_dns_suffix
							    ? status->magic_dns_suffix
							    : "local"));
		return check_text(check, "tailnet:%s %s", str_text(&tailnet),
				  reason_code(opinion->reason));
	}
	return NULL;
}

static void report(struct check *check, const struct ladder_subject *one)
{
	const struct cert_evidence *evidence = climb_evidence(one->climb);
	struct ladder_opinion opinion = {0};
	struct finding *finding = NULL;

	judge_ladder(evidence, check->context->arena, &opinion);
	check->result->checked +=
		opinion.verdict == VERDICT_PASS || opinion.verdict == VERDICT_FAIL;
	if (opinion.reason == REASON_NONE) {
		return;
	}
	finding = check_add(check, opinion.verdict, opinion.reason, one->subject, one->where, "%s",
			    sentence(check, evidence, &opinion));
	finding->hint = opinion.fix;
	finding->detail = check_text(check, "%s:%u", one->spec.name, (unsigned)one->spec.port);
	finding->caused_by = shared_cause(check, evidence, &opinion);
}

void ladder_report(struct ladder_subjects *subjects)
{
	for (size_t i = 0; i < subjects->all.len; i++) {
		struct ladder_subject *one = &subjects->all.at[i];

		if (one->climb) {
			climb_stop(one->climb);
			report(subjects->check, one);
		}
	}
	VEC_RELEASE(&subjects->all);
}
