/* What a node says about itself, and what it means. */
#include "check/tailnet/tailnet_node.h"

#include <string.h>
#include <strings.h>

#define MS_PER_DAY ((int64_t)24 * 60 * 60 * 1000)

/** Starts of messages of a daemon that is well: updates are told by their own reason, a certificate
 * that is being fetched is a certificate gate's business. */
static const char *const harmless[] = {
	"An update from version ",
	"A security update from version ",
	"Tailscale update available",
	"Update available",
	"This is an unstable version of Tailscale",
	"Fetching TLS certificate via ACME for",
};

/** A finding about the node itself. */
static struct finding *add(struct check *check, const struct node_facts *facts,
			   enum verdict verdict, enum reason reason, const char *message)
{
	return check_add(check, verdict, reason, facts->owner->subject, facts->owner->where, "%s",
			 message);
}

static bool starts_with(const char *message, const char *start)
{
	return strncasecmp(message, start, strlen(start)) == 0;
}

/** Is a health message about nothing that an operator has to do now? */
static bool is_harmless_message(const char *message, const struct texts *ignored)
{
	for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++) {
		if (starts_with(message, harmless[i])) {
			return true;
		}
	}
	for (size_t i = 0; i < ignored->len; i++) {
		if (starts_with(message, ignored->at[i])) {
			return true;
		}
	}
	return false;
}

static void judge_health(struct check *check, const struct node_facts *facts)
{
	const struct tailnet_status *status = facts->status;
	const struct tailnet_node_gate *gate = check->settings;

	for (size_t i = 0; i < status->health.len; i++) {
		const char *message = status->health.at[i];
		bool is_harmless = is_harmless_message(message, &gate->ignore_health);
		struct finding *finding =
			add(check, facts, is_harmless ? VERDICT_PASS : VERDICT_FAIL,
			    REASON_NODE_HEALTH, check_text(check, "the daemon says: %s", message));

		finding->detail = check_text(check, "%s", message);
		if (!is_harmless) {
			finding->hint = "mend it, or give its beginning under ignore_health";
		}
	}
}

static void judge_key(struct check *check, const struct node_facts *facts)
{
	const struct tailnet_node_gate *gate = check->settings;
	const struct tailnet_node *self = &facts->status->self;
	int64_t left_ms = self->key_expiry.utc_ms - facts->now_utc_ms;
	struct finding *finding = NULL;

	if (self->is_expired || (self->key_expiry.is_set && left_ms <= 0)) {
		finding = add(check, facts, VERDICT_FAIL, REASON_NODE_KEY_EXPIRED,
			      "the key of this node has expired");
	} else if (self->key_expiry.is_set && left_ms < gate->key_days * MS_PER_DAY) {
		finding = add(check, facts, VERDICT_FAIL, REASON_NODE_KEY_EXPIRES,
			      check_text(check, "the key of this node expires in %lld days",
					 (long long)(left_ms / MS_PER_DAY)));
		finding->detail = "key expires";
	}
	if (finding) {
		finding->hint = "log in again in time; for a machine without humans give it a tag, "
				"or disable key expiry in the admin console";
	}
}

static void judge_tags(struct check *check, const struct node_facts *facts)
{
	const struct tailnet_node_gate *gate = check->settings;

	for (size_t i = 0; i < gate->tags.len; i++) {
		const char *tag = gate->tags.at[i];

		if (!text_list_holds(&facts->status->self.tags, tag)) {
			struct finding *finding = check_add(
				check, VERDICT_FAIL, REASON_NODE_TAGS, facts->owner->subject,
				gate->tags.nodes[i]->where, "this node does not have %s", tag);

			finding->detail = tag;
			finding->hint = "an owner of the tag sets it; what automation may do hangs "
					"on it";
		}
	}
}

static bool holds_network(const struct network_list *list, const struct network *network)
{
	for (size_t i = 0; i < list->len; i++) {
		if (list->at[i].prefix == network->prefix &&
		    address_equal(&list->at[i].base, &network->base)) {
			return true;
		}
	}
	return false;
}

/** Is it one machine, as a node's own addresses are? */
static bool is_host(const struct network *network)
{
	return network->prefix == (network->base.family == ADDRESS_V4 ? 32 : 128);
}

static void add_route(struct check *check, const struct node_facts *facts,
		      const struct network *network, const char *what, const char *hint)
{
	char text[NETWORK_TEXT_BYTES];
	struct finding *finding = NULL;

	network_format(network, text);
	finding = add(check, facts, VERDICT_FAIL, REASON_NODE_ROUTES,
		      check_text(check, "the route %s is %s", text, what));
	finding->detail = check_text(check, "%s", text);
	finding->hint = hint;
}

