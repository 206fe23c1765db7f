/* Keeping the receipt of a run that counts where git has it. */
#include "base/cleanup.h"
#include "closure/proof.h"

int proof_keep(const struct prover *prover, const struct proof *proof, struct err *err)
{
	const struct verification *found = &proof->found;
	const char *origin = found->statement.identity.log_origin;
	AUTO(auto_log) struct log *log = NULL;
	struct arena arena = {0};
	struct evidence evidence = {0};
	int failed = 0;

	if (found->membership == MEMBER_KEPT) {
		return 0;
	}
	failed = log_open(prover->state, origin, &found->key, LOG_READ, &log, err) ||
		 log_load(log, err) ||
		 evidence_make(log, proof->bytes, &found->statement, &found->key, &arena, &evidence,
			       err) ||
		 evidence_write(prover->repo, &evidence, proof->run_key, err);
	arena_release(&arena);
	return failed ? -1 : 0;
}
