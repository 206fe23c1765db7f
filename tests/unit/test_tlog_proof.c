#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/cleanup.h"
#include "crypto/key_private.h"
#include "receipt/tlog_proof.h"
#include "signing.h"

#define ORIGIN "gaterun/ops.example/0123456789abcdef"

/** Leaves of the tree: the entries "0", "1", … */
#define LEAVES 7

/** A proof of the entry `index` under a head of all leaves, by key number `first`. */
static void make_proof(uint64_t index, unsigned char first, struct str *out)
{
	unsigned char seed[ED25519_SEED_BYTES] = {first};
	AUTO(auto_key) struct key *key = key_from_seed(seed);
	AUTO(auto_str) struct str note = {0};
	struct checkpoint head = {.origin = ORIGIN, .size = LEAVES};
	struct merkle_hash leaves[LEAVES];
	struct merkle_range range = {0};
	struct merkle_proof proof = {0};
	struct err err = {0};

	for (size_t i = 0; i < LEAVES; i++) {
		char entry = (char)('0' + i);

		merkle_leaf((struct text){&entry, 1}, &leaves[i]);
		merkle_add(&range, &leaves[i]);
	}
	merkle_root(&range, &head.root);
	assert_int_equal(checkpoint_write(&head, SIGNING(key), &note, &err), 0);
	merkle_prove(leaves, LEAVES, index, &proof);
	tlog_proof_write(&proof, str_view(&note), out);
}

/** Check a proof of entry "4" at `index` by key 1. */
static int check_at(struct text bytes, uint64_t index, struct checkpoint *head, struct err *err)
{
	static const unsigned char seed[ED25519_SEED_BYTES] = {1};
	AUTO(auto_key) struct key *key = key_from_seed(seed);
	struct tlog_claim claim = {ORIGIN, &key->public, text_of("4"), index};

	*err = (struct err){0};
	return tlog_proof_check(bytes, &claim, head, err);
}

static void assert_refused(const struct str *bytes, const char *word)
{
	struct checkpoint head = {0};
	struct err err = {0};

	assert_int_equal(check_at(str_view(bytes), 4, &head, &err), -1);
	assert_int_equal(head.size, 0);
	if (!strstr(err.text, word)) {
		fail_msg("%s", err.text);
	}
}

static void the_form_is_that_of_the_specification(void **state)
{
	AUTO(auto_str) struct str bytes = {0};
	static const char head[] = "c2sp.org/tlog-proof@v1\nindex 6\n";

	(void)state;
	make_proof(6, 1, &bytes);
	assert_memory_equal(bytes.at, head, sizeof(head) - 1);
	/* Leaf 6 of 7 stands alone beside two full subtrees: two lines of 44 characters. */
	assert_memory_equal(bytes.at + sizeof(head) - 1 + (size_t)2 * 45, "\n" ORIGIN "\n7\n",
			    strlen("\n" ORIGIN "\n7\n"));
}

static void a_proof_shows_its_entry_under_the_head(void **state)
{
	AUTO(auto_str) struct str bytes = {0};
	struct checkpoint head = {0};
	struct err err = {0};

	(void)state;
	make_proof(4, 1, &bytes);
	assert_int_equal(check_at(str_view(&bytes), 4, &head, &err), 0);
	assert_int_equal(head.size, LEAVES);
	assert_string_equal(head.origin, ORIGIN);
}

static void other_entries_indexes_and_keys_are_refused(void **state)
{
	AUTO(auto_str) struct str other = {0};
	AUTO(auto_str) struct str foreign = {0};
	AUTO(auto_str) struct str bytes = {0};
	struct checkpoint head = {0};
	struct err err = {0};

	(void)state;
	make_proof(4, 1, &bytes);
	assert_int_equal(check_at(str_view(&bytes), 5, &head, &err), -1);
	make_proof(5, 1, &other);
	assert_refused(&other, "about entry 5, expected 4");
	assert_int_equal(check_at(str_view(&other), 5, &head, &err), -1);
	assert_non_null(strstr(err.text, "does not lead"));
	make_proof(4, 2, &foreign);
	assert_refused(&foreign, "not by the log's key");
}

