/* `snapshot show`: the rows of the binding in a table. */
#include <string.h>

#include "base/cleanup.h"
#include "cli/snapshot.h"
#include "data/json.h"
#include "report/layout.h"

/** What stands in a cell that has nothing to say. */
#define NOTHING "-"

/** Columns between two cells. */
#define GAP ((size_t)2)

/** A column: its head, and the key of a row that it shows. */
static const struct {
	const char *head;
	const char *key;
} columns[] = {
	{"ID", "id"},
	{"POLICY", "access_policy"},
	{"TAILNET", "tailscale_ip"},
	{"LAN", "lan_ip"},
	{"OS", "os"},
	{"VERSION", "client_version"},
	{"FQDN", "fqdn"},
};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

/** What a row says in a column, printable. */
static void cell(const struct device *device, size_t column, struct str *out)
{
	const struct node *node = device->row.node && device->row.node->kind == NODE_MAP
					  ? node_get(device->row.node, columns[column].key)
					  : NULL;

	if (!node || node_is_null(node)) {
		str_add(out, NOTHING);
	} else if (node->kind == NODE_SCALAR) {
		str_add_printable(out, node->text);
	} else {
		str_add(out, node_sort(node));
	}
}

static void write_text(const struct devices *devices, const struct style *style, struct str *out)
{
	size_t widths[COLUMNS] = {0};

	for (size_t k = 0; k < COLUMNS; k++) {
		widths[k] = strlen(columns[k].head);
		for (size_t i = 0; i < devices->len; i++) {
			AUTO(auto_str) struct str text = {0};
			size_t width = 0;

			cell(&devices->at[i], k, &text);
			width = text_columns(str_view(&text));
			widths[k] = width > widths[k] ? width : widths[k];
		}
	}
	for (size_t i = 0; i <= devices->len; i++) {
		for (size_t k = 0; k < COLUMNS; k++) {
			AUTO(auto_str) struct str text = {0};

			if (i == 0) {
				str_add(&text, columns[k].head);
			} else {
				cell(&devices->at[i - 1], k, &text);
			}
			colour_add(out, style, k == 0 ? COLOUR_BOLD : COLOUR_PLAIN,
				   str_text(&text));
			if (k + 1 < COLUMNS) {
				add_spaces(out, widths[k] + GAP - text_columns(str_view(&text)));
			}
		}
		str_add_char(out, '\n');
	}
	str_printf(out, "%zu device%s of %s, as of %s\n", devices->len,
		   devices->len == 1 ? "" : "s",
		   devices->tailnet ? devices->tailnet : "a tailnet that is not named",
		   devices->snapshot_time ? devices->snapshot_time : "nobody says when");
}

/** A value of the file as JSON has it. */
static struct json *list_json(const struct node *list)
{
	struct json *json = json_list();

	for (const struct node *child = list->first; child; child = child->next) {
		if (child->kind == NODE_SCALAR) {
			json_add_text(json, child->text.at);
		}
	}
	return json;
}

static struct json *device_json(const struct device *device)
{
	struct json *map = json_map();

	for (const struct node *node = device->row.node->first; node; node = node->next) {
		if (node->key && node->kind == NODE_LIST) {
			json_put(map, node->key, list_json(node));
		} else if (node->key && node->kind == NODE_SCALAR) {
			json_put_text(map, node->key, node_is_null(node) ? NULL : node->text.at);
		}
	}
	json_put_bool(map, "broken", device->row.is_broken);
	json_put_text(map, "file", device->row.node->where.file);
	json_put_int(map, "line", device->row.node->where.line);
	return map;
}

static void write_json(const struct devices *devices, struct str *out)
{
	AUTO(auto_json) struct json *map = json_map();
	struct json *list = json_list();

	for (size_t i = 0; i < devices->len; i++) {
		json_add(list, device_json(&devices->at[i]));
	}
	json_put_text(map, "schema", "gaterun/snapshot/v1");
	json_put_text(map, "file", devices->binding.path);
	json_put_text(map, "tailnet", devices->tailnet);
	json_put_text(map, "snapshot_time", devices->snapshot_time);
	json_put(map, "devices", list);
	json_write(map, JSON_INDENTED, out);
}

void snapshot_table(const char *format, const struct style *style, void *cookie, struct str *out)
{
	const struct cli *cli = cookie;

	if (strcmp(format, "json") == 0) {
		write_json(&cli->repo.devices, out);
	} else {
		write_text(&cli->repo.devices, style, out);
	}
}
