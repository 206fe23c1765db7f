#include "check/command/rooms.h"

#include <stdlib.h>
#include <unistd.h>

/** Commands mostly wait: for disks, for other programs. */
#define ROOMS_PER_PROCESSOR 2
#define ROOMS_LEAST 4

struct rooms {
	size_t max;
	/** In the order in which they asked; the first `max` have one. */
	struct VEC(struct check *) checks;
};

struct rooms *rooms_new(void)
{
	struct rooms *rooms = mem_alloc(sizeof(*rooms));
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	rooms->max = processors > 0 ? (size_t)processors * ROOMS_PER_PROCESSOR : ROOMS_LEAST;
	rooms->max = rooms->max < ROOMS_LEAST ? ROOMS_LEAST : rooms->max;
	return rooms;
}

void rooms_free(struct rooms *rooms)
{
	if (rooms) {
		VEC_RELEASE(&rooms->checks);
		free(rooms);
	}
}

static size_t place_of(const struct rooms *rooms, const struct check *check)
{
	size_t at = 0;

	while (at < rooms->checks.len && rooms->checks.at[at] != check) {
		at++;
	}
	return at;
}

bool rooms_take(struct rooms *rooms, struct check *check)
{
	size_t at = place_of(rooms, check);

	if (at == rooms->checks.len) {
		*VEC_ADD(&rooms->checks) = check;
	}
	return at < rooms->max;
}

void rooms_give(struct rooms *rooms, const struct check *check)
{
	size_t at = place_of(rooms, check);

	if (at == rooms->checks.len) {
		return;
	}
	rooms->checks.len--;
	for (size_t i = at; i < rooms->checks.len; i++) {
		rooms->checks.at[i] = rooms->checks.at[i + 1];
	}
	if (at < rooms->max && rooms->checks.len >= rooms->max) {
		task_wake(&rooms->checks.at[rooms->max - 1]->task);
	}
}
