#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/stat.h>

#include <cmocka.h>

#include "fixture.h"

/** The files of a repo that are the operator's own. */
static const struct {
	const char *path;
	bool is_tree;    /**< YAML; the others are read in another way, or only looked for */
	bool is_binding; /**< what it says is judged by gates; else mistakes are problems */
} own_files[] = {
	{"gaterun.yaml", true, false},
	{"bindings/ssh.targets.yaml", true, true},
	{"bindings/tailscale.tailnet.snapshot.yaml", true, true},
	{"bindings/services.health.yaml", true, true},
	{"bindings/probe.policy.yaml", true, false},
	{"bindings/waivers.yaml", true, false},
	{"bindings/known_hosts", false, true},
	{"bindings/tailscale.acl.policy.hujson", false, true},
};

#define OWN_FILES (sizeof(own_files) / sizeof(own_files[0]))

/** A repo with a gate and nothing else. */
static struct fixture *new_repo(void)
{
	struct fixture *f = fixture_new();

	fixture_gate(f, "G001", "bindings_valid", "");
	return f;
}

/** Put something in place of a file; `path` is absolute, its directory exists. */
typedef void put(const char *path);

static void put_bytes(const char *path, struct text bytes)
{
	struct err err = {0};

	assert_int_equal(file_replace(path, bytes, 0644, FILE_SYNC_NO, &err), 0);
}

static void put_directory(const char *path)
{
	assert_int_equal(mkdir(path, 0755), 0);
}

static void put_fifo(const char *path)
{
	assert_int_equal(mkfifo(path, 0644), 0);
}

static void put_dangling_link(const char *path)
{
	assert_int_equal(symlink("nowhere", path), 0);
}

static void put_link_to_itself(const char *path)
{
	assert_int_equal(symlink(strrchr(path, '/') + 1, path), 0);
}

static void put_link_out_of_the_root(const char *path)
{
	assert_int_equal(symlink("/etc/passwd", path), 0);
}

static void put_link_to_a_device(const char *path)
{
	assert_int_equal(symlink("/dev/zero", path), 0);
}

static void put_2_mib(const char *path)
{
	AUTO(auto_str) struct str bytes = {0};

	for (size_t i = 0; i < 65536; i++) {
		str_add(&bytes, "# a comment of thirty-two bytes\n");
	}
	put_bytes(path, str_view(&bytes));
}

static void put_nothing(const char *path)
{
	put_bytes(path, text_of(""));
}

static void put_only_comments(const char *path)
{
	put_bytes(path, text_of("# nothing here\n\n"));
}

static void put_invalid_utf8(const char *path)
{
	put_bytes(path, text_of("version: \xc3\x28\n"));
}

static void put_nul(const char *path)
{
	put_bytes(path, (struct text){"version: 1\0\n", 12});
}

static void put_utf16(const char *path)
{
	put_bytes(path, (struct text){"\xff\xfe"
				      "a\0:\0 \0"
				      "1\0\n\0",
				      12});
}

static void put_two_documents(const char *path)
{
	put_bytes(path, text_of("version: 1\n---\nversion: 1\n"));
}

static void put_alias(const char *path)
{
	put_bytes(path, text_of("a: &x 1\nb: *x\n"));
}

static void put_alias_bomb(const char *path)
{
	AUTO(auto_str) struct str text = {0};

	str_add(&text, "a0: &a0 [x, x]\n");
	for (int i = 1; i < 40; i++) {
		str_printf(&text, "a%d: &a%d [*a%d, *a%d]\n", i, i, i - 1, i - 1);
	}
	put_bytes(path, str_view(&text));
}

static void put_tag(const char *path)
{
	put_bytes(path, text_of("version: !!python/object:os.system 1\n"));
}

static void put_merge_key(const char *path)
{
	put_bytes(path, text_of("<<: {a: 1}\n"));
}

static void put_repeated_key(const char *path)
{
	put_bytes(path, text_of("version: 1\nother: {}\nversion: 1\n"));
}

static void put_deep_nesting(const char *path)
{
	AUTO(auto_str) struct str text = {0};

	for (int i = 0; i < 300; i++) {
		str_add(&text, "[");
	}
	for (int i = 0; i < 300; i++) {
		str_add(&text, "]");
	}
	put_bytes(path, str_view(&text));
}

static void put_deep_maps(const char *path)
{
	AUTO(auto_str) struct str text = {0};

	for (int i = 0; i < 300; i++) {
		str_printf(&text, "%*sa:\n", i, "");
	}
	put_bytes(path, str_view(&text));
}

