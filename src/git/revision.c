#include "git/revision.h"

#include <string.h>

#include "base/cleanup.h"
#include "git/git.h"
#include "git/locate.h"

/** Ceiling of an object id and its newline. */
#define ID_BYTES ((size_t)256)

/** The id of the object with that name. */
static int ask_id(const char *root, const char *name, char out[REVISION_BYTES], struct err *err)
{
	const char *const args[] = {"rev-parse", "--verify", "-q", "--end-of-options", name, NULL};
	AUTO(auto_str) struct str answer = {.max = ID_BYTES};
	size_t len = 0;

	if (git_run(root, args, ID_BYTES, &answer, err)) {
		return -1;
	}
	len = strcspn(str_text(&answer), "\n");
	if (len == 0 || len >= REVISION_BYTES) {
		return err_set(err, ERR_PEER, "git rev-parse: unexpected '%.80s'",
			       str_text(&answer));
	}
	memcpy(out, answer.at, len);
	out[len] = '\0';
	return 0;
}

static bool is_shallow(const char *root)
{
	static const char *const args[] = {"rev-parse", "--is-shallow-repository", NULL};
	AUTO(auto_str) struct str answer = {.max = ID_BYTES};
	struct err ignored = {0};

	return git_run(root, args, ID_BYTES, &answer, &ignored) == 0 &&
	       text_starts(str_view(&answer), "true");
}

int revision_commit(const char *root, const char *revision, char out[REVISION_BYTES],
		    struct err *err)
{
	AUTO(auto_git_place) struct git_place place = {0};
	AUTO(auto_str) struct str name = {0};

	if (git_place_find(root, &place, err)) {
		return -1;
	}
	if (!place.git_dir) {
		return err_set(err, ERR_ABSENT, "'%s' is not in a git work tree", root);
	}
	str_printf(&name, "%s^{commit}", revision);
	if (ask_id(root, name.at, out, err) == 0) {
		return 0;
	}
	if (err->code != ERR_PEER) {
		return -1;
	}
	return err_set(err, ERR_ABSENT, "'%s' is no commit of this repository%s", revision,
		       is_shallow(root) ? ", which is a shallow clone and has only the newest ones "
					  "(`git fetch --unshallow` gets the others)"
					: "");
}

int revision_tree(const char *root, const char *commit, const char *below, char out[REVISION_BYTES],
		  struct err *err)
{
	AUTO(auto_str) struct str name = {0};

	str_printf(&name, "%s:%s", commit, below);
	if (ask_id(root, name.at, out, err) == 0) {
		return 0;
	}
	return err->code != ERR_PEER
		       ? -1
		       : err_set(err, ERR_ABSENT, "commit %.12s has no folder '%s'", commit, below);
}
