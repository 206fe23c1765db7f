/*
 * `key trust`: is this user's key among allowed_signers, and if not, which line makes it so?
 *
 * Standard output has the line and nothing else, or nothing, so that
 * `gaterun key trust >> receipts/trust/allowed_signers` is right whenever it is typed. The file is
 * never written here: whom a repo trusts is a commit that somebody reviews.
 */
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "cli/commands.h"
#include "cli/receipt_check.h"
#include "cli/signing.h"
#include "cli/user.h"
#include "crypto/login_key.h"
#include "data/json.h"
#include "git/git.h"

/** Longest name of a principal. */
#define PRINCIPAL_BYTES 128

/** Ceiling of what git says is the user's address. */
#define GIT_ANSWER_BYTES ((size_t)4096)

/** Room for YYYYMMDDZ with the NUL. */
#define DAY_BYTES 10

enum listing {
	LISTING_MISSING,
	LISTING_TRUSTED,
	LISTING_OTHER_ROLE, /**< listed for something else than receipts */
	LISTING_NOT_YET,
	LISTING_EXPIRED,
	LISTING_REVOKED,
};

static const char *const listing_words[] = {
	[LISTING_MISSING] = "missing",       [LISTING_TRUSTED] = "trusted",
	[LISTING_OTHER_ROLE] = "other_role", [LISTING_NOT_YET] = "not_yet",
	[LISTING_EXPIRED] = "expired",       [LISTING_REVOKED] = "revoked",
};

/** What is known, and what comes of it. */
struct key_trust {
	struct signing_public own;
	char fingerprint[FINGERPRINT_BYTES];
	const char *file; /**< allowed_signers, relative to the root */
	enum listing listing;
	const char *why;           /**< a sentence, unless it is missing or trusted */
	const char *principals;    /**< of the line that counts; NULL: none does */
	int number;                /**< of that line */
	bool is_uncommitted;       /**< a trust file is not as HEAD has it */
	const char *name;          /**< the principal of the new line; NULL: no line is needed */
	struct str line;           /**< to be added, without a newline; empty: none */
	bool wants_newline_before; /**< the last line of the file has no end */
};

/* ---- is it listed? */

static enum listing listing_of(enum reason reason)
{
	return reason == REASON_RECEIPT_SIGNER_ROLE      ? LISTING_OTHER_ROLE
	       : reason == REASON_RECEIPT_SIGNER_NOT_YET ? LISTING_NOT_YET
	       : reason == REASON_RECEIPT_SIGNER_EXPIRED ? LISTING_EXPIRED
							 : LISTING_MISSING;
}

static void look_up(struct cli *cli, const struct receipt_judge *judge, struct key_trust *out)
{
	const struct revocation *revoked = trust_revoked(&judge->trust, out->fingerprint);
	const struct signer *signer = NULL;
	enum reason reason = REASON_NONE;
	struct err why = {0};

	out->is_uncommitted = judge->uncommitted.len > 0;
	if (revoked) {
		out->listing = LISTING_REVOKED;
		out->why = arena_printf(&cli->arena, "%s:%d revokes it as %s", revoked->where.file,
					revoked->where.line,
					revoked->is_compromised ? "compromised" : "retired");
		return;
	}
	signer = trust_find(&judge->trust, &out->own.key, clock_utc_ms(), &reason, &why);
	out->listing = signer ? LISTING_TRUSTED : listing_of(reason);
	if (signer) {
		out->principals = arena_text(&cli->arena, signer->principals);
		out->number = signer->where.line;
	} else if (out->listing != LISTING_MISSING) {
		out->why = arena_text(&cli->arena, why.text);
	}
}

/* ---- the line */

/** Letters that no reader of the file takes for a pattern, a list, an option or a comment. */
static int check_name(const char *name, struct err *err)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789._@+-";

	if (!*name || *name == '-' || strlen(name) >= PRINCIPAL_BYTES ||
	    strspn(name, letters) != strlen(name)) {
		return err_set(err, ERR_INPUT,
			       "'%.100s' cannot name a signer: expected letters, digits, '.', '_', "
			       "'@', '+' and '-', as in ops@example.org",
			       name);
	}
	return 0;
}

