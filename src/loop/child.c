#include "loop/child.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <uv.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "loop/child_env.h"
#include "loop/uv_loop.h"

/** How long a pipe may stay open behind an ended child: a grandchild may have inherited it. */
#define PIPE_GRACE_MS 1000

/** What was written before the end is read even when the deadline is near. */
#define PIPE_GRACE_LEAST_MS 100

/** How long a killed child may take to go; one that hangs in the kernel is given up. */
#define KILL_GRACE_MS 1000

/** Bytes of one read from a pipe. */
#define READ_BYTES ((size_t)16 * 1024)

struct child {
	struct loop *loop;
	struct child *next;
	struct child *previous;
	struct child_result own; /**< given to the caller's when all is over */
	struct child_result *result;
	void (*done)(struct child_result *result, void *cookie); /**< NULL: nobody wants to know */
	void *cookie;
	uv_process_t process;
	uv_timer_t timer;
	uv_pipe_t in;
	uv_pipe_t out;
	uv_pipe_t err;
	uv_write_t write;
	char *input; /**< a copy, while it is being written */
	int64_t deadline_ms;
	size_t max_output_bytes;
	unsigned handles_open;
	bool has_process; /**< uv_spawn was called, so that the handle has to be closed */
	bool is_running;
	bool is_killed;
	bool is_launcher;
	char buffer[READ_BYTES];
};

void child_result_release(struct child_result *result)
{
	str_release(&result->output);
	str_release(&result->errors);
	*result = (struct child_result){0};
}

/* ---- the end */

static void unlink_child(struct child *child)
{
	if (child->previous) {
		child->previous->next = child->next;
	} else {
		child->loop->children = child->next;
	}
	if (child->next) {
		child->next->previous = child->previous;
	}
}

static void on_closed(uv_handle_t *handle)
{
	struct child *child = handle->data;

	child->handles_open--;
	if (child->handles_open > 0) {
		return;
	}
	unlink_child(child);
	if (child->done) {
		*child->result = child->own;
		child->own = (struct child_result){0};
		child->done(child->result, child->cookie);
	}
	child_result_release(&child->own);
	free(child->input);
	free(child);
}

static void close_handle(void *handle)
{
	if (!uv_is_closing(handle)) {
		uv_close(handle, on_closed);
	}
}

/** Close what is open; the last handle closed reports. */
static void finish(struct child *child)
{
	if (child->has_process) {
		close_handle(&child->process);
	}
	close_handle(&child->timer);
	close_handle(&child->in);
	close_handle(&child->out);
	close_handle(&child->err);
}

/** Has it ended, and is there nothing more to read? */
static void finish_when_over(struct child *child)
{
	if (!child->is_running && uv_is_closing((uv_handle_t *)&child->out) &&
	    uv_is_closing((uv_handle_t *)&child->err)) {
		finish(child);
	}
}

static void on_time(uv_timer_t *timer);

static void set_timer(struct child *child, int64_t left_ms)
{
	(void)uv_timer_start(&child->timer, on_time, (uint64_t)(left_ms > 0 ? left_ms : 0), 0);
}

/** Kill the whole group. The first cause stays the result. */
static void kill_group(struct child *child, enum child_end end)
{
	if (child->is_killed) {
		return;
	}
	child->is_killed = true;
	child->own.end = end;
	if (child->is_running && child->is_launcher) {
		(void)kill(child->process.pid, SIGTERM);
	} else if (child->is_running) {
		(void)kill(-child->process.pid, SIGKILL);
	}
	set_timer(child, KILL_GRACE_MS);
}

static void on_time(uv_timer_t *timer)
{
	struct child *child = timer->data;

	if (child->is_running && !child->is_killed) {
		kill_group(child, CHILD_TIMEOUT);
		return;
	}
	/* Whoever still holds a pipe was started by the child. */
	(void)kill(-child->process.pid, SIGKILL);
	finish(child);
}

static void on_exit_of(uv_process_t *process, int64_t status, int signal_number)
{
	struct child *child = process->data;
	int64_t left_ms = child->deadline_ms - loop_now_ms(child->loop);

	child->is_running = false;
	if (!child->is_killed) {
		child->own.end = signal_number ? CHILD_SIGNALLED : CHILD_EXITED;
		child->own.status = signal_number ? signal_number : (int)status;
	}
	left_ms = left_ms < PIPE_GRACE_MS ? left_ms : PIPE_GRACE_MS;
	set_timer(child, left_ms > PIPE_GRACE_LEAST_MS ? left_ms : PIPE_GRACE_LEAST_MS);
	finish_when_over(child);
}

