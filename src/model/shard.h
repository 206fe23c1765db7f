/**
 * One part of a run that is split over several processes or machines: `--shard 2/3`.
 *
 * Which part a target belongs to follows from its id alone: the first eight bytes of SHA-256(id),
 * as a big-endian number, are the key of a jump consistent hash (Lamping and Veach, 2014), here in
 * integers. So every part of a run agrees without being told, adding a target moves no other one,
 * and of n targets one more part takes its own share and moves nothing else: a worker keeps the
 * machines that it reaches best. Gates that are not about targets are split the same way, by their
 * id.
 */
#ifndef MODEL_SHARD_H
#define MODEL_SHARD_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

/** Most parts of one run. */
#define SHARDS_MAX 1000

/** Bytes of "1000/1000" with its NUL. */
#define SHARD_BYTES 10

struct shard {
	int number; /**< from 1 */
	int count;  /**< 0: the run is not split */
};

/** Read "i/n": 1 <= i <= n <= SHARDS_MAX, without leading zeros. */
int shard_parse(struct text text, struct shard *out, struct err *err);

/** Which of `count` parts does a target or gate belong to? From 1. */
int shard_of(const char *id, int count);

/** Does it belong to this part? Everything does if the run is not split. */
bool shard_holds(const struct shard *shard, const char *id);

#endif
