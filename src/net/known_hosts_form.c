#include "net/known_hosts_form.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "crypto/digest.h"
#include "net/known_hosts.h"

/** What stands before a hashed name: HMAC-SHA1 is the only scheme there is. */
#define HASH_MAGIC "|1|"

bool hashed_name_split(struct text names, struct str *salt, struct str *hash)
{
	struct text rest = names;
	struct text part = {0};
	struct err ignored = {0};

	if (!text_starts(names, HASH_MAGIC)) {
		return false;
	}
	rest.at += strlen(HASH_MAGIC);
	rest.len -= strlen(HASH_MAGIC);
	return text_split(&rest, '|', &part) && rest.at && !base64_decode(part, salt, &ignored) &&
	       !base64_decode(rest, hash, &ignored) && salt->len == SHA1_BYTES &&
	       hash->len == SHA1_BYTES;
}

bool ssh_string_split(struct text *rest, struct text *string)
{
	const unsigned char *at = (const unsigned char *)rest->at;
	size_t len = 0;

	if (rest->len < 4) {
		return false;
	}
	len = (size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3];
	if (len > rest->len - 4) {
		return false;
	}
	*string = (struct text){rest->at + 4, len};
	rest->at += 4 + len;
	rest->len -= 4 + len;
	return true;
}

void host_key_describe(struct text blob, struct text *type, char fingerprint[FINGERPRINT_BYTES])
{
	unsigned char digest[SHA256_BYTES];
	AUTO(auto_str) struct str base64 = {0};
	struct text rest = blob;

	if (!ssh_string_split(&rest, type)) {
		*type = (struct text){0};
	}
	sha256(blob.at, blob.len, digest);
	base64_encode(&base64, digest, sizeof(digest));
	(void)snprintf(fingerprint, FINGERPRINT_BYTES, "SHA256:%.*s", (int)strcspn(base64.at, "="),
		       base64.at);
}
