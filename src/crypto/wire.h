/**
 * The SSH wire form (RFC 4251, section 5): what keys, signatures and an agent's messages are made
 * of.
 */
#ifndef CRYPTO_WIRE_H
#define CRYPTO_WIRE_H

#include "base/str.h"

/** Append a 32-bit number, most significant byte first. */
void wire_add_u32(struct str *out, size_t number);

/** Append a string: a 32-bit length, then the bytes. */
void wire_add(struct str *out, const void *bytes, size_t len);

/** Append a string. */
void wire_add_text(struct str *out, struct text text);

/** Append a number that is not negative (mpint), from its bytes, most significant first. */
void wire_add_number(struct str *out, const unsigned char *bytes, size_t len);

/** Take a 32-bit number off the front of `rest`; false if it is cut short. */
bool wire_take_u32(struct text *rest, unsigned *out);

/** Take a string off the front of `rest`; false if it is cut short. */
bool wire_take(struct text *rest, struct text *part);

/**
 * Take a number that is positive and in its shortest form; `bytes` gets it without the zero that
 * keeps it positive.
 */
bool wire_take_number(struct text *rest, struct text *bytes);

#endif
