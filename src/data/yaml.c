#include "data/yaml.h"

#include <stdint.h>
#include <string.h>
#include <yaml.h>

#include "base/cleanup.h"
#include "data/build.h"
#include "data/yaml_error.h"

/** Depth of nesting, by strictness (design, section 3). */
#define OWN_FILE_DEPTH 32
#define LOOKED_INTO_DEPTH 100

/** Most anchors in a document: they are kept sorted, and inserting into a longer list is slow. */
#define ANCHORS_MAX 10000

/** Most lines that start with %TAG: libyaml compares each such directive with all before it. */
#define DIRECTIVES_MAX 100

/** A name for a node, `&name`. */
struct anchor {
	const char *name;
	const struct node *node;
};

/** Where libyaml's count of characters has got to in our bytes. Events come in order. */
struct cursor {
	size_t characters;
	size_t offset;
	size_t line_start;
	int line; /**< from 1 */
};

struct reader {
	struct builder build;
	yaml_parser_t parser;
	struct cursor cursor;
	struct VEC(struct anchor) anchors; /**< of this document, sorted by name */
	size_t documents;
	bool has_content; /**< some document is not empty */
};

static void auto_event(yaml_event_t *event)
{
	yaml_event_delete(event);
}

/** Bytes of a character of valid UTF-8, by its first byte. */
static size_t character_bytes(char lead)
{
	unsigned char byte = (unsigned char)lead;

	if (byte < 0x80) {
		return 1;
	}
	if (byte < 0xe0) {
		return 2;
	}
	return byte < 0xf0 ? 3 : 4;
}

/** Move the cursor to a character; what it counts stays as libyaml counts it. */
static void seek(struct reader *reader, size_t characters)
{
	struct cursor *cursor = &reader->cursor;
	struct text bytes = reader->build.bytes;

	if (characters < cursor->characters) {
		*cursor = (struct cursor){.line = 1};
	}
	while (cursor->characters < characters && cursor->offset < bytes.len) {
		char byte = bytes.at[cursor->offset];

		cursor->offset += character_bytes(byte);
		cursor->characters++;
		if (byte == '\n') {
			cursor->line++;
			cursor->line_start = cursor->offset;
		}
	}
}

static struct place place_of(struct reader *reader, const yaml_mark_t *mark)
{
	seek(reader, mark->index);
	return (struct place){
		.file = reader->build.file,
		.line = reader->cursor.line,
		.column = (int)(reader->cursor.offset - reader->cursor.line_start) + 1,
	};
}

static bool is_line_break(uint32_t code)
{
	return code == '\n' || code == '\r' || code == 0x85 || code == 0x2028 || code == 0x2029;
}

/** YAML's own idea of which characters a file may hold (YAML 1.2, section 5.1). */
static bool is_yaml_character(uint32_t code)
{
	if (code < 0x7f) {
		return code >= 0x20 || code == '\t' || code == '\n' || code == '\r';
	}
	return code == 0x85 || (code >= 0xa0 && code != 0xfffe && code != 0xffff);
}

/** Refuse control characters, and so many directives that libyaml would take minutes. */
static int check_characters(struct builder *build)
{
	struct text rest = build->bytes;
	size_t directives = 0;
	bool is_line_start = true;

	while (rest.len > 0) {
		uint32_t code = (unsigned char)rest.at[0];
		size_t step = code < 0x80 ? 1 : utf8_next(rest, &code);
		size_t offset = build->bytes.len - rest.len;

		if (!is_yaml_character(code)) {
			build_problem(build, PROBLEM_SYNTAX, build_place(build, offset), NULL,
				      "control character U+%04X cannot stand in a YAML file",
				      (unsigned)code);
			return -1;
		}
		directives += is_line_start && text_starts(rest, "%TAG");
		if (directives > DIRECTIVES_MAX) {
			build_problem(build, PROBLEM_SYNTAX, build_place(build, offset), NULL,
				      "the file has more than %d %%TAG lines", DIRECTIVES_MAX);
			return -1;
		}
		is_line_start = is_line_break(code);
		rest.at += step;
		rest.len -= step;
	}
	return 0;
}

