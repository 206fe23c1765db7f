/*
 * SARIF 2.1.0. A rule for each gate, a result for each finding that fails or is unknown (waived
 * ones as well, suppressed), and a notification for what is skipped, remarked on or fixed: forges
 * make an alert of every result, whatever its kind. So what is unknown is a result with the level
 * of a warning, and not of kind "open", which none of them knows.
 *
 * GitHub takes at most 25,000 results from a run. Where there are more, those that decide the exit
 * status come first, and a notification says how many are left out.
 */
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "data/json.h"
#include "report/escape.h"
#include "report/item.h"
#include "report/layout.h"

#define SCHEMA \
	"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

#define RESULTS_MAX ((size_t)25000)

/** Tags of a rule that GitHub reads. */
#define TAGS_MAX ((size_t)20)

/** In the order in which they are given room. */
enum rank {
	RANK_COUNTED,
	RANK_BAD, /**< and does not count */
	RANK_WAIVED,
	RANK_COUNT,
	RANK_NONE, /**< no result */
};

struct sarif {
	struct json *results;
	struct json *notifications;
	size_t room[RANK_COUNT];
	size_t left_out;
};

static enum rank rank_of(const struct item *item)
{
	switch (item->standing) {
	case STANDING_FAIL:
	case STANDING_UNKNOWN:
		return item->counts ? RANK_COUNTED : RANK_BAD;
	case STANDING_WAIVED:
		return RANK_WAIVED;
	case STANDING_PASS:
	case STANDING_SKIP:
	case STANDING_REMARK:
	case STANDING_FIXED:
		break;
	}
	return RANK_NONE;
}

static struct json *message_json(const char *text)
{
	struct json *map = json_map();
	AUTO(auto_str) struct str escaped = {0};

	sarif_text_add(&escaped, text);
	json_put_text(map, "text", str_text(&escaped));
	return map;
}

/** NULL without a file. Columns of findings are bytes, so only of ASCII lines exact. */
static struct json *location_json(const struct run_report *report, const struct place *where)
{
	struct json *location = NULL;
	struct json *physical = NULL;
	struct json *artifact = NULL;
	AUTO(auto_str) struct str path = {0};
	AUTO(auto_str) struct str uri = {0};

	if (!where->file) {
		return NULL;
	}
	location = json_map();
	physical = json_map();
	artifact = json_map();
	item_path(report, where->file, &path);
	uri_path_add(&uri, str_text(&path));
	json_put_text(artifact, "uri", str_text(&uri));
	json_put_text(artifact, "uriBaseId", "%SRCROOT%");
	json_put(physical, "artifactLocation", artifact);
	if (where->line > 0) {
		struct json *region = json_map();

		json_put_int(region, "startLine", where->line);
		if (where->column > 0) {
			json_put_int(region, "startColumn", where->column);
		}
		json_put(physical, "region", region);
	}
	json_put(location, "physicalLocation", physical);
	return location;
}

static void put_locations(const struct item *item, struct json *map)
{
	struct place where = item_place(item);
	struct json *location = location_json(item->report, &where);
	struct json *list = NULL;

	if (location) {
		list = json_list();
		json_add(list, location);
		json_put(map, "locations", list);
	}
}

static void put_related(const struct item *item, struct json *map)
{
	const struct finding *finding = item->finding;
	struct json *list = NULL;

	for (size_t i = 0; finding && i < finding->related_count; i++) {
		struct json *location = location_json(item->report, &finding->related[i]);

		if (location) {
			list = list ? list : json_list();
			json_put_int(location, "id", (int64_t)i);
			json_add(list, location);
		}
	}
	if (list) {
		json_put(map, "relatedLocations", list);
	}
}

static void put_fingerprints(const struct finding *finding, struct json *map)
{
	struct json *prints = json_map();
	AUTO(auto_str) struct str line = {0};

	/* The only one that GitHub reads; it wants sixteen digits and an ordinal. */
	str_printf(&line, "%.16s:1", finding->fingerprint);
	json_put_text(prints, "gaterunFinding/v1", finding->fingerprint);
	json_put_text(prints, "primaryLocationLineHash", str_text(&line));
	json_put(map, "partialFingerprints", prints);
}

static void put_suppression(const struct waiver *waiver, struct json *map)
{
	struct json *list = json_list();
	struct json *one = json_map();
	AUTO(auto_str) struct str text = {0};
	char time[CLOCK_RFC3339_BYTES];

	clock_format_rfc3339(waiver->expires_on_utc_ms, time);
	str_printf(&text, "waived until %.10s by %s (%s): %s", time, waiver->owner, waiver->ticket,
		   waiver->reason);
	json_put_text(one, "kind", "external");
	json_put_text(one, "status", "accepted");
	json_put_text(one, "justification", str_text(&text));
	json_add(list, one);
	json_put(map, "suppressions", list);
}

