/**
 * The kind tailnet_policy on any HuJSON: every finding can be shown and has its place, and an error
 * of the syntax is a failure.
 */
#include <stddef.h>
#include <stdint.h>

#include "check/tailnet/tailnet_policy.h"
#include "cli/kinds.h"
#include "data/hujson.h"
#include "tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define IDENTITIES 4

static void check_findings(const struct result *result, struct text bytes)
{
	bool has_failed = false;

	for (size_t i = 0; i < result->findings.len; i++) {
		const struct finding *finding = &result->findings.at[i];

		assert(finding->reason != REASON_NONE && finding->subject && finding->message[0]);
		assert(text_is_utf8(text_of(finding->message)));
		assert(finding->detail && finding->where.file);
		if (finding->where.line > 0 && i < 100) {
			check_place(finding->where, bytes);
		}
		has_failed = has_failed || finding->reason == REASON_FILE_NOT_PARSED;
	}
	assert(!has_failed || result->verdict == VERDICT_FAIL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *names[IDENTITIES] = {"a@x.org", "tag:a", "group:a", "autogroup:member"};
	static const char *required[] = {"acls|grants"};
	const struct node where = {.where = {"policy", 1, 1}};
	const struct node *nodes[IDENTITIES] = {&where, &where, &where, &where};
	const struct kind *kind = kind_find(kinds_table, "tailnet_policy");
	struct text bytes = {(const char *)data, size};
	struct repo repo = {0};
	struct binding *file = &repo.tailnet_policy.binding;
	struct tailnet_policy_settings settings = {.required = {required, nodes, 1}};
	struct gate gate = {.id = "G023", .kind = kind, .settings = &settings};
	struct context context = {.repo = &repo, .arena = &repo.arena};
	struct result result = {.gate = &gate};
	struct check check = {.gate = &gate,
			      .kind = kind,
			      .settings = &settings,
			      .context = &context,
			      .result = &result};
	struct node *root = NULL;

	file->path = "policy";
	file->bytes = bytes;
	repo.policy.automation_identities = (struct texts){names, nodes, IDENTITIES};
	if (hujson_load(&repo.arena, file->path, bytes, LOOKED_INTO, &file->problems,
			&repo.tailnet_policy.repeats, &root) == 0) {
		file->root = root;
	}
	kind->judge(&check);
	result_settle(&result, &repo.arena);
	check_findings(&result, bytes);
	result_release(&result);
	repo_release(&repo);
	return 0;
}
