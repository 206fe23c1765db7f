#include "check/tailnet/snapshot_plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "net/tailnet_api.h"

#define FILE_NAME "bindings/tailscale.tailnet.snapshot.yaml"

/** 2026-03-05T05:17:00Z */
#define NOW INT64_C(1772687820000)

/** A comparison with all it needs. */
struct compared {
	struct arena arena;
	struct devices rows;
	struct targets targets;
	struct live_devices live;
	struct snapshot_question question;
	struct snapshot_plan plan;
	struct err err;
	int result;
};

static void compared_release(struct compared *compared)
{
	snapshot_plan_release(&compared->plan);
	live_devices_release(&compared->live);
	problems_release(&compared->rows.binding.problems);
	problems_release(&compared->targets.binding.problems);
	arena_release(&compared->arena);
}

static void read_binding(struct compared *compared, struct binding *binding, const char *path,
			 const char *yaml)
{
	AUTO(auto_problems) struct problems problems = {0};
	struct node *root = NULL;

	assert_int_equal(
		yaml_load(&compared->arena, path, text_of(yaml), OWN_FILE, &problems, NULL, &root),
		0);
	*binding = (struct binding){
		.state = BINDING_LOADED, .path = path, .bytes = text_of(yaml), .root = root};
}

static void compare(struct compared *compared, const char *yaml, const char *json)
{
	*compared = (struct compared){0};
	compared->rows.binding.path = FILE_NAME;
	if (yaml) {
		read_binding(compared, &compared->rows.binding, FILE_NAME, yaml);
		devices_decode(&compared->arena, &compared->rows);
	}
	read_binding(compared, &compared->targets.binding, "t.yaml",
		     "ssh:\n  targets:\n"
		     "    - {id: fir, host: 10.7.0.9, tailscale_ip: 100.70.1.9}\n"
		     "    - {id: elm, host: 100.70.1.8, access_policy: tailscale_required,"
		     " aliases: [elm-box]}\n");
	targets_decode(&compared->arena, &compared->targets);
	assert_int_equal(tailnet_api_read_devices(&compared->arena, text_of(json), &compared->live,
						  &compared->err),
			 0);
	compared->question = (struct snapshot_question){.rows = &compared->rows,
							.targets = &compared->targets,
							.live = &compared->live,
							.now_utc_ms = NOW};
}

static void plan(struct compared *compared)
{
	compared->result = snapshot_plan_make(&compared->arena, &compared->question,
					      &compared->plan, &compared->err);
}

/** The changes, a line each. */
static void expect_changes(struct compared *compared, const char *expected)
{
	static const char *const signs[] = {"+", "x", "-", "~", "~"};
	AUTO(auto_str) struct str text = {0};

	if (compared->result) {
		fail_msg("%s", compared->err.text);
	}
	for (size_t i = 0; i < compared->plan.changes.len; i++) {
		const struct snapshot_change *change = &compared->plan.changes.at[i];

		str_printf(&text, "%s %s", signs[change->sort],
			   change->device ? change->device : "head");
		if (change->field) {
			str_printf(&text, " %s: %s -> %s", change->field,
				   change->old_text ? change->old_text : "nothing",
				   change->new_text);
		}
		str_printf(&text, "%s%s\n", change->note ? " " : "",
			   change->note ? change->note : "");
	}
	assert_string_equal(str_text(&text), expected);
}

static void expect_written(struct compared *compared, const char *expected)
{
	AUTO(auto_str) struct str out = {0};

	if (snapshot_plan_write(&compared->arena, &compared->question, &compared->plan,
				compared->rows.binding.bytes, &out, &compared->err)) {
		fail_msg("%s", compared->err.text);
	}
	assert_string_equal(str_text(&out), expected);
}

#define NAS                                                                                 \
	"{\"name\": \"nas.t.ts.net\", \"nodeId\": \"n1\", \"addresses\": [\"100.70.1.1\", " \
	"\"fd7a:115c:a1e0::1\"], \"os\": \"linux\", \"clientVersion\": \"1.94.1-tx\", "     \
	"\"keyExpiryDisabled\": true, \"advertisedRoutes\": [\"10.0.0.0/8\"], "             \
	"\"enabledRoutes\": []}"

