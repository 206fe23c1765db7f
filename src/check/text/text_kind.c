#include "check/text/text_kind.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/codec.h"

void text_scope_check(struct decode *decode, const struct text_scope *scope)
{
	globs_check(decode, &scope->paths);
	globs_check(decode, &scope->except);
}

/** A glob that matches this path, with what is behind it, and no other. */
static const char *exact_glob(struct arena *arena, const char *path, const char *behind)
{
	AUTO(auto_str) struct str glob = {0};

	str_add_char(&glob, '/');
	for (; *path; path++) {
		if (strchr("*?[]\\", *path)) {
			str_add_char(&glob, '\\');
		}
		str_add_char(&glob, *path);
	}
	str_add(&glob, behind);
	return arena_copy(arena, str_text(&glob), glob.len);
}

/** All that the gate is tested on (run/fixture.h): it breaks the rule because it is meant to. */
static const char *fixtures_glob(struct arena *arena, const struct gate *gate)
{
	const char *dot = strrchr(gate->file, '.');
	size_t len = dot ? (size_t)(dot - gate->file) : strlen(gate->file);

	return exact_glob(arena, arena_copy(arena, gate->file, len), ".test/**");
}

/** Is the file surely as it was? One that is inside the program is no part of the repo. */
static bool is_unchanged(const struct check *check, const char *path)
{
	const struct context *context = check->context;

	return !path || text_starts(text_of(path), "shipped:") ||
	       tree_is_unchanged(context->repo->tree, context->changed, path);
}

/** Has the binding surely been as it is now? */
static bool is_binding_unchanged(const struct check *check, const struct binding *binding)
{
	if (!binding || binding->state == BINDING_NONE) {
		return true;
	}
	return binding->state == BINDING_LOADED
		       ? is_unchanged(check, binding->path)
		       : !tree_changes_hold(check->context->changed, binding->path);
}

/** May the gate look only at what has changed? Not where what decides about the other files has:
 * the gate, gaterun.yaml (also if it is there no more), the bindings that allow something. */
static bool may_narrow(const struct check *check, const struct text_search *search)
{
	const struct context *context = check->context;
	bool may = context->changed && !check->is_whole && !search->is_total &&
		   !tree_changes_hold(context->changed, CONFIG_FILE) &&
		   is_unchanged(check, context->repo->config.file) &&
		   is_unchanged(check, check->gate->file);

	for (size_t i = 0; may && i < sizeof(search->inputs) / sizeof(search->inputs[0]); i++) {
		may = is_binding_unchanged(check, search->inputs[i]);
	}
	return may;
}

void text_kind_begin(struct check *check, struct text_search *search,
		     const struct text_scope *scope, const char *const *allowed)
{
	struct arena *arena = check->context->arena;
	size_t count = 0;

	while (allowed[count]) {
		count++;
	}
	search->except.at = arena_alloc(arena, (scope->except.len + count + 2) * sizeof(char *));
	for (size_t i = 0; i < scope->except.len; i++) {
		search->except.at[search->except.len++] = scope->except.at[i];
	}
	for (size_t i = 0; i < count; i++) {
		search->except.at[search->except.len++] = exact_glob(arena, allowed[i], "");
	}
	search->except.at[search->except.len++] = fixtures_glob(arena, check->gate);
	search->rule.gate = check->gate->id;
	search->rule.aliases = &check->gate->aliases;
	search->rule.except[0] = &check->gate->except;
	search->rule.except[1] = &search->except;
	search->rule.skip_folder = repo_receipts(check->context->repo);
	search->rule.skip_file = check->gate->file;
	search->rule.waiter = &check->task;
	if (may_narrow(check, search)) {
		search->rule.changed = check->context->changed;
		check->result->is_narrowed = true;
	}
	check->state = search;
	scan_add(check->context->scan, &search->rule);
}

bool text_kind_is_ready(const struct check *check)
{
	const struct text_search *search = check->state;

	return scan_is_done(check->context->scan, &search->rule);
}

const char *text_kind_subject(struct check *check, const char *path)
{
	return check_text(check, "file:%s", path);
}

