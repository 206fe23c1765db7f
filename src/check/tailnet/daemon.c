#include "check/tailnet/daemon_private.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "check/reach/jump.h"
#include "check/reach/no_session.h"

const struct daemon_owner this_machine = {.subject = DAEMON_SUBJECT, .machine = "this machine"};

#define HINT_OPERATOR "run as root, or make this user the operator: tailscale set --operator=USER"
#define HINT_OPERATOR_THERE \
	"log in as root there, or make that user the operator: tailscale set --operator=USER"
#define HINT_OTHER "is it tailscaled that listens there?"

/** What a part is asked with. */
static const enum localapi_call calls[DAEMON_PARTS] = {
	[DAEMON_STATUS] = LOCALAPI_STATUS,
	[DAEMON_PREFS] = LOCALAPI_PREFS,
	[DAEMON_SERVE_CONFIG] = LOCALAPI_SERVE_CONFIG,
};

struct daemon *daemon_new(struct context *context, const struct daemon_owner *owner)
{
	struct daemon *daemon = mem_alloc(sizeof(*daemon));

	daemon->context = context;
	daemon->owner = *owner;
	for (size_t i = 0; i < DAEMON_PARTS; i++) {
		daemon->parts[i].daemon = daemon;
		daemon->parts[i].which = (enum daemon_part)i;
	}
	return daemon;
}

struct daemon *daemon_open(struct context *context)
{
	return daemon_new(context, &this_machine);
}

void daemon_free(struct daemon *daemon)
{
	if (!daemon) {
		return;
	}
	localapi_free(daemon->api);
	if (daemon->remote) {
		remote_free(daemon);
	}
	for (size_t i = 0; i < DAEMON_PARTS; i++) {
		VEC_RELEASE(&daemon->parts[i].waiters);
	}
	free(daemon);
}

const struct daemon_owner *daemon_owner(const struct daemon *daemon)
{
	return &daemon->owner;
}

const struct reached *daemon_reached(const struct daemon *daemon)
{
	return daemon->remote ? daemon->remote->reached : NULL;
}

struct localapi *daemon_api(struct daemon *daemon)
{
	const char *socket = daemon->context->repo->config.tailscaled_socket;
	struct localapi_places places = {0};
	struct err ignored = {0};

	if (!daemon->api) {
		/* A path that is too long was refused with gaterun.yaml. */
		if (!socket || localapi_places_of_socket(socket, &places, &ignored)) {
			localapi_places_default(&places);
		}
		daemon->api = localapi_open(daemon->context->http, &places);
	}
	return daemon->api;
}

/** What it means that a part cannot be had, and what to do; the rest is daemon.failed. */
static const struct {
	enum reason reason;
	const char *hint;       /**< NULL: nothing to add */
	const char *hint_there; /**< on a target */
} meanings[] = {
	[LOCALAPI_NOT_TRIED] = {REASON_DAEMON_TIMEOUT, NULL, NULL},
	[LOCALAPI_ABSENT] = {REASON_DAEMON_ABSENT,
			     "start tailscaled, or say in gaterun.yaml where its socket is "
			     "(`tailscaled_socket`; none: there is none here)",
			     NULL},
	[LOCALAPI_NO_ACCESS] = {REASON_DAEMON_DENIED, HINT_OPERATOR, HINT_OPERATOR_THERE},
	[LOCALAPI_NEEDS_AUTH] = {REASON_DAEMON_DENIED, HINT_OPERATOR, HINT_OPERATOR_THERE},
	[LOCALAPI_CERT_DENIED] = {REASON_DAEMON_DENIED, HINT_OPERATOR, HINT_OPERATOR_THERE},
	[LOCALAPI_IN_USE] = {REASON_DAEMON_DENIED, HINT_OPERATOR, HINT_OPERATOR_THERE},
	[LOCALAPI_DENIED] = {REASON_DAEMON_DENIED, HINT_OPERATOR, HINT_OPERATOR_THERE},
	[LOCALAPI_UNSUPPORTED] = {REASON_DAEMON_OUTDATED, "update Tailscale on this machine",
				  "update Tailscale there"},
	[LOCALAPI_TIMEOUT] = {REASON_DAEMON_TIMEOUT, NULL, NULL},
	[LOCALAPI_TOO_LARGE] = {REASON_DAEMON_MALFORMED, HINT_OTHER, HINT_OTHER},
	[LOCALAPI_MALFORMED] = {REASON_DAEMON_MALFORMED, HINT_OTHER, HINT_OTHER},
	[LOCALAPI_UNREACHED] = {REASON_DAEMON_UNREACHED, NULL,
				"is tailscaled there, and at that socket (`socket`)? else let its "
				"SSH server forward to it (AllowStreamLocalForwarding, no "
				"`restrict` for the key), or give `remote_argv`"},
	[LOCALAPI_PROHIBITED] = {REASON_DAEMON_UNREACHED, NULL,
				 "its SSH server forwards to no sockets: give `remote_argv`"},
	[LOCALAPI_LOST] = {REASON_SSH_LOST, NULL, NULL},
	[LOCALAPI_BROKEN] = {REASON_DAEMON_FAILED, NULL, NULL},
};