#define NAS_ROW                            \
	"  - id: nas # the box\n"          \
	"    tailscale_ip: 100.70.1.1\n"   \
	"    lan_ip: 10.7.0.1\n"           \
	"    fqdn: nas.t.ts.net\n"         \
	"    access_policy: lan_first\n"   \
	"    key_expiry_disabled: true\n"  \
	"    client_version: \"1.94.1\"\n" \
	"    os: linux\n"

#define HEAD                                        \
	"# by hand\n"                               \
	"tailnet: t.ts.net\n"                       \
	"snapshot_time: \"2026-01-01T00:00:00Z\"\n" \
	"device_count: 1\n"                         \
	"access_policy_summary:\n"                  \
	"  lan_first: 1\n"                          \
	"  tailscale_required: 0\n"                 \
	"devices:\n"

static void a_snapshot_that_agrees_has_no_changes(void **state)
{
	AUTO(compared_release) struct compared compared = {0};

	(void)state;
	compare(&compared, HEAD NAS_ROW, "{\"devices\": [" NAS "]}");
	plan(&compared);
	expect_changes(&compared, "");
	assert_false(compared.plan.writes);
	expect_written(&compared, HEAD NAS_ROW);
}

static void only_what_the_tailnet_knows_is_changed(void **state)
{
	AUTO(compared_release) struct compared compared = {0};

	(void)state;
	compare(&compared,
		"devices:\n- id: nas\n  tailscale_ip: 100.70.9.9 # was\n  fqdn: 'old.t.ts.net'\n"
		"  access_policy: lan_first\n  key_expiry_disabled: no\n  tags: [mine]\n"
		"  advertised_routes: [\"10.1.0.0/16\"]\n",
		"{\"devices\": [" NAS "]}");
	plan(&compared);
	expect_changes(&compared, "~ nas tailscale_ip: 100.70.9.9 -> 100.70.1.1\n"
				  "~ nas fqdn: old.t.ts.net -> nas.t.ts.net\n"
				  "~ nas key_expiry_disabled: no -> true\n"
				  "~ nas advertised_routes: [10.1.0.0/16] -> [10.0.0.0/8]\n");
	assert_int_equal(compared.plan.changed, 1);
	expect_written(&compared, "devices:\n- id: nas\n  tailscale_ip: 100.70.1.1 # was\n"
				  "  fqdn: 'nas.t.ts.net'\n  access_policy: lan_first\n"
				  "  key_expiry_disabled: true\n  tags: [mine]\n"
				  "  advertised_routes: [\"10.0.0.0/8\"]\n");
}

static void a_row_gets_what_it_must_have_and_nothing_else(void **state)
{
	AUTO(compared_release) struct compared compared = {0};

	(void)state;
	compare(&compared, "devices:\n  - id: nas\n    access_policy: lan_first\n",
		"{\"devices\": [" NAS "]}");
	plan(&compared);
	expect_written(&compared, "devices:\n  - id: nas\n    tailscale_ip: 100.70.1.1\n"
				  "    fqdn: nas.t.ts.net\n    access_policy: lan_first\n");
}

static void a_lan_only_row_needs_no_tailnet_address(void **state)
{
	AUTO(compared_release) struct compared compared = {0};

	(void)state;
	compare(&compared,
		"devices:\n  - {id: nas, fqdn: nas.t.ts.net, access_policy: lan_only, "
		"lan_ip: 10.7.0.1}\n",
		"{\"devices\": [" NAS "]}");
	plan(&compared);
	expect_changes(&compared, "");
}

static void any_of_the_addresses_of_a_device_agrees(void **state)
{
	AUTO(compared_release) struct compared compared = {0};

	(void)state;
	compare(&compared,
		"devices:\n  - {id: nas, fqdn: NAS.t.ts.net, access_policy: client, "
		"tailscale_ip: \"fd7a:115c:a1e0:0::1\"}\n",
		"{\"devices\": [" NAS "]}");
	plan(&compared);
	expect_changes(&compared, "");
}

static void what_is_not_told_is_not_changed(void **state)
{
	AUTO(compared_release) struct compared compared = {0};

	(void)state;
	compare(&compared,
		HEAD "  - id: nas\n    tailscale_ip: 100.70.1.1\n    fqdn: nas.t.ts.net\n"
		     "    access_policy: lan_first\n    client_version: \"1.90\"\n    os: plan9\n"
		     "    key_expiry_disabled: false\n    enabled_routes: [\"10.0.0.0/8\"]\n",
		"{\"devices\": [{\"name\": \"nas.t.ts.net\"}]}");
	plan(&compared);
	expect_changes(&compared, "");
}

