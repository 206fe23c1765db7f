/* Replies of authorities for time-stamps, and the file of those that are accepted. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "crypto/timestamp.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct text input = {(const char *)bytes, len};
	/* A reply, a line feed twice as in a file of two parts, and certificates. */
	const char *cut = len > 0 ? memmem(input.at, len, "\n\n", 2) : NULL;
	struct text reply = {input.at, cut ? (size_t)(cut - input.at) : len};
	struct text authorities = {cut ? cut + 2 : "", cut ? len - reply.len - 2 : 0};
	struct timestamp stamp = {0};
	struct err err = {0};

	(void)timestamp_check(reply, text_of("checkpoint\n"), authorities, &stamp, &err);
	return 0;
}
