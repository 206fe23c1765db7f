#include "net/live_device.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "net/dns_name.h"

/** Longest word of a system or a version that is believed. */
#define WORD_BYTES 64

void live_devices_release(struct live_devices *devices)
{
	VEC_RELEASE(&devices->list);
	VEC_RELEASE(&devices->ignored);
}

const struct address *live_device_address(const struct live_device *device)
{
	for (size_t i = 0; i < device->address_count; i++) {
		if (device->addresses[i].family == ADDRESS_V4) {
			return &device->addresses[i];
		}
	}
	return device->address_count > 0 ? &device->addresses[0] : NULL;
}

bool live_device_has(const struct live_device *device, const struct address *address)
{
	for (size_t i = 0; i < device->address_count; i++) {
		if (address_equal(&device->addresses[i], address)) {
			return true;
		}
	}
	return false;
}

struct text live_device_label(const struct live_device *device)
{
	if (!device->fqdn) {
		return (struct text){0};
	}
	return (struct text){device->fqdn, strcspn(device->fqdn, ".")};
}

/** The text if it is one line that shows as it is, of a length that somebody would write; else
 * NULL. */
static const char *believed(const char *text)
{
	AUTO(auto_str) struct str shown = {.max = WORD_BYTES};

	if (!text || !*text) {
		return NULL;
	}
	str_add_printable(&shown, text_of(text));
	return !shown.overflow && text_is(str_view(&shown), text) ? text : NULL;
}

/** A version without what the build adds: "v1.94.1-t12ab-g34cd" is 1.94.1. */
static const char *short_version(struct arena *arena, const char *text)
{
	size_t len = 0;

	if (!believed(text)) {
		return NULL;
	}
	text += text[0] == 'v';
	len = strspn(text, "0123456789.");
	return len > 0 && (text[len] == '\0' || text[len] == '-') ? arena_copy(arena, text, len)
								  : NULL;
}

void live_devices_ignore(struct arena *arena, struct live_devices *devices, const char *name,
			 const char *why)
{
	AUTO(auto_str) struct str shown = {.max = WORD_BYTES};

	str_add_printable(&shown, text_of(name ? name : "?"));
	*VEC_ADD(&devices->ignored) =
		(struct ignored_device){arena_text(arena, str_text(&shown)), why};
}

void live_devices_add(struct arena *arena, struct live_devices *devices,
		      const struct live_device *device)
{
	struct live_device added = *device;

	if (!device->fqdn || !name_is_valid(text_of(device->fqdn))) {
		live_devices_ignore(arena, devices,
				    device->fqdn       ? device->fqdn
				    : device->hostname ? device->hostname
						       : device->node_id,
				    "it has no name in MagicDNS that a binding could hold");
		return;
	}
	added.node_id = believed(device->node_id);
	added.hostname = believed(device->hostname);
	added.os = believed(device->os);
	added.client_version = short_version(arena, device->client_version);
	*VEC_ADD(&devices->list) = added;
}

static int compare_devices(const void *left, const void *right)
{
	const struct live_device *one = left;
	const struct live_device *other = right;
	int order = strcasecmp(one->fqdn, other->fqdn);

	return order ? order
		     : strcmp(one->node_id ? one->node_id : "",
			      other->node_id ? other->node_id : "");
}

void live_devices_sort(struct live_devices *devices)
{
	if (devices->list.len > 0) {
		qsort(devices->list.at, devices->list.len, sizeof(*devices->list.at),
		      compare_devices);
	}
}

static int compare_texts(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

const struct texts *live_routes(struct arena *arena, const struct network_list *routes)
{
	struct texts *texts = arena_alloc(arena, sizeof(*texts));

	texts->at = arena_alloc(arena, (routes->len + 1) * sizeof(*texts->at));
	for (size_t i = 0; i < routes->len; i++) {
		char text[NETWORK_TEXT_BYTES];

		network_format(&routes->at[i], text);
		if (!texts_hold(texts, text)) {
			texts->at[texts->len++] = arena_text(arena, text);
		}
	}
	qsort(texts->at, texts->len, sizeof(*texts->at), compare_texts);
	return texts;
}

static struct live_device device_of(const struct tailnet_node *node)
{
	return (struct live_device){
		.node_id = node->id,
		.fqdn = node->dns_name,
		.hostname = node->host_name,
		.os = node->os,
		.addresses = node->tailscale_ips.at,
		.address_count = node->tailscale_ips.len,
		.key_expiry_disabled = node->key_expiry.is_set ? TOLD_NO : TOLD_YES,
		.online = node->online ? TOLD_YES : TOLD_NO,
		.tags = {.at = node->tags.at, .len = node->tags.len},
	};
}

/** Has it a name of another tailnet? The daemon marks the users that a node of ours is shared with,
 * not the nodes that are shared with us. */
static bool is_guest(const struct tailnet_node *node, const char *domain)
{
	return node->dns_name && domain && !dns_name_is_below(node->dns_name, domain);
}

int live_devices_from_status(struct arena *arena, const struct tailnet_status *status,
			     struct live_devices *out, struct err *err)
{
	struct live_devices devices = {.tailnet = status->tailnet,
				       .domain = status->magic_dns_suffix,
				       .source = "the daemon's status"};
	struct live_device self = device_of(&status->self);

	if (status->state != BACKEND_RUNNING) {
		AUTO(auto_str) struct str word = {.max = WORD_BYTES};

		str_add_printable(&word, text_of(status->state_text));
		return err_set(err, ERR_INPUT, "tailscaled says %s, not Running",
			       word.len > 0 ? str_text(&word) : "nothing about its state");
	}
	if (!status->self.online) {
		return err_set(err, ERR_INPUT,
			       "tailscaled has no connection to the control server, and what it "
			       "knows may be old");
	}
	if (status->peer_count == 0) {
		return err_set(err, ERR_INPUT, "tailscaled names no peer at all");
	}
	self.client_version = status->version;
	live_devices_add(arena, &devices, &self);
	for (size_t i = 0; i < status->peer_count; i++) {
		struct live_device peer = device_of(&status->peers[i]);

		peer.is_guest = is_guest(&status->peers[i], status->magic_dns_suffix);
		if (tailnet_node_is_foreign(&status->peers[i])) {
			live_devices_ignore(arena, &devices, peer.fqdn ? peer.fqdn : peer.hostname,
					    "of another tailnet: shared in, or an exit node of "
					    "Mullvad");
		} else {
			live_devices_add(arena, &devices, &peer);
		}
	}
	live_devices_sort(&devices);
	*out = devices;
	return 0;
}
