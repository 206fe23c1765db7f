/**
 * What a node says about itself, and what it means; judged on captured facts.
 */
#ifndef CHECK_TAILNET_NODE_H
#define CHECK_TAILNET_NODE_H

#include "check/check.h"
#include "net/tailnet_prefs.h"
#include "net/tailnet_status.h"

/** Settings. */
struct tailnet_node_gate {
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
	const struct tailnet_status *status;
	const struct tailnet_prefs *prefs; /**< NULL: not known, so routes are not judged */
	int64_t now_utc_ms;
};

/** Give the findings about a node, under the settings of the check. */
void judge_node(struct check *check, const struct node_facts *facts);

/** Is a health message about nothing that an operator has to do now? */
bool health_is_harmless(const char *message, const struct texts *ignored);

#endif
