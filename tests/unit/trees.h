/**
 * What the tests of trees (git/tree.h) expect of a read by path.
 */
#ifndef TESTS_TREES_H
#define TESTS_TREES_H

#include <string.h>

#include "git/tree.h"

#define MIB ((size_t)1024 * 1024)

__attribute__((unused)) static void expect_text(struct tree *tree, const char *path,
						const char *expected)
{
	struct text bytes = {0};
	struct err err = {0};

	if (tree_read(tree, path, MIB, &bytes, &err) != TREE_OK) {
		fail_msg("%s", err.text);
	}
	assert_int_equal(bytes.len, strlen(expected));
	assert_memory_equal(bytes.at, expected, bytes.len);
}

/** Nothing is read, for this reason. */
__attribute__((unused)) static void expect_answer(struct tree *tree, const char *path,
						  enum tree_answer answer, const char *sentence)
{
	struct text bytes = {0};
	struct err err = {0};

	assert_int_equal(tree_read(tree, path, MIB, &bytes, &err), answer);
	assert_string_equal(err.text, sentence);
	assert_null(bytes.at);
}

#endif
