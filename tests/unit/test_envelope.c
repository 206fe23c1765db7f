#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "receipts.h"

#define PAYLOAD "eyJhIjoxfQ=="
#define KEYID "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define SIG                                                                                      \
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" \
	"=="
#define SIGNATURE "{\"keyid\":\"" KEYID "\",\"sig\":\"" SIG "\"}"
#define HEAD "{\"payload\":\"" PAYLOAD "\",\"payloadType\":\"" IN_TOTO_TYPE "\",\"signatures\":"

static int read_text(const char *text, struct err *err)
{
	AUTO(auto_envelope) struct envelope envelope = {0};

	return envelope_read(text_of(text), &envelope, err);
}

static void the_pae_is_that_of_the_specification(void **state)
{
	AUTO(auto_str) struct str pae = {0};

	(void)state;
	/* secure-systems-lab/dsse, protocol.md */
	envelope_pae("http://example.com/HelloWorld", text_of("hello world"), &pae);
	assert_string_equal(str_text(&pae),
			    "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
	str_clear(&pae);
	envelope_pae("", text_of(""), &pae);
	assert_string_equal(str_text(&pae), "DSSEv1 0  0 ");
}

static void what_is_written_is_read_and_verifies(void **state)
{
	AUTO(auto_key) struct key *key = sample_key(1);
	AUTO(auto_str) struct str file = {0};
	AUTO(auto_envelope) struct envelope envelope = {0};
	char fingerprint[FINGERPRINT_BYTES];
	struct err err = {0};

	(void)state;
	sample_envelope(text_of("{\"a\":1}"), key, &file);
	assert_memory_equal(file.at, HEAD "[{\"keyid\":\"SHA256:", strlen(HEAD) + 18);
	assert_int_equal(file.at[file.len - 1], '\n');
	assert_int_equal(envelope_read(str_view(&file), &envelope, &err), 0);
	assert_string_equal(str_text(&envelope.payload), "{\"a\":1}");
	assert_string_equal(envelope.type, IN_TOTO_TYPE);
	public_key_fingerprint(&key->public, fingerprint);
	assert_string_equal(envelope.keyid, fingerprint);
	assert_int_equal(envelope_verify(&envelope, &key->public, &err), 0);
}

static void another_key_or_keyid_does_not_verify(void **state)
{
	AUTO(auto_key) struct key *key = sample_key(1);
	AUTO(auto_key) struct key *other = sample_key(2);
	AUTO(auto_str) struct str file = {0};
	AUTO(auto_envelope) struct envelope envelope = {0};
	struct err err = {0};

	(void)state;
	sample_envelope(text_of("{\"a\":1}"), key, &file);
	assert_int_equal(envelope_read(str_view(&file), &envelope, &err), 0);
	assert_int_equal(envelope_verify(&envelope, &other->public, &err), -1);
	assert_non_null(strstr(err.text, "signature"));
	/* The keyid names the other key, the signature is by this one. */
	public_key_fingerprint(&other->public, envelope.keyid);
	assert_int_equal(envelope_verify(&envelope, &other->public, &err), -1);
	assert_int_equal(envelope_verify(&envelope, &key->public, &err), -1);
	assert_non_null(strstr(err.text, "keyid"));
}

static void another_type_or_payload_does_not_verify(void **state)
{
	AUTO(auto_key) struct key *key = sample_key(1);
	AUTO(auto_str) struct str file = {0};
	AUTO(auto_envelope) struct envelope envelope = {0};
	struct err err = {0};

	(void)state;
	sample_envelope(text_of("{\"a\":1}"), key, &file);
	assert_int_equal(envelope_read(str_view(&file), &envelope, &err), 0);
	envelope.type[0] = 'A';
	assert_false(envelope_is_by(&envelope, &key->public));
	envelope.type[0] = 'a';
	assert_true(envelope_is_by(&envelope, &key->public));
	envelope.payload.at[5] = '2';
	assert_false(envelope_is_by(&envelope, &key->public));
}

static void spacing_and_order_of_an_envelope_are_free(void **state)
{
	struct err err = {0};

	(void)state;
	assert_int_equal(read_text(HEAD "[" SIGNATURE "]}", &err), 0);
	assert_int_equal(read_text(" " HEAD " [ " SIGNATURE " ] }\r\n\n", &err), 0);
	assert_int_equal(read_text("{\"signatures\":[{\"sig\":\"" SIG "\",\"keyid\":\"" KEYID
				   "\"}],\"payloadType\":\"x\",\"payload\":\"\"}",
				   &err),
			 0);
}

static void odd_envelopes_are_refused(void **state)
{
	static const char *const wrong[] = {
		"",
		" ",
		"null",
		"[]",
		"\"text\"",
		"{}",
		/* repeated key, also in another spelling */
		HEAD "[" SIGNATURE "],\"payload\":\"" PAYLOAD "\"}",
		HEAD "[" SIGNATURE "],\"p\\u0061yload\":\"" PAYLOAD "\"}",
		/* case, unknown keys */
		HEAD "[" SIGNATURE "],\"Payload\":\"" PAYLOAD "\"}",
		HEAD "[" SIGNATURE "],\"more\":1}",
		HEAD "[{\"keyid\":\"" KEYID "\",\"sig\":\"" SIG "\",\"cert\":\"\"}]}",
		"{\"Payload\":\"" PAYLOAD "\",\"payloadType\":\"x\",\"signatures\":[" SIGNATURE
		"]}",
		/* trailing garbage, a second document, a byte order mark */
		HEAD "[" SIGNATURE "]}x",
		HEAD "[" SIGNATURE "]}{}",
		HEAD "[" SIGNATURE "]},",
		"\xef\xbb\xbf" HEAD "[" SIGNATURE "]}",
		/* not one signature */
		HEAD "[]}",
		HEAD "[" SIGNATURE "," SIGNATURE "]}",
		HEAD "{}}",
		HEAD SIGNATURE "}",
		HEAD "[null]}",
		HEAD "[[]]}",
		HEAD "[{\"keyid\":\"" KEYID "\"}]}",
		HEAD "[{\"sig\":\"" SIG "\"}]}",
		HEAD "[{\"keyid\":\"\",\"sig\":\"" SIG "\"}]}",
		HEAD "[{\"keyid\":null,\"sig\":\"" SIG "\"}]}",
		HEAD "[{\"keyid\":\"" KEYID "\",\"sig\":\"\"}]}",
		HEAD "[{\"keyid\":\"" KEYID "\",\"sig\":\"AAAA\"}]}",
		HEAD "[{\"keyid\":\"" KEYID "\",\"sig\":1}]}",
		/* keyid that is no fingerprint: hexadecimal, padded, not canonical */
		HEAD "[{\"keyid\":\"" HASH_A "\",\"sig\":\"" SIG "\"}]}",
		HEAD "[{\"keyid\":\"" KEYID "=\",\"sig\":\"" SIG "\"}]}",
		HEAD
		"[{\"keyid\":\"SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB\",\"sig\":\"" SIG
		"\"}]}",
		/* payload: not text, url-safe, unpadded, newline, junk, trailing bits */
		"{\"payload\":1234,\"payloadType\":\"x\",\"signatures\":[" SIGNATURE "]}",
		"{\"payload\":null,\"payloadType\":\"x\",\"signatures\":[" SIGNATURE "]}",
		"{\"payload\":\"_-8=\",\"payloadType\":\"x\",\"signatures\":[" SIGNATURE "]}",
		"{\"payload\":\"eyJhIjoxfQ\",\"payloadType\":\"x\",\"signatures\":[" SIGNATURE "]}",
		"{\"payload\":\"eyJh\\nIjoxfQ==\",\"payloadType\":\"x\",\"signatures\":[" SIGNATURE
		"]}",
		"{\"payload\":\"eyJhIj!!xfQ==\",\"payloadType\":\"x\",\"signatures\":[" SIGNATURE
		"]}",
		"{\"payload\":\"eyJhIjoxfR==\",\"payloadType\":\"x\",\"signatures\":[" SIGNATURE
		"]}",
		/* type */
		"{\"payload\":\"\",\"payloadType\":\"\",\"signatures\":[" SIGNATURE "]}",
		"{\"payload\":\"\",\"payloadType\":7,\"signatures\":[" SIGNATURE "]}",
		"{\"payload\":\"\",\"signatures\":[" SIGNATURE "]}",
		/* bytes that are not JSON */
		HEAD "[" SIGNATURE,
		"{\"payload\":\"\xff\",\"payloadType\":\"x\",\"signatures\":[" SIGNATURE "]}",
		"{\"payload\":\"\\u0000\",\"payloadType\":\"x\",\"signatures\":[" SIGNATURE "]}",
		"{'payload':'','payloadType':'x','signatures':[]}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct err err = {0};

		assert_int_equal(read_text(wrong[i], &err), -1);
		assert_true(err.text[0] != '\0');
	}
}

static void large_and_deep_inputs_are_refused(void **state)
{
	AUTO(auto_str) struct str large = {0};
	AUTO(auto_str) struct str deep = {0};
	struct err err = {0};

	(void)state;
	while (large.len <= ENVELOPE_BYTES) {
		str_add(&large, "                                                                ");
	}
	assert_int_equal(read_text(large.at, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	for (int i = 0; i < 100000; i++) {
		str_add(&deep, "[");
	}
	err = (struct err){0};
	assert_int_equal(read_text(deep.at, &err), -1);
}

static void every_flipped_bit_of_a_file_is_refused(void **state)
{
	AUTO(auto_key) struct key *key = sample_key(1);
	AUTO(auto_str) struct str file = {0};

	(void)state;
	sample_envelope(text_of("{\"a\":1}"), key, &file);
	for (size_t bit = 0; bit < file.len * 8; bit++) {
		AUTO(auto_envelope) struct envelope envelope = {0};
		struct err err = {0};

		file.at[bit / 8] = (char)(file.at[bit / 8] ^ (1 << bit % 8));
		assert_true(envelope_read(str_view(&file), &envelope, &err) ||
			    envelope_verify(&envelope, &key->public, &err));
		assert_true(err.text[0] != '\0');
		file.at[bit / 8] = (char)(file.at[bit / 8] ^ (1 << bit % 8));
	}
	/* Without the newline at the end it is the same envelope; shorter it is none. */
	for (size_t len = 0; len + 1 < file.len; len++) {
		AUTO(auto_envelope) struct envelope envelope = {0};
		struct err err = {0};

		assert_int_equal(envelope_read((struct text){file.at, len}, &envelope, &err), -1);
	}
}

static void a_damaged_envelope_is_told_from_another_file(void **state)
{
	AUTO(auto_key) struct key *key = sample_key(1);
	AUTO(auto_str) struct str file = {0};

	(void)state;
	sample_envelope(text_of("{\"a\":1}"), key, &file);
	for (size_t i = 0; i < file.len; i++) {
		file.at[i] ^= 2;
		assert_true(envelope_is_damaged(str_view(&file)));
		file.at[i] ^= 2;
	}
	assert_true(envelope_is_damaged((struct text){file.at, file.len / 2}));
	assert_false(envelope_is_damaged(text_of("")));
	assert_false(envelope_is_damaged(text_of("{\"name\":\"package\"}\n")));
	assert_false(envelope_is_damaged(text_of("# Envelopes\nhave a \"payload\" and more\n")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_pae_is_that_of_the_specification),
		cmocka_unit_test(what_is_written_is_read_and_verifies),
		cmocka_unit_test(another_key_or_keyid_does_not_verify),
		cmocka_unit_test(another_type_or_payload_does_not_verify),
		cmocka_unit_test(spacing_and_order_of_an_envelope_are_free),
		cmocka_unit_test(odd_envelopes_are_refused),
		cmocka_unit_test(large_and_deep_inputs_are_refused),
		cmocka_unit_test(every_flipped_bit_of_a_file_is_refused),
		cmocka_unit_test(a_damaged_envelope_is_told_from_another_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
