/**
 * The server's side of one SSH connection, for servers that misbehave on purpose: each step of the
 * protocol can be heard, answered, answered wrongly or left out. Blocking; a connection is a
 * thread.
 *
 * Just enough of RFC 4253, 4252 and 4254 for one client: curve25519-sha256, ssh-ed25519,
 * aes128-ctr, hmac-sha2-256. What a client proves is not checked.
 */
#ifndef ZOO_PEER_H
#define ZOO_PEER_H

#include <openssl/evp.h>
#include <stdint.h>

#include "base/str.h"
#include "crypto/key.h"

/** Message numbers. */
enum {
	MSG_DISCONNECT = 1,
	MSG_IGNORE = 2,
	MSG_UNIMPLEMENTED = 3,
	MSG_DEBUG = 4,
	MSG_SERVICE_REQUEST = 5,
	MSG_SERVICE_ACCEPT = 6,
	MSG_EXT_INFO = 7,
	MSG_KEXINIT = 20,
	MSG_NEWKEYS = 21,
	MSG_KEX_INIT = 30,
	MSG_KEX_REPLY = 31,
	MSG_USERAUTH_REQUEST = 50,
	MSG_USERAUTH_FAILURE = 51,
	MSG_USERAUTH_SUCCESS = 52,
	MSG_USERAUTH_BANNER = 53,
	MSG_USERAUTH_PK_OK = 60,
	MSG_GLOBAL_REQUEST = 80,
	MSG_REQUEST_FAILURE = 82,
	MSG_CHANNEL_OPEN = 90,
	MSG_CHANNEL_CONFIRMATION = 91,
	MSG_CHANNEL_OPEN_FAILURE = 92,
	MSG_CHANNEL_WINDOW_ADJUST = 93,
	MSG_CHANNEL_DATA = 94,
	MSG_CHANNEL_EXTENDED_DATA = 95,
	MSG_CHANNEL_EOF = 96,
	MSG_CHANNEL_CLOSE = 97,
	MSG_CHANNEL_REQUEST = 98,
	MSG_CHANNEL_SUCCESS = 99,
	MSG_CHANNEL_FAILURE = 100,
};

#define AES_BLOCK 16
#define MAC_BYTES 32

struct peer {
	int fd;
	const char *ident;        /**< what it calls itself, without CR LF */
	const struct key *key;    /**< its host key */
	const char *key_exchange; /**< the methods it says it has */
	int pause_ms;             /**< after each byte it sends; 0: none */

	struct str their_ident;
	struct str ours; /**< our KEXINIT */
	struct str theirs;
	struct str their_share; /**< the client's half of the key exchange */
	unsigned char exchange[32];
	unsigned char session[32];
	struct str secret; /**< the shared one, as an mpint */
	EVP_CIPHER_CTX *in;
	EVP_CIPHER_CTX *out;
	unsigned char mac_in[MAC_BYTES];
	unsigned char mac_out[MAC_BYTES];
	uint32_t count_in;
	uint32_t count_out;
	struct str heard; /**< the message that was read last */
	unsigned channel; /**< the client's number of the channel that it opened last */
	char nonce[33];   /**< what frames the output of the last command */
};

/** A connection that was accepted; peer_close ends it. */
void peer_open(struct peer *peer, int fd, const struct key *key);

void peer_close(struct peer *peer);

/** Send bytes as they are. @return 0, or -1 when the client is gone */
int peer_write(struct peer *peer, const void *bytes, size_t len);

/** Send one message, encrypted if it is time for that. @return as peer_write */
int peer_send(struct peer *peer, const struct str *message);

/** Send a message that is its number and nothing else. */
int peer_send_empty(struct peer *peer, int number);

/** Read the next message that is not about nothing into `heard`. @return its number, or -1 */
int peer_read(struct peer *peer);

/** Read until a message with this number comes. @return 0, or -1 */
int peer_expect(struct peer *peer, int number);

/** Read until the client goes away. */
void peer_drain(struct peer *peer);

/** The steps of the protocol up to the keys: what is heard and what is answered. 0 or -1. */
int peer_hear_ident(struct peer *peer);
int peer_say_ident(struct peer *peer);
int peer_say_kexinit(struct peer *peer);
int peer_hear_kexinit(struct peer *peer);
int peer_hear_share(struct peer *peer);

/** @param is_forged  the signature is not that of the host key */
int peer_say_share(struct peer *peer, bool is_forged);
int peer_hear_newkeys(struct peer *peer);
int peer_say_newkeys(struct peer *peer);

/** Refuse a login; these methods may be tried instead. */
int peer_refuse(struct peer *peer, const char *methods, bool is_partial);

#endif
