/* From a run to its receipt, in a repo and with a log that exist only here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <sys/stat.h>

#include "fixture.h"
#include "receipt/envelope.h"
#include "receipt/record.h"

/** A fixture's run and its record. */
struct recorded {
	struct fixture *f;
	struct key *key;
	struct signing_key signing;
	struct record_spec spec;
	struct record record;
	struct arena arena;
};

static const char targets_text[] = "ssh:\n"
				   "  targets:\n"
				   "    - {id: nas, host: 192.168.1.20, user: ops}\n";

/** Fail the test, and tell analysers that nothing follows. */
static _Noreturn void give_up(const struct err *err)
{
	fail_msg("%s", err->text);
	abort();
}

/** A repo with one gate that passes (or fails, if `host` is wrong), planned but not run. */
static void prepare(struct recorded *recorded, const char *config, const char *host)
{
	static struct statement_library libraries[] = {{"libyaml", "0.2.5"}};
	static const char *words[] = {"verify", "--gate", "G001"};
	static const char *const needed[] = {"services_health", "tailnet_snapshot"};
	AUTO(auto_str) struct str text = {0};
	struct fixture *f = fixture_new();
	struct err err = {0};

	*recorded = (struct recorded){.f = f, .key = key_generate()};
	recorded->signing = signing_key_of(recorded->key);
	str_printf(&text, "version: 1\n%sbindings:\n  %s: none\n  %s: none\n", config, needed[0],
		   needed[1]);
	fixture_file(f, "gaterun.yaml", str_text(&text));
	str_clear(&text);
	str_printf(&text, "%s    - {id: pi, host: %s, user: ops}\n", targets_text, host);
	fixture_file(f, "bindings/ssh.targets.yaml", str_text(&text));
	fixture_gate(f, "G001", "bindings_valid", "");
	str_clear(&text);
	str_printf(&text, "%s/.state", f->root);
	assert_int_equal(setenv("XDG_STATE_HOME", str_text(&text), 1), 0);
	assert_int_equal(fixture_load(f), 0);
	f->gate_id = "G001";
	f->options = (struct run_options){.gates = {&f->gate_id, NULL, 1},
					  .targets = {.all = true},
					  .context = "local",
					  .mode = MODE_STATIC};
	assert_int_equal(plan_make(&f->repo, &f->options, &f->plan, &err), 0);
	recorded->spec = (struct record_spec){
		.repo = &f->repo,
		.options = &f->options,
		.plan = &f->plan,
		.key = &recorded->signing,
		.arguments = {words, NULL, 3},
		.tool = {.version = "1.2.3", .commit = "abc", .libraries = {libraries, 1}},
	};
}

static void start(struct recorded *recorded)
{
	struct err err = {0};

	if (record_start(&recorded->record, &recorded->spec, recorded->f->run.key, &err)) {
		give_up(&err);
	}
}

static void run(struct recorded *recorded)
{
	struct fixture *f = recorded->f;

	f->has_run = true;
	run_execute(&f->repo, &f->options, &f->plan, NULL, &f->run);
}

static void finish(struct recorded *recorded)
{
	struct err err = {0};

	if (record_finish(&recorded->record, &recorded->f->run, &err)) {
		give_up(&err);
	}
}

static void drop(struct recorded *recorded)
{
	record_release(&recorded->record);
	key_free(recorded->key);
	arena_release(&recorded->arena);
	fixture_free(recorded->f);
}

static void read_text(const struct recorded *recorded, const char *file, struct str *out)
{
	AUTO(auto_str) struct str path = {0};
	struct err err = {0};

	str_printf(&path, "%s/%s", recorded->f->root, file);
	if (file_read(str_text(&path), ENVELOPE_BYTES, out, &err)) {
		give_up(&err);
	}
}

/** Open an envelope, check its signature and form, and hand out what it says. */
static void open_statement(struct recorded *recorded, struct text bytes, struct statement *out)
{
	AUTO(auto_envelope) struct envelope envelope = {0};
	struct public_key public = {0};
	struct err err = {0};

	key_public(recorded->key, &public);
	if (envelope_read(bytes, &envelope, &err) || envelope_verify(&envelope, &public, &err) ||
	    statement_read(&recorded->arena, str_view(&envelope.payload), out, &err) !=
		    STATEMENT_GOOD) {
		give_up(&err);
	}
}

static void open_receipt(struct recorded *recorded, struct statement *out)
{
	AUTO(auto_str) struct str bytes = {0};

	assert_non_null(recorded->record.file);
	read_text(recorded, recorded->record.file, &bytes);
	open_statement(recorded, str_view(&bytes), out);
}

