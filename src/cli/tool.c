#include "cli/tool.h"

#include "version.h"

static struct statement_library libraries[] = {GATERUN_LIBRARIES};

struct statement_tool tool_facts(void)
{
	return (struct statement_tool){
		.version = GATERUN_VERSION,
		.commit = GATERUN_COMMIT,
		.libraries = {libraries, sizeof(libraries) / sizeof(libraries[0])},
	};
}
