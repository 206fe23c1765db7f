/**
 * gaterun.yaml and the places of everything else; private to model.
 */
#ifndef MODEL_CONFIG_H
#define MODEL_CONFIG_H

#include "model/repo.h"

/** Read gaterun.yaml if there is one; mistakes are problems. */
void config_load(struct repo *repo, struct problems *problems);

/** One of the files that gaterun.yaml may move. */
struct file_place {
	const char *key;    /**< under `bindings:` */
	const char *path;   /**< relative to the root; NULL: declared as none */
	bool is_named;      /**< gaterun.yaml names it, so it must exist */
	struct place where; /**< where it is named */
};

/** Where the file of that key is. */
struct file_place config_place(const struct config *config, const char *key);

#endif
