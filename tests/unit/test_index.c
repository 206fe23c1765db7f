#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/codec.h"
#include "crypto/digest.h"
#include "git/index.h"
#include "scratch.h"

#ifdef __APPLE__
#define st_mtim st_mtimespec
#endif

/* ---- indexes that git itself wrote */

/** What `git ls-files -s` would print of the list. */
static void print_list(const struct index_list *list, struct str *out)
{
	for (size_t i = 0; i < list->len; i++) {
		const struct index_entry *entry = &list->at[i];

		str_printf(out, "%06o ", (unsigned)entry->mode);
		hex_encode(out, entry->oid, list->oid_bytes);
		str_printf(out, " %d\t%s", entry->stage, entry->path);
		str_add_char(out, '\0');
	}
}

static enum index_form parse_repo(struct arena *arena, struct str *bytes, struct index_list *list)
{
	enum index_form form = INDEX_OTHER;
	struct err err = {0};

	*bytes = scratch_read("repo/.git/index");
	if (index_parse(arena, str_view(bytes), &form, list, &err)) {
		fail_msg("%s", err.text);
	}
	return form;
}

/** The index of the scratch repo must read as git reads it, and be of this version. */
static void expect_same_as_git(unsigned char version)
{
	struct arena arena = {0};
	struct index_list list = {0};
	struct str bytes = {0};
	struct str ours = {0};
	struct str theirs = {0};

	assert_int_equal(parse_repo(&arena, &bytes, &list), INDEX_READ);
	assert_int_equal(bytes.at[7], version);
	print_list(&list, &ours);
	scratch_git("repo", &theirs, (const char *const[]){"git", "ls-files", "-s", "-z", NULL});
	assert_int_equal(ours.len, theirs.len);
	assert_memory_equal(ours.at, theirs.at, ours.len);
	assert_true(list.len > 0);
	str_release(&bytes);
	str_release(&ours);
	str_release(&theirs);
	arena_release(&arena);
}

static void expect_other(void)
{
	struct arena arena = {0};
	struct index_list list = {0};
	struct str bytes = {0};

	assert_int_equal(parse_repo(&arena, &bytes, &list), INDEX_OTHER);
	assert_int_equal(list.len, 0);
	str_release(&bytes);
	arena_release(&arena);
}

static void fill_repo(void)
{
	char long_name[256 + 8];

	scratch_repo();
	scratch_write("repo/a", "one\n");
	scratch_write("repo/a.b", "two\n");
	scratch_write("repo/dir/one.yaml", "three\n");
	scratch_write("repo/dir/two.yaml", "four\n");
	scratch_write("repo/dir/two.yaml.bak", "five\n");
	scratch_write("repo/z \xc3\xa9\n", "six\n");
	(void)memset(long_name, 'n', sizeof(long_name));
	memcpy(long_name, "repo/", 5);
	long_name[5 + 240] = '\0';
	scratch_write(long_name, "seven\n");
	assert_int_equal(symlink("a", scratch_path("repo/link")), 0);
	(void)chmod(scratch_path("repo/a.b"), 0755);
	GIT("add", "-A");
}

static void version_2_reads_as_git_reads_it(void **state)
{
	(void)state;
	fill_repo();
	expect_same_as_git(2);
}

static void version_3_with_flags_reads_as_git_reads_it(void **state)
{
	struct arena arena = {0};
	struct index_list list = {0};
	struct str bytes = {0};
	int intended = 0;
	int skipped = 0;

	(void)state;
	fill_repo();
	scratch_write("repo/later", "not added yet\n");
	GIT("add", "-N", "later");
	GIT("update-index", "--skip-worktree", "dir/one.yaml");
	expect_same_as_git(3);
	(void)parse_repo(&arena, &bytes, &list);
	for (size_t i = 0; i < list.len; i++) {
		if (list.at[i].intent_to_add) {
			assert_string_equal(list.at[i].path, "later");
			intended++;
		}
		if (list.at[i].skip_worktree) {
			assert_string_equal(list.at[i].path, "dir/one.yaml");
			skipped++;
		}
	}
	assert_int_equal(intended, 1);
	assert_int_equal(skipped, 1);
	str_release(&bytes);
	arena_release(&arena);
}

