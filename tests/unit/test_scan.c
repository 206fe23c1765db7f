#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdatomic.h>

#include "check/text/scan.h"
#include "check/text/scan_cache.h"
#include "check/text/tailnet_literal.h"
#include "scratch.h"

#define MIB ((size_t)1024 * 1024)

/* ---- rules of the tests */

static bool may_hold_address(const void *cookie, const char *bytes, size_t len)
{
	(void)cookie;
	return tailnet_literal_may_hit(bytes, len);
}

static void judge_addresses(const void *cookie, void *state, const struct scan_text *text,
			    struct scan_sink *sink)
{
	struct tailnet_literal found = {0};

	(void)cookie;
	(void)state;
	for (size_t at = 0; tailnet_literal_next(text->bytes, at, &found);
	     at = found.start + found.len) {
		scan_hit(sink, found.start, found.len, "address");
	}
}

/** Looks for the word in `cookie`, in every text, without a fast test. */
static void judge_word(const void *cookie, void *state, const struct scan_text *text,
		       struct scan_sink *sink)
{
	const char *word = cookie;
	const char *end = text->bytes.at + text->bytes.len;
	const char *at = text->bytes.at;

	if (state) {
		(*(int *)state)++;
	}
	while ((at = memmem(at, (size_t)(end - at), word, strlen(word)))) {
		scan_hit(sink, (size_t)(at - text->bytes.at), strlen(word), NULL);
		at++;
	}
}

static struct scan_rule addresses(void)
{
	return (struct scan_rule){
		.gate = "G030", .may_hit = may_hold_address, .judge = judge_addresses};
}

static struct scan_rule word(const char *text)
{
	return (struct scan_rule){.gate = "G900", .judge = judge_word, .cookie = text};
}

/* ---- a run of rules over the scratch repo */

struct world {
	struct loop *loop;
	struct tree *tree;
	struct scan *scan;
};

static struct world world_open(void)
{
	struct world world = {0};
	struct err err = {0};

	assert_int_equal(tree_open_worktree(scratch_path("repo"), &world.tree, &err), 0);
	assert_int_equal(loop_open(&world.loop, &err), 0);
	world.scan = scan_open(world.loop, world.tree);
	return world;
}

static void world_close(struct world *world)
{
	loop_free(world->loop);
	scan_free(world->scan);
	tree_free(world->tree);
}

/** Scan the whole repo with one rule. */
static struct world scan_with(const struct scan_rule *rule, struct scan_result *out)
{
	struct world world = world_open();

	scan_add(world.scan, rule);
	assert_false(scan_is_done(world.scan, rule));
	loop_run(world.loop);
	assert_true(scan_is_done(world.scan, rule));
	scan_collect(world.scan, rule, out);
	assert_null(out->failed);
	assert_int_equal(out->counts.unreached, 0);
	return world;
}

static const char *sort_word(enum scan_sort sort)
{
	static const char *const words[] = {
		[SCAN_HIT] = "",
		[SCAN_HIT_ALLOWED] = " allowed",
		[SCAN_UNREADABLE] = " unreadable",
		[SCAN_TOO_LARGE] = " too large",
		[SCAN_GAVE_UP] = " gave up",
	};

	return words[sort];
}

/** "path:line:column text" for each finding, one a line. */
static void expect_result(const struct scan_result *result, const char *expected)
{
	struct str lines = {0};

	for (size_t i = 0; i < result->len; i++) {
		const struct scan_finding *one = &result->at[i];

		str_printf(&lines, "%s:%d:%d%s%s%s\n", one->path, one->line, one->column,
			   sort_word(one->sort),
			   one->sort <= SCAN_HIT_ALLOWED && *one->text ? " " : "",
			   one->sort <= SCAN_HIT_ALLOWED ? one->text : "");
	}
	assert_string_equal(str_text(&lines), expected);
	str_release(&lines);
}

/** Track everything, scan it for addresses, compare. */
static struct scan_counts expect_hits(const char *expected)
{
	struct scan_rule rule = addresses();
	struct scan_result result = {0};
	struct world world = {0};
	struct scan_counts counts = {0};

	GIT("add", "-A");
	world = scan_with(&rule, &result);
	expect_result(&result, expected);
	counts = result.counts;
	world_close(&world);
	return counts;
}

static int make_repo(void **state)
{
	(void)scratch_make(state);
	scratch_repo();
	return 0;
}

