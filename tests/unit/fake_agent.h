/**
 * A scripted SSH agent in a process of its own: it answers as it should, or breaks off, stalls,
 * floods or lies, which no real agent does on request. As many connections as there come, one after
 * the other.
 */
#ifndef TESTS_UNIT_FAKE_AGENT_H
#define TESTS_UNIT_FAKE_AGENT_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/str.h"
#include "crypto/login_key.h"
#include "crypto/wire.h"

/** What it does. "AT_SIGN": it lists its keys first, as it should. */
enum fake_agent_deed {
	AGENT_DOES_WELL,
	AGENT_STAYS_SILENT,
	AGENT_CLOSES,
	AGENT_IS_HUGE,      /**< a length of nearly 4 GiB */
	AGENT_IS_EMPTY,     /**< a length of zero */
	AGENT_IS_GARBLED,   /**< bytes that are no message */
	AGENT_IS_CUT,       /**< half an answer, then the end */
	AGENT_DRIBBLES,     /**< half an answer, then silence */
	AGENT_FLOODS,       /**< an answer of the largest size, full of nothing */
	AGENT_HAS_TOO_MANY, /**< 65 keys */
	AGENT_HAS_OTHERS,   /**< 64 keys, none of which is ours */
	AGENT_STALLS_AT_SIGN,
	AGENT_CLOSES_AT_SIGN,
	AGENT_REFUSES_AT_SIGN,  /**< and knows nothing of sessions */
	AGENT_ASKS_AT_SIGN,     /**< refuses, as a key does that wants a confirmation */
	AGENT_IS_BOUND_AT_SIGN, /**< refuses, as a key does that is bound to hosts */
	AGENT_LIES_AT_SIGN,     /**< a signature of something else */
	AGENT_IS_OLD_AT_SIGN,   /**< signs in another way than was asked */
};

struct fake_agent {
	pid_t pid;
	char folder[64];
	char path[96];
};

/* ---- inside the agent's process */

static bool fake_agent_read(int fd, struct str *request)
{
	char byte = 0;
	struct text rest = {0};
	unsigned len = 0;

	str_clear(request);
	while (recv(fd, &byte, 1, 0) == 1) {
		str_add_char(request, byte);
		rest = str_view(request);
		if (wire_take_u32(&rest, &len) && rest.len == len) {
			return true;
		}
	}
	return false;
}

static void fake_agent_send(int fd, struct text bytes)
{
	while (bytes.len > 0) {
		ssize_t sent = send(fd, bytes.at, bytes.len, MSG_NOSIGNAL);

		if (sent <= 0) {
			return;
		}
		bytes.at += sent;
		bytes.len -= (size_t)sent;
	}
}

static void fake_agent_answer(int fd, const struct str *message)
{
	struct str framed = {0};

	wire_add_text(&framed, str_view(message));
	fake_agent_send(fd, str_view(&framed));
	str_release(&framed);
}

static void fake_agent_list(int fd, enum fake_agent_deed deed, struct text blob)
{
	struct str message = {0};
	unsigned others = deed == AGENT_HAS_TOO_MANY ? 64 : deed == AGENT_HAS_OTHERS ? 64 : 2;
	bool has_ours = deed != AGENT_HAS_OTHERS;

	str_add_char(&message, 12);
	wire_add_u32(&message, others + has_ours);
	for (unsigned i = 0; i < others; i++) {
		wire_add_text(&message, text_of("another key"));
		wire_add_text(&message, text_of("its comment"));
	}
	if (has_ours) {
		wire_add_text(&message, blob);
		wire_add_text(&message, text_of("our comment"));
	}
	fake_agent_answer(fd, &message);
	str_release(&message);
}

static void fake_agent_sign(int fd, enum fake_agent_deed deed, const struct login_key *key,
			    struct text request)
{
	struct str message = {0};
	struct str signature = {0};
	struct str both = {0};
	struct text blob = {0};
	struct text data = {0};
	struct err err = {0};
	unsigned flags = 0;
	const char *algorithm = login_key_type(key);

	if (!wire_take(&request, &blob) || !wire_take(&request, &data) ||
	    !wire_take_u32(&request, &flags) || !text_equal(blob, login_key_blob(key))) {
		_exit(1);
	}
	if (strcmp(algorithm, "ssh-rsa") == 0 && deed != AGENT_IS_OLD_AT_SIGN) {
		algorithm = flags == 2 ? "rsa-sha2-256" : flags == 4 ? "rsa-sha2-512" : algorithm;
	}
	if (deed == AGENT_LIES_AT_SIGN) {
		data = text_of("something else");
	}
	if (login_key_sign(key, text_of(algorithm), data, &signature, &err)) {
		_exit(1);
	}
	wire_add_text(&both, text_of(algorithm));
	wire_add_text(&both, str_view(&signature));
	str_add_char(&message, 14);
	wire_add_text(&message, str_view(&both));
	fake_agent_answer(fd, &message);
	str_release(&message);
	str_release(&signature);
	str_release(&both);
}

