#include "net/localapi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/vec.h"
#include "net/localapi_tunnel.h"
#include "net/tailnet_status.h"

/** The one name that a daemon takes in Host, beside that of loopback with a token. */
#define LOCALAPI_HOST "local-tailscaled.sock"

#define SMALL_BYTES ((size_t)1024 * 1024)

/* What may be asked. Rows of the reference that are not here cannot be. */
static const struct localapi_row calls[LOCALAPI_CALLS] = {
	[LOCALAPI_STATUS] = {"status", "state and peers", .body_max = TAILNET_STATUS_BYTES},
	[LOCALAPI_STATUS_SELF] = {"status?peers=false", "state", .body_max = SMALL_BYTES},
	[LOCALAPI_PREFS] = {"prefs", "preferences", .body_max = SMALL_BYTES},
	[LOCALAPI_SERVE_CONFIG] = {"serve-config", "what it serves", .body_max = SMALL_BYTES},
	[LOCALAPI_CERT_DOMAINS] = {"cert-domains", "names that it may have certificates for",
				   .body_max = SMALL_BYTES},
	[LOCALAPI_DNS_CONFIG] = {"dns-config", "names of the tailnet", .body_max = SMALL_BYTES},
	[LOCALAPI_DERP_MAP] = {"derpmap", "relays", .body_max = SMALL_BYTES},
	[LOCALAPI_WHOIS] = {"whois?", "whose address it is",
			    .argument = "addr=", .body_max = SMALL_BYTES},
	[LOCALAPI_PEER_BY_ID] = {"peer-by-id?", "a peer",
				 .argument = "id=", .body_max = SMALL_BYTES},
	[LOCALAPI_USER_PROFILE] = {"user-profile?", "a user",
				   .argument = "id=", .body_max = SMALL_BYTES},
	[LOCALAPI_CHECK_IP_FORWARDING] = {"check-ip-forwarding", "whether it forwards",
					  .body_max = SMALL_BYTES},
	[LOCALAPI_CHECK_UDP_GRO_FORWARDING] = {"check-udp-gro-forwarding", "how it forwards",
					       .body_max = SMALL_BYTES},
	[LOCALAPI_CHECK_SO_MARK_IN_USE] = {"check-so-mark-in-use", "how it marks packets",
					   .body_max = SMALL_BYTES},
	[LOCALAPI_USER_METRICS] = {"usermetrics", "its counters", .body_max = SMALL_BYTES},
	[LOCALAPI_UPDATE_CHECK] = {"update/check", "newer versions that it knows of",
				   .body_max = SMALL_BYTES},
	[LOCALAPI_CERT] = {"cert/", "a certificate", .argument = "", .rest = "?type=cert",
			   .is_active = true, .body_max = SMALL_BYTES},
	[LOCALAPI_DNS_QUERY] = {"dns-query?", "what a name resolves to",
				.argument = "name=", .is_active = true, .body_max = SMALL_BYTES},
};

const struct localapi_row *localapi_row(enum localapi_call call)
{
	return &calls[call];
}

/** A call under way. */
struct localapi_ask {
	struct localapi *api;
	struct localapi_request request; /**< `argument` is not kept: it is in `path` */
	struct str path;                 /**< "/localapi/v0/status" */
	size_t place;                    /**< which one is being asked */
	struct http_call *call;          /**< NULL: none is under way */
	struct localapi_tunnel *tunnel;  /**< to the place, before `call`; NULL: none is made */
	void (*ended)(const struct localapi_facts *facts, void *cookie);
	void *cookie;
};

struct localapi {
	struct http *http;
	struct localapi_remote remote; /**< without a session: it is this machine */
	struct localapi_places places;
	size_t good; /**< the first place that is not known to be absent */
	struct VEC(struct localapi_ask *) asks;
};

struct localapi *localapi_open(struct http *http, const struct localapi_places *places)
{
	struct localapi *api = mem_alloc(sizeof(*api));

	api->http = http;
	api->places = *places;
	return api;
}

struct localapi *localapi_open_remote(struct http *http, const struct localapi_remote *remote,
				      const struct localapi_places *places)
{
	struct localapi *api = localapi_open(http, places);

	api->remote = *remote;
	return api;
}

/** Forget a call. */
static void drop(struct localapi_ask *ask)
{
	struct localapi *api = ask->api;

	for (size_t i = 0; i < api->asks.len; i++) {
		if (api->asks.at[i] == ask) {
			api->asks.at[i] = api->asks.at[--api->asks.len];
			break;
		}
	}
	if (ask->call) {
		http_cancel(ask->call);
	}
	if (ask->tunnel) {
		localapi_tunnel_cancel(ask->tunnel);
	}
	str_release(&ask->path);
	free(ask);
}

void localapi_cancel(struct localapi_ask *ask)
{
	drop(ask);
}

void localapi_free(struct localapi *api)
{
	if (!api) {
		return;
	}
	while (api->asks.len > 0) {
		drop(api->asks.at[0]);
	}
	VEC_RELEASE(&api->asks);
	free(api);
}

