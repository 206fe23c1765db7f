#include "cli/receipts.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "cli/signing.h"
#include "receipt/envelope.h"
#include "receipt/record.h"
#include "report/layout.h"

/* ---- finding */

/** Read receipts/<below><key>.json; true if it is there. */
static bool read_from_checkout(struct cli *cli, const char *below, struct named_receipt *receipt)
{
	const char *file = arena_printf(&cli->arena, "%s/%s%s.json", repo_receipts(&cli->repo),
					below, receipt->name);
	struct text bytes = {0};
	struct err err = {0};

	if (tree_read(cli->repo.tree, file, ENVELOPE_BYTES, &bytes, &err) != TREE_OK) {
		return false;
	}
	str_add_text(&receipt->bytes, bytes);
	receipt->file = file;
	return true;
}

/** Read it from the log of this user and repo. */
static int read_from_log(struct cli *cli, struct named_receipt *receipt, struct err *err)
{
	AUTO(auto_str) struct str state = {0};
	AUTO(auto_log) struct log *log = NULL;
	struct signing_public own = {0};
	char origin[ORIGIN_BYTES];
	int64_t seq = 0;

	if (signing_find_public(cli, &own, err) ||
	    record_origin(&cli->repo, &own.key, origin, err) || log_state_folder(&state, err) ||
	    log_open(str_text(&state), origin, &own.key, LOG_READ, &log, err) ||
	    log_load(log, err) || log_find(log, receipt->name, &seq, err)) {
		return -1;
	}
	return log_entry(log, seq, &receipt->bytes, err);
}

static int find_by_key(struct cli *cli, struct named_receipt *receipt)
{
	struct err err = {0};
	int status = cli->has_repo ? 0 : cli_load_config(cli);

	if (status) {
		return status;
	}
	if (read_from_checkout(cli, "", receipt) || read_from_checkout(cli, "evidence/", receipt) ||
	    read_from_log(cli, receipt, &err) == 0) {
		return 0;
	}
	cli_say(cli, "there is no receipt of %s here: neither in %s/ nor in your log (%s)",
		receipt->name, repo_receipts(&cli->repo), err.text);
	return EXIT_UNKNOWN;
}

int receipt_find(struct cli *cli, const char *name, struct named_receipt *out)
{
	struct err err = {0};

	*out = (struct named_receipt){.name = name, .bytes = {.max = ENVELOPE_BYTES}};
	switch (run_key_form(text_of(name))) {
	case RUN_KEY_OURS:
		out->is_key = true;
		return find_by_key(cli, out);
	case RUN_KEY_OLDER:
		cli_say(cli,
			"'%s' is a run key of the predecessor, which signed nothing; it can be "
			"cited, but not verified",
			name);
		return EXIT_UNKNOWN;
	case RUN_KEY_NONE:
		break;
	}
	if (file_read(name, ENVELOPE_BYTES, &out->bytes, &err)) {
		return cli_refuse(cli, "%s", err.text);
	}
	out->file = name;
	return 0;
}

int receipt_open(struct arena *arena, struct text bytes, struct str *payload, struct statement *out,
		 struct err *err)
{
	AUTO(auto_envelope) struct envelope envelope = {0};

	if (envelope_read(bytes, &envelope, err)) {
		return -1;
	}
	if (payload) {
		str_add_text(payload, str_view(&envelope.payload));
	}
	return statement_read(arena, str_view(&envelope.payload), out, err) == STATEMENT_GOOD ? 0
											      : -1;
}

/* ---- telling */

void receipt_totals(const struct statement_totals *totals, struct str *out)
{
	str_printf(out, "%lld gate%s: %lld pass, %lld fail, %lld unknown, %lld skip; exit %lld",
		   (long long)totals->planned, totals->planned == 1 ? "" : "s",
		   (long long)totals->pass, (long long)totals->fail, (long long)totals->unknown,
		   (long long)totals->skip, (long long)totals->exit);
}

static void add_words(struct str *out, const char *before, const struct texts *texts)
{
	for (size_t i = 0; i < texts->len; i++) {
		str_printf(out, "%s%s", before, texts->at[i]);
	}
}

