/*
 * One connection to a port: from here by the addresses of the target, which race, then through its
 * jump host; or from a vantage point only.
 */
#include <stdlib.h>

#include "base/cleanup.h"
#include "check/reach/connector.h"

/* ---- small parts */

enum step connector_go_on(struct connector *connector, enum connector_state state)
{
	connector->state = state;
	connector->connected->seat.progress++;
	return STEP_DONE;
}

int64_t connector_now_ms(const struct connector *connector)
{
	return loop_now_ms(connector->task.loop);
}

struct arena *connector_arena(const struct connector *connector)
{
	return connector->reach->context->arena;
}

int64_t connector_connect_ms(const struct connector *connector)
{
	const struct target *target = connector->spec.target;

	if (connector->spec.connect_ms > 0) {
		return connector->spec.connect_ms;
	}
	return target && target->connect_ms > 0 ? target->connect_ms : CONNECT_MS;
}

/** A machine that says no is more to the point than none, and the last way more than the first. */
static int weight(enum connect_outcome outcome, bool is_through_host)
{
	switch (outcome) {
	case CONNECT_NOT_TRIED:
		return 0;
	case CONNECT_OPEN:
		return 5;
	case CONNECT_RESET:
		return 4;
	case CONNECT_REFUSED:
		return 3;
	case CONNECT_NO_ROUTE:
	case CONNECT_TIMEOUT:
	case CONNECT_BROKEN:
	case CONNECT_BARRED:
	case CONNECT_HOST_DOWN:
	case CONNECT_HOST_BARRED:
	case CONNECT_PROHIBITED:
	case CONNECT_UNREACHED:
	case CONNECT_LOST:
		break;
	}
	return is_through_host ? 2 : 1;
}

bool connector_settle(struct connector *connector, enum connect_outcome outcome)
{
	int new = weight(outcome, connector->host != NULL);

	if (new <= connector->weight) {
		return false;
	}
	connector->weight = new;
	connector->facts.outcome = outcome;
	return true;
}

void connector_decide(struct connector *connector, const struct route *route,
		      const struct connect_attempt *attempt)
{
	connector->facts.address = route->address;
	connector->facts.text = attempt->text;
	connector->facts.path = attempt->path;
	connector->facts.is_fallback = route->is_fallback;
}

enum step connector_bar(struct connector *connector, enum connect_outcome outcome,
			enum reason reason, const char *why)
{
	if (connector_settle(connector, outcome)) {
		connector->facts.reason = reason;
		connector->facts.why = why;
	}
	return connector_go_on(connector, AT_END);
}

enum step connector_finish_with(struct connector *connector, struct stream *inner)
{
	connector->stream = connected_begin(connector->connected, inner);
	return connector_go_on(connector, AT_END);
}

/** Wait for a name no more. */
static void forget_name(struct connector *connector)
{
	if (connector->waits_at) {
		connection_forget_waiter(connector->waits_at, &connector->task);
		connector->waits_at = NULL;
	}
}

/** The only route is the address that was asked for. */
static void ask_for_address(struct connector *connector)
{
	const struct connect_spec *spec = &connector->spec;
	struct vantage from = connector->reach->from;
	struct address_field field = {
		.text = arena_printf(connector_arena(connector), "%s", spec->host)};
	struct route *route = &connector->routes.at[0];

	from.is_without_ssh =
		spec->port != SSH_PORT && (!spec->target || spec->port != spec->target->port);
	connector->routes = (struct routes){.len = 1};
	if (address_parse(text_of(field.text), &field.address)) {
		route_to(spec->target, &from, &field, route);
		return;
	}
	/* A name: what it stands for there is known there only. */
	*route = (struct route){.text = field.text, .is_permitted = spec->via != NULL};
	if (!spec->via) {
		*route = (struct route){
			.text = field.text, .reason = REASON_NET_NAME, .why = "it is no address"};
	} else if (from.mode != MODE_ACTIVE) {
		*route = (struct route){.text = field.text,
					.reason = REASON_MODE_PASSIVE,
					.why = "nobody here knows whether the name leads to the "
					       "tailnet"};
	}
}

