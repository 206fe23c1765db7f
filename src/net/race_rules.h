/**
 * The rules of the race between the addresses of one machine, without any I/O: from what is known
 * about each racer and the time follows what to do next.
 *
 * In order: the first starts at once, each further one RACE_STAGGER_MS after the one before it or
 * as soon as all before it have failed. The first that is verified wins; but where that is a
 * fallback and a home address has already said that it is an SSH server, home is given
 * RACE_GRACE_MS more. A revoked key ends the race without a winner.
 */
#ifndef NET_RACE_RULES_H
#define NET_RACE_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Most addresses of one machine that are tried. */
#define RACE_MAX 5

/** Milliseconds before the next address (RFC 8305, section 5, allows 100 to 2000). */
#define RACE_STAGGER_MS 200

/** Milliseconds that a home address which speaks SSH gets when a fallback was quicker. */
#define RACE_GRACE_MS 80

enum racer_state {
	RACER_WAITING,  /**< the zero value: not started */
	RACER_QUEUED,   /**< to be started when the machine takes one more connection */
	RACER_RUNNING,  /**< started */
	RACER_HEARD,    /**< says that it is an SSH server */
	RACER_VERIFIED, /**< has proven a pinned key */
	RACER_FAILED,   /**< whatever the reason: it is not the machine, or not now */
	RACER_REVOKED,  /**< showed a revoked key */
};

struct racer {
	enum racer_state state;
	bool is_fallback;    /**< a tailnet address of a machine that is to be reached at home */
	int64_t started_ms;  /**< when it began to dial */
	int64_t verified_ms; /**< when it was verified */
};

struct race_field {
	struct racer at[RACE_MAX];
	size_t len;
	int64_t stagger_ms; /**< 0: RACE_STAGGER_MS */
	int64_t grace_ms;   /**< 0: RACE_GRACE_MS */
};

enum race_stand {
	RACE_GOES_ON,
	RACE_WON,
	RACE_LOST,    /**< nobody is left */
	RACE_STOPPED, /**< by a revoked key */
};

struct race_move {
	enum race_stand stand;
	size_t winner;   /**< if it is won */
	bool has_start;  /**< `start` is to begin now */
	size_t start;    /**< a racer that is waiting or queued */
	int64_t look_ms; /**< decide again at this time at the latest; 0: not because of the time */
};

/** What is to be done at `now_ms`? After a start the caller asks again. */
void race_decide(const struct race_field *field, int64_t now_ms, struct race_move *move);

#endif
