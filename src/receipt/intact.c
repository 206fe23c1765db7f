#include "receipt/intact.h"

#include <string.h>

#include "base/cleanup.h"
#include "git/git.h"
#include "receipt/chain.h"
#include "receipt/record.h"

/** One gathering. */
struct gathering {
	const struct repo *repo;
	const char *repo_id;
	const char *state; /**< where logs are; NULL: cannot be said */
	struct trust trust;
	struct log_policy policy;
	bool has_policy;
	struct text authorities;   /**< for time-stamps; lives as long as the tree */
	struct member_shelf shelf; /**< a log is read once, however many receipts are of it */
	int64_t now_utc_ms;
	struct intact *out;
};

/** A text of the arena of what is gathered. */
#define keep(gathering, ...) arena_printf(&(gathering)->out->arena, __VA_ARGS__)

/** Names in a folder of the repo; what hides there, if it cannot be listed, cannot be judged. */
static void list_kept(struct gathering *gathering, const char *path, struct tree_names *names)
{
	struct err err = {0};
	enum tree_answer answer = tree_directory(gathering->repo->tree, path, names, &err);

	if (answer != TREE_OK && answer != TREE_ABSENT) {
		*VEC_ADD(&gathering->out->list) = (struct intact_receipt){
			.file = path,
			.run_key = "",
			.verdict = RECEIPT_UNDECIDED,
			.reason = REASON_LOG_UNREADABLE,
			.why = keep(gathering, "%s", err.text),
		};
	}
}

/* ---- trust */

static int read_signers(struct gathering *gathering, const char *file, struct text bytes)
{
	return trust_read_signers(&gathering->trust, file, bytes, &gathering->out->problems);
}

static int read_revoked(struct gathering *gathering, const char *file, struct text bytes)
{
	return trust_read_revoked(&gathering->trust, file, bytes, &gathering->out->problems);
}

static int read_runners(struct gathering *gathering, const char *file, struct text bytes)
{
	return trust_read_runners(&gathering->trust, file, bytes, &gathering->out->problems);
}

/** A policy that cannot be read leaves undecided what it would demand. */
static int read_policy(struct gathering *gathering, const char *file, struct text bytes)
{
	gathering->has_policy =
		log_policy_read(&gathering->policy, file, bytes, &gathering->out->problems) == 0;
	return gathering->has_policy ? 0 : -1;
}

/** They are read where a time-stamp is judged (crypto/timestamp.h). */
static int read_authorities(struct gathering *gathering, const char *file, struct text bytes)
{
	(void)file;
	gathering->authorities = bytes;
	return 0;
}

static void read_trust(struct gathering *gathering, const char *name,
		       int (*read)(struct gathering *, const char *, struct text))
{
	const char *file = keep(gathering, "%s/trust/%s", gathering->out->receipts, name);
	struct text bytes = {0};
	struct err err = {0};
	enum tree_answer answer = tree_read(gathering->repo->tree, file, TRUST_BYTES, &bytes, &err);

	if (answer == TREE_OK) {
		(void)read(gathering, file, bytes);
	} else if (answer != TREE_ABSENT) {
		problems_add(&gathering->out->problems, PROBLEM_FILE, (struct place){file, 0, 0},
			     (struct text){0}, NULL, "%s", err.text);
	}
}

/* ---- logs */

static int judge_cosigned(const struct gathering *gathering, const struct log *log,
			  struct intact_log *row, struct err *err)
{
	const struct cosigned_judge by = {
		.policy = &gathering->policy,
		.now_utc_ms = gathering->now_utc_ms,
		.leaves = row->report.leaves.at,
		.leaf_count = row->report.leaves.len,
	};

	return gathering->has_policy ? log_cosigned(log, &by, &row->cosigned, err) : 0;
}

static void add_log(struct gathering *gathering, const char *origin, const struct public_key *key)
{
	AUTO(auto_log) struct log *log = NULL;
	AUTO(auto_chain) struct chain chain = {0};
	struct intact_log *row = VEC_ADD(&gathering->out->logs);
	const struct log_look look = {0};
	struct err err = {0};

	*row = (struct intact_log){.origin = keep(gathering, "%s", origin), .key = *key};
	if (log_open(gathering->state, origin, key, LOG_READ, &log, &err) ||
	    log_verify(log, &look, &row->report, &err) ||
	    chain_look(gathering->state, origin, &chain, &err) ||
	    judge_cosigned(gathering, log, row, &err)) {
		row->trouble = keep(gathering, "%s", err.text);
		return;
	}
	chain_judge(&chain, origin, &row->report);
}

