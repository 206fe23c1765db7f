#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "check/text/scan.h"
#include "check/text/tailnet_literal.h"

/** Every literal of the text, joined by blanks. */
static void find_all(struct text bytes, struct str *out)
{
	struct tailnet_literal found = {0};

	for (size_t at = 0; tailnet_literal_next(bytes, at, &found); at = found.start + found.len) {
		if (out->len > 0) {
			str_add_char(out, ' ');
		}
		str_add_bytes(out, bytes.at + found.start, found.len);
	}
}

/** Exactly `expected` is found, wherever in a larger text the line stands. */
static void expect(const char *line, const char *expected)
{
	for (size_t before = 0; before < 70; before++) {
		struct str text = {0};
		struct str found = {0};

		for (size_t i = 0; i < before; i++) {
			str_add_char(&text, i + 1 == before ? '\n' : ' ');
		}
		str_add(&text, line);
		find_all(str_view(&text), &found);
		if (strcmp(str_text(&found), expected) != 0) {
			fail_msg("'%s' behind %zu bytes gives '%s'; expected '%s'", line, before,
				 str_text(&found), expected);
		}
		if (*expected) {
			assert_true(tailnet_literal_may_hit(str_text(&text), text.len));
		}
		str_release(&text);
		str_release(&found);
	}
}

static void none(const char *const *lines)
{
	for (; *lines; lines++) {
		expect(*lines, "");
	}
}

struct example {
	const char *line;
	const char *found;
};

static void some(const struct example *examples)
{
	for (; examples->line; examples++) {
		expect(examples->line, examples->found);
	}
}

/* ---- IPv4 */

static void the_whole_range_counts_and_nothing_beside_it(void **state)
{
	static const struct example in[] = {
		{"100.64.0.0", "100.64.0.0"},           {"100.64.0.1", "100.64.0.1"},
		{"100.99.255.255", "100.99.255.255"},   {"100.127.255.255", "100.127.255.255"},
		{"100.115.91.255", "100.115.91.255"},   {"100.115.94.0", "100.115.94.0"},
		{"100.100.100.101", "100.100.100.101"}, {0},
	};
	static const char *const out[] = {
		"100.63.255.255", "100.128.0.0", "10.64.1.2",  "101.64.1.2", "100.0.0.1",
		"100.255.1.1",    "64.100.1.2",  "200.64.1.2", "1.2.3.4",    "10.0.0.1",
		"100.6.1.2",      "100.7.1.2",   "100.12.1.2", NULL,
	};

	(void)state;
	some(in);
	none(out);
}

static void what_is_longer_or_shorter_is_another_token(void **state)
{
	static const char *const out[] = {
		"1100.64.1.2",    "100.64.1.2.3",
		"1.100.64.1.2",   "v2.100.64.1.2",
		"100.64.1",       "100.64.1.",
		"100.64..2",      "100.64.1.1234",
		"100.64.1.2.3.4", "100.64.1.x",
		"100,64,1,2",     "100.64.1 .2",
		"100-64-1-2",     "2.1.64.100.in-addr.arpa",
		"0100.64.1.2",    NULL,
	};

	(void)state;
	none(out);
}

static void octets_are_from_0_to_255_without_leading_zeros(void **state)
{
	static const char *const out[] = {
		"100.64.1.300", "100.64.256.1", "100.064.1.1",  "100.64.01.1", "100.64.1.01",
		"100.64.1.00",  "100.64.00.1",  "100.64.1.256", NULL,
	};

	(void)state;
	none(out);
}

