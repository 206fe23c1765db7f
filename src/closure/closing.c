#include "closure/closing.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "data/yaml_edit.h"

/** Bytes of "2026-03-01T21:48:13" before the milliseconds. */
#define SECONDS_BYTES 19

/** "2026-03-01T21:48:13Z". */
static const char *time_text(struct arena *arena, int64_t utc_ms)
{
	char text[CLOCK_RFC3339_BYTES];

	clock_format_rfc3339(utc_ms, text);
	return arena_printf(arena, "%.*sZ", SECONDS_BYTES, text);
}

/* ---- front matter */

/** A key, what it becomes, and behind which one, not yet changed, it stands if it is new. */
struct change {
	const char *key;
	const char *value;
	const char *after;
};

static int edit_front(const struct scope *scope, const struct change *changes, size_t count,
		      struct str *out, struct err *err)
{
	AUTO(auto_problems) struct problems problems = {0};
	AUTO(auto_yaml_edit) struct yaml_edit edit = {0};
	struct arena arena = {0};
	int failed = 0;

	if (!scope->has_front) {
		return err_set(err, ERR_INPUT, "%s:1:1: there is no front matter to write into",
			       scope->file);
	}
	failed = yaml_edit_open(&edit, &arena, scope->file, scope->yaml, &problems);
	if (failed) {
		const struct problem *first = &problems.list.at[0];

		(void)err_set(err, ERR_INPUT, "%s:%d:%d: %s", scope->file, first->where.line,
			      first->where.column, first->message);
	}
	for (size_t i = 0; i < count && !failed; i++) {
		const struct yaml_entry entry = {changes[i].key,
						 {YAML_TEXT, changes[i].value, NULL}};

		failed = yaml_edit_set(&edit, edit.root, &entry, changes[i].after, err);
	}
	failed = failed || yaml_edit_finish(&edit, out, err);
	arena_release(&arena);
	return failed ? -1 : 0;
}

/* ---- the end of the text */

/** Where lines are to be put: at the very end, in which section. */
struct tail {
	const char *newline;
	bool ends_line;    /**< the file's last line has its end */
	bool ends_blank;   /**< its last line is empty */
	int heading_level; /**< of the heading that has to be written; 0: the last section is it */
};

static bool is_last(const struct outline *outline, size_t at)
{
	return section_end(outline, at) == outline->blocks.len;
}

static int find_tail(const struct scope *scope, struct tail *out, struct err *err)
{
	AUTO(auto_outline) struct outline outline = {0};
	struct arena arena = {0};
	size_t len = scope->bytes.len;
	bool is_open = false;

	outline_read(&arena, scope->file, scope->bytes, scope->yaml.len, &outline);
	is_open = outline.is_open;
	*out = (struct tail){.newline = outline.has_crlf ? "\r\n" : "\n",
			     .ends_line = outline.ends_line,
			     .heading_level = 2};
	for (size_t i = 0; i < outline.blocks.len; i++) {
		const struct block *block = &outline.blocks.at[i];

		if (heading_is(block, "Verification") && is_last(&outline, i)) {
			out->heading_level = 0;
		} else if (heading_is(block, "Closure Evidence") && is_last(&outline, i)) {
			out->heading_level = block->level < 6 ? block->level + 1 : 6;
		} else if (block->kind == BLOCK_HEADING) {
			/* What follows a last Verification section is not of it. */
			out->heading_level = out->heading_level ? out->heading_level : 2;
		}
	}
	for (; len > 0 && (scope->bytes.at[len - 1] == '\n' || scope->bytes.at[len - 1] == '\r');
	     len--) {
		out->ends_blank = scope->bytes.len - len >= 2 * strlen(out->newline) - 1;
	}
	arena_release(&arena);
	return is_open ? err_set(err, ERR_INPUT,
				 "%s ends inside of a comment or of code, so nothing can be added",
				 scope->file)
		       : 0;
}

/** Append lines, which end in '\n' each, in the file's own way. */
static void add_tail(const struct tail *tail, const struct str *lines, struct str *out)
{
	AUTO(auto_str) struct str added = {0};
	struct text rest = str_view(lines);
	struct text line = {0};

	if (!tail->ends_line) {
		str_add(&added, tail->newline);
	}
	if (tail->heading_level > 0) {
		str_add(&added, tail->ends_blank ? "" : tail->newline);
		str_printf(&added, "%.*s Verification%s", tail->heading_level, "######",
			   tail->newline);
	}
	while (text_split(&rest, '\n', &line) && rest.at) {
		str_add_text(&added, line);
		str_add(&added, tail->newline);
	}
	if (!tail->ends_line) {
		/* The last line had no end, and the new last one gets none either. */
		str_cut(&added, added.len - strlen(tail->newline));
	}
	str_add_text(out, str_view(&added));
}

/* ---- the lines */

/** What stands before one more remark. */
static const char *separate(bool *has_some)
{
	if (*has_some) {
		return ", ";
	}
	*has_some = true;
	return "; ";
}

