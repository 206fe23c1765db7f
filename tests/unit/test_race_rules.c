#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/race_rules.h"

/** When the race of these tests begins; not 0, so that a forgotten time shows. */
#define START 5000

/** Something that becomes known. Times are after the start. */
struct event {
	int64_t at_ms;
	size_t racer;
	enum racer_state state;
};

/** A course of events, and how the race must go. */
struct course {
	const char *name;
	size_t home; /**< home addresses, then fallbacks */
	size_t fallback;
	struct event events[6];
	int64_t started[3]; /**< when each racer is started; -1: never */
	enum race_stand stand;
	size_t winner;
	int64_t end_ms;
};

#define NEVER (-1)

/* The cases of ssh.md, section 7, in its order, then the ones between. */
static const struct course courses[] = {
	{"the LAN answers",
	 1,
	 1,
	 {{5, 0, RACER_HEARD}, {18, 0, RACER_VERIFIED}},
	 {0, NEVER},
	 RACE_WON,
	 0,
	 18},
	{"the LAN address is dead",
	 1,
	 1,
	 {{203, 1, RACER_HEARD}, {220, 1, RACER_VERIFIED}},
	 {0, 200},
	 RACE_WON,
	 1,
	 220},
	{"no route to the LAN",
	 1,
	 1,
	 {{0, 0, RACER_FAILED}, {28, 1, RACER_VERIFIED}},
	 {0, 0},
	 RACE_WON,
	 1,
	 28},
	{"the LAN port is closed",
	 1,
	 1,
	 {{1, 0, RACER_FAILED}, {21, 1, RACER_VERIFIED}},
	 {0, 1},
	 RACE_WON,
	 1,
	 21},
	{"a stranger has the LAN address",
	 1,
	 1,
	 {{5, 0, RACER_HEARD}, {20, 0, RACER_FAILED}, {38, 1, RACER_VERIFIED}},
	 {0, 20},
	 RACE_WON,
	 1,
	 38},
	{"the LAN accepts and is silent",
	 1,
	 1,
	 {{220, 1, RACER_VERIFIED}},
	 {0, 200},
	 RACE_WON,
	 1,
	 220},
	{"strangers at both addresses",
	 1,
	 1,
	 {{20, 0, RACER_FAILED}, {58, 1, RACER_FAILED}},
	 {0, 20},
	 RACE_LOST,
	 0,
	 58},
	{"a slow LAN that said SSH wins in its grace",
	 1,
	 1,
	 {{210, 0, RACER_HEARD}, {220, 1, RACER_VERIFIED}, {295, 0, RACER_VERIFIED}},
	 {0, 200},
	 RACE_WON,
	 0,
	 295},
	{"the grace ends",
	 1,
	 1,
	 {{210, 0, RACER_HEARD}, {220, 1, RACER_VERIFIED}, {301, 0, RACER_VERIFIED}},
	 {0, 200},
	 RACE_WON,
	 1,
	 300},
	{"a stranger is found out in its grace",
	 1,
	 1,
	 {{210, 0, RACER_HEARD}, {220, 1, RACER_VERIFIED}, {250, 0, RACER_FAILED}},
	 {0, 200},
	 RACE_WON,
	 1,
	 250},
	{"a LAN that says SSH only after the tailnet is verified is too late",
	 1,
	 1,
	 {{220, 1, RACER_VERIFIED}, {221, 0, RACER_HEARD}},
	 {0, 200},
	 RACE_WON,
	 1,
	 220},
	{"the LAN wins although the tailnet has begun",
	 1,
	 1,
	 {{230, 0, RACER_VERIFIED}, {240, 1, RACER_VERIFIED}},
	 {0, 200},
	 RACE_WON,
	 0,
	 230},
	{"the LAN fails while the tailnet runs",
	 1,
	 1,
	 {{250, 0, RACER_FAILED}, {260, 1, RACER_VERIFIED}},
	 {0, 200},
	 RACE_WON,
	 1,
	 260},
	{"the tailnet fails first",
	 1,
	 1,
	 {{205, 1, RACER_FAILED}, {900, 0, RACER_VERIFIED}},
	 {0, 200},
	 RACE_WON,
	 0,
	 900},
	{"a revoked key on the LAN stops everything",
	 1,
	 1,
	 {{20, 0, RACER_REVOKED}, {30, 1, RACER_VERIFIED}},
	 {0, NEVER},
	 RACE_STOPPED,
	 0,
	 20},
	{"a revoked key on the LAN counts in the grace too",
	 1,
	 1,
	 {{210, 0, RACER_HEARD}, {220, 1, RACER_VERIFIED}, {240, 0, RACER_REVOKED}},
	 {0, 200},
	 RACE_STOPPED,
	 0,
	 240},
	{"a revoked key on the tailnet stops everything",
	 1,
	 1,
	 {{210, 1, RACER_REVOKED}, {300, 0, RACER_VERIFIED}},
	 {0, 200},
	 RACE_STOPPED,
	 0,
	 210},
	{"the tailnet alone", 0, 1, {{20, 0, RACER_VERIFIED}}, {0}, RACE_WON, 0, 20},
	{"the LAN alone fails", 1, 0, {{20, 0, RACER_FAILED}}, {0}, RACE_LOST, 0, 20},
	{"two addresses of a name, then the tailnet",
	 2,
	 1,
	 {{410, 2, RACER_VERIFIED}},
	 {0, 200, 400},
	 RACE_WON,
	 2,
	 410},
	{"the second address of a name",
	 2,
	 1,
	 {{3, 0, RACER_FAILED}, {20, 1, RACER_VERIFIED}},
	 {0, 3, NEVER},
	 RACE_WON,
	 1,
	 20},
	{"of two home addresses the first that is verified",
	 2,
	 0,
	 {{210, 0, RACER_HEARD}, {220, 1, RACER_VERIFIED}, {221, 0, RACER_VERIFIED}},
	 {0, 200},
	 RACE_WON,
	 1,
	 220},
	{"the second fails, the first goes on: the third is due all the same",
	 2,
	 1,
	 {{210, 1, RACER_FAILED}, {230, 2, RACER_VERIFIED}},
	 {0, 200, 210},
	 RACE_WON,
	 2,
	 230},
};

