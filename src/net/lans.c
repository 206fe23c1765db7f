#include "net/lans.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

void lans_release(struct lans *lans)
{
	VEC_RELEASE(lans);
}

void lans_add(struct lans *lans, const struct network *network, const char *interface)
{
	struct lan *lan = NULL;

	for (size_t i = 0; i < lans->len; i++) {
		if (lans->at[i].network.prefix == network->prefix &&
		    address_equal(&lans->at[i].network.base, &network->base)) {
			return;
		}
	}
	lan = VEC_ADD(lans);
	lan->network = *network;
	(void)snprintf(lan->interface, sizeof(lan->interface), "%s", interface);
}

static bool is_up(const struct ifaddrs *entry, struct address *address)
{
	return entry->ifa_addr && entry->ifa_netmask && (entry->ifa_flags & IFF_UP) &&
	       address_from_socket(entry->ifa_addr, address);
}

static bool is_tailnet(const struct address *address)
{
	enum address_class class = address_classify(address);

	return class == ADDRESS_TAILNET || class == ADDRESS_TAILNET_RESERVED;
}

/**
 * Is it the interface of the tailnet? One that has other addresses besides is not: a provider may
 * use the tailnet's range too.
 */
static bool is_tailnet_interface(const struct ifaddrs *all, const char *name)
{
	bool has_tailnet = false;

	for (const struct ifaddrs *entry = all; entry; entry = entry->ifa_next) {
		struct address address = {0};

		if (strcmp(entry->ifa_name, name) != 0 || !is_up(entry, &address)) {
			continue;
		}
		if (is_tailnet(&address)) {
			has_tailnet = true;
		} else if (address_classify(&address) != ADDRESS_LINK_LOCAL) {
			return false;
		}
	}
	return has_tailnet;
}

/** How many bits a mask has set. On macOS it may be cut behind them, and have no family. */
static unsigned count_bits(const struct sockaddr *mask, enum address_family family)
{
	size_t len =
		family == ADDRESS_V4 ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
	struct sockaddr_storage whole = {0};
	struct address address = {0};
	unsigned bits = 0;

#ifdef __APPLE__
	len = mask->sa_len < len ? mask->sa_len : len;
#endif
	memcpy(&whole, mask, len);
	whole.ss_family = family == ADDRESS_V4 ? AF_INET : AF_INET6;
	(void)address_from_socket((const struct sockaddr *)&whole, &address);
	while (bits < (family == ADDRESS_V4 ? 32U : 128U) &&
	       (address.bytes[bits / 8] >> (7 - bits % 8) & 1)) {
		bits++;
	}
	return bits;
}

int lans_read(struct lans *out, struct err *err)
{
	struct ifaddrs *all = NULL;

	if (getifaddrs(&all)) {
		return err_errno(err, "list the network interfaces");
	}
	for (const struct ifaddrs *entry = all; entry; entry = entry->ifa_next) {
		struct address address = {0};
		struct network network = {0};

		if (!is_up(entry, &address) || is_tailnet(&address) ||
		    is_tailnet_interface(all, entry->ifa_name)) {
			continue;
		}
		network = network_around(&address, count_bits(entry->ifa_netmask, address.family));
		lans_add(out, &network, entry->ifa_name);
	}
	freeifaddrs(all);
	return 0;
}

struct lan *lans_find(const struct lans *lans, const struct address *address)
{
	struct lan *best = NULL;

	for (size_t i = 0; i < lans->len; i++) {
		struct lan *lan = &lans->at[i];

		if (network_holds(&lan->network, address) &&
		    (!best || lan->network.prefix > best->network.prefix)) {
			best = lan;
		}
	}
	return best;
}

bool lan_is_foreign(const struct lan *lan)
{
	return lan->strikes >= LAN_STRIKES && lan->verified == 0;
}

bool address_is_local(const struct address *address)
{
	enum address_class class = address_classify(address);

	return class == ADDRESS_PRIVATE || class == ADDRESS_LINK_LOCAL;
}
