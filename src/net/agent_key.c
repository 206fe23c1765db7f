#include "net/agent_key.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "net/identity.h"

#define ED25519_ALGORITHM "ssh-ed25519"

struct agent_key {
	struct public_key public;
	char *agent; /**< the socket */
};

/* ---- a loop for as long as somebody is asked */

static void auto_loop(struct loop **loop)
{
	loop_free(*loop);
}

/** One signature that is waited for. */
struct asking {
	struct task task;
	struct agent_call call;
	struct err err;
	bool has_answer;
};

static enum step asking_step(struct task *task, struct wait *wait)
{
	struct asking *asking = (struct asking *)task;
	enum step step = agent_step(&asking->call, wait, loop_now_ms(task->loop), &asking->err);

	asking->has_answer = step == STEP_DONE;
	return step == STEP_WAIT ? STEP_WAIT : STEP_DONE;
}

/** The answer is read after the loop has ended: agent_sign lets go of it. */
static void asking_release(struct task *task)
{
	(void)task;
}

static const struct task_ops asking_ops = {"agent signature", asking_step, asking_release};

/* ---- a signature */

static int read_signature(const struct agent_call *call,
			  unsigned char signature[ED25519_SIGNATURE_BYTES], struct err *err)
{
	struct text bytes = {0};

	if (agent_read_signature(agent_answer(call), text_of(ED25519_ALGORITHM), &bytes, err) !=
	    AGENT_FINE) {
		return -1;
	}
	if (bytes.len != ED25519_SIGNATURE_BYTES) {
		return err_set(err, ERR_PEER, "its signature has %zu bytes, expected %d", bytes.len,
			       ED25519_SIGNATURE_BYTES);
	}
	memcpy(signature, bytes.at, bytes.len);
	return 0;
}

static int agent_sign(const void *holder, struct text message,
		      unsigned char signature[ED25519_SIGNATURE_BYTES], struct err *err)
{
	const struct agent_key *key = holder;
	struct asking asking = {.task = {.ops = &asking_ops}, .call = {.fd = -1}};
	AUTO(auto_loop) struct loop *loop = NULL;
	AUTO(auto_str) struct str blob = {0};
	int failed = 0;

	if (loop_open(&loop, err)) {
		return -1;
	}
	public_key_wire(&key->public, &blob);
	agent_ask_signature(&asking.call, key->agent, loop_now_ms(loop) + AGENT_SIGN_MS,
			    str_view(&blob), text_of(ED25519_ALGORITHM), message);
	task_start(loop, &asking.task);
	loop_run(loop);
	if (asking.has_answer) {
		failed = read_signature(&asking.call, signature, err);
		failed = failed ? err_wrap(err, "agent '%s'", key->agent) : 0;
	} else {
		*err = asking.err;
		failed = -1;
	}
	agent_call_release(&asking.call);
	return failed;
}

struct signing_key agent_key_signing(const struct agent_key *key)
{
	return (struct signing_key){.public = key->public, .sign = agent_sign, .holder = key};
}

/* ---- is it there, and does it sign? */

/** What to do about a key that cannot sign. */
static const char *way_out(const struct identity_facts *facts)
{
	switch (facts->state) {
	case IDENTITY_LOCKED:
		return "put it into an agent for the run (ssh-add), or use a key without a "
		       "passphrase";
	case IDENTITY_AGENT_ABSENT:
		return "start one and put the key into it (ssh-add), or name a private key file";
	case IDENTITY_AGENT_LACKS_KEY:
		return "put it there (ssh-add FILE), or unlock the agent (ssh-add -X)";
	case IDENTITY_AGENT_SILENT:
		return "it may be waiting for a confirmation (ssh-add -c) or be stuck: use a key "
		       "that asks nobody, or start the agent anew";
	case IDENTITY_AGENT_BROKEN:
		return "does SSH_AUTH_SOCK name an SSH agent?";
	case IDENTITY_AGENT_REFUSED:
		return facts->hint; /* which of the two it is, if the agent tells */
	case IDENTITY_UNDECIDED:
	case IDENTITY_USABLE:
	case IDENTITY_ABSENT:
	case IDENTITY_UNREADABLE:
	case IDENTITY_EXPOSED:
	case IDENTITY_UNSUPPORTED:
		break;
	}
	return NULL;
}

static void ignore_end(void *cookie)
{
	(void)cookie;
}

static int adopt(const struct identity_facts *facts, struct agent_key **out, struct err *err)
{
	struct public_key public = {0};
	const char *hint = way_out(facts);

	if (facts->state != IDENTITY_USABLE) {
		err_fill(err, facts->why.code, "%s%s%s", facts->why.text, hint ? "; " : "",
			 hint ? hint : "");
		return err_failed();
	}
	if (public_key_from_wire(login_key_blob(facts->key), &public, err)) {
		return -1;
	}
	if (!facts->agent) {
		return err_set(err, ERR_INTERNAL, "its private half is no agent's");
	}
	*out = mem_alloc(sizeof(**out));
	(*out)->public = public;
	(*out)->agent = mem_copy(facts->agent, strlen(facts->agent));
	return 0;
}

int agent_key_open(const char *path, const char *agent, struct agent_key **out, struct err *err)
{
	AUTO(auto_loop) struct loop *loop = NULL;
	struct identity *identity = NULL;
	int failed = 0;

	if (loop_open(&loop, err)) {
		return -1;
	}
	identity = identity_open(loop, path, agent, ignore_end, NULL);
	loop_run(loop);
	failed = adopt(identity_facts(identity), out, err);
	identity_free(identity);
	return failed;
}

void agent_key_free(struct agent_key *key)
{
	if (!key) {
		return;
	}
	free(key->agent);
	free(key);
}