static void gather_logs(struct gathering *gathering)
{
	struct logs_here here = {0};
	struct err err = {0};

	if (logs_here(gathering->state, &here, &err)) {
		gathering->out->trouble = keep(gathering, "%s", err.text);
	}
	for (size_t i = 0; i < here.len; i++) {
		const struct log_here *log = &here.at[i];
		char expected[ORIGIN_BYTES];

		if (origin_make(gathering->repo_id, &log->key, expected, &err) == 0 &&
		    strcmp(log->origin, expected) == 0) {
			add_log(gathering, log->origin, &log->key);
		}
	}
	VEC_RELEASE(&here);
}

/* ---- heads */

/** The key whose log this is: of a log that is here, or of a signer whom the repo lists. */
static bool find_key(const struct gathering *gathering, const char *origin, struct public_key *out)
{
	const struct intact *intact = gathering->out;
	char expected[ORIGIN_BYTES];
	struct err ignored = {0};

	for (size_t i = 0; i < intact->logs.len; i++) {
		if (strcmp(intact->logs.at[i].origin, origin) == 0) {
			*out = intact->logs.at[i].key;
			return true;
		}
	}
	for (size_t i = 0; i < gathering->trust.signers.len; i++) {
		const struct public_key *key = &gathering->trust.signers.at[i].key;

		if (origin_make(gathering->repo_id, key, expected, &ignored) == 0 &&
		    strcmp(origin, expected) == 0) {
			*out = *key;
			return true;
		}
	}
	return false;
}

static void flaw_head(struct gathering *gathering, struct intact_head *row, enum log_flaw flaw,
		      const char *why)
{
	row->flaw = flaw;
	row->why = keep(gathering, "%s", why);
}

/** What witnesses said about it must be about it. Whether they are enough is asked of receipts. */
static void judge_cosignatures(struct gathering *gathering, struct intact_head *row,
			       struct text note, const struct public_key *key)
{
	const struct kept_place place = {gathering->repo->tree, gathering->out->receipts};
	AUTO(auto_str) struct str whole = {0};
	struct witnessed found = {0};
	struct err err = {0};

	if (!gathering->has_policy) {
		return;
	}
	str_add_text(&whole, note);
	if (kept_cosignatures(&place, &row->head, &whole, &err)) {
		flaw_head(gathering, row, LOG_CHECKPOINT_WRONG, err.text);
		return;
	}
	log_policy_judge(&gathering->policy, str_view(&whole), key, gathering->now_utc_ms, &found);
	if (found.reason != REASON_NONE && found.reason != REASON_WITNESS_QUORUM) {
		row->witness_reason = found.reason;
		row->why = keep(gathering, "%s", found.why);
	}
}

/** Read a kept head; `folder` and `name` are what its path says of its log and size. */
static void read_head(struct gathering *gathering, struct intact_head *row, const char *folder,
		      const char *name)
{
	AUTO(auto_str) struct str expected = {0};
	char log[LOG_NAME_BYTES];
	struct public_key key = {0};
	struct text bytes = {0};
	struct text rest = {0};
	struct text line = {0};
	struct err err = {0};

	if (tree_read(gathering->repo->tree, row->file, CHECKPOINT_BYTES, &bytes, &err) !=
	    TREE_OK) {
		flaw_head(gathering, row, LOG_CHECKPOINT_WRONG, err.text);
		return;
	}
	rest = bytes;
	(void)text_split(&rest, '\n', &line);
	if (line.len < ORIGIN_BYTES) {
		memcpy(row->head.origin, line.at, line.len);
	}
	if (!find_key(gathering, row->head.origin, &key)) {
		row->is_undecided = true;
		row->why = "it is of a log whose signer is not known here";
		return;
	}
	row->key = key;
	if (checkpoint_read(bytes, row->head.origin, &key, &row->head, &err)) {
		flaw_head(gathering, row, LOG_CHECKPOINT_WRONG, err.text);
		return;
	}
	origin_folder(row->head.origin, log);
	str_printf(&expected, "%08llu", (unsigned long long)row->head.size);
	if (strcmp(log, folder) != 0 || strcmp(str_text(&expected), name) != 0) {
		flaw_head(gathering, row, LOG_FOREIGN, "it does not belong at this place");
		return;
	}
	judge_cosignatures(gathering, row, bytes, &key);
}