/** Does the body of a refusal start so, in JSON or as it is? */
static bool says(struct text body, const char *words)
{
	return body.len > 0 && memmem(body.at, body.len, words, strlen(words)) != NULL;
}

/** What a status other than 200 means. */
static enum localapi_outcome judge_status(int status, struct text body)
{
	switch (status) {
	case 401:
		return says(body, "already in use") ? LOCALAPI_IN_USE : LOCALAPI_NEEDS_AUTH;
	case 403:
		if (says(body, "invalid localapi request")) {
			return LOCALAPI_FORBIDDEN;
		}
		if (says(body, "bad password")) {
			return LOCALAPI_NEEDS_AUTH;
		}
		return says(body, "cert access denied") ? LOCALAPI_CERT_DENIED : LOCALAPI_DENIED;
	case 404:
		return says(body, "no match for") ? LOCALAPI_FAILED : LOCALAPI_UNSUPPORTED;
	case 503:
		return says(body, "no netmap") ? LOCALAPI_NOT_READY : LOCALAPI_FAILED;
	default:
		return LOCALAPI_FAILED;
	}
}

enum localapi_outcome localapi_judge(const struct http_facts *facts)
{
	switch (facts->outcome) {
	case HTTP_OK:
		return facts->status == 200 ? LOCALAPI_OK
					    : judge_status(facts->status, facts->body);
	case HTTP_NOT_TRIED:
		return LOCALAPI_NOT_TRIED;
	case HTTP_ABSENT:
	case HTTP_REFUSED:
		return LOCALAPI_ABSENT;
	case HTTP_DENIED:
		return LOCALAPI_NO_ACCESS;
	case HTTP_TIMEOUT:
		return LOCALAPI_TIMEOUT;
	case HTTP_TOO_LARGE:
		return LOCALAPI_TOO_LARGE;
	case HTTP_CLOSED:
	case HTTP_MALFORMED:
		return LOCALAPI_MALFORMED;
	case HTTP_NO_LIBRARY:
	case HTTP_NO_NAME:
	case HTTP_NO_ROUTE:
	case HTTP_TLS:
	case HTTP_BROKEN:
		break;
	}
	return LOCALAPI_BROKEN;
}

const char *localapi_outcome_text(enum localapi_outcome outcome)
{
	static const char *const texts[] = {
		[LOCALAPI_NOT_TRIED] = "it was not asked in time",
		[LOCALAPI_OK] = "it answers",
		[LOCALAPI_ABSENT] = "nobody listens there",
		[LOCALAPI_NO_ACCESS] = "this user may not ask there",
		[LOCALAPI_FORBIDDEN] = "it takes the request for one of a browser",
		[LOCALAPI_NEEDS_AUTH] = "it does not take the token",
		[LOCALAPI_CERT_DENIED] = "this user may not have its certificates",
		[LOCALAPI_IN_USE] = "another user of this machine holds it",
		[LOCALAPI_DENIED] = "it denies this user the answer",
		[LOCALAPI_UNSUPPORTED] = "it does not know the question",
		[LOCALAPI_NOT_READY] = "it has no network map yet",
		[LOCALAPI_FAILED] = "it answers with an error",
		[LOCALAPI_TIMEOUT] = "it does not answer in time",
		[LOCALAPI_TOO_LARGE] = "its answer is larger than is read",
		[LOCALAPI_MALFORMED] = "what answers there is no tailscaled",
		[LOCALAPI_NOT_ACTIVE] = "the question needs active mode",
		[LOCALAPI_ARGUMENT] = "the question cannot be asked",
		[LOCALAPI_UNREACHED] = "that machine does not connect to it for us",
		[LOCALAPI_PROHIBITED] = "that machine connects to no socket for us",
		[LOCALAPI_LOST] = "the connection to that machine was lost",
		[LOCALAPI_BROKEN] = "it cannot be asked",
	};

	return texts[outcome];
}

static void ask_place(struct localapi_ask *ask);

/** Nobody listens at this place: is there another? */
static bool ask_next(struct localapi_ask *ask)
{
	struct localapi *api = ask->api;

	if (ask->place + 1 >= api->places.len) {
		return false;
	}
	ask->place++;
	api->good = api->good < ask->place ? ask->place : api->good;
	ask_place(ask);
	return true;
}

/** The text of a refusal on one line, printable and short. */
static void add_said(struct str *said, const struct http_facts *facts,
		     enum localapi_outcome outcome)
{
	struct text text = text_trim(facts->body);

	said->max = LOCALAPI_SAID_BYTES;
	if (outcome == LOCALAPI_OK) {
		return;
	}
	if (facts->outcome != HTTP_OK) {
		text = text_of(facts->error ? facts->error : "");
	}
	text.len = text.len < LOCALAPI_SAID_BYTES ? text.len : LOCALAPI_SAID_BYTES;
	str_add_printable(said, text);
}

static void finish(struct localapi_ask *ask, struct localapi_facts *facts)
{
	facts->place = &ask->api->places.at[ask->place];
	ask->ended(facts, ask->cookie);
	drop(ask);
}

