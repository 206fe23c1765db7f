/*
 * `doctor`: what a run needs on this machine, part by part: what works, and the one thing to do
 * about what does not. Asks files, git, the SSH agent and the local tailscaled; changes nothing,
 * and no packet leaves the machine.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "cli/commands.h"
#include "cli/hook_file.h"
#include "cli/receipt_check.h"
#include "cli/signing.h"
#include "cli/tool.h"
#include "cli/user.h"
#include "data/json.h"
#include "git/git.h"
#include "loop/confine.h"
#include "net/identity.h"
#include "net/localapi.h"
#include "receipt/record.h"
#include "receipt/runner.h"
#include "report/layout.h"

/** Column in which sentences start. */
#define DOCTOR_COLUMN 20

enum health {
	HEALTH_GOOD,
	HEALTH_NONE, /**< it is not there, and need not be */
	HEALTH_BAD,
};

static const char *const health_words[] = {
	[HEALTH_GOOD] = "ok", [HEALTH_NONE] = "none", [HEALTH_BAD] = "TROUBLE"};

/** One part, as it was found. */
struct finding_of_part {
	const char *part;
	enum health health;
	const char *sentence;
	const char *fix; /**< NULL: nothing is to be done */
};

struct doctor {
	struct cli *cli;
	struct loop *loop;
	struct VEC(struct finding_of_part) parts;
};

__attribute__((format(printf, 5, 6))) static void add(struct doctor *doctor, const char *part,
						      enum health health, const char *fix,
						      const char *format, ...)
{
	AUTO(auto_str) struct str sentence = {0};
	va_list arguments;

	va_start(arguments, format);
	str_vprintf(&sentence, format, arguments);
	va_end(arguments);
	*VEC_ADD(&doctor->parts) = (struct finding_of_part){
		part, health, arena_text(&doctor->cli->arena, str_text(&sentence)), fix};
}

static void look_at_program(struct doctor *doctor)
{
	const struct statement_tool tool = tool_facts();
	const struct confine_abilities abilities = confine_abilities();

	add(doctor, "program", HEALTH_GOOD, NULL, "gaterun %s", tool.version);
	if (abilities.files && abilities.network) {
		add(doctor, "commands", HEALTH_GOOD, NULL,
		    "gates of the kind 'command' can neither write nor have a socket");
	} else {
		add(doctor, "commands", HEALTH_NONE, NULL,
		    "this system cannot keep a gate of the kind 'command' from writing, or from the "
		    "network; each such gate says so");
	}
}

static void look_at_repo(struct doctor *doctor)
{
	struct cli *cli = doctor->cli;

	if (cli_read_repo(cli) == 0) {
		add(doctor, "repo", HEALTH_GOOD, NULL, "%s", cli->repo.root);
	} else if (!cli->has_repo) {
		add(doctor, "repo", HEALTH_BAD, "go into the ops repo, or name it with --root",
		    "there is no ops repo here or above");
	} else {
		add(doctor, "repo", HEALTH_BAD, "gaterun lint",
		    "its files have mistakes, %zu of them, so nothing can run",
		    cli->problems.added);
	}
}

static void look_at_git(struct doctor *doctor)
{
	struct git_state state = {0};
	struct err err = {0};

	if (git_identity(doctor->cli->repo.root, &state, &err)) {
		add(doctor, "git", HEALTH_BAD, NULL, "%s", err.text);
	} else if (!state.has_git) {
		add(doctor, "git", HEALTH_BAD, "git init",
		    "the repo is not under git, so there is no list of its files and no commit for "
		    "a receipt to be about");
	} else if (!state.commit[0]) {
		add(doctor, "git", HEALTH_BAD, "git commit", "there is no commit yet");
	} else {
		add(doctor, "git", HEALTH_GOOD, NULL, "commit %.12s%s%s", state.commit,
		    state.branch[0] ? " on branch " : "", state.branch);
	}
}

