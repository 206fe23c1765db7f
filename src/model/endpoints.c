/* services.health: the URLs that somebody depends on. */
#include "model/binding_rows.h"

#include <string.h>

#include "base/codec.h"
#include "model/file_form.h"

/** Status codes of HTTP (RFC 9110, section 15). */
#define HTTP_STATUS_MIN 100
#define HTTP_STATUS_MAX 599

/** Most codes one endpoint expects. */
#define EXPECT_MAX 32

/** Add the codes of a scalar such as 200 or "401,403". */
static void add_codes(struct decode *decode, const struct node *node, struct texts *expect)
{
	struct text rest = node->text;
	struct text part = {0};

	while (text_split(&rest, ',', &part)) {
		int64_t code = 0;
		struct err err = {0};

		if (parse_int(part, HTTP_STATUS_MIN, HTTP_STATUS_MAX, &code, &err)) {
			decode_problem(decode, PROBLEM_VALUE, node,
				       "write a code like 200, or several like \"401,403\"",
				       "'%s' is not a list of HTTP status codes", node->text.at);
			return;
		}
		if (expect->len == EXPECT_MAX) {
			decode_problem(decode, PROBLEM_VALUE, node, NULL,
				       "there are more than %d status codes", EXPECT_MAX);
			return;
		}
		expect->nodes[expect->len] = node;
		expect->at[expect->len++] = arena_copy(decode->arena, part.at, part.len);
	}
}

/** One scalar with codes, or a list of them. */
static void parse_expect(struct decode *decode, const struct node *node, void *out)
{
	struct texts expect = {
		.at = arena_alloc(decode->arena, EXPECT_MAX * sizeof(*expect.at)),
		.nodes = arena_alloc(decode->arena, EXPECT_MAX * sizeof(struct node *)),
	};
	bool is_list = node->kind == NODE_LIST;

	for (const struct node *item = is_list ? node->first : node; item;
	     item = is_list ? item->next : NULL) {
		if (item->kind == NODE_SCALAR) {
			add_codes(decode, item, &expect);
		} else {
			decode_problem(decode, PROBLEM_TYPE, item, NULL,
				       "expected status codes for 'expect', found %s",
				       node_sort(item));
		}
	}
	*(struct texts *)out = expect;
}

/** A DNS name with a dot in it, as certificates have: no address, no port. */
static void parse_tls_name(struct decode *decode, const struct node *node, void *out)
{
	if (node->kind != NODE_SCALAR) {
		decode_problem(decode, PROBLEM_TYPE, node, NULL,
			       "expected a name for 'tls.name', found %s", node_sort(node));
	} else if (!name_is_valid(node->text) || !memchr(node->text.at, '.', node->text.len)) {
		decode_problem(
			decode, PROBLEM_VALUE, node,
			"write the name as it stands in the certificate, like photos.example",
			"'%s' is not a name that a certificate can be about", node->text.at);
	} else {
		*(const char **)out = node->text.at;
	}
}

static const struct field tls_fields[] = {
	{"name", FIELD_CUSTOM, offsetof(struct endpoint_tls, name), .nullable = true,
	 .parse = parse_tls_name, .doc = "TLS name to ask for; without it, the host of the URL"},
	{"node", FIELD_TEXT, offsetof(struct endpoint_tls, node), .nullable = true,
	 .doc = "device or target that serves the name itself; without it, `host`"},
	{"", FIELD_NODE, offsetof(struct endpoint_tls, map), .doc = "where it stands"},
	{0},
};

const struct field endpoint_fields[] = {
	{"id", FIELD_TEXT, offsetof(struct endpoint, id), .required = true, .doc = "its name here"},
	{"host", FIELD_TEXT, offsetof(struct endpoint, host), .required = true,
	 .doc = "target it runs on"},
	{"url", FIELD_TEXT, offsetof(struct endpoint, url_text), .required = true,
	 .doc = "what is asked for"},
	{"expect", FIELD_CUSTOM, offsetof(struct endpoint, expect), .nullable = true,
	 .parse = parse_expect, .doc = "status codes that are right"},
	{"enabled", FIELD_BOOL, offsetof(struct endpoint, enabled), .nullable = true,
	 .fallback = "true", .doc = "false: not probed"},
	{"tls", FIELD_STRUCT, offsetof(struct endpoint, tls), .nullable = true,
	 .fields = tls_fields, .doc = "the TLS name it has, and who serves it"},
	{0},
};

static void check_url(struct decode *decode, struct endpoint *endpoint)
{
	const char *wrong = NULL;

	if (!endpoint->url_text) {
		return;
	}
	wrong = url_parse(text_of(endpoint->url_text), &endpoint->url);
	if (wrong && strchr(endpoint->url_text, '@')) {
		/* With a user there may be a password, which no message shows. */
		decode_problem(decode, PROBLEM_VALUE, node_get(endpoint->row.node, "url"),
			       "write a URL like http://192.168.1.20:8080/health", "the URL: %s",
			       wrong);
	} else if (wrong) {
		decode_problem(decode, PROBLEM_VALUE, node_get(endpoint->row.node, "url"),
			       "write a URL like http://192.168.1.20:8080/health", "'%s': %s",
			       endpoint->url_text, wrong);
	}
}

/** An address has no name to ask for, and an empty map says nothing. */
static void check_tls(struct decode *decode, const struct endpoint *endpoint)
{
	const struct endpoint_tls *tls = &endpoint->tls;

	if (!tls->map || tls->name || node_get(tls->map, "name")) {
		return;
	}
	if (!tls->node && !node_get(tls->map, "node")) {
		decode_problem(decode, PROBLEM_MISSING, tls->map,
			       "write tls: {name: photos.example}, or leave it out",
			       "'tls' has neither 'name' nor 'node'");
	} else if (endpoint->url.host.len > 0 &&
		   (endpoint->url.has_address || !endpoint->url.is_tls)) {
		decode_problem(decode, PROBLEM_MISSING, tls->map,
			       "write tls: {name: photos.example, node: …}",
			       "'tls' names no 'name', and the URL has none to ask for");
	}
}

void endpoints_decode(struct arena *arena, struct endpoints *endpoints)
{
	struct binding *binding = &endpoints->binding;
	struct decode decode = binding_decode(arena, binding, "an endpoint");
	const struct node *list = binding_rows(&decode, binding, binding->root, "endpoints");

	if (!list) {
		return;
	}
	endpoints->at = arena_alloc(arena, (list->count + 1) * sizeof(*endpoints->at));
	for (const struct node *node = list->first; node; node = node->next) {
		struct endpoint *endpoint = &endpoints->at[endpoints->len];
		struct row_name name = {"endpoint", NULL, "services_health", endpoints->len};

		row_decode(&decode, binding, node, endpoint_fields, &endpoint->row, endpoint);
		check_url(&decode, endpoint);
		check_tls(&decode, endpoint);
		name.id = endpoint->id;
		row_close(&decode, binding, &endpoint->row, &name);
		endpoints->len++;
	}
}
