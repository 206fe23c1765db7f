#include "peer.h"

#include <errno.h>
#include <openssl/hmac.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "crypto/digest.h"
#include "crypto/wire.h"

#define SHARE_BYTES 32
#define MESSAGE_BYTES 65536U

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

void peer_open(struct peer *peer, int fd, const struct key *key)
{
	*peer = (struct peer){
		.fd = fd,
		.ident = "SSH-2.0-OpenSSH_9.9",
		.key = key,
		.key_exchange = "curve25519-sha256",
	};
}

void peer_close(struct peer *peer)
{
	(void)close(peer->fd);
	EVP_CIPHER_CTX_free(peer->in);
	EVP_CIPHER_CTX_free(peer->out);
	str_release(&peer->their_ident);
	str_release(&peer->ours);
	str_release(&peer->theirs);
	str_release(&peer->their_share);
	str_release(&peer->secret);
	str_release(&peer->heard);
}

/* ---- bytes */

static int write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR) {
			continue;
		}
		if (sent <= 0) {
			return -1;
		}
		bytes += sent;
		len -= (size_t)sent;
	}
	return 0;
}

int peer_write(struct peer *peer, const void *bytes, size_t len)
{
	const struct timespec pause = {peer->pause_ms / 1000, peer->pause_ms % 1000 * 1000000L};

	if (peer->pause_ms == 0) {
		return write_all(peer->fd, bytes, len);
	}
	for (size_t i = 0; i < len; i++) {
		if (write_all(peer->fd, (const char *)bytes + i, 1)) {
			return -1;
		}
		(void)nanosleep(&pause, NULL);
	}
	return 0;
}

static int read_all(struct peer *peer, unsigned char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t got = recv(peer->fd, bytes, len, 0);

		if (got < 0 && errno == EINTR) {
			continue;
		}
		if (got <= 0) {
			return -1;
		}
		bytes += got;
		len -= (size_t)got;
	}
	return 0;
}

void peer_drain(struct peer *peer)
{
	unsigned char bytes[4096];

	while (recv(peer->fd, bytes, sizeof(bytes), 0) > 0) {
	}
}

/* ---- packets (RFC 4253, section 6) */

static void mac_of(const unsigned char key[MAC_BYTES], uint32_t count, const struct str *packet,
		   unsigned char out[MAC_BYTES])
{
	struct str bytes = {0};

	wire_add_u32(&bytes, count);
	str_add_text(&bytes, str_view(packet));
	(void)HMAC(EVP_sha256(), key, MAC_BYTES, (const unsigned char *)bytes.at, bytes.len, out,
		   NULL);
	str_release(&bytes);
}

static void apply(EVP_CIPHER_CTX *cipher, unsigned char *bytes, size_t len)
{
	int ignored = 0;

	(void)EVP_CipherUpdate(cipher, bytes, &ignored, bytes, (int)len);
}

int peer_send(struct peer *peer, const struct str *message)
{
	static const char zeros[2 * AES_BLOCK];
	size_t padding = AES_BLOCK - (4 + 1 + message->len) % AES_BLOCK;
	struct str packet = {0};
	unsigned char mac[MAC_BYTES];
	int result = 0;

	padding += padding < 4 ? AES_BLOCK : 0;
	wire_add_u32(&packet, 1 + message->len + padding);
	str_add_char(&packet, (char)padding);
	str_add_text(&packet, str_view(message));
	str_add_bytes(&packet, zeros, padding);
	if (peer->out) {
		mac_of(peer->mac_out, peer->count_out, &packet, mac);
		apply(peer->out, (unsigned char *)packet.at, packet.len);
		str_add_bytes(&packet, mac, sizeof(mac));
	}
	peer->count_out++;
	result = peer_write(peer, packet.at, packet.len);
	str_release(&packet);
	return result;
}

int peer_send_empty(struct peer *peer, int number)
{
	struct str message = {0};
	int result = 0;

	str_add_char(&message, (char)number);
	result = peer_send(peer, &message);
	str_release(&message);
	return result;
}

