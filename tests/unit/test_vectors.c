/**
 * Vectors that other people published (tests/vectors), replayed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "base/file.h"
#include "crypto/key.h"

/** Ceiling of a file of vectors. */
#define VECTORS_BYTES ((size_t)1024 * 1024)

/** The bytes of tests/vectors/<name>. */
static struct str read_vectors(const char *name)
{
	const char *cases = getenv("CASES");
	AUTO(auto_str) struct str path = {0};
	struct str bytes = {0};
	struct err err = {0};

	str_printf(&path, "%s/../vectors/%s", cases ? cases : "tests/cases", name);
	if (file_read(path.at, VECTORS_BYTES, &bytes, &err)) {
		fail_msg("%s", err.text);
	}
	return bytes;
}

/** Append what hexadecimal digits say; "-" is nothing. */
static void add_bytes(struct text hex, struct str *out)
{
	struct err err = {0};

	for (size_t i = 0; !text_is(hex, "-") && i < hex.len; i += 2) {
		unsigned char one = 0;

		assert_int_equal(hex_decode((struct text){hex.at + i, 2}, &one, sizeof(one), &err),
				 0);
		str_add_bytes(out, (const char *)&one, sizeof(one));
	}
}

/** Judge one line. What is not 64 bytes never gets as far as the verifier: the envelope is refused.
 */
static bool verifies(struct text line, struct text *number, bool *expected)
{
	AUTO(auto_str) struct str signature = {0};
	AUTO(auto_str) struct str message = {0};
	struct public_key key = {0};
	struct text part[5] = {{0}};
	struct err err = {0};

	for (size_t i = 0; i < 5; i++) {
		assert_true(text_split(&line, ' ', &part[i]));
	}
	*number = part[0];
	*expected = text_is(part[1], "valid");
	assert_true(*expected || text_is(part[1], "invalid"));
	assert_int_equal(hex_decode(part[2], key.bytes, sizeof(key.bytes), &err), 0);
	add_bytes(part[3], &signature);
	add_bytes(part[4], &message);
	return signature.len == ED25519_SIGNATURE_BYTES &&
	       public_key_verifies(&key, str_view(&message), (const unsigned char *)signature.at);
}

static void ed25519_of_wycheproof_is_judged_as_its_authors_say(void **state)
{
	AUTO(auto_str) struct str vectors = read_vectors("wycheproof-ed25519");
	struct text rest = str_view(&vectors);
	struct text line = {0};
	size_t count[2] = {0};

	(void)state;
	while (rest.len > 0 && text_split(&rest, '\n', &line)) {
		struct text number = {0};
		bool expected = false;

		if (verifies(line, &number, &expected) != expected) {
			fail_msg("test %.*s is not %s", (int)number.len, number.at,
				 expected ? "valid" : "invalid");
		}
		count[expected]++;
	}
	assert_int_equal(count[true], 88);
	assert_int_equal(count[false], 63);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ed25519_of_wycheproof_is_judged_as_its_authors_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
