#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "check/reach/ssh_auth.h"
#include "crypto/key.h"
#include "fake_names.h"
#include "fleet.h"

/* ---- what the outcome of a login means */

/** One row for each outcome there is. */
static const struct {
	enum ssh_outcome outcome;
	enum verdict verdict;
	enum reason reason;
	enum verdict if_optional;
} expected[] = {
	{SSH_NOT_TRIED, VERDICT_UNKNOWN, REASON_RUN_TIMEOUT, VERDICT_UNKNOWN},
	{SSH_UNREACHABLE_REFUSED, VERDICT_UNKNOWN, REASON_NET_REFUSED, VERDICT_SKIP},
	{SSH_UNREACHABLE_ROUTE, VERDICT_UNKNOWN, REASON_NET_ROUTE, VERDICT_SKIP},
	{SSH_UNREACHABLE_TIMEOUT, VERDICT_UNKNOWN, REASON_NET_TIMEOUT, VERDICT_SKIP},
	{SSH_FORWARD_PROHIBITED, VERDICT_UNKNOWN, REASON_JUMP_PROHIBITED, VERDICT_UNKNOWN},
	{SSH_FORWARD_UNREACHED, VERDICT_UNKNOWN, REASON_JUMP_UNREACHED, VERDICT_SKIP},
	{SSH_SILENT_PORT, VERDICT_UNKNOWN, REASON_NET_SILENT, VERDICT_UNKNOWN},
	{SSH_CLOSED_BEFORE_BANNER, VERDICT_UNKNOWN, REASON_NET_CLOSED, VERDICT_UNKNOWN},
	{SSH_THROTTLED, VERDICT_UNKNOWN, REASON_SSH_THROTTLED, VERDICT_UNKNOWN},
	{SSH_NOT_SSH, VERDICT_UNKNOWN, REASON_SSH_NOT_SSH, VERDICT_UNKNOWN},
	{SSH_TARPIT, VERDICT_UNKNOWN, REASON_SSH_TARPIT, VERDICT_UNKNOWN},
	{SSH_KEX_TIMEOUT, VERDICT_UNKNOWN, REASON_SSH_KEX, VERDICT_UNKNOWN},
	{SSH_KEX_FAILED, VERDICT_UNKNOWN, REASON_SSH_KEX, VERDICT_UNKNOWN},
	{SSH_UNSUPPORTED_ALGORITHMS, VERDICT_UNKNOWN, REASON_SSH_ALGORITHMS, VERDICT_UNKNOWN},
	{SSH_HOST_UNPINNED, VERDICT_UNKNOWN, REASON_KEYS_UNPINNED, VERDICT_UNKNOWN},
	{SSH_HOST_KEY_CHANGED, VERDICT_FAIL, REASON_SSH_HOST_KEY_CHANGED, VERDICT_FAIL},
	{SSH_HOST_KEY_REVOKED, VERDICT_FAIL, REASON_SSH_HOST_KEY_REVOKED, VERDICT_FAIL},
	{SSH_AUTH_INTERACTIVE_ONLY, VERDICT_FAIL, REASON_AUTH_BLOCKED_INTERACTIVE, VERDICT_FAIL},
	{SSH_NEEDS_HUMAN_CHECK, VERDICT_FAIL, REASON_AUTH_BLOCKED_TAILSCALE_CHECK, VERDICT_FAIL},
	{SSH_POLICY_REJECTED, VERDICT_FAIL, REASON_AUTH_DENIED_TAILSCALE_POLICY, VERDICT_FAIL},
	{SSH_AUTH_TIMEOUT, VERDICT_UNKNOWN, REASON_AUTH_TIMEOUT, VERDICT_UNKNOWN},
	{SSH_AUTH_DENIED, VERDICT_FAIL, REASON_AUTH_DENIED, VERDICT_FAIL},
	{SSH_AUTH_DENIED_RSA, VERDICT_FAIL, REASON_AUTH_DENIED, VERDICT_FAIL},
	{SSH_AGENT_ABSENT, VERDICT_UNKNOWN, REASON_AUTH_AGENT_ABSENT, VERDICT_UNKNOWN},
	{SSH_AGENT_SILENT, VERDICT_UNKNOWN, REASON_AUTH_AGENT_SILENT, VERDICT_UNKNOWN},
	{SSH_AGENT_BROKEN, VERDICT_UNKNOWN, REASON_AUTH_AGENT_BROKEN, VERDICT_UNKNOWN},
	{SSH_AGENT_REFUSED, VERDICT_UNKNOWN, REASON_AUTH_AGENT_REFUSED, VERDICT_UNKNOWN},
	{SSH_CONNECTION_LOST, VERDICT_UNKNOWN, REASON_SSH_LOST, VERDICT_UNKNOWN},
	{SSH_LOGGED_IN, VERDICT_PASS, REASON_NONE, VERDICT_PASS},
	{SSH_LOGGED_IN_NONE, VERDICT_PASS, REASON_NONE, VERDICT_PASS},
	{SSH_INTERNAL, VERDICT_UNKNOWN, REASON_SSH_LOST, VERDICT_UNKNOWN},
};

