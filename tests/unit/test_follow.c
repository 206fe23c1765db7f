/**
 * A witness follows a log. It is killed before each of its system calls that change something, in
 * turn: it must never have said what it does not remember.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "logs.h"
#include "receipt/follow.h"

/** A log, and a witness that may look at it. */
struct watch {
	struct history history;
	const char *state; /**< of the witness */
	const char *line;  /**< file with what it said last */
};

static struct watch watch_of(const char *name)
{
	struct watch watch = {.history = history_of(name, 1)};

	watch.state = arena_printf(&watch.history.arena, "%s/witness-state", watch.history.state);
	watch.line = arena_printf(&watch.history.arena, "%s/line", watch.history.state);
	return watch;
}

static void auto_watch(struct watch *watch)
{
	auto_history(&watch->history);
}

/** Look at the log, and cosign what is remembered then. */
static enum followed look(const struct watch *watch, struct follow *out, struct str *line)
{
	AUTO(auto_log) struct log *log = NULL;
	AUTO(auto_key) struct key *key = sample_key(2);
	struct follow_source source = {0};
	enum followed found = FOLLOWED_UNKNOWN;
	char folder[LOG_NAME_BYTES];
	AUTO(auto_str) struct str path = {0};
	struct err err = {0};

	origin_folder(watch->history.origin, folder);
	str_printf(&path, "%s/logs/%s", watch->history.state, folder);
	assert_int_equal(log_open_folder(str_text(&path), &log, &err), 0);
	source.log = log;
	memcpy(source.origin, log_origin(log, &source.key), sizeof(source.origin));
	found = follow_log(watch->state, &source, out);
	if (line && (found == FOLLOWED_NEW || found == FOLLOWED_SAME)) {
		assert_int_equal(follow_cosign(out, &source, "w.example", SIGNING(key), line, &err),
				 0);
	}
	return found;
}

static void assert_found(const struct watch *watch, enum followed wanted, uint64_t size,
			 const char *word)
{
	AUTO(auto_follow) struct follow follow = {0};
	enum followed found = look(watch, &follow, NULL);

	if (found != wanted || !strstr(follow.why, word)) {
		fail_msg("%d: %s", (int)found, follow.why);
	}
	assert_int_equal(follow.head.size, size);
}

static void a_log_is_followed_while_it_grows(void **state)
{
	AUTO(auto_watch) struct watch watch = watch_of("grows");

	(void)state;
	history_runs(&watch.history, 1);
	assert_found(&watch, FOLLOWED_NEW, 2, "");
	assert_found(&watch, FOLLOWED_SAME, 2, "");
	history_runs(&watch.history, 2);
	assert_found(&watch, FOLLOWED_NEW, 6, "");
}

static void a_log_without_a_head_is_not_followed(void **state)
{
	AUTO(auto_watch) struct watch watch = watch_of("headless");
	AUTO(auto_log) struct log *log = history_open(&watch.history, LOG_WRITE);
	AUTO(auto_arena) struct arena arena = {0};
	struct statement start = {0};
	char leaf[SHA256_HEX_BYTES];
	struct err err = {0};

	(void)state;
	assert_int_equal(history_start(log, watch.history.key, &arena, &start, leaf, &err), 0);
	assert_found(&watch, FOLLOWED_UNKNOWN, 0, "no head of the log was signed");
}

static void what_is_remembered_is_not_replaced_by_less(void **state)
{
	AUTO(auto_watch) struct watch watch = watch_of("less");

	(void)state;
	history_runs(&watch.history, 2);
	assert_found(&watch, FOLLOWED_NEW, 4, "");
	assert_int_equal(unlink(history_path(&watch.history, "checkpoints/00000004")), 0);
	assert_int_equal(unlink(history_path(&watch.history, "entries/00000003.json")), 0);
	assert_int_equal(unlink(history_path(&watch.history, "entries/00000002.json")), 0);
	assert_found(&watch, FOLLOWED_BAD, 0, "covers 2 entries, and this witness saw one of 4");
	assert_found(&watch, FOLLOWED_BAD, 0, "covers 2 entries, and this witness saw one of 4");
	assert_int_equal(unlink(history_path(&watch.history, "checkpoints/00000002")), 0);
	assert_found(&watch, FOLLOWED_BAD, 0, "no signed head, and this witness saw one of 4");
}

