/**
 * What loop.c, child.c and lookup.c share: the loop with its libuv side. Private to loop/.
 */
#ifndef LOOP_UV_LOOP_H
#define LOOP_UV_LOOP_H

#include <uv.h>

#include "loop/loop.h"

/** The signals loop_on_signal listens to. */
#define LOOP_SIGNALS 2

struct loop {
	uv_loop_t uv;
	struct task_watch *watches; /**< every task that has not ended */
	struct work *works;         /**< all work that is not done */
	struct child *children;     /**< all children whose handles are open */
	struct lookup *lookups;     /**< all that are under way */
	uv_signal_t signals[LOOP_SIGNALS];
	size_t signal_count; /**< how many of them are open */
	void (*caught)(int signal, void *cookie);
	void *caught_cookie;
};

/** Kill every child and forget its `done`; the loop must run on until their handles are closed. */
void child_cancel_all(struct loop *loop);

/** Forget all lookups; as above. */
void lookup_cancel_all(struct loop *loop);

#endif
