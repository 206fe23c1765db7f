/*
 * host_keys_pinned (G013): each SSH target has a pinned key, none shared by two names, none
 * revoked.
 */
#include "check/check.h"

static bool is_pin_of(const struct known_host *line, const struct target *target)
{
	return line->marker == KNOWN_HOST_PLAIN &&
	       known_host_names(line, target->id, (uint16_t)target->port);
}

/** Another target for which the same key is pinned; NULL if there is none. */
static const struct target *sharer(const struct repo *repo, const struct known_host *pin,
				   const struct target *target)
{
	for (size_t i = 0; i < repo->known_hosts.len; i++) {
		const struct known_host *line = &repo->known_hosts.at[i];

		if (!text_equal(line->blob, pin->blob)) {
			continue;
		}
		for (size_t k = 0; k < repo->targets.len; k++) {
			const struct target *other = &repo->targets.at[k];

			if (other->id && !same_string(other->id, target->id) &&
			    is_pin_of(line, other)) {
				return other;
			}
		}
	}
	return NULL;
}

static void judge_pin(struct check *check, const struct target *target,
		      const struct known_host *pin)
{
	const struct repo *repo = check->context->repo;
	const struct target *other = sharer(repo, pin, target);
	const struct known_host *matched = NULL;
	struct finding *finding = NULL;

	if (known_hosts_judge(&repo->known_hosts, target->id, (uint16_t)target->port, pin->blob,
			      &matched) == HOST_KEY_REVOKED) {
		finding = check_add(check, VERDICT_FAIL, REASON_KEYS_REVOKED, target->row.subject,
				    pin->where, "its pinned key %s is revoked", pin->fingerprint);
		finding->detail = pin->fingerprint;
		finding->hint = "give the machine a new host key, and pin that";
		finding_relate(finding, matched->where);
	}
	if (other) {
		finding = check_add(check, VERDICT_FAIL, REASON_KEYS_SHARED, target->row.subject,
				    pin->where, "its pinned key %s is also that of %s",
				    pin->fingerprint, other->row.subject);
		finding->detail = pin->fingerprint;
		finding->hint = "cloned machines share a key; make new host keys on one of them";
	}
}

static void judge_target(struct check *check, const struct target *target)
{
	const struct repo *repo = check->context->repo;
	struct finding *finding = NULL;
	size_t pins = 0;

	check->result->checked++;
	for (size_t i = 0; i < repo->known_hosts.len; i++) {
		if (is_pin_of(&repo->known_hosts.at[i], target)) {
			judge_pin(check, target, &repo->known_hosts.at[i]);
			pins++;
		}
	}
	if (pins == 0) {
		finding = check_add(check, VERDICT_FAIL, REASON_KEYS_UNPINNED, target->row.subject,
				    node_place(target->row.node, "id"),
				    "no host key is pinned in %s", repo->known_hosts_file.path);
		finding->hint = check_text(
			check,
			"read its key on its console (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub), "
			"then add a line `%s ssh-ed25519 AAAA…`",
			target->id);
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

	judge_lines(check, &repo->known_hosts_file);
	for (size_t i = 0; i < repo->targets.len; i++) {
		const struct target *target = &repo->targets.at[i];

		if (check_selects(check, target) && !check_is_decided(check, target)) {
			judge_target(check, target);
		}
	}
}

struct host_keys_pinned {
	char none; /**< the kind has no settings */
};

static const struct field fields[] = {{0}};

const struct kind kind_host_keys_pinned = {
	.name = "host_keys_pinned",
	.doc = "Reads known_hosts, in which targets stand by their ids. Passes when each target has a "
	       "pinned key, no key belongs to two targets, and none is revoked",
	.fields = fields,
	.settings_size = sizeof(struct host_keys_pinned),
	.mode = MODE_STATIC,
	.needs = NEEDS_TARGETS | NEEDS_KNOWN_HOSTS,
	.is_per_target = true,
	.judge = judge,
};
