#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/file.h>

#include "base/vec.h"
#include "check/text/scan_cache_file.h"
#include "scratch.h"

/** An object id that starts with these two numbers. */
static const unsigned char *oid(unsigned high, unsigned low)
{
	static unsigned char ids[64][OID_MAX_BYTES];
	static size_t next;
	unsigned char *id = ids[next++ % 64];

	memset(id, 7, OID_MAX_BYTES);
	id[0] = (unsigned char)high;
	id[19] = (unsigned char)low;
	return id;
}

static const unsigned char rule_a[SHA256_BYTES] = "rule a";
static const unsigned char rule_b[SHA256_BYTES] = "rule b";

/** The cache of the scratch folder, asked for by one rule. */
static struct scan_cache *open_for(const unsigned char *rule, uint64_t *mark)
{
	const unsigned char *const digests[] = {rule};
	struct scan_cache *cache = scan_cache_open(scratch_dir, SHA1_BYTES);

	scan_cache_want(cache, digests, 1, mark);
	return cache;
}

static const struct tree_list no_files;

/** Have the rule know that it finds nothing in some blobs, given in any order. */
static void learn(const unsigned char *rule, const unsigned char *const *ids, size_t count)
{
	struct scan_facts facts = {0};
	uint64_t mark = 0;
	struct scan_cache *cache = open_for(rule, &mark);

	for (size_t i = 0; i < count; i++) {
		*VEC_ADD(&facts) = (struct scan_fact){ids[i], SCAN_CLASS_TEXT, mark, 0};
	}
	scan_cache_save(cache, &facts, &no_files);
	VEC_RELEASE(&facts);
	scan_cache_free(cache);
}

static bool knows(const unsigned char *rule, const unsigned char *id)
{
	uint64_t mark = 0;
	struct scan_cache *cache = open_for(rule, &mark);
	struct scan_fact fact = scan_cache_find(cache, id);

	scan_cache_free(cache);
	return (fact.clean & mark) != 0;
}

/** Learn two blobs, and check that they are known. */
static void learn_two(void)
{
	const unsigned char *const ids[] = {oid(9, 1), oid(3, 1)};

	learn(rule_a, ids, 2);
	assert_true(knows(rule_a, oid(9, 1)));
	assert_true(knows(rule_a, oid(3, 1)));
}

static const char *path_of(void)
{
	static struct str path;

	str_clear(&path);
	scan_cache_path(scratch_dir, &path);
	return path.at;
}

static void read_cache(struct str *out)
{
	struct err err = {0};

	str_clear(out);
	assert_int_equal(file_read(path_of(), 1 << 20, out, &err), 0);
}

static void write_cache(struct text bytes)
{
	struct err err = {0};

	assert_int_equal(file_replace(path_of(), bytes, 0600, FILE_SYNC_NO, &err), 0);
}

static void what_was_learned_is_known_and_nothing_else(void **state)
{
	const unsigned char *const more[] = {oid(9, 2), oid(0, 0), oid(255, 255)};

	(void)state;
	assert_false(knows(rule_a, oid(9, 1)));
	learn_two();
	assert_false(knows(rule_a, oid(9, 2)));
	assert_false(knows(rule_a, oid(9, 0)));
	assert_false(knows(rule_a, oid(0, 1)));
	learn(rule_a, more, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_true(knows(rule_a, more[i]));
	}
	assert_true(knows(rule_a, oid(9, 1)));
}

static void another_rule_knows_nothing_and_takes_nothing_away(void **state)
{
	const unsigned char *const ids[] = {oid(3, 1)};

	(void)state;
	learn_two();
	assert_false(knows(rule_b, oid(3, 1)));
	learn(rule_b, ids, 1);
	assert_true(knows(rule_b, oid(3, 1)));
	assert_true(knows(rule_a, oid(3, 1)));
	assert_false(knows(rule_b, oid(9, 1)));
}

static void a_rule_is_its_kind_and_its_settings(void **state)
{
	unsigned char one[SHA256_BYTES];
	unsigned char other[SHA256_BYTES];

	(void)state;
	scan_cache_digest("kind", text_of("x"), one);
	scan_cache_digest("kind", text_of("x"), other);
	assert_memory_equal(one, other, sizeof(one));
	scan_cache_digest("kind", text_of("y"), other);
	assert_memory_not_equal(one, other, sizeof(one));
	scan_cache_digest("kinds", text_of("x"), other);
	assert_memory_not_equal(one, other, sizeof(one));
}

