/* What the API answers, from bytes alone. */
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "net/dns_name.h"
#include "net/json_reader.h"
#include "net/tailnet_api.h"

/** How much of a message is told. */
#define MESSAGE_BYTES 200

bool tailnet_api_is_credential(struct text text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] <= ' ' || text.at[i] > '~') {
			return false;
		}
	}
	return text.len > 0 && text.len <= TAILNET_CREDENTIAL_BYTES;
}

/** A claim, if it is made. */
static enum told told(struct json_reader *reader, const struct node *map, const char *key)
{
	const struct node *node = node_get(map, key);

	if (!node || node_is_null(node)) {
		return TOLD_NOT;
	}
	return reader_bool(reader, map, key) ? TOLD_YES : TOLD_NO;
}

/** Routes, where they are told. */
static const struct texts *routes(struct json_reader *reader, const struct node *map,
				  const char *key)
{
	struct network_list list = {0};

	if (!reader_list(reader, map, key)) {
		return NULL;
	}
	list = reader_networks(reader, map, key);
	return live_routes(reader->arena, &list);
}

static void read_device(struct json_reader *reader, const struct node *map,
			struct live_devices *devices)
{
	struct address_list addresses = reader_addresses(reader, map, "addresses");
	struct text_list tags = reader_texts(reader, map, "tags");
	const struct live_device device = {
		.node_id = reader_text(reader, map, "nodeId"),
		.fqdn = dns_name_copy(reader->arena, reader_text(reader, map, "name")),
		.hostname = reader_text(reader, map, "hostname"),
		.os = reader_text(reader, map, "os"),
		.client_version = reader_text(reader, map, "clientVersion"),
		.addresses = addresses.at,
		.address_count = addresses.len,
		.key_expiry_disabled = told(reader, map, "keyExpiryDisabled"),
		.online = told(reader, map, "connectedToControl"),
		.advertised_routes = routes(reader, map, "advertisedRoutes"),
		.enabled_routes = routes(reader, map, "enabledRoutes"),
		.tags = {.at = tags.at, .len = tags.len},
	};

	if (told(reader, map, "isExternal") == TOLD_YES) {
		live_devices_ignore(reader->arena, devices, device.fqdn,
				    "shared in from another tailnet");
	} else if (told(reader, map, "authorized") == TOLD_NO) {
		live_devices_ignore(reader->arena, devices, device.fqdn,
				    "not authorized yet: an admin has to approve it");
	} else {
		live_devices_add(reader->arena, devices, &device);
	}
}

/** What all names end with, if they do: the tailnet's domain. */
static const char *common_domain(const struct live_devices *devices)
{
	const char *domain = NULL;

	for (size_t i = 0; i < devices->list.len; i++) {
		const char *dot = strchr(devices->list.at[i].fqdn, '.');

		if (!dot || (domain && strcasecmp(domain, dot + 1) != 0)) {
			return NULL;
		}
		domain = domain ? domain : dot + 1;
	}
	return domain;
}

int tailnet_api_read_devices(struct arena *arena, struct text bytes, struct live_devices *out,
			     struct err *err)
{
	struct live_devices devices = {.source = "the API"};
	struct json_reader reader = {0};
	const struct node *list = NULL;

	if (json_reader_open(&reader, arena, "the list of devices", bytes, err)) {
		return -1;
	}
	list = reader_list(&reader, reader.top, "devices");
	for (const struct node *map = list ? list->first : NULL; map; map = map->next) {
		if (map->kind != NODE_MAP) {
			reader_refuse(&reader, map, "a device is %s, expected a map",
				      node_sort(map));
			break;
		}
		read_device(&reader, map, &devices);
	}
	if (!list || (list->count == 0)) {
		reader_refuse(&reader, reader.top, "it names no device at all");
	}
	if (json_reader_close(&reader, err)) {
		live_devices_release(&devices);
		return -1;
	}
	live_devices_sort(&devices);
	devices.domain = common_domain(&devices);
	*out = devices;
	return 0;
}

int tailnet_api_read_token(struct arena *arena, struct text bytes, const char **out,
			   struct err *err)
{
	struct json_reader reader = {0};
	struct err ignored = {0};
	const char *token = NULL;
	const char *type = NULL;

	/* What is wrong with the bytes is not told: it might quote the token. */
	if (json_reader_open(&reader, arena, "the token", bytes, &ignored) == 0) {
		token = reader_text(&reader, reader.top, "access_token");
		type = reader_text(&reader, reader.top, "token_type");
		if (json_reader_close(&reader, &ignored)) {
			token = NULL;
		}
	}
	/* The type is compared without regard to case: RFC 6749, section 7.1. */
	if (!token || !tailnet_api_is_credential(text_of(token)) ||
	    (type && strcasecmp(type, "bearer") != 0)) {
		return err_set(err, ERR_INPUT, "the API's answer has no bearer token");
	}
	*out = token;
	return 0;
}

void tailnet_api_read_message(struct text bytes, struct str *out)
{
	AUTO(auto_str) struct str shown = {.max = MESSAGE_BYTES};
	struct arena arena = {0};
	struct json_reader reader = {0};
	struct err ignored = {0};
	const char *message = NULL;

	if (json_reader_open(&reader, &arena, "the answer", bytes, &ignored) == 0) {
		message = reader_text(&reader, reader.top, "message");
		(void)json_reader_close(&reader, &ignored);
	}
	if (message && *message && !strstr(message, "tskey")) {
		str_add_printable(&shown, text_of(message));
		str_add_text(out, str_view(&shown));
	}
	arena_release(&arena);
}
