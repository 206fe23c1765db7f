#include "model/file_form.h"

#include <string.h>

#include "model/gate.h"
#include "model/repo.h"

/* The decoders reach the rows of a binding themselves, so the maps around them are told here. */

static const struct field ssh_fields[] = {
	{"defaults", FIELD_STRUCT, 0, .fields = target_default_fields,
	 .doc = "what targets leave out"},
	{"targets", FIELD_LIST, 0, .required = true, .fields = target_fields,
	 .doc = "the machines"},
	{0},
};

static const struct field ssh_targets_fields[] = {
	{"ssh", FIELD_STRUCT, 0, .required = true, .fields = ssh_fields, .doc = "all of it"},
	{0},
};

static const struct field endpoints_fields[] = {
	{"endpoints", FIELD_LIST, 0, .required = true, .fields = endpoint_fields,
	 .doc = "what answers where"},
	{0},
};

static const struct field devices_fields[] = {
	{"devices", FIELD_LIST, 0, .required = true, .fields = device_fields,
	 .doc = "a row for each device"},
	{0},
};

const struct file_form file_forms[] = {
	{"gaterun.yaml", "What the repo is called, where its files are, and the key of automation.",
	 config_fields, NULL},
	{"ssh.targets.yaml", "The machines that jobs reach over SSH. Other keys are ignored.",
	 ssh_targets_fields, NULL},
	{"tailscale.tailnet.snapshot.yaml",
	 "The tailnet as it was when somebody last looked. Other keys are ignored.", devices_fields,
	 snapshot_head_fields},
	{"services.health.yaml", "The URLs of services. Other keys are ignored.", endpoints_fields,
	 NULL},
	{"probe.policy.yaml",
	 "What a run may touch. The contexts are local, pre-commit, ci and scheduled; one that is "
	 "not named is passive (local, scheduled) or static (pre-commit, ci).",
	 policy_fields, NULL},
	{"waivers.yaml", "Findings that are tolerated until a day.", waivers_fields, NULL},
	{"tailscale.acl.policy.hujson",
	 "The tailnet's policy, in Tailscale's own words. `gaterun explain tailnet_policy` says what "
	 "is looked for in it.",
	 NULL, NULL},
	{"gate",
	 "A gate, one in each file of gates/. `gaterun explain KIND` says what 'with' takes.",
	 gate_fields, NULL},
	{0},
};

const struct file_form *file_form_find(const char *name)
{
	const char *slash = strrchr(name, '/');

	name = slash ? slash + 1 : name;
	for (const struct file_form *form = file_forms; form->name; form++) {
		size_t len = strlen(form->name);
		size_t stem = len > strlen(".yaml") ? len - strlen(".yaml") : len;

		if (strcmp(form->name, name) == 0 ||
		    (strlen(name) == stem && strncmp(form->name, name, stem) == 0)) {
			return form;
		}
	}
	return NULL;
}
