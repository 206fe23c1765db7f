#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "receipt/outputs.h"
#include "scratch.h"

/** A run of one gate, which was told these. */
struct told {
	struct run run;
	struct result result;
	struct heard heard[3];
};

static void tell(struct told *told, const char *text)
{
	struct heard *heard = &told->heard[told->result.heard.len++];

	*heard = (struct heard){
		.subject = "target:nas", .stream = "stdout", .len = strlen(text), .kept = text};
	sha256_hex(text, heard->len, heard->sha256);
	told->result.heard.at = told->heard;
	told->run.results = &told->result;
	told->run.result_count = 1;
}

static struct statement_output row_of(const struct heard *heard)
{
	return (struct statement_output){
		.sha256 = heard->sha256, .bytes = (int64_t)heard->len, .stream = heard->stream};
}

static void keep(const struct told *told)
{
	struct err err = {0};

	if (outputs_keep(scratch_dir, &told->run, &err)) {
		fail_msg("%s", err.text);
	}
}

static enum output_state state_of(const struct heard *heard)
{
	struct statement_output row = row_of(heard);

	return output_find(scratch_dir, &row, NULL);
}

static const char *path_of(const struct heard *heard)
{
	static char path[PATH_MAX + 80];

	(void)snprintf(path, sizeof(path), "%s/outputs/%s", scratch_dir, heard->sha256);
	return path;
}

static void overwrite(const struct heard *heard, const char *text)
{
	struct err err = {0};

	assert_int_equal(file_replace(path_of(heard), text_of(text), 0600, FILE_SYNC_NO, &err), 0);
}

static void what_is_kept_can_be_read_by_its_owner_alone(void **state)
{
	AUTO(auto_str) struct str bytes = {0};
	struct told told = {0};
	struct statement_output row = {0};
	struct stat info = {0};

	(void)state;
	tell(&told, "up 12 days\n");
	row = row_of(&told.heard[0]);
	assert_int_equal(state_of(&told.heard[0]), OUTPUT_ABSENT);
	keep(&told);
	assert_int_equal(output_find(scratch_dir, &row, &bytes), OUTPUT_KEPT);
	assert_string_equal(str_text(&bytes), "up 12 days\n");
	assert_int_equal(stat(path_of(&told.heard[0]), &info), 0);
	assert_int_equal(info.st_mode & 07777, 0600);
	row.bytes++;
	assert_int_equal(output_find(scratch_dir, &row, NULL), OUTPUT_CHANGED);
}

static void a_run_that_was_told_nothing_makes_no_folder(void **state)
{
	struct told told = {.run = {.results = &told.result, .result_count = 1}};
	char path[PATH_MAX + 80];
	struct err err = {0};

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/nowhere", scratch_dir);
	assert_int_equal(outputs_keep(path, &told.run, &err), 0);
	assert_false(file_exists(path));
}

static void what_was_changed_is_seen_and_mended_by_the_next_run(void **state)
{
	struct told told = {0};

	(void)state;
	tell(&told, "as it was");
	keep(&told);
	overwrite(&told.heard[0], "as it is now");
	assert_int_equal(state_of(&told.heard[0]), OUTPUT_CHANGED);
	keep(&told);
	assert_int_equal(state_of(&told.heard[0]), OUTPUT_KEPT);
	assert_int_equal(unlink(path_of(&told.heard[0])), 0);
	assert_int_equal(mkdir(path_of(&told.heard[0]), 0700), 0);
	assert_int_equal(state_of(&told.heard[0]), OUTPUT_CHANGED);
	assert_int_equal(rmdir(path_of(&told.heard[0])), 0);
}

static void what_is_too_long_is_not_kept_and_nothing_always_is(void **state)
{
	struct told told = {0};

	(void)state;
	tell(&told, "too long");
	told.heard[0].kept = NULL;
	tell(&told, "");
	keep(&told);
	assert_int_equal(state_of(&told.heard[0]), OUTPUT_ABSENT);
	assert_int_equal(state_of(&told.heard[1]), OUTPUT_KEPT);
	assert_false(file_exists(path_of(&told.heard[1])));
}

/** Used so many seconds after the epoch. */
static void used(const struct heard *heard, time_t seconds)
{
	const struct timespec times[2] = {{seconds, 0}, {seconds, 0}};

	assert_int_equal(utimensat(AT_FDCWD, path_of(heard), times, 0), 0);
}

static void the_oldest_go_and_nothing_else_is_touched(void **state)
{
	struct told told = {0};
	struct err err = {0};
	char stranger[PATH_MAX + 80];

	(void)state;
	tell(&told, "oldest....");
	tell(&told, "between...");
	tell(&told, "newest....");
	keep(&told);
	used(&told.heard[2], 3000);
	used(&told.heard[0], 1000);
	used(&told.heard[1], 2000);
	(void)snprintf(stranger, sizeof(stranger), "%s/outputs/README", scratch_dir);
	assert_int_equal(file_replace(stranger, text_of("mine"), 0600, FILE_SYNC_NO, &err), 0);
	assert_int_equal(outputs_trim(scratch_dir, 30, 3, &err), 0);
	assert_int_equal(state_of(&told.heard[0]), OUTPUT_KEPT);
	assert_int_equal(outputs_trim(scratch_dir, 29, 3, &err), 0);
	assert_int_equal(state_of(&told.heard[0]), OUTPUT_ABSENT);
	assert_int_equal(state_of(&told.heard[1]), OUTPUT_KEPT);
	assert_int_equal(outputs_trim(scratch_dir, 1000, 1, &err), 0);
	assert_int_equal(state_of(&told.heard[1]), OUTPUT_ABSENT);
	assert_int_equal(state_of(&told.heard[2]), OUTPUT_KEPT);
	assert_true(file_exists(stranger));
}

static void what_is_said_again_is_new_again(void **state)
{
	struct told told = {0};
	struct err err = {0};

	(void)state;
	tell(&told, "said again");
	tell(&told, "said once.");
	keep(&told);
	used(&told.heard[0], 1000);
	used(&told.heard[1], 2000);
	told.result.heard.len = 1;
	keep(&told);
	assert_int_equal(outputs_trim(scratch_dir, 1000, 1, &err), 0);
	assert_int_equal(state_of(&told.heard[0]), OUTPUT_KEPT);
	assert_int_equal(state_of(&told.heard[1]), OUTPUT_ABSENT);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_make, scratch_remove)
	const struct CMUnitTest tests[] = {
		TEST(what_is_kept_can_be_read_by_its_owner_alone),
		TEST(a_run_that_was_told_nothing_makes_no_folder),
		TEST(what_was_changed_is_seen_and_mended_by_the_next_run),
		TEST(what_is_too_long_is_not_kept_and_nothing_always_is),
		TEST(the_oldest_go_and_nothing_else_is_touched),
		TEST(what_is_said_again_is_new_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
