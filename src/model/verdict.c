#include "model/verdict.h"

#include <stddef.h>

const char *verdict_word(enum verdict verdict)
{
	static const char *const words[] = {
		[VERDICT_UNKNOWN] = "unknown",
		[VERDICT_PASS] = "pass",
		[VERDICT_FAIL] = "fail",
		[VERDICT_SKIP] = "skip",
	};

	return words[verdict];
}

enum verdict verdict_worse(enum verdict left, enum verdict right)
{
	static const int rank[] = {
		[VERDICT_PASS] = 0,
		[VERDICT_SKIP] = 1,
		[VERDICT_UNKNOWN] = 2,
		[VERDICT_FAIL] = 3,
	};

	return rank[left] >= rank[right] ? left : right;
}

bool verdict_is_bad(enum verdict verdict)
{
	return verdict == VERDICT_FAIL || verdict == VERDICT_UNKNOWN;
}

const char *mode_word(enum mode mode)
{
	static const char *const words[] = {
		[MODE_STATIC] = "static",
		[MODE_PASSIVE] = "passive",
		[MODE_ACTIVE] = "active",
	};

	return words[mode];
}

const char *path_word(enum path path)
{
	static const char *const words[] = {
		[PATH_NONE] = NULL,   [PATH_LAN] = "lan",           [PATH_TAILNET] = "tailnet",
		[PATH_JUMP] = "jump", [PATH_LOOPBACK] = "loopback",
	};

	return words[path];
}

const char *severity_word(enum severity severity)
{
	static const char *const words[] = {
		[SEVERITY_CRITICAL] = "critical",
		[SEVERITY_HIGH] = "high",
		[SEVERITY_MEDIUM] = "medium",
		[SEVERITY_LOW] = "low",
	};

	return words[severity];
}
