#include "cli/selection.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "check/tailnet/tailnet_live.h"
#include "cli/commands.h"
#include "cli/tailnet_credential.h"

/** Longest run that can be asked for. */
#define DEADLINE_MAX_MS ((int64_t)24 * 60 * 60 * 1000)

static int parse_mode(const char *word, enum mode *out)
{
	for (enum mode mode = MODE_STATIC; mode <= MODE_ACTIVE; mode++) {
		if (strcmp(mode_word(mode), word) == 0) {
			*out = mode;
			return 0;
		}
	}
	return -1;
}

int choose_mode(struct cli *cli, const char **context, enum mode *mode)
{
	const struct policy *policy = &cli->repo.policy;
	bool is_files = cli->args.staged || cli->revision;
	const char *usual = is_files ? STAGED_CONTEXT : "local";
	const char *name = cli->args.context ? cli->args.context : usual;
	const struct policy_context *row = policy_context_find(policy, name);
	enum mode wanted = MODE_STATIC;

	if (!row) {
		AUTO(auto_str) struct str scratch = {0};
		struct words names = {0};
		int status = EXIT_USAGE;

		for (size_t i = 0; i < policy->context_count; i++) {
			*VEC_ADD(&names) = policy->contexts[i].name;
		}
		*VEC_ADD(&names) = NULL;
		status = cli_usage(cli, "there is no context '%s'%s", name,
				   did_you_mean(&scratch, "", name, names.at));
		VEC_RELEASE(&names);
		return status;
	}
	*context = row->name;
	*mode = is_files ? MODE_STATIC : (enum mode)row->mode;
	if (!cli->args.mode || parse_mode(cli->args.mode, &wanted)) {
		return 0;
	}
	if (wanted > *mode) {
		return cli_usage(cli,
				 "context '%s' grants %s mode, so --mode %s is not possible; %s%s",
				 row->name, mode_word(*mode), mode_word(wanted),
				 policy->path ? "what it grants is said in "
					      : "more is granted only by a probe policy",
				 policy->path ? policy->path : "");
	}
	*mode = wanted;
	return 0;
}

static void add_text(struct arena *arena, struct texts *texts, const char *text)
{
	const char **at = arena_alloc(arena, (texts->len + 1) * sizeof(*at));

	if (texts->len > 0) {
		memcpy(at, texts->at, texts->len * sizeof(*at));
	}
	at[texts->len] = text;
	texts->at = at;
	texts->len++;
}

const struct target *choose_target(struct cli *cli, const char *id)
{
	const struct targets *targets = &cli->repo.targets;
	const struct target *found = targets_find(targets, id);
	AUTO(auto_str) struct str scratch = {0};
	struct words names = {0};

	if (found) {
		return found;
	}
	for (size_t i = 0; i < targets->len; i++) {
		if (targets->at[i].id) {
			*VEC_ADD(&names) = targets->at[i].id;
		}
	}
	*VEC_ADD(&names) = NULL;
	(void)cli_usage(cli, "there is no target '%s'%s%s", id,
			targets->binding.state == BINDING_LOADED
				? ""
				: ": the repo has no ssh.targets binding",
			did_you_mean(&scratch, "", id, names.at));
	VEC_RELEASE(&names);
	return NULL;
}

static bool has_tag(const struct targets *targets, const char *tag)
{
	for (size_t i = 0; i < targets->len; i++) {
		if (texts_hold(&targets->at[i].tags, tag)) {
			return true;
		}
	}
	return false;
}

/** One word of --target. */
static int choose_part(struct cli *cli, const char *word, struct selector *out)
{
	if (strcmp(word, "all") == 0) {
		out->all = true;
		return 0;
	}
	if (strncmp(word, "tag:", 4) == 0) {
		add_text(&cli->arena, &out->tags, word + 4);
		return has_tag(&cli->repo.targets, word + 4)
			       ? 0
			       : cli_usage(cli, "no target has the tag '%s'", word + 4);
	}
	if (strncmp(word, "policy:", 7) == 0) {
		add_text(&cli->arena, &out->policies, word + 7);
		return choice_value(target_policies, word + 7) >= 0
			       ? 0
			       : cli_usage(
					 cli,
					 "'%s' is no access policy; there are lan_first, lan_only "
					 "and tailscale_required",
					 word + 7);
	}
	add_text(&cli->arena, &out->ids, word);
	return choose_target(cli, word) ? 0 : EXIT_USAGE;
}

