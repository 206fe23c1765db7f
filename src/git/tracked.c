#include "git/tracked.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "crypto/digest.h"
#include "git/git.h"
#include "git/ls_files.h"

/** Entries below the root, with paths relative to it, each path once. */
static void take_entries(const struct git_place *place, const struct index_list *index,
			 struct arena *arena, struct tree_list *out)
{
	struct tree_entry *at = arena_alloc(arena, index->len * sizeof(struct tree_entry));
	const char *prefix = place->prefix ? place->prefix : "";
	size_t prefix_len = strlen(prefix);
	size_t len = 0;

	for (size_t i = 0; i < index->len; i++) {
		const struct index_entry *entry = &index->at[i];
		const char *path = entry->path + prefix_len;

		if (strncmp(entry->path, prefix, prefix_len) != 0 ||
		    (len > 0 && strcmp(at[len - 1].path, path) == 0)) {
			continue;
		}
		at[len++] = (struct tree_entry){
			.path = path,
			.oid = entry->oid,
			.mode = entry->mode,
			.size = entry->size,
			.is_absent = entry->skip_worktree,
			.is_unwatched = entry->skip_worktree || entry->assume_unchanged,
			.is_conflicted = entry->stage > 0,
			.is_intended = entry->intent_to_add,
		};
	}
	*out = (struct tree_list){at, len, index->oid_bytes};
}

/** Is there a blob without any bytes? */
static bool has_empty_blob(const struct tree_list *list)
{
	static const char empty[] = "blob 0";
	unsigned char oid[OID_MAX_BYTES];

	if (list->oid_bytes == SHA1_BYTES) {
		sha1(empty, sizeof(empty), oid);
	} else {
		sha256(empty, sizeof(empty), oid);
	}
	for (size_t i = 0; i < list->len; i++) {
		if (memcmp(oid, list->at[i].oid, list->oid_bytes) == 0) {
			return true;
		}
	}
	return false;
}

/**
 * `git ls-files` shows a file that is only intended like an empty one, so git is asked which are
 * new in the work tree. `at` are the entries of the list.
 */
static int mark_intended(const struct tracked_source *source, struct tree_entry *at, size_t len,
			 struct err *err)
{
	static const char *const args[] = {
		"diff-files", "-z", "--name-only", "--diff-filter=A", "--relative", "--", ".", NULL,
	};
	AUTO(auto_str) struct str answer = {.max = INDEX_MAX_BYTES};
	struct text rest = {0};
	struct text path = {0};

	if (git_run_on(source->root, source->index_file, args, INDEX_MAX_BYTES, &answer, err)) {
		return -1;
	}
	rest = str_view(&answer);
	for (size_t i = 0; rest.len > 0 && text_split(&rest, '\0', &path); i = 0) {
		while (i < len && !text_is(path, at[i].path)) {
			i++;
		}
		if (i < len) {
			at[i].is_intended = true;
		}
	}
	return 0;
}

static int list_by_git(const struct tracked_source *source, struct arena *arena, struct str *bytes,
		       struct tree_list *out, struct err *err)
{
	struct str answer = {0};
	struct tree_list list = {0};
	struct tree_entry *at = NULL;

	if (git_place_check(source->place, err) ||
	    git_run_on(source->root, source->index_file, ls_files_args, INDEX_MAX_BYTES, &answer,
		       err)) {
		str_release(&answer);
		return err_wrap(err, "list the tracked files");
	}
	str_release(bytes);
	*bytes = answer;
	if (ls_files_parse(arena, str_view(&answer), &list, err)) {
		return -1;
	}
	if (source->wants_intent && has_empty_blob(&list)) {
		at = arena_alloc(arena, list.len * sizeof(*at));
		memcpy(at, list.at, list.len * sizeof(*at));
		list.at = at;
		if (mark_intended(source, at, list.len, err)) {
			return -1;
		}
	}
	*out = list;
	return 0;
}

int tracked_list(const struct tracked_source *source, struct arena *arena, struct str *bytes,
		 struct tree_list *out, struct err *err)
{
	const struct git_place *place = source->place;
	AUTO(auto_str) struct str path = {0};
	enum index_form form = INDEX_OTHER;
	struct index_list index = {0};

	if (!place->git_dir) {
		return err_set(err, ERR_ABSENT, "'%s' is not in a git work tree", source->root);
	}
	if (source->index_file) {
		str_add(&path, source->index_file);
	} else {
		str_printf(&path, "%s/index", place->git_dir);
	}
	bytes->max = INDEX_MAX_BYTES;
	if (file_read(path.at, INDEX_MAX_BYTES, bytes, err)) {
		if (err->code != ERR_ABSENT) {
			return -1;
		}
		/* Nothing was ever added. */
		*err = (struct err){0};
		*out = (struct tree_list){0};
		return 0;
	}
	if (!place->asks_git && index_parse(arena, str_view(bytes), &form, &index, err)) {
		return err_wrap(err, "'%s'", path.at);
	}
	if (form == INDEX_OTHER) {
		return list_by_git(source, arena, bytes, out, err);
	}
	take_entries(place, &index, arena, out);
	return 0;
}
