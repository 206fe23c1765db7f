/**
 * The settings of yaml_assert.
 */
#ifndef CHECK_ROWS_YAML_ASSERT_H
#define CHECK_ROWS_YAML_ASSERT_H

#include "check/check.h"
#include "check/rows/yaml_value.h"

/** A row of `where` and `unless`: the value at the path is one of these. */
struct condition {
	struct yaml_path path;
	struct texts values;
};

struct conditions {
	struct condition *at;
	size_t len;
};

/** How many members there are to be. */
struct member_bounds {
	struct bound min;
	struct bound max;
};

struct yaml_assert {
	const char *file;
	struct texts files;
	const char *each_text; /**< "": the whole document */
	struct yaml_path each;
	const char *name; /**< NULL: by id, then name */
	struct entries where_entries;
	struct conditions where;
	struct entries unless_entries;
	struct conditions unless;
	struct member_bounds members;
	struct rows asserts; /**< of struct assertion */
};

extern const struct field yaml_assert_fields[];

/** Compile paths and patterns; further rules between the settings. */
void yaml_assert_check_settings(struct decode *decode, const struct gate *gate, void *settings);

/** Free the patterns. */
void yaml_assert_release_settings(void *settings);

#endif
