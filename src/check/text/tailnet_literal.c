#include "check/text/tailnet_literal.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

/*
 * A fast test passes over everything and finds where a literal could start; the rules are applied
 * only there. In a gigabyte of source text "100." stands less than two thousand times.
 */

/** How all IPv6 literals of the range start: no group of these can be spelt in another way. */
#define V6_START "fd7a:115c:a1e0"
#define V6_START_BYTES 14

/** Bytes that the fast test looks at behind a position. */
#define LOOK_BYTES 4

/** Positions tested before the loop asks whether there was one. */
#define BLOCK 256

/*
 * Compiled twice, for processors with and without AVX2; the loader picks one. Only gcc with glibc
 * can do that, and not with sanitizers, whose run-time is not up when the loader chooses; elsewhere
 * the compiler's default must do.
 */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__) && \
	!defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define FAST __attribute__((target_clones("avx2", "default"), optimize("O3")))
#else
#define FAST
#endif

/** "10?." or "f?7a": written without branches, so that 32 positions are one instruction. */
static inline unsigned char could_start(const unsigned char *at)
{
	unsigned char v4 = (unsigned char)((at[0] == '1') & (at[1] == '0') & (at[3] == '.'));
	unsigned char v6 =
		(unsigned char)(((at[0] | 0x20) == 'f') & (at[2] == '7') & ((at[3] | 0x20) == 'a'));

	return v4 | v6;
}

static inline bool block_could_start(const unsigned char *at)
{
	unsigned char any = 0;

	for (size_t i = 0; i < BLOCK; i++) {
		any |= could_start(at + i);
	}
	return any;
}

/**
 * Where the first block with a possible start begins; `len` if there is none. The last block may
 * overlap the one before, so that no bytes are left to be tested one by one.
 */
FAST static size_t find_block(const unsigned char *at, size_t len)
{
	size_t i = 0;

	for (; i + BLOCK + LOOK_BYTES <= len; i += BLOCK) {
		if (block_could_start(at + i)) {
			return i;
		}
	}
	if (len >= BLOCK + LOOK_BYTES && !block_could_start(at + len - LOOK_BYTES - BLOCK + 1)) {
		return len;
	}
	return i;
}

/** A search for positions where a literal could start. */
struct search {
	struct text bytes;
	size_t at;  /**< not looked at yet */
	size_t end; /**< up to here one by one: a block that holds one, or what is left */
};

/** The next such position; false if there is none. */
static bool search_next(struct search *search, size_t *out)
{
	const unsigned char *bytes = (const unsigned char *)search->bytes.at;
	size_t len = search->bytes.len;

	while (search->at + LOOK_BYTES <= len) {
		if (search->at >= search->end) {
			search->at += find_block(bytes + search->at, len - search->at);
			search->end = search->at + BLOCK;
		}
		for (; search->at < search->end && search->at + LOOK_BYTES <= len; search->at++) {
			if (could_start(bytes + search->at)) {
				*out = search->at++;
				return true;
			}
		}
	}
	return false;
}

static bool is_digit(unsigned char byte)
{
	return byte >= '0' && byte <= '9';
}

static bool is_hex(unsigned char byte)
{
	return is_digit(byte) || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'f');
}

/** The byte at `i`, 0 outside. */
static unsigned char byte_at(struct text bytes, size_t i)
{
	return i < bytes.len ? (unsigned char)bytes.at[i] : 0;
}

/** Does the text at `i` read "/<bits>", and no longer number? */
static bool has_prefix_length(struct text bytes, size_t i, const char *bits)
{
	size_t len = strlen(bits);

	return byte_at(bytes, i) == '/' && i + 1 + len <= bytes.len &&
	       memcmp(bytes.at + i + 1, bits, len) == 0 && !is_digit(byte_at(bytes, i + 1 + len));
}

/* ---- IPv4 */

/** Digits and dots of a quad at `start`; 0 if there are none. */
static size_t quad_length(struct text bytes, size_t start)
{
	size_t i = start;

	for (int octet = 0; octet < 4; octet++) {
		size_t digits = 0;

		if (octet > 0 && byte_at(bytes, i++) != '.') {
			return 0;
		}
		while (digits < 4 && is_digit(byte_at(bytes, i + digits))) {
			digits++;
		}
		if (digits == 0 || digits == 4) {
			return 0;
		}
		i += digits;
	}
	return i - start;
}

