#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "logs.h"

/* ---- appending */

static void a_run_is_two_entries_under_one_head(void **state)
{
	AUTO(auto_history) struct history history = history_of("simple", 1);
	AUTO(auto_log_report) struct log_report report = {0};
	AUTO(auto_log) struct log *log = NULL;
	struct err err = {0};

	(void)state;
	assert_int_equal(history_run(&history, &err), 0);
	assert_int_equal(err.code, ERR_NONE);
	assert_true(file_exists(history_path(&history, "log.vkey")));
	assert_true(file_exists(history_path(&history, "entries/00000000.json")));
	assert_true(file_exists(history_path(&history, "entries/00000001.json")));
	assert_false(file_exists(history_path(&history, "entries/00000002.json")));
	assert_true(file_exists(history_path(&history, "checkpoints/00000002")));
	assert_false(file_exists(history_path(&history, "checkpoints/00000001")));
	assert_false(file_exists(history_path(&history, "tmp")));
	assert_true(file_exists(history_pin(&history)));
	report = history_verify(&history);
	assert_int_equal(report.problems.len, 0);
	assert_int_equal(report.size, 2);
	assert_int_equal(report.covered, 2);
	assert_int_equal(report.heads, 1);
	assert_int_equal(report.runs, 1);
	assert_int_equal(report.unfinished, 0);
	assert_true(report.has_pin);
	log = history_open(&history, LOG_READ);
	assert_int_equal(log_load(log, &err), 0);
	assert_int_equal(log_size(log), 2);
	assert_int_equal(log_covered(log), 2);
}

static void the_log_is_private_to_its_user(void **state)
{
	static const char *const names[] = {"", "entries", "entries/00000000.json", "log.vkey",
					    "checkpoints/00000002"};
	AUTO(auto_history) struct history history = history_of("private", 1);
	struct err err = {0};

	(void)state;
	assert_int_equal(history_run(&history, &err), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct stat info = {0};

		assert_int_equal(stat(history_path(&history, names[i]), &info), 0);
		assert_int_equal(info.st_mode & 077, 0);
	}
}

static void a_position_names_the_entry_before(void **state)
{
	AUTO(auto_history) struct history history = history_of("position", 1);
	AUTO(auto_log) struct log *log = history_open(&history, LOG_WRITE);
	struct log_position position = {0};
	char leaf[SHA256_HEX_BYTES];
	struct statement start = {0};
	struct err err = {0};

	(void)state;
	assert_int_equal(log_begin(log, &position, &err), 0);
	log_end(log);
	assert_int_equal(position.seq, 0);
	assert_string_equal(position.prev, "");
	assert_int_equal(history_start(log, history.key, &history.arena, &start, leaf, &err), 0);
	assert_int_equal(log_begin(log, &position, &err), 0);
	log_end(log);
	assert_int_equal(position.seq, 1);
	assert_string_equal(position.prev, leaf);
	assert_int_equal(position.set_aside, 0);
}

static void many_runs_make_one_sound_log(void **state)
{
	AUTO(auto_history) struct history history = history_of("many", 1);
	AUTO(auto_log) struct log *log = history_open(&history, LOG_WRITE);
	struct err err = {0};

	(void)state;
	history_runs(&history, 20);
	for (int i = 0; i < 20; i++) { /* one process may also make several */
		assert_int_equal(history_run_in(log, history.key, &err), 0);
		assert_int_equal(err.code, ERR_NONE);
	}
	history_runs(&history, 3);
	assert_int_equal(history_run_in(log, history.key, &err), 0);
	assert_sound(&history, 88);
}

static void a_run_that_was_killed_stays_visible(void **state)
{
	AUTO(auto_history) struct history history = history_of("killed", 1);
	AUTO(auto_log_report) struct log_report report = {0};
	AUTO(auto_log) struct log *log = history_open(&history, LOG_WRITE);
	char leaf[SHA256_HEX_BYTES];
	struct statement start = {0};
	struct err err = {0};

	(void)state;
	assert_int_equal(history_start(log, history.key, &history.arena, &start, leaf, &err), 0);
	report = history_verify(&history);
	assert_int_equal(report.problems.len, 0);
	assert_int_equal(report.covered, 0);
	assert_int_equal(report.unfinished, 1);
	log_report_release(&report);
	history_runs(&history, 1);
	report = history_verify(&history);
	assert_int_equal(report.problems.len, 0);
	assert_int_equal(report.size, 3);
	assert_int_equal(report.covered, 3);
	assert_int_equal(report.unfinished, 1);
}

