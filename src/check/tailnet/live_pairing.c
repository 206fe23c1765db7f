#include "check/tailnet/live_pairing.h"

#include <string.h>
#include <strings.h>

/** Names are compared as DNS compares them. */
static bool is_name(struct text text, const char *name)
{
	return text.len > 0 && strlen(name) == text.len &&
	       strncasecmp(text.at, name, text.len) == 0;
}

static bool joins_by_node_id(const struct device *row, const struct live_device *device)
{
	const struct node *node = node_get(row->row.node, "node_id");

	return node && device->node_id && node->kind == NODE_SCALAR &&
	       text_is(node->text, device->node_id);
}

static bool joins_by_fqdn(const struct device *row, const struct live_device *device)
{
	struct text fqdn = text_of(device->fqdn);

	return row->fqdn && is_name(fqdn, row->fqdn);
}

static bool joins_by_id(const struct device *row, const struct live_device *device)
{
	return !device->is_guest && is_name(live_device_label(device), row->id);
}

static bool joins_by_alias(const struct device *row, const struct live_device *device)
{
	for (size_t i = 0; i < row->legacy_aliases.len; i++) {
		if (!device->is_guest &&
		    is_name(live_device_label(device), row->legacy_aliases.at[i])) {
			return true;
		}
	}
	return false;
}

static bool joins_by_address(const struct device *row, const struct live_device *device)
{
	return row->tailscale_ip.address.family != ADDRESS_NONE &&
	       live_device_has(device, &row->tailscale_ip.address);
}

/** In the order in which they are tried. */
static const struct {
	enum live_join join;
	bool (*joins)(const struct device *row, const struct live_device *device);
} ways[] = {
	{LIVE_JOIN_NODE_ID, joins_by_node_id}, {LIVE_JOIN_FQDN, joins_by_fqdn},
	{LIVE_JOIN_ID, joins_by_id},           {LIVE_JOIN_ALIAS, joins_by_alias},
	{LIVE_JOIN_ADDRESS, joins_by_address},
};

/** Join a row with the first free device, if there is one. */
static void join_row(struct live_pairing *pairing, const struct devices *rows, size_t at,
		     const struct live_devices *live, size_t way)
{
	const struct device *row = &rows->at[at];

	for (size_t i = 0; i < live->list.len; i++) {
		const struct live_device *device = &live->list.at[i];

		if (!pairing->row_of[i] && ways[way].joins(row, device)) {
			pairing->row_of[i] = row;
			pairing->device_of[at] = device;
			pairing->join_of[at] = ways[way].join;
			return;
		}
	}
}

void live_pairing_make(struct arena *arena, const struct devices *rows,
		       const struct live_devices *live, struct live_pairing *out)
{
	struct live_pairing pairing = {
		.device_of = arena_alloc(arena, (rows->len + 1) * sizeof(*pairing.device_of)),
		.join_of = arena_alloc(arena, (rows->len + 1) * sizeof(*pairing.join_of)),
		.row_of = arena_alloc(arena, (live->list.len + 1) * sizeof(*pairing.row_of)),
	};

	for (size_t way = 0; way < sizeof(ways) / sizeof(ways[0]); way++) {
		for (size_t i = 0; i < rows->len; i++) {
			if (rows->at[i].id && !pairing.device_of[i]) {
				join_row(&pairing, rows, i, live, way);
			}
		}
	}
	*out = pairing;
}
