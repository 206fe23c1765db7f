#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "receipt/trust.h"
#include "receipts.h"
#include "scratch.h"
#include "tool.h"

/** 2026-03-01T00:00:00Z */
#define MARCH 1772323200000
#define DAY_MS 86400000

/** The key of line `K` below: key number 1. */
static const char *key_text(void)
{
	static char text[200];
	AUTO(auto_key) struct key *key = sample_key(1);
	AUTO(auto_str) struct str line = {0};

	public_key_write_ssh(&key->public, NULL, &line);
	(void)snprintf(text, sizeof(text), "%.*s", (int)line.len - 1, line.at);
	return text;
}

/** `format` has one %s for "ssh-ed25519 AAAA…" of key number 1. */
static int read_signers(struct trust *trust, struct problems *problems, const char *format)
{
	AUTO(auto_str) struct str file = {0};
	const char *found = strstr(format, "%s");

	str_add_bytes(&file, format, found ? (size_t)(found - format) : strlen(format));
	if (found) {
		str_add(&file, key_text());
		str_add(&file, found + 2);
	}
	return trust_read_signers(trust, "receipts/trust/allowed_signers", str_view(&file),
				  problems);
}

/** Does a file of one line let key number 1 sign at a time? */
static bool is_trusted(const char *format, int64_t at_utc_ms, struct err *err)
{
	AUTO(auto_problems) struct problems problems = {0};
	AUTO(auto_trust) struct trust trust = {0};
	AUTO(auto_key) struct key *key = sample_key(1);
	enum reason reason = REASON_NONE;
	bool is_found = false;

	*err = (struct err){0};
	assert_int_equal(read_signers(&trust, &problems, format), 0);
	is_found = trust_find(&trust, &key->public, at_utc_ms, &reason, err) != NULL;
	assert_int_equal(is_found, err->text[0] == '\0');
	assert_int_equal(is_found, reason == REASON_NONE);
	return is_found;
}

static void a_line_for_receipts_is_trusted(void **state)
{
	static const char *const lines[] = {
		"ops@example namespaces=\"gaterun-receipt\" %s comment with words\n",
		"ops@example,ci@example namespaces=\"git,gaterun-receipt\" %s\n",
		"\n# comment\n\t \n  ops@example \t NameSpaces=\"gaterun-receipt\"  %s\r\n",
		"* namespaces=\"gaterun-*\" %s",
		"* namespaces=\"*\" %s",
		"* namespaces=\"gaterun-receip?\" %s",
		"* namespaces=\"*a*n*r*t,!git\" %s",
		"\"ops at example\" namespaces=\"gaterun-receipt\" %s",
		("ops ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAMAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
		 "ops namespaces=\"gaterun-receipt\" %s"),
	};
	struct err err = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_true(is_trusted(lines[i], MARCH, &err));
	}
}

static void lines_for_other_things_do_not_count(void **state)
{
	static const char *const lines[] = {
		"ops@example %s\n",
		"ops@example namespaces=\"git\" %s\n",
		"ops@example namespaces=\"\" %s\n",
		"ops@example namespaces=\"gaterun\" %s\n",
		"ops@example namespaces=\"gaterun-receipts\" %s\n",
		"ops@example namespaces=\"gaterun-receipt?\" %s\n",
		"ops@example namespaces=\"gaterun-checkpoint\" %s\n",
		"ops@example namespaces=\"*,!gaterun-receipt\" %s\n",
		"ops@example namespaces=\"gaterun-receipt,!gater*\" %s\n",
		"ops@example cert-authority,namespaces=\"gaterun-receipt\" %s\n",
		"ops@example cert-authority %s\n",
	};
	struct err err = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_false(is_trusted(lines[i], MARCH, &err));
		assert_non_null(strstr(err.text, "namespaces"));
	}
	assert_false(is_trusted("# nobody\n", MARCH, &err));
	assert_non_null(strstr(err.text, "not among"));
	assert_false(is_trusted("", MARCH, &err));
	/* A key of another type is passed over. */
	assert_false(is_trusted("ops namespaces=\"gaterun-receipt\" ssh-rsa AAAAB3NzaC1yc2E=\n",
				MARCH, &err));
}

