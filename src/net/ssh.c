#include "net/ssh.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "net/dial.h"
#include "net/ssh_transport.h"

/** What Tailscale's own SSH server calls itself. */
#define TAILSCALE_IDENT "SSH-2.0-Tailscale"

/** In order. */
enum login_state {
	AT_START,
	AT_CONNECT,
	AT_HANDSHAKE, /**< identification lines, key exchange */
	AT_HOST_KEY,
	AT_METHODS,    /**< ask for "none" */
	AT_PUBLIC_KEY, /**< ask whether the key would do, then sign */
	AT_REST,       /**< refused: ask what is offered now, it may want a second factor */
	AT_END,
};

struct ssh_login {
	struct task task;
	struct ssh_spec spec;
	struct ssh_facts facts;
	void (*ended)(const struct ssh_facts *facts, void *cookie);
	void *cookie;
	enum login_state state;
	struct dial dial;
	struct ssh_transport transport;
	struct str public_key; /**< the wire form */
	void *self;            /**< for the signing callback */
	int64_t start_ms;
	int64_t until_ms; /**< end of this phase */
	int64_t check_ms; /**< when a stall means that a human is asked; 0: never */
	bool is_in_kex;
	bool is_refused; /**< it said no to the key, so that its going away says nothing new */
};

/* ---- small parts */

static enum step go_on(struct ssh_login *login, enum login_state state)
{
	login->state = state;
	return STEP_DONE;
}

static enum step end(struct ssh_login *login, enum ssh_outcome outcome, const char *detail)
{
	login->facts.outcome = outcome;
	ssh_copy_printable(login->facts.detail, sizeof(login->facts.detail), text_of(detail));
	return go_on(login, AT_END);
}

static int64_t since_start(const struct ssh_login *login)
{
	return loop_now_ms(login->task.loop) - login->start_ms;
}

/** A new phase begins; it ends in `wanted_ms` (or the default), or with the whole login. */
static void begin_phase(struct ssh_login *login, int64_t wanted_ms, int64_t default_ms)
{
	int64_t now_ms = loop_now_ms(login->task.loop);

	login->until_ms = now_ms + (wanted_ms > 0 ? wanted_ms : default_ms);
	if (login->spec.deadline_ms > 0 && login->spec.deadline_ms < login->until_ms) {
		login->until_ms = login->spec.deadline_ms;
	}
}

/** What libssh2 said last. Only for a sentence: it may be an old message (ssh.md, trap 10). */
static const char *library_message(const struct ssh_login *login)
{
	char *message = NULL;

	if (login->transport.is_closed) {
		return ssh_transport_trouble(&login->transport);
	}
	(void)libssh2_session_last_error(login->transport.session, &message, NULL, 0);
	return message ? message : "";
}

/** Is it to be tried again? Not on a connection that is gone: it would be readable for ever. */
static bool would_block(const struct ssh_login *login, int code)
{
	return code == LIBSSH2_ERROR_EAGAIN && !login->transport.is_closed;
}

static bool list_has(const char *list, const char *name)
{
	struct text rest = text_of(list);
	struct text one = {0};

	while (text_split(&rest, ',', &one)) {
		if (text_is(one, name)) {
			return true;
		}
	}
	return false;
}

/* ---- connecting */

static enum step start(struct ssh_login *login)
{
	const struct known_host *ignored = NULL;

	login->start_ms = loop_now_ms(login->task.loop);
	if (login->spec.deadline_ms > 0 && login->spec.deadline_ms <= login->start_ms) {
		return end(login, SSH_NOT_TRIED, "the deadline had passed before it began");
	}
	if (known_hosts_judge(login->spec.hosts, login->spec.name, login->spec.port,
			      (struct text){0}, &ignored) == HOST_KEY_UNPINNED) {
		return end(login, SSH_HOST_UNPINNED, "no line of known_hosts names it");
	}
	dial_init(&login->dial, &login->spec.address, login->spec.port);
	begin_phase(login, login->spec.connect_ms, SSH_CONNECT_MS);
	return go_on(login, AT_CONNECT);
}

static enum ssh_outcome outcome_of_connect(int error)
{
	switch (error) {
	case ECONNREFUSED:
	case ECONNRESET:
		return SSH_UNREACHABLE_REFUSED;
	case ETIMEDOUT:
		return SSH_UNREACHABLE_TIMEOUT;
	case ENETUNREACH:
	case EHOSTUNREACH:
	case ENETDOWN:
	case EHOSTDOWN:
	case EADDRNOTAVAIL:
	case EAFNOSUPPORT:
	case EACCES: /* broadcast, or a firewall of ours */
	case EPERM:
		return SSH_UNREACHABLE_ROUTE;
	default:
		return SSH_INTERNAL;
	}
}

