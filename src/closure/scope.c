#include "closure/scope.h"

#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "closure/backlog.h"
#include "closure/criteria.h"

/* ---- status */

static const struct {
	const char *word;
	enum scope_state state;
} states[] = {
	{"closed", SCOPE_CLOSED},      {"complete", SCOPE_CLOSED},  {"completed", SCOPE_CLOSED},
	{"done", SCOPE_CLOSED},        {"resolved", SCOPE_CLOSED},  {"active", SCOPE_OPEN},
	{"authoritative", SCOPE_OPEN}, {"blocked", SCOPE_OPEN},     {"deferred", SCOPE_OPEN},
	{"draft", SCOPE_OPEN},         {"in progress", SCOPE_OPEN}, {"in_progress", SCOPE_OPEN},
	{"open", SCOPE_OPEN},          {"planned", SCOPE_OPEN},     {"reopened", SCOPE_OPEN},
	{"review", SCOPE_OPEN},        {"to do", SCOPE_OPEN},       {"todo", SCOPE_OPEN},
};

const char *scope_state_word(enum scope_state state)
{
	static const char *const words[] = {
		[SCOPE_UNKNOWN] = "unknown", [SCOPE_OPEN] = "open", [SCOPE_CLOSED] = "closed"};

	return words[state];
}

enum scope_state scope_state_of(const char *status)
{
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (strcasecmp(states[i].word, status) == 0) {
			return states[i].state;
		}
	}
	return SCOPE_UNKNOWN;
}

/* ---- times */

/** Digits and marks of "2026-03-01T21:48". */
#define MINUTE_BYTES ((size_t)16)

int moment_read(struct text text, int64_t *utc_ms, struct err *err)
{
	AUTO(auto_str) struct str full = {0};
	struct text day = {text.at, text.len < 10 ? text.len : 10};
	size_t time_len = 0;

	if (text.len <= 10) {
		return clock_parse_date(text, utc_ms, err);
	}
	if (text.len < MINUTE_BYTES || !text.at[10] || !strchr("T t", text.at[10])) {
		return err_set(
			err, ERR_INPUT,
			"expected a day like 2026-03-01 or a time like 2026-03-01T21:48:13Z");
	}
	str_add_text(&full, day);
	str_add_char(&full, 'T');
	time_len = text.len - 11;
	if (time_len == 5 || strchr("Zz+-", text.at[MINUTE_BYTES])) {
		/* Without seconds. */
		str_add_bytes(&full, text.at + 11, 5);
		str_add(&full, ":00");
		str_add_bytes(&full, text.at + MINUTE_BYTES, text.len - MINUTE_BYTES);
	} else {
		str_add_bytes(&full, text.at + 11, time_len);
	}
	if (!strpbrk(full.at + 11, "Zz+-")) {
		str_add_char(&full, 'Z');
	}
	return clock_parse_any_rfc3339(str_view(&full), utc_ms, err);
}

/* ---- front matter: every spelling that is about */

static const char *const id_keys[] = {"loop_id", "id", NULL};
static const char *const title_keys[] = {"title", "objective", "name", NULL};
static const char *const owner_keys[] = {"owner", "assignee", "apply_owner", "opened_by", NULL};
static const char *const priority_keys[] = {"priority", "severity", NULL};
static const char *const opened_keys[] = {"created",     "opened",        "created_at",
					  "opened_at",   "created_date",  "created_at_utc",
					  "opened_date", "opened_at_utc", NULL};
static const char *const closed_keys[] = {"closed_at",   "closed",       "closed_at_utc",
					  "closed_date", "completed_at", "completed_date",
					  NULL};
static const char *const reopened_keys[] = {"reopened_at", "reopened", NULL};

/** The first of these keys that says something. */
static const struct node *first_of(const struct node *front, const char *const *keys)
{
	for (size_t i = 0; keys[i]; i++) {
		const struct node *node = node_get(front, keys[i]);

		if (node && !node_is_null(node)) {
			return node;
		}
	}
	return NULL;
}

/** Its text; of a list, the first member's. */
static const char *text_from(struct scope *scope, const struct node *front, const char *const *keys)
{
	const struct node *node = first_of(front, keys);

	if (node && node->kind == NODE_LIST) {
		node = node->first;
	}
	return node && node->kind == NODE_SCALAR && node->text.len > 0
		       ? arena_copy(&scope->arena, node->text.at, node->text.len)
		       : NULL;
}

static void read_moment(struct scope *scope, const struct node *front, const char *const *keys,
			struct scope_time *out)
{
	const struct node *node = first_of(front, keys);
	struct err why = {0};