static void put_properties(const struct item *item, struct json *map)
{
	const struct finding *finding = item->finding;
	struct json *bag = json_map();
	AUTO(auto_str) struct str subject = {0};

	item_subject(item, &subject);
	json_put_text(bag, "verdict", standing_word(item->standing));
	json_put_text(bag, "reason", item_reason(item));
	json_put_text(bag, "subject", str_text(&subject));
	if (finding && finding->hint) {
		json_put_text(bag, "fix", finding->hint);
	}
	if (finding && finding->caused_by) {
		json_put_text(bag, "causedBy", finding->caused_by);
	}
	if (finding && path_word(finding->path)) {
		json_put_text(bag, "path", path_word(finding->path));
	}
	if (finding && finding->said) {
		json_put_text(bag, "untrusted", finding->said);
	}
	json_put(map, "properties", bag);
}

static const char *level_of(const struct item *item)
{
	bool is_low = item->result && item->result->gate->severity == SEVERITY_LOW;
	bool has_failed =
		item->standing == STANDING_FAIL || (item->finding && item->finding->waived_by &&
						    item->finding->waived_verdict == VERDICT_FAIL);

	if (item->result && !item->result->gate->enforce) {
		return "note";
	}
	return has_failed && !is_low && (item->counts || item->standing == STANDING_WAIVED)
		       ? "error"
		       : "warning";
}

static void add_result(const struct item *item, struct sarif *sarif)
{
	const struct finding *finding = item->finding;
	struct json *map = json_map();
	AUTO(auto_str) struct str text = {0};

	json_put_text(map, "ruleId", item->result->gate->id);
	json_put_int(map, "ruleIndex", (int64_t)item->gate);
	json_put_text(map, "level", level_of(item));
	if (item->standing != STANDING_FAIL) {
		str_printf(&text, "%s: ", standing_word(item->standing));
	}
	item_sentence(item, &text);
	json_put(map, "message", message_json(str_text(&text)));
	put_locations(item, map);
	put_related(item, map);
	if (finding && finding->fingerprint[0]) {
		put_fingerprints(finding, map);
	}
	if (finding && finding->state != STATE_NONE) {
		json_put_text(map, "baselineState",
			      finding->state == STATE_INTRODUCED ? "new" : "unchanged");
	}
	if (finding && finding->waived_by) {
		put_suppression(finding->waived_by, map);
	}
	put_properties(item, map);
	json_add(sarif->results, map);
}

static void add_notification(const struct item *item, const char *level, struct sarif *sarif)
{
	struct json *map = json_map();
	AUTO(auto_str) struct str text = {0};

	str_printf(&text, "%s: ", standing_word(item->standing));
	item_sentence(item, &text);
	json_put_text(map, "level", level);
	json_put(map, "message", message_json(str_text(&text)));
	put_locations(item, map);
	if (item->result) {
		struct json *rule = json_map();

		json_put_text(rule, "id", item->result->gate->id);
		json_put_int(rule, "index", (int64_t)item->gate);
		json_put(map, "associatedRule", rule);
	}
	json_add(sarif->notifications, map);
}

static void count(const struct item *item, void *cookie)
{
	struct sarif *sarif = cookie;
	enum rank rank = rank_of(item);

	if (rank != RANK_NONE && item->result) {
		sarif->room[rank]++;
	}
}

/** From how many there are of each rank to how many of them are written. */
static void share_room(struct sarif *sarif)
{
	size_t left = RESULTS_MAX;

	for (enum rank rank = RANK_COUNTED; rank < RANK_COUNT; rank++) {
		size_t given = sarif->room[rank] < left ? sarif->room[rank] : left;

		sarif->left_out += sarif->room[rank] - given;
		sarif->room[rank] = given;
		left -= given;
	}
}

static void visit(const struct item *item, void *cookie)
{
	struct sarif *sarif = cookie;
	enum rank rank = rank_of(item);

	if (!item->result) {
		add_notification(item, "error", sarif);
	} else if (rank == RANK_NONE && item->standing != STANDING_PASS) {
		add_notification(item, "note", sarif);
	} else if (rank != RANK_NONE && sarif->room[rank] > 0) {
		sarif->room[rank]--;
		add_result(item, sarif);
	}
}

static void tell_left_out(struct sarif *sarif)
{
	struct json *map = NULL;
	AUTO(auto_str) struct str text = {0};

	if (sarif->left_out == 0) {
		return;
	}
	map = json_map();
	str_printf(&text, "%zu more results are left out, because %zu are read at most",
		   sarif->left_out, RESULTS_MAX);
	json_put_text(map, "level", "warning");
	json_put(map, "message", message_json(str_text(&text)));
	json_add(sarif->notifications, map);
}