static enum step connect_to_host(struct ssh_login *login, struct wait *wait)
{
	struct err err = {0};
	enum step step = dial_step(&login->dial, wait, &err);
	int fd = -1;

	if (step == STEP_FAIL) {
		return end(login, outcome_of_connect(login->dial.error), err.text);
	}
	if (step == STEP_WAIT) {
		return step;
	}
	login->facts.connect_ms = since_start(login);
	fd = login->dial.fd;
	login->dial.fd = -1;
	if (ssh_transport_open(&login->transport, fd, &login->spec, &err)) {
		return end(login, err.code == ERR_LIMIT ? SSH_UNSUPPORTED_ALGORITHMS : SSH_INTERNAL,
			   err.text);
	}
	begin_phase(login, login->spec.banner_ms, SSH_BANNER_MS);
	return go_on(login, AT_HANDSHAKE);
}

/* ---- the handshake */

/** The connection broke, or was broken off, before an identification line was there. */
static enum step end_before_ident(struct ssh_login *login)
{
	struct ssh_banner *banner = &login->transport.banner;

	if (banner->state == BANNER_MORE && !login->transport.is_closed) {
		return end(login, SSH_INTERNAL, library_message(login));
	}
	if (banner->bytes == 0) {
		return end(login, SSH_CLOSED_BEFORE_BANNER,
			   ssh_transport_trouble(&login->transport));
	}
	switch (ssh_banner_end(banner)) {
	case BANNER_OLD:
		return end(login, SSH_UNSUPPORTED_ALGORITHMS, "it speaks SSH 1 only");
	case BANNER_THROTTLED:
		return end(login, SSH_THROTTLED, "it takes no more connections now");
	case BANNER_TARPIT:
		return end(login, SSH_TARPIT, "it sends text without end instead of SSH");
	case BANNER_MORE:
	case BANNER_SEEN:
	case BANNER_NOT_SSH:
		return end(login, SSH_NOT_SSH, "what it says is not SSH");
	}
	return end(login, SSH_INTERNAL, "");
}

static enum step handshake(struct ssh_login *login)
{
	int code = libssh2_session_handshake(login->transport.session, login->transport.fd);
	bool has_ident = login->transport.banner.state == BANNER_SEEN;

	if (has_ident && !login->is_in_kex) {
		login->is_in_kex = true;
		begin_phase(login, login->spec.kex_ms, SSH_KEX_MS);
	}
	if (would_block(login, code)) {
		return STEP_WAIT;
	}
	if (code == 0) {
		login->transport.is_ready = true;
		return go_on(login, AT_HOST_KEY);
	}
	if (!has_ident) {
		return end_before_ident(login);
	}
	if (code == LIBSSH2_ERROR_KEX_FAILURE && !login->transport.is_closed) {
		return end(login, SSH_UNSUPPORTED_ALGORITHMS,
			   "no algorithm in common, or no host key of a pinned type");
	}
	return end(login, SSH_KEX_FAILED, library_message(login));
}

static enum step judge_host_key(struct ssh_login *login)
{
	struct ssh_facts *facts = &login->facts;
	size_t len = 0;
	int ignored = 0;
	const char *key = libssh2_session_hostkey(login->transport.session, &len, &ignored);
	struct text blob = {key, len};
	struct text type = {0};

	if (!key) {
		return end(login, SSH_INTERNAL, "libssh2 has no host key after its handshake");
	}
	host_key_describe(blob, &type, facts->host_key_fingerprint);
	ssh_copy_printable(facts->host_key_type, sizeof(facts->host_key_type), type);
	switch (known_hosts_judge(login->spec.hosts, login->spec.name, login->spec.port, blob,
				  &facts->pin)) {
	case HOST_KEY_PINNED:
		break;
	case HOST_KEY_CHANGED:
		return end(login, SSH_HOST_KEY_CHANGED, "another key is pinned");
	case HOST_KEY_REVOKED:
		return end(login, SSH_HOST_KEY_REVOKED, "its key is revoked");
	case HOST_KEY_UNPINNED:
		return end(login, SSH_HOST_UNPINNED, "no line of known_hosts names it");
	}
	facts->verified_ms = since_start(login);
	begin_phase(login, login->spec.auth_ms, SSH_AUTH_MS);
	if (strncmp(facts->ident, TAILSCALE_IDENT, strlen(TAILSCALE_IDENT)) == 0) {
		login->check_ms = loop_now_ms(login->task.loop) +
				  (login->spec.check_ms > 0 ? login->spec.check_ms : SSH_CHECK_MS);
	}
	return go_on(login, AT_METHODS);
}

