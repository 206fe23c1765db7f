#include "run/fixture.h"

#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "model/reason.h"

/** Most fixtures of one gate. */
#define FIXTURES_MAX 500

/** What every fixture's repo has unless it brings its own. */
#define MINIMAL_CONFIG "version: 1\nrepo: fixture.example\n"

/** Where gates are in it, whatever they are called elsewhere. */
#define FIXTURE_GATES "gates"

static const struct choice verdicts[] = {
	{"fail", VERDICT_FAIL, "the gate must fail"},
	{"unknown", VERDICT_UNKNOWN, "the gate must say that it cannot know"},
	{0},
};

static bool reason_is_known(const char *code)
{
	for (enum reason reason = REASON_NONE + 1; reason < REASON_COUNT; reason++) {
		if (strcmp(reason_code(reason), code) == 0) {
			return true;
		}
	}
	return false;
}

static void parse_now(struct decode *decode, const struct node *node, void *out)
{
	struct moment *moment = out;
	struct err err = {0};

	if (node->kind != NODE_SCALAR ||
	    (clock_parse_any_rfc3339(node->text, &moment->utc_ms, &err) &&
	     clock_parse_date(node->text, &moment->utc_ms, &err))) {
		decode_problem(decode, PROBLEM_VALUE, node, NULL,
			       "expected a time like 2026-03-01T12:00:00Z, or a day");
		return;
	}
	moment->is_set = true;
}

const struct field expectation_fields[] = {
	{"verdict", FIELD_CHOICE, offsetof(struct expectation, verdict), .choices = verdicts,
	 .fallback = "fail", .doc = "what the gate says of a bad one"},
	{"reasons", FIELD_TEXTS, offsetof(struct expectation, reasons),
	 .doc = "reasons that its findings have to give"},
	{"remove", FIELD_TEXTS, offsetof(struct expectation, remove),
	 .doc = "files of good/ that this one does not have"},
	{"uncommitted", FIELD_TEXTS, offsetof(struct expectation, uncommitted),
	 .doc = "files that are there, and that git does not track"},
	{"now", FIELD_CUSTOM, offsetof(struct expectation, now), .parse = parse_now,
	 .doc = "what time it is there, and when it was committed; else it is now"},
	{0},
};

/* ---- which there are */

static bool has_stem(const char *name, const char *stem)
{
	size_t len = strlen(stem);

	return strncmp(name, stem, len) == 0 && (name[len] == '\0' || name[len] == '-');
}

bool fixture_is_good(const char *name)
{
	return has_stem(name, "good");
}

const char *fixture_folder(const struct repo *repo, const struct gate *gate, struct arena *arena)
{
	const char *dot = strrchr(gate->file, '.');
	size_t len = dot ? (size_t)(dot - gate->file) : strlen(gate->file);

	return text_starts(text_of(gate->file), "shipped:")
		       ? NULL
		       : arena_printf(arena, "%s/%.*s.test", repo->root, (int)len, gate->file);
}