static void neighbours_that_are_no_digits_do_not_hide_it(void **state)
{
	static const struct example in[] = {
		{"ip100.64.1.2", "100.64.1.2"},
		{"_100.64.1.2", "100.64.1.2"},
		{"100.64.1.2a", "100.64.1.2"},
		{"100.64.1.2_", "100.64.1.2"},
		{"see 100.64.1.2.", "100.64.1.2"},
		{"see 100.64.1.2. 3", "100.64.1.2"},
		{"x.100.64.1.2.y", "100.64.1.2"},
		{".100.64.1.2", "100.64.1.2"},
		{"100.64.1.2:8080", "100.64.1.2"},
		{"100.64.1.2/32", "100.64.1.2"},
		{"http://100.64.1.2/x", "100.64.1.2"},
		{"ssh://me@100.64.1.2:22", "100.64.1.2"},
		{"[100.64.1.2]", "100.64.1.2"},
		{"(100.64.1.2)", "100.64.1.2"},
		{"\"100.64.1.2\"", "100.64.1.2"},
		{"-100.64.1.2-", "100.64.1.2"},
		{"100.64.1.2\xc3\xa9", "100.64.1.2"},
		{"\xc3\xa9"
		 "100.64.1.2",
		 "100.64.1.2"},
		{"::ffff:100.64.1.2", "100.64.1.2"},
		{"100.64.1.2,100.64.1.3", "100.64.1.2 100.64.1.3"},
		{"100.64.1.2-100.64.1.9", "100.64.1.2 100.64.1.9"},
		{"100.64.1.2\r\n100.65.1.3\r", "100.64.1.2 100.65.1.3"},
		{0},
	};

	(void)state;
	some(in);
	/* U+0662, an Arabic digit, is no digit in bytes: there is no fourth octet. */
	expect("100.64.1.\xd9\xa2", "");
}

static void ranges_and_holes_are_no_hits(void **state)
{
	static const char *const out[] = {
		"100.64.0.0/10",   "(100.64.0.0/10)",
		"100.64.0.0/10.",  "100.100.100.100",
		"100.115.92.0",    "100.115.92.17",
		"100.115.93.255",  "100.100.100.100:53",
		"100.64.0.0/10,x", NULL,
	};
	static const struct example in[] = {
		{"100.64.0.0/16", "100.64.0.0"},  {"100.64.0.0/1", "100.64.0.0"},
		{"100.64.0.0/100", "100.64.0.0"}, {"100.64.0.0", "100.64.0.0"},
		{"100.64.0.0/x", "100.64.0.0"},   {"100.65.0.0/10", "100.65.0.0"},
		{"100.64.0.0 /10", "100.64.0.0"}, {0},
	};

	(void)state;
	none(out);
	some(in);
}

/* ---- IPv6 */

static void ipv6_counts_in_every_spelling(void **state)
{
	static const struct example in[] = {
		{"fd7a:115c:a1e0::1", "fd7a:115c:a1e0::1"},
		{"FD7A:115C:A1E0::AB", "FD7A:115C:A1E0::AB"},
		{"Fd7a:115C:a1E0::1", "Fd7a:115C:a1E0::1"},
		{"fd7a:115c:a1e0::", "fd7a:115c:a1e0::"},
		{"fd7a:115c:a1e0:0:0::1", "fd7a:115c:a1e0:0:0::1"},
		{"fd7a:115c:a1e0:0000:0000:0000:0000:0001",
		 "fd7a:115c:a1e0:0000:0000:0000:0000:0001"},
		{"fd7a:115c:a1e0:ab12:4843:cd96:6240:5b1a",
		 "fd7a:115c:a1e0:ab12:4843:cd96:6240:5b1a"},
		{"fd7a:115c:a1e0:b1a:0:1:10.1.2.3", "fd7a:115c:a1e0:b1a:0:1:10.1.2.3"},
		{"fd7a:115c:a1e0::100.64.1.2", "fd7a:115c:a1e0::100.64.1.2"},
		{0},
	};

	(void)state;
	some(in);
}

