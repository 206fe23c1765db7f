#include "receipt/verify_world.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "net/known_hosts.h"

/** A file of pinned keys, as the receipt names it. */
struct pins {
	struct arena arena;
	struct known_hosts hosts;
	const char *path; /**< in the statement; NULL: none was read yet */
	bool is_there;
};

static const char *digest_of(const struct statement *receipt, const char *path)
{
	const struct statement_file *files = receipt->inputs.bindings.at;

	for (size_t i = 0; i < receipt->inputs.bindings.len; i++) {
		if (strcmp(files[i].path, path) == 0) {
			return files[i].sha256;
		}
	}
	return NULL;
}

/** Read the file, unless it is the one that was read before. Nobody has it: it is not there. */
static void read_pins(struct pins *pins, const struct statement *receipt,
		      const struct verify_inputs *inputs, const char *path)
{
	AUTO(auto_problems) struct problems ignored = {0};
	AUTO(auto_str) struct str bytes = {0};
	const char *sha256 = digest_of(receipt, path);

	if (pins->path && strcmp(pins->path, path) == 0) {
		return;
	}
	pins->path = path;
	pins->is_there = sha256 &&
			 inputs->find(path, sha256, receipt->source.commit, &bytes, inputs->cookie);
	if (pins->is_there) {
		const char *kept = arena_copy(&pins->arena, str_text(&bytes), bytes.len);

		known_hosts_parse(&pins->arena, path, (struct text){kept, bytes.len}, &ignored,
				  &pins->hosts);
	}
}

static bool is_pinned(const struct known_hosts *hosts, const struct statement_target *target,
		      int64_t line)
{
	struct known_host_pins pins = {0};
	bool is_found = false;

	known_hosts_pins(hosts, target->name, (uint16_t)target->port, &pins);
	for (size_t i = 0; i < pins.len; i++) {
		is_found = is_found || (pins.at[i]->where.line == line &&
					strcmp(pins.at[i]->fingerprint, target->fingerprint) == 0);
	}
	VEC_RELEASE(&pins);
	return is_found;
}

/** "known_hosts:3", whose form has been checked. */
static int check_target(struct pins *pins, const struct statement *receipt,
			const struct verify_inputs *inputs, const struct statement_target *target,
			struct err *err)
{
	const char *colon = strrchr(target->pinned_by, ':');
	const char *path =
		arena_copy(&pins->arena, target->pinned_by, (size_t)(colon - target->pinned_by));
	struct err ignored = {0};
	int64_t line = 0;

	read_pins(pins, receipt, inputs, path);
	if (!pins->is_there || parse_int(text_of(colon + 1), 1, INT32_MAX, &line, &ignored) ||
	    is_pinned(&pins->hosts, target, line)) {
		return 0;
	}
	return err_set(err, ERR_INPUT,
		       "target %s showed the key %s, which is not the one that %s pins for it",
		       target->name, target->fingerprint, target->pinned_by);
}

static int check_host_keys(const struct statement *receipt, const struct verify_inputs *inputs,
			   struct err *err)
{
	const struct statement_target *targets = receipt->targets.at;
	struct pins pins = {0};
	int failed = 0;

	for (size_t i = 0; i < receipt->targets.len && !failed; i++) {
		if (targets[i].pinned_by) {
			failed = check_target(&pins, receipt, inputs, &targets[i], err);
		}
	}
	arena_release(&pins.arena);
	return failed;
}

/** Where somebody says which programs count, it must be one of them. */
static int check_runner(const struct statement_tool *tool, const struct trust *trust,
			struct err *err)
{
	if (!trust || !trust->has_runners || trust_runner(trust, tool->sha256)) {
		return 0;
	}
	if (!tool->sha256) {
		return err_set(err, ERR_INPUT,
			       "it does not say which program made it, and receipts/trust/runners "
			       "lists those that count");
	}
	return err_set(err, ERR_INPUT,
		       "gaterun %s made it, with the digest %s, which receipts/trust/runners does "
		       "not list",
		       tool->version, tool->sha256);
}

static int check_outputs(const char *state, const struct statement *receipt,
			 struct outputs_count *out, struct err *err)
{
	*out = outputs_count(state, receipt);
	if (out->changed == 0) {
		return 0;
	}
	return err_set(err, ERR_INPUT,
		       "what is kept of an output is not what the receipt says: %s/outputs/%s",
		       state, out->first_changed);
}

enum reason verify_world(const struct statement *receipt, const struct verify_options *options,
			 struct outputs_count *outputs, struct err *why)
{
	if (options->inputs && check_host_keys(receipt, options->inputs, why)) {
		return REASON_RECEIPT_HOST_KEY;
	}
	if (options->outputs && check_outputs(options->outputs, receipt, outputs, why)) {
		return REASON_RECEIPT_OUTPUT_CHANGED;
	}
	if (check_runner(&receipt->tool, options->trust, why)) {
		return REASON_RECEIPT_RUNNER_UNKNOWN;
	}
	return REASON_NONE;
}
