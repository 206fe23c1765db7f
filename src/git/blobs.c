#include "git/blobs.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "base/mem.h"
#include "git/git.h"
#include "loop/dialogue.h"

/** Bytes of the longest line that git says: an id, a type and a size. */
#define HEADER_MAX_BYTES ((size_t)256)

#define CHUNK_BYTES ((size_t)64 * 1024)

struct blobs {
	char *root;
	pthread_mutex_t lock; /**< what is below is behind it */
	struct dialogue *dialogue;
	struct err broken; /**< why git is not asked any more */
};

struct blobs *blobs_open(const char *root)
{
	struct blobs *blobs = mem_alloc(sizeof(*blobs));

	blobs->root = mem_copy(root, strlen(root));
	(void)pthread_mutex_init(&blobs->lock, NULL);
	return blobs;
}

void blobs_free(struct blobs *blobs)
{
	if (!blobs) {
		return;
	}
	dialogue_close(blobs->dialogue);
	(void)pthread_mutex_destroy(&blobs->lock);
	free(blobs->root);
	free(blobs);
}

static int nonsense(struct text line, struct err *err)
{
	int len = (int)(line.len < HEADER_MAX_BYTES ? line.len : HEADER_MAX_BYTES);

	return err_set(err, ERR_PEER, "unexpected '%.*s'", len, line.at);
}

int blob_header_parse(struct text line, struct text oid, size_t *size, struct err *err)
{
	AUTO(auto_str) struct str hex = {0};
	struct text rest = line;
	struct text part = {0};
	struct err ignored = {0};
	int64_t number = 0;

	hex_encode(&hex, oid.at, oid.len);
	if (!text_split(&rest, ' ', &part) || !text_equal(part, str_view(&hex)) || !rest.at) {
		return nonsense(line, err);
	}
	if (text_is(rest, "missing")) {
		return err_set(err, ERR_ABSENT, "the repository has no object %s", hex.at);
	}
	(void)text_split(&rest, ' ', &part);
	if (!rest.at || parse_int(rest, 0, INT64_MAX, &number, &ignored)) {
		return nonsense(line, err);
	}
	if (!text_is(part, "blob")) {
		return err_set(err, ERR_INPUT, "object %s is not a blob but a %.*s", hex.at,
			       (int)(part.len < 20 ? part.len : 20), part.at);
	}
	*size = (size_t)number;
	return 0;
}

static int start(struct blobs *blobs, struct err *err)
{
	static const char *const args[] = {"cat-file", "--batch", NULL};
	struct git_words argv = {0};
	int failed = 0;

	git_words(blobs->root, args, &argv);
	failed = dialogue_open(argv.at, git_environment, &blobs->dialogue, err);
	VEC_RELEASE(&argv);
	return failed;
}

/** The content and the newline behind it. */
static int read_content(struct blobs *blobs, size_t size, size_t max, struct str *out,
			struct err *err)
{
	AUTO(auto_free) char *chunk = mem_alloc(CHUNK_BYTES);
	size_t left = size;
	size_t got = 0;

	while (left > 0) {
		if (dialogue_read(blobs->dialogue, chunk, left < CHUNK_BYTES ? left : CHUNK_BYTES,
				  &got, err)) {
			return -1;
		}
		left -= got;
		str_add_bytes(out, chunk, got < max ? got : max);
		max -= got < max ? got : max;
	}
	if (dialogue_read(blobs->dialogue, chunk, 1, &got, err)) {
		return -1;
	}
	return chunk[0] == '\n' ? 0 : nonsense((struct text){chunk, 1}, err);
}

/**
 * One question and its answer.
 *
 * @param is_broken  whether the dialogue cannot go on: nobody knows where the next answer starts
 */
static int ask(struct blobs *blobs, struct text oid, size_t *size, bool *is_broken, struct err *err)
{
	AUTO(auto_str) struct str line = {0};

	*is_broken = true;
	hex_encode(&line, oid.at, oid.len);
	str_add_char(&line, '\n');
	if ((!blobs->dialogue && start(blobs, err)) ||
	    dialogue_write(blobs->dialogue, str_view(&line), err)) {
		return -1;
	}
	str_clear(&line);
	if (dialogue_read_line(blobs->dialogue, HEADER_MAX_BYTES, &line, err)) {
		return -1;
	}
	if (blob_header_parse(str_view(&line), oid, size, err)) {
		/* What is missing has no content that would follow. */
		*is_broken = err->code != ERR_ABSENT;
		return -1;
	}
	return 0;
}

/** Behind the lock. */
static int read_blob(struct blobs *blobs, struct text oid, size_t max, struct str *out,
		     size_t *size, struct err *err)
{
	size_t start_len = out->len;
	bool is_broken = false;

	if (blobs->broken.code != ERR_NONE) {
		*err = blobs->broken;
		return -1;
	}
	if (ask(blobs, oid, size, &is_broken, err) == 0) {
		if (read_content(blobs, *size, max, out, err) == 0) {
			return 0;
		}
		is_broken = true;
		str_cut(out, start_len);
	}
	if (is_broken) {
		(void)err_wrap(err, "git cat-file");
		blobs->broken = *err;
		dialogue_close(blobs->dialogue);
		blobs->dialogue = NULL;
	}
	return -1;
}

int blobs_read(struct blobs *blobs, struct text oid, size_t max, struct str *out, size_t *size,
	       struct err *err)
{
	size_t found = 0;
	int failed = 0;

	(void)pthread_mutex_lock(&blobs->lock);
	failed = read_blob(blobs, oid, max, out, &found, err);
	(void)pthread_mutex_unlock(&blobs->lock);
	if (!failed) {
		*size = found;
	}
	return failed;
}
