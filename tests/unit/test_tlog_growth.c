#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/cleanup.h"
#include "receipt/tlog_growth.h"
#include "receipts.h"

#define ORIGIN "gaterun/ops.example/0123456789abcdef"

/** Leaves of the largest tree: the entries "0", "1", … */
#define LEAVES 9

static void fill_leaves(struct merkle_hash leaves[LEAVES])
{
	for (size_t i = 0; i < LEAVES; i++) {
		char entry = (char)('0' + i);

		merkle_leaf((struct text){&entry, 1}, &leaves[i]);
	}
}

static struct checkpoint head_of(uint64_t size)
{
	struct checkpoint head = {.origin = ORIGIN, .size = size};
	struct merkle_hash leaves[LEAVES];
	struct merkle_range range = {0};

	fill_leaves(leaves);
	for (size_t i = 0; i < size; i++) {
		merkle_add(&range, &leaves[i]);
	}
	merkle_root(&range, &head.root);
	return head;
}

/** A proof that the log of `from` entries grew to one of `until`, by key number `first`. */
static void make_growth(uint64_t from, uint64_t until, unsigned char first, struct str *out)
{
	AUTO(auto_key) struct key *key = sample_key(first);
	AUTO(auto_str) struct str note = {0};
	const struct checkpoint head = head_of(until);
	struct merkle_hash leaves[LEAVES];
	struct merkle_growth path = {0};
	struct err err = {0};

	fill_leaves(leaves);
	assert_int_equal(checkpoint_write(&head, SIGNING(key), &note, &err), 0);
	merkle_prove_growth(leaves, from, until, &path);
	tlog_growth_write(&path, str_view(&note), out);
}

static int check(const struct str *bytes, const struct checkpoint *earlier, struct checkpoint *out,
		 struct err *err)
{
	AUTO(auto_key) struct key *key = sample_key(1);

	*err = (struct err){0};
	return tlog_growth_check(str_view(bytes), earlier, &key->public, out, err);
}

static void refused(const struct str *bytes, const struct checkpoint *earlier, const char *word)
{
	struct checkpoint later = {.size = 77};
	struct err err = {0};

	assert_int_equal(check(bytes, earlier, &later, &err), -1);
	if (!strstr(err.text, word)) {
		fail_msg("%s", err.text);
	}
	assert_int_equal(later.size, 77);
}

static void a_log_that_grew_is_shown_to_have_grown(void **state)
{
	(void)state;
	for (uint64_t from = 1; from <= LEAVES; from++) {
		for (uint64_t until = from; until <= LEAVES; until++) {
			AUTO(auto_str) struct str bytes = {0};
			struct checkpoint earlier = head_of(from);
			struct checkpoint later = {0};
			struct err err = {0};

			make_growth(from, until, 1, &bytes);
			assert_int_equal(check(&bytes, &earlier, &later, &err), 0);
			assert_int_equal(later.size, until);
		}
	}
}

static void nothing_else_is_shown(void **state)
{
	AUTO(auto_str) struct str good = {0};
	AUTO(auto_str) struct str by_other = {0};
	AUTO(auto_str) struct str shorter = {0};
	struct checkpoint earlier = head_of(5);
	struct checkpoint other = earlier;

	(void)state;
	make_growth(5, 9, 1, &good);
	other.root.bytes[3] ^= 1;
	refused(&good, &other, "does not show");
	other = head_of(6);
	refused(&good, &other, "starts at 5 entries, expected 6");
	make_growth(5, 9, 2, &by_other);
	refused(&by_other, &earlier, "not by the log's key");
	str_add(&shorter, "old 5\n\n");
	str_add(&shorter, strstr(good.at, "\n\n") + 2);
	refused(&shorter, &earlier, "does not show");
}

static void each_line_is_read_strictly(void **state)
{
	static const struct {
		const char *bytes;
		const char *word;
	} rows[] = {
		{"", "names no earlier size"},     {"old 0\n\nx\n", "earlier size"},
		{"old 05\n\nx\n", "earlier size"}, {"old -1\n\nx\n", "earlier size"},
		{"old 5 \n\nx\n", "earlier size"}, {"new 5\n\nx\n", "names no earlier size"},
		{"old 5\n", "no checkpoint"},      {"old 5\nAAAA\n\nx\n", "hash 1"},
		{"old 5\n!\n\nx\n", "hash 1"},     {"old 5\n\nx\n", "signed note"},
	};
	struct checkpoint earlier = head_of(5);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(auto_str) struct str bytes = {0};

		str_add(&bytes, rows[i].bytes);
		refused(&bytes, &earlier, rows[i].word);
	}
}

static void too_many_hashes_are_refused(void **state)
{
	AUTO(auto_str) struct str bytes = {0};
	struct checkpoint earlier = head_of(5);

	(void)state;
	str_add(&bytes, "old 5\n");
	for (int i = 0; i < MERKLE_LEVELS + 2; i++) {
		str_add(&bytes, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n");
	}
	str_add(&bytes, "\nx\n");
	refused(&bytes, &earlier, "more than");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_log_that_grew_is_shown_to_have_grown),
		cmocka_unit_test(nothing_else_is_shown),
		cmocka_unit_test(each_line_is_read_strictly),
		cmocka_unit_test(too_many_hashes_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
