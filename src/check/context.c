/* What the gates of a run share: made before the first of them begins, let go of after the last. */
#include "check/check.h"
#include "check/command/rooms.h"
#include "check/reach/reach.h"
#include "check/tailnet/daemon.h"
#include "net/http.h"
#include "net/tls.h"

int context_open(struct context *context, void (*caught)(int signal, void *cookie), void *cookie,
		 struct err *err)
{
	if (loop_open(&context->loop, err)) {
		return -1;
	}
	if (loop_on_signal(context->loop, caught, cookie, err)) {
		loop_free(context->loop);
		return -1;
	}
	context->reach = reach_open(context);
	context->rooms = rooms_new();
	context->tls = tls_open();
	context->http = http_open(context->loop);
	context->local_daemon = daemon_open(context);
	context->daemons = daemons_open(context);
	return 0;
}

void context_close(struct context *context)
{
	daemons_free(context->daemons);
	daemon_free(context->local_daemon);
	http_free(context->http); /* its streams may go over sessions of reach */
	reach_free(context->reach);
	context->reach = NULL; /* tasks that end with the loop ask whether it is there */
	loop_free(context->loop);
	rooms_free(context->rooms);
	tls_free(context->tls); /* work of the loop may still have used it */
}
