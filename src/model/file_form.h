/**
 * What may stand in the files that an operator writes: their field tables, by the names of the
 * files.
 *
 * Only for telling it (`gaterun explain FILE`); decoding uses the same tables where they stand. To
 * add a file: its row in file_form.c, its table as an extern here.
 */
#ifndef MODEL_FILE_FORM_H
#define MODEL_FILE_FORM_H

#include "data/field.h"

/** A file, for people. */
struct file_form {
	const char *name;           /**< its default base name; "gate" for those in gates/ */
	const char *doc;            /**< what it is for, as a sentence */
	const struct field *fields; /**< NULL: its keys are not gaterun's */
	const struct field *more;   /**< further keys beside these; NULL: none */
};

/** Ended by {0}. */
extern const struct file_form file_forms[];

/** The form of that name, with or without ".yaml" and the way to it; NULL if there is none. */
const struct file_form *file_form_find(const char *name);

/* The tables, each defined where it is decoded. */

extern const struct field target_default_fields[];
extern const struct field target_fields[];
extern const struct field snapshot_head_fields[];
extern const struct field device_fields[];
extern const struct field endpoint_fields[];
extern const struct field policy_fields[];
extern const struct field waivers_fields[];

#endif
