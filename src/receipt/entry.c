#include "receipt/entry.h"

#include "base/clock.h"

enum statement_reading entry_read(struct arena *arena, struct text payload, struct entry *out,
				  struct err *err)
{
	struct entry read = {0};
	struct err why = {0};
	enum statement_reading reading = STATEMENT_FOREIGN;

	if (notice_is_likely(payload)) {
		read.kind = ENTRY_NOTICE;
		reading = notice_read(arena, payload, &read.notice, &why);
	}
	if (reading == STATEMENT_FOREIGN) {
		why = (struct err){0};
		reading = statement_read(arena, payload, &read.statement, &why);
		read.kind = read.statement.kind == STATEMENT_START ? ENTRY_START : ENTRY_RECEIPT;
	}
	if (reading == STATEMENT_GOOD) {
		*out = read;
	} else {
		*err = why;
	}
	return reading;
}

struct entry_place entry_place(const struct entry *entry)
{
	const struct statement_identity *run = &entry->statement.identity;
	const struct notice_identity *notice = &entry->notice.identity;

	return entry->kind == ENTRY_NOTICE
		       ? (struct entry_place){notice->log_origin, notice->seq, notice->prev}
		       : (struct entry_place){run->log_origin, run->seq, run->prev};
}

int64_t entry_time(const struct entry *entry)
{
	const struct statement_time *time = &entry->statement.time;
	struct err ignored = {0};
	const char *text = NULL;
	int64_t utc_ms = 0;

	switch (entry->kind) {
	case ENTRY_START:
		text = time->started_at;
		break;
	case ENTRY_RECEIPT:
		text = time->finished_at;
		break;
	case ENTRY_NOTICE:
		text = entry->notice.noted_at;
		break;
	}
	(void)clock_parse_rfc3339(text_of(text), &utc_ms, &ignored);
	return utc_ms;
}

bool entry_is_notice(const struct entry *entry, enum notice_kind kind)
{
	return entry->kind == ENTRY_NOTICE && entry->notice.kind == kind;
}
