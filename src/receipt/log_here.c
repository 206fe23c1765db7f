#include "receipt/log_here.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "receipt/log_private.h"

/** Ceiling of a verifier key's file. */
#define VKEY_BYTES ((size_t)1024)

static int order(const void *left, const void *right)
{
	return strcmp(((const struct log_here *)left)->origin,
		      ((const struct log_here *)right)->origin);
}

/** Read one folder's key; a folder without is none. */
static int add(const char *state, const char *name, struct logs_here *out, struct err *err)
{
	AUTO(auto_str) struct str path = {0};
	AUTO(auto_str) struct str bytes = {0};
	struct log_here row = {0};
	struct err why = {0};

	str_printf(&path, "%s/logs/%s/log.vkey", state, name);
	if (log_read(str_text(&path), VKEY_BYTES, &bytes, &why)) {
		if (why.code == ERR_ABSENT) {
			return 0;
		}
		*err = why;
		return -1;
	}
	if (vkey_read(text_trim(str_view(&bytes)), row.origin, &row.key, err)) {
		return err_wrap(err, "'%s'", str_text(&path));
	}
	*VEC_ADD(out) = row;
	return 0;
}

int logs_here(const char *state, struct logs_here *out, struct err *err)
{
	AUTO(auto_str) struct str path = {0};
	AUTO(auto_closedir) DIR *directory = NULL;
	struct logs_here found = {0};
	struct dirent *entry = NULL;

	str_printf(&path, "%s/logs", state);
	directory = opendir(str_text(&path));
	if (!directory && errno != ENOENT) {
		return err_errno(err, "open directory '%s'", str_text(&path));
	}
	while (directory && (entry = readdir(directory))) {
		if (entry->d_name[0] != '.' && add(state, entry->d_name, &found, err)) {
			VEC_RELEASE(&found);
			return -1;
		}
	}
	if (found.len > 0) {
		qsort(found.at, found.len, sizeof(*found.at), order);
	}
	*out = found;
	return 0;
}

bool origin_is_beside(const char *origin, const char *other)
{
	const char *end = strrchr(origin, '/');
	size_t len = end ? (size_t)(end - origin) : 0;

	return end && strncmp(origin, other, len + 1) == 0 && !strchr(other + len + 1, '/');
}
