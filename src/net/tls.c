#include "net/tls.h"

#include <stdlib.h>

#include "base/mem.h"

struct tls {
	bool is_open;
};

struct tls_probe {
	struct task task;
	struct stream *stream;
	void (*ended)(const struct tls_facts *facts, void *cookie);
	void *cookie;
	bool is_told;
};

struct tls *tls_open(void)
{
	return mem_alloc(sizeof(struct tls));
}

void tls_free(struct tls *tls)
{
	free(tls);
}

int tls_roots_read(struct tls *tls, struct text pem, const struct tls_roots **out, struct err *err)
{
	(void)tls;
	(void)pem;
	(void)out;
	return err_set(err, ERR_INTERNAL, "not there yet");
}

static enum step probe_step(struct task *task, struct wait *wait)
{
	(void)wait;
	((struct tls_probe *)task)->is_told = true;
	return STEP_DONE;
}

static void probe_release(struct task *task)
{
	stream_close(((struct tls_probe *)task)->stream);
}

static void probe_ended(struct task *task, void *cookie)
{
	struct tls_probe *probe = (struct tls_probe *)task;
	struct tls_facts facts = {.outcome = TLS_BROKEN, .failure = "not there yet"};

	(void)cookie;
	if (probe->is_told) {
		probe->ended(&facts, probe->cookie);
	}
	free(probe);
}

static const struct task_ops probe_ops = {"tls", probe_step, probe_release};

struct tls_probe *tls_probe_start(struct loop *loop, struct tls *tls, const struct tls_spec *spec,
				  void (*ended)(const struct tls_facts *facts, void *cookie),
				  void *cookie)
{
	struct tls_probe *probe = mem_alloc(sizeof(*probe));

	(void)tls;
	probe->task.ops = &probe_ops;
	probe->task.ended = probe_ended;
	probe->stream = spec->stream;
	probe->ended = ended;
	probe->cookie = cookie;
	task_start(loop, &probe->task);
	return probe;
}

void tls_probe_cancel(struct tls_probe *probe)
{
	task_cancel(&probe->task);
}
