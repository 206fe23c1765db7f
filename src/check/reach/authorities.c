#include "check/reach/authorities.h"

#include "git/tree.h"

bool authorities_read(struct check *check, const char *path, const struct tls_roots **out)
{
	static const enum reason reasons[] = {
		[TREE_OK] = REASON_FILE_UNREADABLE, /* read, and of no use */
		[TREE_ABSENT] = REASON_FILE_ABSENT,
		[TREE_REFUSED] = REASON_FILE_UNREADABLE,
		[TREE_CONFLICTED] = REASON_FILE_CONFLICTED,
	};
	struct text bytes = {0};
	struct err err = {0};
	enum tree_answer answer =
		tree_read(check->context->repo->tree, path, TLS_ROOTS_BYTES, &bytes, &err);

	if (answer == TREE_OK && tls_roots_read(check->context->tls, bytes, out, &err) == 0) {
		return true;
	}
	(void)check_add(check, VERDICT_UNKNOWN, reasons[answer], check_text(check, "file:%s", path),
			node_place(check->gate->with, "ca"), "%s: %s", path, err.text);
	return false;
}
