/* Gates on their fixtures. */
#include <string.h>

#include "base/cleanup.h"
#include "cli/commands.h"
#include "cli/kinds.h"
#include "data/json.h"
#include "report/layout.h"
#include "run/gate_test.h"
#include "run/mutation.h"

/** Findings of one fixture that are shown; more are counted. */
#define FINDINGS_SHOWN ((size_t)5)

/** Columns before the id of a gate, and before what is said of it. */
#define ID_COLUMN ((size_t)9)
#define WHY_COLUMN ((size_t)15)

/** All gates that were asked for. */
struct gates_test {
	struct VEC(struct gate_test) tests;
	struct counts counts;
	int status;
};

/* ---- text */

static size_t count_bad(const struct gate_test *test)
{
	size_t count = 0;

	for (size_t i = 0; i < test->fixtures.len; i++) {
		count += !fixture_is_good(test->fixtures.at[i].name);
	}
	return count;
}

static void add_finding(const struct style *style, const struct trial_finding *finding,
			struct str *out)
{
	AUTO(auto_str) struct str line = {0};

	if (finding->where.file) {
		str_printf(&line, "%s:%d:%d  ", finding->where.file, finding->where.line,
			   finding->where.column);
	}
	str_printf(&line, "%s: %s (%s)", finding->subject, finding->message,
		   reason_code(finding->reason));
	add_spaces(out, WHY_COLUMN + 4);
	wrap_add(out, style, WHY_COLUMN + 4, WHY_COLUMN + 6, str_text(&line));
	str_add_char(out, '\n');
}

static void add_wrong(const struct style *style, const struct fixture_test *test, struct str *out)
{
	AUTO(auto_str) struct str line = {0};
	size_t shown = 0;

	str_printf(&line, "%s: %s", test->name, test->wrong);
	add_spaces(out, WHY_COLUMN + 2);
	wrap_add(out, style, WHY_COLUMN + 2, WHY_COLUMN + 4, str_text(&line));
	str_add_char(out, '\n');
	for (size_t i = 0; i < test->trial.findings.len && shown < FINDINGS_SHOWN; i++) {
		const struct trial_finding *finding = &test->trial.findings.at[i];

		if (finding->verdict != VERDICT_PASS) {
			add_finding(style, finding, out);
			shown++;
		}
	}
}

static void add_test(const struct style *style, const struct gate_test *test, struct str *out)
{
	const char *word = verdict_word(test->verdict);
	size_t good = test->fixtures.len - count_bad(test);
	AUTO(auto_str) struct str what = {0};

	colour_add(out, style, verdict_colour(test->verdict), word);
	add_spaces(out, ID_COLUMN - strlen(word));
	str_printf(out, "%-5s ", test->gate->id);
	if (test->fixtures.len > 0) {
		str_printf(&what, "%zu good, %zu bad", good, count_bad(test));
	}
	if (test->why) {
		str_printf(&what, "%s%s", what.len > 0 ? "; " : "", test->why);
	}
	wrap_add(out, style, WHY_COLUMN, WHY_COLUMN, str_text(&what));
	str_add_char(out, '\n');
	for (size_t i = 0; i < test->fixtures.len; i++) {
		if (test->fixtures.at[i].wrong) {
			add_wrong(style, &test->fixtures.at[i], out);
		}
	}
}

static void add_count(struct str *out, size_t count, const char *word, bool *has_any)
{
	if (count > 0) {
		str_printf(out, "%s%zu %s", *has_any ? ", " : "", count, word);
		*has_any = true;
	}
}

static void write_text(const struct gates_test *all, const struct style *style, struct str *out)
{
	bool has_any = false;

	for (size_t i = 0; i < all->tests.len; i++) {
		add_test(style, &all->tests.at[i], out);
	}
	str_printf(out, "%zu gate%s: ", all->counts.planned, all->counts.planned == 1 ? "" : "s");
	add_count(out, all->counts.pass, "pass", &has_any);
	add_count(out, all->counts.fail, "fail", &has_any);
	add_count(out, all->counts.unknown, "unknown", &has_any);
	add_count(out, all->counts.skip, "skip", &has_any);
	str_add_char(out, '\n');
}

