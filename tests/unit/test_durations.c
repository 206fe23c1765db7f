#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_kinds.h"
#include "run/durations.h"

#define ROOT "/srv/ops"

/** The file that holds these durations, of ROOT. */
static void write_file(struct str *out, const struct durations *durations)
{
	str_clear(out);
	durations_write(durations, ROOT, out);
}

static struct durations two(void)
{
	struct durations durations = {0};

	*VEC_ADD(&durations) = (struct duration){"D45", 1200};
	*VEC_ADD(&durations) = (struct duration){"G1", 0};
	return durations;
}

static void what_is_written_is_read_again(void **state)
{
	AUTO(auto_str) struct str bytes = {0};
	struct durations written = two();
	struct durations read = {0};

	(void)state;
	write_file(&bytes, &written);
	assert_true(durations_parse(str_view(&bytes), ROOT, &read));
	assert_int_equal(durations_of(&read, "D45"), 1200);
	assert_int_equal(durations_of(&read, "G1"), 0);
	assert_int_equal(durations_of(&read, "G2"), -1);
	assert_int_equal(durations_of(NULL, "G1"), -1);
	VEC_RELEASE(&read);
	VEC_RELEASE(&written);
}

static void what_is_not_whole_is_not_believed(void **state)
{
	static const char *const lines[] = {"D45\n",         "D45 \n",        "D45 -1\n",
					    "D45 12x\n",     "d45 1\n",       "D45 99999999\n",
					    "D45 3600001\n", "D99999 1\n",    "\n",
					    "D45 1",         "D46 1\nD46 2\n"};
	AUTO(auto_str) struct str bytes = {0};
	struct durations written = {0};
	struct durations read = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		write_file(&bytes, &written);
		str_add(&bytes, lines[i]);
		assert_false(durations_parse(str_view(&bytes), ROOT, &read));
	}
	write_file(&bytes, &written);
	for (size_t len = 0; len < bytes.len; len++) {
		assert_false(durations_parse((struct text){bytes.at, len}, ROOT, &read));
	}
	assert_false(durations_parse(str_view(&bytes), "/srv/other", &read));
	assert_int_equal(read.len, 0);
}

static void a_folder_that_is_none_costs_nothing(void **state)
{
	struct fixture *f = new_repo();
	AUTO(auto_str) struct str state_folder = {0};
	struct durations written = two();
	struct durations read = {0};

	(void)state;
	str_printf(&state_folder, "%s/state", f->root);
	durations_load(state_folder.at, ROOT, &read);
	assert_int_equal(read.len, 0);
	durations_save(state_folder.at, ROOT, &written);
	durations_load(state_folder.at, ROOT, &read);
	assert_int_equal(read.len, 2);
	durations_save("/dev/null/nowhere", ROOT, &written);
	VEC_RELEASE(&read);
	VEC_RELEASE(&written);
	free_repo(f);
}

static void the_slowest_gate_begins_first(void **state)
{
	struct fixture *f = new_repo();
	struct durations durations = {0};

	(void)state;
	fixture_gate(f, "G1", "passes", "");
	fixture_gate(f, "G2", "passes", "");
	fixture_gate(f, "G3", "passes", "");
	fixture_gate(f, "G4", "passes", "");
	*VEC_ADD(&durations) = (struct duration){"G1", 100};
	*VEC_ADD(&durations) = (struct duration){"G2", 100};
	*VEC_ADD(&durations) = (struct duration){"G3", 900};
	f->options.expected = &durations;
	run_all(f);
	assert_string_equal(str_text(&events), "+G4 -G4 +G3 -G3 +G1 -G1 +G2 -G2");
	assert_string_equal(f->run.results[0].gate->id, "G1");
	VEC_RELEASE(&durations);
	free_repo(f);
}

static void a_run_teaches_what_it_showed(void **state)
{
	struct fixture *f = new_repo();
	struct durations durations = {0};

	(void)state;
	fixture_gate(f, "G1", "passes", "");
	fixture_gate(f, "G2", "hangs", "timeout: 160ms\n");
	fixture_gate(f, "G3", "hangs", "timeout: 5ms\n");
	*VEC_ADD(&durations) = (struct duration){"G1", 1000};
	*VEC_ADD(&durations) = (struct duration){"G3", 700};
	*VEC_ADD(&durations) = (struct duration){"G9", 700};
	run_all(f);
	assert_true(durations_learn(&durations, &f->run));
	assert_int_equal(durations_of(&durations, "G1"), 500);
	assert_true(durations_of(&durations, "G2") >= 200);
	/* It was cut off: it takes longer than what it was given. */
	assert_int_equal(durations_of(&durations, "G3"), 700);
	assert_int_equal(durations_of(&durations, "G9"), -1);
	VEC_RELEASE(&durations);
	free_repo(f);
}

static void a_quick_run_teaches_nothing(void **state)
{
	struct fixture *f = new_repo();
	struct durations durations = {0};

	(void)state;
	fixture_gate(f, "G1", "passes", "");
	run_all(f);
	assert_false(durations_learn(&durations, &f->run));
	VEC_RELEASE(&durations);
	free_repo(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(what_is_not_whole_is_not_believed),
		cmocka_unit_test(a_folder_that_is_none_costs_nothing),
		cmocka_unit_test(the_slowest_gate_begins_first),
		cmocka_unit_test(a_run_teaches_what_it_showed),
		cmocka_unit_test(a_quick_run_teaches_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
