#include "run/shadow.h"

static const struct result *result_of(const struct run *run, const char *id)
{
	const struct gate *gate = gates_find(&run->repo->gates, id);

	for (size_t i = 0; i < run->result_count; i++) {
		if (run->results[i].gate == gate) {
			return &run->results[i];
		}
	}
	return NULL;
}

/** The first finding that made the result what it is; NULL for a plain pass. */
static const struct finding *reason_for(const struct result *result)
{
	for (size_t i = 0; i < result->findings.len; i++) {
		const struct finding *finding = &result->findings.at[i];

		if (finding->verdict != VERDICT_PASS && finding->verdict == result->verdict) {
			return finding;
		}
	}
	return NULL;
}

/** A remark at the key that makes the gate a shadow. */
static struct finding *remark(struct run *run, struct result *shadow, enum reason reason)
{
	const struct gate *gate = shadow->gate;
	struct finding *finding = VEC_ADD(&shadow->findings);

	finding->verdict = VERDICT_PASS;
	finding->reason = reason;
	finding->subject = arena_printf(&run->arena, "gate:%s", gate->id);
	finding->detail = gate->shadow_of;
	finding->where = node_place(gate->node, "shadow_of");
	return finding;
}

static void tell_alone(struct run *run, struct result *shadow)
{
	struct finding *finding = remark(run, shadow, REASON_SHADOW_ALONE);

	finding->message =
		arena_printf(&run->arena, "%s is not part of this run, so nothing was compared",
			     shadow->gate->shadow_of);
}

static void tell_difference(struct run *run, struct result *shadow, const struct result *decides)
{
	const struct finding *why = reason_for(decides);
	struct finding *finding = remark(run, shadow, REASON_SHADOW_DIFFERS);

	finding->message = arena_printf(
		&run->arena, "%s, which decides, says %s%s%s%s, and this gate %s",
		decides->gate->id, verdict_word(decides->verdict), why ? " (" : "",
		why ? why->message : "", why ? ")" : "", verdict_word(shadow->verdict));
	finding->detail =
		arena_printf(&run->arena, "%s %s, %s", decides->gate->id,
			     verdict_word(decides->verdict), verdict_word(shadow->verdict));
	if (why) {
		finding_relate(finding, why->where);
	}
}

void run_compare_shadows(struct run *run)
{
	for (size_t i = 0; i < run->result_count; i++) {
		struct result *shadow = &run->results[i];
		const char *id = shadow->gate->shadow_of;
		const struct result *decides = id ? result_of(run, id) : NULL;

		if (!id || (decides && decides->verdict == shadow->verdict)) {
			continue;
		}
		if (decides) {
			tell_difference(run, shadow, decides);
		} else {
			tell_alone(run, shadow);
		}
		result_settle(shadow, &run->arena);
	}
}
