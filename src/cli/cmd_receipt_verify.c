#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "cli/commands.h"
#include "cli/receipts.h"
#include "cli/user.h"
#include "data/json.h"
#include "git/git.h"
#include "receipt/record.h"
#include "receipt/verify.h"
#include "report/layout.h"

/** What was found out. */
struct checked {
	const struct named_receipt *receipt;
	const struct texts *uncommitted; /**< trust files that are not as HEAD has them */
	struct verification verification;
};

static const char *membership_word(enum membership membership)
{
	static const char *const words[] = {
		[MEMBER_NO_LOG] = "no_log",
		[MEMBER_ABSENT] = "absent",
		[MEMBER_UNCOVERED] = "uncovered",
		[MEMBER_PROVEN] = "proven",
	};

	return words[membership];
}

static void write_checked_json(const struct checked *checked, struct str *out)
{
	struct json *uncommitted = json_list();
	const struct verification *verification = &checked->verification;
	const struct statement *statement = &verification->statement;
	bool is_known = statement->identity.run_key && statement->kind == STATEMENT_RECEIPT;
	AUTO(auto_json) struct json *map = json_map();

	json_put_text(map, "schema", "gaterun/receipt-verify/v1");
	json_put_text(map, "file", checked->receipt->file);
	json_put_text(map, "verdict", receipt_verdict_word(verification->verdict));
	json_put_text(map, "why", verification->why);
	json_put_text(map, "signer", verification->signer[0] ? verification->signer : NULL);
	json_put_text(map, "principals", verification->principals);
	json_put_text(map, "membership", membership_word(verification->membership));
	json_put_text(map, "membership_why",
		      verification->membership_why[0] ? verification->membership_why : NULL);
	json_put_text(map, "run_key", statement->identity.run_key);
	json_put_text(map, "result", is_known ? statement_result(statement) : NULL);
	for (size_t i = 0; i < checked->uncommitted->len; i++) {
		json_add_text(uncommitted, checked->uncommitted->at[i]);
	}
	json_put(map, "uncommitted_trust", uncommitted);
	json_write(map, JSON_INDENTED, out);
}

/** Trust that stands only in the work tree may have come with the receipt. */
static void write_uncommitted(const struct checked *checked, const struct style *style,
			      struct str *out)
{
	for (size_t i = 0; i < checked->uncommitted->len; i++) {
		AUTO(auto_str) struct str line = {0};

		str_printf(&line, "%s is not as it was committed; see git diff HEAD",
			   checked->uncommitted->at[i]);
		str_add(out, "trust: ");
		wrap_add(out, style, 7, 7, str_text(&line));
		str_add_char(out, '\n');
	}
}

static void write_checked(const char *format, const struct style *style, void *cookie,
			  struct str *out)
{
	static const struct {
		const char *word;
		enum colour colour;
	} heads[] = {
		[RECEIPT_UNDECIDED] = {"UNDECIDED", COLOUR_YELLOW},
		[RECEIPT_TRUSTED] = {"VALID", COLOUR_GREEN},
		[RECEIPT_OWN] = {"VALID", COLOUR_GREEN},
		[RECEIPT_INVALID] = {"INVALID", COLOUR_RED},
		[RECEIPT_NONE] = {"NO RECEIPT", COLOUR_RED},
	};
	const struct checked *checked = cookie;
	const struct verification *verification = &checked->verification;
	const char *why = verification->why;

	if (strcmp(format, "json") == 0) {
		write_checked_json(checked, out);
		return;
	}
	if (verification->statement.identity.run_key) {
		receipt_write(&verification->statement, style, out);
		str_add_char(out, '\n');
	}
	if (verification->membership == MEMBER_PROVEN) {
		str_add(out, "log: it is there, under a signed head, and so is its start\n");
	} else if (verification->membership_why[0]) {
		str_add(out, "log: ");
		wrap_add(out, style, 5, 5, verification->membership_why);
		str_add_char(out, '\n');
	}
	write_uncommitted(checked, style, out);
	colour_add(out, style, heads[verification->verdict].colour,
		   heads[verification->verdict].word);
	str_add(out, ": ");
	/* The head says already that it is valid. */
	why += strncmp(why, "valid, ", strlen("valid, ")) == 0 ? strlen("valid, ") : 0;
	wrap_add(out, style, strlen(heads[verification->verdict].word) + 2, 2, why);
	str_add_char(out, '\n');
}

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

static int status_of(enum receipt_verdict verdict)
{
	switch (verdict) {
	case RECEIPT_TRUSTED:
	case RECEIPT_OWN:
		return EXIT_PASS;
	case RECEIPT_INVALID:
		return EXIT_FAIL;
	case RECEIPT_NONE:
		return EXIT_DATA;
	case RECEIPT_UNDECIDED:
		break;
	}
	return EXIT_UNKNOWN;
}

/** The identity that a receipt named by its key must be about. */
static const char *own_repo_id(struct cli *cli)
{
	struct git_state git = {0};
	struct err ignored = {0};

	(void)git_identity(cli->repo.root, &git, &ignored);
	return record_repo_id(&cli->repo, &git, &cli->arena);
}

static void verify_receipt(struct cli *cli, const struct trust *trust, struct checked *checked)
{
	AUTO(auto_str) struct str state = {0};
	struct public_key own = {0};
	struct err ignored = {0};
	struct verify_options options = {
		.trust = trust,
		.run_key = checked->receipt->is_key ? checked->receipt->name : NULL,
		.repo = checked->receipt->is_key ? own_repo_id(cli) : NULL,
		.now_utc_ms = clock_utc_ms(),
		.needs_log = checked->receipt->is_key,
	};

	if (user_public(&own, &ignored) == 0) {
		options.own = &own;
	}
	if (log_state_folder(&state, &ignored) == 0) {
		options.state = str_text(&state);
	}
	receipt_verify(str_view(&checked->receipt->bytes), &options, &checked->verification);
}

int cmd_receipt_verify(struct cli *cli)
{
	AUTO(auto_trust) struct trust trust = {0};
	struct named_receipt receipt = {0};
	struct texts uncommitted = {0};
	struct checked checked = {.receipt = &receipt, .uncommitted = &uncommitted};
	int status = receipt_find(cli, cli->args.words.at[0], &receipt);

	if (status == 0) {
		status = load_trust(cli, &trust, &uncommitted);
	}
	if (status == 0) {
		verify_receipt(cli, &trust, &checked);
		cli_write(cli, write_checked, &checked);
		status = status_of(checked.verification.verdict);
	}
	verification_release(&checked.verification);
	str_release(&receipt.bytes);
	return status;
}
