/*
 * Three ways are gone at once: to the name itself (address, port, handshake, HTTP), to what serve
 * sends its requests to, and to the endpoint for certificates. The last waits for what the first
 * says, but not long.
 */
#include "check/ladder/climb_private.h"

/** For an answer of HTTP. */
#define HTTP_MS 10000

int64_t since(int64_t started_ms)
{
	return clock_monotonic_ms() - started_ms;
}

void climb_wake(struct climb *climb)
{
	task_wake(&climb->task);
}

const char *climb_keep(struct climb *climb, const char *text)
{
	return text ? arena_text(climb->context->arena, text) : NULL;
}

void question_skip(struct question *question, const char *why)
{
	*question = (struct question){.why_not = why, .is_moot = true};
}

void question_bar(struct question *question, enum reason reason, const char *why)
{
	*question = (struct question){.why_not = why, .barred = reason};
}

void question_expect(struct question *question)
{
	*question = (struct question){.asked = NO_ANSWER};
}

void question_settle(struct question *question, int64_t took_ms)
{
	*question = (struct question){.asked = ANSWERED, .took_ms = took_ms};
}

enum knock_outcome knock_of(enum connect_outcome outcome)
{
	switch (outcome) {
	case CONNECT_OPEN:
		return KNOCK_OPEN;
	case CONNECT_RESET:
		return KNOCK_RESET;
	case CONNECT_REFUSED:
		return KNOCK_REFUSED;
	case CONNECT_TIMEOUT:
		return KNOCK_TIMEOUT;
	case CONNECT_NOT_TRIED:
		return KNOCK_NOT_TRIED;
	case CONNECT_BROKEN:
		return KNOCK_BROKEN;
	case CONNECT_NO_ROUTE:
	case CONNECT_BARRED:
	case CONNECT_HOST_DOWN:
	case CONNECT_HOST_BARRED:
	case CONNECT_PROHIBITED:
	case CONNECT_UNREACHED:
	case CONNECT_LOST:
		break;
	}
	return KNOCK_NO_ROUTE;
}

/* ---- HTTP */

static void on_http(const struct http_facts *facts, void *cookie)
{
	struct asking *asking = cookie;
	struct http_evidence *http = asking->http;

	asking->call = NULL;
	http->question.took_ms = since(asking->started_ms);
	http->status = facts->outcome == HTTP_OK ? facts->status : 0;
	if (http->status > 0) {
		http->question.asked = ANSWERED;
	} else {
		http->failure = climb_keep(asking->climb, http_outcome_text(facts->outcome));
	}
	climb_wake(asking->climb);
}

static void on_http_way(const struct connect_facts *facts, struct stream *stream, void *cookie)
{
	struct asking *asking = cookie;
	struct climb *climb = asking->climb;
	struct http_request request = {
		.url = asking->url,
		.through = stream,
		.is_unverified = true,
		.timeout_ms = HTTP_MS,
		.deadline_ms = climb->spec.deadline_ms,
		.wants_beginning = true,
	};

	asking->connector = NULL;
	if (facts->outcome == CONNECT_OPEN) {
		asking->call = http_start(climb->context->http, &request, on_http, asking);
	} else {
		asking->http->failure = "the port does not accept a second connection";
		asking->http->question.took_ms = since(asking->started_ms);
	}
	climb_wake(climb);
}

void climb_ask_http(struct asking *asking, const struct connect_spec *spec)
{
	question_expect(&asking->http->question);
	asking->started_ms = clock_monotonic_ms();
	asking->connector = connect_start(asking->climb->context->reach, spec, on_http_way, asking);
}

/* ---- the daemon first */

static void on_status(void *cookie)
{
	struct climb *climb = cookie;
	struct daemon_evidence *daemon = &climb->evidence.daemon;
	const struct daemon_answer *answer = NULL;

	if (climb->is_over) {
		return;
	}
	answer = daemon_ask_for(climb->context->local_daemon, DAEMON_STATUS, NULL, NULL);
	question_settle(&daemon->question, answer->took_ms);
	daemon->outcome = answer->outcome;
	daemon->where = answer->where;
	daemon->said = answer->why;
	daemon->status = daemon_status(climb->context->local_daemon);
	find_owner(&climb->spec, daemon->status, &climb->evidence.owner);
	climb_ask_way(climb);
	climb_ask_serve(climb);
	climb_wake(climb);
}