/* ---- places */

static void hits_have_line_and_column_in_bytes(void **state)
{
	struct scan_counts counts = {0};

	(void)state;
	scratch_write("repo/plain", "a\nat 100.64.1.2\n\n\t100.64.1.3 and 100.64.1.4\n");
	scratch_write("repo/crlf", "a\r\n100.64.1.2\r\n");
	scratch_write("repo/cr", "a\r100.64.1.2\r");
	scratch_write("repo/no_newline", "100.64.1.2");
	scratch_write("repo/utf8", "\xc3\xa9 100.64.1.2\n");
	scratch_write("repo/nothing", "100.63.1.2\n");
	scratch_write("repo/empty", "");
	scratch_write("repo/dir/deep/file", "\n\n\n    fd7a:115c:a1e0::1\n");
	counts = expect_hits("cr:1:3 100.64.1.2\n"
			     "crlf:2:1 100.64.1.2\n"
			     "dir/deep/file:4:5 fd7a:115c:a1e0::1\n"
			     "no_newline:1:1 100.64.1.2\n"
			     "plain:2:4 100.64.1.2\n"
			     "plain:4:2 100.64.1.3\n"
			     "plain:4:17 100.64.1.4\n"
			     "utf8:1:4 100.64.1.2\n");
	assert_int_equal(counts.looked, 8);
	assert_int_equal(counts.binary + counts.absent + counts.unreadable, 0);
}

static void only_tracked_files_are_looked_at(void **state)
{
	struct scan_rule rule = addresses();
	struct scan_result result = {0};
	struct world world = {0};

	(void)state;
	scratch_write("repo/.gitignore", "ignored\n");
	scratch_write("repo/tracked", "100.64.1.2\n");
	scratch_write("repo/.hidden/file", "100.64.1.2\n");
	GIT("add", "-A");
	scratch_write("repo/ignored", "100.64.1.2\n");
	scratch_write("repo/untracked", "100.64.1.2\n");
	scratch_write("repo/forced/ignored", "100.64.1.2\n");
	GIT("add", "-f", "forced/ignored");
	world = scan_with(&rule, &result);
	expect_result(&result, ".hidden/file:1:1 100.64.1.2\nforced/ignored:1:1 100.64.1.2\n"
			       "tracked:1:1 100.64.1.2\n");
	world_close(&world);
}

static void a_hit_across_the_edge_of_a_chunk_is_found(void **state)
{
	static const char literal[] = "100.127.255.254";
	size_t size = SCAN_CHUNK_BYTES + 100;
	char *content = malloc(size);
	struct str expected = {0};

	(void)state;
	for (size_t before = 0; before <= sizeof(literal); before++) {
		size_t at = SCAN_CHUNK_BYTES - before;
		char name[32];

		memset(content, 'x', size);
		content[9] = '\n';
		memcpy(content + at, literal, sizeof(literal) - 1);
		(void)snprintf(name, sizeof(name), "repo/edge%02zu", before);
		scratch_write_bytes(name, content, size);
		str_printf(&expected, "edge%02zu:2:%zu %s\n", before, at - 9, literal);
	}
	(void)expect_hits(str_text(&expected));
	str_release(&expected);
	free(content);
}

static void sizes_around_a_chunk_are_read_to_the_end(void **state)
{
	static const char literal[] = "\n100.64.1.2";
	struct str expected = {0};
	char *content = malloc(3 * SCAN_CHUNK_BYTES + 16);

	(void)state;
	for (int i = -2; i <= 2; i++) {
		for (size_t chunks = 1; chunks <= 3; chunks++) {
			size_t size = (size_t)((long)(chunks * SCAN_CHUNK_BYTES) + i);
			char name[32];

			memset(content, 'x', size);
			memcpy(content + size - (sizeof(literal) - 1), literal,
			       sizeof(literal) - 1);
			(void)snprintf(name, sizeof(name), "repo/size%d%zu", i + 2, chunks);
			scratch_write_bytes(name, content, size);
			str_printf(&expected, "size%d%zu:2:1 100.64.1.2\n", i + 2, chunks);
		}
	}
	(void)expect_hits(str_text(&expected));
	str_release(&expected);
	free(content);
}

