#include <stdlib.h>
#include <string.h>

#include <openssl/obj_mac.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "base/mem.h"
#include "crypto/key.h"
#include "crypto/key_file.h"
#include "crypto/key_private.h"
#include "crypto/provider.h"

/** What a passphrase costs and what to do; the same for each file format. */
#define WAY_OUT_LOCKED                                                                          \
	"needs a passphrase, and nothing may ask for one: use a key without it (ssh-keygen -t " \
	"ed25519 -N '' -f FILE)"

static enum key_state unsupported(struct err *err, const char *path, struct text type)
{
	err_fill(err, ERR_INPUT,
		 "key '%s' is of type '%.*s', expected Ed25519 (ssh-keygen -t ed25519)", path,
		 (int)(type.len < 64 ? type.len : 64), type.at);
	return KEY_UNSUPPORTED;
}

/** The unencrypted private section: both halves of the key must agree with each other. */
static struct key *read_private(const struct key_container *file)
{
	struct text rest = file->private;
	struct text public_again = {0};
	struct text type = {0};
	struct text public = {0};
	struct text pair = {0};
	struct text comment = {0};
	unsigned check[2] = {0};
	AUTO(auto_str) struct str wire = {0};
	AUTO(auto_key) struct key *key = NULL;
	struct key *taken = NULL;

	if (!wire_take_u32(&rest, &check[0]) || !wire_take_u32(&rest, &check[1]) ||
	    check[0] != check[1] || !wire_take(&rest, &type) || !text_is(type, SSH_ED25519) ||
	    !wire_take(&rest, &public) || !wire_take(&rest, &pair) || !wire_take(&rest, &comment) ||
	    !key_is_padding(rest) || pair.len != ED25519_SEED_BYTES + sizeof(key->public.bytes)) {
		return NULL;
	}
	key = key_from_seed((const unsigned char *)pair.at);
	public_again = (struct text){(const char *)key->public.bytes, ED25519_PUBLIC_BYTES};
	public_key_wire(&key->public, &wire);
	if (!text_equal(public, public_again) ||
	    memcmp(pair.at + ED25519_SEED_BYTES, public_again.at, public_again.len) != 0 ||
	    !text_equal(file->public, str_view(&wire))) {
		return NULL;
	}
	taken = key;
	key = NULL;
	return taken;
}

static enum key_state parse_openssh(struct text body, const char *path, struct key **out,
				    struct err *err)
{
	AUTO(auto_secret) struct str bytes = secret_room(KEY_FILE_BYTES + 1);
	struct key_container file = {0};
	struct key *key = NULL;

	if (key_decode_armor(body, &bytes) || !key_container_read(str_view(&bytes), &file)) {
		return key_refuse(KEY_UNREADABLE, err, path,
				  "is damaged: not an OpenSSH private key");
	}
	if (!text_is(file.cipher, "none")) {
		return key_refuse(KEY_LOCKED, err, path, WAY_OUT_LOCKED);
	}
	if (!text_is(file.type, SSH_ED25519)) {
		return unsupported(err, path, file.type);
	}
	key = read_private(&file);
	if (!key) {
		return key_refuse(KEY_UNREADABLE, err, path, "is damaged: its parts do not agree");
	}
	*out = key;
	return KEY_USABLE;
}

/** The seed inside the privateKey field of PKCS#8: an OCTET STRING (RFC 8410, section 7). */
static struct key *key_from_octets(const unsigned char *at, int len)
{
	if (len != 2 + ED25519_SEED_BYTES || at[0] != 0x04 || at[1] != ED25519_SEED_BYTES) {
		return NULL;
	}
	return key_from_seed(at + 2);
}

static enum key_state parse_pkcs8(struct text body, const char *path, struct key **out,
				  struct err *err)
{
	AUTO(auto_secret) struct str bytes = secret_room(KEY_FILE_BYTES + 1);
	const unsigned char *at = NULL;
	const ASN1_OBJECT *algorithm = NULL;
	PKCS8_PRIV_KEY_INFO *info = NULL;
	struct key *key = NULL;
	bool is_pkcs8 = false;
	int nid = NID_undef;
	int len = 0;

