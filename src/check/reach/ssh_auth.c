/*
 * ssh_auth (G010): each target lets the run's key in, with no human step.
 *
 * Free checks come before packets: is there an identity, is it usable, is the target's key pinned
 * (a required gate says). Then one login per target, and a table that says what each outcome means.
 */
#include "check/reach/ssh_auth.h"

#include <stdlib.h>
#include <string.h>

#include "check/reach/attempts.h"
#include "check/reach/jump.h"
#include "check/reach/no_route.h"
#include "check/reach/reach.h"

/** What an outcome means. Messages end where ": <what was seen>" may follow. */
static const struct {
	enum verdict verdict;
	enum reason reason;
	const char *message;
	const char *hint;
} meanings[] = {
	[SSH_NOT_TRIED] = {VERDICT_UNKNOWN, REASON_RUN_TIMEOUT, "was not tried in time", NULL},
	[SSH_UNREACHABLE_REFUSED] = {VERDICT_UNKNOWN, REASON_NET_REFUSED, "nothing listens there",
				     "is sshd running, and on this port?"},
	[SSH_UNREACHABLE_ROUTE] = {VERDICT_UNKNOWN, REASON_NET_ROUTE, "there is no way there",
				   "is the machine on, and are you on its network?"},
	[SSH_UNREACHABLE_TIMEOUT] = {VERDICT_UNKNOWN, REASON_NET_TIMEOUT, "no answer in time",
				     "is the machine on, and are you on its network?"},
	[SSH_FORWARD_PROHIBITED] = {VERDICT_UNKNOWN, REASON_JUMP_PROHIBITED,
				    "its jump host does not forward there",
				    "allow it in the jump host's sshd_config: AllowTcpForwarding, "
				    "PermitOpen"},
	[SSH_FORWARD_UNREACHED] = {VERDICT_UNKNOWN, REASON_JUMP_UNREACHED,
				   "nobody answers its jump host there",
				   "is the machine on, and is sshd running there?"},
	[SSH_SILENT_PORT] = {VERDICT_UNKNOWN, REASON_NET_SILENT,
			     "the port accepts, and nothing is said", "is sshd stuck?"},
	[SSH_CLOSED_BEFORE_BANNER] = {VERDICT_UNKNOWN, REASON_NET_CLOSED,
				      "closed before it said what it is",
				      "look for refused connections in the server's log"},
	[SSH_THROTTLED] = {VERDICT_UNKNOWN, REASON_SSH_THROTTLED, "refuses connections for now",
			   "wait, or raise MaxStartups"},
	[SSH_NOT_SSH] = {VERDICT_UNKNOWN, REASON_SSH_NOT_SSH, "what answers there is not SSH",
			 "correct host or port"},
	[SSH_TARPIT] = {VERDICT_UNKNOWN, REASON_SSH_TARPIT,
			"sends lines without end instead of its identification",
			"correct host or port"},
	[SSH_KEX_TIMEOUT] = {VERDICT_UNKNOWN, REASON_SSH_KEX, "the key exchange stalled", NULL},
	[SSH_KEX_FAILED] = {VERDICT_UNKNOWN, REASON_SSH_KEX, "the key exchange broke", NULL},
	[SSH_UNSUPPORTED_ALGORITHMS] = {VERDICT_UNKNOWN, REASON_SSH_ALGORITHMS,
					"shares no acceptable algorithm with this program",
					"give the server an ed25519 host key"},
	[SSH_HOST_UNPINNED] = {VERDICT_UNKNOWN, REASON_KEYS_UNPINNED, "has no pinned host key",
			       "pin its key first"},
	[SSH_HOST_KEY_CHANGED] =
		{VERDICT_FAIL, REASON_SSH_HOST_KEY_CHANGED,
		 "showed a host key that is not the pinned one",
		 "find out why before you pin the new one: another machine may have "
		 "taken the address"},
	[SSH_HOST_KEY_REVOKED] = {VERDICT_FAIL, REASON_SSH_HOST_KEY_REVOKED,
				  "showed a revoked host key", "give the machine a new host key"},
	[SSH_AUTH_INTERACTIVE_ONLY] = {VERDICT_FAIL, REASON_AUTH_BLOCKED_INTERACTIVE,
				       "offers only ways in that ask a human",
				       "allow publickey in its sshd_config"},
	[SSH_NEEDS_HUMAN_CHECK] =
		{VERDICT_FAIL, REASON_AUTH_BLOCKED_TAILSCALE_CHECK,
		 "Tailscale SSH wants a human to approve in a browser",
		 "use `action: accept` for the automation identity in the tailnet policy"},
	[SSH_POLICY_REJECTED] =
		{VERDICT_FAIL, REASON_AUTH_DENIED_TAILSCALE_POLICY,
		 "no `ssh` rule of the tailnet policy lets this user of this machine in",
		 "add an `ssh` rule with `action: accept` for the automation identity"},
	[SSH_AUTH_TIMEOUT] = {VERDICT_UNKNOWN, REASON_AUTH_TIMEOUT,
			      "did not answer during authentication", NULL},
	[SSH_AUTH_DENIED] = {VERDICT_FAIL, REASON_AUTH_DENIED, "does not accept the run's key",
			     "put the public key into the user's authorized_keys"},
	[SSH_AUTH_DENIED_RSA] = {VERDICT_FAIL, REASON_AUTH_DENIED, "does not accept the run's key",
				 "use an ed25519 key; else put the public key into the user's "
				 "authorized_keys, and build with libssh2 1.11"},
	[SSH_AGENT_ABSENT] = {VERDICT_UNKNOWN, REASON_AUTH_AGENT_ABSENT,
			      "the agent that signs has gone", NULL},
	[SSH_AGENT_SILENT] = {VERDICT_UNKNOWN, REASON_AUTH_AGENT_SILENT,
			      "the agent did not sign in time",
			      "it may be waiting for a confirmation: use a key that asks nobody"},
	[SSH_AGENT_BROKEN] = {VERDICT_UNKNOWN, REASON_AUTH_AGENT_BROKEN,
			      "what the agent says is not a signature",
			      "does SSH_AUTH_SOCK name an SSH agent?"},
	[SSH_AGENT_REFUSED] = {VERDICT_UNKNOWN, REASON_AUTH_AGENT_REFUSED,
			       "the agent refused to sign",
			       "use a key that asks nobody and may be used for every host"},
	[SSH_CONNECTION_LOST] = {VERDICT_UNKNOWN, REASON_SSH_LOST, "the connection was lost", NULL},
	[SSH_LOGGED_IN] = {VERDICT_PASS, REASON_NONE, NULL, NULL},
	[SSH_LOGGED_IN_NONE] = {VERDICT_PASS, REASON_NONE, NULL, NULL},
	[SSH_INTERNAL] = {VERDICT_UNKNOWN, REASON_SSH_LOST, "could not be tried", NULL},
};

