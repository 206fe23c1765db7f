#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "net/known_hosts_pin.h"

/* Keys and a hashed name made by OpenSSH 9.2 (ssh-keygen -t, -H). */
#define KEY_A "AAAAC3NzaC1lZDI1NTE5AAAAICw2R8BKzy5sSITjgMzIzjVhNocLz05H5DGeJPgdgXmM"
#define KEY_B "AAAAC3NzaC1lZDI1NTE5AAAAIPr67ilJeFpG63oJjUELhGsOglc7hgxPXOM63XP1d5jx"
#define KEY_EC                                                                                    \
	"AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBGK6sdxITTcnNe+RajcPQo735Wlim+8fT4/" \
	"AQIMpKXJcI71jCGqTxCuMNDSd0SbCDeggDZJFozkxoJ8wfHOv1kI="
#define HASHED_IMMICH "|1|mH492/tKO1CcbCx6z4YlH7oZ6os=|R9oAisyqOZAvD/hTHMwC6cpcroQ="

#define A "ssh-ed25519 " KEY_A
#define B "ssh-ed25519 " KEY_B
#define EC "ecdsa-sha2-nistp256 " KEY_EC

/** What the tests pin: A for immich. */
#define PIN "immich " A " why\n"

static struct host_pin pin_of_a(struct str *blob, bool replaces)
{
	struct err err = {0};

	assert_int_equal(base64_decode(text_of(KEY_A), blob, &err), 0);
	return (struct host_pin){.name = "immich",
				 .port = 22,
				 .blob = str_view(blob),
				 .comment = "why",
				 .replaces = replaces};
}

/** Write a pin into a file. `line` gets the number of the line that decided; 0: none. */
static enum host_pin_answer write_pin(const char *before, const struct host_pin *pin,
				      struct str *out, int *line)
{
	struct arena arena = {0};
	AUTO(auto_problems) struct problems problems = {0};
	struct known_hosts hosts = {0};
	const struct known_host *matched = NULL;
	enum host_pin_answer answer = HOST_PIN_NO_NAME;

	known_hosts_parse(&arena, "known_hosts", text_of(before), &problems, &hosts);
	answer = host_pin_write(text_of(before), &hosts, pin, out, &matched);
	*line = matched ? matched->where.line : 0;
	arena_release(&arena);
	return answer;
}

/** A file that has to change. */
static void expect_new(const char *before, bool replaces, const char *after)
{
	AUTO(auto_str) struct str blob = {0};
	AUTO(auto_str) struct str out = {0};
	AUTO(auto_str) struct str again = {0};
	struct host_pin pin = pin_of_a(&blob, replaces);
	int line = -1;

	assert_int_equal(write_pin(before, &pin, &out, &line), HOST_PIN_NEW);
	assert_string_equal(str_text(&out), after);
	assert_int_equal(line, 0);
	/* What was written is a pin, and needs no writing. */
	pin.replaces = false;
	assert_int_equal(write_pin(after, &pin, &again, &line), HOST_PIN_THERE);
	assert_int_equal(again.len, 0);
}

/** A file that stays as it is. */
static void expect_kept(const char *before, bool replaces, enum host_pin_answer answer,
			int expected_line)
{
	AUTO(auto_str) struct str blob = {0};
	AUTO(auto_str) struct str out = {0};
	struct host_pin pin = pin_of_a(&blob, replaces);
	int line = -1;

	assert_int_equal(write_pin(before, &pin, &out, &line), answer);
	assert_int_equal(line, expected_line);
	assert_int_equal(out.len, 0);
}

static void a_pin_is_added_at_the_end(void **state)
{
	(void)state;
	expect_new("", false, PIN);
	expect_new("pve " B "\n", false, "pve " B "\n" PIN);
	expect_new("pve " B, false, "pve " B "\n" PIN);
	expect_new("pve " B "\n", true, "pve " B "\n" PIN);
}

static void what_is_in_the_file_stays_byte_for_byte(void **state)
{
	static const char odd[] = "# a comment\r\n"
				  "\r\n"
				  " \tnot a line\n"
				  "pve  ,  " B "   trailing \r\n"
				  "\n"
				  "@cert-authority *.example " B "\n"
				  "x ssh-dss AAAA\n";

	(void)state;
	for (int replaces = 0; replaces < 2; replaces++) {
		AUTO(auto_str) struct str after = {0};

		str_printf(&after, "%s%s", odd, PIN);
		expect_new(odd, replaces != 0, str_text(&after));
	}
}

static void bytes_that_are_no_text_stay_too(void **state)
{
	static const char odd[] = "im\0mich \xff\n";
	AUTO(auto_str) struct str blob = {0};
	AUTO(auto_str) struct str out = {0};
	const struct host_pin pin = pin_of_a(&blob, true);
	struct known_hosts hosts = {0};
	const struct known_host *matched = NULL;

	(void)state;
	assert_int_equal(
		host_pin_write((struct text){odd, sizeof(odd) - 1}, &hosts, &pin, &out, &matched),
		HOST_PIN_NEW);
	assert_int_equal(out.len, sizeof(odd) - 1 + strlen(PIN));
	assert_memory_equal(out.at, odd, sizeof(odd) - 1);
}

