#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "crypto/wire.h"
#include "net/ssh_login.h"

/** Whose server takes an RSA key under the name of its algorithm (ssh.md, section 1.2). */
#define OPENSSH_IDENT "SSH-2.0-OpenSSH_"

/** The algorithm that is asked for then. */
#define RSA_ALGORITHM "rsa-sha2-256"

/** The first libssh2 that learns from the server how RSA keys may sign, and that knows
 * certificates. */
#define LIBSSH2_WITH_RSA_SHA2 0x010b00

/* ---- what is offered */

bool ssh_is_rsa_crippled(const struct ssh_login *login)
{
	return strcmp(login_key_type(login->spec.key), "ssh-rsa") == 0 &&
	       !libssh2_version(LIBSSH2_WITH_RSA_SHA2);
}

bool ssh_takes_certificate(const char *key_type)
{
	return libssh2_version(LIBSSH2_WITH_RSA_SHA2) || strncmp(key_type, "ecdsa-", 6) == 0;
}

bool ssh_signing_next(struct ssh_login *login)
{
	if (!login->signing.is_certificate) {
		return false;
	}
	login->signing.is_plain = true;
	ssh_signing_begin(login);
	return true;
}

void ssh_signing_begin(struct ssh_login *login)
{
	struct str *offered = &login->signing.offered;
	struct text blob = login_key_blob(login->spec.key);
	struct text type = {0};

	str_clear(offered);
	login->signing.is_certificate = login->spec.certificate.len > 0 && !login->signing.is_plain;
	if (login->signing.is_certificate) {
		str_add_text(offered, login->spec.certificate);
		return;
	}
	if (ssh_is_rsa_crippled(login) &&
	    strncmp(login->facts.ident, OPENSSH_IDENT, strlen(OPENSSH_IDENT)) == 0 &&
	    wire_take(&blob, &type)) {
		/* An old libssh2 takes the algorithm from the key's own first string. */
		wire_add_text(offered, text_of(RSA_ALGORITHM));
	}
	str_add_text(offered, blob);
}

/* ---- signing */

static void fail(struct ssh_signing *signing, enum ssh_outcome outcome)
{
	signing->state = SIGNING_FAILED;
	signing->outcome = outcome;
}

static void blame_agent(struct ssh_login *login, enum agent_trouble trouble)
{
	static const enum ssh_outcome outcomes[] = {
		[AGENT_FINE] = SSH_INTERNAL,         [AGENT_ABSENT] = SSH_AGENT_ABSENT,
		[AGENT_SILENT] = SSH_AGENT_SILENT,   [AGENT_BROKEN] = SSH_AGENT_BROKEN,
		[AGENT_REFUSED] = SSH_AGENT_REFUSED,
	};

	fail(&login->signing, outcomes[trouble]);
}

/**
 * The algorithm in what is to be signed (RFC 4252, section 7): libssh2 may have chosen it with the
 * server.
 */
static bool find_algorithm(struct text message, struct text *algorithm)
{
	struct text part = {0};

	if (!wire_take(&message, &part) || message.len == 0) { /* the session's id */
		return false;
	}
	message.at++; /* the number of the request */
	message.len--;
	for (int i = 0; i < 3; i++) { /* user, service, method */
		if (!wire_take(&message, &part)) {
			return false;
		}
	}
	if (message.len == 0) {
		return false;
	}
	message.at++; /* there is a signature */
	message.len--;
	return wire_take(&message, algorithm);
}

/** What the key signs itself is there at once; an agent is only asked. */
static void start_signing(struct ssh_login *login, struct text message)
{
	struct ssh_signing *signing = &login->signing;
	const struct ssh_spec *spec = &login->spec;
	int64_t until_ms =
		loop_now_ms(login->task.loop) + (spec->sign_ms > 0 ? spec->sign_ms : AGENT_SIGN_MS);
	struct text algorithm = {0};

	if (!find_algorithm(message, &algorithm)) {
		(void)err_set(&signing->err, ERR_INTERNAL, "libssh2 asks for a strange signature");
		fail(signing, SSH_INTERNAL);
		return;
	}
	if (!spec->agent) {
		if (login_key_sign(spec->key, algorithm, message, &signing->signature,
				   &signing->err)) {
			fail(signing, SSH_INTERNAL);
			return;
		}
		signing->state = SIGNING_DONE;
		return;
	}
	str_add_text(&signing->message, message);
	str_add_text(&signing->algorithm, algorithm);
	agent_ask_signature(&signing->call, spec->agent,
			    until_ms < login->until_ms ? until_ms : login->until_ms,
			    login_key_blob(spec->key), algorithm, message);
	signing->state = SIGNING_ASKED;
}

LIBSSH2_USERAUTH_PUBLICKEY_SIGN_FUNC(ssh_sign)
{
	struct ssh_login *login = *abstract;
	struct ssh_signing *signing = &login->signing;

	(void)session;
	if (signing->state == SIGNING_NOT_YET) {
		start_signing(login, (struct text){(const char *)data, data_len});
	}
	if (signing->state == SIGNING_ASKED) {
		return LIBSSH2_ERROR_EAGAIN;
	}
	if (signing->state == SIGNING_FAILED) {
		return -1;
	}
	*sig = malloc(signing->signature.len); /* libssh2 frees it */
	if (!*sig) {
		return -1;
	}
	memcpy(*sig, signing->signature.at, signing->signature.len);
	*sig_len = signing->signature.len;
	return 0;
}

/* ---- waiting for the agent */

static void read_signature(struct ssh_login *login)
{
	struct ssh_signing *signing = &login->signing;
	struct text algorithm = str_view(&signing->algorithm);
	struct text signature = {0};
	enum agent_trouble trouble = agent_read_signature(agent_answer(&signing->call), algorithm,
							  &signature, &signing->err);

	if (trouble == AGENT_FINE && !login_key_verifies(login->spec.key, algorithm,
							 str_view(&signing->message), signature)) {
		(void)err_set(&signing->err, ERR_PEER, "its signature is not one of the key");
		trouble = AGENT_BROKEN;
	}
	if (trouble != AGENT_FINE) {
		(void)err_wrap(&signing->err, "agent '%s'", login->spec.agent);
		blame_agent(login, trouble);
		return;
	}
	str_add_text(&signing->signature, signature);
	signing->state = SIGNING_DONE;
}

enum step ssh_signing_wait(struct ssh_login *login, struct wait *wait)
{
	struct ssh_signing *signing = &login->signing;
	enum step step =
		agent_step(&signing->call, wait, loop_now_ms(login->task.loop), &signing->err);

	if (step == STEP_WAIT) {
		return STEP_WAIT;
	}
	if (step == STEP_DONE) {
		read_signature(login);
	} else {
		blame_agent(login, signing->call.trouble);
	}
	agent_call_release(&signing->call);
	if (signing->state == SIGNING_FAILED) {
		return ssh_end(login, signing->outcome, signing->err.text);
	}
	return STEP_DONE;
}

void ssh_signing_release(struct ssh_signing *signing)
{
	agent_call_release(&signing->call);
	str_release(&signing->offered);
	str_release(&signing->message);
	str_release(&signing->algorithm);
	str_release(&signing->signature);
}
