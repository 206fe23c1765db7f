#include "receipt/stamp.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "receipt/log_private.h"

/** Folder in the log, and what its files end with. */
#define FOLDER "tsr"
#define SUFFIX ".tsr"

int stamp_subject(struct text note, struct str *out, struct err *err)
{
	const char *gap = note.len > 0 ? memmem(note.at, note.len, "\n\n", 2) : NULL;
	AUTO(auto_str) struct str mark = {0};
	struct text rest = note;
	struct text origin = {0};
	struct text line = {0};

	if (!gap || !text_split(&rest, '\n', &origin)) {
		return err_set(err, ERR_INPUT, "not a signed note: no blank line");
	}
	/* The log's own line is the one by its name (checkpoint.h). */
	str_printf(&mark, "\xe2\x80\x94 %.*s ", (int)origin.len, origin.at);
	rest = (struct text){gap + 2, note.len - (size_t)(gap + 2 - note.at)};
	while (rest.len > 0 && text_split(&rest, '\n', &line)) {
		if (text_starts(line, mark.at)) {
			str_add_bytes(out, note.at, (size_t)(gap + 2 - note.at));
			str_add_text(out, line);
			str_add_char(out, '\n');
			return 0;
		}
	}
	return err_set(err, ERR_INPUT, "not a signed note: no signature by its log");
}

int stamp_check(struct text reply, struct text note, struct text authorities, struct timestamp *out,
		struct err *err)
{
	AUTO(auto_str) struct str subject = {0};

	return stamp_subject(note, &subject, err) ||
			       timestamp_check(reply, str_view(&subject), authorities, out, err)
		       ? -1
		       : 0;
}

int stamp_authorities(struct tree *tree, const char *receipts, struct text *out, struct err *err)
{
	AUTO(auto_str) struct str path = {0};
	struct text read = {0};

	str_printf(&path, "%s/trust/tsa.pem", receipts);
	if (tree_read(tree, str_text(&path), TIMESTAMP_AUTHORITIES_BYTES, &read, err) != TREE_OK) {
		if (err->code != ERR_ABSENT) {
			return -1;
		}
		*err = (struct err){0};
		read = (struct text){0};
	}
	*out = read;
	return 0;
}

/* ---- in a log */

static void stamp_path(const struct log *log, int64_t size, struct str *out)
{
	AUTO(auto_str) struct str name = {0};

	str_printf(&name, FOLDER "/%08lld" SUFFIX, (long long)size);
	log_path(log, out, name.at);
}

int log_stamp_read(const struct log *log, int64_t size, struct str *out, struct err *err)
{
	AUTO(auto_str) struct str path = {0};

	stamp_path(log, size, &path);
	return log_read(path.at, TIMESTAMP_BYTES, out, err);
}

/** Does the reply prove when the head of this size existed? ERR_ABSENT if it is of another. */
static int check_size(const struct log *log, int64_t size, struct text reply,
		      struct text authorities, struct timestamp *out, struct err *err)
{
	AUTO(auto_str) struct str path = {0};
	AUTO(auto_str) struct str note = {0};
	struct checkpoint head = {0};

	log_checkpoint_path(log, &path, size);
	/* Most heads are not the one that is looked for: whose they are is asked last. */
	return log_read(path.at, CHECKPOINT_BYTES, &note, err) ||
			       stamp_check(reply, str_view(&note), authorities, out, err) ||
			       log_read_head(log, size, &head, NULL, err)
		       ? -1
		       : 0;
}

/** Find the head that a reply is of, the newest first. */
static int find_head(const struct log *log, struct text reply, struct text authorities,
		     int64_t *size, struct timestamp *out, struct err *err)
{
	struct log_sizes sizes = {0};
	bool is_found = false;
	int failed = log_list(log, "checkpoints", "", &sizes, NULL, err);

	for (size_t i = sizes.len; i-- > 0 && !failed && !is_found;) {
		struct err why = {0};

		if (check_size(log, sizes.at[i], reply, authorities, out, &why) == 0) {
			*size = sizes.at[i];
			is_found = true;
		} else if (why.code != ERR_ABSENT) {
			*err = why;
			failed = -1;
		}
	}
	if (!failed && !is_found) {
		failed = err_set(err, ERR_INPUT,
				 "the time-stamp is of none of the %zu signed heads of this log",
				 sizes.len);
	}
	VEC_RELEASE(&sizes);
	return failed;
}

/** With the lock held. */
static int place_stamp(const struct log *log, int64_t size, struct text reply, struct err *err)
{
	AUTO(auto_str) struct str folder = {0};
	AUTO(auto_str) struct str path = {0};

	log_path(log, &folder, FOLDER);
	stamp_path(log, size, &path);
	return file_make_dirs(folder.at, 0700, err) ||
			       log_write(log, path.at, reply, FILE_SYNC_YES, err) ||
			       file_sync_dir(folder.at, err) || file_sync_dir(log->folder, err)
		       ? -1
		       : 0;
}

int log_stamp(struct log *log, struct text reply, struct text authorities, int64_t *size,
	      struct timestamp *out, struct err *err)
{
	struct timestamp found = {0};
	int64_t of = 0;
	int failed = 0;

	if (find_head(log, reply, authorities, &of, &found, err)) {
		return err_wrap(err, "log");
	}
	failed = log_lock(log, err) || place_stamp(log, of, reply, err);
	log_unlock(log);
	if (failed) {
		return err_wrap(err, "log");
	}
	*size = of;
	*out = found;
	return 0;
}

/** What the reply kept with one head proves, if anything. */
static int read_stamp(const struct log *log, int64_t size, struct text authorities,
		      struct timestamp *out, struct err *err)
{
	AUTO(auto_str) struct str reply = {0};

	return log_stamp_read(log, size, &reply, err) ||
			       check_size(log, size, str_view(&reply), authorities, out, err)
		       ? err_wrap(err, "the time-stamp of head %lld", (long long)size)
		       : 0;
}

/** The earliest of those whose heads cover the entry; size 0: none. */
static int64_t find_earliest(const struct log *log, const struct log_sizes *sizes, int64_t seq,
			     struct text authorities, struct timestamp *out, struct err *err)
{
	int64_t size = 0;

	for (size_t i = 0; i < sizes->len; i++) {
		struct timestamp found = {0};

		if (sizes->at[i] <= seq || sizes->at[i] > log->tree.covered ||
		    read_stamp(log, sizes->at[i], authorities, &found, err)) {
			continue;
		}
		if (size == 0 || found.not_after_utc_ms < out->not_after_utc_ms) {
			size = sizes->at[i];
			*out = found;
		}
	}
	return size;
}

int log_stamped(struct log *log, int64_t seq, struct text authorities, struct timestamp *out,
		struct err *err)
{
	struct log_sizes sizes = {0};
	struct timestamp found = {0};
	struct checkpoint head = {0};
	struct err why = {0};
	int64_t size = 0;

	if (log_list(log, FOLDER, SUFFIX, &sizes, NULL, &why) == 0) {
		size = find_earliest(log, &sizes, seq, authorities, &found, &why);
	}
	VEC_RELEASE(&sizes);
	if (size == 0) {
		return err_set(err, ERR_ABSENT, "no time-stamp covers entry %lld%s%s",
			       (long long)seq, why.code && why.code != ERR_ABSENT ? ": " : "",
			       why.code && why.code != ERR_ABSENT ? why.text : "");
	}
	if (log_read_head(log, size, &head, NULL, err) ||
	    log_check_root(log, size, &head.root, err)) {
		return -1;
	}
	*out = found;
	return 0;
}
