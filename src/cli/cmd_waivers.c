/* The dated permissions of the repo, the one that ends first at the top. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "cli/commands.h"
#include "data/json.h"
#include "report/layout.h"

/** Columns before the words about a waiver. */
#define ABOUT_INDENT ((size_t)2)

/** Bytes of "2026-03-01" with its NUL. */
#define DATE_BYTES 11

/** What is to be written. */
struct listing {
	struct cli *cli;
	const struct waiver **sorted;
	size_t count;
	int64_t now_utc_ms;
};

/** By the day on which they end, then as they stand in the file. */
static int compare_ends(const void *left, const void *right)
{
	const struct waiver *a = *(const struct waiver *const *)left;
	const struct waiver *b = *(const struct waiver *const *)right;
	int order = (a->expires_on_utc_ms > b->expires_on_utc_ms) -
		    (a->expires_on_utc_ms < b->expires_on_utc_ms);

	return order != 0 ? order : (a > b) - (a < b);
}

static void format_date(const struct waiver *waiver, char out[DATE_BYTES])
{
	char text[CLOCK_RFC3339_BYTES];

	clock_format_rfc3339(waiver->expires_on_utc_ms, text);
	memcpy(out, text, DATE_BYTES - 1);
	out[DATE_BYTES - 1] = '\0';
}

/** The gate's own id, if the waiver names it by an alias. */
static const char *gate_id(const struct listing *listing, const struct waiver *waiver)
{
	return gates_find(&listing->cli->repo.gates, waiver->gate)->id;
}

static const char *state_word(int64_t days_left)
{
	if (days_left <= 0) {
		return "expired";
	}
	return days_left <= WAIVER_SOON_DAYS ? "expires_soon" : "holds";
}

static struct json *waiver_json(const struct listing *listing, const struct waiver *waiver)
{
	int64_t days_left = waiver_days_left(waiver, listing->now_utc_ms);
	struct json *map = json_map();
	char date[DATE_BYTES];

	format_date(waiver, date);
	json_put_text(map, "state", state_word(days_left));
	json_put_int(map, "days_left", days_left);
	json_put_text(map, "expires_on", date);
	json_put_text(map, "gate", gate_id(listing, waiver));
	json_put_text(map, "subject", waiver->subject);
	json_put_text(map, "fingerprint", waiver->fingerprint);
	json_put_bool(map, "allow_unknown", waiver->allow_unknown);
	json_put_text(map, "reason", waiver->reason);
	json_put_text(map, "owner", waiver->owner);
	json_put_text(map, "ticket", waiver->ticket);
	json_put_text(map, "file", waiver->node->where.file);
	json_put_int(map, "line", waiver->node->where.line);
	json_put_int(map, "column", waiver->node->where.column);
	return map;
}

static void write_json(const struct listing *listing, struct str *out)
{
	AUTO(auto_json) struct json *map = json_map();
	struct json *list = json_list();

	for (size_t i = 0; i < listing->count; i++) {
		json_add(list, waiver_json(listing, listing->sorted[i]));
	}
	json_put_text(map, "schema", "gaterun/waivers/v1");
	json_put_text(map, "file", listing->cli->repo.waivers.path);
	json_put(map, "waivers", list);
	json_write(map, JSON_INDENTED, out);
}

/** "12 days left", "1 day left", "expired today", "expired 3 days ago". */
static void add_days(struct str *out, const struct style *style, int64_t days_left)
{
	int64_t days = days_left < 0 ? -days_left : days_left;
	enum colour colour = days_left > WAIVER_SOON_DAYS ? COLOUR_GREEN
			     : days_left > 0              ? COLOUR_YELLOW
							  : COLOUR_RED;
	AUTO(auto_str) struct str words = {0};

	if (days_left == 0) {
		str_add(&words, "expired today");
	} else {
		str_printf(&words, "%s%lld day%s %s", days_left < 0 ? "expired " : "",
			   (long long)days, days == 1 ? "" : "s", days_left < 0 ? "ago" : "left");
	}
	colour_add(out, style, colour, str_text(&words));
}

static void add_waiver(const struct listing *listing, const struct waiver *waiver,
		       const struct style *style, struct str *out)
{
	AUTO(auto_str) struct str line = {0};
	char date[DATE_BYTES];

	format_date(waiver, date);
	str_printf(out, "%s  ", date);
	add_days(out, style, waiver_days_left(waiver, listing->now_utc_ms));
	str_printf(out, "  %s  ", gate_id(listing, waiver));
	str_add_printable(out, text_of(waiver->subject ? waiver->subject : waiver->fingerprint));
	str_add_char(out, '\n');
	add_spaces(out, ABOUT_INDENT);
	wrap_add(out, style, ABOUT_INDENT, ABOUT_INDENT, waiver->reason);
	str_add_char(out, '\n');
	str_printf(&line, "%s, %s%s; %s:%d", waiver->owner, waiver->ticket,
		   waiver->allow_unknown ? ", also if unknown" : "", waiver->node->where.file,
		   waiver->node->where.line);
	add_spaces(out, ABOUT_INDENT);
	wrap_add(out, style, ABOUT_INDENT, ABOUT_INDENT, str_text(&line));
	str_add_char(out, '\n');
}

static void write_listing(const char *format, const struct style *style, void *cookie,
			  struct str *out)
{
	const struct listing *listing = cookie;

	if (strcmp(format, "json") == 0) {
		write_json(listing, out);
		return;
	}
	for (size_t i = 0; i < listing->count; i++) {
		add_waiver(listing, listing->sorted[i], style, out);
	}
	if (listing->count == 0) {
		str_add(out, "no waivers: every failure counts\n");
	}
}

int cmd_waivers(struct cli *cli)
{
	const struct rows *rows = &cli->repo.waivers.rows;
	const struct waiver *waivers = rows->at;
	struct listing listing = {
		.cli = cli,
		.sorted = arena_alloc(&cli->arena, (rows->len + 1) * sizeof(*listing.sorted)),
		.count = rows->len,
		.now_utc_ms = clock_utc_ms(),
	};

	for (size_t i = 0; i < rows->len; i++) {
		listing.sorted[i] = &waivers[i];
	}
	if (rows->len > 1) {
		qsort(listing.sorted, rows->len, sizeof(*listing.sorted), compare_ends);
	}
	cli_write(cli, write_listing, &listing);
	return EXIT_PASS;
}
