/* The daemons of targets: asked over the run's session to each, or by a command there. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "check/reach/ssh_command.h"
#include "check/tailnet/daemon_private.h"

/** So long a command that prints a status may take. */
#define COMMAND_MS 10000

struct daemons {
	struct context *context;
	struct VEC(struct daemon *) all;
};

/* ---- the command */

static void tell_command(struct part *part, const struct ssh_command_facts *facts)
{
	static const struct command_gate wanted = {.exit_count = 1}; /* exit status 0 */
	struct daemon *daemon = part->daemon;
	struct arena *arena = daemon->context->arena;
	struct daemon_answer *answer = &part->answer;
	const char *name = daemon->remote->way.argv->at[0];
	struct command_opinion why = {0};

	answer->where = arena_printf(arena, "the command %s", name);
	answer->took_ms = facts->elapsed_ms;
	answer->is_by_command = true;
	if (judge_command(&wanted, facts, NULL, &why) != VERDICT_PASS) {
		AUTO(auto_str) struct str said = {.max = COMMAND_SAID_BYTES};

		str_add_printable(&said, text_trim(why.said));
		answer->outcome = remote_is_lost(daemon) ? LOCALAPI_LOST : LOCALAPI_FAILED;
		answer->why = arena_printf(arena, "%s; %s: %s", answer->why, name, why.message);
		answer->reason = remote_is_lost(daemon) ? REASON_SSH_LOST : why.reason;
		answer->hint = why.hint;
		answer->said = said.len > 0 ? arena_text(arena, str_text(&said)) : NULL;
	} else if (facts->out_bytes > facts->out.len) {
		answer->outcome = LOCALAPI_TOO_LARGE;
		answer->why = arena_printf(arena, "%s says %zu bytes, and %zu are read", name,
					   facts->out_bytes, facts->out.len);
		answer->reason = REASON_DAEMON_MALFORMED;
		answer->hint = "let it leave the peers out: [tailscale, status, --json, "
			       "--peers=false]";
	} else {
		part_read(part, facts->out, answer->where);
	}
}

static void on_command(const struct ssh_command_facts *facts, void *cookie)
{
	struct part *part = cookie;

	part->daemon->remote->command = NULL;
	tell_command(part, facts);
	part_settle(part);
}

bool remote_falls_back(struct part *part)
{
	struct daemon_remote *remote = part->daemon->remote;
	const struct texts *argv = remote->way.argv;
	struct ssh_command_spec spec = {.timeout_ms = COMMAND_MS,
					.deadline_ms = part->daemon->context->deadline_ms};
	struct err ignored = {0}; /* the words were tried when the gate was read */

	if (part->which != DAEMON_STATUS || !argv || argv->len == 0 ||
	    (part->answer.outcome != LOCALAPI_UNREACHED &&
	     part->answer.outcome != LOCALAPI_PROHIBITED)) {
		return false;
	}
	spec.words = argv->at;
	spec.count = argv->len;
	remote->command = ssh_command_start(remote->session, &spec, on_command, part, &ignored);
	return remote->command != NULL;
}

/* ---- the session */

bool remote_is_lost(const struct daemon *daemon)
{
	return reach_lost(daemon->context->reach, daemon->remote->reached) != NULL;
}

static void settle_unreached(struct part *part)
{
	struct daemon_answer *answer = &part->answer;

	part->is_started = true;
	answer->is_unreached = true;
	answer->reason = REASON_DAEMON_UNREACHED;
	answer->why = arena_printf(part->daemon->context->arena, "there is no session to %s",
				   part->daemon->owner.subject);
	part_settle(part);
}

static void open_api(struct daemon *daemon)
{
	const struct localapi_remote there = {daemon->context->loop, daemon->remote->session};
	const char *socket = daemon->remote->way.socket;
	struct localapi_places places = {0};
	struct err ignored = {0}; /* a path that is too long was refused with the gate */

	if (!socket || localapi_places_of_socket(socket, &places, &ignored)) {
		localapi_places_remote(&places);
	}
	localapi_free(daemon->api); /* nothing is under way over the session before */
	daemon->api = localapi_open_remote(daemon->context->http, &there, &places);
}

