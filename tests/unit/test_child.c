#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "loop/child.h"

/** Long enough for any child here, short enough to notice a hang. */
#define AMPLE_MS 20000

/** Run a script with sh; what a test wants differently it puts into `spec` first. */
static void run(const char *script, struct child_spec *spec, struct child_result *result)
{
	const char *const argv[] = {"sh", "-c", script, NULL};

	spec->argv = argv;
	if (spec->max_output_bytes == 0) {
		spec->max_output_bytes = 65536;
	}
	if (spec->deadline_ms == 0) {
		spec->deadline_ms = clock_monotonic_ms() + AMPLE_MS;
	}
	child_run(spec, result);
	spec->argv = NULL;
}

static size_t count_open_fds(void)
{
	AUTO(auto_closedir) DIR *dir = opendir("/dev/fd");
	size_t count = 0;

	assert_non_null(dir);
	while (readdir(dir)) {
		count++;
	}
	return count;
}

static void output_errors_and_status_are_told_apart(void **state)
{
	AUTO(auto_child_result) struct child_result result = {0};
	struct child_spec spec = {0};

	(void)state;
	run("echo out; echo err >&2; exit 3", &spec, &result);
	assert_int_equal(result.end, CHILD_EXITED);
	assert_int_equal(result.status, 3);
	assert_string_equal(str_text(&result.output), "out\n");
	assert_string_equal(str_text(&result.errors), "err\n");
}

static void standard_streams_can_be_opened_by_name(void **state)
{
	AUTO(auto_child_result) struct child_result result = {0};
	struct child_spec spec = {.input = text_of("in\n")};

	(void)state;
	run("cat /dev/stdin > /dev/stdout; echo err > /dev/stderr", &spec, &result);
	assert_int_equal(result.status, 0);
	assert_string_equal(str_text(&result.output), "in\n");
	assert_string_equal(str_text(&result.errors), "err\n");
}

static void without_input_standard_input_is_empty(void **state)
{
	AUTO(auto_child_result) struct child_result result = {0};
	struct child_spec spec = {0};

	(void)state;
	run("cat; readlink /proc/self/fd/0", &spec, &result);
	assert_string_equal(str_text(&result.output), "/dev/null\n");
}

static void large_input_goes_through_and_its_end_is_seen(void **state)
{
	AUTO(auto_child_result) struct child_result result = {0};
	AUTO(auto_free) char *input = malloc(1000000);
	struct child_spec spec = {.input = {input, 1000000}, .max_output_bytes = 2000000};

	(void)state;
	assert_non_null(input);
	memset(input, 'x', 1000000);
	run("cat", &spec, &result);
	assert_int_equal(result.end, CHILD_EXITED);
	assert_int_equal(result.output.len, 1000000);
	assert_memory_equal(result.output.at, input, 1000000);
}

static void a_child_that_does_not_read_its_input_is_no_error(void **state)
{
	AUTO(auto_child_result) struct child_result result = {0};
	AUTO(auto_free) char *input = calloc(1, 1000000);
	struct child_spec spec = {.input = {input, 1000000}};

	(void)state;
	assert_non_null(input);
	run("exec <&-; echo done", &spec, &result);
	assert_int_equal(result.end, CHILD_EXITED);
	assert_int_equal(result.status, 0);
	assert_string_equal(str_text(&result.output), "done\n");
}

static void death_by_a_signal_is_told_with_its_number(void **state)
{
	AUTO(auto_child_result) struct child_result result = {0};
	struct child_spec spec = {0};

	(void)state;
	run("kill -TERM $$", &spec, &result);
	assert_int_equal(result.end, CHILD_SIGNALLED);
	assert_int_equal(result.status, SIGTERM);
}

static bool is_alive(const char *pid_text)
{
	char *end = NULL;
	long pid = strtol(pid_text, &end, 10);

	assert_true(pid > 1);
	return kill((pid_t)pid, 0) == 0 || errno != ESRCH;
}

/** A killed grandchild belongs to init, which may take a moment to bury it. */
static void expect_dies(const char *pid_text)
{
	int64_t until_ms = clock_monotonic_ms() + 2000;
	char path[64] = "";
	char status[512] = "";

	(void)snprintf(path, sizeof(path), "/proc/%.*s/stat", (int)strcspn(pid_text, "\n"),
		       pid_text);
	while (is_alive(pid_text) && clock_monotonic_ms() < until_ms) {
		AUTO(auto_fclose) FILE *file = fopen(path, "re");

		if (!file || !fgets(status, sizeof(status), file) || strstr(status, ") Z ")) {
			return;
		}
	}
	assert_false(is_alive(pid_text));
}

