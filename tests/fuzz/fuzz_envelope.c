/** Envelopes: what is read can be told from what is damaged, and never verifies by accident. */
#include <assert.h>
#include <string.h>

#include "base/cleanup.h"
#include "crypto/key_private.h"
#include "receipt/envelope.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned char seed[ED25519_SEED_BYTES] = {1};
	struct text bytes = {(const char *)data, size};
	AUTO(auto_envelope) struct envelope envelope = {0};
	AUTO(auto_envelope) struct envelope again = {0};
	AUTO(auto_key) struct key *key = NULL;
	AUTO(auto_str) struct str file = {0};
	struct signing_key signing = {0};
	struct err err = {0};

	(void)envelope_is_damaged(bytes);
	if (envelope_read(bytes, &envelope, &err)) {
		assert(err.text[0] != '\0' && !envelope.payload.at);
		return 0;
	}
	key = key_from_seed(seed);
	(void)envelope_verify(&envelope, &key->public, &err);
	signing = signing_key_of(key);
	assert(envelope_write(str_view(&envelope.payload), &signing, &file, &err) == 0);
	if (file.len <= ENVELOPE_BYTES) {
		assert(envelope_read(str_view(&file), &again, &err) == 0);
		assert(envelope_verify(&again, &key->public, &err) == 0);
		assert(text_equal(str_view(&again.payload), str_view(&envelope.payload)));
	}
	return 0;
}