static void version_4_with_compressed_paths_reads_as_git_reads_it(void **state)
{
	(void)state;
	fill_repo();
	GIT("update-index", "--index-version", "4");
	expect_same_as_git(4);
	GIT("update-index", "--skip-worktree", "dir/two.yaml");
	expect_same_as_git(4);
}

static void paths_longer_than_the_flag_field_read_as_git_reads_them(void **state)
{
	static const char oid[] = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";
	char info[4096 + 64];
	char path[4095 + 1];

	(void)state;
	scratch_repo();
	scratch_write("repo/empty", "");
	GIT("add", "-A");
	for (size_t i = 0; i < sizeof(path) - 1; i++) {
		path[i] = i % 200 == 199 ? '/' : 'p';
	}
	path[sizeof(path) - 1] = '\0';
	(void)snprintf(info, sizeof(info), "100644,%s,%s", oid, path);
	GIT("update-index", "--add", "--cacheinfo", info);
	expect_same_as_git(2);
	GIT("update-index", "--index-version", "4");
	expect_same_as_git(4);
}

static void stages_of_a_conflict_are_all_there(void **state)
{
	(void)state;
	scratch_repo();
	scratch_write("repo/f", "base\n");
	GIT("add", "-A");
	GIT("commit", "-q", "-m", "base");
	GIT("checkout", "-q", "-b", "side");
	scratch_write("repo/f", "side\n");
	GIT("commit", "-q", "-a", "-m", "side");
	GIT("checkout", "-q", "main");
	scratch_write("repo/f", "main\n");
	GIT("commit", "-q", "-a", "-m", "main");
	GIT("read-tree", "-m", "HEAD~1", "HEAD", "side");
	expect_same_as_git(2);
}

static void stat_data_are_those_of_the_file(void **state)
{
	struct arena arena = {0};
	struct index_list list = {0};
	struct str bytes = {0};
	struct stat info = {0};

	(void)state;
	scratch_repo();
	scratch_write("repo/only", "12345");
	GIT("add", "-A");
	assert_int_equal(parse_repo(&arena, &bytes, &list), INDEX_READ);
	assert_int_equal(stat(scratch_path("repo/only"), &info), 0);
	assert_int_equal(list.len, 1);
	assert_int_equal(list.at[0].size, 5);
	assert_int_equal(list.at[0].mtime_s, info.st_mtim.tv_sec);
	assert_int_equal(list.at[0].mtime_ns, info.st_mtim.tv_nsec);
	str_release(&bytes);
	arena_release(&arena);
}

static void split_index_is_left_to_git(void **state)
{
	(void)state;
	fill_repo();
	GIT("update-index", "--split-index");
	scratch_write("repo/more", "more\n");
	scratch_write("repo/a.b", "changed\n");
	GIT("add", "-A");
	expect_other();
}

static void sparse_index_is_left_to_git(void **state)
{
	(void)state;
	fill_repo();
	scratch_write("repo/deep/er/file", "x\n");
	scratch_write("repo/kept/file", "x\n");
	GIT("add", "-A");
	GIT("commit", "-q", "-m", "all");
	GIT("sparse-checkout", "init", "--cone", "--sparse-index");
	GIT("sparse-checkout", "set", "kept");
	expect_other();
}

static void sha256_repo_is_left_to_git(void **state)
{
	(void)state;
	(void)mkdir(scratch_path("repo"), 0755);
	GIT("init", "-q", "--object-format=sha256", ".");
	for (int i = 0; i < 40; i++) {
		char name[64];

		(void)snprintf(name, sizeof(name), "repo/%.*s", i + 1,
			       "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz");
		scratch_write(name, "x\n");
		GIT("add", "-A");
		expect_other();
	}
	GIT("update-index", "--index-version", "4");
	expect_other();
}

static void unknown_version_is_left_to_git(void **state)
{
	enum index_form form = INDEX_READ;
	struct index_list list = {0};
	struct arena arena = {0};
	struct err err = {0};
	char bytes[32] = "DIRC\0\0\0\5";

	(void)state;
	assert_int_equal(
		index_parse(&arena, (struct text){bytes, sizeof(bytes)}, &form, &list, &err), 0);
	assert_int_equal(form, INDEX_OTHER);
}

/* ---- indexes made by hand */

struct made {
	struct str bytes;
	uint32_t count;
};

static void add_number(struct str *out, uint32_t number)
{
	unsigned char bytes[4] = {(unsigned char)(number >> 24), (unsigned char)(number >> 16),
				  (unsigned char)(number >> 8), (unsigned char)number};

	str_add_bytes(out, bytes, sizeof(bytes));
}

