#include "net/ssh_login.h"

#include <stdlib.h>
#include <string.h>

/** What Tailscale's own SSH server calls itself. */
#define TAILSCALE_IDENT "SSH-2.0-Tailscale"

static bool is_tailscale(const struct ssh_login *login)
{
	return strncmp(login->facts.ident, TAILSCALE_IDENT, strlen(TAILSCALE_IDENT)) == 0;
}

/** Is `name` one of a comma-separated list? */
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

/** Does the banner name a page that somebody has to visit? */
static bool names_page(const struct ssh_login *login)
{
	return strstr(login->facts.banner, "https://") != NULL;
}

/**
 * Note the authentication banner, where this libssh2 has a function for it. Without a banner that
 * overwrites the session's last error, so it is called when that has been looked at. A server may
 * send several; the one with the page to visit is what a human needs.
 */
static void note_auth_banner(struct ssh_login *login)
{
#if LIBSSH2_VERSION_NUM >= 0x010b00
	char *banner = NULL;

	if (!names_page(login) && libssh2_userauth_banner(login->transport.session, &banner) == 0 &&
	    banner) {
		ssh_copy_printable(login->facts.banner, sizeof(login->facts.banner),
				   text_of(banner));
	}
#else
	(void)login;
#endif
}

/**
 * There is no connection any more. Tailscale SSH answers whom no rule lets in with a banner and an
 * orderly close, never with USERAUTH_FAILURE (tailscaled 1.102 does); a line that broke is another
 * matter.
 */
static enum step lose(struct ssh_login *login)
{
	const struct ssh_transport *transport = &login->transport;

	if (is_tailscale(login) && transport->is_closed && transport->error == 0) {
		note_auth_banner(login);
		return ssh_end(login, SSH_POLICY_REJECTED, "it closed the connection");
	}
	return ssh_end(login, SSH_CONNECTION_LOST, ssh_library_message(login));
}

/**
 * Ask "none" and note which methods are offered instead.
 *
 * @return STEP_DONE with the list noted (or with the login ended); STEP_WAIT
 */
static enum step ask_methods(struct ssh_login *login)
{
	const char *user = login->spec.user;
	LIBSSH2_SESSION *session = login->transport.session;
	char *methods = libssh2_userauth_list(session, user, (unsigned)strlen(user));
	bool is_in = libssh2_userauth_authenticated(session) != 0;
	bool is_waiting =
		!methods && !is_in && ssh_would_block(login, libssh2_session_last_errno(session));

	if (!methods && !is_in && !is_waiting) {
		return lose(login);
	}
	note_auth_banner(login);
	if (methods) {
		ssh_copy_printable(login->facts.methods, sizeof(login->facts.methods),
				   text_of(methods));
		return STEP_DONE;
	}
	return is_waiting ? STEP_WAIT : ssh_end(login, SSH_LOGGED_IN_NONE, "it asked for no key");
}

/** Does a stall, or what the banner says meanwhile, mean that a human is asked? */
static bool is_human_asked(const struct ssh_login *login)
{
	return login->check_ms > 0 &&
	       (loop_now_ms(login->task.loop) >= login->check_ms || names_page(login));
}

static enum step list_methods(struct ssh_login *login, struct wait *wait)
{
	enum step step = ask_methods(login);

	if (step == STEP_WAIT && is_human_asked(login)) {
		return ssh_end(login, SSH_NEEDS_HUMAN_CHECK, "it waits for somebody's approval");
	}
	if (step == STEP_WAIT && login->check_ms > 0) {
		wait_until(wait, login->check_ms);
	}
	if (step == STEP_WAIT || login->state == AT_END) {
		return step;
	}
	if (!list_has(login->facts.methods, "publickey")) {
		return ssh_end(login, SSH_AUTH_INTERACTIVE_ONLY, "it does not offer publickey");
	}
	ssh_signing_begin(login);
	return ssh_go_on(login, AT_PUBLIC_KEY);
}

/** The server does not take the key: is that about the key, or about how it was offered? */
static enum step deny(struct ssh_login *login, const char *detail)
{
	if (ssh_is_rsa_crippled(login)) {
		return ssh_end(login, SSH_AUTH_DENIED_RSA,
			       "RSA key with libssh2 < 1.11: use an ed25519 key");
	}
	return ssh_end(login, SSH_AUTH_DENIED, detail);
}

static enum step prove_key(struct ssh_login *login, struct wait *wait)
{
	const struct ssh_signing *signing = &login->signing;
	int code = libssh2_userauth_publickey(login->transport.session, login->spec.user,
					      (const unsigned char *)signing->offered.at,
					      signing->offered.len, ssh_sign, &login->self);

	if (signing->state == SIGNING_FAILED) {
		return ssh_end(login, signing->outcome, signing->err.text);
	}
	if (ssh_would_block(login, code)) {
		return signing->state == SIGNING_ASKED ? ssh_signing_wait(login, wait) : STEP_WAIT;
	}
	if (code == 0) {
		note_auth_banner(login);
		return ssh_end(login, SSH_LOGGED_IN, "");
	}
	if (!login->transport.is_closed && code == LIBSSH2_ERROR_AUTHENTICATION_FAILED) {
		note_auth_banner(login);
		return ssh_signing_next(login)
			       ? STEP_DONE
			       : deny(login, "it does not take this key for this user");
	}
	if (!login->transport.is_closed && code == LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED) {
		return ssh_go_on(login, AT_REST);
	}
	return ssh_end(login, SSH_CONNECTION_LOST, ssh_library_message(login));
}

/**
 * It knew the key and refused the signature: either it wants something else besides, which then is
 * what it offers, or libssh2 calls a broken connection so.
 */
static enum step list_rest(struct ssh_login *login)
{
	enum step step = ask_methods(login);

	if (step == STEP_WAIT || login->state == AT_END) {
		return step;
	}
	if (list_has(login->facts.methods, "publickey")) {
		return deny(login, "it knows this key but refuses it");
	}
	return ssh_end(login, SSH_AUTH_INTERACTIVE_ONLY,
		       "it takes the key, but wants something from a human besides");
}

enum step ssh_auth_begin(struct ssh_login *login)
{
	ssh_begin_phase(login, login->spec.auth_ms, SSH_AUTH_MS);
	if (is_tailscale(login)) {
		login->check_ms = loop_now_ms(login->task.loop) +
				  (login->spec.check_ms > 0 ? login->spec.check_ms : SSH_CHECK_MS);
	}
	return ssh_go_on(login, AT_METHODS);
}

enum step ssh_auth_step(struct ssh_login *login, struct wait *wait)
{
	if (login->state == AT_METHODS) {
		return list_methods(login, wait);
	}
	return login->state == AT_PUBLIC_KEY ? prove_key(login, wait) : list_rest(login);
}
