/**
 * The gates that are part of the program (`gates: shipped`): the project's own gates/ as of the
 * build.
 */
#ifndef MODEL_SHIPPED_H
#define MODEL_SHIPPED_H

#include <stddef.h>

struct shipped_file {
	const char *name; /**< base name: 020-snapshot-parity.yaml */
	const unsigned char *bytes;
	size_t len;
};

/** In order of their names, ended by a row of zeros. */
extern const struct shipped_file shipped_files[];

#endif
