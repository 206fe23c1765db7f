/**
 * The settings of cross_ref.
 */
#ifndef CHECK_ROWS_CROSS_REF_H
#define CHECK_ROWS_CROSS_REF_H

#include "check/rows/joined_values.h"
#include "check/rows/members.h"

/** One of the two sides. */
struct ref_side {
	const struct node *node;
	struct member_choice choice;
	const char *key_text;
	struct yaml_path key;
	const char *also_text; /**< NULL: a row has no further names */
	struct yaml_path also;
	bool is_optional; /**< rows without a key are passed over */
};

enum ref_mode {
	REF_SUBSET, /**< each key of the left stands on the right */
	REF_EQUAL,  /**< and the other way round */
};

/** When a comparison is passed over. */
enum ref_unless {
	UNLESS_NEVER,
	UNLESS_LEFT,
	UNLESS_RIGHT,
	UNLESS_EITHER,
};

/** A row of `compare`. */
struct ref_compare {
	const struct node *node;
	const char *left_text;
	struct yaml_path left;
	const char *right_text; /**< NULL: as left */
	struct yaml_path right;
	int form;   /**< enum value_form */
	int unless; /**< enum ref_unless */
	const char *hint;
};

struct cross_ref {
	struct ref_side left;
	struct ref_side right;
	int mode;               /**< enum ref_mode */
	int form;               /**< enum value_form: of keys */
	struct entries aliases; /**< keys of the left, by other words: struct texts, one each */
	struct rows compare;    /**< of struct ref_compare */
	const char *hint;
};

extern const struct field cross_ref_fields[];

/** Compile the paths; further rules between the settings. */
void cross_ref_check_settings(struct decode *decode, const struct gate *gate, void *settings);

#endif
