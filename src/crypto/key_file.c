#include "crypto/key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "crypto/key_private.h"

enum key_state key_refuse(enum key_state state, struct err *err, const char *path, const char *why)
{
	err_fill(err, ERR_INPUT, "key '%s' %s", path, why);
	return state;
}

bool key_find_armor(struct text bytes, const char *label, struct text *body)
{
	AUTO(auto_str) struct str begin = {0};
	AUTO(auto_str) struct str end = {0};
	const char *found = NULL;

	str_printf(&begin, "-----BEGIN %s-----", label);
	str_printf(&end, "\n-----END %s-----", label);
	if (!text_starts(bytes, begin.at)) {
		return false;
	}
	body->at = bytes.at + begin.len;
	body->len = bytes.len - begin.len;
	found = memmem(body->at, body->len, end.at, end.len);
	body->len = found ? (size_t)(found - body->at) : body->len;
	return true;
}

int key_decode_armor(struct text body, struct str *out)
{
	AUTO(auto_secret) struct str joined = secret_room(KEY_FILE_BYTES + 1);
	struct err ignored = {0};

	for (size_t i = 0; i < body.len; i++) {
		char one = body.at[i];

		if (one != ' ' && one != '\t' && one != '\r' && one != '\n') {
			str_add_char(&joined, one);
		}
	}
	return base64_decode(str_view(&joined), out, &ignored);
}

bool key_container_read(struct text rest, struct key_container *out)
{
	struct text part = {0};
	struct text public = {0};
	unsigned count = 0;
	static const char magic[] = "openssh-key-v1";

	if (rest.len < sizeof(magic) || memcmp(rest.at, magic, sizeof(magic)) != 0) {
		return false;
	}
	rest.at += sizeof(magic);
	rest.len -= sizeof(magic);
	if (!wire_take(&rest, &out->cipher) || !wire_take(&rest, &part) ||
	    !wire_take(&rest, &part) || !wire_take_u32(&rest, &count) || count != 1 ||
	    !wire_take(&rest, &out->public) || !wire_take(&rest, &out->private)) {
		return false;
	}
	public = out->public;
	return wire_take(&public, &out->type);
}

bool key_is_padding(struct text rest)
{
	for (size_t i = 0; i < rest.len; i++) {
		if ((unsigned char)rest.at[i] != i + 1) {
			return false;
		}
	}
	return rest.len < 16;
}

/** Read into memory that is wiped; at most one byte more than the ceiling. */
static int read_secret(int fd, const char *path, struct str *out, struct err *err)
{
	while (out->len <= KEY_FILE_BYTES) {
		ssize_t got = read(fd, out->at + out->len, KEY_FILE_BYTES + 1 - out->len);

		if (got < 0 && errno == EINTR) {
			continue;
		}
		if (got < 0) {
			return err_errno(err, "read key '%s'", path);
		}
		if (got == 0) {
			break;
		}
		out->len += (size_t)got;
	}
	return 0;
}

static enum key_state open_key(const char *path, int *fd, struct stat *info, struct err *err)
{
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (*fd < 0) {
		(void)err_errno(err, "open key '%s'", path);
		return err->code == ERR_ABSENT ? KEY_ABSENT : KEY_UNREADABLE;
	}
	if (fstat(*fd, info) < 0) {
		(void)err_errno(err, "stat key '%s'", path);
		return KEY_UNREADABLE;
	}
	if (!S_ISREG(info->st_mode)) {
		return key_refuse(KEY_UNREADABLE, err, path,
				  S_ISDIR(info->st_mode) ? "is a directory, not a file"
							 : "is not a regular file");
	}
	return KEY_USABLE;
}

enum key_state key_file_read(const char *path, struct str *bytes, mode_t *mode, struct err *err)
{
	AUTO(auto_close) int fd = -1;
	struct stat info = {0};
	enum key_state state = open_key(path, &fd, &info, err);

	if (state == KEY_USABLE && read_secret(fd, path, bytes, err)) {
		state = KEY_UNREADABLE;
	}
	*mode = info.st_mode;
	return state;
}

bool key_file_is_exposed(const char *path, mode_t mode, struct err *err)
{
	if ((mode & 077) == 0) {
		return false;
	}
	err_fill(err, ERR_INPUT,
		 "key '%s' may be read by others (mode %04o): chmod 600 it, or make a new one if "
		 "others used the machine",
		 path, (unsigned)mode & 07777);
	return true;
}
