#include "check/reach/route_finder.h"

#include "net/ssh.h"

/** How long a name may take to look up where the target has another address that may be dialled. */
#define NAME_WITH_FALLBACK_MS 1000

void route_finder_routes(const struct route_finder *finder, struct routes *out)
{
	routes_of(finder->target, finder->from, finder->is_known ? &finder->named : NULL, out);
}

void route_finder_from_host(const struct route_finder *finder, struct routes *out)
{
	routes_from_host(finder->target, finder->from, finder->is_known ? &finder->named : NULL,
			 out);
}

static void on_answer(const struct lookup_answer *answer, void *cookie)
{
	struct route_finder *finder = cookie;

	finder->lookup = NULL;
	finder->is_known = true;
	named_fill(&finder->named, finder->context->arena, finder->target->host.text, answer);
	finder->known(finder->cookie);
}

/** A resolver that hangs must not keep a machine from being found where its address is known. */
static int64_t most_of_lookup(const struct route_finder *finder)
{
	int64_t connect_ms = finder->target->connect_ms;
	int64_t most_ms = connect_ms > 0 ? connect_ms : SSH_CONNECT_MS;
	struct routes routes = {0};

	route_finder_routes(finder, &routes);
	return routes_have_fallback(&routes) && most_ms > NAME_WITH_FALLBACK_MS
		       ? NAME_WITH_FALLBACK_MS
		       : most_ms;
}

void route_finder_ask(struct route_finder *finder)
{
	const struct context *context = finder->context;
	int64_t until_ms = loop_now_ms(context->loop) + most_of_lookup(finder);

	if (!finder->lookup) {
		until_ms = context->deadline_ms < until_ms ? context->deadline_ms : until_ms;
		finder->lookup = lookup_start(context->loop, finder->target->host.text, until_ms,
					      on_answer, finder);
	}
}

void route_finder_release(struct route_finder *finder)
{
	if (finder->lookup) {
		lookup_cancel(finder->lookup);
	}
	finder->lookup = NULL;
}
