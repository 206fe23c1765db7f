#include "net/knock.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "net/dial.h"

struct knock {
	struct task task;
	struct knock_spec spec;
	struct knock_facts facts;
	void (*ended)(const struct knock_facts *facts, void *cookie);
	void *cookie;
	struct dial dial;
	size_t at; /**< the address being dialled */
	int64_t start_ms;
	int64_t until_ms; /**< when the address is given up; 0: it is not dialled yet */
	bool is_told;     /**< it ended by itself, so `ended` is called */
};

static enum knock_outcome outcome_of(int error)
{
	switch (dial_end_of(error)) {
	case DIAL_REFUSED:
		return KNOCK_REFUSED;
	case DIAL_RESET: /* reset, but accepted first */
		return KNOCK_OPEN;
	case DIAL_TIMEOUT:
		return KNOCK_TIMEOUT;
	case DIAL_NO_ROUTE:
		return KNOCK_NO_ROUTE;
	case DIAL_BROKEN:
		break;
	}
	return KNOCK_BROKEN;
}

/** How much an answer says about the machine: it spoke, or it did not. */
static int weight(enum knock_outcome outcome)
{
	switch (outcome) {
	case KNOCK_OPEN:
		return 4;
	case KNOCK_REFUSED:
		return 3;
	case KNOCK_NO_ROUTE:
	case KNOCK_TIMEOUT:
		return 2;
	case KNOCK_BROKEN:
		return 1;
	case KNOCK_NOT_TRIED:
		break;
	}
	return 0;
}

/** One address has answered, or not. */
static void settle(struct knock *knock, enum knock_outcome outcome)
{
	dial_release(&knock->dial);
	knock->until_ms = 0;
	if (weight(outcome) > weight(knock->facts.outcome)) {
		knock->facts.outcome = outcome;
		knock->facts.decided = knock->at;
	}
	knock->at++;
}

static void begin(struct knock *knock, int64_t now_ms)
{
	dial_init(&knock->dial, &knock->spec.addresses[knock->at], knock->spec.port);
	knock->until_ms = now_ms + knock->spec.connect_ms;
	if (knock->spec.deadline_ms > 0 && knock->spec.deadline_ms < knock->until_ms) {
		knock->until_ms = knock->spec.deadline_ms;
	}
}

static enum step knock_step(struct task *task, struct wait *wait)
{
	struct knock *knock = (struct knock *)task;
	int64_t now_ms = loop_now_ms(task->loop);
	struct err err = {0};

	knock->start_ms = knock->start_ms ? knock->start_ms : now_ms;
	while (knock->at < knock->spec.len && knock->facts.outcome != KNOCK_OPEN) {
		enum step step = STEP_WAIT;

		if (knock->until_ms == 0) {
			if (knock->spec.deadline_ms > 0 && now_ms >= knock->spec.deadline_ms) {
				break;
			}
			begin(knock, now_ms);
		}
		step = dial_step(&knock->dial, wait, &err);
		if (step == STEP_WAIT && now_ms < knock->until_ms) {
			wait_until(wait, knock->until_ms);
			return STEP_WAIT;
		}
		settle(knock, step == STEP_DONE   ? KNOCK_OPEN
			      : step == STEP_FAIL ? outcome_of(knock->dial.error)
						  : KNOCK_TIMEOUT);
		*wait = (struct wait){0};
	}
	knock->facts.elapsed_ms = now_ms - knock->start_ms;
	knock->is_told = true;
	return STEP_DONE;
}

static void knock_release(struct task *task)
{
	dial_release(&((struct knock *)task)->dial);
}

static void knock_ended(struct task *task, void *cookie)
{
	struct knock *knock = (struct knock *)task;

	(void)cookie;
	if (knock->is_told) { /* not when it was cancelled */
		knock->ended(&knock->facts, knock->cookie);
	}
	free(knock);
}

static const struct task_ops knock_ops = {"knock", knock_step, knock_release};

struct knock *knock_start(struct loop *loop, const struct knock_spec *spec,
			  void (*ended)(const struct knock_facts *facts, void *cookie),
			  void *cookie)
{
	struct knock *knock = mem_alloc(sizeof(*knock));

	assert(spec->len > 0 && spec->len <= KNOCK_MAX);
	knock->task.ops = &knock_ops;
	knock->task.ended = knock_ended;
	knock->spec = *spec;
	knock->ended = ended;
	knock->cookie = cookie;
	knock->dial.fd = -1;
	task_start(loop, &knock->task);
	return knock;
}

void knock_cancel(struct knock *knock)
{
	task_cancel(&knock->task);
}
