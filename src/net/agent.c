#include "net/agent.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "crypto/digest.h"
#include "crypto/login_key.h"
#include "crypto/wire.h"

/** Message numbers and flags of draft-miller-ssh-agent, sections 6.1 and 6.2. */
enum agent_message {
	AGENT_FAILURE = 5,
	AGENT_SUCCESS = 6,
	AGENT_REQUEST_IDENTITIES = 11,
	AGENT_IDENTITIES_ANSWER = 12,
	AGENT_SIGN_REQUEST = 13,
	AGENT_SIGN_RESPONSE = 14,
	AGENT_EXTENSION = 27,
};

#define AGENT_RSA_SHA2_256 2
#define AGENT_RSA_SHA2_512 4

/** Bytes of a session's id: what a key exchange with SHA-256 makes. */
#define SESSION_ID_BYTES 32

/** How soon to knock again where too many wait in front of the door (a full backlog). */
#define AGENT_AGAIN_MS 20

/* ---- requests */

static void begin(struct agent_call *call, const char *path, int64_t until_ms)
{
	agent_call_release(call);
	call->path = path;
	call->until_ms = until_ms;
	call->answer.max = 4 + AGENT_ANSWER_BYTES;
}

static void add_keys_request(struct str *out)
{
	wire_add_u32(out, 1);
	str_add_char(out, AGENT_REQUEST_IDENTITIES);
}

void agent_ask_keys(struct agent_call *call, const char *path, int64_t until_ms)
{
	begin(call, path, until_ms);
	add_keys_request(&call->request);
}

/** A session with a host whose key was made a moment ago, proven by that key. */
static void add_session(struct str *out)
{
	AUTO(auto_key) struct key *host = key_generate();
	AUTO(auto_str) struct str blob = {0};
	AUTO(auto_str) struct str proof = {0};
	struct public_key public = {0};
	unsigned char id[SESSION_ID_BYTES];
	unsigned char signature[ED25519_SIGNATURE_BYTES];

	random_bytes(id, sizeof(id));
	key_public(host, &public);
	public_key_wire(&public, &blob);
	key_sign(host, (struct text){(const char *)id, sizeof(id)}, signature);
	wire_add_text(&proof, text_of("ssh-ed25519"));
	wire_add(&proof, signature, sizeof(signature));
	wire_add_text(out, text_of("session-bind@openssh.com"));
	wire_add_text(out, str_view(&blob));
	wire_add(out, id, sizeof(id));
	wire_add_text(out, str_view(&proof));
	str_add_char(out, 0); /* the agent is not forwarded */
}

void agent_ask_unbound_keys(struct agent_call *call, const char *path, int64_t until_ms)
{
	AUTO(auto_str) struct str session = {0};

	begin(call, path, until_ms);
	str_add_char(&session, AGENT_EXTENSION);
	add_session(&session);
	wire_add_text(&call->request, str_view(&session));
	add_keys_request(&call->next);
}

static unsigned flags_of(struct text algorithm)
{
	return text_is(plain_algorithm(algorithm), "rsa-sha2-256")   ? AGENT_RSA_SHA2_256
	       : text_is(plain_algorithm(algorithm), "rsa-sha2-512") ? AGENT_RSA_SHA2_512
								     : 0;
}

void agent_ask_signature(struct agent_call *call, const char *path, int64_t until_ms,
			 struct text blob, struct text algorithm, struct text message)
{
	begin(call, path, until_ms);
	wire_add_u32(&call->request, 1 + 4 + blob.len + 4 + message.len + 4);
	str_add_char(&call->request, AGENT_SIGN_REQUEST);
	wire_add_text(&call->request, blob);
	wire_add_text(&call->request, message);
	wire_add_u32(&call->request, flags_of(algorithm));
}

/* ---- the connection */

static enum step fail(struct agent_call *call, enum agent_trouble trouble, struct err *err)
{
	(void)err_wrap(err, "agent '%s'", call->path);
	call->trouble = trouble;
	return STEP_FAIL;
}

static enum step fail_errno(struct agent_call *call, int error, const char *what, struct err *err)
{
	errno = error;
	(void)err_errno(err, "%s", what);
	return fail(call, error == EPIPE || error == ECONNRESET ? AGENT_BROKEN : AGENT_ABSENT, err);
}