bool connector_find_routes(struct connector *connector, bool is_from_host)
{
	const struct connect_spec *spec = &connector->spec;
	struct connection *connection = NULL;

	if (spec->host) {
		ask_for_address(connector);
		return true;
	}
	connection = connection_of(connector->reach, spec->target);
	forget_name(connector);
	if (!connection_routes(connection, spec->port, is_from_host, &connector->task,
			       &connector->routes)) {
		connector->waits_at = connection;
		return false;
	}
	return true;
}

/* ---- from here */

static void knock_begin(struct connector *connector)
{
	struct knock_spec spec = {.port = connector->spec.port,
				  .connect_ms = connector_connect_ms(connector),
				  .deadline_ms = connector->spec.deadline_ms};

	for (size_t i = 0; i < connector->routes.len; i++) {
		const struct route *route = &connector->routes.at[i];

		if (route->is_permitted) {
			connector->entries[spec.len] = i;
			spec.entries[spec.len++] =
				(struct knock_entry){route->address, route->is_fallback};
		}
	}
	knock_init(&connector->knock, &spec);
}

/** Nothing may be dialled, neither from here nor by a jump host. */
enum step connector_end_barred(struct connector *connector)
{
	const struct jump *jump = &connector->routes.jump;
	const struct route *first = &connector->routes.at[0];

	if (jump->host && jump->reason != REASON_NET_NOT_PERMITTED &&
	    jump->reason != REASON_NET_NAME) {
		return connector_bar(connector, CONNECT_HOST_BARRED, jump->reason, jump->why);
	}
	connector->facts.path = first->path;
	connector->facts.text = first->text;
	return connector_bar(connector, CONNECT_BARRED, first->reason, first->why);
}

static enum step step_routes(struct connector *connector)
{
	if (!seats_take(connector->reach->seats, &connector->connected->seat, &connector->task) ||
	    !connector_find_routes(connector, false)) {
		return STEP_WAIT;
	}
	connector->facts.routes = connector->routes;
	if (routes_first(&connector->routes)) {
		connector->start_ms = connector_now_ms(connector);
		knock_begin(connector);
		return connector_go_on(connector, AT_KNOCK);
	}
	if (connector->routes.jump.is_permitted) {
		return connector_go_on(connector, AT_LEGS);
	}
	return connector_end_barred(connector);
}

static enum connect_outcome outcome_of(enum knock_outcome outcome)
{
	static const enum connect_outcome outcomes[] = {
		[KNOCK_NOT_TRIED] = CONNECT_NOT_TRIED, [KNOCK_OPEN] = CONNECT_OPEN,
		[KNOCK_RESET] = CONNECT_RESET,         [KNOCK_REFUSED] = CONNECT_REFUSED,
		[KNOCK_NO_ROUTE] = CONNECT_NO_ROUTE,   [KNOCK_TIMEOUT] = CONNECT_TIMEOUT,
		[KNOCK_BROKEN] = CONNECT_BROKEN,
	};

	return outcomes[outcome];
}

/** Note the attempts from here, and which one decided. */
static void note_knock(struct connector *connector)
{
	const struct knock *knock = &connector->knock;
	struct connect_facts *facts = &connector->facts;
	bool decides = connector_settle(connector, outcome_of(knock->outcome));

	for (size_t i = 0; i < knock->spec.len; i++) {
		const struct knock_attempt *attempt = &knock->attempts[i];
		const struct route *route = &connector->routes.at[connector->entries[i]];
		struct connect_attempt *noted = &facts->attempts[facts->attempt_count];

		if (!attempt->was_dialled) {
			continue;
		}
		facts->attempt_count++;
		*noted = (struct connect_attempt){route->text, route->path,
						  outcome_of(attempt->outcome), attempt->started_ms,
						  attempt->took_ms};
		if (decides && i == knock->decided) {
			connector_decide(connector, route, noted);
		}
	}
}

static enum step step_knock(struct connector *connector, struct wait *wait)
{
	struct knock *knock = &connector->knock;

