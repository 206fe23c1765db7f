/**
 * "Could not do it": one sentence with its context, filled by whoever fails, owned by the caller.
 *
 * A function that can fail takes `struct err *err` last, returns 0 or -1, leaves its outputs
 * untouched on failure, and fills `err` exactly then. The makers return -1 themselves, so that
 * `return err_set(err, ERR_PEER, "...");` is one line. (They are macros that end in a constant, so
 * that analysers see the -1.) What an operator wrote wrongly is a problem (data/problem.h); what
 * the world is like is a finding; neither is an err.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdarg.h>

enum err_code {
	ERR_NONE,
	ERR_SYSTEM,   /**< the operating system said no */
	ERR_ABSENT,   /**< the thing does not exist */
	ERR_INPUT,    /**< bytes that are not what they should be */
	ERR_LIMIT,    /**< a ceiling was reached */
	ERR_TIMEOUT,  /**< a deadline passed */
	ERR_PEER,     /**< the other side refused or broke the protocol */
	ERR_BUSY,     /**< somebody else holds it */
	ERR_INTERNAL, /**< a bug of ours */
};

/** `{0}` is "no error". */
struct err {
	enum err_code code;
	char text[480]; /**< no trailing full stop; printable */
};

/** Fill `err`; the value is -1. */
#define err_set(err, code, ...) (err_fill((err), (code), __VA_ARGS__), err_failed())

/** Fill `err` with a sentence and ": " strerror(errno); ENOENT and ENOTDIR give ERR_ABSENT. */
#define err_errno(err, ...) (err_fill_errno((err), __VA_ARGS__), err_failed())

/** Put "context: " before what `err` already says; the value is -1. */
#define err_wrap(err, ...) (err_prefix((err), __VA_ARGS__), err_failed())

/** What err_set calls. */
void err_fill(struct err *err, enum err_code code, const char *format, ...)
	__attribute__((format(printf, 3, 4), cold));

/** What err_errno calls. */
void err_fill_errno(struct err *err, const char *format, ...)
	__attribute__((format(printf, 2, 3), cold));

/** What err_wrap calls. */
void err_prefix(struct err *err, const char *format, ...)
	__attribute__((format(printf, 2, 3), cold));

/** -1, where the compiler can see it. */
static inline int err_failed(void)
{
	return -1;
}

#endif
