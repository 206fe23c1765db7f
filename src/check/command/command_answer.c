#include "check/command/command_answer.h"

#include <string.h>

/** Longest line that is shown. */
#define LINE_BYTES 300

const struct choice answer_forms[] = {
	{"words", ANSWER_WORDS,
	 "exit status 0 pass, 1 fail, 2 unknown; lines that begin with PASS, FAIL, ERROR or SKIP must not contradict it"},
	{"status", ANSWER_STATUS, "the exit status alone"},
	{"json", ANSWER_JSON,
	 "one JSON object on standard output: verdict, checked, findings; and the exit status that goes with it"},
	{0},
};

/** What a line says of the verdict. */
enum word {
	WORD_NONE,
	WORD_PASS,
	WORD_FAIL,
	WORD_SKIP,
	WORD_ASKED, /**< it wanted a human */
};

struct spoken {
	const char *text;
	enum word word;
};

/** Words that scripts begin lines with. */
static const struct spoken words[] = {
	{"PASS", WORD_PASS},   {"PASSED", WORD_PASS},  {"OK", WORD_PASS},
	{"FAIL", WORD_FAIL},   {"FAILED", WORD_FAIL},  {"ERROR", WORD_FAIL},
	{"SKIP", WORD_SKIP},   {"SKIPPED", WORD_SKIP}, {"BLOCKED_AUTH", WORD_ASKED},
	{"not ok", WORD_FAIL},
};

/** What interpreters say when a script breaks, although it may go on and end with 0. */
static const char *const broken[] = {
	"Traceback (most recent call last)",
	": command not found",
	": not found",
	": unbound variable",
	": parameter not set",
	": syntax error",
	"Syntax error:",
};

/** A reading of a command. */
struct reading {
	struct arena *arena;
	const struct command_end *end;
	struct command_answer *answer;
	size_t counts[WORD_ASKED + 1];
	const char *first[WORD_ASKED + 1]; /**< the first line of each sort; NULL: none */
	const char *broken;                /**< the first line that an interpreter said */
	const char *last;                  /**< the last line that says anything */
};

/** A line for a report: printable, cut. */
static const char *line_copy(struct reading *reading, struct text line)
{
	struct str printable = {0};
	const char *copy = NULL;

	line.len = line.len < LINE_BYTES ? line.len : LINE_BYTES;
	str_add_printable(&printable, line);
	copy = arena_text(reading->arena, str_text(&printable));
	str_release(&printable);
	return copy;
}

static struct answer_finding *add(struct reading *reading, enum verdict verdict, enum reason reason,
				  const char *message)
{
	struct answer_finding *finding = VEC_ADD(&reading->answer->findings);

	*finding =
		(struct answer_finding){.verdict = verdict, .reason = reason, .message = message};
	return finding;
}

static bool is_letter(char at)
{
	return (at >= 'A' && at <= 'Z') || (at >= 'a' && at <= 'z') || at == '_';
}

/** Past blanks, brackets, an id and a colon: "[D45] FAIL: x" and "D45: FAIL x" leave "FAIL…". */
static struct text after_id(struct text line)
{
	size_t at = 0;
	size_t digits = 0;

	while (at < line.len && strchr(" \t[(*#-", line.at[at])) {
		at++;
	}
	line.at += at;
	line.len -= at;
	at = 0;
	while (at < line.len && at < 4 && line.at[at] >= 'A' && line.at[at] <= 'Z') {
		at++;
	}
	while (at > 0 && at + digits < line.len && digits < 4 && line.at[at + digits] >= '0' &&
	       line.at[at + digits] <= '9') {
		digits++;
	}
	if (digits == 0) {
		return line;
	}
	at += digits;
	while (at < line.len && strchr("]):. \t-[", line.at[at])) {
		at++;
	}
	return (struct text){line.at + at, line.len - at};
}

static enum word word_of(struct text line)
{
	struct text rest = after_id(line);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t len = strlen(words[i].text);

		if (text_starts(rest, words[i].text) &&
		    (rest.len == len || !is_letter(rest.at[len]))) {
			return words[i].word;
		}
	}
	return WORD_NONE;
}

static bool is_broken(struct text line)
{
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		if (memmem(line.at, line.len, broken[i], strlen(broken[i]))) {
			return true;
		}
	}
	return false;
}

