/* What a tailscaled can be asked, where it is sought, and what its answers mean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "net/localapi_tunnel.h"
#include "scratch.h"

/* ---- what can be asked */

static void never(const struct localapi_facts *facts, void *cookie)
{
	(void)facts;
	(void)cookie;
	fail_msg("a call that was refused has ended");
}

static enum localapi_outcome refusal(const struct localapi_request *request)
{
	struct localapi_places places = {0};
	struct err err = {0};
	enum localapi_outcome refused = LOCALAPI_OK;
	struct localapi *api = NULL;

	assert_int_equal(localapi_places_of_socket("/nowhere", &places, &err), 0);
	api = localapi_open(NULL, &places);
	assert_null(localapi_start(api, request, never, NULL, &refused));
	localapi_free(api);
	return refused;
}

static void what_a_run_may_not_do_has_no_path(void **state)
{
	static const char *const forbidden[] = {
		"login", "start",    "logout",   "reset",    "set-",      "shutdown", "disconnect",
		"debug", "id-token", "profiles", "reload",   "bugreport", "ping",     "watch",
		"dial",  "logtap",   "suggest",  "query-fe", "metrics",   "upload",   "file",
	};

	(void)state;
	for (int call = 0; call < LOCALAPI_CALLS; call++) {
		const struct localapi_row *row = localapi_row((enum localapi_call)call);

		assert_non_null(row->path);
		assert_non_null(row->doc);
		assert_true(row->body_max > 0);
		for (size_t i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++) {
			assert_int_not_equal(strncmp(row->path, forbidden[i], strlen(forbidden[i])),
					     0);
		}
	}
}

static void two_calls_are_active_and_the_rest_is_passive(void **state)
{
	(void)state;
	for (int call = 0; call < LOCALAPI_CALLS; call++) {
		assert_int_equal(localapi_row((enum localapi_call)call)->is_active,
				 call == LOCALAPI_CERT || call == LOCALAPI_DNS_QUERY);
	}
}

static void an_active_call_wants_leave(void **state)
{
	(void)state;
	assert_int_equal(
		refusal(&(struct localapi_request){.call = LOCALAPI_CERT, .argument = "a.ts.net"}),
		LOCALAPI_NOT_ACTIVE);
	assert_int_equal(refusal(&(struct localapi_request){.call = LOCALAPI_DNS_QUERY,
							    .argument = "a.ts.net"}),
			 LOCALAPI_NOT_ACTIVE);
}

static void an_argument_cannot_lead_elsewhere(void **state)
{
	static const char *const wrong[] = {
		"",     "../logout", "a.ts.net?type=pair", "a b", "a&type=key", "a%2f", "a\r\nX: y",
		"a..b", "a/b",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(refusal(&(struct localapi_request){.call = LOCALAPI_CERT,
								    .argument = wrong[i],
								    .is_active = true}),
				 LOCALAPI_ARGUMENT);
		assert_int_equal(refusal(&(struct localapi_request){.call = LOCALAPI_WHOIS,
								    .argument = wrong[i]}),
				 LOCALAPI_ARGUMENT);
	}
	assert_int_equal(refusal(&(struct localapi_request){.call = LOCALAPI_WHOIS}),
			 LOCALAPI_ARGUMENT);
	assert_int_equal(
		refusal(&(struct localapi_request){.call = LOCALAPI_STATUS, .argument = "x"}),
		LOCALAPI_ARGUMENT);
	assert_int_equal(refusal(&(struct localapi_request){.call = LOCALAPI_CERT,
							    .argument = "100.64.1.1",
							    .is_active = true}),
			 LOCALAPI_ARGUMENT);
}

/* ---- what answers mean */

