#include "receipt/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "model/reason.h"
#include "receipt/envelope.h"
#include "receipt/log_private.h"

/** History is the user's own: receipts name hosts and addresses. */
#define FOLDER_MODE 0700
#define FILE_MODE 0600

enum reason log_flaw_reason(enum log_flaw flaw)
{
	static const enum reason reasons[] = {
		[LOG_SOUND] = REASON_NONE,
		[LOG_HISTORY_LOST] = REASON_LOG_HISTORY_LOST,
		[LOG_OTHER_TREE] = REASON_LOG_OTHER_TREE,
		[LOG_ENTRY_MISSING] = REASON_LOG_ENTRY_MISSING,
		[LOG_ENTRY_WRONG] = REASON_LOG_ENTRY_WRONG,
		[LOG_FOREIGN] = REASON_LOG_FOREIGN,
		[LOG_FORK] = REASON_LOG_FORK,
		[LOG_CHECKPOINT_WRONG] = REASON_LOG_CHECKPOINT_WRONG,
		[LOG_CHECKPOINT_MISSING] = REASON_LOG_CHECKPOINT_MISSING,
		[LOG_STRAY_FILE] = REASON_LOG_STRAY_FILE,
		[LOG_RECEIPT_UNPAIRED] = REASON_LOG_RECEIPT_UNPAIRED,
		[LOG_RECEIPT_TWICE] = REASON_LOG_RECEIPT_TWICE,
		[LOG_TIME_BACKWARDS] = REASON_LOG_TIME_BACKWARDS,
		[LOG_AFTER_CLOSE] = REASON_LOG_AFTER_CLOSE,
		[LOG_CHAIN_BROKEN] = REASON_LOG_CHAIN_BROKEN,
		[LOG_TWO_SUCCESSORS] = REASON_LOG_TWO_SUCCESSORS,
	};

	return reasons[flaw];
}

const char *log_flaw_word(enum log_flaw flaw)
{
	return reason_code(log_flaw_reason(flaw));
}

/* ---- files */

int log_state_folder(struct str *out, struct err *err)
{
	const char *state = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");

	/* The XDG specification: a path that is not absolute is to be ignored. */
	if (state && state[0] == '/') {
		str_printf(out, "%s/gaterun", state);
		return 0;
	}
	if (!home || home[0] != '/') {
		return err_set(err, ERR_ABSENT,
			       "neither XDG_STATE_HOME nor HOME says where the log is kept");
	}
	str_printf(out, "%s/.local/state/gaterun", home);
	return 0;
}

void log_path(const struct log *log, struct str *out, const char *name)
{
	str_clear(out);
	str_printf(out, "%s/%s", log->folder, name);
}

void log_entry_path(const struct log *log, struct str *out, int64_t seq)
{
	str_clear(out);
	str_printf(out, "%s/entries/%08lld.json", log->folder, (long long)seq);
}

void log_checkpoint_path(const struct log *log, struct str *out, int64_t size)
{
	str_clear(out);
	str_printf(out, "%s/checkpoints/%08lld", log->folder, (long long)size);
}

int log_read(const char *path, size_t max, struct str *out, struct err *err)
{
	AUTO(auto_close)
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);

	if (fd < 0 && errno == ELOOP) {
		return err_set(err, ERR_INPUT, "'%s' is a symbolic link, not a file", path);
	}
	if (fd < 0) {
		return err_errno(err, "open '%s'", path);
	}
	return file_read_fd(fd, path, max, out, err);
}

/** The one temporary file: whoever has the lock may throw away what a crash left of it. */
static int write_aside(const char *aside, struct text bytes, enum file_sync sync, struct err *err)
{
	AUTO(auto_close) int fd = -1;

	(void)unlink(aside);
	fd = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
	if (fd < 0) {
		return err_errno(err, "create '%s'", aside);
	}
	if (file_write_fd(fd, bytes) < 0 || (sync == FILE_SYNC_YES && fsync(fd) < 0) ||
	    close(take_fd(&fd)) < 0) {
		return err_errno(err, "write '%s'", aside);
	}
	return 0;
}

int log_write(const struct log *log, const char *path, struct text bytes, enum file_sync sync,
	      struct err *err)
{
	AUTO(auto_str) struct str aside = {0};
	int linked = 0;
	int number = 0;

	log_path(log, &aside, "tmp");
	if (write_aside(aside.at, bytes, sync, err)) {
		(void)unlink(aside.at);
		return -1;
	}
	linked = link(aside.at, path);
	number = errno;
	(void)unlink(aside.at);
	if (linked == 0) {
		return 0;
	}
	if (number == EEXIST) {
		return err_set(err, ERR_BUSY, "'%s' exists already", path);
	}
	errno = number;
	return err_errno(err, "create '%s'", path);
}

/* ---- open and close */

static int make_folders(const struct log *log, struct err *err)
{
	static const char *const names[] = {"entries", "checkpoints"};
	AUTO(auto_str) struct str path = {0};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		log_path(log, &path, names[i]);
		if (file_make_dirs(path.at, FOLDER_MODE, err)) {
			return -1;
		}
	}
	str_clear(&path);
	str_printf(&path, "%s/seen", log->state);
	return file_make_dirs(path.at, FOLDER_MODE, err);
}