static bool has_route(const struct network_list *list)
{
	for (size_t i = 0; i < list->len; i++) {
		if (!is_host(&list->at[i])) {
			return true;
		}
	}
	return false;
}

/** Does it advertise routes, and its control server tell it of none at all? Tailscale's own tells
 * a node which of its routes are enabled. headscale does not, so silence there means nothing. */
static bool are_routes_untold(const struct tailnet_node *self, const struct tailnet_prefs *prefs)
{
	return prefs->advertised_routes.len > 0 && !tailnet_control_is_tailscale(prefs) &&
	       !has_route(&self->allowed_ips) && !has_route(&self->primary_routes);
}

static void judge_routes(struct check *check, const struct node_facts *facts)
{
	const struct tailnet_node *self = &facts->status->self;
	const struct network_list *advertised = NULL;
	struct finding *finding = NULL;

	if (!facts->prefs) {
		return;
	}
	if (are_routes_untold(self, facts->prefs)) {
		finding = add(check, facts, VERDICT_UNKNOWN, REASON_NODE_ROUTES,
			      "this node advertises routes, and its control server, which is not "
			      "Tailscale's, tells it of none that is enabled");
		finding->detail = "not told";
		finding->hint = "ask the control server, as headscale nodes list-routes does; "
				"headscale does not tell a node about its own routes";
		return;
	}
	advertised = &facts->prefs->advertised_routes;
	for (size_t i = 0; i < advertised->len; i++) {
		if (!holds_network(&self->allowed_ips, &advertised->at[i]) &&
		    !holds_network(&self->primary_routes, &advertised->at[i])) {
			add_route(check, facts, &advertised->at[i], "advertised and not enabled",
				  "approve it in the admin console or by autoApprovers, or "
				  "advertise it no more");
		}
	}
	for (size_t i = 0; i < self->primary_routes.len; i++) {
		if (!is_host(&self->primary_routes.at[i]) &&
		    !holds_network(advertised, &self->primary_routes.at[i])) {
			add_route(check, facts, &self->primary_routes.at[i],
				  "enabled and not advertised any more",
				  "take the approval back, or advertise it again");
		}
	}
}

static void judge_setup(struct check *check, const struct node_facts *facts)
{
	const struct tailnet_node_gate *gate = check->settings;
	const struct tailnet_status *status = facts->status;
	struct finding *finding = NULL;

	if (status->exit_node_id && !gate->allow_exit_node) {
		finding = add(check, facts, VERDICT_FAIL, REASON_NODE_EXIT_NODE,
			      check_text(check, "all traffic of %s leaves through an exit node",
					 facts->owner->machine));
		finding->hint = "what is reached from here says little about home; switch it off, "
				"or set allow_exit_node";
	}
	if (!status->has_magic_dns && gate->require_magic_dns) {
		finding = add(check, facts, VERDICT_FAIL, REASON_NODE_MAGIC_DNS,
			      "MagicDNS is off in the tailnet");
		finding->hint = "enable it on the DNS page of the admin console; certificates "
				"need it too";
	}
	if (status->has_magic_dns && facts->prefs && !facts->prefs->accepts_dns) {
		(void)add(check, facts, VERDICT_PASS, REASON_NODE_MAGIC_DNS,
			  check_text(check,
				     "%s does not use the names of the tailnet (accept-dns is off)",
				     facts->owner->machine));
	}
}

static void judge_version(struct check *check, const struct node_facts *facts)
{
	const struct tailnet_status *status = facts->status;
	const struct tailnet_node_gate *gate = check->settings;
	struct finding *finding = NULL;

	if (!status->latest_version) {
		return;
	}
	finding =
		add(check, facts,
		    gate->require_latest || status->is_update_urgent ? VERDICT_FAIL : VERDICT_PASS,
		    REASON_NODE_OUTDATED,
		    check_text(check, "tailscaled is %s, and there is %s%s",
			       status->version ? status->version : "of no known version",
			       status->latest_version,
			       status->is_update_urgent ? ", which mends a security hole" : ""));
	finding->detail = "outdated";
	finding->hint = facts->owner->target ? "update Tailscale there"
					     : "update Tailscale on this machine";
}

