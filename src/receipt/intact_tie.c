#include <string.h>

#include "receipt/intact.h"

/** Is the log that a head is of on this machine, and so compared with it? */
static bool is_here(const struct intact *intact, const char *origin)
{
	for (size_t i = 0; i < intact->logs.len; i++) {
		if (!intact->logs.at[i].trouble && strcmp(intact->logs.at[i].origin, origin) == 0) {
			return true;
		}
	}
	return false;
}

static bool is_good(const struct intact_head *head)
{
	return head->flaw == LOG_SOUND && !head->is_undecided;
}

/** The largest kept head of the same log below one; NULL: it is the first. */
static const struct intact_head *head_before(const struct intact *intact,
					     const struct intact_head *head)
{
	const struct intact_head *found = NULL;

	for (size_t i = 0; i < intact->heads.len; i++) {
		const struct intact_head *other = &intact->heads.at[i];

		if (is_good(other) && strcmp(other->head.origin, head->head.origin) == 0 &&
		    other->head.size < head->head.size &&
		    (!found || other->head.size > found->head.size)) {
			found = other;
		}
	}
	return found;
}

static void tie(struct intact *intact, const struct kept_place *place, struct intact_head *row)
{
	const struct intact_head *before = head_before(intact, row);

	if (!before) {
		return;
	}
	switch (kept_grew(place, &row->key, &before->head, &row->head)) {
	case GROWTH_SHOWN:
		break;
	case GROWTH_OTHER:
		row->flaw = LOG_FORK;
		row->why =
			"the log was forked: an earlier kept head grew into another one of this size";
		break;
	case GROWTH_UNKNOWN:
		row->is_untied = true;
		row->why =
			arena_printf(&intact->arena,
				     "nothing that is kept shows that it grew out of the head of "
				     "%llu entries",
				     (unsigned long long)before->head.size);
		break;
	}
}

void intact_tie_heads(struct intact *intact, const struct kept_place *place)
{
	for (size_t i = 0; i < intact->heads.len; i++) {
		struct intact_head *row = &intact->heads.at[i];

		if (is_good(row) && !is_here(intact, row->head.origin)) {
			tie(intact, place, row);
		}
	}
}
