#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "base/file.h"
#include "crypto/key_file.h"
#include "crypto/key_private.h"
#include "crypto/login_key_private.h"
#include "crypto/provider.h"

/** A key in hardware that asks a human each time. */
#define WANTS_TOUCH \
	"is of a type that wants to be touched by a human: use another (ssh-keygen -t ed25519)"

/* ---- the unencrypted section of an OpenSSH file (PROTOCOL.key) */

/** The numbers of an RSA key, in the order of the file, then those that OpenSSL wants besides. */
enum rsa_number {
	RSA_N,
	RSA_E,
	RSA_D,
	RSA_INVERSE,
	RSA_P,
	RSA_Q,
	RSA_IN_FILE,
	RSA_D_P = RSA_IN_FILE, /**< d mod p - 1 */
	RSA_D_Q,
	RSA_NUMBERS,
};

static const char *const rsa_names[RSA_NUMBERS] = {
	[RSA_N] = OSSL_PKEY_PARAM_RSA_N,           [RSA_E] = OSSL_PKEY_PARAM_RSA_E,
	[RSA_D] = OSSL_PKEY_PARAM_RSA_D,           [RSA_INVERSE] = OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
	[RSA_P] = OSSL_PKEY_PARAM_RSA_FACTOR1,     [RSA_Q] = OSSL_PKEY_PARAM_RSA_FACTOR2,
	[RSA_D_P] = OSSL_PKEY_PARAM_RSA_EXPONENT1, [RSA_D_Q] = OSSL_PKEY_PARAM_RSA_EXPONENT2,
};

/** d mod `prime` - 1, in secret memory; NULL if there is none. */
static BIGNUM *reduce_exponent(const BIGNUM *d, const BIGNUM *prime)
{
	BN_CTX *context = BN_CTX_secure_new();
	BIGNUM *less = BN_dup(prime);
	BIGNUM *out = BN_secure_new();
	bool is_done = context && less && out && BN_sub_word(less, 1) == 1;

	if (is_done) {
		BN_set_flags(less, BN_FLG_CONSTTIME);
		is_done = BN_mod(out, d, less, context) == 1;
	}
	BN_clear_free(less);
	BN_CTX_free(context);
	if (!is_done) {
		BN_clear_free(out);
		return NULL;
	}
	return out;
}

static bool take_rsa_numbers(struct text *rest, BIGNUM *numbers[RSA_NUMBERS])
{
	for (size_t i = 0; i < RSA_IN_FILE; i++) {
		struct text bytes = {0};

		if (!wire_take_number(rest, &bytes) || bytes.len > RSA_BITS_MAX / 8) {
			return false;
		}
		numbers[i] =
			BN_bin2bn((const unsigned char *)bytes.at, (int)bytes.len, BN_secure_new());
		if (!numbers[i]) {
			return false;
		}
	}
	numbers[RSA_D_P] = reduce_exponent(numbers[RSA_D], numbers[RSA_P]);
	numbers[RSA_D_Q] = reduce_exponent(numbers[RSA_D], numbers[RSA_Q]);
	return numbers[RSA_D_P] && numbers[RSA_D_Q];
}

static EVP_PKEY *take_rsa(struct text *rest)
{
	BIGNUM *numbers[RSA_NUMBERS] = {NULL};
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	bool is_whole = build && take_rsa_numbers(rest, numbers);
	EVP_PKEY *handle = NULL;

	for (size_t i = 0; is_whole && i < RSA_NUMBERS; i++) {
		is_whole = OSSL_PARAM_BLD_push_BN(build, rsa_names[i], numbers[i]) == 1;
	}
	if (is_whole) {
		handle = login_handle("RSA", build, EVP_PKEY_KEYPAIR);
	}
	OSSL_PARAM_BLD_free(build);
	for (size_t i = 0; i < RSA_NUMBERS; i++) {
		BN_clear_free(numbers[i]);
	}
	return handle;
}

