#include "check/text/pattern.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/clock.h"
#include "base/mem.h"

/** Steps of the matcher from one starting point (PCRE2's default is ten million). */
#define MATCH_LIMIT 500000

/** Nesting of backtracking, used without JIT. */
#define DEPTH_LIMIT 20000

/** Memory for backtracking in KiB, used without JIT. */
#define HEAP_LIMIT_KIB 8192

/** Stack of compiled code in bytes. */
#define JIT_STACK_START 32768
#define JIT_STACK_MAX 524288

/** Starting points tried between two looks at the clock: each may read the whole text. */
#define STARTS_MIN 64
#define STARTS_MAX 65536
#define BYTES_AT_ONCE ((size_t)1 << 30)

/** Is there machine code of a pattern? */
enum speed {
	SPEED_PLAIN,  /**< no: it is interpreted */
	SPEED_WANTED, /**< not yet: whoever searches first makes it */
	SPEED_MADE,
};

struct pattern {
	pcre2_code *code;
	atomic_int speed; /**< enum speed */
};

struct matcher {
	pcre2_match_data *data;
	pcre2_match_context *context;
	pcre2_jit_stack *stack; /**< NULL where there is no JIT */
	uint32_t options;       /**< of pcre2_match */
};

/** PCRE2's memory comes from mem.c, so none of its constructors fails. */
static void *give(size_t size, void *cookie)
{
	(void)cookie;
	return mem_alloc(size);
}

static void take_back(void *at, void *cookie)
{
	(void)cookie;
	free(at);
}

const char *pattern_library(void)
{
	static char version[64] = "PCRE2";

	if (pcre2_config(PCRE2_CONFIG_VERSION, NULL) < (int)sizeof(version)) {
		(void)pcre2_config(PCRE2_CONFIG_VERSION, version);
	}
	return version;
}

static pcre2_general_context *memory(void)
{
	return pcre2_general_context_create(give, take_back, NULL);
}

struct pattern *pattern_compile(struct text regex, enum pattern_use use, size_t *offset,
				struct err *err)
{
	uint32_t options = PCRE2_USE_OFFSET_LIMIT | PCRE2_NEVER_BACKSLASH_C | PCRE2_NEVER_UTF;
	pcre2_general_context *general = memory();
	pcre2_compile_context *context = pcre2_compile_context_create(general);
	struct pattern *pattern = mem_alloc(sizeof(*pattern));
	unsigned char text[200] = "";
	int code = 0;

	options |= use == PATTERN_SEARCH ? PCRE2_MULTILINE : PCRE2_DOLLAR_ENDONLY;
	(void)pcre2_set_newline(context, PCRE2_NEWLINE_ANYCRLF);
	pattern->code =
		pcre2_compile((PCRE2_SPTR)regex.at, regex.len, options, &code, offset, context);
	pcre2_compile_context_free(context);
	pcre2_general_context_free(general);
	if (!pattern->code) {
		pattern_free(pattern);
		(void)pcre2_get_error_message(code, text, sizeof(text));
		err_fill(err, ERR_INPUT, "%s", (const char *)text);
		return NULL;
	}
	return pattern;
}

/** The place of a byte of the regex: exact where the setting is one line without escapes. */
static struct place place_in(const struct node *regex, size_t offset)
{
	struct place where = regex->where;

	if (!memchr(regex->text.at, '\n', regex->text.len)) {
		where.column += (int)offset + regex->is_quoted;
	}
	return where;
}

struct pattern *pattern_decode(struct decode *decode, const struct node *regex,
			       enum pattern_use use)
{
	struct err err = {0};
	size_t offset = 0;
	struct pattern *pattern = pattern_compile(regex->text, use, &offset, &err);

	if (!pattern) {
		problems_add(decode->problems, PROBLEM_VALUE, place_in(regex, offset),
			     decode->source, "patterns are those of PCRE2",
			     "'%s' is not a pattern: %s, at its byte %zu", regex->key, err.text,
			     offset + 1);
	}
	return pattern;
}

void pattern_prepare(struct pattern *pattern)
{
	atomic_store(&pattern->speed, SPEED_WANTED);
}

