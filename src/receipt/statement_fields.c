#include "receipt/statement_private.h"

/** Largest integer that all readers of JSON keep. */
#define INTEGER_MAX (((int64_t)1 << 53) - 1)

#define COUNT .type = FIELD_INT, .min = 0, .max = INTEGER_MAX, .required = true
#define OPTIONAL_COUNT .type = FIELD_INT, .min = 0, .max = INTEGER_MAX
#define TEXT .type = FIELD_TEXT, .required = true
#define OPTIONAL_TEXT .type = FIELD_TEXT
#define TRUTH .type = FIELD_BOOL, .required = true
#define OPTIONAL_TRUTH .type = FIELD_BOOL
#define TEXTS .type = FIELD_TEXTS, .required = true
#define GROUP .type = FIELD_STRUCT, .required = true

static const struct choice verdicts[] = {
	{"pass", VERDICT_PASS, NULL},
	{"fail", VERDICT_FAIL, NULL},
	{"unknown", VERDICT_UNKNOWN, NULL},
	{"skip", VERDICT_SKIP, NULL},
	{0},
};

#define AT(member) .offset = offsetof(struct statement_identity, member)
static const struct field start_identity[] = {
	{"logOrigin", TEXT, AT(log_origin)},
	{"nonce", TEXT, AT(nonce)},
	{"prev", TEXT, AT(prev)},
	{"runKey", TEXT, AT(run_key)},
	{"schema", COUNT, AT(schema)},
	{"seq", COUNT, AT(seq)},
	{0},
};

static const struct field receipt_identity[] = {
	{"logOrigin", TEXT, AT(log_origin)},
	{"nonce", TEXT, AT(nonce)},
	{"prev", TEXT, AT(prev)},
	{"runKey", TEXT, AT(run_key)},
	{"schema", COUNT, AT(schema)},
	{"seq", COUNT, AT(seq)},
	{"startLeaf", TEXT, AT(start_leaf)},
	{"startSeq", COUNT, AT(start_seq)},
	{0},
};
#undef AT

#define AT(member) .offset = offsetof(struct statement_source, member)
static const struct field start_source[] = {
	{"branch", OPTIONAL_TEXT, AT(branch)},
	{"commit", OPTIONAL_TEXT, AT(commit)},
	{"repo", TEXT, AT(repo)},
	{"tree", OPTIONAL_TEXT, AT(tree)},
	{"vcs", TEXT, AT(vcs)},
	{0},
};

static const struct field receipt_source[] = {
	{"branch", OPTIONAL_TEXT, AT(branch)},
	{"commit", OPTIONAL_TEXT, AT(commit)},
	{"diffSha256", OPTIONAL_TEXT, AT(diff_sha256)},
	{"dirty", TRUTH, AT(is_dirty)},
	{"repo", TEXT, AT(repo)},
	{"tree", OPTIONAL_TEXT, AT(tree)},
	{"untracked", COUNT, AT(untracked)},
	{"untrackedSha256", OPTIONAL_TEXT, AT(untracked_sha256)},
	{"vcs", TEXT, AT(vcs)},
	{0},
};
#undef AT

#define AT(member) .offset = offsetof(struct statement_file, member)
static const struct field file_fields[] = {
	{"path", TEXT, AT(path)},
	{"sha256", TEXT, AT(sha256)},
	{0},
};
#undef AT

#define AT(member) .offset = offsetof(struct statement_selection, member)
static const struct field selection_fields[] = {
	{"baseline", OPTIONAL_TEXT, AT(baseline)},
	{"failOn", OPTIONAL_TEXT, AT(fail_on)},
	{"gates", TEXTS, AT(gates)},
	{"packs", TEXTS, AT(packs)},
	{"shard", OPTIONAL_TEXT, AT(shard)},
	{"since", OPTIONAL_TEXT, AT(since)},
	{"staged", TRUTH, AT(is_staged)},
	{"targets", TEXTS, AT(targets)},
	{0},
};
#undef AT

#define AT(member) .offset = offsetof(struct statement_part, member)
static const struct field part_fields[] = {
	{"runKey", TEXT, AT(run_key)},
	{"sha256", TEXT, AT(sha256)},
	{"shard", TEXT, AT(shard)},
	{"signer", TEXT, AT(signer)},
	{0},
};
#undef AT

#define AT(member) .offset = offsetof(struct statement_inputs, member)
#define PARTS .type = FIELD_LIST, .fields = part_fields, .size = sizeof(struct statement_part)
#define FILES                                                        \
	.type = FIELD_LIST, .fields = file_fields, .required = true, \
	.size = sizeof(struct statement_file)
static const struct field inputs_fields[] = {
	{"arguments", TEXTS, AT(arguments)},
	{"bindings", FILES, AT(bindings)},
	{"gates", FILES, AT(gates)},
	{"merged", PARTS, AT(merged)},
	{"selection", GROUP, AT(selection), .fields = selection_fields},
	{0},
};
#undef AT

