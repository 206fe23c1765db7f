#include "check/tailnet/snapshot_projection.h"

#include <string.h>
#include <strings.h>

#include "base/cleanup.h"

static bool give_text(const char *text, struct yaml_value *out)
{
	if (!text) {
		return false;
	}
	*out = (struct yaml_value){.sort = YAML_TEXT, .text = text};
	return true;
}

static bool give_routes(const struct texts *routes, struct yaml_value *out)
{
	if (!routes) {
		return false;
	}
	*out = (struct yaml_value){.sort = YAML_LIST, .list = routes};
	return true;
}

static bool give_address(struct arena *arena, const struct live_device *device,
			 struct yaml_value *out)
{
	const struct address *address = live_device_address(device);
	char text[ADDRESS_TEXT_BYTES];

	if (!address) {
		return false;
	}
	address_format(address, text);
	return give_text(arena_text(arena, text), out);
}

static bool give_fqdn(struct arena *arena, const struct live_device *device, struct yaml_value *out)
{
	(void)arena;
	return give_text(device->fqdn, out);
}

static bool give_key_expiry(struct arena *arena, const struct live_device *device,
			    struct yaml_value *out)
{
	(void)arena;
	*out = (struct yaml_value){.sort = YAML_WORD,
				   .text = device->key_expiry_disabled == TOLD_YES ? "true"
										   : "false"};
	return device->key_expiry_disabled != TOLD_NOT;
}

static bool give_version(struct arena *arena, const struct live_device *device,
			 struct yaml_value *out)
{
	(void)arena;
	return give_text(device->client_version, out);
}

static bool give_os(struct arena *arena, const struct live_device *device, struct yaml_value *out)
{
	(void)arena;
	return give_text(device->os, out);
}

static bool give_advertised(struct arena *arena, const struct live_device *device,
			    struct yaml_value *out)
{
	(void)arena;
	return give_routes(device->advertised_routes, out);
}

static bool give_enabled(struct arena *arena, const struct live_device *device,
			 struct yaml_value *out)
{
	(void)arena;
	return give_routes(device->enabled_routes, out);
}

const struct snapshot_projection snapshot_projections[SNAPSHOT_PROJECTIONS] = {
	{"tailscale_ip", SNAPSHOT_ADDRESS, give_address},
	{"fqdn", SNAPSHOT_FQDN, give_fqdn},
	{"key_expiry_disabled", SNAPSHOT_DETAIL, give_key_expiry},
	{"client_version", SNAPSHOT_DETAIL, give_version},
	{"os", SNAPSHOT_DETAIL, give_os},
	{"advertised_routes", SNAPSHOT_DETAIL, give_advertised},
	{"enabled_routes", SNAPSHOT_DETAIL, give_enabled},
};

/* ---- comparing */

/** A value as it is shown: nothing as NULL, a list in brackets. */
const char *snapshot_show_node(struct arena *arena, const struct node *node)
{
	AUTO(auto_str) struct str text = {0};

	if (!node || node_is_null(node)) {
		return NULL;
	}
	if (node->kind == NODE_SCALAR) {
		str_add_printable(&text, node->text);
	} else if (node->kind == NODE_LIST) {
		str_add_char(&text, '[');
		for (const struct node *child = node->first; child; child = child->next) {
			str_add(&text, child == node->first ? "" : ", ");
			str_add_printable(&text, child->kind == NODE_SCALAR
							 ? child->text
							 : text_of(node_sort(child)));
		}
		str_add_char(&text, ']');
	} else {
		str_add(&text, node_sort(node));
	}
	return arena_text(arena, str_text(&text));
}

const char *snapshot_show_value(struct arena *arena, const struct yaml_value *value)
{
	AUTO(auto_str) struct str text = {0};

	if (value->sort != YAML_LIST) {
		return value->text;
	}
	str_add_char(&text, '[');
	for (size_t i = 0; i < value->list->len; i++) {
		str_printf(&text, "%s%s", i ? ", " : "", value->list->at[i]);
	}
	str_add_char(&text, ']');
	return arena_text(arena, str_text(&text));
}

/** Do both hold the same, in whatever order? */
static bool is_same_list(const struct node *list, const struct texts *texts)
{
	size_t found = 0;

	for (const struct node *child = list->first; child; child = child->next) {
		if (child->kind != NODE_SCALAR || !texts_hold(texts, child->text.at)) {
			return false;
		}
	}
	for (size_t i = 0; i < texts->len; i++) {
		for (const struct node *child = list->first; child; child = child->next) {
			if (text_is(child->text, texts->at[i])) {
				found++;
				break;
			}
		}
	}
	return found == texts->len;
}

/** The words of YAML for true and for false. */
static bool is_same_truth(struct text text, bool truth)
{
	static const char *const words[2][3] = {{"false", "no", "off"}, {"true", "yes", "on"}};

	for (size_t i = 0; i < 3; i++) {
		if (strlen(words[truth][i]) == text.len &&
		    strncasecmp(words[truth][i], text.at, text.len) == 0) {
			return true;
		}
	}
	return false;
}

static bool is_same_value(const struct node *node, const struct yaml_value *value)
{
	if (value->sort == YAML_LIST) {
		return node->kind == NODE_LIST ? is_same_list(node, value->list)
					       : node_is_null(node) && value->list->len == 0;
	}
	if (node->kind != NODE_SCALAR) {
		return false;
	}
	return value->sort == YAML_WORD
		       ? is_same_truth(node->text, strcmp(value->text, "true") == 0)
		       : text_is(node->text, value->text);
}

/** May the row do without the key? */
static bool is_optional(const struct device *row, const struct snapshot_projection *projection)
{
	switch (projection->part) {
	case SNAPSHOT_ADDRESS:
		return row->policy == POLICY_LAN_ONLY;
	case SNAPSHOT_FQDN:
		return false;
	case SNAPSHOT_DETAIL:
		break;
	}
	return true;
}

bool snapshot_agrees(const struct device *row, const struct live_device *device,
		     const struct snapshot_projection *projection, const struct yaml_value *value)
{
	const struct node *node = node_get(row->row.node, projection->key);

	if (!node) {
		return is_optional(row, projection);
	}
	if (projection->part == SNAPSHOT_ADDRESS &&
	    row->tailscale_ip.address.family != ADDRESS_NONE) {
		return live_device_has(device, &row->tailscale_ip.address);
	}
	if (projection->part == SNAPSHOT_FQDN && row->fqdn) {
		return strcasecmp(row->fqdn, device->fqdn) == 0;
	}
	return is_same_value(node, value);
}
