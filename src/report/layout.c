#include "report/layout.h"

#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"

size_t text_columns(struct text text)
{
	size_t columns = 0;

	for (size_t i = 0; i < text.len; i++) {
		columns += ((unsigned char)text.at[i] & 0xc0) != 0x80;
	}
	return columns;
}

void add_spaces(struct str *out, size_t count)
{
	while (count > 0) {
		str_add_char(out, ' ');
		count--;
	}
}

void wrap_add(struct str *out, const struct style *style, size_t column, size_t indent,
	      const char *text)
{
	AUTO(auto_str) struct str clean = {0};
	struct text rest = {0};
	struct text word = {0};
	bool is_first = true;

	str_add_printable(&clean, text_of(text));
	rest = str_view(&clean);
	while (text_split(&rest, ' ', &word)) {
		size_t columns = text_columns(word);

		if (word.len == 0) {
			continue;
		}
		if (!is_first && column + 1 + columns > style->width) {
			str_add_char(out, '\n');
			add_spaces(out, indent);
			column = indent;
		} else if (!is_first) {
			str_add_char(out, ' ');
			column++;
		}
		str_add_text(out, word);
		column += columns;
		is_first = false;
	}
}

void folded_add(struct str *out, const char *text)
{
	struct text rest = text_trim(text_of(text));
	struct text line = {0};
	const char *gap = "";

	while (text_split(&rest, '\n', &line)) {
		str_add(out, gap);
		str_add_text(out, text_trim(line));
		gap = " ";
	}
}

/** What has been laid out so far. */
struct layout {
	struct str *out;
	const struct style *style;
	size_t indent;
	struct str paragraph; /**< lines collected, not yet written */
	bool has_output;
	bool wants_gap; /**< an empty line goes before whatever comes next */
};

static void open_gap(struct layout *layout)
{
	if (layout->wants_gap) {
		str_add_char(layout->out, '\n');
	}
	layout->wants_gap = false;
	layout->has_output = true;
}

/** Write the paragraph, wrapped; items of a list hang by two. */
static void flush_paragraph(struct layout *layout)
{
	struct text text = str_view(&layout->paragraph);
	size_t hanging = layout->indent + (text_starts(text, "- ") ? 2 : 0);

	if (text.len > 0) {
		open_gap(layout);
		add_spaces(layout->out, layout->indent);
		wrap_add(layout->out, layout->style, layout->indent, hanging, text.at);
		str_add_char(layout->out, '\n');
	}
	str_clear(&layout->paragraph);
}

static void add_line(struct layout *layout, struct text line)
{
	bool is_kept = text_starts(line, " ");

	if (line.len == 0 || is_kept || text_starts(line, "- ")) {
		flush_paragraph(layout);
	}
	if (line.len == 0) {
		layout->wants_gap = layout->has_output;
	} else if (is_kept) {
		open_gap(layout);
		add_spaces(layout->out, layout->indent);
		str_add_printable(layout->out, line);
		str_add_char(layout->out, '\n');
	} else {
		str_add(&layout->paragraph, layout->paragraph.len > 0 ? " " : "");
		str_add_text(&layout->paragraph, line);
	}
}

void paragraphs_add(struct str *out, const struct style *style, size_t indent, const char *text)
{
	struct layout layout = {.out = out, .style = style, .indent = indent};
	struct text rest = text_of(text);
	struct text line = {0};

	while (text_split(&rest, '\n', &line)) {
		add_line(&layout, line);
	}
	flush_paragraph(&layout);
	str_release(&layout.paragraph);
}

void sentence_add(struct str *out, const struct style *style, size_t indent, const char *doc)
{
	AUTO(auto_str) struct str sentence = {0};

	str_add_text(&sentence, text_trim(text_of(doc)));
	if (sentence.len > 0 && !strchr(".?!", sentence.at[sentence.len - 1])) {
		str_add_char(&sentence, '.');
	}
	paragraphs_add(out, style, indent, str_text(&sentence));
}