static void the_key_of_the_log_cannot_cosign(void **state)
{
	AUTO(auto_watch) struct watch watch = watch_of("own");
	AUTO(auto_follow) struct follow follow = {0};
	AUTO(auto_str) struct str line = {0};
	struct follow_source source = {.key = watch.history.key->public};
	struct err err = {0};

	(void)state;
	history_runs(&watch.history, 1);
	assert_int_equal(look(&watch, &follow, NULL), FOLLOWED_NEW);
	assert_int_equal(follow_cosign(&follow, &source, "w.example", SIGNING(watch.history.key),
				       &line, &err),
			 -1);
	assert_non_null(strstr(err.text, "its own witness"));
	assert_int_equal(line.len, 0);
}

static void what_cannot_be_read_is_not_forgotten(void **state)
{
	AUTO(auto_watch) struct watch watch = watch_of("unread");
	AUTO(auto_str) struct str path = {0};
	char folder[LOG_NAME_BYTES];
	struct err err = {0};

	(void)state;
	history_runs(&watch.history, 1);
	assert_found(&watch, FOLLOWED_NEW, 2, "");
	origin_folder(watch.history.origin, folder);
	str_printf(&path, "%s/witness/%s/head", watch.state, folder);
	assert_int_equal(file_replace(str_text(&path), text_of(""), 0600, FILE_SYNC_NO, &err), 0);
	assert_found(&watch, FOLLOWED_UNKNOWN, 0, "what this witness remembers");
}

#ifdef __GLIBC__

#include "killed.h"

/** More changes than a witness makes. */
#define CHANGES_MAX 300

static int look_and_say(void *cookie)
{
	const struct watch *watch = cookie;
	AUTO(auto_follow) struct follow follow = {0};
	AUTO(auto_str) struct str line = {0};
	struct err err = {0};

	return look(watch, &follow, &line) == FOLLOWED_NEW
		       ? file_replace(watch->line, str_view(&line), 0644, FILE_SYNC_NO, &err)
		       : -1;
}

/** What was said must be remembered, and the witness must go on. */
static void check_after(const struct watch *watch)
{
	bool has_said = file_exists(watch->line);
	AUTO(auto_follow) struct follow follow = {0};
	enum followed found = look(watch, &follow, NULL);

	assert_true(found == FOLLOWED_SAME || found == FOLLOWED_NEW);
	assert_int_equal(follow.head.size, 4);
	if (has_said) {
		assert_int_equal(found, FOLLOWED_SAME);
	}
}

static void a_witness_killed_anywhere_remembers_what_it_said(void **state)
{
	int outcome = 1;
	int stop = 0;

	(void)state;
	for (stop = 1; stop < CHANGES_MAX && outcome > 0; stop++) {
		char name[64];

		(void)snprintf(name, sizeof(name), "killed-%d", stop);
		{
			AUTO(auto_watch) struct watch watch = watch_of(name);

			history_runs(&watch.history, 1);
			assert_found(&watch, FOLLOWED_NEW, 2, "");
			history_runs(&watch.history, 1);
			outcome = run_until(&(struct killed_work){look_and_say, &watch}, stop);
			if (outcome >= 0) {
				check_after(&watch);
			}
		}
	}
	if (outcome < 0) {
		print_message("tracing is not permitted here\n");
		skip();
	}
	print_message("killed at %d places\n", stop - 2);
	assert_in_range(stop, 8, CHANGES_MAX - 1);
}

#else

static void a_witness_killed_anywhere_remembers_what_it_said(void **state)
{
	(void)state;
	skip();
}

#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_log_is_followed_while_it_grows),
		cmocka_unit_test(a_log_without_a_head_is_not_followed),
		cmocka_unit_test(what_is_remembered_is_not_replaced_by_less),
		cmocka_unit_test(the_key_of_the_log_cannot_cosign),
		cmocka_unit_test(what_cannot_be_read_is_not_forgotten),
		cmocka_unit_test(a_witness_killed_anywhere_remembers_what_it_said),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
