/** Proofs that a log only grew: one that is read is the one that would be written. */
#include <assert.h>

#include "base/cleanup.h"
#include "receipt/tlog_growth.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(auto_str) struct str again = {0};
	struct text bytes = {(const char *)data, size};
	struct tlog_growth growth = {0};
	struct err err = {0};

	if (tlog_growth_read(bytes, &growth, &err)) {
		assert(err.text[0] != '\0');
		return 0;
	}
	tlog_growth_write(&growth.path, growth.note, &again);
	assert(text_equal(bytes, str_view(&again)));
	return 0;
}
