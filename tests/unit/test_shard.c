#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "model/shard.h"

static void shards_have_one_spelling(void **state)
{
	static const char *const wrong[] = {"",     "1",      "1/",   "/3",   "0/3",
					    "4/3",  "1/0",    "1/3/", "01/3", "1/03",
					    "+1/3", "1/1001", "-1/3", "1 /3"};
	struct shard shard = {7, 9};
	struct err err = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(shard_parse(text_of(wrong[i]), &shard, &err), -1);
		assert_non_null(strstr(err.text, "not a shard"));
	}
	assert_int_equal(shard.number, 7);
	assert_int_equal(shard_parse(text_of("2/3"), &shard, &err), 0);
	assert_int_equal(shard.number, 2);
	assert_int_equal(shard.count, 3);
	assert_int_equal(shard_parse(text_of("1000/1000"), &shard, &err), 0);
	assert_int_equal(shard_parse(text_of("1/1"), &shard, &err), 0);
}

static void the_part_follows_from_the_digest_of_the_id(void **state)
{
	(void)state;
	/* By the function of the paper in Python, with the first 16 digits of sha256sum as the key.
	 */
	assert_int_equal(shard_of("nas", 1), 1);
	assert_int_equal(shard_of("nas", 3), 3);
	assert_int_equal(shard_of("nas", 10), 4);
	assert_int_equal(shard_of("G020", 1000), 800);
}

/** Of that many ids, how many are elsewhere when there is one part more? */
static int count_moved(int ids, int count)
{
	int moved = 0;

	for (int i = 0; i < ids; i++) {
		char id[32];
		int before = 0;
		int after = 0;

		(void)snprintf(id, sizeof(id), "host-%d", i);
		before = shard_of(id, count);
		after = shard_of(id, count + 1);
		/* Nothing moves between parts that were there before. */
		assert_true(after == before || after == count + 1);
		moved += after != before;
	}
	return moved;
}

static void one_more_part_takes_its_share_and_moves_nothing_else(void **state)
{
	(void)state;
	for (int count = 1; count <= 16; count++) {
		int share = 2000 / (count + 1);

		assert_in_range(count_moved(2000, count), share * 7 / 10, share * 14 / 10);
	}
	assert_in_range(count_moved(2000, SHARDS_MAX - 1), 0, 10);
}

static void every_id_is_in_exactly_one_part(void **state)
{
	(void)state;
	for (int count = 1; count <= 16; count++) {
		int sizes[17] = {0};

		for (int i = 0; i < 2000; i++) {
			char id[32];
			int held = 0;

			(void)snprintf(id, sizeof(id), "host-%d", i);
			for (int number = 1; number <= count; number++) {
				struct shard shard = {number, count};

				held += shard_holds(&shard, id);
				sizes[number] += shard_holds(&shard, id);
			}
			assert_int_equal(held, 1);
		}
		for (int number = 1; number <= count; number++) {
			assert_in_range(sizes[number], 2000 / count * 7 / 10,
					2000 / count * 14 / 10);
		}
	}
}

/** The next number of a sequence that is the same on every machine. */
static uint32_t next_number(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

static void whatever_the_ids_and_parts_each_is_in_one(void **state)
{
	uint32_t random = 20260301;

	(void)state;
	for (int i = 0; i < 300; i++) {
		int count = (int)(next_number(&random) % SHARDS_MAX) + 1;
		char id[64] = {0};
		size_t len = next_number(&random) % sizeof(id);
		int held = 0;

		for (size_t k = 0; k < len; k++) {
			id[k] = (char)(next_number(&random) % 255 + 1);
		}
		id[sizeof(id) - 1] = '\0';
		for (int number = 1; number <= count; number++) {
			held += shard_holds(&(struct shard){number, count}, id);
		}
		assert_int_equal(held, 1);
	}
}

static void a_run_that_is_not_split_has_everything(void **state)
{
	struct shard whole = {0};

	(void)state;
	assert_true(shard_holds(&whole, "nas"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shards_have_one_spelling),
		cmocka_unit_test(the_part_follows_from_the_digest_of_the_id),
		cmocka_unit_test(one_more_part_takes_its_share_and_moves_nothing_else),
		cmocka_unit_test(every_id_is_in_exactly_one_part),
		cmocka_unit_test(whatever_the_ids_and_parts_each_is_in_one),
		cmocka_unit_test(a_run_that_is_not_split_has_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