void closing_line(const struct proof *proof, struct str *out)
{
	const struct statement *statement = &proof->found.statement;
	const struct statement_totals *totals = &statement->totals;
	int64_t tolerated = totals->fail - (int64_t)proof->excused.len;
	bool has_some = false;

	str_add(out, "verify");
	for (size_t i = 0; i < statement->inputs.selection.packs.len; i++) {
		str_printf(out, " %s", statement->inputs.selection.packs.at[i]);
	}
	str_printf(out, ": %lld/%lld PASS (run key %s", (long long)totals->pass,
		   (long long)totals->planned, proof->run_key);
	if (totals->skip > 0) {
		str_printf(out, "%s%lld skip", separate(&has_some), (long long)totals->skip);
	}
	if (totals->unknown > 0) {
		str_printf(out, "%s%lld unknown, not enforced", separate(&has_some),
			   (long long)totals->unknown);
	}
	if (tolerated > 0) {
		str_printf(out, "%s%lld fail, not enforced", separate(&has_some),
			   (long long)tolerated);
	}
	if (proof->excused.len > 0) {
		str_printf(out, "%s%zu pre-existing failure%s:", separate(&has_some),
			   proof->excused.len, proof->excused.len == 1 ? "" : "s");
	}
	for (size_t i = 0; i < proof->excused.len; i++) {
		str_printf(out, " %s", proof->excused.at[i]);
	}
	str_add_char(out, ')');
}

static void add_claim(const struct coverage *coverage, const struct claim *claim, struct str *out)
{
	const char *mark = coverage->scope->form == SCOPE_TASK ? "#" : "";

	if (claim->sort == CLAIM_HUMAN) {
		str_printf(out, "- criterion %s%s: stated by people, no gate proves it\n", mark,
			   claim->name);
		return;
	}
	if (claim->sort != CLAIM_CRITERION) {
		return;
	}
	str_printf(out, "- criterion %s%s:", mark, claim->name);
	for (size_t i = 0; i < claim->gates.len; i++) {
		str_printf(out, "%s %s", i ? "," : "", claim->gates.at[i]);
	}
	str_printf(out, " PASS (run key %s)\n", claim->proof->run_key);
}

/* ---- the whole */

/** The text below the front matter, with the boxes of what is proven ticked. */
static void add_body(const struct scope *scope, const struct coverage *coverage, struct str *out)
{
	size_t start = out->len;
	size_t from = scope->yaml.len;

	str_add_bytes(out, scope->bytes.at + from, scope->bytes.len - from);
	for (size_t i = 0; coverage && i < coverage->claims.len; i++) {
		const struct claim *claim = &coverage->claims.at[i];

		if (claim->proof && claim->criterion && claim->criterion->tick == TICK_OPEN) {
			out->at[start + claim->criterion->box - from] = 'x';
		}
	}
}

/** Does what was written say what was meant? */
static int check_written(const struct scope *before, struct text written, enum scope_state state,
			 struct err *err)
{
	AUTO(auto_scope) struct scope after = {0};
	bool is_same = true;

	scope_read(before->file, written, &after);
	is_same = after.state == state && same_string(after.id, before->id) &&
		  after.criteria.len == before->criteria.len &&
		  after.guards.len == before->guards.len;
	for (size_t i = 0; is_same && i < after.criteria.len; i++) {
		is_same = strcmp(after.criteria.at[i].text, before->criteria.at[i].text) == 0;
	}
	return is_same ? 0
		       : err_set(err, ERR_INTERNAL,
				 "%s cannot be changed: it would not say what it should",
				 before->file);
}

static int write_whole(const struct scope *scope, const struct coverage *coverage,
		       const struct change *changes, const struct str *lines, struct str *out,
		       struct err *err)
{
	AUTO(auto_str) struct str made = {0};
	enum scope_state state = coverage ? SCOPE_CLOSED : SCOPE_OPEN;
	struct tail tail = {0};

	if (find_tail(scope, &tail, err) || edit_front(scope, changes, 2, &made, err)) {
		return -1;
	}
	add_body(scope, coverage, &made);
	add_tail(&tail, lines, &made);
	if (made.len > SCOPE_BYTES) {
		return err_set(err, ERR_LIMIT, "%s would be larger than %zu bytes", scope->file,
			       SCOPE_BYTES);
	}
	if (check_written(scope, str_view(&made), state, err)) {
		return -1;
	}
	str_add_text(out, str_view(&made));
	return 0;
}

int closing_write(const struct closing *closing, struct str *out, struct err *err)
{
	const struct coverage *coverage = closing->coverage;
	const struct scope *scope = coverage->scope;
	AUTO(auto_str) struct str lines = {0};
	struct arena arena = {0};
	const struct change changes[] = {
		{scope->closed.key ? scope->closed.key : "closed_at",
		 time_text(&arena, closing->now_utc_ms), "status"},
		{"status", scope->form == SCOPE_TASK ? "Done" : "closed", "status"},
	};
	int failed = 0;

	for (size_t i = 0; i < coverage->exhibits.len; i++) {
		str_add(&lines, "- ");
		closing_line(coverage->exhibits.at[i].proof, &lines);
		str_add_char(&lines, '\n');
	}
	for (size_t i = 0; i < coverage->claims.len; i++) {
		add_claim(coverage, &coverage->claims.at[i], &lines);
	}
	str_printf(&lines, "- summary: `%s`\n", closing->summary);
	failed = write_whole(scope, coverage, changes, &lines, out, err);
	arena_release(&arena);
	return failed;
}

int reopening_write(const struct scope *scope, int64_t now_utc_ms, const char *why, struct str *out,
		    struct err *err)
{
	AUTO(auto_str) struct str lines = {0};
	struct arena arena = {0};
	const char *now = time_text(&arena, now_utc_ms);
	const struct change changes[] = {
		{scope->reopened.key ? scope->reopened.key : "reopened_at", now, "status"},
		{"status", scope->form == SCOPE_TASK ? "In Progress" : "active", "status"},
	};
	int failed = 0;

	str_printf(&lines, "- reopened %s: ", now);
	str_add_printable(&lines, text_of(why));
	str_add_char(&lines, '\n');
	failed = write_whole(scope, NULL, changes, &lines, out, err);
	arena_release(&arena);
	return failed;
}
