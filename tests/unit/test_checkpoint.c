#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "crypto/key_private.h"
#include "receipt/checkpoint.h"
#include "signing.h"

#define ORIGIN "gaterun/ops.example/0123456789abcdef"

/** A key that is the same in each run, so that expected bytes can be written down. */
static struct key *fixed_key(unsigned char first)
{
	unsigned char seed[ED25519_SEED_BYTES] = {first};

	return key_from_seed(seed);
}

static struct checkpoint head_of(uint64_t size)
{
	struct checkpoint head = {.origin = ORIGIN, .size = size};

	memset(head.root.bytes, 7, sizeof(head.root.bytes));
	return head;
}

static int read_note(struct text note, struct checkpoint *out, struct err *err)
{
	AUTO(auto_key) struct key *key = fixed_key(1);
	struct public_key public = {0};

	key_public(key, &public);
	return checkpoint_read(note, ORIGIN, &public, out, err);
}

/** The note over `text` (which ends in a newline) as `name` with the key of `first` signs it. */
static void sign_note(const char *text, const char *name, unsigned char first, struct str *out)
{
	AUTO(auto_key) struct key *key = fixed_key(first);
	AUTO(auto_str) struct str vkey = {0};
	struct public_key public = {0};
	unsigned char bytes[4 + ED25519_SIGNATURE_BYTES];
	struct err err = {0};

	key_public(key, &public);
	vkey_write(name, &public, &vkey);
	assert_int_equal(hex_decode((struct text){vkey.at + strlen(name) + 1, 8}, bytes, 4, &err),
			 0);
	key_sign(key, text_of(text), bytes + 4);
	if (out->len == 0) {
		str_printf(out, "%s\n", text);
	}
	str_printf(out, "\xe2\x80\x94 %s ", name);
	base64_encode(out, bytes, sizeof(bytes));
	str_add_char(out, '\n');
}

static void origins_name_repo_and_key(void **state)
{
	AUTO(auto_key) struct key *key = fixed_key(1);
	struct public_key public = {0};
	char origin[ORIGIN_BYTES] = "untouched";
	char folder[LOG_NAME_BYTES];
	char hex[SHA256_HEX_BYTES];
	struct err err = {0};

	(void)state;
	key_public(key, &public);
	sha256_hex(public.bytes, sizeof(public.bytes), hex);
	assert_int_equal(origin_make("ops.example", &public, origin, &err), 0);
	assert_memory_equal(origin, "gaterun/ops.example/", 20);
	assert_int_equal(strlen(origin), 36);
	assert_memory_equal(origin + 20, hex, 16);
	origin_folder(ORIGIN, folder);
	sha256_hex(ORIGIN, strlen(ORIGIN), hex);
	assert_memory_equal(folder, hex, 16);
	assert_int_equal(strlen(folder), 16);
}

static void repos_that_cannot_name_a_log_are_refused(void **state)
{
	static const char *const wrong[] = {"",     "my ops", "a+b",         "a\nb",
					    "a\tb", "\xff",   "\xe2\x80\xae"};
	AUTO(auto_key) struct key *key = fixed_key(1);
	struct public_key public = {0};
	char long_name[300];
	char origin[ORIGIN_BYTES] = "untouched";
	struct err err = {0};

	(void)state;
	key_public(key, &public);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(origin_make(wrong[i], &public, origin, &err), -1);
	}
	memset(long_name, 'a', sizeof(long_name));
	long_name[sizeof(long_name) - 1] = '\0';
	assert_int_equal(origin_make(long_name, &public, origin, &err), -1);
	assert_string_equal(origin, "untouched");
}

static void the_verifier_key_of_the_specification_is_read(void **state)
{
	/* C2SP signed-note; Go's golang.org/x/mod/sumdb/note uses the same one. */
	static const char vkey[] =
		"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
	AUTO(auto_str) struct str again = {0};
	struct public_key key = {0};
	char name[ORIGIN_BYTES];
	struct err err = {0};

	(void)state;
	assert_int_equal(vkey_read(text_of(vkey), name, &key, &err), 0);
	assert_string_equal(name, "PeterNeumann");
	vkey_write(name, &key, &again);
	assert_string_equal(str_text(&again), vkey);
}

static void the_signature_of_the_specification_verifies_with_that_key(void **state)
{
	static const char text[] = "If you think cryptography is the answer to your problem,\n"
				   "then you don't know what your problem is.\n";
	AUTO(auto_str) struct str bytes = {0};
	struct public_key key = {0};
	char name[ORIGIN_BYTES];
	struct err err = {0};

	(void)state;
	assert_int_equal(vkey_read(text_of("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/"
					   "LDE4izWy10TW"),
				   name, &key, &err),
			 0);
	assert_int_equal(base64_decode(text_of("x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuG"
					       "UgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="),
				       &bytes, &err),
			 0);
	assert_int_equal(bytes.len, 68);
	assert_memory_equal(bytes.at, "\xc7\x4f\x20\xa3", 4);
	assert_true(public_key_verifies(&key, text_of(text), (unsigned char *)bytes.at + 4));
}

static void wrong_verifier_keys_are_refused(void **state)
{
	static const char *const wrong[] = {
		"",
		"PeterNeumann",
		"PeterNeumann+c74f20a3",
		"+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"PeterNeumanN+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TX",
		"PeterNeumann+c74f20a3+BBpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct public_key key = {0};
		char name[ORIGIN_BYTES] = "untouched";
		struct err err = {0};

		assert_int_equal(vkey_read(text_of(wrong[i]), name, &key, &err), -1);
		assert_string_equal(name, "untouched");
		assert_true(err.text[0] != '\0');
	}
}