static void a_very_long_line_is_no_problem(void **state)
{
	size_t size = 1200 * 1000;
	char *content = malloc(size);
	struct str expected = {0};

	(void)state;
	memset(content, 'x', size);
	for (size_t at = 1000; at + 100 < size; at += 1000) {
		memcpy(content + at, "100.64.1.2", 10);
		if (at <= (size_t)SCAN_FILE_HITS_MAX * 1000) {
			str_printf(&expected, "long:1:%zu 100.64.1.2\n", at + 1);
		}
	}
	scratch_write_bytes("repo/long", content, size);
	(void)expect_hits(str_text(&expected));
	str_release(&expected);
	free(content);
}

/* ---- files that are not plain text */

static void binary_files_are_counted_and_not_judged(void **state)
{
	char early[8100];
	char late[9000];
	struct scan_counts counts = {0};

	(void)state;
	memset(early, 'x', sizeof(early));
	memset(late, 'x', sizeof(late));
	memcpy(early, "100.64.1.2\n", 11);
	early[7999] = '\0';
	memcpy(late, "100.64.1.2\n", 11);
	late[8000] = '\0';
	memcpy(late + 8500, "\n100.64.1.3", 11);
	scratch_write_bytes("repo/early", early, sizeof(early));
	scratch_write_bytes("repo/late", late, sizeof(late));
	counts = expect_hits("late:1:1 100.64.1.2\nlate:3:1 100.64.1.3\n");
	assert_int_equal(counts.looked, 1);
	assert_int_equal(counts.binary, 1);
}

/** Write ASCII as UTF-16 with a mark. */
static void write_utf16(const char *name, const char *text, bool is_big)
{
	struct str out = {0};

	str_add_bytes(&out, is_big ? "\xfe\xff" : "\xff\xfe", 2);
	for (; *text; text++) {
		str_add_char(&out, is_big ? '\0' : *text);
		str_add_char(&out, is_big ? *text : '\0');
	}
	scratch_write_bytes(name, out.at, out.len);
	str_release(&out);
}

static void utf16_with_a_mark_is_read(void **state)
{
	struct scan_counts counts = {0};

	(void)state;
	write_utf16("repo/little", "one\r\nat 100.64.1.2\r\n", false);
	write_utf16("repo/big", "one\nat 100.64.1.2\n", true);
	/* half a unit at the end, single surrogates: read as far as it goes */
	scratch_write_bytes("repo/odd",
			    "\xff\xfe\x00\xd8"
			    "1\0"
			    "0\0"
			    "0\0.\0"
			    "6\0"
			    "4\0.\0"
			    "1\0.\0"
			    "2\0\x00\xdc"
			    "x",
			    28);
	/* UTF-32 is not: its every second unit is NUL */
	scratch_write_bytes("repo/utf32",
			    "\xff\xfe\0\0"
			    "1\0\0\0"
			    "0\0\0\0",
			    12);
	scratch_write_bytes("repo/only_mark", "\xff\xfe", 2);
	counts = expect_hits("big:2:4 100.64.1.2\nlittle:2:4 100.64.1.2\nodd:1:4 100.64.1.2\n");
	assert_int_equal(counts.looked, 4);
	assert_int_equal(counts.binary, 1);
}

static void a_link_counts_with_its_own_content(void **state)
{
	struct scan_counts counts = {0};

	(void)state;
	scratch_write("outside", "100.64.1.9\n");
	(void)symlink("../outside", scratch_path("repo/out"));
	(void)symlink("/mnt/100.64.1.2/share", scratch_path("repo/link"));
	counts = expect_hits("link:1:6 100.64.1.2\n");
	assert_int_equal(counts.looked, 2);
}

static void what_is_gone_or_no_file_any_more_is_counted(void **state)
{
	struct scan_rule rule = addresses();
	struct scan_result result = {0};
	struct world world = {0};

	(void)state;
	scratch_write("repo/a", "100.64.1.2\n");
	scratch_write("repo/gone", "100.64.1.2\n");
	scratch_write("repo/pipe", "100.64.1.2\n");
	scratch_write("repo/skipped", "100.64.1.2\n");
	scratch_write("repo/hidden", "100.64.1.2\n");
	GIT("add", "-A");
	GIT("update-index", "--skip-worktree", "skipped");
	GIT("update-index", "--skip-worktree", "hidden");
	GIT("update-index", "--add", "--cacheinfo",
	    "160000,e69de29bb2d1d6434b8b29ae775ad8c2e48c5391,module");
	(void)unlink(scratch_path("repo/gone"));
	(void)unlink(scratch_path("repo/skipped"));
	(void)unlink(scratch_path("repo/pipe"));
	(void)mkfifo(scratch_path("repo/pipe"), 0644);
	world = scan_with(&rule, &result);
	expect_result(&result, "a:1:1 100.64.1.2\nhidden:1:1 100.64.1.2\npipe:0:0 unreadable\n");
	assert_string_equal(result.at[2].text, "'pipe' is a FIFO, not a file");
	assert_int_equal(result.counts.looked, 2);
	assert_int_equal(result.counts.absent, 1);
	assert_int_equal(result.counts.sparse, 1);
	assert_int_equal(result.counts.submodules, 1);
	assert_int_equal(result.counts.unreadable, 1);
	world_close(&world);
}

