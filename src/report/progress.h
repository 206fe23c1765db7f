/**
 * A live line on standard error while a run takes longer than a second.
 *
 * Only on a terminal, never in CI (`CI` set), and erased before anything else is printed.
 */
#ifndef REPORT_PROGRESS_H
#define REPORT_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/style.h"

/** Runs shorter than this show nothing. */
#define PROGRESS_AFTER_MS 1000

struct progress {
	int fd;
	const char *unit; /**< what is counted: "gates", unless the caller changes it */
	bool is_wanted;
	bool is_shown;
	int64_t started_ms; /**< monotonic */
	struct style style;
};

/** Start the clock. `fd` is standard error. */
void progress_start(struct progress *progress, int fd, const struct style *style);

/** For struct run_watcher: `cookie` is the struct progress. */
void progress_show(size_t done, size_t planned, const char *running, void *cookie);

/** Take the line away. Harmless if there is none. */
void progress_erase(struct progress *progress);

#endif
