#include "crypto/ssh_signature.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "crypto/digest.h"
#include "crypto/key.h"
#include "crypto/wire.h"

#define SPACE "gaterun-loop"
#define MESSAGE "what is signed"
#define SK_TYPE "sk-ssh-ed25519@openssh.com"

/** How a signature is made, and what is wrong with it. */
struct recipe {
	bool is_sk;
	unsigned char flags;
	const char *space;
	const char *hash;
	const char *trailing;
	bool is_other_key;
};

static const struct recipe good = {.space = SPACE, .hash = "sha256"};
static const struct recipe good_sk = {.is_sk = true, .flags = 1, .space = SPACE, .hash = "sha256"};

static void add_covered(const struct recipe *recipe, struct str *out)
{
	unsigned char digest[SHA256_BYTES];

	sha256(MESSAGE, strlen(MESSAGE), digest);
	str_add(out, "SSHSIG");
	wire_add_text(out, text_of(recipe->space));
	wire_add_text(out, text_of(""));
	wire_add_text(out, text_of(recipe->hash));
	wire_add(out, digest, sizeof(digest));
}

/** What a device with such a key would sign. */
static void add_device(struct text covered, unsigned char flags, struct str *out)
{
	unsigned char digest[SHA256_BYTES];

	sha256("ssh:", 4, digest);
	str_add_bytes(out, digest, sizeof(digest));
	str_add_char(out, (char)flags);
	wire_add_u32(out, 7);
	sha256(covered.at, covered.len, digest);
	str_add_bytes(out, digest, sizeof(digest));
}

static void make(const struct recipe *recipe, struct str *out)
{
	AUTO(auto_key) struct key *key = key_generate();
	AUTO(auto_key) struct key *other = key_generate();
	AUTO(auto_str) struct str covered = {0};
	AUTO(auto_str) struct str device = {0};
	AUTO(auto_str) struct str blob = {0};
	AUTO(auto_str) struct str raw = {0};
	AUTO(auto_str) struct str whole = {0};
	unsigned char signature[ED25519_SIGNATURE_BYTES];
	const char *type = recipe->is_sk ? SK_TYPE : "ssh-ed25519";
	struct public_key public = {0};

	add_covered(recipe, &covered);
	add_device(str_view(&covered), recipe->flags, &device);
	key_sign(recipe->is_other_key ? other : key, str_view(recipe->is_sk ? &device : &covered),
		 signature);
	key_public(key, &public);
	wire_add_text(&blob, text_of(type));
	wire_add(&blob, public.bytes, sizeof(public.bytes));
	if (recipe->is_sk) {
		wire_add_text(&blob, text_of("ssh:"));
	}
	wire_add_text(&raw, text_of(type));
	wire_add(&raw, signature, sizeof(signature));
	if (recipe->is_sk) {
		str_add_char(&raw, (char)recipe->flags);
		wire_add_u32(&raw, 7);
	}
	str_add(&whole, "SSHSIG");
	wire_add_u32(&whole, 1);
	wire_add_text(&whole, str_view(&blob));
	wire_add_text(&whole, text_of(recipe->space));
	wire_add_text(&whole, text_of(""));
	wire_add_text(&whole, text_of(recipe->hash));
	wire_add_text(&whole, str_view(&raw));
	str_add(&whole, recipe->trailing ? recipe->trailing : "");
	str_add(out, "-----BEGIN SSH SIGNATURE-----\n");
	base64_encode(out, whole.at, whole.len);
	str_add(out, "\n-----END SSH SIGNATURE-----\n");
}

/** NULL if it verifies; else why not. */
static const char *judge(const struct recipe *recipe, const char *message)
{
	static struct err err;
	AUTO(auto_str) struct str armored = {0};
	AUTO(auto_ssh_signature) struct ssh_signature signature = {0};

	err = (struct err){0};
	make(recipe, &armored);
	return ssh_signature_read(str_view(&armored), &signature, &err) ||
			       ssh_signature_verify(&signature, SPACE, text_of(message), &err)
		       ? err.text
		       : NULL;
}

static void a_signature_of_a_key_verifies(void **state)
{
	(void)state;
	assert_null(judge(&good, MESSAGE));
	assert_non_null(judge(&good, "something else"));
}

static void one_of_a_key_in_hardware_does_too(void **state)
{
	(void)state;
	assert_null(judge(&good_sk, MESSAGE));
	assert_non_null(judge(&good_sk, "something else"));
}

static void a_device_that_nobody_touched_does_not_count(void **state)
{
	struct recipe untouched = good_sk;

	(void)state;
	untouched.flags = 4;
	assert_non_null(strstr(judge(&untouched, MESSAGE), "touched"));
}

static void another_namespace_key_or_digest_does_not_verify(void **state)
{
	struct recipe recipe = good;

	(void)state;
	recipe.space = "git";
	assert_non_null(strstr(judge(&recipe, MESSAGE), "namespace"));
	recipe = good;
	recipe.is_other_key = true;
	assert_non_null(strstr(judge(&recipe, MESSAGE), "does not verify"));
	recipe = good_sk;
	recipe.is_other_key = true;
	assert_non_null(strstr(judge(&recipe, MESSAGE), "does not verify"));
	recipe = good;
	recipe.hash = "md5";
	assert_non_null(strstr(judge(&recipe, MESSAGE), "digest"));
}

static void what_is_no_signature_is_refused(void **state)
{
	struct recipe recipe = good;
	struct ssh_signature signature = {0};
	struct err err = {0};

	(void)state;
	recipe.trailing = "x";
	assert_non_null(strstr(judge(&recipe, MESSAGE), "well-formed"));
	assert_int_equal(ssh_signature_read(text_of("text"), &signature, &err), -1);
	assert_int_equal(ssh_signature_read(text_of("-----BEGIN SSH SIGNATURE-----\nAAAA\n"
						    "-----END SSH SIGNATURE-----\n"),
					    &signature, &err),
			 -1);
	assert_null(signature.key.at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signature_of_a_key_verifies),
		cmocka_unit_test(one_of_a_key_in_hardware_does_too),
		cmocka_unit_test(a_device_that_nobody_touched_does_not_count),
		cmocka_unit_test(another_namespace_key_or_digest_does_not_verify),
		cmocka_unit_test(what_is_no_signature_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
