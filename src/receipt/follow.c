#include "receipt/follow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/codec.h"
#include "receipt/log_private.h"

/** What a witness remembers is its own. */
#define FOLDER_MODE 0700
#define FILE_MODE 0600

/** Say what came of it. */
#define conclude(follow, what, ...) (conclude_fill((follow), __VA_ARGS__), (what))

__attribute__((format(printf, 2, 3))) static void conclude_fill(struct follow *follow,
								const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(follow->why, sizeof(follow->why), format, args);
	va_end(args);
}

static void add_path(const struct follow *follow, const char *name, struct str *out)
{
	str_clear(out);
	str_printf(out, "%s/%s", follow->folder, name);
}

/* ---- what is remembered */

/** The log must be of the key that it was of when it was seen first. */
static int check_owner(const struct follow *follow, const struct follow_source *source,
		       struct err *err)
{
	AUTO(auto_str) struct str path = {0};
	AUTO(auto_str) struct str expected = {0};
	AUTO(auto_str) struct str found = {0};

	vkey_write(source->origin, &source->key, &expected);
	str_add_char(&expected, '\n');
	add_path(follow, "log.vkey", &path);
	if (file_create(str_text(&path), str_view(&expected), FILE_MODE, FILE_SYNC_YES, err) == 0) {
		return 0;
	}
	if (err->code != ERR_BUSY) {
		return -1;
	}
	*err = (struct err){0};
	if (log_read(str_text(&path), CHECKPOINT_BYTES, &found, err)) {
		return -1;
	}
	if (!text_equal(str_view(&found), str_view(&expected))) {
		return err_set(err, ERR_INPUT, "'%s' says that the log has another key",
			       str_text(&path));
	}
	return 0;
}

/** What cannot be read is not nothing: without it, a log could start anew. */
static int recall(struct follow *follow, const struct follow_source *source, struct err *err)
{
	AUTO(auto_str) struct str path = {0};

	memcpy(follow->before.origin, source->origin, sizeof(source->origin));
	add_path(follow, "head", &path);
	if (log_read(str_text(&path), CHECKPOINT_BYTES, &follow->note, err)) {
		if (err->code == ERR_ABSENT) {
			*err = (struct err){0};
			return 0;
		}
		return -1;
	}
	if (checkpoint_read(str_view(&follow->note), source->origin, &source->key, &follow->before,
			    err)) {
		return err_wrap(err, "'%s', which is what this witness remembers", str_text(&path));
	}
	return 0;
}

static int open_memory(const char *state, const struct follow_source *source, struct follow *follow,
		       struct err *err)
{
	AUTO(auto_str) struct str path = {0};
	char name[LOG_NAME_BYTES];

	origin_folder(source->origin, name);
	str_printf(&path, "%s/witness/%s", state, name);
	follow->folder = mem_copy(path.at, path.len);
	if (file_make_dirs(str_text(&path), FOLDER_MODE, err)) {
		return -1;
	}
	add_path(follow, "lock", &path);
	return log_lock_file(str_text(&path), LOG_LOCK_WAIT_MS, &follow->lock, err) ||
			       check_owner(follow, source, err) || recall(follow, source, err)
		       ? -1
		       : 0;
}

/** Remember the note of a new head: on disk before anybody hears of it. */
static enum followed remember(struct follow *follow, const struct str *note)
{
	AUTO(auto_str) struct str path = {0};
	struct err err = {0};

	add_path(follow, "head", &path);
	if (file_replace(str_text(&path), str_view(note), FILE_MODE, FILE_SYNC_YES, &err)) {
		return conclude(follow, FOLLOWED_UNKNOWN, "%s", err.text);
	}
	str_clear(&follow->note);
	str_add_text(&follow->note, str_view(note));
	return FOLLOWED_NEW;
}

/** Keep a head as part of the proof that a log has two histories. */
static int put_proof(struct follow *follow, const struct checkpoint *head, struct text note,
		     struct err *err)
{
	AUTO(auto_str) struct str path = {0};

	add_path(follow, "fork", &path);
	if (file_make_dirs(str_text(&path), FOLDER_MODE, err)) {
		return -1;
	}
	if (!follow->proof) {
		follow->proof = mem_copy(path.at, path.len);
	}
	str_printf(&path, "/%08llu-", (unsigned long long)head->size);
	hex_encode(&path, head->root.bytes, 8);
	if (file_create(str_text(&path), note, FILE_MODE, FILE_SYNC_YES, err) &&
	    err->code != ERR_BUSY) {
		return -1;
	}
	*err = (struct err){0};
	return 0;
}

/** The log does not go on where it was: keep both heads, and remember the first. */
static enum followed refuse(struct follow *follow, enum log_flaw flaw,
			    const struct checkpoint *head, struct text note)
{
	struct err err = {0};

	follow->flaw = flaw;
	if (put_proof(follow, &follow->before, str_view(&follow->note), &err) ||
	    put_proof(follow, head, note, &err)) {
		return conclude(follow, FOLLOWED_BAD,
				"the log has two histories, and the proof cannot be kept: %s",
				err.text);
	}
	if (flaw == LOG_HISTORY_LOST) {
		return conclude(follow, FOLLOWED_BAD,
				"history lost: its newest head covers %llu entries, and this "
				"witness saw one of %llu",
				(unsigned long long)head->size,
				(unsigned long long)follow->before.size);
	}
	return conclude(follow, FOLLOWED_BAD,
			"the log has two histories: its head of %llu entries does not go on from "
			"the one of %llu that this witness saw",
			(unsigned long long)head->size, (unsigned long long)follow->before.size);
}

