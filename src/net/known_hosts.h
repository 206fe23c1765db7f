/**
 * A reader and matcher for OpenSSH's known_hosts (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT).
 *
 * Own code because libssh2's has gaps that matter here: markers are ignored, one bad line drops the
 * rest, wildcards do not match (see the commit). Names are target ids. Plain and hashed names, `*`,
 * `?` and `!` patterns, `[name]:port`, `@revoked`; `@cert-authority` lines are kept apart, because
 * host certificates are not supported. A line that cannot be read is a problem and drops only
 * itself.
 */
#ifndef NET_KNOWN_HOSTS_H
#define NET_KNOWN_HOSTS_H

#include <stdint.h>

#include "base/mem.h"
#include "base/vec.h"
#include "crypto/key.h"
#include "data/problem.h"

enum known_host_marker {
	KNOWN_HOST_PLAIN,
	KNOWN_HOST_REVOKED,
	KNOWN_HOST_AUTHORITY,
};

struct known_host {
	enum known_host_marker marker;
	struct text names; /**< the comma-separated patterns, or one hashed name */
	struct text type; /**< key type as written: ssh-ed25519, ecdsa-sha2-nistp256, ssh-rsa, … */
	struct text blob;        /**< the key's wire form, decoded */
	const char *fingerprint; /**< SHA256:… */
	struct place where;
};

struct known_hosts {
	const struct known_host *at;
	size_t len;
	const struct known_hosts_index *index; /**< made with the lines; NULL: there are none */
};

/** Parse a file; never fails as a whole. Bad lines become problems of kind PROBLEM_SYNTAX. */
void known_hosts_parse(struct arena *arena, const char *file, struct text bytes,
		       struct problems *problems, struct known_hosts *out);

/**
 * Name a key in wire form.
 *
 * @param type         the type it says it is, in the blob; empty if the blob is broken
 * @param fingerprint  OpenSSH's form: "SHA256:" and unpadded base64
 */
void host_key_describe(struct text blob, struct text *type, char fingerprint[FINGERPRINT_BYTES]);

/** A host as it is looked up; made once for many lines. */
struct host_name {
	struct str plain;     /**< its name, in lower case */
	struct str with_port; /**< "[name]:port" */
};

/** Fill a zeroed one. */
void host_name_fill(struct host_name *wanted, const char *name, uint16_t port);
void host_name_release(struct host_name *wanted);

/**
 * Does the line name the host? A plain name matches any port; `[name]:port` only that one; a
 * pattern either form, except that of port 22 there is the name alone.
 */
bool known_host_names(const struct known_host *line, const struct host_name *wanted);

/**
 * The next line that names the host, in the order of the file; whatever its marker. To find it,
 * names that lines spell out are looked up; patterns are compared one by one, and a hashed name
 * with each name that is asked for, once.
 *
 * @param next  zero for the first one; the number of the line after the one found
 * @return      NULL: there are no more
 */
const struct known_host *known_hosts_next(const struct known_hosts *hosts,
					  const struct host_name *wanted, size_t *next);

/** The @revoked line that names the host and has this key in wire form; NULL if there is none. */
const struct known_host *known_hosts_revoked(const struct known_hosts *hosts,
					     const struct host_name *wanted, struct text blob);

struct known_host_pins VEC(const struct known_host *);

/** Append the lines that pin keys for `name` and count, in the order of the file. */
void known_hosts_pins(const struct known_hosts *hosts, const char *name, uint16_t port,
		      struct known_host_pins *out);

/** Is a key of that type among them? (So that a key exchange asks for no other.) */
bool known_host_pins_have(const struct known_host_pins *pins, const char *type);

/** What the lines say about a key that `name` showed. */
enum host_key_answer {
	HOST_KEY_UNPINNED, /**< no line names it */
	HOST_KEY_PINNED,   /**< this very key is pinned for it */
	HOST_KEY_CHANGED,  /**< other keys are pinned for it */
	HOST_KEY_REVOKED,  /**< a @revoked line names it, or names everybody ("*"), with this key */
};

/**
 * Judge a key that `name` showed at `port`. Where lines name the very port, lines that only name
 * the name do not count, as in ssh(1).
 *
 * @param blob     its wire form; an empty one asks whether the name is pinned at all
 * @param matched  the line that decided; NULL for UNPINNED
 */
enum host_key_answer known_hosts_judge(const struct known_hosts *hosts, const char *name,
				       uint16_t port, struct text blob,
				       const struct known_host **matched);

#endif
