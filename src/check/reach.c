#include "check/reach.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "check/route_finder.h"

/** Somebody who wants a session. */
struct applicant {
	void (*ready)(const struct reached *reached, struct ssh_session *session, void *cookie);
	void *cookie;
};

struct connection {
	struct reached reached;
	struct reach *reach;
	struct route_finder finder;
	bool is_dialling;  /**< in start, until a race runs or nothing can be dialled */
	struct race *race; /**< of its addresses; NULL unless under way */
	struct VEC(struct check *) waiters;
	struct VEC(struct applicant) applicants;
	struct ssh_session *session; /**< NULL: none is open */
	size_t expected;             /**< checks that will ask for it */
	size_t users;                /**< those that have it */
	bool is_wanted;
};

struct reach {
	struct context *context;
	struct vantage from;
	struct lans lans;
	struct handshakes *handshakes;
	struct connection *connections; /**< one for each target of the binding */
	/** Those to be dialled, in the order in which they were asked for. */
	struct VEC(struct connection *) queue;
	size_t started;
	size_t idle; /**< sessions kept that nobody uses now */
	size_t under_way;
	struct identity *identity;          /**< NULL until somebody asks, or if the run has none */
	struct VEC(struct check *) waiters; /**< for the identity */
	bool is_starting;                   /**< in start_waiting, which must not nest */
};

static void on_name_known(void *cookie);

struct reach *reach_open(struct context *context)
{
	struct reach *reach = mem_alloc(sizeof(*reach));
	size_t count = context->repo->targets.len;
	struct err ignored = {0};

	reach->context = context;
	reach->from = (struct vantage){.mode = context->mode, .policy = &context->repo->policy};
	reach->from.lans = lans_read(&reach->lans, &ignored) ? NULL : &reach->lans;
	reach->handshakes = handshakes_new();
	reach->connections = mem_alloc((count + 1) * sizeof(*reach->connections));
	for (size_t i = 0; i < count; i++) {
		reach->connections[i].reach = reach;
		reach->connections[i].reached.target = &context->repo->targets.at[i];
		reach->connections[i].finder =
			(struct route_finder){.target = &context->repo->targets.at[i],
					      .context = context,
					      .from = &reach->from,
					      .known = on_name_known,
					      .cookie = &reach->connections[i]};
	}
	return reach;
}

void reach_free(struct reach *reach)
{
	if (!reach) {
		return;
	}
	for (size_t i = 0; i < reach->context->repo->targets.len; i++) {
		route_finder_release(&reach->connections[i].finder);
		if (reach->connections[i].race) {
			race_cancel(reach->connections[i].race);
		}
		ssh_session_close(reach->connections[i].session);
		VEC_RELEASE(&reach->connections[i].waiters);
		VEC_RELEASE(&reach->connections[i].applicants);
	}
	identity_free(reach->identity);
	VEC_RELEASE(&reach->waiters);
	handshakes_free(reach->handshakes);
	lans_release(&reach->lans);
	VEC_RELEASE(&reach->queue);
	free(reach->connections);
	free(reach);
}

static void start_waiting(struct reach *reach);

static struct connection *connection_of(struct reach *reach, const struct target *target)
{
	return &reach->connections[target - reach->context->repo->targets.at];
}

static void wake_waiters(const struct connection *connection)
{
	for (size_t i = 0; i < connection->waiters.len; i++) {
		task_wake(&connection->waiters.at[i]->task);
	}
}

/* ---- sessions */

/** Keep the session while somebody uses it or will; not more than a few of the latter. */
static void keep_or_close(struct connection *connection)
{
	if (connection->users > 0 || !connection->session) {
		return;
	}
	if (connection->expected > 0 && connection->reach->idle < REACH_IDLE_MAX) {
		connection->reach->idle++;
		return;
	}
	ssh_session_close(connection->session);
	connection->session = NULL;
}

/** Give the session to somebody, or tell that there is none. */
static void serve(struct connection *connection, struct applicant applicant)
{
	if (connection->session) {
		connection->users++;
	}
	applicant.ready(&connection->reached, connection->session, applicant.cookie);
}

static void serve_all(struct connection *connection)
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
	keep_or_close(connection);
}

static void finish(struct connection *connection)
{
	connection->reached.is_done = true;
	connection->users++; /* so that it is not closed while it is handed out */
	serve_all(connection);
	connection->users--;
	keep_or_close(connection);
	wake_waiters(connection);
}

