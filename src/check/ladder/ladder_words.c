/* How the evidence is put into words: durations, lists, and what stands in braces in the table. */
#include "base/cleanup.h"
#include "check/ladder/ladder_private.h"

/** Most names that one sentence lists. */
#define NAMES_TOLD 12

void add_duration(struct str *out, int64_t duration_ms)
{
	if (duration_ms < 1000) {
		str_printf(out, "%lld ms", (long long)duration_ms);
	} else {
		str_printf(out, "%lld.%lld s", (long long)(duration_ms / 1000),
			   (long long)(duration_ms % 1000 / 100));
	}
}

void add_names(struct str *out, const char *const *names, size_t len)
{
	size_t told = len > NAMES_TOLD ? NAMES_TOLD : len;

	for (size_t i = 0; i < told; i++) {
		str_add(out, i == 0 ? "" : i + 1 == len ? " and " : ", ");
		str_add_printable(out, text_of(names[i]));
	}
	if (len > told) {
		str_printf(out, " and %zu more", len - told);
	}
}

static void add_name(const struct cert_evidence *evidence, struct str *out)
{
	str_add_printable(out, text_of(evidence->name));
}

static void add_port(const struct cert_evidence *evidence, struct str *out)
{
	str_printf(out, "%u", (unsigned)evidence->port);
}

static void add_node(const struct cert_evidence *evidence, struct str *out)
{
	const struct tailnet_node *node = evidence->owner.node;

	str_add_printable(out, text_of(node && node->dns_name ? node->dns_name : evidence->name));
}

/** What the node that was asked may have: as its refusal lists it, else as its status does. */
static void add_domains(const struct cert_evidence *evidence, struct str *out)
{
	struct arena arena = {0};
	struct text_list names = cert_answer_names(&arena, evidence->issue.text);
	const struct tailnet_status *status = own_status(evidence);

	status = status ? status : evidence->daemon.status;
	if (names.len == 0 && status) {
		names = status->cert_domains;
	}
	if (names.len == 0) {
		str_add(out, "none");
	}
	add_names(out, names.at, names.len);
	arena_release(&arena);
}

static void add_said(const struct cert_evidence *evidence, struct str *out)
{
	struct text said = text_trim(text_of(evidence->issue.text ? evidence->issue.text : ""));

	said.len = said.len > 300 ? 300 : said.len;
	str_add_printable(out, said);
}

static void add_waited(const struct cert_evidence *evidence, struct str *out)
{
	bool is_asked = evidence->issue.question.asked == NO_ANSWER ||
			has_answer(evidence, CERT_ANSWER_PENDING);

	add_duration(out,
		     is_asked ? evidence->issue.question.took_ms : evidence->tls.facts.ended_ms);
}

static void add_alert(const struct cert_evidence *evidence, struct str *out)
{
	str_printf(out, "%d (%s)", evidence->tls.facts.alert,
		   tls_alert_word(evidence->tls.facts.alert));
}

static void add_state(const struct cert_evidence *evidence, struct str *out)
{
	const struct tailnet_status *status = evidence->daemon.status;

	str_add_printable(out, text_of(status ? status->state_text : "?"));
}

static void add_where(const struct cert_evidence *evidence, struct str *out)
{
	str_add_printable(
		out, text_of(evidence->daemon.where ? evidence->daemon.where : "the LocalAPI"));
}

static void add_backend(const struct cert_evidence *evidence, struct str *out)
{
	str_add_printable(out,
			  text_of(evidence->backend.text ? evidence->backend.text : "its backend"));
}

static void add_http(const struct cert_evidence *evidence, struct str *out)
{
	str_printf(out, "%d", evidence->http.status);
}

/** Who issued what is shown, and for which names. */
static void add_issuer(const struct cert_evidence *evidence, struct str *out)
{
	str_add(out, has_shown(evidence) ? evidence->tls.facts.chain->at->issuer : "?");
}

static void add_shown(const struct cert_evidence *evidence, struct str *out)
{
	const struct tls_certificate *certificate =
		has_shown(evidence) ? evidence->tls.facts.chain->at : NULL;

	if (!certificate || certificate->names_len == 0) {
		str_add(out, certificate ? certificate->subject : "?");
	} else {
		add_names(out, certificate->names, certificate->names_len);
	}
}

/** What is wrong with the chain. */
static void add_fault(const struct cert_evidence *evidence, struct str *out)
{
	str_add(out, has_shown(evidence) ? evidence->tls.facts.chain->error_text : "?");
}

/** Why nothing was sent. */
static void add_barred(const struct cert_evidence *evidence, struct str *out)
{
	const char *why = evidence->tls.question.why_not;

	str_add_printable(out, text_of(why ? why : "a rule says so"));
}

static const struct {
	const char *key;
	void (*add)(const struct cert_evidence *evidence, struct str *out);
} words[] = {
	{"name", add_name},   {"port", add_port},       {"node", add_node},
	{"state", add_state}, {"domains", add_domains}, {"said", add_said},
	{"alert", add_alert}, {"waited", add_waited},   {"where", add_where},
	{"http", add_http},   {"backend", add_backend}, {"issuer", add_issuer},
	{"shown", add_shown}, {"barred", add_barred},   {"fault", add_fault},
};

/** Without evidence a word stands for itself: NAME. */
static void add_key(struct text key, struct str *out)
{
	for (size_t i = 0; i < key.len; i++) {
		str_add_char(out, (char)(key.at[i] - 'a' + 'A'));
	}
}

static void fill_word(const struct cert_evidence *evidence, struct text key, struct str *out)
{
	if (!evidence) {
		add_key(key, out);
		return;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (text_is(key, words[i].key)) {
			words[i].add(evidence, out);
			return;
		}
	}
}

const char *ladder_fill(struct arena *arena, const char *sentence,
			const struct cert_evidence *evidence)
{
	AUTO(auto_str) struct str out = {0};
	struct text rest = text_of(sentence);
	struct text part = {0};

	/* Every other part stands in braces. */
	for (bool is_word = false; text_split(&rest, is_word ? '}' : '{', &part);
	     is_word = !is_word) {
		if (is_word) {
			fill_word(evidence, part, &out);
		} else {
			str_add_text(&out, part);
		}
	}
	return arena_text(arena, str_text(&out));
}
