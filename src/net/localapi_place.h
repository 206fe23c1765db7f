/**
 * Where the daemon of this machine listens, by platform (tailscale.md, section 1.1).
 *
 * A unix socket, or on a Mac with one of the apps a port of loopback with a token that a file has.
 * The files are looked at in directories that the caller names, so that all forms can be tested
 * anywhere.
 */
#ifndef NET_LOCALAPI_PLACE_H
#define NET_LOCALAPI_PLACE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/** Longest path of a socket, with its NUL (108 of sockaddr_un on Linux, 104 on macOS). */
#define LOCALAPI_SOCKET_BYTES 104

/** Bytes of a token with its NUL; it is 20 hexadecimal digits. */
#define LOCALAPI_TOKEN_BYTES 64

/** One way to the daemon. */
struct localapi_place {
	char socket[LOCALAPI_SOCKET_BYTES]; /**< ""; or the path of the socket */
	uint16_t port;                      /**< on 127.0.0.1, with the token; 0: a socket */
	char token[LOCALAPI_TOKEN_BYTES];   /**< a secret */
};

/** Most places that are tried. */
#define LOCALAPI_PLACES_MAX 4

/** Where it may be, likeliest first; one at least. */
struct localapi_places {
	struct localapi_place at[LOCALAPI_PLACES_MAX];
	size_t len;
};

/** Where files that say it may be. */
struct localapi_folders {
	const char *standalone; /**< of the standalone app, "/Library/Tailscale"; NULL: none */
	const char *containers; /**< of the App Store app's user, "…/Group Containers"; NULL */
	const char *const *sockets; /**< by preference; ends with NULL; one at least */
};

/** One socket and nothing else: what the operator says. -1 with ERR_LIMIT if the path is too long.
 */
int localapi_places_of_socket(const char *socket, struct localapi_places *out, struct err *err);

/** What there is in these folders; the first socket if there is nothing at all. */
void localapi_places_find(const struct localapi_folders *folders, struct localapi_places *out);

/**
 * As localapi_places_find, for the platform that this is. QNAP's socket is in a folder where
 * anybody may make one, so there the operator has to name it (`tailscaled_socket` in gaterun.yaml).
 */
void localapi_places_default(struct localapi_places *out);

/** The sockets that a tailscaled of another machine may have, whatever that is, likeliest first. */
void localapi_places_remote(struct localapi_places *out);

/** "the socket /run/…", "port 41112 of this machine": a place in words, without its token. */
void localapi_place_text(const struct localapi_place *place, char *out, size_t size);

#endif
