#include "check/reach/lifetime.h"

#define DAY_MS ((int64_t)24 * 3600 * 1000)

/** Life of the certificates that the numbers below were found for: Let's Encrypt's. */
#define LIFE_DAYS 90

/** Left of it when it is too late, and when renewal, at a third, should have worked for 3 days. */
#define HARDLY_DAYS 7
#define LATE_DAYS 27

/** Where a moment lies. */
static enum lifetime place(int64_t from_utc_ms, int64_t until_utc_ms, int64_t now_utc_ms)
{
	if (now_utc_ms > until_utc_ms) {
		return LIFETIME_EXPIRED;
	}
	return now_utc_ms < from_utc_ms ? LIFETIME_NOT_YET : LIFETIME_FINE;
}

enum lifetime lifetime_of(const struct tls_certificate *certificate, int64_t min_days,
			  int64_t now_utc_ms)
{
	int64_t from_ms = certificate->not_before_utc_ms;
	int64_t until_ms = certificate->not_after_utc_ms;
	int64_t left_ms = until_ms - now_utc_ms;
	int64_t whole_ms = until_ms - from_ms;
	int64_t scale_ms = whole_ms < LIFE_DAYS * DAY_MS ? whole_ms : LIFE_DAYS * DAY_MS;
	int64_t needed_ms = min_days > 0 ? min_days * DAY_MS : scale_ms / LIFE_DAYS * HARDLY_DAYS;
	enum lifetime placed = place(from_ms, until_ms, now_utc_ms);

	if (placed != LIFETIME_FINE) {
		return placed;
	}
	if (left_ms <= needed_ms) {
		return LIFETIME_HARDLY;
	}
	return left_ms <= scale_ms / LIFE_DAYS * LATE_DAYS ? LIFETIME_LATE : LIFETIME_FINE;
}

enum lifetime lifetime_of_path(const struct tls_chain *chain, int64_t now_utc_ms)
{
	if (chain->trust != TLS_TRUSTED || chain->path_until_utc_ms == 0) {
		return LIFETIME_FINE;
	}
	return place(chain->path_from_utc_ms, chain->path_until_utc_ms, now_utc_ms);
}
