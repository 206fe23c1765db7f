#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "crypto/digest.h"

static void assert_hex(const unsigned char *bytes, size_t len, const char *expected)
{
	AUTO(auto_str) struct str hex = {0};

	hex_encode(&hex, bytes, len);
	assert_string_equal(str_text(&hex), expected);
}

static void sha256_gives_the_vectors_of_fips_180(void **state)
{
	char hex[SHA256_HEX_BYTES];

	(void)state;
	sha256_hex("", 0, hex);
	assert_string_equal(hex,
			    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	sha256_hex("abc", 3, hex);
	assert_string_equal(hex,
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56, hex);
	assert_string_equal(hex,
			    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void sha256_over_pieces_equals_sha256_over_the_whole(void **state)
{
	unsigned char whole[SHA256_BYTES];
	unsigned char pieces[SHA256_BYTES];
	struct sha256 *piecewise = sha256_open();
	char bytes[1000];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++) {
		bytes[i] = (char)(i * 7);
	}
	sha256(bytes, sizeof(bytes), whole);
	for (size_t at = 0; at < sizeof(bytes); at += 100) {
		sha256_add(piecewise, bytes + at, 100);
	}
	sha256_close(piecewise, pieces);
	assert_memory_equal(whole, pieces, sizeof(whole));
}

static void two_open_digests_do_not_mix(void **state)
{
	struct sha256 *one = sha256_open();
	struct sha256 *two = sha256_open();
	unsigned char digest[SHA256_BYTES];

	(void)state;
	sha256_add(one, "a", 1);
	sha256_add(two, "zzz", 3);
	sha256_add(one, "bc", 2);
	sha256_close(two, digest);
	sha256_close(one, digest);
	assert_hex(digest, sizeof(digest),
		   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void sha1_gives_the_vectors_of_fips_180_and_a_git_blob(void **state)
{
	unsigned char digest[SHA1_BYTES];

	(void)state;
	sha1("abc", 3, digest);
	assert_hex(digest, sizeof(digest), "a9993e364706816aba3e25717850c26c9cd0d89d");
	sha1("blob 0", 7, digest); /* with its NUL: git's empty blob */
	assert_hex(digest, sizeof(digest), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
}

static void hmac_sha1_gives_the_vectors_of_rfc_2202(void **state)
{
	unsigned char mac[SHA1_BYTES];
	char key[80];

	(void)state;
	hmac_sha1(text_of("Jefe"), text_of("what do ya want for nothing?"), mac);
	assert_hex(mac, sizeof(mac), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
	memset(key, 0xaa, sizeof(key));
	hmac_sha1((struct text){key, sizeof(key)},
		  text_of("Test Using Larger Than Block-Size Key - Hash Key First"), mac);
	assert_hex(mac, sizeof(mac), "aa4ae5e15272d00e95705637ce8a3b55ed402112");
	hmac_sha1((struct text){0}, (struct text){0}, mac);
	assert_hex(mac, sizeof(mac), "fbdb1d1b18aa6c08324b7d64b71fb76370690e1d");
}

static void hmac_sha256_gives_the_vectors_of_rfc_4231(void **state)
{
	unsigned char mac[SHA256_BYTES];
	char key[131];

	(void)state;
	hmac_sha256(text_of("Jefe"), text_of("what do ya want for nothing?"), mac);
	assert_hex(mac, sizeof(mac),
		   "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof(key));
	hmac_sha256((struct text){key, sizeof(key)},
		    text_of("Test Using Larger Than Block-Size Key - Hash Key First"), mac);
	assert_hex(mac, sizeof(mac),
		   "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void the_bytes_of_a_salted_hash_are_found(void **state)
{
	struct salted_hash hashes[4];

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		memset(hashes[i].salt, (int)i + 1, SHA1_BYTES);
		hmac_sha1((struct text){(const char *)hashes[i].salt, SHA1_BYTES},
			  text_of(i % 2 ? "odd" : "even"), hashes[i].hash);
	}
	assert_int_equal(salted_hash_find(hashes, 4, 0, text_of("even")), 0);
	assert_int_equal(salted_hash_find(hashes, 4, 0, text_of("odd")), 1);
	assert_int_equal(salted_hash_find(hashes, 4, 2, text_of("odd")), 3);
	assert_int_equal(salted_hash_find(hashes, 3, 2, text_of("odd")), 3);
	assert_int_equal(salted_hash_find(hashes, 4, 4, text_of("odd")), 4);
	hashes[1].hash[SHA1_BYTES - 1] ^= 1;
	assert_int_equal(salted_hash_find(hashes, 4, 0, text_of("odd")), 3);
	assert_int_equal(salted_hash_find(hashes, 4, 0, text_of("")), 4);
}

static void random_bytes_fill_every_byte_and_differ(void **state)
{
	unsigned char seen[300] = {0};
	unsigned char one[300];
	unsigned char two[300];

	(void)state;
	random_bytes(one, sizeof(one));
	random_bytes(two, sizeof(two));
	assert_memory_not_equal(one, two, sizeof(one));
	for (int round = 0; round < 64; round++) { /* a byte stays 0 with chance 2^-512 */
		random_bytes(one, sizeof(one));
		for (size_t i = 0; i < sizeof(one); i++) {
			seen[i] |= one[i];
		}
	}
	for (size_t i = 0; i < sizeof(seen); i++) {
		assert_int_not_equal(seen[i], 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha256_gives_the_vectors_of_fips_180),
		cmocka_unit_test(sha256_over_pieces_equals_sha256_over_the_whole),
		cmocka_unit_test(two_open_digests_do_not_mix),
		cmocka_unit_test(sha1_gives_the_vectors_of_fips_180_and_a_git_blob),
		cmocka_unit_test(hmac_sha1_gives_the_vectors_of_rfc_2202),
		cmocka_unit_test(hmac_sha256_gives_the_vectors_of_rfc_4231),
		cmocka_unit_test(the_bytes_of_a_salted_hash_are_found),
		cmocka_unit_test(random_bytes_fill_every_byte_and_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
