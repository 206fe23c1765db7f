/**
 * The evidence of each row of the decision table, as changes of one in which all is well, and of a
 * neighbour of each. Included once, by its test.
 */
#ifndef LADDER_ROWS_H
#define LADDER_ROWS_H

#include <string.h>

#include "ladder_evidence.h"

#define NOT_THIS(names) "invalid domain \"" MAC "\"; must be one of [" names "]"

/* ---- evidence by row, and a neighbour of each */

static void daemon_absent(struct scene *scene)
{
	scene_silent(scene, 10000);
	scene->evidence.owner = (struct owner_evidence){.owner = OWNER_NOBODY, .is_tailnet = true};
	scene->evidence.daemon.outcome = LOCALAPI_ABSENT;
	scene->evidence.daemon.status = NULL;
	scene->evidence.serve =
		(struct serve_evidence){.question = {.why_not = "no daemon answers"}};
}

static void daemon_absent_but_served(struct scene *scene)
{
	scene->evidence.daemon.outcome = LOCALAPI_ABSENT;
	scene->evidence.daemon.status = NULL;
}

static void daemon_refuses(struct scene *scene)
{
	scene_alert(scene, 80, 20);
	scene->evidence.daemon.outcome = LOCALAPI_FORBIDDEN;
	scene->evidence.daemon.status = NULL;
	scene->evidence.serve =
		(struct serve_evidence){.question = {.why_not = "the daemon refuses"}};
}

static void daemon_refuses_but_served(struct scene *scene)
{
	scene->evidence.daemon.outcome = LOCALAPI_FORBIDDEN;
	scene->evidence.daemon.status = NULL;
}

static void access_denied(struct scene *scene)
{
	scene_alert(scene, 80, 20);
	scene_issue(scene, 403, "cert access denied\n");
}

static void browser_denied(struct scene *scene)
{
	scene_alert(scene, 80, 20);
	scene_issue(scene, 403, "invalid localapi request");
}

static void needs_login(struct scene *scene)
{
	scene_shut(scene, KNOCK_TIMEOUT);
	scene->status = (struct tailnet_status){.state = BACKEND_NEEDS_LOGIN,
						.state_text = "NeedsLogin",
						.auth_url = "https://login.tailscale.com/a/1"};
	scene->evidence.owner = (struct owner_evidence){.owner = OWNER_BINDING, .is_tailnet = true};
}

static void login_url_while_running(struct scene *scene)
{
	scene_shut(scene, KNOCK_TIMEOUT);
	scene->status.auth_url = "https://login.tailscale.com/a/1";
}

static void key_expired(struct scene *scene)
{
	scene_shut(scene, KNOCK_TIMEOUT);
	scene_of_peer(scene);
	scene->peer.is_expired = true;
}

static void key_not_expired(struct scene *scene)
{
	key_expired(scene);
	scene->peer.is_expired = false;
}

static void needs_approval(struct scene *scene)
{
	scene_shut(scene, KNOCK_TIMEOUT);
	scene->status.state = BACKEND_NEEDS_MACHINE_AUTH;
	scene->status.state_text = "NeedsMachineAuth";
}

static void starting(struct scene *scene)
{
	scene_shut(scene, KNOCK_TIMEOUT);
	scene->status.state = BACKEND_STARTING;
	scene->status.state_text = "Starting";
}

static void magic_dns_off(struct scene *scene)
{
	scene_alert(scene, 80, 20);
	scene->status.cert_domains.len = 0;
	scene->status.has_magic_dns = false;
	scene->status.self.cap_keys.len = 0;
}

static void https_off(struct scene *scene)
{
	scene_silent(scene, 10000);
	scene->status.cert_domains.len = 0;
	scene->status.self.cap_keys.len = 0;
}

static void https_on_and_silent(struct scene *scene)
{
	scene_silent(scene, 10000);
}

static void not_supported(struct scene *scene)
{
	scene_alert(scene, 80, 20);
	scene_issue(scene, 500, "your Tailscale account does not support getting TLS certs");
}

