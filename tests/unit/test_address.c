#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "net/address.h"

/** Fail with the row's own text, so that a table test says which row it was. */
static void expect(bool holds, const char *row)
{
	if (!holds) {
		fail_msg("'%s'", row);
	}
}

static struct address parsed(const char *text)
{
	struct address address = {0};

	if (!address_parse(text_of(text), &address)) {
		fail_msg("'%s' was not read as an address", text);
	}
	return address;
}

static const struct {
	const char *text;
	enum address_class class;
} classes[] = {
	{"0.0.0.0", ADDRESS_UNUSABLE},
	{"0.255.255.255", ADDRESS_UNUSABLE},
	{"1.0.0.0", ADDRESS_OTHER},
	{"9.255.255.255", ADDRESS_OTHER},
	{"10.0.0.0", ADDRESS_PRIVATE},
	{"10.255.255.255", ADDRESS_PRIVATE},
	{"11.0.0.0", ADDRESS_OTHER},
	{"100.63.255.255", ADDRESS_OTHER},
	{"100.64.0.0", ADDRESS_TAILNET},
	{"100.100.100.99", ADDRESS_TAILNET},
	{"100.100.100.100", ADDRESS_TAILNET_RESERVED},
	{"100.100.100.101", ADDRESS_TAILNET},
	{"100.115.91.255", ADDRESS_TAILNET},
	{"100.115.92.0", ADDRESS_TAILNET_RESERVED},
	{"100.115.93.255", ADDRESS_TAILNET_RESERVED},
	{"100.115.94.0", ADDRESS_TAILNET},
	{"100.127.255.255", ADDRESS_TAILNET},
	{"100.128.0.0", ADDRESS_OTHER},
	{"126.255.255.255", ADDRESS_OTHER},
	{"127.0.0.1", ADDRESS_LOOPBACK},
	{"127.255.255.255", ADDRESS_LOOPBACK},
	{"128.0.0.0", ADDRESS_OTHER},
	{"169.253.255.255", ADDRESS_OTHER},
	{"169.254.0.0", ADDRESS_LINK_LOCAL},
	{"169.255.0.0", ADDRESS_OTHER},
	{"172.15.255.255", ADDRESS_OTHER},
	{"172.16.0.0", ADDRESS_PRIVATE},
	{"172.31.255.255", ADDRESS_PRIVATE},
	{"172.32.0.0", ADDRESS_OTHER},
	{"192.167.255.255", ADDRESS_OTHER},
	{"192.168.0.0", ADDRESS_PRIVATE},
	{"192.168.255.255", ADDRESS_PRIVATE},
	{"192.169.0.0", ADDRESS_OTHER},
	{"223.255.255.255", ADDRESS_OTHER},
	{"224.0.0.1", ADDRESS_UNUSABLE},
	{"239.255.255.255", ADDRESS_UNUSABLE},
	{"240.0.0.0", ADDRESS_OTHER},
	{"255.255.255.254", ADDRESS_OTHER},
	{"255.255.255.255", ADDRESS_UNUSABLE},
	{"::", ADDRESS_UNUSABLE},
	{"::1", ADDRESS_LOOPBACK},
	{"::2", ADDRESS_OTHER},
	{"2001:db8::1", ADDRESS_OTHER},
	{"fbff::1", ADDRESS_OTHER},
	{"fc00::", ADDRESS_PRIVATE},
	{"fd7a:115c:a1df:ffff::", ADDRESS_PRIVATE},
	{"fd7a:115c:a1e0::", ADDRESS_TAILNET},
	{"fd7a:115c:a1e0:ffff:ffff:ffff:ffff:ffff", ADDRESS_TAILNET},
	{"fd7a:115c:a1e1::", ADDRESS_PRIVATE},
	{"fdff:ffff::", ADDRESS_PRIVATE},
	{"fe00::", ADDRESS_OTHER},
	{"fe7f:ffff::", ADDRESS_OTHER},
	{"fe80::1", ADDRESS_LINK_LOCAL},
	{"febf:ffff::", ADDRESS_LINK_LOCAL},
	{"fec0::", ADDRESS_OTHER},
	{"ff02::1", ADDRESS_UNUSABLE},
	{"::ffff:100.64.0.1", ADDRESS_TAILNET},
	{"::ffff:192.168.1.1", ADDRESS_PRIVATE},
};

static void each_range_begins_and_ends_where_its_rfc_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		struct address address = parsed(classes[i].text);

		expect(address_classify(&address) == classes[i].class, classes[i].text);
	}
}

static void no_address_is_unusable_and_never_a_lan_address(void **state)
{
	struct address none = {0};

	(void)state;
	assert_int_equal(address_classify(&none), ADDRESS_UNUSABLE);
	assert_false(address_is_lan(&none));
}

