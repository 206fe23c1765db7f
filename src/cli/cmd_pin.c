/*
 * `targets pin`: the one deliberate act of trust.
 *
 * It shows which key a machine has proven, and writes it only where somebody says that it is the
 * right one: with the fingerprint that was read elsewhere, with the key itself in a file, or by
 * accepting what was seen, which the line then says for ever. It asks nobody anything.
 */
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "cli/binding_file.h"
#include "cli/pin.h"
#include "cli/pin_file.h"
#include "cli/routes.h"
#include "cli/selection.h"
#include "cli/shell.h"

/** Which kind's rules hold: whoever may not log in may not ask for the key. */
#define PIN_KIND "ssh_auth"

/** Room for "2026-03-01" with its NUL. */
#define DATE_BYTES 11

int check_pin(const struct arguments *args, struct err *err)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				       "0123456789+/";
	const char *given = args->fingerprint;

	if ((args->fingerprint != NULL) + args->accept + (args->from != NULL) > 1) {
		return err_set(err, ERR_INPUT,
			       "--fingerprint, --from and --accept exclude each other: the key is "
			       "known from one of them");
	}
	if (given && (strncmp(given, "SHA256:", 7) != 0 || strlen(given + 7) != 43 ||
		      strspn(given + 7, alphabet) != 43)) {
		return err_set(err, ERR_INPUT,
			       "'%s' is no fingerprint; expected SHA256: and 43 letters, as "
			       "ssh-keygen -l prints it",
			       given);
	}
	return 0;
}

/* ---- conclusions */

/** Nothing more is done. */
static void conclude(struct pinning *pinning, enum pin_state state, const char *sentence)
{
	pinning->state = state;
	pinning->sentence = sentence;
}

/** "bindings/known_hosts:12" */
static const char *place_text(const struct pinning *pinning, const struct known_host *line)
{
	return arena_printf(&pinning->cli->arena, "%s:%d", pinning->shown_file, line->where.line);
}

/** The command as it was given, and one more option. */
static const char *again(const struct pinning *pinning, const char *option, const char *value)
{
	const struct texts *words = &pinning->cli->words;
	AUTO(auto_str) struct str line = {0};

	str_add(&line, "gaterun");
	for (size_t i = 0; i < words->len; i++) {
		str_add_char(&line, ' ');
		shell_word(&line, words->at[i]);
	}
	str_printf(&line, " --%s%s%s", option, value ? " " : "", value ? value : "");
	return arena_text(&pinning->cli->arena, str_text(&line));
}

static void conclude_other(struct pinning *pinning, const struct known_host *line)
{
	conclude(pinning, PIN_REFUSED,
		 arena_printf(&pinning->cli->arena,
			      "another key is pinned: %.*s %s (%s). Find out on the machine itself "
			      "why it has this one; another machine may have taken the address",
			      (int)line->type.len, line->type.at, line->fingerprint,
			      place_text(pinning, line)));
	pinning->next = again(pinning, "replace", NULL);
	pinning->next_when = "if the machine was given a new key, and this is it";
}

static void conclude_seen(struct pinning *pinning)
{
	conclude(pinning, PIN_SEEN,
		 "nothing was written. Compare the fingerprint with what the machine says on its "
		 "own console");
	pinning->next = again(pinning, "fingerprint", pinning->fingerprint);
	pinning->next_when = "if it is the same";
}

/* ---- the key */

/** One of the keys that were seen, if they are one; else the conclusion is drawn. */
static const struct str *agree(struct pinning *pinning)
{
	const struct pin_views *views = &pinning->views;
	const struct str *key = NULL;

	for (size_t i = 0; i < views->routes.len; i++) {
		const struct str *other = &views->at[i].key;

		if (!key && other->len > 0) {
			key = other;
		} else if (other->len > 0 && !text_equal(str_view(key), str_view(other))) {
			conclude(
				pinning, PIN_REFUSED,
				"its addresses show different keys, so at least one of them leads "
				"to another machine. Read the key on the machine itself, correct the "
				"addresses, or use --from FILE");
			return NULL;
		}
	}
	if (!key) {
		conclude(pinning, PIN_NOT_SEEN,
			 pinning->target->probe_via
				 ? "no address showed a key. The machine stands behind another one "
				   "(probe_via); read its key there and use --from FILE"
				 : "no address showed a key. Copy it from the machine itself "
				   "(/etc/ssh/ssh_host_ed25519_key.pub) and use --from FILE");
	}
	return key;
}

/** The mode is why nothing was asked: say who decides about it. */
static void conclude_static(struct pinning *pinning, const char *context)
{
	struct cli *cli = pinning->cli;
	const char *path = cli->repo.policy.path;

	if (cli->args.mode) {
		conclude(pinning, PIN_NOT_SEEN,
			 "no address was asked, because of --mode static. Leave that away, or copy "
			 "the key from the machine itself and use --from FILE");
		return;
	}
	conclude(pinning, PIN_NOT_SEEN,
		 arena_printf(&cli->arena,
			      "no address was asked: context '%s' grants static mode. With "
			      "`contexts: {%s: {mode: passive}}` in %s the LAN is; or copy the key "
			      "from the machine itself and use --from FILE",
			      context, context, path ? path : "a probe policy"));
}

