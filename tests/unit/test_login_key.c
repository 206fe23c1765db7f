#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/codec.h"
#include "base/file.h"
#include "crypto/login_key.h"
#include "crypto/wire.h"
#include "tool.h"

/** The folder of this test; made by setup, emptied by teardown. */
static char folder[] = "/tmp/test_login_key.XXXXXX";

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
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	return TOOL_RUN(NULL, "rm", "-rf", folder);
}

/** ssh-keygen makes a key; false without it. */
static bool make_key(const char *name, const char *type, const char *bits, const char *form,
		     const char *passphrase)
{
	if (!tool_exists("ssh-keygen")) {
		return false;
	}
	assert_int_equal(TOOL_RUN(NULL, "ssh-keygen", "-q", "-t", type, "-b", bits, "-m", form,
				  "-N", passphrase, "-f", path_of(name)),
			 0);
	return true;
}

/** The wire form in NAME.pub. */
static void read_blob(const char *name, struct str *blob)
{
	AUTO(auto_str) struct str line = {0};
	struct err err = {0};
	struct text rest = {0};
	struct text part = {0};

	assert_int_equal(file_read(path_of(name), 65536, &line, &err), 0);
	rest = str_view(&line);
	assert_true(text_split(&rest, ' ', &part));
	assert_true(text_split(&rest, ' ', &part));
	assert_int_equal(base64_decode(text_trim(part), blob, &err), 0);
}

/* ---- the wire form */

static void a_number_is_written_in_its_shortest_form(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *wire;
		size_t wire_len;
	} rows[] = {
		{"", 0, "\0\0\0\0", 4},           {"\0\0", 2, "\0\0\0\0", 4},
		{"\x7f", 1, "\0\0\0\1\x7f", 5},   {"\x80", 1, "\0\0\0\2\0\x80", 6},
		{"\0\1\2", 3, "\0\0\0\2\1\2", 6}, {"\0\xff", 2, "\0\0\0\2\0\xff", 6},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(auto_str) struct str out = {0};

		wire_add_number(&out, (const unsigned char *)rows[i].bytes, rows[i].len);
		assert_int_equal(out.len, rows[i].wire_len);
		assert_memory_equal(out.at, rows[i].wire, out.len);
	}
}

