#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "receipt/statement_private.h"
#include "receipts.h"

#define FINGERPRINT "SHA256:qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqo"

/** A receipt of a run that met two machines, and was told something. */
struct sample {
	struct arena arena;
	struct key *key;
	struct statement receipt;
	struct statement_target targets[2];
	struct statement_output outputs[2];
	struct statement_file bindings[1];
};

static int make_sample(void **state)
{
	struct sample *sample = mem_alloc(sizeof(*sample));
	struct statement start = {0};
	struct statement_gate *gates = NULL;

	*sample = (struct sample){.key = sample_key(1)};
	start = sample_start(&sample->arena, sample->key, 0, "");
	sample->receipt = sample_receipt(&sample->arena, sample->key, &start);
	sample->receipt.policy.mode = "active";
	sample->bindings[0] = (struct statement_file){"bindings/known_hosts", HASH_C};
	sample->receipt.inputs.bindings = (struct rows){sample->bindings, 1};
	sample->targets[0] = (struct statement_target){.name = "gate",
						       .policy = "lan_first",
						       .state = TARGET_LOGGED_IN,
						       .key_type = "ssh-ed25519",
						       .fingerprint = FINGERPRINT,
						       .trust = "known_hosts",
						       .pinned_by = "bindings/known_hosts:3",
						       .address = "192.168.1.5",
						       .port = 22,
						       .path = "lan",
						       .user = "ops"};
	sample->targets[1] = sample->targets[0];
	sample->targets[1].name = "nas";
	sample->targets[1].path = "jump";
	sample->targets[1].via = "gate";
	sample->receipt.targets = (struct rows){sample->targets, 2};
	sample->outputs[0] = (struct statement_output){"target:nas", "stdout", HASH_A, 12, false};
	sample->outputs[1] = (struct statement_output){"target:nas", "stderr", HASH_B, 1, true};
	gates = sample->receipt.results.at;
	gates[0].outputs = (struct rows){sample->outputs, 2};
	*state = sample;
	return 0;
}

static int free_sample(void **state)
{
	struct sample *sample = *state;

	key_free(sample->key);
	arena_release(&sample->arena);
	free(sample);
	return 0;
}

/** Write, read, and write again: the same bytes, or what is wrong with them. */
static enum statement_reading reread(struct sample *sample, struct err *err)
{
	AUTO(auto_str) struct str bytes = {0};
	AUTO(auto_str) struct str again = {0};
	struct statement read = {0};
	enum statement_reading reading = STATEMENT_BROKEN;

	*err = (struct err){0};
	statement_write(&sample->receipt, &bytes);
	reading = statement_read(&sample->arena, str_view(&bytes), &read, err);
	if (reading == STATEMENT_GOOD) {
		statement_write(&read, &again);
		assert_string_equal(str_text(&bytes), str_text(&again));
	}
	return reading;
}

static void assert_good(struct sample *sample)
{
	struct err err = {0};

	if (reread(sample, &err) != STATEMENT_GOOD) {
		fail_msg("%s", err.text);
	}
}

static void assert_broken(struct sample *sample, const char *word)
{
	struct err err = {0};

	assert_int_equal(reread(sample, &err), STATEMENT_BROKEN);
	if (!strstr(err.text, word)) {
		fail_msg("%s", err.text);
	}
}

static void machines_and_outputs_are_read_as_they_were_written(void **state)
{
	struct sample *sample = *state;
	AUTO(auto_str) struct str bytes = {0};

	assert_good(sample);
	statement_write(&sample->receipt, &bytes);
	assert_non_null(strstr(bytes.at, "{\"digest\":{\"sha256\":\"" HASH_A "\"},"
					 "\"name\":\"host:gate\"}"));
}

static void a_receipt_of_schema_1_is_still_read(void **state)
{
	struct sample *sample = *state;
	struct statement_gate *gates = sample->receipt.results.at;
	AUTO(auto_str) struct str bytes = {0};

	sample->receipt.identity.schema = 1;
	assert_broken(sample, "schema 1 has neither os nor outputs");
	gates[0].outputs.len = 0;
	/* Its tables have no targets, so none are written; but they would be subjects. */
	assert_broken(sample, "subject");
	sample->receipt.targets.len = 0;
	assert_good(sample);
	statement_write(&sample->receipt, &bytes);
	assert_null(strstr(bytes.at, "runner"));
	sample->receipt.tool.os = "Debian";
	assert_broken(sample, "schema 1 has neither");
	sample->receipt.tool.os = NULL;
	sample->receipt.identity.schema = 0;
	assert_broken(sample, "schema is 0");
}

static void a_runner_has_no_odd_values(void **state)
{
	struct sample *sample = *state;

	sample->receipt.runner = (struct statement_runner){.host = "control",
							   .machine = HASH_A,
							   .boot = HASH_B,
							   .user = "ops",
							   .uid = 1000,
							   .clock = "synchronised"};
	assert_good(sample);
	sample->receipt.runner.clock = "fine";
	assert_broken(sample, "clock is 'fine'");
	sample->receipt.runner.clock = NULL;
	sample->receipt.runner.machine = "0123456789abcdef0123456789abcdef";
	assert_broken(sample, "64 hexadecimal digits");
}

static void a_fingerprint_holds_a_digest(void **state)
{
	char hex[SHA256_HEX_BYTES];

	(void)state;
	assert_true(fingerprint_hex(text_of(FINGERPRINT), hex));
	assert_string_equal(hex, HASH_A);
	assert_false(
		fingerprint_hex(text_of("MD5:qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqo"), hex));
	assert_false(fingerprint_hex(text_of(FINGERPRINT "="), hex));
	assert_false(fingerprint_hex(text_of("SHA256:qqqq"), hex));
	/* The last digit has two bits that belong to nothing. */
	assert_false(fingerprint_hex(text_of("SHA256:qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqp"),
				     hex));
}

static void more_machines_than_fit_are_counted(void **state)
{
	struct sample *sample = *state;
	size_t count = 5000;
	struct statement_target *rows = arena_alloc(&sample->arena, count * sizeof(*rows));
	AUTO(auto_str) struct str bytes = {0};

	for (size_t i = 0; i < count; i++) {
		rows[i] = sample->targets[0];
		rows[i].name = arena_printf(&sample->arena, "machine-%06zu", i);
	}
	rows[0].path = "jump";
	rows[0].via = "machine-004999"; /* which does not fit */
	sample->receipt.targets = (struct rows){rows, count};
	statement_fit(&sample->receipt);
	statement_write(&sample->receipt, &bytes);
	assert_true(bytes.len <= STATEMENT_BYTES);
	assert_true(sample->receipt.targets.len > 500);
	assert_int_equal(sample->receipt.omitted_targets + (int64_t)sample->receipt.targets.len,
			 count);
	assert_good(sample);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_sample, free_sample)
	const struct CMUnitTest tests[] = {
		TEST(machines_and_outputs_are_read_as_they_were_written),
		TEST(a_receipt_of_schema_1_is_still_read),
		TEST(a_runner_has_no_odd_values),
		TEST(a_fingerprint_holds_a_digest),
		TEST(more_machines_than_fit_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
