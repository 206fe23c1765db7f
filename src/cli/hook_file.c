#include "cli/hook_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "cli/shell.h"
#include "crypto/digest.h"
#include "git/git.h"
#include "git/locate.h"

/** Ceilings: of a hook, and of what git says about a setting. */
#define HOOK_BYTES ((size_t)1024 * 1024)
#define SETTING_BYTES ((size_t)64 * 1024)

/** The last line of a hook of ours, before the digest of all lines above it. */
#define SEAL "# gaterun-hook sha256 "

static const char *const hook_names[HOOK_COUNT] = {
	[HOOK_PRE_COMMIT] = "pre-commit",
	[HOOK_PRE_MERGE_COMMIT] = "pre-merge-commit",
	[HOOK_PRE_PUSH] = "pre-push",
};

/* ---- where */

/**
 * The last value of core.hooksPath that the user has set. The very last one is that of our own
 * command line (git/git.c), which keeps git from running hooks.
 */
static int ask_hooks_path(const char *top, struct str *out, struct err *err)
{
	static const char *const args[] = {"config",         "-z", "--path", "--get-all",
					   "core.hooksPath", NULL};
	AUTO(auto_str) struct str answer = {.max = SETTING_BYTES};
	struct text rest = {0};
	struct text value = {0};
	struct text before = {0};
	struct text last = {0};

	if (git_run(top, args, SETTING_BYTES, &answer, err)) {
		return -1;
	}
	rest = str_view(&answer);
	while (rest.len > 0 && text_split(&rest, '\0', &value)) {
		before = last;
		last = value;
	}
	str_add_text(out, before);
	return 0;
}

