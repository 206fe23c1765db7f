#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <cmocka.h>

#include "model/route.h"

#define LAN "192.168.4.5"
#define TAILNET "100.70.1.5"
#define TAILNET_6 "fd7a:115c:a1e0::5"

/** A target as a binding would give it; NULL for what is not there. */
static struct target target_of(enum access_policy policy, const char *host,
			       const char *tailscale_ip)
{
	struct target target = {.id = "nas", .policy = (int)policy, .port = 22};

	target.host.text = host;
	(void)address_parse(text_of(host), &target.host.address);
	if (tailscale_ip) {
		target.tailscale_ip.text = tailscale_ip;
		assert_true(address_parse(text_of(tailscale_ip), &target.tailscale_ip.address));
	}
	return target;
}

/** A route as it is expected: permitted if there is no reason. */
struct expected {
	const char *text;
	enum path path;
	enum reason reason;
};

static void expect_from(const struct target *target, const struct vantage *from,
			const struct named *named, const struct expected *expected, size_t count)
{
	struct routes routes;

	memset(&routes, 0xa5, sizeof(routes));
	routes_of(target, from, named, &routes);
	assert_int_equal(routes.len, count);
	for (size_t i = 0; i < count; i++) {
		assert_string_equal(routes.at[i].text, expected[i].text);
		assert_int_equal(routes.at[i].path, expected[i].path);
		assert_string_equal(reason_code(routes.at[i].reason),
				    reason_code(expected[i].reason));
		assert_int_equal(routes.at[i].is_permitted, expected[i].reason == REASON_NONE);
		assert_non_null(routes.at[i].why);
	}
}

static void expect(const struct target *target, enum mode mode, enum tailscale_ssh ssh,
		   const struct expected *expected, size_t count)
{
	const struct policy policy = {.tailscale_ssh = (int)ssh};
	const struct vantage from = {.mode = mode, .policy = &policy};

	expect_from(target, &from, NULL, expected, count);
}

#define EXPECT(target, mode, ssh, ...)                                    \
	expect((target), (mode), (ssh), (struct expected[]){__VA_ARGS__}, \
	       sizeof((struct expected[]){__VA_ARGS__}) / sizeof(struct expected))

/* ---- lan_first */

static void lan_first_tries_the_lan_and_then_the_tailnet(void **state)
{
	struct target target = target_of(POLICY_LAN_FIRST, LAN, TAILNET);

	(void)state;
	EXPECT(&target, MODE_ACTIVE, TAILSCALE_SSH_PROBE, {LAN, PATH_LAN, REASON_NONE},
	       {TAILNET, PATH_TAILNET, REASON_NONE});
}

static void lan_first_without_a_tailnet_address_has_one_way(void **state)
{
	struct target target = target_of(POLICY_LAN_FIRST, LAN, NULL);

	(void)state;
	EXPECT(&target, MODE_ACTIVE, TAILSCALE_SSH_PROBE, {LAN, PATH_LAN, REASON_NONE});
}

static void lan_first_with_one_address_twice_has_one_way(void **state)
{
	struct target target = target_of(POLICY_LAN_FIRST, "FD7A:115C:A1E0:0::5", TAILNET_6);

	(void)state;
	EXPECT(&target, MODE_ACTIVE, TAILSCALE_SSH_PROBE,
	       {"FD7A:115C:A1E0:0::5", PATH_TAILNET, REASON_NONE});
}

static void a_passive_run_sends_nothing_to_the_tailnet(void **state)
{
	struct target target = target_of(POLICY_LAN_FIRST, LAN, TAILNET);
	struct target six = target_of(POLICY_LAN_FIRST, LAN, TAILNET_6);

	(void)state;
	EXPECT(&target, MODE_PASSIVE, TAILSCALE_SSH_PROBE, {LAN, PATH_LAN, REASON_NONE},
	       {TAILNET, PATH_TAILNET, REASON_MODE_PASSIVE});
	EXPECT(&six, MODE_PASSIVE, TAILSCALE_SSH_PROBE, {LAN, PATH_LAN, REASON_NONE},
	       {TAILNET_6, PATH_TAILNET, REASON_MODE_PASSIVE});
}

static void a_tailnet_address_as_host_is_no_lan_address(void **state)
{
	struct target target = target_of(POLICY_LAN_FIRST, TAILNET, NULL);

	(void)state;
	EXPECT(&target, MODE_PASSIVE, TAILSCALE_SSH_PROBE,
	       {TAILNET, PATH_TAILNET, REASON_MODE_PASSIVE});
}

static void an_active_run_refuses_the_tailnet_unless_the_policy_says_probe(void **state)
{
	struct target target = target_of(POLICY_LAN_FIRST, LAN, TAILNET);

	(void)state;
	EXPECT(&target, MODE_ACTIVE, TAILSCALE_SSH_REFUSE, {LAN, PATH_LAN, REASON_NONE},
	       {TAILNET, PATH_TAILNET, REASON_AUTH_PREDICTED_TAILSCALE_SSH});
}

