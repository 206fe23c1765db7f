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
	/* printf nas | sha256sum: its first 16 digits, modulo 3 and 10, by bc. */
	assert_int_equal(shard_of("nas", 1), 1);
	assert_int_equal(shard_of("nas", 3), 2);
	assert_int_equal(shard_of("nas", 10), 6);
	assert_int_equal(shard_of("G020", 1000), 54);
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
		cmocka_unit_test(every_id_is_in_exactly_one_part),
		cmocka_unit_test(a_run_that_is_not_split_has_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
