/**
 * The key that signs this user's receipts, and nothing else: the file that config.yaml names
 * (`signing_key`), else signing_ed25519 beside it.
 *
 * The file holds the private key, or says which key of the SSH agent is meant: it is a public key,
 * or a private one with a passphrase. The repo has no say in it.
 */
#ifndef CLI_SIGNING_H
#define CLI_SIGNING_H

#include "cli/cli.h"
#include "crypto/signing_key.h"
#include "net/agent_key.h"

/** Where the private half is. */
enum signing_place {
	SIGNING_IN_FILE,  /**< the file is enough */
	SIGNING_IN_AGENT, /**< the file is a public key */
	SIGNING_LOCKED,   /**< the file has a passphrase, so an agent must have it */
};

/** What signs. `{0}` is nothing. */
struct signing {
	struct signing_key key;
	struct key *own;         /**< NULL: an agent signs */
	struct agent_key *agent; /**< NULL: the key in memory signs */
};

/** What is known of the key without its private half. */
struct signing_public {
	const char *path; /**< in the arena */
	enum signing_place place;
	struct public_key key;
};

/** The path of the key's file, in the arena. 0; -1: no such place, or config.yaml is wrong. */
int signing_path(struct cli *cli, const char **out, struct err *err);

/** Make the key file. -1 with ERR_BUSY if there is one. */
int signing_make(struct cli *cli, struct key **out, struct err *err);

/**
 * Have the key ready to sign. The default one is made on the first use, which is said; one that
 * config.yaml names never is.
 *
 * @param context  in "ci" a missing default key is replaced by one for this run only, which is said
 * @param out      released by the caller
 * @return         0; -1 if there is a key that cannot sign now, or none can be made
 */
int signing_open(struct cli *cli, const char *context, struct signing *out, struct err *err);

/** As signing_open for a key that is there: -1 with ERR_ABSENT if it is not. */
int signing_open_existing(struct cli *cli, struct signing *out, struct err *err);

void signing_release(struct signing *signing);

static inline void auto_signing(struct signing *signing)
{
	signing_release(signing);
}

/** The public half, without a word, and without asking an agent: -1 with ERR_ABSENT if there is no
 * key. */
int signing_find_public(struct cli *cli, struct signing_public *out, struct err *err);

/** As signing_find_public. 0, or EXIT_DATA after having said why there is none. */
int signing_public(struct cli *cli, struct signing_public *out);

/** Have the key of any file ready to sign, as signing_open_existing. */
int signing_open_file(const char *path, struct signing *out, struct err *err);

/** Append the line of allowed_signers that makes others trust a key, for you@example.org. */
void signing_line(const struct public_key *key, struct str *out);

/** What to do about a log that is not sound: append a sentence about its folder and the key. */
void log_way_out(struct cli *cli, const char *folder, struct str *out);

#endif
