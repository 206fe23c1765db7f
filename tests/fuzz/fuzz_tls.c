/*
 * Bytes of a server, whatever they are, against the TLS prober: it ends, says how, and stays within
 * its ceilings. The first byte says in which pieces the others come.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "net/tls.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/** Inputs after which the known chains are forgotten. */
#define FORGET_AFTER 256

static void require(bool holds)
{
	if (!holds) {
		abort();
	}
}

/** A server that has said everything already. */
struct tape {
	struct stream stream;
	const uint8_t *at;
	size_t len;
	size_t piece;
	bool is_dry; /**< says EAGAIN once between pieces */
};

static ssize_t tape_read(struct stream *stream, void *to, size_t len)
{
	struct tape *tape = (struct tape *)stream;
	size_t got = len < tape->len ? len : tape->len;

	tape->is_dry = !tape->is_dry;
	if (tape->is_dry && tape->len > 0) {
		return -EAGAIN;
	}
	got = got < tape->piece ? got : tape->piece;
	memcpy(to, tape->at, got);
	tape->at += got;
	tape->len -= got;
	return (ssize_t)got;
}

static ssize_t tape_write(struct stream *stream, const void *from, size_t len)
{
	(void)stream;
	(void)from;
	return (ssize_t)len;
}

static void tape_wait(struct stream *stream, struct task *task, struct wait *wait, unsigned events)
{
	(void)stream;
	(void)events;
	(void)wait;
	task_wake(task);
}

static void tape_shut(struct stream *stream)
{
	(void)stream;
}

static void tape_close(struct stream *stream)
{
	free(stream);
}

static const struct stream_ops tape_ops = {tape_read, tape_write, tape_wait, tape_shut, tape_close};

static void on_ended(const struct tls_facts *facts, void *cookie)
{
	int *ends = cookie;

	(*ends)++;
	require(facts->outcome != TLS_NOT_TRIED && facts->outcome != TLS_TIMEOUT &&
		facts->outcome != TLS_BROKEN);
	require(facts->received_bytes <= TLS_HANDSHAKE_BYTES + (size_t)64 * 1024);
	require((facts->outcome == TLS_ALERT) <= (facts->alert >= 0));
	require(strlen(facts->said) < sizeof(facts->said));
	require(facts->phase <= TLS_AT_END && (facts->outcome != TLS_DONE || facts->chain));
	if (facts->chain) {
		require(facts->chain->len > 0 && facts->chain->len <= TLS_CHAIN_MAX);
		require(facts->chain->at[0].names_len <= TLS_NAMES_MAX);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static struct tls *tls;
	static int inputs;
	struct tape *tape = mem_alloc(sizeof(*tape));
	struct tls_spec spec = {
		.stream = &tape->stream, .sni = "a.example", .deadline_ms = INT64_MAX};
	struct loop *loop = NULL;
	struct err err = {0};
	int ends = 0;

	if (inputs++ % FORGET_AFTER == 0) {
		tls_free(tls);
		tls = tls_open();
	}
	tape->stream.ops = &tape_ops;
	tape->stream.fd = -1;
	tape->piece = len > 0 ? (size_t)bytes[0] * 16 + 1 : 1;
	tape->at = len > 0 ? bytes + 1 : bytes;
	tape->len = len > 0 ? len - 1 : 0;
	require(loop_open(&loop, &err) == 0);
	(void)tls_probe_start(loop, tls, &spec, on_ended, &ends);
	loop_run(loop);
	loop_free(loop);
	require(ends == 1);
	return 0;
}