static void a_new_device_is_what_its_target_is_or_a_client(void **state)
{
	AUTO(compared_release) struct compared compared = {0};

	(void)state;
	compare(&compared, HEAD NAS_ROW "# end\n",
		"{\"devices\": [" NAS
		", {\"name\": \"zoe.t.ts.net\", \"addresses\": [\"100.70.1.7\"], \"os\": \"iOS\", "
		"\"clientVersion\": \"1.9\"}"
		", {\"name\": \"fir-1.t.ts.net\", \"addresses\": [\"100.70.1.9\"]}"
		", {\"name\": \"elm-box.t.ts.net\", \"addresses\": [\"100.70.1.8\"]}]}");
	plan(&compared);
	expect_changes(&compared, "+ elm tailscale_required, as target 'elm' is\n"
				  "+ fir lan_first, as target 'fir' is\n"
				  "+ zoe client, because no target is it\n"
				  "~ head device_count: 1 -> 4\n"
				  "~ head access_policy_summary.lan_first: 1 -> 2\n"
				  "~ head access_policy_summary.tailscale_required: 0 -> 2\n"
				  "~ head snapshot_time: 2026-01-01T00:00:00Z -> "
				  "2026-03-05T05:17:00Z\n");
	assert_int_equal(compared.plan.added, 3);
	expect_written(&compared,
		       "# by hand\ntailnet: t.ts.net\nsnapshot_time: \"2026-03-05T05:17:00Z\"\n"
		       "device_count: 4\naccess_policy_summary:\n  lan_first: 2\n"
		       "  tailscale_required: 2\ndevices:\n" NAS_ROW
		       "  - id: elm\n    tailscale_ip: 100.70.1.8\n    fqdn: elm-box.t.ts.net\n"
		       "    access_policy: tailscale_required\n"
		       "  - id: fir\n    tailscale_ip: 100.70.1.9\n    lan_ip: 10.7.0.9\n"
		       "    fqdn: fir-1.t.ts.net\n    access_policy: lan_first\n"
		       "  - id: zoe\n    tailscale_ip: 100.70.1.7\n    fqdn: zoe.t.ts.net\n"
		       "    access_policy: client\n    client_version: \"1.9\"\n    os: iOS\n"
		       "# end\n");
}

static void a_guest_is_new_only_if_a_target_has_its_address(void **state)
{
	AUTO(compared_release) struct compared compared = {0};

	(void)state;
	compare(&compared, HEAD NAS_ROW,
		"{\"devices\": [" NAS
		", {\"name\": \"elm.u.ts.net\", \"addresses\": [\"100.70.1.7\"]}"
		", {\"name\": \"oak.u.ts.net\", \"addresses\": [\"100.70.1.9\"]}]}");
	for (size_t i = 0; i < compared.live.list.len; i++) {
		struct live_device *device = &compared.live.list.at[i];

		device->is_guest = strstr(device->fqdn, ".u.ts.net") != NULL;
	}
	plan(&compared);
	expect_changes(&compared, "+ fir lan_first, as target 'fir' is\n"
				  "~ head device_count: 1 -> 2\n"
				  "~ head access_policy_summary.lan_first: 1 -> 2\n"
				  "~ head snapshot_time: 2026-01-01T00:00:00Z -> "
				  "2026-03-05T05:17:00Z\n");
}

static void a_device_that_is_gone_stays_until_it_is_pruned(void **state)
{
	AUTO(compared_release) struct compared compared = {0};
	static const char file[] =
		HEAD NAS_ROW "\n  # the old one\n  - id: old\n    fqdn: old.t.ts.net\n"
			     "    access_policy: client\n";

	(void)state;
	compare(&compared, file, "{\"devices\": [" NAS "]}");
	plan(&compared);
	expect_changes(&compared, "- old\n~ head device_count: 1 -> 2\n~ head snapshot_time: "
				  "2026-01-01T00:00:00Z -> 2026-03-05T05:17:00Z\n");
	assert_int_equal(compared.plan.gone, 1);
	compared.question.prunes = true;
	snapshot_plan_release(&compared.plan);
	plan(&compared);
	expect_changes(&compared, "x old\n~ head snapshot_time: 2026-01-01T00:00:00Z -> "
				  "2026-03-05T05:17:00Z\n");
}

