/*
 * tls_endpoint: every TLS name is served with a certificate that its clients will take, today and
 * for some time.
 *
 * A handshake is made with whoever serves the name, over the addresses that the policy and the mode
 * permit, and nothing else is said. What it showed is judged in check/reach/tls_judge.c.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "check/reach/authorities.h"
#include "check/reach/tls_judge.h"
#include "check/reach/tls_names.h"
#include "check/reach/unconnected.h"
#include "net/tls.h"

/** How long before the gate's end a handshake is given up, so that it can be told how far it came.
 */
#define TELLING_MS 50

/** Most protocols that are offered. */
#define PROTOCOLS_MAX 8

struct tls_endpoint {
	struct texts endpoints;
	int64_t port;
	int64_t min_days;
	int64_t handshake_ms;
	const char *ca;
	bool allow_private_ca;
	int min_version; /**< enum tls_version */
	struct texts alpn;
	const char *vantage;
};

static const struct choice versions[] = {
	{"1.0", TLS_1_0, "also the oldest"},
	{"1.1", TLS_1_1, NULL},
	{"1.2", TLS_1_2, NULL},
	{"1.3", TLS_1_3, "the newest alone"},
	{0},
};

static const struct field fields[] = {
	{"endpoints", FIELD_TEXTS, offsetof(struct tls_endpoint, endpoints),
	 .doc = "ids of endpoints; without it, all that are enabled and have a TLS name"},
	{"port", FIELD_INT, offsetof(struct tls_endpoint, port), .min = 1, .max = 65535,
	 .doc = "asked instead of the port of each URL"},
	{"min_days", FIELD_INT, offsetof(struct tls_endpoint, min_days), .min = 1, .max = 3650,
	 .doc = "the certificate must last longer than that; without it, 7 days of 90, and in "
		"proportion if it was made for less"},
	{"handshake", FIELD_DURATION, offsetof(struct tls_endpoint, handshake_ms), .min = 1,
	 .fallback = "10s", .doc = "how long one may take, once connected"},
	{"ca", FIELD_TEXT, offsetof(struct tls_endpoint, ca),
	 .doc = "file of the repo with certificates of authorities, in PEM, that count beside those of "
		"the system"},
	{"allow_private_ca", FIELD_BOOL, offsetof(struct tls_endpoint, allow_private_ca),
	 .doc = "an authority that nobody here knows, or none at all, will do"},
	{"min_version", FIELD_CHOICE, offsetof(struct tls_endpoint, min_version),
	 .choices = versions, .fallback = "1.2", .doc = "oldest version of TLS that is right"},
	{"alpn", FIELD_TEXTS, offsetof(struct tls_endpoint, alpn),
	 .doc = "protocols to offer (h2, http/1.1); the server must take one of them"},
	{"vantage", FIELD_TEXT, offsetof(struct tls_endpoint, vantage),
	 .doc = "id of the target to connect from, instead of from here"},
	{0},
};

/** RFC 7301, section 3.1: one byte has the length. */
static bool is_protocol(const char *word)
{
	size_t len = text_of(word).len;

	return len > 0 && len <= 32;
}

static void check_settings(struct decode *decode, const struct gate *gate, void *settings)
{
	const struct tls_endpoint *self = settings;

	(void)gate;
	for (size_t i = 0; i < self->alpn.len; i++) {
		if (i >= PROTOCOLS_MAX) {
			decode_problem(decode, PROBLEM_VALUE, self->alpn.nodes[i], NULL,
				       "there are more than %d protocols", PROTOCOLS_MAX);
			return;
		}
		if (!is_protocol(self->alpn.at[i])) {
			decode_problem(decode, PROBLEM_VALUE, self->alpn.nodes[i],
				       "write a name like h2 or http/1.1",
				       "'%s' is not the name of a protocol", self->alpn.at[i]);
		}
	}
}

/* ---- asking */

/** One name, at one port of who serves it. */
struct door {
	struct check *check;
	struct tls_place place;
	uint16_t port;
	struct connector *connector; /**< while it connects */
	struct tls_probe *probe;     /**< while it shakes hands */
	struct connect_facts way;
	struct tls_facts facts;
	bool is_done;
};

struct state {
	struct door *doors;
	size_t count;
	size_t left;
	const struct tls_roots *roots;
	const struct target *vantage;
	const char *alpn[PROTOCOLS_MAX + 1];
};

static void finish(struct door *door)
{
	struct state *state = door->check->state;

	door->is_done = true;
	state->left--;
	if (state->left == 0) {
		task_wake(&door->check->task);
	}
}

static void on_probed(const struct tls_facts *facts, void *cookie)
{
	struct door *door = cookie;

	door->probe = NULL;
	door->facts = *facts;
	finish(door);
}

static int64_t handshake_deadline(const struct check *check)
{
	const struct tls_endpoint *self = check->settings;
	int64_t own_ms = clock_monotonic_ms() + self->handshake_ms;
	int64_t last_ms = check->deadline_ms - TELLING_MS;

	return own_ms < last_ms ? own_ms : last_ms;
}

static void on_connected(const struct connect_facts *facts, struct stream *stream, void *cookie)
{
	struct door *door = cookie;
	const struct state *state = door->check->state;
	const struct tls_spec spec = {
		.stream = stream,
		.sni = door->place.name,
		.alpn = state->alpn,
		.roots = state->roots,
		.deadline_ms = handshake_deadline(door->check),
	};

	door->connector = NULL;
	door->way = *facts;
	if (!stream) {
		finish(door);
		return;
	}
	door->probe = tls_probe_start(door->check->context->loop, door->check->context->tls, &spec,
				      on_probed, door);
}

