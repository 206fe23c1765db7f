#include "receipt/checkpoint.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/codec.h"

int origin_make(const char *repo, const struct public_key *key, char out[ORIGIN_BYTES],
		struct err *err)
{
	AUTO(auto_str) struct str origin = {0};
	unsigned char digest[SHA256_BYTES];

	sha256(key->bytes, sizeof(key->bytes), digest);
	str_printf(&origin, "gaterun/%s/", repo);
	hex_encode(&origin, digest, 8);
	if (repo[0] == '\0' || !note_is_name(str_view(&origin))) {
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

void checkpoint_body(const struct checkpoint *head, struct str *out)
{
	str_printf(out, "%s\n%llu\n", head->origin, (unsigned long long)head->size);
	base64_encode(out, head->root.bytes, sizeof(head->root.bytes));
	str_add_char(out, '\n');
}

int checkpoint_write(const struct checkpoint *head, const struct signing_key *key, struct str *out,
		     struct err *err)
{
	AUTO(auto_str) struct str text = {0};
	unsigned char bytes[NOTE_KEY_ID_BYTES + ED25519_SIGNATURE_BYTES];

	checkpoint_body(head, &text);
	note_key_id(head->origin, NOTE_ED25519, &key->public, bytes);
	if (signing_key_sign(key, str_view(&text), bytes + NOTE_KEY_ID_BYTES, err)) {
		return err_wrap(err, "sign");
	}
	str_add_text(out, str_view(&text));
	str_add_char(out, '\n');
	note_write_line(head->origin, (struct text){(const char *)bytes, sizeof(bytes)}, out);
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

/** A signature line, if it is by `name`: it must be of its key, and verify over `text`. */
static int verify_line(struct text line, struct text text, const char *name,
		       const struct public_key *key, size_t *ours, struct err *err)
{
	struct note_signature signature = {0};
	unsigned char id[NOTE_KEY_ID_BYTES];
	const unsigned char *bytes = NULL;
	int failed = note_read_line(line, &signature, err);

	bytes = (const unsigned char *)signature.bytes.at;
	note_key_id(name, NOTE_ED25519, key, id);
	if (!failed && text_is(signature.name, name)) {
		(*ours)++;
		if (signature.bytes.len != NOTE_KEY_ID_BYTES + ED25519_SIGNATURE_BYTES ||
		    memcmp(bytes, id, NOTE_KEY_ID_BYTES) != 0) {
			failed = err_set(err, ERR_INPUT, "the signature is not by the log's key");
		} else if (!public_key_verifies(key, text, bytes + NOTE_KEY_ID_BYTES)) {
			failed = err_set(err, ERR_INPUT, "the signature does not verify");
		}
	}
	str_release(&signature.bytes);
	return failed;
}

/** Find the one signature by `name` among the lines and verify it over `text`. */
static int verify_lines(struct text lines, struct text text, const char *name,
			const struct public_key *key, struct err *err)
{
	struct text line = {0};
	size_t count = 0;
	size_t ours = 0;

	while (lines.len > 0 && text_split(&lines, '\n', &line)) {
		if (++count > NOTE_SIGNATURES_MAX) {
			return err_set(err, ERR_LIMIT, "more than %d signatures",
				       NOTE_SIGNATURES_MAX);
		}
		if (verify_line(line, text, name, key, &ours, err)) {
			return -1;
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
	struct text text = {0};
	struct text lines = {0};

	if (note_split(note, &text, &lines, err)) {
		return -1;
	}
	if (read_text(text, origin, &head, err) || verify_lines(lines, text, origin, key, err)) {
		return -1;
	}
	*out = head;
	return 0;
}

void vkey_write(const char *name, const struct public_key *key, struct str *out)
{
	note_write_vkey(name, NOTE_ED25519, key, out);
}

int vkey_read(struct text vkey, char name[ORIGIN_BYTES], struct public_key *key, struct err *err)
{
	return note_read_vkey(vkey, NOTE_ED25519, name, key, err);
}