static void syncing_nothing_is_fine(void **state)
{
	AUTO(auto_history) struct history history = history_of("nothing", 1);
	AUTO(auto_log) struct log *log = history_open(&history, LOG_WRITE);
	struct err err = {0};

	(void)state;
	assert_int_equal(log_sync(log, SIGNING(history.key), &err), 0);
	assert_false(file_exists(history_path(&history, "checkpoints/00000000")));
	history_runs(&history, 1);
	assert_int_equal(log_sync(log, SIGNING(history.key), &err), 0);
	assert_sound(&history, 2);
}

static void runs_that_never_sync_are_told_when_to(void **state)
{
	AUTO(auto_history) struct history history = history_of("unsynced", 1);
	AUTO(auto_log) struct log *log = history_open(&history, LOG_WRITE);
	char leaf[SHA256_HEX_BYTES];
	struct statement start = {0};
	struct err err = {0};

	(void)state;
	assert_int_equal(history_start(log, history.key, &history.arena, &start, leaf, &err), 0);
	assert_true(log_wants_sync(log)); /* it has no head at all */
	assert_int_equal(log_sync(log, SIGNING(history.key), &err), 0);
	for (int i = 0; i < LOG_UNCOVERED_MAX; i++) {
		assert_int_equal(
			history_start(log, history.key, &history.arena, &start, leaf, &err), 0);
		assert_false(log_wants_sync(log));
	}
	assert_int_equal(history_start(log, history.key, &history.arena, &start, leaf, &err), 0);
	assert_true(log_wants_sync(log));
	assert_int_equal(log_sync(log, SIGNING(history.key), &err), 0);
	assert_false(log_wants_sync(log));
	assert_sound(&history, LOG_UNCOVERED_MAX + 2);
}

static void an_entry_that_would_be_wrong_is_not_appended(void **state)
{
	AUTO(auto_history) struct history history = history_of("wrong", 1);
	AUTO(auto_history) struct history other = history_of("wrong", 2);
	AUTO(auto_log) struct log *log = history_open(&history, LOG_WRITE);
	struct log_position position = {0};
	struct statement starts[] = {
		sample_start(&history.arena, history.key, 7, HASH_A), /* another place */
		sample_start(&history.arena, other.key, 0, ""),       /* another log */
		sample_start(&history.arena, history.key, 0, ""),
	};

	(void)state;
	starts[2].identity.nonce = "short";
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		AUTO(auto_str) struct str entry = {0};
		struct err err = {0};

		assert_int_equal(log_begin(log, &position, &err), 0);
		sample_sign(&starts[i], history.key, &entry);
		assert_int_equal(log_append(log, str_view(&entry), NULL, &err), -1);
		assert_int_equal(err.code, ERR_INTERNAL);
		log_end(log);
	}
	history_runs(&history, 1);
	assert_sound(&history, 2);
}

static void a_log_that_does_not_exist_cannot_be_read(void **state)
{
	AUTO(auto_history) struct history history = history_of("absent", 1);
	struct log *log = NULL;
	struct err err = {0};

	(void)state;
	assert_int_equal(history_try(&history, LOG_READ, &log, &err), -1);
	assert_int_equal(err.code, ERR_ABSENT);
	assert_false(file_exists(history.state));
}

