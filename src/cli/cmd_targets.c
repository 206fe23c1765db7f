/* `targets list`: the machines of the binding in a table. */
#include <string.h>

#include "base/cleanup.h"
#include "cli/commands.h"
#include "cli/routes.h"
#include "cli/selection.h"
#include "data/json.h"
#include "report/layout.h"

/** What stands in a cell that has nothing to say. */
#define NOTHING "-"

enum column {
	COLUMN_ID,
	COLUMN_POLICY,
	COLUMN_ADDRESSES,
	COLUMN_KEYS,
	COLUMN_VIA,
	COLUMN_TAGS,
	COLUMNS,
};

/** Where the cells of a column are as wide as the widest, the last one excepted. */
#define GAP ((size_t)2)

/** What is to be written. */
struct listing {
	const struct cli *cli;
	const char *context;
	struct vantage from;
};

/** One line of the table. */
struct line {
	struct str cells[COLUMNS];
	bool lacks_pin;
};

struct lines VEC(struct line);

/* ---- json */

static struct json *pin_json(const struct known_host *line, bool is_revoked)
{
	struct json *map = json_map();
	AUTO(auto_str) struct str type = {0};

	str_add_text(&type, line->type);
	json_put_text(map, "type", str_text(&type));
	json_put_text(map, "fingerprint", line->fingerprint);
	json_put_bool(map, "revoked", is_revoked);
	json_put_text(map, "file", line->where.file);
	json_put_int(map, "line", line->where.line);
	return map;
}

static struct json *pins_json(const struct known_hosts *hosts, const struct target *target)
{
	AUTO(host_name_release) struct host_name wanted = {0};
	struct known_host_pins pins = {0};
	struct json *list = json_list();

	host_name_fill(&wanted, target->id, (uint16_t)target->port);
	known_hosts_pins(hosts, target->id, (uint16_t)target->port, &pins);
	for (size_t i = 0; i < pins.len; i++) {
		json_add(list, pin_json(pins.at[i],
					known_hosts_revoked(hosts, &wanted, pins.at[i]->blob)));
	}
	VEC_RELEASE(&pins);
	return list;
}

static struct json *texts_json(const struct texts *texts)
{
	struct json *list = json_list();

	for (size_t i = 0; i < texts->len; i++) {
		json_add_text(list, texts->at[i]);
	}
	return list;
}

static struct json *target_json(const struct listing *listing, const struct target *target)
{
	struct json *map = routes_json(target, &listing->from);

	json_put(map, "pins", pins_json(&listing->cli->repo.known_hosts, target));
	json_put(map, "tags", texts_json(&target->tags));
	json_put(map, "aliases", texts_json(&target->aliases));
	json_put_bool(map, "optional", target->optional);
	json_put_bool(map, "broken", target->row.is_broken);
	json_put_text(map, "description", target->description);
	json_put_text(map, "file", target->row.node->where.file);
	json_put_int(map, "line", target->row.node->where.line);
	return map;
}

static void write_json(const struct listing *listing, struct str *out)
{
	const struct targets *targets = &listing->cli->repo.targets;
	AUTO(auto_json) struct json *map = json_map();
	struct json *list = json_list();

	for (size_t i = 0; i < targets->len; i++) {
		if (targets->at[i].id) {
			json_add(list, target_json(listing, &targets->at[i]));
		}
	}
	json_put_text(map, "schema", "gaterun/targets/v1");
	json_put_text(map, "context", listing->context);
	json_put_text(map, "mode", mode_word(listing->from.mode));
	json_put(map, "targets", list);
	json_write(map, JSON_INDENTED, out);
}

/* ---- text */

/** A type as people call it: "ed25519", "ecdsa", "rsa". */
static struct text short_type(struct text type)
{
	if (text_starts(type, "ssh-")) {
		return (struct text){type.at + 4, type.len - 4};
	}
	return text_starts(type, "ecdsa-") ? text_of("ecdsa") : type;
}

/** Does a comma-separated list have the word? */
static bool has_word(const struct str *list, struct text word)
{
	struct text rest = str_view(list);
	struct text one = {0};

	while (list->len > 0 && text_split(&rest, ',', &one)) {
		if (text_equal(one, word)) {
			return true;
		}
	}
	return false;
}

static void fill_keys(const struct known_hosts *hosts, const struct target *target,
		      struct line *line)
{
	AUTO(host_name_release) struct host_name wanted = {0};
	struct known_host_pins pins = {0};
	struct str *cell = &line->cells[COLUMN_KEYS];

	host_name_fill(&wanted, target->id, (uint16_t)target->port);
	known_hosts_pins(hosts, target->id, (uint16_t)target->port, &pins);
	for (size_t i = 0; i < pins.len; i++) {
		struct text word = short_type(pins.at[i]->type);

		if (known_hosts_revoked(hosts, &wanted, pins.at[i]->blob)) {
			word = text_of("revoked");
		}
		if (!has_word(cell, word)) {
			str_add(cell, cell->len > 0 ? "," : "");
			str_add_text(cell, word);
		}
	}
	VEC_RELEASE(&pins);
	line->lacks_pin = cell->len == 0;
	str_add(cell, line->lacks_pin ? "none" : "");
}

