/*
 * http_probe: each endpoint of services.health answers as its row expects, over the way by which
 * its machine is reached.
 *
 * The name in the URL, or in `tls` of the row, is asked for at the machine's address, so no name is
 * resolved on the way to a service. What an answer means is http_judge.c's.
 */
#include "check/reach/http_probe.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "check/reach/endpoints.h"
#include "check/reach/reach_connect.h"
#include "check/reach/unconnected.h"

/** Longest chain of redirects that a gate may ask for. */
#define FOLLOW_MAX 10

/** Settings. */
struct http_gate {
	struct texts endpoints;
	int64_t follow;
	bool verify_tls;
	const char *vantage;
	const char *body;
	int64_t timeout_ms;
	struct pattern *pattern; /**< of `body` */
};

static const struct field fields[] = {
	{"endpoints", FIELD_TEXTS, offsetof(struct http_gate, endpoints),
	 .doc = "ids of endpoints; without it, all that are enabled"},
	{"follow", FIELD_INT, offsetof(struct http_gate, follow), .fallback = "0",
	 .max = FOLLOW_MAX,
	 .doc = "redirects that are followed, to the same host only; `expect` is about the last "
		"answer"},
	{"verify_tls", FIELD_BOOL, offsetof(struct http_gate, verify_tls), .fallback = "true",
	 .doc = "judge certificates by the authorities of this machine; false: any will do"},
	{"vantage", FIELD_TEXT, offsetof(struct http_gate, vantage),
	 .doc = "a target from which everything is asked, over a session to it; without it, from "
		"here"},
	{"body", FIELD_TEXT, offsetof(struct http_gate, body),
	 .doc = "a regular expression (PCRE2) that must match in the first 256 KiB of the body; ^ "
		"and $ are of each line"},
	{"timeout", FIELD_DURATION, offsetof(struct http_gate, timeout_ms), .fallback = "10s",
	 .min = 1, .max = 600000, .doc = "how long one answer may take, once it is connected"},
	{0},
};

static void check_settings(struct decode *decode, const struct gate *gate, void *settings)
{
	struct http_gate *self = settings;

	if (self->body) {
		self->pattern =
			pattern_decode(decode, node_get(gate->with, "body"), PATTERN_SEARCH);
	}
}

static void release_settings(void *settings)
{
	pattern_free(((struct http_gate *)settings)->pattern);
}

/* ---- one endpoint */

struct probe {
	struct check *check;
	const struct endpoint *endpoint;
	const struct target *target;
	const char *url_text; /**< what is asked for now: the endpoint's, or a redirect's */
	struct url url;
	int64_t followed;
	struct connector *connector; /**< NULL unless under way */
	struct http_call *call;      /**< NULL unless under way */
	struct connect_facts connected;
	bool is_done;
	enum verdict verdict; /**< valid when it was connected */
	struct http_opinion why;
};

struct state {
	struct probe *probes;
	size_t count;
	size_t left;
	struct matcher *matcher;
	const struct target *vantage; /**< NULL: none */
};

static void connect_probe(struct probe *probe);

static void finish(struct probe *probe)
{
	struct state *state = probe->check->state;

	probe->is_done = true;
	state->left--;
	if (state->left == 0) {
		task_wake(&probe->check->task);
	}
}

/** Ask where the answer points to, if that is wanted and allowed. */
static bool follow(struct probe *probe, const struct http_facts *facts)
{
	const struct http_gate *self = probe->check->settings;
	struct url next = {0};

	if (facts->outcome != HTTP_OK || probe->followed >= self->follow ||
	    !http_may_follow(&probe->url, facts, &next)) {
		return false;
	}
	probe->followed++;
	probe->url_text = check_text(probe->check, "%s", facts->redirect);
	(void)url_parse(text_of(probe->url_text), &probe->url);
	connect_probe(probe);
	return true;
}

static void on_answered(const struct http_facts *facts, void *cookie)
{
	struct probe *probe = cookie;
	const struct http_gate *self = probe->check->settings;
	const struct state *state = probe->check->state;
	const struct http_wanted wanted = {&probe->endpoint->expect, self->pattern};

	probe->call = NULL;
	if (!follow(probe, facts)) {
		if (facts->body.len > 0) {
			check_heard(probe->check, probe->endpoint->row.subject, "body", facts->body,
				    facts->body.len + facts->is_cut);
		}
		probe->verdict = judge_http(&wanted, facts, state->matcher, &probe->why);
		finish(probe);
	}
}

static void on_connected(const struct connect_facts *facts, struct stream *stream, void *cookie)
{
	struct probe *probe = cookie;
	const struct http_gate *self = probe->check->settings;

	probe->connector = NULL;
	probe->connected = *facts;
	if (!stream) {
		finish(probe);
		return;
	}
	probe->call = http_start(probe->check->context->http,
				 &(struct http_request){
					 .url = probe->url_text,
					 .through = stream,
					 .is_unverified = !self->verify_tls,
					 .timeout_ms = self->timeout_ms,
					 .deadline_ms = probe->check->deadline_ms,
					 .body_max = self->pattern ? HTTP_PROBE_BODY_BYTES : 0,
					 .wants_beginning = true,
				 },
				 on_answered, probe);
}

