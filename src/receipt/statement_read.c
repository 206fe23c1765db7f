#include "base/cleanup.h"
#include "base/codec.h"
#include "receipt/statement_private.h"

/** A part of the document that follows from the groups. */
struct part {
	const char *name;
	const struct node *found;
	struct json *expected;
};

static int compare_part(struct part part, struct err *err)
{
	bool is_same = form_same(part.found, part.expected);

	json_free(part.expected);
	if (!is_same) {
		return err_set(err, ERR_INPUT, "'%s' is not what follows from the rest", part.name);
	}
	return 0;
}

static int compare_parts(const struct node *root, const struct node *groups,
			 const struct statement *statement, struct err *err)
{
	const struct node *predicate = node_get(root, "predicate");
	bool is_start = statement->kind == STATEMENT_START;
	const struct node *result = node_get(predicate, "result");

	if (compare_part((struct part){"subject", node_get(root, "subject"),
				       statement_subject(statement)},
			 err) ||
	    compare_part((struct part){"predicate", groups,
				       form_write(statement_fields(statement->kind,
								   statement->identity.schema),
						  statement)},
			 err)) {
		return -1;
	}
	if (is_start) {
		return 0;
	}
	if (!result || !result->is_quoted || !text_is(result->text, statement_result(statement))) {
		return err_set(err, ERR_INPUT,
			       "'predicate.result' is not %s, which the results say",
			       statement_result(statement));
	}
	if (compare_part((struct part){"predicate.configuration",
				       node_get(predicate, "configuration"),
				       statement_configuration(statement)},
			 err) ||
	    compare_part((struct part){"predicate.passedTests", node_get(predicate, "passedTests"),
				       statement_tests(statement, LIST_PASSED)},
			 err) ||
	    compare_part((struct part){"predicate.warnedTests", node_get(predicate, "warnedTests"),
				       statement_tests(statement, LIST_WARNED)},
			 err) ||
	    compare_part((struct part){"predicate.failedTests", node_get(predicate, "failedTests"),
				       statement_tests(statement, LIST_FAILED)},
			 err)) {
		return -1;
	}
	return predicate->count == 6
		       ? 0
		       : err_set(err, ERR_INPUT, "'predicate' has keys that are not known");
}

static bool has_text(const struct node *map, const char *key, const char *text)
{
	const struct node *value = node_get(map, key);

	return value && value->kind == NODE_SCALAR && value->is_quoted &&
	       text_is(value->text, text);
}

/** Which of ours it is, and where its groups are. */
static enum statement_reading find_groups(const struct node *root, struct statement *out,
					  const struct node **groups, struct err *err)
{
	const struct node *predicate = node_get(root, "predicate");
	const struct node *schema = NULL;
	struct err ignored = {0};
	int64_t *number = &out->identity.schema;

	if (!has_text(root, "_type", STATEMENT_TYPE)) {
		(void)err_set(err, ERR_INPUT, "not an in-toto Statement v1");
		return STATEMENT_FOREIGN;
	}
	if (has_text(root, "predicateType", START_TYPE)) {
		out->kind = STATEMENT_START;
		*groups = predicate;
	} else if (has_text(root, "predicateType", RECEIPT_TYPE)) {
		out->kind = STATEMENT_RECEIPT;
		*groups = node_get(predicate, RECEIPT_EXTENSION);
	}
	if (!*groups) {
		(void)err_set(err, ERR_INPUT, "an in-toto statement, but not one of a gaterun run");
		return STATEMENT_FOREIGN;
	}
	schema = node_get(node_get(*groups, "identity"), "schema");
	if (schema && !parse_int(schema->text, 0, INT64_MAX, number, &ignored) &&
	    *number > STATEMENT_SCHEMA) {
		(void)err_set(err, ERR_INPUT, "made by a newer gaterun (schema %lld, known: %d)",
			      (long long)*number, STATEMENT_SCHEMA);
		return STATEMENT_NEWER;
	}
	return STATEMENT_GOOD;
}

/** Is it what would be written, byte for byte? Then nothing needs to be compared one by one. */
static bool is_as_written(struct text bytes, const struct statement *statement)
{
	AUTO(auto_str) struct str written = {0};

	statement_write(statement, &written);
	return text_equal(bytes, str_view(&written));
}

enum statement_reading statement_read(struct arena *arena, struct text bytes, struct statement *out,
				      struct err *err)
{
	const struct node *root = NULL;
	const struct node *groups = NULL;
	struct statement read = {0};
	enum statement_reading reading = STATEMENT_BROKEN;

	if (form_parse(arena, "the statement", bytes, &root, err)) {
		return STATEMENT_BROKEN;
	}
	reading = find_groups(root, &read, &groups, err);
	if (reading != STATEMENT_GOOD) {
		return reading;
	}
	if (root->count != 4) {
		(void)err_set(err, ERR_INPUT, "the statement has keys that are not known");
		return STATEMENT_BROKEN;
	}
	if (form_read(arena, "the statement", groups,
		      statement_fields(read.kind, read.identity.schema), &read, err) ||
	    statement_check(&read, err) ||
	    (!is_as_written(bytes, &read) && compare_parts(root, groups, &read, err))) {
		return STATEMENT_BROKEN;
	}
	*out = read;
	return STATEMENT_GOOD;
}
