/* The logs of this repo on this machine, how they follow each other, and what is in one's own. */
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "cli/commands.h"
#include "cli/signing.h"
#include "data/json.h"
#include "receipt/chain.h"
#include "receipt/record.h"

/** What is shown. */
struct shown {
	char origin[ORIGIN_BYTES]; /**< of this user's own log */
	struct chain chain;
	struct log *log; /**< NULL: there is none yet */
};

/** One entry in a line. */
struct line {
	int64_t seq;
	const char *sort; /**< "start", "receipt", "log-open", …, "unreadable" */
	char time[CLOCK_RFC3339_BYTES];
	const char *what; /**< in the arena of the reading */
};

static void read_line(const struct log *log, int64_t seq, struct arena *arena, struct line *out)
{
	AUTO(auto_str) struct str bytes = {0};
	const struct notice *notice = NULL;
	struct entry entry = {0};
	struct err why = {0};

	*out = (struct line){.seq = seq};
	if (log_entry(log, seq, &bytes, &why) ||
	    log_check_entry(log, str_view(&bytes), seq, NULL, arena, &entry, &why)) {
		out->sort = "unreadable";
		out->what = arena_text(arena, why.text);
		return;
	}
	clock_format_rfc3339(entry_time(&entry), out->time);
	if (entry.kind != ENTRY_NOTICE) {
		out->sort = entry.kind == ENTRY_START ? "start" : "receipt";
		out->what = entry.statement.identity.run_key;
		return;
	}
	notice = &entry.notice;
	out->sort = notice_word(notice->kind);
	out->what = notice->kind == NOTICE_CLOSE
			    ? notice->next_vkey
			    : arena_printf(arena, "%s %lld %s", notice->head.origin,
					   (long long)notice->head.size, notice->head.root);
}

static void write_json(const struct shown *shown, struct str *out)
{
	AUTO(auto_json) struct json *map = json_map();
	struct json *logs = json_list();
	struct json *entries = json_list();

	for (size_t i = 0; i < shown->chain.links.len; i++) {
		const struct chain_link *link = &shown->chain.links.at[i];
		struct json *row = json_map();

		json_put_text(row, "origin", link->origin);
		json_put_int(row, "entries", link->size);
		json_put_bool(row, "own", strcmp(link->origin, shown->origin) == 0);
		if (link->is_opened) {
			json_put_text(row, "continues", link->before.origin);
		}
		if (link->is_closed) {
			json_put_text(row, "continued_by", link->next);
		}
		json_add(logs, row);
	}
	for (int64_t seq = 0; shown->log && seq < log_size(shown->log); seq++) {
		struct arena arena = {0};
		struct json *row = json_map();
		struct line line = {0};

		read_line(shown->log, seq, &arena, &line);
		json_put_int(row, "seq", seq);
		json_put_text(row, "entry", line.sort);
		json_put_text(row, "at", line.time);
		json_put_text(row, "what", line.what);
		json_add(entries, row);
		arena_release(&arena);
	}
	json_put_text(map, "schema", "gaterun/log-show/v1");
	json_put_text(map, "origin", shown->origin);
	json_put(map, "logs", logs);
	json_put(map, "entries", entries);
	json_write(map, JSON_INDENTED, out);
}

static void write_link(const struct shown *shown, const struct chain_link *link, struct str *out)
{
	str_printf(out, "log      %s\n         ", link->origin);
	if (link->size < 0) {
		str_add(out, "cannot be read");
	} else {
		str_printf(out, "%lld entries", (long long)link->size);
	}
	if (strcmp(link->origin, shown->origin) == 0) {
		str_add(out, ", of your key");
	}
	if (link->is_opened) {
		str_printf(out, "\n         continues %s%s", link->before.origin,
			   chain_find(&shown->chain, link->before.origin) ? ""
									  : ", which is not here");
	}
	if (link->is_closed) {
		str_printf(out, "\n         closed; %s continues it%s", link->next,
			   chain_find(&shown->chain, link->next) ? "" : ", which is not here");
	}
	str_add_char(out, '\n');
}

static void write_shown(const char *format, const struct style *style, void *cookie,
			struct str *out)
{
	const struct shown *shown = cookie;

	(void)style;
	if (strcmp(format, "json") == 0) {
		write_json(shown, out);
		return;
	}
	for (size_t i = 0; i < shown->chain.links.len; i++) {
		write_link(shown, &shown->chain.links.at[i], out);
	}
	if (shown->log) {
		str_printf(out, "\n%8s  %-24s  %-10s\n", "entry", "at", "what");
	}
	for (int64_t seq = 0; shown->log && seq < log_size(shown->log); seq++) {
		struct arena arena = {0};
		struct line line = {0};

		read_line(shown->log, seq, &arena, &line);
		str_printf(out, "%8lld  %-24s  %-10s  ", (long long)line.seq, line.time, line.sort);
		str_add_printable(out, text_of(line.what));
		str_add_char(out, '\n');
		arena_release(&arena);
	}
}

int cmd_log_show(struct cli *cli)
{
	AUTO(auto_str) struct str state = {0};
	AUTO(auto_log) struct log *log = NULL;
	struct signing_public own = {0};
	struct shown shown = {0};
	struct err err = {0};
	struct err why = {0};
	int status = cli_load_config(cli);

	if (status == 0) {
		status = signing_public(cli, &own);
	}
	if (status) {
		return status;
	}
	if (record_origin(&cli->repo, &own.key, shown.origin, &err) ||
	    log_state_folder(&state, &err) ||
	    chain_look(str_text(&state), shown.origin, &shown.chain, &err)) {
		cli_say(cli, "the logs cannot be shown: %s", err.text);
		return EXIT_UNKNOWN;
	}
	if (log_open(str_text(&state), shown.origin, &own.key, LOG_READ, &log, &why) == 0 &&
	    log_load(log, &why) == 0) {
		shown.log = log;
	} else {
		cli_say(cli, "%s", why.text);
		status = EXIT_UNKNOWN;
	}
	cli_write(cli, write_shown, &shown);
	chain_release(&shown.chain);
	return status;
}
