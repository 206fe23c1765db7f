#include "model/policy.h"

#include <string.h>

#include "base/cleanup.h"
#include "crypto/digest.h"
#include "model/file_form.h"

#define DAY_MS ((int64_t)24 * 60 * 60 * 1000)

/** Longest name of what a waiver is about, in a message. */
#define ABOUT_BYTES 200

/** Digits of a fingerprint that people need to find it. */
#define FINGERPRINT_SHOWN 16

static const struct choice mode_choices[] = {
	{"static", MODE_STATIC, "files only"},
	{"passive", MODE_PASSIVE, "the LAN, and the local daemon's read-only surface"},
	{"active", MODE_ACTIVE, "anything declared"},
	{0},
};

static const struct choice tailscale_ssh_choices[] = {
	{"refuse", TAILSCALE_SSH_REFUSE, "never contact a peer that runs Tailscale SSH"},
	{"probe", TAILSCALE_SSH_PROBE, "contact it, though a login page may open somewhere"},
	{0},
};

/** What each context is granted without a file (design, section 4). */
static const struct policy_context default_contexts[] = {
	{"local", MODE_PASSIVE},
	{"pre-commit", MODE_STATIC},
	{"ci", MODE_STATIC},
	{"scheduled", MODE_PASSIVE},
};

#define DEFAULT_CONTEXTS (sizeof(default_contexts) / sizeof(default_contexts[0]))

struct context_settings {
	int mode;
};

static const struct field context_fields[] = {
	{"mode", FIELD_CHOICE, offsetof(struct context_settings, mode), .required = true,
	 .choices = mode_choices, .doc = "the most that a run in this context may touch"},
	{0},
};

static const struct field never_fields[] = {
	{"", FIELD_NODE, offsetof(struct never_rule, node), .doc = "the rule itself"},
	{"target", FIELD_TEXT, offsetof(struct never_rule, target), .required = true,
	 .doc = "id of the target"},
	{"kinds", FIELD_TEXTS, offsetof(struct never_rule, kinds), .required = true,
	 .doc = "kinds that must not touch it"},
	{"reason", FIELD_TEXT, offsetof(struct never_rule, reason), .required = true,
	 .doc = "why, for people"},
	{0},
};

/** The file as it is written. */
struct policy_file {
	int64_t version;
	struct entries contexts;
	int tailscale_ssh;
	struct rows never;
	struct texts automation_identities;
};

const struct field policy_fields[] = {
	{"version", FIELD_INT, offsetof(struct policy_file, version), .required = true, .min = 1,
	 .max = 1, .doc = "form of the file"},
	{"contexts", FIELD_MAP, offsetof(struct policy_file, contexts), .fields = context_fields,
	 .size = sizeof(struct context_settings), .doc = "what each context may touch"},
	{"tailscale_ssh", FIELD_CHOICE, offsetof(struct policy_file, tailscale_ssh),
	 .fallback = "refuse", .choices = tailscale_ssh_choices,
	 .doc = "what to do about peers that run Tailscale SSH"},
	{"never", FIELD_LIST, offsetof(struct policy_file, never), .fields = never_fields,
	 .size = sizeof(struct never_rule), .doc = "what is never touched, whatever the mode"},
	{"automation_identities", FIELD_TEXTS, offsetof(struct policy_file, automation_identities),
	 .doc = "users and tags that act without a human"},
	{0},
};

void policy_default(struct arena *arena, struct policy *policy)
{
	struct policy_context *contexts = arena_alloc(arena, sizeof(default_contexts));

	memcpy(contexts, default_contexts, sizeof(default_contexts));
	policy->contexts = contexts;
	policy->context_count = DEFAULT_CONTEXTS;
	policy->tailscale_ssh = TAILSCALE_SSH_REFUSE;
}

