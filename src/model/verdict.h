/**
 * The four verdicts, the three modes, the paths: the words of the design, once.
 */
#ifndef MODEL_VERDICT_H
#define MODEL_VERDICT_H

#include <stdbool.h>

/** The zero value is unknown, so that `{0}` cannot read as a pass. */
enum verdict {
	VERDICT_UNKNOWN,
	VERDICT_PASS,
	VERDICT_FAIL,
	VERDICT_SKIP,
};

/** "pass", "fail", "unknown", "skip". */
const char *verdict_word(enum verdict verdict);

/** The worse of two: fail > unknown > skip > pass. */
enum verdict verdict_worse(enum verdict left, enum verdict right);

/** Does it say that something is not as it should be, or that nobody knows? */
bool verdict_is_bad(enum verdict verdict);

/** What a run may touch; each includes the ones before it. */
enum mode {
	MODE_STATIC,  /**< files only, no packet */
	MODE_PASSIVE, /**< the LAN, and the local daemon's read-only surface */
	MODE_ACTIVE,  /**< anything declared */
};

/** "static", "passive", "active". */
const char *mode_word(enum mode mode);

/** How a machine was reached. */
enum path {
	PATH_NONE,
	PATH_LAN,
	PATH_TAILNET,
	PATH_JUMP,
	PATH_LOOPBACK, /**< counts as LAN in every rule */
};

/** NULL for PATH_NONE. */
const char *path_word(enum path path);

enum severity {
	SEVERITY_CRITICAL,
	SEVERITY_HIGH,
	SEVERITY_MEDIUM,
	SEVERITY_LOW,
};

/** "critical", "high", "medium", "low". */
const char *severity_word(enum severity severity);

#endif