/** What becomes of the tailnet address when the policy refuses, by what the daemon says of it. */
static void expect_predicted(const struct tailnet_status *tailnet, enum mode mode,
			     enum reason reason)
{
	const struct policy policy = {.tailscale_ssh = TAILSCALE_SSH_REFUSE};
	const struct vantage from = {.mode = mode, .policy = &policy, .tailnet = tailnet};
	const struct target target = target_of(POLICY_LAN_FIRST, LAN, TAILNET);
	const struct expected expected[] = {{LAN, PATH_LAN, REASON_NONE},
					    {TAILNET, PATH_TAILNET, reason}};
	struct routes routes;

	expect_from(&target, &from, NULL, expected, 2);
	routes_of(&target, &from, NULL, &routes);
	assert_int_equal(routes_hang_on_tailnet(&routes),
			 reason == REASON_AUTH_PREDICTED_TAILSCALE_SSH);
}

static void only_peers_that_run_tailscale_ssh_are_refused_once_that_is_known(void **state)
{
	const char *keys[] = {"ssh-ed25519 AAAA"};
	struct address address = {0};
	struct tailnet_node peer = {.tailscale_ips = {&address, 1}};
	struct tailnet_status status = {
		.state = BACKEND_RUNNING, .self.online = true, .peers = &peer, .peer_count = 1};

	(void)state;
	assert_true(address_parse(text_of(TAILNET), &address));
	expect_predicted(&status, MODE_ACTIVE, REASON_NONE);
	expect_predicted(&status, MODE_PASSIVE, REASON_MODE_PASSIVE);
	peer.ssh_host_keys = (struct text_list){keys, 1};
	expect_predicted(&status, MODE_ACTIVE, REASON_AUTH_PREDICTED_TAILSCALE_SSH);
}

static void what_a_daemon_knew_once_predicts_nothing(void **state)
{
	struct address address = {0};
	struct tailnet_node peer = {.tailscale_ips = {&address, 1}};
	struct tailnet_status status = {.state = BACKEND_RUNNING, .peers = &peer, .peer_count = 1};

	(void)state;
	assert_true(address_parse(text_of(TAILNET), &address));
	expect_predicted(&status, MODE_ACTIVE, REASON_AUTH_PREDICTED_TAILSCALE_SSH);
	status.self.online = true;
	expect_predicted(&status, MODE_ACTIVE, REASON_NONE);
	status.state = BACKEND_STOPPED;
	expect_predicted(&status, MODE_ACTIVE, REASON_AUTH_PREDICTED_TAILSCALE_SSH);
}

static void a_peer_that_the_daemon_does_not_know_is_refused(void **state)
{
	struct address address = {0};
	struct tailnet_node peer = {.tailscale_ips = {&address, 1}};
	struct tailnet_status status = {
		.state = BACKEND_RUNNING, .self.online = true, .peers = &peer, .peer_count = 1};

	(void)state;
	assert_true(address_parse(text_of("100.70.1.6"), &address));
	expect_predicted(&status, MODE_ACTIVE, REASON_AUTH_PREDICTED_TAILSCALE_SSH);
	status.peer_count = 0;
	status.self.tailscale_ips = (struct address_list){&address, 1};
	assert_true(address_parse(text_of(TAILNET), &address));
	expect_predicted(&status, MODE_ACTIVE, REASON_AUTH_PREDICTED_TAILSCALE_SSH);
	expect_predicted(NULL, MODE_ACTIVE, REASON_AUTH_PREDICTED_TAILSCALE_SSH);
}

static void a_static_run_sends_nothing_at_all(void **state)
{
	struct target target = target_of(POLICY_LAN_FIRST, LAN, TAILNET);
	struct target name = target_of(POLICY_LAN_FIRST, "nas.lan", NULL);

	(void)state;
	EXPECT(&target, MODE_STATIC, TAILSCALE_SSH_PROBE, {LAN, PATH_LAN, REASON_MODE_STATIC},
	       {TAILNET, PATH_TAILNET, REASON_MODE_STATIC});
	EXPECT(&name, MODE_STATIC, TAILSCALE_SSH_PROBE, {"nas.lan", PATH_NONE, REASON_MODE_STATIC});
}

/* ---- lan_only */

static void lan_only_never_tries_the_tailnet(void **state)
{
	struct target target = target_of(POLICY_LAN_ONLY, LAN, TAILNET);
	struct target wrong = target_of(POLICY_LAN_ONLY, TAILNET, NULL);
	struct target six = target_of(POLICY_LAN_ONLY, TAILNET_6, NULL);

	(void)state;
	EXPECT(&target, MODE_ACTIVE, TAILSCALE_SSH_PROBE, {LAN, PATH_LAN, REASON_NONE});
	EXPECT(&wrong, MODE_ACTIVE, TAILSCALE_SSH_PROBE,
	       {TAILNET, PATH_TAILNET, REASON_NET_NOT_PERMITTED});
	EXPECT(&six, MODE_ACTIVE, TAILSCALE_SSH_PROBE,
	       {TAILNET_6, PATH_TAILNET, REASON_NET_NOT_PERMITTED});
}