static void no_part_of_a_file_is_believed(void **state)
{
	struct str bytes = {0};

	(void)state;
	learn_two();
	read_cache(&bytes);
	for (size_t len = 0; len < bytes.len; len++) {
		struct scan_cache_content content = {0};

		assert_false(scan_cache_parse((struct text){bytes.at, len}, SHA1_BYTES, &content));
	}
	write_cache((struct text){bytes.at, bytes.len - 1});
	assert_false(knows(rule_a, oid(9, 1)));
	str_add_char(&bytes, '\0');
	write_cache(str_view(&bytes));
	assert_false(knows(rule_a, oid(9, 1)));
	str_release(&bytes);
}

static void one_wrong_bit_is_enough_to_believe_nothing(void **state)
{
	struct scan_cache_content content = {0};
	struct str bytes = {0};

	(void)state;
	learn_two();
	read_cache(&bytes);
	assert_true(scan_cache_parse(str_view(&bytes), SHA1_BYTES, &content));
	assert_int_equal(content.blob_count, 2);
	for (size_t i = 0; i < bytes.len * 8; i++) {
		bytes.at[i / 8] = (char)(bytes.at[i / 8] ^ 1 << i % 8);
		assert_false(scan_cache_parse(str_view(&bytes), SHA1_BYTES, &content));
		bytes.at[i / 8] = (char)(bytes.at[i / 8] ^ 1 << i % 8);
	}
	assert_false(scan_cache_parse(str_view(&bytes), SHA256_BYTES, &content));
	str_release(&bytes);
}

/** Does a file with a good checksum that says this hold? */
static bool holds(size_t rules, const unsigned char *const *ids, const uint64_t *facts,
		  size_t count)
{
	unsigned char digests[SCAN_CACHE_RULES + 1][SHA256_BYTES] = {{0}};
	struct scan_cache_content content = {.oid_bytes = SHA1_BYTES, .rules = digests[0]};
	struct scan_cache_content found = {0};
	struct str blobs = {0};
	struct str bytes = {0};
	bool does = false;

	for (size_t i = 0; i < count; i++) {
		str_add_bytes(&blobs, ids[i], SHA1_BYTES);
		str_add_bytes(&blobs, &facts[i], sizeof(facts[i]));
	}
	content.rule_count = rules;
	content.blobs = (const unsigned char *)str_text(&blobs);
	content.blob_count = count;
	scan_cache_write(&content, &bytes);
	does = scan_cache_parse(str_view(&bytes), SHA1_BYTES, &found);
	str_release(&blobs);
	str_release(&bytes);
	return does;
}

static void a_file_that_says_what_cannot_be_is_not_believed(void **state)
{
	const unsigned char *const ids[] = {oid(1, 1), oid(2, 1)};
	const unsigned char *const swapped[] = {ids[1], ids[0]};
	const unsigned char *const twice[] = {ids[0], ids[0]};
	const uint64_t marks[] = {SCAN_CLASS_TEXT | SCAN_CACHE_MARK(0), SCAN_CLASS_BINARY};
	const uint64_t beyond[] = {SCAN_CLASS_TEXT | SCAN_CACHE_MARK(1), SCAN_CLASS_TEXT};
	const uint64_t last[] = {SCAN_CLASS_TEXT | SCAN_CACHE_MARK(SCAN_CACHE_RULES - 1),
				 SCAN_CLASS_TEXT};
	const uint64_t no_class[] = {SCAN_CLASS_TEXT, SCAN_CLASS_NONE};
	const uint64_t odd_class[] = {SCAN_CLASS_TEXT, SCAN_CLASS_BINARY + 1};

	(void)state;
	assert_true(holds(1, ids, marks, 2));
	assert_true(holds(0, ids, marks, 0));
	assert_false(holds(1, swapped, marks, 2));
	assert_false(holds(1, twice, marks, 2));
	assert_false(holds(1, ids, beyond, 2));
	assert_true(holds(SCAN_CACHE_RULES, ids, last, 2));
	assert_false(holds(SCAN_CACHE_RULES - 1, ids, last, 2));
	assert_false(holds(SCAN_CACHE_RULES + 1, ids, last, 2));
	assert_false(holds(1, ids, no_class, 2));
	assert_false(holds(1, ids, odd_class, 2));
}

