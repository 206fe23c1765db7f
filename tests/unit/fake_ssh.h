/**
 * A scripted SSH server in a process of its own: it can break off, stall, flood or lie at any point
 * of a login, which no real server does on request. One key exchange (curve25519-sha256), one host
 * key (Ed25519), one cipher (aes256-ctr), one MAC (hmac-sha2-256); one connection.
 */
#ifndef TESTS_UNIT_FAKE_SSH_H
#define TESTS_UNIT_FAKE_SSH_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "base/str.h"
#include "crypto/digest.h"
#include "crypto/login_key.h"

/** Where something happens, in the order of a login. */
enum fake_point {
	FAKE_NEVER,
	FAKE_ACCEPT,
	FAKE_IDENT,
	FAKE_KEXINIT,
	FAKE_KEX_REPLY,
	FAKE_NEWKEYS,
	FAKE_SERVICE,
	FAKE_NONE,
	FAKE_PROBE,
	FAKE_SIGNED,
};

/** What happens there. */
enum fake_deed {
	FAKE_CLOSE,
	FAKE_RESET,
	FAKE_STALL,
	FAKE_DRIBBLE,      /**< a letter every few milliseconds */
	FAKE_FLOOD,        /**< lines without end */
	FAKE_GARBAGE,      /**< bytes that are no packet, then silence */
	FAKE_DISCONNECT,   /**< a disconnect message */
	FAKE_IGNORE_FLOOD, /**< well-formed packets that mean nothing, without end */
};

/** Its script; `{0}` lets everybody in with the key. */
struct fake_ssh {
	const char *ident; /**< NULL: SSH-2.0-Fake */
	struct text hello; /**< said before anything else */
	enum fake_point at;
	enum fake_deed deed;
	const struct key *host_key;
	const char *host_key_algorithms; /**< NULL: ssh-ed25519 */
	bool has_bad_signature;          /**< of the key exchange */
	bool accepts_none;
	bool refuses_key;
	const char *user_algorithm; /**< refuse all others; NULL: take any */
	bool names_user_algorithm;  /**< tell it to a client that asks (RFC 8308) */
	bool refuses_signature;
	bool wants_more;             /**< the key is good, but not enough */
	const char *methods;         /**< NULL: publickey,password */
	const char *auth_text;       /**< authentication banner */
	const char *auth_text_after; /**< a second one */
	size_t cut_after;            /**< close after so many bytes; 0: never */
	bool is_slow;                /**< bytes come one by one */
};

/** What the server saw is its exit status. */
enum fake_saw {
	FAKE_SAW_NOTHING,
	FAKE_SAW_SSH,       /**< the client's identification */
	FAKE_SAW_USER,      /**< a user name */
	FAKE_SAW_SIGNATURE, /**< a good signature of the user's key */
};

struct fake_running {
	pid_t pid;
	uint16_t port;
};

/** A key for the client. */
__attribute__((unused)) static struct login_key *fake_user(void)
{
	struct key *made = key_generate();
	struct login_key *key = login_key_from_key(made);

	key_free(made);
	return key;
}

/* ---- inside the server's process */

struct fake {
	const struct fake_ssh *script;
	int fd;
	enum fake_saw saw;
	size_t written;
	bool is_encrypted;
	EVP_CIPHER_CTX *to_client;
	EVP_CIPHER_CTX *from_client;
	unsigned char mac_to[32];
	unsigned char mac_from[32];
	uint32_t sent;
	uint32_t received;
	unsigned char session_id[32];
	struct str client_ident;
	struct str client_kexinit;
	struct str server_kexinit;
};

__attribute__((noreturn)) static void fake_exit(const struct fake *fake)
{
	_exit((int)fake->saw);
}

static void fake_write(struct fake *fake, const void *bytes, size_t len)
{
	const struct fake_ssh *script = fake->script;
	const unsigned char *at = bytes;

	while (len > 0) {
		bool is_cut = script->cut_after > 0 && fake->written + len > script->cut_after;
		size_t most = is_cut ? script->cut_after - fake->written : len;
		ssize_t sent = 0;

		if (most == 0) {
			fake_exit(fake);
		}
		sent = send(fake->fd, at, script->is_slow ? 1 : most, MSG_NOSIGNAL);
		if (sent <= 0) {
			fake_exit(fake);
		}
		fake->written += (size_t)sent;
		at += sent;
		len -= (size_t)sent;
	}
}

