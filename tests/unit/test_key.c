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
#include "crypto/key.h"
#include "crypto/key_private.h"
#include "tool.h"

/** The folder of this test; made by setup, emptied by teardown. */
static char folder[] = "/tmp/test_key.XXXXXX";

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

static void unhex(const char *hex, void *out, size_t len)
{
	struct err err = {0};

	assert_int_equal(hex_decode(text_of(hex), out, len, &err), 0);
}

static void write_file(const char *name, const char *bytes, mode_t mode)
{
	struct err err = {0};

	assert_int_equal(file_replace(path_of(name), text_of(bytes), mode, FILE_SYNC_NO, &err), 0);
}

static enum key_state load_state(const char *name, struct err *err)
{
	struct key *key = NULL;
	enum key_state state = key_load(path_of(name), &key, err);

	assert_int_equal(key != NULL, state == KEY_USABLE);
	assert_int_equal(err->text[0] != '\0', state != KEY_USABLE);
	key_free(key);
	return state;
}

/* ---- signatures */

static void rfc_8032_vectors_sign_and_verify(void **state)
{
	static const struct {
		const char *seed;
		const char *public;
		const char *message;
		const char *signature;
	} vectors[] = {
		{"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
		 "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
		 "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bac"
		 "c61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
		{"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
		 "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
		 "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e"
		 "458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
		{"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
		 "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
		 "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290"
		 "ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
		{"833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
		 "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
		 "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		 "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
		 "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ec"
		 "fdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		unsigned char seed[32];
		unsigned char message[64];
		struct public_key expected;
		struct public_key public = {0};
		unsigned char expected_signature[64];
		unsigned char signature[64] = {0};
		size_t len = strlen(vectors[i].message) / 2;
		struct text text = {(const char *)message, len};
		AUTO(auto_key) struct key *key = NULL;

		unhex(vectors[i].seed, seed, 32);
		unhex(vectors[i].public, expected.bytes, 32);
		unhex(vectors[i].message, message, len);
		unhex(vectors[i].signature, expected_signature, 64);
		key = key_from_seed(seed);
		key_public(key, &public);
		assert_memory_equal(public.bytes, expected.bytes, 32);
		key_sign(key, text, signature);
		assert_memory_equal(signature, expected_signature, 64);
		assert_true(public_key_verifies(&public, text, signature));
	}
}

static void any_flipped_bit_of_a_signature_or_message_is_refused(void **state)
{
	AUTO(auto_key) struct key *key = key_generate();
	struct public_key public = {0};
	unsigned char signature[64];
	char message[] = "DSSEv1 3 abc";

	(void)state;
	key_public(key, &public);
	key_sign(key, text_of(message), signature);
	for (size_t bit = 0; bit < sizeof(signature) * 8; bit++) {
		signature[bit / 8] ^= (unsigned char)(1 << bit % 8);
		assert_false(public_key_verifies(&public, text_of(message), signature));
		signature[bit / 8] ^= (unsigned char)(1 << bit % 8);
	}
	for (size_t bit = 0; bit < (sizeof(message) - 1) * 8; bit++) {
		struct text text = {message, sizeof(message) - 1};

		message[bit / 8] = (char)(message[bit / 8] ^ (1 << bit % 8));
		assert_false(public_key_verifies(&public, text, signature));
		message[bit / 8] = (char)(message[bit / 8] ^ (1 << bit % 8));
	}
	assert_true(public_key_verifies(&public, text_of(message), signature));
}

/** Add L to the S half: the same signature in a second spelling. */
static void add_order(unsigned char *s)
{
	static const unsigned char order[32] = {
		0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,        0xd6,
		0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10,
	};
	unsigned carry = 0;

	for (int i = 0; i < 32; i++) {
		carry += (unsigned)s[i] + order[i];
		s[i] = (unsigned char)carry;
		carry >>= 8;
	}
}

static void a_signature_with_s_plus_l_is_refused(void **state)
{
	AUTO(auto_key) struct key *key = key_generate();
	struct public_key public = {0};
	unsigned char signature[64];

	(void)state;
	key_public(key, &public);
	key_sign(key, text_of("message"), signature);
	assert_true(public_key_verifies(&public, text_of("message"), signature));
	add_order(signature + 32);
	assert_false(public_key_verifies(&public, text_of("message"), signature));
}

static void small_order_public_keys_are_refused(void **state)
{
	/* The eight points, and the second spellings of the same points (C2SP/CCTV ed25519). */
	static const char *const points[] = {
		"0100000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000080",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0000000000000000000000000000000000000000000000000000000000000080",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		unsigned char signature[64] = {0};
		struct public_key point;

		/* R = A and S = 0 satisfies the equation for one message in eight or so. */
		unhex(points[i], point.bytes, 32);
		memcpy(signature, point.bytes, 32);
		assert_true(public_key_is_weak(&point));
		for (char message = 'a'; message < 'a' + 26; message++) {
			assert_false(
				public_key_verifies(&point, (struct text){&message, 1}, signature));
		}
	}
}

static void public_keys_with_y_not_below_p_are_refused(void **state)
{
	static const struct {
		const char *point;
		bool is_weak;
	} cases[] = {
		{"f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		 true}, /* p+3 */
		{"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", true},
		{"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", true},
		{"ebffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", false},
		{"0300000000000000000000000000000000000000000000000000000000000000", false},
		{"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct public_key point;

		unhex(cases[i].point, point.bytes, 32);
		assert_int_equal(public_key_is_weak(&point), cases[i].is_weak);
	}
}

static void a_public_key_off_the_curve_verifies_nothing(void **state)
{
	struct public_key point = {{2}}; /* y = 2 has no x */
	unsigned char signature[64] = {0};

	(void)state;
	assert_false(public_key_is_weak(&point));
	assert_false(public_key_verifies(&point, text_of("message"), signature));
}

/* ---- files of our own making */

static void a_written_key_is_read_back(void **state)
{
	AUTO(auto_key) struct key *key = key_generate();
	AUTO(auto_key) struct key *again = NULL;
	AUTO(auto_str) struct str file = {0};
	struct err err = {0};

	(void)state;
	key_write_openssh(key, "ops@control", &file);
	write_file("own", file.at, 0600);
	assert_int_equal(key_load(path_of("own"), &again, &err), KEY_USABLE);
	assert_memory_equal(key->seed, again->seed, sizeof(key->seed));
	assert_memory_equal(key->public.bytes, again->public.bytes, 32);
}

static void every_changed_byte_of_a_key_file_is_harmless(void **state)
{
	AUTO(auto_key) struct key *key = key_generate();
	AUTO(auto_str) struct str file = {0};

	(void)state;
	key_write_openssh(key, "c", &file);
	for (size_t i = 0; i < file.len; i++) {
		struct key *other = NULL;
		struct err err = {0};

		file.at[i] ^= 1;
		if (key_parse(str_view(&file), "k", &other, &err) == KEY_USABLE) {
			/* The comment, or the bytes behind the key: never another key. */
			assert_memory_equal(other->public.bytes, key->public.bytes, 32);
		} else {
			assert_true(err.text[0] != '\0');
		}
		key_free(other);
		file.at[i] ^= 1;
	}
	for (size_t len = 0; len < file.len - 40; len++) {
		struct key *other = NULL;
		struct err err = {0};

		assert_int_not_equal(key_parse((struct text){file.at, len}, "k", &other, &err),
				     KEY_USABLE);
	}
}

static void a_key_whose_halves_disagree_is_unreadable(void **state)
{
	AUTO(auto_key) struct key *key = key_generate();
	AUTO(auto_str) struct str file = {0};
	struct key *other = NULL;
	struct err err = {0};

	(void)state;
	key->public.bytes[0] ^= 1; /* the file then claims a public key that is not the seed's */
	key_write_openssh(key, "c", &file);
	assert_int_equal(key_parse(str_view(&file), "k", &other, &err), KEY_UNREADABLE);
	assert_non_null(strstr(err.text, "do not agree"));
}

static void what_is_not_a_usable_file_has_a_state_and_a_sentence(void **state)
{
	AUTO(auto_key) struct key *key = key_generate();
	AUTO(auto_str) struct str file = {0};
	AUTO(auto_str) struct str line = {0};
	struct err err = {0};

	(void)state;
	key_write_openssh(key, NULL, &file);
	public_key_write_ssh(&key->public, "x", &line);
	assert_int_equal(load_state("absent", &err), KEY_ABSENT);
	assert_int_equal(mkdir(path_of("folder"), 0700), 0);
	err = (struct err){0};
	assert_int_equal(load_state("folder", &err), KEY_UNREADABLE);
	assert_non_null(strstr(err.text, "directory"));
	assert_int_equal(mkfifo(path_of("fifo"), 0600), 0);
	err = (struct err){0};
	assert_int_equal(load_state("fifo", &err), KEY_UNREADABLE);
	for (unsigned bit = 1; bit <= 077; bit <<= 1) {
		write_file("exposed", file.at, 0600 | bit);
		err = (struct err){0};
		assert_int_equal(load_state("exposed", &err), KEY_EXPOSED);
		assert_non_null(strstr(err.text, "chmod 600"));
	}
	write_file("public", line.at, 0644);
	err = (struct err){0};
	assert_int_equal(load_state("public", &err), KEY_UNREADABLE);
	assert_non_null(strstr(err.text, "public key"));
	write_file("empty", "", 0600);
	err = (struct err){0};
	assert_int_equal(load_state("empty", &err), KEY_UNREADABLE);
	if (geteuid() != 0) {
		write_file("closed", file.at, 0);
		err = (struct err){0};
		assert_int_equal(load_state("closed", &err), KEY_UNREADABLE);
	}
}

static void a_file_over_the_ceiling_is_unreadable(void **state)
{
	AUTO(auto_str) struct str file = {0};
	struct err err = {0};

	(void)state;
	str_add(&file, "-----BEGIN OPENSSH PRIVATE KEY-----\n");
	while (file.len <= KEY_FILE_BYTES) {
		str_add(&file, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n");
	}
	write_file("large", file.at, 0600);
	assert_int_equal(load_state("large", &err), KEY_UNREADABLE);
	assert_non_null(strstr(err.text, "too large"));
}

static void public_lines_are_read_strictly(void **state)
{
	AUTO(auto_key) struct key *key = key_generate();
	AUTO(auto_str) struct str line = {0};
	static const char *const wrong[] = {
		"",
		"ssh-ed25519",
		"ssh-ed25519 ",
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5",
		"ssh-ed25519 AAAA!",
		"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAAQDf",
		/* a weak key: y = 1 */
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		/* type inside differs from the type outside */
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE4AAAAIAMAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		/* a byte behind the key */
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAMAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
	};
	struct public_key public = {0};
	struct err err = {0};

	(void)state;
	public_key_write_ssh(&key->public, "a comment with words", &line);
	assert_int_equal(public_key_from_line(str_view(&line), &public, &err), 0);
	assert_memory_equal(public.bytes, key->public.bytes, 32);
	assert_int_equal(public_key_from_line(text_of("ssh-ed25519 "
						      "AAAAC3NzaC1lZDI1NTE5AAAAIAMAAAAAAAAAAAAAAAA"
						      "AAAAAAAAAAAAAAAAAAAAAAAAA"),
					      &public, &err),
			 0);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		err = (struct err){0};
		assert_int_equal(public_key_from_line(text_of(wrong[i]), &public, &err), -1);
		assert_true(err.text[0] != '\0');
	}
}

/* ---- together with other people's programs */

static void ssh_keygen_and_we_read_each_other(void **state)
{
	AUTO(auto_key) struct key *ours = key_generate();
	AUTO(auto_key) struct key *theirs = NULL;
	AUTO(auto_str) struct str file = {0};
	AUTO(auto_str) struct str line = {0};
	AUTO(auto_str) struct str out = {0};
	AUTO(auto_str) struct str pub = {0};
	struct public_key public = {0};
	char fingerprint[FINGERPRINT_BYTES];
	struct err err = {0};

	(void)state;
	if (!tool_exists("ssh-keygen")) {
		skip();
	}
	key_write_openssh(ours, "ops@control", &file);
	write_file("ours", file.at, 0600);
	public_key_write_ssh(&ours->public, "ops@control", &line);
	assert_int_equal(TOOL_RUN(&out, "ssh-keygen", "-y", "-f", path_of("ours")), 0);
	assert_string_equal(str_text(&out), line.at);
	str_clear(&out);
	assert_int_equal(TOOL_RUN(&out, "ssh-keygen", "-l", "-f", path_of("ours")), 0);
	public_key_fingerprint(&ours->public, fingerprint);
	assert_int_equal(strlen(fingerprint), FINGERPRINT_BYTES - 1);
	assert_non_null(strstr(str_text(&out), fingerprint));
	assert_int_equal(TOOL_RUN(NULL, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C",
				  "their comment", "-f", path_of("theirs")),
			 0);
	assert_int_equal(key_load(path_of("theirs"), &theirs, &err), KEY_USABLE);
	assert_int_equal(file_read(path_of("theirs.pub"), 4096, &pub, &err), 0);
	assert_int_equal(public_key_from_line(str_view(&pub), &public, &err), 0);
	assert_memory_equal(public.bytes, theirs->public.bytes, 32);
}

static void keys_of_ssh_keygen_that_we_do_not_use_are_told_apart(void **state)
{
	struct err err = {0};

	(void)state;
	if (!tool_exists("ssh-keygen")) {
		skip();
	}
	assert_int_equal(TOOL_RUN(NULL, "ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f",
				  path_of("locked")),
			 0);
	assert_int_equal(load_state("locked", &err), KEY_LOCKED);
	assert_non_null(strstr(err.text, "passphrase"));
	assert_int_equal(TOOL_RUN(NULL, "ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "",
				  "-f", path_of("rsa")),
			 0);
	err = (struct err){0};
	assert_int_equal(load_state("rsa", &err), KEY_UNSUPPORTED);
	assert_non_null(strstr(err.text, "ssh-rsa"));
	assert_int_equal(
		TOOL_RUN(NULL, "ssh-keygen", "-q", "-t", "ecdsa", "-N", "", "-f", path_of("ecdsa")),
		0);
	err = (struct err){0};
	assert_int_equal(load_state("ecdsa", &err), KEY_UNSUPPORTED);
	assert_non_null(strstr(err.text, "ecdsa"));
	assert_int_equal(TOOL_RUN(NULL, "ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-m", "PEM",
				  "-N", "", "-f", path_of("rsa_pem")),
			 0);
	err = (struct err){0};
	assert_int_equal(load_state("rsa_pem", &err), KEY_UNSUPPORTED);
	assert_int_equal(TOOL_RUN(NULL, "ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-m", "PEM",
				  "-N", "secret", "-f", path_of("rsa_pem_locked")),
			 0);
	err = (struct err){0};
	assert_int_equal(load_state("rsa_pem_locked", &err), KEY_LOCKED);
}

static void openssl_keys_in_pkcs8_are_read(void **state)
{
	AUTO(auto_key) struct key *key = NULL;
	AUTO(auto_str) struct str theirs = {0};
	AUTO(auto_str) struct str ours = {0};
	struct err err = {0};
	const char *path = path_of("pkcs8");

	(void)state;
	if (!tool_exists("openssl")) {
		skip();
	}
	assert_int_equal(
		TOOL_RUN(NULL, "openssl", "genpkey", "-algorithm", "ed25519", "-out", path), 0);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(key_load(path, &key, &err), KEY_USABLE);
	assert_int_equal(TOOL_RUN(&theirs, "openssl", "pkey", "-in", path, "-pubout"), 0);
	public_key_write_pem(&key->public, &ours);
	assert_string_equal(str_text(&ours), str_text(&theirs));
	assert_int_equal(TOOL_RUN(NULL, "openssl", "pkey", "-in", path, "-aes128", "-passout",
				  "pass:secret", "-out", path_of("pkcs8_locked")),
			 0);
	assert_int_equal(chmod(path_of("pkcs8_locked"), 0600), 0);
	assert_int_equal(load_state("pkcs8_locked", &err), KEY_LOCKED);
	assert_int_equal(TOOL_RUN(NULL, "openssl", "genpkey", "-algorithm", "x25519", "-out",
				  path_of("x25519")),
			 0);
	assert_int_equal(chmod(path_of("x25519"), 0600), 0);
	err = (struct err){0};
	assert_int_equal(load_state("x25519", &err), KEY_UNSUPPORTED);
	assert_non_null(strstr(err.text, "X25519"));
}

static void openssl_verifies_what_we_sign_and_we_what_it_signs(void **state)
{
	AUTO(auto_key) struct key *key = NULL;
	AUTO(auto_str) struct str pem = {0};
	AUTO(auto_str) struct str signature = {0};
	unsigned char ours[64];
	struct err err = {0};
	const char *path = path_of("signer");
	const char *message = path_of("message");

	(void)state;
	if (!tool_exists("openssl")) {
		skip();
	}
	assert_int_equal(
		TOOL_RUN(NULL, "openssl", "genpkey", "-algorithm", "ed25519", "-out", path), 0);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(key_load(path, &key, &err), KEY_USABLE);
	write_file("message", "what is signed", 0600);
	assert_int_equal(TOOL_RUN(&signature, "openssl", "pkeyutl", "-sign", "-rawin", "-inkey",
				  path, "-in", message),
			 0);
	assert_int_equal(signature.len, 64);
	key_sign(key, text_of("what is signed"), ours);
	assert_memory_equal(signature.at, ours, 64); /* Ed25519 is deterministic */
	assert_true(public_key_verifies(&key->public, text_of("what is signed"),
					(const unsigned char *)signature.at));
	public_key_write_pem(&key->public, &pem);
	write_file("pem", pem.at, 0644);
	assert_int_equal(file_replace(path_of("sig"), (struct text){(const char *)ours, 64}, 0644,
				      FILE_SYNC_NO, &err),
			 0);
	assert_int_equal(TOOL_RUN(NULL, "openssl", "pkeyutl", "-verify", "-pubin", "-inkey",
				  path_of("pem"), "-rawin", "-in", message, "-sigfile",
				  path_of("sig")),
			 0);
}

/** The second line of a minisign or signify file: "Ed", a number, the key. */
static void check_numbered(struct text line, const struct public_key *key)
{
	AUTO(auto_str) struct str bytes = {0};
	struct err err = {0};

	assert_int_equal(base64_decode(line, &bytes, &err), 0);
	assert_int_equal(bytes.len, 42);
	assert_memory_equal(bytes.at, "Ed", 2);
	assert_memory_equal(bytes.at + 2, "\x6d\xb5\xe9\xb8\xa1\xba\xce\x1c", 8);
	assert_memory_equal(bytes.at + 10, key->bytes, 32);
}

static void the_minisign_and_signify_forms_are_those_of_their_formats(void **state)
{
	struct public_key key;
	AUTO(auto_str) struct str minisign = {0};
	AUTO(auto_str) struct str signify = {0};
	struct text rest = {0};
	struct text line = {0};

	(void)state;
	unhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", key.bytes, 32);
	public_key_write_minisign(&key, &minisign);
	rest = str_view(&minisign);
	assert_true(text_split(&rest, '\n', &line));
	/* The digest of the key's fingerprint starts 6db5e9b8a1bace1c; the comment prints it as a
	 * number. */
	assert_true(text_is(line, "untrusted comment: minisign public key 1CCEBAA1B8E9B56D"));
	assert_true(text_split(&rest, '\n', &line));
	check_numbered(line, &key);
	public_key_write_signify(&key, &signify);
	rest = str_view(&signify);
	assert_true(text_split(&rest, '\n', &line));
	assert_true(text_starts(line, "untrusted comment: "));
	assert_true(text_split(&rest, '\n', &line));
	check_numbered(line, &key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc_8032_vectors_sign_and_verify),
		cmocka_unit_test(any_flipped_bit_of_a_signature_or_message_is_refused),
		cmocka_unit_test(a_signature_with_s_plus_l_is_refused),
		cmocka_unit_test(small_order_public_keys_are_refused),
		cmocka_unit_test(public_keys_with_y_not_below_p_are_refused),
		cmocka_unit_test(a_public_key_off_the_curve_verifies_nothing),
		cmocka_unit_test(a_written_key_is_read_back),
		cmocka_unit_test(every_changed_byte_of_a_key_file_is_harmless),
		cmocka_unit_test(a_key_whose_halves_disagree_is_unreadable),
		cmocka_unit_test(what_is_not_a_usable_file_has_a_state_and_a_sentence),
		cmocka_unit_test(a_file_over_the_ceiling_is_unreadable),
		cmocka_unit_test(public_lines_are_read_strictly),
		cmocka_unit_test(ssh_keygen_and_we_read_each_other),
		cmocka_unit_test(keys_of_ssh_keygen_that_we_do_not_use_are_told_apart),
		cmocka_unit_test(openssl_keys_in_pkcs8_are_read),
		cmocka_unit_test(openssl_verifies_what_we_sign_and_we_what_it_signs),
		cmocka_unit_test(the_minisign_and_signify_forms_are_those_of_their_formats),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
