/**
 * Field tables for people and for machines: what may stand in a map, tables within tables.
 */
#ifndef CLI_FIELDS_H
#define CLI_FIELDS_H

#include "data/field.h"
#include "data/json.h"
#include "report/style.h"

/** Append a line or two for each row, `indent` spaces in; rows of a nested table further in. */
void fields_write(const struct field *fields, const struct style *style, size_t indent,
		  struct str *out);

/** The rows as a JSON list; a nested table is the `fields` of its row. */
struct json *fields_json(const struct field *fields);

#endif
