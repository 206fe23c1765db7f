/*
 * One connection to a port: from here by the addresses of the target, which race, then through its
 * jump host; or from a vantage point only. The jump host tries the addresses one after the other,
 * because it opens one channel at a time.
 */
#include "check/reach_connect.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "check/connected.h"
#include "net/knock.h"
#include "net/ssh_forward.h"

enum connector_state {
	AT_ROUTES, /**< what may be dialled from here, and looking the name up */
	AT_KNOCK,
	AT_LEGS, /**< what the jump host is to dial */
	AT_HOST, /**< waiting for its session */
	AT_FORWARD,
	AT_PROOF, /**< does the machine answer at all? */
	AT_END,
};

struct connector {
	struct task task;
	struct reach *reach;
	struct connect_spec spec;
	struct connect_facts facts;
	void (*ended)(const struct connect_facts *facts, struct stream *stream, void *cookie);
	void *cookie;
	enum connector_state state;
	struct connected *connected; /**< what it holds; NULL: given away */
	struct stream *stream;       /**< what it gives away */
	struct connection *waits_at; /**< for the name of its host; NULL: does not */
	struct knock knock;
	struct routes routes;        /**< those being tried, from here or by the jump host */
	size_t entries[ROUTES_MAX];  /**< which of them are knocked at */
	struct connection *host;     /**< the jump host or vantage; NULL: none */
	bool has_applied;            /**< for its session, which has not come yet */
	struct ssh_session *session; /**< of the jump host; NULL: not had */
	struct ssh_forward *forward; /**< NULL unless under way */
	size_t leg;                  /**< the route that the jump host tries */
	size_t decided_leg;
	int weight;         /**< of the outcome, among those that there were */
	int64_t start_ms;   /**< of the first attempt; 0: none yet */
	int64_t attempt_ms; /**< when the attempt of the jump host began */
};

/* ---- small parts */

static enum step go_on(struct connector *connector, enum connector_state state)
{
	connector->state = state;
	connector->connected->seat.progress++;
	return STEP_DONE;
}

static int64_t now_ms(const struct connector *connector)
{
	return loop_now_ms(connector->task.loop);
}

static struct arena *arena_of(const struct connector *connector)
{
	return connector->reach->context->arena;
}

static int64_t connect_ms(const struct connector *connector)
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

/** One way was tried. @return whether it decides as things stand */
static bool settle(struct connector *connector, enum connect_outcome outcome)
{
	int new = weight(outcome, connector->host != NULL);

	if (new <= connector->weight) {
		return false;
	}
	connector->weight = new;
	connector->facts.outcome = outcome;
	return true;
}

static void decide(struct connector *connector, const struct route *route,
		   const struct connect_attempt *attempt)
{
	connector->facts.address = route->address;
	connector->facts.text = attempt->text;
	connector->facts.path = attempt->path;
	connector->facts.is_fallback = route->is_fallback;
}

static enum step bar(struct connector *connector, enum connect_outcome outcome, enum reason reason,
		     const char *why)
{
	if (settle(connector, outcome)) {
		connector->facts.reason = reason;
		connector->facts.why = why;
	}
	return go_on(connector, AT_END);
}

static enum step finish_with(struct connector *connector, struct stream *inner)
{
	connector->stream = connected_begin(connector->connected, inner);
	return go_on(connector, AT_END);
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
	struct address_field field = {.text = arena_printf(arena_of(connector), "%s", spec->host)};
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

/** Fill `routes`. @return false: a name is being looked up */
static bool find_routes(struct connector *connector, bool is_from_host)
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
				  .connect_ms = connect_ms(connector),
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
static enum step end_barred(struct connector *connector)
{
	const struct jump *jump = &connector->routes.jump;
	const struct route *first = &connector->routes.at[0];

	if (jump->host && jump->reason != REASON_NET_NOT_PERMITTED &&
	    jump->reason != REASON_NET_NAME) {
		return bar(connector, CONNECT_HOST_BARRED, jump->reason, jump->why);
	}
	connector->facts.path = first->path;
	connector->facts.text = first->text;
	return bar(connector, CONNECT_BARRED, first->reason, first->why);
}

static enum step step_routes(struct connector *connector)
{
	if (!seats_take(connector->reach->seats, &connector->connected->seat, &connector->task) ||
	    !find_routes(connector, false)) {
		return STEP_WAIT;
	}
	connector->facts.routes = connector->routes;
	if (routes_first(&connector->routes)) {
		connector->start_ms = now_ms(connector);
		knock_begin(connector);
		return go_on(connector, AT_KNOCK);
	}
	if (connector->routes.jump.is_permitted) {
		return go_on(connector, AT_LEGS);
	}
	return end_barred(connector);
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
	bool decides = settle(connector, outcome_of(knock->outcome));

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
			decide(connector, route, noted);
		}
	}
}

