/**
 * Text forms of values, read strictly: no sign, space, locale, overflow or second spelling is let
 * through unless the function says so. `{0}`-terminated outputs are owned by the caller.
 */
#ifndef BASE_CODEC_H
#define BASE_CODEC_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

/** A whole decimal number from `min` to `max`; a leading '-' only if `min` is negative, no leading
 * 0. */
int parse_int(struct text text, int64_t min, int64_t max, int64_t *out, struct err *err);

/** A duration `12ms`, `3s`, `5m`, `2h` or `14d` of at most `max_ms`, in milliseconds. */
int parse_duration_ms(struct text text, int64_t max_ms, int64_t *out_ms, struct err *err);

/** Append lower-case hexadecimal. */
void hex_encode(struct str *out, const void *bytes, size_t len);

/** Exactly `len` bytes from lower-case hexadecimal. */
int hex_decode(struct text text, void *out, size_t len, struct err *err);

/** Append standard base64 with padding (RFC 4648, section 4). */
void base64_encode(struct str *out, const void *bytes, size_t len);

/**
 * Append what canonical standard base64 holds: padded, no white space, no url-safe alphabet,
 * trailing bits zero (RFC 4648, section 3.5).
 */
int base64_decode(struct text text, struct str *out, struct err *err);

/** Append Crockford base32 in lower case, `digits` digits from the leading bits of `bytes`. */
void base32_encode(struct str *out, const unsigned char *bytes, size_t digits);

#endif
