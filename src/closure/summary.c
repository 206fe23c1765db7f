#include "closure/summary.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "crypto/digest.h"
#include "data/json.h"
#include "receipt/envelope.h"

/** The type of the statement around the predicate is receipt/statement.h's. */
#define RESOURCE "urn:gaterun:loop:%s:%s"

/* ---- where it is */

const char *summary_folder(struct arena *arena, const char *id)
{
	return arena_printf(arena, "evidence/loops/%s", id);
}

const char *summary_file(struct arena *arena, const struct repo *repo, const char *id,
			 int64_t closed_utc_ms)
{
	char name[CLOCK_BASIC_BYTES];

	clock_format_basic(closed_utc_ms, name);
	return arena_printf(arena, "%s/%s/%s.json", repo_receipts(repo), summary_folder(arena, id),
			    name);
}

/* ---- writing */

void summary_asked(const struct scope *scope, char out[65])
{
	AUTO(auto_str) struct str asked = {0};

	/* Texts hold no line ends: an outline joins them with blanks. */
	for (size_t i = 0; i < scope->guards.len; i++) {
		str_printf(&asked, "guard %s\n", scope->guards.at[i].command);
	}
	for (size_t i = 0; i < scope->criteria.len; i++) {
		const struct criterion *criterion = &scope->criteria.at[i];

		str_printf(&asked, "criterion %s %s\n", criterion->name, criterion->text);
		for (size_t k = 0; k < criterion->gates.len; k++) {
			str_printf(&asked, "gate %s\n", criterion->gates.at[k]);
		}
	}
	sha256_hex(asked.len ? asked.at : "", asked.len, out);
}

/** {"sha256": "…"} of some bytes. */
static struct json *digest_of(struct text bytes)
{
	struct json *map = json_map();
	char sha256[65];

	sha256_hex(bytes.at, bytes.len, sha256);
	json_put_text(map, "sha256", sha256);
	return map;
}

static struct json *input_of(const struct summary_spec *spec, const struct proof *proof)
{
	struct json *map = json_map();
	AUTO(auto_str) struct str uri = {0};

	str_printf(&uri, "%s/evidence/%s.json", repo_receipts(spec->prover->repo), proof->run_key);
	json_put_text(map, "uri", str_text(&uri));
	json_put(map, "digest", digest_of(proof->bytes));
	return map;
}

static struct json *claim_json(const struct claim *claim)
{
	struct json *map = json_map();
	struct json *gates = json_list();

	json_put_text(map, "sort", claim_sort_word(claim->sort));
	json_put_text(map, "name", claim->name);
	json_put_text(map, "text", claim->text ? claim->text : "");
	for (size_t i = 0; i < claim->gates.len; i++) {
		json_add_text(gates, claim->gates.at[i]);
	}
	json_put(map, "gates", gates);
	if (claim->proof) {
		json_put_text(map, "runKey", claim->proof->run_key);
	}
	return map;
}

/** What is ours in the predicate. */
static struct json *extension(const struct summary_spec *spec)
{
	const struct scope *scope = spec->coverage->scope;
	struct json *map = json_map();
	struct json *claims = json_list();
	char asked[65];

	summary_asked(scope, asked);
	json_put_text(map, "loop", scope->id);
	json_put_text(map, "repo", spec->prover->repo_id);
	json_put_text(map, "asked", asked);
	for (size_t i = 0; i < spec->coverage->claims.len; i++) {
		json_add(claims, claim_json(&spec->coverage->claims.at[i]));
	}
	json_put(map, "claims", claims);
	return map;
}

static struct json *verifier(const struct summary_spec *spec)
{
	struct json *map = json_map();
	struct json *version = json_map();

	json_put_text(version, "gaterun", spec->version);
	json_put_text(map, "id", "urn:gaterun");
	json_put(map, "version", version);
	return map;
}

static struct json *predicate(const struct summary_spec *spec)
{
	const struct coverage *coverage = spec->coverage;
	AUTO(auto_str) struct str resource = {0};
	struct json *map = json_map();
	struct json *policy = json_map();
	struct json *inputs = json_list();
	struct json *levels = json_list();
	char now[CLOCK_RFC3339_BYTES];

	clock_format_rfc3339(spec->now_utc_ms, now);
	str_printf(&resource, RESOURCE, spec->prover->repo_id, coverage->scope->id);
	json_put_text(policy, "uri", "urn:gaterun:loop-policy:v1");
	for (size_t i = 0; i < coverage->exhibits.len; i++) {
		json_add(inputs, input_of(spec, coverage->exhibits.at[i].proof));
	}
	json_add_text(levels, SUMMARY_LEVEL);
	json_put(map, "verifier", verifier(spec));
	json_put_text(map, "timeVerified", now);
	json_put_text(map, "resourceUri", str_text(&resource));
	json_put(map, "policy", policy);
	json_put(map, "inputAttestations", inputs);
	json_put_text(map, "verificationResult", "PASSED");
	json_put(map, "verifiedLevels", levels);
	json_put(map, SUMMARY_EXTENSION, extension(spec));
	return map;
}

int summary_write(const struct summary_spec *spec, struct str *out, struct err *err)
{
	AUTO(auto_json) struct json *map = json_map();
	AUTO(auto_str) struct str payload = {0};
	struct json *subjects = json_list();
	struct json *subject = json_map();

	json_put_text(subject, "name", spec->coverage->scope->file);
	json_put(subject, "digest", digest_of(spec->closed));
	json_add(subjects, subject);
	json_put_text(map, "_type", STATEMENT_TYPE);
	json_put(map, "subject", subjects);
	json_put_text(map, "predicateType", SUMMARY_TYPE);
	json_put(map, "predicate", predicate(spec));
	json_write(map, JSON_CANONICAL, &payload);
	return envelope_write(str_view(&payload), spec->key, out, err);
}