/** Ask the machine. 0, or the exit status of what is wrong with the question itself. */
static int see_key(struct pinning *pinning)
{
	struct cli *cli = pinning->cli;
	const struct target *target = pinning->target;
	const struct never_rule *never = policy_forbids(&cli->repo.policy, target->id, PIN_KIND);
	const struct known_host *ignored = NULL;
	bool is_pinned = known_hosts_judge(&pinning->hosts, target->id, (uint16_t)target->port,
					   (struct text){0}, &ignored) != HOST_KEY_UNPINNED;
	struct pin_question question = {.target = target, .arena = &cli->arena};
	struct lans lans = {0};
	const char *context = NULL;
	const struct str *key = NULL;
	struct err err = {0};
	int status = choose_mode(cli, &context, &question.from.mode);

	if (status) {
		return status;
	}
	if (never) {
		conclude(pinning, PIN_NOT_SEEN,
			 arena_printf(&cli->arena,
				      "%s says never to log in to it (%s), so it is not asked "
				      "either; use --from FILE",
				      cli->repo.policy.path, never->reason));
		return 0;
	}
	question.from.policy = &cli->repo.policy;
	question.hosts = is_pinned && !cli->args.replace ? &pinning->hosts : NULL;
	routes_look_around(&question.from, &lans);
	status = pin_ask(&question, &pinning->views, &err);
	lans_release(&lans);
	if (status) {
		return cli_refuse(cli, "%s", err.text);
	}
	key = agree(pinning);
	if (!key && question.from.mode == MODE_STATIC) {
		conclude_static(pinning, context);
	}
	if (key) {
		str_add_text(&pinning->key, str_view(key));
	}
	return 0;
}

/** The key from a file or from the machine, and its names. */
static int find_key(struct pinning *pinning)
{
	struct cli *cli = pinning->cli;
	struct err err = {0};
	int status = 0;

	if (!cli->args.from) {
		status = see_key(pinning);
	} else if (pin_file_key(cli->args.from, &pinning->key, &err)) {
		return cli_refuse(cli, "--from: %s", err.text);
	}
	if (pinning->key.len > 0) {
		host_key_describe(str_view(&pinning->key), &pinning->type, pinning->fingerprint);
	}
	return status;
}

/* ---- the file */

/** Another target for which this very key is pinned; NULL if there is none. */
static const struct target *find_sharer(const struct pinning *pinning,
					const struct known_host **line)
{
	const struct targets *targets = &pinning->cli->repo.targets;

	for (size_t i = 0; i < targets->len; i++) {
		const struct target *other = &targets->at[i];

		if (other->id && !same_string(other->id, pinning->target->id) &&
		    known_hosts_judge(&pinning->hosts, other->id, (uint16_t)other->port,
				      str_view(&pinning->key), line) == HOST_KEY_PINNED) {
			return other;
		}
	}
	return NULL;
}

/** How the key came to be trusted, for the line in the file. */
static const char *comment(const struct pinning *pinning)
{
	const struct arguments *args = &pinning->cli->args;
	char now[CLOCK_RFC3339_BYTES];

	clock_format_rfc3339(clock_utc_ms(), now);
	return arena_printf(&pinning->cli->arena, "pinned %.*s, %s", DATE_BYTES - 1, now,
			    args->from     ? "read from a file"
			    : args->accept ? "accepted as seen, not compared"
					   : "fingerprint compared");
}

/** Write what has to be written. 0, or the exit status of what went wrong. */
static int write_file(struct pinning *pinning, struct text after)
{
	struct cli *cli = pinning->cli;
	struct err err = {0};

	if (binding_file_replace(pinning->file, str_view(&pinning->bytes), after,
				 0666 & ~cli->umask, &err)) {
		cli_say(cli, "nothing was written: %s", err.text);
		return err.code == ERR_BUSY ? EXIT_BUSY : EXIT_DATA;
	}
	conclude(pinning, PIN_WRITTEN,
		 arena_printf(&cli->arena, "pinned in %s", pinning->shown_file));
	return 0;
}

/** The file has to change: has somebody said that this is the right key? */
static int write_if_trusted(struct pinning *pinning, struct text after)
{
	const struct arguments *args = &pinning->cli->args;

	if (!args->fingerprint && !args->from && !args->accept) {
		conclude_seen(pinning);
		return 0;
	}
	return write_file(pinning, after);
}

/** Is it the key of another target? Then the conclusion is drawn. */
static bool is_shared(struct pinning *pinning)
{
	const struct known_host *line = NULL;
	const struct target *sharer = find_sharer(pinning, &line);

	if (sharer) {
		conclude(pinning, PIN_REFUSED,
			 arena_printf(&pinning->cli->arena,
				      "this key is pinned for %s (%s), and a key of two names "
				      "proves neither: an address is wrong, or the machines are "
				      "clones and one of them needs new host keys",
				      sharer->id, place_text(pinning, line)));
	}
	return sharer != NULL;
}

