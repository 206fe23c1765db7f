#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "scratch.h"

/** How often the file is replaced while somebody reads it. */
#define ROUNDS 300

/** Size of each version of it: more than one read(2) takes. */
#define VERSION_BYTES 100000

static size_t entries_in(const char *name)
{
	AUTO(auto_closedir) DIR *directory = opendir(scratch_path(name));
	size_t count = 0;

	assert_non_null(directory);
	while (readdir(directory)) {
		count++;
	}
	return count - 2;
}

static void assert_content(const char *name, const char *expected)
{
	AUTO(auto_str) struct str found = scratch_read(name);

	assert_string_equal(str_text(&found), expected);
}

static mode_t mode_of(const char *name)
{
	struct stat info = {0};

	assert_int_equal(stat(scratch_path(name), &info), 0);
	return info.st_mode & 07777;
}

/** Reading gives this code and leaves `out` as it was. */
static void assert_unreadable(const char *name, size_t max, enum err_code code)
{
	AUTO(auto_str) struct str out = {0};
	struct err err = {0};

	str_add(&out, "before");
	assert_int_equal(file_read(scratch_path(name), max, &out, &err), -1);
	assert_int_equal(err.code, code);
	assert_string_equal(str_text(&out), "before");
	assert_int_equal(out.len, 6);
}

static void a_whole_file_is_read_behind_what_was_there(void **state)
{
	AUTO(auto_str) struct str out = {0};
	struct err err = {0};

	(void)state;
	scratch_write_bytes("read/nul", "a\0b", 3);
	str_add(&out, "x");
	assert_int_equal(file_read(scratch_path("read/nul"), 3, &out, &err), 0);
	assert_int_equal(out.len, 4);
	assert_memory_equal(out.at, "xa\0b", 5);
	scratch_write("read/empty", "");
	assert_int_equal(file_read(scratch_path("read/empty"), 0, &out, &err), 0);
	assert_int_equal(out.len, 4);
}

static void reading_has_a_ceiling(void **state)
{
	AUTO(auto_free) char *large = mem_alloc(VERSION_BYTES);
	AUTO(auto_str) struct str out = {0};
	struct err err = {0};

	(void)state;
	scratch_write_bytes("read/large", large, VERSION_BYTES);
	assert_int_equal(file_read(scratch_path("read/large"), VERSION_BYTES, &out, &err), 0);
	assert_int_equal(out.len, VERSION_BYTES);
	assert_unreadable("read/large", VERSION_BYTES - 1, ERR_LIMIT);
	assert_unreadable("read/large", 10, ERR_LIMIT);
}

static void only_regular_files_are_read(void **state)
{
	(void)state;
	assert_int_equal(mkdir(scratch_path("odd"), 0755), 0);
	assert_unreadable("odd", 10, ERR_INPUT);
	/* Nobody writes to it: opening it to read would block. */
	assert_int_equal(mkfifo(scratch_path("odd/fifo"), 0644), 0);
	assert_unreadable("odd/fifo", 10, ERR_INPUT);
	assert_unreadable("odd/absent", 10, ERR_ABSENT);
	scratch_write("odd/file", "x");
	assert_unreadable("odd/file/below", 10, ERR_ABSENT);
	assert_int_equal(symlink("nowhere", scratch_path("odd/broken")), 0);
	assert_unreadable("odd/broken", 10, ERR_ABSENT);
	assert_int_equal(symlink("/dev/zero", scratch_path("odd/device")), 0);
	assert_unreadable("odd/device", 10, ERR_INPUT);
	assert_int_equal(symlink("file", scratch_path("odd/link")), 0);
	assert_content("odd/link", "x");
}

static void the_message_says_what_is_there_instead(void **state)
{
	AUTO(auto_str) struct str out = {0};
	struct err err = {0};

	(void)state;
	assert_int_equal(file_read("/", 10, &out, &err), -1);
	assert_string_equal(err.text, "'/' is a directory, not a file");
	assert_string_equal(file_sort(S_IFIFO), "a FIFO");
	assert_string_equal(file_sort(S_IFSOCK), "a socket");
	assert_string_equal(file_sort(S_IFLNK), "a symbolic link");
	assert_string_equal(file_sort(S_IFCHR), "a device");
}

