/**
 * What a daemon or a server says in JSON, read strictly into structs: the one way in for all of it.
 *
 * The tree is judged as JSON, and refused with one sentence if a key stands twice in a map. Members
 * are then read by name: one that is absent or null is empty, one of another type than expected is
 * the sentence. The first mistake is kept and nothing after it counts, so that a reader asks once,
 * at the end. Unknown members are ignored: the other side may be newer.
 */
#ifndef NET_JSON_READER_H
#define NET_JSON_READER_H

#include "base/err.h"
#include "base/mem.h"
#include "data/node.h"
#include "net/address.h"

/** Texts in an arena; `at` is NULL where there are none. */
struct text_list {
	const char **at;
	size_t len;
};

/** Addresses in an arena. */
struct address_list {
	struct address *at;
	size_t len;
};

/** Networks in an arena. */
struct network_list {
	struct network *at;
	size_t len;
};

/** A time that may not be set. */
struct set_time {
	bool is_set;
	int64_t utc_ms;
};

/** A tree being read. */
struct json_reader {
	struct arena *arena;    /**< gets what is read */
	const char *what;       /**< for messages: "the status" */
	struct err err;         /**< the first mistake; ERR_NONE: none yet */
	struct arena tree;      /**< of the tree itself */
	const struct node *top; /**< its root */
};

/**
 * Judge bytes as JSON.
 *
 * @param arena  borrowed; gets what is read
 * @param what   for messages: "the status"
 * @return       0; -1 with ERR_INPUT and nothing to close
 */
int json_reader_open(struct json_reader *reader, struct arena *arena, const char *what,
		     struct text bytes, struct err *err);

/** Let go of the tree. @return 0; -1 with the first mistake of the reading */
int json_reader_close(struct json_reader *reader, struct err *err);

/** The member as a map or a list; NULL if it is absent or null. */
const struct node *reader_map(struct json_reader *reader, const struct node *map, const char *key);
const struct node *reader_list(struct json_reader *reader, const struct node *map, const char *key);

/** A member; `map` may be NULL. Absent or null: NULL, false, 0. */
const char *reader_text(struct json_reader *reader, const struct node *map, const char *key);
bool reader_bool(struct json_reader *reader, const struct node *map, const char *key);
int64_t reader_int(struct json_reader *reader, const struct node *map, const char *key);

/** An RFC 3339 time; the year 1 stands for "not set", as Go writes it. */
struct set_time reader_time(struct json_reader *reader, const struct node *map, const char *key);

/** A member that is a list of texts, addresses, or networks; an address counts as a network of all
 * its bits. */
struct text_list reader_texts(struct json_reader *reader, const struct node *map, const char *key);
struct address_list reader_addresses(struct json_reader *reader, const struct node *map,
				     const char *key);
struct network_list reader_networks(struct json_reader *reader, const struct node *map,
				    const char *key);

/** The keys of a member that is a map, whatever their values are. */
struct text_list reader_keys(struct json_reader *reader, const struct node *map, const char *key);

/** The texts of a list itself; NULL or null: none. `key` is for messages. */
struct text_list reader_values(struct json_reader *reader, const struct node *list,
			       const char *key);

/** A value itself, of a map with free keys; `key` is for messages. */
bool reader_value_bool(struct json_reader *reader, const struct node *value, const char *key);

/** Keep a mistake at a value, unless there is one already. */
void reader_refuse(struct json_reader *reader, const struct node *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** Does the list hold the text? */
bool text_list_holds(const struct text_list *list, const char *text);

#endif