/** Ask for what is wanted and was not asked for. */
static void start_parts(struct daemon *daemon)
{
	for (size_t i = 0; i < DAEMON_PARTS; i++) {
		struct part *part = &daemon->parts[i];

		if (part->is_wanted && !part->is_started) {
			if (daemon->remote->session) {
				part_start(part);
			} else {
				settle_unreached(part);
			}
		}
	}
}

static void on_session(const struct reached *reached, struct ssh_session *session, void *cookie)
{
	struct daemon *daemon = cookie;

	daemon->remote->has_applied = false;
	daemon->remote->reached = reached;
	daemon->remote->session = session;
	if (session) {
		open_api(daemon);
	}
	start_parts(daemon);
}

void remote_want(struct daemon *daemon)
{
	struct daemon_remote *remote = daemon->remote;
	struct reach *reach = daemon->context->reach;

	if (remote->session) {
		start_parts(daemon);
	} else if (!remote->has_applied) {
		remote->has_applied = true;
		reach_hold(reach, daemon->owner.target); /* what is given back by applying */
		reach_session(reach, daemon->owner.target, on_session, daemon);
	}
}

void remote_settled(struct daemon *daemon)
{
	bool is_under_way = daemon->remote->command != NULL;

	for (size_t i = 0; i < DAEMON_PARTS; i++) {
		const struct part *part = &daemon->parts[i];

		is_under_way = is_under_way || (part->is_wanted && !part->answer.is_done);
	}
	if (daemon->remote->session && !is_under_way) {
		daemon->remote->session = NULL;
		reach_leave(daemon->context->reach, daemon->owner.target);
	}
}

void remote_free(struct daemon *daemon)
{
	struct daemon_remote *remote = daemon->remote;
	struct reach *reach = daemon->context->reach;

	if (remote->has_applied) {
		reach_withdraw(reach, daemon->owner.target, daemon);
	}
	if (remote->command) {
		ssh_command_cancel(remote->command);
	}
	if (remote->session) {
		reach_leave(reach, daemon->owner.target);
	}
	free(remote);
}

/* ---- all of them */

struct daemons *daemons_open(struct context *context)
{
	struct daemons *daemons = mem_alloc(sizeof(*daemons));

	daemons->context = context;
	return daemons;
}

void daemons_free(struct daemons *daemons)
{
	if (!daemons) {
		return;
	}
	for (size_t i = 0; i < daemons->all.len; i++) {
		daemon_free(daemons->all.at[i]);
	}
	VEC_RELEASE(&daemons->all);
	free(daemons);
}

static bool same_words(const struct texts *left, const struct texts *right)
{
	size_t count = left ? left->len : 0;

	if (count != (right ? right->len : 0)) {
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		if (strcmp(left->at[i], right->at[i]) != 0) {
			return false;
		}
	}
	return true;
}

struct daemon *daemons_of(struct daemons *daemons, const struct target *target,
			  const struct daemon_way *way)
{
	const struct daemon_owner owner = {
		.subject = target->row.subject,
		.machine = "the machine",
		.target = target,
		.where = node_place(target->row.node, "host"),
	};
	struct daemon *daemon = NULL;

	for (size_t i = 0; i < daemons->all.len; i++) {
		const struct daemon_way *other = &daemons->all.at[i]->remote->way;

		if (daemons->all.at[i]->owner.target == target &&
		    same_string(other->socket, way->socket) && same_words(other->argv, way->argv)) {
			return daemons->all.at[i];
		}
	}
	daemon = daemon_new(daemons->context, &owner);
	daemon->remote = mem_alloc(sizeof(*daemon->remote));
	daemon->remote->way = *way;
	*VEC_ADD(&daemons->all) = daemon;
	return daemon;
}
