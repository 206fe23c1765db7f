#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/codec.h"
#include "logs.h"

#define NOTED_AT "2026-03-01T21:48:13.123Z"

/** Key number 2's log, which continues or watches that of key number 1. */
struct pair {
	struct arena arena;
	struct key *key;
	struct key *other;
	const char *origin;
	const char *other_origin;
};

static struct pair make_pair(void)
{
	struct pair pair = {.key = sample_key(2), .other = sample_key(1)};

	pair.origin = sample_origin(&pair.arena, pair.key);
	pair.other_origin = sample_origin(&pair.arena, pair.other);
	return pair;
}

static void auto_pair(struct pair *pair)
{
	key_free(pair->key);
	key_free(pair->other);
	arena_release(&pair->arena);
}

static struct notice make(struct pair *pair, enum notice_kind kind)
{
	AUTO(auto_str) struct str vkey = {0};
	struct notice notice = {
		.kind = kind,
		.identity = {.schema = NOTICE_SCHEMA,
			     .log_origin = pair->origin,
			     .seq = kind == NOTICE_OPEN ? 0 : 7,
			     .prev = kind == NOTICE_OPEN ? "" : HASH_A},
		.noted_at = NOTED_AT,
	};

	if (kind == NOTICE_CLOSE) {
		vkey_write(pair->other_origin, &pair->other->public, &vkey);
		notice.next_vkey = arena_text(&pair->arena, str_text(&vkey));
	} else {
		notice.head = (struct notice_head){pair->other_origin, 22, HASH_B};
	}
	return notice;
}

static enum statement_reading read_back(const struct notice *notice, struct pair *pair,
					struct notice *out, struct err *err)
{
	AUTO(auto_str) struct str bytes = {0};

	*err = (struct err){0};
	notice_write(notice, &bytes);
	return notice_read(&pair->arena, str_view(&bytes), out, err);
}

/** It is not read, and the reason has these words. */
static void assert_refused(const struct notice *notice, struct pair *pair, const char *words)
{
	struct notice read = {0};
	struct err err = {0};

	assert_int_equal(read_back(notice, pair, &read, &err), STATEMENT_BROKEN);
	if (!strstr(err.text, words)) {
		fail_msg("said '%s', not '%s'", err.text, words);
	}
}

static void a_notice_is_read_as_it_was_written(void **state)
{
	AUTO(auto_pair) struct pair pair = make_pair();

	(void)state;
	for (int kind = NOTICE_OPEN; kind <= NOTICE_SEEN; kind++) {
		struct notice notice = make(&pair, (enum notice_kind)kind);
		struct notice read = {0};
		struct err err = {0};

		if (read_back(&notice, &pair, &read, &err) != STATEMENT_GOOD) {
			fail_msg("%s: %s", notice_word((enum notice_kind)kind), err.text);
		}
		assert_int_equal(read.kind, kind);
		assert_int_equal(read.identity.seq, notice.identity.seq);
		assert_string_equal(read.identity.prev, notice.identity.prev);
		assert_string_equal(read.identity.log_origin, pair.origin);
		assert_string_equal(read.noted_at, NOTED_AT);
		if (kind == NOTICE_CLOSE) {
			assert_string_equal(read.next_vkey, notice.next_vkey);
		} else {
			assert_string_equal(read.head.origin, pair.other_origin);
			assert_int_equal(read.head.size, 22);
			assert_string_equal(read.head.root, HASH_B);
		}
	}
}