/** 65 MiB that are no binary file, with a text at the start of the second chunk. */
static void write_large(const char *name, const char *text)
{
	const char *path = scratch_path(name);
	char *content = malloc(SCAN_CHUNK_BYTES);
	int fd = open(path, O_WRONLY | O_CREAT, 0644);

	memset(content, 'x', SCAN_CHUNK_BYTES);
	assert_int_equal(write(fd, content, SCAN_CHUNK_BYTES), SCAN_CHUNK_BYTES);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(ftruncate(fd, (off_t)(65 * MIB)), 0);
	(void)close(fd);
	free(content);
}

static void a_file_too_large_to_judge_is_said_and_not_passed(void **state)
{
	struct scan_rule fast = addresses();
	struct scan_rule slow = word("needle");
	struct scan_result result = {0};
	struct world world = world_open();

	(void)state;
	write_large("repo/clean", "nothing");
	write_large("repo/hit", "\n100.64.1.2\n");
	GIT("add", "-N", "clean", "hit");
	scan_add(world.scan, &fast);
	scan_add(world.scan, &slow);
	loop_run(world.loop);
	scan_collect(world.scan, &fast, &result);
	expect_result(&result, "hit:0:0 too large\n");
	assert_int_equal(result.counts.looked, 1);
	assert_int_equal(result.counts.too_large, 1);
	scan_collect(world.scan, &slow, &result);
	expect_result(&result, "clean:0:0 too large\nhit:0:0 too large\n");
	assert_int_equal(result.counts.looked, 0);
	assert_int_equal(result.counts.too_large, 2);
	world_close(&world);
}

/* ---- which files */

static struct texts texts_of(const char **at, size_t len)
{
	return (struct texts){at, NULL, len};
}

static void globs_and_skips_choose_the_files(void **state)
{
	const char *wanted[] = {"*.sh", "etc/**"};
	const char *except[] = {"vendor/**"};
	const char *more[] = {"*.bak"};
	struct texts paths = texts_of(wanted, 2);
	struct texts own = texts_of(except, 1);
	struct texts gate = texts_of(more, 1);
	struct scan_rule rule = addresses();
	struct scan_result result = {0};
	struct world world = {0};

	(void)state;
	scratch_write("repo/a.sh", "100.64.1.2\n");
	scratch_write("repo/b.py", "100.64.1.2\n");
	scratch_write("repo/etc/x/conf", "100.64.1.2\n");
	scratch_write("repo/etc/conf.bak", "100.64.1.2\n");
	scratch_write("repo/vendor/c.sh", "100.64.1.2\n");
	scratch_write("repo/receipts/d.sh", "100.64.1.2\n");
	scratch_write("repo/receipts.sh", "100.64.1.2\n");
	scratch_write("repo/gates/030.sh", "100.64.1.2\n");
	GIT("add", "-A");
	rule.paths = &paths;
	rule.except[0] = &own;
	rule.except[1] = &gate;
	rule.skip_folder = "receipts/";
	rule.skip_file = "gates/030.sh";
	world = scan_with(&rule, &result);
	expect_result(&result, "a.sh:1:1 100.64.1.2\netc/x/conf:1:1 100.64.1.2\n"
			       "receipts.sh:1:1 100.64.1.2\n");
	assert_int_equal(result.counts.looked, 3);
	world_close(&world);
}

/* ---- permissions */

