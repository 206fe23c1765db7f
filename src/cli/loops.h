/**
 * What the loop commands share: the loops of the repo, by what they are judged, and how one of them
 * is told.
 */
#ifndef CLI_LOOPS_H
#define CLI_LOOPS_H

#include "cli/cli.h"
#include "closure/scopes.h"
#include "closure/standing.h"
#include "data/json.h"

/** The loops, and by what they are judged. `{0}` is nothing. */
struct loops {
	struct scopes scopes;
	struct prover prover;
	bool has_prover;
};

/** Read all loops. 0; EXIT_DATA if gaterun.yaml names no folder of loops, which is said. */
int loops_open(struct cli *cli, struct loops *loops);

/** Make the prover. 0; EXIT_UNKNOWN after having said why git cannot be asked. */
int loops_open_prover(struct cli *cli, struct loops *loops);

void loops_close(struct loops *loops);

static inline void auto_loops(struct loops *loops)
{
	loops_close(loops);
}

/** The loop that the first word names; NULL after having said that there is none. */
const struct scope *loops_named(struct cli *cli, const struct loops *loops);

/** The run keys of --evidence, and of the words behind the loop. */
struct texts loops_evidence(struct cli *cli);

/** Problems as `{file, line, column, message, hint}`. */
struct json *loops_problems_json(const struct problems *problems);

/** What a file says, without judging it. */
struct json *scope_json(const struct scope *scope);

/** A loop and how it stands, as JSON, and for people. */
struct json *standing_json(const struct standing *standing);
void standing_write(const struct standing *standing, const struct style *style, struct str *out);

#endif
