#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "crypto/key_private.h"
#include "receipt/detached.h"
#include "receipts.h"

#define COMMENT "RUN-20260301T214813Z__verify.fast__Rk7q2m9x4c8t1v5za0hd3"

/** An envelope by key number `first`, read back. */
static void make_envelope(unsigned char first, struct envelope *out)
{
	AUTO(auto_key) struct key *key = sample_key(first);
	AUTO(auto_str) struct str file = {0};
	struct err err = {0};

	sample_envelope(text_of("{\"a\":1}"), key, &file);
	assert_int_equal(envelope_read(str_view(&file), out, &err), 0);
}

/** Line number `index` of a file. */
static struct text line_of(const struct str *file, size_t index)
{
	struct text rest = str_view(file);
	struct text line = {0};

	for (size_t i = 0; i <= index; i++) {
		assert_true(text_split(&rest, '\n', &line));
	}
	return line;
}

static void the_signature_of_a_signify_file_is_the_envelopes(void **state)
{
	AUTO(auto_key) struct key *key = sample_key(1);
	AUTO(auto_envelope) struct envelope envelope = {0};
	AUTO(auto_str) struct str file = {0};
	AUTO(auto_str) struct str bytes = {0};
	unsigned char number[KEY_NUMBER_BYTES];
	struct err err = {0};

	(void)state;
	make_envelope(1, &envelope);
	detached_write_signify(&envelope, &file);
	assert_true(text_starts(line_of(&file, 0), "untrusted comment: "));
	assert_int_equal(base64_decode(line_of(&file, 1), &bytes, &err), 0);
	assert_int_equal(bytes.len, 2 + KEY_NUMBER_BYTES + ED25519_SIGNATURE_BYTES);
	assert_memory_equal(bytes.at, "Ed", 2);
	/* The envelope does not hold the key, and yet the number is that of the key's file. */
	public_key_number(&key->public, number);
	assert_memory_equal(bytes.at + 2, number, sizeof(number));
	assert_memory_equal(bytes.at + 2 + sizeof(number), envelope.signature,
			    sizeof(envelope.signature));
}

static void a_minisign_file_adds_a_signature_over_signature_and_comment(void **state)
{
	AUTO(auto_key) struct key *key = sample_key(1);
	AUTO(auto_envelope) struct envelope envelope = {0};
	AUTO(auto_str) struct str file = {0};
	AUTO(auto_str) struct str second = {0};
	AUTO(auto_str) struct str both = {0};
	struct err err = {0};

	(void)state;
	make_envelope(1, &envelope);
	assert_int_equal(detached_write_minisign(&envelope, COMMENT, SIGNING(key), &file, &err), 0);
	assert_true(text_is(line_of(&file, 2), "trusted comment: " COMMENT));
	assert_int_equal(base64_decode(line_of(&file, 3), &second, &err), 0);
	assert_int_equal(second.len, ED25519_SIGNATURE_BYTES);
	str_add_bytes(&both, envelope.signature, sizeof(envelope.signature));
	str_add(&both, COMMENT);
	assert_true(public_key_verifies(&key->public, str_view(&both),
					(const unsigned char *)second.at));
}

/** Or anybody could write 64 bytes of his choice into an envelope, and have them signed. */
static void nothing_is_signed_for_an_envelope_that_is_not_by_the_key(void **state)
{
	AUTO(auto_key) struct key *key = sample_key(1);
	AUTO(auto_str) struct str file = {0};
	struct err err = {0};

	(void)state;
	for (unsigned char byte = 0; byte < ED25519_SIGNATURE_BYTES; byte++) {
		AUTO(auto_envelope) struct envelope envelope = {0};

		make_envelope(1, &envelope);
		envelope.signature[byte] ^= 1;
		assert_int_equal(
			detached_write_minisign(&envelope, COMMENT, SIGNING(key), &file, &err), -1);
	}
	{
		AUTO(auto_envelope) struct envelope foreign = {0};

		make_envelope(2, &foreign);
		assert_int_equal(
			detached_write_minisign(&foreign, COMMENT, SIGNING(key), &file, &err), -1);
		assert_string_equal(err.text, "the receipt is not by your key");
	}
	assert_int_equal(file.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_signature_of_a_signify_file_is_the_envelopes),
		cmocka_unit_test(a_minisign_file_adds_a_signature_over_signature_and_comment),
		cmocka_unit_test(nothing_is_signed_for_an_envelope_that_is_not_by_the_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