/** "verify fast --target nas · local, static". */
static void add_selection(struct str *out, const struct style *style,
			  const struct statement *statement)
{
	const struct statement_selection *selection = &statement->inputs.selection;
	AUTO(auto_str) struct str line = {0};

	str_add(&line, "verify");
	add_words(&line, " ", &selection->packs);
	add_words(&line, " --gate ", &selection->gates);
	add_words(&line, " --target ", &selection->targets);
	if (selection->shard) {
		str_printf(&line, " --shard %s", selection->shard);
	}
	if (selection->is_staged) {
		str_add(&line, " --staged");
	}
	if (selection->since) {
		str_printf(&line, " --since %s", selection->since);
	}
	if (selection->baseline) {
		str_printf(&line, " --baseline %s", selection->baseline);
	}
	if (selection->fail_on) {
		str_printf(&line, " --fail-on %s", selection->fail_on);
	}
	receipt_fact(out, style, "asked", str_text(&line));
	str_clear(&line);
	str_printf(&line, "%s, %s", statement->policy.context, statement->policy.mode);
	receipt_fact(out, style, "context", str_text(&line));
}

/** The shards that a merged receipt is made of, a line each. */
static void add_parts(struct str *out, const struct style *style, const struct rows *merged)
{
	const struct statement_part *parts = merged->at;

	for (size_t i = 0; i < merged->len; i++) {
		AUTO(auto_str) struct str line = {0};

		str_printf(&line, "%s %s, by %s", parts[i].shard, parts[i].run_key,
			   parts[i].signer);
		receipt_fact(out, style, "shard", str_text(&line));
	}
}

static void add_source(struct str *out, const struct style *style,
		       const struct statement_source *source)
{
	AUTO(auto_str) struct str line = {0};

	receipt_fact(out, style, "repo", source->repo);
	if (!source->commit) {
		str_add(&line, "none: git does not know what was checked");
	} else {
		str_printf(&line, "%s%s%s%s%s", source->commit, source->branch ? " (" : "",
			   source->branch ? source->branch : "", source->branch ? ")" : "",
			   source->is_dirty ? ", and changes that are not in it" : "");
	}
	receipt_fact(out, style, "commit", str_text(&line));
}

static void add_gates(struct str *out, const struct style *style, const struct statement *statement)
{
	const struct statement_gate *gates = statement->results.at;

	for (size_t i = 0; i < statement->results.len; i++) {
		enum verdict verdict = (enum verdict)gates[i].verdict;
		size_t columns = strlen(verdict_word(verdict));

		str_add(out, "  ");
		colour_add(out, style, verdict_colour(verdict), verdict_word(verdict));
		add_spaces(out, strlen("unknown  ") - columns);
		str_printf(out, "%-5s %s, %lld checked", gates[i].id, gates[i].kind,
			   (long long)gates[i].checked);
		if (gates[i].reason) {
			str_printf(out, ", %s", gates[i].reason);
		}
		if (gates[i].findings.len > 0) {
			str_printf(out, ", %zu finding%s", gates[i].findings.len,
				   gates[i].findings.len == 1 ? "" : "s");
		}
		if (gates[i].outputs.len > 0) {
			str_printf(out, ", %zu output%s", gates[i].outputs.len,
				   gates[i].outputs.len == 1 ? "" : "s");
		}
		str_add_char(out, '\n');
	}
}

void receipt_write(const struct statement *statement, const struct style *style, struct str *out)
{
	bool is_receipt = statement->kind == STATEMENT_RECEIPT;
	AUTO(auto_str) struct str line = {0};

	receipt_fact(out, style, "run key", statement->identity.run_key);
	receipt_fact(out, style, "started", statement->time.started_at);
	receipt_fact(out, style, "finished", is_receipt ? statement->time.finished_at : NULL);
	add_selection(out, style, statement);
	add_parts(out, style, &statement->inputs.merged);
	add_source(out, style, &statement->source);
	str_printf(&line, "%s, entry %lld", statement->identity.log_origin,
		   (long long)statement->identity.seq);
	receipt_fact(out, style, "log", str_text(&line));
	receipt_write_runner(statement, style, out);
	if (!is_receipt) {
		receipt_fact(out, style, "result", "none: this is only the start of a run");
		return;
	}
	str_clear(&line);
	str_printf(&line, "%s; ", statement_result(statement));
	receipt_totals(&statement->totals, &line);
	receipt_fact(out, style, "result", str_text(&line));
	for (size_t i = 0; i < statement->policy.waivers.len; i++) {
		receipt_fact(out, style, "waiver", statement->policy.waivers.at[i]);
	}
	receipt_write_targets(statement, style, out);
	add_gates(out, style, statement);
}
