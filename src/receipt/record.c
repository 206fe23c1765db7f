#include "receipt/record_private.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "base/file.h"
#include "base/mem.h"
#include "git/revision.h"
#include "receipt/checkout.h"
#include "receipt/envelope.h"
#include "receipt/outputs.h"
#include "receipt/runner.h"
#include "run/baseline.h"

/** Bytes of the nonce. */
#define NONCE_BYTES 16

/** Hexadecimal digits of the path's hash in a local identity. */
#define LOCAL_ID_DIGITS 16

/** Bytes of the program's own file read at a time. */
#define CHUNK_BYTES ((size_t)64 * 1024)

static const char *none_if_empty(const char *text)
{
	return text[0] ? text : NULL;
}

const char *record_time(struct arena *arena, int64_t utc_ms)
{
	char text[CLOCK_RFC3339_BYTES];

	clock_format_rfc3339(utc_ms, text);
	return arena_text(arena, text);
}

/** What a work tree is called until something better names it. */
static const char *local_id(const struct repo *repo, struct arena *arena)
{
	char hash[SHA256_HEX_BYTES];

	sha256_hex(repo->root, strlen(repo->root), hash);
	return arena_printf(arena, "local:%.*s", LOCAL_ID_DIGITS, hash);
}

const char *record_repo_id(const struct repo *repo, const struct git_state *git,
			   struct arena *arena)
{
	if (repo->config.repo) {
		return repo->config.repo;
	}
	if (git->root_commit[0]) {
		return arena_text(arena, git->root_commit);
	}
	return local_id(repo, arena);
}

int record_origin(const struct repo *repo, const struct public_key *key, char out[ORIGIN_BYTES],
		  struct err *err)
{
	struct git_state git = {0};
	struct arena arena = {0};
	int failed = git_identity(repo->root, &git, err);

	if (!failed) {
		failed = origin_make(record_repo_id(repo, &git, &arena), key, out, err);
	}
	arena_release(&arena);
	return failed;
}

/* ---- the groups of the statement */

static void add_file(struct statement_file *files, struct rows *rows, const char *path,
		     const char *sha256)
{
	files[rows->len++] = (struct statement_file){path, sha256};
}

/** Every file that was read, whether it was a binding or said where the bindings are. */
static struct rows binding_files(struct record *record)
{
	const struct repo *repo = record->spec->repo;
	const struct binding *const bindings[] = {&repo->targets.binding, &repo->devices.binding,
						  &repo->endpoints.binding, &repo->known_hosts_file,
						  &repo->tailnet_policy.binding};
	size_t count = sizeof(bindings) / sizeof(bindings[0]);
	struct statement_file *files = arena_alloc(&record->arena, (count + 2) * sizeof(*files));
	struct rows rows = {.at = files};

	for (size_t i = 0; i < count; i++) {
		if (bindings[i]->state == BINDING_LOADED) {
			add_file(files, &rows, bindings[i]->path, bindings[i]->sha256);
		}
	}
	if (repo->config.file) {
		add_file(files, &rows, repo->config.file, repo->config.sha256);
	}
	if (repo->waivers.path) {
		add_file(files, &rows, repo->waivers.path, repo->waivers.sha256);
	}
	return rows;
}

static struct rows gate_files(struct record *record)
{
	const struct plan *plan = record->spec->plan;
	struct statement_file *files =
		arena_alloc(&record->arena, (plan->steps.len + 1) * sizeof(*files));
	struct rows rows = {.at = files};

	for (size_t i = 0; i < plan->steps.len; i++) {
		const struct gate *gate = plan->steps.at[i].gate;

		add_file(files, &rows, gate->file, gate->sha256);
	}
	return rows;
}

/** The words of --target. */
static struct texts target_words(struct record *record)
{
	const char *words = record->spec->options->target_words;
	struct text rest = text_of(words);
	struct text part = {0};
	struct texts texts = {0};

	if (!words) {
		return texts;
	}
	texts.at = arena_alloc(&record->arena, (rest.len + 1) * sizeof(*texts.at));
	while (text_split(&rest, ',', &part)) {
		texts.at[texts.len++] = arena_copy(&record->arena, part.at, part.len);
	}
	return texts;
}

/** The commit, or the run key. */
static const char *baseline_id(const struct baseline *baseline)
{
	if (!baseline) {
		return NULL;
	}
	return baseline->run_key ? baseline->run_key : baseline->commit;
}

static void fill_inputs(struct record *record)
{
	const struct record_spec *spec = record->spec;
	struct statement *statement = &record->statement;

	statement->inputs = (struct statement_inputs){
		.selection = {.packs = spec->options->packs,
			      .gates = spec->options->gates,
			      .targets = target_words(record),
			      .since = spec->options->changed ? spec->options->changed->commit
							      : NULL,
			      .shard = spec->options->shard_word,
			      .is_staged = spec->options->is_staged,
			      .baseline = baseline_id(spec->options->baseline),
			      .fail_on = spec->options->fails_on_introduced ? "introduced" : NULL},
		.gates = gate_files(record),
		.bindings = binding_files(record),
		.arguments = spec->arguments,
	};
	statement->policy = (struct statement_policy){
		.path = spec->repo->policy.path,
		.sha256 = spec->repo->policy.path ? spec->repo->policy.sha256 : NULL,
		.context = spec->options->context,
		.mode = mode_word(spec->options->mode),
	};
}