static EVP_PKEY *take_ecdsa(struct text *rest)
{
	struct text curve = {0};
	struct text point = {0};
	struct text secret = {0};
	const struct login_type *type = NULL;
	OSSL_PARAM_BLD *build = NULL;
	BIGNUM *number = NULL;
	EVP_PKEY *handle = NULL;

	if (!wire_take(rest, &curve) || !wire_take(rest, &point) ||
	    !wire_take_number(rest, &secret)) {
		return NULL;
	}
	type = login_type_of_curve(curve);
	if (!type || point.len != type->point_bytes || secret.len > type->point_bytes / 2) {
		return NULL;
	}
	build = OSSL_PARAM_BLD_new();
	number = BN_bin2bn((const unsigned char *)secret.at, (int)secret.len, BN_secure_new());
	if (build && number &&
	    OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, type->group, 0) &&
	    OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point.at, point.len) &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, number)) {
		handle = login_handle("EC", build, EVP_PKEY_KEYPAIR);
	}
	BN_clear_free(number);
	OSSL_PARAM_BLD_free(build);
	return handle;
}

/** What the section holds; NULL if it is damaged. */
static struct login_key *read_section(const struct key_container *file)
{
	struct text rest = file->private;
	struct text type = {0};
	struct text comment = {0};
	unsigned check[2] = {0};
	EVP_PKEY *handle = NULL;
	struct login_key *key = NULL;

	if (!wire_take_u32(&rest, &check[0]) || !wire_take_u32(&rest, &check[1]) ||
	    check[0] != check[1] || !wire_take(&rest, &type) || !text_equal(type, file->type)) {
		return NULL;
	}
	handle = text_is(type, "ssh-rsa") ? take_rsa(&rest) : take_ecdsa(&rest);
	key = handle ? login_key_from_handle(handle, true) : NULL;
	if (key && (!wire_take(&rest, &comment) || !key_is_padding(rest) ||
		    !text_equal(str_view(&key->blob), file->public))) {
		login_key_free(key);
		return NULL;
	}
	return key;
}

static struct login_key *parse_openssh(struct text body)
{
	AUTO(auto_secret) struct str bytes = secret_room(KEY_FILE_BYTES + 1);
	struct key_container file = {0};

	if (key_decode_armor(body, &bytes) || !key_container_read(str_view(&bytes), &file)) {
		return NULL;
	}
	return read_section(&file);
}

/* ---- PEM files */

static struct login_key *parse_pem(struct text body, int type)
{
	AUTO(auto_secret) struct str bytes = secret_room(KEY_FILE_BYTES + 1);
	const unsigned char *at = NULL;
	EVP_PKEY *handle = NULL;

	if (key_decode_armor(body, &bytes)) {
		return NULL;
	}
	at = (const unsigned char *)str_text(&bytes);
	if (type != EVP_PKEY_NONE) {
		handle = d2i_PrivateKey(type, NULL, &at, (long)bytes.len);
	} else {
		PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)bytes.len);

		handle = info ? EVP_PKCS82PKEY(info) : NULL;
		PKCS8_PRIV_KEY_INFO_free(info);
	}
	return handle ? login_key_from_handle(handle, true) : NULL;
}

/** A key that is not Ed25519; NULL if it is of no type of ours, or damaged. */
static struct login_key *parse_other(struct text bytes)
{
	static const struct {
		const char *label;
		int type;
	} forms[] = {
		{"RSA PRIVATE KEY", EVP_PKEY_RSA},
		{"EC PRIVATE KEY", EVP_PKEY_EC},
		{"PRIVATE KEY", EVP_PKEY_NONE},
	};
	struct login_key *key = NULL;
	struct text body = {0};

	provider_start();
	if (key_find_armor(bytes, "OPENSSH PRIVATE KEY", &body)) {
		key = parse_openssh(body);
	}
	for (size_t i = 0; !key && i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (key_find_armor(bytes, forms[i].label, &body)) {
			key = parse_pem(body, forms[i].type);
		}
	}
	if (key && !login_key_is_whole(key)) {
		login_key_free(key);
		return NULL;
	}
	return key;
}

/* ---- public halves */

/** The first line of a .pub file: type, key, comment. */
static int parse_public(struct text bytes, struct login_key **out, struct err *err)
{
	AUTO(auto_str) struct str blob = {.max = KEY_FILE_BYTES};
	struct text line = {0};
	struct text type = {0};
	struct text base64 = {0};

	if (!text_split(&bytes, '\n', &line) || !text_split(&line, ' ', &type) ||
	    !text_split(&line, ' ', &base64)) {
		return err_set(err, ERR_INPUT, "not a public key line");
	}
	if (base64_decode(text_trim(base64), &blob, err)) {
		return err_wrap(err, "public key");
	}
	return login_key_from_blob(str_view(&blob), out, err);
}

