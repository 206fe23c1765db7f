/** For tests of what is signed: a key in memory as what signs. */
#ifndef TESTS_UNIT_SIGNING_H
#define TESTS_UNIT_SIGNING_H

#include "crypto/signing_key.h"

/** What signs with a `struct key *`, until the end of the block it stands in. */
#define SIGNING(key) ((const struct signing_key[]){signing_key_of(key)})

#endif