static void a_line_may_permit_what_stands_in_it(void **state)
{
	const char *aliases[] = {"D22", "D321"};
	struct texts others = texts_of(aliases, 2);
	struct scan_rule rule = addresses();
	struct scan_result result = {0};
	struct world world = {0};

	(void)state;
	scratch_write("repo/f", "100.64.1.1 # gaterun:allow G030 the router's own\n"
				"100.64.1.2 # gaterun:allow G030\n"
				"100.64.1.3 # gaterun:allow G031 another gate\n"
				"100.64.1.4 # gaterun:allow D321 an older name\r\n"
				"<!-- gaterun:allow G030 --> 100.64.1.5\n"
				"100.64.1.6 <!-- gaterun:allow G030 -->\n"
				"100.64.1.7 /* gaterun:allow G030 example */\n"
				"# gaterun:allow G030 not the line of the hit\n"
				"100.64.1.8 100.64.1.9\n"
				"100.64.2.1 gaterun:allow G031 x gaterun:allow G030 two of them\n"
				"100.64.2.2 gaterun:allowG030 x\n"
				"100.64.2.3 gaterun:allow G0301 x\n"
				"100.64.2.4 100.64.2.5 gaterun:allow G030 both");
	GIT("add", "-A");
	rule.aliases = &others;
	world = scan_with(&rule, &result);
	expect_result(&result, "f:1:1 allowed 100.64.1.1\n"
			       "f:2:1 100.64.1.2\n"
			       "f:3:1 100.64.1.3\n"
			       "f:4:1 allowed 100.64.1.4\n"
			       "f:5:29 allowed 100.64.1.5\n"
			       "f:6:1 100.64.1.6\n"
			       "f:7:1 allowed 100.64.1.7\n"
			       "f:9:1 100.64.1.8\n"
			       "f:9:12 100.64.1.9\n"
			       "f:10:1 allowed 100.64.2.1\n"
			       "f:11:1 100.64.2.2\n"
			       "f:12:1 100.64.2.3\n"
			       "f:13:1 allowed 100.64.2.4\n"
			       "f:13:12 allowed 100.64.2.5\n");
	assert_string_equal(result.at[0].permission, "the router's own");
	assert_string_equal(result.at[3].permission, "an older name");
	assert_string_equal(result.at[6].permission, "example");
	assert_string_equal(result.at[9].permission, "two of them");
	assert_null(result.at[1].permission);
	/* A gate named without a reason is told apart from what does not name it. */
	assert_true(result.at[1].lacks_reason);
	assert_false(result.at[2].lacks_reason);
	assert_true(result.at[5].lacks_reason);
	assert_false(result.at[9].lacks_reason);
	world_close(&world);
}

/* ---- several rules */

static void *open_count(const void *cookie)
{
	(void)cookie;
	return calloc(1, sizeof(int));
}

static atomic_int judged;

static void close_count(void *state)
{
	atomic_fetch_add(&judged, *(int *)state);
	free(state);
}

static void rules_share_a_pass_and_have_states_of_their_own(void **state)
{
	struct scan_rule first = word("needle");
	struct scan_rule second = addresses();
	struct scan_rule third = word("hay");
	struct scan_result result = {0};
	struct world world = world_open();

	(void)state;
	atomic_store(&judged, 0);
	for (int i = 0; i < 100; i++) {
		char name[32];

		(void)snprintf(name, sizeof(name), "repo/f%02d", i);
		scratch_write(name, i == 42 ? "needle\n100.64.1.2\n" : "hay\n");
	}
	GIT("add", "-A");
	first.open_state = open_count;
	first.close_state = close_count;
	scan_add(world.scan, &first);
	scan_add(world.scan, &second);
	scan_add(world.scan, &third);
	loop_run(world.loop);
	scan_collect(world.scan, &first, &result);
	expect_result(&result, "f42:1:1 needle\n");
	assert_int_equal(result.counts.looked, 100);
	assert_int_equal(atomic_load(&judged), 100);
	scan_collect(world.scan, &second, &result);
	expect_result(&result, "f42:2:1 100.64.1.2\n");
	scan_collect(world.scan, &third, &result);
	assert_int_equal(result.len, 99);
	for (size_t i = 1; i < result.len; i++) {
		assert_true(strcmp(result.at[i - 1].path, result.at[i].path) < 0);
	}
	world_close(&world);
}

/** A waiter: counts how often it is stepped, and may do something then. */
struct waiter {
	struct task task;
	struct scan *scan;
	const struct scan_rule *add; /**< added in the second step */
	int steps;
};

