#include "net/serve_config.h"

#include <string.h>
#include <strings.h>

#include "base/codec.h"
#include "base/vec.h"
#include "net/dns_name.h"

/** A part of the configuration being read: the whole, a foreground or a service. */
struct section {
	enum serve_origin origin;
	const char *owner;
	const struct node *map;
};

struct ports VEC(struct serve_port);
struct sites VEC(struct serve_site);
struct funnels VEC(struct serve_funnel);

/** What was found so far. */
struct collection {
	struct ports ports;
	struct sites sites;
	struct funnels funnels;
};

static bool read_port(struct json_reader *reader, const struct node *at, struct text text,
		      uint16_t *out)
{
	struct err ignored = {0};
	int64_t port = 0;

	if (parse_int(text, 1, UINT16_MAX, &port, &ignored)) {
		reader_refuse(reader, at, "'%.60s' is no port, and names none", at->key);
		return false;
	}
	*out = (uint16_t)port;
	return true;
}

/** Split the key "fqdn:port". */
static bool read_host_and_port(struct json_reader *reader, const struct node *at, const char **host,
			       uint16_t *port)
{
	const char *colon = strrchr(at->key, ':');
	struct text name = {0};

	if (!colon) {
		reader_refuse(reader, at, "'%.60s' is no name and port", at->key);
		return false;
	}
	name = dns_name_bare((struct text){at->key, (size_t)(colon - at->key)});
	*host = arena_copy(reader->arena, name.at, name.len);
	return read_port(reader, at, text_of(colon + 1), port);
}

/** Is the value of a map with free keys a map, or null? */
static bool is_entry(struct json_reader *reader, const struct node *value)
{
	if (value->kind != NODE_MAP && !node_is_null(value)) {
		reader_refuse(reader, value, "'%.60s' is not a map", value->key);
		return false;
	}
	return value->kind == NODE_MAP;
}

static const char *if_any(const char *text)
{
	return text && *text ? text : NULL;
}

static void read_ports(struct json_reader *reader, const struct section *section,
		       struct ports *ports)
{
	const struct node *map = reader_map(reader, section->map, "TCP");

	for (const struct node *entry = map ? map->first : NULL; entry; entry = entry->next) {
		struct serve_port one = {.origin = section->origin, .owner = section->owner};

		if (!is_entry(reader, entry) ||
		    !read_port(reader, entry, text_of(entry->key), &one.port)) {
			continue;
		}
		one.is_https = reader_bool(reader, entry, "HTTPS");
		one.is_http = reader_bool(reader, entry, "HTTP");
		one.forward = if_any(reader_text(reader, entry, "TCPForward"));
		one.terminate_tls = if_any(reader_text(reader, entry, "TerminateTLS"));
		*VEC_ADD(ports) = one;
	}
}

static void read_mount(struct json_reader *reader, const struct node *entry,
		       struct serve_mount *mount)
{
	static const struct {
		const char *key;
		enum serve_handler handler;
	} handlers[] = {
		{"Proxy", SERVE_PROXY},
		{"Path", SERVE_PATH},
		{"Text", SERVE_TEXT},
		{"Redirect", SERVE_REDIRECT},
	};

	mount->path = arena_text(reader->arena, entry->key);
	for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++) {
		const char *value = if_any(reader_text(reader, entry, handlers[i].key));

		if (value && mount->handler == SERVE_NOTHING) {
			mount->handler = handlers[i].handler;
			mount->value = value;
		}
	}
}

static void read_mounts(struct json_reader *reader, const struct node *site_map,
			struct serve_site *site)
{
	const struct node *map = reader_map(reader, site_map, "Handlers");
	struct serve_mount *mounts = NULL;

	if (!map || map->count == 0) {
		return;
	}
	mounts = arena_alloc(reader->arena, map->count * sizeof(*mounts));
	for (const struct node *entry = map->first; entry; entry = entry->next) {
		if (is_entry(reader, entry)) {
			read_mount(reader, entry, &mounts[site->mount_count++]);
		}
	}
	site->mounts = mounts;
}

static void read_sites(struct json_reader *reader, const struct section *section,
		       struct sites *sites)
{
	const struct node *map = reader_map(reader, section->map, "Web");

