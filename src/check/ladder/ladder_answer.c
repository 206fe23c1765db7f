#include "check/ladder/ladder_answer.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/vec.h"

/** Sentences of tailscaled 1.98 to 1.103, and which answer they are. The first that is in the text
 * counts. */
static const struct {
	const char *part;
	enum cert_answer answer;
} sentences[] = {
	{"invalid localapi request", CERT_ANSWER_BROWSER},
	{"cert access denied", CERT_ANSWER_DENIED},
	{"does not support getting TLS certs", CERT_ANSWER_UNSUPPORTED},
	{"must be one of", CERT_ANSWER_OTHER_NAME},
	{"wildcard certificates are not enabled", CERT_ANSWER_OTHER_NAME},
	{"rateLimited", CERT_ANSWER_RATE_LIMITED},
	{"429 ", CERT_ANSWER_RATE_LIMITED},
	{"SetDNS ", CERT_ANSWER_DNS_RECORD},
	{"failed to create DNS record", CERT_ANSWER_DNS_RECORD},
	{"acme.GetReg", CERT_ANSWER_UNREACHABLE},
	{"acme.Register", CERT_ANSWER_UNREACHABLE},
	{"x509: certificate signed by unknown authority", CERT_ANSWER_UNREACHABLE},
	{"dial tcp", CERT_ANSWER_UNREACHABLE},
	{"context deadline exceeded", CERT_ANSWER_PENDING},
};

enum cert_answer cert_answer_of(int status, const char *text)
{
	if (status == 200) {
		return CERT_ANSWER_GIVEN;
	}
	if (status == 429) {
		return CERT_ANSWER_RATE_LIMITED;
	}
	for (size_t i = 0; text && i < sizeof(sentences) / sizeof(sentences[0]); i++) {
		if (strstr(text, sentences[i].part)) {
			return sentences[i].answer;
		}
	}
	return CERT_ANSWER_OTHER;
}

/** Bytes that stand between names: Go writes them in quotes, people do not. */
static bool is_between(char one)
{
	return one == ' ' || one == '"' || one == ',' || one == '\t' || one == '\n';
}

struct text_list cert_answer_names(struct arena *arena, const char *text)
{
	static const char start[] = "must be one of [";
	const char *at = text ? strstr(text, start) : NULL;
	struct text_list names = {0};

	if (!at || !strchr(at, ']')) {
		return names;
	}
	at += sizeof(start) - 1;
	names.at = arena_alloc(arena, ANSWER_NAMES_MAX * sizeof(*names.at));
	while (*at != ']' && names.len < ANSWER_NAMES_MAX) {
		AUTO(auto_str) struct str name = {0};
		size_t len = 0;

		while (at[len] != ']' && !is_between(at[len])) {
			len++;
		}
		if (len > 0) {
			str_add_printable(&name, (struct text){at, len});
			names.at[names.len++] = arena_text(arena, str_text(&name));
		}
		at += len > 0 ? len : 1;
	}
	return names;
}
