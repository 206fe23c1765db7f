/**
 * The ops repo: where it is, what gaterun.yaml says, and everything loaded from it, immutable.
 *
 * To add a binding: a row in config_fields and in `places` (config.c), a decode function, a call in
 * repo_load.
 */
#ifndef MODEL_REPO_H
#define MODEL_REPO_H

#include "git/tree.h"
#include "model/binding.h"
#include "model/gate.h"
#include "model/loops.h"
#include "model/policy.h"

/** Where the root says where things are. */
#define CONFIG_FILE "gaterun.yaml"

/** A pack's settings in gaterun.yaml. */
struct pack_settings {
	int64_t budget_ms; /**< 0: none; a gate that is not done by then is unknown */
};

/** gaterun.yaml. Paths are relative to the root; NULL means the default, "none" that there is none.
 */
struct config {
	const char *file; /**< "gaterun.yaml", NULL if there is none */
	struct text bytes;
	char sha256[65];
	int64_t version;
	const char *repo; /**< identity in receipts; NULL: derived from git */
	struct {
		const char *ssh_targets;
		const char *tailnet_snapshot;
		const char *services_health;
		const char *probe_policy;
		const char *known_hosts;
		const char *waivers;
		const char *tailnet_policy;
	} bindings;
	const struct node *node; /**< the whole map; NULL without a file */
	const char *gates;       /**< "shipped" or a directory */
	const char *receipts;
	struct loops_settings loops;
	struct entries packs; /**< of struct pack_settings */
	const char *identity;
	const char *tailscaled_socket; /**< absolute; NULL: where the platform has it */
	bool has_no_tailscaled;        /**< `tailscaled_socket: none` */
	int64_t adopted_utc_ms;
	int keep;              /**< 0 evidence, 1 all */
	struct entries except; /**< gate id -> globs (struct texts) */
};

extern const struct field config_fields[];

struct repo {
	struct arena arena;
	struct tree *tree;
	const char *root;
	struct config config;
	struct targets targets;
	struct devices devices;
	struct endpoints endpoints;
	struct binding known_hosts_file;
	struct known_hosts known_hosts;
	struct policy policy;
	struct waivers waivers;
	struct tailnet_policy tailnet_policy;
	struct gates gates;
};

/**
 * Find the root: `given` if not NULL, else the nearest ancestor of `start` with gaterun.yaml, else
 * the nearest with both bindings/ and gates/. Never $HOME itself.
 *
 * @param out  absolute path, freed by the caller
 * @return     0; -1 with a sentence that says what was looked for (the caller exits with 65)
 */
int repo_find_root(const char *given, const char *start, char **out, struct err *err);

/**
 * Load everything. Work-tree content only, no packet, no git process unless the index needs it.
 *
 * @param kinds     NULL-ended table
 * @param problems  what the operator's files have wrong; non-empty means exit 65
 * @return          0; -1 when problems were added (repo_release is still needed)
 */
int repo_load(struct repo *repo, const char *root, const struct kind *const *kinds,
	      struct problems *problems);

/**
 * As repo_load, from any tree: the index, for what is about to be committed.
 *
 * @param tree  the repo's from now on
 */
int repo_load_tree(struct repo *repo, struct tree *tree, const struct kind *const *kinds,
		   struct problems *problems);

/**
 * As repo_load_tree, to be judged by the gates of another repo: its own gates are not read, and
 * nothing is said about rules that name gates.
 *
 * @param gates  borrowed; they outlive the repo
 */
int repo_load_facts(struct repo *repo, struct tree *tree, const struct gates *gates,
		    struct problems *problems);

/** Load the shipped gates alone, for catalogues outside of a repo. Same results as repo_load. */
int repo_load_shipped(struct repo *repo, const struct kind *const *kinds,
		      struct problems *problems);

/** Let go of everything; also after a load that failed. */
void repo_release(struct repo *repo);

/** The pack's settings; NULL if gaterun.yaml says nothing about it. */
const struct pack_settings *repo_pack(const struct repo *repo, const char *pack);

/** Directory of receipts, relative to the root ("receipts"). */
const char *repo_receipts(const struct repo *repo);

#endif