static void at_the_deadline_the_whole_group_is_killed(void **state)
{
	AUTO(auto_child_result) struct child_result result = {0};
	int64_t start_ms = clock_monotonic_ms();
	struct child_spec spec = {.deadline_ms = start_ms + 200};

	(void)state;
	run("trap '' TERM; sleep 1000 & echo $!; wait", &spec, &result);
	assert_int_equal(result.end, CHILD_TIMEOUT);
	assert_true(clock_monotonic_ms() - start_ms >= 199);
	assert_true(clock_monotonic_ms() - start_ms < 1500);
	expect_dies(str_text(&result.output));
}

static void a_deadline_in_the_past_kills_at_once(void **state)
{
	AUTO(auto_child_result) struct child_result result = {0};
	struct child_spec spec = {.deadline_ms = 1};

	(void)state;
	run("sleep 1000", &spec, &result);
	assert_int_equal(result.end, CHILD_TIMEOUT);
}

static void a_flood_is_cut_and_killed(void **state)
{
	AUTO(auto_child_result) struct child_result result = {0};
	AUTO(auto_child_result) struct child_result other = {0};
	struct child_spec spec = {.max_output_bytes = 1000};

	(void)state;
	run("yes", &spec, &result);
	assert_int_equal(result.end, CHILD_FLOOD);
	assert_int_equal(result.output.len, 1000);
	run("yes >&2", &spec, &other);
	assert_int_equal(other.end, CHILD_FLOOD);
	assert_int_equal(other.errors.len, 1000);
	assert_int_equal(other.output.len, 0);
}

static void output_of_exactly_the_ceiling_is_no_flood(void **state)
{
	AUTO(auto_child_result) struct child_result result = {0};
	struct child_spec spec = {.max_output_bytes = 5};

	(void)state;
	run("printf 12345", &spec, &result);
	assert_int_equal(result.end, CHILD_EXITED);
	assert_string_equal(str_text(&result.output), "12345");
}

static void a_grandchild_with_the_pipe_open_hangs_nobody_and_is_killed(void **state)
{
	AUTO(auto_child_result) struct child_result result = {0};
	int64_t start_ms = clock_monotonic_ms();
	struct child_spec spec = {.deadline_ms = start_ms + 300};

	(void)state;
	run("sleep 1000 & echo $!; exit 4", &spec, &result);
	assert_int_equal(result.end, CHILD_EXITED);
	assert_int_equal(result.status, 4);
	assert_true(clock_monotonic_ms() - start_ms < 2000);
	expect_dies(str_text(&result.output));
}

static void a_grandchild_in_its_own_session_hangs_nobody(void **state)
{
	AUTO(auto_child_result) struct child_result result = {0};
	int64_t start_ms = clock_monotonic_ms();
	struct child_spec spec = {.deadline_ms = start_ms + 200};

	(void)state;
	run("setsid sleep 1 & exit 0", &spec, &result);
	assert_int_equal(result.end, CHILD_EXITED);
	assert_true(clock_monotonic_ms() - start_ms < 900);
}

static void a_child_has_no_controlling_terminal_and_leads_its_group(void **state)
{
	AUTO(auto_child_result) struct child_result result = {0};
	struct child_spec spec = {0};

	(void)state;
	run("read -r pid comm state parent group session rest < /proc/$$/stat;"
	    "test $pid = $group && test $pid = $session && ! (: < /dev/tty) 2>/dev/null && echo ok",
	    &spec, &result);
	assert_string_equal(str_text(&result.output), "ok\n");
}

