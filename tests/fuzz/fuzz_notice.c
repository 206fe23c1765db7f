/** Notices: what is accepted is written again as the same bytes. */
#include <assert.h>
#include <string.h>

#include "base/cleanup.h"
#include "receipt/entry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text bytes = {(const char *)data, size};
	AUTO(auto_str) struct str written = {0};
	struct arena arena = {0};
	struct notice read = {0};
	struct entry entry = {0};
	struct checkpoint head = {0};
	struct err err = {0};
	enum statement_reading reading = notice_read(&arena, bytes, &read, &err);

	assert((reading == STATEMENT_GOOD) == (err.text[0] == '\0'));
	if (reading == STATEMENT_GOOD) {
		notice_write(&read, &written);
		assert(text_equal(str_view(&written), bytes));
		assert(notice_is_likely(bytes));
		reading = entry_read(&arena, bytes, &entry, &err);
		assert(reading == STATEMENT_GOOD && entry_is_notice(&entry, read.kind));
		if (read.kind != NOTICE_CLOSE) {
			notice_checkpoint(&read, &head);
			assert(strcmp(head.origin, read.head.origin) == 0);
		}
	}
	arena_release(&arena);
	return 0;
}
