#include "net/known_hosts.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "base/vec.h"
#include "crypto/digest.h"

/** What stands before a hashed name: HMAC-SHA1 is the only scheme there is. */
#define HASH_MAGIC "|1|"

/* ---- reading */

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

/** Decode the salt and the hash of "|1|salt|hash". */
static bool split_hashed(struct text names, struct str *salt, struct str *hash)
{
	struct text rest = {names.at + strlen(HASH_MAGIC), names.len - strlen(HASH_MAGIC)};
	struct text part = {0};
	struct err ignored = {0};

	return text_split(&rest, '|', &part) && rest.at && !base64_decode(part, salt, &ignored) &&
	       !base64_decode(rest, hash, &ignored) && salt->len == SHA1_BYTES &&
	       hash->len == SHA1_BYTES;
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
		if (!text_starts(names, HASH_MAGIC) || !split_hashed(names, &salt, &hash)) {
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

/** Split off a length-prefixed string of the SSH wire form (RFC 4251, section 5). */
static bool next_string(struct text *rest, struct text *string)
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

/** Is it a wire form that begins with its own type and is made of whole strings? */
static bool is_key_of_type(struct text blob, struct text type)
{
	struct text string = {0};
	size_t count = 1;

	if (!next_string(&blob, &string) || !text_equal(string, type)) {
		return false;
	}
	while (blob.len > 0) {
		if (!next_string(&blob, &string)) {
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
		return refuse(line, type.len == 0 ? type : base64,
			      "ssh-keyscan(1) prints such lines",
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

void host_key_describe(struct text blob, struct text *type, char fingerprint[FINGERPRINT_BYTES])
{
	unsigned char digest[SHA256_BYTES];
	AUTO(auto_str) struct str base64 = {0};
	struct text rest = blob;

	if (!next_string(&rest, type)) {
		*type = (struct text){0};
	}
	sha256(blob.at, blob.len, digest);
	base64_encode(&base64, digest, sizeof(digest));
	(void)snprintf(fingerprint, FINGERPRINT_BYTES, "SHA256:%.*s", (int)strcspn(base64.at, "="),
		       base64.at);
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
	*out = (struct known_hosts){at, list.len};
	VEC_RELEASE(&list);
}

/* ---- matching */

/** How a line names a host. A line for the very port beats one for the name alone, as in ssh(1). */
enum naming {
	NAMED_NOT,
	NAMED_PLAIN,
	NAMED_WITH_PORT,
};

/** What is looked up: "name" and "[name]:port", in lower case. */
struct wanted {
	struct str plain;
	struct str with_port;
};

static char lower(char one)
{
	if (one >= 'A' && one <= 'Z') {
		return (char)(one - 'A' + 'a');
	}
	return one;
}

static void wanted_fill(struct wanted *wanted, const char *name, uint16_t port)
{
	for (; *name; name++) {
		str_add_char(&wanted->plain, lower(*name));
	}
	str_printf(&wanted->with_port, "[%s]:%u", str_text(&wanted->plain), (unsigned)port);
}

static void wanted_release(struct wanted *wanted)
{
	str_release(&wanted->plain);
	str_release(&wanted->with_port);
}

/** Does the pattern, with its `*` and `?`, match the whole of a lower-case text? */
static bool glob(struct text pattern, struct text text)
{
	size_t p = 0;
	size_t t = 0;
	size_t star = SIZE_MAX; /* the last '*', and where its match ends so far */
	size_t taken = 0;

	while (t < text.len) {
		if (p < pattern.len && pattern.at[p] == '*') {
			star = p++;
			taken = t;
		} else if (p < pattern.len &&
			   (pattern.at[p] == '?' || lower(pattern.at[p]) == text.at[t])) {
			p++;
			t++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			t = ++taken;
		} else {
			return false;
		}
	}
	while (p < pattern.len && pattern.at[p] == '*') {
		p++;
	}
	return p == pattern.len;
}

static enum naming names_in_list(struct text list, const struct wanted *wanted)
{
	enum naming found = NAMED_NOT;
	struct text pattern = {0};

	while (text_split(&list, ',', &pattern)) {
		bool is_negated = pattern.at[0] == '!';
		bool has_port = false;

		if (is_negated) {
			pattern.at++;
			pattern.len--;
		}
		has_port = pattern.at[0] == '[';
		if (!glob(pattern, str_view(has_port ? &wanted->with_port : &wanted->plain))) {
			continue;
		}
		if (is_negated) {
			return NAMED_NOT;
		}
		if (has_port) {
			found = NAMED_WITH_PORT;
		} else if (found == NAMED_NOT) {
			found = NAMED_PLAIN;
		}
	}
	return found;
}

static bool hash_is_of(struct text salt, struct text hash, const struct str *name)
{
	unsigned char digest[SHA1_BYTES];

	hmac_sha1(salt, str_view(name), digest);
	return text_equal(hash, (struct text){(const char *)digest, sizeof(digest)});
}

static enum naming names_hashed(struct text names, const struct wanted *wanted)
{
	AUTO(auto_str) struct str salt = {0};
	AUTO(auto_str) struct str hash = {0};

	if (!split_hashed(names, &salt, &hash)) {
		return NAMED_NOT;
	}
	if (hash_is_of(str_view(&salt), str_view(&hash), &wanted->with_port)) {
		return NAMED_WITH_PORT;
	}
	return hash_is_of(str_view(&salt), str_view(&hash), &wanted->plain) ? NAMED_PLAIN
									    : NAMED_NOT;
}

static enum naming line_names(const struct known_host *line, const struct wanted *wanted)
{
	return line->names.at[0] == '|' ? names_hashed(line->names, wanted)
					: names_in_list(line->names, wanted);
}

bool known_host_names(const struct known_host *line, const char *name, uint16_t port)
{
	AUTO(wanted_release) struct wanted wanted = {0};

	wanted_fill(&wanted, name, port);
	return line_names(line, &wanted) != NAMED_NOT;
}

/** The next plain line from `*index` on that counts: those with the port hide those without. */
static const struct known_host *next_pin(const struct known_hosts *hosts,
					 const struct wanted *wanted, enum naming best,
					 size_t *index)
{
	while (*index < hosts->len) {
		const struct known_host *line = &hosts->at[(*index)++];

		if (line->marker == KNOWN_HOST_PLAIN && line_names(line, wanted) == best) {
			return line;
		}
	}
	return NULL;
}

static enum naming best_naming(const struct known_hosts *hosts, const struct wanted *wanted)
{
	enum naming best = NAMED_NOT;

	for (size_t i = 0; i < hosts->len; i++) {
		if (hosts->at[i].marker == KNOWN_HOST_PLAIN) {
			enum naming naming = line_names(&hosts->at[i], wanted);

			best = naming > best ? naming : best;
		}
	}
	return best;
}

bool known_hosts_pin_type(const struct known_hosts *hosts, const char *name, uint16_t port,
			  const char *type)
{
	AUTO(wanted_release) struct wanted wanted = {0};
	const struct known_host *line = NULL;
	enum naming best = NAMED_NOT;
	size_t index = 0;

	wanted_fill(&wanted, name, port);
	best = best_naming(hosts, &wanted);
	if (best == NAMED_NOT) {
		return false;
	}
	while ((line = next_pin(hosts, &wanted, best, &index))) {
		if (text_is(line->type, type)) {
			return true;
		}
	}
	return false;
}

/** The @revoked line with this key that names the host; NULL if there is none. */
static const struct known_host *find_revoked(const struct known_hosts *hosts,
					     const struct wanted *wanted, struct text blob)
{
	for (size_t i = 0; i < hosts->len; i++) {
		const struct known_host *line = &hosts->at[i];

		if (line->marker == KNOWN_HOST_REVOKED && text_equal(line->blob, blob) &&
		    line_names(line, wanted) != NAMED_NOT) {
			return line;
		}
	}
	return NULL;
}

static bool same_type(struct text pinned, struct text blob)
{
	struct text type = {0};

	return next_string(&blob, &type) && text_equal(pinned, type);
}

enum host_key_answer known_hosts_judge(const struct known_hosts *hosts, const char *name,
				       uint16_t port, struct text blob,
				       const struct known_host **matched)
{
	AUTO(wanted_release) struct wanted wanted = {0};
	const struct known_host *line = NULL;
	enum naming best = NAMED_NOT;
	size_t index = 0;

	wanted_fill(&wanted, name, port);
	*matched = find_revoked(hosts, &wanted, blob);
	if (*matched) {
		return HOST_KEY_REVOKED;
	}
	best = best_naming(hosts, &wanted);
	if (best == NAMED_NOT) {
		return HOST_KEY_UNPINNED;
	}
	while ((line = next_pin(hosts, &wanted, best, &index))) {
		if (text_equal(line->blob, blob)) {
			*matched = line;
			return HOST_KEY_PINNED;
		}
		if (!*matched ||
		    (same_type(line->type, blob) && !same_type((*matched)->type, blob))) {
			*matched = line;
		}
	}
	return HOST_KEY_CHANGED;
}
