#include "closure/coverage.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"

/** The pack that holds every gate. */
#define PACK_ALL "all"

const char *claim_sort_word(enum claim_sort sort)
{
	static const char *const words[] = {[CLAIM_PACK] = "pack",
					    [CLAIM_GATES] = "gates",
					    [CLAIM_CRITERION] = "criterion",
					    [CLAIM_HUMAN] = "human"};

	return words[sort];
}

/* ---- what the loop asks for */

static bool has_pack(const struct coverage *coverage, const char *pack)
{
	for (size_t i = 0; i < coverage->claims.len; i++) {
		if (coverage->claims.at[i].sort == CLAIM_PACK &&
		    strcmp(coverage->claims.at[i].name, pack) == 0) {
			return true;
		}
	}
	return false;
}

static void claim_packs(struct coverage *coverage, const struct gates *gates,
			const struct texts *packs, struct claim named)
{
	for (size_t i = 0; i < packs->len; i++) {
		struct claim claim = named;

		if (has_pack(coverage, packs->at[i])) {
			continue;
		}
		claim.sort = CLAIM_PACK;
		claim.name = packs->at[i];
		if (packs->nodes && packs->nodes[i]) {
			claim.where = packs->nodes[i]->where;
		}
		if (!loops_pack_exists(gates, claim.name)) {
			claim.reason = REASON_LOOP_NO_EVIDENCE;
			claim.why = arena_printf(&coverage->arena, "no gate is in a pack '%s'",
						 claim.name);
		}
		*VEC_ADD(&coverage->claims) = claim;
	}
}

/** Gates by their own ids; one that is not there keeps the claim from being proven. */
static void claim_gates(struct coverage *coverage, const struct gates *gates,
			const struct texts *named, struct claim claim)
{
	claim.gates.at = arena_alloc(&coverage->arena, (named->len + 1) * sizeof(*named->at));
	for (size_t i = 0; i < named->len; i++) {
		const struct gate *gate = gates_find(gates, named->at[i]);

		if (!gate) {
			claim.reason = REASON_LOOP_NO_EVIDENCE;
			claim.why = arena_printf(&coverage->arena, "there is no gate '%s'",
						 named->at[i]);
		}
		claim.gates.at[claim.gates.len++] = gate ? gate->id : named->at[i];
	}
	*VEC_ADD(&coverage->claims) = claim;
}

/** What gaterun.yaml says about a criterion, by its name or its text. */
static const struct texts *mapped_gates(const struct coverage *coverage,
					const struct criterion *criterion)
{
	const struct entries *rows = coverage->rule ? &coverage->rule->criteria : NULL;
	const struct texts *gates = rows ? rows->at : NULL;

	for (size_t i = 0; rows && i < rows->len; i++) {
		if (strcmp(rows->keys[i], criterion->name) == 0 ||
		    strcmp(rows->keys[i], criterion->text) == 0) {
			return &gates[i];
		}
	}
	return criterion->gates.len > 0 ? &criterion->gates : NULL;
}

static void claim_criteria(struct coverage *coverage, const struct gates *gates)
{
	const struct scope *scope = coverage->scope;

	for (size_t i = 0; i < scope->criteria.len; i++) {
		const struct criterion *criterion = &scope->criteria.at[i];
		const struct texts *named = mapped_gates(coverage, criterion);
		struct claim claim = {.sort = named ? CLAIM_CRITERION : CLAIM_HUMAN,
				      .name = criterion->name,
				      .text = criterion->text,
				      .where = criterion->where,
				      .criterion = criterion};

		if (named) {
			claim_gates(coverage, gates, named, claim);
		} else {
			*VEC_ADD(&coverage->claims) = claim;
		}
	}
}

