#include "run/durations.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "crypto/digest.h"

/** First word of a file; another form, another number. */
#define MAGIC "gaterun-durations-1 "

/** Ceiling of a file: a line is at most 20 bytes. */
#define FILE_BYTES ((size_t)32 * 1024)

/** Longest that is believed: a gate may take an hour. */
#define LONGEST_MS 3600000

/* ---- what is known */

static struct duration *find(const struct durations *durations, const char *id)
{
	for (size_t i = 0; durations && i < durations->len; i++) {
		if (strcmp(durations->at[i].id, id) == 0) {
			return &durations->at[i];
		}
	}
	return NULL;
}

int64_t durations_of(const struct durations *durations, const char *id)
{
	const struct duration *known = find(durations, id);

	return known ? known->ms : -1;
}

static void add(struct durations *durations, const char *id, int64_t ms)
{
	struct duration *duration = NULL;

	if (durations->len < DURATIONS_MAX) {
		duration = VEC_ADD(durations);
		(void)snprintf(duration->id, sizeof(duration->id), "%s", id);
		duration->ms = ms;
	}
}

/* ---- learning */

static bool is_cut(const struct result *result)
{
	for (size_t i = 0; i < result->findings.len; i++) {
		enum reason reason = result->findings.at[i].reason;

		if (reason == REASON_RUN_BUDGET || reason == REASON_RUN_DEADLINE ||
		    reason == REASON_RUN_TIMEOUT || reason == REASON_COMMAND_TIMEOUT) {
			return true;
		}
	}
	return false;
}

/** Did it run, from its begin, on all that it is about? */
static bool shows_something(const struct result *result)
{
	return result->reason == REASON_NONE && result->started_utc_ms != 0 &&
	       !result->is_narrowed && !result->is_part;
}

static int64_t estimate(int64_t known_ms, const struct result *result)
{
	int64_t now_ms = result->duration_ms < LONGEST_MS ? result->duration_ms : LONGEST_MS;
	int64_t ms = known_ms < 0 ? now_ms : (known_ms + now_ms) / 2;

	if (is_cut(result)) {
		ms = known_ms > now_ms ? known_ms : now_ms;
	}
	return (ms + DURATIONS_STEP_MS / 2) / DURATIONS_STEP_MS * DURATIONS_STEP_MS;
}

/** Of gates that are no more. */
static bool forget(struct durations *durations, const struct gates *gates)
{
	size_t kept = 0;
	size_t before = durations->len;

	for (size_t i = 0; i < before; i++) {
		if (gates_find(gates, durations->at[i].id)) {
			durations->at[kept++] = durations->at[i];
		}
	}
	durations->len = kept;
	return kept < before;
}

bool durations_learn(struct durations *durations, const struct run *run)
{
	bool has_changed = forget(durations, &run->repo->gates);

	for (size_t i = 0; i < run->result_count; i++) {
		const struct result *result = &run->results[i];
		struct duration *known = find(durations, result->gate->id);
		int64_t ms = 0;

		if (!shows_something(result)) {
			continue;
		}
		ms = estimate(known ? known->ms : -1, result);
		has_changed = has_changed || ms != (known ? known->ms : 0);
		if (known) {
			known->ms = ms;
		} else {
			add(durations, result->gate->id, ms);
		}
	}
	return has_changed;
}

/* ---- the file */

static void digest_root(const char *root, char out[SHA256_HEX_BYTES])
{
	sha256_hex(root, strlen(root), out);
}

/** "D45 1200" */
static bool parse_line(struct text line, struct durations *out)
{
	struct text id = {0};
	char name[9] = "";
	int64_t ms = 0;

	if (!text_split(&line, ' ', &id) || id.len >= sizeof(name) || line.len == 0 ||
	    line.len > 7) {
		return false;
	}
	memcpy(name, id.at, id.len);
	for (size_t i = 0; i < line.len; i++) {
		if (line.at[i] < '0' || line.at[i] > '9') {
			return false;
		}
		ms = ms * 10 + (line.at[i] - '0');
	}
	if (!gate_id_is_valid(name) || ms > LONGEST_MS || find(out, name) ||
	    out->len == DURATIONS_MAX) {
		return false;
	}
	add(out, name, ms);
	return true;
}

bool durations_parse(struct text bytes, const char *root, struct durations *out)
{
	char digest[SHA256_HEX_BYTES];
	struct durations found = {0};
	struct text line = {0};

	digest_root(root, digest);
	if (bytes.len == 0 || bytes.at[bytes.len - 1] != '\n') {
		return false;
	}
	bytes.len--;
	if (!text_split(&bytes, '\n', &line) || !text_starts(line, MAGIC) ||
	    !text_is((struct text){line.at + strlen(MAGIC), line.len - strlen(MAGIC)}, digest)) {
		return false;
	}
	while (text_split(&bytes, '\n', &line)) {
		if (!parse_line(line, &found)) {
			VEC_RELEASE(&found);
			return false;
		}
	}
	*out = found;
	return true;
}

void durations_write(const struct durations *durations, const char *root, struct str *out)
{
	char digest[SHA256_HEX_BYTES];

	digest_root(root, digest);
	str_printf(out, MAGIC "%s\n", digest);
	for (size_t i = 0; i < durations->len; i++) {
		str_printf(out, "%s %lld\n", durations->at[i].id, (long long)durations->at[i].ms);
	}
}

static void path_of(const char *state, const char *root, struct str *out)
{
	char digest[SHA256_HEX_BYTES];

	digest_root(root, digest);
	str_printf(out, "%s/durations/%.2s", state, digest);
}

void durations_load(const char *state, const char *root, struct durations *out)
{
	AUTO(auto_str) struct str path = {0};
	AUTO(auto_str) struct str bytes = {0};
	struct err ignored = {0};

	path_of(state, root, &path);
	if (file_read(path.at, FILE_BYTES, &bytes, &ignored) == 0) {
		(void)durations_parse(str_view(&bytes), root, out);
	}
}

void durations_save(const char *state, const char *root, const struct durations *durations)
{
	AUTO(auto_str) struct str folder = {0};
	AUTO(auto_str) struct str path = {0};
	AUTO(auto_str) struct str bytes = {.max = FILE_BYTES};
	struct err ignored = {0};

	str_printf(&folder, "%s/durations", state);
	path_of(state, root, &path);
	durations_write(durations, root, &bytes);
	if (!bytes.overflow && file_make_dirs(folder.at, 0700, &ignored) == 0) {
		(void)file_replace(path.at, str_view(&bytes), 0600, FILE_SYNC_NO, &ignored);
	}
}
