/**
 * How much of the life of a certificate is left; pure. Every gate that looks at certificates asks
 * here, so that none says "good" of one that another says is about to end.
 */
#ifndef CHECK_REACH_LIFETIME_H
#define CHECK_REACH_LIFETIME_H

#include "net/tls.h"

enum lifetime {
	LIFETIME_FINE,
	LIFETIME_LATE,    /**< it should have been renewed: less than a third, with a grace */
	LIFETIME_HARDLY,  /**< a twelfth or so is left: 7 days of 90 */
	LIFETIME_EXPIRED, /**< none */
	LIFETIME_NOT_YET, /**< it has not begun */
};

/**
 * How much of this certificate's life is left? A short life is judged in proportion, a long one
 * as one of 90 days.
 *
 * @param min_days  so many days are to be left, or it is HARDLY; 0: 7 of 90
 */
enum lifetime lifetime_of(const struct tls_certificate *certificate, int64_t min_days,
			  int64_t now_utc_ms);

/** Have all the authorities above begun, and not expired? FINE also where none could be judged. */
enum lifetime lifetime_of_path(const struct tls_chain *chain, int64_t now_utc_ms);

#endif
