/**
 * Values of which each row must have its own: ids, aliases, addresses.
 *
 * Rows claim values; afterwards every claim but the first of each value is a finding. Sorting makes
 * that cheap for ten thousand rows, and a value that stands a thousand times is a thousand findings
 * and not half a million.
 */
#ifndef CHECK_ROWS_CLAIMS_H
#define CHECK_ROWS_CLAIMS_H

#include "check/check.h"

/** One row's claim to one value. */
struct claim {
	const char *value; /**< in a form in which equal values are equal text */
	const struct row *row;
	struct place where;
	bool is_alias; /**< yields to an id, even to one further down */
	size_t order;  /**< set by claims_add */
};

/** Claims that exclude each other; zeroed but for the first three members. */
struct claims {
	const char *what;         /**< "id", "tailnet address" */
	enum reason reason;       /**< of a value that stands twice */
	enum reason alias_reason; /**< of an alias that stands twice */
	struct VEC(struct claim) list;
};

/** Claim a value, which must live until claims_judge; NULL claims nothing. */
void claims_add(struct claims *claims, const struct row *row, const char *value,
		struct place where);

/** Claim each word of a list as an alias. */
void claims_add_aliases(struct claims *claims, const struct row *row, const struct texts *aliases);

/** Claim the address under `key` of the row; ADDRESS_NONE claims nothing. */
void claims_add_address(struct check *check, struct claims *claims, const struct row *row,
			const char *key, const struct address *address);

/** "10.0.0.5 port 22", in a form in which the same host and port are the same text. */
const char *target_host_and_port(struct check *check, const struct target *target);

/**
 * Add a finding for each claim to a value that another row claimed first, and release the claims.
 * A row may claim one value several times.
 */
void claims_judge(struct check *check, struct claims *claims);

#endif
