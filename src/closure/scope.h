/**
 * A loop as its file says it: a unit of work, by what it is finished, and by what that is proven.
 *
 * The file is a loop scope (front matter with `loop_id`; sections Guard Commands, Success Criteria,
 * Definition Of Done) or a task of Backlog.md (front matter with `id`; `- [ ] #1 …` between AC
 * comments; see backlog.h). People and programs of all sorts wrote them: every spelling of a key
 * that is known is read, what is missing stays empty, and what is broken is a problem of that one
 * file.
 *
 * (An event loop is another thing: loop/loop.h.)
 */
#ifndef CLOSURE_SCOPE_H
#define CLOSURE_SCOPE_H

#include "base/err.h"
#include "closure/guard.h"
#include "closure/outline.h"
#include "data/front_matter.h"
#include "receipt/run_key.h"

/** Ceiling of a loop's file. */
#define SCOPE_BYTES OWN_FILE_BYTES

enum scope_form {
	SCOPE_LOOP, /**< a loop scope */
	SCOPE_TASK, /**< a task of Backlog.md */
};

enum scope_state {
	SCOPE_UNKNOWN, /**< no status, or one that means nothing here */
	SCOPE_OPEN,
	SCOPE_CLOSED,
};

/** "unknown", "open", "closed". */
const char *scope_state_word(enum scope_state state);

/** What has to be so at the end. */
struct criterion {
	const char *name; /**< by which it is called: "1", or "done-1" of the Definition Of Done */
	const char *text;
	const char *section; /**< the heading above it */
	struct place where;
	enum tick tick;
	size_t box;         /**< with a box: offset of the character in it */
	struct texts gates; /**< that prove it, as the file says; empty: a human statement, unless
			       gaterun.yaml says more */
};

/** A run key in a part of the file that is about evidence. */
struct citation {
	const char *run_key;
	enum run_key_form form;
	struct place where;
};

/** A time in the front matter. */
struct scope_time {
	const char *key;    /**< how the file calls it; NULL: it is not there */
	const char *text;   /**< as it is written */
	int64_t utc_ms;     /**< 0: it cannot be read; a day means its first millisecond */
	struct place where; /**< of the value */
};

struct scope {
	struct arena arena;
	const char *file; /**< relative to the root */
	struct text bytes;
	enum scope_form form;
	bool has_front;     /**< front matter was read */
	struct text yaml;   /**< up to the line that ends it, from the first byte on */
	const char *id;     /**< NULL: none */
	const char *id_key; /**< "loop_id" or "id" */
	const char *title;  /**< NULL: none */
	const char *status; /**< as it is written; NULL: none */
	struct place status_where;
	enum scope_state state;
	const char *owner;        /**< NULL: none */
	const char *priority;     /**< NULL: none */
	struct scope_time opened; /**< of several spellings the first of the table */
	struct scope_time closed;
	struct scope_time reopened;
	struct VEC(struct guard) guards;
	struct VEC(struct criterion) criteria;
	struct VEC(struct citation) citations;
	struct problems problems; /**< of this file */
};

/**
 * Read a loop's file.
 *
 * @param file   must outlive the scope
 * @param bytes  must outlive the scope
 */
void scope_read(const char *file, struct text bytes, struct scope *out);

void scope_release(struct scope *scope);

/** scope_release for AUTO. */
static inline void auto_scope(struct scope *scope)
{
	scope_release(scope);
}

/**
 * Is the file a loop at all? One called `….scope.md` is, and one with front matter that has an id,
 * or that is broken. Notes and closing reports that lie beside them are not.
 */
bool scope_is_one(const struct scope *scope);

/** Does the file begin as front matter does, whatever follows? */
bool scope_begins_front(const struct scope *scope);

/** What a word like "Done" means as a status. */
enum scope_state scope_state_of(const char *status);

/**
 * The day a loop was opened, as the front matter says, or else the eight digits at the end of its
 * id; 0 if neither says it.
 */
int64_t scope_opened_utc_ms(const struct scope *scope);

/**
 * Read a time as front matter has it: 2026-03-01, 2026-03-01 21:48, 2026-03-01T21:48:13Z. One
 * without a zone is UTC.
 */
int moment_read(struct text text, int64_t *utc_ms, struct err *err);

#endif