static void fake_read(struct fake *fake, void *bytes, size_t len)
{
	unsigned char *at = bytes;

	while (len > 0) {
		ssize_t got = recv(fake->fd, at, len, 0);

		if (got <= 0) {
			fake_exit(fake);
		}
		at += got;
		len -= (size_t)got;
	}
}

static void wire_u32(struct str *out, uint32_t value)
{
	unsigned char bytes[4] = {(unsigned char)(value >> 24), (unsigned char)(value >> 16),
				  (unsigned char)(value >> 8), (unsigned char)value};

	str_add_bytes(out, bytes, 4);
}

static void wire_string(struct str *out, const void *bytes, size_t len)
{
	wire_u32(out, (uint32_t)len);
	str_add_bytes(out, bytes, len);
}

static void wire_text(struct str *out, const char *text)
{
	wire_string(out, text, strlen(text));
}

static uint32_t wire_get_u32(struct text *rest)
{
	const unsigned char *at = (const unsigned char *)rest->at;
	uint32_t value = 0;

	if (rest->len < 4) {
		abort();
	}
	value = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
	rest->at += 4;
	rest->len -= 4;
	return value;
}

static struct text wire_get_string(struct text *rest)
{
	size_t len = wire_get_u32(rest);
	struct text string = {rest->at, len};

	if (len > rest->len) {
		abort();
	}
	rest->at += len;
	rest->len -= len;
	return string;
}

static void fake_mac(const unsigned char key[32], uint32_t number, const struct str *packet,
		     unsigned char out[32])
{
	struct str bytes = {0};
	unsigned len = 32;

	wire_u32(&bytes, number);
	str_add_text(&bytes, str_view(packet));
	(void)HMAC(EVP_sha256(), key, 32, (const unsigned char *)bytes.at, bytes.len, out, &len);
	str_release(&bytes);
}

static void fake_send(struct fake *fake, const struct str *payload)
{
	size_t block = fake->is_encrypted ? 16 : 8;
	size_t padding = block - (payload->len + 5) % block;
	struct str packet = {0};
	unsigned char mac[32];
	int len = 0;

	padding += padding < 4 ? block : 0;
	wire_u32(&packet, (uint32_t)(payload->len + 1 + padding));
	str_add_char(&packet, (char)padding);
	str_add_text(&packet, str_view(payload));
	while (padding-- > 0) {
		str_add_char(&packet, 0);
	}
	if (fake->is_encrypted) {
		fake_mac(fake->mac_to, fake->sent, &packet, mac);
		(void)EVP_EncryptUpdate(fake->to_client, (unsigned char *)packet.at, &len,
					(unsigned char *)packet.at, (int)packet.len);
	}
	fake_write(fake, packet.at, packet.len);
	if (fake->is_encrypted) {
		fake_write(fake, mac, sizeof(mac));
	}
	fake->sent++;
	str_release(&packet);
}

/** Read a packet; `payload` is replaced by what it carries. */
static void fake_receive(struct fake *fake, struct str *payload)
{
	size_t block = fake->is_encrypted ? 16 : 8;
	unsigned char bytes[40000];
	unsigned char mac[32];
	struct text head = {(const char *)bytes, 5};
	uint32_t len = 0;
	int done = 0;

	fake_read(fake, bytes, block);
	if (fake->is_encrypted) {
		(void)EVP_DecryptUpdate(fake->from_client, bytes, &done, bytes, (int)block);
	}
	len = wire_get_u32(&head);
	if (len + 4 < block || len > sizeof(bytes) - 4) {
		abort();
	}
	fake_read(fake, bytes + block, len + 4 - block);
	if (fake->is_encrypted) {
		(void)EVP_DecryptUpdate(fake->from_client, bytes + block, &done, bytes + block,
					(int)(len + 4 - block));
		fake_read(fake, mac, sizeof(mac));
	}
	fake->received++;
	str_clear(payload);
	str_add_bytes(payload, bytes + 5, len - 1 - bytes[4]);
}

