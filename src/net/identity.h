/**
 * The one key a run logs in with, from the name of a file to the certainty that it can sign.
 *
 * The file holds a private key, or says which key of the agent is meant: it is a public key, or a
 * private one that is locked. No other key of the agent is ever shown to a server. The agent is
 * asked for a signature once before any packet, so that a key that is not there, or that asks a
 * human each time, is one finding and not one for each target.
 */
#ifndef NET_IDENTITY_H
#define NET_IDENTITY_H

#include "crypto/login_certificate.h"
#include "loop/loop.h"
#include "net/agent.h"

enum identity_state {
	IDENTITY_UNDECIDED, /**< the zero value: the agent has not answered yet */
	IDENTITY_USABLE,
	IDENTITY_ABSENT,          /**< no such file */
	IDENTITY_UNREADABLE,      /**< permission, a directory, not a key */
	IDENTITY_EXPOSED,         /**< others may read the private key */
	IDENTITY_LOCKED,          /**< needs a passphrase, and no agent has the key */
	IDENTITY_UNSUPPORTED,     /**< of a type that cannot be used */
	IDENTITY_AGENT_ABSENT,    /**< a public key, and no agent */
	IDENTITY_AGENT_LACKS_KEY, /**< a public key, and the agent does not have its private half */
	IDENTITY_AGENT_SILENT,    /**< the agent does not answer, perhaps because it asks a human */
	IDENTITY_AGENT_BROKEN,    /**< what it says is not what an agent says */
	IDENTITY_AGENT_REFUSED,   /**< it does not sign with this key */
};

struct identity_facts {
	enum identity_state state;
	struct err why;   /**< what the state means, unless usable or undecided */
	const char *hint; /**< what to do about it; NULL where the sentence says it all */
	const struct login_key *key; /**< when usable; its public half may be all there is */
	const char *agent;           /**< the socket of the agent that signs; NULL: the key does */
	struct text certificate;     /**< of the key, to be shown first; empty: none */
	struct err unused;           /**< why the certificate beside the key is not shown; code 0:
					nothing to say */
};

/**
 * May this certificate be shown? What it cannot be used for fills `err`.
 *
 * @param type  of its key
 */
bool judge_certificate(const struct login_certificate *certificate, const char *type,
		       int64_t now_utc, struct err *err);

struct identity;

/**
 * Read the key file, and ask the agent if that is needed.
 *
 * @param path   of the key file; borrowed
 * @param agent  path of the agent's socket; borrowed; NULL or "": none
 * @param ended  called once on the loop's thread when the facts are there, unless they are there
 *               when this returns
 */
struct identity *identity_open(struct loop *loop, const char *path, const char *agent,
			       void (*ended)(void *cookie), void *cookie);

/** What is known; changes until the state is decided. */
const struct identity_facts *identity_facts(const struct identity *identity);

/** Stop asking, and free; NULL is fine. `ended` is not called. */
void identity_free(struct identity *identity);

#endif
