#include "net/ssh_transport.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

/** Bytes of one step: a login needs about 4 KB, a flood is cut into rounds. */
#define STEP_BYTES ((size_t)16 * 1024)

/** After shutdown() one try is enough (ssh.md, trap 5); never a loop without end. */
#define FREE_TRIES 8

/** Best first; libssh2's own order would take DH before ECDH with some versions. */
static const char *const kex_methods[] = {
	"curve25519-sha256",
	"curve25519-sha256@libssh.org",
	"ecdh-sha2-nistp256",
	"ecdh-sha2-nistp384",
	"ecdh-sha2-nistp521",
	"diffie-hellman-group16-sha512",
	"diffie-hellman-group14-sha256",
	NULL,
};

/** Not GCM, chacha20 or encrypt-then-MAC: their code had the pre-auth holes of 2026 (ssh.md, 1.4).
 */
static const char *const ciphers[] = {"aes256-ctr", "aes128-ctr", NULL};
static const char *const macs[] = {"hmac-sha2-256", "hmac-sha2-512", NULL};
static const char *const compressions[] = {"none", NULL};

/** The signature algorithms of each key type in known_hosts, best first. */
static const struct host_key_type {
	const char *type;
	const char *const algorithms[4];
} host_key_types[] = {
	{"ssh-ed25519", {"ssh-ed25519"}},
	{"ecdsa-sha2-nistp256", {"ecdsa-sha2-nistp256"}},
	{"ecdsa-sha2-nistp384", {"ecdsa-sha2-nistp384"}},
	{"ecdsa-sha2-nistp521", {"ecdsa-sha2-nistp521"}},
	{"ssh-rsa", {"rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"}},
};

void ssh_copy_printable(char *out, size_t size, struct text text)
{
	AUTO(auto_str) struct str clean = {.max = size - 1};

	str_add_printable(&clean, text);
	(void)snprintf(out, size, "%s", str_text(&clean));
}

/* ---- callbacks of libssh2 */

/** One read. @return bytes; 0 at the end; -EAGAIN; another -errno, noted */
static ssize_t receive(struct ssh_transport *transport, void *to, size_t len)
{
	ssize_t got = 0;

	if (transport->is_deaf) {
		return -ECANCELED;
	}
	if (transport->is_dry) {
		return -EAGAIN;
	}
	if (transport->budget == 0) {
		transport->is_hungry = true;
		return -EAGAIN;
	}
	got = stream_read(transport->stream, to, len < transport->budget ? len : transport->budget);
	if (got == -EAGAIN) {
		transport->is_dry = true;
		return got;
	}
	if (got > 0) {
		transport->budget -= (size_t)got;
		transport->received += (size_t)got;
	}
	if (got > 0 && transport->received <= transport->ceiling) {
		return got;
	}
	transport->is_closed = true;
	transport->error = got == 0 ? 0 : got < 0 ? (int)-got : EMSGSIZE;
	return got == 0 ? 0 : -transport->error;
}

/** Read up to the identification line and keep what follows; libssh2 gets that line alone. */
static ssize_t receive_banner(struct ssh_transport *transport)
{
	char chunk[SSH_READ_BYTES];
	struct text ident = {0};

	while (transport->banner.state == BANNER_MORE) {
		ssize_t got = receive(transport, chunk, sizeof(chunk));
		size_t taken = 0;

		if (got <= 0) {
			return got;
		}
		taken = ssh_banner_read(&transport->banner, (struct text){chunk, (size_t)got});
		transport->buffer_len = (size_t)got - taken;
		memcpy(transport->buffer + SSH_IDENT_BYTES + 2, chunk + taken,
		       transport->buffer_len);
	}
	if (transport->banner.state != BANNER_SEEN) {
		return -ECONNABORTED;
	}
	ident = ssh_banner_text(&transport->banner);
	transport->buffer_at = SSH_IDENT_BYTES - ident.len;
	transport->buffer_len += ident.len + 2;
	memcpy(transport->buffer + transport->buffer_at, ident.at, ident.len);
	memcpy(transport->buffer + SSH_IDENT_BYTES, "\r\n", 2);
	return 1;
}

