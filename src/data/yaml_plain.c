/* Which text means itself: readers of YAML 1.1 take more for numbers and truths than those of 1.2.
 */
#include <string.h>
#include <strings.h>

#include "data/yaml_edit.h"

/** What may stand in text without quotes, in brackets too. */
#define PLAIN_BYTES "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/:-"

/** Words of YAML 1.1 that are no text, in any case of letters. */
static const char *const meanings[] = {"null", "true", "false", "yes", "no",
				       "on",   "off",  "y",     "n",   NULL};

static bool is_digit(char one)
{
	return one >= '0' && one <= '9';
}

/** Four numbers with dots between: to YAML an address is text. */
static bool is_dotted_quad(struct text text)
{
	size_t dots = 0;

	for (size_t i = 0; i < text.len; i++) {
		bool is_dot = text.at[i] == '.';

		if (!is_dot && !is_digit(text.at[i])) {
			return false;
		}
		if (is_dot && (i + 1 == text.len || text.at[i + 1] == '.')) {
			return false;
		}
		dots += is_dot;
	}
	return dots == 3;
}

static bool is_letter(char one)
{
	return (one >= 'a' && one <= 'z') || (one >= 'A' && one <= 'Z');
}

bool yaml_is_plain(struct text text)
{
	if (text.len == 0) {
		return false;
	}
	if (is_digit(text.at[0])) {
		return is_dotted_quad(text);
	}
	if (!is_letter(text.at[0]) || text.at[text.len - 1] == ':') {
		return false;
	}
	for (size_t i = 0; i < text.len; i++) {
		if (!memchr(PLAIN_BYTES, text.at[i], sizeof(PLAIN_BYTES) - 1)) {
			return false;
		}
	}
	for (size_t i = 0; meanings[i]; i++) {
		if (strlen(meanings[i]) == text.len &&
		    strncasecmp(meanings[i], text.at, text.len) == 0) {
			return false;
		}
	}
	return true;
}