static int compare_names(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

int fixture_names(const char *folder, struct arena *arena, struct texts *out, struct err *err)
{
	const char **names = arena_alloc(arena, FIXTURES_MAX * sizeof(*names));
	AUTO(auto_closedir) DIR *dir = opendir(folder);
	const struct dirent *entry = NULL;
	size_t len = 0;

	while (dir && (entry = readdir(dir))) { /* NOLINT(concurrency-mt-unsafe) */
		if (entry->d_name[0] == '.') {
			continue;
		}
		if (!fixture_is_good(entry->d_name) && !has_stem(entry->d_name, "bad")) {
			return err_set(err, ERR_INPUT,
				       "'%s' is no fixture: their names are good, good-…, bad "
				       "and bad-…",
				       entry->d_name);
		}
		if (len == FIXTURES_MAX) {
			return err_set(err, ERR_LIMIT, "there are more than %d fixtures",
				       FIXTURES_MAX);
		}
		names[len++] = arena_text(arena, entry->d_name);
	}
	qsort(names, len, sizeof(*names), compare_names);
	*out = (struct texts){.at = names, .len = len};
	return 0;
}

/* ---- laying one out */

/** The first thing that is wrong with expect.yaml. */
static int refuse(struct problems *problems, struct err *err)
{
	const struct problem *first = NULL;

	problems_sort(problems);
	first = &problems->list.at[0];
	return err_set(err, ERR_INPUT, "%s:%d:%d: %s", EXPECT_FILE, first->where.line,
		       first->where.column, first->message);
}

static int read_expectation(const char *path, bool is_good, struct arena *arena,
			    struct expectation *out, struct err *err)
{
	AUTO(auto_problems) struct problems problems = {0};
	AUTO(auto_str) struct str bytes = {0};
	struct decode decode = {.arena = arena, .problems = &problems, .what = "expect.yaml"};
	struct node *root = NULL;

	out->verdict = VERDICT_FAIL;
	if (!file_exists(path)) {
		return 0;
	}
	if (file_read(path, OWN_FILE_BYTES, &bytes, err)) {
		return -1;
	}
	decode.source = str_view(&bytes);
	if (yaml_load(arena, EXPECT_FILE, decode.source, OWN_FILE, &problems, NULL, &root) ||
	    decode_fields(&decode, root, root->where, expectation_fields, out)) {
		return refuse(&problems, err);
	}
	for (size_t i = 0; i < out->reasons.len; i++) {
		if (!reason_is_known(out->reasons.at[i])) {
			return err_set(err, ERR_INPUT, "%s:%d:%d: there is no reason '%s'",
				       EXPECT_FILE, out->reasons.nodes[i]->where.line,
				       out->reasons.nodes[i]->where.column, out->reasons.at[i]);
		}
	}
	if (is_good && (out->reasons.len > 0 || node_get(root, "verdict"))) {
		return err_set(err, ERR_INPUT,
			       "%s: a good fixture passes, so it has no verdict and no reasons",
			       EXPECT_FILE);
	}
	return 0;
}

static int put_gate(const struct repo *repo, const char *id, struct scratch *scratch,
		    struct err *err)
{
	const struct gate *gate = gates_find(&repo->gates, id);
	const char *base = strrchr(gate->file, '/');
	AUTO(auto_str) struct str path = {0};

	str_printf(&path, FIXTURE_GATES "/%s", base ? base + 1 : gate->file);
	if (scratch_write(scratch, str_text(&path), gate->bytes, err)) {
		return -1;
	}
	for (size_t i = 0; i < gate->requires.len; i++) {
		if (put_gate(repo, gate->requires.at[i], scratch, err)) {
			return -1;
		}
	}
	return 0;
}

static int put_files(const struct fixture *fixture, const struct texts *remove,
		     struct scratch *scratch, struct err *err)
{
	const char *good = arena_printf(fixture->arena, "%s/good", fixture->folder);
	const char *own = arena_printf(fixture->arena, "%s/%s", fixture->folder, fixture->name);
	bool is_over_good = !fixture_is_good(fixture->name) && file_exists(good);

	if (is_over_good && scratch_copy(scratch, good, EXPECT_FILE, err)) {
		return -1;
	}
	for (size_t i = 0; i < remove->len; i++) {
		if (scratch_remove(scratch, remove->at[i], err)) {
			return -1;
		}
	}
	return scratch_copy(scratch, own, EXPECT_FILE, err);
}

int fixture_lay_out(const struct fixture *fixture, struct scratch *scratch, struct expectation *out,
		    struct err *err)
{
	const char *expect =
		arena_printf(fixture->arena, "%s/%s/" EXPECT_FILE, fixture->folder, fixture->name);

	if (read_expectation(expect, fixture_is_good(fixture->name), fixture->arena, out, err) ||
	    scratch_write(scratch, CONFIG_FILE, text_of(MINIMAL_CONFIG), err) ||
	    put_files(fixture, &out->remove, scratch, err)) {
		return -1;
	}
	for (size_t i = 0; i < fixture->gates.len; i++) {
		if (put_gate(fixture->repo, fixture->gates.at[i], scratch, err)) {
			return -1;
		}
	}
	return scratch_commit(scratch, &out->uncommitted,
			      out->now.is_set ? out->now.utc_ms : clock_utc_ms(), err);
}
