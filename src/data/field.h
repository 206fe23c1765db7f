/**
 * Field tables: rows that say which keys a map may have, what each holds and where it goes in a
 * struct.
 *
 * The same rows drive decoding, unknown-key errors with a suggestion, `gaterun kinds`, the manual
 * and (later) the JSON Schema. To add a setting: add the member to the struct and one row to its
 * table.
 */
#ifndef DATA_FIELD_H
#define DATA_FIELD_H

#include <stdint.h>

#include "data/node.h"

enum field_type {
	FIELD_TEXT,     /**< const char *: any scalar, not null */
	FIELD_BOOL,     /**< bool: true or false (also yes/no, on/off; unquoted) */
	FIELD_INT,      /**< int64_t from `min` to `max` */
	FIELD_DURATION, /**< int64_t milliseconds, written 500ms, 10s, 5m, 2h, 14d; at most `max` if
			   set */
	FIELD_DATE,     /**< int64_t: first UTC millisecond of the day, written 2026-03-01 */
	FIELD_CHOICE,   /**< int: the value of the word in `choices` */
	FIELD_TEXTS,    /**< struct texts: a list of scalars; one scalar counts as a list of one */
	FIELD_STRUCT,   /**< a nested struct of `fields`, in place */
	FIELD_LIST,     /**< struct rows: a list of structs of `fields` and `size` */
	FIELD_MAP,    /**< struct entries: any keys, each value a struct of `fields` and `size`, or,
			   without `fields`, a struct texts */
	FIELD_NODE,   /**< const struct node *: kept as it is, decoded by somebody else */
	FIELD_CUSTOM, /**< whatever `parse` makes of the node */
};

/** A word and what it stands for; tables end with {0}. */
struct choice {
	const char *word;
	int value;
	const char *doc;
};

/** Lists of scalars. `nodes[i]` says where `at[i]` stood. */
struct texts {
	const char **at;
	const struct node **nodes;
	size_t len;
};

/** A list of structs, in the arena; element i is at (char *)at + i * size. */
struct rows {
	void *at;
	size_t len;
};

/** A map with free keys. Element i of `at` belongs to keys[i]. */
struct entries {
	const char **keys;
	const struct node **nodes;
	void *at;
	size_t len;
};

struct decode;

/** One row of a field table; tables end with {0}. */
struct field {
	const char *name;
	enum field_type type;
	size_t offset; /**< offsetof the member */
	bool required;
	bool nullable; /**< null counts as "not there" instead of a mistake */
	int64_t min;
	int64_t max;          /**< FIELD_INT, FIELD_DURATION; 0: no limit, unless `min` is below */
	const char *fallback; /**< default, in the words a user would write; NULL: zero */
	const struct choice *choices; /**< FIELD_CHOICE */
	const struct field *fields;   /**< FIELD_STRUCT, FIELD_LIST, FIELD_MAP */
	size_t size;                  /**< element size for FIELD_LIST and FIELD_MAP */
	/** FIELD_CUSTOM: store at `out`; report mistakes with decode_problem. */
	void (*parse)(struct decode *decode, const struct node *node, void *out);
	const char *doc; /**< one sentence without a full stop */
};

/** Where decoding puts things, and how strict it is. */
struct decode {
	struct arena *arena;       /**< owns what decoding allocates */
	struct problems *problems; /**< gets every mistake */
	struct text source;        /**< bytes of the file, for quoting lines */
	bool keeps_unknown;        /**< unknown keys are ignored (bindings) instead of problems */
	const char *what; /**< for messages: "a gate", "the probe policy", "a tls_endpoint gate" */
};

/**
 * Decode a map into a struct that is zeroed or holds defaults.
 *
 * Every mistake is a problem; a member whose value is wrong keeps its default. A row's `node`
 * member, if the caller wants places later, is filled by the caller or by a FIELD_NODE row named ""
 * (the map itself), which matches no key.
 *
 * @param map  may be NULL or null: as an empty map at `where`
 * @return     0 if no problem was added, else -1
 */
int decode_fields(struct decode *decode, const struct node *map, struct place where,
		  const struct field *fields, void *out);

/** Add a problem at `node`. */
void decode_problem(struct decode *decode, enum problem_kind kind, const struct node *node,
		    const char *hint, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/** Does the list hold the word? NULL is in no list. */
bool texts_hold(const struct texts *list, const char *word);

/**
 * The word that the key `at` of a map with free keys is a slip of; NULL if it is none.
 *
 * A key is a slip if it is near a known word that the map does not hold: where both stand, both are
 * meant.
 *
 * @param known  words with a meaning of their own, ended by NULL
 */
const char *entries_slip(const struct entries *map, size_t at, const char *const *known);

/** Is it the name of a row? */
bool field_is_known(const struct field *fields, const char *key);

/**
 * The key of a map, without a meaning itself, that is a slip of the row `name`; NULL if none is.
 *
 * @param map  NULL: nothing is there
 */
const char *field_slip(const struct field *fields, const struct node *map, const char *name);

/** The word of a choice value; "?" if there is none. */
const char *choice_word(const struct choice *choices, int value);

/** The value of a word; -1 if it is none of the choices (whose values are not negative). */
int choice_value(const struct choice *choices, const char *word);

/** How the values of a row are written, for catalogues: "duration", "one of a, b, c", "list of
 * text". */
void field_describe(const struct field *field, struct str *out);

#endif