/* ---- a log in its folder */

/** The root of the first `size` entries. */
static bool root_at(const struct log_report *report, uint64_t size, struct merkle_hash *out)
{
	struct merkle_range range = {0};

	if (size > report->leaves.len) {
		return false;
	}
	for (uint64_t i = 0; i < size; i++) {
		merkle_add(&range, &report->leaves.at[i]);
	}
	merkle_root(&range, out);
	return true;
}

/** Compare the newest head of a log that is sound with the one that is remembered. */
static enum followed compare(struct follow *follow, const struct log_report *report,
			     const struct checkpoint *head, const struct str *note)
{
	const struct checkpoint *before = &follow->before;
	struct merkle_hash root = {0};

	if (head->size < before->size) {
		return refuse(follow, LOG_HISTORY_LOST, head, str_view(note));
	}
	if (before->size > 0 &&
	    (!root_at(report, before->size, &root) || !merkle_equal(&root, &before->root))) {
		return refuse(follow, head->size == before->size ? LOG_FORK : LOG_OTHER_TREE, head,
			      str_view(note));
	}
	follow->head = *head;
	if (head->size == before->size) {
		return FOLLOWED_SAME;
	}
	return remember(follow, note);
}

/** The first of what is wrong with a log. Its heads may still tell that it was rolled back. */
static enum followed refuse_unsound(struct follow *follow, const struct log_report *report)
{
	follow->flaw = report->problems.at[0].flaw;
	return conclude(follow, FOLLOWED_BAD, "%s", report->problems.at[0].text);
}

static enum followed follow_folder(struct follow *follow, struct log *log)
{
	AUTO(auto_log_report) struct log_report report = {0};
	AUTO(auto_str) struct str note = {0};
	const struct log_look look = {.uses_pool = true};
	struct checkpoint head = {0};
	struct err err = {0};

	if (log_verify(log, &look, &report, &err)) {
		return conclude(follow, FOLLOWED_UNKNOWN, "%s", err.text);
	}
	if (report.problems.len > 0) {
		return refuse_unsound(follow, &report);
	}
	if (report.covered == 0 && follow->before.size == 0) {
		return conclude(follow, FOLLOWED_UNKNOWN, "no head of the log was signed yet");
	}
	if (report.covered == 0) {
		follow->flaw = LOG_HISTORY_LOST;
		return conclude(follow, FOLLOWED_BAD,
				"history lost: it has no signed head, and this witness saw one of "
				"%llu entries",
				(unsigned long long)follow->before.size);
	}
	if (log_read_head(log, report.covered, &head, &note, &err)) {
		return conclude(follow, FOLLOWED_UNKNOWN, "%s", err.text);
	}
	return compare(follow, &report, &head, &note);
}

/* ---- what a repo keeps of a log */

static enum followed follow_kept(struct follow *follow, const struct follow_source *source)
{
	AUTO(auto_str) struct str note = {0};
	struct checkpoint head = {0};
	struct err err = {0};

	if (kept_newest(source->place, &source->key, &follow->before, &head, &note, &err)) {
		if (err.code == ERR_INPUT && head.size > 0) {
			return refuse(follow, LOG_FORK, &head, str_view(&note));
		}
		return conclude(follow, FOLLOWED_UNKNOWN, "%s", err.text);
	}
	follow->head = head;
	if (head.size == follow->before.size) {
		return FOLLOWED_SAME;
	}
	return remember(follow, &note);
}

/* ---- the whole */

enum followed follow_log(const char *state, const struct follow_source *source, struct follow *out)
{
	struct err err = {0};

	*out = (struct follow){.lock = -1};
	if (open_memory(state, source, out, &err)) {
		return conclude(out, FOLLOWED_UNKNOWN, "%s", err.text);
	}
	return source->log ? follow_folder(out, source->log) : follow_kept(out, source);
}

int follow_cosign(const struct follow *follow, const struct follow_source *source, const char *name,
		  const struct signing_key *key, struct str *line, struct err *err)
{
	struct text text = {0};
	struct text lines = {0};

	if (memcmp(key->public.bytes, source->key.bytes, sizeof(source->key.bytes)) == 0) {
		return err_set(err, ERR_INPUT,
			       "the witness's key is that of the log, which would be its own "
			       "witness");
	}
	if (note_split(str_view(&follow->note), &text, &lines, err)) {
		return -1;
	}
	return cosignature_write(text, name, key, clock_utc_ms() / 1000, line, err);
}

void follow_release(struct follow *follow)
{
	if (follow->folder && follow->lock >= 0) {
		(void)close(follow->lock);
	}
	free(follow->folder);
	free(follow->proof);
	str_release(&follow->note);
	*follow = (struct follow){.lock = -1};
}