static void every_outcome_has_its_meaning(void **state)
{
	(void)state;
	assert_int_equal(sizeof(expected) / sizeof(expected[0]), SSH_INTERNAL + 1);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		struct ssh_facts facts = {.outcome = expected[i].outcome};
		struct login_opinion why = {0};

		assert_int_equal(expected[i].outcome, i);
		assert_int_equal(judge_login(&facts, false, &why), expected[i].verdict);
		assert_int_equal(why.reason, expected[i].reason);
		assert_true((why.message == NULL) == (expected[i].verdict == VERDICT_PASS));
	}
}

static void an_optional_target_that_is_not_there_is_a_skip(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		struct ssh_facts facts = {.outcome = expected[i].outcome};
		struct login_opinion why = {0};

		assert_int_equal(judge_login(&facts, true, &why), expected[i].if_optional);
		if (expected[i].if_optional == VERDICT_SKIP) {
			assert_int_equal(why.reason, REASON_TARGET_OPTIONAL);
			assert_non_null(why.message);
		} else {
			assert_int_equal(why.reason, expected[i].reason);
		}
	}
}

static void facts_that_are_zero_are_no_pass(void **state)
{
	struct ssh_facts facts = {0};
	struct login_opinion why = {0};

	(void)state;
	assert_int_equal(judge_login(&facts, false, &why), VERDICT_UNKNOWN);
	assert_int_equal(judge_login(&facts, true, &why), VERDICT_UNKNOWN);
}

/* ---- gates that need no packet for what they say */

/** The path of a file of the fixture; good until the next call. */
static const char *path_of(const struct fleet *fleet, const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", fleet->fixture->root, name);
	return path;
}

/** Make a key that anybody could use, for the run's identity. */
static const char *usable_key(const struct fleet *fleet)
{
	AUTO(auto_key) struct key *key = key_generate();
	AUTO(auto_str) struct str text = {0};
	const char *path = path_of(fleet, "key");
	struct err err = {0};

	key_write_openssh(key, "test", &text);
	assert_int_equal(file_replace(path, str_view(&text), 0600, FILE_SYNC_NO, &err), 0);
	return path;
}

/** A key with a passphrase, which is known from its first line. */
static const char *locked_key(const struct fleet *fleet)
{
	fixture_file(fleet->fixture, "key",
		     "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n"
		     "-----END ENCRYPTED PRIVATE KEY-----\n");
	assert_int_equal(chmod(path_of(fleet, "key"), 0600), 0);
	return path_of(fleet, "key");
}

/** Judge the fleet with gate G010, which requires G013. */
static const struct result *run_auth(struct fleet *fleet, const char *more, enum mode mode,
				     const char *identity)
{
	fleet_write(fleet);
	fixture_gate(fleet->fixture, "G013", "host_keys_pinned", "");
	fixture_gate(fleet->fixture, "G010", "ssh_auth", more);
	fleet->fixture->options.identity = identity;
	fixture_run(fleet->fixture, "G010", mode);
	return fixture_result(fleet->fixture);
}