static void a_run_leaves_a_start_and_a_receipt_that_verify(void **state)
{
	struct recorded recorded;
	struct statement receipt = {0};
	AUTO(auto_str) struct str entry = {0};
	AUTO(auto_str) struct str copy = {0};
	struct log_report report = {0};
	struct err err = {0};

	(void)state;
	prepare(&recorded, "repo: ops.example\n", "192.168.1.21");
	start(&recorded);
	run(&recorded);
	finish(&recorded);
	open_receipt(&recorded, &receipt);
	assert_int_equal(receipt.kind, STATEMENT_RECEIPT);
	assert_string_equal(receipt.identity.run_key, recorded.f->run.key);
	assert_int_equal(receipt.identity.seq, 1);
	assert_int_equal(receipt.identity.start_seq, 0);
	assert_string_equal(receipt.source.repo, "ops.example");
	assert_string_equal(statement_result(&receipt), "PASSED");
	/* The copy in the checkout is the log's entry, byte for byte. */
	assert_int_equal(log_entry(recorded.record.log, 1, &entry, &err), 0);
	read_text(&recorded, recorded.record.file, &copy);
	assert_true(text_equal(str_view(&entry), str_view(&copy)));
	assert_int_equal(
		log_verify(recorded.record.log, &(struct log_look){.is_full = true}, &report, &err),
		0);
	assert_int_equal(report.problems.len, 0);
	assert_int_equal(report.covered, 2);
	assert_int_equal(report.unfinished, 0);
	log_report_release(&report);
	drop(&recorded);
}

static void a_receipt_says_what_was_asked_and_read(void **state)
{
	struct recorded recorded;
	struct statement receipt = {0};
	const struct statement_file *gates = NULL;
	const struct statement_file *bindings = NULL;

	(void)state;
	prepare(&recorded, "repo: ops.example\n", "192.168.1.21");
	recorded.f->options.target_words = "nas,tag:x";
	start(&recorded);
	run(&recorded);
	finish(&recorded);
	open_receipt(&recorded, &receipt);
	assert_int_equal(receipt.inputs.selection.packs.len, 0);
	assert_string_equal(receipt.inputs.selection.gates.at[0], "G001");
	assert_int_equal(receipt.inputs.selection.targets.len, 2);
	assert_string_equal(receipt.inputs.selection.targets.at[1], "tag:x");
	assert_string_equal(receipt.inputs.arguments.at[0], "verify");
	assert_int_equal(receipt.inputs.gates.len, 1);
	gates = receipt.inputs.gates.at;
	assert_string_equal(gates[0].path, "gates/G001.yaml");
	assert_string_equal(gates[0].sha256, recorded.f->repo.gates.at[0].sha256);
	assert_int_equal(receipt.inputs.bindings.len, 2);
	bindings = receipt.inputs.bindings.at;
	assert_string_equal(bindings[0].path, "bindings/ssh.targets.yaml");
	assert_string_equal(bindings[1].path, "gaterun.yaml");
	assert_string_equal(receipt.policy.context, "local");
	assert_string_equal(receipt.policy.mode, "static");
	assert_string_equal(receipt.tool.version, "1.2.3");
	assert_string_equal(receipt.source.vcs, "none");
	assert_null(receipt.source.commit);
	drop(&recorded);
}

static void a_failed_run_is_recorded_with_its_findings(void **state)
{
	struct recorded recorded;
	struct statement receipt = {0};
	const struct statement_gate *gate = NULL;
	const struct statement_finding *finding = NULL;

	(void)state;
	prepare(&recorded, "repo: ops.example\n", "999.1.1.1");
	start(&recorded);
	run(&recorded);
	finish(&recorded);
	open_receipt(&recorded, &receipt);
	assert_string_equal(statement_result(&receipt), "FAILED");
	assert_int_equal(receipt.totals.exit, 1);
	gate = receipt.results.at;
	assert_int_equal(gate->verdict, VERDICT_FAIL);
	finding = gate->findings.at;
	assert_string_equal(finding->reason, "binding.malformed");
	assert_string_equal(finding->subject, "target:pi");
	assert_int_equal(finding->line, 4);
	drop(&recorded);
}

static void a_stopped_run_leaves_a_partial_receipt(void **state)
{
	struct recorded recorded;
	struct statement receipt = {0};

	(void)state;
	prepare(&recorded, "repo: ops.example\n", "192.168.1.21");
	start(&recorded);
	run(&recorded);
	recorded.f->run.results[0].verdict = VERDICT_UNKNOWN;
	recorded.f->run.results[0].reason = REASON_RUN_INTERRUPTED;
	recorded.f->run.results[0].started_utc_ms = 0;
	recorded.f->run.signal = SIGINT;
	run_conclude(&recorded.f->run);
	finish(&recorded);
	open_receipt(&recorded, &receipt);
	assert_int_equal(receipt.totals.exit, 130);
	assert_string_equal(statement_result(&receipt), "FAILED");
	drop(&recorded);
}

