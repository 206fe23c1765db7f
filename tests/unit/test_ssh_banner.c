#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "net/ssh_banner.h"

static const struct {
	struct text bytes;
	enum ssh_banner_state state; /**< while the connection is open */
	enum ssh_banner_state end;   /**< when it closes */
	size_t taken;
	const char *text;
} rows[] = {
	{{"", 0}, BANNER_MORE, BANNER_NOT_SSH, 0, ""},
	{{"SSH-2.0-x\r\nrest", 15}, BANNER_SEEN, BANNER_SEEN, 11, "SSH-2.0-x"},
	{{"SSH-2.0-x\nrest", 14}, BANNER_SEEN, BANNER_SEEN, 10, "SSH-2.0-x"},
	{{"SSH-1.99-x\n", 11}, BANNER_SEEN, BANNER_SEEN, 11, "SSH-1.99-x"},
	{{"SSH-1.5-x\n", 10}, BANNER_OLD, BANNER_OLD, 10, "SSH-1.5-x"},
	{{"SSH-2.0-x", 9}, BANNER_MORE, BANNER_NOT_SSH, 9, "SSH-2.0-x"},
	{{" SSH-2.0-x\n", 11}, BANNER_MORE, BANNER_NOT_SSH, 11, " SSH-2.0-x"},
	{{"ssh-2.0-x\n", 10}, BANNER_MORE, BANNER_NOT_SSH, 10, "ssh-2.0-x"},
	{{"one\ntwo\nSSH-2.0-x\n", 18}, BANNER_SEEN, BANNER_SEEN, 18, "SSH-2.0-x"},
	{{"one\r\ntwo\r\nthr", 13}, BANNER_MORE, BANNER_NOT_SSH, 13, "one"},
	{{"\n\n", 2}, BANNER_MORE, BANNER_NOT_SSH, 2, ""},
	{{"Exceeded MaxStartups\r\n", 22},
	 BANNER_THROTTLED,
	 BANNER_THROTTLED,
	 22,
	 "Exceeded MaxStartups"},
	{{"Not allowed at this time", 24},
	 BANNER_MORE,
	 BANNER_THROTTLED,
	 24,
	 "Not allowed at this time"},
	{{"HTTP/1.0 200 OK\r\nmore", 21}, BANNER_NOT_SSH, BANNER_NOT_SSH, 17, "HTTP/1.0 200 OK"},
	{{"a\0b", 3}, BANNER_NOT_SSH, BANNER_NOT_SSH, 2, "a"},
	{{"a\xff"
	  "b",
	  3},
	 BANNER_NOT_SSH,
	 BANNER_NOT_SSH,
	 2,
	 "a"},
	{{"b\303\274cher\n", 8}, BANNER_MORE, BANNER_NOT_SSH, 8, "b\303\274cher"},
};

static void what_a_server_says_first_is_told_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ssh_banner banner = {0};

		assert_int_equal(ssh_banner_read(&banner, rows[i].bytes), rows[i].taken);
		assert_int_equal(banner.state, rows[i].state);
		assert_int_equal(banner.bytes, rows[i].taken);
		assert_true(text_is(ssh_banner_text(&banner), rows[i].text));
		assert_int_equal(ssh_banner_end(&banner), rows[i].end);
	}
}

static void bytes_that_come_singly_mean_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ssh_banner banner = {0};
		size_t taken = 0;

		for (size_t j = 0; j < rows[i].bytes.len; j++) {
			taken += ssh_banner_read(&banner, (struct text){rows[i].bytes.at + j, 1});
		}
		assert_int_equal(taken, rows[i].taken);
		assert_int_equal(banner.state, rows[i].state);
		assert_true(text_is(ssh_banner_text(&banner), rows[i].text));
	}
}

/** What is said of `count` lines of one letter, and then the identification. */
static enum ssh_banner_state lines_then_ident(size_t count)
{
	struct ssh_banner banner = {0};

	for (size_t i = 0; i < count; i++) {
		(void)ssh_banner_read(&banner, text_of("x\r\n"));
	}
	(void)ssh_banner_read(&banner, text_of("SSH-2.0-x\r\n"));
	return banner.state;
}

static void sixty_four_lines_are_a_tarpit(void **state)
{
	(void)state;
	assert_int_equal(lines_then_ident(63), BANNER_SEEN);
	assert_int_equal(lines_then_ident(64), BANNER_TARPIT);
}

static void eight_kilobytes_without_a_line_are_a_tarpit(void **state)
{
	struct ssh_banner banner = {0};
	char bytes[8192];

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	assert_int_equal(ssh_banner_read(&banner, (struct text){bytes, 8191}), 8191);
	assert_int_equal(banner.state, BANNER_MORE);
	assert_int_equal(ssh_banner_read(&banner, (struct text){bytes, 8192}), 1);
	assert_int_equal(banner.state, BANNER_TARPIT);
	assert_int_equal(ssh_banner_text(&banner).len, 256);
}

/** What is said of an identification of `len` bytes without its line end. */
static enum ssh_banner_state ident_of(size_t len)
{
	AUTO(auto_str) struct str line = {0};
	struct ssh_banner banner = {0};

	str_add(&line, "SSH-2.0-");
	while (line.len < len) {
		str_add_char(&line, 'x');
	}
	str_add(&line, "\r\n");
	(void)ssh_banner_read(&banner, str_view(&line));
	return banner.state;
}

static void an_identification_has_255_bytes_at_most(void **state)
{
	(void)state;
	assert_int_equal(ident_of(253), BANNER_SEEN);
	assert_int_equal(ident_of(254), BANNER_NOT_SSH);
	assert_int_equal(ident_of(255), BANNER_NOT_SSH);
	assert_int_equal(ident_of(256), BANNER_NOT_SSH);
	assert_int_equal(ident_of(257), BANNER_NOT_SSH);
	assert_int_equal(ident_of(5000), BANNER_NOT_SSH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_server_says_first_is_told_apart),
		cmocka_unit_test(bytes_that_come_singly_mean_the_same),
		cmocka_unit_test(sixty_four_lines_are_a_tarpit),
		cmocka_unit_test(eight_kilobytes_without_a_line_are_a_tarpit),
		cmocka_unit_test(an_identification_has_255_bytes_at_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
