#include "receipt/cosigned.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "receipt/log_private.h"

/** Digits of a size in a name, and of a key id. */
#define SIZE_DIGITS 8
#define ID_DIGITS 8

void cosigned_name(int64_t size, const struct witness *witness, struct str *out)
{
	unsigned char id[NOTE_KEY_ID_BYTES];

	note_key_id(witness->name, NOTE_COSIGNATURE, &witness->key, id);
	str_printf(out, "%08lld.", (long long)size);
	hex_encode(out, id, sizeof(id));
}

bool cosigned_size(const char *name, int64_t *size)
{
	struct err ignored = {0};
	unsigned char id[NOTE_KEY_ID_BYTES];
	int64_t number = 0;

	if (strlen(name) != SIZE_DIGITS + 1 + ID_DIGITS || name[SIZE_DIGITS] != '.' ||
	    strspn(name, "0123456789") != SIZE_DIGITS ||
	    hex_decode(text_of(name + SIZE_DIGITS + 1), id, sizeof(id), &ignored)) {
		return false;
	}
	for (size_t i = 0; i < SIZE_DIGITS; i++) {
		number = number * 10 + (name[i] - '0');
	}
	*size = number;
	return true;
}

/** Sizes for which a log has cosignatures, sorted, or the names for one size if `names` is not
 * NULL. No folder is no cosignature. */
static int list_files(const struct log *log, int64_t size, struct log_sizes *sizes,
		      struct cosigned_files *names, struct err *err)
{
	AUTO(auto_str) struct str path = {0};
	AUTO(auto_closedir) DIR *directory = NULL;
	struct dirent *entry = NULL;

	log_path(log, &path, "cosig");
	directory = opendir(str_text(&path));
	if (!directory) {
		return errno == ENOENT ? 0 : err_errno(err, "open directory '%s'", str_text(&path));
	}
	while ((entry = readdir(directory))) {
		int64_t named = 0;

		if (!cosigned_size(entry->d_name, &named)) {
			continue;
		}
		if (!names) {
			*VEC_ADD(sizes) = named;
		} else if (named == size && names->len < NOTE_SIGNATURES_MAX) {
			memcpy(VEC_ADD(names)->name, entry->d_name, strlen(entry->d_name) + 1);
		}
	}
	return 0;
}

static int order_files(const void *left, const void *right)
{
	const struct cosigned_file *a = left;
	const struct cosigned_file *b = right;

	return strcmp(a->name, b->name);
}

int log_cosigned_files(const struct log *log, int64_t size, struct cosigned_files *out,
		       struct err *err)
{
	if (list_files(log, size, NULL, out, err)) {
		return -1;
	}
	if (out->len > 0) {
		qsort(out->at, out->len, sizeof(*out->at), order_files);
	}
	for (size_t i = 0; i < out->len; i++) {
		AUTO(auto_str) struct str path = {0};
		AUTO(auto_str) struct str name = {0};

		str_printf(&name, "cosig/%s", out->at[i].name);
		log_path(log, &path, str_text(&name));
		if (log_read(str_text(&path), COSIGNATURE_BYTES, &out->at[i].line, err)) {
			return -1;
		}
	}
	return 0;
}

void cosigned_files_release(struct cosigned_files *files)
{
	for (size_t i = 0; i < files->len; i++) {
		str_release(&files->at[i].line);
	}
	VEC_RELEASE(files);
}

/** One judging; heads come in order, and the tree grows with them. */
struct judging {
	const struct log *log;
	const struct cosigned_judge *by;
	struct merkle_range range;
};

/** Is it a head of the entries that are here? If not, the row says so. */
static bool is_of_entries(struct judging *judging, const struct checkpoint *head,
			  struct cosigned_head *row)
{
	struct merkle_range *range = &judging->range;
	struct merkle_hash root = {0};

