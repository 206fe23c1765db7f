/**
 * Checkpoints and verifier keys.
 *
 * The first byte says what the rest is: 's' a text that is signed first, so that the reader gets
 * behind the signature; 'v' a verifier key; anything else a note as it stands.
 */
#include <assert.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "crypto/key_private.h"
#include "receipt/checkpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ORIGIN "gaterun/ops.example/0123456789abcdef"

static void sign(struct text text, const struct key *key, struct str *out)
{
	AUTO(auto_str) struct str vkey = {0};
	unsigned char bytes[4 + ED25519_SIGNATURE_BYTES];
	struct err err = {0};

	vkey_write(ORIGIN, &key->public, &vkey);
	assert(hex_decode((struct text){vkey.at + strlen(ORIGIN) + 1, 8}, bytes, 4, &err) == 0);
	key_sign(key, text, bytes + 4);
	str_add_text(out, text);
	str_add(out, "\n\xe2\x80\x94 " ORIGIN " ");
	base64_encode(out, bytes, sizeof(bytes));
	str_add_char(out, '\n');
}

static void try_vkey(struct text text)
{
	AUTO(auto_str) struct str again = {0};
	char name[ORIGIN_BYTES];
	struct public_key key = {0};
	struct err err = {0};

	if (vkey_read(text, name, &key, &err) == 0) {
		vkey_write(name, &key, &again);
		assert(text_equal(text, str_view(&again)));
	} else {
		assert(err.text[0] != '\0');
	}
}

/** A note that is accepted is the one that would be written, if it has no witnesses. */
static void try_note(struct text note, const struct key *key)
{
	AUTO(auto_str) struct str again = {0};
	struct signing_key signing = {0};
	struct checkpoint head = {0};
	struct err err = {0};

	if (checkpoint_read(note, ORIGIN, &key->public, &head, &err)) {
		assert(err.text[0] != '\0');
		return;
	}
	signing = signing_key_of(key);
	assert(checkpoint_write(&head, &signing, &again, &err) == 0);
	assert(note.len > again.len || text_equal(note, str_view(&again)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned char seed[ED25519_SEED_BYTES] = {1};
	AUTO(auto_key) struct key *key = key_from_seed(seed);
	AUTO(auto_str) struct str note = {0};
	struct text rest = {(const char *)data + 1, size - 1};

	if (size == 0) {
		return 0;
	}
	switch (data[0]) {
	case 'v':
		try_vkey(rest);
		break;
	case 's':
		sign(rest, key, &note);
		try_note(str_view(&note), key);
		break;
	default:
		try_note(rest, key);
		break;
	}
	return 0;
}
