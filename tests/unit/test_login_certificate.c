#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "net/identity.h"
#include "net/ssh.h"
#include "tool.h"

/** The folder of this test; made by setup, emptied by teardown. */
static char folder[] = "/tmp/test_login_certificate.XXXXXX";

static bool has_keys;

static const char *path_of(const char *name)
{
	static char paths[8][128];
	static int next;
	char *path = paths[next++ % 8];

	(void)snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder)) {
		return -1;
	}
	has_keys = tool_exists("ssh-keygen");
	return has_keys ? TOOL_RUN(NULL, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
				   path_of("authority"))
			: 0;
}

static int remove_folder(void **state)
{
	(void)state;
	return TOOL_RUN(NULL, "rm", "-rf", folder);
}

/** A key, and a certificate of it that is valid in this span. */
static struct login_key *certified(const char *name, const char *type, const char *span)
{
	struct login_key *key = NULL;
	struct err err = {0};
	AUTO(auto_str) struct str public = {0};

	str_printf(&public, "%s.pub", path_of(name));
	assert_int_equal(
		TOOL_RUN(NULL, "ssh-keygen", "-q", "-t", type, "-N", "", "-f", path_of(name)), 0);
	assert_int_equal(TOOL_RUN(NULL, "ssh-keygen", "-q", "-s", path_of("authority"), "-I",
				  "somebody", "-n", "ops,root", "-V", span, public.at),
			 0);
	assert_int_equal(login_key_load(path_of(name), &key, &err), KEY_USABLE);
	return key;
}

static void the_certificate_of_each_type_of_key_is_read(void **state)
{
	static const char *const types[] = {"ed25519", "ecdsa", "rsa"};

	(void)state;
	for (size_t i = 0; i < 3 && has_keys; i++) {
		AUTO(auto_login_key)
		struct login_key *key =
			certified(types[i], types[i], "20200101000000Z:20300101000000Z");
		struct login_certificate read = {0};
		struct login_certificate ignored = {0};
		struct err err = {0};
		AUTO(auto_str) struct str path = {0};

		str_printf(&path, "%s-cert.pub", path_of(types[i]));
		assert_int_equal(login_certificate_load(path.at, key, &read, &err), 0);
		assert_int_equal(read.valid_after_utc, 1577836800);
		assert_int_equal(read.valid_before_utc, 1893456000);
		/* Cut short anywhere before its times it is none. */
		for (size_t len = 0; len < 100; len++) {
			assert_int_equal(login_certificate_read((struct text){read.blob.at, len},
								key, &ignored, &err),
					 -1);
		}
		assert_null(ignored.blob.at);
		login_certificate_release(&read);
	}
}

static void a_certificate_of_another_key_or_of_a_host_is_refused(void **state)
{
	struct login_certificate read = {0};
	struct err err = {0};

	(void)state;
	if (!has_keys) {
		skip();
	}
	AUTO(auto_login_key) struct login_key *one = certified("one", "ed25519", "always:forever");
	AUTO(auto_login_key) struct login_key *two = certified("two", "ed25519", "always:forever");

	assert_int_equal(login_certificate_load(path_of("one-cert.pub"), two, &read, &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	assert_int_equal(login_certificate_load(path_of("one-cert.pub"), one, &read, &err), 0);
	assert_int_equal(read.valid_before_utc, INT64_MAX);
	login_certificate_release(&read);
	assert_int_equal(login_certificate_load(path_of("none-cert.pub"), one, &read, &err), -1);
	assert_int_equal(err.code, ERR_ABSENT);
	assert_int_equal(login_certificate_load(path_of("one.pub"), one, &read, &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	assert_int_equal(TOOL_RUN(NULL, "ssh-keygen", "-q", "-h", "-s", path_of("authority"), "-I",
				  "a host", path_of("two.pub")),
			 0);
	assert_int_equal(login_certificate_load(path_of("two-cert.pub"), two, &read, &err), -1);
	assert_non_null(strstr(err.text, "users"));
}

static void a_certificate_is_used_in_its_time_only(void **state)
{
	static const struct {
		int64_t now_utc;
		bool is_used;
		const char *says;
	} rows[] = {
		{999, false, "yet"},      {1000, true, NULL},         {1999, true, NULL},
		{2000, false, "expired"}, {900000, false, "expired"},
	};
	struct login_certificate certificate = {.valid_after_utc = 1000, .valid_before_utc = 2000};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err err = {0};

		assert_int_equal(judge_certificate(&certificate, "ecdsa-sha2-nistp256",
						   rows[i].now_utc, &err),
				 rows[i].is_used);
		assert_true(rows[i].is_used ? err.code == ERR_NONE
					    : strstr(err.text, rows[i].says) != NULL);
	}
}

static void an_old_library_shows_certificates_of_ecdsa_keys_alone(void **state)
{
	struct login_certificate certificate = {.valid_before_utc = INT64_MAX};
	bool is_old = strncmp(ssh_library_version(), "libssh2 1.10", 12) == 0;
	struct err err = {0};

	(void)state;
	assert_int_equal(judge_certificate(&certificate, "ssh-ed25519", 1, &err), !is_old);
	assert_int_equal(strstr(err.text, "libssh2") != NULL, is_old);
	assert_int_equal(judge_certificate(&certificate, "ssh-rsa", 1, &err), !is_old);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_certificate_of_each_type_of_key_is_read),
		cmocka_unit_test(a_certificate_of_another_key_or_of_a_host_is_refused),
		cmocka_unit_test(a_certificate_is_used_in_its_time_only),
		cmocka_unit_test(an_old_library_shows_certificates_of_ecdsa_keys_alone),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