static int refuse_name(const struct pinning *pinning)
{
	return cli_refuse(pinning->cli,
			  "'%s' cannot stand in known_hosts; give the target an id of letters, "
			  "digits, '-', '_' and '.'",
			  pinning->target->id);
}

/** There is a key: what does that mean for the file? */
static int pin_key(struct pinning *pinning)
{
	struct cli *cli = pinning->cli;
	const struct host_pin pin = {.name = pinning->target->id,
				     .port = (uint16_t)pinning->target->port,
				     .blob = str_view(&pinning->key),
				     .comment = comment(pinning),
				     .replaces = cli->args.replace};
	const struct known_host *line = NULL;
	AUTO(auto_str) struct str after = {0};
	enum host_pin_answer answer = HOST_PIN_NO_NAME;

	if (cli->args.fingerprint && strcmp(cli->args.fingerprint, pinning->fingerprint) != 0) {
		conclude(pinning, PIN_REFUSED,
			 "the machine showed another key than the fingerprint given");
		return 0;
	}
	answer = host_pin_write(str_view(&pinning->bytes), &pinning->hosts, &pin, &after, &line);
	if ((answer == HOST_PIN_NEW || answer == HOST_PIN_OTHER) && is_shared(pinning)) {
		return 0;
	}
	switch (answer) {
	case HOST_PIN_NEW:
		return write_if_trusted(pinning, str_view(&after));
	case HOST_PIN_THERE:
		conclude(pinning, PIN_THERE,
			 arena_printf(&cli->arena, "pinned already in %s", pinning->shown_file));
		break;
	case HOST_PIN_OTHER:
		conclude_other(pinning, line);
		break;
	case HOST_PIN_PATTERN:
		conclude(pinning, PIN_REFUSED,
			 arena_printf(&cli->arena,
				      "another key is pinned by a pattern (%s), which may mean "
				      "other machines as well: correct that line by hand",
				      place_text(pinning, line)));
		break;
	case HOST_PIN_REVOKED:
		conclude(pinning, PIN_REFUSED,
			 arena_printf(&cli->arena,
				      "this key is revoked (%s) and is never pinned: give the "
				      "machine a new host key",
				      place_text(pinning, line)));
		break;
	case HOST_PIN_NO_NAME:
		return refuse_name(pinning);
	}
	return 0;
}

/** Which file, and what is in it. 0, or EXIT_DATA. */
static int read_file(struct pinning *pinning)
{
	struct cli *cli = pinning->cli;
	const char *path = cli->repo.known_hosts_file.path;
	struct err err = {0};

	if (!cli->args.file && !path) {
		return cli_refuse(cli,
				  "%s says that there is no known_hosts file; name one under "
				  "`bindings:`, or use --file FILE",
				  cli->repo.config.file);
	}
	pinning->shown_file = cli->args.file ? cli->args.file : path;
	pinning->file = cli->args.file ? cli->args.file
				       : arena_printf(&cli->arena, "%s/%s", cli->repo.root, path);
	if (binding_file_read(pinning->file, &pinning->bytes, &err)) {
		return cli_refuse(cli, "%s", err.text);
	}
	known_hosts_parse(&cli->arena, pinning->shown_file, str_view(&pinning->bytes),
			  &cli->problems, &pinning->hosts);
	if (cli->problems.list.len > 0) {
		cli_say(cli,
			"nothing is pinned while a line cannot be read: it may revoke the key");
		return cli_tell_problems(cli);
	}
	return 0;
}

static int pin(struct pinning *pinning)
{
	struct cli *cli = pinning->cli;
	int status = 0;

	pinning->target = choose_target(cli, cli->args.words.at[0]);
	if (!pinning->target) {
		return EXIT_USAGE;
	}
	if (pinning->target->row.is_broken) {
		return cli_refuse(cli, "the row of '%s' is wrong; 'gaterun lint' says why",
				  pinning->target->id);
	}
	if (!host_pin_can_name(pinning->target->id)) {
		return refuse_name(pinning);
	}
	status = read_file(pinning);
	if (status == 0) {
		status = find_key(pinning);
	}
	if (status == 0 && pinning->key.len > 0) {
		status = pin_key(pinning);
	}
	return status;
}

static enum exit_status exit_of(enum pin_state state)
{
	switch (state) {
	case PIN_WRITTEN:
	case PIN_THERE:
		return EXIT_PASS;
	case PIN_REFUSED:
		return EXIT_FAIL;
	case PIN_NOT_SEEN:
	case PIN_SEEN:
		break;
	}
	return EXIT_UNKNOWN;
}

int cmd_targets_pin(struct cli *cli)
{
	struct pinning pinning = {.cli = cli};
	int status = pin(&pinning);

	if (status == 0) {
		status = (int)exit_of(pinning.state);
		pinning.status = status;
		cli_write(cli, pin_report, &pinning);
	}
	str_release(&pinning.bytes);
	str_release(&pinning.key);
	pin_views_release(&pinning.views);
	return status;
}
