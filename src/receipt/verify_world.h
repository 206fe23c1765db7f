/**
 * Is what a receipt says of its program, of machines and of what they said what the files show that
 * it names? Of files that are not to be had nothing is said.
 */
#ifndef RECEIPT_VERIFY_WORLD_H
#define RECEIPT_VERIFY_WORLD_H

#include "receipt/verify.h"

/**
 * Each machine that proved its key must be pinned with it, at the line of known_hosts that the
 * receipt names, in the very bytes that it names by digest. What is kept of outputs must be what it
 * says. Where somebody lists the programs that count, one of them must have made it.
 *
 * @param outputs  filled if they are looked for
 * @param why      a sentence, unless REASON_NONE
 * @return         receipt.host_key, receipt.output_changed or receipt.runner_unknown; REASON_NONE:
 *                 nothing speaks against it
 */
enum reason verify_world(const struct statement *receipt, const struct verify_options *options,
			 struct outputs_count *outputs, struct err *why);

#endif
