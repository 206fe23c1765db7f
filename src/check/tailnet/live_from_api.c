#include "check/tailnet/live_from_api.h"

#include <stdlib.h>

/** A question under way. */
struct question {
	struct check *check;
	struct tailnet_api *api; /**< NULL once it was answered */
	struct live_devices live;
	struct err err;
	bool has_list;
};

static void take_list(struct live_devices *devices, const struct err *err, void *cookie)
{
	struct question *question = cookie;

	question->api = NULL;
	question->has_list = devices != NULL;
	if (devices) {
		question->live = *devices;
	} else {
		question->err = *err;
	}
	task_wake(&question->check->task);
}

static bool is_allowed(const struct check *check)
{
	const struct context *context = check->context;
	bool is_here = context->tailnet_api && tailnet_api_is_here(context->tailnet_api);

	return context->mode >= (is_here ? MODE_PASSIVE : MODE_ACTIVE);
}

void live_from_api_begin(struct check *check)
{
	struct context *context = check->context;
	struct question *question = NULL;

	if (!context->tailnet_api || !is_allowed(check)) {
		return;
	}
	question = mem_alloc(sizeof(*question));
	question->check = check;
	check->state = question;
	question->api = tailnet_api_start(context->http, context->arena, context->tailnet_api,
					  check->deadline_ms, take_list, question);
}

bool live_from_api_is_ready(const struct check *check)
{
	const struct question *question = check->state;

	return !question || !question->api;
}

/** Why nothing was asked. */
static void add_not_asked(struct check *check)
{
	if (!is_allowed(check)) {
		(void)check_add(check, VERDICT_SKIP, REASON_MODE_PASSIVE, API_SUBJECT,
				(struct place){0},
				"the API of the control plane is asked in active mode only");
		return;
	}
	(void)check_add(check, VERDICT_UNKNOWN, REASON_TAILNET_API, API_SUBJECT, (struct place){0},
			"%s",
			check->context->tailnet_api_trouble
				? check->context->tailnet_api_trouble
				: "there is no credential for the tailnet's API");
}

bool live_from_api_take(struct check *check, struct live_devices *out)
{
	struct question *question = check->state;
	bool has_list = question && question->has_list;

	if (!question) {
		add_not_asked(check);
		return false;
	}
	check->state = NULL;
	if (has_list) {
		*out = question->live;
	} else if (question->api) {
		(void)check_add(check, VERDICT_UNKNOWN,
				check->expired ? check->expired : REASON_TAILNET_API, API_SUBJECT,
				(struct place){0},
				"the API of the control plane had not answered by then");
	} else {
		(void)check_add(check, VERDICT_UNKNOWN, REASON_TAILNET_API, API_SUBJECT,
				(struct place){0}, "%s", question->err.text);
	}
	tailnet_api_cancel(question->api);
	free(question);
	return has_list;
}
