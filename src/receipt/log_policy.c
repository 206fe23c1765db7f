#include "receipt/log_policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/codec.h"
#include "receipt/trust.h"

/** What was never cosigned. */
#define NEVER INT64_MAX

/** A policy that is being read, line by line. */
struct reader {
	struct log_policy *policy;
	struct problems *problems;
	const char *file;
	struct text source;
	int number;       /**< of the line, from 1 */
	struct text line; /**< all of it */
	bool has_quorum;
	bool has_failed;
};

__attribute__((format(printf, 4, 5))) static void report(struct reader *reader, struct text at,
							 const char *hint, const char *format, ...)
{
	struct place where = {reader->file, reader->number, 1};
	AUTO(auto_str) struct str message = {0};
	va_list args;

	if (at.at) {
		where.column = (int)(at.at - reader->line.at) + 1;
	}
	va_start(args, format);
	str_vprintf(&message, format, args);
	va_end(args);
	problems_add(reader->problems, PROBLEM_VALUE, where, reader->source, hint, "%s",
		     str_text(&message));
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

/** The next word; at the end an empty one that stands there. */
static struct text take_word(struct text *rest)
{
	struct text word = {rest->at, 0};

	while (word.len < rest->len && !is_blank(rest->at[word.len])) {
		word.len++;
	}
	rest->at += word.len;
	rest->len -= word.len;
	skip_blanks(rest);
	return word;
}

/** The words of a line are over; more of them are a problem. */
static void expect_end(struct reader *reader, struct text rest, const char *form)
{
	if (rest.len > 0) {
		report(reader, rest, form, "more than belongs into this line");
	}
}

static struct place here(const struct reader *reader)
{
	return (struct place){reader->file, reader->number, 1};
}

/* ---- logs and witnesses */

/** Is the key one of those that were read? Each is of one log or one witness. */
static bool is_taken(struct reader *reader, struct text at, const struct public_key *key)
{
	const struct log_policy *policy = reader->policy;

	for (size_t i = 0; i < policy->logs.len; i++) {
		if (memcmp(policy->logs.at[i].key.bytes, key->bytes, sizeof(key->bytes)) == 0) {
			report(reader, at, "each log and each witness has a key of its own",
			       "the key is that of the log in line %d",
			       policy->logs.at[i].where.line);
			return true;
		}
	}
	for (size_t i = 0; i < policy->voters.len; i++) {
		const struct policy_voter *voter = &policy->voters.at[i];

		if (voter->member_count == 0 &&
		    memcmp(voter->witness.key.bytes, key->bytes, sizeof(key->bytes)) == 0) {
			report(reader, at, "each log and each witness has a key of its own",
			       "the key is that of the witness in line %d", voter->where.line);
			return true;
		}
	}
	return false;
}

static void read_log(struct reader *reader, struct text rest)
{
	static const char form[] = "a line is: log VKEY [URL]";
	struct policy_log log = {.where = here(reader)};
	struct text vkey = take_word(&rest);
	struct err why = {0};

	(void)take_word(&rest);
	expect_end(reader, rest, form);
	if (reader->policy->logs.len == POLICY_LOGS_MAX) {
		report(reader, vkey, NULL, "more than %d logs", POLICY_LOGS_MAX);
	} else if (note_read_vkey(vkey, NOTE_ED25519, log.origin, &log.key, &why)) {
		report(reader, vkey, "'gaterun key export --format vkey' prints it", "%s",
		       why.text);
	} else if (!is_taken(reader, vkey, &log.key)) {
		*VEC_ADD(&reader->policy->logs) = log;
	}
}

/** The index of a voter; SIZE_MAX if the name is not known. */
static size_t find_voter(const struct log_policy *policy, struct text name)
{
	for (size_t i = 0; i < policy->voters.len; i++) {
		if (text_is(name, policy->voters.at[i].name)) {
			return i;
		}
	}
	return SIZE_MAX;
}

/** Can a new witness or group have this name? */
static bool is_free(struct reader *reader, struct text name)
{
	size_t taken = find_voter(reader->policy, name);

	if (name.len == 0) {
		report(reader, name, NULL, "no name in this line");
	} else if (text_is(name, "none")) {
		report(reader, name, NULL, "'none' can only stand in the quorum line");
	} else if (taken != SIZE_MAX) {
		report(reader, name, NULL, "the name stands in line %d already",
		       reader->policy->voters.at[taken].where.line);
	} else if (reader->policy->voters.len == POLICY_VOTERS_MAX) {
		report(reader, name, NULL, "more than %d witnesses and groups", POLICY_VOTERS_MAX);
	} else {
		return true;
	}
	return false;
}

static void add_voter(struct reader *reader, struct text name, struct policy_voter voter)
{
	voter.name = arena_copy(&reader->policy->arena, name.at, name.len);
	voter.where = here(reader);
	*VEC_ADD(&reader->policy->voters) = voter;
}

static void read_witness(struct reader *reader, struct text rest)
{
	static const char form[] = "a line is: witness NAME VKEY [URL]";
	struct policy_voter voter = {0};
	struct text name = take_word(&rest);
	struct text vkey = take_word(&rest);
	struct err why = {0};

	(void)take_word(&rest);
	expect_end(reader, rest, form);
	if (!is_free(reader, name)) {
		return;
	}
	if (witness_read_vkey(vkey, &voter.witness, &why)) {
		report(reader, vkey, "'gaterun log witness show' prints the line, on that machine",
		       "%s", why.text);
	} else if (!is_taken(reader, vkey, &voter.witness.key)) {
		add_voter(reader, name, voter);
	}
}

/* ---- groups and the quorum */

/** Add what a group is made of; false after having said what is wrong. */
static bool read_members(struct reader *reader, struct text rest, struct policy_voter *group)
{
	struct log_policy *policy = reader->policy;

	group->first_member = policy->members.len;
	while (rest.len > 0) {
		struct text name = take_word(&rest);
		size_t member = find_voter(policy, name);

		if (member == SIZE_MAX) {
			report(reader, name, "members stand in lines above",
			       "no witness or group of that name");
			return false;
		}
		if (policy->voters.at[member].is_member) {
			report(reader, name, NULL, "each can be a member once");
			return false;
		}
		policy->voters.at[member].is_member = true;
		*VEC_ADD(&policy->members) = member;
	}
	group->member_count = policy->members.len - group->first_member;
	return true;
}

/** "all", "any" or a number. */
static bool read_needed(struct text word, size_t count, size_t *needed)
{
	struct err ignored = {0};
	int64_t number = 0;

	if (text_is(word, "all")) {
		*needed = count;
		return true;
	}
	if (text_is(word, "any")) {
		*needed = 1;
		return true;
	}
	if (parse_int(word, 1, (int64_t)count, &number, &ignored)) {
		return false;
	}
	*needed = (size_t)number;
	return true;
}

static void read_group(struct reader *reader, struct text rest)
{
	static const char form[] = "a line is: group NAME all|any|NUMBER MEMBER...";
	struct policy_voter group = {0};
	struct text name = take_word(&rest);
	struct text needed = take_word(&rest);

	if (!is_free(reader, name)) {
		return;
	}
	if (rest.len == 0) {
		report(reader, needed, form, "a group without members");
	} else if (!read_members(reader, rest, &group)) {
		return; /* it was said what is wrong with one of them */
	} else if (!read_needed(needed, group.member_count, &group.needed)) {
		report(reader, needed, form, "expected all, any, or a number from 1 to %zu",
		       group.member_count);
	} else {
		add_voter(reader, name, group);
	}
}

static void read_quorum(struct reader *reader, struct text rest)
{
	static const char form[] = "a line is: quorum NAME, or: quorum none";
	struct log_policy *policy = reader->policy;
	struct text name = take_word(&rest);
	size_t voter = find_voter(policy, name);

	expect_end(reader, rest, form);
	if (reader->has_quorum) {
		report(reader, name, NULL, "a policy has one quorum line");
		return;
	}
	reader->has_quorum = true;
	if (text_is(name, "none")) {
		return;
	}
	if (voter == SIZE_MAX) {
		report(reader, name, form, "no witness or group of that name in a line above");
		return;
	}
	policy->needs_quorum = true;
	policy->quorum = voter;
}

/* ---- the file */

static void read_line(struct reader *reader, struct text rest)
{
	static const struct {
		const char *word;
		void (*read)(struct reader *reader, struct text rest);
	} lines[] = {
		{"log", read_log},
		{"witness", read_witness},
		{"group", read_group},
		{"quorum", read_quorum},
	};
	struct text word = take_word(&rest);

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (text_is(word, lines[i].word)) {
			lines[i].read(reader, rest);
			return;
		}
	}
	report(reader, word, NULL, "expected log, witness, group or quorum");
}

