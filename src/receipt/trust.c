#include "receipt/trust.h"

#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/codec.h"

/** Most trees have fewer entries: what a log can hold. */
#define SIZE_MAX_OF_LOG 100000000

/** A file that is being read, line by line. */
struct reader {
	struct trust *trust;
	struct problems *problems;
	const char *file;
	struct text source;
	int number;       /**< of the line, from 1 */
	struct text line; /**< all of it */
	bool has_failed;
};

static void report(struct reader *reader, struct text at, const char *hint, const char *message)
{
	struct place where = {reader->file, reader->number, 1};

	if (at.at) {
		where.column = (int)(at.at - reader->line.at) + 1;
	}
	problems_add(reader->problems, PROBLEM_VALUE, where, reader->source, hint, "%s", message);
	reader->has_failed = true;
}

static bool is_blank(char one)
{
	return one == ' ' || one == '\t';
}

static void skip_blanks(struct text *rest)
{
	while (rest->len > 0 && is_blank(rest->at[0])) {
		rest->at++;
		rest->len--;
	}
}

/** The next word; blanks inside double quotes belong to it. */
static struct text take_word(struct text *rest)
{
	struct text word = {rest->at, 0};
	bool is_quoted = false;

	while (word.len < rest->len && (is_quoted || !is_blank(rest->at[word.len]))) {
		is_quoted = is_quoted != (rest->at[word.len] == '"');
		word.len++;
	}
	rest->at += word.len;
	rest->len -= word.len;
	skip_blanks(rest);
	return word;
}

/** Call `take` with each line that is neither empty nor a comment. */
static int read_lines(struct reader *reader, void (*take)(struct reader *reader, struct text rest))
{
	struct text rest = reader->source;

	if (reader->source.len > TRUST_BYTES) {
		report(reader, (struct text){0}, NULL, "the file is larger than 1 MiB");
		return -1;
	}
	while (text_split(&rest, '\n', &reader->line)) {
		struct text words = reader->line;

		reader->number++;
		if (words.len > 0 && words.at[words.len - 1] == '\r') {
			words.len--;
		}
		skip_blanks(&words);
		if (words.len > 0 && words.at[0] != '#') {
			take(reader, words);
		}
	}
	return reader->has_failed ? -1 : 0;
}

/* ---- allowed_signers */

/** OpenSSH's patterns: '*' any characters, '?' one. */
static bool matches(struct text pattern, const char *word)
{
	const char *end = pattern.at + pattern.len;
	const char *at = pattern.at;
	const char *star = NULL; /* where to go back to: the last '*' takes one character more */
	const char *taken = NULL;

	while (*word) {
		if (at < end && *at == '*') {
			star = ++at;
			taken = word;
		} else if (at < end && (*at == '?' || *at == *word)) {
			at++;
			word++;
		} else if (star) {
			at = star;
			word = ++taken;
		} else {
			return false;
		}
	}
	while (at < end && *at == '*') {
		at++;
	}
	return at == end;
}

/** Is the namespace in a list of patterns, and not excluded by one with '!'? */
static bool is_listed(struct text list, const char *word)
{
	struct text pattern = {0};
	bool is_in = false;

	while (text_split(&list, ',', &pattern)) {
		if (pattern.len > 0 && pattern.at[0] == '!') {
			if (matches((struct text){pattern.at + 1, pattern.len - 1}, word)) {
				return false;
			}
			continue;
		}
		is_in = is_in || matches(pattern, word);
	}
	return is_in;
}

static int digits(struct text text, size_t at, size_t count)
{
	int value = 0;

	for (size_t i = at; i < at + count; i++) {
		value = value * 10 + (text.at[i] - '0');
	}
	return value;
}