/** Did the machine not answer at all? For an optional target that is no finding. */
static bool is_unreachable(enum ssh_outcome outcome)
{
	return outcome == SSH_UNREACHABLE_REFUSED || outcome == SSH_UNREACHABLE_ROUTE ||
	       outcome == SSH_UNREACHABLE_TIMEOUT || outcome == SSH_FORWARD_UNREACHED;
}

enum verdict judge_login(const struct ssh_facts *facts, bool is_optional, struct login_opinion *why)
{
	why->reason = meanings[facts->outcome].reason;
	why->message = meanings[facts->outcome].message;
	why->hint = meanings[facts->outcome].hint;
	if (is_optional && is_unreachable(facts->outcome)) {
		why->reason = REASON_TARGET_OPTIONAL;
		return VERDICT_SKIP;
	}
	return meanings[facts->outcome].verdict;
}

/** What was seen, for the sentence: the server's own words where they help. */
static const char *seen(const struct ssh_facts *facts)
{
	switch (facts->outcome) {
	case SSH_HOST_KEY_CHANGED:
	case SSH_HOST_KEY_REVOKED:
		return facts->host_key_fingerprint;
	case SSH_AUTH_INTERACTIVE_ONLY:
	case SSH_AUTH_DENIED:
		return facts->methods;
	case SSH_NEEDS_HUMAN_CHECK:
	case SSH_POLICY_REJECTED:
		return facts->banner;
	case SSH_THROTTLED:
	case SSH_NOT_SSH:
	case SSH_TARPIT:
		return facts->ident;
	case SSH_NOT_TRIED:
	case SSH_UNREACHABLE_REFUSED:
	case SSH_UNREACHABLE_ROUTE:
	case SSH_UNREACHABLE_TIMEOUT:
	case SSH_FORWARD_PROHIBITED:
	case SSH_FORWARD_UNREACHED:
	case SSH_SILENT_PORT:
	case SSH_CLOSED_BEFORE_BANNER:
	case SSH_KEX_TIMEOUT:
	case SSH_KEX_FAILED:
	case SSH_UNSUPPORTED_ALGORITHMS:
	case SSH_HOST_UNPINNED:
	case SSH_AUTH_TIMEOUT:
	case SSH_AUTH_DENIED_RSA:
	case SSH_AGENT_ABSENT:
	case SSH_AGENT_SILENT:
	case SSH_AGENT_BROKEN:
	case SSH_AGENT_REFUSED:
	case SSH_CONNECTION_LOST:
	case SSH_LOGGED_IN:
	case SSH_LOGGED_IN_NONE:
	case SSH_INTERNAL:
		break;
	}
	return facts->detail;
}

