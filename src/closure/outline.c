#include "closure/outline.h"

#include <string.h>
#include <strings.h>

#include "base/cleanup.h"

/** Spaces that a tab stands for. */
#define TAB_COLUMNS 4

/** Indentation from which a line is code, or belongs to the item above it. */
#define CODE_COLUMNS 4

/** Ceiling of an item with all its lines. */
#define ITEM_BYTES ((size_t)16 * 1024)

/** A line, and what was found out about it. */
struct line {
	struct text text; /**< without its end */
	size_t offset;
	int number;
	size_t indent; /**< columns */
	size_t blanks; /**< bytes of that */
};

struct reader {
	struct arena *arena;
	const char *file;
	struct text bytes;
	struct outline *out;
	struct line line;
	char fence;       /**< '`' or '~' inside of a fence; else 0 */
	size_t fence_len; /**< how many opened it */
	bool in_comment;  /**< that began on an earlier line */
	bool in_item;     /**< the newest item may go on */
	size_t item;      /**< its index */
	size_t item_indent;
	struct str text; /**< of the newest item, or of the comment that is open */
	struct place comment_where;
	size_t comment_offset;
};

static struct block *add_block(struct reader *reader, enum block_kind kind, const char *at)
{
	struct block *block = VEC_ADD(&reader->out->blocks);

	*block = (struct block){
		.kind = kind,
		.where = {reader->file, reader->line.number, (int)(at - reader->line.text.at) + 1},
		.offset = reader->line.offset,
	};
	return block;
}

static const char *keep(struct reader *reader, struct text text)
{
	text = text_trim(text);
	return arena_copy(reader->arena, text.at, text.len);
}

/** The newest item is complete. */
static void end_item(struct reader *reader)
{
	if (reader->in_item) {
		reader->out->blocks.at[reader->item].text = keep(reader, str_view(&reader->text));
		reader->in_item = false;
	}
	str_clear(&reader->text);
}

/* ---- comments */

static void add_comment(struct reader *reader, bool is_in_item, struct text words)
{
	struct block *block = VEC_ADD(&reader->out->blocks);

	*block = (struct block){.kind = BLOCK_COMMENT,
				.text = keep(reader, words),
				.where = reader->comment_where,
				.offset = reader->comment_offset,
				.is_in_item = is_in_item};
}

static const char *find(struct text text, const char *words)
{
	return memmem(text.at, text.len, words, strlen(words));
}

/** Append the text without its comments, which become blocks. */
static void add_without_comments(struct reader *reader, struct text rest, struct str *out)
{
	const char *start = NULL;

	while ((start = find(rest, "<!--"))) {
		struct text inside = {start + 4, rest.len - (size_t)(start + 4 - rest.at)};
		const char *end = find(inside, "-->");

		if (!end) {
			break;
		}
		str_add_bytes(out, rest.at, (size_t)(start - rest.at));
		reader->comment_where = (struct place){reader->file, reader->line.number,
						       (int)(start - reader->line.text.at) + 1};
		reader->comment_offset = reader->line.offset;
		add_comment(reader, reader->in_item,
			    (struct text){inside.at, (size_t)(end - inside.at)});
		rest.len -= (size_t)(end + 3 - rest.at);
		rest.at = end + 3;
	}
	str_add_text(out, rest);
}

/** A comment that is open ends on this line, or goes on. */
static void continue_comment(struct reader *reader)
{
	const char *end = find(reader->line.text, "-->");
	struct text words = reader->line.text;

	words.len = end ? (size_t)(end - words.at) : words.len;
	str_add_char(&reader->text, ' ');
	str_add_text(&reader->text, words);
	if (end) {
		add_comment(reader, false, str_view(&reader->text));
		str_clear(&reader->text);
		reader->in_comment = false;
	}
}

