#include "receipt/verify_private.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "receipt/envelope.h"
#include "receipt/verify_world.h"

const char *receipt_verdict_word(enum receipt_verdict verdict)
{
	switch (verdict) {
	case RECEIPT_UNDECIDED:
		return "undecided";
	case RECEIPT_TRUSTED:
		return "trusted";
	case RECEIPT_OWN:
		return "own";
	case RECEIPT_INVALID:
		return "invalid";
	case RECEIPT_NONE:
		return "none";
	}
	return "undecided";
}

/** What a reason means for the verdict: all others make a receipt invalid. */
static enum receipt_verdict verdict_of(enum reason reason)
{
	static const struct {
		enum reason reason;
		enum receipt_verdict verdict;
	} rows[] = {
		{REASON_RECEIPT_TRUSTED, RECEIPT_TRUSTED},
		{REASON_RECEIPT_OWN, RECEIPT_OWN},
		{REASON_RECEIPT_NOT_ONE, RECEIPT_NONE},
		{REASON_RECEIPT_ONLY_START, RECEIPT_NONE},
		{REASON_RECEIPT_NEWER, RECEIPT_UNDECIDED},
		{REASON_RECEIPT_NOT_COVERED, RECEIPT_UNDECIDED},
		{REASON_RECEIPT_NO_LOG, RECEIPT_UNDECIDED},
		{REASON_RECEIPT_SIGNER_REVOKED_LOG, RECEIPT_UNDECIDED},
		{REASON_RECEIPT_SIGNER_REVOKED_TIME, RECEIPT_UNDECIDED},
		{REASON_RECEIPT_SIGNER_UNKNOWN, RECEIPT_UNDECIDED},
		{REASON_WITNESS_QUORUM, RECEIPT_UNDECIDED},
		{REASON_LOG_UNREADABLE, RECEIPT_UNDECIDED},
		{REASON_RECEIPT_RUNNER_UNKNOWN, RECEIPT_UNDECIDED},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].reason == reason) {
			return rows[i].verdict;
		}
	}
	return RECEIPT_INVALID;
}

void verify_settle(struct judge *judge, enum reason reason, const char *format, ...)
{
	struct verification *out = judge->out;
	AUTO(auto_str) struct str text = {0};
	AUTO(auto_str) struct str shown = {.max = sizeof(out->why) - 1};
	va_list args;

	va_start(args, format);
	str_vprintf(&text, format, args);
	va_end(args);
	str_add_printable(&shown, str_view(&text));
	out->reason = reason;
	out->verdict = verdict_of(reason);
	memcpy(out->why, str_text(&shown), shown.len + 1);
}

/* ---- the steps, in order; each says whether to go on */

static bool read_envelope(struct judge *judge)
{
	struct err why = {0};

	if (envelope_read(judge->bytes, &judge->envelope, &why) == 0) {
		return true;
	}
	if (why.code == ERR_LIMIT) {
		return settle(judge, TOO_LARGE, "%s", why.text);
	}
	if (envelope_is_damaged(judge->bytes)) {
		return settle(judge, ENVELOPE, "%s", why.text);
	}
	return settle(judge, NOT_ONE, "%s", why.text);
}

/** Did this key sign? Then it is the signer, whatever the keyid says. */
static bool try_key(struct judge *judge, const struct public_key *key)
{
	if (!envelope_is_by(&judge->envelope, key)) {
		return false;
	}
	judge->signer = *key;
	judge->out->key = *key;
	public_key_fingerprint(key, judge->out->signer);
	return true;
}

/** Keys that are known here: this user's own, and all that allowed_signers lists for whatever. */
static bool find_signer(struct judge *judge)
{
	const struct trust *trust = judge->options->trust;
	const struct public_key *own = judge->options->own;

	if (own && try_key(judge, own)) {
		return true;
	}
	for (size_t i = 0; trust && i < trust->signers.len; i++) {
		if (try_key(judge, &trust->signers.at[i].key)) {
			return true;
		}
	}
	return false;
}

/** Is the keyid that of a key which is known here? */
static bool names_known_key(const struct judge *judge)
{
	const struct trust *trust = judge->options->trust;
	const struct public_key *own = judge->options->own;
	char fingerprint[FINGERPRINT_BYTES] = "";

	if (own) {
		public_key_fingerprint(own, fingerprint);
	}
	for (size_t i = 0; strcmp(fingerprint, judge->envelope.keyid) != 0; i++) {
		if (!trust || i >= trust->signers.len) {
			return false;
		}
		public_key_fingerprint(&trust->signers.at[i].key, fingerprint);
	}
	return true;
}

