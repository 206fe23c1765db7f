#include "check/reach/attempts.h"

#include <string.h>

#include "base/cleanup.h"
#include "check/reach/ssh_auth.h"

/** In one word or a reason's code. */
static const char *outcome_of(const struct race_attempt *attempt)
{
	struct login_opinion why = {0};
	const struct ssh_facts facts = {.outcome = attempt->outcome};

	switch (attempt->end) {
	case ATTEMPT_NONE:
		return NULL;
	case ATTEMPT_WON:
		return "verified";
	case ATTEMPT_DROPPED:
		return "dropped";
	case ATTEMPT_FAILED:
		break;
	}
	(void)judge_login(&facts, false, &why);
	return reason_code(why.reason);
}

static void add_attempts(struct finding *finding, struct attempt *attempts,
			 const struct routes *routes, const struct race_attempt *from)
{
	for (size_t i = 0; i < routes->len; i++) {
		if (from[i].end != ATTEMPT_NONE) {
			attempts[finding->attempt_count++] = (struct attempt){
				.address = routes->at[i].text,
				.path = routes->at[i].path,
				.outcome = outcome_of(&from[i]),
				.started_ms = from[i].started_ms,
				.took_ms = from[i].took_ms,
			};
		}
	}
}

void finding_add_attempts(struct check *check, struct finding *finding,
			  const struct reached *reached)
{
	const struct legs *legs = reached->legs;
	size_t most = reached->routes.len + (legs ? legs->routes.len : 0);
	struct attempt *attempts = arena_alloc(check->context->arena, most * sizeof(*attempts));

	finding->attempts = attempts;
	add_attempts(finding, attempts, &reached->routes, reached->attempts);
	if (legs) {
		add_attempts(finding, attempts, &legs->routes, legs->attempts);
	}
}

/** In a clause. */
static const char *words_of(const struct race_attempt *attempt)
{
	struct login_opinion why = {0};
	const struct ssh_facts facts = {.outcome = attempt->outcome};

	switch (attempt->end) {
	case ATTEMPT_NONE:
		return "not its turn";
	case ATTEMPT_WON:
		return "proved its key";
	case ATTEMPT_DROPPED:
		return attempt->is_connected ? "had not proved its key" : "no answer";
	case ATTEMPT_FAILED:
		break;
	}
	(void)judge_login(&facts, false, &why);
	return why.message ? why.message : "";
}

/**
 * Is it worth saying that an address was not tried? It always is where the machine was not found;
 * else only what kept it from being reached at home.
 */
static bool is_left_out(const struct reached *reached, const struct route *route)
{
	return !route->is_permitted && (!reached->is_verified || route->reason == REASON_NET_NAME ||
					route->reason == REASON_NET_NOT_HOME);
}

static void add_text(struct str *text, const struct reached *reached, const struct route *except,
		     const struct routes *routes, const struct race_attempt *attempts)
{
	for (size_t i = 0; i < routes->len; i++) {
		const struct route *route = &routes->at[i];
		const char *path = path_word(route->path);
		bool is_tried = attempts[i].end != ATTEMPT_NONE;

		if (route == except || (!is_tried && !is_left_out(reached, route))) {
			continue;
		}
		str_printf(text, "%s%s (%s): ", text->len > 0 ? "; " : "", route->text,
			   path ? path : "a name");
		if (is_tried) {
			str_printf(text, "%s, after %lld ms", words_of(&attempts[i]),
				   (long long)attempts[i].took_ms);
		} else {
			str_printf(text, "not tried, %s", route->why);
		}
	}
}

const char *attempts_text(struct check *check, const struct reached *reached,
			  const struct route *except)
{
	AUTO(auto_str) struct str text = {0};

	add_text(&text, reached, except, &reached->routes, reached->attempts);
	if (reached->legs) {
		add_text(&text, reached, except, &reached->legs->routes, reached->legs->attempts);
	}
	return check_text(check, "%s", str_text(&text));
}

/* ---- at home or not */

enum home routes_home(const struct target *target, const struct routes *routes,
		      const struct lans *lans, const struct lan **lan)
{
	*lan = NULL;
	for (size_t i = 0; lans && i < routes->len; i++) {
		const struct route *route = &routes->at[i];
		const struct lan *held = NULL;

		if (route->path != PATH_LAN || !address_is_local(&route->address)) {
			continue;
		}
		held = lans_find(lans, &route->address);
		if (held && lan_is_foreign(held)) {
			*lan = held;
			return HOME_FOREIGN;
		}
		if (!held && target->policy == POLICY_LAN_FIRST) {
			return HOME_NO_NETWORK;
		}
	}
	return HOME_POSSIBLE;
}

static const struct finding *find_subject(const struct check *check, const char *subject)
{
	const struct findings *findings = &check->result->findings;

	for (size_t i = 0; i < findings->len; i++) {
		if (strcmp(findings->at[i].subject, subject) == 0) {
			return &findings->at[i];
		}
	}
	return NULL;
}

/** "10.1.2.0/24 (eth0), …": where this machine is instead. */
static const char *own_networks(struct check *check, const struct lans *lans)
{
	AUTO(auto_str) struct str text = {0};

	for (size_t i = 0; i < lans->len; i++) {
		char network[NETWORK_TEXT_BYTES];

		if (address_is_local(&lans->at[i].network.base) &&
		    address_classify(&lans->at[i].network.base) != ADDRESS_LINK_LOCAL) {
			network_format(&lans->at[i].network, network);
			str_printf(&text, "%s%s (%s)", text.len > 0 ? ", " : "", network,
				   lans->at[i].interface);
		}
	}
	return check_text(check, "%s", text.len > 0 ? str_text(&text) : "no private one");
}

static const struct finding *add_no_network(struct check *check, const struct lans *lans)
{
	struct finding *finding = find_subject(check, "run:network")
					  ? NULL
					  : check_add(check, VERDICT_UNKNOWN, REASON_NET_NOT_HOME,
						      "run:network", (struct place){0},
						      "not on the LAN of the targets below; this "
						      "machine's networks: %s",
						      own_networks(check, lans));

	if (finding) {
		finding->hint = "run it at home; where a router leads to that LAN, say "
				"`access_policy: lan_only` and its addresses are dialled anywhere";
	}
	return find_subject(check, "run:network");
}

static const struct finding *add_foreign(struct check *check, const struct lan *lan)
{
	char network[NETWORK_TEXT_BYTES];
	const char *subject = NULL;
	struct finding *finding = NULL;

	network_format(&lan->network, network);
	subject = check_text(check, "network:%s", network);
	if (!find_subject(check, subject)) {
		finding = check_add(check, VERDICT_UNKNOWN, REASON_NET_NOT_HOME, subject,
				    (struct place){0},
				    "%s is on %s, but nobody there proved a pinned key, and at %u "
				    "addresses there was nobody or another machine",
				    lan->interface, network, lan->strikes);
		finding->hint = "not at home: run it there. At home: find out what happened to "
				"that network";
	}
	return find_subject(check, subject);
}

const char *home_cause(struct check *check, const struct target *target,
		       const struct routes *routes)
{
	const struct lans *lans = reach_lans(check->context->reach);
	const struct lan *lan = NULL;
	const struct finding *cause = NULL;

	switch (routes_home(target, routes, lans, &lan)) {
	case HOME_POSSIBLE:
		return NULL;
	case HOME_NO_NETWORK:
		cause = add_no_network(check, lans);
		break;
	case HOME_FOREIGN:
		cause = add_foreign(check, lan);
		break;
	}
	return check_cause(check, check->gate, cause);
}
