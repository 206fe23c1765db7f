#include "receipt/statement.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "crypto/digest.h"
#include "receipt/statement_private.h"

/** How many findings a gate may list when a receipt has to be cut for the first time. */
#define FINDINGS_KEPT 512

/** A receipt has one list of targets, and one of findings for each gate. */
#define TARGETS_PER_FINDING 4

/* ---- what follows from the groups */

struct files VEC(struct statement_file);

static int order_files(const void *left, const void *right)
{
	const struct statement_file *a = left;
	const struct statement_file *b = right;
	int order = strcmp(a->path, b->path);

	return order ? order : strcmp(a->sha256, b->sha256);
}

static void add_rows(struct files *files, const struct rows *rows)
{
	const struct statement_file *from = rows->at;

	for (size_t i = 0; i < rows->len; i++) {
		*VEC_ADD(files) = from[i];
	}
}

/** All input files, sorted by path, equal ones once. */
static void collect_files(const struct statement *statement, struct files *files)
{
	struct statement_file policy = {statement->policy.path, statement->policy.sha256};
	size_t kept = 0;

	add_rows(files, &statement->inputs.gates);
	add_rows(files, &statement->inputs.bindings);
	if (policy.path) {
		*VEC_ADD(files) = policy;
	}
	if (files->len == 0) {
		return;
	}
	qsort(files->at, files->len, sizeof(*files->at), order_files);
	for (size_t i = 0; i < files->len; i++) {
		if (kept == 0 || order_files(&files->at[kept - 1], &files->at[i]) != 0) {
			files->at[kept++] = files->at[i];
		}
	}
	files->len = kept;
}

/** A line of sha256sum: where the path has a backslash, it is doubled, and the line starts with
 * one. */
static void add_line(struct str *out, const struct statement_file *file)
{
	AUTO(auto_str) struct str path = {0};

	form_add_text(&path, file->path);
	str_printf(out, "%s%s  ", strchr(str_text(&path), '\\') ? "\\" : "", file->sha256);
	for (const char *at = str_text(&path); *at; at++) {
		str_add(out, *at == '\\' ? "\\" : "");
		str_add_char(out, *at);
	}
	str_add_char(out, '\n');
}

void statement_manifest(const struct statement *statement, struct str *out)
{
	struct files files = {0};

	collect_files(statement, &files);
	for (size_t i = 0; i < files.len; i++) {
		add_line(out, &files.at[i]);
	}
	VEC_RELEASE(&files);
}

/** The machines that proved their keys. A fingerprint is the digest of a key in wire form. */
static void add_hosts(struct json *subjects, const struct rows *targets)
{
	const struct statement_target *rows = targets->at;

	for (size_t i = 0; i < targets->len; i++) {
		AUTO(auto_str) struct str name = {0};
		struct json *host = NULL;
		struct json *digest = NULL;
		char hex[SHA256_HEX_BYTES];

		if (rows[i].state < TARGET_PROVEN ||
		    !fingerprint_hex(text_of(rows[i].fingerprint), hex)) {
			continue;
		}
		host = json_map();
		digest = json_map();
		str_add(&name, "host:");
		form_add_text(&name, rows[i].name);
		json_put_text(digest, "sha256", hex);
		json_put_text(host, "name", str_text(&name));
		json_put(host, "digest", digest);
		json_add(subjects, host);
	}
}

struct json *statement_subject(const struct statement *statement)
{
	AUTO(auto_str) struct str manifest = {0};
	struct json *subjects = json_list();
	struct json *inputs = json_map();
	struct json *digest = json_map();
	char hex[SHA256_HEX_BYTES];

	if (statement->source.commit) {
		struct json *source = json_map();
		struct json *ids = json_map();

		json_put_text(ids, "gitCommit", statement->source.commit);
		json_put_text(ids, "gitTree", statement->source.tree);
		json_put_text(source, "name", statement->source.repo);
		json_put(source, "digest", ids);
		json_add(subjects, source);
	}
	statement_manifest(statement, &manifest);
	sha256_hex(str_text(&manifest), manifest.len, hex);
	json_put_text(digest, "sha256", hex);
	json_put_text(inputs, "name", "inputs.sha256");
	json_put(inputs, "digest", digest);
	json_add(subjects, inputs);
	if (statement->kind == STATEMENT_RECEIPT) {
		add_hosts(subjects, &statement->targets);
	}
	return subjects;
}

struct json *statement_configuration(const struct statement *receipt)
{
	const struct texts *packs = &receipt->inputs.selection.packs;
	struct json *list = json_list();
	struct files files = {0};

	for (size_t i = 0; i < packs->len; i++) {
		AUTO(auto_str) struct str uri = {0};
		struct json *pack = json_map();

		str_add(&uri, "urn:gaterun:pack:");
		form_add_text(&uri, packs->at[i]);
		json_put_text(pack, "uri", str_text(&uri));
		json_add(list, pack);
	}
	collect_files(receipt, &files);
	for (size_t i = 0; i < files.len; i++) {
		AUTO(auto_str) struct str path = {0};
		struct json *file = json_map();
		struct json *digest = json_map();

		form_add_text(&path, files.at[i].path);
		json_put_text(digest, "sha256", files.at[i].sha256);
		json_put_text(file, "name", str_text(&path));
		json_put(file, "digest", digest);
		json_add(list, file);
	}
	VEC_RELEASE(&files);
	return list;
}