	for (const struct node *entry = map ? map->first : NULL; entry; entry = entry->next) {
		struct serve_site one = {.origin = section->origin, .owner = section->owner};

		if (!is_entry(reader, entry) ||
		    !read_host_and_port(reader, entry, &one.host, &one.port)) {
			continue;
		}
		read_mounts(reader, entry, &one);
		*VEC_ADD(sites) = one;
	}
}

static void read_funnels(struct json_reader *reader, const struct section *section,
			 struct funnels *funnels)
{
	const struct node *map = reader_map(reader, section->map, "AllowFunnel");

	for (const struct node *entry = map ? map->first : NULL; entry; entry = entry->next) {
		struct serve_funnel one = {.origin = section->origin, .owner = section->owner};

		if (reader_value_bool(reader, entry, entry->key) &&
		    read_host_and_port(reader, entry, &one.host, &one.port)) {
			*VEC_ADD(funnels) = one;
		}
	}
}

static void read_section(struct json_reader *reader, const struct section *section,
			 struct collection *all)
{
	read_ports(reader, section, &all->ports);
	read_sites(reader, section, &all->sites);
	read_funnels(reader, section, &all->funnels);
}

/** The parts that stand under free keys. */
static void read_owned(struct json_reader *reader, const char *key, enum serve_origin origin,
		       struct collection *all)
{
	const struct node *map = reader_map(reader, reader->top, key);

	for (const struct node *entry = map ? map->first : NULL; entry; entry = entry->next) {
		struct section section = {
			.origin = origin,
			.owner = arena_text(reader->arena, entry->key),
			.map = entry,
		};

		if (is_entry(reader, entry)) {
			read_section(reader, &section, all);
		}
	}
}

/** A copy of an array in the arena; NULL for none. */
static void *in_arena(struct arena *arena, const void *at, size_t size)
{
	void *copy = NULL;

	if (size > 0) {
		copy = arena_alloc(arena, size);
		memcpy(copy, at, size);
	}
	return copy;
}

static void keep(struct arena *arena, const struct collection *all, struct serve_config *out)
{
	*out = (struct serve_config){
		.ports = in_arena(arena, all->ports.at, all->ports.len * sizeof(*all->ports.at)),
		.port_count = all->ports.len,
		.sites = in_arena(arena, all->sites.at, all->sites.len * sizeof(*all->sites.at)),
		.site_count = all->sites.len,
		.funnels = in_arena(arena, all->funnels.at,
				    all->funnels.len * sizeof(*all->funnels.at)),
		.funnel_count = all->funnels.len,
	};
}

int serve_config_parse(struct arena *arena, struct text bytes, struct serve_config *out,
		       struct err *err)
{
	struct json_reader reader = {0};
	struct collection all = {0};
	int result = 0;

	if (json_reader_open(&reader, arena, "the serve configuration", bytes, err)) {
		return -1;
	}
	if (reader.top->kind != NODE_MAP && !node_is_null(reader.top)) {
		reader_refuse(&reader, reader.top, "it is %s, expected a map",
			      node_sort(reader.top));
	}
	read_section(&reader, &(struct section){.map = reader.top}, &all);
	read_owned(&reader, "Foreground", SERVE_FOREGROUND, &all);
	read_owned(&reader, "Services", SERVE_SERVICE, &all);
	result = json_reader_close(&reader, err);
	if (result == 0) {
		keep(arena, &all, out);
	}
	VEC_RELEASE(&all.ports);
	VEC_RELEASE(&all.sites);
	VEC_RELEASE(&all.funnels);
	return result;
}

const struct serve_port *serve_config_port(const struct serve_config *config, uint16_t port)
{
	for (size_t i = 0; i < config->port_count; i++) {
		if (config->ports[i].port == port && config->ports[i].origin != SERVE_SERVICE) {
			return &config->ports[i];
		}
	}
	return NULL;
}

const struct serve_site *serve_config_site(const struct serve_config *config, const char *host,
					   uint16_t port)
{
	for (size_t i = 0; i < config->site_count; i++) {
		if (config->sites[i].port == port && strcasecmp(config->sites[i].host, host) == 0) {
			return &config->sites[i];
		}
	}
	return NULL;
}
