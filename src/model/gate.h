/**
 * Gates as the operator wrote them, and the kinds that can judge them.
 *
 * A kind is one file and one row (`const struct kind kind_<name>`); the table of rows is assembled
 * in cli/kinds.c and handed down. What a gate says under `with:` is decoded by its kind's field
 * table.
 */
#ifndef MODEL_GATE_H
#define MODEL_GATE_H

#include "data/field.h"
#include "model/shard.h"
#include "model/verdict.h"

struct check;
struct gate;

/** Bindings a kind cannot work without. */
enum need {
	NEEDS_TARGETS = 1,
	NEEDS_DEVICES = 2,
	NEEDS_ENDPOINTS = 4,
	NEEDS_KNOWN_HOSTS = 8,
	NEEDS_GIT_LIST = 16, /**< the list of tracked files */
	NEEDS_TAILNET_POLICY = 32,
};

/** The field table of a kind without settings. */
extern const struct field no_settings[];

/** What judges a gate. */
struct kind {
	const char *name;           /**< snake_case, as in `kind:` */
	const char *doc;            /**< one or two sentences: what it reads and when it passes */
	const struct field *fields; /**< settings under `with:` */
	size_t settings_size;       /**< 0 with no_settings */
	enum mode mode;             /**< the lowest mode in which it can do anything */
	/** The lowest mode with these settings, if it is not always `mode`. NULL: it is. */
	enum mode (*mode_of)(const void *settings);
	unsigned needs;     /**< enum need */
	bool is_per_target; /**< `targets:` is allowed; findings are about targets */
	bool uses_sessions; /**< asks for sessions to the targets it selects (check/reach/reach.h)
			     */
	bool connects; /**< to targets it selects (check/reach/reach_connect.h), so perhaps through
			  jump hosts, whose sessions are kept meanwhile */
	/** Is a gate with these settings about this machine alone, and about no targets? Then it
	 * needs none of what targets need. NULL: never, where it is per target. */
	bool (*is_local)(const void *settings);
	const char *acts_as; /**< another kind: what `never` rules of the policy say about that one
				holds for this one too; NULL: none */
	bool is_text;        /**< looks at tracked files; `except:` in gaterun.yaml applies */
	/** Further rules for the settings; mistakes via decode_problem. NULL: none. */
	void (*check_settings)(struct decode *decode, const struct gate *gate, void *settings);
	/** Let go of what check_settings made outside the arena. NULL: nothing. */
	void (*release_settings)(void *settings);
	/** May it begin now? If not, it is woken when it may ask again; its own timeout counts from
	 * then on. NULL: always. */
	bool (*has_room)(struct check *check);
	/** Start what takes time; NULL: nothing does. Called once, when all required gates are
	 * done. */
	void (*begin)(struct check *check);
	/** Is everything there that judge wants? NULL: yes. Asked whenever the check is woken. */
	bool (*is_ready)(const struct check *check);
	/** Give the findings; once; at the deadline with whatever is there. Never blocks. */
	void (*judge)(struct check *check);
};

/** Which targets a per-target gate is about; empty lists choose nothing. */
struct selector {
	bool all; /**< every target; the default when nothing else is said */
	struct texts ids;
	struct texts tags;
	struct texts policies; /**< access policies by word */
	struct texts except;   /**< ids left out */
	struct shard shard;    /**< of those only this part; of a run, never of a gate */
};

struct gate {
	const struct node *node; /**< the whole map, for places */
	const char *file;        /**< where it stands; "shipped:020-….yaml" for embedded ones */
	struct text bytes;       /**< of that file */
	char sha256[65];         /**< of those bytes */
	const char *id;
	struct texts aliases;
	const char *title;
	const char *kind_name;
	const struct kind *kind;
	const struct node *with;
	void *settings; /**< kind->settings_size bytes, decoded */
	struct texts packs;
	int severity;          /**< enum severity */
	bool enforce;          /**< never in the shadow of another */
	const char *shadow_of; /**< the gate that decides in its place; NULL: none */
	bool allow_empty;      /**< having nothing to check is a pass */
	struct texts requires; /**< gate ids */
	const struct node *targets_node;
	struct selector targets;
	int64_t timeout_ms;
	const char *owner;
	int64_t review_by_utc_ms; /**< 0: none */
	const char *triage;
	const char *explain;
	struct texts except; /**< globs from gaterun.yaml for this gate */
};

struct gates {
	struct gate *at; /**< sorted by id (letters, then number) */
	size_t len;
	bool is_borrowed; /**< of another repo, which lets go of them */
	bool is_partial;  /**< a file could not be read: it may hold a gate that others name */
};

/** Field table of a gate file, for catalogues and the manual. */
extern const struct field gate_fields[];

/**
 * Decode and check one gate file's tree; every mistake is a problem.
 *
 * @param kinds  NULL-ended table
 */
void gate_decode(struct decode *decode, const struct node *root, const struct kind *const *kinds,
		 struct gate *gate);

/** Globs with mistakes are problems. */
void globs_check(struct decode *decode, const struct texts *globs);

/** Does one of them match the path? */
bool globs_match(const struct texts *globs, const char *path);

/** Is `id` [A-Z]{1,4}[0-9]{1,4}? */
bool gate_id_is_valid(const char *id);

/** The gate with this id or alias; NULL if there is none. */
const struct gate *gates_find(const struct gates *gates, const char *id);

/** Is it about targets: is its kind, and does it say nothing else? */
bool gate_is_per_target(const struct gate *gate);

/** The lowest mode in which it can do anything. */
enum mode gate_mode(const struct gate *gate);

/** The bindings that it cannot work without, as enum need. */
unsigned gate_needs(const struct gate *gate);

/** Is the gate in the pack? Every gate is in `all`. */
bool gate_in_pack(const struct gate *gate, const char *pack);

/** The kind of that name; NULL if there is none. */
const struct kind *kind_find(const struct kind *const *kinds, const char *name);

/** The kind whose name is probably meant by a misspelt word; NULL if none is near. */
const char *kind_nearest(const struct kind *const *kinds, const char *word);

/** Add the problem that a scalar is not a kind, with the one that may be meant. */
void kind_unknown(struct decode *decode, const struct node *node, const struct kind *const *kinds);

#endif
