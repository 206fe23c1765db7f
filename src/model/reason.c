#include "model/reason.h"

static const struct {
	const char *code;
	const char *doc;
} table[] = {
#define REASON(name, code, doc) {code, doc},
#include "model/reasons.def"
#undef REASON
};

const char *reason_code(enum reason reason)
{
	return table[reason].code;
}

const char *reason_doc(enum reason reason)
{
	return table[reason].doc;
}
