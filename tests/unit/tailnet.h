/*
 * A made-up tailnet for the fleet of fleet.h, in the words of a daemon, and ways to break it: for
 * tests of the kinds that judge what a daemon says, on captured answers.
 *
 *	struct tailnet *tailnet = tailnet_new("tailnet_node", "");
 *	tailnet_edit(tailnet, "\"Online\":true", "\"Online\":false");
 *	tailnet_judge(tailnet, judge);
 *	tailnet_expect(tailnet, VERDICT_FAIL, REASON_NODE_OFFLINE, "daemon:local");
 *	tailnet_free(tailnet);
 *
 * Include it after <cmocka.h>.
 */
#ifndef TESTS_UNIT_TAILNET_H
#define TESTS_UNIT_TAILNET_H

#include "fleet.h"
#include "net/tailnet_prefs.h"
#include "net/tailnet_status.h"

/** The run is on alder; all devices of the fleet are there, and two that are nobody's business. */
static const char tailnet_text[] =
	"{\"Version\":\"1.98.9-tabc\",\"TUN\":true,\"BackendState\":\"Running\",\n"
	"\"AuthURL\":\"\",\"TailscaleIPs\":[\"100.70.1.11\"],\n"
	"\"Self\":{\"ID\":\"nALDER\",\"NodeID\":9007199254740993,\"PublicKey\":\"nodekey:a0\",\n"
	"\"HostName\":\"alder\",\"DNSName\":\"alder.grove.ts.net.\",\"OS\":\"linux\",\n"
	"\"TailscaleIPs\":[\"100.70.1.11\"],\"AllowedIPs\":[\"100.70.1.11/32\"],\n"
	"\"Tags\":[\"tag:ops\",\"tag:rack\"],\"Relay\":\"fra\",\"CapMap\":{\"https\":null},\n"
	"\"KeyExpiry\":\"2026-12-01T00:00:00Z\",\"Online\":true},\n"
	"\"Health\":[],\"MagicDNSSuffix\":\"grove.ts.net\",\n"
	"\"CurrentTailnet\":{\"Name\":\"grove\",\"MagicDNSSuffix\":\"grove.ts.net\","
	"\"MagicDNSEnabled\":true},\n"
	"\"CertDomains\":[\"alder.grove.ts.net\"],\n"
	"\"Peer\":{\n"
	"\"nodekey:b1\":{\"ID\":\"nBIRCH\",\"HostName\":\"birch\",\n"
	"\"DNSName\":\"birch.grove.ts.net.\",\"OS\":\"linux\",\"TailscaleIPs\":[\"100.70.1.12\"],\n"
	"\"Online\":true,\"CurAddr\":\"10.7.0.12:41641\",\"Relay\":\"fra\",\"Active\":true},\n"
	"\"nodekey:b2\":{\"ID\":\"nCEDAR\",\"HostName\":\"cedar-box\",\n"
	"\"DNSName\":\"cedar-box.grove.ts.net.\",\"TailscaleIPs\":[\"100.70.1.13\"],"
	"\"Online\":true},\n"
	"\"nodekey:b3\":{\"ID\":\"nELM\",\"HostName\":\"elm-node\",\n"
	"\"DNSName\":\"elm-node.grove.ts.net.\",\"TailscaleIPs\":[\"100.70.1.14\"],"
	"\"Online\":true},\n"
	"\"nodekey:b4\":{\"ID\":\"nFIR\",\"HostName\":\"fir\",\n"
	"\"DNSName\":\"fir.grove.ts.net.\",\"TailscaleIPs\":[\"100.70.1.15\"],\"Online\":true},\n"
	"\"nodekey:b5\":{\"ID\":\"nHOLLY\",\"HostName\":\"holly\",\n"
	"\"DNSName\":\"holly.grove.ts.net.\",\"TailscaleIPs\":[\"100.70.1.17\"],"
	"\"Online\":true},\n"
	"\"nodekey:b6\":{\"ID\":\"nIRIS\",\"HostName\":\"iris\",\n"
	"\"DNSName\":\"iris.grove.ts.net.\",\"TailscaleIPs\":[\"fd7a:115c:a1e0::18\"],"
	"\"Online\":true},\n"
	"\"nodekey:b7\":{\"ID\":\"nPHONE\",\"HostName\":\"phone\",\n"
	"\"DNSName\":\"phone.grove.ts.net.\",\"OS\":\"iOS\",\"TailscaleIPs\":[\"100.70.1.99\"],"
	"\"Online\":true},\n"
	"\"nodekey:c1\":{\"ID\":\"nMULLVAD\",\"DNSName\":\"de-ber-wg-001.mullvad.ts.net.\",\n"
	"\"TailscaleIPs\":[\"100.70.9.1\"],\"ExitNodeOption\":true},\n"
	"\"nodekey:c2\":{\"ID\":\"nSHARED\",\"HostName\":\"theirs\",\"DNSName\":\"\",\n"
	"\"TailscaleIPs\":[\"100.70.9.2\"],\"ShareeNode\":true}\n"
	"},\"User\":null,\"ClientVersion\":{\"RunningLatest\":true}}\n";

