/**
 * The table of kinds, assembled here because kinds live in several layers.
 */
#ifndef CLI_KINDS_H
#define CLI_KINDS_H

#include "model/gate.h"

/** Sorted by name, ended by NULL. To add a kind: see check/check.h, then add its row in kinds.c. */
extern const struct kind *const kinds_table[];

#endif
