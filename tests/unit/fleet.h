/*
 * A made-up fleet of eight targets and eight devices, and ways to break it: for tests of the kinds
 * that read bindings.
 *
 *	struct fleet *fleet = fleet_new();
 *	fleet_edit(fleet, DEVICES, "id: birch", "10.7.0.12", "10.7.0.13");
 *	fleet_run(fleet, "snapshot_parity");
 *	fleet_expect(fleet, VERDICT_FAIL, REASON_PARITY_LAN_IP, "target:birch",
 *		     fleet_place(fleet, TARGETS, "id: birch", "10.7.0.12"));
 *	fleet_free(fleet);
 *
 * As it stands it breaks no rule: alder, birch, fir, holly and iris are joined by id, cedar by an
 * alias of its device, elm by an alias of its target; gum is on the LAN alone; phone is a client.
 *
 * Include it after <cmocka.h>.
 */
#ifndef TESTS_UNIT_FLEET_H
#define TESTS_UNIT_FLEET_H

#include "base/codec.h"
#include "fixture.h"

/** The files of the fleet. */
enum fleet_file {
	TARGETS,
	DEVICES,
	ENDPOINTS,
	KNOWN_HOSTS,
	FLEET_FILES,
};

static const char *const fleet_paths[] = {
	[TARGETS] = "bindings/ssh.targets.yaml",
	[DEVICES] = "bindings/tailscale.tailnet.snapshot.yaml",
	[ENDPOINTS] = "bindings/services.health.yaml",
	[KNOWN_HOSTS] = "bindings/known_hosts",
};

static const char *const fleet_texts[] = {
	[TARGETS] = "ssh:\n"
		    "  defaults:\n"
		    "    user: ops\n"
		    "    port: 22\n"
		    "  targets:\n"
		    "    - id: alder\n"
		    "      host: 10.7.0.11\n"
		    "      tailscale_ip: 100.70.1.11\n"
		    "      access_policy: lan_first\n"
		    "      tags: [rack, web]\n"
		    "    - id: birch\n"
		    "      host: 10.7.0.12\n"
		    "      tailscale_ip: 100.70.1.12\n"
		    "      access_policy: lan_first\n"
		    "    - id: cedar\n"
		    "      host: 10.7.0.13\n"
		    "      tailscale_ip: 100.70.1.13\n"
		    "      access_policy: lan_first\n"
		    "    - id: elm\n"
		    "      host: 10.7.0.14\n"
		    "      tailscale_ip: 100.70.1.14\n"
		    "      access_policy: lan_first\n"
		    "      aliases: [elm-node]\n"
		    "    - id: fir\n"
		    "      host: 100.70.1.15\n"
		    "      tailscale_ip: 100.70.1.15\n"
		    "      access_policy: tailscale_required\n"
		    "    - id: gum\n"
		    "      host: 10.7.0.16\n"
		    "      access_policy: lan_only\n"
		    "      probe_via: alder\n"
		    "    - id: holly\n"
		    "      host: 10.7.0.17\n"
		    "      tailscale_ip: null\n"
		    "      access_policy: lan_only\n"
		    "    - id: iris\n"
		    "      host: fd00:7::18\n"
		    "      tailscale_ip: fd7a:115c:a1e0::18\n"
		    "      access_policy: lan_first\n",
	[DEVICES] = "version: 1\n"
		    "tailnet: grove.ts.net\n"
		    "device_count: 8\n"
		    "devices:\n"
		    "  - id: alder\n"
		    "    tailscale_ip: 100.70.1.11\n"
		    "    lan_ip: 10.7.0.11\n"
		    "    fqdn: alder.grove.ts.net\n"
		    "    access_policy: lan_first\n"
		    "  - id: birch\n"
		    "    tailscale_ip: 100.70.1.12\n"
		    "    lan_ip: 10.7.0.12\n"
		    "    fqdn: birch.grove.ts.net\n"
		    "    access_policy: lan_first\n"
		    "  - id: cedar-box\n"
		    "    tailscale_ip: 100.70.1.13\n"
		    "    lan_ip: 10.7.0.13\n"
		    "    fqdn: cedar-box.grove.ts.net\n"
		    "    access_policy: lan_first\n"
		    "    legacy_aliases: [cedar]\n"
		    "  - id: elm-node\n"
		    "    tailscale_ip: 100.70.1.14\n"
		    "    lan_ip: 10.7.0.14\n"
		    "    fqdn: elm-node.grove.ts.net\n"
		    "    access_policy: lan_first\n"
		    "  - id: fir\n"
		    "    tailscale_ip: 100.70.1.15\n"
		    "    lan_ip: null\n"
		    "    fqdn: fir.grove.ts.net\n"
		    "    access_policy: tailscale_required\n"
		    "  - id: holly\n"
		    "    tailscale_ip: 100.70.1.17\n"
		    "    lan_ip: 10.7.0.17\n"
		    "    fqdn: holly.grove.ts.net\n"
		    "    access_policy: lan_only\n"
		    "  - id: iris\n"
		    "    tailscale_ip: FD7A:115C:A1E0:0000::0018\n"
		    "    lan_ip: fd00:0007:0:0:0:0:0:18\n"
		    "    fqdn: iris.grove.ts.net\n"
		    "    access_policy: lan_first\n"
		    "  - id: phone\n"
		    "    tailscale_ip: 100.70.1.99\n"
		    "    fqdn: phone.grove.ts.net\n"
		    "    access_policy: client\n",
	[ENDPOINTS] = "version: 1\n"
		      "endpoints:\n"
		      "  - id: web\n"
		      "    host: alder\n"
		      "    url: http://10.7.0.11:8080/health\n"
		      "    expect: 200\n"
		      "  - id: old-web\n"
		      "    host: birch\n"
		      "    url: http://10.7.0.12/\n"
		      "    expect: \"401,403\"\n"
		      "    enabled: false\n"
		      "  - id: photos\n"
		      "    host: cedar\n"
		      "    url: https://cedar-box.grove.ts.net/\n"
		      "  - id: files\n"
		      "    host: iris\n"
		      "    url: http://[FD00:7:0::18]:9000/\n",
	[KNOWN_HOSTS] = "",
};

