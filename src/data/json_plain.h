/**
 * JSON that is so plain that nobody needs to be asked whether it is JSON.
 */
#ifndef DATA_JSON_PLAIN_H
#define DATA_JSON_PLAIN_H

#include <stdbool.h>

#include "base/str.h"

/**
 * Is this one JSON value of texts in printable ASCII, whole numbers of up to 18 digits, true, false
 * and null, nested at most `depth` deep? What it says yes to, jansson says yes to as well, which
 * takes a tree and ten times as long; what it says no to may be JSON.
 */
bool json_is_plain(struct text json, size_t depth);

#endif
