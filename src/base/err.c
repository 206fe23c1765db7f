#include "base/err.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"

/** Store a sentence, made printable: it may quote what a peer or a file said. */
static void store(struct err *err, enum err_code code, const struct str *sentence)
{
	AUTO(auto_str) struct str clean = {.max = sizeof(err->text) - 1};

	str_add_printable(&clean, str_view(sentence));
	err->code = code;
	memcpy(err->text, str_text(&clean), clean.len + 1);
}

void err_fill(struct err *err, enum err_code code, const char *format, ...)
{
	AUTO(auto_str) struct str sentence = {0};
	va_list args;

	va_start(args, format);
	str_vprintf(&sentence, format, args);
	va_end(args);
	store(err, code, &sentence);
}

void err_fill_errno(struct err *err, const char *format, ...)
{
	int number = errno;
	AUTO(auto_str) struct str sentence = {0};
	va_list args;

	va_start(args, format);
	str_vprintf(&sentence, format, args);
	va_end(args);
	str_printf(&sentence, ": %s", strerror(number));
	store(err, number == ENOENT || number == ENOTDIR ? ERR_ABSENT : ERR_SYSTEM, &sentence);
}

void err_prefix(struct err *err, const char *format, ...)
{
	AUTO(auto_str) struct str sentence = {0};
	va_list args;

	va_start(args, format);
	str_vprintf(&sentence, format, args);
	va_end(args);
	str_printf(&sentence, ": %s", err->text);
	store(err, err->code ? err->code : ERR_INTERNAL, &sentence);
}
