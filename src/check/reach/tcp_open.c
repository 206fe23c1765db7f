/*
 * tcp_open: a port of each target accepts connections, over the addresses that the target's policy
 * and the mode of the run permit, or through its jump host. One that accepts and breaks off at once
 * is open.
 *
 * Nothing is said or read, so any port may be asked for; what answers there is not known.
 */
#include <stdlib.h>

#include "check/reach/endpoints.h"
#include "check/reach/unconnected.h"

/** Settings; without any, the SSH port of each target. */
struct tcp_open {
	int64_t port; /**< 0: the target's own SSH port */
	struct texts endpoints;
};

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

/* ---- asking */

/** One port of one target. */
struct door {
	struct check *check;
	const struct target *target;
	const char *subject; /**< the target, or the endpoint */
	uint16_t port;
	struct connector *connector; /**< NULL unless under way */
	struct connect_facts facts;
	bool is_done;
};

struct state {
	struct door *doors;
	size_t count;
	size_t left;
};

static void on_ended(const struct connect_facts *facts, struct stream *stream, void *cookie)
{
	struct door *door = cookie;
	struct state *state = door->check->state;

	stream_close(stream);
	door->connector = NULL;
	door->facts = *facts;
	door->is_done = true;
	state->left--;
	if (state->left == 0) {
		task_wake(&door->check->task);
	}
}

static void start(struct door *door)
{
	const struct connect_spec spec = {
		.target = door->target,
		.port = door->port,
		.deadline_ms = door->check->deadline_ms,
	};

	door->connector = connect_start(door->check->context->reach, &spec, on_ended, door);
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
	state->left = state->count;
	for (size_t i = 0; i < state->count; i++) {
		start(&state->doors[i]);
	}
}

static bool is_ready(const struct check *check)
{
	return ((const struct state *)check->state)->left == 0;
}

static void report(struct check *check, const struct door *door)
{
	bool is_open = door->facts.outcome == CONNECT_OPEN || door->facts.outcome == CONNECT_RESET;

	check->result->checked += is_open || door->facts.outcome == CONNECT_REFUSED;
	if (!is_open) {
		(void)report_unconnected(check, door->target, door->subject, door->port,
					 &door->facts);
	}
}

static void judge(struct check *check)
{
	struct state *state = check->state;

	for (size_t i = 0; i < state->count; i++) {
		struct door *door = &state->doors[i];

		if (door->is_done) {
			report(check, door);
			continue;
		}
		connect_cancel(door->connector);
		(void)check_add(check, VERDICT_UNKNOWN, check->expired, door->subject,
				node_place(door->target->row.node, "host"),
				"no result before the deadline");
	}
	free(state->doors);
	free(state);
	check->state = NULL;
}

const struct kind kind_tcp_open = {
	.name = "tcp_open",
	.doc = "Connects to a port of each target, over the addresses that its policy and the run's mode "
	       "permit, or through its jump host, says nothing and closes. Passes when each port accepts; "
	       "a machine that does not answer leaves it unknown",
	.fields = fields,
	.settings_size = sizeof(struct tcp_open),
	.mode = MODE_PASSIVE,
	.needs = NEEDS_TARGETS,
	.is_per_target = true,
	.connects = true,
	.check_settings = check_settings,
	.begin = begin,
	.is_ready = is_ready,
	.judge = judge,
};