#define AT(member) .offset = offsetof(struct statement_policy, member)
static const struct field policy_fields[] = {
	{"context", TEXT, AT(context)},    {"mode", TEXT, AT(mode)},
	{"path", OPTIONAL_TEXT, AT(path)}, {"sha256", OPTIONAL_TEXT, AT(sha256)},
	{"waivers", TEXTS, AT(waivers)},   {0},
};
#undef AT

#define AT(member) .offset = offsetof(struct statement_finding, member)
#define VERDICT .type = FIELD_CHOICE, .choices = verdicts, .required = true
static const struct field finding_fields[] = {
	{"causedBy", OPTIONAL_TEXT, AT(caused_by)},
	{"column", OPTIONAL_COUNT, AT(column)},
	{"file", OPTIONAL_TEXT, AT(file)},
	{"fingerprint", TEXT, AT(fingerprint)},
	{"line", OPTIONAL_COUNT, AT(line)},
	{"message", TEXT, AT(message)},
	{"reason", TEXT, AT(reason)},
	{"state", OPTIONAL_TEXT, AT(state)},
	{"subject", OPTIONAL_TEXT, AT(subject)},
	{"verdict", VERDICT, AT(verdict)},
	{"waived", OPTIONAL_TEXT, AT(waived)},
	{0},
};
#undef AT

#define AT(member) .offset = offsetof(struct statement_output, member)
static const struct field output_fields[] = {
	{"bytes", COUNT, AT(bytes)},
	{"sha256", TEXT, AT(sha256)},
	{"stream", TEXT, AT(stream)},
	{"subject", TEXT, AT(subject)},
	{"truncated", OPTIONAL_TRUTH, AT(is_truncated)},
	{0},
};
#undef AT

#define AT(member) .offset = offsetof(struct statement_gate, member)
#define OUTPUTS .type = FIELD_LIST, .fields = output_fields, .size = sizeof(struct statement_output)
#define FINDINGS                                                        \
	.type = FIELD_LIST, .fields = finding_fields, .required = true, \
	.size = sizeof(struct statement_finding)
static const struct field gate_fields[] = {
	{"checked", COUNT, AT(checked)},
	{"countsAs", OPTIONAL_TEXT, AT(counts_as)},
	{"durationMs", COUNT, AT(duration_ms)},
	{"enforced", TRUTH, AT(is_enforced)},
	{"findings", FINDINGS, AT(findings)},
	{"id", TEXT, AT(id)},
	{"kind", TEXT, AT(kind)},
	{"omitted", OPTIONAL_COUNT, AT(omitted)},
	{"omittedOutputs", OPTIONAL_COUNT, AT(omitted_outputs)},
	{"outputs", OUTPUTS, AT(outputs)},
	{"reason", OPTIONAL_TEXT, AT(reason)},
	{"severity", TEXT, AT(severity)},
	{"startedAt", TEXT, AT(started_at)},
	{"verdict", VERDICT, AT(verdict)},
	{0},
};
#undef AT

#define AT(member) .offset = offsetof(struct statement_totals, member)
static const struct field totals_fields[] = {
	{"exit", COUNT, AT(exit)},
	{"fail", COUNT, AT(fail)},
	{"pass", COUNT, AT(pass)},
	{"planned", COUNT, AT(planned)},
	{"skip", COUNT, AT(skip)},
	{"unknown", COUNT, AT(unknown)},
	{0},
};
#undef AT

#define AT(member) .offset = offsetof(struct statement_time, member)
static const struct field start_time[] = {
	{"startedAt", TEXT, AT(started_at)},
	{0},
};

static const struct field receipt_time[] = {
	{"durationMs", COUNT, AT(duration_ms)},
	{"finishedAt", TEXT, AT(finished_at)},
	{"startedAt", TEXT, AT(started_at)},
	{0},
};
#undef AT

#define AT(member) .offset = offsetof(struct statement_library, member)
static const struct field library_fields[] = {
	{"name", TEXT, AT(name)},
	{"version", TEXT, AT(version)},
	{0},
};
#undef AT

#define AT(member) .offset = offsetof(struct statement_tool, member)
#define LIBRARIES                                                       \
	.type = FIELD_LIST, .fields = library_fields, .required = true, \
	.size = sizeof(struct statement_library)
static const struct field tool_fields[] = {
	{"commit", TEXT, AT(commit)},   {"libraries", LIBRARIES, AT(libraries)},
	{"os", OPTIONAL_TEXT, AT(os)},  {"sha256", OPTIONAL_TEXT, AT(sha256)},
	{"version", TEXT, AT(version)}, {0},
};
#undef AT