/** Who the user is to git, which is who commits the line. */
static int choose_name(struct cli *cli, const char **out, struct err *err)
{
	const char *const args[] = {"config", "user.email", NULL};
	AUTO(auto_str) struct str answer = {.max = GIT_ANSWER_BYTES};
	struct err ignored = {0};
	struct text line = {0};

	if (cli->args.principal) {
		*out = cli->args.principal;
		return 0;
	}
	if (git_run(cli->repo.root, args, GIT_ANSWER_BYTES, &answer, &ignored)) {
		return err_set(err, ERR_ABSENT,
			       "git does not know who you are (user.email): say whose key it is, "
			       "--principal ops@example.org");
	}
	line = text_trim(str_view(&answer));
	*out = arena_copy(&cli->arena, line.at, line.len);
	return check_name(*out, err) ? err_wrap(err, "git's user.email") : 0;
}

/** 2027-03-01 as allowed_signers has it: 20270301Z. */
static int read_day(const char *option, const char *value, char out[DAY_BYTES], struct err *err)
{
	int64_t ignored = 0;

	if (clock_parse_date(text_of(value), &ignored, err)) {
		return err_wrap(err, "--%s", option);
	}
	(void)snprintf(out, DAY_BYTES, "%.4s%.2s%.2sZ", value, value + 5, value + 8);
	return 0;
}

static int add_validity(const struct arguments *args, struct str *line, struct err *err)
{
	char day[DAY_BYTES];

	if (args->valid_after) {
		if (read_day("valid-after", args->valid_after, day, err)) {
			return -1;
		}
		str_printf(line, ",valid-after=\"%s\"", day);
	}
	if (args->valid_before) {
		if (read_day("valid-before", args->valid_before, day, err)) {
			return -1;
		}
		str_printf(line, ",valid-before=\"%s\"", day);
	}
	return 0;
}

int check_key_trust(const struct arguments *args, struct err *err)
{
	AUTO(auto_str) struct str ignored = {0};

	return (args->principal && check_name(args->principal, err)) ||
			       add_validity(args, &ignored, err)
		       ? -1
		       : 0;
}

/** By the reader of the file itself: will the line, alone, let the key sign one day? */
static int check_line(const struct key_trust *trust, struct err *err)
{
	AUTO(auto_trust) struct trust alone = {0};
	struct problems problems = {0};
	int failed = trust_read_signers(&alone, trust->file, str_view(&trust->line), &problems);
	const struct signer *signer = alone.signers.len == 1 ? &alone.signers.at[0] : NULL;

	problems_release(&problems);
	if (failed || !signer || !signer->counts) {
		return err_set(err, ERR_INPUT, "--valid-after is later than --valid-before");
	}
	if (signer->valid_before_utc > 0 && signer->valid_before_utc < clock_utc_ms() / 1000) {
		return err_set(err, ERR_INPUT, "--valid-before is a day that has passed");
	}
	return 0;
}

static int make_line(struct cli *cli, struct key_trust *trust, struct err *err)
{
	AUTO(auto_str) struct str ssh = {0};
	struct text key = {0};

	if (choose_name(cli, &trust->name, err)) {
		return -1;
	}
	public_key_write_ssh(&trust->own.key, "gaterun signing key", &ssh);
	key = text_trim(str_view(&ssh));
	str_printf(&trust->line, "%s namespaces=\"" RECEIPT_NAMESPACE "\"", trust->name);
	if (add_validity(&cli->args, &trust->line, err)) {
		return -1;
	}
	str_printf(&trust->line, " %.*s", (int)key.len, key.at);
	return check_line(trust, err);
}

/** Would what is appended to the file continue its last line? */
static bool lacks_end(struct cli *cli, const char *file)
{
	struct text bytes = {0};
	struct err ignored = {0};

	return tree_read(cli->repo.tree, file, TRUST_BYTES, &bytes, &ignored) == TREE_OK &&
	       bytes.len > 0 && bytes.at[bytes.len - 1] != '\n';
}

/* ---- telling it */

static void write_json(const struct key_trust *trust, struct str *out)
{
	AUTO(auto_json) struct json *map = json_map();

	json_put_text(map, "schema", "gaterun/key-trust/v1");
	json_put_text(map, "fingerprint", trust->fingerprint);
	json_put_text(map, "listing", listing_words[trust->listing]);
	json_put_text(map, "message", trust->why);
	json_put_text(map, "principals", trust->principals);
	json_put_text(map, "file", trust->file);
	json_put_int(map, "line", trust->number);
	json_put_bool(map, "committed", !trust->is_uncommitted);
	json_put_text(map, "add", trust->line.len > 0 ? str_text(&trust->line) : NULL);
	json_write(map, JSON_INDENTED, out);
}