static enum step step_waiter(struct task *task, struct wait *wait)
{
	struct waiter *waiter = (struct waiter *)task;

	(void)wait;
	waiter->steps++;
	if (waiter->steps == 2 && waiter->add) {
		scan_add(waiter->scan, waiter->add);
	}
	return waiter->steps < (waiter->add ? 3 : 2) ? STEP_WAIT : STEP_DONE;
}

static void release_nothing(struct task *task)
{
	(void)task;
}

static const struct task_ops waiter_ops = {"waiter", step_waiter, release_nothing};

static void a_late_rule_gets_a_pass_of_its_own(void **state)
{
	struct waiter waiter = {.task.ops = &waiter_ops};
	struct scan_rule early = word("needle");
	struct scan_rule late = addresses();
	struct scan_result result = {0};
	struct world world = world_open();

	(void)state;
	scratch_write("repo/f", "needle 100.64.1.2\n");
	GIT("add", "-A");
	waiter.scan = world.scan;
	waiter.add = &late;
	early.waiter = &waiter.task;
	late.waiter = &waiter.task;
	scan_add(world.scan, &early);
	task_start(world.loop, &waiter.task);
	loop_run(world.loop);
	assert_int_equal(waiter.steps, 3);
	scan_collect(world.scan, &early, &result);
	expect_result(&result, "f:1:1 needle\n");
	scan_collect(world.scan, &late, &result);
	expect_result(&result, "f:1:8 100.64.1.2\n");
	world_close(&world);
}

/* ---- what is cut short */

static void judge_badly(const void *cookie, void *state, const struct scan_text *text,
			struct scan_sink *sink)
{
	(void)cookie;
	(void)state;
	scan_hit(sink, text->bytes.len, 0, NULL);
	scan_hit(sink, 0, 1, "first");
	scan_hit_file(sink, "lacks something");
	scan_give_up(sink, "too expensive");
}

static void a_judge_may_report_in_any_order_and_give_up(void **state)
{
	struct scan_rule rule = {.gate = "G900", .judge = judge_badly};
	struct scan_result result = {0};
	struct world world = {0};

	(void)state;
	scratch_write("repo/f", "ab\ncd\n");
	GIT("add", "-A");
	world = scan_with(&rule, &result);
	expect_result(&result, "f:0:0 gave up\nf:0:0\nf:1:1 a\nf:3:1\n");
	assert_string_equal(result.at[0].text, "too expensive");
	assert_string_equal(result.at[1].detail, "lacks something");
	world_close(&world);
}

static void a_file_full_of_hits_is_cut(void **state)
{
	struct scan_rule rule = addresses();
	struct scan_result result = {0};
	struct world world = {0};
	struct str text = {0};

	(void)state;
	for (int i = 0; i < SCAN_FILE_HITS_MAX + 234; i++) {
		str_add(&text, "100.64.1.2\n");
	}
	scratch_write("repo/f", text.at);
	str_release(&text);
	GIT("add", "-A");
	world = scan_with(&rule, &result);
	assert_int_equal(result.len, SCAN_FILE_HITS_MAX);
	assert_int_equal(result.dropped, 234);
	assert_int_equal(result.at[999].line, 1000);
	world_close(&world);
}

static void quoted_text_is_short_and_printable(void **state)
{
	struct scan_rule rule = word("\x1b[31m");
	struct scan_result result = {0};
	struct world world = {0};

	(void)state;
	scratch_write("repo/f", "\x1b[31mred");
	GIT("add", "-A");
	world = scan_with(&rule, &result);
	expect_result(&result, "f:1:1 \\x1b[31m\n");
	world_close(&world);
}

/** A pipe: what waits reads a byte. */
static int may_go_on[2];

/** Waits in the middle of a file until the test lets it go on. */
static void judge_slowly(const void *cookie, void *state, const struct scan_text *text,
			 struct scan_sink *sink)
{
	char byte = 0;

	(void)!read(may_go_on[0], &byte, 1);
	judge_addresses(cookie, state, text, sink);
}

/** Collects a rule while its pass runs. */
struct hasty {
	struct task task;
	struct scan *scan;
	const struct scan_rule *rule;
	struct scan_result result;
	int steps;
};

static enum step step_hasty(struct task *task, struct wait *wait)
{
	struct hasty *hasty = (struct hasty *)task;

