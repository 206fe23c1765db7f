/* The kinds that leave the path before somebody is logged in. */
#include <netinet/in.h>
#include <string.h>

#include "crypto/digest.h"
#include "crypto/wire.h"
#include "ends.h"

/** Milliseconds between the bytes of a slow server. */
#define SLOW_MS 250

#define CHECK_BANNER "# To authenticate, visit: https://login.example/a/1234\r\n"

/* ---- before the identification */

/** Send a text over and over until the client is gone; @return GO_END */
static enum go repeat(struct peer *peer, const char *bytes, size_t len)
{
	while (peer_write(peer, bytes, len) == 0) {
	}
	return GO_END;
}

static enum go tarpit(struct peer *peer)
{
	peer->pause_ms = SLOW_MS / 25;
	return repeat(peer, "x7Zq\r\n", 6);
}

static enum go flood_lines(struct peer *peer)
{
	return repeat(peer, "welcome to a long story\r\n", 25);
}

static enum go flood_one_line(struct peer *peer)
{
	return repeat(peer, "never an end of this line ", 26);
}

/** Lines without end that look as if the identification began. */
static enum go flood_almost(struct peer *peer)
{
	return repeat(peer, "SSH\r\n", 5);
}

static enum go garbage(struct peer *peer)
{
	static const char zeros[512];

	(void)peer_write(peer, zeros, sizeof(zeros));
	return stall(peer);
}

static enum go flood_random(struct peer *peer)
{
	char bytes[1024];

	do {
		random_bytes(bytes, sizeof(bytes));
		bytes[0] = (char)0xff; /* text, by chance, this is not */
	} while (peer_write(peer, bytes, sizeof(bytes)) == 0);
	return GO_END;
}

static enum go say_and_hang_up(struct peer *peer, const char *text)
{
	(void)peer_write(peer, text, strlen(text));
	return hang_up(peer);
}

static enum go http(struct peer *peer)
{
	return say_and_hang_up(peer, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
}

static enum go http_open(struct peer *peer)
{
	const char *text = "HTTP/1.1 400 Bad Request\r\nConnection: keep-alive\r\n\r\n";

	(void)peer_write(peer, text, strlen(text));
	return stall(peer);
}

static enum go smtp(struct peer *peer)
{
	(void)peer_write(peer, "220 mail.example ESMTP\r\n", 24);
	return stall(peer);
}

static enum go max_startups(struct peer *peer)
{
	return say_and_hang_up(peer, "Exceeded MaxStartups\r\n");
}

static enum go penalty(struct peer *peer)
{
	return say_and_hang_up(peer, "Not allowed at this time\r\n");
}

static enum go ssh_1(struct peer *peer)
{
	return say_and_hang_up(peer, "SSH-1.5-old\r\n");
}

static enum go half_ident(struct peer *peer)
{
	(void)peer_write(peer, "SSH-2.0-Open", 12);
	return stall(peer);
}

static enum go long_ident(struct peer *peer)
{
	char line[4096];

	memset(line, 'x', sizeof(line));
	memcpy(line, "SSH-2.0-", 8);
	memcpy(line + sizeof(line) - 2, "\r\n", 2);
	(void)peer_write(peer, line, sizeof(line));
	return stall(peer);
}

/* ---- slow, or another way */

static enum go slow(struct peer *peer)
{
	peer->pause_ms = SLOW_MS;
	return GO_ON;
}

/** Slow, but with longer words than a second has room for. */
static enum go slow_ident(struct peer *peer)
{
	peer->ident = "SSH-2.0-OpenSSH_9.9 a-very-long-comment-that-takes-its-time-to-be-read";
	return slow(peer);
}

static enum go other_key(struct peer *peer)
{
	peer->key = zoo_keys.other;
	return GO_ON;
}

static enum go revoked_key(struct peer *peer)
{
	peer->key = zoo_keys.revoked;
	return GO_ON;
}

static enum go old_algorithms(struct peer *peer)
{
	peer->key_exchange = "diffie-hellman-group1-sha1";
	(void)peer_say_kexinit(peer);
	return stall(peer);
}

static enum go forged_signature(struct peer *peer)
{
	(void)peer_say_share(peer, true);
	return stall(peer);
}

/** A packet that claims to be `head` bytes long. */
static enum go claim_length(struct peer *peer, const char head[4])
{
	char packet[64] = {0};