static bool is_public(struct text bytes)
{
	return text_starts(bytes, "ssh-") || text_starts(bytes, "ecdsa-") ||
	       text_starts(bytes, "sk-");
}

static enum key_state load_public(struct text bytes, const char *path, struct login_key **out,
				  struct err *err)
{
	struct err why = {0};

	if (text_starts(bytes, "sk-")) {
		return key_refuse(KEY_UNSUPPORTED, err, path, WANTS_TOUCH);
	}
	if (parse_public(bytes, out, &why)) {
		err_fill(err, ERR_INPUT, "key '%s' is damaged: %s", path, why.text);
		return KEY_UNREADABLE;
	}
	err_fill(err, ERR_INPUT, "key '%s' is a public key", path);
	return KEY_PUBLIC;
}

/** The public half of a key whose private one is locked; NULL if nothing says it. */
static struct login_key *public_of_locked(struct text bytes, const char *path)
{
	AUTO(auto_str) struct str beside = {0};
	AUTO(auto_str) struct str line = {0};
	AUTO(auto_str) struct str blob = {0};
	struct login_key *key = NULL;
	struct key_container file = {0};
	struct text body = {0};
	struct err ignored = {0};

	if (key_find_armor(bytes, "OPENSSH PRIVATE KEY", &body) &&
	    key_decode_armor(body, &blob) == 0 && key_container_read(str_view(&blob), &file) &&
	    login_key_from_blob(file.public, &key, &ignored) == 0) {
		return key;
	}
	str_printf(&beside, "%s.pub", path);
	if (file_read(str_text(&beside), KEY_FILE_BYTES, &line, &ignored) == 0 &&
	    parse_public(str_view(&line), &key, &ignored) == 0) {
		return key;
	}
	return NULL;
}

/** `why` says which type it is; "sk-" types live in hardware. */
static enum key_state refuse_type(struct err *why, const char *path)
{
	if (strstr(why->text, "'sk-")) {
		return key_refuse(KEY_UNSUPPORTED, why, path, WANTS_TOUCH);
	}
	return key_refuse(
		KEY_UNSUPPORTED, why, path,
		"is damaged, or of a type that cannot be used: expected Ed25519 "
		"(ssh-keygen -t ed25519), ECDSA on a NIST curve, or RSA of 1024 bits and more");
}

enum key_state login_key_parse(struct text bytes, const char *path, struct login_key **out,
			       struct err *err)
{
	AUTO(auto_key) struct key *own = NULL;
	struct err why = {0};
	enum key_state state = KEY_USABLE;

	if (is_public(bytes)) {
		return load_public(bytes, path, out, err);
	}
	state = key_parse(bytes, path, &own, &why);
	if (state == KEY_USABLE) {
		*out = login_key_from_key(own);
	} else if (state == KEY_LOCKED) {
		*out = public_of_locked(bytes, path);
	} else if (state == KEY_UNSUPPORTED) {
		*out = parse_other(bytes);
		state = *out ? KEY_USABLE : refuse_type(&why, path);
	}
	if (state != KEY_USABLE) {
		*err = why;
	}
	return state;
}

enum key_state login_key_load(const char *path, struct login_key **out, struct err *err)
{
	AUTO(auto_secret) struct str bytes = secret_room(KEY_FILE_BYTES + 2);
	AUTO(auto_login_key) struct login_key *key = NULL;
	struct err why = {0};
	mode_t mode = 0;
	enum key_state state = key_file_read(path, &bytes, &mode, err);

	if (state != KEY_USABLE) {
		return state;
	}
	state = login_key_parse(str_view(&bytes), path, &key, &why);
	if (!is_public(str_view(&bytes)) && state != KEY_UNREADABLE &&
	    key_file_is_exposed(path, mode, err)) {
		return KEY_EXPOSED;
	}
	if (state != KEY_USABLE) {
		*err = why;
	}
	*out = key;
	key = NULL;
	return state;
}
