#include "receipt/bundle.h"

#include "base/cleanup.h"
#include "base/codec.h"
#include "data/json.h"

#define MEDIA_TYPE "application/vnd.dev.sigstore.bundle.v0.3+json"

static void put_base64(struct json *map, const char *key, const void *bytes, size_t len)
{
	AUTO(auto_str) struct str text = {0};

	base64_encode(&text, bytes, len);
	json_put_text(map, key, str_text(&text));
}

static struct json *envelope_json(const struct envelope *envelope)
{
	struct json *signature = json_map();
	struct json *signatures = json_list();
	struct json *map = json_map();

	json_put_text(signature, "keyid", envelope->keyid);
	put_base64(signature, "sig", envelope->signature, sizeof(envelope->signature));
	json_add(signatures, signature);
	put_base64(map, "payload", envelope->payload.at, envelope->payload.len);
	json_put_text(map, "payloadType", envelope->type);
	json_put(map, "signatures", signatures);
	return map;
}

/** Which key, and the places of what does not exist, which readers want to see all the same. */
static struct json *material_json(const struct envelope *envelope)
{
	struct json *key = json_map();
	struct json *timestamps = json_map();
	struct json *map = json_map();

	json_put_text(key, "hint", envelope->keyid);
	json_put(timestamps, "rfc3161Timestamps", json_list());
	json_put(map, "publicKey", key);
	json_put(map, "timestampVerificationData", timestamps);
	json_put(map, "tlogEntries", json_list());
	return map;
}

void bundle_write(const struct envelope *envelope, struct str *out)
{
	AUTO(auto_json) struct json *bundle = json_map();

	json_put_text(bundle, "mediaType", MEDIA_TYPE);
	json_put(bundle, "verificationMaterial", material_json(envelope));
	json_put(bundle, "dsseEnvelope", envelope_json(envelope));
	json_write(bundle, JSON_CANONICAL, out);
	str_add_char(out, '\n');
}
