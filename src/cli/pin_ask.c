#include "cli/pin_ask.h"

#include "base/clock.h"

struct asking;

/** One address under way. */
struct asked {
	struct asking *asking;
	struct pin_view *view;
};

struct asking {
	const struct pin_question *question;
	struct pin_views *out;
	struct loop *loop;
	struct named named;
	struct asked asked[ROUTES_MAX];
};

static void on_shown(struct text host_key, void *cookie)
{
	const struct asked *asked = cookie;

	str_clear(&asked->view->key);
	str_add_text(&asked->view->key, host_key);
}

static void on_ended(const struct ssh_facts *facts, void *cookie)
{
	const struct asked *asked = cookie;
	struct pin_view *view = asked->view;
	struct login_opinion why = {0};

	if (view->key.len == 0) {
		(void)judge_login(facts, false, &why);
		view->trouble = why.message;
		view->reason = why.reason;
		view->detail = arena_text(asked->asking->question->arena, facts->detail);
	}
}

static void ask_route(struct asking *asking, size_t index)
{
	const struct pin_question *question = asking->question;
	const struct route *route = &asking->out->routes.at[index];
	struct asked *asked = &asking->asked[index];
	struct ssh_spec spec = {
		.name = question->target->id,
		.address = route->address,
		.port = (uint16_t)question->target->port,
		.hosts = question->hosts,
		.connect_ms = question->target->connect_ms,
		.shown = on_shown,
	};

	*asked = (struct asked){asking, &asking->out->at[index]};
	(void)ssh_login_start(asking->loop, &spec, on_ended, asked);
}

static void ask_routes(struct asking *asking)
{
	struct pin_views *out = asking->out;

	for (size_t i = 0; i < out->routes.len; i++) {
		const struct route *route = &out->routes.at[i];
		struct pin_view *view = &out->at[i];

		view->detail = "";
		if (!route->is_permitted) {
			view->trouble = route->why;
			view->reason = route->reason;
		} else if (route->path == PATH_JUMP) {
			view->trouble = "a key is not asked for through a jump host";
			view->reason = REASON_NET_NOT_PERMITTED;
		} else {
			ask_route(asking, i);
		}
	}
}

static void on_name(const struct lookup_answer *answer, void *cookie)
{
	struct asking *asking = cookie;
	const struct pin_question *question = asking->question;

	named_fill(&asking->named, question->arena, question->target->host.text, answer);
	routes_of(question->target, &question->from, &asking->named, &asking->out->routes);
	ask_routes(asking);
}

int pin_ask(const struct pin_question *question, struct pin_views *out, struct err *err)
{
	const struct target *target = question->target;
	struct asking asking = {.question = question, .out = out};
	int64_t connect_ms = target->connect_ms > 0 ? target->connect_ms : SSH_CONNECT_MS;

	if (loop_open(&asking.loop, err)) {
		return -1;
	}
	routes_of(target, &question->from, NULL, &out->routes);
	if (routes_want_name(&out->routes)) {
		(void)lookup_start(asking.loop, target->host.text,
				   clock_monotonic_ms() + connect_ms, on_name, &asking);
	} else {
		ask_routes(&asking);
	}
	loop_run(asking.loop);
	loop_free(asking.loop);
	return 0;
}

void pin_views_release(struct pin_views *views)
{
	for (size_t i = 0; i < ROUTES_MAX; i++) {
		str_release(&views->at[i].key);
	}
}