/** Read until the client goes away. */
__attribute__((noreturn)) static void fake_drain(struct fake *fake)
{
	char bytes[1024];

	while (recv(fake->fd, bytes, sizeof(bytes), 0) > 0) {
		continue;
	}
	fake_exit(fake);
}

__attribute__((noreturn)) static void fake_reset(struct fake *fake)
{
	struct linger hard = {.l_onoff = 1};

	(void)setsockopt(fake->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	(void)close(fake->fd);
	fake_exit(fake);
}

__attribute__((noreturn)) static void fake_dribble(struct fake *fake)
{
	struct pollfd pause = {.fd = fake->fd};
	unsigned count = 0;

	while (true) {
		fake_write(fake, count % 7 == 6 ? "\n" : "x", 1);
		count++;
		(void)poll(&pause, 1, 5); /* wakes early only when the client has gone */
	}
}

/** Send something short without end. */
__attribute__((noreturn)) static void fake_flood(struct fake *fake, enum fake_deed deed)
{
	static const char nothing[1000];
	struct str ignore = {0};

	str_add_char(&ignore, 2);
	wire_string(&ignore, nothing, sizeof(nothing));
	while (true) {
		if (deed == FAKE_FLOOD) {
			fake_write(fake, "just another line\r\n", 19);
		} else {
			fake_send(fake, &ignore);
		}
	}
}

__attribute__((noreturn)) static void fake_disconnect(struct fake *fake)
{
	struct str payload = {0};

	str_add_char(&payload, 1);
	wire_u32(&payload, 2);
	wire_text(&payload, "go away \033[31m");
	wire_text(&payload, "");
	fake_send(fake, &payload);
	_exit((int)fake->saw);
}

static void fake_point(struct fake *fake, enum fake_point here)
{
	static const char garbage[] = "\x17\x03\x03\x7f\xff garbage that is no packet at all";

	if (fake->script->at != here) {
		return;
	}
	switch (fake->script->deed) {
	case FAKE_CLOSE:
		fake_exit(fake);
	case FAKE_RESET:
		fake_reset(fake);
	case FAKE_STALL:
		fake_drain(fake);
	case FAKE_DRIBBLE:
		fake_dribble(fake);
	case FAKE_GARBAGE:
		fake_write(fake, garbage, sizeof(garbage));
		fake_drain(fake);
	case FAKE_DISCONNECT:
		fake_disconnect(fake);
	case FAKE_FLOOD:
	case FAKE_IGNORE_FLOOD:
		fake_flood(fake, fake->script->deed);
	}
}

static void fake_idents(struct fake *fake, const char *ident)
{
	char byte = 0;

	fake_write(fake, ident, strlen(ident));
	fake_write(fake, "\r\n", 2);
	while (byte != '\n') {
		fake_read(fake, &byte, 1);
		if (byte != '\r' && byte != '\n') {
			str_add_char(&fake->client_ident, byte);
		}
	}
	fake->saw = FAKE_SAW_SSH;
}

static void fake_kexinit(struct fake *fake)
{
	const char *algorithms = fake->script->host_key_algorithms;
	const char *const lists[] = {"curve25519-sha256",
				     algorithms ? algorithms : "ssh-ed25519",
				     "aes256-ctr",
				     "aes256-ctr",
				     "hmac-sha2-256",
				     "hmac-sha2-256",
				     "none",
				     "none",
				     "",
				     ""};
	static const unsigned char zeros[16] = {0};

	str_add_char(&fake->server_kexinit, 20);
	str_add_bytes(&fake->server_kexinit, zeros, 16);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		wire_text(&fake->server_kexinit, lists[i]);
	}
	str_add_bytes(&fake->server_kexinit, zeros, 5);
	fake_send(fake, &fake->server_kexinit);
	fake_receive(fake, &fake->client_kexinit);
}