/** "192.168.1.20 port 22", and as whom, once the server was told. Which path it is stands in the
 * finding. */
static const char *door(struct check *check, const struct reached *reached)
{
	long long port = (long long)reached->target->port;

	return reached->facts.verified_ms < 0
		       ? check_text(check, "%s port %lld", reached->route->text, port)
		       : check_text(check, "%s@%s port %lld", reached->user, reached->route->text,
				    port);
}

/** Another machine has the LAN address, but this one was found elsewhere: worth a line. */
static void remark_stranger(struct check *check, const struct reached *reached)
{
	const struct target *target = reached->target;
	struct finding *finding = NULL;

	if (reached->stranger[0] == '\0' || !reached->is_verified) {
		return;
	}
	finding = check_add(check, VERDICT_PASS, REASON_NET_LAN_FOREIGN, target->row.subject,
			    node_place(target->row.node, "host"),
			    "%s is another machine, which showed %s; this one was reached at %s",
			    target->host.text, reached->stranger, reached->route->text);
	finding->path = reached->route->path;
	finding_add_attempts(check, finding, reached);
}

/** Nobody, or a stranger, answers on a network that is not the one at home: one cause. */
static bool report_away(struct check *check, const struct reached *reached,
			const struct login_opinion *why)
{
	bool is_excuse = !reached->is_verified && reached->route->path == PATH_LAN &&
			 (why->reason == REASON_SSH_HOST_KEY_CHANGED ||
			  is_unreachable(reached->facts.outcome));
	const char *cause = is_excuse ? home_cause(check, reached->target, &reached->routes) : NULL;
	struct finding *finding = NULL;

	if (!cause) {
		return false;
	}
	finding =
		check_add(check, VERDICT_UNKNOWN, REASON_NET_NOT_HOME, reached->target->row.subject,
			  node_place(reached->target->row.node, "host"),
			  "%s: %s, but this is not its LAN", reached->route->text, why->message);
	finding->caused_by = cause;
	finding->path = reached->route->path;
	finding_add_attempts(check, finding, reached);
	return true;
}

static void report_login(struct check *check, const struct reached *reached)
{
	const struct target *target = reached->target;
	struct login_opinion why = {0};
	enum verdict verdict = judge_login(&reached->facts, target->optional, &why);
	const char *words = seen(&reached->facts);
	const char *others = attempts_text(check, reached, reached->route);
	struct finding *finding = NULL;

	remark_stranger(check, reached);
	if (verdict != VERDICT_SKIP && report_away(check, reached, &why)) {
		return;
	}
	check->result->checked += verdict == VERDICT_PASS || verdict == VERDICT_FAIL;
	if (verdict == VERDICT_PASS) {
		return;
	}
	finding = check_add(check, verdict, why.reason, target->row.subject,
			    node_place(target->row.node, "host"), "%s: %s%s%s%s%s",
			    door(check, reached), why.message, *words ? ": " : "", words,
			    *others ? "; " : "", others);
	finding->hint = why.hint;
	finding->path = reached->route->path;
	finding_add_attempts(check, finding, reached);
	if (reached->facts.pin) {
		finding_relate(finding, reached->facts.pin->where);
	}
}

static const enum reason identity_reasons[] = {
	[IDENTITY_UNDECIDED] = REASON_RUN_TIMEOUT,
	[IDENTITY_USABLE] = REASON_NONE,
	[IDENTITY_ABSENT] = REASON_AUTH_KEY_ABSENT,
	[IDENTITY_UNREADABLE] = REASON_AUTH_KEY_UNREADABLE,
	[IDENTITY_EXPOSED] = REASON_AUTH_KEY_EXPOSED,
	[IDENTITY_LOCKED] = REASON_AUTH_KEY_LOCKED,
	[IDENTITY_UNSUPPORTED] = REASON_AUTH_KEY_UNSUPPORTED,
	[IDENTITY_AGENT_ABSENT] = REASON_AUTH_AGENT_ABSENT,
	[IDENTITY_AGENT_LACKS_KEY] = REASON_AUTH_AGENT_LACKS_KEY,
	[IDENTITY_AGENT_SILENT] = REASON_AUTH_AGENT_SILENT,
	[IDENTITY_AGENT_BROKEN] = REASON_AUTH_AGENT_BROKEN,
	[IDENTITY_AGENT_REFUSED] = REASON_AUTH_AGENT_REFUSED,
};

