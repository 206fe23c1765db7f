#include "model/shard.h"

#include <stdint.h>
#include <string.h>

#include "base/codec.h"
#include "crypto/digest.h"

int shard_parse(struct text text, struct shard *out, struct err *err)
{
	struct text rest = text;
	struct text number = {0};
	int64_t parts[2] = {0};
	struct err ignored = {0};

	if (!text_split(&rest, '/', &number) || !rest.at ||
	    parse_int(rest, 1, SHARDS_MAX, &parts[1], &ignored) ||
	    parse_int(number, 1, parts[1], &parts[0], &ignored)) {
		return err_set(
			err, ERR_INPUT,
			"'%.*s' is not a shard like 2/3: a number from 1, and how many there "
			"are, at most %d",
			(int)(text.len < 40 ? text.len : 40), text.at, SHARDS_MAX);
	}
	*out = (struct shard){(int)parts[0], (int)parts[1]};
	return 0;
}

int shard_of(const char *id, int count)
{
	unsigned char digest[SHA256_BYTES];
	uint64_t state = 0;
	uint64_t part = 0;
	uint64_t next = 0;

	sha256(id, strlen(id), digest);
	for (size_t i = 0; i < sizeof(state); i++) {
		state = state << 8 | digest[i];
	}
	/* To which part would it move next, if there were one more, and one more again? */
	while (next < (uint64_t)count) {
		part = next;
		state = state * 2862933555777941757U + 1;
		next = ((part + 1) << 31) / ((state >> 33) + 1);
	}
	return (int)part + 1;
}

bool shard_holds(const struct shard *shard, const char *id)
{
	return shard->count == 0 || shard_of(id, shard->count) == shard->number;
}
