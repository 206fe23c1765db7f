#include "data/yaml_error.h"

#include <string.h>

#include "base/cleanup.h"

/** Where the problem is shown. */
enum shown_at {
	SHOWN_AT,   /**< where libyaml noticed */
	SHOWN_FROM, /**< where the thing began */
};

/** A message of libyaml and ours. */
struct sentence {
	const char *theirs;
	enum shown_at shown;
	const char *ours;
	const char *began; /**< "; the map began" and its place are added; NULL: not */
	const char *hint;
};

static const char check_indentation[] =
	"entries of one map or list start in the same column; deeper ones further right";
static const char quote_it[] = "put text that holds ': ' in quotes, or check the indentation";

static const struct sentence sentences[] = {
	{"could not find expected ':'", SHOWN_FROM, "expected ':' after the key", NULL,
	 "a key and its value are written `key: value`, with a space"},
	{"mapping values are not allowed in this context", SHOWN_AT, "a ':' cannot stand here",
	 NULL, quote_it},
	{"mapping keys are not allowed in this context", SHOWN_AT, "a key cannot start here", NULL,
	 check_indentation},
	{"block sequence entries are not allowed in this context", SHOWN_AT,
	 "a list entry '- ' cannot start here", NULL, "start it on a line of its own"},
	{"did not find expected key", SHOWN_AT, "expected a key in the column of the map's others",
	 "the map starts", check_indentation},
	{"did not find expected '-' indicator", SHOWN_AT,
	 "expected '- ' in the column of the list's others", "the list starts", check_indentation},
	{"did not find expected ',' or ']'", SHOWN_AT, "expected ',' or ']'", "the list was opened",
	 NULL},
	{"did not find expected ',' or '}'", SHOWN_AT, "expected ',' or '}'", "the map was opened",
	 NULL},
	{"did not find expected node content", SHOWN_AT, "expected a value here", NULL, NULL},
	{"did not find expected <document start>", SHOWN_AT,
	 "expected nothing more here, the document has ended", NULL,
	 "check the indentation, quotes and brackets before it"},
	{"found unexpected end of stream", SHOWN_FROM, "this quote is never closed", NULL, NULL},
	{"found unexpected document indicator", SHOWN_FROM,
	 "this quote is not closed before the document ends", NULL, NULL},
	{"found unknown escape character", SHOWN_AT, "no such escape after '\\'", NULL,
	 "in single quotes a '\\' stands for itself"},
	{"did not find expected hexdecimal number", SHOWN_AT,
	 "expected hexadecimal digits of a character's number", NULL, NULL},
	{"found invalid Unicode character escape code", SHOWN_AT,
	 "the escape names no Unicode character", NULL, NULL},
	{"did not find expected comment or line break", SHOWN_AT,
	 "a block of text after '|' or '>' starts on the next line", NULL, NULL},
	{"did not find expected alphabetic or numeric character", SHOWN_FROM,
	 "'&' and '*' start the name of an anchor or alias", NULL,
	 "put text that starts with '&' or '*' in quotes"},
	{"found unknown directive name", SHOWN_FROM,
	 "a line that starts with '%' is a directive; only %YAML and %TAG are known", NULL, NULL},
	{"found undefined tag handle", SHOWN_AT, "the tag uses a handle that no %TAG line defines",
	 NULL, NULL},
	{"found incompatible YAML document", SHOWN_AT, "only YAML 1.1 and 1.2 are read", NULL,
	 NULL},
};

/** The byte at a place. */
static char byte_at(struct text bytes, struct place where)
{
	struct text line = {0};

	for (int i = 0; i < where.line; i++) {
		if (!text_split(&bytes, '\n', &line)) {
			return '\0';
		}
	}
	if (where.column < 1 || (size_t)where.column > line.len) {
		return '\0';
	}
	return line.at[where.column - 1];
}