	if (knock_step(knock, connector_now_ms(connector), wait) == STEP_WAIT) {
		return STEP_WAIT;
	}
	note_knock(connector);
	if (knock->outcome == KNOCK_OPEN) {
		return connector_finish_with(connector, stream_of_socket(take_fd(&knock->fd)));
	}
	if (knock->outcome != KNOCK_RESET && connector->routes.jump.is_permitted) {
		return connector_go_on(connector, AT_LEGS);
	}
	return connector_go_on(connector, AT_END);
}

/* ---- the task */

static enum step step_state(struct connector *connector, struct wait *wait)
{
	switch (connector->state) {
	case AT_ROUTES:
		return step_routes(connector);
	case AT_KNOCK:
		return step_knock(connector, wait);
	case AT_LEGS:
		return connector_step_legs(connector);
	case AT_HOST:
		return connector_step_host(connector);
	case AT_FORWARD:
		return connector_step_forward(connector);
	case AT_PROOF:
		return connector_step_proof(connector);
	case AT_END:
		break;
	}
	return STEP_DONE;
}

/** What is not over by now is not known; what was found out before stands. */
static void end_late(struct connector *connector)
{
	if (connector->state == AT_FORWARD) {
		connector_note_forward(connector, CONNECT_TIMEOUT);
	}
	(void)connector_go_on(connector, AT_END);
}

static enum step connector_step(struct task *task, struct wait *wait)
{
	struct connector *connector = (struct connector *)task;
	int64_t deadline_ms = connector->spec.deadline_ms;
	enum step step = STEP_DONE;

	while (step == STEP_DONE && connector->state != AT_END) {
		step = step_state(connector, wait);
	}
	if (step == STEP_WAIT && connector->state != AT_KNOCK && deadline_ms > 0 &&
	    connector_now_ms(connector) >= deadline_ms) {
		end_late(connector);
	}
	if (connector->state == AT_END) {
		connector->facts.elapsed_ms =
			connector->start_ms ? connector_now_ms(connector) - connector->start_ms : 0;
		return STEP_DONE;
	}
	if (deadline_ms > 0) {
		wait_until(wait, deadline_ms);
	}
	return STEP_WAIT;
}

static void connector_release(struct task *task)
{
	struct connector *connector = (struct connector *)task;

	forget_name(connector);
	if (connector->has_applied) {
		reach_withdraw(connector->reach, connector->host->reached.target, connector);
	}
	knock_release(&connector->knock);
	connector_forward_end(connector);
	if (!connector->stream) {
		connected_free(connector->connected);
	}
}

static void connector_ended(struct task *task, void *cookie)
{
	struct connector *connector = (struct connector *)task;

	(void)cookie;
	if (connector->state == AT_END) { /* not when it was cancelled */
		connector->ended(&connector->facts, connector->stream, connector->cookie);
	}
	free(connector);
}

static const struct task_ops connector_ops = {"connect", connector_step, connector_release};

struct connector *connect_start(struct reach *reach, const struct connect_spec *spec,
				void (*ended)(const struct connect_facts *facts,
					      struct stream *stream, void *cookie),
				void *cookie)
{
	struct connector *connector = mem_alloc(sizeof(*connector));

	connector->task.ops = &connector_ops;
	connector->task.ended = connector_ended;
	connector->reach = reach;
	connector->spec = *spec;
	if (connector->spec.deadline_ms == 0) {
		connector->spec.deadline_ms = reach->context->deadline_ms;
	}
	connector->ended = ended;
	connector->cookie = cookie;
	connector->connected = connected_new(reach);
	connector->knock.fd = -1;
	connector->state = spec->via ? AT_LEGS : AT_ROUTES;
	task_start(reach->context->loop, &connector->task);
	/* In the order in which they are asked for, whatever the order of their first steps. */
	(void)seats_take(reach->seats, &connector->connected->seat, &connector->task);
	return connector;
}

void connect_cancel(struct connector *connector)
{
	task_cancel(&connector->task);
}
