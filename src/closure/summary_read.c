/* Reading the summary of a closing, and believing nothing in it before its signature holds. */
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "closure/summary.h"
#include "crypto/digest.h"
#include "data/json.h"
#include "receipt/envelope.h"

/** One summary being verified. */
struct reading {
	struct prover *prover;
	const struct scope *scope;
	struct summary *out;
	struct text bytes;
	struct envelope envelope;
	const struct node *root;
	const struct node *predicate;
	int64_t verified_utc_ms;
};

const char *summary_state_word(enum summary_state state)
{
	static const char *const words[] = {
		[SUMMARY_ABSENT] = "absent", [SUMMARY_GOOD] = "good", [SUMMARY_BAD] = "bad"};

	return words[state];
}

/** Settle what is wrong; the value is false. */
#define refuse(reading, code, ...) (settle((reading), REASON_##code, __VA_ARGS__), false)

__attribute__((format(printf, 3, 4))) static void settle(struct reading *reading,
							 enum reason reason, const char *format,
							 ...)
{
	AUTO(auto_str) struct str text = {0};
	AUTO(auto_str) struct str shown = {0};
	va_list args;

	va_start(args, format);
	str_vprintf(&text, format, args);
	va_end(args);
	str_add_printable(&shown, str_view(&text));
	reading->out->state = SUMMARY_BAD;
	reading->out->reason = reason;
	reading->out->why = arena_text(&reading->prover->arena, str_text(&shown));
}

/** Is the scalar at the end of a path of keys this text? */
static bool says(const struct node *map, const char *key, const char *text)
{
	const struct node *node = node_get(map, key);

	return node && node->kind == NODE_SCALAR && text_is(node->text, text);
}

/* ---- the steps */

/** Whose signature is it? Only somebody whom allowed_signers lists counts. */
static bool check_signer(struct reading *reading)
{
	const struct trust *trust = &reading->prover->trust;
	struct summary *out = reading->out;
	char fingerprint[FINGERPRINT_BYTES];
	enum reason reason = REASON_NONE;
	struct err why = {0};

	for (size_t i = 0; i < trust->signers.len; i++) {
		const struct signer *listed = &trust->signers.at[i];
		const struct signer *signer = NULL;

		if (!envelope_is_by(&reading->envelope, &listed->key)) {
			continue;
		}
		signer = trust_find(trust, &listed->key, reading->verified_utc_ms, &reason, &why);
		if (!signer) {
			return refuse(reading, LOOP_SUMMARY, "%s: %s", out->file, why.text);
		}
		public_key_fingerprint(&listed->key, fingerprint);
		for (size_t k = 0; k < trust->revocations.len; k++) {
			const struct revocation *row = &trust->revocations.at[k];

			if (strcmp(row->fingerprint, fingerprint) == 0 &&
			    (row->is_compromised || row->at_utc_ms <= reading->verified_utc_ms)) {
				return refuse(reading, LOOP_SUMMARY,
					      "%s: %s:%d revokes the key that signed it", out->file,
					      row->where.file, row->where.line);
			}
		}
		out->signed_by = arena_text(&reading->prover->arena, signer->principals);
		return true;
	}
	return refuse(reading, LOOP_SUMMARY, "%s: nobody whom allowed_signers lists signed it",
		      out->file);
}

static bool read_payload(struct reading *reading)
{
	struct arena *arena = &reading->prover->arena;
	AUTO(auto_problems) struct problems problems = {0};
	struct node *root = NULL;
	struct err why = {0};

	if (envelope_read(reading->bytes, &reading->envelope, &why)) {
		return refuse(reading, LOOP_SUMMARY, "%s: %s", reading->out->file, why.text);
	}
	if (strcmp(reading->envelope.type, IN_TOTO_TYPE) != 0 ||
	    json_load(arena, reading->out->file, str_view(&reading->envelope.payload), OWN_FILE,
		      &problems, NULL, &root) ||
	    !says(root, "_type", STATEMENT_TYPE) || !says(root, "predicateType", SUMMARY_TYPE)) {
		return refuse(reading, LOOP_SUMMARY, "%s is no summary of a closing",
			      reading->out->file);
	}
	reading->root = root;
	reading->predicate = node_get(root, "predicate");
	return true;
}