/* ---- JSON */

static struct json *findings_json(const struct trial *trial)
{
	struct json *list = json_list();

	for (size_t i = 0; i < trial->findings.len; i++) {
		const struct trial_finding *finding = &trial->findings.at[i];
		struct json *map = json_map();

		json_put_text(map, "verdict", verdict_word(finding->verdict));
		json_put_text(map, "reason", reason_code(finding->reason));
		json_put_text(map, "subject", finding->subject);
		json_put_text(map, "message", finding->message);
		if (finding->where.file) {
			json_put_text(map, "file", finding->where.file);
			json_put_int(map, "line", finding->where.line);
			json_put_int(map, "column", finding->where.column);
		}
		json_add(list, map);
	}
	return list;
}

static struct json *fixture_json(const struct fixture_test *test)
{
	bool is_good = fixture_is_good(test->name);
	bool is_judged = !test->trial.broken && test->trial.verdict != VERDICT_UNKNOWN;
	struct json *map = json_map();

	json_put_text(map, "name", test->name);
	json_put_text(map, "expected",
		      is_good ? "pass" : verdict_word((enum verdict)test->expected.verdict));
	json_put_text(map, "verdict",
		      is_judged ? verdict_word(test->trial.verdict)
				: verdict_word(VERDICT_UNKNOWN));
	json_put_bool(map, "ok", !test->wrong);
	if (test->wrong) {
		json_put_text(map, "why", test->wrong);
	} else {
		json_put_null(map, "why");
	}
	json_put(map, "findings", findings_json(&test->trial));
	return map;
}

static struct json *test_json(const struct gate_test *test)
{
	struct json *map = json_map();
	struct json *list = json_list();

	for (size_t i = 0; i < test->fixtures.len; i++) {
		json_add(list, fixture_json(&test->fixtures.at[i]));
	}
	json_put_text(map, "id", test->gate->id);
	json_put_text(map, "kind", test->gate->kind->name);
	json_put_text(map, "verdict", verdict_word(test->verdict));
	if (test->why) {
		json_put_text(map, "why", test->why);
	} else {
		json_put_null(map, "why");
	}
	json_put(map, "fixtures", list);
	return map;
}

static void write_json(const struct gates_test *all, struct str *out)
{
	AUTO(auto_json) struct json *map = json_map();
	struct json *counts = json_map();
	struct json *list = json_list();

	for (size_t i = 0; i < all->tests.len; i++) {
		json_add(list, test_json(&all->tests.at[i]));
	}
	json_put_text(map, "schema", "gaterun/gates-test/v1");
	json_put_int(map, "exit", all->status);
	json_put_int(counts, "gates", (int64_t)all->counts.planned);
	json_put_int(counts, "pass", (int64_t)all->counts.pass);
	json_put_int(counts, "fail", (int64_t)all->counts.fail);
	json_put_int(counts, "unknown", (int64_t)all->counts.unknown);
	json_put_int(counts, "skip", (int64_t)all->counts.skip);
	json_put(map, "counts", counts);
	json_put(map, "gates", list);
	json_write(map, JSON_INDENTED, out);
}

static void write_tests(const char *format, const struct style *style, void *cookie,
			struct str *out)
{
	const struct gates_test *all = cookie;

	if (strcmp(format, "json") == 0) {
		write_json(all, out);
	} else {
		write_text(all, style, out);
	}
}

/* ---- running them */

static void count(struct gates_test *all, const struct gate_test *test)
{
	struct counts *counts = &all->counts;

	counts->planned++;
	counts->pass += test->verdict == VERDICT_PASS;
	counts->fail += test->verdict == VERDICT_FAIL;
	counts->unknown += test->verdict == VERDICT_UNKNOWN;
	counts->skip += test->verdict == VERDICT_SKIP;
}

static int conclude(const struct counts *counts)
{
	if (counts->fail > 0) {
		return EXIT_FAIL;
	}
	return counts->unknown > 0 || counts->pass == 0 ? EXIT_UNKNOWN : EXIT_PASS;
}

static bool is_asked_for(const struct words *words, const struct gate *gate,
			 const struct gates *gates)
{
	for (size_t i = 0; i < words->len; i++) {
		if (gates_find(gates, words->at[i]) == gate) {
			return true;
		}
	}
	return words->len == 0;
}

