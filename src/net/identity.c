#include "net/identity.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/mem.h"
#include "crypto/digest.h"
#include "crypto/wire.h"
#include "net/ssh.h"

/** Bytes nobody chose, to be signed once. */
#define CHALLENGE_BYTES 32

/** What is asked of the agent, in order. */
enum question {
	WHICH_KEYS,
	SIGN_ONCE,
	WHY_REFUSED,
	NO_MORE,
};

struct identity {
	struct task task;
	struct identity_facts facts;
	const char *path;
	const char *agent;
	struct login_key *key;
	struct login_certificate certificate;
	bool is_locked; /**< the private half is in the file, and needs a passphrase */
	enum question question;
	struct agent_call call;
	struct str challenge;
	struct str hint;
	bool is_running; /**< the task is on the loop */
	bool is_orphan;  /**< nobody wants to know any more */
	void (*ended)(void *cookie);
	void *cookie;
};

/* ---- what it comes to */

static void decide(struct identity *identity, enum identity_state state, const char *hint)
{
	identity->facts.state = state;
	identity->facts.hint = hint;
	identity->question = NO_MORE;
}

bool judge_certificate(const struct login_certificate *certificate, const char *type,
		       int64_t now_utc, struct err *err)
{
	if (now_utc < certificate->valid_after_utc) {
		(void)err_set(err, ERR_INPUT, "it is not valid yet");
		return false;
	}
	if (now_utc >= certificate->valid_before_utc) {
		(void)err_set(err, ERR_INPUT, "it has expired");
		return false;
	}
	if (!ssh_takes_certificate(type)) {
		(void)err_set(err, ERR_INPUT, "%s shows no certificates of %s keys",
			      ssh_library_version(), type);
		return false;
	}
	return true;
}

/** Look for KEY-cert.pub beside KEY or KEY.pub. It is never needed: a key may be let in without. */
static void find_certificate(struct identity *identity)
{
	AUTO(auto_str) struct str path = {0};
	struct identity_facts *facts = &identity->facts;
	struct err *why = &facts->unused;
	size_t len = strlen(identity->path);

	str_add(&path, identity->path);
	if (len > 4 && strcmp(identity->path + len - 4, ".pub") == 0) {
		str_cut(&path, len - 4);
	}
	str_add(&path, "-cert.pub");
	if (login_certificate_load(str_text(&path), identity->key, &identity->certificate, why)) {
		if (why->code == ERR_ABSENT) {
			*why = (struct err){0};
			return;
		}
	} else if (judge_certificate(&identity->certificate, login_key_type(identity->key),
				     clock_utc_ms() / 1000, why)) {
		facts->certificate = str_view(&identity->certificate.blob);
		return;
	}
	(void)err_wrap(why, "the certificate '%s' is not used", str_text(&path));
}

static void adopt(struct identity *identity, const char *agent)
{
	find_certificate(identity);
	identity->facts.key = identity->key;
	identity->facts.agent = agent;
	identity->facts.why = (struct err){0};
	decide(identity, IDENTITY_USABLE, NULL);
}

/** The agent is no help: then the file's own state counts. */
static void lacks_key(struct identity *identity, enum identity_state if_public, const char *why)
{
	struct err *err = &identity->facts.why;

	if (identity->is_locked) {
		err_fill(err, ERR_INPUT,
			 "key '%s' needs a passphrase, and nothing may ask for one; %s",
			 identity->path, why);
		decide(identity, IDENTITY_LOCKED,
		       "name a key without a passphrase (ssh-keygen -t ed25519 -N '' -f FILE), "
		       "or put this one into an agent for the run (ssh-add)");
		return;
	}
	err_fill(err, ERR_INPUT, "key '%s' is a public key, and %s", identity->path, why);
	decide(identity, if_public,
	       "put the key into the agent (ssh-add), or name the private key file");
}

/** The agent was asked, and gave no good answer; `why` has the sentence. */
static void blame_agent(struct identity *identity, enum agent_trouble trouble)
{
	static const struct {
		enum identity_state state;
		const char *hint;
	} rows[] = {
		[AGENT_FINE] = {IDENTITY_AGENT_BROKEN, NULL},
		[AGENT_ABSENT] = {IDENTITY_AGENT_ABSENT, NULL},
		[AGENT_SILENT] = {IDENTITY_AGENT_SILENT,
				  "it may be waiting for a confirmation (ssh-add -c), a touch or a "
				  "passphrase: use a key that asks nobody"},
		[AGENT_BROKEN] = {IDENTITY_AGENT_BROKEN, "does SSH_AUTH_SOCK name an SSH agent?"},
		[AGENT_REFUSED] = {IDENTITY_AGENT_REFUSED,
				   "the key may want a confirmation (ssh-add -c) or be bound to "
				   "other hosts (ssh-add -h): use a key that asks nobody"},
	};

	decide(identity, rows[trouble].state, rows[trouble].hint);
}