/** A line that begins with a comment. */
static bool read_comment(struct reader *reader, struct text body)
{
	AUTO(auto_str) struct str rest = {0};

	if (!text_starts(body, "<!--") ||
	    (reader->in_item && reader->line.indent > reader->item_indent)) {
		return false;
	}
	end_item(reader);
	if (find(body, "-->")) {
		add_without_comments(reader, body, &rest);
		return true;
	}
	reader->comment_where =
		(struct place){reader->file, reader->line.number, (int)reader->line.blanks + 1};
	reader->comment_offset = reader->line.offset;
	reader->in_comment = true;
	str_add_bytes(&reader->text, body.at + 4, body.len - 4);
	return true;
}

/* ---- fences */

/** How many of the fence's characters a line starts with; 0: it is no fence. */
static size_t fence_of(struct text body)
{
	size_t len = 0;

	while (len < body.len && (body.at[0] == '`' || body.at[0] == '~') &&
	       body.at[len] == body.at[0]) {
		len++;
	}
	return len < 3 ? 0 : len;
}

static bool read_fence(struct reader *reader, struct text body)
{
	size_t len = fence_of(body);

	if (reader->fence) {
		if (len >= reader->fence_len && body.at[0] == reader->fence) {
			reader->fence = 0;
		} else if (body.len > 0) {
			struct block *block = add_block(reader, BLOCK_CODE, body.at);

			block->text = keep(reader, body);
		}
		return true;
	}
	if (len == 0 || reader->line.indent >= CODE_COLUMNS) {
		return false;
	}
	end_item(reader);
	reader->fence = body.at[0];
	reader->fence_len = len;
	return true;
}

/* ---- headings, items */

static bool read_heading(struct reader *reader, struct text body)
{
	size_t level = 0;
	struct block *block = NULL;

	while (level < body.len && body.at[level] == '#') {
		level++;
	}
	if (level == 0 || level > 6 || reader->line.indent >= CODE_COLUMNS ||
	    (level < body.len && body.at[level] != ' ' && body.at[level] != '\t')) {
		return false;
	}
	end_item(reader);
	block = add_block(reader, BLOCK_HEADING, body.at);
	block->level = (int)level;
	body = text_trim((struct text){body.at + level, body.len - level});
	while (body.len > 0 && body.at[body.len - 1] == '#') {
		body.len--;
	}
	block->text = keep(reader, body);
	return true;
}

static bool is_digit(char one)
{
	return one >= '0' && one <= '9';
}

/** Bytes of "- ", "* ", "+ ", "12. ", "3) "; 0 if there is none. */
static size_t bullet_of(struct text body)
{
	size_t len = 0;

	while (len < body.len && len < 9 && is_digit(body.at[len])) {
		len++;
	}
	if (body.len <= len || !body.at[len] || !strchr(len > 0 ? ".)" : "-*+", body.at[len])) {
		return 0;
	}
	len++;
	return len < body.len && (body.at[len] == ' ' || body.at[len] == '\t') ? len + 1 : 0;
}

/** The box in front of an item's words, which then start behind it. */
static void take_box(struct reader *reader, struct block *block, struct text *words)
{
	const char *inside = words->at + 1;

	if (words->len < 3 || words->at[0] != '[' || words->at[2] != ']' || !*inside ||
	    !strchr(" xX", *inside) ||
	    (words->len > 3 && words->at[3] != ' ' && words->at[3] != '\t')) {
		return;
	}
	block->tick = *inside == ' ' ? TICK_OPEN : TICK_DONE;
	block->box = reader->line.offset + (size_t)(words->at + 1 - reader->line.text.at);
	words->at += 3;
	words->len -= 3;
}