static void a_checkpoint_has_the_form_of_the_specification(void **state)
{
	AUTO(auto_key) struct key *key = fixed_key(1);
	AUTO(auto_str) struct str note = {0};
	AUTO(auto_str) struct str again = {0};
	struct checkpoint head = head_of(22);
	struct checkpoint read = {0};
	struct err err = {0};
	static const char text[] = ORIGIN "\n22\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n";

	(void)state;
	assert_int_equal(checkpoint_write(&head, SIGNING(key), &note, &err), 0);
	assert_memory_equal(note.at, text, sizeof(text) - 1);
	sign_note(text, ORIGIN, 1, &again);
	assert_string_equal(note.at, again.at);
	assert_int_equal(read_note(str_view(&note), &read, &err), 0);
	assert_string_equal(read.origin, ORIGIN);
	assert_int_equal(read.size, 22);
	assert_true(merkle_equal(&read.root, &head.root));
}

static void every_flipped_bit_of_a_checkpoint_is_refused(void **state)
{
	AUTO(auto_key) struct key *key = fixed_key(1);
	AUTO(auto_str) struct str note = {0};
	struct checkpoint head = head_of(1234567);

	(void)state;
	assert_int_equal(checkpoint_write(&head, SIGNING(key), &note, &(struct err){0}), 0);
	for (size_t bit = 0; bit < note.len * 8; bit++) {
		struct checkpoint read = {0};
		struct err err = {0};

		note.at[bit / 8] = (char)(note.at[bit / 8] ^ (1 << bit % 8));
		assert_int_equal(read_note(str_view(&note), &read, &err), -1);
		assert_true(err.text[0] != '\0');
		assert_int_equal(read.size, 0);
		note.at[bit / 8] = (char)(note.at[bit / 8] ^ (1 << bit % 8));
	}
	for (size_t len = 0; len < note.len; len++) {
		struct checkpoint read = {0};
		struct err err = {0};

		assert_int_equal(read_note((struct text){note.at, len}, &read, &err), -1);
	}
}

static void odd_texts_are_refused_even_when_signed(void **state)
{
#define ROOT "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n"
	static const char *const wrong[] = {
		ORIGIN "\n022\n" ROOT,
		ORIGIN "\n-1\n" ROOT,
		ORIGIN "\n+1\n" ROOT,
		ORIGIN "\n\n" ROOT,
		ORIGIN "\n1e3\n" ROOT,
		ORIGIN "\n9007199254740992\n" ROOT,
		ORIGIN "\n22 \n" ROOT,
		ORIGIN "\n22\n" ROOT "extension\n",
		ORIGIN "\r\n22\r\n" ROOT,
		ORIGIN "\n22\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n",
		ORIGIN "\n22\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwd=\n",
		ORIGIN "\n22\n",
		ORIGIN "\n",
		"gaterun/ops.example/0123456789abcdee\n22\n" ROOT,
		ORIGIN " \n22\n" ROOT,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		AUTO(auto_str) struct str note = {0};
		struct checkpoint read = {0};
		struct err err = {0};

		sign_note(wrong[i], ORIGIN, 1, &note);
		assert_int_equal(read_note(str_view(&note), &read, &err), -1);
	}
}

static void only_one_signature_by_the_log_counts(void **state)
{
	static const char text[] = ORIGIN "\n22\n" ROOT;
	AUTO(auto_str) struct str twice = {0};
	AUTO(auto_str) struct str stranger = {0};
	AUTO(auto_str) struct str same_name = {0};
	AUTO(auto_str) struct str witnessed = {0};
	AUTO(auto_str) struct str none = {0};
	AUTO(auto_str) struct str broken = {0};
	struct checkpoint read = {0};
	struct err err = {0};

	(void)state;
	sign_note(text, ORIGIN, 1, &twice);
	sign_note(text, ORIGIN, 1, &twice);
	assert_int_equal(read_note(str_view(&twice), &read, &err), -1);
	sign_note(text, "witness", 2, &stranger);
	assert_int_equal(read_note(str_view(&stranger), &read, &err), -1);
	sign_note(text, ORIGIN, 2, &same_name);
	assert_int_equal(read_note(str_view(&same_name), &read, &err), -1);
	str_printf(&none, "%s\n", text);
	assert_int_equal(read_note(str_view(&none), &read, &err), -1);
	sign_note(text, ORIGIN, 1, &broken);
	str_add(&broken, "\n");
	assert_int_equal(read_note(str_view(&broken), &read, &err), -1);
	sign_note(text, "witness", 2, &witnessed);
	sign_note(text, ORIGIN, 1, &witnessed);
	sign_note(text, "other.witness", 3, &witnessed);
	assert_int_equal(read_note(str_view(&witnessed), &read, &err), 0);
	for (int i = 0; i < 14; i++) {
		sign_note(text, "witness", 2, &witnessed);
	}
	assert_int_equal(read_note(str_view(&witnessed), &read, &err), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(origins_name_repo_and_key),
		cmocka_unit_test(repos_that_cannot_name_a_log_are_refused),
		cmocka_unit_test(the_verifier_key_of_the_specification_is_read),
		cmocka_unit_test(the_signature_of_the_specification_verifies_with_that_key),
		cmocka_unit_test(wrong_verifier_keys_are_refused),
		cmocka_unit_test(a_checkpoint_has_the_form_of_the_specification),
		cmocka_unit_test(every_flipped_bit_of_a_checkpoint_is_refused),
		cmocka_unit_test(odd_texts_are_refused_even_when_signed),
		cmocka_unit_test(only_one_signature_by_the_log_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