/** Machine code, once; nobody matches with the pattern before it is there. */
static void make_fast(struct pattern *pattern)
{
	static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;

	if (atomic_load(&pattern->speed) != SPEED_WANTED) {
		return;
	}
	(void)pthread_mutex_lock(&making);
	if (atomic_load(&pattern->speed) == SPEED_WANTED) {
		/* Where code cannot be generated, matching interprets; only slower. */
		(void)pcre2_jit_compile(pattern->code, PCRE2_JIT_COMPLETE);
		atomic_store(&pattern->speed, SPEED_MADE);
	}
	(void)pthread_mutex_unlock(&making);
}

void pattern_free(struct pattern *pattern)
{
	if (pattern) {
		pcre2_code_free(pattern->code);
		free(pattern);
	}
}

struct matcher *matcher_new(void)
{
	pcre2_general_context *general = memory();
	struct matcher *matcher = mem_alloc(sizeof(*matcher));

	matcher->data = pcre2_match_data_create(1, general);
	matcher->context = pcre2_match_context_create(general);
	matcher->stack = pcre2_jit_stack_create(JIT_STACK_START, JIT_STACK_MAX, NULL);
	pcre2_general_context_free(general);
	(void)pcre2_set_match_limit(matcher->context, MATCH_LIMIT);
	(void)pcre2_set_depth_limit(matcher->context, DEPTH_LIMIT);
	(void)pcre2_set_heap_limit(matcher->context, HEAP_LIMIT_KIB);
	if (matcher->stack) {
		pcre2_jit_stack_assign(matcher->context, NULL, matcher->stack);
	}
	return matcher;
}

void matcher_free(struct matcher *matcher)
{
	if (matcher) {
		pcre2_match_data_free(matcher->data);
		pcre2_match_context_free(matcher->context);
		pcre2_jit_stack_free(matcher->stack);
		free(matcher);
	}
}

static size_t starts_at_once(size_t len)
{
	size_t starts = BYTES_AT_ONCE / (len + 1);

	if (starts > STARTS_MAX) {
		return STARTS_MAX;
	}
	return starts < STARTS_MIN ? STARTS_MIN : starts;
}

/** With `\\K` in an assertion, reached by a subroutine call, a match may start behind its end, or
 * before the place where it was looked for. */
static struct span in_order(const size_t *found, size_t from)
{
	size_t start = found[0] < from ? from : found[0];

	return (struct span){start < found[1] ? start : found[1], found[1]};
}

enum pattern_answer pattern_find(struct pattern *pattern, struct matcher *matcher, struct text text,
				 size_t from, int64_t give_up_ms, struct span *out)
{
	size_t starts = starts_at_once(text.len);
	int64_t until_ms = give_up_ms ? give_up_ms : clock_monotonic_ms() + PATTERN_BUDGET_MS;

	make_fast(pattern);
	while (clock_monotonic_ms() < until_ms) {
		size_t limit = text.len - from > starts ? from + starts : text.len;
		const size_t *found = NULL;
		int answer = 0;

		(void)pcre2_set_offset_limit(matcher->context, limit);
		answer = pcre2_match(pattern->code, (PCRE2_SPTR)text.at, text.len, from,
				     matcher->options, matcher->data, matcher->context);
		if (answer >= 0) {
			found = pcre2_get_ovector_pointer(matcher->data);
			*out = in_order(found, from);
			return PATTERN_YES;
		}
		if (answer != PCRE2_ERROR_NOMATCH && answer != PCRE2_ERROR_PARTIAL) {
			return PATTERN_LIMIT;
		}
		if (limit == text.len || answer == PCRE2_ERROR_PARTIAL) {
			return PATTERN_NO;
		}
		from = limit + 1;
	}
	return PATTERN_LIMIT;
}

enum pattern_answer pattern_find_in_start(struct pattern *pattern, struct matcher *matcher,
					  struct text text, struct span *out)
{
	enum pattern_answer answer = PATTERN_NO;

	matcher->options = PCRE2_PARTIAL_HARD;
	answer = pattern_find(pattern, matcher, text, 0, 0, out);
	matcher->options = 0;
	return answer;
}