	memcpy(packet, head, 4);
	(void)peer_write(peer, packet, sizeof(packet));
	return stall(peer);
}

static enum go huge_packet(struct peer *peer)
{
	return claim_length(peer, "\x7f\xff\xff\xff");
}

static enum go negative_packet(struct peer *peer)
{
	return claim_length(peer, "\xff\xff\xff\xff");
}

static enum go empty_packet(struct peer *peer)
{
	return claim_length(peer, "\0\0\0\0");
}

/** Bytes that no key decrypts to anything: a length, and a MAC, that are wrong. */
static enum go noise(struct peer *peer)
{
	char bytes[256];

	random_bytes(bytes, sizeof(bytes));
	(void)peer_write(peer, bytes, sizeof(bytes));
	return stall(peer);
}

/** A well-formed packet with a wrong MAC. */
static enum go wrong_mac(struct peer *peer)
{
	peer->mac_out[0] ^= 1U;
	(void)peer_send_empty(peer, MSG_IGNORE);
	return stall(peer);
}

static enum go flood_ignore(struct peer *peer)
{
	return flood_packets(peer, MSG_IGNORE);
}

static enum go flood_debug(struct peer *peer)
{
	return flood_packets(peer, MSG_DEBUG);
}

static enum go flood_banner(struct peer *peer)
{
	return flood_packets(peer, MSG_USERAUTH_BANNER);
}

/** The smallest packets, as many as go through. */
static enum go flood_unimplemented(struct peer *peer)
{
	while (peer_send_empty(peer, MSG_UNIMPLEMENTED) == 0) {
	}
	return GO_END;
}

/* ---- authentication */

/** Refuse this request and each further one. */
static enum go refuse(struct peer *peer, const char *methods, bool is_partial)
{
	do {
		if (peer_refuse(peer, methods, is_partial)) {
			return GO_END;
		}
	} while (peer_expect(peer, MSG_USERAUTH_REQUEST) == 0);
	return GO_END;
}

static enum go deny(struct peer *peer)
{
	return refuse(peer, "publickey", false);
}

static enum go want_password(struct peer *peer)
{
	return refuse(peer, "password,keyboard-interactive", false);
}

static enum go want_password_besides(struct peer *peer)
{
	return refuse(peer, "password", true);
}

static enum go want_nothing_known(struct peer *peer)
{
	return refuse(peer, "", false);
}

static enum go check_with_banner(struct peer *peer)
{
	struct str message = {0};

