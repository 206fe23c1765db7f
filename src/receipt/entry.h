/**
 * One entry of a log: the start of a run, its receipt, or a notice.
 */
#ifndef RECEIPT_ENTRY_H
#define RECEIPT_ENTRY_H

#include "receipt/notice.h"

enum entry_kind {
	ENTRY_START,
	ENTRY_RECEIPT,
	ENTRY_NOTICE,
};

/** Texts are borrowed. */
struct entry {
	enum entry_kind kind;
	struct statement statement; /**< of a start or receipt */
	struct notice notice;       /**< of a notice */
};

/** statement_read or notice_read, whichever it is. `out` is set on STATEMENT_GOOD only. */
enum statement_reading entry_read(struct arena *arena, struct text payload, struct entry *out,
				  struct err *err);

/** Where an entry says that it stands. */
struct entry_place {
	const char *log_origin;
	int64_t seq;
	const char *prev; /**< leaf hash of the entry before; "" for entry 0 */
};

/** Of a run's start, a receipt or a notice alike; texts are borrowed from it. */
struct entry_place entry_place(const struct entry *entry);

/** When it was made, as it says: a run's start, the end of the run of a receipt, when a notice was
 * noted. */
int64_t entry_time(const struct entry *entry);

/** Is it a notice of this kind? */
bool entry_is_notice(const struct entry *entry, enum notice_kind kind);

#endif
