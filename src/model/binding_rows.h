/**
 * What the three binding decoders share; private to model.
 */
#ifndef MODEL_BINDING_ROWS_H
#define MODEL_BINDING_ROWS_H

#include "model/binding.h"

/** How a row is called: "target", its id, and where it stands if it has none. */
struct row_name {
	const char *type; /**< "target" */
	const char *id;   /**< NULL if missing */
	const char *list; /**< "ssh_targets" */
	size_t index;     /**< from 0 */
};

/** A decode that collects into the binding's own problems and keeps unknown keys. */
struct decode binding_decode(struct arena *arena, struct binding *binding, const char *what);

/** FIELD_CUSTOM: an address into a struct address_field. */
void parse_address_field(struct decode *decode, const struct node *node, void *out);

/** FIELD_CUSTOM: an address or a name into a struct address_field. */
void parse_host_field(struct decode *decode, const struct node *node, void *out);

/** Non-empty, without blanks, and printable as it is: it becomes part of subjects. */
bool row_id_is_valid(const char *id);

/** The list under `key`; NULL (and the binding broken) if there is none. */
const struct node *binding_rows(struct decode *decode, struct binding *binding,
				const struct node *holder, const char *key);

/** Decode one row; row_close must follow once further rules about the row were checked. */
void row_decode(struct decode *decode, struct binding *binding, const struct node *node,
		const struct field *fields, struct row *row, void *out);

/** Count the row's problems and give it its subject. */
void row_close(struct decode *decode, struct binding *binding, struct row *row,
	       const struct row_name *name);

#endif