static void a_device_that_is_gone_alone_writes_nothing(void **state)
{
	AUTO(compared_release) struct compared compared = {0};
	static const char file[] =
		"devices:\n" NAS_ROW "  - {id: old, fqdn: old.t.ts.net, access_policy: client}\n";

	(void)state;
	compare(&compared, file, "{\"devices\": [" NAS "]}");
	plan(&compared);
	expect_changes(&compared, "- old\n");
	assert_false(compared.plan.writes);
	expect_written(&compared, file);
	compared.question.prunes = true;
	snapshot_plan_release(&compared.plan);
	plan(&compared);
	assert_true(compared.plan.writes);
	expect_written(&compared, "devices:\n" NAS_ROW);
}

static void rows_are_joined_by_the_best_evidence_first(void **state)
{
	AUTO(compared_release) struct compared compared = {0};

	(void)state;
	/* a: a dead node has the row's id. b: node id before name. c: an old name. d: renamed. */
	compare(&compared,
		"devices:\n"
		"  - {id: a, fqdn: a-1.t.ts.net, access_policy: client}\n"
		"  - {id: b, fqdn: x.t.ts.net, access_policy: client, node_id: nB}\n"
		"  - {id: c, fqdn: c.t.ts.net, access_policy: client, legacy_aliases: [c-1]}\n"
		"  - {id: d, fqdn: d.t.ts.net, access_policy: client, tailscale_ip: 100.70.2.4}\n",
		"{\"devices\": ["
		"{\"name\": \"a.t.ts.net\"}, {\"name\": \"a-1.t.ts.net\"}, "
		"{\"name\": \"b2.t.ts.net\", \"nodeId\": \"nB\"}, {\"name\": \"c-1.t.ts.net\"}, "
		"{\"name\": \"dora.t.ts.net\", \"addresses\": [\"100.70.2.4\"]}]}");
	plan(&compared);
	expect_changes(&compared, "~ b fqdn: x.t.ts.net -> b2.t.ts.net\n"
				  "~ c fqdn: c.t.ts.net -> c-1.t.ts.net\n"
				  "~ d fqdn: d.t.ts.net -> dora.t.ts.net\n"
				  "+ a.t.ts.net client, because no target is it\n");
}

static void another_tailnet_is_refused(void **state)
{
	static const char *const files[] = {
		"tailnet: other.ts.net\ndevices:\n" NAS_ROW,
		"devices:\n  - {id: x, fqdn: x.t.ts.net, access_policy: client}\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		AUTO(compared_release) struct compared compared = {0};

		compare(&compared, files[i], "{\"devices\": [" NAS "]}");
		plan(&compared);
		assert_int_equal(compared.result, -1);
		assert_int_equal(compared.err.code, ERR_INPUT);
	}
}

static void a_row_without_an_id_may_be_any_device(void **state)
{
	AUTO(compared_release) struct compared compared = {0};

	(void)state;
	compare(&compared, "devices:\n" NAS_ROW "  - fqdn: old.t.ts.net\n",
		"{\"devices\": [" NAS "]}");
	plan(&compared);
	assert_int_equal(compared.result, -1);
	assert_string_equal(compared.err.text,
			    FILE_NAME ":10:5: this row has no id, so nobody can say which device "
				      "it is");
}

static void a_file_that_is_not_there_is_begun(void **state)
{
	AUTO(compared_release) struct compared compared = {0};

	(void)state;
	compare(&compared, NULL, "{\"devices\": [" NAS "]}");
	compared.live.domain = "t.ts.net";
	plan(&compared);
	expect_changes(&compared, "+ nas client, because no target is it\n");
	expect_written(
		&compared,
		"# The devices of the tailnet as somebody last saw them: `gaterun snapshot refresh`\n"
		"# writes what the tailnet knows of them, and keeps what else stands here.\n"
		"version: 1\ntailnet: t.ts.net\nsnapshot_time: \"2026-03-05T05:17:00Z\"\n"
		"device_count: 1\n\ndevices:\n  - id: nas\n    tailscale_ip: 100.70.1.1\n"
		"    fqdn: nas.t.ts.net\n    access_policy: client\n"
		"    key_expiry_disabled: true\n    client_version: \"1.94.1\"\n    os: linux\n"
		"    advertised_routes: [\"10.0.0.0/8\"]\n");
}