static void tailnet_and_unusable_addresses_are_no_lan_addresses(void **state)
{
	static const char *const lan[] = {"10.1.2.3", "192.168.1.9", "169.254.7.7", "127.0.0.1",
					  "::1",      "fe80::1",     "fd00::1",     "203.0.113.7"};
	static const char *const not_lan[] = {
		"100.64.0.1",        "100.100.100.100", "100.115.92.1",       "0.0.0.0",
		"fd7a:115c:a1e0::1", "224.0.0.251",     "::ffff:100.127.0.1", "255.255.255.255"};

	(void)state;
	for (size_t i = 0; i < sizeof(lan) / sizeof(lan[0]); i++) {
		struct address address = parsed(lan[i]);

		assert_true(address_is_lan(&address));
	}
	for (size_t i = 0; i < sizeof(not_lan) / sizeof(not_lan[0]); i++) {
		struct address address = parsed(not_lan[i]);

		assert_false(address_is_lan(&address));
	}
}

static const char *const not_addresses[] = {
	"",
	" ",
	"1.2.3",
	"1.2.3.4.5",
	"1.2.3.256",
	"1.2.3.999",
	"1.2.3.1000",
	"01.2.3.4",
	"1.2.3.04",
	"1.2.3.00",
	"1.2.3.0x4",
	"1..2.3",
	".1.2.3.4",
	"1.2.3.4.",
	"1.2.3.-4",
	"1.2.3.+4",
	" 1.2.3.4",
	"1.2.3.4 ",
	"1.2.3.4\n",
	"1.2.3.4/24",
	"1,2,3,4",
	"a.b.c.d",
	"localhost",
	"2130706433",
	":",
	":::",
	"::1::",
	"1::2::3",
	"1:2:3:4:5:6:7",
	"1:2:3:4:5:6:7:8:9",
	"1:2:3:4:5:6:7:8::",
	"::1:2:3:4:5:6:7:8",
	"1:2:3:4::5:6:7:8",
	"1:",
	":1",
	":1::",
	"12345::",
	"g::1",
	"::1%eth0",
	"[::1]",
	"::1/128",
	"::1.2.3",
	"::1.2.3.4:5",
	"1.2.3.4::",
	"::256.2.3.4",
	"::01.2.3.4",
	"1:2:3:4:5:6:7:1.2.3.4",
	"::ffff:1.2.3.4.5",
	"0000:0000:0000:0000:0000:ffff:255.255.255.2555",
};

static void anything_but_an_address_is_refused_and_changes_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(not_addresses) / sizeof(not_addresses[0]); i++) {
		struct address address = {.family = ADDRESS_V4, .bytes = {7}};

		expect(!address_parse(text_of(not_addresses[i]), &address), not_addresses[i]);
		assert_int_equal(address.family, ADDRESS_V4);
		assert_int_equal(address.bytes[0], 7);
	}
	assert_false(address_parse((struct text){"1.2.3.4\0", 8}, &(struct address){0}));
	assert_false(address_parse((struct text){0}, &(struct address){0}));
}

