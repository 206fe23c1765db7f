/**
 * IP addresses as values: parsed once, compared as bytes, classified by range. Never compared as
 * text.
 */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/str.h"

enum address_family {
	ADDRESS_NONE, /**< the zero value: no address */
	ADDRESS_V4,
	ADDRESS_V6,
};

struct address {
	enum address_family family;
	unsigned char bytes[16]; /**< network order; IPv4 uses the first four */
};

enum address_class {
	ADDRESS_OTHER,      /**< routable, or of no class below */
	ADDRESS_LOOPBACK,   /**< 127.0.0.0/8, ::1 (RFC 1122, RFC 4291) */
	ADDRESS_PRIVATE,    /**< RFC 1918, and fc00::/7 (RFC 4193) outside the tailnet range */
	ADDRESS_LINK_LOCAL, /**< 169.254.0.0/16, fe80::/10 */
	ADDRESS_TAILNET,    /**< 100.64.0.0/10 (RFC 6598) without the holes, fd7a:115c:a1e0::/48 */
	ADDRESS_TAILNET_RESERVED, /**< in 100.64.0.0/10 but never a node: 100.100.100.100
				     (Tailscale's resolver), 100.115.92.0/23 (ChromeOS) */
	ADDRESS_UNUSABLE,         /**< unspecified, multicast, broadcast */
};

/**
 * Read an IPv4 dotted quad (no leading zeros) or an IPv6 address (RFC 4291; no zone, no brackets).
 * IPv4-mapped IPv6 (::ffff:1.2.3.4) becomes IPv4. Returns false on anything else.
 */
bool address_parse(struct text text, struct address *out);

/** Is it made only of digits and dots, so that it can be nothing but an IPv4 address? */
bool address_looks_numeric(struct text text);

/** Are they the same value? Two ADDRESS_NONE are. */
bool address_equal(const struct address *left, const struct address *right);

/** Which kind of network does it belong to? */
enum address_class address_classify(const struct address *address);

/** May it be dialled as a LAN address: private, link-local, loopback or other, but not a tailnet
 * one. */
bool address_is_lan(const struct address *address);

/** Bytes of the longest text form with its NUL (INET6_ADDRSTRLEN). */
#define ADDRESS_TEXT_BYTES 46

/** The canonical text form (RFC 5952 for IPv6); "" for ADDRESS_NONE. */
void address_format(const struct address *address, char out[ADDRESS_TEXT_BYTES]);

/** Fill a socket address. @return its length */
socklen_t address_to_socket(const struct address *address, uint16_t port,
			    struct sockaddr_storage *out);

/** Read a socket address. IPv4-mapped IPv6 becomes IPv4. False for another family. */
bool address_from_socket(const struct sockaddr *socket_address, struct address *out);

/** A network in CIDR form. */
struct network {
	struct address base;
	unsigned prefix; /**< bits */
};

/** "192.168.1.0/24"; bits behind the prefix must be zero. */
bool network_parse(struct text text, struct network *out);

/** Bytes of the longest text form of a network with its NUL. */
#define NETWORK_TEXT_BYTES (ADDRESS_TEXT_BYTES + 4)

/** "192.168.1.0/24". */
void network_format(const struct network *network, char out[NETWORK_TEXT_BYTES]);

/** The network of that many bits which an address is in. */
struct network network_around(const struct address *address, unsigned prefix);

/** Is the address inside? One of the other family never is. */
bool network_holds(const struct network *network, const struct address *address);

/** Parts of an absolute http or https URL (RFC 3986), pointing into the text. */
struct url {
	struct text scheme; /**< "http" or "https", as written */
	struct text host;   /**< without brackets; never empty */
	bool has_address;   /**< host is an address, in `address` */
	struct address address;
	uint16_t port;    /**< explicit, or 80 / 443 */
	struct text path; /**< from the first '/', '?' or '#'; may be empty */
	bool is_tls;
};

/** Split a URL; userinfo is refused (a secret has no place in a binding). Returns a reason, NULL if
 * good. */
const char *url_parse(struct text text, struct url *out);

/** A DNS name or single label: letters, digits, '-', '_' and dots, 253 bytes at most, and a last
 * label that is not all digits (so that "10.0.0.300" is no name). */
bool name_is_valid(struct text text);

#endif
