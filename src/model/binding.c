#include "model/binding.h"

#include <string.h>

#include "base/cleanup.h"
#include "model/binding_rows.h"

const struct choice target_policies[] = {
	{"lan_first", POLICY_LAN_FIRST, "the LAN address, else the tailnet"},
	{"lan_only", POLICY_LAN_ONLY, "never the tailnet"},
	{"tailscale_required", POLICY_TAILSCALE_REQUIRED, "never the LAN"},
	{0},
};

const struct choice device_policies[] = {
	{"lan_first", POLICY_LAN_FIRST, "the LAN address, else the tailnet"},
	{"lan_only", POLICY_LAN_ONLY, "never the tailnet"},
	{"tailscale_required", POLICY_TAILSCALE_REQUIRED, "never the LAN"},
	{"client", POLICY_CLIENT, "somebody's device; not governed"},
	{0},
};

const char *access_policy_word(int policy)
{
	return choice_word(device_policies, policy);
}

bool binding_has_rows(const struct binding *binding)
{
	return binding->state == BINDING_LOADED && binding->root && !binding->is_broken;
}

void parse_address_field(struct decode *decode, const struct node *node, void *out)
{
	struct address_field *field = out;

	if (node->kind != NODE_SCALAR) {
		decode_problem(decode, PROBLEM_TYPE, node, NULL,
			       "expected an address for '%s', found %s", node->key,
			       node_sort(node));
		return;
	}
	field->text = node->text.at;
	if (!address_parse(node->text, &field->address)) {
		decode_problem(decode, PROBLEM_VALUE, node,
			       "write an IPv4 address like 192.168.1.20, or an IPv6 address",
			       "'%s' is not an address", node->text.at);
	}
}

void parse_host_field(struct decode *decode, const struct node *node, void *out)
{
	struct address_field *field = out;

	if (node->kind != NODE_SCALAR || node_is_null(node)) {
		decode_problem(decode, PROBLEM_TYPE, node, NULL,
			       "expected an address or a name for '%s', found %s", node->key,
			       node_sort(node));
		return;
	}
	field->text = node->text.at;
	if (!address_parse(node->text, &field->address) && !name_is_valid(node->text)) {
		decode_problem(decode, PROBLEM_VALUE, node,
			       "write an address like 192.168.1.20, or a DNS name",
			       "'%s' is neither an address nor a name", node->text.at);
	}
}

bool row_id_is_valid(const char *id)
{
	AUTO(auto_str) struct str shown = {0};

	str_add_printable(&shown, text_of(id));
	return *id != '\0' && !strchr(id, ' ') && text_is(str_view(&shown), id);
}

const struct node *binding_rows(struct decode *decode, struct binding *binding,
				const struct node *holder, const char *key)
{
	const struct node *list = node_get(holder, key);
	struct node whole = {.where = {binding->path, 1, 1}};

	if (!list || node_is_null(list)) {
		const struct node *at = list ? list : holder ? holder : &whole;

		decode_problem(decode, PROBLEM_MISSING, at, NULL, "the file has no list '%s'", key);
		binding->is_broken = true;
		return NULL;
	}
	if (list->kind != NODE_LIST) {
		decode_problem(decode, PROBLEM_TYPE, list, NULL,
			       "expected a list for '%s', found %s", key, node_sort(list));
		binding->is_broken = true;
		return NULL;
	}
	return list;
}

void row_decode(struct decode *decode, struct binding *binding, const struct node *node,
		const struct field *fields, struct row *row, void *out)
{
	row->first_problem = binding->problems.added;
	(void)decode_fields(decode, node, node->where, fields, out);
	row->node = node;
}

/** The first mistake of the row; the row itself if there were too many mistakes to keep. */
static struct place cause_of(const struct binding *binding, const struct row *row)
{
	return row->first_problem < PROBLEMS_MAX
		       ? binding->problems.list.at[row->first_problem].where
		       : row->node->where;
}

void row_close(struct decode *decode, struct binding *binding, struct row *row,
	       const struct row_name *name)
{
	if (name->id && !row_id_is_valid(name->id)) {
		decode_problem(decode, PROBLEM_VALUE, node_get(row->node, "id"),
			       "write a short name without blanks", "'%s' is not an id", name->id);
	}
	row->problem_count = binding->problems.added - row->first_problem;
	if (name->id && row_id_is_valid(name->id)) {
		row->subject = arena_printf(decode->arena, "%s:%s", name->type, name->id);
	} else {
		row->subject =
			arena_printf(decode->arena, "row:%s[%zu]", name->list, name->index + 1);
	}
	if (row->problem_count > 0) {
		struct place where = cause_of(binding, row);

		row->is_broken = true;
		row->cause = arena_printf(decode->arena, "%s %s:%d", row->subject, where.file,
					  where.line);
	}
}

struct decode binding_decode(struct arena *arena, struct binding *binding, const char *what)
{
	return (struct decode){
		.arena = arena,
		.problems = &binding->problems,
		.source = binding->bytes,
		.keeps_unknown = true,
		.what = what,
	};
}
