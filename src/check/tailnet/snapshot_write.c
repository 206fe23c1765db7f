/* The changes of a plan, made in the snapshot's own bytes. */
#include <string.h>

#include "base/cleanup.h"
#include "check/tailnet/snapshot_plan.h"

/** What a new file begins with. */
static struct text new_file(struct arena *arena, const struct live_devices *live)
{
	const char *tailnet = live->domain;

	return text_of(arena_printf(
		arena,
		"# The devices of the tailnet as somebody last saw them: `gaterun snapshot refresh`\n"
		"# writes what the tailnet knows of them, and keeps what else stands here.\n"
		"version: 1\n"
		"%s%s%s"
		"snapshot_time: \"\"\n"
		"device_count: 0\n"
		"\n"
		"devices: []\n",
		tailnet ? "tailnet: " : "", tailnet ? tailnet : "", tailnet ? "\n" : ""));
}

static struct node *row_at(struct node *list, size_t index)
{
	struct node *row = list->first;

	while (row && index-- > 0) {
		row = row->next;
	}
	return row;
}

/** A key that is missing stands behind the one that comes before it in most files. */
static const char *key_before(struct node *row, const char *key)
{
	return strcmp(key, "fqdn") == 0 && yaml_edit_get(row, "tailscale_ip") ? "tailscale_ip"
									      : "id";
}

/** Rows first, as they are numbered; what adds and removes rows comes later. */
static int write_fields(struct yaml_edit *edit, struct node *list, const struct snapshot_plan *plan,
			struct err *err)
{
	for (size_t i = 0; i < plan->changes.len; i++) {
		const struct snapshot_change *change = &plan->changes.at[i];
		struct node *row = NULL;

		if (change->sort == SNAPSHOT_FIELD) {
			row = row_at(list, change->row);
		} else if (change->sort == SNAPSHOT_HEAD) {
			row = change->parent ? yaml_edit_get(edit->root, change->parent)
					     : edit->root;
		}
		if (row && yaml_edit_set(edit, row, &change->entry,
					 key_before(row, change->entry.key), err)) {
			return -1;
		}
	}
	return 0;
}

static int write_rows(struct yaml_edit *edit, struct node *list, const struct snapshot_plan *plan,
		      struct err *err)
{
	for (size_t i = 0; i < plan->changes.len; i++) {
		const struct snapshot_change *change = &plan->changes.at[i];

		if (change->sort == SNAPSHOT_ADD &&
		    yaml_edit_add_row(edit, list, change->entries, change->entry_count, err)) {
			return -1;
		}
	}
	/* From behind, so that the numbers of the others stay. */
	for (size_t i = plan->changes.len; i-- > 0;) {
		const struct snapshot_change *change = &plan->changes.at[i];

		if (change->sort == SNAPSHOT_REMOVE &&
		    yaml_edit_remove_row(edit, list, row_at(list, change->row), err)) {
			return -1;
		}
	}
	return 0;
}

/** The rows of bytes that were just written. */
static int read_rows(struct arena *arena, const char *file, struct text bytes, struct devices *out,
		     struct err *err)
{
	AUTO(auto_problems) struct problems problems = {0};
	struct node *root = NULL;

	if (yaml_load(arena, file, bytes, OWN_FILE, &problems, NULL, &root)) {
		return err_set(err, ERR_INTERNAL, "%s: %s", file, problems.list.at[0].message);
	}
	out->binding = (struct binding){
		.state = BINDING_LOADED, .path = file, .bytes = bytes, .root = root};
	devices_decode(arena, out);
	return 0;
}

/** Would a second time change anything? */
static int check_stable(struct arena *arena, const struct snapshot_question *question,
			struct text bytes, struct err *err)
{
	struct snapshot_question again = *question;
	struct snapshot_plan plan = {0};
	struct devices rows = {0};
	const char *file = question->rows->binding.path;
	int result = -1;

	again.rows = &rows;
	if (read_rows(arena, file, bytes, &rows, err) == 0 &&
	    snapshot_plan_make(arena, &again, &plan, err) == 0) {
		result = plan.writes ? err_set(err, ERR_INTERNAL,
					       "%s would not say what the tailnet says", file)
				     : 0;
	}
	snapshot_plan_release(&plan);
	problems_release(&rows.binding.problems);
	return result;
}

static int write_plan(struct arena *arena, const struct snapshot_question *question,
		      const struct snapshot_plan *plan, struct text bytes, struct str *out,
		      struct err *err)
{
	AUTO(auto_yaml_edit) struct yaml_edit edit = {0};
	AUTO(auto_problems) struct problems problems = {0};
	const char *file = question->rows->binding.path;
	struct node *list = NULL;

	if (yaml_edit_open(&edit, arena, file, bytes, &problems)) {
		return err_set(err, ERR_INPUT, "%s:%d:%d: %s", file, problems.list.at[0].where.line,
			       problems.list.at[0].where.column, problems.list.at[0].message);
	}
	list = yaml_edit_get(edit.root, "devices");
	if (!list || list->kind != NODE_LIST) {
		return err_set(err, ERR_INPUT, "%s has no list 'devices'", file);
	}
	if (write_fields(&edit, list, plan, err) || write_rows(&edit, list, plan, err)) {
		return -1;
	}
	return yaml_edit_finish(&edit, out, err);
}

/** A new file has a head of its own, which the plan does not know yet. */
static int write_new(struct arena *arena, const struct snapshot_question *question, struct str *out,
		     struct err *err)
{
	struct text bytes = new_file(arena, question->live);
	struct snapshot_question again = *question;
	struct snapshot_plan plan = {0};
	struct devices rows = {0};
	int result = -1;

	again.rows = &rows;
	if (read_rows(arena, question->rows->binding.path, bytes, &rows, err) == 0 &&
	    snapshot_plan_make(arena, &again, &plan, err) == 0) {
		result = write_plan(arena, &again, &plan, bytes, out, err);
	}
	snapshot_plan_release(&plan);
	problems_release(&rows.binding.problems);
	return result;
}

int snapshot_plan_write(struct arena *arena, const struct snapshot_question *question,
			const struct snapshot_plan *plan, struct text bytes, struct str *out,
			struct err *err)
{
	AUTO(auto_str) struct str made = {0};

	if (bytes.len == 0 ? write_new(arena, question, &made, err)
			   : write_plan(arena, question, plan, bytes, &made, err)) {
		return -1;
	}
	if (check_stable(arena, question, str_view(&made), err)) {
		return -1;
	}
	str_add_text(out, str_view(&made));
	return 0;
}
