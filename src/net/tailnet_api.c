#include "net/tailnet_api.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

/** What stands before every path. */
#define API_PATH "/api/v2"

/** Ceiling of a token's answer and of a message. */
#define ANSWER_BYTES ((size_t)64 * 1024)

struct tailnet_api {
	struct http *http;
	struct http_call *call;
	struct arena *arena;
	const struct tailnet_api_settings *settings;
	int64_t deadline_ms;
	void (*ended)(struct live_devices *devices, const struct err *err, void *cookie);
	void *cookie;
	struct str header; /**< "Authorization: Bearer …" */
};

const char *tailnet_api_check_url(const char *url)
{
	struct url parts = {0};
	const char *why = url_parse(text_of(url), &parts);

	if (why) {
		return why;
	}
	if (parts.path.len > 0 && !text_is(parts.path, "/")) {
		return "it has a path; scheme, host and port are enough";
	}
	if (!parts.is_tls &&
	    (!parts.has_address || address_classify(&parts.address) != ADDRESS_LOOPBACK)) {
		return "a credential goes over https only, or to a loopback address";
	}
	return NULL;
}

bool tailnet_api_is_here(const struct tailnet_api_settings *settings)
{
	struct url url = {0};

	return settings->url && !url_parse(text_of(settings->url), &url) && url.has_address &&
	       address_classify(&url.address) == ADDRESS_LOOPBACK;
}

/** Forget a secret. */
static void wipe(struct str *str)
{
	if (str->at) {
		explicit_bzero(str->at, str->cap);
	}
	str_release(str);
}

static void finish(struct tailnet_api *api, struct live_devices *devices, const struct err *err)
{
	void (*ended)(struct live_devices *, const struct err *, void *) = api->ended;
	void *cookie = api->cookie;

	wipe(&api->header);
	free(api);
	ended(devices, err, cookie);
}

/** A part of a path or of a form: what has a meaning there becomes %NN (RFC 3986, section 2.3). */
static void add_encoded(const char *text, struct str *out)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

	for (const char *at = text; *at; at++) {
		if (strchr(plain, *at)) {
			str_add_char(out, *at);
		} else {
			str_printf(out, "%%%02X", (unsigned)(unsigned char)*at);
		}
	}
}

static void add_url(const struct tailnet_api *api, struct str *out)
{
	const char *url = api->settings->url ? api->settings->url : TAILNET_API_URL;
	size_t len = strlen(url);

	str_add_bytes(out, url, len > 0 && url[len - 1] == '/' ? len - 1 : len);
	str_add(out, API_PATH);
}

/** What an answer's status means. */
static const char *status_words(int status)
{
	switch (status) {
	case 400:
		return "the request is not understood";
	case 401:
		return "the credential is not accepted: it may have expired or been revoked";
	case 403:
		return "the credential may not do this; reading devices needs the scope "
		       "devices:core:read";
	case 404:
		return "there is no such tailnet, or no such API";
	case 429:
		return "it was asked too often";
	default:
		return status >= 500 ? "the server has a problem of its own"
				     : "an answer that was not expected";
	}
}

/** Is it the answer that was hoped for? Else `err` says why not, with the server's own words unless
 * they repeat a secret. */
static int judge(const struct tailnet_api *api, const struct http_facts *facts, const char *what,
		 struct err *err)
{
	AUTO(auto_str) struct str said = {0};

	if (facts->outcome != HTTP_OK) {
		return err_set(err, facts->outcome == HTTP_TIMEOUT ? ERR_TIMEOUT : ERR_PEER,
			       "%s: %s%s%s", what, http_outcome_text(facts->outcome),
			       *facts->error ? ": " : "", facts->error);
	}
	if (facts->status == 200) {
		return 0;
	}
	tailnet_api_read_message(facts->body, &said);
	if (strstr(str_text(&said), api->settings->secret)) {
		str_clear(&said);
	}
	return err_set(err, ERR_PEER, "%s: HTTP %d, %s%s%s%s", what, facts->status,
		       status_words(facts->status), said.len > 0 ? " (the server says: " : "",
		       str_text(&said), said.len > 0 ? ")" : "");
}

static void got_devices(const struct http_facts *facts, void *cookie)
{
	struct tailnet_api *api = cookie;
	struct live_devices devices = {0};
	struct err err = {0};

	api->call = NULL;
	if (judge(api, facts, "the API's list of devices", &err) ||
	    tailnet_api_read_devices(api->arena, facts->body, &devices, &err)) {
		finish(api, NULL, &err);
		return;
	}
	/* The API calls its tailnets by the names that one asks for. */
	devices.tailnet =
		api->settings->tailnet ? arena_text(api->arena, api->settings->tailnet) : NULL;
	finish(api, &devices, NULL);
}

static void ask_devices(struct tailnet_api *api, const char *token)
{
	const char *tailnet = api->settings->tailnet ? api->settings->tailnet : "-";
	AUTO(auto_str) struct str url = {0};
	const char *headers[] = {NULL, "Accept: application/json", NULL};
	struct http_request request = {
		.method = HTTP_GET,
		.headers = headers,
		.deadline_ms = api->deadline_ms,
		.body_max = TAILNET_API_BYTES,
	};

	add_url(api, &url);
	str_add(&url, "/tailnet/");
	add_encoded(tailnet, &url);
	str_add(&url, "/devices?fields=all");
	str_printf(&api->header, "Authorization: Bearer %s", token);
	headers[0] = str_text(&api->header);
	request.url = str_text(&url);
	api->call = http_start(api->http, &request, got_devices, api);
}

static void got_token(const struct http_facts *facts, void *cookie)
{
	struct tailnet_api *api = cookie;
	struct arena arena = {0};
	const char *token = NULL;
	struct err err = {0};

	api->call = NULL;
	if (judge(api, facts, "the API's token for the OAuth client", &err) ||
	    tailnet_api_read_token(&arena, facts->body, &token, &err)) {
		arena_release(&arena);
		finish(api, NULL, &err);
		return;
	}
	ask_devices(api, token);
	arena_release(&arena);
}

static void ask_token(struct tailnet_api *api)
{
	AUTO(auto_str) struct str url = {0};
	struct str form = {0};
	struct http_request request = {
		.method = HTTP_POST,
		.deadline_ms = api->deadline_ms,
		.body_max = ANSWER_BYTES,
	};

	add_url(api, &url);
	str_add(&url, "/oauth/token");
	str_add(&form, "grant_type=client_credentials&client_id=");
	add_encoded(api->settings->client_id, &form);
	str_add(&form, "&client_secret=");
	add_encoded(api->settings->secret, &form);
	request.url = str_text(&url);
	request.form = str_view(&form);
	api->call = http_start(api->http, &request, got_token, api);
	wipe(&form);
}

struct tailnet_api *tailnet_api_start(struct http *http, struct arena *arena,
				      const struct tailnet_api_settings *settings,
				      int64_t deadline_ms,
				      void (*ended)(struct live_devices *devices,
						    const struct err *err, void *cookie),
				      void *cookie)
{
	struct tailnet_api *api = mem_alloc(sizeof(*api));

	*api = (struct tailnet_api){.http = http,
				    .arena = arena,
				    .settings = settings,
				    .deadline_ms = deadline_ms,
				    .ended = ended,
				    .cookie = cookie};
	if (settings->client_id) {
		ask_token(api);
	} else {
		ask_devices(api, settings->secret);
	}
	return api;
}

void tailnet_api_cancel(struct tailnet_api *api)
{
	if (!api) {
		return;
	}
	if (api->call) {
		http_cancel(api->call);
	}
	wipe(&api->header);
	free(api);
}
