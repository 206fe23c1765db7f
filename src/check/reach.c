#include "check/reach.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

struct connection {
	struct reached reached;
	struct reach *reach;
	struct ssh_login *login; /**< NULL unless under way */
	struct VEC(struct check *) waiters;
	bool is_wanted;
};

struct reach {
	struct context *context;
	struct connection *connections; /**< one for each target of the binding */
	struct connection *
		*queue; /**< those to be dialled, in the order in which they were asked for */
	size_t queued;
	size_t started;
	size_t under_way;
	struct identity *identity;          /**< NULL until somebody asks, or if the run has none */
	struct VEC(struct check *) waiters; /**< for the identity */
};

struct reach *reach_open(struct context *context)
{
	struct reach *reach = mem_alloc(sizeof(*reach));
	size_t count = context->repo->targets.len;

	reach->context = context;
	reach->connections = mem_alloc((count + 1) * sizeof(*reach->connections));
	reach->queue = mem_alloc((count + 1) * sizeof(struct connection *));
	for (size_t i = 0; i < count; i++) {
		reach->connections[i].reach = reach;
		reach->connections[i].reached.target = &context->repo->targets.at[i];
	}
	return reach;
}

void reach_free(struct reach *reach)
{
	if (!reach) {
		return;
	}
	for (size_t i = 0; i < reach->context->repo->targets.len; i++) {
		if (reach->connections[i].login) {
			ssh_login_cancel(reach->connections[i].login);
		}
		VEC_RELEASE(&reach->connections[i].waiters);
	}
	identity_free(reach->identity);
	VEC_RELEASE(&reach->waiters);
	free(reach->queue);
	free(reach->connections);
	free(reach);
}

static void start_waiting(struct reach *reach);

static void finish(struct connection *connection)
{
	connection->reached.is_done = true;
	for (size_t i = 0; i < connection->waiters.len; i++) {
		task_wake(&connection->waiters.at[i]->task);
	}
}

/** What is waited for when nobody may log in. */
static void finish_all(struct reach *reach)
{
	while (reach->started < reach->queued) {
		finish(reach->queue[reach->started++]);
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

static void on_ended(const struct ssh_facts *facts, void *cookie)
{
	struct connection *connection = cookie;

	connection->login = NULL;
	connection->reached.facts = *facts;
	connection->reach->under_way--;
	finish(connection);
	start_waiting(connection->reach);
}

static const struct route *permitted(const struct routes *routes)
{
	for (size_t i = 0; i < routes->len; i++) {
		if (routes->at[i].is_permitted) {
			return &routes->at[i];
		}
	}
	return NULL;
}

/** As ssh(1): the name of whoever runs this, where the binding names nobody. */
static const char *login_name(const struct target *target)
{
	const struct passwd *self = target->user ? NULL : getpwuid(getuid());

	return target->user ? target->user : self ? self->pw_name : "root";
}

static void start(struct reach *reach, struct connection *connection)
{
	const struct context *context = reach->context;
	const struct target *target = connection->reached.target;
	const struct identity_facts *identity = identify(reach);
	struct ssh_spec spec = {
		.name = target->id,
		.port = (uint16_t)target->port,
		.user = arena_printf(context->arena, "%s", login_name(target)),
		.hosts = &context->repo->known_hosts,
		.key = identity->key,
		.agent = identity->agent,
		.connect_ms = target->connect_ms,
		.deadline_ms = context->deadline_ms,
	};

	spec.address = connection->reached.route->address;
	connection->reached.user = spec.user;
	reach->under_way++;
	connection->login = ssh_login_start(context->loop, &spec, on_ended, connection);
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
	while (reach->started < reach->queued && reach->under_way < REACH_CONCURRENCY) {
		start(reach, reach->queue[reach->started++]);
	}
}

const struct reached *reach_login(struct reach *reach, const struct target *target,
				  struct check *waiter)
{
	const struct context *context = reach->context;
	struct connection *connection = &reach->connections[target - context->repo->targets.at];

	if (!connection->is_wanted) {
		connection->is_wanted = true;
		routes_of(target, context->mode, &context->repo->policy,
			  &connection->reached.routes);
		connection->reached.route = permitted(&connection->reached.routes);
		connection->reached.is_done = !connection->reached.route;
		if (connection->reached.route) {
			reach->queue[reach->queued++] = connection;
		}
	}
	*VEC_ADD(&connection->waiters) = waiter;
	start_waiting(reach);
	return &connection->reached;
}
