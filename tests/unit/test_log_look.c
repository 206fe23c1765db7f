/**
 * Looking at a log closely: on one thread or on many, and at its times.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "logs.h"

static void flip_byte(const char *path, size_t at)
{
	AUTO(auto_str) struct str bytes = {0};
	struct err err = {0};

	assert_int_equal(file_read(path, ENVELOPE_BYTES, &bytes, &err), 0);
	bytes.at[at] ^= 1;
	assert_int_equal(file_replace(path, str_view(&bytes), 0600, FILE_SYNC_NO, &err), 0);
}

static void an_entry_from_before_the_last_one_is_not_appended(void **state)
{
	static const struct {
		const char *started_at;
		int refused;
	} cases[] = {
		{"2026-03-01T21:43:13.135Z", 0}, /* five minutes before the end of the run before */
		{"2026-03-01T21:43:13.134Z", -1},
		{"1970-01-01T00:00:00.000Z", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "clock-%zu", i);
		{
			AUTO(auto_history) struct history history = history_of(name, 1);
			AUTO(auto_log) struct log *log = NULL;
			AUTO(auto_str) struct str entry = {0};
			struct log_position position = {0};
			struct statement start = {0};
			char run_key[RUN_KEY_BYTES];
			struct err err = {0};

			history_runs(&history, 1);
			log = history_open(&history, LOG_WRITE);
			assert_int_equal(log_begin(log, &position, &err), 0);
			start = sample_start(&history.arena, history.key, position.seq,
					     position.prev);
			start.time.started_at = cases[i].started_at;
			statement_name(&start, run_key);
			start.identity.run_key = run_key;
			sample_sign(&start, history.key, &entry);
			assert_int_equal(log_append(log, str_view(&entry), NULL, &err),
					 cases[i].refused);
			log_end(log);
			assert_int_equal(log_flaw(log),
					 cases[i].refused ? LOG_TIME_BACKWARDS : LOG_SOUND);
			assert_true(!cases[i].refused || strstr(err.text, "behind the last entry"));
			assert_sound(&history, cases[i].refused ? 2 : 3);
		}
	}
}

static void count_progress(size_t done, size_t planned, void *cookie)
{
	size_t *last = cookie;

	assert_true(done > *last && done <= planned);
	*last = done;
}

static void many_threads_see_what_one_sees(void **state)
{
	AUTO(auto_history) struct history history = history_of("threads", 1);
	AUTO(auto_log_report) struct log_report one = {0};
	AUTO(auto_log_report) struct log_report many = {0};
	AUTO(auto_log_report) struct log_report hashes = {0};
	size_t done = 0;

	(void)state;
	history_runs(&history, 100);
	flip_byte(history_path(&history, "entries/00000070.json"), 100);
	flip_byte(history_path(&history, "entries/00000140.json"), 100);
	flip_byte(history_path(&history, "checkpoints/00000100"), 3);
	one = history_verify(&history);
	many = history_look(&history, &(struct log_look){.is_full = true,
							 .uses_pool = true,
							 .progress = count_progress,
							 .cookie = &done});
	assert_int_equal(done, 300);
	assert_true(one.problems.len > 3);
	assert_int_equal(one.problems.len, many.problems.len);
	for (size_t i = 0; i < one.problems.len; i++) {
		assert_string_equal(one.problems.at[i].text, many.problems.at[i].text);
	}
	assert_int_equal(many.runs, 98); /* two of the starts were changed */
	assert_int_equal(one.runs, 98);
	hashes = history_look(&history, &(struct log_look){0});
	assert_int_equal(hashes.problems.len, many.problems.len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_from_before_the_last_one_is_not_appended),
		cmocka_unit_test(many_threads_see_what_one_sees),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