/* ---- tailscale_required */

static void tailscale_required_never_tries_the_lan(void **state)
{
	struct target target = target_of(POLICY_TAILSCALE_REQUIRED, LAN, TAILNET);
	struct target only_lan = target_of(POLICY_TAILSCALE_REQUIRED, LAN, NULL);

	(void)state;
	EXPECT(&target, MODE_ACTIVE, TAILSCALE_SSH_PROBE, {TAILNET, PATH_TAILNET, REASON_NONE});
	EXPECT(&only_lan, MODE_ACTIVE, TAILSCALE_SSH_PROBE,
	       {LAN, PATH_LAN, REASON_NET_NOT_PERMITTED});
}

static void tailscale_required_with_its_address_as_host_is_reached_there(void **state)
{
	struct target target = target_of(POLICY_TAILSCALE_REQUIRED, TAILNET, NULL);

	(void)state;
	EXPECT(&target, MODE_ACTIVE, TAILSCALE_SSH_PROBE, {TAILNET, PATH_TAILNET, REASON_NONE});
	EXPECT(&target, MODE_PASSIVE, TAILSCALE_SSH_PROBE,
	       {TAILNET, PATH_TAILNET, REASON_MODE_PASSIVE});
}

static void tailscale_required_is_passed_over_by_a_passive_run(void **state)
{
	struct target target = target_of(POLICY_TAILSCALE_REQUIRED, LAN, TAILNET);

	(void)state;
	EXPECT(&target, MODE_PASSIVE, TAILSCALE_SSH_PROBE,
	       {TAILNET, PATH_TAILNET, REASON_MODE_PASSIVE});
}

/* ---- kinds of addresses */

static void loopback_counts_as_lan(void **state)
{
	struct target four = target_of(POLICY_LAN_FIRST, "127.0.0.2", NULL);
	struct target six = target_of(POLICY_LAN_ONLY, "::1", NULL);
	struct target required = target_of(POLICY_TAILSCALE_REQUIRED, "127.0.0.2", NULL);

	(void)state;
	EXPECT(&four, MODE_PASSIVE, TAILSCALE_SSH_REFUSE,
	       {"127.0.0.2", PATH_LOOPBACK, REASON_NONE});
	EXPECT(&six, MODE_PASSIVE, TAILSCALE_SSH_REFUSE, {"::1", PATH_LOOPBACK, REASON_NONE});
	EXPECT(&required, MODE_ACTIVE, TAILSCALE_SSH_PROBE,
	       {"127.0.0.2", PATH_LOOPBACK, REASON_NET_NOT_PERMITTED});
}

static void a_loopback_address_may_stand_for_a_tailnet_address(void **state)
{
	/* As in the lab, where no packet can leave the machine. */
	struct target target = target_of(POLICY_TAILSCALE_REQUIRED, LAN, "127.0.0.9");

	(void)state;
	EXPECT(&target, MODE_PASSIVE, TAILSCALE_SSH_REFUSE,
	       {"127.0.0.9", PATH_LOOPBACK, REASON_NONE});
}

static void an_address_in_another_spelling_is_of_the_same_kind(void **state)
{
	struct target mapped = target_of(POLICY_LAN_ONLY, "::ffff:100.70.1.5", NULL);

	(void)state;
	EXPECT(&mapped, MODE_ACTIVE, TAILSCALE_SSH_PROBE,
	       {"::ffff:100.70.1.5", PATH_TAILNET, REASON_NET_NOT_PERMITTED});
}

static void what_is_in_the_tailnets_range_is_no_lan(void **state)
{
	static const char *const hosts[] = {"100.64.0.0", "100.127.255.255", "100.100.100.100",
					    "100.115.92.7", "100.115.93.255"};

	(void)state;
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		struct target target = target_of(POLICY_LAN_FIRST, hosts[i], NULL);

		EXPECT(&target, MODE_PASSIVE, TAILSCALE_SSH_PROBE,
		       {hosts[i], PATH_TAILNET, REASON_MODE_PASSIVE});
	}
}

static void what_is_beside_the_tailnets_range_is_lan(void **state)
{
	static const char *const hosts[] = {"100.63.255.255", "100.128.0.0", "10.0.0.1",
					    "172.16.0.1",     "169.254.1.1", "fd00::1",
					    "fe80::1",        "192.0.2.1"};

	(void)state;
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		struct target target = target_of(POLICY_LAN_FIRST, hosts[i], NULL);

		EXPECT(&target, MODE_PASSIVE, TAILSCALE_SSH_REFUSE,
		       {hosts[i], PATH_LAN, REASON_NONE});
	}
}

/* ---- names */