static enum step step_knock(struct connector *connector, struct wait *wait)
{
	struct knock *knock = &connector->knock;

	if (knock_step(knock, now_ms(connector), wait) == STEP_WAIT) {
		return STEP_WAIT;
	}
	note_knock(connector);
	if (knock->outcome == KNOCK_OPEN) {
		return finish_with(connector, stream_of_socket(take_fd(&knock->fd)));
	}
	if (knock->outcome != KNOCK_RESET && connector->routes.jump.is_permitted) {
		return go_on(connector, AT_LEGS);
	}
	return go_on(connector, AT_END);
}

/* ---- through a jump host */

static void on_session(const struct reached *reached, struct ssh_session *session, void *cookie)
{
	struct connector *connector = cookie;

	connector->has_applied = false;
	connector->session = session;
	connector->connected->host = session ? reached->target : NULL;
	task_wake(&connector->task);
}

/** From a vantage point: may that be used? */
static enum step judge_vantage(struct connector *connector)
{
	struct jump jump;

	jump_judge(connector->spec.via, &connector->reach->from, &jump);
	if (!jump.is_permitted) {
		return bar(connector, CONNECT_HOST_BARRED, jump.reason, jump.why);
	}
	if (!routes_first(&connector->routes)) {
		return end_barred(connector);
	}
	return STEP_WAIT;
}

/** Its session may be long in coming: others can have the seat meanwhile. */
static enum step step_legs(struct connector *connector)
{
	const struct target *host = connector->spec.via;

	if (!seats_take(connector->reach->seats, &connector->connected->seat, &connector->task) ||
	    !find_routes(connector, true)) {
		return STEP_WAIT;
	}
	host = host ? host : connector->facts.routes.jump.host;
	connector->host = connection_of(connector->reach, host);
	connector->facts.via = &connector->host->reached;
	if (connector->spec.via && judge_vantage(connector) == STEP_DONE) {
		return STEP_DONE;
	}
	seats_give(connector->reach->seats, &connector->connected->seat);
	connector->has_applied = true;
	connection_apply(connector->host, (struct applicant){on_session, connector});
	return go_on(connector, AT_HOST);
}

static enum step step_host(struct connector *connector)
{
	if (connector->has_applied) {
		return STEP_WAIT;
	}
	if (!connector->session) {
		(void)settle(connector, reached_is_in(connector->facts.via) ? CONNECT_LOST
									    : CONNECT_HOST_DOWN);
		return go_on(connector, AT_END);
	}
	if (!seats_take(connector->reach->seats, &connector->connected->seat, &connector->task)) {
		return STEP_WAIT;
	}
	return go_on(connector, AT_FORWARD);
}

static void forward_start(struct connector *connector, const struct route *route, uint16_t port)
{
	char text[ADDRESS_TEXT_BYTES] = "";

	if (route->address.family != ADDRESS_NONE) {
		address_format(&route->address, text);
	}
	connector->attempt_ms = now_ms(connector);
	connector->start_ms = connector->start_ms ? connector->start_ms : connector->attempt_ms;
	connector->forward = ssh_forward_start(connector->session, *text ? text : route->text, port,
					       connect_ms(connector), &connector->task);
}

static void forward_end(struct connector *connector)
{
	if (connector->forward) {
		stream_close(ssh_forward_stream(connector->forward));
		connector->forward = NULL;
	}
}

/** @return false: it is not known yet */
static bool forward_outcome(const struct connector *connector, enum connect_outcome *out)
{
	switch (ssh_forward_state(connector->forward)) {
	case FORWARD_OPENING:
		return false;
	case FORWARD_OPEN:
		*out = CONNECT_OPEN;
		return true;
	case FORWARD_PROHIBITED:
		*out = CONNECT_PROHIBITED;
		return true;
	case FORWARD_UNREACHED:
		*out = CONNECT_UNREACHED;
		return true;
	case FORWARD_SILENT:
		*out = CONNECT_TIMEOUT;
		return true;
	case FORWARD_LOST:
		break;
	}
	*out = CONNECT_LOST;
	return true;
}

