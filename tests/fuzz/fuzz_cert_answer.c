/* What tailscaled says about certificates, from any bytes: the names of its list are printable, are
 * few, and have nothing between them left. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "check/ladder/ladder_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void require(bool holds)
{
	if (!holds) {
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct arena arena = {0};
	char *text = mem_copy((const char *)bytes, len);
	struct text_list names = cert_answer_names(&arena, text);

	require(names.len <= ANSWER_NAMES_MAX);
	for (size_t i = 0; i < names.len; i++) {
		require(names.at[i][0] != '\0');
		require(!strpbrk(names.at[i], " \"],\x1b\n"));
	}
	require(cert_answer_of(200, text) == CERT_ANSWER_GIVEN);
	require(cert_answer_of(500, text) != CERT_ANSWER_GIVEN);
	arena_release(&arena);
	free(text);
	return 0;
}
