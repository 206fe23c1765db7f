/* Paths from any bytes: what is read leads from values to values, or to a place. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "check/rows/yaml_path.h"
#include "data/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const char tree_text[] = "name: one\n"
				"ports: [{name: http, port: 80}, {port: 443}, [a, [b]]]\n"
				"a.b: {c: {d: e}}\n"
				"services: {web: {image: x}, db: {image: y}}\n";

static void require(bool holds)
{
	if (!holds) {
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	/* An exact copy, so that a read behind the end is seen. */
	char *copy = malloc(len ? len : 1);
	struct arena arena = {0};
	struct problems problems = {0};
	struct node *root = NULL;
	struct yaml_path path = {0};
	struct yaml_founds founds = {0};
	struct err err = {0};

	require(copy != NULL);
	memcpy(copy, bytes, len);
	require(yaml_load(&arena, "f.yaml", text_of(tree_text), LOOKED_INTO, &problems, NULL,
			  &root) == 0);
	if (yaml_path_parse(&arena, (struct text){copy, len}, &path, &err)) {
		require(err.text[0] != '\0');
	} else {
		require(path.len <= YAML_PATH_STEPS);
		yaml_path_find(&path, root, &founds);
		for (size_t i = 0; i < founds.len; i++) {
			require(founds.at[i].where.line > 0);
		}
	}
	VEC_RELEASE(&founds);
	arena_release(&arena);
	problems_release(&problems);
	free(copy);
	return 0;
}
