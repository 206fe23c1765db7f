#include "report/style.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/codec.h"

/** The value of an environment variable; "" if it is not set. */
static const char *setting(const char *name)
{
	const char *value = getenv(name);

	return value ? value : "";
}

static bool is_forced(const char *name)
{
	const char *value = setting(name);

	return *value && strcmp(value, "0") != 0;
}

bool colour_is_wanted(enum colour_when when, bool is_terminal)
{
	if (when != COLOUR_AUTO) {
		return when == COLOUR_ALWAYS;
	}
	if (*setting("NO_COLOR")) {
		return false;
	}
	if (is_forced("CLICOLOR_FORCE") || is_forced("FORCE_COLOR")) {
		return true;
	}
	if (strcmp(setting("TERM"), "dumb") == 0 || strcmp(setting("CLICOLOR"), "0") == 0) {
		return false;
	}
	return is_terminal;
}

bool locale_is_utf8(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = setting(names[i]);

		if (*value) {
			return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
		}
	}
	return false;
}

/** Columns by COLUMNS, else by the terminal, else STYLE_WIDTH. */
static size_t width_of(int fd)
{
	struct winsize size = {0};
	int64_t columns = 0;
	struct err err = {0};

	if (parse_int(text_of(setting("COLUMNS")), 1, 10000, &columns, &err)) {
		columns = ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col
									       : STYLE_WIDTH;
	}
	if ((size_t)columns < STYLE_WIDTH_MIN) {
		return STYLE_WIDTH_MIN;
	}
	return (size_t)columns > STYLE_WIDTH_MAX ? STYLE_WIDTH_MAX : (size_t)columns;
}

void style_of(int fd, enum colour_when when, struct style *out)
{
	out->has_colour = colour_is_wanted(when, isatty(fd));
	out->is_ascii = !locale_is_utf8();
	out->width = width_of(fd);
}

void colour_add(struct str *out, const struct style *style, enum colour colour, const char *text)
{
	static const char *const codes[] = {
		[COLOUR_PLAIN] = "",         [COLOUR_BOLD] = "\033[1m",
		[COLOUR_DIM] = "\033[2m",    [COLOUR_RED] = "\033[31m",
		[COLOUR_GREEN] = "\033[32m", [COLOUR_YELLOW] = "\033[33m",
		[COLOUR_CYAN] = "\033[36m",
	};
	bool is_coloured = style->has_colour && colour != COLOUR_PLAIN;

	str_add(out, is_coloured ? codes[colour] : "");
	str_add(out, text);
	str_add(out, is_coloured ? "\033[0m" : "");
}

const char *mark_text(const struct style *style, enum mark mark)
{
	static const struct {
		const char *unicode;
		const char *ascii;
	} marks[] = {
		[MARK_PASS] = {"✓", "+"},       [MARK_FAIL] = {"✗", "x"},
		[MARK_UNKNOWN] = {"?", "?"},    [MARK_SKIP] = {"-", "-"},
		[MARK_REMARK] = {"·", "*"},     [MARK_DOT] = {"·", "-"},
		[MARK_ELLIPSIS] = {"…", "..."}, [MARK_ARROW] = {"→", "->"},
		[MARK_DASH] = {"–", "-"},
	};

	return style->is_ascii ? marks[mark].ascii : marks[mark].unicode;
}

enum mark verdict_mark(enum verdict verdict)
{
	static const enum mark marks[] = {
		[VERDICT_UNKNOWN] = MARK_UNKNOWN,
		[VERDICT_PASS] = MARK_PASS,
		[VERDICT_FAIL] = MARK_FAIL,
		[VERDICT_SKIP] = MARK_SKIP,
	};

	return marks[verdict];
}

enum colour verdict_colour(enum verdict verdict)
{
	static const enum colour colours[] = {
		[VERDICT_UNKNOWN] = COLOUR_YELLOW,
		[VERDICT_PASS] = COLOUR_GREEN,
		[VERDICT_FAIL] = COLOUR_RED,
		[VERDICT_SKIP] = COLOUR_DIM,
	};

	return colours[verdict];
}
