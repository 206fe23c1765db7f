/* Finding the root of the ops repo. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "model/repo.h"

static bool has_directory(const char *directory, const char *name)
{
	AUTO(auto_str) struct str path = {0};
	struct stat info = {0};

	str_printf(&path, "%s/%s", directory, name);
	return stat(str_text(&path), &info) == 0 && S_ISDIR(info.st_mode);
}

/** Also one that is broken: it says where the root is, and loading says what is wrong with it. */
static bool has_config(const char *directory)
{
	AUTO(auto_str) struct str path = {0};
	struct stat info = {0};

	str_printf(&path, "%s/gaterun.yaml", directory);
	return lstat(str_text(&path), &info) == 0;
}

static bool has_defaults(const char *directory)
{
	return has_directory(directory, "bindings") && has_directory(directory, "gates");
}

/** The nearest ancestor of `start` (or itself) that `is_root` accepts, but never the home
 * directory. */
static char *climb(const char *start, const char *home, bool (*is_root)(const char *directory))
{
	AUTO(auto_free) char *directory = mem_copy(start, strlen(start));

	for (;;) {
		char *slash = strrchr(directory, '/');

		if (!same_string(directory, home) && is_root(directory)) {
			return mem_copy(directory, strlen(directory));
		}
		if (!slash || strcmp(directory, "/") == 0) {
			return NULL;
		}
		slash[slash == directory ? 1 : 0] = '\0';
	}
}

int repo_find_root(const char *given, const char *start, char **out, struct err *err)
{
	const char *home_given = getenv("HOME");
	AUTO(auto_free) char *home = home_given ? realpath(home_given, NULL) : NULL;
	AUTO(auto_free) char *from = realpath(given ? given : start, NULL);
	char *found = NULL;

	if (!from) {
		return err_errno(err, "open directory '%s'", given ? given : start);
	}
	if (given) {
		if (!has_directory(from, ".")) {
			return err_set(err, ERR_INPUT, "'%s' is not a directory", given);
		}
		*out = mem_copy(from, strlen(from));
		return 0;
	}
	found = climb(from, home, has_config);
	if (!found) {
		found = climb(from, home, has_defaults);
	}
	if (!found) {
		return err_set(
			err, ERR_ABSENT,
			"no ops repo here: neither '%s' nor a directory above it has a "
			"gaterun.yaml, or both bindings/ and gates/; go to your repo, or name it "
			"with --root DIR, or make this one: a gaterun.yaml with the lines "
			"`version: 1` and `gates: shipped` is enough to begin with",
			from);
	}
	*out = found;
	return 0;
}
