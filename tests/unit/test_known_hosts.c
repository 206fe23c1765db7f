#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "crypto/digest.h"
#include "net/known_hosts.h"
#include "net/known_hosts_index.h"

/* Keys and hashed names made by OpenSSH 9.2 (ssh-keygen -t, -H, -l). */
#define KEY_A "AAAAC3NzaC1lZDI1NTE5AAAAICw2R8BKzy5sSITjgMzIzjVhNocLz05H5DGeJPgdgXmM"
#define KEY_B "AAAAC3NzaC1lZDI1NTE5AAAAIPr67ilJeFpG63oJjUELhGsOglc7hgxPXOM63XP1d5jx"
#define KEY_EC                                                                                    \
	"AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBGK6sdxITTcnNe+RajcPQo735Wlim+8fT4/" \
	"AQIMpKXJcI71jCGqTxCuMNDSd0SbCDeggDZJFozkxoJ8wfHOv1kI="
#define PRINT_A "SHA256:rXNnoHGCDp5dUDMfcyVk42DU1ZzMxTj2AJ9qWtxiMSE"
#define PRINT_EC "SHA256:iz8r0Sk6+Ffo4iimXyecIxf6XB0HueT8+TqM1GuYhe4"
#define HASHED_IMMICH "|1|mH492/tKO1CcbCx6z4YlH7oZ6os=|R9oAisyqOZAvD/hTHMwC6cpcroQ="
#define HASHED_IMMICH_2222 "|1|/IFqlospWchyU9sb8Hby/AqXefs=|VXx+LPMHKhWkvZ/v5dTai7l807c="

#define A "ssh-ed25519 " KEY_A
#define B "ssh-ed25519 " KEY_B
#define EC "ecdsa-sha2-nistp256 " KEY_EC

/** A parsed file with all that hangs on it. */
struct fixture {
	struct arena arena;
	struct problems problems;
	struct known_hosts hosts;
	struct str keys[3]; /**< the wire forms of A, B and EC */
};

static void parse(struct fixture *fixture, const char *text)
{
	known_hosts_parse(&fixture->arena, "bindings/known_hosts", text_of(text),
			  &fixture->problems, &fixture->hosts);
}

static int set_up(void **state)
{
	static struct fixture fixture;
	struct err err = {0};

	fixture = (struct fixture){0};
	*state = &fixture;
	return base64_decode(text_of(KEY_A), &fixture.keys[0], &err) ||
	       base64_decode(text_of(KEY_B), &fixture.keys[1], &err) ||
	       base64_decode(text_of(KEY_EC), &fixture.keys[2], &err);
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	arena_release(&fixture->arena);
	problems_release(&fixture->problems);
	for (size_t i = 0; i < 3; i++) {
		str_release(&fixture->keys[i]);
	}
	return 0;
}

enum which {
	THE_A,
	THE_B,
	THE_EC,
};

static bool names(const struct known_host *line, const char *name, uint16_t port)
{
	AUTO(host_name_release) struct host_name wanted = {0};

	host_name_fill(&wanted, name, port);
	return known_host_names(line, &wanted);
}

/** Is a key of that type among the pins that count? */
static bool pins_type(const struct fixture *fixture, const char *name, uint16_t port,
		      const char *type)
{
	struct known_host_pins pins = {0};
	bool has = false;

	known_hosts_pins(&fixture->hosts, name, port, &pins);
	has = known_host_pins_have(&pins, type);
	VEC_RELEASE(&pins);
	return has;
}

/** The answer for a key; `line` gets the number of the line that decided, 0 for none. */
static enum host_key_answer judge(const struct fixture *fixture, const char *name, uint16_t port,
				  enum which which, int *line)
{
	const struct known_host *matched = NULL;
	enum host_key_answer answer = known_hosts_judge(&fixture->hosts, name, port,
							str_view(&fixture->keys[which]), &matched);

	*line = matched ? matched->where.line : 0;
	return answer;
}

#define EXPECT(fixture, name, port, which, answer, expected_line)                              \
	do {                                                                                   \
		int line_ = -1;                                                                \
		assert_int_equal(judge((fixture), (name), (port), (which), &line_), (answer)); \
		assert_int_equal(line_, (expected_line));                                      \
	} while (0)

