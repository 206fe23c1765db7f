/*
 * file_state: files of the repo that must be there, or must not, and what they are like without a
 * look at their text: executable, how many, whose, with which content.
 */
#include <string.h>
#include <unistd.h>

#include "base/codec.h"
#include "check/check.h"

/** Ceiling of a file whose content is compared. */
#define COMPARED_BYTES ((size_t)64 * 1024 * 1024)

enum file_wanted {
	FILE_PRESENT,
	FILE_ABSENT,
};

/** What a setting that need not be set demands. */
enum demand {
	DEMAND_NONE,
	DEMAND_YES,
	DEMAND_NO,
};

enum file_type {
	TYPE_ANY,
	TYPE_FILE,
	TYPE_DIRECTORY,
	TYPE_LINK,
};

struct file_state {
	struct texts paths;
	struct texts files;
	struct texts except;
	int wanted; /**< enum file_wanted */
	int64_t min;
	int64_t max;    /**< -1: no limit */
	int type;       /**< enum file_type */
	int executable; /**< enum demand */
	int tracked;    /**< enum demand */
	const char *max_mode_text;
	uint32_t max_mode; /**< with max_mode_text */
	bool is_own;
	const char *sha256;
	const char *same_as;
};

static const struct choice presences[] = {
	{"present", FILE_PRESENT, "each of `paths` is there"},
	{"absent", FILE_ABSENT, "none of them is"},
	{0},
};

static const struct choice demands[] = {
	{"any", DEMAND_NONE, "either"},
	{"yes", DEMAND_YES, "it is"},
	{"no", DEMAND_NO, "it is not"},
	{0},
};

static const struct choice file_types[] = {
	{"any", TYPE_ANY, "whatever there is"},
	{"file", TYPE_FILE, "a file, perhaps at the end of a link"},
	{"directory", TYPE_DIRECTORY, "a directory, perhaps at the end of a link"},
	{"link", TYPE_LINK, "a symbolic link"},
	{0},
};

static const struct field fields[] = {
	{"paths", FIELD_TEXTS, offsetof(struct file_state, paths),
	 .doc = "files or directories by name, from the root"},
	{"files", FIELD_TEXTS, offsetof(struct file_state, files),
	 .doc = "globs over the tracked files"},
	{"except", FIELD_TEXTS, offsetof(struct file_state, except),
	 .doc = "globs of files that are left out of `files`"},
	{"state", FIELD_CHOICE, offsetof(struct file_state, wanted), .choices = presences,
	 .fallback = "present", .doc = "what `paths` must be; of `files`, absent: there is none"},
	{"min", FIELD_INT, offsetof(struct file_state, min), .min = 0, .max = INT32_MAX,
	 .doc = "so many of `files` at least"},
	{"max", FIELD_INT, offsetof(struct file_state, max), .min = -1, .max = INT32_MAX,
	 .fallback = "-1", .doc = "so many of `files` at most; -1: no limit"},
	{"type", FIELD_CHOICE, offsetof(struct file_state, type), .choices = file_types,
	 .fallback = "any", .doc = "what each is"},
	{"executable", FIELD_CHOICE, offsetof(struct file_state, executable), .choices = demands,
	 .fallback = "any", .doc = "whether each can be run; of a staged file as git records it"},
	{"tracked", FIELD_CHOICE, offsetof(struct file_state, tracked), .choices = demands,
	 .fallback = "any", .doc = "whether git has each of `paths`"},
	{"max_mode", FIELD_TEXT, offsetof(struct file_state, max_mode_text),
	 .doc = "permissions that none exceeds, in octal: \"0600\"; of the work tree only"},
	{"own", FIELD_BOOL, offsetof(struct file_state, is_own),
	 .doc = "true: each belongs to whoever runs this; of the work tree only"},
	{"sha256", FIELD_TEXT, offsetof(struct file_state, sha256),
	 .doc = "the digest of the content of each, 64 hexadecimal digits"},
	{"same_as", FIELD_TEXT, offsetof(struct file_state, same_as),
	 .doc = "a file of the repo whose content each has"},
	{0},
};

