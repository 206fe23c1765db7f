/*
 * Reading tracked files with as few system calls as can be: open, one read, close for most. 80,000
 * files make every further one count: asking each file for its size and sort costs a tenth of a
 * scan.
 *
 * A file is at its end when a read gives less than was asked for and just as much was read as git
 * recorded; whatever has changed since is read until the end is told. What is no regular file
 * cannot be read at an offset, is empty, or fills the buffer: then the file itself is asked.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "git/tree_ops.h"

enum tree_answer tree_open_entry(const struct tree *tree, const struct tree_entry *entry,
				 struct tree_file *file, struct err *err)
{
	*file = (struct tree_file){.entry = entry, .fd = -1, .link = file->link};
	return tree->ops->open_entry(tree, entry, file, err);
}

/** Is it a regular file at all? `number` is what reading it gave, 0 for no error. */
static enum tree_answer check_sort(const struct tree_file *file, int number, struct err *err)
{
	struct stat info = {0};

	if (fstat(file->fd, &info) == 0 && !S_ISREG(info.st_mode)) {
		err_fill(err, ERR_INPUT, "'%s' is %s, not a file", file->entry->path,
			 file_sort(info.st_mode));
		return S_ISDIR(info.st_mode) ? TREE_ABSENT : TREE_REFUSED;
	}
	if (number != 0) {
		errno = number;
		(void)err_errno(err, "read '%s'", file->entry->path);
		return TREE_REFUSED;
	}
	return TREE_OK;
}

/** Whether this was the end, after a read of `step` bytes that asked for `asked`. */
static bool is_end(const struct tree_file *file, size_t step, size_t asked)
{
	return step == 0 || (step < asked && (uint32_t)file->offset == file->entry->size);
}

/** The same for a file whose bytes are held. */
static enum tree_answer read_held(struct tree_file *file, char *at, size_t room, size_t *got,
				  struct err *err)
{
	size_t left = file->held.len - file->offset;
	size_t len = left < room ? left : room;

	if (len == 0 && file->size > file->held.len) {
		err_fill(err, ERR_LIMIT, "'%s' is larger than %zu MiB", file->entry->path,
			 TREE_HELD_MAX_BYTES / 1024 / 1024);
		return TREE_REFUSED;
	}
	if (len > 0) {
		memcpy(at, file->held.at + file->offset, len);
	}
	file->offset += len;
	file->at_end = file->offset == file->size;
	*got = len;
	return TREE_OK;
}

enum tree_answer tree_file_read(struct tree_file *file, char *at, size_t room, size_t *got,
				struct err *err)
{
	bool is_first = file->offset == 0;
	size_t len = 0;

	if (file->store) {
		return read_held(file, at, room, got, err);
	}
	while (len < room && !file->at_end) {
		ssize_t step = pread(file->fd, at + len, room - len, (off_t)file->offset);

		if (step < 0 && errno == EINTR) {
			continue;
		}
		if (step < 0) {
			return check_sort(file, errno, err);
		}
		file->offset += (size_t)step;
		file->at_end = is_end(file, (size_t)step, room - len);
		len += (size_t)step;
	}
	*got = len;
	return is_first && (len == 0 || len == room) ? check_sort(file, 0, err) : TREE_OK;
}

size_t tree_file_size(const struct tree_file *file)
{
	struct stat info = {0};

	if (file->store) {
		return file->size;
	}
	return fstat(file->fd, &info) == 0 ? (size_t)info.st_size : 0;
}

void tree_file_rewind(struct tree_file *file)
{
	file->offset = 0;
	file->at_end = file->is_link;
}

void tree_file_close(struct tree_file *file)
{
	auto_close(&file->fd);
	file->fd = -1;
	free(file->store);
	file->store = NULL;
}
