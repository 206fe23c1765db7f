#include "cli/diagnosis.h"

#include <string.h>
#include <strings.h>

#include "base/clock.h"

static const struct endpoint *find_endpoint(const struct repo *repo, struct arena *arena,
					    const struct climb_spec *spec, struct climb_spec *out)
{
	for (size_t i = 0; i < repo->endpoints.len; i++) {
		const struct endpoint *endpoint = &repo->endpoints.at[i];
		struct tls_place place = {0};

		if (!endpoint->row.is_broken && tls_place_of(arena, repo, endpoint, &place) &&
		    place.port == spec->port &&
		    same_string(place.name ? place.name : place.address, spec->name)) {
			climb_spec_of(repo, &place, out);
			return endpoint;
		}
	}
	return NULL;
}

/**
 * A name that was given without a port is asked at the one that the repo has it at, if there is but
 * one: whoever runs it elsewhere than at 443 has written so already.
 */
static void find_port(const struct repo *repo, struct arena *arena, struct climb_spec *spec)
{
	uint16_t found = 0;

	for (size_t i = 0; i < repo->endpoints.len; i++) {
		const struct endpoint *endpoint = &repo->endpoints.at[i];
		struct tls_place place = {0};

		if (endpoint->row.is_broken || !tls_place_of(arena, repo, endpoint, &place) ||
		    !same_string(place.name ? place.name : place.address, spec->name)) {
			continue;
		}
		if (place.port == spec->port || (found != 0 && found != place.port)) {
			return;
		}
		found = place.port;
	}
	if (found != 0) {
		spec->port = found;
	}
}

/** Does the word say where to ask, by a port or by the scheme of a URL? */
static bool names_port(const char *word, const struct url *url)
{
	const char *rest = url->host.at + url->host.len;

	return strstr(word, "://") || *rest == ':' || strncmp(rest, "]:", 2) == 0;
}

/** Which row of the repo has the name; a node is found by its name or its id. */
static void find_row(struct diagnosis *diagnosis, struct arena *arena)
{
	const struct repo *repo = diagnosis->repo;
	struct climb_spec *spec = &diagnosis->spec;

	if (spec->has_tls && find_endpoint(repo, arena, spec, spec)) {
		return;
	}
	for (size_t i = 0; i < repo->devices.len; i++) {
		const struct device *device = &repo->devices.at[i];

		if (!device->row.is_broken && device->fqdn &&
		    strcasecmp(device->fqdn, spec->name) == 0) {
			spec->device = device;
			spec->known_as = device->row.subject;
			return;
		}
	}
	for (size_t i = 0; i < repo->targets.len; i++) {
		const struct target *target = &repo->targets.at[i];

		if (!target->row.is_broken && strcasecmp(target->host.text, spec->name) == 0) {
			spec->target = target;
			spec->known_as = target->row.subject;
			return;
		}
	}
}

/** The policy may forbid to touch the machine, by the kind that asks the same. */
static const char *find_rule(const struct diagnosis *diagnosis)
{
	const struct climb_spec *spec = &diagnosis->spec;
	const char *id = spec->target ? spec->target->id : spec->device ? spec->device->id : NULL;
	const struct never_rule *rule =
		id ? policy_forbids(&diagnosis->repo->policy, id, "cert_obtainable") : NULL;

	return rule ? rule->reason : NULL;
}

/** As people have it at hand: a URL, "[::1]:443", "::1", or with the last dot of a status. */
static const char *url_of(struct arena *arena, const char *word)
{
	const char *start = strstr(word, "://");
	const char *host = start ? start + strlen("://") : word;
	size_t len = strcspn(host, ":/?#");
	struct address address = {0};

	if (address_parse(text_of(word), &address) && address.family == ADDRESS_V6) {
		return arena_printf(arena, "https://[%s]", word);
	}
	return arena_printf(
		arena, "%.*s%.*s%s", start ? (int)(host - word) : (int)strlen("https://"),
		start ? word : "https://", (int)(len > 1 && host[len - 1] == '.' ? len - 1 : len),
		host, host + len);
}

int diagnosis_of(struct diagnosis *diagnosis, const char *word, struct arena *arena,
		 struct err *err)
{
	const char *text = url_of(arena, word);
	struct url url = {0};
	const char *why = url_parse(text_of(text), &url);
	char *name = NULL;
	bool has_port = false;

	if (why) {
		/* What has a user in it may have a password too. */
		return strchr(word, '@')
			       ? err_set(err, ERR_INPUT,
					 "NAME is no name that TLS could be asked "
					 "for: %s",
					 why)
			       : err_set(err, ERR_INPUT,
					 "'%s' is no name that TLS could be asked for: %s", word,
					 why);
	}
	has_port = names_port(word, &url);
	name = arena_copy(arena, url.host.at, url.host.len);
	for (char *at = name; *at; at++) {
		*at = (char)(*at >= 'A' && *at <= 'Z' ? *at - 'A' + 'a' : *at);
	}
	diagnosis->spec =
		(struct climb_spec){.name = name, .port = url.port, .has_tls = url.is_tls};
	if (!has_port) {
		find_port(diagnosis->repo, arena, &diagnosis->spec);
	}
	find_row(diagnosis, arena);
	diagnosis->spec.never = find_rule(diagnosis);
	diagnosis->spec.has_http = true;
	diagnosis->spec.is_whole = true;
	return 0;
}

/** Stops waiting; what was seen so far is judged. */
struct stopping {
	struct loop *loop;
	int signal;
};

static void on_signal(int signal, void *cookie)
{
	struct stopping *stopping = cookie;

	stopping->signal = signal;
	loop_stop(stopping->loop);
}

static void on_ended(void *cookie)
{
	loop_stop(cookie);
}

int diagnosis_run(struct diagnosis *diagnosis, struct arena *arena, struct err *err)
{
	int64_t started_ms = clock_monotonic_ms();
	struct climb *climb = NULL;
	struct stopping stopping = {0};
	struct context context = {
		.repo = diagnosis->repo,
		.arena = arena,
		.mode = diagnosis->mode,
		.targets = {.all = true},
		.identity = diagnosis->identity,
		.agent = diagnosis->agent,
		.deadline_ms = started_ms + diagnosis->deadline_ms,
	};

	if (context_open(&context, on_signal, &stopping, err)) {
		return -1;
	}
	stopping.loop = context.loop;
	diagnosis->spec.deadline_ms = context.deadline_ms;
	climb = climb_start(&context, &diagnosis->spec, on_ended, context.loop);
	loop_run(context.loop);
	climb_stop(climb);
	judge_ladder(climb_evidence(climb), arena, &diagnosis->opinion);
	diagnosis->signal = stopping.signal;
	context_close(&context);
	diagnosis->took_ms = clock_monotonic_ms() - started_ms;
	return 0;
}