	if (head->size > judging->by->leaf_count) {
		row->witnessed.reason = REASON_WITNESS_QUORUM;
		(void)snprintf(row->witnessed.why, sizeof(row->witnessed.why),
			       "a witness cosigned a head of %llu entries, and only %zu are proven",
			       (unsigned long long)head->size, judging->by->leaf_count);
		return false;
	}
	while (range->size < head->size) {
		merkle_add(range, &judging->by->leaves[range->size]);
	}
	merkle_root(range, &root);
	if (!merkle_equal(&root, &head->root)) {
		row->witnessed.reason = REASON_LOG_OTHER_TREE;
		(void)snprintf(row->witnessed.why, sizeof(row->witnessed.why),
			       "the head of %llu entries that a witness cosigned is of another "
			       "history than the entries that are here",
			       (unsigned long long)head->size);
		return false;
	}
	return true;
}

/** Judge the head of one size with the lines beside it. */
static int judge_size(struct judging *judging, struct cosigned_head *row, struct err *err)
{
	const struct log *log = judging->log;
	AUTO(auto_str) struct str note = {0};
	struct cosigned_files files = {0};
	struct checkpoint head = {0};
	struct err why = {0};
	int failed = 0;

	if (log_read_head(log, row->size, &head, &note, &why)) {
		row->witnessed.reason = REASON_LOG_HISTORY_LOST;
		(void)snprintf(
			row->witnessed.why, sizeof(row->witnessed.why),
			"a witness cosigned a head of %lld entries, and it is not here: %.300s",
			(long long)row->size, why.text);
		return 0;
	}
	if (!is_of_entries(judging, &head, row)) {
		return 0;
	}
	failed = log_cosigned_files(log, row->size, &files, err);
	for (size_t i = 0; !failed && i < files.len; i++) {
		str_add_text(&note, str_view(&files.at[i].line));
	}
	if (!failed) {
		log_policy_judge(judging->by->policy, str_view(&note), &log->key,
				 judging->by->now_utc_ms, &row->witnessed);
	}
	cosigned_files_release(&files);
	return failed ? -1 : 0;
}

static int order_sizes(const void *left, const void *right)
{
	int64_t a = *(const int64_t *)left;
	int64_t b = *(const int64_t *)right;

	return (a > b) - (a < b);
}

int log_cosigned(const struct log *log, const struct cosigned_judge *judge,
		 struct cosigned_heads *out, struct err *err)
{
	struct judging judging = {.log = log, .by = judge};
	struct log_sizes sizes = {0};
	int failed = list_files(log, 0, &sizes, NULL, err);

	if (sizes.len > 0) {
		qsort(sizes.at, sizes.len, sizeof(*sizes.at), order_sizes);
	}
	for (size_t i = 0; !failed && i < sizes.len; i++) {
		if (i == 0 || sizes.at[i] != sizes.at[i - 1]) {
			struct cosigned_head *row = VEC_ADD(out);

			row->size = sizes.at[i];
			failed = judge_size(&judging, row, err);
		}
	}
	VEC_RELEASE(&sizes);
	return failed ? -1 : 0;
}

bool witnessed_is_better(const struct witnessed *left, const struct witnessed *right)
{
	if (left->reason != REASON_NONE) {
		/* Of two that are not good, what is wrong says more than what is missing. */
		return right->reason == REASON_WITNESS_QUORUM &&
		       (left->reason != REASON_WITNESS_QUORUM ||
			left->cosignatures > right->cosignatures);
	}
	return right->reason != REASON_NONE || left->not_after_utc_ms < right->not_after_utc_ms;
}

void cosigned_find(const struct cosigned_heads *heads, int64_t seq, struct witnessed *out,
		   int64_t *size)
{
	*out = (struct witnessed){
		.reason = REASON_WITNESS_QUORUM,
		.why = "no witness of the policy has cosigned a head over it",
	};
	for (size_t i = 0; i < heads->len; i++) {
		const struct cosigned_head *head = &heads->at[i];

		if (head->size > seq && witnessed_is_better(&head->witnessed, out)) {
			*out = head->witnessed;
			if (size && out->reason == REASON_NONE) {
				*size = head->size;
			}
		}
	}
}
