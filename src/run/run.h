/**
 * A run: options, plan, execution, verdict. This is what reports and receipts read.
 */
#ifndef RUN_RUN_H
#define RUN_RUN_H

#include "base/clock.h"
#include "check/check.h"

/** Exit statuses (design, section 5). Frozen: the manual lists them. */
enum exit_status {
	EXIT_PASS = 0,
	EXIT_FAIL = 1,
	EXIT_UNKNOWN = 2,
	EXIT_USAGE = 64,
	EXIT_DATA = 65,
	EXIT_INTERNAL = 70,
	EXIT_RECEIPT = 73,
	EXIT_BUSY = 75,
	EXIT_SIGNAL = 128, /**< plus the signal's number */
};

struct baseline;
struct durations;

/** What was asked for; borrowed texts. */
struct run_options {
	struct texts packs;       /**< either packs */
	struct texts gates;       /**< or gate ids */
	const char *target_words; /**< --target as given; NULL: all */
	const char *shard_word;   /**< --shard as given; NULL: the run is not split */
	struct selector targets;
	const char *context;  /**< "local" */
	bool is_staged;       /**< the git index is judged, not the work tree */
	bool no_cache;        /**< what earlier scans found out is not believed, nor added to */
	const char *revision; /**< the commit that is judged, not the work tree; NULL: none */
	enum mode mode;       /**< what the context grants, or lower by --mode */
	int64_t deadline_ms;  /**< length of the whole run; 0: the default */
	const char *identity;
	/** How the tailnet's API is asked; NULL: no gate wants it, or there is no credential. */
	const struct tailnet_api_settings *tailnet_api;
	const char *tailnet_api_trouble;    /**< what is wrong with the credential then; NULL */
	const char *agent;                  /**< path of the SSH agent's socket; NULL: none */
	const struct tree_changes *changed; /**< --since: what text gates look at; NULL: all */
	const struct durations *expected;   /**< what gates took before (run/durations.h); NULL:
						 unknown */
	struct baseline *baseline; /**< --baseline, filled while the run is compared; NULL: none */
	bool fails_on_introduced;  /**< --fail-on introduced: what the baseline has too does not
					decide the exit status */
};

/** Length of a run when nobody says otherwise: 5 minutes. */
#define RUN_DEADLINE_MS 300000

/** One gate of the plan, in order. */
struct planned {
	const struct gate *gate;
	bool is_required_only; /**< not selected itself; runs because a selected one requires it */
	enum verdict
		decided;    /**< VERDICT_UNKNOWN: to be run; VERDICT_SKIP or unknown by `reason` */
	enum reason reason; /**< REASON_NONE: it runs; else why it does not */
	const char *why;    /**< the sentence for that */
	struct place where; /**< where the rule stands, if it stands somewhere */
	bool is_whole;      /**< --since does not narrow it */
	int64_t budget_ms;  /**< of the run: the longest of the selected packs it is wanted for; 0:
				 none */
};

struct plan {
	struct arena arena;
	struct VEC(struct planned) steps; /**< required gates before the ones that require them */
};

/**
 * Decide which gates run. An unknown pack or gate, packs and gates together or neither: -1 with the
 * sentence (the caller exits with 64).
 */
int plan_make(const struct repo *repo, const struct run_options *options, struct plan *plan,
	      struct err *err);

void plan_release(struct plan *plan);

struct counts {
	size_t planned;
	size_t pass;
	size_t fail;
	size_t unknown;
	size_t skip;
};

/** Findings that fail or are unknown by their state; and those that are fixed. */
struct states {
	size_t introduced;
	size_t preexisting;
	size_t undetermined; /**< the baseline does not say */
	size_t fixed;
};

struct run {
	const struct repo *repo;
	const struct run_options *options;
	const struct plan *plan;
	struct arena arena;     /**< owns texts of findings */
	struct result *results; /**< one for each step of the plan, same order */
	size_t result_count;
	struct counts counts; /**< gates by verdict */
	struct states states; /**< all 0 without a baseline */
	enum verdict verdict;
	int exit;   /**< enum exit_status */
	int signal; /**< that stopped it; 0: none */
	bool hit_deadline;
	int64_t started_utc_ms;
	int64_t finished_utc_ms;
	int64_t duration_ms; /**< monotonic */
	struct rows met;     /**< of struct met (check/reach/met.h): machines that were met */
	struct texts waived; /**< waivers that were used, each in a sentence, for the receipt */
	char key[100];       /**< run key; "" without a receipt */
};

/** How often a watcher is told about progress while no gate ends. */
#define RUN_TICK_MS 200

/** Told about progress while it runs: when a gate ends, and from time to time. */
struct run_watcher {
	/** `running`: a gate that still runs; NULL if none does. */
	void (*progress)(size_t done, size_t planned, const char *running, void *cookie);
	void *cookie;
};

/**
 * Run the plan. Never fails: what goes wrong is a finding. SIGINT and SIGTERM end it early.
 *
 * @param run  zeroed, with `key` set by the caller if there is one; release with run_release
 */
void run_execute(const struct repo *repo, const struct run_options *options,
		 const struct plan *plan, const struct run_watcher *watcher, struct run *run);

/**
 * What a gate's verdict counts for in the exit status: itself; with --fail-on introduced the worst
 * finding that the baseline does not have as well. A gate that fails only as it did counts as pass,
 * because it was judged; one of which something is unknown, as it was, only as skip.
 */
enum verdict run_counted(const struct run_options *options, const struct result *result);

/** Exit status and verdict from the results (pure; design, section 5). */
void run_conclude(struct run *run);

void run_release(struct run *run);

#endif
