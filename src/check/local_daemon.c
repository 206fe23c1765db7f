#include "check/local_daemon.h"

#include <stdlib.h>

#include "base/cleanup.h"

/** Who waits for a part. */
struct daemon_waiter {
	void (*ready)(void *cookie);
	void *cookie;
};

/** One part of what a daemon says. */
struct part {
	struct local_daemon *daemon;
	enum daemon_part which;
	struct daemon_answer answer;
	struct localapi_ask *ask; /**< NULL unless under way */
	bool is_wanted;
	struct VEC(struct daemon_waiter) waiters;
};

struct local_daemon {
	struct context *context;
	struct localapi *api; /**< NULL until somebody asks */
	struct part parts[DAEMON_PARTS];
	struct tailnet_status status;
	struct tailnet_prefs prefs;
	struct serve_config serve;
	struct text_list cert_domains;
};

/** What a part is asked with. */
static const enum localapi_call calls[DAEMON_PARTS] = {
	[DAEMON_STATUS] = LOCALAPI_STATUS,
	[DAEMON_PREFS] = LOCALAPI_PREFS,
	[DAEMON_SERVE_CONFIG] = LOCALAPI_SERVE_CONFIG,
	[DAEMON_CERT_DOMAINS] = LOCALAPI_CERT_DOMAINS,
};

struct local_daemon *local_daemon_open(struct context *context)
{
	struct local_daemon *daemon = mem_alloc(sizeof(*daemon));

	daemon->context = context;
	for (size_t i = 0; i < DAEMON_PARTS; i++) {
		daemon->parts[i].daemon = daemon;
		daemon->parts[i].which = (enum daemon_part)i;
	}
	return daemon;
}

void local_daemon_free(struct local_daemon *daemon)
{
	if (!daemon) {
		return;
	}
	localapi_free(daemon->api);
	for (size_t i = 0; i < DAEMON_PARTS; i++) {
		VEC_RELEASE(&daemon->parts[i].waiters);
	}
	free(daemon);
}

struct localapi *local_daemon_api(struct local_daemon *daemon)
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

/** What a part that cannot be had means, and what to do. */
static void explain(struct daemon_answer *answer)
{
	switch (answer->outcome) {
	case LOCALAPI_ABSENT:
		answer->reason = REASON_DAEMON_ABSENT;
		answer->hint = "start tailscaled, or say `tailscaled_socket` in gaterun.yaml";
		return;
	case LOCALAPI_NO_ACCESS:
	case LOCALAPI_NEEDS_AUTH:
	case LOCALAPI_IN_USE:
	case LOCALAPI_DENIED:
	case LOCALAPI_CERT_DENIED:
		answer->reason = REASON_DAEMON_DENIED;
		answer->hint = "run as root, or make this user the operator: tailscale set "
			       "--operator=USER";
		return;
	case LOCALAPI_NOT_TRIED:
	case LOCALAPI_TIMEOUT:
		answer->reason = REASON_DAEMON_TIMEOUT;
		return;
	case LOCALAPI_MALFORMED:
	case LOCALAPI_TOO_LARGE:
		answer->reason = REASON_DAEMON_MALFORMED;
		answer->hint = "is it tailscaled that listens there?";
		return;
	case LOCALAPI_UNSUPPORTED:
		answer->reason = REASON_DAEMON_OUTDATED;
		answer->hint = "update Tailscale on this machine";
		return;
	case LOCALAPI_OK:
	case LOCALAPI_FORBIDDEN:
	case LOCALAPI_NOT_READY:
	case LOCALAPI_FAILED:
	case LOCALAPI_NOT_ACTIVE:
	case LOCALAPI_ARGUMENT:
	case LOCALAPI_UNREACHED:
	case LOCALAPI_PROHIBITED:
	case LOCALAPI_LOST:
	case LOCALAPI_BROKEN:
		break;
	}
	answer->reason = REASON_DAEMON_FAILED;
}

/** Read what a part says. */
static int parse(struct local_daemon *daemon, enum daemon_part which, struct text body,
		 struct err *err)
{
	struct arena *arena = daemon->context->arena;

	switch (which) {
	case DAEMON_STATUS:
		return tailnet_status_parse(arena, body, &daemon->status, err);
	case DAEMON_PREFS:
		return tailnet_prefs_parse(arena, body, &daemon->prefs, err);
	case DAEMON_SERVE_CONFIG:
		return serve_config_parse(arena, body, &daemon->serve, err);
	case DAEMON_CERT_DOMAINS:
		return tailnet_cert_domains_parse(arena, body, &daemon->cert_domains, err);
	case DAEMON_PARTS:
		break;
	}
	return err_set(err, ERR_INTERNAL, "there is no such part");
}

