/* Any bytes as the file of durations: what is believed reads the same once it is written again. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "run/durations.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const root = "/srv/ops";
	AUTO(auto_str) struct str bytes = {0};
	struct durations read = {0};
	struct durations again = {0};

	if (!durations_parse((struct text){(const char *)data, size}, root, &read)) {
		return 0;
	}
	durations_write(&read, root, &bytes);
	if (!durations_parse(str_view(&bytes), root, &again) || again.len != read.len) {
		abort();
	}
	VEC_RELEASE(&read);
	VEC_RELEASE(&again);
	return 0;
}