/** A key of gaterun.yaml that is no criterion of the file would ask for less than was meant. */
static void check_mapped(struct coverage *coverage)
{
	const struct entries *rows = coverage->rule ? &coverage->rule->criteria : NULL;

	for (size_t i = 0; rows && i < rows->len; i++) {
		bool is_there = false;

		for (size_t k = 0; k < coverage->scope->criteria.len; k++) {
			const struct criterion *criterion = &coverage->scope->criteria.at[k];

			is_there = is_there || strcmp(rows->keys[i], criterion->name) == 0 ||
				   strcmp(rows->keys[i], criterion->text) == 0;
		}
		if (!is_there) {
			*VEC_ADD(&coverage->claims) = (struct claim){
				.sort = CLAIM_CRITERION,
				.name = rows->keys[i],
				.where = rows->nodes[i]->where,
				.reason = REASON_LOOP_NO_EVIDENCE,
				.why = arena_printf(&coverage->arena,
						    "gaterun.yaml names gates for it, but the loop "
						    "has no such criterion"),
			};
		}
	}
}

static void claim_guards(struct coverage *coverage, const struct repo *repo)
{
	const struct scope *scope = coverage->scope;
	size_t before = coverage->claims.len;

	if (coverage->rule && coverage->rule->packs.len > 0) {
		claim_packs(coverage, &repo->gates, &coverage->rule->packs, (struct claim){0});
		return;
	}
	for (size_t i = 0; i < scope->guards.len; i++) {
		const struct guard *guard = &scope->guards.at[i];

		claim_packs(coverage, &repo->gates, &guard->packs,
			    (struct claim){.text = guard->command, .where = guard->where});
		if (guard->gates.len > 0) {
			claim_gates(coverage, &repo->gates, &guard->gates,
				    (struct claim){.sort = CLAIM_GATES,
						   .name = guard->gates.at[0],
						   .text = guard->command,
						   .where = guard->where});
		}
	}
	if (coverage->claims.len == before) {
		claim_packs(coverage, &repo->gates, &repo->config.loops.packs,
			    (struct claim){.where = {scope->file, 1, 1}});
	}
}

/* ---- what a run is worth to this loop */

/** A pack that no gate is in was not verified by a run of all gates. */
static bool covers_pack(const struct proof *proof, const struct claim *claim)
{
	const struct texts *packs = &proof->found.statement.inputs.selection.packs;

	return texts_hold(packs, claim->name) ||
	       (texts_hold(packs, PACK_ALL) && claim->reason == REASON_NONE);
}

/** Has the run anything to say about the claim? */
static bool concerns(const struct proof *proof, const struct claim *claim)
{
	if (claim->sort == CLAIM_PACK) {
		return covers_pack(proof, claim);
	}
	for (size_t i = 0; i < claim->gates.len; i++) {
		if (proof_gate(proof, claim->gates.at[i])) {
			return true;
		}
	}
	return false;
}

static bool is_wanted(const struct coverage *coverage, const struct proof *proof)
{
	for (size_t i = 0; i < coverage->claims.len; i++) {
		if (concerns(proof, &coverage->claims.at[i])) {
			return true;
		}
	}
	return false;
}

static const char *join(struct arena *arena, const struct texts *texts)
{
	AUTO(auto_str) struct str line = {0};

	for (size_t i = 0; i < texts->len; i++) {
		str_printf(&line, "%s%s", i ? ", " : "", texts->at[i]);
	}
	return arena_text(arena, str_text(&line));
}

static const char *asked_packs(struct coverage *coverage)
{
	AUTO(auto_str) struct str line = {0};

	for (size_t i = 0; i < coverage->claims.len; i++) {
		if (coverage->claims.at[i].sort == CLAIM_PACK) {
			str_printf(&line, "%s%s", line.len ? ", " : "",
				   coverage->claims.at[i].name);
		}
	}
	return arena_text(&coverage->arena, str_text(&line));
}

#define refuse(coverage, exhibit, code, ...) \
	((exhibit)->reason = REASON_##code,  \
	 (exhibit)->why = arena_printf(&(coverage)->arena, __VA_ARGS__))

