#include "net/localapi_place.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "base/file.h"

/** What names of files with a port and a token start with. */
#define PROOF "sameuserproof-"

/** Entries of a folder that are looked at. */
#define ENTRIES_MAX 4096

#define SOCKET_LINUX "/var/run/tailscale/tailscaled.sock"
#define SOCKET_MACOS "/var/run/tailscaled.socket"
#define SOCKET_SYNOLOGY "/var/packages/Tailscale/var/tailscaled.sock"
#define SOCKET_SYNOLOGY_6 "/var/packages/Tailscale/etc/tailscaled.sock" /* DSM 6 */

/** Where a tailscaled has its socket, likeliest first. */
#ifdef __APPLE__
static const char *const default_sockets[] = {SOCKET_MACOS, SOCKET_LINUX, NULL};
#else
static const char *const default_sockets[] = {SOCKET_LINUX, SOCKET_SYNOLOGY, SOCKET_SYNOLOGY_6,
					      NULL};
#endif

int localapi_places_of_socket(const char *socket, struct localapi_places *out, struct err *err)
{
	if (strlen(socket) >= LOCALAPI_SOCKET_BYTES) {
		return err_set(err, ERR_LIMIT, "'%.80s…' is too long for the path of a socket",
			       socket);
	}
	*out = (struct localapi_places){.len = 1};
	(void)snprintf(out->at[0].socket, sizeof(out->at[0].socket), "%s", socket);
	return 0;
}

/** Read "41112"; 0 if it is no port. */
static uint16_t port_of(struct text text)
{
	struct err ignored = {0};
	int64_t port = 0;

	return parse_int(text, 1, UINT16_MAX, &port, &ignored) ? 0 : (uint16_t)port;
}

/** A token as it may stand in a header and a file name. */
static bool is_token(struct text token)
{
	for (size_t i = 0; i < token.len; i++) {
		unsigned char one = (unsigned char)token.at[i];

		if (one <= ' ' || one >= 127) {
			return false;
		}
	}
	return token.len > 0 && token.len < LOCALAPI_TOKEN_BYTES;
}

/** Add a port with its token. */
static void add_port(struct localapi_places *places, uint16_t port, struct text token)
{
	struct localapi_place *place = &places->at[places->len];

	if (port == 0 || !is_token(token) || places->len == LOCALAPI_PLACES_MAX - 1) {
		return;
	}
	*place = (struct localapi_place){.port = port};
	memcpy(place->token, token.at, token.len);
	places->len++;
}

/** The standalone app: the target of the link `ipnport` is the port, a file beside it the token. */
static void find_standalone(const char *folder, struct localapi_places *places)
{
	AUTO(auto_str) struct str path = {0};
	AUTO(auto_str) struct str token = {0};
	struct err ignored = {0};
	char target[16];
	ssize_t len = 0;
	uint16_t port = 0;

	str_printf(&path, "%s/ipnport", folder);
	len = readlink(str_text(&path), target, sizeof(target));
	if (len <= 0) {
		return;
	}
	port = port_of((struct text){target, (size_t)len});
	str_clear(&path);
	str_printf(&path, "%s/" PROOF "%d", folder, port);
	if (port > 0 && !file_read(str_text(&path), LOCALAPI_TOKEN_BYTES, &token, &ignored)) {
		add_port(places, port, text_trim(str_view(&token)));
	}
}

/** Call `each` for the names in a folder. */
static void list_folder(const char *folder,
			void (*each)(const char *folder, const char *name, void *cookie),
			void *cookie)
{
	AUTO(auto_closedir) DIR *dir = opendir(folder);
	const struct dirent *entry = NULL;

	for (size_t i = 0; dir && i < ENTRIES_MAX && (entry = readdir(dir)); i++) {
		each(folder, entry->d_name, cookie);
	}
}

/** The App Store's app: the name of a file is port and token. */
static void on_proof(const char *folder, const char *name, void *cookie)
{
	struct text rest = text_of(name);
	struct text port = {0};

	(void)folder;
	if (!text_starts(rest, PROOF)) {
		return;
	}
	rest.at += sizeof(PROOF) - 1;
	rest.len -= sizeof(PROOF) - 1;
	if (text_split(&rest, '-', &port) && rest.at) {
		add_port(cookie, port_of(port), rest);
	}
}

/** A container of an app; that of Tailscale has a name with the team in front. */
static void on_container(const char *folder, const char *name, void *cookie)
{
	static const char suffix[] = ".tailscale.ipn.macos";
	AUTO(auto_str) struct str path = {0};
	size_t len = strlen(name);

	if (len >= sizeof(suffix) - 1 && strcmp(name + len - (sizeof(suffix) - 1), suffix) == 0) {
		str_printf(&path, "%s/%s", folder, name);
		list_folder(str_text(&path), on_proof, cookie);
	}
}

static bool is_socket(const char *path)
{
	struct stat info = {0};

	return stat(path, &info) == 0 && S_ISSOCK(info.st_mode);
}

/** The first that is there; the first of all if none is, so that there is a path to talk about. */
static const char *first_socket(const char *const *sockets)
{
	for (const char *const *at = sockets; *at; at++) {
		if (is_socket(*at)) {
			return *at;
		}
	}
	return sockets[0];
}

void localapi_places_find(const struct localapi_folders *folders, struct localapi_places *out)
{
	struct localapi_place *last = NULL;

	*out = (struct localapi_places){0};
	if (folders->containers) {
		list_folder(folders->containers, on_container, out);
	}
	if (folders->standalone) {
		find_standalone(folders->standalone, out);
	}
	last = &out->at[out->len++];
	(void)snprintf(last->socket, sizeof(last->socket), "%s", first_socket(folders->sockets));
}

void localapi_places_default(struct localapi_places *out)
{
	struct localapi_folders folders = {.sockets = default_sockets};
#ifdef __APPLE__
	AUTO(auto_str) struct str containers = {0};
	const char *home = getenv("HOME");

	folders.standalone = "/Library/Tailscale";
	if (home && *home == '/') {
		str_printf(&containers, "%s/Library/Group Containers", home);
		folders.containers = str_text(&containers);
	}
#endif
	localapi_places_find(&folders, out);
}

void localapi_places_remote(struct localapi_places *out)
{
	static const char *const sockets[LOCALAPI_PLACES_MAX] = {
		SOCKET_LINUX, SOCKET_MACOS, SOCKET_SYNOLOGY, SOCKET_SYNOLOGY_6};

	*out = (struct localapi_places){.len = LOCALAPI_PLACES_MAX};
	for (size_t i = 0; i < LOCALAPI_PLACES_MAX; i++) {
		(void)snprintf(out->at[i].socket, sizeof(out->at[i].socket), "%s", sockets[i]);
	}
}

void localapi_place_text(const struct localapi_place *place, char *out, size_t size)
{
	if (place->port > 0) {
		(void)snprintf(out, size, "port %d of this machine", place->port);
	} else {
		(void)snprintf(out, size, "the socket %s", place->socket);
	}
}
