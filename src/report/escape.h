/**
 * Foreign text inside the syntax of each format: file names, titles, what machines said.
 *
 * Each function takes any bytes. What no terminal should see (str_add_printable) becomes \xNN
 * everywhere, so that a report can be shown with cat as well.
 */
#ifndef REPORT_ESCAPE_H
#define REPORT_ESCAPE_H

#include "base/str.h"

/** For XML 1.0, as content or in double quotes: no markup, no character that XML forbids. */
void xml_add(struct str *out, const char *text);

/** For a description in TAP: no `#`, which would start a directive, and no bare backslash. */
void tap_add(struct str *out, const char *text);

/** A double-quoted scalar of YAML, quotes included. */
void yaml_quoted_add(struct str *out, const char *text);

/** The value of a Prometheus label, without its quotes. */
void label_add(struct str *out, const char *text);

/** The message of a GitHub workflow command; nothing in it starts another one. */
void github_data_add(struct str *out, const char *text);

/** A property of a GitHub workflow command. */
void github_property_add(struct str *out, const char *text);

/** A line of a GitHub log that is no command: not even by the old `##[…]`. */
void github_line_add(struct str *out, const char *text);

/** Text in Markdown that looks as it is written: no markup, HTML, link, mention. */
void markdown_add(struct str *out, const char *text);

/** A code span with foreign text, in which nothing at all means anything. In a cell of a table a
 * `|` becomes \x7c. */
void markdown_code_add(struct str *out, const char *text);

/** A path as a relative URI (RFC 3986): all but unreserved characters and `/` is %XX. */
void uri_path_add(struct str *out, const char *path);

/** The text of a SARIF message (3.11): brackets in it are no links, braces no placeholders. */
void sarif_text_add(struct str *out, const char *text);

#endif
