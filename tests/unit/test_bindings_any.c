/*
 * What holds for all kinds that read bindings, whatever stands there: nothing hangs on particular
 * names or numbers, and no value that an operator or somebody else wrote breaks anything.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fleet.h"

/** Judge the fleet with one gate of each kind. */
static void run_all(struct fleet *fleet)
{
	static const char *const kinds[] = {"bindings_valid", "endpoint_parity", "snapshot_parity",
					    "host_keys_pinned", "ssh_auth"};
	static const char *fast = "fast";
	struct fixture *f = fleet->fixture;
	struct err err = {0};

	fleet_write(fleet);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		char id[16];

		(void)snprintf(id, sizeof(id), "G%zu", i + 1);
		/* Alone with its own findings: what is required is another test's business. */
		fixture_gate(f, id, kinds[i], "");
	}
	if (fixture_load(f)) {
		return;
	}
	f->options.packs = (struct texts){&fast, NULL, 1};
	f->options.targets.all = true;
	f->options.mode = MODE_PASSIVE;
	assert_int_equal(plan_make(&f->repo, &f->options, &f->plan, &err), 0);
	f->has_run = true;
	run_execute(&f->repo, &f->options, &f->plan, NULL, &f->run);
}

/* ---- names and numbers */

/** Other names and addresses, in an order in which none is part of an earlier one. */
static const char *const renames[][2] = {
	{"cedar-box", "x9"},
	{"elm-node", "a.long.name.for.it"},
	{"alder", "zulu"},
	{"birch", "yankee"},
	{"cedar", "x"},
	{"elm", "whiskey"},
	{"fir", "victor"},
	{"gum", "u"},
	{"holly", "tango"},
	{"iris", "sierra"},
	{"phone", "romeo"},
	{"grove.ts.net", "tail0.example"},
	{"10.7.0.", "172.31.254.1"},
	{"100.70.1.", "100.127.255.1"},
	{"fd00:7::", "fdab:cdef:1:2::"},
	{"FD00:7:0::", "FDAB:CDEF:1:2:0::"},
	{"fd00:0007:0:0:0:0:0:", "fdab:cdef:1:2:0:0:0:"},
	{"fd7a:115c:a1e0::", "fd7a:115c:a1e0:ab12::"},
	{"FD7A:115C:A1E0:0000::", "FD7A:115C:A1E0:AB12:0000::"},
	{"old-web", "quebec"},
	{"photos", "papa"},
	{"files", "oscar"},
};

static bool is_of_word(char one)
{
	return (one >= 'a' && one <= 'z') || (one >= '0' && one <= '9') || one == '_';
}

/** The row whose old name stands at `at`, as a word of its own; NULL if none does. */
static const char *const *rename_at(const char *text, const char *at)
{
	for (size_t i = 0; i < sizeof(renames) / sizeof(renames[0]); i++) {
		size_t len = strlen(renames[i][0]);
		bool ends_word = is_of_word(renames[i][0][len - 1]);

		if (strncmp(at, renames[i][0], len) == 0 && !(at > text && is_of_word(at[-1])) &&
		    !(ends_word && is_of_word(at[len]))) {
			return renames[i];
		}
	}
	return NULL;
}

/** Put the new names everywhere in all files. */
static void rename_all(struct fleet *fleet)
{
	for (size_t i = 0; i < FLEET_FILES; i++) {
		struct str *file = &fleet->files[i];
		struct str out = {0};
		const char *at = str_text(file);

		while (*at) {
			const char *const *row = rename_at(str_text(file), at);

			if (row) {
				str_add(&out, row[1]);
				at += strlen(row[0]);
			} else {
				str_add_char(&out, *at++);
			}
		}
		str_release(file);
		*file = out;
	}
}

