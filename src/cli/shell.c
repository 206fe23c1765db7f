#include "cli/shell.h"

#include <string.h>

/** What no shell gives a meaning to, wherever it stands. */
#define PLAIN                                                            \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" \
	"%+,-./:=@_"

void shell_quote(struct str *out, const char *word)
{
	str_add_char(out, '\'');
	for (; *word; word++) {
		if (*word == '\'') {
			str_add(out, "'\\''");
		} else {
			str_add_char(out, *word);
		}
	}
	str_add_char(out, '\'');
}

void shell_word(struct str *out, const char *word)
{
	if (*word && strspn(word, PLAIN) == strlen(word)) {
		str_add(out, word);
	} else {
		shell_quote(out, word);
	}
}
