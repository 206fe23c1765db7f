/* The live line, on a pseudo terminal. Time is moved, never waited for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "report/progress.h"

static const struct style plain = {.is_ascii = true, .width = 80};

/** Both ends of a pseudo terminal. */
struct terminal {
	int screen; /**< where the test reads what was shown */
	int fd;     /**< where the program writes */
};

static void open_terminal(struct terminal *terminal)
{
	(void)unsetenv("CI");
	(void)setenv("TERM", "xterm", 1);
	terminal->screen = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
	assert_true(terminal->screen >= 0);
	assert_int_equal(grantpt(terminal->screen), 0);
	assert_int_equal(unlockpt(terminal->screen), 0);
	terminal->fd = open(ptsname(terminal->screen), O_RDWR | O_NOCTTY);
	assert_true(terminal->fd >= 0);
}

static void close_terminal(struct terminal *terminal)
{
	(void)close(terminal->fd);
	(void)close(terminal->screen);
}

/** What has been shown since the last look. */
static const char *look(const struct terminal *terminal)
{
	static char shown[256];
	ssize_t got = read(terminal->screen, shown, sizeof(shown) - 1);

	shown[got > 0 ? got : 0] = '\0';
	return shown;
}

static void a_long_run_shows_a_line_and_takes_it_away(void **state)
{
	struct terminal terminal;
	struct progress progress;

	(void)state;
	open_terminal(&terminal);
	progress_start(&progress, terminal.fd, &plain);
	progress.started_ms -= 3500;
	progress_show(2, 8, "G010", &progress);
	assert_string_equal(look(&terminal), "\r\033[K2 of 8 gates - 3 s - G010");
	progress_show(3, 8, NULL, &progress);
	assert_string_equal(look(&terminal), "\r\033[K3 of 8 gates - 3 s");
	progress_erase(&progress);
	assert_string_equal(look(&terminal), "\r\033[K");
	progress_erase(&progress);
	assert_string_equal(look(&terminal), "");
	close_terminal(&terminal);
}

static void a_short_run_shows_nothing(void **state)
{
	struct terminal terminal;
	struct progress progress;

	(void)state;
	open_terminal(&terminal);
	progress_start(&progress, terminal.fd, &plain);
	progress_show(2, 8, "G010", &progress);
	progress_erase(&progress);
	assert_string_equal(look(&terminal), "");
	close_terminal(&terminal);
}

/** Run the line as if for an hour; what was shown? */
static const char *shown_after_an_hour(struct terminal *terminal, int fd)
{
	struct progress progress;

	progress_start(&progress, fd, &plain);
	progress.started_ms -= 3600000;
	progress_show(2, 8, "G010", &progress);
	return look(terminal);
}

static void ci_and_dumb_terminals_show_nothing(void **state)
{
	struct terminal terminal;

	(void)state;
	open_terminal(&terminal);
	(void)setenv("CI", "true", 1);
	assert_string_equal(shown_after_an_hour(&terminal, terminal.fd), "");
	(void)setenv("CI", "", 1);
	(void)setenv("TERM", "dumb", 1);
	assert_string_equal(shown_after_an_hour(&terminal, terminal.fd), "");
	(void)setenv("TERM", "xterm", 1);
	assert_string_not_equal(shown_after_an_hour(&terminal, terminal.fd), "");
	close_terminal(&terminal);
}

static void what_is_no_terminal_gets_nothing(void **state)
{
	struct progress progress;
	int ends[2];
	char byte = 0;

	(void)state;
	(void)unsetenv("CI");
	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	progress_start(&progress, ends[1], &plain);
	progress.started_ms -= 3600000;
	progress_show(2, 8, "G010", &progress);
	progress_erase(&progress);
	assert_true(read(ends[0], &byte, 1) < 0);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_long_run_shows_a_line_and_takes_it_away),
		cmocka_unit_test(a_short_run_shows_nothing),
		cmocka_unit_test(ci_and_dumb_terminals_show_nothing),
		cmocka_unit_test(what_is_no_terminal_gets_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
