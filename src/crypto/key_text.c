#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "base/mem.h"
#include "crypto/digest.h"
#include "crypto/key.h"
#include "crypto/key_private.h"

/** SubjectPublicKeyInfo of Ed25519 up to the key itself (RFC 8410, section 4). */
static const unsigned char spki_head[] = {
	0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
};

/** Cipher block size that OpenSSH pads an unencrypted private section to. */
#define OPENSSH_BLOCK_BYTES 8

/** Characters a line, as ssh-keygen writes them. */
#define OPENSSH_LINE_BYTES 70

/** Room for an OpenSSH key file with its comment. */
#define OPENSSH_ROOM_BYTES ((size_t)8192)

/** Longest comment that is written; the rest is cut. */
#define COMMENT_BYTES 1024

struct str secret_room(size_t bytes)
{
	return (struct str){.at = mem_alloc(bytes), .cap = bytes};
}

void auto_secret(struct str *secret)
{
	if (secret->at) {
		OPENSSL_cleanse(secret->at, secret->cap);
	}
	str_release(secret);
}

void public_key_wire(const struct public_key *key, struct str *out)
{
	wire_add(out, SSH_ED25519, strlen(SSH_ED25519));
	wire_add(out, key->bytes, sizeof(key->bytes));
}

int public_key_from_wire(struct text wire, struct public_key *out, struct err *err)
{
	struct text type = {0};
	struct text bytes = {0};
	struct public_key key = {0};

	if (!wire_take(&wire, &type) || type.len > 64) {
		return err_set(err, ERR_INPUT, "not an SSH public key");
	}
	if (!text_is(type, SSH_ED25519)) {
		return err_set(err, ERR_INPUT, "the key's type is '%.*s', expected " SSH_ED25519,
			       (int)type.len, type.at);
	}
	if (!wire_take(&wire, &bytes) || bytes.len != sizeof(key.bytes) || wire.len != 0) {
		return err_set(err, ERR_INPUT, "not a well-formed " SSH_ED25519 " public key");
	}
	memcpy(key.bytes, bytes.at, sizeof(key.bytes));
	if (public_key_is_weak(&key)) {
		return err_set(err, ERR_INPUT,
			       "a weak Ed25519 key: of small order, or not in canonical form");
	}
	*out = key;
	return 0;
}

int public_key_from_base64(struct text base64, struct public_key *out, struct err *err)
{
	AUTO(auto_str) struct str wire = {.max = KEY_FILE_BYTES};

	if (base64_decode(base64, &wire, err)) {
		return err_wrap(err, "public key");
	}
	return public_key_from_wire(str_view(&wire), out, err);
}

static bool is_blank(char one)
{
	return one == ' ' || one == '\t' || one == '\r' || one == '\n';
}

/** Take the next word off a line of words separated by blanks. */
static struct text take_word(struct text *rest)
{
	struct text word = {rest->at, 0};

	while (word.len < rest->len && !is_blank(rest->at[word.len])) {
		word.len++;
	}
	rest->at += word.len;
	rest->len -= word.len;
	while (rest->len > 0 && is_blank(rest->at[0])) {
		rest->at++;
		rest->len--;
	}
	return word;
}

int public_key_from_line(struct text line, struct public_key *out, struct err *err)
{
	struct text type = take_word(&line);
	struct text base64 = take_word(&line);

	if (!text_is(type, SSH_ED25519)) {
		return err_set(err, ERR_INPUT,
			       "expected a public key '" SSH_ED25519
			       " AAAA... comment', got '%.*s'",
			       (int)(type.len < 40 ? type.len : 40), type.at ? type.at : "");
	}
	return public_key_from_base64(base64, out, err);
}

void public_key_write_ssh(const struct public_key *key, const char *comment, struct str *out)
{
	AUTO(auto_str) struct str wire = {0};

	public_key_wire(key, &wire);
	str_add(out, SSH_ED25519 " ");
	base64_encode(out, wire.at, wire.len);
	if (comment && *comment) {
		str_printf(out, " %s", comment);
	}
	str_add_char(out, '\n');
}