static void fill_source(struct record *record)
{
	const struct git_state *git = &record->git;

	record->statement.source = (struct statement_source){
		.repo = record_repo_id(record->spec->repo, git, &record->arena),
		.commit = none_if_empty(git->commit),
		.tree = none_if_empty(git->tree),
		.branch = none_if_empty(git->branch),
		.vcs = git->has_git ? "git" : "none",
		.is_dirty = git->is_dirty,
		.diff_sha256 = none_if_empty(git->diff_sha256),
		.untracked_sha256 = none_if_empty(git->untracked_sha256),
		.untracked = (int64_t)git->untracked,
	};
}

/** The digest of the program that runs, where the system tells which file that is. */
static const char *own_digest(struct arena *arena)
{
	AUTO(auto_close) int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	AUTO(auto_free) unsigned char *chunk = mem_alloc(CHUNK_BYTES);
	AUTO(auto_str) struct str hex = {0};
	unsigned char digest[SHA256_BYTES];
	struct sha256 *state = NULL;
	ssize_t got = 0;

	if (fd < 0) {
		return NULL;
	}
	state = sha256_open();
	while ((got = read(fd, chunk, CHUNK_BYTES)) > 0) {
		sha256_add(state, chunk, (size_t)got);
	}
	sha256_close(state, digest);
	hex_encode(&hex, digest, sizeof(digest));
	return got == 0 ? arena_text(arena, str_text(&hex)) : NULL;
}

void record_tool(struct record *record)
{
	record->statement.tool = record->spec->tool;
	record->statement.tool.sha256 = own_digest(&record->arena);
	record->statement.tool.os = runner_os(&record->arena);
}

static const char *make_nonce(struct arena *arena)
{
	unsigned char bytes[NONCE_BYTES];
	AUTO(auto_str) struct str hex = {0};

	random_bytes(bytes, sizeof(bytes));
	hex_encode(&hex, bytes, sizeof(bytes));
	return arena_text(arena, str_text(&hex));
}

/* ---- the start */

/** Append the statement as it is now; under the lock, at the position it names. */
static int append(struct record *record, char leaf[SHA256_HEX_BYTES], struct err *err)
{
	AUTO(auto_str) struct str payload = {0};
	AUTO(auto_str) struct str envelope = {0};

	statement_write(&record->statement, &payload);
	return envelope_write(str_view(&payload), record->spec->key, &envelope, err) ||
			       log_append(record->log, str_view(&envelope), leaf, err)
		       ? -1
		       : 0;
}

/** Under the lock: say where the entry stands, name the run, append. */
static int append_start(struct record *record, char run_key[RUN_KEY_BYTES], struct err *err)
{
	struct statement_identity *identity = &record->statement.identity;
	struct log_position position = {0};
	char leaf[SHA256_HEX_BYTES];
	char name[RUN_KEY_BYTES];

	if (log_begin(record->log, &position, err)) {
		return -1;
	}
	identity->seq = position.seq;
	identity->prev = arena_text(&record->arena, position.prev);
	statement_name(&record->statement, name);
	identity->run_key = arena_text(&record->arena, name);
	if (append(record, leaf, err)) {
		return -1;
	}
	identity->start_seq = position.seq;
	identity->start_leaf = arena_text(&record->arena, leaf);
	memcpy(run_key, name, sizeof(name));
	return 0;
}

int record_open(struct record *record, struct err *err)
{
	AUTO(auto_str) struct str state = {0};
	const struct public_key *public = &record->spec->key->public;
	char origin[ORIGIN_BYTES];

	public_key_fingerprint(public, record->fingerprint);
	if (origin_make(record->statement.source.repo, public, origin, err) ||
	    log_state_folder(&state, err) ||
	    log_open(str_text(&state), origin, public, LOG_WRITE, &record->log, err)) {
		return -1;
	}
	record->statement.identity.log_origin = arena_text(&record->arena, origin);
	record->statement.identity.schema = STATEMENT_SCHEMA;
	record->statement.identity.nonce = make_nonce(&record->arena);
	runner_read(record->statement.identity.log_origin, &record->arena,
		    &record->statement.runner);
	return 0;
}

int record_append_start(struct record *record, char run_key[RUN_KEY_BYTES], struct err *err)
{
	int failed = append_start(record, run_key, err);

	log_end(record->log);
	return failed;
}

/** The log of the time before the first commit, or before gaterun.yaml named the repo; NULL: none.
 */
