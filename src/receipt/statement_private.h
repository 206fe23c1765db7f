/**
 * Private to the files of statement: the tables, the derived parts, the checks.
 */
#ifndef RECEIPT_STATEMENT_PRIVATE_H
#define RECEIPT_STATEMENT_PRIVATE_H

#include "receipt/form.h"
#include "receipt/statement.h"

/** The groups of a start (its whole predicate), or of a receipt (its extension object). */
const struct field *statement_fields(enum statement_kind kind, int64_t schema);

/** The parts of the document that follow from the groups; the caller frees them. */
struct json *statement_subject(const struct statement *statement);
struct json *statement_configuration(const struct statement *receipt);

/** The lists of tests of the test-result predicate. */
enum statement_list {
	LIST_PASSED,
	LIST_WARNED,
	LIST_FAILED,
};

/** The ids of the gates that belong into a list; the caller frees it. */
struct json *statement_tests(const struct statement *receipt, enum statement_list list);

/** The verdict of a gate that counts in the exit status: its own, or what fail_on makes of it. */
enum verdict statement_counted(const struct statement_gate *gate);

/** Is it an object id of git, by either hash? */
bool is_object_id(const char *text);

/** What a run was narrowed to and compared with, and what follows from that for its findings and
 * gates. Part of statement_check. */
int statement_check_compared(const struct statement *statement, struct err *err);

/** Where and by what it ran, which machines it met, and what they said. Part of statement_check. */
int statement_check_world(const struct statement *statement, struct err *err);

/** The digest in a fingerprint, "SHA256:…", in hexadecimal; false if it is none. */
bool fingerprint_hex(struct text fingerprint, char out[SHA256_HEX_BYTES]);

/** Is it so many lower-case hexadecimal digits? */
bool is_lower_hex(const char *text, size_t digits);

/** Is it one of them? The list ends with NULL. */
bool is_one_of(const char *word, const char *const *words);

/** Forms of all values, sums, and what members say about each other. */
int statement_check(const struct statement *statement, struct err *err);

#endif