/** Agree on a secret with the client's point. */
static void fake_agree(struct text point, unsigned char own[32], unsigned char secret[32])
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
	EVP_PKEY *peer = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL,
						     (const unsigned char *)point.at, point.len);
	EVP_PKEY_CTX *agreement = EVP_PKEY_CTX_new(key, NULL);
	size_t len = 32;

	(void)EVP_PKEY_get_raw_public_key(key, own, &len);
	(void)EVP_PKEY_derive_init(agreement);
	(void)EVP_PKEY_derive_set_peer(agreement, peer);
	len = 32;
	(void)EVP_PKEY_derive(agreement, secret, &len);
	EVP_PKEY_CTX_free(agreement);
	EVP_PKEY_free(peer);
	EVP_PKEY_free(key);
}

/** A positive number (RFC 4251, mpint). */
static void wire_number(struct str *out, const unsigned char *bytes, size_t len)
{
	struct str number = {0};

	while (len > 0 && *bytes == 0) {
		bytes++;
		len--;
	}
	if (len > 0 && *bytes & 0x80) {
		str_add_char(&number, 0);
	}
	str_add_bytes(&number, bytes, len);
	wire_string(out, str_text(&number), number.len);
	str_release(&number);
}

/** Derive a key (RFC 4253, section 7.2). */
static void fake_derive(const struct str *secret, const unsigned char hash[32],
			const unsigned char session_id[32], char letter, unsigned char out[32])
{
	struct str bytes = {0};

	str_add_text(&bytes, str_view(secret));
	str_add_bytes(&bytes, hash, 32);
	str_add_char(&bytes, letter);
	str_add_bytes(&bytes, session_id, 32);
	sha256(bytes.at, bytes.len, out);
	str_release(&bytes);
}

static void fake_switch_keys(struct fake *fake, const struct str *secret,
			     const unsigned char hash[32])
{
	unsigned char iv[32];
	unsigned char key[32];

	memcpy(fake->session_id, hash, 32);
	fake->to_client = EVP_CIPHER_CTX_new();
	fake->from_client = EVP_CIPHER_CTX_new();
	fake_derive(secret, hash, hash, 'A', iv);
	fake_derive(secret, hash, hash, 'C', key);
	(void)EVP_DecryptInit_ex(fake->from_client, EVP_aes_256_ctr(), NULL, key, iv);
	fake_derive(secret, hash, hash, 'B', iv);
	fake_derive(secret, hash, hash, 'D', key);
	(void)EVP_EncryptInit_ex(fake->to_client, EVP_aes_256_ctr(), NULL, key, iv);
	fake_derive(secret, hash, hash, 'E', fake->mac_from);
	fake_derive(secret, hash, hash, 'F', fake->mac_to);
}

static void fake_key_exchange(struct fake *fake, const char *ident)
{
	struct str payload = {0};
	struct str secret = {0};
	struct str blob = {0};
	struct str transcript = {0};
	struct str signature = {0};
	struct text rest = {0};
	struct text point = {0};
	struct public_key public;
	unsigned char own[32];
	unsigned char shared[32];
	unsigned char hash[32];
	unsigned char raw[ED25519_SIGNATURE_BYTES];

	fake_receive(fake, &payload);
	rest = (struct text){payload.at + 1, payload.len - 1};
	point = wire_get_string(&rest);
	fake_agree(point, own, shared);
	wire_number(&secret, shared, 32);
	key_public(fake->script->host_key, &public);
	public_key_wire(&public, &blob);
	wire_string(&transcript, fake->client_ident.at, fake->client_ident.len);
	wire_text(&transcript, ident);
	wire_string(&transcript, fake->client_kexinit.at, fake->client_kexinit.len);
	wire_string(&transcript, fake->server_kexinit.at, fake->server_kexinit.len);
	wire_string(&transcript, blob.at, blob.len);
	wire_string(&transcript, point.at, point.len);
	wire_string(&transcript, own, 32);
	str_add_text(&transcript, str_view(&secret));
	sha256(transcript.at, transcript.len, hash);
	key_sign(fake->script->host_key, (struct text){(const char *)hash, 32}, raw);
	raw[0] ^= fake->script->has_bad_signature ? 1 : 0;
	wire_text(&signature, "ssh-ed25519");
	wire_string(&signature, raw, sizeof(raw));
	fake_point(fake, FAKE_KEX_REPLY);
	str_clear(&payload);
	str_add_char(&payload, 31);
	wire_string(&payload, blob.at, blob.len);
	wire_string(&payload, own, 32);
	wire_string(&payload, signature.at, signature.len);
	fake_send(fake, &payload);
	fake_point(fake, FAKE_NEWKEYS);
	str_clear(&payload);
	str_add_char(&payload, 21);
	fake_send(fake, &payload);
	fake_receive(fake, &payload);
	fake_switch_keys(fake, &secret, hash);
	fake->is_encrypted = true;
}

