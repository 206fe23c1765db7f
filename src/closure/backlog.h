/**
 * Tasks of Backlog.md: the acceptance criteria between their comments.
 *
 *     <!-- AC:BEGIN -->
 *     - [ ] #1 TLS handshake succeeds for https://grafana.example.ts.net/
 *     <!-- AC:END -->
 */
#ifndef CLOSURE_BACKLOG_H
#define CLOSURE_BACKLOG_H

#include "closure/scope.h"

/** Does the text have acceptance criteria of Backlog.md? */
bool backlog_is_task(const struct outline *outline);

/** Add its acceptance criteria, in order; what is wrong with them is a problem of the scope. */
void backlog_read(const struct outline *outline, struct scope *scope);

#endif
