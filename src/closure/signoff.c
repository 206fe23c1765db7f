#include "closure/signoff.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "crypto/digest.h"
#include "crypto/ssh_signature.h"

/** "SHA256:…" of a key in its wire form. */
static void fingerprint_of(struct text key, char out[FINGERPRINT_BYTES])
{
	AUTO(auto_str) struct str text = {0};
	unsigned char digest[SHA256_BYTES];

	sha256(key.at, key.len, digest);
	str_add(&text, "SHA256:");
	base64_encode(&text, digest, sizeof(digest));
	/* OpenSSH leaves the padding out. */
	str_cut(&text, FINGERPRINT_BYTES - 1);
	memcpy(out, text.at, FINGERPRINT_BYTES - 1);
	out[FINGERPRINT_BYTES - 1] = '\0';
}

/** Was the line good at that time? */
static bool was_valid(const struct approver *approver, int64_t at_utc)
{
	return (approver->valid_after_utc == 0 || at_utc >= approver->valid_after_utc) &&
	       (approver->valid_before_utc == 0 || at_utc <= approver->valid_before_utc);
}

/** Who may sign closings off with this key, when it was closed or now; NULL: nobody. */
static const struct approver *find_approver(const struct prover *prover, struct text key,
					    int64_t closed_utc_ms)
{
	const struct trust *trust = &prover->trust;

	for (size_t i = 0; i < trust->approvers.len; i++) {
		const struct approver *approver = &trust->approvers.at[i];

		if (text_equal(approver->key, key) &&
		    (was_valid(approver, closed_utc_ms / 1000) ||
		     was_valid(approver, prover->now_utc_ms / 1000))) {
			return approver;
		}
	}
	return NULL;
}

static const char *judge(struct prover *prover, struct text armored, struct text message,
			 int64_t closed_utc_ms, struct signoff *out)
{
	AUTO(auto_ssh_signature) struct ssh_signature signature = {0};
	const struct approver *approver = NULL;
	char fingerprint[FINGERPRINT_BYTES];
	struct err why = {0};

	if (ssh_signature_read(armored, &signature, &why) ||
	    ssh_signature_verify(&signature, SIGNOFF_NAMESPACE, message, &why)) {
		return arena_printf(&prover->arena, "%s: %s", out->file, why.text);
	}
	fingerprint_of(signature.key, fingerprint);
	if (trust_revoked(&prover->trust, fingerprint)) {
		return arena_printf(&prover->arena, "%s: key %s is revoked", out->file,
				    fingerprint);
	}
	approver = find_approver(prover, signature.key, closed_utc_ms);
	if (!approver) {
		return arena_printf(&prover->arena,
				    "%s: allowed_signers does not list key %s for "
				    "namespaces=\"" SIGNOFF_NAMESPACE "\"",
				    out->file, fingerprint);
	}
	out->signed_by = approver->principals;
	return NULL;
}

void signoff_verify(struct prover *prover, const char *summary, struct text bytes,
		    int64_t closed_utc_ms, struct signoff *out)
{
	const char *file = arena_printf(&prover->arena, "%s.sig", summary);
	struct text armored = {0};
	struct err err = {0};

	*out = (struct signoff){0};
	switch (tree_read(prover->repo->tree, file, SSH_SIGNATURE_BYTES, &armored, &err)) {
	case TREE_ABSENT:
		return;
	case TREE_OK:
		out->file = file;
		out->why = judge(prover, armored, bytes, closed_utc_ms, out);
		return;
	case TREE_REFUSED:
	case TREE_CONFLICTED:
		out->file = file;
		out->why = arena_text(&prover->arena, err.text);
		return;
	}
}
