/* The world in a statement: the machine that ran, the machines it met, and what they said. */
#include <string.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "receipt/statement_private.h"

#define PORT_MAX 65535

/** Unpadded base64 digits of a SHA-256. */
#define FINGERPRINT_DIGITS 43

bool fingerprint_hex(struct text fingerprint, char out[SHA256_HEX_BYTES])
{
	static const char head[] = "SHA256:";
	AUTO(auto_str) struct str padded = {0};
	AUTO(auto_str) struct str bytes = {0};
	AUTO(auto_str) struct str hex = {0};
	struct err ignored = {0};

	if (!text_starts(fingerprint, head) ||
	    fingerprint.len != sizeof(head) - 1 + FINGERPRINT_DIGITS) {
		return false;
	}
	str_add_text(&padded, fingerprint);
	str_add_char(&padded, '=');
	if (base64_decode(text_of(padded.at + sizeof(head) - 1), &bytes, &ignored)) {
		return false;
	}
	hex_encode(&hex, bytes.at, bytes.len);
	memcpy(out, hex.at, SHA256_HEX_BYTES);
	return true;
}

static int check_runner(const struct statement_runner *runner, struct err *err)
{
	static const char *const clocks[] = {"synchronised", "free-running", NULL};

	if ((runner->machine && !is_lower_hex(runner->machine, SHA256_HEX_BYTES - 1)) ||
	    (runner->boot && !is_lower_hex(runner->boot, SHA256_HEX_BYTES - 1))) {
		return err_set(err, ERR_INPUT, "machine and boot are 64 hexadecimal digits");
	}
	if (runner->clock && !is_one_of(runner->clock, clocks)) {
		return err_set(err, ERR_INPUT,
			       "clock is '%.80s', expected synchronised or free-running",
			       runner->clock);
	}
	return 0;
}

/* ---- targets */

/** Is "bindings/known_hosts:3" a line of a file that was read? */
static bool is_input_line(const struct statement *statement, const char *line)
{
	const struct statement_file *files = statement->inputs.bindings.at;
	const char *colon = line ? strrchr(line, ':') : NULL;
	struct err ignored = {0};
	int64_t number = 0;

	if (!colon || parse_int(text_of(colon + 1), 1, INT32_MAX, &number, &ignored)) {
		return false;
	}
	for (size_t i = 0; i < statement->inputs.bindings.len; i++) {
		if (text_is((struct text){line, (size_t)(colon - line)}, files[i].path)) {
			return true;
		}
	}
	return false;
}

/** What it showed, and why that was believed. Nothing but a pinned key is: no first use. */
static int check_key(const struct statement *statement, const struct statement_target *target,
		     struct err *err)
{
	bool is_proven = target->state >= TARGET_PROVEN;
	const char *expected = is_proven ? "known_hosts" : "none";
	char ignored[SHA256_HEX_BYTES];

	if (target->state == TARGET_UNREACHED) {
		return target->key_type || target->fingerprint || target->trust ||
				       target->pinned_by || target->user
			       ? err_set(err, ERR_INPUT,
					 "target %.80s was not reached, but has a key or a user",
					 target->name)
			       : 0;
	}
	if (!target->key_type || !target->fingerprint ||
	    !fingerprint_hex(text_of(target->fingerprint), ignored)) {
		return err_set(err, ERR_INPUT, "the key of target %.80s has no type or fingerprint",
			       target->name);
	}
	if (!target->trust || strcmp(target->trust, expected) != 0) {
		return err_set(
			err, ERR_INPUT,
			"the key of target %.80s is trusted by '%.80s', expected %s: nothing "
			"but a pinned key counts",
			target->name, target->trust ? target->trust : "", expected);
	}
	if (is_proven != is_input_line(statement, target->pinned_by)) {
		return err_set(err, ERR_INPUT,
			       "the key of target %.80s is pinned by '%.80s', expected a line of a "
			       "binding that was read",
			       target->name, target->pinned_by ? target->pinned_by : "");
	}
	if (!is_proven && target->user) {
		return err_set(err, ERR_INPUT,
			       "target %.80s was told a user, but its key was refused",
			       target->name);
	}
	return 0;
}

static bool is_word_of(const char *word, const char *expected)
{
	return strcmp(word, expected) == 0;
}

/** May a target of this policy be reached like that in this mode? Loopback is as good as each. */
static int check_path(const struct statement *statement, const struct statement_target *target,
		      struct err *err)
{
	static const char *const policies[] = {"lan_first", "lan_only", "tailscale_required", NULL};
	static const char *const paths[] = {"lan", "tailnet", "jump", "loopback", NULL};
	bool is_tailnet = is_word_of(target->path, "tailnet");
	bool is_lan = is_word_of(target->path, "lan");

