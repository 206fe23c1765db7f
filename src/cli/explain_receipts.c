#include "cli/explain_receipts.h"

#include "base/cleanup.h"
#include "cli/facts.h"
#include "model/reason.h"
#include "receipt/statement.h"
#include "report/layout.h"

/** Where the second column begins. */
#define DOC_COLUMN 13

static const struct fact proven[] = {
	{"what ran", "commit and changes, gates, bindings, policy and program, by digest"},
	{"verdicts", "each gate's, with its reasons; with a gate left out it is not PASSED"},
	{"machines", "the host key that each one showed, the path and the jump host to it"},
	{"outputs", "by digest and length; the bytes stay for a while where it ran"},
	{"who", "the holder of a key of receipts/trust/allowed_signers, not revoked"},
	{"history", "nothing before it in the signer's log was changed or taken away"},
	{0},
};

static const struct fact unproven[] = {
	{"the truth", "who owns the signer's host and key can sign a run that never was"},
	{"the end", "entries that no witness has seen can be dropped, and nobody would notice; "
		    "a quorum in receipts/trust/policy asks for witnesses"},
	{"the time", "the signer's own clock's, until a witness or a time-stamp bounds it"},
	{"the rest", "what no gate looks at, and what a gate file does not ask for"},
	{0},
};

static void add_facts(struct str *out, const struct style *style, const struct fact *facts)
{
	for (; facts->name; facts++) {
		str_printf(out, "  %-*s", DOC_COLUMN - 2, facts->name);
		wrap_add(out, style, DOC_COLUMN, DOC_COLUMN, facts->doc);
		str_add_char(out, '\n');
	}
}

static void add_sentence(struct str *out, const struct style *style, const struct str *sentence)
{
	wrap_add(out, style, 0, 0, str_text(sentence));
	str_add_char(out, '\n');
}

void explain_receipts(const struct style *style, struct str *out)
{
	AUTO(auto_str) struct str line = {0};

	colour_add(out, style, COLOUR_BOLD,
		   "A receipt that verifies proves that its signer says so, of one run");
	str_add_char(out, '\n');
	add_facts(out, style, proven);
	str_add(&line, "Signed are: ");
	statement_groups(&line);
	str_add(&line, ". Nothing else is read.");
	add_sentence(out, style, &line);
	str_add_char(out, '\n');
	colour_add(out, style, COLOUR_BOLD, "It does not prove");
	str_add_char(out, '\n');
	add_facts(out, style, unproven);
	str_add_char(out, '\n');
	str_clear(&line);
	str_add(&line,
		"What is wrong with one has a name: 'gaterun reasons' lists those of receipts "
		"(receipt.*) and of histories (log.*). Other tools verify it too: 'gaterun "
		"receipt export', 'gaterun key export'.");
	add_sentence(out, style, &line);
}