static const struct {
	const char *in;
	const char *out;
} spellings[] = {
	{"::", "::"},
	{"::1", "::1"},
	{"1::", "1::"},
	{"FE80::ABCD", "fe80::abcd"},
	{"2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"},
	{"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
	{"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
	{"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
	{"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
	{"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
	{"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
	{"::1.2.3.4", "::102:304"},
	{"1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"},
	{"::ffff:192.168.1.7", "192.168.1.7"},
	{"::FFFF:c0a8:107", "192.168.1.7"},
	{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
	{"0.0.0.0", "0.0.0.0"},
	{"255.255.255.255", "255.255.255.255"},
};

static void ipv6_is_read_with_gaps_anywhere_and_written_canonically(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
		struct address address = parsed(spellings[i].in);
		char text[ADDRESS_TEXT_BYTES] = "";

		address_format(&address, text);
		assert_string_equal(text, spellings[i].out);
	}
}

static void no_address_is_written_as_nothing(void **state)
{
	struct address none = {0};
	char text[ADDRESS_TEXT_BYTES] = "x";

	(void)state;
	address_format(&none, text);
	assert_string_equal(text, "");
}

static void addresses_are_equal_as_values_not_as_text(void **state)
{
	struct address left = parsed("fd7a:115c:a1e0::1");
	struct address same = parsed("FD7A:115C:A1E0:0:0:0:0:1");
	struct address other = parsed("fd7a:115c:a1e0::2");
	struct address plain = parsed("10.0.0.1");
	struct address mapped = parsed("::ffff:10.0.0.1");
	struct address neighbour = parsed("10.0.0.2");

	(void)state;
	assert_true(address_equal(&left, &same));
	assert_false(address_equal(&left, &other));
	assert_true(address_equal(&plain, &mapped));
	assert_false(address_equal(&plain, &neighbour));
	assert_false(address_equal(&plain, &left));
}

static void digits_and_dots_look_numeric(void **state)
{
	(void)state;
	assert_true(address_looks_numeric(text_of("10.0.0.300")));
	assert_true(address_looks_numeric(text_of("7")));
	assert_false(address_looks_numeric(text_of("10.0.0.a")));
	assert_false(address_looks_numeric(text_of("::1")));
	assert_false(address_looks_numeric(text_of("")));
}

static void socket_addresses_hold_family_port_and_bytes(void **state)
{
	struct address v4 = parsed("192.168.1.7");
	struct address v6 = parsed("2001:db8::7");
	struct address none = {0};
	struct sockaddr_storage storage;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	(void)state;
	assert_int_equal(address_to_socket(&v4, 22, &storage), sizeof(in));
	memcpy(&in, &storage, sizeof(in));
	assert_int_equal(in.sin_family, AF_INET);
	assert_int_equal(ntohs(in.sin_port), 22);
	assert_int_equal(ntohl(in.sin_addr.s_addr), 0xc0a80107);
	assert_int_equal(address_to_socket(&v6, 2222, &storage), sizeof(in6));
	memcpy(&in6, &storage, sizeof(in6));
	assert_int_equal(in6.sin6_family, AF_INET6);
	assert_int_equal(ntohs(in6.sin6_port), 2222);
	assert_int_equal(in6.sin6_scope_id, 0);
	assert_memory_equal(&in6.sin6_addr, v6.bytes, 16);
	assert_int_equal(address_to_socket(&none, 22, &storage), 0);
}

static const struct {
	const char *network;
	const char *address;
	bool holds;
} memberships[] = {
	{"192.168.1.0/24", "192.168.1.0", true},
	{"192.168.1.0/24", "192.168.1.255", true},
	{"192.168.1.0/24", "192.168.2.0", false},
	{"192.168.1.0/24", "192.168.0.255", false},
	{"100.64.0.0/10", "100.127.255.255", true},
	{"100.64.0.0/10", "100.128.0.0", false},
	{"0.0.0.0/0", "203.0.113.9", true},
	{"0.0.0.0/0", "::1", false},
	{"10.0.0.7/32", "10.0.0.7", true},
	{"10.0.0.7/32", "10.0.0.6", false},
	{"fd7a:115c:a1e0::/48", "fd7a:115c:a1e0:1::1", true},
	{"fd7a:115c:a1e0::/48", "fd7a:115c:a1e1::1", false},
	{"2001:db8::/33", "2001:db8:7fff::", true},
	{"2001:db8::/33", "2001:db8:8000::", false},
	{"::/0", "2001:db8::1", true},
	{"::/0", "10.0.0.1", false},
	{"::1/128", "::1", true},
};

static void a_network_holds_exactly_its_addresses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(memberships) / sizeof(memberships[0]); i++) {
		struct network network = {0};
		struct address address = parsed(memberships[i].address);

		assert_true(network_parse(text_of(memberships[i].network), &network));
		expect(network_holds(&network, &address) == memberships[i].holds,
		       memberships[i].address);
	}
	assert_false(network_holds(&(struct network){0}, &(struct address){0}));
}

static const char *const not_networks[] = {
	"",
	"192.168.1.0",
	"192.168.1.0/",
	"192.168.1.0/33",
	"10.0.0.0/-1",
	"10.0.0.0/08",
	"10.0.0.0/8/8",
	"10.0.0.0/8 ",
	"10.0.0.1/8",
	"192.168.1.1/31",
	"2001:db8::1/127",
	"::/129",
	"/8",
	"name/8",
	"10.0.0.0/a",
};

static void networks_with_host_bits_or_bad_prefixes_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(not_networks) / sizeof(not_networks[0]); i++) {
		struct network network = {0};

		expect(!network_parse(text_of(not_networks[i]), &network), not_networks[i]);
	}
}

static const struct {
	const char *text;
	const char *scheme;
	const char *host;
	unsigned port;
	const char *path;
	bool is_tls;
	bool has_address;
} urls[] = {
	{"http://immich", "http", "immich", 80, "", false, false},
	{"https://immich.example.net/", "https", "immich.example.net", 443, "/", true, false},
	{"HTTPS://a_b:8443/x?y#z", "HTTPS", "a_b", 8443, "/x?y#z", true, false},
	{"http://192.168.1.7:2283/api/ping", "http", "192.168.1.7", 2283, "/api/ping", false, true},
	{"http://[fd7a:115c:a1e0::5]:80?q", "http", "fd7a:115c:a1e0::5", 80, "?q", false, true},
	{"http://[::1]#f", "http", "::1", 80, "#f", false, true},
	{"http://h/a@b:c[]", "http", "h", 80, "/a@b:c[]", false, false},
	{"http://h:65535", "http", "h", 65535, "", false, false},
};

static void urls_are_split_into_their_parts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct url url = {0};

		expect(!url_parse(text_of(urls[i].text), &url), urls[i].text);
		assert_true(text_is(url.scheme, urls[i].scheme));
		assert_true(text_is(url.host, urls[i].host));
		assert_int_equal(url.port, urls[i].port);
		assert_true(text_is(url.path, urls[i].path));
		assert_int_equal(url.is_tls, urls[i].is_tls);
		assert_int_equal(url.has_address, urls[i].has_address);
		assert_int_equal(url.address.family != ADDRESS_NONE, urls[i].has_address);
	}
}

