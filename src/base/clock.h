/**
 * Time: a monotonic clock for deadlines, the UTC clock for records, and their text forms.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

/** Milliseconds since an arbitrary start; never goes back. */
int64_t clock_monotonic_ms(void);

/** Milliseconds since 1970-01-01T00:00:00Z. */
int64_t clock_utc_ms(void);

/** Let tests, of functions and of gates, say what clock_utc_ms answers; -1 gives the real clock
 * back. */
void clock_fix_utc_ms(int64_t now_utc_ms);

/** Bytes of "2026-03-01T21:48:13.123Z" with its NUL. */
#define CLOCK_RFC3339_BYTES 25

/** RFC 3339 in UTC with milliseconds: 2026-03-01T21:48:13.123Z (years 0000 to 9999). */
void clock_format_rfc3339(int64_t utc_ms, char out[CLOCK_RFC3339_BYTES]);

/** Bytes of "20260301T214813Z" with its NUL. */
#define CLOCK_BASIC_BYTES 17

/** The basic form used in run keys: 20260301T214813Z. */
void clock_format_basic(int64_t utc_ms, char out[CLOCK_BASIC_BYTES]);

/** Read exactly the form clock_format_rfc3339 writes. */
int clock_parse_rfc3339(struct text text, int64_t *utc_ms, struct err *err);

/**
 * Read a time in any form of RFC 3339: with a fraction of any length (cut to milliseconds) or none,
 * in UTC or with an offset. For what others write.
 */
int clock_parse_any_rfc3339(struct text text, int64_t *utc_ms, struct err *err);

/** Read a calendar date, 2026-03-01, as the first millisecond of that day in UTC. */
int clock_parse_date(struct text text, int64_t *utc_ms, struct err *err);

#endif