#define AT(member) .offset = offsetof(struct statement_runner, member)
static const struct field runner_fields[] = {
	{"boot", OPTIONAL_TEXT, AT(boot)},
	{"clock", OPTIONAL_TEXT, AT(clock)},
	{"clockSource", OPTIONAL_TEXT, AT(clock_source)},
	{"host", OPTIONAL_TEXT, AT(host)},
	{"machine", OPTIONAL_TEXT, AT(machine)},
	{"uid", COUNT, AT(uid)},
	{"user", OPTIONAL_TEXT, AT(user)},
	{0},
};
#undef AT

static const struct choice target_states[] = {
	{"unreached", TARGET_UNREACHED, NULL},
	{"refused", TARGET_REFUSED, NULL},
	{"proven", TARGET_PROVEN, NULL},
	{"logged_in", TARGET_LOGGED_IN, NULL},
	{0},
};

#define AT(member) .offset = offsetof(struct statement_target, member)
static const struct field target_fields[] = {
	{"address", TEXT, AT(address)},
	{"fingerprint", OPTIONAL_TEXT, AT(fingerprint)},
	{"keyType", OPTIONAL_TEXT, AT(key_type)},
	{"name", TEXT, AT(name)},
	{"path", TEXT, AT(path)},
	{"pinnedBy", OPTIONAL_TEXT, AT(pinned_by)},
	{"policy", TEXT, AT(policy)},
	{"port", COUNT, AT(port)},
	{"state", .type = FIELD_CHOICE, .choices = target_states, .required = true, AT(state)},
	{"trust", OPTIONAL_TEXT, AT(trust)},
	{"user", OPTIONAL_TEXT, AT(user)},
	{"via", OPTIONAL_TEXT, AT(via)},
	{0},
};
#undef AT

#define AT(member) .offset = offsetof(struct statement, member)
/** Of schema 1. */
static const struct field start_fields_1[] = {
	{"identity", GROUP, AT(identity), .fields = start_identity},
	{"inputs", GROUP, AT(inputs), .fields = inputs_fields},
	{"policy", GROUP, AT(policy), .fields = policy_fields},
	{"source", GROUP, AT(source), .fields = start_source},
	{"time", GROUP, AT(time), .fields = start_time},
	{"tool", GROUP, AT(tool), .fields = tool_fields},
	{0},
};

static const struct field start_fields[] = {
	{"identity", GROUP, AT(identity), .fields = start_identity},
	{"inputs", GROUP, AT(inputs), .fields = inputs_fields},
	{"policy", GROUP, AT(policy), .fields = policy_fields},
	{"runner", GROUP, AT(runner), .fields = runner_fields},
	{"source", GROUP, AT(source), .fields = start_source},
	{"time", GROUP, AT(time), .fields = start_time},
	{"tool", GROUP, AT(tool), .fields = tool_fields},
	{0},
};

#define GATES                                                        \
	.type = FIELD_LIST, .fields = gate_fields, .required = true, \
	.size = sizeof(struct statement_gate)
/** Of schema 1. */
static const struct field receipt_fields_1[] = {
	{"identity", GROUP, AT(identity), .fields = receipt_identity},
	{"inputs", GROUP, AT(inputs), .fields = inputs_fields},
	{"policy", GROUP, AT(policy), .fields = policy_fields},
	{"results", GATES, AT(results)},
	{"source", GROUP, AT(source), .fields = receipt_source},
	{"time", GROUP, AT(time), .fields = receipt_time},
	{"tool", GROUP, AT(tool), .fields = tool_fields},
	{"totals", GROUP, AT(totals), .fields = totals_fields},
	{0},
};

#define TARGETS .type = FIELD_LIST, .fields = target_fields, .size = sizeof(struct statement_target)
static const struct field receipt_fields[] = {
	{"identity", GROUP, AT(identity), .fields = receipt_identity},
	{"inputs", GROUP, AT(inputs), .fields = inputs_fields},
	{"omittedTargets", OPTIONAL_COUNT, AT(omitted_targets)},
	{"policy", GROUP, AT(policy), .fields = policy_fields},
	{"results", GATES, AT(results)},
	{"runner", GROUP, AT(runner), .fields = runner_fields},
	{"source", GROUP, AT(source), .fields = receipt_source},
	{"targets", TARGETS, AT(targets)},
	{"time", GROUP, AT(time), .fields = receipt_time},
	{"tool", GROUP, AT(tool), .fields = tool_fields},
	{"totals", GROUP, AT(totals), .fields = totals_fields},
	{0},
};
#undef AT

const struct field *statement_fields(enum statement_kind kind, int64_t schema)
{
	if (kind == STATEMENT_START) {
		return schema < 2 ? start_fields_1 : start_fields;
	}
	return schema < 2 ? receipt_fields_1 : receipt_fields;
}

void statement_groups(struct str *out)
{
	const char *before = "";

	for (const struct field *field = receipt_fields; field->name; field++) {
		if (field->type != FIELD_INT) { /* a count beside a group */
			str_printf(out, "%s%s", before, field->name);
			before = ", ";
		}
	}
}
