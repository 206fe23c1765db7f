/**
 * What was found: findings, and the result of one gate.
 */
#ifndef CHECK_FINDING_H
#define CHECK_FINDING_H

#include "base/vec.h"
#include "crypto/digest.h"
#include "data/problem.h"
#include "model/gate.h"
#include "model/policy.h"
#include "model/reason.h"
#include "model/verdict.h"

/** Most related places one finding names. */
#define RELATED_MAX 4

/** One address of a machine that was tried. Texts live in the run's arena. */
struct attempt {
	const char *address; /**< as the binding writes it; of a name with what it stands for */
	enum path path;
	const char *outcome; /**< "verified", "dropped" (another was quicker), or a reason's code */
	int64_t started_ms;  /**< after the first one began */
	int64_t took_ms;     /**< until it was verified, dropped, or failed */
};

/** How a finding stands to a baseline (run/baseline.h). */
enum finding_state {
	STATE_NONE,       /**< there is no baseline, or it does not say */
	STATE_INTRODUCED, /**< it was not there */
	STATE_PREEXISTING,
	STATE_FIXED, /**< only there: the verdict is pass, and the place is one of the baseline */
};

/** "introduced", "pre-existing", "fixed"; NULL for STATE_NONE. */
const char *finding_state_word(enum finding_state state);

/** One verdict about one subject. Texts live in the run's arena and are printable. */
struct finding {
	enum verdict verdict; /**< pass here means: a remark */
	enum reason reason;
	const char *subject; /**< typed: "target:immich", "file:bin/x.sh" */
	const char *message; /**< one sentence without a full stop */
	const char *said;    /**< what the machine said, cut; never in the receipt; NULL: nothing */
	const char *detail;  /**< normalised, for the fingerprint: addresses, names; NULL: none */
	struct place where;  /**< file NULL: no place */
	struct place related[RELATED_MAX];
	size_t related_count;
	const char *hint; /**< what to do; NULL: nothing to add */
	const char
		*caused_by; /**< what this hangs on: "G013 target:nas keys.unpinned", or for a
			       broken row "target:nas bindings/ssh.targets.yaml:7"; NULL: itself */
	enum path path;
	const struct attempt *attempts; /**< how the machine was sought; NULL: not sought */
	size_t attempt_count;
	bool is_flaky;
	const struct waiver *waived_by; /**< why the verdict is skip; NULL: not waived */
	enum verdict waived_verdict;    /**< fail or unknown: what it was before it was waived */
	enum finding_state state;
	char fingerprint[SHA256_HEX_BYTES];
};

/** The verdict as it was before a waiver. */
enum verdict finding_verdict(const struct finding *finding);

struct findings VEC(struct finding);

/** Bytes of one output that are kept for those who read the receipt; longer ones are not. */
#define OUTPUT_KEPT_BYTES ((size_t)256 * 1024)

/** Bytes of outputs that one run keeps at most. */
#define OUTPUTS_KEPT_BYTES ((size_t)16 * 1024 * 1024)

/** What a gate was told, byte for byte. It may hold secrets: it is never shown in a report. */
struct heard {
	const char *subject;
	const char *stream; /**< "stdout", "stderr", "body" */
	char sha256[SHA256_HEX_BYTES];
	size_t len;        /**< of what is digested */
	bool is_truncated; /**< there was more */
	const char *kept;  /**< the bytes, in the run's arena; NULL: too long to be kept */
};

/** One gate's outcome. */
struct result {
	const struct gate *gate;
	enum verdict verdict;
	enum reason reason; /**< of a gate that did not run at all (skip, unknown as a whole) */
	size_t checked;     /**< subjects really judged */
	struct findings findings;       /**< everything that is not a plain pass, and remarks */
	struct VEC(struct heard) heard; /**< by subject, and stdout before stderr */
	bool is_narrowed;               /**< it looked only at files that changed (--since) */
	bool is_part;                   /**< it looked only at the targets of one shard */
	int64_t started_utc_ms;
	int64_t duration_ms;
	const char
		*undetermined; /**< why a baseline does not say how findings stand; NULL: it does */
	bool is_done;
};

/**
 * Settle a result once all findings are there: sort them (place, subject, reason), compute
 * fingerprints (SHA-256 over gate id, subject, reason, detail, ordinal among equals), and the
 * verdict: the worst of the findings; with nothing checked and no finding: unknown,
 * nothing_to_check, unless the gate allows it; or skip, since.unchanged, if it is narrowed.
 */
void result_settle(struct result *result, struct arena *arena);

void result_release(struct result *result);

#endif