/** log.vkey must say whose log it is; without one (LOG_WRITE) it is written. */
static int check_owner(struct log *log, struct err *err)
{
	AUTO(auto_str) struct str path = {0};
	AUTO(auto_str) struct str expected = {0};
	AUTO(auto_str) struct str found = {0};
	struct err why = {0};

	vkey_write(log->origin, &log->key, &expected);
	str_add_char(&expected, '\n');
	log_path(log, &path, "log.vkey");
	if (log->access == LOG_WRITE && !file_exists(path.at) &&
	    file_create(path.at, str_view(&expected), FILE_MODE, FILE_SYNC_YES, &why) &&
	    why.code != ERR_BUSY) {
		*err = why;
		return -1;
	}
	if (log_read(path.at, CHECKPOINT_BYTES, &found, err)) {
		return -1;
	}
	if (!text_equal(str_view(&found), str_view(&expected))) {
		return err_set(err, ERR_INPUT, "the log in '%s' belongs to another signer or repo",
			       log->folder);
	}
	return 0;
}

int log_open(const char *state, const char *origin, const struct public_key *key,
	     enum log_access access, struct log **out, struct err *err)
{
	AUTO(auto_log) struct log *log = mem_alloc(sizeof(*log));
	AUTO(auto_str) struct str path = {0};
	char name[LOG_NAME_BYTES];

	origin_folder(origin, name);
	log->lock = -1;
	log->closed_at = -1;
	log->lock_wait_ms = LOG_LOCK_WAIT_MS;
	log->access = access;
	log->key = *key;
	log->state = mem_copy(state, strlen(state));
	str_printf(&path, "%s/logs/%s", state, name);
	log->folder = mem_copy(path.at, path.len);
	str_clear(&path);
	str_printf(&path, "%s/seen/%s", state, name);
	log->pin = mem_copy(path.at, path.len);
	if (strlen(origin) >= sizeof(log->origin)) {
		return err_set(err, ERR_INPUT, "the log's origin is too long");
	}
	memcpy(log->origin, origin, strlen(origin) + 1);
	log->is_new = !file_exists(log->folder);
	if (access == LOG_READ && log->is_new) {
		return err_set(err, ERR_ABSENT, "there is no log of '%s' in '%s'", origin,
			       log->state);
	}
	if ((access == LOG_WRITE && make_folders(log, err)) || check_owner(log, err)) {
		return err_wrap(err, "log");
	}
	*out = log;
	log = NULL;
	return 0;
}

/** The origin of a log of ours ends with what its key hashes to. */
static bool is_origin_of(const char *origin, const struct public_key *key)
{
	const char *digest = strrchr(origin, '/');
	char hex[SHA256_HEX_BYTES];

	sha256_hex(key->bytes, sizeof(key->bytes), hex);
	return digest && strlen(digest + 1) == 16 && memcmp(digest + 1, hex, 16) == 0;
}

int log_open_folder(const char *folder, struct log **out, struct err *err)
{
	AUTO(auto_log) struct log *log = mem_alloc(sizeof(*log));
	AUTO(auto_str) struct str path = {0};
	AUTO(auto_str) struct str vkey = {0};

	log->lock = -1;
	log->closed_at = -1;
	log->access = LOG_READ;
	log->state = mem_copy("", 0);
	log->pin = mem_copy("", 0);
	log->folder = mem_copy(folder, strlen(folder));
	log_path(log, &path, "log.vkey");
	if (log_read(path.at, CHECKPOINT_BYTES, &vkey, err)) {
		return -1;
	}
	if (vkey_read(text_trim(str_view(&vkey)), log->origin, &log->key, err)) {
		return err_wrap(err, "'%s'", path.at);
	}
	if (!is_origin_of(log->origin, &log->key)) {
		return err_set(err, ERR_INPUT, "'%s': the name is not that of a log of this key",
			       path.at);
	}
	*out = log;
	log = NULL;
	return 0;
}

const char *log_origin(const struct log *log, struct public_key *key)
{
	*key = log->key;
	return log->origin;
}

void log_free(struct log *log)
{
	if (!log) {
		return;
	}
	log_unlock(log);
	free(log->state);
	free(log->folder);
	free(log->pin);
	free(log);
}

const char *log_folder(const struct log *log)
{
	return log->folder;
}

enum log_flaw log_flaw(const struct log *log)
{
	return log->flaw;
}

int64_t log_size(const struct log *log)
{
	return (int64_t)log->tree.range.size;
}

int64_t log_covered(const struct log *log)
{
	return log->tree.covered;
}

int log_entry(const struct log *log, int64_t seq, struct str *out, struct err *err)
{
	AUTO(auto_str) struct str path = {0};

	log_entry_path(log, &path, seq);
	return log_read(path.at, ENVELOPE_BYTES, out, err);
}