/** What is waited for when nobody may log in. */
static void finish_all(struct reach *reach)
{
	while (reach->started < reach->queue.len) {
		finish(reach->queue.at[reach->started++]);
	}
}

static void on_identity(void *cookie)
{
	struct reach *reach = cookie;

	start_waiting(reach);
	for (size_t i = 0; i < reach->waiters.len; i++) {
		task_wake(&reach->waiters.at[i]->task);
	}
}

/** The facts; the first call finds them out. */
static const struct identity_facts *identify(struct reach *reach)
{
	const struct context *context = reach->context;

	if (!reach->identity && context->identity) {
		reach->identity = identity_open(context->loop, context->identity, context->agent,
						on_identity, reach);
	}
	return reach->identity ? identity_facts(reach->identity) : NULL;
}

const struct identity_facts *reach_identity(struct reach *reach, struct check *waiter)
{
	*VEC_ADD(&reach->waiters) = waiter;
	return identify(reach);
}

/** It is done with what it has; the next one may start. */
static void leave(struct connection *connection)
{
	connection->reach->under_way--;
	finish(connection);
	start_waiting(connection->reach);
}

/**
 * What does an attempt say about the network of a LAN address? Nobody there, or a stranger, speaks
 * against being at home. One that was dropped before it answered at all had more time than any
 * machine of a LAN needs.
 */
static void learn(struct reach *reach, const struct route *route,
		  const struct race_attempt *attempt)
{
	struct lan *lan = route->path == PATH_LAN ? lans_find(&reach->lans, &route->address) : NULL;

	if (!lan) {
		return;
	}
	lan->verified += attempt->end == ATTEMPT_WON;
	lan->strikes += (attempt->end == ATTEMPT_DROPPED && !attempt->is_connected) ||
			attempt->outcome == SSH_HOST_KEY_CHANGED ||
			attempt->outcome == SSH_UNREACHABLE_ROUTE ||
			attempt->outcome == SSH_UNREACHABLE_TIMEOUT;
}

static void on_ended(const struct race_facts *facts, void *cookie)
{
	struct connection *connection = cookie;
	struct reached *reached = &connection->reached;
	size_t entry = 0;

	connection->race = NULL;
	reached->facts = facts->ssh;
	reached->is_verified = facts->is_won;
	(void)snprintf(reached->stranger, sizeof(reached->stranger), "%s", facts->stranger);
	for (size_t i = 0; i < reached->routes.len; i++) {
		const struct route *route = &reached->routes.at[i];

		if (!route->is_permitted) {
			continue;
		}
		reached->attempts[i] = facts->attempts[entry];
		learn(connection->reach, route, &reached->attempts[i]);
		if (entry == facts->decided) {
			reached->route = route;
		}
		entry++;
	}
	leave(connection);
}

/** As ssh(1): the name of whoever runs this, where the binding names nobody. */
static const char *login_name(const struct target *target)
{
	const struct passwd *self = target->user ? NULL : getpwuid(getuid());

	return target->user ? target->user : self ? self->pw_name : "root";
}

/** Let the permitted routes race. */
static void start_race(struct connection *connection)
{
	const struct reach *reach = connection->reach;
	const struct context *context = reach->context;
	const struct target *target = connection->reached.target;
	const struct identity_facts *identity = identify(connection->reach);
	const struct routes *routes = &connection->reached.routes;
	struct race_spec spec = {
		.ssh = {.name = target->id,
			.port = (uint16_t)target->port,
			.user = arena_printf(context->arena, "%s", login_name(target)),
			.hosts = &context->repo->known_hosts,
			.key = identity->key,
			.agent = identity->agent,
			.certificate = identity->certificate,
			.connect_ms = target->connect_ms,
			.deadline_ms = context->deadline_ms,
			.session = &connection->session},
		.handshakes = reach->handshakes,
	};

	connection->reached.user = spec.ssh.user;
	for (size_t i = 0; i < routes->len; i++) {
		if (routes->at[i].is_permitted) {
			spec.entries[spec.len++] = (struct race_entry){routes->at[i].address,
								       routes->at[i].is_fallback};
		}
	}
	connection->race = race_start(context->loop, &spec, on_ended, connection);
}

/** Dial what may be dialled. */
static void dial(struct connection *connection)
{
	struct reached *reached = &connection->reached;

	connection->is_dialling = false;
	route_finder_routes(&connection->finder, &reached->routes);
	if (routes_first(&reached->routes)) {
		start_race(connection);
	} else {
		leave(connection);
	}
}

