/**
 * For tests of logs: a log in the scratch folder, and runs appended to it.
 *
 * Include it after <cmocka.h>.
 */
#ifndef TESTS_UNIT_LOGS_H
#define TESTS_UNIT_LOGS_H

#include "receipt/log_private.h"
#include "receipts.h"
#include "scratch.h"
#include "tool.h"

/** One signer's log under a state folder of its own. */
struct history {
	struct arena arena;
	struct key *key;
	const char *state;
	const char *origin;
};

/** A history in the folder `name` of the scratch directory, by key number `first`. */
__attribute__((unused)) static struct history history_of(const char *name, unsigned char first)
{
	struct history history = {0};

	history.key = sample_key(first);
	history.state = arena_text(&history.arena, scratch_path(name));
	history.origin = sample_origin(&history.arena, history.key);
	return history;
}

__attribute__((unused)) static void auto_history(struct history *history)
{
	key_free(history->key);
	arena_release(&history->arena);
}

__attribute__((unused)) static int history_try(const struct history *history,
					       enum log_access access, struct log **out,
					       struct err *err)
{
	*err = (struct err){0};
	return log_open(history->state, history->origin, &history->key->public, access, out, err);
}

__attribute__((unused)) static struct log *history_open(const struct history *history,
							enum log_access access)
{
	struct log *log = NULL;
	struct err err = {0};

	if (history_try(history, access, &log, &err)) {
		scratch_fail(err.text);
	}
	return log;
}

/** The path of something in the log's folder; in the arena. */
__attribute__((unused)) static const char *history_path(struct history *history, const char *name)
{
	char folder[LOG_NAME_BYTES];

	origin_folder(history->origin, folder);
	return arena_printf(&history->arena, "%s/logs/%s/%s", history->state, folder, name);
}

__attribute__((unused)) static const char *history_pin(struct history *history)
{
	char folder[LOG_NAME_BYTES];

	origin_folder(history->origin, folder);
	return arena_printf(&history->arena, "%s/seen/%s", history->state, folder);
}

/** Append one signed statement; `make` says which, given its position. */
__attribute__((unused)) static int history_start(struct log *log, const struct key *key,
						 struct arena *arena, struct statement *start,
						 char leaf[SHA256_HEX_BYTES], struct err *err)
{
	AUTO(auto_str) struct str entry = {0};
	struct log_position position = {0};
	int failed = log_begin(log, &position, err);

	if (!failed) {
		*start = sample_start(arena, key, position.seq, arena_text(arena, position.prev));
		sample_sign(start, key, &entry);
		failed = log_append(log, str_view(&entry), leaf, err);
	}
	log_end(log);
	return failed;
}

__attribute__((unused)) static int history_receipt(struct log *log, const struct key *key,
						   struct arena *arena,
						   const struct statement *start, const char *leaf,
						   struct err *err)
{
	AUTO(auto_str) struct str entry = {0};
	struct log_position position = {0};
	struct statement receipt = {0};
	int failed = log_begin(log, &position, err);

	if (!failed) {
		receipt = sample_receipt(arena, key, start);
		receipt.identity.seq = position.seq;
		receipt.identity.prev = position.prev;
		receipt.identity.start_leaf = leaf;
		sample_sign(&receipt, key, &entry);
		failed = log_append(log, str_view(&entry), NULL, err);
	}
	log_end(log);
	return failed;
}

/** A whole run in an opened log: start, receipt, head. */
__attribute__((unused)) static int history_run_in(struct log *log, const struct key *key,
						  struct err *err)
{
	AUTO(auto_arena) struct arena arena = {0};
	char leaf[SHA256_HEX_BYTES];
	struct statement start = {0};

	return history_start(log, key, &arena, &start, leaf, err) ||
			       history_receipt(log, key, &arena, &start, leaf, err) ||
			       log_sync(log, SIGNING(key), err)
		       ? -1
		       : 0;
}

/** A whole run, as a process of its own would do it. 0 or -1. */
__attribute__((unused)) static int history_run(const struct history *history, struct err *err)
{
	AUTO(auto_log) struct log *log = NULL;

	if (history_try(history, LOG_WRITE, &log, err)) {
		return -1;
	}
	return history_run_in(log, history->key, err);
}

__attribute__((unused)) static void history_runs(const struct history *history, int count)
{
	for (int i = 0; i < count; i++) {
		struct err err = {0};

		if (history_run(history, &err)) {
			scratch_fail(err.text);
		}
	}
}

/** log_verify of an existing log, as closely as wanted. */
__attribute__((unused)) static struct log_report history_look(const struct history *history,
							      const struct log_look *look)
{
	AUTO(auto_log) struct log *log = history_open(history, LOG_READ);
	struct log_report report = {0};
	struct err err = {0};

	if (log_verify(log, look, &report, &err)) {
		scratch_fail(err.text);
	}
	return report;
}

__attribute__((unused)) static struct log_report history_verify(const struct history *history)
{
	return history_look(history, &(struct log_look){.is_full = true});
}

__attribute__((unused)) static bool report_has(const struct log_report *report, enum log_flaw flaw)
{
	for (size_t i = 0; i < report->problems.len; i++) {
		if (report->problems.at[i].flaw == flaw) {
			return true;
		}
	}
	return false;
}

/** Fail with the problems, unless there are none. */
__attribute__((unused)) static void assert_sound(const struct history *history, int64_t size)
{
	AUTO(auto_log_report) struct log_report report = history_verify(history);

	for (size_t i = 0; i < report.problems.len; i++) {
		print_error("%s: %s\n", log_flaw_word(report.problems.at[i].flaw),
			    report.problems.at[i].text);
	}
	assert_int_equal(report.problems.len, 0);
	if (size >= 0) {
		assert_int_equal(report.size, size);
	}
}

#endif
