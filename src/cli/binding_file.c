#include "cli/binding_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "data/yaml.h"

int binding_file_read(const char *path, struct str *out, struct err *err)
{
	struct err first = {0};

	if (file_read(path, OWN_FILE_BYTES, out, &first) == 0 || first.code == ERR_ABSENT) {
		return 0;
	}
	*err = first;
	return -1;
}

/** Lock the folder of the file; there is no file of its own that could be left behind. */
static int lock_folder(const char *path, int *out, struct err *err)
{
	const char *slash = strrchr(path, '/');
	AUTO(auto_str) struct str folder = {0};
	AUTO(auto_close) int fd = -1;

	str_add_bytes(&folder, slash ? path : ".", slash ? (size_t)(slash - path) + 1 : 1);
	fd = open(str_text(&folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		return err_errno(err, "open directory '%s'", str_text(&folder));
	}
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		return errno == EWOULDBLOCK ? err_set(err, ERR_BUSY,
						      "another gaterun writes '%s' just now", path)
					    : err_errno(err, "lock '%s'", str_text(&folder));
	}
	*out = take_fd(&fd);
	return 0;
}

static int make_folder(const char *path, struct err *err)
{
	const char *slash = strrchr(path, '/');
	AUTO(auto_str) struct str folder = {0};

	if (!slash || slash == path) {
		return 0;
	}
	str_add_bytes(&folder, path, (size_t)(slash - path));
	return file_make_dirs(str_text(&folder), 0755, err);
}

int binding_file_replace(const char *path, struct text before, struct text after, mode_t mode,
			 struct err *err)
{
	AUTO(auto_free) char *real = realpath(path, NULL);
	const char *place = real ? real : path;
	AUTO(auto_str) struct str now = {0};
	AUTO(auto_close) int lock = -1;
	struct stat info = {0};

	if (make_folder(place, err) || lock_folder(place, &lock, err) ||
	    binding_file_read(place, &now, err)) {
		return -1;
	}
	if (!text_equal(str_view(&now), before)) {
		return err_set(err, ERR_BUSY, "'%s' was changed in the meantime", path);
	}
	if (stat(place, &info) == 0) {
		mode = info.st_mode & 0777;
	}
	return file_replace(place, after, mode, FILE_SYNC_YES, err);
}
