/**
 * A key that signs receipts (crypto/signing_key.h), and whose private half an SSH agent has.
 *
 * Nobody is asked anything: a key that wants a confirmation, that is bound to hosts, or whose agent
 * is locked, hangs or has died gives no signature, and the sentence says which it may be and what
 * to do. The agent signs once for nothing when the key is opened, so that one that hangs is known
 * before anybody holds a lock while it is waited for.
 */
#ifndef NET_AGENT_KEY_H
#define NET_AGENT_KEY_H

#include "crypto/signing_key.h"

struct agent_key;

/**
 * Find the key in the agent, and try it.
 *
 * @param path   its file: a public key, or a private one with a passphrase; of an Ed25519 key
 * @param agent  path of the agent's socket; NULL or "": there is none
 * @param out    freed by the caller
 * @return       0; -1 with the sentence, after AGENT_LIST_MS and AGENT_SIGN_MS (net/agent.h) at the
 *               most
 */
int agent_key_open(const char *path, const char *agent, struct agent_key **out, struct err *err);

/** What signs with it: a connection to the agent, and at most AGENT_SIGN_MS, for each signature. */
struct signing_key agent_key_signing(const struct agent_key *key);

/** NULL is fine. */
void agent_key_free(struct agent_key *key);

static inline void auto_agent_key(struct agent_key **key)
{
	agent_key_free(*key);
}

#endif
