#include "crypto/login_key.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "crypto/key_private.h"
#include "crypto/login_key_private.h"
#include "crypto/provider.h"

/** Ceiling of a signature: the largest RSA key's, and room for two numbers of ECDSA. */
#define SIGNATURE_BYTES (RSA_BITS_MAX / 8)

static const struct login_type types[] = {
	{SSH_ED25519, NULL, NULL, 0},
	{"ecdsa-sha2-nistp256", "nistp256", "prime256v1", 65},
	{"ecdsa-sha2-nistp384", "nistp384", "secp384r1", 97},
	{"ecdsa-sha2-nistp521", "nistp521", "secp521r1", 133},
	{"ssh-rsa", NULL, NULL, 0},
};

#define TYPES (sizeof(types) / sizeof(types[0]))
#define TYPE_ED25519 (&types[0])
#define TYPE_RSA (&types[TYPES - 1])

/** How each algorithm of RFC 5656, 8332, 8709 and 4253 signs. */
static const struct algorithm {
	const char *name;
	const char *type;
	const char *digest; /**< NULL: the algorithm has its own */
} algorithms[] = {
	{SSH_ED25519, SSH_ED25519, NULL},
	{"ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", "SHA256"},
	{"ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384", "SHA384"},
	{"ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521", "SHA512"},
	{"rsa-sha2-512", "ssh-rsa", "SHA512"},
	{"rsa-sha2-256", "ssh-rsa", "SHA256"},
	{"ssh-rsa", "ssh-rsa", "SHA1"},
};

/* ---- keys */

static const struct login_type *type_of(struct text name)
{
	for (size_t i = 0; i < TYPES; i++) {
		if (text_is(name, types[i].name)) {
			return &types[i];
		}
	}
	return NULL;
}

const struct login_type *login_type_of_curve(struct text curve)
{
	for (size_t i = 0; i < TYPES; i++) {
		if (types[i].curve && text_is(curve, types[i].curve)) {
			return &types[i];
		}
	}
	return NULL;
}

EVP_PKEY *login_handle(const char *type, OSSL_PARAM_BLD *build, int selection)
{
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *handle = NULL;

	if (!params || !context || EVP_PKEY_fromdata_init(context) != 1 ||
	    EVP_PKEY_fromdata(context, &handle, selection, params) != 1) {
		handle = NULL;
	}
	EVP_PKEY_CTX_free(context);
	OSSL_PARAM_free(params);
	return handle;
}

static EVP_PKEY *read_ed25519(struct text rest)
{
	struct text bytes = {0};
	struct public_key key;

	if (!wire_take(&rest, &bytes) || bytes.len != sizeof(key.bytes) || rest.len != 0) {
		return NULL;
	}
	memcpy(key.bytes, bytes.at, sizeof(key.bytes));
	if (public_key_is_weak(&key)) {
		return NULL;
	}
	return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key.bytes, sizeof(key.bytes));
}

static EVP_PKEY *read_ecdsa(const struct login_type *type, struct text rest)
{
	OSSL_PARAM_BLD *build = NULL;
	EVP_PKEY *handle = NULL;
	struct text curve = {0};
	struct text point = {0};

	if (!wire_take(&rest, &curve) || !text_is(curve, type->curve) ||
	    !wire_take(&rest, &point) || point.len != type->point_bytes || rest.len != 0) {
		return NULL;
	}
	build = OSSL_PARAM_BLD_new();
	if (build &&
	    OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, type->group, 0) &&
	    OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point.at, point.len)) {
		handle = login_handle("EC", build, EVP_PKEY_PUBLIC_KEY);
	}
	OSSL_PARAM_BLD_free(build);
	return handle;
}

static EVP_PKEY *read_rsa(struct text rest)
{
	OSSL_PARAM_BLD *build = NULL;
	EVP_PKEY *handle = NULL;
	struct text exponent = {0};
	struct text modulus = {0};
	BIGNUM *e = NULL;
	BIGNUM *n = NULL;

	if (!wire_take_number(&rest, &exponent) || !wire_take_number(&rest, &modulus) ||
	    rest.len != 0 || modulus.len > RSA_BITS_MAX / 8 || exponent.len > modulus.len) {
		return NULL;
	}
	build = OSSL_PARAM_BLD_new();
	e = BN_bin2bn((const unsigned char *)exponent.at, (int)exponent.len, NULL);
	n = BN_bin2bn((const unsigned char *)modulus.at, (int)modulus.len, NULL);
	if (build && e && n && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n)) {
		handle = login_handle("RSA", build, EVP_PKEY_PUBLIC_KEY);
	}
	BN_free(n);
	BN_free(e);
	OSSL_PARAM_BLD_free(build);
	return handle;
}

