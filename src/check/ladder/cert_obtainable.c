/*
 * cert_obtainable: each TLS name is really served with a good certificate, or the one cause why not
 * is known.
 */
#include <stdlib.h>

#include "base/cleanup.h"
#include "check/ladder/ladder_kind.h"
#include "check/reach/authorities.h"
#include "check/reach/tls_names.h"

/** Settings. */
struct cert_obtainable {
	struct texts endpoints;
	const char *ca;
};

static const struct field fields[] = {
	{"endpoints", FIELD_TEXTS, offsetof(struct cert_obtainable, endpoints),
	 .doc = "ids of endpoints; without it, all that have a TLS name"},
	{"ca", FIELD_TEXT, offsetof(struct cert_obtainable, ca),
	 .doc = "file of the repo with certificates of authorities, in PEM, that count beside those of "
		"the system"},
	{0},
};

static void begin(struct check *check)
{
	const struct cert_obtainable *self = check->settings;
	struct ladder_subjects *subjects = mem_alloc(sizeof(*subjects));
	AUTO(auto_free)
	struct tls_place *places =
		mem_alloc((endpoints_most(check, &self->endpoints) + 1) * sizeof(*places));
	size_t count = tls_places_choose(check, &self->endpoints, places);

	const struct tls_roots *roots = NULL;

	subjects->check = check;
	check->state = subjects;
	if (self->ca && !authorities_read(check, self->ca, &roots)) {
		return;
	}
	for (size_t i = 0; i < count; i++) {
		const struct tls_place *place = &places[i];
		struct ladder_subject *one = ladder_add(subjects);

		one->subject = place->endpoint->row.subject;
		one->where = node_place(place->endpoint->row.node, "url");
		climb_spec_of(check->context->repo, place, &one->spec);
		one->spec.roots = roots;
	}
	ladder_start(subjects);
}

static bool is_ready(const struct check *check)
{
	const struct ladder_subjects *subjects = check->state;

	return subjects->under_way == 0;
}

static void judge(struct check *check)
{
	ladder_report(check->state);
	free(check->state);
	check->state = NULL;
}

const struct kind kind_cert_obtainable = {
	.name = "cert_obtainable",
	.doc = "Asks for each TLS name of the endpoints whether a certificate is really served: the "
	       "name at its own node, the daemon of this machine, its serve configuration and, where "
	       "there is none, its endpoint for certificates. Where another node shows none, and a "
	       "target has its address, the daemon there is asked over SSH. Passes when each is shown "
	       "a good one; else gives the one cause",
	.fields = fields,
	.settings_size = sizeof(struct cert_obtainable),
	.mode = MODE_ACTIVE,
	.needs = NEEDS_ENDPOINTS,
	.is_per_target = true,
	.begin = begin,
	.is_ready = is_ready,
	.judge = judge,
};