/** The address of a node of the tailnet that is no target. */
static const char *device_address(const struct device *device)
{
	return device->lan_ip.address.family != ADDRESS_NONE ? device->lan_ip.text
							     : device->tailscale_ip.text;
}

static void start(struct door *door)
{
	const struct state *state = door->check->state;
	const struct tls_place *place = &door->place;
	struct connect_spec spec = {
		.target = place->node_target ? place->node_target : place->target,
		.port = door->port,
		.via = state->vantage,
		.deadline_ms = door->check->deadline_ms,
	};

	if (place->node_device && !place->node_target) {
		spec.target = NULL;
		spec.host = device_address(place->node_device);
	}
	door->connector = connect_start(door->check->context->reach, &spec, on_connected, door);
}

/** What all of them need. False: that cannot be had, and why is said. */
static bool prepare(struct check *check, struct state *state)
{
	const struct tls_endpoint *self = check->settings;

	for (size_t i = 0; i < self->alpn.len; i++) {
		state->alpn[i] = self->alpn.at[i];
	}
	if (self->ca && !authorities_read(check, self->ca, &state->roots)) {
		return false;
	}
	return vantage_take(check, self->vantage, &state->vantage);
}

static void begin(struct check *check)
{
	const struct tls_endpoint *self = check->settings;
	size_t most = endpoints_most(check, &self->endpoints);
	struct tls_place *places = mem_alloc((most + 1) * sizeof(*places));
	struct state *state = mem_alloc(sizeof(*state));

	check->state = state;
	if (prepare(check, state)) {
		state->count = tls_places_choose(check, &self->endpoints, places);
	}
	state->left = state->count;
	state->doors = mem_alloc((state->count + 1) * sizeof(*state->doors));
	for (size_t i = 0; i < state->count; i++) {
		struct door *door = &state->doors[i];

		door->check = check;
		door->place = places[i];
		door->port = self->port ? (uint16_t)self->port : places[i].port;
		start(door);
	}
	free(places);
}

static bool is_ready(const struct check *check)
{
	return ((const struct state *)check->state)->left == 0;
}

/* ---- telling */

static struct place where_of(const struct door *door)
{
	const struct endpoint *endpoint = door->place.endpoint;

	return endpoint->tls.name ? node_place(endpoint->tls.map, "name")
				  : node_place(endpoint->row.node, "url");
}

static void report(struct check *check, const struct door *door)
{
	const struct tls_endpoint *self = check->settings;
	const struct tls_demands demands = {
		.has_name = door->place.name != NULL,
		.min_days = self->min_days,
		.allow_private_ca = self->allow_private_ca,
		.min_version = (enum tls_version)self->min_version,
		.wants_alpn = self->alpn.len > 0,
	};
	struct tls_opinions opinions = {0};
	bool is_unknown = false;

	judge_tls(&door->facts, &demands, clock_utc_ms(), check->context->arena, &opinions);
	for (size_t i = 0; i < opinions.len; i++) {
		const struct tls_opinion *opinion = &opinions.at[i];
		struct finding *finding = check_add(
			check, opinion->verdict, opinion->reason, door->place.endpoint->row.subject,
			where_of(door), "%s%s%s port %u: %s",
			door->place.name ? door->place.name : "", door->place.name ? " at " : "",
			door->way.text, (unsigned)door->port, opinion->message);

		finding->hint = opinion->hint;
		finding->path = door->way.path;
		finding->detail = check_text(check, "%u", (unsigned)door->port);
		is_unknown = is_unknown || opinion->verdict == VERDICT_UNKNOWN;
	}
	check->result->checked += !is_unknown;
}

static void report_late(struct check *check, struct door *door)
{
	if (door->connector) {
		connect_cancel(door->connector);
	}
	if (door->probe) {
		tls_probe_cancel(door->probe);
	}
	(void)check_add(check, VERDICT_UNKNOWN, check->expired, door->place.endpoint->row.subject,
			where_of(door), "no result before the deadline");
}

static void judge_door(struct check *check, struct door *door)
{
	const struct tls_place *place = &door->place;
	const struct target *target = place->node_target ? place->node_target : place->target;

	if (!door->is_done) {
		report_late(check, door);
	} else if (door->way.outcome == CONNECT_OPEN) {
		report(check, door);
	} else {
		const struct finding *finding = report_unconnected(
			check, target, place->endpoint->row.subject, door->port, &door->way);

		check->result->checked += finding->verdict == VERDICT_FAIL;
	}
}

static void judge(struct check *check)
{
	struct state *state = check->state;

	for (size_t i = 0; i < state->count; i++) {
		judge_door(check, &state->doors[i]);
	}
	vantage_leave(check, state->vantage);
	free(state->doors);
	free(state);
	check->state = NULL;
}

const struct kind kind_tls_endpoint = {
	.name = "tls_endpoint",
	.doc = "Makes a TLS handshake for the name of each https: URL in services.health (or its `tls`), "
	       "with the machine that serves it, and says nothing more. Passes when the certificate leads "
	       "to an authority that is trusted, holds the name and lasts; of a URL with an address, only "
	       "that it lasts",
	.fields = fields,
	.settings_size = sizeof(struct tls_endpoint),
	.mode = MODE_PASSIVE,
	.needs = NEEDS_TARGETS | NEEDS_ENDPOINTS,
	.is_per_target = true,
	.connects = true,
	.check_settings = check_settings,
	.begin = begin,
	.is_ready = is_ready,
	.judge = judge,
};
