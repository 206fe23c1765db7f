#include <string.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "receipt/envelope.h"
#include "receipt/log_private.h"

void log_hex(const struct merkle_hash *hash, char out[SHA256_HEX_BYTES])
{
	AUTO(auto_str) struct str hex = {0};

	hex_encode(&hex, hash->bytes, sizeof(hash->bytes));
	memcpy(out, hex.at, SHA256_HEX_BYTES);
}

/** Does the entry belong at this place? */
static int check_place(const struct entry_place *place, int64_t seq, const char *prev,
		       struct err *err)
{
	if (place->seq != seq) {
		return err_set(err, ERR_INPUT, "it says that it is entry %lld",
			       (long long)place->seq);
	}
	if (prev && strcmp(place->prev, prev) != 0) {
		return err_set(err, ERR_INPUT,
			       "it does not follow entry %lld: one of the two was changed",
			       (long long)seq - 1);
	}
	return 0;
}

enum log_entry_state log_judge_entry(const struct log *log, struct text bytes, int64_t seq,
				     const char *prev, struct arena *arena, struct entry *out,
				     struct err *err)
{
	AUTO(auto_envelope) struct envelope envelope = {0};
	char fingerprint[FINGERPRINT_BYTES];
	struct entry_place place = {0};

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
	if (entry_read(arena, str_view(&envelope.payload), out, err) != STATEMENT_GOOD) {
		return LOG_ENTRY_BAD;
	}
	place = entry_place(out);
	if (strcmp(place.log_origin, log->origin) != 0) {
		(void)err_set(err, ERR_INPUT, "it is of log '%s', not of '%s'", place.log_origin,
			      log->origin);
		return LOG_ENTRY_FOREIGN;
	}
	return check_place(&place, seq, prev, err) ? LOG_ENTRY_BAD : LOG_ENTRY_GOOD;
}

int log_check_entry(const struct log *log, struct text bytes, int64_t seq, const char *prev,
		    struct arena *arena, struct entry *out, struct err *err)
{
	if (log_judge_entry(log, bytes, seq, prev, arena, out, err) != LOG_ENTRY_GOOD) {
		return err_wrap(err, "entry %lld", (long long)seq);
	}
	return 0;
}

bool log_may_close(struct text entry)
{
	static const char *const spelt[] = {"bG9nLWNsb3NlOnYx", "Zy1jbG9zZTp2", "b2ctY2xvc2U6"};
	bool may = entry.len > 0 && memchr(entry.at, '\\', entry.len) != NULL;

	for (size_t i = 0; i < sizeof(spelt) / sizeof(spelt[0]) && entry.len > 0 && !may; i++) {
		may = memmem(entry.at, entry.len, spelt[i], strlen(spelt[i])) != NULL;
	}
	return may;
}