/** YYYYMMDD[HHMM[SS]]Z. Without the Z, OpenSSH takes the time of whoever reads it. */
static bool parse_time(struct text text, int64_t *out_utc)
{
	AUTO(auto_str) struct str full = {0};
	struct err ignored = {0};
	int64_t utc_ms = 0;

	if (text.len != 9 && text.len != 13 && text.len != 15) {
		return false;
	}
	for (size_t i = 0; i + 1 < text.len; i++) {
		if (text.at[i] < '0' || text.at[i] > '9') {
			return false;
		}
	}
	if (text.at[text.len - 1] != 'Z') {
		return false;
	}
	str_printf(&full, "%.4s-%.2s-%.2sT%02d:%02d:%02d.000Z", text.at, text.at + 4, text.at + 6,
		   text.len > 9 ? digits(text, 8, 2) : 0, text.len > 9 ? digits(text, 10, 2) : 0,
		   text.len > 13 ? digits(text, 12, 2) : 0);
	if (clock_parse_rfc3339(str_view(&full), &utc_ms, &ignored) || utc_ms <= 0) {
		return false;
	}
	*out_utc = utc_ms / 1000;
	return true;
}

/** The value of an option `name="value"`, without its quotes. */
static bool take_option(struct text option, const char *name, struct text *value)
{
	size_t len = strlen(name);

	if (option.len < len + 3 || strncasecmp(option.at, name, len) != 0 ||
	    option.at[len] != '=' || option.at[len + 1] != '"' ||
	    option.at[option.len - 1] != '"') {
		return false;
	}
	*value = (struct text){option.at + len + 2, option.len - len - 3};
	return !memchr(value->at, '"', value->len);
}

/** Split at the next comma outside of quotes. */
static struct text next_option(struct text *rest)
{
	struct text option = {rest->at, 0};
	bool is_quoted = false;

	while (option.len < rest->len && (is_quoted || rest->at[option.len] != ',')) {
		is_quoted = is_quoted != (rest->at[option.len] == '"');
		option.len++;
	}
	rest->at += option.len;
	rest->len -= option.len;
	if (rest->len > 0) {
		rest->at++;
		rest->len--;
	}
	return option;
}

static void read_time(struct reader *reader, struct text option, struct text value, int64_t *out)
{
	if (!parse_time(value, out)) {
		report(reader, option, "times are written 20270101Z or 202701011200Z, in UTC",
		       "not a time that means the same everywhere");
	}
}

/** Options of a line. `is_for_us`: it says that its key may sign receipts; `approves`: closings. */
static void read_options(struct reader *reader, struct text options, struct signer *signer,
			 bool *approves)
{
	bool is_authority = false;
	bool is_for_us = false;
	bool has_namespaces = false;

	while (options.len > 0) {
		struct text option = next_option(&options);
		struct text value = {0};

		if (option.len == strlen("cert-authority") &&
		    strncasecmp(option.at, "cert-authority", option.len) == 0) {
			is_authority = true;
		} else if (!has_namespaces && take_option(option, "namespaces", &value)) {
			is_for_us = is_listed(value, RECEIPT_NAMESPACE);
			*approves = is_listed(value, SIGNOFF_NAMESPACE);
			has_namespaces = true;
		} else if (!signer->valid_after_utc && take_option(option, "valid-after", &value)) {
			read_time(reader, option, value, &signer->valid_after_utc);
		} else if (!signer->valid_before_utc &&
			   take_option(option, "valid-before", &value)) {
			read_time(reader, option, value, &signer->valid_before_utc);
		} else {
			report(reader, option,
			       "allowed: cert-authority, namespaces=\"…\", valid-after=\"…\", "
			       "valid-before=\"…\", each once, separated by commas without "
			       "blanks",
			       "not an option that can stand here");
		}
	}
	signer->counts = is_for_us && !is_authority;
	*approves = *approves && !is_authority;
}

/** Names of key types, which tell a line without options from one with. */
static bool is_key_type(struct text word)
{
	return text_starts(word, "ssh-") || text_starts(word, "ecdsa-") ||
	       text_starts(word, "sk-ssh-") || text_starts(word, "sk-ecdsa-") ||
	       text_starts(word, "rsa-sha2-");
}