	if (!is_one_of(target->policy, policies)) {
		return err_set(err, ERR_INPUT,
			       "policy of target %.80s is '%.80s', expected lan_first, lan_only or "
			       "tailscale_required",
			       target->name, target->policy);
	}
	if (!is_one_of(target->path, paths)) {
		return err_set(
			err, ERR_INPUT,
			"path of target %.80s is '%.80s', expected lan, tailnet, jump or loopback",
			target->name, target->path);
	}
	if ((is_tailnet && is_word_of(target->policy, "lan_only")) ||
	    (is_lan && is_word_of(target->policy, "tailscale_required"))) {
		return err_set(err, ERR_INPUT, "target %.80s is %s, but was reached over the %s",
			       target->name, target->policy, target->path);
	}
	if (is_word_of(statement->policy.mode, "static") ||
	    (is_tailnet && is_word_of(statement->policy.mode, "passive"))) {
		return err_set(err, ERR_INPUT,
			       "target %.80s was reached over the path %s in a %s run",
			       target->name, target->path, statement->policy.mode);
	}
	return 0;
}

/** The machine between must be one of them, and have let the run in. */
static int check_via(const struct statement *statement, const struct statement_target *target,
		     struct err *err)
{
	const struct statement_target *rows = statement->targets.at;

	if (is_word_of(target->path, "jump") != (target->via != NULL)) {
		return err_set(err, ERR_INPUT, "target %.80s: via belongs to the path jump",
			       target->name);
	}
	if (!target->via || statement->omitted_targets > 0) {
		return 0;
	}
	for (size_t i = 0; i < statement->targets.len; i++) {
		if (strcmp(rows[i].name, target->via) == 0 && &rows[i] != target &&
		    rows[i].state == TARGET_LOGGED_IN) {
			return 0;
		}
	}
	return err_set(err, ERR_INPUT,
		       "target %.80s was reached through '%.80s', to which nobody logged in",
		       target->name, target->via);
}

static int check_targets(const struct statement *statement, struct err *err)
{
	const struct statement_target *rows = statement->targets.at;

	for (size_t i = 0; i < statement->targets.len; i++) {
		if (i > 0 && strcmp(rows[i - 1].name, rows[i].name) >= 0) {
			return err_set(err, ERR_INPUT,
				       "targets %.80s and %.80s are not in order, or one twice",
				       rows[i - 1].name, rows[i].name);
		}
		if (rows[i].port < 1 || rows[i].port > PORT_MAX) {
			return err_set(err, ERR_INPUT, "port of target %.80s is %lld", rows[i].name,
				       (long long)rows[i].port);
		}
		if (check_path(statement, &rows[i], err) || check_key(statement, &rows[i], err) ||
		    check_via(statement, &rows[i], err)) {
			return -1;
		}
	}
	return 0;
}

/* ---- outputs */

static int check_outputs(const struct statement_gate *gate, struct err *err)
{
	static const char *const streams[] = {"stdout", "stderr", "body", NULL};
	const struct statement_output *rows = gate->outputs.at;

	for (size_t i = 0; i < gate->outputs.len; i++) {
		int order = i > 0 ? strcmp(rows[i - 1].subject, rows[i].subject) : -1;

		if (!is_one_of(rows[i].stream, streams) ||
		    !is_lower_hex(rows[i].sha256, SHA256_HEX_BYTES - 1)) {
			return err_set(
				err, ERR_INPUT,
				"output %zu of gate %s is no stdout, stderr or body with a digest",
				i + 1, gate->id);
		}
		/* stdout, stderr, body. */
		if (order > 0 || (order == 0 && strcmp(rows[i - 1].stream, rows[i].stream) <= 0)) {
			return err_set(err, ERR_INPUT,
				       "outputs of gate %s are not in order, or one twice",
				       gate->id);
		}
	}
	return 0;
}

int statement_check_world(const struct statement *statement, struct err *err)
{
	const struct statement_gate *gates = statement->results.at;
	bool is_first = statement->identity.schema < 2;
	bool is_more = statement->tool.os != NULL;

	for (size_t i = 0; i < statement->results.len; i++) {
		is_more = is_more || gates[i].outputs.len > 0 || gates[i].omitted_outputs > 0;
		if (check_outputs(&gates[i], err)) {
			return -1;
		}
	}
	if (is_first && is_more) {
		return err_set(err, ERR_INPUT, "schema 1 has neither os nor outputs");
	}
	return check_runner(&statement->runner, err) || check_targets(statement, err) ? -1 : 0;
}
