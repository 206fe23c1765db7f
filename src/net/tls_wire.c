/* A stream of ours as OpenSSL wants to see it, with a ceiling, and a look at the first bytes. */
#include "net/tls_private.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/clock.h"

/** Bytes that one step reads: some records of the largest size. */
#define STEP_BYTES ((size_t)64 * 1024)

static int on_write(BIO *bio, const char *from, int len)
{
	struct tls_wire *wire = BIO_get_data(bio);
	ssize_t sent = 0;

	BIO_clear_retry_flags(bio);
	if (len <= 0 || wire->is_flooded) {
		return -1;
	}
	if (wire->is_cut) {
		return len;
	}
	sent = stream_write(wire->stream, from, (size_t)len);
	if (sent == -EAGAIN) {
		BIO_set_retry_write(bio);
		return -1;
	}
	if (sent < 0) {
		/* What the server said before it went, an alert perhaps, can still be read. */
		wire->is_cut = true;
		return len;
	}
	wire->sent_ms = wire->sent_ms ? wire->sent_ms : clock_monotonic_ms();
	return (int)sent;
}

static void note_bytes(struct tls_wire *wire, const char *at, size_t len)
{
	size_t room = sizeof(wire->head) - wire->head_len;
	size_t kept = len < room ? len : room;

	if (wire->received == 0) {
		wire->first_byte_ms = clock_monotonic_ms();
	}
	memcpy(wire->head + wire->head_len, at, kept);
	wire->head_len += kept;
	wire->received += len;
	wire->budget -= len;
	wire->is_flooded = wire->received > TLS_HANDSHAKE_BYTES;
}

/** Of what is no TLS, the rest of the first bytes: OpenSSL 3.5 asks for the five of a header only.
 */
static void look_on(struct tls_wire *wire)
{
	ssize_t got = stream_read(wire->stream, wire->head + wire->head_len,
				  sizeof(wire->head) - wire->head_len);

	wire->head_len += got > 0 ? (size_t)got : 0;
}

static int on_read(BIO *bio, char *to, int len)
{
	struct tls_wire *wire = BIO_get_data(bio);
	size_t room = len > 0 ? (size_t)len : 0;
	ssize_t got = 0;

	BIO_clear_retry_flags(bio);
	if (wire->error || wire->is_ended || wire->is_flooded || room == 0) {
		return -1;
	}
	room = room < wire->budget ? room : wire->budget;
	if (room == 0) {
		wire->is_hungry = true;
		BIO_set_retry_read(bio);
		return -1;
	}
	got = stream_read(wire->stream, to, room);
	if (got == -EAGAIN) {
		BIO_set_retry_read(bio);
		return -1;
	}
	if (got <= 0) {
		wire->is_ended = got == 0;
		wire->error = (int)-got;
		return -1;
	}
	note_bytes(wire, to, (size_t)got);
	if (tls_wire_is_foreign(wire)) {
		look_on(wire);
		return -1;
	}
	return wire->is_flooded ? -1 : (int)got;
}

static long on_control(BIO *bio, int command, long number, void *pointer)
{
	(void)bio;
	(void)number;
	(void)pointer;
	return command == BIO_CTRL_FLUSH; /* nothing is held back */
}

BIO_METHOD *tls_wire_method(void)
{
	BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "stream");

	if (method &&
	    (!BIO_meth_set_write(method, on_write) || !BIO_meth_set_read(method, on_read) ||
	     !BIO_meth_set_ctrl(method, on_control))) {
		BIO_meth_free(method);
		return NULL;
	}
	return method;
}

BIO *tls_wire_bio(const BIO_METHOD *method, struct tls_wire *wire)
{
	BIO *bio = BIO_new(method);

	if (bio) {
		BIO_set_data(bio, wire);
		BIO_set_init(bio, 1);
	}
	return bio;
}

void tls_wire_begin_step(struct tls_wire *wire)
{
	wire->budget = STEP_BYTES;
	wire->is_hungry = false;
}

/** A server begins with an alert (21) or a handshake message (22) of version 3.x. */
bool tls_wire_is_foreign(const struct tls_wire *wire)
{
	return (wire->head_len > 0 && wire->head[0] != 21 && wire->head[0] != 22) ||
	       (wire->head_len > 1 && wire->head[1] != 3);
}

bool tls_wire_is_http(const struct tls_wire *wire)
{
	/* Servers that take garbage for HTTP/0.9 answer with the page alone. */
	static const char *const starts[] = {"HTTP/", "<html", "<HTML", "<!DOCTYPE", "<!doctype"};

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		if (text_starts((struct text){wire->head, wire->head_len}, starts[i])) {
			return true;
		}
	}
	return false;
}