static void note_forward(struct connector *connector, enum connect_outcome outcome)
{
	const struct route *route = &connector->routes.at[connector->leg];
	struct connect_facts *facts = &connector->facts;
	struct connect_attempt *noted = &facts->attempts[facts->attempt_count++];

	*noted = (struct connect_attempt){
		.text = arena_printf(arena_of(connector), "%s through %s", route->text,
				     connector->host->reached.target->id),
		.path = PATH_JUMP,
		.outcome = outcome,
		.started_ms = connector->attempt_ms - connector->start_ms,
		.took_ms = now_ms(connector) - connector->attempt_ms,
	};
	if (settle(connector, outcome)) {
		decide(connector, route, noted);
		facts->is_fallback = facts->is_fallback || !connector->spec.via;
		connector->decided_leg = connector->leg;
		(void)snprintf(facts->trouble, sizeof(facts->trouble), "%s",
			       ssh_forward_trouble(connector->forward));
	}
}

/** Would it be the machine itself that says no? Then nothing has to be proven. */
static bool is_vantage_itself(const struct connector *connector)
{
	const struct connect_spec *spec = &connector->spec;
	const struct route *route = &connector->routes.at[connector->decided_leg];

	return spec->via &&
	       (route->path == PATH_LOOPBACK || (spec->target == spec->via && !spec->host));
}

/**
 * All addresses were tried. That the jump host could not connect may be for a closed port or for a
 * machine that is down; a machine that takes connections at its SSH port is not down.
 */
static enum step end_of_legs(struct connector *connector)
{
	const struct connect_spec *spec = &connector->spec;
	bool is_unreached = connector->facts.outcome == CONNECT_UNREACHED;

	if (is_unreached && is_vantage_itself(connector)) {
		connector->facts.outcome = CONNECT_REFUSED;
	} else if (is_unreached && spec->target && !spec->host &&
		   spec->port != spec->target->port) {
		forward_start(connector, &connector->routes.at[connector->decided_leg],
			      (uint16_t)spec->target->port);
		return go_on(connector, AT_PROOF);
	}
	return go_on(connector, AT_END);
}

static enum step step_forward(struct connector *connector)
{
	struct routes *routes = &connector->routes;
	enum connect_outcome outcome = CONNECT_NOT_TRIED;

	while (connector->leg < routes->len) {
		if (!routes->at[connector->leg].is_permitted) {
			connector->leg++;
			continue;
		}
		if (!connector->forward) {
			forward_start(connector, &routes->at[connector->leg], connector->spec.port);
		}
		if (!forward_outcome(connector, &outcome)) {
			return STEP_WAIT;
		}
		note_forward(connector, outcome);
		if (outcome == CONNECT_OPEN) {
			struct stream *stream = ssh_forward_stream(connector->forward);

			connector->forward = NULL;
			return finish_with(connector, stream);
		}
		forward_end(connector);
		connector->leg++;
	}
	return end_of_legs(connector);
}

static enum step step_proof(struct connector *connector)
{
	enum connect_outcome outcome = CONNECT_NOT_TRIED;

	if (!forward_outcome(connector, &outcome)) {
		return STEP_WAIT;
	}
	if (outcome == CONNECT_OPEN) {
		connector->facts.outcome = CONNECT_REFUSED;
	}
	forward_end(connector);
	return go_on(connector, AT_END);
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
		return step_legs(connector);
	case AT_HOST:
		return step_host(connector);
	case AT_FORWARD:
		return step_forward(connector);
	case AT_PROOF:
		return step_proof(connector);
	case AT_END:
		break;
	}
	return STEP_DONE;
}

/** What is not over by now is not known; what was found out before stands. */
static void end_late(struct connector *connector)
{
	if (connector->state == AT_FORWARD) {
		note_forward(connector, CONNECT_TIMEOUT);
	}
	(void)go_on(connector, AT_END);
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
	    now_ms(connector) >= deadline_ms) {
		end_late(connector);
	}
	if (connector->state == AT_END) {
		connector->facts.elapsed_ms =
			connector->start_ms ? now_ms(connector) - connector->start_ms : 0;
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
	forward_end(connector);
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