static void keys_count_only_while_they_are_valid(void **state)
{
	static const char after[] =
		"ops namespaces=\"gaterun-receipt\",valid-after=\"20260301Z\" %s\n";
	static const char before[] =
		"ops valid-before=\"202603011230Z\",namespaces=\"gaterun-receipt\" %s\n";
	static const char between[] = "ops namespaces=\"gaterun-receipt\",valid-after="
				      "\"20260301000000Z\",valid-before=\"20260302Z\" %s\n";
	struct err err = {0};

	(void)state;
	assert_false(is_trusted(after, MARCH - 1000, &err));
	assert_non_null(strstr(err.text, "not valid yet"));
	assert_true(is_trusted(after, MARCH, &err));
	assert_true(is_trusted(before, MARCH + 45000000, &err)); /* 12:30:00 */
	assert_false(is_trusted(before, MARCH + 45001000, &err));
	assert_non_null(strstr(err.text, "expired"));
	assert_true(is_trusted(between, MARCH + DAY_MS, &err));
	assert_false(is_trusted(between, MARCH + DAY_MS + 1000, &err));
}

static void lines_that_cannot_be_read_are_problems_at_their_place(void **state)
{
	static const struct {
		const char *text;
		int line;
		int column;
	} cases[] = {
		{"\nops\n", 2, 1},
		{"ops ssh-ed25519\n", 1, 5},
		{"ops namespaces=\"gaterun-receipt\"\n", 1, 1},
		{"ops namespaces=gaterun-receipt %s\n", 1, 5},
		{"ops namespaces=\"a\",namespaces=\"b\" %s\n", 1, 20},
		{"ops namespaces=\"a\", valid-after=\"20260301Z\" %s\n", 1, 21},
		{"ops bogus %s\n", 1, 5},
		{"ops valid-after=\"20260301\" %s\n", 1, 5},
		{"ops valid-after=\"2026-03-01\" %s\n", 1, 5},
		{"ops valid-after=\"20260230Z\" %s\n", 1, 5},
		{"ops valid-after=\"202603012460Z\" %s\n", 1, 5},
		{"ops valid-after=\"x\",valid-before=\"y\" %s\n", 1, 5},
		{"ops valid-after=\"20270101Z\",valid-before=\"20260101Z\" %s\n", 1, 1},
		{"ops ssh-ed25519 AAAA\n", 1, 17},
		{"ops ssh-ed25519 AAAAB3NzaC1yc2E=\n", 1, 17},
		{"ops ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
		 1, 17},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		AUTO(auto_problems) struct problems problems = {0};
		AUTO(auto_trust) struct trust trust = {0};

		assert_int_equal(read_signers(&trust, &problems, cases[i].text), -1);
		assert_true(problems.list.len > 0);
		assert_int_equal(problems.list.at[0].where.line, cases[i].line);
		if (problems.list.at[0].where.column != cases[i].column) {
			fail_msg("case %zu: column %d", i, problems.list.at[0].where.column);
		}
		assert_string_equal(problems.list.at[0].where.file,
				    "receipts/trust/allowed_signers");
	}
}

#define PRINT "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static void revocations_are_read(void **state)
{
	static const char file[] =
		"# key  when  why  size  root\n" PRINT "  2026-03-01 compromised 42 " HASH_A "\n"
		"SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE "
		"2026-03-01T12:00:00.000Z retired 0 -\n";
	AUTO(auto_problems) struct problems problems = {0};
	AUTO(auto_trust) struct trust trust = {0};
	const struct revocation *found = NULL;

	(void)state;
	assert_int_equal(trust_read_revoked(&trust, "revoked", text_of(file), &problems), 0);
	found = trust_revoked(&trust, PRINT);
	assert_non_null(found);
	assert_true(found->is_compromised);
	assert_int_equal(found->at_utc_ms, MARCH);
	assert_int_equal(found->last_good_size, 42);
	assert_int_equal(found->root.bytes[0], 0xaa);
	found = trust_revoked(&trust, "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE");
	assert_non_null(found);
	assert_false(found->is_compromised);
	assert_int_equal(found->last_good_size, 0);
	assert_null(trust_revoked(&trust, "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAI"));
}