static void answers_mean_what_the_daemon_says(void **state)
{
	static const struct {
		int status;
		const char *body;
		enum localapi_outcome outcome;
	} answers[] = {
		{200, "{}", LOCALAPI_OK},
		{403, "invalid localapi request", LOCALAPI_FORBIDDEN},
		{403, "cert access denied", LOCALAPI_CERT_DENIED},
		{403, "bad password", LOCALAPI_NEEDS_AUTH},
		{403, "prefs access denied", LOCALAPI_DENIED},
		{401, "auth required", LOCALAPI_NEEDS_AUTH},
		{401, "Tailscale already in use by bob, pid 7", LOCALAPI_IN_USE},
		{404, "404 page not found", LOCALAPI_UNSUPPORTED},
		{404, "no match for IP:port", LOCALAPI_FAILED},
		{503, "no netmap", LOCALAPI_NOT_READY},
		{500, "acme.GetReg: x509", LOCALAPI_FAILED},
		{302, "", LOCALAPI_FAILED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		struct http_facts facts = {.outcome = HTTP_OK,
					   .status = answers[i].status,
					   .body = text_of(answers[i].body)};

		assert_int_equal(localapi_judge(&facts), answers[i].outcome);
	}
}

static void what_is_no_answer_is_told_apart(void **state)
{
	static const struct {
		enum http_outcome http;
		enum localapi_outcome outcome;
	} ends[] = {
		{HTTP_NOT_TRIED, LOCALAPI_NOT_TRIED}, {HTTP_ABSENT, LOCALAPI_ABSENT},
		{HTTP_REFUSED, LOCALAPI_ABSENT},      {HTTP_DENIED, LOCALAPI_NO_ACCESS},
		{HTTP_TIMEOUT, LOCALAPI_TIMEOUT},     {HTTP_TOO_LARGE, LOCALAPI_TOO_LARGE},
		{HTTP_MALFORMED, LOCALAPI_MALFORMED}, {HTTP_CLOSED, LOCALAPI_MALFORMED},
		{HTTP_NO_LIBRARY, LOCALAPI_BROKEN},   {HTTP_BROKEN, LOCALAPI_BROKEN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct http_facts facts = {.outcome = ends[i].http};

		assert_int_equal(localapi_judge(&facts), ends[i].outcome);
		assert_non_null(localapi_outcome_text(ends[i].outcome));
	}
}

static void a_machine_that_does_not_connect_for_us_is_no_absent_daemon(void **state)
{
	static const struct {
		enum forward_state state;
		enum localapi_outcome outcome;
	} ends[] = {
		{FORWARD_OPEN, LOCALAPI_OK},
		{FORWARD_OPENING, LOCALAPI_TIMEOUT},
		{FORWARD_SILENT, LOCALAPI_TIMEOUT},
		{FORWARD_UNREACHED, LOCALAPI_UNREACHED},
		{FORWARD_PROHIBITED, LOCALAPI_PROHIBITED},
		{FORWARD_LOST, LOCALAPI_LOST},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		assert_int_equal(localapi_of_forward(ends[i].state), ends[i].outcome);
		assert_non_null(localapi_outcome_text(ends[i].outcome));
	}
}

/* ---- where it is */

static void make_socket(const char *path)
{
	AUTO(auto_close) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	assert_true(strlen(path) < sizeof(address.sun_path));
	memcpy(address.sun_path, path, strlen(path));
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
}

static void the_first_socket_that_is_there_is_taken(void **state)
{
	char first[PATH_MAX];
	char second[PATH_MAX];
	const char *sockets[] = {first, second, NULL};
	struct localapi_places places = {0};

	(void)state;
	(void)snprintf(first, sizeof(first), "%s", scratch_path("a.sock"));
	(void)snprintf(second, sizeof(second), "%s", scratch_path("b.sock"));
	localapi_places_find(&(struct localapi_folders){.sockets = sockets}, &places);
	assert_int_equal(places.len, 1);
	assert_string_equal(places.at[0].socket, first);
	make_socket(second);
	localapi_places_find(&(struct localapi_folders){.sockets = sockets}, &places);
	assert_int_equal(places.len, 1);
	assert_string_equal(places.at[0].socket, second);
	assert_int_equal(places.at[0].port, 0);
}

static void the_standalone_app_has_a_link_and_a_token(void **state)
{
	static const char *const sockets[] = {"/nowhere.sock", NULL};
	char folder[PATH_MAX];
	char link[PATH_MAX];
	char proof[PATH_MAX];
	char text[200];
	struct localapi_places places = {0};
	struct err err = {0};

	(void)state;
	assert_int_equal(mkdir(scratch_path("app"), 0700), 0);
	(void)snprintf(folder, sizeof(folder), "%s", scratch_path("app"));
	(void)snprintf(link, sizeof(link), "%s", scratch_path("app/ipnport"));
	(void)snprintf(proof, sizeof(proof), "%s", scratch_path("app/sameuserproof-41112"));
	assert_int_equal(symlink("41112", link), 0);
	localapi_places_find(&(struct localapi_folders){.standalone = folder, .sockets = sockets},
			     &places);
	assert_int_equal(places.len, 1);
	assert_int_equal(
		file_replace(proof, text_of("0123456789abcdef0123\n"), 0600, FILE_SYNC_NO, &err),
		0);
	localapi_places_find(&(struct localapi_folders){.standalone = folder, .sockets = sockets},
			     &places);
	assert_int_equal(places.len, 2);
	assert_int_equal(places.at[0].port, 41112);
	assert_string_equal(places.at[0].token, "0123456789abcdef0123");
	assert_string_equal(places.at[1].socket, "/nowhere.sock");
	localapi_place_text(&places.at[0], text, sizeof(text));
	assert_string_equal(text, "port 41112 of this machine");
}

static void the_app_store_has_a_file_with_port_and_token_in_its_name(void **state)
{
	static const char *const sockets[] = {"/nowhere.sock", NULL};
	char containers[PATH_MAX];
	char container[PATH_MAX];
	char path[PATH_MAX + 64];
	struct localapi_places places = {0};
	struct err err = {0};

	(void)state;
	assert_int_equal(mkdir(scratch_path("store"), 0700), 0);
	(void)snprintf(containers, sizeof(containers), "%s", scratch_path("store"));
	(void)snprintf(container, sizeof(container), "%s",
		       scratch_path("store/TEAM.group.io.tailscale.ipn.macos"));
	assert_int_equal(mkdir(container, 0700), 0);
	for (int i = 0; i < 5; i++) {
		static const char *const names[] = {
			"sameuserproof-41113-abcdef0123456789abcd", "sameuserproof-99999-abcd",
			"sameuserproof-41114-", "sameuserproof-x-abcd", "other-1-2"};

		(void)snprintf(path, sizeof(path), "%s/%s", container, names[i]);
		assert_int_equal(file_replace(path, text_of(""), 0600, FILE_SYNC_NO, &err), 0);
	}
	localapi_places_find(
		&(struct localapi_folders){.containers = containers, .sockets = sockets}, &places);
	assert_int_equal(places.len, 2);
	assert_int_equal(places.at[0].port, 41113);
	assert_string_equal(places.at[0].token, "abcdef0123456789abcd");
}

static void another_machine_is_looked_at_in_the_places_of_all_systems(void **state)
{
	struct localapi_places places = {0};

	(void)state;
	localapi_places_remote(&places);
	assert_int_equal(places.len, 4);
	assert_string_equal(places.at[0].socket, "/var/run/tailscale/tailscaled.sock");
	assert_string_equal(places.at[1].socket, "/var/run/tailscaled.socket");
	for (size_t i = 0; i < places.len; i++) {
		assert_int_equal(places.at[i].port, 0);
	}
}

static void a_path_that_is_too_long_is_refused(void **state)
{
	struct localapi_places places = {.len = 7};
	struct err err = {0};
	char path[LOCALAPI_SOCKET_BYTES + 1];

	(void)state;
	memset(path, 'a', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(localapi_places_of_socket(path, &places, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	assert_int_equal(places.len, 7);
	path[LOCALAPI_SOCKET_BYTES - 1] = '\0';
	assert_int_equal(localapi_places_of_socket(path, &places, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_run_may_not_do_has_no_path),
		cmocka_unit_test(two_calls_are_active_and_the_rest_is_passive),
		cmocka_unit_test(an_active_call_wants_leave),
		cmocka_unit_test(an_argument_cannot_lead_elsewhere),
		cmocka_unit_test(answers_mean_what_the_daemon_says),
		cmocka_unit_test(what_is_no_answer_is_told_apart),
		cmocka_unit_test(the_first_socket_that_is_there_is_taken),
		cmocka_unit_test(the_standalone_app_has_a_link_and_a_token),
		cmocka_unit_test(the_app_store_has_a_file_with_port_and_token_in_its_name),
		cmocka_unit_test(a_machine_that_does_not_connect_for_us_is_no_absent_daemon),
		cmocka_unit_test(another_machine_is_looked_at_in_the_places_of_all_systems),
		cmocka_unit_test(a_path_that_is_too_long_is_refused),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
