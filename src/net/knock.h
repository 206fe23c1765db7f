/**
 * Connecting to a port of a machine that has several addresses: they race by the rules of
 * net/race_rules.h, and the first that accepts wins. A step machine for the tasks that need one.
 * Nothing is said or read.
 */
#ifndef NET_KNOCK_H
#define NET_KNOCK_H

#include "net/dial.h"
#include "net/race_rules.h"

/** Addresses dialled at once; a further one waits for one of them to fail. */
#define KNOCKS_AT_ONCE WAIT_DESCRIPTORS

/** How it went. */
enum knock_outcome {
	KNOCK_NOT_TRIED, /**< the zero value; of an address: another was quicker */
	KNOCK_OPEN,
	KNOCK_RESET,    /**< accepted, and reset before anybody looked: there is no socket */
	KNOCK_REFUSED,  /**< the machine answers that nothing listens */
	KNOCK_NO_ROUTE, /**< there is no way to the address */
	KNOCK_TIMEOUT,  /**< no answer */
	KNOCK_BROKEN,   /**< ours: out of descriptors */
};

/** One address; home addresses come before fallbacks. */
struct knock_entry {
	struct address address;
	bool is_fallback;
};

struct knock_spec {
	struct knock_entry entries[RACE_MAX];
	size_t len;
	uint16_t port;
	int64_t connect_ms;  /**< for each address */
	int64_t deadline_ms; /**< monotonic; for all of them */
};

/** What became of one address. */
struct knock_attempt {
	enum knock_outcome outcome;
	bool was_dialled;
	int64_t started_ms; /**< after the first one began */
	int64_t took_ms;
};

/** Filled by knock_init; the last three members are there after STEP_DONE. */
struct knock {
	struct knock_spec spec;
	struct race_field field;
	struct dial dials[RACE_MAX];
	int64_t start_ms; /**< 0: before the first step */
	size_t under_way;
	struct knock_attempt attempts[RACE_MAX];
	enum knock_outcome outcome;
	size_t decided; /**< which address: the one that accepted; else the first of the best answer
			 */
	int fd; /**< the connected socket, closed by knock_release; who takes it leaves -1 */
};

/** At least one entry. Nothing is sent before the first step. */
void knock_init(struct knock *knock, const struct knock_spec *spec);

/**
 * Dial whose turn it is.
 *
 * @param now_ms  of the loop
 * @param wait    filled anew
 * @return        STEP_WAIT until an address accepted, or none is left
 */
enum step knock_step(struct knock *knock, int64_t now_ms, struct wait *wait);

/** Close what is open, from any state after knock_init. */
void knock_release(struct knock *knock);

#endif
