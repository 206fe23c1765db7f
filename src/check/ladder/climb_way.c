/* The way to the name itself: address, port, handshake, and HTTP through it. */
#include "check/ladder/climb_private.h"

/** serve gives an order 120 s (before 1.102: 60 s), then says so by an alert. */
#define TLS_MS 125000

static struct connect_spec front_way(const struct climb *climb)
{
	return (struct connect_spec){
		.target = climb->host ? NULL : climb->spec.target,
		.host = climb->host,
		.port = climb->spec.port,
		.connect_ms = CLIMB_CONNECT_MS,
		.deadline_ms = climb->spec.deadline_ms,
	};
}

/** HTTP is asked where there is TLS to ask through, or none is promised. */
static void ask_front(struct climb *climb)
{
	struct connect_spec way = front_way(climb);

	climb->is_way_over = true;
	if (!climb->spec.has_http) {
		return;
	}
	if (climb->spec.has_tls && !has_shown(&climb->evidence)) {
		question_skip(&climb->evidence.http.question, "there is no TLS to ask through");
		return;
	}
	climb->front.url = arena_printf(climb->context->arena, "%s://%s:%u/",
					climb->spec.has_tls ? "https" : "http", climb->spec.name,
					(unsigned)climb->spec.port);
	climb_ask_http(&climb->front, &way);
}

static void on_tls(const struct tls_facts *facts, void *cookie)
{
	struct climb *climb = cookie;
	struct tls_evidence *tls = &climb->evidence.tls;

	climb->probe = NULL;
	tls->facts = *facts;
	tls->now_utc_ms = clock_utc_ms();
	question_settle(&tls->question, since(climb->tls_ms));
	if (facts->outcome == TLS_TIMEOUT || facts->outcome == TLS_NOT_TRIED) {
		tls->question.asked = NO_ANSWER;
	}
	ask_front(climb);
	climb_wake(climb);
}

static void ask_tls(struct climb *climb, struct stream *stream)
{
	bool is_name = climb->evidence.has_sni;
	int64_t until_ms = clock_monotonic_ms() + TLS_MS;
	struct tls_spec spec = {
		.stream = stream,
		.sni = is_name ? climb->spec.name : NULL,
		.name = climb->spec.name,
		.roots = climb->spec.roots,
		.deadline_ms =
			until_ms < climb->spec.deadline_ms ? until_ms : climb->spec.deadline_ms,
	};

	question_expect(&climb->evidence.tls.question);
	climb->tls_ms = clock_monotonic_ms();
	climb->probe =
		tls_probe_start(climb->context->loop, climb->context->tls, &spec, on_tls, climb);
}

static void on_port(const struct connect_facts *facts, struct stream *stream, void *cookie)
{
	struct climb *climb = cookie;
	struct cert_evidence *evidence = &climb->evidence;
	struct port_evidence *port = &evidence->port_open;

	climb->connector = NULL;
	question_settle(&port->question, since(climb->port_ms));
	port->outcome = knock_of(facts->outcome);
	port->way = facts->text;
	port->trouble = facts->why        ? facts->why
			: *facts->trouble ? climb_keep(climb, facts->trouble)
					  : NULL;
	if (!evidence->address.text) {
		evidence->address.text = facts->text;
		evidence->address.source = "its target's row";
		question_settle(&evidence->address.question, 0);
	}
	if (facts->outcome == CONNECT_BARRED || facts->outcome == CONNECT_HOST_BARRED) {
		question_bar(&port->question, facts->reason, facts->why);
		question_bar(&evidence->tls.question, facts->reason, facts->why);
	}
	if (facts->outcome == CONNECT_OPEN && climb->spec.has_tls) {
		ask_tls(climb, stream);
		return;
	}
	stream_close(stream);
	if (facts->outcome == CONNECT_OPEN) {
		ask_front(climb);
	} else {
		question_skip(&evidence->http.question, "the port does not accept connections");
		if (!evidence->tls.question.why_not && climb->spec.has_tls) {
			question_skip(&evidence->tls.question,
				      "the port does not accept connections");
		}
		climb->is_way_over = true;
	}
	climb_wake(climb);
}

static void ask_port(struct climb *climb)
{
	struct connect_spec way = front_way(climb);

	question_expect(&climb->evidence.port_open.question);
	climb->port_ms = clock_monotonic_ms();
	climb->connector = connect_start(climb->context->reach, &way, on_port, climb);
}