/* ---- authentication */

/** Note the authentication banner, where this libssh2 has a function for it. */
static void note_auth_banner(struct ssh_login *login)
{
#if LIBSSH2_VERSION_NUM >= 0x010b00
	char *banner = NULL;

	if (login->facts.banner[0] == '\0' &&
	    libssh2_userauth_banner(login->transport.session, &banner) == 0 && banner) {
		ssh_copy_printable(login->facts.banner, sizeof(login->facts.banner),
				   text_of(banner));
	}
#else
	(void)login;
#endif
}

/**
 * Ask "none" and note which methods are offered instead.
 *
 * @return STEP_DONE with the list noted (or with the login ended); STEP_WAIT
 */
static enum step ask_methods(struct ssh_login *login)
{
	const char *user = login->spec.user;
	char *methods =
		libssh2_userauth_list(login->transport.session, user, (unsigned)strlen(user));

	note_auth_banner(login);
	if (methods) {
		ssh_copy_printable(login->facts.methods, sizeof(login->facts.methods),
				   text_of(methods));
		return STEP_DONE;
	}
	if (libssh2_userauth_authenticated(login->transport.session)) {
		return end(login, SSH_LOGGED_IN_NONE, "it asked for no key");
	}
	if (would_block(login, libssh2_session_last_errno(login->transport.session))) {
		return STEP_WAIT;
	}
	return end(login, SSH_CONNECTION_LOST, library_message(login));
}

/** Does a stall, or what the banner says meanwhile, mean that a human is asked? */
static bool is_human_asked(const struct ssh_login *login)
{
	return login->check_ms > 0 && (loop_now_ms(login->task.loop) >= login->check_ms ||
				       strstr(login->facts.banner, "https://") != NULL);
}

static enum step list_methods(struct ssh_login *login, struct wait *wait)
{
	enum step step = ask_methods(login);

	if (step == STEP_WAIT && is_human_asked(login)) {
		return end(login, SSH_NEEDS_HUMAN_CHECK, "it waits for somebody's approval");
	}
	if (step == STEP_WAIT && login->check_ms > 0) {
		wait_until(wait, login->check_ms);
	}
	if (step == STEP_WAIT || login->state == AT_END) {
		return step;
	}
	if (!list_has(login->facts.methods, "publickey")) {
		return end(login, SSH_AUTH_INTERACTIVE_ONLY, "it does not offer publickey");
	}
	return go_on(login, AT_PUBLIC_KEY);
}

/** Called by libssh2 with what has to be signed; it frees the signature. */
static LIBSSH2_USERAUTH_PUBLICKEY_SIGN_FUNC(sign)
{
	const struct ssh_login *login = *abstract;
	unsigned char *signature = malloc(ED25519_SIGNATURE_BYTES);

	(void)session;
	if (!signature) {
		return -1;
	}
	key_sign(login->spec.key, (struct text){(const char *)data, data_len}, signature);
	*sig = signature;
	*sig_len = ED25519_SIGNATURE_BYTES;
	return 0;
}

static enum step prove_key(struct ssh_login *login)
{
	int code = 0;

	if (login->public_key.len == 0) {
		struct public_key key;

		key_public(login->spec.key, &key);
		public_key_wire(&key, &login->public_key);
	}
	code = libssh2_userauth_publickey(login->transport.session, login->spec.user,
					  (const unsigned char *)login->public_key.at,
					  login->public_key.len, sign, &login->self);
	if (would_block(login, code)) {
		return STEP_WAIT;
	}
	note_auth_banner(login);
	if (code == 0) {
		return end(login, SSH_LOGGED_IN, "");
	}
	if (login->transport.is_closed || (code != LIBSSH2_ERROR_AUTHENTICATION_FAILED &&
					   code != LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED)) {
		return end(login, SSH_CONNECTION_LOST, library_message(login));
	}
	login->is_refused = code == LIBSSH2_ERROR_AUTHENTICATION_FAILED;
	return go_on(login, AT_REST);
}

/**
 * A key that is good but not enough is refused like a wrong one; only what is offered then differs.
 * (And libssh2 says "unverified" for some broken connections, which this finds out too.)
 */
static enum step list_rest(struct ssh_login *login)
{
	enum step step = ask_methods(login);

