#include "cli/pin_file.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "base/file.h"
#include "crypto/login_key.h"

static int read_line(struct text line, const char *path, struct str *out, struct err *err)
{
	AUTO(auto_login_key) struct login_key *key = NULL;
	AUTO(auto_str) struct str blob = {0};
	struct text type = {0};
	struct text base64 = {0};
	struct err why = {0};

	if (!text_split(&line, ' ', &type) || !text_split(&line, ' ', &base64) ||
	    base64_decode(base64, &blob, &why) ||
	    login_key_from_blob(str_view(&blob), &key, &why) ||
	    !text_is(type, login_key_type(key))) {
		return err_set(err, ERR_INPUT,
			       "'%s' is not a public key, like /etc/ssh/ssh_host_ed25519_key.pub: "
			       "expected one line with a type and the key in base64%s%s",
			       path, why.code ? "; " : "", why.text);
	}
	str_add_text(out, str_view(&blob));
	return 0;
}

int pin_file_key(const char *path, struct str *out, struct err *err)
{
	AUTO(auto_str) struct str bytes = {0};
	struct text rest = {0};
	struct text line = {0};
	struct text found = {0};

	if (file_read(path, KEY_FILE_BYTES, &bytes, err)) {
		return -1;
	}
	if (strstr(str_text(&bytes), "PRIVATE KEY-----")) {
		return err_set(err, ERR_INPUT, "'%s' is a private key; its public half is meant",
			       path);
	}
	rest = str_view(&bytes);
	while (bytes.len > 0 && text_split(&rest, '\n', &line)) {
		line = text_trim(line);
		if (line.len == 0 || line.at[0] == '#') {
			continue;
		}
		if (found.len > 0) {
			return err_set(err, ERR_INPUT,
				       "'%s' has more than one line, and one key is pinned", path);
		}
		found = line;
	}
	return read_line(found, path, out, err);
}
