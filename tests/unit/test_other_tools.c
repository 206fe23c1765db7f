/**
 * Receipts between us and other people's programs: an envelope made with jq, openssl and base64
 * alone verifies here, and ours verifies with them. The scripts are the commands of the README.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "receipt/verify.h"
#include "receipts.h"
#include "scratch.h"
#include "tool.h"

/** 2026-03-02T00:00:00Z */
#define NOW 1772409600000

/** Make a key, a statement, its envelope and a line of allowed_signers in the folder $1. */
static const char make_script[] =
	"cd \"$1\"\n"
	"openssl genpkey -algorithm ed25519 -out key.pem 2> /dev/null\n"
	"openssl pkey -in key.pem -pubout -outform DER | tail -c 32 > raw\n"
	"{ printf '\\000\\000\\000\\013ssh-ed25519\\000\\000\\000\\040'; cat raw; } > wire\n"
	"keyid=SHA256:$(openssl dgst -sha256 -binary wire | base64 | tr -d '=\\n')\n"
	"printf 'ops@example namespaces=\"gaterun-receipt\" ssh-ed25519 %s\\n' \\\n"
	"	\"$(base64 < wire | tr -d '\\n')\" > allowed_signers\n"
	"zero=$(printf '%064d' 0)\n"
	"printf '%s  gates/001-bindings-valid.yaml\\n' \"$zero\" > manifest\n"
	"jq -n --arg zero \"$zero\" \\\n"
	"	--arg inputs \"$(openssl dgst -sha256 -r manifest | cut -c1-64)\" \\\n"
	"	--arg origin \"gaterun/ops.example/$(openssl dgst -sha256 -r raw | cut -c1-16)\" '{\n"
	"	_type: \"https://in-toto.io/Statement/v1\",\n"
	"	subject: [{name: \"inputs.sha256\", digest: {sha256: $inputs}}],\n"
	"	predicateType: \"https://in-toto.io/attestation/test-result/v0.1\",\n"
	"	predicate: {\n"
	"		result: \"PASSED\",\n"
	"		configuration: [\n"
	"			{uri: \"urn:gaterun:pack:fast\"},\n"
	"			{name: \"gates/001-bindings-valid.yaml\", digest: {sha256: $zero}}],\n"
	"		passedTests: [\"G001\"], warnedTests: [], failedTests: [],\n"
	"		\"urn:gaterun:receipt:v1\": {\n"
	"			identity: {schema: 1, logOrigin: $origin, seq: 1, prev: $zero,\n"
	"				startSeq: 0, startLeaf: $zero,\n"
	"				nonce: \"00000000000000000000000000000000\",\n"
	"				runKey: \"RUN-20260301T214813Z__verify.fast__R00000000000000000000\"},\n"
	"			source: {repo: \"ops.example\", vcs: \"none\", dirty: false, untracked: 0},\n"
	"			inputs: {bindings: [], arguments: [\"verify\", \"fast\"],\n"
	"				gates: [{path: \"gates/001-bindings-valid.yaml\", sha256: $zero}],\n"
	"				selection: {packs: [\"fast\"], gates: [], targets: [], staged: false}},\n"
	"			policy: {context: \"local\", mode: \"static\", waivers: []},\n"
	"			results: [{id: \"G001\", kind: \"bindings_valid\", severity: \"high\",\n"
	"				enforced: true, verdict: \"pass\", checked: 19, findings: [],\n"
	"				startedAt: \"2026-03-01T21:48:13.124Z\", durationMs: 1}],\n"
	"			totals: {planned: 1, pass: 1, fail: 0, unknown: 0, skip: 0, exit: 0},\n"
	"			time: {startedAt: \"2026-03-01T21:48:13.123Z\",\n"
	"				finishedAt: \"2026-03-01T21:48:13.135Z\", durationMs: 12},\n"
	"			tool: {version: \"0\", commit: \"none\", libraries: []}}}}' > payload\n"
	"type=application/vnd.in-toto+json\n"
	"{ printf 'DSSEv1 %d %s %d ' ${#type} $type $(wc -c < payload); cat payload; } > pae\n"
	"openssl pkeyutl -sign -rawin -inkey key.pem -in pae -out sig\n"
	"jq -n --arg payload \"$(base64 < payload | tr -d '\\n')\" --arg type $type \\\n"
	"	--arg keyid \"$keyid\" --arg sig \"$(base64 < sig | tr -d '\\n')\" \\\n"
	"	'{payload: $payload, payloadType: $type, signatures: [{keyid: $keyid, sig: $sig}]}' \\\n"
	"	> envelope.json\n";