static void on_name(const struct lookup_answer *answer, void *cookie)
{
	struct climb *climb = cookie;
	struct address_evidence *found = &climb->evidence.address;
	struct address address = {0};
	char text[ADDRESS_TEXT_BYTES] = "";

	climb->lookup = NULL;
	question_settle(&found->question, since(climb->started_ms));
	found->source = "the resolver";
	if (answer->len > 0 &&
	    address_from_socket((const struct sockaddr *)&answer->at[0], &address)) {
		address_format(&address, text);
		found->text = climb_keep(climb, text);
		climb->host = found->text;
		ask_port(climb);
	} else {
		found->failure = climb_keep(climb, answer->failure);
		question_skip(&climb->evidence.port_open.question, "there is no address");
		question_skip(&climb->evidence.tls.question, "there is no address");
		question_skip(&climb->evidence.http.question, "there is no address");
		climb->is_way_over = true;
	}
	climb_wake(climb);
}

static void found_at(struct climb *climb, const char *address, const char *source)
{
	climb->host = address;
	climb->evidence.address.text = address;
	climb->evidence.address.source = source;
	question_settle(&climb->evidence.address.question, 0);
}

/** The address of a node: IPv4 if it has one. */
static const char *address_of(struct climb *climb, const struct tailnet_node *node)
{
	char text[ADDRESS_TEXT_BYTES] = "";
	const struct address *chosen = NULL;

	for (size_t i = 0; i < node->tailscale_ips.len; i++) {
		const struct address *one = &node->tailscale_ips.at[i];

		if (!chosen || (chosen->family != ADDRESS_V4 && one->family == ADDRESS_V4)) {
			chosen = one;
		}
	}
	if (!chosen) {
		return NULL;
	}
	address_format(chosen, text);
	return climb_keep(climb, text);
}

/** Where the name is served, unless a resolver has to be asked. False: nobody says. */
static bool find_address(struct climb *climb)
{
	const struct owner_evidence *owner = &climb->evidence.owner;
	const struct device *device = climb->spec.device;
	const char *address = owner->node ? address_of(climb, owner->node) : NULL;

	if (address) {
		found_at(climb, address, "the daemon's status");
	} else if (!climb->evidence.has_sni) {
		found_at(climb, climb->spec.name, "itself");
	} else if (owner->is_tailnet && device && device->tailscale_ip.text) {
		found_at(climb, device->tailscale_ip.text, "the snapshot");
	} else if (climb->spec.target && !owner->is_tailnet) {
		return true;
	} else if (device && device->lan_ip.text && !owner->is_tailnet) {
		found_at(climb, device->lan_ip.text, "the snapshot");
	}
	return climb->host != NULL;
}

/** A running daemon knows every name of its tailnet; a resolver would ask the same. */
static bool is_hopeless(const struct climb *climb)
{
	const struct tailnet_status *status = climb->evidence.daemon.status;

	return status && status->state == BACKEND_RUNNING && is_in_tailnet(&climb->evidence);
}

/** Nothing is sent to it, by a rule. */
static void bar_way(struct climb *climb, enum reason reason, const char *why)
{
	struct cert_evidence *evidence = &climb->evidence;

	question_bar(&evidence->port_open.question, reason, why);
	question_bar(&evidence->tls.question, reason, why);
	if (climb->spec.has_http) {
		question_bar(&evidence->http.question, reason, why);
	}
	if (!evidence->address.text) {
		question_bar(&evidence->address.question, reason, why);
	}
	climb->is_way_over = true;
}

void climb_ask_way(struct climb *climb)
{
	bool is_known = find_address(climb);

	if (climb->spec.never) {
		bar_way(climb, REASON_POLICY_NEVER, climb->spec.never);
	} else if (climb->evidence.owner.is_tailnet && climb->context->mode != MODE_ACTIVE) {
		bar_way(climb, REASON_MODE_PASSIVE,
			"a handshake may cause an order, and the run is passive");
	} else if (is_known) {
		ask_port(climb);
	} else if (is_hopeless(climb)) {
		struct lookup_answer nobody = {.failure = "no node of the tailnet has it"};

		on_name(&nobody, climb);
	} else {
		question_expect(&climb->evidence.address.question);
		climb->lookup = lookup_start(climb->context->loop, climb->spec.name,
					     climb->spec.deadline_ms, on_name, climb);
	}
}