static bool check_signature(struct judge *judge)
{
	const struct trust *trust = judge->options->trust;
	struct err why = {0};

	if (find_signer(judge)) {
		if (envelope_verify(&judge->envelope, &judge->signer, &why)) {
			return settle(judge, KEYID, "%s", why.text);
		}
		return true;
	}
	if (names_known_key(judge)) {
		return settle(judge, SIGNATURE, "the signature does not verify with key %s",
			      judge->envelope.keyid);
	}
	if (trust && trust_revoked(trust, judge->envelope.keyid)) {
		return settle(judge, SIGNER_REVOKED,
			      "it says that it is signed by %s, which is revoked",
			      judge->envelope.keyid);
	}
	return settle(judge, SIGNER_UNKNOWN,
		      "it says that it is signed by %s, a key that is not known here; its owner's "
		      "'gaterun key show' gives the line that makes it trusted, for "
		      "receipts/trust/allowed_signers",
		      judge->envelope.keyid);
}

static bool read_statement(struct judge *judge)
{
	struct verification *out = judge->out;
	struct err why = {0};

	if (strcmp(judge->envelope.type, IN_TOTO_TYPE) != 0) {
		return settle(judge, NOT_ONE, "a signed '%s', not an in-toto statement",
			      judge->envelope.type);
	}
	switch (statement_read(&out->arena, str_view(&judge->envelope.payload), &out->statement,
			       &why)) {
	case STATEMENT_GOOD:
		break;
	case STATEMENT_BROKEN:
		return settle(judge, STATEMENT, "%s", why.text);
	case STATEMENT_NEWER:
		return settle(judge, NEWER, "%s", why.text);
	case STATEMENT_FOREIGN:
		return settle(judge, NOT_ONE, "%s", why.text);
	}
	if (out->statement.kind == STATEMENT_START) {
		return settle(judge, ONLY_START, "the start of run %s, not its receipt",
			      out->statement.identity.run_key);
	}
	return true;
}

/** What the statement says about its signer, its repo and the time. */
static bool check_claims(struct judge *judge)
{
	const struct statement *statement = &judge->out->statement;
	const struct verify_options *options = judge->options;
	char origin[ORIGIN_BYTES];
	struct err why = {0};

	if (origin_make(statement->source.repo, &judge->signer, origin, &why)) {
		return settle(judge, OTHER_LOG, "%s", why.text);
	}
	if (strcmp(origin, statement->identity.log_origin) != 0) {
		return settle(judge, OTHER_LOG, "it is of log '%s', which is not its signer's",
			      statement->identity.log_origin);
	}
	if (options->run_key && strcmp(options->run_key, statement->identity.run_key) != 0) {
		return settle(judge, OTHER_RUN, "it is the receipt of %s, not of %s",
			      statement->identity.run_key, options->run_key);
	}
	if (options->repo && strcmp(options->repo, statement->source.repo) != 0) {
		return settle(judge, OTHER_REPO, "it is about repo '%s', not '%s'",
			      statement->source.repo, options->repo);
	}
	if (clock_parse_rfc3339(text_of(statement->time.finished_at), &judge->finished_utc_ms,
				&why)) {
		return settle(judge, STATEMENT, "%s", why.text);
	}
	if (judge->finished_utc_ms > options->now_utc_ms + CLOCK_SKEW_MS) {
		return settle(judge, FUTURE, "it is from the future: %s",
			      statement->time.finished_at);
	}
	return true;
}

/** What it says of its program, of machines, and of what they said. */
static bool check_world(struct judge *judge)
{
	struct err why = {0};
	enum reason reason =
		verify_world(&judge->out->statement, judge->options, &judge->out->outputs, &why);

	if (reason != REASON_NONE) {
		verify_settle(judge, reason, "%s", why.text);
	}
	return reason == REASON_NONE;
}

/* ---- the log */

/** Where the log itself is not, what is kept with the receipt may prove the same. */
static enum membership find_kept(struct judge *judge, struct err *why)
{
	const struct evidence *kept = judge->options->kept;

	if (!text_equal(kept->receipt, judge->bytes)) {
		(void)err_set(why, ERR_INPUT, "what is kept as evidence is another receipt");
		return MEMBER_ABSENT;
	}
	return evidence_check(kept, &judge->out->statement, &judge->signer, &judge->kept_head, why)
		       ? MEMBER_ABSENT
		       : MEMBER_KEPT;
}

