#include "net/ssh.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "net/ssh_channel.h"
#include "net/ssh_login.h"

/** How long a candidate waits for a decision; much longer than any takes. */
#define HOLD_MS 10000

/** How long a connection through a jump host may wait for its turn. */
#define TURN_MS 120000

/* ---- small parts */

enum step ssh_go_on(struct ssh_login *login, enum login_state state)
{
	login->state = state;
	return STEP_DONE;
}

enum step ssh_end(struct ssh_login *login, enum ssh_outcome outcome, const char *detail)
{
	login->facts.outcome = outcome;
	ssh_copy_printable(login->facts.detail, sizeof(login->facts.detail), text_of(detail));
	return ssh_go_on(login, AT_END);
}

static int64_t since_start(const struct ssh_login *login)
{
	return loop_now_ms(login->task.loop) - login->start_ms;
}

void ssh_begin_phase(struct ssh_login *login, int64_t wanted_ms, int64_t default_ms)
{
	int64_t now_ms = loop_now_ms(login->task.loop);

	login->until_ms = now_ms + (wanted_ms > 0 ? wanted_ms : default_ms);
	if (login->spec.deadline_ms > 0 && login->spec.deadline_ms < login->until_ms) {
		login->until_ms = login->spec.deadline_ms;
	}
}

static void tell(const struct ssh_login *login, enum ssh_progress progress)
{
	if (login->spec.progress) {
		login->spec.progress(progress, login->cookie);
	}
}

const char *ssh_library_message(const struct ssh_login *login)
{
	char *message = NULL;

	if (login->transport.is_closed) {
		return ssh_transport_trouble(&login->transport);
	}
	(void)libssh2_session_last_error(login->transport.session, &message, NULL, 0);
	return message ? message : "";
}

bool ssh_would_block(const struct ssh_login *login, int code)
{
	return code == LIBSSH2_ERROR_EAGAIN && !login->transport.is_closed;
}

/* ---- connecting */

/** The time for it begins when it is its turn, which may take as long as the others take. */
static enum step start_through_host(struct ssh_login *login)
{
	int64_t open_ms = login->spec.connect_ms > 0 ? login->spec.connect_ms : SSH_CONNECT_MS;
	char host[ADDRESS_TEXT_BYTES];

	address_format(&login->spec.address, host);
	login->forward =
		ssh_forward_start(login->spec.via, host, login->spec.port, open_ms, &login->task);
	ssh_begin_phase(login, TURN_MS, TURN_MS);
	return ssh_go_on(login, AT_CONNECT);
}

static enum step start(struct ssh_login *login)
{
	const struct known_host *ignored = NULL;

	login->start_ms = loop_now_ms(login->task.loop);
	if (login->spec.deadline_ms > 0 && login->spec.deadline_ms <= login->start_ms) {
		return ssh_end(login, SSH_NOT_TRIED, "the deadline had passed before it began");
	}
	if (!login->spec.shown &&
	    known_hosts_judge(login->spec.hosts, login->spec.name, login->spec.port,
			      (struct text){0}, &ignored) == HOST_KEY_UNPINNED) {
		return ssh_end(login, SSH_HOST_UNPINNED, "no line of known_hosts names it");
	}
	if (login->spec.via) {
		return start_through_host(login);
	}
	dial_init(&login->dial, &login->spec.address, login->spec.port);
	ssh_begin_phase(login, login->spec.connect_ms, SSH_CONNECT_MS);
	return ssh_go_on(login, AT_CONNECT);
}

static enum ssh_outcome outcome_of_connect(int error)
{
	switch (dial_end_of(error)) {
	case DIAL_REFUSED:
		return SSH_UNREACHABLE_REFUSED;
	case DIAL_RESET:
		return SSH_CLOSED_BEFORE_BANNER;
	case DIAL_TIMEOUT:
		return SSH_UNREACHABLE_TIMEOUT;
	case DIAL_NO_ROUTE:
		return SSH_UNREACHABLE_ROUTE;
	case DIAL_BROKEN:
		break;
	}
	return SSH_INTERNAL;
}

static enum step begin_session(struct ssh_login *login, struct stream *stream)
{
	struct err err = {0};