static const char *const not_urls[] = {
	"",
	"immich",
	"//immich",
	"ftp://immich",
	"http:/immich",
	"http//immich",
	"http://",
	"http:///path",
	"http://?q",
	"http://:80/",
	"http://user@immich/",
	"http://user:secret@immich/",
	"http://immich:",
	"http://immich:0",
	"http://immich:080",
	"http://immich:65536",
	"http://immich:+80",
	"http://immich:http",
	"http://immich:80:80",
	"http://fd7a:115c:a1e0::5/",
	"http://[::1",
	"http://[]",
	"http://[192.168.1.1]/",
	"http://[::1]x",
	"http://[::1%25eth0]/",
	"http://[immich]/",
	"http://10.0.0.300/",
	"http://01.2.3.4/",
	"http://10.0.0/",
	"http://im mich/",
	"http://immich/a b",
	"http://immich/\n",
	"http://b\303\274cher/",
	"http://immich%2e/",
	"http://immich./",
	"http://-immich/",
	" http://immich/",
};

static void broken_urls_are_refused_with_a_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(not_urls) / sizeof(not_urls[0]); i++) {
		struct url url = {.port = 7};

		expect(url_parse(text_of(not_urls[i]), &url) != NULL, not_urls[i]);
		assert_int_equal(url.port, 7);
	}
	assert_non_null(url_parse((struct text){"http://a\0b/", 11}, &(struct url){0}));
}

static void names_are_labels_with_dots_and_no_numeric_end(void **state)
{
	static const char *const good[] = {
		"a",        "immich",   "immich.tail1234.ts.net", "_srv.x", "a-b",
		"3com.com", "1.2.3.4a", "xn--bcher-kva.de"};
	static const char *const bad[] = {
		"",    ".",   "a.",  ".a",  "a..b",          "-a", "a-", "a.-b", "10.0.0.300", "7",
		"a.7", "a b", "a:b", "a/b", "b\303\274cher", "a%", "a*"};
	char label[65] = "";
	char name[256] = "";

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		expect(name_is_valid(text_of(good[i])), good[i]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		expect(!name_is_valid(text_of(bad[i])), bad[i]);
	}
	memset(label, 'a', 64);
	assert_true(name_is_valid((struct text){label, 63}));
	assert_false(name_is_valid((struct text){label, 64}));
	for (size_t i = 0; i < 254; i++) {
		name[i] = i % 2 ? '.' : 'a';
	}
	assert_true(name_is_valid((struct text){name, 253}));
	name[253] = 'a';
	name[252] = 'a';
	assert_false(name_is_valid((struct text){name, 254}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_range_begins_and_ends_where_its_rfc_says),
		cmocka_unit_test(no_address_is_unusable_and_never_a_lan_address),
		cmocka_unit_test(tailnet_and_unusable_addresses_are_no_lan_addresses),
		cmocka_unit_test(anything_but_an_address_is_refused_and_changes_nothing),
		cmocka_unit_test(ipv6_is_read_with_gaps_anywhere_and_written_canonically),
		cmocka_unit_test(no_address_is_written_as_nothing),
		cmocka_unit_test(addresses_are_equal_as_values_not_as_text),
		cmocka_unit_test(digits_and_dots_look_numeric),
		cmocka_unit_test(socket_addresses_hold_family_port_and_bytes),
		cmocka_unit_test(a_network_holds_exactly_its_addresses),
		cmocka_unit_test(networks_with_host_bits_or_bad_prefixes_are_refused),
		cmocka_unit_test(urls_are_split_into_their_parts),
		cmocka_unit_test(broken_urls_are_refused_with_a_reason),
		cmocka_unit_test(names_are_labels_with_dots_and_no_numeric_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
