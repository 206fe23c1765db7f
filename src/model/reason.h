/**
 * Reasons: the closed, documented set of dotted codes (reasons.def is the table).
 */
#ifndef MODEL_REASON_H
#define MODEL_REASON_H

enum reason {
#define REASON(name, code, doc) REASON_##name,
#include "model/reasons.def"
#undef REASON
	REASON_COUNT /**< how many there are; not a reason */
};

/** "parity.tailscale_ip". */
const char *reason_code(enum reason reason);

/** One sentence without a full stop. */
const char *reason_doc(enum reason reason);

#endif
