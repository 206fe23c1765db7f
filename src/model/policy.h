/**
 * probe.policy: the one authority on what may be touched when; and waivers: dated permissions.
 */
#ifndef MODEL_POLICY_H
#define MODEL_POLICY_H

#include "data/field.h"
#include "model/verdict.h"

enum tailscale_ssh {
	TAILSCALE_SSH_REFUSE,
	TAILSCALE_SSH_PROBE,
};

/** "Never touch this target by these kinds", whatever the mode. */
struct never_rule {
	const struct node *node;
	const char *target;
	struct texts kinds;
	const char *reason;
};

struct policy_context {
	const char *name;
	int mode; /**< enum mode: what it grants */
};

struct policy {
	const char *path; /**< NULL: there is no file */
	struct text bytes;
	char sha256[65]; /**< "" without a file */
	const struct policy_context *contexts;
	size_t context_count;
	int tailscale_ssh; /**< enum tailscale_ssh */
	struct rows never; /**< of struct never_rule */
	struct texts automation_identities;
};

/** What holds without a file: local and scheduled passive, pre-commit and ci static. */
void policy_default(struct arena *arena, struct policy *policy);

/** Decode a file's tree; every mistake is a problem. Contexts it does not name keep their default.
 */
void policy_decode(struct decode *decode, const struct node *root, struct policy *policy);

/** The context of that name; NULL if there is none. */
const struct policy_context *policy_context_find(const struct policy *policy, const char *name);

/** The rule that forbids `kind` on `target`; NULL if none does. */
const struct never_rule *policy_forbids(const struct policy *policy, const char *target,
					const char *kind);

/** A dated permission. */
struct waiver {
	const struct node *node;
	const char *gate;        /**< id or alias */
	const char *subject;     /**< one of subject and fingerprint is set */
	const char *fingerprint; /**< 64 lower-case hexadecimal digits */
	bool allow_unknown;      /**< also for findings that are unknown */
	const char *reason;
	const char *owner;
	int64_t expires_on_utc_ms; /**< first millisecond of the day on which it no longer holds */
	const char *ticket;
};

/** From so many days before its end on a waiver is remarked on. */
#define WAIVER_SOON_DAYS 14

/**
 * Days, in UTC, on which the waiver still holds, the day of `now_utc_ms` counted: 1 on its last
 * one, 0 or less once it has expired.
 */
int64_t waiver_days_left(const struct waiver *waiver, int64_t now_utc_ms);

/** What it is about, for people: the subject, or the start of the fingerprint. In the arena. */
const char *waiver_about(const struct waiver *waiver, struct arena *arena);

struct waivers {
	const char *path; /**< NULL: there is no file */
	struct text bytes;
	char sha256[65];
	struct rows rows; /**< of struct waiver */
};

/** Read the waivers file; mistakes become problems of `decode`. */
void waivers_decode(struct decode *decode, const struct node *root, struct waivers *waivers);

#endif
