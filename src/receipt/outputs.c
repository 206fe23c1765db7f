#include "receipt/outputs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "receipt/statement_private.h"

static void folder_of(const char *state, struct str *out)
{
	str_printf(out, "%s/outputs", state);
}

static void path_of(const char *state, const char *sha256, struct str *out)
{
	folder_of(state, out);
	str_printf(out, "/%s", sha256);
}

/* ---- keeping */

/** Is what is there what is to be kept? */
static bool is_same(const char *state, const struct heard *heard)
{
	const struct statement_output output = {.sha256 = heard->sha256,
						.bytes = (int64_t)heard->len};

	return output_find(state, &output, NULL) == OUTPUT_KEPT;
}

/** Keep one; what is there already is as good as new. */
static int keep(const char *state, const struct heard *heard, bool *is_new, struct err *err)
{
	AUTO(auto_str) struct str path = {0};

	path_of(state, heard->sha256, &path);
	if (file_create(str_text(&path), (struct text){heard->kept, heard->len}, 0600, FILE_SYNC_NO,
			err) == 0) {
		*is_new = true;
		return 0;
	}
	if (err->code != ERR_BUSY) {
		return -1;
	}
	*err = (struct err){0};
	if (!is_same(state, heard)) {
		return file_replace(str_text(&path), (struct text){heard->kept, heard->len}, 0600,
				    FILE_SYNC_NO, err);
	}
	(void)utimensat(AT_FDCWD, str_text(&path), NULL, AT_SYMLINK_NOFOLLOW);
	return 0;
}

static int keep_all(const char *state, const struct run *run, bool *is_new, struct err *err)
{
	for (size_t i = 0; i < run->result_count; i++) {
		const struct result *result = &run->results[i];

		for (size_t k = 0; k < result->heard.len; k++) {
			const struct heard *heard = &result->heard.at[k];

			if (heard->kept && heard->len > 0 && keep(state, heard, is_new, err)) {
				return err_wrap(err, "what gates were told cannot be kept");
			}
		}
	}
	return 0;
}

static bool has_any(const struct run *run)
{
	for (size_t i = 0; i < run->result_count; i++) {
		if (run->results[i].heard.len > 0) {
			return true;
		}
	}
	return false;
}

int outputs_keep(const char *state, const struct run *run, struct err *err)
{
	AUTO(auto_str) struct str folder = {0};
	bool is_new = false;

	if (!has_any(run)) {
		return 0;
	}
	folder_of(state, &folder);
	if (file_make_dirs(str_text(&folder), 0700, err) || keep_all(state, run, &is_new, err)) {
		return -1;
	}
	return is_new ? outputs_trim(state, OUTPUTS_BYTES, OUTPUTS_FILES, err) : 0;
}

/* ---- letting go */

struct kept {
	char name[SHA256_HEX_BYTES];
	struct timespec used;
	size_t bytes;
};

struct kept_files VEC(struct kept);

static int compare_use(const void *left, const void *right)
{
	const struct timespec *a = &((const struct kept *)left)->used;
	const struct timespec *b = &((const struct kept *)right)->used;

	if (a->tv_sec != b->tv_sec) {
		return a->tv_sec < b->tv_sec ? -1 : 1;
	}
	return (a->tv_nsec > b->tv_nsec) - (a->tv_nsec < b->tv_nsec);
}

/** All that is kept; nothing else in the folder is touched. */
static void list_kept(DIR *folder, struct kept_files *out)
{
	struct dirent *entry = NULL;

	while ((entry = readdir(folder))) {
		struct stat info = {0};
		struct kept *kept = NULL;

		if (!is_lower_hex(entry->d_name, SHA256_HEX_BYTES - 1) ||
		    fstatat(dirfd(folder), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISREG(info.st_mode)) {
			continue;
		}
		kept = VEC_ADD(out);
		memcpy(kept->name, entry->d_name, sizeof(kept->name));
#ifdef __APPLE__
		kept->used = info.st_mtimespec;
#else
		kept->used = info.st_mtim;
#endif
		kept->bytes = (size_t)info.st_size;
	}
}

int outputs_trim(const char *state, size_t max_bytes, size_t max_files, struct err *err)
{
	AUTO(auto_str) struct str path = {0};
	struct kept_files files = {0};
	size_t bytes = 0;
	DIR *folder = NULL;

	folder_of(state, &path);
	folder = opendir(str_text(&path));
	if (!folder) {
		return err_errno(err, "open '%s'", str_text(&path));
	}
	list_kept(folder, &files);
	if (files.len > 1) {
		qsort(files.at, files.len, sizeof(*files.at), compare_use);
	}
	for (size_t i = 0; i < files.len; i++) {
		bytes += files.at[i].bytes;
	}
	for (size_t i = 0; i < files.len && (bytes > max_bytes || files.len - i > max_files); i++) {
		/* Another run may have been quicker. */
		(void)unlinkat(dirfd(folder), files.at[i].name, 0);
		bytes -= files.at[i].bytes;
	}
	VEC_RELEASE(&files);
	(void)closedir(folder);
	return 0;
}

/* ---- looking */

enum output_state output_find(const char *state, const struct statement_output *output,
			      struct str *bytes)
{
	AUTO(auto_str) struct str path = {0};
	AUTO(auto_str) struct str found = {0};
	char sha256[SHA256_HEX_BYTES];
	struct err why = {0};

	path_of(state, output->sha256, &path);
	if (output->bytes == 0) {
		return OUTPUT_KEPT; /* nothing is easily kept */
	}
	if (file_read(str_text(&path), OUTPUT_KEPT_BYTES, &found, &why)) {
		return why.code == ERR_ABSENT ? OUTPUT_ABSENT : OUTPUT_CHANGED;
	}
	sha256_hex(found.at, found.len, sha256);
	if (strcmp(sha256, output->sha256) != 0 || found.len != (size_t)output->bytes) {
		return OUTPUT_CHANGED;
	}
	if (bytes) {
		str_add_text(bytes, str_view(&found));
	}
	return OUTPUT_KEPT;
}

struct outputs_count outputs_count(const char *state, const struct statement *receipt)
{
	const struct statement_gate *gates = receipt->results.at;
	struct outputs_count count = {0};

	for (size_t i = 0; i < receipt->results.len; i++) {
		const struct statement_output *outputs = gates[i].outputs.at;

		for (size_t k = 0; k < gates[i].outputs.len; k++) {
			enum output_state found = output_find(state, &outputs[k], NULL);

			count.kept += found == OUTPUT_KEPT;
			count.absent += found == OUTPUT_ABSENT;
			count.changed += found == OUTPUT_CHANGED;
			if (found == OUTPUT_CHANGED && !count.first_changed) {
				count.first_changed = outputs[k].sha256;
			}
		}
	}
	return count;
}
