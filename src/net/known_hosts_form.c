#include "net/known_hosts_form.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "crypto/digest.h"
#include "crypto/wire.h"
#include "net/known_hosts.h"

/** What stands before a hashed name: HMAC-SHA1 is the only scheme there is. */
#define HASH_MAGIC "|1|"

char known_host_lower(char one)
{
	if (one >= 'A' && one <= 'Z') {
		return (char)(one - 'A' + 'a');
	}
	return one;
}

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

void host_key_describe(struct text blob, struct text *type, char fingerprint[FINGERPRINT_BYTES])
{
	unsigned char digest[SHA256_BYTES];
	AUTO(auto_str) struct str base64 = {0};
	struct text rest = blob;

	if (!wire_take(&rest, type)) {
		*type = (struct text){0};
	}
	sha256(blob.at, blob.len, digest);
	base64_encode(&base64, digest, sizeof(digest));
	(void)snprintf(fingerprint, FINGERPRINT_BYTES, "SHA256:%.*s", (int)strcspn(base64.at, "="),
		       base64.at);
}