static void look_at_policy(struct doctor *doctor)
{
	const struct policy *policy = &doctor->cli->repo.policy;

	if (policy->path) {
		add(doctor, "probe policy", HEALTH_GOOD, NULL, "%s", policy->path);
	} else {
		add(doctor, "probe policy", HEALTH_NONE, NULL,
		    "there is none: runs by hand and scheduled ones are passive, hooks and ci "
		    "static");
	}
}

/* ---- the key that logs in */

static void nothing(void *cookie)
{
	(void)cookie;
}

static void look_at_identity(struct doctor *doctor)
{
	const struct identity_facts *facts = NULL;
	struct identity *identity = NULL;
	const char *path = NULL;

	if (user_identity(doctor->cli, &path)) {
		return; /* config.yaml is wrong, which was told */
	}
	if (!path) {
		add(doctor, "login key", HEALTH_BAD,
		    "write 'identity: ~/.ssh/…' into the user's config.yaml, or name it with "
		    "--identity",
		    "no SSH key is named for gates that log in");
		return;
	}
	identity = identity_open(doctor->loop, path, getenv("SSH_AUTH_SOCK"), nothing, NULL);
	facts = identity_facts(identity);
	if (facts->state == IDENTITY_UNDECIDED) {
		loop_run(doctor->loop);
		facts = identity_facts(identity);
	}
	if (facts->state == IDENTITY_USABLE) {
		add(doctor, "login key", HEALTH_GOOD, NULL, "%s%s", path,
		    facts->agent ? ", with which the SSH agent signs" : "");
	} else {
		add(doctor, "login key", HEALTH_BAD, facts->hint, "%s",
		    facts->why.text[0] ? facts->why.text : "the SSH agent does not answer");
	}
	identity_free(identity);
}

/* ---- the key that signs, and its log */

static void look_at_trust(struct doctor *doctor, const struct public_key *key)
{
	struct receipt_judge judge = {0};
	enum reason reason = REASON_NONE;
	struct err err = {0};

	if (receipt_judge_open(doctor->cli, &judge)) {
		add(doctor, "trust", HEALTH_BAD, NULL, "the files in receipts/trust are wrong");
	} else if (trust_find(&judge.trust, key, clock_utc_ms(), &reason, &err)) {
		add(doctor, "trust", HEALTH_GOOD, NULL,
		    "receipts/trust/allowed_signers lists the key that signs");
	} else {
		add(doctor, "trust", HEALTH_NONE,
		    "mkdir -p receipts/trust && gaterun key trust >> receipts/trust/allowed_signers",
		    "%s", err.text);
	}
	receipt_judge_release(&judge);
}

static void look_at_log(struct doctor *doctor, const struct public_key *key)
{
	AUTO(auto_log) struct log *log = NULL;
	AUTO(auto_str) struct str state = {0};
	char origin[ORIGIN_BYTES] = "";
	struct err err = {0};

	if (record_origin(&doctor->cli->repo, key, origin, &err) ||
	    log_state_folder(&state, &err) ||
	    log_open(str_text(&state), origin, key, LOG_READ, &log, &err)) {
		add(doctor, "log", err.code == ERR_ABSENT ? HEALTH_NONE : HEALTH_BAD, NULL, "%s",
		    err.text);
	} else if (log_load(log, &err)) {
		add(doctor, "log", HEALTH_BAD, "gaterun log verify", "%s", err.text);
	} else {
		add(doctor, "log", HEALTH_GOOD, NULL,
		    "%lld entries, %lld of them under a signed head", (long long)log_size(log),
		    (long long)log_covered(log));
	}
}

static void look_at_signing(struct doctor *doctor)
{
	static const char *const places[] = {
		[SIGNING_IN_FILE] = "",
		[SIGNING_IN_AGENT] = ", for which an SSH agent signs",
		[SIGNING_LOCKED] = ", which is locked: an SSH agent must have it",
	};
	struct signing_public public = {0};
	struct err err = {0};

	if (signing_find_public(doctor->cli, &public, &err)) {
		add(doctor, "signing key", err.code == ERR_ABSENT ? HEALTH_NONE : HEALTH_BAD, NULL,
		    "%s", err.text);
		return;
	}
	add(doctor, "signing key", HEALTH_GOOD, NULL, "%s%s", public.path, places[public.place]);
	look_at_trust(doctor, &public.key);
	look_at_log(doctor, &public.key);
}