static void plain_lines_are_read_with_their_parts(void **state)
{
	struct fixture *fixture = *state;

	parse(fixture, "# comment\n"
		       "\n"
		       "immich " A " root@immich and more\n"
		       " \tpve,pve.example.net\t" EC "\n");
	assert_int_equal(fixture->problems.list.len, 0);
	assert_int_equal(fixture->hosts.len, 2);
	assert_true(text_is(fixture->hosts.at[0].names, "immich"));
	assert_true(text_is(fixture->hosts.at[0].type, "ssh-ed25519"));
	assert_true(text_equal(fixture->hosts.at[0].blob, str_view(&fixture->keys[THE_A])));
	assert_string_equal(fixture->hosts.at[0].fingerprint, PRINT_A);
	assert_int_equal(fixture->hosts.at[0].marker, KNOWN_HOST_PLAIN);
	assert_string_equal(fixture->hosts.at[0].where.file, "bindings/known_hosts");
	assert_int_equal(fixture->hosts.at[0].where.line, 3);
	assert_true(text_is(fixture->hosts.at[1].names, "pve,pve.example.net"));
	assert_string_equal(fixture->hosts.at[1].fingerprint, PRINT_EC);
	assert_int_equal(fixture->hosts.at[1].where.line, 4);
}

static void a_key_is_pinned_changed_or_not_named_at_all(void **state)
{
	struct fixture *fixture = *state;

	parse(fixture, "pi,immich " A "\npve " B "\n");
	EXPECT(fixture, "immich", 22, THE_A, HOST_KEY_PINNED, 1);
	EXPECT(fixture, "pi", 22, THE_A, HOST_KEY_PINNED, 1);
	EXPECT(fixture, "immich", 2222, THE_A, HOST_KEY_PINNED, 1);
	EXPECT(fixture, "immich", 22, THE_B, HOST_KEY_CHANGED, 1);
	EXPECT(fixture, "pve", 22, THE_A, HOST_KEY_CHANGED, 2);
	EXPECT(fixture, "immic", 22, THE_A, HOST_KEY_UNPINNED, 0);
	EXPECT(fixture, "immich2", 22, THE_A, HOST_KEY_UNPINNED, 0);
	EXPECT(fixture, "", 22, THE_A, HOST_KEY_UNPINNED, 0);
}

static void an_empty_blob_asks_whether_there_is_a_pin(void **state)
{
	struct fixture *fixture = *state;
	const struct known_host *matched = NULL;

	parse(fixture, "immich " A "\n");
	assert_int_equal(
		known_hosts_judge(&fixture->hosts, "immich", 22, (struct text){0}, &matched),
		HOST_KEY_CHANGED);
	assert_int_equal(known_hosts_judge(&fixture->hosts, "pve", 22, (struct text){0}, &matched),
			 HOST_KEY_UNPINNED);
}

static void any_of_several_pinned_keys_will_do(void **state)
{
	struct fixture *fixture = *state;

	parse(fixture, "immich " EC "\nimmich " A "\n");
	EXPECT(fixture, "immich", 22, THE_A, HOST_KEY_PINNED, 2);
	EXPECT(fixture, "immich", 22, THE_EC, HOST_KEY_PINNED, 1);
	EXPECT(fixture, "immich", 22, THE_B, HOST_KEY_CHANGED, 2); /* the line of the same type */
}

static void names_match_without_regard_to_case(void **state)
{
	struct fixture *fixture = *state;

	parse(fixture, "ImMich,[PVE]:22 " A "\n" HASHED_IMMICH " " A "\n");
	EXPECT(fixture, "IMMICH", 22, THE_A, HOST_KEY_PINNED, 1);
	EXPECT(fixture, "pve", 22, THE_A, HOST_KEY_PINNED, 1);
	assert_true(names(&fixture->hosts.at[1], "IMMICH", 22));
}

static void hashed_names_match_their_name_and_port_only(void **state)
{
	struct fixture *fixture = *state;

	parse(fixture, HASHED_IMMICH " " A "\n" HASHED_IMMICH_2222 " " B "\n");
	assert_int_equal(fixture->problems.list.len, 0);
	EXPECT(fixture, "immich", 22, THE_A, HOST_KEY_PINNED, 1);
	EXPECT(fixture, "immich", 22, THE_B, HOST_KEY_CHANGED, 1);
	EXPECT(fixture, "immich", 2222, THE_B, HOST_KEY_PINNED, 2);
	EXPECT(fixture, "immich", 2222, THE_A, HOST_KEY_CHANGED, 2);
	EXPECT(fixture, "pve", 22, THE_A, HOST_KEY_UNPINNED, 0);
}