int login_key_from_blob(struct text blob, struct login_key **out, struct err *err)
{
	const struct login_type *type = NULL;
	struct login_key *key = NULL;
	struct text rest = blob;
	struct text name = {0};
	EVP_PKEY *handle = NULL;

	if (!wire_take(&rest, &name) || name.len > 64) {
		return err_set(err, ERR_INPUT, "not an SSH public key");
	}
	type = type_of(name);
	if (!type) {
		return err_set(err, ERR_INPUT, "the key's type '%.*s' is not one that can be used",
			       (int)name.len, name.at);
	}
	provider_start();
	handle = type == TYPE_ED25519 ? read_ed25519(rest)
		 : type == TYPE_RSA   ? read_rsa(rest)
				      : read_ecdsa(type, rest);
	key = handle ? login_key_from_handle(handle, false) : NULL;
	if (!key || !text_equal(str_view(&key->blob), blob)) {
		login_key_free(key);
		return err_set(err, ERR_INPUT, "not a well-formed %s public key", type->name);
	}
	*out = key;
	return 0;
}

struct login_key *login_key_from_key(const struct key *key)
{
	struct login_key *own = NULL;

	own = EVP_PKEY_up_ref(key->handle) ? login_key_from_handle(key->handle, true) : NULL;
	if (!own) {
		provider_failed("Ed25519 key");
	}
	return own;
}

void login_key_free(struct login_key *key)
{
	if (!key) {
		return;
	}
	EVP_PKEY_free(key->handle);
	str_release(&key->blob);
	free(key);
}

/* ---- their wire form */

static bool add_ed25519(const EVP_PKEY *handle, struct str *blob)
{
	struct public_key key;
	size_t len = sizeof(key.bytes);

	if (EVP_PKEY_get_raw_public_key(handle, key.bytes, &len) != 1) {
		return false;
	}
	public_key_wire(&key, blob);
	return true;
}

static bool add_number(const EVP_PKEY *handle, const char *name, struct str *blob)
{
	unsigned char bytes[RSA_BITS_MAX / 8];
	BIGNUM *number = NULL;
	bool is_added = false;

	if (EVP_PKEY_get_bn_param(handle, name, &number) == 1 &&
	    (size_t)BN_num_bytes(number) <= sizeof(bytes)) {
		wire_add_number(blob, bytes, (size_t)BN_bn2bin(number, bytes));
		is_added = true;
	}
	BN_free(number);
	return is_added;
}

static bool add_rsa(const EVP_PKEY *handle, struct str *blob)
{
	int bits = EVP_PKEY_get_bits(handle);

	wire_add(blob, TYPE_RSA->name, strlen(TYPE_RSA->name));
	return bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX &&
	       add_number(handle, OSSL_PKEY_PARAM_RSA_E, blob) &&
	       add_number(handle, OSSL_PKEY_PARAM_RSA_N, blob);
}

static const struct login_type *add_ecdsa(const EVP_PKEY *handle, struct str *blob)
{
	unsigned char point[160];
	char group[64] = "";
	size_t len = 0;

	if (EVP_PKEY_get_group_name(handle, group, sizeof(group), &len) != 1 ||
	    EVP_PKEY_get_octet_string_param(handle, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point),
					    &len) != 1) {
		return NULL;
	}
	for (size_t i = 0; i < TYPES; i++) {
		if (types[i].group && strcmp(types[i].group, group) == 0 &&
		    len == types[i].point_bytes) {
			wire_add(blob, types[i].name, strlen(types[i].name));
			wire_add(blob, types[i].curve, strlen(types[i].curve));
			wire_add(blob, point, len);
			return &types[i];
		}
	}
	return NULL;
}

struct login_key *login_key_from_handle(EVP_PKEY *handle, bool is_private)
{
	struct login_key *key = mem_alloc(sizeof(*key));

	key->handle = handle;
	key->is_private = is_private;
	if (EVP_PKEY_is_a(handle, "ED25519")) {
		key->type = add_ed25519(handle, &key->blob) ? TYPE_ED25519 : NULL;
	} else if (EVP_PKEY_is_a(handle, "RSA")) {
		key->type = add_rsa(handle, &key->blob) ? TYPE_RSA : NULL;
	} else if (EVP_PKEY_is_a(handle, "EC")) {
		key->type = add_ecdsa(handle, &key->blob);
	}
	if (!key->type) {
		login_key_free(key);
		return NULL;
	}
	return key;
}

struct text login_key_blob(const struct login_key *key)
{
	return str_view(&key->blob);
}

const char *login_key_type(const struct login_key *key)
{
	return key->type->name;
}

/* ---- signatures */

struct text plain_algorithm(struct text algorithm)
{
	size_t suffix = strlen(CERTIFICATE_SUFFIX);

	if (algorithm.len > suffix &&
	    memcmp(algorithm.at + algorithm.len - suffix, CERTIFICATE_SUFFIX, suffix) == 0) {
		algorithm.len -= suffix;
	}
	return algorithm;
}

/** How this key signs by that name; NULL: it does not. */
static const struct algorithm *algorithm_of(const struct login_key *key, struct text name)
{
	name = plain_algorithm(name);
	for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
		if (text_is(name, algorithms[i].name) &&
		    strcmp(algorithms[i].type, key->type->name) == 0) {
			return &algorithms[i];
		}
	}
	return NULL;
}