/* ---- the machine */

static void look_at_clock(struct doctor *doctor)
{
	struct statement_runner runner = {0};

	runner_read("", &doctor->cli->arena, &runner);
	if (!runner.clock) {
		add(doctor, "clock", HEALTH_NONE, NULL, "nothing tells whether it is right");
	} else if (strcmp(runner.clock, "synchronised") == 0) {
		add(doctor, "clock", HEALTH_GOOD, NULL, "the kernel says that it is synchronised");
	} else {
		add(doctor, "clock", HEALTH_NONE, "start a time service: timedatectl set-ntp true",
		    "nothing keeps it right, and receipts say so");
	}
}

static void take_status(const struct localapi_facts *facts, void *cookie)
{
	struct doctor *doctor = cookie;

	if (facts->outcome == LOCALAPI_OK) {
		add(doctor, "tailscaled", HEALTH_GOOD, NULL, "it answers on this machine");
	} else {
		add(doctor, "tailscaled", HEALTH_BAD,
		    "start it, or say in gaterun.yaml that this machine has none: "
		    "'tailscaled_socket: none'",
		    "%s%s%s", localapi_outcome_text(facts->outcome), *facts->said ? ": " : "",
		    facts->said);
	}
}

static void look_at_daemon(struct doctor *doctor)
{
	const struct config *config = &doctor->cli->repo.config;
	const struct localapi_request request = {
		.call = LOCALAPI_STATUS_SELF,
		.deadline_ms = clock_monotonic_ms() + LOCALAPI_TIMEOUT_MS,
	};
	const char *socket = config->tailscaled_socket;
	enum localapi_outcome refused = LOCALAPI_NOT_TRIED;
	struct localapi_places places = {0};
	struct localapi *api = NULL;
	struct http *http = NULL;
	struct err ignored = {0};

	if (config->has_no_tailscaled) {
		add(doctor, "tailscaled", HEALTH_NONE, NULL,
		    "gaterun.yaml says that this machine has none");
		return;
	}
	if (!socket || localapi_places_of_socket(socket, &places, &ignored)) {
		localapi_places_default(&places);
	}
	http = http_open(doctor->loop);
	api = localapi_open(http, &places);
	if (localapi_start(api, &request, take_status, doctor, &refused)) {
		loop_run(doctor->loop);
	} else {
		add(doctor, "tailscaled", HEALTH_BAD, NULL, "%s", localapi_outcome_text(refused));
	}
	localapi_free(api);
	http_free(http);
}

/** Whose is a hook? -1 with a part added if that cannot be known. */
static int find_hook(struct doctor *doctor, enum hook which, enum hook_owner *owner)
{
	struct hook_place place = {0};
	struct err err = {0};
	int result = hook_place_find(doctor->cli->repo.root, which, &place, &err);

	if (result == 0) {
		result = hook_owner(str_text(&place.hook), owner, &err);
	}
	hook_place_release(&place);
	if (result) {
		add(doctor, "hooks", err.code == ERR_ABSENT ? HEALTH_NONE : HEALTH_BAD, NULL, "%s",
		    err.text);
	}
	return result;
}

