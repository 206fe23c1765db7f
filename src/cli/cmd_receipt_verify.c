#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "cli/commands.h"
#include "cli/receipt_check.h"
#include "data/json.h"
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
		[MEMBER_NO_LOG] = "no_log",       [MEMBER_ABSENT] = "absent",
		[MEMBER_UNCOVERED] = "uncovered", [MEMBER_PROVEN] = "proven",
		[MEMBER_KEPT] = "kept",           [MEMBER_AFTER_CLOSE] = "after_close",
	};

	return words[membership];
}

static struct json *outputs_json(const struct outputs_count *count)
{
	struct json *map = json_map();

	json_put_int(map, "kept", (int64_t)count->kept);
	json_put_int(map, "absent", (int64_t)count->absent);
	json_put_int(map, "changed", (int64_t)count->changed);
	return map;
}

/** What witnesses prove, by the policy of the repo. */
static struct json *witnessed_json(const struct witnessed *witnessed)
{
	struct json *map = json_map();
	char time[CLOCK_RFC3339_BYTES] = "";

	if (witnessed->not_after_utc_ms > 0) {
		clock_format_rfc3339(witnessed->not_after_utc_ms, time);
	}
	json_put_text(map, "reason", reason_code(witnessed->reason));
	json_put_text(map, "why", witnessed->why);
	json_put_int(map, "cosignatures", (int64_t)witnessed->cosignatures);
	json_put_text(map, "not_after", *time ? time : NULL);
	return map;
}

/** "witness: cosigned by 1 witness, so it was there at 2026-03-01T21:48:13Z". */
static void write_witnessed(const struct witnessed *witnessed, const struct style *style,
			    struct str *out)
{
	AUTO(auto_str) struct str line = {0};
	char time[CLOCK_RFC3339_BYTES] = "";

	if (witnessed->why[0] == '\0') {
		return;
	}
	str_add(&line, witnessed->why);
	if (witnessed->not_after_utc_ms > 0) {
		clock_format_rfc3339(witnessed->not_after_utc_ms, time);
		str_printf(&line, ", so it was there at %s", time);
	}
	str_add(out, "witness: ");
	wrap_add(out, style, 9, 9, str_text(&line));
	str_add_char(out, '\n');
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
	json_put_text(map, "reason", reason_code(verification->reason));
	json_put_text(map, "why", verification->why);
	json_put_text(map, "signer", verification->signer[0] ? verification->signer : NULL);
	json_put_text(map, "principals", verification->principals);
	json_put_text(map, "membership", membership_word(verification->membership));
	json_put_text(map, "membership_why",
		      verification->membership_why[0] ? verification->membership_why : NULL);
	if (verification->witnessed.why[0]) {
		json_put(map, "witnessed", witnessed_json(&verification->witnessed));
	}
	json_put(map, "outputs", outputs_json(&verification->outputs));
	json_put_text(map, "run_key", statement->identity.run_key);
	json_put_text(map, "result", is_known ? statement_result(statement) : NULL);
	for (size_t i = 0; i < checked->uncommitted->len; i++) {
		json_add_text(uncommitted, checked->uncommitted->at[i]);
	}
	json_put(map, "uncommitted_trust", uncommitted);
	json_write(map, JSON_INDENTED, out);
}

/** What was found of the outputs that the receipt names, if it names any. */
static void write_outputs(const struct outputs_count *count, struct str *out)
{
	if (count->kept + count->absent + count->changed > 0) {
		str_printf(
			out,
			"outputs: %zu kept here as the receipt says, %zu not here, %zu changed\n",
			count->kept, count->absent, count->changed);
	}
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
	AUTO(auto_str) struct str line = {0};

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
	} else if (verification->membership == MEMBER_KEPT) {
		str_add(out,
			"log: it is not here, but what is kept with the receipt proves that it "
			"is there,\n     under a signed head, and so is its start\n");
	} else if (verification->membership_why[0]) {
		str_add(out, "log: ");
		wrap_add(out, style, 5, 5, verification->membership_why);
		str_add_char(out, '\n');
	}
	write_witnessed(&verification->witnessed, style, out);
	write_outputs(&verification->outputs, out);
	write_uncommitted(checked, style, out);
	colour_add(out, style, heads[verification->verdict].colour,
		   heads[verification->verdict].word);
	str_add(out, ": ");
	/* The head says already that it is valid. */
	why += strncmp(why, "valid, ", strlen("valid, ")) == 0 ? strlen("valid, ") : 0;
	if (status_of(verification->verdict) != EXIT_PASS) {
		str_printf(&line, "%s (%s)", why, reason_code(verification->reason));
		why = line.at;
	}
	wrap_add(out, style, strlen(heads[verification->verdict].word) + 2, 2, why);
	str_add_char(out, '\n');
}

int check_receipt_verify(const struct arguments *args, struct err *err)
{
	if (args->all == (args->words.len > 0)) {
		return err_set(err, ERR_INPUT, "expected a run key, a file, or --all");
	}
	return 0;
}

int cmd_receipt_verify(struct cli *cli)
{
	struct named_receipt receipt = {0};
	struct texts uncommitted = {0};
	struct checked checked = {.receipt = &receipt, .uncommitted = &uncommitted};
	int status = 0;

	if (cli->args.all) {
		return receipt_verify_all(cli);
	}
	status = receipt_find(cli, cli->args.words.at[0], &receipt);
	if (status == 0) {
		status = receipt_check(cli, &receipt, &uncommitted, &checked.verification);
	}
	if (status == 0) {
		cli_write(cli, write_checked, &checked);
		status = status_of(checked.verification.verdict);
	}
	verification_release(&checked.verification);
	str_release(&receipt.bytes);
	return status;
}
