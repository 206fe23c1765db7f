/**
 * The settings of text_match.
 */
#ifndef CHECK_TEXT_TEXT_MATCH_H
#define CHECK_TEXT_TEXT_MATCH_H

#include "check/text/text_kind.h"
#include "check/text/text_pattern.h"

struct text_match {
	struct text_scope scope;
	bool scripts; /**< also every file that starts with #! */
	bool ignore_comments;
	struct texts comments; /**< how comment lines start; by_name: as in files of that name */
	bool knows_comments;   /**< `comments` is by_name */
	bool secret;           /**< what is found is never shown or stored */
	struct rows must_not;  /**< of struct text_pattern */
	struct rows must;      /**< of struct text_pattern */
};

extern const struct kind kind_text_match;

#endif