	(void)wait;
	hasty->steps++;
	if (hasty->steps == 1) {
		task_wake(task);
		return STEP_WAIT;
	}
	assert_false(scan_is_done(hasty->scan, hasty->rule));
	scan_collect(hasty->scan, hasty->rule, &hasty->result);
	(void)!write(may_go_on[1], "x", 1);
	return STEP_DONE;
}

static const struct task_ops hasty_ops = {"hasty", step_hasty, release_nothing};

static void what_was_not_reached_is_counted(void **state)
{
	struct scan_rule rule = addresses();
	struct hasty hasty = {.task.ops = &hasty_ops, .rule = &rule};
	struct world world = world_open();

	(void)state;
	assert_int_equal(pipe(may_go_on), 0);
	scratch_write("repo/f", "100.64.1.2\n");
	scratch_write("repo/g", "100.64.1.2\n");
	GIT("add", "-A");
	hasty.scan = world.scan;
	rule.judge = judge_slowly;
	rule.waiter = &hasty.task;
	scan_add(world.scan, &rule);
	task_start(world.loop, &hasty.task);
	loop_run(world.loop);
	assert_int_equal(hasty.steps, 2);
	assert_null(hasty.result.failed);
	assert_int_equal(hasty.result.len, 0);
	assert_int_equal(hasty.result.counts.unreached, 2);
	world_close(&world);
	(void)close(may_go_on[0]);
	(void)close(may_go_on[1]);
}

static void a_rule_collected_before_its_pass_begins_has_nothing(void **state)
{
	struct scan_rule rule = addresses();
	struct scan_result result = {0};
	struct world world = world_open();

	(void)state;
	scratch_write("repo/f", "100.64.1.2\n");
	GIT("add", "-A");
	scan_add(world.scan, &rule);
	scan_collect(world.scan, &rule, &result);
	assert_non_null(result.failed);
	assert_int_equal(result.len, 0);
	loop_run(world.loop);
	world_close(&world);
}

static void a_scan_can_be_dropped_at_any_time(void **state)
{
	struct scan_rule rule = addresses();
	struct world world = world_open();

	(void)state;
	scan_free(NULL);
	for (int i = 0; i < 200; i++) {
		char name[32];

		(void)snprintf(name, sizeof(name), "repo/f%03d", i);
		scratch_write(name, "100.64.1.2\n");
	}
	GIT("add", "-A");
	world_close(&world);
	world = world_open();
	scan_add(world.scan, &rule);
	world_close(&world);
	world = world_open();
	scan_add(world.scan, &rule);
	loop_stop(world.loop);
	loop_run(world.loop);
	world_close(&world);
}

static void without_a_list_nothing_is_scanned(void **state)
{
	struct scan_rule rule = addresses();
	struct scan_result result = {0};
	struct world world = {0};

	(void)state;
	scratch_write("repo/.git/index", "DIRC");
	world = world_open();
	scan_add(world.scan, &rule);
	loop_run(world.loop);
	assert_true(scan_is_done(world.scan, &rule));
	scan_collect(world.scan, &rule, &result);
	assert_non_null(result.failed);
	assert_int_equal(result.failed->code, ERR_INPUT);
	world_close(&world);
}

static void an_empty_list_is_scanned_at_once(void **state)
{
	(void)state;
	assert_int_equal(expect_hits("").looked, 0);
}

#define SCRATCHED(test) cmocka_unit_test_setup_teardown(test, make_repo, scratch_remove)

/* ---- what the cache says */

/** Have the cache of the scratch repo know what is staged as `path`. */
static void know(struct tree *tree, const char *path, const char *digest, enum scan_class class)
{
	const unsigned char *const digests[] = {(const unsigned char *)digest};
	const struct tree_entry *entry = tree_find(tree, path);
	struct scan_cache *cache = scan_cache_open(tree_blob_folder(tree), SHA1_BYTES);
	struct tree_list list = {0};
	struct scan_facts facts = {0};
	struct err err = {0};
	uint64_t mark = 0;

	assert_int_equal(tree_list(tree, &list, &err), 0);
	scan_cache_want(cache, digests, 1, &mark);
	*VEC_ADD(&facts) = (struct scan_fact){entry->oid, class, mark, 0};
	scan_cache_save(cache, &facts, &list);
	VEC_RELEASE(&facts);
	scan_cache_free(cache);
}

