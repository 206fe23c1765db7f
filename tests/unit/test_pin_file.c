#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/file.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "cli/binding_file.h"
#include "cli/pin_file.h"
#include "crypto/key.h"
#include "scratch.h"

static void put(const char *name, const char *text, mode_t mode)
{
	struct err err = {0};

	assert_int_equal(file_replace(scratch_path(name), text_of(text), mode, FILE_SYNC_NO, &err),
			 0);
}

static void expect_file(const char *name, const char *text, mode_t mode)
{
	AUTO(auto_str) struct str bytes = {0};
	struct stat info = {0};
	struct err err = {0};

	assert_int_equal(file_read(scratch_path(name), 4096, &bytes, &err), 0);
	assert_string_equal(str_text(&bytes), text);
	assert_int_equal(stat(scratch_path(name), &info), 0);
	assert_int_equal(info.st_mode & 0777, mode);
}

static void a_file_that_is_absent_reads_as_empty(void **state)
{
	AUTO(auto_str) struct str bytes = {0};
	struct err err = {0};

	(void)state;
	assert_int_equal(binding_file_read(scratch_path("none"), &bytes, &err), 0);
	assert_int_equal(bytes.len, 0);
	assert_int_equal(binding_file_read(scratch_dir, &bytes, &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
}

static void a_file_is_made_with_its_folder(void **state)
{
	struct err err = {0};

	(void)state;
	assert_int_equal(binding_file_replace(scratch_path("a/b/hosts"), (struct text){0},
					      text_of("new\n"), 0644, &err),
			 0);
	expect_file("a/b/hosts", "new\n", 0644);
}

static void a_file_keeps_its_permissions(void **state)
{
	struct err err = {0};

	(void)state;
	put("kept", "old\n", 0640);
	assert_int_equal(binding_file_replace(scratch_path("kept"), text_of("old\n"),
					      text_of("new\n"), 0666, &err),
			 0);
	expect_file("kept", "new\n", 0640);
}

static void a_file_that_has_changed_is_not_replaced(void **state)
{
	struct err err = {0};

	(void)state;
	put("changed", "somebody else's\n", 0644);
	assert_int_equal(binding_file_replace(scratch_path("changed"), text_of("old\n"),
					      text_of("new\n"), 0644, &err),
			 -1);
	assert_int_equal(err.code, ERR_BUSY);
	expect_file("changed", "somebody else's\n", 0644);
	/* One that has come, or gone, has changed too. */
	assert_int_equal(binding_file_replace(scratch_path("changed"), (struct text){0},
					      text_of("new\n"), 0644, &err),
			 -1);
	assert_int_equal(binding_file_replace(scratch_path("gone"), text_of("old\n"),
					      text_of("new\n"), 0644, &err),
			 -1);
	assert_false(file_exists(scratch_path("gone")));
}

static void a_file_that_somebody_writes_is_busy(void **state)
{
	AUTO(auto_close) int fd = open(scratch_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct err err = {0};

	(void)state;
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	put("busy", "old\n", 0644);
	assert_int_equal(binding_file_replace(scratch_path("busy"), text_of("old\n"),
					      text_of("new\n"), 0644, &err),
			 -1);
	assert_int_equal(err.code, ERR_BUSY);
	expect_file("busy", "old\n", 0644);
}

static void a_link_stays_a_link(void **state)
{
	struct stat info = {0};
	struct err err = {0};

	(void)state;
	put("real", "old\n", 0644);
	assert_int_equal(symlink("real", scratch_path("link")), 0);
	assert_int_equal(binding_file_replace(scratch_path("link"), text_of("old\n"),
					      text_of("new\n"), 0644, &err),
			 0);
	expect_file("real", "new\n", 0644);
	assert_int_equal(lstat(scratch_path("link"), &info), 0);
	assert_true(S_ISLNK(info.st_mode));
}

static int read_key(const char *text, struct str *out)
{
	struct err err = {0};
	int failed = 0;

	put("key", text, 0600);
	failed = pin_file_key(scratch_path("key"), out, &err);
	assert_int_equal(err.code, failed ? ERR_INPUT : ERR_NONE);
	return failed;
}

static void a_public_key_is_read_from_its_file(void **state)
{
	AUTO(auto_key) struct key *key = key_generate();
	AUTO(auto_str) struct str line = {0};
	AUTO(auto_str) struct str wire = {0};
	AUTO(auto_str) struct str text = {0};
	AUTO(auto_str) struct str out = {0};
	struct public_key public;

	(void)state;
	key_public(key, &public);
	public_key_wire(&public, &wire);
	public_key_write_ssh(&public, "root@nas", &line);
	assert_int_equal(read_key(str_text(&line), &out), 0);
	assert_true(text_equal(str_view(&out), str_view(&wire)));
	str_clear(&out);
	str_printf(&text, "# from the console\r\n\r\n%.*s\r\n\n", (int)line.len - 1, line.at);
	assert_int_equal(read_key(str_text(&text), &out), 0);
	assert_true(text_equal(str_view(&out), str_view(&wire)));
	/* Two keys leave it open which one is meant. */
	str_clear(&out);
	str_add_text(&text, str_view(&line));
	assert_int_equal(read_key(str_text(&text), &out), -1);
	assert_int_equal(out.len, 0);
}

static void what_is_no_public_key_is_refused(void **state)
{
	static const char *const rows[] = {
		"",
		"\n",
		"# nothing\n",
		"nas",
		"ssh-ed25519",
		"ssh-ed25519 ",
		"ssh-ed25519 !!!!",
		"ssh-ed25519 AAAA",
		"ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAICw2R8BKzy5sSITjgMzIzjVhNocLz05H5DGeJPgdgXmM",
		"nas ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICw2R8BKzy5sSITjgMzIzjVhNocLz05H5DGeJPgdgXmM",
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICw2R8BKzy5sSITjgMzIzjVhNocLz05H5DGeJPgdgXmMAAAA",
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n",
		"ssh-x AAAABXNzaC14AAAABAECAwQ=",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(auto_str) struct str out = {0};

		assert_int_equal(read_key(rows[i], &out), -1);
		assert_int_equal(out.len, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_that_is_absent_reads_as_empty),
		cmocka_unit_test(a_file_is_made_with_its_folder),
		cmocka_unit_test(a_file_keeps_its_permissions),
		cmocka_unit_test(a_file_that_has_changed_is_not_replaced),
		cmocka_unit_test(a_file_that_somebody_writes_is_busy),
		cmocka_unit_test(a_link_stays_a_link),
		cmocka_unit_test(a_public_key_is_read_from_its_file),
		cmocka_unit_test(what_is_no_public_key_is_refused),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