struct place text_kind_place(struct check *check, const struct scan_finding *found)
{
	return (struct place){check_text(check, "%s", found->path), found->line, found->column};
}

/** A finding about the gate's search as a whole. */
static struct finding *add_whole(struct check *check, enum verdict verdict, enum reason reason,
				 struct place where, const char *message)
{
	return check_add(check, verdict, reason, check_text(check, "gate:%s", check->gate->id),
			 where, "%s", message);
}

/** The object that a tracked path is, as hexadecimal digits: what nobody looked into. */
static const char *object_of(struct check *check, const char *path)
{
	struct tree *tree = check->context->repo->tree;
	const struct tree_entry *entry = tree_find(tree, path);
	AUTO(auto_str) struct str hex = {0};
	struct tree_list list = {0};
	struct err ignored = {0};

	if (entry && tree_list(tree, &list, &ignored) == 0) {
		hex_encode(&hex, entry->oid, list.oid_bytes);
	}
	return check_text(check, "%s", str_text(&hex));
}

/** With other bytes it is another finding: nobody knows what came in with them. */
static void add_unknown(struct check *check, const struct scan_finding *found, enum reason reason,
			const char *message)
{
	check_add(check, VERDICT_UNKNOWN, reason, text_kind_subject(check, found->path),
		  text_kind_place(check, found), "%s", message)
		->detail = object_of(check, found->path);
}

/** One remark for each file with permitted hits; they stand together, because hits are sorted. */
static void add_permitted(struct check *check, const struct scan_result *result, bool secret)
{
	const struct scan_finding *first = NULL;
	size_t count = 0;

	for (size_t i = 0; i <= result->len; i++) {
		const struct scan_finding *found = i < result->len ? &result->at[i] : NULL;

		if (first && (!found || strcmp(found->path, first->path) != 0)) {
			struct finding *finding =
				check_add(check, VERDICT_PASS, REASON_TEXT_ALLOWED,
					  text_kind_subject(check, first->path),
					  text_kind_place(check, first),
					  "%zu %s permitted by gaterun:allow%s%s", count,
					  count == 1 ? "hit is" : "hits are", secret ? "" : ": ",
					  secret ? "" : first->permission);

			finding->detail = check_text(check, "%zu", count);
			first = NULL;
		}
		if (found && found->sort == SCAN_HIT_ALLOWED) {
			count = first ? count + 1 : 1;
			first = first ? first : found;
		}
	}
}

/** "3 binary files", "1 submodule"; nothing for none. */
static void say_count(struct str *out, size_t count, const char *what)
{
	if (count > 0) {
		str_printf(out, "%s%zu %s%s", out->len > 0 ? " and " : "", count, what,
			   count == 1 ? "" : "s");
	}
}

static void add_not_looked_at(struct check *check, const struct scan_counts *counts)
{
	const struct texts *except = &check->gate->except;
	AUTO(auto_str) struct str globs = {0};
	AUTO(auto_str) struct str others = {0};

	for (size_t i = 0; i < except->len; i++) {
		str_printf(&globs, "%s%s", i ? ", " : "", except->at[i]);
	}
	if (except->len > 0) {
		(void)add_whole(check, VERDICT_PASS, REASON_TEXT_EXCEPT, except->nodes[0]->where,
				check_text(check, "not looked at: %s", str_text(&globs)));
	}
	if (check->result->is_narrowed) {
		(void)add_whole(check, VERDICT_PASS, REASON_SINCE_NARROWED, (struct place){0},
				check_text(check, "looked only at what differs from %.12s",
					   check->context->changed->commit));
	}
	say_count(&others, counts->binary, "binary file");
	say_count(&others, counts->submodules, "submodule");
	if (others.len > 0) {
		(void)add_whole(check, VERDICT_PASS, REASON_TEXT_BINARY, (struct place){0},
				check_text(check, "not looked at: %s", str_text(&others)));
	}
}

