/*
 * Machines behind a jump host. Its session is shared like that of any target: the jump host is one,
 * reached by its own policy. Nothing but the bytes of the inner session goes through it, least of
 * all those of an agent.
 */
#include "check/reach/reach_private.h"

void connection_expect_jump(struct connection *connection)
{
	const struct jump *jump = &connection->reached.routes.jump;

	if (jump->is_permitted && !connection->expects_jump) {
		connection->expects_jump = true;
		connection_of(connection->reach, jump->host)->expected++;
	}
}

/** It is not needed, or is used: then it is kept for that. */
static bool take_expectation(struct connection *connection)
{
	bool had = connection->expects_jump;

	connection->expects_jump = false;
	return had;
}

void connection_leave_jump(struct connection *connection)
{
	const struct jump *jump = &connection->reached.routes.jump;

	if (take_expectation(connection)) {
		reach_forgo(connection->reach, jump->host);
	}
	if (connection->via) {
		connection->via = NULL;
		reach_leave(connection->reach, jump->host);
	}
}

/** Does what came of its own addresses leave room for another way to the same machine? */
static bool leaves_room(const struct reached *reached)
{
	switch (reached->facts.outcome) {
	case SSH_UNREACHABLE_REFUSED:
	case SSH_UNREACHABLE_ROUTE:
	case SSH_UNREACHABLE_TIMEOUT:
	case SSH_SILENT_PORT:
	case SSH_CLOSED_BEFORE_BANNER:
	case SSH_THROTTLED:
	case SSH_NOT_SSH:
	case SSH_TARPIT:
	case SSH_KEX_TIMEOUT:
	case SSH_KEX_FAILED:
	case SSH_UNSUPPORTED_ALGORITHMS:
	case SSH_HOST_KEY_CHANGED:
		return true;
	case SSH_NOT_TRIED:
	case SSH_FORWARD_PROHIBITED:
	case SSH_FORWARD_UNREACHED:
	case SSH_HOST_UNPINNED:
	case SSH_HOST_KEY_REVOKED:
	case SSH_AUTH_INTERACTIVE_ONLY:
	case SSH_NEEDS_HUMAN_CHECK:
	case SSH_POLICY_REJECTED:
	case SSH_AUTH_TIMEOUT:
	case SSH_AUTH_DENIED:
	case SSH_AUTH_DENIED_RSA:
	case SSH_AGENT_ABSENT:
	case SSH_AGENT_SILENT:
	case SSH_AGENT_BROKEN:
	case SSH_AGENT_REFUSED:
	case SSH_CONNECTION_LOST:
	case SSH_LOGGED_IN:
	case SSH_LOGGED_IN_NONE:
	case SSH_INTERNAL:
		break;
	}
	return false;
}

bool connection_may_jump(const struct connection *connection)
{
	const struct reached *reached = &connection->reached;

	return reached->routes.jump.is_permitted && !reached->is_verified &&
	       (!reached->route || leaves_room(reached));
}

static void on_host(const struct reached *host, struct ssh_session *session, void *cookie)
{
	struct connection *connection = cookie;
	struct reach *reach = connection->reach;

	connection->reached.via = host;
	if (!session) {
		connection_finish(connection);
		return;
	}
	connection->via = session;
	*VEC_ADD(&reach->jumpers) = connection;
	reach_start_waiting(reach);
}

void connection_jump(struct connection *connection)
{
	struct reach *reach = connection->reach;

	/* The jump host may have to wait for a place itself. */
	turns_give(reach->turns, &connection->turn);
	(void)take_expectation(connection);
	reach_session(reach, connection->reached.routes.jump.host, on_host, connection);
	reach_start_waiting(reach);
}

static void on_ended(const struct race_facts *facts, void *cookie)
{
	struct connection *connection = cookie;
	struct reached *reached = &connection->reached;
	struct legs *legs = reached->legs;

	reached->route = connection_keep(connection, facts, &legs->routes, legs->attempts);
	if (!connection->session) {
		connection_leave_jump(connection);
	}
	connection_leave(connection);
}

/** As findings tell them. */
static void describe(const struct connection *connection, struct legs *legs)
{
	const struct reached *reached = &connection->reached;
	const struct jump *jump = &reached->routes.jump;

	for (size_t i = 0; i < legs->routes.len; i++) {
		struct route *leg = &legs->routes.at[i];

		leg->text = arena_printf(connection->reach->context->arena, "%s through %s",
					 leg->text, jump->host->id);
		leg->path = PATH_JUMP;
		leg->is_fallback = reached->target->policy == POLICY_LAN_FIRST;
		leg->why = leg->is_permitted ? jump->why : leg->why;
	}
}

void connection_start_inner(struct connection *connection)
{
	struct arena *arena = connection->reach->context->arena;
	struct legs *legs = arena_alloc(arena, sizeof(*legs));

	*legs = (struct legs){0};
	route_finder_from_host(&connection->finder, &legs->routes);
	connection_race(connection, &legs->routes, connection->via, on_ended);
	describe(connection, legs);
	connection->reached.legs = legs;
}