	login->facts.connect_ms = since_start(login);
	if (ssh_transport_open(&login->transport, stream, &login->spec, &err)) {
		return ssh_end(login,
			       err.code == ERR_LIMIT ? SSH_UNSUPPORTED_ALGORITHMS : SSH_INTERNAL,
			       err.text);
	}
	ssh_begin_phase(login, login->spec.banner_ms, SSH_BANNER_MS);
	return ssh_go_on(login, AT_HANDSHAKE);
}

static enum step connect_through_host(struct ssh_login *login)
{
	struct ssh_forward *forward = login->forward;
	const char *trouble = ssh_forward_trouble(forward);

	switch (ssh_forward_state(forward)) {
	case FORWARD_OPENING:
		return STEP_WAIT;
	case FORWARD_OPEN:
		login->forward = NULL;
		return begin_session(login, ssh_forward_stream(forward));
	case FORWARD_PROHIBITED:
		return ssh_end(login, SSH_FORWARD_PROHIBITED, trouble);
	case FORWARD_UNREACHED:
		return ssh_end(login, SSH_FORWARD_UNREACHED, trouble);
	case FORWARD_SILENT:
		return ssh_end(login, SSH_UNREACHABLE_TIMEOUT,
			       "the jump host did not reach it in time");
	case FORWARD_LOST:
		break;
	}
	return ssh_end(login, SSH_CONNECTION_LOST, trouble);
}

static enum step connect_to_host(struct ssh_login *login, struct wait *wait)
{
	struct err err = {0};
	enum step step = dial_step(&login->dial, wait, &err);

	if (step == STEP_FAIL) {
		return ssh_end(login, outcome_of_connect(login->dial.error), err.text);
	}
	if (step == STEP_WAIT) {
		return step;
	}
	return begin_session(login, stream_of_socket(take_fd(&login->dial.fd)));
}

/* ---- the handshake */

/** The connection broke, or was broken off, before an identification line was there. */
static enum step end_before_ident(struct ssh_login *login)
{
	struct ssh_banner *banner = &login->transport.banner;

	if (banner->state == BANNER_MORE && !login->transport.is_closed) {
		return ssh_end(login, SSH_INTERNAL, ssh_library_message(login));
	}
	if (banner->bytes == 0) {
		return ssh_end(login, SSH_CLOSED_BEFORE_BANNER,
			       ssh_transport_trouble(&login->transport));
	}
	switch (ssh_banner_end(banner)) {
	case BANNER_OLD:
		return ssh_end(login, SSH_UNSUPPORTED_ALGORITHMS, "it speaks SSH 1 only");
	case BANNER_THROTTLED:
		return ssh_end(login, SSH_THROTTLED, "it takes no more connections now");
	case BANNER_TARPIT:
		return ssh_end(login, SSH_TARPIT, "it sends text without end instead of SSH");
	case BANNER_MORE:
	case BANNER_SEEN:
	case BANNER_NOT_SSH:
		return ssh_end(login, SSH_NOT_SSH, "what it says is not SSH");
	}
	return ssh_end(login, SSH_INTERNAL, "");
}

static enum step handshake(struct ssh_login *login)
{
	int code = libssh2_session_handshake(login->transport.session, login->transport.stream->fd);
	bool has_ident = login->transport.banner.state == BANNER_SEEN;

	if (has_ident && !login->is_in_kex) {
		login->is_in_kex = true;
		ssh_begin_phase(login, login->spec.kex_ms, SSH_KEX_MS);
		tell(login, SSH_HEARD);
	}
	if (ssh_would_block(login, code)) {
		return STEP_WAIT;
	}
	if (code == 0) {
		login->transport.is_ready = true;
		return ssh_go_on(login, AT_HOST_KEY);
	}
	if (!has_ident) {
		return end_before_ident(login);
	}
	if (code == LIBSSH2_ERROR_KEX_FAILURE && !login->transport.is_closed) {
		return ssh_end(login, SSH_UNSUPPORTED_ALGORITHMS,
			       "no algorithm in common, or no host key of a pinned type");
	}
	return ssh_end(login, SSH_KEX_FAILED, ssh_library_message(login));
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
		return ssh_end(login, SSH_INTERNAL, "libssh2 has no host key after its handshake");
	}
	host_key_describe(blob, &type, facts->host_key_fingerprint);
	ssh_copy_printable(facts->host_key_type, sizeof(facts->host_key_type), type);
	if (login->spec.shown) {
		login->spec.shown(blob, login->cookie);
		return ssh_end(login, SSH_HOST_UNPINNED, "only its key was asked for");
	}
	switch (known_hosts_judge(login->spec.hosts, login->spec.name, login->spec.port, blob,
				  &facts->pin)) {
	case HOST_KEY_PINNED:
		break;
	case HOST_KEY_CHANGED:
		return ssh_end(login, SSH_HOST_KEY_CHANGED, "another key is pinned");
	case HOST_KEY_REVOKED:
		return ssh_end(login, SSH_HOST_KEY_REVOKED, "its key is revoked");
	case HOST_KEY_UNPINNED:
		return ssh_end(login, SSH_HOST_UNPINNED, "no line of known_hosts names it");
	}
	facts->verified_ms = since_start(login);
	ssh_begin_phase(login, 0, HOLD_MS);
	tell(login, SSH_VERIFIED);
	return ssh_go_on(login, AT_VERIFIED);
}

