/**
 * One gate being checked in one run: what a kind's functions get.
 *
 * To add a kind: a file check/<kind>.c with its settings struct, field table, pure judge_*
 * functions, and the exported row `const struct kind kind_<kind>`; a row in cli/kinds.c; judge
 * tests with an inverted case in tests/unit/test_<kind>.c; a golden case under tests/cases/;
 * reasons in model/reasons.def.
 */
#ifndef CHECK_CHECK_H
#define CHECK_CHECK_H

#include "check/finding.h"
#include "loop/loop.h"
#include "model/repo.h"

struct http;
struct daemon;
struct daemons;
struct reach;
struct rooms;
struct scan;
struct tailnet_api_settings;
struct tls;

/** What all gates of a run share. */
struct context {
	const struct repo *repo;
	struct arena *arena; /**< of the run: findings' texts */
	enum mode mode;
	struct selector targets; /**< --target; `all` if not narrowed */
	struct loop *loop;
	struct scan *scan;           /**< the one pass over the tracked files */
	struct reach *reach;         /**< one connection per target */
	struct tls *tls;             /**< what TLS probes share (net/tls.h) */
	struct daemon *local_daemon; /**< the tailscaled of this machine */
	struct daemons *daemons;     /**< those of targets (check/tailnet/daemon.h) */
	struct rooms *rooms;         /**< in which commands run (check/command/rooms.h) */
	struct http *http;           /**< the one HTTP client (net/http.h) */
	/** How the tailnet's API is asked; NULL: no gate wants it, or there is no credential. */
	const struct tailnet_api_settings *tailnet_api;
	const char *tailnet_api_trouble;    /**< what is wrong with the credential then; NULL */
	const char *identity;               /**< path of the run's SSH key; NULL: none */
	const char *agent;                  /**< path of the SSH agent's socket; NULL: none */
	const struct tree_changes *changed; /**< --since: what text gates look at; NULL: all */
	int64_t deadline_ms;                /**< monotonic: the run's */
	size_t output_bytes;                /**< of outputs that are kept */
};

/**
 * Make what is shared: the loop, and on it all that goes over the network. The caller has filled
 * in what comes from outside, repo to deadline; the scan is its own.
 *
 * @param caught  called once for each SIGINT and SIGTERM while the loop runs
 * @return        0; -1 with ERR_SYSTEM and nothing to close
 */
int context_open(struct context *context, void (*caught)(int signal, void *cookie), void *cookie,
		 struct err *err);

/** Let go of it, in the order that it depends on; tasks that are left end with the loop. */
void context_close(struct context *context);

struct check {
	struct task task;
	const struct gate *gate;
	const struct kind *kind;
	const void *settings;
	struct context *context;
	struct result *result;
	struct check *const *required; /**< checks of the gates that this one requires */
	size_t required_count;
	int64_t deadline_ms; /**< monotonic: the run's; from begin on the gate's if that is earlier
			      */
	enum reason expired; /**< REASON_NONE, or why judge runs before everything is there */
	bool is_whole;       /**< looks at all files, whatever --since says */
	void *state;         /**< the kind's own, from begin to judge; freed by judge */
};

/** A new finding about `subject`, to be filled further; message as printf. Valid until the next
 * one. */
struct finding *check_add(struct check *check, enum verdict verdict, enum reason reason,
			  const char *subject, struct place where, const char *format, ...)
	__attribute__((format(printf, 6, 7)));

/** Format text that lives as long as the run. */
const char *check_text(struct check *check, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** What hangs on a finding of another gate: its own cause, or "G013 target:nas keys.unpinned". */
const char *check_cause(struct check *check, const struct gate *gate,
			const struct finding *finding);

/**
 * Note what the subject said: its digest and length go into the receipt, and the bytes are kept
 * beside the log, as far as there is room.
 *
 * @param stream  static: "stdout", "stderr", "body"; each once for a subject
 * @param total   how many bytes there were in all
 */
void check_heard(struct check *check, const char *subject, const char *stream, struct text bytes,
		 size_t total);

/** Set where else to look. */
void finding_relate(struct finding *finding, struct place where);

/** Does the selector choose the target? */
bool selector_chooses(const struct selector *selector, const struct target *target);

/** Is this target chosen by the gate and by the run? */
bool check_selects(const struct check *check, const struct target *target);

/** The rule that forbids this kind, or the one it acts as, on a target; NULL if none does. */
const struct never_rule *kind_forbidden(const struct policy *policy, const struct kind *kind,
					const struct target *target);

/**
 * A per-target gate asks this first: findings of required gates, `never` rules and broken rows that
 * already decide the target. Adds the finding (unknown with its cause, or skip) and returns true if
 * so.
 */
bool check_is_decided(struct check *check, const struct target *target);

#endif
