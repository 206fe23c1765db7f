#include "check/tailnet/tailnet_trio.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "net/dns_name.h"

struct finding *trio_add(struct check *check, const struct trio *trio, enum verdict verdict,
			 enum reason reason, const char *key)
{
	struct finding *finding =
		check_add(check, verdict, reason, trio->row->row.subject,
			  node_place(trio->row->row.node, key), "%s", reason_doc(reason));

	if (trio->target) {
		finding_relate(finding, node_place(trio->target->row.node, "id"));
	}
	return finding;
}

/* ---- names */

bool name_is_drifted(struct text label, const char *base)
{
	size_t len = strlen(base);
	size_t at = len + 1;

	if (len == 0 || label.len < len + 2 || label.at[len] != '-' ||
	    strncasecmp(label.at, base, len) != 0) {
		return false;
	}
	while (at < label.len && isdigit((unsigned char)label.at[at])) {
		at++;
	}
	return at == label.len;
}

/** Does the machine, or whoever wrote the row, call it so? */
static bool is_called(const struct trio *trio, struct text label)
{
	const char *names[] = {trio->row->id, trio->target ? trio->target->id : NULL,
			       trio->device->hostname};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i] && strlen(names[i]) == label.len &&
		    strncasecmp(names[i], label.at, label.len) == 0) {
			return true;
		}
	}
	return false;
}

/** The name that a machine lost to another node; NULL if it has the one it is meant to have. */
static const char *lost_name(const struct trio *trio)
{
	struct text label = live_device_label(trio->device);
	const char *names[] = {trio->device->hostname, trio->row->id,
			       trio->target ? trio->target->id : NULL};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !is_called(trio, label); i++) {
		if (names[i] && name_is_drifted(label, names[i])) {
			return names[i];
		}
	}
	return NULL;
}

static void judge_name(struct check *check, const struct trio *trio)
{
	const char *fqdn = trio->device->fqdn;
	const char *lost = lost_name(trio);
	bool is_known = trio->row->fqdn && dns_name_same(trio->row->fqdn, fqdn);
	struct finding *finding = NULL;

	if (lost) {
		finding = trio_add(check, trio, is_known ? VERDICT_PASS : VERDICT_FAIL,
				   REASON_TAILNET_NAMING_DRIFT, "fqdn");
		finding->message = check_text(
			check, "is %s in the live tailnet: another node holds, or held, '%s'%s",
			fqdn, lost, is_known ? ", as the snapshot knows" : "");
		finding->detail = check_text(check, "%s", fqdn);
		finding->hint = "remove the node that is left over in the admin console, then give "
				"this one its name back; keep its state directory, or it drifts "
				"again";
	} else if (!is_known) {
		finding = trio_add(check, trio, VERDICT_FAIL, REASON_TAILNET_FQDN, "fqdn");
		finding->message =
			check_text(check, "is %s in the live tailnet and %s in the snapshot", fqdn,
				   trio->row->fqdn ? trio->row->fqdn : "without a name");
		finding->detail = check_text(check, "%s", fqdn);
		finding->hint = "gaterun snapshot refresh, and look for the old name elsewhere";
	}
}

/* ---- addresses */

static const char *address_words(const struct address_field *field)
{
	return field->address.family != ADDRESS_NONE ? field->text : "none";
}

static bool is_told_otherwise(const struct live_device *device, const struct address_field *field)
{
	return field->address.family != ADDRESS_NONE && !live_device_has(device, &field->address);
}

static void judge_address(struct check *check, const struct trio *trio)
{
	const struct address *live = live_device_address(trio->device);
	const struct address_field none = {0};
	const struct address_field *target = trio->target ? &trio->target->tailscale_ip : &none;
	bool row_differs = is_told_otherwise(trio->device, &trio->row->tailscale_ip);
	bool target_differs = is_told_otherwise(trio->device, target);
	char text[ADDRESS_TEXT_BYTES];
	struct finding *finding = NULL;

	if (!live || (!row_differs && !target_differs)) {
		return;
	}
	address_format(live, text);
	finding = trio_add(check, trio, VERDICT_FAIL, REASON_TAILNET_ADDRESS, "tailscale_ip");
	finding->message = check_text(
		check, "the tailnet address is %s live, %s in the snapshot%s%s", text,
		address_words(&trio->row->tailscale_ip), trio->target ? " and " : "",
		trio->target ? check_text(check, "%s in ssh.targets", address_words(target)) : "");
	if (trio->target) {
		finding->related[0] = node_place(trio->target->row.node, "tailscale_ip");
	}
	if (!row_differs && trio->target) {
		finding->related[0] = finding->where;
		finding->where = node_place(trio->target->row.node, "tailscale_ip");
	}
	finding->detail = check_text(check, "%s", text);
	finding->hint = "the live tailnet is right about its addresses; correct the files";
}