/** A line with the hashed name of machine `number`. */
static void add_hashed(struct str *out, size_t number)
{
	unsigned char salt[SHA1_BYTES] = {(unsigned char)number, (unsigned char)(number >> 8), 7};
	unsigned char hash[SHA1_BYTES];
	AUTO(auto_str) struct str name = {0};

	str_printf(&name, "m%zu", number);
	hmac_sha1((struct text){(const char *)salt, sizeof(salt)}, str_view(&name), hash);
	str_add(out, "|1|");
	base64_encode(out, salt, sizeof(salt));
	str_add_char(out, '|');
	base64_encode(out, hash, sizeof(hash));
	str_add(out, " " A "\n");
}

static void a_hashed_name_is_compared_once_with_each_name(void **state)
{
	static const size_t count = 100;
	struct fixture *fixture = *state;
	AUTO(auto_str) struct str file = {0};
	size_t work = 0;

	for (size_t i = 0; i < count; i++) {
		add_hashed(&file, i);
	}
	add_hashed(&file, 5);
	parse(fixture, str_text(&file));
	assert_int_equal(fixture->hosts.len, count + 1);
	assert_int_equal(known_hosts_work(&fixture->hosts), 0);
	for (size_t round = 0; round < 3; round++) {
		for (size_t i = count; i-- > 0;) {
			struct known_host_pins pins = {0};
			char name[32];

			(void)snprintf(name, sizeof(name), "m%zu", i);
			known_hosts_pins(&fixture->hosts, name, 22, &pins);
			assert_int_equal(pins.len, i == 5 ? 2 : 1);
			assert_int_equal(pins.at[0]->where.line, i + 1);
			VEC_RELEASE(&pins);
		}
		if (round == 0) {
			work = known_hosts_work(&fixture->hosts);
			assert_true(work <= (count + 2) * (count + 2));
		}
		assert_int_equal(known_hosts_work(&fixture->hosts), work);
	}
	EXPECT(fixture, "nobody", 22, THE_A, HOST_KEY_UNPINNED, 0);
}

static void a_line_for_the_port_hides_those_without(void **state)
{
	struct fixture *fixture = *state;

	parse(fixture, "immich " A "\n[immich]:2222 " B "\n");
	EXPECT(fixture, "immich", 22, THE_A, HOST_KEY_PINNED, 1);
	EXPECT(fixture, "immich", 22, THE_B, HOST_KEY_CHANGED, 1);
	EXPECT(fixture, "immich", 2222, THE_B, HOST_KEY_PINNED, 2);
	EXPECT(fixture, "immich", 2222, THE_A, HOST_KEY_CHANGED, 2);
	EXPECT(fixture, "immich", 2223, THE_A, HOST_KEY_PINNED, 1);
	assert_true(names(&fixture->hosts.at[0], "immich", 2222));
	assert_false(names(&fixture->hosts.at[1], "immich", 22));
}

