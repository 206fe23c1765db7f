/**
 * What a server says before SSH begins: other lines perhaps, then "SSH-2.0-..." (RFC 4253, section
 * 4.2). Reads it byte by byte with ceilings, because libssh2 would follow lines without end and
 * never return (it did for 37 seconds); and tells other protocols, refusals and tarpits apart.
 */
#ifndef NET_SSH_BANNER_H
#define NET_SSH_BANNER_H

#include "base/str.h"

enum ssh_banner_state {
	BANNER_MORE,      /**< nothing is decided yet */
	BANNER_SEEN,      /**< the identification line is complete */
	BANNER_OLD,       /**< it identifies itself as SSH 1 */
	BANNER_NOT_SSH,   /**< another protocol, or bytes that are no text */
	BANNER_THROTTLED, /**< an SSH server that takes no more connections now */
	BANNER_TARPIT,    /**< more lines or bytes than any server needs */
};

/** Longest identification line without its end (RFC 4253: 255 with CR LF). */
#define SSH_IDENT_BYTES 253

/** `{0}` is ready. */
struct ssh_banner {
	enum ssh_banner_state state;
	size_t bytes;    /**< read so far */
	size_t lines;    /**< complete lines before the identification */
	char first[256]; /**< the first line, cut; shown when no identification comes */
	size_t first_len;
	char line[256]; /**< the line being read, cut; the identification in the end */
	size_t line_len;
};

/**
 * Read on until something is decided.
 *
 * @return how many bytes were taken; what follows the identification line is not
 */
size_t ssh_banner_read(struct ssh_banner *banner, struct text bytes);

/** The connection ends here: what was it, going by an unfinished line too? Never MORE. */
enum ssh_banner_state ssh_banner_end(struct ssh_banner *banner);

/** The identification, or the first text; raw bytes. */
struct text ssh_banner_text(const struct ssh_banner *banner);

#endif