static void explain(struct part *part)
{
	struct daemon_answer *answer = &part->answer;
	enum reason reason = meanings[answer->outcome].reason;

	answer->reason = reason == REASON_NONE ? REASON_DAEMON_FAILED : reason;
	answer->hint = part->daemon->remote ? meanings[answer->outcome].hint_there
					    : meanings[answer->outcome].hint;
}

/** Read what a part says. */
static int parse(struct daemon *daemon, enum daemon_part which, struct text body, struct err *err)
{
	struct arena *arena = daemon->context->arena;

	switch (which) {
	case DAEMON_STATUS:
		return tailnet_status_parse(arena, body, &daemon->status, err);
	case DAEMON_PREFS:
		return tailnet_prefs_parse(arena, body, &daemon->prefs, err);
	case DAEMON_SERVE_CONFIG:
		return serve_config_parse(arena, body, &daemon->serve, err);
	case DAEMON_PARTS:
		break;
	}
	return err_set(err, ERR_INTERNAL, "there is no such part");
}

void part_settle(struct part *part)
{
	struct daemon *daemon = part->daemon;

	part->answer.is_done = true;
	for (size_t i = 0; i < part->waiters.len; i++) {
		part->waiters.at[i].ready(part->waiters.at[i].cookie);
	}
	if (daemon->remote) {
		remote_settled(daemon);
	}
}

void part_read(struct part *part, struct text body, const char *where)
{
	struct daemon_answer *answer = &part->answer;
	struct err err = {0};

	answer->outcome = LOCALAPI_OK;
	if (parse(part->daemon, part->which, body, &err)) {
		answer->outcome = LOCALAPI_MALFORMED;
		answer->why =
			arena_printf(part->daemon->context->arena,
				     "%s does not say what it is to say: %s", where, err.text);
		explain(part);
	}
}

static void on_answer(const struct localapi_facts *facts, void *cookie)
{
	struct part *part = cookie;
	struct daemon *daemon = part->daemon;
	struct arena *arena = daemon->context->arena;
	struct daemon_answer *answer = &part->answer;
	char place[LOCALAPI_SOCKET_BYTES + 40];

	part->ask = NULL;
	answer->outcome = facts->outcome;
	answer->took_ms = facts->took_ms;
	localapi_place_text(facts->place, place, sizeof(place));
	answer->where = arena_text(arena, place);
	if (facts->outcome == LOCALAPI_OK) {
		part_read(part, facts->body, arena_printf(arena, "the tailscaled at %s", place));
	} else {
		answer->outcome =
			daemon->remote && remote_is_lost(daemon) ? LOCALAPI_LOST : facts->outcome;
		answer->why = arena_printf(arena, "the tailscaled at %s: %s%s%s", place,
					   localapi_outcome_text(answer->outcome),
					   *facts->said ? ": " : "", facts->said);
		explain(part);
	}
	if (!(daemon->remote && remote_falls_back(part))) {
		part_settle(part);
	}
}

void part_start(struct part *part)
{
	const struct localapi_request request = {.call = calls[part->which],
						 .deadline_ms = part->daemon->context->deadline_ms};
	enum localapi_outcome ignored = LOCALAPI_OK; /* none of these calls can be refused */

	part->is_started = true;
	part->ask = localapi_start(part->daemon->api, &request, on_answer, part, &ignored);
}