static bool match_v4(struct text bytes, size_t start, struct tailnet_literal *out)
{
	static const struct address base = {ADDRESS_V4, {100, 64, 0, 0}};
	size_t len = quad_length(bytes, start);
	size_t end = start + len;
	struct address address = {0};

	if (len == 0 || (start > 0 && is_digit(byte_at(bytes, start - 1))) ||
	    (start > 1 && bytes.at[start - 1] == '.' && is_digit(byte_at(bytes, start - 2))) ||
	    (byte_at(bytes, end) == '.' && is_digit(byte_at(bytes, end + 1)))) {
		return false;
	}
	if (!address_parse((struct text){bytes.at + start, len}, &address) ||
	    address_classify(&address) != ADDRESS_TAILNET ||
	    (address_equal(&address, &base) && has_prefix_length(bytes, end, "10"))) {
		return false;
	}
	*out = (struct tailnet_literal){start, len, address};
	return true;
}

/* ---- IPv6 */

/** Part of a word or name, and so not what stands before the group of an address? */
static bool is_word(unsigned char byte)
{
	return byte >= 0x80 || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') || byte == '-' ||
	       byte == '_' || byte == '.';
}

/** Is what starts at `i` the tail of a longer address: after a digit, "::", or "<group>:"? */
static bool is_tail(struct text bytes, size_t i)
{
	size_t group = 0;
	unsigned char before = 0;

	if (i == 0 || bytes.at[i - 1] != ':') {
		return i > 0 && is_hex(byte_at(bytes, i - 1));
	}
	while (group < 5 && i >= group + 2 && is_hex(byte_at(bytes, i - 2 - group))) {
		group++;
	}
	before = i >= group + 2 ? byte_at(bytes, i - 2 - group) : 0;
	if (group == 0) {
		return before == ':';
	}
	/* `ip6:fd7a:…` is a word and an address; `1:fd7a:…` is another address. */
	return group <= 4 && !is_word(before);
}

/** Does an address of `len` bytes end there, so that no more of it follows? */
static bool ends_at(struct text bytes, size_t end)
{
	unsigned char after = byte_at(bytes, end);

	if (after == '.') {
		return !is_digit(byte_at(bytes, end + 1));
	}
	/* A colon may follow in a sentence, but not one with more of an address behind it. */
	return !is_hex(after) && !(after == ':' && (byte_at(bytes, end + 1) == ':' ||
						    is_hex(byte_at(bytes, end + 1))));
}

/** Bytes that may be part of an address from `start` on, with or without the dots of a quad. */
static size_t run_length(struct text bytes, size_t start, bool with_dots)
{
	size_t len = 0;

	while (len < ADDRESS_TEXT_BYTES &&
	       (is_hex(byte_at(bytes, start + len)) || byte_at(bytes, start + len) == ':' ||
		(with_dots && byte_at(bytes, start + len) == '.'))) {
		len++;
	}
	/* Punctuation of the sentence around it. */
	while (len > 0 && bytes.at[start + len - 1] == '.') {
		len--;
	}
	if (len > 1 && bytes.at[start + len - 1] == ':' && bytes.at[start + len - 2] != ':') {
		len--;
	}
	return len;
}

static bool match_v6(struct text bytes, size_t start, struct tailnet_literal *out)
{
	static const struct address base = {ADDRESS_V6, {0xfd, 0x7a, 0x11, 0x5c, 0xa1, 0xe0}};
	struct address address = {0};
	size_t len = run_length(bytes, start, true);

	if (is_tail(bytes, start)) {
		return false;
	}
	if (!address_parse((struct text){bytes.at + start, len}, &address) ||
	    !ends_at(bytes, start + len)) {
		len = run_length(bytes, start, false);
		if (!address_parse((struct text){bytes.at + start, len}, &address) ||
		    !ends_at(bytes, start + len)) {
			return false;
		}
	}
	if (address_classify(&address) != ADDRESS_TAILNET ||
	    (address_equal(&address, &base) && has_prefix_length(bytes, start + len, "48"))) {
		return false;
	}
	*out = (struct tailnet_literal){start, len, address};
	return true;
}

static bool is_v6_start(struct text bytes, size_t i)
{
	return (bytes.at[i] | 0x20) == 'f' && i + V6_START_BYTES <= bytes.len &&
	       strncasecmp(bytes.at + i, V6_START, V6_START_BYTES) == 0;
}

/* ---- both */

bool tailnet_literal_next(struct text bytes, size_t from, struct tailnet_literal *out)
{
	struct search search = {.bytes = bytes, .at = from};
	size_t i = 0;

	while (search_next(&search, &i)) {
		if (is_v6_start(bytes, i) ? match_v6(bytes, i, out) : match_v4(bytes, i, out)) {
			return true;
		}
	}
	return false;
}

bool tailnet_literal_may_hit(const char *at, size_t len)
{
	struct text bytes = {at, len};
	struct search search = {.bytes = bytes};
	struct tailnet_literal ignored = {0};
	size_t i = 0;

	/* An IPv6 literal may be longer than what is carried over; its start is not. */
	while (search_next(&search, &i)) {
		if (is_v6_start(bytes, i) || match_v4(bytes, i, &ignored)) {
			return true;
		}
	}
	return false;
}