/** Take one time step: what the rules want is done. @return does it go on? */
static bool follow(struct race_field *field, int64_t now_ms, int64_t *started,
		   struct race_move *move)
{
	race_decide(field, now_ms, move);
	while (move->has_start) {
		field->at[move->start].state = RACER_RUNNING;
		field->at[move->start].started_ms = now_ms;
		started[move->start] = now_ms - START;
		race_decide(field, now_ms, move);
	}
	return move->stand == RACE_GOES_ON;
}

static void run_course(const struct course *course)
{
	struct race_field field = {.len = course->home + course->fallback};
	struct race_move move = {0};
	int64_t started[RACE_MAX] = {NEVER, NEVER, NEVER, NEVER, NEVER};
	int64_t now_ms = START;
	size_t next = 0;

	for (size_t i = course->home; i < field.len; i++) {
		field.at[i].is_fallback = true;
	}
	while (follow(&field, now_ms, started, &move)) {
		const struct event *event = &course->events[next];
		bool has_event = next < 6 && event->state != RACER_WAITING;

		if (move.look_ms > 0 && (!has_event || move.look_ms < event->at_ms + START)) {
			assert_true(move.look_ms > now_ms);
			now_ms = move.look_ms;
			continue;
		}
		assert_true(has_event);
		now_ms = event->at_ms + START;
		field.at[event->racer].state = event->state;
		field.at[event->racer].verified_ms = now_ms;
		next++;
	}
	if (move.stand != course->stand || now_ms - START != course->end_ms) {
		fail_msg("%s: ends as %d after %lld ms", course->name, (int)move.stand,
			 (long long)(now_ms - START));
	}
	if (move.stand == RACE_WON && move.winner != course->winner) {
		fail_msg("%s: won by %zu", course->name, move.winner);
	}
	for (size_t i = 0; i < field.len; i++) {
		if (started[i] != course->started[i]) {
			fail_msg("%s: %zu starts at %lld", course->name, i, (long long)started[i]);
		}
	}
}

static void every_course_ends_as_the_table_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(courses) / sizeof(courses[0]); i++) {
		run_course(&courses[i]);
	}
}

static void nobody_is_passed_while_he_waits_for_a_place(void **state)
{
	struct race_field field = {.len = 2,
				   .at = {{.state = RACER_QUEUED}, {.is_fallback = true}}};
	struct race_move move = {0};

	(void)state;
	race_decide(&field, START + 5000, &move);
	assert_true(move.has_start);
	assert_int_equal(move.start, 0);
	/* The stagger counts from when it really began. */
	field.at[0].state = RACER_RUNNING;
	field.at[0].started_ms = START + 5000;
	race_decide(&field, START + 5001, &move);
	assert_false(move.has_start);
	assert_int_equal(move.look_ms, START + 5200);
}

static void nothing_is_due_when_all_have_started(void **state)
{
	struct race_field field = {.len = 1, .at = {{.state = RACER_RUNNING, .started_ms = START}}};
	struct race_move move = {0};

	(void)state;
	race_decide(&field, START + 9000, &move);
	assert_int_equal(move.stand, RACE_GOES_ON);
	assert_false(move.has_start);
	assert_int_equal(move.look_ms, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_course_ends_as_the_table_says),
		cmocka_unit_test(nobody_is_passed_while_he_waits_for_a_place),
		cmocka_unit_test(nothing_is_due_when_all_have_started),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
