#include "base/codec.h"

#include <stdbool.h>
#include <string.h>

/** How much of a wrong value a message quotes. */
#define QUOTE_BYTES 60

static int quote_len(struct text text)
{
	return (int)(text.len < QUOTE_BYTES ? text.len : QUOTE_BYTES);
}

/** Decimal digits without leading zeros into a magnitude; false on anything else or overflow. */
static bool read_digits(struct text text, uint64_t *out)
{
	uint64_t value = 0;

	if (text.len == 0 || (text.len > 1 && text.at[0] == '0')) {
		return false;
	}
	for (size_t i = 0; i < text.len; i++) {
		unsigned digit = (unsigned)text.at[i] - '0';

		if (digit > 9 || value > ((uint64_t)INT64_MAX - digit) / 10) {
			return false;
		}
		value = value * 10 + digit;
	}
	*out = value;
	return true;
}

int parse_int(struct text text, int64_t min, int64_t max, int64_t *out, struct err *err)
{
	bool is_negative = min < 0 && text.len > 1 && text.at[0] == '-' && text.at[1] != '0';
	struct text digits = text;
	uint64_t magnitude = 0;
	int64_t value = 0;

	if (is_negative) {
		digits.at++;
		digits.len--;
	}
	if (read_digits(digits, &magnitude)) {
		value = is_negative ? -(int64_t)magnitude : (int64_t)magnitude;
		if (value >= min && value <= max) {
			*out = value;
			return 0;
		}
	}
	return err_set(err, ERR_INPUT, "'%.*s' is not a whole number from %lld to %lld",
		       quote_len(text), text.len ? text.at : "", (long long)min, (long long)max);
}

int parse_duration_ms(struct text text, int64_t max_ms, int64_t *out_ms, struct err *err)
{
	static const struct {
		const char *suffix;
		int64_t ms;
	} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
	size_t digits = 0;
	uint64_t count = 0;

	while (digits < text.len && text.at[digits] >= '0' && text.at[digits] <= '9') {
		digits++;
	}
	for (size_t i = 0; text.len > 0 && i < sizeof(units) / sizeof(units[0]); i++) {
		struct text suffix = {text.at + digits, text.len - digits};

		if (!text_is(suffix, units[i].suffix)) {
			continue;
		}
		if (!read_digits((struct text){text.at, digits}, &count) ||
		    count > (uint64_t)(max_ms / units[i].ms)) {
			break;
		}
		*out_ms = (int64_t)count * units[i].ms;
		return 0;
	}
	return err_set(err, ERR_INPUT,
		       "'%.*s' is not a duration like 500ms, 10s, 5m, 2h or 14d, of at most %llds",
		       quote_len(text), text.len ? text.at : "", (long long)(max_ms / 1000));
}

void hex_encode(struct str *out, const void *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *at = bytes;

	for (size_t i = 0; i < len; i++) {
		str_add_char(out, digits[at[i] >> 4]);
		str_add_char(out, digits[at[i] & 15]);
	}
}

/** The value of a digit; HEX_BAD for any other character. */
#define HEX_BAD 16
static unsigned hex_digit(char digit)
{
	if (digit >= '0' && digit <= '9') {
		return (unsigned)(digit - '0');
	}
	if (digit >= 'a' && digit <= 'f') {
		return (unsigned)(digit - 'a') + 10;
	}
	return HEX_BAD;
}

int hex_decode(struct text text, void *out, size_t len, struct err *err)
{
	unsigned char *at = out;

	if (text.len != len * 2) {
		return err_set(err, ERR_INPUT, "expected %zu hexadecimal digits, got %zu", len * 2,
			       text.len);
	}
	for (size_t i = 0; i < text.len; i++) {
		if (hex_digit(text.at[i]) == HEX_BAD) {
			return err_set(err, ERR_INPUT, "'%c' is not a lower-case hexadecimal digit",
				       text.at[i]);
		}
	}
	for (size_t i = 0; i < len; i++) {
		at[i] = (unsigned char)(hex_digit(text.at[2 * i]) << 4 |
					hex_digit(text.at[2 * i + 1]));
	}
	return 0;
}

/** The digits by value, and behind them what fills a group up. */
static const char base64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
#define BASE64_PAD 64

void base64_encode(struct str *out, const void *bytes, size_t len)
{
	const unsigned char *at = bytes;

	for (size_t i = 0; i < len; i += 3) {
		size_t have = len - i < 3 ? len - i : 3;
		unsigned long group = (unsigned long)at[i] << 16;

		group |= have > 1 ? (unsigned long)at[i + 1] << 8 : 0;
		group |= have > 2 ? (unsigned long)at[i + 2] : 0;
		str_add_char(out, base64_digits[group >> 18]);
		str_add_char(out, base64_digits[group >> 12 & 63]);
		str_add_char(out, base64_digits[have > 1 ? group >> 6 & 63 : BASE64_PAD]);
		str_add_char(out, base64_digits[have > 2 ? group & 63 : BASE64_PAD]);
	}
}

/** Values of the digits, one more than they are; 0 for all other characters. */
static const unsigned char base64_values[256] = {
	['A'] = 1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11,         12,         13,
	14,         15, 16, 17, 18, 19, 20, 21, 22, 23, 24,         25,         26,
	['a'] = 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37,         38,         39,
	40,         41, 42, 43, 44, 45, 46, 47, 48, 49, 50,         51,         52,
	['0'] = 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, ['+'] = 63, ['/'] = 64,
};

/** One group of four digits; returns the bytes in it, or -1. `is_last` allows padding. */
static int decode_group(const char digits[4], bool is_last, unsigned char out[3])
{
	unsigned long group = 0;
	int pad = 0;

	for (int i = 0; i < 4; i++) {
		unsigned value = base64_values[(unsigned char)digits[i]];

		if (digits[i] == '=' && is_last && i >= 2) {
			pad++;
			group <<= 6;
			continue;
		}
		if (value == 0 || pad > 0) {
			return -1;
		}
		group = group << 6 | (value - 1);
	}
	if ((pad == 1 && (group & 0xff)) || (pad == 2 && (group & 0xffff))) {
		return -1;
	}
	out[0] = (unsigned char)(group >> 16);
	out[1] = (unsigned char)(group >> 8);
	out[2] = (unsigned char)group;
	return 3 - pad;
}

/** Groups that are decoded before they are appended. */
#define BASE64_GROUPS 256

int base64_decode(struct text text, struct str *out, struct err *err)
{
	unsigned char bytes[3 * BASE64_GROUPS];
	size_t before = out->len;
	size_t len = 0;

	if (text.len % 4 != 0) {
		return err_set(err, ERR_INPUT, "base64 of %zu characters is not padded", text.len);
	}
	for (size_t i = 0; i < text.len; i += 4) {
		int got = decode_group(text.at + i, i + 4 == text.len, bytes + len);

		if (got < 0) {
			str_cut(out, before);
			return err_set(err, ERR_INPUT,
				       "not canonical standard base64 near character %zu", i + 1);
		}
		len += (size_t)got;
		if (len == sizeof(bytes) || i + 4 == text.len) {
			str_add_bytes(out, bytes, len);
			len = 0;
		}
	}
	return 0;
}

void base32_encode(struct str *out, const unsigned char *bytes, size_t digits)
{
	static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

	for (size_t i = 0; i < digits; i++) {
		size_t bit = i * 5;
		unsigned pair = (unsigned)bytes[bit / 8] << 8;

		pair |= bit % 8 > 3 ? bytes[bit / 8 + 1] : 0U;
		str_add_char(out, alphabet[pair >> (11 - bit % 8) & 31]);
	}
}
