/* What becomes of each row, in order; every rule is one function. */
#include "cli/adoption.h"

#include <string.h>

#include "base/cleanup.h"

/** Characters that mean something to a shell. */
#define SHELL_BYTES "|&;<>()$`\\\"'*?[]{}~#!\n"

/** Longest part of a file's name that says what the gate is about. */
#define SLUG_BYTES ((size_t)48)

/** Longest script that is looked into. */
#define SCRIPT_BYTES ((size_t)1024 * 1024)

const char *fate_word(enum fate fate)
{
	static const char *const words[FATE_COUNT] = {"write",  "exists",    "retired",
						      "inline", "composite", "refused"};

	return words[fate];
}

static void leave(struct adopted *adopted, enum fate fate, const char *why)
{
	adopted->fate = fate;
	adopted->why = why;
}

/** A problem at a key of the row, or at the row. */
static void refuse(struct adoption *adoption, struct adopted *adopted, const char *key,
		   const char *hint, const char *message)
{
	const struct node *node = node_get(adopted->row->node, key);

	problems_add(adoption->problems, PROBLEM_VALUE,
		     node ? node->where : adopted->row->node->where, adoption->registry->bytes,
		     hint, "%s: %s", adopted->row->id, message);
	leave(adopted, FATE_REFUSED, arena_text(adoption->arena, message));
}

static void add_pack(struct adoption *adoption, struct adopted *adopted, const char *word)
{
	char *name = arena_text(adoption->arena, word);

	for (char *at = name; *at; at++) {
		if (*at >= 'A' && *at <= 'Z') {
			*at = (char)(*at - 'A' + 'a');
		} else if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789_-", *at)) {
			*at = '-';
		}
	}
	if (*name && !texts_hold(&adopted->packs, name)) {
		adopted->packs.at[adopted->packs.len++] = name;
	}
}

/** Room for its ring, the common pack, and that of each composite. */
static void choose_packs(struct adoption *adoption, struct adopted *adopted)
{
	const struct registry_gate *rows = adoption->registry->rows.at;
	const struct registry_gate *row = adopted->row;
	size_t count = adoption->registry->rows.len;

	adopted->packs.at = arena_alloc(adoption->arena, (count + 3) * sizeof(char *));
	add_pack(adoption, adopted, row->ring ? row->ring : "");
	add_pack(adoption, adopted, ADOPTED_PACK);
	for (size_t i = 0; i < count; i++) {
		if (texts_hold(&rows[i].composite_of, row->id) ||
		    same_string(rows[i].id, row->composite_parent)) {
			add_pack(adoption, adopted, rows[i].id);
		}
	}
}

/* ---- what runs */

static bool is_file(const struct adoption *adoption, const char *path, bool *is_executable)
{
	struct tree_stat info = {0};
	struct err ignored = {0};

	if (tree_stat(adoption->repo->tree, path, &info, &ignored) != TREE_OK ||
	    info.is_directory) {
		return false;
	}
	*is_executable = info.is_executable;
	return true;
}

static void split(struct adoption *adoption, struct adopted *adopted)
{
	struct text rest = text_of(adopted->row->check_script);
	struct text word = {0};

	adopted->argv.at = arena_alloc(adoption->arena, (rest.len + 1) * sizeof(char *));
	while (text_split(&rest, ' ', &word)) {
		word = text_trim(word);
		if (word.len > 0) {
			adopted->argv.at[adopted->argv.len++] =
				arena_copy(adoption->arena, word.at, word.len);
		}
	}
}