static void ipv6_counts_whatever_stands_beside_it(void **state)
{
	static const struct example in[] = {
		{"[fd7a:115c:a1e0::1]", "fd7a:115c:a1e0::1"},
		{"http://[fd7a:115c:a1e0::1]:8080/x", "fd7a:115c:a1e0::1"},
		{"fd7a:115c:a1e0::1/128", "fd7a:115c:a1e0::1"},
		{"fd7a:115c:a1e0:ab12::/64", "fd7a:115c:a1e0:ab12::"},
		{"fd7a:115c:a1e0::/64", "fd7a:115c:a1e0::"},
		{"fd7a:115c:a1e0::/480", "fd7a:115c:a1e0::"},
		{"fd7a:115c:a1e0::1%tailscale0", "fd7a:115c:a1e0::1"},
		{"[fd7a:115c:a1e0::1%eth0]:80", "fd7a:115c:a1e0::1"},
		{"fd7a:115c:a1e0::1.", "fd7a:115c:a1e0::1"},
		{"fd7a:115c:a1e0::1...", "fd7a:115c:a1e0::1"},
		{"fd7a:115c:a1e0::1.example", "fd7a:115c:a1e0::1"},
		{"fd7a:115c:a1e0::1: up", "fd7a:115c:a1e0::1"},
		{"fd7a:115c:a1e0::: up", ""},
		{"xfd7a:115c:a1e0::1", "fd7a:115c:a1e0::1"},
		{"fd7a:115c:a1e0::1g", "fd7a:115c:a1e0::1"},
		{"_fd7a:115c:a1e0::1_", "fd7a:115c:a1e0::1"},
		{"v=spf1 ip6:fd7a:115c:a1e0::1 -all", "fd7a:115c:a1e0::1"},
		{"address:fd7a:115c:a1e0::1", "fd7a:115c:a1e0::1"},
		{"deadbeef0:fd7a:115c:a1e0::1", "fd7a:115c:a1e0::1"},
		{" :fd7a:115c:a1e0::1", "fd7a:115c:a1e0::1"},
		{"fd7a:115c:a1e0::1,fd7a:115c:a1e0::2", "fd7a:115c:a1e0::1 fd7a:115c:a1e0::2"},
		{"fd7a:115c:a1e0::1 100.64.1.2", "fd7a:115c:a1e0::1 100.64.1.2"},
		{"100.64.1.2 fd7a:115c:a1e0::1", "100.64.1.2 fd7a:115c:a1e0::1"},
		{"fd7a:115c:a1e0::1\xc3\xa9", "fd7a:115c:a1e0::1"},
		{0},
	};

	(void)state;
	some(in);
}

static void what_only_resembles_ipv6_is_no_hit(void **state)
{
	static const char *const out[] = {
		"fd7a:115c:a1e0::/48",
		"FD7A:115C:A1E0::/48",
		"fd7a:115c:a1e0:0:0:0:0:0/48",
		"[fd7a:115c:a1e0::/48]",
		"fd7a:115c:a1e1::1",
		"fd7a:115c:a1ef::1",
		"fd7b:115c:a1e0::1",
		"fd7a:115c:a1e0",
		"fd7a:115c:a1e0:",
		"fd7a:115c:a1e0:1",
		"fd7a:115c:a1e0:1:2:3:4",
		"fd7a:115c:a1e0:1:2:3:4:5:6",
		"fd7a:115c:a1e0::1::2",
		"fd7a:115c:a1e0::12345",
		"fd7a:115c:a1e0::1.5",
		"afd7a:115c:a1e0::1",
		"0:fd7a:115c:a1e0::1",
		"dead:fd7a:115c:a1e0::1",
		"::fd7a:115c:a1e0:1",
		"[1:fd7a:115c:a1e0::1]",
		"|1:fd7a:115c:a1e0::1|",
		"2001:db8:fd7a:115c:a1e0::1",
		"fd7a.115c.a1e0::1",
		"fd7a115ca1e0",
		NULL,
	};

	(void)state;
	none(out);
}