/** The operator says that this machine has none, so nobody is asked. */
static void settle_without(struct part *part)
{
	part->answer.reason = REASON_DAEMON_NONE;
	part->answer.why = "gaterun.yaml says that this machine has no tailscaled";
	part_settle(part);
}

const struct daemon_answer *daemon_ask_for(struct daemon *daemon, enum daemon_part which,
					   void (*ready)(void *cookie), void *cookie)
{
	struct part *part = &daemon->parts[which];

	if (!part->is_wanted) {
		part->is_wanted = true;
		if (daemon->remote) {
			remote_want(daemon);
		} else if (daemon->context->repo->config.has_no_tailscaled) {
			settle_without(part);
		} else {
			(void)daemon_api(daemon);
			part_start(part);
		}
	}
	if (!part->answer.is_done && ready) {
		*VEC_ADD(&part->waiters) = (struct daemon_waiter){ready, cookie};
	}
	return &part->answer;
}

static void wake_check(void *cookie)
{
	struct check *check = cookie;

	if (!check->result->is_done) {
		task_wake(&check->task);
	}
}

const struct daemon_answer *daemon_ask(struct daemon *daemon, enum daemon_part which,
				       struct check *waiter)
{
	return daemon_ask_for(daemon, which, waiter ? wake_check : NULL, waiter);
}

static bool is_read(const struct daemon *daemon, enum daemon_part which)
{
	const struct daemon_answer *answer = &daemon->parts[which].answer;

	return answer->is_done && answer->outcome == LOCALAPI_OK;
}

const struct tailnet_status *daemon_status(const struct daemon *daemon)
{
	return is_read(daemon, DAEMON_STATUS) ? &daemon->status : NULL;
}

const struct tailnet_prefs *daemon_prefs(const struct daemon *daemon)
{
	return is_read(daemon, DAEMON_PREFS) ? &daemon->prefs : NULL;
}

const struct serve_config *daemon_serve_config(const struct daemon *daemon)
{
	return is_read(daemon, DAEMON_SERVE_CONFIG) ? &daemon->serve : NULL;
}

bool daemon_is_missing(struct check *check, struct daemon *daemon, enum daemon_part which)
{
	const struct daemon_answer *answer = &daemon->parts[which].answer;
	const struct daemon_owner *owner = &daemon->owner;
	struct finding *finding = NULL;

	if (answer->is_done && answer->outcome == LOCALAPI_OK) {
		return false;
	}
	if (!answer->is_done) {
		(void)check_add(check, VERDICT_UNKNOWN, check->expired, owner->subject,
				owner->where, "the tailscaled of %s had not answered by then",
				owner->machine);
		return true;
	}
	if (answer->is_unreached) {
		report_no_session(check, daemon->remote->reached, "its tailscaled was not read");
		return true;
	}
	finding = check_add(check,
			    answer->reason == REASON_DAEMON_NONE ? VERDICT_SKIP : VERDICT_UNKNOWN,
			    answer->reason, owner->subject, owner->where, "%s", answer->why);
	finding->detail = "not read";
	finding->hint = answer->hint;
	finding->said = answer->said;
	if (answer->reason == REASON_SSH_LOST) {
		finding->caused_by = lost_cause(check, daemon->remote->reached);
	}
	return true;
}

bool daemon_is_blocked(struct check *check, const struct daemon_owner *owner,
		       const struct tailnet_status *status)
{
	struct finding *finding = NULL;

	if (status->state == BACKEND_NEEDS_LOGIN) {
		finding = check_add(check, VERDICT_FAIL, REASON_AUTH_BLOCKED_NEEDS_LOGIN,
				    owner->subject, owner->where,
				    "%s is logged out of the tailnet, or its key has expired; a "
				    "human has to log in%s",
				    owner->machine,
				    status->auth_url ? ", and a login page waits" : "");
		finding->hint = "log in again as an admin, or with an auth key; for a machine "
				"without humans give it a tag and disable key expiry";
	} else if (status->state == BACKEND_NEEDS_MACHINE_AUTH) {
		finding = check_add(check, VERDICT_FAIL, REASON_AUTH_BLOCKED_NEEDS_APPROVAL,
				    owner->subject, owner->where,
				    "an admin of the tailnet has not approved %s", owner->machine);
		finding->hint = "approve it, or enrol machines with a pre-approved auth key";
	}
	return finding != NULL;
}
