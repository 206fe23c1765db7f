/*
 * A small ops repo in a temporary directory, loaded and run in this process: for tests of kinds,
 *the model and the engine. Nothing is sent anywhere.
 *
 *	struct fixture *f = fixture_new();
 *	fixture_file(f, "bindings/ssh.targets.yaml", "ssh:\n  targets: []\n");
 *	fixture_gate(f, "G001", "bindings_valid", "");
 *	fixture_run(f, "G001", MODE_STATIC);
 *	assert_non_null(fixture_finding(f, REASON_NOTHING_TO_CHECK));
 *	fixture_free(f);
 *
 * Include it after <cmocka.h>.
 */
#ifndef TESTS_UNIT_FIXTURE_H
#define TESTS_UNIT_FIXTURE_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "cli/kinds.h"
#include "run/run.h"

struct fixture {
	char root[64];
	struct repo repo;
	struct problems problems;
	struct plan plan;
	struct run_options options;
	struct run run;
	const char *gate_id;
	bool is_loaded;
	bool has_run;
};

static inline struct fixture *fixture_new(void)
{
	struct fixture *f = mem_alloc(sizeof(*f));

	(void)snprintf(f->root, sizeof(f->root), "/tmp/gaterun-test.XXXXXX");
	assert_non_null(mkdtemp(f->root));
	return f;
}

/** Write a file of the repo; directories are made. */
static inline void fixture_file(struct fixture *f, const char *path, const char *text)
{
	AUTO(auto_str) struct str full = {0};
	struct err err = {0};
	char *slash = NULL;

	str_printf(&full, "%s/%s", f->root, path);
	slash = strrchr(full.at, '/');
	*slash = '\0';
	assert_int_equal(file_make_dirs(full.at, 0755, &err), 0);
	*slash = '/';
	assert_int_equal(file_replace(full.at, text_of(text), 0644, FILE_SYNC_NO, &err), 0);
}

/** Write a gate; `more` is further YAML, at top level, each line ended. */
static inline void fixture_gate(struct fixture *f, const char *id, const char *kind,
				const char *more)
{
	AUTO(auto_str) struct str text = {0};
	AUTO(auto_str) struct str path = {0};

	str_printf(
		&text,
		"id: %s\ntitle: a test gate\nkind: %s\npacks: [fast]\nseverity: high\nowner: ops\n"
		"triage: look\nexplain: because\n%s",
		id, kind, more);
	str_printf(&path, "gates/%s.yaml", id);
	fixture_file(f, path.at, str_text(&text));
}

/** Load the repo. @return as repo_load */
static inline int fixture_load(struct fixture *f)
{
	f->is_loaded = true;
	return repo_load(&f->repo, f->root, kinds_table, &f->problems);
}

/** Load, plan and run one gate; the files must be without problems. */
static inline void fixture_run(struct fixture *f, const char *gate_id, enum mode mode)
{
	struct err err = {0};

	if (!f->is_loaded) {
		assert_int_equal(fixture_load(f), 0);
	}
	f->gate_id = gate_id;
	f->options.gates = (struct texts){&f->gate_id, NULL, 1};
	f->options.targets.all = true;
	f->options.context = "local";
	f->options.mode = mode;
	assert_int_equal(plan_make(&f->repo, &f->options, &f->plan, &err), 0);
	f->has_run = true;
	run_execute(&f->repo, &f->options, &f->plan, NULL, &f->run);
}

/** For the message of a test that fails: all problems. */
static inline void fixture_print_problems(const struct fixture *f)
{
	for (size_t i = 0; i < f->problems.list.len; i++) {
		const struct problem *problem = &f->problems.list.at[i];

		print_message("problem: %s:%d:%d: %s\n",
			      problem->where.file ? problem->where.file : "", problem->where.line,
			      problem->where.column, problem->message);
	}
}

/** Load the repo, which must give `count` problems. */
static inline void fixture_load_badly(struct fixture *f, size_t count)
{
	int status = fixture_load(f);

	if (f->problems.list.len != count) {
		fixture_print_problems(f);
	}
	assert_int_equal(f->problems.list.len, count);
	assert_int_equal(status, count == 0 ? 0 : -1);
}

/** There is a problem at that place whose message holds `words`. */
static inline const struct problem *fixture_problem(const struct fixture *f, const char *file,
						    int line, int column, const char *words)
{
	for (size_t i = 0; i < f->problems.list.len; i++) {
		const struct problem *problem = &f->problems.list.at[i];

		if (same_string(problem->where.file, file) && problem->where.line == line &&
		    problem->where.column == column && strstr(problem->message, words)) {
			return problem;
		}
	}
	fixture_print_problems(f);
	fail_msg("no problem %s:%d:%d: %s", file, line, column, words);
	return NULL;
}

/** The result of the gate that was run (the last step of the plan). */
static inline const struct result *fixture_result(const struct fixture *f)
{
	return &f->run.results[f->run.result_count - 1];
}

/** How many findings have this reason. */
static inline size_t fixture_count(const struct fixture *f, enum reason reason)
{
	const struct findings *findings = &fixture_result(f)->findings;
	size_t count = 0;

	for (size_t i = 0; i < findings->len; i++) {
		count += findings->at[i].reason == reason;
	}
	return count;
}

/** The first finding with this reason; NULL if there is none. */
static inline const struct finding *fixture_finding(const struct fixture *f, enum reason reason)
{
	const struct findings *findings = &fixture_result(f)->findings;

	for (size_t i = 0; i < findings->len; i++) {
		if (findings->at[i].reason == reason) {
			return &findings->at[i];
		}
	}
	return NULL;
}

static inline int fixture_remove(const char *path, const struct stat *info, int type,
				 struct FTW *walk)
{
	(void)info;
	(void)type;
	(void)walk;
	return remove(path);
}

static inline void fixture_free(struct fixture *f)
{
	if (f->has_run) {
		run_release(&f->run);
	}
	plan_release(&f->plan);
	if (f->is_loaded) {
		repo_release(&f->repo);
	}
	problems_release(&f->problems);
	(void)nftw(f->root, fixture_remove, 16, FTW_DEPTH | FTW_PHYS);
	free(f);
}

#endif
