/**
 * The parts of gaterun/run/v1, for the formats that are made of them.
 */
#ifndef REPORT_JSON_PARTS_H
#define REPORT_JSON_PARTS_H

#include "data/json.h"
#include "report/report.h"

/** A list of texts. */
void json_put_texts(struct json *map, const char *key, const struct texts *texts);

/** A time as RFC 3339 has it. */
void json_put_time(struct json *map, const char *key, int64_t utc_ms);

/** One finding. */
struct json *finding_json(const struct finding *finding);

/** All keys of a gate but its findings. */
void gate_json_fill(const struct run_options *options, const struct result *result,
		    struct json *map);

/** What makes this run narrower than its packs; empty for a whole one. */
struct json *selection_json(const struct run_options *options);

/** Gates by verdict. */
struct json *counts_json(const struct counts *counts);

/** File, signer and place in the log. */
struct json *receipt_json(const struct report_receipt *receipt);

#endif
