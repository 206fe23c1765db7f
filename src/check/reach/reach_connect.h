/**
 * A stream of bytes (net/stream.h) to a port of a machine, for kinds that speak over it themselves:
 * the one way there is. From here the addresses that the target's policy and the mode permit race,
 * those at home first; where none of them accepts, or none may be dialled, the target's jump host
 * makes the connection, over its session. Or it is made from a *vantage point*: a target that one
 * is logged in to.
 *
 * Nothing is said or read, so what answers is not known: that is for whoever gets the stream. All
 * who connect in a run share CONNECTS_MAX places.
 */
#ifndef CHECK_REACH_REACH_CONNECT_H
#define CHECK_REACH_REACH_CONNECT_H

#include "check/reach/reach.h"
#include "net/stream.h"

/**
 * Connections under way or in use at once; who makes no progress for REACH_PATIENCE_MS does not
 * count.
 */
#define CONNECTS_MAX 64

/** But never more than this: each costs a descriptor, and 1,024 is what most systems give. */
#define CONNECTS_OPEN_MAX 400

/** How long one address may take, where the target does not say. */
#define CONNECT_MS 3000

/** What came of it. Only CONNECT_OPEN comes with a stream. */
enum connect_outcome {
	CONNECT_NOT_TRIED,   /**< the zero value: its turn did not come before the deadline */
	CONNECT_OPEN,        /**< the port accepts */
	CONNECT_RESET,       /**< the port accepts, and resets the connection at once */
	CONNECT_REFUSED,     /**< the machine answers that nothing listens */
	CONNECT_NO_ROUTE,    /**< there is no way to the address */
	CONNECT_TIMEOUT,     /**< no answer */
	CONNECT_BROKEN,      /**< ours: out of descriptors */
	CONNECT_BARRED,      /**< nothing may be dialled: `reason` and `why` say why not */
	CONNECT_HOST_DOWN,   /**< the jump host is not logged in to: `via` says why not */
	CONNECT_HOST_BARRED, /**< the jump host may not be used: `reason` and `why` say why not */
	CONNECT_PROHIBITED,  /**< the jump host does not forward there */
	CONNECT_UNREACHED,   /**< the jump host could not connect there; the machine may be down */
	CONNECT_LOST,        /**< the session to the jump host went meanwhile */
};

/** What the caller wants; pointers are borrowed until it ended. */
struct connect_spec {
	const struct target *target; /**< whose port it is; NULL: nobody's, `host` says where */
	/**
	 * Connect there instead of to an address of the target: an address; from a vantage point
	 * also a name, which that looks up. NULL: the target's own. The rules of the mode, and
	 * those of the target's policy, hold for it.
	 */
	const char *host;
	uint16_t port;
	/** Connect from this target only, not from here; its session is used. NULL: from here. */
	const struct target *via;
	int64_t connect_ms;  /**< for each address; 0: as the target says, or CONNECT_MS */
	int64_t deadline_ms; /**< monotonic; for all of it; 0: that of the run */
};

/** One address that was tried. */
struct connect_attempt {
	const char *text;             /**< as `text` of the facts. In the run's arena */
	enum path path;               /**< of the address; PATH_JUMP through a jump host */
	enum connect_outcome outcome; /**< CONNECT_NOT_TRIED: another was quicker */
	int64_t started_ms;           /**< after it began */
	int64_t took_ms;
};

/** Most addresses that are tried: a target's, from here, then by its jump host. */
#define CONNECT_ATTEMPTS_MAX ((size_t)2 * ROUTES_MAX)

struct connect_facts {
	enum connect_outcome outcome;
	/** The address that decided: the one that accepted, else the first of the best answer. */
	struct address address; /**< ADDRESS_NONE: none was tried, or it is a name */
	const char *text;   /**< "192.168.1.5", "10.99.0.3 through harbor". In the run's arena */
	enum path path;     /**< PATH_JUMP through a jump host or from a vantage point */
	bool is_fallback;   /**< a way that is not the target's first: tailnet, jump host */
	int64_t elapsed_ms; /**< from the first packet to the end */
	struct connect_attempt
		attempts[CONNECT_ATTEMPTS_MAX]; /**< in order; those from here first */
	size_t attempt_count;
	const struct reached *via; /**< the jump host or vantage that was asked; NULL: none was */
	struct routes routes;      /**< of the target from here; empty without target */
	enum reason reason;        /**< of CONNECT_BARRED and CONNECT_HOST_BARRED */
	const char *why;           /**< with it: a short clause for people */
	char trouble[128];         /**< what the jump host said; "" : nothing */
};

struct connector;

/**
 * Begin to connect. The task of a kind that ends closes its stream, or cancels this, before the run
 * lets go of `reach`.
 *
 * @param ended  called once, on the loop's thread and never inside this call, with the facts (valid
 *               during the call only) and the stream, which is the callee's to close; NULL: there
 * is none. Closing it also gives back the session of the jump host
 * @return       a handle for connect_cancel, valid until `ended` ran
 */
struct connector *connect_start(struct reach *reach, const struct connect_spec *spec,
				void (*ended)(const struct connect_facts *facts,
					      struct stream *stream, void *cookie),
				void *cookie);

/** End it now; `ended` is not called. */
void connect_cancel(struct connector *connector);

/**
 * The target that the setting `vantage` of a gate names, to be a vantage point until vantage_leave:
 * its session is kept.
 *
 * @param id   of a target; NULL: none is wanted
 * @param out  NULL if none is wanted
 * @return     false: there is no such target, and the check has that finding
 */
bool vantage_take(struct check *check, const char *id, const struct target **out);

/** NULL is fine. */
void vantage_leave(struct check *check, const struct target *vantage);

#endif