static void check_mode(struct decode *decode, const struct gate *gate, struct file_state *self)
{
	const char *text = self->max_mode_text;
	size_t len = text ? strlen(text) : 0;

	if (!text) {
		return;
	}
	if (len < 3 || len > 4 || strspn(text, "01234567") != len) {
		decode_problem(decode, PROBLEM_VALUE, node_get(gate->with, "max_mode"),
			       "write permissions as chmod has them, in quotes: \"0600\"",
			       "'%s' is no mode", text);
		return;
	}
	for (size_t i = 0; i < len; i++) {
		self->max_mode = self->max_mode * 8 + (uint32_t)(text[i] - '0');
	}
}

static void check_settings(struct decode *decode, const struct gate *gate, void *settings)
{
	struct file_state *self = settings;
	size_t len = self->sha256 ? strlen(self->sha256) : 0;

	if (self->paths.len == 0 && self->files.len == 0) {
		problems_add(decode->problems, PROBLEM_MISSING, node_place(gate->node, "with"),
			     decode->source, NULL,
			     "a file_state gate needs 'paths' or 'files', or both");
	}
	globs_check(decode, &self->files);
	globs_check(decode, &self->except);
	check_mode(decode, gate, self);
	if (self->sha256 && (len != 64 || strspn(self->sha256, "0123456789abcdef") != len)) {
		decode_problem(decode, PROBLEM_VALUE, node_get(gate->with, "sha256"),
			       "as sha256sum prints it", "'%.80s' is no SHA-256 digest",
			       self->sha256);
	}
}

/** What is judged of one file. */
struct look {
	struct check *check;
	const struct file_state *self;
	const char *path;
	struct place named; /**< where the gate names it; of a glob the file itself */
	struct tree_stat stat;
};

/** A finding about the file. */
static struct finding *say(const struct look *look, enum verdict verdict, enum reason reason,
			   const char *what)
{
	struct finding *finding = check_add(look->check, verdict, reason,
					    check_text(look->check, "file:%s", look->path),
					    look->named, "'%s' %s", look->path, what);

	finding->detail = finding->message;
	return finding;
}

static void judge_type(const struct look *look)
{
	static const char *const wanted[] = {"", "a file", "a directory", "a symbolic link"};
	const struct tree_stat *stat = &look->stat;
	const char *is = stat->is_link        ? "a symbolic link"
			 : stat->is_directory ? "a directory"
					      : "a file";
	bool holds = true;

	switch ((enum file_type)look->self->type) {
	case TYPE_ANY:
		break;
	case TYPE_FILE:
		holds = !stat->is_directory;
		break;
	case TYPE_DIRECTORY:
		holds = stat->is_directory;
		break;
	case TYPE_LINK:
		holds = stat->is_link;
		break;
	}
	if (!holds) {
		(void)say(look, VERDICT_FAIL, REASON_FILE_TYPE,
			  check_text(look->check, "is %s, expected %s", is,
				     wanted[look->self->type]));
	}
}

static void judge_executable(const struct look *look)
{
	const char *path = look->path;

	if (look->self->executable == DEMAND_YES && !look->stat.is_executable) {
		say(look, VERDICT_FAIL, REASON_FILE_MODE, "is not executable")->hint =
			check_text(look->check, "git update-index --chmod=+x %s", path);
	}
	if (look->self->executable == DEMAND_NO && look->stat.is_executable &&
	    !look->stat.is_directory) {
		say(look, VERDICT_FAIL, REASON_FILE_MODE, "is executable")->hint =
			check_text(look->check, "git update-index --chmod=-x %s", path);
	}
}

