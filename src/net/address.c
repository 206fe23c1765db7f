#include "net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/codec.h"
#include "base/err.h"

#define V4_BYTES 4
#define V6_BYTES 16

static size_t address_bytes(enum address_family family)
{
	switch (family) {
	case ADDRESS_NONE:
		return 0;
	case ADDRESS_V4:
		return V4_BYTES;
	case ADDRESS_V6:
		return V6_BYTES;
	}
	return 0;
}

/** Do the first `prefix` bits of two byte strings agree? */
static bool same_bits(const unsigned char *left, const unsigned char *right, unsigned prefix)
{
	size_t whole = prefix / 8;
	unsigned rest = prefix % 8;

	if (memcmp(left, right, whole) != 0) {
		return false;
	}
	return rest == 0 || ((left[whole] ^ right[whole]) >> (8 - rest)) == 0;
}

static bool is_digit(char one)
{
	return one >= '0' && one <= '9';
}

/** A number from 0 to 255; a leading zero means octal to some programs, so it may have none. */
static bool parse_octet(struct text part, unsigned char *out)
{
	unsigned value = 0;

	if (part.len == 0 || part.len > 3 || (part.len > 1 && part.at[0] == '0')) {
		return false;
	}
	for (size_t i = 0; i < part.len; i++) {
		if (!is_digit(part.at[i])) {
			return false;
		}
		value = value * 10 + (unsigned)(part.at[i] - '0');
	}
	*out = (unsigned char)value;
	return value <= 255;
}

static bool parse_v4(struct text text, unsigned char out[V4_BYTES])
{
	struct text part = {0};
	size_t count = 0;

	while (text_split(&text, '.', &part)) {
		if (count == V4_BYTES || !parse_octet(part, &out[count])) {
			return false;
		}
		count++;
	}
	return count == V4_BYTES;
}

static int hex_value(char one)
{
	if (is_digit(one)) {
		return one - '0';
	}
	if (one >= 'a' && one <= 'f') {
		return one - 'a' + 10;
	}
	return one >= 'A' && one <= 'F' ? one - 'A' + 10 : -1;
}

/** One to four hexadecimal digits as two bytes. */
static bool parse_group(struct text part, unsigned char out[2])
{
	unsigned value = 0;

	if (part.len == 0 || part.len > 4) {
		return false;
	}
	for (size_t i = 0; i < part.len; i++) {
		int digit = hex_value(part.at[i]);

		if (digit < 0) {
			return false;
		}
		value = value << 4 | (unsigned)digit;
	}
	out[0] = (unsigned char)(value >> 8);
	out[1] = (unsigned char)value;
	return true;
}

/**
 * Groups with single colons between them, the last perhaps a dotted quad.
 *
 * @return how many bytes; -1 if it is nothing of the kind
 */
static int parse_groups(struct text text, bool quad_may_end, unsigned char out[V6_BYTES])
{
	struct text part = {0};
	size_t len = 0;

	if (text.len == 0) {
		return 0;
	}
	while (text_split(&text, ':', &part)) {
		bool is_quad = memchr(part.at, '.', part.len) != NULL;

		if (is_quad && quad_may_end && !text.at && len + V4_BYTES <= V6_BYTES &&
		    parse_v4(part, out + len)) {
			return (int)(len + V4_BYTES);
		}
		if (is_quad || len + 2 > V6_BYTES || !parse_group(part, out + len)) {
			return -1;
		}
		len += 2;
	}
	return (int)len;
}

static bool parse_v6(struct text text, unsigned char out[V6_BYTES])
{
	const char *gap = text.len ? memmem(text.at, text.len, "::", 2) : NULL;
	unsigned char tail[V6_BYTES] = {0};
	struct text head = text;
	struct text rest = {0};
	int head_len = 0;
	int tail_len = 0;

	if (!gap) {
		return parse_groups(text, true, out) == V6_BYTES;
	}
	head.len = (size_t)(gap - text.at);
	rest = (struct text){gap + 2, text.len - head.len - 2};
	head_len = parse_groups(head, false, out);
	tail_len = parse_groups(rest, true, tail);
	if (head_len < 0 || tail_len < 0 || head_len + tail_len > V6_BYTES - 2) {
		return false;
	}
	memset(out + head_len, 0, (size_t)(V6_BYTES - head_len));
	memcpy(out + V6_BYTES - tail_len, tail, (size_t)tail_len);
	return true;
}

