/* Is the signer believed for this receipt: at the time that it names, and if his key is revoked? */
#include <string.h>

#include "base/cleanup.h"
#include "receipt/log.h"
#include "receipt/proven_time.h"
#include "receipt/verify_private.h"

/** By when others had seen it, as far as that can be said without reading the log again. */
static struct proven_by seen_by(const struct judge *judge)
{
	return (struct proven_by){
		.witnessed = &judge->out->witnessed,
		.kept = judge->out->membership == MEMBER_KEPT ? judge->options->kept : NULL,
		.authorities = judge->options->authorities,
	};
}

bool verify_not_ahead(struct judge *judge)
{
	const struct statement *statement = &judge->out->statement;
	const struct proven_by by = seen_by(judge);
	int64_t utc_ms = 0;
	struct err ignored = {0};

	if (proven_not_after(&by, statement, &judge->signer, &utc_ms, &ignored) == 0 &&
	    judge->finished_utc_ms > utc_ms + CLOCK_SKEW_MS) {
		return settle(judge, FUTURE,
			      "it says that it finished at %s, but it was seen by others before",
			      statement->time.finished_at);
	}
	return true;
}

/** Whoever has a stolen key can also sign what it says of the time: where the repo has witnesses,
 * they must have seen the receipt before. A key that was only retired was never in other hands, and
 * its last good tree says all. */
static bool check_time(struct judge *judge, const struct revocation *revocation)
{
	const struct verify_options *options = judge->options;
	struct proven_by by = seen_by(judge);
	int64_t utc_ms = 0;
	struct err why = {0};

	by.state = options->state;
	if (!revocation->is_compromised || !options->policy || !options->policy->needs_quorum) {
		return true;
	}
	if (proven_not_after(&by, &judge->out->statement, &judge->signer, &utc_ms, &why)) {
		return settle(judge, SIGNER_REVOKED_TIME,
			      "the signer's key is revoked as compromised, and %s", why.text);
	}
	if (utc_ms >= revocation->at_utc_ms) {
		return settle(judge, SIGNER_REVOKED,
			      "%s:%d revokes the signer's key as compromised, and nobody saw this "
			      "receipt before that time",
			      revocation->where.file, revocation->where.line);
	}
	return true;
}

/** Is the head that is kept with it that of the last good tree, or shown to have grown into it? */
static bool is_kept_in(const struct judge *judge, const struct revocation *revocation)
{
	const struct kept_place *place = judge->options->place;
	struct checkpoint last = judge->kept_head;

	if (judge->out->membership != MEMBER_KEPT) {
		return false;
	}
	last.size = (uint64_t)revocation->last_good_size;
	last.root = revocation->root;
	return (last.size == judge->kept_head.size &&
		merkle_equal(&judge->kept_head.root, &last.root)) ||
	       (place &&
		kept_grew(place, &judge->signer, &judge->kept_head, &last) == GROWTH_SHOWN);
}

/** What one line of revoked leaves of the signer's entries must hold this one. */
static bool check_tree(struct judge *judge, const struct revocation *revocation)
{
	int64_t seq = judge->out->statement.identity.seq;
	AUTO(auto_log) struct log *log = NULL;
	struct err why = {0};

	if (seq >= revocation->last_good_size) {
		return settle(
			judge, SIGNER_REVOKED,
			"%s:%d revokes the signer's key from entry %lld on; this is entry %lld",
			revocation->where.file, revocation->where.line,
			(long long)revocation->last_good_size, (long long)seq);
	}
	if (is_kept_in(judge, revocation)) {
		return true;
	}
	if (judge->out->membership != MEMBER_PROVEN ||
	    log_open(judge->options->state, judge->out->statement.identity.log_origin,
		     &judge->signer, LOG_READ, &log, &why)) {
		return settle(judge, SIGNER_REVOKED_LOG,
			      "the signer's key is revoked, and the log that could show this entry "
			      "to be older is not here");
	}
	if (log_check_root(log, revocation->last_good_size, &revocation->root, &why)) {
		return settle(judge, SIGNER_REVOKED, "the signer's key is revoked: %s", why.text);
	}
	return true;
}

static bool check_against(struct judge *judge, const struct revocation *revocation)
{
	return check_tree(judge, revocation) && check_time(judge, revocation);
}

bool verify_revocation(struct judge *judge)
{
	const struct trust *trust = judge->options->trust;

	for (size_t i = 0; trust && i < trust->revocations.len; i++) {
		const struct revocation *revocation = &trust->revocations.at[i];

		if (strcmp(revocation->fingerprint, judge->out->signer) == 0 &&
		    !check_against(judge, revocation)) {
			return false;
		}
	}
	return true;
}