static void fake_fail(struct fake *fake, const char *methods, bool is_partial)
{
	struct str payload = {0};

	str_add_char(&payload, 51);
	wire_text(&payload, methods);
	str_add_char(&payload, is_partial);
	fake_send(fake, &payload);
	str_release(&payload);
}

static void fake_succeed(struct fake *fake)
{
	struct str payload = {0};

	str_add_char(&payload, 52);
	fake_send(fake, &payload);
	fake_drain(fake);
}

/** As OpenSSH: the type that begins an RSA key may be one of its algorithms. */
static bool fake_user_signed(struct text algorithm, struct text blob, struct text signature,
			     struct text message)
{
	struct login_key *key = NULL;
	struct str plain = {0};
	struct text type = wire_get_string(&blob);
	struct text how = wire_get_string(&signature);
	struct err err = {0};

	if (text_starts(type, "rsa-sha2-")) {
		type = text_of("ssh-rsa");
	}
	wire_string(&plain, type.at, type.len);
	str_add_text(&plain, blob);
	return login_key_from_blob(str_view(&plain), &key, &err) == 0 &&
	       text_equal(how, algorithm) &&
	       login_key_verifies(key, algorithm, message, wire_get_string(&signature));
}

/** Say by which algorithm a user's key may sign. */
static void fake_name_user_algorithm(struct fake *fake)
{
	struct str payload = {0};

	str_add_char(&payload, 7);
	wire_u32(&payload, 1);
	wire_text(&payload, "server-sig-algs");
	wire_text(&payload, fake->script->user_algorithm);
	fake_send(fake, &payload);
	str_release(&payload);
}

/** A request with the user's key: first without, then with a signature. */
static void fake_answer_key(struct fake *fake, struct text request, struct text rest)
{
	const struct fake_ssh *script = fake->script;
	bool is_signed = rest.at[0] != 0;
	struct text algorithm = {0};
	struct text blob = {0};
	struct text signature = {0};
	struct str bytes = {0};

	rest.at++;
	rest.len--;
	algorithm = wire_get_string(&rest);
	blob = wire_get_string(&rest);
	fake_point(fake, is_signed ? FAKE_SIGNED : FAKE_PROBE);
	if (script->refuses_key ||
	    (script->user_algorithm && !text_is(algorithm, script->user_algorithm))) {
		fake_fail(fake, "publickey,password", false);
		return;
	}
	if (!is_signed) {
		str_add_char(&bytes, 60);
		wire_string(&bytes, algorithm.at, algorithm.len);
		wire_string(&bytes, blob.at, blob.len);
		fake_send(fake, &bytes);
		return;
	}
	wire_string(&bytes, fake->session_id, 32);
	str_add_bytes(&bytes, request.at, (size_t)(rest.at - request.at));
	signature = wire_get_string(&rest);
	if (!fake_user_signed(algorithm, blob, signature, str_view(&bytes))) {
		fake_fail(fake, "publickey,password", false);
		return;
	}
	fake->saw = FAKE_SAW_SIGNATURE;
	if (script->refuses_signature) {
		fake_fail(fake, "publickey,password", false);
		return;
	}
	if (script->wants_more) {
		fake_fail(fake, "keyboard-interactive", true);
		return;
	}
	fake_succeed(fake);
}

/** Send an authentication banner, if there is one. */
static void fake_say(struct fake *fake, const char *text)
{
	struct str payload = {0};

	if (text) {
		str_add_char(&payload, 53);
		wire_text(&payload, text);
		wire_text(&payload, "");
		fake_send(fake, &payload);
	}
	str_release(&payload);
}

