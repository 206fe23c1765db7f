/**
 * What a shell script is probably made of, by its words: which kinds of gates could say the same,
 * what no kind can, and whether it goes over the network. A guess, for people who decide; pure.
 */
#ifndef MODEL_SCRIPT_WORDS_H
#define MODEL_SCRIPT_WORDS_H

#include "base/mem.h"
#include "base/str.h"

/** Most words of each sort that are told. */
#define SCRIPT_WORDS_MAX 12

/** How much of a script could become gates of native kinds. */
enum nativeness {
	NATIVE_NO,    /**< nothing in it is known */
	NATIVE_PART,  /**< some of it; the rest wants a look */
	NATIVE_WHOLE, /**< all that was recognised; nothing else was */
};

/** "no", "part", "whole". */
const char *nativeness_word(enum nativeness nativeness);

struct script_words {
	const char *kinds[SCRIPT_WORDS_MAX]; /**< names of kinds, in the order of the table */
	size_t kind_count;
	const char *rest[SCRIPT_WORDS_MAX]; /**< words for which there is no kind */
	size_t rest_count;
	const char *network; /**< the first word that goes over the network; NULL: none */
	enum nativeness nativeness;
};

/** Look at a script; comments do not count. Texts are static. */
void script_words_read(struct text script, struct script_words *out);

#endif