/** What a name stands for, or why for nothing. */
static struct named named_of(const char *one, const char *two, const char *failure)
{
	const char *const texts[] = {one, two};
	struct named named = {.failure = failure};

	for (size_t i = 0; i < 2 && texts[i]; i++) {
		named.at[i].text = texts[i];
		assert_true(address_parse(text_of(texts[i]), &named.at[i].address));
		named.len++;
	}
	return named;
}

static void a_name_that_was_not_looked_up_is_judged_later(void **state)
{
	struct target target = target_of(POLICY_LAN_FIRST, "nas.lan", TAILNET);
	struct target required = target_of(POLICY_TAILSCALE_REQUIRED, "nas.lan", NULL);

	(void)state;
	EXPECT(&target, MODE_PASSIVE, TAILSCALE_SSH_PROBE, {"nas.lan", PATH_NONE, REASON_NONE},
	       {TAILNET, PATH_TAILNET, REASON_MODE_PASSIVE});
	EXPECT(&target, MODE_ACTIVE, TAILSCALE_SSH_PROBE, {"nas.lan", PATH_NONE, REASON_NONE},
	       {TAILNET, PATH_TAILNET, REASON_NONE});
	EXPECT(&required, MODE_ACTIVE, TAILSCALE_SSH_PROBE, {"nas.lan", PATH_NONE, REASON_NONE});
}

static void the_name_of_a_tailnet_only_target_with_an_address_is_of_no_use(void **state)
{
	struct target target = target_of(POLICY_TAILSCALE_REQUIRED, "nas.lan", TAILNET);
	struct policy policy = {0};
	struct vantage from = {.mode = MODE_ACTIVE, .policy = &policy};
	struct routes routes = {0};

	(void)state;
	routes_of(&target, &from, NULL, &routes);
	assert_false(routes_want_name(&routes));
	target = target_of(POLICY_LAN_FIRST, "nas.lan", TAILNET);
	routes_of(&target, &from, NULL, &routes);
	assert_true(routes_want_name(&routes));
	from.mode = MODE_STATIC;
	routes_of(&target, &from, NULL, &routes);
	assert_false(routes_want_name(&routes));
}

static void the_addresses_of_a_name_are_judged_each(void **state)
{
	static const struct policy policy = {.tailscale_ssh = TAILSCALE_SSH_PROBE};
	const struct vantage active = {.mode = MODE_ACTIVE, .policy = &policy};
	const struct vantage passive = {.mode = MODE_PASSIVE, .policy = &policy};
	struct named both = named_of(TAILNET_6, LAN, NULL);
	struct target first = target_of(POLICY_LAN_FIRST, "nas.lan", TAILNET);
	struct target only = target_of(POLICY_LAN_ONLY, "nas.lan", TAILNET);
	struct target required = target_of(POLICY_TAILSCALE_REQUIRED, "nas.lan", NULL);
	static const struct expected of_first[] = {{LAN, PATH_LAN, REASON_NONE},
						   {TAILNET_6, PATH_TAILNET, REASON_NONE},
						   {TAILNET, PATH_TAILNET, REASON_NONE}};
	static const struct expected of_passive[] = {{LAN, PATH_LAN, REASON_NONE},
						     {TAILNET_6, PATH_TAILNET, REASON_MODE_PASSIVE},
						     {TAILNET, PATH_TAILNET, REASON_MODE_PASSIVE}};
	static const struct expected of_only[] = {
		{LAN, PATH_LAN, REASON_NONE}, {TAILNET_6, PATH_TAILNET, REASON_NET_NOT_PERMITTED}};
	static const struct expected of_required[] = {{LAN, PATH_LAN, REASON_NET_NOT_PERMITTED},
						      {TAILNET_6, PATH_TAILNET, REASON_NONE}};

	(void)state;
	expect_from(&first, &active, &both, of_first, 3);
	expect_from(&first, &passive, &both, of_passive, 3);
	expect_from(&only, &active, &both, of_only, 2);
	expect_from(&required, &active, &both, of_required, 2);
}

static void a_name_without_an_address_leaves_the_fallback(void **state)
{
	static const struct policy policy = {.tailscale_ssh = TAILSCALE_SSH_PROBE};
	const struct vantage from = {.mode = MODE_ACTIVE, .policy = &policy};
	struct named none = named_of(NULL, NULL, "no such name");
	struct target target = target_of(POLICY_LAN_FIRST, "nas.lan", TAILNET);
	static const struct expected expected[] = {{"nas.lan", PATH_NONE, REASON_NET_NAME},
						   {TAILNET, PATH_TAILNET, REASON_NONE}};

	(void)state;
	expect_from(&target, &from, &none, expected, 2);
}

