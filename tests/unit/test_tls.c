/* The TLS prober against servers of OpenSSL and against bytes that no server should send. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tls_peer.h"

/** One authority with an intermediate, and one certificate of each. */
static struct {
	struct signer root;
	struct signer middle;
	struct signer leaf;
	struct signer direct; /**< signed by the root itself */
	struct str roots_pem;
	struct tls *tls;
	const struct tls_roots *roots;
} scene;

#define NAME "immich.example"

static int set_scene(void **state)
{
	struct err err = {0};

	(void)state;
	scene.root = signer_make(&(struct signer_spec){
		.subject = "Shop Root", .is_ca = true, .from_days = -100, .until_days = 1000});
	scene.middle = signer_make(&(struct signer_spec){.subject = "Shop Intermediate",
							 .is_ca = true,
							 .issuer = &scene.root,
							 .from_days = -100,
							 .until_days = 1000});
	scene.leaf = signer_make(&(struct signer_spec){.subject = NAME,
						       .names = "DNS:" NAME ",DNS:*.shop.example,"
								"IP:192.0.2.7",
						       .issuer = &scene.middle,
						       .from_days = -10,
						       .until_days = 80});
	scene.direct = signer_make(&(struct signer_spec){.subject = NAME,
							 .names = "DNS:" NAME,
							 .issuer = &scene.root,
							 .from_days = -10,
							 .until_days = 80});
	scene.roots_pem = signer_pem(&scene.root);
	scene.tls = tls_open();
	return tls_roots_read(scene.tls, str_view(&scene.roots_pem), &scene.roots, &err);
}

static int clear_scene(void **state)
{
	(void)state;
	tls_free(scene.tls);
	str_release(&scene.roots_pem);
	signer_release(&scene.root);
	signer_release(&scene.middle);
	signer_release(&scene.leaf);
	signer_release(&scene.direct);
	return 0;
}

static struct peer good_peer(void)
{
	return (struct peer){.own = &scene.leaf, .sent = {&scene.middle}};
}

static struct tls_facts probe_with(struct peer *peer, struct tls_spec spec)
{
	spec.sni = spec.sni ? spec.sni : NAME;
	return peer_probe(scene.tls, peer, spec);
}

static struct tls_facts probe_good(struct peer *peer)
{
	return probe_with(peer, (struct tls_spec){.roots = scene.roots});
}

/* ---- what a certificate shows */

static void a_good_server_is_seen_whole(void **state)
{
	struct peer peer = good_peer();
	struct tls_facts facts = probe_good(&peer);
	const struct tls_chain *chain = facts.chain;

	(void)state;
	assert_int_equal(facts.outcome, TLS_DONE);
	assert_int_equal(facts.phase, TLS_AT_END);
	assert_int_equal(facts.version, TLS_1_3);
	assert_non_null(facts.cipher);
	assert_int_equal(facts.alert, TLS_NONE);
	assert_int_equal(facts.alert_ms, TLS_NONE);
	assert_true(facts.first_byte_ms >= 0 && facts.first_byte_ms <= facts.ended_ms);
	assert_int_equal(facts.name, TLS_NAME_MATCHES);
	assert_int_equal(facts.client_certificate, TLS_CLIENT_NOT_ASKED);
	assert_int_equal(facts.staple, TLS_STAPLE_NONE);
	assert_non_null(chain);
	assert_int_equal(chain->trust, TLS_TRUSTED);
	assert_int_equal(chain->issuer, TLS_ISSUER_PRIVATE);
	assert_int_equal(chain->error, 0);
	assert_int_equal(chain->len, 2);
	assert_int_equal(chain->left_out, 0);
	assert_string_equal(chain->at[0].subject, "CN=" NAME);
	assert_string_equal(chain->at[0].issuer, "CN=Shop Intermediate");
	assert_int_equal(chain->at[0].names_len, 3);
	assert_string_equal(chain->at[0].names[1], "*.shop.example");
	assert_string_equal(chain->at[0].names[2], "192.0.2.7");
	assert_false(chain->at[0].is_ca);
	assert_true(chain->at[1].is_ca);
	assert_int_equal(strlen(chain->at[0].sha256), 64);
	/* 90 days of life, in whole seconds */
	assert_true(chain->at[0].not_after_utc_ms - chain->at[0].not_before_utc_ms ==
		    INT64_C(90) * 24 * 3600 * 1000);
	assert_true(chain->at[0].not_before_utc_ms < clock_utc_ms());
}

