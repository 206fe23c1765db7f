/**
 * Writing a pin into the bytes of a known_hosts file. Pure: bytes in, bytes out.
 *
 * Lines that have nothing to do with the pin stay as they are, byte for byte, whether they can be
 * read or not.
 */
#ifndef NET_KNOWN_HOSTS_PIN_H
#define NET_KNOWN_HOSTS_PIN_H

#include "net/known_hosts.h"

/** A pin that somebody wants. */
struct host_pin {
	const char *name; /**< the target id */
	uint16_t port;
	struct text blob;    /**< the key in wire form */
	const char *comment; /**< stands behind the key; one printable line */
	bool replaces;       /**< the host's other keys are not pinned any more */
};

enum host_pin_answer {
	HOST_PIN_NEW,     /**< the file has to change */
	HOST_PIN_THERE,   /**< nothing has to be written */
	HOST_PIN_OTHER,   /**< another key is pinned, and it may not be replaced */
	HOST_PIN_PATTERN, /**< another key is pinned by a pattern, which may mean others as well */
	HOST_PIN_REVOKED, /**< a @revoked line has this key, whatever host that names */
	HOST_PIN_NO_NAME, /**< such a name cannot stand in known_hosts */
};

/**
 * Pin a key.
 *
 * @param hosts    what known_hosts_parse made of `bytes`
 * @param out      appended to for HOST_PIN_NEW: the whole file as it has to be
 * @param matched  the line that decided; NULL where none did
 */
enum host_pin_answer host_pin_write(struct text bytes, const struct known_hosts *hosts,
				    const struct host_pin *pin, struct str *out,
				    const struct known_host **matched);

/** Can it stand in known_hosts as a name, and mean just itself? */
bool host_pin_can_name(const char *name);

#endif
