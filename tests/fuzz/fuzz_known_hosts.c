/*
 * A known_hosts file from any bytes: every line that is kept can be matched and judged, and a pin
 * that is written into it is one.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "net/known_hosts_pin.h"

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

/** What is found in the index is what a look at each line finds. */
static void fuzz_index(const struct known_hosts *hosts)
{
	AUTO(host_name_release) struct host_name wanted = {0};
	size_t next = 0;

	host_name_fill(&wanted, "immich", 22);
	for (size_t i = 0; i < hosts->len; i++) {
		if (known_host_names(&hosts->at[i], &wanted)) {
			require(known_hosts_next(hosts, &wanted, &next) == &hosts->at[i]);
		}
	}
	require(!known_hosts_next(hosts, &wanted, &next));
}

/** Any key; this one is 17 bytes "ssh-x" and its number. */
static const char key[] = "\0\0\0\5ssh-x\0\0\0\4\1\2\3\4";

static void fuzz_pin(struct text bytes, const struct known_hosts *hosts, bool replaces)
{
	const struct host_pin pin = {"immich", 22, {key, sizeof(key) - 1}, "why", replaces};
	AUTO(auto_str) struct str after = {0};
	AUTO(auto_str) struct str again = {0};
	const struct known_host *matched = NULL;
	struct arena arena = {0};
	struct problems problems = {0};
	struct known_hosts pinned = {0};
	enum host_pin_answer answer = host_pin_write(bytes, hosts, &pin, &after, &matched);

	require((answer == HOST_PIN_NEW) == (after.len > 0));
	require(answer != HOST_PIN_NO_NAME);
	if (answer == HOST_PIN_NEW) {
		known_hosts_parse(&arena, "known_hosts", str_view(&after), &problems, &pinned);
		require(known_hosts_judge(&pinned, "immich", 22, pin.blob, &matched) ==
			HOST_KEY_PINNED);
		require(host_pin_write(str_view(&after), &pinned, &pin, &again, &matched) ==
			HOST_PIN_THERE);
	}
	arena_release(&arena);
	problems_release(&problems);
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
	fuzz_pin((struct text){copy, len}, &hosts, false);
	fuzz_pin((struct text){copy, len}, &hosts, true);
	free(copy);
	fuzz_index(&hosts);
	for (size_t i = 0; i < hosts.len && i < 64; i++) {
		fuzz_line(&hosts, &hosts.at[i]);
	}
	arena_release(&arena);
	problems_release(&problems);
	return 0;
}
