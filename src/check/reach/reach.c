#include "check/reach/reach.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "check/reach/reach_private.h"
#include "check/tailnet/daemon.h"

/**
 * Milliseconds before a jump host is asked for the next address: it opens one after the other, and
 * may have others to open.
 */
#define JUMP_STAGGER_MS 1000

static void on_name_known(void *cookie);

static unsigned progress_of(const struct turn *turn, void *cookie)
{
	const void *at = (const char *)turn - offsetof(struct connection, turn);
	const struct connection *connection = at;

	(void)cookie;
	return connection->race ? race_progress(connection->race) : 0;
}

static void on_room(void *cookie)
{
	reach_start_waiting(cookie);
}

struct reach *reach_open(struct context *context)
{
	struct reach *reach = mem_alloc(sizeof(*reach));
	size_t count = context->repo->targets.len;
	struct err ignored = {0};

	reach->context = context;
	reach->from = (struct vantage){.mode = context->mode,
				       .policy = &context->repo->policy,
				       .targets = &context->repo->targets};
	reach->from.lans = lans_read(&reach->lans, &ignored) ? NULL : &reach->lans;
	reach->handshakes = handshakes_new();
	reach->turns =
		turns_new(context->loop, &(struct turns_spec){.max = REACH_CONCURRENCY,
							      .patience_ms = REACH_PATIENCE_MS,
							      .progress = progress_of,
							      .room = on_room,
							      .cookie = reach});
	reach->seats = seats_new(context->loop);
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
	turns_free(reach->turns);
	seats_free(reach->seats);
	handshakes_free(reach->handshakes);
	lans_release(&reach->lans);
	VEC_RELEASE(&reach->queue);
	VEC_RELEASE(&reach->jumpers);
	VEC_RELEASE(&reach->predicted);
	free(reach->connections);
	free(reach);
}

struct connection *connection_of(struct reach *reach, const struct target *target)
{
	return &reach->connections[target - reach->context->repo->targets.at];
}

static void wake_waiters(const struct connection *connection)
{
	for (size_t i = 0; i < connection->waiters.len; i++) {
		task_wake(connection->waiters.at[i]);
	}
}

void connection_finish(struct connection *connection)
{
	connection->reached.is_done = true;
	connection_note(connection);
	connection->users++; /* so that it is not closed while it is handed out */
	connection_serve_all(connection);
	connection->users--;
	connection_keep_or_close(connection);
	if (!connection->session) {
		connection_leave_jump(connection);
	}
	wake_waiters(connection);
}

/** What is waited for when nobody may log in. */
static void finish_all(struct reach *reach)
{
	while (reach->started < reach->queue.len) {
		connection_finish(reach->queue.at[reach->started++]);
	}
}

