/*
 * serve_works: what the tailscaled of this machine promises to serve answers end to end. Its
 * configuration is the list; each name and port of it is climbed to like any other.
 *
 * Left out: services that several nodes may host, which have addresses of their own.
 */
#include <stdlib.h>

#include "check/ladder/ladder_kind.h"
#include "check/tailnet/daemon.h"

struct state {
	struct ladder_subjects subjects;
	bool is_started;
};

/** A name and port that serve promises. */
static void add(struct state *state, const char *name, const struct serve_port *port)
{
	struct check *check = state->subjects.check;
	struct ladder_subject *one = NULL;

	if (!name) {
		return;
	}
	one = ladder_add(&state->subjects);
	one->subject = check_text(check, "serve:%s:%u", name, (unsigned)port->port);
	one->spec = (struct climb_spec){
		.name = name,
		.port = port->port,
		.known_as = one->subject,
		.has_tls = port->is_https || port->terminate_tls,
		.has_http = !port->forward,
		.is_whole = true,
	};
}

/** The sites of a port; one without any is asked by the name of the node. */
static void add_port(struct state *state, const struct serve_config *config,
		     const struct serve_port *port, const char *own_name)
{
	size_t before = state->subjects.all.len;

	if (port->origin == SERVE_SERVICE) {
		return;
	}
	if (port->forward) {
		add(state, port->terminate_tls ? port->terminate_tls : own_name, port);
		return;
	}
	for (size_t i = 0; i < config->site_count; i++) {
		const struct serve_site *site = &config->sites[i];

		if (site->port == port->port && site->origin != SERVE_SERVICE) {
			add(state, site->host, port);
		}
	}
	if (state->subjects.all.len == before) {
		add(state, own_name, port);
	}
}

static void start(struct state *state, const struct tailnet_status *status,
		  const struct serve_config *config)
{
	for (size_t i = 0; i < config->port_count; i++) {
		add_port(state, config, &config->ports[i], status->self.dns_name);
	}
	ladder_start(&state->subjects);
}

/** Starts once both parts are there. */
static bool is_ready(const struct check *check)
{
	struct state *state = check->state;
	struct daemon *daemon = check->context->local_daemon;
	struct check *waiter = state->subjects.check;
	const struct tailnet_status *status = NULL;
	const struct serve_config *config = NULL;

	if (!daemon_ask(daemon, DAEMON_STATUS, waiter)->is_done ||
	    !daemon_ask(daemon, DAEMON_SERVE_CONFIG, waiter)->is_done) {
		return false;
	}
	status = daemon_status(daemon);
	config = daemon_serve_config(daemon);
	if (!state->is_started && status && config && status->state == BACKEND_RUNNING) {
		state->is_started = true;
		start(state, status, config);
	}
	return state->subjects.under_way == 0;
}

static void begin(struct check *check)
{
	struct state *state = mem_alloc(sizeof(*state));
	struct daemon *daemon = check->context->local_daemon;

	state->subjects.check = check;
	check->state = state;
	(void)daemon_ask(daemon, DAEMON_STATUS, check);
	(void)daemon_ask(daemon, DAEMON_SERVE_CONFIG, check);
}

/** Why nothing was asked; a daemon that does not run serves nothing. */
static void report_daemon(struct check *check)
{
	struct daemon *daemon = check->context->local_daemon;
	const struct tailnet_status *status = NULL;

	if (daemon_is_missing(check, check->context->local_daemon, DAEMON_STATUS)) {
		return;
	}
	status = daemon_status(daemon);
	if (daemon_is_blocked(check, &this_machine, status) ||
	    daemon_is_missing(check, check->context->local_daemon, DAEMON_SERVE_CONFIG)) {
		return;
	}
	if (status->state != BACKEND_RUNNING) {
		bool is_stopped = status->state == BACKEND_STOPPED;

		(void)check_add(check, is_stopped ? VERDICT_FAIL : VERDICT_UNKNOWN,
				is_stopped ? REASON_CERT_STOPPED : REASON_CERT_STARTING,
				DAEMON_SUBJECT, (struct place){0}, "the daemon's state is %s",
				status->state_text);
	}
}

static void judge(struct check *check)
{
	struct state *state = check->state;

	if (state->is_started) {
		ladder_report(&state->subjects);
	} else {
		report_daemon(check);
	}
	free(state);
	check->state = NULL;
}

const struct kind kind_serve_works = {
	.name = "serve_works",
	.doc = "Reads what the tailscaled of this machine is set up to serve, and asks each name and "
	       "port of it: listener, TLS, HTTP, and the backend itself. Passes when all of them "
	       "answer end to end; else gives the one cause",
	.fields = no_settings,
	.mode = MODE_ACTIVE,
	.begin = begin,
	.is_ready = is_ready,
	.judge = judge,
};