static void a_key_that_is_pinned_is_not_pinned_again(void **state)
{
	(void)state;
	for (int replaces = 0; replaces < 2; replaces++) {
		expect_kept("immich " A "\n", replaces != 0, HOST_PIN_THERE, replaces ? 0 : 1);
		expect_kept(HASHED_IMMICH " " A, replaces != 0, HOST_PIN_THERE, replaces ? 0 : 1);
		expect_kept("im* " A, replaces != 0, HOST_PIN_THERE, replaces ? 0 : 1);
	}
	expect_kept("immich " B "\nimmich " A "\n", false, HOST_PIN_THERE, 2);
}

static void another_key_is_in_the_way(void **state)
{
	(void)state;
	expect_kept("pve " A "\nimmich " B "\n", false, HOST_PIN_OTHER, 2);
	expect_kept("immich " EC "\n", false, HOST_PIN_OTHER, 1);
	expect_kept("* " B "\n", false, HOST_PIN_OTHER, 1);
	expect_kept("immich " A "\n[immich]:22 " B "\n", false, HOST_PIN_OTHER, 2);
}

static void another_key_is_replaced_where_it_stood(void **state)
{
	(void)state;
	expect_new("pve " B "\nimmich " B "\npi " B "\n", true, "pve " B "\n" PIN "pi " B "\n");
	expect_new("immich " B, true, PIN);
	expect_new("IMMICH " EC "\n\n" HASHED_IMMICH " " B "\n[immich]:22 " B "\n", true, PIN "\n");
	expect_new("immich " B "\nimmich " A " old\n", true, "immich " A " old\n");
	expect_new("immich " A "\n[immich]:22 " B "\n", true, "immich " A "\n");
}

static void other_names_and_ports_keep_their_keys(void **state)
{
	(void)state;
	expect_new(" pve,immich,!x,[immich]:22 " B " text\n", true, PIN " pve,!x " B " text\n");
	expect_new("immich,!x " B "\n", true, PIN);
	expect_new("[immich]:2222 " B "\n", true, "[immich]:2222 " B "\n" PIN);
	expect_new("immich2 " B "\n", true, "immich2 " B "\n" PIN);
	expect_new("*,!immich " B "\n", true, "*,!immich " B "\n" PIN);
}

static void a_pattern_with_another_key_cannot_be_replaced(void **state)
{
	(void)state;
	expect_kept("pve " B "\nim* " B "\n", true, HOST_PIN_PATTERN, 2);
	expect_kept("immich,* " B "\n", true, HOST_PIN_PATTERN, 1);
	expect_kept("[*]:22 " B "\n", true, HOST_PIN_PATTERN, 1);
}

static void a_revoked_key_is_never_pinned(void **state)
{
	(void)state;
	for (int replaces = 0; replaces < 2; replaces++) {
		expect_kept("@revoked * " A "\n", replaces != 0, HOST_PIN_REVOKED, 1);
		expect_kept("pve " B "\n@revoked pve " A "\n", replaces != 0, HOST_PIN_REVOKED, 2);
		expect_kept("immich " A "\n@revoked immich " A "\n", replaces != 0,
			    HOST_PIN_REVOKED, 2);
	}
	expect_new("@revoked * " B "\n", false, "@revoked * " B "\n" PIN);
}

static void a_revoked_key_is_not_replaced_away(void **state)
{
	(void)state;
	expect_new("@revoked immich " B "\nimmich " B "\n", true, "@revoked immich " B "\n" PIN);
	expect_new("@cert-authority immich " B "\n", true, "@cert-authority immich " B "\n" PIN);
}

static void a_name_that_means_others_is_refused(void **state)
{
	static const char *const bad[] = {"",     "a b", "a\nb", "a,b", "*",  "na?",       "!nas",
					  "|1|x", "#a",  "@a",   "[a]", "a]", "b\303\274", "a\x7f"};
	static const char *const good[] = {"nas", "NAS.example-1", "a_b", "fe80::1", "a@b", "a#b"};
	AUTO(auto_str) struct str blob = {0};
	struct host_pin pin = pin_of_a(&blob, false);

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		AUTO(auto_str) struct str out = {0};
		int line = -1;

		pin.name = bad[i];
		assert_false(host_pin_can_name(bad[i]));
		assert_int_equal(write_pin("", &pin, &out, &line), HOST_PIN_NO_NAME);
		assert_int_equal(out.len, 0);
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		AUTO(auto_str) struct str out = {0};
		AUTO(auto_str) struct str again = {0};
		int line = -1;

		pin.name = good[i];
		assert_true(host_pin_can_name(good[i]));
		assert_int_equal(write_pin("", &pin, &out, &line), HOST_PIN_NEW);
		assert_int_equal(write_pin(str_text(&out), &pin, &again, &line), HOST_PIN_THERE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pin_is_added_at_the_end),
		cmocka_unit_test(what_is_in_the_file_stays_byte_for_byte),
		cmocka_unit_test(bytes_that_are_no_text_stay_too),
		cmocka_unit_test(a_key_that_is_pinned_is_not_pinned_again),
		cmocka_unit_test(another_key_is_in_the_way),
		cmocka_unit_test(another_key_is_replaced_where_it_stood),
		cmocka_unit_test(other_names_and_ports_keep_their_keys),
		cmocka_unit_test(a_pattern_with_another_key_cannot_be_replaced),
		cmocka_unit_test(a_revoked_key_is_never_pinned),
		cmocka_unit_test(a_revoked_key_is_not_replaced_away),
		cmocka_unit_test(a_name_that_means_others_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
