#include "check/reach/unconnected.h"

#include "base/cleanup.h"
#include "check/reach/attempts.h"
#include "check/reach/jump.h"
#include "check/reach/no_route.h"
#include "check/reach/ssh_auth.h"

static const struct {
	enum verdict verdict;
	enum reason reason;
	const char *message;
	const char *hint;
	bool is_silent; /**< nobody there answered, so an optional machine may be away */
} meanings[] = {
	[CONNECT_NOT_TRIED] = {VERDICT_UNKNOWN, REASON_RUN_TIMEOUT, "was not tried in time", NULL,
			       false},
	[CONNECT_OPEN] = {VERDICT_PASS, REASON_NONE, NULL, NULL, false},
	[CONNECT_RESET] = {VERDICT_FAIL, REASON_NET_CLOSED,
			   "it accepts, and breaks the connection off at once",
			   "does the service take connections from this address?", false},
	[CONNECT_REFUSED] = {VERDICT_FAIL, REASON_NET_REFUSED, "nothing listens there",
			     "is the service running, and on this address?", false},
	[CONNECT_NO_ROUTE] = {VERDICT_UNKNOWN, REASON_NET_ROUTE, "there is no way there",
			      "is the machine on, and are you on its network?", true},
	[CONNECT_TIMEOUT] = {VERDICT_UNKNOWN, REASON_NET_TIMEOUT, "no answer in time",
			     "is the machine on, and does a firewall drop the port?", true},
	[CONNECT_BROKEN] = {VERDICT_UNKNOWN, REASON_NET_ROUTE, "could not be tried", NULL, false},
	[CONNECT_BARRED] = {VERDICT_UNKNOWN, REASON_NET_NOT_PERMITTED, "may not be dialled", NULL,
			    false},
	[CONNECT_HOST_DOWN] = {VERDICT_UNKNOWN, REASON_JUMP_DOWN, "its jump host cannot be used",
			       NULL, true},
	[CONNECT_HOST_BARRED] = {VERDICT_UNKNOWN, REASON_JUMP_DOWN, "its jump host may not be used",
				 NULL, false},
	[CONNECT_PROHIBITED] = {VERDICT_UNKNOWN, REASON_JUMP_PROHIBITED,
				"the jump host does not forward there",
				"AllowTcpForwarding and PermitOpen of its server decide", false},
	[CONNECT_UNREACHED] = {VERDICT_UNKNOWN, REASON_JUMP_UNREACHED,
			       "the jump host could not connect there",
			       "is the machine on, and does the service listen?", true},
	[CONNECT_LOST] = {VERDICT_UNKNOWN, REASON_SSH_LOST,
			  "the connection to the jump host was lost", NULL, false},
};

enum verdict judge_connect(const struct connect_facts *facts, bool is_optional,
			   struct connect_opinion *why)
{
	why->reason = meanings[facts->outcome].reason;
	why->message = meanings[facts->outcome].message;
	why->hint = meanings[facts->outcome].hint;
	if (is_optional && meanings[facts->outcome].is_silent) {
		why->reason = REASON_TARGET_OPTIONAL;
		return VERDICT_SKIP;
	}
	return meanings[facts->outcome].verdict;
}

/* ---- the finding */

/** What is told of all of them. */
struct telling {
	struct check *check;
	const struct target *target;
	const char *subject;
	uint16_t port;
	const struct connect_facts *facts;
};

/** The other addresses that were tried, in words. */
static const char *others_text(const struct telling *telling)
{
	const struct connect_facts *facts = telling->facts;
	AUTO(auto_str) struct str text = {0};

	for (size_t i = 0; i < facts->attempt_count; i++) {
		const struct connect_attempt *attempt = &facts->attempts[i];

		if (!same_string(attempt->text, facts->text)) {
			str_printf(&text, "; %s (%s): %s, after %lld ms", attempt->text,
				   path_word(attempt->path), meanings[attempt->outcome].message,
				   (long long)attempt->took_ms);
		}
	}
	return check_text(telling->check, "%s", str_text(&text));
}

static void add_attempts(const struct telling *telling, struct finding *finding)
{
	const struct connect_facts *facts = telling->facts;
	struct attempt *attempts = arena_alloc(telling->check->context->arena,
					       facts->attempt_count * sizeof(*attempts));

	finding->attempts = attempts;
	finding->attempt_count = facts->attempt_count;
	for (size_t i = 0; i < facts->attempt_count; i++) {
		const struct connect_attempt *from = &facts->attempts[i];

		attempts[i] = (struct attempt){
			.address = from->text,
			.path = from->path,
			.outcome = reason_code(meanings[from->outcome].reason),
			.started_ms = from->started_ms,
			.took_ms = from->took_ms,
		};
	}
}

static struct finding *add(const struct telling *telling, enum verdict verdict, enum reason reason,
			   const char *message)
{
	const struct node *row = telling->target->row.node;
	const char *others = others_text(telling);
	struct finding *finding =
		check_add(telling->check, verdict, reason, telling->subject,
			  node_place(row, telling->facts->via ? "probe_via" : "host"), "%s%s",
			  message, others);

	finding->path = telling->facts->path;
	finding->detail = check_text(telling->check, "%u", (unsigned)telling->port);
	add_attempts(telling, finding);
	return finding;
}

