#include <string.h>

#include "base/clock.h"
#include "base/codec.h"
#include "crypto/digest.h"
#include "receipt/statement_private.h"

/** Exit statuses above this are signals: 128 + n. */
#define EXIT_BY_SIGNAL 128
#define SIGNAL_MAX 64

static int wrong(struct err *err, const char *what, const char *value, const char *expected)
{
	return err_set(err, ERR_INPUT, "%s is '%.80s', expected %s", what, value ? value : "",
		       expected);
}

bool is_lower_hex(const char *text, size_t digits)
{
	size_t len = 0;

	for (; text && text[len]; len++) {
		bool is_digit = text[len] >= '0' && text[len] <= '9';

		if (!is_digit && (text[len] < 'a' || text[len] > 'f')) {
			return false;
		}
	}
	return len == digits;
}

bool is_object_id(const char *text)
{
	return is_lower_hex(text, 40) || is_lower_hex(text, 64);
}

static int check_sha256(const char *what, const char *value, struct err *err)
{
	if (!is_lower_hex(value, SHA256_HEX_BYTES - 1)) {
		return wrong(err, what, value, "64 hexadecimal digits");
	}
	return 0;
}

static int check_optional_sha256(const char *what, const char *value, struct err *err)
{
	return value ? check_sha256(what, value, err) : 0;
}

static int check_time(const char *what, const char *value, int64_t *utc_ms, struct err *err)
{
	if (clock_parse_rfc3339(text_of(value), utc_ms, err)) {
		return err_wrap(err, "%s", what);
	}
	return 0;
}

bool is_one_of(const char *word, const char *const *words)
{
	for (; *words; words++) {
		if (strcmp(word, *words) == 0) {
			return true;
		}
	}
	return false;
}

/** Lower-case letters, digits, and the characters of `more`; not empty. */
static bool is_word(const char *word, const char *more)
{
	for (const char *at = word; *at; at++) {
		if (!(*at >= 'a' && *at <= 'z') && !(*at >= '0' && *at <= '9') &&
		    !strchr(more, *at)) {
			return false;
		}
	}
	return word[0] != '\0';
}

/** [A-Z]{1,4}[0-9]{1,4} */
static bool is_gate_id(const char *id)
{
	size_t letters = strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	size_t digits = strspn(id + letters, "0123456789");

	return letters >= 1 && letters <= 4 && digits >= 1 && digits <= 4 &&
	       id[letters + digits] == '\0';
}

/** Relative, and never upwards. */
static bool is_path(const char *path)
{
	struct text rest = text_of(path);
	struct text part = {0};

	if (path[0] == '\0' || path[0] == '/') {
		return false;
	}
	while (text_split(&rest, '/', &part)) {
		if (text_is(part, "..")) {
			return false;
		}
	}
	return true;
}

/* ---- the groups */

/** "gaterun/<repo>/<16 hex>" */
static bool is_origin_of(const char *origin, const char *repo)
{
	static const char head[] = "gaterun/";
	size_t repo_len = strlen(repo);

	return strncmp(origin, head, sizeof(head) - 1) == 0 &&
	       strncmp(origin + sizeof(head) - 1, repo, repo_len) == 0 &&
	       origin[sizeof(head) - 1 + repo_len] == '/' &&
	       is_lower_hex(origin + sizeof(head) + repo_len, 16);
}

static int check_identity(const struct statement *statement, struct err *err)
{
	const struct statement_identity *identity = &statement->identity;

	if (identity->schema < 1 || identity->schema > STATEMENT_SCHEMA) {
		return err_set(err, ERR_INPUT, "schema is %lld, expected 1 to %d",
			       (long long)identity->schema, STATEMENT_SCHEMA);
	}
	if (run_key_form(text_of(identity->run_key)) != RUN_KEY_OURS) {
		return wrong(err, "runKey", identity->run_key, "a run key");
	}
	if (!is_origin_of(identity->log_origin, statement->source.repo)) {
		return wrong(err, "logOrigin", identity->log_origin,
			     "gaterun/<repo>/<16 digits of the key>");
	}
	if (!is_lower_hex(identity->prev, identity->seq == 0 ? 0 : SHA256_HEX_BYTES - 1)) {
		return wrong(err, "prev", identity->prev, "the hash of the entry before");
	}
	if (!is_lower_hex(identity->nonce, 32)) {
		return wrong(err, "nonce", identity->nonce, "32 hexadecimal digits");
	}
	if (statement->kind == STATEMENT_START) {
		return 0;
	}
	if (identity->start_seq >= identity->seq) {
		return err_set(err, ERR_INPUT, "startSeq %lld is not before seq %lld",
			       (long long)identity->start_seq, (long long)identity->seq);
	}
	return check_sha256("startLeaf", identity->start_leaf, err);
}