static void revocations_that_cannot_be_read_are_problems(void **state)
{
	static const char *const wrong[] = {
		"SHA256:short 2026-03-01 retired 0 -",
		PRINT,
		PRINT " yesterday retired 0 -",
		PRINT " 2026-03-01 stolen 0 -",
		PRINT " 2026-03-01 retired",
		PRINT " 2026-03-01 retired 0",
		PRINT " 2026-03-01 retired 0 " HASH_A,
		PRINT " 2026-03-01 retired 42 -",
		PRINT " 2026-03-01 retired 042 " HASH_A,
		PRINT " 2026-03-01 retired -1 " HASH_A,
		PRINT " 2026-03-01 retired 42 " HASH_A "a",
		PRINT " 2026-03-01 retired 42 " HASH_A " more",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		AUTO(auto_problems) struct problems problems = {0};
		AUTO(auto_trust) struct trust trust = {0};

		assert_int_equal(
			trust_read_revoked(&trust, "revoked", text_of(wrong[i]), &problems), -1);
		assert_int_equal(problems.list.at[0].where.line, 1);
		assert_int_equal(trust.revocations.len, 0);
	}
}

static void ssh_keygen_reads_what_we_trust(void **state)
{
	AUTO(auto_str) struct str line = {0};
	AUTO(auto_str) struct str out = {0};
	AUTO(auto_trust) struct trust trust = {0};
	AUTO(auto_problems) struct problems problems = {0};
	AUTO(auto_str) struct str pub = {0};
	struct public_key key = {0};
	enum reason reason = REASON_NONE;
	struct err err = {0};

	(void)state;
	if (!tool_exists("ssh-keygen")) {
		print_message("no ssh-keygen here\n");
		skip();
	}
	assert_int_equal(TOOL_RUN(NULL, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
				  scratch_path("key")),
			 0);
	pub = scratch_read("key.pub");
	str_printf(&line, "ops@example namespaces=\"gaterun-receipt\",valid-after=\"20200101Z\" %s",
		   pub.at);
	scratch_write("allowed_signers", line.at);
	scratch_write("message", "text");
	assert_int_equal(TOOL_RUN(NULL, "ssh-keygen", "-Y", "sign", "-n", "gaterun-receipt", "-f",
				  scratch_path("key"), scratch_path("message")),
			 0);
	assert_int_equal(TOOL_RUN(&out, "ssh-keygen", "-Y", "find-principals", "-f",
				  scratch_path("allowed_signers"), "-s",
				  scratch_path("message.sig")),
			 0);
	assert_string_equal(str_text(&out), "ops@example\n");
	assert_int_equal(trust_read_signers(&trust, "f", str_view(&line), &problems), 0);
	assert_int_equal(public_key_from_line(str_view(&pub), &key, &err), 0);
	assert_string_equal(trust_find(&trust, &key, MARCH, &reason, &err)->principals,
			    "ops@example");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_for_receipts_is_trusted),
		cmocka_unit_test(lines_for_other_things_do_not_count),
		cmocka_unit_test(keys_count_only_while_they_are_valid),
		cmocka_unit_test(lines_that_cannot_be_read_are_problems_at_their_place),
		cmocka_unit_test(revocations_are_read),
		cmocka_unit_test(revocations_that_cannot_be_read_are_problems),
		cmocka_unit_test(ssh_keygen_reads_what_we_trust),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
