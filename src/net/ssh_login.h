/**
 * A login under way, for the files that step it: ssh.c up to the host key, ssh_auth.c from there.
 * Private to net/ssh*.c.
 */
#ifndef NET_SSH_LOGIN_H
#define NET_SSH_LOGIN_H

#include "net/agent.h"
#include "net/dial.h"
#include "net/ssh.h"
#include "net/ssh_forward.h"
#include "net/ssh_transport.h"

/** In order. */
enum login_state {
	AT_START,
	AT_CONNECT,
	AT_HANDSHAKE, /**< identification lines, key exchange */
	AT_HOST_KEY,
	AT_VERIFIED,   /**< a candidate, until somebody decides */
	AT_METHODS,    /**< ask for "none" */
	AT_PUBLIC_KEY, /**< ask whether the key would do, then sign */
	AT_REST,       /**< known but refused: ask what is offered now */
	AT_END,
};

enum signing_state {
	SIGNING_NOT_YET,
	SIGNING_ASKED,  /**< the agent is at it */
	SIGNING_DONE,   /**< `signature` is there */
	SIGNING_FAILED, /**< `outcome` and `err` say why */
};

/** The one signature of a login. */
struct ssh_signing {
	enum signing_state state;
	struct str offered;  /**< the public key, as the server is asked for it */
	bool is_certificate; /**< and it is a certificate; the plain key comes after it */
	bool is_plain;       /**< the certificate was not taken */
	struct str message;
	struct str algorithm;
	struct str signature;
	struct agent_call call;
	enum ssh_outcome outcome;
	struct err err;
};

struct ssh_login {
	struct task task;
	struct ssh_spec spec;
	struct ssh_facts facts;
	void (*ended)(const struct ssh_facts *facts, void *cookie);
	void *cookie;
	enum login_state state;
	struct dial dial;
	struct ssh_forward *forward; /**< instead of it, until it is open; NULL: none */
	struct ssh_transport transport;
	struct ssh_signing signing;
	void *self; /**< for the signing callback */
	int64_t start_ms;
	int64_t until_ms; /**< end of this phase */
	int64_t check_ms; /**< when a stall means that a human is asked; 0: never */
	bool is_in_kex;
	bool is_chosen; /**< may authenticate */
};

/** Go on with another state. The value is STEP_DONE. */
enum step ssh_go_on(struct ssh_login *login, enum login_state state);

/** The login is over. The value is STEP_DONE. */
enum step ssh_end(struct ssh_login *login, enum ssh_outcome outcome, const char *detail);

/** A new phase begins; it ends in `wanted_ms` (0: `default_ms`), or with the whole login. */
void ssh_begin_phase(struct ssh_login *login, int64_t wanted_ms, int64_t default_ms);

/**
 * Is what libssh2 answered with `code` to be tried again? Not on a connection that is gone: it
 * would be readable for ever.
 */
bool ssh_would_block(const struct ssh_login *login, int code);

/** What libssh2 said last. Only for a sentence: it may be an old message (ssh.md, trap 10). */
const char *ssh_library_message(const struct ssh_login *login);

/** The host has proven its key: authentication begins. */
enum step ssh_auth_begin(struct ssh_login *login);

/** Step AT_METHODS, AT_PUBLIC_KEY or AT_REST. */
enum step ssh_auth_step(struct ssh_login *login, struct wait *wait);

/** Which key is offered, and in which form; to be called when the server has named itself. */
void ssh_signing_begin(struct ssh_login *login);

/** The certificate was not taken: the plain key is next. False: there was none. */
bool ssh_signing_next(struct ssh_login *login);

/** The callback of libssh2_userauth_publickey; its `abstract` is the login. */
LIBSSH2_USERAUTH_PUBLICKEY_SIGN_FUNC(ssh_sign);

/**
 * While SIGNING_ASKED: wait for the agent alone, for libssh2 reads nothing meanwhile.
 *
 * @return STEP_DONE when the callback has something to give, or the login ended
 */
enum step ssh_signing_wait(struct ssh_login *login, struct wait *wait);

/** Can this libssh2 offer RSA keys only in a way that servers of today refuse (ssh.md, 1.2)? */
bool ssh_is_rsa_crippled(const struct ssh_login *login);

void ssh_signing_release(struct ssh_signing *signing);

#endif
