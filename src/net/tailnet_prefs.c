#include "net/tailnet_prefs.h"

#include <string.h>
#include <strings.h>

#include "net/dns_name.h"

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

/** Take the dots at the ends of names away. */
static void trim_names(struct arena *arena, struct text_list *names)
{
	for (size_t i = 0; i < names->len; i++) {
		struct text bare = dns_name_bare(text_of(names->at[i]));

		names->at[i] = arena_copy(arena, bare.at, bare.len);
	}
}

/** The names of records. */
static struct text_list read_record_names(struct json_reader *reader)
{
	const struct node *list = reader_list(reader, reader->top, "ExtraRecords");
	struct text_list names = {0};

	if (!list || list->count == 0) {
		return names;
	}
	names.at = arena_alloc(reader->arena, list->count * sizeof(*names.at));
	for (const struct node *record = list->first; record; record = record->next) {
		const char *name = reader_text(reader, record, "Name");

		if (name) {
			names.at[names.len++] = name;
		}
	}
	return names;
}

int tailnet_dns_parse(struct arena *arena, struct text bytes, struct tailnet_dns *out,
		      struct err *err)
{
	struct json_reader reader = {0};
	struct tailnet_dns dns;

	if (json_reader_open(&reader, arena, "the DNS configuration", bytes, err)) {
		return -1;
	}
	if (!node_is_null(reader.top)) {
		want_map(&reader);
	}
	dns = (struct tailnet_dns){
		.has_magic_dns = reader_bool(&reader, reader.top, "Proxied"),
		.domains = reader_texts(&reader, reader.top, "Domains"),
		.cert_domains = reader_texts(&reader, reader.top, "CertDomains"),
		.extra_names = read_record_names(&reader),
	};
	if (json_reader_close(&reader, err)) {
		return -1;
	}
	trim_names(arena, &dns.domains);
	trim_names(arena, &dns.cert_domains);
	trim_names(arena, &dns.extra_names);
	*out = dns;
	return 0;
}

int tailnet_cert_domains_parse(struct arena *arena, struct text bytes, struct text_list *out,
			       struct err *err)
{
	struct json_reader reader = {0};
	struct text_list names = {0};

	if (json_reader_open(&reader, arena, "the certificate domains", bytes, err)) {
		return -1;
	}
	if (reader.top->kind != NODE_LIST && !node_is_null(reader.top)) {
		reader_refuse(&reader, reader.top, "it is %s, expected a list",
			      node_sort(reader.top));
	}
	names = reader_values(&reader, reader.top, "the certificate domains");
	if (json_reader_close(&reader, err)) {
		return -1;
	}
	trim_names(arena, &names);
	*out = names;
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

bool network_is_everything(const struct network *network)
{
	return network->prefix == 0;
}