/** The script is the first word, or that behind an interpreter of PATH. */
static bool find_script(struct adoption *adoption, struct adopted *adopted)
{
	struct texts *argv = &adopted->argv;
	bool is_executable = false;
	bool is_direct = strchr(argv->at[0], '/') || argv->len == 1 ||
			 is_file(adoption, argv->at[0], &is_executable);
	const char *script = argv->at[is_direct ? 0 : 1];

	if (!is_file(adoption, script, &is_executable)) {
		refuse(adoption, adopted, "check_script",
		       "a check is a file of the repo, named from its root",
		       arena_printf(adoption->arena, "there is no file '%s'", script));
		return false;
	}
	if (is_direct && !is_executable) {
		refuse(adoption, adopted, "check_script",
		       arena_printf(adoption->arena, "chmod +x %s", script),
		       arena_printf(adoption->arena, "'%s' is not executable", script));
		return false;
	}
	if (is_direct && !strchr(script, '/')) {
		argv->at[0] = arena_printf(adoption->arena, "./%s", script);
	}
	adopted->script = script;
	return true;
}

static bool choose_command(struct adoption *adoption, struct adopted *adopted)
{
	const char *check = adopted->row->check_script;
	struct text bytes = {0};
	struct err ignored = {0};

	if (!check) {
		refuse(adoption, adopted, "id", "name its script with 'check_script'",
		       "it has no check_script");
		return false;
	}
	if (strpbrk(check, SHELL_BYTES)) {
		refuse(adoption, adopted, "check_script",
		       "a gate is run without a shell; put this into a script",
		       arena_printf(adoption->arena, "'%s' wants a shell", check));
		return false;
	}
	split(adoption, adopted);
	if (adopted->argv.len == 0) {
		refuse(adoption, adopted, "check_script", NULL, "its check_script is empty");
		return false;
	}
	if (!find_script(adoption, adopted)) {
		return false;
	}
	if (tree_read(adoption->repo->tree, adopted->script, SCRIPT_BYTES, &bytes, &ignored) ==
	    TREE_OK) {
		script_words_read(bytes, &adopted->words);
	}
	return true;
}

/* ---- what it is called */

static const char *slug_of(struct adoption *adoption, const char *words)
{
	AUTO(auto_str) struct str slug = {0};

	for (const char *at = words; *at && slug.len < SLUG_BYTES; at++) {
		char one = *at;

		if (one >= 'A' && one <= 'Z') {
			one = (char)(one - 'A' + 'a');
		}
		if ((one >= 'a' && one <= 'z') || (one >= '0' && one <= '9')) {
			str_add_char(&slug, one);
		} else if (slug.len > 0 && slug.at[slug.len - 1] != '-') {
			str_add_char(&slug, '-');
		}
	}
	while (slug.len > 0 && slug.at[slug.len - 1] == '-') {
		str_cut(&slug, slug.len - 1);
	}
	return arena_text(adoption->arena, str_text(&slug));
}

static const char *file_of(struct adoption *adoption, const struct adopted *adopted)
{
	const char *name = adopted->row->name ? adopted->row->name : "";
	const char *slug = slug_of(adoption, name);

	return arena_printf(adoption->arena, "%s/%s%s%s.yaml", adoption->repo->config.gates,
			    slug_of(adoption, adopted->id), *slug ? "-" : "", slug);
}

/** A shipped gate has the id: in a repo both run, the shell gate in the shadow of the other. */
static void step_aside(struct adoption *adoption, struct adopted *adopted,
		       const struct gate *shipped)
{
	const struct gate *own = gates_find(&adoption->repo->gates, shipped->id);

	adopted->id = arena_printf(adoption->arena, "X%s", adopted->row->id);
	adopted->why = arena_printf(adoption->arena, "the shipped gate %s has the id %s",
				    shipped->id, adopted->row->id);
	adopted->shadow_of = own ? own->id : NULL;
}

static bool choose_name(struct adoption *adoption, struct adopted *adopted)
{
	const struct gate *shipped = gates_find(adoption->shipped, adopted->row->id);
	const struct gate *own = NULL;
	struct tree_stat info = {0};
	struct err ignored = {0};

	adopted->id = adopted->row->id;
	if (shipped) {
		step_aside(adoption, adopted, shipped);
	}
	if (!gate_id_is_valid(adopted->id)) {
		refuse(adoption, adopted, "id",
		       "write 1 to 4 capital letters and 1 to 4 digits, like D45",
		       arena_printf(adoption->arena, "'%s' is not a gate id", adopted->id));
		return false;
	}
	own = gates_find(&adoption->repo->gates, adopted->id);
	adopted->file = own ? own->file : file_of(adoption, adopted);
	if (own || tree_stat(adoption->repo->tree, adopted->file, &info, &ignored) != TREE_ABSENT) {
		leave(adopted, FATE_EXISTS,
		      arena_printf(adoption->arena, "%s is there, and stays as it is",
				   adopted->file));
		return false;
	}
	return true;
}

