/**
 * UTF-16 as UTF-8.
 */
#ifndef BASE_UTF16_H
#define BASE_UTF16_H

#include <stdbool.h>

#include "base/str.h"

/** Do the bytes start with a byte order mark of UTF-16? */
bool utf16_has_mark(struct text bytes);

/**
 * Append the text of bytes that start with such a mark, without it. What is no character (a single
 * surrogate, half a unit at the end) becomes U+FFFD.
 */
void utf16_decode(struct text bytes, struct str *out);

#endif
