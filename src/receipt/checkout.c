#include "receipt/checkout.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/file.h"

/** `keep:` in gaterun.yaml. */
#define KEEP_ALL 1

static const char ignore_text[] = "# Receipts of this checkout; what loops cite is in evidence/.\n"
				  "/*\n"
				  "!/evidence/\n"
				  "!/trust/\n";

/** Make one directory that others may read, whatever the umask. */
static int make_shared(const char *path, struct err *err)
{
	struct stat info = {0};

	if (mkdir(path, 0755) < 0) {
		if (errno != EEXIST) {
			return err_errno(err, "create directory '%s'", path);
		}
		return stat(path, &info) == 0 && S_ISDIR(info.st_mode)
			       ? 0
			       : err_set(err, ERR_INPUT, "'%s' is not a directory", path);
	}
	if (chmod(path, 0755) < 0) {
		return err_errno(err, "let others read '%s'", path);
	}
	return 0;
}

/** Is the directory the root, or below it? */
static int check_inside(const char *root, const char *relative, const char *real, struct err *err)
{
	size_t len = strlen(root);

	if (strncmp(real, root, len) == 0 && (real[len] == '/' || !real[len])) {
		return 0;
	}
	return err_set(err, ERR_INPUT, "'%s' leads out of the repo, to '%s'", relative, real);
}

/** Make the directory and those above it, below the root: nothing where a link leads out of it. */
static int make_directories(const char *root, const char *relative, struct err *err)
{
	AUTO(auto_str) struct str path = {0};
	struct text rest = text_of(relative);
	struct text part = {0};

	str_add(&path, root);
	while (text_split(&rest, '/', &part)) {
		if (part.len == 0) {
			continue;
		}
		AUTO(auto_free) char *real = NULL;

		str_add_char(&path, '/');
		str_add_text(&path, part);
		if (make_shared(str_text(&path), err)) {
			return -1;
		}
		real = realpath(str_text(&path), NULL);
		if (!real) {
			return err_errno(err, "open '%s'", str_text(&path));
		}
		if (check_inside(root, str_text(&path) + strlen(root) + 1, real, err)) {
			return -1;
		}
	}
	return 0;
}

/** The directory's real path; refused if it leads out of the root. */
static char *real_directory(const char *root, const char *relative, struct err *err)
{
	AUTO(auto_str) struct str path = {0};
	char *real = NULL;

	str_printf(&path, "%s/%s", root, relative);
	real = realpath(str_text(&path), NULL);
	if (!real) {
		(void)err_errno(err, "open '%s'", str_text(&path));
		return NULL;
	}
	if (check_inside(root, relative, real, err)) {
		free(real);
		return NULL;
	}
	return real;
}

/** A .gitignore that somebody wrote stays as it is. */
static int write_ignore(const char *directory, struct err *err)
{
	AUTO(auto_str) struct str path = {0};

	str_printf(&path, "%s/.gitignore", directory);
	if (file_create(str_text(&path), text_of(ignore_text), 0644, FILE_SYNC_NO, err) &&
	    err->code != ERR_BUSY) {
		return -1;
	}
	*err = (struct err){0};
	return 0;
}

int checkout_directory(const struct repo *repo, const char *below, struct str *real,
		       struct err *err)
{
	AUTO(auto_str) struct str relative = {0};
	AUTO(auto_free) char *receipts = NULL;
	AUTO(auto_free) char *directory = NULL;

	str_printf(&relative, "%s/%s", repo_receipts(repo), below);
	if (make_directories(repo->root, str_text(&relative), err)) {
		return -1;
	}
	receipts = real_directory(repo->root, repo_receipts(repo), err);
	if (!receipts || (repo->config.keep != KEEP_ALL && write_ignore(receipts, err))) {
		return -1;
	}
	directory = real_directory(repo->root, str_text(&relative), err);
	if (!directory) {
		return -1;
	}
	str_add(real, directory);
	return 0;
}

/** Is the file there, and with these bytes? ERR_ABSENT if it is not there. */
static int compare(const char *path, struct text bytes, struct err *err)
{
	AUTO(auto_str) struct str there = {0};

	if (file_read(path, bytes.len + 1, &there, err) == 0 &&
	    text_equal(str_view(&there), bytes)) {
		return 0;
	}
	return err->code == ERR_ABSENT
		       ? -1
		       : err_set(err, ERR_INPUT, "'%s' is there already, and is something else",
				 path);
}

int checkout_keep(const struct repo *repo, const char *below, const char *name, struct text bytes,
		  struct err *err)
{
	AUTO(auto_str) struct str path = {0};
	struct err why = {0};

	if (checkout_directory(repo, below, &path, err)) {
		return -1;
	}
	str_printf(&path, "/%s", name);
	if (compare(str_text(&path), bytes, &why) == 0) {
		return 0;
	}
	if (why.code != ERR_ABSENT) {
		*err = why;
		return -1;
	}
	if (file_create(str_text(&path), bytes, 0644, FILE_SYNC_YES, err) == 0) {
		return 0;
	}
	if (err->code != ERR_BUSY) {
		return -1;
	}
	*err = (struct err){0};
	return compare(str_text(&path), bytes, err);
}

int checkout_write(const struct repo *repo, const struct checkout_receipt *receipt,
		   struct arena *arena, const char **file, struct err *err)
{
	AUTO(auto_str) struct str path = {0};

	if (checkout_directory(repo, "", &path, err)) {
		return -1;
	}
	str_printf(&path, "/%s.json", receipt->run_key);
	if (file_replace(str_text(&path), receipt->bytes, 0644, receipt->sync, err)) {
		return -1;
	}
	*file = arena_printf(arena, "%s/%s.json", repo_receipts(repo), receipt->run_key);
	return 0;
}