static void a_file_that_others_may_write_is_not_believed(void **state)
{
	(void)state;
	learn_two();
	assert_int_equal(chmod(path_of(), 0620), 0);
	assert_false(knows(rule_a, oid(9, 1)));
	assert_int_equal(chmod(path_of(), 0602), 0);
	assert_false(knows(rule_a, oid(9, 1)));
	assert_int_equal(chmod(path_of(), 0600), 0);
	assert_true(knows(rule_a, oid(9, 1)));
	if (geteuid() == 0) {
		assert_int_equal(chown(path_of(), 12345, (gid_t)-1), 0);
		assert_false(knows(rule_a, oid(9, 1)));
	}
}

static void what_is_no_plain_file_is_not_believed(void **state)
{
	char other[PATH_MAX + 8];

	(void)state;
	learn_two();
	(void)snprintf(other, sizeof(other), "%s/other", scratch_dir);
	assert_int_equal(rename(path_of(), other), 0);
	assert_int_equal(symlink(other, path_of()), 0);
	assert_false(knows(rule_a, oid(9, 1)));
	assert_int_equal(unlink(path_of()), 0);
	assert_int_equal(link(other, path_of()), 0);
	assert_false(knows(rule_a, oid(9, 1)));
	assert_int_equal(unlink(path_of()), 0);
	assert_int_equal(mkfifo(path_of(), 0600), 0);
	assert_false(knows(rule_a, oid(9, 1)));
	learn_two();
	assert_int_equal(unlink(other), 0);
}

static void what_cannot_be_replaced_is_left(void **state)
{
	const unsigned char *const ids[] = {oid(50, 1)};

	(void)state;
	assert_int_equal(mkdir(path_of(), 0700), 0);
	learn(rule_a, ids, 1);
	assert_false(knows(rule_a, ids[0]));
	assert_int_equal(rmdir(path_of()), 0);
	learn_two();
}

