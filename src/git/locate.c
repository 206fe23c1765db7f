#include "git/locate.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "git/git_config.h"

/** Ceilings for the small files git keeps: a path, and the configuration. */
#define POINTER_MAX_BYTES ((size_t)8 * 1024)
#define CONFIG_MAX_BYTES ((size_t)4 * 1024 * 1024)

static bool is_directory(const char *path)
{
	struct stat info = {0};

	return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/** `directory`/`name`, or `name` if that is absolute; the caller frees it. */
static char *join(const char *directory, struct text name)
{
	struct str out = {0};

	if (name.len == 0 || name.at[0] != '/') {
		str_printf(&out, "%s/", directory);
	}
	str_add_text(&out, name);
	return out.at;
}

/**
 * The real path that a file of one line names, relative to `directory`; NULL if it says nothing
 * useful. The caller frees it.
 */
static char *follow_pointer(const char *file, const char *start, const char *directory)
{
	AUTO(auto_str) struct str bytes = {0};
	AUTO(auto_free) char *target = NULL;
	struct err err = {0};
	struct text line = {0};

	if (file_read(file, POINTER_MAX_BYTES, &bytes, &err)) {
		return NULL;
	}
	line = str_view(&bytes);
	if (!text_starts(line, start) || memchr(line.at, '\0', line.len)) {
		return NULL;
	}
	line.at += strlen(start);
	line.len -= strlen(start);
	while (line.len > 0 && (line.at[line.len - 1] == '\n' || line.at[line.len - 1] == '\r')) {
		line.len--;
	}
	if (line.len == 0) {
		return NULL;
	}
	target = join(directory, line);
	return realpath(target, NULL);
}

/** The directory shared by all work trees; NULL if this is no git directory at all. */
static char *common_of(const char *git_dir, bool *is_linked)
{
	AUTO(auto_free) char *pointer = join(git_dir, text_of("commondir"));
	AUTO(auto_free) char *head = join(git_dir, text_of("HEAD"));
	AUTO(auto_free) char *common = NULL;
	AUTO(auto_free) char *objects = NULL;

	*is_linked = file_exists(pointer);
	common = *is_linked ? follow_pointer(pointer, "", git_dir)
			    : mem_copy(git_dir, strlen(git_dir));
	if (!common || !file_exists(head)) {
		return NULL;
	}
	objects = join(common, text_of("objects"));
	return is_directory(objects) ? mem_copy(common, strlen(common)) : NULL;
}

/** Does core.worktree, relative to the git directory, name this very directory? */
static bool is_worktree_here(const char *git_dir, const char *worktree, const char *top)
{
	AUTO(auto_free) char *path = join(git_dir, text_of(worktree));
	AUTO(auto_free) char *real = realpath(path, NULL);

	return real && strcmp(real, top) == 0;
}

/**
 * May the index of this repository be taken for the files below `top`? A linked work tree has its
 * own place whatever the shared configuration says (git, setup.c).
 */
static bool config_allows(const char *git_dir, const char *common_dir, bool is_linked,
			  const char *top, bool *asks_git)
{
	AUTO(auto_free) char *path = join(common_dir, text_of("config"));
	AUTO(auto_str) struct str bytes = {0};
	struct git_config config = {0};
	struct arena arena = {0};
	struct err err = {0};
	bool allows = true;

	if (file_read(path, CONFIG_MAX_BYTES, &bytes, &err)) {
		*asks_git = err.code != ERR_ABSENT;
		return true;
	}
	git_config_parse(&arena, str_view(&bytes), &config);
	*asks_git = config.has_other_oids;
	if (!is_linked) {
		allows = config.worktree ? is_worktree_here(git_dir, config.worktree, top)
					 : !config.is_bare;
	}
	arena_release(&arena);
	return allows;
}

/** Look for `.git` in `top`. @return whether the search ends here, with or without git */
static bool look_in(const char *top, const char *root, struct git_place *out)
{
	AUTO(auto_free) char *dot_git = join(top, text_of(".git"));
	AUTO(auto_free) char *git_dir = NULL;
	AUTO(auto_free) char *common_dir = NULL;
	bool is_pointer = !is_directory(dot_git);
	bool is_linked = false;
	bool asks_git = false;
	size_t top_len = strlen(top);

	if (!file_exists(dot_git)) {
		return false;
	}
	git_dir = is_pointer ? follow_pointer(dot_git, "gitdir: ", top) : realpath(dot_git, NULL);
	common_dir = git_dir ? common_of(git_dir, &is_linked) : NULL;
	if (!common_dir) {
		/* As git: a directory that is no repository is passed by, a broken file ends it. */
		return is_pointer;
	}
	if (!config_allows(git_dir, common_dir, is_linked, top, &asks_git)) {
		return true;
	}
	out->top = mem_copy(top, top_len);
	out->git_dir = git_dir;
	out->common_dir = common_dir;
	git_dir = NULL;
	common_dir = NULL;
	out->asks_git = asks_git;
	if (strlen(root) > top_len) {
		struct text below = text_of(root + top_len + (top[top_len - 1] == '/' ? 0 : 1));
		struct str prefix = {0};

		str_add_text(&prefix, below);
		str_add_char(&prefix, '/');
		out->prefix = prefix.at;
	}
	return true;
}

void git_locate(const char *root, struct git_place *out)
{
	AUTO(auto_free) char *top = mem_copy(root, strlen(root));

	while (!look_in(top, root, out)) {
		char *slash = strrchr(top, '/');

		if (!slash || strcmp(top, "/") == 0) {
			return;
		}
		slash[slash == top ? 1 : 0] = '\0';
	}
}

int git_place_check(const struct git_place *place, struct err *err)
{
	const struct {
		const char *directory;
		const char *name;
	} files[] = {
		{place->git_dir, "HEAD"},
		{place->git_dir, "index"},
		{place->common_dir, "config"},
		{place->common_dir, "packed-refs"},
	};

	for (size_t i = 0; place->git_dir && i < sizeof(files) / sizeof(files[0]); i++) {
		AUTO(auto_free) char *path = join(files[i].directory, text_of(files[i].name));
		struct stat info = {0};

		if (stat(path, &info) == 0 && !S_ISREG(info.st_mode)) {
			return err_set(err, ERR_INPUT, "'%s' is %s, not a file", path,
				       file_sort(info.st_mode));
		}
	}
	return 0;
}

int git_place_find(const char *root, struct git_place *out, struct err *err)
{
	AUTO(auto_free) char *real = realpath(root, NULL);

	if (!real) {
		return err_errno(err, "open directory '%s'", root);
	}
	git_locate(real, out);
	if (git_place_check(out, err)) {
		git_place_release(out);
		return -1;
	}
	return 0;
}

void git_place_release(struct git_place *place)
{
	free(place->top);
	free(place->git_dir);
	free(place->common_dir);
	free(place->prefix);
	*place = (struct git_place){0};
}
