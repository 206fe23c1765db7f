#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "logs.h"
#include "receipt/chain.h"
#include "receipt/rotate.h"

/* ---- judging what logs say of each other: values alone */

#define A "gaterun/ops.example/aaaaaaaaaaaaaaaa"
#define B "gaterun/ops.example/bbbbbbbbbbbbbbbb"
#define C "gaterun/ops.example/cccccccccccccccc"

/** A log of some entries, whose root is a byte. */
static struct chain_link link_of(const char *origin, int64_t size, unsigned char root)
{
	struct chain_link link = {.size = size, .root = {.bytes = {root}}};

	memcpy(link.origin, origin, strlen(origin) + 1);
	return link;
}

static void continues(struct chain_link *link, const struct chain_link *before)
{
	link->is_opened = true;
	memcpy(link->before.origin, before->origin, sizeof(before->origin));
	link->before.size = (uint64_t)before->size;
	link->before.root = before->root;
}

static void closes(struct chain_link *link, const char *next)
{
	link->is_closed = true;
	memcpy(link->next, next, strlen(next) + 1);
}

/** A, closed for B, closed for C. */
struct three {
	struct chain_link at[3];
};

static struct three three_of(void)
{
	struct three three = {{link_of(A, 5, 1), link_of(B, 7, 2), link_of(C, 3, 3)}};

	closes(&three.at[0], B);
	continues(&three.at[1], &three.at[0]);
	closes(&three.at[1], C);
	continues(&three.at[2], &three.at[1]);
	return three;
}

/** The flaws of a log among some, each once in the order of the enum: "12 15"; "": none. */
static const char *flaws_of(struct chain_link *links, size_t count, const char *origin)
{
	static char words[256];
	AUTO(auto_str) struct str out = {0};
	AUTO(auto_log_report) struct log_report report = {0};
	struct chain chain = {0};

	for (size_t i = 0; i < count; i++) {
		*VEC_ADD(&chain.links) = links[i];
	}
	chain_judge(&chain, origin, &report);
	for (int flaw = LOG_SOUND + 1; flaw <= LOG_TWO_SUCCESSORS; flaw++) {
		if (report_has(&report, (enum log_flaw)flaw)) {
			str_printf(&out, "%s%s", out.len ? " " : "",
				   log_flaw_word((enum log_flaw)flaw));
		}
	}
	chain_release(&chain);
	assert_true(out.len < sizeof(words));
	memcpy(words, str_text(&out), out.len + 1);
	return words;
}

#define assert_flaws(links, count, origin, expected) \
	assert_string_equal(flaws_of((links), (count), (origin)), (expected))

static void a_chain_of_three_agrees(void **state)
{
	struct three three = three_of();

	(void)state;
	assert_flaws(three.at, 3, A, "");
	assert_flaws(three.at, 3, B, "");
	assert_flaws(three.at, 3, C, "");
}

static void a_log_whose_neighbours_are_not_here_is_judged_alone(void **state)
{
	struct three three = three_of();

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_flaws(&three.at[i], 1, three.at[i].origin, "");
	}
	three.at[0].size = -1; /* it is here, and cannot be read */
	assert_flaws(three.at, 3, B, "");
	assert_flaws(three.at, 3, A, "");
}

static void a_log_that_is_closed_for_one_not_opened_yet_is_fine(void **state)
{
	struct three three = three_of();

	(void)state;
	three.at[2] = link_of(C, 0, 0);
	assert_flaws(three.at, 3, B, "");
}

static void two_logs_that_continue_one_are_named_by_all_three(void **state)
{
	struct three three = three_of();
	struct chain_link links[3] = {three.at[0], three.at[1], link_of(C, 3, 3)};

	(void)state;
	continues(&links[2], &links[0]);
	links[1].is_closed = false;
	assert_flaws(links, 3, A, "log.chain_broken log.two_successors");
	assert_flaws(links, 3, B, "log.two_successors");
	assert_flaws(links, 3, C, "log.chain_broken log.two_successors");
}

static void an_opening_that_the_closed_log_contradicts_is_broken(void **state)
{
	struct three three = three_of();

	(void)state;
	three.at[1].before.size = 4;
	assert_flaws(three.at, 3, B, "log.chain_broken");
	assert_flaws(three.at, 3, A, "log.chain_broken");
	assert_flaws(three.at, 3, C, "");
	three = three_of();
	three.at[1].before.root.bytes[31] ^= 1;
	assert_flaws(three.at, 3, B, "log.chain_broken");
	assert_flaws(three.at, 3, A, "log.chain_broken");
}