/* ---- pipes */

/** All reads of a child share one buffer: libuv gives each back before it asks for the next. */
static void on_room(uv_handle_t *handle, size_t wanted, uv_buf_t *buffer)
{
	struct child *child = handle->data;

	(void)wanted;
	*buffer = uv_buf_init(child->buffer, sizeof(child->buffer));
}

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buffer)
{
	struct child *child = stream->data;
	struct str *to =
		stream == (uv_stream_t *)&child->out ? &child->own.output : &child->own.errors;

	if (len < 0) {
		close_handle(stream);
		finish_when_over(child);
		return;
	}
	str_add_bytes(to, buffer->base, (size_t)len);
	if (to->overflow) {
		kill_group(child, CHILD_FLOOD);
		close_handle(stream);
		finish_when_over(child);
	}
}

static void on_written(uv_write_t *write, int status)
{
	struct child *child = write->data;

	(void)status; /* a child need not read its input */
	close_handle(&child->in);
}

/** Three pipes; the child's ends are closed when the structure goes. (Real pipes, not the socket
 * pairs of UV_CREATE_PIPE: nobody can open /dev/stderr if that is a socket.) */
struct pipes {
	uv_file in[2];
	uv_file out[2];
	uv_file err[2];
};

static void close_pipes(struct pipes *pipes)
{
	auto_close(&pipes->in[0]);
	auto_close(&pipes->in[1]);
	auto_close(&pipes->out[0]);
	auto_close(&pipes->out[1]);
	auto_close(&pipes->err[0]);
	auto_close(&pipes->err[1]);
}

static int open_pipes(struct pipes *pipes, bool has_input)
{
	int code = uv_pipe(pipes->out, 0, 0);

	if (code == 0) {
		code = uv_pipe(pipes->err, 0, 0);
	}
	if (code == 0 && has_input) {
		code = uv_pipe(pipes->in, 0, 0);
	}
	return code;
}

/** Our ends become libuv's; it makes them non-blocking. */
static int adopt_pipes(struct child *child, struct pipes *pipes)
{
	int code = uv_pipe_open(&child->out, pipes->out[0]);

	if (code) {
		return code;
	}
	pipes->out[0] = -1;
	code = uv_pipe_open(&child->err, pipes->err[0]);
	if (code) {
		return code;
	}
	pipes->err[0] = -1;
	if (pipes->in[1] >= 0) {
		code = uv_pipe_open(&child->in, pipes->in[1]);
		pipes->in[1] = code ? pipes->in[1] : -1;
	}
	return code;
}

static void exchange(struct child *child, struct text input)
{
	uv_buf_t buffer = {0};

	(void)uv_read_start((uv_stream_t *)&child->out, on_room, on_read);
	(void)uv_read_start((uv_stream_t *)&child->err, on_room, on_read);
	if (input.len == 0) {
		close_handle(&child->in);
		return;
	}
	child->input = mem_copy(input.at, input.len);
	child->write.data = child;
	buffer = uv_buf_init(child->input, (unsigned)input.len);
	if (uv_write(&child->write, (uv_stream_t *)&child->in, &buffer, 1, on_written)) {
		close_handle(&child->in);
	}
}

/* ---- the start */

static void open_handles(struct child *child)
{
	/* None of these can fail. */
	(void)uv_timer_init(&child->loop->uv, &child->timer);
	(void)uv_pipe_init(&child->loop->uv, &child->in, 0);
	(void)uv_pipe_init(&child->loop->uv, &child->out, 0);
	(void)uv_pipe_init(&child->loop->uv, &child->err, 0);
	child->process.data = child;
	child->timer.data = child;
	child->in.data = child;
	child->out.data = child;
	child->err.data = child;
	child->handles_open = 4;
}

