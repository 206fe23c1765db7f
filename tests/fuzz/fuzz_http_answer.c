/* What an HTTP server says: its headers, the URL it points to, its body against a pattern. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "check/reach/http_probe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(auto_free) char *text = mem_copy((const char *)data, size);
	AUTO(auto_str) struct str shown = {0};
	AUTO(auto_matcher) struct matcher *matcher = matcher_new();
	const struct texts expect = {0};
	struct http_wanted wanted = {.expect = &expect};
	struct http_facts facts = {
		.outcome = HTTP_OK,
		.status = size > 0 ? 100 + data[0] * 2 : 200,
		.redirect = text,
		.headers = {text, strlen(text)},
		.body = {text, size},
		.is_cut = size % 2 == 1,
		.error = text,
	};
	struct http_opinion why = {0};
	struct url url = {0};
	struct url next = {0};
	struct text location = http_header(&facts, "Location");
	struct err err = {0};
	size_t offset = 0;

	assert(!location.at || (location.at >= text && location.at + location.len <= text + size));
	http_show_url(text, &shown);
	assert(!memchr(str_text(&shown), '?', shown.len) && text_is_utf8(str_view(&shown)));
	assert(url_parse(text_of("https://a.test/"), &url) == NULL);
	assert(!http_may_follow(&url, &facts, &next) || next.is_tls);
	wanted.body = pattern_compile(text_of("^status: ok$"), PATTERN_SEARCH, &offset, &err);
	for (int outcome = HTTP_NOT_TRIED; outcome <= HTTP_BROKEN; outcome++) {
		facts.outcome = (enum http_outcome)outcome;
		(void)judge_http(&wanted, &facts, matcher, &why);
		assert(strlen(why.message) < HTTP_MESSAGE_BYTES);
	}
	pattern_free(wanted.body);
	return 0;
}
