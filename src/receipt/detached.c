#include "receipt/detached.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/codec.h"

/** The number of the key (public_key_number), which the keyid of an envelope tells. */
static void add_number(const struct envelope *envelope, struct str *out)
{
	AUTO(auto_str) struct str padded = {0};
	AUTO(auto_str) struct str digest = {0};
	struct err impossible = {0};

	str_printf(&padded, "%s=", envelope->keyid + strlen("SHA256:"));
	if (base64_decode(str_view(&padded), &digest, &impossible) == 0) {
		str_add_bytes(out, digest.at, KEY_NUMBER_BYTES);
	}
}

/** "Ed" (the signature is over the file itself), the number, the signature. */
static void add_signature(const struct envelope *envelope, struct str *out)
{
	AUTO(auto_str) struct str bytes = {0};

	str_add(&bytes, "Ed");
	add_number(envelope, &bytes);
	str_add_bytes(&bytes, (const char *)envelope->signature, sizeof(envelope->signature));
	base64_encode(out, bytes.at, bytes.len);
	str_add_char(out, '\n');
}

void detached_write_signify(const struct envelope *envelope, struct str *out)
{
	str_printf(out, "untrusted comment: by %s\n", envelope->keyid);
	add_signature(envelope, out);
}

int detached_write_minisign(const struct envelope *envelope, const char *comment,
			    const struct signing_key *key, struct str *out, struct err *err)
{
	AUTO(auto_str) struct str both = {0};
	unsigned char second[ED25519_SIGNATURE_BYTES];

	if (!envelope_is_by(envelope, &key->public)) {
		return err_set(err, ERR_INPUT, "the receipt is not by your key");
	}
	str_add_bytes(&both, (const char *)envelope->signature, sizeof(envelope->signature));
	str_add(&both, comment);
	if (signing_key_sign(key, str_view(&both), second, err)) {
		return err_wrap(err, "sign");
	}
	detached_write_signify(envelope, out);
	str_printf(out, "trusted comment: %s\n", comment);
	base64_encode(out, second, sizeof(second));
	str_add_char(out, '\n');
	return 0;
}