/** The run key must be the one that follows: for a start all of it, else its time and label. */
static int check_run_key(const struct statement *statement, struct err *err)
{
	const char *key = statement->identity.run_key;
	char label[RUN_KEY_LABEL_BYTES];
	char own_label[RUN_KEY_LABEL_BYTES];
	char expected[RUN_KEY_BYTES];
	char time[CLOCK_BASIC_BYTES];
	int64_t started_utc_ms = 0;

	if (statement->kind == STATEMENT_START) {
		statement_name(statement, expected);
		return strcmp(key, expected) == 0
			       ? 0
			       : err_set(err, ERR_INPUT,
					 "runKey does not follow from the start of the run");
	}
	if (check_time("startedAt", statement->time.started_at, &started_utc_ms, err)) {
		return -1;
	}
	clock_format_basic(started_utc_ms, time);
	run_key_copy_label(key, label);
	statement_label(statement, own_label);
	if (strncmp(key + strlen("RUN-"), time, sizeof(time) - 1) != 0 ||
	    strcmp(label, own_label) != 0) {
		return err_set(err, ERR_INPUT, "runKey is not that of a run of '%s' at %s",
			       own_label, time);
	}
	return 0;
}

static int check_source(const struct statement_source *source, struct err *err)
{
	static const char *const systems[] = {"git", "none", NULL};
	const char *const ids[] = {source->commit, source->tree};

	if (!is_one_of(source->vcs, systems)) {
		return wrong(err, "vcs", source->vcs, "git or none");
	}
	if (!source->commit != !source->tree) {
		return err_set(err, ERR_INPUT, "a commit needs its tree, and a tree its commit");
	}
	for (size_t i = 0; i < 2; i++) {
		if (ids[i] && !is_object_id(ids[i])) {
			return wrong(err, i == 0 ? "commit" : "tree", ids[i], "a git object id");
		}
	}
	if (check_optional_sha256("diffSha256", source->diff_sha256, err) ||
	    check_optional_sha256("untrackedSha256", source->untracked_sha256, err)) {
		return -1;
	}
	if (!source->is_dirty &&
	    (source->diff_sha256 || source->untracked_sha256 || source->untracked > 0)) {
		return err_set(err, ERR_INPUT, "dirty is false, but there are changes");
	}
	return 0;
}

static int check_files(const char *what, const struct rows *rows, struct err *err)
{
	const struct statement_file *files = rows->at;

	for (size_t i = 0; i < rows->len; i++) {
		if (!is_path(files[i].path)) {
			return wrong(err, what, files[i].path, "a path inside the repo");
		}
		if (check_sha256(files[i].path, files[i].sha256, err)) {
			return -1;
		}
	}
	return 0;
}

static int check_inputs(const struct statement *statement, struct err *err)
{
	static const char *const modes[] = {"static", "passive", "active", NULL};
	const struct statement_selection *selection = &statement->inputs.selection;
	const struct statement_policy *policy = &statement->policy;
	struct statement_file file = {policy->path, policy->sha256};
	struct rows policy_file = {&file, policy->path ? 1 : 0};

	if ((selection->packs.len > 0) == (selection->gates.len > 0)) {
		return err_set(err, ERR_INPUT, "a run selects either packs or gates");
	}
	if (!is_one_of(policy->mode, modes)) {
		return wrong(err, "mode", policy->mode, "static, passive or active");
	}
	if (!policy->path != !policy->sha256) {
		return err_set(err, ERR_INPUT, "a policy file needs its digest");
	}
	return check_files("gates", &statement->inputs.gates, err) ||
			       check_files("bindings", &statement->inputs.bindings, err) ||
			       check_files("policy", &policy_file, err)
		       ? -1
		       : 0;
}

/* ---- the results */

static int check_finding(const struct statement_gate *gate, const struct statement_finding *finding,
			 struct err *err)
{
	if (verdict_worse((enum verdict)gate->verdict, (enum verdict)finding->verdict) !=
	    (enum verdict)gate->verdict) {
		return err_set(err, ERR_INPUT, "gate %s is %s, but has a finding that is %s",
			       gate->id, verdict_word((enum verdict)gate->verdict),
			       verdict_word((enum verdict)finding->verdict));
	}
	if (!is_word(finding->reason, "._") && finding->reason[0] != '\0') {
		return wrong(err, "reason", finding->reason, "a reason");
	}
	if (finding->waived &&
	    (finding->verdict != VERDICT_SKIP ||
	     !is_one_of(finding->waived, (const char *const[]){"fail", "unknown", NULL}))) {
		return wrong(err, "waived", finding->waived,
			     "fail or unknown, of a finding that is skip");
	}
	return check_sha256("fingerprint", finding->fingerprint, err);
}