static void on_identity(void *cookie)
{
	struct reach *reach = cookie;

	reach_start_waiting(reach);
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
void connection_leave(struct connection *connection)
{
	turns_give(connection->reach->turns, &connection->turn);
	connection_finish(connection);
	reach_start_waiting(connection->reach);
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

const struct route *connection_keep(struct connection *connection, const struct race_facts *facts,
				    const struct routes *routes, struct race_attempt *attempts)
{
	struct reached *reached = &connection->reached;
	const struct route *decided = NULL;
	size_t entry = 0;

	connection->race = NULL;
	reached->facts = facts->ssh;
	reached->is_verified = facts->is_won;
	(void)snprintf(reached->stranger, sizeof(reached->stranger), "%s", facts->stranger);
	for (size_t i = 0; i < routes->len; i++) {
		if (routes->at[i].is_permitted) {
			attempts[i] = facts->attempts[entry];
			decided = entry == facts->decided ? &routes->at[i] : decided;
			entry++;
		}
	}
	return decided;
}

static void on_ended(const struct race_facts *facts, void *cookie)
{
	struct connection *connection = cookie;
	struct reached *reached = &connection->reached;

	reached->route = connection_keep(connection, facts, &reached->routes, reached->attempts);
	for (size_t i = 0; i < reached->routes.len; i++) {
		if (reached->routes.at[i].is_permitted) {
			learn(connection->reach, &reached->routes.at[i], &reached->attempts[i]);
		}
	}
	if (connection_may_jump(connection)) {
		connection_jump(connection);
	} else {
		connection_leave(connection);
	}
}

/** As ssh(1): the name of whoever runs this, where the binding names nobody. */
static const char *login_name(const struct target *target)
{
	const struct passwd *self = target->user ? NULL : getpwuid(getuid());

	return target->user ? target->user : self ? self->pw_name : "root";
}

/** What every login to the machine says. */
static struct ssh_spec login_spec(struct connection *connection)
{
	const struct context *context = connection->reach->context;
	const struct target *target = connection->reached.target;
	const struct identity_facts *identity = identify(connection->reach);

	if (!connection->reached.user) {
		connection->reached.user = arena_printf(context->arena, "%s", login_name(target));
	}
	return (struct ssh_spec){
		.name = target->id,
		.port = (uint16_t)target->port,
		.user = connection->reached.user,
		.hosts = &context->repo->known_hosts,
		.key = identity->key,
		.agent = identity->agent,
		.certificate = identity->certificate,
		.connect_ms = target->connect_ms,
		.deadline_ms = context->deadline_ms,
		.session = &connection->session,
	};
}

void connection_race(struct connection *connection, const struct routes *routes,
		     struct ssh_session *via,
		     void (*ended)(const struct race_facts *facts, void *cookie))
{
	const struct reach *reach = connection->reach;
	struct race_spec spec = {.ssh = login_spec(connection),
				 .stagger_ms = via ? JUMP_STAGGER_MS : 0,
				 .handshakes = reach->handshakes};

	spec.ssh.via = via;
	for (size_t i = 0; i < routes->len; i++) {
		if (routes->at[i].is_permitted) {
			spec.entries[spec.len++] = (struct race_entry){routes->at[i].address,
								       routes->at[i].is_fallback};
		}
	}
	connection->race = race_start(reach->context->loop, &spec, ended, connection);
}

/** Dial what may be dialled. */
static void dial(struct connection *connection)
{
	struct reached *reached = &connection->reached;

	connection->is_dialling = false;
	route_finder_routes(&connection->finder, &reached->routes);
	connection_expect_jump(connection);
	if (routes_first(&reached->routes)) {
		connection_race(connection, &reached->routes, NULL, on_ended);
	} else if (connection_may_jump(connection)) {
		connection_jump(connection);
	} else {
		connection_leave(connection);
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

static void start(struct connection *connection)
{
	connection->is_dialling = true;
	route_finder_routes(&connection->finder, &connection->reached.routes);
	if (routes_want_name(&connection->reached.routes)) {
		route_finder_ask(&connection->finder);
	} else {
		dial(connection);
	}
}

/** Those that hold a session of their jump host come first. @return whether there was one */
static bool start_next(struct reach *reach)
{
	if (reach->jumped < reach->jumpers.len &&
	    turns_take(reach->turns, &reach->jumpers.at[reach->jumped]->turn)) {
		connection_start_inner(reach->jumpers.at[reach->jumped++]);
		return true;
	}
	if (reach->started < reach->queue.len &&
	    turns_take(reach->turns, &reach->queue.at[reach->started]->turn)) {
		start(reach->queue.at[reach->started++]);
		return true;
	}
	return false;
}

void reach_start_waiting(struct reach *reach)
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
	while (start_next(reach)) {
	}
	reach->is_starting = false;
}

/** The local tailscaled has answered, or cannot: what hung on it goes on. */
static void on_tailnet(void *cookie)
{
	struct reach *reach = cookie;

	reach->knows_tailnet = true;
	reach->from.tailnet = daemon_status(reach->context->local_daemon);
	for (size_t i = 0; i < reach->predicted.len; i++) {
		struct connection *connection = reach->predicted.at[i];

		connection_want(connection);
		if (connection->reached.is_done) {
			connection_finish(connection);
		}
	}
	VEC_RELEASE(&reach->predicted);
	for (size_t i = 0; i < reach->context->repo->targets.len; i++) {
		wake_waiters(&reach->connections[i]);
	}
}

/** Does what may be dialled hang on an answer of the local tailscaled? Then it is asked. */
static bool hangs_on_tailnet(struct reach *reach, const struct routes *routes)
{
	struct daemon *daemon = reach->context->local_daemon;

	if (reach->knows_tailnet || !routes_hang_on_tailnet(routes)) {
		return false;
	}
	if (!reach->asked_tailnet) {
		reach->asked_tailnet = true;
		if (daemon_ask_for(daemon, DAEMON_STATUS, on_tailnet, reach)->is_done) {
			on_tailnet(reach);
		}
	}
	return !reach->knows_tailnet;
}

/** Put it into the queue, unless nothing may be dialled. */
void connection_want(struct connection *connection)
{
	struct reach *reach = connection->reach;

	connection->is_wanted = true;
	connection->reached.route = NULL;
	connection->reached.via = NULL;
	connection->reached.legs = NULL;
	connection->reached.is_verified = false;
	connection->reached.is_done = false;
	route_finder_routes(&connection->finder, &connection->reached.routes);
	if (hangs_on_tailnet(reach, &connection->reached.routes)) {
		*VEC_ADD(&reach->predicted) = connection;
		return;
	}
	route_finder_routes(&connection->finder, &connection->reached.routes);
	connection->reached.is_done = !routes_first(&connection->reached.routes) &&
				      !connection->reached.routes.jump.is_permitted;
	if (!connection->reached.is_done) {
		connection_expect_jump(connection);
		*VEC_ADD(&reach->queue) = connection;
	}
	reach_start_waiting(reach);
}

static void add_waiter(struct connection *connection, struct task *waiter)
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

	add_waiter(connection, &waiter->task);
	if (!connection->is_wanted) {
		connection_want(connection);
	}
	return &connection->reached;
}

void connection_forget_waiter(struct connection *connection, const struct task *waiter)
{
	for (size_t i = 0; i < connection->waiters.len; i++) {
		if (connection->waiters.at[i] == waiter) {
			connection->waiters.at[i] =
				connection->waiters.at[--connection->waiters.len];
			return;
		}
	}
}

bool connection_routes(struct connection *connection, uint16_t port, bool is_from_host,
		       struct task *waiter, struct routes *out)
{
	const struct route_finder *finder = &connection->finder;
	const struct named *named = finder->is_known ? &finder->named : NULL;
	struct vantage from = connection->reach->from;
	bool knew_tailnet = connection->reach->knows_tailnet;

	from.is_without_ssh = port != SSH_PORT && port != finder->target->port;
	if (is_from_host) {
		routes_from_host(finder->target, &from, named, out);
	} else {
		routes_of(finder->target, &from, named, out);
	}
	if (hangs_on_tailnet(connection->reach, out)) {
		add_waiter(connection, waiter);
		return false;
	}
	if (knew_tailnet != connection->reach->knows_tailnet) {
		return connection_routes(connection, port, is_from_host, waiter, out);
	}
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
