/*
 * tcp_open: a port of each target accepts connections, over the addresses that the target's policy
 * and the mode of the run permit, in their order.
 *
 * Nothing is said or read, so any port may be asked for; what answers there is not known.
 */
#include "check/tcp_open.h"

#include <stdlib.h>

#include "check/endpoints.h"
#include "check/no_route.h"
#include "check/reach.h"

/** Ports knocked at at once; each costs a descriptor and, without an answer, its time. */
#define KNOCKS_MAX 64

static const struct field fields[] = {
	{"port", FIELD_INT, offsetof(struct tcp_open, port), .min = 1, .max = 65535,
	 .doc = "of each target; without it, its SSH port"},
	{"endpoints", FIELD_TEXTS, offsetof(struct tcp_open, endpoints),
	 .doc = "ids of endpoints: the ports of their URLs, each on its target, instead of `port`"},
	{0},
};

static void check_settings(struct decode *decode, const struct gate *gate, void *settings)
{
	const struct tcp_open *self = settings;

	(void)gate;
	if (self->port != 0 && self->endpoints.len > 0) {
		decode_problem(decode, PROBLEM_VALUE, self->endpoints.nodes[0], NULL,
			       "give 'port' or 'endpoints', not both");
	}
}

/* ---- what an answer means */

static const struct {
	enum verdict verdict;
	enum reason reason;
	const char *message;
	const char *hint;
} meanings[] = {
	[KNOCK_NOT_TRIED] = {VERDICT_UNKNOWN, REASON_RUN_TIMEOUT, "was not tried in time", NULL},
	[KNOCK_OPEN] = {VERDICT_PASS, REASON_NONE, NULL, NULL},
	[KNOCK_REFUSED] = {VERDICT_FAIL, REASON_NET_REFUSED, "nothing listens there",
			   "is the service running, and on this address?"},
	[KNOCK_NO_ROUTE] = {VERDICT_UNKNOWN, REASON_NET_ROUTE, "there is no way there",
			    "is the machine on, and are you on its network?"},
	[KNOCK_TIMEOUT] = {VERDICT_UNKNOWN, REASON_NET_TIMEOUT, "no answer in time",
			   "is the machine on, and does a firewall drop the port?"},
	[KNOCK_BROKEN] = {VERDICT_UNKNOWN, REASON_NET_ROUTE, "could not be tried", NULL},
};

enum verdict judge_knock(const struct knock_facts *facts, bool is_optional,
			 struct knock_opinion *why)
{
	bool is_silent = facts->outcome == KNOCK_NO_ROUTE || facts->outcome == KNOCK_TIMEOUT;

	why->reason = meanings[facts->outcome].reason;
	why->message = meanings[facts->outcome].message;
	why->hint = meanings[facts->outcome].hint;
	if (is_optional && is_silent) {
		why->reason = REASON_TARGET_OPTIONAL;
		return VERDICT_SKIP;
	}
	return meanings[facts->outcome].verdict;
}

/* ---- asking */

/** One port of one target. */
struct door {
	struct check *check;
	const struct target *target;
	const char *subject; /**< the target, or the endpoint */
	uint16_t port;
	bool has_routes; /**< the name of its host is known, if it is one */
	bool is_started;
	struct routes routes;
	size_t permitted[ROUTES_MAX]; /**< indexes of those that may be dialled */
	size_t permitted_count;
	struct knock *knock; /**< NULL unless under way */
	struct knock_facts facts;
	bool is_done;
};

struct state {
	struct door *doors;
	size_t count;
	size_t started; /**< all before it are */
	size_t under_way;
};

static void start_waiting(struct check *check);

static void on_ended(const struct knock_facts *facts, void *cookie)
{
	struct door *door = cookie;
	struct state *state = door->check->state;

	door->knock = NULL;
	door->facts = *facts;
	door->is_done = true;
	state->under_way--;
	start_waiting(door->check);
	task_wake(&door->check->task);
}

static void start(struct door *door)
{
	struct knock_spec spec = {
		.port = door->port,
		.connect_ms = door->target->connect_ms,
		.deadline_ms = door->check->deadline_ms,
		.len = door->permitted_count,
	};

	_Static_assert(ROUTES_MAX <= KNOCK_MAX, "each route can be knocked at");
	for (size_t i = 0; i < door->permitted_count; i++) {
		spec.addresses[i] = door->routes.at[door->permitted[i]].address;
	}
	door->knock = knock_start(door->check->context->loop, &spec, on_ended, door);
}