static void the_lock_is_waited_for_and_then_given_up(void **state)
{
	AUTO(auto_history) struct history history = history_of("locked", 1);
	AUTO(auto_log) struct log *log = history_open(&history, LOG_WRITE);
	AUTO(auto_close) int fd = -1;
	struct log_position position = {0};
	struct err err = {0};

	(void)state;
	fd = open(history_path(&history, "lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	log->lock_wait_ms = 20;
	assert_int_equal(log_begin(log, &position, &err), -1);
	assert_int_equal(err.code, ERR_BUSY);
	log_end(log);
	assert_int_equal(log_sync(log, SIGNING(history.key), &err), -1);
	assert_int_equal(flock(fd, LOCK_UN), 0);
	assert_int_equal(log_begin(log, &position, &err), 0);
	log_end(log);
}

/** Processes that append at once, and runs of each. */
#define APPENDERS 100

static void a_hundred_processes_lose_no_entry(void **state)
{
	AUTO(auto_history) struct history history = history_of("parallel", 1);
	AUTO(auto_log_report) struct log_report report = {0};
	pid_t children[APPENDERS];

	(void)state;
	for (int i = 0; i < APPENDERS; i++) {
		children[i] = fork();
		if (children[i] == 0) {
			struct err err = {0};
			struct log *log = NULL;

			if (history_try(&history, LOG_WRITE, &log, &err)) {
				_exit(1);
			}
			log->lock_wait_ms = 120000; /* slow machines, sanitizers */
			_exit(history_run_in(log, history.key, &err) ? 1 : 0);
		}
		assert_true(children[i] > 0);
	}
	for (int i = 0; i < APPENDERS; i++) {
		int status = 0;

		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_int_equal(status, 0);
	}
	report = history_verify(&history);
	assert_int_equal(report.problems.len, 0);
	assert_int_equal(report.size, 2 * APPENDERS);
	assert_int_equal(report.covered, 2 * APPENDERS);
	assert_int_equal(report.runs, APPENDERS);
	assert_int_equal(report.unfinished, 0);
}

/* ---- finding and proving */

static void receipts_are_found_and_proven(void **state)
{
	AUTO(auto_history) struct history history = history_of("proven", 1);
	AUTO(auto_log) struct log *log = NULL;
	struct err err = {0};

	(void)state;
	history_runs(&history, 4);
	log = history_open(&history, LOG_READ);
	assert_int_equal(log_load(log, &err), 0);
	for (int64_t seq = 0; seq < 8; seq++) {
		AUTO(auto_str) struct str bytes = {0};
		AUTO(auto_str) struct str note = {0};
		struct merkle_proof proof = {0};
		struct checkpoint head = {0};
		struct merkle_hash leaf = {0};

		assert_int_equal(log_prove(log, seq, &proof, &note, &err), 0);
		assert_int_equal(checkpoint_read(str_view(&note), history.origin,
						 &history.key->public, &head, &err),
				 0);
		assert_int_equal(log_entry(log, seq, &bytes, &err), 0);
		merkle_leaf(str_view(&bytes), &leaf);
		assert_true(merkle_proves(&proof, &leaf, &head.root));
	}
}

static void the_receipt_of_a_run_is_found_by_its_key(void **state)
{
	AUTO(auto_history) struct history history = history_of("found", 1);
	AUTO(auto_log) struct log *log = history_open(&history, LOG_WRITE);
	char leaf[SHA256_HEX_BYTES];
	struct statement start = {0};
	struct statement unfinished = {0};
	int64_t seq = -1;
	struct err err = {0};

	(void)state;
	history_runs(&history, 1);
	assert_int_equal(history_start(log, history.key, &history.arena, &start, leaf, &err), 0);
	assert_int_equal(history_receipt(log, history.key, &history.arena, &start, leaf, &err), 0);
	assert_int_equal(history_start(log, history.key, &history.arena, &unfinished, leaf, &err),
			 0);
	assert_int_equal(log_find(log, start.identity.run_key, &seq, &err), 0);
	assert_int_equal(seq, 3);
	assert_int_equal(log_find(log, unfinished.identity.run_key, &seq, &err), -1);
	assert_int_equal(err.code, ERR_ABSENT);
	assert_int_equal(log_find(log, "RUN-20260301T214813Z__verify.fast__Rk7q2m9x4c8t1v5za0hd3",
				  &seq, &err),
			 -1);
}

static void an_entry_without_a_head_is_not_proven(void **state)
{
	AUTO(auto_history) struct history history = history_of("unproven", 1);
	AUTO(auto_log) struct log *log = history_open(&history, LOG_WRITE);
	struct merkle_proof proof = {0};
	char leaf[SHA256_HEX_BYTES];
	struct statement start = {0};
	struct err err = {0};

	(void)state;
	assert_int_equal(history_start(log, history.key, &history.arena, &start, leaf, &err), 0);
	assert_int_equal(log_prove(log, 0, &proof, NULL, &err), -1);
	assert_int_equal(err.code, ERR_ABSENT);
	assert_int_equal(log_sync(log, SIGNING(history.key), &err), 0);
	assert_int_equal(log_prove(log, 0, &proof, NULL, &err), 0);
	assert_int_equal(log_prove(log, 1, &proof, NULL, &err), -1);
	assert_int_equal(log_prove(log, -1, &proof, NULL, &err), -1);
}

/* ---- tampering */

static void copy_file(const char *from, const char *to)
{
	assert_int_equal(TOOL_RUN(NULL, "cp", "-a", from, to), 0);
}

static void move_file(const char *from, const char *to)
{
	assert_int_equal(rename(from, to), 0);
}

static void remove_file(const char *path)
{
	assert_int_equal(unlink(path), 0);
}

static void flip_byte(const char *path, size_t at)
{
	AUTO(auto_str) struct str bytes = {0};
	struct err err = {0};

	assert_int_equal(file_read(path, ENVELOPE_BYTES, &bytes, &err), 0);
	bytes.at[at] ^= 1;
	assert_int_equal(file_replace(path, str_view(&bytes), 0600, FILE_SYNC_NO, &err), 0);
}

#define PATH(name) history_path(history, name)

static void drop_tail(struct history *history)
{
	remove_file(PATH("entries/00000007.json"));
}

static void drop_tail_and_its_head(struct history *history)
{
	remove_file(PATH("entries/00000006.json"));
	remove_file(PATH("entries/00000007.json"));
	remove_file(PATH("checkpoints/00000008"));
}

static void drop_tail_and_its_pin(struct history *history)
{
	remove_file(PATH("entries/00000007.json"));
	remove_file(history_pin(history));
}

static void drop_middle(struct history *history)
{
	remove_file(PATH("entries/00000003.json"));
}

static void drop_everything_but_heads(struct history *history)
{
	for (int i = 0; i < 8; i++) {
		remove_file(history_path(history,
					 arena_printf(&history->arena, "entries/%08d.json", i)));
	}
}

static void remove_the_newest_head(struct history *history)
{
	remove_file(PATH("checkpoints/00000008"));
}

static void remove_the_heads(struct history *history)
{
	for (int size = 2; size <= 8; size += 2) {
		remove_file(history_path(history,
					 arena_printf(&history->arena, "checkpoints/%08d", size)));
	}
}

static void alter_middle(struct history *history)
{
	flip_byte(PATH("entries/00000003.json"), 100);
}

static void alter_last(struct history *history)
{
	flip_byte(PATH("entries/00000007.json"), 100);
}

static void add_space_to_last(struct history *history)
{
	AUTO(auto_str) struct str bytes = {0};
	struct err err = {0};

	/* Verifies as before, but is another file. */
	assert_int_equal(file_read(PATH("entries/00000007.json"), ENVELOPE_BYTES, &bytes, &err), 0);
	str_add(&bytes, " ");
	assert_int_equal(file_replace(PATH("entries/00000007.json"), str_view(&bytes), 0600,
				      FILE_SYNC_NO, &err),
			 0);
}

static void swap_two(struct history *history)
{
	move_file(PATH("entries/00000003.json"), PATH("kept"));
	move_file(PATH("entries/00000005.json"), PATH("entries/00000003.json"));
	move_file(PATH("kept"), PATH("entries/00000005.json"));
}

static void renumber(struct history *history)
{
	remove_file(PATH("entries/00000004.json"));
	for (int i = 5; i < 8; i++) {
		move_file(history_path(history,
				       arena_printf(&history->arena, "entries/%08d.json", i)),
			  history_path(history,
				       arena_printf(&history->arena, "entries/%08d.json", i - 1)));
	}
}

static void repeat_at_the_end(struct history *history)
{
	copy_file(PATH("entries/00000005.json"), PATH("entries/00000008.json"));
}

static void splice_another_signer(struct history *history)
{
	AUTO(auto_history) struct history other = history_of("other-signer", 2);

	history_runs(&other, 5);
	copy_file(history_path(&other, "entries/00000008.json"), PATH("entries/00000008.json"));
}

static void sign_another_head(struct history *history)
{
	AUTO(auto_str) struct str note = {0};
	struct checkpoint head = {.size = 4};
	struct err err = {0};

	memcpy(head.origin, history->origin, strlen(history->origin) + 1);
	sample_head(&head, history->key, &note);
	assert_int_equal(file_replace(PATH("checkpoints/00000004"), str_view(&note), 0600,
				      FILE_SYNC_NO, &err),
			 0);
}

static void rename_head(struct history *history)
{
	move_file(PATH("checkpoints/00000004"), PATH("checkpoints/00000005"));
}

static void damage_head(struct history *history)
{
	flip_byte(PATH("checkpoints/00000004"), 3);
}

static void claim_a_larger_head(struct history *history)
{
	AUTO(auto_str) struct str note = {0};
	struct checkpoint head = {.size = 30};
	struct err err = {0};

	memcpy(head.origin, history->origin, strlen(history->origin) + 1);
	sample_head(&head, history->key, &note);
	assert_int_equal(file_replace(PATH("checkpoints/00000030"), str_view(&note), 0600,
				      FILE_SYNC_NO, &err),
			 0);
	remove_file(history_pin(history));
}

static void leave_a_stray_file(struct history *history)
{
	copy_file(PATH("entries/00000001.json"), PATH("entries/1.json"));
}

static void name_an_entry_far_away(struct history *history)
{
	copy_file(PATH("entries/00000001.json"), PATH("entries/99999999.json"));
}

static void link_an_entry(struct history *history)
{
	move_file(PATH("entries/00000003.json"), PATH("kept"));
	assert_int_equal(symlink(PATH("kept"), PATH("entries/00000003.json")), 0);
}

static void put_a_fifo(struct history *history)
{
	remove_file(PATH("entries/00000003.json"));
	assert_int_equal(mkfifo(PATH("entries/00000003.json"), 0600), 0);
}

static void put_a_folder(struct history *history)
{
	remove_file(PATH("entries/00000003.json"));
	assert_int_equal(mkdir(PATH("entries/00000003.json"), 0700), 0);
}

static void put_a_large_file(struct history *history)
{
	assert_int_equal(truncate(PATH("entries/00000003.json"), ENVELOPE_BYTES + 1), 0);
}

/** Restore what the log was two runs ago; the pin is outside of what was restored. */
static void restore_an_old_folder(struct history *history)
{
	AUTO(auto_history) struct history old = history_of("old", 1);

	/* Signatures are deterministic, and so are the samples: the same four runs again. */
	history_runs(&old, 2);
	assert_int_equal(TOOL_RUN(NULL, "rm", "-rf", PATH("")), 0);
	copy_file(history_path(&old, ""), PATH(""));
}

/** Restore an old folder, and go on from there with other entries. */
static void fork_from_an_old_folder(struct history *history)
{
	AUTO(auto_history) struct history old = history_of("fork", 1);
	AUTO(auto_log) struct log *log = history_open(&old, LOG_WRITE);
	char leaf[SHA256_HEX_BYTES];
	struct statement start = {0};
	struct err err = {0};

	for (int i = 0; i < 9; i++) { /* starts only: not the entries of the other branch */
		assert_int_equal(history_start(log, old.key, &old.arena, &start, leaf, &err), 0);
	}
	assert_int_equal(log_sync(log, SIGNING(old.key), &err), 0);
	assert_int_equal(TOOL_RUN(NULL, "rm", "-rf", PATH("")), 0);
	copy_file(history_path(&old, ""), PATH(""));
}

static void append_signed(struct history *history, const struct statement *statement)
{
	AUTO(auto_log) struct log *log = history_open(history, LOG_WRITE);
	AUTO(auto_str) struct str entry = {0};
	struct log_position position = {0};
	struct statement placed = *statement;
	struct err err = {0};

	assert_int_equal(log_begin(log, &position, &err), 0);
	placed.identity.seq = position.seq;
	placed.identity.prev = position.prev;
	sample_sign(&placed, history->key, &entry);
	assert_int_equal(log_append(log, str_view(&entry), NULL, &err), 0);
	log_end(log);
	assert_int_equal(log_sync(log, SIGNING(history->key), &err), 0);
}

/** Read entry 7, the receipt of the last run. */
static struct statement last_receipt(struct history *history)
{
	AUTO(auto_log) struct log *log = history_open(history, LOG_READ);
	AUTO(auto_str) struct str bytes = {0};
	struct entry entry = {0};
	struct err err = {0};

	assert_int_equal(log_entry(log, 7, &bytes, &err), 0);
	assert_int_equal(
		log_check_entry(log, str_view(&bytes), 7, NULL, &history->arena, &entry, &err), 0);
	return entry.statement;
}

static void sign_a_second_receipt(struct history *history)
{
	struct statement receipt = last_receipt(history);

	append_signed(history, &receipt);
}

static void sign_a_receipt_of_another_start(struct history *history)
{
	struct statement receipt = last_receipt(history);

	receipt.identity.start_seq = 4;
	append_signed(history, &receipt);
}

static void sign_a_receipt_of_a_receipt(struct history *history)
{
	struct statement receipt = last_receipt(history);

	receipt.identity.start_seq = 5;
	append_signed(history, &receipt);
}

/** A check of everything names the flaw, and so does one by hashes, or it sees nothing. */
static void assert_told(const struct history *history, size_t number, enum log_flaw flaw,
			bool only_full)
{
	AUTO(auto_log_report) struct log_report full = history_verify(history);
	AUTO(auto_log_report)
	struct log_report hashes = history_look(history, &(struct log_look){.uses_pool = true});

	if (!report_has(&full, flaw)) {
		fail_msg("case %zu: not told", number);
	}
	if (only_full ? hashes.problems.len > 0 : !report_has(&hashes, flaw)) {
		fail_msg("case %zu: by hashes %zu problems", number, hashes.problems.len);
	}
	assert_int_equal(hashes.is_full, !only_full);
}

/* `next`: what stops the next run; LOG_SOUND where only a check of all of it can see it.
 * `only_full`: hashes and the newest head do not tell. */
static const struct {
	void (*spoil)(struct history *history);
	enum log_flaw found;
	enum log_flaw next;
	bool only_full;
} tamperings[] = {
	{drop_tail, LOG_HISTORY_LOST, LOG_HISTORY_LOST, false},
	{drop_tail_and_its_head, LOG_HISTORY_LOST, LOG_HISTORY_LOST, false},
	{drop_tail_and_its_pin, LOG_HISTORY_LOST, LOG_HISTORY_LOST, false},
	{drop_middle, LOG_ENTRY_MISSING, LOG_SOUND, false},
	{drop_everything_but_heads, LOG_HISTORY_LOST, LOG_HISTORY_LOST, false},
	{alter_middle, LOG_ENTRY_WRONG, LOG_SOUND, false},
	{alter_middle, LOG_OTHER_TREE, LOG_SOUND, false},
	{alter_last, LOG_OTHER_TREE, LOG_OTHER_TREE, false},
	{add_space_to_last, LOG_OTHER_TREE, LOG_OTHER_TREE, false},
	{swap_two, LOG_ENTRY_WRONG, LOG_SOUND, false},
	{renumber, LOG_HISTORY_LOST, LOG_HISTORY_LOST, false},
	{renumber, LOG_ENTRY_WRONG, LOG_HISTORY_LOST, false},
	{repeat_at_the_end, LOG_ENTRY_WRONG, LOG_ENTRY_WRONG, false},
	{splice_another_signer, LOG_FOREIGN, LOG_FOREIGN, false},
	{sign_another_head, LOG_OTHER_TREE, LOG_SOUND, true},
	{rename_head, LOG_CHECKPOINT_WRONG, LOG_SOUND, true},
	{damage_head, LOG_CHECKPOINT_WRONG, LOG_SOUND, true},
	{claim_a_larger_head, LOG_HISTORY_LOST, LOG_HISTORY_LOST, false},
	{remove_the_heads, LOG_CHECKPOINT_MISSING, LOG_SOUND, false},
	{remove_the_newest_head, LOG_CHECKPOINT_MISSING, LOG_SOUND, false},
	{leave_a_stray_file, LOG_STRAY_FILE, LOG_SOUND, false},
	{name_an_entry_far_away, LOG_ENTRY_MISSING, LOG_SOUND, false},
	{link_an_entry, LOG_ENTRY_WRONG, LOG_SOUND, false},
	{put_a_fifo, LOG_ENTRY_WRONG, LOG_SOUND, false},
	{put_a_folder, LOG_ENTRY_WRONG, LOG_SOUND, false},
	{put_a_large_file, LOG_ENTRY_WRONG, LOG_SOUND, false},
	{restore_an_old_folder, LOG_HISTORY_LOST, LOG_HISTORY_LOST, false},
	{fork_from_an_old_folder, LOG_OTHER_TREE, LOG_OTHER_TREE, false},
	{sign_a_second_receipt, LOG_RECEIPT_TWICE, LOG_SOUND, true},
	{sign_a_receipt_of_another_start, LOG_RECEIPT_UNPAIRED, LOG_SOUND, true},
	{sign_a_receipt_of_a_receipt, LOG_RECEIPT_UNPAIRED, LOG_SOUND, true},
};

/** Spoil a log of four runs: is it told, and does the next run stop if it should? */
static void tamper(size_t number)
{
	char name[32];
	AUTO(auto_history) struct history history = {0};
	AUTO(auto_log) struct log *log = NULL;
	struct err err = {0};
	int expected = tamperings[number].next == LOG_SOUND ? 0 : -1;

	(void)snprintf(name, sizeof(name), "tamper-%zu", number);
	history = history_of(name, 1);
	history_runs(&history, 4);
	tamperings[number].spoil(&history);
	assert_told(&history, number, tamperings[number].found, tamperings[number].only_full);
	log = history_open(&history, LOG_WRITE);
	if (history_run_in(log, history.key, &err) != expected) {
		fail_msg("case %zu: %s", number, err.text);
	}
	assert_int_equal(log_flaw(log), tamperings[number].next);
}

static void every_tampering_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(tamperings) / sizeof(tamperings[0]); i++) {
		tamper(i);
	}
	assert_int_equal(TOOL_RUN(NULL, "rm", "-rf", scratch_path("old"), scratch_path("fork")), 0);
}

