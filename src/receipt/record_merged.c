#include "receipt/record_private.h"

int record_merged(struct record *record, const struct record_spec *spec,
		  const struct statement *merged, struct err *err)
{
	int64_t started_utc_ms = clock_utc_ms();
	int64_t finished_utc_ms = 0;
	char run_key[RUN_KEY_BYTES];

	*record = (struct record){.spec = spec, .statement = *merged};
	record->statement.kind = STATEMENT_START;
	record->statement.inputs.arguments = spec->arguments;
	record_tool(record);
	record->statement.time.started_at = record_time(&record->arena, started_utc_ms);
	if (record_open(record, err) || record_append_start(record, run_key, err)) {
		return -1;
	}
	finished_utc_ms = clock_utc_ms();
	if (finished_utc_ms < started_utc_ms) {
		finished_utc_ms = started_utc_ms;
	}
	record->statement.kind = STATEMENT_RECEIPT;
	record->statement.time.finished_at = record_time(&record->arena, finished_utc_ms);
	record->statement.time.duration_ms = finished_utc_ms - started_utc_ms;
	statement_fit(&record->statement);
	return record_append_receipt(record, spec->repo, FILE_SYNC_YES, err) ||
			       log_sync(record->log, spec->key, err)
		       ? -1
		       : 0;
}