	if (!node) {
		return;
	}
	out->key = node->key;
	out->where = node->where;
	out->text = node->kind == NODE_SCALAR
			    ? arena_copy(&scope->arena, node->text.at, node->text.len)
			    : NULL;
	if (!out->text || moment_read(text_trim(node->text), &out->utc_ms, &why)) {
		problems_add(&scope->problems, PROBLEM_VALUE, node->where, scope->bytes,
			     "write a day like 2026-03-01, or a time like 2026-03-01T21:48:13Z",
			     "'%s' is no time", node->key);
	}
}

static void read_status(struct scope *scope, const struct node *front)
{
	const struct node *node = node_get(front, "status");

	if (!node || node->kind != NODE_SCALAR || node_is_null(node)) {
		problems_add(&scope->problems, PROBLEM_MISSING, node ? node->where : front->where,
			     scope->bytes, "write status: active", "there is no status");
		return;
	}
	scope->status = arena_copy(&scope->arena, node->text.at, node->text.len);
	scope->status_where = node->where;
	scope->state = scope_state_of(scope->status);
	if (scope->state == SCOPE_UNKNOWN) {
		problems_add(&scope->problems, PROBLEM_CHOICE, node->where, scope->bytes,
			     "known are active, open, planned, draft, blocked, deferred, closed, "
			     "done and others like them",
			     "'%s' is no status", scope->status);
	}
}

/** An id names files, and stands on command lines. */
static bool id_is_good(const char *id)
{
	size_t len =
		strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

	return id[len] == '\0' && len > 0 && len <= 160 && id[0] != '.' && id[0] != '-';
}

static void read_id(struct scope *scope, const struct node *front)
{
	const struct node *node = first_of(front, id_keys);

	if (!node || node->kind != NODE_SCALAR) {
		problems_add(&scope->problems, PROBLEM_MISSING, node ? node->where : front->where,
			     scope->bytes, "write loop_id: LOOP-NAME-20260301", "there is no id");
		return;
	}
	scope->id_key = strcmp(node->key, "id") == 0 ? "id" : "loop_id";
	scope->id = arena_copy(&scope->arena, node->text.at, node->text.len);
	if (!id_is_good(scope->id)) {
		scope->id = NULL;
		problems_add(&scope->problems, PROBLEM_VALUE, node->where, scope->bytes,
			     "letters, digits, '.', '_' and '-', up to 160", "this is no id");
	}
}

static void read_front(struct scope *scope, const struct node *front)
{
	read_id(scope, front);
	read_status(scope, front);
	scope->title = text_from(scope, front, title_keys);
	scope->owner = text_from(scope, front, owner_keys);
	scope->priority = text_from(scope, front, priority_keys);
	read_moment(scope, front, opened_keys, &scope->opened);
	read_moment(scope, front, closed_keys, &scope->closed);
	read_moment(scope, front, reopened_keys, &scope->reopened);
}

static void add_repeats(struct scope *scope, const struct repeated_keys *repeats)
{
	for (size_t i = 0; i < repeats->len; i++) {
		problems_add(&scope->problems, PROBLEM_REPEATED_KEY, repeats->at[i].where,
			     scope->bytes, NULL, "'%s' stands here a second time, first on line %d",
			     repeats->at[i].key, repeats->at[i].first.line);
	}
}

/* ---- the text */

static void read_guards(struct scope *scope, const struct outline *outline)
{
	for (size_t i = 0; i < outline->blocks.len; i++) {
		size_t end = heading_is(&outline->blocks.at[i], "Guard Commands")
				     ? section_end(outline, i)
				     : i + 1;

		for (; i + 1 < end; i++) {
			const struct block *block = &outline->blocks.at[i + 1];
			bool is_code = block->kind == BLOCK_CODE;
			struct guard guard = {0};

			if ((is_code || block->kind == BLOCK_ITEM) &&
			    guard_read(&scope->arena, block->text, is_code, block->where, &guard)) {
				*VEC_ADD(&scope->guards) = guard;
			}
		}
	}
}

/** Sections in which run keys are evidence. */
static bool is_about_evidence(const struct block *block)
{
	static const char *const headings[] = {"Verification", "Closure Evidence",   "Evidence",
					       "Receipts",     "Execution Evidence", NULL};

	for (size_t i = 0; headings[i]; i++) {
		if (heading_is(block, headings[i])) {
			return true;
		}
	}
	return false;
}

static bool is_key_byte(char one)
{
	return (one >= 'a' && one <= 'z') || (one >= 'A' && one <= 'Z') ||
	       (one >= '0' && one <= '9') || one == '_' || one == '.' || one == '-';
}

