/* The rows of `diagnose`. */
#include "cli/command_rows.h"

static const struct option cert_options[] = {
	OPTION_CONTEXT,
	OPTION_MODE,
	{.name = "deadline",
	 .sort = OPTION_WORD,
	 .offset = offsetof(struct arguments, deadline),
	 .value = "TIME",
	 .doc = "how long it may take, like 75s; 10s by default. Tailscale gives an order for a "
		"certificate one or two minutes, and ends the handshake after that"},
	OPTION_OUTPUT("text or json"),
	{0},
};

const struct command diagnose_commands[] = {
	{.name = "cert",
	 .words = "NAME[:PORT]",
	 .summary = "why a name is not served over TLS: the one cause, and what to do",
	 .doc = "Asks from all sides at once, and gives each rung of the ladder its own verdict and "
		"evidence: whose name it is, its address, its port, the handshake and how long until "
		"an alert came, the certificate, HTTP through it; and beside them what the "
		"tailscaled of this machine says, its serve configuration, what is behind that, and "
		"its endpoint for certificates. Then one cause, with the reason that `gaterun "
		"explain` knows, and one fix.\n"
		"\n"
		"The name need not be in any binding. Without a port it is asked at the one that "
		"services.health has it at, or at 443. A name of the tailnet is asked at its own "
		"node. A handshake there may cause an order for a certificate, so it needs active "
		"mode; so does the endpoint for certificates. What was not asked says so, and is "
		"never a pass.\n"
		"\n"
		"It never waits longer than --deadline. Silence may be an order that is pending or "
		"rate limited; with --deadline 75s the alert that ends it is seen.\n"
		"\n"
		"The status is 0 if a good certificate is served end to end, 1 if not, 2 if nobody "
		"could find out. -o json (schema gaterun/diagnosis/v1) has verdict, reason, row (of "
		"the decision table; 0: beyond it), cause, fix, rung (which one shows it), rungs (a "
		"list of {name, verdict, evidence}), and not_checked. No receipt is written.",
	 .options = cert_options,
	 .examples =
		 (const struct example[]){
			 {"gaterun diagnose cert docs.example.ts.net", "what can be said at once"},
			 {"gaterun diagnose cert docs.example.ts.net --deadline 75s",
			  "until the alert"},
			 {0},
		 },
	 .min_words = 1,
	 .max_words = 1,
	 .run = cmd_diagnose_cert},
	{0},
};