static int choose_targets(struct cli *cli, struct selector *out)
{
	struct text rest = text_of(cli->args.target);
	struct text part = {0};

	*out = (struct selector){.all = !cli->args.target};
	while (cli->args.target && text_split(&rest, ',', &part)) {
		int status = EXIT_USAGE;

		if (part.len == 0) {
			return cli_usage(cli, "--target '%s' has an empty part", cli->args.target);
		}
		status = choose_part(cli, arena_copy(&cli->arena, part.at, part.len), out);
		if (status) {
			return status;
		}
	}
	return 0;
}

static int choose_shard(struct cli *cli, struct run_options *out)
{
	struct err err = {0};

	if (shard_parse(text_of(cli->args.shard), &out->targets.shard, &err)) {
		return cli_usage(cli, "--shard: %s", err.text);
	}
	if (cli->args.baseline) {
		return cli_usage(cli, "--shard and --baseline do not go together: a part has "
				      "nothing whole to be compared with");
	}
	out->shard_word = cli->args.shard;
	return 0;
}

static struct texts texts_of(struct arena *arena, const struct words *words)
{
	struct texts texts = {0};

	for (size_t i = 0; i < words->len; i++) {
		if (!texts_hold(&texts, words->at[i])) {
			add_text(arena, &texts, words->at[i]);
		}
	}
	return texts;
}

/** Does a gate of this repo ask the tailnet's API? */
static bool wants_api(const struct gates *gates)
{
	for (size_t i = 0; i < gates->len; i++) {
		const struct gate *gate = &gates->at[i];
		const struct tailnet_live_gate *settings = gate->settings;

		if (same_string(gate->kind_name, "tailnet_live") && settings &&
		    settings->source == LIVE_TELLER_API) {
			return true;
		}
	}
	return false;
}

/** Look for the credential of the API once, and only where a gate wants it; what is wrong with it
 * is that gate's finding. 0, or EXIT_DATA. */
static int choose_api(struct cli *cli, struct run_options *out)
{
	struct tailnet_api_settings *settings = NULL;
	struct user_config config = {0};
	struct err err = {0};
	int status = 0;

	if (!wants_api(&cli->repo.gates) || out->mode < MODE_PASSIVE) {
		return 0;
	}
	status = user_read_config(cli, &config);
	if (status) {
		return status;
	}
	settings = arena_alloc(&cli->arena, sizeof(*settings));
	if (tailnet_credential_find(cli, &config, &cli->api_secret, settings, &err)) {
		out->tailnet_api_trouble = arena_text(&cli->arena, err.text);
	} else {
		out->tailnet_api = settings;
	}
	return 0;
}

int choose_options(struct cli *cli, struct run_options *out)
{
	struct err err = {0};
	int status = choose_mode(cli, &out->context, &out->mode);

	if (status == 0) {
		status = choose_targets(cli, &out->targets);
	}
	if (status == 0 && cli->args.shard) {
		status = choose_shard(cli, out);
	}
	if (status == 0 && cli->args.deadline &&
	    parse_duration_ms(text_of(cli->args.deadline), DEADLINE_MAX_MS, &out->deadline_ms,
			      &err)) {
		status = cli_usage(cli, "--deadline: %s", err.text);
	}
	if (status == 0 && cli->args.deadline && out->deadline_ms == 0) {
		status = cli_usage(cli, "--deadline 0 leaves no time for anything");
	}
	if (status == 0) {
		status = user_identity(cli, &out->identity);
	}
	if (status == 0) {
		status = choose_api(cli, out);
	}
	out->agent = getenv("SSH_AUTH_SOCK");
	out->is_staged = cli->args.staged;
	out->revision = cli->revision;
	out->no_cache = cli->args.no_cache;
	out->packs = texts_of(&cli->arena, &cli->args.words);
	out->gates = texts_of(&cli->arena, &cli->args.gates);
	out->target_words = cli->args.target;
	return status;
}

int choose_since(struct cli *cli, struct tree_changes *changed, struct run_options *out)
{
	struct err err = {0};

	if (!cli->args.since) {
		return 0;
	}
	if (tree_changed(cli->repo.tree, cli->args.since, changed, &err)) {
		return cli_usage(cli, "--since: %s", err.text);
	}
	out->changed = changed;
	return 0;
}
