#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/obj_mac.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "base/mem.h"
#include "crypto/key.h"
#include "crypto/key_private.h"
#include "crypto/provider.h"

/** What a passphrase costs and what to do; the same for each file format. */
#define WAY_OUT_LOCKED                                                                          \
	"needs a passphrase, and nothing may ask for one: use a key without it (ssh-keygen -t " \
	"ed25519 -N '' -f FILE)"

static enum key_state refuse(enum key_state state, struct err *err, const char *path,
			     const char *why)
{
	err_fill(err, ERR_INPUT, "key '%s' %s", path, why);
	return state;
}

static enum key_state unsupported(struct err *err, const char *path, struct text type)
{
	err_fill(err, ERR_INPUT,
		 "key '%s' is of type '%.*s', expected Ed25519 (ssh-keygen -t ed25519)", path,
		 (int)(type.len < 64 ? type.len : 64), type.at);
	return KEY_UNSUPPORTED;
}

/** What stands between the lines "-----BEGIN label-----" and "-----END label-----". */
static bool find_armor(struct text bytes, const char *label, struct text *body)
{
	AUTO(auto_str) struct str begin = {0};
	AUTO(auto_str) struct str end = {0};
	const char *found = NULL;

	str_printf(&begin, "-----BEGIN %s-----", label);
	str_printf(&end, "\n-----END %s-----", label);
	if (!text_starts(bytes, begin.at)) {
		return false;
	}
	body->at = bytes.at + begin.len;
	body->len = bytes.len - begin.len;
	found = memmem(body->at, body->len, end.at, end.len);
	body->len = found ? (size_t)(found - body->at) : body->len;
	return true;
}

/** Decode the base64 of an armor, which may be broken into lines. */
static int decode_armor(struct text body, struct str *out)
{
	AUTO(auto_secret) struct str joined = secret_room(KEY_FILE_BYTES + 1);
	struct err ignored = {0};

	for (size_t i = 0; i < body.len; i++) {
		char one = body.at[i];

		if (one != ' ' && one != '\t' && one != '\r' && one != '\n') {
			str_add_char(&joined, one);
		}
	}
	return base64_decode(str_view(&joined), out, &ignored);
}

/** An OpenSSH file, taken apart but not believed (PROTOCOL.key). */
struct container {
	struct text cipher;
	struct text public;  /**< wire form of the public key */
	struct text private; /**< the section a passphrase encrypts */
	struct text type;    /**< from the public key */
};

static bool read_container(struct text rest, struct container *out)
{
	struct text part = {0};
	struct text public = {0};
	unsigned count = 0;
	static const char magic[] = "openssh-key-v1";

	if (rest.len < sizeof(magic) || memcmp(rest.at, magic, sizeof(magic)) != 0) {
		return false;
	}
	rest.at += sizeof(magic);
	rest.len -= sizeof(magic);
	if (!wire_take(&rest, &out->cipher) || !wire_take(&rest, &part) ||
	    !wire_take(&rest, &part) || !wire_take_u32(&rest, &count) || count != 1 ||
	    !wire_take(&rest, &out->public) || !wire_take(&rest, &out->private)) {
		return false;
	}
	public = out->public;
	return wire_take(&public, &out->type);
}

/** 1, 2, 3, … up to the end of the section, less than a block of any cipher. */
static bool is_padding(struct text rest)
{
	for (size_t i = 0; i < rest.len; i++) {
		if ((unsigned char)rest.at[i] != i + 1) {
			return false;
		}
	}
	return rest.len < 16;
}

