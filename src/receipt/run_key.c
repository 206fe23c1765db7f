#include "receipt/run_key.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/codec.h"
#include "crypto/digest.h"

/** Says which digest this is, so that no other one can be passed off as it; hashed with its NUL. */
#define DOMAIN "gaterun-run-key-v1"

/** Base32 digits behind the R: 100 bits. */
#define DIGITS ((size_t)20)

/** "RUN-20260301T214813Z__", "__R" and the digits. */
#define HEAD_BYTES (4 + (CLOCK_BASIC_BYTES - 1) + 2)
#define TAIL_BYTES (3 + DIGITS)

static bool is_digit(char one)
{
	return one >= '0' && one <= '9';
}

static bool is_lower(char one)
{
	return one >= 'a' && one <= 'z';
}

/** Crockford's alphabet: no i, l, o, u. */
static bool is_base32(char one)
{
	return is_digit(one) ||
	       (is_lower(one) && one != 'i' && one != 'l' && one != 'o' && one != 'u');
}

/** Does `text` have the shape, where '0' stands for a digit? */
static bool has_shape(struct text text, const char *shape)
{
	for (size_t i = 0; i < text.len; i++) {
		if (shape[i] == '0' ? !is_digit(text.at[i]) : text.at[i] != shape[i]) {
			return false;
		}
	}
	return strlen(shape) == text.len;
}

static bool is_label(struct text label)
{
	if (label.len == 0 || label.len >= RUN_KEY_LABEL_BYTES || label.at[0] == '.' ||
	    label.at[0] == '-') {
		return false;
	}
	for (size_t i = 0; i < label.len; i++) {
		char one = label.at[i];

		if (!is_digit(one) && !is_lower(one) && one != '.' && one != '-') {
			return false;
		}
	}
	return true;
}

/** ^RUN-[0-9]{8}T[0-9]{6}Z__[a-z0-9][a-z0-9.-]{0,47}__R[0-9a-hjkmnp-tv-z]{20}$ */
static bool is_ours(struct text text)
{
	struct text tail = {0};

	if (text.len < HEAD_BYTES + 1 + TAIL_BYTES || text.len >= RUN_KEY_BYTES ||
	    !has_shape((struct text){text.at, HEAD_BYTES}, "RUN-00000000T000000Z__")) {
		return false;
	}
	tail = (struct text){text.at + text.len - TAIL_BYTES, TAIL_BYTES};
	if (!text_starts(tail, "__R")) {
		return false;
	}
	for (size_t i = 3; i < TAIL_BYTES; i++) {
		if (!is_base32(tail.at[i])) {
			return false;
		}
	}
	return is_label((struct text){text.at + HEAD_BYTES, text.len - HEAD_BYTES - TAIL_BYTES});
}

static bool is_word(struct text text, const char *more)
{
	for (size_t i = 0; i < text.len; i++) {
		char one = text.at[i];

		if (!is_digit(one) && !is_lower(one) && !(one >= 'A' && one <= 'Z') &&
		    (one == '\0' || !strchr(more, one))) {
			return false;
		}
	}
	return text.len > 0;
}

/** ^(CAP-|S)[0-9]{8}-[0-9]{6}__[A-Za-z0-9._-]+__R[A-Za-z0-9]+$ */
static bool is_older(struct text text)
{
	const char *shape =
		text_starts(text, "CAP-") ? "CAP-00000000-000000__" : "S00000000-000000__";
	size_t head = strlen(shape);
	size_t tail = text.len;

	if (text.len < head || !has_shape((struct text){text.at, head}, shape)) {
		return false;
	}
	while (tail > head && text.at[tail - 1] != '_') { /* the last "__R" ends the middle */
		tail--;
	}
	if (tail < head + 3 || text.at[tail - 2] != '_' || tail == text.len ||
	    text.at[tail] != 'R') {
		return false;
	}
	return is_word((struct text){text.at + head, tail - 2 - head}, "._-") &&
	       is_word((struct text){text.at + tail + 1, text.len - tail - 1}, "");
}

enum run_key_form run_key_form(struct text text)
{
	if (is_ours(text)) {
		return RUN_KEY_OURS;
	}
	return is_older(text) ? RUN_KEY_OLDER : RUN_KEY_NONE;
}

static char label_char(char one)
{
	if (one >= 'A' && one <= 'Z') {
		return (char)(one - 'A' + 'a');
	}
	if (is_digit(one) || is_lower(one) || one == '.') {
		return one;
	}
	return '-';
}

void run_key_label(const char *const *ids, size_t count, char out[RUN_KEY_LABEL_BYTES])
{
	AUTO(auto_str) struct str label = {.max = RUN_KEY_LABEL_BYTES - 1};

	str_add(&label, "verify.");
	for (size_t i = 0; i < count; i++) {
		str_add(&label, i > 0 ? "-" : "");
		for (const char *at = ids[i]; *at; at++) {
			str_add_char(&label, label_char(*at));
		}
	}
	memcpy(out, label.at, label.len + 1);
}

void run_key_make(struct text start, int64_t started_utc_ms, const char *label,
		  char out[RUN_KEY_BYTES])
{
	AUTO(auto_str) struct str key = {.max = RUN_KEY_BYTES - 1};
	unsigned char digest[SHA256_BYTES];
	char time[CLOCK_BASIC_BYTES];
	struct sha256 *state = sha256_open();

	sha256_add(state, DOMAIN, sizeof(DOMAIN));
	sha256_add(state, start.at, start.len);
	sha256_close(state, digest);
	clock_format_basic(started_utc_ms, time);
	str_printf(&key, "RUN-%s__%s__R", time, label);
	base32_encode(&key, digest, DIGITS);
	memcpy(out, key.at, key.len + 1);
}

void run_key_copy_label(const char *key, char out[RUN_KEY_LABEL_BYTES])
{
	size_t len = strlen(key) - HEAD_BYTES - TAIL_BYTES;

	memcpy(out, key + HEAD_BYTES, len);
	out[len] = '\0';
}
