/*
 * tailnet_live (G021): ssh.targets, the snapshot and the live tailnet agree.
 *
 * G020 compares the two files. Both can agree and be wrong: a machine that registered again has
 * another address and the name `immich-1`, and whatever goes to `immich` goes to a dead node. Here
 * the live tailnet is the third voice; a difference names all three, so that one can see who is
 * alone.
 */
#include "check/tailnet/tailnet_live.h"

#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/glob.h"
#include "check/tailnet/daemon.h"
#include "check/tailnet/live_from_api.h"
#include "check/tailnet/live_pairing.h"
#include "check/tailnet/pairing.h"
#include "check/tailnet/tailnet_trio.h"
#include "net/dns_name.h"

/* ---- who is missing where */

static void judge_gone_row(struct check *check, const struct device *row,
			   const struct target *target, const struct live_devices *live)
{
	bool is_client = row->policy == POLICY_CLIENT;
	struct trio trio = {row, target, NULL};
	struct finding *finding = NULL;

	if (row->policy == POLICY_LAN_ONLY && row->tailscale_ip.address.family == ADDRESS_NONE) {
		return;
	}
	finding = trio_add(check, &trio, is_client ? VERDICT_PASS : VERDICT_FAIL,
			   REASON_TAILNET_GONE, "id");
	finding->message = check_text(check, "is in the snapshot%s, and %s does not have it%s",
				      target ? " and in ssh.targets" : "", live->source,
				      is_client ? "; it is a client" : "");
	finding->hint = "removed or renamed, or policy hides it from this machine; if it is gone, "
			"gaterun snapshot refresh --prune";
}

static void judge_broken_row(struct check *check, const struct device *row)
{
	struct finding *finding =
		check_add(check, VERDICT_UNKNOWN, REASON_BINDING_BROKEN, row->row.subject,
			  row->row.node->where, "cannot be compared, because its row is wrong");

	finding->caused_by = row->row.cause;
}

static void judge_rows(struct check *check, const struct live_devices *live,
		       const struct live_pairing *pairs, const struct pairing *declared)
{
	const struct devices *rows = &check->context->repo->devices;

	for (size_t i = 0; i < rows->len; i++) {
		struct trio trio = {&rows->at[i], declared->target_of[i], pairs->device_of[i]};

		if (trio.row->row.is_broken) {
			judge_broken_row(check, trio.row);
		} else if (!trio.device) {
			judge_gone_row(check, trio.row, trio.target, live);
		} else {
			trio_judge(check, &trio);
		}
	}
}

/** The target that a live device without a row is; NULL if it is none. */
static const struct target *target_of(const struct targets *targets,
				      const struct live_device *device)
{
	for (size_t i = 0; i < targets->len; i++) {
		const struct target *target = &targets->at[i];
		struct text label = live_device_label(device);

		if ((target->tailscale_ip.address.family != ADDRESS_NONE &&
		     live_device_has(device, &target->tailscale_ip.address)) ||
		    (target->id && !device->is_guest && text_is(label, target->id))) {
			return target;
		}
	}
	return NULL;
}

static bool is_ignored(const struct check *check, const struct live_device *device)
{
	const struct tailnet_live_gate *gate = check->settings;
	AUTO(auto_str) struct str label = {0};

	str_add_text(&label, live_device_label(device));
	for (size_t i = 0; i < gate->ignore.len; i++) {
		if (glob_match(gate->ignore.at[i], str_text(&label)) ||
		    glob_match(gate->ignore.at[i], device->fqdn)) {
			return true;
		}
	}
	return false;
}