static void add_unfinished(struct check *check, const struct scan_result *result)
{
	const size_t unreached = result->counts.unreached;
	const size_t sparse = result->counts.sparse;

	if (result->failed) {
		(void)add_whole(check, VERDICT_UNKNOWN,
				result->failed->code == ERR_ABSENT ? REASON_VCS_NONE
								   : REASON_FILE_UNREADABLE,
				(struct place){0}, result->failed->text);
	}
	if (unreached > 0) {
		(void)add_whole(check, VERDICT_UNKNOWN,
				check->expired == REASON_NONE ? REASON_RUN_TIMEOUT : check->expired,
				(struct place){0},
				check_text(check, "%zu file%s not reached before the deadline",
					   unreached, unreached == 1 ? " was" : "s were"));
	}
	if (sparse > 0) {
		(void)add_whole(
			check, VERDICT_UNKNOWN, REASON_FILE_NOT_CHECKED_OUT, (struct place){0},
			check_text(check,
				   "%zu tracked file%s not checked out, so nobody looked into %s",
				   sparse, sparse == 1 ? " is" : "s are",
				   sparse == 1 ? "it" : "them"));
	}
	if (result->dropped > 0) {
		/* With another number it is another finding: a new hit may be among them. */
		add_whole(check, VERDICT_UNKNOWN, REASON_TEXT_LIMIT, (struct place){0},
			  check_text(check, "%zu more hit%s not listed", result->dropped,
				     result->dropped == 1 ? " is" : "s are"))
			->detail = check_text(check, "%zu", result->dropped);
	}
}

/** In a fresh repo nothing is tracked yet: say so, rather than that the gate looks at the wrong
 * files. */
static void add_nothing_tracked(struct check *check, const struct scan_result *result)
{
	struct tree_list list = {0};
	struct err ignored = {0};
	struct finding *finding = NULL;

	if (result->counts.looked > 0 || result->failed || check->gate->allow_empty ||
	    tree_list(check->context->repo->tree, &list, &ignored) || list.len > 0) {
		return;
	}
	finding = add_whole(check, VERDICT_UNKNOWN, REASON_NOTHING_TO_CHECK,
			    (struct place){check->gate->file, 1, 1},
			    "git tracks no file here yet, so there was nothing to look into");
	finding->hint = "`git add` what the repo is made of, and run again";
}

/** The finding of one hit; a permission that permits nothing is said to be none. */
static void add_hit(struct check *check, const struct scan_finding *found,
		    void (*hit)(struct check *check, const struct scan_finding *found))
{
	const struct findings *findings = &check->result->findings;
	size_t before = findings->len;

	hit(check, found);
	if (found->lacks_reason && findings->len > before) {
		findings->at[before].hint = check_text(
			check,
			"`gaterun:allow %s` on this line permits nothing without a reason: write "
			"why behind it",
			check->gate->id);
	}
}

void text_kind_judge(struct check *check, struct text_search *search, bool secret,
		     void (*hit)(struct check *check, const struct scan_finding *found))
{
	struct scan_result result = {0};

	scan_collect(check->context->scan, &search->rule, &result);
	check->result->checked = result.counts.looked;
	for (size_t i = 0; i < result.len; i++) {
		const struct scan_finding *found = &result.at[i];

		switch (found->sort) {
		case SCAN_HIT:
			add_hit(check, found, hit);
			break;
		case SCAN_HIT_ALLOWED:
			break;
		case SCAN_UNREADABLE:
			add_unknown(check, found, REASON_FILE_UNREADABLE, found->text);
			break;
		case SCAN_CONFLICTED:
			add_unknown(check, found, REASON_FILE_CONFLICTED, found->text);
			break;
		case SCAN_TOO_LARGE:
			add_unknown(check, found, REASON_FILE_TOO_LARGE,
				    "the file is larger than what is searched (64 MiB)");
			break;
		case SCAN_GAVE_UP:
			add_unknown(check, found, REASON_TEXT_LIMIT, found->text);
			break;
		}
	}
	add_permitted(check, &result, secret);
	add_unfinished(check, &result);
	add_nothing_tracked(check, &result);
	add_not_looked_at(check, &result.counts);
}
