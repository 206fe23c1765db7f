/**
 * Key files and public keys of logins: no bytes may do more than be refused.
 *
 * The first byte says what the rest is: 'o' the inside of an OpenSSH file, 'p' of a PKCS#8 one, 'r'
 * and 'e' of the older PEM forms, 'b' a wire form, 'c' a key's wire form (its length in a byte
 * first) and a certificate of it, and anything else a file as it stands. (The corpus thus holds no
 * private key block.)
 */
#include <assert.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "crypto/login_certificate.h"
#include "crypto/login_key_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void add_armored(struct str *out, const char *label, struct text inside)
{
	str_printf(out, "-----BEGIN %s-----\n", label);
	base64_encode(out, inside.at, inside.len);
	str_printf(out, "\n-----END %s-----\n", label);
}

/** What is a key has a wire form that is the same key. */
static void check_blob(const struct login_key *key)
{
	AUTO(auto_login_key) struct login_key *again = NULL;
	struct err err = {0};

	assert(login_key_from_blob(login_key_blob(key), &again, &err) == 0);
	assert(strcmp(login_key_type(again), login_key_type(key)) == 0);
	assert(!login_key_verifies(again, text_of(login_key_type(key)), text_of("message"),
				   login_key_blob(key)));
}

static void fuzz_blob(struct text blob)
{
	AUTO(auto_login_key) struct login_key *key = NULL;
	struct err err = {0};

	assert((login_key_from_blob(blob, &key, &err) == 0) == (key != NULL));
	assert((key == NULL) == (err.text[0] != '\0'));
	if (key) {
		check_blob(key);
	}
}

static void fuzz_certificate(struct text rest)
{
	AUTO(auto_login_key) struct login_key *key = NULL;
	struct login_certificate read = {0};
	struct err err = {0};
	size_t len = rest.len > 0 ? (unsigned char)rest.at[0] : 0;

	if (rest.len < 1 + len ||
	    login_key_from_blob((struct text){rest.at + 1, len}, &key, &err)) {
		return;
	}
	rest = (struct text){rest.at + 1 + len, rest.len - 1 - len};
	if (login_certificate_read(rest, key, &read, &err) == 0) {
		assert(text_equal(str_view(&read.blob), rest));
		assert(read.valid_after_utc >= 0 && read.valid_before_utc >= 0);
	}
	login_certificate_release(&read);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct {
		unsigned char letter;
		const char *label;
	} forms[] = {{'o', "OPENSSH PRIVATE KEY"},
		     {'p', "PRIVATE KEY"},
		     {'r', "RSA PRIVATE KEY"},
		     {'e', "EC PRIVATE KEY"}};
	AUTO(auto_str) struct str file = {0};
	AUTO(auto_login_key) struct login_key *key = NULL;
	struct text inside = {(const char *)data + 1, size - 1};
	struct err err = {0};
	enum key_state state = KEY_UNREADABLE;

	if (size == 0) {
		return 0;
	}
	if (data[0] == 'b') {
		fuzz_blob(inside);
		return 0;
	}
	if (data[0] == 'c') {
		fuzz_certificate(inside);
		return 0;
	}
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (data[0] == forms[i].letter) {
			add_armored(&file, forms[i].label, inside);
		}
	}
	if (file.len == 0) {
		str_add_text(&file, inside);
	}
	state = login_key_parse(str_view(&file), "fuzz", &key, &err);
	assert(state != KEY_USABLE || key);
	assert((state == KEY_USABLE) == (err.text[0] == '\0'));
	if (key) {
		check_blob(key);
	}
	return 0;
}