static void replacing_makes_or_replaces_and_leaves_nothing_behind(void **state)
{
	struct err err = {0};

	(void)state;
	assert_int_equal(mkdir(scratch_path("replace"), 0755), 0);
	assert_int_equal(
		file_replace(scratch_path("replace/a"), text_of("one"), 0600, FILE_SYNC_NO, &err),
		0);
	assert_content("replace/a", "one");
	assert_int_equal(mode_of("replace/a"), 0600);
	assert_int_equal(
		file_replace(scratch_path("replace/a"), text_of("two"), 0644, FILE_SYNC_YES, &err),
		0);
	assert_content("replace/a", "two");
	assert_int_equal(mode_of("replace/a"), 0644);
	assert_int_equal(
		file_replace(scratch_path("replace/a"), (struct text){0}, 0644, FILE_SYNC_NO, &err),
		0);
	assert_content("replace/a", "");
	assert_int_equal(entries_in("replace"), 1);
}

static void a_failed_replacement_changes_nothing(void **state)
{
	struct err err = {0};

	(void)state;
	assert_int_equal(mkdir(scratch_path("failed"), 0755), 0);
	assert_int_equal(mkdir(scratch_path("failed/directory"), 0755), 0);
	assert_int_equal(file_replace(scratch_path("failed/directory"), text_of("x"), 0644,
				      FILE_SYNC_NO, &err),
			 -1);
	assert_int_equal(err.code, ERR_SYSTEM);
	assert_int_equal(entries_in("failed"), 1);
	assert_int_equal(file_replace(scratch_path("failed/absent/file"), text_of("x"), 0644,
				      FILE_SYNC_NO, &err),
			 -1);
	assert_int_equal(err.code, ERR_ABSENT);
	assert_int_equal(entries_in("failed"), 1);
}

static void replacing_a_link_or_fifo_takes_its_place(void **state)
{
	struct err err = {0};
	struct stat info = {0};

	(void)state;
	scratch_write("place/target", "kept");
	assert_int_equal(symlink("target", scratch_path("place/link")), 0);
	assert_int_equal(mkfifo(scratch_path("place/fifo"), 0644), 0);
	assert_int_equal(
		file_replace(scratch_path("place/link"), text_of("new"), 0644, FILE_SYNC_NO, &err),
		0);
	assert_int_equal(
		file_replace(scratch_path("place/fifo"), text_of("new"), 0644, FILE_SYNC_NO, &err),
		0);
	assert_content("place/target", "kept");
	assert_content("place/link", "new");
	assert_content("place/fifo", "new");
	assert_int_equal(lstat(scratch_path("place/link"), &info), 0);
	assert_true(S_ISREG(info.st_mode));
}

/** Replace the file by one letter or another, over and over. */
static void replace_again_and_again(const char *path)
{
	char *bytes = mem_alloc(VERSION_BYTES);
	struct err err = {0};

	for (int i = 0; i < ROUNDS; i++) {
		memset(bytes, i % 2 ? 'a' : 'b', VERSION_BYTES);
		if (file_replace(path, (struct text){bytes, VERSION_BYTES}, 0644, FILE_SYNC_NO,
				 &err)) {
			_exit(1);
		}
	}
	_exit(0);
}

