/**
 * What gaterun.yaml says about loops: where their files are, and what has to prove them.
 *
 *     loops:
 *       folders: [mailroom/state/loop-scopes, backlog/tasks]
 *       packs: [fast]
 *       allow_dirty: false
 *       scopes:
 *         LOOP-X-20260301:
 *           packs: [infra]
 *           allow_preexisting: true
 *           criteria: {"1": [G010, G011], "Backups run": [G050]}
 *
 * A path, or a list of paths, is short for `folders`.
 */
#ifndef MODEL_LOOPS_H
#define MODEL_LOOPS_H

#include "data/field.h"
#include "git/tree.h"

struct gates;

/** What has to prove one loop. */
struct loop_rule {
	struct texts packs;      /**< instead of the packs of its guard commands; empty: those */
	bool allow_preexisting;  /**< failures that the run's baseline has too do not count */
	struct entries criteria; /**< name or text of a criterion -> gate ids (struct texts) */
};

struct loops_settings {
	const struct node *node; /**< as it was written; NULL: not at all */
	struct texts folders;    /**< relative to the root; empty: there are no loops */
	struct texts packs;      /**< of loops whose file names none; empty: fast */
	bool allow_dirty;        /**< evidence may be of a work tree with changes */
	struct entries rules;    /**< id of a loop -> struct loop_rule */
};

/** A row's `parse`: a path, a list of paths, or the map above, into a struct loops_settings. */
void loops_parse(struct decode *decode, const struct node *node, void *out);

/** Is some gate in the pack? */
bool loops_pack_exists(const struct gates *gates, const char *pack);

/** Problems for paths out of the repo, and, once gates are known, for gates that are not there. */
void loops_check_paths(struct decode *decode, const struct loops_settings *settings);
void loops_check_gates(struct decode *decode, const struct loops_settings *settings,
		       const struct gates *gates);

/** The rule of a loop; NULL if there is none. */
const struct loop_rule *loops_rule(const struct loops_settings *settings, const char *id);

#endif
