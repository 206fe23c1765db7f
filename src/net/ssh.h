/**
 * One SSH login as a task: dial, banner, key exchange, host key, "none", public key. Never anything
 * that a human could be asked. The only home of libssh2 is ssh.c (and the files beside it named
 * ssh_*.c).
 *
 * It has two halves. Until the host has proven a pinned key it is a *candidate*: one of several
 * addresses that may turn out to be the machine. Who gives `progress` decides between the halves
 * which candidate goes on (net/race.h); without it the login goes on by itself.
 *
 * Facts are collected, not judged: `struct ssh_facts` says how far the login got and what was seen;
 * check/reach/ssh_auth.c judges. Nothing that identifies the user is sent before the host proved a
 * pinned key.
 */
#ifndef NET_SSH_H
#define NET_SSH_H

#include "base/mem.h"
#include "crypto/login_key.h"
#include "loop/loop.h"
#include "net/address.h"
#include "net/known_hosts.h"
#include "net/ssh_session.h"

/** How a login ended (the outcomes of the classification table, in its order). */
enum ssh_outcome {
	SSH_NOT_TRIED, /**< the zero value */
	SSH_UNREACHABLE_REFUSED,
	SSH_UNREACHABLE_ROUTE,
	SSH_UNREACHABLE_TIMEOUT,
	SSH_FORWARD_PROHIBITED, /**< the jump host does not forward there */
	SSH_FORWARD_UNREACHED,  /**< nobody answers the jump host there */
	SSH_SILENT_PORT,        /**< accepts, says nothing */
	SSH_CLOSED_BEFORE_BANNER,
	SSH_THROTTLED,   /**< MaxStartups, "Not allowed at this time" */
	SSH_NOT_SSH,     /**< some other protocol, or garbage */
	SSH_TARPIT,      /**< lines without end, no "SSH-" */
	SSH_KEX_TIMEOUT, /**< banner, then silence */
	SSH_KEX_FAILED,  /**< the transport broke during key exchange */
	SSH_UNSUPPORTED_ALGORITHMS,
	SSH_HOST_UNPINNED, /**< no packet was sent */
	SSH_HOST_KEY_CHANGED,
	SSH_HOST_KEY_REVOKED,
	SSH_AUTH_INTERACTIVE_ONLY, /**< publickey is not offered */
	SSH_NEEDS_HUMAN_CHECK, /**< Tailscale SSH check mode: stalls at "none", or its banner asks
				*/
	SSH_POLICY_REJECTED,   /**< Tailscale SSH hung up: no rule of its policy lets us in */
	SSH_AUTH_TIMEOUT,
	SSH_AUTH_DENIED,
	SSH_AUTH_DENIED_RSA, /**< an RSA key, which this libssh2 cannot offer as servers want it */
	SSH_AGENT_ABSENT,    /**< the agent has gone since it was asked first */
	SSH_AGENT_SILENT,
	SSH_AGENT_BROKEN,
	SSH_AGENT_REFUSED,
	SSH_CONNECTION_LOST,
	SSH_LOGGED_IN,      /**< with the key */
	SSH_LOGGED_IN_NONE, /**< the server asked for nothing (a Tailscale SSH accept rule) */
	SSH_INTERNAL,       /**< ours: out of descriptors, libssh2 broke its contract */
};

/** How long each phase may take, in milliseconds. (Closing never waits.) */
#define SSH_CONNECT_MS 3000
#define SSH_BANNER_MS 3000
#define SSH_KEX_MS 5000
#define SSH_AUTH_MS 10000

/** A Tailscale SSH server that says nothing to "none" for so long waits for somebody's approval. */
#define SSH_CHECK_MS 1500

/** What a candidate has come to. */
enum ssh_progress {
	SSH_HEARD,    /**< it says that it is an SSH server */
	SSH_VERIFIED, /**< it has proven a pinned key, and waits for ssh_login_authenticate */
};

