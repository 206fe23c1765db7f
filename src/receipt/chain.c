#include "receipt/chain.h"

#include <string.h>

#include "base/cleanup.h"
#include "receipt/log_private.h"

/* ---- looking */

/** An entry, checked; `place` of it is compared, the one before is not. */
static int read_entry(const struct log *log, int64_t seq, struct arena *arena, struct entry *out,
		      struct err *err)
{
	AUTO(auto_str) struct str bytes = {0};

	return log_entry(log, seq, &bytes, err) ||
			       log_check_entry(log, str_view(&bytes), seq, NULL, arena, out, err)
		       ? -1
		       : 0;
}

/** First and last entry: all that speaks of other logs. */
static void read_ends(const struct log *log, struct chain_link *link)
{
	struct arena arena = {0};
	struct entry entry = {0};
	struct public_key key = {0};
	struct err ignored = {0};

	if (link->size > 0 && read_entry(log, 0, &arena, &entry, &ignored) == 0 &&
	    entry_is_notice(&entry, NOTICE_OPEN)) {
		link->is_opened = true;
		notice_checkpoint(&entry.notice, &link->before);
	}
	if (link->size > 0 && read_entry(log, link->size - 1, &arena, &entry, &ignored) == 0 &&
	    entry_is_notice(&entry, NOTICE_CLOSE)) {
		link->is_closed =
			vkey_read(text_of(entry.notice.next_vkey), link->next, &key, &ignored) == 0;
	}
	arena_release(&arena);
}

static void look_at(const char *state, const struct log_here *here, struct chain_link *link)
{
	AUTO(auto_log) struct log *log = NULL;
	struct err ignored = {0};

	*link = (struct chain_link){.size = -1, .key = here->key};
	memcpy(link->origin, here->origin, sizeof(link->origin));
	if (log_open(state, here->origin, &here->key, LOG_READ, &log, &ignored) ||
	    log_load(log, &ignored)) {
		return;
	}
	link->size = log_size(log);
	merkle_root(&log->tree.range, &link->root);
	read_ends(log, link);
}

int chain_look(const char *state, const char *origin, struct chain *out, struct err *err)
{
	struct logs_here here = {0};
	struct chain chain = {0};

	if (logs_here(state, &here, err)) {
		return -1;
	}
	for (size_t i = 0; i < here.len; i++) {
		if (origin_is_beside(origin, here.at[i].origin)) {
			look_at(state, &here.at[i], VEC_ADD(&chain.links));
		}
	}
	VEC_RELEASE(&here);
	*out = chain;
	return 0;
}

void chain_release(struct chain *chain)
{
	VEC_RELEASE(&chain->links);
}

const struct chain_link *chain_find(const struct chain *chain, const char *origin)
{
	for (size_t i = 0; i < chain->links.len; i++) {
		if (strcmp(chain->links.at[i].origin, origin) == 0) {
			return &chain->links.at[i];
		}
	}
	return NULL;
}

/* ---- judging */

/** The log that this one says it continues must say the same, of the same tree. */
static void judge_before(const struct chain *chain, const struct chain_link *link,
			 struct log_report *report)
{
	const struct chain_link *before = chain_find(chain, link->before.origin);

	if (!link->is_opened || !before || before->size < 0) {
		return;
	}
	if (before->size != (int64_t)link->before.size ||
	    !merkle_equal(&before->root, &link->before.root)) {
		log_problem(report, LOG_CHAIN_BROKEN, 0,
			    "it continues log '%s' as it was with %llu entries, but that log has "
			    "%lld, or other ones",
			    before->origin, (unsigned long long)link->before.size,
			    (long long)before->size);
	} else if (!before->is_closed || strcmp(before->next, link->origin) != 0) {
		log_problem(report, LOG_CHAIN_BROKEN, 0, "it continues log '%s', which %s",
			    before->origin,
			    before->is_closed ? "names another one as the next" : "is not closed");
	}
}

/** The log that this one names as the next must be the one that continues it, unless it was not
 * opened yet: rotation can be stopped between the two. */
static void judge_after(const struct chain *chain, const struct chain_link *link,
			struct log_report *report)
{
	const struct chain_link *next = chain_find(chain, link->next);

	if (!link->is_closed || !next || next->size <= 0) {
		return;
	}
	if (!next->is_opened || strcmp(next->before.origin, link->origin) != 0) {
		log_problem(report, LOG_CHAIN_BROKEN, link->size - 1,
			    "it names log '%s' as the next one, which does not say that it "
			    "continues this one",
			    next->origin);
	} else if ((int64_t)next->before.size != link->size ||
		   !merkle_equal(&next->before.root, &link->root)) {
		log_problem(report, LOG_CHAIN_BROKEN, link->size - 1,
			    "log '%s' continues it as it was with %llu entries, but it has %lld, "
			    "or other ones",
			    next->origin, (unsigned long long)next->before.size,
			    (long long)link->size);
	}
}

/** A log that is continued must say so itself: a copy of it from before, without its log-close,
 * would be taken for one that can still grow. */
static void judge_unnamed(const struct chain *chain, const struct chain_link *link,
			  struct log_report *report)
{
	for (size_t i = 0; i < chain->links.len; i++) {
		const struct chain_link *other = &chain->links.at[i];

		if (!other->is_opened || strcmp(other->before.origin, link->origin) != 0 ||
		    (link->is_closed && strcmp(link->next, other->origin) == 0)) {
			continue;
		}
		log_problem(report, LOG_CHAIN_BROKEN, link->size,
			    "log '%s' continues it as it was with %llu entries, but it %s",
			    other->origin, (unsigned long long)other->before.size,
			    link->is_closed ? "names another one as the next" : "is not closed");
	}
}

/** One log is continued by one: this one, or one that also continues what this one does. */
static void judge_twins(const struct chain *chain, const struct chain_link *link,
			struct log_report *report)
{
	const struct chain_link *first = NULL;

	for (size_t i = 0; i < chain->links.len; i++) {
		const struct chain_link *other = &chain->links.at[i];
		bool is_after = other->is_opened && strcmp(other->before.origin, link->origin) == 0;
		bool is_twin = other->is_opened && link->is_opened && other != link &&
			       strcmp(other->before.origin, link->before.origin) == 0;

		if (is_twin || (is_after && first)) {
			log_problem(report, LOG_TWO_SUCCESSORS, -1,
				    "logs '%s' and '%s' both continue log '%s'",
				    is_twin ? link->origin : first->origin, other->origin,
				    other->before.origin);
		}
		first = is_after && !first ? other : first;
	}
}

void chain_judge(const struct chain *chain, const char *origin, struct log_report *report)
{
	const struct chain_link *link = chain_find(chain, origin);

	if (link && link->size >= 0) {
		judge_before(chain, link, report);
		judge_after(chain, link, report);
		judge_unnamed(chain, link, report);
		judge_twins(chain, link, report);
	}
}