static void another_error(struct scene *scene)
{
	scene_alert(scene, 80, 20);
	scene_issue(scene, 500, "acme: order https://x/order/1 status: invalid");
}

static void name_of_a_peer(struct scene *scene)
{
	scene_alert(scene, 80, 20);
	scene_of_peer(scene);
	scene_issue(scene, 500, NOT_THIS("\"" STORAGE "\""));
}

static void name_of_nobody(struct scene *scene)
{
	name_of_a_peer(scene);
	scene->evidence.owner.owner = OWNER_NOBODY;
	scene->evidence.owner.node = NULL;
}

static void record_not_made(struct scene *scene)
{
	scene_alert(scene, 80, 3000);
	scene_issue(scene, 500,
		    "SetDNS \"_acme-challenge." MAC "\" => \"tok\": set-dns response: 500 Internal "
		    "Server Error, failed to create DNS record");
}

static void acme_not_trusted(struct scene *scene)
{
	scene_alert(scene, 80, 20);
	scene_issue(
		scene, 500,
		"acme.GetReg: Get \"https://acme-v02.api.letsencrypt.org/directory\": tls: failed "
		"to verify certificate: x509: certificate signed by unknown authority");
}

static void acme_limits(struct scene *scene)
{
	scene_alert(scene, 80, 3000);
	scene_issue(
		scene, 500,
		"acme.GetReg: 429 urn:ietf:params:acme:error:rateLimited: too many certificates");
}

static void too_many_requests(struct scene *scene)
{
	scene_silent(scene, 10000);
	scene_issue(scene, 429, "rate limited; retry later");
}

static void no_reply(struct scene *scene)
{
	scene_silent(scene, 10000);
	scene->evidence.issue.question = (struct question){.asked = NO_ANSWER, .took_ms = 75000};
}

static void reply_and_silence(struct scene *scene)
{
	scene_silent(scene, 10000);
	scene_issue(scene, 200, "-----BEGIN CERTIFICATE-----");
}

static void refused(struct scene *scene)
{
	scene_shut(scene, KNOCK_REFUSED);
	scene->config.port_count = 0;
	scene->config.site_count = 0;
}

static void dropped(struct scene *scene)
{
	scene_shut(scene, KNOCK_TIMEOUT);
	scene_of_peer(scene);
}

static void dropped_by_a_node_that_is_away(struct scene *scene)
{
	dropped(scene);
	scene->peer.online = false;
}

static void closed_at_once(struct scene *scene)
{
	scene_no_tls(scene);
	scene->evidence.tls.facts.outcome = TLS_CLOSED;
	scene->evidence.tls.facts.phase = TLS_AT_SERVER_HELLO;
}

static void closed_later(struct scene *scene)
{
	closed_at_once(scene);
	scene->evidence.tls.facts.phase = TLS_AT_FINISHED;
}

static void no_name_asked_for(struct scene *scene)
{
	scene_alert(scene, 80, 20);
	scene->evidence.name = "100.102.226.62";
	scene->evidence.has_sni = false;
	scene->evidence.owner.is_tailnet = true;
}

static void alert_at_once(struct scene *scene)
{
	scene_alert(scene, 80, 20);
}

static void no_site(struct scene *scene)
{
	scene_alert(scene, 80, 20);
	scene->config.site_count = 0;
}

static void other_domains(struct scene *scene)
{
	scene_alert(scene, 80, 20);
	scene->domains[0] = STORAGE;
}

/** The daemon on the peer's own machine was asked. */
static void peer_is_read(struct scene *scene, const struct tailnet_status *status)
{
	scene_alert(scene, 80, 20);
	scene_of_peer(scene);
	scene->evidence.serve = (struct serve_evidence){.question = answered,
							.config = &scene->config,
							.there = "target:mac",
							.status = status};
}

