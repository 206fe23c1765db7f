#include "crypto/ssh_signature.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/cleanup.h"
#include "crypto/digest.h"
#include "crypto/key_file.h"
#include "crypto/login_key.h"
#include "crypto/provider.h"

/** What a signature, and what is signed, begin with. */
#define MAGIC "SSHSIG"

/** Somebody touched the device (FIDO: user presence). */
#define USER_PRESENT 0x01

/** Types of keys in hardware, and those whose arithmetic they share. */
static const struct sk_type {
	const char *name;
	const char *plain;
	bool has_curve; /**< the curve's name stands in front of the point */
} sk_types[] = {
	{"sk-ssh-ed25519@openssh.com", "ssh-ed25519", false},
	{"sk-ecdsa-sha2-nistp256@openssh.com", "ecdsa-sha2-nistp256", true},
};

#define SK_TYPES (sizeof(sk_types) / sizeof(sk_types[0]))

/* ---- reading */

static bool take_magic(struct text *rest)
{
	size_t len = strlen(MAGIC);

	if (!text_starts(*rest, MAGIC)) {
		return false;
	}
	rest->at += len;
	rest->len -= len;
	return true;
}

int ssh_signature_read(struct text armored, struct ssh_signature *out, struct err *err)
{
	struct ssh_signature read = {.bytes = {.max = SSH_SIGNATURE_BYTES}};
	struct text body = {0};
	struct text rest = {0};
	unsigned version = 0;

	if (armored.len > SSH_SIGNATURE_BYTES || !key_find_armor(armored, "SSH SIGNATURE", &body) ||
	    key_decode_armor(body, &read.bytes)) {
		str_release(&read.bytes);
		return err_set(err, ERR_INPUT, "not a signature of ssh-keygen -Y sign");
	}
	rest = str_view(&read.bytes);
	if (!take_magic(&rest) || !wire_take_u32(&rest, &version) || version != 1 ||
	    !wire_take(&rest, &read.key) || !wire_take(&rest, &read.space) ||
	    !wire_take(&rest, &read.reserved) || !wire_take(&rest, &read.hash) ||
	    !wire_take(&rest, &read.signature) || rest.len > 0 || read.space.len == 0) {
		str_release(&read.bytes);
		return err_set(err, ERR_INPUT, "not a well-formed SSH signature of version 1");
	}
	*out = read;
	return 0;
}

void ssh_signature_release(struct ssh_signature *signature)
{
	str_release(&signature->bytes);
	*signature = (struct ssh_signature){0};
}

/* ---- verifying */

/** Append the digest of the message by the function that the signature names. */
static int add_digest(struct text hash, struct text message, struct str *out, struct err *err)
{
	const EVP_MD *digest = text_is(hash, "sha512")   ? EVP_sha512()
			       : text_is(hash, "sha256") ? EVP_sha256()
							 : NULL;
	unsigned char bytes[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (!digest) {
		return err_set(err, ERR_INPUT, "the signature names an unknown digest");
	}
	provider_start();
	if (EVP_Digest(message.at, message.len, bytes, &len, digest, NULL) != 1) {
		return err_set(err, ERR_INTERNAL, "no digest could be made");
	}
	wire_add(out, bytes, len);
	return 0;
}

/** What is really signed. */
static int add_signed(const struct ssh_signature *signature, struct text message, struct str *out,
		      struct err *err)
{
	str_add(out, MAGIC);
	wire_add_text(out, signature->space);
	wire_add_text(out, signature->reserved);
	wire_add_text(out, signature->hash);
	return add_digest(signature->hash, message, out, err);
}

static const struct sk_type *sk_type_of(struct text name)
{
	for (size_t i = 0; i < SK_TYPES; i++) {
		if (text_is(name, sk_types[i].name)) {
			return &sk_types[i];
		}
	}
	return NULL;
}

/** The plain key inside of one in hardware, and what it is used for ("ssh:"). */
static bool take_sk_key(const struct sk_type *type, struct text rest, struct str *plain,
			struct text *application)
{
	struct text name = {0};
	struct text curve = {0};
	struct text point = {0};

	if (!wire_take(&rest, &name) || (type->has_curve && !wire_take(&rest, &curve)) ||
	    !wire_take(&rest, &point) || !wire_take(&rest, application) || rest.len > 0) {
		return false;
	}
	wire_add_text(plain, text_of(type->plain));
	if (type->has_curve) {
		wire_add_text(plain, curve);
	}
	wire_add_text(plain, point);
	return true;
}

static bool verifies(struct text blob, struct text algorithm, struct text message,
		     struct text signature)
{
	AUTO(auto_login_key) struct login_key *key = NULL;
	struct err ignored = {0};

	return login_key_from_blob(blob, &key, &ignored) == 0 &&
	       login_key_verifies(key, algorithm, message, signature);
}

/** A device signs digests, a counter, and whether it was touched. */
static int verify_sk(const struct sk_type *type, const struct ssh_signature *signature,
		     struct text rest, struct text message, struct err *err)
{
	AUTO(auto_str) struct str plain = {0};
	AUTO(auto_str) struct str covered = {0};
	struct text application = {0};
	struct text raw = {0};
	unsigned char digest[SHA256_BYTES];

	if (!wire_take(&rest, &raw) || rest.len != 5 ||
	    !take_sk_key(type, signature->key, &plain, &application)) {
		return err_set(err, ERR_INPUT, "not a well-formed signature of a hardware key");
	}
	if (!((unsigned char)rest.at[0] & USER_PRESENT)) {
		return err_set(err, ERR_INPUT, "nobody touched the key when it signed");
	}
	sha256(application.at, application.len, digest);
	str_add_bytes(&covered, digest, sizeof(digest));
	str_add_bytes(&covered, rest.at, rest.len);
	sha256(message.at, message.len, digest);
	str_add_bytes(&covered, digest, sizeof(digest));
	return verifies(str_view(&plain), text_of(type->plain), str_view(&covered), raw)
		       ? 0
		       : err_set(err, ERR_INPUT, "the signature does not verify");
}

int ssh_signature_verify(const struct ssh_signature *signature, const char *space,
			 struct text message, struct err *err)
{
	AUTO(auto_str) struct str covered = {0};
	struct text rest = signature->signature;
	struct text algorithm = {0};
	struct text raw = {0};
	const struct sk_type *type = NULL;

	if (!text_is(signature->space, space)) {
		return err_set(err, ERR_INPUT, "it was made for another namespace than '%s'",
			       space);
	}
	if (add_signed(signature, message, &covered, err)) {
		return -1;
	}
	if (!wire_take(&rest, &algorithm)) {
		return err_set(err, ERR_INPUT, "not a well-formed signature");
	}
	type = sk_type_of(algorithm);
	if (type) {
		return verify_sk(type, signature, rest, str_view(&covered), err);
	}
	/* RSA with SHA-1 is for servers of old, and signs nothing here. */
	if (!wire_take(&rest, &raw) || rest.len > 0 || text_is(algorithm, "ssh-rsa") ||
	    !verifies(signature->key, algorithm, str_view(&covered), raw)) {
		return err_set(err, ERR_INPUT, "the signature does not verify");
	}
	return 0;
}
