/**
 * What has to change in the tailnet snapshot so that it says what the live tailnet says; pure.
 *
 * Of a row that is there, only what the tailnet knows is changed: tailscale_ip and fqdn, and
 * key_expiry_disabled, client_version, os, advertised_routes and enabled_routes where the row has
 * them and the source tells them. Everything else was written by somebody who knows why. A device
 * that is gone keeps its row unless `prunes` is set: a daemon sees only what policy shows it.
 */
#ifndef CHECK_TAILNET_SNAPSHOT_PLAN_H
#define CHECK_TAILNET_SNAPSHOT_PLAN_H

#include "check/tailnet/live_pairing.h"
#include "data/yaml_edit.h"

enum snapshot_sort {
	SNAPSHOT_ADD,    /**< a device that has no row */
	SNAPSHOT_REMOVE, /**< a row without a device, to be removed */
	SNAPSHOT_GONE,   /**< a row without a device, which stays */
	SNAPSHOT_FIELD,  /**< a value of a row */
	SNAPSHOT_HEAD,   /**< a value of the file's head */
};

/** Most keys of a new row. */
#define SNAPSHOT_ROW_KEYS 9

struct snapshot_change {
	enum snapshot_sort sort;
	const char *device;      /**< the row's id, or the one it gets; NULL for the head */
	size_t row;              /**< index of the row that is there */
	const char *field;       /**< FIELD and HEAD: the key; of the head with its parent, "a.b" */
	const char *parent;      /**< HEAD: the map that has the key; NULL: the root */
	const char *old_text;    /**< FIELD and HEAD; NULL: there is none */
	const char *new_text;    /**< the same */
	struct yaml_entry entry; /**< FIELD and HEAD: what to write */
	const struct yaml_entry *entries; /**< ADD */
	size_t entry_count;
	const char *note;   /**< ADD: why it gets its access_policy; else NULL */
	struct place where; /**< of what is there; no line for ADD */
};

struct snapshot_plan {
	struct VEC(struct snapshot_change) changes; /**< head, rows in order, then new ones */
	size_t added;                               /**< devices without a row */
	size_t gone;                                /**< rows without a device */
	size_t changed;                             /**< rows of which a value differs */
	bool writes; /**< something is to be written: not so if all that differs is kept */
};

/** What is compared. */
struct snapshot_question {
	const struct devices *rows;
	const struct targets *targets; /**< for the access_policy of new devices */
	const struct live_devices *live;
	bool prunes;
	int64_t now_utc_ms;
};

/**
 * Compare.
 *
 * @param out  its texts are in the arena and borrowed from what was compared
 * @return     0; -1 with ERR_INPUT if the live tailnet is not the one of the snapshot, or a row
 * without an id may be any device
 */
int snapshot_plan_make(struct arena *arena, const struct snapshot_question *question,
		       struct snapshot_plan *out, struct err *err);

/** Free the list. */
void snapshot_plan_release(struct snapshot_plan *plan);

/**
 * The snapshot's bytes with the changes made. What comes out was read again and compared with the
 * live tailnet: nothing would be left to write.
 *
 * @param bytes  of the file that `question->rows` was read from; empty: a new file is begun
 * @return       0; -1 with ERR_INPUT and the place of what cannot be changed, or ERR_INTERNAL
 */
int snapshot_plan_write(struct arena *arena, const struct snapshot_question *question,
			const struct snapshot_plan *plan, struct text bytes, struct str *out,
			struct err *err);

#endif
