/**
 * Private to the files of confine.
 */
#ifndef LOOP_CONFINE_PRIVATE_H
#define LOOP_CONFINE_PRIVATE_H

#include <stdbool.h>

/** The version of Landlock's interface; 0: there is none. */
int confine_landlock_version(void);

/** From here on this process and its children write only below `scratch`. 0; -1 with errno. */
int confine_files(const char *scratch);

/** Can system calls be filtered on this processor? */
bool confine_has_filter(void);

/** From here on this process and its children cannot make the calls that would change something in
 * ways that Landlock does not know, nor, without network, have a socket. 0; -1 with errno. */
int confine_calls(bool has_network);

#endif