static void what_is_missing_is_named_by_number(void **state)
{
	AUTO(auto_history) struct history history = history_of("gaps", 1);
	AUTO(auto_log_report) struct log_report one = {0};
	AUTO(auto_log_report) struct log_report two = {0};

	(void)state;
	history_runs(&history, 4);
	remove_file(history_path(&history, "entries/00000003.json"));
	one = history_verify(&history);
	assert_string_equal(one.problems.at[0].text, "history lost: entry 3 is missing");
	remove_file(history_path(&history, "entries/00000004.json"));
	two = history_verify(&history);
	assert_string_equal(two.problems.at[0].text, "history lost: entries 3 to 4 are missing");
}

static void what_was_changed_is_named_by_number(void **state)
{
	AUTO(auto_history) struct history last = history_of("changed-last", 1);
	AUTO(auto_history) struct history middle = history_of("changed-middle", 1);
	AUTO(auto_log_report) struct log_report one = {0};
	AUTO(auto_log_report) struct log_report two = {0};

	(void)state;
	history_runs(&last, 4);
	add_space_to_last(&last);
	one = history_verify(&last);
	assert_string_equal(
		one.problems.at[0].text,
		"the checkpoint of size 8 is of another history: among the entries 6 to "
		"7 is one that is not what was signed");
	history_runs(&middle, 4);
	alter_middle(&middle);
	two = history_verify(&middle);
	assert_int_equal(two.problems.at[0].seq, 3);
	assert_non_null(strstr(two.problems.at[0].text, "entry 3"));
	assert_non_null(strstr(two.problems.at[2].text, "does not follow entry 3"));
}