/** Lay the file's contexts over the defaults. */
static void merge_contexts(struct arena *arena, const struct policy_file *file,
			   struct policy *policy)
{
	const struct context_settings *settings = file->contexts.at;
	struct policy_context *merged =
		arena_alloc(arena, (DEFAULT_CONTEXTS + file->contexts.len + 1) * sizeof(*merged));
	size_t count = DEFAULT_CONTEXTS;

	memcpy(merged, default_contexts, sizeof(default_contexts));
	for (size_t i = 0; i < file->contexts.len; i++) {
		size_t at = 0;

		while (at < count && strcmp(merged[at].name, file->contexts.keys[i]) != 0) {
			at++;
		}
		merged[at] = (struct policy_context){file->contexts.keys[i], settings[i].mode};
		count += at == count;
	}
	policy->contexts = merged;
	policy->context_count = count;
}

/** A context may have any name; one that is nearly a built-in one would grant nothing to anybody,
 * while the one that was meant silently keeps its default. */
static void check_context_names(struct decode *decode, const struct entries *contexts)
{
	const char *known[DEFAULT_CONTEXTS + 1] = {0};

	for (size_t i = 0; i < DEFAULT_CONTEXTS; i++) {
		known[i] = default_contexts[i].name;
	}
	for (size_t i = 0; i < contexts->len; i++) {
		struct node key = {.where = contexts->nodes[i]->key_where};
		const char *meant = entries_slip(contexts, i, known);

		if (meant) {
			decode_problem(decode, PROBLEM_VALUE, &key,
				       "correct it; or write down both, if both are meant",
				       "there is no context '%s'; did you mean '%s'?",
				       contexts->keys[i], meant);
		}
	}
}

void policy_decode(struct decode *decode, const struct node *root, struct policy *policy)
{
	struct policy_file file = {0};

	(void)decode_fields(decode, root, root->where, policy_fields, &file);
	check_context_names(decode, &file.contexts);
	merge_contexts(decode->arena, &file, policy);
	policy->tailscale_ssh = file.tailscale_ssh;
	policy->never = file.never;
	policy->automation_identities = file.automation_identities;
}

const struct policy_context *policy_context_find(const struct policy *policy, const char *name)
{
	for (size_t i = 0; i < policy->context_count; i++) {
		if (strcmp(policy->contexts[i].name, name) == 0) {
			return &policy->contexts[i];
		}
	}
	return NULL;
}

const struct never_rule *policy_forbids(const struct policy *policy, const char *target,
					const char *kind)
{
	const struct never_rule *rules = policy->never.at;

	for (size_t i = 0; i < policy->never.len; i++) {
		if (same_string(rules[i].target, target) && texts_hold(&rules[i].kinds, kind)) {
			return &rules[i];
		}
	}
	return NULL;
}

static const struct field waiver_fields[] = {
	{"", FIELD_NODE, offsetof(struct waiver, node), .doc = "the waiver itself"},
	{"gate", FIELD_TEXT, offsetof(struct waiver, gate), .required = true,
	 .doc = "id or alias of the gate whose finding is waived"},
	{"subject", FIELD_TEXT, offsetof(struct waiver, subject),
	 .doc = "what the finding is about: target:nas, endpoint:photos; file:bin/backup for one "
		"in a file"},
	{"fingerprint", FIELD_TEXT, offsetof(struct waiver, fingerprint),
	 .doc = "fingerprint of the finding, as -o json prints it, instead of a subject"},
	{"allow_unknown", FIELD_BOOL, offsetof(struct waiver, allow_unknown),
	 .doc = "also when the finding is unknown, so that nobody looked; false if not said"},
	{"reason", FIELD_TEXT, offsetof(struct waiver, reason), .required = true,
	 .doc = "why it is tolerable"},
	{"owner", FIELD_TEXT, offsetof(struct waiver, owner), .required = true,
	 .doc = "who answers for it"},
	{"expires_on", FIELD_DATE, offsetof(struct waiver, expires_on_utc_ms), .required = true,
	 .doc = "the first day on which it no longer holds, in UTC"},
	{"ticket", FIELD_TEXT, offsetof(struct waiver, ticket), .required = true,
	 .doc = "where the work is tracked"},
	{0},
};

