/**
 * A resolver without a network: this getaddrinfo stands in the way of the system's, so that no test
 * asks a name server. Names it does not know do not exist. Include it after <cmocka.h>.
 */
#ifndef TESTS_UNIT_FAKE_NAMES_H
#define TESTS_UNIT_FAKE_NAMES_H

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/address.h"

/** What the names stand for. */
static const struct {
	const char *name;
	const char *addresses[9];
} fake_names[] = {
	{"two.test", {"10.1.1.1", "fd00::1", "10.1.1.1"}},
	{"many.test",
	 {"10.1.1.1", "10.1.1.2", "10.1.1.3", "10.1.1.4", "10.1.1.5", "10.1.1.6", "10.1.1.7",
	  "10.1.1.8", "10.1.1.9"}},
	{"here.test", {"127.0.0.1"}},
	{"tailnet.test", {"100.70.1.16"}},
};

/** "hangs.test" hangs until a byte comes through the first; it says so in the other. */
static int fake_door[2];
static int fake_left[2];

static void fake_read(int fd)
{
	char byte = 0;

	while (read(fd, &byte, 1) < 0 && errno == EINTR) {
		continue;
	}
}

/** Before the first "hangs.test". @return 0 */
static inline int fake_names_open(void)
{
	return pipe(fake_door) || pipe(fake_left);
}

/** Let one of those that hang go, and wait until it does. */
static inline void fake_names_release(void)
{
	assert_int_equal(write(fake_door[1], "", 1), 1);
	fake_read(fake_left[0]);
}

static struct addrinfo *fake_info(const char *text, struct addrinfo *next)
{
	struct addrinfo *info = calloc(1, sizeof(*info));
	struct sockaddr_storage *socket_address = calloc(1, sizeof(*socket_address));
	struct address address = {0};

	if (!info || !socket_address || !address_parse(text_of(text), &address)) {
		abort();
	}
	info->ai_addrlen = address_to_socket(&address, 0, socket_address);
	info->ai_addr = (struct sockaddr *)socket_address;
	info->ai_next = next;
	return info;
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
		struct addrinfo **out)
{
	(void)service;
	(void)hints;
	*out = NULL;
	if (strcmp(name, "hangs.test") == 0) {
		fake_read(fake_door[0]);
		(void)write(fake_left[1], "", 1);
	}
	for (size_t i = 0; i < sizeof(fake_names) / sizeof(fake_names[0]); i++) {
		for (size_t k = 9; k > 0 && strcmp(name, fake_names[i].name) == 0; k--) {
			const char *text = fake_names[i].addresses[k - 1];

			*out = text ? fake_info(text, *out) : *out;
		}
	}
	return *out ? 0 : EAI_NONAME;
}

void freeaddrinfo(struct addrinfo *list)
{
	while (list) {
		struct addrinfo *next = list->ai_next;

		free(list->ai_addr);
		free(list);
		list = next;
	}
}

#endif
