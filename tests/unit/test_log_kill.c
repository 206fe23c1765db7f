/**
 * A run is killed before each of its system calls that change something, in turn: the log must be
 * sound after each, and the next run must go through.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "logs.h"

#ifdef __GLIBC__

#include "killed.h"

/** More changes than a run makes. */
#define CHANGES_MAX 500

/** What a killed run may leave: entries are there or not, so up to two. */
static int64_t size_of(const struct history *history)
{
	AUTO(auto_log_report) struct log_report report = {0};

	if (!file_exists(history->state)) {
		return 0;
	}
	report = history_verify(history);
	for (size_t i = 0; i < report.problems.len; i++) {
		print_error("%s\n", report.problems.at[i].text);
	}
	assert_int_equal(report.problems.len, 0);
	return report.size;
}

static int run_once(void *cookie)
{
	struct err err = {0};

	return history_run(cookie, &err);
}

/** Kill the run at each stop; `before` runs are in the log already. */
static int kill_everywhere(const char *prefix, int before)
{
	int killed = 0;

	for (int stop = 1; stop < CHANGES_MAX; stop++) {
		char name[64];
		int outcome = 0;

		(void)snprintf(name, sizeof(name), "%s-%d", prefix, stop);
		{
			AUTO(auto_history) struct history history = history_of(name, 1);
			struct err err = {0};

			history_runs(&history, before);
			outcome = run_until(&(struct killed_work){run_once, &history}, stop);
			if (outcome < 0) {
				return -1;
			}
			if (outcome > 0 || before > 0) {
				int64_t size = 0;

				/* Before the log has its owner's name it cannot be read yet. */
				if (file_exists(history_path(&history, "log.vkey"))) {
					size = size_of(&history);
				}
				assert_in_range(size, 2 * before, 2 * before + 2);
				assert_int_equal(history_run(&history, &err), 0);
				assert_int_equal(size_of(&history), size + 2);
			}
			assert_int_equal(
				nftw(history.state, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS),
				0);
		}
		if (outcome == 0) {
			print_message("killed at %d places\n", killed);
			return killed;
		}
		killed++;
	}
	fail_msg("a run makes more than %d changes", CHANGES_MAX);
	return 0;
}

static void a_first_run_killed_anywhere_leaves_a_sound_log(void **state)
{
	int killed = kill_everywhere("first", 0);

	(void)state;
	if (killed < 0) {
		print_message("tracing is not permitted here\n");
		skip();
	}
	assert_true(killed > 20);
}

static void a_later_run_killed_anywhere_leaves_a_sound_log(void **state)
{
	int killed = kill_everywhere("later", 1);

	(void)state;
	if (killed < 0) {
		print_message("tracing is not permitted here\n");
		skip();
	}
	assert_true(killed > 20);
}

#else

static void a_first_run_killed_anywhere_leaves_a_sound_log(void **state)
{
	(void)state;
	print_message("needs ptrace(2) as glibc has it\n");
	skip();
}

static void a_later_run_killed_anywhere_leaves_a_sound_log(void **state)
{
	(void)state;
	print_message("needs ptrace(2) as glibc has it\n");
	skip();
}

#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_first_run_killed_anywhere_leaves_a_sound_log),
		cmocka_unit_test(a_later_run_killed_anywhere_leaves_a_sound_log),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