static void one_chain_at_two_ports_is_read_once(void **state)
{
	struct peer peer = good_peer();
	struct tls_facts first = probe_good(&peer);
	struct tls_facts second = probe_good(&peer);
	struct tls_facts others = probe_with(&peer, (struct tls_spec){0});

	(void)state;
	assert_ptr_equal(first.chain, second.chain);
	assert_ptr_not_equal(first.chain, others.chain); /* judged by other roots */
	assert_int_equal(others.chain->trust, TLS_UNKNOWN_ROOT);
}

static void names_are_compared_as_browsers_do(void **state)
{
	static const struct {
		const char *name;
		enum tls_name expected;
	} rows[] = {
		{NAME, TLS_NAME_MATCHES},
		{"IMMICH.example", TLS_NAME_MATCHES},
		{"other.example", TLS_NAME_DIFFERS},
		{"a.shop.example", TLS_NAME_MATCHES},
		{"a.b.shop.example", TLS_NAME_DIFFERS},
		{"shop.example", TLS_NAME_DIFFERS},
		{"192.0.2.7", TLS_NAME_MATCHES},
		{"192.0.2.8", TLS_NAME_DIFFERS},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct peer peer = good_peer();
		struct tls_facts facts = probe_with(
			&peer, (struct tls_spec){.roots = scene.roots, .name = rows[i].name});

		assert_int_equal(facts.outcome, TLS_DONE);
		assert_int_equal(facts.name, rows[i].expected);
	}
}

static void a_name_that_is_only_the_common_name_counts_for_nothing(void **state)
{
	struct signer old = signer_make(
		&(struct signer_spec){.subject = NAME, .issuer = &scene.root, .until_days = 10});
	struct peer peer = {.own = &old};

	(void)state;
	assert_int_equal(probe_good(&peer).name, TLS_NAME_DIFFERS);
	signer_release(&old);
}

static void dates_do_not_matter_to_trust(void **state)
{
	struct signer old = signer_make(&(struct signer_spec){.subject = NAME,
							      .names = "DNS:" NAME,
							      .issuer = &scene.root,
							      .from_days = -20,
							      .until_days = -10});
	struct peer peer = {.own = &old};
	struct tls_facts facts = probe_good(&peer);

	(void)state;
	assert_int_equal(facts.outcome, TLS_DONE);
	assert_int_equal(facts.chain->trust, TLS_TRUSTED);
	assert_true(facts.chain->at[0].not_after_utc_ms < clock_utc_ms());
	signer_release(&old);
}

static void an_authority_that_has_expired_is_noted(void **state)
{
	struct signer middle = signer_make(&(struct signer_spec){.subject = "Old Intermediate",
								 .is_ca = true,
								 .issuer = &scene.root,
								 .from_days = -20,
								 .until_days = -10});
	struct signer leaf = signer_make(&(struct signer_spec){
		.subject = NAME, .names = "DNS:" NAME, .issuer = &middle, .until_days = 10});
	struct peer old = {.own = &leaf, .sent = {&middle}};
	struct peer good = good_peer();
	struct tls_facts facts = probe_good(&old);

	(void)state;
	assert_int_equal(facts.chain->trust, TLS_TRUSTED);
	assert_true(facts.chain->path_until_utc_ms > 0);
	assert_true(facts.chain->path_until_utc_ms < clock_utc_ms());
	assert_true(facts.chain->path_from_utc_ms < facts.chain->path_until_utc_ms);
	facts = probe_good(&good);
	assert_true(facts.chain->path_until_utc_ms > clock_utc_ms());
	assert_true(facts.chain->path_from_utc_ms < clock_utc_ms());
	signer_release(&middle);
	signer_release(&leaf);
}