/** The unencrypted private section: both halves of the key must agree with each other. */
static struct key *read_private(const struct container *file)
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
	    !is_padding(rest) || pair.len != ED25519_SEED_BYTES + sizeof(key->public.bytes)) {
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
	struct container file = {0};
	struct key *key = NULL;

	if (decode_armor(body, &bytes) || !read_container(str_view(&bytes), &file)) {
		return refuse(KEY_UNREADABLE, err, path, "is damaged: not an OpenSSH private key");
	}
	if (!text_is(file.cipher, "none")) {
		return refuse(KEY_LOCKED, err, path, WAY_OUT_LOCKED);
	}
	if (!text_is(file.type, SSH_ED25519)) {
		return unsupported(err, path, file.type);
	}
	key = read_private(&file);
	if (!key) {
		return refuse(KEY_UNREADABLE, err, path, "is damaged: its parts do not agree");
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

	if (decode_armor(body, &bytes)) {
		return refuse(KEY_UNREADABLE, err, path, "is damaged: not a PEM private key");
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
	return refuse(KEY_UNREADABLE, err, path, "is damaged: not a PEM private key");
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

	if (find_armor(bytes, "ENCRYPTED PRIVATE KEY", &body)) {
		return refuse(KEY_LOCKED, err, path, WAY_OUT_LOCKED);
	}
	for (size_t i = 0; i < sizeof(old) / sizeof(old[0]); i++) {
		if (!find_armor(bytes, old[i].label, &body)) {
			continue;
		}
		if (memmem(body.at, body.len, "4,ENCRYPTED", strlen("4,ENCRYPTED"))) {
			return refuse(KEY_LOCKED, err, path, WAY_OUT_LOCKED);
		}
		return unsupported(err, path, text_of(old[i].type));
	}
	if (text_starts(bytes, "PuTTY-User-Key-File-")) {
		return unsupported(err, path, text_of("PuTTY"));
	}
	if (text_starts(bytes, "ssh-") || text_starts(bytes, "ecdsa-") ||
	    text_starts(bytes, "sk-")) {
		return refuse(KEY_UNREADABLE, err, path,
			      "is a public key: name the private one beside it");
	}
	return refuse(KEY_UNREADABLE, err, path, "is not a private key file");
}

enum key_state key_parse(struct text bytes, const char *path, struct key **out, struct err *err)
{
	struct text body = {0};

	if (bytes.len > KEY_FILE_BYTES) {
		return refuse(KEY_UNREADABLE, err, path, "is too large for a key");
	}
	if (find_armor(bytes, "OPENSSH PRIVATE KEY", &body)) {
		return parse_openssh(body, path, out, err);
	}
	if (find_armor(bytes, "PRIVATE KEY", &body)) {
		return parse_pkcs8(body, path, out, err);
	}
	return parse_other(bytes, path, err);
}

/** Read into memory that is wiped; at most one byte more than the ceiling. */
static int read_secret(int fd, const char *path, struct str *out, struct err *err)
{
	while (out->len <= KEY_FILE_BYTES) {
		ssize_t got = read(fd, out->at + out->len, KEY_FILE_BYTES + 1 - out->len);

		if (got < 0 && errno == EINTR) {
			continue;
		}
		if (got < 0) {
			return err_errno(err, "read key '%s'", path);
		}
		if (got == 0) {
			break;
		}
		out->len += (size_t)got;
	}
	return 0;
}

static enum key_state open_key(const char *path, int *fd, struct stat *info, struct err *err)
{
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (*fd < 0) {
		(void)err_errno(err, "open key '%s'", path);
		return err->code == ERR_ABSENT ? KEY_ABSENT : KEY_UNREADABLE;
	}
	if (fstat(*fd, info) < 0) {
		(void)err_errno(err, "stat key '%s'", path);
		return KEY_UNREADABLE;
	}
	if (!S_ISREG(info->st_mode)) {
		return refuse(KEY_UNREADABLE, err, path,
			      S_ISDIR(info->st_mode) ? "is a directory, not a file"
						     : "is not a regular file");
	}
	return KEY_USABLE;
}

enum key_state key_load(const char *path, struct key **out, struct err *err)
{
	AUTO(auto_secret) struct str bytes = secret_room(KEY_FILE_BYTES + 2);
	AUTO(auto_key) struct key *key = NULL;
	AUTO(auto_close) int fd = -1;
	struct stat info = {0};
	struct err why = {0};
	enum key_state state = open_key(path, &fd, &info, err);

	if (state != KEY_USABLE) {
		return state;
	}
	if (read_secret(fd, path, &bytes, err)) {
		return KEY_UNREADABLE;
	}
	state = key_parse(str_view(&bytes), path, &key, &why);
	if (state != KEY_UNREADABLE && (info.st_mode & 077) != 0) {
		err_fill(err, ERR_INPUT,
			 "key '%s' may be read by others (mode %04o): chmod 600 it, or make a new "
			 "one if others used the machine",
			 path, (unsigned)info.st_mode & 07777);
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
