#include "closure/scopes.h"

#include <string.h>

#include "base/cleanup.h"

/** Most files of loops that are read; the rest is a problem. */
#define SCOPES_MAX ((size_t)10000)

static bool is_markdown(const char *name)
{
	size_t len = strlen(name);

	return name[0] != '.' && len > 3 && strcmp(name + len - 3, ".md") == 0;
}

static void read_file(const struct repo *repo, const char *file, struct scopes *out)
{
	struct text bytes = {0};
	struct scope scope = {0};
	struct err err = {0};

	if (tree_read(repo->tree, file, SCOPE_BYTES, &bytes, &err) != TREE_OK) {
		problems_add(&out->problems, PROBLEM_FILE, (struct place){file, 0, 0},
			     (struct text){0}, NULL, "%s", err.text);
		return;
	}
	scope_read(file, bytes, &scope);
	if (!scope_is_one(&scope)) {
		scope_release(&scope);
		return;
	}
	*VEC_ADD(&out->list) = scope;
}

static void read_folder(const struct repo *repo, const char *folder, struct scopes *out)
{
	struct tree_names names = {0};
	struct err err = {0};

	if (tree_directory(repo->tree, folder, &names, &err) != TREE_OK) {
		problems_add(&out->problems, PROBLEM_FILE, (struct place){folder, 0, 0},
			     (struct text){0}, "'loops' in gaterun.yaml names it", "%s", err.text);
		return;
	}
	for (size_t i = 0; i < names.len; i++) {
		if (!is_markdown(names.at[i])) {
			continue;
		}
		if (out->list.len == SCOPES_MAX) {
			problems_add(&out->problems, PROBLEM_FILE, (struct place){folder, 0, 0},
				     (struct text){0}, NULL, "more than %zu loops", SCOPES_MAX);
			break;
		}
		read_file(repo, arena_printf(&out->arena, "%s/%s", folder, names.at[i]), out);
	}
	tree_names_release(&names);
}

/** One id, two files: nobody could say which is meant. */
static void check_ids(struct scopes *out)
{
	for (size_t i = 1; i < out->list.len; i++) {
		struct scope *scope = &out->list.at[i];

		for (size_t k = 0; scope->id && k < i; k++) {
			if (same_string(scope->id, out->list.at[k].id)) {
				problems_add(&scope->problems, PROBLEM_VALUE,
					     (struct place){scope->file, 1, 1}, (struct text){0},
					     NULL, "'%s' is the id of %s too", scope->id,
					     out->list.at[k].file);
				break;
			}
		}
	}
}

void scopes_read(const struct repo *repo, struct scopes *out)
{
	const struct texts *folders = &repo->config.loops.folders;

	for (size_t i = 0; i < folders->len; i++) {
		read_folder(repo, folders->at[i], out);
	}
	check_ids(out);
}

void scopes_release(struct scopes *scopes)
{
	for (size_t i = 0; i < scopes->list.len; i++) {
		scope_release(&scopes->list.at[i]);
	}
	VEC_RELEASE(&scopes->list);
	problems_release(&scopes->problems);
	arena_release(&scopes->arena);
}

const struct scope *scopes_find(const struct scopes *scopes, const char *name)
{
	for (size_t i = 0; i < scopes->list.len; i++) {
		const struct scope *scope = &scopes->list.at[i];

		if (same_string(scope->id, name) || strcmp(scope->file, name) == 0) {
			return scope;
		}
	}
	return NULL;
}

const struct scope *scopes_twin(const struct scopes *scopes, const struct scope *scope)
{
	for (size_t i = 0; scope->id && i < scopes->list.len; i++) {
		const struct scope *other = &scopes->list.at[i];

		if (other != scope && same_string(other->id, scope->id)) {
			return other;
		}
	}
	return NULL;
}

const char *scopes_nearest(const struct scopes *scopes, const char *name)
{
	AUTO(auto_free) const char **ids = mem_alloc((scopes->list.len + 1) * sizeof(*ids));
	size_t count = 0;

	for (size_t i = 0; i < scopes->list.len; i++) {
		if (scopes->list.at[i].id) {
			ids[count++] = scopes->list.at[i].id;
		}
	}
	return nearest_word(name, ids);
}