/** One finding about the identity, and all eight targets unknown because of it. */
static void expect_one_cause(const struct fleet *fleet, enum verdict verdict, enum reason reason)
{
	const struct result *result = fixture_result(fleet->fixture);
	AUTO(auto_str) struct str cause = {0};
	size_t caused = 0;

	str_printf(&cause, "G010 run:identity %s", reason_code(reason));
	assert_int_equal(result->findings.len, 9);
	assert_int_equal(result->checked, 0);
	assert_int_equal(result->verdict, verdict);
	for (size_t i = 0; i < result->findings.len; i++) {
		const struct finding *finding = &result->findings.at[i];

		assert_int_equal(finding->reason, reason);
		if (strcmp(finding->subject, "run:identity") == 0) {
			assert_int_equal(finding->verdict, verdict);
			assert_null(finding->caused_by);
			continue;
		}
		assert_int_equal(finding->verdict, VERDICT_UNKNOWN);
		assert_string_equal(finding->caused_by, str_text(&cause));
		assert_string_equal(finding->where.file, fleet_paths[TARGETS]);
		caused++;
	}
	assert_int_equal(caused, 8);
}

/** What is found about the subject comes with a hint that has these words. */
static void expect_hint(const struct fleet *fleet, const char *subject, const char *words)
{
	const struct findings *findings = &fixture_result(fleet->fixture)->findings;

	for (size_t i = 0; i < findings->len; i++) {
		if (strcmp(findings->at[i].subject, subject) == 0) {
			assert_non_null(findings->at[i].hint);
			assert_non_null(strstr(findings->at[i].hint, words));
			return;
		}
	}
	fail_msg("nothing is found about %s", subject);
}

static void a_static_run_skips_the_gate(void **state)
{
	struct fleet *fleet = fleet_new();
	const struct result *result = NULL;

	(void)state;
	result = run_auth(fleet, "requires: [G013]\n", MODE_STATIC, NULL);
	assert_int_equal(result->verdict, VERDICT_SKIP);
	assert_int_equal(result->reason, REASON_MODE_STATIC);
	fleet_free(fleet);
}

static void without_an_identity_every_target_is_unknown_for_that_one_cause(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	(void)run_auth(fleet, "requires: [G013]\n", MODE_PASSIVE, NULL);
	expect_one_cause(fleet, VERDICT_UNKNOWN, REASON_AUTH_NO_IDENTITY);
	fleet_free(fleet);
}

static void a_key_that_does_not_exist_is_one_cause(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	(void)run_auth(fleet, "requires: [G013]\n", MODE_PASSIVE, path_of(fleet, "no-key"));
	expect_one_cause(fleet, VERDICT_UNKNOWN, REASON_AUTH_KEY_ABSENT);
	expect_hint(fleet, "run:identity", path_of(fleet, "no-key"));
	fleet_free(fleet);
}

static void a_key_with_a_passphrase_is_one_cause_and_fails(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	(void)run_auth(fleet, "requires: [G013]\n", MODE_PASSIVE, locked_key(fleet));
	expect_one_cause(fleet, VERDICT_FAIL, REASON_AUTH_KEY_LOCKED);
	fleet_free(fleet);
}

static void a_key_that_others_may_read_is_one_cause(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	assert_int_equal(chmod(usable_key(fleet), 0644), 0);
	(void)run_auth(fleet, "requires: [G013]\n", MODE_PASSIVE, path_of(fleet, "key"));
	expect_one_cause(fleet, VERDICT_UNKNOWN, REASON_AUTH_KEY_EXPOSED);
	fleet_free(fleet);
}

static void what_is_no_key_is_one_cause(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fixture_file(fleet->fixture, "key", "not a key\n");
	assert_int_equal(chmod(path_of(fleet, "key"), 0600), 0);
	(void)run_auth(fleet, "requires: [G013]\n", MODE_PASSIVE, path_of(fleet, "key"));
	expect_one_cause(fleet, VERDICT_UNKNOWN, REASON_AUTH_KEY_UNREADABLE);
	fleet_free(fleet);
}