static void an_address_that_comes_twice_is_tried_once(void **state)
{
	static const struct policy policy = {.tailscale_ssh = TAILSCALE_SSH_PROBE};
	const struct vantage from = {.mode = MODE_ACTIVE, .policy = &policy};
	struct named both = named_of(LAN, TAILNET, NULL);
	struct target target = target_of(POLICY_LAN_FIRST, "nas.lan", TAILNET);
	static const struct expected expected[] = {{LAN, PATH_LAN, REASON_NONE},
						   {TAILNET, PATH_TAILNET, REASON_NONE}};

	(void)state;
	expect_from(&target, &from, &both, expected, 2);
}

static void the_tailnet_address_is_one_whatever_its_range(void **state)
{
	/* A control server of one's own may give addresses of any range. */
	static const char own[] = "10.99.0.5";
	static const struct policy policy = {.tailscale_ssh = TAILSCALE_SSH_PROBE};
	const struct vantage passive = {.mode = MODE_PASSIVE, .policy = &policy};
	struct named both = named_of(own, LAN, NULL);
	struct target first = target_of(POLICY_LAN_FIRST, "nas.lan", own);
	struct target only = target_of(POLICY_LAN_ONLY, "nas.lan", own);
	struct target literal = target_of(POLICY_LAN_ONLY, own, own);
	static const struct expected of_first[] = {{LAN, PATH_LAN, REASON_NONE},
						   {own, PATH_TAILNET, REASON_MODE_PASSIVE}};
	static const struct expected of_only[] = {{LAN, PATH_LAN, REASON_NONE},
						  {own, PATH_TAILNET, REASON_NET_NOT_PERMITTED}};

	(void)state;
	expect_from(&first, &passive, &both, of_first, 2);
	expect_from(&only, &passive, &both, of_only, 2);
	EXPECT(&literal, MODE_PASSIVE, TAILSCALE_SSH_PROBE,
	       {own, PATH_TAILNET, REASON_NET_NOT_PERMITTED});
}

/* ---- at home or not */

/** Where the LAN addresses of these tests are at home, or somewhere else. */
static struct lans lans_of(const char *text)
{
	struct lans lans = {0};
	struct network network = {0};

	assert_true(network_parse(text_of(text), &network));
	lans_add(&lans, &network, "eth0");
	return lans;
}

static void expect_lan(const char *network, unsigned strikes, const struct target *target,
		       enum mode mode, enum reason reason)
{
	const struct policy policy = {.tailscale_ssh = TAILSCALE_SSH_PROBE};
	struct lans lans = lans_of(network);
	const struct vantage from = {.mode = mode, .policy = &policy, .lans = &lans};
	struct routes routes = {0};

	lans.at[0].strikes = strikes;
	routes_of(target, &from, NULL, &routes);
	assert_string_equal(reason_code(routes.at[0].reason), reason_code(reason));
	assert_int_equal(routes.at[0].is_permitted, reason == REASON_NONE);
	lans_release(&lans);
}

static void a_lan_that_is_not_here_is_left_out_where_there_is_another_way(void **state)
{
	struct target first = target_of(POLICY_LAN_FIRST, LAN, TAILNET);
	struct target lonely = target_of(POLICY_LAN_FIRST, LAN, NULL);
	struct target only = target_of(POLICY_LAN_ONLY, LAN, TAILNET);
	struct target public = target_of(POLICY_LAN_FIRST, "203.0.113.5", TAILNET);

	(void)state;
	expect_lan("192.168.4.0/24", 0, &first, MODE_ACTIVE, REASON_NONE);
	expect_lan("192.168.5.0/24", 0, &first, MODE_ACTIVE, REASON_NET_NOT_HOME);
	/* No other way: a router may lead there. */
	expect_lan("192.168.5.0/24", 0, &first, MODE_PASSIVE, REASON_NONE);
	expect_lan("192.168.5.0/24", 0, &lonely, MODE_ACTIVE, REASON_NONE);
	expect_lan("192.168.5.0/24", 0, &only, MODE_ACTIVE, REASON_NONE);
	expect_lan("192.168.5.0/24", 0, &public, MODE_ACTIVE, REASON_NONE);
}

static void a_network_of_strangers_is_left_out_by_all(void **state)
{
	struct target first = target_of(POLICY_LAN_FIRST, LAN, TAILNET);
	struct target only = target_of(POLICY_LAN_ONLY, LAN, TAILNET);

	(void)state;
	expect_lan("192.168.4.0/24", LAN_STRIKES - 1, &only, MODE_ACTIVE, REASON_NONE);
	expect_lan("192.168.4.0/24", LAN_STRIKES, &first, MODE_ACTIVE, REASON_NET_NOT_HOME);
	expect_lan("192.168.4.0/24", LAN_STRIKES, &first, MODE_PASSIVE, REASON_NET_NOT_HOME);
	expect_lan("192.168.4.0/24", LAN_STRIKES, &only, MODE_ACTIVE, REASON_NET_NOT_HOME);
}

