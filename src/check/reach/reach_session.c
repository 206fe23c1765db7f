/* Sessions of a run: kept while a gate uses one, or will. */
#include "check/reach/reach_private.h"

bool reached_is_in(const struct reached *reached)
{
	return reached->is_done && reached->route &&
	       (reached->facts.outcome == SSH_LOGGED_IN ||
		reached->facts.outcome == SSH_LOGGED_IN_NONE);
}

/** Has its session gone by itself, now or before it was closed? */
static bool is_lost(const struct connection *connection)
{
	return connection->was_lost ||
	       (connection->session && ssh_session_is_lost(connection->session));
}

const struct target *reach_lost(struct reach *reach, const struct reached *reached)
{
	const struct target *lost = NULL;

	for (; reached; reached = reached->via) {
		if (is_lost(connection_of(reach, reached->target))) {
			lost = reached->target;
		}
	}
	return lost;
}

/** More than a few that nobody uses now are not kept. */
void connection_keep_or_close(struct connection *connection)
{
	if (connection->users > 0 || !connection->session) {
		return;
	}
	if (connection->expected > 0 && connection->reach->idle < REACH_IDLE_MAX) {
		connection->reach->idle++;
		return;
	}
	connection->was_lost = ssh_session_is_lost(connection->session);
	ssh_session_close(connection->session);
	connection->session = NULL;
	connection_leave_jump(connection);
}

/** Give the session to somebody, or tell that there is none. */
static void serve(struct connection *connection, struct applicant applicant)
{
	if (connection->session) {
		connection->users++;
	}
	applicant.ready(&connection->reached, connection->session, applicant.cookie);
}

void connection_serve_all(struct connection *connection)
{
	/* Nobody applies meanwhile: those who come now are served at once. */
	for (size_t i = 0; i < connection->applicants.len; i++) {
		serve(connection, connection->applicants.at[i]);
	}
	VEC_RELEASE(&connection->applicants);
}

void reach_leave(struct reach *reach, const struct target *target)
{
	struct connection *connection = connection_of(reach, target);

	connection->users--;
	connection_keep_or_close(connection);
}

/** The jump host of a target that the check may connect to; NULL: it has none, or will not. */
static const struct target *jump_host(const struct reach *reach, const struct check *check,
				      const struct target *target)
{
	const struct targets *targets = &reach->context->repo->targets;

	return check->kind->connects && check_selects(check, target)
		       ? targets_find(targets, target->probe_via)
		       : NULL;
}

void reach_expect(struct reach *reach, const struct check *check)
{
	const struct targets *targets = &reach->context->repo->targets;
	bool uses_sessions = check->kind->uses_sessions && gate_is_per_target(check->gate);

	for (size_t i = 0; i < targets->len; i++) {
		const struct target *host = jump_host(reach, check, &targets->at[i]);

		if (host) {
			reach_hold(reach, host);
		}
		reach->connections[i].expected +=
			uses_sessions && check_selects(check, &targets->at[i]);
	}
}

void reach_expect_no_more(struct reach *reach, const struct check *check)
{
	const struct targets *targets = &reach->context->repo->targets;

	for (size_t i = 0; i < targets->len; i++) {
		const struct target *host = jump_host(reach, check, &targets->at[i]);

		if (host) {
			reach_forgo(reach, host);
		}
	}
}

void reach_hold(struct reach *reach, const struct target *target)
{
	connection_of(reach, target)->expected++;
}

void reach_forgo(struct reach *reach, const struct target *target)
{
	struct connection *connection = connection_of(reach, target);

	connection->expected -= connection->expected > 0;
	if (connection->session && connection->users == 0 && connection->expected == 0) {
		reach->idle--;
		connection_keep_or_close(connection);
	}
}

/** Was it logged in to, and closed because there were too many? */
static bool was_closed_early(const struct connection *connection)
{
	return !connection->session && !connection->was_lost && reached_is_in(&connection->reached);
}

void connection_apply(struct connection *connection, struct applicant applicant)
{
	struct reach *reach = connection->reach;

	if (!connection->is_wanted || was_closed_early(connection)) {
		*VEC_ADD(&connection->applicants) = applicant;
		connection_want(connection);
		if (connection->reached.is_done) { /* nothing may be dialled */
			connection_serve_all(connection);
		}
	} else if (connection->reached.is_done) {
		reach->idle -= connection->session && connection->users == 0;
		serve(connection, applicant);
	} else {
		*VEC_ADD(&connection->applicants) = applicant;
	}
}

void reach_session(struct reach *reach, const struct target *target,
		   void (*ready)(const struct reached *reached, struct ssh_session *session,
				 void *cookie),
		   void *cookie)
{
	struct connection *connection = connection_of(reach, target);

	connection->expected -= connection->expected > 0;
	connection_apply(connection, (struct applicant){ready, cookie});
}

static void serve_nobody(const struct reached *reached, struct ssh_session *session, void *cookie)
{
	const struct connection *connection = cookie;

	(void)reached;
	if (session) {
		reach_leave(connection->reach, connection->reached.target);
	}
}

void reach_withdraw(struct reach *reach, const struct target *target, const void *cookie)
{
	struct connection *connection = connection_of(reach, target);

	for (size_t i = 0; i < connection->applicants.len; i++) {
		if (connection->applicants.at[i].cookie == cookie) {
			connection->applicants.at[i] = (struct applicant){serve_nobody, connection};
		}
	}
}
