#include <string.h>

#include "base/cleanup.h"
#include "cli/snapshot.h"
#include "data/json.h"

/** Nothing, as a value. */
#define NOTHING "nothing"

static const char *state_word(enum snapshot_state state)
{
	static const char *const words[] = {
		[SNAPSHOT_UNKNOWN] = "unknown",
		[SNAPSHOT_SAME] = "same",
		[SNAPSHOT_DIFFERS] = "differs",
		[SNAPSHOT_WRITTEN] = "written",
	};

	return words[state];
}

static const char *sort_word(enum snapshot_sort sort)
{
	static const char *const words[] = {
		[SNAPSHOT_ADD] = "add",     [SNAPSHOT_REMOVE] = "remove", [SNAPSHOT_GONE] = "gone",
		[SNAPSHOT_FIELD] = "field", [SNAPSHOT_HEAD] = "head",
	};

	return words[sort];
}

/* ---- json */

static struct json *row_json(const struct snapshot_change *change)
{
	struct json *map = json_map();

	for (size_t i = 0; i < change->entry_count; i++) {
		const struct yaml_entry *entry = &change->entries[i];

		if (entry->value.sort == YAML_LIST) {
			struct json *list = json_list();

			for (size_t k = 0; k < entry->value.list->len; k++) {
				json_add_text(list, entry->value.list->at[k]);
			}
			json_put(map, entry->key, list);
		} else if (entry->value.sort == YAML_WORD) {
			json_put_bool(map, entry->key, strcmp(entry->value.text, "true") == 0);
		} else {
			json_put_text(map, entry->key, entry->value.text);
		}
	}
	return map;
}

static struct json *change_json(const struct snapshot_change *change)
{
	struct json *map = json_map();

	json_put_text(map, "change", sort_word(change->sort));
	json_put_text(map, "device", change->device);
	json_put_text(map, "field", change->field);
	json_put_text(map, "old", change->old_text);
	json_put_text(map, "new", change->new_text);
	if (change->sort == SNAPSHOT_ADD) {
		json_put(map, "row", row_json(change));
	}
	json_put_text(map, "note", change->note);
	json_put_text(map, "file", change->where.line > 0 ? change->where.file : NULL);
	json_put_int(map, "line", change->where.line);
	return map;
}

static void write_json(const struct snapshot_run *run, struct str *out)
{
	AUTO(auto_json) struct json *map = json_map();
	struct json *changes = json_list();
	struct json *ignored = json_list();

	for (size_t i = 0; i < run->plan.changes.len; i++) {
		json_add(changes, change_json(&run->plan.changes.at[i]));
	}
	for (size_t i = 0; i < run->live.ignored.len; i++) {
		struct json *device = json_map();

		json_put_text(device, "name", run->live.ignored.at[i].name);
		json_put_text(device, "why", run->live.ignored.at[i].why);
		json_add(ignored, device);
	}
	json_put_text(map, "schema", "gaterun/snapshot-diff/v1");
	json_put_text(map, "state", state_word(run->state));
	json_put_int(map, "exit", run->status);
	json_put_text(map, "message", run->err.code ? run->err.text : NULL);
	json_put_text(map, "file", run->question.rows->binding.path);
	json_put_text(map, "source", run->live.source);
	json_put_text(map, "tailnet", run->live.domain);
	json_put_int(map, "added", (int64_t)run->plan.added);
	json_put_int(map, "gone", (int64_t)run->plan.gone);
	json_put_int(map, "changed", (int64_t)run->plan.changed);
	json_put(map, "changes", changes);
	json_put(map, "ignored", ignored);
	json_write(map, JSON_INDENTED, out);
}

/* ---- text */

/** One of a new row's values, as text; NULL if it has none. */
static const char *value_of(const struct snapshot_change *change, const char *key)
{
	for (size_t i = 0; i < change->entry_count; i++) {
		if (strcmp(change->entries[i].key, key) == 0) {
			return change->entries[i].value.text;
		}
	}
	return NULL;
}

static void add_values(const struct snapshot_change *change, struct str *out)
{
	str_printf(out, "%s: %s -> %s", change->field,
		   change->old_text ? change->old_text : NOTHING, change->new_text);
}

static void write_change(const struct snapshot_change *change, const struct style *style,
			 struct str *out)
{
	AUTO(auto_str) struct str line = {0};
	enum colour colour = COLOUR_PLAIN;

	switch (change->sort) {
	case SNAPSHOT_ADD: {
		const char *address = value_of(change, "tailscale_ip");

		str_printf(&line, "+ %s: %s%s%s; %s", change->device, value_of(change, "fqdn"),
			   address ? ", " : "", address ? address : "", change->note);
		colour = COLOUR_GREEN;
		break;
	}
	case SNAPSHOT_REMOVE:
		str_printf(&line, "- %s: not in the tailnet; its row goes", change->device);
		colour = COLOUR_RED;
		break;
	case SNAPSHOT_GONE:
		str_printf(&line, "- %s: not in the tailnet; its row stays without --prune",
			   change->device);
		colour = COLOUR_RED;
		break;
	case SNAPSHOT_FIELD:
		str_printf(&line, "  %s: ", change->device);
		add_values(change, &line);
		break;
	case SNAPSHOT_HEAD:
		str_add(&line, "  ");
		add_values(change, &line);
		break;
	}
	colour_add(out, style, colour, str_text(&line));
	str_add_char(out, '\n');
}

/** What is done about it, or what could be. */
static const char *outcome(const struct snapshot_run *run)
{
	switch (run->state) {
	case SNAPSHOT_WRITTEN:
		return "; written";
	case SNAPSHOT_DIFFERS:
		return run->writes        ? "; nothing to write"
		       : run->plan.writes ? "; `gaterun snapshot refresh` writes it"
					  : "; a refresh would write nothing";
	case SNAPSHOT_SAME:
	case SNAPSHOT_UNKNOWN:
		break;
	}
	return "";
}

static void write_text(const struct snapshot_run *run, const struct style *style, struct str *out)
{
	const char *file = run->question.rows->binding.path;
	const struct snapshot_plan *plan = &run->plan;

	if (run->state == SNAPSHOT_UNKNOWN) {
		str_printf(out, "%s was compared with nothing: %s\n", file, run->err.text);
		return;
	}
	for (size_t i = 0; i < plan->changes.len; i++) {
		write_change(&plan->changes.at[i], style, out);
	}
	if (run->state == SNAPSHOT_SAME) {
		str_printf(out, "%s says what %s says: %zu device%s\n", file, run->live.source,
			   run->live.list.len, run->live.list.len == 1 ? "" : "s");
	} else {
		str_printf(out, "%s against %s: %zu new, %zu gone, %zu changed%s\n", file,
			   run->live.source, plan->added, plan->gone, plan->changed, outcome(run));
	}
	for (size_t i = 0; i < run->live.ignored.len; i++) {
		str_printf(out, "ignored %s: %s\n", run->live.ignored.at[i].name,
			   run->live.ignored.at[i].why);
	}
}

void snapshot_report(const char *format, const struct style *style, void *cookie, struct str *out)
{
	const struct snapshot_run *run = cookie;

	if (strcmp(format, "json") == 0) {
		write_json(run, out);
	} else {
		write_text(run, style, out);
	}
}