static bool is_below(const char *path, const char *folder)
{
	size_t len = strlen(folder);

	return strncmp(path, folder, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

/** The folder as git would take it; a hook of ours must not run in repositories that never asked
 * for it. */
static int choose_folder(const struct git_place *git, struct str *out, struct err *err)
{
	AUTO(auto_str) struct str setting = {0};
	AUTO(auto_free) char *real = NULL;

	if (ask_hooks_path(git->top, &setting, err)) {
		return -1;
	}
	if (setting.len == 0) {
		str_printf(out, "%s/hooks", git->common_dir);
		return 0;
	}
	if (setting.at[0] != '/') {
		str_printf(out, "%s/", git->top);
	}
	str_add(out, setting.at);
	real = realpath(out->at, NULL);
	if (!real || (!is_below(real, git->top) && !is_below(real, git->common_dir))) {
		return err_set(err, ERR_INPUT,
			       "core.hooksPath is '%s', which %s; call the script of `gaterun hook "
			       "print` from the hook there, or give this repo a folder of its own",
			       setting.at,
			       real ? "other repositories may use too" : "does not exist");
	}
	return 0;
}

/** Where git is, of an ops repo that must be in one. */
static int find_git(const char *root, struct git_place *out, struct err *err)
{
	if (git_place_find(root, out, err)) {
		return -1;
	}
	return out->top ? 0 : err_set(err, ERR_ABSENT, "'%s' is not in a git work tree", root);
}

static void add_below(const struct git_place *git, struct str *out)
{
	if (git->prefix) {
		str_add_bytes(out, git->prefix, strlen(git->prefix) - 1);
	}
}

int hook_below(const char *root, struct str *out, struct err *err)
{
	AUTO(auto_git_place) struct git_place git = {0};

	if (find_git(root, &git, err)) {
		return -1;
	}
	add_below(&git, out);
	return 0;
}

int hook_place_find(const char *root, enum hook which, struct hook_place *out, struct err *err)
{
	AUTO(auto_git_place) struct git_place git = {0};
	struct str folder = {0};

	if (find_git(root, &git, err)) {
		return -1;
	}
	if (choose_folder(&git, &folder, err)) {
		str_release(&folder);
		return -1;
	}
	out->folder = folder;
	out->which = which;
	str_printf(&out->hook, "%s/%s", folder.at, hook_names[which]);
	str_printf(&out->local, "%s.local", out->hook.at);
	add_below(&git, &out->below);
	return 0;
}

void hook_place_release(struct hook_place *place)
{
	str_release(&place->folder);
	str_release(&place->hook);
	str_release(&place->local);
	str_release(&place->below);
}

/* ---- what */

static void add_seal(struct str *out)
{
	char digest[SHA256_HEX_BYTES];

	sha256_hex(out->at, out->len, digest);
	str_printf(out, SEAL "%s\n", digest);
}

/** The lines before gaterun is called; `pass_on` gives the other hook its input. */
static void add_head(enum hook which, const char *what, const char *pass_on, struct str *out)
{
	str_printf(out,
		   "#!/bin/sh\n"
		   "# Judges %s. `gaterun hook uninstall` takes it away; what\n"
		   "# stood here before is called like it with .local behind, and is run first.\n"
		   "local=$0.local\n"
		   "%s"
		   "if [ -x \"$local\" ]; then\n"
		   "\t%s\"$local\" \"$@\" || exit\n"
		   "fi\n"
		   "if ! command -v gaterun > /dev/null; then\n"
		   "\techo \"${0##*/}: gaterun is not in PATH, so nothing was checked\" >&2\n"
		   "\texit 1\n"
		   "fi\n",
		   what, which == HOOK_PRE_PUSH ? "pushed=$(cat)\n" : "", pass_on);
}

static void add_root(struct str *out, const char *below)
{
	if (*below) {
		str_add(out, " --root ");
		shell_quote(out, below);
	}
}

/** What is pushed are commits, which need not be checked out. */
static void add_push(const char *below, struct str *out)
{
	add_head(HOOK_PRE_PUSH, "what each branch or tag that is pushed ends with",
		 "printf '%s\\n' \"$pushed\" | ", out);
	str_add(out,
		"printf '%s\\n' \"$pushed\" | while read -r _ commit _ known; do\n"
		"\t# No commit: a branch is deleted, or a tag names something else.\n"
		"\tcommit=$(git rev-parse -q --verify \"$commit^{commit}\") || continue\n"
		"\tcase $known in\n"
		"\t*[!0]*) since=$(git rev-parse -q --verify \"$known^{commit}\") || since= ;;\n"
		"\t*) # a new branch: since the newest commit that the remote is known to have\n"
		"\t\tsince=$(git merge-base \"$commit\" $(git for-each-ref "
		"--format='%(objectname)' \\\n"
		"\t\t\t\"refs/remotes/$1/\") 2> /dev/null) || since= ;;\n"
		"\tesac\n"
		"\tgaterun verify fast --revision \"$commit\" ${since:+--since \"$since\"}");
	add_root(out, below);
	str_add(out, " < /dev/null || exit\ndone\n");
}

void hook_script(enum hook which, const char *below, struct str *out)
{
	struct str script = {0};

	if (which == HOOK_PRE_PUSH) {
		add_push(below, &script);
	} else {
		add_head(which, "what is about to be committed", "", &script);
		str_add(&script, "gaterun verify fast --staged");
		add_root(&script, below);
		str_add(&script,
			" && exit\n"
			"status=$?\n"
			"echo \"${0##*/}: nothing was committed; mend it and 'git add' it, or go without "
			"this hook: --no-verify\" >&2\n"
			"exit \"$status\"\n");
	}
	add_seal(&script);
	str_add_text(out, str_view(&script));
	str_release(&script);
}

/** Does the last line seal all lines above it? */
static bool is_sealed(struct text bytes)
{
	const size_t seal_len = strlen(SEAL) + SHA256_HEX_BYTES;
	AUTO(auto_str) struct str again = {0};

	if (bytes.len <= seal_len) {
		return false;
	}
	str_add_bytes(&again, bytes.at, bytes.len - seal_len);
	add_seal(&again);
	return text_equal(str_view(&again), bytes);
}

int hook_owner(const char *path, enum hook_owner *out, struct err *err)
{
	AUTO(auto_str) struct str bytes = {.max = HOOK_BYTES};
	struct stat info = {0};

	if (lstat(path, &info) < 0) {
		if (errno != ENOENT) {
			return err_errno(err, "look at '%s'", path);
		}
		*out = HOOK_ABSENT;
		return 0;
	}
	if (!S_ISREG(info.st_mode) || (size_t)info.st_size > HOOK_BYTES) {
		*out = HOOK_FOREIGN;
		return 0;
	}
	if (file_read(path, HOOK_BYTES, &bytes, err)) {
		return -1;
	}
	if (is_sealed(str_view(&bytes))) {
		*out = HOOK_OURS;
	} else {
		*out = strstr(str_text(&bytes), SEAL) ? HOOK_CHANGED : HOOK_FOREIGN;
	}
	return 0;
}

/* ---- in and out */

/** Move a file to where nothing is. */
static int move(const char *from, const char *to, struct err *err)
{
	struct stat info = {0};

	if (lstat(to, &info) == 0) {
		return err_set(err, ERR_BUSY, "'%s' exists already; move it away first", to);
	}
	if (rename(from, to) < 0) {
		return err_errno(err, "rename '%s' to '%s'", from, to);
	}
	return 0;
}

int hook_install(const struct hook_place *place, bool *has_moved, struct err *err)
{
	AUTO(auto_str) struct str script = {0};
	enum hook_owner owner = HOOK_ABSENT;
	struct err ignored = {0};

	hook_script(place->which, str_text(&place->below), &script);
	if (file_make_dirs(place->folder.at, 0755, err) ||
	    hook_owner(place->hook.at, &owner, err)) {
		return -1;
	}
	*has_moved = owner == HOOK_FOREIGN || owner == HOOK_CHANGED;
	if (owner == HOOK_OURS) {
		return file_replace(place->hook.at, str_view(&script), 0755, FILE_SYNC_NO, err);
	}
	if (*has_moved && move(place->hook.at, place->local.at, err)) {
		return -1;
	}
	if (file_create(place->hook.at, str_view(&script), 0755, FILE_SYNC_NO, err)) {
		if (*has_moved) {
			(void)move(place->local.at, place->hook.at, &ignored);
		}
		return -1;
	}
	return 0;
}

int hook_uninstall(const struct hook_place *place, enum hook_owner *owner, struct err *err)
{
	struct stat info = {0};

	if (hook_owner(place->hook.at, owner, err)) {
		return -1;
	}
	if (*owner == HOOK_ABSENT || (*owner == HOOK_FOREIGN && place->which != HOOK_PRE_COMMIT)) {
		return 0;
	}
	if (*owner != HOOK_OURS) {
		return err_set(err, ERR_INPUT,
			       "'%s' is not as gaterun wrote it, so it stays; remove its line that "
			       "calls gaterun by hand",
			       place->hook.at);
	}
	if (lstat(place->local.at, &info) == 0) {
		/* In one step, so that there is a hook at any time. */
		return rename(place->local.at, place->hook.at) < 0
			       ? err_errno(err, "rename '%s' to '%s'", place->local.at,
					   place->hook.at)
			       : 0;
	}
	return unlink(place->hook.at) < 0 ? err_errno(err, "remove '%s'", place->hook.at) : 0;
}
