/* What a node serves, and how it is set up, as its daemon says it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "net/serve_config.h"
#include "net/tailnet_prefs.h"

static struct arena arena;

static int release(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

static struct serve_config parsed(const char *json)
{
	struct serve_config config = {0};
	struct err err = {0};

	if (serve_config_parse(&arena, text_of(json), &config, &err)) {
		fail_msg("%s", err.text);
	}
	return config;
}

static void assert_refused(const char *json, const char *why)
{
	struct serve_config config = {.port_count = 7};
	struct err err = {0};

	assert_int_equal(serve_config_parse(&arena, text_of(json), &config, &err), -1);
	assert_string_equal(err.text, why);
	assert_int_equal(config.port_count, 7);
}

static void a_proxy_behind_https_is_read(void **state)
{
	struct serve_config config =
		parsed("{\"TCP\":{\"443\":{\"HTTPS\":true}},\"Web\":{\"mneme.t.ts.net:443\":"
		       "{\"Handlers\":{\"/\":{\"Proxy\":\"http://127.0.0.1:3000\"}}}},"
		       "\"AllowFunnel\":{\"mneme.t.ts.net:443\":true,\"mneme.t.ts.net:8443\":"
		       "false}}");
	const struct serve_port *port = serve_config_port(&config, 443);
	const struct serve_site *site = serve_config_site(&config, "Mneme.t.ts.net", 443);

	(void)state;
	assert_non_null(port);
	assert_true(port->is_https);
	assert_false(port->is_http);
	assert_null(port->forward);
	assert_int_equal(port->origin, SERVE_BACKGROUND);
	assert_non_null(site);
	assert_int_equal(site->mount_count, 1);
	assert_string_equal(site->mounts[0].path, "/");
	assert_int_equal(site->mounts[0].handler, SERVE_PROXY);
	assert_string_equal(site->mounts[0].value, "http://127.0.0.1:3000");
	assert_int_equal(config.funnel_count, 1);
	assert_int_equal(config.funnels[0].port, 443);
	assert_null(serve_config_port(&config, 80));
	assert_null(serve_config_site(&config, "mneme.t.ts.net", 8443));
}

static void a_forward_of_tcp_is_read(void **state)
{
	struct serve_config config = parsed(
		"{\"TCP\":{\"5432\":{\"TCPForward\":\"127.0.0.1:5432\","
		"\"TerminateTLS\":\"db.t.ts.net\"},\"22\":{\"TCPForward\":\"10.0.0.1:22\"}}}");

	(void)state;
	assert_int_equal(config.port_count, 2);
	assert_string_equal(serve_config_port(&config, 5432)->terminate_tls, "db.t.ts.net");
	assert_string_equal(serve_config_port(&config, 22)->forward, "10.0.0.1:22");
	assert_null(serve_config_port(&config, 22)->terminate_tls);
}

static void foregrounds_and_services_say_whose_they_are(void **state)
{
	struct serve_config config = parsed(
		"{\"TCP\":null,\"Foreground\":{\"f1\":{\"TCP\":{\"443\":{\"HTTPS\":true}}}},"
		"\"Services\":{\"svc:db\":{\"TCP\":{\"80\":{\"HTTP\":true}},\"Web\":{\"db.t.ts.net:"
		"80\":{\"Handlers\":{\"/\":{\"Redirect\":\"https://x\"},\"/a\":{}}}}}}}");

	(void)state;
	assert_int_equal(config.port_count, 2);
	assert_int_equal(serve_config_port(&config, 443)->origin, SERVE_FOREGROUND);
	assert_string_equal(serve_config_port(&config, 443)->owner, "f1");
	assert_null(serve_config_port(&config, 80));
	assert_int_equal(config.sites[0].origin, SERVE_SERVICE);
	assert_string_equal(config.sites[0].owner, "svc:db");
	assert_int_equal(config.sites[0].mounts[0].handler, SERVE_REDIRECT);
	assert_int_equal(config.sites[0].mounts[1].handler, SERVE_NOTHING);
}

static void nothing_that_is_served_is_empty(void **state)
{
	static const char *const nothing[] = {"null", "{}", "{\"TCP\":null,\"Web\":{}}\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++) {
		struct serve_config config = parsed(nothing[i]);

		assert_int_equal(config.port_count + config.site_count + config.funnel_count, 0);
	}
}

static void what_is_no_configuration_is_one_sentence(void **state)
{
	(void)state;
	assert_refused("[]", "the serve configuration, line 1, column 1: it is a list, expected a "
			     "map");
	assert_refused(
		"{\"TCP\":{\"0\":{}}}",
		"the serve configuration, line 1, column 13: '0' is no port, and names none");
	assert_refused("{\"TCP\":{\"443\":true}}",
		       "the serve configuration, line 1, column 15: '443' is not a map");
	assert_refused("{\"Web\":{\"name\":{}}}",
		       "the serve configuration, line 1, column 16: 'name' is no name and port");
	assert_refused("{\"TCP\":{\"443\":{\"HTTPS\":1}}}",
		       "the serve configuration, line 1, column 24: 'HTTPS' is a number, expected "
		       "true or false");
	assert_refused("{\"AllowFunnel\":{\"a:443\":\"true\"}}",
		       "the serve configuration, line 1, column 25: 'a:443' is text, expected true "
		       "or false");
	assert_refused("{\"TCP\":{},\"TCP\":{}}",
		       "the serve configuration, line 1, column 11: the key 'TCP' stands twice");
}

static void prefs_are_read(void **state)
{
	struct tailnet_prefs prefs = {0};
	struct err err = {0};

	(void)state;
	assert_int_equal(
		tailnet_prefs_parse(
			&arena,
			text_of("{\"ControlURL\":\"https://c.example\",\"RouteAll\":true,"
				"\"ExitNodeID\":\"\",\"CorpDNS\":false,\"RunSSH\":true,"
				"\"WantRunning\":true,\"ShieldsUp\":true,\"OperatorUser\":\"ops\","
				"\"AdvertiseTags\":[\"tag:ci\"],"
				"\"AdvertiseRoutes\":[\"10.0.0.0/8\",\"::/0\"],\"New\":[1.5e3]}"),
			&prefs, &err),
		0);
	assert_string_equal(prefs.control_url, "https://c.example");
	assert_true(prefs.accepts_routes && prefs.runs_ssh && prefs.shields_up);
	assert_false(prefs.accepts_dns);
	assert_null(prefs.exit_node_id);
	assert_string_equal(prefs.operator_user, "ops");
	assert_int_equal(prefs.advertised_routes.len, 2);
	assert_int_equal(prefs.advertised_routes.at[1].prefix, 0);
	assert_int_equal(tailnet_prefs_parse(&arena, text_of("null"), &prefs, &err), -1);
	assert_string_equal(prefs.operator_user, "ops");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_proxy_behind_https_is_read, release),
		cmocka_unit_test_teardown(a_forward_of_tcp_is_read, release),
		cmocka_unit_test_teardown(foregrounds_and_services_say_whose_they_are, release),
		cmocka_unit_test_teardown(nothing_that_is_served_is_empty, release),
		cmocka_unit_test_teardown(what_is_no_configuration_is_one_sentence, release),
		cmocka_unit_test_teardown(prefs_are_read, release),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