static void the_bytes_are_the_documented_ones(void **state)
{
	AUTO(auto_pair) struct pair pair = make_pair();
	AUTO(auto_str) struct str bytes = {0};
	AUTO(auto_str) struct str expected = {0};
	AUTO(auto_str) struct str body = {0};
	struct notice notice = make(&pair, NOTICE_SEEN);
	unsigned char root[SHA256_BYTES];
	char subject[SHA256_HEX_BYTES];

	(void)state;
	memset(root, 0xbb, sizeof(root));
	str_printf(&body, "%s\n22\n", pair.other_origin);
	base64_encode(&body, root, sizeof(root));
	str_add_char(&body, '\n');
	sha256_hex(str_text(&body), body.len, subject);
	str_printf(&expected,
		   "{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicate\":{"
		   "\"head\":{\"origin\":\"%s\",\"root\":\"" HASH_B "\",\"size\":22},"
		   "\"identity\":{\"logOrigin\":\"%s\",\"prev\":\"" HASH_A
		   "\",\"schema\":1,\"seq\":7},"
		   "\"time\":{\"notedAt\":\"" NOTED_AT "\"}},"
		   "\"predicateType\":\"urn:gaterun:seen:v1\",\"subject\":[{\"digest\":{\"sha256\":"
		   "\"%s\"},\"name\":\"%s\"}]}",
		   pair.other_origin, pair.origin, subject, pair.other_origin);
	notice_write(&notice, &bytes);
	assert_string_equal(str_text(&bytes), str_text(&expected));
}

static void a_notice_stands_where_its_kind_may(void **state)
{
	AUTO(auto_pair) struct pair pair = make_pair();
	struct notice open = make(&pair, NOTICE_OPEN);
	struct notice close = make(&pair, NOTICE_CLOSE);
	struct notice seen = make(&pair, NOTICE_SEEN);
	struct notice read = {0};
	struct err err = {0};

	(void)state;
	open.identity.seq = 1;
	open.identity.prev = HASH_A;
	assert_refused(&open, &pair, "opened by its first entry");
	close.identity.seq = 0;
	close.identity.prev = "";
	assert_refused(&close, &pair, "without entries is not closed");
	seen.identity.seq = 0;
	seen.identity.prev = "";
	assert_int_equal(read_back(&seen, &pair, &read, &err), STATEMENT_GOOD);
	seen.identity.prev = HASH_A;
	assert_refused(&seen, &pair, "prev");
}

static void a_notice_names_another_log(void **state)
{
	AUTO(auto_pair) struct pair pair = make_pair();
	AUTO(auto_str) struct str vkey = {0};
	struct notice open = make(&pair, NOTICE_OPEN);
	struct notice close = make(&pair, NOTICE_CLOSE);
	struct notice seen = make(&pair, NOTICE_SEEN);
	struct notice read = {0};
	struct err err = {0};

	(void)state;
	seen.head.origin = pair.origin;
	assert_refused(&seen, &pair, "its own log");
	open.head.origin = pair.origin;
	assert_refused(&open, &pair, "its own log");
	vkey_write(pair.origin, &pair.key->public, &vkey);
	close.next_vkey = str_text(&vkey);
	assert_refused(&close, &pair, "not another log of the same repo");
	/* A witness may watch any log; a log continues one of its own repo. */
	open.head.origin = "gaterun/other.example/0123456789abcdef";
	assert_refused(&open, &pair, "not a log of the same repo");
	seen.head.origin = "sum.golang.org";
	assert_int_equal(read_back(&seen, &pair, &read, &err), STATEMENT_GOOD);
	seen.head.origin = "sum.golang.org+1";
	assert_refused(&seen, &pair, "head.origin");
}

static void the_next_key_must_be_that_of_the_next_log(void **state)
{
	AUTO(auto_pair) struct pair pair = make_pair();
	AUTO(auto_key) struct key *third = sample_key(3);
	struct notice close = make(&pair, NOTICE_CLOSE);
	const char *right = close.next_vkey;

	(void)state;
	for (int i = 0; i < 2; i++) {
		AUTO(auto_str) struct str vkey = {0};

		/* Another key under the name, or a name of another repo. */
		vkey_write(i == 0 ? pair.other_origin : "gaterun/other.example/0123456789abcdef",
			   i == 0 ? &third->public : &pair.other->public, &vkey);
		close.next_vkey = str_text(&vkey);
		assert_refused(&close, &pair, "not another log of the same repo");
	}
	close.next_vkey = arena_printf(&pair.arena, "%s\n", right);
	assert_refused(&close, &pair, "next.vkey");
	close.next_vkey = "x";
	assert_refused(&close, &pair, "next.vkey");
}

