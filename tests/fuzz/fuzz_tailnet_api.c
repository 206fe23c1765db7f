/* Answers of the API from any bytes: a list whose texts a binding could hold, or a sentence. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "net/tailnet_api.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_word(const char *text)
{
	AUTO(auto_str) struct str shown = {0};

	if (text) {
		str_add_printable(&shown, text_of(text));
		assert(*text && text_is(str_view(&shown), text));
	}
}

static void check_device(const struct live_device *device)
{
	assert(name_is_valid(text_of(device->fqdn)));
	check_word(device->node_id);
	check_word(device->hostname);
	check_word(device->os);
	check_word(device->client_version);
	(void)live_device_address(device);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	/* An exact copy, so that a read behind the end is seen. */
	char *copy = malloc(len ? len : 1);
	struct arena arena = {0};
	struct live_devices devices = {0};
	AUTO(auto_str) struct str said = {0};
	const char *token = NULL;
	struct err err = {0};
	struct text text = {copy, len};

	assert(copy);
	if (len > 0) {
		memcpy(copy, bytes, len);
	}
	if (tailnet_api_read_devices(&arena, text, &devices, &err)) {
		assert(err.text[0] && devices.list.len == 0);
	}
	for (size_t i = 0; i < devices.list.len; i++) {
		check_device(&devices.list.at[i]);
	}
	live_devices_release(&devices);
	if (tailnet_api_read_token(&arena, text, &token, &err) == 0) {
		assert(tailnet_api_is_credential(text_of(token)));
	}
	tailnet_api_read_message(text, &said);
	assert(said.len <= 200 && !strstr(str_text(&said), "tskey"));
	arena_release(&arena);
	free(copy);
	return 0;
}
