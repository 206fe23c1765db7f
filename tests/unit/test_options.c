/* The words of the command line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/options.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const struct option verify_like[] = {
	{.name = "gate", .sort = OPTION_WORDS, .offset = offsetof(struct arguments, gates)},
	{.name = "target", .sort = OPTION_WORD, .offset = offsetof(struct arguments, target)},
	{.name = "output",
	 .letter = 'o',
	 .sort = OPTION_WORDS,
	 .offset = offsetof(struct arguments, outputs)},
	{.name = "mode",
	 .sort = OPTION_WORD,
	 .offset = offsetof(struct arguments, mode),
	 .choices = mode_words},
	{.name = "no-receipt",
	 .sort = OPTION_FLAG,
	 .offset = offsetof(struct arguments, no_receipt)},
	{0},
};

/** One reading of argv. */
struct reading {
	struct arguments args;
	struct split split;
	struct err err;
	int failed;
};

static void read_words(struct reading *reading, const char *const *argv, int argc)
{
	const struct option *tables[] = {global_options, verify_like, NULL};

	*reading = (struct reading){0};
	options_split(tables, argc, argv, &reading->split);
	reading->failed = options_store(&reading->split, tables, "gaterun verify", &reading->args,
					&reading->err);
}

static void drop(struct reading *reading)
{
	arguments_release(&reading->args);
	split_release(&reading->split);
}

static void options_stand_before_between_and_behind_words(void **state)
{
	static const char *const argv[] = {"--root", "here", "verify", "--gate=G1", "fast",
					   "-o",     "json", "core",   "--gate",    "G2"};
	struct reading reading;

	(void)state;
	read_words(&reading, argv, COUNT(argv));
	assert_int_equal(reading.failed, 0);
	assert_int_equal(reading.args.words.len, 3);
	assert_string_equal(reading.args.words.at[0], "verify");
	assert_string_equal(reading.args.words.at[1], "fast");
	assert_string_equal(reading.args.words.at[2], "core");
	assert_string_equal(reading.args.root, "here");
	assert_int_equal(reading.args.gates.len, 2);
	assert_string_equal(reading.args.gates.at[0], "G1");
	assert_string_equal(reading.args.gates.at[1], "G2");
	assert_string_equal(reading.args.outputs.at[0], "json");
	drop(&reading);
}

static void a_short_option_takes_the_rest_of_its_word(void **state)
{
	static const char *const argv[] = {"-ojson:out", "-h"};
	struct reading reading;

	(void)state;
	read_words(&reading, argv, COUNT(argv));
	assert_int_equal(reading.failed, 0);
	assert_string_equal(reading.args.outputs.at[0], "json:out");
	assert_true(reading.args.help);
	assert_true(reading.split.wants_help);
	drop(&reading);
}

static void two_dashes_end_the_options(void **state)
{
	static const char *const argv[] = {"explain", "--", "--gate", "-h", "--"};
	struct reading reading;

	(void)state;
	read_words(&reading, argv, COUNT(argv));
	assert_int_equal(reading.failed, 0);
	assert_int_equal(reading.args.words.len, 4);
	assert_string_equal(reading.args.words.at[1], "--gate");
	assert_string_equal(reading.args.words.at[3], "--");
	assert_false(reading.split.wants_help);
	drop(&reading);
}

static void one_dash_is_a_word(void **state)
{
	static const char *const argv[] = {"-"};
	struct reading reading;

	(void)state;
	read_words(&reading, argv, COUNT(argv));
	assert_int_equal(reading.failed, 0);
	assert_string_equal(reading.args.words.at[0], "-");
	drop(&reading);
}

static void the_last_of_a_single_option_counts(void **state)
{
	static const char *const argv[] = {"--mode", "active", "--mode=static"};
	struct reading reading;

	(void)state;
	read_words(&reading, argv, COUNT(argv));
	assert_int_equal(reading.failed, 0);
	assert_string_equal(reading.args.mode, "static");
	drop(&reading);
}