/** Append a version 2 entry that claims `claimed` as the length of its path. */
static void add_claiming(struct made *made, const char *path, unsigned stage, uint32_t mode,
			 size_t claimed)
{
	size_t start = made->bytes.len;
	unsigned flags = stage << 12 | (unsigned)claimed;

	for (int i = 0; i < 10; i++) {
		add_number(&made->bytes, i == 6 ? mode : 0);
	}
	str_add_bytes(&made->bytes, "ABCDEFGHIJKLMNOPQRST", 20);
	str_add_char(&made->bytes, (char)(flags >> 8));
	str_add_char(&made->bytes, (char)flags);
	str_add(&made->bytes, path);
	do {
		str_add_char(&made->bytes, '\0');
	} while ((made->bytes.len - start) % 8 != 0);
	made->count++;
}

static void add_entry(struct made *made, const char *path, unsigned stage)
{
	add_claiming(made, path, stage, 0100644, strlen(path));
}

static int parse_made(struct made *made, struct err *err)
{
	enum index_form form = INDEX_OTHER;
	struct index_list list = {0};
	struct arena arena = {0};
	struct str all = {0};
	int answer = 0;

	str_add_bytes(&all, "DIRC\0\0\0\2", 8);
	add_number(&all, made->count);
	str_add_text(&all, str_view(&made->bytes));
	str_add_bytes(&all, "checksum of 20 bytes", 20);
	answer = index_parse(&arena, str_view(&all), &form, &list, err);
	if (answer == 0) {
		assert_int_equal(form, INDEX_READ);
		assert_int_equal(list.len, made->count);
	} else {
		assert_int_equal(list.len, 0);
		assert_true(err->text[0] != '\0');
	}
	str_release(&all);
	str_release(&made->bytes);
	arena_release(&arena);
	return answer;
}