static void put_many_nodes(const char *path)
{
	AUTO(auto_str) struct str text = {0};

	str_add(&text, "[");
	for (int i = 0; i < 200000; i++) {
		str_add(&text, "a,");
	}
	str_add(&text, "]");
	put_bytes(path, str_view(&text));
}

static void put_unfinished(const char *path)
{
	put_bytes(path, text_of("version: [1,\n"));
}

static void put_tabs(const char *path)
{
	put_bytes(path, text_of("version:\n\t- 1\n"));
}

static void put_map_as_key(const char *path)
{
	put_bytes(path, text_of("? {a: 1}\n: 2\n"));
}

/** With that in place of the file, there is one problem, and it is about the file. */
static void expect_one_problem(const char *file, put *put_it)
{
	struct fixture *f = new_repo();
	AUTO(auto_str) struct str path = {0};

	/* The directory must be there. */
	fixture_file(f, "bindings/README.md", "");
	str_printf(&path, "%s/%s", f->root, file);
	put_it(path.at);
	fixture_load_badly(f, 1);
	assert_string_equal(f->problems.list.at[0].where.file, file);
	assert_true(f->problems.list.at[0].message[0] != '\0');
	fixture_free(f);
}

static void what_is_no_file_is_one_problem(void **state)
{
	static put *const puts[] = {
		put_directory,
		put_fifo,
		put_dangling_link,
		put_link_to_itself,
		put_link_out_of_the_root,
		put_link_to_a_device,
		put_2_mib,
	};

	(void)state;
	for (size_t i = 0; i < OWN_FILES; i++) {
		for (size_t k = 0; k < sizeof(puts) / sizeof(puts[0]); k++) {
			expect_one_problem(own_files[i].path, puts[k]);
		}
	}
}

static void what_is_no_tree_is_one_problem(void **state)
{
	static put *const puts[] = {
		put_nothing,    put_only_comments, put_invalid_utf8, put_nul,
		put_utf16,      put_two_documents, put_alias,        put_tag,
		put_merge_key,  put_repeated_key,  put_deep_nesting, put_deep_maps,
		put_many_nodes, put_unfinished,    put_tabs,         put_map_as_key,
	};

	(void)state;
	for (size_t i = 0; i < OWN_FILES; i++) {
		for (size_t k = 0; own_files[i].is_tree && k < sizeof(puts) / sizeof(puts[0]);
		     k++) {
			struct fixture *f = new_repo();
			AUTO(auto_str) struct str path = {0};

			fixture_file(f, "bindings/README.md", "");
			str_printf(&path, "%s/%s", f->root, own_files[i].path);
			puts[k](path.at);
			assert_int_equal(fixture_load(f), -1);
			for (size_t p = 0; p < f->problems.list.len; p++) {
				assert_string_equal(f->problems.list.at[p].where.file,
						    own_files[i].path);
			}
			/* An anchor and its alias are two. */
			if (f->problems.list.len != 1 && puts[k] != put_alias) {
				fixture_print_problems(f);
				fail_msg("%s: case %zu", own_files[i].path, k);
			}
			fixture_free(f);
		}
	}
}

static void an_alias_bomb_is_refused_at_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < OWN_FILES; i++) {
		struct fixture *f = new_repo();
		AUTO(auto_str) struct str path = {0};

		fixture_file(f, "bindings/README.md", "");
		str_printf(&path, "%s/%s", f->root, own_files[i].path);
		put_alias_bomb(path.at);
		assert_int_equal(fixture_load(f), own_files[i].is_tree ? -1 : 0);
		fixture_free(f);
	}
}

static void a_file_that_is_absent_is_no_problem(void **state)
{
	struct fixture *f = new_repo();

	(void)state;
	fixture_load_badly(f, 0);
	fixture_free(f);
}

static void a_link_inside_the_root_is_followed(void **state)
{
	struct fixture *f = new_repo();
	AUTO(auto_str) struct str path = {0};

	(void)state;
	fixture_file(f, "ops/targets.yaml", "ssh: {targets: [{id: nas, host: 10.0.0.1}]}\n");
	fixture_file(f, "bindings/README.md", "");
	str_printf(&path, "%s/bindings/ssh.targets.yaml", f->root);
	assert_int_equal(symlink("../ops/targets.yaml", path.at), 0);
	fixture_load_badly(f, 0);
	assert_int_equal(f->repo.targets.len, 1);
	assert_string_equal(f->repo.targets.binding.path, "bindings/ssh.targets.yaml");
	fixture_free(f);
}

