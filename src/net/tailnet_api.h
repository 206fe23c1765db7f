/**
 * The control plane's API v2, of which one thing is wanted: the list of a tailnet's devices.
 *
 * It needs a credential: an API key, or a client secret that is changed for a token first (OAuth
 * client credentials). Neither is ever part of a message; a server that repeats what it was given
 * is not quoted. Reads only.
 */
#ifndef NET_TAILNET_API_H
#define NET_TAILNET_API_H

#include "net/http.h"
#include "net/live_device.h"

/** Where Tailscale's own is. */
#define TAILNET_API_URL "https://api.tailscale.com"

/** Ceilings: of a list of devices (about 2 KB each), and of a credential. */
#define TAILNET_API_BYTES ((size_t)32 * 1024 * 1024)
#define TAILNET_CREDENTIAL_BYTES ((size_t)4096)

/** Which tailnet, and by whose leave. Borrowed until the list was read. */
struct tailnet_api_settings {
	const char *url;       /**< scheme, host and port; NULL: TAILNET_API_URL */
	const char *tailnet;   /**< NULL: that of the credential, "-" */
	const char *client_id; /**< with it, the secret is a client secret; else an API key */
	const char *secret;
};

/** https, or http to a loopback address; no path. Returns what is wrong with it, NULL if good. */
const char *tailnet_api_check_url(const char *url);

/** Is the server on this machine, by its address? */
bool tailnet_api_is_here(const struct tailnet_api_settings *settings);

/** Can it be a credential: printable ASCII without blanks, not too long? */
bool tailnet_api_is_credential(struct text text);

/** A list that is being read. */
struct tailnet_api;

/**
 * Ask for the devices.
 *
 * @param arena        gets the list's texts
 * @param deadline_ms  monotonic; of all requests together
 * @param ended        called once, later: with the list, which is the callee's to release, or with
 *                     NULL and why. What is passed is valid during the call only
 * @return             a handle for tailnet_api_cancel, valid until `ended` ran
 */
struct tailnet_api *tailnet_api_start(struct http *http, struct arena *arena,
				      const struct tailnet_api_settings *settings,
				      int64_t deadline_ms,
				      void (*ended)(struct live_devices *devices,
						    const struct err *err, void *cookie),
				      void *cookie);

/** Stop; `ended` is not called. NULL is fine. */
void tailnet_api_cancel(struct tailnet_api *api);

/* Readers of answers; pure. */

/** {"devices": […]} of GET /tailnet/-/devices. @return 0; -1 with ERR_INPUT */
int tailnet_api_read_devices(struct arena *arena, struct text bytes, struct live_devices *out,
			     struct err *err);

/** {"access_token": …} of POST /oauth/token, in the arena. @return 0; -1 with ERR_INPUT */
int tailnet_api_read_token(struct arena *arena, struct text bytes, const char **out,
			   struct err *err);

/** Append what the answer {"message": …} says, printable and cut; nothing if it may hold a
 * credential. */
void tailnet_api_read_message(struct text bytes, struct str *out);

#endif
