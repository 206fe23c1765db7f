#include "check/rows/yaml_total.h"

#include "check/rows/decimal.h"

/** What a path found, made a number. */
struct total {
	struct decimal number;
	const struct node *odd; /**< the first value that is no number; NULL: none */
	bool is_too_large;
};

/** Members of the list or map that a path leads to; of one with [*], what it finds. */
static void count_node(const struct total_of *of, const struct node *node, struct total *total)
{
	struct decimal one = {.whole = 1};

	if (node_is_null(node)) {
		return;
	}
	if (of->is_members || node->kind == NODE_SCALAR) {
		total->is_too_large = total->is_too_large || !decimal_add(&total->number, one);
		return;
	}
	for (const struct node *child = node->first; child; child = child->next) {
		if (conditions_met(&of->where, child)) {
			(void)decimal_add(&total->number, one);
		}
	}
}

static void add_node(const struct node *node, struct total *total)
{
	struct decimal one = {0};

	if (node_is_null(node)) {
		return;
	}
	if (node->kind != NODE_SCALAR || !decimal_parse(node->text, &one)) {
		total->odd = total->odd ? total->odd : node;
	} else if (!decimal_add(&total->number, one)) {
		total->is_too_large = true;
	}
}

static struct total total_of(const struct assertion *assertion, const struct yaml_founds *founds)
{
	const struct total_of *of = &assertion->of;
	struct total total = {0};

	for (size_t i = 0; i < founds->len; i++) {
		const struct node *node = founds->at[i].node;

		if (of->is_sum) {
			add_node(node, &total);
		} else if (!of->is_members || node_is_null(node) ||
			   conditions_met(&of->where, node)) {
			count_node(of, node, &total);
		}
	}
	return total;
}

/** "which 'devices' has 4 of" and the like: what was found, said behind the number. */
static void say_total(const struct assertion *assertion, const struct total *total, struct str *why)
{
	const struct total_of *of = &assertion->of;

	if (of->is_sum) {
		str_printf(why, ", but '%s' adds up to ", of->sum ? of->sum : "");
		decimal_say(total->number, why);
		return;
	}
	str_printf(why, ", but there %s ", total->number.whole == 1 ? "is" : "are");
	decimal_say(total->number, why);
	str_printf(why, " of '%s'", of->count);
	for (size_t i = 0; i < of->where_entries.len; i++) {
		const struct texts *values = &((const struct texts *)of->where_entries.at)[i];

		str_printf(why, "%s'%s' '%s'%s", i ? " and " : " with ", of->where_entries.keys[i],
			   values->len > 0 ? values->at[0] : "", values->len > 1 ? " …" : "");
	}
}

struct total_slip judge_total(const struct assertion *assertion, struct yaml_found found,
			      const struct node *from, struct str *why)
{
	struct total_slip slip = {.where = found.where};
	struct yaml_founds founds = {0};
	struct decimal said = {0};
	struct total total = {0};

	yaml_path_find(&assertion->of.path, from, &founds);
	total = total_of(assertion, &founds);
	if (founds.len > 0) {
		slip.other = founds.at[0].where;
	}
	VEC_RELEASE(&founds);
	if (found.node->kind != NODE_SCALAR || !decimal_parse(found.node->text, &said)) {
		slip.reason = REASON_ASSERT_VALUE;
		str_printf(why, "is %s, expected a number like 12 or 12.50",
			   found.node->kind == NODE_SCALAR ? "no number" : node_sort(found.node));
	} else if (total.odd || total.is_too_large) {
		slip.reason = REASON_ASSERT_VALUE;
		slip.other = slip.where;
		slip.where = total.odd ? total.odd->where : found.where;
		str_printf(why,
			   total.odd ? "cannot be checked, because a value of '%s' is no number "
				       "like 12 or 12.50"
				     : "cannot be checked, because '%s' adds up to too much",
			   assertion->of.sum);
	} else if (!decimal_equal(said, total.number)) {
		slip.reason = REASON_ASSERT_TOTAL;
		str_add(why, "is ");
		decimal_say(said, why);
		say_total(assertion, &total, why);
	}
	return slip;
}
