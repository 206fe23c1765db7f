/*
 * What a judge reports: places become lines and columns, and a line may permit what stands in it.
 */
#include <ctype.h>
#include <string.h>

#include "base/cleanup.h"
#include "check/text/scan_pass.h"

/** Longest matched text, and longest reason, that a finding quotes. */
#define QUOTED_BYTES 200

/** What permits a hit in its own line, before the gate's id and a reason. */
#define PERMISSION "gaterun:allow"

/** A printable copy, shortened; it lives in the worker's arena. */
static const char *quote(struct scan_worker *worker, struct text text)
{
	AUTO(auto_str) struct str out = {.max = QUOTED_BYTES};

	text.len = text.len < QUOTED_BYTES ? text.len : QUOTED_BYTES;
	str_add_printable(&out, text);
	return arena_copy(&worker->arena, str_text(&out), out.len);
}

static const char *copy(struct scan_worker *worker, const char *text)
{
	return text ? arena_text(&worker->arena, text) : NULL;
}

/* ---- permissions */

static bool ends_with(struct text text, const char *end)
{
	size_t len = strlen(end);

	return text.len >= len && memcmp(text.at + text.len - len, end, len) == 0;
}

/** A reason is words: what closes a comment is none. */
static struct text reason_of(struct text rest)
{
	static const char *const closers[] = {"*/", "-->", "#}", "--}}"};
	struct text reason = text_trim(rest);

	for (size_t i = 0; i < sizeof(closers) / sizeof(closers[0]); i++) {
		if (ends_with(reason, closers[i])) {
			reason.len -= strlen(closers[i]);
			reason = text_trim(reason);
		}
	}
	for (size_t i = 0; i < reason.len; i++) {
		if (isalnum((unsigned char)reason.at[i]) || (unsigned char)reason.at[i] >= 0x80) {
			return reason;
		}
	}
	return (struct text){0};
}

static bool is_gate(const struct scan_rule *rule, struct text id)
{
	bool is = text_is(id, rule->gate);

	for (size_t i = 0; !is && rule->aliases && i < rule->aliases->len; i++) {
		is = text_is(id, rule->aliases->at[i]);
	}
	return is;
}

/** The reason that the line gives for this gate; empty if it gives none. `lacks_reason` becomes
 * true if it names the gate all the same. */
static struct text find_permission(const struct scan_rule *rule, struct text line,
				   bool *lacks_reason)
{
	const char *end = line.at + line.len;
	const char *at = line.at;

	while (at < end && (at = memmem(at, (size_t)(end - at), PERMISSION, strlen(PERMISSION)))) {
		struct text rest = {at + strlen(PERMISSION),
				    (size_t)(end - at) - strlen(PERMISSION)};
		struct text id = text_trim(rest);
		size_t len = 0;

		at = rest.at;
		if (rest.len == 0 || !isspace((unsigned char)rest.at[0])) {
			continue;
		}
		while (len < id.len && !isspace((unsigned char)id.at[len])) {
			len++;
		}
		rest = reason_of((struct text){id.at + len, id.len - len});
		if (!is_gate(rule, (struct text){id.at, len})) {
			continue;
		}
		if (rest.len > 0) {
			return rest;
		}
		*lacks_reason = true;
	}
	return (struct text){0};
}

/* ---- places */

/** Move to the line of `offset`. */
static void seek(struct scan_sink *sink, size_t offset)
{
	const char *bytes = sink->text->bytes.at;

	if (sink->line == 0 || offset < sink->at) {
		sink->line = 1;
		sink->line_start = 0;
		sink->at = 0;
		sink->knows_permission = false;
	}
	while (sink->at < offset) {
		const char *end = memchr(bytes + sink->at, '\n', offset - sink->at);

		if (!end) {
			break;
		}
		sink->line++;
		sink->line_start = (size_t)(end - bytes) + 1;
		sink->at = sink->line_start;
		sink->knows_permission = false;
	}
	sink->at = offset;
}

/** What the present line says about permission; looked up once for each line. */
static const char *permission(struct scan_sink *sink)
{
	struct text line = sink->text->bytes;
	const char *end = NULL;

	if (!sink->knows_permission) {
		line.at += sink->line_start;
		line.len -= sink->line_start;
		end = line.len ? memchr(line.at, '\n', line.len) : NULL;
		line.len = end ? (size_t)(end - line.at) : line.len;
		sink->lacks_reason = false;
		line = find_permission(sink->rule, line, &sink->lacks_reason);
		sink->permission = line.len ? quote(sink->worker, line) : NULL;
		sink->knows_permission = true;
	}
	return sink->permission;
}

static bool is_full(struct scan_sink *sink)
{
	if (sink->hits == SCAN_FILE_HITS_MAX) {
		sink->pending->dropped++;
		return true;
	}
	sink->hits++;
	return false;
}

void scan_hit(struct scan_sink *sink, size_t offset, size_t len, const char *detail)
{
	struct scan_finding finding = {.sort = SCAN_HIT, .path = sink->text->path};

	if (is_full(sink)) {
		return;
	}
	seek(sink, offset);
	finding.line = sink->line;
	finding.column = (int)(offset - sink->line_start) + 1;
	finding.permission = permission(sink);
	finding.lacks_reason = !finding.permission && sink->lacks_reason;
	finding.sort = finding.permission ? SCAN_HIT_ALLOWED : SCAN_HIT;
	finding.text = quote(sink->worker, (struct text){sink->text->bytes.at + offset, len});
	finding.detail = copy(sink->worker, detail);
	*VEC_ADD(&sink->pending->findings) = finding;
}

void scan_hit_file(struct scan_sink *sink, const char *detail)
{
	struct scan_finding finding = {.sort = SCAN_HIT, .path = sink->text->path, .text = ""};

	if (!is_full(sink)) {
		finding.detail = copy(sink->worker, detail);
		*VEC_ADD(&sink->pending->findings) = finding;
	}
}

void scan_give_up(struct scan_sink *sink, const char *why)
{
	size_t slot = (size_t)(sink->pending - sink->worker->pending);

	sink->gave_up = true;
	scan_report(sink->worker, slot, sink->text->path, SCAN_GAVE_UP, why);
}

void scan_report(struct scan_worker *worker, size_t slot, const char *path, enum scan_sort sort,
		 const char *text)
{
	*VEC_ADD(&worker->pending[slot].findings) =
		(struct scan_finding){.sort = sort, .path = path, .text = copy(worker, text)};
}