struct fleet {
	struct fixture *fixture;
	struct str files[FLEET_FILES];
};

/** Append the line of a made-up key, a different one for each `number`. */
static inline void fleet_pin(struct fleet *fleet, const char *names, unsigned char number)
{
	unsigned char wire[51] = "\0\0\0\x0bssh-ed25519\0\0\0\x20";
	struct str *file = &fleet->files[KNOWN_HOSTS];

	memset(wire + 19, number, 32);
	str_printf(file, "%s ssh-ed25519 ", names);
	base64_encode(file, wire, sizeof(wire));
	str_add_char(file, '\n');
}

static inline struct fleet *fleet_new(void)
{
	static const char *const ids[] = {"alder", "birch", "cedar", "elm",
					  "fir",   "gum",   "holly", "iris"};
	struct fleet *fleet = mem_alloc(sizeof(*fleet));

	fleet->fixture = fixture_new();
	for (size_t i = 0; i < FLEET_FILES; i++) {
		str_add(&fleet->files[i], fleet_texts[i]);
	}
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		fleet_pin(fleet, ids[i], (unsigned char)(i + 1));
	}
	return fleet;
}

/** Byte position of the first `what` behind the first `before`; the test fails without one. */
static inline size_t fleet_at(const struct fleet *fleet, enum fleet_file file, const char *before,
			      const char *what)
{
	const char *text = str_text(&fleet->files[file]);
	const char *at = strstr(text, before);

	at = at ? strstr(at, what) : NULL;
	if (!at) {
		fail_msg("no '%s' behind '%s' in %s", what, before, fleet_paths[file]);
	}
	return (size_t)(at - text);
}

/** Replace the first `old` behind the first `before` ("" for the start of the file). */
static inline void fleet_edit(struct fleet *fleet, enum fleet_file file, const char *before,
			      const char *old, const char *new)
{
	size_t at = fleet_at(fleet, file, before, old);
	struct str edited = {0};

	str_add_bytes(&edited, fleet->files[file].at, at);
	str_add(&edited, new);
	str_add(&edited, fleet->files[file].at + at + strlen(old));
	str_release(&fleet->files[file]);
	fleet->files[file] = edited;
}

/** Make `text` the whole file. */
static inline void fleet_replace(struct fleet *fleet, enum fleet_file file, const char *text)
{
	str_clear(&fleet->files[file]);
	str_add(&fleet->files[file], text);
}

/** Add lines at the end of a file. */
static inline void fleet_append(struct fleet *fleet, enum fleet_file file, const char *text)
{
	str_add(&fleet->files[file], text);
}

