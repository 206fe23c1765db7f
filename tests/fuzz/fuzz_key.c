/**
 * Private key files and public key lines: no bytes may do more than be refused.
 *
 * The first byte says what the rest is: 'o' the inside of an OpenSSH file, 'p' of a PKCS#8 one, and
 * anything else a file or line as it stands. (The corpus thus holds no private key block.)
 */
#include <assert.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "crypto/key_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void add_armored(struct str *out, const char *label, struct text inside)
{
	str_printf(out, "-----BEGIN %s-----\n", label);
	base64_encode(out, inside.at, inside.len);
	str_printf(out, "\n-----END %s-----\n", label);
}

/** What can be read can be written and read again. */
static void check_round_trip(const struct key *key)
{
	AUTO(auto_str) struct str file = {0};
	AUTO(auto_key) struct key *again = NULL;
	struct err err = {0};

	key_write_openssh(key, "again", &file);
	assert(key_parse(str_view(&file), "fuzz", &again, &err) == KEY_USABLE);
	assert(memcmp(again->seed, key->seed, sizeof(key->seed)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(auto_str) struct str file = {0};
	AUTO(auto_key) struct key *key = NULL;
	struct text inside = {(const char *)data + 1, size - 1};
	struct public_key public = {0};
	struct err err = {0};
	enum key_state state = KEY_UNREADABLE;

	if (size == 0) {
		return 0;
	}
	if (data[0] == 'o') {
		add_armored(&file, "OPENSSH PRIVATE KEY", inside);
	} else if (data[0] == 'p') {
		add_armored(&file, "PRIVATE KEY", inside);
	} else {
		str_add_text(&file, inside);
	}
	state = key_parse(str_view(&file), "fuzz", &key, &err);
	assert((state == KEY_USABLE) == (key != NULL));
	assert((state == KEY_USABLE) == (err.text[0] == '\0'));
	if (key) {
		check_round_trip(key);
	}
	err = (struct err){0};
	assert(public_key_from_line(inside, &public, &err) == 0 || err.text[0] != '\0');
	return 0;
}
