/**
 * The signed head of a log: a C2SP checkpoint (tlog-checkpoint) in a signed note (signed-note),
 * with one Ed25519 signature by the log's own key.
 *
 *     gaterun/ops.example/0d3146aa57d93c11
 *     22
 *     Yd1b…=
 *
 *     — gaterun/ops.example/0d3146aa57d93c11 DTFGqmE0…
 *
 * The log's origin is also the name of its key, as Go's checksum database does it.
 */
#ifndef RECEIPT_CHECKPOINT_H
#define RECEIPT_CHECKPOINT_H

#include <stdint.h>

#include "base/err.h"
#include "crypto/signing_key.h"
#include "receipt/merkle.h"
#include "receipt/note.h"

/** Longest origin with its NUL. */
#define ORIGIN_BYTES NOTE_NAME_BYTES

/** Ceiling of a checkpoint file. */
#define CHECKPOINT_BYTES NOTE_BYTES

/** Largest tree: the largest integer that JSON readers keep. */
#define TREE_SIZE_MAX (((int64_t)1 << 53) - 1)

struct checkpoint {
	char origin[ORIGIN_BYTES];
	uint64_t size;
	struct merkle_hash root;
};

/**
 * "gaterun/<repo>/<16 hex of SHA-256(public key)>".
 *
 * @param repo  identity of the repo; with blanks, control characters or '+' it cannot be a name in
 *              a signed note: ERR_INPUT
 */
int origin_make(const char *repo, const struct public_key *key, char out[ORIGIN_BYTES],
		struct err *err);

/** Bytes of a log's folder name with its NUL. */
#define LOG_NAME_BYTES 17

/** The log's folder: 16 hexadecimal digits of SHA-256(origin). */
void origin_folder(const char *origin, char out[LOG_NAME_BYTES]);

/** Append the text of a head, three lines: what its signatures are over. */
void checkpoint_body(const struct checkpoint *head, struct str *out);

/** Append the signed note. @return 0; -1 if the key did not sign */
int checkpoint_write(const struct checkpoint *head, const struct signing_key *key, struct str *out,
		     struct err *err);

/**
 * Read a note strictly: exactly three lines of text, no extension lines, and exactly one signature
 * under the name `origin`, which must verify with `key`. Lines by other names are witnesses';
 * they are passed over, if well formed.
 */
int checkpoint_read(struct text note, const char *origin, const struct public_key *key,
		    struct checkpoint *out, struct err *err);

/** Append the verifier key: name+hash+base64, without a newline. */
void vkey_write(const char *name, const struct public_key *key, struct str *out);

/** Read a verifier key of type Ed25519; the hash must be that of name and key. */
int vkey_read(struct text vkey, char name[ORIGIN_BYTES], struct public_key *key, struct err *err);

#endif
