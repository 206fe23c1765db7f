/*
 * What git says before a blob's content, from hostile bytes: no crash, and what is accepted is the
 * blob that was asked for.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "git/blobs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char start[] = "0001020304050607080910111213141516171819 blob ";
	static const char oid[] = {0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09,
				   0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19};
	struct text line = {(const char *)data, size};
	struct err err = {0};
	size_t blob_size = 0;
	int failed = blob_header_parse(line, (struct text){oid, sizeof(oid)}, &blob_size, &err);

	if ((failed == 0) != (err.code == ERR_NONE) || (failed && blob_size > 0)) {
		abort();
	}
	if (!failed && (size < sizeof(start) || memcmp(data, start, sizeof(start) - 1) != 0)) {
		abort();
	}
	return 0;
}