static void a_number_is_read_in_its_shortest_form_only(void **state)
{
	static const struct {
		const char *wire;
		size_t len;
		const char *bytes; /**< NULL: refused */
	} rows[] = {
		{"\0\0\0\1\x7f", 5, "\x7f"},
		{"\0\0\0\2\0\x80", 6, "\x80"},
		{"\0\0\0\0", 4, NULL},       /* zero */
		{"\0\0\0\1\0", 5, NULL},     /* zero, longer */
		{"\0\0\0\2\0\x7f", 6, NULL}, /* longer */
		{"\0\0\0\1\x80", 5, NULL},   /* negative */
		{"\0\0\0\3\1\2", 6, NULL},   /* cut short */
		{"\0\0\0", 3, NULL},         /* no length */
		{"\xff\xff\xff\xff\1", 5, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct text rest = {rows[i].wire, rows[i].len};
		struct text bytes = {0};

		assert_int_equal(wire_take_number(&rest, &bytes), rows[i].bytes != NULL);
		if (rows[i].bytes) {
			assert_int_equal(rest.len, 0);
			assert_int_equal(bytes.len, 1);
			assert_int_equal(bytes.at[0], rows[i].bytes[0]);
		} else {
			assert_int_equal(rest.len, rows[i].len);
		}
	}
}

/* ---- types */

/** Each type in each form, how it signs, and how it does not. */
static const struct {
	const char *type;
	const char *bits;
	const char *form;
	const char *name;
	const char *algorithms[3];
	const char *other;
} rows[] = {
	{"ed25519", "256", "RFC4716", "ssh-ed25519", {"ssh-ed25519"}, "rsa-sha2-256"},
	{"ecdsa",
	 "256",
	 "RFC4716",
	 "ecdsa-sha2-nistp256",
	 {"ecdsa-sha2-nistp256"},
	 "ecdsa-sha2-nistp384"},
	{"ecdsa",
	 "384",
	 "RFC4716",
	 "ecdsa-sha2-nistp384",
	 {"ecdsa-sha2-nistp384"},
	 "ecdsa-sha2-nistp256"},
	{"ecdsa", "521", "RFC4716", "ecdsa-sha2-nistp521", {"ecdsa-sha2-nistp521"}, "ssh-rsa"},
	{"ecdsa", "256", "PEM", "ecdsa-sha2-nistp256", {"ecdsa-sha2-nistp256"}, "ssh-ed25519"},
	{"ecdsa", "521", "PKCS8", "ecdsa-sha2-nistp521", {"ecdsa-sha2-nistp521"}, ""},
	{"rsa",
	 "2048",
	 "RFC4716",
	 "ssh-rsa",
	 {"rsa-sha2-256", "rsa-sha2-512", "ssh-rsa"},
	 "rsa-sha2-384"},
	{"rsa", "3072", "PEM", "ssh-rsa", {"rsa-sha2-256", "rsa-sha2-512"}, "ssh-ed25519"},
	{"rsa", "1024", "PKCS8", "ssh-rsa", {"rsa-sha2-256", "rsa-sha2-512"}, "ssh-dss"},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

/** Both halves of row `i`; NULL without ssh-keygen. */
static struct login_key *key_of_row(size_t i)
{
	struct login_key *key = NULL;
	struct err err = {0};
	char name[16];

	(void)snprintf(name, sizeof(name), "row%zu", i);
	if (!make_key(name, rows[i].type, rows[i].bits, rows[i].form, "")) {
		return NULL;
	}
	assert_int_equal(login_key_load(path_of(name), &key, &err), KEY_USABLE);
	assert_int_equal(err.text[0], '\0');
	(void)snprintf(name, sizeof(name), "row%zu.pub", i);
	{
		AUTO(auto_str) struct str blob = {0};

		read_blob(name, &blob);
		assert_true(text_equal(login_key_blob(key), str_view(&blob)));
		(void)remove(path_of(name));
	}
	(void)snprintf(name, sizeof(name), "row%zu", i);
	(void)remove(path_of(name));
	return key;
}

static void keys_of_every_type_and_form_are_read_and_sign(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		AUTO(auto_login_key) struct login_key *key = key_of_row(i);
		AUTO(auto_login_key) struct login_key *public = NULL;
		struct text message = text_of("what the server wants to see signed");
		struct err err = {0};

		if (!key) {
			skip();
		}
		assert_string_equal(login_key_type(key), rows[i].name);
		assert_int_equal(login_key_from_blob(login_key_blob(key), &public, &err), 0);
		for (size_t j = 0; j < 3 && rows[i].algorithms[j]; j++) {
			AUTO(auto_str) struct str signature = {0};
			struct text algorithm = text_of(rows[i].algorithms[j]);
			struct text view = {0};

			assert_int_equal(login_key_sign(key, algorithm, message, &signature, &err),
					 0);
			view = str_view(&signature);
			assert_true(login_key_verifies(public, algorithm, message, view));
			assert_false(login_key_verifies(public, algorithm, text_of("x"), view));
			assert_false(
				login_key_verifies(public, text_of(rows[i].other), message, view));
			signature.at[signature.len - 1] ^= 1;
			assert_false(login_key_verifies(public, algorithm, message, view));
			view.len--;
			assert_false(login_key_verifies(public, algorithm, message, view));
		}
	}
}

static void a_key_does_not_sign_in_the_way_of_another(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		AUTO(auto_login_key) struct login_key *key = key_of_row(i);
		AUTO(auto_str) struct str signature = {0};
		struct err err = {0};

		if (!key) {
			skip();
		}
		assert_int_equal(login_key_sign(key, text_of(rows[i].other), text_of("message"),
						&signature, &err),
				 -1);
		assert_int_equal(signature.len, 0);
	}
}

static void the_algorithm_of_a_certificate_is_that_of_its_key(void **state)
{
	AUTO(auto_login_key) struct login_key *key = key_of_row(0);
	AUTO(auto_str) struct str signature = {0};
	struct err err = {0};

	(void)state;
	if (!key) {
		skip();
	}
	assert_int_equal(login_key_sign(key, text_of("ssh-ed25519-cert-v01@openssh.com"),
					text_of("message"), &signature, &err),
			 0);
	assert_true(login_key_verifies(key, text_of("ssh-ed25519"), text_of("message"),
				       str_view(&signature)));
	assert_int_equal(login_key_sign(key, text_of("-cert-v01@openssh.com"), text_of("message"),
					&signature, &err),
			 -1);
}