static void with_no_cache_the_next_run_reads_all_entries(void **state)
{
	AUTO(auto_history) struct history history = history_of("no-cache", 1);
	struct err err = {0};

	(void)state;
	history_runs(&history, 4);
	remove_file(history_path(&history, "edge"));
	assert_int_equal(history_run(&history, &err), 0);
	assert_true(file_exists(history_path(&history, "edge")));
	remove_file(history_path(&history, "edge"));
	flip_byte(history_path(&history, "entries/00000003.json"), 100);
	assert_int_equal(history_run(&history, &err), -1);
	assert_non_null(strstr(err.text, "another history"));
	flip_byte(history_path(&history, "entries/00000003.json"), 100);
	assert_int_equal(history_run(&history, &err), 0);
	assert_sound(&history, 12);
}

static void a_false_cache_is_not_believed(void **state)
{
	static const char *const edges[] = {
		"",
		"gaterun-edge-v1\n",
		"gaterun-edge-v1\n7\n",
		"gaterun-edge-v1\n7\n" HASH_A "\n" HASH_A "\n" HASH_A "\n",
		"gaterun-edge-v1\n99999\n" HASH_A "\n" HASH_A "\n" HASH_A "\n" HASH_A "\n" HASH_A
		"\n" HASH_A "\n" HASH_A "\n" HASH_A "\n" HASH_A "\n" HASH_A "\n",
		"gaterun-edge-v1\n-1\n",
	};
	AUTO(auto_history) struct history history = history_of("false-cache", 1);

	(void)state;
	history_runs(&history, 4);
	for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++) {
		struct err err = {0};

		assert_int_equal(file_replace(history_path(&history, "edge"), text_of(edges[i]),
					      0600, FILE_SYNC_NO, &err),
				 0);
		assert_int_equal(history_run(&history, &err), 0);
	}
	assert_sound(&history, 20);
}

