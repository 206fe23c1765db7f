#include "cli/fields.h"

#include <string.h>

#include "base/cleanup.h"
#include "report/layout.h"

/** A row named "" is the map itself, for places: nothing that a user writes. */
static bool is_written(const struct field *field)
{
	return field->name[0] != '\0';
}

static void write_row(const struct field *field, const struct style *style, size_t indent,
		      struct str *out)
{
	AUTO(auto_str) struct str values = {0};
	AUTO(auto_str) struct str line = {0};

	field_describe(field, &values);
	str_printf(&line, "%s%s", str_text(&values), field->required ? ", required" : "");
	if (field->fallback) {
		str_printf(&line, ", default %s", field->fallback);
	}
	if (field->doc) {
		str_printf(&line, "; %s", field->doc);
	}
	str_printf(out, "%*s%s: ", (int)indent, "", field->name);
	wrap_add(out, style, indent + strlen(field->name) + 2, indent + 4, str_text(&line));
	str_add_char(out, '\n');
}

void fields_write(const struct field *fields, const struct style *style, size_t indent,
		  struct str *out)
{
	for (const struct field *field = fields; field && field->name; field++) {
		if (is_written(field)) {
			write_row(field, style, indent, out);
			fields_write(field->fields, style, indent + 4, out);
		}
	}
}

struct json *fields_json(const struct field *fields)
{
	struct json *list = json_list();

	for (const struct field *field = fields; field && field->name; field++) {
		AUTO(auto_str) struct str values = {0};
		struct json *row = NULL;

		if (!is_written(field)) {
			continue;
		}
		row = json_map();
		field_describe(field, &values);
		json_put_text(row, "name", field->name);
		json_put_text(row, "values", str_text(&values));
		json_put_bool(row, "required", field->required);
		json_put_text(row, "default", field->fallback);
		json_put_text(row, "doc", field->doc);
		if (field->fields) {
			json_put(row, "fields", fields_json(field->fields));
		}
		json_add(list, row);
	}
	return list;
}
