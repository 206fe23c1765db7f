/**
 * Asking about one TLS name, outside of a run: no gate, no receipt.
 */
#ifndef CLI_DIAGNOSIS_H
#define CLI_DIAGNOSIS_H

#include "check/ladder/cert_ladder.h"
#include "check/ladder/climb.h"

/** So long it takes when nobody says otherwise. */
#define DIAGNOSIS_MS 10000

struct diagnosis {
	const struct repo *repo;
	enum mode mode;
	const char *identity; /**< as struct context */
	const char *agent;
	struct climb_spec spec; /**< without the deadline */
	int64_t deadline_ms;    /**< length */
	int64_t took_ms;        /**< filled */
	int signal;             /**< filled: that ended it early; 0: none */
	struct ladder_opinion opinion;
};

/**
 * What is asked under a name: host, port and scheme, and the row of the repo that has it.
 *
 * @param word  a name, an address, "name:port" or a URL; a name or an address alone is asked at
 *              the one port that the endpoints have it at, else at 443
 * @return      0; -1 with ERR_INPUT and a sentence
 */
int diagnosis_of(struct diagnosis *diagnosis, const char *word, struct arena *arena,
		 struct err *err);

/** Ask, and judge. @param arena  gets all texts @return 0; -1: there is no way to wait */
int diagnosis_run(struct diagnosis *diagnosis, struct arena *arena, struct err *err);

#endif
