#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/stat.h>

#include <cmocka.h>

#include "net/remote_command.h"
#include "tool.h"

#define NONCE "00112233445566778899aabbccddeeff"

/** Read pieces, ended by NULL. */
static void read_pieces(struct remote_output *output, const char *const *pieces)
{
	*output = (struct remote_output){0};
	remote_output_init(output, NONCE);
	for (; *pieces; pieces++) {
		remote_output_read(output, text_of(*pieces));
	}
}

static void expect(const char *bytes, enum remote_state state, const char *kept, int status)
{
	for (size_t size = 1; size <= strlen(bytes); size++) {
		struct remote_output output = {0};
		struct text rest = text_of(bytes);

		remote_output_init(&output, NONCE);
		while (rest.len > 0) {
			size_t len = size < rest.len ? size : rest.len;

			remote_output_read(&output, (struct text){rest.at, len});
			rest = (struct text){rest.at + len, rest.len - len};
		}
		remote_output_end(&output);
		assert_int_equal(output.state, state);
		assert_string_equal(str_text(&output.kept), kept);
		assert_int_equal(output.bytes, strlen(kept));
		assert_int_equal(output.status, status);
		remote_output_release(&output);
	}
}

static void what_stands_between_the_marks_is_the_output(void **state)
{
	(void)state;
	expect(NONCE "\nhello\n\n" NONCE " 0\n", REMOTE_ENDED, "hello\n", 0);
	expect(NONCE "\nno line end\n" NONCE " 255\n", REMOTE_ENDED, "no line end", 255);
}

static void a_command_may_say_nothing(void **state)
{
	(void)state;
	expect(NONCE "\n\n" NONCE " 3\n", REMOTE_ENDED, "", 3);
}

static void what_the_login_shell_says_before_is_not_the_commands(void **state)
{
	(void)state;
	expect("welcome\nno newline" NONCE "\nx\n" NONCE " 1\n", REMOTE_ENDED, "x", 1);
	expect("welcome\n", REMOTE_BEFORE, "welcome\n", 0);
}

static void what_follows_the_end_is_left_out(void **state)
{
	(void)state;
	expect(NONCE "\na\n" NONCE " 0\nlate child\n", REMOTE_ENDED, "a", 0);
}

static void without_the_second_mark_it_has_not_ended(void **state)
{
	(void)state;
	expect(NONCE "\nhalf", REMOTE_INSIDE, "half", 0);
	expect(NONCE "\nhalf\n" NONCE, REMOTE_INSIDE, "half\n" NONCE, 0);
	expect(NONCE "\nhalf\n" NONCE " 12", REMOTE_INSIDE, "half\n" NONCE " 12", 0);
}

static void a_mark_that_is_none_is_output(void **state)
{
	(void)state;
	expect(NONCE "\n\n" NONCE " x\n\n" NONCE " 7\n", REMOTE_ENDED, "\n" NONCE " x\n", 7);
	expect(NONCE "\n\n" NONCE " 1234\n\n" NONCE " 7\n", REMOTE_ENDED, "\n" NONCE " 1234\n", 7);
	expect(NONCE "\n\n" NONCE " \n\n" NONCE " 7\n", REMOTE_ENDED, "\n" NONCE " \n", 7);
}

static void the_mark_of_another_command_is_output(void **state)
{
	(void)state;
	expect(NONCE "\n\nffffffffffffffffffffffffffffffff 0\n", REMOTE_INSIDE,
	       "\nffffffffffffffffffffffffffffffff 0\n", 0);
}

static void what_is_too_much_is_counted_and_its_end_still_seen(void **state)
{
	static char chunk[10001];
	struct remote_output output = {0};

	(void)state;
	memset(chunk, 'x', sizeof(chunk) - 1);
	read_pieces(&output, (const char *const[]){NONCE "\n", NULL});
	for (int i = 0; i < 100; i++) {
		remote_output_read(&output, text_of(chunk));
	}
	remote_output_read(&output, text_of("\n" NONCE " 0\n"));
	assert_int_equal(output.state, REMOTE_ENDED);
	assert_int_equal(output.bytes, 1000000);
	assert_int_equal(output.kept.len, REMOTE_KEPT_BYTES);
	assert_true(output.held.cap < 4 * sizeof(chunk));
	remote_output_release(&output);
}

/** A megabyte of `unit`, read in pieces: each byte costs the work of a few at most. */
static void expect_little_work(const char *unit, size_t piece)
{
	static const size_t all = 1024 * 1024;
	struct remote_output output = {0};
	AUTO(auto_str) struct str bytes = {0};

	while (bytes.len < all) {
		str_add(&bytes, unit);
	}
	remote_output_init(&output, NONCE);
	remote_output_read(&output, text_of(NONCE "\n"));
	for (size_t at = 0; at < bytes.len; at += piece) {
		size_t len = piece < bytes.len - at ? piece : bytes.len - at;

		remote_output_read(&output, (struct text){bytes.at + at, len});
	}
	remote_output_end(&output);
	assert_int_equal(output.state, REMOTE_INSIDE);
	assert_int_equal(output.bytes, bytes.len);
	assert_true(output.work < 4 * bytes.len + 4 * bytes.len / piece * REMOTE_NONCE_BYTES);
	remote_output_release(&output);
}

