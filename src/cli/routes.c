#include "cli/routes.h"

#include "base/cleanup.h"
#include "report/layout.h"

/** Columns before the rest of a long reason: where the reasons of IPv4 addresses start. */
#define WHY_INDENT ((size_t)33)

static struct json *route_json(const struct route *route)
{
	struct json *map = json_map();

	json_put_text(map, "address", route->text);
	json_put_text(map, "path", path_word(route->path));
	json_put_bool(map, "permitted", route->is_permitted);
	json_put_text(map, "reason", route->is_permitted ? NULL : reason_code(route->reason));
	json_put_text(map, "why", route->why);
	return map;
}

static struct json *jump_json(const struct jump *jump)
{
	struct json *map = json_map();

	json_put_text(map, "host", jump->host->id);
	json_put_bool(map, "permitted", jump->is_permitted);
	json_put_text(map, "reason", jump->is_permitted ? NULL : reason_code(jump->reason));
	json_put_text(map, "why", jump->why);
	return map;
}

struct json *routes_json(const struct target *target, const struct vantage *from)
{
	struct json *map = json_map();
	struct json *list = json_list();
	struct routes routes = {0};

	routes_of(target, from, NULL, &routes);
	for (size_t i = 0; i < routes.len; i++) {
		json_add(list, route_json(&routes.at[i]));
	}
	json_put_text(map, "id", target->id);
	json_put_text(map, "access_policy", access_policy_word(target->policy));
	json_put_text(map, "user", target->user);
	json_put_int(map, "port", target->port);
	json_put_text(map, "probe_via", target->probe_via);
	if (routes.jump.host) {
		json_put(map, "jump", jump_json(&routes.jump));
	}
	json_put(map, "routes", list);
	return map;
}

/** "1. lan  192.168.1.10  why", or why not. `order` counts what would be tried. */
static void add_route(struct str *out, const struct style *style, const struct route *route,
		      int *order)
{
	const char *path = path_word(route->path);
	AUTO(auto_str) struct str line = {0};
	AUTO(auto_str) struct str why = {0};
	size_t column = 0;

	if (route->is_permitted) {
		*order += 1;
		str_printf(&line, "    %d. ", *order);
	} else {
		str_add(&line, "       ");
	}
	str_printf(&line, "%-8s %-15s  ", path ? path : "name", route->text ? route->text : "");
	str_add_printable(out, str_view(&line));
	str_printf(&why, "%s%s", route->is_permitted ? "" : "not tried: ", route->why);
	if (!route->is_permitted) {
		str_printf(&why, " (%s)", reason_code(route->reason));
	}
	column = text_columns(str_view(&line));
	wrap_add(out, style, column, WHY_INDENT, str_text(&why));
	str_add_char(out, '\n');
}

void routes_write(const struct target *target, const struct vantage *from,
		  const struct style *style, struct str *out)
{
	struct routes routes = {0};
	int order = 0;

	colour_add(out, style, COLOUR_BOLD, target->id);
	str_printf(out, "  %s, port %lld", access_policy_word(target->policy),
		   (long long)target->port);
	if (target->probe_via) {
		str_add(out, ", behind ");
		str_add_printable(out, text_of(target->probe_via));
	}
	str_add(out, target->row.is_broken ? "; its row is wrong, see 'gaterun lint'\n" : "\n");
	routes_of(target, from, NULL, &routes);
	for (size_t i = 0; i < routes.len; i++) {
		add_route(out, style, &routes.at[i], &order);
	}
	if (routes.len == 0) {
		str_add(out, "       no address\n");
	}
	if (routes.jump.host) {
		const struct route last = {
			.text = routes.jump.host->id,
			.path = PATH_JUMP,
			.is_permitted = routes.jump.is_permitted,
			.reason = routes.jump.reason,
			.why = routes.jump.why,
		};

		add_route(out, style, &last, &order);
	}
}

void routes_look_around(struct vantage *from, struct lans *lans)
{
	struct err ignored = {0};

	from->lans = lans_read(lans, &ignored) ? NULL : lans;
}
