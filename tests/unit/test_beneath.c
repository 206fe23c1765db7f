#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "git/beneath.h"
#include "scratch.h"

/** Run the assertions with and without openat2(2). */
static void in_both_ways(void (*check)(const struct beneath *))
{
	struct beneath beneath = {.root_fd = -1};

	assert_int_equal(beneath_open_root(&beneath, scratch_path("root")), 0);
	check(&beneath);
	beneath.has_openat2 = false;
	check(&beneath);
	beneath_close(&beneath);
	assert_int_equal(beneath.root_fd, -1);
}

static void expect_open(const struct beneath *beneath, const char *path, const char *text)
{
	char bytes[64] = {0};
	int fd = beneath_open(beneath, path);

	assert_true(fd >= 0);
	assert_int_equal(read(fd, bytes, sizeof(bytes)), strlen(text));
	assert_string_equal(bytes, text);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	(void)close(fd);
}

static void expect_closed(const struct beneath *beneath, const char *path, int first, int second)
{
	int fd = beneath_open(beneath, path);
	int number = errno;

	assert_int_equal(fd, -1);
	assert_true(number == first || number == second);
}

static void check_files(const struct beneath *beneath)
{
	expect_open(beneath, "file", "file\n");
	expect_open(beneath, "a/b/c/file", "deep\n");
	expect_closed(beneath, "absent", ENOENT, ENOENT);
	expect_closed(beneath, "a/absent/file", ENOENT, ENOENT);
	expect_closed(beneath, "file/x", ENOTDIR, ENOTDIR);
}

static void files_open_at_any_depth(void **state)
{
	(void)state;
	scratch_write("root/file", "file\n");
	scratch_write("root/a/b/c/file", "deep\n");
	in_both_ways(check_files);
}

static void check_links(const struct beneath *beneath)
{
	expect_closed(beneath, "link", ELOOP, ELOOP);
	expect_closed(beneath, "a/out/secret", ELOOP, ENOTDIR);
	expect_closed(beneath, "a/in/file", ELOOP, ENOTDIR);
	expect_closed(beneath, "a/out", ELOOP, ELOOP);
}

static void no_link_is_followed_anywhere(void **state)
{
	(void)state;
	scratch_write("secret/secret", "secret\n");
	scratch_write("root/a/b/file", "file\n");
	(void)symlink("a/b/file", scratch_path("root/link"));
	(void)symlink("../../secret", scratch_path("root/a/out"));
	(void)symlink("b", scratch_path("root/a/in"));
	in_both_ways(check_links);
}

static void check_readlink(const struct beneath *beneath)
{
	char target[64] = {0};

	assert_int_equal(beneath_readlink(beneath, "link", target, sizeof(target)), 8);
	assert_memory_equal(target, "a/b/file", 8);
	assert_int_equal(beneath_readlink(beneath, "a/link", target, sizeof(target)), 2);
	assert_memory_equal(target, "/x", 2);
	assert_int_equal(beneath_readlink(beneath, "a/b/file", target, sizeof(target)), -1);
	assert_int_equal(beneath_readlink(beneath, "a/in/link", target, sizeof(target)), -1);
	assert_int_equal(beneath_readlink(beneath, "absent/link", target, sizeof(target)), -1);
}

static void a_link_itself_can_be_read(void **state)
{
	(void)state;
	scratch_write("root/a/b/file", "file\n");
	(void)symlink("a/b/file", scratch_path("root/link"));
	(void)symlink("/x", scratch_path("root/a/link"));
	(void)symlink("b", scratch_path("root/a/in"));
	(void)symlink("y", scratch_path("root/a/b/link"));
	in_both_ways(check_readlink);
}

static void check_fifo(const struct beneath *beneath)
{
	int fd = beneath_open(beneath, "pipe");

	assert_true(fd >= 0);
	(void)close(fd);
}

static void a_fifo_does_not_block(void **state)
{
	(void)state;
	(void)mkdir(scratch_path("root"), 0755);
	assert_int_equal(mkfifo(scratch_path("root/pipe"), 0644), 0);
	in_both_ways(check_fifo);
}

static void check_long_names(const struct beneath *beneath)
{
	char path[NAME_MAX + 16];

	memset(path, 'n', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	expect_closed(beneath, path, ENAMETOOLONG, ENAMETOOLONG);
	path[NAME_MAX + 8] = '/';
	expect_closed(beneath, path, ENAMETOOLONG, ENAMETOOLONG);
}

static void names_that_are_too_long_are_refused(void **state)
{
	(void)state;
	(void)mkdir(scratch_path("root"), 0755);
	in_both_ways(check_long_names);
}

#define SCRATCHED(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCHED(files_open_at_any_depth),
		SCRATCHED(no_link_is_followed_anywhere),
		SCRATCHED(a_link_itself_can_be_read),
		SCRATCHED(a_fifo_does_not_block),
		SCRATCHED(names_that_are_too_long_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
