#include "run/mutation.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "data/yaml_mutants.h"

/** One fixture that is being broken. */
struct breaking {
	const struct kind *const *kinds;
	const struct fixture *fixture;
	struct scratch scratch;
	struct texts judges; /**< gates that pass it as it is */
	const char *name;
	struct mutation *out;
};

/** Gates that can say something of files alone. */
static struct texts static_gates(const struct repo *repo, struct arena *arena)
{
	const char **ids = arena_alloc(arena, (repo->gates.len + 1) * sizeof(*ids));
	struct texts gates = {.at = ids};

	for (size_t i = 0; i < repo->gates.len; i++) {
		const struct gate *gate = &repo->gates.at[i];

		/* Programs are run for what they print, not a thousand times. */
		if (gate_mode(gate) == MODE_STATIC && strcmp(gate->kind->name, "command") != 0) {
			ids[gates.len++] = gate->id;
		}
	}
	return gates;
}

static bool is_yaml(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0) &&
	       strcmp(path, CONFIG_FILE) != 0 && strncmp(path, "gates/", 6) != 0;
}

/** Judge one breakage, and put the file back. */
static void judge_mutant(struct breaking *breaking, const char *path, struct text bytes,
			 const struct yaml_mutant *mutant)
{
	AUTO(auto_trial) struct trial trial = {0};
	AUTO(auto_str) struct str broken = {0};
	struct mutation *out = breaking->out;
	struct arena texts = {0};
	struct err err = {0};

	yaml_mutant_apply(mutant, bytes, &broken);
	/* The same few files are written again and again: that is no reason to run out of room. */
	breaking->scratch.files = breaking->scratch.bytes = 0;
	if (scratch_write(&breaking->scratch, path, str_view(&broken), &err) == 0) {
		trial_run(breaking->scratch.root, breaking->kinds, &breaking->judges, &texts,
			  &trial);
		(void)scratch_write(&breaking->scratch, path, bytes, &err);
	}
	arena_release(&texts);
	out->signal = trial.signal;
	out->made++;
	if (trial.broken || trial.passed.len != breaking->judges.len) {
		out->noticed++;
		return;
	}
	*VEC_ADD(&out->unnoticed) = (struct unnoticed){
		breaking->name,
		{arena_text(breaking->fixture->arena, path), mutant->where.line,
		 mutant->where.column},
		mutant->what,
	};
}

static void break_file(struct breaking *breaking, const char *path)
{
	AUTO(auto_str) struct str full = {0};
	AUTO(auto_str) struct str bytes = {0};
	struct yaml_mutants mutants = {0};
	struct err err = {0};

	str_printf(&full, "%s/%s", breaking->scratch.root, path);
	if (file_read(str_text(&full), OWN_FILE_BYTES, &bytes, &err) == 0) {
		yaml_mutants_make(breaking->fixture->arena, path, str_view(&bytes), &mutants);
	}
	for (size_t i = 0; i < mutants.len && !breaking->out->signal; i++) {
		judge_mutant(breaking, path, str_view(&bytes), &mutants.at[i]);
	}
	VEC_RELEASE(&mutants);
}

static int break_files(struct breaking *breaking, struct err *err)
{
	AUTO(auto_tree) struct tree *tree = NULL;
	struct tree_list list = {0};

	if (tree_open_worktree(breaking->scratch.root, &tree, err) || tree_list(tree, &list, err)) {
		return -1;
	}
	for (size_t i = 0; i < list.len; i++) {
		if (is_yaml(list.at[i].path)) {
			break_file(breaking, list.at[i].path);
		}
	}
	return 0;
}

static int break_fixture(struct breaking *breaking, struct err *err)
{
	struct expectation expected = {0};
	AUTO(auto_trial) struct trial trial = {0};
	struct arena *arena = breaking->fixture->arena;

	if (scratch_open(&breaking->scratch, err) ||
	    fixture_lay_out(breaking->fixture, &breaking->scratch, &expected, err)) {
		return -1;
	}
	(void)setenv("XDG_STATE_HOME", breaking->scratch.state,
		     1); /* NOLINT(concurrency-mt-unsafe) */
	(void)setenv("XDG_CONFIG_HOME", breaking->scratch.state,
		     1); /* NOLINT(concurrency-mt-unsafe) */
	clock_fix_utc_ms(expected.now.is_set ? expected.now.utc_ms : -1);
	trial_run(breaking->scratch.root, breaking->kinds, &breaking->fixture->gates, arena,
		  &trial);
	if (trial.broken) {
		return err_set(err, ERR_INPUT, "%s", trial.broken);
	}
	breaking->judges = (struct texts){.at = trial.passed.at, .len = trial.passed.len};
	return trial.passed.len > 0 ? break_files(breaking, err) : 0;
}

void mutation_run(const struct repo *repo, const struct kind *const *kinds, const struct gate *gate,
		  struct arena *arena, struct mutation *out)
{
	struct fixture fixture = {.repo = repo, .arena = arena};
	struct texts names = {0};
	struct err err = {0};

	fixture.folder = fixture_folder(repo, gate, arena);
	fixture.gates = static_gates(repo, arena);
	if (!fixture.folder || fixture_names(fixture.folder, arena, &names, &err)) {
		return;
	}
	for (size_t i = 0; i < names.len && !out->signal; i++) {
		struct breaking breaking = {.kinds = kinds, .fixture = &fixture, .out = out};

		if (!fixture_is_good(names.at[i])) {
			continue;
		}
		fixture.name = names.at[i];
		breaking.name = arena_printf(arena, "%s/%s", strrchr(fixture.folder, '/') + 1,
					     fixture.name);
		if (break_fixture(&breaking, &err)) {
			out->trouble = arena_printf(arena, "%s: %s", breaking.name, err.text);
		}
		clock_fix_utc_ms(-1);
		scratch_release(&breaking.scratch);
	}
}

void mutation_release(struct mutation *mutation)
{
	VEC_RELEASE(&mutation->unnoticed);
}