static void a_closing_that_the_next_log_contradicts_is_broken(void **state)
{
	struct three three = three_of();

	(void)state;
	three.at[1].is_opened = false; /* a log of its own, whatever A says */
	assert_flaws(three.at, 3, A, "log.chain_broken");
	assert_flaws(three.at, 3, B, "");
	three = three_of();
	closes(&three.at[0], C);
	assert_flaws(three.at, 3, A, "log.chain_broken");
	assert_flaws(three.at, 3, B, "log.chain_broken");
}

static void a_log_that_is_continued_and_not_closed_is_broken(void **state)
{
	struct three three = three_of();

	(void)state;
	three.at[1].is_closed = false;
	three.at[1].size = 6; /* from a backup, without its log-close */
	assert_flaws(three.at, 3, B, "log.chain_broken");
	assert_flaws(three.at, 3, C, "log.chain_broken");
	assert_flaws(three.at, 3, A, "");
	assert_flaws(three.at, 2, B, ""); /* nothing here says that it was closed */
}

/* ---- the logs themselves */

/** Two keys whose logs are in one state folder. */
struct pair {
	struct history old;
	struct history new;
};

static struct pair pair_of(const char *name)
{
	struct pair pair = {history_of(name, 1), history_of(name, 2)};

	return pair;
}

static void auto_pair(struct pair *pair)
{
	auto_history(&pair->old);
	auto_history(&pair->new);
}

static int rotate(const struct pair *pair, struct rotations *out, struct err *err)
{
	*err = (struct err){0};
	return rotate_logs(pair->old.state, SIGNING(pair->old.key), SIGNING(pair->new.key), out,
			   err);
}

static void assert_chain(const struct pair *pair, const char *expected)
{
	struct chain chain = {0};
	struct err err = {0};

	assert_int_equal(chain_look(pair->old.state, pair->old.origin, &chain, &err), 0);
	assert_flaws(chain.links.at, chain.links.len, pair->old.origin, expected);
	assert_flaws(chain.links.at, chain.links.len, pair->new.origin, expected);
	chain_release(&chain);
}

static void a_rotated_log_is_closed_and_continued_and_not_twice(void **state)
{
	AUTO(auto_pair) struct pair pair = pair_of("rotated");
	struct rotations first = {0};
	struct rotations second = {0};
	struct err err = {0};

	(void)state;
	history_runs(&pair.old, 2);
	assert_int_equal(rotate(&pair, &first, &err), 0);
	assert_int_equal(first.len, 1);
	assert_int_equal(first.at[0].closed.size, 5);
	assert_string_equal(first.at[0].next, pair.new.origin);
	assert_sound(&pair.old, 5);
	assert_sound(&pair.new, 1);
	assert_chain(&pair, "");
	assert_int_equal(rotate(&pair, &second, &err), 0);
	assert_memory_equal(&second.at[0].closed, &first.at[0].closed, sizeof(struct checkpoint));
	assert_sound(&pair.old, 5);
	assert_sound(&pair.new, 1);
	VEC_RELEASE(&first);
	VEC_RELEASE(&second);
}

static void a_key_that_has_signed_here_cannot_continue_a_log(void **state)
{
	AUTO(auto_pair) struct pair pair = pair_of("used");
	struct rotations out = {0};
	struct err err = {0};

	(void)state;
	history_runs(&pair.old, 1);
	history_runs(&pair.new, 1);
	assert_int_equal(rotate(&pair, &out, &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	assert_non_null(strstr(err.text, "which does not continue"));
	assert_sound(&pair.old, 2); /* it is not closed */
}

static void a_key_without_a_log_has_nothing_to_rotate(void **state)
{
	AUTO(auto_pair) struct pair pair = pair_of("nothing");
	struct rotations out = {0};
	struct err err = {0};

	(void)state;
	history_runs(&pair.new, 1);
	assert_int_equal(rotate(&pair, &out, &err), -1);
	assert_int_equal(err.code, ERR_ABSENT);
	assert_sound(&pair.new, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chain_of_three_agrees),
		cmocka_unit_test(a_log_whose_neighbours_are_not_here_is_judged_alone),
		cmocka_unit_test(a_log_that_is_closed_for_one_not_opened_yet_is_fine),
		cmocka_unit_test(two_logs_that_continue_one_are_named_by_all_three),
		cmocka_unit_test(an_opening_that_the_closed_log_contradicts_is_broken),
		cmocka_unit_test(a_closing_that_the_next_log_contradicts_is_broken),
		cmocka_unit_test(a_log_that_is_continued_and_not_closed_is_broken),
		cmocka_unit_test(a_rotated_log_is_closed_and_continued_and_not_twice),
		cmocka_unit_test(a_key_that_has_signed_here_cannot_continue_a_log),
		cmocka_unit_test(a_key_without_a_log_has_nothing_to_rotate),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