static void peer_as_it_should_be(struct scene *scene)
{
	static const char *domains[] = {MAC};
	static const struct tailnet_status status = {.cert_domains = {domains, 1}};

	peer_is_read(scene, &status);
}

static void peer_of_other_domains(struct scene *scene)
{
	static const char *domains[] = {STORAGE};
	static const struct tailnet_status status = {.cert_domains = {domains, 1}};

	peer_is_read(scene, &status);
}

static void peer_without_site(struct scene *scene)
{
	peer_as_it_should_be(scene);
	scene->config.site_count = 0;
}

static void alert_after_seconds(struct scene *scene)
{
	scene_alert(scene, 80, 3000);
}

static void alert_after_a_minute(struct scene *scene)
{
	scene_alert(scene, 80, 60010);
}

static void alert_of_a_peer(struct scene *scene)
{
	scene_alert(scene, 80, 20);
	scene_of_peer(scene);
}

static void unrecognized_name(struct scene *scene)
{
	scene_alert(scene, 112, 5);
}

static void unsupported_certificate(struct scene *scene)
{
	scene_alert(scene, 43, 5);
}

static void no_cipher(struct scene *scene)
{
	scene_alert(scene, 40, 5);
}

static void old_version(struct scene *scene)
{
	scene_alert(scene, 70, 5);
	scene->evidence.tls.facts.outcome = TLS_VERSION;
}

static void plain_http(struct scene *scene)
{
	scene_no_tls(scene);
	scene->evidence.tls.facts.outcome = TLS_PLAIN_HTTP;
}

static void something_else(struct scene *scene)
{
	scene_no_tls(scene);
	scene->evidence.tls.facts.outcome = TLS_NOT_TLS;
}

static void staging(struct scene *scene)
{
	scene->chain.trust = TLS_UNKNOWN_ROOT;
	scene->chain.issuer = TLS_ISSUER_STAGING;
	scene->certificate.issuer = "CN=(STAGING) Ersatz Emmer E5";
}

static void private_root(struct scene *scene)
{
	scene->chain.trust = TLS_UNKNOWN_ROOT;
	scene->chain.issuer = TLS_ISSUER_PRIVATE;
}

static void signed_weakly(struct scene *scene)
{
	scene->chain.trust = TLS_BAD_CHAIN;
	scene->chain.error_text = "CA signature digest algorithm too weak";
}

static void of_another(struct scene *scene)
{
	scene->names[0] = STORAGE;
	scene->evidence.tls.facts.name = TLS_NAME_DIFFERS;
}

static void good(struct scene *scene)
{
	(void)scene;
}

static void lifetime(struct scene *scene, int64_t days, int64_t left)
{
	scene->certificate.not_after_utc_ms = NOW_MS + left * DAY_MS;
	scene->certificate.not_before_utc_ms = NOW_MS + (left - days) * DAY_MS;
}

static void expired(struct scene *scene)
{
	lifetime(scene, 90, -1);
}

static void hardly_left(struct scene *scene)
{
	lifetime(scene, 90, 6);
}

static void less_than_a_third_left(struct scene *scene)
{
	lifetime(scene, 90, 26);
}

static void a_third_left_but_the_grace(struct scene *scene)
{
	lifetime(scene, 90, 28);
}

/** A year of somebody's own authority, a month of it left. */
static void a_month_of_a_year_left(struct scene *scene)
{
	lifetime(scene, 398, 28);
}

static void an_authority_has_expired(struct scene *scene)
{
	scene->chain.path_from_utc_ms = NOW_MS - 400 * DAY_MS;
	scene->chain.path_until_utc_ms = NOW_MS - DAY_MS;
}

static void alert_after_two_minutes(struct scene *scene)
{
	scene_alert(scene, 80, 120010);
}

/** The daemon itself waited as long as it does. */
static void order_given_up(struct scene *scene)
{
	scene_silent(scene, 10000);
	scene_issue(scene, 500, "acme: context deadline exceeded\n");
}

#endif