struct waivers_file {
	int64_t version;
	struct rows rows;
};

const struct field waivers_fields[] = {
	{"version", FIELD_INT, offsetof(struct waivers_file, version), .required = true, .min = 1,
	 .max = 1, .doc = "form of the file"},
	{"waivers", FIELD_LIST, offsetof(struct waivers_file, rows), .required = true,
	 .fields = waiver_fields, .size = sizeof(struct waiver), .doc = "dated permissions"},
	{0},
};

/** Days since 1970-01-01; times before that, which no clock shows, round the same way. */
static int64_t day_of(int64_t utc_ms)
{
	return (utc_ms >= 0 ? utc_ms : utc_ms - (DAY_MS - 1)) / DAY_MS;
}

int64_t waiver_days_left(const struct waiver *waiver, int64_t now_utc_ms)
{
	return day_of(waiver->expires_on_utc_ms) - day_of(now_utc_ms);
}

const char *waiver_about(const struct waiver *waiver, struct arena *arena)
{
	AUTO(auto_str) struct str about = {.max = ABOUT_BYTES};

	if (waiver->subject) {
		str_add_printable(&about, text_of(waiver->subject));
	} else {
		str_printf(&about, "finding:%.*s", FINGERPRINT_SHOWN, waiver->fingerprint);
	}
	return arena_text(arena, str_text(&about));
}

static bool is_fingerprint(const char *text)
{
	size_t len = strlen(text);

	return len == SHA256_HEX_BYTES - 1 && strspn(text, "0123456789abcdef") == len;
}

/** A text that is there and says nothing is as good as none. */
static void check_not_empty(struct decode *decode, const struct waiver *waiver)
{
	static const char *const keys[] = {"gate", "subject", "reason", "owner", "ticket"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const struct node *node = node_get(waiver->node, keys[i]);

		if (node && node->kind == NODE_SCALAR && node->text.len == 0) {
			decode_problem(decode, PROBLEM_VALUE, node, NULL,
				       "'%s' of a waiver is empty", keys[i]);
		}
	}
}

/** A waiver is about one finding, so that nobody waives what nobody has seen. */
static void check_waiver(struct decode *decode, const struct waiver *waiver)
{
	if (!waiver->subject == !waiver->fingerprint) {
		decode_problem(decode, PROBLEM_MISSING, waiver->node, NULL,
			       "a waiver needs either 'subject' or 'fingerprint'");
	}
	if (waiver->subject && strpbrk(waiver->subject, "*?")) {
		decode_problem(decode, PROBLEM_VALUE, node_get(waiver->node, "subject"),
			       "write one waiver for each subject; one whose name really has such "
			       "a character is waived by its fingerprint",
			       "'%s' has a wildcard; a waiver names exactly one subject",
			       waiver->subject);
	}
	if (waiver->fingerprint && !is_fingerprint(waiver->fingerprint)) {
		decode_problem(decode, PROBLEM_VALUE, node_get(waiver->node, "fingerprint"),
			       "copy it from the output of `gaterun verify -o json`",
			       "'%s' is not a fingerprint, which is 64 lower-case hexadecimal "
			       "digits",
			       waiver->fingerprint);
	}
	check_not_empty(decode, waiver);
}

void waivers_decode(struct decode *decode, const struct node *root, struct waivers *waivers)
{
	struct waivers_file file = {0};
	const struct waiver *rows = NULL;

	(void)decode_fields(decode, root, root->where, waivers_fields, &file);
	rows = file.rows.at;
	for (size_t i = 0; i < file.rows.len; i++) {
		check_waiver(decode, &rows[i]);
	}
	waivers->rows = file.rows;
}