static void a_folder_is_no_key(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	(void)run_auth(fleet, "requires: [G013]\n", MODE_PASSIVE, fleet->fixture->root);
	expect_one_cause(fleet, VERDICT_UNKNOWN, REASON_AUTH_KEY_UNREADABLE);
	fleet_free(fleet);
}

/* ---- what is decided before anything is tried */

static void an_unpinned_target_is_unknown_and_the_cause_is_named(void **state)
{
	struct fleet *fleet = fleet_new();
	const struct finding *finding = NULL;

	(void)state;
	fleet_replace(fleet, KNOWN_HOSTS, "# nobody\n");
	(void)run_auth(fleet, "requires: [G013]\ntargets: {ids: alder}\n", MODE_PASSIVE,
		       usable_key(fleet));
	finding = fleet_expect(fleet, VERDICT_UNKNOWN, REASON_REQUIRES_FAILED, "target:alder",
			       fleet_place(fleet, TARGETS, "id: alder", "alder"));
	assert_string_equal(finding->caused_by, "G013 target:alder keys.unpinned");
	fleet_expect_counts(fleet, 0, 1, 0);
	fleet_free(fleet);
}

static void an_absent_known_hosts_leaves_every_target_unknown(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fleet_replace(fleet, KNOWN_HOSTS, "");
	(void)run_auth(fleet, "requires: [G013]\n", MODE_PASSIVE, usable_key(fleet));
	assert_int_equal(fixture_count(fleet->fixture, REASON_REQUIRES_FAILED), 8);
	assert_string_equal(fixture_result(fleet->fixture)->findings.at[0].caused_by,
			    "G013 gate:G013 binding.absent");
	fleet_expect_counts(fleet, 0, 8, 0);
	fleet_free(fleet);
}

static void a_broken_row_is_unknown_before_all_else(void **state)
{
	struct fleet *fleet = fleet_new();
	const struct finding *finding = NULL;

	(void)state;
	fleet_edit(fleet, TARGETS, "id: alder", "lan_first", "lan_fist");
	(void)run_auth(fleet, "requires: [G013]\ntargets: {ids: alder}\n", MODE_PASSIVE,
		       usable_key(fleet));
	finding = fleet_expect(fleet, VERDICT_UNKNOWN, REASON_BINDING_BROKEN, "target:alder",
			       fleet_place(fleet, TARGETS, "- id: alder", "id: alder"));
	assert_string_equal(finding->caused_by, "target:alder bindings/ssh.targets.yaml:9");
	fleet_expect_counts(fleet, 0, 1, 0);
	fleet_free(fleet);
}

static void a_rule_of_the_policy_skips_a_target(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fixture_file(fleet->fixture, "bindings/probe.policy.yaml",
		     "version: 1\nnever:\n"
		     "  - {target: alder, kinds: [ssh_auth], reason: legacy crypto}\n"
		     "  - {target: birch, kinds: [host_keys_pinned], reason: not ours}\n");
	(void)run_auth(fleet, "requires: [G013]\ntargets: {ids: [alder, birch]}\n", MODE_PASSIVE,
		       path_of(fleet, "no-key"));
	fleet_expect(fleet, VERDICT_SKIP, REASON_POLICY_NEVER, "target:alder",
		     fleet_place(fleet, TARGETS, "id: alder", "alder"));
	/* A rule about another kind is no rule about this one. */
	fleet_expect(fleet, VERDICT_UNKNOWN, REASON_AUTH_KEY_ABSENT, "target:birch",
		     fleet_place(fleet, TARGETS, "id: birch", "birch"));
	fleet_free(fleet);
}

/* ---- what the mode and the policies of targets permit */

/** One target after an edit of its row, with a usable key. */
static void expect_route(const char *id, const char *old, const char *new, enum mode mode,
			 enum verdict verdict, enum reason reason)
{
	struct fleet *fleet = fleet_new();
	AUTO(auto_str) struct str before = {0};
	AUTO(auto_str) struct str more = {0};
	AUTO(auto_str) struct str subject = {0};
	const struct result *result = NULL;