static void a_public_half_does_not_sign(void **state)
{
	AUTO(auto_key) struct key *made = key_generate();
	AUTO(auto_login_key) struct login_key *key = login_key_from_key(made);
	AUTO(auto_login_key) struct login_key *public = NULL;
	AUTO(auto_str) struct str signature = {0};
	struct err err = {0};

	(void)state;
	assert_int_equal(login_key_from_blob(login_key_blob(key), &public, &err), 0);
	assert_int_equal(login_key_sign(public, text_of("ssh-ed25519"), text_of("message"),
					&signature, &err),
			 -1);
	assert_int_equal(
		login_key_sign(key, text_of("ssh-ed25519"), text_of("message"), &signature, &err),
		0);
	assert_int_equal(signature.len, ED25519_SIGNATURE_BYTES);
}

static void a_blob_that_is_changed_anywhere_is_never_the_same_key(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i += 3) {
		AUTO(auto_login_key) struct login_key *key = key_of_row(i);
		AUTO(auto_str) struct str blob = {0};
		struct err err = {0};

		if (!key) {
			skip();
		}
		str_add_text(&blob, login_key_blob(key));
		for (size_t len = 0; len < blob.len; len++) {
			AUTO(auto_login_key) struct login_key *cut = NULL;
			struct text short_blob = {blob.at, len};

			assert_int_equal(login_key_from_blob(short_blob, &cut, &err), -1);
			assert_null(cut);
		}
		str_add_char(&blob, 0);
		{
			AUTO(auto_login_key) struct login_key *longer = NULL;

			assert_int_equal(login_key_from_blob(str_view(&blob), &longer, &err), -1);
		}
	}
}

/* ---- what cannot be used, and why */

static enum key_state state_of(const char *name, struct login_key **key, struct err *err)
{
	enum key_state state = KEY_USABLE;

	*err = (struct err){0};
	state = login_key_load(path_of(name), key, err);
	assert_int_equal(err->text[0] != '\0', state != KEY_USABLE);
	return state;
}

static void a_locked_key_says_its_public_half(void **state)
{
	static const struct {
		const char *name;
		const char *type;
		const char *bits;
		const char *form;
	} locked[] = {
		{"locked", "ed25519", "256", "RFC4716"},
		{"locked_ecdsa", "ecdsa", "256", "RFC4716"},
		{"locked_pem", "rsa", "2048", "PEM"}, /* known from NAME.pub */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(locked) / sizeof(locked[0]); i++) {
		AUTO(auto_login_key) struct login_key *key = NULL;
		AUTO(auto_str) struct str name = {0};
		AUTO(auto_str) struct str blob = {0};
		struct err err = {0};

		if (!make_key(locked[i].name, locked[i].type, locked[i].bits, locked[i].form,
			      "secret")) {
			skip();
		}
		str_printf(&name, "%s.pub", locked[i].name);
		read_blob(name.at, &blob);
		if (strcmp(locked[i].form, "PEM") != 0) {
			(void)remove(path_of(name.at));
		}
		assert_int_equal(state_of(locked[i].name, &key, &err), KEY_LOCKED);
		assert_non_null(key);
		assert_true(text_equal(login_key_blob(key), str_view(&blob)));
		assert_non_null(strstr(err.text, "passphrase"));
	}
	{
		AUTO(auto_login_key) struct login_key *key = NULL;
		struct err err = {0};

		(void)remove(path_of("locked_pem.pub"));
		assert_int_equal(state_of("locked_pem", &key, &err), KEY_LOCKED);
		assert_null(key);
	}
}

static void a_public_key_file_is_told_apart(void **state)
{
	AUTO(auto_login_key) struct login_key *key = NULL;
	AUTO(auto_str) struct str blob = {0};
	struct err err = {0};

	(void)state;
	if (!make_key("pair", "ecdsa", "256", "RFC4716", "")) {
		skip();
	}
	read_blob("pair.pub", &blob);
	assert_int_equal(state_of("pair.pub", &key, &err), KEY_PUBLIC);
	assert_true(text_equal(login_key_blob(key), str_view(&blob)));
}

static void write_file(const char *name, const char *bytes)
{
	struct err err = {0};

	assert_int_equal(file_replace(path_of(name), text_of(bytes), 0600, FILE_SYNC_NO, &err), 0);
}

