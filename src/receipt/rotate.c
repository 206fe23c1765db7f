#include "receipt/rotate.h"

#include <string.h>

#include "base/cleanup.h"
#include "receipt/chain.h"
#include "receipt/log_private.h"

/** The log of another key about the same repo. */
static int next_origin(const char *origin, const struct public_key *key, char out[ORIGIN_BYTES],
		       struct err *err)
{
	AUTO(auto_str) struct str repo = {0};
	const char *start = strchr(origin, '/');
	const char *end = strrchr(origin, '/');

	if (!start || end == start) {
		return err_set(err, ERR_INPUT, "'%s' is not the origin of a log", origin);
	}
	str_add_bytes(&repo, start + 1, (size_t)(end - start - 1));
	return origin_make(str_text(&repo), key, out, err);
}

static struct chain_link link_of(const struct chain *chain, const char *origin)
{
	const struct chain_link *found = chain_find(chain, origin);

	return found ? *found : (struct chain_link){0};
}

/** Close a log, unless that was done; it must be for this one. */
static int close_log(const char *state, const struct chain_link *old,
		     const struct signing_key *old_key, const struct signing_key *new_key,
		     const char *next, struct err *err)
{
	AUTO(auto_log) struct log *log = NULL;
	AUTO(auto_str) struct str vkey = {0};
	struct notice notice = {.kind = NOTICE_CLOSE};

	if (old->is_closed && strcmp(old->next, next) != 0) {
		return err_set(err, ERR_INPUT,
			       "log '%s' is closed already, and '%s' is to continue it: only the "
			       "key of that log can",
			       old->origin, old->next);
	}
	vkey_write(next, &new_key->public, &vkey);
	notice.next_vkey = str_text(&vkey);
	if (log_open(state, old->origin, &old_key->public, LOG_WRITE, &log, err) ||
	    (!old->is_closed && log_note(log, old_key, &notice, err))) {
		return -1;
	}
	return log_sync(log, old_key, err);
}

/** Open the log that continues a closed one, unless that was done. */
static int open_log(const char *state, const struct chain_link *next, const struct rotated *rotated,
		    const struct signing_key *key, struct err *err)
{
	AUTO(auto_log) struct log *log = NULL;
	struct arena arena = {0};
	struct notice notice = {.kind = NOTICE_OPEN};
	int failed = 0;

	if (next->size > 0 &&
	    (!next->is_opened || strcmp(next->before.origin, rotated->closed.origin) != 0 ||
	     next->before.size != rotated->closed.size ||
	     !merkle_equal(&next->before.root, &rotated->closed.root))) {
		return err_set(err, ERR_INPUT,
			       "the new key has log '%s' already, which does not continue '%s'",
			       rotated->next, rotated->closed.origin);
	}
	if (log_open(state, rotated->next, &key->public, LOG_WRITE, &log, err)) {
		return -1;
	}
	notice.head = notice_head_of(&rotated->closed, &arena);
	failed = (next->size <= 0 && log_note(log, key, &notice, err)) || log_sync(log, key, err);
	arena_release(&arena);
	return failed ? -1 : 0;
}

/** Both steps for one log, each looked at again before the next. */
static int rotate_one(const char *state, const char *origin, const struct signing_key *old,
		      const struct signing_key *new, struct rotated *out, struct err *err)
{
	AUTO(auto_chain) struct chain before = {0};
	AUTO(auto_chain) struct chain after = {0};
	struct rotated rotated = {0};
	struct chain_link closed = {0};
	struct chain_link next = {0};

	if (next_origin(origin, &new->public, rotated.next, err) ||
	    chain_look(state, origin, &before, err)) {
		return -1;
	}
	closed = link_of(&before, origin);
	next = link_of(&before, rotated.next);
	/* Ask first what cannot be undone. */
	if (next.size > 0 &&
	    (!next.is_opened || strcmp(next.before.origin, origin) != 0 || !closed.is_closed)) {
		return err_set(err, ERR_INPUT,
			       "the new key has log '%s' already, which does not continue '%s'",
			       rotated.next, origin);
	}
	if (close_log(state, &closed, old, new, rotated.next, err) ||
	    chain_look(state, origin, &after, err)) {
		return -1;
	}
	closed = link_of(&after, origin);
	if (!closed.is_closed) {
		return err_set(err, ERR_INTERNAL, "log '%s' is not closed", origin);
	}
	memcpy(rotated.closed.origin, closed.origin, sizeof(closed.origin));
	rotated.closed.size = (uint64_t)closed.size;
	rotated.closed.root = closed.root;
	if (open_log(state, &next, &rotated, new, err)) {
		return -1;
	}
	*out = rotated;
	return 0;
}

/** Does the log have entries? One that cannot be read may have some: closing it says why not. */
static bool has_entries(const char *state, const struct log_here *here)
{
	AUTO(auto_log) struct log *log = NULL;
	struct err ignored = {0};

	return log_open(state, here->origin, &here->key, LOG_READ, &log, &ignored) ||
	       log_load(log, &ignored) || log_size(log) > 0;
}

static bool is_by(const struct log_here *here, const struct public_key *key)
{
	return memcmp(here->key.bytes, key->bytes, sizeof(key->bytes)) == 0;
}

int rotate_logs(const char *state, const struct signing_key *old, const struct signing_key *new,
		struct rotations *out, struct err *err)
{
	struct logs_here here = {0};
	struct rotations rotations = {0};
	int failed = logs_here(state, &here, err);

	for (size_t i = 0; i < here.len && !failed; i++) {
		struct rotated rotated = {0};

		if (!is_by(&here.at[i], &old->public) || !has_entries(state, &here.at[i])) {
			continue;
		}
		failed = rotate_one(state, here.at[i].origin, old, new, &rotated, err);
		*VEC_ADD(&rotations) = rotated;
	}
	VEC_RELEASE(&here);
	if (!failed && rotations.len == 0) {
		failed = err_set(err, ERR_ABSENT, "the key has no log here to be closed");
	}
	if (failed) {
		VEC_RELEASE(&rotations);
		return -1;
	}
	*out = rotations;
	return 0;
}

/** Is the log nothing but a log-open? */
static bool is_only_opened(const char *state, const struct log_here *here, struct rotated *out)
{
	AUTO(auto_chain) struct chain chain = {0};
	const struct chain_link *link = NULL;
	struct err ignored = {0};

	if (chain_look(state, here->origin, &chain, &ignored) == 0) {
		link = chain_find(&chain, here->origin);
	}
	if (!link || !link->is_opened || link->size != 1) {
		return false;
	}
	out->closed = link->before;
	memcpy(out->next, link->origin, sizeof(out->next));
	return true;
}

enum rotate_state rotate_look(const char *state, const struct public_key *key,
			      struct rotations *out)
{
	struct logs_here here = {0};
	struct rotations rotations = {0};
	struct err ignored = {0};
	enum rotate_state found = ROTATE_NOTHING;

	(void)logs_here(state, &here, &ignored);
	for (size_t i = 0; i < here.len && found != ROTATE_WANTED; i++) {
		struct rotated rotated = {0};

		if (!is_by(&here.at[i], key) || !has_entries(state, &here.at[i])) {
			continue;
		}
		found = is_only_opened(state, &here.at[i], &rotated) ? ROTATE_DONE : ROTATE_WANTED;
		*VEC_ADD(&rotations) = rotated;
	}
	VEC_RELEASE(&here);
	if (found != ROTATE_DONE) {
		VEC_RELEASE(&rotations);
	} else {
		*out = rotations;
	}
	return found;
}