	str_printf(&before, "id: %s", id);
	str_printf(&more, "targets: {ids: %s}\n", id);
	str_printf(&subject, "target:%s", id);
	fleet_edit(fleet, TARGETS, before.at, old, new);
	result = run_auth(fleet, more.at, mode, usable_key(fleet));
	assert_int_equal(result->findings.len, 1);
	assert_string_equal(result->findings.at[0].subject, subject.at);
	assert_string_equal(verdict_word(result->findings.at[0].verdict), verdict_word(verdict));
	assert_string_equal(reason_code(result->findings.at[0].reason), reason_code(reason));
	assert_int_equal(result->verdict, verdict);
	assert_int_equal(result->checked, 0);
	fleet_free(fleet);
}

static void a_passive_run_skips_a_target_that_needs_the_tailnet(void **state)
{
	(void)state;
	expect_route("fir", "fir", "fir", MODE_PASSIVE, VERDICT_SKIP, REASON_MODE_PASSIVE);
}

static void an_active_run_does_not_try_what_may_open_a_login_page(void **state)
{
	(void)state;
	expect_route("fir", "fir", "fir", MODE_ACTIVE, VERDICT_UNKNOWN,
		     REASON_AUTH_PREDICTED_TAILSCALE_SSH);
}

static void a_lan_only_target_is_never_reached_over_the_tailnet(void **state)
{
	(void)state;
	expect_route("gum", "10.7.0.16", "100.70.1.16", MODE_PASSIVE, VERDICT_UNKNOWN,
		     REASON_NET_NOT_PERMITTED);
	expect_route("gum", "10.7.0.16", "100.70.1.16", MODE_ACTIVE, VERDICT_UNKNOWN,
		     REASON_NET_NOT_PERMITTED);
	expect_route("gum", "10.7.0.16", "fd7a:115c:a1e0::16", MODE_ACTIVE, VERDICT_UNKNOWN,
		     REASON_NET_NOT_PERMITTED);
}

static void a_tailscale_required_target_is_never_reached_over_the_lan(void **state)
{
	(void)state;
	expect_route("fir", "100.70.1.15\n      tailscale_ip: 100.70.1.15", "10.7.0.15",
		     MODE_PASSIVE, VERDICT_UNKNOWN, REASON_NET_NOT_PERMITTED);
	expect_route("fir", "100.70.1.15\n      tailscale_ip: 100.70.1.15", "10.7.0.15",
		     MODE_ACTIVE, VERDICT_UNKNOWN, REASON_NET_NOT_PERMITTED);
}

static void a_name_without_an_address_is_unknown(void **state)
{
	(void)state;
	expect_route("gum", "10.7.0.16", "gum.lan.example", MODE_PASSIVE, VERDICT_UNKNOWN,
		     REASON_NET_NAME);
}

static void a_name_on_the_tailnet_is_never_reached_as_a_lan(void **state)
{
	(void)state;
	expect_route("gum", "10.7.0.16", "tailnet.test", MODE_PASSIVE, VERDICT_UNKNOWN,
		     REASON_NET_NOT_PERMITTED);
}

static void the_way_out_of_a_name_is_told(void **state)
{
	struct fleet *fleet = fleet_new();

	(void)state;
	fleet_edit(fleet, TARGETS, "id: gum", "10.7.0.16", "gum.lan.example");
	(void)run_auth(fleet, "targets: {ids: gum}\n", MODE_PASSIVE, usable_key(fleet));
	expect_hint(fleet, "target:gum", "address");
	fleet_free(fleet);
}

static void a_host_that_is_no_machine_is_not_dialled(void **state)
{
	static const char *const hosts[] = {"0.0.0.0", "224.0.0.1", "255.255.255.255", "\"::\"",
					    "ff02::1"};

	(void)state;
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		expect_route("gum", "10.7.0.16", hosts[i], MODE_PASSIVE, VERDICT_UNKNOWN,
			     REASON_NET_NOT_PERMITTED);
	}
}

