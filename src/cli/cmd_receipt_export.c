#include <string.h>

#include "base/cleanup.h"
#include "cli/commands.h"
#include "cli/receipts.h"
#include "cli/signing.h"
#include "receipt/bundle.h"
#include "receipt/detached.h"

/** Only the signer has what minisign wants beside the receipt's own signature. */
static int export_minisign(struct cli *cli, const struct envelope *envelope, const char *run_key)
{
	AUTO(auto_signing) struct signing signing = {0};
	struct err err = {0};

	if (signing_open_existing(cli, &signing, &err) ||
	    detached_write_minisign(envelope, run_key, &signing.key, &cli->out, &err)) {
		return cli_refuse(cli,
				  "minisign wants a second signature, which only the signer can "
				  "make: %s; signify and openssl verify the receipt without it",
				  err.text);
	}
	return EXIT_PASS;
}

static int export_as(struct cli *cli, const struct envelope *envelope, const char *run_key,
		     struct text bytes)
{
	const char *format = cli->args.format ? cli->args.format : "dsse";

	if (strcmp(format, "minisign") == 0) {
		return export_minisign(cli, envelope, run_key);
	}
	if (strcmp(format, "sigstore") == 0) {
		bundle_write(envelope, &cli->out);
	} else if (strcmp(format, "pae") == 0) {
		envelope_pae(envelope->type, str_view(&envelope->payload), &cli->out);
	} else if (strcmp(format, "signify") == 0) {
		detached_write_signify(envelope, &cli->out);
	} else {
		str_add_text(&cli->out, bytes);
	}
	return EXIT_PASS;
}

int cmd_receipt_export(struct cli *cli)
{
	AUTO(auto_envelope) struct envelope envelope = {0};
	struct named_receipt receipt = {0};
	struct statement statement = {0};
	struct err err = {0};
	int status = receipt_find(cli, cli->args.words.at[0], &receipt);

	if (status == 0 &&
	    (receipt_open(&cli->arena, str_view(&receipt.bytes), NULL, &statement, &err) ||
	     envelope_read(str_view(&receipt.bytes), &envelope, &err))) {
		status = cli_refuse(cli, "'%s' is not a receipt: %s", receipt.name, err.text);
	}
	if (status == 0 && receipt.is_key &&
	    strcmp(statement.identity.run_key, receipt.name) != 0) {
		status = cli_refuse(cli, "'%s' is the receipt of another run, %s", receipt.file,
				    statement.identity.run_key);
	}
	if (status == 0) {
		status = export_as(cli, &envelope, statement.identity.run_key,
				   str_view(&receipt.bytes));
	}
	str_release(&receipt.bytes);
	return status;
}
