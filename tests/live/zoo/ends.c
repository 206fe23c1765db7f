#include "ends.h"

#include <poll.h>
#include <sys/socket.h>

#include "crypto/wire.h"

enum go stall(struct peer *peer)
{
	peer_drain(peer);
	return GO_END;
}

enum go ignore(struct peer *peer)
{
	struct pollfd gone = {.fd = peer->fd, .events = 0};

	(void)poll(&gone, 1, 60000);
	return GO_END;
}

enum go hang_up(struct peer *peer)
{
	(void)shutdown(peer->fd, SHUT_WR);
	peer_drain(peer);
	return GO_END;
}

enum go reset(struct peer *peer)
{
	const struct linger at_once = {1, 0};

	(void)setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	return GO_END;
}

enum go disconnect(struct peer *peer)
{
	struct str message = {0};

	str_add_char(&message, MSG_DISCONNECT);
	wire_add_u32(&message, 11);
	wire_add_text(&message, text_of("go away"));
	wire_add_text(&message, text_of(""));
	(void)peer_send(peer, &message);
	str_release(&message);
	return hang_up(peer);
}

enum go flood_packets(struct peer *peer, int number)
{
	struct str message = {0};
	static const char filler[1000];

	str_add_char(&message, (char)number);
	if (number == MSG_DEBUG) {
		str_add_char(&message, 0);
	}
	wire_add(&message, filler, sizeof(filler));
	if (number == MSG_DEBUG || number == MSG_USERAUTH_BANNER) {
		wire_add_text(&message, text_of(""));
	}
	while (peer_send(peer, &message) == 0) {
	}
	str_release(&message);
	return GO_END;
}

enum go rekey_and_stall(struct peer *peer)
{
	(void)peer_say_kexinit(peer);
	return stall(peer);
}