/* ---- asking the agent */

/**
 * What the agent signs once: the form that ssh-keygen -Y signs (PROTOCOL.sshsig), because agents
 * know it and no server takes it for a login.
 */
static void make_challenge(struct str *out)
{
	unsigned char random[CHALLENGE_BYTES];
	unsigned char digest[SHA256_BYTES];

	random_bytes(random, sizeof(random));
	sha256(random, sizeof(random), digest);
	str_add(out, "SSHSIG");
	wire_add_text(out, text_of("gaterun can-sign"));
	wire_add_text(out, text_of(""));
	wire_add_text(out, text_of("sha256"));
	wire_add(out, digest, sizeof(digest));
}

static struct text challenge_algorithm(const struct identity *identity)
{
	const char *type = login_key_type(identity->key);

	return text_of(strcmp(type, "ssh-rsa") == 0 ? "rsa-sha2-256" : type);
}

static void ask(struct identity *identity)
{
	int64_t now_ms = loop_now_ms(identity->task.loop);

	if (identity->question == WHICH_KEYS) {
		agent_ask_keys(&identity->call, identity->agent, now_ms + AGENT_LIST_MS);
		return;
	}
	if (identity->question == WHY_REFUSED) {
		agent_ask_unbound_keys(&identity->call, identity->agent, now_ms + AGENT_LIST_MS);
		return;
	}
	make_challenge(&identity->challenge);
	agent_ask_signature(&identity->call, identity->agent, now_ms + AGENT_SIGN_MS,
			    login_key_blob(identity->key), challenge_algorithm(identity),
			    str_view(&identity->challenge));
}

static void read_keys(struct identity *identity)
{
	struct err *why = &identity->facts.why;
	bool is_there = false;
	size_t count = 0;
	enum agent_trouble trouble =
		agent_find_key(agent_answer(&identity->call), login_key_blob(identity->key),
			       &is_there, &count, why);

	if (trouble != AGENT_FINE) {
		(void)err_wrap(why, "agent '%s'", identity->agent);
		blame_agent(identity, trouble);
	} else if (!is_there) {
		AUTO(auto_str) struct str text = {0};

		str_printf(&text, "agent '%s' does not have it (it shows %zu keys%s)",
			   identity->agent, count,
			   count == 0 ? ", as one does that is locked" : "");
		lacks_key(identity, IDENTITY_AGENT_LACKS_KEY, str_text(&text));
	} else {
		identity->question = SIGN_ONCE;
	}
}

static void read_signature(struct identity *identity)
{
	struct err *why = &identity->facts.why;
	struct text algorithm = challenge_algorithm(identity);
	struct text signature = {0};
	enum agent_trouble trouble =
		agent_read_signature(agent_answer(&identity->call), algorithm, &signature, why);

	if (trouble == AGENT_FINE &&
	    !login_key_verifies(identity->key, algorithm, str_view(&identity->challenge),
				signature)) {
		(void)err_set(why, ERR_PEER, "its signature is not one of the key");
		trouble = AGENT_BROKEN;
	}
	if (trouble == AGENT_FINE) {
		adopt(identity, identity->agent);
		return;
	}
	(void)err_wrap(why, "agent '%s' is asked to sign", identity->agent);
	if (trouble == AGENT_REFUSED) {
		identity->question = WHY_REFUSED;
		return;
	}
	blame_agent(identity, trouble);
}

/** It refused to sign: is that because the key is bound to hosts? */
static void read_unbound_keys(struct identity *identity)
{
	struct err ignored = {0};
	bool is_there = false;
	size_t count = 0;

	blame_agent(identity, AGENT_REFUSED);
	if (agent_find_key(agent_answer(&identity->call), login_key_blob(identity->key), &is_there,
			   &count, &ignored) != AGENT_FINE) {
		return;
	}
	identity->facts.hint =
		is_there ? "the key seems to want a confirmation each time (ssh-add -c): use one "
			   "that asks nobody"
			 : "the key is bound to hosts (ssh-add -h), so it signs nothing else: use "
			   "one that is not";
}