static void a_certificate_that_signs_itself_is_told_apart(void **state)
{
	struct signer own = signer_make(
		&(struct signer_spec){.subject = NAME, .names = "DNS:" NAME, .until_days = 10});
	struct peer peer = {.own = &own};
	struct tls_facts facts = probe_good(&peer);

	(void)state;
	assert_int_equal(facts.chain->trust, TLS_SELF_SIGNED);
	assert_int_equal(facts.chain->issuer, TLS_ISSUER_SELF);
	assert_true(facts.chain->at[0].is_self_signed);
	signer_release(&own);
}

static void a_certificate_that_signs_itself_can_be_given_as_root(void **state)
{
	struct signer own = signer_make(
		&(struct signer_spec){.subject = NAME, .names = "DNS:" NAME, .until_days = 10});
	AUTO(auto_str) struct str pem = signer_pem(&own);
	struct peer peer = {.own = &own};
	struct tls_spec spec = {0};
	struct err err = {0};

	(void)state;
	assert_int_equal(tls_roots_read(scene.tls, str_view(&pem), &spec.roots, &err), 0);
	assert_int_equal(probe_with(&peer, spec).chain->trust, TLS_TRUSTED);
	signer_release(&own);
}

static void a_missing_intermediate_is_not_an_unknown_root(void **state)
{
	struct peer alone = {.own = &scene.leaf};
	struct peer whole = {.own = &scene.leaf, .sent = {&scene.middle, &scene.root}};
	struct peer direct = {.own = &scene.direct};
	struct tls_spec nobody = {0};

	(void)state;
	assert_int_equal(probe_good(&alone).chain->trust, TLS_MISSING_INTERMEDIATE);
	assert_int_equal(probe_good(&direct).chain->trust, TLS_TRUSTED);
	/* by the roots of the system */
	assert_int_equal(probe_with(&whole, nobody).chain->trust, TLS_UNKNOWN_ROOT);
	assert_int_equal(probe_with(&direct, nobody).chain->trust, TLS_UNKNOWN_ROOT);
}

static void a_public_looking_leaf_alone_lacks_its_intermediate(void **state)
{
	struct signer leaf = signer_make(&(struct signer_spec){
		.subject = NAME, .issuer = &scene.middle, .says_issuer = true, .until_days = 10});
	struct peer peer = {.own = &leaf};

	(void)state;
	assert_int_equal(probe_with(&peer, (struct tls_spec){0}).chain->trust,
			 TLS_MISSING_INTERMEDIATE);
	signer_release(&leaf);
}

static void an_authority_for_tries_is_known_by_its_name(void **state)
{
	struct signer staging = signer_make(&(struct signer_spec){
		.subject = "(STAGING) Pretend Pear X1", .is_ca = true, .until_days = 100});
	struct signer leaf = signer_make(&(struct signer_spec){
		.subject = NAME, .names = "DNS:" NAME, .issuer = &staging, .until_days = 10});
	struct peer peer = {.own = &leaf};
	struct tls_facts facts = probe_good(&peer);

	(void)state;
	assert_int_equal(facts.chain->issuer, TLS_ISSUER_STAGING);
	assert_int_not_equal(facts.chain->trust, TLS_TRUSTED);
	signer_release(&staging);
	signer_release(&leaf);
}

static void a_leaf_that_signs_leaves_is_a_bad_chain(void **state)
{
	struct signer leaf = signer_make(&(struct signer_spec){

		.subject = "inner",
		.names = "DNS:" NAME,
		.issuer = &scene.direct,
		.until_days = 10});
	struct peer peer = {.own = &leaf, .sent = {&scene.direct}};

	(void)state;
	assert_int_equal(probe_good(&peer).chain->trust, TLS_BAD_CHAIN);
	signer_release(&leaf);
}

