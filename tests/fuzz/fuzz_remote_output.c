/*
 * What a command's output says about its end, in any pieces: no text is lost or made up, and only
 * the mark with a status ends it. The first byte says how large the pieces are.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "net/remote_command.h"

#define NONCE "0123456789abcdef0123456789abcdef"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct remote_output output = {0};
	struct text rest = {(const char *)data + 1, size - 1};
	size_t piece = 0;

	if (size == 0) {
		return 0;
	}
	piece = (size_t)data[0] % 64 + 1;
	remote_output_init(&output, NONCE);
	while (rest.len > 0) {
		size_t len = piece < rest.len ? piece : rest.len;

		remote_output_read(&output, (struct text){rest.at, len});
		rest = (struct text){rest.at + len, rest.len - len};
	}
	remote_output_end(&output);
	if (output.bytes > size || output.kept.len > REMOTE_KEPT_BYTES ||
	    output.kept.len > output.bytes) {
		abort();
	}
	if (output.state == REMOTE_ENDED && (output.status < 0 || output.status > 999)) {
		abort();
	}
	if (output.state == REMOTE_ENDED && !memmem(data, size, "\n" NONCE " ", 34)) {
		abort();
	}
	remote_output_release(&output);
	return 0;
}