/** From OpenSSL's form to two numbers (RFC 5656, section 3.1.2). */
static bool add_ecdsa_signature(const unsigned char *der, size_t len, struct str *out)
{
	ECDSA_SIG *parts = d2i_ECDSA_SIG(NULL, &der, (long)len);
	const BIGNUM *numbers[2] = {NULL, NULL};
	unsigned char bytes[80];

	if (!parts) {
		return false;
	}
	ECDSA_SIG_get0(parts, &numbers[0], &numbers[1]);
	for (size_t i = 0; i < 2; i++) { /* of at most 66 bytes, on the largest curve */
		wire_add_number(out, bytes, (size_t)BN_bn2bin(numbers[i], bytes));
	}
	ECDSA_SIG_free(parts);
	return true;
}

int login_key_sign(const struct login_key *key, struct text algorithm, struct text message,
		   struct str *signature, struct err *err)
{
	const struct algorithm *how = algorithm_of(key, algorithm);
	unsigned char bytes[SIGNATURE_BYTES];
	size_t len = sizeof(bytes);
	EVP_MD_CTX *context = NULL;
	bool is_signed = false;

	if (!how || !key->is_private) {
		return err_set(err, ERR_INTERNAL, "a %s key does not sign as '%.*s'",
			       key->type->name, (int)(algorithm.len < 64 ? algorithm.len : 64),
			       algorithm.at ? algorithm.at : "");
	}
	context = EVP_MD_CTX_new();
	is_signed = context &&
		    EVP_DigestSignInit_ex(context, NULL, how->digest, NULL, NULL, key->handle,
					  NULL) == 1 &&
		    EVP_DigestSign(context, bytes, &len, (const unsigned char *)message.at,
				   message.len) == 1;
	EVP_MD_CTX_free(context);
	if (is_signed && key->type->curve) {
		is_signed = add_ecdsa_signature(bytes, len, signature);
	} else if (is_signed) {
		str_add_bytes(signature, bytes, len);
	}
	return is_signed ? 0 : err_set(err, ERR_INTERNAL, "OpenSSL does not sign as %s", how->name);
}

/** From two numbers to OpenSSL's form; false if they are none. */
static bool ecdsa_der(struct text signature, unsigned char *out, size_t *len)
{
	struct text r = {0};
	struct text s = {0};
	ECDSA_SIG *parts = ECDSA_SIG_new();
	BIGNUM *numbers[2] = {NULL, NULL};
	int written = -1;

	if (parts && wire_take_number(&signature, &r) && wire_take_number(&signature, &s) &&
	    signature.len == 0 && r.len <= 66 && s.len <= 66) {
		numbers[0] = BN_bin2bn((const unsigned char *)r.at, (int)r.len, NULL);
		numbers[1] = BN_bin2bn((const unsigned char *)s.at, (int)s.len, NULL);
		if (numbers[0] && numbers[1] && ECDSA_SIG_set0(parts, numbers[0], numbers[1])) {
			written = i2d_ECDSA_SIG(parts, &out); /* of at most 9 bytes more */
		} else {
			BN_free(numbers[0]);
			BN_free(numbers[1]);
		}
	}
	ECDSA_SIG_free(parts);
	*len = written > 0 ? (size_t)written : 0;
	return written > 0;
}

bool login_key_verifies(const struct login_key *key, struct text algorithm, struct text message,
			struct text signature)
{
	const struct algorithm *how = algorithm_of(key, algorithm);
	unsigned char der[160];
	const unsigned char *bytes = (const unsigned char *)signature.at;
	size_t len = signature.len;
	EVP_MD_CTX *context = NULL;
	bool verifies = false;

	if (!how) {
		return false;
	}
	if (key->type->curve) {
		if (!ecdsa_der(signature, der, &len)) {
			return false;
		}
		bytes = der;
	}
	context = EVP_MD_CTX_new();
	verifies = context &&
		   EVP_DigestVerifyInit_ex(context, NULL, how->digest, NULL, NULL, key->handle,
					   NULL) == 1 &&
		   EVP_DigestVerify(context, bytes, len, (const unsigned char *)message.at,
				    message.len) == 1;
	EVP_MD_CTX_free(context);
	return verifies;
}

bool login_key_is_whole(const struct login_key *key)
{
	struct text algorithm = text_of(key->type == TYPE_RSA ? "rsa-sha2-256" : key->type->name);
	struct text message = text_of("do the halves belong together?");
	AUTO(auto_str) struct str signature = {0};
	AUTO(auto_login_key) struct login_key *public = NULL;
	struct err ignored = {0};

	return login_key_from_blob(str_view(&key->blob), &public, &ignored) == 0 &&
	       login_key_sign(key, algorithm, message, &signature, &ignored) == 0 &&
	       login_key_verifies(public, algorithm, message, str_view(&signature));
}