static void the_work_grows_with_the_bytes_alone(void **state)
{
	static const char *const units[] = {
		"x", "\n", "\n" NONCE, "\n" NONCE " ", "\n" NONCE " x", "\n" NONCE " 1234"};

	(void)state;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		expect_little_work(units[i], 7);
		expect_little_work(units[i], (size_t)16 * 1024);
		expect_little_work(units[i], (size_t)1024 * 1024);
	}
}

/* ---- through a shell */

/**
 * Run the words through `shell -c` as sshd would, with a standard input that ends when the command
 * has. @return the exit status that is proven; -1
 */
static int run(const char *shell, const char *const *words, size_t count, struct str *kept)
{
	AUTO(auto_str) struct str line = {0};
	AUTO(auto_str) struct str bytes = {0};
	struct remote_output output = {0};
	struct err err = {0};
	int status = -1;

	remote_output_init(&output, NONCE);
	assert_int_equal(remote_command_write(words, count, NONCE, &line, &err), 0);
	(void)tool_run((const char *const[]){"sh", "-c", "echo wait | \"$0\" -c \"$1\"", shell,
					     str_text(&line), NULL},
		       &bytes);
	remote_output_read(&output, str_view(&bytes));
	if (output.state == REMOTE_ENDED) {
		status = output.status;
		str_add_text(kept, str_view(&output.kept));
	}
	remote_output_release(&output);
	return status;
}

static void words_arrive_as_they_are_in_every_shell(void **state)
{
	static const char *const shells[] = {"sh",  "bash", "dash", "zsh", "fish",
					     "ksh", "mksh", "yash", "csh", "tcsh"};
	static const char *const words[] = {
		"printf", "%s|", "a b", "it's", "\\",   "\\\\n",  "$HOME", "`id`",   "\"", "*",
		"",       "#x",  "~",   "!x",   "a!!b", "a;b&c|", "''''",  "\\'\\'", "%s", "ü"};
	size_t tried = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
		AUTO(auto_str) struct str kept = {0};

		if (!tool_exists(shells[i])) {
			print_message("# %s is not installed: not tried\n", shells[i]);
			continue;
		}
		assert_int_equal(run(shells[i], words, sizeof(words) / sizeof(words[0]), &kept), 0);
		assert_string_equal(str_text(&kept),
				    "a b|it's|\\|\\\\n|$HOME|`id`|\"|*||#x|~|!x|a!!b|"
				    "a;b&c||''''|\\'\\'|%s|ü|");
		tried++;
	}
	assert_true(tried > 0);
}

static void the_exit_status_is_the_commands(void **state)
{
	AUTO(auto_str) struct str kept = {0};

	(void)state;
	assert_int_equal(run("sh", (const char *const[]){"sh", "-c", "exit 42"}, 3, &kept), 42);
	assert_int_equal(run("sh", (const char *const[]){"false"}, 1, &kept), 1);
	assert_int_equal(run("sh", (const char *const[]){"no-such-program"}, 1, &kept), 127);
	assert_int_equal(run("sh", (const char *const[]){"sh", "-c", "kill -TERM $$"}, 3, &kept),
			 143);
	assert_int_equal(kept.len, 0);
}

static void a_command_that_closes_its_output_still_ends(void **state)
{
	AUTO(auto_str) struct str kept = {0};

	(void)state;
	assert_int_equal(run("sh",
			     (const char *const[]){"sh", "-c", "echo a; exec >&- 2>&-; exit 5"}, 3,
			     &kept),
			 5);
	assert_string_equal(str_text(&kept), "a\n");
}

/** A command that says that it has begun, and then does not end by itself nor when asked to. */
static void expect_ended(const char *leader, const char *text)
{
	char fifo[] = "/tmp/gaterun-test.XXXXXX";
	const char *const words[] = {"sh", "-c", text, fifo};
	AUTO(auto_str) struct str line = {0};
	AUTO(auto_str) struct str bytes = {0};
	struct err err = {0};

	assert_non_null(mkdtemp(fifo));
	assert_int_equal(rmdir(fifo), 0);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(remote_command_write(words, 4, NONCE, &line, &err), 0);
	(void)tool_run((const char *const[]){"sh", "-c", "cat \"$0\" | $2 sh -c \"$1\"", fifo,
					     str_text(&line), leader, NULL},
		       &bytes);
	assert_int_equal(unlink(fifo), 0);
	assert_string_equal(str_text(&bytes), NONCE "\n");
}

/** (That the test goes on is the proof: whoever lives holds its output.) */
static void a_command_whose_input_is_closed_is_ended(void **state)
{
	(void)state;
	expect_ended("exec", "trap '' TERM; echo > \"$0\"; exec sleep 60");
	if (tool_exists("setsid")) {
		expect_ended("setsid -w", "trap '' TERM; echo > \"$0\"; sleep 60; sleep 60");
	}
}

