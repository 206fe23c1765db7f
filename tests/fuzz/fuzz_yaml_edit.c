/*
 * Changes of any file: what comes out can be read and holds what was meant, or there is a sentence
 * and nothing comes out. (That the tree is the one that was meant, yaml_edit_finish sees to
 * itself.)
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "data/yaml_edit.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const char *routes[] = {"10.0.0.0/8", "0.0.0.0/0"};
static const struct texts list = {.at = routes, .len = 2};

static const struct yaml_entry entries[] = {
	{"id", {.sort = YAML_TEXT, .text = "new: \"row\""}},
	{"v", {.sort = YAML_TEXT, .text = "1.94"}},
	{"key", {.sort = YAML_WORD, .text = "true"}},
	{"routes", {.sort = YAML_LIST, .list = &list}},
};

#define COUNT (sizeof(entries) / sizeof(entries[0]))

/** Every key of every map below the list; a refusal has a sentence and changes nothing. */
static void set_all(struct yaml_edit *edit, struct node *devices)
{
	for (struct node *row = devices->first; row; row = row->next) {
		for (size_t i = 1; i < COUNT; i++) {
			struct err err = {0};

			if (row->kind == NODE_MAP &&
			    yaml_edit_set(edit, row, &entries[i], "id", &err)) {
				assert(err.text[0]);
			}
		}
	}
}

static int edit_once(struct arena *arena, struct text bytes, uint8_t choice, struct str *out)
{
	AUTO(auto_problems) struct problems problems = {0};
	AUTO(auto_yaml_edit) struct yaml_edit edit = {0};
	struct node *devices = NULL;
	struct err err = {0};

	if (yaml_edit_open(&edit, arena, "f.yaml", bytes, &problems)) {
		assert(problems.list.len > 0);
		return -1;
	}
	devices = yaml_edit_get(edit.root, "devices");
	if (devices && devices->kind == NODE_LIST) {
		if (choice & 1) {
			set_all(&edit, devices);
		}
		if (choice & 2) {
			(void)yaml_edit_add_row(&edit, devices, entries, COUNT, &err);
		}
		if ((choice & 4) && devices->first) {
			(void)yaml_edit_remove_row(&edit, devices, devices->first, &err);
		}
	}
	if (yaml_edit_finish(&edit, out, &err)) {
		assert(err.text[0] && out->len == 0);
		return -1;
	}
	if (edit.splices.len == 0) {
		assert(text_equal(str_view(out), bytes));
	}
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	/* An exact copy, so that a read behind the end is seen. */
	char *copy = malloc(len ? len : 1);
	struct arena arena = {0};
	AUTO(auto_str) struct str out = {0};

	assert(copy);
	if (len > 1) {
		memcpy(copy, bytes + 1, len - 1);
		(void)edit_once(&arena, (struct text){copy, len - 1}, bytes[0], &out);
	}
	arena_release(&arena);
	free(copy);
	return 0;
}