static void values_out_of_form_are_refused(void **state)
{
	AUTO(auto_pair) struct pair pair = make_pair();
	struct notice seen = make(&pair, NOTICE_SEEN);
	struct notice changed = seen;

	(void)state;
	changed.head.size = 0;
	assert_refused(&changed, &pair, "head.size");
	changed = seen;
	changed.head.root = "ab";
	assert_refused(&changed, &pair, "head.root");
	changed = seen;
	changed.noted_at = "2026-03-01";
	assert_refused(&changed, &pair, "notedAt");
	changed = seen;
	changed.identity.schema = 0;
	assert_refused(&changed, &pair, "schema");
	changed = seen;
	changed.identity.log_origin = "gaterun/0123456789abcdef";
	assert_refused(&changed, &pair, "logOrigin");
}

static void other_bytes_of_the_same_meaning_are_refused(void **state)
{
	static const char *const edits[][2] = {
		{"\"size\":22", "\"size\": 22"},
		{"\"size\":22", "\"size\":22,\"more\":1"},
		{"\"subject\":[", "\"subject\":[{\"name\":\"x\"},"},
		{"\"schema\":1", "\"schema\":\"1\""},
		{"\"_type\"", "\"also\":1,\"_type\""},
		{"\"seq\":7", "\"seq\":7.0"},
		{"{\"head\"", "{\"head\":{},\"head\""},
	};
	AUTO(auto_pair) struct pair pair = make_pair();
	AUTO(auto_str) struct str bytes = {0};
	struct notice notice = make(&pair, NOTICE_SEEN);

	(void)state;
	notice_write(&notice, &bytes);
	for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		AUTO(auto_str) struct str edited = {0};
		const char *at = strstr(str_text(&bytes), edits[i][0]);
		struct notice read = {0};
		struct err err = {0};

		assert_non_null(at);
		str_add_bytes(&edited, str_text(&bytes), (size_t)(at - str_text(&bytes)));
		str_add(&edited, edits[i][1]);
		str_add(&edited, at + strlen(edits[i][0]));
		if (notice_read(&pair.arena, str_view(&edited), &read, &err) != STATEMENT_BROKEN) {
			fail_msg("accepted: %s", str_text(&edited));
		}
	}
}

static void a_later_version_is_told_from_a_broken_one(void **state)
{
	AUTO(auto_pair) struct pair pair = make_pair();
	struct notice notice = make(&pair, NOTICE_OPEN);
	struct notice read = {0};
	struct err err = {0};

	(void)state;
	notice.identity.schema = 2;
	assert_int_equal(read_back(&notice, &pair, &read, &err), STATEMENT_NEWER);
	assert_int_equal(notice_read(&pair.arena, text_of("{\"_type\":1}"), &read, &err),
			 STATEMENT_FOREIGN);
}

/* ---- in a log */

/** The samples are of that day: what comes behind a notice of today would be older. */
static void fix_the_clock(void)
{
	struct err err = {0};
	int64_t utc_ms = 0;

	assert_int_equal(clock_parse_rfc3339(text_of(NOTED_AT), &utc_ms, &err), 0);
	clock_fix_utc_ms(utc_ms);
}

static int note(const struct history *history, const struct notice *notice, struct err *err)
{
	AUTO(auto_log) struct log *log = history_open(history, LOG_WRITE);

	*err = (struct err){0};
	return log_note(log, SIGNING(history->key), notice, err) ||
			       log_sync(log, SIGNING(history->key), err)
		       ? -1
		       : 0;
}

