#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <netinet/in.h>
#include <string.h>

#include <cmocka.h>

#include "net/lans.h"

static struct address address_of(const char *text)
{
	struct address address = {0};

	assert_true(address_parse(text_of(text), &address));
	return address;
}

static void add(struct lans *lans, const char *text)
{
	struct network network = {0};

	assert_true(network_parse(text_of(text), &network));
	lans_add(lans, &network, "eth0");
}

/** The network that holds the address; "" if none does. */
static const char *found(const struct lans *lans, const char *text)
{
	static char network[NETWORK_TEXT_BYTES];
	struct address address = address_of(text);
	const struct lan *lan = lans_find(lans, &address);

	network[0] = '\0';
	if (lan) {
		network_format(&lan->network, network);
	}
	return network;
}

static void the_narrowest_network_holds_an_address(void **state)
{
	struct lans lans = {0};

	(void)state;
	add(&lans, "10.0.0.0/8");
	add(&lans, "10.7.0.0/24");
	add(&lans, "fd00:7::/64");
	assert_string_equal(found(&lans, "10.7.0.11"), "10.7.0.0/24");
	assert_string_equal(found(&lans, "10.8.0.11"), "10.0.0.0/8");
	assert_string_equal(found(&lans, "fd00:7::18"), "fd00:7::/64");
	assert_string_equal(found(&lans, "fd00:8::18"), "");
	assert_string_equal(found(&lans, "192.168.1.1"), "");
	lans_release(&lans);
}

static void a_network_of_two_interfaces_is_one(void **state)
{
	struct lans lans = {0};

	(void)state;
	add(&lans, "10.7.0.0/24");
	add(&lans, "10.7.0.0/24");
	add(&lans, "10.7.0.0/25");
	assert_int_equal(lans.len, 2);
	lans_release(&lans);
}

static void a_network_is_foreign_after_three_strikes_and_nobody_at_home(void **state)
{
	struct lan lan = {.strikes = 2};

	(void)state;
	assert_false(lan_is_foreign(&lan));
	lan.strikes = 3;
	assert_true(lan_is_foreign(&lan));
	lan.verified = 1;
	assert_false(lan_is_foreign(&lan));
}

static void this_machine_has_its_loopback_network(void **state)
{
	struct lans lans = {0};
	struct err err = {0};

	(void)state;
	assert_int_equal(lans_read(&lans, &err), 0);
	assert_string_equal(found(&lans, "127.0.0.1"), "127.0.0.0/8");
	for (size_t i = 0; i < lans.len; i++) {
		enum address_class class = address_classify(&lans.at[i].network.base);

		assert_int_not_equal(class, ADDRESS_TAILNET);
		assert_true(lans.at[i].interface[0] != '\0');
	}
	lans_release(&lans);
}

static void local_addresses_are_those_that_others_may_have_elsewhere(void **state)
{
	static const struct {
		const char *text;
		bool is_local;
	} rows[] = {
		{"192.168.1.1", true},
		{"10.1.1.1", true},
		{"172.31.0.1", true},
		{"169.254.1.1", true},
		{"fd00::1", true},
		{"fe80::1", true},
		{"127.0.0.1", false},
		{"::1", false},
		{"203.0.113.7", false},
		{"100.64.0.1", false},
		{"fd7a:115c:a1e0::1", false},
		{"2001:db8::1", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct address address = address_of(rows[i].text);

		if (address_is_local(&address) != rows[i].is_local) {
			fail_msg("%s", rows[i].text);
		}
	}
}

static void a_network_around_an_address_is_written_as_one(void **state)
{
	static const struct {
		const char *address;
		unsigned prefix;
		const char *network;
	} rows[] = {
		{"10.7.3.11", 24, "10.7.3.0/24"},  {"10.7.3.11", 22, "10.7.0.0/22"},
		{"10.7.3.11", 32, "10.7.3.11/32"}, {"10.7.3.11", 0, "0.0.0.0/0"},
		{"fd00:7::18", 64, "fd00:7::/64"}, {"fd00:7::18", 127, "fd00:7::18/127"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct address address = address_of(rows[i].address);
		struct network network = network_around(&address, rows[i].prefix);
		char text[NETWORK_TEXT_BYTES];

		network_format(&network, text);
		assert_string_equal(text, rows[i].network);
		assert_true(network_holds(&network, &address));
	}
}

static void socket_addresses_go_both_ways(void **state)
{
	static const char *const texts[] = {"10.7.0.11", "fd00:7::18", "::1"};
	struct sockaddr_storage storage;
	struct sockaddr_in6 mapped = {.sin6_family = AF_INET6};
	struct address address = {0};
	char text[ADDRESS_TEXT_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		address = address_of(texts[i]);
		(void)address_to_socket(&address, 22, &storage);
		memset(&address, 0, sizeof(address));
		assert_true(address_from_socket((struct sockaddr *)&storage, &address));
		address_format(&address, text);
		assert_string_equal(text, texts[i]);
	}
	memcpy(&mapped.sin6_addr, "\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\x07\0\x0b", 16);
	assert_true(address_from_socket((struct sockaddr *)&mapped, &address));
	address_format(&address, text);
	assert_string_equal(text, "10.7.0.11");
	storage.ss_family = AF_UNIX;
	assert_false(address_from_socket((struct sockaddr *)&storage, &address));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_narrowest_network_holds_an_address),
		cmocka_unit_test(a_network_of_two_interfaces_is_one),
		cmocka_unit_test(a_network_is_foreign_after_three_strikes_and_nobody_at_home),
		cmocka_unit_test(this_machine_has_its_loopback_network),
		cmocka_unit_test(local_addresses_are_those_that_others_may_have_elsewhere),
		cmocka_unit_test(a_network_around_an_address_is_written_as_one),
		cmocka_unit_test(socket_addresses_go_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
