/*
 * GitLab's code quality report: what fails or is unknown, and remarks as information. It drops
 * items without a place, and those whose fingerprint stands twice.
 */
#include <string.h>

#include "base/cleanup.h"
#include "crypto/digest.h"
#include "data/json.h"
#include "report/item.h"

/** The words of GitLab for our severities. */
static const char *const severities[] = {
	[SEVERITY_CRITICAL] = "blocker",
	[SEVERITY_HIGH] = "critical",
	[SEVERITY_MEDIUM] = "major",
	[SEVERITY_LOW] = "minor",
};

static const char *severity_of(const struct item *item)
{
	bool is_bad = item->standing == STANDING_FAIL || item->standing == STANDING_UNKNOWN;

	if (!item->result) {
		return "blocker";
	}
	return is_bad && item->result->gate->enforce ? severities[item->result->gate->severity]
						     : "info";
}

/** The finding's; for a gate or the run as a whole one is made from what it says. */
static void put_fingerprint(const struct item *item, const char *sentence, struct json *map)
{
	char hex[SHA256_HEX_BYTES];

	if (item->finding && item->finding->fingerprint[0]) {
		json_put_text(map, "fingerprint", item->finding->fingerprint);
		return;
	}
	sha256_hex(sentence, strlen(sentence), hex);
	json_put_text(map, "fingerprint", hex);
}

static void visit(const struct item *item, void *cookie)
{
	struct json *list = cookie;
	struct place where = item_place(item);
	struct json *map = NULL;
	struct json *location = NULL;
	struct json *lines = NULL;
	AUTO(auto_str) struct str text = {0};
	AUTO(auto_str) struct str path = {0};

	if (item->standing != STANDING_FAIL && item->standing != STANDING_UNKNOWN &&
	    item->standing != STANDING_REMARK) {
		return;
	}
	map = json_map();
	location = json_map();
	lines = json_map();
	if (item->standing == STANDING_UNKNOWN) {
		str_add(&text, "unknown: ");
	}
	item_sentence(item, &text);
	item_path(item->report, where.file ? where.file : "gaterun.yaml", &path);
	json_put_text(map, "description", str_text(&text));
	json_put_text(map, "check_name", item->result ? item->result->gate->id : "gaterun");
	put_fingerprint(item, str_text(&text), map);
	json_put_text(map, "severity", severity_of(item));
	json_put_text(location, "path", str_text(&path));
	json_put_int(lines, "begin", where.line > 0 ? where.line : 1);
	json_put(location, "lines", lines);
	json_put(map, "location", location);
	json_add(list, map);
}

void report_gitlab(const struct run_report *report, struct str *out)
{
	AUTO(auto_json) struct json *list = json_list();

	items_visit(report, visit, list);
	json_write(list, JSON_INDENTED, out);
}
