#include "cli/live_source.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "cli/selection.h"
#include "cli/tailnet_credential.h"
#include "data/json.h"
#include "net/localapi.h"

/** So long all requests to the API may take together. */
#define API_TIMEOUT_MS 30000

/** A question under way. */
struct asking {
	struct cli *cli;
	struct loop *loop;
	struct http *http;
	struct live_devices *out;
	struct err err;
	bool has_answer;
};

/* ---- a file */

/** The list of the API begins with a map of one key; everything else is a status. */
static int read_capture(struct cli *cli, struct text bytes, struct live_devices *out,
			struct err *err)
{
	AUTO(auto_problems) struct problems problems = {0};
	struct arena arena = {0};
	struct node *root = NULL;
	struct tailnet_status status = {0};
	bool is_list =
		json_load(&arena, "capture", bytes, LOOKED_INTO, &problems, NULL, &root) == 0 &&
		node_get(root, "devices");

	arena_release(&arena);
	if (is_list) {
		return tailnet_api_read_devices(&cli->arena, bytes, out, err);
	}
	return tailnet_status_parse(&cli->arena, bytes, &status, err) ||
			       live_devices_from_status(&cli->arena, &status, out, err)
		       ? -1
		       : 0;
}

static int read_file(struct cli *cli, struct live_devices *out, struct err *err)
{
	AUTO(auto_str) struct str bytes = {.max = TAILNET_API_BYTES + 1};

	if (file_read(cli->args.from, TAILNET_API_BYTES, &bytes, err)) {
		return cli_refuse(cli, "--from: %s", err->text);
	}
	if (read_capture(cli, str_view(&bytes), out, err)) {
		(void)err_wrap(err, "%s", cli->args.from);
		return EXIT_UNKNOWN;
	}
	out->source = arena_printf(&cli->arena, "the file %s", cli->args.from);
	return 0;
}

/* ---- the daemon */

static void take_status(const struct localapi_facts *facts, void *cookie)
{
	struct asking *asking = cookie;
	struct arena *arena = &asking->cli->arena;
	struct tailnet_status status = {0};

	if (facts->outcome != LOCALAPI_OK) {
		err_fill(&asking->err, ERR_PEER, "the LocalAPI of this machine: %s%s%s",
			 localapi_outcome_text(facts->outcome), *facts->said ? ": " : "",
			 facts->said);
		return;
	}
	asking->has_answer =
		tailnet_status_parse(arena, facts->body, &status, &asking->err) == 0 &&
		live_devices_from_status(arena, &status, asking->out, &asking->err) == 0;
	asking->out->source = "the LocalAPI of this machine";
}

static void ask_daemon(struct asking *asking)
{
	const char *socket = asking->cli->repo.config.tailscaled_socket;
	const struct localapi_request request = {
		.call = LOCALAPI_STATUS,
		.deadline_ms = clock_monotonic_ms() + LOCALAPI_TIMEOUT_MS,
	};
	enum localapi_outcome refused = LOCALAPI_NOT_TRIED;
	struct localapi_places places = {0};
	struct localapi *api = NULL;
	struct err ignored = {0};

	if (asking->cli->repo.config.has_no_tailscaled) {
		err_fill(&asking->err, ERR_ABSENT,
			 "gaterun.yaml says that this machine has no tailscaled; ask somebody else "
			 "with --from or --api");
		return;
	}
	/* A path that is too long was refused with gaterun.yaml. */
	if (!socket || localapi_places_of_socket(socket, &places, &ignored)) {
		localapi_places_default(&places);
	}
	api = localapi_open(asking->http, &places);
	if (localapi_start(api, &request, take_status, asking, &refused)) {
		loop_run(asking->loop);
	} else {
		err_fill(&asking->err, ERR_PEER, "the LocalAPI of this machine: %s",
			 localapi_outcome_text(refused));
	}
	localapi_free(api);
}

/* ---- the API */

static void take_list(struct live_devices *devices, const struct err *err, void *cookie)
{
	struct asking *asking = cookie;

	if (!devices) {
		asking->err = *err;
		return;
	}
	*asking->out = *devices;
	asking->has_answer = true;
}

static void ask_api(struct asking *asking, const struct tailnet_api_settings *settings)
{
	(void)tailnet_api_start(asking->http, &asking->cli->arena, settings,
				clock_monotonic_ms() + API_TIMEOUT_MS, take_list, asking);
	loop_run(asking->loop);
}

/** Ask over the network: the API, or without settings the daemon. 0, or EXIT_UNKNOWN. */
static int ask(struct cli *cli, const struct tailnet_api_settings *settings,
	       struct live_devices *out, struct err *err)
{
	struct asking asking = {.cli = cli, .out = out};

	if (loop_open(&asking.loop, err)) {
		return EXIT_UNKNOWN;
	}
	asking.http = http_open(asking.loop);
	if (settings) {
		ask_api(&asking, settings);
	} else {
		ask_daemon(&asking);
	}
	http_free(asking.http);
	loop_free(asking.loop);
	if (asking.has_answer) {
		return 0;
	}
	if (asking.err.code == ERR_NONE) {
		err_fill(&asking.err, ERR_PEER, "there was no answer");
	}
	*err = asking.err;
	return EXIT_UNKNOWN;
}

/** A server on this machine is no further away than its daemon. */
static enum mode wanted_mode(const struct tailnet_api_settings *settings)
{
	return tailnet_api_is_here(settings) ? MODE_PASSIVE : MODE_ACTIVE;
}

static int refuse_mode(enum mode mode, enum mode wanted, const char *context, struct err *err)
{
	err_fill(
		err, ERR_INPUT,
		"%s needs %s mode, and this is %s (context '%s'); what a context grants is said in "
		"the probe policy",
		wanted == MODE_ACTIVE ? "the API of the control plane"
				      : "the LocalAPI of this machine",
		mode_word(wanted), mode_word(mode), context);
	return EXIT_UNKNOWN;
}

static int read_api(struct cli *cli, enum mode mode, const char *context, struct live_devices *out,
		    struct err *err)
{
	struct tailnet_api_settings settings = {0};
	struct str secret = {0};
	int status = tailnet_credential(cli, &secret, &settings);

	if (status == 0 && mode < wanted_mode(&settings)) {
		status = refuse_mode(mode, wanted_mode(&settings), context, err);
	} else if (status == 0) {
		status = ask(cli, &settings, out, err);
	}
	secret_wipe(&secret);
	return status;
}

int live_source_read(struct cli *cli, struct live_devices *out, struct err *err)
{
	const char *context = NULL;
	enum mode mode = MODE_STATIC;
	int status = choose_mode(cli, &context, &mode);

	if (status) {
		return status;
	}
	if (cli->args.from) {
		return read_file(cli, out, err);
	}
	if (cli->args.api) {
		return read_api(cli, mode, context, out, err);
	}
	if (mode < MODE_PASSIVE) {
		return refuse_mode(mode, MODE_PASSIVE, context, err);
	}
	return ask(cli, NULL, out, err);
}
