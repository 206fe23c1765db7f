#include "net/known_hosts.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "base/vec.h"
#include "crypto/wire.h"
#include "net/known_hosts_form.h"
#include "net/known_hosts_index.h"

/** One line on its way through the parser. */
struct line {
	struct arena *arena;
	struct problems *problems;
	struct text source; /**< the file, to quote from */
	struct text rest;   /**< what is not read yet */
	struct known_host host;
	const char *start;
};

struct host_list VEC(struct known_host);

static bool is_blank(char one)
{
	return one == ' ' || one == '\t';
}

/** Split off the next word; empty at the end of the line. */
static struct text next_word(struct line *line)
{
	struct text word = {0};

	while (line->rest.len > 0 && is_blank(line->rest.at[0])) {
		line->rest.at++;
		line->rest.len--;
	}
	word.at = line->rest.at;
	while (word.len < line->rest.len && !is_blank(word.at[word.len])) {
		word.len++;
	}
	line->rest.at += word.len;
	line->rest.len -= word.len;
	return word;
}

/** Note a problem at `part` of the line. @return false, so that a reader can return it */
static bool refuse(struct line *line, struct text part, const char *hint, const char *message)
{
	struct place where = line->host.where;

	where.column = (int)(part.at - line->start) + 1;
	problems_add(line->problems, PROBLEM_SYNTAX, where, line->source, hint,
		     "known_hosts: %s; only this line is left out", message);
	return false;
}

static bool is_graphic(struct text text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] <= ' ' || text.at[i] > '~') {
			return false;
		}
	}
	return true;
}

static bool read_names(struct line *line)
{
	struct text names = next_word(line);
	struct text rest = names;
	struct text name = {0};
	AUTO(auto_str) struct str salt = {0};
	AUTO(auto_str) struct str hash = {0};

	if (names.len == 0 || !is_graphic(names)) {
		return refuse(line, names, NULL, "the names are not printable ASCII");
	}
	if (names.at[0] == '|') {
		if (!hashed_name_split(names, &salt, &hash)) {
			return refuse(line, names, NULL, "a hashed name is |1|salt|hash in base64");
		}
		line->host.names = names;
		return true;
	}
	while (text_split(&rest, ',', &name)) {
		if (name.len == 0 || text_is(name, "!")) {
			return refuse(line, name, NULL, "there is an empty name in the list");
		}
	}
	line->host.names = names;
	return true;
}

/** Is it a wire form that begins with its own type and is made of whole strings? */
static bool is_key_of_type(struct text blob, struct text type)
{
	struct text string = {0};
	size_t count = 1;

	if (!wire_take(&blob, &string) || !text_equal(string, type)) {
		return false;
	}
	while (blob.len > 0) {
		if (!wire_take(&blob, &string)) {
			return false;
		}
		count++;
	}
	return count > 1;
}

static bool read_key(struct line *line)
{
	struct text type = next_word(line);
	struct text base64 = next_word(line);
	AUTO(auto_str) struct str blob = {0};
	struct err err = {0};

	if (type.len == 0 || base64.len == 0) {
		return refuse(
			line, type.len == 0 ? type : base64,
			"write a name and what /etc/ssh/ssh_host_ed25519_key.pub says on the machine",
			"a line is names, a key type and a key in base64");
	}
	if (!is_graphic(type)) {
		return refuse(line, type, NULL, "the key type is not printable ASCII");
	}
	if (base64_decode(base64, &blob, &err)) {
		return refuse(line, base64, NULL, "the key is not base64");
	}
	if (!is_key_of_type(str_view(&blob), type)) {
		return refuse(line, base64, NULL, "the key is cut short, or not of the type named");
	}
	line->host.type = type;
	line->host.blob = (struct text){arena_copy(line->arena, blob.at, blob.len), blob.len};
	return true;
}

static bool read_marker(struct line *line)
{
	static const struct {
		const char *word;
		enum known_host_marker marker;
	} markers[] = {
		{"@revoked", KNOWN_HOST_REVOKED},
		{"@cert-authority", KNOWN_HOST_AUTHORITY},
	};
	struct text word = {0};

	if (line->rest.at[0] != '@') {
		return true;
	}
	word = next_word(line);
	for (size_t i = 0; i < sizeof(markers) / sizeof(markers[0]); i++) {
		if (text_is(word, markers[i].word)) {
			line->host.marker = markers[i].marker;
			return true;
		}
	}
	return refuse(line, word, NULL, "a marker is @revoked or @cert-authority");
}

static bool read_line(struct line *line)
{
	struct text ignored = {0};
	char fingerprint[FINGERPRINT_BYTES] = "";

	if (!read_marker(line) || !read_names(line) || !read_key(line)) {
		return false;
	}
	host_key_describe(line->host.blob, &ignored, fingerprint);
	line->host.fingerprint = arena_text(line->arena, fingerprint);
	return true;
}

void known_hosts_parse(struct arena *arena, const char *file, struct text bytes,
		       struct problems *problems, struct known_hosts *out)
{
	struct text source = {bytes.len ? arena_copy(arena, bytes.at, bytes.len) : "", bytes.len};
	struct host_list list = {0};
	struct text rest = source;
	struct text part = {0};
	struct known_host *at = NULL;
	int number = 0;

	file = arena_text(arena, file);
	while (text_split(&rest, '\n', &part)) {
		struct line line = {arena, problems, source, part, {0}, part.at};

		line.host.where = (struct place){file, ++number, 1};
		while (line.rest.len > 0 &&
		       (is_blank(line.rest.at[0]) || line.rest.at[0] == '\r')) {
			line.rest.at++;
			line.rest.len--;
		}
		if (line.rest.len > 0 && line.rest.at[line.rest.len - 1] == '\r') {
			line.rest.len--;
		}
		if (line.rest.len > 0 && line.rest.at[0] != '#' && read_line(&line)) {
			*VEC_ADD(&list) = line.host;
		}
	}
	at = arena_alloc(arena, list.len * sizeof(*at));
	if (list.len > 0) {
		memcpy(at, list.at, list.len * sizeof(*at));
	}
	*out = (struct known_hosts){at, list.len, NULL};
	out->index = known_hosts_index(arena, out);
	VEC_RELEASE(&list);
}