/** A locked key is known to need a human; of the rest it is not known what it would do. */
enum verdict judge_identity(enum identity_state state, enum reason *reason)
{
	*reason = identity_reasons[state];
	return state == IDENTITY_USABLE   ? VERDICT_PASS
	       : state == IDENTITY_LOCKED ? VERDICT_FAIL
					  : VERDICT_UNKNOWN;
}

/** Why the run's key cannot be used; `text` NULL: it can. */
struct key_trouble {
	enum reason reason;
	const char *text; /**< the cause of every target */
};

/** The run's key cannot be used: one finding, and the cause of every target. */
static struct key_trouble report_key(struct check *check, const struct identity_facts *identity)
{
	struct finding *finding = NULL;
	enum reason reason = REASON_AUTH_NO_IDENTITY;
	enum verdict verdict =
		identity ? judge_identity(identity->state, &reason) : VERDICT_UNKNOWN;

	if (identity &&
	    (identity->state == IDENTITY_USABLE || identity->state == IDENTITY_UNDECIDED)) {
		return (struct key_trouble){0}; /* a deadline is told of each target */
	}
	finding = check_add(check, verdict, reason, "run:identity", (struct place){0}, "%s",
			    identity ? identity->why.text
				     : "no SSH key is configured for automation");
	if (!identity) {
		finding->hint =
			"write `identity: ~/.ssh/KEY` into gaterun.yaml, or use --identity FILE";
	} else if (identity->hint) { /* which ends with the run */
		finding->hint = check_text(check, "%s", identity->hint);
	}
	return (struct key_trouble){reason, check_cause(check, check->gate, finding)};
}

struct state {
	const struct identity_facts *identity; /**< NULL: none */
	const struct reached **reached;        /**< the logins this gate waits for */
	size_t count;
};

static void begin(struct check *check)
{
	const struct targets *targets = &check->context->repo->targets;
	struct state *state = mem_alloc(sizeof(*state));

	check->state = state;
	state->identity = reach_identity(check->context->reach, check);
	state->reached = mem_alloc((targets->len + 1) * sizeof(struct reached *));
	for (size_t i = 0; i < targets->len; i++) {
		const struct target *target = &targets->at[i];

		if (!check_selects(check, target) || check_is_decided(check, target)) {
			continue;
		}
		state->reached[state->count++] = reach_login(check->context->reach, target, check);
	}
}

static bool is_ready(const struct check *check)
{
	const struct state *state = check->state;

	if (state->identity && state->identity->state == IDENTITY_UNDECIDED) {
		return false;
	}
	for (size_t i = 0; i < state->count; i++) {
		if (!state->reached[i]->is_done) {
			return false;
		}
	}
	return true;
}

/** The key alone may do; where it does not, this is worth knowing. */
static void report_certificate(struct check *check, const struct identity_facts *identity)
{
	if (identity && identity->state == IDENTITY_USABLE && identity->unused.code != ERR_NONE) {
		(void)check_add(check, VERDICT_PASS, REASON_AUTH_CERTIFICATE, "run:identity",
				(struct place){0}, "%s", identity->unused.text);
	}
}

static void report_untried(struct check *check, const struct target *target,
			   const struct key_trouble *trouble)
{
	check_add(check, VERDICT_UNKNOWN, trouble->reason, target->row.subject,
		  node_place(target->row.node, "id"), "not tried without a usable key")
		->caused_by = trouble->text;
}

static void judge(struct check *check)
{
	struct state *state = check->state;
	struct key_trouble trouble = report_key(check, state->identity);

	report_certificate(check, state->identity);
	for (size_t i = 0; i < state->count; i++) {
		const struct reached *reached = state->reached[i];

		if (trouble.text) {
			report_untried(check, reached->target, &trouble);
		} else if (!reached->is_done) {
			(void)check_add(check, VERDICT_UNKNOWN, check->expired,
					reached->target->row.subject,
					node_place(reached->target->row.node, "host"),
					"no result before the deadline");
		} else if (report_jump(check, reached)) {
			continue;
		} else if (!reached->route) {
			(void)report_no_route(check, reached->target, reached->target->row.subject,
					      &reached->routes);
		} else {
			report_login(check, reached);
		}
	}
	free(state->reached);
	free(state);
	check->state = NULL;
}

const struct kind kind_ssh_auth = {
	.name = "ssh_auth",
	.doc = "Logs in to each target with the run's key: pinned host key first, public key only, never "
	       "a prompt. Passes when every target lets the key in with no human step",
	.fields = no_settings,
	.mode = MODE_PASSIVE,
	.needs = NEEDS_TARGETS,
	.is_per_target = true,
	.begin = begin,
	.is_ready = is_ready,
	.judge = judge,
};
