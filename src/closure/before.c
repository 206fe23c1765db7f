#include "closure/before.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "closure/scope.h"
#include "git/git.h"
#include "git/revision.h"

/** Ceiling of the lines: a hundred bytes for each of half a million. */
#define LINES_BYTES ((size_t)64 * 1024 * 1024)

/** What git grep ends with when no line matches. */
#define NO_LINE "git grep: exit status 1"

/* ---- the lines */

/** One file of the commit: the first line of each key is that of its front matter. */
struct file {
	struct text path;
	struct text status;
	struct text ids[2]; /**< loop_id, id */
};

static void take_file(struct closed_before *before, const struct file *file)
{
	const char *status = arena_copy(&before->arena, file->status.at, file->status.len);

	for (size_t i = 0; i < 2 && scope_state_of(status) == SCOPE_CLOSED; i++) {
		if (file->ids[i].len > 0) {
			*VEC_ADD(&before->ids) =
				arena_copy(&before->arena, file->ids[i].at, file->ids[i].len);
		}
	}
}

/** The scalar behind the colon, without its quotes and the comment behind it. */
static struct text value_of(struct text line)
{
	const char *colon = memchr(line.at, ':', line.len);
	struct text value = {line.at, 0};
	const char *end = NULL;

	if (!colon) {
		return value;
	}
	value = text_trim((struct text){colon + 1, line.len - (size_t)(colon + 1 - line.at)});
	if (value.len > 1 && strchr("\"'", value.at[0])) {
		end = memchr(value.at + 1, value.at[0], value.len - 1);
		value.at++;
		value.len = end ? (size_t)(end - value.at) : value.len - 1;
		return value;
	}
	end = memmem(value.at, value.len, " #", 2);
	value.len = end ? (size_t)(end - value.at) : value.len;
	return text_trim(value);
}

static void take_line(struct file *file, struct text line)
{
	struct text key = text_trim(line);
	struct text *slot = NULL;

	while (key.len > 0 && strchr("\"'", key.at[0])) {
		key = (struct text){key.at + 1, key.len - 1};
	}
	slot = text_starts(key, "status")    ? &file->status
	       : text_starts(key, "loop_id") ? &file->ids[0]
					     : &file->ids[1];
	if (!slot->at) {
		*slot = value_of(line);
	}
}

void closed_before_take(struct closed_before *before, struct text lines)
{
	struct file file = {0};
	struct text line = {0};

	while (text_split(&lines, '\n', &line) && line.len > 0) {
		const char *end = memchr(line.at, '\0', line.len);
		struct text path = {line.at, end ? (size_t)(end - line.at) : 0};

		if (!end) {
			continue;
		}
		if (!file.path.at || !text_equal(file.path, path)) {
			take_file(before, &file);
			file = (struct file){.path = path};
		}
		line.len -= path.len + 1;
		line.at = end + 1;
		take_line(&file, line);
	}
	take_file(before, &file);
}

/* ---- git */

static int find_commit(const char *root, int64_t utc_ms, char out[REVISION_BYTES], struct err *err)
{
	AUTO(auto_str) struct str before = {0};
	AUTO(auto_str) struct str answer = {.max = REVISION_BYTES};
	const char *args[] = {"rev-list", "-1", NULL, "HEAD", NULL};
	struct text line = {0};

	/* git counts the second itself as before. */
	str_printf(&before, "--before=%lld", (long long)(utc_ms / 1000 - 1));
	args[2] = before.at;
	if (git_run(root, args, REVISION_BYTES, &answer, err)) {
		return -1;
	}
	line = text_trim(str_view(&answer));
	if (line.len == 0 || line.len >= REVISION_BYTES) {
		return err_set(err, ERR_ABSENT, "no commit is that old");
	}
	memcpy(out, line.at, line.len);
	out[line.len] = '\0';
	return 0;
}

void closed_before_read(const char *root, int64_t utc_ms, struct closed_before *out)
{
	static const char keys[] = "^[\"']?(status|loop_id|id)[\"']?[ \t]*:";
	AUTO(auto_str) struct str lines = {.max = LINES_BYTES};
	char commit[REVISION_BYTES];
	const char *args[] = {"grep", "-z", "-a", "-E", "-e", keys, commit, "--", "*.md", NULL};
	struct err err = {0};

	if (find_commit(root, utc_ms, commit, &err)) {
		return;
	}
	out->is_known = git_run(root, args, LINES_BYTES, &lines, &err) == 0 ||
			strcmp(err.text, NO_LINE) == 0;
	closed_before_take(out, str_view(&lines));
}

bool closed_before_holds(const struct closed_before *before, const char *id)
{
	for (size_t i = 0; i < before->ids.len; i++) {
		if (strcmp(before->ids.at[i], id) == 0) {
			return true;
		}
	}
	return false;
}

void closed_before_release(struct closed_before *before)
{
	VEC_RELEASE(&before->ids);
	arena_release(&before->arena);
}
