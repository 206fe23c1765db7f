#include "net/race.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/** One candidate. */
struct runner {
	struct race *race;
	size_t index;
	struct ssh_login *login; /**< NULL unless under way */
	bool has_place;          /**< among the handshakes */
};

struct race {
	struct task task;
	struct race_spec spec;
	struct race_facts facts;
	struct race_field field;
	struct runner runners[RACE_MAX];
	void (*ended)(const struct race_facts *facts, void *cookie);
	void *cookie;
	int64_t start_ms; /**< 0: before the first step */
	bool is_decided;  /**< there is a winner, which authenticates */
	bool is_over;
	bool is_told; /**< it ended by itself, so `ended` is called */
};

static void give_place(struct runner *runner)
{
	if (runner->has_place) {
		handshakes_give(runner->race->spec.handshakes,
				&runner->race->spec.entries[runner->index].address,
				runner->race->spec.ssh.port);
		runner->has_place = false;
	}
}

static int64_t since_started(const struct race *race, size_t index)
{
	return loop_now_ms(race->task.loop) - race->field.at[index].started_ms;
}

/* ---- what candidates tell */

static void on_progress(enum ssh_progress progress, void *cookie)
{
	const struct runner *runner = cookie;
	struct race *race = runner->race;
	struct racer *racer = &race->field.at[runner->index];

	if (progress == SSH_HEARD) {
		racer->state = RACER_HEARD;
		return;
	}
	racer->state = RACER_VERIFIED;
	racer->verified_ms = loop_now_ms(race->task.loop);
	race->facts.attempts[runner->index].took_ms = since_started(race, runner->index);
	task_wake(&race->task);
}

/** Which news is the worst, where nobody won? */
static int weight(const struct ssh_facts *facts)
{
	if (facts->outcome == SSH_HOST_KEY_REVOKED) {
		return 3;
	}
	return facts->outcome == SSH_HOST_KEY_CHANGED ? 2 : 1;
}

/** Keep the facts of the entry that decides; among equals the first one in order. */
static void keep_facts(struct race *race, size_t index, const struct ssh_facts *facts)
{
	int old = race->facts.decided < race->spec.len ? weight(&race->facts.ssh) : 0;
	int new = weight(facts);

	if (race->is_decided || new > old || (new == old &&index < race->facts.decided)) {
		race->facts.ssh = *facts;
		race->facts.decided = index;
	}
}

static void on_ended(const struct ssh_facts *facts, void *cookie)
{
	struct runner *runner = cookie;
	struct race *race = runner->race;
	struct race_attempt *attempt = &race->facts.attempts[runner->index];
	struct racer *racer = &race->field.at[runner->index];

	runner->login = NULL;
	give_place(runner);
	keep_facts(race, runner->index, facts);
	attempt->outcome = facts->outcome;
	attempt->is_connected = facts->connect_ms >= 0;
	if (race->is_decided) {
		race->is_over = true;
	} else {
		attempt->end = ATTEMPT_FAILED;
		attempt->took_ms = since_started(race, runner->index);
		racer->state =
			facts->outcome == SSH_HOST_KEY_REVOKED ? RACER_REVOKED : RACER_FAILED;
	}
	if (facts->outcome == SSH_HOST_KEY_CHANGED && !racer->is_fallback) {
		(void)snprintf(race->facts.stranger, sizeof(race->facts.stranger), "%s",
			       facts->host_key_fingerprint);
	}
	task_wake(&race->task);
}

/* ---- the moves */

/** Start a racer, unless its machine has no place for it now. @return whether it was started */
static bool start(struct race *race, size_t index)
{
	struct runner *runner = &race->runners[index];
	const struct race_entry *entry = &race->spec.entries[index];
	struct ssh_spec spec = race->spec.ssh;

	if (!handshakes_take(race->spec.handshakes, &entry->address, spec.port, &race->task)) {
		race->field.at[index].state = RACER_QUEUED;
		return false;
	}
	runner->has_place = true;
	spec.address = entry->address;
	spec.progress = on_progress;
	race->field.at[index].state = RACER_RUNNING;
	race->field.at[index].started_ms = loop_now_ms(race->task.loop);
	race->facts.attempts[index].started_ms = loop_now_ms(race->task.loop) - race->start_ms;
	runner->login = ssh_login_start(race->task.loop, &spec, on_ended, runner);
	return true;
}