static void the_address_is_given_as_a_value(void **state)
{
	struct tailnet_literal found = {0};
	struct address expected = {0};

	(void)state;
	assert_true(tailnet_literal_next(text_of("at 100.64.1.2!"), 0, &found));
	assert_true(address_parse(text_of("100.64.1.2"), &expected));
	assert_true(address_equal(&found.address, &expected));
	assert_int_equal(found.start, 3);
	assert_int_equal(found.len, 10);
	assert_true(tailnet_literal_next(text_of("FD7A:115C:A1E0:0::1"), 0, &found));
	assert_true(address_parse(text_of("fd7a:115c:a1e0::1"), &expected));
	assert_true(address_equal(&found.address, &expected));
}

static void what_stands_before_the_start_is_looked_back_at(void **state)
{
	struct tailnet_literal found = {0};

	(void)state;
	assert_false(tailnet_literal_next(text_of("1100.64.1.2"), 1, &found));
	assert_false(tailnet_literal_next(text_of("1.100.64.1.2"), 2, &found));
	assert_true(tailnet_literal_next(text_of("x100.64.1.2"), 1, &found));
	assert_false(tailnet_literal_next(text_of("x100.64.1.2"), 2, &found));
	assert_false(tailnet_literal_next(text_of(""), 0, &found));
	assert_false(tailnet_literal_next(text_of("x"), 5, &found));
}

/* ---- the fast test */

static void the_fast_test_says_no_to_ordinary_text(void **state)
{
	static const char text[] =
		"version 1.10.2 of 100 things at 10.0.0.1, 100.5.3.2, 100.100.100.100 and "
		"100.64.0.0/10; md5 7a:1b:fd:7a, fd7a, fd7a:115c; 1100.64.1.2 and 100.64.1.300\n";

	(void)state;
	assert_false(tailnet_literal_may_hit(text, sizeof(text) - 1));
	assert_false(tailnet_literal_may_hit(text, 0));
}

/** In two chunks, cut anywhere, with the carry before the second. */
static void expect_cut(const char *line)
{
	struct str text = {0};

	for (int i = 0; i < 50; i++) {
		str_add_char(&text, '.');
	}
	str_add(&text, line);
	for (int i = 0; i < 50; i++) {
		str_add_char(&text, '.');
	}
	for (size_t cut = 0; cut <= text.len; cut++) {
		size_t carry = cut < SCAN_CARRY_BYTES ? cut : SCAN_CARRY_BYTES;
		/* Copies of their own, so that a sanitizer sees a read behind them. */
		char *head = mem_copy(text.at, cut);
		char *tail = mem_copy(text.at + cut - carry, text.len - cut + carry);

		if (!tailnet_literal_may_hit(head, cut) &&
		    !tailnet_literal_may_hit(tail, text.len - cut + carry)) {
			fail_msg("'%s' is missed when cut at %zu", line, cut);
		}
		free(head);
		free(tail);
	}
	str_release(&text);
}

static void the_fast_test_misses_nothing_at_the_edge_of_a_chunk(void **state)
{
	(void)state;
	expect_cut("100.127.255.255");
	expect_cut("100.64.0.0/105");
	expect_cut("x100.64.1.2x");
	expect_cut("fd7a:115c:a1e0:0000:0000:0000:0000:0001");
	expect_cut("fd7a:115c:a1e0:ffff:ffff:ffff:100.115.255.255");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_whole_range_counts_and_nothing_beside_it),
		cmocka_unit_test(what_is_longer_or_shorter_is_another_token),
		cmocka_unit_test(octets_are_from_0_to_255_without_leading_zeros),
		cmocka_unit_test(neighbours_that_are_no_digits_do_not_hide_it),
		cmocka_unit_test(ranges_and_holes_are_no_hits),
		cmocka_unit_test(ipv6_counts_in_every_spelling),
		cmocka_unit_test(ipv6_counts_whatever_stands_beside_it),
		cmocka_unit_test(what_only_resembles_ipv6_is_no_hit),
		cmocka_unit_test(the_address_is_given_as_a_value),
		cmocka_unit_test(what_stands_before_the_start_is_looked_back_at),
		cmocka_unit_test(the_fast_test_says_no_to_ordinary_text),
		cmocka_unit_test(the_fast_test_misses_nothing_at_the_edge_of_a_chunk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
