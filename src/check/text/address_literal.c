/*
 * address_literal (G030): tailnet addresses stand in the bindings, and nowhere else.
 *
 * What an address in bytes is says tailnet_literal.h; which files are looked at, text_kind.h. Here
 * is what is allowed: the files that are about addresses, and the URL of an endpoint that has no
 * other way to name its target.
 */
#include <string.h>

#include "check/text/scan_cache.h"
#include "check/text/tailnet_literal.h"
#include "check/text/text_kind.h"

struct address_literal {
	struct text_scope scope;
};

static const struct field fields[] = {
	{"paths", FIELD_TEXTS, offsetof(struct address_literal, scope.paths),
	 .doc = "globs of the files to look at; without it, every tracked file"},
	{"except", FIELD_TEXTS, offsetof(struct address_literal, scope.except),
	 .doc = "globs of files that are not looked at"},
	{0},
};

static void find_literals(const void *cookie, void *state, const struct scan_text *text,
			  struct scan_sink *sink)
{
	struct tailnet_literal literal = {0};
	size_t from = 0;

	(void)cookie;
	(void)state;
	while (tailnet_literal_next(text->bytes, from, &literal)) {
		char canonical[ADDRESS_TEXT_BYTES];

		address_format(&literal.address, canonical);
		scan_hit(sink, literal.start, literal.len, canonical);
		from = literal.start + literal.len;
	}
}

static bool may_hit(const void *cookie, const char *bytes, size_t len)
{
	(void)cookie;
	return tailnet_literal_may_hit(bytes, len);
}

static void begin(struct check *check)
{
	const struct address_literal *self = check->settings;
	const struct repo *repo = check->context->repo;
	struct text_search *search = arena_alloc(check->context->arena, sizeof(*search));
	const char *allowed[4] = {0};
	size_t count = 0;

	if (repo->targets.binding.path) {
		allowed[count++] = repo->targets.binding.path;
	}
	if (repo->devices.binding.path) {
		allowed[count++] = repo->devices.binding.path;
	}
	if (repo->tailnet_policy.binding.path) {
		allowed[count++] = repo->tailnet_policy.binding.path;
	}
	scan_cache_digest("address_literal", text_of(""), search->digest);
	search->rule.digest = search->digest;
	search->rule.may_hit = may_hit;
	search->rule.judge = find_literals;
	search->rule.paths = &self->scope.paths;
	search->inputs[0] = &repo->targets.binding;
	search->inputs[1] = &repo->endpoints.binding;
	text_kind_begin(check, search, &self->scope, allowed);
}

/** Is the hit the host in the URL of an endpoint whose target is reached over the tailnet only? */
static bool is_endpoint_host(const struct repo *repo, const struct endpoint *endpoint,
			     const struct scan_finding *found)
{
	const struct target *target = targets_find(&repo->targets, endpoint->host);
	const struct node *url = node_get(endpoint->row.node, "url");

	if (endpoint->row.is_broken || !target || target->row.is_broken ||
	    target->policy != POLICY_TAILSCALE_REQUIRED || !endpoint->url.has_address ||
	    !address_equal(&endpoint->url.address, &target->host.address)) {
		return false;
	}
	return found->line == url->where.line &&
	       found->column == url->where.column + url->is_quoted +
					(int)(endpoint->url.host.at - endpoint->url_text);
}

static bool is_allowed(const struct repo *repo, const struct scan_finding *found)
{
	const struct endpoints *endpoints = &repo->endpoints;

	if (!endpoints->binding.path || strcmp(found->path, endpoints->binding.path) != 0) {
		return false;
	}
	for (size_t i = 0; i < endpoints->len; i++) {
		if (is_endpoint_host(repo, &endpoints->at[i], found)) {
			return true;
		}
	}
	return false;
}

/** Who has the address: "target nas", "device nas"; NULL: nobody we know. */
static const char *owner_of(struct check *check, const char *text)
{
	const struct repo *repo = check->context->repo;
	struct address address = {0};

	if (!address_parse(text_of(text), &address)) {
		return NULL;
	}
	for (size_t i = 0; i < repo->targets.len; i++) {
		const struct target *target = &repo->targets.at[i];

		if (target->id && (address_equal(&target->tailscale_ip.address, &address) ||
				   address_equal(&target->host.address, &address))) {
			return check_text(check, "target %s", target->id);
		}
	}
	for (size_t i = 0; i < repo->devices.len; i++) {
		const struct device *device = &repo->devices.at[i];

		if (device->id && address_equal(&device->tailscale_ip.address, &address)) {
			return check_text(check, "device %s", device->id);
		}
	}
	return NULL;
}

static void add_hit(struct check *check, const struct scan_finding *found)
{
	struct finding *finding = NULL;
	const char *owner = NULL;

	if (is_allowed(check->context->repo, found)) {
		return;
	}
	owner = owner_of(check, found->detail);
	finding = check_add(check, VERDICT_FAIL, REASON_TEXT_ADDRESS,
			    text_kind_subject(check, found->path), text_kind_place(check, found),
			    owner ? "%s is the tailnet address of %s" : "%s is a tailnet address",
			    found->detail, owner);
	finding->detail = check_text(check, "%s", found->detail);
	finding->hint = owner ? "name it by its id, and let the bindings say the address"
			      : "no binding knows it: bind it and name it by its id, or remove it";
}

static void judge(struct check *check)
{
	text_kind_judge(check, check->state, false, add_hit);
}

static void check_settings(struct decode *decode, const struct gate *gate, void *settings)
{
	(void)gate;
	text_scope_check(decode, &((struct address_literal *)settings)->scope);
}

const struct kind kind_address_literal = {
	.name = "address_literal",
	.doc = "Looks for tailnet addresses in every tracked file. Passes when they stand only in the "
	       "bindings that are about them, and in the URLs of endpoints reached over the tailnet only",
	.fields = fields,
	.settings_size = sizeof(struct address_literal),
	.mode = MODE_STATIC,
	.needs = NEEDS_GIT_LIST,
	.is_text = true,
	.check_settings = check_settings,
	.begin = begin,
	.is_ready = text_kind_is_ready,
	.judge = judge,
};
