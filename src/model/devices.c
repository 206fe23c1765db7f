/* The tailnet snapshot: the devices as they were when somebody last looked. */
#include "model/binding_rows.h"
#include "model/file_form.h"

/** The head of the file. */
struct snapshot_head {
	const char *tailnet;
	const char *snapshot_time;
	int64_t device_count;
};

const struct field snapshot_head_fields[] = {
	{"tailnet", FIELD_TEXT, offsetof(struct snapshot_head, tailnet), .nullable = true,
	 .doc = "the tailnet's DNS name"},
	{"snapshot_time", FIELD_TEXT, offsetof(struct snapshot_head, snapshot_time),
	 .nullable = true, .doc = "when it was taken"},
	{"device_count", FIELD_INT, offsetof(struct snapshot_head, device_count), .min = 0,
	 .max = 1000000, .nullable = true, .doc = "how many rows there are"},
	{0},
};

const struct field device_fields[] = {
	{"id", FIELD_TEXT, offsetof(struct device, id), .required = true, .doc = "its name here"},
	{"tailscale_ip", FIELD_CUSTOM, offsetof(struct device, tailscale_ip), .nullable = true,
	 .parse = parse_address_field, .doc = "its tailnet address"},
	{"lan_ip", FIELD_CUSTOM, offsetof(struct device, lan_ip), .nullable = true,
	 .parse = parse_address_field, .doc = "its LAN address"},
	{"fqdn", FIELD_TEXT, offsetof(struct device, fqdn), .required = true,
	 .doc = "its name in MagicDNS"},
	{"access_policy", FIELD_CHOICE, offsetof(struct device, policy), .required = true,
	 .choices = device_policies, .doc = "which way it is reached"},
	{"legacy_aliases", FIELD_TEXTS, offsetof(struct device, legacy_aliases), .nullable = true,
	 .doc = "names it had"},
	{0},
};

static void check_fqdn(struct decode *decode, const struct device *device)
{
	const struct node *node = node_get(device->row.node, "fqdn");

	if (device->fqdn && !name_is_valid(text_of(device->fqdn))) {
		decode_problem(decode, PROBLEM_VALUE, node,
			       "write a DNS name like nas.example.ts.net", "'%s' is not a name",
			       device->fqdn);
	}
}

void devices_decode(struct arena *arena, struct devices *devices)
{
	struct binding *binding = &devices->binding;
	struct decode decode = binding_decode(arena, binding, "a device");
	struct decode for_head = binding_decode(arena, binding, "the tailnet snapshot");
	const struct node *list = binding_rows(&decode, binding, binding->root, "devices");
	struct snapshot_head head = {.device_count = -1};

	if (binding->root->kind == NODE_MAP) {
		(void)decode_fields(&for_head, binding->root, binding->root->where,
				    snapshot_head_fields, &head);
	}
	devices->tailnet = head.tailnet;
	devices->snapshot_time = head.snapshot_time;
	devices->device_count = head.device_count;
	if (!list) {
		return;
	}
	devices->at = arena_alloc(arena, (list->count + 1) * sizeof(*devices->at));
	for (const struct node *node = list->first; node; node = node->next) {
		struct device *device = &devices->at[devices->len];
		struct row_name name = {"device", NULL, "tailnet_snapshot", devices->len};

		row_decode(&decode, binding, node, device_fields, &device->row, device);
		check_fqdn(&decode, device);
		name.id = device->id;
		row_close(&decode, binding, &device->row, &name);
		devices->len++;
	}
}
