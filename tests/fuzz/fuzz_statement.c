/** Statements: what is accepted says the same when it is written again. */
#include <assert.h>
#include <string.h>

#include "base/cleanup.h"
#include "receipt/statement.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text bytes = {(const char *)data, size};
	AUTO(auto_str) struct str written = {0};
	AUTO(auto_str) struct str again = {0};
	struct arena arena = {0};
	struct statement read = {0};
	struct err err = {0};
	enum statement_reading reading = statement_read(&arena, bytes, &read, &err);

	assert((reading == STATEMENT_GOOD) == (err.text[0] == '\0'));
	if (reading == STATEMENT_GOOD) {
		statement_write(&read, &written);
		reading = statement_read(&arena, str_view(&written), &read, &err);
		assert(reading == STATEMENT_GOOD);
		statement_write(&read, &again);
		assert(text_equal(str_view(&written), str_view(&again)));
	}
	arena_release(&arena);
	return 0;
}