/* ---- how bad it is */

static bool choose_severity(struct adoption *adoption, struct adopted *adopted)
{
	static const char *const words[] = {"critical", "high", "medium", "low", "none", NULL};
	const struct registry_gate *row = adopted->row;
	const char *severity = row->severity ? row->severity : "medium";
	size_t i = 0;

	while (words[i] && strcmp(words[i], severity) != 0) {
		i++;
	}
	if (!words[i]) {
		refuse(adoption, adopted, "severity", "write critical, high, medium, low or none",
		       arena_printf(adoption->arena, "'%s' is not a severity", severity));
		return false;
	}
	adopted->severity = same_string(severity, "none") ? "low" : words[i];
	adopted->decides = !row->warns_only && !same_string(row->mode, "report") &&
			   !same_string(row->gate_class, "advisory") &&
			   !same_string(row->gate_class, "observational");
	adopted->timeout = "60s";
	if (same_string(row->ring, "instant")) {
		adopted->timeout = "10s";
	} else if (same_string(row->ring, "deep")) {
		adopted->timeout = "300s";
	}
	return true;
}

/* ---- one row */

static size_t sharers(const struct registry *registry, const char *script)
{
	const struct registry_gate *rows = registry->rows.at;
	size_t count = 0;

	for (size_t i = 0; i < registry->rows.len; i++) {
		count += script && same_string(rows[i].check_script, script);
	}
	return count;
}

static bool is_repeated(const struct adoption *adoption, const struct registry_gate *row)
{
	const struct registry_gate *rows = adoption->registry->rows.at;

	for (const struct registry_gate *other = rows; other < row; other++) {
		if (same_string(other->id, row->id)) {
			return true;
		}
	}
	return false;
}

/** Rows that are no gates of their own. */
static bool is_left_out(struct adoption *adoption, struct adopted *adopted)
{
	const struct registry_gate *row = adopted->row;
	size_t shared = sharers(adoption->registry, row->check_script);

	if (row->is_retired) {
		leave(adopted, FATE_RETIRED, "it is retired");
	} else if (row->composite_of.len > 0) {
		leave(adopted, FATE_COMPOSITE,
		      arena_printf(adoption->arena,
				   "its parts are gates; `gaterun verify %s` runs them",
				   slug_of(adoption, row->id)));
	} else if (row->is_inline && shared != 1) {
		leave(adopted, FATE_INLINE,
		      row->check_script
			      ? arena_printf(adoption->arena,
					     "it is a part of %s, which %zu gates share; give it "
					     "a script of its own",
					     row->check_script, shared)
			      : "it has no script of its own");
	} else {
		return false;
	}
	return true;
}

static void decide(struct adoption *adoption, struct adopted *adopted)
{
	if (is_repeated(adoption, adopted->row)) {
		refuse(adoption, adopted, "id", "ids are unique", "the id stands twice");
		return;
	}
	if (is_left_out(adoption, adopted) || !choose_name(adoption, adopted) ||
	    !choose_severity(adoption, adopted) || !choose_command(adoption, adopted)) {
		return;
	}
	choose_packs(adoption, adopted);
	adopted->fate = FATE_WRITE;
}

void adoption_decide(struct adoption *adoption)
{
	const struct registry_gate *rows = adoption->registry->rows.at;

	for (size_t i = 0; i < adoption->registry->rows.len; i++) {
		struct adopted *adopted = VEC_ADD(&adoption->gates);

		adopted->row = &rows[i];
		decide(adoption, adopted);
	}
}

void adoption_release(struct adoption *adoption)
{
	VEC_RELEASE(&adoption->gates);
}
