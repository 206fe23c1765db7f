/**
 * Front matter: YAML between a first line `---` and the next line `---` or `...`, on top of a text,
 * as task files and documents in Markdown have it.
 *
 * Blanks behind the dashes, CRLF and a byte order mark are fine. Anything before the first dashes,
 * dashes that never come again, and front matter that is no map are problems.
 */
#ifndef DATA_FRONT_MATTER_H
#define DATA_FRONT_MATTER_H

#include "data/yaml.h"

/**
 * Where it stands, whatever is in it.
 *
 * @param yaml  from the first byte up to the closing line, so that places in it are places in the
 *              file
 * @param body  what follows the closing line
 * @return      0; -1 with the problem
 */
int front_matter_find(const char *file, struct text bytes, struct problems *problems,
		      struct text *yaml, struct text *body);

/** Its map; as yaml_load. */
int front_matter_load(struct arena *arena, const char *file, struct text bytes,
		      enum strictness strictness, struct problems *problems,
		      struct repeated_keys *repeats, struct node **root);

#endif