static void what_cannot_be_changed_is_said_with_its_place(void **state)
{
	AUTO(compared_release) struct compared compared = {0};
	AUTO(auto_str) struct str out = {0};

	(void)state;
	compare(&compared, "devices: [{id: nas, fqdn: nas.t.ts.net, access_policy: client}]\n",
		"{\"devices\": [" NAS ", {\"name\": \"new.t.ts.net\"}]}");
	plan(&compared);
	assert_int_equal(snapshot_plan_write(&compared.arena, &compared.question, &compared.plan,
					     compared.rows.binding.bytes, &out, &compared.err),
			 -1);
	assert_int_equal(compared.err.code, ERR_INPUT);
	assert_non_null(strstr(compared.err.text, FILE_NAME ":1:10: "));
	assert_int_equal(out.len, 0);
}

/* ---- any snapshot: made by chance, from a fixed seed */

static uint32_t chance_state;

static unsigned chance(unsigned below)
{
	chance_state = chance_state * 1664525u + 1013904223u;
	return (chance_state >> 16) % below;
}

static void add_scalar(struct str *out, const char *text, bool may_be_plain)
{
	unsigned how = chance(may_be_plain ? 3 : 2);

	str_printf(out, how == 0 ? "\"%s\"" : how == 1 ? "'%s'" : "%s", text);
}

/** A row of a device that stands in whatever style. */
static void add_made_row(struct str *out, const char *end, unsigned number, unsigned dash)
{
	static const char *const comments[] = {"", "", " # note", " # ö: [x]"};
	char text[64];
	int indent = (int)dash + 2;

	if (chance(3) == 0) {
		str_printf(out, "%s%*s# before %u%s", chance(2) ? end : "", (int)chance(6), "",
			   number, end);
	}
	str_printf(out, "%*s- id: d%u%s%s", (int)dash, "", number, comments[chance(4)], end);
	if (chance(4)) {
		(void)snprintf(text, sizeof(text), "100.70.3.%u", number + chance(2));
		str_printf(out, "%*stailscale_ip: ", indent, "");
		add_scalar(out, text, true);
		str_printf(out, "%s%s", comments[chance(4)], end);
	}
	(void)snprintf(text, sizeof(text), "d%u.t.ts.net", number);
	str_printf(out, "%*sfqdn: ", indent, "");
	add_scalar(out, text, true);
	str_printf(out, "%s%*saccess_policy: client%s", end, indent, "", end);
	if (chance(2)) {
		str_printf(out, "%*s# inside %u%s%*sclient_version: ", indent, "", number, end,
			   indent, "");
		add_scalar(out, chance(2) ? "1.90.1" : "1.94.1", false);
		str_add(out, end);
	}
	if (chance(2)) {
		str_printf(out, "%*sos:%s%s", indent, "", chance(2) ? " linux" : "", end);
	}
	if (chance(3) == 0) {
		str_printf(out, "%*snote: |%s%*s# no comment%s%s%*stext%s", indent, "", end,
			   indent + 2, "", end, end, indent + 2, "", end);
	}
	if (chance(3) == 0) {
		str_printf(out, "%*sadvertised_routes:%s", indent, "", end);
		str_printf(out, "%*s- \"10.%u.0.0/16\"%s%s", indent, "", chance(3),
			   comments[chance(4)], end);
		str_printf(out, "%*s- 10.0.0.0/8%s", indent, "", end);
	} else if (chance(2)) {
		str_printf(out, "%*sadvertised_routes: [\"10.%u.0.0/16\"]%s", indent, "", chance(3),
			   end);
	}
	if (chance(2)) {
		str_add(out, end);
	}
}

/** Each line that is a comment, in order. */
static void comment_lines(struct text bytes, struct str *out)
{
	struct text line = {0};

	while (text_split(&bytes, '\n', &line)) {
		struct text trimmed = text_trim(line);

		if (trimmed.len > 0 && trimmed.at[0] == '#') {
			str_add_text(out, trimmed);
			str_add_char(out, '\n');
		}
	}
}

/** Does the text end so, apart from its last bytes? */
static bool ends_with(const struct str *text, const char *end, size_t behind)
{
	size_t len = strlen(end);

	return text->len >= len + behind &&
	       memcmp(text->at + text->len - behind - len, end, len) == 0;
}

