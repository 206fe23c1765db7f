#include "report/report.h"

#include "base/cleanup.h"
#include "data/json.h"

void report_problems_text(const struct problems *problems, struct str *out)
{
	for (size_t i = 0; i < problems->list.len; i++) {
		const struct problem *problem = &problems->list.at[i];

		str_add(out, problem->where.file ? "" : "gaterun: ");
		problem_format(problem, out);
	}
}

static struct json *problem_json(const struct problem *problem)
{
	struct json *map = json_map();

	json_put_text(map, "file", problem->where.file);
	if (problem->where.line > 0) {
		json_put_int(map, "line", problem->where.line);
		json_put_int(map, "column", problem->where.column);
	} else {
		json_put_null(map, "line");
		json_put_null(map, "column");
	}
	json_put_text(map, "message", problem->message);
	json_put_text(map, "hint", problem->hint);
	return map;
}

void report_problems_json(const struct problems *problems, int exit, struct str *out)
{
	AUTO(auto_json) struct json *map = json_map();
	struct json *list = json_list();

	json_put_text(map, "schema", "gaterun/problems/v1");
	json_put_int(map, "exit", exit);
	for (size_t i = 0; i < problems->list.len; i++) {
		json_add(list, problem_json(&problems->list.at[i]));
	}
	json_put(map, "problems", list);
	json_write(map, JSON_INDENTED, out);
}