/** A verdict of its own for who may be away. */
static struct finding *add_unknown(const struct telling *telling, enum reason reason,
				   const char *message)
{
	bool is_optional = telling->target->optional;

	return add(telling, is_optional ? VERDICT_SKIP : VERDICT_UNKNOWN,
		   is_optional ? REASON_TARGET_OPTIONAL : reason, message);
}

/** A rule that somebody wrote makes a skip. */
static bool is_rule(enum reason reason)
{
	return reason == REASON_MODE_PASSIVE || reason == REASON_MODE_STATIC ||
	       reason == REASON_POLICY_NEVER;
}

static struct finding *report_barred(const struct telling *telling)
{
	const struct connect_facts *facts = telling->facts;
	bool has_rule = is_rule(facts->reason);

	if (facts->routes.len > 0) {
		return report_no_route(telling->check, telling->target, telling->subject,
				       &facts->routes);
	}
	return add(telling, has_rule ? VERDICT_SKIP : VERDICT_UNKNOWN, facts->reason,
		   check_text(telling->check, "%s: %s", facts->text, facts->why));
}

/** Without a key to log in to the jump host with, nothing was tried. */
static struct finding *report_no_identity(const struct telling *telling, enum reason reason)
{
	struct finding *finding =
		add(telling, VERDICT_UNKNOWN, reason,
		    check_text(telling->check,
			       "not tried: its jump host %s lets nobody in without a usable key",
			       telling->facts->via->target->id));

	finding->caused_by = check_text(telling->check, "run:identity %s", reason_code(reason));
	return finding;
}

static struct finding *report_host_down(const struct telling *telling)
{
	const struct identity_facts *identity =
		reach_identity(telling->check->context->reach, telling->check);
	struct jump_trouble trouble = {.reason = REASON_JUMP_DOWN};
	enum reason key_trouble = REASON_AUTH_NO_IDENTITY;
	struct finding *finding = NULL;

	(void)jump_trouble(telling->check, telling->facts->via, &trouble);
	if (trouble.is_rule) {
		return add(telling, VERDICT_SKIP, trouble.reason, trouble.text);
	}
	if (!identity || identity->state != IDENTITY_USABLE) {
		if (identity) {
			(void)judge_identity(identity->state, &key_trouble);
		}
		return report_no_identity(telling, key_trouble);
	}
	finding = add_unknown(telling, trouble.reason, trouble.text);
	finding->caused_by = trouble.cause;
	return finding;
}

static struct finding *report_host_barred(const struct telling *telling)
{
	const struct connect_facts *facts = telling->facts;
	const struct target *host = facts->via ? facts->via->target : facts->routes.jump.host;
	bool has_rule = is_rule(facts->reason);

	return add(telling, has_rule ? VERDICT_SKIP : VERDICT_UNKNOWN, facts->reason,
		   check_text(telling->check, "behind %s: %s", host->id, facts->why));
}

/** Its address is of another network, so that it did not answer says nothing of the machine. */
static const char *cause_of(const struct telling *telling, enum verdict verdict)
{
	const struct connect_facts *facts = telling->facts;

	if (verdict != VERDICT_UNKNOWN) {
		return NULL;
	}
	if (facts->outcome == CONNECT_LOST) {
		return lost_cause(telling->check, facts->via);
	}
	return facts->path == PATH_LAN ? home_cause(telling->check, telling->target, &facts->routes)
				       : NULL;
}

static struct finding *report_tried(const struct telling *telling)
{
	const struct connect_facts *facts = telling->facts;
	struct connect_opinion why = {0};
	enum verdict verdict = judge_connect(facts, telling->target->optional, &why);
	const char *cause = cause_of(telling, verdict);
	struct finding *finding =
		add(telling, verdict, why.reason,
		    check_text(telling->check, "%s port %u: %s",
			       facts->text ? facts->text : telling->target->host.text,
			       (unsigned)telling->port, why.message));

	finding->hint = why.hint;
	finding->caused_by = cause;
	return finding;
}

struct finding *report_unconnected(struct check *check, const struct target *target,
				   const char *subject, uint16_t port,
				   const struct connect_facts *facts)
{
	const struct telling telling = {check, target, subject, port, facts};

	switch (facts->outcome) {
	case CONNECT_OPEN:
		return NULL;
	case CONNECT_BARRED:
		return report_barred(&telling);
	case CONNECT_HOST_DOWN:
		return report_host_down(&telling);
	case CONNECT_HOST_BARRED:
		return report_host_barred(&telling);
	case CONNECT_NOT_TRIED:
	case CONNECT_RESET:
	case CONNECT_REFUSED:
	case CONNECT_NO_ROUTE:
	case CONNECT_TIMEOUT:
	case CONNECT_BROKEN:
	case CONNECT_PROHIBITED:
	case CONNECT_UNREACHED:
	case CONNECT_LOST:
		break;
	}
	return report_tried(&telling);
}