static void gather_heads_of(struct gathering *gathering, const char *folder)
{
	const char *path =
		keep(gathering, "%s/evidence/%s/checkpoints", gathering->out->receipts, folder);
	struct tree_names names = {0};

	list_kept(gathering, path, &names);
	for (size_t i = 0; i < names.len; i++) {
		struct intact_head *row = VEC_ADD(&gathering->out->heads);

		*row = (struct intact_head){.file = keep(gathering, "%s/%s", path, names.at[i])};
		read_head(gathering, row, folder, names.at[i]);
	}
	tree_names_release(&names);
}

/** Is the log of this head to be followed to it: sound itself, and of the head's origin? */
static bool is_of(const struct intact_head *row, const struct intact_log *log)
{
	return row->flaw == LOG_SOUND && !row->is_undecided &&
	       strcmp(row->head.origin, log->origin) == 0;
}

/** Compare the heads of one size with the tree. */
static void compare_heads(struct gathering *gathering, const struct intact_log *log,
			  const struct merkle_range *range)
{
	struct intact *intact = gathering->out;
	struct merkle_hash root = {0};

	merkle_root(range, &root);
	for (size_t i = 0; i < intact->heads.len; i++) {
		struct intact_head *row = &intact->heads.at[i];

		if (is_of(row, log) && row->head.size == range->size &&
		    !merkle_equal(&row->head.root, &root)) {
			flaw_head(gathering, row, LOG_OTHER_TREE,
				  "the log that is here has another history than this head");
		}
	}
}

/** Follow a log from its first entry to the largest kept head. */
static void follow(struct gathering *gathering, const struct intact_log *log)
{
	struct intact *intact = gathering->out;
	struct merkle_range range = {0};

	if (log->trouble) {
		return;
	}
	for (size_t i = 0; i < log->report.leaves.len; i++) {
		merkle_add(&range, &log->report.leaves.at[i]);
		compare_heads(gathering, log, &range);
	}
	for (size_t i = 0; i < intact->heads.len; i++) {
		struct intact_head *row = &intact->heads.at[i];

		if (is_of(row, log) && row->head.size > range.size) {
			row->flaw = LOG_HISTORY_LOST;
			row->why = keep(gathering,
					"history lost: it covers %llu entries, but the log that is "
					"here has %llu",
					(unsigned long long)row->head.size,
					(unsigned long long)range.size);
		}
	}
}

/* ---- receipts */

/** The same head as the one that was kept under its size? */
static void compare_kept(struct gathering *gathering, const struct checkpoint *head)
{
	struct intact *intact = gathering->out;

	for (size_t i = 0; i < intact->heads.len; i++) {
		struct intact_head *row = &intact->heads.at[i];

		if (row->flaw == LOG_SOUND && row->head.size == head->size &&
		    strcmp(row->head.origin, head->origin) == 0 &&
		    !merkle_equal(&row->head.root, &head->root)) {
			flaw_head(gathering, row, LOG_FORK,
				  "a receipt is kept under another signed head of this size: the "
				  "log was forked");
		}
	}
}

/** Whatever the receipt is: what is kept with it is of no use to others. */
static void spoil_receipt(struct gathering *gathering, struct intact_receipt *row,
			  const struct err *why)
{
	row->verdict = RECEIPT_INVALID;
	row->reason = REASON_RECEIPT_INCOMPLETE;
	row->why = keep(gathering, "the files kept with it do not prove that it is in its log: %s",
			why->text);
}

static void verify_receipt(struct gathering *gathering, struct intact_receipt *row,
			   const struct evidence *kept)
{
	AUTO(auto_verification) struct verification found = {0};
	const struct kept_place place = {gathering->repo->tree, gathering->out->receipts};
	struct verify_options options = {.trust = &gathering->trust,
					 .authorities = gathering->authorities,
					 .policy =
						 gathering->has_policy ? &gathering->policy : NULL,
					 .place = &place,
					 .shelf = &gathering->shelf,
					 .state = gathering->state,
					 .kept = kept,
					 .run_key = row->run_key,
					 .repo = gathering->repo_id,
					 .now_utc_ms = gathering->now_utc_ms,
					 .needs_log = true};
	struct checkpoint head = {0};
	struct err err = {0};

	receipt_verify(kept->receipt, &options, &found);
	row->verdict = found.verdict;
	row->reason = found.reason;
	row->why = keep(gathering, "%s", found.why);
	if (found.verdict != RECEIPT_TRUSTED) {
		return;
	}
	if (evidence_check(kept, &found.statement, &found.key, &head, &err)) {
		spoil_receipt(gathering, row, &err);
	} else {
		compare_kept(gathering, &head);
	}
}

