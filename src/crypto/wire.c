#include "crypto/wire.h"

void wire_add_u32(struct str *out, size_t number)
{
	for (int shift = 24; shift >= 0; shift -= 8) {
		str_add_char(out, (char)(number >> shift & 0xff));
	}
}

void wire_add(struct str *out, const void *bytes, size_t len)
{
	wire_add_u32(out, len);
	str_add_bytes(out, bytes, len);
}

void wire_add_text(struct str *out, struct text text)
{
	wire_add(out, text.at, text.len);
}

void wire_add_number(struct str *out, const unsigned char *bytes, size_t len)
{
	while (len > 0 && *bytes == 0) {
		bytes++;
		len--;
	}
	if (len > 0 && (*bytes & 0x80) != 0) { /* would read as negative */
		wire_add_u32(out, len + 1);
		str_add_char(out, 0);
	} else {
		wire_add_u32(out, len);
	}
	str_add_bytes(out, bytes, len);
}

bool wire_take_u32(struct text *rest, unsigned *out)
{
	const unsigned char *at = (const unsigned char *)rest->at;

	if (rest->len < 4) {
		return false;
	}
	*out = (unsigned)at[0] << 24 | (unsigned)at[1] << 16 | (unsigned)at[2] << 8 | at[3];
	rest->at += 4;
	rest->len -= 4;
	return true;
}

bool wire_take(struct text *rest, struct text *part)
{
	struct text after = *rest;
	unsigned len = 0;

	if (!wire_take_u32(&after, &len) || len > after.len) {
		return false;
	}
	*part = (struct text){after.at, len};
	*rest = (struct text){after.at + len, after.len - len};
	return true;
}

bool wire_take_number(struct text *rest, struct text *bytes)
{
	struct text after = *rest;
	struct text part = {0};

	if (!wire_take(&after, &part) || part.len == 0 || (part.at[0] & 0x80) != 0) {
		return false;
	}
	if (part.at[0] == 0) {
		part.at++;
		part.len--;
		if (part.len == 0 || (part.at[0] & 0x80) == 0) { /* zero, or a longer form */
			return false;
		}
	}
	*bytes = part;
	*rest = after;
	return true;
}
