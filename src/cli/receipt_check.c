/* Is a receipt to be believed here? By the repo's trust files, this user's key and log. */
#include "cli/receipt_check.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "cli/user.h"
#include "git/git.h"
#include "receipt/record.h"

/** Is a trust file as HEAD has it? `bytes` NULL: it is not in the work tree. */
static bool is_committed(const struct cli *cli, const char *file, const struct text *bytes)
{
	AUTO(auto_str) struct str object = {0};
	AUTO(auto_str) struct str blob = {.max = TRUST_BYTES};
	const char *args[] = {"cat-file", "blob", NULL, NULL};
	struct err ignored = {0};

	str_printf(&object, "HEAD:./%s", file);
	args[2] = object.at;
	if (git_run(cli->repo.root, args, TRUST_BYTES, &blob, &ignored)) {
		return !bytes;
	}
	return bytes && text_equal(str_view(&blob), *bytes);
}

/** A trust file, and what is found out about it. */
struct trust_file {
	const char *name;
	int (*read)(struct trust *trust, const char *file, struct text bytes,
		    struct problems *problems);
};

/** Read a trust file of the repo, if there is one. */
static void read_trust(struct cli *cli, const struct trust_file *which, struct trust *trust,
		       struct texts *uncommitted)
{
	const char *file =
		arena_printf(&cli->arena, "%s/trust/%s", repo_receipts(&cli->repo), which->name);
	struct text bytes = {0};
	struct err err = {0};
	enum tree_answer answer = tree_read(cli->repo.tree, file, TRUST_BYTES, &bytes, &err);

	if (tree_has_git(cli->repo.tree) &&
	    !is_committed(cli, file, answer == TREE_ABSENT ? NULL : &bytes)) {
		uncommitted->at[uncommitted->len++] = file;
	}
	switch (answer) {
	case TREE_OK:
		(void)which->read(trust, file, bytes, &cli->problems);
		break;
	case TREE_REFUSED:
	case TREE_CONFLICTED:
		problems_add(&cli->problems, PROBLEM_FILE, (struct place){file, 0, 0},
			     (struct text){0}, NULL, "%s", err.text);
		break;
	case TREE_ABSENT:
		break;
	}
}

/** Outside of a repo nobody is trusted but the user. */
static int load_trust(struct cli *cli, struct trust *trust, struct texts *uncommitted)
{
	static const struct trust_file files[] = {{"allowed_signers", trust_read_signers},
						  {"revoked", trust_read_revoked}};
	int status = 0;

	if (!cli->has_repo && (cli->args.root || cli_find_root(cli))) {
		status = cli_load_config(cli);
	}
	if (status || !cli->has_repo) {
		problems_release(&cli->problems);
		return status;
	}
	uncommitted->at = arena_alloc(&cli->arena,
				      sizeof(files) / sizeof(files[0]) * sizeof(*uncommitted->at));
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		read_trust(cli, &files[i], trust, uncommitted);
	}
	return cli->problems.list.len > 0 ? cli_tell_problems(cli) : 0;
}

/** The identity that a receipt named by its key must be about. */
static const char *own_repo_id(struct cli *cli)
{
	struct git_state git = {0};
	struct err ignored = {0};

	(void)git_identity(cli->repo.root, &git, &ignored);
	return record_repo_id(&cli->repo, &git, &cli->arena);
}

int receipt_check(struct cli *cli, const struct named_receipt *receipt, struct texts *uncommitted,
		  struct verification *out)
{
	AUTO(auto_trust) struct trust trust = {0};
	AUTO(auto_str) struct str state = {0};
	struct public_key own = {0};
	struct evidence kept = {0};
	struct err why = {0};
	struct err ignored = {0};
	struct verify_options options = {.trust = &trust, .needs_log = receipt->is_key};
	int status = load_trust(cli, &trust, uncommitted);

	if (status) {
		return status;
	}
	options.now_utc_ms = clock_utc_ms();
	if (receipt->is_key) {
		options.run_key = receipt->name;
		options.repo = own_repo_id(cli);
		if (evidence_read(cli->repo.tree, repo_receipts(&cli->repo), receipt->name, &kept,
				  &why) == 0) {
			options.kept = &kept;
		} else if (why.code != ERR_ABSENT) {
			cli_say(cli, "what is kept of %s is of no use: %s", receipt->name,
				why.text);
		}
	}
	if (user_public(&own, &ignored) == 0) {
		options.own = &own;
	}
	if (log_state_folder(&state, &ignored) == 0) {
		options.state = str_text(&state);
	}
	receipt_verify(str_view(&receipt->bytes), &options, out);
	return 0;
}
