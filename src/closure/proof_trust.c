/* Who is believed in this repo: the files of receipts/trust/. */
#include "base/cleanup.h"
#include "closure/proof.h"
#include "git/git.h"

/** Is a trust file as HEAD has it? `bytes` NULL: it is not in the work tree. */
static bool is_committed(const struct repo *repo, const char *file, const struct text *bytes)
{
	AUTO(auto_str) struct str object = {0};
	AUTO(auto_str) struct str blob = {.max = TRUST_BYTES};
	const char *args[] = {"cat-file", "blob", NULL, NULL};
	struct err ignored = {0};

	str_printf(&object, "HEAD:./%s", file);
	args[2] = object.at;
	if (git_run(repo->root, args, TRUST_BYTES, &blob, &ignored)) {
		return !bytes;
	}
	return bytes && text_equal(str_view(&blob), *bytes);
}

static int read_signers(struct prover *prover, const char *file, struct text bytes)
{
	return trust_read_signers(&prover->trust, file, bytes, &prover->problems);
}

static int read_revoked(struct prover *prover, const char *file, struct text bytes)
{
	return trust_read_revoked(&prover->trust, file, bytes, &prover->problems);
}

static int read_policy(struct prover *prover, const char *file, struct text bytes)
{
	prover->has_policy = log_policy_read(&prover->policy, file, bytes, &prover->problems) == 0;
	return prover->has_policy ? 0 : -1;
}

static int read_runners(struct prover *prover, const char *file, struct text bytes)
{
	return trust_read_runners(&prover->trust, file, bytes, &prover->problems);
}

/** They are read where a time-stamp is judged (crypto/timestamp.h). */
static int read_authorities(struct prover *prover, const char *file, struct text bytes)
{
	(void)file;
	prover->authorities = bytes;
	return 0;
}

/** All that says who is believed. */
static const struct trust_file {
	const char *name;
	int (*read)(struct prover *prover, const char *file, struct text bytes);
} files[] = {
	{"allowed_signers", read_signers}, {"revoked", read_revoked}, {"policy", read_policy},
	{"tsa.pem", read_authorities},     {"runners", read_runners},
};

#define FILES (sizeof(files) / sizeof(files[0]))

static void read_trust(struct prover *prover, const struct trust_file *which)
{
	const struct repo *repo = prover->repo;
	const char *file =
		arena_printf(&prover->arena, "%s/trust/%s", repo_receipts(repo), which->name);
	struct text bytes = {0};
	struct err err = {0};
	enum tree_answer answer = tree_read(repo->tree, file, TRUST_BYTES, &bytes, &err);

	if (answer == TREE_OK) {
		(void)which->read(prover, file, bytes);
	} else if (answer != TREE_ABSENT) {
		problems_add(&prover->problems, PROBLEM_FILE, (struct place){file, 0, 0},
			     (struct text){0}, NULL, "%s", err.text);
	}
}

void prover_read_trust(struct prover *prover)
{
	for (size_t i = 0; i < FILES; i++) {
		read_trust(prover, &files[i]);
	}
}

void prover_check_committed(struct prover *prover)
{
	struct tree *tree = prover->repo->tree;

	for (size_t i = 0; i < FILES && tree_has_git(tree) && !prover->has_committed; i++) {
		const char *file = arena_printf(&prover->arena, "%s/trust/%s",
						repo_receipts(prover->repo), files[i].name);
		struct text bytes = {0};
		struct err ignored = {0};
		bool is_there = tree_read(tree, file, TRUST_BYTES, &bytes, &ignored) != TREE_ABSENT;

		if (!is_committed(prover->repo, file, is_there ? &bytes : NULL)) {
			prover->uncommitted = file;
		}
	}
	prover->has_committed = true;
}
