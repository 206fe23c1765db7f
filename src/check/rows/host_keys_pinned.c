/*
 * host_keys_pinned (G013): each SSH target has a pinned key, none shared by two names, none
 * revoked.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "check/check.h"

/** A key pinned for a target. */
struct pin {
	const struct target *target;
	const struct known_host *line;
	const struct target *sharer; /**< another target with the same key; NULL: none */
};

struct pins VEC(struct pin);

/** The pins of all targets, in their order; also of those that the gate does not look at. */
static void find_pins(const struct repo *repo, struct pins *pins)
{
	for (size_t i = 0; i < repo->targets.len; i++) {
		const struct target *target = &repo->targets.at[i];
		AUTO(host_name_release) struct host_name wanted = {0};
		const struct known_host *line = NULL;
		size_t next = 0;

		if (!target->id) {
			continue;
		}
		host_name_fill(&wanted, target->id, (uint16_t)target->port);
		while ((line = known_hosts_next(&repo->known_hosts, &wanted, &next))) {
			if (line->marker == KNOWN_HOST_PLAIN) {
				*VEC_ADD(pins) = (struct pin){target, line, NULL};
			}
		}
	}
}

static int compare_keys(const struct pin *a, const struct pin *b)
{
	size_t shorter =
		a->line->blob.len < b->line->blob.len ? a->line->blob.len : b->line->blob.len;
	int order = memcmp(a->line->blob.at, b->line->blob.at, shorter);

	return order != 0 ? order
			  : (a->line->blob.len > b->line->blob.len) -
				    (a->line->blob.len < b->line->blob.len);
}

/** By key, then in the order of the targets. */
static int compare_pins(const void *left, const void *right)
{
	const struct pin *a = *(const struct pin *const *)left;
	const struct pin *b = *(const struct pin *const *)right;
	int order = compare_keys(a, b);

	return order != 0 ? order : (a > b) - (a < b);
}

/** Note for each pin of the same key, from `first` to `end`, another target that has it. */
static void note_sharers(struct pin *const *sorted, size_t first, size_t end)
{
	const struct target *other = NULL;

	for (size_t i = first + 1; i < end && !other; i++) {
		if (!same_string(sorted[i]->target->id, sorted[first]->target->id)) {
			other = sorted[i]->target;
		}
	}
	for (size_t i = first; i < end && other; i++) {
		sorted[i]->sharer = same_string(sorted[i]->target->id, sorted[first]->target->id)
					    ? other
					    : sorted[first]->target;
	}
}

static void find_sharers(struct pins *pins)
{
	struct VEC(struct pin *) sorted = {0};
	size_t first = 0;

	for (size_t i = 0; i < pins->len; i++) {
		*VEC_ADD(&sorted) = &pins->at[i];
	}
	if (sorted.len > 1) {
		qsort(sorted.at, sorted.len, sizeof(*sorted.at), compare_pins);
	}
	for (size_t i = 1; i <= sorted.len; i++) {
		if (i == sorted.len || compare_keys(sorted.at[first], sorted.at[i]) != 0) {
			note_sharers(sorted.at, first, i);
			first = i;
		}
	}
	VEC_RELEASE(&sorted);
}

static void judge_pin(struct check *check, const struct pin *pin)
{
	const struct target *target = pin->target;
	const struct known_host *revoked = NULL;
	AUTO(host_name_release) struct host_name wanted = {0};
	struct finding *finding = NULL;

	host_name_fill(&wanted, target->id, (uint16_t)target->port);
	revoked = known_hosts_revoked(&check->context->repo->known_hosts, &wanted, pin->line->blob);
	if (revoked) {
		finding = check_add(check, VERDICT_FAIL, REASON_KEYS_REVOKED, target->row.subject,
				    pin->line->where, "its pinned key %s is revoked",
				    pin->line->fingerprint);
		finding->detail = pin->line->fingerprint;
		finding->hint = "give the machine a new host key, and pin that";
		finding_relate(finding, revoked->where);
	}
	if (pin->sharer) {
		finding = check_add(check, VERDICT_FAIL, REASON_KEYS_SHARED, target->row.subject,
				    pin->line->where, "its pinned key %s is also that of %s",
				    pin->line->fingerprint, pin->sharer->row.subject);
		finding->detail = pin->line->fingerprint;
		finding->hint = "cloned machines share a key; make new host keys on one of them";
	}
}

