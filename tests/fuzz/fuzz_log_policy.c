/** receipts/trust/policy: wrong lines are problems, and what is read can be judged. */
#include <assert.h>

#include "base/cleanup.h"
#include "receipt/log_policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(auto_problems) struct problems problems = {0};
	AUTO(auto_log_policy) struct log_policy policy = {0};
	const struct public_key key = {{1}};
	struct witnessed witnessed = {0};
	struct text bytes = {(const char *)data, size};
	int failed = log_policy_read(&policy, "fuzz", bytes, &problems);

	assert((failed != 0) == (problems.list.len > 0));
	if (failed) {
		return 0;
	}
	log_policy_judge(&policy, text_of("a\n1\nAA==\n\n\xe2\x80\x94 a AAAAAAA=\n"), &key,
			 1772323200000, &witnessed);
	assert(witnessed.cosignatures == 0 && witnessed.not_after_utc_ms == 0);
	assert(witnessed.why[0] != '\0');
	assert(witnessed.reason != REASON_NONE || (!policy.needs_quorum && policy.logs.len == 0));
	return 0;
}
