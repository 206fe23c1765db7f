/**
 * The networks this machine is on, and which of them turned out to be another place: a laptop away
 * from home may be on a network with the very prefix of home.
 *
 * Nothing is sent to find out, and nothing is remembered from one run to the next (the router's
 * hardware address would tell two networks apart, but not every system tells it without
 * privileges): only what the machines of a prefix did in this run counts.
 */
#ifndef NET_LANS_H
#define NET_LANS_H

#include "base/err.h"
#include "base/vec.h"
#include "net/address.h"

/** So many machines of a prefix that are strangers or do not answer, and none that is at home. */
#define LAN_STRIKES 3

struct lan {
	struct network network;
	char interface[32];
	unsigned strikes;  /**< addresses where a stranger, or nobody, answered */
	unsigned verified; /**< addresses where the very machine answered */
};

struct lans VEC(struct lan);

/**
 * The prefixes of all interfaces that are up, without those of the tailnet: addresses in its
 * ranges, and interfaces that have no other but link-local ones.
 */
int lans_read(struct lans *out, struct err *err);

void lans_release(struct lans *lans);

/** Add one; of equals the first stays. */
void lans_add(struct lans *lans, const struct network *network, const char *interface);

/** The narrowest prefix that holds the address; NULL if none does. */
struct lan *lans_find(const struct lans *lans, const struct address *address);

/** Is it, going by its machines, not the network that the binding means? */
bool lan_is_foreign(const struct lan *lan);

/**
 * Does it depend on the network one is on who has the address? Private and link-local ones do;
 * loopback is always here, and a public one the same everywhere.
 */
bool address_is_local(const struct address *address);

#endif
