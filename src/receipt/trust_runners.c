/* receipts/trust/runners: the programs whose receipts count. */
#include <string.h>

#include "receipt/statement_private.h"
#include "receipt/trust.h"

/** One line: a digest, a blank, a blank or '*', and a name. */
static bool read_runner(struct text line, struct runner *out)
{
	size_t digits = SHA256_HEX_BYTES - 1;

	if (line.len < digits + 3 || line.at[digits] != ' ' ||
	    (line.at[digits + 1] != ' ' && line.at[digits + 1] != '*')) {
		return false;
	}
	memcpy(out->sha256, line.at, digits);
	out->sha256[digits] = '\0';
	return is_lower_hex(out->sha256, digits);
}

int trust_read_runners(struct trust *trust, const char *file, struct text bytes,
		       struct problems *problems)
{
	struct text rest = bytes;
	struct text line = {0};
	int number = 0;
	int failed = 0;

	trust->has_runners = true;
	while (text_split(&rest, '\n', &line)) {
		struct text words = text_trim(line);
		struct runner runner = {0};

		number++;
		if (words.len == 0 || words.at[0] == '#') {
			continue;
		}
		if (!read_runner(words, &runner)) {
			problems_add(
				problems, PROBLEM_VALUE, (struct place){file, number, 1}, bytes,
				"lines are as sha256sum writes them: `sha256sum $(command -v "
				"gaterun)`",
				"expected 64 lower-case hexadecimal digits, two blanks and a name");
			failed = -1;
			continue;
		}
		runner.name = arena_copy(&trust->arena, words.at + SHA256_HEX_BYTES + 1,
					 words.len - SHA256_HEX_BYTES - 1);
		runner.where = (struct place){file, number, 1};
		*VEC_ADD(&trust->runners) = runner;
	}
	return failed;
}

const struct runner *trust_runner(const struct trust *trust, const char *sha256)
{
	for (size_t i = 0; sha256 && i < trust->runners.len; i++) {
		if (strcmp(trust->runners.at[i].sha256, sha256) == 0) {
			return &trust->runners.at[i];
		}
	}
	return NULL;
}
