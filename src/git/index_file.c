#include "git/index_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/mem.h"

/** A path from the environment; a hook's are relative to the top of the work tree. */
static void make_absolute(const struct git_place *place, const char *path, struct str *out)
{
	if (path[0] != '/') {
		str_printf(out, "%s/", place->top);
	}
	str_add(out, path);
}

static int check_git_dir(const struct git_place *place, struct err *err)
{
	const char *given = getenv("GIT_DIR");
	AUTO(auto_str) struct str path = {0};
	AUTO(auto_free) char *real = NULL;

	if (!given || !*given) {
		return 0;
	}
	make_absolute(place, given, &path);
	real = realpath(path.at, NULL);
	if (real && strcmp(real, place->git_dir) == 0) {
		return 0;
	}
	return err_set(err, ERR_INPUT, "GIT_DIR is '%s', but the git directory of '%s' is '%s'",
		       given, place->top, place->git_dir);
}

/** Does the index lie in a git directory that is not ours? Anywhere else is the user's choice. */
static bool is_foreign(const struct git_place *place, const char *index)
{
	AUTO(auto_free) char *folder = mem_copy(index, strlen(index));
	AUTO(auto_free) char *real = NULL;
	AUTO(auto_str) struct str head = {0};

	*strrchr(folder, '/') = '\0';
	real = realpath(*folder ? folder : "/", NULL);
	if (!real || strcmp(real, place->git_dir) == 0) {
		return false;
	}
	str_printf(&head, "%s/HEAD", real);
	return file_exists(head.at);
}

int git_index_file(const struct git_place *place, struct str *out, struct err *err)
{
	const char *given = getenv("GIT_INDEX_FILE");
	AUTO(auto_str) struct str path = {0};

	if (!place->git_dir) {
		return err_set(err, ERR_ABSENT, "there is no git work tree");
	}
	if (check_git_dir(place, err)) {
		return -1;
	}
	if (!given || !*given) {
		str_printf(out, "%s/index", place->git_dir);
		return 0;
	}
	make_absolute(place, given, &path);
	if (is_foreign(place, path.at)) {
		return err_set(err, ERR_INPUT,
			       "GIT_INDEX_FILE is '%s', which belongs to another repository than "
			       "'%s'",
			       given, place->top);
	}
	str_add_text(out, str_view(&path));
	return 0;
}