static void only_one_writes_at_a_time(void **state)
{
	const unsigned char *const ids[] = {oid(50, 1)};
	char aside[PATH_MAX + 64];
	int fd = -1;

	(void)state;
	learn_two();
	(void)snprintf(aside, sizeof(aside), "%s.new", path_of());
	fd = open(aside, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	learn(rule_a, ids, 1);
	assert_false(knows(rule_a, ids[0]));
	assert_true(knows(rule_a, oid(9, 1)));
	/* Its holder is gone: what it left is in nobody's way. */
	assert_int_equal(write(fd, "half", 4), 4);
	(void)close(fd);
	learn(rule_a, ids, 1);
	assert_true(knows(rule_a, ids[0]));
	assert_false(file_exists(aside));
}

static void it_keeps_what_is_tracked_when_there_is_too_much(void **state)
{
	const size_t count = SCAN_CACHE_ROOM + 1;
	unsigned char(*ids)[SHA1_BYTES] = mem_alloc(count * SHA1_BYTES);
	const unsigned char **at = mem_alloc(count * sizeof(*at));
	struct tree_entry entries[] = {{.oid = oid(9, 1)}, {.oid = oid(3, 1)}, {.oid = oid(1, 1)}};
	const struct tree_list list = {entries, 3, SHA1_BYTES};
	struct scan_facts facts = {0};
	uint64_t mark = 0;
	struct scan_cache *cache = NULL;

	(void)state;
	for (size_t i = 0; i < count; i++) {
		memcpy(ids[i], &i, sizeof(i));
		at[i] = ids[i];
	}
	learn_two();
	learn(rule_a, at, SCAN_CACHE_ROOM - 2);
	assert_true(knows(rule_a, oid(9, 1)));
	assert_true(knows(rule_a, ids[5]));
	cache = open_for(rule_a, &mark);
	*VEC_ADD(&facts) = (struct scan_fact){ids[count - 1], SCAN_CLASS_TEXT, mark, 0};
	facts.at[0].bytes = (size_t)1 << 30; /* worth a new file */
	*VEC_ADD(&facts) = (struct scan_fact){oid(1, 1), SCAN_CLASS_TEXT, mark, 0};
	scan_cache_save(cache, &facts, &list);
	scan_cache_free(cache);
	VEC_RELEASE(&facts);
	assert_true(knows(rule_a, oid(9, 1)));
	assert_true(knows(rule_a, oid(3, 1)));
	assert_true(knows(rule_a, oid(1, 1)));
	assert_false(knows(rule_a, ids[5]));
	assert_false(knows(rule_a, ids[count - 1]));
	free(ids);
	free((void *)at);
}

/** Have the rule look at one new blob of that size. */
static void learn_one(const unsigned char *id, size_t bytes)
{
	uint64_t mark = 0;
	struct scan_cache *cache = open_for(rule_a, &mark);
	struct scan_facts facts = {0};

	*VEC_ADD(&facts) = (struct scan_fact){id, SCAN_CLASS_TEXT, mark, bytes};
	scan_cache_save(cache, &facts, &no_files);
	VEC_RELEASE(&facts);
	scan_cache_free(cache);
}

static void a_large_file_is_not_written_for_what_is_sooner_read(void **state)
{
	const size_t count = 20000;
	const size_t known_bytes = count * (SHA1_BYTES + SCAN_CACHE_FACT_BYTES);
	unsigned char(*ids)[SHA1_BYTES] = mem_alloc(count * SHA1_BYTES);
	const unsigned char **at = mem_alloc(count * sizeof(*at));

	(void)state;
	for (size_t i = 0; i < count; i++) {
		memcpy(ids[i], &i, sizeof(i));
		at[i] = ids[i];
	}
	learn(rule_a, at, count);
	learn_one(oid(1, 1), known_bytes - SCAN_CACHE_LOOK_BYTES - 1);
	assert_false(knows(rule_a, oid(1, 1)));
	assert_true(knows(rule_a, ids[5]));
	learn_one(oid(1, 1), known_bytes - SCAN_CACHE_LOOK_BYTES);
	assert_true(knows(rule_a, oid(1, 1)));
	assert_true(knows(rule_a, ids[5]));
	free(ids);
	free((void *)at);
}

static void many_rules_in_turn_start_anew(void **state)
{
	const unsigned char *const ids[] = {oid(3, 1)};
	unsigned char rule[SHA256_BYTES] = {0};

	(void)state;
	learn_two();
	for (unsigned i = 1; i < SCAN_CACHE_RULES; i++) {
		rule[0] = (unsigned char)i;
		learn(rule, ids, 1);
	}
	assert_true(knows(rule_a, ids[0]));
	assert_true(knows(rule, ids[0]));
	learn(rule_b, ids, 1);
	assert_true(knows(rule_b, ids[0]));
	assert_false(knows(rule_a, ids[0]));
}

static void more_rules_than_places_leave_some_out(void **state)
{
	unsigned char rules[SCAN_CACHE_RULES + 3][SHA256_BYTES] = {{0}};
	const unsigned char *digests[SCAN_CACHE_RULES + 3] = {0};
	uint64_t marks[SCAN_CACHE_RULES + 3] = {0};
	struct scan_cache *cache = scan_cache_open(scratch_dir, SHA1_BYTES);
	uint64_t all = 0;

	(void)state;
	for (unsigned i = 0; i < SCAN_CACHE_RULES + 3; i++) {
		rules[i][0] = (unsigned char)(i + 1);
		digests[i] = rules[i];
	}
	digests[0] = NULL;
	scan_cache_want(cache, digests, SCAN_CACHE_RULES + 3, marks);
	assert_int_equal(marks[0], 0);
	for (size_t i = 1; i <= SCAN_CACHE_RULES; i++) {
		assert_true(marks[i] != 0 && (all & marks[i]) == 0);
		all |= marks[i];
	}
	assert_int_equal(marks[SCAN_CACHE_RULES + 1], 0);
	assert_int_equal(marks[SCAN_CACHE_RULES + 2], 0);
	scan_cache_free(cache);
}

int main(void)
{
#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)
	const struct CMUnitTest tests[] = {
		IN_SCRATCH(what_was_learned_is_known_and_nothing_else),
		IN_SCRATCH(another_rule_knows_nothing_and_takes_nothing_away),
		cmocka_unit_test(a_rule_is_its_kind_and_its_settings),
		IN_SCRATCH(no_part_of_a_file_is_believed),
		IN_SCRATCH(one_wrong_bit_is_enough_to_believe_nothing),
		cmocka_unit_test(a_file_that_says_what_cannot_be_is_not_believed),
		IN_SCRATCH(a_file_that_others_may_write_is_not_believed),
		IN_SCRATCH(what_is_no_plain_file_is_not_believed),
		IN_SCRATCH(what_cannot_be_replaced_is_left),
		IN_SCRATCH(only_one_writes_at_a_time),
		IN_SCRATCH(it_keeps_what_is_tracked_when_there_is_too_much),
		IN_SCRATCH(a_large_file_is_not_written_for_what_is_sooner_read),
		IN_SCRATCH(many_rules_in_turn_start_anew),
		IN_SCRATCH(more_rules_than_places_leave_some_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
