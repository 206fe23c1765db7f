/**
 * The cache of the scan on hostile bytes: no crash, and whatever is believed is written again as it
 * was. A fuzzer finds no digest, so the bytes also get the right one: then the rest must hold.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "check/text/scan_cache_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take(struct text bytes)
{
	struct scan_cache_content content = {0};
	struct str again = {0};

	if (scan_cache_parse(bytes, SHA1_BYTES, &content)) {
		scan_cache_write(&content, &again);
		if (!text_equal(str_view(&again), bytes)) {
			abort();
		}
	} else if (content.blobs || content.blob_count > 0) {
		abort();
	}
	str_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str sealed = {0};
	unsigned char digest[SHA256_BYTES];

	take((struct text){(const char *)data, size});
	sha256(data, size, digest);
	str_add_bytes(&sealed, data, size);
	str_add_bytes(&sealed, digest, sizeof(digest));
	take(str_view(&sealed));
	str_release(&sealed);
	return 0;
}
