/* What a daemon says in JSON becomes structs, or one sentence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "net/tailnet_status.h"

/** As 1.98 says it; one peer of each sort. */
static const char running[] =
	"{\"Version\":\"1.98.9-tabc\",\"TUN\":true,\"BackendState\":\"Running\",\"HaveNodeKey\":true,"
	"\"AuthURL\":\"\",\"TailscaleIPs\":[\"100.64.1.1\",\"fd7a:115c:a1e0::1\"],"
	"\"Self\":{\"ID\":\"nSELF11CNTRL\",\"NodeID\":9007199254740993,"
	"\"PublicKey\":\"nodekey:aa\",\"HostName\":\"control\",\"DNSName\":\"control.tail1.ts.net.\","
	"\"OS\":\"linux\",\"UserID\":7,\"TailscaleIPs\":[\"100.64.1.1\",\"fd7a:115c:a1e0::1\"],"
	"\"AllowedIPs\":[\"100.64.1.1/32\",\"fd7a:115c:a1e0::1/128\"],\"Tags\":[\"tag:ci\"],"
	"\"Addrs\":[\"192.168.1.2:41641\"],\"CurAddr\":\"\",\"Relay\":\"fra\",\"PeerRelay\":\"\","
	"\"RxBytes\":0,\"TxBytes\":0,\"Created\":\"2025-02-01T10:00:00.123456789Z\","
	"\"LastWrite\":\"0001-01-01T00:00:00Z\",\"LastSeen\":\"0001-01-01T00:00:00Z\","
	"\"Online\":true,\"ExitNode\":false,\"ExitNodeOption\":false,\"Active\":false,"
	"\"PeerAPIURL\":[],\"CapMap\":{\"https\":null,\"funnel\":[],\"x\":[{\"a\":1.5}]},"
	"\"InNetworkMap\":true,\"InMagicSock\":false,\"InEngine\":false,"
	"\"KeyExpiry\":\"2026-03-01T12:00:00+02:00\"},"
	"\"Health\":[\"You are late\"],\"MagicDNSSuffix\":\"tail1.ts.net\","
	"\"CurrentTailnet\":{\"Name\":\"ops@example.org\",\"MagicDNSSuffix\":\"tail1.ts.net\","
	"\"MagicDNSEnabled\":true},\"CertDomains\":[\"control.tail1.ts.net\"],"
	"\"Peer\":{\"nodekey:bb\":{\"ID\":\"nNAS\",\"NodeID\":2,\"PublicKey\":\"nodekey:bb\","
	"\"HostName\":\"nas\",\"DNSName\":\"nas.tail1.ts.net.\",\"OS\":\"linux\","
	"\"TailscaleIPs\":[\"100.64.1.2\"],\"AllowedIPs\":[\"100.64.1.2/32\",\"10.1.0.0/16\"],"
	"\"PrimaryRoutes\":[\"10.1.0.0/16\"],\"CurAddr\":\"192.168.1.9:41641\",\"Active\":true,"
	"\"Online\":true,\"sshHostKeys\":[\"ssh-ed25519 AAAA\"]},"
	"\"nodekey:cc\":{\"ID\":\"nMUL\",\"DNSName\":\"de-ber-wg-001.mullvad.ts.net.\","
	"\"TailscaleIPs\":[\"100.64.1.3\"],\"ExitNodeOption\":true},"
	"\"nodekey:dd\":{\"ID\":\"nSHARE\",\"DNSName\":\"\",\"ShareeNode\":true,\"Expired\":true,"
	"\"LastSeen\":\"2026-01-01T00:00:00Z\"}},"
	"\"User\":{\"7\":{\"ID\":7,\"LoginName\":\"ops@example.org\"}},"
	"\"ClientVersion\":{\"RunningLatest\":false,\"LatestVersion\":\"1.102.3\"}}";

static struct arena arena;