static void write_trust(const char *format, const struct style *style, void *cookie,
			struct str *out)
{
	const struct key_trust *trust = cookie;

	(void)style;
	if (strcmp(format, "json") == 0) {
		write_json(trust, out);
	} else if (trust->line.len > 0) {
		str_printf(out, "%s%s\n", trust->wants_newline_before ? "\n" : "",
			   str_text(&trust->line));
	}
}

/** A file of the root, as the user can write it from here. */
static const char *from_here(struct cli *cli, const char *file)
{
	const char *root = cli_relative(cli, cli->repo.root);

	return strcmp(root, ".") == 0 ? file : arena_printf(&cli->arena, "%s/%s", root, file);
}

static void say_commit(struct cli *cli, const struct key_trust *trust)
{
	const char *file = from_here(cli, trust->file);

	if (!tree_has_git(cli->repo.tree)) {
		return;
	}
	cli_say(cli, "commit it alone, for somebody else to review: git add %s && git commit",
		file);
}

/** A key that logs in is in more hands: whoever has it for one could do the other. */
static void say_login(struct cli *cli, const struct key_trust *trust)
{
	AUTO(auto_login_key) struct login_key *login = NULL;
	AUTO(auto_str) struct str wire = {0};
	const char *path = NULL;
	struct err ignored = {0};

	if (user_identity(cli, &path) || !path) {
		return;
	}
	(void)login_key_load(path, &login, &ignored);
	public_key_wire(&trust->own.key, &wire);
	if (login && text_equal(login_key_blob(login), str_view(&wire))) {
		cli_say(cli,
			"it is also the key that gates log in with, %s, and who can use it for "
			"that could sign receipts: make one for receipts alone (`signing_key` in "
			"config.yaml)",
			path);
	}
}

static void say_what_to_do(struct cli *cli, const struct key_trust *trust)
{
	switch (trust->listing) {
	case LISTING_TRUSTED:
		cli_say(cli, "%s signs receipts here as %s (%s:%d)", trust->fingerprint,
			trust->principals, trust->file, trust->number);
		if (trust->is_uncommitted) {
			say_commit(cli, trust);
		}
		return;
	case LISTING_REVOKED:
		cli_say(cli,
			"%s, and no line changes that: sign with another key (`signing_key` in "
			"config.yaml, or move %s away)",
			trust->why, trust->own.path);
		return;
	case LISTING_MISSING:
		cli_say(cli, "%s is not trusted here yet", trust->fingerprint);
		break;
	case LISTING_OTHER_ROLE:
	case LISTING_NOT_YET:
	case LISTING_EXPIRED:
		cli_say(cli, "%s is not trusted here now: %s", trust->fingerprint, trust->why);
		break;
	}
	cli_say(cli, "add the line to %s (mkdir -p its folder first): with >> the shell does",
		from_here(cli, trust->file));
	say_commit(cli, trust);
}

static int tell(struct cli *cli, struct key_trust *trust)
{
	struct err err = {0};

	if (trust->listing != LISTING_TRUSTED && trust->listing != LISTING_REVOKED) {
		if (make_line(cli, trust, &err)) {
			return cli_usage(cli, "%s", err.text);
		}
		trust->wants_newline_before = lacks_end(cli, trust->file);
	}
	cli_write(cli, write_trust, trust);
	say_what_to_do(cli, trust);
	say_login(cli, trust);
	return trust->listing == LISTING_REVOKED ? EXIT_FAIL : EXIT_PASS;
}

int cmd_key_trust(struct cli *cli)
{
	struct receipt_judge judge = {0};
	struct key_trust trust = {0};
	int status = cli_load_config(cli);

	if (status == 0) {
		status = signing_public(cli, &trust.own);
	}
	if (status == 0) {
		status = receipt_judge_open(cli, &judge);
	}
	if (status == 0) {
		public_key_fingerprint(&trust.own.key, trust.fingerprint);
		trust.file = arena_printf(&cli->arena, "%s/trust/allowed_signers",
					  repo_receipts(&cli->repo));
		look_up(cli, &judge, &trust);
		status = tell(cli, &trust);
	}
	str_release(&trust.line);
	receipt_judge_release(&judge);
	return status;
}