/** What only the work tree knows. */
static void judge_permissions(const struct look *look)
{
	const struct file_state *self = look->self;
	uint32_t mode = look->stat.mode;

	if (!self->max_mode_text && !self->is_own) {
		return;
	}
	if (!look->stat.is_on_disk) {
		(void)say(look, VERDICT_UNKNOWN, REASON_FILE_UNREADABLE,
			  "has an owner and permissions only in the work tree");
		return;
	}
	if (self->max_mode_text && (mode & ~self->max_mode) != 0) {
		(void)say(look, VERDICT_FAIL, REASON_FILE_MODE,
			  check_text(look->check, "has mode %04o, expected at most %04o", mode,
				     self->max_mode));
	}
	if (self->is_own && look->stat.uid != getuid()) {
		(void)say(look, VERDICT_FAIL, REASON_FILE_OWNER,
			  check_text(look->check, "belongs to user %u, not to %u",
				     (unsigned)look->stat.uid, (unsigned)getuid()));
	}
}

static void judge_tracked(const struct look *look)
{
	struct tree *tree = look->check->context->repo->tree;
	bool is_tracked = tree_find(tree, look->path) != NULL;
	struct tree_list list = {0};
	struct err err = {0};

	if (look->self->tracked != DEMAND_NONE && tree_list(tree, &list, &err)) {
		(void)say(look, VERDICT_UNKNOWN, REASON_VCS_NONE,
			  check_text(look->check, "may be tracked or not: %s", err.text));
		return;
	}
	if (look->self->tracked == DEMAND_YES && !is_tracked) {
		(void)say(look, VERDICT_FAIL, REASON_FILE_UNTRACKED, "is not tracked by git");
	}
	if (look->self->tracked == DEMAND_NO && is_tracked) {
		(void)say(look, VERDICT_FAIL, REASON_FILE_TRACKED, "is tracked by git");
	}
}

/** The digest of a file; "" with a finding if there is none. */
static void digest_of(const struct look *look, const char *path, char out[SHA256_HEX_BYTES])
{
	struct text bytes = {0};
	struct err err = {0};
	enum tree_answer answer =
		tree_read(look->check->context->repo->tree, path, COMPARED_BYTES, &bytes, &err);

	out[0] = '\0';
	if (answer == TREE_OK) {
		sha256_hex(bytes.at, bytes.len, out);
		return;
	}
	(void)say(look, answer == TREE_ABSENT ? VERDICT_FAIL : VERDICT_UNKNOWN,
		  answer == TREE_ABSENT   ? REASON_FILE_ABSENT
		  : err.code == ERR_LIMIT ? REASON_FILE_TOO_LARGE
					  : REASON_FILE_UNREADABLE,
		  check_text(look->check, "cannot be compared: %s", err.text));
}

static void judge_content(const struct look *look)
{
	const struct file_state *self = look->self;
	char is[SHA256_HEX_BYTES];
	char other[SHA256_HEX_BYTES];

	if ((!self->sha256 && !self->same_as) || look->stat.is_directory) {
		return;
	}
	digest_of(look, look->path, is);
	if (self->sha256 && is[0] && strcmp(is, self->sha256) != 0) {
		(void)say(look, VERDICT_FAIL, REASON_FILE_DIFFERS,
			  check_text(look->check, "has SHA-256 %s, expected %s", is, self->sha256));
	}
	if (!self->same_as || !is[0]) {
		return;
	}
	digest_of(look, self->same_as, other);
	if (other[0] && strcmp(is, other) != 0) {
		(void)say(look, VERDICT_FAIL, REASON_FILE_DIFFERS,
			  check_text(look->check, "is not the same as '%s'", self->same_as));
	}
}

static void judge_one(struct look *look)
{
	judge_type(look);
	judge_executable(look);
	judge_permissions(look);
	judge_tracked(look);
	judge_content(look);
}