static void what_a_witness_saw_stands_between_runs(void **state)
{
	AUTO(auto_history) struct history history = history_of("witness", 2);
	AUTO(auto_pair) struct pair pair = make_pair();
	struct notice seen = make(&pair, NOTICE_SEEN);
	struct err err = {0};

	(void)state;
	fix_the_clock();
	assert_int_equal(note(&history, &seen, &err), 0);
	history_runs(&history, 1);
	assert_int_equal(note(&history, &seen, &err), 0);
	history_runs(&history, 1);
	assert_sound(&history, 6);
}

static void nothing_is_appended_behind_a_close(void **state)
{
	AUTO(auto_history) struct history history = history_of("closed", 2);
	AUTO(auto_pair) struct pair pair = make_pair();
	struct notice close = make(&pair, NOTICE_CLOSE);
	struct err err = {0};

	(void)state;
	fix_the_clock();
	history_runs(&history, 1);
	assert_int_equal(note(&history, &close, &err), 0);
	assert_sound(&history, 3);
	assert_int_equal(history_run(&history, &err), -1);
	assert_non_null(strstr(err.text, "the log is closed"));
	assert_int_equal(note(&history, &close, &err), -1);
	assert_sound(&history, 3);
}

static void an_opening_is_the_first_entry_or_refused(void **state)
{
	AUTO(auto_history) struct history history = history_of("opened", 2);
	AUTO(auto_pair) struct pair pair = make_pair();
	struct notice open = make(&pair, NOTICE_OPEN);
	struct err err = {0};

	(void)state;
	fix_the_clock();
	assert_int_equal(note(&history, &open, &err), 0);
	history_runs(&history, 1);
	assert_int_equal(note(&history, &open, &err), -1);
	assert_non_null(strstr(err.text, "opened by its first entry"));
	assert_sound(&history, 3);
}

/** Put an entry behind a close, as somebody would who has the key and another program. */
static void add_behind(struct history *history)
{
	AUTO(auto_log) struct log *log = history_open(history, LOG_WRITE);
	AUTO(auto_str) struct str entry = {0};
	struct log_position position = {0};
	struct statement start = {0};
	struct err err = {0};

	assert_int_equal(log_begin(log, &position, &err), 0);
	start = sample_start(&history->arena, history->key, position.seq, position.prev);
	sample_sign(&start, history->key, &entry);
	assert_int_equal(log_write(log, history_path(history, "entries/00000003.json"),
				   str_view(&entry), FILE_SYNC_NO, &err),
			 0);
	log_end(log);
}

static void an_entry_behind_a_close_is_found(void **state)
{
	AUTO(auto_history) struct history history = history_of("behind", 2);
	AUTO(auto_pair) struct pair pair = make_pair();
	struct notice close = make(&pair, NOTICE_CLOSE);
	struct err err = {0};

	(void)state;
	fix_the_clock();
	history_runs(&history, 1);
	assert_int_equal(note(&history, &close, &err), 0);
	add_behind(&history);
	for (int is_full = 0; is_full < 2; is_full++) {
		AUTO(auto_log_report)
		struct log_report report =
			history_look(&history, &(struct log_look){.is_full = is_full == 1});

		assert_true(report_has(&report, LOG_AFTER_CLOSE));
		assert_int_equal(report.problems.len, 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_notice_is_read_as_it_was_written),
		cmocka_unit_test(the_bytes_are_the_documented_ones),
		cmocka_unit_test(a_notice_stands_where_its_kind_may),
		cmocka_unit_test(a_notice_names_another_log),
		cmocka_unit_test(the_next_key_must_be_that_of_the_next_log),
		cmocka_unit_test(values_out_of_form_are_refused),
		cmocka_unit_test(other_bytes_of_the_same_meaning_are_refused),
		cmocka_unit_test(a_later_version_is_told_from_a_broken_one),
		cmocka_unit_test(what_a_witness_saw_stands_between_runs),
		cmocka_unit_test(nothing_is_appended_behind_a_close),
		cmocka_unit_test(an_opening_is_the_first_entry_or_refused),
		cmocka_unit_test(an_entry_behind_a_close_is_found),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
