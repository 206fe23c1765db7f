#include <string.h>

#include "base/cleanup.h"
#include "cli/commands.h"
#include "cli/receipts.h"
#include "receipt/bundle.h"

int cmd_receipt_export(struct cli *cli)
{
	const char *format = cli->args.format ? cli->args.format : "dsse";
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
	if (status == 0 && strcmp(format, "sigstore") == 0) {
		bundle_write(&envelope, &cli->out);
	} else if (status == 0) {
		str_add_text(&cli->out, str_view(&receipt.bytes));
	}
	str_release(&receipt.bytes);
	return status;
}