/** Index of the first anchor not before `name`. */
static size_t find_anchor(const struct reader *reader, const char *name)
{
	size_t low = 0;
	size_t high = reader->anchors.len;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(reader->anchors.at[middle].name, name) < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

static void add_anchor(struct reader *reader, const yaml_char_t *anchor, const struct node *node)
{
	const char *name = (const char *)anchor;
	size_t at = 0;
	struct anchor *slot = NULL;

	if (!name || !node || reader->build.strictness == OWN_FILE) {
		return;
	}
	at = find_anchor(reader, name);
	if (at < reader->anchors.len && strcmp(reader->anchors.at[at].name, name) == 0) {
		reader->anchors.at[at].node = node;
		return;
	}
	if (reader->anchors.len == ANCHORS_MAX) {
		build_problem(&reader->build, PROBLEM_SYNTAX, node->where, NULL,
			      "the document has more than %d anchors", ANCHORS_MAX);
		reader->build.is_over = true;
		return;
	}
	(void)VEC_ADD(&reader->anchors);
	slot = &reader->anchors.at[at];
	memmove(slot + 1, slot, (reader->anchors.len - 1 - at) * sizeof(*slot));
	slot->name = arena_text(reader->build.arena, name);
	slot->node = node;
}

/** What libyaml makes of `!!`. */
static const char standard_tag[] = "tag:yaml.org,2002:";

/** Own files hold neither anchors nor tags. */
static void refuse_extras(struct reader *reader, struct place where, const yaml_char_t *anchor,
			  const yaml_char_t *tag)
{
	if (reader->build.strictness == LOOKED_INTO) {
		return;
	}
	if (anchor) {
		build_problem(&reader->build, PROBLEM_SYNTAX, where, "remove it",
			      "anchor '&%s' is not allowed in this file", (const char *)anchor);
	}
	if (tag) {
		bool is_standard = text_starts(text_of((const char *)tag), standard_tag);
		const char *name = (const char *)tag + (is_standard ? strlen(standard_tag) : 0);

		build_problem(&reader->build, PROBLEM_SYNTAX, where,
			      "write the value without it; text that looks like a number goes in "
			      "quotes",
			      "tag '%s%s' is not allowed in this file", is_standard ? "!!" : "",
			      name);
	}
}

/** Is the node one of those still being filled? */
static bool is_open(const struct reader *reader, const struct node *node)
{
	for (size_t i = 0; i < reader->build.open.len; i++) {
		if (reader->build.open.at[i].node == node) {
			return true;
		}
	}
	return false;
}

/** What an alias stands for; NULL after a problem. */
static const struct node *resolve(struct reader *reader, const char *name, struct place where)
{
	struct builder *build = &reader->build;
	size_t at = find_anchor(reader, name);

	if (build->strictness == OWN_FILE) {
		build_problem(build, PROBLEM_SYNTAX, where, "write the value out",
			      "alias '*%s' is not allowed in this file", name);
		return NULL;
	}
	if (at == reader->anchors.len || strcmp(reader->anchors.at[at].name, name) != 0) {
		build_problem(build, PROBLEM_SYNTAX, where, NULL,
			      "alias '*%s' names no anchor before it", name);
		return NULL;
	}
	if (is_open(reader, reader->anchors.at[at].node)) {
		build_problem(build, PROBLEM_SYNTAX, where, NULL,
			      "alias '*%s' stands inside of what it names", name);
		return NULL;
	}
	return reader->anchors.at[at].node;
}

static void take_alias(struct reader *reader, const yaml_event_t *event)
{
	struct builder *build = &reader->build;
	struct place where = place_of(reader, &event->start_mark);
	const struct node *node = resolve(reader, (const char *)event->data.alias.anchor, where);

	reader->has_content = true;
	if (build_wants_key(build)) {
		if (node && node->kind != NODE_SCALAR) {
			build_refuse_key(build, node, where);
		} else {
			build_key(build, node ? node->text.at : NULL, where, false);
		}
	} else if (node) {
		build_alias(build, node, where);
	} else {
		(void)build_scalar(build, where, (struct text){"", 0}, false);
	}
}

static void take_key(struct reader *reader, const yaml_event_t *event, struct place where,
		     struct text text)
{
	struct builder *build = &reader->build;
	bool is_merge = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && text_is(text, "<<");

	if (event->data.scalar.anchor) {
		struct node *node = arena_alloc(build->arena, sizeof(*node));

		node->where = where;
		node->text = text;
		add_anchor(reader, event->data.scalar.anchor, node);
	}
	if (is_merge && build->strictness == OWN_FILE) {
		build_problem(build, PROBLEM_SYNTAX, where, "write the keys out",
			      "merge key '<<' is not allowed in this file");
		build_key(build, NULL, where, false);
		return;
	}
	build_key(build, text.at, where, is_merge);
}

static void take_scalar(struct reader *reader, const yaml_event_t *event)
{
	struct builder *build = &reader->build;
	struct place where = place_of(reader, &event->start_mark);
	const char *tag = (const char *)event->data.scalar.tag;
	struct text text = {(const char *)event->data.scalar.value, event->data.scalar.length};
	bool is_text = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE ||
		       (tag && (strcmp(tag, YAML_STR_TAG) == 0 || strcmp(tag, "!") == 0));

	refuse_extras(reader, where, event->data.scalar.anchor, event->data.scalar.tag);
	if (memchr(text.at, '\0', text.len)) {
		build_problem(build, PROBLEM_SYNTAX, where, NULL, "the text holds a NUL character");
		text.len = 0;
	}
	reader->has_content = reader->has_content || text.len > 0 || is_text;
	text.at = arena_copy(build->arena, text.at, text.len);
	if (build_wants_key(build)) {
		take_key(reader, event, where, text);
	} else {
		add_anchor(reader, event->data.scalar.anchor,
			   build_scalar(build, where, text, is_text));
	}
}

static void take_start(struct reader *reader, const yaml_event_t *event)
{
	struct place where = place_of(reader, &event->start_mark);
	bool is_map = event->type == YAML_MAPPING_START_EVENT;
	const yaml_char_t *anchor =
		is_map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
	const yaml_char_t *tag =
		is_map ? event->data.mapping_start.tag : event->data.sequence_start.tag;

	reader->has_content = true;
	refuse_extras(reader, where, anchor, tag);
	add_anchor(reader, anchor,
		   build_open(&reader->build, is_map ? NODE_MAP : NODE_LIST, where));
}

static void take_document(struct reader *reader, const yaml_event_t *event)
{
	reader->documents++;
	reader->anchors.len = 0;
	if (reader->documents > 1 && reader->build.strictness == OWN_FILE) {
		build_problem(&reader->build, PROBLEM_SYNTAX, place_of(reader, &event->start_mark),
			      "keep one; remove '---' and what follows it",
			      "a second document starts here");
		reader->build.is_over = true;
	}
}

static void take_event(struct reader *reader, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		take_document(reader, event);
		break;
	case YAML_ALIAS_EVENT:
		take_alias(reader, event);
		break;
	case YAML_SCALAR_EVENT:
		take_scalar(reader, event);
		break;
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		take_start(reader, event);
		break;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		build_close(&reader->build);
		break;
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		break;
	}
}