/** The first control character that is no tab; NULL if there is none. */
static const char *find_control(struct text line)
{
	for (size_t i = 0; i < line.len; i++) {
		unsigned char one = (unsigned char)line.at[i];

		if ((one < ' ' && one != '\t') || one == 0x7f) {
			return line.at + i;
		}
	}
	return NULL;
}

int log_policy_read(struct log_policy *policy, const char *file, struct text bytes,
		    struct problems *problems)
{
	struct reader reader = {
		.policy = policy, .problems = problems, .file = file, .source = bytes};
	struct text rest = bytes;

	if (bytes.len > TRUST_BYTES) {
		report(&reader, (struct text){0}, NULL, "the file is larger than 1 MiB");
		return -1;
	}
	while (text_split(&rest, '\n', &reader.line)) {
		struct text words = reader.line;
		const char *control = find_control(words);

		reader.number++;
		skip_blanks(&words);
		if (control) {
			report(&reader, (struct text){control, 1}, NULL,
			       "a control character; lines end with a newline alone");
		} else if (words.len > 0 && words.at[0] != '#') {
			read_line(&reader, words);
		}
	}
	if (!reader.has_quorum) {
		reader.line = (struct text){0};
		report(&reader, (struct text){0}, "'quorum none' demands no witness",
		       "the policy has no quorum line");
	}
	return reader.has_failed ? -1 : 0;
}