static void the_environment_is_scrubbed(void **state)
{
	AUTO(auto_child_result) struct child_result result = {0};
	const char *const added[] = {"EXTRA=1", "TZ=UTC", "LC_ALL=C.UTF-8", NULL};
	struct child_spec spec = {.env = added};
	static const char *const unwanted[] = {"SSH_ASKPASS",     "GIT_ASKPASS",   "DISPLAY",
					       "WAYLAND_DISPLAY", "BROWSER",       "EDITOR",
					       "GIT_DIR",         "SSH_AUTH_SOCK", "LD_PRELOAD_X"};

	(void)state;
	for (size_t i = 0; i < sizeof(unwanted) / sizeof(unwanted[0]); i++) {
		(void)setenv(unwanted[i], "x", 1);
	}
	(void)setenv("TZ", "Europe/Berlin", 1);
	(void)setenv("XDG_CONFIG_HOME", "/nowhere", 1);
	(void)setenv("GIT_TERMINAL_PROMPT", "1", 1);
	(void)setenv("LANG", "de_DE", 1);
	run("env", &spec, &result);
	for (size_t i = 0; i < sizeof(unwanted) / sizeof(unwanted[0]); i++) {
		assert_null(strstr(str_text(&result.output), unwanted[i]));
	}
	assert_non_null(strstr(str_text(&result.output), "PATH="));
	assert_non_null(strstr(str_text(&result.output), "EXTRA=1\n"));
	assert_non_null(strstr(str_text(&result.output), "TZ=UTC\n"));
	assert_null(strstr(str_text(&result.output), "Berlin"));
	assert_non_null(strstr(str_text(&result.output), "XDG_CONFIG_HOME=/nowhere\n"));
	assert_non_null(strstr(str_text(&result.output), "GIT_TERMINAL_PROMPT=0\n"));
	assert_non_null(strstr(str_text(&result.output), "LANG=C\n"));
	assert_non_null(strstr(str_text(&result.output), "LC_ALL=C.UTF-8\n"));
}

static void it_runs_in_the_directory_asked_for(void **state)
{
	AUTO(auto_child_result) struct child_result result = {0};
	struct child_spec spec = {.directory = "/usr"};

	(void)state;
	run("pwd", &spec, &result);
	assert_string_equal(str_text(&result.output), "/usr\n");
}

static void what_cannot_be_started_says_why(void **state)
{
	AUTO(auto_child_result) struct child_result absent = {0};
	AUTO(auto_child_result) struct child_result nowhere = {0};
	AUTO(auto_str) struct str text = {0};
	const char *const argv[] = {"gaterun-no-such-program", NULL};
	struct child_spec spec = {.argv = argv, .deadline_ms = clock_monotonic_ms() + AMPLE_MS};
	struct child_spec lost = {.directory = "/no/such/place"};

	(void)state;
	child_run(&spec, &absent);
	assert_int_equal(absent.end, CHILD_NO_START);
	assert_int_equal(absent.error.code, ERR_ABSENT);
	child_describe(&absent, &text);
	assert_string_equal(str_text(&text),
			    "start 'gaterun-no-such-program': no such file or directory");
	run("true", &lost, &nowhere);
	assert_int_equal(nowhere.end, CHILD_NO_START);
	assert_non_null(strstr(nowhere.error.text, "/no/such/place"));
}

/** Start a program with this PATH, as a user whom files forbid something. */
static void start_as_somebody(const char *program, const char *path, struct child_result *result)
{
	AUTO(auto_str) struct str pair = {0};
	const char *const argv[] = {program, NULL};
	const char *env[] = {NULL, NULL};
	struct child_spec spec = {
		.argv = argv, .env = env, .deadline_ms = clock_monotonic_ms() + AMPLE_MS};
	bool is_root = geteuid() == 0;

	str_printf(&pair, "PATH=%s", path);
	env[0] = str_text(&pair);
	if (is_root && seteuid(65534)) {
		skip();
	}
	child_run(&spec, result);
	assert_int_equal(is_root ? seteuid(0) : 0, 0);
}