static void make_snapshot(struct str *out)
{
	const char *end = chance(3) ? "\n" : "\r\n";
	unsigned dash = chance(4);
	unsigned count = 1 + chance(6);

	str_printf(out, "# head%stailnet: t.ts.net%sdevice_count: %u # counted%sdevices:%s", end,
		   end, chance(9), end, end);
	for (unsigned i = 0; i < count; i++) {
		add_made_row(out, end, i, dash);
	}
	str_printf(out, "%s%s", chance(2) ? "# tail" : "", chance(2) ? end : "");
	/* (A block of text at the end would grow by the line end that it did not have.) */
	if (out->at[out->len - 1] == '\n' && !ends_with(out, "text", strlen(end)) &&
	    chance(3) == 0) {
		str_cut(out, out->len - strlen(end));
	}
}

static void make_tailnet(struct str *out)
{
	unsigned count = 2 + chance(7);

	str_add(out, "{\"devices\": [");
	for (unsigned i = 0; i < count; i++) {
		str_printf(out,
			   "%s{\"name\": \"d%u%s.t.ts.net\", \"addresses\": [\"100.70.3.%u\"], "
			   "\"os\": \"linux\", \"clientVersion\": \"1.94.%u\", "
			   "\"advertisedRoutes\": [%s]}",
			   i ? ", " : "", i, i && chance(6) == 0 ? "-1" : "", i, chance(3),
			   chance(2) ? "\"10.1.0.0/16\", \"10.2.0.0/16\"" : "");
	}
	str_add(out, "]}");
}

static void a_refresh_changes_nothing_the_second_time_and_keeps_all_comments(void **state)
{
	size_t written = 0;

	(void)state;
	chance_state = 20261121;
	for (unsigned round = 0; round < 3000; round++) {
		AUTO(auto_str) struct str file = {0};
		AUTO(auto_str) struct str json = {0};
		AUTO(auto_str) struct str once = {0};
		AUTO(auto_str) struct str twice = {0};
		AUTO(auto_str) struct str before = {0};
		AUTO(auto_str) struct str after = {0};
		AUTO(compared_release) struct compared first = {0};
		AUTO(compared_release) struct compared second = {0};

		make_snapshot(&file);
		make_tailnet(&json);
		compare(&first, str_text(&file), str_text(&json));
		plan(&first);
		if (first.result || snapshot_plan_write(&first.arena, &first.question, &first.plan,
							str_view(&file), &once, &first.err)) {
			fail_msg("round %u: %s\n%s", round, first.err.text, str_text(&file));
		}
		compare(&second, str_text(&once), str_text(&json));
		plan(&second);
		assert_false(second.plan.writes);
		assert_int_equal(snapshot_plan_write(&second.arena, &second.question, &second.plan,
						     str_view(&once), &twice, &second.err),
				 0);
		assert_string_equal(str_text(&twice), str_text(&once));
		comment_lines(str_view(&file), &before);
		comment_lines(str_view(&once), &after);
		assert_string_equal(str_text(&after), str_text(&before));
		written += first.plan.writes;
	}
	assert_true(written > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_snapshot_that_agrees_has_no_changes),
		cmocka_unit_test(only_what_the_tailnet_knows_is_changed),
		cmocka_unit_test(a_row_gets_what_it_must_have_and_nothing_else),
		cmocka_unit_test(a_lan_only_row_needs_no_tailnet_address),
		cmocka_unit_test(any_of_the_addresses_of_a_device_agrees),
		cmocka_unit_test(what_is_not_told_is_not_changed),
		cmocka_unit_test(a_new_device_is_what_its_target_is_or_a_client),
		cmocka_unit_test(a_guest_is_new_only_if_a_target_has_its_address),
		cmocka_unit_test(a_device_that_is_gone_stays_until_it_is_pruned),
		cmocka_unit_test(a_device_that_is_gone_alone_writes_nothing),
		cmocka_unit_test(rows_are_joined_by_the_best_evidence_first),
		cmocka_unit_test(another_tailnet_is_refused),
		cmocka_unit_test(a_row_without_an_id_may_be_any_device),
		cmocka_unit_test(a_file_that_is_not_there_is_begun),
		cmocka_unit_test(what_cannot_be_changed_is_said_with_its_place),
		cmocka_unit_test(a_refresh_changes_nothing_the_second_time_and_keeps_all_comments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
