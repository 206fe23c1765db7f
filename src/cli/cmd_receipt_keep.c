#include <string.h>

#include "base/cleanup.h"
#include "cli/commands.h"
#include "cli/receipt_check.h"
#include "data/json.h"
#include "receipt/evidence.h"
#include "receipt/kept.h"
#include "report/layout.h"

/** What was kept. */
struct kept {
	const char *run_key;
	const char *file;
	bool was_kept; /**< before */
	bool is_own;   /**< the signer is this user, and nobody whom the repo trusts */
	struct checkpoint head;
	struct verification verification;
};

static void write_kept(const char *format, const struct style *style, void *cookie, struct str *out)
{
	const struct kept *kept = cookie;

	if (strcmp(format, "json") == 0) {
		AUTO(auto_json) struct json *map = json_map();

		json_put_text(map, "schema", "gaterun/receipt-keep/v1");
		json_put_text(map, "run_key", kept->run_key);
		json_put_text(map, "file", kept->file);
		json_put_bool(map, "kept_before", kept->was_kept);
		json_put_text(map, "verdict", receipt_verdict_word(kept->verification.verdict));
		json_put_text(map, "signer", kept->verification.signer);
		json_put_text(map, "log_origin", kept->head.origin);
		json_put_int(map, "log_index", kept->verification.statement.identity.seq);
		json_put_int(map, "head_size", (int64_t)kept->head.size);
		json_put_text(map, "reason", reason_code(kept->verification.reason));
		json_write(map, JSON_INDENTED, out);
		return;
	}
	str_printf(out, "%s\n", kept->file);
	str_printf(out, "entry %lld of its log, under the signed head of %llu entries%s\n",
		   (long long)kept->verification.statement.identity.seq,
		   (unsigned long long)kept->head.size,
		   kept->was_kept ? "; it was kept before" : "; commit it with its neighbours");
	if (kept->verification.reason == REASON_WITNESS_QUORUM) {
		wrap_add(
			out, style, 0, 2,
			"the witnesses that receipts/trust/policy demands have not cosigned it yet; "
			"keep it again when they have, or let them cosign what is kept");
		str_add_char(out, '\n');
	}
	if (kept->is_own) {
		wrap_add(out, style, 0, 2,
			 "others will not believe it before receipts/trust/allowed_signers lists "
			 "your key; 'gaterun key show' gives the line");
		str_add_char(out, '\n');
	}
}

/** Only what verifies is kept: say why this does not. */
static int refuse(const struct cli *cli, const struct kept *kept)
{
	const struct verification *found = &kept->verification;

	cli_say(cli, "%s is not kept: %s", kept->run_key, found->why);
	switch (found->verdict) {
	case RECEIPT_INVALID:
		return EXIT_FAIL;
	case RECEIPT_NONE:
		return EXIT_DATA;
	case RECEIPT_TRUSTED:
	case RECEIPT_OWN:
	case RECEIPT_UNDECIDED:
		break;
	}
	return EXIT_UNKNOWN;
}

/** Take from the log what belongs to it. */
static int make(struct cli *cli, const struct kept *kept, struct text bytes, struct evidence *out,
		struct err *err)
{
	const struct verification *found = &kept->verification;
	AUTO(auto_str) struct str state = {0};
	AUTO(auto_log) struct log *log = NULL;

	if (log_state_folder(&state, err) ||
	    log_open(str_text(&state), found->statement.identity.log_origin, &found->key, LOG_READ,
		     &log, err) ||
	    log_load(log, err)) {
		return -1;
	}
	return evidence_make(log, bytes, &found->statement, &found->key, &cli->arena, out, err);
}

/** What is there already must be right; what is not is made and written. */
static int keep(struct cli *cli, struct kept *kept, struct text bytes)
{
	const struct verification *found = &kept->verification;
	struct evidence evidence = {0};
	struct err err = {0};

	kept->was_kept =
		evidence_read(cli->repo.tree, repo_receipts(&cli->repo), kept->run_key, &evidence,
			      &err) == 0 &&
		text_equal(evidence.receipt, bytes) &&
		evidence_check(&evidence, &found->statement, &found->key, &kept->head, &err) == 0;
	if (kept->was_kept && evidence.stamp.len > 0) {
		return 0;
	}
	err = (struct err){0};
	if (make(cli, kept, bytes, &evidence, &err)) {
		if (kept->was_kept) {
			return 0; /* all but a time-stamp, which may have come since */
		}
		cli_say(cli, "%s is not kept: %s", kept->run_key, err.text);
		return EXIT_UNKNOWN;
	}
	if (kept->was_kept && evidence.stamp.len == 0) {
		return 0;
	}
	if (evidence_check(&evidence, &found->statement, &found->key, &kept->head, &err) ||
	    evidence_write(&cli->repo, &evidence, kept->run_key, &err)) {
		cli_say(cli, "%s is not kept: %s", kept->run_key, err.text);
		return EXIT_RECEIPT;
	}
	return 0;
}

