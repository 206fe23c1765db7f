#include "net/known_hosts_pin.h"

#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/codec.h"

bool host_pin_can_name(const char *name)
{
	if (!*name || strchr("#@", *name)) {
		return false;
	}
	for (const char *at = name; *at; at++) {
		if (*at <= ' ' || *at > '~' || strchr(",*?!|[]", *at)) {
			return false;
		}
	}
	return true;
}

/* ---- taking other keys away */

static bool is_same(struct text entry, const struct str *name)
{
	return entry.len == name->len && strncasecmp(entry.at, str_text(name), entry.len) == 0;
}

/** Does a list name anybody at all? */
static bool names_somebody(struct text list)
{
	struct text entry = {0};

	while (list.len > 0 && text_split(&list, ',', &entry)) {
		if (!text_starts(entry, "!")) {
			return true;
		}
	}
	return false;
}

/** Append the list without the host. @return false if what is left names it all the same */
static bool add_others(struct text list, const struct host_name *wanted, struct str *out)
{
	struct known_host rest = {0};
	struct text entry = {0};

	while (text_split(&list, ',', &entry)) {
		if (!is_same(entry, &wanted->plain) && !is_same(entry, &wanted->with_port)) {
			str_add(out, out->len > 0 ? "," : "");
			str_add_text(out, entry);
		}
	}
	rest.names = str_view(out);
	return out->len == 0 || !known_host_names(&rest, wanted);
}

/** Append a line that pins another key for the host, and perhaps for others, without the host. */
static bool add_line_of_others(struct text line, const struct known_host *host,
			       const struct host_name *wanted, struct str *out)
{
	AUTO(auto_str) struct str others = {0};
	size_t head = 0;

	if (host->names.at[0] == '|') { /* a hashed name is one host's */
		return true;
	}
	if (!add_others(host->names, wanted, &others)) {
		return false;
	}
	if (!names_somebody(str_view(&others))) {
		return true;
	}
	while (strchr(" \t\r", line.at[head])) {
		head++;
	}
	str_add_bytes(out, line.at, head);
	str_add_text(out, str_view(&others));
	head += host->names.len;
	str_add_bytes(out, line.at + head, line.len - head);
	return true;
}

/**
 * The pin of another key for the host that stands in line `number`; NULL if there is none.
 *
 * @param next  the first of `hosts` that stands in this line or behind it
 */
static const struct known_host *other_pin(const struct known_hosts *hosts, size_t *next, int number,
					  const struct host_name *wanted, struct text blob)
{
	const struct known_host *host = *next < hosts->len ? &hosts->at[*next] : NULL;

	if (!host || host->where.line != number) {
		return NULL;
	}
	*next += 1;
	return host->marker == KNOWN_HOST_PLAIN && !text_equal(host->blob, blob) &&
			       known_host_names(host, wanted)
		       ? host
		       : NULL;
}

/** A file without the host's other keys. */
struct cleared {
	struct str bytes;
	size_t place; /**< where the first of them stood; SIZE_MAX: there was none */
};

static void cleared_release(struct cleared *cleared)
{
	str_release(&cleared->bytes);
}

/** @return NULL; the line in the way if one cannot be taken apart */
static const struct known_host *clear_others(struct text bytes, const struct known_hosts *hosts,
					     const struct host_name *wanted, struct text blob,
					     struct cleared *out)
{
	size_t next = 0;
	int number = 0;

	out->place = SIZE_MAX;
	while (bytes.len > 0) {
		const char *end = memchr(bytes.at, '\n', bytes.len);
		size_t len = end ? (size_t)(end - bytes.at) + 1 : bytes.len;
		struct text line = {bytes.at, len};
		const struct known_host *host = other_pin(hosts, &next, ++number, wanted, blob);

		if (host && out->place == SIZE_MAX) {
			out->place = out->bytes.len;
		}
		if (!host) {
			str_add_text(&out->bytes, line);
		} else if (!add_line_of_others(line, host, wanted, &out->bytes)) {
			return host;
		}
		bytes.at += len;
		bytes.len -= len;
	}
	return NULL;
}

/* ---- the pin */

