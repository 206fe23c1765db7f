#include "net/handshakes.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/vec.h"

/** Connections under way to one address and port. Only those that have some are kept. */
struct place_taken {
	struct address address;
	uint16_t port;
	unsigned count;
};

struct place_wanted {
	struct address address;
	uint16_t port;
	struct task *waiter;
};

struct handshakes {
	struct VEC(struct place_taken) taken;
	struct VEC(struct place_wanted) wanted;
};

struct handshakes *handshakes_new(void)
{
	return mem_alloc(sizeof(struct handshakes));
}

void handshakes_free(struct handshakes *handshakes)
{
	if (handshakes) {
		VEC_RELEASE(&handshakes->taken);
		VEC_RELEASE(&handshakes->wanted);
		free(handshakes);
	}
}

static struct place_taken *find(struct handshakes *handshakes, const struct address *address,
				uint16_t port)
{
	for (size_t i = 0; i < handshakes->taken.len; i++) {
		struct place_taken *taken = &handshakes->taken.at[i];

		if (taken->port == port && address_equal(&taken->address, address)) {
			return taken;
		}
	}
	return NULL;
}

bool handshakes_take(struct handshakes *handshakes, const struct address *address, uint16_t port,
		     struct task *waiter)
{
	struct place_taken *taken = find(handshakes, address, port);

	if (taken && taken->count == HANDSHAKES_MAX) {
		handshakes_forget(handshakes, waiter);
		*VEC_ADD(&handshakes->wanted) = (struct place_wanted){*address, port, waiter};
		return false;
	}
	if (!taken) {
		taken = VEC_ADD(&handshakes->taken);
		*taken = (struct place_taken){.address = *address, .port = port};
	}
	taken->count++;
	return true;
}

/** All of them, not only the first: whoever is woken may have found another way meanwhile. */
static void wake_waiters(struct handshakes *handshakes, const struct address *address,
			 uint16_t port)
{
	size_t kept = 0;

	for (size_t i = 0; i < handshakes->wanted.len; i++) {
		struct place_wanted wanted = handshakes->wanted.at[i];

		if (wanted.port == port && address_equal(&wanted.address, address)) {
			task_wake(wanted.waiter);
		} else {
			handshakes->wanted.at[kept++] = wanted;
		}
	}
	handshakes->wanted.len = kept;
}

void handshakes_give(struct handshakes *handshakes, const struct address *address, uint16_t port)
{
	struct place_taken *taken = find(handshakes, address, port);

	assert(taken);
	taken->count--;
	if (taken->count == 0) {
		*taken = handshakes->taken.at[handshakes->taken.len - 1];
		handshakes->taken.len--;
	}
	wake_waiters(handshakes, address, port);
}

void handshakes_forget(struct handshakes *handshakes, const struct task *waiter)
{
	size_t kept = 0;

	for (size_t i = 0; i < handshakes->wanted.len; i++) {
		if (handshakes->wanted.at[i].waiter != waiter) {
			handshakes->wanted.at[kept++] = handshakes->wanted.at[i];
		}
	}
	handshakes->wanted.len = kept;
}
