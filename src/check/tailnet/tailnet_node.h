/**
 * What a node says about itself, and what it means; judged on captured facts.
 */
#ifndef CHECK_TAILNET_TAILNET_NODE_H
#define CHECK_TAILNET_TAILNET_NODE_H

#include "check/tailnet/daemon.h"

/** Whose nodes a gate is about. */
enum whose_nodes {
	NODES_LOCAL,   /**< that of this machine */
	NODES_TARGETS, /**< those of the selected targets, each asked there */
};

/** What `never` rules forbid who asks the daemon of a target. */
extern const struct kind kind_tailnet_node;

/** Settings. */
struct tailnet_node_gate {
	int nodes;                  /**< enum whose_nodes */
	const char *socket;         /**< of the daemons of targets; NULL: where it usually is */
	struct texts remote_argv;   /**< prints the status there, where the socket cannot be used */
	int64_t key_days;           /**< the node's key lasts so long at least */
	struct texts tags;          /**< that the node has; none: any */
	struct texts ignore_health; /**< starts of messages that do not matter here */
	bool require_direct;        /**< a target that is talked to through a relay fails */
	bool require_magic_dns;
	bool require_latest; /**< a newer version fails */
	bool allow_exit_node;
};

/** What is judged. */
struct node_facts {
	const struct daemon_owner *owner; /**< whose node it is */
	const struct tailnet_status *status;
	const struct tailnet_prefs *prefs; /**< NULL: not known, so routes are not judged */
	int64_t now_utc_ms;
};

/** Give the findings about a node, under the settings of the check. */
void judge_node(struct check *check, const struct node_facts *facts);

#endif