/** Is the run not older than the loop, and than its reopening? */
static bool check_age(struct coverage *coverage, struct exhibit *exhibit)
{
	const struct scope *scope = coverage->scope;
	int64_t opened = scope_opened_utc_ms(scope);
	bool is_reopened = scope->reopened.utc_ms > opened;
	char since[CLOCK_RFC3339_BYTES];
	int64_t from = is_reopened ? scope->reopened.utc_ms : opened;

	if (from <= 0) {
		refuse(coverage, exhibit, LOOP_UNDATED,
		       "the loop does not say since when it is open; write created: YYYY-MM-DD");
		return false;
	}
	if (exhibit->proof->started_utc_ms >= from) {
		return true;
	}
	clock_format_rfc3339(from, since);
	refuse(coverage, exhibit, LOOP_OLDER, "it ran at %s, and the loop was %s at %s",
	       exhibit->proof->found.statement.time.started_at, is_reopened ? "reopened" : "opened",
	       since);
	return false;
}

static void judge_exhibit(struct coverage *coverage, struct exhibit *exhibit)
{
	const struct proof *proof = exhibit->proof;

	if (proof->reason != REASON_NONE) {
		exhibit->reason = proof->reason;
		exhibit->why = proof->why;
		exhibit->is_undecided = proof->is_undecided;
		return;
	}
	if (!check_age(coverage, exhibit)) {
		return;
	}
	if (proof->excused.len > 0 && !(coverage->rule && coverage->rule->allow_preexisting)) {
		refuse(coverage, exhibit, LOOP_PREEXISTING,
		       "%s failed, as in its baseline, and the loop does not say "
		       "'allow_preexisting: true' in gaterun.yaml",
		       join(&coverage->arena, &proof->excused));
	} else if (!is_wanted(coverage, proof)) {
		refuse(coverage, exhibit, LOOP_OTHER_PACK,
		       "it is a run of pack %s, and the loop asks for %s",
		       join(&coverage->arena, &proof->found.statement.inputs.selection.packs),
		       asked_packs(coverage));
	}
}

/* ---- claims and runs together */

/** Do all gates of the claim pass in the run? If it has them and they do not, the claim says so. */
static bool proves(struct coverage *coverage, struct claim *claim, const struct proof *proof)
{
	if (claim->sort == CLAIM_PACK) {
		return covers_pack(proof, claim);
	}
	for (size_t i = 0; i < claim->gates.len; i++) {
		const struct statement_gate *gate = proof_gate(proof, claim->gates.at[i]);

		if (gate && gate->verdict == VERDICT_PASS) {
			continue;
		}
		claim->reason = gate ? REASON_LOOP_GATE_NOT_PASS : REASON_LOOP_NO_EVIDENCE;
		claim->why = arena_printf(
			&coverage->arena, gate ? "%s is %s in %s" : "%s was not %s in %s",
			claim->gates.at[i],
			gate ? verdict_word((enum verdict)gate->verdict) : "looked at",
			proof->run_key);
		return false;
	}
	return claim->gates.len > 0;
}

static void prove_claims(struct coverage *coverage, const struct exhibit *exhibit)
{
	for (size_t i = 0; exhibit->reason == REASON_NONE && i < coverage->claims.len; i++) {
		struct claim *claim = &coverage->claims.at[i];
		/* A claim that cannot be proven by any run keeps its reason. */
		bool is_hopeless = claim->reason != REASON_NONE && claim->sort == CLAIM_CRITERION &&
				   claim->gates.len == 0;

		if (claim->proof || claim->sort == CLAIM_HUMAN || is_hopeless ||
		    !proves(coverage, claim, exhibit->proof)) {
			continue;
		}
		claim->proof = exhibit->proof;
		claim->reason = REASON_NONE;
		claim->why = NULL;
	}
}

