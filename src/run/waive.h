/**
 * Waivers, applied to the results of a run: dated permissions for findings that somebody knows of.
 *
 * A waiver turns a failing finding of its gate into a skipped one that names the waiver. It changes
 * neither what was found nor what other gates saw: a gate that requires the waived one has been
 * judged already, and hangs on what is so, not on what is tolerated.
 */
#ifndef RUN_WAIVE_H
#define RUN_WAIVE_H

#include "run/run.h"

/** Most sentences about used waivers that a receipt gets; the others are counted in a last one. */
#define WAIVED_TOLD_MAX ((size_t)256)

/**
 * Apply the waivers to settled results, and add the findings about the waivers themselves to the
 * gates they name: expired (fail), matching nothing (fail), ending soon and doubled (remarks).
 * Settles the results anew; before run_conclude; once. No I/O.
 *
 * A waiver that matches nothing is a finding only if that can be said: the gate ran, neither run
 * nor gate are narrowed to some targets or (--since) files, and nothing that is unknown or skipped
 * may hide what the waiver is about.
 *
 * @param now_utc_ms  when the run started; a waiver holds until its day begins in UTC
 */
void run_apply_waivers(struct run *run, const struct waivers *waivers, int64_t now_utc_ms);

#endif
