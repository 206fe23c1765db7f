/*
 * tailnet_node (G022): the tailscaled of this machine, or that of each target, is well.
 *
 * A node whose key has run out, or that hangs on a relay for a month, answers just as a good one
 * until something needs it. All of this is read from what the daemon knows; nothing is sent into
 * the tailnet. What it means is node_judge.c's.
 */
#include "check/tailnet/tailnet_node.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "check/reach/reach.h"
#include "net/remote_command.h"

/** Days that the key has to last by default: two weeks of holidays. */
#define KEY_DAYS "14"

/* ---- asking */

struct state {
	struct daemon **daemons; /**< whose nodes are judged */
	size_t count;
};

/** The daemon of a target, unless that is decided already. */
static struct daemon *daemon_there(struct check *check, const struct target *target)
{
	const struct tailnet_node_gate *gate = check->settings;
	const struct daemon_way way = {gate->socket, &gate->remote_argv};

	if (!check_selects(check, target)) {
		return NULL;
	}
	if (check_is_decided(check, target)) {
		reach_forgo(check->context->reach, target);
		return NULL;
	}
	return daemons_of(check->context->daemons, target, &way);
}

static void ask(struct check *check, struct daemon *daemon)
{
	const struct target *target = daemon_owner(daemon)->target;

	(void)daemon_ask(daemon, DAEMON_STATUS, check);
	(void)daemon_ask(daemon, DAEMON_PREFS, check);
	if (target) { /* the daemon has asked for the session, and keeps it as long as it must */
		reach_forgo(check->context->reach, target);
	}
}

static void begin(struct check *check)
{
	const struct tailnet_node_gate *gate = check->settings;
	const struct targets *targets = &check->context->repo->targets;
	struct state *state = mem_alloc(sizeof(*state));

	check->state = state;
	state->daemons = mem_alloc((targets->len + 1) * sizeof(struct daemon *));
	if (gate->nodes == NODES_LOCAL) {
		state->daemons[state->count++] = check->context->local_daemon;
	}
	for (size_t i = 0; i < targets->len && gate->nodes == NODES_TARGETS; i++) {
		struct daemon *daemon = daemon_there(check, &targets->at[i]);

		if (daemon) {
			state->daemons[state->count++] = daemon;
		}
	}
	for (size_t i = 0; i < state->count; i++) {
		ask(check, state->daemons[i]);
	}
}

static bool is_ready(const struct check *check)
{
	const struct state *state = check->state;

	for (size_t i = 0; i < state->count; i++) {
		if (!daemon_ask(state->daemons[i], DAEMON_STATUS, NULL)->is_done ||
		    !daemon_ask(state->daemons[i], DAEMON_PREFS, NULL)->is_done) {
			return false;
		}
	}
	return true;
}

/** A command told the status, and nobody the preferences: that is no fault of the node. */
static void remark_on_prefs(struct check *check, const struct daemon_owner *owner)
{
	struct finding *finding =
		check_add(check, VERDICT_PASS, REASON_NODE_ROUTES, owner->subject, owner->where,
			  "its routes are not judged: remote_argv tells of the "
			  "status alone");

	finding->detail = "not told by the command";
}

static void judge_one(struct check *check, struct daemon *daemon)
{
	struct node_facts facts = {.owner = daemon_owner(daemon), .now_utc_ms = clock_utc_ms()};

	if (daemon_is_missing(check, daemon, DAEMON_STATUS)) {
		return;
	}
	facts.status = daemon_status(daemon);
	facts.prefs = daemon_prefs(daemon);
	judge_node(check, &facts);
	if (facts.status->state != BACKEND_RUNNING) {
		return;
	}
	if (daemon_ask(daemon, DAEMON_STATUS, NULL)->is_by_command) {
		remark_on_prefs(check, facts.owner);
	} else {
		(void)daemon_is_missing(check, daemon, DAEMON_PREFS);
	}
}

/** Findings of a node, from the first one on, say over which way it was asked. */
static void note_path(const struct check *check, const struct daemon *daemon, size_t first)
{
	const struct reached *reached = daemon_reached(daemon);
	const struct findings *findings = &check->result->findings;

	for (size_t i = first; i < findings->len && reached && reached->route; i++) {
		findings->at[i].path = reached->route->path;
	}
}

static void judge(struct check *check)
{
	struct state *state = check->state;

	for (size_t i = 0; i < state->count; i++) {
		size_t first = check->result->findings.len;

		judge_one(check, state->daemons[i]);
		note_path(check, state->daemons[i], first);
	}
	free(state->daemons);
	free(state);
	check->state = NULL;
}

