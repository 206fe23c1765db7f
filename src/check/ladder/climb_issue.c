/* The endpoint for certificates: asked last, and only where it may be. */
#include "check/ladder/climb_private.h"

/** A daemon that has no names to certify says so at once; nobody waits longer for it. */
#define HOPELESS_MS 3000

static void on_issue(const struct localapi_facts *facts, void *cookie)
{
	struct climb *climb = cookie;
	struct issue_evidence *issue = &climb->evidence.issue;

	climb->ask = NULL;
	climb->is_issue_over = true;
	issue->question.took_ms = since(climb->issue_ms);
	if (facts->outcome != LOCALAPI_TIMEOUT && facts->outcome != LOCALAPI_NOT_TRIED) {
		issue->question.asked = ANSWERED;
		issue->status = facts->outcome == LOCALAPI_OK ? 200 : facts->status;
		issue->text = climb_keep(
			climb, *facts->said ? facts->said : localapi_outcome_text(facts->outcome));
	}
	climb_wake(climb);
}

/** May this node have it, or is it said that it may? */
static bool is_issue_ours(const struct climb *climb)
{
	const struct owner_evidence *owner = &climb->evidence.owner;
	const struct tailnet_status *status = climb->evidence.daemon.status;

	return owner->owner == OWNER_LOCAL ||
	       (status && owner->claimed && same_string(owner->claimed, status->self.dns_name)) ||
	       (owner->owner == OWNER_NOBODY && is_in_tailnet(&climb->evidence));
}

static void ask_issue(struct climb *climb)
{
	struct issue_evidence *issue = &climb->evidence.issue;
	const struct tailnet_status *status = climb->evidence.daemon.status;
	bool is_hopeless = status && status->cert_domains.len == 0;
	enum localapi_outcome refused = LOCALAPI_OK;
	struct localapi_request request = {
		.call = LOCALAPI_CERT,
		.argument = climb->spec.name,
		.is_active = climb->context->mode == MODE_ACTIVE,
		.timeout_ms = is_hopeless ? HOPELESS_MS : 0,
		.deadline_ms = climb->spec.deadline_ms,
	};

	question_expect(&issue->question);
	climb->issue_ms = clock_monotonic_ms();
	climb->ask = localapi_start(daemon_api(climb->context->local_daemon), &request, on_issue,
				    climb, &refused);
	if (!climb->ask) {
		*issue = (struct issue_evidence){
			.question = {.why_not = localapi_outcome_text(refused)}};
		climb->is_issue_over = true;
	}
}

/* Once it is known that there is no good certificate, or nothing is known for a while. */
void climb_consider_issue(struct climb *climb, struct wait *wait)
{
	struct question *question = &climb->evidence.issue.question;

	if (climb->is_issue_over || climb->ask) {
		return;
	}
	if (!climb->evidence.owner.is_tailnet || !climb->spec.has_tls) {
		climb->is_issue_over = true;
	} else if (!is_issue_ours(climb)) {
		question->why_not = "only the daemon of the name's own node can be asked";
		climb->is_issue_over = true;
	} else if (climb->context->mode != MODE_ACTIVE) {
		question_bar(question, REASON_MODE_PASSIVE,
			     "it may cause an order, and the run is passive");
		climb->is_issue_over = true;
	} else if (climb->spec.never) {
		question_bar(question, REASON_POLICY_NEVER, climb->spec.never);
		climb->is_issue_over = true;
	} else if (!wants_issue(&climb->evidence)) {
		question_skip(question, "a certificate is shown that has not expired");
		climb->is_issue_over = true;
	} else if (climb->is_way_over || since(climb->started_ms) >= CLIMB_PATIENCE_MS) {
		ask_issue(climb);
	} else {
		wait_until(wait, climb->started_ms + CLIMB_PATIENCE_MS);
	}
}