static void the_tailnet_address_of_a_machine_at_home_is_its_fallback(void **state)
{
	const struct policy policy = {.tailscale_ssh = TAILSCALE_SSH_PROBE};
	const struct vantage from = {.mode = MODE_ACTIVE, .policy = &policy};
	struct target first = target_of(POLICY_LAN_FIRST, LAN, "127.0.0.9");
	struct target required = target_of(POLICY_TAILSCALE_REQUIRED, LAN, TAILNET);
	struct routes routes = {0};

	(void)state;
	routes_of(&first, &from, NULL, &routes);
	assert_false(routes.at[0].is_fallback);
	assert_true(routes.at[1].is_fallback);
	routes_of(&required, &from, NULL, &routes);
	assert_false(routes.at[0].is_fallback);
}

static void what_is_not_one_machine_is_not_dialled(void **state)
{
	static const char *const hosts[] = {"0.0.0.0", "255.255.255.255", "224.0.0.251",
					    "::", "ff02::fb"};

	(void)state;
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		struct target target = target_of(POLICY_LAN_FIRST, hosts[i], NULL);

		EXPECT(&target, MODE_ACTIVE, TAILSCALE_SSH_PROBE,
		       {hosts[i], PATH_LAN, REASON_NET_NOT_PERMITTED});
	}
}

/* ---- jump hosts */

#define INNER "10.99.0.3"

/** Some machines of a binding, found by their ids. */
struct machines {
	struct target at[3];
	const struct target *by_id[3];
	struct targets targets;
};

/** "a" at home; "b" behind it; "c" behind b. */
static void fill_machines(struct machines *machines)
{
	static const char *const ids[] = {"a", "b", "c"};

	*machines = (struct machines){0};
	machines->at[0] = target_of(POLICY_LAN_FIRST, LAN, TAILNET);
	machines->at[1] = target_of(POLICY_LAN_ONLY, INNER, NULL);
	machines->at[2] = target_of(POLICY_LAN_ONLY, "10.98.0.4", NULL);
	machines->at[1].probe_via = "a";
	machines->at[2].probe_via = "b";
	for (size_t i = 0; i < 3; i++) {
		machines->at[i].id = ids[i];
		machines->by_id[i] = &machines->at[i];
	}
	machines->targets = (struct targets){
		.at = machines->at, .len = 3, .by_id = machines->by_id, .by_id_len = 3};
}

static void expect_jump(const struct machines *machines, size_t index, enum mode mode,
			const struct policy *policy, enum reason reason)
{
	const struct vantage from = {.mode = mode, .policy = policy, .targets = &machines->targets};
	struct routes routes;

	routes_of(&machines->at[index], &from, NULL, &routes);
	assert_ptr_equal(routes.jump.host, &machines->at[index - 1]);
	assert_string_equal(reason_code(routes.jump.reason), reason_code(reason));
	assert_int_equal(routes.jump.is_permitted, reason == REASON_NONE);
	assert_non_null(routes.jump.why);
}

static const struct policy no_rules = {.tailscale_ssh = TAILSCALE_SSH_PROBE};

static void a_machine_may_be_reached_through_its_jump_host(void **state)
{
	struct machines machines;

	(void)state;
	fill_machines(&machines);
	expect_jump(&machines, 1, MODE_PASSIVE, &no_rules, REASON_NONE);
	expect_jump(&machines, 2, MODE_PASSIVE, &no_rules, REASON_NONE);
}

static void a_machine_without_a_jump_host_has_none(void **state)
{
	struct machines machines;
	struct routes routes;
	struct vantage from = {.mode = MODE_PASSIVE, .policy = &no_rules};

	(void)state;
	fill_machines(&machines);
	routes_of(&machines.at[1], &from, NULL, &routes);
	assert_null(routes.jump.host);
	from.targets = &machines.targets;
	routes_of(&machines.at[0], &from, NULL, &routes);
	assert_null(routes.jump.host);
	machines.at[1].probe_via = "nobody";
	routes_of(&machines.at[1], &from, NULL, &routes);
	assert_null(routes.jump.host);
	assert_false(routes.jump.is_permitted);
}

static void a_static_run_goes_through_nobody(void **state)
{
	struct machines machines;

	(void)state;
	fill_machines(&machines);
	expect_jump(&machines, 1, MODE_STATIC, &no_rules, REASON_MODE_STATIC);
}

static void the_leg_to_the_jump_host_follows_its_policy(void **state)
{
	struct machines machines;

	(void)state;
	fill_machines(&machines);
	machines.at[0] = target_of(POLICY_TAILSCALE_REQUIRED, TAILNET, TAILNET);
	machines.at[0].id = "a";
	expect_jump(&machines, 1, MODE_PASSIVE, &no_rules, REASON_MODE_PASSIVE);
	expect_jump(&machines, 1, MODE_ACTIVE, &no_rules, REASON_NONE);
}