static void on_answer(const struct http_facts *http, void *cookie)
{
	struct localapi_ask *ask = cookie;
	struct text version = http_header(http, "Tailscale-Version");
	AUTO(auto_str) struct str said = {0};
	AUTO(auto_str) struct str version_text = {.max = 64};
	struct localapi_facts facts = {.outcome = localapi_judge(http), .status = http->status};

	ask->call = NULL;
	if (facts.outcome == LOCALAPI_ABSENT && ask_next(ask)) {
		return;
	}
	add_said(&said, http, facts.outcome);
	str_add_printable(&version_text, version);
	if (facts.outcome == LOCALAPI_OK) {
		facts.body = http->body;
	}
	facts.said = str_text(&said);
	facts.version = version.at ? str_text(&version_text) : NULL;
	facts.took_ms = http->total_ms;
	finish(ask, &facts);
}

/** How long the call may take. */
static int64_t timeout_of(const struct localapi_request *request)
{
	if (request->timeout_ms > 0) {
		return request->timeout_ms;
	}
	return request->call == LOCALAPI_CERT ? LOCALAPI_CERT_TIMEOUT_MS : LOCALAPI_TIMEOUT_MS;
}

/** Ask at a place; over a stream to it, which is closed in any case, or by its own way. */
static void ask_over(struct localapi_ask *ask, struct stream *stream)
{
	const struct localapi_place *place = &ask->api->places.at[ask->place];
	AUTO(auto_str) struct str url = {0};
	struct http_request request = {
		.through = stream,
		.timeout_ms = timeout_of(&ask->request),
		.deadline_ms = ask->request.deadline_ms,
		.body_max = calls[ask->request.call].body_max,
	};

	if (place->port > 0) {
		str_printf(&url, "http://127.0.0.1:%d%s", place->port, str_text(&ask->path));
		request.user = "";
		request.password = place->token;
	} else {
		str_printf(&url, "http://" LOCALAPI_HOST "%s", str_text(&ask->path));
		request.unix_socket = stream ? NULL : place->socket;
	}
	request.url = str_text(&url);
	ask->call = http_start(ask->api->http, &request, on_answer, ask);
}

/** The other machine connects to the place, or not. */
static void on_tunnel(const struct localapi_opening *opening, void *cookie)
{
	struct localapi_ask *ask = cookie;
	struct localapi_facts facts = {
		.outcome = opening->outcome, .said = opening->said, .took_ms = opening->took_ms};

	ask->tunnel = NULL;
	if (opening->stream) {
		ask_over(ask, opening->stream);
		return;
	}
	if (facts.outcome == LOCALAPI_UNREACHED) {
		if (ask_next(ask)) {
			return;
		}
		ask->place = 0;
	}
	finish(ask, &facts);
}

/** Ask at the place that is next. */
static void ask_place(struct localapi_ask *ask)
{
	struct localapi *api = ask->api;

	if (api->remote.session) {
		ask->tunnel = localapi_tunnel_start(&api->remote, api->places.at[ask->place].socket,
						    timeout_of(&ask->request),
						    ask->request.deadline_ms, on_tunnel, ask);
	} else {
		ask_over(ask, NULL);
	}
}

/** May it stand in a URL as it is, and mean nothing there? */
static bool is_plain(const char *argument)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789.-_:[]";
	size_t len = strlen(argument);

	return len > 0 && len <= 253 && strspn(argument, allowed) == len && !strstr(argument, "..");
}

/** Can the call be made with that argument? */
static enum localapi_outcome check(const struct localapi_request *request)
{
	const struct localapi_row *row = &calls[request->call];

	if (row->is_active && !request->is_active) {
		return LOCALAPI_NOT_ACTIVE;
	}
	if (!row->argument) {
		return request->argument ? LOCALAPI_ARGUMENT : LOCALAPI_OK;
	}
	if (!request->argument || !is_plain(request->argument)) {
		return LOCALAPI_ARGUMENT;
	}
	if (row->is_active && !name_is_valid(text_of(request->argument))) {
		return LOCALAPI_ARGUMENT;
	}
	return LOCALAPI_OK;
}

struct localapi_ask *localapi_start(struct localapi *api, const struct localapi_request *request,
				    void (*ended)(const struct localapi_facts *facts, void *cookie),
				    void *cookie, enum localapi_outcome *refused)
{
	const struct localapi_row *row = &calls[request->call];
	struct localapi_ask *ask = NULL;
	enum localapi_outcome checked = check(request);

	if (checked != LOCALAPI_OK) {
		*refused = checked;
		return NULL;
	}
	ask = mem_alloc(sizeof(*ask));
	ask->api = api;
	ask->request = *request;
	ask->request.argument = NULL;
	ask->place = api->good;
	ask->ended = ended;
	ask->cookie = cookie;
	str_printf(&ask->path, "/localapi/v0/%s%s%s%s", row->path,
		   row->argument ? row->argument : "", row->argument ? request->argument : "",
		   row->rest ? row->rest : "");
	*VEC_ADD(&api->asks) = ask;
	ask_place(ask);
	return ask;
}
