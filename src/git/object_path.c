#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "git/object_tree.h"

/** Links that one path may lead over, as the system's limit. */
#define LINKS_MAX 40

void object_path_release(struct object_path *path)
{
	str_release(&path->done);
	str_release(&path->rest);
}

static void drop_last(struct str *path)
{
	const char *slash = path->len > 0 ? strrchr(path->at, '/') : NULL;

	str_cut(path, slash ? (size_t)(slash - path->at) : 0);
}

/** What an absolute target says below the root; NULL if it leads out. */
static const char *below_root(const struct object_tree *self, const char *target)
{
	size_t len = strlen(self->tree.root);

	return strncmp(target, self->tree.root, len) == 0 && target[len] == '/' ? target + len
										: NULL;
}

static enum tree_answer leads_out(const char *path, struct err *err)
{
	err_fill(err, ERR_INPUT, "'%s' leads out of the repo", path);
	return TREE_REFUSED;
}

/** `done` is a link: put its target before the rest. */
static enum tree_answer follow_link(const struct object_tree *self, const struct tree_entry *entry,
				    const char *path, struct object_path *walk, struct err *err)
{
	AUTO(auto_str) struct str next = {0};
	struct object_content target = {0};
	const char *below = NULL;
	size_t skip = 0;
	enum tree_answer answer = object_content_fetch(self, entry, &target, err);

	if (answer != TREE_OK) {
		return answer;
	}
	str_add_text(&next, target.bytes);
	free(target.store);
	walk->is_link = walk->is_link || walk->rest.len == 0;
	if (++walk->links > LINKS_MAX || next.len == 0 || next.len >= PATH_MAX ||
	    strlen(next.at) != next.len) {
		err_fill(err, ERR_INPUT, "'%s' is a symbolic link that leads nowhere", path);
		return TREE_REFUSED;
	}
	if (next.at[0] == '/') {
		below = below_root(self, next.at);
		if (!below) {
			return leads_out(path, err);
		}
		skip = (size_t)(below - next.at);
		str_clear(&walk->done);
	}
	drop_last(&walk->done);
	str_printf(&next, "/%s", str_text(&walk->rest));
	str_clear(&walk->rest);
	str_add(&walk->rest, next.at + skip);
	return TREE_OK;
}

/** One component of the rest. */
static enum tree_answer follow_part(struct object_tree *self, struct text part, const char *path,
				    struct object_path *walk, struct err *err)
{
	const struct tree_entry *entry = NULL;

	if (part.len == 0 || text_is(part, ".")) {
		return TREE_OK;
	}
	if (text_is(part, "..")) {
		if (walk->done.len == 0) {
			return leads_out(path, err);
		}
		drop_last(&walk->done);
		return TREE_OK;
	}
	if (walk->done.len > 0) {
		str_add_char(&walk->done, '/');
	}
	str_add_text(&walk->done, part);
	entry = tree_find(&self->tree, walk->done.at);
	return entry && entry->mode == GIT_MODE_LINK ? follow_link(self, entry, path, walk, err)
						     : TREE_OK;
}

enum tree_answer object_path_follow(struct object_tree *self, const char *path,
				    struct object_path *walk, struct err *err)
{
	enum tree_answer answer = TREE_OK;

	str_add(&walk->rest, path);
	while (answer == TREE_OK && walk->rest.len > 0) {
		size_t len = strcspn(walk->rest.at, "/");
		AUTO(auto_free) char *part = mem_copy(walk->rest.at, len);
		size_t skip = len + (walk->rest.at[len] == '/' ? 1 : 0);
		size_t left = walk->rest.len - skip;

		memmove(walk->rest.at, walk->rest.at + skip, left + 1);
		str_cut(&walk->rest, left);
		answer = follow_part(self, text_of(part), path, walk, err);
	}
	return answer;
}
