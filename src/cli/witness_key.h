/**
 * The key of this user as a witness of other logs: witness_ed25519 in the settings' folder, and
 * beside it witness.vkey, which says what the witness is called. It signs nothing else.
 */
#ifndef CLI_WITNESS_KEY_H
#define CLI_WITNESS_KEY_H

#include "cli/cli.h"
#include "receipt/cosignature.h"

/** A witness that can sign. */
struct own_witness {
	struct key *key;
	struct witness public;
};

/**
 * Have the key ready. It is made on the first use, which is said.
 *
 * @param name      what it is called, if it is made; NULL: the host's name and "/gaterun"
 * @param can_make  false: -1 with ERR_ABSENT instead
 * @param out       released by the caller
 */
int own_witness_open(const struct cli *cli, const char *name, bool can_make,
		     struct own_witness *out, struct err *err);

void own_witness_release(struct own_witness *witness);

/** own_witness_release for AUTO. */
static inline void auto_own_witness(struct own_witness *witness)
{
	own_witness_release(witness);
}

#endif
