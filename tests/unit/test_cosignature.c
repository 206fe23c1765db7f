#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/cleanup.h"
#include "receipt/cosignature.h"
#include "receipts.h"

/** 2026-03-01T00:00:00Z */
#define NOW_MS 1772323200000
#define NOW (NOW_MS / 1000)

#define HEAD "example.com/log\n22\n" ROOT "\n"
#define ROOT "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

/** The name of the witness. */
#define NAME "w.example/1"

static struct witness witness_of(unsigned char first)
{
	AUTO(auto_key) struct key *key = sample_key(first);
	struct witness witness = {.name = NAME};

	key_public(key, &witness.key);
	return witness;
}

/** A note over `text` with a line by witness `first` over `signed_text`. */
static void cosign(struct str *note, const char *text, const char *signed_text, unsigned char first,
		   int64_t time_utc)
{
	AUTO(auto_key) struct key *key = sample_key(first);
	struct err err = {0};

	if (note->len == 0) {
		str_printf(note, "%s\n", text);
	}
	assert_int_equal(
		cosignature_write(text_of(signed_text), NAME, SIGNING(key), time_utc, note, &err),
		0);
}

static enum cosigned find(const struct str *note, int64_t *time_utc)
{
	struct witness witness = witness_of(1);
	struct err err = {0};
	enum cosigned found = cosignature_find(str_view(note), &witness, NOW_MS, time_utc, &err);

	assert_int_equal(found == COSIGNED_ABSENT || found == COSIGNED_GOOD, err.text[0] == '\0');
	return found;
}

static void what_a_witness_signs_is_the_time_and_the_text(void **state)
{
	AUTO(auto_key) struct key *key = sample_key(1);
	AUTO(auto_str) struct str note = {0};
	AUTO(auto_str) struct str bytes = {0};
	struct note_signature line = {0};
	struct text at = {0};
	struct err err = {0};

	(void)state;
	assert_int_equal(
		cosignature_write(text_of(HEAD), NAME, SIGNING(key), 1679315147, &note, &err), 0);
	at = (struct text){note.at, note.len - 1};
	assert_int_equal(note_read_line(at, &line, &err), 0);
	assert_true(text_is(line.name, NAME));
	assert_int_equal(line.bytes.len, 4 + 8 + 64);
	assert_memory_equal(line.bytes.at + 4, "\0\0\0\0\x64\x18\x50\xcb", 8);
	assert_true(public_key_verifies(&key->public,
					text_of("cosignature/v1\ntime 1679315147\n" HEAD),
					(const unsigned char *)line.bytes.at + 12));
	str_release(&line.bytes);
}

static void the_verifier_key_is_of_type_four(void **state)
{
	AUTO(auto_str) struct str vkey = {0};
	AUTO(auto_str) struct str as_log = {0};
	struct witness witness = witness_of(1);
	struct witness again = {0};
	struct err err = {0};

	(void)state;
	witness_write_vkey(&witness, &vkey);
	note_write_vkey(witness.name, NOTE_ED25519, &witness.key, &as_log);
	assert_int_equal(witness_read_vkey(str_view(&vkey), &again, &err), 0);
	assert_memory_equal(&again.key, &witness.key, sizeof(again.key));
	assert_string_equal(again.name, NAME);
	assert_int_equal(witness_read_vkey(str_view(&as_log), &again, &err), -1);
	assert_non_null(strstr(err.text, "type 4"));
}

static void a_cosignature_of_this_head_is_good(void **state)
{
	AUTO(auto_str) struct str note = {0};
	int64_t time_utc = 0;

	(void)state;
	cosign(&note, HEAD, HEAD, 1, NOW - 60);
	assert_int_equal(find(&note, &time_utc), COSIGNED_GOOD);
	assert_int_equal(time_utc, NOW - 60);
}

static void one_of_another_head_is_wrong(void **state)
{
	static const char *const others[] = {
		"example.com/other\n22\n" ROOT "\n",
		"example.com/log\n23\n" ROOT "\n",
		"example.com/log\n22\nBAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		AUTO(auto_str) struct str note = {0};
		int64_t time_utc = 7;

		cosign(&note, HEAD, others[i], 1, NOW - 60);
		assert_int_equal(find(&note, &time_utc), COSIGNED_WRONG);
		assert_int_equal(time_utc, 7);
	}
}