/** Find the routes of a door, unless its host is a name that is being looked up. */
static bool find_routes(struct check *check, struct door *door)
{
	if (!reach_routes(check->context->reach, door->target, check, &door->routes)) {
		return false;
	}
	door->has_routes = true;
	for (size_t i = 0; i < door->routes.len; i++) {
		if (door->routes.at[i].is_permitted) {
			door->permitted[door->permitted_count++] = i;
		}
	}
	door->is_done = door->permitted_count == 0;
	return true;
}

/** In order, and past those whose names are being looked up: each of them takes a place too. */
static void start_waiting(struct check *check)
{
	struct state *state = check->state;
	size_t busy = state->under_way;

	for (size_t i = state->started; i < state->count && busy < KNOCKS_MAX; i++) {
		struct door *door = &state->doors[i];

		if (door->is_started) {
			continue;
		}
		if (!find_routes(check, door)) {
			busy++;
			continue;
		}
		door->is_started = true;
		if (door->permitted_count > 0) {
			state->under_way++;
			busy++;
			start(door);
		}
	}
	while (state->started < state->count && state->doors[state->started].is_started) {
		state->started++;
	}
}

static void add_door(struct check *check, const struct target *target, const char *subject,
		     int64_t port)
{
	struct state *state = check->state;
	struct door *door = &state->doors[state->count++];

	*door = (struct door){
		.check = check, .target = target, .subject = subject, .port = (uint16_t)port};
}

static void add_endpoints(struct check *check, const struct texts *ids)
{
	struct endpoint_place *places =
		mem_alloc((endpoints_most(check, ids) + 1) * sizeof(*places));
	size_t count = endpoints_choose(check, ids, places);

	for (size_t i = 0; i < count; i++) {
		add_door(check, places[i].target, places[i].endpoint->row.subject,
			 places[i].endpoint->url.port);
	}
	free(places);
}

static void begin(struct check *check)
{
	const struct tcp_open *self = check->settings;
	const struct targets *targets = &check->context->repo->targets;
	struct state *state = mem_alloc(sizeof(*state));

	check->state = state;
	state->doors = mem_alloc((targets->len + self->endpoints.len + 1) * sizeof(*state->doors));
	for (size_t i = 0; i < targets->len && self->endpoints.len == 0; i++) {
		const struct target *target = &targets->at[i];

		if (check_selects(check, target) && !check_is_decided(check, target)) {
			add_door(check, target, target->row.subject,
				 self->port != 0 ? self->port : target->port);
		}
	}
	if (self->endpoints.len > 0) {
		add_endpoints(check, &self->endpoints);
	}
	start_waiting(check);
}

/** Woken by a name that is known now, it starts what waited for that. */
static bool is_ready(const struct check *check)
{
	const struct state *state = check->state;

	if (state->started < state->count) {
		start_waiting(state->doors[0].check);
	}

	for (size_t i = 0; i < state->count; i++) {
		if (!state->doors[i].is_done) {
			return false;
		}
	}
	return true;
}

static void report(struct check *check, const struct door *door)
{
	const struct route *route = &door->routes.at[door->permitted[door->facts.decided]];
	struct knock_opinion why = {0};
	enum verdict verdict = judge_knock(&door->facts, door->target->optional, &why);
	struct finding *finding = NULL;

	check->result->checked += verdict == VERDICT_PASS || verdict == VERDICT_FAIL;
	if (verdict == VERDICT_PASS) {
		return;
	}
	finding = check_add(check, verdict, why.reason, door->subject,
			    node_place(door->target->row.node, "host"), "%s port %u: %s",
			    route->text, (unsigned)door->port, why.message);
	finding->hint = why.hint;
	finding->path = route->path;
	finding->detail = check_text(check, "%u", (unsigned)door->port);
}

static void judge(struct check *check)
{
	struct state *state = check->state;

	for (size_t i = 0; i < state->count; i++) {
		struct door *door = &state->doors[i];

		if (!door->is_done) {
			if (door->knock) {
				knock_cancel(door->knock);
			}
			(void)check_add(check, VERDICT_UNKNOWN, check->expired, door->subject,
					node_place(door->target->row.node, "host"),
					"no result before the deadline");
		} else if (door->permitted_count == 0) {
			report_no_route(check, door->target, door->subject, &door->routes);
		} else {
			report(check, door);
		}
	}
	free(state->doors);
	free(state);
	check->state = NULL;
}

const struct kind kind_tcp_open = {
	.name = "tcp_open",
	.doc = "Connects to a port of each target, over the addresses that its policy and the run's mode "
	       "permit, says nothing and closes. Passes when each port accepts; a machine that does not "
	       "answer leaves it unknown",
	.fields = fields,
	.settings_size = sizeof(struct tcp_open),
	.mode = MODE_PASSIVE,
	.needs = NEEDS_TARGETS,
	.is_per_target = true,
	.check_settings = check_settings,
	.begin = begin,
	.is_ready = is_ready,
	.judge = judge,
};