bool address_parse(struct text text, struct address *out)
{
	static const unsigned char mapped[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	struct address found = {.family = ADDRESS_V4};

	if (text.len == 0 || text.len >= ADDRESS_TEXT_BYTES) {
		return false;
	}
	if (parse_v4(text, found.bytes)) {
		*out = found;
		return true;
	}
	found = (struct address){.family = ADDRESS_V6};
	if (!parse_v6(text, found.bytes)) {
		return false;
	}
	if (memcmp(found.bytes, mapped, sizeof(mapped)) == 0) {
		struct address plain = {.family = ADDRESS_V4};

		memcpy(plain.bytes, found.bytes + sizeof(mapped), V4_BYTES);
		found = plain;
	}
	*out = found;
	return true;
}

bool address_looks_numeric(struct text text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (!is_digit(text.at[i]) && text.at[i] != '.') {
			return false;
		}
	}
	return text.len > 0;
}

bool address_equal(const struct address *left, const struct address *right)
{
	return left->family == right->family &&
	       memcmp(left->bytes, right->bytes, address_bytes(left->family)) == 0;
}

/** The ranges that mean something here; the first that holds an address decides. */
static const struct range {
	struct network network;
	enum address_class class;
} ranges[] = {
	{{{ADDRESS_V4, {0}}, 8}, ADDRESS_UNUSABLE},
	{{{ADDRESS_V4, {10}}, 8}, ADDRESS_PRIVATE},
	{{{ADDRESS_V4, {100, 100, 100, 100}}, 32}, ADDRESS_TAILNET_RESERVED},
	{{{ADDRESS_V4, {100, 115, 92}}, 23}, ADDRESS_TAILNET_RESERVED},
	{{{ADDRESS_V4, {100, 64}}, 10}, ADDRESS_TAILNET},
	{{{ADDRESS_V4, {127}}, 8}, ADDRESS_LOOPBACK},
	{{{ADDRESS_V4, {169, 254}}, 16}, ADDRESS_LINK_LOCAL},
	{{{ADDRESS_V4, {172, 16}}, 12}, ADDRESS_PRIVATE},
	{{{ADDRESS_V4, {192, 168}}, 16}, ADDRESS_PRIVATE},
	{{{ADDRESS_V4, {224}}, 4}, ADDRESS_UNUSABLE},
	{{{ADDRESS_V4, {255, 255, 255, 255}}, 32}, ADDRESS_UNUSABLE},
	{{{ADDRESS_V6, {0}}, 128}, ADDRESS_UNUSABLE},
	{{{ADDRESS_V6, {[15] = 1}}, 128}, ADDRESS_LOOPBACK},
	{{{ADDRESS_V6, {0xfd, 0x7a, 0x11, 0x5c, 0xa1, 0xe0}}, 48}, ADDRESS_TAILNET},
	{{{ADDRESS_V6, {0xfc}}, 7}, ADDRESS_PRIVATE},
	{{{ADDRESS_V6, {0xfe, 0x80}}, 10}, ADDRESS_LINK_LOCAL},
	{{{ADDRESS_V6, {0xff}}, 8}, ADDRESS_UNUSABLE},
};

enum address_class address_classify(const struct address *address)
{
	if (address->family == ADDRESS_NONE) {
		return ADDRESS_UNUSABLE;
	}
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		if (network_holds(&ranges[i].network, address)) {
			return ranges[i].class;
		}
	}
	return ADDRESS_OTHER;
}

bool address_is_lan(const struct address *address)
{
	switch (address_classify(address)) {
	case ADDRESS_OTHER:
	case ADDRESS_LOOPBACK:
	case ADDRESS_PRIVATE:
	case ADDRESS_LINK_LOCAL:
		return true;
	case ADDRESS_TAILNET:
	case ADDRESS_TAILNET_RESERVED:
	case ADDRESS_UNUSABLE:
		return false;
	}
	return false;
}

/** The longest run of at least two zero groups, the first of equals (RFC 5952, section 4.2). */
static void longest_gap(const unsigned groups[8], size_t *start, size_t *len)
{
	*start = 8;
	*len = 1;
	for (size_t i = 0; i < 8; i++) {
		size_t end = i;

		while (end < 8 && groups[end] == 0) {
			end++;
		}
		if (end - i > *len) {
			*start = i;
			*len = end - i;
		}
	}
}

