/**
 * Vectors that other people published (tests/vectors), replayed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "base/file.h"
#include "crypto/key.h"
#include "receipt/envelope.h"
#include "receipt/merkle.h"

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

/** Is this word one of those that commas separate? */
static bool lists(struct text words, const char *word)
{
	struct text one = {0};

	while (text_split(&words, ',', &one)) {
		if (text_is(one, word)) {
			return true;
		}
	}
	return false;
}

/** Split off `count` words, and the rest of the line. */
static void split_line(struct text line, struct text *parts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		assert_true(text_split(&line, ' ', &parts[i]));
	}
	parts[count] = line;
}

/* What Go and OpenSSL refuse (residues, R not in canonical form) is refused, and what signs for
 * weak keys. */
static void ed25519_of_cctv_is_judged_by_its_flags(void **state)
{
	AUTO(auto_str) struct str vectors = read_vectors("cctv-ed25519");
	struct text rest = str_view(&vectors);
	struct text line = {0};
	size_t count[2] = {0};

	(void)state;
	while (rest.len > 0 && text_split(&rest, '\n', &line)) {
		AUTO(auto_str) struct str message = {0};
		unsigned char signature[ED25519_SIGNATURE_BYTES];
		struct public_key key = {0};
		struct text part[5] = {{0}};
		struct err err = {0};
		bool expected = false;

		split_line(line, part, 4);
		assert_int_equal(hex_decode(part[1], key.bytes, sizeof(key.bytes), &err), 0);
		assert_int_equal(hex_decode(part[2], signature, sizeof(signature), &err), 0);
		add_bytes(part[3], &message);
		expected = !lists(part[4], "low_order_A") && !lists(part[4], "non_canonical_A") &&
			   !lists(part[4], "non_canonical_R") &&
			   !lists(part[4], "low_order_residue");
		if (public_key_verifies(&key, str_view(&message), signature) != expected) {
			fail_msg("vector %.*s is not as expected", (int)part[0].len, part[0].at);
		}
		count[expected]++;
	}
	assert_int_equal(count[true], 4);
	assert_int_equal(count[false], 36);
}

/** One envelope of the DSSE vectors: is its signature one over what it says that it holds? */
static bool is_signed(const struct text *part)
{
	AUTO(auto_envelope) struct envelope envelope = {0};
	AUTO(auto_str) struct str type = {0};
	AUTO(auto_str) struct str expected = {0};
	AUTO(auto_str) struct str pae = {0};
	struct public_key key = {0};
	struct err err = {0};

	assert_int_equal(hex_decode(part[2], key.bytes, sizeof(key.bytes), &err), 0);
	assert_int_equal(hex_decode(part[6], envelope.signature, sizeof(envelope.signature), &err),
			 0);
	add_bytes(part[3], &type);
	assert_true(type.len < sizeof(envelope.type));
	memcpy(envelope.type, str_text(&type), type.len);
	add_bytes(part[4], &envelope.payload);
	add_bytes(part[5], &expected);
	envelope_pae(envelope.type, str_view(&envelope.payload), &pae);
	assert_int_equal(text_equal(str_view(&pae), str_view(&expected)),
			 !text_is(part[0], "payload-type-swapped"));
	return envelope_is_by(&envelope, &key);
}

static void envelopes_of_dsse_are_signed_as_its_authors_say(void **state)
{
	AUTO(auto_str) struct str vectors = read_vectors("dsse-envelopes");
	struct text rest = str_view(&vectors);
	struct text line = {0};
	size_t count = 0;

	(void)state;
	while (rest.len > 0 && text_split(&rest, '\n', &line)) {
		struct text part[7] = {{0}};
		/* It is signed well, but no verifier supports an empty type. */
		bool expected = false;

		split_line(line, part, 6);
		expected = text_is(part[1], "accept") || text_is(part[0], "empty-payload-type");
		if (is_signed(part) != expected) {
			fail_msg("%.*s is not as expected", (int)part[0].len, part[0].at);
		}
		count++;
	}
	assert_int_equal(count, 7);
}

/** A proof of the vectors: what a file of ours cannot say (a hash of other than 32 bytes) is false.
 */
struct probe {
	bool is_growth;
	bool is_valid;
	bool can_be_said;
	uint64_t numbers[2];
	struct merkle_hash ends[2];
	size_t count;
	struct merkle_hash path[MERKLE_LEVELS];
	struct text name;
};

static void read_hash(struct text hex, struct merkle_hash *out, struct probe *probe)
{
	struct err err = {0};

	if (hex_decode(hex, out->bytes, sizeof(out->bytes), &err)) {
		probe->can_be_said = false;
	}
}

static void read_probe(struct text line, struct probe *out)
{
	struct text part[8] = {{0}};
	struct text hash = {0};

	split_line(line, part, 7);
	out->is_growth = text_is(part[0], "consistency");
	out->is_valid = text_is(part[1], "valid");
	out->can_be_said = true;
	out->name = part[7];
	for (size_t i = 0; i < 2; i++) {
		unsigned char bytes[8];
		struct err err = {0};

		assert_int_equal(hex_decode(part[2 + i], bytes, sizeof(bytes), &err), 0);
		for (size_t k = 0; k < sizeof(bytes); k++) {
			out->numbers[i] = out->numbers[i] << 8 | bytes[k];
		}
		read_hash(part[4 + i], &out->ends[i], out);
	}
	while (!text_is(part[6], "none") && text_split(&part[6], ',', &hash)) {
		assert_true(out->count < MERKLE_LEVELS);
		read_hash(hash, &out->path[out->count++], out);
	}
}

static bool holds(const struct probe *probe)
{
	struct merkle_proof proof = {probe->numbers[0], probe->numbers[1], probe->count, {{{0}}}};
	struct merkle_growth growth = {probe->numbers[0], probe->numbers[1], probe->count, {{{0}}}};

	memcpy(proof.path, probe->path, sizeof(probe->path));
	memcpy(growth.path, probe->path, sizeof(probe->path));
	return probe->is_growth ? merkle_proves_growth(&growth, &probe->ends[0], &probe->ends[1])
				: merkle_proves(&proof, &probe->ends[0], &probe->ends[1]);
}

static void proofs_of_transparency_dev_are_judged_as_its_authors_say(void **state)
{
	AUTO(auto_str) struct str vectors = read_vectors("rfc6962-proofs");
	struct text rest = str_view(&vectors);
	struct text line = {0};
	size_t count[2] = {0};
	size_t unsaid = 0;

	(void)state;
	while (rest.len > 0 && text_split(&rest, '\n', &line)) {
		struct probe probe = {0};

		read_probe(line, &probe);
		count[probe.is_growth]++;
		if (!probe.can_be_said) {
			unsaid += probe.is_valid;
		} else if (holds(&probe) != probe.is_valid) {
			fail_msg("'%.*s' is not as expected", (int)probe.name.len, probe.name.at);
		}
	}
	assert_int_equal(count[false], 98);
	assert_int_equal(count[true], 98);
	/* Two equal trees of one leaf, whose roots are twelve bytes. */
	assert_int_equal(unsaid, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ed25519_of_wycheproof_is_judged_as_its_authors_say),
		cmocka_unit_test(ed25519_of_cctv_is_judged_by_its_flags),
		cmocka_unit_test(envelopes_of_dsse_are_signed_as_its_authors_say),
		cmocka_unit_test(proofs_of_transparency_dev_are_judged_as_its_authors_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