static void any_other_bit_of_a_line_makes_it_wrong_or_anothers(void **state)
{
	AUTO(auto_str) struct str good = {0};
	struct note_signature line = {0};
	struct err err = {0};
	int64_t time_utc = 0;

	(void)state;
	cosign(&good, HEAD, HEAD, 1, NOW - 60);
	assert_int_equal(note_read_line((struct text){good.at + strlen(HEAD) + 1,
						      good.len - strlen(HEAD) - 2},
					&line, &err),
			 0);
	for (size_t i = 0; i < line.bytes.len * 8; i++) {
		AUTO(auto_str) struct str note = {0};

		line.bytes.at[i / 8] = (char)(line.bytes.at[i / 8] ^ 1 << i % 8);
		str_add(&note, HEAD "\n");
		note_write_line(NAME, str_view(&line.bytes), &note);
		assert_int_equal(find(&note, &time_utc), i < 32 ? COSIGNED_ABSENT : COSIGNED_WRONG);
		line.bytes.at[i / 8] = (char)(line.bytes.at[i / 8] ^ 1 << i % 8);
	}
	str_release(&line.bytes);
}

static void a_time_of_zero_or_in_the_future_is_told_apart(void **state)
{
	AUTO(auto_str) struct str zero = {0};
	AUTO(auto_str) struct str soon = {0};
	AUTO(auto_str) struct str later = {0};
	int64_t time_utc = 0;

	(void)state;
	cosign(&zero, HEAD, HEAD, 1, 0);
	assert_int_equal(find(&zero, &time_utc), COSIGNED_TIMELESS);
	cosign(&soon, HEAD, HEAD, 1, NOW + 300);
	assert_int_equal(find(&soon, &time_utc), COSIGNED_GOOD);
	cosign(&later, HEAD, HEAD, 1, NOW + 301);
	assert_int_equal(find(&later, &time_utc), COSIGNED_FUTURE);
}

static void lines_by_others_are_passed_over(void **state)
{
	AUTO(auto_str) struct str note = {0};
	int64_t time_utc = 0;

	(void)state;
	cosign(&note, HEAD, "something else", 2, 0); /* same name, another key */
	str_add(&note, NOTE_SIGNATURE_MARK "log.example AAAAAAA=\n");
	assert_int_equal(find(&note, &time_utc), COSIGNED_ABSENT);
	cosign(&note, HEAD, HEAD, 1, NOW - 5);
	assert_int_equal(find(&note, &time_utc), COSIGNED_GOOD);
}

static void of_two_times_the_earlier_counts(void **state)
{
	AUTO(auto_str) struct str note = {0};
	int64_t time_utc = 0;

	(void)state;
	cosign(&note, HEAD, HEAD, 1, NOW - 5);
	cosign(&note, HEAD, HEAD, 1, NOW - 50);
	cosign(&note, HEAD, HEAD, 1, NOW - 20);
	assert_int_equal(find(&note, &time_utc), COSIGNED_GOOD);
	assert_int_equal(time_utc, NOW - 50);
	cosign(&note, HEAD, "something else", 1, NOW - 10);
	assert_int_equal(find(&note, &time_utc), COSIGNED_WRONG);
}

static void what_is_no_note_is_wrong(void **state)
{
	AUTO(auto_str) struct str note = {0};
	int64_t time_utc = 0;

	(void)state;
	str_add(&note, HEAD "\nnot a line\n");
	assert_int_equal(find(&note, &time_utc), COSIGNED_WRONG);
	str_clear(&note);
	str_add(&note, HEAD);
	assert_int_equal(find(&note, &time_utc), COSIGNED_WRONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_witness_signs_is_the_time_and_the_text),
		cmocka_unit_test(the_verifier_key_is_of_type_four),
		cmocka_unit_test(a_cosignature_of_this_head_is_good),
		cmocka_unit_test(one_of_another_head_is_wrong),
		cmocka_unit_test(any_other_bit_of_a_line_makes_it_wrong_or_anothers),
		cmocka_unit_test(a_time_of_zero_or_in_the_future_is_told_apart),
		cmocka_unit_test(lines_by_others_are_passed_over),
		cmocka_unit_test(of_two_times_the_earlier_counts),
		cmocka_unit_test(what_is_no_note_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