/** The @cert-authority line that names the target; NULL if none does. */
static const struct known_host *find_authority(const struct known_hosts *hosts,
					       const struct target *target)
{
	AUTO(host_name_release) struct host_name wanted = {0};
	const struct known_host *line = NULL;
	size_t next = 0;

	host_name_fill(&wanted, target->id, (uint16_t)target->port);
	do {
		line = known_hosts_next(hosts, &wanted, &next);
	} while (line && line->marker != KNOWN_HOST_AUTHORITY);
	return line;
}

static void report_unpinned(struct check *check, const struct target *target)
{
	const struct known_host *authority =
		find_authority(&check->context->repo->known_hosts, target);
	struct finding *finding =
		check_add(check, VERDICT_FAIL, REASON_KEYS_UNPINNED, target->row.subject,
			  node_place(target->row.node, "id"), "no host key is pinned in %s",
			  check->context->repo->known_hosts_file.path);

	finding->hint = check_text(check,
				   "`gaterun targets pin %s` shows its key, and pins it once you "
				   "have compared it with /etc/ssh/ssh_host_ed25519_key.pub there",
				   target->id);
	if (authority) {
		finding_relate(finding, authority->where);
	}
}

/** Who hopes that an authority vouches for a machine should know that it does not. */
static void remark_on_authorities(struct check *check)
{
	const struct repo *repo = check->context->repo;

	for (size_t i = 0; i < repo->known_hosts.len; i++) {
		const struct known_host *line = &repo->known_hosts.at[i];
		struct finding *finding = NULL;

		if (line->marker != KNOWN_HOST_AUTHORITY) {
			continue;
		}
		finding = check_add(check, VERDICT_PASS, REASON_KEYS_AUTHORITY,
				    check_text(check, "file:%s", repo->known_hosts_file.path),
				    line->where,
				    "@cert-authority pins nothing: host certificates are not "
				    "supported");
		finding->detail = line->fingerprint;
		finding->hint = "pin the key of each machine";
	}
}

/** A line that cannot be read may have been a pin, or a revocation. */
static void judge_lines(struct check *check, const struct binding *file)
{
	for (size_t i = 0; i < file->problems.list.len; i++) {
		const struct problem *problem = &file->problems.list.at[i];
		struct finding *finding = check_add(check, VERDICT_FAIL, REASON_KEYS_UNREADABLE,
						    check_text(check, "file:%s", file->path),
						    problem->where, "%s", problem->message);

		finding->detail = problem->message;
		finding->hint = problem->hint;
	}
}

static void judge(struct check *check)
{
	const struct repo *repo = check->context->repo;
	struct pins pins = {0};
	size_t next = 0;

	judge_lines(check, &repo->known_hosts_file);
	remark_on_authorities(check);
	find_pins(repo, &pins);
	find_sharers(&pins);
	for (size_t i = 0; i < repo->targets.len; i++) {
		const struct target *target = &repo->targets.at[i];
		bool is_judged = check_selects(check, target) && !check_is_decided(check, target);
		size_t first = next;

		for (; next < pins.len && pins.at[next].target == target; next++) {
			if (is_judged) {
				judge_pin(check, &pins.at[next]);
			}
		}
		check->result->checked += is_judged;
		if (is_judged && next == first) {
			report_unpinned(check, target);
		}
	}
	VEC_RELEASE(&pins);
}

const struct kind kind_host_keys_pinned = {
	.name = "host_keys_pinned",
	.doc = "Reads known_hosts, in which targets stand by their ids. Passes when each target has a "
	       "pinned key, no key belongs to two targets, and none is revoked",
	.fields = no_settings,
	.mode = MODE_STATIC,
	.needs = NEEDS_TARGETS | NEEDS_KNOWN_HOSTS,
	.is_per_target = true,
	.judge = judge,
};
