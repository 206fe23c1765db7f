/**
 * The kinds of hostile servers: where in the protocol each leaves the path, what it does there, and
 * what a run has to say about it.
 *
 * To add one: a row in login.c or command.c; if it does something new, a function beside it.
 */
#ifndef ZOO_KINDS_H
#define ZOO_KINDS_H

#include "peer.h"

/** The protocol in order: what the client says at each place, and what a good server answers. */
enum phase {
	AT_ACCEPT,
	AT_IDENT,
	AT_KEXINIT,
	AT_SHARE, /**< the client's half of the key exchange, and the reply that proves the host */
	AT_NEWKEYS,
	AT_SERVICE,
	AT_NONE, /**< the first words that name a user */
	AT_PROBE,
	AT_SIGNATURE,
	AT_OPEN, /**< logged in: a channel for a command */
	AT_EXEC, /**< the command */
	AT_REST, /**< a good server serves until the client goes */
};

/** What a kind does when its phase has come and the client was heard. */
enum go {
	GO_END, /**< the connection is over */
	GO_ON,  /**< answer, and go on, as a good server would */
	GO_IN,  /**< the client is logged in by now */
};

struct kind {
	const char *name;
	enum phase at;
	enum go (*act)(struct peer *peer);
	const char *verdict; /**< of ssh_auth about it; from AT_OPEN on, of ssh_command */
	const char *reason;  /**< "-" for a pass; or one of several, as "a|b" */
	const char *ident;   /**< NULL: OpenSSH's */
};

/** Those that end a login, and those that let it pass; the last one of each has no name. */
extern const struct kind login_kinds[];
extern const struct kind command_kinds[];

/** All of them, one after the other; NULL behind the last. */
const struct kind *kind_at(size_t index);

/** Keys that every server of the zoo shares: the pinned one, another, and a revoked one. */
struct zoo_keys {
	struct key *pinned;
	struct key *other;
	struct key *revoked;
};

extern struct zoo_keys zoo_keys;

/** "ident", "service", … */
const char *phase_name(enum phase phase);

/**
 * Serve one connection, then close it.
 *
 * @param furthest  the last phase in which the client was heard
 */
void kind_serve(const struct kind *kind, int fd, enum phase *furthest);

#endif
