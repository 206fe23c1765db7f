#include "check/check.h"

#include <stdarg.h>
#include <string.h>

#include "base/cleanup.h"

/** Longest message of a finding; it may quote what a file or a peer said. */
#define MESSAGE_BYTES 1000

static const char *printable(struct arena *arena, const struct str *raw)
{
	AUTO(auto_str) struct str clean = {.max = MESSAGE_BYTES};

	str_add_printable(&clean, str_view(raw));
	return arena_copy(arena, str_text(&clean), clean.len);
}

struct finding *check_add(struct check *check, enum verdict verdict, enum reason reason,
			  const char *subject, struct place where, const char *format, ...)
{
	AUTO(auto_str) struct str message = {.max = MESSAGE_BYTES};
	struct finding *finding = VEC_ADD(&check->result->findings);
	va_list args;

	va_start(args, format);
	str_vprintf(&message, format, args);
	va_end(args);
	finding->verdict = verdict;
	finding->reason = reason;
	finding->subject = subject;
	finding->where = where;
	finding->message = printable(check->context->arena, &message);
	return finding;
}

void check_heard(struct check *check, const char *subject, const char *stream, struct text bytes,
		 size_t total)
{
	struct context *context = check->context;
	struct heard *output = VEC_ADD(&check->result->heard);

	output->subject = subject;
	output->stream = stream;
	output->len = bytes.len;
	output->is_truncated = total > bytes.len;
	sha256_hex(bytes.at ? bytes.at : "", bytes.len, output->sha256);
	if (bytes.len <= OUTPUT_KEPT_BYTES &&
	    context->output_bytes + bytes.len <= OUTPUTS_KEPT_BYTES) {
		context->output_bytes += bytes.len;
		output->kept = arena_copy(context->arena, bytes.at ? bytes.at : "", bytes.len);
	}
}

const char *check_text(struct check *check, const char *format, ...)
{
	AUTO(auto_str) struct str text = {.max = MESSAGE_BYTES};
	va_list args;

	va_start(args, format);
	str_vprintf(&text, format, args);
	va_end(args);
	return printable(check->context->arena, &text);
}

const char *check_cause(struct check *check, const struct gate *gate, const struct finding *finding)
{
	return finding->caused_by ? finding->caused_by
				  : check_text(check, "%s %s %s", gate->id, finding->subject,
					       reason_code(finding->reason));
}

void finding_relate(struct finding *finding, struct place where)
{
	if (finding->related_count < RELATED_MAX) {
		finding->related[finding->related_count++] = where;
	}
}

bool selector_chooses(const struct selector *selector, const struct target *target)
{
	/* A row without an id is broken; every part says so. */
	if (texts_hold(&selector->except, target->id) ||
	    (target->id && !shard_holds(&selector->shard, target->id))) {
		return false;
	}
	if (selector->all || texts_hold(&selector->ids, target->id) ||
	    texts_hold(&selector->policies, access_policy_word(target->policy))) {
		return true;
	}
	if (target->row.is_broken && (selector->policies.len > 0 || selector->tags.len > 0)) {
		/* Its policy or tags may be what is wrong; left out, it could not be unknown. */
		return true;
	}
	for (size_t i = 0; i < target->tags.len; i++) {
		if (texts_hold(&selector->tags, target->tags.at[i])) {
			return true;
		}
	}
	return false;
}

bool check_selects(const struct check *check, const struct target *target)
{
	return selector_chooses(&check->gate->targets, target) &&
	       selector_chooses(&check->context->targets, target);
}

/** Is the subject one row of a binding, and not a file, a gate or the run? */
static bool is_about_row(const char *subject)
{
	static const char *const types[] = {"target:", "device:", "endpoint:", "row:"};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (text_starts(text_of(subject), types[i])) {
			return true;
		}
	}
	return false;
}

/**
 * What a required gate says about this subject, or about all: a gate that is not about targets
 * speaks about all of them, and one that is does so when it judged none. NULL if nothing bad.
 */
static const struct finding *required_finding(const struct check *required, const char *subject)
{
	const struct findings *findings = &required->result->findings;
	bool speaks_for_all = !gate_is_per_target(required->gate) || required->result->checked == 0;

	for (size_t i = 0; i < findings->len; i++) {
		const struct finding *finding = &findings->at[i];
		bool is_bad =
			finding->verdict == VERDICT_FAIL || finding->verdict == VERDICT_UNKNOWN;

		if (is_bad && (same_string(finding->subject, subject) ||
			       (speaks_for_all && !is_about_row(finding->subject)))) {
			return finding;
		}
	}
	return NULL;
}

static bool is_decided_by_required(struct check *check, const struct target *target)
{
	for (size_t i = 0; i < check->required_count; i++) {
		const struct check *required = check->required[i];
		const struct finding *cause = required_finding(required, target->row.subject);
		struct finding *finding = NULL;

		if (!cause) {
			continue;
		}
		finding =
			check_add(check, VERDICT_UNKNOWN, REASON_REQUIRES_FAILED,
				  target->row.subject, node_place(target->row.node, "id"),
				  "not tried, because %s: %s", required->gate->id, cause->message);
		finding->caused_by = check_cause(check, required->gate, cause);
		return true;
	}
	return false;
}

const struct never_rule *kind_forbidden(const struct policy *policy, const struct kind *kind,
					const struct target *target)
{
	const struct never_rule *rule = policy_forbids(policy, target->id, kind->name);

	return !rule && kind->acts_as ? policy_forbids(policy, target->id, kind->acts_as) : rule;
}

bool check_is_decided(struct check *check, const struct target *target)
{
	const struct repo *repo = check->context->repo;
	const struct never_rule *rule = kind_forbidden(&repo->policy, check->kind, target);
	struct finding *finding = NULL;

	if (target->row.is_broken) {
		finding = check_add(check, VERDICT_UNKNOWN, REASON_BINDING_BROKEN,
				    target->row.subject, target->row.node->where,
				    "its row in %s is wrong", repo->targets.binding.path);
		finding->caused_by = target->row.cause;
		return true;
	}
	if (rule) {
		finding = check_add(check, VERDICT_SKIP, REASON_POLICY_NEVER, target->row.subject,
				    node_place(target->row.node, "id"), "never by policy: %s",
				    rule->reason);
		finding_relate(finding, rule->node->where);
		return true;
	}
	return is_decided_by_required(check, target);
}