static void drop(struct race *race, struct runner *runner)
{
	struct race_attempt *attempt = &race->facts.attempts[runner->index];

	if (runner->login) {
		attempt->end = ATTEMPT_DROPPED;
		attempt->is_connected = ssh_login_facts(runner->login)->connect_ms >= 0;
		attempt->took_ms = since_started(race, runner->index);
		ssh_login_cancel(runner->login);
		runner->login = NULL;
	}
	give_place(runner);
}

static void drop_all_but(struct race *race, size_t winner)
{
	for (size_t i = 0; i < race->spec.len; i++) {
		if (i != winner) {
			drop(race, &race->runners[i]);
		}
	}
}

static void choose(struct race *race, size_t winner)
{
	race->is_decided = true;
	race->facts.is_won = true;
	race->facts.attempts[winner].end = ATTEMPT_WON;
	drop_all_but(race, winner);
	ssh_login_authenticate(race->runners[winner].login);
}

/** The deadline came: nobody who waits is started any more. */
static void give_up_waiting(struct race *race)
{
	const struct ssh_facts facts = {
		.outcome = SSH_NOT_TRIED, .connect_ms = -1, .verified_ms = -1};

	for (size_t i = 0; i < race->spec.len; i++) {
		struct racer *racer = &race->field.at[i];

		if (racer->state == RACER_WAITING || racer->state == RACER_QUEUED) {
			racer->state = RACER_FAILED;
			keep_facts(race, i, &facts);
		}
	}
}

static enum step race_step(struct task *task, struct wait *wait)
{
	struct race *race = (struct race *)task;
	int64_t now_ms = loop_now_ms(task->loop);
	struct race_move move = {0};

	race->start_ms = race->start_ms ? race->start_ms : now_ms;
	if (race->spec.ssh.deadline_ms > 0 && now_ms >= race->spec.ssh.deadline_ms) {
		give_up_waiting(race);
	}
	if (!race->is_decided && !race->is_over) {
		do {
			race_decide(&race->field, now_ms, &move);
		} while (move.has_start && start(race, move.start));
		if (move.stand == RACE_WON) {
			choose(race, move.winner);
		}
		race->is_over = move.stand == RACE_LOST || move.stand == RACE_STOPPED;
	}
	if (race->is_over) {
		race->is_told = true;
		return STEP_DONE;
	}
	if (move.look_ms > 0) {
		wait_until(wait, move.look_ms);
	}
	if (race->spec.ssh.deadline_ms > now_ms) {
		wait_until(wait, race->spec.ssh.deadline_ms);
	}
	return STEP_WAIT;
}

static void race_release(struct task *task)
{
	struct race *race = (struct race *)task;

	handshakes_forget(race->spec.handshakes, task);
	drop_all_but(race, race->spec.len);
}

static void race_ended(struct task *task, void *cookie)
{
	struct race *race = (struct race *)task;

	(void)cookie;
	if (race->is_told) { /* not when it was cancelled */
		race->ended(&race->facts, race->cookie);
	}
	free(race);
}

static const struct task_ops race_ops = {"race", race_step, race_release};

struct race *race_start(struct loop *loop, const struct race_spec *spec,
			void (*ended)(const struct race_facts *facts, void *cookie), void *cookie)
{
	struct race *race = mem_alloc(sizeof(*race));

	assert(spec->len > 0 && spec->len <= RACE_MAX);
	race->task.ops = &race_ops;
	race->task.ended = race_ended;
	race->spec = *spec;
	race->ended = ended;
	race->cookie = cookie;
	race->facts.decided = spec->len;
	race->facts.len = spec->len;
	race->field.len = spec->len;
	race->field.stagger_ms = spec->stagger_ms;
	race->field.grace_ms = spec->grace_ms;
	for (size_t i = 0; i < spec->len; i++) {
		race->field.at[i].is_fallback = spec->entries[i].is_fallback;
		race->runners[i] = (struct runner){.race = race, .index = i};
	}
	task_start(loop, &race->task);
	return race;
}

unsigned race_progress(const struct race *race)
{
	unsigned progress = race->is_decided;

	for (size_t i = 0; i < race->spec.len; i++) {
		const struct ssh_login *login = race->runners[i].login;

		progress = 31 * progress + (unsigned)race->field.at[i].state;
		progress = 31 * progress + (login ? ssh_login_progress(login) : 0);
	}
	return progress;
}

void race_cancel(struct race *race)
{
	task_cancel(&race->task);
}