static void on_answer(const struct localapi_facts *facts, void *cookie)
{
	struct part *part = cookie;
	struct arena *arena = part->daemon->context->arena;
	struct daemon_answer *answer = &part->answer;
	struct err err = {0};
	char place[LOCALAPI_SOCKET_BYTES + 40];

	part->ask = NULL;
	answer->outcome = facts->outcome;
	answer->took_ms = facts->took_ms;
	localapi_place_text(facts->place, place, sizeof(place));
	answer->where = arena_text(arena, place);
	if (facts->outcome != LOCALAPI_OK) {
		answer->why = arena_printf(arena, "the tailscaled at %s: %s%s%s", place,
					   localapi_outcome_text(facts->outcome),
					   *facts->said ? ": " : "", facts->said);
	} else if (parse(part->daemon, part->which, facts->body, &err)) {
		answer->outcome = LOCALAPI_MALFORMED;
		answer->why = arena_printf(arena,
					   "the tailscaled at %s does not say what it is to say: "
					   "%s",
					   place, err.text);
	}
	if (answer->outcome != LOCALAPI_OK) {
		explain(answer);
	}
	answer->is_done = true;
	for (size_t i = 0; i < part->waiters.len; i++) {
		part->waiters.at[i].ready(part->waiters.at[i].cookie);
	}
}

const struct daemon_answer *local_daemon_ask_for(struct local_daemon *daemon,
						 enum daemon_part which,
						 void (*ready)(void *cookie), void *cookie)
{
	struct part *part = &daemon->parts[which];
	enum localapi_outcome refused = LOCALAPI_OK;

	if (!part->answer.is_done && ready) {
		*VEC_ADD(&part->waiters) = (struct daemon_waiter){ready, cookie};
	}
	if (!part->is_wanted) {
		part->is_wanted = true;
		part->ask = localapi_start(
			local_daemon_api(daemon),
			&(struct localapi_request){.call = calls[which],
						   .deadline_ms = daemon->context->deadline_ms},
			on_answer, part, &refused);
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

const struct daemon_answer *local_daemon_ask(struct local_daemon *daemon, enum daemon_part which,
					     struct check *waiter)
{
	return local_daemon_ask_for(daemon, which, waiter ? wake_check : NULL, waiter);
}

static bool is_read(const struct local_daemon *daemon, enum daemon_part which)
{
	const struct daemon_answer *answer = &daemon->parts[which].answer;

	return answer->is_done && answer->outcome == LOCALAPI_OK;
}

const struct tailnet_status *local_daemon_status(const struct local_daemon *daemon)
{
	return is_read(daemon, DAEMON_STATUS) ? &daemon->status : NULL;
}

const struct tailnet_prefs *local_daemon_prefs(const struct local_daemon *daemon)
{
	return is_read(daemon, DAEMON_PREFS) ? &daemon->prefs : NULL;
}

const struct serve_config *local_daemon_serve_config(const struct local_daemon *daemon)
{
	return is_read(daemon, DAEMON_SERVE_CONFIG) ? &daemon->serve : NULL;
}

const struct text_list *local_daemon_cert_domains(const struct local_daemon *daemon)
{
	return is_read(daemon, DAEMON_CERT_DOMAINS) ? &daemon->cert_domains : NULL;
}

bool local_daemon_is_missing(struct check *check, enum daemon_part which)
{
	const struct daemon_answer *answer = &check->context->local_daemon->parts[which].answer;
	struct finding *finding = NULL;

	if (answer->is_done && answer->outcome == LOCALAPI_OK) {
		return false;
	}
	if (!answer->is_done) {
		(void)check_add(check, VERDICT_UNKNOWN, check->expired, DAEMON_SUBJECT,
				(struct place){0},
				"the tailscaled of this machine had not answered by then");
		return true;
	}
	finding = check_add(check, VERDICT_UNKNOWN, answer->reason, DAEMON_SUBJECT,
			    (struct place){0}, "%s", answer->why);
	finding->detail = "not read";
	finding->hint = answer->hint;
	return true;
}

bool local_daemon_is_blocked(struct check *check, const struct tailnet_status *status)
{
	struct finding *finding = NULL;

	if (status->state == BACKEND_NEEDS_LOGIN) {
		finding = check_add(check, VERDICT_FAIL, REASON_AUTH_BLOCKED_NEEDS_LOGIN,
				    DAEMON_SUBJECT, (struct place){0},
				    "this machine is logged out of the tailnet, or its key has "
				    "expired; a human has to log in%s",
				    status->auth_url ? ", and a login page waits" : "");
		finding->hint = "log in again as an admin, or with an auth key; for a machine "
				"without humans give it a tag and disable key expiry";
	} else if (status->state == BACKEND_NEEDS_MACHINE_AUTH) {
		finding = check_add(check, VERDICT_FAIL, REASON_AUTH_BLOCKED_NEEDS_APPROVAL,
				    DAEMON_SUBJECT, (struct place){0},
				    "an admin of the tailnet has not approved this machine");
		finding->hint = "approve it, or enrol machines with a pre-approved auth key";
	}
	return finding != NULL;
}