static void roots_that_are_none_are_said(void **state)
{
	static const char *const wrong[] = {
		"", "hello\n", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		const struct tls_roots *roots = NULL;
		struct err err = {0};

		assert_int_equal(tls_roots_read(scene.tls, text_of(wrong[i]), &roots, &err), -1);
		assert_int_equal(err.code, ERR_INPUT);
		assert_null(roots);
	}
}

/* ---- versions, names and protocols that the server does not have */

static void an_old_server_is_seen_as_old(void **state)
{
	struct peer peer = good_peer();
	struct tls_facts facts;

	(void)state;
	peer.max_version = TLS1_VERSION;
	facts = probe_good(&peer);
	assert_int_equal(facts.outcome, TLS_DONE);
	assert_int_equal(facts.version, TLS_1_0);
	assert_non_null(facts.chain);
	facts = probe_with(&peer, (struct tls_spec){.min_version = TLS_1_2});
	assert_int_equal(facts.outcome, TLS_VERSION);
	assert_null(facts.chain);
}

static void a_newest_version_offered_is_obeyed(void **state)
{
	struct peer peer = good_peer();

	(void)state;
	assert_int_equal(probe_with(&peer, (struct tls_spec){.max_version = TLS_1_2}).version,
			 TLS_1_2);
}

static void an_unknown_name_gives_alert_112(void **state)
{
	struct peer peer = good_peer();
	struct tls_facts facts;

	(void)state;
	peer.only_name = "other.example";
	facts = probe_good(&peer);
	assert_int_equal(facts.outcome, TLS_ALERT);
	assert_int_equal(facts.alert, 112);
	assert_int_equal(facts.alert_at, TLS_AT_SERVER_HELLO);
	assert_true(facts.alert_ms >= 0);
	assert_null(facts.chain);
}

static void a_protocol_is_chosen_or_refused(void **state)
{
	static const char *const offered[] = {"h2", "http/1.1", NULL};
	struct peer peer = good_peer();
	struct tls_facts facts;

	(void)state;
	peer.alpn = "\x08http/1.1";
	facts = probe_with(&peer, (struct tls_spec){.alpn = offered});
	assert_int_equal(facts.outcome, TLS_DONE);
	assert_string_equal(facts.alpn, "http/1.1");
	peer.alpn = "\x03"
		    "foo";
	facts = probe_with(&peer, (struct tls_spec){.alpn = offered});
	assert_int_equal(facts.outcome, TLS_ALERT);
	assert_int_equal(facts.alert, 120);
}

