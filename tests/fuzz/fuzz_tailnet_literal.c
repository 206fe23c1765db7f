/**
 * check/text/tailnet_literal.h: every literal found is one, none that stands plainly is missed, and
 * the fast test says yes wherever the slow search finds one, also when the bytes come in two
 * chunks.
 *
 * The first byte says where they are cut.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "check/text/scan.h"
#include "check/text/tailnet_literal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
	if (!holds) {
		abort();
	}
}

/** Run the fast test on a copy of its own, so that a read beside it is seen. */
static bool may_hit(const char *at, size_t len)
{
	char *copy = malloc(len ? len : 1);
	bool answer = false;

	require(copy != NULL);
	if (len > 0) {
		memcpy(copy, at, len);
	}
	answer = tailnet_literal_may_hit(copy, len);
	free(copy);
	return answer;
}

/** Without any table or block: is there a dotted quad of the range with blanks around it? */
static bool has_plain_quad(struct text bytes, size_t at)
{
	struct address address = {0};
	size_t end = at;

	if (at > 0 && bytes.at[at - 1] != ' ') {
		return false;
	}
	while (end < bytes.len && bytes.at[end] != ' ') {
		end++;
	}
	return address_parse((struct text){bytes.at + at, end - at}, &address) &&
	       address_classify(&address) == ADDRESS_TAILNET &&
	       !(address.family == ADDRESS_V4 && bytes.at[at] == ':');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text bytes = {(const char *)data + 1, size > 0 ? size - 1 : 0};
	struct tailnet_literal found = {0};
	size_t cut = size > 0 && bytes.len > 0 ? data[0] * bytes.len / 256 : 0;
	size_t carry = cut < SCAN_CARRY_BYTES ? cut : SCAN_CARRY_BYTES;
	bool any = false;

	for (size_t at = 0; tailnet_literal_next(bytes, at, &found); at = found.start + found.len) {
		struct address address = {0};

		require(found.start >= at && found.len > 0 && found.start + found.len <= bytes.len);
		require(address_parse((struct text){bytes.at + found.start, found.len}, &address));
		require(address_equal(&address, &found.address));
		require(address_classify(&address) == ADDRESS_TAILNET);
		any = true;
	}
	for (size_t at = 0; !any && at < bytes.len; at++) {
		require(!has_plain_quad(bytes, at));
	}
	if (any) {
		require(may_hit(bytes.at, bytes.len));
		require(may_hit(bytes.at, cut) ||
			may_hit(bytes.at + cut - carry, bytes.len - cut + carry));
	}
	return 0;
}