/** Read one packet. @return the number of its message, or -1 */
static int read_packet(struct peer *peer)
{
	static const size_t head_len = 8;
	unsigned char packet[MESSAGE_BYTES + 4 + AES_BLOCK];
	unsigned char mac[MAC_BYTES];
	size_t first = peer->in ? AES_BLOCK : head_len;
	struct text head = {(const char *)packet, 4};
	unsigned len = 0;

	if (read_all(peer, packet, first)) {
		return -1;
	}
	if (peer->in) {
		apply(peer->in, packet, first);
	}
	if (!wire_take_u32(&head, &len) || len < 5 || len > MESSAGE_BYTES || len + 4 < first ||
	    read_all(peer, packet + first, len + 4 - first)) {
		return -1;
	}
	if (peer->in) {
		apply(peer->in, packet + first, len + 4 - first);
		if (read_all(peer, mac, sizeof(mac))) {
			return -1;
		}
	}
	if ((unsigned)packet[4] + 2 > len) {
		return -1;
	}
	peer->count_in++;
	str_clear(&peer->heard);
	str_add_bytes(&peer->heard, packet + 5, len - 1 - packet[4]);
	return packet[5];
}

int peer_read(struct peer *peer)
{
	int number = 0;

	do {
		number = read_packet(peer);
	} while ((number >= MSG_IGNORE && number <= MSG_DEBUG) || number == MSG_EXT_INFO);
	return number;
}

int peer_expect(struct peer *peer, int number)
{
	int heard = 0;

	do {
		heard = peer_read(peer);
	} while (heard >= 0 && heard != number);
	return heard < 0 ? -1 : 0;
}

/* ---- identification and key exchange (sections 4.2, 7 and 8; RFC 8731) */

int peer_hear_ident(struct peer *peer)
{
	unsigned char one = 0;

	str_clear(&peer->their_ident);
	while (one != '\n' && peer->their_ident.len < 256) {
		if (read_all(peer, &one, 1)) {
			return -1;
		}
		if (one != '\r' && one != '\n') {
			str_add_char(&peer->their_ident, (char)one);
		}
	}
	return 0;
}

int peer_say_ident(struct peer *peer)
{
	struct str line = {0};
	int result = 0;

	str_printf(&line, "%s\r\n", peer->ident);
	result = peer_write(peer, line.at, line.len);
	str_release(&line);
	return result;
}

int peer_say_kexinit(struct peer *peer)
{
	const char *const lists[] = {
		peer->key_exchange, "ssh-ed25519", "aes128-ctr", "aes128-ctr", "hmac-sha2-256",
		"hmac-sha2-256",    "none",        "none",       "",           "",
	};
	unsigned char cookie[16];

	random_bytes(cookie, sizeof(cookie));
	str_clear(&peer->ours);
	str_add_char(&peer->ours, MSG_KEXINIT);
	str_add_bytes(&peer->ours, cookie, sizeof(cookie));
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		wire_add_text(&peer->ours, text_of(lists[i]));
	}
	str_add_char(&peer->ours, 0);
	wire_add_u32(&peer->ours, 0);
	return peer_send(peer, &peer->ours);
}

int peer_hear_kexinit(struct peer *peer)
{
	if (peer_expect(peer, MSG_KEXINIT)) {
		return -1;
	}
	str_clear(&peer->theirs);
	str_add_text(&peer->theirs, str_view(&peer->heard));
	return 0;
}

int peer_hear_share(struct peer *peer)
{
	struct text rest = {0};
	struct text share = {0};

	if (peer_expect(peer, MSG_KEX_INIT)) {
		return -1;
	}
	rest = (struct text){peer->heard.at + 1, peer->heard.len - 1};
	if (!wire_take(&rest, &share) || share.len != SHARE_BYTES) {
		return -1;
	}
	str_clear(&peer->their_share);
	str_add_text(&peer->their_share, share);
	return 0;
}

/** Make our share and, with theirs, the secret. */
static int agree(struct peer *peer, unsigned char share[SHARE_BYTES])
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
	EVP_PKEY *other = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL,
						      (unsigned char *)peer->their_share.at,
						      peer->their_share.len);
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
	unsigned char secret[SHARE_BYTES];
	size_t len = SHARE_BYTES;
	size_t secret_len = sizeof(secret);
	bool is_done = key && other && context && EVP_PKEY_get_raw_public_key(key, share, &len) &&
		       EVP_PKEY_derive_init(context) > 0 &&
		       EVP_PKEY_derive_set_peer(context, other) > 0 &&
		       EVP_PKEY_derive(context, secret, &secret_len) > 0;

	EVP_PKEY_CTX_free(context);
	EVP_PKEY_free(other);
	EVP_PKEY_free(key);
	str_clear(&peer->secret);
	if (is_done) {
		wire_add_number(&peer->secret, secret, secret_len);
	}
	return is_done ? 0 : -1;
}

