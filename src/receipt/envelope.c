#include "receipt/envelope.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "receipt/form.h"

/** What a keyid starts with; 43 digits of base64 follow. */
#define KEYID_HEAD "SHA256:"

void envelope_release(struct envelope *envelope)
{
	str_release(&envelope->payload);
}

void envelope_pae(const char *type, struct text payload, struct str *out)
{
	str_printf(out, "DSSEv1 %zu %s %zu ", strlen(type), type, payload.len);
	str_add_text(out, payload);
}

int envelope_write(struct text payload, const struct signing_key *key, struct str *out,
		   struct err *err)
{
	AUTO(auto_json) struct json *envelope = NULL;
	AUTO(auto_str) struct str pae = {0};
	AUTO(auto_str) struct str base64 = {0};
	AUTO(auto_str) struct str signature_base64 = {0};
	struct json *signature = NULL;
	struct json *signatures = NULL;
	unsigned char bytes[ED25519_SIGNATURE_BYTES];
	char keyid[FINGERPRINT_BYTES];

	envelope_pae(IN_TOTO_TYPE, payload, &pae);
	if (signing_key_sign(key, str_view(&pae), bytes, err)) {
		return err_wrap(err, "sign");
	}
	envelope = json_map();
	signature = json_map();
	signatures = json_list();
	public_key_fingerprint(&key->public, keyid);
	base64_encode(&base64, payload.at, payload.len);
	base64_encode(&signature_base64, bytes, sizeof(bytes));
	json_put_text(signature, "keyid", keyid);
	json_put_text(signature, "sig", str_text(&signature_base64));
	json_add(signatures, signature);
	json_put_text(envelope, "payload", str_text(&base64));
	json_put_text(envelope, "payloadType", IN_TOTO_TYPE);
	json_put(envelope, "signatures", signatures);
	json_write(envelope, JSON_CANONICAL, out);
	str_add_char(out, '\n');
	return 0;
}

/** The text of a member; the map must have exactly `count` members. */
static int take_text(const struct node *map, const char *key, size_t count, struct text *out,
		     struct err *err)
{
	const struct node *value = node_get(map, key);

	if (!value || value->kind != NODE_SCALAR || !value->is_quoted || map->count != count) {
		return err_set(err, ERR_INPUT, "the envelope's '%s' is missing or no text%s", key,
			       value && map->count > count ? ", or has unknown keys beside it"
							   : "");
	}
	*out = value->text;
	return 0;
}

static int read_keyid(struct text text, char out[FINGERPRINT_BYTES], struct err *err)
{
	AUTO(auto_str) struct str padded = {0};
	AUTO(auto_str) struct str digest = {0};
	struct err why = {0};

	if (text.len != FINGERPRINT_BYTES - 1 || !text_starts(text, KEYID_HEAD)) {
		return err_set(err, ERR_INPUT, "the keyid is not an SSH fingerprint 'SHA256:...'");
	}
	str_add_bytes(&padded, text.at + strlen(KEYID_HEAD), text.len - strlen(KEYID_HEAD));
	str_add_char(&padded, '=');
	if (base64_decode(str_view(&padded), &digest, &why)) {
		return err_set(err, ERR_INPUT, "the keyid is not an SSH fingerprint: %s", why.text);
	}
	memcpy(out, text.at, text.len);
	out[text.len] = '\0';
	return 0;
}

static int read_signature(const struct node *list, struct envelope *out, struct err *err)
{
	AUTO(auto_str) struct str bytes = {0};
	struct text keyid = {0};
	struct text sig = {0};

	if (!list || list->kind != NODE_LIST || list->count != 1 || list->first->kind != NODE_MAP) {
		return err_set(err, ERR_INPUT, "expected exactly one signature");
	}
	if (take_text(list->first, "keyid", 2, &keyid, err) ||
	    take_text(list->first, "sig", 2, &sig, err) || read_keyid(keyid, out->keyid, err)) {
		return -1;
	}
	if (base64_decode(sig, &bytes, err)) {
		return err_wrap(err, "signature");
	}
	if (bytes.len != ED25519_SIGNATURE_BYTES) {
		return err_set(err, ERR_INPUT, "the signature has %zu bytes, expected %d",
			       bytes.len, ED25519_SIGNATURE_BYTES);
	}
	memcpy(out->signature, bytes.at, sizeof(out->signature));
	return 0;
}

static int read_members(const struct node *root, struct envelope *out, struct err *err)
{
	struct text payload = {0};
	struct text type = {0};

	if (root->kind != NODE_MAP) {
		return err_set(err, ERR_INPUT, "not an envelope: a map was expected");
	}
	if (take_text(root, "payload", 3, &payload, err) ||
	    take_text(root, "payloadType", 3, &type, err) ||
	    read_signature(node_get(root, "signatures"), out, err)) {
		return -1;
	}
	if (type.len == 0 || type.len >= sizeof(out->type)) {
		return err_set(err, ERR_INPUT, "the payload type is empty or too long");
	}
	memcpy(out->type, type.at, type.len);
	out->type[type.len] = '\0';
	if (base64_decode(payload, &out->payload, err)) {
		return err_wrap(err, "payload");
	}
	return 0;
}

int envelope_read(struct text bytes, struct envelope *out, struct err *err)
{
	AUTO(auto_envelope) struct envelope envelope = {0};
	struct arena arena = {0};
	const struct node *root = NULL;
	int failed = 0;

	if (bytes.len > ENVELOPE_BYTES) {
		return err_set(err, ERR_LIMIT, "the envelope is larger than %zu bytes",
			       ENVELOPE_BYTES);
	}
	failed = form_parse(&arena, "the envelope", bytes, &root, err) ||
		 read_members(root, &envelope, err);
	arena_release(&arena);
	if (failed) {
		return -1;
	}
	*out = envelope;
	envelope.payload = (struct str){0};
	return 0;
}

bool envelope_is_by(const struct envelope *envelope, const struct public_key *key)
{
	AUTO(auto_str) struct str pae = {0};

	envelope_pae(envelope->type, str_view(&envelope->payload), &pae);
	return public_key_verifies(key, str_view(&pae), envelope->signature);
}

int envelope_verify(const struct envelope *envelope, const struct public_key *key, struct err *err)
{
	char fingerprint[FINGERPRINT_BYTES];

	if (!envelope_is_by(envelope, key)) {
		return err_set(err, ERR_INPUT, "the signature does not verify");
	}
	public_key_fingerprint(key, fingerprint);
	if (strcmp(fingerprint, envelope->keyid) != 0) {
		return err_set(err, ERR_INPUT, "the keyid is not that of the key that signed");
	}
	return 0;
}

static bool holds(struct text bytes, const char *word)
{
	return bytes.len > 0 && memmem(bytes.at, bytes.len, word, strlen(word));
}

bool envelope_is_damaged(struct text bytes)
{
	if (bytes.len > 0 && bytes.at[bytes.len - 1] == '\n') {
		bytes.len--;
	}
	return bytes.len > 0 && (bytes.at[0] == '{' || bytes.at[bytes.len - 1] == '}') &&
	       (holds(bytes, "\"payload\"") || holds(bytes, "\"payloadType\"") ||
		holds(bytes, "\"signatures\""));
}
