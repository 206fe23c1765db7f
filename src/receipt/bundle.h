/**
 * A receipt as other people's programs want it handed over: a sigstore bundle, version 0.3. The
 * envelope in it is the receipt's own, and who verifies needs the key as well: there is no
 * certificate, and no entry of a public log.
 */
#ifndef RECEIPT_BUNDLE_H
#define RECEIPT_BUNDLE_H

#include "receipt/envelope.h"

/** Append the bundle: one line of canonical JSON with its newline. */
void bundle_write(const struct envelope *envelope, struct str *out);

#endif