/** All that were named are there. 0, or EXIT_USAGE. */
static int check_names(const struct cli *cli)
{
	const struct words *words = &cli->args.words;

	for (size_t i = 0; i < words->len; i++) {
		if (!gates_find(&cli->repo.gates, words->at[i])) {
			return cli_usage(cli, "there is no gate '%s'", words->at[i]);
		}
	}
	return 0;
}

/* ---- what no gate notices */

static struct json *unnoticed_json(const struct unnoticed *unnoticed)
{
	struct json *map = json_map();

	json_put_text(map, "fixture", unnoticed->fixture);
	json_put_text(map, "file", unnoticed->where.file);
	json_put_int(map, "line", unnoticed->where.line);
	json_put_int(map, "column", unnoticed->where.column);
	json_put_text(map, "what", unnoticed->what);
	return map;
}

static void write_mutation(const char *format, const struct style *style, void *cookie,
			   struct str *out)
{
	const struct mutation *mutation = cookie;
	AUTO(auto_json) struct json *map = json_map();
	struct json *list = json_list();

	(void)style;
	json_put_text(map, "schema", "gaterun/gates-mutation/v1");
	json_put_int(map, "made", (int64_t)mutation->made);
	json_put_int(map, "noticed", (int64_t)mutation->noticed);
	json_put(map, "unnoticed", list);
	for (size_t i = 0; i < mutation->unnoticed.len; i++) {
		json_add(list, unnoticed_json(&mutation->unnoticed.at[i]));
	}
	if (strcmp(format, "json") == 0) {
		json_write(map, JSON_INDENTED, out);
		return;
	}
	for (size_t i = 0; i < mutation->unnoticed.len; i++) {
		const struct unnoticed *one = &mutation->unnoticed.at[i];
		AUTO(auto_str) struct str line = {0};

		str_printf(&line, "%s/%s:%d:%d: %s\n", one->fixture, one->where.file,
			   one->where.line, one->where.column, one->what);
		str_add(out, str_text(&line));
	}
	str_printf(out, "%zu changes: %zu noticed, %zu not\n", mutation->made, mutation->noticed,
		   mutation->unnoticed.len);
}

static int mutate(struct cli *cli)
{
	const struct gates *gates = &cli->repo.gates;
	struct mutation mutation = {0};
	int status = EXIT_PASS;

	for (size_t i = 0; i < gates->len && !mutation.signal; i++) {
		if (is_asked_for(&cli->args.words, &gates->at[i], gates)) {
			mutation_run(&cli->repo, kinds_table, &gates->at[i], &cli->arena,
				     &mutation);
		}
	}
	if (mutation.trouble) {
		cli_say(cli, "%s", mutation.trouble);
	}
	status = mutation.made > 0 && !mutation.trouble ? EXIT_PASS : EXIT_UNKNOWN;
	status = mutation.signal ? EXIT_SIGNAL + mutation.signal : status;
	cli_write(cli, write_mutation, &mutation);
	mutation_release(&mutation);
	return status;
}

int cmd_gates_test(struct cli *cli)
{
	struct gates_test all = {0};
	const struct gates *gates = &cli->repo.gates;
	int status = check_names(cli);
	int signal = 0;

	if (status == 0 && cli->args.mutate) {
		return mutate(cli);
	}
	for (size_t i = 0; i < gates->len && status == 0 && !signal; i++) {
		struct gate_test test = {.gate = &gates->at[i]};

		if (is_asked_for(&cli->args.words, test.gate, gates)) {
			gate_test_run(&test, &cli->repo, kinds_table, &cli->arena);
			count(&all, &test);
			signal = test.signal;
			*VEC_ADD(&all.tests) = test;
		}
	}
	if (status == 0) {
		all.status = signal ? EXIT_SIGNAL + signal : conclude(&all.counts);
		status = all.status;
		cli_write(cli, write_tests, &all);
	}
	for (size_t i = 0; i < all.tests.len; i++) {
		gate_test_release(&all.tests.at[i]);
	}
	VEC_RELEASE(&all.tests);
	return status;
}