static int open_socket(void)
{
#ifdef SOCK_CLOEXEC
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
#else
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (fd >= 0 && (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0)) {
		(void)close(fd);
		return -1;
	}
	return fd;
#endif
}

/** @return 0, EINPROGRESS, EAGAIN (nobody has time to accept) or what went wrong */
static int knock(struct agent_call *call)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t len = strlen(call->path);

	if (len >= sizeof(address.sun_path)) {
		return ENAMETOOLONG;
	}
	memcpy(address.sun_path, call->path, len);
	if (call->fd < 0) {
		call->fd = open_socket();
	}
	if (call->fd < 0) {
		return errno;
	}
	if (connect(call->fd, (const struct sockaddr *)&address, sizeof(address)) == 0 ||
	    errno == EISCONN) {
		return 0;
	}
	return errno == EINTR || errno == EALREADY ? EINPROGRESS : errno;
}

static enum step connect_to_agent(struct agent_call *call, struct wait *wait, int64_t now_ms,
				  struct err *err)
{
	int error = knock(call);

	switch (error) {
	case 0:
		call->is_connected = true;
		return STEP_DONE;
	case EINPROGRESS:
		wait_fd(wait, call->fd, WAIT_WRITE);
		return STEP_WAIT;
	case EAGAIN:
		wait_until(wait, now_ms + AGENT_AGAIN_MS);
		return STEP_WAIT;
	default:
		return fail_errno(call, error, "connect", err);
	}
}

static enum step send_request(struct agent_call *call, struct wait *wait, struct err *err)
{
	while (call->sent < call->request.len) {
		ssize_t sent = send(call->fd, call->request.at + call->sent,
				    call->request.len - call->sent, 0);

		if (sent >= 0) {
			call->sent += (size_t)sent;
		} else if (errno == EAGAIN) {
			wait_fd(wait, call->fd, WAIT_WRITE);
			return STEP_WAIT;
		} else if (errno != EINTR) {
			return fail_errno(call, errno, "send", err);
		}
	}
	return STEP_DONE;
}

/** Bytes that the answer still lacks; its length is read first. 0: whole, or over the ceiling. */
static size_t missing(const struct agent_call *call)
{
	struct text rest = str_view(&call->answer);
	unsigned len = 0;

	if (!wire_take_u32(&rest, &len)) {
		return 4 - call->answer.len;
	}
	return len > AGENT_ANSWER_BYTES ? 0 : len - rest.len;
}

static enum step read_answer(struct agent_call *call, struct wait *wait, struct err *err)
{
	char bytes[4096];
	size_t want = 0;

	while ((want = missing(call)) > 0) {
		ssize_t got = recv(call->fd, bytes, want < sizeof(bytes) ? want : sizeof(bytes), 0);

		if (got > 0) {
			str_add_bytes(&call->answer, bytes, (size_t)got);
		} else if (got == 0) {
			(void)err_set(err, ERR_PEER, "closed the connection without an answer");
			return fail(call, AGENT_BROKEN, err);
		} else if (errno == EAGAIN) {
			wait_fd(wait, call->fd, WAIT_READ);
			return STEP_WAIT;
		} else if (errno != EINTR) {
			return fail_errno(call, errno, "receive", err);
		}
	}
	if (call->answer.len == 4) { /* no message is empty */
		(void)err_set(err, ERR_PEER, "what it says is not what an agent says");
		return fail(call, AGENT_BROKEN, err);
	}
	return STEP_DONE;
}

static enum step ask(struct agent_call *call, struct wait *wait, struct err *err)
{
	enum step step = send_request(call, wait, err);

	return step == STEP_DONE ? read_answer(call, wait, err) : step;
}

/** The first of two requests was answered: go on to the second. */
static enum step ask_next(struct agent_call *call, struct wait *wait, struct err *err)
{
	if (call->answer.at[4] != AGENT_SUCCESS) {
		(void)err_set(err, ERR_PEER, "it does not know what it was asked");
		return fail(call, AGENT_REFUSED, err);
	}
	str_release(&call->request);
	call->request = call->next;
	call->next = (struct str){0};
	call->sent = 0;
	str_clear(&call->answer);
	return ask(call, wait, err);
}