static void wildcards_and_negations_match_as_in_ssh(void **state)
{
	static const struct {
		const char *patterns;
		const char *name;
		bool matches;
	} rows[] = {
		{"*", "immich", true},
		{"im*", "immich", true},
		{"*ch", "immich", true},
		{"i*m*h", "immich", true},
		{"i*x*h", "immich", false},
		{"**m***", "immich", true},
		{"imm?ch", "immich", true},
		{"imm?ch", "immch", false},
		{"??????", "immich", true},
		{"?????", "immich", false},
		{"?*", "i", true},
		{"??*", "i", false},
		{"*a*ab", "aaab", true},
		{"*.example.net", "pve.example.net", true},
		{"*.example.net", "example.net", false},
		{"*,!immich", "immich", false},
		{"!immich,*", "immich", false},
		{"!im*,immich", "immich", false},
		{"!pve,immich", "immich", true},
		{"!pve", "immich", false},
		{"[*]:22", "immich", true},
		{"[*]:23", "immich", false},
		{"*,![immich]:22", "immich", false},
		{"*,![immich]:23", "immich", true},
		{"[immich]", "immich", false},
		{"immich:22", "immich", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct known_host line = {.names = text_of(rows[i].patterns)};

		assert_int_equal(names(&line, rows[i].name, 22), rows[i].matches);
	}
}

static void a_revoked_key_is_refused_even_when_pinned(void **state)
{
	struct fixture *fixture = *state;

	parse(fixture, "immich " A "\n@revoked immich " A "\npve " A "\n@revoked * " B "\n");
	assert_int_equal(fixture->problems.list.len, 0);
	assert_int_equal(fixture->hosts.at[1].marker, KNOWN_HOST_REVOKED);
	EXPECT(fixture, "immich", 22, THE_A, HOST_KEY_REVOKED, 2);
	EXPECT(fixture, "pve", 22, THE_A, HOST_KEY_PINNED, 3);
	EXPECT(fixture, "pve", 22, THE_B, HOST_KEY_REVOKED, 4);
	EXPECT(fixture, "nobody", 22, THE_B, HOST_KEY_REVOKED, 4);
	EXPECT(fixture, "nobody", 22, THE_A, HOST_KEY_UNPINNED, 0);
}

static void a_revoked_line_pins_nothing(void **state)
{
	struct fixture *fixture = *state;

	parse(fixture, "@revoked immich " A "\n");
	EXPECT(fixture, "immich", 22, THE_B, HOST_KEY_UNPINNED, 0);
	assert_false(pins_type(fixture, "immich", 22, "ssh-ed25519"));
}

static void an_authority_is_kept_apart_and_pins_nothing(void **state)
{
	struct fixture *fixture = *state;

	parse(fixture, "@cert-authority *.example.net " A "\n");
	assert_int_equal(fixture->problems.list.len, 0);
	assert_int_equal(fixture->hosts.at[0].marker, KNOWN_HOST_AUTHORITY);
	EXPECT(fixture, "pve.example.net", 22, THE_A, HOST_KEY_UNPINNED, 0);
}

static void the_types_of_the_lines_that_count_are_told(void **state)
{
	struct fixture *fixture = *state;

	parse(fixture, "immich " A "\n[immich]:2222 " EC "\n");
	assert_true(pins_type(fixture, "immich", 22, "ssh-ed25519"));
	assert_false(pins_type(fixture, "immich", 22, "ecdsa-sha2-nistp256"));
	assert_true(pins_type(fixture, "immich", 2222, "ecdsa-sha2-nistp256"));
	assert_false(pins_type(fixture, "immich", 2222, "ssh-ed25519"));
	assert_false(pins_type(fixture, "pve", 22, "ssh-ed25519"));
}

static void a_bad_line_is_a_problem_and_drops_only_itself(void **state)
{
	static const struct {
		const char *line;
		int column;
	} rows[] = {
		{"immich", 7},
		{"immich ssh-ed25519", 19},
		{"immich ssh-ed25519 ", 20},
		{"immich ssh-ed25519 !!!!", 20},
		{"immich ssh-ed25519 AAAA", 20},
		{"immich ssh-rsa " KEY_A, 16},
		{"immich ssh-ed25519 AAAAC3NzaC1lZDI1NTE5", 20},
		{"immich ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICw2R8BK", 20},
		{"immich 2048 65537 1234567", 13},
		{"a,,b " A, 3},
		{",a " A, 1},
		{"a, " A, 3},
		{"a,!,b " A, 3},
		{"@revoke immich " A, 1},
		{"@ immich " A, 1},
		{"@revoked", 9},
		{"|1|bad|bad " A, 1},
		{"|2|mH492/tKO1CcbCx6z4YlH7oZ6os=|R9oAisyqOZAvD/hTHMwC6cpcroQ= " A, 1},
		{"|1|mH492/tKO1CcbCx6z4YlH7oZ6os= " A, 1},
		{"|1|mH492/tKO1CcbCx6z4YlH7oZ6os=|AAAA " A, 1},
		{"b\303\274ro " A, 1},
		{"im\001mich " A, 1},
		{"  im\x7fmich " A, 3},
		{"\357\273\277immich " A, 1},
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(auto_str) struct str text = {0};

		str_printf(&text, "pve %s\n%s\npi %s\n", A, rows[i].line, B);
		parse(fixture, str_text(&text));
		assert_int_equal(fixture->hosts.len, 2);
		assert_true(text_is(fixture->hosts.at[1].names, "pi"));
		assert_int_equal(fixture->problems.list.len, i + 1);
		assert_int_equal(fixture->problems.list.at[i].kind, PROBLEM_SYNTAX);
		assert_int_equal(fixture->problems.list.at[i].where.line, 2);
		assert_int_equal(fixture->problems.list.at[i].where.column, rows[i].column);
	}
}

static void line_ends_of_other_systems_are_read(void **state)
{
	struct fixture *fixture = *state;

	parse(fixture, "immich " A "\r\n\r\n# comment\r\npve " B);
	assert_int_equal(fixture->problems.list.len, 0);
	assert_int_equal(fixture->hosts.len, 2);
	EXPECT(fixture, "immich", 22, THE_A, HOST_KEY_PINNED, 1);
	EXPECT(fixture, "pve", 22, THE_B, HOST_KEY_PINNED, 4);
}

static void keys_of_types_nobody_knows_are_kept(void **state)
{
	struct fixture *fixture = *state;

	/* The blob says "ssh-x" and one string more. */
	parse(fixture, "immich ssh-x AAAABXNzaC14AAAABAECAwQ=\n"
		       "immich sk-ssh-ed25519@openssh.com "
		       "AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAAQE= key\n"
		       "immich " A "\n");
	assert_int_equal(fixture->problems.list.len, 0);
	assert_int_equal(fixture->hosts.len, 3);
	assert_true(pins_type(fixture, "immich", 22, "ssh-x"));
	assert_true(pins_type(fixture, "immich", 22, "sk-ssh-ed25519@openssh.com"));
	EXPECT(fixture, "immich", 22, THE_A, HOST_KEY_PINNED, 3);
	EXPECT(fixture, "immich", 22, THE_B, HOST_KEY_CHANGED, 3);
}

static void a_long_line_is_read_to_its_end(void **state)
{
	struct fixture *fixture = *state;
	AUTO(auto_str) struct str text = {0};

	for (int i = 0; i < 20000; i++) {
		str_printf(&text, "host%d,", i);
	}
	str_printf(&text, "immich %s", A);
	for (int i = 0; i < 20000; i++) {
		str_add(&text, " comment");
	}
	str_printf(&text, "\npve %s\n", B);
	parse(fixture, str_text(&text));
	assert_int_equal(fixture->problems.list.len, 0);
	assert_int_equal(fixture->hosts.len, 2);
	EXPECT(fixture, "immich", 22, THE_A, HOST_KEY_PINNED, 1);
	EXPECT(fixture, "host19999", 22, THE_B, HOST_KEY_CHANGED, 1);
	EXPECT(fixture, "host20000", 22, THE_A, HOST_KEY_UNPINNED, 0);
	EXPECT(fixture, "pve", 22, THE_B, HOST_KEY_PINNED, 2);
}

/** Expect that a walk finds just those lines, by their numbers, in order. */
static void expect_lines(const struct fixture *fixture, const char *name, uint16_t port,
			 const int *numbers, size_t count)
{
	AUTO(host_name_release) struct host_name wanted = {0};
	const struct known_host *line = NULL;
	size_t found = 0;
	size_t next = 0;

	host_name_fill(&wanted, name, port);
	while ((line = known_hosts_next(&fixture->hosts, &wanted, &next))) {
		assert_true(found < count);
		assert_int_equal(line->where.line, numbers[found++]);
	}
	assert_int_equal(found, count);
	assert_null(known_hosts_next(&fixture->hosts, &wanted, &next));
}

static void a_walk_finds_the_lines_that_name_a_host_in_their_order(void **state)
{
	struct fixture *fixture = *state;

	parse(fixture, "pve,immich " A "\n"
		       "im*,!immich " B "\n"
		       "[IMMICH]:2222,immich " B "\n"
		       "immich2 " A "\n"
		       "immic " A "\n" HASHED_IMMICH " " EC "\n"
		       "IMMICH,Immich " EC "\n"
		       "@revoked im?ich " EC "\n"
		       "@cert-authority immich " A "\n"
		       "[immich]:22 " A "\n");
	assert_int_equal(fixture->problems.list.len, 0);
	expect_lines(fixture, "immich", 22, (int[]){1, 3, 6, 7, 8, 9, 10}, 7);
	expect_lines(fixture, "Immich", 2222, (int[]){1, 3, 6, 7, 8, 9}, 6);
	expect_lines(fixture, "pve", 22, (int[]){1}, 1);
	expect_lines(fixture, "immich2", 22, (int[]){2, 4}, 2);
	expect_lines(fixture, "immi", 22, (int[]){2}, 1);
	expect_lines(fixture, "pv", 22, NULL, 0);
	expect_lines(fixture, "[immich]:22", 22, NULL, 0);
}

static void each_name_of_a_long_file_is_found_in_its_own_line(void **state)
{
	struct fixture *fixture = *state;
	AUTO(auto_str) struct str text = {0};
	char name[16] = "";

	for (int i = 0; i < 3000; i++) {
		str_printf(&text, "box%d %s\n", i, i % 2 == 0 ? A : B);
	}
	parse(fixture, str_text(&text));
	for (int i = 0; i < 3000; i++) {
		(void)snprintf(name, sizeof(name), "box%d", i);
		EXPECT(fixture, name, 22, i % 2 == 0 ? THE_A : THE_B, HOST_KEY_PINNED, i + 1);
		EXPECT(fixture, name, 22, i % 2 == 0 ? THE_B : THE_A, HOST_KEY_CHANGED, i + 1);
	}
	EXPECT(fixture, "box3000", 22, THE_A, HOST_KEY_UNPINNED, 0);
}

static void a_hashed_name_can_be_revoked(void **state)
{
	struct fixture *fixture = *state;

	parse(fixture, "immich,pve " A "\n@revoked " HASHED_IMMICH " " A "\n");
	assert_int_equal(fixture->problems.list.len, 0);
	EXPECT(fixture, "immich", 22, THE_A, HOST_KEY_REVOKED, 2);
	EXPECT(fixture, "pve", 22, THE_A, HOST_KEY_PINNED, 1);
}

static void a_revocation_for_a_port_is_for_that_port(void **state)
{
	struct fixture *fixture = *state;

	parse(fixture, "immich " A "\n@revoked [immich]:2222 " A "\n@revoked *,!pve " B "\n");
	EXPECT(fixture, "immich", 22, THE_A, HOST_KEY_PINNED, 1);
	EXPECT(fixture, "immich", 2222, THE_A, HOST_KEY_REVOKED, 2);
	EXPECT(fixture, "immich", 22, THE_B, HOST_KEY_REVOKED, 3);
	EXPECT(fixture, "pve", 22, THE_B, HOST_KEY_UNPINNED, 0);
}

static void a_pattern_without_brackets_may_speak_of_the_port(void **state)
{
	struct fixture *fixture = *state;

	/* As ssh(1), which looks for "[immich]:2222" in every line. */
	parse(fixture, "*immich*,pve " A "\n@revoked *:2222 " A "\n@revoked ?pve]:* " B "\n");
	EXPECT(fixture, "immich", 22, THE_A, HOST_KEY_PINNED, 1);
	EXPECT(fixture, "immich", 2222, THE_A, HOST_KEY_REVOKED, 2);
	EXPECT(fixture, "pve", 2222, THE_B, HOST_KEY_REVOKED, 3);
	EXPECT(fixture, "immich", 2222, THE_B, HOST_KEY_CHANGED, 1);
}

static void a_pattern_meets_the_name_with_its_port(void **state)
{
	/* What `ssh-keygen -F '[immich]:2222'` finds; of port 22 there is only the name. */
	static const struct {
		const char *patterns;
		bool at_22;
		bool at_2222;
	} rows[] = {
		{"*2222", false, true},         {"*]*", false, true},
		{"?immich??????", false, true}, {"*:2222", false, true},
		{"*22", false, true},           {"*", true, true},
		{"[immich]*", true, true},      {"[immich]:*2", true, true},
		{"[*]:2222", false, true},      {"*2223", false, false},
		{"*,!*2222", true, false},      {"!*2222,*", true, false},
		{"immich2222", false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct known_host line = {.names = text_of(rows[i].patterns)};

		assert_int_equal(names(&line, "immich", 22), rows[i].at_22);
		assert_int_equal(names(&line, "immich", 2222), rows[i].at_2222);
	}
}

static void a_pattern_that_meets_the_port_hides_the_name_alone(void **state)
{
	struct fixture *fixture = *state;

	parse(fixture, "* " A "\nimmich " B "\n");
	EXPECT(fixture, "immich", 22, THE_B, HOST_KEY_PINNED, 2);
	EXPECT(fixture, "immich", 2222, THE_A, HOST_KEY_PINNED, 1);
	EXPECT(fixture, "immich", 2222, THE_B, HOST_KEY_CHANGED, 1);
}

static void a_revocation_meets_whoever_can_be_meant(void **state)
{
	struct fixture *fixture = *state;

	parse(fixture, "* " A "\n* " B "\n@revoked *2222 " A "\n@revoked *,!*2222 " B "\n");
	EXPECT(fixture, "immich", 22, THE_A, HOST_KEY_PINNED, 1);
	EXPECT(fixture, "immich", 2222, THE_A, HOST_KEY_REVOKED, 3);
	EXPECT(fixture, "immich", 22, THE_B, HOST_KEY_REVOKED, 4);
	EXPECT(fixture, "immich", 2222, THE_B, HOST_KEY_REVOKED, 4);
}

static void an_empty_file_pins_nothing(void **state)
{
	struct fixture *fixture = *state;

	parse(fixture, "");
	assert_int_equal(fixture->hosts.len, 0);
	EXPECT(fixture, "immich", 22, THE_A, HOST_KEY_UNPINNED, 0);
	known_hosts_parse(&fixture->arena, "x", (struct text){0}, &fixture->problems,
			  &fixture->hosts);
	assert_int_equal(fixture->hosts.len, 0);
	assert_int_equal(fixture->problems.list.len, 0);
}

static void a_nul_in_a_line_drops_only_that_line(void **state)
{
	static const char text[] = "im\0mich " A "\npve " B "\n";
	struct fixture *fixture = *state;

	known_hosts_parse(&fixture->arena, "x", (struct text){text, sizeof(text) - 1},
			  &fixture->problems, &fixture->hosts);
	assert_int_equal(fixture->hosts.len, 1);
	assert_int_equal(fixture->problems.list.len, 1);
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FIXTURE(plain_lines_are_read_with_their_parts),
		WITH_FIXTURE(a_key_is_pinned_changed_or_not_named_at_all),
		WITH_FIXTURE(an_empty_blob_asks_whether_there_is_a_pin),
		WITH_FIXTURE(any_of_several_pinned_keys_will_do),
		WITH_FIXTURE(names_match_without_regard_to_case),
		WITH_FIXTURE(hashed_names_match_their_name_and_port_only),
		WITH_FIXTURE(a_hashed_name_is_compared_once_with_each_name),
		WITH_FIXTURE(a_line_for_the_port_hides_those_without),
		WITH_FIXTURE(wildcards_and_negations_match_as_in_ssh),
		WITH_FIXTURE(a_revoked_key_is_refused_even_when_pinned),
		WITH_FIXTURE(a_revoked_line_pins_nothing),
		WITH_FIXTURE(an_authority_is_kept_apart_and_pins_nothing),
		WITH_FIXTURE(the_types_of_the_lines_that_count_are_told),
		WITH_FIXTURE(a_bad_line_is_a_problem_and_drops_only_itself),
		WITH_FIXTURE(line_ends_of_other_systems_are_read),
		WITH_FIXTURE(keys_of_types_nobody_knows_are_kept),
		WITH_FIXTURE(a_long_line_is_read_to_its_end),
		WITH_FIXTURE(a_walk_finds_the_lines_that_name_a_host_in_their_order),
		WITH_FIXTURE(each_name_of_a_long_file_is_found_in_its_own_line),
		WITH_FIXTURE(a_hashed_name_can_be_revoked),
		WITH_FIXTURE(a_revocation_for_a_port_is_for_that_port),
		WITH_FIXTURE(a_pattern_without_brackets_may_speak_of_the_port),
		cmocka_unit_test(a_pattern_meets_the_name_with_its_port),
		WITH_FIXTURE(a_pattern_that_meets_the_port_hides_the_name_alone),
		WITH_FIXTURE(a_revocation_meets_whoever_can_be_meant),
		WITH_FIXTURE(an_empty_file_pins_nothing),
		WITH_FIXTURE(a_nul_in_a_line_drops_only_that_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
