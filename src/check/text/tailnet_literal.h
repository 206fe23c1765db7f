/**
 * Tailnet addresses written in bytes: IPv4 in 100.64.0.0/10 and IPv6 in fd7a:115c:a1e0::/48, in any
 * spelling. Pure functions; what counts as a literal is said once, here (design, G030).
 *
 * An IPv4 literal has four octets without leading zeros, is not preceded by a digit or digit-dot
 * and not followed by a digit or dot-digit: `ip100.64.1.2` and `100.64.1.2:8080` hold one,
 * `1100.64.1.2` and `100.64.1.2.3` do not. An IPv6 literal is not preceded by a hexadecimal digit
 * or by what makes it the tail of a longer address (`1:`, `::`), and not followed by more of one.
 * The ranges' own CIDRs and the reserved holes (address.h) are no literals.
 */
#ifndef CHECK_TEXT_TAILNET_LITERAL_H
#define CHECK_TEXT_TAILNET_LITERAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "net/address.h"

struct tailnet_literal {
	size_t start; /**< offset in the bytes */
	size_t len;   /**< of the address alone: no brackets, zone, prefix length or port */
	struct address address;
};

/** The first literal that starts at or behind `from`; what stands before `from` is looked back at.
 */
bool tailnet_literal_next(struct text bytes, size_t from, struct tailnet_literal *out);

/**
 * May the bytes hold a literal, or the part of one that is cut off at an end? Says yes too often,
 * never no too often, for literals that a caller shows with the SCAN_CARRY_BYTES before each chunk.
 */
bool tailnet_literal_may_hit(const char *bytes, size_t len);

#endif
