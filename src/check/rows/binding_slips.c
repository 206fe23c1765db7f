#include "check/rows/binding_slips.h"

#include <string.h>

#include "model/file_form.h"

/** Between words of so few letters two edits are another word: `days` is not `tags`. */
#define SHORT_WORD ((size_t)4)

/** (That a required one is missing is told, and then the slip is its hint.) */
static void remark_on_map(struct check *check, const char *subject, const struct node *map,
			  const struct field *fields)
{
	if (!map || map->kind != NODE_MAP) {
		return;
	}
	for (const struct field *field = fields; field->name; field++) {
		const char *slip = NULL;
		struct finding *finding = NULL;

		if (field->name[0] == '\0' || field->required || node_get(map, field->name)) {
			continue;
		}
		slip = field_slip(fields, map, field->name);
		if (!slip || (strlen(field->name) <= SHORT_WORD && slip[0] != field->name[0])) {
			continue;
		}
		finding = check_add(check, VERDICT_PASS, REASON_BINDING_SLIP, subject,
				    node_get(map, slip)->key_where,
				    "'%s' means nothing here and is ignored", slip);
		finding->detail = slip;
		finding->hint = check_text(check, "was '%s' meant?", field->name);
	}
}

static const char *file_subject(struct check *check, const struct binding *binding)
{
	return check_text(check, "file:%s", binding->path);
}

void remark_on_slips(struct check *check, const struct repo *repo)
{
	const struct targets *targets = &repo->targets;
	const struct devices *devices = &repo->devices;
	const struct endpoints *endpoints = &repo->endpoints;

	remark_on_map(check, file_subject(check, &targets->binding), targets->defaults,
		      target_default_fields);
	for (size_t i = 0; i < targets->len; i++) {
		const struct row *row = &targets->at[i].row;

		remark_on_map(check, row->subject, row->node, target_fields);
	}
	remark_on_map(check, file_subject(check, &devices->binding), devices->binding.root,
		      snapshot_head_fields);
	for (size_t i = 0; i < devices->len; i++) {
		const struct row *row = &devices->at[i].row;

		remark_on_map(check, row->subject, row->node, device_fields);
	}
	for (size_t i = 0; i < endpoints->len; i++) {
		const struct row *row = &endpoints->at[i].row;

		remark_on_map(check, row->subject, row->node, endpoint_fields);
	}
}
