/* Logs that were here: each left a pin, the highest head of it ever seen (log.h). */
#include <dirent.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "base/file.h"
#include "receipt/intact.h"
#include "receipt/log_private.h"

/** The first two lines of a pin: whose it is, and how many entries it covers. */
static bool read_pin(const char *path, char origin[ORIGIN_BYTES], int64_t *size)
{
	AUTO(auto_str) struct str bytes = {0};
	struct err ignored = {0};
	struct text rest = {0};
	struct text line = {0};

	/* One that cannot be read counts as none: see log_read_pin. */
	if (log_read(path, CHECKPOINT_BYTES, &bytes, &ignored)) {
		return false;
	}
	rest = str_view(&bytes);
	if (!text_split(&rest, '\n', &line) || line.len == 0 || line.len >= ORIGIN_BYTES) {
		return false;
	}
	memcpy(origin, line.at, line.len);
	origin[line.len] = '\0';
	return text_split(&rest, '\n', &line) && parse_int(line, 1, INT64_MAX, size, &ignored) == 0;
}

/** Is it of this repo? "gaterun/<repo>/<16 hexadecimal digits>" */
static bool is_about(const char *origin, const char *repo_id)
{
	AUTO(auto_str) struct str start = {0};
	const char *end = strrchr(origin, '/');

	str_printf(&start, "gaterun/%s/", repo_id);
	return end && (size_t)(end - origin) + 1 == start.len &&
	       strncmp(origin, str_text(&start), start.len) == 0;
}

static void look_for(struct intact *intact, const char *state, const char *repo_id,
		     const char *name)
{
	AUTO(auto_str) struct str path = {0};
	char origin[ORIGIN_BYTES];
	char folder[LOG_NAME_BYTES];
	int64_t size = 0;

	str_printf(&path, "%s/seen/%s", state, name);
	if (!read_pin(str_text(&path), origin, &size) || !is_about(origin, repo_id)) {
		return;
	}
	origin_folder(origin, folder);
	str_clear(&path);
	/* Asked for last: a log is there before its pin is. */
	str_printf(&path, "%s/logs/%s/log.vkey", state, folder);
	if (strcmp(folder, name) == 0 && !file_exists(str_text(&path))) {
		*VEC_ADD(&intact->lost) = (struct intact_lost){
			.origin = arena_text(&intact->arena, origin),
			.folder = arena_printf(&intact->arena, "%s/logs/%s", state, folder),
			.size = size,
		};
	}
}

void intact_find_lost(struct intact *intact, const char *state, const char *repo_id)
{
	AUTO(auto_str) struct str path = {0};
	AUTO(auto_closedir) DIR *directory = NULL;
	struct dirent *entry = NULL;

	str_printf(&path, "%s/seen", state);
	directory = opendir(str_text(&path));
	while (directory && (entry = readdir(directory))) {
		if (strlen(entry->d_name) == LOG_NAME_BYTES - 1) {
			look_for(intact, state, repo_id, entry->d_name);
		}
	}
}
