/*
 * What an SSH agent answers, from any bytes: the first says how long the key is that is looked for
 * and whether the rest is read as a list or as a signature.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "net/agent.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void fuzz_list(struct text answer, struct text wanted)
{
	struct err err = {0};
	bool is_there = false;
	size_t count = 0;
	enum agent_trouble trouble = agent_find_key(answer, wanted, &is_there, &count, &err);

	assert((trouble == AGENT_FINE) == (err.text[0] == '\0'));
	assert(trouble == AGENT_FINE || (!is_there && count == 0));
	assert(count <= AGENT_KEYS_MAX);
	assert(!is_there || count > 0);
	assert(!is_there || memmem(answer.at, answer.len, wanted.at, wanted.len));
}

static void fuzz_signature(struct text answer)
{
	struct err err = {0};
	struct text signature = {0};
	enum agent_trouble trouble =
		agent_read_signature(answer, text_of("ssh-ed25519"), &signature, &err);

	assert((trouble == AGENT_FINE) == (err.text[0] == '\0'));
	assert((trouble == AGENT_FINE) == (signature.len > 0));
	if (trouble == AGENT_FINE) {
		assert(signature.at > answer.at &&
		       signature.at + signature.len == answer.at + answer.len);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *copy = malloc(len ? len : 1);
	struct text rest = {copy + 1, len - 1};
	size_t wanted = 0;

	if (len == 0 || !copy) {
		free(copy);
		return 0;
	}
	memcpy(copy, bytes, len);
	wanted = bytes[0] & 0x7f;
	if ((bytes[0] & 0x80) != 0) {
		fuzz_signature(rest);
	} else if (wanted <= rest.len) {
		fuzz_list((struct text){rest.at + wanted, rest.len - wanted},
			  (struct text){rest.at, wanted});
	}
	free(copy);
	return 0;
}