/** A path that the gate names. */
static void judge_path(struct look *look)
{
	bool is_wanted = look->self->wanted == FILE_PRESENT;
	struct err err = {0};

	look->check->result->checked++;
	switch (tree_stat(look->check->context->repo->tree, look->path, &look->stat, &err)) {
	case TREE_OK:
		if (is_wanted) {
			judge_one(look);
		} else {
			(void)say(look, VERDICT_FAIL, REASON_FILE_PRESENT, "must not be there");
		}
		return;
	case TREE_ABSENT:
		if (is_wanted) {
			(void)say(look, VERDICT_FAIL, REASON_FILE_ABSENT, "does not exist");
		}
		return;
	case TREE_REFUSED:
	case TREE_CONFLICTED:
		(void)say(look, VERDICT_UNKNOWN, REASON_FILE_UNREADABLE,
			  check_text(look->check, "cannot be looked at: %s", err.text));
		return;
	}
}

/** A tracked file that a glob chose. */
static void judge_listed(struct look *look)
{
	struct err err = {0};

	look->check->result->checked++;
	if (look->self->wanted == FILE_ABSENT) {
		(void)say(look, VERDICT_FAIL, REASON_FILE_PRESENT, "must not be there");
	} else if (tree_stat(look->check->context->repo->tree, look->path, &look->stat, &err) ==
		   TREE_OK) {
		judge_one(look);
	} else {
		(void)say(look, VERDICT_UNKNOWN, REASON_FILE_UNREADABLE,
			  check_text(look->check, "is tracked and cannot be looked at: %s",
				     err.text));
	}
}

static void judge_count(struct check *check, const struct file_state *self, int64_t count)
{
	bool is_few = count < self->min;
	bool is_many = self->max >= 0 && count > self->max;
	struct finding *finding = NULL;

	check->result->checked +=
		count == 0 && (self->min > 0 || self->max >= 0 || self->wanted == FILE_ABSENT);
	if (!is_few && !is_many) {
		return;
	}
	finding = check_add(check, VERDICT_FAIL, REASON_ASSERT_COUNT,
			    check_text(check, "gate:%s", check->gate->id),
			    node_place(check->gate->with, "files"),
			    "%lld files match, expected at %s %lld", (long long)count,
			    is_few ? "least" : "most", (long long)(is_few ? self->min : self->max));
	finding->detail = finding->message;
}

static void judge_files(struct check *check, const struct file_state *self)
{
	struct tree_list list = {0};
	struct err err = {0};
	int64_t count = 0;

	if (tree_list(check->context->repo->tree, &list, &err)) {
		(void)check_add(check, VERDICT_UNKNOWN, REASON_VCS_NONE,
				check_text(check, "gate:%s", check->gate->id), (struct place){0},
				"%s", err.text);
		return;
	}
	for (size_t i = 0; i < list.len; i++) {
		struct look look = {.check = check,
				    .self = self,
				    .path = list.at[i].path,
				    .named = {list.at[i].path, 0, 0}};

		if (globs_match(&self->files, look.path) &&
		    !globs_match(&self->except, look.path)) {
			judge_listed(&look);
			count++;
		}
	}
	judge_count(check, self, count);
}

static void judge(struct check *check)
{
	const struct file_state *self = check->settings;

	for (size_t i = 0; i < self->paths.len; i++) {
		struct look look = {.check = check,
				    .self = self,
				    .path = self->paths.at[i],
				    .named = self->paths.nodes[i]->where};

		judge_path(&look);
	}
	if (self->files.len > 0) {
		judge_files(check, self);
	}
}

const struct kind kind_file_state = {
	.name = "file_state",
	.doc = "Looks at files of the repo without reading what they say. Passes when those that must be there "
	       "are, and have the type, mode, owner and content that the gate demands",
	.fields = fields,
	.settings_size = sizeof(struct file_state),
	.mode = MODE_STATIC,
	.check_settings = check_settings,
	.judge = judge,
};