/** What both sides sign and derive keys from. */
static void hash_exchange(struct peer *peer, struct text host_key, struct text share)
{
	struct str all = {0};

	wire_add_text(&all, str_view(&peer->their_ident));
	wire_add_text(&all, text_of(peer->ident));
	wire_add_text(&all, str_view(&peer->theirs));
	wire_add_text(&all, str_view(&peer->ours));
	wire_add_text(&all, host_key);
	wire_add_text(&all, str_view(&peer->their_share));
	wire_add_text(&all, share);
	str_add_text(&all, str_view(&peer->secret));
	sha256(all.at, all.len, peer->exchange);
	str_release(&all);
}

int peer_say_share(struct peer *peer, bool is_forged)
{
	unsigned char share[SHARE_BYTES];
	unsigned char signature[ED25519_SIGNATURE_BYTES];
	struct public_key public_key;
	struct str host_key = {0};
	struct str signed_by = {0};
	struct str message = {0};
	int result = -1;

	if (agree(peer, share)) {
		return -1;
	}
	key_public(peer->key, &public_key);
	public_key_wire(&public_key, &host_key);
	hash_exchange(peer, str_view(&host_key), (struct text){(char *)share, sizeof(share)});
	if (!peer->in) {
		memcpy(peer->session, peer->exchange, sizeof(peer->session));
	}
	key_sign(peer->key, (struct text){(char *)peer->exchange, sizeof(peer->exchange)},
		 signature);
	signature[0] ^= is_forged ? 1U : 0U;
	wire_add_text(&signed_by, text_of("ssh-ed25519"));
	wire_add(&signed_by, signature, sizeof(signature));
	str_add_char(&message, MSG_KEX_REPLY);
	wire_add_text(&message, str_view(&host_key));
	wire_add(&message, share, sizeof(share));
	wire_add_text(&message, str_view(&signed_by));
	result = peer_send(peer, &message);
	str_release(&message);
	str_release(&signed_by);
	str_release(&host_key);
	return result;
}

/** One of the six keys (section 7.2). */
static void derive(const struct peer *peer, char letter, unsigned char out[32])
{
	struct str all = {0};

	str_add_text(&all, str_view(&peer->secret));
	str_add_bytes(&all, peer->exchange, sizeof(peer->exchange));
	str_add_char(&all, letter);
	str_add_bytes(&all, peer->session, sizeof(peer->session));
	sha256(all.at, all.len, out);
	str_release(&all);
}

/** From now on one direction uses the new keys, which have these three letters. */
static void change_keys(const struct peer *peer, const char letters[3], EVP_CIPHER_CTX **cipher,
			unsigned char mac[MAC_BYTES])
{
	unsigned char start[32];
	unsigned char key[32];

	derive(peer, letters[0], start);
	derive(peer, letters[1], key);
	derive(peer, letters[2], mac);
	EVP_CIPHER_CTX_free(*cipher);
	*cipher = EVP_CIPHER_CTX_new();
	(void)EVP_CipherInit_ex(*cipher, EVP_aes_128_ctr(), NULL, key, start, 1);
}

int peer_hear_newkeys(struct peer *peer)
{
	if (peer_expect(peer, MSG_NEWKEYS)) {
		return -1;
	}
	change_keys(peer, "ACE", &peer->in, peer->mac_in);
	return 0;
}

int peer_say_newkeys(struct peer *peer)
{
	if (peer_send_empty(peer, MSG_NEWKEYS)) {
		return -1;
	}
	change_keys(peer, "BDF", &peer->out, peer->mac_out);
	return 0;
}

int peer_refuse(struct peer *peer, const char *methods, bool is_partial)
{
	struct str message = {0};
	int result = 0;

	str_add_char(&message, MSG_USERAUTH_FAILURE);
	wire_add_text(&message, text_of(methods));
	str_add_char(&message, (char)is_partial);
	result = peer_send(peer, &message);
	str_release(&message);
	return result;
}
