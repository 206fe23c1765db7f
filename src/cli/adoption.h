/**
 * Moving in: what becomes of each gate of a registry of shell gates (model/registry.h), and the
 * gate files that are made of them. Decides first and writes then; never over an existing file.
 */
#ifndef CLI_ADOPTION_H
#define CLI_ADOPTION_H

#include "model/registry.h"
#include "model/repo.h"
#include "model/script_words.h"

/** The pack that every adopted gate is in. */
#define ADOPTED_PACK "shell"

enum fate {
	FATE_WRITE,
	FATE_EXISTS, /**< the repo has that gate, or that file */
	FATE_RETIRED,
	FATE_INLINE,    /**< its script is that of many */
	FATE_COMPOSITE, /**< its parts are gates */
	FATE_REFUSED,   /**< a problem says why */
	FATE_COUNT,
};

/** "write", "exists", "retired", "inline", "composite", "refused". */
const char *fate_word(enum fate fate);

/** One row and what becomes of it. */
struct adopted {
	const struct registry_gate *row;
	enum fate fate;
	const char *why;  /**< a sentence; NULL: nothing to add */
	const char *id;   /**< of the gate; another one than the row's if that is taken */
	const char *file; /**< relative to the root */
	struct texts argv;
	const char *script; /**< the one of them that is a file of the repo */
	struct texts packs;
	const char *severity;
	const char *timeout;
	bool decides;
	const char *shadow_of; /**< the gate of the shipped set that has the row's id; NULL */
	struct script_words words;
};

struct adoption {
	struct arena *arena;
	const struct repo *repo;     /**< as it is before; may have problems */
	const struct gates *shipped; /**< the gates of the program */
	const struct registry *registry;
	struct problems *problems; /**< why rows are refused */
	struct VEC(struct adopted) gates;
};

/** Decide about every row. Reads scripts, changes nothing. */
void adoption_decide(struct adoption *adoption);

/** Append the file of a gate that is to be written. */
void adopted_gate_write(const struct adoption *adoption, const struct adopted *adopted,
			struct str *out);

void adoption_release(struct adoption *adoption);

#endif
