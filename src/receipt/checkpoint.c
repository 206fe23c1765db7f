#include "receipt/checkpoint.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/codec.h"

/** Signature type in key ids and verifier keys (C2SP signed-note). */
#define TYPE_ED25519 0x01

/** Bytes of a key id. */
#define KEY_ID_BYTES 4

/** What a signature line starts with: an em dash and a space. */
#define SIGNATURE_MARK "\xe2\x80\x94 "

/** Most signature lines of one note. */
#define SIGNATURES_MAX 16

/** A name in a signed note: not empty, printable UTF-8, no space and no plus. */
static bool is_name(struct text name)
{
	AUTO(auto_str) struct str shown = {0};

	if (name.len == 0 || name.len >= ORIGIN_BYTES || memchr(name.at, ' ', name.len) ||
	    memchr(name.at, '+', name.len)) {
		return false;
	}
	str_add_printable(&shown, name);
	return text_equal(name, str_view(&shown));
}

int origin_make(const char *repo, const struct public_key *key, char out[ORIGIN_BYTES],
		struct err *err)
{
	AUTO(auto_str) struct str origin = {0};
	unsigned char digest[SHA256_BYTES];

	sha256(key->bytes, sizeof(key->bytes), digest);
	str_printf(&origin, "gaterun/%s/", repo);
	hex_encode(&origin, digest, 8);
	if (repo[0] == '\0' || !is_name(str_view(&origin))) {
		return err_set(err, ERR_INPUT,
			       "the repo's identity '%.100s' cannot name a log: expected up to 200 "
			       "bytes without blanks, '+' and control characters",
			       repo);
	}
	memcpy(out, origin.at, origin.len + 1);
	return 0;
}

void origin_folder(const char *origin, char out[LOG_NAME_BYTES])
{
	char hex[SHA256_HEX_BYTES];

	sha256_hex(origin, strlen(origin), hex);
	memcpy(out, hex, LOG_NAME_BYTES - 1);
	out[LOG_NAME_BYTES - 1] = '\0';
}

/** SHA-256(name, newline, type, key)[:4]. */
static void key_id(const char *name, const struct public_key *key, unsigned char out[KEY_ID_BYTES])
{
	unsigned char digest[SHA256_BYTES];
	const unsigned char type[] = {'\n', TYPE_ED25519};
	struct sha256 *state = sha256_open();

	sha256_add(state, name, strlen(name));
	sha256_add(state, type, sizeof(type));
	sha256_add(state, key->bytes, sizeof(key->bytes));
	sha256_close(state, digest);
	memcpy(out, digest, KEY_ID_BYTES);
}

int checkpoint_write(const struct checkpoint *head, const struct signing_key *key, struct str *out,
		     struct err *err)
{
	AUTO(auto_str) struct str text = {0};
	unsigned char signature[KEY_ID_BYTES + ED25519_SIGNATURE_BYTES];

	str_printf(&text, "%s\n%llu\n", head->origin, (unsigned long long)head->size);
	base64_encode(&text, head->root.bytes, sizeof(head->root.bytes));
	str_add_char(&text, '\n');
	key_id(head->origin, &key->public, signature);
	if (signing_key_sign(key, str_view(&text), signature + KEY_ID_BYTES, err)) {
		return err_wrap(err, "sign");
	}
	str_add_text(out, str_view(&text));
	str_printf(out, "\n" SIGNATURE_MARK "%s ", head->origin);
	base64_encode(out, signature, sizeof(signature));
	str_add_char(out, '\n');
	return 0;
}

/** The three lines. */
static int read_text(struct text text, const char *origin, struct checkpoint *out, struct err *err)
{
	AUTO(auto_str) struct str root = {.max = SHA256_BYTES + 1};
	struct text rest = text;
	struct text line[3] = {{0}};
	struct text more = {0};
	int64_t size = 0;

	for (size_t i = 0; i < 3; i++) {
		if (!text_split(&rest, '\n', &line[i])) {
			return err_set(err, ERR_INPUT, "a checkpoint has three lines of text");
		}
	}
	if (text_split(&rest, '\n', &more) && (more.len > 0 || rest.at)) {
		return err_set(err, ERR_INPUT, "a checkpoint with extension lines is not ours");
	}
	if (!text_is(line[0], origin)) {
		return err_set(err, ERR_INPUT, "the checkpoint is of log '%.*s', expected '%s'",
			       (int)(line[0].len < ORIGIN_BYTES ? line[0].len : ORIGIN_BYTES),
			       line[0].at, origin);
	}
	if (parse_int(line[1], 0, TREE_SIZE_MAX, &size, err)) {
		return err_wrap(err, "size of the checkpoint");
	}
	if (base64_decode(line[2], &root, err)) {
		return err_wrap(err, "root of the checkpoint");
	}
	if (root.len != SHA256_BYTES) {
		return err_set(err, ERR_INPUT, "root of the checkpoint: expected 32 bytes");
	}
	memcpy(out->origin, origin, strlen(origin) + 1);
	out->size = (uint64_t)size;
	memcpy(out->root.bytes, root.at, SHA256_BYTES);
	return 0;
}