static void no_byte_of_a_proof_can_be_changed(void **state)
{
	AUTO(auto_str) struct str bytes = {0};
	struct checkpoint head = {0};
	struct err err = {0};

	(void)state;
	make_proof(4, 1, &bytes);
	for (size_t i = 0; i < bytes.len; i++) {
		for (int bit = 1; bit <= 0x80; bit *= 2) {
			bytes.at[i] = (char)(bytes.at[i] ^ bit);
			assert_int_equal(check_at(str_view(&bytes), 4, &head, &err), -1);
			assert_true(err.text[0] != '\0');
			bytes.at[i] = (char)(bytes.at[i] ^ bit);
		}
	}
}

static void no_part_of_a_proof_can_be_left_out(void **state)
{
	AUTO(auto_str) struct str bytes = {0};
	struct checkpoint head = {0};
	struct err err = {0};

	(void)state;
	make_proof(4, 1, &bytes);
	for (size_t len = 0; len < bytes.len; len++) {
		assert_int_equal(check_at((struct text){bytes.at, len}, 4, &head, &err), -1);
		assert_true(err.text[0] != '\0');
	}
}

/** The proof of entry 4, with some text after its line `after` (from 0). */
static void insert(size_t after, const char *text, struct str *out)
{
	AUTO(auto_str) struct str bytes = {0};
	struct text rest = {0};
	struct text line = {0};

	make_proof(4, 1, &bytes);
	rest = str_view(&bytes);
	for (size_t i = 0; i <= after && text_split(&rest, '\n', &line); i++) {
		str_add_text(out, line);
		str_add_char(out, '\n');
	}
	str_add(out, text);
	str_add_text(out, rest);
}

static void what_does_not_belong_there_is_refused(void **state)
{
	AUTO(auto_str) struct str extra = {0};
	AUTO(auto_str) struct str longer = {0};
	AUTO(auto_str) struct str more = {0};
	AUTO(auto_str) struct str many = {0};
	AUTO(auto_str) struct str hashes = {0};

	(void)state;
	insert(0, "extra QUJD\n", &extra);
	assert_refused(&extra, "names no index");
	insert(1, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", &longer);
	assert_refused(&longer, "does not lead");
	insert(1, "AAAA\n", &more);
	assert_refused(&more, "expected 32 bytes");
	for (size_t i = 0; i < MERKLE_LEVELS; i++) {
		str_add(&hashes, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n");
	}
	insert(1, str_text(&hashes), &many);
	assert_refused(&many, "more than 64 hashes");
}

static void indexes_have_one_spelling(void **state)
{
	static const char *const wrong[] = {"index 04", "index +4", "index -4", "index 4 ",
					    "index ",   "Index 4",  "index  4", "index 4\r"};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		AUTO(auto_str) struct str good = {0};
		AUTO(auto_str) struct str bytes = {0};

		make_proof(4, 1, &good);
		str_printf(&bytes, "c2sp.org/tlog-proof@v1\n%s\n%s", wrong[i],
			   good.at + strlen("c2sp.org/tlog-proof@v1\nindex 4\n"));
		assert_refused(&bytes, "index");
	}
}

static void a_proof_has_a_ceiling(void **state)
{
	AUTO(auto_str) struct str bytes = {0};

	(void)state;
	make_proof(4, 1, &bytes);
	while (bytes.len <= TLOG_PROOF_BYTES) {
		str_add(&bytes, "\xe2\x80\x94 witness.example AAAAAAAA\n");
	}
	assert_refused(&bytes, "larger than");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_form_is_that_of_the_specification),
		cmocka_unit_test(a_proof_shows_its_entry_under_the_head),
		cmocka_unit_test(other_entries_indexes_and_keys_are_refused),
		cmocka_unit_test(no_byte_of_a_proof_can_be_changed),
		cmocka_unit_test(no_part_of_a_proof_can_be_left_out),
		cmocka_unit_test(what_does_not_belong_there_is_refused),
		cmocka_unit_test(indexes_have_one_spelling),
		cmocka_unit_test(a_proof_has_a_ceiling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
