/* A known_hosts file from any bytes: every line that is kept can be matched and judged. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "net/known_hosts.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void require(bool holds)
{
	if (!holds) {
		abort();
	}
}

static void fuzz_line(const struct known_hosts *hosts, const struct known_host *line)
{
	const struct known_host *matched = NULL;
	AUTO(host_name_release) struct host_name wanted = {0};
	bool is_named = false;
	enum host_key_answer answer = known_hosts_judge(hosts, "immich", 22, line->blob, &matched);

	host_name_fill(&wanted, "immich", 22);
	is_named = known_host_names(line, &wanted);
	require(line->names.len > 0 && line->type.len > 0 && line->blob.len > 0);
	require((answer == HOST_KEY_UNPINNED) == (matched == NULL));
	if (is_named && line->marker == KNOWN_HOST_REVOKED) {
		require(answer == HOST_KEY_REVOKED);
	}
	if (is_named && line->marker == KNOWN_HOST_PLAIN) {
		require(answer != HOST_KEY_UNPINNED);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct arena arena = {0};
	struct problems problems = {0};
	struct known_hosts hosts = {0};
	char *copy = malloc(len ? len : 1);

	require(copy != NULL);
	memcpy(copy, bytes, len);
	known_hosts_parse(&arena, "known_hosts", (struct text){copy, len}, &problems, &hosts);
	free(copy);
	for (size_t i = 0; i < hosts.len && i < 64; i++) {
		fuzz_line(&hosts, &hosts.at[i]);
	}
	arena_release(&arena);
	problems_release(&problems);
	return 0;
}