static const char tailnet_prefs_text[] =
	"{\"ControlURL\":\"https://controlplane.tailscale.com\",\"RouteAll\":false,"
	"\"ExitNodeID\":\"\",\"CorpDNS\":true,\"RunSSH\":false,\"WantRunning\":true,"
	"\"LoggedOut\":false,\"ShieldsUp\":false,\"AdvertiseTags\":null,\"Hostname\":\"alder\","
	"\"AdvertiseRoutes\":null,\"NetfilterMode\":2,\"AutoUpdate\":{\"Check\":true,"
	"\"Apply\":null}}";

struct tailnet {
	struct fleet *fleet;
	struct str status_text;
	struct str prefs_text;
	struct tailnet_status status;
	struct tailnet_prefs prefs;
	struct context context;
	struct check check;
};

/** @param settings  lines of the gate: "with: {key_days: 3}\n" */
static inline struct tailnet *tailnet_new(const char *kind, const char *settings)
{
	struct tailnet *tailnet = mem_alloc(sizeof(*tailnet));

	tailnet->fleet = fleet_new();
	str_add(&tailnet->status_text, tailnet_text);
	str_add(&tailnet->prefs_text, tailnet_prefs_text);
	fixture_gate(tailnet->fleet->fixture, "G001", kind, settings);
	return tailnet;
}

/** Replace the first `old` of a text; the test fails without one. */
static inline void tailnet_replace(struct str *text, const char *old, const char *new)
{
	const char *at = strstr(str_text(text), old);
	struct str edited = {0};

	if (!at) {
		fail_msg("no '%s' in what the daemon says", old);
	}
	str_add_bytes(&edited, text->at, (size_t)(at - text->at));
	str_add(&edited, new);
	str_add(&edited, at + strlen(old));
	str_release(text);
	*text = edited;
}

static inline void tailnet_edit(struct tailnet *tailnet, const char *old, const char *new)
{
	tailnet_replace(&tailnet->status_text, old, new);
}

/** Load the fleet, read what the daemon says, and judge. */
static inline void tailnet_judge(struct tailnet *tailnet,
				 void (*judge)(struct check *check, struct tailnet *tailnet))
{
	struct fixture *f = tailnet->fleet->fixture;
	struct err err = {0};

	fleet_write(tailnet->fleet);
	assert_int_equal(fixture_load(f), 0);
	if (tailnet_status_parse(&f->run.arena, str_view(&tailnet->status_text), &tailnet->status,
				 &err) ||
	    tailnet_prefs_parse(&f->run.arena, str_view(&tailnet->prefs_text), &tailnet->prefs,
				&err)) {
		fail_msg("%s", err.text);
	}
	f->run.results = mem_alloc(sizeof(*f->run.results));
	f->run.result_count = 1;
	f->run.results[0].gate = gates_find(&f->repo.gates, "G001");
	f->has_run = true;
	tailnet->context = (struct context){.repo = &f->repo, .arena = &f->run.arena};
	tailnet->check = (struct check){.gate = f->run.results[0].gate,
					.kind = f->run.results[0].gate->kind,
					.settings = f->run.results[0].gate->settings,
					.context = &tailnet->context,
					.result = &f->run.results[0]};
	judge(&tailnet->check, tailnet);
	result_settle(&f->run.results[0], &f->run.arena);
}

/** The finding with this verdict, reason and subject. */
static inline const struct finding *tailnet_expect(const struct tailnet *tailnet,
						   enum verdict verdict, enum reason reason,
						   const char *subject)
{
	const struct findings *findings = &fixture_result(tailnet->fleet->fixture)->findings;

	for (size_t i = 0; i < findings->len; i++) {
		const struct finding *finding = &findings->at[i];

		if (finding->verdict == verdict && finding->reason == reason &&
		    strcmp(finding->subject, subject) == 0) {
			return finding;
		}
	}
	fleet_print(tailnet->fleet);
	fail_msg("not found: %s %s %s", verdict_word(verdict), reason_code(reason), subject);
	return NULL;
}

static inline void tailnet_free(struct tailnet *tailnet)
{
	str_release(&tailnet->status_text);
	str_release(&tailnet->prefs_text);
	fleet_free(tailnet->fleet);
	free(tailnet);
}

#endif
