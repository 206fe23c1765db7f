/**
 * How many commands run at once: a few for each processor, in the order in which their gates asked.
 * A gate's own timeout begins when its command does.
 */
#ifndef CHECK_COMMAND_ROOMS_H
#define CHECK_COMMAND_ROOMS_H

#include "check/check.h"

struct rooms;

/** All are free. */
struct rooms *rooms_new(void);

/** NULL is fine. */
void rooms_free(struct rooms *rooms);

/** Ask for one; asked again, nothing changes. @return whether the check has one now; if not, it is
 * woken when it may ask again */
bool rooms_take(struct rooms *rooms, struct check *check);

/** Give it back, or wait no more. Harmless without. */
void rooms_give(struct rooms *rooms, const struct check *check);

#endif
