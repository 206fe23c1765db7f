/*
 * A connection that a jump host makes, or a vantage point. It tries the addresses one after the
 * other, because it opens one channel at a time.
 */
#include <stdio.h>

#include "check/reach/connector.h"

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
		return connector_bar(connector, CONNECT_HOST_BARRED, jump.reason, jump.why);
	}
	if (!routes_first(&connector->routes)) {
		return connector_end_barred(connector);
	}
	return STEP_WAIT;
}

/** Its session may be long in coming: others can have the seat meanwhile. */
enum step connector_step_legs(struct connector *connector)
{
	const struct target *host = connector->spec.via;

	if (!seats_take(connector->reach->seats, &connector->connected->seat, &connector->task) ||
	    !connector_find_routes(connector, true)) {
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
	return connector_go_on(connector, AT_HOST);
}

enum step connector_step_host(struct connector *connector)
{
	if (connector->has_applied) {
		return STEP_WAIT;
	}
	if (!connector->session) {
		(void)connector_settle(connector, reached_is_in(connector->facts.via)
							  ? CONNECT_LOST
							  : CONNECT_HOST_DOWN);
		return connector_go_on(connector, AT_END);
	}
	if (!seats_take(connector->reach->seats, &connector->connected->seat, &connector->task)) {
		return STEP_WAIT;
	}
	return connector_go_on(connector, AT_FORWARD);
}

static void forward_start(struct connector *connector, const struct route *route, uint16_t port)
{
	char text[ADDRESS_TEXT_BYTES] = "";

	if (route->address.family != ADDRESS_NONE) {
		address_format(&route->address, text);
	}
	connector->attempt_ms = connector_now_ms(connector);
	connector->start_ms = connector->start_ms ? connector->start_ms : connector->attempt_ms;
	connector->forward = ssh_forward_start(connector->session, *text ? text : route->text, port,
					       connector_connect_ms(connector), &connector->task);
}

void connector_forward_end(struct connector *connector)
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

void connector_note_forward(struct connector *connector, enum connect_outcome outcome)
{
	const struct route *route = &connector->routes.at[connector->leg];
	struct connect_facts *facts = &connector->facts;
	struct connect_attempt *noted = &facts->attempts[facts->attempt_count++];

	*noted = (struct connect_attempt){
		.text = arena_printf(connector_arena(connector), "%s through %s", route->text,
				     connector->host->reached.target->id),
		.path = PATH_JUMP,
		.outcome = outcome,
		.started_ms = connector->attempt_ms - connector->start_ms,
		.took_ms = connector_now_ms(connector) - connector->attempt_ms,
	};
	if (connector_settle(connector, outcome)) {
		connector_decide(connector, route, noted);
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
		return connector_go_on(connector, AT_PROOF);
	}
	return connector_go_on(connector, AT_END);
}

enum step connector_step_forward(struct connector *connector)
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
		connector_note_forward(connector, outcome);
		if (outcome == CONNECT_OPEN) {
			struct stream *stream = ssh_forward_stream(connector->forward);

			connector->forward = NULL;
			return connector_finish_with(connector, stream);
		}
		connector_forward_end(connector);
		connector->leg++;
	}
	return end_of_legs(connector);
}

enum step connector_step_proof(struct connector *connector)
{
	enum connect_outcome outcome = CONNECT_NOT_TRIED;

	if (!forward_outcome(connector, &outcome)) {
		return STEP_WAIT;
	}
	if (outcome == CONNECT_OPEN) {
		connector->facts.outcome = CONNECT_REFUSED;
	}
	connector_forward_end(connector);
	return connector_go_on(connector, AT_END);
}

bool vantage_take(struct check *check, const char *id, const struct target **out)
{
	*out = id ? targets_find(&check->context->repo->targets, id) : NULL;
	if (*out) {
		reach_hold(check->context->reach, *out);
	} else if (id) {
		(void)check_add(check, VERDICT_UNKNOWN, REASON_VANTAGE_UNKNOWN,
				check_text(check, "target:%s", id),
				node_place(check->gate->with, "vantage"),
				"'%s', to connect from, is no target", id);
	}
	return *out || !id;
}

void vantage_leave(struct check *check, const struct target *vantage)
{
	if (vantage) {
		reach_forgo(check->context->reach, vantage);
	}
}