static void add_approver(struct reader *reader, const struct signer *signer, struct text principals,
			 struct text base64)
{
	struct arena *arena = &reader->trust->arena;
	AUTO(auto_str) struct str key = {0};
	struct err why = {0};

	if (base64_decode(base64, &key, &why)) {
		report(reader, base64, NULL, why.text);
		return;
	}
	*VEC_ADD(&reader->trust->approvers) = (struct approver){
		.principals = arena_copy(arena, principals.at, principals.len),
		.key = {arena_copy(arena, key.at, key.len), key.len},
		.valid_after_utc = signer->valid_after_utc,
		.valid_before_utc = signer->valid_before_utc,
	};
}

static void read_signer(struct reader *reader, struct text rest)
{
	struct text principals = take_word(&rest);
	struct text type = take_word(&rest);
	struct text base64 = {0};
	struct signer signer = {.where = {reader->file, reader->number, 1}};
	bool approves = false;
	struct err why = {0};

	if (type.len > 0 && !is_key_type(type)) {
		read_options(reader, type, &signer, &approves);
		type = take_word(&rest);
	}
	base64 = take_word(&rest);
	if (base64.len == 0 || !is_key_type(type)) {
		report(reader, type.len ? type : principals,
		       "a line is: principals namespaces=\"" RECEIPT_NAMESPACE
		       "\" ssh-ed25519 AAAA... comment",
		       "no key in this line");
		return;
	}
	if (approves) {
		add_approver(reader, &signer, principals, base64);
	}
	if (!text_is(type, "ssh-ed25519")) {
		return; /* signs something else: receipts are Ed25519 */
	}
	if (public_key_from_base64(base64, &signer.key, &why)) {
		report(reader, base64, NULL, why.text);
		return;
	}
	if (signer.valid_after_utc > 0 && signer.valid_before_utc > 0 &&
	    signer.valid_after_utc > signer.valid_before_utc) {
		report(reader, principals, NULL, "valid-after is later than valid-before");
		return;
	}
	signer.principals = arena_copy(&reader->trust->arena, principals.at, principals.len);
	*VEC_ADD(&reader->trust->signers) = signer;
}

int trust_read_signers(struct trust *trust, const char *file, struct text bytes,
		       struct problems *problems)
{
	struct reader reader = {
		.trust = trust, .problems = problems, .file = file, .source = bytes};

	return read_lines(&reader, read_signer);
}

/* ---- revoked */

static bool parse_fingerprint(struct text text, char out[FINGERPRINT_BYTES])
{
	AUTO(auto_str) struct str padded = {0};
	AUTO(auto_str) struct str digest = {0};
	struct err ignored = {0};

	if (text.len != FINGERPRINT_BYTES - 1 || !text_starts(text, "SHA256:")) {
		return false;
	}
	str_add_bytes(&padded, text.at + 7, text.len - 7);
	str_add_char(&padded, '=');
	if (base64_decode(str_view(&padded), &digest, &ignored)) {
		return false;
	}
	memcpy(out, text.at, text.len);
	out[text.len] = '\0';
	return true;
}

/** A day, or a time in RFC 3339. */
static bool parse_moment(struct text text, int64_t *out_utc_ms)
{
	struct err ignored = {0};

	return clock_parse_date(text, out_utc_ms, &ignored) == 0 ||
	       clock_parse_rfc3339(text, out_utc_ms, &ignored) == 0;
}

static bool parse_tree(struct text size, struct text root, struct revocation *out)
{
	struct err ignored = {0};

	if (parse_int(size, 0, SIZE_MAX_OF_LOG, &out->last_good_size, &ignored)) {
		return false;
	}
	return out->last_good_size == 0
		       ? text_is(root, "-")
		       : hex_decode(root, out->root.bytes, SHA256_BYTES, &ignored) == 0;
}

