/* What serve is set up to do, and what it sends requests to. */
#include "check/climb_private.h"

static struct connect_spec backend_way(const struct climb *climb)
{
	return (struct connect_spec){
		.host = climb->backend_place.host,
		.port = climb->backend_place.port,
		.connect_ms = CLIMB_CONNECT_MS,
		.deadline_ms = climb->spec.deadline_ms,
	};
}

static void on_backend(const struct connect_facts *facts, struct stream *stream, void *cookie)
{
	struct climb *climb = cookie;
	struct backend_evidence *backend = &climb->evidence.backend;
	struct connect_spec way = backend_way(climb);

	climb->backend = NULL;
	stream_close(stream);
	question_settle(&backend->question, since(climb->backend_ms));
	backend->outcome = knock_of(facts->outcome);
	if (backend->outcome == KNOCK_OPEN && climb->backend_place.is_http) {
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

static void on_serve(void *cookie)
{
	struct climb *climb = cookie;
	struct serve_evidence *serve = &climb->evidence.serve;
	const struct daemon_answer *answer = NULL;

	if (climb->is_over) {
		return;
	}
	answer = daemon_ask_for(climb->context->local_daemon, DAEMON_SERVE_CONFIG, NULL, NULL);
	serve->config = daemon_serve_config(climb->context->local_daemon);
	if (serve->config) {
		question_settle(&serve->question, answer->took_ms);
		ask_backend(climb);
	} else {
		*serve = (struct serve_evidence){.question = {.why_not = answer->why}};
		climb->is_serve_over = true;
	}
	climb_wake(climb);
}

/** Only the daemon of this machine can be asked what its node serves. */
void climb_ask_serve(struct climb *climb)
{
	struct cert_evidence *evidence = &climb->evidence;

	if (!evidence->owner.is_tailnet) {
		climb->is_serve_over = true;
		return;
	}
	if (evidence->owner.owner != OWNER_LOCAL) {
		const char *why = "that node's own daemon is not read from here";

		if (!evidence->daemon.status) {
			why = "no daemon was read";
		} else if (evidence->owner.owner == OWNER_NOBODY) {
			why = "no node has the name";
		}
		evidence->serve.question.why_not = why;
		if (climb->spec.is_whole) {
			evidence->backend.question.why_not = why;
			evidence->backend.http.question.why_not = why;
		}
		climb->is_serve_over = true;
		return;
	}
	question_expect(&evidence->serve.question);
	if (daemon_ask_for(climb->context->local_daemon, DAEMON_SERVE_CONFIG, on_serve, climb)
		    ->is_done) {
		on_serve(climb);
	}
}