/** The target with that tailnet address; NULL if there is none. */
static const struct target *target_of(const struct repo *repo, const struct tailnet_node *peer)
{
	for (size_t i = 0; i < repo->targets.len; i++) {
		const struct address *address = &repo->targets.at[i].tailscale_ip.address;

		for (size_t k = 0; k < peer->tailscale_ips.len; k++) {
			if (address->family != ADDRESS_NONE &&
			    address_equal(address, &peer->tailscale_ips.at[k])) {
				return &repo->targets.at[i];
			}
		}
	}
	return NULL;
}

/** A relay between the node and a target that it talks to. */
static struct finding *add_relayed(struct check *check, const struct node_facts *facts,
				   const struct tailnet_node *peer, const struct target *target)
{
	const struct tailnet_node_gate *gate = check->settings;
	enum verdict verdict = gate->require_direct ? VERDICT_FAIL : VERDICT_PASS;
	const char *relay = peer->peer_relay ? "a peer relay" : "a DERP relay, ";
	const char *name = peer->peer_relay ? "" : peer->relay;

	if (facts->owner->target) {
		return add(check, facts, verdict, REASON_NODE_RELAYED,
			   check_text(check, "traffic to %s goes through %s%s", target->row.subject,
				      relay, name));
	}
	return check_add(check, verdict, REASON_NODE_RELAYED, target->row.subject,
			 node_place(target->row.node, "tailscale_ip"),
			 "traffic to it goes through %s%s", relay, name);
}

/** Only between machines that talk is there a path to judge. */
static void judge_path(struct check *check, const struct node_facts *facts,
		       const struct tailnet_node *peer)
{
	const struct target *target = NULL;
	struct finding *finding = NULL;

	if (peer->active && !tailnet_node_is_foreign(peer)) {
		target = target_of(check->context->repo, peer);
	}
	if (!target) {
		return;
	}
	check->result->checked += facts->owner->target == NULL;
	if (peer->cur_addr || (!peer->peer_relay && !peer->relay)) {
		return;
	}
	finding = add_relayed(check, facts, peer, target);
	finding->detail =
		check_text(check, "%s%s%s", peer->peer_relay ? "peer relay" : "derp",
			   facts->owner->target ? " " : "", facts->owner->target ? target->id : "");
	finding->hint = "let UDP through on both ends; on one LAN a firewall or client isolation "
			"is in the way";
}

/** Is there a network map at all? What is not running says nothing more. */
static bool is_running(struct check *check, const struct node_facts *facts)
{
	const struct tailnet_status *status = facts->status;
	bool is_stopped = status->state == BACKEND_STOPPED;
	struct finding *finding = NULL;

	if (status->state == BACKEND_RUNNING) {
		return true;
	}
	if (status->auth_url) {
		finding = add(check, facts, VERDICT_FAIL, REASON_AUTH_BLOCKED_NEEDS_LOGIN,
			      check_text(check, "tailscaled is in the state %s and wants a login",
					 status->state_text));
		finding->detail = "login";
		finding->hint = "a human has to open the page that the daemon names";
		return false;
	}
	finding = add(check, facts, is_stopped ? VERDICT_FAIL : VERDICT_UNKNOWN,
		      REASON_NODE_NOT_RUNNING,
		      check_text(check, "tailscaled is in the state %s, not Running",
				 *status->state_text ? status->state_text : "(none)"));
	finding->detail = is_stopped ? "stopped" : "not running";
	finding->hint = is_stopped ? "an admin of this machine brings it up again"
				   : "look again; if it stays so, see the daemon's log";
	return false;
}

void judge_node(struct check *check, const struct node_facts *facts)
{
	const struct tailnet_status *status = facts->status;
	struct finding *finding = NULL;

	check->result->checked++;
	if (daemon_is_blocked(check, facts->owner, status) || !is_running(check, facts)) {
		return;
	}
	if (!status->self.online) {
		finding = add(check, facts, VERDICT_FAIL, REASON_NODE_OFFLINE,
			      "this node has no connection to the control server");
		finding->hint = "until it has, keys, names and policy stay as they were";
	}
	if (status->auth_url) {
		(void)add(check, facts, VERDICT_PASS, REASON_AUTH_BLOCKED_NEEDS_LOGIN,
			  "it runs, and a login page waits all the same");
	}
	judge_key(check, facts);
	judge_tags(check, facts);
	judge_health(check, facts);
	judge_routes(check, facts);
	judge_setup(check, facts);
	judge_version(check, facts);
	for (size_t i = 0; i < status->peer_count; i++) {
		judge_path(check, facts, &status->peers[i]);
	}
}