/** Run keys in a line of text. A full stop behind one is not of it. */
static void cite(struct scope *scope, const char *text, struct place where)
{
	for (const char *at = text; *at; at++) {
		struct text word = {at, 0};
		enum run_key_form form = RUN_KEY_NONE;

		if (at > text && is_key_byte(at[-1])) {
			continue;
		}
		while (is_key_byte(at[word.len])) {
			word.len++;
		}
		while (word.len > 0 && word.at[word.len - 1] == '.') {
			word.len--;
		}
		form = word.len > 0 ? run_key_form(word) : RUN_KEY_NONE;
		if (form != RUN_KEY_NONE) {
			*VEC_ADD(&scope->citations) = (struct citation){
				arena_copy(&scope->arena, word.at, word.len), form, where};
		}
	}
}

static void read_citations(struct scope *scope, const struct outline *outline)
{
	for (size_t i = 0; i < outline->blocks.len; i++) {
		size_t end =
			is_about_evidence(&outline->blocks.at[i]) ? section_end(outline, i) : i + 1;

		for (; i + 1 < end; i++) {
			const struct block *block = &outline->blocks.at[i + 1];

			if (block->kind == BLOCK_ITEM || block->kind == BLOCK_CODE) {
				cite(scope, block->text, block->where);
			}
		}
	}
}

/** Headings are no titles of tasks, but a scope without a title has its first one. */
static void read_title(struct scope *scope, const struct outline *outline)
{
	for (size_t i = 0; !scope->title && i < outline->blocks.len; i++) {
		const struct block *block = &outline->blocks.at[i];

		if (block->kind == BLOCK_HEADING && block->level == 1) {
			scope->title = block->text;
		}
	}
}

static void read_body(struct scope *scope, size_t from)
{
	AUTO(auto_outline) struct outline outline = {0};

	outline_read(&scope->arena, scope->file, scope->bytes, from, &outline);
	read_title(scope, &outline);
	read_guards(scope, &outline);
	read_citations(scope, &outline);
	if (backlog_is_task(&outline)) {
		scope->form = SCOPE_TASK;
		backlog_read(&outline, scope);
	} else {
		criteria_read(&outline, scope);
	}
}

/* ---- the file */

void scope_read(const char *file, struct text bytes, struct scope *out)
{
	struct repeated_keys repeats = {0};
	struct node *front = NULL;
	struct text body = {0};

	*out = (struct scope){.file = file, .bytes = bytes};
	out->has_front = front_matter_load(&out->arena, file, bytes, LOOKED_INTO, &out->problems,
					   &repeats, &front) == 0;
	if (out->has_front) {
		AUTO(auto_problems) struct problems none = {0};

		(void)front_matter_find(file, bytes, &none, &out->yaml, &body);
		add_repeats(out, &repeats);
		read_front(out, front);
	}
	VEC_RELEASE(&repeats);
	read_body(out, out->has_front ? (size_t)(body.at - bytes.at) : 0);
}

void scope_release(struct scope *scope)
{
	VEC_RELEASE(&scope->guards);
	VEC_RELEASE(&scope->criteria);
	VEC_RELEASE(&scope->citations);
	problems_release(&scope->problems);
	arena_release(&scope->arena);
}

bool scope_begins_front(const struct scope *scope)
{
	struct text bytes = scope->bytes;

	if (text_starts(bytes, "\xef\xbb\xbf")) {
		bytes = (struct text){bytes.at + 3, bytes.len - 3};
	}
	return text_starts(text_trim(bytes), "---");
}

bool scope_is_one(const struct scope *scope)
{
	static const char ending[] = ".scope.md";
	size_t len = strlen(scope->file);

	if (len > strlen(ending) && strcmp(scope->file + len - strlen(ending), ending) == 0) {
		return true;
	}
	return scope->has_front ? scope->id && scope->status : scope_begins_front(scope);
}

int64_t scope_opened_utc_ms(const struct scope *scope)
{
	AUTO(auto_str) struct str day = {0};
	size_t len = scope->id ? strlen(scope->id) : 0;
	int64_t utc_ms = 0;
	struct err ignored = {0};

	if (scope->opened.utc_ms > 0 || len < 9 || scope->id[len - 9] != '-') {
		return scope->opened.utc_ms;
	}
	str_printf(&day, "%.4s-%.2s-%.2s", scope->id + len - 8, scope->id + len - 4,
		   scope->id + len - 2);
	return clock_parse_date(str_view(&day), &utc_ms, &ignored) ? 0 : utc_ms;
}