/** One "— name base64" line. */
static int read_signature(struct text line, struct text *name, struct str *bytes, struct err *err)
{
	struct text rest = line;

	if (!text_starts(line, SIGNATURE_MARK)) {
		return err_set(err, ERR_INPUT, "not a signature line");
	}
	rest.at += strlen(SIGNATURE_MARK);
	rest.len -= strlen(SIGNATURE_MARK);
	if (!text_split(&rest, ' ', name) || !is_name(*name) || !rest.at) {
		return err_set(err, ERR_INPUT, "a signature line without a name");
	}
	if (base64_decode(rest, bytes, err)) {
		return err_wrap(err, "signature line");
	}
	if (bytes->len <= KEY_ID_BYTES) {
		return err_set(err, ERR_INPUT, "a signature line without a signature");
	}
	return 0;
}

/** Find the one signature by `name` among the lines and verify it over `text`. */
static int verify_lines(struct text lines, struct text text, const char *name,
			const struct public_key *key, struct err *err)
{
	unsigned char id[KEY_ID_BYTES];
	struct text line = {0};
	size_t count = 0;
	size_t ours = 0;

	key_id(name, key, id);
	while (lines.len > 0 && text_split(&lines, '\n', &line)) {
		AUTO(auto_str) struct str bytes = {0};
		struct text by = {0};

		if (++count > SIGNATURES_MAX) {
			return err_set(err, ERR_LIMIT, "more than %d signatures", SIGNATURES_MAX);
		}
		if (read_signature(line, &by, &bytes, err)) {
			return -1;
		}
		if (!text_is(by, name)) {
			continue;
		}
		ours++;
		if (bytes.len != KEY_ID_BYTES + ED25519_SIGNATURE_BYTES ||
		    memcmp(bytes.at, id, KEY_ID_BYTES) != 0) {
			return err_set(err, ERR_INPUT, "the signature is not by the log's key");
		}
		if (!public_key_verifies(key, text,
					 (const unsigned char *)bytes.at + KEY_ID_BYTES)) {
			return err_set(err, ERR_INPUT, "the signature does not verify");
		}
	}
	if (ours != 1) {
		return err_set(err, ERR_INPUT, "expected one signature by the log's key, got %zu",
			       ours);
	}
	return 0;
}

int checkpoint_read(struct text note, const char *origin, const struct public_key *key,
		    struct checkpoint *out, struct err *err)
{
	struct checkpoint head = {0};
	const char *gap = NULL;
	struct text text = {0};
	struct text lines = {0};

	if (note.len == 0 || note.len > CHECKPOINT_BYTES || note.at[note.len - 1] != '\n') {
		return err_set(err, ERR_INPUT, "not a signed note: empty, too large or cut short");
	}
	gap = memmem(note.at, note.len, "\n\n", 2);
	if (!gap) {
		return err_set(err, ERR_INPUT, "not a signed note: no blank line");
	}
	text = (struct text){note.at, (size_t)(gap - note.at) + 1};
	lines = (struct text){gap + 2, note.len - text.len - 1};
	if (read_text(text, origin, &head, err) || verify_lines(lines, text, origin, key, err)) {
		return -1;
	}
	*out = head;
	return 0;
}

void vkey_write(const char *name, const struct public_key *key, struct str *out)
{
	unsigned char bytes[1 + ED25519_PUBLIC_BYTES] = {TYPE_ED25519};
	unsigned char id[KEY_ID_BYTES];

	memcpy(bytes + 1, key->bytes, sizeof(key->bytes));
	key_id(name, key, id);
	str_printf(out, "%s+", name);
	hex_encode(out, id, sizeof(id));
	str_add_char(out, '+');
	base64_encode(out, bytes, sizeof(bytes));
}

int vkey_read(struct text vkey, char name[ORIGIN_BYTES], struct public_key *key, struct err *err)
{
	AUTO(auto_str) struct str bytes = {0};
	struct public_key found = {0};
	unsigned char claimed[KEY_ID_BYTES];
	unsigned char id[KEY_ID_BYTES];
	char found_name[ORIGIN_BYTES];
	struct text rest = vkey;
	struct text part = {0};
	struct text hash = {0};

	if (!text_split(&rest, '+', &part) || !text_split(&rest, '+', &hash) || !rest.at ||
	    !is_name(part)) {
		return err_set(err, ERR_INPUT, "expected a verifier key 'name+hash+key'");
	}
	if (hex_decode(hash, claimed, sizeof(claimed), err) || base64_decode(rest, &bytes, err)) {
		return err_wrap(err, "verifier key");
	}
	if (bytes.len != 1 + ED25519_PUBLIC_BYTES || bytes.at[0] != TYPE_ED25519) {
		return err_set(err, ERR_INPUT, "the verifier key is not of type Ed25519");
	}
	memcpy(found_name, part.at, part.len);
	found_name[part.len] = '\0';
	memcpy(found.bytes, bytes.at + 1, sizeof(found.bytes));
	key_id(found_name, &found, id);
	if (memcmp(id, claimed, sizeof(id)) != 0) {
		return err_set(err, ERR_INPUT, "the verifier key's hash is not that of its parts");
	}
	memcpy(name, found_name, part.len + 1);
	*key = found;
	return 0;
}