/** The size of the head over it that witnesses cosigned first; 0: there is none. */
static int find_cosigned(const struct receipt_judge *judge, struct log *log, int64_t seq,
			 int64_t *size, struct err *err)
{
	AUTO(auto_free) struct merkle_hash *leaves = NULL;
	struct cosigned_judge by = {.policy = judge->options.policy,
				    .now_utc_ms = judge->options.now_utc_ms};
	struct cosigned_heads heads = {0};
	struct witnessed witnessed = {0};
	int failed = 0;

	if (!by.policy) {
		return 0;
	}
	if (log_leaves(log, &leaves, err)) {
		return -1;
	}
	by.leaves = leaves;
	by.leaf_count = (size_t)log_covered(log);
	failed = log_cosigned(log, &by, &heads, err);
	if (!failed) {
		cosigned_find(&heads, seq, &witnessed, size);
	}
	VEC_RELEASE(&heads);
	return failed;
}

/** Keep what witnesses said of a head over it, and how the kept heads of its log belong together,
 * where the log is. */
static int keep_heads(struct cli *cli, const struct kept *kept, const struct receipt_judge *judge)
{
	const struct verification *found = &kept->verification;
	const struct statement_identity *identity = &found->statement.identity;
	AUTO(auto_log) struct log *log = NULL;
	struct err err = {0};
	int64_t size = 0;

	if (!judge->options.state || log_open(judge->options.state, identity->log_origin,
					      &found->key, LOG_READ, &log, &err)) {
		return 0;
	}
	if (log_load(log, &err) || find_cosigned(judge, log, identity->seq, &size, &err) ||
	    kept_add(&cli->repo, log, size, &err)) {
		cli_say(cli, "%s is kept, but not all about its log: %s", kept->run_key, err.text);
		return EXIT_RECEIPT;
	}
	return 0;
}

/** May it be kept? One that only waits for witnesses may: they look at what is kept. */
static bool is_worth_keeping(const struct verification *found)
{
	return found->verdict == RECEIPT_TRUSTED || found->verdict == RECEIPT_OWN ||
	       found->reason == REASON_WITNESS_QUORUM;
}

/** Verify and keep; the receipt was found. */
static int keep_found(struct cli *cli, const struct named_receipt *receipt, struct kept *kept,
		      struct receipt_judge *judge)
{
	int status = receipt_judge_open(cli, judge);

	if (status) {
		return status;
	}
	receipt_judge_one(judge, receipt, &kept->verification);
	if (!is_worth_keeping(&kept->verification)) {
		return refuse(cli, kept);
	}
	kept->is_own = !kept->verification.principals;
	kept->file = arena_printf(&cli->arena, "%s/evidence/%s.json", repo_receipts(&cli->repo),
				  kept->run_key);
	status = keep(cli, kept, str_view(&receipt->bytes));
	if (status == 0) {
		status = keep_heads(cli, kept, judge);
	}
	if (status == 0) {
		cli_write(cli, write_kept, kept);
	}
	return status;
}

int cmd_receipt_keep(struct cli *cli)
{
	struct named_receipt receipt = {0};
	struct receipt_judge judge = {0};
	struct kept kept = {.run_key = cli->args.words.at[0]};
	int status = 0;

	if (run_key_form(text_of(kept.run_key)) == RUN_KEY_NONE) {
		return cli_usage(cli, "'%s' is no run key; receipt keep takes one, like RUN-…",
				 kept.run_key);
	}
	status = receipt_find(cli, kept.run_key, &receipt);
	if (status == 0) {
		status = keep_found(cli, &receipt, &kept, &judge);
	}
	receipt_judge_release(&judge);
	verification_release(&kept.verification);
	str_release(&receipt.bytes);
	return status;
}