/** What a shell says that is given the script as sh, with this standard input. */
static void say_to(const char *shell, const char *input, struct str *bytes)
{
	static const char *const words[] = {"sh", "-c", "echo one; exit 3"};
	AUTO(auto_str) struct str line = {0};
	struct err err = {0};
	size_t skip = strlen("exec /bin/sh");

	assert_int_equal(remote_command_write(words, 3, NONCE, &line, &err), 0);
	(void)tool_run((const char *const[]){"sh", "-c",
					     "sh=$1 input=$2; eval \"set -- $3\";"
					     " printf 'wait\\n%swait\\n' \"$input\" | $sh \"$@\"",
					     "sh", shell, input, str_text(&line) + skip, NULL},
		       bytes);
}

static void commands_follow_in_the_shell_of_the_first_one(void **state)
{
	/* Each as /bin/sh may be. */
	static const char *const shells[][2] = {{"sh", "sh"},     {"bash", "bash --posix"},
						{"dash", "dash"}, {"busybox", "busybox sh"},
						{"ksh", "ksh"},   {"mksh", "mksh"}};
	static const char *const words[] = {"printf", "%s|", "it's", "\\n", "$HOME", "", " a  b "};
	static const char next[] = "ffeeddccbbaa99887766554433221100";
	AUTO(auto_str) struct str line = {0};
	AUTO(auto_str) struct str expected = {0};

	(void)state;
	assert_true(remote_command_follow(words, 7, next, &line));
	str_printf(&expected, NONCE "\none\n\n" NONCE " 3\n%s\nit's|\\n|$HOME|| a  b |\n%s 0\n",
		   next, next);
	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
		AUTO(auto_str) struct str bytes = {0};

		if (!tool_exists(shells[i][0])) {
			print_message("# %s is not installed: not tried\n", shells[i][0]);
			continue;
		}
		say_to(shells[i][1], str_text(&line), &bytes);
		assert_string_equal(str_text(&bytes), str_text(&expected));
	}
}

static void a_command_with_a_line_end_does_not_follow(void **state)
{
	static const char *const words[] = {"echo", "a\nb"};
	AUTO(auto_str) struct str line = {0};

	(void)state;
	assert_false(remote_command_follow(words, 2, NONCE, &line));
	assert_int_equal(line.len, 0);
	assert_true(remote_command_follow(words, 1, NONCE, &line));
	assert_string_equal(str_text(&line), "gaterun_run '" NONCE "' 'echo'\n");
}

static void a_command_without_a_program_is_refused(void **state)
{
	AUTO(auto_str) struct str line = {0};
	struct err err = {0};

	(void)state;
	assert_int_equal(remote_command_write(NULL, 0, NONCE, &line, &err), -1);
	assert_int_equal(remote_command_write((const char *const[]){""}, 1, NONCE, &line, &err),
			 -1);
	assert_int_equal(line.len, 0);
}

static void a_command_that_is_too_long_is_refused(void **state)
{
	static char word[REMOTE_COMMAND_BYTES];
	AUTO(auto_str) struct str line = {0};
	struct err err = {0};

	(void)state;
	memset(word, 'x', sizeof(word) - 1);
	assert_int_equal(
		remote_command_write((const char *const[]){"echo", word}, 2, NONCE, &line, &err),
		-1);
	assert_int_equal(err.code, ERR_LIMIT);
	assert_int_equal(line.len, 0);
}

static void no_two_nonces_are_the_same(void **state)
{
	char one[REMOTE_NONCE_BYTES];
	char other[REMOTE_NONCE_BYTES];

	(void)state;
	remote_nonce(one);
	remote_nonce(other);
	assert_int_equal(strlen(one), REMOTE_NONCE_BYTES - 1);
	assert_string_not_equal(one, other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_stands_between_the_marks_is_the_output),
		cmocka_unit_test(a_command_may_say_nothing),
		cmocka_unit_test(what_the_login_shell_says_before_is_not_the_commands),
		cmocka_unit_test(what_follows_the_end_is_left_out),
		cmocka_unit_test(without_the_second_mark_it_has_not_ended),
		cmocka_unit_test(a_mark_that_is_none_is_output),
		cmocka_unit_test(the_mark_of_another_command_is_output),
		cmocka_unit_test(what_is_too_much_is_counted_and_its_end_still_seen),
		cmocka_unit_test(the_work_grows_with_the_bytes_alone),
		cmocka_unit_test(words_arrive_as_they_are_in_every_shell),
		cmocka_unit_test(the_exit_status_is_the_commands),
		cmocka_unit_test(a_command_that_closes_its_output_still_ends),
		cmocka_unit_test(a_command_whose_input_is_closed_is_ended),
		cmocka_unit_test(commands_follow_in_the_shell_of_the_first_one),
		cmocka_unit_test(a_command_with_a_line_end_does_not_follow),
		cmocka_unit_test(a_command_without_a_program_is_refused),
		cmocka_unit_test(a_command_that_is_too_long_is_refused),
		cmocka_unit_test(no_two_nonces_are_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
