#include "net/known_hosts.h"

#include <stdint.h>

#include "base/cleanup.h"
#include "crypto/digest.h"
#include "crypto/wire.h"
#include "net/known_hosts_form.h"

/** How a line names a host. A line for the very port beats one for the name alone, as in ssh(1). */
enum naming {
	NAMED_NOT,
	NAMED_PLAIN,
	NAMED_WITH_PORT,
};

static char lower(char one)
{
	if (one >= 'A' && one <= 'Z') {
		return (char)(one - 'A' + 'a');
	}
	return one;
}

void host_name_fill(struct host_name *wanted, const char *name, uint16_t port)
{
	for (; *name; name++) {
		str_add_char(&wanted->plain, lower(*name));
	}
	str_printf(&wanted->with_port, "[%s]:%u", str_text(&wanted->plain), (unsigned)port);
}

void host_name_release(struct host_name *wanted)
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

static enum naming names_in_list(struct text list, const struct host_name *wanted)
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

static enum naming names_hashed(struct text names, const struct host_name *wanted)
{
	AUTO(auto_str) struct str salt = {0};
	AUTO(auto_str) struct str hash = {0};

	if (!hashed_name_split(names, &salt, &hash)) {
		return NAMED_NOT;
	}
	if (hash_is_of(str_view(&salt), str_view(&hash), &wanted->with_port)) {
		return NAMED_WITH_PORT;
	}
	return hash_is_of(str_view(&salt), str_view(&hash), &wanted->plain) ? NAMED_PLAIN
									    : NAMED_NOT;
}

static enum naming line_names(const struct known_host *line, const struct host_name *wanted)
{
	return line->names.at[0] == '|' ? names_hashed(line->names, wanted)
					: names_in_list(line->names, wanted);
}

bool known_host_names(const struct known_host *line, const struct host_name *wanted)
{
	return line_names(line, wanted) != NAMED_NOT;
}

/** The next plain line from `*index` on that counts: those with the port hide those without. */
static const struct known_host *next_pin(const struct known_hosts *hosts,
					 const struct host_name *wanted, enum naming best,
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

static enum naming best_naming(const struct known_hosts *hosts, const struct host_name *wanted)
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
	AUTO(host_name_release) struct host_name wanted = {0};
	const struct known_host *line = NULL;
	enum naming best = NAMED_NOT;
	size_t index = 0;

	host_name_fill(&wanted, name, port);
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

const struct known_host *known_hosts_revoked(const struct known_hosts *hosts,
					     const struct host_name *wanted, struct text blob)
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

	return wire_take(&blob, &type) && text_equal(pinned, type);
}

enum host_key_answer known_hosts_judge(const struct known_hosts *hosts, const char *name,
				       uint16_t port, struct text blob,
				       const struct known_host **matched)
{
	AUTO(host_name_release) struct host_name wanted = {0};
	const struct known_host *line = NULL;
	enum naming best = NAMED_NOT;
	size_t index = 0;

	host_name_fill(&wanted, name, port);
	*matched = known_hosts_revoked(hosts, &wanted, blob);
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
