#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/codec.h"
#include "receipt/envelope.h"
#include "receipt/log_private.h"

void log_hex(const struct merkle_hash *hash, char out[SHA256_HEX_BYTES])
{
	AUTO(auto_str) struct str hex = {0};

	hex_encode(&hex, hash->bytes, sizeof(hash->bytes));
	memcpy(out, hex.at, SHA256_HEX_BYTES);
}

int64_t log_entry_time(const struct statement *statement)
{
	const struct statement_time *time = &statement->time;
	bool is_start = statement->kind == STATEMENT_START;
	struct err ignored = {0};
	int64_t utc_ms = 0;

	(void)clock_parse_rfc3339(text_of(is_start ? time->started_at : time->finished_at), &utc_ms,
				  &ignored);
	return utc_ms;
}

/** Does the entry belong at this place? */
static int check_place(const struct statement *statement, int64_t seq, const char *prev,
		       struct err *err)
{
	const struct statement_identity *identity = &statement->identity;

	if (identity->seq != seq) {
		return err_set(err, ERR_INPUT, "it says that it is entry %lld",
			       (long long)identity->seq);
	}
	if (prev && strcmp(identity->prev, prev) != 0) {
		return err_set(err, ERR_INPUT,
			       "it does not follow entry %lld: one of the two was changed",
			       (long long)seq - 1);
	}
	return 0;
}

enum log_entry_state log_judge_entry(const struct log *log, struct text bytes, int64_t seq,
				     const char *prev, struct arena *arena, struct statement *out,
				     struct err *err)
{
	AUTO(auto_envelope) struct envelope envelope = {0};
	char fingerprint[FINGERPRINT_BYTES];

	if (envelope_read(bytes, &envelope, err)) {
		return LOG_ENTRY_TORN;
	}
	public_key_fingerprint(&log->key, fingerprint);
	if (strcmp(fingerprint, envelope.keyid) != 0) {
		(void)err_set(err, ERR_INPUT, "it is signed by %s, not by the log's %s",
			      envelope.keyid, fingerprint);
		return LOG_ENTRY_FOREIGN;
	}
	if (envelope_verify(&envelope, &log->key, err)) {
		return LOG_ENTRY_BAD;
	}
	if (strcmp(envelope.type, IN_TOTO_TYPE) != 0) {
		(void)err_set(err, ERR_INPUT, "its payload is no in-toto statement");
		return LOG_ENTRY_BAD;
	}
	if (statement_read(arena, str_view(&envelope.payload), out, err) != STATEMENT_GOOD) {
		return LOG_ENTRY_BAD;
	}
	if (strcmp(out->identity.log_origin, log->origin) != 0) {
		(void)err_set(err, ERR_INPUT, "it is of log '%s', not of '%s'",
			      out->identity.log_origin, log->origin);
		return LOG_ENTRY_FOREIGN;
	}
	return check_place(out, seq, prev, err) ? LOG_ENTRY_BAD : LOG_ENTRY_GOOD;
}

int log_check_entry(const struct log *log, struct text bytes, int64_t seq, const char *prev,
		    struct arena *arena, struct statement *out, struct err *err)
{
	if (log_judge_entry(log, bytes, seq, prev, arena, out, err) != LOG_ENTRY_GOOD) {
		return err_wrap(err, "entry %lld", (long long)seq);
	}
	return 0;
}