/* ---- one login for all gates */

/** A port of 127.0.0.1 on which nobody listens. */
static int closed_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof(address);
	AUTO(auto_close) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	return ntohs(address.sin_port);
}

static void however_many_gates_ask_they_share_one_login(void **state)
{
	struct fleet *fleet = fleet_new();
	struct fixture *f = fleet->fixture;
	const char *fast = "fast";
	struct err err = {0};
	AUTO(auto_str) struct str targets = {0};
	AUTO(auto_str) struct str message = {0};
	int port = closed_port();

	(void)state;
	str_printf(&targets, "ssh: {targets: [{id: alder, host: 127.0.0.1, port: %d}]}\n", port);
	/* The path is told beside the message, and the user only of one who was asked for. */
	str_printf(&message, "127.0.0.1 port %d: nothing listens there", port);
	fleet_replace(fleet, TARGETS, targets.at);
	fleet_write(fleet);
	for (int i = 1; i <= 40; i++) {
		char id[16];

		(void)snprintf(id, sizeof(id), "G%d", i);
		fixture_gate(f, id, "ssh_auth", "timeout: 60s\n");
	}
	assert_int_equal(fixture_load(f), 0);
	f->options.packs = (struct texts){&fast, NULL, 1};
	f->options.targets.all = true;
	f->options.mode = MODE_PASSIVE;
	f->options.identity = usable_key(fleet);
	assert_int_equal(plan_make(&f->repo, &f->options, &f->plan, &err), 0);
	f->has_run = true;
	run_execute(&f->repo, &f->options, &f->plan, NULL, &f->run);
	assert_int_equal(f->run.result_count, 40);
	for (size_t i = 0; i < 40; i++) {
		const struct findings *findings = &f->run.results[i].findings;

		assert_int_equal(findings->len, 1);
		assert_string_equal(reason_code(findings->at[0].reason), "net.refused");
		assert_int_equal(findings->at[0].path, PATH_LOOPBACK);
		assert_memory_equal(findings->at[0].message, message.at, message.len);
	}
	assert_true(f->run.duration_ms < 30000);
	fleet_free(fleet);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_outcome_has_its_meaning),
		cmocka_unit_test(an_optional_target_that_is_not_there_is_a_skip),
		cmocka_unit_test(facts_that_are_zero_are_no_pass),
		cmocka_unit_test(a_static_run_skips_the_gate),
		cmocka_unit_test(without_an_identity_every_target_is_unknown_for_that_one_cause),
		cmocka_unit_test(a_key_that_does_not_exist_is_one_cause),
		cmocka_unit_test(a_key_with_a_passphrase_is_one_cause_and_fails),
		cmocka_unit_test(a_key_that_others_may_read_is_one_cause),
		cmocka_unit_test(what_is_no_key_is_one_cause),
		cmocka_unit_test(a_folder_is_no_key),
		cmocka_unit_test(an_unpinned_target_is_unknown_and_the_cause_is_named),
		cmocka_unit_test(an_absent_known_hosts_leaves_every_target_unknown),
		cmocka_unit_test(a_broken_row_is_unknown_before_all_else),
		cmocka_unit_test(a_rule_of_the_policy_skips_a_target),
		cmocka_unit_test(a_passive_run_skips_a_target_that_needs_the_tailnet),
		cmocka_unit_test(an_active_run_does_not_try_what_may_open_a_login_page),
		cmocka_unit_test(a_lan_only_target_is_never_reached_over_the_tailnet),
		cmocka_unit_test(a_tailscale_required_target_is_never_reached_over_the_lan),
		cmocka_unit_test(a_name_without_an_address_is_unknown),
		cmocka_unit_test(a_name_on_the_tailnet_is_never_reached_as_a_lan),
		cmocka_unit_test(the_way_out_of_a_name_is_told),
		cmocka_unit_test(a_host_that_is_no_machine_is_not_dialled),
		cmocka_unit_test(however_many_gates_ask_they_share_one_login),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