static int compare_lines(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/** All verdicts, reasons and lines of a run, sorted; the caller frees it. */
static char *outline(const struct fleet *fleet)
{
	const struct run *run = &fleet->fixture->run;
	struct arena arena = {0};
	struct VEC(const char *) lines = {0};
	struct str out = {0};

	for (size_t i = 0; i < run->result_count; i++) {
		const struct result *result = &run->results[i];

		*VEC_ADD(&lines) = arena_printf(&arena, "%s %s %zu\n", result->gate->id,
						verdict_word(result->verdict), result->checked);
		for (size_t k = 0; k < result->findings.len; k++) {
			const struct finding *finding = &result->findings.at[k];

			*VEC_ADD(&lines) = arena_printf(
				&arena, "%s %s %s %s:%d\n", result->gate->id,
				verdict_word(finding->verdict), reason_code(finding->reason),
				finding->where.file, finding->where.line);
		}
	}
	qsort(lines.at, lines.len, sizeof(*lines.at), compare_lines);
	for (size_t i = 0; i < lines.len; i++) {
		str_add(&out, lines.at[i]);
	}
	VEC_RELEASE(&lines);
	arena_release(&arena);
	return out.at;
}

static const struct {
	enum fleet_file file;
	const char *before;
	const char *old;
	const char *new;
} mutations[] = {
	{TARGETS, "", "", ""},
	{DEVICES, "id: alder", "100.70.1.11", "100.70.1.12"},
	{DEVICES, "id: birch", "10.7.0.12", "10.7.0.13"},
	{DEVICES, "id: holly", "lan_only", "lan_first"},
	{TARGETS, "id: alder", "lan_first", "lan_frist"},
	{DEVICES, "- id: birch", "id: birch", "id: alder"},
	{DEVICES, "", "device_count: 8", "device_count: 7"},
	{DEVICES, "id: alder", "10.7.0.11", "null"},
	{DEVICES, "id: cedar-box", "[cedar]", "[]"},
	{TARGETS, "id: elm", "[elm-node]", "[]"},
	{TARGETS, "id: gum", "10.7.0.16", "10.7.0.16.1"},
	{TARGETS, "id: gum", "probe_via: alder", "probe_via: gum"},
	{ENDPOINTS, "id: web", "10.7.0.11", "10.7.0.12"},
	{ENDPOINTS, "id: web", "host: alder", "host: acorn"},
	{ENDPOINTS, "id: photos", "cedar-box.", "alder."},
	{KNOWN_HOSTS, "", "birch ", "alder,birch "},
};

static void other_names_and_addresses_change_no_verdict(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(mutations) / sizeof(mutations[0]); i++) {
		struct fleet *fleets[] = {fleet_new(), fleet_new()};
		AUTO(auto_free) char *here = NULL;
		AUTO(auto_free) char *there = NULL;

		for (size_t k = 0; k < 2; k++) {
			fleet_edit(fleets[k], mutations[i].file, mutations[i].before,
				   mutations[i].old, mutations[i].new);
		}
		rename_all(fleets[1]);
		run_all(fleets[0]);
		run_all(fleets[1]);
		assert_true(fleets[0]->fixture->has_run);
		assert_true(fleets[1]->fixture->has_run);
		here = outline(fleets[0]);
		there = outline(fleets[1]);
		assert_string_equal(here, there);
		fleet_free(fleets[0]);
		fleet_free(fleets[1]);
	}
}

/* ---- hostile values */

static const struct {
	enum fleet_file file;
	const char *before; /**< a key with the blank behind it */
} values[] = {
	{TARGETS, "defaults: "}, {TARGETS, "user: "},          {TARGETS, "- id: "},
	{TARGETS, "host: "},     {TARGETS, "tailscale_ip: "},  {TARGETS, "access_policy: "},
	{TARGETS, "tags: "},     {TARGETS, "aliases: "},       {TARGETS, "probe_via: "},
	{TARGETS, "port: "},     {DEVICES, "tailnet: "},       {DEVICES, "device_count: "},
	{DEVICES, "- id: "},     {DEVICES, "tailscale_ip: "},  {DEVICES, "lan_ip: "},
	{DEVICES, "fqdn: "},     {DEVICES, "access_policy: "}, {DEVICES, "legacy_aliases: "},
	{ENDPOINTS, "- id: "},   {ENDPOINTS, "host: "},        {ENDPOINTS, "url: "},
	{ENDPOINTS, "expect: "}, {ENDPOINTS, "enabled: "},     {ENDPOINTS, "version: "},
};