/** The row whose name a live device without one has got a number on; NULL if there is none. */
static const struct device *drifted_from(const struct devices *rows,
					 const struct live_device *device)
{
	struct text label = live_device_label(device);

	if (device->is_guest) {
		return NULL;
	}
	if (device->hostname && strlen(device->hostname) == label.len &&
	    strncasecmp(device->hostname, label.at, label.len) == 0) {
		return NULL; /* the machine itself is called so */
	}
	for (size_t i = 0; i < rows->len; i++) {
		const char *id = rows->at[i].id;

		if (id && name_is_drifted(label, id)) {
			return &rows->at[i];
		}
	}
	return NULL;
}

static void judge_new_device(struct check *check, const struct live_device *device)
{
	const struct repo *repo = check->context->repo;
	const struct device *row = drifted_from(&repo->devices, device);
	const struct target *target = target_of(&repo->targets, device);
	const char *subject = check_text(check, "device:%s", device->fqdn);
	struct finding *finding = NULL;

	if (row) {
		finding = check_add(check, VERDICT_FAIL, REASON_TAILNET_NAMING_DRIFT, subject,
				    node_place(row->row.node, "fqdn"),
				    "is live beside '%s': a machine has registered twice", row->id);
		finding->hint = "find out which of the two nodes is alive, and remove the other";
	} else if (target) {
		finding = check_add(check, VERDICT_FAIL, REASON_TAILNET_NOT_IN_SNAPSHOT,
				    target->row.subject, node_place(target->row.node, "id"),
				    "is %s in the live tailnet, and the snapshot does not have it",
				    device->fqdn);
		finding->hint = "gaterun snapshot refresh";
	} else if (!device->is_guest) {
		finding = check_add(check, VERDICT_FAIL, REASON_TAILNET_UNDECLARED, subject,
				    node_place(repo->devices.binding.root, "devices"),
				    "is in the live tailnet, and neither in the snapshot nor in "
				    "ssh.targets");
		finding->hint = "who brought it in? Then gaterun snapshot refresh, or name it "
				"under `ignore`";
	}
}

static void judge_new_devices(struct check *check, const struct live_devices *live,
			      const struct live_pairing *pairs)
{
	for (size_t i = 0; i < live->list.len; i++) {
		if (!pairs->row_of[i] && !is_ignored(check, &live->list.at[i])) {
			judge_new_device(check, &live->list.at[i]);
		}
	}
}

static bool is_live(const struct live_devices *live, const struct target *target)
{
	for (size_t i = 0; i < live->list.len; i++) {
		if (live_device_has(&live->list.at[i], &target->tailscale_ip.address)) {
			return true;
		}
	}
	return false;
}

/** Targets that the snapshot does not have, and the live tailnet neither. */
static void judge_lone_targets(struct check *check, const struct live_devices *live,
			       const struct pairing *declared)
{
	const struct targets *targets = &check->context->repo->targets;

	for (size_t i = 0; i < targets->len; i++) {
		const struct target *target = &targets->at[i];

		if (!declared->device_of[i] && !target->row.is_broken &&
		    target->tailscale_ip.address.family != ADDRESS_NONE && !is_live(live, target)) {
			struct finding *finding = check_add(
				check, VERDICT_FAIL, REASON_TAILNET_GONE, target->row.subject,
				node_place(target->row.node, "tailscale_ip"),
				"has the tailnet address %s, which no live device has",
				target->tailscale_ip.text);

			finding->hint = "has it left the tailnet? Correct ssh.targets";
		}
	}
}

/** Another tailnet has other machines: one finding, instead of one for each of them. */
static bool is_elsewhere(struct check *check, const struct live_devices *live)
{
	const struct devices *rows = &check->context->repo->devices;
	struct finding *finding = NULL;

	if (!rows->tailnet || !live->domain || !strchr(rows->tailnet, '.') ||
	    dns_name_same(rows->tailnet, live->domain)) {
		return false;
	}
	finding = check_add(check, VERDICT_FAIL, REASON_TAILNET_OTHER, DAEMON_SUBJECT,
			    node_place(rows->binding.root, "tailnet"),
			    "the snapshot is of the tailnet %s, and this machine is in %s",
			    rows->tailnet, live->domain);
	finding->hint = "run this where the snapshot was taken, or correct its `tailnet`";
	return true;
}