static void another_owner_of_the_folder_is_refused(void **state)
{
	AUTO(auto_history) struct history history = history_of("owner", 1);
	AUTO(auto_history) struct history other = history_of("owner", 2);
	struct log *log = NULL;
	struct err err = {0};

	(void)state;
	history_runs(&history, 1);
	history_runs(&other, 1);
	copy_file(history_path(&other, "log.vkey"), history_path(&history, "log.vkey"));
	assert_int_equal(history_try(&history, LOG_WRITE, &log, &err), -1);
	assert_non_null(strstr(err.text, "another signer"));
	assert_int_equal(history_try(&history, LOG_READ, &log, &err), -1);
}

static void a_head_signed_twice_for_one_size_is_a_fork(void **state)
{
	AUTO(auto_history) struct history history = history_of("two-heads", 1);
	AUTO(auto_log) struct log *log = NULL;
	AUTO(auto_str) struct str note = {0};
	struct checkpoint head = {.size = 4};
	struct err err = {0};

	(void)state;
	history_runs(&history, 1);
	memcpy(head.origin, history.origin, strlen(history.origin) + 1);
	sample_head(&head, history.key, &note);
	assert_int_equal(file_replace(history_path(&history, "checkpoints/00000004"),
				      str_view(&note), 0600, FILE_SYNC_NO, &err),
			 0);
	log = history_open(&history, LOG_WRITE);
	assert_int_equal(history_run_in(log, history.key, &err), -1);
	assert_int_equal(log_flaw(log), LOG_FORK);
}