static void connect_probe(struct probe *probe)
{
	const struct state *state = probe->check->state;
	const struct connect_spec spec = {
		.target = probe->target,
		.port = probe->url.port,
		.via = state->vantage,
		.deadline_ms = probe->check->deadline_ms,
	};

	probe->connector = connect_start(probe->check->context->reach, &spec, on_connected, probe);
}

/**
 * An https: URL with an address is asked for the TLS name that its row says, as clients do: no
 * certificate would hold the address, and no server know the site by it. The name of a node of its
 * own is another server's.
 */
static void ask_by_name(struct probe *probe)
{
	const struct endpoint_tls *tls = &probe->endpoint->tls;
	const struct url *url = &probe->endpoint->url;
	struct url named = {0};
	const char *text = NULL;

	if (!url->is_tls || !url->has_address || !tls->name || tls->node) {
		return;
	}
	text = check_text(probe->check, "https://%s:%u%.*s", tls->name, (unsigned)url->port,
			  (int)url->path.len, url->path.at);
	if (!url_parse(text_of(text), &named)) {
		probe->url_text = text;
		probe->url = named;
	}
}

/* ---- all of them */

static void begin(struct check *check)
{
	const struct http_gate *self = check->settings;
	size_t most = endpoints_most(check, &self->endpoints);
	struct endpoint_place *places = mem_alloc((most + 1) * sizeof(*places));
	struct state *state = mem_alloc(sizeof(*state));

	check->state = state;
	state->matcher = matcher_new();
	state->probes = mem_alloc((most + 1) * sizeof(*state->probes));
	if (vantage_take(check, self->vantage, &state->vantage)) {
		state->count = endpoints_choose(check, &self->endpoints, places);
	}
	state->left = state->count;
	for (size_t i = 0; i < state->count; i++) {
		state->probes[i] = (struct probe){
			.check = check,
			.endpoint = places[i].endpoint,
			.target = places[i].target,
			.url_text = places[i].endpoint->url_text,
			.url = places[i].endpoint->url,
		};
		ask_by_name(&state->probes[i]);
		connect_probe(&state->probes[i]);
	}
	free(places);
}

static bool is_ready(const struct check *check)
{
	return ((const struct state *)check->state)->left == 0;
}

static void report_answer(struct check *check, const struct probe *probe)
{
	const struct node *row = probe->endpoint->row.node;
	AUTO(auto_str) struct str url = {0};
	struct finding *finding = NULL;

	check->result->checked += probe->verdict == VERDICT_PASS || probe->verdict == VERDICT_FAIL;
	if (probe->verdict == VERDICT_PASS) {
		return;
	}
	http_show_url(probe->url_text, &url);
	finding = check_add(check, probe->verdict, probe->why.reason, probe->endpoint->row.subject,
			    node_place(row, "url"), "%s at %s: %s", str_text(&url),
			    probe->connected.text, probe->why.message);
	finding->path = probe->connected.path;
	finding->hint = probe->why.hint;
	finding->detail = check_text(check, "%s", probe->why.detail);
	if (probe->why.reason == REASON_HTTP_STATUS) {
		finding_relate(finding, node_place(row, "expect"));
	}
	if (probe->why.reason == REASON_HTTP_LIBRARY) {
		finding->caused_by =
			check_text(check, "run:libcurl %s", reason_code(REASON_HTTP_LIBRARY));
	}
}

static void report(struct check *check, const struct probe *probe)
{
	struct finding *finding = NULL;

	if (probe->connected.outcome == CONNECT_OPEN) {
		report_answer(check, probe);
		return;
	}
	finding = report_unconnected(check, probe->target, probe->endpoint->row.subject,
				     probe->url.port, &probe->connected);
	check->result->checked += finding->verdict == VERDICT_FAIL;
}

static void report_expired(struct check *check, const struct probe *probe)
{
	if (probe->connector) {
		connect_cancel(probe->connector);
	}
	if (probe->call) {
		http_cancel(probe->call);
	}
	(void)check_add(check, VERDICT_UNKNOWN, check->expired, probe->endpoint->row.subject,
			node_place(probe->endpoint->row.node, "url"),
			"no result before the deadline");
}

static void judge(struct check *check)
{
	struct state *state = check->state;

	for (size_t i = 0; i < state->count; i++) {
		if (state->probes[i].is_done) {
			report(check, &state->probes[i]);
		} else {
			report_expired(check, &state->probes[i]);
		}
	}
	vantage_leave(check, state->vantage);
	matcher_free(state->matcher);
	free(state->probes);
	free(state);
	check->state = NULL;
}

const struct kind kind_http_probe = {
	.name = "http_probe",
	.doc = "Asks each enabled endpoint of services.health by HTTP, at the address over which its "
	       "target is reached and with the name in its URL or `tls`, or from a vantage point. Passes when the "
	       "status is one that `expect` of the row names (without it, 200 to 299), and the body "
	       "matches where the gate says so",
	.fields = fields,
	.settings_size = sizeof(struct http_gate),
	.mode = MODE_PASSIVE,
	.needs = NEEDS_TARGETS | NEEDS_ENDPOINTS,
	.is_per_target = true,
	.connects = true,
	.check_settings = check_settings,
	.release_settings = release_settings,
	.begin = begin,
	.is_ready = is_ready,
	.judge = judge,
};