/** The agent could not be asked. */
static void give_up(struct identity *identity, const struct err *why)
{
	if (identity->question == WHY_REFUSED) {
		blame_agent(identity, AGENT_REFUSED);
		return;
	}
	identity->facts.why = *why;
	if (identity->call.trouble == AGENT_ABSENT) {
		lacks_key(identity, IDENTITY_AGENT_ABSENT, why->text);
	} else {
		blame_agent(identity, identity->call.trouble);
	}
}

static void read_answer(struct identity *identity)
{
	switch (identity->question) {
	case WHICH_KEYS:
		read_keys(identity);
		return;
	case SIGN_ONCE:
		read_signature(identity);
		return;
	case WHY_REFUSED:
		read_unbound_keys(identity);
		return;
	case NO_MORE:
		return;
	}
}

static enum step identity_step(struct task *task, struct wait *wait)
{
	struct identity *identity = (struct identity *)task;

	while (identity->question != NO_MORE) {
		struct err why = {0};
		enum step step = STEP_DONE;

		if (!identity->call.path) {
			ask(identity);
		}
		step = agent_step(&identity->call, wait, loop_now_ms(task->loop), &why);
		if (step == STEP_WAIT) {
			return STEP_WAIT;
		}
		if (step == STEP_FAIL) {
			give_up(identity, &why);
		} else {
			read_answer(identity);
		}
		agent_call_release(&identity->call);
	}
	return STEP_DONE;
}

static void identity_release(struct task *task)
{
	agent_call_release(&((struct identity *)task)->call);
}

static void identity_ended(struct task *task, void *cookie)
{
	struct identity *identity = (struct identity *)task;

	(void)cookie;
	identity->is_running = false;
	if (!identity->is_orphan) {
		identity->ended(identity->cookie);
	}
}

static const struct task_ops identity_ops = {"identity", identity_step, identity_release};

/* ---- from outside */

static void start_asking(struct identity *identity, struct loop *loop)
{
	if (!identity->key) { /* nothing says which key it is */
		decide(identity, IDENTITY_LOCKED, "put its public half beside it (FILE.pub)");
		return;
	}
	if (!identity->agent || !*identity->agent) {
		lacks_key(identity, IDENTITY_AGENT_ABSENT,
			  "there is no agent (SSH_AUTH_SOCK is not set)");
		return;
	}
	identity->task.ops = &identity_ops;
	identity->task.ended = identity_ended;
	identity->is_running = true;
	task_start(loop, &identity->task);
}

/** The first state: of the file alone. */
static void read_file(struct identity *identity, struct loop *loop)
{
	struct identity_facts *facts = &identity->facts;

	switch (login_key_load(identity->path, &identity->key, &facts->why)) {
	case KEY_USABLE:
		adopt(identity, NULL);
		return;
	case KEY_ABSENT:
		str_printf(&identity->hint,
			   "correct `identity` in gaterun.yaml (or --identity FILE), or make the "
			   "key: ssh-keygen -t ed25519 -N '' -f %s",
			   identity->path);
		decide(identity, IDENTITY_ABSENT, str_text(&identity->hint));
		return;
	case KEY_UNREADABLE:
		decide(identity, IDENTITY_UNREADABLE,
		       "name a private key that this user can read: `identity` in gaterun.yaml, or "
		       "--identity FILE");
		return;
	case KEY_EXPOSED:
		decide(identity, IDENTITY_EXPOSED, NULL);
		return;
	case KEY_UNSUPPORTED:
		decide(identity, IDENTITY_UNSUPPORTED, NULL);
		return;
	case KEY_LOCKED:
		identity->is_locked = true;
		start_asking(identity, loop);
		return;
	case KEY_PUBLIC:
		start_asking(identity, loop);
		return;
	}
}

struct identity *identity_open(struct loop *loop, const char *path, const char *agent,
			       void (*ended)(void *cookie), void *cookie)
{
	struct identity *identity = mem_alloc(sizeof(*identity));

	identity->path = path;
	identity->agent = agent;
	identity->ended = ended;
	identity->cookie = cookie;
	identity->call.fd = -1;
	read_file(identity, loop);
	return identity;
}

const struct identity_facts *identity_facts(const struct identity *identity)
{
	return &identity->facts;
}

void identity_free(struct identity *identity)
{
	if (!identity) {
		return;
	}
	identity->is_orphan = true;
	if (identity->is_running) {
		task_cancel(&identity->task);
	}
	agent_call_release(&identity->call);
	str_release(&identity->challenge);
	str_release(&identity->hint);
	login_certificate_release(&identity->certificate);
	login_key_free(identity->key);
	free(identity);
}
