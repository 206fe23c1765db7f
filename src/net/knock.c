#include "net/knock.h"

#include <assert.h>
#include <unistd.h>

#include "base/cleanup.h"

static enum knock_outcome outcome_of(int error)
{
	switch (dial_end_of(error)) {
	case DIAL_REFUSED:
		return KNOCK_REFUSED;
	case DIAL_RESET:
		return KNOCK_RESET;
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
		return 5;
	case KNOCK_RESET:
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

void knock_init(struct knock *knock, const struct knock_spec *spec)
{
	assert(spec->len > 0 && spec->len <= RACE_MAX);
	*knock = (struct knock){.spec = *spec, .fd = -1};
	knock->field.len = spec->len;
	for (size_t i = 0; i < spec->len; i++) {
		knock->field.at[i].is_fallback = spec->entries[i].is_fallback;
		knock->dials[i].fd = -1;
	}
}

static void start(struct knock *knock, size_t index, int64_t now_ms)
{
	dial_init(&knock->dials[index], &knock->spec.entries[index].address, knock->spec.port);
	knock->field.at[index].state = RACER_RUNNING;
	knock->field.at[index].started_ms = now_ms;
	knock->attempts[index].was_dialled = true;
	knock->attempts[index].started_ms = now_ms - knock->start_ms;
	knock->under_way++;
}

/** One address has answered, or not. */
static void settle(struct knock *knock, size_t index, enum knock_outcome outcome, int64_t now_ms)
{
	int old = weight(knock->outcome);
	int new = weight(outcome);

	knock->field.at[index].state = outcome == KNOCK_OPEN ? RACER_VERIFIED : RACER_FAILED;
	knock->field.at[index].verified_ms = now_ms;
	knock->attempts[index].outcome = outcome;
	knock->under_way--;
	if (outcome != KNOCK_OPEN) {
		dial_release(&knock->dials[index]);
	}
	if (new > old || (new == old &&index < knock->decided)) {
		knock->outcome = outcome;
		knock->decided = index;
	}
}

static int64_t until_ms(const struct knock *knock, size_t index)
{
	int64_t until_ms = knock->field.at[index].started_ms + knock->spec.connect_ms;
	int64_t deadline_ms = knock->spec.deadline_ms;

	return deadline_ms > 0 && deadline_ms < until_ms ? deadline_ms : until_ms;
}

/** See how far those are that are dialled. */
static void look(struct knock *knock, int64_t now_ms, struct wait *wait)
{
	for (size_t i = 0; i < knock->field.len; i++) {
		struct err ignored = {0};
		enum step step = STEP_WAIT;

		if (knock->field.at[i].state != RACER_RUNNING) {
			continue;
		}
		knock->attempts[i].took_ms = now_ms - knock->field.at[i].started_ms;
		step = dial_step(&knock->dials[i], wait, &ignored);
		if (step == STEP_DONE) {
			settle(knock, i, KNOCK_OPEN, now_ms);
		} else if (step == STEP_FAIL) {
			settle(knock, i, outcome_of(knock->dials[i].error), now_ms);
		} else if (now_ms >= until_ms(knock, i)) {
			settle(knock, i, KNOCK_TIMEOUT, now_ms);
		} else {
			wait_until(wait, until_ms(knock, i));
		}
	}
}

static bool is_late(const struct knock *knock, int64_t now_ms)
{
	return knock->spec.deadline_ms > 0 && now_ms >= knock->spec.deadline_ms;
}

static enum step end(struct knock *knock, const struct race_move *move)
{
	if (move->stand == RACE_WON) {
		knock->decided = move->winner;
		knock->fd = take_fd(&knock->dials[move->winner].fd);
	}
	for (size_t i = 0; i < knock->field.len; i++) {
		dial_release(&knock->dials[i]);
	}
	return STEP_DONE;
}

enum step knock_step(struct knock *knock, int64_t now_ms, struct wait *wait)
{
	struct race_move move = {0};

	knock->start_ms = knock->start_ms ? knock->start_ms : now_ms;
	for (;;) {
		*wait = (struct wait){0};
		look(knock, now_ms, wait);
		race_decide(&knock->field, now_ms, &move);
		if (!move.has_start || is_late(knock, now_ms) ||
		    knock->under_way == KNOCKS_AT_ONCE) {
			break;
		}
		start(knock, move.start, now_ms);
	}
	if (move.stand != RACE_GOES_ON || (is_late(knock, now_ms) && knock->under_way == 0)) {
		return end(knock, &move);
	}
	if (move.look_ms > 0) {
		wait_until(wait, move.look_ms);
	}
	return STEP_WAIT;
}

void knock_release(struct knock *knock)
{
	for (size_t i = 0; i < knock->field.len; i++) {
		dial_release(&knock->dials[i]);
	}
	if (knock->fd >= 0) {
		(void)close(take_fd(&knock->fd));
	}
}