static void read_lines(struct reading *reading, struct text output, bool is_errors)
{
	struct text line = {0};

	while (text_split(&output, '\n', &line)) {
		enum word word = WORD_NONE;

		line = text_trim(line);
		if (line.len == 0) {
			continue;
		}
		word = word_of(line);
		reading->last = line_copy(reading, line);
		reading->counts[word]++;
		if (!reading->first[word]) {
			reading->first[word] = reading->last;
		}
		if (is_errors && !reading->broken && is_broken(line)) {
			reading->broken = reading->last;
		}
		if (word == WORD_FAIL && reading->end->status == 1 &&
		    reading->answer->findings.len < ANSWER_FINDINGS_MAX) {
			add(reading, VERDICT_FAIL, REASON_COMMAND_FAILED, "the command fails")
				->said = reading->last;
		}
		if (word == WORD_SKIP && reading->end->status == 0 &&
		    reading->answer->findings.len < ANSWER_FINDINGS_MAX) {
			add(reading, VERDICT_SKIP, REASON_COMMAND_SKIPPED, "the command skips")
				->said = reading->last;
		}
	}
}

/** Its words are not those of its exit status: nothing is known. */
static void contradict(struct reading *reading, const char *said)
{
	reading->answer->findings.len = 0;
	add(reading, VERDICT_UNKNOWN, REASON_COMMAND_CONTRADICTS,
	    arena_printf(reading->arena, "it ends with exit status %d, and says something else",
			 reading->end->status))
		->said = said;
}

static void judge_good(struct reading *reading)
{
	if (reading->first[WORD_FAIL] || reading->broken) {
		contradict(reading,
			   reading->first[WORD_FAIL] ? reading->first[WORD_FAIL] : reading->broken);
		return;
	}
	reading->answer->checked = reading->first[WORD_SKIP] && !reading->first[WORD_PASS] ? 0 : 1;
}

static void judge_bad(struct reading *reading)
{
	if (reading->first[WORD_PASS] && !reading->first[WORD_FAIL]) {
		contradict(reading, reading->first[WORD_PASS]);
		return;
	}
	reading->answer->checked = 1;
	if (reading->answer->findings.len == 0) {
		add(reading, VERDICT_FAIL, REASON_COMMAND_FAILED, "the command fails")->said =
			reading->last;
	}
}

static void judge_status(struct reading *reading)
{
	int status = reading->end->status;

	if (status == 0) {
		judge_good(reading);
	} else if (status == 1) {
		judge_bad(reading);
	} else {
		add(reading, VERDICT_UNKNOWN, REASON_COMMAND_UNKNOWN,
		    arena_printf(reading->arena, "it ends with exit status %d", status))
			->said = reading->last;
	}
}

/* ---- JSON */

/** The object that a command prints. */
struct json_finding {
	const struct node *node;
	int verdict;
	const char *subject;
	const char *message;
	const char *file;
	int64_t line;
	int64_t column;
	const char *hint;
};

struct json_answer {
	int verdict;
	int64_t checked; /**< -1: not said */
	struct rows findings;
};

static const struct choice verdicts[] = {
	{"pass", VERDICT_PASS, "it holds"},
	{"fail", VERDICT_FAIL, "it does not"},
	{"unknown", VERDICT_UNKNOWN, "nobody can tell"},
	{"skip", VERDICT_SKIP, "it was not looked at"},
	{0},
};

static const struct field finding_fields[] = {
	{"", FIELD_NODE, offsetof(struct json_finding, node), .doc = "the finding itself"},
	{"verdict", FIELD_CHOICE, offsetof(struct json_finding, verdict), .choices = verdicts,
	 .fallback = "fail", .doc = "pass: a remark"},
	{"subject", FIELD_TEXT, offsetof(struct json_finding, subject), .doc = "what it is about"},
	{"message", FIELD_TEXT, offsetof(struct json_finding, message), .required = true,
	 .doc = "one sentence"},
	{"file", FIELD_TEXT, offsetof(struct json_finding, file),
	 .doc = "a file of the repo, from the root"},
	{"line", FIELD_INT, offsetof(struct json_finding, line), .min = 0, .max = INT32_MAX,
	 .fallback = "0", .doc = "its line"},
	{"column", FIELD_INT, offsetof(struct json_finding, column), .min = 0, .max = INT32_MAX,
	 .fallback = "0", .doc = "its column, in bytes"},
	{"hint", FIELD_TEXT, offsetof(struct json_finding, hint), .doc = "what to do"},
	{0},
};

static const struct field answer_fields[] = {
	{"verdict", FIELD_CHOICE, offsetof(struct json_answer, verdict), .choices = verdicts,
	 .required = true, .doc = "of the gate as a whole"},
	{"checked", FIELD_INT, offsetof(struct json_answer, checked), .min = -1, .max = INT32_MAX,
	 .fallback = "-1", .doc = "how many subjects were looked at"},
	{"findings", FIELD_LIST, offsetof(struct json_answer, findings), .fields = finding_fields,
	 .size = sizeof(struct json_finding), .doc = "what is to be said"},
	{0},
};

static const char *printable(struct reading *reading, const char *text)
{
	return text ? line_copy(reading, text_of(text)) : NULL;
}