static void readers_see_the_old_or_the_new_bytes(void **state)
{
	const char *path = NULL;
	int status = 0;
	pid_t writer = 0;

	(void)state;
	scratch_write("race/file", "a");
	path = scratch_path("race/file");
	writer = fork();
	if (writer == 0) {
		replace_again_and_again(path);
	}
	assert_true(writer > 0);
	while (waitpid(writer, &status, WNOHANG) == 0) {
		AUTO(auto_str) struct str out = {0};
		struct err err = {0};

		assert_int_equal(file_read(path, VERSION_BYTES, &out, &err), 0);
		assert_true(out.len == 1 || out.len == VERSION_BYTES);
		assert_int_equal(strspn(out.at, (char[]){out.at[0], '\0'}), out.len);
	}
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void creating_never_replaces(void **state)
{
	struct err err = {0};

	(void)state;
	assert_int_equal(mkdir(scratch_path("create"), 0755), 0);
	assert_int_equal(
		file_create(scratch_path("create/a"), text_of("one"), 0600, FILE_SYNC_YES, &err),
		0);
	assert_content("create/a", "one");
	assert_int_equal(mode_of("create/a"), 0600);
	assert_int_equal(
		file_create(scratch_path("create/a"), text_of("two"), 0600, FILE_SYNC_NO, &err),
		-1);
	assert_int_equal(err.code, ERR_BUSY);
	assert_content("create/a", "one");
	assert_int_equal(symlink("nowhere", scratch_path("create/link")), 0);
	assert_int_equal(mkfifo(scratch_path("create/fifo"), 0644), 0);
	assert_int_equal(
		file_create(scratch_path("create/link"), text_of("x"), 0600, FILE_SYNC_NO, &err),
		-1);
	assert_int_equal(err.code, ERR_BUSY);
	assert_int_equal(
		file_create(scratch_path("create/fifo"), text_of("x"), 0600, FILE_SYNC_NO, &err),
		-1);
	assert_int_equal(err.code, ERR_BUSY);
	assert_int_equal(
		file_create(scratch_path("create"), text_of("x"), 0600, FILE_SYNC_NO, &err), -1);
	assert_int_equal(err.code, ERR_BUSY);
	assert_int_equal(
		file_create(scratch_path("create/b/c"), text_of("x"), 0600, FILE_SYNC_NO, &err),
		-1);
	assert_int_equal(err.code, ERR_ABSENT);
	assert_int_equal(entries_in("create"), 3);
}

static void directories_are_made_with_those_above_them(void **state)
{
	struct err err = {0};

	(void)state;
	assert_int_equal(file_make_dirs(scratch_path("dirs/a/b"), 0700, &err), 0);
	assert_int_equal(mode_of("dirs/a/b"), 0700);
	assert_int_equal(file_make_dirs(scratch_path("dirs/a/b"), 0755, &err), 0);
	assert_int_equal(mode_of("dirs/a/b"), 0700);
	assert_int_equal(file_make_dirs(scratch_path("dirs/a/c//d/"), 0755, &err), 0);
	assert_true(file_exists(scratch_path("dirs/a/c/d")));
	assert_int_equal(file_make_dirs("/", 0755, &err), 0);
	assert_int_equal(file_make_dirs("", 0755, &err), -1);
	assert_int_equal(err.code, ERR_ABSENT);
}

static void a_file_is_no_directory(void **state)
{
	struct err err = {0};

	(void)state;
	scratch_write("dirs/file", "x");
	assert_int_equal(file_make_dirs(scratch_path("dirs/file"), 0755, &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	assert_int_equal(file_make_dirs(scratch_path("dirs/file/below"), 0755, &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	assert_content("dirs/file", "x");
	assert_int_equal(file_sync_dir(scratch_path("dirs"), &err), 0);
	assert_int_equal(file_sync_dir(scratch_path("dirs/file"), &err), -1);
	assert_int_equal(file_sync_dir(scratch_path("dirs/absent"), &err), -1);
	assert_int_equal(err.code, ERR_ABSENT);
}

static void a_broken_link_exists(void **state)
{
	(void)state;
	assert_int_equal(symlink("nowhere", scratch_path("broken")), 0);
	assert_true(file_exists(scratch_path("broken")));
	assert_true(file_exists(scratch_path("")));
	assert_false(file_exists(scratch_path("absent")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_file_is_read_behind_what_was_there),
		cmocka_unit_test(reading_has_a_ceiling),
		cmocka_unit_test(only_regular_files_are_read),
		cmocka_unit_test(the_message_says_what_is_there_instead),
		cmocka_unit_test(replacing_makes_or_replaces_and_leaves_nothing_behind),
		cmocka_unit_test(a_failed_replacement_changes_nothing),
		cmocka_unit_test(replacing_a_link_or_fifo_takes_its_place),
		cmocka_unit_test(readers_see_the_old_or_the_new_bytes),
		cmocka_unit_test(creating_never_replaces),
		cmocka_unit_test(directories_are_made_with_those_above_them),
		cmocka_unit_test(a_file_is_no_directory),
		cmocka_unit_test(a_broken_link_exists),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
