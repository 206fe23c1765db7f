#include "crypto/login_certificate.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "base/file.h"
#include "crypto/wire.h"

/** The sort of a certificate that is for users (PROTOCOL.certkeys). */
#define FOR_USERS 1

static bool take_u64(struct text *rest, uint64_t *out)
{
	unsigned high = 0;
	unsigned low = 0;

	if (!wire_take_u32(rest, &high) || !wire_take_u32(rest, &low)) {
		return false;
	}
	*out = (uint64_t)high << 32 | low;
	return true;
}

/** Take what the wire form of the key has behind its type: the certificate repeats it. */
static bool take_key(struct text *rest, struct text key)
{
	struct text type = {0};

	if (!wire_take(&key, &type) || rest->len < key.len ||
	    memcmp(rest->at, key.at, key.len) != 0) {
		return false;
	}
	rest->at += key.len;
	rest->len -= key.len;
	return true;
}

static int64_t seconds(uint64_t time)
{
	return time > INT64_MAX ? INT64_MAX : (int64_t)time;
}

int login_certificate_read(struct text blob, const struct login_key *key,
			   struct login_certificate *out, struct err *err)
{
	AUTO(auto_str) struct str wanted = {0};
	struct text rest = blob;
	struct text type = {0};
	struct text part = {0};
	uint64_t serial = 0;
	uint64_t after = 0;
	uint64_t before = 0;
	unsigned sort = 0;

	str_printf(&wanted, "%s" CERTIFICATE_SUFFIX, login_key_type(key));
	if (!wire_take(&rest, &type) || !text_is(type, str_text(&wanted)) ||
	    !wire_take(&rest, &part) || !take_key(&rest, login_key_blob(key))) {
		return err_set(err, ERR_INPUT, "it is no certificate of this key");
	}
	if (!take_u64(&rest, &serial) || !wire_take_u32(&rest, &sort) || !wire_take(&rest, &part)) {
		return err_set(err, ERR_INPUT, "it is damaged");
	}
	/* Behind the key's id come the names it is for, then the time. */
	if (!wire_take(&rest, &type) || !take_u64(&rest, &after) || !take_u64(&rest, &before)) {
		return err_set(err, ERR_INPUT, "it is damaged");
	}
	if (sort != FOR_USERS) {
		return err_set(err, ERR_INPUT, "it is no certificate for users");
	}
	str_add_text(&out->blob, blob);
	out->valid_after_utc = seconds(after);
	out->valid_before_utc = seconds(before);
	return 0;
}

int login_certificate_load(const char *path, const struct login_key *key,
			   struct login_certificate *out, struct err *err)
{
	AUTO(auto_str) struct str line = {0};
	AUTO(auto_str) struct str blob = {.max = KEY_FILE_BYTES};
	struct text rest = {0};
	struct text type = {0};
	struct text base64 = {0};

	if (file_read(path, KEY_FILE_BYTES, &line, err)) {
		return -1;
	}
	rest = str_view(&line);
	if (!text_split(&rest, ' ', &type) || !text_split(&rest, ' ', &base64) ||
	    base64_decode(text_trim(base64), &blob, err)) {
		return err_set(err, ERR_INPUT, "it is no certificate");
	}
	return login_certificate_read(str_view(&blob), key, out, err);
}

void login_certificate_release(struct login_certificate *certificate)
{
	str_release(&certificate->blob);
	*certificate = (struct login_certificate){0};
}