static void expect_refused(struct made *made, const char *words)
{
	struct err err = {0};

	assert_int_equal(parse_made(made, &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	if (!strstr(err.text, words)) {
		fail_msg("'%s' does not say '%s'", err.text, words);
	}
}

static void index_made_by_hand_is_read(void **state)
{
	struct made made = {0};
	struct err err = {0};

	(void)state;
	add_entry(&made, "a", 0);
	add_entry(&made, "b", 1);
	add_entry(&made, "b", 3);
	add_entry(&made, "b/c", 0);
	assert_int_equal(parse_made(&made, &err), 0);
}

static void empty_index_is_read(void **state)
{
	struct made made = {0};
	struct err err = {0};

	(void)state;
	assert_int_equal(parse_made(&made, &err), 0);
}

static void paths_out_of_order_are_refused(void **state)
{
	struct made swapped = {0};
	struct made repeated = {0};
	struct made stages = {0};
	struct made merged = {0};
	struct made prefix = {0};

	(void)state;
	add_entry(&swapped, "b", 0);
	add_entry(&swapped, "a", 0);
	expect_refused(&swapped, "'a' is out of order");
	add_entry(&repeated, "a", 0);
	add_entry(&repeated, "a", 0);
	expect_refused(&repeated, "out of order");
	add_entry(&stages, "a", 2);
	add_entry(&stages, "a", 1);
	expect_refused(&stages, "out of order");
	add_entry(&merged, "a", 0);
	add_entry(&merged, "a", 2);
	expect_refused(&merged, "out of order");
	add_entry(&prefix, "ab", 0);
	add_entry(&prefix, "a", 0);
	expect_refused(&prefix, "out of order");
}

static void unsafe_paths_are_refused(void **state)
{
	static const char *const paths[] = {
		"",     "/etc/passwd", "..",   "../x",           "a/../b",
		"a/..", ".",           "./a",  "a/./b",          "a//b",
		"a/",   ".git/config", ".git", "a/.git/hooks/x", "a/.GIT",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct made made = {0};

		add_entry(&made, paths[i], 0);
		expect_refused(&made, "unsafe path");
	}
}

static void paths_that_only_look_unsafe_are_read(void **state)
{
	static const char *const paths[] = {"...", "..a", ".gitignore", "a/.github", "a/b..", "~"};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct made made = {0};
		struct err err = {0};

		add_entry(&made, paths[i], 0);
		assert_int_equal(parse_made(&made, &err), 0);
	}
}

static void odd_modes_are_refused(void **state)
{
	struct made made = {0};

	(void)state;
	add_claiming(&made, "pipe", 0, 0010644, 4);
	expect_refused(&made, "mode");
}

static void wrong_lengths_are_refused(void **state)
{
	struct made shorter = {0};
	struct made longer = {0};
	struct made many = {0};
	struct made extension = {0};
	struct made left_over = {0};

	(void)state;
	add_claiming(&shorter, "path", 0, 0100644, 3);
	expect_refused(&shorter, "not as long");
	add_claiming(&longer, "path", 0, 0100644, 5);
	expect_refused(&longer, "not as long");
	add_entry(&many, "path", 0);
	many.count = 0xffffffff;
	expect_refused(&many, "more entries than bytes");
	add_entry(&extension, "path", 0);
	str_add_bytes(&extension.bytes, "TREE\xff\xff\xff\xff", 8);
	expect_refused(&extension, "extension");
	add_entry(&left_over, "path", 0);
	str_add_bytes(&left_over.bytes, "TREE\0\0\0\0abc", 11);
	expect_refused(&left_over, "left over");
}

static void padding_must_be_nul(void **state)
{
	struct made made = {0};

	(void)state;
	add_entry(&made, "path", 0);
	made.bytes.at[made.bytes.len - 1] = 'x';
	expect_refused(&made, "padding");
}

static void extended_flag_in_version_2_is_refused(void **state)
{
	struct made made = {0};

	(void)state;
	add_claiming(&made, "path", 4, 0100644, 4);
	expect_refused(&made, "version 2");
}

static void every_cut_of_an_index_is_refused(void **state)
{
	static const char *const versions[] = {"2", "4"};

	(void)state;
	fill_repo();
	for (size_t v = 0; v < 2; v++) {
		struct str bytes = {0};

		GIT("update-index", "--index-version", versions[v]);
		bytes = scratch_read("repo/.git/index");
		for (size_t len = 0; len < bytes.len; len++) {
			enum index_form form = INDEX_READ;
			struct index_list list = {0};
			struct arena arena = {0};
			struct err err = {0};
			/* A copy of its own, so that the sanitizer sees every read behind it. */
			char *cut = memcpy(malloc(len + 1), bytes.at, len);

			assert_int_equal(
				index_parse(&arena, (struct text){cut, len}, &form, &list, &err),
				-1);
			free(cut);
			arena_release(&arena);
		}
		str_release(&bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(version_2_reads_as_git_reads_it, scratch_make,
						scratch_remove),
		cmocka_unit_test_setup_teardown(version_3_with_flags_reads_as_git_reads_it,
						scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(
			version_4_with_compressed_paths_reads_as_git_reads_it, scratch_make,
			scratch_remove),
		cmocka_unit_test_setup_teardown(
			paths_longer_than_the_flag_field_read_as_git_reads_them, scratch_make,
			scratch_remove),
		cmocka_unit_test_setup_teardown(stages_of_a_conflict_are_all_there, scratch_make,
						scratch_remove),
		cmocka_unit_test_setup_teardown(stat_data_are_those_of_the_file, scratch_make,
						scratch_remove),
		cmocka_unit_test_setup_teardown(split_index_is_left_to_git, scratch_make,
						scratch_remove),
		cmocka_unit_test_setup_teardown(sparse_index_is_left_to_git, scratch_make,
						scratch_remove),
		cmocka_unit_test_setup_teardown(sha256_repo_is_left_to_git, scratch_make,
						scratch_remove),
		cmocka_unit_test(unknown_version_is_left_to_git),
		cmocka_unit_test(index_made_by_hand_is_read),
		cmocka_unit_test(empty_index_is_read),
		cmocka_unit_test(paths_out_of_order_are_refused),
		cmocka_unit_test(unsafe_paths_are_refused),
		cmocka_unit_test(paths_that_only_look_unsafe_are_read),
		cmocka_unit_test(odd_modes_are_refused),
		cmocka_unit_test(wrong_lengths_are_refused),
		cmocka_unit_test(padding_must_be_nul),
		cmocka_unit_test(extended_flag_in_version_2_is_refused),
		cmocka_unit_test_setup_teardown(every_cut_of_an_index_is_refused, scratch_make,
						scratch_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
