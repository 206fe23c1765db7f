/*
 * Notices: what a log says of itself and of other logs.
 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "receipt/envelope.h"
#include "receipt/log_private.h"

/** Under the lock: say where it stands and when it was made, sign, append. */
static int append(struct log *log, const struct signing_key *key, const struct notice *body,
		  struct err *err)
{
	AUTO(auto_str) struct str payload = {0};
	AUTO(auto_str) struct str envelope = {0};
	struct log_position position = {0};
	struct notice notice = *body;
	char now[CLOCK_RFC3339_BYTES];

	if (log_begin(log, &position, err)) {
		return -1;
	}
	clock_format_rfc3339(clock_utc_ms(), now);
	notice.noted_at = now;
	notice.identity = (struct notice_identity){
		.schema = NOTICE_SCHEMA,
		.log_origin = log->origin,
		.seq = position.seq,
		.prev = position.prev,
	};
	notice_write(&notice, &payload);
	if (envelope_write(str_view(&payload), key, &envelope, err)) {
		return -1;
	}
	return log_append(log, str_view(&envelope), NULL, err);
}

int log_note(struct log *log, const struct signing_key *key, const struct notice *notice,
	     struct err *err)
{
	int failed = append(log, key, notice, err);

	log_end(log);
	return failed;
}