static const char *const hostile[] = {
	"\"\"",
	"\" \"",
	"~",
	"[]",
	"{}",
	"[[]]",
	"[~]",
	"[\"\"]",
	"[{a: b}]",
	"{a: {b: c}}",
	"0",
	"-1",
	"1e309",
	"99999999999999999999999999",
	"0x7fffffffffffffff",
	"\"\\0\"",
	"\"\\a\\b\\e[31m\"",
	"\"%s%n%x\"",
	"\"../../etc/passwd\"",
	"\"\\u202egnp.exe\"",
	"\"\\xff\\xfe\"",
	"::",
	"\"::ffff:0:0\"",
	"100.64.0.0/10",
	"http://[",
	"\"http://\\n/\"",
	"LONG",
	"DEEP",
};

/** What is put there; LONG and DEEP stand for more than one wants to write down. */
static void add_value(struct str *out, const char *value)
{
	if (strcmp(value, "LONG") == 0) {
		for (int i = 0; i < 100000; i++) {
			str_add_char(out, 'a');
		}
	} else if (strcmp(value, "DEEP") == 0) {
		for (int i = 0; i < 25; i++) {
			str_add(out, "[");
		}
		for (int i = 0; i < 25; i++) {
			str_add(out, "]");
		}
	} else {
		str_add(out, value);
	}
}

/** Put the value behind the first such key. */
static void put_value(struct fleet *fleet, size_t index, const char *value)
{
	enum fleet_file file = values[index].file;
	const char *text = str_text(&fleet->files[file]);
	const char *at = strstr(text, values[index].before);
	struct str out = {0};

	if (!at) {
		return;
	}
	at += strlen(values[index].before);
	str_add_bytes(&out, text, (size_t)(at - text));
	add_value(&out, value);
	str_add(&out, at + strcspn(at, "\n"));
	str_release(&fleet->files[file]);
	fleet->files[file] = out;
}

static void expect_printable(const char *text)
{
	AUTO(auto_str) struct str shown = {0};

	if (!text) {
		return;
	}
	str_add_printable(&shown, text_of(text));
	assert_string_equal(str_text(&shown), text);
}

/** Whatever was found can be shown, and says what it is. */
static void expect_decent_findings(const struct run *run)
{
	for (size_t i = 0; i < run->result_count; i++) {
		const struct findings *findings = &run->results[i].findings;

		assert_true(run->results[i].is_done);
		for (size_t k = 0; k < findings->len; k++) {
			const struct finding *finding = &findings->at[k];

			expect_printable(finding->message);
			expect_printable(finding->subject);
			expect_printable(finding->caused_by);
			expect_printable(finding->hint);
			expect_printable(finding->detail);
			assert_true(strlen(finding->message) <= 1000);
			assert_true(finding->reason != REASON_NONE);
			assert_int_equal(strlen(finding->fingerprint), 64);
		}
	}
}

static void no_value_of_a_binding_breaks_a_gate(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		for (size_t k = 0; k < sizeof(hostile) / sizeof(hostile[0]); k++) {
			struct fleet *fleet = fleet_new();

			put_value(fleet, i, hostile[k]);
			run_all(fleet);
			if (fleet->fixture->has_run) {
				expect_decent_findings(&fleet->fixture->run);
			} else {
				assert_true(fleet->fixture->problems.list.len > 0);
			}
			fleet_free(fleet);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(other_names_and_addresses_change_no_verdict),
		cmocka_unit_test(no_value_of_a_binding_breaks_a_gate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