static enum step wait_for_choice(struct ssh_login *login)
{
	return login->is_chosen ? ssh_auth_begin(login) : STEP_WAIT;
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
		return ssh_end(login, SSH_UNREACHABLE_TIMEOUT, "it does not answer");
	case AT_HANDSHAKE:
		if (login->is_in_kex) {
			return ssh_end(login, SSH_KEX_TIMEOUT, "the key exchange did not end");
		}
		if (login->transport.banner.bytes == 0) {
			return ssh_end(login, SSH_SILENT_PORT, "it accepts and says nothing");
		}
		return ssh_end(login, SSH_TARPIT, "it dribbles text instead of SSH");
	case AT_VERIFIED:
		return ssh_end(login, SSH_NOT_TRIED, "the deadline came before its key was used");
	case AT_METHODS:
	case AT_PUBLIC_KEY:
	case AT_REST:
		return ssh_end(login, SSH_AUTH_TIMEOUT, "the authentication did not end");
	}
	return ssh_end(login, SSH_INTERNAL, "a deadline where nothing waits");
}

static enum step step_state(struct ssh_login *login, struct wait *wait)
{
	switch (login->state) {
	case AT_START:
		return start(login);
	case AT_CONNECT:
		return login->forward ? connect_through_host(login) : connect_to_host(login, wait);
	case AT_HANDSHAKE:
		return handshake(login);
	case AT_HOST_KEY:
		return judge_host_key(login);
	case AT_VERIFIED:
		return wait_for_choice(login);
	case AT_METHODS:
	case AT_PUBLIC_KEY:
	case AT_REST:
		return ssh_auth_step(login, wait);
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
	if (login->state != AT_CONNECT && login->state != AT_VERIFIED &&
	    login->signing.state != SIGNING_ASKED) {
		ssh_transport_wait(&login->transport, task, wait);
	}
	return STEP_WAIT;
}

static bool is_logged_in(const struct ssh_login *login)
{
	return login->state == AT_END && (login->facts.outcome == SSH_LOGGED_IN ||
					  login->facts.outcome == SSH_LOGGED_IN_NONE);
}

static void login_release(struct task *task)
{
	struct ssh_login *login = (struct ssh_login *)task;

	if (login->spec.session && is_logged_in(login)) {
		*login->spec.session = ssh_session_open(task->loop, &login->transport);
	}
	ssh_transport_close(&login->transport);
	if (login->forward) {
		stream_close(ssh_forward_stream(login->forward));
	}
	dial_release(&login->dial);
	ssh_signing_release(&login->signing);
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
	login->signing.call.fd = -1;
	login->facts.connect_ms = -1;
	login->facts.verified_ms = -1;
	login->is_chosen = !spec->progress;
	task_start(loop, &login->task);
	return login;
}

void ssh_login_authenticate(struct ssh_login *login)
{
	login->is_chosen = true;
	task_wake(&login->task);
}

unsigned ssh_login_progress(const struct ssh_login *login)
{
	return 2 * (unsigned)login->state + login->is_in_kex;
}

const struct ssh_facts *ssh_login_facts(const struct ssh_login *login)
{
	return &login->facts;
}

void ssh_login_cancel(struct ssh_login *login)
{
	task_cancel(&login->task);
}