static void begin(struct climb *climb)
{
	struct cert_evidence *evidence = &climb->evidence;
	struct question *const all[] = {
		&evidence->address.question, &evidence->port_open.question,
		&evidence->tls.question,     &evidence->http.question,
		&evidence->daemon.question,  &evidence->serve.question,
		&evidence->backend.question, &evidence->backend.http.question,
		&evidence->issue.question,
	};

	climb->is_begun = true;
	if (climb->context->mode == MODE_STATIC) {
		find_owner(&climb->spec, NULL, &evidence->owner);
		for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
			question_bar(all[i], REASON_MODE_STATIC, "the run is static");
		}
		climb->is_way_over = true;
		climb->is_serve_over = true;
		climb->is_issue_over = true;
		return;
	}
	question_expect(&evidence->daemon.question);
	if (daemon_ask_for(climb->context->local_daemon, DAEMON_STATUS, on_status, climb)
		    ->is_done) {
		on_status(climb);
	}
}

/* ---- the task */

/** Whatever is still under way has taken so long by now. */
static void tell_time(struct climb *climb)
{
	struct cert_evidence *evidence = &climb->evidence;

	if (climb->probe) {
		evidence->tls.facts.outcome = TLS_TIMEOUT;
		evidence->tls.facts.phase = TLS_AT_SERVER_HELLO;
		evidence->tls.facts.ended_ms = since(climb->tls_ms);
		evidence->tls.question.took_ms = since(climb->tls_ms);
	}
	if (climb->ask) {
		evidence->issue.question.took_ms = since(climb->issue_ms);
	}
	if (climb->connector) {
		evidence->port_open.outcome = KNOCK_TIMEOUT;
		evidence->port_open.question.took_ms = since(climb->port_ms);
	}
	if (climb->backend) {
		evidence->backend.outcome = KNOCK_TIMEOUT;
	}
	if (climb->lookup) {
		evidence->address.question.took_ms = since(climb->started_ms);
	}
}

static void let_go(struct climb *climb)
{
	struct asking *both[] = {&climb->front, &climb->behind};

	climb->is_over = true;
	tell_time(climb);
	for (size_t i = 0; i < 2; i++) {
		if (both[i]->connector) {
			connect_cancel(both[i]->connector);
		}
		if (both[i]->call) {
			http_cancel(both[i]->call);
		}
		both[i]->connector = NULL;
		both[i]->call = NULL;
	}
	if (climb->connector) {
		connect_cancel(climb->connector);
	}
	if (climb->backend) {
		connect_cancel(climb->backend);
	}
	if (climb->probe) {
		tls_probe_cancel(climb->probe);
	}
	if (climb->lookup) {
		lookup_cancel(climb->lookup);
	}
	if (climb->ask) {
		localapi_cancel(climb->ask);
	}
	if (climb->is_held) {
		reach_forgo(climb->context->reach, climb->there);
	}
}

static bool is_under_way(const struct climb *climb)
{
	return !climb->is_way_over || climb->probe || climb->connector || climb->lookup ||
	       climb->ask || climb->backend || climb->front.connector || climb->front.call ||
	       climb->behind.connector || climb->behind.call || !climb->is_issue_over;
}

static enum step climb_step(struct task *task, struct wait *wait)
{
	struct climb *climb = (struct climb *)task;

	if (!climb->is_begun) {
		begin(climb);
	}
	if (climb->evidence.daemon.question.asked != NO_ANSWER) {
		climb_consider_serve(climb, wait);
		climb_consider_issue(climb, wait);
	}
	if (since(0) >= climb->spec.deadline_ms || (!is_under_way(climb) && climb->is_serve_over)) {
		return STEP_DONE;
	}
	wait_until(wait, climb->spec.deadline_ms);
	return STEP_WAIT;
}

static void climb_release(struct task *task)
{
	let_go((struct climb *)task);
}

static const struct task_ops climb_ops = {"climb", climb_step, climb_release};

static void on_ended(struct task *task, void *cookie)
{
	struct climb *climb = (struct climb *)task;

	(void)cookie;
	if (climb->ended) {
		climb->ended(climb->cookie);
	}
}

struct climb *climb_start(struct context *context, const struct climb_spec *spec,
			  void (*ended)(void *cookie), void *cookie)
{
	struct climb *climb = arena_alloc(context->arena, sizeof(*climb));
	struct address ignored = {0};

	climb->context = context;
	climb->spec = *spec;
	climb->ended = ended;
	climb->cookie = cookie;
	climb->started_ms = clock_monotonic_ms();
	climb->evidence.name = spec->name;
	climb->evidence.port = spec->port;
	climb->evidence.has_sni = !address_parse(text_of(spec->name), &ignored);
	climb->evidence.has_tls = spec->has_tls;
	climb->front = (struct asking){.climb = climb, .http = &climb->evidence.http};
	climb->behind = (struct asking){.climb = climb, .http = &climb->evidence.backend.http};
	climb->task.ops = &climb_ops;
	climb->task.ended = on_ended;
	task_start(context->loop, &climb->task);
	return climb;
}

void climb_stop(struct climb *climb)
{
	climb->ended = NULL;
	if (!climb->is_over) {
		task_cancel(&climb->task);
	}
}

const struct cert_evidence *climb_evidence(const struct climb *climb)
{
	return &climb->evidence;
}