	str_add_char(&message, MSG_USERAUTH_BANNER);
	wire_add_text(&message, text_of(CHECK_BANNER));
	wire_add_text(&message, text_of(""));
	(void)peer_send(peer, &message);
	str_release(&message);
	return stall(peer);
}

#define UNKNOWN "unknown"
#define FAIL "fail"

const struct kind login_kinds[] = {
	{"silence", AT_ACCEPT, stall, UNKNOWN, "net.silent", NULL},
	{"ignores_the_client", AT_ACCEPT, ignore, UNKNOWN, "net.silent", NULL},
	{"hangs_up_at_once", AT_ACCEPT, hang_up, UNKNOWN, "net.closed", NULL},
	{"resets_at_once", AT_ACCEPT, reset, UNKNOWN, "net.closed", NULL},
	{"resets_at_ident", AT_IDENT, reset, UNKNOWN, "net.closed", NULL},
	{"tarpit", AT_ACCEPT, tarpit, UNKNOWN, "ssh.tarpit", NULL},
	{"floods_lines", AT_ACCEPT, flood_lines, UNKNOWN, "ssh.tarpit", NULL},
	{"floods_one_line", AT_ACCEPT, flood_one_line, UNKNOWN, "ssh.tarpit", NULL},
	{"floods_almost_idents", AT_ACCEPT, flood_almost, UNKNOWN, "ssh.tarpit", NULL},
	{"says_zeros", AT_ACCEPT, garbage, UNKNOWN, "ssh.not_ssh", NULL},
	{"floods_noise", AT_ACCEPT, flood_random, UNKNOWN, "ssh.not_ssh", NULL},
	{"speaks_http", AT_ACCEPT, http, UNKNOWN, "ssh.not_ssh", NULL},
	{"speaks_http_and_stays", AT_ACCEPT, http_open, UNKNOWN, "ssh.not_ssh", NULL},
	{"speaks_smtp", AT_ACCEPT, smtp, UNKNOWN, "ssh.not_ssh", NULL},
	{"max_startups", AT_ACCEPT, max_startups, UNKNOWN, "ssh.throttled", NULL},
	{"penalty", AT_ACCEPT, penalty, UNKNOWN, "ssh.throttled", NULL},
	{"speaks_ssh_1", AT_ACCEPT, ssh_1, UNKNOWN, "ssh.algorithms", NULL},
	{"half_an_ident", AT_IDENT, half_ident, UNKNOWN, "ssh.tarpit", NULL},
	{"a_long_ident", AT_IDENT, long_ident, UNKNOWN, "ssh.not_ssh", NULL},
	{"a_slow_ident", AT_IDENT, slow_ident, UNKNOWN, "ssh.tarpit", NULL},

	{"stalls_at_kexinit", AT_KEXINIT, stall, UNKNOWN, "ssh.kex", NULL},
	{"ignores_the_kexinit", AT_KEXINIT, ignore, UNKNOWN, "ssh.kex", NULL},
	{"hangs_up_at_kexinit", AT_KEXINIT, hang_up, UNKNOWN, "ssh.kex", NULL},
	{"resets_at_kexinit", AT_KEXINIT, reset, UNKNOWN, "ssh.kex", NULL},
	{"disconnects_at_kexinit", AT_KEXINIT, disconnect, UNKNOWN, "ssh.kex", NULL},
	{"a_slow_kexinit", AT_KEXINIT, slow, UNKNOWN, "ssh.kex", NULL},
	{"old_algorithms", AT_KEXINIT, old_algorithms, UNKNOWN, "ssh.algorithms", NULL},
	{"a_huge_packet", AT_KEXINIT, huge_packet, UNKNOWN, "ssh.kex", NULL},
	{"a_negative_packet", AT_KEXINIT, negative_packet, UNKNOWN, "ssh.kex", NULL},
	{"an_empty_packet", AT_KEXINIT, empty_packet, UNKNOWN, "ssh.kex", NULL},
	{"floods_ignores_at_kexinit", AT_KEXINIT, flood_ignore, UNKNOWN, "ssh.kex", NULL},
	{"stalls_at_share", AT_SHARE, stall, UNKNOWN, "ssh.kex", NULL},
	{"hangs_up_at_share", AT_SHARE, hang_up, UNKNOWN, "ssh.kex", NULL},
	{"resets_at_share", AT_SHARE, reset, UNKNOWN, "ssh.kex", NULL},
	{"disconnects_at_share", AT_SHARE, disconnect, UNKNOWN, "ssh.kex", NULL},
	{"floods_debug_at_share", AT_SHARE, flood_debug, UNKNOWN, "ssh.kex", NULL},
	{"forges_its_signature", AT_SHARE, forged_signature, UNKNOWN, "ssh.kex", NULL},
	{"another_key", AT_SHARE, other_key, FAIL, "ssh.host_key.changed", NULL},
	{"a_revoked_key", AT_SHARE, revoked_key, FAIL, "ssh.host_key.revoked", NULL},
	{"stalls_at_newkeys", AT_NEWKEYS, stall, UNKNOWN, "ssh.kex", NULL},
	{"hangs_up_at_newkeys", AT_NEWKEYS, hang_up, UNKNOWN, "ssh.kex", NULL},
	{"resets_at_newkeys", AT_NEWKEYS, reset, UNKNOWN, "ssh.kex", NULL},
	{"stalls_at_service", AT_SERVICE, stall, UNKNOWN, "ssh.kex", NULL},
	{"hangs_up_at_service", AT_SERVICE, hang_up, UNKNOWN, "ssh.kex", NULL},
	{"resets_at_service", AT_SERVICE, reset, UNKNOWN, "ssh.kex", NULL},
	{"disconnects_at_service", AT_SERVICE, disconnect, UNKNOWN, "ssh.kex", NULL},
	{"noise_at_service", AT_SERVICE, noise, UNKNOWN, "ssh.kex", NULL},

	{"stalls_at_none", AT_NONE, stall, UNKNOWN, "auth.timeout", NULL},
	{"hangs_up_at_none", AT_NONE, hang_up, UNKNOWN, "ssh.lost", NULL},
	{"resets_at_none", AT_NONE, reset, UNKNOWN, "ssh.lost", NULL},
	{"disconnects_at_none", AT_NONE, disconnect, UNKNOWN, "ssh.lost", NULL},
	{"a_slow_none", AT_NONE, slow, UNKNOWN, "auth.timeout", NULL},
	{"wrong_mac_at_none", AT_NONE, wrong_mac, UNKNOWN, "ssh.lost", NULL},
	{"floods_ignores", AT_NONE, flood_ignore, UNKNOWN, "ssh.lost", NULL},
	{"floods_debug", AT_NONE, flood_debug, UNKNOWN, "ssh.lost", NULL},
	{"floods_banners", AT_NONE, flood_banner, UNKNOWN, "ssh.lost", NULL},
	{"floods_unimplemented", AT_NONE, flood_unimplemented, UNKNOWN, "ssh.lost", NULL},
	{"rekeys_and_stalls", AT_NONE, rekey_and_stall, UNKNOWN, "auth.timeout", NULL},
	{"wants_a_password", AT_NONE, want_password, FAIL, "auth.blocked.interactive", NULL},
	{"offers_nothing", AT_NONE, want_nothing_known, FAIL, "auth.blocked.interactive", NULL},
	{"check_mode", AT_NONE, stall, FAIL, "auth.blocked.tailscale_check", "SSH-2.0-Tailscale"},
	{"check_mode_with_banner", AT_NONE, check_with_banner, FAIL, "auth.blocked.tailscale_check",
	 "SSH-2.0-Tailscale"},
	{"policy_rejects", AT_NONE, hang_up, FAIL, "auth.denied.tailscale_policy",
	 "SSH-2.0-Tailscale"},
	{"breaks_as_policy", AT_NONE, reset, UNKNOWN, "ssh.lost", "SSH-2.0-Tailscale"},
	{"stalls_at_probe", AT_PROBE, stall, UNKNOWN, "auth.timeout", NULL},
	{"hangs_up_at_probe", AT_PROBE, hang_up, UNKNOWN, "ssh.lost", NULL},
	{"resets_at_probe", AT_PROBE, reset, UNKNOWN, "ssh.lost", NULL},
	{"denies", AT_PROBE, deny, FAIL, "auth.denied", NULL},
	{"stalls_at_signature", AT_SIGNATURE, stall, UNKNOWN, "auth.timeout", NULL},
	{"hangs_up_at_signature", AT_SIGNATURE, hang_up, UNKNOWN, "ssh.lost", NULL},
	{"resets_at_signature", AT_SIGNATURE, reset, UNKNOWN, "ssh.lost", NULL},
	{"refuses_the_signature", AT_SIGNATURE, deny, FAIL, "auth.denied", NULL},
	{"wants_a_password_besides", AT_SIGNATURE, want_password_besides, FAIL,
	 "auth.blocked.interactive", NULL},
	{0},
};
