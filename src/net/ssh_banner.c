#include "net/ssh_banner.h"

#include <string.h>

/** Servers send a legal notice at most (ssh.md, trap 1: cut at 8 to 16 KB or 64 lines). */
#define BANNER_BYTES ((size_t)8 * 1024)
#define BANNER_LINES 64

/** Lines that give their sender away. */
static const struct tell {
	const char *prefix;
	enum ssh_banner_state state;
} tells[] = {
	{"SSH-2.0-", BANNER_SEEN},
	{"SSH-1.99-", BANNER_SEEN}, /* both versions (RFC 4253, section 5.1) */
	{"SSH-", BANNER_OLD},
	{"Exceeded MaxStartups", BANNER_THROTTLED},
	{"Not allowed at this time", BANNER_THROTTLED}, /* OpenSSH 9.8, PerSourcePenalties */
	{"HTTP/", BANNER_NOT_SSH},
	{"220 ", BANNER_NOT_SSH}, /* SMTP, FTP */
	{"220-", BANNER_NOT_SSH},
	{"+OK", BANNER_NOT_SSH},   /* POP3 */
	{"* OK", BANNER_NOT_SSH},  /* IMAP */
	{"RFB 0", BANNER_NOT_SSH}, /* VNC */
};

static enum ssh_banner_state tell(struct text line)
{
	for (size_t i = 0; i < sizeof(tells) / sizeof(tells[0]); i++) {
		if (text_starts(line, tells[i].prefix)) {
			return tells[i].state;
		}
	}
	return BANNER_MORE;
}

/** NUL, and bytes that no UTF-8 text has: TLS, Telnet, databases. */
static bool is_no_text(unsigned char byte)
{
	return byte == 0 || byte == 0xc0 || byte == 0xc1 || byte >= 0xf5;
}

static struct text current_line(const struct ssh_banner *banner)
{
	return (struct text){banner->line, banner->line_len};
}

/** The line is complete: decide by it, or count it and begin the next. */
static void end_line(struct ssh_banner *banner)
{
	if (banner->line_len > 0 && banner->line[banner->line_len - 1] == '\r') {
		banner->line_len--;
	}
	banner->state = tell(current_line(banner));
	if (banner->state == BANNER_SEEN && banner->line_len > SSH_IDENT_BYTES) {
		banner->state = BANNER_NOT_SSH;
	}
	if (banner->state != BANNER_MORE) {
		return;
	}
	if (banner->lines == 0) {
		memcpy(banner->first, banner->line, banner->line_len);
		banner->first_len = banner->line_len;
	}
	banner->line_len = 0;
	banner->lines++;
	if (banner->lines == BANNER_LINES) {
		banner->state = BANNER_TARPIT;
	}
}

size_t ssh_banner_read(struct ssh_banner *banner, struct text bytes)
{
	size_t taken = 0;

	while (taken < bytes.len && banner->state == BANNER_MORE) {
		char byte = bytes.at[taken++];

		banner->bytes++;
		if (is_no_text((unsigned char)byte)) {
			banner->state = BANNER_NOT_SSH;
		} else if (byte == '\n') {
			end_line(banner);
		} else if (banner->line_len < sizeof(banner->line)) {
			banner->line[banner->line_len++] = byte;
		}
		if (banner->state == BANNER_MORE && banner->bytes == BANNER_BYTES) {
			banner->state = BANNER_TARPIT;
		}
	}
	return taken;
}

enum ssh_banner_state ssh_banner_end(struct ssh_banner *banner)
{
	if (banner->state == BANNER_MORE) {
		banner->state = tell(current_line(banner));
		/* An identification that was cut short is none. */
		if (banner->state != BANNER_THROTTLED) {
			banner->state = BANNER_NOT_SSH;
		}
	}
	return banner->state;
}

struct text ssh_banner_text(const struct ssh_banner *banner)
{
	if (banner->lines > 0 && banner->state != BANNER_SEEN && banner->state != BANNER_OLD) {
		return (struct text){banner->first, banner->first_len};
	}
	return current_line(banner);
}
