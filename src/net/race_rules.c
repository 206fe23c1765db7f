#include "net/race_rules.h"

static bool is_over(const struct racer *racer)
{
	return racer->state == RACER_FAILED || racer->state == RACER_REVOKED;
}

/** The verified racer that came first, home addresses before fallbacks; `len` if there is none. */
static size_t best_verified(const struct race_field *field)
{
	size_t best = field->len;

	for (size_t i = 0; i < field->len; i++) {
		const struct racer *racer = &field->at[i];
		const struct racer *other = best < field->len ? &field->at[best] : NULL;

		if (racer->state != RACER_VERIFIED) {
			continue;
		}
		if (!other || (other->is_fallback && !racer->is_fallback) ||
		    (other->is_fallback == racer->is_fallback &&
		     racer->verified_ms < other->verified_ms)) {
			best = i;
		}
	}
	return best;
}

static bool is_home_heard(const struct race_field *field)
{
	for (size_t i = 0; i < field->len; i++) {
		if (field->at[i].state == RACER_HEARD && !field->at[i].is_fallback) {
			return true;
		}
	}
	return false;
}

/** Somebody is verified: is that the winner, or has home some time left? */
static void decide_winner(const struct race_field *field, size_t best, int64_t now_ms,
			  struct race_move *move)
{
	int64_t grace_ms =
		field->at[best].verified_ms + (field->grace_ms ? field->grace_ms : RACE_GRACE_MS);

	if (field->at[best].is_fallback && is_home_heard(field) && now_ms < grace_ms) {
		move->look_ms = grace_ms;
		return;
	}
	move->stand = RACE_WON;
	move->winner = best;
}

/** Nobody is verified: who starts next, and when? */
static void decide_start(const struct race_field *field, int64_t now_ms, struct race_move *move)
{
	int64_t stagger_ms = field->stagger_ms ? field->stagger_ms : RACE_STAGGER_MS;
	int64_t due_ms = now_ms;
	size_t next = 0;

	while (next < field->len && field->at[next].state != RACER_WAITING &&
	       field->at[next].state != RACER_QUEUED) {
		if (!is_over(&field->at[next])) {
			due_ms = field->at[next].started_ms + stagger_ms;
		}
		next++;
	}
	if (next == field->len) {
		return;
	}
	move->has_start = now_ms >= due_ms;
	move->start = next;
	move->look_ms = move->has_start ? 0 : due_ms;
}

void race_decide(const struct race_field *field, int64_t now_ms, struct race_move *move)
{
	size_t best = best_verified(field);
	size_t over = 0;

	*move = (struct race_move){.stand = RACE_GOES_ON};
	for (size_t i = 0; i < field->len; i++) {
		if (field->at[i].state == RACER_REVOKED) {
			move->stand = RACE_STOPPED;
			return;
		}
		over += is_over(&field->at[i]);
	}
	if (over == field->len) {
		move->stand = RACE_LOST;
	} else if (best < field->len) {
		decide_winner(field, best, now_ms, move);
	} else {
		decide_start(field, now_ms, move);
	}
}