/** What a rule of this digest finds in the index, with what the cache says. */
static void expect_staged(const char *digest, const char *expected, size_t binary)
{
	struct scan_rule rule = addresses();
	struct scan_result result = {0};
	struct world world = {0};
	struct err err = {0};

	rule.digest = (const unsigned char *)digest;
	assert_int_equal(tree_open_index(scratch_path("repo"), &world.tree, &err), 0);
	assert_int_equal(loop_open(&world.loop, &err), 0);
	world.scan = scan_open(world.loop, world.tree);
	scan_use_cache(world.scan);
	scan_add(world.scan, &rule);
	loop_run(world.loop);
	scan_collect(world.scan, &rule, &result);
	expect_result(&result, expected);
	assert_int_equal(result.counts.binary, binary);
	world_close(&world);
}

static void only_a_rule_that_knows_a_blob_takes_it_for_binary(void **state)
{
	static const char old_code[SHA256_BYTES] = "what took it for binary";
	static const char new_code[SHA256_BYTES] = "what takes it for text";
	struct tree *tree = NULL;
	struct err err = {0};

	(void)state;
	scratch_repo();
	scratch_write("repo/a.txt", "100.64.1.2\n");
	GIT("add", ".");
	assert_int_equal(tree_open_index(scratch_path("repo"), &tree, &err), 0);
	know(tree, "a.txt", old_code, SCAN_CLASS_BINARY);
	expect_staged(old_code, "", 1);
	expect_staged(new_code, "a.txt:1:1 100.64.1.2\n", 0);
	tree_free(tree);
}

static void what_is_binary_is_known_to_every_rule_that_was_shown_it(void **state)
{
	static const char code[SHA256_BYTES] = "code";
	uint64_t mark = 0;
	const unsigned char *const digests[] = {(const unsigned char *)code};
	struct tree *tree = NULL;
	struct scan_cache *cache = NULL;
	struct scan_fact fact = {0};
	struct err err = {0};

	(void)state;
	scratch_repo();
	scratch_write_bytes("repo/b", "a\0b", 3);
	GIT("add", ".");
	expect_staged(code, "", 1);
	assert_int_equal(tree_open_index(scratch_path("repo"), &tree, &err), 0);
	cache = scan_cache_open(tree_blob_folder(tree), SHA1_BYTES);
	scan_cache_want(cache, digests, 1, &mark);
	fact = scan_cache_find(cache, tree_find(tree, "b")->oid);
	assert_int_equal(fact.class, SCAN_CLASS_BINARY);
	assert_true((fact.clean & mark) != 0);
	expect_staged(code, "", 1);
	scan_cache_free(cache);
	tree_free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCHED(hits_have_line_and_column_in_bytes),
		SCRATCHED(only_tracked_files_are_looked_at),
		SCRATCHED(a_hit_across_the_edge_of_a_chunk_is_found),
		SCRATCHED(sizes_around_a_chunk_are_read_to_the_end),
		SCRATCHED(a_very_long_line_is_no_problem),
		SCRATCHED(binary_files_are_counted_and_not_judged),
		SCRATCHED(utf16_with_a_mark_is_read),
		SCRATCHED(a_link_counts_with_its_own_content),
		SCRATCHED(what_is_gone_or_no_file_any_more_is_counted),
		SCRATCHED(a_file_too_large_to_judge_is_said_and_not_passed),
		SCRATCHED(globs_and_skips_choose_the_files),
		SCRATCHED(a_line_may_permit_what_stands_in_it),
		SCRATCHED(rules_share_a_pass_and_have_states_of_their_own),
		SCRATCHED(a_late_rule_gets_a_pass_of_its_own),
		SCRATCHED(a_judge_may_report_in_any_order_and_give_up),
		SCRATCHED(a_file_full_of_hits_is_cut),
		SCRATCHED(quoted_text_is_short_and_printable),
		SCRATCHED(what_was_not_reached_is_counted),
		SCRATCHED(a_rule_collected_before_its_pass_begins_has_nothing),
		SCRATCHED(a_scan_can_be_dropped_at_any_time),
		SCRATCHED(without_a_list_nothing_is_scanned),
		SCRATCHED(an_empty_list_is_scanned_at_once),
		SCRATCHED(only_a_rule_that_knows_a_blob_takes_it_for_binary),
		SCRATCHED(what_is_binary_is_known_to_every_rule_that_was_shown_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