/** libyaml gave up. */
static void take_failure(struct reader *reader)
{
	const yaml_parser_t *parser = &reader->parser;
	struct yaml_failure failure = {
		.problem = parser->problem ? parser->problem : "the file cannot be read as YAML",
		.context = parser->context,
	};

	seek(reader, parser->problem_mark.index);
	failure.at = reader->cursor.offset;
	failure.from = failure.at;
	if (parser->context) {
		seek(reader, parser->context_mark.index);
		failure.from = reader->cursor.offset;
	}
	yaml_report(&reader->build, &failure);
	reader->build.is_over = true;
}

static void read_events(struct reader *reader)
{
	bool is_end = false;

	while (!is_end && !reader->build.is_over) {
		AUTO(auto_event) yaml_event_t event = {0};

		if (!yaml_parser_parse(&reader->parser, &event)) {
			take_failure(reader);
			break;
		}
		take_event(reader, &event);
		is_end = event.type == YAML_STREAM_END_EVENT;
	}
}

static void read_bytes(struct reader *reader)
{
	struct text bytes = reader->build.bytes;

	if (!yaml_parser_initialize(&reader->parser)) {
		build_problem(&reader->build, PROBLEM_FILE, build_place(&reader->build, 0), NULL,
			      "the YAML parser does not start");
		return;
	}
	yaml_parser_set_encoding(&reader->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reader->parser, (const unsigned char *)bytes.at, bytes.len);
	read_events(reader);
	yaml_parser_delete(&reader->parser);
	if (!reader->build.has_failed && !reader->has_content) {
		build_problem(&reader->build, PROBLEM_SYNTAX,
			      (struct place){.file = reader->build.file}, NULL,
			      "the file is empty or holds only comments");
	}
}

int yaml_load(struct arena *arena, const char *file, struct text bytes, enum strictness strictness,
	      struct problems *problems, struct repeated_keys *repeats, struct node **root)
{
	bool is_own = strictness == OWN_FILE;
	struct reader reader = {
		.build = {.arena = arena,
			  .file = file,
			  .bytes = {bytes.at ? bytes.at : "", bytes.len},
			  .strictness = strictness,
			  .problems = problems,
			  .max_depth = is_own ? OWN_FILE_DEPTH : LOOKED_INTO_DEPTH,
			  .max_nodes = is_own ? OWN_FILE_NODES : LOOKED_INTO_NODES},
		.cursor = {.line = 1},
	};
	int result = -1;

	if (!build_check_bytes(&reader.build) && !check_characters(&reader.build)) {
		read_bytes(&reader);
	}
	result = build_finish(&reader.build, repeats, root);
	VEC_RELEASE(&reader.anchors);
	build_release(&reader.build);
	return result;
}
