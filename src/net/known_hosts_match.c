#include "net/known_hosts.h"

#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"
#include "crypto/digest.h"
#include "crypto/wire.h"
#include "net/known_hosts_form.h"
#include "net/known_hosts_index.h"

/** How a line names a host. A line for the very port beats one for the name alone, as in ssh(1). */
enum naming {
	NAMED_NOT,
	NAMED_PLAIN,
	NAMED_WITH_PORT,
};

void host_name_fill(struct host_name *wanted, const char *name, uint16_t port)
{
	for (; *name; name++) {
		str_add_char(&wanted->plain, known_host_lower(*name));
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
		} else if (p < pattern.len && (pattern.at[p] == '?' ||
					       known_host_lower(pattern.at[p]) == text.at[t])) {
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

/** What a list says about one form of a name. */
struct mention {
	bool is_named;
	bool is_negated;
};

/** Can the pattern speak of that form? (Of port 22 ssh(1) knows the name alone.) */
static bool is_about(struct text pattern, const struct host_name *wanted, const struct str *form)
{
	static const char standard[] = "]:22";
	const size_t len = sizeof(standard) - 1;

	if (pattern.at[0] == '[') {
		return form == &wanted->with_port;
	}
	return form == &wanted->plain || memchr(pattern.at, ':', pattern.len) ||
	       memcmp(form->at + form->len - len, standard, len) != 0;
}

/**
 * ssh(1) looks for "[name]:port", and for "name" only where no line has that.
 *
 * @param form  one of the two that are in `wanted`
 */
static struct mention mention_of(struct text list, const struct host_name *wanted,
				 const struct str *form)
{
	struct mention found = {0};
	struct text pattern = {0};

	while (text_split(&list, ',', &pattern)) {
		bool is_negated = pattern.at[0] == '!';

		if (is_negated) {
			pattern.at++;
			pattern.len--;
		}
		if (is_about(pattern, wanted, form) && glob(pattern, str_view(form))) {
			found.is_named = found.is_named || !is_negated;
			found.is_negated = found.is_negated || is_negated;
		}
	}
	return found;
}

/** (Stricter than ssh(1): what is negated in either form pins nothing.) */
static enum naming names_in_list(struct text list, const struct host_name *wanted)
{
	struct mention port = mention_of(list, wanted, &wanted->with_port);
	struct mention plain = mention_of(list, wanted, &wanted->plain);

	if (port.is_negated || plain.is_negated) {
		return NAMED_NOT;
	}
	if (port.is_named) {
		return NAMED_WITH_PORT;
	}
	return plain.is_named ? NAMED_PLAIN : NAMED_NOT;
}

/** A key is revoked for whoever can be meant: what is negated in one form is not in the other. */
static bool list_revokes(struct text list, const struct host_name *wanted)
{
	struct mention port = mention_of(list, wanted, &wanted->with_port);
	struct mention plain = mention_of(list, wanted, &wanted->plain);

	return (port.is_named && !port.is_negated) || (plain.is_named && !plain.is_negated);
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

static bool line_revokes(const struct known_host *line, const struct host_name *wanted)
{
	return line->names.at[0] == '|' ? names_hashed(line->names, wanted) != NAMED_NOT
					: list_revokes(line->names, wanted);
}

bool known_host_names(const struct known_host *line, const struct host_name *wanted)
{
	return line_names(line, wanted) != NAMED_NOT;
}

const struct known_host *known_hosts_next(const struct known_hosts *hosts,
					  const struct host_name *wanted, size_t *next)
{
	while (*next < hosts->len) {
		size_t number = known_hosts_candidate(hosts, wanted, *next);

		*next = number < hosts->len ? number + 1 : hosts->len;
		if (number < hosts->len && known_host_names(&hosts->at[number], wanted)) {
			return &hosts->at[number];
		}
	}
	return NULL;
}

/** Those with the port hide those without. */
static void find_pins(const struct known_hosts *hosts, const struct host_name *wanted,
		      struct known_host_pins *out)
{
	enum naming best = NAMED_PLAIN;
	size_t before = out->len;
	size_t number = 0;

	while ((number = known_hosts_candidate(hosts, wanted, number)) < hosts->len) {
		const struct known_host *line = &hosts->at[number++];
		enum naming naming =
			line->marker == KNOWN_HOST_PLAIN ? line_names(line, wanted) : NAMED_NOT;

		if (naming > best) {
			best = naming;
			out->len = before;
		}
		if (naming == best) {
			*VEC_ADD(out) = line;
		}
	}
}

void known_hosts_pins(const struct known_hosts *hosts, const char *name, uint16_t port,
		      struct known_host_pins *out)
{
	AUTO(host_name_release) struct host_name wanted = {0};

	host_name_fill(&wanted, name, port);
	find_pins(hosts, &wanted, out);
}

bool known_host_pins_have(const struct known_host_pins *pins, const char *type)
{
	for (size_t i = 0; i < pins->len; i++) {
		if (text_is(pins->at[i]->type, type)) {
			return true;
		}
	}
	return false;
}

/** (The key is compared first: a hashed name costs much more.) */
const struct known_host *known_hosts_revoked(const struct known_hosts *hosts,
					     const struct host_name *wanted, struct text blob)
{
	size_t number = 0;

	while ((number = known_hosts_candidate(hosts, wanted, number)) < hosts->len) {
		const struct known_host *line = &hosts->at[number++];

		if (line->marker == KNOWN_HOST_REVOKED && text_equal(line->blob, blob) &&
		    line_revokes(line, wanted)) {
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

/** The pin that has the key; without one, the pin to blame: best one of the same type. */
static enum host_key_answer judge_pins(const struct known_host_pins *pins, struct text blob,
				       const struct known_host **matched)
{
	for (size_t i = 0; i < pins->len; i++) {
		const struct known_host *line = pins->at[i];

		if (text_equal(line->blob, blob)) {
			*matched = line;
			return HOST_KEY_PINNED;
		}
		if (!*matched ||
		    (same_type(line->type, blob) && !same_type((*matched)->type, blob))) {
			*matched = line;
		}
	}
	return pins->len == 0 ? HOST_KEY_UNPINNED : HOST_KEY_CHANGED;
}

enum host_key_answer known_hosts_judge(const struct known_hosts *hosts, const char *name,
				       uint16_t port, struct text blob,
				       const struct known_host **matched)
{
	AUTO(host_name_release) struct host_name wanted = {0};
	struct known_host_pins pins = {0};
	enum host_key_answer answer = HOST_KEY_REVOKED;

	host_name_fill(&wanted, name, port);
	*matched = known_hosts_revoked(hosts, &wanted, blob);
	if (!*matched) {
		find_pins(hosts, &wanted, &pins);
		answer = judge_pins(&pins, blob, matched);
		VEC_RELEASE(&pins);
	}
	return answer;
}