static void what_cannot_be_used_says_why(void **state)
{
	static const struct {
		const char *bytes;
		enum key_state state;
		const char *says;
	} files[] = {
		{"ssh-ed25519\n", KEY_UNREADABLE, "damaged"},
		{"ssh-ed25519 AAAA\n", KEY_UNREADABLE, "damaged"},
		{"ssh-ed25519 !!!! x\n", KEY_UNREADABLE, "damaged"},
		{"sk-ssh-ed25519@openssh.com AAAA x\n", KEY_UNSUPPORTED, "touched"},
		{"-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n",
		 KEY_UNSUPPORTED, "damaged"},
		{"-----BEGIN DSA PRIVATE KEY-----\nAAAA\n-----END DSA PRIVATE KEY-----\n",
		 KEY_UNSUPPORTED, "type"},
		{"PuTTY-User-Key-File-3: ssh-ed25519\n", KEY_UNSUPPORTED, "type"},
		{"hello\n", KEY_UNREADABLE, "not a private key"},
		{"", KEY_UNREADABLE, "not a private key"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct login_key *key = NULL;
		struct err err = {0};

		write_file("file", files[i].bytes);
		assert_int_equal(state_of("file", &key, &err), files[i].state);
		assert_null(key);
		assert_non_null(strstr(err.text, files[i].says));
		assert_non_null(strstr(err.text, "/file"));
	}
}

static void a_private_key_that_others_may_read_is_not_used(void **state)
{
	struct login_key *key = NULL;
	struct err err = {0};

	(void)state;
	if (!make_key("open", "rsa", "2048", "RFC4716", "") ||
	    !make_key("open_locked", "ed25519", "256", "RFC4716", "secret")) {
		skip();
	}
	assert_int_equal(chmod(path_of("open"), 0640), 0);
	assert_int_equal(chmod(path_of("open_locked"), 0604), 0);
	assert_int_equal(state_of("open", &key, &err), KEY_EXPOSED);
	assert_null(key);
	assert_non_null(strstr(err.text, "0640"));
	assert_int_equal(state_of("open_locked", &key, &err), KEY_EXPOSED);
	assert_null(key);
	assert_int_equal(state_of("absent", &key, &err), KEY_ABSENT);
	assert_null(key);
}

static void halves_that_do_not_belong_together_are_no_key(void **state)
{
	static const char *const types[] = {"rsa", "ecdsa"};
	/* Inside the secret exponent, far from every length. */
	static const size_t percent[] = {58, 86};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		AUTO(auto_str) struct str file = {0};
		AUTO(auto_str) struct str inside = {0};
		AUTO(auto_str) struct str joined = {0};
		struct text rest = {0};
		struct text line = {0};
		struct login_key *key = NULL;
		struct err err = {0};

		if (!make_key(types[i], types[i], i == 0 ? "2048" : "256", "RFC4716", "")) {
			skip();
		}
		assert_int_equal(file_read(path_of(types[i]), 65536, &file, &err), 0);
		rest = str_view(&file);
		while (text_split(&rest, '\n', &line)) {
			if (!text_starts(line, "-----")) {
				str_add_text(&joined, line);
			}
		}
		assert_int_equal(base64_decode(str_view(&joined), &inside, &err), 0);
		inside.at[inside.len * percent[i] / 100] ^= 4;
		str_clear(&file);
		str_add(&file, "-----BEGIN OPENSSH PRIVATE KEY-----\n");
		base64_encode(&file, inside.at, inside.len);
		str_add(&file, "\n-----END OPENSSH PRIVATE KEY-----\n");
		write_file(types[i], file.at);
		assert_int_equal(state_of(types[i], &key, &err), KEY_UNSUPPORTED);
		assert_null(key);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_is_written_in_its_shortest_form),
		cmocka_unit_test(a_number_is_read_in_its_shortest_form_only),
		cmocka_unit_test(keys_of_every_type_and_form_are_read_and_sign),
		cmocka_unit_test(a_key_does_not_sign_in_the_way_of_another),
		cmocka_unit_test(the_algorithm_of_a_certificate_is_that_of_its_key),
		cmocka_unit_test(a_public_half_does_not_sign),
		cmocka_unit_test(a_blob_that_is_changed_anywhere_is_never_the_same_key),
		cmocka_unit_test(a_locked_key_says_its_public_half),
		cmocka_unit_test(a_public_key_file_is_told_apart),
		cmocka_unit_test(what_cannot_be_used_says_why),
		cmocka_unit_test(a_private_key_that_others_may_read_is_not_used),
		cmocka_unit_test(halves_that_do_not_belong_together_are_no_key),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