static LIBSSH2_RECV_FUNC(on_receive)
{
	struct ssh_transport *transport = *abstract;

	(void)socket;
	(void)flags;
	if (transport->banner.state != BANNER_SEEN) {
		ssize_t got = receive_banner(transport);

		if (got <= 0) {
			return got;
		}
	}
	if (transport->buffer_len == 0) {
		return receive(transport, buffer, length);
	}
	length = length < transport->buffer_len ? length : transport->buffer_len;
	memcpy(buffer, transport->buffer + transport->buffer_at, length);
	transport->buffer_at += length;
	transport->buffer_len -= length;
	return (ssize_t)length;
}

static LIBSSH2_SEND_FUNC(on_send)
{
	struct ssh_transport *transport = *abstract;
	ssize_t sent = stream_write(transport->stream, buffer, length);

	(void)socket;
	(void)flags;
	transport->is_dry = false;
	if (sent >= 0) {
		transport->wants_write = transport->wants_write || (size_t)sent < length;
		return sent;
	}
	if (sent == -EAGAIN) {
		transport->wants_write = true;
		return sent;
	}
	transport->is_closed = true;
	transport->error = (int)-sent;
	return sent;
}

static LIBSSH2_DISCONNECT_FUNC(on_disconnect)
{
	struct ssh_transport *transport = *abstract;
	size_t len = message && message_len > 0 ? (size_t)message_len : 0;

	(void)session;
	(void)reason;
	(void)language;
	(void)language_len;
	transport->is_closed = true;
	ssh_copy_printable(transport->farewell, sizeof(transport->farewell),
			   (struct text){message, len});
}

static void set_callback(LIBSSH2_SESSION *session, int type, void (*callback)(void))
{
#if LIBSSH2_VERSION_NUM >= 0x010b01
	(void)libssh2_session_callback_set2(session, type, callback);
#else
	void *pointer = NULL; /* ISO C has no cast for this; POSIX has both the same size */

	memcpy(&pointer, &callback, sizeof(pointer));
	(void)libssh2_session_callback_set(session, type, pointer);
#endif
}

/* ---- algorithms */

/** Add those of `names` that libssh2 has: a name it does not know upsets its own filter. */
static void add_supported(LIBSSH2_SESSION *session, int method, const char *const *names,
			  struct str *out)
{
	const char **supported = NULL;
	int count = libssh2_session_supported_algs(session, method, &supported);

	for (; *names; names++) {
		for (int i = 0; i < count; i++) {
			if (strcmp(*names, supported[i]) == 0) {
				str_printf(out, "%s%s", out->len > 0 ? "," : "", *names);
			}
		}
	}
	if (count > 0) {
		libssh2_free(session, supported);
	}
}

static int prefer(LIBSSH2_SESSION *session, int method, const char *const *names, struct err *err)
{
	AUTO(auto_str) struct str list = {0};

	add_supported(session, method, names, &list);
	if (list.len == 0 || libssh2_session_method_pref(session, method, list.at)) {
		return err_set(err, ERR_INTERNAL, "libssh2 has no '%s'", names[0]);
	}
	return 0;
}

/** Ask for the pinned key types only: with another one any host would look changed. */
static int prefer_pinned(LIBSSH2_SESSION *session, const struct ssh_spec *spec, struct err *err)
{
	AUTO(auto_str) struct str list = {0};
	struct known_host_pins pins = {0};

	if (spec->hosts) {
		known_hosts_pins(spec->hosts, spec->name, spec->port, &pins);
	}
	for (size_t i = 0; i < sizeof(host_key_types) / sizeof(host_key_types[0]); i++) {
		if (!spec->hosts || known_host_pins_have(&pins, host_key_types[i].type)) {
			add_supported(session, LIBSSH2_METHOD_HOSTKEY, host_key_types[i].algorithms,
				      &list);
		}
	}
	VEC_RELEASE(&pins);
	if (list.len == 0 ||
	    libssh2_session_method_pref(session, LIBSSH2_METHOD_HOSTKEY, list.at)) {
		return err_set(err, ERR_LIMIT, "no key of '%s' is pinned of a type that %s knows",
			       spec->name, ssh_library_version());
	}
	return 0;
}