static const char *find_earlier(struct record *record)
{
	const char *id = local_id(record->spec->repo, &record->arena);
	AUTO(auto_str) struct str state = {0};
	AUTO(auto_log) struct log *log = NULL;
	const struct public_key *public = &record->spec->key->public;
	struct err ignored = {0};
	char origin[ORIGIN_BYTES];

	if (strcmp(id, record->statement.source.repo) == 0 ||
	    origin_make(id, public, origin, &ignored) || log_state_folder(&state, &ignored) ||
	    log_open(str_text(&state), origin, public, LOG_READ, &log, &ignored)) {
		return NULL;
	}
	return arena_text(&record->arena, log_folder(log));
}

/** What is judged is that commit, wherever HEAD is, and nothing but it. */
static int name_revision(struct record *record, struct err *err)
{
	const char *commit = record->spec->options->revision;
	struct git_state *git = &record->git;

	if (!commit) {
		return 0;
	}
	memcpy(git->commit, commit, strlen(commit) + 1);
	git->branch[0] = '\0';
	return revision_tree(record->spec->repo->root, commit, "", git->tree, err);
}

int record_start(struct record *record, const struct record_spec *spec, char *run_key,
		 struct err *err)
{
	int failed = 0;

	*record = (struct record){.spec = spec};
	record->statement.kind = STATEMENT_START;
	if (git_identity(spec->repo->root, &record->git, err) || name_revision(record, err)) {
		return err_wrap(err, "what was checked cannot be named");
	}
	if (spec->options->is_staged) {
		git_staged_ask(spec->repo->root, &record->git, &record->staged);
	}
	fill_source(record);
	fill_inputs(record);
	record_tool(record);
	record->statement.time.started_at = record_time(&record->arena, clock_utc_ms());
	if (record_open(record, err)) {
		return -1;
	}
	failed = record_append_start(record, run_key, err);
	if (!failed && record->statement.identity.start_seq == 0) {
		record->earlier = find_earlier(record);
	}
	return failed;
}

/* ---- the receipt */

static void fill_results(struct record *record, const struct run *run)
{
	struct statement *statement = &record->statement;

	statement->results = record_gates(&record->arena, run, statement->time.started_at);
	statement->targets = record_targets(&record->arena, run);
	statement->policy.waivers = run->waived;
	statement->totals = (struct statement_totals){
		.planned = (int64_t)run->counts.planned,
		.pass = (int64_t)run->counts.pass,
		.fail = (int64_t)run->counts.fail,
		.unknown = (int64_t)run->counts.unknown,
		.skip = (int64_t)run->counts.skip,
		.exit = run->exit,
	};
	statement->time.finished_at = record_time(&record->arena, run->finished_utc_ms);
	statement->time.duration_ms = run->duration_ms;
}

/** Under the lock: say where the receipt stands, append it, and hand its bytes out. */
static int append_receipt(struct record *record, struct str *entry, struct err *err)
{
	struct statement_identity *identity = &record->statement.identity;
	struct log_position position = {0};

	if (log_begin(record->log, &position, err)) {
		return -1;
	}
	identity->seq = position.seq;
	identity->prev = arena_text(&record->arena, position.prev);
	if (append(record, NULL, err) || log_entry(record->log, position.seq, entry, err)) {
		return -1;
	}
	record->log_index = position.seq;
	return 0;
}

int record_append_receipt(struct record *record, const struct repo *repo, enum file_sync sync,
			  struct err *err)
{
	AUTO(auto_str) struct str entry = {.max = ENVELOPE_BYTES};
	struct checkout_receipt receipt = {.sync = sync};
	int failed = append_receipt(record, &entry, err);

	log_end(record->log);
	receipt.run_key = record->statement.identity.run_key;
	receipt.bytes = str_view(&entry);
	return failed || checkout_write(repo, &receipt, &record->arena, &record->file, err) ? -1
											    : 0;
}

/** The receipt is as true without what is kept beside it. */
static void keep_outputs(struct record *record, const struct run *run)
{
	AUTO(auto_str) struct str state = {0};
	struct err err = {0};

	if (log_state_folder(&state, &err) || outputs_keep(str_text(&state), run, &err)) {
		record->unkept = arena_text(&record->arena, err.text);
	}
}

int record_finish(struct record *record, const struct run *run, struct err *err)
{
	bool is_staged = record->spec->options->is_staged;

	if (record->git.has_git && !record->spec->options->revision &&
	    (is_staged ? git_staged(run->repo->root, &record->git, &record->staged, err)
		       : git_dirtiness(run->repo->root, &record->git, err))) {
		return err_wrap(err, "what differs from the commit cannot be said");
	}
	record->statement.kind = STATEMENT_RECEIPT;
	fill_source(record);
	fill_results(record, run);
	keep_outputs(record, run);
	statement_fit(&record->statement);
	if (record_append_receipt(record, run->repo, is_staged ? FILE_SYNC_NO : FILE_SYNC_YES,
				  err)) {
		return -1;
	}
	if (is_staged && !log_wants_sync(record->log)) {
		return 0;
	}
	return log_sync(record->log, record->spec->key, err);
}

void record_release(struct record *record)
{
	git_question_release(&record->staged);
	log_free(record->log);
	arena_release(&record->arena);
	*record = (struct record){0};
}
