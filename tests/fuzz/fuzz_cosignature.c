/**
 * Lines of witnesses: the input stands below the text of a checkpoint. What is good is the line
 * that would be written at that time, apart from other lines beside it.
 */
#include <assert.h>
#include <string.h>

#include "base/cleanup.h"
#include "crypto/key_private.h"
#include "receipt/cosignature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEAD "example.com/log\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned char seed[ED25519_SEED_BYTES] = {1};
	AUTO(auto_key) struct key *key = key_from_seed(seed);
	AUTO(auto_str) struct str note = {0};
	AUTO(auto_str) struct str line = {0};
	struct witness witness = {.name = "w", .key = key->public};
	const struct signing_key signing = signing_key_of(key);
	struct witness again = {0};
	int64_t time_utc = 0;
	struct err err = {0};

	str_add(&note, HEAD "\n");
	str_add_bytes(&note, data, size);
	switch (cosignature_find(str_view(&note), &witness, 1772323200000, &time_utc, &err)) {
	case COSIGNED_ABSENT:
		assert(time_utc == 0);
		break;
	case COSIGNED_WRONG:
	case COSIGNED_TIMELESS:
	case COSIGNED_FUTURE:
		assert(time_utc == 0 && err.text[0] != '\0');
		break;
	case COSIGNED_GOOD:
		assert(cosignature_write(text_of(HEAD), "w", &signing, time_utc, &line, &err) == 0);
		assert(memmem(note.at, note.len, line.at, line.len));
		break;
	}
	err = (struct err){0};
	if (witness_read_vkey((struct text){(const char *)data, size}, &again, &err) == 0) {
		str_clear(&line);
		witness_write_vkey(&again, &line);
		assert(line.len == size && memcmp(line.at, data, size) == 0);
	}
	return 0;
}