static enum host_key_answer judge_bytes(struct text bytes, const struct host_pin *pin)
{
	struct arena arena = {0};
	AUTO(auto_problems) struct problems ignored = {0};
	struct known_hosts hosts = {0};
	const struct known_host *matched = NULL;
	enum host_key_answer answer = HOST_KEY_UNPINNED;

	known_hosts_parse(&arena, "", bytes, &ignored, &hosts);
	answer = known_hosts_judge(&hosts, pin->name, pin->port, pin->blob, &matched);
	arena_release(&arena);
	return answer;
}

/** Append the file with the line of the pin at `place`; at the end if that is SIZE_MAX. */
static void add_with_pin(struct text bytes, size_t place, const struct host_pin *pin,
			 struct str *out)
{
	char fingerprint[FINGERPRINT_BYTES];
	AUTO(auto_str) struct str base64 = {0};
	struct text type = {0};
	size_t head = place == SIZE_MAX ? bytes.len : place;

	host_key_describe(pin->blob, &type, fingerprint);
	base64_encode(&base64, pin->blob.at, pin->blob.len);
	str_add_bytes(out, bytes.at, head);
	if (head > 0 && bytes.at[head - 1] != '\n') {
		str_add_char(out, '\n');
	}
	str_printf(out, "%s %.*s %s%s%s\n", pin->name, (int)type.len, type.at, str_text(&base64),
		   *pin->comment ? " " : "", pin->comment);
	str_add_bytes(out, bytes.at + head, bytes.len - head);
}

static const struct known_host *find_revoked(const struct known_hosts *hosts, struct text blob)
{
	for (size_t i = 0; i < hosts->len; i++) {
		if (hosts->at[i].marker == KNOWN_HOST_REVOKED &&
		    text_equal(hosts->at[i].blob, blob)) {
			return &hosts->at[i];
		}
	}
	return NULL;
}

/** Nobody asked to replace anything. */
static enum host_pin_answer add_pin(struct text bytes, const struct known_hosts *hosts,
				    const struct host_pin *pin, struct str *out,
				    const struct known_host **matched)
{
	switch (known_hosts_judge(hosts, pin->name, pin->port, pin->blob, matched)) {
	case HOST_KEY_PINNED:
		return HOST_PIN_THERE;
	case HOST_KEY_CHANGED:
		return HOST_PIN_OTHER;
	case HOST_KEY_REVOKED:
		return HOST_PIN_REVOKED;
	case HOST_KEY_UNPINNED:
		break;
	}
	add_with_pin(bytes, SIZE_MAX, pin, out);
	return HOST_PIN_NEW;
}

static enum host_pin_answer replace_pin(struct text bytes, const struct known_hosts *hosts,
					const struct host_pin *pin, struct str *out,
					const struct known_host **matched)
{
	AUTO(host_name_release) struct host_name wanted = {0};
	AUTO(cleared_release) struct cleared cleared = {0};

	host_name_fill(&wanted, pin->name, pin->port);
	*matched = clear_others(bytes, hosts, &wanted, pin->blob, &cleared);
	if (*matched) {
		return HOST_PIN_PATTERN;
	}
	if (judge_bytes(str_view(&cleared.bytes), pin) != HOST_KEY_PINNED) {
		add_with_pin(str_view(&cleared.bytes), cleared.place, pin, out);
		return HOST_PIN_NEW;
	}
	if (cleared.place == SIZE_MAX) {
		return HOST_PIN_THERE;
	}
	str_add_text(out, str_view(&cleared.bytes));
	return HOST_PIN_NEW;
}

enum host_pin_answer host_pin_write(struct text bytes, const struct known_hosts *hosts,
				    const struct host_pin *pin, struct str *out,
				    const struct known_host **matched)
{
	*matched = NULL;
	bytes.at = bytes.at ? bytes.at : "";
	if (!host_pin_can_name(pin->name)) {
		return HOST_PIN_NO_NAME;
	}
	*matched = find_revoked(hosts, pin->blob);
	if (*matched) {
		return HOST_PIN_REVOKED;
	}
	return pin->replaces ? replace_pin(bytes, hosts, pin, out, matched)
			     : add_pin(bytes, hosts, pin, out, matched);
}