static int release(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

static struct tailnet_status parsed(const char *json)
{
	struct tailnet_status status = {0};
	struct err err = {0};

	if (tailnet_status_parse(&arena, text_of(json), &status, &err)) {
		fail_msg("%s", err.text);
	}
	return status;
}

static void assert_refused(const char *json, const char *why)
{
	struct tailnet_status status = {.version = "untouched"};
	struct err err = {0};

	assert_int_equal(tailnet_status_parse(&arena, text_of(json), &status, &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	assert_string_equal(err.text, why);
	assert_string_equal(status.version, "untouched");
}

static void a_running_node_is_read(void **state)
{
	struct tailnet_status status = parsed(running);
	int64_t noon = 0;
	struct err err = {0};

	(void)state;
	assert_int_equal(status.state, BACKEND_RUNNING);
	assert_string_equal(status.state_text, "Running");
	assert_string_equal(status.version, "1.98.9-tabc");
	assert_string_equal(status.latest_version, "1.102.3");
	assert_null(status.auth_url);
	assert_false(status.is_userspace);
	assert_true(status.has_magic_dns);
	assert_string_equal(status.tailnet, "ops@example.org");
	assert_string_equal(status.magic_dns_suffix, "tail1.ts.net");
	assert_int_equal(status.health.len, 1);
	assert_string_equal(status.cert_domains.at[0], "control.tail1.ts.net");
	assert_string_equal(status.self.id, "nSELF11CNTRL");
	assert_true(status.self.node_id == 9007199254740993);
	assert_string_equal(status.self.dns_name, "control.tail1.ts.net");
	assert_int_equal(status.self.tailscale_ips.len, 2);
	assert_true(text_list_holds(&status.self.tags, "tag:ci"));
	assert_null(status.self.cur_addr);
	assert_string_equal(status.self.relay, "fra");
	assert_true(tailnet_node_can(&status.self, "https"));
	assert_true(tailnet_node_can(&status.self, "funnel"));
	assert_false(tailnet_node_can(&status.self, "dns-subdomain-resolve"));
	assert_false(status.self.last_seen.is_set);
	assert_int_equal(clock_parse_rfc3339(text_of("2026-03-01T10:00:00.000Z"), &noon, &err), 0);
	assert_true(status.self.key_expiry.is_set);
	assert_true(status.self.key_expiry.utc_ms == noon);
	assert_true(status.self.created.utc_ms % 1000 == 123);
}

static void peers_are_read_and_found(void **state)
{
	struct tailnet_status status = parsed(running);
	struct address address = {0};
	const struct tailnet_node *nas = NULL;

	(void)state;
	assert_int_equal(status.peer_count, 3);
	nas = tailnet_status_find_name(&status, "NAS.tail1.ts.net.");
	assert_non_null(nas);
	assert_string_equal(nas->cur_addr, "192.168.1.9:41641");
	assert_int_equal(nas->ssh_host_keys.len, 1);
	assert_int_equal(nas->primary_routes.len, 1);
	assert_int_equal(nas->primary_routes.at[0].prefix, 16);
	assert_false(nas->key_expiry.is_set);
	assert_false(tailnet_node_is_foreign(nas));
	assert_true(address_parse(text_of("100.64.1.2"), &address));
	assert_ptr_equal(tailnet_status_find_address(&status, &address), nas);
	assert_true(address_parse(text_of("fd7a:115c:a1e0::1"), &address));
	assert_ptr_equal(tailnet_status_find_address(&status, &address), &status.self);
	assert_true(address_parse(text_of("100.64.1.9"), &address));
	assert_null(tailnet_status_find_address(&status, &address));
	assert_null(tailnet_status_find_name(&status, "nas"));
	assert_true(tailnet_node_is_foreign(&status.peers[1]));
	assert_true(tailnet_node_is_foreign(&status.peers[2]));
	assert_true(status.peers[2].is_expired);
	assert_true(status.peers[2].last_seen.is_set);
	assert_null(status.peers[2].dns_name);
}

static void a_node_that_needs_a_login_is_read(void **state)
{
	struct tailnet_status status = parsed(
		"{\"Version\":\"1.98.9\",\"TUN\":false,\"BackendState\":\"NeedsLogin\","
		"\"AuthURL\":\"https://login.tailscale.com/a/123\",\"TailscaleIPs\":null,"
		"\"Self\":{\"ID\":\"\",\"NodeID\":0,\"PublicKey\":\"\",\"HostName\":\"control\","
		"\"DNSName\":\"\",\"OS\":\"linux\",\"TailscaleIPs\":null,\"Addrs\":null},"
		"\"Health\":null,\"MagicDNSSuffix\":\"\",\"CurrentTailnet\":null,"
		"\"CertDomains\":null,\"Peer\":null,\"User\":null,\"ClientVersion\":null}");

	(void)state;
	assert_int_equal(status.state, BACKEND_NEEDS_LOGIN);
	assert_string_equal(status.auth_url, "https://login.tailscale.com/a/123");
	assert_true(status.is_userspace);
	assert_string_equal(status.self.host_name, "control");
	assert_null(status.self.id);
	assert_null(status.magic_dns_suffix);
	assert_null(status.tailnet);
	assert_int_equal(status.peer_count, 0);
	assert_int_equal(status.health.len, 0);
}

static void every_state_is_known_and_another_word_is_kept(void **state)
{
	static const struct {
		const char *json;
		enum backend_state state;
	} words[] = {
		{"{\"BackendState\":\"NoState\"}", BACKEND_NO_STATE},
		{"{\"BackendState\":\"NeedsMachineAuth\"}", BACKEND_NEEDS_MACHINE_AUTH},
		{"{\"BackendState\":\"Stopped\"}", BACKEND_STOPPED},
		{"{\"BackendState\":\"Starting\"}", BACKEND_STARTING},
		{"{\"BackendState\":\"InUseOtherUser\"}", BACKEND_OTHER},
		{"{\"BackendState\":\"running\"}", BACKEND_OTHER},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		assert_int_equal(parsed(words[i].json).state, words[i].state);
	}
	assert_string_equal(parsed(words[4].json).state_text, "InUseOtherUser");
}

static void what_is_no_status_is_one_sentence(void **state)
{
	(void)state;
	assert_refused("", "the status: the file is empty");
	assert_refused("[]", "the status, line 1, column 1: there is no 'BackendState', so it is "
			     "none");
	assert_refused("{}", "the status, line 1, column 1: there is no 'BackendState', so it is "
			     "none");
	assert_refused("{\"BackendState\":7}",
		       "the status, line 1, column 17: 'BackendState' is a number, expected text");
	assert_refused("{\"BackendState\":\"Running\",\"Peer\":[]}",
		       "the status, line 1, column 34: 'Peer' is a list, expected a map");
	assert_refused("{\"BackendState\":\"Running\",\"BackendState\":\"Stopped\"}",
		       "the status, line 1, column 27: the key 'BackendState' stands twice");
	assert_refused("{\"BackendState\":\"Running\",\"Self\":{\"Online\":\"true\"}}",
		       "the status, line 1, column 44: 'Online' is text, expected true or false");
	assert_refused("{\"BackendState\":\"Running\",\"Self\":{\"NodeID\":1.5}}",
		       "the status, line 1, column 44: 'NodeID' is '1.5', expected a whole number");
	assert_refused(
		"{\"BackendState\":\"Running\",\"Self\":{\"TailscaleIPs\":[\"100.64.1.300\"]}}",
		"the status, line 1, column 50: '100.64.1.300' in 'TailscaleIPs' is no address");
	assert_refused("{\"BackendState\":\"Running\",\"Peer\":{\"k\":[]}}",
		       "the status, line 1, column 39: a peer is a list, expected a map");
	assert_refused("{\"BackendState\":\"Running\",\"Self\":{\"KeyExpiry\":\"soon\"}}",
		       "the status, line 1, column 47: 'KeyExpiry' is 'soon', expected a time like "
		       "2026-03-01T21:48:13Z");
}

static void bytes_that_are_no_json_are_one_sentence(void **state)
{
	struct tailnet_status status = {0};
	struct err err = {0};
	char deep[200];

	(void)state;
	memset(deep, '[', sizeof(deep));
	assert_int_equal(
		tailnet_status_parse(&arena, (struct text){deep, sizeof(deep)}, &status, &err), -1);
	assert_non_null(strstr(err.text, "deeper than 64"));
	err = (struct err){0};
	assert_int_equal(
		tailnet_status_parse(&arena, text_of("{\"BackendState\":\"\xff\"}"), &status, &err),
		-1);
	assert_non_null(strstr(err.text, "UTF-8"));
}

static void a_mistake_in_hostile_words_is_printable(void **state)
{
	struct tailnet_status status = {0};
	struct err err = {0};

	(void)state;
	assert_int_equal(
		tailnet_status_parse(
			&arena,
			text_of("{\"BackendState\":\"Running\",\"Self\":{\"TailscaleIPs\":["
				"\"\\u001b[2J\"]}}"),
			&status, &err),
		-1);
	assert_null(strchr(err.text, '\033'));
	assert_non_null(strstr(err.text, "\\x1b[2J"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_running_node_is_read, release),
		cmocka_unit_test_teardown(peers_are_read_and_found, release),
		cmocka_unit_test_teardown(a_node_that_needs_a_login_is_read, release),
		cmocka_unit_test_teardown(every_state_is_known_and_another_word_is_kept, release),
		cmocka_unit_test_teardown(what_is_no_status_is_one_sentence, release),
		cmocka_unit_test_teardown(bytes_that_are_no_json_are_one_sentence, release),
		cmocka_unit_test_teardown(a_mistake_in_hostile_words_is_printable, release),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
