/* What a server says before SSH begins, at once and byte by byte: always within the ceilings. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "net/ssh_banner.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void require(bool holds)
{
	if (!holds) {
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct ssh_banner whole = {0};
	struct ssh_banner pieces = {0};
	char *copy = malloc(len ? len : 1);
	size_t taken = 0;
	struct text text = {0};

	require(copy != NULL);
	memcpy(copy, bytes, len);
	taken = ssh_banner_read(&whole, (struct text){copy, len});
	require(taken <= len && (taken == len || whole.state != BANNER_MORE));
	for (size_t i = 0; i < taken; i++) {
		require(pieces.state == BANNER_MORE);
		require(ssh_banner_read(&pieces, (struct text){copy + i, 1}) == 1);
	}
	require(whole.state == pieces.state && whole.lines == pieces.lines);
	require(text_equal(ssh_banner_text(&whole), ssh_banner_text(&pieces)));
	free(copy);
	require(whole.bytes == taken && whole.bytes <= 8192 && whole.lines <= 64);
	text = ssh_banner_text(&whole);
	require(text.len <= 256);
	if (whole.state == BANNER_SEEN) {
		require(text_starts(text, "SSH-") && text.len <= SSH_IDENT_BYTES);
	}
	require(ssh_banner_end(&whole) != BANNER_MORE);
	return 0;
}
