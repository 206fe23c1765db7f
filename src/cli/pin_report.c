#include <string.h>

#include "base/cleanup.h"
#include "cli/pin.h"
#include "data/json.h"
#include "report/layout.h"

/** Columns before what an address showed. */
#define VIEW_INDENT ((size_t)30)

/** Columns before a command. */
#define COMMAND_INDENT ((size_t)4)

static const char *state_word(enum pin_state state)
{
	static const char *const words[] = {
		[PIN_NOT_SEEN] = "not_seen",    [PIN_SEEN] = "seen",       [PIN_WRITTEN] = "pinned",
		[PIN_THERE] = "pinned_already", [PIN_REFUSED] = "refused",
	};

	return words[state];
}

/** Type and fingerprint of a key. */
static void describe(const struct str *key, struct str *out)
{
	char fingerprint[FINGERPRINT_BYTES];
	struct text type = {0};

	host_key_describe(str_view(key), &type, fingerprint);
	str_add_printable(out, type);
	str_printf(out, " %s", fingerprint);
}

/** Why an address showed no key. */
static void add_trouble(const struct route *route, const struct pin_view *view, struct str *out)
{
	str_printf(out, "%s%s", route->is_permitted ? "" : "not asked: ", view->trouble);
	if (*view->detail && strcmp(view->detail, view->trouble) != 0) {
		str_printf(out, ": %s", view->detail);
	}
	str_printf(out, " (%s)", reason_code(view->reason));
}

/* ---- json */

static struct json *view_json(const struct route *route, const struct pin_view *view)
{
	struct json *map = json_map();
	char fingerprint[FINGERPRINT_BYTES];
	struct text type = {0};
	AUTO(auto_str) struct str word = {0};
	AUTO(auto_str) struct str trouble = {0};

	json_put_text(map, "address", route->text);
	json_put_text(map, "path", path_word(route->path));
	if (view->trouble) {
		add_trouble(route, view, &trouble);
		json_put_null(map, "type");
		json_put_null(map, "fingerprint");
		json_put_text(map, "reason", reason_code(view->reason));
		json_put_text(map, "message", str_text(&trouble));
		return map;
	}
	host_key_describe(str_view(&view->key), &type, fingerprint);
	str_add_text(&word, type);
	json_put_text(map, "type", str_text(&word));
	json_put_text(map, "fingerprint", fingerprint);
	json_put_null(map, "reason");
	json_put_null(map, "message");
	return map;
}

static void write_json(const struct pinning *pinning, struct str *out)
{
	const struct pin_views *views = &pinning->views;
	bool has_key = pinning->key.len > 0;
	AUTO(auto_json) struct json *map = json_map();
	AUTO(auto_str) struct str type = {0};
	struct json *list = json_list();

	for (size_t i = 0; i < views->routes.len; i++) {
		json_add(list, view_json(&views->routes.at[i], &views->at[i]));
	}
	str_add_text(&type, pinning->type);
	json_put_text(map, "schema", "gaterun/pin/v1");
	json_put_text(map, "target", pinning->target->id);
	json_put_text(map, "state", state_word(pinning->state));
	json_put_int(map, "exit", pinning->status);
	json_put_text(map, "type", has_key ? str_text(&type) : NULL);
	json_put_text(map, "fingerprint", has_key ? pinning->fingerprint : NULL);
	json_put_text(map, "file", pinning->shown_file);
	json_put_text(map, "message", pinning->sentence);
	json_put_text(map, "next", pinning->next);
	json_put(map, "addresses", list);
	json_write(map, JSON_INDENTED, out);
}

/* ---- text */

static void add_view(struct str *out, const struct style *style, const struct route *route,
		     const struct pin_view *view)
{
	const char *path = path_word(route->path);
	AUTO(auto_str) struct str head = {0};
	AUTO(auto_str) struct str line = {0};
	size_t used = 0;

	str_printf(&head, "    %-8s %-15s", path ? path : "", route->text);
	str_add_printable(out, str_view(&head));
	used = text_columns(str_view(&head));
	if (used + 2 > VIEW_INDENT) {
		str_add_char(out, '\n');
		used = 0;
	}
	add_spaces(out, VIEW_INDENT - used);
	if (view->trouble) {
		add_trouble(route, view, &line);
	} else {
		describe(&view->key, &line);
	}
	wrap_add(out, style, VIEW_INDENT, VIEW_INDENT, str_text(&line));
	str_add_char(out, '\n');
}

/** A command stands on a line of its own, whole, however long: it is there to be copied. */
static void add_command(struct str *out, const char *when, const char *command)
{
	str_printf(out, "%s:\n", when);
	add_spaces(out, COMMAND_INDENT);
	str_add_printable(out, text_of(command));
	str_add_char(out, '\n');
}

/** Where a machine of the usual kind keeps the key of that type. */
static const char *key_file(struct text type)
{
	if (text_starts(type, "ecdsa-")) {
		return "/etc/ssh/ssh_host_ecdsa_key.pub";
	}
	return text_is(type, "ssh-rsa") ? "/etc/ssh/ssh_host_rsa_key.pub"
					: "/etc/ssh/ssh_host_ed25519_key.pub";
}

static void write_text(const struct pinning *pinning, const struct style *style, struct str *out)
{
	const struct pin_views *views = &pinning->views;
	AUTO(auto_str) struct str key = {0};
	AUTO(auto_str) struct str look = {0};

	colour_add(out, style, COLOUR_BOLD, pinning->target->id);
	str_printf(out, "  port %lld\n", (long long)pinning->target->port);
	for (size_t i = 0; i < views->routes.len; i++) {
		add_view(out, style, &views->routes.at[i], &views->at[i]);
	}
	if (views->routes.len == 0 && pinning->key.len > 0) {
		describe(&pinning->key, &key);
		str_printf(out, "    %s\n", str_text(&key));
	}
	str_add_char(out, '\n');
	wrap_add(out, style, 0, 0, pinning->sentence);
	str_add_char(out, '\n');
	if (pinning->state == PIN_SEEN) {
		str_printf(&look, "ssh-keygen -lf %s", key_file(pinning->type));
		add_command(out, "on the machine", str_text(&look));
	}
	if (pinning->next) {
		add_command(out, pinning->next_when, pinning->next);
	}
}

void pin_report(const char *format, const struct style *style, void *cookie, struct str *out)
{
	const struct pinning *pinning = cookie;

	if (strcmp(format, "json") == 0) {
		write_json(pinning, out);
	} else {
		write_text(pinning, style, out);
	}
}
