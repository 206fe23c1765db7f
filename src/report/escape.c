#include "report/escape.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"

/** What stands for the byte at `at`, which may look at what follows it; NULL: the byte itself. */
typedef const char *replacement(const char *at);

/** The printable form of the text, byte for byte through `replace`. */
static void add_replaced(struct str *out, const char *text, replacement *replace)
{
	AUTO(auto_str) struct str clean = {0};
	const char *start = NULL;
	const char *at = NULL;

	str_add_printable(&clean, text_of(text));
	start = str_text(&clean);
	for (at = start; *at; at++) {
		const char *other = replace(at);

		if (other) {
			str_add_bytes(out, start, (size_t)(at - start));
			str_add(out, other);
			start = at + 1;
		}
	}
	str_add_bytes(out, start, (size_t)(at - start));
}

static const char *in_xml(const char *at)
{
	switch (*at) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	default:
		return NULL;
	}
}

void xml_add(struct str *out, const char *text)
{
	add_replaced(out, text, in_xml);
}

static const char *in_tap(const char *at)
{
	return *at == '#' ? "\\#" : *at == '\\' ? "\\\\" : NULL;
}

void tap_add(struct str *out, const char *text)
{
	add_replaced(out, text, in_tap);
}

static const char *in_quotes(const char *at)
{
	return *at == '"' ? "\\\"" : *at == '\\' ? "\\\\" : NULL;
}

void yaml_quoted_add(struct str *out, const char *text)
{
	str_add_char(out, '"');
	add_replaced(out, text, in_quotes);
	str_add_char(out, '"');
}

void label_add(struct str *out, const char *text)
{
	add_replaced(out, text, in_quotes);
}

/** The runner finds the old form of a command anywhere in a line. */
static const char *in_github_line(const char *at)
{
	return strncmp(at, "#[", 2) == 0 ? "\\x23" : NULL;
}

void github_line_add(struct str *out, const char *text)
{
	add_replaced(out, text, in_github_line);
}

static const char *in_github_data(const char *at)
{
	return *at == '%' ? "%25" : in_github_line(at);
}

void github_data_add(struct str *out, const char *text)
{
	add_replaced(out, text, in_github_data);
}

static const char *in_github_property(const char *at)
{
	return *at == ':' ? "%3A" : *at == ',' ? "%2C" : in_github_data(at);
}

void github_property_add(struct str *out, const char *text)
{
	add_replaced(out, text, in_github_property);
}

/** Forges make links of bare addresses and of names behind `@`, whether they are escaped or not; a
 * comment between the characters stops them. */
static const char *in_markdown(const char *at)
{
	static const char *const escaped[] = {"\\#", "\\$", "\\*", "\\[", "\\\\",
					      "\\]", "\\_", "\\`", "\\~", NULL};

	switch (*at) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '|':
		return "\\x7c";
	case '@':
		return "<!-- -->@<!-- -->";
	case ':':
		return at[1] == '/' ? "<!-- -->:<!-- -->" : NULL;
	case 'w':
	case 'W':
		return strncasecmp(at, "www.", strlen("www.")) == 0 ? "<!-- -->w<!-- -->" : NULL;
	default:
		break;
	}
	for (size_t i = 0; escaped[i]; i++) {
		if (escaped[i][1] == *at) {
			return escaped[i];
		}
	}
	return NULL;
}

void markdown_add(struct str *out, const char *text)
{
	add_replaced(out, text, in_markdown);
}

static const char *in_markdown_code(const char *at)
{
	return *at == '|' ? "\\x7c" : NULL;
}

/** The longest run of backticks; a fence must be longer. */
static size_t longest_run(const char *text)
{
	size_t longest = 0;
	size_t run = 0;

	for (; *text; text++) {
		run = *text == '`' ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	return longest;
}

void markdown_code_add(struct str *out, const char *text)
{
	size_t fence = longest_run(text) + 1;

	for (size_t i = 0; i < fence; i++) {
		str_add_char(out, '`');
	}
	/* A space on both sides is taken away again; without it an own backtick would join. */
	str_add(out, fence > 1 || !*text ? " " : "");
	add_replaced(out, text, in_markdown_code);
	str_add(out, fence > 1 ? " " : "");
	for (size_t i = 0; i < fence; i++) {
		str_add_char(out, '`');
	}
}

void uri_path_add(struct str *out, const char *path)
{
	static const char unreserved[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "0123456789-._~/";

	for (; *path; path++) {
		if (strchr(unreserved, *path)) {
			str_add_char(out, *path);
		} else {
			str_printf(out, "%%%02X", (unsigned)(unsigned char)*path);
		}
	}
}

static const char *in_sarif(const char *at)
{
	switch (*at) {
	case '[':
		return "\\[";
	case ']':
		return "\\]";
	case '\\':
		return "\\\\";
	case '{':
		return "{{";
	case '}':
		return "}}";
	default:
		return NULL;
	}
}

static const char *as_it_is(const char *at)
{
	(void)at;
	return NULL;
}

void sarif_text_add(struct str *out, const char *text)
{
	/* Not every viewer takes escapes away again, so they are only where they are needed. */
	bool is_special = strstr(text, "](") != NULL;

	for (const char *at = strchr(text, '{'); at && !is_special; at = strchr(at + 1, '{')) {
		is_special = at[1] >= '0' && at[1] <= '9';
	}
	add_replaced(out, text, is_special ? in_sarif : as_it_is);
}
