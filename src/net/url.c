#include "net/address.h"

#include <string.h>
#include <strings.h>

#include "base/codec.h"
#include "base/err.h"

/** RFC 1035, section 2.3.4, in text form: 255 bytes on the wire. */
#define NAME_BYTES 253
#define LABEL_BYTES 63

static bool is_digit(char one)
{
	return one >= '0' && one <= '9';
}

static bool is_alphanumeric(char one)
{
	return is_digit(one) || (one >= 'a' && one <= 'z') || (one >= 'A' && one <= 'Z');
}

static bool label_is_valid(struct text label)
{
	if (label.len == 0 || label.len > LABEL_BYTES || label.at[0] == '-' ||
	    label.at[label.len - 1] == '-') {
		return false;
	}
	for (size_t i = 0; i < label.len; i++) {
		if (!is_alphanumeric(label.at[i]) && label.at[i] != '-' && label.at[i] != '_') {
			return false;
		}
	}
	return true;
}

bool name_is_valid(struct text text)
{
	struct text label = {0};
	bool is_number = false;

	if (text.len == 0 || text.len > NAME_BYTES) {
		return false;
	}
	while (text_split(&text, '.', &label)) {
		if (!label_is_valid(label)) {
			return false;
		}
		is_number = true;
		for (size_t i = 0; i < label.len; i++) {
			is_number = is_number && is_digit(label.at[i]);
		}
	}
	return !is_number;
}

/** Take "http://" or "https://" off the front. */
static const char *split_scheme(struct text *rest, struct url *url)
{
	static const struct {
		const char *prefix;
		bool is_tls;
		uint16_t port;
	} schemes[] = {{"http://", false, 80}, {"https://", true, 443}};

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		size_t len = strlen(schemes[i].prefix);

		if (rest->len >= len && strncasecmp(rest->at, schemes[i].prefix, len) == 0) {
			url->scheme = (struct text){rest->at, len - strlen("://")};
			url->is_tls = schemes[i].is_tls;
			url->port = schemes[i].port;
			*rest = (struct text){rest->at + len, rest->len - len};
			return NULL;
		}
	}
	return "it does not start with http:// or https://";
}

/** Printable ASCII without the space is all that RFC 3986 lets stand in a URL unescaped. */
static bool is_printable(struct text text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] <= ' ' || text.at[i] > '~') {
			return false;
		}
	}
	return true;
}

/** Split "[address]" off the authority. */
static const char *split_bracketed(struct text *rest, struct url *url)
{
	const char *close = memchr(rest->at, ']', rest->len);

	if (!close) {
		return "the '[' of its host is not closed";
	}
	url->host = (struct text){rest->at + 1, (size_t)(close - rest->at - 1)};
	*rest = (struct text){close + 1, rest->len - url->host.len - 2};
	if (!memchr(url->host.at, ':', url->host.len) || !address_parse(url->host, &url->address)) {
		return "what stands in brackets is not an IPv6 address";
	}
	url->has_address = true;
	return NULL;
}

/** Split the host off the authority; a port with its ':' may remain. */
static const char *split_host(struct text *rest, struct url *url)
{
	const char *colon = NULL;

	if (rest->len == 0) {
		return "it has no host";
	}
	if (rest->at[0] == '[') {
		return split_bracketed(rest, url);
	}
	colon = memchr(rest->at, ':', rest->len);
	url->host = (struct text){rest->at, colon ? (size_t)(colon - rest->at) : rest->len};
	*rest = (struct text){rest->at + url->host.len, rest->len - url->host.len};
	if (rest->len > 0 && memchr(rest->at + 1, ':', rest->len - 1)) {
		return "an IPv6 address as host stands in brackets";
	}
	if (url->host.len == 0) {
		return "it has no host";
	}
	url->has_address = address_parse(url->host, &url->address);
	if (!url->has_address && !name_is_valid(url->host)) {
		return "its host is neither an address nor a name";
	}
	return NULL;
}

static const char *read_port(struct text rest, struct url *url)
{
	struct err ignored = {0};
	int64_t port = 0;

	if (rest.len == 0) {
		return NULL;
	}
	if (rest.at[0] != ':' ||
	    parse_int((struct text){rest.at + 1, rest.len - 1}, 1, UINT16_MAX, &port, &ignored)) {
		return "its port is not a number from 1 to 65535";
	}
	url->port = (uint16_t)port;
	return NULL;
}

const char *url_parse(struct text text, struct url *out)
{
	struct url url = {0};
	struct text authority = text;
	const char *why = split_scheme(&authority, &url);
	size_t end = 0;

	if (why) {
		return why;
	}
	if (!is_printable(authority)) {
		return "it holds a space, a control character or a byte that is not ASCII";
	}
	while (end < authority.len && !strchr("/?#", authority.at[end])) {
		end++;
	}
	url.path = (struct text){authority.at + end, authority.len - end};
	authority.len = end;
	if (memchr(authority.at, '@', authority.len)) {
		return "it names a user; a secret has no place in a binding";
	}
	why = split_host(&authority, &url);
	if (!why) {
		why = read_port(authority, &url);
	}
	if (!why) {
		*out = url;
	}
	return why;
}