static bool read_item(struct reader *reader, struct text body)
{
	size_t bullet = bullet_of(body);
	bool is_nested = reader->in_item && reader->line.indent > reader->item_indent + 1;
	struct block *block = NULL;
	struct text words = {0};

	if (bullet == 0 || is_nested || (!reader->in_item && reader->line.indent >= CODE_COLUMNS)) {
		return false;
	}
	end_item(reader);
	words = text_trim((struct text){body.at + bullet, body.len - bullet});
	block = add_block(reader, BLOCK_ITEM, words.at);
	take_box(reader, block, &words);
	words = text_trim(words);
	block->where.column = (int)(words.at - reader->line.text.at) + 1;
	reader->in_item = true;
	reader->item = reader->out->blocks.len - 1;
	reader->item_indent = reader->line.indent;
	add_without_comments(reader, words, &reader->text);
	return true;
}

/** A line that belongs to the item above it: indented, or simply going on. */
static void continue_item(struct reader *reader, struct text body)
{
	if (!reader->in_item) {
		return;
	}
	if (reader->text.len > 0) {
		str_add_char(&reader->text, ' ');
	}
	add_without_comments(reader, body, &reader->text);
}

/* ---- lines */

static void measure(struct line *line)
{
	size_t at = 0;

	line->indent = 0;
	while (at < line->text.len && (line->text.at[at] == ' ' || line->text.at[at] == '\t')) {
		line->indent += line->text.at[at] == '\t' ? TAB_COLUMNS : 1;
		at++;
	}
	line->blanks = at;
}

static void read_line(struct reader *reader)
{
	struct text body = text_trim(reader->line.text);

	measure(&reader->line);
	if (reader->in_comment) {
		continue_comment(reader);
		return;
	}
	if (body.len == 0 && !reader->fence) {
		/* What is indented behind an empty line would still belong to the item; loops that
		 * say something there say it for people. */
		end_item(reader);
		return;
	}
	if (read_fence(reader, body) || read_comment(reader, body) || read_heading(reader, body) ||
	    read_item(reader, body)) {
		return;
	}
	continue_item(reader, body);
}

void outline_read(struct arena *arena, const char *file, struct text bytes, size_t from,
		  struct outline *out)
{
	struct reader reader = {.arena = arena,
				.file = file,
				.bytes = bytes,
				.out = out,
				.text = {.max = ITEM_BYTES},
				.line = {.number = 1}};
	const char *first = bytes.len > 0 ? memchr(bytes.at, '\n', bytes.len) : NULL;
	size_t at = from;

	out->has_crlf = first && first > bytes.at && first[-1] == '\r';
	out->ends_line = bytes.len == 0 || bytes.at[bytes.len - 1] == '\n';
	for (size_t i = 0; i < from; i++) {
		reader.line.number += bytes.at[i] == '\n';
	}
	while (at < bytes.len && out->blocks.len < OUTLINE_BLOCKS) {
		const char *end = memchr(bytes.at + at, '\n', bytes.len - at);
		size_t len = end ? (size_t)(end - bytes.at) - at : bytes.len - at;

		reader.line.offset = at;
		reader.line.text = (struct text){bytes.at + at, len};
		if (len > 0 && bytes.at[at + len - 1] == '\r') {
			reader.line.text.len--;
		}
		read_line(&reader);
		reader.line.number++;
		at += len + 1;
	}
	out->is_open = reader.in_comment || reader.fence;
	if (!reader.in_comment) {
		end_item(&reader);
	}
	str_release(&reader.text);
}

void outline_release(struct outline *outline)
{
	VEC_RELEASE(&outline->blocks);
}

bool heading_is(const struct block *block, const char *words)
{
	size_t len = strlen(words);

	return block->kind == BLOCK_HEADING && strncasecmp(block->text, words, len) == 0 &&
	       (block->text[len] == '\0' || strchr(" :(-,/", block->text[len]));
}

size_t section_end(const struct outline *outline, size_t from)
{
	size_t at = from + 1;

	while (at < outline->blocks.len &&
	       (outline->blocks.at[at].kind != BLOCK_HEADING ||
		outline->blocks.at[at].level > outline->blocks.at[from].level)) {
		at++;
	}
	return at;
}