void judge_live(struct check *check, const struct live_devices *live)
{
	const struct repo *repo = check->context->repo;
	struct arena *arena = check->context->arena;
	struct live_pairing pairs = {0};
	struct pairing declared = {0};

	if (is_elsewhere(check, live)) {
		return;
	}
	live_pairing_make(arena, &repo->devices, live, &pairs);
	pairing_make(arena, &repo->targets, &repo->devices, &declared);
	judge_rows(check, live, &pairs, &declared);
	judge_new_devices(check, live, &pairs);
	judge_lone_targets(check, live, &declared);
}

static bool asks_api(const struct check *check)
{
	const struct tailnet_live_gate *gate = check->settings;

	return gate->source == LIVE_TELLER_API;
}

static void begin(struct check *check)
{
	if (asks_api(check)) {
		live_from_api_begin(check);
	} else {
		(void)daemon_ask(check->context->local_daemon, DAEMON_STATUS, check);
	}
}

static bool is_ready(const struct check *check)
{
	return asks_api(check)
		       ? live_from_api_is_ready(check)
		       : daemon_ask(check->context->local_daemon, DAEMON_STATUS, NULL)->is_done;
}

/** What the daemon tells; false if it does not, which is a finding then. */
static bool take_from_daemon(struct check *check, struct live_devices *out)
{
	const struct tailnet_status *status = NULL;
	struct err err = {0};

	if (daemon_is_missing(check, check->context->local_daemon, DAEMON_STATUS)) {
		return false;
	}
	status = daemon_status(check->context->local_daemon);
	if (daemon_is_blocked(check, &this_machine, status)) {
		return false;
	}
	if (live_devices_from_status(check->context->arena, status, out, &err)) {
		(void)check_add(check, VERDICT_UNKNOWN, REASON_TAILNET_UNSEEN, DAEMON_SUBJECT,
				(struct place){0}, "%s, so there is nothing to compare with",
				err.text);
		return false;
	}
	return true;
}

static void judge(struct check *check)
{
	struct live_devices live = {0};

	if (asks_api(check) ? live_from_api_take(check, &live) : take_from_daemon(check, &live)) {
		judge_live(check, &live);
		live_devices_release(&live);
	}
}

static const struct choice tellers[] = {
	{"daemon", LIVE_TELLER_DAEMON,
	 "the tailscaled of this machine; it sees what policy shows it"},
	{"api", LIVE_TELLER_API,
	 "the API of the control plane, with the user's credential; active"},
	{0},
};

static const struct field tailnet_live_fields[] = {
	{"source", FIELD_CHOICE, offsetof(struct tailnet_live_gate, source), .choices = tellers,
	 .fallback = "daemon", .doc = "who is asked what the live tailnet is"},
	{"ignore", FIELD_TEXTS, offsetof(struct tailnet_live_gate, ignore),
	 .doc = "globs over names of live devices that need no row"},
	{0},
};

static void check_settings(struct decode *decode, const struct gate *gate, void *settings)
{
	const struct tailnet_live_gate *own = settings;

	(void)gate;
	globs_check(decode, &own->ignore);
}

const struct kind kind_tailnet_live = {
	.name = "tailnet_live",
	.doc = "Compares ssh.targets and the tailnet snapshot with the live tailnet, as the tailscaled "
	       "of this machine sees it, or as the API of the control plane tells it. Passes when every device is in all that should have it, under "
	       "the name and the address that it has",
	.fields = tailnet_live_fields,
	.settings_size = sizeof(struct tailnet_live_gate),
	.mode = MODE_PASSIVE,
	.needs = NEEDS_TARGETS | NEEDS_DEVICES,
	.check_settings = check_settings,
	.begin = begin,
	.is_ready = is_ready,
	.judge = judge,
};