/** Is it about this loop of this repo, and of the time that its name and the loop say? */
static bool check_claims(struct reading *reading)
{
	const struct node *time = node_get(reading->predicate, "timeVerified");
	const struct node *ours = node_get(reading->predicate, SUMMARY_EXTENSION);
	const struct scope *scope = reading->scope;
	char asked[65];
	struct err ignored = {0};

	if (!time || clock_parse_rfc3339(time->text, &reading->verified_utc_ms, &ignored) ||
	    reading->verified_utc_ms / 1000 != scope->closed.utc_ms / 1000) {
		return refuse(reading, LOOP_SUMMARY,
			      "%s is not of the time at which the loop was "
			      "closed",
			      reading->out->file);
	}
	if (reading->verified_utc_ms > reading->prover->now_utc_ms + CLOCK_SKEW_MS) {
		return refuse(reading, LOOP_SUMMARY, "%s is from the future", reading->out->file);
	}
	if (!says(ours, "loop", scope->id) || !says(ours, "repo", reading->prover->repo_id)) {
		return refuse(reading, LOOP_SUMMARY, "%s is about another loop or another repo",
			      reading->out->file);
	}
	if (!says(reading->predicate, "verificationResult", "PASSED")) {
		return refuse(reading, LOOP_SUMMARY, "%s does not say PASSED", reading->out->file);
	}
	summary_asked(scope, asked);
	return says(ours, "asked", asked) ||
	       refuse(reading, LOOP_CHANGED,
		      "its guard commands or criteria are not those that %s was signed for",
		      reading->out->file);
}

/** The run key in "receipts/evidence/RUN-….json". */
static const char *input_key(struct arena *arena, const struct node *input)
{
	const struct node *uri = node_get(input, "uri");
	const char *slash = uri ? strrchr(uri->text.at, '/') : NULL;
	size_t len = slash ? strlen(slash + 1) : 0;
	struct text key = {slash ? slash + 1 : NULL, len > 5 ? len - 5 : 0};

	return key.len > 0 && strcmp(key.at + key.len, ".json") == 0 &&
			       run_key_form(key) == RUN_KEY_OURS
		       ? arena_copy(arena, key.at, key.len)
		       : NULL;
}

/** Every receipt that went in must be there, byte for byte. */
static bool check_inputs(struct reading *reading)
{
	const struct node *inputs = node_get(reading->predicate, "inputAttestations");
	struct arena *arena = &reading->prover->arena;
	struct texts *keys = &reading->out->run_keys;

	keys->at = arena_alloc(arena, ((inputs ? inputs->count : 0) + 1) * sizeof(*keys->at));
	for (const struct node *input = inputs ? inputs->first : NULL; input; input = input->next) {
		const char *key = input_key(arena, input);
		const struct proof *proof = key ? prover_prove(reading->prover, key) : NULL;
		char sha256[65] = "";

		if (proof && proof->file) {
			sha256_hex(proof->bytes.at, proof->bytes.len, sha256);
		}
		if (!key || !says(node_get(input, "digest"), "sha256", sha256)) {
			return refuse(reading, LOOP_SUMMARY,
				      "%s sums up a receipt that is not here as it was: %s",
				      reading->out->file, key ? key : "no run key");
		}
		keys->at[keys->len++] = key;
	}
	return keys->len > 0 ||
	       refuse(reading, LOOP_SUMMARY, "%s sums up nothing", reading->out->file);
}

/** There need not be one, but one that does not hold says that something is wrong. */
static bool check_signoff(struct reading *reading)
{
	struct signoff *signoff = &reading->out->signoff;

	signoff_verify(reading->prover, reading->out->file, reading->bytes,
		       reading->verified_utc_ms, signoff);
	return !signoff->why || refuse(reading, LOOP_SIGNOFF, "%s", signoff->why);
}

static bool compare_file(struct reading *reading)
{
	const struct node *subjects = node_get(reading->root, "subject");
	const struct node *first = subjects ? subjects->first : NULL;
	char sha256[65];

	sha256_hex(reading->scope->bytes.at, reading->scope->bytes.len, sha256);
	reading->out->is_edited = !says(node_get(first, "digest"), "sha256", sha256);
	return true;
}

void summary_verify(struct prover *prover, const struct scope *scope, struct summary *out)
{
	static bool (*const steps[])(struct reading * reading) = {
		read_payload, check_claims, check_signer, check_inputs, check_signoff, compare_file,
	};
	struct reading reading = {.prover = prover, .scope = scope, .out = out};
	struct err err = {0};
	bool is_good = true;

	*out = (struct summary){.state = SUMMARY_ABSENT};
	if (!scope->id || scope->closed.utc_ms <= 0) {
		return;
	}
	out->file = summary_file(&prover->arena, prover->repo, scope->id, scope->closed.utc_ms);
	switch (tree_read(prover->repo->tree, out->file, ENVELOPE_BYTES, &reading.bytes, &err)) {
	case TREE_OK:
		break;
	case TREE_ABSENT:
		out->file = NULL;
		return;
	case TREE_REFUSED:
	case TREE_CONFLICTED:
		(void)refuse(&reading, LOOP_SUMMARY, "%s", err.text);
		return;
	}
	for (size_t i = 0; is_good && i < sizeof(steps) / sizeof(steps[0]); i++) {
		is_good = steps[i](&reading);
	}
	out->state = is_good ? SUMMARY_GOOD : SUMMARY_BAD;
	envelope_release(&reading.envelope);
}
