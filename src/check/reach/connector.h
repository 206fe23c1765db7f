/**
 * A connection being made, for the files that step it: reach_connect.c from here,
 * reach_connect_host.c through a jump host or from a vantage point. Private to those.
 */
#ifndef CHECK_REACH_CONNECTOR_H
#define CHECK_REACH_CONNECTOR_H

#include "check/reach/connected.h"
#include "check/reach/reach_connect.h"
#include "net/knock.h"
#include "net/ssh_forward.h"

enum connector_state {
	AT_ROUTES, /**< what may be dialled from here, and looking the name up */
	AT_KNOCK,
	AT_LEGS, /**< what the jump host is to dial */
	AT_HOST, /**< waiting for its session */
	AT_FORWARD,
	AT_PROOF, /**< does the machine answer at all? */
	AT_END,
};

struct connector {
	struct task task;
	struct reach *reach;
	struct connect_spec spec;
	struct connect_facts facts;
	void (*ended)(const struct connect_facts *facts, struct stream *stream, void *cookie);
	void *cookie;
	enum connector_state state;
	struct connected *connected; /**< what it holds; NULL: given away */
	struct stream *stream;       /**< what it gives away */
	struct connection *waits_at; /**< for the name of its host; NULL: does not */
	struct knock knock;
	struct routes routes;        /**< those being tried, from here or by the jump host */
	size_t entries[ROUTES_MAX];  /**< which of them are knocked at */
	struct connection *host;     /**< the jump host or vantage; NULL: none */
	bool has_applied;            /**< for its session, which has not come yet */
	struct ssh_session *session; /**< of the jump host; NULL: not had */
	struct ssh_forward *forward; /**< NULL unless under way */
	size_t leg;                  /**< the route that the jump host tries */
	size_t decided_leg;
	int weight;         /**< of the outcome, among those that there were */
	int64_t start_ms;   /**< of the first attempt; 0: none yet */
	int64_t attempt_ms; /**< when the attempt of the jump host began */
};

/** Go on with another state. The value is STEP_DONE. */
enum step connector_go_on(struct connector *connector, enum connector_state state);

/** The monotonic time of its loop. */
int64_t connector_now_ms(const struct connector *connector);

/** How long one address may take. */
int64_t connector_connect_ms(const struct connector *connector);

/** Where texts of its facts live. */
struct arena *connector_arena(const struct connector *connector);

/** One way was tried. @return whether it decides as things stand */
bool connector_settle(struct connector *connector, enum connect_outcome outcome);

/** This address decides. */
void connector_decide(struct connector *connector, const struct route *route,
		      const struct connect_attempt *attempt);

/** It ends because something is not permitted. The value is STEP_DONE. */
enum step connector_bar(struct connector *connector, enum connect_outcome outcome,
			enum reason reason, const char *why);

/** It ends because nothing of `routes` may be dialled. The value is STEP_DONE. */
enum step connector_end_barred(struct connector *connector);

/** It ends with a stream. The value is STEP_DONE. */
enum step connector_finish_with(struct connector *connector, struct stream *inner);

/** Fill `routes`. @return false: a name is being looked up */
bool connector_find_routes(struct connector *connector, bool is_from_host);

/* ---- through a jump host */

/** What is the jump host to dial, and may it be asked? */
enum step connector_step_legs(struct connector *connector);

/** Is its session there, and a place? */
enum step connector_step_host(struct connector *connector);

/** Let it try one address after the other. */
enum step connector_step_forward(struct connector *connector);

/** Does the machine take connections at its SSH port? */
enum step connector_step_proof(struct connector *connector);

/** Note what came of the address that it tries. */
void connector_note_forward(struct connector *connector, enum connect_outcome outcome);

/** End what it is connecting to; harmless if there is nothing. */
void connector_forward_end(struct connector *connector);

#endif