static void look_at_hooks(struct doctor *doctor)
{
	static const char *const names[HOOK_COUNT] = {
		[HOOK_PRE_COMMIT] = "pre-commit",
		[HOOK_PRE_MERGE_COMMIT] = "pre-merge-commit",
		[HOOK_PRE_PUSH] = "pre-push",
	};
	AUTO(auto_str) struct str ours = {0};
	AUTO(auto_str) struct str others = {0};

	for (int which = 0; which < HOOK_COUNT; which++) {
		enum hook_owner owner = HOOK_ABSENT;

		if (find_hook(doctor, (enum hook)which, &owner)) {
			return;
		}
		if (owner == HOOK_OURS || owner == HOOK_CHANGED) {
			str_printf(&ours, "%s%s", ours.len ? ", " : "", names[which]);
		} else if (owner == HOOK_FOREIGN) {
			str_printf(&others, "%s%s", others.len ? ", " : "", names[which]);
		}
	}
	if (ours.len > 0) {
		add(doctor, "hooks", HEALTH_GOOD, NULL, "installed: %s", str_text(&ours));
	} else {
		add(doctor, "hooks", HEALTH_NONE, "gaterun hook install",
		    others.len > 0 ? "none of gaterun's; somebody else's: %s"
				   : "none is installed%s",
		    str_text(&others));
	}
}

/* ---- what is printed */

static void write_json(const struct doctor *doctor, struct str *out)
{
	static const char *const words[] = {
		[HEALTH_GOOD] = "ok", [HEALTH_NONE] = "none", [HEALTH_BAD] = "trouble"};
	AUTO(auto_json) struct json *map = json_map();
	struct json *list = json_list();

	json_put_text(map, "schema", "gaterun/doctor/v1");
	json_put(map, "parts", list);
	for (size_t i = 0; i < doctor->parts.len; i++) {
		const struct finding_of_part *part = &doctor->parts.at[i];
		struct json *row = json_map();

		json_put_text(row, "part", part->part);
		json_put_text(row, "state", words[part->health]);
		json_put_text(row, "message", part->sentence);
		json_put_text(row, "fix", part->fix);
		json_add(list, row);
	}
	json_write(map, JSON_INDENTED, out);
}

static void write_parts(const char *format, const struct style *style, void *cookie,
			struct str *out)
{
	const struct doctor *doctor = cookie;

	if (text_is(text_of(format), "json")) {
		write_json(doctor, out);
		return;
	}
	for (size_t i = 0; i < doctor->parts.len; i++) {
		const struct finding_of_part *part = &doctor->parts.at[i];

		colour_add(out, style, part->health == HEALTH_BAD ? COLOUR_RED : COLOUR_PLAIN,
			   health_words[part->health]);
		add_spaces(out, strlen("TROUBLE ") - strlen(health_words[part->health]));
		str_printf(out, " %s", part->part);
		add_spaces(out, DOCTOR_COLUMN + 5 - strlen("TROUBLE  ") - strlen(part->part));
		wrap_add(out, style, DOCTOR_COLUMN + 5, DOCTOR_COLUMN + 5, part->sentence);
		str_add_char(out, '\n');
		if (part->fix) {
			add_spaces(out, DOCTOR_COLUMN + 5);
			str_add(out, "fix: ");
			wrap_add(out, style, DOCTOR_COLUMN + 10, DOCTOR_COLUMN + 10, part->fix);
			str_add_char(out, '\n');
		}
	}
}

int cmd_doctor(struct cli *cli)
{
	struct doctor doctor = {.cli = cli};
	struct err err = {0};
	bool is_well = true;

	if (loop_open(&doctor.loop, &err)) {
		cli_say(cli, "%s", err.text);
		return EXIT_UNKNOWN;
	}
	look_at_program(&doctor);
	look_at_repo(&doctor);
	if (cli->has_repo && cli->problems.added == 0) {
		look_at_git(&doctor);
		look_at_policy(&doctor);
		look_at_identity(&doctor);
		look_at_signing(&doctor);
		look_at_clock(&doctor);
		look_at_daemon(&doctor);
		look_at_hooks(&doctor);
	}
	loop_free(doctor.loop);
	for (size_t i = 0; i < doctor.parts.len; i++) {
		is_well = is_well && doctor.parts.at[i].health != HEALTH_BAD;
	}
	cli_write(cli, write_parts, &doctor);
	VEC_RELEASE(&doctor.parts);
	return is_well ? EXIT_PASS : EXIT_FAIL;
}