static bool check_membership(struct judge *judge)
{
	struct verification *out = judge->out;
	struct err why = {0};

	out->membership = member_find(judge->options->state, judge->options->shelf, judge->bytes,
				      &out->statement, &judge->signer, &why);
	if (out->membership == MEMBER_NO_LOG && judge->options->kept) {
		why = (struct err){0};
		out->membership = find_kept(judge, &why);
	}
	memcpy(out->membership_why, why.text, sizeof(why.text));
	if (!judge->options->needs_log || member_is_proven(out->membership)) {
		return true;
	}
	switch (out->membership) {
	case MEMBER_ABSENT:
		return settle(judge, NOT_IN_LOG, "%s", out->membership_why);
	case MEMBER_UNCOVERED:
		return settle(judge, NOT_COVERED, "%s", out->membership_why);
	case MEMBER_AFTER_CLOSE:
		verify_settle(judge, REASON_LOG_AFTER_CLOSE, "%s", out->membership_why);
		return false;
	case MEMBER_NO_LOG:
	case MEMBER_PROVEN:
	case MEMBER_KEPT:
		break;
	}
	return settle(judge, NO_LOG, "%s", out->membership_why);
}

/* ---- witnesses */

/** What witnesses prove by what is kept with the receipt. */
static void ask_kept(struct judge *judge, const struct witness_judge *by)
{
	const struct verify_options *options = judge->options;
	struct checkpoint head = {0};
	struct tlog_proof proof = {0};
	struct witnessed found = {0};
	struct err why = {0};

	if (!options->kept ||
	    evidence_check(options->kept, &judge->out->statement, &judge->signer, &head, &why) ||
	    tlog_proof_read(options->kept->proof, &proof, &why)) {
		return;
	}
	if (options->place) {
		kept_witnessed(options->place, by, proof.note, &head, &found);
	} else {
		log_policy_judge(by->policy, proof.note, by->key, by->now_utc_ms, &found);
	}
	if (judge->out->witnessed.why[0] == '\0' ||
	    witnessed_is_better(&found, &judge->out->witnessed)) {
		judge->out->witnessed = found;
	}
}

/** What witnesses prove of a head over it. Whether that is enough is decided last. */
static bool ask_witnesses(struct judge *judge)
{
	const struct verify_options *options = judge->options;
	struct verification *out = judge->out;
	const struct witness_judge by = {options->policy, &judge->signer, options->now_utc_ms};

	if (!options->policy || !member_is_proven(out->membership)) {
		return true;
	}
	if (out->membership == MEMBER_PROVEN) {
		member_witnessed(options->state, options->shelf, &out->statement, &judge->signer,
				 &by, &out->witnessed);
	}
	ask_kept(judge, &by);
	return true;
}

/* ---- trust */

static bool check_trust(struct judge *judge)
{
	const struct verification *out = judge->out;
	const struct verify_options *options = judge->options;
	const struct signer *signer = NULL;
	enum reason reason = REASON_RECEIPT_SIGNER_UNKNOWN;
	struct err why = {.text = "nobody is trusted here"};

	if (options->trust) {
		signer = trust_find(options->trust, &judge->signer, judge->finished_utc_ms, &reason,
				    &why);
	}
	if (signer) {
		judge->out->principals = arena_text(&judge->out->arena, signer->principals);
		verify_settle(judge, REASON_RECEIPT_TRUSTED, "valid, signed by %s (%s)",
			      signer->principals, out->signer);
		return true;
	}
	if (options->own &&
	    memcmp(options->own->bytes, judge->signer.bytes, sizeof(judge->signer.bytes)) == 0) {
		verify_settle(judge, REASON_RECEIPT_OWN, "valid, signed by your own key %s",
			      out->signer);
		return true;
	}
	verify_settle(judge, reason, "%s", why.text);
	return false;
}

/** The heads over it must be such as the policy of the repo wants. */
static bool check_witnesses(struct judge *judge)
{
	const struct witnessed *found = &judge->out->witnessed;

	if (judge->options->needs_log && found->reason != REASON_NONE) {
		verify_settle(judge, found->reason, "%s", found->why);
	}
	return true;
}

void receipt_verify(struct text bytes, const struct verify_options *options,
		    struct verification *out)
{
	static bool (*const steps[])(struct judge * judge) = {
		read_envelope,    check_signature, read_statement,   check_claims,
		check_membership, ask_witnesses,   verify_not_ahead, verify_revocation,
		check_world,      check_trust,     check_witnesses,
	};
	struct judge judge = {.options = options, .out = out, .bytes = bytes};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && steps[i](&judge); i++) {
	}
	if (out->verdict == RECEIPT_INVALID || out->verdict == RECEIPT_NONE) {
		out->statement = (struct statement){0};
	}
	envelope_release(&judge.envelope);
}

void verification_release(struct verification *verification)
{
	arena_release(&verification->arena);
}