static void a_tree_that_is_no_map_is_a_problem_or_a_finding(void **state)
{
	static const char *const texts[] = {"- a\n", "text\n", "[]\n", "\"\"\n", "null\n"};

	(void)state;
	for (size_t i = 0; i < OWN_FILES; i++) {
		for (size_t k = 0; own_files[i].is_tree && k < sizeof(texts) / sizeof(texts[0]);
		     k++) {
			struct fixture *f = new_repo();

			fixture_file(f, own_files[i].path, texts[k]);
			assert_int_equal(fixture_load(f), own_files[i].is_binding ? 0 : -1);
			if (own_files[i].is_binding) {
				fixture_run(f, "G001", MODE_STATIC);
				assert_int_equal(fixture_result(f)->verdict, VERDICT_FAIL);
			}
			fixture_free(f);
		}
	}
}

static void a_byte_order_mark_is_no_mistake(void **state)
{
	struct fixture *f = new_repo();

	(void)state;
	fixture_file(f, "gaterun.yaml", "\xef\xbb\xbfversion: 1\n");
	fixture_load_badly(f, 0);
	fixture_free(f);
}

static void an_empty_known_hosts_pins_nobody(void **state)
{
	struct fixture *f = new_repo();

	(void)state;
	fixture_file(f, "bindings/known_hosts", "");
	fixture_file(f, "bindings/ssh.targets.yaml",
		     "ssh: {targets: [{id: nas, host: 10.0.0.1}]}\n");
	fixture_gate(f, "G013", "host_keys_pinned", "");
	fixture_run(f, "G013", MODE_STATIC);
	assert_int_equal(fixture_count(f, REASON_KEYS_UNPINNED), 1);
	assert_int_equal(fixture_result(f)->verdict, VERDICT_FAIL);
	fixture_free(f);
}

static void garbage_in_known_hosts_is_a_finding_for_each_line(void **state)
{
	struct fixture *f = new_repo();

	(void)state;
	fixture_file(f, "bindings/known_hosts", "\xff\xfe\n\x1b[2J ssh-ed25519 AAAA\nnas\n");
	fixture_file(f, "bindings/ssh.targets.yaml",
		     "ssh: {targets: [{id: nas, host: 10.0.0.1}]}\n");
	fixture_gate(f, "G013", "host_keys_pinned", "");
	fixture_run(f, "G013", MODE_STATIC);
	assert_int_equal(fixture_count(f, REASON_KEYS_UNREADABLE), 3);
	for (size_t i = 0; i < fixture_result(f)->findings.len; i++) {
		assert_null(strchr(fixture_result(f)->findings.at[i].message, '\x1b'));
	}
	fixture_free(f);
}

static void a_root_that_is_no_directory_is_a_problem(void **state)
{
	static const char *const roots[] = {"/does/not/exist", "/etc/passwd", "/dev/null"};

	(void)state;
	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
		struct problems problems = {0};
		struct repo repo = {0};

		assert_int_equal(repo_load(&repo, roots[i], kinds_table, &problems), -1);
		assert_int_equal(problems.list.len, 1);
		repo_release(&repo);
		problems_release(&problems);
	}
}

static void all_files_that_are_wrong_are_reported_together(void **state)
{
	struct fixture *f = new_repo();

	(void)state;
	for (size_t i = 1; i < OWN_FILES; i++) {
		if (own_files[i].is_tree) {
			fixture_file(f, own_files[i].path, "a: [\n");
		}
	}
	fixture_file(f, "gates/G002.yaml", "a: [\n");
	fixture_load_badly(f, 6);
	fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_file_is_one_problem),
		cmocka_unit_test(what_is_no_tree_is_one_problem),
		cmocka_unit_test(an_alias_bomb_is_refused_at_once),
		cmocka_unit_test(a_file_that_is_absent_is_no_problem),
		cmocka_unit_test(a_link_inside_the_root_is_followed),
		cmocka_unit_test(a_tree_that_is_no_map_is_a_problem_or_a_finding),
		cmocka_unit_test(a_byte_order_mark_is_no_mistake),
		cmocka_unit_test(an_empty_known_hosts_pins_nobody),
		cmocka_unit_test(garbage_in_known_hosts_is_a_finding_for_each_line),
		cmocka_unit_test(a_root_that_is_no_directory_is_a_problem),
		cmocka_unit_test(all_files_that_are_wrong_are_reported_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
