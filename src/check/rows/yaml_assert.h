/**
 * The settings of yaml_assert.
 */
#ifndef CHECK_ROWS_YAML_ASSERT_H
#define CHECK_ROWS_YAML_ASSERT_H

#include "check/rows/members.h"
#include "check/rows/yaml_value.h"

/** How many members there are to be. */
struct member_bounds {
	struct bound min;
	struct bound max;
};

struct yaml_assert {
	struct member_choice choice;
	struct member_bounds members;
	struct rows asserts; /**< of struct assertion */
};

extern const struct field yaml_assert_fields[];

/** Compile paths and patterns; further rules between the settings. */
void yaml_assert_check_settings(struct decode *decode, const struct gate *gate, void *settings);

/** Free the patterns. */
void yaml_assert_release_settings(void *settings);

#endif