void log_policy_release(struct log_policy *policy)
{
	VEC_RELEASE(&policy->logs);
	VEC_RELEASE(&policy->voters);
	VEC_RELEASE(&policy->members);
	arena_release(&policy->arena);
}

/* ---- judging */

/** Say why a head does not do; the value is -1. */
#define refuse(out, why, ...) (refuse_fill((out), REASON_WITNESS_##why, __VA_ARGS__), -1)

__attribute__((format(printf, 3, 4))) static void refuse_fill(struct witnessed *out,
							      enum reason reason,
							      const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(out->why, sizeof(out->why), format, args);
	va_end(args);
	out->reason = reason;
}

static int check_log(const struct log_policy *policy, struct text origin,
		     const struct public_key *key, struct witnessed *out)
{
	for (size_t i = 0; i < policy->logs.len; i++) {
		const struct policy_log *log = &policy->logs.at[i];

		if (text_is(origin, log->origin) &&
		    memcmp(log->key.bytes, key->bytes, sizeof(key->bytes)) == 0) {
			return 0;
		}
	}
	return policy->logs.len == 0
		       ? 0
		       : refuse(out, LOG_UNLISTED, "the policy does not list the log '%.*s'",
				(int)(origin.len < NOTE_NAME_BYTES ? origin.len : NOTE_NAME_BYTES),
				origin.at);
}

/** When a witness cosigned, in seconds; NEVER, or -1 if what it says spoils the head. */
static int64_t ask_witness(const struct witness *witness, struct text note,
			   const struct public_key *key, int64_t now_utc_ms, struct witnessed *out)
{
	int64_t time_utc = NEVER;
	struct err why = {0};

	if (memcmp(witness->key.bytes, key->bytes, sizeof(key->bytes)) == 0) {
		return refuse(out, OWN_KEY, "the witness %s has the key of the log itself",
			      witness->name);
	}
	switch (cosignature_find(note, witness, now_utc_ms, &time_utc, &why)) {
	case COSIGNED_ABSENT:
		return NEVER;
	case COSIGNED_WRONG:
		return refuse(out, COSIGNATURE, "%s", why.text);
	case COSIGNED_TIMELESS:
		return refuse(out, TIMELESS, "%s", why.text);
	case COSIGNED_FUTURE:
		return refuse(out, FUTURE, "%s", why.text);
	case COSIGNED_GOOD:
		break;
	}
	out->cosignatures++;
	return time_utc;
}

static int order_times(const void *left, const void *right)
{
	int64_t a = *(const int64_t *)left;
	int64_t b = *(const int64_t *)right;

	return (a > b) - (a < b);
}

/** When enough members of a group had cosigned. */
static int64_t ask_group(const struct log_policy *policy, const struct policy_voter *group,
			 const int64_t *times)
{
	int64_t of_members[POLICY_VOTERS_MAX] = {0};

	for (size_t i = 0; i < group->member_count; i++) {
		of_members[i] = times[policy->members.at[group->first_member + i]];
	}
	qsort(of_members, group->member_count, sizeof(of_members[0]), order_times);
	return of_members[group->needed - 1];
}

void log_policy_judge(const struct log_policy *policy, struct text note,
		      const struct public_key *key, int64_t now_utc_ms, struct witnessed *out)
{
	int64_t times[POLICY_VOTERS_MAX];
	struct text rest = note;
	struct text origin = {0};

	*out = (struct witnessed){0};
	(void)text_split(&rest, '\n', &origin);
	if (check_log(policy, origin, key, out)) {
		return;
	}
	for (size_t i = 0; i < policy->voters.len; i++) {
		const struct policy_voter *voter = &policy->voters.at[i];

		times[i] = voter->member_count > 0
				   ? ask_group(policy, voter, times)
				   : ask_witness(&voter->witness, note, key, now_utc_ms, out);
		if (times[i] < 0) {
			return;
		}
	}
	if (!policy->needs_quorum) {
		(void)snprintf(out->why, sizeof(out->why), "the policy demands no witness");
	} else if (times[policy->quorum] == NEVER && out->cosignatures == 0) {
		(void)refuse(out, QUORUM, "no witness of the policy has cosigned a head over it");
	} else if (times[policy->quorum] == NEVER) {
		(void)refuse(
			out, QUORUM,
			"%zu witness%s of the policy cosigned the head, which is not its quorum "
			"'%s'",
			out->cosignatures, out->cosignatures == 1 ? "" : "es",
			policy->voters.at[policy->quorum].name);
	} else {
		/* Some time of that second. */
		out->not_after_utc_ms = times[policy->quorum] * 1000 + 999;
		(void)snprintf(out->why, sizeof(out->why), "cosigned by %zu witness%s",
			       out->cosignatures, out->cosignatures == 1 ? "" : "es");
	}
}
