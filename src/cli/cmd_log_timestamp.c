/*
 * `log timestamp`: what is asked of an authority for time-stamps, and its answer. What is between
 * the two is for curl or whatever else is at hand: nothing is sent from here.
 */
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "cli/commands.h"
#include "cli/signing.h"
#include "data/json.h"
#include "receipt/record.h"
#include "receipt/stamp.h"
#include "report/layout.h"

/** What was done, of which head. */
struct stamping {
	struct log *log;
	char origin[ORIGIN_BYTES];
	const char *query; /**< the file that was written; NULL: a reply was stored */
	int64_t size;      /**< of the head */
	struct timestamp stamp;
};

static void write_stamping(const char *format, const struct style *style, void *cookie,
			   struct str *out)
{
	const struct stamping *done = cookie;
	char time[CLOCK_RFC3339_BYTES] = "";

	(void)style;
	clock_format_rfc3339(done->stamp.not_after_utc_ms, time);
	if (strcmp(format, "json") == 0) {
		AUTO(auto_json) struct json *map = json_map();

		json_put_text(map, "schema", "gaterun/log-timestamp/v1");
		json_put_text(map, "origin", done->origin);
		json_put_int(map, "head_size", done->size);
		if (done->query) {
			json_put_text(map, "query", done->query);
		} else {
			json_put_text(map, "not_after", time);
			json_put_text(map, "authority", done->stamp.authority);
			json_put_text(map, "policy", done->stamp.policy);
		}
		json_write(map, JSON_INDENTED, out);
		return;
	}
	if (done->query) {
		str_printf(out, "%s: asks for the time of the signed head of %lld entries\n",
			   done->query, (long long)done->size);
		return;
	}
	str_printf(out, "the signed head of %lld entries existed at %s\nso says %s\n",
		   (long long)done->size, time, done->stamp.authority);
}

/** Say why it cannot be done; unknown is never pass. */
static int undecided(const struct cli *cli, const struct err *err)
{
	cli_say(cli, "no time-stamp: %s", err->text);
	return EXIT_UNKNOWN;
}

/** Write what asks for the time of the newest head. */
static int write_query(struct cli *cli, struct stamping *stamping)
{
	AUTO(auto_str) struct str note = {0};
	AUTO(auto_str) struct str subject = {0};
	AUTO(auto_str) struct str query = {0};
	struct checkpoint head = {0};
	struct err err = {0};
	int64_t newest = log_covered(stamping->log) - 1;

	if (log_head_over(stamping->log, newest, &head, &note, &err) ||
	    stamp_subject(str_view(&note), &subject, &err)) {
		return undecided(cli, &err);
	}
	stamping->size = (int64_t)head.size;
	stamping->query = cli->args.query;
	timestamp_query(str_view(&subject), &query);
	if (file_replace(stamping->query, str_view(&query), 0644, FILE_SYNC_NO, &err)) {
		cli_say(cli, "%s", err.text);
		return EXIT_RECEIPT;
	}
	cli_write(cli, write_stamping, stamping);
	return 0;
}

/** Check a reply, and store it beside the head that it is of. */
static int store_reply(struct cli *cli, struct stamping *stamping)
{
	AUTO(auto_str) struct str reply = {0};
	struct text authorities = {0};
	struct err err = {0};

	if (file_read(cli->args.reply, TIMESTAMP_BYTES, &reply, &err)) {
		cli_say(cli, "%s", err.text);
		return EXIT_DATA;
	}
	if (stamp_authorities(cli->repo.tree, repo_receipts(&cli->repo), &authorities, &err)) {
		return undecided(cli, &err);
	}
	if (authorities.len == 0) {
		cli_say(cli,
			"no time-stamp: %s/trust/tsa.pem, the certificates of accepted authorities, "
			"is not there",
			repo_receipts(&cli->repo));
		return EXIT_UNKNOWN;
	}
	if (log_stamp(stamping->log, str_view(&reply), authorities, &stamping->size,
		      &stamping->stamp, &err)) {
		cli_say(cli, "'%s' is not kept: %s", cli->args.reply, err.text);
		return err.code == ERR_INPUT ? EXIT_FAIL : EXIT_RECEIPT;
	}
	cli_write(cli, write_stamping, stamping);
	return 0;
}

int check_log_timestamp(const struct arguments *args, struct err *err)
{
	if (!args->query == !args->reply) {
		return err_set(err, ERR_INPUT, "expected --query FILE or --reply FILE");
	}
	return 0;
}

int cmd_log_timestamp(struct cli *cli)
{
	AUTO(auto_str) struct str state = {0};
	AUTO(auto_log) struct log *log = NULL;
	struct stamping stamping = {0};
	struct signing_public public = {0};
	struct err err = {0};
	int status = cli_load_config(cli);

	if (status == 0) {
		status = signing_public(cli, &public);
	}
	if (status) {
		return status;
	}
	if (record_origin(&cli->repo, &public.key, stamping.origin, &err) ||
	    log_state_folder(&state, &err) ||
	    log_open(str_text(&state), stamping.origin, &public.key, LOG_READ, &log, &err) ||
	    log_load(log, &err)) {
		return undecided(cli, &err);
	}
	stamping.log = log;
	return cli->args.query ? write_query(cli, &stamping) : store_reply(cli, &stamping);
}