static void expect_refusal(const char *const *argv, int argc, const char *sentence)
{
	struct reading reading;

	read_words(&reading, argv, argc);
	assert_int_equal(reading.failed, -1);
	assert_string_equal(reading.err.text, sentence);
	drop(&reading);
}

static void an_unknown_option_is_refused_with_the_nearest_one(void **state)
{
	static const char *const near[] = {"--tagret=nas", "verify"};
	static const char *const far[] = {"--frobnicate"};
	static const char *const prefix[] = {"--targ", "nas"};
	static const char *const letter[] = {"-x"};

	(void)state;
	expect_refusal(near, COUNT(near),
		       "unknown option '--tagret' of gaterun verify; did you mean '--target'?");
	expect_refusal(far, COUNT(far), "unknown option '--frobnicate' of gaterun verify");
	expect_refusal(prefix, COUNT(prefix),
		       "unknown option '--targ' of gaterun verify; did you mean '--target'?");
	expect_refusal(letter, COUNT(letter), "unknown option '-x' of gaterun verify");
}

static void an_option_that_only_another_command_knows_is_refused(void **state)
{
	static const char *const argv[] = {"--gate", "G1"};
	const struct option *known[] = {global_options, verify_like, NULL};
	const struct option *allowed[] = {global_options, NULL};
	struct split split = {0};
	struct arguments args = {0};
	struct err err = {0};

	(void)state;
	options_split(known, COUNT(argv), argv, &split);
	assert_int_equal(options_store(&split, allowed, "gaterun lint", &args, &err), -1);
	assert_string_equal(err.text, "unknown option '--gate' of gaterun lint");
	split_release(&split);
	arguments_release(&args);
}

static void values_are_demanded_and_refused_where_they_do_not_belong(void **state)
{
	static const char *const missing[] = {"--target"};
	static const char *const empty[] = {"--target="};
	static const char *const excess[] = {"--no-receipt=yes"};

	(void)state;
	expect_refusal(missing, COUNT(missing), "option '--target' needs a value");
	expect_refusal(empty, COUNT(empty), "option '--target' needs a value");
	expect_refusal(excess, COUNT(excess), "option '--no-receipt' takes no value");
}

static void a_word_that_is_no_choice_is_refused_with_the_nearest_one(void **state)
{
	static const char *const near[] = {"--mode", "statik"};
	static const char *const far[] = {"--color", "purple"};

	(void)state;
	expect_refusal(near, COUNT(near),
		       "--mode is one of static, passive, active, not 'statik'; did you mean "
		       "'static'?");
	expect_refusal(far, COUNT(far), "--color is one of auto, always, never, not 'purple'");
}

static void a_value_may_look_like_an_option(void **state)
{
	static const char *const argv[] = {"--target", "--gate"};
	struct reading reading;

	(void)state;
	read_words(&reading, argv, COUNT(argv));
	assert_int_equal(reading.failed, 0);
	assert_string_equal(reading.args.target, "--gate");
	assert_int_equal(reading.args.gates.len, 0);
	drop(&reading);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_stand_before_between_and_behind_words),
		cmocka_unit_test(a_short_option_takes_the_rest_of_its_word),
		cmocka_unit_test(two_dashes_end_the_options),
		cmocka_unit_test(one_dash_is_a_word),
		cmocka_unit_test(the_last_of_a_single_option_counts),
		cmocka_unit_test(an_unknown_option_is_refused_with_the_nearest_one),
		cmocka_unit_test(an_option_that_only_another_command_knows_is_refused),
		cmocka_unit_test(values_are_demanded_and_refused_where_they_do_not_belong),
		cmocka_unit_test(a_word_that_is_no_choice_is_refused_with_the_nearest_one),
		cmocka_unit_test(a_value_may_look_like_an_option),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
