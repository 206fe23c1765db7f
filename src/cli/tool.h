/**
 * Which program this is: for `gaterun version` and for receipts.
 */
#ifndef CLI_TOOL_H
#define CLI_TOOL_H

#include "receipt/statement.h"

/** Version, commit, and the libraries it was built with; asking those themselves would load them.
 */
struct statement_tool tool_facts(void);

#endif