static void a_folder_that_may_not_be_entered_holds_no_program(void **state)
{
	AUTO(auto_child_result) struct child_result absent = {0};
	AUTO(auto_child_result) struct child_result forbidden = {0};
	AUTO(auto_str) struct str path = {0};
	AUTO(auto_str) struct str file = {0};
	char root[] = "/tmp/gaterun-child.XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(root));
	assert_int_equal(chmod(root, 0755), 0);
	str_printf(&path, "%s/closed", root);
	assert_int_equal(mkdir(str_text(&path), 0), 0);
	str_printf(&file, "%s/gaterun-forbidden", root);
	(void)close(open(str_text(&file), O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
	str_printf(&path, ":%s", root);

	start_as_somebody("gaterun-no-such-program", str_text(&path), &absent);
	start_as_somebody("gaterun-forbidden", str_text(&path), &forbidden);
	assert_int_equal(absent.error.code, ERR_ABSENT);
	assert_int_equal(forbidden.error.code, ERR_SYSTEM);
	assert_non_null(strstr(forbidden.error.text, "permission denied"));

	(void)unlink(str_text(&file));
	str_clear(&path);
	str_printf(&path, "%s/closed", root);
	(void)rmdir(str_text(&path));
	(void)rmdir(root);
}

static void nothing_of_ours_is_open_in_the_child(void **state)
{
	AUTO(auto_child_result) struct child_result result = {0};
	struct child_spec spec = {0};

	(void)state;
	for (int fd = 3; fd < 1024; fd++) {
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC); /* whatever this test inherited */
	}
	run("ls /dev/fd | tr '\\n' ' '", &spec, &result);
	assert_string_equal(str_text(&result.output), "0 1 2 3 "); /* 3: the directory it lists */
}

static void no_descriptor_is_left_behind(void **state)
{
	size_t before = count_open_fds();

	(void)state;
	for (int i = 0; i < 5; i++) {
		AUTO(auto_child_result) struct child_result result = {0};
		struct child_spec spec = {.input = text_of("x")};
		struct child_spec lost = {.directory = "/no/such/place"};

		run("cat", &spec, &result);
		child_result_release(&result);
		run("cat", &lost, &result);
	}
	assert_int_equal(count_open_fds(), before);
}

static void count_done(struct child_result *result, void *cookie)
{
	assert_int_equal(result->end, CHILD_EXITED);
	(*(int *)cookie)++;
}

static void many_children_run_side_by_side(void **state)
{
	const char *const argv[] = {"sh", "-c", "sleep 0.2; echo x", NULL};
	struct child_result results[20] = {0};
	struct loop *loop = NULL;
	struct err err = {0};
	int64_t start_ms = clock_monotonic_ms();
	int done = 0;

	(void)state;
	assert_int_equal(loop_open(&loop, &err), 0);
	for (size_t i = 0; i < 20; i++) {
		struct child_spec spec = {.argv = argv, .deadline_ms = start_ms + AMPLE_MS};

		assert_non_null(child_start(loop, &spec, &results[i], count_done, &done));
		assert_int_equal(done, 0);
	}
	loop_run(loop);
	loop_free(loop);
	assert_int_equal(done, 20);
	assert_true(clock_monotonic_ms() - start_ms < 3500);
	for (size_t i = 0; i < 20; i++) {
		assert_string_equal(str_text(&results[i].output), "x\n");
		child_result_release(&results[i]);
	}
}

static void a_cancelled_child_dies_and_reports_nothing(void **state)
{
	const char *const argv[] = {"sleep", "1000", NULL};
	struct child_result result = {0};
	struct loop *loop = NULL;
	struct err err = {0};
	int64_t start_ms = clock_monotonic_ms();
	struct child_spec spec = {.argv = argv, .deadline_ms = start_ms + AMPLE_MS};
	struct child *child = NULL;
	int done = 0;

	(void)state;
	assert_int_equal(loop_open(&loop, &err), 0);
	child = child_start(loop, &spec, &result, count_done, &done);
	child_cancel(child);
	loop_run(loop);
	assert_int_equal(done, 0);
	assert_int_equal(result.output.cap, 0);
	(void)child_start(loop, &spec, &result, count_done, &done);
	loop_free(loop);
	assert_int_equal(done, 0);
	assert_true(clock_monotonic_ms() - start_ms < 2000);
}

static const char *described(const struct child_result *result, struct str *text)
{
	str_clear(text);
	child_describe(result, text);
	return str_text(text);
}

static void a_child_runs_while_nobody_waits_for_it(void **state)
{
	static const char *const argv[] = {"sh", "-c", "echo said; exit 4", NULL};
	const struct child_spec spec = {.argv = argv,
					.max_output_bytes = 100,
					.deadline_ms = clock_monotonic_ms() + AMPLE_MS};
	AUTO(auto_child_result) struct child_result result = {0};
	AUTO(auto_child_result) struct child_result other = {0};
	struct child_spec other_spec = {0};
	struct child_ahead ahead = {0};
	size_t fds = count_open_fds();

	(void)state;
	child_begin(&spec, &ahead);
	run("exit 5", &other_spec, &other);
	assert_int_equal(other.status, 5);
	child_end(&ahead, &result);
	assert_int_equal(result.end, CHILD_EXITED);
	assert_int_equal(result.status, 4);
	assert_string_equal(str_text(&result.output), "said\n");
	child_ahead_release(&ahead);
	assert_int_equal(count_open_fds(), fds);
}

static void a_child_that_nobody_waits_for_is_killed(void **state)
{
	static const char *const argv[] = {"sh", "-c", "echo $$; exec sleep 60", NULL};
	const struct child_spec spec = {.argv = argv,
					.max_output_bytes = 100,
					.deadline_ms = clock_monotonic_ms() + 3 * AMPLE_MS};
	struct child_ahead ahead = {0};
	int64_t start_ms = clock_monotonic_ms();
	size_t fds = count_open_fds();

	(void)state;
	child_begin(&spec, &ahead);
	child_ahead_release(&ahead);
	child_ahead_release(&ahead);
	assert_true(clock_monotonic_ms() - start_ms < AMPLE_MS);
	assert_int_equal(count_open_fds(), fds);
}

static void what_cannot_be_started_ahead_is_said_at_the_end(void **state)
{
	static const char *const argv[] = {"no-such-program-anywhere", NULL};
	const struct child_spec spec = {.argv = argv,
					.deadline_ms = clock_monotonic_ms() + AMPLE_MS};
	AUTO(auto_child_result) struct child_result result = {0};
	struct child_ahead ahead = {0};

	(void)state;
	child_begin(&spec, &ahead);
	child_end(&ahead, &result);
	assert_int_equal(result.end, CHILD_NO_START);
	assert_int_equal(result.error.code, ERR_ABSENT);
}

static void results_are_described_in_one_line(void **state)
{
	AUTO(auto_str) struct str text = {0};
	AUTO(auto_child_result) struct child_result result = {.end = CHILD_EXITED, .status = 3};

	(void)state;
	assert_string_equal(described(&result, &text), "exit status 3");
	str_add(&result.errors, "\nfatal: \x1b[31mno\nmore\n");
	assert_string_equal(described(&result, &text), "exit status 3: fatal: \\x1b[31mno");
	result.end = CHILD_SIGNALLED;
	result.status = 9;
	assert_string_equal(described(&result, &text), "killed by signal 9");
	result.end = CHILD_TIMEOUT;
	assert_string_equal(described(&result, &text), "did not end before its deadline");
	result.end = CHILD_FLOOD;
	assert_string_equal(described(&result, &text), "printed more than its limit");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(output_errors_and_status_are_told_apart),
		cmocka_unit_test(standard_streams_can_be_opened_by_name),
		cmocka_unit_test(without_input_standard_input_is_empty),
		cmocka_unit_test(large_input_goes_through_and_its_end_is_seen),
		cmocka_unit_test(a_child_that_does_not_read_its_input_is_no_error),
		cmocka_unit_test(death_by_a_signal_is_told_with_its_number),
		cmocka_unit_test(at_the_deadline_the_whole_group_is_killed),
		cmocka_unit_test(a_deadline_in_the_past_kills_at_once),
		cmocka_unit_test(a_flood_is_cut_and_killed),
		cmocka_unit_test(output_of_exactly_the_ceiling_is_no_flood),
		cmocka_unit_test(a_grandchild_with_the_pipe_open_hangs_nobody_and_is_killed),
		cmocka_unit_test(a_grandchild_in_its_own_session_hangs_nobody),
		cmocka_unit_test(a_child_has_no_controlling_terminal_and_leads_its_group),
		cmocka_unit_test(the_environment_is_scrubbed),
		cmocka_unit_test(it_runs_in_the_directory_asked_for),
		cmocka_unit_test(what_cannot_be_started_says_why),
		cmocka_unit_test(a_folder_that_may_not_be_entered_holds_no_program),
		cmocka_unit_test(nothing_of_ours_is_open_in_the_child),
		cmocka_unit_test(no_descriptor_is_left_behind),
		cmocka_unit_test(many_children_run_side_by_side),
		cmocka_unit_test(a_cancelled_child_dies_and_reports_nothing),
		cmocka_unit_test(a_child_runs_while_nobody_waits_for_it),
		cmocka_unit_test(a_child_that_nobody_waits_for_is_killed),
		cmocka_unit_test(what_cannot_be_started_ahead_is_said_at_the_end),
		cmocka_unit_test(results_are_described_in_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
