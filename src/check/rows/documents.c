#include "check/rows/documents.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/glob.h"
#include "data/front_matter.h"
#include "data/hujson.h"

const struct choice document_formats[] = {
	{"by_name", FORMAT_BY_NAME,
	 "JSON for .json, HuJSON for .hujson, front matter for .md, else YAML"},
	{"yaml", FORMAT_YAML, "YAML; each document of a stream"},
	{"json", FORMAT_JSON, "JSON"},
	{"hujson", FORMAT_HUJSON, "JSON with comments and trailing commas"},
	{"front_matter", FORMAT_FRONT_MATTER, "YAML between lines of three dashes at the top"},
	{0},
};

typedef int reader(struct arena *arena, const char *file, struct text bytes,
		   enum strictness strictness, struct problems *problems,
		   struct repeated_keys *repeats, struct node **root);

/** A walk over the files of one source. */
struct walk {
	struct check *check;
	const struct document_source *source;
	const struct node *named;
	struct arena *arena;
	const struct document_visit *visit;
};

void document_source_check(struct decode *decode, const struct document_source *source,
			   const char *who, struct place place)
{
	if ((source->file != NULL) == (source->files.len > 0)) {
		problems_add(decode->problems, PROBLEM_MISSING, place, decode->source, NULL,
			     "%s needs either 'file' or 'files'", who);
	}
	globs_check(decode, &source->files);
	globs_check(decode, &source->except);
}

/** What reads a file of that name. */
static reader *reader_by_name(const char *path)
{
	static const struct {
		const char *suffix;
		reader *read;
	} names[] = {
		{".json", json_load},
		{".hujson", hujson_load},
		{".md", front_matter_load},
	};
	const char *dot = strrchr(path, '.');

	for (size_t i = 0; dot && i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(dot, names[i].suffix) == 0) {
			return names[i].read;
		}
	}
	return yaml_load;
}

static reader *reader_of(const struct document_source *source, const char *path)
{
	switch ((enum document_format)source->format) {
	case FORMAT_BY_NAME:
		return reader_by_name(path);
	case FORMAT_YAML:
		return yaml_load;
	case FORMAT_JSON:
		return json_load;
	case FORMAT_HUJSON:
		return hujson_load;
	case FORMAT_FRONT_MATTER:
		return front_matter_load;
	}
	return NULL;
}

static void report_problems(struct check *check, const char *file, const struct problems *problems)
{
	for (size_t i = 0; i < problems->list.len; i++) {
		const struct problem *problem = &problems->list.at[i];
		struct finding *finding =
			check_add(check, VERDICT_FAIL, REASON_FILE_NOT_PARSED,
				  check_text(check, "file:%s", file),
				  (struct place){file, problem->where.line, problem->where.column},
				  "%s", problem->message);

		finding->detail = finding->message;
		finding->hint = problem->hint ? check_text(check, "%s", problem->hint) : NULL;
	}
}

static void report_repeats(struct check *check, const struct repeated_keys *repeats)
{
	for (size_t i = 0; i < repeats->len; i++) {
		const struct repeated_key *repeat = &repeats->at[i];
		struct finding *finding =
			check_add(check, VERDICT_FAIL, REASON_ASSERT_REPEATED_KEY,
				  check_text(check, "file:%s", repeat->where.file), repeat->where,
				  "the key '%s' stands twice in one map", repeat->key);

		finding->detail = check_text(check, "%s", repeat->key);
		finding->hint = "readers disagree about which of the two counts; remove one";
		finding_relate(finding, repeat->first);
	}
}

/** Parse the bytes and visit every document. `file` lives as long as the run. */
static void visit_bytes(const struct walk *walk, const char *file, struct text bytes)
{
	AUTO(auto_problems) struct problems problems = {0};
	struct repeated_keys repeats = {0};
	struct node *root = NULL;

	if (reader_of(walk->source, file)(walk->arena, file, bytes, LOOKED_INTO, &problems,
					  &repeats, &root)) {
		report_problems(walk->check, file, &problems);
	}
	if (walk->visit->file) {
		walk->visit->file(file, walk->visit->cookie);
	}
	for (const struct node *document = root; document && walk->visit->document;
	     document = document->next) {
		walk->visit->document(document, walk->visit->cookie);
	}
	report_repeats(walk->check, &repeats);
	VEC_RELEASE(&repeats);
	if (!walk->visit->document) {
		arena_release(walk->arena);
	}
}

static void visit_file(const struct walk *walk, const char *path)
{
	struct check *check = walk->check;
	const char *file = check_text(check, "%s", path);
	const char *subject = check_text(check, "file:%s", path);
	struct text bytes = {0};
	struct err err = {0};

	switch (tree_read(check->context->repo->tree, path, LOOKED_INTO_BYTES, &bytes, &err)) {
	case TREE_OK:
		visit_bytes(walk, file, bytes);
		return;
	case TREE_ABSENT:
		(void)check_add(check, VERDICT_FAIL, REASON_FILE_ABSENT, subject,
				node_place(walk->named, "file"), "%s", err.text);
		return;
	case TREE_REFUSED:
		(void)check_add(check, VERDICT_UNKNOWN,
				err.code == ERR_LIMIT ? REASON_FILE_TOO_LARGE
						      : REASON_FILE_UNREADABLE,
				subject, (struct place){file, 0, 0}, "%s", err.text);
		return;
	case TREE_CONFLICTED:
		(void)check_add(check, VERDICT_UNKNOWN, REASON_FILE_CONFLICTED, subject,
				(struct place){file, 0, 0}, "%s", err.text);
		return;
	}
}

void documents_visit(struct check *check, const struct document_source *source,
		     const struct node *named, struct arena *arena,
		     const struct document_visit *visit)
{
	const struct walk walk = {check, source, named, arena, visit};
	struct tree_list list = {0};
	struct err err = {0};

	if (source->file) {
		visit_file(&walk, source->file);
		return;
	}
	if (tree_list(check->context->repo->tree, &list, &err)) {
		(void)check_add(check, VERDICT_UNKNOWN, REASON_VCS_NONE,
				check_text(check, "gate:%s", check->gate->id), (struct place){0},
				"%s", err.text);
		return;
	}
	for (size_t i = 0; i < list.len; i++) {
		if (!globs_match(&source->files, list.at[i].path) ||
		    globs_match(&source->except, list.at[i].path)) {
			continue;
		}
		if (clock_monotonic_ms() >= check->deadline_ms) {
			(void)check_add(check, VERDICT_UNKNOWN, REASON_RUN_TIMEOUT,
					check_text(check, "gate:%s", check->gate->id),
					(struct place){0},
					"the time was over before all files were judged");
			return;
		}
		visit_file(&walk, list.at[i].path);
	}
}