static void a_jump_host_that_must_not_be_logged_in_to_is_not_used(void **state)
{
	const char *kinds[] = {"ssh_auth"};
	struct never_rule rule = {.target = "a", .kinds = {kinds, NULL, 1}, .reason = "fragile"};
	struct policy policy = {.tailscale_ssh = TAILSCALE_SSH_PROBE, .never = {&rule, 1}};
	struct machines machines;

	(void)state;
	fill_machines(&machines);
	expect_jump(&machines, 1, MODE_PASSIVE, &policy, REASON_POLICY_NEVER);
	kinds[0] = "tcp_open";
	expect_jump(&machines, 1, MODE_PASSIVE, &policy, REASON_NONE);
}

static void a_jump_host_whose_row_is_wrong_is_not_used(void **state)
{
	struct machines machines;

	(void)state;
	fill_machines(&machines);
	machines.at[0].row.is_broken = true;
	expect_jump(&machines, 1, MODE_PASSIVE, &no_rules, REASON_BINDING_BROKEN);
}

static void jump_hosts_in_a_circle_lead_nowhere(void **state)
{
	struct machines machines;
	const struct vantage from = {
		.mode = MODE_PASSIVE, .policy = &no_rules, .targets = &machines.targets};
	struct routes routes;

	(void)state;
	fill_machines(&machines);
	machines.at[0] = target_of(POLICY_LAN_ONLY, TAILNET, NULL);
	machines.at[0].id = "a";
	machines.at[0].probe_via = "a";
	routes_of(&machines.at[1], &from, NULL, &routes);
	assert_false(routes.jump.is_permitted);
	machines.at[0].probe_via = "c";
	machines.at[1].host.address = machines.at[0].host.address;
	machines.at[2].host.address = machines.at[0].host.address;
	routes_of(&machines.at[2], &from, NULL, &routes);
	assert_false(routes.jump.is_permitted);
}

static void a_jump_host_is_given_what_the_policy_permits(void **state)
{
	struct machines machines;

	(void)state;
	fill_machines(&machines);
	machines.at[1] = target_of(POLICY_LAN_ONLY, TAILNET, NULL);
	machines.at[1].probe_via = "a";
	expect_jump(&machines, 1, MODE_ACTIVE, &no_rules, REASON_NET_NOT_PERMITTED);
	machines.at[1] = target_of(POLICY_LAN_ONLY, INNER, INNER);
	machines.at[1].probe_via = "a";
	expect_jump(&machines, 1, MODE_ACTIVE, &no_rules, REASON_NET_NOT_PERMITTED);
	machines.at[1] = target_of(POLICY_LAN_ONLY, "nas.lan", NULL);
	machines.at[1].probe_via = "a";
	expect_jump(&machines, 1, MODE_ACTIVE, &no_rules, REASON_NONE);
	machines.at[1] = target_of(POLICY_TAILSCALE_REQUIRED, INNER, TAILNET);
	machines.at[1].probe_via = "a";
	expect_jump(&machines, 1, MODE_ACTIVE, &no_rules, REASON_NONE);
	expect_jump(&machines, 1, MODE_PASSIVE, &no_rules, REASON_MODE_PASSIVE);
}

static void a_jump_host_dials_the_lan_before_the_tailnet(void **state)
{
	struct lans elsewhere = {0};
	struct vantage from = {.mode = MODE_ACTIVE, .policy = &no_rules, .lans = &elsewhere};
	struct target target = target_of(POLICY_LAN_FIRST, INNER, TAILNET);
	struct routes routes;

	(void)state;
	routes_from_host(&target, &from, NULL, &routes);
	assert_int_equal(routes.len, 2);
	assert_string_equal(routes.at[0].text, INNER);
	assert_true(routes.at[0].is_permitted); /* this machine need not be on its LAN */
	assert_string_equal(routes.at[1].text, TAILNET);
	assert_true(routes.at[1].is_permitted);
	from.mode = MODE_PASSIVE;
	routes_from_host(&target, &from, NULL, &routes);
	assert_true(routes.at[0].is_permitted);
	assert_false(routes.at[1].is_permitted);
	target.policy = POLICY_LAN_ONLY;
	from.mode = MODE_ACTIVE;
	routes_from_host(&target, &from, NULL, &routes);
	assert_int_equal(routes.len, 1);
	assert_string_equal(routes.at[0].text, INNER);
}

static void a_jump_host_is_given_no_name_that_means_nothing(void **state)
{
	struct machines machines;
	const struct named unknown = {.failure = "the name could not be resolved"};
	struct named tailnet = {.len = 1};
	const struct vantage from = {
		.mode = MODE_ACTIVE, .policy = &no_rules, .targets = &machines.targets};
	struct routes routes;

	(void)state;
	fill_machines(&machines);
	machines.at[1] = target_of(POLICY_LAN_ONLY, "nas.lan", NULL);
	machines.at[1].probe_via = "a";
	routes_of(&machines.at[1], &from, &unknown, &routes);
	assert_int_equal(routes.jump.reason, REASON_NET_NAME);
	tailnet.at[0].text = TAILNET;
	assert_true(address_parse(text_of(TAILNET), &tailnet.at[0].address));
	routes_of(&machines.at[1], &from, &tailnet, &routes);
	assert_int_equal(routes.jump.reason, REASON_NET_NOT_PERMITTED);
}

