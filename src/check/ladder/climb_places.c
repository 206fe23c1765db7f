/* Whose name it is, and what is behind serve: pure. */
#include <string.h>
#include <strings.h>

#include "check/ladder/climb.h"
#include "net/dns_name.h"

/** What every tailnet of Tailscale's own control server is below. */
#define PUBLIC_SUFFIX "ts.net"

/** The node of a name, or of an address. */
static const struct tailnet_node *find_node(const struct tailnet_status *status, const char *name)
{
	struct address address = {0};

	return address_parse(text_of(name), &address)
		       ? tailnet_status_find_address(status, &address)
		       : tailnet_status_find_name(status, name);
}

void find_owner(const struct climb_spec *spec, const struct tailnet_status *status,
		struct owner_evidence *out)
{
	const struct tailnet_node *node = status ? find_node(status, spec->name) : NULL;
	const char *claimed = spec->device ? spec->device->fqdn : NULL;
	bool is_ours = status && dns_name_is_below(spec->name, status->magic_dns_suffix);

	if (status && !node && tailnet_status_certifies(status, spec->name)) {
		node = &status->self;
	}
	*out = (struct owner_evidence){
		.known_as = spec->known_as,
		.node = node,
		.is_tailnet = node || is_ours || dns_name_is_below(spec->name, PUBLIC_SUFFIX),
	};
	if (node) {
		out->owner = node == &status->self ? OWNER_LOCAL : OWNER_PEER;
	} else if (is_ours && status->state == BACKEND_RUNNING && spec->known_as) {
		out->owner = OWNER_ABSENT;
	} else {
		out->owner = spec->known_as ? OWNER_BINDING : OWNER_NOBODY;
	}
	if (claimed && out->is_tailnet && strcasecmp(claimed, spec->name) != 0) {
		out->claimed = claimed;
	}
}

/** The device that has the name, or that is said to. */
static const struct device *device_of(const struct repo *repo, const struct tls_place *place)
{
	const char *id = place->node_target ? place->node_target->id
			 : place->target    ? place->target->id
					    : NULL;

	if (place->node_device) {
		return place->node_device;
	}
	for (size_t i = 0; i < repo->devices.len; i++) {
		const struct device *device = &repo->devices.at[i];

		if (!device->row.is_broken &&
		    (same_string(device->fqdn, place->name) || same_string(device->id, id))) {
			return device;
		}
	}
	return NULL;
}

void climb_spec_of(const struct repo *repo, const struct tls_place *place, struct climb_spec *out)
{
	*out = (struct climb_spec){
		.name = place->name ? place->name : place->address,
		.port = place->port,
		.known_as = place->endpoint->row.subject,
		.target = place->node_target   ? place->node_target
			  : place->node_device ? NULL
					       : place->target,
		.device = device_of(repo, place),
		.has_tls = true,
	};
}

/* ---- behind serve */

/** What may stand before the host of a proxy's backend, and whether that speaks plain HTTP. */
static const struct {
	const char *scheme;
	bool is_http;
} schemes[] = {
	{"http://", true},
	{"https://", false},
	{"https+insecure://", false},
};

/** The mount of the root, else the first. */
static const struct serve_mount *find_mount(const struct serve_site *site)
{
	for (size_t i = 0; site && i < site->mount_count; i++) {
		if (same_string(site->mounts[i].path, "/")) {
			return &site->mounts[i];
		}
	}
	return site && site->mount_count > 0 ? site->mounts : NULL;
}

/** Read "http://127.0.0.1:18080", "127.0.0.1:5432" or "localhost:80". */
static void read_backend(const char *text, struct arena *arena, struct backend_place *out)
{
	struct text rest = text_of(text);
	const char *scheme = "http://";
	bool is_http = false;
	struct url url = {0};

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (text_starts(rest, schemes[i].scheme)) {
			rest.at += strlen(schemes[i].scheme);
			rest.len -= strlen(schemes[i].scheme);
			is_http = schemes[i].is_http;
			scheme = is_http ? "http://" : "https://";
		}
	}
	if (url_parse(text_of(arena_printf(arena, "%s%.*s", scheme, (int)rest.len, rest.at)),
		      &url)) {
		return;
	}
	if (!url.has_address && !text_is(url.host, "localhost")) {
		return;
	}
	*out = (struct backend_place){
		.text = text,
		.host = url.has_address ? arena_copy(arena, url.host.at, url.host.len)
					: "127.0.0.1",
		.port = url.port,
		.is_http = is_http,
	};
}

void find_backend(const struct serve_config *config, const char *name, uint16_t port,
		  struct arena *arena, struct backend_place *out)
{
	const struct serve_port *listener = serve_config_port(config, port);
	const struct serve_mount *mount = find_mount(serve_config_site(config, name, port));

	*out = (struct backend_place){0};
	if (listener && listener->forward) {
		read_backend(listener->forward, arena, out);
		out->is_http = false;
	} else if (mount && mount->handler == SERVE_PROXY) {
		read_backend(mount->value, arena, out);
	}
}
