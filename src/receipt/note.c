#include "receipt/note.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "crypto/digest.h"

bool note_is_name(struct text name)
{
	AUTO(auto_str) struct str shown = {0};

	if (name.len == 0 || name.len >= NOTE_NAME_BYTES || memchr(name.at, ' ', name.len) ||
	    memchr(name.at, '+', name.len)) {
		return false;
	}
	str_add_printable(&shown, name);
	return text_equal(name, str_view(&shown));
}

void note_key_id(const char *name, enum note_type type, const struct public_key *key,
		 unsigned char out[NOTE_KEY_ID_BYTES])
{
	unsigned char digest[SHA256_BYTES];
	const unsigned char between[] = {'\n', (unsigned char)type};
	struct sha256 *state = sha256_open();

	sha256_add(state, name, strlen(name));
	sha256_add(state, between, sizeof(between));
	sha256_add(state, key->bytes, sizeof(key->bytes));
	sha256_close(state, digest);
	memcpy(out, digest, NOTE_KEY_ID_BYTES);
}

int note_split(struct text note, struct text *body, struct text *lines, struct err *err)
{
	const char *gap = NULL;

	if (note.len == 0 || note.len > NOTE_BYTES || note.at[note.len - 1] != '\n') {
		return err_set(err, ERR_INPUT, "not a signed note: empty, too large or cut short");
	}
	gap = memmem(note.at, note.len, "\n\n", 2);
	if (!gap) {
		return err_set(err, ERR_INPUT, "not a signed note: no blank line");
	}
	*body = (struct text){note.at, (size_t)(gap - note.at) + 1};
	*lines = (struct text){gap + 2, note.len - body->len - 1};
	return 0;
}

int note_read_line(struct text line, struct note_signature *out, struct err *err)
{
	struct text rest = line;

	if (!text_starts(line, NOTE_SIGNATURE_MARK)) {
		return err_set(err, ERR_INPUT, "not a signature line");
	}
	rest.at += strlen(NOTE_SIGNATURE_MARK);
	rest.len -= strlen(NOTE_SIGNATURE_MARK);
	if (!text_split(&rest, ' ', &out->name) || !note_is_name(out->name) || !rest.at) {
		return err_set(err, ERR_INPUT, "a signature line without a name");
	}
	if (base64_decode(rest, &out->bytes, err)) {
		return err_wrap(err, "signature line");
	}
	if (out->bytes.len <= NOTE_KEY_ID_BYTES) {
		return err_set(err, ERR_INPUT, "a signature line without a signature");
	}
	return 0;
}

void note_write_line(const char *name, struct text bytes, struct str *out)
{
	str_printf(out, NOTE_SIGNATURE_MARK "%s ", name);
	base64_encode(out, bytes.at, bytes.len);
	str_add_char(out, '\n');
}

void note_write_vkey(const char *name, enum note_type type, const struct public_key *key,
		     struct str *out)
{
	unsigned char bytes[1 + ED25519_PUBLIC_BYTES] = {(unsigned char)type};
	unsigned char id[NOTE_KEY_ID_BYTES];

	memcpy(bytes + 1, key->bytes, sizeof(key->bytes));
	note_key_id(name, type, key, id);
	str_printf(out, "%s+", name);
	hex_encode(out, id, sizeof(id));
	str_add_char(out, '+');
	base64_encode(out, bytes, sizeof(bytes));
}

/** What the key is for, in a message. */
static const char *type_word(enum note_type type)
{
	switch (type) {
	case NOTE_ED25519:
		return "a log's: Ed25519, type 1";
	case NOTE_COSIGNATURE:
		return "a witness's: Ed25519 with a time, type 4";
	}
	return "";
}

int note_read_vkey(struct text vkey, enum note_type type, char name[NOTE_NAME_BYTES],
		   struct public_key *key, struct err *err)
{
	AUTO(auto_str) struct str bytes = {0};
	struct public_key found = {0};
	unsigned char claimed[NOTE_KEY_ID_BYTES];
	unsigned char id[NOTE_KEY_ID_BYTES];
	char found_name[NOTE_NAME_BYTES];
	struct text rest = vkey;
	struct text part = {0};
	struct text hash = {0};

	if (!text_split(&rest, '+', &part) || !text_split(&rest, '+', &hash) || !rest.at ||
	    !note_is_name(part)) {
		return err_set(err, ERR_INPUT, "expected a verifier key 'name+hash+key'");
	}
	if (hex_decode(hash, claimed, sizeof(claimed), err) || base64_decode(rest, &bytes, err)) {
		return err_wrap(err, "verifier key");
	}
	if (bytes.len != 1 + ED25519_PUBLIC_BYTES || (unsigned char)bytes.at[0] != type) {
		return err_set(err, ERR_INPUT, "the verifier key is not %s", type_word(type));
	}
	memcpy(found_name, part.at, part.len);
	found_name[part.len] = '\0';
	memcpy(found.bytes, bytes.at + 1, sizeof(found.bytes));
	note_key_id(found_name, type, &found, id);
	if (memcmp(id, claimed, sizeof(id)) != 0) {
		return err_set(err, ERR_INPUT, "the verifier key's hash is not that of its parts");
	}
	memcpy(name, found_name, part.len + 1);
	*key = found;
	return 0;
}