void public_key_write_pem(const struct public_key *key, struct str *out)
{
	unsigned char der[sizeof(spki_head) + ED25519_PUBLIC_BYTES];

	memcpy(der, spki_head, sizeof(spki_head));
	memcpy(der + sizeof(spki_head), key->bytes, sizeof(key->bytes));
	str_add(out, "-----BEGIN PUBLIC KEY-----\n");
	base64_encode(out, der, sizeof(der));
	str_add(out, "\n-----END PUBLIC KEY-----\n");
}

void public_key_number(const struct public_key *key, unsigned char out[KEY_NUMBER_BYTES])
{
	AUTO(auto_str) struct str wire = {0};
	unsigned char digest[SHA256_BYTES];

	public_key_wire(key, &wire);
	sha256(wire.at, wire.len, digest);
	memcpy(out, digest, KEY_NUMBER_BYTES);
}

/** The second line of both files: "Ed", the number, the key. */
static void add_numbered(const struct public_key *key, struct str *out)
{
	unsigned char bytes[2 + KEY_NUMBER_BYTES + ED25519_PUBLIC_BYTES] = {'E', 'd'};

	public_key_number(key, bytes + 2);
	memcpy(bytes + 2 + KEY_NUMBER_BYTES, key->bytes, sizeof(key->bytes));
	base64_encode(out, bytes, sizeof(bytes));
	str_add_char(out, '\n');
}

void public_key_write_minisign(const struct public_key *key, struct str *out)
{
	unsigned char number[KEY_NUMBER_BYTES];

	public_key_number(key, number);
	str_add(out, "untrusted comment: minisign public key ");
	for (size_t i = KEY_NUMBER_BYTES; i-- > 0;) { /* printed as a little-endian number */
		str_printf(out, "%02X", number[i]);
	}
	str_add_char(out, '\n');
	add_numbered(key, out);
}

void public_key_write_signify(const struct public_key *key, struct str *out)
{
	str_add(out, "untrusted comment: gaterun signing public key\n");
	add_numbered(key, out);
}

/** The section of the file that a passphrase would encrypt (OpenSSH, PROTOCOL.key). */
static void add_private_section(const struct key *key, const char *comment, struct str *out)
{
	AUTO(auto_secret) struct str section = secret_room(OPENSSH_ROOM_BYTES);
	AUTO(auto_secret) struct str pair = secret_room(2 * ED25519_SEED_BYTES + 1);
	unsigned char check[4];
	size_t comment_len = strlen(comment);

	random_bytes(check, sizeof(check)); /* twice the same: tells a wrong passphrase */
	str_add_bytes(&section, check, sizeof(check));
	str_add_bytes(&section, check, sizeof(check));
	public_key_wire(&key->public, &section);
	str_add_bytes(&pair, key->seed, sizeof(key->seed));
	str_add_bytes(&pair, key->public.bytes, sizeof(key->public.bytes));
	wire_add(&section, pair.at, pair.len);
	wire_add(&section, comment, comment_len < COMMENT_BYTES ? comment_len : COMMENT_BYTES);
	for (char pad = 1; section.len % OPENSSH_BLOCK_BYTES != 0; pad++) {
		str_add_char(&section, pad);
	}
	wire_add(out, section.at, section.len);
}

void key_write_openssh(const struct key *key, const char *comment, struct str *out)
{
	AUTO(auto_secret) struct str file = secret_room(OPENSSH_ROOM_BYTES);
	AUTO(auto_secret) struct str base64 = secret_room(2 * OPENSSH_ROOM_BYTES);
	AUTO(auto_str) struct str wire = {0};

	str_add_bytes(&file, "openssh-key-v1", sizeof("openssh-key-v1")); /* with its NUL */
	wire_add(&file, "none", 4);
	wire_add(&file, "none", 4);
	wire_add(&file, "", 0);
	wire_add_u32(&file, 1);
	public_key_wire(&key->public, &wire);
	wire_add(&file, wire.at, wire.len);
	add_private_section(key, comment ? comment : "", &file);
	base64_encode(&base64, file.at, file.len);
	str_add(out, "-----BEGIN OPENSSH PRIVATE KEY-----\n");
	for (size_t at = 0; at < base64.len; at += OPENSSH_LINE_BYTES) {
		size_t len = base64.len - at;

		str_add_bytes(out, base64.at + at,
			      len < OPENSSH_LINE_BYTES ? len : OPENSSH_LINE_BYTES);
		str_add_char(out, '\n');
	}
	str_add(out, "-----END OPENSSH PRIVATE KEY-----\n");
}
