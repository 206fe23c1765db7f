/* What a daemon says, through every reader of it: a struct whose parts can all be looked at, or one
 * printable sentence; and the output untouched then. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "net/serve_config.h"
#include "net/tailnet_prefs.h"
#include "net/tailnet_status.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_err(int result, const struct err *err)
{
	assert((result == 0) == (err->code == ERR_NONE));
	assert(result == 0 || err->text[0] != '\0');
	for (const char *at = err->text; *at; at++) {
		assert((unsigned char)*at >= ' ');
	}
}

static size_t length_of(const struct text_list *list)
{
	size_t length = 0;

	for (size_t i = 0; i < list->len; i++) {
		length += strlen(list->at[i]);
	}
	return length;
}

static void look_at(const struct tailnet_status *status, const struct tailnet_node *node)
{
	assert(node->tailscale_ips.len == 0 || node->tailscale_ips.at);
	assert(length_of(&node->tags) + length_of(&node->cap_keys) +
		       length_of(&node->ssh_host_keys) <
	       SIZE_MAX / 2);
	if (node->dns_name) {
		assert(*node->dns_name != '\0');
		assert(tailnet_status_find_name(status, node->dns_name));
	}
	for (size_t i = 0; i < node->tailscale_ips.len && i < 4; i++) {
		assert(tailnet_status_find_address(status, &node->tailscale_ips.at[i]));
	}
	(void)tailnet_node_is_foreign(node);
}

static void check_status(struct arena *arena, struct text bytes)
{
	struct tailnet_status status = {.peer_count = 77};
	struct err err = {0};
	int result = tailnet_status_parse(arena, bytes, &status, &err);

	check_err(result, &err);
	assert(result == 0 || status.peer_count == 77);
	if (result == 0) {
		assert(status.state_text);
		look_at(&status, &status.self);
		for (size_t i = 0; i < status.peer_count && i < 8; i++) {
			look_at(&status, &status.peers[i]);
		}
	}
}

static void check_serve(struct arena *arena, struct text bytes)
{
	struct serve_config config = {0};
	struct err err = {0};

	check_err(serve_config_parse(arena, bytes, &config, &err), &err);
	for (size_t i = 0; i < config.port_count; i++) {
		assert(config.ports[i].port > 0);
	}
	for (size_t i = 0; i < config.site_count && i < 16; i++) {
		assert(serve_config_site(&config, config.sites[i].host, config.sites[i].port));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text bytes = {(const char *)data, size};
	struct arena arena = {0};
	struct tailnet_prefs prefs = {0};
	struct err err = {0};

	check_status(&arena, bytes);
	check_serve(&arena, bytes);
	check_err(tailnet_prefs_parse(&arena, bytes, &prefs, &err), &err);
	arena_release(&arena);
	return 0;
}
