/** allowed_signers; behind a first byte 'r' revoked, behind 'p' runners: wrong lines are problems,
 * never more. */
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
	switch (data[0]) {
	case 'r':
		failed = trust_read_revoked(&trust, "fuzz", bytes, &problems);
		break;
	case 'p':
		failed = trust_read_runners(&trust, "fuzz", bytes, &problems);
		break;
	default:
		failed = trust_read_signers(&trust, "fuzz", bytes, &problems);
		break;
	}
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
	for (size_t i = 0; i < trust.runners.len; i++) {
		assert(trust_runner(&trust, trust.runners.at[i].sha256));
	}
	problems_release(&problems);
	trust_release(&trust);
	return 0;
}
