/**
 * Private to the files of statement: the tables, the derived parts, the checks.
 */
#ifndef RECEIPT_STATEMENT_PRIVATE_H
#define RECEIPT_STATEMENT_PRIVATE_H

#include "receipt/form.h"
#include "receipt/statement.h"

/** The groups of a start (its whole predicate), and of a receipt (its extension object). */
extern const struct field start_fields[];
extern const struct field receipt_fields[];

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

/** Forms of all values, sums, and what members say about each other. */
int statement_check(const struct statement *statement, struct err *err);

#endif
