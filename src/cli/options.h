/**
 * The words of the command line: rows that say which options there are, and the reader that turns
 * argv into `struct arguments`.
 *
 * Options may stand anywhere among the other words, as `--name value`, `--name=value`, `-o value`
 * or
 * `-ovalue`; `--` ends them. Names are never abbreviated. (getopt_long would permute argv behind
 * our back, accepts abbreviations that later options make ambiguous, and cannot say "did you
 * mean".)
 *
 * To add an option: a member in `struct arguments`, a row in the table of its command (or in
 * global_options). Help, the manual and the suggestions follow from the row. An option that several
 * commands know must have one sort everywhere, because the reader must know which words are values
 * before it knows the command; a unit test checks that.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"

struct words VEC(const char *);

/** Everything that can be said; texts point into argv. `{0}` is "nothing was said". */
struct arguments {
	struct words words; /**< what is no option: the command, then its words */
	bool help;
	bool version;
	const char *root;
	const char *identity;
	const char *color; /**< auto, always, never; NULL: auto */
	struct words gates;
	struct words outputs; /**< FORMAT or FORMAT:PATH */
	const char *target;
	const char *context;
	const char *mode;
	const char *shard;
	const char *deadline;
	bool no_receipt;
	bool staged;
	bool pre_push;
	const char *since;
	const char *revision;
	bool no_cache;
	const char *baseline;
	const char *fail_on;
	bool man;
	const char *format;
	const char *principal;
	const char *valid_after;
	const char *valid_before;
	const char *fingerprint;
	const char *from;
	const char *from_registry;
	const char *to;
	bool trailer;
	const char *file;
	const char *query;
	const char *reply;
	bool accept;
	bool replace;
	bool ssh_config;
	bool ansible;
	bool api;
	bool check;
	bool full;
	bool shows_outputs;
	bool all;
	bool prune;
	const char *out;
	const char *name;
	struct words evidence;
	bool dry_run;
	bool mutate;
	const char *reason;
};

enum option_sort {
	OPTION_FLAG,  /**< bool: no value */
	OPTION_WORD,  /**< const char *: the last one counts */
	OPTION_WORDS, /**< struct words: may be repeated */
};

/** One option; tables end with {0}. */
struct option {
	const char *name; /**< without the dashes */
	char letter;      /**< the short form; 0: none */
	enum option_sort sort;
	size_t offset;              /**< offsetof the member of struct arguments */
	const char *value;          /**< what the help calls its value: "ID"; NULL for flags */
	const char *const *choices; /**< NULL-ended list of allowed values; NULL: any text */
	const char *doc;            /**< one sentence without a full stop */
};

extern const struct option global_options[];

/** The words `--color` and `--mode` take, NULL-ended. */
extern const char *const color_words[];
extern const char *const mode_words[];

/** An option as it was given: which one (by name), and its value. */
struct given {
	const char *name;
	const char *value; /**< NULL for flags */
};

/** argv taken apart, before anybody asked whether the command knows these options. */
struct split {
	struct words words;
	struct VEC(struct given) options;
	bool wants_help;      /**< -h or --help stands somewhere before `--` */
	const char *unknown;  /**< first option that no table has, as written; NULL: none */
	const char *no_value; /**< first option whose value is missing, as written; NULL: none */
	const char *excess;   /**< first flag with a value, as written; NULL: none */
};

/**
 * Split argv.
 *
 * @param tables  NULL-ended: every table there is; they only decide which options take a value
 * @param argv    without the program's name
 */
void options_split(const struct option *const *tables, int argc, const char *const *argv,
		   struct split *out);

void split_release(struct split *split);

/**
 * Store what was split, allowing only the options of `tables`.
 *
 * @param tables   NULL-ended: global_options and the command's own
 * @param program  for messages: "gaterun verify"
 * @return         0; -1 with the sentence (exit 64)
 */
int options_store(const struct split *split, const struct option *const *tables,
		  const char *program, struct arguments *out, struct err *err);

void arguments_release(struct arguments *arguments);

/**
 * "; did you mean 'x'?" for the member of a NULL-ended list that is near `word`; "" if none is.
 *
 * @param prefix   put before the suggestion, inside the quotes: "--" for options
 * @param scratch  holds the text; released by the caller
 */
const char *did_you_mean(struct str *scratch, const char *prefix, const char *word,
			 const char *const *words);

#endif
