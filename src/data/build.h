/**
 * A located tree under construction: what yaml.c and json_read.c share. Inside of data only.
 *
 * The reader says what it meets, in order: a key, a scalar, the start and end of a list or a map.
 * The builder links nodes, keeps the ceilings and finds repeated keys. It goes on after a problem,
 * so that all of them are reported, until `is_over` says that a ceiling was passed.
 */
#ifndef DATA_BUILD_H
#define DATA_BUILD_H

#include "data/node.h"
#include "data/yaml.h"

/** Most nodes of a tree, by strictness (design, section 3); an alias counts as all it stands for.
 */
#define OWN_FILE_NODES ((size_t)100000)
#define LOOKED_INTO_NODES ((size_t)1000000)

/** A list or map that is still being filled. */
struct open_node {
	struct node *node;
	struct node *last;      /**< its last child so far */
	const char *key;        /**< map: key of the next value */
	struct place key_where; /**< where that key stands */
	bool has_key;           /**< map: the next thing is a value */
	bool is_merge;          /**< map: that key is `<<` */
	struct node *merges;    /**< map: values of `<<`, in order */
	struct node *last_merge;
};

struct builder {
	struct arena *arena; /**< gets the tree */
	const char *file;
	struct text bytes; /**< of the file, without a byte order mark */
	enum strictness strictness;
	struct problems *problems;
	size_t max_depth;
	size_t max_nodes;
	size_t nodes;                          /**< so far */
	bool has_failed;                       /**< a problem was added: there will be no tree */
	bool is_over;                          /**< reading on makes no sense */
	struct VEC(struct open_node) open;     /**< innermost last */
	struct node *root;                     /**< of the first document */
	struct node *last_root;                /**< of the newest document */
	struct VEC(struct repeated_key) again; /**< LOOKED_INTO: keys met a second time */
};

/** Add a problem at a place; there will be no tree. */
void build_problem(struct builder *builder, enum problem_kind kind, struct place where,
		   const char *hint, const char *format, ...) __attribute__((format(printf, 5, 6)));

/** The place of a byte; slow, for problems. */
struct place build_place(const struct builder *builder, size_t offset);

/** Step over a byte order mark; refuse NUL, invalid UTF-8 and UTF-16, with the place. 0 or -1. */
int build_check_bytes(struct builder *builder);

/** Is the next thing a key? */
bool build_wants_key(const struct builder *builder);

/** The key of the next value, which is dropped if `key` is NULL; `is_merge` for `<<`, whose value
 * is merged into the map. */
void build_key(struct builder *builder, const char *key, struct place where, bool is_merge);

/** A list or map stands where a key should be. */
void build_refuse_key(struct builder *builder, const struct node *node, struct place where);

/** A scalar; NULL if the tree has too many nodes already. `text` is NUL-terminated in the arena. */
struct node *build_scalar(struct builder *builder, struct place where, struct text text,
			  bool is_quoted);

/** A list or map starts; NULL if the tree is too deep or has too many nodes. */
struct node *build_open(struct builder *builder, enum node_kind kind, struct place where);

/** The innermost list or map ends; repeated keys are found now. */
void build_close(struct builder *builder);

/**
 * The alias at `where` stands for `original`, which the caller knows to be complete. What that
 * holds is shared, not copied, but counts towards the ceilings as if it were.
 */
void build_alias(struct builder *builder, const struct node *original, struct place where);

/**
 * End of the file: hand over what was built.
 *
 * @return 0, `*root` and `repeats` filled; -1 if there were problems
 */
int build_finish(struct builder *builder, struct repeated_keys *repeats, struct node **root);

/** Free what is not in the arena. */
void build_release(struct builder *builder);

#endif