/** "lan 192.168.1.20"; in brackets if it would not be dialled. */
static void fill_address(const struct route *route, struct line *line)
{
	const char *path = path_word(route->path);

	str_printf(&line->cells[COLUMN_ADDRESSES], "%s%s%s%s%s", route->is_permitted ? "" : "(",
		   path ? path : "name", route->text ? " " : "", route->text ? route->text : "",
		   route->is_permitted ? "" : ")");
}

static void fill_tags(const struct texts *tags, struct str *cell)
{
	for (size_t i = 0; i < tags->len; i++) {
		str_printf(cell, "%s%s", i > 0 ? "," : "", tags->at[i]);
	}
}

/** A line, and one more for each further address. */
static void add_target(struct lines *lines, const struct listing *listing,
		       const struct target *target)
{
	struct line *line = VEC_ADD(lines);
	struct routes routes = {0};

	str_add(&line->cells[COLUMN_ID], target->id);
	str_printf(&line->cells[COLUMN_POLICY], "%s%s", access_policy_word(target->policy),
		   target->row.is_broken ? " (row is wrong)" : "");
	fill_keys(&listing->cli->repo.known_hosts, target, line);
	str_add(&line->cells[COLUMN_VIA], target->probe_via ? target->probe_via : NOTHING);
	fill_tags(&target->tags, &line->cells[COLUMN_TAGS]);
	routes_of(target, &listing->from, NULL, &routes);
	if (routes.len == 0) {
		str_add(&line->cells[COLUMN_ADDRESSES], NOTHING);
	}
	for (size_t i = 0; i < routes.len; i++) {
		fill_address(&routes.at[i], i == 0 ? line : VEC_ADD(lines));
	}
}

static void add_heads(struct lines *lines)
{
	static const char *const heads[] = {"ID", "POLICY", "ADDRESSES", "KEYS", "VIA", "TAGS"};
	struct line *line = VEC_ADD(lines);

	for (size_t i = 0; i < COLUMNS; i++) {
		str_add(&line->cells[i], heads[i]);
	}
}

static void add_cell(struct str *out, const struct style *style, enum colour colour,
		     const struct str *cell)
{
	AUTO(auto_str) struct str shown = {0};

	str_add_printable(&shown, str_view(cell));
	colour_add(out, style, colour, str_text(&shown));
}

static size_t cell_columns(const struct str *cell)
{
	AUTO(auto_str) struct str shown = {0};

	str_add_printable(&shown, str_view(cell));
	return text_columns(str_view(&shown));
}

static void add_line(struct str *out, const struct style *style, const struct line *line,
		     const size_t *widths)
{
	size_t last = COLUMNS;

	while (last > 0 && line->cells[last - 1].len == 0) {
		last--;
	}
	for (size_t i = 0; i < last; i++) {
		enum colour colour = i == COLUMN_ID                        ? COLOUR_BOLD
				     : i == COLUMN_KEYS && line->lacks_pin ? COLOUR_YELLOW
									   : COLOUR_PLAIN;

		if (line->cells[i].len > 0) {
			add_cell(out, style, colour, &line->cells[i]);
		}
		if (i + 1 < last) {
			add_spaces(out, widths[i] + GAP - cell_columns(&line->cells[i]));
		}
	}
	str_add_char(out, '\n');
}

static void write_table(const struct lines *lines, const struct style *style, struct str *out)
{
	size_t widths[COLUMNS] = {0};

	for (size_t i = 0; i < lines->len; i++) {
		for (size_t k = 0; k < COLUMNS; k++) {
			size_t columns = cell_columns(&lines->at[i].cells[k]);

			widths[k] = columns > widths[k] ? columns : widths[k];
		}
	}
	for (size_t i = 0; i < lines->len; i++) {
		add_line(out, style, &lines->at[i], widths);
	}
}

static void write_text(const struct listing *listing, const struct style *style, struct str *out)
{
	const struct targets *targets = &listing->cli->repo.targets;
	struct lines lines = {0};

	add_heads(&lines);
	for (size_t i = 0; i < targets->len; i++) {
		if (targets->at[i].id) {
			add_target(&lines, listing, &targets->at[i]);
		}
	}
	write_table(&lines, style, out);
	for (size_t i = 0; i < lines.len; i++) {
		for (size_t k = 0; k < COLUMNS; k++) {
			str_release(&lines.at[i].cells[k]);
		}
	}
	VEC_RELEASE(&lines);
	str_printf(out, "context %s, mode %s; in brackets: not dialled there; nothing was sent\n",
		   listing->context, mode_word(listing->from.mode));
}

static void write_listing(const char *format, const struct style *style, void *cookie,
			  struct str *out)
{
	const struct listing *listing = cookie;

	if (strcmp(format, "json") == 0) {
		write_json(listing, out);
	} else {
		write_text(listing, style, out);
	}
}

int cmd_targets_list(struct cli *cli)
{
	struct listing listing = {
		.cli = cli, .from = {.policy = &cli->repo.policy, .targets = &cli->repo.targets}};
	int status = choose_mode(cli, &listing.context, &listing.from.mode);
	struct lans lans = {0};

	if (status) {
		return status;
	}
	if (cli->repo.targets.binding.state != BINDING_LOADED) {
		return cli_refuse(cli, "the repo has no ssh.targets binding");
	}
	routes_look_around(&listing.from, &lans);
	cli_write(cli, write_listing, &listing);
	lans_release(&lans);
	return EXIT_PASS;
}
