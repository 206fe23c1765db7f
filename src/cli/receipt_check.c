/* Is a receipt to be believed here? By the repo's trust files, this user's key and log. */
#include "cli/receipt_check.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "cli/signing.h"
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

/** Who is trusted, by all of the trust files. */
struct trusted {
	struct trust *trust;
	struct log_policy *policy;
	bool has_policy;
	struct text authorities; /**< for time-stamps; lives as long as the tree */
};

/** A trust file, and what is done with its bytes. */
struct trust_file {
	const char *name;
	int (*read)(struct trusted *trusted, const char *file, struct text bytes,
		    struct problems *problems);
};

static int read_signers(struct trusted *trusted, const char *file, struct text bytes,
			struct problems *problems)
{
	return trust_read_signers(trusted->trust, file, bytes, problems);
}

static int read_revoked(struct trusted *trusted, const char *file, struct text bytes,
			struct problems *problems)
{
	return trust_read_revoked(trusted->trust, file, bytes, problems);
}

static int read_runners(struct trusted *trusted, const char *file, struct text bytes,
			struct problems *problems)
{
	return trust_read_runners(trusted->trust, file, bytes, problems);
}

static int read_policy(struct trusted *trusted, const char *file, struct text bytes,
		       struct problems *problems)
{
	trusted->has_policy = true;
	return log_policy_read(trusted->policy, file, bytes, problems);
}

/** They are read where a time-stamp is judged (crypto/timestamp.h). */
static int read_authorities(struct trusted *trusted, const char *file, struct text bytes,
			    struct problems *problems)
{
	(void)file;
	(void)problems;
	trusted->authorities = bytes;
	return 0;
}

/** Read a trust file of the repo, if there is one. */
static void read_trust(struct cli *cli, const struct trust_file *which, struct trusted *trusted,
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
		(void)which->read(trusted, file, bytes, &cli->problems);
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
static int load_trust(struct cli *cli, struct trusted *trusted, struct texts *uncommitted)
{
	static const struct trust_file files[] = {{"allowed_signers", read_signers},
						  {"revoked", read_revoked},
						  {"policy", read_policy},
						  {"tsa.pem", read_authorities},
						  {"runners", read_runners}};
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
		read_trust(cli, &files[i], trusted, uncommitted);
	}
	return cli->problems.list.len > 0 ? cli_tell_problems(cli) : 0;
}

/** Is this file of the repo the one with that digest? */
static bool is_digest(struct text bytes, const char *sha256)
{
	char hex[SHA256_HEX_BYTES];

	sha256_hex(bytes.at ? bytes.at : "", bytes.len, hex);
	return strcmp(hex, sha256) == 0;
}

/** A file that a receipt names: as it is now, else as it was in its commit. */
static bool find_input(const char *path, const char *sha256, const char *commit, struct str *bytes,
		       void *cookie)
{
	struct cli *cli = cookie;
	AUTO(auto_str) struct str object = {0};
	const char *args[] = {"cat-file", "blob", NULL, NULL};
	struct text now = {0};
	struct err ignored = {0};

	if (tree_read(cli->repo.tree, path, TRUST_BYTES, &now, &ignored) == TREE_OK &&
	    is_digest(now, sha256)) {
		str_add_text(bytes, now);
		return true;
	}
	if (!commit || !tree_has_git(cli->repo.tree)) {
		return false;
	}
	str_printf(&object, "%s:./%s", commit, path);
	args[2] = object.at;
	bytes->max = TRUST_BYTES;
	return git_run(cli->repo.root, args, TRUST_BYTES, bytes, &ignored) == 0 &&
	       is_digest(str_view(bytes), sha256);
}

/** The identity that a receipt named by its key must be about. */
static const char *own_repo_id(struct cli *cli)
{
	struct git_state git = {0};
	struct err ignored = {0};

	(void)git_identity(cli->repo.root, &git, &ignored);
	return record_repo_id(&cli->repo, &git, &cli->arena);
}

int receipt_judge_open(struct cli *cli, struct receipt_judge *judge)
{
	struct signing_public own = {0};
	struct err ignored = {0};
	struct user_config config = {0};
	struct trusted trusted = {.trust = &judge->trust, .policy = &judge->policy};
	int status = user_read_config(cli, &config);

	if (status == 0) {
		status = load_trust(cli, &trusted, &judge->uncommitted);
	}
	if (status) {
		return status;
	}
	judge->cli = cli;
	judge->options = (struct verify_options){
		.trust = &judge->trust, .shelf = &judge->shelf, .now_utc_ms = clock_utc_ms()};
	judge->inputs = (struct verify_inputs){find_input, cli};
	judge->options.inputs = cli->has_repo ? &judge->inputs : NULL;
	if (cli->has_repo) {
		judge->place = (struct kept_place){cli->repo.tree, repo_receipts(&cli->repo)};
		judge->options.place = &judge->place;
	}
	judge->options.authorities = trusted.authorities;
	if (trusted.has_policy) {
		judge->options.policy = &judge->policy;
	}
	if (signing_find_public(cli, &own, &ignored) == 0) {
		judge->own = own.key;
		judge->options.own = &judge->own;
	}
	if (log_state_folder(&judge->state, &ignored) == 0) {
		judge->options.state = str_text(&judge->state);
		judge->options.outputs = str_text(&judge->state);
	}
	return 0;
}

void receipt_judge_one(struct receipt_judge *judge, const struct named_receipt *receipt,
		       struct verification *out)
{
	struct cli *cli = judge->cli;
	struct verify_options options = judge->options;
	struct evidence kept = {0};
	struct err why = {0};

	if (receipt->is_key) {
		if (!options.repo) {
			judge->options.repo = options.repo = own_repo_id(cli);
		}
		options.needs_log = true;
		options.run_key = receipt->name;
		if (evidence_read(cli->repo.tree, repo_receipts(&cli->repo), receipt->name, &kept,
				  &why) == 0) {
			options.kept = &kept;
		} else if (why.code != ERR_ABSENT) {
			cli_say(cli, "what is kept of %s is of no use: %s", receipt->name,
				why.text);
		}
	} else {
		options.repo = NULL;
	}
	receipt_verify(str_view(&receipt->bytes), &options, out);
}

void receipt_judge_release(struct receipt_judge *judge)
{
	member_shelf_release(&judge->shelf);
	trust_release(&judge->trust);
	log_policy_release(&judge->policy);
	str_release(&judge->state);
}

int receipt_check(struct cli *cli, const struct named_receipt *receipt, struct texts *uncommitted,
		  struct verification *out)
{
	struct receipt_judge judge = {0};
	int status = receipt_judge_open(cli, &judge);

	if (status == 0) {
		receipt_judge_one(&judge, receipt, out);
		*uncommitted = judge.uncommitted;
	}
	receipt_judge_release(&judge);
	return status;
}
