#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "logs.h"
#include "receipt/evidence.h"

/** A log of three runs by key 1, the statement of the second one's receipt, and its evidence. */
struct world {
	struct history history;
	struct log *log;
	struct str bytes;
	struct statement receipt;
	struct evidence evidence;
};

static void read_receipt(struct world *world, int64_t seq, struct str *bytes, struct statement *out)
{
	struct entry entry = {0};
	struct err err = {0};

	assert_int_equal(log_entry(world->log, seq, bytes, &err), 0);
	assert_int_equal(log_check_entry(world->log, str_view(bytes), seq, NULL,
					 &world->history.arena, &entry, &err),
			 0);
	*out = entry.statement;
}

static int make(struct world *world, struct text bytes, const struct statement *receipt,
		struct evidence *out, struct err *err)
{
	return evidence_make(world->log, bytes, receipt, &world->history.key->public,
			     &world->history.arena, out, err);
}

static int make_world(void **state)
{
	static int number;
	struct world *world = mem_alloc(sizeof(*world));
	char name[32];
	struct err err = {0};

	*world = (struct world){0};
	(void)snprintf(name, sizeof(name), "evidence-%d", number++);
	world->history = history_of(name, 1);
	history_runs(&world->history, 3);
	world->log = history_open(&world->history, LOG_READ);
	assert_int_equal(log_load(world->log, &err), 0);
	read_receipt(world, 3, &world->bytes, &world->receipt);
	assert_int_equal(
		make(world, str_view(&world->bytes), &world->receipt, &world->evidence, &err), 0);
	*state = world;
	return 0;
}

static int free_world(void **state)
{
	struct world *world = *state;

	log_free(world->log);
	str_release(&world->bytes);
	auto_history(&world->history);
	free(world);
	return 0;
}

static int check(const struct world *world, struct checkpoint *head, struct err *err)
{
	*err = (struct err){0};
	return evidence_check(&world->evidence, &world->receipt, &world->history.key->public, head,
			      err);
}

static void what_is_kept_shows_receipt_and_start_under_the_earliest_head(void **state)
{
	struct world *world = *state;
	struct checkpoint head = {0};
	struct err err = {0};

	assert_int_equal(check(world, &head, &err), 0);
	assert_int_equal(head.size, 4);
	assert_string_equal(head.origin, world->history.origin);
}

static void what_is_kept_does_not_depend_on_what_came_later(void **state)
{
	struct world *world = *state;
	struct evidence again = {0};
	struct err err = {0};

	history_runs(&world->history, 2);
	log_free(world->log);
	world->log = history_open(&world->history, LOG_READ);
	assert_int_equal(log_load(world->log, &err), 0);
	assert_int_equal(make(world, str_view(&world->bytes), &world->receipt, &again, &err), 0);
	assert_true(text_equal(again.proof, world->evidence.proof));
	assert_true(text_equal(again.start, world->evidence.start));
	assert_true(text_equal(again.start_proof, world->evidence.start_proof));
}

static void a_later_head_does_where_the_earliest_is_gone(void **state)
{
	struct world *world = *state;
	struct checkpoint head = {0};
	struct err err = {0};

	assert_int_equal(unlink(history_path(&world->history, "checkpoints/00000004")), 0);
	assert_int_equal(
		make(world, str_view(&world->bytes), &world->receipt, &world->evidence, &err), 0);
	assert_int_equal(check(world, &head, &err), 0);
	assert_int_equal(head.size, 6);
}

static void parts_of_another_run_are_refused(void **state)
{
	struct world *world = *state;
	struct evidence good = world->evidence;
	struct evidence other = {0};
	struct statement receipt = {0};
	struct checkpoint head = {0};
	AUTO(auto_str) struct str bytes = {0};
	struct err err = {0};

	read_receipt(world, 5, &bytes, &receipt);
	assert_int_equal(make(world, str_view(&bytes), &receipt, &other, &err), 0);
	world->evidence.proof = other.proof;
	assert_int_equal(check(world, &head, &err), -1);
	assert_non_null(strstr(err.text, "about entry 5, expected 3"));
	world->evidence = good;
	world->evidence.start = other.start;
	assert_int_equal(check(world, &head, &err), -1);
	assert_non_null(strstr(err.text, "not the start of this run"));
	world->evidence = good;
	world->evidence.start_proof = other.start_proof;
	assert_int_equal(check(world, &head, &err), -1);
	world->evidence = good;
	world->evidence.receipt = other.receipt;
	assert_int_equal(check(world, &head, &err), -1);
	assert_int_equal(head.size, 0);
}

static void two_heads_for_one_run_are_refused(void **state)
{
	struct world *world = *state;
	struct text start_proof = {0};
	struct checkpoint head = {0};
	struct err err = {0};

	assert_int_equal(unlink(history_path(&world->history, "checkpoints/00000004")), 0);
	start_proof = world->evidence.start_proof;
	assert_int_equal(
		make(world, str_view(&world->bytes), &world->receipt, &world->evidence, &err), 0);
	world->evidence.start_proof = start_proof;
	assert_int_equal(check(world, &head, &err), -1);
	assert_non_null(strstr(err.text, "different heads"));
}

static void proofs_by_another_key_are_refused(void **state)
{
	struct world *world = *state;
	AUTO(auto_key) struct key *other = sample_key(2);
	struct checkpoint head = {0};
	struct err err = {0};

	assert_int_equal(
		evidence_check(&world->evidence, &world->receipt, &other->public, &head, &err), -1);
	assert_non_null(strstr(err.text, "key"));
}

static void no_byte_of_what_is_kept_can_be_changed(void **state)
{
	struct world *world = *state;
	struct text *parts[] = {&world->evidence.proof, &world->evidence.start,
				&world->evidence.start_proof, &world->evidence.receipt};
	struct checkpoint head = {0};
	struct err err = {0};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		AUTO(auto_str) struct str copy = {0};
		struct text good = *parts[i];

		str_add_text(&copy, good);
		*parts[i] = str_view(&copy);
		for (size_t at = 0; at < copy.len; at += 7) {
			copy.at[at] = (char)(copy.at[at] ^ 1);
			assert_int_equal(check(world, &head, &err), -1);
			assert_true(err.text[0] != '\0');
			copy.at[at] = (char)(copy.at[at] ^ 1);
		}
		*parts[i] = good;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_world, free_world)
		TEST(what_is_kept_shows_receipt_and_start_under_the_earliest_head),
		TEST(what_is_kept_does_not_depend_on_what_came_later),
		TEST(a_later_head_does_where_the_earliest_is_gone),
		TEST(parts_of_another_run_are_refused),
		TEST(two_heads_for_one_run_are_refused),
		TEST(proofs_by_another_key_are_refused),
		TEST(no_byte_of_what_is_kept_can_be_changed),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