static void read_revocation(struct reader *reader, struct text rest)
{
	struct text fingerprint = take_word(&rest);
	struct text moment = take_word(&rest);
	struct text reason = take_word(&rest);
	struct text size = take_word(&rest);
	struct text root = take_word(&rest);
	struct revocation revocation = {.where = {reader->file, reader->number, 1}};

	revocation.is_compromised = text_is(reason, "compromised");
	if (!parse_fingerprint(fingerprint, revocation.fingerprint)) {
		report(reader, fingerprint, "ssh-keygen -l -f KEY prints it",
		       "expected the fingerprint of a key, SHA256:…");
	} else if (!parse_moment(moment, &revocation.at_utc_ms)) {
		report(reader, moment, NULL, "expected a day like 2026-03-01");
	} else if (!revocation.is_compromised && !text_is(reason, "retired")) {
		report(reader, reason, NULL, "expected retired or compromised");
	} else if (!parse_tree(size, root, &revocation) || rest.len > 0) {
		report(reader, size.len ? size : reason, "without good entries: 0 -",
		       "expected the size and the root of the last tree to be believed");
	} else {
		*VEC_ADD(&reader->trust->revocations) = revocation;
	}
}

int trust_read_revoked(struct trust *trust, const char *file, struct text bytes,
		       struct problems *problems)
{
	struct reader reader = {
		.trust = trust, .problems = problems, .file = file, .source = bytes};

	return read_lines(&reader, read_revocation);
}

/* ---- asking */

void trust_release(struct trust *trust)
{
	VEC_RELEASE(&trust->signers);
	VEC_RELEASE(&trust->approvers);
	VEC_RELEASE(&trust->revocations);
	VEC_RELEASE(&trust->runners);
	arena_release(&trust->arena);
}

const struct revocation *trust_revoked(const struct trust *trust, const char *fingerprint)
{
	for (size_t i = 0; i < trust->revocations.len; i++) {
		if (strcmp(trust->revocations.at[i].fingerprint, fingerprint) == 0) {
			return &trust->revocations.at[i];
		}
	}
	return NULL;
}

/** Does the line let its key sign now? If not, why not? */
static enum reason judge(const struct signer *signer, int64_t at_utc, struct err *err)
{
	const struct place *where = &signer->where;

	if (!signer->counts) {
		(void)err_set(err, ERR_INPUT,
			      "%s:%d lists the signer, but not for "
			      "namespaces=\"" RECEIPT_NAMESPACE "\"",
			      where->file, where->line);
		return REASON_RECEIPT_SIGNER_ROLE;
	}
	if (signer->valid_after_utc > 0 && at_utc < signer->valid_after_utc) {
		(void)err_set(err, ERR_INPUT, "%s:%d: the signer's key was not valid yet",
			      where->file, where->line);
		return REASON_RECEIPT_SIGNER_NOT_YET;
	}
	if (signer->valid_before_utc > 0 && at_utc > signer->valid_before_utc) {
		(void)err_set(err, ERR_INPUT, "%s:%d: the signer's key had expired", where->file,
			      where->line);
		return REASON_RECEIPT_SIGNER_EXPIRED;
	}
	return REASON_NONE;
}

const struct signer *trust_find(const struct trust *trust, const struct public_key *key,
				int64_t at_utc_ms, enum reason *reason, struct err *err)
{
	struct err why = {.code = ERR_ABSENT, .text = "the signer is not among allowed_signers"};
	enum reason refusal = REASON_RECEIPT_SIGNER_UNKNOWN;

	for (size_t i = 0; i < trust->signers.len; i++) {
		const struct signer *signer = &trust->signers.at[i];

		if (memcmp(signer->key.bytes, key->bytes, sizeof(key->bytes)) != 0) {
			continue;
		}
		refusal = judge(signer, at_utc_ms / 1000, &why);
		if (refusal == REASON_NONE) {
			return signer;
		}
	}
	*reason = refusal;
	*err = why;
	return NULL;
}