/** The file ends inside of brackets. */
static bool report_unclosed(struct builder *builder, const struct yaml_failure *failure)
{
	if (failure->at < builder->bytes.len ||
	    !text_starts(text_of(failure->problem), "did not find expected")) {
		return false;
	}
	for (size_t i = builder->open.len; i > 0; i--) {
		struct place where = builder->open.at[i - 1].node->where;
		char bracket = byte_at(builder->bytes, where);

		if (bracket == '[' || bracket == '{') {
			build_problem(builder, PROBLEM_SYNTAX, where, NULL,
				      "this '%c' is never closed", bracket);
			return true;
		}
	}
	return false;
}

/** Offset of a tab in the white space that starts the line of `at`; the length if there is none. */
static size_t tab_before(struct text bytes, size_t at)
{
	size_t start = at < bytes.len ? at : bytes.len;

	while (start > 0 && bytes.at[start - 1] != '\n') {
		start--;
	}
	while (start < bytes.len && bytes.at[start] == ' ') {
		start++;
	}
	return start < bytes.len && bytes.at[start] == '\t' ? start : bytes.len;
}

static bool report_character(struct builder *builder, const struct yaml_failure *failure)
{
	char found = '\0';

	if (strcmp(failure->problem, "found character that cannot start any token") != 0 ||
	    failure->at >= builder->bytes.len) {
		return false;
	}
	found = builder->bytes.at[failure->at];
	if (found == '\t') {
		build_problem(builder, PROBLEM_SYNTAX, build_place(builder, failure->at),
			      "use spaces", "a tab cannot stand here");
		return true;
	}
	build_problem(builder, PROBLEM_SYNTAX, build_place(builder, failure->at),
		      "put the text in quotes", "'%c' cannot start a value", found);
	return true;
}

/** Does only white space stand before `at` on its line? */
static bool is_first_in_line(struct text bytes, size_t at)
{
	while (at > 0 && (bytes.at[at - 1] == ' ' || bytes.at[at - 1] == '\t')) {
		at--;
	}
	return at == 0 || bytes.at[at - 1] == '\n';
}

/** `key: "value" more`, which libyaml takes for a key in the wrong place. */
static bool report_rest_of_line(struct builder *builder, const struct yaml_failure *failure)
{
	if (strcmp(failure->problem, "did not find expected key") != 0 ||
	    is_first_in_line(builder->bytes, failure->at)) {
		return false;
	}
	build_problem(builder, PROBLEM_SYNTAX, build_place(builder, failure->at),
		      "put the whole value in one pair of quotes",
		      "expected nothing more on this line after the value");
	return true;
}

static void report_sentence(struct builder *builder, const struct yaml_failure *failure,
			    const struct sentence *sentence)
{
	struct place from = build_place(builder, failure->from);
	struct place where = build_place(builder, failure->at);

	if (sentence->shown == SHOWN_FROM) {
		where = from;
	}
	if (sentence->began && failure->context) {
		build_problem(builder, PROBLEM_SYNTAX, where, sentence->hint,
			      "%s; %s on line %d, column %d", sentence->ours, sentence->began,
			      from.line, from.column);
		return;
	}
	build_problem(builder, PROBLEM_SYNTAX, where, sentence->hint, "%s", sentence->ours);
}

void yaml_report(struct builder *builder, const struct yaml_failure *failure)
{
	size_t tab = tab_before(builder->bytes, failure->at);

	if (report_unclosed(builder, failure)) {
		return;
	}
	if (tab < builder->bytes.len) {
		build_problem(builder, PROBLEM_SYNTAX, build_place(builder, tab), "use spaces",
			      "a tab cannot be used for indentation");
		return;
	}
	if (report_character(builder, failure) || report_rest_of_line(builder, failure)) {
		return;
	}
	for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++) {
		if (strcmp(failure->problem, sentences[i].theirs) == 0) {
			report_sentence(builder, failure, &sentences[i]);
			return;
		}
	}
	build_problem(builder, PROBLEM_SYNTAX, build_place(builder, failure->at), NULL, "%s%s%s",
		      failure->context ? failure->context : "", failure->context ? ": " : "",
		      failure->problem);
}
