#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "receipt/log_private.h"

static int read_note(const struct log *log, const char *path, struct checkpoint *out,
		     struct str *note, struct err *err)
{
	AUTO(auto_str) struct str bytes = {0};

	if (log_read(path, CHECKPOINT_BYTES, &bytes, err) ||
	    checkpoint_read(str_view(&bytes), log->origin, &log->key, out, err)) {
		return -1;
	}
	if (note) {
		str_add_text(note, str_view(&bytes));
	}
	return 0;
}

int log_read_pin(const struct log *log, struct checkpoint *out, struct str *note, struct err *err)
{
	/* One that cannot be read counts as none: it is replaced without waiting for the disk, so a
	 * power failure may leave it empty. Whoever could break it could also remove it. */
	if (read_note(log, log->pin, out, note, err)) {
		err->code = ERR_ABSENT;
		return -1;
	}
	return 0;
}

int log_read_head(const struct log *log, int64_t size, struct checkpoint *out, struct str *note,
		  struct err *err)
{
	AUTO(auto_str) struct str path = {0};
	AUTO(auto_str) struct str text = {0};
	struct checkpoint head = {0};

	log_checkpoint_path(log, &path, size);
	if (read_note(log, path.at, &head, &text, err)) {
		return err_wrap(err, "checkpoint %lld", (long long)size);
	}
	if ((int64_t)head.size != size) {
		return err_set(err, ERR_INPUT, "checkpoint %lld is of size %llu", (long long)size,
			       (unsigned long long)head.size);
	}
	if (note) {
		str_add_text(note, str_view(&text));
	}
	*out = head;
	return 0;
}

static int order_sizes(const void *left, const void *right)
{
	int64_t a = *(const int64_t *)left;
	int64_t b = *(const int64_t *)right;

	return (a > b) - (a < b);
}

/** Eight digits and the suffix. */
static bool parse_name(const char *name, const char *suffix, int64_t *out)
{
	int64_t number = 0;

	if (strspn(name, "0123456789") != 8 || strcmp(name + 8, suffix) != 0) {
		return false;
	}
	for (size_t i = 0; i < 8; i++) {
		number = number * 10 + (name[i] - '0');
	}
	*out = number;
	return true;
}

int log_list(const struct log *log, const char *folder, const char *suffix, struct log_sizes *out,
	     struct log_report *report, struct err *err)
{
	AUTO(auto_str) struct str path = {0};
	AUTO(auto_closedir) DIR *directory = NULL;
	struct dirent *entry = NULL;

	log_path(log, &path, folder);
	directory = opendir(path.at);
	if (!directory) {
		return err_errno(err, "open directory '%s'", path.at);
	}
	while ((entry = readdir(directory))) {
		int64_t number = 0;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
			continue;
		}
		if (parse_name(entry->d_name, suffix, &number)) {
			*VEC_ADD(out) = number;
		} else if (report) {
			log_problem(report, LOG_STRAY_FILE, -1, "'%s/%s' does not belong there",
				    folder, entry->d_name);
		}
	}
	if (out->len > 0) {
		qsort(out->at, out->len, sizeof(*out->at), order_sizes);
	}
	return 0;
}
