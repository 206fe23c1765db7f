/* What serve is set up to do, and what it sends requests to. */
#include <string.h>

#include "check/ladder/climb_private.h"

static struct connect_spec backend_way(const struct climb *climb)
{
	return (struct connect_spec){
		.host = climb->backend_place.host,
		.port = climb->backend_place.port,
		.via = climb->there, /* an address like 127.0.0.1 is that machine's */
		.connect_ms = CLIMB_CONNECT_MS,
		.deadline_ms = climb->spec.deadline_ms,
	};
}

/** From that machine: did its SSH server say that nothing listens there? */
static bool is_refused_there(const struct connect_facts *facts)
{
	return facts->outcome == CONNECT_UNREACHED && strcasestr(facts->trouble, "refused");
}

/** Why its SSH server did not even try to connect; NULL: it did, or it is this machine. */
static const char *why_not_from_there(const struct climb *climb, const struct connect_facts *facts)
{
	const char *why = NULL;

	switch (facts->outcome) {
	case CONNECT_PROHIBITED:
		why = "its SSH server makes no connections for others";
		break;
	case CONNECT_BARRED:
	case CONNECT_HOST_BARRED:
		why = facts->why;
		break;
	case CONNECT_HOST_DOWN:
	case CONNECT_LOST:
		why = "the SSH connection to it is gone";
		break;
	case CONNECT_NOT_TRIED:
	case CONNECT_OPEN:
	case CONNECT_RESET:
	case CONNECT_REFUSED:
	case CONNECT_NO_ROUTE:
	case CONNECT_TIMEOUT:
	case CONNECT_BROKEN:
	case CONNECT_UNREACHED:
		break;
	}
	return climb->there && why ? arena_printf(climb->context->arena, "%s: %s",
						  climb->there->row.subject, why)
				   : NULL;
}

static void on_backend(const struct connect_facts *facts, struct stream *stream, void *cookie)
{
	struct climb *climb = cookie;
	struct backend_evidence *backend = &climb->evidence.backend;
	struct connect_spec way = backend_way(climb);
	const char *why_not = why_not_from_there(climb, facts);

	climb->backend = NULL;
	stream_close(stream);
	question_settle(&backend->question, since(climb->backend_ms));
	backend->outcome = is_refused_there(facts) ? KNOCK_REFUSED : knock_of(facts->outcome);
	if (why_not) {
		backend->question = (struct question){.why_not = why_not};
		backend->http.question = backend->question;
	} else if (backend->outcome == KNOCK_OPEN && climb->backend_place.is_http) {
		climb->behind.url = arena_printf(climb->context->arena, "http://%s:%u/", way.host,
						 (unsigned)way.port);
		climb_ask_http(&climb->behind, &way);
	} else if (climb->backend_place.is_http) {
		question_skip(&backend->http.question, "nothing listens there");
	}
	climb_wake(climb);
}

static void ask_backend(struct climb *climb)
{
	struct backend_evidence *backend = &climb->evidence.backend;
	struct connect_spec way = {0};

	climb->is_serve_over = true;
	if (!climb->spec.is_whole) {
		return;
	}
	find_backend(climb->evidence.serve.config, climb->spec.name, climb->spec.port,
		     climb->context->arena, &climb->backend_place);
	if (!climb->backend_place.text) {
		return;
	}
	backend->text = climb->backend_place.text;
	question_expect(&backend->question);
	climb->backend_ms = clock_monotonic_ms();
	way = backend_way(climb);
	climb->backend = connect_start(climb->context->reach, &way, on_backend, climb);
}

/** It was not asked, or did not say; so what is behind it is not known either. */
static void leave_serve(struct climb *climb, const struct question *question)
{
	struct cert_evidence *evidence = &climb->evidence;

	evidence->serve = (struct serve_evidence){.question = *question};
	if (climb->spec.is_whole) {
		evidence->backend.question = *question;
		evidence->backend.http.question = *question;
	}
	climb->is_serve_over = true;
}

/** The first part that is not there; DAEMON_PARTS: all of them are, or are not wanted. */
static enum daemon_part lost_part(const struct climb *climb)
{
	if (climb->there && !daemon_status(climb->daemon)) {
		return DAEMON_STATUS;
	}
	return daemon_serve_config(climb->daemon) ? DAEMON_PARTS : DAEMON_SERVE_CONFIG;
}

