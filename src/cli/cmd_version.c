#include "base/cleanup.h"
#include "cli/commands.h"
#include "cli/tool.h"
#include "data/json.h"

static void write_json(const struct statement_tool *tool, struct str *out)
{
	const struct statement_library *libraries = tool->libraries.at;
	AUTO(auto_json) struct json *map = json_map();
	struct json *list = json_map();

	json_put_text(map, "schema", "gaterun/version/v1");
	json_put_text(map, "version", tool->version);
	json_put_text(map, "commit", tool->commit);
	json_put(map, "libraries", list);
	for (size_t i = 0; i < tool->libraries.len; i++) {
		json_put_text(list, libraries[i].name, libraries[i].version);
	}
	json_write(map, JSON_INDENTED, out);
}

static void write_version(const char *format, const struct style *style, void *cookie,
			  struct str *out)
{
	const struct statement_tool tool = tool_facts();
	const struct statement_library *libraries = tool.libraries.at;

	(void)style;
	(void)cookie;
	if (text_is(text_of(format), "json")) {
		write_json(&tool, out);
		return;
	}
	str_printf(out, "gaterun %s (%s)\nbuilt with", tool.version, tool.commit);
	for (size_t i = 0; i < tool.libraries.len; i++) {
		str_printf(out, "%s %s %s", i ? "," : "", libraries[i].name, libraries[i].version);
	}
	str_add_char(out, '\n');
}

int cmd_version(struct cli *cli)
{
	cli_write(cli, write_version, NULL);
	return EXIT_PASS;
}
