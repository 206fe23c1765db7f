/**
 * Changing a YAML file in place, for files that people write: what is not meant stays as it is,
 * byte for byte, comments and all.
 *
 * A change is a splice at the place of a located node, in the file's own style: its indentation,
 * its quotes, its line ends, its blank lines between rows. The same change is made to the tree.
 * yaml_edit_finish puts the bytes together, reads them again, and hands them over only if they say
 * exactly what the tree says; whatever went wrong, nothing else comes out.
 *
 * What cannot be changed without writing it anew (text over several lines, a list of rows in
 * brackets) is refused with its place. Anchors, aliases and tags are refused by the reader already.
 */
#ifndef DATA_YAML_EDIT_H
#define DATA_YAML_EDIT_H

#include "base/err.h"
#include "data/field.h"
#include "data/yaml.h"

enum yaml_value_sort {
	YAML_TEXT, /**< text; quoted where it would otherwise mean something else */
	YAML_WORD, /**< a number, true, false: stands as it is */
	YAML_LIST, /**< texts */
};

/** What is to stand behind a key. */
struct yaml_value {
	enum yaml_value_sort sort;
	const char *text;         /**< YAML_TEXT, YAML_WORD: printable, on one line */
	const struct texts *list; /**< YAML_LIST */
};

/** A key of a new row. */
struct yaml_entry {
	const char *key; /**< letters, digits and '_' */
	struct yaml_value value;
};

/** Bytes to be replaced. */
struct yaml_splice {
	size_t from;
	size_t to;
	const char *text; /**< in the arena */
	size_t order;     /**< among splices of one place */
};

/** A file that is being changed; the arena owns all of it but the arrays. */
struct yaml_edit {
	struct arena *arena;
	const char *file;
	struct text bytes;        /**< as they are, without a byte order mark */
	struct text mark;         /**< that mark, if there was one */
	const char *newline;      /**< "\n" or "\r\n" */
	struct VEC(size_t) lines; /**< where each line starts */
	struct node *root;        /**< what the file says, then what it will say */
	struct VEC(struct yaml_splice) splices;
};

/**
 * Read the file's bytes, which must stay while it is edited.
 *
 * @return 0; -1 when problems were added
 */
int yaml_edit_open(struct yaml_edit *edit, struct arena *arena, const char *file, struct text bytes,
		   struct problems *problems);

/** Free the arrays. */
void yaml_edit_release(struct yaml_edit *edit);

static inline void auto_yaml_edit(struct yaml_edit *edit)
{
	yaml_edit_release(edit);
}

/** The value of `key` in a map of the tree; NULL if there is none. */
struct node *yaml_edit_get(struct node *map, const char *key);

/**
 * Replace the value of a key, or add the key.
 *
 * A list that has other members keeps those it should have, in their order and on their lines, and
 * gets the new ones behind them. Each key is set at most once.
 *
 * @param after  a new key stands behind this one, whose value is on one line
 * @return       0; -1 with ERR_INPUT and the place of what cannot be changed
 */
int yaml_edit_set(struct yaml_edit *edit, struct node *map, const struct yaml_entry *entry,
		  const char *after, struct err *err);

/**
 * Add a map at the end of a list of maps, written as its last row is, and quoted as the same keys
 * are there. Rows that are added one after the other stay in order. Changes of the rows that are
 * there come first.
 */
int yaml_edit_add_row(struct yaml_edit *edit, struct node *list, const struct yaml_entry *entries,
		      size_t count, struct err *err);

/** Take a row out, with the comments inside of it. The last row that is left stays. */
int yaml_edit_remove_row(struct yaml_edit *edit, struct node *list, struct node *row,
			 struct err *err);

/**
 * Append the file as it should be.
 *
 * @return 0; -1 with ERR_INTERNAL if the bytes would not say what the tree says, or ERR_LIMIT if
 *         they would be more than such a file may have
 */
int yaml_edit_finish(const struct yaml_edit *edit, struct str *out, struct err *err);

/** Does the text mean itself without quotes, to every reader of YAML 1.1 and 1.2, anywhere? */
bool yaml_is_plain(struct text text);

#endif