/** Verify $1/ours.json with the public key $1/ours.pem. */
static const char verify_script[] =
	"cd \"$1\"\n"
	"jq -rj .payload ours.json | base64 -d > body\n"
	"type=$(jq -rj .payloadType ours.json)\n"
	"{ printf 'DSSEv1 %d %s %d ' ${#type} \"$type\" \"$(wc -c < body)\"; cat body; } > pae\n"
	"jq -rj '.signatures[0].sig' ours.json | base64 -d > sig\n"
	"openssl pkeyutl -verify -pubin -inkey ours.pem -rawin -in pae -sigfile sig\n";

static int run_script(const char *script)
{
	return TOOL_RUN(NULL, "sh", "-eu", "-c", script, "script", scratch_dir);
}

static bool has_tools(void)
{
	static const char *const names[] = {"sh", "jq", "openssl", "base64", "tail", "cut"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!tool_exists(names[i])) {
			print_message("no %s here\n", names[i]);
			return false;
		}
	}
	return true;
}

static void an_envelope_made_by_other_tools_verifies_until_a_byte_is_flipped(void **state)
{
	AUTO(auto_trust) struct trust trust = {0};
	AUTO(auto_problems) struct problems problems = {0};
	AUTO(auto_str) struct str signers = {0};
	AUTO(auto_str) struct str bytes = {0};
	struct verify_options options = {.trust = &trust, .now_utc_ms = NOW};
	struct verification found = {0};

	(void)state;
	if (!has_tools()) {
		skip();
	}
	assert_int_equal(run_script(make_script), 0);
	signers = scratch_read("allowed_signers");
	bytes = scratch_read("envelope.json");
	assert_int_equal(
		trust_read_signers(&trust, "allowed_signers", str_view(&signers), &problems), 0);
	receipt_verify(str_view(&bytes), &options, &found);
	if (found.verdict != RECEIPT_TRUSTED) {
		fail_msg("%s", found.why);
	}
	assert_int_equal(found.membership, MEMBER_NO_LOG);
	verification_release(&found);
	for (size_t i = 0; i < 2 * bytes.len; i++) {
		AUTO(auto_verification) struct verification spoilt = {0};
		char whole = bytes.at[i / 2];

		/* One bit, and all of them. */
		bytes.at[i / 2] = (char)(whole ^ (i % 2 ? 0xff : 1 << i / 2 % 8));
		receipt_verify(str_view(&bytes), &options, &spoilt);
		if (spoilt.verdict != RECEIPT_INVALID || spoilt.why[0] == '\0') {
			fail_msg("byte %zu: %s", i / 2, spoilt.why);
		}
		bytes.at[i / 2] = whole;
	}
}

static void our_receipts_verify_with_other_tools_until_a_byte_is_changed(void **state)
{
	AUTO(auto_arena) struct arena arena = {0};
	AUTO(auto_key) struct key *key = sample_key(1);
	AUTO(auto_str) struct str pem = {0};
	AUTO(auto_str) struct str bytes = {0};
	struct statement start = sample_start(&arena, key, 0, "");
	struct statement receipt = sample_receipt(&arena, key, &start);

	(void)state;
	if (!has_tools()) {
		skip();
	}
	sample_sign(&receipt, key, &bytes);
	public_key_write_pem(&key->public, &pem);
	scratch_write("ours.pem", pem.at);
	scratch_write("ours.json", bytes.at);
	assert_int_equal(run_script(verify_script), 0);
	bytes.at[200] = bytes.at[200] == 'A' ? 'B' : 'A';
	scratch_write("ours.json", bytes.at);
	assert_int_not_equal(run_script(verify_script), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_envelope_made_by_other_tools_verifies_until_a_byte_is_flipped),
		cmocka_unit_test(our_receipts_verify_with_other_tools_until_a_byte_is_changed),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