enum step agent_step(struct agent_call *call, struct wait *wait, int64_t now_ms, struct err *err)
{
	enum step step = call->is_connected ? STEP_DONE : connect_to_agent(call, wait, now_ms, err);

	if (step == STEP_DONE) {
		step = ask(call, wait, err);
	}
	if (step == STEP_DONE && call->next.len > 0) {
		step = ask_next(call, wait, err);
	}
	if (step == STEP_WAIT && now_ms >= call->until_ms) {
		(void)err_set(err, ERR_TIMEOUT, "no answer in time");
		return fail(call, AGENT_SILENT, err);
	}
	if (step == STEP_WAIT) {
		wait_until(wait, call->until_ms);
	}
	return step;
}

struct text agent_answer(const struct agent_call *call)
{
	return (struct text){call->answer.at + 4, call->answer.len - 4};
}

void agent_call_release(struct agent_call *call)
{
	if (call->fd >= 0) {
		(void)close(call->fd);
	}
	str_release(&call->request);
	str_release(&call->next);
	str_release(&call->answer);
	*call = (struct agent_call){.fd = -1};
}

/* ---- answers */

/** Take the message number; a failure is an answer to everything. */
static enum agent_trouble take_number(struct text *answer, enum agent_message wanted,
				      struct err *err)
{
	unsigned char number = answer->len > 0 ? (unsigned char)answer->at[0] : 0;

	if (number == AGENT_FAILURE) {
		(void)err_set(err, ERR_PEER, "it refused");
		return AGENT_REFUSED;
	}
	if (number != wanted) {
		(void)err_set(err, ERR_PEER, "it answered with message %u, expected %u", number,
			      (unsigned)wanted);
		return AGENT_BROKEN;
	}
	answer->at++;
	answer->len--;
	return AGENT_FINE;
}

enum agent_trouble agent_find_key(struct text answer, struct text wanted, bool *is_there,
				  size_t *count, struct err *err)
{
	enum agent_trouble trouble = take_number(&answer, AGENT_IDENTITIES_ANSWER, err);
	unsigned keys = 0;
	bool is_found = false;

	if (trouble != AGENT_FINE) {
		return trouble;
	}
	if (!wire_take_u32(&answer, &keys) || keys > AGENT_KEYS_MAX) {
		(void)err_set(err, ERR_LIMIT, "its list of keys has no number from 0 to %d",
			      AGENT_KEYS_MAX);
		return AGENT_BROKEN;
	}
	for (unsigned i = 0; i < keys; i++) {
		struct text blob = {0};
		struct text comment = {0};

		if (!wire_take(&answer, &blob) || !wire_take(&answer, &comment)) {
			(void)err_set(err, ERR_PEER, "its list of %u keys ends after %u", keys, i);
			return AGENT_BROKEN;
		}
		is_found = is_found || text_equal(blob, wanted);
	}
	if (answer.len > 0) {
		(void)err_set(err, ERR_PEER, "more follows its list of %u keys", keys);
		return AGENT_BROKEN;
	}
	*is_there = is_found;
	*count = keys;
	return AGENT_FINE;
}

enum agent_trouble agent_read_signature(struct text answer, struct text algorithm,
					struct text *signature, struct err *err)
{
	enum agent_trouble trouble = take_number(&answer, AGENT_SIGN_RESPONSE, err);
	struct text both = {0};
	struct text how = {0};
	struct text bytes = {0};

	if (trouble != AGENT_FINE) {
		return trouble;
	}
	if (!wire_take(&answer, &both) || answer.len > 0 || !wire_take(&both, &how) ||
	    !wire_take(&both, &bytes) || both.len > 0 || bytes.len == 0) {
		(void)err_set(err, ERR_PEER, "its signature is not well formed");
		return AGENT_BROKEN;
	}
	if (!text_equal(how, plain_algorithm(algorithm))) {
		(void)err_set(err, ERR_PEER, "it signed in another way than '%.*s'",
			      (int)algorithm.len, algorithm.at);
		return AGENT_BROKEN;
	}
	*signature = bytes;
	return AGENT_FINE;
}