static void format_v6(const unsigned char bytes[V6_BYTES], char out[ADDRESS_TEXT_BYTES])
{
	unsigned groups[8];
	size_t gap = 0;
	size_t gap_len = 0;
	size_t used = 0;

	for (size_t i = 0; i < 8; i++) {
		groups[i] = (unsigned)bytes[2 * i] << 8 | bytes[2 * i + 1];
	}
	longest_gap(groups, &gap, &gap_len);
	for (size_t i = 0; i < 8; i++) {
		if (i == gap) {
			used += (size_t)snprintf(out + used, ADDRESS_TEXT_BYTES - used, "::");
			i += gap_len - 1;
		} else {
			const char *colon = i == 0 || i == gap + gap_len ? "" : ":";

			used += (size_t)snprintf(out + used, ADDRESS_TEXT_BYTES - used, "%s%x",
						 colon, groups[i]);
		}
	}
}

void address_format(const struct address *address, char out[ADDRESS_TEXT_BYTES])
{
	const unsigned char *at = address->bytes;

	switch (address->family) {
	case ADDRESS_NONE:
		out[0] = '\0';
		break;
	case ADDRESS_V4:
		(void)snprintf(out, ADDRESS_TEXT_BYTES, "%d.%d.%d.%d", at[0], at[1], at[2], at[3]);
		break;
	case ADDRESS_V6:
		format_v6(at, out);
		break;
	}
}

socklen_t address_to_socket(const struct address *address, uint16_t port,
			    struct sockaddr_storage *out)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};

	memset(out, 0, sizeof(*out));
	switch (address->family) {
	case ADDRESS_NONE:
		break;
	case ADDRESS_V4:
		memcpy(&v4.sin_addr, address->bytes, V4_BYTES);
		memcpy(out, &v4, sizeof(v4));
		return sizeof(v4);
	case ADDRESS_V6:
		memcpy(&v6.sin6_addr, address->bytes, V6_BYTES);
		memcpy(out, &v6, sizeof(v6));
		return sizeof(v6);
	}
	return 0;
}

bool address_from_socket(const struct sockaddr *socket_address, struct address *out)
{
	static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct address address = {0};

	if (socket_address->sa_family == AF_INET) {
		memcpy(&v4, socket_address, sizeof(v4));
		address.family = ADDRESS_V4;
		memcpy(address.bytes, &v4.sin_addr, V4_BYTES);
	} else if (socket_address->sa_family == AF_INET6) {
		memcpy(&v6, socket_address, sizeof(v6));
		address.family = ADDRESS_V6;
		memcpy(address.bytes, &v6.sin6_addr, V6_BYTES);
		if (memcmp(address.bytes, mapped, sizeof(mapped)) == 0) {
			address = (struct address){.family = ADDRESS_V4};
			memcpy(address.bytes, (const char *)&v6.sin6_addr + sizeof(mapped),
			       V4_BYTES);
		}
	} else {
		return false;
	}
	*out = address;
	return true;
}

/** Is nothing set behind the prefix? */
static bool is_network_base(const struct address *address, unsigned prefix)
{
	for (size_t bit = prefix; bit < 8 * address_bytes(address->family); bit++) {
		if (address->bytes[bit / 8] >> (7 - bit % 8) & 1) {
			return false;
		}
	}
	return true;
}

bool network_parse(struct text text, struct network *out)
{
	struct text base = {0};
	struct address address = {0};
	struct err ignored = {0};
	int64_t prefix = 0;

	if (!text_split(&text, '/', &base) || !text.at || !address_parse(base, &address)) {
		return false;
	}
	if (parse_int(text, 0, (int64_t)(8 * address_bytes(address.family)), &prefix, &ignored)) {
		return false;
	}
	if (!is_network_base(&address, (unsigned)prefix)) {
		return false;
	}
	*out = (struct network){.base = address, .prefix = (unsigned)prefix};
	return true;
}

void network_format(const struct network *network, char out[NETWORK_TEXT_BYTES])
{
	char base[ADDRESS_TEXT_BYTES];

	address_format(&network->base, base);
	(void)snprintf(out, NETWORK_TEXT_BYTES, "%s/%u", base, network->prefix);
}

struct network network_around(const struct address *address, unsigned prefix)
{
	struct network network = {.base = *address, .prefix = prefix};

	for (size_t bit = prefix; bit < 8 * address_bytes(address->family); bit++) {
		network.base.bytes[bit / 8] &= (unsigned char)~(1U << (7 - bit % 8));
	}
	return network;
}

bool network_holds(const struct network *network, const struct address *address)
{
	return network->base.family == address->family && address->family != ADDRESS_NONE &&
	       same_bits(network->base.bytes, address->bytes, network->prefix);
}