static void a_run_that_was_killed_leaves_its_start(void **state)
{
	struct recorded recorded;
	struct statement begun = {0};
	AUTO(auto_str) struct str entry = {0};
	struct err err = {0};

	(void)state;
	prepare(&recorded, "repo: ops.example\n", "192.168.1.21");
	start(&recorded);
	assert_int_equal(log_entry(recorded.record.log, 0, &entry, &err), 0);
	open_statement(&recorded, str_view(&entry), &begun);
	assert_int_equal(begun.kind, STATEMENT_START);
	assert_string_equal(begun.identity.run_key, recorded.f->run.key);
	drop(&recorded);
}

static void receipts_ignore_themselves_unless_all_are_kept(void **state)
{
	struct recorded recorded;
	AUTO(auto_str) struct str text = {0};
	AUTO(auto_str) struct str path = {0};

	(void)state;
	prepare(&recorded, "repo: ops.example\n", "192.168.1.21");
	start(&recorded);
	run(&recorded);
	finish(&recorded);
	read_text(&recorded, "receipts/.gitignore", &text);
	assert_non_null(strstr(str_text(&text), "\n/*\n!/evidence/\n!/trust/\n"));
	drop(&recorded);
	prepare(&recorded, "repo: ops.example\nkeep: all\n", "192.168.1.21");
	start(&recorded);
	run(&recorded);
	finish(&recorded);
	str_printf(&path, "%s/receipts/.gitignore", recorded.f->root);
	assert_false(file_exists(str_text(&path)));
	drop(&recorded);
}

static void receipts_can_be_read_by_others_whatever_the_umask(void **state)
{
	struct recorded recorded;
	AUTO(auto_str) struct str path = {0};
	struct stat info = {0};
	mode_t before = umask(077);

	(void)state;
	prepare(&recorded, "repo: ops.example\nreceipts: a/b\n", "192.168.1.21");
	start(&recorded);
	run(&recorded);
	finish(&recorded);
	str_printf(&path, "%s/%s", recorded.f->root, recorded.record.file);
	assert_int_equal(stat(str_text(&path), &info), 0);
	assert_int_equal(info.st_mode & 0777, 0644);
	str_clear(&path);
	str_printf(&path, "%s/a", recorded.f->root);
	assert_int_equal(stat(str_text(&path), &info), 0);
	assert_int_equal(info.st_mode & 0777, 0755);
	(void)umask(before);
	drop(&recorded);
}

static void receipts_do_not_leave_the_repo(void **state)
{
	struct recorded recorded;
	AUTO(auto_str) struct str path = {0};
	struct err err = {0};

	(void)state;
	prepare(&recorded, "repo: ops.example\n", "192.168.1.21");
	str_printf(&path, "%s/receipts", recorded.f->root);
	assert_int_equal(symlink("/tmp", str_text(&path)), 0);
	start(&recorded);
	run(&recorded);
	assert_int_equal(record_finish(&recorded.record, &recorded.f->run, &err), -1);
	assert_non_null(strstr(err.text, "leads out of the repo"));
	assert_null(recorded.record.file);
	drop(&recorded);
}

static void without_a_name_and_without_git_the_repo_is_local(void **state)
{
	struct recorded recorded;
	struct statement receipt = {0};

	(void)state;
	prepare(&recorded, "", "192.168.1.21");
	start(&recorded);
	run(&recorded);
	finish(&recorded);
	open_receipt(&recorded, &receipt);
	assert_true(strncmp(receipt.source.repo, "local:", 6) == 0);
	assert_int_equal(strlen(receipt.source.repo), 6 + 16);
	drop(&recorded);
}

static void an_identity_that_is_no_name_cannot_be_recorded(void **state)
{
	struct recorded recorded;
	struct err err = {0};
	char key[RUN_KEY_BYTES] = "untouched";

	(void)state;
	prepare(&recorded, "repo: ops.example\n", "192.168.1.21");
	/* gaterun.yaml with such a name is refused before a run can start */
	recorded.f->repo.config.repo = "two words";
	assert_int_equal(record_start(&recorded.record, &recorded.spec, key, &err), -1);
	assert_string_equal(key, "untouched");
	assert_true(err.text[0] != '\0');
	drop(&recorded);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_leaves_a_start_and_a_receipt_that_verify),
		cmocka_unit_test(a_receipt_says_what_was_asked_and_read),
		cmocka_unit_test(a_failed_run_is_recorded_with_its_findings),
		cmocka_unit_test(a_stopped_run_leaves_a_partial_receipt),
		cmocka_unit_test(a_run_that_was_killed_leaves_its_start),
		cmocka_unit_test(receipts_ignore_themselves_unless_all_are_kept),
		cmocka_unit_test(receipts_can_be_read_by_others_whatever_the_umask),
		cmocka_unit_test(receipts_do_not_leave_the_repo),
		cmocka_unit_test(without_a_name_and_without_git_the_repo_is_local),
		cmocka_unit_test(an_identity_that_is_no_name_cannot_be_recorded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
