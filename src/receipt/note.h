/**
 * The parts of C2SP signed notes (signed-note) that heads of logs and cosignatures share: names,
 * key ids, signature lines, verifier keys.
 *
 *     text, which ends in a newline
 *
 *     — name base64(key id, signature)
 */
#ifndef RECEIPT_NOTE_H
#define RECEIPT_NOTE_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"
#include "crypto/key.h"

/** Longest name of a key with its NUL. */
#define NOTE_NAME_BYTES 256

/** Ceiling of a note: a few lines and some signatures. */
#define NOTE_BYTES ((size_t)16 * 1024)

/** Most signature lines of one note. */
#define NOTE_SIGNATURES_MAX 16

/** Bytes of a key id. */
#define NOTE_KEY_ID_BYTES 4

/** What a signature line starts with: an em dash and a space. */
#define NOTE_SIGNATURE_MARK "\xe2\x80\x94 "

/** What a signature is, as key ids and verifier keys say it. */
enum note_type {
	NOTE_ED25519 = 0x01,     /**< over the text: a log's own */
	NOTE_COSIGNATURE = 0x04, /**< over a time and the text: a witness's */
};

/** Is it a name in a signed note: not empty, printable UTF-8, no space and no plus? */
bool note_is_name(struct text name);

/** SHA-256(name, newline, type, key)[:4]. */
void note_key_id(const char *name, enum note_type type, const struct public_key *key,
		 unsigned char out[NOTE_KEY_ID_BYTES]);

/**
 * Split a note at its blank line.
 *
 * @param body   the signed text, with its last newline
 * @param lines  the signature lines, which may be none
 */
int note_split(struct text note, struct text *body, struct text *lines, struct err *err);

/** A signature line, taken apart. */
struct note_signature {
	struct text name; /**< borrowed */
	struct str bytes; /**< key id and signature; released by the caller */
};

/** Read a line, without its newline. `out` is zeroed by the caller. */
int note_read_line(struct text line, struct note_signature *out, struct err *err);

/** Append a line; `bytes` are key id and signature. */
void note_write_line(const char *name, struct text bytes, struct str *out);

/** Append the verifier key: name+hash+base64, without a newline. */
void note_write_vkey(const char *name, enum note_type type, const struct public_key *key,
		     struct str *out);

/** Read a verifier key of this type; the hash must be that of name and key. */
int note_read_vkey(struct text vkey, enum note_type type, char name[NOTE_NAME_BYTES],
		   struct public_key *key, struct err *err);

#endif