static int check_gate(const struct statement_gate *gate, struct err *err)
{
	static const char *const severities[] = {"critical", "high", "medium", "low", NULL};
	const struct statement_finding *findings = gate->findings.at;
	int64_t ignored_utc_ms = 0;

	if (!is_gate_id(gate->id)) {
		return wrong(err, "gate", gate->id, "an id like G020");
	}
	if (!is_word(gate->kind, "_")) {
		return wrong(err, "kind", gate->kind, "a snake_case word");
	}
	if (!is_one_of(gate->severity, severities)) {
		return wrong(err, "severity", gate->severity, "critical, high, medium or low");
	}
	if (gate->reason && !is_word(gate->reason, "._")) {
		return wrong(err, "reason", gate->reason, "a reason");
	}
	if (check_time(gate->id, gate->started_at, &ignored_utc_ms, err)) {
		return -1;
	}
	for (size_t i = 0; i < gate->findings.len; i++) {
		if (check_finding(gate, &findings[i], err)) {
			return -1;
		}
	}
	return 0;
}

/** Nothing is waived without a waiver that says so. */
static int check_waived(const struct statement *receipt, const struct statement_gate *gate,
			struct err *err)
{
	const struct statement_finding *findings = gate->findings.at;

	for (size_t i = 0; i < gate->findings.len; i++) {
		if (findings[i].waived && receipt->policy.waivers.len == 0) {
			return err_set(err, ERR_INPUT,
				       "gate %s has a waived finding, but no waiver is named",
				       gate->id);
		}
	}
	return 0;
}

/** Do the totals count what is there? `enforced` gets the same counts for enforced gates. */
static int check_totals(const struct statement *receipt, struct statement_totals *enforced,
			struct err *err)
{
	const struct statement_totals *totals = &receipt->totals;
	const struct statement_gate *gates = receipt->results.at;
	int64_t counts[VERDICT_SKIP + 1] = {0};
	int64_t decisive[VERDICT_SKIP + 1] = {0};

	for (size_t i = 0; i < receipt->results.len; i++) {
		counts[gates[i].verdict]++;
		decisive[statement_counted(&gates[i])] += gates[i].is_enforced;
	}
	if (totals->pass != counts[VERDICT_PASS] || totals->fail != counts[VERDICT_FAIL] ||
	    totals->unknown != counts[VERDICT_UNKNOWN] || totals->skip != counts[VERDICT_SKIP]) {
		return err_set(err, ERR_INPUT, "the totals are not those of the results");
	}
	if (totals->planned != (int64_t)receipt->results.len) {
		return err_set(err, ERR_INPUT,
			       "%lld gates were planned, but there are results of %zu",
			       (long long)totals->planned, receipt->results.len);
	}
	*enforced = (struct statement_totals){.pass = decisive[VERDICT_PASS],
					      .fail = decisive[VERDICT_FAIL],
					      .unknown = decisive[VERDICT_UNKNOWN]};
	return 0;
}

/** Does the exit status follow from the enforced gates (design, section 5)? */
static int check_exit(int64_t status, const struct statement_totals *enforced, struct err *err)
{
	int64_t expected = 0;

	if (enforced->fail > 0) {
		expected = 1;
	} else if (enforced->unknown > 0 || enforced->pass == 0) {
		expected = 2;
	}
	if (status == expected ||
	    (status > EXIT_BY_SIGNAL && status <= EXIT_BY_SIGNAL + SIGNAL_MAX)) {
		return 0;
	}
	return err_set(err, ERR_INPUT, "the exit status is %lld, but the results say %lld",
		       (long long)status, (long long)expected);
}

static int check_results(const struct statement *receipt, struct err *err)
{
	const struct statement_gate *gates = receipt->results.at;
	struct statement_totals enforced = {0};

	for (size_t i = 0; i < receipt->results.len; i++) {
		if (check_gate(&gates[i], err) || check_waived(receipt, &gates[i], err)) {
			return -1;
		}
		for (size_t j = 0; j < i; j++) {
			if (strcmp(gates[i].id, gates[j].id) == 0) {
				return err_set(err, ERR_INPUT, "gate %s has two results",
					       gates[i].id);
			}
		}
	}
	return check_totals(receipt, &enforced, err) ||
			       check_exit(receipt->totals.exit, &enforced, err)
		       ? -1
		       : 0;
}

int statement_check(const struct statement *statement, struct err *err)
{
	int64_t started_utc_ms = 0;
	int64_t finished_utc_ms = 0;

	if (check_time("startedAt", statement->time.started_at, &started_utc_ms, err) ||
	    check_source(&statement->source, err) || check_inputs(statement, err) ||
	    check_optional_sha256("tool", statement->tool.sha256, err) ||
	    check_identity(statement, err) || check_run_key(statement, err) ||
	    statement_check_compared(statement, err) || statement_check_world(statement, err)) {
		return -1;
	}
	if (statement->kind == STATEMENT_START) {
		return 0;
	}
	if (check_time("finishedAt", statement->time.finished_at, &finished_utc_ms, err)) {
		return -1;
	}
	if (finished_utc_ms < started_utc_ms) {
		return err_set(err, ERR_INPUT, "the run finished before it started");
	}
	return check_results(statement, err);
}
