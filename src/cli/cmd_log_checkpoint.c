/* The newest signed head, for publishing: whoever has it sees later whether history was changed. */
#include "base/cleanup.h"
#include "base/codec.h"
#include "cli/commands.h"
#include "cli/signing.h"
#include "receipt/record.h"

/** A line for the message of a commit or tag: the head's three lines in one. */
static void write_trailer(const struct checkpoint *head, struct str *out)
{
	str_printf(out, "Gaterun-Checkpoint: %s %llu ", head->origin,
		   (unsigned long long)head->size);
	base64_encode(out, head->root.bytes, SHA256_BYTES);
	str_add_char(out, '\n');
}

/** The head; nothing is signed for it, so that asking changes nothing. */
static int find_head(struct cli *cli, const struct public_key *key, struct checkpoint *head,
		     struct str *note, struct err *err)
{
	AUTO(auto_str) struct str state = {0};
	AUTO(auto_log) struct log *log = NULL;
	char origin[ORIGIN_BYTES];

	if (record_origin(&cli->repo, key, origin, err) || log_state_folder(&state, err) ||
	    log_open(str_text(&state), origin, key, LOG_READ, &log, err) || log_load(log, err)) {
		return -1;
	}
	if (log_covered(log) == 0) {
		return err_set(err, ERR_ABSENT, "the log has no signed head yet");
	}
	if (log_head_over(log, log_covered(log) - 1, head, note, err)) {
		return -1;
	}
	if (log_size(log) > log_covered(log)) {
		cli_say(cli, "no head covers the last %lld entries yet; the next run signs one",
			(long long)(log_size(log) - log_covered(log)));
	}
	return 0;
}

int cmd_log_checkpoint(struct cli *cli)
{
	AUTO(auto_str) struct str note = {0};
	struct signing_public own = {0};
	struct checkpoint head = {0};
	struct err err = {0};
	int status = cli_load_config(cli);

	if (status == 0) {
		status = signing_public(cli, &own);
	}
	if (status) {
		return status;
	}
	if (find_head(cli, &own.key, &head, &note, &err)) {
		cli_say(cli, "there is no head to be shown: %s", err.text);
		return EXIT_UNKNOWN;
	}
	if (cli->args.trailer) {
		write_trailer(&head, &cli->out);
	} else {
		str_add_text(&cli->out, str_view(&note));
	}
	return EXIT_PASS;
}
