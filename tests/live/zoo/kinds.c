#include "kinds.h"

#include "command.h"
#include "crypto/wire.h"

struct zoo_keys zoo_keys;

const struct kind *kind_at(size_t index)
{
	const struct kind *kind = login_kinds;

	for (; kind->name && index > 0; index--) {
		kind++;
	}
	if (!kind->name) {
		kind = command_kinds + index;
	}
	return kind->name ? kind : NULL;
}

/* ---- one connection */

const char *phase_name(enum phase phase)
{
	static const char *const names[] = {
		[AT_ACCEPT] = "accept", [AT_IDENT] = "ident",     [AT_KEXINIT] = "kexinit",
		[AT_SHARE] = "share",   [AT_NEWKEYS] = "newkeys", [AT_SERVICE] = "service",
		[AT_NONE] = "none",     [AT_PROBE] = "probe",     [AT_SIGNATURE] = "signature",
		[AT_OPEN] = "open",     [AT_EXEC] = "exec",       [AT_REST] = "rest",
	};

	return names[phase];
}

/** Read what the client says in a phase. @return 0, or -1 when it is gone */
static int hear(struct peer *peer, enum phase phase)
{
	switch (phase) {
	case AT_ACCEPT:
	case AT_REST:
		break;
	case AT_IDENT:
		return peer_hear_ident(peer);
	case AT_KEXINIT:
		return peer_hear_kexinit(peer);
	case AT_SHARE:
		return peer_hear_share(peer);
	case AT_NEWKEYS:
		return peer_hear_newkeys(peer);
	case AT_SERVICE:
		return peer_expect(peer, MSG_SERVICE_REQUEST);
	case AT_NONE:
	case AT_PROBE:
	case AT_SIGNATURE:
		return peer_expect(peer, MSG_USERAUTH_REQUEST);
	case AT_OPEN:
		return command_hear_open(peer);
	case AT_EXEC:
		return command_hear_exec(peer);
	}
	return 0;
}

static int accept_service(struct peer *peer)
{
	struct str message = {0};
	int result = 0;

	str_add_char(&message, MSG_SERVICE_ACCEPT);
	wire_add_text(&message, text_of("ssh-userauth"));
	result = peer_send(peer, &message);
	str_release(&message);
	return result;
}

/** The key that was asked about would do: repeat its algorithm and itself. */
static int accept_key(struct peer *peer)
{
	struct text rest = {peer->heard.at + 1, peer->heard.len - 1};
	struct text part = {0};
	struct str message = {0};
	int result = -1;

	for (int i = 0; i < 3; i++) { /* user, service, method */
		if (!wire_take(&rest, &part)) {
			return -1;
		}
	}
	if (rest.len > 0) { /* behind whether there is a signature */
		str_add_char(&message, MSG_USERAUTH_PK_OK);
		str_add_bytes(&message, rest.at + 1, rest.len - 1);
		result = peer_send(peer, &message);
	}
	str_release(&message);
	return result;
}

/** What a good server answers in a phase. @return 0, or -1 when the client is gone */
static int answer(struct peer *peer, enum phase phase)
{
	switch (phase) {
	case AT_ACCEPT:
		break;
	case AT_IDENT:
		return peer_say_ident(peer);
	case AT_KEXINIT:
		return peer_say_kexinit(peer);
	case AT_SHARE:
		return peer_say_share(peer, false);
	case AT_NEWKEYS:
		return peer_say_newkeys(peer);
	case AT_SERVICE:
		return accept_service(peer);
	case AT_NONE:
		return peer_refuse(peer, "publickey,password", false);
	case AT_PROBE:
		return accept_key(peer);
	case AT_SIGNATURE:
		return peer_send_empty(peer, MSG_USERAUTH_SUCCESS);
	case AT_OPEN:
		return command_say_open(peer);
	case AT_EXEC:
		return command_say_all(peer);
	case AT_REST:
		peer_drain(peer);
		break;
	}
	return 0;
}

void kind_serve(const struct kind *kind, int fd, enum phase *furthest)
{
	struct peer peer;
	enum go go = GO_ON;

	peer_open(&peer, fd, zoo_keys.pinned);
	peer.ident = kind->ident ? kind->ident : peer.ident;
	for (enum phase phase = AT_ACCEPT; go != GO_END && phase <= AT_REST; phase++) {
		if (hear(&peer, phase)) {
			break;
		}
		*furthest = phase;
		go = phase == kind->at ? kind->act(&peer) : GO_ON;
		if (go == GO_IN) {
			phase = AT_SIGNATURE;
		} else if (go == GO_ON && answer(&peer, phase)) {
			break;
		}
	}
	peer_close(&peer);
}