static void a_wanted_client_certificate_is_told_from_a_demanded_one(void **state)
{
	static const struct {
		int version;
		int verify;
		enum tls_outcome outcome;
		enum tls_client_certificate expected;
	} rows[] = {
		{TLS1_2_VERSION, SSL_VERIFY_PEER, TLS_DONE, TLS_CLIENT_ASKED},
		{TLS1_3_VERSION, SSL_VERIFY_PEER, TLS_DONE, TLS_CLIENT_ASKED},
		{TLS1_2_VERSION, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
		 TLS_CLIENT_CERTIFICATE, TLS_CLIENT_REQUIRED},
		{TLS1_3_VERSION, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
		 TLS_CLIENT_CERTIFICATE, TLS_CLIENT_REQUIRED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct peer peer = good_peer();
		struct tls_facts facts;

		peer.max_version = rows[i].version;
		peer.verify = rows[i].verify;
		facts = probe_good(&peer);
		assert_int_equal(facts.outcome, rows[i].outcome);
		assert_int_equal(facts.client_certificate, rows[i].expected);
		assert_non_null(facts.chain); /* seen all the same */
		assert_int_equal(facts.chain->trust, TLS_TRUSTED);
	}
}

static void add_number(struct str *out, size_t number, size_t bytes)
{
	while (bytes-- > 0) {
		str_add_char(out, (char)(number >> (8 * bytes) & 0xff));
	}
}

/** A handshake message in a record of its own. */
static void add_message(struct str *out, int type, struct text body)
{
	add_number(out, 22, 1);
	add_number(out, 0x0303, 2);
	add_number(out, body.len + 4, 2);
	add_number(out, (size_t)type, 1);
	add_number(out, body.len, 3);
	str_add_text(out, body);
}

/** ServerHello of TLS 1.2, and the certificate of somebody. */
static void add_borrowed(struct str *out, unsigned cipher, X509 *certificate)
{
	AUTO(auto_str) struct str hello = {0};
	AUTO(auto_str) struct str list = {0};
	unsigned char *der = NULL;
	int len = i2d_X509(certificate, &der);

	assert_true(len > 0);
	add_number(&hello, 0x0303, 2);
	for (int i = 0; i < 32; i++) {
		add_number(&hello, 7, 1);
	}
	add_number(&hello, 0, 1);
	add_number(&hello, cipher, 2);
	add_number(&hello, 0, 1);
	add_number(&list, (size_t)len + 3, 3);
	add_number(&list, (size_t)len, 3);
	str_add_bytes(&list, (const char *)der, (size_t)len);
	OPENSSL_free(der);
	add_message(out, 2, str_view(&hello));
	add_message(out, 11, str_view(&list));
}

#define ECDHE_ECDSA_AES128_GCM 0xc02b
#define RSA_AES128_GCM 0x009c

static void a_certificate_that_was_only_sent_proves_nothing(void **state)
{
	static const char *const alerts[] = {"\x15\x03\x03\x00\x02\x02\x74",
					     "\x15\x03\x03\x00\x02\x02\x28"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		AUTO(auto_str) struct str bytes = {0};
		struct peer peer = {0};
		struct tls_facts facts;

		add_borrowed(&bytes, ECDHE_ECDSA_AES128_GCM, scene.direct.certificate);
		str_add_bytes(&bytes, alerts[i], 7);
		peer.bytes = bytes.at;
		peer.len = bytes.len;
		facts = probe_good(&peer);
		assert_int_equal(facts.outcome, TLS_ALERT);
		assert_int_equal(facts.phase, TLS_AT_FINISHED);
		assert_int_equal(facts.client_certificate, TLS_CLIENT_NOT_ASKED);
	}
}

/** Where the key only decrypts, nothing is proven before the end. */
static void a_demand_before_the_proof_shows_no_certificate(void **state)
{
	static const char request[] = "\x01\x01\x00\x02\x04\x01\x00\x00";
	AUTO(auto_str) struct str bytes = {0};
	struct signer borrowed = {X509_dup(scene.direct.certificate), EVP_RSA_gen(2048)};
	struct peer peer = {0};
	struct tls_facts facts;

	(void)state;
	assert_true(X509_set_pubkey(borrowed.certificate, borrowed.key));
	assert_true(X509_sign(borrowed.certificate, scene.root.key, EVP_sha256()));
	add_borrowed(&bytes, RSA_AES128_GCM, borrowed.certificate);
	add_message(&bytes, 13, (struct text){request, sizeof(request) - 1});
	add_message(&bytes, 14, (struct text){"", 0});
	str_add_bytes(&bytes, "\x15\x03\x03\x00\x02\x02\x28", 7);
	peer.bytes = bytes.at;
	peer.len = bytes.len;
	peer.holds_open = true;
	facts = probe_with(&peer, (struct tls_spec){.roots = scene.roots, .max_version = TLS_1_2});
	assert_int_equal(facts.outcome, TLS_CLIENT_CERTIFICATE);
	assert_null(facts.chain);
	assert_int_equal(facts.name, TLS_NAME_NOT_ASKED);
	signer_release(&borrowed);
}

/* ---- stapling */

static struct str make_staple(int status, X509 *about)
{
	OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
	OCSP_CERTID *id = OCSP_cert_to_id(NULL, about, scene.middle.certificate);
	ASN1_TIME *now = X509_gmtime_adj(NULL, 0);
	OCSP_RESPONSE *response = NULL;
	struct str out = {0};
	unsigned char *at = NULL;
	int len = 0;

	assert_non_null(OCSP_basic_add1_status(
		basic, id, status, 0, status == V_OCSP_CERTSTATUS_REVOKED ? now : NULL, now, now));
	assert_true(OCSP_basic_sign(basic, scene.middle.certificate, scene.middle.key, EVP_sha256(),
				    NULL, 0));
	response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
	len = i2d_OCSP_RESPONSE(response, &at);
	str_add_bytes(&out, at, (size_t)len);
	OPENSSL_free(at);
	ASN1_TIME_free(now);
	OCSP_CERTID_free(id);
	OCSP_BASICRESP_free(basic);
	OCSP_RESPONSE_free(response);
	return out;
}

static void a_staple_says_how_the_certificate_is(void **state)
{
	static const struct {
		int status;
		enum tls_staple expected;
	} rows[] = {
		{V_OCSP_CERTSTATUS_GOOD, TLS_STAPLE_GOOD},
		{V_OCSP_CERTSTATUS_REVOKED, TLS_STAPLE_REVOKED},
		{V_OCSP_CERTSTATUS_UNKNOWN, TLS_STAPLE_UNKNOWN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct peer peer = good_peer();
		struct tls_facts facts;

		peer.staple = make_staple(rows[i].status, scene.leaf.certificate);
		facts = probe_good(&peer);
		assert_int_equal(facts.staple, rows[i].expected);
		assert_true(facts.staple_produced_utc_ms > clock_utc_ms() - 60000);
		assert_true(facts.staple_until_utc_ms > 0);
		str_release(&peer.staple);
	}
}

static void a_staple_about_another_certificate_is_broken(void **state)
{
	struct peer peer = good_peer();

	(void)state;
	peer.staple = make_staple(V_OCSP_CERTSTATUS_GOOD, scene.direct.certificate);
	assert_int_equal(probe_good(&peer).staple, TLS_STAPLE_BROKEN);
	str_clear(&peer.staple);
	str_add(&peer.staple, "no answer");
	assert_int_equal(probe_good(&peer).staple, TLS_STAPLE_BROKEN);
	str_release(&peer.staple);
}

/* ---- bytes */

#define BYTES(text) .bytes = (text), .len = sizeof(text) - 1
#define ALERT_80 "\x15\x03\x03\x00\x02\x02\x50"

static void an_alert_at_once_has_its_code_and_time(void **state)
{
	struct peer peer = {BYTES(ALERT_80)};
	struct tls_facts facts = probe_good(&peer);

	(void)state;
	assert_int_equal(facts.outcome, TLS_ALERT);
	assert_int_equal(facts.alert, 80);
	assert_string_equal(tls_alert_word(facts.alert), "internal_error");
	assert_int_equal(facts.alert_at, TLS_AT_SERVER_HELLO);
	assert_true(facts.alert_ms >= 0 && facts.alert_ms < 1000);
	assert_int_equal(facts.version, TLS_ANY);
}

static void an_alert_byte_by_byte_is_one_too(void **state)
{
	struct peer peer = {BYTES(ALERT_80), .is_slow = true, .holds_open = true};

	(void)state;
	assert_int_equal(probe_good(&peer).alert, 80);
}

static void a_warning_alone_is_no_alert(void **state)
{
	struct peer peer = {BYTES("\x15\x03\x03\x00\x02\x01\x70")};
	struct tls_facts facts = probe_good(&peer);

	(void)state;
	assert_int_equal(facts.outcome, TLS_CLOSED);
	assert_int_equal(facts.alert, TLS_NONE);
}

static void what_is_not_tls_is_told_apart(void **state)
{
	static const struct {
		const char *bytes;
		enum tls_outcome expected;
		const char *said;
	} rows[] = {
		{"HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n", TLS_PLAIN_HTTP,
		 "HTTP/1.1 400 Bad Request"},
		{"<html><head>", TLS_PLAIN_HTTP, "<html><head>"},
		{"SSH-2.0-OpenSSH_9.2\r\n", TLS_NOT_TLS, "SSH-2.0-OpenSSH_9.2"},
		{"220 mail \x1b[31m\r\n", TLS_NOT_TLS, "220 mail \\x1b[31m"},
		{"\x16\x02\x01", TLS_NOT_TLS, "\\x16\\x02\\x01"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct peer peer = {.bytes = rows[i].bytes, .len = strlen(rows[i].bytes)};
		struct tls_facts facts = probe_good(&peer);

		assert_int_equal(facts.outcome, rows[i].expected);
		assert_string_equal(facts.said, rows[i].said);
	}
}

static void garbage_behind_a_good_start_is_garbage(void **state)
{
	struct peer peer = {BYTES("\x16\x03\x03\x00\x08\x63\x00\x00\x04garb")};
	struct tls_facts facts = probe_good(&peer);

	(void)state;
	assert_int_equal(facts.outcome, TLS_GARBAGE);
	assert_non_null(facts.failure);
}

static void one_who_closes_at_once_was_before_the_server_hello(void **state)
{
	struct peer peer = {BYTES("")};
	struct tls_facts facts = probe_good(&peer);

	(void)state;
	assert_int_equal(facts.outcome, TLS_CLOSED);
	assert_int_equal(facts.phase, TLS_AT_SERVER_HELLO);
	assert_int_equal(facts.first_byte_ms, TLS_NONE);
	assert_int_equal(facts.received_bytes, 0);
}

static void silence_ends_at_the_deadline(void **state)
{
	struct peer silent = {BYTES(""), .holds_open = true};
	struct peer half = {BYTES("\x16\x03\x03\x00\x7a\x02"), .holds_open = true};
	struct tls_spec spec = {.deadline_ms = clock_monotonic_ms() + 50};
	struct tls_facts facts = probe_with(&silent, spec);

	(void)state;
	assert_int_equal(facts.outcome, TLS_TIMEOUT);
	assert_int_equal(facts.phase, TLS_AT_SERVER_HELLO);
	assert_int_equal(facts.first_byte_ms, TLS_NONE);
	spec.deadline_ms = clock_monotonic_ms() + 50;
	facts = probe_with(&half, spec);
	assert_int_equal(facts.outcome, TLS_TIMEOUT);
	assert_true(facts.first_byte_ms >= 0);
	assert_int_equal(facts.received_bytes, 6);
}

/** HelloRequest: a client that waits for a ServerHello takes any number of them. */
static void a_handshake_without_end_meets_the_ceiling(void **state)
{
	struct peer peer = {BYTES("\x16\x03\x03\x00\x04\x00\x00\x00\x00"), .times = 1000000};
	struct tls_facts facts = probe_good(&peer);

	(void)state;
	assert_int_equal(facts.outcome, TLS_FLOOD);
	assert_true(facts.received_bytes > TLS_HANDSHAKE_BYTES);
	assert_true(facts.received_bytes < 2 * TLS_HANDSHAKE_BYTES);
}

static void a_chain_that_never_ends_is_cut(void **state)
{
	struct peer peer = good_peer();
	struct signer more[3];
	struct tls_facts facts;

	(void)state;
	for (size_t i = 0; i < 3; i++) { /* 1,200 names each: some 60 KB together */
		AUTO(auto_str) struct str names = {0};

		for (int j = 0; j < 1200; j++) {
			str_printf(&names, "%sDNS:%d.example", j ? "," : "", j);
		}
		more[i] = signer_make(&(struct signer_spec){.subject = "Huge",
							    .names = str_text(&names),
							    .issuer = &scene.root,
							    .until_days = 10});
		peer.sent[i] = &more[i];
	}
	facts = probe_good(&peer);
	assert_int_equal(facts.outcome, TLS_DONE);
	assert_int_equal(facts.chain->len, 4);
	assert_int_equal(facts.chain->at[1].names_len, TLS_NAMES_MAX);
	assert_int_equal(facts.chain->at[1].names_left_out, 1200 - TLS_NAMES_MAX);
	for (size_t i = 0; i < 3; i++) {
		signer_release(&more[i]);
	}
}

static void a_cancelled_probe_says_nothing(void **state)
{
	struct peer_answer answer = {0};
	struct tls_spec spec = {.sni = NAME, .deadline_ms = clock_monotonic_ms() + 20000};
	struct loop *loop = NULL;
	struct err err = {0};
	int pair[2];

	(void)state;
	assert_int_equal(loop_open(&loop, &err), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	spec.stream = stream_of_socket(pair[0]);
	tls_probe_cancel(tls_probe_start(loop, scene.tls, &spec, peer_on_ended, &answer));
	assert_int_equal(answer.count, 0);
	assert_int_equal(recv(pair[1], &answer, 1, 0), 0); /* closed, and nothing was sent */
	close(pair[1]);
	loop_free(loop);
}

static void words_are_known(void **state)
{
	(void)state;
	assert_string_equal(tls_alert_word(112), "unrecognized_name");
	assert_string_equal(tls_alert_word(255), "unknown");
	assert_string_equal(tls_version_word(TLS_1_2), "TLS 1.2");
	assert_string_equal(tls_version_word(TLS_ANY), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_server_is_seen_whole),
		cmocka_unit_test(one_chain_at_two_ports_is_read_once),
		cmocka_unit_test(names_are_compared_as_browsers_do),
		cmocka_unit_test(a_name_that_is_only_the_common_name_counts_for_nothing),
		cmocka_unit_test(dates_do_not_matter_to_trust),
		cmocka_unit_test(an_authority_that_has_expired_is_noted),
		cmocka_unit_test(a_certificate_that_signs_itself_is_told_apart),
		cmocka_unit_test(a_certificate_that_signs_itself_can_be_given_as_root),
		cmocka_unit_test(a_missing_intermediate_is_not_an_unknown_root),
		cmocka_unit_test(a_public_looking_leaf_alone_lacks_its_intermediate),
		cmocka_unit_test(an_authority_for_tries_is_known_by_its_name),
		cmocka_unit_test(a_leaf_that_signs_leaves_is_a_bad_chain),
		cmocka_unit_test(roots_that_are_none_are_said),
		cmocka_unit_test(an_old_server_is_seen_as_old),
		cmocka_unit_test(a_newest_version_offered_is_obeyed),
		cmocka_unit_test(an_unknown_name_gives_alert_112),
		cmocka_unit_test(a_protocol_is_chosen_or_refused),
		cmocka_unit_test(a_wanted_client_certificate_is_told_from_a_demanded_one),
		cmocka_unit_test(a_certificate_that_was_only_sent_proves_nothing),
		cmocka_unit_test(a_demand_before_the_proof_shows_no_certificate),
		cmocka_unit_test(a_staple_says_how_the_certificate_is),
		cmocka_unit_test(a_staple_about_another_certificate_is_broken),
		cmocka_unit_test(an_alert_at_once_has_its_code_and_time),
		cmocka_unit_test(an_alert_byte_by_byte_is_one_too),
		cmocka_unit_test(a_warning_alone_is_no_alert),
		cmocka_unit_test(what_is_not_tls_is_told_apart),
		cmocka_unit_test(garbage_behind_a_good_start_is_garbage),
		cmocka_unit_test(one_who_closes_at_once_was_before_the_server_hello),
		cmocka_unit_test(silence_ends_at_the_deadline),
		cmocka_unit_test(a_handshake_without_end_meets_the_ceiling),
		cmocka_unit_test(a_chain_that_never_ends_is_cut),
		cmocka_unit_test(a_cancelled_probe_says_nothing),
		cmocka_unit_test(words_are_known),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, set_scene, clear_scene);
}