static void put_message(struct json *map, const char *key, const char *text)
{
	if (text) {
		AUTO(auto_str) struct str clean = {0};

		str_add_printable(&clean, text_of(text));
		json_put(map, key, message_json(str_text(&clean)));
	}
}

static struct json *rule_properties(const struct gate *gate)
{
	static const char *const weights[] = {
		[SEVERITY_CRITICAL] = "error",
		[SEVERITY_HIGH] = "error",
		[SEVERITY_MEDIUM] = "warning",
		[SEVERITY_LOW] = "recommendation",
	};
	struct json *bag = json_map();
	struct json *tags = json_list();

	json_add_text(tags, gate->kind->name);
	for (size_t i = 0; i < gate->packs.len && i + 1 < TAGS_MAX; i++) {
		json_add_text(tags, gate->packs.at[i]);
	}
	json_put_text(bag, "precision", "high");
	json_put_text(bag, "problem.severity", weights[gate->severity]);
	json_put(bag, "tags", tags);
	return bag;
}

static struct json *rule_json(const struct gate *gate)
{
	struct json *map = json_map();
	struct json *level = json_map();
	AUTO(auto_str) struct str help = {0};

	json_put_text(map, "id", gate->id);
	put_message(map, "shortDescription", gate->title);
	put_message(map, "fullDescription", gate->title);
	if (gate->triage) {
		folded_add(&help, gate->triage);
		str_add_char(&help, ' ');
	}
	str_printf(&help, "'gaterun explain %s' says more.", gate->id);
	put_message(map, "help", str_text(&help));
	json_put_text(level, "level",
		      !gate->enforce                   ? "note"
		      : gate->severity == SEVERITY_LOW ? "warning"
						       : "error");
	json_put(map, "defaultConfiguration", level);
	json_put(map, "properties", rule_properties(gate));
	return map;
}

static struct json *tool_json(const struct run_report *report)
{
	struct json *tool = json_map();
	struct json *driver = json_map();
	struct json *rules = json_list();

	json_put_text(driver, "name", "gaterun");
	if (report->version) {
		json_put_text(driver, "version", report->version);
	}
	for (size_t i = 0; i < report->run->result_count; i++) {
		json_add(rules, rule_json(report->run->results[i].gate));
	}
	json_put(driver, "rules", rules);
	json_put(tool, "driver", driver);
	return tool;
}

static void put_time(struct json *map, const char *key, int64_t utc_ms)
{
	char text[CLOCK_RFC3339_BYTES];

	if (utc_ms > 0) {
		clock_format_rfc3339(utc_ms, text);
		json_put_text(map, key, text);
	}
}

static struct json *invocation_json(const struct run_report *report, struct json *notifications)
{
	const struct run *run = report->run;
	struct json *map = json_map();
	bool is_whole = run->signal == 0 && !run->hit_deadline && report->exit == run->exit;

	json_put_bool(map, "executionSuccessful", is_whole);
	json_put_int(map, "exitCode", report->exit);
	put_time(map, "startTimeUtc", run->started_utc_ms);
	put_time(map, "endTimeUtc", run->finished_utc_ms);
	json_put(map, "toolExecutionNotifications", notifications);
	return map;
}

/** What GitHub calls the category: the same for every run of these packs. */
static struct json *details_json(const struct run *run)
{
	struct json *map = json_map();
	AUTO(auto_str) struct str id = {0};

	str_add(&id, "gaterun/");
	run_name(run, &id);
	str_add_char(&id, '/');
	json_put_text(map, "id", str_text(&id));
	return map;
}

void report_sarif(const struct run_report *report, struct str *out)
{
	struct sarif sarif = {.results = json_list(), .notifications = json_list()};
	AUTO(auto_json) struct json *document = json_map();
	struct json *runs = json_list();
	struct json *run = json_map();
	struct json *invocations = json_list();

	items_visit(report, count, &sarif);
	share_room(&sarif);
	items_visit(report, visit, &sarif);
	tell_left_out(&sarif);
	json_put_text(document, "$schema", SCHEMA);
	json_put_text(document, "version", "2.1.0");
	json_put(run, "tool", tool_json(report));
	json_put(run, "automationDetails", details_json(report->run));
	json_add(invocations, invocation_json(report, sarif.notifications));
	json_put(run, "invocations", invocations);
	json_put_text(run, "columnKind", "unicodeCodePoints");
	json_put(run, "results", sarif.results);
	json_add(runs, run);
	json_put(document, "runs", runs);
	json_write(document, JSON_INDENTED, out);
}
