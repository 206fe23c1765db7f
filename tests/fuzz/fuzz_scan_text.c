/**
 * What the scanner makes of one text (check/text/scan_sink.c, base/utf16.h): lines and columns as a
 * plain count gives them, permissions only from a line that says so, UTF-8 from whatever UTF-16.
 *
 * The first two bytes choose where the hits are.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf16.h"
#include "check/text/scan_pass.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
	if (!holds) {
		abort();
	}
}

/** Line, column and line's text of an offset, counted from the start. */
static struct text place_of(struct text bytes, size_t offset, int *line, int *column)
{
	size_t start = 0;
	size_t end = offset;

	*line = 1;
	for (size_t i = 0; i < offset; i++) {
		if (bytes.at[i] == '\n') {
			(*line)++;
			start = i + 1;
		}
	}
	while (end < bytes.len && bytes.at[end] != '\n') {
		end++;
	}
	*column = (int)(offset - start) + 1;
	return (struct text){bytes.at + start, end - start};
}

static void check_hits(struct text bytes, const uint8_t *where)
{
	struct scan_rule rule = {.gate = "G030"};
	struct scan_text text = {"file", bytes};
	struct scan_pending pending = {0};
	struct scan_worker worker = {.pending = &pending};
	struct scan_sink sink = {
		.worker = &worker, .rule = &rule, .pending = &pending, .text = &text};
	size_t offsets[3] = {
		bytes.len * where[0] / 256,
		bytes.len * where[1] / 256,
		bytes.len,
	};

	for (size_t i = 0; i < 3; i++) {
		const struct scan_finding *found = NULL;
		struct text line = {0};
		int number = 0;
		int column = 0;

		scan_hit(&sink, offsets[i], bytes.len - offsets[i], NULL);
		found = &pending.findings.at[i];
		line = place_of(bytes, offsets[i], &number, &column);
		require(found->line == number && found->column == column);
		require((found->sort == SCAN_HIT_ALLOWED) == (found->permission != NULL));
		require(!found->permission || memmem(line.at, line.len, "gaterun:allow", 13));
		require(!found->permission || found->permission[0] != '\0');
		require(text_is_utf8(text_of(found->text)));
	}
	VEC_RELEASE(&pending.findings);
	arena_release(&worker.arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text bytes = {0};
	struct str decoded = {0};

	if (size < 2) {
		return 0;
	}
	bytes = (struct text){(const char *)data + 2, size - 2};
	if (utf16_has_mark(bytes)) {
		utf16_decode(bytes, &decoded);
		require(text_is_utf8(str_view(&decoded)));
		bytes = str_view(&decoded);
	}
	check_hits(bytes, data);
	str_release(&decoded);
	return 0;
}