static void on_name_known(void *cookie)
{
	struct connection *connection = cookie;

	wake_waiters(connection);
	if (connection->is_dialling) {
		dial(connection);
	}
}

static void start(struct reach *reach, struct connection *connection)
{
	reach->under_way++;
	connection->is_dialling = true;
	route_finder_routes(&connection->finder, &connection->reached.routes);
	if (routes_want_name(&connection->reached.routes)) {
		route_finder_ask(&connection->finder);
	} else {
		dial(connection);
	}
}

static void start_waiting(struct reach *reach)
{
	const struct identity_facts *identity = identify(reach);

	if (identity && identity->state == IDENTITY_UNDECIDED) {
		return;
	}
	if (!identity || identity->state != IDENTITY_USABLE) {
		finish_all(reach);
		return;
	}
	if (reach->is_starting) {
		return;
	}
	reach->is_starting = true;
	while (reach->started < reach->queue.len && reach->under_way < REACH_CONCURRENCY) {
		start(reach, reach->queue.at[reach->started++]);
	}
	reach->is_starting = false;
}

/** Put it into the queue, unless nothing may be dialled. */
static void want(struct connection *connection)
{
	struct reach *reach = connection->reach;

	connection->is_wanted = true;
	route_finder_routes(&connection->finder, &connection->reached.routes);
	connection->reached.is_done = !routes_first(&connection->reached.routes);
	if (!connection->reached.is_done) {
		*VEC_ADD(&reach->queue) = connection;
	}
	start_waiting(reach);
}

static void add_waiter(struct connection *connection, struct check *waiter)
{
	for (size_t i = 0; i < connection->waiters.len; i++) {
		if (connection->waiters.at[i] == waiter) {
			return;
		}
	}
	*VEC_ADD(&connection->waiters) = waiter;
}

const struct reached *reach_login(struct reach *reach, const struct target *target,
				  struct check *waiter)
{
	struct connection *connection = connection_of(reach, target);

	add_waiter(connection, waiter);
	if (!connection->is_wanted) {
		want(connection);
	}
	return &connection->reached;
}

void reach_expect(struct reach *reach, const struct check *check)
{
	const struct targets *targets = &reach->context->repo->targets;

	for (size_t i = 0; i < targets->len; i++) {
		reach->connections[i].expected += check_selects(check, &targets->at[i]);
	}
}

void reach_forgo(struct reach *reach, const struct target *target)
{
	struct connection *connection = connection_of(reach, target);

	connection->expected -= connection->expected > 0;
	if (connection->session && connection->users == 0 && connection->expected == 0) {
		reach->idle--;
		keep_or_close(connection);
	}
}

bool reached_is_in(const struct reached *reached)
{
	return reached->is_done && reached->route &&
	       (reached->facts.outcome == SSH_LOGGED_IN ||
		reached->facts.outcome == SSH_LOGGED_IN_NONE);
}

/** Was it logged in to, and closed because there were too many? */
static bool was_closed_early(const struct connection *connection)
{
	return connection->reached.is_done && !connection->session &&
	       reached_is_in(&connection->reached);
}

void reach_session(struct reach *reach, const struct target *target,
		   void (*ready)(const struct reached *reached, struct ssh_session *session,
				 void *cookie),
		   void *cookie)
{
	struct connection *connection = connection_of(reach, target);
	struct applicant applicant = {ready, cookie};

	connection->expected -= connection->expected > 0;
	if (!connection->is_wanted || was_closed_early(connection)) {
		*VEC_ADD(&connection->applicants) = applicant;
		want(connection);
		if (connection->reached.is_done) { /* nothing may be dialled */
			serve_all(connection);
		}
	} else if (connection->reached.is_done) {
		reach->idle -= connection->session && connection->users == 0;
		serve(connection, applicant);
	} else {
		*VEC_ADD(&connection->applicants) = applicant;
	}
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

bool reach_routes(struct reach *reach, const struct target *target, struct check *waiter,
		  struct routes *out)
{
	struct connection *connection = connection_of(reach, target);

	route_finder_routes(&connection->finder, out);
	if (!routes_want_name(out)) {
		return true;
	}
	add_waiter(connection, waiter);
	route_finder_ask(&connection->finder);
	return false;
}

const struct lans *reach_lans(const struct reach *reach)
{
	return reach->from.lans;
}