static void a_given_address_keeps_the_rules_of_mode_and_target(void **state)
{
	const struct policy refusing = {.tailscale_ssh = TAILSCALE_SSH_REFUSE};
	struct vantage from = {.mode = MODE_PASSIVE, .policy = &refusing};
	struct target target = target_of(POLICY_LAN_ONLY, LAN, NULL);
	struct address_field field = {.text = TAILNET};
	struct route route;

	(void)state;
	assert_true(address_parse(text_of(TAILNET), &field.address));
	route_to(NULL, &from, &field, &route);
	assert_int_equal(route.reason, REASON_MODE_PASSIVE);
	assert_int_equal(route.path, PATH_TAILNET);
	from.mode = MODE_ACTIVE;
	route_to(NULL, &from, &field, &route);
	assert_int_equal(route.reason, REASON_AUTH_PREDICTED_TAILSCALE_SSH);
	from.is_without_ssh = true;
	route_to(NULL, &from, &field, &route);
	assert_true(route.is_permitted);
	route_to(&target, &from, &field, &route);
	assert_int_equal(route.reason, REASON_NET_NOT_PERMITTED);
	from.mode = MODE_STATIC;
	route_to(NULL, &from, &field, &route);
	assert_int_equal(route.reason, REASON_MODE_STATIC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lan_first_tries_the_lan_and_then_the_tailnet),
		cmocka_unit_test(lan_first_without_a_tailnet_address_has_one_way),
		cmocka_unit_test(lan_first_with_one_address_twice_has_one_way),
		cmocka_unit_test(a_passive_run_sends_nothing_to_the_tailnet),
		cmocka_unit_test(a_tailnet_address_as_host_is_no_lan_address),
		cmocka_unit_test(an_active_run_refuses_the_tailnet_unless_the_policy_says_probe),
		cmocka_unit_test(only_peers_that_run_tailscale_ssh_are_refused_once_that_is_known),
		cmocka_unit_test(what_a_daemon_knew_once_predicts_nothing),
		cmocka_unit_test(a_peer_that_the_daemon_does_not_know_is_refused),
		cmocka_unit_test(a_static_run_sends_nothing_at_all),
		cmocka_unit_test(lan_only_never_tries_the_tailnet),
		cmocka_unit_test(tailscale_required_never_tries_the_lan),
		cmocka_unit_test(tailscale_required_with_its_address_as_host_is_reached_there),
		cmocka_unit_test(tailscale_required_is_passed_over_by_a_passive_run),
		cmocka_unit_test(loopback_counts_as_lan),
		cmocka_unit_test(a_loopback_address_may_stand_for_a_tailnet_address),
		cmocka_unit_test(an_address_in_another_spelling_is_of_the_same_kind),
		cmocka_unit_test(what_is_in_the_tailnets_range_is_no_lan),
		cmocka_unit_test(what_is_beside_the_tailnets_range_is_lan),
		cmocka_unit_test(a_name_that_was_not_looked_up_is_judged_later),
		cmocka_unit_test(the_name_of_a_tailnet_only_target_with_an_address_is_of_no_use),
		cmocka_unit_test(the_addresses_of_a_name_are_judged_each),
		cmocka_unit_test(a_name_without_an_address_leaves_the_fallback),
		cmocka_unit_test(an_address_that_comes_twice_is_tried_once),
		cmocka_unit_test(the_tailnet_address_is_one_whatever_its_range),
		cmocka_unit_test(a_lan_that_is_not_here_is_left_out_where_there_is_another_way),
		cmocka_unit_test(a_network_of_strangers_is_left_out_by_all),
		cmocka_unit_test(the_tailnet_address_of_a_machine_at_home_is_its_fallback),
		cmocka_unit_test(what_is_not_one_machine_is_not_dialled),
		cmocka_unit_test(a_machine_may_be_reached_through_its_jump_host),
		cmocka_unit_test(a_machine_without_a_jump_host_has_none),
		cmocka_unit_test(a_static_run_goes_through_nobody),
		cmocka_unit_test(the_leg_to_the_jump_host_follows_its_policy),
		cmocka_unit_test(a_jump_host_that_must_not_be_logged_in_to_is_not_used),
		cmocka_unit_test(a_jump_host_whose_row_is_wrong_is_not_used),
		cmocka_unit_test(jump_hosts_in_a_circle_lead_nowhere),
		cmocka_unit_test(a_jump_host_is_given_what_the_policy_permits),
		cmocka_unit_test(a_jump_host_dials_the_lan_before_the_tailnet),
		cmocka_unit_test(a_jump_host_is_given_no_name_that_means_nothing),
		cmocka_unit_test(a_given_address_keeps_the_rules_of_mode_and_target),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
