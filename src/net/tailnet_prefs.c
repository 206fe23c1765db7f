#include "net/tailnet_prefs.h"

#include <string.h>
#include <strings.h>

/** A member that is text and not "", which is how Go says that there is none. */
static const char *read_text(struct json_reader *reader, const struct node *map, const char *key)
{
	const char *text = reader_text(reader, map, key);

	return text && *text ? text : NULL;
}

static void want_map(struct json_reader *reader)
{
	if (reader->top->kind != NODE_MAP) {
		reader_refuse(reader, reader->top, "it is %s, expected a map",
			      node_sort(reader->top));
	}
}

int tailnet_prefs_parse(struct arena *arena, struct text bytes, struct tailnet_prefs *out,
			struct err *err)
{
	struct json_reader reader = {0};
	struct tailnet_prefs prefs;

	if (json_reader_open(&reader, arena, "the prefs", bytes, err)) {
		return -1;
	}
	want_map(&reader);
	prefs = (struct tailnet_prefs){
		.control_url = read_text(&reader, reader.top, "ControlURL"),
		.host_name = read_text(&reader, reader.top, "Hostname"),
		.accepts_routes = reader_bool(&reader, reader.top, "RouteAll"),
		.accepts_dns = reader_bool(&reader, reader.top, "CorpDNS"),
		.runs_ssh = reader_bool(&reader, reader.top, "RunSSH"),
		.wants_running = reader_bool(&reader, reader.top, "WantRunning"),
		.is_logged_out = reader_bool(&reader, reader.top, "LoggedOut"),
		.shields_up = reader_bool(&reader, reader.top, "ShieldsUp"),
		.exit_node_id = read_text(&reader, reader.top, "ExitNodeID"),
		.exit_node_ip = read_text(&reader, reader.top, "ExitNodeIP"),
		.operator_user = read_text(&reader, reader.top, "OperatorUser"),
		.advertised_tags = reader_texts(&reader, reader.top, "AdvertiseTags"),
		.advertised_routes = reader_networks(&reader, reader.top, "AdvertiseRoutes"),
	};
	if (json_reader_close(&reader, err)) {
		return -1;
	}
	*out = prefs;
	return 0;
}

bool tailnet_control_is_tailscale(const struct tailnet_prefs *prefs)
{
	static const char *const own[] = {"https://controlplane.tailscale.com",
					  "https://login.tailscale.com"};
	const char *url = prefs->control_url;

	for (size_t i = 0; url && i < sizeof(own) / sizeof(own[0]); i++) {
		size_t len = strlen(own[i]);

		if (strncasecmp(url, own[i], len) == 0 && (!url[len] || url[len] == '/')) {
			return true;
		}
	}
	return !url;
}
