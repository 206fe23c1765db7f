/**
 * Reaching one machine that has several addresses: candidates (net/ssh.h) race by the rules of
 * net/race_rules.h, the first that proves a pinned key is logged in to, the others are closed. What
 * authentication says is final: it is the same machine whatever the address.
 */
#ifndef NET_RACE_H
#define NET_RACE_H

#include "net/handshakes.h"
#include "net/race_rules.h"
#include "net/ssh.h"

/** One address; home addresses come before fallbacks. */
struct race_entry {
	struct address address;
	bool is_fallback;
};

/** What the caller wants; pointers are borrowed until the race ended. */
struct race_spec {
	struct ssh_spec ssh; /**< of every candidate; without address and progress */
	struct race_entry entries[RACE_MAX];
	size_t len;
	int64_t stagger_ms; /**< 0: RACE_STAGGER_MS */
	int64_t grace_ms;   /**< 0: RACE_GRACE_MS */
	struct handshakes *handshakes;
};

/** What became of one entry. */
enum attempt_end {
	ATTEMPT_NONE,    /**< the zero value: it was never its turn */
	ATTEMPT_WON,     /**< it was verified, and logged in to */
	ATTEMPT_FAILED,  /**< `outcome` says how */
	ATTEMPT_DROPPED, /**< another was quicker; `outcome` is SSH_NOT_TRIED */
};

struct race_attempt {
	enum attempt_end end;
	enum ssh_outcome outcome; /**< of the winner: how its login ended */
	bool is_connected;        /**< the TCP handshake was done */
	int64_t started_ms;       /**< after the race began */
	int64_t took_ms;          /**< until it was verified, failed or was dropped */
};

struct race_facts {
	struct ssh_facts ssh;                   /**< of the entry that decided */
	size_t decided;                         /**< its index: the winner; else the worst news */
	bool is_won;                            /**< it was verified */
	struct race_attempt attempts[RACE_MAX]; /**< as the entries */
	size_t len;
	/** What a home address showed that is another machine; "" if none did. */
	char stranger[FINGERPRINT_BYTES];
};

struct race;

/**
 * Start a race of at least one entry. It is cancelled, or has ended, before its loop is freed.
 *
 * @param ended  called once on the loop's thread with the facts (valid during the call only)
 * @return       a handle for race_cancel, valid until `ended` ran
 */
struct race *race_start(struct loop *loop, const struct race_spec *spec,
			void (*ended)(const struct race_facts *facts, void *cookie), void *cookie);

/** A number that changes whenever one of its logins makes progress (ssh_login_progress). */
unsigned race_progress(const struct race *race);

/** End it now with all its connections; `ended` is not called. Not from inside its own step. */
void race_cancel(struct race *race);

#endif