static const struct statement_gate *gate_at(const struct statement *receipt, size_t i)
{
	return (const struct statement_gate *)receipt->results.at + i;
}

/** What is not a pass is a warning, unless it decides the exit status. */
static enum statement_list list_of(const struct statement_gate *gate)
{
	if (gate->verdict == VERDICT_PASS) {
		return LIST_PASSED;
	}
	return gate->is_enforced && verdict_is_bad(statement_counted(gate)) ? LIST_FAILED
									    : LIST_WARNED;
}

struct json *statement_tests(const struct statement *receipt, enum statement_list list)
{
	struct json *ids = json_list();

	for (size_t i = 0; i < receipt->results.len; i++) {
		if (list_of(gate_at(receipt, i)) == list) {
			json_add_text(ids, gate_at(receipt, i)->id);
		}
	}
	return ids;
}

const char *statement_result(const struct statement *receipt)
{
	bool is_warned = receipt->policy.waivers.len > 0;

	for (size_t i = 0; i < receipt->results.len; i++) {
		is_warned = is_warned || list_of(gate_at(receipt, i)) == LIST_WARNED;
	}
	if (receipt->totals.exit != 0) {
		return "FAILED";
	}
	return is_warned ? "WARNED" : "PASSED";
}

/* ---- the document */

static struct json *receipt_predicate(const struct statement *receipt)
{
	struct json *predicate = json_map();

	json_put_text(predicate, "result", statement_result(receipt));
	json_put(predicate, "configuration", statement_configuration(receipt));
	json_put(predicate, "passedTests", statement_tests(receipt, LIST_PASSED));
	json_put(predicate, "warnedTests", statement_tests(receipt, LIST_WARNED));
	json_put(predicate, "failedTests", statement_tests(receipt, LIST_FAILED));
	json_put(
		predicate, RECEIPT_EXTENSION,
		form_write(statement_fields(STATEMENT_RECEIPT, receipt->identity.schema), receipt));
	return predicate;
}

void statement_write(const struct statement *statement, struct str *out)
{
	AUTO(auto_json) struct json *document = json_map();
	bool is_start = statement->kind == STATEMENT_START;

	json_put_text(document, "_type", STATEMENT_TYPE);
	json_put_text(document, "predicateType", is_start ? START_TYPE : RECEIPT_TYPE);
	json_put(document, "subject", statement_subject(statement));
	json_put(document, "predicate",
		 is_start
			 ? form_write(statement_fields(STATEMENT_START, statement->identity.schema),
				      statement)
			 : receipt_predicate(statement));
	json_write(document, JSON_CANONICAL, out);
}

void statement_name(const struct statement *start, char out[RUN_KEY_BYTES])
{
	AUTO(auto_str) struct str body = {0};
	struct statement nameless = *start;
	char label[RUN_KEY_LABEL_BYTES];
	int64_t started_utc_ms = 0;
	struct err ignored = {0};

	nameless.identity.run_key = NULL;
	statement_write(&nameless, &body);
	(void)clock_parse_rfc3339(text_of(start->time.started_at), &started_utc_ms, &ignored);
	statement_label(start, label);
	run_key_make(str_view(&body), started_utc_ms, label, out);
}

void statement_shared(const struct statement *statement, unsigned char out[SHA256_BYTES])
{
	AUTO(auto_str) struct str body = {0};
	struct statement shared = *statement;

	shared.identity.run_key = NULL;
	shared.identity.seq = 0;
	shared.identity.prev = "";
	shared.policy.waivers = (struct texts){0};
	form_flatten(statement_fields(STATEMENT_START, shared.identity.schema), &shared, &body);
	sha256(str_text(&body), body.len, out);
}

void statement_label(const struct statement *statement, char out[RUN_KEY_LABEL_BYTES])
{
	const struct statement_selection *selection = &statement->inputs.selection;
	const struct texts *ids = selection->packs.len ? &selection->packs : &selection->gates;

	run_key_label(ids->at, ids->len, out);
}

/** Keep so many rows at most, and count the others. */
static void cut(struct rows *rows, size_t kept, int64_t *omitted)
{
	if (rows->len > kept) {
		*omitted += (int64_t)(rows->len - kept);
		rows->len = kept;
	}
}

void statement_fit(struct statement *receipt)
{
	struct statement_gate *gates = receipt->results.at;

	for (size_t kept = FINDINGS_KEPT;; kept /= 2) {
		AUTO(auto_str) struct str bytes = {0};

		statement_write(receipt, &bytes);
		if (bytes.len <= STATEMENT_BYTES) {
			return;
		}
		for (size_t i = 0; i < receipt->results.len; i++) {
			cut(&gates[i].findings, kept, &gates[i].omitted);
			cut(&gates[i].outputs, kept, &gates[i].omitted_outputs);
		}
		cut(&receipt->targets, kept * TARGETS_PER_FINDING, &receipt->omitted_targets);
		if (kept == 0) {
			return;
		}
	}
}
