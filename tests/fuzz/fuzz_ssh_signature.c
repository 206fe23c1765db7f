/**
 * A signature file: what is read has parts inside of what was decoded, and verifying it never says
 * yes for a message that nobody signed.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/ssh_signature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_part(const struct ssh_signature *signature, struct text part)
{
	assert(part.at >= signature->bytes.at);
	assert(part.at + part.len <= signature->bytes.at + signature->bytes.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text bytes = {(const char *)data, size};
	struct ssh_signature signature = {0};
	struct err err = {0};

	if (ssh_signature_read(bytes, &signature, &err)) {
		assert(err.text[0] && !signature.key.at);
		return 0;
	}
	check_part(&signature, signature.key);
	check_part(&signature, signature.space);
	check_part(&signature, signature.signature);
	assert(ssh_signature_verify(&signature, "gaterun-loop", text_of("nobody signed this"),
				    &err) == -1);
	assert(err.text[0]);
	ssh_signature_release(&signature);
	return 0;
}
