/** allowed_signers, and revoked behind a first byte 'r': wrong lines are problems, never more. */
#include <assert.h>

#include "receipt/trust.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct problems problems = {0};
	struct trust trust = {0};
	struct text bytes = {(const char *)data + 1, size - 1};
	int failed = 0;

	if (size == 0) {
		return 0;
	}
	failed = data[0] == 'r' ? trust_read_revoked(&trust, "fuzz", bytes, &problems)
				: trust_read_signers(&trust, "fuzz", bytes, &problems);
	assert((failed != 0) == (problems.list.len > 0));
	for (size_t i = 0; i < trust.signers.len; i++) {
		enum reason reason = REASON_NONE;
		struct err err = {0};
		const struct signer *signer =
			trust_find(&trust, &trust.signers.at[i].key, 1772323200000, &reason, &err);

		assert((signer == NULL) == (err.text[0] != '\0'));
		assert((signer == NULL) == (reason != REASON_NONE));
		assert(!signer || signer->counts);
	}
	problems_release(&problems);
	trust_release(&trust);
	return 0;
}
