#include "base/cleanup.h"
#include "cli/commands.h"
#include "data/json.h"
#include "version.h"

/** What the program was built with; asking the libraries themselves would load them. */
static const struct {
	const char *name;
	const char *version;
} libraries[] = {GATERUN_LIBRARIES{NULL, NULL}};

static void write_json(struct str *out)
{
	AUTO(auto_json) struct json *map = json_map();
	struct json *list = json_map();

	json_put_text(map, "schema", "gaterun/version/v1");
	json_put_text(map, "version", GATERUN_VERSION);
	json_put_text(map, "commit", GATERUN_COMMIT);
	json_put(map, "libraries", list);
	for (size_t i = 0; libraries[i].name; i++) {
		json_put_text(list, libraries[i].name, libraries[i].version);
	}
	json_write(map, JSON_INDENTED, out);
}

static void write_version(const char *format, const struct style *style, void *cookie,
			  struct str *out)
{
	(void)style;
	(void)cookie;
	if (text_is(text_of(format), "json")) {
		write_json(out);
		return;
	}
	str_add(out, "gaterun " GATERUN_VERSION " (" GATERUN_COMMIT ")\nbuilt with");
	for (size_t i = 0; libraries[i].name; i++) {
		str_printf(out, "%s %s %s", i ? "," : "", libraries[i].name, libraries[i].version);
	}
	str_add_char(out, '\n');
}

int cmd_version(struct cli *cli)
{
	cli_write(cli, write_version, NULL);
	return EXIT_PASS;
}