static void tell_serve(struct climb *climb)
{
	struct serve_evidence *serve = &climb->evidence.serve;
	enum daemon_part lost = lost_part(climb);
	struct question not_known = {0};

	if (lost != DAEMON_PARTS) {
		not_known.why_not = climb_why_not_read(climb, lost);
	} else if (climb->there && !climb_is_of_node(climb)) {
		not_known.why_not =
			arena_printf(climb->context->arena, "the tailscaled of %s is another node",
				     climb->there->row.subject);
	} else {
		question_settle(
			&serve->question,
			daemon_ask_for(climb->daemon, DAEMON_SERVE_CONFIG, NULL, NULL)->took_ms);
		serve->config = daemon_serve_config(climb->daemon);
		serve->there = climb->there ? climb->there->row.subject : NULL;
		serve->status = climb->there ? daemon_status(climb->daemon) : NULL;
		ask_backend(climb);
		return;
	}
	leave_serve(climb, &not_known);
}

/** Of a target the status says whether it is the right daemon. */
static void on_serve(void *cookie)
{
	struct climb *climb = cookie;

	if (climb->is_over || climb->is_serve_over ||
	    !daemon_ask_for(climb->daemon, DAEMON_SERVE_CONFIG, NULL, NULL)->is_done ||
	    (climb->there && !daemon_ask_for(climb->daemon, DAEMON_STATUS, NULL, NULL)->is_done)) {
		return;
	}
	tell_serve(climb);
	climb_wake(climb);
}

static void ask(struct climb *climb, struct daemon *daemon)
{
	climb->daemon = daemon;
	question_expect(&climb->evidence.serve.question);
	(void)daemon_ask_for(daemon, DAEMON_STATUS, on_serve, climb);
	(void)daemon_ask_for(daemon, DAEMON_SERVE_CONFIG, on_serve, climb);
	on_serve(climb);
}

/** What is behind serve is asked over the same session, which is kept for that. */
static void ask_there(struct climb *climb)
{
	struct context *context = climb->context;

	if (climb->spec.is_whole) {
		reach_hold(context->reach, climb->there);
		climb->is_held = true;
	}
	ask(climb, daemons_of(context->daemons, climb->there, &(struct daemon_way){0}));
}

/** A certificate that is shown says enough, unless what is behind it is to be asked, too. */
void climb_consider_serve(struct climb *climb, struct wait *wait)
{
	if (!climb->there || climb->daemon || climb->is_serve_over) {
		return;
	}
	if (!climb->spec.is_whole && climb->is_way_over && !is_missing(&climb->evidence)) {
		question_skip(&climb->evidence.serve.question, "a certificate is shown");
		climb->is_serve_over = true;
	} else if (climb->spec.is_whole || climb->is_way_over ||
		   since(climb->started_ms) >= CLIMB_PATIENCE_MS) {
		ask_there(climb);
	} else {
		wait_until(wait, climb->started_ms + CLIMB_PATIENCE_MS);
	}
}

/** Why there is no node whose daemon could be asked. */
static const char *why_no_node(const struct cert_evidence *evidence)
{
	if (!evidence->daemon.status) {
		return "no daemon was read";
	}
	return evidence->owner.owner == OWNER_BINDING ? "no daemon says which node has the name"
						      : "no node has the name";
}

void climb_ask_serve(struct climb *climb)
{
	const struct owner_evidence *owner = &climb->evidence.owner;
	struct question question = {0};

	if (!owner->is_tailnet) {
		climb->is_serve_over = true;
		return;
	}
	if (owner->owner == OWNER_LOCAL) {
		ask(climb, climb->context->local_daemon);
		return;
	}
	if (owner->owner != OWNER_PEER) {
		question.why_not = why_no_node(&climb->evidence);
	} else if (climb->spec.never) {
		question_bar(&question, REASON_POLICY_NEVER, climb->spec.never);
	} else {
		climb->there = climb_find_there(climb, &question);
	}
	if (!climb->there) {
		leave_serve(climb, &question);
	}
}