/** What does not depend on the request; false: answer it. */
static bool fake_agent_misbehaves(int fd, enum fake_agent_deed deed)
{
	static const char nothing[4 + 256 * 1024] = {0, 4, 0, 0, 12};

	switch (deed) {
	case AGENT_IS_HUGE:
		fake_agent_send(fd, (struct text){"\xff\xff\xff\xfe\x0c", 5});
		return true;
	case AGENT_IS_EMPTY:
		fake_agent_send(fd, (struct text){"\0\0\0\0", 4});
		return true;
	case AGENT_IS_GARBLED:
		fake_agent_send(fd, text_of("HTTP/1.1 400 Bad Request\r\n\r\n"));
		return true;
	case AGENT_IS_CUT:
	case AGENT_DRIBBLES:
		fake_agent_send(fd, (struct text){"\0\0\0\x20\x0c\0\0", 7});
		return true;
	case AGENT_FLOODS:
		fake_agent_send(fd, (struct text){nothing, sizeof(nothing)});
		return true;
	case AGENT_CLOSES:
		return true;
	case AGENT_STAYS_SILENT:
		return true;
	default:
		return false;
	}
}

/** A session is bound: the keys for a host that nobody knows are asked for next. */
static void fake_agent_bind(int fd, enum fake_agent_deed deed, struct text blob)
{
	struct str request = {0};

	if (deed != AGENT_ASKS_AT_SIGN && deed != AGENT_IS_BOUND_AT_SIGN) {
		fake_agent_send(fd, (struct text){"\0\0\0\1\5", 5});
		return;
	}
	fake_agent_send(fd, (struct text){"\0\0\0\1\6", 5});
	if (fake_agent_read(fd, &request) && request.at[4] == 11) {
		fake_agent_list(fd, deed == AGENT_ASKS_AT_SIGN ? deed : AGENT_HAS_OTHERS, blob);
	}
	str_release(&request);
}

static void fake_agent_serve(int listener, enum fake_agent_deed deed, const struct login_key *key)
{
	struct str request = {0};

	while (true) {
		int fd = accept(listener, NULL, NULL);
		bool is_sign = false;

		if (fd < 0 || !fake_agent_read(fd, &request)) {
			(void)close(fd);
			continue;
		}
		is_sign = request.at[4] == 13;
		if (deed == AGENT_STAYS_SILENT || deed == AGENT_DRIBBLES ||
		    (deed == AGENT_STALLS_AT_SIGN && is_sign)) {
			(void)fake_agent_misbehaves(fd, deed);
			continue; /* and it stays open */
		}
		if (!fake_agent_misbehaves(fd, deed)) {
			if (request.at[4] == 27) {
				fake_agent_bind(fd, deed, login_key_blob(key));
			} else if (!is_sign) {
				fake_agent_list(fd, deed, login_key_blob(key));
			} else if (deed == AGENT_REFUSES_AT_SIGN || deed == AGENT_ASKS_AT_SIGN ||
				   deed == AGENT_IS_BOUND_AT_SIGN) {
				fake_agent_send(fd, (struct text){"\0\0\0\1\5", 5});
			} else if (deed != AGENT_CLOSES_AT_SIGN) {
				fake_agent_sign(fd, deed, key,
						(struct text){request.at + 5, request.len - 5});
			}
		}
		(void)close(fd);
	}
}

/* ---- outside */

static int fake_agent_listen(struct fake_agent *agent, int backlog)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(agent->folder, sizeof(agent->folder), "/tmp/fake_agent.XXXXXX");
	if (fd < 0 || !mkdtemp(agent->folder)) {
		abort();
	}
	(void)snprintf(agent->path, sizeof(agent->path), "%s/socket", agent->folder);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", agent->path);
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, backlog) < 0) {
		abort();
	}
	return fd;
}

/** Start it; it has `key`, which the process copies. */
static struct fake_agent fake_agent_start(enum fake_agent_deed deed, const struct login_key *key)
{
	struct fake_agent agent = {0};
	int listener = fake_agent_listen(&agent, 8);

	agent.pid = fork();
	if (agent.pid < 0) {
		abort();
	}
	if (agent.pid == 0) {
		(void)alarm(60); /* never left behind, whatever happens to the test */
		fake_agent_serve(listener, deed, key);
	}
	(void)close(listener);
	return agent;
}

static void fake_agent_stop(struct fake_agent *agent)
{
	if (agent->pid > 0) {
		(void)kill(agent->pid, SIGKILL);
		(void)waitpid(agent->pid, NULL, 0);
	}
	(void)unlink(agent->path);
	(void)rmdir(agent->folder);
}

#endif