/* ---- crashes */

static void what_a_crash_leaves_is_mended(void **state)
{
	AUTO(auto_history) struct history history = history_of("crash", 1);
	AUTO(auto_log) struct log *log = NULL;
	struct merkle_proof proof = {0};
	char leaf[SHA256_HEX_BYTES];
	struct statement start = {0};
	struct err err = {0};

	(void)state;
	history_runs(&history, 2);
	/* Killed before link(2): a temporary file. */
	copy_file(history_path(&history, "entries/00000003.json"), history_path(&history, "tmp"));
	history_runs(&history, 1);
	assert_false(file_exists(history_path(&history, "tmp")));
	/* A checkpoint went missing: the pin is a copy of it. */
	remove_file(history_path(&history, "checkpoints/00000006"));
	log = history_open(&history, LOG_READ);
	assert_int_equal(log_load(log, &err), 0);
	assert_int_equal(log_prove(log, 5, &proof, NULL, &err), 0);
	assert_int_equal(err.code, ERR_NONE);
	log_free(log);
	/* Killed between the head and the pin. */
	copy_file(history_pin(&history), history_path(&history, "old-pin"));
	history_runs(&history, 1);
	move_file(history_path(&history, "old-pin"), history_pin(&history));
	history_runs(&history, 1);
	assert_sound(&history, 10);
	/* Killed between the entries and the head. */
	log = history_open(&history, LOG_WRITE);
	assert_int_equal(history_start(log, history.key, &history.arena, &start, leaf, &err), 0);
	assert_int_equal(history_receipt(log, history.key, &history.arena, &start, leaf, &err), 0);
	history_runs(&history, 1);
	assert_sound(&history, 14);
	/* The pin is gone or empty. */
	remove_file(history_pin(&history));
	history_runs(&history, 1);
	assert_int_equal(truncate(history_pin(&history), 0), 0);
	history_runs(&history, 1);
	assert_sound(&history, 18);
}

