#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "model/script_words.h"

/** What is found in a script: "part: yaml_assert, text_match; rest awk; over ssh". */
static void expect(const char *script, const char *found)
{
	AUTO(auto_str) struct str out = {0};
	struct script_words words = {0};

	script_words_read(text_of(script), &words);
	str_printf(&out, "%s:", nativeness_word(words.nativeness));
	for (size_t i = 0; i < words.kind_count; i++) {
		str_printf(&out, " %s", words.kinds[i]);
	}
	for (size_t i = 0; i < words.rest_count; i++) {
		str_printf(&out, " -%s", words.rest[i]);
	}
	if (words.network) {
		str_printf(&out, " over %s", words.network);
	}
	assert_string_equal(str_text(&out), found);
}

static void what_runs_is_recognised(void **state)
{
	(void)state;
	expect("yq e '.x' a.yaml", "whole: yaml_assert");
	expect("x=$(yq e '.x' a.yaml)", "whole: yaml_assert");
	expect("if ! grep -q x y; then", "whole: text_match");
	expect("cat x | grep y", "whole: text_match");
	expect("LC_ALL=C grep y", "whole: text_match");
	expect("[[ -f x.sh ]] || exit 1\n[ -x x.sh ]", "whole: file_state");
	expect("/usr/bin/git status", "whole: git_state");
	expect("timeout 5 curl -fsS http://x/", "whole: http_probe over curl");
	expect("out=\"$(ssh -o BatchMode=yes nas true)\"", "whole: ssh_command over ssh");
	expect("echo | openssl s_client -connect x:443",
	       "whole: tls_endpoint over openssl s_client");
	expect("exec 3<>/dev/tcp/10.0.0.1/22", "whole: tcp_open over /dev/tcp");
	expect("python3 -m json.tool < x", "part: parses -python3");
	expect("python3 - <<E", "no: -python3");
	expect("yq e .a x.yaml; docker ps", "part: yaml_assert -docker over docker");
}

static void two_files_that_yq_reads_are_compared(void **state)
{
	(void)state;
	expect("yq e .a x.yaml\nyq e .a y.yaml", "whole: yaml_assert cross_ref");
	expect("yq e .a x.yaml\nyq e .b x.yaml", "whole: yaml_assert");
	expect("yq e .a x.yaml\n# y.yaml", "whole: yaml_assert");
}

static void what_only_reads_like_it_is_not(void **state)
{
	(void)state;
	expect("", "no:");
	expect("# ssh nas", "no:");
	expect("echo 'no ssh'", "no:");
	expect("fail \"cannot ssh to it\"", "no:");
	expect("echo 'tailscale is off'; exit 0", "no:");
	expect("ssh-keygen -l", "no:");
	expect("run_curl x", "no:");
	expect("$ssh x", "no:");
	expect("my.grep x", "no:");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_runs_is_recognised),
		cmocka_unit_test(two_files_that_yq_reads_are_compared),
		cmocka_unit_test(what_only_reads_like_it_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