static void explain(struct coverage *coverage, struct claim *claim)
{
	if (!claim->why) {
		claim->reason = REASON_LOOP_NO_EVIDENCE;
		claim->why =
			claim->sort == CLAIM_PACK
				? arena_printf(&coverage->arena, "no run that counts is of pack %s",
					       claim->name)
				: arena_printf(&coverage->arena, "no run that counts looked at %s",
					       join(&coverage->arena, &claim->gates));
	}
	if (coverage->reason == REASON_NONE) {
		coverage->reason = claim->reason;
		coverage->why = claim->why;
	}
}

static bool is_complete(const struct coverage *coverage)
{
	for (size_t i = 0; i < coverage->claims.len; i++) {
		if (!coverage->claims.at[i].proof && coverage->claims.at[i].sort != CLAIM_HUMAN) {
			return false;
		}
	}
	return true;
}

/** What is wrong as a whole: a run that was cited and refused, before a claim without one. */
static void conclude(struct coverage *coverage)
{
	bool is_refused = false;

	coverage->is_proven = is_complete(coverage);
	for (size_t i = 0; i < coverage->exhibits.len; i++) {
		const struct exhibit *exhibit = &coverage->exhibits.at[i];

		if (exhibit->reason != REASON_NONE && !exhibit->is_undecided && !is_refused) {
			is_refused = true;
			coverage->reason = exhibit->reason;
			coverage->why = exhibit->why;
		}
	}
	for (size_t i = 0; i < coverage->exhibits.len && coverage->reason == REASON_NONE; i++) {
		coverage->reason = coverage->exhibits.at[i].reason;
		coverage->why = coverage->exhibits.at[i].why;
	}
	for (size_t i = 0; i < coverage->claims.len; i++) {
		if (!coverage->claims.at[i].proof && coverage->claims.at[i].sort != CLAIM_HUMAN) {
			explain(coverage, &coverage->claims.at[i]);
			is_refused = is_refused ||
				     coverage->claims.at[i].reason == REASON_LOOP_GATE_NOT_PASS;
		}
	}
	coverage->is_undecided = !coverage->is_proven && !is_refused;
}

static void begin(const struct prover *prover, const struct scope *scope, struct coverage *out)
{
	out->scope = scope;
	out->rule = scope->id ? loops_rule(&prover->repo->config.loops, scope->id) : NULL;
	claim_guards(out, prover->repo);
	claim_criteria(out, &prover->repo->gates);
	check_mapped(out);
}

void coverage_judge(struct prover *prover, const struct scope *scope, const struct texts *run_keys,
		    struct coverage *out)
{
	begin(prover, scope, out);
	for (size_t i = 0; i < run_keys->len; i++) {
		struct exhibit exhibit = {.proof = prover_prove(prover, run_keys->at[i]),
					  .why = ""};

		judge_exhibit(out, &exhibit);
		prove_claims(out, &exhibit);
		*VEC_ADD(&out->exhibits) = exhibit;
	}
	conclude(out);
}

/** Most runs that are looked at for a loop that cites none. */
#define SEARCH_MAX ((size_t)50)

void coverage_search(struct prover *prover, const struct scope *scope, const struct texts *run_keys,
		     struct coverage *out)
{
	size_t count = run_keys->len < SEARCH_MAX ? run_keys->len : SEARCH_MAX;

	begin(prover, scope, out);
	for (size_t i = 0; i < count && !is_complete(out); i++) {
		struct exhibit exhibit = {.proof = prover_prove(prover, run_keys->at[i]),
					  .why = ""};

		judge_exhibit(out, &exhibit);
		if (exhibit.reason == REASON_NONE) {
			prove_claims(out, &exhibit);
			*VEC_ADD(&out->exhibits) = exhibit;
		}
	}
	conclude(out);
}

void coverage_release(struct coverage *coverage)
{
	VEC_RELEASE(&coverage->claims);
	VEC_RELEASE(&coverage->exhibits);
	arena_release(&coverage->arena);
}