static void an_entry_that_a_power_failure_emptied_is_set_aside(void **state)
{
	AUTO(auto_history) struct history history = history_of("power", 1);
	AUTO(auto_log) struct log *log = history_open(&history, LOG_WRITE);
	AUTO(auto_log) struct log *next = NULL;
	struct log_position position = {0};
	char leaf[SHA256_HEX_BYTES];
	struct statement start = {0};
	struct err err = {0};

	(void)state;
	history_runs(&history, 2);
	assert_int_equal(history_start(log, history.key, &history.arena, &start, leaf, &err), 0);
	assert_int_equal(history_receipt(log, history.key, &history.arena, &start, leaf, &err), 0);
	assert_int_equal(truncate(history_path(&history, "entries/00000004.json"), 0), 0);
	next = history_open(&history, LOG_WRITE);
	assert_int_equal(log_begin(next, &position, &err), 0);
	assert_int_equal(position.seq, 4);
	assert_int_equal(position.set_aside, 2);
	log_end(next);
	assert_true(file_exists(history_path(&history, "torn")));
	history_runs(&history, 1);
	assert_sound(&history, 6);
}

static void an_emptied_entry_under_a_head_is_never_replaced(void **state)
{
	AUTO(auto_history) struct history history = history_of("emptied", 1);
	struct err err = {0};

	(void)state;
	history_runs(&history, 2);
	assert_int_equal(truncate(history_path(&history, "entries/00000003.json"), 0), 0);
	assert_int_equal(history_run(&history, &err), -1);
	assert_true(file_exists(history_path(&history, "entries/00000003.json")));
}

static void a_full_disk_leaves_a_sound_log(void **state)
{
	AUTO(auto_history) struct history history = history_of("full", 1);
	int failures = 0;

	(void)state;
	history_runs(&history, 2);
	for (rlim_t limit = 0; limit < 6000; limit += 200) {
		pid_t child = fork();
		int status = 0;

		if (child == 0) {
			struct rlimit most = {limit, limit};
			struct err err = {0};

			(void)signal(SIGXFSZ, SIG_IGN);
			(void)setrlimit(RLIMIT_FSIZE, &most);
			_exit(history_run(&history, &err) ? 1 : 0);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFEXITED(status));
		failures += WEXITSTATUS(status);
		assert_false(file_exists(history_path(&history, "tmp")));
		assert_sound(&history, -1);
	}
	assert_true(failures > 5 && failures < 30);
	history_runs(&history, 1);
	assert_sound(&history, -1);
}

#define TEST(function) cmocka_unit_test(function)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_run_is_two_entries_under_one_head),
		TEST(the_log_is_private_to_its_user),
		TEST(a_position_names_the_entry_before),
		TEST(many_runs_make_one_sound_log),
		TEST(a_run_that_was_killed_stays_visible),
		TEST(syncing_nothing_is_fine),
		TEST(runs_that_never_sync_are_told_when_to),
		TEST(an_entry_that_would_be_wrong_is_not_appended),
		TEST(a_log_that_does_not_exist_cannot_be_read),
		TEST(the_lock_is_waited_for_and_then_given_up),
		TEST(a_hundred_processes_lose_no_entry),
		TEST(receipts_are_found_and_proven),
		TEST(the_receipt_of_a_run_is_found_by_its_key),
		TEST(an_entry_without_a_head_is_not_proven),
		TEST(every_tampering_is_told),
		TEST(what_is_missing_is_named_by_number),
		TEST(what_was_changed_is_named_by_number),
		TEST(with_no_cache_the_next_run_reads_all_entries),
		TEST(a_false_cache_is_not_believed),
		TEST(another_owner_of_the_folder_is_refused),
		TEST(a_head_signed_twice_for_one_size_is_a_fork),
		TEST(what_a_crash_leaves_is_mended),
		TEST(an_entry_that_a_power_failure_emptied_is_set_aside),
		TEST(an_emptied_entry_under_a_head_is_never_replaced),
		TEST(a_full_disk_leaves_a_sound_log),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