/** Where the first `what` behind the first `before` stands, as the file is now. */
static inline struct place fleet_place(const struct fleet *fleet, enum fleet_file file,
				       const char *before, const char *what)
{
	const char *text = str_text(&fleet->files[file]);
	size_t end = fleet_at(fleet, file, before, what);
	struct place place = {fleet_paths[file], 1, 1};

	for (size_t i = 0; i < end; i++) {
		place.column = text[i] == '\n' ? 1 : place.column + 1;
		place.line += text[i] == '\n';
	}
	return place;
}

/** Write the files; one that is empty is left out. */
static inline void fleet_write(struct fleet *fleet)
{
	for (size_t i = 0; i < FLEET_FILES; i++) {
		if (fleet->files[i].len > 0) {
			fixture_file(fleet->fixture, fleet_paths[i], str_text(&fleet->files[i]));
		}
	}
}

/** Write the files, and judge them with a gate G001 of that kind. @return its result */
static inline const struct result *fleet_run(struct fleet *fleet, const char *kind)
{
	fleet_write(fleet);
	fixture_gate(fleet->fixture, "G001", kind, "");
	fixture_run(fleet->fixture, "G001", MODE_STATIC);
	return fixture_result(fleet->fixture);
}

/** For the message of a test that fails: what was found. */
static inline void fleet_print(const struct fleet *fleet)
{
	const struct findings *findings = &fixture_result(fleet->fixture)->findings;

	for (size_t i = 0; i < findings->len; i++) {
		const struct finding *finding = &findings->at[i];

		print_message("found: %s %s %s %s:%d:%d %s (%s)\n", verdict_word(finding->verdict),
			      reason_code(finding->reason), finding->subject,
			      finding->where.file ? finding->where.file : "", finding->where.line,
			      finding->where.column, finding->message,
			      finding->caused_by ? finding->caused_by : "no cause");
	}
}

/** The finding with this verdict, reason and subject; it must stand at `where`. */
static inline const struct finding *fleet_expect(const struct fleet *fleet, enum verdict verdict,
						 enum reason reason, const char *subject,
						 struct place where)
{
	const struct findings *findings = &fixture_result(fleet->fixture)->findings;

	for (size_t i = 0; i < findings->len; i++) {
		const struct finding *finding = &findings->at[i];

		if (finding->verdict == verdict && finding->reason == reason &&
		    strcmp(finding->subject, subject) == 0 && finding->where.file &&
		    strcmp(finding->where.file, where.file) == 0 &&
		    finding->where.line == where.line && finding->where.column == where.column) {
			return finding;
		}
	}
	fleet_print(fleet);
	fail_msg("not found: %s %s %s %s:%d:%d", verdict_word(verdict), reason_code(reason),
		 subject, where.file, where.line, where.column);
	return NULL;
}

/** How many findings have this verdict. */
static inline size_t fleet_count(const struct fleet *fleet, enum verdict verdict)
{
	const struct findings *findings = &fixture_result(fleet->fixture)->findings;
	size_t count = 0;

	for (size_t i = 0; i < findings->len; i++) {
		count += findings->at[i].verdict == verdict;
	}
	return count;
}

/** No finding but remarks, and `checked` subjects. */
static inline void fleet_expect_pass(const struct fleet *fleet, size_t checked)
{
	const struct result *result = fixture_result(fleet->fixture);

	if (result->verdict != VERDICT_PASS || result->checked != checked) {
		fleet_print(fleet);
	}
	assert_string_equal(verdict_word(result->verdict), "pass");
	assert_int_equal(result->checked, checked);
}

/** Exactly so many findings fail, are unknown, and are skipped. */
static inline void fleet_expect_counts(const struct fleet *fleet, size_t fail, size_t unknown,
				       size_t skip)
{
	if (fleet_count(fleet, VERDICT_FAIL) != fail ||
	    fleet_count(fleet, VERDICT_UNKNOWN) != unknown ||
	    fleet_count(fleet, VERDICT_SKIP) != skip) {
		fleet_print(fleet);
	}
	assert_int_equal(fleet_count(fleet, VERDICT_FAIL), fail);
	assert_int_equal(fleet_count(fleet, VERDICT_UNKNOWN), unknown);
	assert_int_equal(fleet_count(fleet, VERDICT_SKIP), skip);
}

static inline bool is_same_place(struct place left, struct place right)
{
	return same_string(left.file, right.file) && left.line == right.line &&
	       left.column == right.column;
}

static inline void fleet_free(struct fleet *fleet)
{
	fixture_free(fleet->fixture);
	for (size_t i = 0; i < FLEET_FILES; i++) {
		str_release(&fleet->files[i]);
	}
	free(fleet);
}

#endif