static void fake_answer_none(struct fake *fake)
{
	const struct fake_ssh *script = fake->script;
	const char *methods = script->methods ? script->methods : "publickey,password";

	fake_say(fake, script->auth_text);
	fake_say(fake, script->auth_text_after);
	fake_point(fake, FAKE_NONE);
	if (script->accepts_none) {
		fake_succeed(fake);
	}
	if (script->wants_more && fake->saw == FAKE_SAW_SIGNATURE) {
		methods = "keyboard-interactive";
	}
	fake_fail(fake, methods, false);
}

static void fake_authenticate(struct fake *fake)
{
	struct str payload = {0};

	if (fake->script->names_user_algorithm &&
	    memmem(fake->client_kexinit.at, fake->client_kexinit.len, "ext-info-c", 10)) {
		fake_name_user_algorithm(fake);
	}
	fake_receive(fake, &payload);
	fake_point(fake, FAKE_SERVICE);
	str_clear(&payload);
	str_add_char(&payload, 6);
	wire_text(&payload, "ssh-userauth");
	fake_send(fake, &payload);
	while (true) {
		struct text rest = {0};
		struct text method = {0};

		fake_receive(fake, &payload);
		if (payload.at[0] != 50) {
			fake_drain(fake); /* a farewell */
		}
		if (fake->saw < FAKE_SAW_USER) {
			fake->saw = FAKE_SAW_USER;
		}
		rest = (struct text){payload.at + 1, payload.len - 1};
		(void)wire_get_string(&rest);
		(void)wire_get_string(&rest);
		method = wire_get_string(&rest);
		if (text_is(method, "publickey")) {
			fake_answer_key(fake, str_view(&payload), rest);
		} else {
			fake_answer_none(fake);
		}
	}
}

static void fake_serve(const struct fake_ssh *script, int listener)
{
	struct fake fake = {.script = script, .saw = FAKE_SAW_NOTHING};
	const char *ident = script->ident ? script->ident : "SSH-2.0-Fake";
	int yes = 1;

	fake.fd = accept(listener, NULL, NULL);
	(void)setsockopt(fake.fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	(void)close(listener);
	fake_point(&fake, FAKE_ACCEPT);
	if (script->hello.len > 0) {
		fake_write(&fake, script->hello.at, script->hello.len);
	}
	fake_point(&fake, FAKE_IDENT);
	fake_idents(&fake, ident);
	fake_point(&fake, FAKE_KEXINIT);
	fake_kexinit(&fake);
	fake_key_exchange(&fake, ident);
	fake_authenticate(&fake);
}

/* ---- outside */

/** A listening socket on 127.0.0.`host`; on a free port if `port` is 0. @return -1 if it is taken
 */
static int fake_listen_at(unsigned host, int backlog, uint16_t *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(*port)};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + host);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) < 0 || listen(fd, backlog) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &len) < 0) {
		(void)close(fd);
		return -1;
	}
	*port = ntohs(address.sin_port);
	return fd;
}

/** A listening socket on a free port of 127.0.0.1. */
static int fake_listen(int backlog, uint16_t *port)
{
	int fd = -1;

	*port = 0;
	fd = fake_listen_at(1, backlog, port);
	if (fd < 0) {
		abort();
	}
	return fd;
}

/** Start the server on a listening socket, which it takes; the script must outlive it. */
static struct fake_running fake_start_on(const struct fake_ssh *script, int listener)
{
	struct fake_running running = {.pid = fork()};

	if (running.pid < 0) {
		abort();
	}
	if (running.pid == 0) {
		(void)alarm(30); /* never left behind, whatever happens to the test */
		fake_serve(script, listener);
		_exit(FAKE_SAW_NOTHING);
	}
	(void)close(listener);
	return running;
}

/** Start the server; the script must outlive it. */
static inline struct fake_running fake_start(const struct fake_ssh *script)
{
	uint16_t port = 0;
	int listener = fake_listen(1, &port);
	struct fake_running running = fake_start_on(script, listener);

	running.port = port;
	return running;
}

/** Wait until it is done. @return what it saw; -1 if it broke */
static int fake_finish(const struct fake_running *running)
{
	int status = 0;

	if (waitpid(running->pid, &status, 0) != running->pid || !WIFEXITED(status)) {
		return -1;
	}
	return WEXITSTATUS(status);
}

#endif
