#include "check/rows/claims.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

void claims_add(struct claims *claims, const struct row *row, const char *value, struct place where)
{
	if (value) {
		size_t order = claims->list.len;

		*VEC_ADD(&claims->list) =
			(struct claim){.value = value, .row = row, .where = where, .order = order};
	}
}

void claims_add_aliases(struct claims *claims, const struct row *row, const struct texts *aliases)
{
	for (size_t i = 0; i < aliases->len; i++) {
		claims_add(claims, row, aliases->at[i], aliases->nodes[i]->where);
		claims->list.at[claims->list.len - 1].is_alias = true;
	}
}

void claims_add_address(struct check *check, struct claims *claims, const struct row *row,
			const char *key, const struct address *address)
{
	char text[ADDRESS_TEXT_BYTES];

	if (address->family != ADDRESS_NONE) {
		address_format(address, text);
		claims_add(claims, row, arena_text(check->context->arena, text),
			   node_place(row->node, key));
	}
}

const char *target_host_and_port(struct check *check, const struct target *target)
{
	char *name = arena_text(check->context->arena, target->host.text);
	char text[ADDRESS_TEXT_BYTES];

	address_format(&target->host.address, text);
	for (char *at = name; *at; at++) {
		*at = (char)tolower((unsigned char)*at);
	}
	return arena_printf(check->context->arena, "%s port %lld",
			    target->host.address.family == ADDRESS_NONE ? name : text,
			    (long long)target->port);
}

/** By value; the one who has it first stands first: ids before aliases, then as in the file. */
static int compare_claims(const void *left, const void *right)
{
	const struct claim *a = left;
	const struct claim *b = right;
	int order = strcmp(a->value, b->value);

	if (order != 0) {
		return order;
	}
	if (a->is_alias != b->is_alias) {
		return a->is_alias ? 1 : -1;
	}
	return a->order < b->order ? -1 : a->order > b->order;
}

static void report(struct check *check, const struct claims *claims, const struct claim *claim,
		   const struct claim *first)
{
	struct finding *finding = NULL;

	if (claim->is_alias) {
		finding = check_add(check, VERDICT_FAIL, claims->alias_reason, claim->row->subject,
				    claim->where, "the alias '%s' is also %s of another row",
				    claim->value, first->is_alias ? "an alias" : "the id");
	} else if (same_string(claim->row->subject, first->row->subject)) {
		finding = check_add(check, VERDICT_FAIL, claims->reason, claim->row->subject,
				    claim->where, "the %s '%s' stands twice, first in line %d",
				    claims->what, claim->value, first->where.line);
	} else {
		finding = check_add(check, VERDICT_FAIL, claims->reason, claim->row->subject,
				    claim->where, "the %s %s is also that of %s", claims->what,
				    claim->value, first->row->subject);
	}
	finding->detail = check_text(check, "%s %s", claims->what, claim->value);
	finding_relate(finding, first->where);
}

void claims_judge(struct check *check, struct claims *claims)
{
	const struct claim *at = claims->list.at;
	size_t first = 0;

	if (claims->list.len > 1) {
		qsort(claims->list.at, claims->list.len, sizeof(*claims->list.at), compare_claims);
	}
	for (size_t i = 1; i < claims->list.len; i++) {
		if (strcmp(at[i].value, at[first].value) != 0) {
			first = i;
		} else if (at[i].row != at[first].row) {
			report(check, claims, &at[i], &at[first]);
		}
	}
	VEC_RELEASE(&claims->list);
}