static int spawn(struct child *child, const struct child_spec *spec)
{
	AUTO(close_pipes) struct pipes pipes = {{-1, -1}, {-1, -1}, {-1, -1}};
	AUTO(environment_release) struct environment env = {0};
	uv_stdio_container_t streams[3] = {0};
	uv_process_options_t options = {
		.exit_cb = on_exit_of,
		.file = spec->argv[0],
		.cwd = spec->directory,
		.flags = UV_PROCESS_DETACHED,
		.stdio = streams,
		.stdio_count = 3,
	};
	int code = open_pipes(&pipes, spec->input.len > 0);

	environment_fill(&env, spec->env);
	options.env = env.at;
	memcpy(&options.args, &spec->argv, sizeof(options.args)); /* libuv only reads it */
	streams[0].flags = spec->input.len > 0 ? UV_INHERIT_FD : UV_IGNORE; /* ignored: /dev/null */
	streams[0].data.fd = pipes.in[0];
	streams[1].flags = UV_INHERIT_FD;
	streams[1].data.fd = pipes.out[1];
	streams[2].flags = UV_INHERIT_FD;
	streams[2].data.fd = pipes.err[1];
	if (code == 0) {
		code = adopt_pipes(child, &pipes);
	}
	if (code) {
		return code;
	}
	child->has_process = true;
	child->handles_open++;
	code = uv_spawn(&child->loop->uv, &child->process, &options);
	return code == UV_EACCES && !environment_finds(&env, spec->argv[0]) ? UV_ENOENT : code;
}

struct child *child_start(struct loop *loop, const struct child_spec *spec,
			  struct child_result *result,
			  void (*done)(struct child_result *result, void *cookie), void *cookie)
{
	struct child *child = mem_alloc(sizeof(*child));
	int code = 0;

	child->loop = loop;
	child->result = result;
	child->done = done;
	child->cookie = cookie;
	child->deadline_ms = spec->deadline_ms;
	child->max_output_bytes = spec->max_output_bytes;
	child->is_launcher = spec->is_launcher;
	child->own.output.max = spec->max_output_bytes;
	child->own.errors.max = spec->max_output_bytes;
	child->next = loop->children;
	if (child->next) {
		child->next->previous = child;
	}
	loop->children = child;
	open_handles(child);
	code = spawn(child, spec);
	if (code) {
		child->own.end = CHILD_NO_START;
		(void)err_set(&child->own.error, code == UV_ENOENT ? ERR_ABSENT : ERR_SYSTEM,
			      "start '%s'%s%s: %s", spec->argv[0], spec->directory ? " in " : "",
			      spec->directory ? spec->directory : "", uv_strerror(code));
		finish(child);
		return child;
	}
	child->is_running = true;
	uv_update_time(&loop->uv);
	set_timer(child, spec->deadline_ms - loop_now_ms(loop));
	exchange(child, spec->input);
	return child;
}

void child_cancel(struct child *child)
{
	child->done = NULL;
	kill_group(child, CHILD_TIMEOUT);
}

void child_cancel_all(struct loop *loop)
{
	for (struct child *child = loop->children; child; child = child->next) {
		child_cancel(child);
	}
}

static void on_run_done(struct child_result *result, void *cookie)
{
	(void)result;
	(void)cookie;
}

void child_begin(const struct child_spec *spec, struct child_ahead *ahead)
{
	*ahead = (struct child_ahead){0};
	if (loop_open(&ahead->loop, &ahead->result.error)) {
		ahead->result.end = CHILD_NO_START;
		return;
	}
	(void)child_start(ahead->loop, spec, &ahead->result, on_run_done, NULL);
}

void child_end(struct child_ahead *ahead, struct child_result *result)
{
	if (ahead->loop) {
		loop_run(ahead->loop);
		loop_free(ahead->loop);
	}
	*result = ahead->result;
	*ahead = (struct child_ahead){0};
}

void child_ahead_release(struct child_ahead *ahead)
{
	loop_free(ahead->loop);
	child_result_release(&ahead->result);
	*ahead = (struct child_ahead){0};
}

void child_run(const struct child_spec *spec, struct child_result *result)
{
	struct child_ahead ahead = {0};

	child_begin(spec, &ahead);
	child_end(&ahead, result);
}

static void describe_exit(const struct child_result *result, struct str *out)
{
	struct text rest = str_view(&result->errors);
	struct text line = {0};

	str_printf(out, "exit status %d", result->status);
	while (text_split(&rest, '\n', &line)) {
		if (line.len > 0) {
			str_add(out, ": ");
			str_add_printable(out, line);
			return;
		}
	}
}

void child_describe(const struct child_result *result, struct str *out)
{
	switch (result->end) {
	case CHILD_EXITED:
		describe_exit(result, out);
		break;
	case CHILD_SIGNALLED:
		str_printf(out, "killed by signal %d", result->status);
		break;
	case CHILD_TIMEOUT:
		str_add(out, "did not end before its deadline");
		break;
	case CHILD_FLOOD:
		str_add(out, "printed more than its limit");
		break;
	case CHILD_NO_START:
		str_add(out, result->error.text);
		break;
	}
}