static void gather_receipt(struct gathering *gathering, const char *name)
{
	struct intact_receipt *row = VEC_ADD(&gathering->out->list);
	size_t len = strlen(name) - strlen(".json");
	struct evidence kept = {0};
	struct err err = {0};

	*row = (struct intact_receipt){
		.file = keep(gathering, "%s/evidence/%s", gathering->out->receipts, name),
		.run_key = arena_copy(&gathering->out->arena, name, len),
		.verdict = RECEIPT_NONE,
		.reason = REASON_RECEIPT_NOT_ONE,
	};
	if (run_key_form(text_of(row->run_key)) != RUN_KEY_OURS) {
		row->run_key = "";
		row->why = "its name is no run key";
	} else if (evidence_read(gathering->repo->tree, gathering->out->receipts, row->run_key,
				 &kept, &err)) {
		spoil_receipt(gathering, row, &err);
	} else {
		verify_receipt(gathering, row, &kept);
	}
}

static bool is_json(const char *name)
{
	const char *dot = strrchr(name, '.');

	return name[0] != '.' && dot && strcmp(dot, ".json") == 0;
}

static void gather_evidence(struct gathering *gathering)
{
	const struct kept_place place = {gathering->repo->tree, gathering->out->receipts};
	const char *path = keep(gathering, "%s/evidence", gathering->out->receipts);
	struct tree_names names = {0};

	list_kept(gathering, path, &names);
	for (size_t i = 0; i < names.len; i++) {
		if (strlen(names.at[i]) == LOG_NAME_BYTES - 1) {
			gather_heads_of(gathering, names.at[i]);
		}
	}
	for (size_t i = 0; i < gathering->out->logs.len; i++) {
		follow(gathering, &gathering->out->logs.at[i]);
	}
	intact_tie_heads(gathering->out, &place);
	for (size_t i = 0; i < names.len; i++) {
		if (is_json(names.at[i])) {
			gather_receipt(gathering, names.at[i]);
		}
	}
	tree_names_release(&names);
}

void intact_gather(const struct repo *repo, int64_t now_utc_ms, struct intact *out)
{
	struct gathering gathering = {.repo = repo, .now_utc_ms = now_utc_ms, .out = out};
	AUTO(auto_str) struct str state = {0};
	struct git_state git = {0};
	struct err err = {0};

	*out = (struct intact){.receipts = repo_receipts(repo)};
	if (!repo->config.repo && git_identity(repo->root, &git, &err)) {
		out->trouble = keep(&gathering, "%s", err.text);
		return;
	}
	gathering.repo_id = record_repo_id(repo, &git, &out->arena);
	read_trust(&gathering, "allowed_signers", read_signers);
	read_trust(&gathering, "revoked", read_revoked);
	read_trust(&gathering, "policy", read_policy);
	read_trust(&gathering, "tsa.pem", read_authorities);
	read_trust(&gathering, "runners", read_runners);
	if (log_state_folder(&state, &err)) {
		out->trouble = keep(&gathering, "%s", err.text);
	} else {
		gathering.state = str_text(&state);
		gather_logs(&gathering);
		intact_find_lost(out, gathering.state, gathering.repo_id);
	}
	gather_evidence(&gathering);
	member_shelf_release(&gathering.shelf);
	trust_release(&gathering.trust);
	log_policy_release(&gathering.policy);
}

void intact_release(struct intact *intact)
{
	for (size_t i = 0; i < intact->logs.len; i++) {
		log_report_release(&intact->logs.at[i].report);
		VEC_RELEASE(&intact->logs.at[i].cosigned);
	}
	VEC_RELEASE(&intact->logs);
	VEC_RELEASE(&intact->lost);
	VEC_RELEASE(&intact->heads);
	VEC_RELEASE(&intact->list);
	problems_release(&intact->problems);
	arena_release(&intact->arena);
}
