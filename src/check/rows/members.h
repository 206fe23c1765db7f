/**
 * Members of documents that a gate is about: those of a list or map, as far as `where` and `unless`
 * choose them, each with what a report calls it.
 */
#ifndef CHECK_ROWS_MEMBERS_H
#define CHECK_ROWS_MEMBERS_H

#include "check/rows/documents.h"
#include "check/rows/yaml_path.h"

/** A row of `where` and `unless`: the value at the path is one of these. */
struct condition {
	struct yaml_path path;
	struct texts values;
};

struct conditions {
	struct condition *at;
	size_t len;
};

/** Settings: which members of which documents. */
struct member_choice {
	struct document_source source;
	const char *each_text; /**< "": the whole document */
	struct yaml_path each;
	const char *name; /**< NULL: by id, then name */
	struct entries where_entries;
	struct conditions where;
	struct entries unless_entries;
	struct conditions unless;
};

/* clang-format off */
/* NOLINTBEGIN(bugprone-macro-parentheses): a struct and a member of it */
/** Rows of a field table for the `struct member_choice` that is member `m` of `struct s`. */
#define MEMBER_CHOICE_FIELDS(s, m) \
	DOCUMENT_SOURCE_FIELDS(s, m.source), \
	{"each", FIELD_TEXT, offsetof(struct s, m.each_text), \
	 .doc = "path to a list or map, whose members are judged; without it, the whole document is"}, \
	{"name", FIELD_TEXT, offsetof(struct s, m.name), \
	 .doc = "key by which reports call a member; without it, id, then name, then its key or number"}, \
	{"where", FIELD_MAP, offsetof(struct s, m.where_entries), \
	 .doc = "only members in which each of these paths has this value, or one of these"}, \
	{"unless", FIELD_MAP, offsetof(struct s, m.unless_entries), \
	 .doc = "no members in which each of these paths has this value, or one of these"}
/* NOLINTEND(bugprone-macro-parentheses) */
/* clang-format on */

/**
 * Compile the paths of a choice, and check its source; mistakes are problems.
 *
 * @param named  the map in which the settings stand; NULL: nothing is there
 * @param who    as in document_source_check
 * @param place  as there
 */
void member_choice_check(struct decode *decode, struct member_choice *choice,
			 const struct node *named, const char *who, struct place place);

/** Compile the paths of a map such as `where`; mistakes are problems. */
void conditions_read(struct decode *decode, const struct entries *entries, struct conditions *out);

/** Does each of the paths have one of its values in the member? */
bool conditions_met(const struct conditions *conditions, const struct node *member);

/** Read a path that stands at `node`; a mistake is a problem there. */
void yaml_path_decode(struct decode *decode, const struct node *node, const char *text,
		      struct yaml_path *out);

struct member {
	const struct node *node;
	const char *subject; /**< "row:FILE:each[name]", or "file:FILE" of a whole document */
};

struct members VEC(struct member);

/** Append the members of one document that are chosen; an `each` that leads to no list or map is a
 * finding. */
void members_choose(struct check *check, const struct member_choice *choice,
		    const struct node *document, struct members *out);

#endif