static int prefer_all(LIBSSH2_SESSION *session, const struct ssh_spec *spec, struct err *err)
{
	static const struct {
		int method;
		const char *const *names;
	} rows[] = {
		{LIBSSH2_METHOD_KEX, kex_methods},      {LIBSSH2_METHOD_CRYPT_CS, ciphers},
		{LIBSSH2_METHOD_CRYPT_SC, ciphers},     {LIBSSH2_METHOD_MAC_CS, macs},
		{LIBSSH2_METHOD_MAC_SC, macs},          {LIBSSH2_METHOD_COMP_CS, compressions},
		{LIBSSH2_METHOD_COMP_SC, compressions},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (prefer(session, rows[i].method, rows[i].names, err)) {
			return -1;
		}
	}
	return prefer_pinned(session, spec, err);
}

/* ---- the session */

const char *ssh_library_version(void)
{
	static char text[48];

	if (text[0] == '\0') {
		(void)snprintf(text, sizeof(text), "libssh2 %s", libssh2_version(0));
	}
	return text;
}

/** libssh2_init is not safe in threads; this is the loop's one thread (ssh.md, trap 18). */
static int init_library(struct err *err)
{
	static bool is_done;

	if (!is_done && libssh2_init(0)) {
		return err_set(err, ERR_INTERNAL, "libssh2 does not start");
	}
	is_done = true;
	return 0;
}

int ssh_transport_open(struct ssh_transport *transport, struct stream *stream,
		       const struct ssh_spec *spec, struct err *err)
{
	transport->stream = stream;
	transport->ceiling = SSH_LOGIN_BYTES;
	if (init_library(err)) {
		return -1;
	}
	transport->session = libssh2_session_init_ex(NULL, NULL, NULL, transport);
	if (!transport->session) {
		return err_set(err, ERR_INTERNAL, "libssh2 makes no session");
	}
	libssh2_session_set_blocking(transport->session, 0);
	set_callback(transport->session, LIBSSH2_CALLBACK_RECV, (void (*)(void))on_receive);
	set_callback(transport->session, LIBSSH2_CALLBACK_SEND, (void (*)(void))on_send);
	set_callback(transport->session, LIBSSH2_CALLBACK_DISCONNECT,
		     (void (*)(void))on_disconnect);
	return prefer_all(transport->session, spec, err);
}

void ssh_transport_begin_step(struct ssh_transport *transport)
{
	transport->budget = STEP_BYTES;
	transport->is_hungry = false;
	transport->is_dry = false;
	transport->wants_write = false;
}

void ssh_transport_wait(const struct ssh_transport *transport, struct task *task, struct wait *wait)
{
	/*
	 * libssh2 reads no further while it cannot send what it owes: then the bytes of a peer that
	 * does not read either would be ready for ever.
	 */
	bool is_stuck = transport->wants_write && transport->budget == STEP_BYTES;

	stream_wait(transport->stream, task, wait,
		    (is_stuck ? 0U : WAIT_READ) | (transport->wants_write ? WAIT_WRITE : 0U));
	if (transport->is_hungry) {
		wait_until(wait, loop_now_ms(task->loop));
	}
}

void ssh_transport_move(struct ssh_transport *to, struct ssh_transport *from)
{
	*to = *from;
	*from = (struct ssh_transport){0};
	*libssh2_session_abstract(to->session) = to;
}

void ssh_transport_taken(struct ssh_transport *transport, size_t len)
{
	transport->received -= len < transport->received ? len : transport->received;
}

const char *ssh_transport_trouble(const struct ssh_transport *transport)
{
	if (!transport->is_closed) {
		return "";
	}
	if (transport->farewell[0] != '\0') {
		return transport->farewell;
	}
	if (transport->error == EMSGSIZE) {
		return "it sent more than a login needs";
	}
	return transport->error ? strerror(transport->error) : "it closed the connection";
}

void ssh_transport_close(struct ssh_transport *transport)
{
	int left = FREE_TRIES;

	if (transport->session && transport->is_ready && !transport->is_closed) {
		(void)libssh2_session_disconnect(transport->session, "done");
	}
	if (transport->stream) {
		stream_shut(transport->stream);
	}
	while (transport->session && left > 0) {
		ssh_transport_begin_step(transport);
		if (libssh2_session_free(transport->session) == 0) {
			transport->session = NULL;
		}
		left--;
	}
	transport->session = NULL;
	stream_close(transport->stream);
	transport->stream = NULL;
}