	if (key_decode_armor(body, &bytes)) {
		return key_refuse(KEY_UNREADABLE, err, path, "is damaged: not a PEM private key");
	}
	provider_start();
	at = (const unsigned char *)str_text(&bytes);
	info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)bytes.len);
	is_pkcs8 = info && PKCS8_pkey_get0(&algorithm, &at, &len, NULL, info);
	if (is_pkcs8) {
		nid = OBJ_obj2nid(algorithm);
		key = nid == NID_ED25519 ? key_from_octets(at, len) : NULL;
	}
	PKCS8_PRIV_KEY_INFO_free(info);
	if (key) {
		*out = key;
		return KEY_USABLE;
	}
	if (is_pkcs8 && nid != NID_ED25519) {
		return unsupported(err, path,
				   text_of(nid == NID_undef ? "unknown" : OBJ_nid2ln(nid)));
	}
	return key_refuse(KEY_UNREADABLE, err, path, "is damaged: not a PEM private key");
}

/** Files whose first line says what they are, and that hold no key for us. */
static enum key_state parse_other(struct text bytes, const char *path, struct err *err)
{
	static const struct {
		const char *label;
		const char *type;
	} old[] = {
		{"RSA PRIVATE KEY", "rsa"},
		{"EC PRIVATE KEY", "ecdsa"},
		{"DSA PRIVATE KEY", "dsa"},
	};
	struct text body = {0};

	if (key_find_armor(bytes, "ENCRYPTED PRIVATE KEY", &body)) {
		return key_refuse(KEY_LOCKED, err, path, WAY_OUT_LOCKED);
	}
	for (size_t i = 0; i < sizeof(old) / sizeof(old[0]); i++) {
		if (!key_find_armor(bytes, old[i].label, &body)) {
			continue;
		}
		if (memmem(body.at, body.len, "4,ENCRYPTED", strlen("4,ENCRYPTED"))) {
			return key_refuse(KEY_LOCKED, err, path, WAY_OUT_LOCKED);
		}
		return unsupported(err, path, text_of(old[i].type));
	}
	if (text_starts(bytes, "PuTTY-User-Key-File-")) {
		return unsupported(err, path, text_of("PuTTY"));
	}
	if (text_starts(bytes, "ssh-") || text_starts(bytes, "ecdsa-") ||
	    text_starts(bytes, "sk-")) {
		return key_refuse(KEY_UNREADABLE, err, path,
				  "is a public key: name the private one beside it");
	}
	return key_refuse(KEY_UNREADABLE, err, path, "is not a private key file");
}

enum key_state key_parse(struct text bytes, const char *path, struct key **out, struct err *err)
{
	struct text body = {0};

	if (bytes.len > KEY_FILE_BYTES) {
		return key_refuse(KEY_UNREADABLE, err, path, "is too large for a key");
	}
	if (key_find_armor(bytes, "OPENSSH PRIVATE KEY", &body)) {
		return parse_openssh(body, path, out, err);
	}
	if (key_find_armor(bytes, "PRIVATE KEY", &body)) {
		return parse_pkcs8(body, path, out, err);
	}
	return parse_other(bytes, path, err);
}

enum key_state key_load(const char *path, struct key **out, struct err *err)
{
	AUTO(auto_secret) struct str bytes = secret_room(KEY_FILE_BYTES + 2);
	AUTO(auto_key) struct key *key = NULL;
	struct err why = {0};
	mode_t mode = 0;
	enum key_state state = key_file_read(path, &bytes, &mode, err);

	if (state != KEY_USABLE) {
		return state;
	}
	state = key_parse(str_view(&bytes), path, &key, &why);
	if (state != KEY_UNREADABLE && key_file_is_exposed(path, mode, err)) {
		return KEY_EXPOSED;
	}
	if (state != KEY_USABLE) {
		*err = why;
		return state;
	}
	*out = key;
	key = NULL;
	return KEY_USABLE;
}
