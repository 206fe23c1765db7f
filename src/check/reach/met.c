#include "check/reach/met.h"

#include <stdlib.h>
#include <string.h>

#include "check/reach/reach_private.h"

static enum met_state state_of(const struct reached *reached)
{
	switch (reached->facts.outcome) {
	case SSH_LOGGED_IN:
	case SSH_LOGGED_IN_NONE:
		return MET_LOGGED_IN;
	case SSH_HOST_KEY_CHANGED:
	case SSH_HOST_KEY_REVOKED:
	case SSH_HOST_UNPINNED:
		return reached->facts.host_key_fingerprint[0] ? MET_REFUSED : MET_UNREACHED;
	case SSH_NOT_TRIED:
	case SSH_UNREACHABLE_REFUSED:
	case SSH_UNREACHABLE_ROUTE:
	case SSH_UNREACHABLE_TIMEOUT:
	case SSH_FORWARD_PROHIBITED:
	case SSH_FORWARD_UNREACHED:
	case SSH_SILENT_PORT:
	case SSH_CLOSED_BEFORE_BANNER:
	case SSH_THROTTLED:
	case SSH_NOT_SSH:
	case SSH_TARPIT:
	case SSH_KEX_TIMEOUT:
	case SSH_KEX_FAILED:
	case SSH_UNSUPPORTED_ALGORITHMS:
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
	case SSH_INTERNAL:
		break;
	}
	return reached->facts.host_key_fingerprint[0] && reached->facts.pin ? MET_PROVEN
									    : MET_UNREACHED;
}

void connection_note(struct connection *connection)
{
	const struct reached *reached = &connection->reached;
	struct arena *arena = connection->reach->context->arena;
	struct met met = {.target = reached->target};
	char address[ADDRESS_TEXT_BYTES];

	if (!reached->route) {
		return;
	}
	met.state = state_of(reached);
	if (connection->met.target && connection->met.state > met.state) {
		return; /* an earlier login of this run, whose session has been closed since */
	}
	address_format(&reached->route->address, address);
	met.address = arena_text(arena, address);
	met.path = reached->route->path;
	met.via = met.path == PATH_JUMP ? reached->routes.jump.host : NULL;
	if (met.state != MET_UNREACHED) {
		met.key_type = arena_text(arena, reached->facts.host_key_type);
		met.fingerprint = arena_text(arena, reached->facts.host_key_fingerprint);
	}
	if (met.state >= MET_PROVEN) {
		met.pin = reached->facts.pin->where;
		met.user = reached->user;
	}
	connection->met = met;
}

static int compare_ids(const void *left, const void *right)
{
	const struct met *a = left;
	const struct met *b = right;

	return strcmp(a->target->id, b->target->id);
}

struct rows reach_met(const struct reach *reach, struct arena *arena)
{
	size_t count = reach->context->repo->targets.len;
	struct met *rows = arena_alloc(arena, (count + 1) * sizeof(*rows));
	size_t len = 0;

	for (size_t i = 0; i < count; i++) {
		if (reach->connections[i].met.target) {
			rows[len++] = reach->connections[i].met;
		}
	}
	if (len > 1) {
		qsort(rows, len, sizeof(*rows), compare_ids);
	}
	return (struct rows){rows, len};
}