static void add_json(struct reading *reading, const struct json_finding *from)
{
	static const enum reason reasons[] = {
		[VERDICT_UNKNOWN] = REASON_COMMAND_UNKNOWN,
		[VERDICT_PASS] = REASON_COMMAND_REMARK,
		[VERDICT_FAIL] = REASON_COMMAND_FAILED,
		[VERDICT_SKIP] = REASON_COMMAND_SKIPPED,
	};
	struct answer_finding *finding =
		add(reading, (enum verdict)from->verdict, reasons[from->verdict],
		    printable(reading, from->message));

	finding->subject = printable(reading, from->subject);
	finding->where =
		(struct place){printable(reading, from->file), (int)from->line, (int)from->column};
	finding->hint = printable(reading, from->hint);
}

/** The exit status that goes with a verdict. */
static bool goes_with(enum verdict verdict, int status)
{
	switch (verdict) {
	case VERDICT_PASS:
	case VERDICT_SKIP:
		return status == 0;
	case VERDICT_FAIL:
		return status == 1;
	case VERDICT_UNKNOWN:
		return status >= 2;
	}
	return false;
}

/** What the findings say as a whole. */
static enum verdict worst_of(const struct command_answer *answer)
{
	enum verdict worst = VERDICT_PASS;

	for (size_t i = 0; i < answer->findings.len; i++) {
		worst = verdict_worse(worst, answer->findings.at[i].verdict);
	}
	return worst;
}

static void not_the_promised(struct reading *reading, const char *why)
{
	reading->answer->findings.len = 0;
	reading->answer->checked = 0;
	add(reading, VERDICT_UNKNOWN, REASON_COMMAND_ANSWER,
	    arena_printf(reading->arena, "its standard output is not the JSON of a result: %s",
			 why))
		->said = reading->last;
}

/** Take over what was decoded. */
static void take_json(struct reading *reading, const struct json_answer *json)
{
	struct command_answer *answer = reading->answer;
	const struct json_finding *findings = json->findings.at;
	enum verdict verdict = (enum verdict)json->verdict;

	for (size_t i = 0; i < json->findings.len && i < ANSWER_FINDINGS_MAX; i++) {
		add_json(reading, &findings[i]);
	}
	if (!goes_with(verdict, reading->end->status) ||
	    verdict_worse(worst_of(answer), verdict) != verdict) {
		contradict(reading, reading->first[WORD_NONE]);
		return;
	}
	answer->checked = json->checked >= 0 ? (size_t)json->checked : verdict != VERDICT_SKIP;
	if (worst_of(answer) != verdict) {
		add_json(reading,
			 &(struct json_finding){.verdict = json->verdict,
						.message = "the command says so, and not why"});
	}
	if (json->findings.len > ANSWER_FINDINGS_MAX) {
		add(reading, VERDICT_PASS, REASON_COMMAND_REMARK,
		    arena_printf(reading->arena, "%zu more findings are not shown",
				 json->findings.len - ANSWER_FINDINGS_MAX));
	}
}

static void judge_json(struct reading *reading)
{
	struct problems problems = {0};
	struct decode decode = {.arena = reading->arena,
				.problems = &problems,
				.source = reading->end->out,
				.keeps_unknown = true,
				.what = "a result"};
	struct json_answer json = {.checked = -1};
	struct node *root = NULL;

	reading->answer->findings.len = 0;
	if (json_load(reading->arena, "stdout", reading->end->out, OWN_FILE, &problems, NULL,
		      &root) ||
	    decode_fields(&decode, root, root->where, answer_fields, &json)) {
		not_the_promised(reading, arena_text(reading->arena, problems.list.at[0].message));
	} else {
		take_json(reading, &json);
	}
	problems_release(&problems);
}

void command_answer_read(struct arena *arena, enum answer_form form, const struct command_end *end,
			 struct command_answer *answer)
{
	struct reading reading = {.arena = arena, .end = end, .answer = answer};

	read_lines(&reading, end->out, false);
	read_lines(&reading, end->err, true);
	if (form == ANSWER_JSON) {
		judge_json(&reading);
	} else if (form == ANSWER_WORDS && reading.first[WORD_ASKED]) {
		answer->findings.len = 0;
		add(&reading, VERDICT_UNKNOWN, REASON_AUTH_BLOCKED_INTERACTIVE,
		    "the command says that it wanted a human")
			->said = reading.first[WORD_ASKED];
	} else {
		if (form == ANSWER_STATUS) {
			answer->findings.len = 0;
			memset(reading.first, 0, sizeof(reading.first));
			reading.broken = NULL;
		}
		judge_status(&reading);
	}
}

void command_answer_release(struct command_answer *answer)
{
	VEC_RELEASE(&answer->findings);
}