	if (step == STEP_WAIT || (login->state == AT_END && !login->is_refused)) {
		return step;
	}
	if (login->state != AT_END && !list_has(login->facts.methods, "publickey")) {
		return end(login, SSH_AUTH_INTERACTIVE_ONLY,
			   "it takes the key, but wants something from a human besides");
	}
	return end(login, SSH_AUTH_DENIED, "it does not take this key for this user");
}

/* ---- the task */

/** The phase's time is over: what does that mean? */
static enum step end_at_deadline(struct ssh_login *login)
{
	switch (login->state) {
	case AT_START:
	case AT_HOST_KEY:
	case AT_END:
		break;
	case AT_CONNECT:
		return end(login, SSH_UNREACHABLE_TIMEOUT, "it does not answer");
	case AT_HANDSHAKE:
		if (login->is_in_kex) {
			return end(login, SSH_KEX_TIMEOUT, "the key exchange did not end");
		}
		if (login->transport.banner.bytes == 0) {
			return end(login, SSH_SILENT_PORT, "it accepts and says nothing");
		}
		return end(login, SSH_TARPIT, "it dribbles text instead of SSH");
	case AT_METHODS:
	case AT_PUBLIC_KEY:
		return end(login, SSH_AUTH_TIMEOUT, "the authentication did not end");
	case AT_REST:
		return end(login, SSH_AUTH_DENIED, "it does not take this key for this user");
	}
	return end(login, SSH_INTERNAL, "a deadline where nothing waits");
}

static enum step step_state(struct ssh_login *login, struct wait *wait)
{
	switch (login->state) {
	case AT_START:
		return start(login);
	case AT_CONNECT:
		return connect_to_host(login, wait);
	case AT_HANDSHAKE:
		return handshake(login);
	case AT_HOST_KEY:
		return judge_host_key(login);
	case AT_METHODS:
		return list_methods(login, wait);
	case AT_PUBLIC_KEY:
		return prove_key(login);
	case AT_REST:
		return list_rest(login);
	case AT_END:
		break;
	}
	return STEP_DONE;
}

/** What the peer said first is worth showing whatever the outcome. */
static void note_ident(struct ssh_login *login)
{
	if (login->facts.ident[0] == '\0') {
		ssh_copy_printable(login->facts.ident, sizeof(login->facts.ident),
				   ssh_banner_text(&login->transport.banner));
	}
}

static enum step login_step(struct task *task, struct wait *wait)
{
	struct ssh_login *login = (struct ssh_login *)task;
	int64_t now_ms = loop_now_ms(task->loop);
	enum step step = STEP_DONE;

	ssh_transport_begin_step(&login->transport);
	while (step == STEP_DONE && login->state != AT_END) {
		step = step_state(login, wait);
		if (login->is_in_kex || login->state == AT_END) {
			note_ident(login);
		}
	}
	if (step == STEP_WAIT && now_ms >= login->until_ms) {
		step = end_at_deadline(login);
		note_ident(login);
	}
	if (step == STEP_DONE) {
		login->facts.elapsed_ms = since_start(login);
		return STEP_DONE;
	}
	wait_until(wait, login->until_ms);
	if (login->state != AT_CONNECT) {
		ssh_transport_wait(&login->transport, wait, now_ms);
	}
	return STEP_WAIT;
}

static void login_release(struct task *task)
{
	struct ssh_login *login = (struct ssh_login *)task;

	ssh_transport_close(&login->transport);
	dial_release(&login->dial);
	str_release(&login->public_key);
}

static void login_ended(struct task *task, void *cookie)
{
	struct ssh_login *login = (struct ssh_login *)task;

	(void)cookie;
	if (login->state == AT_END) { /* not when it was cancelled */
		login->ended(&login->facts, login->cookie);
	}
	free(login);
}

static const struct task_ops login_ops = {"ssh_login", login_step, login_release};

struct ssh_login *ssh_login_start(struct loop *loop, const struct ssh_spec *spec,
				  void (*ended)(const struct ssh_facts *facts, void *cookie),
				  void *cookie)
{
	struct ssh_login *login = mem_alloc(sizeof(*login));

	login->task.ops = &login_ops;
	login->task.ended = login_ended;
	login->spec = *spec;
	login->ended = ended;
	login->cookie = cookie;
	login->self = login;
	login->dial.fd = -1;
	login->transport.fd = -1;
	login->facts.connect_ms = -1;
	login->facts.verified_ms = -1;
	task_start(loop, &login->task);
	return login;
}

void ssh_login_cancel(struct ssh_login *login)
{
	task_cancel(&login->task);
}