/** What the caller wants; everything is borrowed until the task ended. */
struct ssh_spec {
	const char *name; /**< the target id: its identity in known_hosts */
	struct address address;
	uint16_t port;
	const char *user;
	const struct known_hosts *hosts; /**< pinned keys */
	const struct login_key *key;     /**< the run's one identity */
	const char *agent;               /**< socket of the agent that signs; NULL: the key does */
	struct text certificate;         /**< of the key, shown before it; empty: none */
	int64_t connect_ms;              /**< 0: SSH_CONNECT_MS */
	int64_t banner_ms;               /**< 0: SSH_BANNER_MS */
	int64_t kex_ms;                  /**< 0: SSH_KEX_MS */
	int64_t auth_ms;                 /**< 0: SSH_AUTH_MS */
	int64_t check_ms;                /**< 0: SSH_CHECK_MS */
	int64_t sign_ms;                 /**< of the agent; 0: AGENT_SIGN_MS */
	int64_t deadline_ms;             /**< monotonic; the whole login */
	/**
	 * Called with the cookie of ssh_login_start, from inside a step, so it must not cancel;
	 * NULL: authenticate as soon as the host has proven its key.
	 */
	void (*progress)(enum ssh_progress progress, void *cookie);
	/**
	 * Only ask for the host's key: called with the key that it has proven, in wire form, and
	 * with the cookie of ssh_login_start; the task then ends with SSH_HOST_UNPINNED, whatever
	 * is pinned. Keys of the types that are pinned in `hosts` are asked for; where that is
	 * NULL, keys of any type, Ed25519 before others. No user is named, so `user` and `key` may
	 * be NULL. NULL: log in.
	 */
	void (*shown)(struct text host_key, void *cookie);
	/**
	 * The session of a jump host, which connects to `address` then. It stays open until the
	 * task ended, and as long as a session that was made through it. NULL: it is dialled here.
	 */
	struct ssh_session *via;
	/** Where to put the session once the login succeeded; the caller closes it. NULL: it is
	 * closed at once. */
	struct ssh_session **session;
};

/** What was seen. Texts are printable and bounded (256 bytes). */
struct ssh_facts {
	enum ssh_outcome outcome;
	char ident[256];   /**< the server's identification line or first text */
	char methods[256]; /**< authentication methods it offers, comma-separated */
	char banner[256];  /**< its authentication banner, where libssh2 gives it */
	char host_key_type[64];
	char host_key_fingerprint[FINGERPRINT_BYTES];
	char detail[256];             /**< what the library or the system said, for the sentence */
	const struct known_host *pin; /**< the line that decided; NULL: none */
	int64_t connect_ms;           /**< how long the TCP handshake took; -1: not done */
	int64_t verified_ms;          /**< from start until the host key was proven; -1: not */
	int64_t elapsed_ms;           /**< from start to end */
};

struct ssh_login;

/**
 * Start a login.
 *
 * @param ended  called once on the loop's thread with the facts (valid during the call only)
 * @return       a handle for ssh_login_cancel, valid until `ended` ran
 */
struct ssh_login *ssh_login_start(struct loop *loop, const struct ssh_spec *spec,
				  void (*ended)(const struct ssh_facts *facts, void *cookie),
				  void *cookie);

/** Let a candidate that is SSH_VERIFIED go on: only now is a user named and a key shown. */
void ssh_login_authenticate(struct ssh_login *login);

/** A number that changes whenever the server has answered a question, not with each byte of it. */
unsigned ssh_login_progress(const struct ssh_login *login);

/** What was seen so far. */
const struct ssh_facts *ssh_login_facts(const struct ssh_login *login);

/** End it now; `ended` is not called. */
void ssh_login_cancel(struct ssh_login *login);

/** Can this libssh2 show certificates of such keys (ssh.md, 1.1)? */
bool ssh_takes_certificate(const char *key_type);

/** "libssh2 1.10.0" for receipts and `version`. */
const char *ssh_library_version(void);

#endif
