/**
 * What other SSH clients are told about the targets: ssh(1) by a configuration file, Ansible by an
 * inventory. Both get the repo's pinned keys, under the targets' ids, and no way to ask anybody.
 *
 * Values go into formats with quoting rules of their own, and some of those are programs (a
 * ProxyCommand, an Ansible template). So only values made of harmless characters are written; a
 * target with others is left out, and said to be.
 */
#ifndef CLI_EXPORT_H
#define CLI_EXPORT_H

#include "cli/cli.h"

/** One target for another client. */
struct export_host {
	const struct target *target;
	const char *left_out; /**< why it cannot be told; NULL: it can */
	const char *address;  /**< the first that gaterun would try, or a name */
	const char *alias;    /**< the name under which the client finds the pinned key */
	const struct export_host
		*jump; /**< to be reached through; NULL: directly; never a circle */
};

struct export
{
	struct export_host *hosts; /**< as the targets */
	size_t len;
	const char *source;      /**< the binding, relative to the root */
	const char *known_hosts; /**< absolute */
	const char *identity;    /**< absolute; NULL: none is configured */
};

/**
 * Fill it from the repo; texts and arrays live in the invocation's arena.
 *
 * @return 0; EXIT_DATA after having said why nothing can be told
 */
int export_fill(struct cli *cli, struct export *out);

/** Writes one format. */
typedef void export_writer(const struct export *export, struct str *out);

/** A configuration for `ssh -F`. */
export_writer ssh_config_write;

/** An inventory for Ansible, in YAML. */
export_writer ansible_write;

/** Settings of ssh(1) that belong to a host, in order: `add` is called for each with its value. */
void export_settings(const struct export *export, const struct export_host *host,
		     void (*add)(const char *key, const char *value, struct str *out),
		     struct str *out);

#endif
