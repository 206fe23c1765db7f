#include "receipt/cosignature.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"

/** Bytes of the time: big-endian, seconds since 1970. */
#define TIME_BYTES 8

/** Bytes of a line: key id, time, signature. */
#define LINE_BYTES (NOTE_KEY_ID_BYTES + TIME_BYTES + ED25519_SIGNATURE_BYTES)

void witness_write_vkey(const struct witness *witness, struct str *out)
{
	note_write_vkey(witness->name, NOTE_COSIGNATURE, &witness->key, out);
}

int witness_read_vkey(struct text vkey, struct witness *out, struct err *err)
{
	return note_read_vkey(vkey, NOTE_COSIGNATURE, out->name, &out->key, err);
}

/** What is signed. */
static void add_message(struct str *out, int64_t time_utc, struct text text)
{
	str_printf(out, "cosignature/v1\ntime %lld\n", (long long)time_utc);
	str_add_text(out, text);
}

int cosignature_write(struct text text, const char *name, const struct signing_key *key,
		      int64_t time_utc, struct str *out, struct err *err)
{
	AUTO(auto_str) struct str message = {0};
	unsigned char bytes[LINE_BYTES];

	note_key_id(name, NOTE_COSIGNATURE, &key->public, bytes);
	for (size_t i = 0; i < TIME_BYTES; i++) {
		bytes[NOTE_KEY_ID_BYTES + i] =
			(unsigned char)((uint64_t)time_utc >> (8 * (TIME_BYTES - 1 - i)));
	}
	add_message(&message, time_utc, text);
	if (signing_key_sign(key, str_view(&message), bytes + NOTE_KEY_ID_BYTES + TIME_BYTES,
			     err)) {
		return err_wrap(err, "cosign");
	}
	note_write_line(name, (struct text){(const char *)bytes, sizeof(bytes)}, out);
	return 0;
}

/** Judge the bytes of a line by this witness. */
static enum cosigned judge(struct text text, const struct witness *witness, struct text bytes,
			   int64_t now_utc_ms, int64_t *time_utc, struct err *err)
{
	const unsigned char *at = (const unsigned char *)bytes.at;
	AUTO(auto_str) struct str message = {0};
	uint64_t seconds = 0;

	for (size_t i = 0; i < TIME_BYTES && bytes.len == LINE_BYTES; i++) {
		seconds = seconds << 8 | at[NOTE_KEY_ID_BYTES + i];
	}
	if (bytes.len != LINE_BYTES || seconds > INT64_MAX) {
		(void)err_set(err, ERR_INPUT, "the cosignature by %s is not well formed",
			      witness->name);
		return COSIGNED_WRONG;
	}
	add_message(&message, (int64_t)seconds, text);
	if (!public_key_verifies(&witness->key, str_view(&message),
				 at + NOTE_KEY_ID_BYTES + TIME_BYTES)) {
		(void)err_set(err, ERR_INPUT,
			      "the cosignature by %s does not verify: it was made for another log, "
			      "size or root, or with another key",
			      witness->name);
		return COSIGNED_WRONG;
	}
	if (seconds == 0) {
		(void)err_set(err, ERR_INPUT, "the cosignature by %s says no time", witness->name);
		return COSIGNED_TIMELESS;
	}
	if ((int64_t)seconds > (now_utc_ms + COSIGNATURE_SKEW_MS) / 1000) {
		(void)err_set(err, ERR_INPUT, "the cosignature by %s is from the future",
			      witness->name);
		return COSIGNED_FUTURE;
	}
	*time_utc = (int64_t)seconds;
	return COSIGNED_GOOD;
}

enum cosigned cosignature_find(struct text note, const struct witness *witness, int64_t now_utc_ms,
			       int64_t *time_utc, struct err *err)
{
	enum cosigned found = COSIGNED_ABSENT;
	unsigned char id[NOTE_KEY_ID_BYTES];
	struct text text = {0};
	struct text lines = {0};
	struct text line = {0};
	int64_t earliest = INT64_MAX;

	note_key_id(witness->name, NOTE_COSIGNATURE, &witness->key, id);
	if (note_split(note, &text, &lines, err)) {
		return COSIGNED_WRONG;
	}
	while (lines.len > 0 && text_split(&lines, '\n', &line)) {
		struct note_signature signature = {0};
		int64_t seconds = 0;
		int failed = note_read_line(line, &signature, err);

		if (failed) {
			found = COSIGNED_WRONG;
		} else if (text_is(signature.name, witness->name) &&
			   memcmp(signature.bytes.at, id, sizeof(id)) == 0) {
			found = judge(text, witness, str_view(&signature.bytes), now_utc_ms,
				      &seconds, err);
			earliest = seconds < earliest ? seconds : earliest;
		}
		str_release(&signature.bytes);
		if (found != COSIGNED_ABSENT && found != COSIGNED_GOOD) {
			return found;
		}
	}
	if (found == COSIGNED_GOOD) {
		*time_utc = earliest;
	}
	return found;
}