/* ---- settings */

#define SETTING(member) offsetof(struct tailnet_node_gate, member)

static const struct choice whose[] = {
	{"local", NODES_LOCAL, "the machine that the run is on"},
	{"targets", NODES_TARGETS, "the targets that are chosen, each asked over SSH"},
	{0},
};

static const struct field tailnet_node_fields[] = {
	{"nodes", FIELD_CHOICE, SETTING(nodes), .choices = whose, .fallback = "local",
	 .doc = "whose nodes are judged: local, that of this machine; targets, those of the targets, "
		"each by its own daemon"},
	{"socket", FIELD_TEXT, SETTING(socket),
	 .doc = "where the daemons of targets listen there; without it, the usual places"},
	{"remote_argv", FIELD_TEXTS, SETTING(remote_argv),
	 .doc = "a command that prints the status there, like [tailscale, status, --json, "
		"--peers=false], run where the SSH server does not forward to the socket"},
	{"key_days", FIELD_INT, SETTING(key_days), .min = 0, .max = 3650, .fallback = KEY_DAYS,
	 .doc = "days for which the node's key is good, at least"},
	{"tags", FIELD_TEXTS, SETTING(tags), .doc = "tags that this node has, at least"},
	{"ignore_health", FIELD_TEXTS, SETTING(ignore_health),
	 .doc = "beginnings of health messages that do not matter here"},
	{"require_direct", FIELD_BOOL, SETTING(require_direct),
	 .doc = "a target that is talked to through a relay fails"},
	{"require_magic_dns", FIELD_BOOL, SETTING(require_magic_dns), .fallback = "true",
	 .doc = "the tailnet has MagicDNS"},
	{"require_latest", FIELD_BOOL, SETTING(require_latest),
	 .doc = "a newer version than the one that runs fails; one that mends a security hole does "
		"anyway"},
	{"allow_exit_node", FIELD_BOOL, SETTING(allow_exit_node),
	 .doc = "this machine may use an exit node"},
	{0},
};

static bool is_local(const void *settings)
{
	return ((const struct tailnet_node_gate *)settings)->nodes == NODES_LOCAL;
}

static void check_socket(struct decode *decode, const struct node *node, const char *socket)
{
	struct localapi_places places = {0};
	struct err err = {0};

	if (*socket != '/') {
		decode_problem(decode, PROBLEM_VALUE, node, NULL,
			       "'%s' is not an absolute path of a socket", socket);
	} else if (localapi_places_of_socket(socket, &places, &err)) {
		decode_problem(decode, PROBLEM_VALUE, node, NULL, "%s", err.text);
	}
}

static void check_settings(struct decode *decode, const struct gate *gate, void *settings)
{
	const struct tailnet_node_gate *self = settings;
	const struct node *socket = node_get(gate->with, "socket");
	const struct node *argv = node_get(gate->with, "remote_argv");
	AUTO(auto_str) struct str line = {0};
	struct err err = {0};

	if (is_local(settings) && (socket || argv)) {
		decode_problem(decode, PROBLEM_VALUE, socket ? socket : argv,
			       "the socket of this machine is `tailscaled_socket` in gaterun.yaml",
			       "'%s' is about the daemons of targets: say `nodes: targets`",
			       socket ? "socket" : "remote_argv");
		return;
	}
	if (self->socket) {
		check_socket(decode, socket, self->socket);
	}
	if (self->remote_argv.len > 0 &&
	    remote_command_write(self->remote_argv.at, self->remote_argv.len, "", &line, &err)) {
		decode_problem(decode, PROBLEM_VALUE, argv, NULL, "%s", err.text);
	}
}

const struct kind kind_tailnet_node = {
	.name = "tailnet_node",
	.doc = "Reads what the tailscaled of this machine knows, or that of each target over the "
	       "run's one SSH connection to it. Passes when it runs and is online, wants no login, its "
	       "key lasts, its tags and routes are as demanded, and it reports nothing that matters",
	.fields = tailnet_node_fields,
	.settings_size = sizeof(struct tailnet_node_gate),
	.mode = MODE_PASSIVE,
	.needs = NEEDS_TARGETS | NEEDS_KNOWN_HOSTS,
	.is_per_target = true,
	.is_local = is_local,
	.uses_sessions = true,
	.acts_as = "ssh_command",
	.check_settings = check_settings,
	.begin = begin,
	.is_ready = is_ready,
	.judge = judge,
};