/* ---- what a row may say further */

/** Is the node a scalar with that text? */
static bool is_scalar(const struct node *node, const char *text)
{
	return node->kind == NODE_SCALAR && text_is(node->text, text);
}

static bool list_holds(const struct node *list, const char *text)
{
	for (const struct node *one = list->first; one; one = one->next) {
		if (is_scalar(one, text)) {
			return true;
		}
	}
	return false;
}

/** Are they the same set? */
static bool same_texts(const struct node *list, const struct texts *texts)
{
	for (size_t i = 0; i < texts->len; i++) {
		if (!list_holds(list, texts->at[i])) {
			return false;
		}
	}
	for (const struct node *one = list->first; one; one = one->next) {
		if (one->kind != NODE_SCALAR || !texts_hold(texts, one->text.at)) {
			return false;
		}
	}
	return true;
}

static const char *join(struct check *check, const struct texts *texts)
{
	const char *joined = texts->len > 0 ? texts->at[0] : "none";

	for (size_t i = 1; i < texts->len; i++) {
		joined = check_text(check, "%s, %s", joined, texts->at[i]);
	}
	return joined;
}

/** A list that the row has and the source tells. */
static void judge_list(struct check *check, const struct trio *trio, const char *key,
		       const struct texts *live, enum reason reason)
{
	const struct node *list = node_get(trio->row->row.node, key);
	struct finding *finding = NULL;

	if (!live || node_is_null(list) || list->kind != NODE_LIST || same_texts(list, live)) {
		return;
	}
	finding = trio_add(check, trio, VERDICT_FAIL, reason, key);
	finding->message = check_text(check,
				      "%s: live there is %s, which is not what the snapshot "
				      "says",
				      key, join(check, live));
	finding->detail = check_text(check, "%s", key);
	finding->hint = "gaterun snapshot diff shows both";
}

static void judge_registration(struct check *check, const struct trio *trio)
{
	const struct node *id = node_get(trio->row->row.node, "node_id");
	const struct node *expiry = node_get(trio->row->row.node, "key_expiry_disabled");
	enum told told = trio->device->key_expiry_disabled;
	struct finding *finding = NULL;

	if (!node_is_null(id) && trio->device->node_id && !is_scalar(id, trio->device->node_id)) {
		finding = trio_add(check, trio, VERDICT_FAIL, REASON_TAILNET_REKEYED, "node_id");
		finding->message =
			"is another node than the one in the snapshot: it has registered anew";
		finding->hint = "find out who did that and why; then gaterun snapshot refresh";
	}
	if (told != TOLD_NOT && !node_is_null(expiry) &&
	    !is_scalar(expiry, told == TOLD_YES ? "true" : "false")) {
		finding = trio_add(check, trio, VERDICT_FAIL, REASON_TAILNET_KEY_EXPIRY,
				   "key_expiry_disabled");
		finding->message =
			told == TOLD_YES
				? "its key does not expire, and the snapshot says that it does"
				: "its key expires, and the snapshot says that it does not";
		finding->hint = "a key that expires on a machine without humans takes it off the "
				"tailnet";
	}
}

void trio_judge(struct check *check, const struct trio *trio)
{
	struct finding *finding = NULL;

	check->result->checked++;
	judge_name(check, trio);
	judge_address(check, trio);
	judge_list(check, trio, "tags", &trio->device->tags, REASON_TAILNET_TAGS);
	judge_list(check, trio, "advertised_routes", trio->device->advertised_routes,
		   REASON_TAILNET_ROUTES);
	judge_list(check, trio, "enabled_routes", trio->device->enabled_routes,
		   REASON_TAILNET_ROUTES);
	judge_registration(check, trio);
	if (trio->device->online == TOLD_NO && trio->row->policy != POLICY_CLIENT) {
		finding = trio_add(check, trio, VERDICT_PASS, REASON_TAILNET_OFFLINE, "id");
		finding->message = "is in the tailnet, and offline now";
	}
}
