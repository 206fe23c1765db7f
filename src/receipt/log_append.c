#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "receipt/envelope.h"
#include "receipt/log_private.h"

int log_begin(struct log *log, struct log_position *out, struct err *err)
{
	struct log_position position = {0};

	if (log_lock(log, err) || log_find_end(log, err)) {
		return err_wrap(err, "log");
	}
	position.seq = log_size(log);
	position.set_aside = log->set_aside;
	if (position.seq > 0) {
		log_hex(&log->tree.last, position.prev);
	}
	if (position.seq >= LOG_ENTRIES_MAX) {
		return err_set(err, ERR_LIMIT, "the log is full: %d entries", LOG_ENTRIES_MAX);
	}
	*out = position;
	return 0;
}

/** May the new entry follow the last one? Not if that closed the log. And not if it is older: the
 * clock was set back, and what it says from now on would contradict the order of the log, for good.
 */
static int check_last(struct log *log, const struct entry *entry, struct err *err)
{
	AUTO(auto_str) struct str bytes = {0};
	AUTO(auto_envelope) struct envelope envelope = {0};
	struct arena arena = {0};
	struct entry last = {0};
	struct err ignored = {0};
	int64_t behind_ms = 0;
	bool is_closed = false;

	/* Whoever found the end has checked the last entry, or has a head over it. */
	if (log_size(log) > 0 && log_entry(log, log_size(log) - 1, &bytes, &ignored) == 0 &&
	    envelope_read(str_view(&bytes), &envelope, &ignored) == 0 &&
	    entry_read(&arena, str_view(&envelope.payload), &last, &ignored) == STATEMENT_GOOD) {
		behind_ms = entry_time(&last) - entry_time(entry);
		is_closed = entry_is_notice(&last, NOTICE_CLOSE);
	}
	arena_release(&arena);
	if (is_closed) {
		return log_refuse(log, LOG_AFTER_CLOSE,
				  "the log is closed: its key was replaced; run again, and if it "
				  "says the same, 'gaterun log rotate' puts the new key in its "
				  "place");
	}
	if (behind_ms <= LOG_BACKWARDS_MS) {
		return 0;
	}
	return log_refuse(log, LOG_TIME_BACKWARDS,
			  "the clock is %lld s behind the last entry: set it right, or wait",
			  (long long)behind_ms / 1000);
}

/** An entry that this program would not accept later must not become history. */
static int check_own(struct log *log, struct text entry, struct err *err)
{
	struct arena arena = {0};
	struct entry read = {0};
	struct err why = {0};
	char prev[SHA256_HEX_BYTES] = "";
	int failed = 0;

	if (log_size(log) > 0) {
		log_hex(&log->tree.last, prev);
	}
	failed = log_check_entry(log, entry, log_size(log), prev, &arena, &read, &why)
			 ? err_set(err, ERR_INTERNAL, "refused to append: %s", why.text)
			 : check_last(log, &read, err);
	arena_release(&arena);
	return failed;
}

int log_append(struct log *log, struct text entry, char leaf[SHA256_HEX_BYTES], struct err *err)
{
	AUTO(auto_str) struct str path = {0};
	struct merkle_hash hash = {0};

	log_entry_path(log, &path, log_size(log));
	if (check_own(log, entry, err) || log_write(log, path.at, entry, FILE_SYNC_NO, err)) {
		return err_wrap(err, "log");
	}
	merkle_leaf(entry, &hash);
	log_add_leaf(&log->tree, &hash);
	if (leaf) {
		log_hex(&hash, leaf);
	}
	return 0;
}

void log_end(struct log *log)
{
	log_unlock(log);
}

static int sync_file(const char *path, struct err *err)
{
	AUTO(auto_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0 || fsync(fd) < 0) {
		return err_errno(err, "sync '%s'", path);
	}
	return 0;
}

/** Bring the entries that no head covers to disk, and the folders they are in. */
static int sync_entries(struct log *log, struct err *err)
{
	static const char *const folders[] = {"checkpoints", "", "..", "../..", "../../seen"};
	AUTO(auto_str) struct str path = {0};

	for (int64_t seq = log->tree.covered; seq < log_size(log); seq++) {
		log_entry_path(log, &path, seq);
		if (sync_file(path.at, err)) {
			return -1;
		}
	}
	log_path(log, &path, "entries");
	if (file_sync_dir(path.at, err)) {
		return -1;
	}
	for (size_t i = 0; log->is_new && i < sizeof(folders) / sizeof(folders[0]); i++) {
		log_path(log, &path, folders[i]);
		if (file_sync_dir(path.at, err)) {
			return -1;
		}
	}
	log->is_new = false;
	return 0;
}

/** Put a signed head into its place; one that is there already must be the same. */
static int place_head(struct log *log, const struct checkpoint *head, struct text note,
		      struct err *err)
{
	AUTO(auto_str) struct str path = {0};
	struct checkpoint there = {0};
	struct err why = {0};

	log_checkpoint_path(log, &path, (int64_t)head->size);
	if (log_write(log, path.at, note, FILE_SYNC_YES, &why) == 0) {
		return 0;
	}
	if (why.code != ERR_BUSY) {
		*err = why;
		return -1;
	}
	if (log_read_head(log, (int64_t)head->size, &there, NULL, err)) {
		return -1;
	}
	if (!merkle_equal(&there.root, &head->root)) {
		return log_refuse(log, LOG_FORK,
				  "fork: a head of size %llu with another tree is signed already",
				  (unsigned long long)head->size);
	}
	return 0;
}

/** Sign the head of the whole tree. */
static int sign_head(struct log *log, const struct signing_key *key, struct err *err)
{
	AUTO(auto_str) struct str note = {0};
	struct checkpoint head = {.size = log->tree.range.size};

	memcpy(head.origin, log->origin, sizeof(head.origin));
	merkle_root(&log->tree.range, &head.root);
	if (checkpoint_write(&head, key, &note, err) ||
	    place_head(log, &head, str_view(&note), err)) {
		return -1;
	}
	log->tree.covered = (int64_t)head.size;
	log_write_edge(log);
	return file_replace(log->pin, str_view(&note), 0600, FILE_SYNC_NO, err);
}

/** A crash between a head and its copy leaves no pin; without one a rollback would go unseen. */
static int renew_pin(struct log *log, struct err *err)
{
	AUTO(auto_str) struct str note = {0};
	struct checkpoint head = {0};
	struct err ignored = {0};

	if (log->tree.covered == 0 || log_read_pin(log, &head, NULL, &ignored) == 0) {
		return 0;
	}
	if (log_read_head(log, log->tree.covered, &head, &note, err)) {
		return -1;
	}
	return file_replace(log->pin, str_view(&note), 0600, FILE_SYNC_NO, err);
}

/** With the lock held. */
static int sync_all(struct log *log, const struct signing_key *key, struct err *err)
{
	if (log_find_end(log, err)) {
		return -1;
	}
	if (log_size(log) == log->tree.covered) {
		return renew_pin(log, err);
	}
	return sync_entries(log, err) || sign_head(log, key, err) ? -1 : 0;
}

int log_sync(struct log *log, const struct signing_key *key, struct err *err)
{
	int failed = log_lock(log, err) || sync_all(log, key, err);

	log_unlock(log);
	return failed ? err_wrap(err, "log") : 0;
}

bool log_wants_sync(const struct log *log)
{
	return log->tree.covered == 0 || log_size(log) - log->tree.covered > LOG_UNCOVERED_MAX;
}
